//! Keys of a household's names are found by whose they are. By the household alone, a planner without statistics rather
//! walked through all keys of the ledger, for each name.

use sea_orm_migration::prelude::*;

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m025_name_keys_by_owner"
    }
}

const TABLE: &str = "household_name_key";
const INDEX: &str = "household_name_key_household_idx";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &["ledger_id", "household_id", "owner_type", "owner_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        replace(manager, &["ledger_id", "household_id"]).await
    }
}

async fn replace(manager: &SchemaManager<'_>, columns: &'static [&'static str]) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(INDEX).table(TABLE).to_owned()).await?;
    let mut index = Index::create().name(INDEX).table(TABLE).to_owned();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}
