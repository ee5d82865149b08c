//! Values that name a person: identity numbers, phones, bank accounts. Each is normalised when it is read, so that
//! equal values have equal hashes. Neither `Debug` nor `Display` shows a value; `clear` does.

mod bank;
mod identity;
mod phone;
mod text;

pub use bank::BankAccount;
pub use identity::IdentityNumber;
pub use phone::Phone;
pub use text::{address_mask, is_masked, name_mask};

text_enum! {
    /// Kind of a personal value that is stored sealed.
    /// 加密保存的个人信息类型。
    PersonalKind {
        /// Identity number.
        /// 身份证号。
        IdentityNumber,
        /// Phone number.
        /// 电话号码。
        Phone,
        /// Bank account.
        /// 银行账号。
        BankAccount,
    }
}

/// Reason why a text is no value of its kind. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    Length,
    Characters,
    BirthDate,
    CheckDigit,
    /// The spreadsheet kept fifteen digits and wrote zeros for the rest, or wrote `5.1E+17`.
    Damaged,
    /// A number of a centenarian in the old form, which does not say the century.
    Century,
    AreaCode,
}

/// A personal value of any kind.
#[derive(Clone, PartialEq, Eq)]
pub enum Personal {
    IdentityNumber(IdentityNumber),
    Phone(Phone),
    BankAccount(BankAccount),
}

impl Personal {
    /// Reads a text as somebody wrote it down.
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

    /// The value in clear, normalised.
    #[must_use]
    pub fn clear(&self) -> &str {
        match self {
            Self::IdentityNumber(value) => value.clear(),
            Self::Phone(value) => value.clear(),
            Self::BankAccount(value) => value.clear(),
        }
    }

    /// The masked value, for viewers who must not see the value.
    #[must_use]
    pub fn mask(&self) -> String {
        match self {
            Self::IdentityNumber(value) => value.mask(),
            Self::Phone(value) => value.mask(),
            Self::BankAccount(value) => value.mask(),
        }
    }
}

/// `Debug` and `Display` of a value show its mask only.
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
