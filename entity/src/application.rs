//! A third-party application 应用: an account of its own kind, which no password opens. Its place and its days are those
//! of the one role granted to the account; its secrets are known by their hashes alone.

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
    /// As RFC 6749 writes them: words between blanks.
    pub scopes: String,
    /// Requests a minute.
    pub rate: i32,
    pub secret_hash: String,
    pub old_secret_hash: Option<String>,
    pub old_secret_until: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// What an application may ask for 应用授权范围. Never who somebody is.
    ApplicationScope {
        /// 已公布数据: figures that an office has made public
        Figures,
        /// 进度: the progress of one region at a time
        Progress,
        /// 批量汇总: progress, also of many regions, bodies or helpers in one question
        Bulk,
    }
}

/// Some of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    #[must_use]
    pub fn of(scopes: impl IntoIterator<Item = ApplicationScope>) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | bit(scope)))
    }

    /// Words between blanks; none where one of them is unknown.
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

    /// What is in both.
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
