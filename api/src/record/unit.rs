//! Units of quantities. A kind of contribution or outcome is counted in one unit, so that no figure adds metres to
//! kilometres: 500 m of a kind counted in 公里 become 0.5, and a unit that cannot be converted is refused. A kind
//! without a unit of its own takes that of the first verified record of this kind in the record's programmes.

use entity::category;
use entity::fact::{OPEN, SourceType};
use entity::ids::ProgrammeId;
use entity::values::Quantity;
use sea_orm::{ActiveEnum, ConnectionTrait, DbBackend, Statement, Value};
use unicode_normalization::UnicodeNormalization;

use crate::ledger::Tx;
use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// Unit of a kind whose records come in many units, such as goods. Their quantities are never added.
pub const VARIOUS: &str = "";

/// Quantity and unit of a record.
pub(super) struct Measured {
    pub quantity: Quantity,
    pub unit: Option<String>,
}

/// The quantity in the unit of its kind; unchanged if the kind allows many units or has none yet.
pub(super) async fn in_unit_of_kind(
    tx: &Tx,
    of: SourceType,
    kinds: &[category::Model],
    programmes: &[ProgrammeId],
    said: Measured,
) -> Result<Measured> {
    let Some(kind) = kinds.first() else { return Ok(said) };
    let own = kinds.iter().find_map(|kind| kind.unit.clone());
    if own.as_deref() == Some(VARIOUS) {
        return Ok(said);
    }
    let Some(written) = &said.unit else { return Ok(Measured { unit: own, ..said }) };
    let wanted = match own {
        Some(unit) => Some(unit),
        None => settled(tx, of, &kind.code, programmes).await?,
    };
    let Some(wanted) = wanted else { return Ok(said) };
    let refused = |field: &str, message: Message| Err(Error::field(field, ErrorCode::Invalid, message));
    let Some((times, divisor)) = ratio(written, &wanted) else {
        return refused("unit", say!("record-unit-not-convertible", kind = kind.code, unit = wanted));
    };
    if times == divisor {
        return Ok(said);
    }
    let product = i128::from(said.quantity.0) * i128::from(times);
    let converted = i64::try_from(product / i128::from(divisor))
        .ok()
        .filter(|thousandths| product % i128::from(divisor) == 0 && *thousandths <= Quantity::MOST.0);
    match converted {
        Some(thousandths) => Ok(Measured { quantity: Quantity(thousandths), unit: Some(wanted) }),
        None => refused("quantity", say!("record-quantity-not-exact", kind = kind.code, unit = wanted)),
    }
}

/// The unit of a kind that says none. Until a record has settled it, one record at a time is written in any ledger: two at
/// once would settle it in two ways.
async fn settled(tx: &Tx, of: SourceType, kind: &str, programmes: &[ProgrammeId]) -> Result<Option<String>> {
    let unit = earlier(tx, of, kind, programmes).await?;
    if unit.is_some() {
        return Ok(unit);
    }
    tx.lock_name(&format!("{}/{kind}", of.to_value())).await?;
    earlier(tx, of, kind, programmes).await
}

/// Unit of the first verified record of this kind: among the records of these programmes in all ledgers, or, without a
/// programme, among those of the act's ledger.
async fn earlier(tx: &Tx, of: SourceType, kind: &str, programmes: &[ProgrammeId]) -> Result<Option<String>> {
    let mut values: Vec<Value> = vec![of.to_value().into(), kind.into(), OPEN.into()];
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let among = if programmes.is_empty() {
        format!("r.ledger_id = {}", bind(tx.ledger().into()))
    } else {
        let named: Vec<String> = programmes.iter().map(|id| bind((*id).into())).collect();
        format!(
            "EXISTS (SELECT 1 FROM fact_ref p WHERE p.ledger_id = f.ledger_id AND p.fact_id = f.id
                 AND p.role = 'programme' AND p.ref_id IN ({}))",
            named.join(", ")
        )
    };
    let sql = format!(
        "SELECT r.unit FROM fact f JOIN record r ON r.ledger_id = f.ledger_id AND r.id = f.source_id
         WHERE f.source_type = $1 AND f.kind = $2 AND f.until_seq = $3 AND f.verification = 'verified'
           AND r.unit IS NOT NULL AND {among} ORDER BY r.recorded_at, r.id LIMIT 1"
    );
    one_text(tx, Statement::from_sql_and_values(tx.scope().backend(), sql, values)).await
}

