//! Acts that change a household after its registration: it changes, moves or leaves, and gets designations, income and
//! family members.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::Datelike;
use entity::ids::HouseholdId;
use entity::personal::PersonalKind;
use entity::values::Date;
use entity::{family_member, household, household_designation, household_income};
use sea_orm::{ColumnTrait, IntoActiveModel, PaginatorTrait, QueryFilter, Set, TryIntoModel};
use serde::Serialize;

use super::mutation::{
    FamilyMemberInput, IncomeInput, designate, household_of, subject, village, while_there,
};
use super::rows::{self, Family, Registered, family, fits, registered};
use crate::access::{Action, Within};
use crate::ledger::{Act, Moves, Record, Subject, Tx};
use crate::link;
use crate::name;
use crate::personal::{self, Owner, Written};
use crate::record;
use crate::region as places;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// A household to change; absent fields stay as they are.
/// 要变更的农户;未填的字段不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdUpdateInput")]
pub struct HouseholdUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Household to change.
    /// 要变更的农户。
    pub household: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
    pub expected_version: Option<i64>,
    /// Village of the same ledger to which the household has moved; its current links move with it.
    /// 搬入的村,须在同一台账;当前结对随之迁移。
    pub village: Option<ID>,
    /// Number of the household in the village's register; null removes it.
    /// 户编号;传空则清除。
    pub number: MaybeUndefined<String>,
    /// Name of the head.
    /// 户主姓名。
    pub head_name: Option<String>,
    /// Address; null removes it.
    /// 住址;传空则清除。
    pub address: MaybeUndefined<String>,
    /// Phone; null removes it, its own mask leaves it as it is.
    /// 电话;传空则清除,传回其掩码则不变。
    pub phone: MaybeUndefined<Written>,
    /// Bank account that subsidies are paid into; null removes it, its own mask leaves it as it is.
    /// 发放补贴的银行账号;传空则清除,传回其掩码则不变。
    pub bank_account: MaybeUndefined<Written>,
    /// Description of the housing; null removes it.
    /// 住房情况;传空则清除。
    pub housing: MaybeUndefined<String>,
    /// True if the household has safe water; null if not known.
    /// 饮水是否安全;不明的传空。
    pub has_safe_water: MaybeUndefined<bool>,
    /// True if its members have medical cover; null if not known.
    /// 是否有医疗保障;不明的传空。
    pub has_medical_cover: MaybeUndefined<bool>,
    /// Last day in this ledger, if the household has moved away or ended; null if it is back.
    /// 迁出或销户日期;恢复在册的传空。
    pub left_on: MaybeUndefined<Date>,
}

impl Act for HouseholdUpdate {
    const NAME: &'static str = "householdUpdate";
    const ACTION: Action = Action::KeepHousehold;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut household = registered(tx, tx.scope(), household_of(&self.household)?, "household").await?;
        let (before, had_left) = (household.moves(), household.row.left_on);
        check::version(self.expected_version, household.row.version)?;
        let mut row = household.row.clone().into_active_model();
        self.described(&mut row)?;
        if let Some(to) = &self.village {
            row.village_id = Set(places::key(to, "village")?);
        }
        if let Some(left_on) = self.left_on.as_opt_ref().map(Option::<&Date>::copied) {
            check::ends_after("leftOn", household.row.registered_on, left_on)?;
            if let Some(last) = left_on {
                self.nothing_after(tx, &household, last).await?;
            }
            row.left_on = Set(left_on);
        }
        row.version = Set(tx.seq());
        self.lives_somewhere(tx, &household.row, &row.clone().try_into_model()?).await?;
        household.row = tx.update(row).await?;
        tx.changed(&household, before).await?;
        if self.head_name.is_some() {
            name::keep(tx, household.row.id, &household.row.head_name).await?;
        }
        if before.village != household.moves().village {
            link::move_targets(tx, household.row.id, household.row.village_id).await?;
        }
        let stays_longer = had_left.is_some_and(|last| household.row.left_on.is_none_or(|to| to > last));
        family_follows(tx, &household.row, before, stays_longer).await?;
        self.keep_personal(tx, household.row.id).await?;
        Ok(subject(household.row.id))
    }
}

