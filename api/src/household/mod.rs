//! Households 农户, which are helped. A household lives in one village and lies in the ledger kept for it; its
//! designations, family and income are rows of their own. `access::class` says who is shown names and addresses.

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
use crate::roster;
use platform::error::{Error, Result};
use platform::gid::Gid;

pub use family::{FamilyMember, sight_of_member};
pub(crate) use mutation::household_of;
pub use mutation::{
    DesignationInput, FamilyMemberInput, HouseholdMutation, HouseholdPayload, HouseholdRegister, IncomeInput,
};
pub use rows::{Family, Registered, designation_named, family, member, registered};

/// A household that is helped; it lives in one village at a time. Its keeper is the office that keeps its ledger.
/// 农户:帮扶对象,同一时间居住在一个村;由所在台账的建档单位管理。
#[derive(Description)]
pub struct Household(pub household::Model);

#[Object(use_type_description)]
impl Household {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::Household, self.0.ledger_id, self.0.id).into()
    }

    /// Number of the household in the village's register.
    /// 户编号。
    async fn number(&self) -> Option<&str> {
        self.0.number.as_deref()
    }

    /// Name of the head; empty if erased. Readers other than the keeper and the helper see the first character
    /// only, and nothing of a minor's name.
    /// 户主姓名,已删除的为空;除建档单位和帮扶人外只显示首字,未成年人的不显示。
    async fn head_name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        if self.0.erased_on.is_some() {
            return None;
        }
        let sight = family::sight_of_head(ctx, &self.0, Datum::Name).await;
        sight.map(|sight| personal::plain(ctx, &self.0, Datum::Name, sight, &self.0.head_name)).transpose()
    }

    /// Address; readers other than the keeper and the helper see it up to the village only.
    /// 住址;除建档单位和帮扶人外只显示到村(社区)。
    async fn address(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        let address = self.0.address.as_deref()?;
        let sight = self.sight(ctx, Datum::Address);
        sight.map(|sight| personal::plain(ctx, &self.0, Datum::Address, sight, address)).transpose()
    }

    /// Phone, masked; in clear for the household's helper. `householdReveal` shows it to the keeper.
    /// 电话,掩码显示;帮扶人可见完整号码,建档单位可用 `householdReveal` 查看。
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::Phone).await.transpose()
    }

    /// Bank account that subsidies are paid into, masked; not shown to helpers. `householdReveal` shows it to the
    /// keeper.
    /// 发放补贴的银行账号,掩码显示,对帮扶人不显示;建档单位可用 `householdReveal` 查看。
    async fn bank_account(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::BankAccount).await.transpose()
    }

    /// Village in which the household lives.
    /// 所在村。
    async fn village(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, self.0.village_id).await.transpose()
    }

    /// Description of the housing.
    /// 住房情况。
    async fn housing(&self) -> Option<&str> {
        self.0.housing.as_deref()
    }

    /// True if the household has safe water; empty if not known.
    /// 饮水是否安全;不明的为空。
    async fn has_safe_water(&self) -> Option<bool> {
        self.0.safe_water
    }

    /// True if its members have medical cover; empty if not known.
    /// 是否有医疗保障;不明的为空。
    async fn has_medical_cover(&self) -> Option<bool> {
        self.0.medical_cover
    }

    /// First day of the household in this ledger.
    /// 建档日期。
    async fn registered_on(&self) -> Date {
        self.0.registered_on
    }

    /// Last day of the household in this ledger; empty while it has none.
    /// 迁出或销户日期;仍在册的为空。
    async fn left_on(&self) -> Option<Date> {
        self.0.left_on
    }

    /// Day on which the personal data were erased: names, address and income are gone, figures stay as they were.
    /// 个人信息删除日期;姓名、住址、收入已删除,统计数据不变。
    async fn erased_on(&self) -> Option<Date> {
        self.0.erased_on
    }

    /// Number of the act that last changed the row; sent as `expectedVersion`, it guards an edit.
    /// 最近一次变更的序号;修改时可作为预期版本提交。
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// Designations with their days; different ones may overlap.
    /// 认定及其起止日期;不同认定可以重叠。
    async fn designations(&self, ctx: &Context<'_>) -> Result<Vec<Designation>> {
        let rows = loader::many(ctx.rows()?, DesignationsOf(self.0.ledger_id, self.0.id)).await?;
        Ok(rows.into_iter().map(|row| Designation::new(row.category_id, row.from_on, row.to_on)).collect())
    }

    /// Members of the family, also past ones.
    /// 家庭成员,含已离开的。
    async fn members(&self, ctx: &Context<'_>) -> Result<Vec<FamilyMember>> {
        let rows = loader::many(ctx.rows()?, FamilyOf(self.0.ledger_id, self.0.id)).await?;
        Ok(rows.into_iter().map(|row| FamilyMember::new(row, self.0.clone())).collect())
    }

    /// Income by year and source; shown to the keeper and the helper only.
    /// 分年度、分来源的收入;只对建档单位和帮扶人显示。
    async fn income(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Year to list; all years if absent.\n年度,默认全部。")] year: Option<i32>,
    ) -> Option<Result<Vec<Income>>> {
        let sight = self.sight(ctx, Datum::Income);
        match sight.map(|sight| personal::whole(ctx, &self.0, Datum::Income, sight, ())) {
            Ok(Some(())) => Some(self.income_of(ctx, year).await),
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        }
    }

    /// Links of the household that the viewer may see, also past ones.
    /// 可查看的结对,含已结束的。
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<Link>> {
        let rows = loader::many(ctx.rows()?, LinksOf(self.0.ledger_id, self.0.id)).await?;
        let scope = ctx.viewer()?.may(Action::ReadHousehold)?;
        Ok(rows.into_iter().filter(|row| scope.shows_link(row)).map(Link::of).collect())
    }

    /// Needs that are neither resolved, confirmed nor declined, the oldest first; rejected records are left out.
    /// 未办结的需求,按发生日期先后排列;不含已退回的。
    async fn open_needs(&self, ctx: &Context<'_>) -> Result<Vec<Need>> {
        need::open_of(ctx, self.0.ledger_id, self.0.id).await
    }
}

