//! Facts and the sums kept ready over them.

use sea_orm_migration::prelude::*;

use crate::tables::{Table, big_integer, creates, integer, table, text, uuid};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("fact", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                text("source_type"),
                uuid("source_id"),
                text("step"),
                text("kind"),
                text("category"),
                uuid("region_id"),
                integer("on_day"),
                integer("on_month"),
                integer("base_day"),
                integer("until_day"),
                text("verification"),
                big_integer("quantity"),
                big_integer("amount"),
                big_integer("persons"),
                big_integer("from_seq"),
                big_integer("until_seq"),
            ])
            .check("known_a_while", "until_seq > from_seq")
            .index("period_idx", &["ledger_id", "source_type", "step", "on_day"])
            .index("source_idx", &["ledger_id", "source_id", "until_seq"])
            .index_where(
                "ended_idx",
                &["ledger_id", "source_type", "until_seq"],
                "until_seq < 9223372036854775807",
            ),
        table("fact_ref", &["ledger_id", "fact_id", "role", "ref_id"])
            .columns([integer("ledger_id"), uuid("fact_id"), text("role"), uuid("ref_id")])
            .within_ledger("fact_id", "fact")
            .index("ref_idx", &["ledger_id", "ref_id", "role", "fact_id"]),
        table(
            "cell",
            &[
                "ledger_id",
                "programme_id",
                "source_type",
                "step",
                "month",
                "kind",
                "category",
                "parties",
                "verification",
            ],
        )
        .columns([
            integer("ledger_id"),
            uuid("programme_id"),
            integer("month"),
            text("source_type"),
            text("step"),
            text("kind"),
            text("category"),
            text("parties"),
            text("verification"),
            big_integer("begun"),
            big_integer("quantity"),
            big_integer("amount"),
            big_integer("persons"),
            big_integer("ended"),
        ]),
    ]
}
