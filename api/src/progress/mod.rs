//! Progress 进展: indicators, rule compliance, duties and checklists, computed over facts and the dated roster. No
//! programme is hard-coded: indicators, rules and duties are rows that an office edits.

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
use crate::roster;
use platform::check;
use platform::clock::day_in_shanghai;
use platform::error::{Error, Result};

pub use answer::Progress;
use as_of::AsOf;
use coarse::Coarse;
use period::PeriodInput;
pub use public::PublicQuery;
use question::{GroupBy, Question};

/// A question about progress: place, programme, period, figures and groups.
/// 进展提问:区划、行动、时期、数据与分组。
#[derive(InputObject)]
pub struct ProgressInput {
    /// Region to report on, with all regions below it.
    /// 要查询的区划,含其下级。
    region: RegionKey,
    /// Programme whose work counts, with the programmes under it; all work if absent.
    /// 计入的行动,含其下级行动;默认全部工作。
    programme: Option<ProgrammeKey>,
    /// Days to report on.
    /// 统计时期。
    period: PeriodInput,
    /// Instant as of which the ledgers are read: later entries and corrections do not count. Now if absent.
    /// 截至时点:此后的录入与更正不计;默认为当前。
    as_of: Option<DateTime<Utc>>,
    /// Codes of the indicators to compute; all of the catalogue and of the programme if absent.
    /// 要计算的指标代码;默认为公共目录及该行动的全部指标。
    indicators: Option<Vec<String>>,
    /// Field by which the answer is split into groups; one total if absent.
    /// 分组方式,默认只有合计。
    group_by: Option<GroupBy>,
    /// Verification states of the records that count; VERIFIED if absent.
    /// 计入的核验状态,默认仅已核验的记录。
    verification: Option<Vec<Verification>>,
}

#[derive(Default)]
pub struct ProgressQuery;

#[Object]
impl ProgressQuery {
    /// Reports the progress of a region: figures, compliance with rules, duties and checklists. Offices of counties and
    /// cities and inspectors are answered in full. Offices of provinces and applications get figures of the catalogue
    /// and public ones only, for calendar periods, in total or by city, county or month, as of the end of the last
    /// month. Figures that rest on fewer than five people or households are withheld from them, and so are figures that
    /// would reveal these.
    /// 查询某区划的进展:指标数据、规则达标、任务与清单。县级、市级办公室和督查组可查全部。
    /// 省级办公室和第三方应用只能查截至上月末的目录指标与公开指标,涉及不足五人或五户的小数及可推出小数的数据隐去。
    async fn progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The region, period and figures to report.\n要查询的区划、时期与数据。")]
        input: ProgressInput,
    ) -> Option<Result<Progress>> {
        Some(ask(ctx, input).await)
    }
}

/// True once `progress` has been asked for in this request: asking again counts as a bulk read.
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
    let today = ctx.app()?.clock.today();
    let valid = by_code.then(|| roster::lasts(region::Column::ValidTo, today));
    let condition = sea_orm::Condition::all().add(condition).add_option(valid);
    let row = region::Entity::whole(scope).filter(condition).one(&ctx.app()?.db).await?;
    row.ok_or(Error::NotFound)
}

/// Ledgers of a region and of all regions below it; of a township or village, the ledger that is kept for it. Empty if
/// no region there keeps a ledger. An error if any of them is out of scope: the rest would be taken for the whole.
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

/// True if the viewer has a grant at the place or above it, and all ledgers of that grant are in scope.
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
