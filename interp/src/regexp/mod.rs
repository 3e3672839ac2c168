//! Regular expressions: pattern text → tree → program → matches.
//!
//! Independent of the heap and the VM. [`check`] is the parser's hook for early errors, [`compile`]
//! makes a [`Program`], and [`Program::exec`] searches within a [`Budget`]. All of ES2026 and
//! Annex B; see spec clause 22.2.
//!
//! Read: `parser.rs` and `class.rs` (grammar, early errors), `first.rs` and `compile.rs` (choices
//! and loops), `exec.rs` (the matcher).
#![forbid(unsafe_code)]

mod charset;
mod class;
mod compile;
mod emoji;
mod exec;
mod first;
mod flags;
mod input;
mod node;
mod parser;
mod program;
mod unicode;

pub use flags::Flags;
pub use program::Program;

use crate::syntax::atoms::Text;

/// Why a pattern or its flags are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// What is wrong.
    pub message: String,
    /// Where, in code units of the pattern (or of the flags, if those are wrong).
    pub offset: usize,
}

impl PatternError {
    fn new(message: &str, offset: usize) -> PatternError {
        PatternError { message: message.to_string(), offset }
    }
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "invalid regular expression: {} (at {})", self.message, self.offset)
    }
}

impl std::error::Error for PatternError {}

/// Compiles a pattern.
///
/// ```
/// use interp::regexp::{Input, Scratch, Unlimited, compile};
/// use interp::syntax::atoms::Text;
/// let program = compile(&Text::from_utf8("(\\d+)-(\\d+)"), &Text::from_utf8("")).unwrap();
/// let found = program.exec(Input::Latin1(b"tel 12-345"), 0, &mut Scratch::new(), &mut Unlimited);
/// assert_eq!(*found.unwrap().unwrap(), [Some((4, 10)), Some((4, 6)), Some((7, 10))]);
/// ```
pub fn compile(pattern: &Text, flags: &Text) -> Result<Program, PatternError> {
    let flags = Flags::parse(flags)?;
    let tree = parser::parse(pattern, flags, true)?;
    compile::compile(&tree, flags)
}

/// Only the errors of a pattern: what the parser of scripts asks of a literal.
pub fn check(pattern: &Text, flags: &Text) -> Result<(), String> {
    let checked = Flags::parse(flags).and_then(|flags| parser::parse(pattern, flags, false));
    checked.map(|_| ()).map_err(|error| error.to_string())
}

/// A string to search.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// Units below 256.
    Latin1(&'a [u8]),
    /// Any units.
    Utf16(&'a [u16]),
}

/// A match: start and end of each group in code units, the whole match first.
pub type Captures = Box<[Option<(usize, usize)>]>;

/// A limit was reached; the search has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop;

/// What a search may use. Both are asked before.
pub trait Budget {
    /// Takes steps of matching; called about every thousand steps.
    fn charge(&mut self, steps: u32) -> Result<(), Stop>;
    /// Takes bytes by which the scratch memory is about to grow.
    fn memory(&mut self, bytes: usize) -> Result<(), Stop>;
}

/// A budget without limits.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unlimited;

impl Budget for Unlimited {
    fn charge(&mut self, _: u32) -> Result<(), Stop> {
        Ok(())
    }

    fn memory(&mut self, _: usize) -> Result<(), Stop> {
        Ok(())
    }
}

/// Memory that searches use again and again: stack, registers, what is remembered.
#[derive(Debug, Default)]
pub struct Scratch {
    stack: Vec<exec::Frame>,
    registers: Vec<u32>,
    memo: Vec<u64>,
}

impl Scratch {
    /// Nothing yet.
    pub fn new() -> Scratch {
        Scratch::default()
    }

    /// How many bytes it holds: what was charged as memory and not yet given back.
    pub fn bytes(&self) -> usize {
        self.stack.capacity() * size_of::<exec::Frame>()
            + self.registers.capacity() * size_of::<u32>()
            + self.memo.capacity() * size_of::<u64>()
    }

    /// Gives the memory back.
    pub fn release(&mut self) {
        *self = Scratch::default();
    }

    fn begin(&mut self, registers: usize, budget: &mut dyn Budget) -> Result<(), Stop> {
        self.stack.clear();
        self.registers.clear();
        let more = registers.saturating_sub(self.registers.capacity());
        if more > 0 {
            budget.memory(registers * size_of::<u32>())?;
            self.registers.reserve_exact(registers);
        }
        self.registers.resize(registers, program::NONE);
        Ok(())
    }

    /// Makes room for more frames.
    #[cold]
    fn grow(&mut self, budget: &mut dyn Budget) -> Result<(), Stop> {
        let more = self.stack.capacity().clamp(64, 1 << 20);
        if self.stack.len() >= program::NONE as usize - more {
            return Err(Stop);
        }
        budget.memory(more * size_of::<exec::Frame>())?;
        self.stack.try_reserve_exact(more).map_err(|_| Stop)
    }
}
