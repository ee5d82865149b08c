//! Acts on households: registering one with its family, designations and income. `later` has the acts that follow.

use std::collections::BTreeSet;

use async_graphql::{Context, ID, InputObject, Object};
use chrono::Datelike;
use entity::fact::SourceType;
use entity::household_income::IncomeSource;
use entity::ids::{DesignationId, FamilyMemberId, HouseholdId, IncomeId, LedgerId, RegionId};
use entity::personal::PersonalKind;
use entity::region::RegionLevel;
use entity::values::{Date, Money};
use entity::{family_member, household, household_designation, household_income};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::Household;
use super::later::{
    FamilyMemberAdd, FamilyMemberUpdate, HouseholdDesignate, HouseholdIncomeRecord, HouseholdUpdate,
};
use super::rows::{Family, Registered, designation_named, fits};
use crate::access::{Action, Within};
use crate::ledger::{Act, Subject, Tx, code};
use crate::mutation::run;
use crate::name;
use crate::payload;
use crate::personal::{self, Owner, Written};
use crate::region as places;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::message::Message;
use platform::say;

payload!(
    /// A household, or the errors to correct.
    /// 农户结果,或需更正的错误。
    HouseholdPayload {
        /// The household as it is now; empty if there are errors.
        /// 农户的当前内容;有错误时为空。
        household: Household
    }
);

#[derive(Default)]
pub struct HouseholdMutation;

#[Object]
impl HouseholdMutation {
    /// Registers a household with its family, designations and income.
    /// 农户建档,含家庭成员、认定和收入。
    async fn household_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household to register.\n要登记的农户。")] input: HouseholdRegister,
    ) -> Option<async_graphql::Result<HouseholdPayload>> {
        run(ctx, places::ledger_of(ctx, &input.village, "village").await, input).await
    }

    /// Changes a household, moves it to another village, or ends it; absent fields stay as they are.
    /// 变更农户信息,或登记搬迁、迁出、销户;未填的字段不变。
    async fn household_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household to change.\n要变更的农户。")] input: HouseholdUpdate,
    ) -> Option<async_graphql::Result<HouseholdPayload>> {
        run(ctx, of_household(&input.household), input).await
    }

    /// Gives a household a dated designation, or ends one.
    /// 认定农户,或终止其认定。
    async fn household_designate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household, and the designation to begin or end.\n农户及要开始或终止的认定。")]
        input: HouseholdDesignate,
    ) -> Option<async_graphql::Result<HouseholdPayload>> {
        run(ctx, of_household(&input.household), input).await
    }

    /// Records a household's income of one year from one source; it replaces an earlier amount.
    /// 登记农户某年度某来源的收入;重复登记则替换。
    async fn household_income_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household, and its income.\n农户及其收入。")] input: HouseholdIncomeRecord,
    ) -> Option<async_graphql::Result<HouseholdPayload>> {
        run(ctx, of_household(&input.household), input).await
    }

    /// Adds a member to a household's family.
    /// 登记家庭成员。
    async fn family_member_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The household, and the member to add.\n农户及要登记的家庭成员。")]
        input: FamilyMemberAdd,
    ) -> Option<async_graphql::Result<HouseholdPayload>> {
        run(ctx, of_household(&input.household), input).await
    }

    /// Changes a family member, or records the last day in the household; absent fields stay as they are.
    /// 变更家庭成员信息,或登记离户日期;未填的字段不变。
    async fn family_member_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The family member to change.\n要变更的家庭成员。")] input: FamilyMemberUpdate,
    ) -> Option<async_graphql::Result<HouseholdPayload>> {
        let ledger = Gid::parse(&input.member, "member", &[SourceType::FamilyMember]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }
}

fn of_household(id: &ID) -> Result<LedgerId> {
    Gid::parse(id, "household", &[SourceType::Household]).map(|gid| gid.ledger)
}

pub(crate) fn household_of(id: &ID) -> Result<HouseholdId> {
    Gid::parse(id, "household", &[SourceType::Household]).map(|gid| HouseholdId(gid.id))
}

