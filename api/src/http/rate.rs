//! Request rate of an application, per minute. Each server process counts for itself. It is one function, so that
//! another measure can take its place.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::ids::AccountId;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use platform::clock::Clock;

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Nanos>>;

/// Rate limiters of all applications.
#[derive(Default)]
pub struct Rates {
    of: Mutex<HashMap<AccountId, (NonZeroU32, Arc<Limiter>)>>,
}

/// The service's clock, as the limiter reads it.
#[derive(Clone, Debug)]
pub struct Ticks(pub Clock);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let micros = u64::try_from(self.0.now().timestamp_micros()).unwrap_or_default();
        Nanos::new(micros.saturating_mul(1_000))
    }
}

impl Rates {
    /// Counts a request; returns how long to wait if it is one too many.
    pub fn wait(&self, application: AccountId, per_minute: NonZeroU32, clock: &Clock) -> Option<Duration> {
        let ticks = Ticks(clock.clone());
        let limiter = self.limiter(application, per_minute, &ticks);
        limiter.check().err().map(|until| until.wait_time_from(ticks.now()))
    }

    /// The limiter of an application; a new one if the rate has changed.
    fn limiter(&self, application: AccountId, per_minute: NonZeroU32, ticks: &Ticks) -> Arc<Limiter> {
        let new = || {
            let quota = Quota::per_minute(per_minute);
            (per_minute, Arc::new(RateLimiter::direct_with_clock(quota, ticks.clone())))
        };
        let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
        let held = of.entry(application).or_insert_with(new);
        if held.0 != per_minute {
            *held = new();
        }
        Arc::clone(&held.1)
    }
}

/// Seconds for `Retry-After`, rounded up.
pub fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn a_minute_holds_so_many_and_no_more() {
        let (rates, clock) = (Rates::default(), Clock::set_at(DateTime::UNIX_EPOCH));
        let (one, other) = (AccountId::fresh(), AccountId::fresh());
        let ask = |who, rate| rates.wait(who, NonZeroU32::new(rate).unwrap(), &clock);
        assert!((0..6).all(|_| ask(one, 6).is_none()));
        assert_eq!(ask(one, 6).map(seconds), Some(10));
        assert_eq!(ask(other, 6), None);
        clock.set(DateTime::UNIX_EPOCH + chrono::Duration::seconds(10));
        assert_eq!((ask(one, 6), ask(one, 6).map(seconds)), (None, Some(10)));
        assert_eq!(ask(one, 7), None, "another rate begins anew");
    }
}