impl HouseholdUpdate {
    /// Takes over name, number, address, housing, safe water and medical cover from the input.
    fn described(&self, row: &mut household::ActiveModel) -> Result<()> {
        if let Some(name) = &self.head_name {
            row.head_name = Set(check::name("headName", name)?);
        }
        if !self.number.is_undefined() {
            let number = self.number.as_opt_deref().flatten();
            row.number = Set(check::optional_number("number", number)?);
        }
        for (field, value, column) in
            [("address", &self.address, &mut row.address), ("housing", &self.housing, &mut row.housing)]
        {
            if !value.is_undefined() {
                *column = Set(check::optional_text(field, value.as_opt_deref().flatten())?);
            }
        }
        for (value, column) in
            [(&self.has_safe_water, &mut row.safe_water), (&self.has_medical_cover, &mut row.medical_cover)]
        {
            if !value.is_undefined() {
                *column = Set(value.as_opt_ref().flatten().copied());
            }
        }
        Ok(())
    }

    /// Nothing that is kept of a household begins, or is said to end, after its last day.
    async fn nothing_after(&self, tx: &Tx, household: &Registered, last: Date) -> Result<()> {
        let family = family(tx, household.row.id).await?;
        let held = household.designations.iter().map(|(held, _)| (held.from_on, held.to_on));
        let mut spells = held.chain(family.iter().map(|member| (member.from_on, member.to_on)));
        if spells.any(|(first, to)| first > last || to.is_some_and(|to| to > last)) {
            let message = say!("household-left-before-parts");
            return Err(Error::field("leftOn", ErrorCode::WrongStep, message));
        }
        let later = household_income::Entity::within(tx.scope())
            .filter(household_income::Column::LedgerId.eq(tx.ledger()))
            .filter(household_income::Column::HouseholdId.eq(household.row.id))
            .filter(household_income::Column::Year.gt(last.0.year()))
            .count(tx.db())
            .await?;
        if later > 0 {
            let message = say!("household-left-before-income");
            return Err(Error::field("leftOn", ErrorCode::WrongStep, message));
        }
        record::nothing_outside(tx, household.row.id.0, (None, Some(last)), "leftOn").await
    }

    /// Refuses a village that does not exist for as long as the household lives there. Asked when the household
    /// moves, or gets a later last day or none.
    async fn lives_somewhere(&self, tx: &Tx, old: &household::Model, new: &household::Model) -> Result<()> {
        let (at, to) = (new.village_id, new.left_on);
        let stays_longer = old.left_on.is_some_and(|last| to.is_none_or(|to| to > last));
        match &self.village {
            Some(_) => village(tx, at, "village", tx.today(), to).await.map(drop),
            None if stays_longer => village(tx, at, "leftOn", old.registered_on, to).await.map(drop),
            None => Ok(()),
        }
    }
}

/// Writes the facts of the family again, with the place and last day of the household. If the household is back,
/// refuses identity numbers that others have by now.
async fn family_follows(
    tx: &mut Tx,
    household: &household::Model,
    before: Moves,
    stays_longer: bool,
) -> Result<()> {
    for member in family(tx, household.id).await? {
        tx.changed(&Family { row: &member, household }, before).await?;
        if stays_longer {
            let owner = Owner::family_member(member.id, household.id);
            personal::returns(tx, owner, "leftOn").await?;
        }
    }
    Ok(())
}

impl HouseholdUpdate {
    async fn keep_personal(&self, tx: &Tx, household: HouseholdId) -> Result<()> {
        let owner = Owner::household(household);
        personal::keep_change(tx, owner, PersonalKind::Phone, "phone", &self.phone).await?;
        personal::keep_change(tx, owner, PersonalKind::BankAccount, "bankAccount", &self.bank_account).await
    }
}

