//! Texts as they are kept: what nobody can see is left out before a text is checked, compared or searched for, so that two
//! names that look alike are one name.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::error::{Error, ErrorCode, Result};
use crate::say;

const LONGEST: usize = 2_000;

/// A text in one line that must say something: a name, a title, a unit.
pub fn text(field: &str, text: &str) -> Result<String> {
    said(field, in_one_line(text))
}

/// A name: so short that an index of PostgreSQL holds it, in whatever script.
pub fn name(field: &str, text: &str) -> Result<String> {
    const LONGEST: usize = 200;
    let name = self::text(field, text)?;
    if name.chars().count() > LONGEST {
        let message = say!("too-long", field = field, longest = LONGEST);
        return Err(Error::field(field, ErrorCode::Invalid, message));
    }
    Ok(name)
}

/// A name to sign in with: one line of letters that nobody takes for other letters.
pub fn account_name(field: &str, text: &str) -> Result<String> {
    let name = name(field, text)?;
    let is_known = |letter: char| {
        letter.is_ascii_alphanumeric()
            || " -_.@".contains(letter)
            || ('\u{4e00}'..='\u{9fff}').contains(&letter)
    };
    if name.chars().all(is_known) {
        return Ok(name);
    }
    Err(Error::field(field, ErrorCode::Invalid, say!("account-name-letters")))
}

/// The same, where it may be missing; one in which nothing can be seen counts as missing.
pub fn optional_text(field: &str, value: Option<&str>) -> Result<Option<String>> {
    optional(field, value.map(in_one_line))
}

/// A text at length, with its lines, that must say something: a reason, a note.
pub fn prose(field: &str, text: &str) -> Result<String> {
    said(field, in_lines(text))
}

/// The same, where it may be missing; one in which nothing can be seen counts as missing.
pub fn optional_prose(field: &str, value: Option<&str>) -> Result<Option<String>> {
    optional(field, value.map(in_lines))
}

/// A number as people write it, which may have letters: digits of full width are those of ASCII.
pub fn optional_number(field: &str, value: Option<&str>) -> Result<Option<String>> {
    let number = optional(field, value.map(|text| in_one_line(text).chars().map(narrow).collect()))?;
    number.map(|number| name(field, &number)).transpose()
}

fn optional(field: &str, value: Option<String>) -> Result<Option<String>> {
    value.filter(|text| !text.is_empty()).map(|text| said(field, text)).transpose()
}

fn said(field: &str, text: String) -> Result<String> {
    // A mark shows nothing without a letter to stand on.
    if text.chars().all(|letter| is_combining_mark(letter) || letter.is_whitespace()) {
        return Err(Error::field(field, ErrorCode::Required, say!("empty", field = field)));
    }
    if text.chars().count() > LONGEST {
        let message = say!("too-long", field = field, longest = LONGEST);
        return Err(Error::field(field, ErrorCode::Invalid, message));
    }
    Ok(text)
}

/// The text in one form (NFC) and one line: without invisible characters, each run of blanks a single one.
#[must_use]
pub fn in_one_line(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text in one form (NFC): each line as in `in_one_line`, without empty lines at its ends.
#[must_use]
pub fn in_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).map(in_one_line);
    lines.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        let chooses_a_form = is_mongolian_form(letter) && shown.chars().next_back().is_some_and(is_mongolian);
        if letter.is_whitespace() || chooses_a_form || !is_invisible(letter) {
            shown.push(letter);
        }
    }
    shown.nfc().collect()
}

/// Selectors that choose the form of a Mongolian letter before them.
const fn is_mongolian_form(letter: char) -> bool {
    matches!(letter, '\u{180B}'..='\u{180F}')
}

const fn is_mongolian(letter: char) -> bool {
    matches!(letter, '\u{1820}'..='\u{18AA}')
}

/// Controls, marks of direction and joining, fillers, selectors of variants, tags, and code points that are no characters. A
/// character for private use is none of these: old registers write rare surnames with them.
fn is_invisible(letter: char) -> bool {
    let is_no_character = u32::from(letter) & 0xFFFE == 0xFFFE || matches!(letter, '\u{FDD0}'..='\u{FDEF}');
    letter.is_control()
        || is_no_character
        || matches!(
            letter,
            '\u{AD}'
                | '\u{34F}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{13430}'..='\u{13440}'
                | '\u{16FE4}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D159}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        )
}

fn narrow(letter: char) -> char {
    match letter {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_required() {
        for written in
            ["\u{16FE4}", "\u{1D159}", "\u{13430}", "\u{FFFF}", "\u{1FFFE}", "\u{301}", " \u{301} \u{20D0}"]
        {
            assert_eq!(text("name", written).unwrap_err().code(), ErrorCode::Required, "{written:?}");
        }
    }

    #[test]
    fn names_that_look_alike_are_one() {
        for written in [
            "Zoé 张伟",
            "Zoe\u{301} 张伟",
            " Zoé\u{3000}张伟\u{200B}",
            "Zoé \t\n张\u{200D}伟",
            "\u{202E}Zoé 张\u{AD}伟\u{202C}",
            "\u{FEFF}Zoé\u{A0}张\u{E0100}伟\u{FE0F}",
            "Zo\u{2060}e\u{34F}\u{301} 张伟\u{E0041}",
            "Zoé\u{85}张\u{3164}伟\u{0}",
        ] {
            assert_eq!(text("name", written).unwrap(), "Zoé 张伟", "{written:?}");
        }
        // A compatibility character is the character it stands for.
        assert_eq!(in_one_line("\u{F900}"), "\u{8C48}");
        // A rare surname of an old register, and the form of a Mongolian letter, stay as they are.
        assert_eq!(in_one_line("\u{E863}三"), "\u{E863}三");
        assert_eq!(in_one_line("\u{1820}\u{180B}"), "\u{1820}\u{180B}");
    }

    #[test]
    fn what_shows_nothing_says_nothing() {
        for written in ["", " ", "\u{200B}\u{FEFF}", "\u{3164}", "\u{2800} \u{AD}", "\u{180E}", "\u{E0020}"] {
            let Err(Error::User(refused)) = text("name", written) else { panic!("{written:?}") };
            assert_eq!(refused.code, ErrorCode::Required);
            assert_eq!(optional_text("name", Some(written)).unwrap(), None);
            assert_eq!(optional_prose("name", Some(written)).unwrap(), None);
        }
    }

    #[test]
    fn prose_keeps_its_lines() {
        assert_eq!(prose("detail", "\r\n一\u{200B} \r\n\n二\r三\u{2028}四\n ").unwrap(), "一\n\n二\n三\n四");
        assert_eq!(optional_number("number", Some("０１２－Ａ")).unwrap().as_deref(), Some("012-A"));
    }

    #[test]
    fn what_is_kept_stays_as_it_is() {
        for written in ["a\u{301}\u{200B}b  c", "\u{1100}\u{1160}\u{1161}", "e\u{34F}\u{301}"] {
            let once = in_one_line(written);
            assert_eq!(in_one_line(&once), once);
        }
    }
}
