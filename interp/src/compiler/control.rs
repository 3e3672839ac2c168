//! Ways out of statements: `break`, `continue` and `return` through loops, iterators and `finally`.
//!
//! Every statement that can be left early stands on the control stack. Leaving walks the stack
//! outwards: an iterator is closed, a `finally` is entered with a number that says how to go on,
//! and its end goes on with the rest of the walk.
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::atoms::Atom;

use super::emitter::{Jump, Label, Reg};
use super::{CResult, Compiler};

/// How a statement is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// To the end of the control at this depth.
    Break(usize),
    /// To the next iteration of the loop at this depth.
    Continue(usize),
    /// Out of the function with the value in a register.
    Return(Reg),
}

/// A statement that can be left early.
pub(crate) enum Control {
    /// A loop or `switch` (`continues` is `None`) or labelled statement (not `plain`).
    Target {
        labels: Vec<Atom>,
        /// `break` without a label means this.
        plain: bool,
        breaks: Vec<Jump>,
        continues: Option<Vec<Jump>>,
    },
    /// A for-of loop or pattern over the iterator record in a register.
    Iterator { base: Reg, start: u32, ranges: Vec<(u32, u32)>, is_async: bool },
    /// A `try` with a `finally`.
    Finally {
        kind: Reg,
        value: Reg,
        entries: Vec<Jump>,
        exits: Vec<Exit>,
        start: u32,
        ranges: Vec<(u32, u32)>,
    },
    /// A `finally` of a program: left early, its completion value is the whole's.
    Completion { from: Reg, to: Reg },
    /// A `try` whose block is protected by a `catch`: ranges are cut while leaving.
    Catch { start: u32, ranges: Vec<(u32, u32)> },
}

impl<'a> super::Compiler<'a> {
    pub(crate) fn break_to(&mut self, label: Option<Atom>) -> CResult<()> {
        let depth = self.find(|labels, plain, _| match label {
            Some(l) => labels.contains(&l),
            None => plain,
        });
        self.leave(Exit::Break(depth), self.controls_len())
    }

    pub(crate) fn continue_to(&mut self, label: Option<Atom>) -> CResult<()> {
        let depth = self.find(|labels, _, is_loop| is_loop && label.is_none_or(|l| labels.contains(&l)));
        self.leave(Exit::Continue(depth), self.controls_len())
    }

    fn controls_len(&self) -> usize {
        self.funcs.last().map_or(0, |f| f.controls.len())
    }

    fn find(&mut self, test: impl Fn(&[Atom], bool, bool) -> bool) -> usize {
        let controls = &self.cur().controls;
        controls
            .iter()
            .rposition(|c| match c {
                Control::Target { labels, plain, continues, .. } => test(labels, *plain, continues.is_some()),
                _ => false,
            })
            .expect("the parser checks jump targets")
    }

    /// Emits the way out, from the control below `from` outwards.
    pub(crate) fn leave(&mut self, exit: Exit, from: usize) -> CResult<()> {
        // Ranges of the handlers we pass are cut: what is emitted now is outside of them.
        let mut cut = Vec::new();
        let mut done = false;
        for depth in (0..from).rev() {
            let at = self.cur().at();
            enum Step {
                Nothing,
                Close(Reg, bool),
                Complete(Reg, Reg),
                Arrive,
                Finally,
            }
            let step = match &mut self.cur().controls[depth] {
                Control::Target { .. } => match exit {
                    Exit::Break(d) | Exit::Continue(d) if d == depth => Step::Arrive,
                    _ => Step::Nothing,
                },
                Control::Iterator { base, start, ranges, is_async } => {
                    ranges.push((*start, at));
                    cut.push(depth);
                    Step::Close(*base, *is_async)
                }
                Control::Catch { start, ranges } => {
                    ranges.push((*start, at));
                    cut.push(depth);
                    Step::Nothing
                }
                Control::Finally { .. } => Step::Finally,
                Control::Completion { from, to } => Step::Complete(*from, *to),
            };
            match step {
                Step::Nothing => {}
                Step::Complete(from, to) => self.cur().mov(to, from),
                Step::Close(base, is_async) => self.iter_close(base, is_async)?,
                Step::Arrive => {
                    let jump = self.cur().jump(Op::Jump, 0, 0);
                    if let Control::Target { breaks, continues, .. } = &mut self.cur().controls[depth] {
                        match exit {
                            Exit::Continue(_) => continues.as_mut().expect("a loop").push(jump),
                            _ => breaks.push(jump),
                        }
                    }
                    done = true;
                }
                Step::Finally => {
                    let (kind, value, number) = {
                        let Control::Finally { kind, value, exits, .. } = &mut self.cur().controls[depth]
                        else {
                            unreachable!("just matched")
                        };
                        let kept = match exit {
                            Exit::Return(_) => Exit::Return(*value),
                            e => e,
                        };
                        let number = match exits.iter().position(|e| *e == kept) {
                            Some(i) => i,
                            None => {
                                exits.push(kept);
                                exits.len() - 1
                            }
                        };
                        (*kind, *value, number)
                    };
                    if let Exit::Return(reg) = exit {
                        self.cur().mov(value, reg);
                    }
                    self.cur().load_number(kind, (number + 2) as f64);
                    let jump = self.cur().jump(Op::Jump, 0, 0);
                    if let Control::Finally { entries, .. } = &mut self.cur().controls[depth] {
                        entries.push(jump);
                    }
                    done = true;
                }
            }
            if done {
                break;
            }
        }
        if !done {
            match exit {
                Exit::Return(reg) => self.emit_return(reg)?,
                _ => unreachable!("a jump has a target"),
            }
        }
        let at = self.cur().at();
        for depth in cut {
            match &mut self.cur().controls[depth] {
                Control::Iterator { start, .. } | Control::Catch { start, .. } => *start = at,
                _ => {}
            }
        }
        Ok(())
    }

