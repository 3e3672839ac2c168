//! What a pattern is compiled to: operations, classes, loops and tables. Immutable and shared.
//!
//! One program serves both widths of input. Registers: two for each group (start, end; [`NONE`] if
//! unset), then loop positions, counters and lookaround marks.
#![forbid(unsafe_code)]

use memchr::memmem::Finder;

use super::charset;
use super::flags::Flags;
use crate::syntax::atoms::Text;

/// A register that is not set, a table or memo that is not there.
pub(super) const NONE: u32 = u32::MAX;
/// No table or memo.
pub(super) const NO: u16 = u16::MAX;

/// One operation. "Fails" means: goes on at the latest choice.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// The whole pattern matched.
    Match,
    /// Fails.
    Fail,
    /// One unit.
    Char(u16),
    /// One of two units.
    Char2(u16, u16),
    /// Any unit.
    Any,
    /// A unit of a class.
    Class(u32),
    /// A code point of a class.
    Point(u32),
    /// Some units one after another.
    Str { start: u32, len: u32 },
    /// One unit back.
    Back,
    /// One code point back.
    BackPoint,
    /// Goes on at the next operation, and at `other` if that fails. The table says by the next unit
    /// which of both can succeed.
    Split { other: u32, table: u16, memo: u16 },
    /// Goes on at another operation.
    Jump(u32),
    /// The position into a register.
    Save(u32),
    /// Unsets groups' registers.
    Clear { from: u32, to: u32 },
    /// Fails if the position is still that of the register.
    EmptyCheck(u32),
    /// Likewise once the loop has had its minimum.
    EmptyCheckCounted { start: u32, counter: u32 },
    /// A counted loop begins.
    CounterInit(u32),
    /// The head of a counted loop: goes on at the next operation or the exit.
    CounterLoop(u32),
    /// Counts an iteration that begins.
    CounterNext(u32),
    /// A loop over one unit or code point.
    LoopOne(u32),
    /// `^`
    Start,
    /// `^` with m
    LineStart,
    /// `$`
    End,
    /// `$` with m
    LineEnd,
    /// `\b`, `\B`
    WordBoundary { negate: bool, folded: bool },
    /// A lookaround begins; its registers: height of the stack, position.
    Look(u32),
    /// A negative one, which goes on at `end` if its body fails.
    LookNot { reg: u32, end: u32 },
    /// The body of a lookaround matched.
    LookEnd(u32),
    /// The body of a negative lookaround matched.
    LookNotEnd(u32),
    /// A back reference.
    BackRef(u32),
}

/// A class: a bitmap of the Latin-1 characters, ranges for the others.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) low: [bool; 256],
    /// Ranges at or above 256.
    pub(super) high: Box<[(u32, u32)]>,
    /// The Latin-1 characters that are not in it, if they are at most three: what `memchr` looks for.
    pub(super) stops: Option<Box<[u8]>>,
}

impl Class {
    #[inline(always)]
    pub(super) fn contains(&self, c: u32) -> bool {
        if c < 256 { self.low[c as usize] } else { self.contains_high(c) }
    }

    fn contains_high(&self, c: u32) -> bool {
        match self.high[..] {
            [] => false,
            [(from, to)] => from <= c && c <= to,
            _ => charset::contains(&self.high, c),
        }
    }
}

/// What a [`LoopOne`] repeats.
#[derive(Clone, Copy, Debug)]
pub(super) enum One {
    /// A unit.
    Char(u16),
    /// Any unit.
    Any,
    /// A unit of a class.
    Class(u32),
    /// A code point of a class.
    Point(u32),
}

/// A loop over single characters.
#[derive(Debug)]
pub(super) struct LoopOne {
    pub(super) one: One,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) greedy: bool,
    /// What follows cannot begin with what is repeated (or nothing follows): never give back.
    pub(super) possessive: bool,
    /// With which units what follows can begin.
    pub(super) follow: u16,
    pub(super) memo: u16,
}

/// A loop whose iterations are counted.
#[derive(Debug)]
pub(super) struct CounterLoop {
    pub(super) reg: u32,
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) greedy: bool,
    pub(super) exit: u32,
}

/// A back reference.
#[derive(Debug)]
pub(super) struct BackRef {
    pub(super) groups: Box<[u32]>,
    pub(super) ignore_case: bool,
    pub(super) backward: bool,
}

/// By the next unit: bit 0 if the first way can succeed, bit 1 if the other can. The entry 256 is
/// for all greater units, 257 for the end.
pub(super) type Table = [u8; 258];

/// Where a match can begin.
#[derive(Debug)]
pub(super) enum StartFilter {
    /// Anywhere.
    None,
    /// At the start only.
    Anchored,
    /// With one of few bytes, and never with a unit above 255.
    Bytes(Box<[u8]>),
    /// With a literal.
    Literal(Box<Finder<'static>>, Box<[u8]>),
    /// By a table's bit 0.
    Table(Box<Table>),
}

/// A compiled pattern: immutable, to be shared between threads in an `Arc`.
#[derive(Debug)]
pub struct Program {
    pub(super) flags: Flags,
    pub(super) ops: Box<[Op]>,
    pub(super) classes: Box<[Class]>,
    pub(super) strings: Box<[u16]>,
    pub(super) loops: Box<[LoopOne]>,
    pub(super) counters: Box<[CounterLoop]>,
    pub(super) back_refs: Box<[BackRef]>,
    pub(super) tables: Box<[Table]>,
    /// For each point worth remembering: the register of the loop around it whose emptiness is
    /// checked, or [`NONE`].
    pub(super) memos: Box<[u32]>,
    pub(super) start: StartFilter,
    /// No match is shorter.
    pub(super) min_len: u32,
    pub(super) registers: u32,
    pub(super) group_count: u32,
    pub(super) names: Box<[(Text, u32)]>,
}

impl Program {
    /// The number of capturing groups, the whole match not counted.
    pub fn group_count(&self) -> usize {
        self.group_count as usize
    }

    /// Names of groups with their indices, in order of appearance; a name may stand several times.
    pub fn names(&self) -> &[(Text, u32)] {
        &self.names
    }

    /// The flags it was compiled with.
    pub fn flags(&self) -> Flags {
        self.flags
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Program>()
            + self.ops.len() * size_of::<Op>()
            + self.classes.iter().map(|c| size_of::<Class>() + c.high.len() * 8).sum::<usize>()
            + self.strings.len() * 2
            + self.loops.len() * size_of::<LoopOne>()
            + self.counters.len() * size_of::<CounterLoop>()
            + self.tables.len() * size_of::<Table>()
    }
}
