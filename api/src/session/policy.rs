//! Policies for passwords. `mlps3` follows the usual reading of graded protection 等级保护, third level: several kinds
//! of characters, and a new password every ninety days. `nist` follows SP 800-63B: length, and no common password.

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{DateTime, Duration, Utc};

use platform::error::{Error, ErrorCode, Result};
use platform::message::Message;
use platform::say;

/// Number of passwords that must not come again: the present one and the ones before it.
pub const REMEMBERED: u64 = 5;

const LONGEST: usize = 200;

/// The most common passwords, in small letters.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("../../data/passwords.txt").lines().collect());

/// Rules for passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Policy {
    /// 8 characters of three kinds (a, A, 1, others), changed every 90 days
    Mlps3,
    /// 12 characters of any kind, no expiry
    Nist,
}

impl Policy {
    const fn shortest(self) -> usize {
        match self {
            Self::Mlps3 => 8,
            Self::Nist => 12,
        }
    }

    /// Must a password of that age be changed?
    #[must_use]
    pub fn is_due(self, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        match self {
            Self::Mlps3 => since + Duration::days(90) <= now,
            Self::Nist => false,
        }
    }
}

/// Checks a new password for the account of that name; the error is on the field `password`.
pub fn check(policy: Policy, account: &str, password: &str) -> Result<()> {
    let wrong = |message: Message| Err(Error::field("password", ErrorCode::Invalid, message));
    let length = password.chars().count();
    if !(policy.shortest()..=LONGEST).contains(&length) {
        return wrong(say!("password-length", shortest = policy.shortest(), longest = LONGEST));
    }
    if policy == Policy::Mlps3 && kinds(password) < 3 {
        return wrong(say!("password-kinds"));
    }
    if is_name(account, password) {
        return wrong(say!("password-is-name"));
    }
    if COMMON.contains(password.to_lowercase().as_str()) {
        return wrong(say!("password-common"));
    }
    Ok(())
}

fn kinds(password: &str) -> usize {
    let other = |letter: char| !letter.is_ascii_alphanumeric();
    let kinds: [fn(char) -> bool; 4] = [
        |letter| letter.is_ascii_lowercase(),
        |letter| letter.is_ascii_uppercase(),
        |letter| letter.is_ascii_digit(),
        other,
    ];
    kinds.into_iter().filter(|kind| password.chars().any(kind)).count()
}

/// Is the password the account's name, forwards or backwards, also with digits and signs around it?
fn is_name(account: &str, password: &str) -> bool {
    let name = account.to_lowercase();
    let password = password.to_lowercase();
    let bare = password.trim_matches(|letter: char| !letter.is_alphabetic());
    let backwards: String = name.chars().rev().collect();
    [password.as_str(), bare].into_iter().any(|said| said == name || said == backwards)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_policy_asks_its_own() {
        for (password, mlps3, nist) in [
            ("Abcdef7", false, false),
            ("Abcdefg7", true, false),
            ("abcdefg7", false, false),
            ("abcdef-7", true, false),
            ("correct horse battery", false, true),
            ("Correct horse battery", true, true),
            ("qingchuan", false, false),
            ("Qingchuan-2022", false, false),
            ("nauhcgniq2022!", false, false),
            ("Qingchuan-and-2022", true, true),
            ("P@ssw0rd", false, false),
            ("P@ssw0rd1234", false, false),
            ("Woaini5201314", false, false),
            ("八个字的口令在此", false, false),
            ("十二个字的口令应该就够了", false, true),
        ] {
            for (policy, good) in [(Policy::Mlps3, mlps3), (Policy::Nist, nist)] {
                assert_eq!(check(policy, "qingchuan", password).is_ok(), good, "{policy:?} {password}");
            }
        }
        assert!(check(Policy::Nist, "qingchuan", &"ab3-".repeat(51)).is_err());
    }

    #[test]
    fn a_password_is_due_after_ninety_days_or_never() {
        let now = DateTime::UNIX_EPOCH;
        for (policy, days, due) in
            [(Policy::Mlps3, 89, false), (Policy::Mlps3, 90, true), (Policy::Nist, 9_000, false)]
        {
            assert_eq!(policy.is_due(now, now + Duration::days(days)), due, "{policy:?} {days}");
        }
    }
}
