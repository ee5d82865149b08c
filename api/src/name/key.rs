//! Search keys of a name: each suffix of it as written, in pinyin and in initials. 张伟 has 张伟, 伟, zhangwei, wei
//! and zw. Typed text is brought into the same form, so that a key begins with it if the name contains it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use pinyin::ToPinyinMulti;
use unicode_normalization::UnicodeNormalization;

use platform::check;
use platform::error::{Error, Result};

/// Characters of a name from which keys are made; the rest is left out.
const LONGEST: usize = 60;
/// Readings per character, the usual ones first: enough to include those that occur only in surnames.
const READINGS: usize = 3;
/// Spellings per suffix, where several of its characters have several readings.
const SPELLINGS: usize = 12;

/// A character of a name, simplified, with its readings; a letter or digit reads as itself.
struct Syllable {
    written: String,
    readings: Vec<String>,
}

/// All keys, without those that are a prefix of another key: a prefix search finds them anyway.
pub fn keys(name: &str) -> Result<BTreeSet<String>> {
    let syllables = syllables(name)?;
    let mut keys = BTreeSet::new();
    for from in 0..syllables.len() {
        let end = &syllables[from..];
        keys.insert(end.iter().map(|syllable| syllable.written.as_str()).collect());
        for spelling in spellings(end) {
            keys.insert(spelling.iter().filter_map(|reading| reading.chars().next()).collect());
            keys.insert(spelling.concat());
        }
    }
    let longer: Vec<String> = keys.iter().skip(1).cloned().collect();
    let begins_another = |at: usize, key: &String| longer.get(at).is_some_and(|next| next.starts_with(key));
    Ok(keys
        .iter()
        .enumerate()
        .filter(|(at, key)| !begins_another(*at, key))
        .map(|(_, key)| key.clone())
        .collect())
}

/// Brings typed text into the form of keys; `None` if it has neither letter nor digit.
pub fn typed(text: &str) -> Result<Option<String>> {
    let written: String = syllables(text)?.into_iter().map(|syllable| syllable.written).collect();
    Ok(Some(written).filter(|written| !written.is_empty()))
}

fn syllables(text: &str) -> Result<Vec<Syllable>> {
    letters(&check::in_one_line(text)).take(LONGEST).map(syllable).collect()
}

/// Keeps letters and digits alone, in lower case and of usual width, without tone marks. The dot of a name such as
/// 买买提·艾力 is written in many ways, or left out.
fn letters(text: &str) -> impl Iterator<Item = char> {
    let plain = text.nfkd().filter(|c| !('\u{300}'..='\u{36F}').contains(c)).nfc();
    plain.flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric())
}

/// Simplifies each character by itself: among others it might become another character, and a part of a name would
/// then differ from the name.
fn syllable(letter: char) -> Result<Syllable> {
    static SIMPLE: LazyLock<Result<OpenCC, String>> =
        LazyLock::new(|| OpenCC::from_config(BuiltinConfig::T2s).map_err(|error| error.to_string()));
    let simple = SIMPLE.as_ref().map_err(Error::internal)?;
    let written = simple.convert(letter.encode_utf8(&mut [0; 4]));
    let mut readings = vec![];
    for letter in [letter].into_iter().chain(written.chars()) {
        for reading in letter.to_pinyin_multi().into_iter().flatten() {
            // 吕 is typed `lv` or `lu`.
            for letter in ["v", "u"] {
                let reading = reading.plain().replace('ü', letter);
                if readings.len() < READINGS && !readings.contains(&reading) {
                    readings.push(reading);
                }
            }
        }
    }
    if readings.is_empty() {
        readings.push(written.clone());
    }
    Ok(Syllable { written, readings })
}

