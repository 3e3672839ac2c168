//! Names to places: registers, environment slots, the global object, or a search at run time.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use crate::bytecode::code::{FreePlace, ScopeInfo, SlotKind};
use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::Atom;

use super::emitter::Reg;
use super::{CResult, Compiler, FUNCTION, NEW_TARGET, THIS};

/// What environments outside of a function begin to be counted from, beyond all registers.
const OUTER: u32 = 1 << 20;

/// Where a binding lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loc {
    /// A register of the function.
    Reg(Reg),
    /// A slot of the scope's environment.
    Env(u32),
    /// The global object or the global declarative record.
    Global,
    /// An import cell of the module.
    Import(u32),
}

/// A binding during compilation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) loc: Loc,
    pub(crate) kind: BindingKind,
    /// Its declaration was compiled already, in this function.
    pub(crate) initialized: bool,
}

/// A scope during compilation.
pub(crate) struct CScope {
    pub(crate) kind: ScopeKind,
    /// The register that holds its environment, if it has one.
    pub(crate) env: Option<Reg>,
    pub(crate) names: HashMap<Atom, Slot>,
    /// Names may come to be here at run time: `with`, or a function with sloppy direct eval.
    pub(crate) dynamic: bool,
    /// Statements here need not run in the order they are written.
    pub(crate) is_switch: bool,
    /// The register of what is to be disposed of when the scope ends.
    pub(crate) resources: Option<Reg>,
}

/// What a name was found to be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Reg(Reg, Slot),
    /// An environment's register or number of steps out of the closure's environment, and a slot.
    Env(Reg, u32, Slot),
    Outer(u32, u32, Slot),
    Import(u32),
    Global,
    /// To be searched by name from the environment in the register on.
    Dynamic(Reg),
}

pub(crate) fn slot_kind(kind: BindingKind) -> SlotKind {
    match kind {
        BindingKind::Let | BindingKind::Class => SlotKind::Let,
        BindingKind::Const | BindingKind::Import => SlotKind::Const,
        BindingKind::FunctionName => SlotKind::FunctionName,
        _ => SlotKind::Var,
    }
}

/// Bindings that are uninitialised until their declaration runs.
pub(crate) fn has_tdz(kind: BindingKind) -> bool {
    use BindingKind::{AwaitUsing, Class, Const, Let, Using};
    matches!(kind, Let | Const | Class | Using | AwaitUsing)
}

