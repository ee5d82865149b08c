//! Rows of regions: finding them, placing new ones, and the facts that they yield in their ledger.

use std::collections::{BTreeSet, HashMap};

use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{CategoryId, LedgerId, RegionId};
use entity::region::{self, RegionLevel};
use entity::values::{Date, RegionCode};
use entity::{category, industry, industry_unit, organisation, region_designation};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::access::scope::Whole;
use crate::access::{Action, Scope};
use crate::ledger::{Draft, Moves, Record, Subject, Tx, code, ledger_for};
use crate::roster;
use platform::error::{Error, ErrorCode, Result};
use platform::say;

/// A region as the subject of an act.
pub(super) const fn subject(id: RegionId) -> Subject {
    Subject { of: SourceType::Region, id: id.0 }
}

/// A region with the rows from which its facts are made. The facts begin with the first act of its ledger on the
/// region: a region of the national list belongs to no ledger and has none.
pub struct Described {
    pub row: region::Model,
    /// Designations, each with its code.
    pub designations: Vec<(region_designation::Model, String)>,
}

impl Record for Described {
    fn of(&self) -> SourceType {
        SourceType::Region
    }

    fn id(&self) -> Uuid {
        self.row.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let row = &self.row;
        let itself = [(RefRole::TargetRegion, row.id.0)];
        let fact = |step, on| Draft::new(SourceType::Region, row.id, step, row.id, on).refers(itself);
        let mut facts = vec![fact(Step::Recorded, row.valid_from).until(row.valid_to).kind(code(&row.level))];
        let held =
            self.designations.iter().filter(|(held, _)| row.valid_to.is_none_or(|last| held.from_on <= last));
        facts.extend(held.map(|(designation, code)| {
            fact(Step::Designated, designation.from_on)
                .until([designation.to_on, row.valid_to].into_iter().flatten().min())
                .kind(code.clone())
                .refers([(RefRole::Tag, designation.category_id.0)])
        }));
        facts
    }

    fn moves(&self) -> Moves {
        let village = (self.row.level == RegionLevel::Village).then_some(self.row.id);
        Moves { village, ..Moves::default() }
    }
}

/// A region, if the viewer is an administrator of it; otherwise forbidden.
pub(super) async fn administered(tx: &Tx, id: RegionId, field: &str) -> Result<region::Model> {
    let row = known(tx, id, field).await?;
    if tx.viewer().administers(&row) { Ok(row) } else { Err(Error::Forbidden) }
}

/// A region by its id, whichever ledger keeps it.
pub async fn known(tx: &Tx, id: RegionId, field: &str) -> Result<region::Model> {
    region::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(region::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing(field))
}

/// A region that lies in the act's ledger.
pub async fn kept(tx: &Tx, id: RegionId, field: &str) -> Result<region::Model> {
    if ledger_for(tx.db(), id, field).await? != tx.ledger() {
        return Err(Error::missing(field));
    }
    known(tx, id, field).await
}

/// A region that lies in the act's ledger and has no end, so that a row placed there may stay.
pub async fn lasting(tx: &Tx, id: RegionId, field: &str) -> Result<region::Model> {
    let row = kept(tx, id, field).await?;
    match row.valid_to {
        None => Ok(row),
        Some(last) => {
            let message = say!("region-ends", name = row.name, last = last);
            Err(Error::field(field, ErrorCode::NotEligible, message))
        }
    }
}

/// Name of an organisation, an industry, a park or an operator that lies in a region after a day, if there is one.
pub(super) async fn standing_after(tx: &Tx, id: RegionId, last: Date) -> Result<Option<String>> {
    let reading = tx.may(Action::ReadReference)?;
    macro_rules! in_region {
        ($table:ident) => {{
            use $table::Column;
            let there = $table::Entity::whole(&reading)
                .filter(Column::RegionId.eq(id))
                .filter(roster::outlasts(Column::ToOn, last));
            if let Some(row) = there.one(tx.db()).await? {
                return Ok(Some(row.name));
            }
        }};
    }
    in_region!(organisation);
    in_region!(industry);
    in_region!(industry_unit);
    Ok(None)
}

/// A region of the act's ledger, with its designations.
pub(super) async fn described(tx: &Tx, id: RegionId, field: &str) -> Result<Described> {
    let row = kept(tx, id, field).await?;
    let reading = tx.may(Action::ReadReference)?;
    let rows = region_designation::Entity::whole(&reading)
        .filter(region_designation::Column::RegionId.eq(id))
        .all(tx.db())
        .await?;
    let ids: Vec<CategoryId> = rows.iter().map(|row| row.category_id).collect();
    let named =
        category::Entity::whole(&reading).filter(category::Column::Id.is_in(ids)).all(tx.db()).await?;
    let code = |id| named.iter().find(|row| row.id == id).map(|row| row.code.clone()).unwrap_or_default();
    let designations = rows.into_iter().map(|row| (row.clone(), code(row.category_id))).collect();
    Ok(Described { row, designations })
}

