//! Phones 电话 of the mainland: mobiles of eleven digits, and fixed lines with their area code. A number is normalised,
//! so that it is found by equality; whether it is in service is not checked.

use super::Unfit;
use super::text::{are_digits, mask, narrow};

/// A phone number as it is dialled within the country, digits only.
#[derive(Clone, PartialEq, Eq)]
pub struct Phone(String);

impl Phone {
    #[must_use]
    pub fn clear(&self) -> &str {
        &self.0
    }

    /// Shows `138****1234`, or the area code and the last three digits.
    #[must_use]
    pub fn mask(&self) -> String {
        match area(&self.0) {
            Some(area) => mask(&self.0, area, 3),
            None => mask(&self.0, 3, 4),
        }
    }
}

impl std::str::FromStr for Phone {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let text: String = narrow(text).chars().filter(|c| !"-.()/".contains(*c)).collect();
        let (international, digits) = national(&text);
        if digits.is_empty() || !are_digits(digits) {
            return Err(if digits.is_empty() { Unfit::Length } else { Unfit::Characters });
        }
        if is_mobile(digits) {
            return Ok(Self(digits.to_owned()));
        }
        let fixed =
            if international && !digits.starts_with('0') { format!("0{digits}") } else { digits.to_owned() };
        is_fixed(&fixed).map(|()| Self(fixed))
    }
}

/// The number without the country code, and true if there was one.
fn national(text: &str) -> (bool, &str) {
    let after = ["+86", "0086"].iter().find_map(|code| text.strip_prefix(code));
    // Without `+` or `00`, 86 is the country code only before a mobile.
    let after = after.or_else(|| text.strip_prefix("86").filter(|rest| is_mobile(rest)));
    after.map_or((false, text), |rest| (true, rest))
}

fn is_mobile(digits: &str) -> bool {
    digits.len() == 11
        && are_digits(digits)
        && digits.starts_with('1')
        && matches!(digits.as_bytes()[1], b'3'..=b'9')
}

fn is_fixed(digits: &str) -> Result<(), Unfit> {
    let area = area(digits).ok_or(Unfit::AreaCode)?;
    let (lengths, line) = (if area == 3 { 8..=8 } else { 7..=8 }, digits.get(area..).unwrap_or_default());
    if !lengths.contains(&line.len()) {
        return Err(Unfit::Length);
    }
    if line.starts_with(['0', '1']) { Err(Unfit::Characters) } else { Ok(()) }
}

/// Length of the area code: 010 and 02x have three digits, all others four.
fn area(digits: &str) -> Option<usize> {
    match digits.as_bytes() {
        [b'0', b'1', b'0', ..] | [b'0', b'2', _, ..] => Some(3),
        [b'0', b'3'..=b'9', ..] => Some(4),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Unfit> {
        text.parse::<Phone>().map(|phone| phone.clear().to_owned())
    }

    #[test]
    fn a_mobile_has_one_form() {
        for written in [
            "13812341234",
            "138 1234 1234",
            "138-1234-1234",
            "+86 138 1234 1234",
            "008613812341234",
            "8613812341234",
            "１３８１２３４１２３４",
            "(+86)13812341234",
        ] {
            assert_eq!(read(written).as_deref(), Ok("13812341234"), "{written}");
        }
    }

    #[test]
    fn a_fixed_line_has_its_area_code() {
        for written in ["0839-7201234", "（0839）7201234", "+86 839 7201234", "+86 0839 720 1234"] {
            assert_eq!(read(written).as_deref(), Ok("08397201234"), "{written}");
        }
        assert_eq!(read("010-62345678").as_deref(), Ok("01062345678"));
        assert_eq!(read("7201234"), Err(Unfit::AreaCode));
        assert_eq!(read("010-6234567"), Err(Unfit::Length));
        assert_eq!(read("0839-120123"), Err(Unfit::Length));
        assert_eq!(read("0839-1201234"), Err(Unfit::Characters));
    }

    #[test]
    fn anything_else_is_no_phone() {
        for wrong in
            ["", "12812341234", "1381234123", "138123412345", "abc", "+1 212 555 1234", "138****1234"]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mask_hides_the_middle() {
        let mask = |text: &str| text.parse::<Phone>().unwrap().mask();
        assert_eq!(mask("13812341234"), "138****1234");
        assert_eq!(mask("0839-7201234"), "0839****234");
        assert_eq!(mask("010-62345678"), "010*****678");
    }
}
