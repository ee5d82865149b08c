//! Households 农户: who is helped. A household lives in one village and lies in the ledger kept for it; its
//! designations, family and income are rows beside it. Names and addresses are shown to those who need them.

mod family;
mod later;
mod mutation;
mod rows;

use async_graphql::{Context, Description, Enum, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::household_income::IncomeSource;
use entity::ids::{HouseholdId, LedgerId};
use entity::personal::PersonalKind;
use entity::values::{Date, Money};
use entity::{household, household_income};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::access::class::sight;
use crate::access::{Action, Age, Datum, Sight, Standing, Within};
use crate::link::Link;
use crate::loader::{self, DesignationsOf, FamilyOf, HouseholdRow, IncomeOf, LinksOf};
use crate::mutation::{Asking, Reread};
use crate::name;
use crate::need::{self, Need};
use crate::page::{self, Direction, Nodes, Page, Sort};
use crate::personal::{self, Owner, Written};
use crate::region::{self, Designation, Region};
use platform::error::{Error, Result};
use platform::gid::Gid;

pub use family::{FamilyMember, sight_of_member};
pub(crate) use mutation::household_of;
pub use mutation::{
    DesignationInput, FamilyMemberInput, HouseholdMutation, HouseholdPayload, HouseholdRegister, IncomeInput,
};
pub use rows::{Family, Registered, designation_named, family, member, registered};

/// A household 农户.
#[derive(Description)]
pub struct Household(pub household::Model);

#[Object(use_type_description)]
impl Household {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::Household, self.0.ledger_id, self.0.id).into()
    }

    /// Number in the village's register 户编号.
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// Name of the head; all but the first character is hidden from those who need no more, and all of a minor's 户主姓名.
    async fn head_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        if self.0.erased_on.is_some() {
            return None;
        }
        let sight = family::sight_of_head(ctx, &self.0, Datum::Name).await;
        sight.map(|sight| personal::plain(ctx, &self.0, Datum::Name, sight, &self.0.head_name)).transpose()
    }

    /// Address; what lies behind the village is hidden from those who need no more 住址.
    async fn address(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let address = self.0.address.as_deref()?;
        let sight = self.sight(ctx, Datum::Address);
        sight.map(|sight| personal::plain(ctx, &self.0, Datum::Address, sight, address)).transpose()
    }

    /// Phone; masked, but for its helper 电话.
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::Phone).await.transpose()
    }

    /// Bank account that subsidies are paid into; masked, and withheld from helpers 银行账号.
    async fn bank_account(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::BankAccount).await.transpose()
    }

    /// Where it lives 所在村.
    async fn village(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.village_id).await.transpose()
    }

    /// Housing 住房情况.
    async fn housing(&self) -> Option<&str> {
        self.0.housing.as_deref()
    }

    /// Whether its water is safe 饮水是否安全.
    async fn has_safe_water(&self) -> Option<bool> {
        self.0.safe_water
    }

    /// Whether its members have medical cover 是否有医疗保障.
    async fn has_medical_cover(&self) -> Option<bool> {
        self.0.medical_cover
    }

    /// First day in this ledger 建档日期.
    async fn registered_on(&self) -> Date {
        self.0.registered_on
    }

    /// Last day in this ledger, where it has left 销户·迁出日期.
    async fn left_on(&self) -> Option<Date> {
        self.0.left_on
    }

    /// When its personal data were erased: names, address and income are gone, what was counted stays 删除日期.
    async fn erased_on(&self) -> Option<Date> {
        self.0.erased_on
    }

    /// Number of the act that last changed it; guards edits 版本.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Dated designations, which may overlap 认定.
    async fn designations(&self, ctx: &Context<'_>) -> Result<Vec<Designation>> {
        let rows = loader::many(ctx.rows()?, DesignationsOf(self.0.ledger_id, self.0.id)).await?;
        Ok(rows.into_iter().map(|row| Designation::new(row.category_id, row.from_on, row.to_on)).collect())
    }

    /// Its family 家庭成员.
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<FamilyMember>> {
        let rows = loader::many(ctx.rows()?, FamilyOf(self.0.ledger_id, self.0.id)).await?;
        Ok(rows.into_iter().map(|row| FamilyMember::new(row, self.0.clone())).collect())
    }

    /// Income by year and source, for the office that keeps the ledger and the helper 收入.
    async fn income(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this year")] year: Option<i32>,
    ) -> Option<Result<Vec<Income>>> {
        let sight = self.sight(ctx, Datum::Income);
        match sight.map(|sight| personal::whole(ctx, &self.0, Datum::Income, sight, ())) {
            Ok(Some(())) => Some(self.income_of(ctx, year).await),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Its links, also past ones 结对联系.
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<Link>> {
        let rows = loader::many(ctx.rows()?, LinksOf(self.0.ledger_id, self.0.id)).await?;
        let scope = ctx.viewer()?.may(Action::ReadHousehold)?;
        Ok(rows.into_iter().filter(|row| scope.shows_link(row)).map(Link::of).collect())
    }

    /// Its needs that are neither resolved nor declined 未办结需求.
    async fn open_needs(&self, ctx: &Context<'_>) -> Result<Vec<Need>> {
        need::open_of(ctx, self.0.ledger_id, self.0.id).await
    }
}

impl Household {
    fn towards(&self, ctx: &Context<'_>) -> Result<Standing> {
        Ok(ctx.viewer()?.towards_household(&self.0))
    }

    /// What is the household's own is nobody's age.
    fn sight(&self, ctx: &Context<'_>, datum: Datum) -> Result<Sight> {
        Ok(sight(self.towards(ctx)?, datum, Age::Adult))
    }

    async fn personal(&self, ctx: &Context<'_>, kind: PersonalKind) -> Result<Option<String>> {
        let sight = self.sight(ctx, Datum::of(kind))?;
        personal::of_household(ctx, &self.0, Owner::household(self.0.id), kind, sight).await
    }

    async fn income_of(&self, ctx: &Context<'_>, year: Option<i32>) -> Result<Vec<Income>> {
        let rows = loader::many(ctx.rows()?, IncomeOf(self.0.ledger_id, self.0.id)).await?;
        Ok(rows.into_iter().filter(|row| year.is_none_or(|year| row.year == year)).map(Income).collect())
    }
}

/// Income of one year from one source 收入.
#[derive(Description)]
pub struct Income(household_income::Model);

#[Object(use_type_description)]
impl Income {
    /// Year 年度.
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Source 来源.
    async fn source(&self) -> IncomeSource {
        self.0.source
    }

    /// Amount in fen 金额(分).
    async fn amount(&self) -> Money {
        self.0.amount
    }
}

/// Which households 农户筛选.
#[derive(InputObject, Default)]
pub struct HouseholdFilter {
    /// In this region, at any level 所在区划.
    region: Option<ID>,
    /// With this number in the village's register 户编号.
    number: Option<String>,
    /// With this designation today, by code: `EXITED` 认定.
    designation: Option<String>,
    /// Linked today, or not 是否已结对.
    is_linked: Option<bool>,
    /// With such a name, of their head or of one of the family, or a part of it, in characters, pinyin or initials; for
    /// those who are shown the names, and among their households alone 姓名.
    name_contains: Option<String>,
    /// Still in the ledger, or gone; all where absent 是否在册.
    is_current: Option<bool>,
    /// With a member of the family whose identity number is this; for the office that keeps the ledger 身份证号.
    identity_number: Option<Written>,
    /// With this phone, of their own or of one of the family; for that office and the helper 电话.
    phone: Option<Written>,
}

/// Sort key of households 农户排序.
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum HouseholdSort {
    /// As entered 录入顺序.
    #[default]
    Entered,
    /// By day of registration 建档日期.
    Registered,
    /// By village 所在村.
    Village,
}

#[derive(Default)]
pub struct HouseholdQuery;

#[Object]
impl HouseholdQuery {
    /// One household 农户.
    async fn household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id")] id: ID,
    ) -> Option<Result<Household>> {
        match Gid::parse(&id, "id", &[SourceType::Household]) {
            Ok(gid) => Household::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(_) => Some(Err(Error::NotFound)),
        }
    }

    /// Households that you may see 农户列表.
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn households(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which households; all where absent")] filter: Option<HouseholdFilter>,
        #[graphql(desc = "Sort key; as entered where absent")] order_by: Option<HouseholdSort>,
        #[graphql(desc = "Direction; ascending where absent")] direction: Option<Direction>,
        #[graphql(desc = "That many from the start, 1–100; 20 where absent")] first: Option<i32>,
        #[graphql(desc = "After this cursor")] after: Option<String>,
        #[graphql(desc = "That many from the end, 1–100")] last: Option<i32>,
        #[graphql(desc = "Before this cursor")] before: Option<String>,
    ) -> Option<Result<Nodes<Household>>> {
        let page = async {
            let page = Page::of(first, after, last, before)?;
            let rows = selected(ctx, filter.unwrap_or_default()).await?;
            let by = match order_by.unwrap_or_default() {
                HouseholdSort::Entered => household::Column::Id,
                HouseholdSort::Registered => household::Column::RegisteredOn,
                HouseholdSort::Village => household::Column::VillageId,
            };
            let sort = Sort { by, id: household::Column::Id, direction: direction.unwrap_or_default() };
            page::read(&ctx.app()?.db, rows, sort, page, Household).await
        };
        Some(page.await)
    }
}

