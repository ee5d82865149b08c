//! The door for writes: a clock per ledger, its journal and its feed.

use sea_orm_migration::prelude::*;

use crate::tables::{Table, big_integer, creates, integer, table, text, timestamp, uuid, uuid_null};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("ledger_clock", &["ledger_id"]).columns([
            integer("ledger_id"),
            big_integer("seq"),
            timestamp("ticked_at"),
        ]),
        table("act", &["ledger_id", "seq"])
            .columns([
                integer("ledger_id"),
                big_integer("seq"),
                timestamp("at"),
                uuid("account_id"),
                text("action"),
                text("idempotency_key"),
                text("input_hash"),
                text("subject_type"),
                uuid("subject_id"),
                text("hash"),
            ])
            .unique("idempotency_key", &["ledger_id", "account_id", "idempotency_key"])
            .index("at_idx", &["ledger_id", "at", "seq"]),
        table("feed", &["ledger_id", "seq", "position"])
            .columns([
                integer("ledger_id"),
                big_integer("seq"),
                integer("position"),
                text("source_type"),
                uuid("source_id"),
                text("op"),
                uuid_null("old_household_id"),
                uuid_null("new_household_id"),
                uuid_null("old_village_id"),
                uuid_null("new_village_id"),
                uuid_null("old_helper_id"),
                uuid_null("new_helper_id"),
            ])
            .check("op_known", "op IN ('create','change')"),
    ]
}
