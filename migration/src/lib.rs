//! The schema's history, one change per file. Raw names only: this crate never imports `entity`, so that an old
//! change stays what it was when today's tables have moved on.
//! Every constraint and index is named. SQLite cannot alter a constraint, so keys and checks stand in the create.

#![allow(clippy::too_many_lines, reason = "a change lists its tables, however many columns they have")]

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;

mod m001_places;
mod m002_people;
mod m003_programmes;
mod m004_accounts;
mod m005_ledger;
mod m006_households;
mod m007_records;
mod m008_facts;
mod m009_reasons_and_ends;
mod m010_driven_households;
mod m011_roster_days_and_tags;
mod m012_personal_values;
mod m013_sessions;
mod m014_roles;
mod m015_row_security;
mod m016_names;
mod m017_access_log;
mod m018_figure_patterns;
mod m019_applications_and_identities;
mod m020_personal_requests;
mod m021_trusted_documents;
mod m022_write_probe;
mod m023_account_proposals;
mod m025_name_keys_by_owner;
mod m026_units;
mod m027_values_of_people;
mod m028_people_without_a_post;
mod m029_ids_and_keepers;
mod tables;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m001_places::Change),
            Box::new(m002_people::Change),
            Box::new(m003_programmes::Change),
            Box::new(m004_accounts::Change),
            Box::new(m005_ledger::Change),
            Box::new(m006_households::Change),
            Box::new(m007_records::Change),
            Box::new(m008_facts::Change),
            Box::new(m009_reasons_and_ends::Change),
            Box::new(m010_driven_households::Change),
            Box::new(m011_roster_days_and_tags::Change),
            Box::new(m012_personal_values::Change),
            Box::new(m013_sessions::Change),
            Box::new(m014_roles::Change),
            Box::new(m015_row_security::Change),
            Box::new(m016_names::Change),
            Box::new(m017_access_log::Change),
            Box::new(m018_figure_patterns::Change),
            Box::new(m019_applications_and_identities::Change),
            Box::new(m020_personal_requests::Change),
            Box::new(m021_trusted_documents::Change),
            Box::new(m022_write_probe::Change),
            Box::new(m023_account_proposals::Change),
            Box::new(m025_name_keys_by_owner::Change),
            Box::new(m026_units::Change),
            Box::new(m027_values_of_people::Change),
            Box::new(m028_people_without_a_post::Change),
            Box::new(m029_ids_and_keepers::Change),
        ]
    }
}
