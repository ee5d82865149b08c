//! Contributions 帮扶投入: what somebody gave: cash, goods with a valuation, jobs, aid, services. They sum their quantity; an
//! occasion that says none counts one.

use async_graphql::{Context, InputObject, Object};
use entity::fact::SourceType;
use entity::record;
use entity::values::{Money, Quantity};
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::run;
use crate::record::{About, Entry, Fields, Typed, enter, ledger_of_about};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::Result;

/// What somebody gave: cash, goods, jobs, aid, services 帮扶投入.
#[derive(async_graphql::Description)]
pub struct Contribution(pub Fields);

record_object!(Contribution {
    /// Code of its kind, from the catalogue CONTRIBUTION_KIND 类型.
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

    /// Amount, or what goods are valued at, in fen 金额·折价(分).
    async fn amount(&self) -> Money {
        self.0.0.amount
    }
});

impl Typed for Contribution {
    const OF: SourceType = SourceType::Contribution;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    ContributionQuery,
    Contribution,
    /// One contribution 帮扶投入.
    contribution,
    /// Contributions that you may see 帮扶投入列表.
    contributions
);

payload!(
    /// A contribution, or what is to be mended 帮扶投入结果.
    ContributionPayload {
        /// The contribution as it is now 帮扶投入.
        contribution: Contribution
    }
);

#[derive(Default)]
pub struct ContributionMutation;

#[Object]
impl ContributionMutation {
    /// Records a contribution 登记帮扶投入.
    async fn contribution_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ContributionRecord,
    ) -> Option<async_graphql::Result<ContributionPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// A contribution to be recorded 登记帮扶投入.
#[derive(InputObject, Serialize)]
#[graphql(name = "ContributionRecordInput")]
pub struct ContributionRecord {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// What, when, by whom, for whom 记录要素.
    pub about: About,
    /// Code of its kind, from the catalogue CONTRIBUTION_KIND: `GOODS` 类型.
    pub kind: String,
    /// How much of its unit; one occasion where absent 数量.
    pub quantity: Option<Quantity>,
    /// The unit: `台` 单位.
    pub unit: Option<String>,
    /// Amount, or what goods are valued at, in fen 金额·折价(分).
    pub amount: Option<Money>,
}

impl Act for ContributionRecord {
    const NAME: &'static str = "contributionRecord";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let quantity = self.quantity.unwrap_or(Quantity::whole(1));
        let unit = check::optional_text("unit", self.unit.as_deref())?;
        let amount = self.amount.unwrap_or_default();
        let entry = Entry::new(SourceType::Contribution, &self.about).kind("CONTRIBUTION_KIND", &self.kind);
        enter(tx, Entry { quantity, unit, amount, ..entry }).await
    }
}
