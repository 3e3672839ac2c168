//! What Unicode says: properties, letter case, white space, word characters.
//!
//! Properties come from ICU4X (`icu_properties` and `icu_casemap`, compiled data). They
//! stand at 2.1, which is Unicode 17 as `emoji.rs` and the test262 snapshot are; 2.4 is later.
//! `regex-syntax` has no Script_Extensions aliases of ECMAScript and an older Unicode.
#![forbid(unsafe_code)]

use std::sync::LazyLock;

use icu_casemap::CaseMapper;
use icu_properties::props::{
    ChangesWhenCasefolded, ChangesWhenLowercased, ChangesWhenUppercased, GeneralCategory,
    GeneralCategoryGroup, Script, WhiteSpace,
};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData, PropertyParser};

use super::charset::CharSet;

/// Canonicalize of the specification under ignoreCase: simple case folding with u or v, else the
/// upper case of one unit.
pub(crate) fn canonicalize(c: u32, unicode: bool) -> u32 {
    if c < 128 {
        let upper = (c as u8).is_ascii_uppercase();
        let lower = (c as u8).is_ascii_lowercase();
        return if unicode && upper || !unicode && lower { c ^ 0x20 } else { c };
    }
    let Some(ch) = char::from_u32(c) else { return c };
    if unicode {
        return u32::from(CaseMapper::new().simple_fold(ch));
    }
    if c > 0xFFFF {
        return c;
    }
    let mut upper = ch.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if u32::from(one) >= 128 && u32::from(one) <= 0xFFFF => u32::from(one),
        _ => c,
    }
}

/// The characters that case relates: `(canonical form, member)`, sorted, groups of two or more.
struct CaseTable {
    pairs: Vec<(u32, u32)>,
}

impl CaseTable {
    fn build(unicode: bool) -> CaseTable {
        let mut ranges = Vec::new();
        for set in [
            CodePointSetData::new::<ChangesWhenUppercased>(),
            CodePointSetData::new::<ChangesWhenCasefolded>(),
            CodePointSetData::new::<ChangesWhenLowercased>(),
        ] {
            ranges.extend(set.iter_ranges().map(|r| (*r.start(), *r.end())));
        }
        let cased = CharSet::from_ranges(ranges);
        let mut pairs = Vec::with_capacity(4096);
        for &(from, to) in cased.ranges() {
            for c in from..=to {
                let canonical = canonicalize(c, unicode);
                pairs.push((canonical, c));
                if canonical != c {
                    pairs.push((canonical, canonical));
                }
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        let keep: Vec<_> =
            pairs.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1).flatten().copied().collect();
        CaseTable { pairs: keep }
    }

    fn groups(&self) -> impl Iterator<Item = &[(u32, u32)]> {
        self.pairs.chunk_by(|a, b| a.0 == b.0)
    }
}

static UNITS: LazyLock<CaseTable> = LazyLock::new(|| CaseTable::build(false));
static POINTS: LazyLock<CaseTable> = LazyLock::new(|| CaseTable::build(true));

fn case_table(unicode: bool) -> &'static CaseTable {
    if unicode { &POINTS } else { &UNITS }
}

/// All characters whose canonical form is that of a member of `set`.
pub(crate) fn close_over_case(set: &CharSet, unicode: bool) -> CharSet {
    let mut ranges = set.ranges().to_vec();
    if set.is_ascii() {
        // Fast path: no table is needed, and most patterns come this way.
        for &(from, to) in set.ranges() {
            for c in from..=to {
                if (c as u8).is_ascii_alphabetic() {
                    ranges.push((c ^ 0x20, c ^ 0x20));
                    match c | 0x20 {
                        0x73 if unicode => ranges.push((0x17F, 0x17F)),
                        0x6B if unicode => ranges.push((0x212A, 0x212A)),
                        _ => {}
                    }
                }
            }
        }
    } else if !set.is_all() {
        for group in case_table(unicode).groups() {
            if group.iter().any(|&(_, c)| set.contains(c)) {
                ranges.extend(group.iter().map(|&(_, c)| (c, c)));
            }
        }
    }
    CharSet::from_ranges(ranges)
}

