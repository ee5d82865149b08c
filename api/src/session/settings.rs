//! Settings of sessions: how long they last, how many wrong passwords are allowed, and the policy for passwords.

use chrono::Duration;

use super::network::Network;
use super::policy::Policy;

/// How sessions begin and end.
#[derive(Clone, Debug, clap::Args)]
pub struct Settings {
    /// Days after which one signs in again, however often the session is used
    #[arg(long, env = "SANLIAN_SESSION_DAYS", value_name = "DAYS", default_value_t = 30, value_parser = days())]
    pub session_days: i64,
    /// Days without use after which one signs in again
    #[arg(long, env = "SANLIAN_SESSION_IDLE_DAYS", value_name = "DAYS", default_value_t = 14, value_parser = days())]
    pub session_idle_days: i64,
    /// Rules for passwords
    #[arg(long, env = "SANLIAN_PASSWORD_POLICY", value_name = "POLICY", value_enum, default_value_t = Policy::Mlps3)]
    pub password_policy: Policy,
    /// Wrong passwords for one account within the window before it is locked; after half of them each takes longer
    #[arg(long, env = "SANLIAN_GUESSES_PER_ACCOUNT", value_name = "N", default_value_t = 10, value_parser = counts())]
    pub guesses_per_account: u32,
    /// The same for one address, which a whole office may share
    #[arg(long, env = "SANLIAN_GUESSES_PER_ADDRESS", value_name = "N", default_value_t = 100, value_parser = counts())]
    pub guesses_per_address: u32,
    /// Minutes of the window in which wrong passwords are counted
    #[arg(long, env = "SANLIAN_GUESS_MINUTES", value_name = "MINUTES", default_value_t = 15, value_parser = minutes())]
    pub guess_minutes: i64,
    /// Minutes for which an account or address is locked
    #[arg(long, env = "SANLIAN_LOCK_MINUTES", value_name = "MINUTES", default_value_t = 15, value_parser = minutes())]
    pub lock_minutes: i64,
    /// Proxies whose X-Forwarded-For is believed: addresses or networks such as 10.0.0.0/8, between commas
    #[arg(long, env = "SANLIAN_TRUSTED_PROXIES", value_name = "LIST", value_delimiter = ',')]
    pub trusted_proxies: Vec<Network>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_days: 30,
            session_idle_days: 14,
            password_policy: Policy::Mlps3,
            guesses_per_account: 10,
            guesses_per_address: 100,
            guess_minutes: 15,
            lock_minutes: 15,
            trusted_proxies: vec![],
        }
    }
}

impl Settings {
    pub(super) fn lifetime(&self) -> Duration {
        Duration::days(self.session_days)
    }

    pub(super) fn idle(&self) -> Duration {
        Duration::days(self.session_idle_days)
    }

    pub(super) fn window(&self) -> Duration {
        Duration::minutes(self.guess_minutes)
    }

    pub(super) fn lock(&self) -> Duration {
        Duration::minutes(self.lock_minutes)
    }
}

fn days() -> clap::builder::RangedI64ValueParser<i64> {
    clap::value_parser!(i64).range(1..=366)
}

fn minutes() -> clap::builder::RangedI64ValueParser<i64> {
    clap::value_parser!(i64).range(1..=1440)
}

fn counts() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(2..=100_000)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Words {
        #[command(flatten)]
        settings: Settings,
    }

    #[test]
    fn what_nobody_sets_is_the_default() {
        let words = Words::parse_from(["sanlian"]).settings;
        assert_eq!(format!("{words:?}"), format!("{:?}", Settings::default()));
        let words = Words::parse_from(["sanlian", "--trusted-proxies", "10.0.0.0/8,::1"]).settings;
        assert_eq!(words.trusted_proxies.len(), 2);
    }
}
