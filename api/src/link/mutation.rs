//! Acts on links 结对: create, end, hand over.

use async_graphql::{Context, ID, InputObject, Object};
use entity::fact::SourceType;
use entity::fact_ref::PartyKind;
use entity::ids::{IndustryId, LedgerId, LinkRuleId, RecordId, RegionId};
use entity::values::Date;
use entity::{link, link_rule};
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::Link;
use super::paper::{LinkPaper, Papers};
use super::rows::{Bound, ends, ends_with_its_parties, household, judge};
use crate::access::scope::Whole;
use crate::access::{Action, Within};
use crate::ledger::{Act, Moves, Record, Subject, Tx, ledger_for};
use crate::loader;
use crate::mutation::{Asking, run};
use crate::payload;
use crate::programme::lineage;
use crate::record;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

payload!(
    /// A link, or the errors to correct.
    /// 结对结果,或需更正的错误。
    LinkPayload {
        /// The link as it is now; null if there are errors.
        /// 结对的当前状态;有错误时为空。
        link: Link
    }
);

#[derive(Default)]
pub struct LinkMutation;

#[Object]
impl LinkMutation {
    /// Links a helper to a target under a rule.
    /// 按联系规则建立帮扶方与帮扶对象的结对。
    async fn link_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link to create.\n要建立的结对。")] input: LinkCreate,
    ) -> Option<async_graphql::Result<LinkPayload>> {
        run(ctx, ledger_of_target(ctx, &input.target, "target").await, input).await
    }

    /// Ends a link, with a reason. A link that has a last day already may be ended on an earlier one.
    /// 结束结对并说明原因;已定结束日期的可提前结束。
    async fn link_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link to end, its last day and the reason.\n要结束的结对、结束日期及原因。")]
        input: LinkEnd,
    ) -> Option<async_graphql::Result<LinkPayload>> {
        run(ctx, Gid::parse(&input.link, "link", &[SourceType::Link]).map(|gid| gid.ledger), input).await
    }

    /// Hands a link over to another helper, in one act: the link ends, and its successor with the new helper begins.
    /// 结对交接:一次操作中结束原结对,并由新帮扶方开始后续结对。
    async fn link_hand_over(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link to hand over, and the new helper.\n要交接的结对及新帮扶方。")]
        input: LinkHandOver,
    ) -> Option<async_graphql::Result<LinkPayload>> {
        run(ctx, Gid::parse(&input.link, "link", &[SourceType::Link]).map(|gid| gid.ledger), input).await
    }
}

/// The ledger in which records about a target lie: a household's own ledger, otherwise that of the target's region.
pub async fn ledger_of_target(ctx: &Context<'_>, target: &ID, field: &str) -> Result<LedgerId> {
    let gid = Gid::parse(target, field, PartyKind::TARGETS)?;
    let region = match gid.of {
        SourceType::Household => return Ok(gid.ledger),
        SourceType::Region => RegionId(gid.id),
        SourceType::Industry => {
            let industry = loader::one(ctx.rows()?, IndustryId(gid.id)).await?;
            industry.ok_or_else(|| Error::missing(field))?.region_id
        }
        _ => return Err(Error::missing(field)),
    };
    ledger_for(&ctx.app()?.db, region, field).await
}

/// Input of `linkCreate`: the link to create.
/// 建立结对的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkCreateInput")]
pub struct LinkCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Rule under which the link is made.
    /// 结对所依据的联系规则。
    pub rule: ID,
    /// Helper: a seat, a committee or an organisation.
    /// 帮扶方:席位、委室或单位。
    pub helper: ID,
    /// Target: a household, a region or an industry.
    /// 帮扶对象:农户、区划或产业。
    pub target: ID,
    /// First day of the link.
    /// 结对开始日期。
    pub from: Date,
    /// Last day of the link, if known; no later than the last day of helper and target.
    /// 结对结束日期,已知时填写;不得晚于帮扶方和帮扶对象的结束日期。
    pub to: Option<Date>,
    /// Reason for ending on the last day; required with `to`.
    /// 结束原因;填写结束日期时必填。
    pub end_reason: Option<String>,
    /// Remark.
    /// 备注。
    pub note: Option<String>,
    /// Plan of the link; required if the rule asks for one.
    /// 帮扶规划;规则要求时必填。
    pub plan: Option<LinkPaper>,
    /// Agreement between helper and target; required if the rule asks for one.
    /// 帮扶方与帮扶对象的协议;规则要求时必填。
    pub agreement: Option<LinkPaper>,
}

