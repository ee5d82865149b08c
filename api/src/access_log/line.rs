//! The content of a line, and the hash that chains it.

use std::collections::HashMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use entity::access_line::{self, AccessKind, AccessResult};
use entity::fact::SourceType;
use entity::ids::{AccountId, LedgerId, SessionId};
use serde_json::json;
use uuid::Uuid;

use crate::ledger::code;
use platform::seal::{Seal, hex};

/// An event. Equal events before the next batch become one line with their number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Happened {
    pub kind: AccessKind,
    pub result: AccessResult,
    pub account: Option<AccountId>,
    pub session: Option<SessionId>,
    pub address: Option<IpAddr>,
    /// Names of the schema's fields, never the aliases that a client chose.
    pub operation: String,
    pub ledger: Option<LedgerId>,
    pub subject: Option<(SourceType, Uuid)>,
    /// Kinds of data, never the data.
    pub data: String,
}

impl Happened {
    /// An event without account, ledger and subject.
    #[must_use]
    pub const fn new(kind: AccessKind, result: AccessResult) -> Self {
        Self {
            kind,
            result,
            account: None,
            session: None,
            address: None,
            operation: String::new(),
            ledger: None,
            subject: None,
            data: String::new(),
        }
    }
}

/// A line before it is chained.
#[derive(Clone, Debug)]
pub struct Line {
    pub at: DateTime<Utc>,
    /// The first request that the line counts.
    pub request: Option<Uuid>,
    pub times: u32,
    pub what: Happened,
}

/// Lines that wait for the next batch.
#[derive(Default)]
pub struct Queue {
    lines: HashMap<Happened, (usize, DateTime<Utc>, Option<Uuid>, u32)>,
    lost: u32,
}

/// Number of lines that may wait. Anonymous lines may fill half the queue, so a flood of them cannot displace lines
/// about accounts.
pub const MOST: usize = 10_000;

impl Queue {
    /// Adds a line, or counts it as lost if there is no room.
    pub fn add(&mut self, line: Line) {
        let (place, room) = (self.lines.len(), if line.what.account.is_none() { MOST / 2 } else { MOST });
        if let Some((.., times)) = self.lines.get_mut(&line.what) {
            *times = times.saturating_add(line.times);
        } else if place < room {
            self.lines.insert(line.what, (place, line.at, line.request, line.times));
        } else {
            self.lost = self.lost.saturating_add(line.times);
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Takes all lines in the order in which they came. If lines were lost, one more line says how many.
    pub fn take(&mut self, now: DateTime<Utc>) -> Vec<Line> {
        let mut lines: Vec<_> = std::mem::take(&mut self.lines).into_iter().collect();
        lines.sort_unstable_by_key(|(_, (place, ..))| *place);
        let line = |(what, (_, at, request, times))| Line { at, request, times, what };
        let mut lines: Vec<Line> = lines.into_iter().map(line).collect();
        let times = std::mem::take(&mut self.lost);
        if times > 0 {
            let what = Happened::new(AccessKind::Lost, AccessResult::Failed);
            lines.push(Line { at: now, request: None, times, what });
        }
        lines
    }
}

/// The row of a line that follows the line with the hash `before`.
pub fn chained(chain: i32, seq: i64, line: &Line, key: &dyn Seal, before: &str) -> access_line::Model {
    let what = &line.what;
    let mut row = access_line::Model {
        chain_id: chain,
        seq,
        at: line.at,
        kind: what.kind,
        result: what.result,
        account_id: what.account,
        session_id: what.session,
        address: what.address.map(|address| address.to_string()),
        operation: what.operation.clone(),
        ledger_id: what.ledger,
        subject_type: what.subject.map(|(of, _)| of),
        subject_id: what.subject.map(|(_, id)| id),
        data: what.data.clone(),
        times: i32::try_from(line.times).unwrap_or(i32::MAX),
        request_id: line.request,
        hash: String::new(),
    };
    row.hash = hash(&row, key, before);
    row
}

/// The hash is keyed: write access to the database alone does not suffice to chain changed lines anew.
pub fn hash(row: &access_line::Model, key: &dyn Seal, before: &str) -> String {
    let text = json!([
        before,
        row.chain_id,
        row.seq,
        row.at.timestamp_micros(),
        code(&row.kind),
        code(&row.result),
        row.account_id,
        row.session_id,
        row.address,
        row.operation,
        row.ledger_id,
        row.subject_type,
        row.subject_id,
        row.data,
        row.times,
        row.request_id,
    ]);
    hex(&key.hash("access log", text.to_string().as_bytes()))
}
