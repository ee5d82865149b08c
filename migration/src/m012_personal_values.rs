//! Personal values, sealed; the keys that seal them, by number; and who was shown which of them, why.

use sea_orm_migration::prelude::*;

use crate::tables::{
    Table, big_integer, binary, creates, date, integer, table, text, timestamp, uuid, uuid_null,
};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("seal_key", &["id"]).columns([integer("id"), text("print"), timestamp("since")]),
        table("personal_value", &["ledger_id", "owner_type", "owner_id", "kind"])
            .columns([
                integer("ledger_id"),
                uuid("owner_id"),
                text("kind"),
                text("owner_type"),
                uuid_null("household_id"),
                binary("sealed"),
                integer("key_id"),
                binary("hash"),
                text("masked"),
                big_integer("version"),
            ])
            .refers("ledger_id", "ledger")
            .refers("key_id", "seal_key")
            .within_ledger("household_id", "household")
            .check("household_known", "owner_type = 'person' OR household_id IS NOT NULL")
            .index("hash_idx", &["ledger_id", "kind", "hash"])
            .index("household_idx", &["ledger_id", "household_id", "owner_id"])
            .index("key_idx", &["key_id", "ledger_id"]),
        table("reveal", &["ledger_id", "seq"])
            .columns([
                integer("ledger_id"),
                big_integer("seq"),
                uuid("account_id"),
                date("on_day"),
                text("purpose"),
                text("reason"),
                text("owner_type"),
                uuid("owner_id"),
                text("kinds"),
            ])
            .refers("ledger_id", "ledger")
            .refers("account_id", "account")
            .check("reason_present", "reason <> ''")
            .index("account_idx", &["account_id", "on_day"]),
    ]
}