impl<'a> Compiler<'a> {
    /// Enters a scope: registers and, if something is captured, an environment record.
    /// `with_object` is the object of a `with` scope.
    pub(crate) fn enter_scope(&mut self, id: ScopeId, hidden: bool, is_switch: bool) -> CResult<()> {
        let scope = self.scope(id);
        // Its environment's register may have held another's.
        self.cur().alive.clear();
        let f = self.cur().f;
        let global_script = scope.kind == ScopeKind::Script || (scope.kind == ScopeKind::Eval && !f.strict);
        let var_scope = matches!(scope.kind, ScopeKind::Function | ScopeKind::FunctionBody);
        let dynamic = var_scope && f.has_eval && !f.strict;
        let mut names = HashMap::new();
        let mut info = ScopeInfo { is_var_scope: dynamic, ..ScopeInfo::default() };
        if hidden {
            for (i, name) in [THIS, FUNCTION, NEW_TARGET].into_iter().enumerate() {
                let kind = BindingKind::Const;
                names.insert(name, Slot { loc: Loc::Env(i as u32), kind, initialized: true });
            }
            info.slots = 3;
        }
        let mut holes = Vec::new();
        let mapped = scope.kind == ScopeKind::Function
            && f.simple_params
            && !f.strict
            && scope.bindings.iter().any(|b| b.kind == BindingKind::Arguments);
        for b in scope.bindings {
            let kind = match b.kind {
                // Parameters with expressions among them are dead until they are bound.
                BindingKind::Param if f.has_param_exprs => BindingKind::Let,
                BindingKind::Using | BindingKind::AwaitUsing => BindingKind::Const,
                kind => kind,
            };
            let b = &Binding { kind, ..*b };
            let lexical = has_tdz(b.kind);
            if global_script && scope.kind == ScopeKind::Eval && !lexical && self.options.direct {
                // Declared in the caller's variable environment, and found there by name.
                continue;
            }
            let imported = (b.kind == BindingKind::Import).then(|| self.import_loc(b.name, info.slots));
            let loc = if let Some(Loc::Import(i)) = imported {
                info.names.push((self.text(b.name).clone(), i, SlotKind::Import));
                Loc::Import(i)
            } else if global_script && (scope.kind == ScopeKind::Script || !lexical) {
                Loc::Global
            } else if b.captured || scope.kind == ScopeKind::Module || mapped && b.kind == BindingKind::Param
            {
                info.slots += 1;
                let slot_kind = match b.kind {
                    // With expressions among the parameters, `var`s of evals there are further out.
                    BindingKind::Arguments if f.has_param_exprs => SlotKind::Let,
                    kind => slot_kind(kind),
                };
                info.names.push((self.text(b.name).clone(), info.slots - 1, slot_kind));
                Loc::Env(info.slots - 1)
            } else {
                // Parameters with plain names already have their registers.
                let placed =
                    b.kind == BindingKind::Param && f.simple_params && scope.kind == ScopeKind::Function;
                let param = if placed { self.cur().last_param(b.name) } else { None };
                match param {
                    Some(i) => Loc::Reg(self.cur().param_reg(i)),
                    None => {
                        let reg = self.temp()?;
                        match b.kind {
                            BindingKind::Var | BindingKind::Function => self.op(Op::LoadUndef, reg, 0, 0),
                            _ if lexical && is_switch => holes.push(reg),
                            _ => {}
                        }
                        Loc::Reg(reg)
                    }
                }
            };
            names.insert(b.name, Slot { loc, kind: b.kind, initialized: !lexical });
        }
        if mapped {
            info.params = f
                .params
                .iter()
                .enumerate()
                .map(|(i, p)| {
                    let Target::Name(name, _) = p.target else { return u32::MAX };
                    let last = self.cur().last_param(name);
                    match names.get(&name) {
                        Some(Slot { loc: Loc::Env(slot), .. }) if last == Some(i) => *slot,
                        _ => u32::MAX,
                    }
                })
                .collect();
        }
        let needs_env = info.slots > 0 || dynamic;
        let is_module = scope.kind == ScopeKind::Module;
        let env = if is_module {
            // Linking made it: see `compiler/module.rs`.
            let func = self.cur();
            func.infos.push(info);
            func.outer_used = true;
            Some(func.outer_env)
        } else if needs_env {
            let reg = self.temp()?;
            let parent = self.current_env();
            self.cur().infos.push(info);
            let index = (self.cur().infos.len() - 1) as u32;
            self.emit(Op::NewEnv, [reg, parent, 0], &[index]);
            Some(reg)
        } else {
            None
        };
        for reg in holes {
            self.op(Op::LoadHole, reg, 0, 0);
        }
        self.cur().scopes.push(CScope { kind: scope.kind, env, names, dynamic, is_switch, resources: None });
        // `var`s and functions of an environment start undefined, not uninitialised.
        if let Some(env) = env.filter(|_| !is_module) {
            let undefined = scope
                .bindings
                .iter()
                .filter(|b| matches!(b.kind, BindingKind::Var | BindingKind::Function) && !global_script);
            let mark = self.mark();
            let mut loaded = None;
            for b in undefined {
                let Some(Slot { loc: Loc::Env(slot), .. }) =
                    self.cur().scopes.last().and_then(|s| s.names.get(&b.name)).copied()
                else {
                    continue;
                };
                let reg = match loaded {
                    Some(reg) => reg,
                    None => {
                        let reg = self.temp()?;
                        self.op(Op::LoadUndef, reg, 0, 0);
                        loaded = Some(reg);
                        reg
                    }
                };
                self.set_env_slot(reg, env, slot);
            }
            self.release(mark);
        }
        Ok(())
    }

    /// Leaves the innermost scope. Its registers are released by the caller's mark.
    pub(crate) fn leave_scope(&mut self) {
        self.cur().scopes.pop();
    }

    pub(crate) fn set_env_slot(&mut self, value: Reg, env: Reg, slot: u32) {
        if slot < 256 {
            self.op(Op::SetEnv, value, env, slot);
        } else {
            self.emit(Op::SetEnvWide, [value, env, 0], &[slot]);
        }
    }