pub(super) const fn subject(id: HouseholdId) -> Subject {
    Subject { of: SourceType::Household, id: id.0 }
}

/// A household to register.
/// 要登记的农户。
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdRegisterInput")]
pub struct HouseholdRegister {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Village in which the household lives.
    /// 所在村。
    pub village: ID,
    /// Number of the household in the village's register.
    /// 户编号。
    pub number: Option<String>,
    /// Name of the head.
    /// 户主姓名。
    pub head_name: String,
    /// Address.
    /// 住址。
    pub address: Option<String>,
    /// Phone; kept sealed.
    /// 电话;加密保存。
    pub phone: Option<Written>,
    /// Bank account that subsidies are paid into; kept sealed.
    /// 发放补贴的银行账号;加密保存。
    pub bank_account: Option<Written>,
    /// Description of the housing.
    /// 住房情况。
    pub housing: Option<String>,
    /// True if the household has safe water; not known if absent.
    /// 饮水是否安全;不填表示不明。
    pub has_safe_water: Option<bool>,
    /// True if its members have medical cover; not known if absent.
    /// 是否有医疗保障;不填表示不明。
    pub has_medical_cover: Option<bool>,
    /// First day of the household in the ledger; not in the future.
    /// 建档日期;不晚于今天。
    pub registered_on: Date,
    /// Designations of the household.
    /// 认定。
    #[graphql(default)]
    pub designations: Vec<DesignationInput>,
    /// Members of the family; each belongs to it from the day of registration, or of birth if that is later.
    /// 家庭成员;在户起始日为建档日期,出生较晚的为出生日期。
    #[graphql(default)]
    pub members: Vec<FamilyMemberInput>,
    /// Income, as far as it is known; each year and source once.
    /// 已知的收入;同一年度、同一来源只填一次。
    #[graphql(default)]
    pub income: Vec<IncomeInput>,
}

/// A designation that a household has.
/// 农户的一项认定。
#[derive(InputObject, Serialize)]
pub struct DesignationInput {
    /// Code of the designation, such as `EXITED`, from the catalogue HOUSEHOLD_DESIGNATION.
    /// 认定代码,如 `EXITED`(脱贫户),取自目录 HOUSEHOLD_DESIGNATION。
    pub code: String,
    /// First day of the designation; the day of registration if absent.
    /// 认定起始日期;默认为建档日期。
    pub from: Option<Date>,
}

/// Income of one year from one source.
/// 某年度某来源的收入。
#[derive(InputObject, Serialize)]
pub struct IncomeInput {
    /// Calendar year, from 1949 to this one.
    /// 年度,1949年至今年。
    pub year: i32,
    /// Source of the income.
    /// 收入来源。
    pub source: IncomeSource,
    /// Amount in fen.
    /// 金额(分)。
    pub amount: Money,
}

/// A family member to enter.
/// 要登记的家庭成员。
#[derive(InputObject, Serialize)]
pub struct FamilyMemberInput {
    /// Name.
    /// 姓名。
    pub name: String,
    /// Relation to the head.
    /// 与户主关系。
    pub relation: String,
    /// Birth date; it must be the one in the identity number.
    /// 出生日期;须与身份证号一致。
    pub born_on: Option<Date>,
    /// Occupation.
    /// 职业。
    pub occupation: Option<String>,
    /// Schooling.
    /// 教育程度。
    pub schooling: Option<String>,
    /// Identity number; kept sealed. No other current family member of the ledger may have it.
    /// 身份证号;加密保存,同一台账的在册家庭成员不得重复。
    pub identity_number: Option<Written>,
    /// Phone; kept sealed.
    /// 电话;加密保存。
    pub phone: Option<Written>,
}

/// Members, designations and incomes with which a household is registered: an act of seconds would hold others up.
const MOST_PARTS: usize = 100;

