//! What the service promises, a file per feature.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say so and stop"
)]

mod abuse;
mod access;
mod applications;
mod audit;
mod carriage;
mod cli;
mod config;
mod edges;
mod examples;
mod explorer;
mod faults;
mod forest;
mod front;
mod giving;
mod harness;
mod households;
mod indicators;
mod languages;
mod ledger;
mod links;
mod matrix;
mod mobile;
mod names;
mod nulls;
mod oidc;
mod oracle;
mod personal;
mod privacy;
mod programme;
mod progress;
mod qingchuan;
mod random;
mod records;
mod rights;
mod roles;
mod roster;
mod row_security;
mod schema;
mod sessions;
mod standing;
mod stop;
mod storm;
mod suppression;
mod tighten;
mod traces;
mod work;
