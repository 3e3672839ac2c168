//! Sets of code points as sorted ranges: what a class of a pattern denotes once it is read.
//!
//! Invariant: ranges are inclusive, ascending, and neither overlap nor touch.
#![forbid(unsafe_code)]

/// The greatest code point.
pub(crate) const MAX: u32 = 0x10_FFFF;

/// A set of code points (or of code units, which are below 65536).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct CharSet {
    ranges: Vec<(u32, u32)>,
}

impl CharSet {
    pub(crate) fn new() -> CharSet {
        CharSet::default()
    }

    pub(crate) fn all() -> CharSet {
        CharSet { ranges: vec![(0, MAX)] }
    }

    pub(crate) fn single(c: u32) -> CharSet {
        CharSet { ranges: vec![(c, c)] }
    }

    /// From ranges in any order.
    pub(crate) fn from_ranges(mut ranges: Vec<(u32, u32)>) -> CharSet {
        ranges.sort_unstable();
        let mut out: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match out.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => out.push((from, to)),
            }
        }
        CharSet { ranges: out }
    }

    pub(crate) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    pub(crate) fn is_all(&self) -> bool {
        self.ranges == [(0, MAX)]
    }

    pub(crate) fn contains(&self, c: u32) -> bool {
        contains(&self.ranges, c)
    }

    /// Whether all members are ASCII.
    pub(crate) fn is_ascii(&self) -> bool {
        self.ranges.last().is_none_or(|r| r.1 < 128)
    }

    /// The only member, if there is exactly one.
    pub(crate) fn only(&self) -> Option<u32> {
        match self.ranges[..] {
            [(from, to)] if from == to => Some(from),
            _ => None,
        }
    }

    /// The two members, if there are exactly two.
    pub(crate) fn pair(&self) -> Option<(u32, u32)> {
        match self.ranges[..] {
            [(a, b), (c, d)] if a == b && c == d => Some((a, c)),
            [(a, b)] if a + 1 == b => Some((a, b)),
            _ => None,
        }
    }

    pub(crate) fn union(&self, other: &CharSet) -> CharSet {
        let mut ranges = self.ranges.clone();
        ranges.extend_from_slice(&other.ranges);
        CharSet::from_ranges(ranges)
    }

    pub(crate) fn complement(&self) -> CharSet {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(from, to) in &self.ranges {
            if from > next {
                ranges.push((next, from - 1));
            }
            next = to + 1;
        }
        if next <= MAX {
            ranges.push((next, MAX));
        }
        CharSet { ranges }
    }

    pub(crate) fn intersect(&self, other: &CharSet) -> CharSet {
        let (mut i, mut j) = (0, 0);
        let mut ranges = Vec::new();
        while i < self.ranges.len() && j < other.ranges.len() {
            let (a, b) = (self.ranges[i], other.ranges[j]);
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from <= to {
                ranges.push((from, to));
            }
            if a.1 < b.1 {
                i += 1;
            } else {
                j += 1;
            }
        }
        CharSet { ranges }
    }

    pub(crate) fn subtract(&self, other: &CharSet) -> CharSet {
        self.intersect(&other.complement())
    }
}

/// Whether `c` is in one of the sorted `ranges`.
#[inline]
pub(crate) fn contains(ranges: &[(u32, u32)], c: u32) -> bool {
    let after = ranges.partition_point(|r| r.0 <= c);
    after > 0 && ranges[after - 1].1 >= c
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algebra() {
        let a = CharSet::from_ranges(vec![(10, 20), (5, 9), (30, 40)]);
        assert_eq!(a.ranges(), [(5, 20), (30, 40)]);
        let b = CharSet::from_ranges(vec![(15, 35)]);
        assert_eq!(a.intersect(&b).ranges(), [(15, 20), (30, 35)]);
        assert_eq!(a.subtract(&b).ranges(), [(5, 14), (36, 40)]);
        assert_eq!(a.union(&b).ranges(), [(5, 40)]);
        assert_eq!(a.complement().complement(), a);
        assert!(a.contains(20) && !a.contains(21) && a.contains(30) && !a.contains(4));
        assert!(CharSet::new().complement().is_all());
    }
}
