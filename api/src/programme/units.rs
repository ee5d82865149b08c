//! Units of sums of quantities. All kinds that are added share one unit; the sum is shown in that unit or a multiple.

use entity::category;
use entity::definition::Measured;
use entity::fact::SourceType;
use entity::values::Quantity;

use crate::record::{VARIOUS, is_same_unit, ratio};
use platform::message::Message;
use platform::say;

/// The unit in which quantities of these kinds are stored, if known. The error says why they cannot be added.
pub(super) fn add_up<'a>(
    part: &Measured,
    kinds: impl Iterator<Item = &'a category::Model>,
) -> Result<Option<&'a str>, Message> {
    if !matches!(part.of, SourceType::Contribution | SourceType::Outcome) {
        return Ok(None);
    }
    if part.kinds.is_empty() {
        return Err(say!("sum-without-kinds"));
    }
    let kinds: Vec<&'a category::Model> = kinds.collect();
    if let Some(unsaid) = kinds.iter().find(|row| row.unit.is_none() && kinds.len() > 1) {
        return Err(say!("sum-kind-without-unit", code = unsaid.code));
    }
    let units: Vec<(&'a str, &'a str)> =
        kinds.iter().filter_map(|row| Some((row.code.as_str(), row.unit.as_deref()?))).collect();
    if let Some((code, _)) = units.iter().find(|(_, unit)| *unit == VARIOUS) {
        return Err(say!("sum-kind-of-many-units", code = code));
    }
    let differ = |pair: &&[(&str, &str)]| !is_same_unit(pair[0].1, pair[1].1);
    match units.windows(2).find(differ) {
        Some(&[(one, unit), (other, another)]) => {
            Err(say!("sum-of-different-units", one = one, unit = unit, other = other, another = another))
        }
        _ => Ok(units.first().map(|(_, unit)| *unit)),
    }
}

/// Checks that `divisor` converts a sum, stored in thousandths of the unit `kept`, to `unit`. Example: from 株 to 万株
/// the divisor is 10000000. The error says which divisor is needed.
pub(super) fn told_in(kept: &str, unit: &str, divisor: i64) -> Result<(), Message> {
    let needed = ratio(kept, unit).and_then(|(times, by)| {
        let thousandths = i128::from(by) * i128::from(Quantity::SCALE);
        (thousandths % i128::from(times) == 0).then(|| thousandths / i128::from(times))
    });
    match needed {
        Some(needed) if needed == i128::from(divisor) => Ok(()),
        Some(needed) => {
            Err(say!("sum-divisor-wrong", kept = kept, unit = unit, divisor = needed.to_string()))
        }
        None => Err(say!("sum-unit-wrong", kept = kept, unit = unit)),
    }
}