/// True if the region is `above` or lies below it.
#[must_use]
pub fn lies_in(row: &region::Model, above: RegionId) -> bool {
    let ancestors = [row.township_id, row.county_id, row.city_id, row.province_id];
    row.id == above || ancestors.contains(&Some(above))
}

/// Regions with these codes whose validity has no end, by code.
pub(super) async fn coded(tx: &Tx, codes: BTreeSet<String>) -> Result<HashMap<String, region::Model>> {
    const BATCH: usize = 500;
    let codes: Vec<String> = codes.into_iter().collect();
    let mut found = HashMap::new();
    for batch in codes.chunks(BATCH) {
        let rows = region::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(region::Column::Code.is_in(batch))
            .filter(roster::lasts(region::Column::ValidTo, tx.today()))
            .all(tx.db())
            .await?;
        found.extend(rows.into_iter().filter_map(|row| Some((row.code.clone()?.0, row))));
    }
    Ok(found)
}

/// The last digits of a code that are zero say the level: `510822000000` is a county's, and no village takes it.
pub(super) fn has_form(level: RegionLevel, code: &RegionCode) -> Result<()> {
    let is_zero = |digits: std::ops::Range<usize>| code.0[digits].bytes().all(|digit| digit == b'0');
    let (message, fits) = match level {
        RegionLevel::Province => (say!("region-code-of-province"), is_zero(2..12)),
        RegionLevel::City => (say!("region-code-of-city"), is_zero(4..12) && !is_zero(2..4)),
        RegionLevel::County => (say!("region-code-of-county"), is_zero(6..12) && !is_zero(4..6)),
        RegionLevel::Township => (say!("region-code-of-township"), is_zero(9..12) && !is_zero(6..9)),
        RegionLevel::Village => (say!("region-code-of-village"), !is_zero(9..12)),
    };
    if fits {
        return Ok(());
    }
    Err(Error::field("code", ErrorCode::Invalid, message))
}

/// Refuses a code that another region has on or after this day.
pub(super) async fn code_is_free(tx: &Tx, itself: RegionId, code: &RegionCode, from: Date) -> Result<()> {
    let taken = region::Entity::whole(&tx.may(Action::ReadReference)?)
        .filter(region::Column::Code.eq(code.clone()))
        .filter(region::Column::Id.ne(itself))
        .filter(roster::lasts(region::Column::ValidTo, from))
        .one(tx.db())
        .await?;
    if taken.is_some() {
        return Err(Error::field("code", ErrorCode::AlreadyExists, say!("region-code-taken")));
    }
    Ok(())
}

/// A new region with its parent and all its ancestors filled in; its level must be lower than the parent's.
pub(super) fn placed(
    mut row: region::Model,
    parent: Option<&region::Model>,
    field: &str,
) -> Result<region::Model> {
    let fits = parent.map_or(row.level == RegionLevel::Province, |parent| parent.level < row.level);
    if !fits {
        return Err(Error::field(field, ErrorCode::Invalid, say!("region-level-unfit")));
    }
    if let Some(parent) = parent {
        row.parent_id = Some(parent.id);
        row.province_id = parent.province_id;
        row.city_id = parent.city_id;
        row.county_id = parent.county_id;
        row.township_id = parent.township_id;
    }
    let itself = Some(row.id);
    match row.level {
        RegionLevel::Province => row.province_id = itself,
        RegionLevel::City => row.city_id = itself,
        RegionLevel::County => row.county_id = itself,
        RegionLevel::Township => row.township_id = itself,
        RegionLevel::Village => {}
    }
    Ok(row)
}

/// A new region without parent and ancestors.
pub(super) fn unplaced(
    id: RegionId,
    level: RegionLevel,
    name: String,
    valid_from: entity::values::Date,
    keeper_id: LedgerId,
) -> region::Model {
    region::Model {
        id,
        code: None,
        level,
        name,
        parent_id: None,
        province_id: None,
        city_id: None,
        county_id: None,
        township_id: None,
        valid_from,
        valid_to: None,
        successor_id: None,
        keeper_id,
    }
}

pub(super) fn all_set(row: region::Model) -> region::ActiveModel {
    region::ActiveModel {
        id: Set(row.id),
        code: Set(row.code),
        level: Set(row.level),
        name: Set(row.name),
        parent_id: Set(row.parent_id),
        province_id: Set(row.province_id),
        city_id: Set(row.city_id),
        county_id: Set(row.county_id),
        township_id: Set(row.township_id),
        valid_from: Set(row.valid_from),
        valid_to: Set(row.valid_to),
        successor_id: Set(row.successor_id),
        keeper_id: Set(row.keeper_id),
    }
}

/// Ids of all regions that have a code and no end, by code.
pub async fn ids_by_code(db: &impl ConnectionTrait, scope: &Scope) -> Result<HashMap<String, RegionId>> {
    let rows = region::Entity::whole(scope).filter(region::Column::ValidTo.is_null()).all(db).await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.code?.0, row.id))).collect())
}