#[expect(clippy::disallowed_methods, reason = "a unit is one of all ledgers, and tells nothing of a record")]
async fn one_text(tx: &Tx, statement: Statement) -> Result<Option<String>> {
    debug_assert!(matches!(statement.db_backend, DbBackend::Postgres | DbBackend::Sqlite));
    let row = tx.over_all_ledgers(async |db| Ok(db.query_one_raw(statement).await?)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Units by dimension, each with its size in the part that the comment names: 米 is 100 centimetres.
const DIMENSIONS: &[&[(i64, &[&str])]] = &[
    // Length, in centimetres.
    &[
        (1, &["厘米", "cm"]),
        (100, &["米", "m"]),
        (50_000, &["里", "华里"]),
        (100_000, &["公里", "千米", "km"]),
    ],
    // Area, in thirds of a square metre: three 亩 are 2,000 square metres.
    &[
        (3, &["平方米", "平米", "m2"]),
        (2_000, &["亩"]),
        (30_000, &["公顷", "ha"]),
        (3_000_000, &["平方公里", "平方千米", "km2"]),
    ],
    // Mass, in grams.
    &[
        (1, &["克", "g"]),
        (50, &["两"]),
        (500, &["斤", "市斤"]),
        (1_000, &["公斤", "千克", "kg"]),
        (1_000_000, &["吨", "t"]),
    ],
    // Volume, in millilitres.
    &[(1, &["毫升", "ml"]), (1_000, &["升", "l"]), (1_000_000, &["立方米", "立方", "m3"])],
    // Money, in fen.
    &[
        (1, &["分"]),
        (10, &["角"]),
        (100, &["元"]),
        (100_000, &["千元"]),
        (1_000_000, &["万元"]),
        (10_000_000_000, &["亿元"]),
    ],
    // Time, in minutes.
    &[(1, &["分钟"]), (60, &["小时"])],
    // Persons.
    &[(1, &["人", "名"])],
];

/// Multipliers that stand before a unit: one 万株 is 10,000 株.
const MANY: [(&str, i64); 4] = [("百", 100), ("千", 1_000), ("万", 10_000), ("亿", 100_000_000)];

/// Multiplier and divisor that convert a quantity from one unit to another; none if the units measure different
/// things.
pub fn ratio(from: &str, to: &str) -> Option<(i64, i64)> {
    let (from, to) = (plain(from), plain(to));
    if from == to {
        return Some((1, 1));
    }
    if let (Some((one, times)), Some((other, divisor))) = (place(&from), place(&to)) {
        return (one == other).then_some((times, divisor));
    }
    let many = |larger: &str, smaller: &str| {
        MANY.iter().find(|(word, _)| larger.strip_prefix(word) == Some(smaller)).map(|(_, times)| *times)
    };
    many(&from, &to).map(|times| (times, 1)).or_else(|| many(&to, &from).map(|times| (1, times)))
}

/// True if two names stand for one unit, such as `km` and `公里`.
pub fn is_same_unit(one: &str, other: &str) -> bool {
    ratio(one, other).is_some_and(|(times, divisor)| times == divisor)
}

/// The form in which units are compared: `ＫＭ` and `㎞` become `km`.
fn plain(unit: &str) -> String {
    unit.nfkc().flat_map(char::to_lowercase).filter(|letter| !letter.is_whitespace()).collect()
}

/// Index of the dimension of a unit, and the size of the unit in it.
fn place(unit: &str) -> Option<(usize, i64)> {
    DIMENSIONS.iter().enumerate().find_map(|(nth, units)| {
        let found = units.iter().find(|(_, names)| names.contains(&unit));
        found.map(|(times, _)| (nth, *times))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_a_multiple_of_another_or_none() {
        for (from, to, found) in [
            ("m", "公里", Some((100, 100_000))),
            ("ＫＭ", "公里", Some((100_000, 100_000))),
            ("㎞", "千米", Some((100_000, 100_000))),
            ("公斤", "吨", Some((1_000, 1_000_000))),
            ("亩", "公顷", Some((2_000, 30_000))),
            ("㎡", "亩", Some((3, 2_000))),
            ("万株", "株", Some((10_000, 1))),
            ("株", "万株", Some((1, 10_000))),
            ("台", "台", Some((1, 1))),
            ("名", "人", Some((1, 1))),
            ("台", "吨", None),
            ("亩", "公里", None),
            ("人次", "人", None),
            ("千克", "克", Some((1_000, 1))),
        ] {
            assert_eq!(ratio(from, to), found, "{from} {to}");
        }
    }
}