/// MaybeSimpleCaseFolding: each member replaced by its simple case folding.
pub(crate) fn fold(set: &CharSet) -> CharSet {
    if set.only().is_some_and(|c| c < 128 && !(c as u8).is_ascii_uppercase()) {
        return set.clone();
    }
    let mut add = Vec::new();
    for &(canonical, c) in &case_table(true).pairs {
        if set.contains(c) {
            add.push((canonical, canonical));
        }
    }
    set.subtract(&UNFOLDED).union(&CharSet::from_ranges(add))
}

/// Code points that are not their own simple case folding.
pub(crate) static UNFOLDED: LazyLock<CharSet> = LazyLock::new(|| {
    let changed = case_table(true).pairs.iter().filter(|(canonical, c)| canonical != c);
    CharSet::from_ranges(changed.map(|&(_, c)| (c, c)).collect())
});

/// `\d`
pub(crate) fn digits() -> CharSet {
    CharSet::from_ranges(vec![(0x30, 0x39)])
}

/// `\s`: WhiteSpace and LineTerminator.
pub(crate) fn space() -> CharSet {
    let mut ranges = vec![(9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A)];
    ranges.extend([(0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)]);
    CharSet::from_ranges(ranges)
}

/// `\w`: WordCharacters; `folded` when both case is ignored and u or v is set.
pub(crate) fn word(folded: bool) -> CharSet {
    let mut ranges = vec![(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
    if folded {
        ranges.extend([(0x17F, 0x17F), (0x212A, 0x212A)]);
    }
    CharSet::from_ranges(ranges)
}

/// Line terminators, which `.` does not match.
pub(crate) fn line_terminators() -> CharSet {
    CharSet::from_ranges(vec![(10, 10), (13, 13), (0x2028, 0x2029)])
}

fn collect(ranges: impl Iterator<Item = std::ops::RangeInclusive<u32>>) -> CharSet {
    CharSet::from_ranges(ranges.map(|r| (*r.start(), *r.end())).collect())
}

/// The set of `\p{name}` or `\p{name=value}`, if the specification has it.
pub(crate) fn property(name: &str, value: Option<&str>) -> Option<CharSet> {
    if let Some(value) = value {
        return match name {
            "General_Category" | "gc" => general_category(value),
            "Script" | "sc" => {
                let script = PropertyParser::<Script>::new().get_strict(value)?;
                Some(collect(CodePointMapData::<Script>::new().iter_ranges_for_value(script)))
            }
            "Script_Extensions" | "scx" => {
                let script = PropertyParser::<Script>::new().get_strict(value)?;
                Some(collect(ScriptWithExtensions::new().get_script_extensions_ranges(script)))
            }
            _ => None,
        };
    }
    if let Some(set) = general_category(name) {
        return Some(set);
    }
    match name {
        "Any" => return Some(CharSet::all()),
        "ASCII" => return Some(CharSet::from_ranges(vec![(0, 127)])),
        // `new_for_ecma262` does not know this one.
        "White_Space" | "space" => return Some(collect(CodePointSetData::new::<WhiteSpace>().iter_ranges())),
        "Assigned" => {
            let map = CodePointMapData::<GeneralCategory>::new();
            return Some(collect(map.iter_ranges_for_value_complemented(GeneralCategory::Unassigned)));
        }
        _ => {}
    }
    CodePointSetData::new_for_ecma262(name.as_bytes()).map(|set| collect(set.iter_ranges()))
}

fn general_category(name: &str) -> Option<CharSet> {
    let group = PropertyParser::<GeneralCategoryGroup>::new().get_strict(name)?;
    Some(collect(CodePointMapData::<GeneralCategory>::new().iter_ranges_for_group(group)))
}
