//! Exemptions 豁免: a helper is excused from a rule, from a day, with a reason; meanwhile the helper leaves the
//! denominator of the rule. Granting and ending are acts of the office.

use async_graphql::{Context, ID, InputObject, Object};
use entity::fact::{SourceType, Step, Verification};
use entity::fact_ref::{PartyKind, RefRole};
use entity::ids::{LedgerId, RecordId};
use entity::link_rule;
use entity::record;
use entity::values::Date;
use sea_orm::{ColumnTrait, Condition, IntoActiveModel, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use crate::access::scope::Whole;
use crate::access::{Action, Within};
use crate::ledger::{Act, Record, Subject, Tx};
use crate::mutation::{Asking, run};
use crate::record::{
    About, Aggregate, Entry, Fields, Typed, amend, enter, ledger_of_seat, of_type, referring, seat,
};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;

/// A helper excused from a rule 豁免.
#[derive(async_graphql::Description)]
pub struct Exemption(pub Fields);

record_object!(Exemption {
    /// First day 起.
    async fn from(&self) -> Date {
        self.0.0.happened_on
    }

    /// Last day, where it has one 止.
    async fn until(&self) -> Option<Date> {
        self.0.0.until_on
    }
});

impl Typed for Exemption {
    const OF: SourceType = SourceType::Exemption;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    ExemptionQuery,
    Exemption,
    /// One exemption 豁免.
    exemption,
    /// Exemptions that you may see 豁免列表.
    exemptions
);

payload!(
    /// An exemption, or what is to be mended 豁免结果.
    ExemptionPayload {
        /// The exemption as it is now 豁免.
        exemption: Exemption
    }
);

#[derive(Default)]
pub struct ExemptionMutation;

#[Object]
impl ExemptionMutation {
    /// Excuses a helper from a rule 批准豁免.
    async fn exemption_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ExemptionGrant,
    ) -> Option<async_graphql::Result<ExemptionPayload>> {
        run(ctx, ledger_of_helper(ctx, &input.helper).await, input).await
    }

    /// Ends an exemption on a day 终止豁免.
    async fn exemption_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ExemptionEnd,
    ) -> Option<async_graphql::Result<ExemptionPayload>> {
        let ledger =
            Gid::parse(&input.exemption, "exemption", &[SourceType::Exemption]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }
}

/// An exemption lies where its helper is at home.
async fn ledger_of_helper(ctx: &Context<'_>, helper: &ID) -> Result<LedgerId> {
    let gid = Gid::parse(helper, "helper", PartyKind::HELPERS)?;
    let reading = ctx.viewer()?.may(Action::ReadReference)?;
    ledger_of_seat(&ctx.app()?.db, &reading, gid, "helper").await
}

/// An exemption to be granted 批准豁免.
#[derive(InputObject, Serialize)]
#[graphql(name = "ExemptionGrantInput")]
pub struct ExemptionGrant {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// Seat, committee or organisation that is excused 帮扶方.
    pub helper: ID,
    /// The rule, which must allow exemptions 联系规则.
    pub rule: ID,
    /// First day 起.
    pub from: Date,
    /// Last day, where it has one 止.
    pub until: Option<Date>,
    /// Why 豁免原因.
    pub reason: String,
}

impl Act for ExemptionGrant {
    const NAME: &'static str = "exemptionGrant";
    const ACTION: Action = Action::KeepLink;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        check::span(("from", self.from), ("until", self.until))?;
        let reason = Some(check::prose("reason", &self.reason)?);
        let rule = self.rule(tx).await?;
        let gid = Gid::parse(&self.helper, "helper", PartyKind::HELPERS)?;
        let kind = PartyKind::of(gid.of).ok_or_else(|| Error::missing("helper"))?;
        let found = seat(tx.db(), &tx.may(Action::ReadReference)?, kind, gid.id).await?;
        let (region, own_kind) = found.ok_or_else(|| Error::missing("helper"))?;
        let fits = rule.helper_filter.0.is_empty() || rule.helper_filter.0.contains(&own_kind);
        if kind != rule.helper_kind || !fits {
            let message = "the rule asks nothing of this helper";
            return Err(Error::field("helper", ErrorCode::NotEligible, message));
        }
        if rule.valid_to.is_some_and(|last| last < self.from) {
            let message = "the rule has ended before this day";
            return Err(Error::field("from", ErrorCode::NotEligible, message));
        }
        excused_once(tx, None, rule.id.0, gid.id, (self.from, self.until)).await?;
        let about = About {
            id: self.id,
            title: rule.name,
            happened_on: self.from,
            helpers: vec![self.helper.clone()],
            region: Some(Gid::reference(SourceType::Region, region).into()),
            ..About::default()
        };
        let entry = Entry {
            until_on: self.until,
            reason,
            refs: vec![(RefRole::Rule, rule.id.0), (RefRole::Programme, rule.programme_id.0)],
            ahead: true,
            ..Entry::new(SourceType::Exemption, &about)
        };
        enter(tx, entry).await
    }
}

