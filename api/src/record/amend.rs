//! Acts on records of any type: verifying, rejecting, correcting.

use async_graphql::{Context, ID, InputObject, Object, Union};
use chrono::NaiveDate;
use entity::fact::{SourceType, Verification};
use entity::ids::LedgerId;
use entity::record;
use entity::values::{Money, Quantity};
use sea_orm::{IntoActiveModel, Set};
use serde::Serialize;
use uuid::Uuid;

use super::entry::{amend, of_type};
use super::{Aggregate, Typed};
use crate::access::{Action, Within};
use crate::activity::Activity;
use crate::check;
use crate::error::{Error, ErrorCode, Result};
use crate::gid::Gid;
use crate::ledger::{Act, Record, Subject, Tx};
use crate::mutation::{Asking, Reread, run};
use crate::need::Need;
use crate::payload;
use crate::plan::Plan;

/// Types of record that an office verifies.
pub const RECORDS: &[SourceType] = &[
    SourceType::Activity,
    SourceType::Need,
    SourceType::Project,
    SourceType::Contribution,
    SourceType::Outcome,
    SourceType::Plan,
    SourceType::Mark,
    SourceType::Proposal,
    SourceType::Exemption,
];

/// A record of any type 记录.
#[derive(Union)]
pub enum AnyRecord {
    Activity(Activity),
    Need(Need),
    Plan(Plan),
}

impl AnyRecord {
    /// The row as its type.
    #[must_use]
    pub fn of(row: record::Model) -> Option<Self> {
        match row.source_type {
            SourceType::Activity => Some(Self::Activity(Activity::wrap(row))),
            SourceType::Need => Some(Self::Need(Need::wrap(row))),
            SourceType::Plan => Some(Self::Plan(Plan::wrap(row))),
            _ => None,
        }
    }
}

impl Reread for AnyRecord {
    async fn reread(ctx: &Context<'_>, ledger: LedgerId, id: Uuid) -> Result<Option<Self>> {
        use sea_orm::{ColumnTrait, QueryFilter};
        let row = record::Entity::within(&ctx.viewer()?.may(Action::ReadRecord)?)
            .filter(record::Column::LedgerId.eq(ledger))
            .filter(record::Column::Id.eq(id))
            .one(&ctx.app()?.db.read)
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
        input: RecordVerify,
    ) -> async_graphql::Result<RecordPayload> {
        run(ctx, ledger_of(&input.record), input).await
    }

    /// Rejects a record, with a reason: it no longer counts 核验退回.
    async fn record_reject(
        &self,
        ctx: &Context<'_>,
        input: RecordReject,
    ) -> async_graphql::Result<RecordPayload> {
        run(ctx, ledger_of(&input.record), input).await
    }

    /// Corrects what a record says; a helper's correction must be verified again 记录更正.
    async fn record_amend(
        &self,
        ctx: &Context<'_>,
        input: RecordAmend,
    ) -> async_graphql::Result<RecordPayload> {
        run(ctx, ledger_of(&input.record), input).await
    }
}

fn ledger_of(id: &ID) -> Result<LedgerId> {
    Gid::parse(id, "record", RECORDS).map(|gid| gid.ledger)
}

/// A record to be verified 核验通过.
#[derive(InputObject, Serialize)]
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
        let record = of_type(tx, &self.record, "record", RECORDS, self.expected_version).await?;
        judge(tx, record, Verification::Verified, None).await
    }
}

/// A record to be rejected 核验退回.
#[derive(InputObject, Serialize)]
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
        let reason = check::text("reason", &self.reason)?;
        let record = of_type(tx, &self.record, "record", RECORDS, self.expected_version).await?;
        judge(tx, record, Verification::Rejected, Some(reason)).await
    }
}

async fn judge(tx: &mut Tx, record: Aggregate, as_: Verification, reason: Option<String>) -> Result<Subject> {
    let before = record.moves();
    let mut row = record.row.clone().into_active_model();
    row.verification = Set(as_);
    if reason.is_some() {
        row.reason = Set(reason);
    }
    amend(tx, record, row, before).await
}

/// What is corrected in a record; absent fields stay 记录更正.
#[derive(InputObject, Serialize)]
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
    pub happened_on: Option<NaiveDate>,
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
        let record = of_type(tx, &self.record, "record", RECORDS, self.expected_version).await?;
        let before = record.moves();
        let mut row = record.row.clone().into_active_model();
        if let Some(title) = &self.title {
            row.title = Set(check::text("title", title)?);
        }
        if let Some(detail) = &self.detail {
            row.detail = Set(check::optional_text("detail", Some(detail))?);
        }
        if let Some(day) = self.happened_on {
            check::has_come("happenedOn", day, tx.today())?;
            check::ends_after("happenedOn", day, record.row.until_on)?;
            if record.steps.iter().any(|step| step.on_day < day) {
                let message = "a later step of the record was reached before this day";
                return Err(Error::field("happenedOn", ErrorCode::EndBeforeStart, message));
            }
            row.happened_on = Set(day);
        }
        if let Some(quantity) = self.quantity {
            row.quantity = Set(quantity);
        }
        if let Some(amount) = self.amount {
            row.amount = Set(amount);
        }
        amend(tx, record, row, before).await
    }
}
