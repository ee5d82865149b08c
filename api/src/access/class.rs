//! Which personal data a viewer is shown, and how plainly. Each datum has one class; the table `sight` decides for
//! every datum.

use async_graphql::Enum;
use chrono::Datelike;
use entity::personal::{PersonalKind, address_mask, name_mask};
use entity::values::Date;
use sea_orm::EnumIter;
use serde::{Deserialize, Serialize};

/// Class of a datum 数据分级.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Visible to everybody 公开.
    Public,
    /// Visible to every signed-in account 内部.
    Internal,
    /// Name, phone, address 个人信息.
    Personal,
    /// Identity number, bank account, income, birth date, and every datum of a minor that is not public 敏感个人信息.
    Sensitive,
}

/// Age of the person whose datum it is: adult or minor 未成年人.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Adult,
    Minor,
}

/// Age in full years at which a person comes of age.
const OF_AGE: i32 = 18;

impl Age {
    pub const ALL: [Self; 2] = [Self::Adult, Self::Minor];

    /// A person stays a minor until the end of the year in which they come of age: a mask that changed on the
    /// birthday would reveal it to a viewer who asks every day.
    #[must_use]
    pub fn of(born_on: Date, today: Date) -> Self {
        if today.0.year() - born_on.0.year() > OF_AGE { Self::Adult } else { Self::Minor }
    }
}

/// How a datum is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In plain text, because it is summed, sorted or used every day.
    Plain,
    /// Encrypted; the keeper sees it masked until it is revealed.
    Sealed,
}

/// Kind of personal datum.
/// 个人数据项的种类。
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Enum, EnumIter, Serialize, Deserialize)]
#[graphql(name = "PersonalDatum")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Datum {
    /// Name of a person who holds a seat or a post.
    /// 任职人员姓名。
    HolderName,
    /// Name of a household's head or family member.
    /// 户主或家庭成员姓名。
    Name,
    /// Home address.
    /// 住址。
    Address,
    /// Phone number.
    /// 电话号码。
    Phone,
    /// Relation to the household's head, occupation, schooling, and the days of belonging to the household.
    /// 与户主关系、职业、文化程度及在户起止日期。
    Circumstances,
    /// Birth date.
    /// 出生日期。
    BirthDate,
    /// Income.
    /// 收入。
    Income,
    /// Identity number.
    /// 身份证号。
    IdentityNumber,
    /// Bank account number.
    /// 银行账号。
    BankAccount,
}

/// Relation of a viewer to the people of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// An office that keeps their ledger.
    Keeper,
    /// Their helper.
    Helper,
    /// A viewer who reads their ledger or place without keeping it or helping them, such as a city office.
    Above,
    Stranger,
}

impl Standing {
    /// All standings but `Stranger`.
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

    /// Class of the datum of a person of that age: of a minor, every datum is sensitive that is not public.
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

    /// Name of the datum in the access log.
    #[must_use]
    pub fn code(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The datum of that name in the access log.
    #[must_use]
    pub fn coded(code: &str) -> Option<Self> {
        serde_json::from_value(code.into()).ok()
    }

    /// A plain-text value as `sight` allows it: whole or masked; `None` if it is hidden or no mask is safe.
    #[must_use]
    pub fn shown(self, sight: Sight, text: &str) -> Option<String> {
        match (sight, self) {
            (Sight::Clear, _) => Some(text.to_owned()),
            (Sight::Masked, Self::HolderName | Self::Name) => Some(name_mask(text)),
            (Sight::Masked, Self::Address) => Some(address_mask(text)),
            (Sight::Masked | Sight::Hidden, _) => None,
        }
    }

    /// Is the datum shown whole to that standing, for adults and minors alike? If not, rows may be neither searched,
    /// filtered nor sorted by it.
    #[must_use]
    pub fn is_clear(self, to: Standing) -> bool {
        Age::ALL.into_iter().all(|whose| sight(to, self, whose) == Sight::Clear)
    }
}

/// Table: how plainly a viewer of that standing is shown the datum. For a keeper, `Masked` means until revealed.
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

    /// `Viewer::in_clear` relies on this: a viewer with two standings towards a person sees no less by the nearer
    /// one.
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