impl Act for LinkCreate {
    const NAME: &'static str = "linkCreate";
    const ACTION: Action = Action::KeepLink;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::day("from", self.from)?;
        let rule = rule(tx, &self.rule).await?;
        let (helper_kind, helper_id) = end_of(&self.helper, "helper", PartyKind::HELPERS)?;
        let (target_kind, target_id) = end_of(&self.target, "target", PartyKind::TARGETS)?;
        let new = link::Model {
            ledger_id: tx.ledger(),
            id: RecordId(tx.new_id(self.id).await?),
            rule_id: rule.id,
            helper_kind,
            helper_id,
            target_kind,
            target_id,
            household_id: household(target_kind, target_id),
            region_id: RegionId(Uuid::nil()),
            from_on: self.from,
            to_on: self.to,
            end_reason: known_end(self.to, self.end_reason.as_deref())?,
            successor_id: None,
            note: check::optional_prose("note", self.note.as_deref())?,
            entered_by: tx.account(),
            recorded_at: tx.at(),
            version: tx.seq(),
        };
        let papers = Papers { plan: self.plan.as_ref(), agreement: self.agreement.as_ref() };
        bind(tx, &rule, new, &papers).await
    }
}

async fn rule(tx: &Tx, id: &ID) -> Result<link_rule::Model> {
    let id = LinkRuleId(Gid::parse(id, "rule", &[SourceType::LinkRule])?.id);
    rule_by_id(tx, id).await
}

pub(super) async fn rule_by_id(tx: &Tx, id: LinkRuleId) -> Result<link_rule::Model> {
    link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(link_rule::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("rule"))
}

/// The end reason of a new link: required with a last day, refused without one.
fn known_end(to: Option<Date>, reason: Option<&str>) -> Result<Option<String>> {
    match (to, check::optional_prose("endReason", reason)?) {
        (Some(_), None) => {
            Err(Error::field("endReason", ErrorCode::Required, say!("link-end-reason-missing")))
        }
        (None, Some(_)) => Err(Error::field("to", ErrorCode::Required, say!("link-end-day-missing"))),
        (_, reason) => Ok(reason),
    }
}

fn end_of(id: &ID, field: &str, of: &[SourceType]) -> Result<(PartyKind, Uuid)> {
    let gid = Gid::parse(id, field, of)?;
    Ok((PartyKind::of(gid.of).ok_or_else(|| Error::missing(field))?, gid.id))
}

/// Checks a new link against its rule, then writes the link with its plan and agreement.
async fn bind(
    tx: &mut Tx,
    rule: &link_rule::Model,
    mut new: link::Model,
    papers: &Papers<'_>,
) -> Result<Subject> {
    new.region_id = judge(tx, rule, &new).await?;
    papers.suffice(rule)?;
    let row = tx.insert(all_set(new)).await?;
    let programmes = lineage(tx.db(), rule.programme_id).await?;
    let link = Bound { row, programmes };
    tx.created(&link);
    papers.serve(tx, &link, rule.programme_id).await?;
    Ok(Subject { of: SourceType::Link, id: link.row.id.0 })
}

fn all_set(row: link::Model) -> link::ActiveModel {
    link::ActiveModel {
        ledger_id: Set(row.ledger_id),
        id: Set(row.id),
        rule_id: Set(row.rule_id),
        helper_kind: Set(row.helper_kind),
        helper_id: Set(row.helper_id),
        target_kind: Set(row.target_kind),
        target_id: Set(row.target_id),
        household_id: Set(row.household_id),
        region_id: Set(row.region_id),
        from_on: Set(row.from_on),
        to_on: Set(row.to_on),
        end_reason: Set(row.end_reason),
        successor_id: Set(row.successor_id),
        note: Set(row.note),
        entered_by: Set(row.entered_by),
        recorded_at: Set(row.recorded_at),
        version: Set(row.version),
    }
}

/// Input of `linkEnd`: the link to end.
/// 结束结对的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkEndInput")]
pub struct LinkEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Link to end.
    /// 要结束的结对。
    pub link: ID,
    /// Version that the caller has seen; a newer one refuses the act. Not checked if absent.
    /// 调用方所见的版本;已有更新的版本时拒绝本次操作,默认不检查。
    pub expected_version: Option<i64>,
    /// Last day of the link; no record may serve the link later.
    /// 结对结束日期;此后不得有服务该结对的记录。
    pub to: Date,
    /// Reason for the end.
    /// 结束原因。
    pub reason: String,
}

impl Act for LinkEnd {
    const NAME: &'static str = "linkEnd";
    const ACTION: Action = Action::KeepLink;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let open = open(tx, &self.link, self.expected_version, self.to).await?;
        let reason = check::prose("reason", &self.reason)?;
        end(tx, open, self.to, "to", reason, None).await
    }
}

