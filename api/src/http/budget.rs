//! What may be spent in a minute: each request costs what its document was measured to ask for. An account pays for
//! itself, who shows no token for the address. Each server process counts for itself.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use async_graphql::{Context, Object, SimpleObject};
use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, Utc};
use entity::ids::AccountId;
use governor::clock::Clock as _;
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::rate::{Ticks, seconds};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::session::network;

type Limiter<K> = RateLimiter<K, HashMapStateStore<K>, Ticks, StateInformationMiddleware>;

const MINUTE: u64 = 60;

/// What a request costs that is not carried out.
pub const REFUSED: u64 = 100;

/// What it costs to be told that the server has too much to do, or that nothing has changed.
pub const LEAST: u64 = 1;

/// What everybody has left.
pub struct Budgets {
    accounts: Purse<AccountId>,
    addresses: Purse<String>,
    clock: Clock,
}

struct Purse<K: Hash + Eq + Clone> {
    limit: NonZeroU32,
    limiter: Limiter<K>,
}

/// Who pays.
#[derive(Clone, Copy, Debug)]
pub enum Payer {
    Account(AccountId),
    /// None where a test calls the router itself.
    Address(Option<IpAddr>),
}

/// What the one who asks may spend, when this request is paid for 配额.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RateLimit {
    /// Cost that may be asked for in a minute 每分钟额度.
    limit: u32,
    /// What is left of it 剩余额度.
    remaining: u32,
    /// Cost of this request, as `extensions.cost` tells it 本次消耗.
    cost: u32,
    /// When all of it is there again, if nothing is asked until then 恢复时间.
    reset_at: DateTime<Utc>,
}

/// More than there is: so long it takes until there is enough.
#[derive(Clone, Copy, Debug)]
pub struct Overspent {
    pub wait: Duration,
    pub left: RateLimit,
}

#[derive(Default)]
pub struct BudgetQuery;

#[Object]
impl BudgetQuery {
    /// What may be spent, and what is left; also in the headers `RateLimit` and `RateLimit-Policy` 配额.
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<Result<RateLimit>> {
        Some(ctx.data_opt::<RateLimit>().copied().ok_or_else(|| Error::internal("nobody has paid")))
    }
}

impl Budgets {
    #[must_use]
    pub fn new(account: NonZeroU32, address: NonZeroU32, clock: Clock) -> Self {
        Self { accounts: Purse::new(account, &clock), addresses: Purse::new(address, &clock), clock }
    }

    /// Pays for a request, unless that is too much.
    pub fn spend(&self, payer: Payer, cost: u64) -> Result<RateLimit, Overspent> {
        match payer {
            Payer::Account(account) => self.accounts.spend(&account, cost, &self.clock),
            Payer::Address(address) => {
                let address = address.map(network::counted).unwrap_or_default();
                self.addresses.spend(&address, cost, &self.clock)
            }
        }
    }

    /// Forgets those who have spent nothing for a minute.
    pub fn forget(&self) {
        self.accounts.forget();
        self.addresses.forget();
    }
}

impl<K: Hash + Eq + Clone> Purse<K> {
    fn new(limit: NonZeroU32, clock: &Clock) -> Self {
        let (quota, ticks) = (Quota::per_minute(limit), Ticks(clock.clone()));
        Self { limit, limiter: Limiter::new(quota, HashMapStateStore::new(HashMap::default()), ticks) }
    }

    /// What costs more than there ever is costs all there is.
    fn spend(&self, key: &K, cost: u64, clock: &Clock) -> Result<RateLimit, Overspent> {
        let limit = self.limit.get();
        let cost = u32::try_from(cost).unwrap_or(u32::MAX).clamp(1, limit);
        let asked = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        let ticks = Ticks(clock.clone());
        match self.limiter.check_key_n(key, asked) {
            Ok(Ok(left)) => Ok(self.left(left.remaining_burst_capacity(), cost, clock)),
            Ok(Err(until)) => Err(self.overspent(until.wait_time_from(ticks.now()), cost, clock)),
            Err(_) => Err(self.overspent(Duration::from_secs(MINUTE), cost, clock)),
        }
    }

    fn left(&self, remaining: u32, cost: u32, clock: &Clock) -> RateLimit {
        let limit = self.limit.get();
        let missing = u64::from(limit - remaining.min(limit));
        let reset = (missing * MINUTE).div_ceil(u64::from(limit));
        RateLimit { limit, remaining, cost, reset_at: clock.now() + Duration::from_secs(reset) }
    }

    /// What comes back while one waits is what is missing now.
    fn overspent(&self, wait: Duration, cost: u32, clock: &Clock) -> Overspent {
        let minute = Duration::from_secs(MINUTE).as_nanos();
        let missing = (wait.as_nanos() * u128::from(self.limit.get())).div_ceil(minute);
        let remaining = cost.saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX));
        Overspent { wait, left: self.left(remaining, cost, clock) }
    }

    fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

impl RateLimit {
    /// Tells it in the headers of the draft *RateLimit header fields for HTTP*.
    pub fn tell(&self, headers: &mut HeaderMap, now: DateTime<Utc>) {
        let reset = (self.reset_at - now).to_std().map_or(0, seconds);
        let (policy, left) = (
            format!("\"cost\";q={};w={MINUTE}", self.limit),
            format!("\"cost\";r={};t={reset}", self.remaining),
        );
        for (name, text) in [("ratelimit-policy", policy), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_so_much_and_comes_back() {
        let (clock, limit) = (Clock::set_at(DateTime::UNIX_EPOCH), NonZeroU32::new(60).unwrap());
        let budgets = Budgets::new(limit, limit, clock.clone());
        let (one, other) = (Payer::Account(AccountId::fresh()), Payer::Address("1.2.3.4".parse().ok()));
        let left = budgets.spend(one, 50).unwrap();
        assert_eq!((left.limit, left.remaining, left.cost), (60, 10, 50));
        assert_eq!(left.reset_at, DateTime::UNIX_EPOCH + Duration::from_secs(50));
        let over = budgets.spend(one, 20).unwrap_err();
        assert_eq!(
            (over.wait, over.left.remaining, over.left.reset_at),
            (Duration::from_secs(10), 10, left.reset_at)
        );
        assert_eq!(budgets.spend(other, 1_000).unwrap().cost, 60, "all there is");
        clock.set(DateTime::UNIX_EPOCH + Duration::from_secs(10));
        assert_eq!(budgets.spend(one, 20).unwrap().remaining, 0);
        clock.set(DateTime::UNIX_EPOCH + Duration::from_secs(200));
        budgets.forget();
        assert!(budgets.accounts.limiter.is_empty());
    }

    #[test]
    fn a_network_pays_together() {
        let limit = NonZeroU32::new(10).unwrap();
        let budgets = Budgets::new(limit, limit, Clock::set_at(DateTime::UNIX_EPOCH));
        let from = |address: &str| budgets.spend(Payer::Address(address.parse().ok()), 6).is_ok();
        assert_eq!([from("2001:db8::1"), from("2001:db8::2"), from("2001:db8:0:1::1")], [true, false, true]);
    }
}