impl Act for HouseholdRegister {
    const NAME: &'static str = "householdRegister";
    const ACTION: Action = Action::KeepHousehold;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        self.is_bounded()?;
        check::has_come("registeredOn", self.registered_on, tx.today())?;
        let at = places::key(&self.village, "village")?;
        let village = village(tx, at, "village", self.registered_on, None).await?;
        let row = tx
            .insert(household::ActiveModel {
                ledger_id: Set(tx.ledger()),
                id: Set(HouseholdId(tx.new_id(self.id).await?)),
                village_id: Set(village),
                number: Set(check::optional_number("number", self.number.as_deref())?),
                head_name: Set(check::name("headName", &self.head_name)?),
                address: Set(check::optional_text("address", self.address.as_deref())?),
                housing: Set(check::optional_text("housing", self.housing.as_deref())?),
                safe_water: Set(self.has_safe_water),
                medical_cover: Set(self.has_medical_cover),
                registered_on: Set(self.registered_on),
                left_on: Set(None),
                erased_on: Set(None),
                version: Set(tx.seq()),
            })
            .await?;
        name::keep(tx, row.id, &row.head_name).await?;
        let mut household = Registered { row: row.clone(), designations: vec![] };
        for DesignationInput { code, from } in &self.designations {
            let from = from.unwrap_or(self.registered_on);
            designate(tx, &mut household, code, (from, None), ["designations.from", "to", "designations"])
                .await?;
        }
        self.income_once()?;
        for income in &self.income {
            income.record(tx, &row, "income.year").await?;
        }
        for member in &self.members {
            // A member who was born after the registration joins on the day of birth.
            let from = member.born_on.map_or(self.registered_on, |born_on| born_on.max(self.registered_on));
            member.join(tx, &row, from, "members.").await?;
        }
        let id = row.id;
        personal::keep(tx, Owner::household(id), PersonalKind::Phone, "phone", self.phone.as_ref()).await?;
        let account = self.bank_account.as_ref();
        personal::keep(tx, Owner::household(id), PersonalKind::BankAccount, "bankAccount", account).await?;
        tx.created(&household);
        Ok(subject(id))
    }
}

impl HouseholdRegister {
    fn is_bounded(&self) -> Result<()> {
        for (field, length) in [
            ("members", self.members.len()),
            ("income", self.income.len()),
            ("designations", self.designations.len()),
        ] {
            if length > MOST_PARTS {
                let message = say!("household-parts-at-a-time", field = field, most = MOST_PARTS);
                return Err(Error::field(field, ErrorCode::Invalid, message));
            }
        }
        Ok(())
    }

    /// Refuses two amounts for one year and source in one input: one of them would be lost.
    fn income_once(&self) -> Result<()> {
        let said: BTreeSet<_> =
            self.income.iter().map(|income| (income.year, code(&income.source))).collect();
        if said.len() == self.income.len() {
            return Ok(());
        }
        Err(Error::field("income", ErrorCode::AlreadyExists, say!("household-income-named-twice")))
    }
}

/// Refuses a region that is no village of the act's ledger, or does not exist from the first to the last day.
pub(super) async fn village(
    tx: &Tx,
    id: RegionId,
    field: &str,
    from: Date,
    to: Option<Date>,
) -> Result<RegionId> {
    let row = places::kept(tx, id, field).await?;
    let refused = |message: Message| Err(Error::field(field, ErrorCode::Invalid, message));
    if row.level != RegionLevel::Village {
        return refused(say!("household-in-larger-region"));
    }
    if from < row.valid_from {
        return refused(say!("household-village-not-yet", first = row.valid_from));
    }
    if let Some(last) = row.valid_to.filter(|last| to.is_none_or(|to| to > *last)) {
        return refused(say!("household-village-no-longer", last = last));
    }
    Ok(row.id)
}