impl Household {
    fn towards(&self, ctx: &Context<'_>) -> Result<Standing> {
        Ok(ctx.viewer()?.towards_household(&self.0))
    }

    /// How a datum of the household as a whole is shown; only that of a person can be a minor's.
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

/// Income of a household in one year from one source.
/// 农户某年度某来源的收入。
#[derive(Description)]
pub struct Income(household_income::Model);

#[Object(use_type_description)]
impl Income {
    /// Calendar year.
    /// 年度。
    async fn year(&self) -> i32 {
        self.0.year
    }

    /// Source of the income.
    /// 收入来源。
    async fn source(&self) -> IncomeSource {
        self.0.source
    }

    /// Amount in fen.
    /// 金额(分)。
    async fn amount(&self) -> Money {
        self.0.amount
    }
}

/// Conditions that the households must meet, all of them.
/// 农户筛选条件,须全部满足。
#[derive(InputObject, Default)]
pub struct HouseholdFilter {
    /// Region in which the households live, with all regions below it.
    /// 所在区划,含所有下级。
    region: Option<ID>,
    /// Number in the village's register, in full.
    /// 户编号,须完整。
    number: Option<String>,
    /// Code of a designation that the households have today, such as `EXITED`.
    /// 今日有效的认定代码,如 `EXITED`(脱贫户)。
    designation: Option<String>,
    /// True for households with a link today, false for those without one.
    /// 今日是否已结对。
    is_linked: Option<bool>,
    /// Part of the name of the head or of a family member, in characters, pinyin or initials. Finds only households
    /// whose names the viewer is shown in clear; FORBIDDEN to a viewer who is neither keeper nor helper.
    /// 户主或家庭成员姓名的一部分,可用汉字、拼音或首字母;只查找对其显示完整姓名的农户。
    name_contains: Option<String>,
    /// True for households without a last day in the ledger, false for those with one; all if absent.
    /// 是否在册:有迁出或销户日期的为否;默认全部。
    is_current: Option<bool>,
    /// Identity number of a family member, in full; for the keeper only.
    /// 家庭成员的完整身份证号;仅限建档单位使用。
    identity_number: Option<Written>,
    /// Phone of the household or of a family member, in full; for the keeper and for helpers with a seat only.
    /// 农户或家庭成员的完整电话;仅限建档单位和有席位的帮扶人使用。
    phone: Option<Written>,
}

/// Sort key of households.
/// 农户的排序字段。
#[derive(Clone, Copy, Default, PartialEq, Eq, Enum)]
pub enum HouseholdSort {
    /// Order of entry.
    /// 录入顺序。
    #[default]
    Entered,
    /// Day of registration.
    /// 建档日期。
    Registered,
    /// Village, so that households of one village stand together.
    /// 所在村,同村的排在一起。
    Village,
}

#[derive(Default)]
pub struct HouseholdQuery;

#[Object]
impl HouseholdQuery {
    /// One household, by its global id.
    /// 按标识查询一户农户。
    async fn household(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the household.\n农户的全局标识。")] id: ID,
    ) -> Option<Result<Household>> {
        match Gid::parse(&id, "id", &[SourceType::Household]) {
            Ok(gid) => Household::reread(ctx, gid.ledger, gid.id).await.transpose(),
            Err(_) => Some(Err(Error::NotFound)),
        }
    }

    /// Households that the viewer may see.
    /// 可查看的农户列表。
    #[allow(clippy::too_many_arguments, reason = "the four arguments of a connection")]
    async fn households(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which households to list; all if absent.\n筛选条件,默认全部。")] filter: Option<
            HouseholdFilter,
        >,
        #[graphql(desc = "Sort key; in the order of entry if absent.\n排序字段,默认按录入顺序。")]
        order_by: Option<HouseholdSort>,
        #[graphql(desc = "Direction; ascending if absent.\n排序方向,默认升序。")] direction: Option<
            Direction,
        >,
        #[graphql(
            desc = "Number of items from the start, 1 to 100; 20 if absent.\n从头取的条数,1至100,默认20。"
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.\n起始游标。")] after: Option<String>,
        #[graphql(desc = "Number of items from the end, 1 to 100.\n从尾取的条数,1至100。")] last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.\n截止游标。")] before: Option<String>,
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
        Some(true) => rows = rows.filter(roster::lasts(Column::LeftOn, today)),
        Some(false) => rows = rows.filter(Column::LeftOn.lt(today)),
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

/// The household that a visible row refers to; none if it is out of scope itself, since a record may name several.
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
