//! Budgets per minute. A request costs what its document was estimated at and, afterwards, the database time beyond
//! that. An account pays for itself; without a token the address pays. Each server process counts for itself.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_graphql::{Context, Object, SimpleObject};
use axum::http::{HeaderMap, HeaderValue};
use chrono::{DateTime, TimeDelta, Utc};
use entity::ids::AccountId;

use super::rate::seconds;
use crate::session::network;
use platform::clock::Clock;
use platform::error::{Error, Result};

const MINUTE: u64 = 60;

/// Cost of a request that is not executed.
pub const REFUSED: u64 = 100;

/// An IPv6 site (/48) may spend as much as this number of its networks (/64).
const NETWORKS: u32 = 16;

/// Database time of one unit of cost, in microseconds.
const UNIT: u128 = 20;

/// Database time that is included in every request, in microseconds.
const INCLUDED: u128 = 10_000;

/// Least cost: of an answer that the server is at fault or busy, or that the application must wait.
pub const LEAST: u64 = 1;

/// Budgets of all callers.
pub struct Budgets {
    accounts: Purse<AccountId>,
    addresses: Purse<String>,
    sites: Purse<String>,
    clock: Clock,
}

/// Limit per minute, and the time when each payer has all of it again. A debt sets that time more than a minute
/// ahead.
struct Purse<K> {
    limit: NonZeroU32,
    whole_at: Mutex<HashMap<K, DateTime<Utc>>>,
}

/// Payer of a request.
#[derive(Clone, Copy, Debug)]
pub enum Payer {
    Account(AccountId),
    /// `None` if a test calls the router itself.
    Address(Option<IpAddr>),
}

/// Budget of the caller after this request is paid.
/// 调用方的额度,已扣除本次请求。
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct RateLimit {
    /// Cost that may be spent in a minute.
    /// 每分钟额度。
    limit: u32,
    /// Cost that is left to spend now.
    /// 当前剩余额度。
    remaining: u32,
    /// Cost of this request, as `extensions.cost` tells it.
    /// 本次请求的消耗,与`extensions.cost`一致。
    cost: u32,
    /// Time when the whole limit is there again, if nothing is spent until then.
    /// 此后不再消耗时,额度完全恢复的时间。
    reset_at: DateTime<Utc>,
}

/// Too little is left: the time until there is enough, and what is left now.
#[derive(Clone, Copy, Debug)]
pub struct Overspent {
    pub wait: Duration,
    pub left: RateLimit,
}

#[derive(Default)]
pub struct BudgetQuery;

#[Object]
impl BudgetQuery {
    /// Budget of the caller, and what is left of it; also in the headers `RateLimit` and `RateLimit-Policy`.
    /// 调用方的额度和剩余,响应头`RateLimit`和`RateLimit-Policy`也会给出。
    async fn rate_limit(&self, ctx: &Context<'_>) -> Option<Result<RateLimit>> {
        Some(ctx.data_opt::<RateLimit>().copied().ok_or_else(|| Error::internal("nobody has paid")))
    }
}

impl Budgets {
    #[must_use]
    pub fn new(account: NonZeroU32, address: NonZeroU32, clock: Clock) -> Self {
        let site = address.saturating_mul(NonZeroU32::MIN.saturating_add(NETWORKS - 1));
        let [addresses, sites] = [address, site].map(Purse::new);
        Self { accounts: Purse::new(account), addresses, sites, clock }
    }

    /// Pays for a request; `Overspent` if too little is left.
    pub fn spend(&self, payer: Payer, cost: u64) -> Result<RateLimit, Overspent> {
        let now = self.clock.now();
        match payer {
            Payer::Account(account) => self.accounts.spend(account, cost, now),
            Payer::Address(address) => {
                let paid = self.addresses.spend(counted(address), cost, now)?;
                match address.and_then(network::site) {
                    Some(site) => self.sites.spend(site, cost, now).map(|_| paid),
                    None => Ok(paid),
                }
            }
        }
    }

    /// Charges the cost beyond the payment, even if that makes a debt.
    pub fn owe(&self, payer: Payer, paid: RateLimit, beyond: u64) -> RateLimit {
        let now = self.clock.now();
        match payer {
            Payer::Account(account) => self.accounts.owe(account, paid, beyond, now),
            Payer::Address(address) => {
                if let Some(site) = address.and_then(network::site) {
                    self.sites.owe(site, paid, beyond, now);
                }
                self.addresses.owe(counted(address), paid, beyond, now)
            }
        }
    }

    /// Forgets payers who have their whole limit again.
    pub fn forget(&self) {
        let now = self.clock.now();
        self.accounts.forget(now);
        self.addresses.forget(now);
        self.sites.forget(now);
    }
}

fn counted(address: Option<IpAddr>) -> String {
    address.map(network::counted).unwrap_or_default()
}

/// Cost of a request beyond its estimate, by the time that the database worked for it.
#[must_use]
pub fn beyond(estimate: u64, worked: Duration) -> u64 {
    let included = (u128::from(estimate) * UNIT).max(INCLUDED);
    u64::try_from(worked.as_micros().saturating_sub(included) / UNIT).unwrap_or(u64::MAX)
}