    fn get_env_slot(&mut self, dst: Reg, env: Reg, slot: u32, checked: Option<Atom>) {
        match checked {
            Some(name) if slot < 256 => {
                let k = self.text_const(name);
                self.emit(Op::GetEnvChecked, [dst, env, slot], &[k]);
            }
            _ if slot < 256 => self.op(Op::GetEnv, dst, env, slot),
            checked => {
                self.emit(Op::GetEnvWide, [dst, env, 0], &[slot]);
                if let Some(name) = checked {
                    let k = self.text_const(name);
                    self.emit(Op::CheckTdz, [dst, 0, 0], &[k]);
                }
            }
        }
    }

    /// The register of the innermost environment.
    pub(crate) fn current_env(&mut self) -> Reg {
        let func = self.cur();
        match func.scopes.iter().rev().find_map(|s| s.env) {
            Some(reg) => reg,
            None => {
                func.outer_used = true;
                func.outer_env
            }
        }
    }

    /// Finds a name.
    pub(crate) fn resolve(&mut self, name: Atom) -> Place {
        let last = self.funcs.len() - 1;
        // Number of environments passed outside the current function.
        let mut hops = 0;
        let mut dynamic = false;
        let hidden = name == THIS || name == FUNCTION || name == NEW_TARGET;
        for (depth, func) in self.funcs.iter().enumerate().rev() {
            for scope in func.scopes.iter().rev() {
                if let Some(slot) = scope.names.get(&name).copied() {
                    if dynamic && !hidden {
                        let env = self.current_env();
                        return Place::Dynamic(env);
                    }
                    match slot.loc {
                        Loc::Reg(reg) => {
                            debug_assert_eq!(depth, last, "a captured name lives in an environment");
                            return Place::Reg(reg, slot);
                        }
                        Loc::Env(i) if depth == last => {
                            return Place::Env(scope.env.expect("a scope with slots has one"), i, slot);
                        }
                        Loc::Env(i) => return self.outer(hops, i, slot),
                        Loc::Global => return Place::Global,
                        Loc::Import(i) => return Place::Import(i),
                    }
                }
                dynamic |= scope.dynamic;
                if depth < last && scope.env.is_some() {
                    hops += 1;
                }
            }
        }
        if hidden {
            return Place::Global;
        }
        if self.lone {
            let place = self.free.get(&name).copied();
            return match place {
                Some(FreePlace::Outer(out, slot, kind)) if !dynamic => {
                    self.outer(hops + out, slot, Slot { loc: Loc::Env(slot), kind, initialized: false })
                }
                Some(FreePlace::Import(i)) if !dynamic => Place::Import(i),
                None if !dynamic => Place::Global,
                _ => Place::Dynamic(self.current_env()),
            };
        }
        if dynamic || self.options.is_eval && self.options.direct {
            let env = self.current_env();
            return Place::Dynamic(env);
        }
        Place::Global
    }

    fn outer(&mut self, hops: u32, slot: u32, s: Slot) -> Place {
        self.cur().outer_used = true;
        Place::Outer(hops, slot, Slot { initialized: false, ..s })
    }

    /// The register of an environment `hops` steps out of the closure's; may be a temporary.
    fn outer_env(&mut self, hops: u32) -> CResult<Reg> {
        let base = self.cur().outer_env;
        if hops == 0 {
            return Ok(base);
        }
        let reg = self.temp()?;
        let mut from = base;
        let mut left = hops;
        while left > 0 {
            let n = left.min(255);
            self.op(Op::OuterEnv, reg, from, n);
            from = reg;
            left -= n;
        }
        Ok(reg)
    }