/// A designation to begin or end.
/// 要开始或终止的认定。
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdDesignateInput")]
pub struct HouseholdDesignate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Household to designate.
    /// 要认定的农户。
    pub household: ID,
    /// Code of the designation, such as `EXITED`, from the catalogue HOUSEHOLD_DESIGNATION.
    /// 认定代码,如 `EXITED`(脱贫户),取自目录 HOUSEHOLD_DESIGNATION。
    pub designation: String,
    /// First day of a designation to begin; absent to end one.
    /// 新认定的起始日期;终止认定时不填。
    pub from: Option<Date>,
    /// Last day of the designation: of the new one, or of the one without an end if `from` is absent.
    /// 认定结束日期;不填 `from` 时终止当前认定。
    pub to: Option<Date>,
}

impl Act for HouseholdDesignate {
    const NAME: &'static str = "householdDesignate";
    const ACTION: Action = Action::KeepHousehold;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut household = registered(tx, tx.scope(), household_of(&self.household)?, "household").await?;
        let moves = household.moves();
        let held = household
            .designations
            .iter()
            .position(|(row, code)| *code == self.designation && row.to_on.is_none());
        match (self.from, self.to, held) {
            (Some(from), to, _) => {
                let fields = ["from", "to", "designation"];
                designate(tx, &mut household, &self.designation, (from, to), fields).await?;
            }
            (None, Some(to), Some(at)) => {
                while_there(household.row.left_on, Some(to), "to")?;
                let row = &mut household.designations[at].0;
                check::ends_after("to", row.from_on, Some(to))?;
                let ended = household_designation::ActiveModel { to_on: Set(Some(to)), ..row.clone().into() };
                *row = tx.update(ended).await?;
                link::still_eligible(tx, household.row.id.0, "to").await?;
            }
            (None, Some(_), None) => {
                let message = say!("household-not-designated", code = self.designation);
                return Err(Error::field("designation", ErrorCode::Invalid, message));
            }
            (None, None, _) => {
                let message = say!("household-designation-no-day");
                return Err(Error::field("from", ErrorCode::Required, message));
            }
        }
        household.row = touched(tx, household.row).await?;
        tx.changed(&household, moves).await?;
        Ok(subject(household.row.id))
    }
}

/// Sets the version of a household to the number of this act: its designations, income and family are parts of it.
async fn touched(tx: &Tx, row: household::Model) -> Result<household::Model> {
    tx.update(household::ActiveModel { version: Set(tx.seq()), ..row.into() }).await
}

/// A household's income to record.
/// 要登记的农户收入。
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdIncomeRecordInput")]
pub struct HouseholdIncomeRecord {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Household that has the income.
    /// 有该项收入的农户。
    pub household: ID,
    /// Income to record; it replaces an earlier amount of the same year and source.
    /// 收入;同一年度、同一来源重复登记则替换。
    pub income: IncomeInput,
}

impl Act for HouseholdIncomeRecord {
    const NAME: &'static str = "householdIncomeRecord";
    const ACTION: Action = Action::KeepHousehold;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let mut household = registered(tx, tx.scope(), household_of(&self.household)?, "household").await?;
        household.row = touched(tx, household.row).await?;
        self.income.record(tx, &household.row, "income.year").await?;
        tx.changed(&household, household.moves()).await?;
        Ok(subject(household.row.id))
    }
}

/// A family member to add.
/// 要登记的家庭成员。
#[derive(InputObject, Serialize)]
#[graphql(name = "FamilyMemberAddInput")]
pub struct FamilyMemberAdd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Household that the member belongs to.
    /// 家庭成员所在的农户。
    pub household: ID,
    /// Family member to add.
    /// 要登记的家庭成员。
    pub member: FamilyMemberInput,
    /// First day in the household; neither in the future nor before its registration.
    /// 在户起始日期;不晚于今天,不早于建档日期。
    pub from: Date,
}

