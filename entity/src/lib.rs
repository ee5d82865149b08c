//! The tables, one file each with its enums, and the value types that columns, facts and the API share. Nothing here
//! reads or writes: rows are reached through `api::access::scope` alone.
#![allow(
    clippy::disallowed_methods,
    reason = "sea-orm's derives write calls to the methods that the house forbids elsewhere"
)]

#[macro_use]
mod macros;
pub mod definition;
pub mod ids;
pub mod personal;
pub mod values;

pub mod access_chain;
pub mod access_line;
pub mod account;
pub mod account_identity;
pub mod account_proposal;
pub mod account_proposal_grant;
pub mod act;
pub mod application;
pub mod category;
pub mod category_set;
pub mod cell;
pub mod checklist;
pub mod committee;
pub mod committee_member;
pub mod credential;
pub mod duty_rule;
pub mod fact;
pub mod fact_ref;
pub mod family_member;
pub mod feed;
pub mod figure_pattern;
pub mod guess;
pub mod household;
pub mod household_designation;
pub mod household_income;
pub mod household_name_key;
pub mod indicator;
pub mod industry;
pub mod industry_unit;
pub mod ledger;
pub mod ledger_clock;
pub mod link;
pub mod link_rule;
pub mod member;
pub mod old_password;
pub mod organisation;
pub mod person;
pub mod personal_request;
pub mod personal_value;
pub mod programme;
pub mod project_fund;
pub mod project_household;
pub mod record;
pub mod record_ref;
pub mod record_step;
pub mod refresh_token;
pub mod region;
pub mod region_designation;
pub mod retention_rule;
pub mod reveal;
pub mod role_grant;
pub mod roster_name_key;
pub mod seal_key;
pub mod session;
pub mod sign_in_code;
pub mod trusted_document;
pub mod village;
