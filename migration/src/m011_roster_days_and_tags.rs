//! First and last days of organisations, first days of industries, and tags of seats.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::date_null;

use crate::tables::json;

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m011_roster_days_and_tags"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in DAYS {
            manager.alter_table(alter(table).add_column(date_null(column)).to_owned()).await?;
        }
        let tags = json("tags").default("[]").to_owned();
        manager.alter_table(alter("member").add_column(tags).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(alter("member").drop_column("tags").to_owned()).await?;
        for (table, column) in DAYS {
            manager.alter_table(alter(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

const DAYS: [(&str, &str); 3] =
    [("organisation", "from_on"), ("organisation", "to_on"), ("industry", "from_on")];

fn alter(table: &'static str) -> TableAlterStatement {
    Table::alter().table(table).to_owned()
}
