//! Whether the database can be written to is found out by writing.

use sea_orm_migration::prelude::*;

use crate::tables::{self, Table, integer, table, text};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m022_write_probe"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::create(manager, tables()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::drop(manager, tables()).await
    }
}

fn tables() -> Vec<Table> {
    vec![table("write_probe", &["id"]).columns([integer("id"), text("ballast")])]
}
