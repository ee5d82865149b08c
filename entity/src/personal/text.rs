//! Reading texts as people write them, with full-width digits and blanks between groups; masks of names and addresses.

/// Character that replaces a hidden one.
pub(super) const STAR: char = '*';

/// The text without blanks and invisible marks, its full-width characters in ASCII.
pub(super) fn narrow(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_whitespace() && !is_mark(*c));
    shown.map(ascii).collect()
}

/// Marks of direction, width and form that come along when a number is copied.
const fn is_mark(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

fn ascii(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c => c,
    }
}

pub(super) fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True for a long number as a spreadsheet shows it: `5.10822E+17`.
pub(super) fn is_scientific(text: &str) -> bool {
    let Some((digits, power)) = text.split_once(['E', 'e']) else { return false };
    let power = power.trim_start_matches('+');
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !power.is_empty()
        && are_digits(power)
}

/// Replaces all characters by stars, except the first `head` and the last `tail`.
pub(super) fn mask(text: &str, head: usize, tail: usize) -> String {
    let last = text.chars().count().saturating_sub(tail);
    let hidden = |at| at >= head && at < last;
    text.chars().enumerate().map(|(at, c)| if hidden(at) { STAR } else { c }).collect()
}

/// True if the text holds a star: somebody sent a mask instead of the value.
#[must_use]
pub fn is_masked(text: &str) -> bool {
    narrow(text).contains(STAR)
}

/// Shows the first character of a name only, such as 张*.
#[must_use]
pub fn name_mask(name: &str) -> String {
    let mut characters = name.chars();
    let first: String = characters.by_ref().take(1).collect();
    first + &"*".repeat(characters.count().max(1))
}

/// Shows an address up to 村 or 社区 and hides the rest; hides all of it if neither occurs.
#[must_use]
pub fn address_mask(address: &str) -> String {
    let end = |word: &str| address.find(word).map(|at| at + word.len());
    let village = [end("村"), end("社区")].into_iter().flatten().min().unwrap_or(0);
    format!("{}***", &address[..village])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_first_character() {
        assert_eq!([name_mask("张三"), name_mask("欧阳建国"), name_mask("李")], ["张*", "欧***", "李*"]);
    }

    #[test]
    fn an_address_is_cut_at_the_village() {
        assert_eq!(address_mask("乔庄镇张家村3组12号"), "乔庄镇张家村***");
        assert_eq!(address_mask("城关镇南街社区5栋村民楼"), "城关镇南街社区***");
        assert_eq!(address_mask("解放路12号"), "***");
    }

    #[test]
    fn numbers_are_narrowed() {
        assert_eq!(narrow(" １３８\u{200E} 1234\u{3000}５678\u{FEFF}"), "13812345678");
        assert_eq!(narrow("０８３９－７２０"), "0839-720");
        assert!(is_scientific("5.10822E+17") && is_scientific("6.22E18") && !is_scientific("510822E"));
    }
}
