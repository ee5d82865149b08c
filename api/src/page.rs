//! Pages of a list: Relay connections over a seek on (sort key, id). Cursors are opaque and versioned. A cursor holds
//! the sort key of a row that the caller has seen; the server checks only that its parts fit the columns.

use async_graphql::connection::{Connection, CursorType, Edge};
use async_graphql::{Description, Enum, Object, OutputType};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use entity::values::Date;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ColumnType, EntityTrait, FromQueryResult, Iden, ModelTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select, Value,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use platform::db::RequestDb;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// Direction of a list.
/// 排序方向。
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum Direction {
    /// Ascending: smallest, oldest, or first by code.
    /// 升序。
    #[default]
    Asc,
    /// Descending: largest or newest first.
    /// 降序。
    Desc,
}

/// The part of a list that a query asks for.
#[derive(Clone, Debug)]
pub struct Page {
    size: u64,
    backwards: bool,
    after: Option<String>,
    before: Option<String>,
}

const MOST: i32 = 100;
const USUAL: i32 = 20;

impl Page {
    /// Reads the four arguments of a connection.
    pub fn of(
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Self> {
        let (field, size, backwards) = match (first, last) {
            (Some(_), Some(_)) => return Err(bad(ErrorCode::Invalid, say!("first-and-last"))),
            (None, Some(last)) => ("last", last, true),
            (first, None) => ("first", first.unwrap_or(USUAL), false),
        };
        if !(1..=MOST).contains(&size) {
            return Err(bad(ErrorCode::Invalid, say!("page-size", field = field, most = MOST)));
        }
        Ok(Self { size: size.unsigned_abs().into(), backwards, after, before })
    }

    /// Cuts a page out of rows that are computed, each with the sort key of its cursor.
    pub fn slice<T>(&self, rows: Vec<(String, T)>) -> Result<Slice<T>> {
        let from = bound(&rows, self.after.as_deref())?.map_or(0, |at| at + 1);
        let to = bound(&rows, self.before.as_deref())?.unwrap_or(rows.len()).max(from);
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        let (from, to) = if self.backwards {
            (from.max(to.saturating_sub(size)), to)
        } else {
            (from, to.min(from.saturating_add(size)))
        };
        let total = rows.len();
        let rows = rows
            .into_iter()
            .skip(from)
            .take(to - from)
            .map(|(key, row)| (Cursor::computed(key), row))
            .collect();
        Ok(Slice { rows, before: from > 0, after: to < total })
    }
}

/// Position of the row that a cursor names.
fn bound<T>(rows: &[(String, T)], cursor: Option<&str>) -> Result<Option<usize>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let Cursor(Version::V1, Key::Text(key), _) = Cursor::read(cursor)? else { return Err(bad_cursor()) };
    rows.iter().position(|(other, _)| *other == key).map(Some).ok_or_else(bad_cursor)
}

/// Rows of a page, and whether there are others before and after them.
pub struct Slice<T> {
    pub rows: Vec<(Cursor, T)>,
    pub before: bool,
    pub after: bool,
}

/// The order of a list: a NOT NULL column, and the id to break ties.
pub struct Sort<E: EntityTrait> {
    pub by: E::Column,
    pub id: E::Column,
    pub direction: Direction,
}

/// As `Sort`, where several columns together tell rows apart: a NOT NULL column, and these to break ties.
pub struct Order<E: EntityTrait> {
    pub by: E::Column,
    pub then: Vec<E::Column>,
    pub direction: Direction,
}

/// A connection of nodes that can count its whole list.
pub type Nodes<T> = Connection<Cursor, T, Total>;

/// Number of rows in the whole list, counted only if asked for.
/// 列表总条数,仅在查询时统计。
#[derive(Description)]
pub struct Total(Counting);

type Counting = Box<dyn Fn() -> futures::future::BoxFuture<'static, Result<u64>> + Send + Sync>;

#[Object(use_type_description)]
impl Total {
    /// Number of rows in the whole list, whatever the page.
    /// 列表总条数,与分页无关。
    async fn total_count(&self) -> Option<Result<u64>> {
        Some((self.0)().await)
    }
}

impl Total {
    fn known(rows: u64) -> Self {
        Self(Box::new(move || Box::pin(async move { Ok(rows) })))
    }
}