/// Pinyin spellings of a suffix, `SPELLINGS` at most; its first characters take all their readings first.
fn spellings(end: &[Syllable]) -> Vec<Vec<&str>> {
    let several = end.iter().map(|syllable| syllable.readings.len()).fold(1, usize::saturating_mul);
    let spelling = |nth: usize| {
        let mut rest = nth;
        let mut reading = |syllable: &'_ Syllable| {
            let at = rest % syllable.readings.len();
            rest /= syllable.readings.len();
            at
        };
        end.iter().map(|syllable| syllable.readings[reading(syllable)].as_str()).collect()
    };
    (0..several.min(SPELLINGS)).map(spelling).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(name: &str, text: &str) -> bool {
        let typed = typed(text).unwrap().unwrap();
        keys(name).unwrap().iter().any(|key| key.starts_with(&typed))
    }

    #[test]
    fn a_name_is_found_as_it_is_typed() {
        for text in [
            "张伟",
            "張偉",
            "张",
            "伟",
            "偉",
            "zhangwei",
            "ZhangWei",
            "zhang wei",
            "zhang'wei",
            "ｚｈａｎｇｗｅｉ",
            "Zhāng Wěi",
            "zhang",
            "zhangw",
            "zh",
            "wei",
            "w",
            "zw",
            "ZW",
            "ｚｗ",
            "张 伟",
        ] {
            for name in ["张伟", "張偉", "张\u{3000}伟"] {
                assert!(finds(name, text), "{text} finds {name}");
            }
        }
        for text in ["伟张", "李", "hang", "ei", "zhangweiwei", "zww", "李伟"] {
            assert!(!finds("张伟", text), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_name_is_enough() {
        for text in ["建国", "建國", "jianguo", "jg", "ouyang", "oyjg", "阳建", "欧阳建国"] {
            assert!(finds("歐陽建國", text), "{text}");
        }
        for text in ["经济", "jingji", "jjxx", "青川县经济"] {
            assert!(finds("青川县经济信息化和科学技术局", text), "{text}");
        }
    }

    /// A surname can have a reading of its own: 单 is shan as a surname, else dan.
    #[test]
    fn a_surname_is_read_as_one() {
        for (name, text) in [
            ("单雄信", "shanxiongxin"),
            ("曾国藩", "zengguofan"),
            ("仇英", "qiuying"),
            ("解珍", "xiezhen"),
            ("查良镛", "zhaliangyong"),
            ("盖叫天", "gejiaotian"),
            ("区寄", "ouji"),
            ("朴树", "piaoshu"),
            ("翟让", "zhairang"),
            ("尉迟恭", "yuchigong"),
            ("万俟卨", "moqi"),
            ("乐毅", "yueyi"),
            ("缪斯", "miaosi"),
            ("覃辉", "qinhui"),
            ("员半千", "yunbanqian"),
            ("重庆", "chongqing"),
            ("吕布", "lvbu"),
            ("吕布", "lubu"),
            ("吕布", "lǚbù"),
            ("乾隆", "qianlong"),
            ("单雄信", "sxx"),
        ] {
            assert!(finds(name, text), "{text} finds {name}");
        }
    }

    #[test]
    fn names_of_other_peoples_are_found() {
        for text in
            ["买买提", "買買提·艾力", "买买提・艾力", "买买提艾力", "艾力", "aili", "mmtal", "maimaiti.aili"]
        {
            assert!(finds("买买提·艾力", text), "{text}");
        }
        for text in ["maria", "MÜLLER", "muller", "ｍüｌ", "ler"] {
            assert!(finds("Maria Müller", text), "{text}");
        }
        assert!(finds("扎西ཚེ་རིང", "ཚེ་རིང") && finds("3组A区", "3组a") && finds("3组A区", "zuaqu"));
    }

    #[test]
    fn what_says_nothing_is_nothing() {
        for text in ["", " ", "·", "%", "_", "'\u{300}"] {
            assert_eq!(typed(text).unwrap(), None, "{text:?}");
        }
        assert!(keys("··").unwrap().is_empty());
    }

    /// Keys stay few, however many readings a name has.
    #[test]
    fn keys_are_few() {
        assert_eq!(
            keys("张伟").unwrap().into_iter().collect::<Vec<_>>(),
            ["wei", "zhangwei", "zw", "伟", "张伟"]
        );
        let rare = "单曾仇解查盖任区朴翟尉万俟乐缪覃";
        assert!(keys(rare).unwrap().len() < rare.chars().count() * (2 * SPELLINGS + 1));
        assert!(keys(&"行".repeat(2000)).unwrap().len() < LONGEST * (2 * SPELLINGS + 1));
    }
}
