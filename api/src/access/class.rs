//! What of a person is shown to whom. Each datum has its class, said once; one table decides for all.

use async_graphql::Enum;
use chrono::Datelike;
use entity::personal::{PersonalKind, address_mask, name_mask};
use entity::values::Date;
use sea_orm::EnumIter;
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
    /// Identity number, bank account, income, birth date, and all that is known of a minor 敏感个人信息.
    Sensitive,
}

/// Whose datum it is: of a grown-up, or of a minor 未成年人.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Adult,
    Minor,
}

/// Full years of a grown-up.
const OF_AGE: i32 = 18;

impl Age {
    pub const ALL: [Self; 2] = [Self::Adult, Self::Minor];

    /// Somebody stays a minor until the end of the year in which they come of age: if what is shown of them changed on
    /// a birthday, whoever asks every day would learn it.
    #[must_use]
    pub fn of(born_on: Date, today: Date) -> Self {
        if today.0.year() - born_on.0.year() > OF_AGE { Self::Adult } else { Self::Minor }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum, EnumIter, Serialize, Deserialize)]
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
    /// Relation to the head, occupation, schooling, and the days in the household 家庭情况.
    Circumstances,
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

impl Standing {
    /// All but a stranger's.
    pub const NEAR: [Self; 3] = [Self::Keeper, Self::Helper, Self::Above];
}

/// How plainly a datum is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    Hidden,
    Masked,
    Clear,
}

impl Datum {
    #[must_use]
    pub const fn class(self) -> Class {
        match self {
            Self::HolderName | Self::Circumstances => Class::Internal,
            Self::Name | Self::Address | Self::Phone => Class::Personal,
            Self::BirthDate | Self::Income | Self::IdentityNumber | Self::BankAccount => Class::Sensitive,
        }
    }

    /// Its class where it is somebody's: of a minor, all is sensitive that is not public.
    #[must_use]
    pub const fn class_of(self, whose: Age) -> Class {
        match (self.class(), whose) {
            (Class::Public, _) => Class::Public,
            (class, Age::Adult) => class,
            (_, Age::Minor) => Class::Sensitive,
        }
    }

    #[must_use]
    pub const fn kept(self) -> Kept {
        match self {
            Self::HolderName
            | Self::Name
            | Self::Address
            | Self::Circumstances
            | Self::BirthDate
            | Self::Income => Kept::Plain,
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
    pub fn shown(self, sight: Sight, text: &str) -> Option<String> {
        match (sight, self) {
            (Sight::Clear, _) => Some(text.to_owned()),
            (Sight::Masked, Self::HolderName | Self::Name) => Some(name_mask(text)),
            (Sight::Masked, Self::Address) => Some(address_mask(text)),
            (Sight::Masked | Sight::Hidden, _) => None,
        }
    }

    /// Whether somebody is shown it whole, whoever's it is. What is not may be neither searched, filtered nor sorted by.
    #[must_use]
    pub fn is_clear(self, to: Standing) -> bool {
        Age::ALL.into_iter().all(|whose| sight(to, self, whose) == Sight::Clear)
    }
}

/// The table. `Masked` to a keeper means until revealed.
#[must_use]
#[rustfmt::skip]
#[allow(clippy::enum_glob_use, clippy::match_same_arms, reason = "it reads as a table, a standing at a time")]
pub const fn sight(standing: Standing, datum: Datum, whose: Age) -> Sight {
    use Class::*;
    use Kept::*;
    use Sight::*;
    use Standing::*;
    match (standing, datum.class_of(whose), datum.kept()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: [Datum; 6] = [
        Datum::HolderName,
        Datum::Name,
        Datum::Address,
        Datum::Circumstances,
        Datum::BirthDate,
        Datum::Income,
    ];

    fn rank(sight: Sight) -> u8 {
        match sight {
            Sight::Hidden => 0,
            Sight::Masked => 1,
            Sight::Clear => 2,
        }
    }

    /// What `Viewer::in_clear` relies on: who is two things to somebody sees no less for being the nearer of them.
    #[test]
    fn the_nearer_see_no_less_of_what_lies_plain() {
        let order = [Standing::Keeper, Standing::Helper, Standing::Above, Standing::Stranger];
        for (datum, whose) in PLAIN.into_iter().flat_map(|datum| Age::ALL.map(|whose| (datum, whose))) {
            let seen = order.map(|to| rank(sight(to, datum, whose)));
            assert!(seen.is_sorted_by(|near, far| near >= far), "{datum:?} {whose:?} {seen:?}");
        }
    }

    #[test]
    fn of_a_minor_nobody_sees_more() {
        let all = PLAIN.into_iter().chain([Datum::Phone, Datum::IdentityNumber, Datum::BankAccount]);
        for datum in all {
            for to in [Standing::Keeper, Standing::Helper, Standing::Above, Standing::Stranger] {
                let [adult, minor] = Age::ALL.map(|whose| rank(sight(to, datum, whose)));
                assert!(minor <= adult, "{datum:?} {to:?}");
            }
        }
        assert_eq!(sight(Standing::Above, Datum::Name, Age::Adult), Sight::Masked);
        assert_eq!(sight(Standing::Above, Datum::Name, Age::Minor), Sight::Hidden);
        assert_eq!(sight(Standing::Helper, Datum::Phone, Age::Adult), Sight::Clear);
        assert_eq!(sight(Standing::Helper, Datum::Phone, Age::Minor), Sight::Hidden);
    }

    #[test]
    fn a_birthday_changes_nothing() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let born = day("2004-05-05");
        for today in ["2004-05-05", "2022-05-04", "2022-05-05", "2022-12-31"] {
            assert_eq!(Age::of(born, day(today)), Age::Minor, "{today}");
        }
        assert_eq!(Age::of(born, day("2023-01-01")), Age::Adult);
    }
}
