//! Writing instructions: words, constants, jumps, registers beyond the reach of 8 bits.
//!
//! Operands are registers of any number. One above 255 is a *far* register: the emitter brings its
//! value into one of three scratch registers and takes written ones back, so that little else in
//! the compiler knows the limit. A function gets scratch registers only if it turns out to need
//! them: then it is compiled again with `far` set. Its near registers are then shared out: the lower
//! half to whoever comes first, the upper half to groups, which instructions must be able to name.
//! As a callee's window would lie on the far registers, such a function calls by `CallFar`.
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::Arc;

use crate::bytecode::code::{Code, Const, Handler, JumpTable, ScopeInfo};
use crate::bytecode::opcode::{Op, Operand};
use crate::syntax::ast::{Function, Target};
use crate::syntax::atoms::{Atom, Text};

use super::{CResult, CScope, CompileError, Control};

/// A register's number.
pub(crate) type Reg = u32;

/// The highest register an operand can name.
pub(crate) const NEAR: Reg = 250;

/// The first far register.
const FAR: Reg = 256;

/// In far functions, near registers from here on are for groups.
const FOR_GROUPS: Reg = 128;

/// Parameters beyond these are not placed in near registers, but taken from the kept arguments.
const PLACED_PARAMS: usize = 100;

/// Where temporaries begin: what is taken later is given back together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    near: Reg,
    far: Reg,
}

/// A forward jump: the word to be patched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jump(usize);

/// A place to jump to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label(pub usize);

/// One function being compiled.
pub(crate) struct Func<'a> {
    pub(crate) f: &'a Function<'a>,
    pub(crate) name: Text,
    pub(crate) words: Vec<u32>,
    pub(crate) consts: Vec<Const>,
    const_index: HashMap<ConstKey, u32>,
    pub(crate) ics: Vec<u32>,
    pub(crate) children: Vec<Arc<Code>>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) jump_tables: Vec<JumpTable>,
    pub(crate) infos: Vec<ScopeInfo>,
    positions: Vec<(u32, u32)>,
    next: Reg,
    max: Reg,
    next_far: Reg,
    max_far: Reg,
    /// Three low registers through which far ones are reached.
    scratch: Option<Reg>,
    /// The register of the first parameter.
    first_param: Reg,
    /// The last position of each parameter name, if there are many.
    param_index: HashMap<Atom, usize>,
    pub(crate) scopes: Vec<CScope>,
    pub(crate) controls: Vec<Control>,
    /// Register of the function's closed-over environment, and whether it is used.
    pub(crate) outer_env: Reg,
    pub(crate) outer_used: bool,
    /// Where the completion value of a script or eval goes.
    pub(crate) completion: Option<Reg>,
    /// Labels waiting for the statement they stand before.
    pub(crate) labels: Vec<crate::syntax::atoms::Atom>,
    /// Whether functions in blocks became variables of the program, by name.
    pub(crate) hoisted: HashMap<Atom, Reg>,
    /// The class this constructor belongs to has instance fields or private methods.
    pub(crate) has_fields: bool,
    /// Of a module: its function declarations, as inner functions and slots.
    pub(crate) module_functions: Vec<(u32, u32)>,
    last_jump_target: usize,
    /// The register that holds `this`, which is the same all through the function.
    pub(crate) this_reg: Option<Reg>,
    /// Captured bindings (steps or register, slot) that were found initialised since the last place that is jumped to.
    pub(crate) alive: Vec<(u32, u32)>,
    /// Where the last instruction begins.
    last_op: usize,
}

#[derive(PartialEq, Eq, Hash)]
enum ConstKey {
    Number(u64),
    Text(Text),
    BigInt(Text),
}

