//! Acts on what happens to a household with time: it changes, moves or leaves, and gathers designations, income and
//! family.

use async_graphql::{ID, InputObject, MaybeUndefined};
use entity::ids::HouseholdId;
use entity::personal::PersonalKind;
use entity::values::Date;
use entity::{family_member, household, household_designation};
use sea_orm::{IntoActiveModel, Set, TryIntoModel};
use serde::Serialize;

use super::mutation::{
    FamilyMemberInput, IncomeInput, designate, household_of, subject, village, while_there,
};
use super::rows::{self, Family, Registered, family, fits, registered};
use crate::access::Action;
use crate::ledger::{Act, Moves, Record, Subject, Tx};
use crate::link;
use crate::name;
use crate::personal::{self, Owner, Written};
use crate::record;
use crate::region as places;
use platform::check;
use platform::error::{Error, ErrorCode, Result};

/// What changes in a household 农户变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdUpdateInput")]
pub struct HouseholdUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which household 农户.
    pub household: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// The village of the same ledger that it has moved to 所在村.
    pub village: Option<ID>,
    /// Number in the village's register 户编号.
    pub number: MaybeUndefined<String>,
    /// Name of the head 户主姓名.
    pub head_name: Option<String>,
    /// Address 住址.
    pub address: MaybeUndefined<String>,
    /// Phone; its mask leaves it as it is 电话.
    pub phone: MaybeUndefined<Written>,
    /// Bank account that subsidies are paid into; its mask leaves it as it is 银行账号.
    pub bank_account: MaybeUndefined<Written>,
    /// Housing 住房情况.
    pub housing: MaybeUndefined<String>,
    /// Whether its water is safe 饮水是否安全.
    pub has_safe_water: MaybeUndefined<bool>,
    /// Whether its members have medical cover 是否有医疗保障.
    pub has_medical_cover: MaybeUndefined<bool>,
    /// Last day in this ledger: the household has moved away or ended 迁出日期.
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
        let (before, had_left) = (household.moves(), household.row.left_on.is_some());
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
        let is_back = had_left && household.row.left_on.is_none();
        family_follows(tx, &household.row, before, is_back).await?;
        self.keep_personal(tx, household.row.id).await?;
        Ok(subject(household.row.id))
    }
}

impl HouseholdUpdate {
    /// Takes over what is said of name, number, address, housing, water and cover.
    fn described(&self, row: &mut household::ActiveModel) -> Result<()> {
        if let Some(name) = &self.head_name {
            row.head_name = Set(check::text("headName", name)?);
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

    /// Nothing that is kept of a household begins after its last day.
    async fn nothing_after(&self, tx: &Tx, household: &Registered, last: Date) -> Result<()> {
        let of = family(tx, household.row.id).await?;
        let begins = household.designations.iter().map(|(held, _)| held.from_on);
        if begins.chain(of.iter().map(|member| member.from_on)).any(|first| first > last) {
            let message = "a designation or a member of its family begins after this day";
            return Err(Error::field("leftOn", ErrorCode::WrongStep, message));
        }
        record::nothing_outside(tx, household.row.id.0, (None, Some(last)), "leftOn").await
    }

    /// A household that moves, or stays longer than was said, lives in a village that is there.
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

/// What happens to a household happens to its people.
async fn family_follows(
    tx: &mut Tx,
    household: &household::Model,
    before: Moves,
    is_back: bool,
) -> Result<()> {
    for member in family(tx, household.id).await? {
        tx.changed(&Family { row: &member, household }, before).await?;
        if is_back {
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

/// A designation that begins or ends 认定变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdDesignateInput")]
pub struct HouseholdDesignate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which household 农户.
    pub household: ID,
    /// Code of the designation: `EXITED` 认定代码.
    pub designation: String,
    /// First day, to begin one 起.
    pub from: Option<Date>,
    /// Last day, to end the one that holds 止.
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
                let message = format!("the household does not have this designation: `{}`", self.designation);
                return Err(Error::field("designation", ErrorCode::Invalid, message));
            }
            (None, None, _) => {
                let message = "give `from` to begin, or `to` to end";
                return Err(Error::field("from", ErrorCode::Required, message));
            }
        }
        household.row = touched(tx, household.row).await?;
        tx.changed(&household, moves).await?;
        Ok(subject(household.row.id))
    }
}

/// What hangs on a household is part of it: its version is the number of this act.
async fn touched(tx: &Tx, row: household::Model) -> Result<household::Model> {
    tx.update(household::ActiveModel { version: Set(tx.seq()), ..row.into() }).await
}

/// Income of one year from one source 收入登记.
#[derive(InputObject, Serialize)]
#[graphql(name = "HouseholdIncomeRecordInput")]
pub struct HouseholdIncomeRecord {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which household 农户.
    pub household: ID,
    /// What is recorded; said again, it is replaced 收入.
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

/// A new member of a family 家庭成员登记.
#[derive(InputObject, Serialize)]
#[graphql(name = "FamilyMemberAddInput")]
pub struct FamilyMemberAdd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which household 农户.
    pub household: ID,
    /// Who 成员.
    pub member: FamilyMemberInput,
    /// First day in the household 起.
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

/// What changes in a family member; absent fields stay 家庭成员变更.
#[derive(InputObject, Serialize)]
#[graphql(name = "FamilyMemberUpdateInput")]
pub struct FamilyMemberUpdate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which member 成员.
    pub member: ID,
    /// Name 姓名.
    pub name: Option<String>,
    /// Relation to the head 与户主关系.
    pub relation: Option<String>,
    /// Day of birth; null where it is not known 出生日期.
    pub born_on: MaybeUndefined<Date>,
    /// Occupation 职业.
    pub occupation: MaybeUndefined<String>,
    /// Schooling 就学情况.
    pub schooling: MaybeUndefined<String>,
    /// Identity number; its mask leaves it as it is 身份证号.
    pub identity_number: MaybeUndefined<Written>,
    /// Phone; its mask leaves it as it is 电话.
    pub phone: MaybeUndefined<Written>,
    /// Last day in the household; null where they are still there 止.
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
            row.name = Set(check::text("name", name)?);
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
        if old.to_on != row.to_on && row.to_on.is_none_or(|last| last >= tx.today()) {
            personal::returns(tx, owner, "to").await?;
        }
        Ok(())
    }
}