/// Finds a link that lasts longer than `last`; refused if the link ends by then.
async fn open(tx: &Tx, id: &ID, expected: Option<i64>, last: Date) -> Result<link::Model> {
    let gid = Gid::parse(id, "link", &[SourceType::Link])?;
    let row = link::Entity::within(tx.scope())
        .filter(link::Column::LedgerId.eq(tx.ledger()))
        .filter(link::Column::Id.eq(gid.id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("link"))?;
    check::version(expected, row.version)?;
    record::none_erased(tx, &ends(&row).collect::<Vec<_>>(), "link").await?;
    if row.to_on.is_some_and(|known| known <= last) {
        return Err(Error::field("link", ErrorCode::WrongStep, say!("link-ended")));
    }
    Ok(row)
}

async fn end(
    tx: &mut Tx,
    row: link::Model,
    to: Date,
    field: &str,
    reason: String,
    successor: Option<RecordId>,
) -> Result<Subject> {
    check::ends_after(field, row.from_on, Some(to))?;
    let ended = link::Model { to_on: Some(to), ..row.clone() };
    ends_with_its_parties(tx, &ended).await.map_err(|error| error.on(field))?;
    record::none_after(tx, row.id.0, to, field).await?;
    let rule = rule_by_id(tx, row.rule_id).await?;
    let programmes = lineage(tx.db(), rule.programme_id).await?;
    let ended = link::ActiveModel {
        to_on: Set(Some(to)),
        end_reason: Set(Some(reason)),
        successor_id: Set(successor),
        version: Set(tx.seq()),
        ..row.into()
    };
    let ended = Bound { row: tx.update(ended).await?, programmes };
    let moves: Moves = ended.moves();
    tx.changed(&ended, moves).await?;
    Ok(Subject { of: SourceType::Link, id: ended.row.id.0 })
}

/// Input of `linkHandOver`: the link to hand over.
/// 结对交接的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkHandOverInput")]
pub struct LinkHandOver {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Link to hand over.
    /// 要交接的结对。
    pub link: ID,
    /// Version that the caller has seen; a newer one refuses the act. Not checked if absent.
    /// 调用方所见的版本;已有更新的版本时拒绝本次操作,默认不检查。
    pub expected_version: Option<i64>,
    /// Helper of the successor, other than the link's helper.
    /// 新帮扶方,不得与原帮扶方相同。
    pub helper: ID,
    /// First day of the successor; the link ends the day before.
    /// 交接日期,即后续结对的开始日期;原结对于前一日结束。
    pub on: Date,
    /// Last day of the successor, if known; no later than the last day of helper and target.
    /// 后续结对的结束日期,已知时填写;不得晚于帮扶方和帮扶对象的结束日期。
    pub to: Option<Date>,
    /// Reason for the successor's end; required with `to`.
    /// 后续结对的结束原因;填写结束日期时必填。
    pub end_reason: Option<String>,
    /// Reason for the handover.
    /// 交接原因。
    pub reason: String,
    /// Plan of the successor; required if the rule asks for one. The plan of the link before may go on.
    /// 后续结对的帮扶规划;规则要求时必填,可沿用原结对的规划。
    pub plan: Option<LinkPaper>,
    /// Agreement with the new helper; required if the rule asks for one.
    /// 与新帮扶方的协议;规则要求时必填。
    pub agreement: Option<LinkPaper>,
}

impl Act for LinkHandOver {
    const NAME: &'static str = "linkHandOver";
    const ACTION: Action = Action::KeepLink;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Returns the successor as the act's subject.
    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::day("on", self.on)?;
        let last = check::day_before(self.on);
        let old = open(tx, &self.link, self.expected_version, last).await?;
        let reason = check::prose("reason", &self.reason)?;
        let (helper_kind, helper_id) = end_of(&self.helper, "helper", PartyKind::HELPERS)?;
        if (helper_kind, helper_id) == (old.helper_kind, old.helper_id) {
            return Err(Error::field("helper", ErrorCode::NotEligible, say!("link-helper-same")));
        }
        let successor = link::Model {
            id: RecordId::fresh(),
            helper_kind,
            helper_id,
            from_on: self.on,
            to_on: self.to,
            end_reason: known_end(self.to, self.end_reason.as_deref())?,
            entered_by: tx.account(),
            recorded_at: tx.at(),
            version: tx.seq(),
            ..old.clone()
        };
        let rule = holding(tx, rule_by_id(tx, old.rule_id).await?, self.on).await?;
        let successor = link::Model { rule_id: rule.id, ..successor };
        end(tx, old, last, "on", reason, Some(successor.id)).await?;
        let papers = Papers { plan: self.plan.as_ref(), agreement: self.agreement.as_ref() };
        bind(tx, &rule, successor, &papers).await
    }
}

/// The version of a rule that holds on a day; `rule` itself if there is none.
async fn holding(tx: &Tx, rule: link_rule::Model, on: Date) -> Result<link_rule::Model> {
    use link_rule::Column;
    let versions = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(Column::ProgrammeId.eq(rule.programme_id))
        .filter(Column::Code.eq(rule.code.as_str()))
        .all(tx.db())
        .await?;
    let holds = |row: &link_rule::Model| row.valid_from <= on && row.valid_to.is_none_or(|to| to >= on);
    Ok(versions.into_iter().find(holds).unwrap_or(rule))
}