impl Act for FamilyMemberAdd {
    const NAME: &'static str = "familyMemberAdd";
    const ACTION: Action = Action::KeepHousehold;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let household = registered(tx, tx.scope(), household_of(&self.household)?, "household").await?;
        check::has_come("from", self.from, tx.today())?;
        check::ends_after("from", household.row.registered_on, Some(self.from))?;
        self.member.join(tx, &household.row, self.from, "members.").await?;
        let household = Registered { row: touched(tx, household.row).await?, ..household };
        Ok(subject(household.row.id))
    }
}

/// A family member to change; absent fields stay as they are.
/// 要变更的家庭成员;未填的字段不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "FamilyMemberUpdateInput")]
pub struct FamilyMemberUpdate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Family member to change.
    /// 要变更的家庭成员。
    pub member: ID,
    /// Name.
    /// 姓名。
    pub name: Option<String>,
    /// Relation to the head.
    /// 与户主关系。
    pub relation: Option<String>,
    /// Birth date; null if it is not known. It must be the one in the identity number.
    /// 出生日期,不明的传空;须与身份证号一致。
    pub born_on: MaybeUndefined<Date>,
    /// Occupation; null removes it.
    /// 职业;传空则清除。
    pub occupation: MaybeUndefined<String>,
    /// Schooling; null removes it.
    /// 教育程度;传空则清除。
    pub schooling: MaybeUndefined<String>,
    /// Identity number; null removes it, its own mask leaves it as it is.
    /// 身份证号;传空则清除,传回其掩码则不变。
    pub identity_number: MaybeUndefined<Written>,
    /// Phone; null removes it, its own mask leaves it as it is.
    /// 电话;传空则清除,传回其掩码则不变。
    pub phone: MaybeUndefined<Written>,
    /// Last day in the household; null if the member is still there.
    /// 离户日期;仍在户的传空。
    pub to: MaybeUndefined<Date>,
}

impl Act for FamilyMemberUpdate {
    const NAME: &'static str = "familyMemberUpdate";
    const ACTION: Action = Action::KeepHousehold;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let old = rows::member(tx, &self.member, "member").await?;
        let household = registered(tx, tx.scope(), old.household_id, "member").await?.row;
        let before = Family { row: &old, household: &household }.moves();
        let mut row = old.clone().into_active_model();
        if let Some(name) = &self.name {
            row.name = Set(check::name("name", name)?);
        }
        if let Some(relation) = &self.relation {
            row.relation = Set(check::text("relation", relation)?);
        }
        if !self.born_on.is_undefined() {
            row.born_on = Set(self.born_on.as_opt_ref().flatten().copied());
        }
        for (field, value, column) in [
            ("occupation", &self.occupation, &mut row.occupation),
            ("schooling", &self.schooling, &mut row.schooling),
        ] {
            if !value.is_undefined() {
                *column = Set(check::optional_text(field, value.as_opt_deref().flatten())?);
            }
        }
        if !self.to.is_undefined() {
            let to = self.to.as_opt_ref().flatten().copied();
            check::ends_after("to", old.from_on, to)?;
            while_there(household.left_on, to, "to")?;
            row.to_on = Set(to);
        }
        let row = tx.update(row).await?;
        tx.changed(&Family { row: &row, household: &household }, before).await?;
        if self.name.is_some() {
            name::keep(tx, (row.id, household.id), &row.name).await?;
        }
        self.keep_personal(tx, &old, &row).await?;
        fits(tx, &row, &household, "").await?;
        let household = touched(tx, household).await?;
        Ok(subject(household.id))
    }
}

impl FamilyMemberUpdate {
    async fn keep_personal(
        &self,
        tx: &Tx,
        old: &family_member::Model,
        row: &family_member::Model,
    ) -> Result<()> {
        let owner = Owner::family_member(row.id, row.household_id);
        let (number, phone) = (PersonalKind::IdentityNumber, PersonalKind::Phone);
        personal::keep_change(tx, owner, number, "identityNumber", &self.identity_number).await?;
        personal::keep_change(tx, owner, phone, "phone", &self.phone).await?;
        if old.to_on.is_some_and(|last| row.to_on.is_none_or(|to| to > last)) {
            personal::returns(tx, owner, "to").await?;
        }
        Ok(())
    }
}