/// Reads one page of a selection.
pub async fn read<E, M, T>(
    db: &RequestDb,
    rows: Select<E>,
    sort: Sort<E>,
    page: Page,
    wrap: impl Fn(M) -> T,
) -> Result<Nodes<T>>
where
    E: EntityTrait<Model = M>,
    M: ModelTrait<Entity = E> + FromQueryResult + Send + Sync + 'static,
    T: OutputType,
{
    let Sort { by, id, direction } = sort;
    read_by(db, rows, Order { by, then: vec![id], direction }, page, wrap).await
}

/// Reads one page of a selection, in an order of several columns.
pub async fn read_by<E, M, T>(
    db: &RequestDb,
    rows: Select<E>,
    sort: Order<E>,
    page: Page,
    wrap: impl Fn(M) -> T,
) -> Result<Nodes<T>>
where
    E: EntityTrait<Model = M>,
    M: ModelTrait<Entity = E> + FromQueryResult + Send + Sync + 'static,
    T: OutputType,
{
    let total = counting(db.clone(), rows.clone());
    let name = sort.by.unquoted().to_owned();
    let columns = || std::iter::once(sort.by).chain(sort.then.iter().copied());
    let seek = |cursor: &Option<String>| {
        cursor.as_deref().map(|cursor| Cursor::seek(cursor, &name, columns())).transpose()
    };
    let (after, before) = (seek(&page.after)?, seek(&page.before)?);
    let descending = sort.direction == Direction::Desc;
    let mut selection = rows;
    for (bound, larger) in [(&after, !descending), (&before, descending)] {
        if let Some(values) = bound {
            let columns = Expr::tuple(columns().map(|column| Expr::col(column.as_column_ref())));
            let values = Expr::tuple(values.iter().map(|value| Expr::val(value.clone())));
            selection = selection.filter(if larger { columns.gt(values) } else { columns.lt(values) });
        }
    }
    let order = if descending == page.backwards { sea_orm::Order::Asc } else { sea_orm::Order::Desc };
    for column in columns() {
        selection = selection.order_by(column, order.clone());
    }
    let mut found = selection.limit(page.size + 1).all(db).await?;
    let more = found.len() as u64 > page.size;
    found.truncate(usize::try_from(page.size).unwrap_or(usize::MAX));
    if page.backwards {
        found.reverse();
    }
    let (has_before, has_after) =
        if page.backwards { (more, before.is_some()) } else { (after.is_some(), more) };
    let mut nodes = Connection::with_additional_fields(has_before, has_after, total);
    nodes.edges.extend(found.into_iter().map(|row| {
        let then = sort.then.iter().map(|column| row.get(*column)).collect();
        let cursor = Cursor::of(&name, row.get(sort.by), then);
        Edge::new(cursor, wrap(row))
    }));
    Ok(nodes)
}

/// A connection over rows that were computed.
pub fn computed<T: OutputType>(page: &Page, rows: Vec<(String, T)>) -> Result<Nodes<T>> {
    let total = Total::known(rows.len() as u64);
    let slice = page.slice(rows)?;
    let mut nodes = Connection::with_additional_fields(slice.before, slice.after, total);
    nodes.edges.extend(slice.rows.into_iter().map(|(cursor, row)| Edge::new(cursor, row)));
    Ok(nodes)
}

/// As `computed`, but `make` makes the nodes of the page only.
pub async fn computed_with<G, T: OutputType>(
    page: &Page,
    rows: Vec<(String, G)>,
    make: impl AsyncFnOnce(Vec<G>) -> Result<Vec<T>>,
) -> Result<Nodes<T>> {
    let total = Total::known(rows.len() as u64);
    let slice = page.slice(rows)?;
    let mut nodes = Connection::with_additional_fields(slice.before, slice.after, total);
    let (cursors, rows): (Vec<Cursor>, Vec<G>) = slice.rows.into_iter().unzip();
    nodes
        .edges
        .extend(cursors.into_iter().zip(make(rows).await?).map(|(cursor, row)| Edge::new(cursor, row)));
    Ok(nodes)
}

