//! SQL statements assembled from text, with their values bound.

use entity::ids::LedgerId;
use entity::values::Day;
use sea_orm::{ActiveEnum, ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

use platform::error::Result;

/// Values of a statement under construction, named by position: `$1`, `$2` …
pub struct Binder {
    backend: DbBackend,
    values: Vec<Value>,
}

impl Binder {
    #[must_use]
    pub const fn new(backend: DbBackend) -> Self {
        Self { backend, values: vec![] }
    }

    #[must_use]
    pub const fn backend(&self) -> DbBackend {
        self.backend
    }

    /// Binds a value and returns its name, e.g. `$3`.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Condition: `column` is one of the ledgers.
    pub fn ledgers(&mut self, column: &str, ledgers: &[LedgerId]) -> String {
        let numbers: Vec<i32> = ledgers.iter().map(|ledger| ledger.0).collect();
        match (self.backend, &numbers[..]) {
            (_, [one]) => format!("{column} = {}", self.bind(*one)),
            (DbBackend::Postgres, _) => format!("{column} = ANY({})", self.bind(numbers)),
            _ => {
                let list = self.bind(serde_json::json!(numbers).to_string());
                format!("{column} IN (SELECT value FROM json_each({list}))")
            }
        }
    }

    /// Condition: `column` is one of the texts.
    pub fn texts(&mut self, column: &str, texts: impl IntoIterator<Item = String>) -> String {
        let names: Vec<String> = texts.into_iter().map(|text| self.bind(text)).collect();
        one_of(column, &names)
    }

    /// Condition: `column` is none of the texts.
    pub fn other_texts(&mut self, column: &str, texts: impl IntoIterator<Item = String>) -> String {
        format!("NOT ({})", self.texts(column, texts))
    }

    /// Condition: `column` is one of the values of an enum.
    pub fn enums<E: ActiveEnum<Value = String>>(&mut self, column: &str, values: &[E]) -> String {
        self.texts(column, values.iter().map(ActiveEnum::to_value))
    }

    /// Condition: `column` is one of the ids.
    pub fn ids(&mut self, column: &str, ids: &[Uuid]) -> String {
        let names: Vec<String> = ids.iter().map(|id| self.bind(*id)).collect();
        one_of(column, &names)
    }

    /// SQL of the day number of a date column; `Day::NEVER` if the date is null.
    #[must_use]
    pub fn day(&self, date: &str) -> String {
        let day = match self.backend {
            DbBackend::Postgres => format!("({date} - DATE '0001-01-01') + 1"),
            _ => format!("CAST(julianday({date}) - julianday('0001-01-01') AS INTEGER) + 1"),
        };
        format!("COALESCE({day}, {})", Day::NEVER.0)
    }

    /// SQL of `SUM(column) * times / divisor`, whole part only; 0 over no rows. Exact within 64 bits, even if the
    /// product alone exceeds them; a larger result is capped, so that no value that somebody enters makes a question
    /// fail. PostgreSQL sums as NUMERIC. SQLite has no wider integers and refuses a sum that overflows: millions and
    /// remainders are summed separately.
    #[must_use]
    pub fn sum(&self, column: &str, times: i64, divisor: i64) -> String {
        const PART: i64 = 1_000_000;
        if self.backend == DbBackend::Postgres {
            let sum = format!("COALESCE(SUM(CAST({column} AS NUMERIC)), 0)");
            return format!("CAST(LEAST(DIV({sum} * {times}, {divisor}), {}) AS BIGINT)", i64::MAX);
        }
        let of = |part: &str| format!("COALESCE(SUM({column} {part} {PART}), 0)");
        let sum = format!("CAST({} * {PART} + {} AS INTEGER)", of("/"), of("%"));
        if (times, divisor) == (1, 1) {
            return sum;
        }
        format!("CAST({sum} / {divisor} * {times} + {sum} % {divisor} * {times} / {divisor} AS INTEGER)")
    }

    /// Runs the statement. No scope is applied here: the caller names the ledgers, as those of a question, which lie
    /// within a scope.
    #[expect(clippy::disallowed_methods, reason = "the one place where progress runs its statements")]
    pub async fn all<T: FromQueryResult>(self, db: &impl ConnectionTrait, sql: String) -> Result<Vec<T>> {
        let statement = Statement::from_sql_and_values(self.backend, sql, self.values);
        Ok(T::find_by_statement(statement).all(db).await?)
    }
}

fn one_of(column: &str, names: &[String]) -> String {
    match names {
        [] => "FALSE".to_owned(),
        [one] => format!("{column} = {one}"),
        many => format!("{column} IN ({})", many.join(", ")),
    }
}
