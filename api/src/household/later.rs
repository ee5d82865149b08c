//! Acts on what a household gathers with time: designations, income, family.

use async_graphql::{ID, InputObject};
use chrono::NaiveDate;
use entity::household_designation;
use sea_orm::Set;
use serde::Serialize;

use super::mutation::{FamilyMemberInput, IncomeInput, designate, household_of, subject};
use super::rows::registered;
use crate::access::Action;
use crate::check;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Act, Record, Subject, Tx};

/// A designation that begins or ends 认定变更.
#[derive(InputObject, Serialize)]
pub struct HouseholdDesignate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which household 农户.
    pub household: ID,
    /// Code of the designation: `EXITED` 认定代码.
    pub designation: String,
    /// First day, to begin one 起.
    pub from: Option<NaiveDate>,
    /// Last day, to end the one that holds 止.
    pub to: Option<NaiveDate>,
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
            (Some(_), _, Some(_)) => {
                return Err(Error::field(
                    "designation",
                    ErrorCode::AlreadyExists,
                    "the household has this designation",
                ));
            }
            (Some(from), to, None) => {
                check::ends_after("to", from, to)?;
                let mut new = designate(tx, household.row.id, &self.designation, from, "designation").await?;
                if to.is_some() {
                    new.0 = tx
                        .update(household_designation::ActiveModel { to_on: Set(to), ..new.0.into() })
                        .await?;
                }
                household.designations.push(new);
            }
            (None, Some(to), Some(at)) => {
                let row = &mut household.designations[at].0;
                check::ends_after("to", row.from_on, Some(to))?;
                *row = tx
                    .update(household_designation::ActiveModel { to_on: Set(Some(to)), ..row.clone().into() })
                    .await?;
            }
            (None, Some(_), None) => {
                return Err(Error::field(
                    "designation",
                    ErrorCode::Invalid,
                    "the household does not have this designation",
                ));
            }
            (None, None, _) => {
                return Err(Error::field(
                    "from",
                    ErrorCode::Required,
                    "give `from` to begin, or `to` to end",
                ));
            }
        }
        tx.changed(&household, moves).await?;
        Ok(subject(household.row.id))
    }
}

/// Income of one year from one source 收入登记.
#[derive(InputObject, Serialize)]
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
        let household = registered(tx, tx.scope(), household_of(&self.household)?, "household").await?;
        self.income.record(tx, household.row.id, "income.year").await?;
        tx.changed(&household, household.moves()).await?;
        Ok(subject(household.row.id))
    }
}

/// A new member of a family 家庭成员登记.
#[derive(InputObject, Serialize)]
pub struct FamilyMemberAdd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which household 农户.
    pub household: ID,
    /// Who 成员.
    pub member: FamilyMemberInput,
    /// First day in the household 起.
    pub from: NaiveDate,
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
        self.member.join(tx, &household.row, self.from).await?;
        Ok(subject(household.row.id))
    }
}
