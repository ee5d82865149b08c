//! As-of 截至时点: the state of each ledger at an instant, given by its clock value. Clock values are looked up once
//! per request, by the journal's index over ledger, time and number, and bound: no statement about facts reads the
//! journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};

use super::sql::Binder;
use platform::error::Result;

/// An instant, and the clock value of each ledger then.
#[derive(Clone, Debug)]
pub struct AsOf {
    pub at: DateTime<Utc>,
    clocks: Arc<BTreeMap<i32, i64>>,
}

/// Name of the table of clock values in a statement.
const CLOCKS: &str = "as_of";

#[derive(FromQueryResult)]
struct Clock {
    ledger_id: i32,
    seq: i64,
}

impl AsOf {
    /// Looks up the clocks of all ledgers: helpers may come from any. Time never runs backwards within a ledger, so the
    /// last act up to an instant has the highest number.
    pub async fn at(db: &impl ConnectionTrait, at: DateTime<Utc>) -> Result<Self> {
        let mut bind = Binder::new(db.get_database_backend());
        let instant = bind.bind(at);
        let sql = format!(
            "SELECT l.id AS ledger_id, COALESCE((SELECT a.seq FROM act a WHERE a.ledger_id = l.id AND a.at <= {instant}
                 ORDER BY a.at DESC, a.seq DESC LIMIT 1), 0) AS seq FROM ledger l"
        );
        let rows = bind.all::<Clock>(db, sql).await?;
        let clocks = rows.into_iter().map(|row| (row.ledger_id, row.seq)).collect();
        Ok(Self { at, clocks: Arc::new(clocks) })
    }

    /// Clock value of a ledger; 0 if it had no act by then.
    #[must_use]
    pub fn of(&self, ledger: i32) -> i64 {
        self.clocks.get(&ledger).copied().unwrap_or_default()
    }

    /// `WITH` clause that gives a statement the clock values.
    pub fn with(&self, bind: &mut Binder) -> String {
        let rows = if bind.backend() == DbBackend::Postgres {
            let ledgers = bind.bind(self.clocks.keys().copied().collect::<Vec<i32>>());
            let numbers = bind.bind(self.clocks.values().copied().collect::<Vec<i64>>());
            format!("SELECT * FROM unnest({ledgers}, {numbers})")
        } else {
            let pairs: Vec<(i32, i64)> = self.clocks.iter().map(|(ledger, seq)| (*ledger, *seq)).collect();
            let pairs = bind.bind(serde_json::json!(pairs).to_string());
            format!("SELECT value ->> 0, value ->> 1 FROM json_each({pairs})")
        };
        format!("WITH {CLOCKS} (ledger_id, seq) AS MATERIALIZED ({rows}) ")
    }
}

/// Join of the clock of its ledger to a fact `f`.
pub fn clock_of(f: &str) -> String {
    format!("JOIN {CLOCKS} {f}_clock ON {f}_clock.ledger_id = {f}.ledger_id")
}

/// Condition: the fact `f` was known at the clock value joined by `clock_of`.
pub fn was_known(f: &str) -> String {
    format!("{f}.from_seq <= {f}_clock.seq AND {f}.until_seq > {f}_clock.seq")
}
