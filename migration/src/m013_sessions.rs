//! Sessions with their refresh tokens, what is known of passwords, and guesses. None of it belongs to a ledger.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::timestamp_with_time_zone_null as timestamp_null;

use crate::tables::{Table, boolean, creates, integer, json, table, text, text_null, timestamp, uuid};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("credential", &["account_id"])
            .columns([
                uuid("account_id"),
                integer("version"),
                timestamp("password_since"),
                boolean("must_change"),
            ])
            .refers("account_id", "account"),
        table("old_password", &["id"])
            .columns([uuid("id"), uuid("account_id"), text("password_hash"), timestamp("until")])
            .refers("account_id", "account")
            .index("account_idx", &["account_id"]),
        table("session", &["id"])
            .columns([
                uuid("id"),
                uuid("account_id"),
                timestamp("began_at"),
                timestamp("used_at"),
                timestamp("ends_at"),
                timestamp_null("ended_at"),
                text_null("ended_by"),
            ])
            .refers("account_id", "account")
            .check("ended_by_known", "ended_by IN ('sign_out','reuse','password','disabled')")
            .check("ended_by_something", "(ended_at IS NULL) = (ended_by IS NULL)")
            .index("account_idx", &["account_id"])
            .index("ends_idx", &["ends_at"]),
        table("refresh_token", &["hash"])
            .columns([
                text("hash"),
                uuid("session_id"),
                timestamp("issued_at"),
                timestamp_null("replaced_at"),
                text_null("successor"),
            ])
            .refers("session_id", "session")
            .index("session_idx", &["session_id"]),
        table("guess", &["subject"])
            .columns([text("subject"), json("tried"), timestamp("open_at"), timestamp("seen_at")])
            .index("seen_idx", &["seen_at"]),
    ]
}
