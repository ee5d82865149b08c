//! Prepares a database: migrations, the catalogue that ships with every installation, and the clock of the reference
//! tables. Running it again changes nothing.
#![expect(clippy::disallowed_methods, reason = "what ships with the house is there before anybody can enter")]

use std::collections::HashSet;

use entity::definition::Definition;
use entity::ids::{CategoryId, CategorySetId, IndicatorId, LedgerId};
use entity::{category, category_set, indicator, ledger_clock};
use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryFilter, Set, Statement,
};
use serde::Deserialize;

use crate::name;
use platform::db::Db;
use platform::error::{Error, Result};

const CATALOGUE: &str = include_str!("../data/catalogue.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Catalogue {
    category_sets: Vec<SetOf>,
    indicators: Vec<Shipped>,
}

#[derive(Deserialize)]
struct SetOf {
    code: String,
    name: String,
    categories: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    code: String,
    name: String,
    name_en: Option<String>,
    unit: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shipped {
    code: String,
    name: String,
    name_en: Option<String>,
    unit: String,
    divisor: i64,
    definition: Definition,
}

/// The tables of a database, without the list of migrations.
pub async fn tables(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name::text FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name <> 'seaql_migrations'"
        }
        _ => {
            "SELECT name FROM sqlite_master
             WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'seaql_migrations'"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// Migrates, installs the catalogue, and gives keys to names that have none.
pub async fn prepare(db: &DatabaseConnection) -> Result<()> {
    Migrator::up(db, None).await?;
    let clock = ledger_clock::ActiveModel {
        ledger_id: Set(LedgerId::REFERENCE),
        seq: Set(0),
        ticked_at: Set(chrono::DateTime::UNIX_EPOCH),
    };
    ledger_clock::Entity::insert(clock)
        .on_conflict(OnConflict::column(ledger_clock::Column::LedgerId).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    let catalogue: Catalogue = serde_json::from_str(CATALOGUE).map_err(Error::internal)?;
    for set in catalogue.category_sets {
        install_set(db, set).await?;
    }
    install_indicators(db, catalogue.indicators).await?;
    name::fill(db).await.map(drop)
}

/// Updates the statistics of the database's planner, whose estimates can be off a thousandfold after rows have come
/// in bulk. On PostgreSQL a function does it that the owner of the tables has made.
pub async fn analyze(db: &impl ConnectionTrait) -> Result<()> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT sanlian_analyze()",
        _ => "ANALYZE",
    };
    db.execute_unprepared(sql).await?;
    Ok(())
}

async fn install_set(db: &DatabaseConnection, set: SetOf) -> Result<()> {
    let known = category_set::Entity::find()
        .filter(category_set::Column::Code.eq(&set.code))
        .filter(category_set::Column::ProgrammeId.is_null())
        .one(db)
        .await?;
    let id = if let Some(known) = known {
        known.id
    } else {
        let row = category_set::ActiveModel {
            id: Set(CategorySetId::fresh()),
            programme_id: Set(None),
            code: Set(set.code),
            name: Set(set.name),
            keeper_id: Set(LedgerId::REFERENCE),
        };
        category_set::Entity::insert(row).exec_with_returning(db).await?.id
    };
    let known = category::Entity::find().filter(category::Column::SetId.eq(id)).all(db).await?;
    for row in known.iter().filter(|row| row.unit.is_none()) {
        let shipped = set.categories.iter().find(|category| category.code == row.code);
        if let Some(unit) = shipped.and_then(|category| category.unit.clone()) {
            let row = category::ActiveModel { unit: Set(Some(unit)), ..row.clone().into() };
            category::Entity::update(row).exec(db).await?;
        }
    }
    let known: HashSet<String> = known.into_iter().map(|row| row.code).collect();
    let missing = (0..).zip(set.categories).filter(|(_, category)| !known.contains(&category.code));
    let rows: Vec<_> = missing
        .map(|(position, category)| category::ActiveModel {
            id: Set(CategoryId::fresh()),
            set_id: Set(id),
            code: Set(category.code),
            name: Set(category.name),
            name_en: Set(category.name_en),
            position: Set(position),
            unit: Set(category.unit),
            keeper_id: Set(LedgerId::REFERENCE),
        })
        .collect();
    if !rows.is_empty() {
        category::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

async fn install_indicators(db: &DatabaseConnection, shipped: Vec<Shipped>) -> Result<()> {
    let known = indicator::Entity::find().filter(indicator::Column::ProgrammeId.is_null()).all(db).await?;
    let known: HashSet<String> = known.into_iter().map(|row| row.code).collect();
    let missing = (0..).zip(shipped).filter(|(_, indicator)| !known.contains(&indicator.code));
    let rows: Vec<_> = missing
        .map(|(position, shipped)| indicator::ActiveModel {
            id: Set(IndicatorId::fresh()),
            programme_id: Set(None),
            code: Set(shipped.code),
            name: Set(shipped.name),
            name_en: Set(shipped.name_en),
            unit: Set(shipped.unit),
            divisor: Set(shipped.divisor),
            definition: Set(shipped.definition),
            public: Set(false),
            position: Set(position),
            version: Set(0),
            keeper_id: Set(LedgerId::REFERENCE),
        })
        .collect();
    if !rows.is_empty() {
        indicator::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Lets SQLite update its statistics of tables that have none yet or have grown or shrunk tenfold. SQLite advises to
/// call this on opening and then now and again; it costs next to nothing if nothing has changed. PostgreSQL does so
/// by itself.
pub async fn optimize(db: &Db) -> Result<()> {
    if db.backend() == DbBackend::Sqlite {
        db.write.execute_unprepared("PRAGMA optimize = 0x10002").await?;
    }
    Ok(())
}
