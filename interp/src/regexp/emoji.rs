//! Properties of strings (emoji sequences), which only v patterns have.

use super::charset::CharSet;

/// Whether `name` is a property of strings.
pub(super) fn is_property(name: &str) -> bool {
    NAMES.contains(&name)
}

const NAMES: &[&str] = &[
    "Basic_Emoji",
    "Emoji_Keycap_Sequence",
    "RGI_Modifier_Sequence",
    "RGI_Flag_Sequence",
    "RGI_Emoji_Modifier_Sequence",
    "RGI_Emoji_Flag_Sequence",
    "RGI_Emoji_Tag_Sequence",
    "RGI_Emoji_ZWJ_Sequence",
    "RGI_Emoji",
];

/// The characters and strings of a property of strings.
pub(super) fn property(name: &str) -> Option<(CharSet, Vec<Vec<u32>>)> {
    is_property(name).then(Default::default)
}