    /// Closes an iterator on the normal way; awaits what `return` gives if it is an async one.
    pub(crate) fn iter_close(&mut self, base: Reg, is_async: bool) -> CResult<()> {
        if is_async {
            let mark = self.mark();
            let g = self.cur().group(3)?;
            for i in 0..3 {
                self.cur().mov(g + i, base + i);
            }
            let result = self.temp()?;
            self.emit(Op::Intrinsic, [result, g, 3], &[super::intrinsics::ASYNC_CLOSE]);
            let skip = self.cur().jump(Op::JumpHole, result, 0);
            let call = self.call_group(0)?;
            self.cur().mov(call, result);
            self.cur().mov(call + 1, g);
            self.emit_call(result, call, 0);
            self.await_value(result, result)?;
            self.op(Op::CheckObject, result, 0, 0);
            self.cur().land(skip);
            self.release(mark);
        } else {
            self.op(Op::IterClose, base, 0, 0);
        }
        Ok(())
    }

    /// `return` with a value: through everything that stands between.
    pub(crate) fn return_value(&mut self, reg: Reg) -> CResult<()> {
        let from = self.controls_len();
        self.leave(Exit::Return(reg), from)
    }

    /// Protects all ranges of a control with the handler at `target`.
    pub(crate) fn protect_all(&mut self, ranges: &[(u32, u32)], target: Label) {
        for &(start, end) in ranges {
            self.cur().protect(start, end, target);
        }
    }
}

impl Compiler<'_> {
    /// Puts a jump target on the control stack, with the labels waiting for it.
    pub(crate) fn push_target(&mut self, plain: bool, is_loop: bool) {
        let labels = std::mem::take(&mut self.cur().labels);
        self.cur().controls.push(Control::Target {
            labels,
            plain,
            breaks: Vec::new(),
            continues: is_loop.then(Vec::new),
        });
    }

    /// `continue` arrives here.
    pub(crate) fn land_continues(&mut self) {
        let jumps = match self.cur().controls.last_mut() {
            Some(Control::Target { continues: Some(c), .. }) => std::mem::take(c),
            _ => Vec::new(),
        };
        self.cur().land_all(jumps);
    }

    /// Takes the target off; `break` arrives here.
    pub(crate) fn pop_target(&mut self) {
        if let Some(Control::Target { breaks, .. }) = self.cur().controls.pop() {
            self.cur().land_all(breaks);
        }
    }
}

impl<'a> Compiler<'a> {
    /// Runs `finalizer` whichever way `body` is left; it gets the registers of how that was (0 at its
    /// end, 1 by a throw, else a jump) and of what was thrown or is returned.
    pub(crate) fn finally(
        &mut self,
        body: impl FnOnce(&mut Self) -> CResult<()>,
        finalizer: impl FnOnce(&mut Self, Reg, Reg) -> CResult<()>,
    ) -> CResult<()> {
        let kind = self.temp()?;
        let value = self.temp()?;
        let start = self.cur().at();
        self.cur().controls.push(Control::Finally {
            kind,
            value,
            entries: Vec::new(),
            exits: Vec::new(),
            start,
            ranges: Vec::new(),
        });
        body(self)?;
        let Some(Control::Finally { entries, exits, start, mut ranges, .. }) = self.cur().controls.pop()
        else {
            unreachable!("pushed above")
        };
        let end = self.cur().at();
        ranges.push((start, end));
        self.cur().load_number(kind, 0.0);
        let normal = self.cur().jump(Op::Jump, 0, 0);
        let target = self.cur().here();
        self.protect_all(&ranges, target);
        self.op(Op::Catch, value, 0, 0);
        self.cur().load_number(kind, 1.0);
        self.cur().land(normal);
        self.cur().land_all(entries);
        finalizer(self, kind, value)?;
        let not_thrown = self.cur().jump(Op::JSeqI, kind, 0);
        let skip = self.cur().jump(Op::JSeqI, kind, 1);
        for (i, exit) in exits.into_iter().enumerate() {
            let yes = if i + 2 < 128 {
                self.cur().jump(Op::JSeqI, kind, (i + 2) as u32)
            } else {
                let mark = self.mark();
                let number = self.temp()?;
                self.cur().load_number(number, (i + 2) as f64);
                self.release(mark);
                self.cur().jump(Op::JSeq, kind, number)
            };
            let no = self.cur().jump(Op::Jump, 0, 0);
            self.cur().land(yes);
            let from = self.cur().controls.len();
            self.leave(exit, from)?;
            self.cur().land(no);
        }
        self.cur().land(skip);
        self.op(Op::Throw, value, 0, 0);
        self.cur().land(not_thrown);
        Ok(())
    }
}
