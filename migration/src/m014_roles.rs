//! All roles, and the committee that one of them is granted for. SQLite cannot alter a check: the table is made anew.
#![expect(clippy::disallowed_methods, reason = "a change moves what is there, before anybody enters")]

use sea_orm_migration::prelude::*;

use crate::tables::{Table, create, date, date_null, table, text, uuid, uuid_null};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m014_roles"
    }
}

const KNOWN: &str =
    "role IN ('county_office','city_office','province_office','committee','village_team','collector',
    'department','inspector','auditor','admin','client')";
const KNOWN_BEFORE: &str = "role IN ('county_office','city_office','province_office','admin')";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let grants = grants(KNOWN)
            .columns([uuid_null("committee_id")])
            .refers("committee_id", "committee")
            .check("organisation_named", "organisation_id IS NOT NULL OR role <> 'department'")
            .check("committee_named", "committee_id IS NOT NULL OR role <> 'committee'");
        remake(manager, grants, "role_grant").await
    }

    /// Grants of roles that were not known before are lost.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let known = format!("(SELECT * FROM role_grant WHERE {KNOWN_BEFORE}) known");
        remake(manager, grants(KNOWN_BEFORE), &known).await
    }
}

fn grants(known: &'static str) -> Table {
    table("role_grant", &["id"])
        .columns([
            uuid("id"),
            uuid("account_id"),
            text("role"),
            uuid_null("region_id"),
            uuid_null("organisation_id"),
            date("from_on"),
            date_null("to_on"),
        ])
        .refers("account_id", "account")
        .refers("region_id", "region")
        .refers("organisation_id", "organisation")
        .check("role_known", known)
        .check("region_named", "region_id IS NOT NULL OR role = 'admin'")
        .check("validity", "to_on IS NULL OR to_on >= from_on")
        .index("account_idx", &["account_id"])
}

async fn remake(manager: &SchemaManager<'_>, grants: Table, from: &str) -> Result<(), DbErr> {
    let db = manager.get_connection();
    let columns = "id, account_id, role, region_id, organisation_id, from_on, to_on";
    db.execute_unprepared(&format!("CREATE TABLE role_grant_kept AS SELECT {columns} FROM {from}")).await?;
    db.execute_unprepared("DROP TABLE role_grant").await?;
    create(manager, vec![grants]).await?;
    let back = format!("INSERT INTO role_grant ({columns}) SELECT {columns} FROM role_grant_kept");
    db.execute_unprepared(&back).await?;
    db.execute_unprepared("DROP TABLE role_grant_kept").await?;
    Ok(())
}
