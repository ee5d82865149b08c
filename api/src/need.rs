//! Needs 需求·问题·民意: reported, matched to a helper, worked on, resolved, confirmed, or reopened or declined.
//! The course is a table of which step may follow which; each step reached is a fact of its own.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{HouseholdId, LedgerId};
use entity::record::{self, Satisfaction};
use entity::values::Date;
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::loader::{self, OpenNeedsOf};
use crate::mutation::{Asking, run};
use crate::record::{
    About, Entry, Fields, Reached, Typed, are_there, enter, helper as helper_named, ledger_of_about, of_type,
    reach_step,
};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// What a household, village or industry needs 需求.
#[derive(async_graphql::Description)]
pub struct Need(pub Fields);

record_object!(Need {
    /// Code of its category, from the catalogue NEED_CATEGORY 类别.
    async fn category(&self) -> &str {
        &self.0.0.category
    }

    /// The day by which it should be resolved 办理期限.
    async fn due_on(&self) -> Option<Date> {
        self.0.0.due_on
    }

    /// Whether it is open after that day, today 是否逾期.
    async fn is_overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        let today = ctx.app()?.clock.today();
        Ok(Step::OF_OPEN_NEEDS.contains(&self.0.0.step) && self.0.0.due_on.is_some_and(|due| due < today))
    }

    /// How satisfied the household is 满意度.
    async fn satisfaction(&self) -> Option<Satisfaction> {
        self.0.0.satisfaction
    }
});

impl Typed for Need {
    const OF: SourceType = SourceType::Need;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

/// Open needs of a visible household.
pub async fn open_of(ctx: &Context<'_>, ledger: LedgerId, household: HouseholdId) -> Result<Vec<Need>> {
    ctx.viewer()?.may(Action::ReadRecord)?;
    let rows = loader::many(ctx.rows()?, OpenNeedsOf(ledger, household)).await?;
    Ok(rows.into_iter().map(Need::wrap).collect())
}

record_query!(
    NeedQuery,
    Need,
    /// One need 需求.
    need,
    /// Needs that you may see 需求列表.
    needs
);

payload!(
    /// A need, or what is to be mended 需求结果.
    NeedPayload {
        /// The need as it is now 需求.
        need: Need
    }
);

#[derive(Default)]
pub struct NeedMutation;

#[Object]
impl NeedMutation {
    /// Reports a need 上报需求.
    async fn need_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: NeedReport,
    ) -> Option<async_graphql::Result<NeedPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }

    /// Takes a need one step on 需求办理.
    async fn need_advance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: NeedAdvance,
    ) -> Option<async_graphql::Result<NeedPayload>> {
        let ledger = Gid::parse(&input.need, "need", &[SourceType::Need]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }
}

/// A need to be reported 上报需求.
#[derive(InputObject, Serialize)]
#[graphql(name = "NeedReportInput")]
pub struct NeedReport {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// What, when, for whom 记录要素.
    pub about: About,
    /// Code of its category, from the catalogue NEED_CATEGORY: `WATER` 类别.
    pub category: String,
    /// The day by which it should be resolved 办理期限.
    pub due_on: Option<Date>,
    /// Persons who would benefit 受益人数.
    pub persons: Option<i32>,
}

impl Act for NeedReport {
    const NAME: &'static str = "needReport";
    const ACTION: Action = Action::WorkNeed;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::ends_after("dueOn", self.about.happened_on, self.due_on)?;
        let persons = check::persons("persons", self.persons)?;
        let entry = Entry::new(SourceType::Need, &self.about).category("NEED_CATEGORY", &self.category);
        enter(tx, Entry { persons, due_on: self.due_on, ..entry }).await
    }
}

/// What is done with a need 办理动作.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NeedStep {
    /// It is given to a helper or department 对接.
    Match,
    /// Somebody works on it 办理.
    Start,
    /// It is resolved 解决.
    Resolve,
    /// The household confirms, and says how satisfied it is 确认.
    Confirm,
    /// It is not resolved after all 重新办理.
    Reopen,
    /// It will not be done 不予办理.
    Decline,
}

impl NeedStep {
    /// The step it leads to, and those it may come from.
    const fn course(self) -> (Step, &'static [Step]) {
        use Step::{Confirmed, Declined, InProgress, Matched, Reopened, Reported, Resolved};
        match self {
            Self::Match => (Matched, &[Reported, Reopened]),
            Self::Start => (InProgress, &[Matched, Reopened]),
            Self::Resolve => (Resolved, &[Matched, InProgress]),
            Self::Confirm => (Confirmed, &[Resolved]),
            Self::Reopen => (Reopened, &[Resolved, Confirmed, Declined]),
            Self::Decline => (Declined, &[Reported, Matched, InProgress, Reopened]),
        }
    }
}

/// A step of a need 需求办理.
#[derive(InputObject, Serialize)]
#[graphql(name = "NeedAdvanceInput")]
pub struct NeedAdvance {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which need 需求.
    pub need: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// What is done 办理动作.
    pub step: NeedStep,
    /// The day it was done 日期.
    pub on: Date,
    /// Who takes it on; required with MATCH 承办方.
    pub helper: Option<ID>,
    /// What was done 说明.
    pub note: Option<String>,
    /// Why; required with DECLINE and REOPEN 原因.
    pub reason: Option<String>,
    /// How satisfied the household is; required with CONFIRM 满意度.
    pub satisfaction: Option<Satisfaction>,
}

impl Act for NeedAdvance {
    const NAME: &'static str = "needAdvance";
    const ACTION: Action = Action::WorkNeed;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let need = of_type(tx, &self.need, "need", &[SourceType::Need], self.expected_version).await?;
        let (to, from) = self.step.course();
        if !from.contains(&need.row.step) {
            let message = format!("the need is at {:?}; that step does not follow", need.row.step);
            return Err(Error::field("step", ErrorCode::WrongStep, message));
        }
        let reached = Reached {
            note: check::optional_prose("note", self.note.as_deref())?,
            reason: self.reason()?,
            satisfaction: self.satisfaction()?,
            helper: self.helper(tx).await?,
        };
        reach_step(tx, need, to, self.on, reached).await
    }
}

impl NeedAdvance {
    fn reason(&self) -> Result<Option<String>> {
        match self.step {
            NeedStep::Decline | NeedStep::Reopen => {
                check::prose("reason", self.reason.as_deref().unwrap_or_default()).map(Some)
            }
            _ => check::optional_prose("reason", self.reason.as_deref()),
        }
    }

    fn satisfaction(&self) -> Result<Option<Satisfaction>> {
        match (self.step, self.satisfaction) {
            (NeedStep::Confirm, None) => {
                Err(Error::field("satisfaction", ErrorCode::Required, "say how satisfied the household is"))
            }
            (NeedStep::Confirm, satisfaction) => Ok(satisfaction),
            (_, None) => Ok(None),
            (_, Some(_)) => Err(Error::field(
                "satisfaction",
                ErrorCode::Invalid,
                "satisfaction is said when it is confirmed",
            )),
        }
    }

    async fn helper(&self, tx: &Tx) -> Result<Option<(RefRole, uuid::Uuid)>> {
        let Some(helper) = &self.helper else {
            if self.step == NeedStep::Match {
                return Err(Error::field("helper", ErrorCode::Required, "say who takes it on"));
            }
            return Ok(None);
        };
        let helper = helper_named(helper, "helper")?;
        are_there(tx, "helper", &[helper], Some(self.on)).await?;
        Ok(Some(helper))
    }
}
