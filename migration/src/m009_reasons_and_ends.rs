//! Why a record was rejected, beside its own reason; and the end of an industry. What stood in the one column for both
//! goes where it belongs; on the way down, why a record was rejected wins.
#![expect(clippy::disallowed_methods, reason = "a change moves what is there, before anybody enters")]

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{date_null, text_null};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m009_reasons_and_ends"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(alter("record").rename_column("reason", "rejection").to_owned()).await?;
        manager.alter_table(alter("record").add_column(text_null("reason")).to_owned()).await?;
        manager.alter_table(alter("industry").add_column(date_null("to_on")).to_owned()).await?;
        let part = "UPDATE record SET reason = rejection, rejection = NULL WHERE verification <> 'rejected'";
        manager.get_connection().execute_unprepared(part).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let join = "UPDATE record SET rejection = reason WHERE rejection IS NULL";
        manager.get_connection().execute_unprepared(join).await?;
        manager.alter_table(alter("record").drop_column("reason").to_owned()).await?;
        manager.alter_table(alter("record").rename_column("rejection", "reason").to_owned()).await?;
        manager.alter_table(alter("industry").drop_column("to_on").to_owned()).await
    }
}

fn alter(table: &'static str) -> TableAlterStatement {
    Table::alter().table(table).to_owned()
}