async fn selected(ctx: &Context<'_>, filter: HouseholdFilter) -> Result<Select<household::Entity>> {
    use household::Column;
    let (viewer, today) = (ctx.viewer()?, ctx.app()?.clock.today());
    let mut rows = household::Entity::within(&viewer.may(Action::ReadHousehold)?);
    if let Some(part) = &filter.name_contains {
        rows = name::households(viewer, part)?;
    }
    if let Some(region) = filter.region {
        rows = rows
            .filter(Column::VillageId.in_subquery(region::ids_below(region::key(&region, "filter.region")?)));
    }
    if let Some(number) = filter.number {
        rows = rows.filter(Column::Number.eq(number));
    }
    if let Some(code) = filter.designation {
        rows = rows.filter(rows::designated(&code, today));
    }
    if let Some(linked) = filter.is_linked {
        let with_link = rows::linked(today);
        rows = rows.filter(if linked { with_link } else { with_link.not() });
    }
    match filter.is_current {
        Some(true) => rows = rows.filter(Column::LeftOn.is_null()),
        Some(false) => rows = rows.filter(Column::LeftOn.is_not_null()),
        None => {}
    }
    for (kind, field, value) in [
        (PersonalKind::IdentityNumber, "filter.identityNumber", &filter.identity_number),
        (PersonalKind::Phone, "filter.phone", &filter.phone),
    ] {
        if let Some(value) = value {
            rows = rows.filter(personal::households(ctx, kind, field, value).await?);
        }
    }
    Ok(rows)
}

/// A household that a visible row refers to, where it is in scope itself: a record may name several.
pub async fn by_id(ctx: &Context<'_>, ledger: LedgerId, id: HouseholdId) -> Result<Option<Household>> {
    let Ok(scope) = ctx.viewer()?.may(Action::ReadHousehold) else { return Ok(None) };
    if !scope.reaches(ledger) {
        return Ok(None);
    }
    let rows = loader::many(ctx.rows()?, HouseholdRow(ledger, id)).await?;
    let visible = |row: &household::Model| scope.holds_household(ledger, row.id, row.village_id);
    Ok(rows.into_iter().find(visible).map(Household))
}

impl Reread for Household {
    async fn reread(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let row = household::Entity::within(&ctx.viewer()?.may(Action::ReadHousehold)?)
            .filter(household::Column::LedgerId.eq(ledger))
            .filter(household::Column::Id.eq(id))
            .one(&ctx.app()?.db)
            .await?;
        row.map(Household).map(Some).ok_or(Error::NotFound)
    }
}