    /// Loads a name's value. `typeof_safe`: an unresolvable name is undefined.
    pub(crate) fn load_name(&mut self, name: Atom, dst: Reg, typeof_safe: bool, pos: u32) -> CResult<()> {
        self.pos(pos);
        match self.resolve(name) {
            Place::Reg(reg, slot) => {
                self.check_tdz_reg(name, reg, slot);
                self.cur().mov(dst, reg);
            }
            Place::Env(env, i, slot) => {
                let checked =
                    (has_tdz(slot.kind) && (!slot.initialized || self.in_switch(name))).then_some(name);
                let checked = checked.filter(|_| self.may_be_dead(env, i));
                self.get_env_slot(dst, env, i, checked);
            }
            Place::Outer(hops, i, slot) => {
                let mark = self.mark();
                let env = self.outer_env(hops)?;
                let checked = (has_tdz(slot.kind) && name != THIS && name != FUNCTION && name != NEW_TARGET)
                    .then_some(name);
                let checked = checked.filter(|_| self.may_be_dead(OUTER + hops, i));
                self.get_env_slot(dst, env, i, checked);
                self.release(mark);
            }
            Place::Import(i) => {
                let k = self.text_const(name);
                self.emit(Op::GetImport, [dst, 0, 0], &[i, k]);
            }
            Place::Global => {
                let ic = self.ic(name);
                let op = if typeof_safe { Op::GetGlobalOrUndef } else { Op::GetGlobal };
                self.emit(op, [dst, 0, 0], &[ic]);
            }
            Place::Dynamic(env) => {
                let k = self.text_const(name);
                self.emit(Op::GetName, [dst, env, u32::from(typeof_safe)], &[k]);
            }
        }
        Ok(())
    }

    /// Whether a captured binding was not yet found initialised on the way here; it is, after this.
    fn may_be_dead(&mut self, at: u32, slot: u32) -> bool {
        let alive = &mut self.cur().alive;
        if alive.contains(&(at, slot)) {
            return false;
        }
        // Few are remembered: the list is searched from end to end.
        if alive.len() < 16 {
            alive.push((at, slot));
        }
        true
    }

    /// Whether the innermost scope that declares `name` is a `switch` (order is not textual).
    fn in_switch(&mut self, name: Atom) -> bool {
        let func = self.cur();
        func.scopes.iter().rev().find(|s| s.names.contains_key(&name)).is_some_and(|s| s.is_switch)
    }

    fn check_tdz_reg(&mut self, name: Atom, reg: Reg, slot: Slot) {
        if !has_tdz(slot.kind) {
            return;
        }
        if self.in_switch(name) {
            let k = self.text_const(name);
            self.emit(Op::CheckTdz, [reg, 0, 0], &[k]);
        } else if !slot.initialized {
            // Not captured and not yet declared in the order of the text: never initialised here.
            let k = self.text_const(name);
            self.emit(Op::ThrowTdz, [0, 0, 0], &[k]);
        }
    }

    /// The register of a plain local whose value can be read in place.
    pub(crate) fn local_reg(&mut self, name: Atom) -> Option<Reg> {
        match self.resolve(name) {
            Place::Reg(reg, slot) if slot.initialized && !(has_tdz(slot.kind) && self.in_switch(name)) => {
                Some(reg)
            }
            _ => None,
        }
    }

    /// Assigns to a name (`init`: the declaration itself, which ends its dead zone).
    pub(crate) fn store_name(&mut self, name: Atom, value: Reg, init: bool, pos: u32) -> CResult<()> {
        self.pos(pos);
        let strict = self.strict();
        let place = self.resolve(name);
        if !init && let Place::Reg(_, slot) | Place::Env(_, _, slot) | Place::Outer(_, _, slot) = place {
            match slot.kind {
                BindingKind::Const | BindingKind::Import => return self.assign_const(name, place),
                BindingKind::FunctionName if strict => return self.throw_const(name),
                BindingKind::FunctionName => return Ok(()),
                _ => {}
            }
        }
        match place {
            Place::Reg(reg, slot) => {
                if !init {
                    self.check_tdz_reg(name, reg, slot);
                }
                self.cur().mov(reg, value);
            }
            Place::Env(env, i, slot) => {
                let checked = !init && has_tdz(slot.kind) && (!slot.initialized || self.in_switch(name));
                if checked {
                    self.check_env_slot(name, env, i)?;
                }
                self.set_env_slot(value, env, i);
            }
            Place::Outer(hops, i, slot) => {
                let mark = self.mark();
                let env = self.outer_env(hops)?;
                if !init && has_tdz(slot.kind) {
                    self.check_env_slot(name, env, i)?;
                }
                self.set_env_slot(value, env, i);
                self.release(mark);
            }
            Place::Import(_) => return self.throw_const(name),
            Place::Global => {
                let ic = self.ic(name);
                let lexical = self.funcs.first().is_some_and(|f| {
                    f.scopes.first().is_some_and(|s| s.names.get(&name).is_some_and(|s| has_tdz(s.kind)))
                });
                if init && lexical {
                    self.emit(Op::InitGlobal, [value, 0, 0], &[ic]);
                } else {
                    self.emit(Op::SetGlobal, [value, u32::from(strict), 0], &[ic]);
                }
            }
            Place::Dynamic(env) => {
                let k = self.text_const(name);
                self.emit(Op::SetNameDyn, [value, env, u32::from(strict)], &[k]);
            }
        }
        if init {
            self.mark_initialized(name);
        }
        Ok(())
    }

