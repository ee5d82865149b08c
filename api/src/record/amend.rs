//! Acts on records of any type: verify, reject, amend.

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
use platform::say;

/// A record of any type.
/// 任一类型的记录。
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
    /// The row as a record of its type; none if the type is not one of records.
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
    /// A record, or the errors to correct.
    /// 记录结果,或需更正的错误。
    RecordPayload {
        /// The record as it is now; empty if there are errors.
        /// 记录的当前内容;有错误时为空。
        record: AnyRecord
    }
);

#[derive(Default)]
pub struct RecordMutation;

#[Object]
impl RecordMutation {
    /// Verifies a record, so that published figures count it.
    /// 核验通过一条记录,计入公布的数据。
    async fn record_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The record to verify.\n要核验的记录。")] input: RecordVerify,
    ) -> Option<async_graphql::Result<RecordPayload>> {
        run(ctx, ledger_of(&input.record), input).await
    }

    /// Rejects a record for a reason; figures leave it out.
    /// 退回一条记录并说明原因,不计入数据。
    async fn record_reject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The record to reject, and why.\n要退回的记录及原因。")] input: RecordReject,
    ) -> Option<async_graphql::Result<RecordPayload>> {
        run(ctx, ledger_of(&input.record), input).await
    }

    /// Corrects fields of a record; a correction that was not made by the office must be verified again.
    /// 更正记录;非办公室更正的须重新核验。
    async fn record_amend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The record to correct, and its new fields.\n要更正的记录及更正内容。")]
        input: RecordAmend,
    ) -> Option<async_graphql::Result<RecordPayload>> {
        run(ctx, ledger_of(&input.record), input).await
    }
}

fn ledger_of(id: &ID) -> Result<LedgerId> {
    Gid::parse(id, "record", &SourceType::RECORDS).map(|gid| gid.ledger)
}

/// A record to verify.
/// 要核验的记录。
#[derive(InputObject, Serialize)]
#[graphql(name = "RecordVerifyInput")]
pub struct RecordVerify {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Record to verify.
    /// 要核验的记录。
    pub record: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
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

/// A record to reject.
/// 要退回的记录。
#[derive(InputObject, Serialize)]
#[graphql(name = "RecordRejectInput")]
pub struct RecordReject {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Record to reject.
    /// 要退回的记录。
    pub record: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
    pub expected_version: Option<i64>,
    /// Reason for which the record is rejected.
    /// 退回原因。
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

/// A record to correct; absent fields stay as they are.
/// 要更正的记录;未填的字段不变。
#[derive(InputObject, Serialize)]
#[graphql(name = "RecordAmendInput")]
pub struct RecordAmend {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Record to correct.
    /// 要更正的记录。
    pub record: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
    pub expected_version: Option<i64>,
    /// Title in one line, at most 2000 characters.
    /// 标题,一行,不超过2000字。
    pub title: Option<String>,
    /// Details, with line breaks, at most 2000 characters; an empty text removes them.
    /// 详细内容,可分行,不超过2000字;空文本表示清除。
    pub detail: Option<String>,
    /// Day on which it happened; first day of a plan or an exemption. Only these may lie in the future.
    /// 发生日期;规划、豁免为起始日期,且仅此两类可晚于今天。
    pub happened_on: Option<Date>,
    /// Quantity of a contribution, an outcome or a mark; refused for other types.
    /// 帮扶投入、成效或清单完成的数量;其他类型不填。
    pub quantity: Option<Quantity>,
    /// Amount of a contribution, in fen; refused for other types.
    /// 帮扶投入的金额(分);其他类型不填。
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

/// Refuses a day after the record's end, its due day or a later step. Only plans and exemptions may lie in the future.
fn may_have_happened(record: &Aggregate, day: Date, today: Date) -> Result<()> {
    const FIELD: &str = "happenedOn";
    check::happens(FIELD, day, record.row.source_type.holds_for_a_while(), today)?;
    for last in [record.row.until_on, record.row.due_on] {
        check::ends_after(FIELD, day, last)?;
    }
    let steps = record.steps.iter().map(|step| step.on_day);
    if steps.chain(record.driven.iter().map(|driven| driven.on_day)).any(|later| later < day) {
        let message = say!("record-step-before-day");
        return Err(Error::field(FIELD, ErrorCode::EndBeforeStart, message));
    }
    Ok(())
}

/// Refuses a field that records of this type do not have.
fn has(of: SourceType, field: &str, types: &[SourceType]) -> Result<()> {
    if types.contains(&of) {
        return Ok(());
    }
    Err(Error::field(field, ErrorCode::Invalid, say!("record-type-without-field", field = field)))
}
