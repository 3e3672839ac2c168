//! Inputs of both widths, as the matcher sees them.
#![forbid(unsafe_code)]

use super::program::{Class, Table};

/// A code unit: `u8` (Latin-1) or `u16` (UTF-16).
pub(super) trait Unit: Copy + Eq {
    /// Whether units may be surrogates.
    const WIDE: bool;
    fn value(self) -> u32;
    /// The index into a [`Table`].
    fn index(self) -> usize;
    /// Whether the class has the unit.
    fn is_in(self, class: &Class) -> bool;
    /// Where the first of `bytes` (one to three) is in `units`.
    fn find(units: &[Self], bytes: &[u8]) -> Option<usize>;
    /// Where the literal is in `units`.
    fn find_literal(units: &[Self], finder: &memchr::memmem::Finder<'_>, literal: &[u8]) -> Option<usize>;
}

impl Unit for u8 {
    const WIDE: bool = false;

    #[inline(always)]
    fn value(self) -> u32 {
        u32::from(self)
    }

    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self)
    }

    #[inline(always)]
    fn is_in(self, class: &Class) -> bool {
        class.low[usize::from(self)]
    }

    #[inline]
    fn find(units: &[u8], bytes: &[u8]) -> Option<usize> {
        match *bytes {
            [a] => memchr::memchr(a, units),
            [a, b] => memchr::memchr2(a, b, units),
            [a, b, c] => memchr::memchr3(a, b, c, units),
            _ => None,
        }
    }

    #[inline]
    fn find_literal(units: &[u8], finder: &memchr::memmem::Finder<'_>, _: &[u8]) -> Option<usize> {
        finder.find(units)
    }
}

impl Unit for u16 {
    const WIDE: bool = true;

    #[inline(always)]
    fn value(self) -> u32 {
        u32::from(self)
    }

    #[inline(always)]
    fn index(self) -> usize {
        usize::from(self).min(256)
    }

    #[inline(always)]
    fn is_in(self, class: &Class) -> bool {
        class.contains(u32::from(self))
    }

    #[inline]
    fn find(units: &[u16], bytes: &[u8]) -> Option<usize> {
        match *bytes {
            [a] => units.iter().position(|&u| u == u16::from(a)),
            [a, b] => units.iter().position(|&u| u == u16::from(a) || u == u16::from(b)),
            [a, b, c] => {
                units.iter().position(|&u| u == u16::from(a) || u == u16::from(b) || u == u16::from(c))
            }
            _ => None,
        }
    }

    #[inline]
    fn find_literal(units: &[u16], _: &memchr::memmem::Finder<'_>, literal: &[u8]) -> Option<usize> {
        let mut from = 0;
        loop {
            from += units[from..].iter().position(|&u| u == u16::from(literal[0]))?;
            let rest = units.get(from..from + literal.len())?;
            if rest.iter().zip(literal).all(|(&u, &b)| u == u16::from(b)) {
                return Some(from);
            }
            from += 1;
        }
    }
}

/// The table's entry for what is at `pos`.
#[inline(always)]
pub(super) fn entry<T: Unit>(table: &Table, units: &[T], pos: usize) -> u8 {
    match units.get(pos) {
        Some(u) => table[u.index()],
        None => table[257],
    }
}

fn is_high(c: u32) -> bool {
    c & 0xFC00 == 0xD800
}

fn is_low(c: u32) -> bool {
    c & 0xFC00 == 0xDC00
}

/// Whether `pos` is between the halves of a pair.
#[inline]
pub(super) fn splits_pair<T: Unit>(units: &[T], pos: usize) -> bool {
    T::WIDE && pos > 0 && pos < units.len() && is_low(units[pos].value()) && is_high(units[pos - 1].value())
}

/// The code point at `pos` and where it ends.
#[inline(always)]
pub(super) fn point_at<T: Unit>(units: &[T], pos: usize) -> Option<(u32, usize)> {
    let c = units.get(pos)?.value();
    if T::WIDE
        && is_high(c)
        && let Some(low) = units.get(pos + 1)
        && is_low(low.value())
    {
        return Some((0x10000 + ((c - 0xD800) << 10) + (low.value() - 0xDC00), pos + 2));
    }
    Some((c, pos + 1))
}

/// Where the code point before `pos` begins.
#[inline(always)]
pub(super) fn point_before<T: Unit>(units: &[T], pos: usize) -> Option<usize> {
    let before = pos.checked_sub(1)?;
    Some(if splits_pair(units, before) { before - 1 } else { before })
}
