//! Progress 进展: indicators, rule compliance, duties and checklists over facts and the dated roster. It knows no
//! feature: what it counts is said by rows that an office edits.

mod answer;
mod apart;
mod as_of;
mod behind;
mod coarse;
mod condition;
pub mod duties;
pub mod duty;
pub mod figure;
mod fill;
mod group;
pub mod measure;
pub mod pattern;
mod pending;
pub mod period;
mod public;
pub mod question;
pub mod rule;
pub mod sql;
pub mod standing;
mod told;

use std::sync::atomic::{AtomicBool, Ordering};

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::fact::Verification;
use entity::ids::{LedgerId, RegionId};
use entity::region::RegionLevel;
use entity::{ledger, region};
use sea_orm::{ColumnTrait, QueryFilter};

use crate::access::scope::Whole;
use crate::access::{Action, Scope};
use crate::mutation::Asking;
use crate::programme::{self, ProgrammeKey};
use crate::region::{RegionKey, ids_below};
use platform::check;
use platform::clock::day_in_shanghai;
use platform::error::{Error, Result};

pub use answer::Progress;
use as_of::AsOf;
use coarse::Coarse;
use period::PeriodInput;
pub use public::PublicQuery;
use question::{GroupBy, Question};

/// What progress is asked for 进展提问.
#[derive(InputObject)]
pub struct ProgressInput {
    /// Where: a region and all below it 区划.
    region: RegionKey,
    /// Of which programme, with those under it; of all work where absent 行动.
    programme: Option<ProgrammeKey>,
    /// When 时期.
    period: PeriodInput,
    /// What the ledgers knew then; what they know now where absent 截至时点.
    as_of: Option<DateTime<Utc>>,
    /// Codes of the indicators; all of the catalogue and the programme where absent 指标代码.
    indicators: Option<Vec<String>>,
    /// What groups are made of; one total where absent 分组.
    group_by: Option<GroupBy>,
    /// Which records count; VERIFIED where absent 计入的核验状态.
    verification: Option<Vec<Verification>>,
}

#[derive(Default)]
pub struct ProgressQuery;

#[Object]
impl ProgressQuery {
    /// The progress of a region: figures, compliance, duties, checklists. Offices of counties and cities are told all
    /// of it. An office of a province and an application are told figures of the catalogue and public ones, for calendar
    /// periods, by city, county or month, as of the end of the last month; those that rest on fewer than five people or
    /// households are hidden, with whatever would tell them 进展.
    async fn progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is asked")] input: ProgressInput,
    ) -> Option<Result<Progress>> {
        Some(ask(ctx, input).await)
    }
}

/// Whether progress has been asked for in this request.
#[derive(Default)]
pub struct AskedBefore(AtomicBool);

async fn ask(ctx: &Context<'_>, input: ProgressInput) -> Result<Progress> {
    let again = ctx.data_opt::<AskedBefore>().is_some_and(|asked| asked.0.swap(true, Ordering::Relaxed));
    let is_bulk = again || input.group_by.is_some_and(GroupBy::is_bulk);
    let scope = ctx.viewer()?.may(if is_bulk { Action::ReadBulk } else { Action::ReadProgress })?;
    let place = place(ctx, &scope, input.region).await?;
    let programme = match input.programme {
        Some(by) => Some(
            programme::find(ctx, by, "input.programme")
                .await?
                .ok_or_else(|| Error::missing("input.programme"))?
                .0,
        ),
        None => None,
    };
    let app = ctx.app()?;
    let today = app.clock.today();
    let dates = programme.as_ref().map(|programme| (programme.from_on, programme.to_on));
    let ledgers = ledgers_of(ctx, &scope, &place).await?;
    let exactly = ctx.viewer()?.may(Action::ReadExactly);
    let is_exact = exactly.is_ok_and(|scope| ledgers.iter().all(|ledger| scope.holds(*ledger)));
    let smaller = matches!(place.level, RegionLevel::Township | RegionLevel::Village);
    let question = Question {
        all_ledgers: ledgers.clone(),
        ledgers,
        place: smaller.then_some(place.id),
        programme: programme.as_ref().map(|programme| programme.id),
        period: input.period.days(dates, today)?,
        as_of: None,
        group_by: input.group_by.unwrap_or_default(),
        verification: input.verification.map_or_else(
            || vec![Verification::Verified],
            |wanted| check::distinct(&wanted).into_iter().copied().collect(),
        ),
        today: input.as_of.map_or(today, |as_of| day_in_shanghai(as_of).min(today)),
    };
    if is_exact {
        let past = input.as_of.filter(|as_of| *as_of < app.clock.now());
        let as_of = match past {
            Some(at) => Some(AsOf::at(&app.db, at).await?),
            None => None,
        };
        let question = Question { as_of, ..question };
        return Progress::new(ctx, place, programme, question, None, input.indicators).await;
    }
    let coarse = Coarse::of(app, &scope, &place, input.as_of).await?;
    let question = coarse.asks(&app.db, &place, question).await?;
    Progress::new(ctx, place, programme, question, Some(coarse), input.indicators).await
}

async fn place(ctx: &Context<'_>, scope: &Scope, by: RegionKey) -> Result<region::Model> {
    let by_code = matches!(by, RegionKey::Code(_));
    let condition = match by {
        RegionKey::Id(id) => region::Column::Id.eq(crate::region::key(&id, "input.region.id")?),
        RegionKey::Code(code) => region::Column::Code.eq(code),
    };
    let valid = by_code.then(|| region::Column::ValidTo.is_null());
    let condition = sea_orm::Condition::all().add(condition).add_option(valid);
    let row = region::Entity::whole(scope).filter(condition).one(&ctx.app()?.db).await?;
    row.ok_or(Error::NotFound)
}

/// The ledgers that are kept by a region and those below it, or, for a small place, the one that is kept for it; none
/// where nobody there keeps one. A place of which any ledger is out of scope is not the viewer's: a part would be taken
/// for the whole.
async fn ledgers_of(ctx: &Context<'_>, scope: &Scope, place: &region::Model) -> Result<Vec<LedgerId>> {
    let db = &ctx.app()?.db;
    let all = match place.level {
        RegionLevel::Township | RegionLevel::Village => {
            vec![crate::ledger::ledger_for(db, place.id, "input.region").await?]
        }
        _ => kept_below(ctx, scope, place.id).await?.into_iter().map(|row| row.id).collect(),
    };
    let is_in_scope = if all.is_empty() {
        lies_below_a_grant(ctx, scope, place)?
    } else {
        all.iter().all(|ledger| scope.holds(*ledger))
    };
    if is_in_scope { Ok(all) } else { Err(Error::NotFound) }
}

/// Whether a place lies in a region whose ledgers are all in scope by the viewer's role there.
fn lies_below_a_grant(ctx: &Context<'_>, scope: &Scope, place: &region::Model) -> Result<bool> {
    let above = [Some(place.id), place.county_id, place.city_id, place.province_id];
    Ok(ctx.viewer()?.grants.iter().any(|grant| {
        let holds_all = grant.ledgers.iter().all(|ledger| scope.holds(*ledger));
        grant.region.is_some() && above.contains(&grant.region) && !grant.ledgers.is_empty() && holds_all
    }))
}

async fn kept_below(ctx: &Context<'_>, scope: &Scope, above: RegionId) -> Result<Vec<ledger::Model>> {
    Ok(ledger::Entity::whole(scope)
        .filter(ledger::Column::RegionId.in_subquery(ids_below(above)))
        .all(&ctx.app()?.db)
        .await?)
}
