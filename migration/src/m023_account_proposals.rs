//! Accounts that one office asks another to open.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::timestamp_with_time_zone_null as timestamp_null;
use sea_orm_migration::sea_orm::DbBackend;

use crate::tables::{
    self, Table, date, date_null, integer, table, text, text_null, timestamp, uuid, uuid_null,
};

pub struct Change;

impl MigrationName for Change {
    fn name(&self) -> &'static str {
        "m023_account_proposals"
    }
}

/// A proposal is seen where its ledger's accounts are kept, and where those of its region are. An act writes where its
/// viewer may, as the door has found: the answer is given from another ledger than the proposal's.
const POLICIES: &str = "
    ALTER TABLE account_proposal ENABLE ROW LEVEL SECURITY;
    CREATE POLICY seen ON account_proposal FOR SELECT TO sanlian_app USING (
        keeper_id = ANY ((SELECT sanlian_ledgers('accounts'))::integer[])
        OR EXISTS (SELECT 1 FROM region r
            JOIN ledger l ON l.region_id IN (r.id, r.county_id, r.city_id, r.province_id)
            WHERE r.id = account_proposal.region_id
              AND l.id = ANY ((SELECT sanlian_ledgers('accounts'))::integer[])));
    CREATE POLICY kept ON account_proposal TO sanlian_app
        USING ((SELECT sanlian_ledgers('door')) IS DISTINCT FROM '{}')
        WITH CHECK ((SELECT sanlian_ledgers('door')) IS DISTINCT FROM '{}');
    ALTER TABLE account_proposal_grant ENABLE ROW LEVEL SECURITY;
    CREATE POLICY seen ON account_proposal_grant FOR SELECT TO sanlian_app USING (
        EXISTS (SELECT 1 FROM account_proposal p WHERE p.id = account_proposal_grant.proposal_id));
    CREATE POLICY kept ON account_proposal_grant TO sanlian_app
        USING ((SELECT sanlian_ledgers('door')) IS DISTINCT FROM '{}')
        WITH CHECK ((SELECT sanlian_ledgers('door')) IS DISTINCT FROM '{}');";

#[async_trait::async_trait]
impl MigrationTrait for Change {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    #[expect(clippy::disallowed_methods, reason = "policies are statements of PostgreSQL's own")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::create(manager, tables()).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(POLICIES).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        tables::drop(manager, tables()).await
    }
}

fn tables() -> Vec<Table> {
    vec![
        table("account_proposal", &["id"])
            .columns([
                uuid("id"),
                integer("keeper_id"),
                text("name"),
                uuid_null("person_id"),
                uuid("region_id"),
                text("reason"),
                text("state"),
                uuid("proposed_by"),
                uuid_null("proposer_person_id"),
                timestamp("proposed_at"),
                uuid_null("answered_by"),
                timestamp_null("answered_at"),
                text_null("answer_reason"),
            ])
            .refers("person_id", "person")
            .refers("region_id", "region")
            .refers("proposed_by", "account")
            .refers("proposer_person_id", "person")
            .refers("answered_by", "account")
            .check("state_known", "state IN ('open','confirmed','declined','withdrawn')")
            .check("answered", "(state = 'open') = (answered_by IS NULL)")
            .check("dated", "(answered_by IS NULL) = (answered_at IS NULL)")
            .check(
                "answered_by_another",
                "state = 'withdrawn' OR answered_by IS NULL OR answered_by <> proposed_by",
            )
            .index("keeper_idx", &["keeper_id", "id"])
            .index("answered_by_idx", &["answered_by"])
            .index_where("open_idx", &["region_id", "id"], "state = 'open'"),
        table("account_proposal_grant", &["id"])
            .columns([
                uuid("id"),
                uuid("proposal_id"),
                integer("position"),
                text("role"),
                uuid("region_id"),
                uuid_null("organisation_id"),
                uuid_null("committee_id"),
                date("from_on"),
                date_null("to_on"),
            ])
            .refers("proposal_id", "account_proposal")
            .refers("region_id", "region")
            .refers("organisation_id", "organisation")
            .refers("committee_id", "committee")
            .check("validity", "to_on IS NULL OR to_on >= from_on")
            .unique("position_key", &["proposal_id", "position"]),
    ]
}
