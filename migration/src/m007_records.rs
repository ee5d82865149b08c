//! Links and the records of work.

use sea_orm_migration::prelude::*;

use crate::tables::{
    Table, big_integer, creates, date, date_null, integer, table, text, text_null, timestamp, uuid, uuid_null,
};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("link", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                uuid("rule_id"),
                text("helper_kind"),
                uuid("helper_id"),
                text("target_kind"),
                uuid("target_id"),
                uuid_null("household_id"),
                uuid("region_id"),
                date("from_on"),
                date_null("to_on"),
                text_null("end_reason"),
                uuid_null("successor_id"),
                text_null("note"),
                uuid("entered_by"),
                timestamp("recorded_at"),
                big_integer("version"),
            ])
            .refers("ledger_id", "ledger")
            .refers("rule_id", "link_rule")
            .refers("region_id", "region")
            .refers("entered_by", "account")
            .within_ledger("household_id", "household")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .check("end_has_reason", "to_on IS NULL OR end_reason IS NOT NULL")
            .check("household_is_target", "(target_kind = 'household') = (household_id IS NOT NULL)")
            .index("helper_idx", &["helper_id", "rule_id", "from_on"])
            .index("target_idx", &["ledger_id", "target_id", "rule_id", "from_on"])
            .index("household_idx", &["ledger_id", "household_id"])
            .index("from_idx", &["ledger_id", "from_on", "id"])
            .index("rule_idx", &["ledger_id", "rule_id", "from_on", "id"]),
        table("record", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                text("source_type"),
                text("kind"),
                text("category"),
                text("step"),
                text("title"),
                text_null("detail"),
                date("happened_on"),
                date_null("until_on"),
                date_null("due_on"),
                uuid("region_id"),
                uuid_null("household_id"),
                uuid_null("origin_id"),
                big_integer("quantity"),
                text_null("unit"),
                big_integer("amount"),
                big_integer("persons"),
                text_null("satisfaction"),
                text("verification"),
                text_null("reason"),
                uuid("entered_by"),
                timestamp("recorded_at"),
                timestamp("received_at"),
                big_integer("version"),
            ])
            .refers("ledger_id", "ledger")
            .refers("region_id", "region")
            .refers("entered_by", "account")
            .within_ledger("household_id", "household")
            .within_ledger("origin_id", "record")
            .check("verification_known", "verification IN ('submitted','verified','rejected')")
            .check("rejection_has_reason", "verification <> 'rejected' OR reason IS NOT NULL")
            .check("validity", "until_on IS NULL OR until_on >= happened_on")
            .check("quantity_positive", "quantity >= 0")
            .check("amount_positive", "amount >= 0")
            .check("persons_positive", "persons >= 0")
            .index("happened_idx", &["ledger_id", "source_type", "happened_on", "id"])
            .index("received_idx", &["ledger_id", "source_type", "received_at", "id"])
            .index("household_idx", &["ledger_id", "household_id", "source_type", "step"])
            .index("verification_idx", &["ledger_id", "source_type", "verification", "id"])
            .index("due_idx", &["ledger_id", "source_type", "step", "due_on"]),
        table("record_ref", &["ledger_id", "record_id", "role", "ref_id"])
            .columns([integer("ledger_id"), uuid("record_id"), text("role"), uuid("ref_id")])
            .within_ledger("record_id", "record")
            .index("ref_idx", &["ledger_id", "ref_id", "role", "record_id"]),
        table("record_step", &["ledger_id", "record_id", "position"])
            .columns([
                integer("ledger_id"),
                uuid("record_id"),
                integer("position"),
                text("step"),
                date("on_day"),
                text_null("note"),
                uuid("entered_by"),
            ])
            .within_ledger("record_id", "record")
            .refers("entered_by", "account"),
        table("project_fund", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                uuid("project_id"),
                text("source"),
                big_integer("amount"),
                date("granted_on"),
            ])
            .within_ledger("project_id", "record")
            .check("amount_positive", "amount >= 0")
            .index("project_idx", &["ledger_id", "project_id", "id"]),
    ]
}
