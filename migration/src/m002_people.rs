//! The roster of bodies, people and industries.

use sea_orm_migration::prelude::*;

use crate::tables::{
    Table, boolean, creates, date, date_null, integer, integer_null, table, text, text_null, uuid, uuid_null,
};

creates!(tables());

fn tables() -> Vec<Table> {
    vec![
        table("organisation", &["id"])
            .columns([
                uuid("id"),
                uuid("region_id"),
                text("name"),
                text("kind"),
                text("system"),
                integer("keeper_id"),
            ])
            .refers("region_id", "region")
            .unique("name_key", &["region_id", "name"])
            .index("name_idx", &["name", "id"]),
        table("person", &["id"])
            .columns([
                uuid("id"),
                text("name"),
                boolean("party_member"),
                text_null("expertise"),
                integer("keeper_id"),
            ])
            .check("name_present", "name <> ''")
            .index("keeper_idx", &["keeper_id", "name", "id"])
            .index("name_idx", &["name", "id"]),
        table("committee", &["id"])
            .columns([
                uuid("id"),
                uuid("organisation_id"),
                uuid_null("parent_id"),
                text("name"),
                text("kind"),
                date("from_on"),
                date_null("to_on"),
                integer("keeper_id"),
            ])
            .refers("organisation_id", "organisation")
            .refers("parent_id", "committee")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .unique_where("name_key", &["organisation_id", "name"], "to_on IS NULL")
            .index("organisation_idx", &["organisation_id", "id"])
            .index("name_idx", &["name", "id"])
            .index("from_idx", &["from_on", "id"]),
        table("committee_member", &["id"])
            .columns([
                uuid("id"),
                uuid("committee_id"),
                uuid("person_id"),
                text("role"),
                date("from_on"),
                date_null("to_on"),
                integer("keeper_id"),
            ])
            .refers("committee_id", "committee")
            .refers("person_id", "person")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .unique_where("person_key", &["committee_id", "person_id"], "to_on IS NULL")
            .index("committee_idx", &["committee_id", "person_id"])
            .index("person_idx", &["person_id"]),
        table("member", &["id"])
            .columns([
                uuid("id"),
                uuid("person_id"),
                uuid("organisation_id"),
                text("kind"),
                date("from_on"),
                date_null("to_on"),
                integer("keeper_id"),
            ])
            .refers("person_id", "person")
            .refers("organisation_id", "organisation")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .unique_where("seat_key", &["person_id", "organisation_id", "kind"], "to_on IS NULL")
            .index("organisation_idx", &["organisation_id", "id"])
            .index("person_idx", &["person_id", "organisation_id"])
            .index("from_idx", &["from_on", "id"]),
        table("industry", &["id"])
            .columns([
                uuid("id"),
                uuid("region_id"),
                text("name"),
                integer_null("tier"),
                uuid_null("parent_id"),
                integer("keeper_id"),
            ])
            .refers("region_id", "region")
            .refers("parent_id", "industry")
            .check("tier_positive", "tier >= 1")
            .unique("name_key", &["region_id", "name"])
            .index("name_idx", &["name", "id"]),
        table("industry_unit", &["id"])
            .columns([
                uuid("id"),
                uuid("industry_id"),
                text("kind"),
                text("name"),
                uuid("region_id"),
                date("from_on"),
                date_null("to_on"),
                integer("keeper_id"),
            ])
            .refers("industry_id", "industry")
            .refers("region_id", "region")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .unique("name_key", &["industry_id", "kind", "name"]),
    ]
}
