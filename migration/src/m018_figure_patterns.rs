//! Patterns of hidden figures, and indicators that are public.

use sea_orm_migration::prelude::*;

use crate::tables::{boolean, create, date, drop, integer, json, table, uuid};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m018_figure_patterns"
    }
}

fn tables() -> Vec<crate::tables::Table> {
    vec![
        table("figure_pattern", &["root_id", "indicator_id", "frame", "cut_off"])
            .columns([
                uuid("root_id"),
                uuid("indicator_id"),
                integer("frame"),
                date("cut_off"),
                integer("nth"),
                json("blocks"),
            ])
            .refers("root_id", "region")
            .refers("indicator_id", "indicator")
            .unique("nth_key", &["root_id", "indicator_id", "nth"]),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let public = boolean("public").default(false).to_owned();
        manager.alter_table(Table::alter().table("indicator").add_column(public).to_owned()).await?;
        create(manager, tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, tables()).await?;
        manager.alter_table(Table::alter().table("indicator").drop_column("public").to_owned()).await
    }
}
