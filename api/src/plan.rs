//! Plans 规划·方案·文件 of a village, a household or a year, and documents that were issued.

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

/// A plan of a household, a village or a year, or an issued document such as a notice or an agreement.
/// 规划:逐户规划、村规划、年度计划,以及通知、协议等文件。
#[derive(async_graphql::Description)]
pub struct Plan(pub Fields);

record_object!(Plan {
    /// Code of the kind of plan, such as `HOUSEHOLD_PLAN`, from a category set PLAN_KIND.
    /// 规划类型代码,如 `HOUSEHOLD_PLAN`(逐户规划),取自 PLAN_KIND 类别集。
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }

    /// Last day on which the plan holds; empty if it has no end.
    /// 有效期止;没有期限的为空。
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

/// Code of the catalogue's kind for an agreement between helper and target; all other kinds are plans.
pub const AGREEMENT: &str = "AGREEMENT";

#[must_use]
pub fn is_agreement(kind: &str) -> bool {
    kind == AGREEMENT
}

/// The latest plan of a visible link, or its latest agreement if `agreement` is true.
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
    /// One plan, by its global id.
    /// 按标识查询一份规划。
    plan,
    /// Plans that the viewer may see.
    /// 可查看的规划列表。
    plans
);

payload!(
    /// A plan, or the errors to correct.
    /// 规划结果,或需更正的错误。
    PlanPayload {
        /// The plan as it is now; empty if there are errors.
        /// 规划的当前内容;有错误时为空。
        plan: Plan
    }
);

#[derive(Default)]
pub struct PlanMutation;

#[Object]
impl PlanMutation {
    /// Records a plan or an issued document.
    /// 登记规划或文件。
    async fn plan_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The plan to record.\n要登记的规划。")] input: PlanCreate,
    ) -> Option<async_graphql::Result<PlanPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// A plan to record.
/// 要登记的规划。
#[derive(InputObject, Serialize)]
#[graphql(name = "PlanCreateInput")]
pub struct PlanCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Elements that all records share; the day is the first one on which the plan holds, and may lie in the future.
    /// 记录的共同要素;日期为规划起始日期,可晚于今天。
    pub about: About,
    /// Code of the kind, such as `HOUSEHOLD_PLAN`, from a set PLAN_KIND of the catalogue or of the record's programmes.
    /// 规划类型代码,如 `HOUSEHOLD_PLAN`(逐户规划),取自目录或所属行动的 PLAN_KIND 类别集。
    pub kind: String,
    /// Last day on which the plan holds; no end if absent.
    /// 有效期止;不填表示没有期限。
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