impl<K: Hash + Eq> Purse<K> {
    fn new(limit: NonZeroU32) -> Self {
        Self { limit, whole_at: Mutex::default() }
    }

    /// A cost above the limit counts as the whole limit.
    fn spend(&self, key: K, cost: u64, now: DateTime<Utc>) -> Result<RateLimit, Overspent> {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX).clamp(1, self.limit.get());
        let mut all = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let before = all.get(&key).copied().unwrap_or(now).max(now);
        let whole_at = before + self.time_for(cost.into());
        let minute = TimeDelta::from_std(Duration::from_secs(MINUTE)).unwrap_or_default();
        if whole_at > now + minute {
            let wait = (whole_at - now - minute).to_std().unwrap_or_default();
            return Err(Overspent { wait, left: self.told(cost, before, now) });
        }
        all.insert(key, whole_at);
        Ok(self.told(cost, whole_at, now))
    }

    fn owe(&self, key: K, paid: RateLimit, beyond: u64, now: DateTime<Utc>) -> RateLimit {
        let mut all = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        let whole_at = all.get(&key).copied().unwrap_or(now).max(now) + self.time_for(beyond);
        all.insert(key, whole_at);
        self.told(paid.cost.saturating_add(u32::try_from(beyond).unwrap_or(u32::MAX)), whole_at, now)
    }

    /// Time in which that much cost comes back.
    fn time_for(&self, cost: u64) -> TimeDelta {
        let nanos = u128::from(cost) * u128::from(MINUTE) * 1_000_000_000 / u128::from(self.limit.get());
        TimeDelta::nanoseconds(i64::try_from(nanos).unwrap_or(i64::MAX / 4))
    }

    fn told(&self, cost: u32, whole_at: DateTime<Utc>, now: DateTime<Utc>) -> RateLimit {
        let limit = u64::from(self.limit.get());
        let nanos = (whole_at - now).to_std().unwrap_or_default().as_nanos();
        let missing = (nanos * u128::from(limit)).div_ceil(u128::from(MINUTE) * 1_000_000_000);
        let missing = u64::try_from(missing).unwrap_or(u64::MAX);
        let reset_at = now + Duration::from_secs((missing.saturating_mul(MINUTE)).div_ceil(limit));
        let remaining = u32::try_from(limit.saturating_sub(missing)).unwrap_or(u32::MAX);
        RateLimit { limit: self.limit.get(), remaining, cost, reset_at }
    }

    fn forget(&self, now: DateTime<Utc>) {
        let mut all = self.whole_at.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, whole_at| *whole_at > now);
        all.shrink_to_fit();
    }
}

impl RateLimit {
    /// Sets the headers of the draft *RateLimit header fields for HTTP*.
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
        assert!(budgets.accounts.whole_at.lock().unwrap().is_empty());
    }

    #[test]
    fn who_owes_waits() {
        let (clock, limit) = (Clock::set_at(DateTime::UNIX_EPOCH), NonZeroU32::new(6_000).unwrap());
        let budgets = Budgets::new(limit, limit, clock.clone());
        let one = Payer::Account(AccountId::fresh());
        let paid = budgets.spend(one, 100).unwrap();
        assert_eq!(beyond(100, Duration::from_millis(10)), 0, "every request has so much");
        assert_eq!(beyond(100, Duration::from_millis(250)), 12_000);
        assert_eq!(beyond(60_000, Duration::from_millis(1_200)), 0, "and as much as it was estimated");
        let told = budgets.owe(one, paid, 12_000);
        assert_eq!((told.remaining, told.cost), (0, 12_100));
        assert_eq!(told.reset_at, DateTime::UNIX_EPOCH + Duration::from_secs(121));
        assert_eq!(budgets.spend(one, 100).unwrap_err().wait, Duration::from_secs(62));
        clock.set(DateTime::UNIX_EPOCH + Duration::from_secs(62));
        assert_eq!(budgets.spend(one, 100).unwrap().remaining, 0);
        clock.set(DateTime::UNIX_EPOCH + Duration::from_secs(100));
        budgets.forget();
        assert!(budgets.spend(one, 6_000).is_err(), "a debt is not forgotten");
    }

    #[test]
    fn a_network_pays_together() {
        let limit = NonZeroU32::new(10).unwrap();
        let budgets = Budgets::new(limit, limit, Clock::set_at(DateTime::UNIX_EPOCH));
        let from = |address: &str| budgets.spend(Payer::Address(address.parse().ok()), 6).is_ok();
        assert_eq!([from("2001:db8::1"), from("2001:db8::2"), from("2001:db8:0:1::1")], [true, false, true]);
    }

    #[test]
    fn a_site_has_as_much_as_a_few_networks() {
        let limit = NonZeroU32::new(10).unwrap();
        let budgets = Budgets::new(limit, limit, Clock::set_at(DateTime::UNIX_EPOCH));
        let from = |address: String| budgets.spend(Payer::Address(address.parse().ok()), 10).is_ok();
        let let_in = (0..1_000).filter(|nth| from(format!("2001:db8:0:{nth:x}::1"))).count();
        assert_eq!(let_in, 16);
        assert!(from("2001:db8:1::1".to_owned()), "another site pays for itself");
    }
}
