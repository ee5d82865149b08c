//! Programmes and their rules, checklists and indicators: data that an office edits.

use sea_orm_migration::prelude::*;

use crate::tables::{
    Table, big_integer, boolean, creates, date, date_null, integer, integer_null, json, table, text,
    text_null, uuid, uuid_null,
};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("programme", &["id"])
            .columns([
                uuid("id"),
                text("code"),
                text("name"),
                text_null("name_en"),
                uuid("organisation_id"),
                uuid_null("parent_id"),
                date("from_on"),
                date_null("to_on"),
                text_null("description"),
                integer("keeper_id"),
            ])
            .refers("organisation_id", "organisation")
            .refers("parent_id", "programme")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .unique("code_key", &["code"])
            .index("parent_idx", &["parent_id"]),
        table("link_rule", &["id"])
            .columns([
                uuid("id"),
                uuid("programme_id"),
                text("code"),
                text("name"),
                text_null("group_code"),
                text("helper_kind"),
                json("helper_filter"),
                text("target_kind"),
                uuid_null("target_designation_id"),
                integer_null("min_per_helper"),
                integer_null("max_per_helper"),
                integer_null("min_per_target"),
                integer_null("max_per_target"),
                boolean("plan_required"),
                boolean("agreement_required"),
                boolean("exemption_allowed"),
                text("obligation"),
                date("valid_from"),
                date_null("valid_to"),
                big_integer("version"),
                integer("keeper_id"),
            ])
            .refers("programme_id", "programme")
            .refers("target_designation_id", "category")
            .check(
                "per_helper",
                "min_per_helper >= 0 AND max_per_helper >= 1 AND max_per_helper >= min_per_helper",
            )
            .check(
                "per_target",
                "min_per_target >= 0 AND max_per_target >= 1 AND max_per_target >= min_per_target",
            )
            .check("validity", "valid_to IS NULL OR valid_to >= valid_from")
            .unique("code_key", &["programme_id", "code", "valid_from"]),
        table("checklist", &["id"])
            .columns([
                uuid("id"),
                uuid("programme_id"),
                text("code"),
                text("name"),
                text("subject"),
                text("obligation"),
                integer("keeper_id"),
            ])
            .refers("programme_id", "programme")
            .unique("code_key", &["programme_id", "code"]),
        table("indicator", &["id"])
            .columns([
                uuid("id"),
                uuid_null("programme_id"),
                text("code"),
                text("name"),
                text_null("name_en"),
                text("unit"),
                big_integer("divisor"),
                json("definition"),
                integer("position"),
                big_integer("version"),
                integer("keeper_id"),
            ])
            .refers("programme_id", "programme")
            .check("divisor_positive", "divisor > 0")
            .unique_where("code_key", &["code"], "programme_id IS NULL")
            .unique_where("programme_code_key", &["programme_id", "code"], "programme_id IS NOT NULL")
            .index("position_idx", &["position", "id"]),
        table("duty_rule", &["id"])
            .columns([
                uuid("id"),
                uuid("programme_id"),
                uuid_null("checklist_id"),
                integer("position"),
                text("code"),
                text("name"),
                text("subject"),
                json("link_rules"),
                json("subject_kinds"),
                uuid_null("indicator_id"),
                big_integer("target"),
                text("period"),
                integer_null("due_day"),
                text("obligation"),
                date("valid_from"),
                date_null("valid_to"),
                big_integer("version"),
                integer("keeper_id"),
            ])
            .refers("programme_id", "programme")
            .refers("checklist_id", "checklist")
            .refers("indicator_id", "indicator")
            .check("target_positive", "target > 0")
            .check("due_day_positive", "due_day >= 1")
            .check("validity", "valid_to IS NULL OR valid_to >= valid_from")
            .unique("code_key", &["programme_id", "code", "valid_from"])
            .index("checklist_idx", &["checklist_id", "position"]),
    ]
}
