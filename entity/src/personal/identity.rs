//! Identity numbers 身份证号 (GB 11643): six digits of a region, eight of the birth date, three of a sequence, and a
//! check digit (ISO 7064 MOD 11-2). The old form has fifteen digits: no century, no check digit.

use chrono::{Datelike, NaiveDate};

use super::Unfit;
use super::text::{are_digits, is_scientific, mask, narrow};
use crate::values::Date;

/// An identity number of eighteen characters; a number in the old form is converted.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityNumber(String);

/// Sequences that the old form kept for people born before 1900.
const CENTENARIANS: [&str; 4] = ["996", "997", "998", "999"];

const REGION: usize = 6;

impl IdentityNumber {
    #[must_use]
    pub fn clear(&self) -> &str {
        &self.0
    }

    /// Shows the region that issued the number; hides birth date, sex and check digit.
    #[must_use]
    pub fn mask(&self) -> String {
        mask(&self.0, REGION, 0)
    }

    /// The birth date in the number.
    #[must_use]
    pub fn born_on(&self) -> Option<Date> {
        born_on(&self.0)
    }
}

impl std::str::FromStr for IdentityNumber {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let text = narrow(text).to_ascii_uppercase();
        if is_scientific(&text) {
            return Err(Unfit::Damaged);
        }
        if !text.is_ascii() {
            return Err(Unfit::Characters);
        }
        let number = match text.len() {
            18 => text,
            15 => modern(&text)?,
            _ => return Err(Unfit::Length),
        };
        let (body, last) = number.split_at(17);
        if !are_digits(body) || !(are_digits(last) || last == "X") || body.starts_with('0') {
            return Err(Unfit::Characters);
        }
        if !number.ends_with(check_digit(body)) {
            return Err(if number.ends_with("000") { Unfit::Damaged } else { Unfit::CheckDigit });
        }
        born_on(&number).map(|_| Self(number)).ok_or(Unfit::BirthDate)
    }
}

/// Converts a number in the old form.
fn modern(old: &str) -> Result<String, Unfit> {
    if !are_digits(old) {
        return Err(Unfit::Characters);
    }
    let (region, rest) = old.split_at(REGION);
    if CENTENARIANS.contains(&&rest[6..]) {
        return Err(Unfit::Century);
    }
    let body = format!("{region}19{rest}");
    let check = check_digit(&body);
    Ok(format!("{body}{check}"))
}

/// The check digit of ISO 7064 MOD 11-2 over seventeen digits.
fn check_digit(body: &str) -> char {
    let sum = body.bytes().fold(0, |sum, byte| (sum + u32::from(byte - b'0')) * 2 % 11);
    char::from_digit((12 - sum) % 11, 10).unwrap_or('X')
}

fn born_on(number: &str) -> Option<Date> {
    let part = |from: usize, to: usize| number.get(from..to)?.parse().ok();
    let year = i32::try_from(part(6, 10)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, part(10, 12)?, part(12, 14)?)?;
    (day.year() >= 1850).then_some(Date(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Unfit> {
        text.parse::<IdentityNumber>().map(|number| number.clear().to_owned())
    }

    /// The first number is the standard's own example.
    #[test]
    fn the_check_digit_is_checked() {
        assert_eq!(read("11010519491231002X").as_deref(), Ok("11010519491231002X"));
        assert_eq!(read("510822199001019911").as_deref(), Ok("510822199001019911"));
        for wrong in ["110105194912310021", "510822199001019912", "510822199001109911"] {
            assert_eq!(read(wrong), Err(Unfit::CheckDigit), "{wrong}");
        }
    }

    #[test]
    fn one_person_has_one_form() {
        let one = "11010519491231002X";
        for written in [
            "11010519491231002x",
            "１１０１０５１９４９１２３１００２Ｘ",
            " 110105 19491231 002x\u{3000}",
            "110105491231002",
        ] {
            assert_eq!(read(written).as_deref(), Ok(one), "{written}");
        }
    }

    /// Four sequences of the old form mean a century before 1900, and the number does not say which.
    #[test]
    fn an_old_number_of_a_centenarian_is_refused() {
        assert_eq!(read("110105491231996"), Err(Unfit::Century));
        assert_eq!(read("110105491231995").map(|number| number.len()), Ok(18));
    }

    #[test]
    fn what_a_spreadsheet_did_is_named() {
        assert_eq!(read("510822199001019000"), Err(Unfit::Damaged));
        assert_eq!(read("5.10822E+17"), Err(Unfit::Damaged));
        // A good number may end in three zeros.
        let good = (0..100).map(|day| format!("5108221990{:02}{:02}1000", 1 + day % 12, 1 + day % 28));
        assert!(good.filter_map(|number| read(&number).ok()).count() > 0);
    }

    #[test]
    fn the_birth_date_is_a_day() {
        for (body, wrong) in
            [("51082219900230991", true), ("51082218491231991", true), ("51082220000229991", false)]
        {
            let number = format!("{body}{}", check_digit(body));
            assert_eq!(read(&number).is_err(), wrong, "{number}");
        }
        let born = "510822199001019911".parse::<IdentityNumber>().unwrap().born_on();
        assert_eq!(born, Date::from_ymd_opt(1990, 1, 1));
    }

    #[test]
    fn anything_else_is_no_number() {
        assert_eq!(read("51082219900101991"), Err(Unfit::Length));
        for wrong in ["5108221990010199X1", "01082219900101991X", "51082219900101九一1", "51082290010199X"]
        {
            assert!(matches!(read(wrong), Err(Unfit::Characters | Unfit::Length)), "{wrong}");
        }
    }

    /// A mask tells people apart by region only.
    #[test]
    fn a_mask_leaves_no_birth_date() {
        let mask = |text: &str| text.parse::<IdentityNumber>().unwrap().mask();
        assert_eq!(mask("11010519491231002X"), "110105************");
        assert_eq!(mask("110105491231002"), "110105************");
    }
}
