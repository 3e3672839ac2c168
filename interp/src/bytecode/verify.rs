//! The verifier: what the dispatch loop relies on, checked against the table of operations.
//!
//! Handlers read their operands without looking: a register is within the window, an index within its table, a jump
//! leads to the start of an instruction (obligation 1 of `vm/dispatch.rs`). The emitter keeps to that; this checks that
//! it did. It runs over every function that is compiled in builds with debug assertions, so over all that the tests
//! compile. Code comes from the compiler of this process alone: there is no other way in, so release builds trust it.
#![forbid(unsafe_code)]

use super::code::{Code, Const};
use super::opcode::{ALL, Op, Operand, Word};

/// Where code breaks the rules, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The word of the instruction.
    pub at: usize,
    /// The rule.
    pub what: String,
}

/// Checks one function, not those inside it. Linear in its length.
///
/// # Errors
/// The first flaw.
pub fn verify(code: &Code) -> Result<(), Flaw> {
    let starts = starts(code)?;
    let mut at = 0;
    let mut last = None;
    while at < code.words.len() {
        let instruction = Instruction { code, starts: &starts, at };
        instruction.check()?;
        last = Some((at, instruction.op()));
        at += instruction.size();
    }
    match last {
        Some((_, op)) if leaves(op) => {}
        Some((at, op)) => return Err(flaw(at, format!("{} lets the end of the code be reached", op.name()))),
        None => return Err(flaw(0, "no instruction".into())),
    }
    for h in &code.handlers {
        let (start, end, target) = (h.start as usize, h.end as usize, h.target as usize);
        if start > end || end > code.words.len() {
            return Err(flaw(start, format!("a handler's range ends at {end}")));
        }
        if !is_start(&starts, target) || Word(code.words[target]).op() != Op::Catch as u8 {
            return Err(flaw(target, "a handler that begins with no Catch".into()));
        }
    }
    Ok(())
}

fn flaw(at: usize, what: String) -> Flaw {
    Flaw { at, what }
}

fn is_start(starts: &[bool], at: usize) -> bool {
    starts.get(at).copied().unwrap_or(false)
}

/// Whether control never goes on behind the operation.
fn leaves(op: Op) -> bool {
    matches!(
        op,
        Op::Return
            | Op::ReturnUndef
            | Op::ReturnDerived
            | Op::Jump
            | Op::Throw
            | Op::ThrowTdz
            | Op::ThrowConst
            | Op::ThrowError
    )
}

/// For every word whether an instruction starts there.
fn starts(code: &Code) -> Result<Vec<bool>, Flaw> {
    let mut starts = vec![false; code.words.len()];
    let mut at = 0;
    while at < code.words.len() {
        starts[at] = true;
        let number = Word(code.words[at]).op();
        let Some(op) = ALL.get(number as usize) else {
            return Err(flaw(at, format!("no operation {number}")));
        };
        at += 1 + op.extra().len();
    }
    if at > code.words.len() { Err(flaw(code.words.len(), "words are missing".into())) } else { Ok(starts) }
}

struct Instruction<'c> {
    code: &'c Code,
    starts: &'c [bool],
    at: usize,
}

