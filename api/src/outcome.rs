//! Outcomes 成效: something measurable that came about, with a quantity and its unit. A measurement from elsewhere is an
//! outcome too; whether quantities are summed or the latest counts is for the indicator to say.

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

/// Something measurable that came about 成效.
#[derive(async_graphql::Description)]
pub struct Outcome(pub Fields);

record_object!(Outcome {
    /// Code of its kind, from the catalogue OUTCOME_KIND 类型.
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }

    /// How much of its unit 数量.
    async fn quantity(&self) -> Quantity {
        self.0.0.quantity
    }

    /// The unit 单位.
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
    /// One outcome 成效.
    outcome,
    /// Outcomes that you may see 成效列表.
    outcomes
);

payload!(
    /// An outcome, or what is to be mended 成效结果.
    OutcomePayload {
        /// The outcome as it is now 成效.
        outcome: Outcome
    }
);

#[derive(Default)]
pub struct OutcomeMutation;

#[Object]
impl OutcomeMutation {
    /// Records an outcome 登记成效.
    async fn outcome_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: OutcomeRecord,
    ) -> Option<async_graphql::Result<OutcomePayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// An outcome to be recorded 登记成效.
#[derive(InputObject, Serialize)]
#[graphql(name = "OutcomeRecordInput")]
pub struct OutcomeRecord {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// What, when, by whom, for whom 记录要素.
    pub about: About,
    /// Code of its kind, from the catalogue OUTCOME_KIND: `ROAD` 类型.
    pub kind: String,
    /// How much of its unit 数量.
    pub quantity: Quantity,
    /// The unit: `公里` 单位.
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
