//! Plans 规划·方案·文件: of a village, a household, a year; and documents that were issued.

use async_graphql::{Context, InputObject, Object};
use entity::fact::SourceType;
use entity::ids::{LedgerId, RecordId};
use entity::record;
use entity::values::Date;
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::loader::{self, PlansOf};
use crate::mutation::{Asking, run};
use crate::record::{About, Entry, Fields, Typed, enter, ledger_of_about};
use crate::{payload, record_object, record_query};
use platform::error::Result;

/// A plan of a household, a village or a year, or an issued document 规划.
#[derive(async_graphql::Description)]
pub struct Plan(pub Fields);

record_object!(Plan {
    /// Code of its kind, from the catalogue PLAN_KIND 类型.
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }

    /// Last day it holds for 有效期止.
    async fn until(&self) -> Option<Date> {
        self.0.0.until_on
    }
});

impl Typed for Plan {
    const OF: SourceType = SourceType::Plan;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

/// The catalogue's kind of an agreement between helper and target; all other kinds are plans.
pub const AGREEMENT: &str = "AGREEMENT";

#[must_use]
pub fn is_agreement(kind: &str) -> bool {
    kind == AGREEMENT
}

/// The latest plan, or agreement, of a visible link.
pub async fn of_link(
    ctx: &Context<'_>,
    ledger: LedgerId,
    link: RecordId,
    agreement: bool,
) -> Result<Option<Plan>> {
    let rows = loader::many(ctx.rows()?, PlansOf(ledger, link)).await?;
    Ok(rows.into_iter().rfind(|row| is_agreement(&row.kind) == agreement).map(Plan::wrap))
}

record_query!(
    PlanQuery,
    Plan,
    /// One plan 规划.
    plan,
    /// Plans that you may see 规划列表.
    plans
);

payload!(
    /// A plan, or what is to be mended 规划结果.
    PlanPayload {
        /// The plan as it is now 规划.
        plan: Plan
    }
);

#[derive(Default)]
pub struct PlanMutation;

#[Object]
impl PlanMutation {
    /// Makes a plan 制定规划.
    async fn plan_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: PlanCreate,
    ) -> Option<async_graphql::Result<PlanPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// A plan to be made 制定规划.
#[derive(InputObject, Serialize)]
#[graphql(name = "PlanCreateInput")]
pub struct PlanCreate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// What, from when, for whom 记录要素.
    pub about: About,
    /// Code of its kind, from the catalogue PLAN_KIND: `HOUSEHOLD_PLAN` 类型.
    pub kind: String,
    /// Last day it holds for 有效期止.
    pub until: Option<Date>,
}

impl Act for PlanCreate {
    const NAME: &'static str = "planCreate";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let entry = Entry::new(SourceType::Plan, &self.about).kind("PLAN_KIND", &self.kind);
        enter(tx, Entry { until_on: self.until, ahead: true, ..entry }).await
    }
}