impl Instruction<'_> {
    fn word(&self) -> Word {
        Word(self.code.words[self.at])
    }

    fn op(&self) -> Op {
        ALL[self.word().op() as usize]
    }

    fn extra(&self, i: usize) -> u32 {
        self.code.words[self.at + 1 + i]
    }

    fn size(&self) -> usize {
        1 + self.op().extra().len()
    }

    fn check(&self) -> Result<(), Flaw> {
        let (op, word) = (self.op(), self.word());
        for (kind, value) in op.operands().into_iter().zip([word.a(), word.b(), word.c()]) {
            match kind {
                Operand::Write | Operand::Read | Operand::Both | Operand::Base => {
                    self.registers(u32::from(value), 1)?;
                }
                _ => {}
            }
        }
        for (i, kind) in op.extra().iter().enumerate() {
            let value = self.extra(i);
            match kind {
                Operand::Jump => {
                    self.lands((self.at + self.size()) as i64 + i64::from(value as i32))?;
                }
                Operand::Const => self.constant(value)?,
                Operand::Ic => {
                    let key = self.entry(value, &self.code.ics, "cache")?;
                    if !matches!(self.code.consts.get(*key as usize), Some(Const::Text(_))) {
                        return self.broken(format!("the name of cache {value} is no text"));
                    }
                }
                Operand::Child => drop(self.entry(value, &self.code.children, "inner function")?),
                // Arguments that are not mapped onto slots have no scope.
                Operand::Scope if op == Op::CreateArguments && word.b() == 0 => {}
                Operand::Scope => drop(self.entry(value, &self.code.scopes, "scope")?),
                _ => {}
            }
        }
        self.windows()?;
        self.words()
    }

    /// Runs of registers.
    fn windows(&self) -> Result<(), Flaw> {
        let word = self.word();
        let (a, b, c) = (u32::from(word.a()), u32::from(word.b()), u32::from(word.c()));
        match self.op() {
            Op::Call
            | Op::CallMethod
            | Op::TailCall
            | Op::TailCallMethod
            | Op::New
            | Op::SuperNew
            | Op::CallEval => self.registers(b, 2 + c),
            Op::CallSpread | Op::TailCallSpread | Op::NewSpread | Op::SuperCall | Op::IterNext => {
                self.registers(b, 3)
            }
            Op::NewLiteral | Op::ArrayOf | Op::Intrinsic => self.registers(b, c),
            Op::GetIterator | Op::IterClose | Op::IterCloseThrow => self.registers(a, 3),
            Op::IterResult => self.registers(c, 3),
            Op::NewClass | Op::GetNameCall => self.registers(a, 2),
            _ => Ok(()),
        }
    }

    /// Words with a meaning of their own.
    fn words(&self) -> Result<(), Flaw> {
        match self.op() {
            Op::GetFar | Op::SetFar | Op::GetSuper => self.registers(self.extra(0), 1),
            Op::SetSuper => self.registers(self.extra(0) & 0x7fff_ffff, 1),
            Op::CallFar => self.registers(self.extra(0), self.extra(1).saturating_add(2)),
            Op::CopyProps => self.registers(self.extra(0), self.extra(1)),
            Op::CallEval => self.registers(self.extra(1), 1),
            Op::NewClass => self.registers(self.extra(2), 1),
            Op::NewLiteral => {
                let count = u32::from(self.word().c());
                let end = self.extra(0).saturating_add(count.max(1) - 1);
                self.entry(end, &self.code.ics, "cache").map(drop)
            }
            Op::JumpTable => {
                let table = self.entry(self.extra(0), &self.code.jump_tables, "jump table")?;
                let end = (self.at + self.size()) as i64;
                let there = table.targets.iter().filter(|&&t| t != super::code::JumpTable::NONE);
                there.copied().try_for_each(|t| self.lands(end + i64::from(t)))
            }
            Op::IterNext => {
                // A fast step skips the instruction behind it. Asynchronous iterators, whose results are awaited
                // first, are never fast.
                let next = self.code.words.get(self.at + self.size()).map(|&w| Word(w).op());
                if next == Some(Op::IterResult as u8) || next == Some(Op::Await as u8) {
                    return Ok(());
                }
                self.broken("neither IterResult nor Await follows".into())
            }
            Op::TemplateObject => match self.code.consts.get(self.extra(0) as usize) {
                Some(Const::Template(_)) => Ok(()),
                _ => self.broken("its constant is no template".into()),
            },
            _ => Ok(()),
        }
    }

    fn broken(&self, what: String) -> Result<(), Flaw> {
        Err(flaw(self.at, format!("{}: {what}", self.op().name())))
    }

    fn registers(&self, first: u32, count: u32) -> Result<(), Flaw> {
        let end = first.saturating_add(count);
        if end <= self.code.registers {
            return Ok(());
        }
        self.broken(format!("registers {first}..{end} of {}", self.code.registers))
    }

    fn lands(&self, target: i64) -> Result<(), Flaw> {
        match usize::try_from(target) {
            Ok(target) if is_start(self.starts, target) => Ok(()),
            _ => self.broken(format!("a jump to {target}, where no instruction starts")),
        }
    }

    fn entry<'t, T>(&self, index: u32, table: &'t [T], what: &str) -> Result<&'t T, Flaw> {
        table
            .get(index as usize)
            .ok_or_else(|| flaw(self.at, format!("{}: {what} {index} of {}", self.op().name(), table.len())))
    }

    fn constant(&self, index: u32) -> Result<(), Flaw> {
        let constant = self.entry(index, &self.code.consts, "constant")?;
        let any = matches!(self.op(), Op::LoadConst | Op::TemplateObject);
        if any || matches!(constant, Const::Text(_)) {
            return Ok(());
        }
        self.broken(format!("constant {index} is no text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const TEXT: &str = "let n = 0; for (const x of [1, 2]) { if (x > 1) n += `${x}`.length; } n;";

    /// The code of `TEXT`, changed.
    fn changed(change: impl FnOnce(&mut Code)) -> Result<(), Flaw> {
        let script = crate::Script::compile("verify.js", TEXT).expect("a program");
        let mut code = Arc::try_unwrap(script.code).expect("nobody else has the code");
        change(&mut code);
        verify(&code)
    }

    /// Where the first instruction of an operation with such an operand or word stands.
    fn find(code: &Code, wanted: impl Fn(Op) -> bool) -> usize {
        let starts = starts(code).expect("whole instructions");
        (0..code.words.len())
            .find(|&at| starts[at] && wanted(ALL[Word(code.words[at]).op() as usize]))
            .expect("the text has one")
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut Code), what: &str) {
        let flaw = changed(change).expect_err(what);
        assert!(flaw.what.contains(what), "{flaw:?}");
    }

    #[test]
    fn what_the_compiler_makes_is_whole() {
        assert_eq!(changed(|_| ()), Ok(()));
    }

    #[test]
    fn each_rule_is_looked_at() {
        let jumps = |op: Op| op.extra().first() == Some(&Operand::Jump);
        let writes = |op: Op| op.operands()[0] == Operand::Write;
        refused(|c| c.words[0] |= 0xff, "no operation");
        refused(|c| c.registers = 1, "registers");
        refused(
            |c| {
                let at = find(c, writes);
                c.words[at] |= 0xff00;
            },
            "registers",
        );
        refused(
            |c| {
                let at = find(c, jumps);
                c.words[at + 1] = c.words.len() as u32;
            },
            "a jump",
        );
        refused(|c| c.ics = Box::new([]), "cache");
        refused(|c| c.consts = Box::new([]), "");
        refused(|c| c.handlers[0].target = 0, "Catch");
        refused(|c| c.handlers[0].end = u32::MAX, "range");
        refused(|c| c.words = c.words[..c.words.len() - 1].into(), "");
        refused(|c| c.words = Box::new([]), "no instruction");
    }
}