fn counting<E>(db: RequestDb, rows: Select<E>) -> Total
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync + 'static,
{
    Total(Box::new(move || {
        let (db, rows) = (db.clone(), rows.clone());
        Box::pin(async move { Ok(rows.count(&db).await?) })
    }))
}

/// An opaque cursor: version, sort key, and the column sorted by with the row's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cursor(Version, Key, Option<(String, Then)>);

/// Tie-breaker among rows with the same sort key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Then {
    Id(Uuid),
    Parts(Vec<Key>),
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Version {
    #[serde(rename = "1")]
    V1,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Key {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "n")]
    Number(i64),
    #[serde(rename = "u")]
    Uuid(Uuid),
    #[serde(rename = "d")]
    Date(Date),
    #[serde(rename = "i")]
    Instant(DateTime<Utc>),
}

impl Key {
    fn of(value: Value) -> Self {
        match value {
            Value::String(Some(text)) => Self::Text(text),
            Value::Int(Some(number)) => Self::Number(number.into()),
            Value::BigInt(Some(number)) => Self::Number(number),
            Value::Uuid(Some(id)) => Self::Uuid(id),
            Value::ChronoDate(Some(date)) => Self::Date(Date(date)),
            Value::ChronoDateTimeUtc(Some(instant)) => Self::Instant(instant),
            other => Self::Text(other.to_string()),
        }
    }

    /// Whether a column of that type can hold the key. The database could not compare a key that does not fit, and no
    /// such cursor was issued.
    fn fits(&self, column: &ColumnType) -> bool {
        use ColumnType::{
            BigInteger, Char, Date, Integer, SmallInteger, String, Text, Timestamp, TimestampWithTimeZone,
            Uuid,
        };
        match self {
            Self::Text(text) => matches!(column, Char(_) | String(_) | Text) && !text.contains('\0'),
            Self::Number(_) => matches!(column, SmallInteger | Integer | BigInteger),
            Self::Uuid(_) => matches!(column, Uuid),
            Self::Date(_) => matches!(column, Date),
            Self::Instant(_) => matches!(column, Timestamp | TimestampWithTimeZone),
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Text(text) => text.into(),
            Self::Number(number) => number.into(),
            Self::Uuid(id) => id.into(),
            Self::Date(date) => date.into(),
            Self::Instant(instant) => instant.into(),
        }
    }
}

impl Cursor {
    fn of(column: &str, key: Value, then: Vec<Value>) -> Self {
        let then = match then[..] {
            [Value::Uuid(Some(id))] => Then::Id(id),
            _ => Then::Parts(then.into_iter().map(Key::of).collect()),
        };
        Self(Version::V1, Key::of(key), Some((column.to_owned(), then)))
    }

    const fn computed(key: String) -> Self {
        Self(Version::V1, Key::Text(key), None)
    }

    fn read(text: &str) -> Result<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad_cursor())?;
        serde_json::from_slice(&bytes).map_err(|_| bad_cursor())
    }

    /// The values of a row's sort columns, read from a cursor; `name` is the first column.
    fn seek<C: ColumnTrait>(text: &str, name: &str, columns: impl Iterator<Item = C>) -> Result<Vec<Value>> {
        let Self(Version::V1, key, Some((sorted_by, then))) = Self::read(text)? else {
            return Err(bad_cursor());
        };
        let then = match then {
            Then::Id(id) => vec![Key::Uuid(id)],
            Then::Parts(parts) => parts,
        };
        let keys: Vec<Key> = std::iter::once(key).chain(then).collect();
        let columns: Vec<ColumnType> = columns.map(|column| column.def().get_column_type().clone()).collect();
        let fit = keys.iter().zip(&columns).all(|(key, column)| key.fits(column));
        if sorted_by != name || keys.len() != columns.len() || !fit {
            return Err(bad_cursor());
        }
        Ok(keys.into_iter().map(Key::value).collect())
    }
}

impl CursorType for Cursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, &'static str> {
        Self::read(text).map_err(|_| "bad cursor")
    }

    fn encode_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}

const fn bad(code: ErrorCode, message: Message) -> Error {
    Error::Protocol { code, message }
}

fn bad_cursor() -> Error {
    bad(ErrorCode::BadCursor, say!("bad-cursor"))
}
