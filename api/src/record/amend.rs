//! Acts on records of any type: verifying, rejecting, correcting.

use async_graphql::{Context, ID, InputObject, Object, Union};
use entity::fact::{SourceType, Verification};
use entity::ids::LedgerId;
use entity::record;
use entity::values::{Date, Money, Quantity};
use sea_orm::{ColumnTrait, IntoActiveModel, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::entry::{amend, may_verify, of_type, own_work};
use super::{Aggregate, Typed};
use crate::access::{Action, Within};
use crate::activity::Activity;
use crate::contribution::Contribution;
use crate::exemption::Exemption;
use crate::ledger::{Act, Record, Subject, Tx};
use crate::mark::Mark;
use crate::mutation::{Asking, Reread, run};
use crate::need::Need;
use crate::outcome::Outcome;
use crate::payload;
use crate::plan::Plan;
use crate::project::Project;
use crate::proposal::Proposal;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// A record of any type 记录.
#[derive(Union)]
pub enum AnyRecord {
    Activity(Activity),
    Contribution(Contribution),
    Exemption(Exemption),
    Mark(Mark),
    Need(Need),
    Outcome(Outcome),
    Plan(Plan),
    Project(Project),
    Proposal(Proposal),
}

impl AnyRecord {
    /// The row as its type.
    #[must_use]
    pub fn of(row: record::Model) -> Option<Self> {
        macro_rules! of {
            ($($type:ident),*) => {
                match row.source_type {
                    $(SourceType::$type => Some(Self::$type($type::wrap(row))),)*
                    _ => None,
                }
            };
        }
        of!(Activity, Contribution, Exemption, Mark, Need, Outcome, Plan, Project, Proposal)
    }
}

impl Reread for AnyRecord {
    async fn reread(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<Self>> {
        let row = record::Entity::within(&ctx.viewer()?.may(Action::ReadRecord)?)
            .filter(record::Column::LedgerId.eq(ledger))
            .filter(record::Column::Id.eq(id))
            .one(&ctx.app()?.db)
            .await?;
        row.and_then(Self::of).map(Some).ok_or(Error::NotFound)
    }
}

payload!(
    /// A record, or what is to be mended 记录结果.
    RecordPayload {
        /// The record as it is now 记录.
        record: AnyRecord
    }
);

#[derive(Default)]
pub struct RecordMutation;

#[Object]
impl RecordMutation {
    /// Verifies a record: it counts in published figures 核验通过.
    async fn record_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: RecordVerify,
    ) -> Option<async_graphql::Result<RecordPayload>> {
        run(ctx, ledger_of(&input.record), input).await
    }

    /// Rejects a record, with a reason: it no longer counts 核验退回.
    async fn record_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: RecordReject,
    ) -> Option<async_graphql::Result<RecordPayload>> {
        run(ctx, ledger_of(&input.record), input).await
    }

    /// Corrects what a record says; a helper's correction must be verified again 记录更正.
    async fn record_amend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: RecordAmend,
    ) -> Option<async_graphql::Result<RecordPayload>> {
        run(ctx, ledger_of(&input.record), input).await
    }
}

fn ledger_of(id: &ID) -> Result<LedgerId> {
    Gid::parse(id, "record", &SourceType::RECORDS).map(|gid| gid.ledger)
}

/// A record to be verified 核验通过.
#[derive(InputObject, Serialize)]
#[graphql(name = "RecordVerifyInput")]
pub struct RecordVerify {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which record 记录.
    pub record: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
}

impl Act for RecordVerify {
    const NAME: &'static str = "recordVerify";
    const ACTION: Action = Action::Verify;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let record = of_type(tx, &self.record, "record", &SourceType::RECORDS, self.expected_version).await?;
        judge(tx, record, Verification::Verified, None).await
    }
}

/// A record to be rejected 核验退回.
#[derive(InputObject, Serialize)]
#[graphql(name = "RecordRejectInput")]
pub struct RecordReject {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which record 记录.
    pub record: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// Why 退回原因.
    pub reason: String,
}

impl Act for RecordReject {
    const NAME: &'static str = "recordReject";
    const ACTION: Action = Action::Verify;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let reason = check::prose("reason", &self.reason)?;
        let record = of_type(tx, &self.record, "record", &SourceType::RECORDS, self.expected_version).await?;
        judge(tx, record, Verification::Rejected, Some(reason)).await
    }
}

async fn judge(tx: &mut Tx, record: Aggregate, as_: Verification, reason: Option<String>) -> Result<Subject> {
    if !may_verify(tx, &record.refs).await? {
        return Err(Error::Forbidden);
    }
    let before = record.moves();
    let mut row = record.row.clone().into_active_model();
    row.verification = Set(as_);
    row.rejection = Set(reason);
    amend(tx, record, row, before).await
}

/// What is corrected in a record; absent fields stay 记录更正.
#[derive(InputObject, Serialize)]
#[graphql(name = "RecordAmendInput")]
pub struct RecordAmend {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which record 记录.
    pub record: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// What it is about, in a line 标题.
    pub title: Option<String>,
    /// What happened, at length 内容.
    pub detail: Option<String>,
    /// The day it happened 发生日期.
    pub happened_on: Option<Date>,
    /// Quantity, where the type has one 数量.
    pub quantity: Option<Quantity>,
    /// Amount in fen, where the type has one 金额(分).
    pub amount: Option<Money>,
}

impl Act for RecordAmend {
    const NAME: &'static str = "recordAmend";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let record = of_type(tx, &self.record, "record", &SourceType::RECORDS, self.expected_version).await?;
        own_work(tx, &record)?;
        let of = record.row.source_type;
        if of == SourceType::Exemption && !tx.may(Action::KeepLink)?.holds(tx.ledger()) {
            return Err(Error::Forbidden);
        }
        let before = record.moves();
        let mut row = record.row.clone().into_active_model();
        if let Some(title) = &self.title {
            row.title = Set(check::text("title", title)?);
        }
        if let Some(detail) = &self.detail {
            row.detail = Set(check::optional_prose("detail", Some(detail))?);
        }
        if let Some(day) = self.happened_on {
            may_have_happened(&record, day, tx.today())?;
            row.happened_on = Set(day);
        }
        if let Some(quantity) = self.quantity {
            has(of, "quantity", &[SourceType::Contribution, SourceType::Outcome, SourceType::Mark])?;
            row.quantity = Set(quantity);
        }
        if let Some(amount) = self.amount {
            has(of, "amount", &[SourceType::Contribution])?;
            row.amount = Set(amount);
        }
        amend(tx, record, row, before).await
    }
}

/// A record's day lies before its steps and its end; only what lasts may begin on a day to come.
fn may_have_happened(record: &Aggregate, day: Date, today: Date) -> Result<()> {
    const FIELD: &str = "happenedOn";
    check::happens(FIELD, day, record.row.source_type.holds_for_a_while(), today)?;
    for last in [record.row.until_on, record.row.due_on] {
        check::ends_after(FIELD, day, last)?;
    }
    let steps = record.steps.iter().map(|step| step.on_day);
    if steps.chain(record.driven.iter().map(|driven| driven.on_day)).any(|later| later < day) {
        let message = "a later step of the record was reached before this day";
        return Err(Error::field(FIELD, ErrorCode::EndBeforeStart, message));
    }
    Ok(())
}

/// The type of the record has such a field of its own.
fn has(of: SourceType, field: &str, types: &[SourceType]) -> Result<()> {
    if types.contains(&of) {
        return Ok(());
    }
    Err(Error::field(field, ErrorCode::Invalid, format!("this type of record has no `{field}`")))
}