/// A helper is excused from a rule once at a time, whether an exemption is granted, moved, or verified after all.
async fn excused_once(
    tx: &Tx,
    itself: Option<RecordId>,
    rule: Uuid,
    helper: Uuid,
    span: (Date, Option<Date>),
) -> Result<()> {
    use record::Column;
    let others = record::Entity::within(tx.scope())
        .filter(Column::LedgerId.eq(tx.ledger()))
        .filter(Column::SourceType.eq(SourceType::Exemption))
        .filter(Column::Verification.ne(Verification::Rejected))
        .filter(Condition::all().add_option(itself.map(|id| Column::Id.ne(id))))
        .filter(referring(rule))
        .filter(referring(helper))
        .all(tx.db())
        .await?;
    let message = "the helper is excused from this rule in that time already";
    check::apart("helper", message, span, others.into_iter().map(|row| (row.happened_on, row.until_on)))
}

/// An exemption that was changed, or verified after all, is still the only one of its helper in its time.
pub async fn stands_alone(tx: &Tx, exemption: &Aggregate) -> Result<()> {
    let row = &exemption.row;
    if row.source_type != SourceType::Exemption || row.verification == Verification::Rejected {
        return Ok(());
    }
    let named = |wanted: fn(RefRole) -> bool| {
        exemption.refs.iter().find(|(role, _)| wanted(*role)).map(|(_, id)| *id)
    };
    let helper = named(|role| {
        matches!(role, RefRole::HelperMember | RefRole::HelperCommittee | RefRole::HelperOrganisation)
    });
    let (Some(rule), Some(helper)) = (named(|role| role == RefRole::Rule), helper) else { return Ok(()) };
    let alone = excused_once(tx, Some(row.id), rule, helper, (row.happened_on, row.until_on)).await;
    alone.map_err(|error| error.on("record"))
}

impl ExemptionGrant {
    async fn rule(&self, tx: &Tx) -> Result<link_rule::Model> {
        let gid = Gid::parse(&self.rule, "rule", &[SourceType::LinkRule])?;
        let rule = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(link_rule::Column::Id.eq(gid.id))
            .one(tx.db())
            .await?
            .ok_or_else(|| Error::missing("rule"))?;
        if !rule.exemption_allowed {
            return Err(Error::field("rule", ErrorCode::NotEligible, "the rule allows no exemptions"));
        }
        Ok(rule)
    }
}

/// An exemption to be ended 终止豁免.
#[derive(InputObject, Serialize)]
#[graphql(name = "ExemptionEndInput")]
pub struct ExemptionEnd {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// Which exemption 豁免.
    pub exemption: ID,
    /// Last day 止.
    pub to: Date,
}

impl Act for ExemptionEnd {
    const NAME: &'static str = "exemptionEnd";
    const ACTION: Action = Action::KeepLink;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let exemption = of_type(tx, &self.exemption, "exemption", &[SourceType::Exemption], None).await?;
        check::ends_after("to", exemption.row.happened_on, Some(self.to))?;
        if exemption.row.until_on.is_some_and(|until| until <= self.to) {
            return Err(Error::field("to", ErrorCode::WrongStep, "the exemption ends by then already"));
        }
        let before = exemption.moves();
        let mut row = exemption.row.clone().into_active_model();
        row.until_on = Set(Some(self.to));
        row.step = Set(Step::Ended);
        amend(tx, exemption, row, before).await
    }
}
