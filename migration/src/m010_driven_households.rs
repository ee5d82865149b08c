//! Households that a project drives, each since a day of its own. Those known before begin with the project's first.
#![expect(clippy::disallowed_methods, reason = "a change moves what is there, before anybody enters")]

use sea_orm_migration::prelude::*;

use crate::tables::{Table, create, date, drop, integer, table, uuid};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m010_driven_households"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(manager, tables()).await?;
        let moved = "INSERT INTO project_household (ledger_id, project_id, household_id, on_day)
            SELECT r.ledger_id, r.record_id, r.ref_id, COALESCE((SELECT MIN(s.on_day) FROM record_step s
                WHERE s.ledger_id = r.ledger_id AND s.record_id = r.record_id AND s.step = 'driving'), p.happened_on)
            FROM record_ref r JOIN record p ON p.ledger_id = r.ledger_id AND p.id = r.record_id
            WHERE r.role = 'driven_household'";
        manager.get_connection().execute_unprepared(moved).await?;
        let gone = "DELETE FROM record_ref WHERE role = 'driven_household'";
        manager.get_connection().execute_unprepared(gone).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let back = "INSERT INTO record_ref (ledger_id, record_id, role, ref_id)
            SELECT ledger_id, project_id, 'driven_household', household_id FROM project_household";
        manager.get_connection().execute_unprepared(back).await?;
        drop(manager, tables()).await
    }
}

fn tables() -> Vec<Table> {
    vec![
        table("project_household", &["ledger_id", "project_id", "household_id"])
            .columns([integer("ledger_id"), uuid("project_id"), uuid("household_id"), date("on_day")])
            .within_ledger("project_id", "record")
            .within_ledger("household_id", "household"),
    ]
}
