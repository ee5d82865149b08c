//! Lists behind the figures: subjects that still owe a duty, and subjects that do not meet a rule.

use async_graphql::{Context, Description, Object};
use entity::fact_ref::PartyKind;
use entity::ids::{HouseholdId, LedgerId, RecordId, RegionId};

use super::answer::Progress;
use super::duty::{self};
use super::figure::last_period;
use super::group::{self};
use super::question::{GroupBy, Question};
use super::rule::{self, Side};
use crate::access::Action;
use crate::household::{self, Household};
use crate::link::{self, Helper, Link, Target};
use crate::member::{self, Member};
use crate::mutation::Asking;
use crate::page::{self, Nodes, Page};
use crate::region::{self, Region};
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

impl Progress {
    pub(super) async fn who_is_behind(
        &self,
        ctx: &Context<'_>,
        code: &str,
        page: Result<Page>,
    ) -> Result<Nodes<Behind>> {
        let question = self.of_visible(ctx)?;
        let page = page?;
        let duty = self.all_duties(ctx).await?.into_iter().filter(|duty| duty.rule.code == code);
        let duty = duty.max_by_key(|duty| duty.rule.valid_from);
        let duty = duty.ok_or_else(|| unknown(say!("progress-duty-unknown", code = code)))?;
        let question = question.during(last_period(&question, &duty));
        let question = Question { group_by: GroupBy::Total, ..question };
        let rows = duty::behind(&ctx.app()?.db, &question, &duty).await?;
        page::computed(&page, rows.into_iter().map(|row| (row.id.to_string(), Behind(row))).collect())
    }

    pub(super) async fn who_is_unlinked(
        &self,
        ctx: &Context<'_>,
        side: Side,
        code: &str,
        page: Result<Page>,
    ) -> Result<Nodes<Unlinked>> {
        let question = self.of_visible(ctx)?;
        let page = page?;
        let rules = self.rule_groups(ctx, side).await?.into_iter().find(|group| group.code == code);
        let rules = rules.ok_or_else(|| unknown(say!("progress-rule-unknown", code = code)))?;
        let question = Question { group_by: GroupBy::Total, ..question };
        let rows = rule::unmet(&ctx.app()?.db, &question, &rules).await?;
        let of = |row: rule::Unmet| match side {
            Side::Helper => Unlinked { row, target: None },
            Side::Target => Unlinked { row, target: Some(rules.rules[0].target_kind) },
        };
        page::computed(&page, rows.into_iter().map(|row| (row.id.to_string(), of(row))).collect())
    }

    /// The question, confined to the ledgers whose households the viewer may see by name.
    fn of_visible(&self, ctx: &Context<'_>) -> Result<Question> {
        let scope = ctx.viewer()?.may(Action::ReadHousehold)?;
        let mut question = self.question.clone();
        question.ledgers.retain(|ledger| scope.holds(*ledger));
        if question.ledgers.is_empty() { Err(Error::Forbidden) } else { Ok(question) }
    }
}

const fn unknown(message: Message) -> Error {
    Error::Protocol { code: ErrorCode::Invalid, message }
}

/// A subject that still owes something of a duty.
/// 任务尚未完成的对象。
#[derive(Description)]
pub struct Behind(duty::Behind);

#[Object(use_type_description)]
impl Behind {
    /// Link that has the duty; null if subjects are not links.
    /// 承担任务的结对;主体不是结对时为空。
    async fn link(&self, ctx: &Context<'_>) -> Option<Result<Link>> {
        link::by_id(ctx, LedgerId(self.0.ledger_id), RecordId(self.0.id)).await.transpose()
    }

    /// Seat, committee or organisation that has the duty; null if subjects are others.
    /// 承担任务的席位、委室或单位;主体为其他时为空。
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        group::helper(ctx, self.0.id).await.transpose()
    }

    /// Household that has the duty; null if subjects are not households.
    /// 承担任务的农户;主体不是农户时为空。
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        household::by_id(ctx, LedgerId(self.0.ledger_id), HouseholdId(self.0.id)).await.transpose()
    }

    /// Region that has the duty; null if subjects are not regions.
    /// 承担任务的区划;主体不是区划时为空。
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, RegionId(self.0.id)).await.transpose()
    }

    /// Quantity owed.
    /// 应完成数量。
    async fn owed(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.0.owed)
    }

    /// Quantity done of it.
    /// 其中已完成的数量。
    async fn done(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.0.done)
    }
}

/// A subject that does not meet a link rule.
/// 未达到联系规则的对象。
#[derive(Description)]
pub struct Unlinked {
    row: rule::Unmet,
    /// Kind of the target; none if the subject is a helper.
    target: Option<PartyKind>,
}

#[Object(use_type_description)]
impl Unlinked {
    /// Seat that must meet the rule; null if helpers are not seats.
    /// 应达标的席位;帮扶方不是席位时为空。
    async fn member(&self, ctx: &Context<'_>) -> Option<Result<Member>> {
        if self.target.is_some() {
            return None;
        }
        member::by_id(ctx, entity::ids::MemberId(self.row.id)).await.transpose()
    }

    /// Seat, committee or organisation that must meet the rule; null if targets must.
    /// 应达标的席位、委室或单位;应由帮扶对象达标时为空。
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        if self.target.is_some() {
            return None;
        }
        group::helper(ctx, self.row.id).await.transpose()
    }

    /// Target that must meet the rule; null if helpers must.
    /// 应达标的帮扶对象;应由帮扶方达标时为空。
    async fn target(&self, ctx: &Context<'_>) -> Option<Result<Target>> {
        Target::by_id(ctx, LedgerId(self.row.ledger_id), self.target?, self.row.id).await.transpose()
    }

    /// Number of its links under the rules.
    /// 按规则已有的结对数。
    async fn links(&self) -> i64 {
        self.row.links
    }
}
