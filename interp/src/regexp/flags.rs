//! The flags of a pattern.
#![forbid(unsafe_code)]

use super::PatternError;
use crate::syntax::atoms::Text;

/// Which of `dgimsuvy` are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// `d`: the caller wants the indices of groups.
    pub has_indices: bool,
    /// `g`
    pub global: bool,
    /// `i`
    pub ignore_case: bool,
    /// `m`
    pub multiline: bool,
    /// `s`
    pub dot_all: bool,
    /// `u`
    pub unicode: bool,
    /// `v`
    pub unicode_sets: bool,
    /// `y`
    pub sticky: bool,
}

impl Flags {
    /// Reads flags; each may stand once, and not both `u` and `v`.
    pub fn parse(text: &Text) -> Result<Flags, PatternError> {
        let mut flags = Flags::default();
        for (offset, unit) in text.units().enumerate() {
            let flag = match u8::try_from(unit).unwrap_or(0) {
                b'd' => &mut flags.has_indices,
                b'g' => &mut flags.global,
                b'i' => &mut flags.ignore_case,
                b'm' => &mut flags.multiline,
                b's' => &mut flags.dot_all,
                b'u' => &mut flags.unicode,
                b'v' => &mut flags.unicode_sets,
                b'y' => &mut flags.sticky,
                _ => return Err(PatternError::new("invalid regular expression flag", offset)),
            };
            if std::mem::replace(flag, true) {
                return Err(PatternError::new("duplicate regular expression flag", offset));
            }
        }
        if flags.unicode && flags.unicode_sets {
            return Err(PatternError::new("flags u and v exclude each other", 0));
        }
        Ok(flags)
    }

    /// Whether the pattern sees code points instead of code units.
    pub fn full_unicode(self) -> bool {
        self.unicode || self.unicode_sets
    }
}
