//! Values that name a person: identity numbers, phones, bank accounts. Each is normalised as it is read, so that one
//! person's value has one form to be hashed. Neither `Debug` nor `Display` shows a value: it is asked for by `clear`.

mod bank;
mod identity;
mod phone;
mod text;

pub use bank::BankAccount;
pub use identity::IdentityNumber;
pub use phone::Phone;
pub use text::{address_mask, is_masked, name_mask};

text_enum! {
    /// Kind of a personal value that is kept sealed 个人信息类型.
    PersonalKind {
        /// 身份证号
        IdentityNumber,
        /// 电话
        Phone,
        /// 银行账号
        BankAccount,
    }
}

/// Why a text is no such value. None of it repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    Length,
    Characters,
    BirthDate,
    CheckDigit,
    /// Spreadsheets keep fifteen digits of a number and write zeros for the rest.
    Damaged,
    /// An old number of a centenarian, whose century it does not say.
    Century,
    AreaCode,
}

/// A value of any kind.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal {
    IdentityNumber(IdentityNumber),
    Phone(Phone),
    BankAccount(BankAccount),
}

impl Personal {
    /// Reads a text as it was written down.
    pub fn read(kind: PersonalKind, text: &str) -> Result<Self, Unfit> {
        Ok(match kind {
            PersonalKind::IdentityNumber => Self::IdentityNumber(text.parse()?),
            PersonalKind::Phone => Self::Phone(text.parse()?),
            PersonalKind::BankAccount => Self::BankAccount(text.parse()?),
        })
    }

    #[must_use]
    pub const fn kind(&self) -> PersonalKind {
        match self {
            Self::IdentityNumber(_) => PersonalKind::IdentityNumber,
            Self::Phone(_) => PersonalKind::Phone,
            Self::BankAccount(_) => PersonalKind::BankAccount,
        }
    }

    /// The value itself, in its one form.
    #[must_use]
    pub fn clear(&self) -> &str {
        match self {
            Self::IdentityNumber(value) => value.clear(),
            Self::Phone(value) => value.clear(),
            Self::BankAccount(value) => value.clear(),
        }
    }

    /// What may be shown of it to those who need no more.
    #[must_use]
    pub fn mask(&self) -> String {
        match self {
            Self::IdentityNumber(value) => value.mask(),
            Self::Phone(value) => value.mask(),
            Self::BankAccount(value) => value.mask(),
        }
    }
}

/// A value's type by its mask alone.
macro_rules! concealed {
    ($($value:ident),*) => {$(
        impl std::fmt::Debug for $value {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($value), "({})"), self.mask())
            }
        }

        impl std::fmt::Display for $value {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.mask())
            }
        }
    )*};
}

concealed!(IdentityNumber, Phone, BankAccount, Personal);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_display_shows_a_value() {
        for (kind, text, mask) in [
            (PersonalKind::IdentityNumber, "510822199001019911", "510822************"),
            (PersonalKind::Phone, "13812345678", "138****5678"),
            (PersonalKind::BankAccount, "6222021234567890128", "***************0128"),
        ] {
            let value = Personal::read(kind, text).unwrap();
            let shown = format!("{value} {value:?} {:?}", Some(&value));
            assert_eq!((value.kind(), value.clear(), value.mask().as_str()), (kind, text, mask));
            assert!(!shown.contains(text) && shown.contains(mask), "{shown}");
        }
    }
}
