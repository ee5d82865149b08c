//! Acts on links: making one, ending one, handing one over.

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

payload!(
    /// A link, or what is to be mended 结对结果.
    LinkPayload {
        /// The link as it is now 结对联系.
        link: Link
    }
);

#[derive(Default)]
pub struct LinkMutation;

#[Object]
impl LinkMutation {
    /// Links a helper to a target under a rule 建立结对.
    async fn link_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: LinkCreate,
    ) -> Option<async_graphql::Result<LinkPayload>> {
        run(ctx, ledger_of_target(ctx, &input.target, "target").await, input).await
    }

    /// Ends a link, with a reason; one that has a last day already may end before it 结束结对.
    async fn link_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: LinkEnd,
    ) -> Option<async_graphql::Result<LinkPayload>> {
        run(ctx, Gid::parse(&input.link, "link", &[SourceType::Link]).map(|gid| gid.ledger), input).await
    }

    /// Hands a link over: it ends, and its successor begins with another helper, in one act 结对交接.
    async fn link_hand_over(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: LinkHandOver,
    ) -> Option<async_graphql::Result<LinkPayload>> {
        run(ctx, Gid::parse(&input.link, "link", &[SourceType::Link]).map(|gid| gid.ledger), input).await
    }
}

/// The ledger in which a record about this target lies.
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

/// A link to be made 建立结对.
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkCreateInput")]
pub struct LinkCreate {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// The rule it is made under 联系规则.
    pub rule: ID,
    /// Seat, committee or organisation that helps 帮扶方.
    pub helper: ID,
    /// Household, region or industry that is helped 帮扶对象.
    pub target: ID,
    /// First day 起.
    pub from: Date,
    /// Last day, where it is known; no later than that of helper and target 止.
    pub to: Option<Date>,
    /// Why it ends then 结束原因.
    pub end_reason: Option<String>,
    /// Remark 备注.
    pub note: Option<String>,
    /// The plan it is made with; some rules ask for one 帮扶规划.
    pub plan: Option<LinkPaper>,
    /// The agreement it is made with; some rules ask for one 帮扶协议.
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
            id: RecordId(check::id(self.id)?),
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

/// An end that is known from the start has its reason, as any other.
fn known_end(to: Option<Date>, reason: Option<&str>) -> Result<Option<String>> {
    match (to, check::optional_prose("endReason", reason)?) {
        (Some(_), None) => {
            Err(Error::field("endReason", ErrorCode::Required, "why does it end on that day?"))
        }
        (None, Some(_)) => Err(Error::field("to", ErrorCode::Required, "on which day does it end?")),
        (_, reason) => Ok(reason),
    }
}

fn end_of(id: &ID, field: &str, of: &[SourceType]) -> Result<(PartyKind, Uuid)> {
    let gid = Gid::parse(id, field, of)?;
    Ok((PartyKind::of(gid.of).ok_or_else(|| Error::missing(field))?, gid.id))
}

/// Judges a new link and writes it, with its papers.
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

/// A link to be ended 结束结对.
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkEndInput")]
pub struct LinkEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which link 结对联系.
    pub link: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// Last day 止.
    pub to: Date,
    /// Why it ends 结束原因.
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

/// A link that goes on after a day.
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
        return Err(Error::field("link", ErrorCode::WrongStep, "the link has an end already"));
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

/// A handover 结对交接.
#[derive(InputObject, Serialize)]
#[graphql(name = "LinkHandOverInput")]
pub struct LinkHandOver {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which link 结对联系.
    pub link: ID,
    /// The version the caller has seen; a newer one refuses the change 预期版本.
    pub expected_version: Option<i64>,
    /// Who helps from now on 新帮扶方.
    pub helper: ID,
    /// First day of the successor; the link ends the day before 交接日期.
    pub on: Date,
    /// Last day of the successor, where it is known; no later than that of helper and target 止.
    pub to: Option<Date>,
    /// Why the successor ends then 结束原因.
    pub end_reason: Option<String>,
    /// Why it is handed over 交接原因.
    pub reason: String,
    /// The plan the successor is made with, perhaps that of the link before it; some rules ask for one 帮扶规划.
    pub plan: Option<LinkPaper>,
    /// The agreement with the new helper; some rules ask for one 帮扶协议.
    pub agreement: Option<LinkPaper>,
}

impl Act for LinkHandOver {
    const NAME: &'static str = "linkHandOver";
    const ACTION: Action = Action::KeepLink;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// The subject is the successor.
    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::day("on", self.on)?;
        let last = check::day_before(self.on);
        let old = open(tx, &self.link, self.expected_version, last).await?;
        let reason = check::prose("reason", &self.reason)?;
        let (helper_kind, helper_id) = end_of(&self.helper, "helper", PartyKind::HELPERS)?;
        if (helper_kind, helper_id) == (old.helper_kind, old.helper_id) {
            let message = "the link is this helper's already: it is handed over to somebody else";
            return Err(Error::field("helper", ErrorCode::NotEligible, message));
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

/// The version of a rule that holds on a day; itself where none does.
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