/// Gives a household a designation. Refuses it if the household has the same one in that time, or has left before its
/// end. `fields` name the first day, the last day, and the designation.
pub(super) async fn designate(
    tx: &Tx,
    household: &mut Registered,
    code: &str,
    (from_on, to_on): (Date, Option<Date>),
    fields: [&str; 3],
) -> Result<()> {
    let [from_field, to_field, field] = fields;
    check::span((from_field, from_on), (to_field, to_on))?;
    while_there(household.row.left_on, Some(from_on), from_field)?;
    while_there(household.row.left_on, to_on, to_field)?;
    let same = household.designations.iter().filter(|(_, held)| held == code);
    let same = same.map(|(row, _)| (row.from_on, row.to_on));
    check::apart(field, say!("household-designated-then"), (from_on, to_on), same)?;
    let category = designation_named(tx, code, field).await?;
    let row = tx
        .insert(household_designation::ActiveModel {
            ledger_id: Set(tx.ledger()),
            id: Set(DesignationId::fresh()),
            household_id: Set(household.row.id),
            category_id: Set(category.id),
            from_on: Set(from_on),
            to_on: Set(to_on),
        })
        .await?;
    household.designations.push((row, category.code));
    Ok(())
}

/// Refuses a first or last day of a designation or family member after the day on which the household left.
pub(super) fn while_there(left_on: Option<Date>, to: Option<Date>, field: &str) -> Result<()> {
    match left_on.zip(to) {
        Some((left, to)) if left < to => {
            Err(Error::field(field, ErrorCode::WrongStep, say!("household-left-before", day = left)))
        }
        _ => Ok(()),
    }
}

impl IncomeInput {
    /// Writes the income, in place of an earlier amount of the same year and source.
    pub(super) async fn record(&self, tx: &Tx, of: &household::Model, field: &str) -> Result<()> {
        use household_income::Column;
        let household = of.id;
        if let Some(left) = of.left_on.filter(|left| left.0.year() < self.year) {
            let message = say!("household-left-before-year", day = left);
            return Err(Error::field(field, ErrorCode::WrongStep, message));
        }
        if !(1949..=tx.today().0.year()).contains(&self.year) {
            return Err(Error::field(field, ErrorCode::Invalid, say!("household-income-year")));
        }
        let known = household_income::Entity::within(tx.scope())
            .filter(Column::LedgerId.eq(tx.ledger()))
            .filter(Column::HouseholdId.eq(household))
            .filter(Column::Year.eq(self.year))
            .filter(Column::Source.eq(self.source))
            .one(tx.db())
            .await?;
        let amount = Set(self.amount);
        match known {
            Some(row) => tx.update(household_income::ActiveModel { amount, ..row.into() }).await?,
            None => {
                tx.insert(household_income::ActiveModel {
                    ledger_id: Set(tx.ledger()),
                    id: Set(IncomeId::fresh()),
                    household_id: Set(household),
                    year: Set(self.year),
                    source: Set(self.source),
                    amount,
                })
                .await?
            }
        };
        Ok(())
    }
}

impl FamilyMemberInput {
    /// Adds the member to a household's family. In errors, `path` stands before the names of the member's fields.
    pub(super) async fn join(
        &self,
        tx: &mut Tx,
        household: &household::Model,
        from_on: Date,
        path: &str,
    ) -> Result<()> {
        let field = |name: &str| format!("{path}{name}");
        while_there(household.left_on, Some(from_on), "from")?;
        let row = tx
            .insert(family_member::ActiveModel {
                ledger_id: Set(tx.ledger()),
                id: Set(FamilyMemberId::fresh()),
                household_id: Set(household.id),
                name: Set(check::text(&field("name"), &self.name)?),
                relation: Set(check::text(&field("relation"), &self.relation)?),
                born_on: Set(self.born_on),
                occupation: Set(check::optional_text(&field("occupation"), self.occupation.as_deref())?),
                schooling: Set(check::optional_text(&field("schooling"), self.schooling.as_deref())?),
                from_on: Set(from_on),
                to_on: Set(None),
                erased_on: Set(None),
            })
            .await?;
        tx.created(&Family { row: &row, household });
        name::keep(tx, (row.id, household.id), &row.name).await?;
        let owner = Owner::family_member(row.id, household.id);
        let number = self.identity_number.as_ref();
        personal::keep(tx, owner, PersonalKind::IdentityNumber, &field("identityNumber"), number).await?;
        personal::keep(tx, owner, PersonalKind::Phone, &field("phone"), self.phone.as_ref()).await?;
        fits(tx, &row, household, path).await
    }
}
