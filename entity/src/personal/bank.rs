//! Bank accounts 银行账号: cards, and passbooks, into which subsidies are still paid. Passbooks follow the rules of
//! their own bank, so only their digits and length are checked.

use super::Unfit;
use super::text::{are_digits, is_scientific, mask, narrow};

/// A bank account as digits only.
#[derive(Clone, PartialEq, Eq)]
pub struct BankAccount(String);

/// Number of digits: passbooks of rural credit cooperatives have up to 23.
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=23;

impl BankAccount {
    #[must_use]
    pub fn clear(&self) -> &str {
        &self.0
    }

    /// Shows the last four digits only.
    #[must_use]
    pub fn mask(&self) -> String {
        mask(&self.0, 0, 4)
    }
}

impl std::str::FromStr for BankAccount {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let digits = narrow(text).replace('-', "");
        if is_scientific(&digits) {
            return Err(Unfit::Damaged);
        }
        if !are_digits(&digits) {
            return Err(Unfit::Characters);
        }
        if !LENGTHS.contains(&digits.len()) {
            return Err(Unfit::Length);
        }
        if is_card(&digits) && !luhn(&digits) {
            let zeros = digits[15..].bytes().all(|byte| byte == b'0');
            return Err(if zeros { Unfit::Damaged } else { Unfit::CheckDigit });
        }
        Ok(Self(digits))
    }
}

/// True for a card of UnionPay, the national scheme.
fn is_card(digits: &str) -> bool {
    (16..=19).contains(&digits.len()) && digits.starts_with("62")
}

/// The Luhn check of ISO/IEC 7812: from the right, every second digit is doubled.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([1, 2].into_iter().cycle())
        .map(|(byte, times)| u32::from(byte - b'0') * times)
        .map(|product| product / 10 + product % 10)
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Unfit> {
        text.parse::<BankAccount>().map(|account| account.clear().to_owned())
    }

    #[test]
    fn a_card_is_checked() {
        assert_eq!(read("6222 0212 3456 7890 128").as_deref(), Ok("6222021234567890128"));
        assert_eq!(read("６２２２０２１２３４５６７８９０１２８").as_deref(), Ok("6222021234567890128"));
        assert_eq!(read("6222021234567890123"), Err(Unfit::CheckDigit));
        assert_eq!(read("6222021234567890000"), Err(Unfit::Damaged));
        assert_eq!(read("6.22202E+18"), Err(Unfit::Damaged));
    }

    /// Rules of cards do not hold for passbooks.
    #[test]
    fn a_passbook_is_taken_as_it_is() {
        for passbook in ["510012345678", "88160120001234567", "2309123401001234567", "8801012000012345678901"]
        {
            assert_eq!(read(passbook).as_deref(), Ok(passbook));
        }
        assert_eq!(read("51001234567"), Err(Unfit::Length));
        assert_eq!(read("880101200001234567890123"), Err(Unfit::Length));
        assert_eq!(read("51001234567A"), Err(Unfit::Characters));
    }

    #[test]
    fn a_mask_keeps_the_last_four() {
        assert_eq!("510012345678".parse::<BankAccount>().unwrap().mask(), "********5678");
    }
}
