//! A third-party application 应用: an account without a password. The one role granted to the account gives its region
//! and its dates; secrets are stored as hashes only.

use chrono::{DateTime, Utc};
use sea_orm::Iterable;
use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, OrganisationId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "application")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account_id: AccountId,
    pub organisation_id: Option<OrganisationId>,
    pub contact: Option<String>,
    /// Words between blanks, as in RFC 6749.
    pub scopes: String,
    /// Requests a minute.
    pub rate: i32,
    pub secret_hash: String,
    pub old_secret_hash: Option<String>,
    pub old_secret_until: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// Data that an application may ask for; never personal data.
    /// 应用可请求的数据范围,不含任何个人信息。
    ApplicationScope {
        /// Figures that an office has published.
        /// 办公室已公布的数据。
        Figures,
        /// Progress of one region at a time.
        /// 单个区划的进度。
        Progress,
        /// Progress of one or many regions, bodies or helpers in one question.
        /// 批量查询多个区划、单位或帮扶方的进度。
        Bulk,
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    #[must_use]
    pub fn of(scopes: impl IntoIterator<Item = ApplicationScope>) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | bit(scope)))
    }

    /// Reads words between blanks; none if a word is unknown.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word = |word: &str| ApplicationScope::iter().find(|scope| scope.to_value() == word);
        text.split(' ').filter(|word| !word.is_empty()).map(word).collect::<Option<Vec<_>>>().map(Self::of)
    }

    #[must_use]
    pub fn text(self) -> String {
        self.iter().map(|scope| scope.to_value()).collect::<Vec<_>>().join(" ")
    }

    pub fn iter(self) -> impl Iterator<Item = ApplicationScope> {
        ApplicationScope::iter().filter(move |scope| self.0 & bit(*scope) != 0)
    }

    /// Scopes that are in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

const fn bit(scope: ApplicationScope) -> u8 {
    1 << scope as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_read_as_they_are_written() {
        let some = Scopes::of([ApplicationScope::Bulk, ApplicationScope::Figures]);
        assert_eq!(some.text(), "figures bulk");
        assert_eq!(Scopes::parse(" bulk  figures bulk"), Some(some));
        assert_eq!(Scopes::parse("figures everything"), None);
        assert_eq!(some.and(Scopes::of([ApplicationScope::Bulk])).text(), "bulk");
        assert!(Scopes::parse("").is_some_and(Scopes::is_empty));
    }
}
