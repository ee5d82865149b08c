//! Time limits of figures: a figure that takes too long fails alone. One statement for all has half of the time left;
//! if it takes longer, each figure is measured by itself, within its share of the rest.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use entity::definition::Definition;
use sea_orm::ConnectionTrait;

use super::figure::{Part, measure_all};
use super::question::Question;
use platform::db::{RequestDb, within};
use platform::error::{ErrorCode, Result};

/// Parts that were measured in time.
#[derive(Default)]
pub struct InTime {
    pub parts: Vec<Part>,
    /// Numbers of the definitions that took too long.
    pub late: HashSet<usize>,
}

/// Time left for figures: three quarters of the limit, counted from `began`. The rest is for the other parts of the
/// answer.
fn left(time: Duration, began: Instant) -> Duration {
    (time * 3 / 4).saturating_sub(began.elapsed())
}

pub async fn measured(
    request: &RequestDb,
    db: &impl ConnectionTrait,
    question: &Question,
    of: &[Definition],
    began: Instant,
) -> Result<InTime> {
    let whole = |parts| InTime { parts, late: HashSet::new() };
    let Some(time) = request.time().filter(|_| !of.is_empty()) else {
        return measure_all(db, question, of).await.map(whole);
    };
    if of.len() > 1 {
        let together = measure_all(db, question, of);
        match within(left(time, began) / 2, together).await {
            Err(error) if error.code() == ErrorCode::TimedOut => {}
            done => return done.map(whole),
        }
    }
    let (mut found, mut first) = (InTime::default(), 0);
    for (nth, definition) in of.iter().enumerate() {
        let share = left(time, began) / u32::try_from(of.len() - nth).unwrap_or(u32::MAX);
        let alone = measure_all(db, question, std::slice::from_ref(definition));
        match within(share, alone).await {
            Ok(parts) => {
                found.parts.extend(parts.into_iter().map(|part| Part { nth: part.nth + first, ..part }));
            }
            Err(error) if error.code() == ErrorCode::TimedOut => drop(found.late.insert(nth)),
            Err(error) => return Err(error),
        }
        first += 1 + usize::from(definition.denominator.is_some());
    }
    Ok(found)
}
