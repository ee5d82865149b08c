//! The unit in which records of a kind are counted.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m026_units"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(category().add_column(text_null("unit")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(category().drop_column("unit").to_owned()).await
    }
}

fn category() -> TableAlterStatement {
    Table::alter().table("category").to_owned()
}
