//! Accounts and the roles granted to them.

use sea_orm_migration::prelude::*;

use crate::tables::{Table, boolean, creates, date, date_null, integer, table, text, uuid, uuid_null};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("account", &["id"])
            .columns([
                uuid("id"),
                text("name"),
                text("password_hash"),
                uuid_null("person_id"),
                boolean("disabled"),
                integer("keeper_id"),
            ])
            .refers("person_id", "person")
            .unique("name_key", &["name"]),
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
            .check("role_known", "role IN ('county_office','city_office','province_office','admin')")
            .check("region_named", "region_id IS NOT NULL OR role = 'admin'")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .index("account_idx", &["account_id"]),
    ]
}
