//! Escapes that the parser does not know: `\u{…}`, and two surrogates that are one character. They are written in a way
//! that it knows. Whatever comes after a string stays in its place: blanks take the room that is left.

use std::borrow::Cow;
use std::fmt::Write;

/// A text that has been scanned, in which strings end.
pub fn known(text: &str) -> Cow<'_, str> {
    let is_odd = ["\\u{", "\\uD", "\\ud"].iter().any(|odd| text.contains(odd));
    if !is_odd {
        return text.into();
    }
    let (mut written, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(['"', '#']) {
        written.push_str(&rest[..at]);
        rest = &rest[at..];
        let (part, after) = rest.split_at(end(rest));
        if part.starts_with('"') && !part.starts_with("\"\"\"") {
            string(part, &mut written);
        } else {
            written.push_str(part);
        }
        rest = after;
    }
    written.push_str(rest);
    written.into()
}

/// Where a string or a comment that begins a text ends.
fn end(text: &str) -> usize {
    if text.starts_with('#') {
        return text.find(['\n', '\r']).unwrap_or(text.len());
    }
    let rest = crate::text::string(&text.as_bytes()[1..]).unwrap_or_default();
    text.len() - rest.len()
}

/// Writes a string, and then as many blanks as it has become shorter.
fn string(part: &str, written: &mut String) {
    let (mut rest, mut shorter) = (part, 0);
    while let Some(at) = rest.find('\\') {
        written.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some((character, length)) = braced(rest).or_else(|| pair(rest)) else {
            // An escape of two characters at least: what is escaped begins none.
            let next = rest.char_indices().nth(2).map_or(rest.len(), |(at, _)| at);
            written.push_str(&rest[..next]);
            rest = &rest[next..];
            continue;
        };
        let code = u32::from(character);
        if code <= 0xFFFF {
            // What may not stand in a string as it is stays an escape.
            let _ = write!(written, "\\u{code:04X}");
            shorter += length.saturating_sub(6);
        } else {
            written.push(character);
            shorter += length - 1;
        }
        rest = &rest[length..];
    }
    written.push_str(rest);
    written.extend(std::iter::repeat_n(' ', shorter));
}

/// `\u{1F600}`, and how long it is.
fn braced(text: &str) -> Option<(char, usize)> {
    let digits = text.strip_prefix("\\u{")?.split_once('}')?.0;
    let is_number = (1..=8).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let code = is_number.then(|| u32::from_str_radix(digits, 16).ok())??;
    Some((char::from_u32(code)?, digits.len() + 4))
}

/// `\uD83D\uDE00`, and how long it is.
fn pair(text: &str) -> Option<(char, usize)> {
    let half = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let halves = [half(text)?, half(text.get(6..)?)?];
    let character = char::decode_utf16(halves).next()?.ok()?;
    (u32::from(character) > 0xFFFF).then_some((character, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_written_as_the_parser_knows_them() {
        for (text, same) in [
            (r#"{ a(b: "\u{9752}川") c }"#, r#"{ a(b: "\u9752川"  ) c }"#),
            (r#"{ a(b: "\uD873\uDC56") c }"#, "{ a(b: \"\u{2CC56}\"           ) c }"),
            (
                r#"{ a(b: "\ud873\udc56\u{2CC56}") c }"#,
                "{ a(b: \"\u{2CC56}\u{2CC56}\"                   ) c }",
            ),
            (r#"{ a(b: "\u{22}\u{5c}\u{a}\u{0}") }"#, r#"{ a(b: "\u0022\u005C\u000A\u0000") }"#),
            (r#"{ a(b: "\u{0001F600}") }"#, "{ a(b: \"\u{1F600}\"           ) }"),
        ] {
            assert_eq!(known(text), same);
        }
    }

    #[test]
    fn all_else_stays_as_it_is() {
        for text in [
            r#"{ a(b: "\\u{9752} \\uD873\\uDC56") }"#,
            r#"{ a(b: """\u{9752}\uD873\uDC56""") }"#,
            "{ a # \"\\u{9752}\n }",
            r#"{ a(b: "\uD873") }"#,
            r#"{ a(b: "\uDC56\uD873") }"#,
            r#"{ a(b: "\uD873x\uDC56") }"#,
            r#"{ a(b: "\u{D873}\u{DC56}") }"#,
            r#"{ a(b: "\u{110000}\u{}\u{-1}\u{000000041}\u{x}\u{41") }"#,
            r#"{ a(b: "\u9752 \uD8川") }"#,
        ] {
            assert_eq!(known(text), text);
        }
    }
}
