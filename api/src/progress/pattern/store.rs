//! Patterns are made once, of the whole tree, whatever part of it the viewer may see, and kept. They belong to no
//! ledger and are written outside the door. One row per pattern; `nth` is unique: of two servers that compute it at
//! once, the first insert wins and the other reads it.
#![expect(
    clippy::disallowed_methods,
    reason = "patterns belong to no ledger, and hold what everybody may know"
)]

use entity::figure_pattern::{self, Column};
use entity::indicator;
use entity::values::Date;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Select, Set,
};

use super::{Frame, History, Pattern, Tree, made, read};
use crate::request::RequestApp;
use platform::clock::start_of_day;
use platform::db::Db;
use platform::error::{Error, Result};

/// Patterns of a frame up to a cut-off. That of the cut-off itself is made if it is not there yet.
pub async fn history(
    app: &RequestApp,
    tree: &Tree,
    indicator: &indicator::Model,
    frame: Frame,
    cut_off: Date,
) -> Result<History> {
    if let Some(known) = known(&app.db.past_bounds(), tree, indicator, frame, cut_off).await? {
        return Ok(known);
    }
    let server = app.apart().await;
    let _turn = server.patterns.lock().await;
    for _ in 0..ATTEMPTS {
        if let Some(known) = known(&server.db.read, tree, indicator, frame, cut_off).await? {
            return Ok(known);
        }
        if !make(&server.db, tree, indicator, frame, cut_off).await? {
            return Ok(History::of_nothing(cut_off));
        }
    }
    Err(Error::busy())
}

const ATTEMPTS: usize = 8;

fn of(tree: &Tree, indicator: &indicator::Model) -> Select<figure_pattern::Entity> {
    figure_pattern::Entity::find()
        .filter(Column::RootId.eq(tree.root))
        .filter(Column::IndicatorId.eq(indicator.id))
}

fn read_back(row: &figure_pattern::Model) -> Result<Pattern> {
    serde_json::from_value(row.blocks.clone()).map_err(Error::internal)
}

/// Stored patterns of a frame up to a cut-off; none if that of the cut-off itself is not there yet.
async fn known(
    db: &impl ConnectionTrait,
    tree: &Tree,
    indicator: &indicator::Model,
    frame: Frame,
    cut_off: Date,
) -> Result<Option<History>> {
    let rows = of(tree, indicator)
        .filter(Column::Frame.eq(frame.number()))
        .filter(Column::CutOff.lte(cut_off))
        .order_by_desc(Column::CutOff)
        .all(db)
        .await?;
    if rows.first().is_none_or(|newest| newest.cut_off < cut_off) {
        return Ok(None);
    }
    let read = |row: &figure_pattern::Model| Ok((row.cut_off, read_back(row)?));
    Ok(Some(History(rows.iter().map(read).collect::<Result<_>>()?)))
}

/// Makes a pattern and stores it, unless another was stored meanwhile. False if the indicator has no facts and no
/// earlier patterns: nothing is stored then.
async fn make(
    db: &Db,
    tree: &Tree,
    indicator: &indicator::Model,
    frame: Frame,
    cut_off: Date,
) -> Result<bool> {
    // Count first: a pattern that is stored after this takes the same `nth`, and then this one is dropped.
    let nth = of(tree, indicator).count(&db.read).await?;
    let mut before = vec![];
    for row in of(tree, indicator).order_by_asc(Column::Nth).all(&db.read).await? {
        let other = Frame::read(row.frame, frame);
        let pattern = read_back(&row)?;
        if frame.meets(other) && pattern.blocks.is_some() {
            before.push((other, pattern));
        }
    }
    let ledgers: Vec<_> = tree.ledgers.iter().map(|row| row.0).collect();
    let next = cut_off.succ_opt().unwrap_or(cut_off);
    let known = read::known(&db.read, &ledgers, start_of_day(next)).await?;
    let pattern = made(&db.read, tree, indicator, frame, known, &before).await?;
    if pattern.is_empty() && before.is_empty() {
        return Ok(false);
    }
    let row = figure_pattern::ActiveModel {
        root_id: Set(tree.root),
        indicator_id: Set(indicator.id),
        frame: Set(frame.number()),
        cut_off: Set(cut_off),
        nth: Set(i32::try_from(nth).map_err(Error::internal)?),
        blocks: Set(serde_json::to_value(&pattern).map_err(Error::internal)?),
    };
    figure_pattern::Entity::insert(row)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(&db.write)
        .await?;
    Ok(true)
}
