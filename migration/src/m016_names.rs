//! Keys by which names are found: of a household's people, in its ledger, and of the roster, whole everywhere. Keys are
//! bytes: both databases order them alike, whatever the collation, and a range of them is read from the index.

use sea_orm_migration::prelude::*;

use crate::tables::{Table, binary, creates, integer, table, text, uuid};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("household_name_key", &["ledger_id", "key", "household_id", "owner_type", "owner_id"])
            .columns([
                integer("ledger_id"),
                binary("key"),
                text("owner_type"),
                uuid("owner_id"),
                uuid("household_id"),
            ])
            .within_ledger("household_id", "household")
            .check("owner_known", "owner_type IN ('household','family_member')")
            .index("household_idx", &["ledger_id", "household_id"]),
        table("roster_name_key", &["owner_type", "key", "owner_id"])
            .columns([text("owner_type"), binary("key"), uuid("owner_id"), integer("keeper_id")])
            .check("owner_known", "owner_type IN ('person','organisation','committee','industry','region')")
            .index("owner_idx", &["owner_id", "owner_type"]),
    ]
}
