//! Outcomes 成效: measurable results, each with a quantity and its unit. A measurement made elsewhere is an outcome,
//! too. The indicator says whether quantities are summed or the latest one counts.

use async_graphql::{Context, InputObject, Object};
use entity::fact::SourceType;
use entity::record;
use entity::values::Quantity;
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::run;
use crate::record::{About, Entry, Fields, Typed, enter, ledger_of_about};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::Result;

/// A measurable result, with a quantity and its unit.
/// 成效:可计量的结果,含数量和单位。
#[derive(async_graphql::Description)]
pub struct Outcome(pub Fields);

record_object!(Outcome {
    /// Code of the kind of outcome, such as `ROAD`, from a category set OUTCOME_KIND.
    /// 成效类型代码,如 `ROAD`(道路),取自 OUTCOME_KIND 类别集。
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }

    /// Quantity of the result, counted in `unit`.
    /// 成效数量,单位见 `unit`。
    async fn quantity(&self) -> Quantity {
        self.0.0.quantity
    }

    /// Unit of the quantity, such as `公里`.
    /// 数量单位,如`公里`。
    async fn unit(&self) -> Option<&str> {
        self.0.0.unit.as_deref()
    }
});

impl Typed for Outcome {
    const OF: SourceType = SourceType::Outcome;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    OutcomeQuery,
    Outcome,
    /// One outcome, by its global id.
    /// 按标识查询一项成效。
    outcome,
    /// Outcomes that the viewer may see.
    /// 可查看的成效列表。
    outcomes
);

payload!(
    /// An outcome, or the errors to correct.
    /// 成效结果,或需更正的错误。
    OutcomePayload {
        /// The outcome as it is now; empty if there are errors.
        /// 成效的当前内容;有错误时为空。
        outcome: Outcome
    }
);

#[derive(Default)]
pub struct OutcomeMutation;

#[Object]
impl OutcomeMutation {
    /// Records an outcome.
    /// 登记成效。
    async fn outcome_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The outcome to record.\n要登记的成效。")] input: OutcomeRecord,
    ) -> Option<async_graphql::Result<OutcomePayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// An outcome to record.
/// 要登记的成效。
#[derive(InputObject, Serialize)]
#[graphql(name = "OutcomeRecordInput")]
pub struct OutcomeRecord {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Elements that all records share: title, day, place, links and parties.
    /// 记录的共同要素:标题、日期、地点、结对和相关方。
    pub about: About,
    /// Code of the kind, such as `ROAD`, from a set OUTCOME_KIND of the catalogue or of the record's programmes.
    /// 成效类型代码,如 `ROAD`(道路),取自目录或所属行动的 OUTCOME_KIND 类别集。
    pub kind: String,
    /// Quantity of the result, counted in `unit`.
    /// 成效数量,单位见 `unit`。
    pub quantity: Quantity,
    /// Unit of the quantity, such as `公里`. If the kind is counted in one unit, another unit is converted to it, or
    /// refused if it cannot be.
    /// 数量单位,如`公里`;类型有统一单位的,其他单位换算为该单位,不可换算的拒绝。
    pub unit: String,
}

impl Act for OutcomeRecord {
    const NAME: &'static str = "outcomeRecord";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let unit = Some(check::text("unit", &self.unit)?);
        let entry = Entry::new(SourceType::Outcome, &self.about).kind("OUTCOME_KIND", &self.kind);
        enter(tx, Entry { quantity: self.quantity, unit, ..entry }).await
    }
}
