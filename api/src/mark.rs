//! Marks 清单完成: a mark says that a subject has done something that a duty asks for. It refers to the duty, and to
//! the subject in the role in which the duty counts it. A duty with an indicator takes no marks: its indicator counts
//! the records themselves.

use async_graphql::{Context, ID, InputObject, Object};
use entity::duty_rule::{self, DutySubject};
use entity::fact::SourceType;
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{DutyRuleId, LedgerId, ProgrammeId, RegionId};
use entity::record;
use entity::values::{Date, Quantity};
use entity::{ledger, link_rule};
use sea_orm::{ColumnTrait, QueryFilter};
use serde::Serialize;
use uuid::Uuid;

use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Subject, Tx, code, ledger_for};
use crate::loader;
use crate::mutation::{Asking, run};
use crate::programme::DutyRule;
use crate::programme::{goes_on, lineage, programme_by_id};
use crate::progress::duty::{role, source};
use crate::record::{About, Entry, Fields, Typed, enter, household, ledger_of_seat, place, seat, served};
use crate::region;
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// A statement that a subject has done something that a duty asks for.
/// 清单完成记录:主体已完成任务规则所要求的事项。
#[derive(async_graphql::Description)]
pub struct Mark(pub Fields);

record_object!(Mark {
    /// Duty that the mark answers.
    /// 所完成的任务规则。
    async fn duty(&self, ctx: &Context<'_>) -> Option<Result<DutyRule>> {
        self.answered(ctx).await.transpose()
    }

    /// Quantity done, in the unit of the duty's target.
    /// 完成数量,单位与任务目标相同。
    async fn quantity(&self) -> Quantity {
        self.0.0.quantity
    }
});

impl Mark {
    async fn answered(&self, ctx: &Context<'_>) -> Result<Option<DutyRule>> {
        let refs = loader::many(ctx.rows()?, loader::RefsOf(self.0.0.ledger_id, self.0.0.id)).await?;
        let Some(duty) = refs.iter().find(|row| row.role == RefRole::Duty) else { return Ok(None) };
        Ok(loader::one(ctx.rows()?, DutyRuleId(duty.ref_id)).await?.map(DutyRule))
    }
}

impl Typed for Mark {
    const OF: SourceType = SourceType::Mark;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    MarkQuery,
    Mark,
    /// One mark, by its id.
    /// 按标识查询一条清单完成记录。
    mark,
    /// Marks that the viewer may see.
    /// 可查看的清单完成记录。
    marks
);

payload!(
    /// A mark, or the errors to correct.
    /// 清单完成结果,或需更正的错误。
    MarkPayload {
        /// The mark as it is now; null if there are errors.
        /// 清单完成记录的当前内容;有错误时为空。
        mark: Mark
    }
);

#[derive(Default)]
pub struct MarkMutation;

#[Object]
impl MarkMutation {
    /// Records that a subject has done something that a duty asks for.
    /// 登记某主体已完成任务规则所要求的事项。
    async fn mark_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mark to set.\n要登记的清单完成记录。")] input: MarkSet,
    ) -> Option<async_graphql::Result<MarkPayload>> {
        run(ctx, ledger_of_subject(ctx, &input.subject).await, input).await
    }
}

/// Types of rows that can have duties.
const SUBJECTS: &[SourceType] = &[
    SourceType::Link,
    SourceType::Household,
    SourceType::Member,
    SourceType::Committee,
    SourceType::Organisation,
    SourceType::Region,
    SourceType::Programme,
];

/// Ledger that keeps a mark: the subject's own of a link or household, its keeper's of a programme. Of a region, or of
/// the home of a seat, committee or organisation, the ledger kept there or by the nearest region above.
async fn ledger_of_subject(ctx: &Context<'_>, subject: &ID) -> Result<LedgerId> {
    let gid = Gid::parse(subject, "subject", SUBJECTS)?;
    match gid.of {
        SourceType::Link | SourceType::Household => Ok(gid.ledger),
        SourceType::Region => ledger_for(&ctx.app()?.db, RegionId(gid.id), "subject").await,
        SourceType::Programme => {
            let row = loader::one(ctx.rows()?, ProgrammeId(gid.id)).await?;
            row.map(|row| row.keeper_id).ok_or_else(|| Error::missing("subject"))
        }
        _ => {
            let reading = ctx.viewer()?.may(Action::ReadReference)?;
            ledger_of_seat(&ctx.app()?.db, &reading, gid, "subject").await
        }
    }
}

/// A mark to set.
/// 要登记的清单完成记录。
#[derive(InputObject, Serialize)]
#[graphql(name = "MarkSetInput")]
pub struct MarkSet {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Duty that the mark answers. It must be in force on the day and have no indicator.
    /// 所完成的任务规则;当日须有效,且不按指标计算。
    pub duty: ID,
    /// Subject that has done it: a link, household, seat, committee, organisation, region or programme, as the duty
    /// says.
    /// 完成的主体:依任务规则为结对、农户、席位、委室、单位、区划或行动。
    pub subject: ID,
    /// Day on which it was done, in Asia/Shanghai; today at the latest.
    /// 完成日期(北京时间),不得晚于今天。
    pub on: Date,
    /// Quantity done, in the unit of the duty's target; 1 if absent.
    /// 完成数量,单位与任务目标相同,默认1。
    pub quantity: Option<Quantity>,
    /// Title, in one line; the name of the duty if absent.
    /// 标题,一行文字;默认为任务规则名称。
    pub title: Option<String>,
    /// Description of the work, and the evidence for it.
    /// 完成情况与佐证。
    pub detail: Option<String>,
}

