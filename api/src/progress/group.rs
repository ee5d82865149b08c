//! Groups of an answer: all that the question can have, including those without data.

use async_graphql::Context;
use entity::ids::{CommitteeId, MemberId, OrganisationId, RegionId};
use entity::ledger;
use entity::region::{self, RegionLevel};
use sea_orm::{ColumnTrait, FromQueryResult, Iterable, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::period::Period;
use super::question::{GroupBy, Question};
use super::sql::Binder;
use crate::access::Scope;
use crate::access::scope::Whole;
use crate::committee;
use crate::link::Helper;
use crate::member;
use crate::mutation::Asking;
use crate::organisation;
use crate::region::below;
use platform::error::Result;

/// A group: a region or helper (`key`), a month, or everything.
#[derive(Clone, Debug)]
pub struct Group {
    pub key: Option<Uuid>,
    pub region: Option<region::Model>,
    /// Days of the period that fall in the month; set if groups are months.
    pub month: Option<Period>,
}

impl Group {
    const ALL: Self = Self { key: None, region: None, month: None };

    fn of(row: region::Model) -> Self {
        Self { key: Some(row.id.0), region: Some(row), month: None }
    }

    /// Region whose counties the group covers, in an answer about `place`. None for work that a higher region does
    /// itself, and for groups of townships or villages.
    pub fn within(&self, by: GroupBy, place: RegionId) -> Option<RegionId> {
        let level = match by {
            GroupBy::City => RegionLevel::City,
            GroupBy::County => RegionLevel::County,
            GroupBy::Township | GroupBy::Village => return None,
            GroupBy::Total | GroupBy::Month | GroupBy::Committee | GroupBy::Helper => return Some(place),
        };
        self.region.as_ref().filter(|row| row.level == level).map(|row| row.id)
    }

    /// Text that the group's cursor holds.
    pub fn cursor(&self) -> String {
        match (&self.key, &self.month) {
            (Some(key), _) => key.to_string(),
            (None, Some(month)) => month.from.to_string(),
            (None, None) => "total".to_owned(),
        }
    }
}

/// All groups of a question, in order.
pub async fn all(
    ctx: &Context<'_>,
    scope: &Scope,
    place: &region::Model,
    question: &Question,
) -> Result<Vec<Group>> {
    Ok(match question.group_by {
        GroupBy::Total => vec![Group::ALL],
        GroupBy::Month => {
            let month = |month| Group { month: Some(month), ..Group::ALL };
            question.period.months().into_iter().map(month).collect()
        }
        GroupBy::City => kept(ctx, scope, place, question, RegionLevel::City).await?,
        GroupBy::County => kept(ctx, scope, place, question, RegionLevel::County).await?,
        GroupBy::Township => places(ctx, scope, place, RegionLevel::Township).await?,
        GroupBy::Village => places(ctx, scope, place, RegionLevel::Village).await?,
        GroupBy::Committee | GroupBy::Helper => helpers(ctx, question).await?,
    })
}

async fn regions(
    ctx: &Context<'_>,
    scope: &Scope,
    place: &region::Model,
    level: RegionLevel,
) -> Result<Vec<Group>> {
    let rows = region::Entity::whole(scope)
        .filter(below(place.id))
        .filter(region::Column::Level.eq(level))
        .order_by_asc(region::Column::Id)
        .all(&ctx.app()?.db)
        .await?;
    Ok(rows.into_iter().map(Group::of).collect())
}

/// Regions of a level, after `place` and the levels between: work may lie at a larger place, e.g. at a township in an
/// answer by village, and the groups must add up.
async fn places(
    ctx: &Context<'_>,
    scope: &Scope,
    place: &region::Model,
    level: RegionLevel,
) -> Result<Vec<Group>> {
    let mut rows = vec![place.clone()];
    for between in RegionLevel::iter().filter(|between| place.level < *between && *between <= level) {
        rows.extend(regions(ctx, scope, place, between).await?.into_iter().filter_map(|group| group.region));
    }
    Ok(rows.into_iter().map(Group::of).collect())
}

/// Regions of a level, after the higher regions that keep a ledger of their own work, so that the groups add up.
async fn kept(
    ctx: &Context<'_>,
    scope: &Scope,
    place: &region::Model,
    question: &Question,
    level: RegionLevel,
) -> Result<Vec<Group>> {
    let higher = keepers(ctx, scope, question).await?.into_iter().filter(|row| row.level < level);
    let mut groups: Vec<Group> = higher.map(Group::of).collect();
    groups.extend(regions(ctx, scope, place, level).await?);
    Ok(groups)
}

/// Regions that keep the ledgers of a question, from the top down.
async fn keepers(ctx: &Context<'_>, scope: &Scope, question: &Question) -> Result<Vec<region::Model>> {
    let app = ctx.app()?;
    let ledgers = question.ledgers.iter().map(|ledger| ledger.0);
    let kept = ledger::Entity::whole(scope)
        .filter(ledger::Column::Id.is_in(ledgers))
        .select_only()
        .column(ledger::Column::RegionId)
        .into_query();
    let mut rows = region::Entity::whole(scope)
        .filter(region::Column::Id.in_subquery(kept))
        .order_by_asc(region::Column::Id)
        .all(&app.db)
        .await?;
    rows.sort_by_key(|row| row.level);
    Ok(rows)
}

#[derive(FromQueryResult)]
struct Found {
    id: Uuid,
}

/// Helpers that are named by a fact of the period, or by a link, seat, committee or organisation that lasts in it.
async fn helpers(ctx: &Context<'_>, question: &Question) -> Result<Vec<Group>> {
    let app = ctx.app()?;
    let mut bind = Binder::new(app.db.backend());
    let (known, clock) = (question.known(&mut bind, "f"), question.clock("f"));
    let with = question.with(&mut bind);
    let (first, last) = (question.period.first().0, question.period.last().0);
    let roles = match question.group_by {
        GroupBy::Committee => "= 'helper_committee'",
        _ => "IN ('helper_member', 'helper_committee', 'helper_organisation')",
    };
    let sql = format!(
        "{with} SELECT DISTINCT w.ref_id AS id FROM fact f
             JOIN fact_ref w ON w.ledger_id = f.ledger_id AND w.fact_id = f.id {clock}
         WHERE {known} AND w.role {roles} AND f.on_day <= {last}
           AND (f.on_day >= {first} OR (f.source_type IN ('link', 'member', 'committee', 'organisation')
                AND f.until_day >= {first}))
         ORDER BY 1"
    );
    let rows = bind.all::<Found>(&app.db, sql).await?;
    Ok(rows.into_iter().map(|row| Group { key: Some(row.id), ..Group::ALL }).collect())
}

/// Helper that a group stands for.
pub async fn helper(ctx: &Context<'_>, id: Uuid) -> Result<Option<Helper>> {
    if let Some(member) = member::by_id(ctx, MemberId(id)).await? {
        return Ok(Some(Helper::Member(member)));
    }
    if let Some(committee) = committee::by_id(ctx, CommitteeId(id)).await? {
        return Ok(Some(Helper::Committee(committee)));
    }
    Ok(organisation::by_id(ctx, OrganisationId(id)).await?.map(Helper::Organisation))
}

pub fn region_id(group: &Group) -> Option<RegionId> {
    group.region.as_ref().map(|row| row.id)
}
