//! Figures for everybody, without a token: indicators that an office has made public, for quarters that are over, with
//! small figures hidden.

use std::time::Instant;

use async_graphql::{Context, Object};
use entity::ids::ProgrammeId;
use entity::{indicator, programme};
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};

use super::coarse::Coarse;
use super::figure::Figure;
use super::kept_below;
use super::period::{PeriodInput, QuarterInput};
use super::question::Question;
use super::told::Telling;
use crate::access::Scope;
use crate::access::scope::Whole;
use crate::mutation::Asking;
use crate::region::RegionKey;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

#[derive(Default)]
pub struct PublicQuery;

#[Object]
impl PublicQuery {
    /// Reports figures that an office has made public, for a quarter that is over; no token is needed. A figure is
    /// withheld if fewer than five people or households are behind it, or if it would reveal such a figure.
    /// 查询已结束季度的公开数据,无需令牌;涉及不足五人或五户的小数及可推出小数的数据隐去。
    async fn public_figures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The province, city or county to report on.\n要查询的省、市或县。")]
        region: RegionKey,
        #[graphql(desc = "A calendar quarter that is over.\n已结束的季度。")] quarter: QuarterInput,
        #[graphql(
            desc = "Code of the programme whose work counts; all work if absent.\n计入的行动代码,默认全部工作。"
        )]
        programme: Option<String>,
        #[graphql(desc = "Codes of the indicators; all public ones if absent.\n指标代码,默认全部公开指标。")]
        indicators: Option<Vec<String>>,
    ) -> Option<Result<Vec<Figure>>> {
        Some(answered(ctx, region, quarter, programme, indicators).await)
    }
}

async fn answered(
    ctx: &Context<'_>,
    region: RegionKey,
    quarter: QuarterInput,
    programme: Option<String>,
    wanted: Option<Vec<String>>,
) -> Result<Vec<Figure>> {
    let app = ctx.app()?;
    let scope = Scope::of_nobody(app.db.backend());
    let today = app.clock.today();
    let period = PeriodInput::Quarter(quarter).days(None, today)?;
    let place = super::place(ctx, &scope, region).await?;
    let coarse = Coarse::of(app, &scope, &place, None).await?;
    if !coarse.is_over(period) {
        let message = say!("figures-not-yet-public");
        return Err(Error::Protocol { code: ErrorCode::Invalid, message });
    }
    let programme = named(ctx, &scope, programme).await?;
    let ledgers: Vec<_> = kept_below(ctx, &scope, place.id).await?.into_iter().map(|row| row.id).collect();
    let question = Question { programme, ..Question::of_verified(ledgers, period, today) };
    let past = app.db.past_bounds();
    let question = coarse.asks(&past, &place, question).await?;
    let indicators = public(ctx, &scope, programme, wanted).await?;
    let group = [(None, question.ledgers.clone())];
    let telling = Telling {
        app,
        db: &past,
        coarse: Some(&coarse),
        question: &question,
        indicators: &indicators,
        began: Instant::now(),
    };
    Ok(telling.figures(&group).await?.into_iter().flatten().collect())
}

async fn named(ctx: &Context<'_>, scope: &Scope, code: Option<String>) -> Result<Option<ProgrammeId>> {
    let Some(code) = code else { return Ok(None) };
    let row =
        programme::Entity::whole(scope).filter(programme::Column::Code.eq(code)).one(&ctx.app()?.db).await?;
    row.map(|row| Some(row.id)).ok_or(Error::NotFound)
}

/// Public indicators of the catalogue and of a programme. A code of an indicator that is not public is refused as
/// unknown.
async fn public(
    ctx: &Context<'_>,
    scope: &Scope,
    programme: Option<ProgrammeId>,
    wanted: Option<Vec<String>>,
) -> Result<Vec<indicator::Model>> {
    use indicator::Column;
    let owner = Condition::any()
        .add(Column::ProgrammeId.is_null())
        .add_option(programme.map(|id| Column::ProgrammeId.eq(id)));
    let rows = indicator::Entity::whole(scope)
        .filter(Column::Public.eq(true))
        .filter(owner)
        .order_by_asc(Column::Position)
        .order_by_asc(Column::Id)
        .all(&ctx.app()?.db)
        .await?;
    match wanted {
        Some(wanted) => super::answer::chosen(&rows, &wanted),
        None => Ok(rows),
    }
}
