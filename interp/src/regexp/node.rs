//! The tree of a pattern: what the parser hands to the compiler.
//!
//! Flags and modifiers are resolved while parsing (they are lexical), so a node says exactly what
//! it matches. Depth is bounded by the parser's nesting limit.
#![forbid(unsafe_code)]

use super::charset::CharSet;

/// No upper bound of a quantifier.
pub(crate) const INFINITE: u32 = u32::MAX;

/// Zero-width tests of one position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assertion {
    Start,
    LineStart,
    End,
    LineEnd,
    /// `folded`: word characters include what folds to one.
    WordBoundary {
        negate: bool,
        folded: bool,
    },
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    Empty,
    /// One code point, or one unit without u and v.
    Char(u32),
    Class(CharSet),
    Seq(Vec<Node>),
    Alt(Vec<Node>),
    Capture(u32, Box<Node>),
    Assert(Assertion),
    Look {
        ahead: bool,
        negate: bool,
        node: Box<Node>,
    },
    /// The groups of which the one that took part is meant.
    BackRef {
        groups: Vec<u32>,
        ignore_case: bool,
    },
    /// A reference by name that is resolved when the pattern has been read.
    NamedRef {
        name: Vec<u16>,
        ignore_case: bool,
    },
    Quant {
        node: Box<Node>,
        min: u32,
        max: u32,
        greedy: bool,
        /// The groups within: first and one past the last.
        groups: (u32, u32),
    },
}

/// A pattern that has been read.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: Node,
    /// Capturing groups, the whole match not counted.
    pub(crate) group_count: u32,
    /// Names in order of appearance, with their groups.
    pub(crate) names: Vec<(Vec<u16>, u32)>,
}