    fn check_env_slot(&mut self, name: Atom, env: Reg, slot: u32) -> CResult<()> {
        let mark = self.mark();
        let tmp = self.temp()?;
        self.get_env_slot(tmp, env, slot, Some(name));
        self.release(mark);
        Ok(())
    }

    fn assign_const(&mut self, name: Atom, place: Place) -> CResult<()> {
        match place {
            Place::Reg(reg, slot) => self.check_tdz_reg(name, reg, slot),
            Place::Env(env, i, _) => self.check_env_slot(name, env, i)?,
            Place::Outer(hops, i, _) => {
                let mark = self.mark();
                let env = self.outer_env(hops)?;
                self.check_env_slot(name, env, i)?;
                self.release(mark);
            }
            _ => {}
        }
        self.throw_const(name)
    }

    fn throw_const(&mut self, name: Atom) -> CResult<()> {
        let k = self.text_const(name);
        self.emit(Op::ThrowConst, [0, 0, 0], &[k]);
        Ok(())
    }

    /// The declaration of `name` was compiled: later uses in this function need no check.
    pub(crate) fn mark_initialized(&mut self, name: Atom) {
        let func = self.cur();
        if let Some(slot) = func.scopes.iter_mut().rev().find_map(|s| s.names.get_mut(&name)) {
            slot.initialized = true;
        }
    }

    /// Loads `this`.
    pub(crate) fn load_this(&mut self, dst: Reg) -> CResult<()> {
        let (kind, captured) = (self.cur().f.kind, self.cur().f.this_captured);
        match kind {
            FunctionKind::Arrow => match self.resolve(THIS) {
                Place::Outer(..) | Place::Env(..) => {
                    self.load_name(THIS, dst, false, 0)?;
                    let derived = self.funcs.iter().rev().find(|f| f.f.kind != FunctionKind::Arrow);
                    if derived.is_some_and(|f| f.f.kind == FunctionKind::DerivedConstructor) {
                        self.check_this(dst);
                    }
                }
                _ => self.op(Op::LoadThis, dst, 0, 0),
            },
            FunctionKind::DerivedConstructor => {
                if captured {
                    self.load_name(THIS, dst, false, 0)?;
                    self.check_this(dst);
                } else {
                    self.op(Op::LoadThisChecked, dst, 0, 0);
                }
            }
            _ => match self.cur().this_reg {
                Some(reg) => self.cur().mov(dst, reg),
                None => self.op(Op::LoadThis, dst, 0, 0),
            },
        }
        Ok(())
    }

    fn check_this(&mut self, reg: Reg) {
        let text = crate::syntax::atoms::Text::from_utf8("this");
        let k = self.cur().text(&text);
        self.emit(Op::CheckTdz, [reg, 0, 0], &[k]);
    }

    /// Loads the active function (for `super`).
    pub(crate) fn load_callee(&mut self, dst: Reg) -> CResult<()> {
        if self.cur().f.kind == FunctionKind::Arrow
            && matches!(self.resolve(FUNCTION), Place::Outer(..) | Place::Env(..))
        {
            return self.load_name(FUNCTION, dst, false, 0);
        }
        self.op(Op::LoadCallee, dst, 0, 0);
        Ok(())
    }

    /// Loads `new.target`.
    pub(crate) fn load_new_target(&mut self, dst: Reg) -> CResult<()> {
        if self.cur().f.kind == FunctionKind::Arrow
            && matches!(self.resolve(NEW_TARGET), Place::Outer(..) | Place::Env(..))
        {
            return self.load_name(NEW_TARGET, dst, false, 0);
        }
        self.op(Op::LoadNewTarget, dst, 0, 0);
        Ok(())
    }
}
