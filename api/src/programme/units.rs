//! Units of sums of quantities. All kinds that are added share one unit; the sum is shown in that unit or a multiple.

use entity::category;
use entity::definition::Measured;
use entity::fact::SourceType;
use entity::values::Quantity;

use crate::record::{VARIOUS, is_same_unit, ratio};

/// The unit in which quantities of these kinds are stored, if known. The error says why they cannot be added.
pub(super) fn add_up<'a>(
    part: &Measured,
    kinds: impl Iterator<Item = &'a category::Model>,
) -> Result<Option<&'a str>, String> {
    if !matches!(part.of, SourceType::Contribution | SourceType::Outcome) {
        return Ok(None);
    }
    if part.kinds.is_empty() {
        return Err("kinds are counted in different units: a sum of quantities names its `kinds`".to_owned());
    }
    let kinds: Vec<&'a category::Model> = kinds.collect();
    if let Some(unsaid) = kinds.iter().find(|row| row.unit.is_none() && kinds.len() > 1) {
        return Err(format!(
            "`{}` has no unit of its own: it is summed by itself, or given a unit",
            unsaid.code
        ));
    }
    let units: Vec<(&'a str, &'a str)> =
        kinds.iter().filter_map(|row| Some((row.code.as_str(), row.unit.as_deref()?))).collect();
    if let Some((code, _)) = units.iter().find(|(_, unit)| *unit == VARIOUS) {
        return Err(format!(
            "`{code}` is counted in many units, which do not add up: count the records, sum their amounts, or add a \
             kind of your own with its unit"
        ));
    }
    let differ = |pair: &&[(&str, &str)]| !is_same_unit(pair[0].1, pair[1].1);
    match units.windows(2).find(differ) {
        Some(&[(one, unit), (other, another)]) => {
            Err(format!("`{one}` is counted in `{unit}` and `{other}` in `{another}`: they do not add up"))
        }
        _ => Ok(units.first().map(|(_, unit)| *unit)),
    }
}

/// Checks that `divisor` converts a sum, stored in thousandths of the unit `kept`, to `unit`. Example: from 株 to 万株
/// the divisor is 10000000. The error says which divisor is needed.
pub(super) fn told_in(kept: &str, unit: &str, divisor: i64) -> Result<(), String> {
    let needed = ratio(kept, unit).and_then(|(times, by)| {
        let thousandths = i128::from(by) * i128::from(Quantity::SCALE);
        (thousandths % i128::from(times) == 0).then(|| thousandths / i128::from(times))
    });
    match needed {
        Some(needed) if needed == i128::from(divisor) => Ok(()),
        Some(needed) => Err(format!(
            "quantities are summed in thousandths of `{kept}`: `{unit}` needs the divisor {needed}"
        )),
        None => Err(format!("the sum is kept in `{kept}`, and cannot be told in `{unit}`")),
    }
}
