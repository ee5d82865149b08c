//! Exemptions 豁免: a helper is excused from a link rule from a day on, for a reason, and is left out of the rule's
//! denominator meanwhile. The office grants and ends exemptions.

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
use crate::programme::{goes_on, programme_by_id};
use crate::record::{
    About, Aggregate, Entry, Fields, Typed, amend, enter, ledger_of_seat, of_type, referring, seat,
};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// An exemption of a helper from a link rule.
/// 豁免:帮扶方暂不承担某项联系规则。
#[derive(async_graphql::Description)]
pub struct Exemption(pub Fields);

record_object!(Exemption {
    /// First day of the exemption.
    /// 豁免起始日期。
    async fn from(&self) -> Date {
        self.0.0.happened_on
    }

    /// Last day of the exemption; empty if it has no end.
    /// 豁免结束日期;没有期限的为空。
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
    /// One exemption, by its global id.
    /// 按标识查询一项豁免。
    exemption,
    /// Exemptions that the viewer may see.
    /// 可查看的豁免列表。
    exemptions
);

payload!(
    /// An exemption, or the errors to correct.
    /// 豁免结果,或需更正的错误。
    ExemptionPayload {
        /// The exemption as it is now; empty if there are errors.
        /// 豁免的当前内容;有错误时为空。
        exemption: Exemption
    }
);

#[derive(Default)]
pub struct ExemptionMutation;

#[Object]
impl ExemptionMutation {
    /// Excuses a helper from a link rule for some time.
    /// 批准帮扶方在一段时间内豁免某项联系规则。
    async fn exemption_grant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The exemption to grant.\n要批准的豁免。")] input: ExemptionGrant,
    ) -> Option<async_graphql::Result<ExemptionPayload>> {
        run(ctx, ledger_of_helper(ctx, &input.helper).await, input).await
    }

    /// Ends an exemption on a day.
    /// 在指定日期终止豁免。
    async fn exemption_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The exemption to end.\n要终止的豁免。")] input: ExemptionEnd,
    ) -> Option<async_graphql::Result<ExemptionPayload>> {
        let ledger =
            Gid::parse(&input.exemption, "exemption", &[SourceType::Exemption]).map(|gid| gid.ledger);
        run(ctx, ledger, input).await
    }
}

/// The ledger of an exemption: that of its helper's home region.
async fn ledger_of_helper(ctx: &Context<'_>, helper: &ID) -> Result<LedgerId> {
    let gid = Gid::parse(helper, "helper", PartyKind::HELPERS)?;
    let reading = ctx.viewer()?.may(Action::ReadReference)?;
    ledger_of_seat(&ctx.app()?.db, &reading, gid, "helper").await
}

/// An exemption to grant.
/// 要批准的豁免。
#[derive(InputObject, Serialize)]
#[graphql(name = "ExemptionGrantInput")]
pub struct ExemptionGrant {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Seat, committee or organisation to excuse; the rule must apply to it.
    /// 豁免的席位、委室或单位,须适用该规则。
    pub helper: ID,
    /// Link rule to excuse the helper from; it must allow exemptions.
    /// 要豁免的联系规则,须允许豁免。
    pub rule: ID,
    /// First day of the exemption.
    /// 豁免起始日期。
    pub from: Date,
    /// Last day of the exemption; no end if absent.
    /// 豁免结束日期;不填表示没有期限。
    pub until: Option<Date>,
    /// Reason for the exemption.
    /// 豁免原因。
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
            let message = say!("exemption-rule-asks-nothing");
            return Err(Error::field("helper", ErrorCode::NotEligible, message));
        }
        holds(tx, &rule, self.from, "from").await?;
        excused_once(tx, None, &rule, gid.id, (self.from, self.until)).await?;
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

/// A rule, and its programme, hold on the first day of an exemption.
async fn holds(tx: &Tx, rule: &link_rule::Model, first: Date, field: &str) -> Result<()> {
    if first < rule.valid_from || rule.valid_to.is_some_and(|last| last < first) {
        return Err(Error::field(field, ErrorCode::NotEligible, say!("exemption-rule-not-in-force")));
    }
    goes_on(&programme_by_id(tx, rule.programme_id, "rule").await?, first, field)
}

/// Refuses a second exemption of a helper from the same rule in the same time, whether it is granted, moved, or
/// verified after a rejection. The exemption `itself` is not compared.
async fn excused_once(
    tx: &Tx,
    itself: Option<RecordId>,
    rule: &link_rule::Model,
    helper: Uuid,
    span: (Date, Option<Date>),
) -> Result<()> {
    use record::Column;
    let versions = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(link_rule::Column::ProgrammeId.eq(rule.programme_id))
        .filter(link_rule::Column::Code.eq(rule.code.as_str()))
        .all(tx.db())
        .await?;
    let of_rule = versions.iter().fold(Condition::any(), |any, version| any.add(referring(version.id.0)));
    let others = record::Entity::within(tx.scope())
        .filter(Column::LedgerId.eq(tx.ledger()))
        .filter(Column::SourceType.eq(SourceType::Exemption))
        .filter(Column::Verification.ne(Verification::Rejected))
        .filter(Condition::all().add_option(itself.map(|id| Column::Id.ne(id))))
        .filter(of_rule)
        .filter(referring(helper))
        .all(tx.db())
        .await?;
    let message = say!("exemption-overlaps");
    check::apart("helper", message, span, others.into_iter().map(|row| (row.happened_on, row.until_on)))
}

/// Refuses a change of an exemption that makes it overlap another one of the same helper and rule.
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
    let rule = link_rule::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(link_rule::Column::Id.eq(rule))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing("record"))?;
    holds(tx, &rule, row.happened_on, "record").await?;
    let alone = excused_once(tx, Some(row.id), &rule, helper, (row.happened_on, row.until_on)).await;
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
            return Err(Error::field("rule", ErrorCode::NotEligible, say!("exemption-not-allowed")));
        }
        Ok(rule)
    }
}

/// An exemption to end.
/// 要终止的豁免。
#[derive(InputObject, Serialize)]
#[graphql(name = "ExemptionEndInput")]
pub struct ExemptionEnd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Exemption to end.
    /// 要终止的豁免。
    pub exemption: ID,
    /// Last day of the exemption; it must lie before the one that the exemption has.
    /// 豁免结束日期;须早于原定的结束日期。
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
            return Err(Error::field("to", ErrorCode::WrongStep, say!("exemption-ended")));
        }
        let before = exemption.moves();
        let mut row = exemption.row.clone().into_active_model();
        row.until_on = Set(Some(self.to));
        row.step = Set(Step::Ended);
        amend(tx, exemption, row, before).await
    }
}
