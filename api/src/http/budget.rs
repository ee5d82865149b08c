//! What may be spent in a minute: each request costs what its document was measured to ask for, and afterwards what the
//! database worked for it beyond that. An account pays for itself, who shows no token for the address. Each server
//! process counts for itself.

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

/// What a request costs that is not carried out.
pub const REFUSED: u64 = 100;

/// So many networks of IPv6 spend in full before their site has spent all it may.
const NETWORKS: u32 = 16;

/// A unit of cost stands for so much of the database's time, in microseconds.
const UNIT: u128 = 20;

/// So much of it, in microseconds, every request has.
const INCLUDED: u128 = 10_000;

/// What it costs to be told that the server has too much to do, or that nothing has changed.
pub const LEAST: u64 = 1;

/// What everybody has left.
pub struct Budgets {
    accounts: Purse<AccountId>,
    addresses: Purse<String>,
    sites: Purse<String>,
    clock: Clock,
}

/// What a minute brings, and when each has all of it again: later than in a minute where they owe.
struct Purse<K> {
    limit: NonZeroU32,
    whole_at: Mutex<HashMap<K, DateTime<Utc>>>,
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
        let site = address.saturating_mul(NonZeroU32::MIN.saturating_add(NETWORKS - 1));
        let [addresses, sites] = [address, site].map(Purse::new);
        Self { accounts: Purse::new(account), addresses, sites, clock }
    }

    /// Pays for a request, unless that is too much.
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

    /// Takes what a request has cost beyond what was paid, be there so much left or not.
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

    /// Forgets those who have spent nothing for a minute.
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

/// What a request has cost beyond its estimate, by the time the database worked for it.
#[must_use]
pub fn beyond(estimate: u64, worked: Duration) -> u64 {
    let included = (u128::from(estimate) * UNIT).max(INCLUDED);
    u64::try_from(worked.as_micros().saturating_sub(included) / UNIT).unwrap_or(u64::MAX)
}

impl<K: Hash + Eq> Purse<K> {
    fn new(limit: NonZeroU32) -> Self {
        Self { limit, whole_at: Mutex::default() }
    }

    /// What costs more than there ever is costs all there is.
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

    /// How long so much takes to come back.
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
