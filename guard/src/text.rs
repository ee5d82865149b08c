//! The scan before the parser, which goes as deep as brackets do, and so may not be given every text: sizes and
//! nesting, told by brackets that stand outside strings and comments.

use crate::Limits;
use crate::refusal::{Limit, Refusal};

/// Looks at each byte once, and no further than a limit lets it.
pub fn scan(text: &str, limits: &Limits, tokens: &mut u64) -> Result<(), Refusal> {
    Limit::Bytes.hold(text.len() as u64, limits.bytes)?;
    let mut rest = text.as_bytes();
    let mut nesting = 0_u64;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => {
                rest = after;
                continue;
            }
            b'#' => after.trim_start_with(|byte| byte != b'\n' && byte != b'\r'),
            b'"' => string(after)?,
            byte if of_name(byte) => {
                let past = after.trim_start_with(of_name);
                Limit::Name.hold((rest.len() - past.len()) as u64, limits.name)?;
                past
            }
            b'{' | b'(' | b'[' => {
                nesting += 1;
                Limit::Nesting.hold(nesting, limits.nesting)?;
                after
            }
            b'}' | b')' | b']' => {
                nesting = nesting.saturating_sub(1);
                after
            }
            _ => after,
        };
        *tokens += 1;
        Limit::Tokens.hold(*tokens, limits.tokens)?;
    }
    Ok(())
}

const fn of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What comes after a string whose first quotation mark has been read. One without an end is refused here: the parser
/// would read it in another way, and brackets would count that do not count here.
pub fn string(rest: &[u8]) -> Result<&[u8], Refusal> {
    let endless = || Refusal::syntax("a string has no end");
    let Some(mut rest) = rest.strip_prefix(b"\"\"") else {
        let mut bytes = rest.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => return Ok(bytes.as_slice()),
                b'\n' | b'\r' => break,
                b'\\' => drop(bytes.next()),
                _ => {}
            }
        }
        return Err(endless());
    };
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(b"\"\"\"") {
            return Ok(after);
        }
        rest = rest.strip_prefix(b"\\\"\"\"").unwrap_or(&rest[1..]);
    }
    Err(endless())
}

trait Trim {
    fn trim_start_with(&self, goes: impl Fn(u8) -> bool) -> &Self;
}

impl Trim for [u8] {
    fn trim_start_with(&self, goes: impl Fn(u8) -> bool) -> &Self {
        let stays = self.iter().position(|byte| !goes(*byte)).unwrap_or(self.len());
        &self[stays..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> Result<u64, Refusal> {
        let (mut tokens, limits) = (0, Limits { nesting: 3, ..Limits::default() });
        scan(text, &limits, &mut tokens).map(|()| tokens)
    }

    #[test]
    fn tokens_are_counted_outside_comments() {
        assert_eq!(scanned("\u{feff}query A($b: [C!]) { d, e } # f { { { {\n"), Ok(16));
        assert_eq!(scanned(r#"{ a(b: "{{{{\"{{{{", c: """{{{ \""" {{{ """) }"#), Ok(11));
    }

    #[test]
    fn brackets_nest_so_deep() {
        assert_eq!(scanned("{ a(b: [1]) a(b: [1]) }"), Ok(18));
        let deep = Refusal::Exceeded { what: Limit::Nesting, asked: 4, limit: 3 };
        assert_eq!(scanned("{ a(b: [[1"), Err(deep.clone()));
        assert_eq!(scanned(r#"{ a(b: "}}}}") { b { c { d"#), Err(deep.clone()));
        assert_eq!(scanned("}}}} { { { {"), Err(deep));
    }

    #[test]
    fn a_string_that_does_not_end_hides_nothing() {
        for text in [r#"{ a(b: "c"#, "{ a(b: \"c\n{{{{\"", r#"{ a(b: """{{{{{{ "" "#, r#"{ a(b: """ \""""#] {
            assert!(matches!(scanned(text), Err(Refusal::Syntax { .. })), "{text}");
        }
    }
}
