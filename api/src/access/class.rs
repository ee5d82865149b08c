//! What of a person is shown to whom. Each datum has its class, said once; one table decides for all.

use async_graphql::Enum;
use entity::personal::{PersonalKind, address_mask, name_mask};
use serde::{Deserialize, Serialize};

/// Class of a datum 数据分级.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// For everybody 公开.
    Public,
    /// For whoever is signed in 内部.
    Internal,
    /// Name, phone, address 个人信息.
    Personal,
    /// Identity number, bank account, income, birth date 敏感个人信息.
    Sensitive,
}

/// How a datum is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// As it is: it is summed, sorted, or worked with every day.
    Plain,
    /// Sealed: even those who need it ask for it each time.
    Sealed,
}

/// What may be known of a person 个人数据项.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum, Serialize, Deserialize)]
#[graphql(name = "PersonalDatum")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Datum {
    /// Name of one who holds a seat or a post 任职人员姓名.
    HolderName,
    /// Name 姓名.
    Name,
    /// Address 住址.
    Address,
    /// Phone 电话.
    Phone,
    /// Birth date 出生日期.
    BirthDate,
    /// Income 收入.
    Income,
    /// Identity number 身份证号.
    IdentityNumber,
    /// Bank account 银行账号.
    BankAccount,
}

/// What a viewer is to the people of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The office that keeps their ledger.
    Keeper,
    /// Their helper.
    Helper,
    /// An office that reads the ledger from above.
    Above,
    Stranger,
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    Hidden,
    Masked,
    Clear,
}

impl Datum {
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::HolderName => Class::Internal,
            Self::Name | Self::Address | Self::Phone => Class::Personal,
            Self::BirthDate | Self::Income | Self::IdentityNumber | Self::BankAccount => Class::Sensitive,
        }
    }

    #[must_use]
    pub const fn kept(self) -> Kept {
        match self {
            Self::HolderName | Self::Name | Self::Address | Self::BirthDate | Self::Income => Kept::Plain,
            Self::Phone | Self::IdentityNumber | Self::BankAccount => Kept::Sealed,
        }
    }

    #[must_use]
    pub const fn of(kind: PersonalKind) -> Self {
        match kind {
            PersonalKind::IdentityNumber => Self::IdentityNumber,
            PersonalKind::Phone => Self::Phone,
            PersonalKind::BankAccount => Self::BankAccount,
        }
    }

    /// As it is written in the access log.
    #[must_use]
    pub fn code(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// What the access log calls so.
    #[must_use]
    pub fn coded(code: &str) -> Option<Self> {
        serde_json::from_value(code.into()).ok()
    }

    /// A text of this datum that lies plain, as somebody is shown it; nothing where a mask would say too much.
    #[must_use]
    pub fn shown(self, to: Standing, text: &str) -> Option<String> {
        match (sight(to, self), self) {
            (Sight::Clear, _) => Some(text.to_owned()),
            (Sight::Masked, Self::HolderName | Self::Name) => Some(name_mask(text)),
            (Sight::Masked, Self::Address) => Some(address_mask(text)),
            (Sight::Masked | Sight::Hidden, _) => None,
        }
    }

    /// Whether somebody is shown it whole.
    #[must_use]
    pub fn is_clear(self, to: Standing) -> bool {
        sight(to, self) == Sight::Clear
    }
}

/// The table. `Masked` to a keeper means until revealed.
#[must_use]
#[rustfmt::skip]
#[allow(clippy::enum_glob_use, clippy::match_same_arms, reason = "it reads as a table, a standing at a time")]
pub const fn sight(standing: Standing, datum: Datum) -> Sight {
    use Class::*;
    use Kept::*;
    use Sight::*;
    use Standing::*;
    match (standing, datum.class(), datum.kept()) {
        (_, Public | Internal, _) => Clear,

        (Keeper, Personal,  Plain)  => Clear,
        (Keeper, Personal,  Sealed) => Masked,
        (Keeper, Sensitive, Plain)  => Clear,
        (Keeper, Sensitive, Sealed) => Masked,

        (Helper, Personal,  _)      => Clear,
        (Helper, Sensitive, Plain)  => Clear,
        (Helper, Sensitive, Sealed) => Hidden,

        (Above,  Personal,  _)      => Masked,
        (Above,  Sensitive, Plain)  => Hidden,
        (Above,  Sensitive, Sealed) => Masked,

        (Stranger, Personal | Sensitive, _) => Hidden,
    }
}
