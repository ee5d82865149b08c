//! Households, what they are designated as, their members and their income.

use sea_orm_migration::prelude::*;

use crate::tables::{
    Table, big_integer, boolean_null, creates, date, date_null, integer, table, text, text_null, uuid,
};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("household", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                uuid("village_id"),
                text_null("number"),
                text("head_name"),
                text_null("address"),
                text_null("housing"),
                boolean_null("safe_water"),
                boolean_null("medical_cover"),
                date("registered_on"),
                date_null("left_on"),
                big_integer("version"),
            ])
            .refers("ledger_id", "ledger")
            .refers("village_id", "region")
            .check("head_name_present", "head_name <> ''")
            .check("validity", "left_on IS NULL OR left_on >= registered_on")
            .unique_where(
                "number_key",
                &["ledger_id", "village_id", "number"],
                "number IS NOT NULL AND left_on IS NULL",
            )
            .index("village_idx", &["ledger_id", "village_id", "id"])
            .index("head_name_idx", &["ledger_id", "head_name", "id"])
            .index("registered_idx", &["ledger_id", "registered_on", "id"]),
        table("household_designation", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                uuid("household_id"),
                uuid("category_id"),
                date("from_on"),
                date_null("to_on"),
            ])
            .within_ledger("household_id", "household")
            .refers("category_id", "category")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .index("household_idx", &["ledger_id", "household_id", "category_id", "from_on"])
            .index("category_idx", &["ledger_id", "category_id", "household_id"]),
        table("family_member", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                uuid("household_id"),
                text("name"),
                text("relation"),
                date_null("born_on"),
                text_null("occupation"),
                text_null("schooling"),
                date("from_on"),
                date_null("to_on"),
            ])
            .within_ledger("household_id", "household")
            .check("name_present", "name <> ''")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .index("household_idx", &["ledger_id", "household_id", "id"]),
        table("household_income", &["ledger_id", "id"])
            .columns([
                integer("ledger_id"),
                uuid("id"),
                uuid("household_id"),
                integer("year"),
                text("source"),
                big_integer("amount"),
            ])
            .within_ledger("household_id", "household")
            .check("year_sane", "year BETWEEN 1949 AND 2200")
            .check("amount_positive", "amount >= 0")
            .unique("source_key", &["ledger_id", "household_id", "year", "source"]),
    ]
}