impl Act for MarkSet {
    const NAME: &'static str = "markSet";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::has_come("on", self.on, tx.today())?;
        let duty = self.duty(tx).await?;
        let mut about = About {
            id: self.id,
            title: self.title.clone().unwrap_or_else(|| duty.name.clone()),
            detail: self.detail.clone(),
            happened_on: self.on,
            ..About::default()
        };
        let subject = subject(tx, &duty, &self.subject, &mut about).await?;
        let refs = vec![
            (RefRole::Duty, duty.id.0),
            (RefRole::Programme, duty.programme_id.0),
            (role(duty.subject), subject),
        ];
        let quantity = self.quantity.unwrap_or(Quantity::whole(1));
        enter(tx, Entry { quantity, refs, ..Entry::new(SourceType::Mark, &about) }).await
    }
}

impl MarkSet {
    /// Finds the duty: it must be in force on the day and have no indicator.
    async fn duty(&self, tx: &Tx) -> Result<duty_rule::Model> {
        let gid = Gid::parse(&self.duty, "duty", &[SourceType::DutyRule])?;
        let duty = duty_in_force(tx, gid.id, self.on, "on").await?;
        if duty.indicator_id.is_some() {
            let message = say!("mark-duty-is-counted");
            return Err(Error::field("duty", ErrorCode::NotEligible, message));
        }
        Ok(duty)
    }
}

/// Finds a duty. An error on `field` if it is not in force on `day`, or if its programme has ended by then.
pub async fn duty_in_force(tx: &Tx, id: Uuid, day: Date, field: &str) -> Result<duty_rule::Model> {
    let duty = duty_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(duty_rule::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("duty"))?;
    if day < duty.valid_from || duty.valid_to.is_some_and(|to| to < day) {
        return Err(Error::field(field, ErrorCode::NotEligible, say!("mark-duty-not-in-force")));
    }
    goes_on(&programme_by_id(tx, duty.programme_id, "duty").await?, day, field)?;
    Ok(duty)
}

/// Checks that the duty is one of this subject, and adds the subject to `about` as link, target or helper, with its
/// region. Returns the subject's id.
async fn subject(tx: &Tx, duty: &duty_rule::Model, id: &ID, about: &mut About) -> Result<Uuid> {
    let gid = Gid::parse(id, "subject", SUBJECTS)?;
    if gid.of != source(duty.subject) {
        return Err(not_its_subject());
    }
    match duty.subject {
        DutySubject::Link => {
            let links = served(tx, std::slice::from_ref(id)).await.map_err(|error| error.on("subject"))?;
            for (link, _) in &links {
                under(tx, duty, link.rule_id.0).await?;
            }
            about.links.push(id.clone());
        }
        DutySubject::Household => {
            household(tx, gid, "subject").await?;
            about.targets.push(id.clone());
        }
        DutySubject::Region => {
            let region = region::known(tx, RegionId(gid.id), "subject").await?;
            if !duty.subject_kinds.0.is_empty() && !duty.subject_kinds.0.contains(&code(&region.level)) {
                return Err(not_its_subject());
            }
            about.targets.push(id.clone());
            about.region = Some(id.clone());
        }
        DutySubject::Programme => {
            if gid.id != duty.programme_id.0 || !tx.scope().holds(tx.ledger()) {
                return Err(not_its_subject());
            }
            about.region = Some(Gid::reference(SourceType::Region, kept_for(tx).await?).into());
        }
        DutySubject::Member | DutySubject::Committee | DutySubject::Organisation => {
            let region = own_home(tx, duty, gid).await?;
            about.helpers.push(id.clone());
            about.region = Some(Gid::reference(SourceType::Region, region).into());
        }
    }
    Ok(gid.id)
}

fn not_its_subject() -> Error {
    Error::field("subject", ErrorCode::NotEligible, say!("mark-duty-of-other-subjects"))
}

/// Region that keeps the act's ledger.
async fn kept_for(tx: &Tx) -> Result<RegionId> {
    let row = ledger::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(ledger::Column::Id.eq(tx.ledger()))
        .one(tx.db())
        .await?;
    row.map(|row| row.region_id).ok_or_else(|| Error::missing("subject"))
}

/// Checks that a link under `rule` has the duty: the duty is of the rule's programme or of one above, and it names this
/// rule or no rule.
async fn under(tx: &Tx, duty: &duty_rule::Model, rule: Uuid) -> Result<()> {
    let rule = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(link_rule::Column::Id.eq(rule))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("subject"))?;
    let named = duty.link_rules.0.is_empty() || duty.link_rules.0.contains(&rule.code);
    if named && lineage(tx.db(), rule.programme_id).await?.contains(&duty.programme_id) {
        return Ok(());
    }
    Err(not_its_subject())
}

/// Home region of a seat, committee or organisation. Its kind must be one of the duty's, and only an office, whose
/// scope holds the whole ledger, may mark it.
async fn own_home(tx: &Tx, duty: &duty_rule::Model, gid: Gid) -> Result<RegionId> {
    let missing = || Error::missing("subject");
    if !tx.scope().holds(tx.ledger()) {
        return Err(missing());
    }
    let kind = PartyKind::of(gid.of).ok_or_else(missing)?;
    let found = seat(tx.db(), &tx.may(Action::ReadReference)?, kind, gid.id).await?;
    let (region, own_kind) = found.ok_or_else(missing)?;
    if !duty.subject_kinds.0.is_empty() && !duty.subject_kinds.0.contains(&own_kind) {
        return Err(not_its_subject());
    }
    place(tx, region, "subject").await
}
