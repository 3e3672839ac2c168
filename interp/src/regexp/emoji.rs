//! Properties of strings (emoji sequences), which only v patterns have.
//!
//! ICU4X has none of them but Basic_Emoji, which is taken from it, as are the characters
//! of the keycaps. All other sequences are the `emojis` crate's, told apart by their
//! shape. That crate may know a later Unicode than ICU4X does: what came after
//! [`VERSION`] is left out.
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use emojis::{Emoji, UnicodeVersion};
use icu_properties::props::{self, BasicEmoji};
use icu_properties::{CodePointSetData, EmojiSetData};

use super::charset::CharSet;

/// The Unicode of `icu_properties`, at which the sequences stay.
const VERSION: UnicodeVersion = UnicodeVersion::new(17, 0);

/// The name of the union of all the others.
const UNION: &str = "RGI_Emoji";

const BASIC: &str = "Basic_Emoji";
const KEYCAP: &str = "Emoji_Keycap_Sequence";
const MODIFIER: &str = "RGI_Emoji_Modifier_Sequence";
const FLAG: &str = "RGI_Emoji_Flag_Sequence";
const TAG: &str = "RGI_Emoji_Tag_Sequence";
const ZWJ: &str = "RGI_Emoji_ZWJ_Sequence";

const JOINER: char = '\u{200D}';
const EMOJI_PRESENTATION: char = '\u{FE0F}';
const ENCLOSING_KEYCAP: char = '\u{20E3}';

/// All strings, each with the one property other than the union that it has.
static STRINGS: LazyLock<Vec<(&'static str, Vec<u32>)>> = LazyLock::new(|| {
    let sequences = emojis::iter().flat_map(with_skin_tones).filter(|e| e.unicode_version() <= VERSION);
    let sequences = sequences.filter_map(|emoji| {
        let string: Vec<char> = emoji.as_str().chars().collect();
        Some((sequence_property(&string)?, string))
    });
    let all = basic().map(|string| (BASIC, string)).chain(keycaps().map(|string| (KEYCAP, string)));
    all.chain(sequences)
        .map(|(property, string)| (property, string.into_iter().map(u32::from).collect()))
        .collect()
});

/// `emoji`, which has the default skin tone if any, and the same in the other skin tones.
fn with_skin_tones(emoji: &'static Emoji) -> impl Iterator<Item = &'static Emoji> {
    let tones = emoji.skin_tones().into_iter().flatten();
    std::iter::once(emoji).chain(tones.filter(move |&tone| tone != emoji))
}

/// The strings of Basic_Emoji: a character alone or with the emoji variation selector.
fn basic() -> impl Iterator<Item = Vec<char>> {
    let characters =
        CodePointSetData::new::<props::Emoji>().iter_ranges().flatten().filter_map(char::from_u32);
    characters.filter_map(|c| {
        let set = EmojiSetData::new::<BasicEmoji>();
        if set.contains(c) {
            return Some(vec![c]);
        }
        let string = [c, EMOJI_PRESENTATION];
        set.contains_str(&String::from_iter(string)).then(|| string.to_vec())
    })
}

/// The strings of Emoji_Keycap_Sequence, which begin with the emoji in ASCII.
fn keycaps() -> impl Iterator<Item = Vec<char>> {
    let ascii = ('\0'..='\x7F').filter(|&c| CodePointSetData::new::<props::Emoji>().contains(c));
    ascii.map(|c| vec![c, EMOJI_PRESENTATION, ENCLOSING_KEYCAP])
}

/// Which property an emoji has that is neither basic nor a keycap.
fn sequence_property(string: &[char]) -> Option<&'static str> {
    if string.contains(&JOINER) {
        return Some(ZWJ);
    }
    match *string {
        ['\u{1F1E6}'..='\u{1F1FF}', '\u{1F1E6}'..='\u{1F1FF}'] => Some(FLAG),
        [_, '\u{1F3FB}'..='\u{1F3FF}'] => Some(MODIFIER),
        [_, '\u{E0020}'..='\u{E007E}', .., '\u{E007F}'] => Some(TAG),
        _ => None,
    }
}

/// Whether `name` is a property of strings.
pub(super) fn is_property(name: &str) -> bool {
    [UNION, BASIC, KEYCAP, MODIFIER, FLAG, TAG, ZWJ].contains(&name)
}

/// The characters and strings of a property of strings.
pub(super) fn property(name: &str) -> Option<(CharSet, Vec<Vec<u32>>)> {
    if !is_property(name) {
        return None;
    }
    let (mut singles, mut strings) = (Vec::new(), Vec::new());
    for (_, string) in STRINGS.iter().filter(|&&(property, _)| name == UNION || property == name) {
        match string[..] {
            [c] => singles.push((c, c)),
            _ => strings.push(string.clone()),
        }
    }
    Some((CharSet::from_ranges(singles), strings))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_at_unicode_17() {
        let count = |name| STRINGS.iter().filter(|&&(property, _)| property == name).count();
        let counts = [BASIC, KEYCAP, MODIFIER, FLAG, TAG, ZWJ].map(count);
        assert_eq!(counts, [1400, 12, 665, 259, 3, 1614]);
        let mut strings: Vec<_> = STRINGS.iter().map(|(_, string)| string).collect();
        strings.sort();
        strings.dedup();
        assert_eq!(strings.len(), STRINGS.len());
    }

    #[test]
    fn shapes() {
        let has = |name, string: &str| {
            let string: Vec<u32> = string.chars().map(u32::from).collect();
            STRINGS.iter().any(|(property, s)| *property == name && *s == string)
        };
        assert!(has(BASIC, "\u{231A}") && has(BASIC, "\u{A9}\u{FE0F}") && has(BASIC, "\u{1F3FB}"));
        assert!(!has(BASIC, "\u{A9}") && !has(BASIC, "#") && !has(BASIC, "\u{1F1E6}"));
        assert!(has(KEYCAP, "#\u{FE0F}\u{20E3}") && has(MODIFIER, "\u{261D}\u{1F3FB}"));
        assert!(has(FLAG, "\u{1F1E9}\u{1F1EA}") && !has(FLAG, "\u{1F1E6}\u{1F1E6}"));
        assert!(has(ZWJ, "\u{1F468}\u{200D}\u{2764}\u{FE0F}\u{200D}\u{1F468}"));
    }
}
