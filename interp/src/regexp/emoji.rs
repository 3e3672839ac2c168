//! Properties of strings (emoji sequences), which only v patterns have.
//!
//! ICU4X has none of them but Basic_Emoji, so the sequences are in `emoji.txt`.

use super::charset::CharSet;

const DATA: &str = include_str!("emoji.txt");

/// The name of the union of all the others.
const UNION: &str = "RGI_Emoji";

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    DATA.lines().filter(|line| !line.starts_with("# ")).filter_map(|line| line.split_once(' '))
}

/// Whether `name` is a property of strings.
pub(super) fn is_property(name: &str) -> bool {
    name == UNION || lines().any(|(property, _)| property == name)
}

/// The characters and strings of a property of strings.
pub(super) fn property(name: &str) -> Option<(CharSet, Vec<Vec<u32>>)> {
    if !is_property(name) {
        return None;
    }
    let (mut singles, mut strings) = (Vec::new(), Vec::new());
    for (_, list) in lines().filter(|(property, _)| name == UNION || *property == name) {
        for string in list.split(' ') {
            let string: Vec<u32> = string.chars().map(u32::from).collect();
            match string[..] {
                [c] => singles.push((c, c)),
                _ => strings.push(string),
            }
        }
    }
    Some((CharSet::from_ranges(singles), strings))
}
