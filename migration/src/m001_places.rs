//! Ledgers and places: who keeps a ledger, and where everything lies.

use sea_orm_migration::prelude::*;

use crate::tables::{
    Table, creates, date, date_null, integer, integer_null, table, text, text_null, uuid, uuid_null,
};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("region", &["id"])
            .columns([
                uuid("id"),
                text_null("code"),
                text("level"),
                text("name"),
                uuid_null("parent_id"),
                uuid_null("province_id"),
                uuid_null("city_id"),
                uuid_null("county_id"),
                uuid_null("township_id"),
                date("valid_from"),
                date_null("valid_to"),
                uuid_null("successor_id"),
                integer("keeper_id"),
            ])
            .refers("parent_id", "region")
            .check("level_known", "level IN ('province','city','county','township','village')")
            .check("validity", "valid_to IS NULL OR valid_to >= valid_from")
            .unique_where("code_key", &["code"], "code IS NOT NULL AND valid_to IS NULL")
            .index("parent_idx", &["parent_id", "id"])
            .index("province_idx", &["province_id", "level", "id"])
            .index("city_idx", &["city_id", "level", "id"])
            .index("county_idx", &["county_id", "level", "id"])
            .index("township_idx", &["township_id", "level", "id"])
            .index("name_idx", &["name", "id"])
            .index("level_idx", &["level", "id"]),
        table("village", &["region_id"])
            .columns([
                uuid("region_id"),
                integer_null("population"),
                integer_null("household_count"),
                text_null("difficulty"),
            ])
            .refers("region_id", "region")
            .check("population_positive", "population >= 0")
            .check("household_count_positive", "household_count >= 0"),
        table("ledger", &["id"])
            .columns([integer("id"), uuid("region_id"), text("name")])
            .refers("region_id", "region")
            .unique("region_key", &["region_id"]),
        table("category_set", &["id"])
            .columns([
                uuid("id"),
                uuid_null("programme_id"),
                text("code"),
                text("name"),
                integer("keeper_id"),
            ])
            .unique_where("code_key", &["code"], "programme_id IS NULL")
            .unique_where("programme_code_key", &["programme_id", "code"], "programme_id IS NOT NULL"),
        table("category", &["id"])
            .columns([
                uuid("id"),
                uuid("set_id"),
                text("code"),
                text("name"),
                text_null("name_en"),
                integer("position"),
                integer("keeper_id"),
            ])
            .refers("set_id", "category_set")
            .unique("code_key", &["set_id", "code"]),
        table("region_designation", &["id"])
            .columns([
                uuid("id"),
                uuid("region_id"),
                uuid("category_id"),
                date("from_on"),
                date_null("to_on"),
            ])
            .refers("region_id", "region")
            .refers("category_id", "category")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .index("region_idx", &["region_id", "category_id", "from_on"]),
    ]
}
