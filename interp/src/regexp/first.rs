//! Analysis of nodes: with which units a match can begin, how long it is, how big its code is.
#![forbid(unsafe_code)]

use super::charset::CharSet;
use super::node::{Assertion, INFINITE, Node};

/// The units (below 256; all others together) with which something can begin, or the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct First {
    pub(super) low: [u64; 4],
    pub(super) high: bool,
    pub(super) end: bool,
}

impl First {
    pub(super) const NOTHING: First = First { low: [0; 4], high: false, end: false };
    pub(super) const ALL: First = First { low: [u64::MAX; 4], high: true, end: true };

    pub(super) fn contains(&self, c: u8) -> bool {
        self.low[usize::from(c >> 6)] >> (c & 63) & 1 != 0
    }

    fn add(&mut self, from: u32, to: u32) {
        for c in from..=to.min(255) {
            self.low[(c >> 6) as usize] |= 1 << (c & 63);
        }
        self.high |= to > 255;
    }

    pub(super) fn of_set(set: &CharSet) -> First {
        let mut first = First::NOTHING;
        for &(from, to) in set.ranges() {
            first.add(from, to);
        }
        first
    }

    pub(super) fn union(&self, other: &First) -> First {
        let mut low = self.low;
        low.iter_mut().zip(other.low).for_each(|(a, b)| *a |= b);
        First { low, high: self.high || other.high, end: self.end || other.end }
    }

    pub(super) fn is_disjoint(&self, other: &First) -> bool {
        self.low.iter().zip(other.low).all(|(a, b)| a & b == 0)
            && !(self.high && other.high)
            && !(self.end && other.end)
    }

    fn intersect(&self, other: &First) -> First {
        let mut low = self.low;
        low.iter_mut().zip(other.low).for_each(|(a, b)| *a &= b);
        First { low, high: self.high && other.high, end: self.end && other.end }
    }
}

/// With what a match of `node` and then of something beginning with `follow` can begin.
pub(super) fn first(node: &Node, follow: &First) -> First {
    match node {
        Node::Empty => *follow,
        Node::Char(c) => {
            let mut first = First::NOTHING;
            first.add(*c, *c);
            first
        }
        Node::Class(set) => First::of_set(set),
        Node::Seq(nodes) => nodes.iter().rev().fold(*follow, |follow, node| first(node, &follow)),
        Node::Alt(nodes) => nodes.iter().fold(First::NOTHING, |all, node| all.union(&first(node, follow))),
        Node::Capture(_, node) => first(node, follow),
        Node::Assert(Assertion::End) => follow.intersect(&First { end: true, ..First::NOTHING }),
        Node::Assert(Assertion::LineEnd) => {
            let mut line_end = First { high: true, end: true, ..First::NOTHING };
            line_end.add(10, 10);
            line_end.add(13, 13);
            follow.intersect(&line_end)
        }
        Node::Look { ahead: true, negate: false, node } => follow.intersect(&first(node, &First::ALL)),
        Node::Assert(_) | Node::Look { .. } => *follow,
        Node::BackRef { .. } | Node::NamedRef { .. } => First::ALL,
        Node::Quant { max: 0, .. } => *follow,
        Node::Quant { node, min, .. } => {
            let body = first(node, follow);
            if *min == 0 || is_nullable(node) { body.union(follow) } else { body }
        }
    }
}

/// Whether a match may be empty (or might be: references).
pub(super) fn is_nullable(node: &Node) -> bool {
    min_len(node) == 0
}

/// The least number of units.
pub(super) fn min_len(node: &Node) -> u32 {
    match node {
        Node::Char(c) => 1 + u32::from(*c > 0xFFFF),
        Node::Class(_) => 1,
        Node::Seq(nodes) => nodes.iter().fold(0, |sum, n| min_len(n).saturating_add(sum)),
        Node::Alt(nodes) => nodes.iter().map(min_len).min().unwrap_or(0),
        Node::Capture(_, node) => min_len(node),
        Node::Quant { node, min, .. } => min_len(node).saturating_mul(*min),
        _ => 0,
    }
}

/// Whether every match is empty.
pub(super) fn is_zero_width(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Assert(_) | Node::Look { .. } => true,
        Node::Seq(nodes) | Node::Alt(nodes) => nodes.iter().all(is_zero_width),
        Node::Capture(_, node) => is_zero_width(node),
        Node::Quant { node, max, .. } => *max == 0 || is_zero_width(node),
        _ => false,
    }
}

/// About how many operations the code of `node` has.
pub(super) fn size(node: &Node) -> u32 {
    match node {
        Node::Seq(nodes) => nodes.iter().fold(0, |sum, n| size(n).saturating_add(sum)),
        Node::Alt(nodes) => nodes.iter().fold(0, |sum, n| size(n).saturating_add(sum).saturating_add(2)),
        Node::Capture(_, node) | Node::Look { node, .. } => size(node).saturating_add(2),
        Node::Quant { node, min, max, .. } => {
            if is_single(node) {
                return 1;
            }
            let body = size(node);
            let copies = expansion(body, is_nullable(node), *min, *max).unwrap_or(1);
            body.saturating_add(4).saturating_mul(copies.max(1))
        }
        _ => 1,
    }
}

/// How many copies of the body a quantifier is expanded to; none if it counts instead.
pub(super) fn expansion(body: u32, nullable: bool, min: u32, max: u32) -> Option<u32> {
    let copies = match (min, max) {
        (0 | 1, INFINITE) if min == 0 || !nullable => return Some(1),
        (min, INFINITE) => min.checked_add(1)?,
        (_, max) => max,
    };
    if copies <= 1 {
        return Some(copies);
    }
    (copies <= 64 && body.saturating_mul(copies) <= 200).then_some(copies)
}

/// Whether `node` is one character of fixed kind.
pub(super) fn is_single(node: &Node) -> bool {
    matches!(node, Node::Class(_)) || matches!(node, Node::Char(c) if *c <= 0xFFFF)
}
