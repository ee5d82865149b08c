//! What a sum of quantities adds: kinds of one unit.

use entity::category;
use entity::definition::Measured;
use entity::fact::SourceType;

use crate::record::{VARIOUS, ratio};

/// Why quantities of these kinds do not add up.
pub(super) fn add_up<'a>(
    part: &Measured,
    kinds: impl Iterator<Item = &'a category::Model>,
) -> Result<(), String> {
    if !matches!(part.of, SourceType::Contribution | SourceType::Outcome) {
        return Ok(());
    }
    if part.kinds.is_empty() {
        return Err("kinds are counted in different units: a sum of quantities names its `kinds`".to_owned());
    }
    let kinds: Vec<&category::Model> = kinds.collect();
    if let Some(unsaid) = kinds.iter().find(|row| row.unit.is_none() && kinds.len() > 1) {
        return Err(format!(
            "`{}` has no unit of its own: it is summed by itself, or given a unit",
            unsaid.code
        ));
    }
    let units: Vec<(&str, &str)> =
        kinds.iter().filter_map(|row| Some((row.code.as_str(), row.unit.as_deref()?))).collect();
    if let Some((code, _)) = units.iter().find(|(_, unit)| *unit == VARIOUS) {
        return Err(format!(
            "`{code}` is counted in many units, which do not add up: count the records, sum their amounts, or add a \
             kind of your own with its unit"
        ));
    }
    let differ = |pair: &&[(&str, &str)]| ratio(pair[0].1, pair[1].1).is_none_or(|(times, by)| times != by);
    match units.windows(2).find(differ) {
        Some(&[(one, unit), (other, another)]) => {
            Err(format!("`{one}` is counted in `{unit}` and `{other}` in `{another}`: they do not add up"))
        }
        _ => Ok(()),
    }
}
