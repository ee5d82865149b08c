//! Needs 需求·问题·民意: reported, matched to a helper, worked on, resolved, confirmed, or reopened or declined.
//! `NeedStep::course` is the table of steps that may follow each other; each step that a need reaches is a fact.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{HouseholdId, LedgerId};
use entity::record::{self, Satisfaction};
use entity::values::Date;
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx, code};
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
use platform::say;

/// A need of a household, village or industry.
/// 农户、村或产业的需求。
#[derive(async_graphql::Description)]
pub struct Need(pub Fields);

record_object!(Need {
    /// Code of the category, such as `WATER`, from a category set NEED_CATEGORY.
    /// 需求类别代码,如 `WATER`(饮水),取自 NEED_CATEGORY 类别集。
    async fn category(&self) -> &str {
        &self.0.0.category
    }

    /// Day by which the need should be resolved; empty if none was set.
    /// 办理期限;未设期限的为空。
    async fn due_on(&self) -> Option<Date> {
        self.0.0.due_on
    }

    /// True if the need is open and its due day has passed.
    /// 是否逾期:未办结且已过办理期限。
    async fn is_overdue(&self, ctx: &Context<'_>) -> Result<bool> {
        let today = ctx.app()?.clock.today();
        Ok(Step::OF_OPEN_NEEDS.contains(&self.0.0.step) && self.0.0.due_on.is_some_and(|due| due < today))
    }

    /// Satisfaction of the household, given when it confirmed the need; empty before.
    /// 农户确认时的满意度;确认前为空。
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
    /// One need, by its global id.
    /// 按标识查询一项需求。
    need,
    /// Needs that the viewer may see.
    /// 可查看的需求列表。
    needs
);

payload!(
    /// A need, or the errors to correct.
    /// 需求结果,或需更正的错误。
    NeedPayload {
        /// The need as it is now; empty if there are errors.
        /// 需求的当前内容;有错误时为空。
        need: Need
    }
);

#[derive(Default)]
pub struct NeedMutation;

#[Object]
impl NeedMutation {
    /// Reports a need.
    /// 上报需求。
    async fn need_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The need to report.\n要上报的需求。")] input: NeedReport,
    ) -> Option<async_graphql::Result<NeedPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }

    /// Takes a need one step further: matches, starts, resolves, confirms, reopens or declines it.
    /// 办理需求:对接、开始办理、解决、确认、重新办理或不予办理。
    async fn need_advance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The need to carry on, and the step to take.\n要推进的需求及办理动作。")]
        input: NeedAdvance,
    ) -> Option<async_graphql::Result<NeedPayload>> {
        let ledger = Gid::parse(&input.need, "need", &[SourceType::Need]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }
}

/// A need to report.
/// 要上报的需求。
#[derive(InputObject, Serialize)]
#[graphql(name = "NeedReportInput")]
pub struct NeedReport {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Elements that all records share: title, day, place, links and parties.
    /// 记录的共同要素:标题、日期、地点、结对和相关方。
    pub about: About,
    /// Code of the category, such as `WATER`, from a set NEED_CATEGORY of the catalogue or of the record's programmes.
    /// 需求类别代码,如 `WATER`(饮水),取自目录或所属行动的 NEED_CATEGORY 类别集。
    pub category: String,
    /// Day by which the need should be resolved; no due day if absent.
    /// 办理期限;不填表示没有期限。
    pub due_on: Option<Date>,
    /// Number of persons who would benefit; 0 if absent.
    /// 受益人数,默认0。
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

/// A step that can be taken with a need.
/// 需求的办理动作。
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NeedStep {
    /// The need is given to a helper: a seat, committee or organisation.
    /// 对接:交给席位、委室或单位承办。
    Match,
    /// Work on the need begins.
    /// 开始办理。
    Start,
    /// The need is resolved.
    /// 已解决。
    Resolve,
    /// The household confirms that the need is resolved, and says how satisfied it is.
    /// 确认:农户确认已解决,并评价满意度。
    Confirm,
    /// A resolved, confirmed or declined need is taken up again.
    /// 重新办理已解决、已确认或不予办理的需求。
    Reopen,
    /// The need is declined: nothing will be done about it.
    /// 不予办理。
    Decline,
}

impl NeedStep {
    /// The step that a need reaches by this one, and the steps at which it may be taken.
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

/// A step to take with a need.
/// 要办理的需求及动作。
#[derive(InputObject, Serialize)]
#[graphql(name = "NeedAdvanceInput")]
pub struct NeedAdvance {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Need to carry on.
    /// 要推进的需求。
    pub need: ID,
    /// Version that the caller read; the change is refused if it is not the current one. Not checked if absent.
    /// 调用方读到的版本;与当前版本不一致时拒绝变更,不传则不检查。
    pub expected_version: Option<i64>,
    /// Step to take; refused if it does not follow the step at which the need is.
    /// 办理动作;与当前环节不衔接的拒绝。
    pub step: NeedStep,
    /// Day on which the step was taken; neither in the future nor before the last step.
    /// 办理日期;不晚于今天,不早于上一环节。
    pub on: Date,
    /// Seat, committee or organisation that takes the need on; required with MATCH.
    /// 承办的席位、委室或单位;对接(MATCH)时必填。
    pub helper: Option<ID>,
    /// Note on the step.
    /// 办理说明。
    pub note: Option<String>,
    /// Reason for the step; required with DECLINE and REOPEN.
    /// 原因;不予办理(DECLINE)和重新办理(REOPEN)时必填。
    pub reason: Option<String>,
    /// Satisfaction of the household; required with CONFIRM, refused with any other step.
    /// 农户满意度;确认(CONFIRM)时必填,其他动作不填。
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
            let message = say!("need-step-does-not-follow", step = code(&need.row.step));
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
                Err(Error::field("satisfaction", ErrorCode::Required, say!("need-satisfaction-missing")))
            }
            (NeedStep::Confirm, satisfaction) => Ok(satisfaction),
            (_, None) => Ok(None),
            (_, Some(_)) => Err(Error::field(
                "satisfaction",
                ErrorCode::Invalid,
                say!("need-satisfaction-without-confirm"),
            )),
        }
    }

    async fn helper(&self, tx: &Tx) -> Result<Option<(RefRole, uuid::Uuid)>> {
        let Some(helper) = &self.helper else {
            if self.step == NeedStep::Match {
                return Err(Error::field("helper", ErrorCode::Required, say!("need-helper-missing")));
            }
            return Ok(None);
        };
        let helper = helper_named(helper, "helper")?;
        are_there(tx, "helper", &[helper], Some(self.on)).await?;
        Ok(Some(helper))
    }
}