impl<'a> Func<'a> {
    pub(crate) fn new(f: &'a Function<'a>, name: Text, far: bool) -> Func<'a> {
        let params = if far && f.params.len() > PLACED_PARAMS { 0 } else { f.params.len() as Reg };
        let mut func = Func {
            f,
            name,
            words: Vec::new(),
            consts: Vec::new(),
            const_index: HashMap::new(),
            ics: Vec::new(),
            children: Vec::new(),
            handlers: Vec::new(),
            jump_tables: Vec::new(),
            infos: Vec::new(),
            positions: Vec::new(),
            next: params,
            max: params,
            next_far: FAR,
            max_far: 0,
            scratch: None,
            first_param: 0,
            param_index: HashMap::new(),
            scopes: Vec::new(),
            controls: Vec::new(),
            outer_env: 0,
            outer_used: false,
            completion: None,
            labels: Vec::new(),
            hoisted: HashMap::new(),
            has_fields: false,
            module_functions: Vec::new(),
            last_jump_target: 0,
            this_reg: None,
            alive: Vec::new(),
            last_op: 0,
        };
        if far {
            func.scratch = Some(func.next);
            func.next += 3;
            if !func.params_are_placed() {
                func.first_param = FAR;
                func.next_far += f.params.len() as Reg;
                func.max_far = func.next_far;
            }
        }
        if f.params.len() > 16 {
            for (i, p) in f.params.iter().enumerate() {
                if let Target::Name(name, _) = p.target {
                    func.param_index.insert(name, i);
                }
            }
        }
        func.outer_env = func.next;
        func.next += 1;
        func.max = func.next;
        func
    }

    /// Whether parameters stand in registers when the function is entered; else in its arguments.
    pub(crate) fn params_are_placed(&self) -> bool {
        !self.is_far() || self.f.params.len() <= PLACED_PARAMS
    }

    /// The register of a parameter.
    pub(crate) fn param_reg(&self, i: usize) -> Reg {
        self.first_param + i as Reg
    }

    /// The last parameter of a name.
    pub(crate) fn last_param(&self, name: Atom) -> Option<usize> {
        if !self.param_index.is_empty() {
            return self.param_index.get(&name).copied();
        }
        self.f.params.iter().rposition(|p| matches!(p.target, Target::Name(n, _) if n == name))
    }

    /// Whether the function is compiled for far registers.
    pub(crate) fn is_far(&self) -> bool {
        self.scratch.is_some()
    }

    /// A fresh register.
    pub(crate) fn temp(&mut self) -> CResult<Reg> {
        self.wide(1)
    }

    /// `n` fresh consecutive registers.
    pub(crate) fn wide(&mut self, n: u32) -> CResult<Reg> {
        let limit = if self.is_far() { FOR_GROUPS } else { NEAR };
        if self.next + n <= limit {
            return Ok(self.near(n));
        }
        if !self.is_far() {
            return Err(CompileError::NeedsFar);
        }
        let reg = self.next_far;
        self.next_far += n;
        self.max_far = self.max_far.max(self.next_far);
        if self.next_far > 60_000 {
            return Err(CompileError::limit("function needs too many registers", self.f.span.start));
        }
        Ok(reg)
    }

    fn near(&mut self, n: u32) -> Reg {
        let reg = self.next;
        self.next += n;
        self.max = self.max.max(self.next);
        reg
    }

    /// `n` fresh consecutive registers that an instruction can name as a group.
    pub(crate) fn group(&mut self, n: u32) -> CResult<Reg> {
        if self.next + n <= NEAR {
            return Ok(self.near(n));
        }
        if !self.is_far() {
            return Err(CompileError::NeedsFar);
        }
        Err(CompileError::limit("statements and patterns are nested too deeply", self.f.span.start))
    }

    /// Whether a group of `n` registers can be had now.
    pub(crate) fn group_fits(&self, n: u32) -> bool {
        self.next + n <= if self.is_far() { FOR_GROUPS } else { NEAR }
    }

    /// A mark to release temporaries back to.
    pub(crate) fn mark(&self) -> Mark {
        Mark { near: self.next, far: self.next_far }
    }

    /// Gives all registers from `mark` on back.
    pub(crate) fn release(&mut self, mark: Mark) {
        self.next = mark.near;
        self.next_far = mark.far;
    }

    /// The number of words so far; a backward jump's target.
    pub(crate) fn here(&mut self) -> Label {
        self.last_jump_target = self.words.len();
        self.alive.clear();
        Label(self.words.len())
    }

    pub(crate) fn pos(&mut self, pos: u32) {
        let at = self.words.len() as u32;
        match self.positions.last_mut() {
            Some(last) if last.1 == pos => {}
            Some(last) if last.0 == at => last.1 = pos,
            _ => self.positions.push((at, pos)),
        }
    }

    /// Emits an instruction without extra words.
    pub(crate) fn op(&mut self, op: Op, a: u32, b: u32, c: u32) {
        self.emit(op, [a, b, c], &[]);
    }

    /// Emits an instruction.
    pub(crate) fn emit(&mut self, op: Op, operands: [u32; 3], extra: &[u32]) {
        debug_assert_eq!(op.extra().len(), extra.len(), "{}", op.name());
        let mut regs = [0u8; 3];
        let mut after = [None; 3];
        for (i, kind) in op.operands().into_iter().enumerate() {
            let value = operands[i];
            regs[i] = match kind {
                Operand::None => 0,
                Operand::Imm | Operand::Base => {
                    debug_assert!(value <= 255, "{}: operand {value}", op.name());
                    value as u8
                }
                Operand::Signed => value as u8,
                Operand::Read | Operand::Write | Operand::Both if value <= NEAR => value as u8,
                _ => {
                    let scratch = self.scratch.expect("far registers come with scratch ones") + i as u32;
                    if kind != Operand::Write {
                        self.raw(Op::GetFar, [scratch as u8, 0, 0], &[value]);
                    }
                    if kind != Operand::Read {
                        after[i] = Some((scratch as u8, value));
                    }
                    scratch as u8
                }
            };
        }
        self.raw(op, regs, extra);
        for (scratch, far) in after.into_iter().flatten() {
            self.raw(Op::SetFar, [scratch, 0, 0], &[far]);
        }
    }

    /// Makes the instruction just emitted a tail call, if it is a call whose result goes to `dst`.
    pub(crate) fn make_tail_call(&mut self, dst: Reg) {
        use crate::bytecode::opcode::{ALL, Word};
        let at = self.last_op;
        let Some(&word) = self.words.get(at) else { return };
        let op = ALL[Word(word).op() as usize];
        if u32::from(Word(word).a()) != dst || at + 1 + op.extra().len() != self.words.len() {
            return;
        }
        let tail = match op {
            Op::Call => Op::TailCall,
            Op::CallMethod => Op::TailCallMethod,
            Op::CallSpread => Op::TailCallSpread,
            Op::CallEval => {
                self.words[at + 3] |= super::func::TAIL;
                return;
            }
            _ => return,
        };
        self.words[at] = word & !0xff | tail as u32;
    }

    fn raw(&mut self, op: Op, r: [u8; 3], extra: &[u32]) {
        self.last_op = self.words.len();
        self.words.push(op as u32 | u32::from(r[0]) << 8 | u32::from(r[1]) << 16 | u32::from(r[2]) << 24);
        self.words.extend_from_slice(extra);
    }

    /// Copies a register.
    pub(crate) fn mov(&mut self, to: Reg, from: Reg) {
        if to != from {
            self.op(Op::Move, to, from, 0);
        }
    }

    /// A jump to be patched: the offset is the last extra word.
    pub(crate) fn jump(&mut self, op: Op, a: u32, b: u32) -> Jump {
        self.emit(op, [a, b, 0], &[0]);
        // Jumps write no far register, so that their word is the last one.
        Jump(self.words.len() - 1)
    }

    /// A jump whose instruction has all three operands and writes A before it jumps.
    pub(crate) fn jump3(&mut self, op: Op, operands: [u32; 3]) -> CResult<Jump> {
        if operands[0] > NEAR {
            return Err(if self.scratch.is_none() {
                CompileError::NeedsFar
            } else {
                CompileError::limit("function is too complex", self.f.span.start)
            });
        }
        self.emit(op, operands, &[0]);
        Ok(Jump(self.words.len() - 1))
    }

    /// Makes a forward jump lead here.
    pub(crate) fn land(&mut self, jump: Jump) {
        self.last_jump_target = self.words.len();
        self.alive.clear();
        self.words[jump.0] = (self.words.len() - jump.0 - 1) as u32;
    }

    /// Makes forward jumps lead here.
    pub(crate) fn land_all(&mut self, jumps: Vec<Jump>) {
        for jump in jumps {
            self.land(jump);
        }
    }

    /// A backward jump.
    pub(crate) fn jump_back(&mut self, op: Op, a: u32, b: u32, to: Label) {
        let jump = self.jump(op, a, b);
        self.words[jump.0] = (to.0 as i64 - jump.0 as i64 - 1) as i32 as u32;
    }

    /// Makes a jump lead to a known label.
    pub(crate) fn land_at(&mut self, jump: Jump, to: Label) {
        self.words[jump.0] = (to.0 as i64 - jump.0 as i64 - 1) as i32 as u32;
    }

    /// Whether no code of the function looks at variables after a throw in the middle of an expression.
    pub(crate) fn catches_nothing(&self) -> bool {
        self.controls.iter().all(|c| matches!(c, Control::Target { .. }))
    }

    /// The index of a constant string.
    pub(crate) fn text(&mut self, text: &Text) -> u32 {
        self.constant(ConstKey::Text(text.clone()), || Const::Text(text.clone()))
    }

    /// The index of a constant number.
    pub(crate) fn number(&mut self, n: f64) -> u32 {
        self.constant(ConstKey::Number(n.to_bits()), || Const::Number(n))
    }

    /// The index of a constant BigInt.
    pub(crate) fn bigint(&mut self, text: &Text) -> u32 {
        self.constant(ConstKey::BigInt(text.clone()), || Const::BigInt(text.clone()))
    }

    /// The index of a constant that is never shared.
    pub(crate) fn own_const(&mut self, c: Const) -> u32 {
        self.consts.push(c);
        (self.consts.len() - 1) as u32
    }

    fn constant(&mut self, key: ConstKey, make: impl FnOnce() -> Const) -> u32 {
        let consts = &mut self.consts;
        *self.const_index.entry(key).or_insert_with(|| {
            consts.push(make());
            (consts.len() - 1) as u32
        })
    }

    /// A new inline cache for the property `name`.
    pub(crate) fn ic(&mut self, name: &Text) -> u32 {
        let key = self.text(name);
        self.ics.push(key);
        (self.ics.len() - 1) as u32
    }

    /// Loads a number.
    pub(crate) fn load_number(&mut self, dst: Reg, n: f64) {
        let int = n as i32;
        if f64::from(int) == n && i32::from(int as i16) == int && !(n == 0.0 && n.is_sign_negative()) {
            if dst > NEAR {
                let scratch = self.scratch.expect("far registers come with scratch ones");
                self.raw(Op::LoadInt, [scratch as u8, int as u8, (int >> 8) as u8], &[]);
                self.raw(Op::SetFar, [scratch as u8, 0, 0], &[dst]);
            } else {
                self.raw(Op::LoadInt, [dst as u8, int as u8, (int >> 8) as u8], &[]);
            }
        } else {
            let k = self.number(n);
            self.emit(Op::LoadConst, [dst, 0, 0], &[k]);
        }
    }

    /// Loads a string.
    pub(crate) fn load_text(&mut self, dst: Reg, text: &Text) {
        let k = self.text(text);
        self.emit(Op::LoadConst, [dst, 0, 0], &[k]);
    }

    /// The current end of the words, for handler ranges.
    pub(crate) fn at(&self) -> u32 {
        self.words.len() as u32
    }

    /// Protects `start..end` (nothing if empty).
    pub(crate) fn protect(&mut self, start: u32, end: u32, target: Label) {
        if start < end {
            self.handlers.push(Handler { start, end, target: target.0 as u32 });
        }
    }

    /// The registers a frame needs.
    pub(crate) fn registers(&self) -> u32 {
        self.max.max(self.max_far)
    }

    /// The position table, and everything shifted by the prologue that loads the outer environment.
    pub(crate) fn finish_prologue(&mut self) -> Vec<(u32, u32)> {
        let mut positions = std::mem::take(&mut self.positions);
        if self.outer_used {
            let words = std::mem::take(&mut self.words);
            // The register is allocated first, and so always near unless there are 250 parameters.
            let reg = self.outer_env;
            self.emit(Op::LoadFuncEnv, [reg, 0, 0], &[]);
            let shift = self.words.len() as u32;
            self.words.extend(words);
            for p in &mut positions {
                p.0 += shift;
            }
            for h in &mut self.handlers {
                h.start += shift;
                h.end += shift;
                h.target += shift;
            }
        }
        positions
    }
}
