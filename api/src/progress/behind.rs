//! Who is behind with a duty, and who does not meet a rule: the people behind the figures.

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
        let duty = duty.ok_or_else(|| unknown("duty", code))?;
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
        let rules = rules.ok_or_else(|| unknown("rule", code))?;
        let question = Question { group_by: GroupBy::Total, ..question };
        let rows = rule::unmet(&ctx.app()?.db, &question, &rules).await?;
        let of = |row: rule::Unmet| match side {
            Side::Helper => Unlinked { row, target: None },
            Side::Target => Unlinked { row, target: Some(rules.rules[0].target_kind) },
        };
        page::computed(&page, rows.into_iter().map(|row| (row.id.to_string(), of(row))).collect())
    }

    /// The question of those ledgers whose households the viewer may see by name.
    fn of_visible(&self, ctx: &Context<'_>) -> Result<Question> {
        let scope = ctx.viewer()?.may(Action::ReadHousehold)?;
        let mut question = self.question.clone();
        question.ledgers.retain(|ledger| scope.holds(*ledger));
        if question.ledgers.is_empty() { Err(Error::Forbidden) } else { Ok(question) }
    }
}

fn unknown(what: &str, code: &str) -> Error {
    Error::Protocol { code: ErrorCode::Invalid, message: format!("the programme has no {what} `{code}`") }
}

/// A subject that owes a duty yet 未完成对象.
#[derive(Description)]
pub struct Behind(duty::Behind);

#[Object(use_type_description)]
impl Behind {
    /// The link, where a link has the duty 结对联系.
    async fn link(&self, ctx: &Context<'_>) -> Option<Result<Link>> {
        link::by_id(ctx, LedgerId(self.0.ledger_id), RecordId(self.0.id)).await.transpose()
    }

    /// The helper, where a seat, committee or organisation has the duty 帮扶方.
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        group::helper(ctx, self.0.id).await.transpose()
    }

    /// The household, where a household has the duty 农户.
    async fn household(&self, ctx: &Context<'_>) -> Option<Result<Household>> {
        household::by_id(ctx, LedgerId(self.0.ledger_id), HouseholdId(self.0.id)).await.transpose()
    }

    /// The region, where a region has the duty 区划.
    async fn region(&self, ctx: &Context<'_>) -> Option<Result<Region>> {
        region::by_id(ctx, RegionId(self.0.id)).await.transpose()
    }

    /// How much was owed 应完成.
    async fn owed(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.0.owed)
    }

    /// How much of it is done 已完成.
    async fn done(&self) -> entity::values::Quantity {
        entity::values::Quantity(self.0.done)
    }
}

/// A subject that does not meet a rule 未达标对象.
#[derive(Description)]
pub struct Unlinked {
    row: rule::Unmet,
    /// Of what kind it is, where it is a target.
    target: Option<PartyKind>,
}

#[Object(use_type_description)]
impl Unlinked {
    /// The seat, where a seat must meet the rule 席位.
    async fn member(&self, ctx: &Context<'_>) -> Option<Result<Member>> {
        if self.target.is_some() {
            return None;
        }
        member::by_id(ctx, entity::ids::MemberId(self.row.id)).await.transpose()
    }

    /// Who must meet the rule, where helpers must 帮扶方.
    async fn helper(&self, ctx: &Context<'_>) -> Option<Result<Helper>> {
        if self.target.is_some() {
            return None;
        }
        group::helper(ctx, self.row.id).await.transpose()
    }

    /// Who or what must meet the rule, where targets must 帮扶对象.
    async fn target(&self, ctx: &Context<'_>) -> Option<Result<Target>> {
        Target::by_id(ctx, LedgerId(self.row.ledger_id), self.target?, self.row.id).await.transpose()
    }

    /// How many links it has under the rules 已有结对数.
    async fn links(&self) -> i64 {
        self.row.links
    }
}
