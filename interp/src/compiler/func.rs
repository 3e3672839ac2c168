//! Functions: prologue, body, the ways a function returns, yields and awaits.
#![forbid(unsafe_code)]

use std::collections::HashSet;
use std::sync::Arc;

use crate::bytecode::code::{Code, GlobalDecl, GlobalDeclKind};
use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::{Atom, Text};

use super::emitter::{Func, Reg};
use super::intrinsics::{
    self, ARGUMENT, DELEGATE, GET_PROTO, HOIST_IN_EVAL, HOIST_IN_GLOBAL, ITER_DONE, ITER_VALUE,
};
use super::scope::{Loc, has_tdz};
use super::{CResult, CompileError, Compiler, FUNCTION, NEW_TARGET, THIS};
use crate::vm::coroutine::{NEXT, RETURN, THROW};
use crate::vm::ops::declare::{CHECK_CONFLICT, CHECK_GLOBAL};

/// Flags of an eval call: strict code.
pub(crate) const STRICT: u32 = 1;
/// `new.target` may stand there.
pub(crate) const IN_FUNCTION: u32 = 2;
/// `super.x` may stand there.
pub(crate) const IN_METHOD: u32 = 4;
/// `super()` may stand there.
pub(crate) const IN_DERIVED: u32 = 8;
/// `arguments` may not stand there.
pub(crate) const IN_FIELD_INIT: u32 = 16;

/// (Not of the eval, but of the call:) it stands in tail position.
pub(crate) const TAIL: u32 = 32;

impl<'a> Compiler<'a> {
    /// Compiles a function to code.
    pub(crate) fn function(
        &mut self,
        f: &'a Function<'a>,
        name: Text,
        class: Option<ClassFacts<'a>>,
    ) -> CResult<Arc<Code>> {
        if let Some(lazy) = f.lazy {
            return Ok(self.lazy_function(f, lazy, name));
        }
        match self.function_once(f, name.clone(), class, false) {
            Err(CompileError::NeedsFar) => self.function_once(f, name, class, true),
            r => r,
        }
    }

    fn function_once(
        &mut self,
        f: &'a Function<'a>,
        name: Text,
        class: Option<ClassFacts<'a>>,
        far: bool,
    ) -> CResult<Arc<Code>> {
        self.check_stack(f.span.start)?;
        if !far && f.params.len() > 200 {
            return Err(CompileError::NeedsFar);
        }
        if f.params.len() > 50_000 {
            return Err(CompileError::limit("function has more than 50000 parameters", f.span.start));
        }
        let mut func = Func::new(f, name, far);
        func.has_fields = class.is_some_and(|c| c.has_fields);
        self.funcs.push(func);
        let built = self.function_body(f, class);
        let mut func = self.funcs.pop().expect("pushed above");
        built?;
        let positions = func.finish_prologue();
        let is_program = f.kind == FunctionKind::Program;
        let scope = self.scope(f.scope);
        let globals = if is_program && matches!(scope.kind, ScopeKind::Script | ScopeKind::Eval) {
            self.globals(f, scope)
        } else {
            Vec::new()
        };
        let keeps_args = f.rest.is_some()
            || !func.params_are_placed()
            || !is_program && !matches!(f.kind, FunctionKind::Arrow) && has_arguments(self.program, f);
        let module = if is_program { self.module_code(&func) } else { None };
        let placed = if func.params_are_placed() { f.params.len() as u32 } else { 0 };
        let code = Code {
            registers: func.registers() + 2,
            words: func.words.into(),
            consts: func.consts.into(),
            ics: func.ics.into(),
            children: func.children.into(),
            handlers: func.handlers.into(),
            jump_tables: func.jump_tables.into(),
            scopes: func.infos.into(),
            positions: positions.into(),
            source: self.source.clone(),
            span: class.map_or(f.span, |c| c.span),
            name: func.name,
            length: f.length,
            params: placed,
            kind: f.kind,
            strict: f.strict,
            is_generator: f.is_generator,
            is_async: f.is_async || is_program && self.program.has_top_level_await,
            is_class_constructor: matches!(
                f.kind,
                FunctionKind::ClassConstructor | FunctionKind::DerivedConstructor
            ),
            globals: globals.into(),
            keeps_args,
            simple_params: f.simple_params,
            is_eval: self.options.is_eval && is_program,
            self_hosted: self.options.self_hosted,
            module,
            lazy: None,
        };
        debug_assert_eq!(crate::bytecode::verify::verify(&code), Ok(()), "what the dispatch loop relies on");
        Ok(Arc::new(code))
    }

    fn globals(&self, f: &'a Function<'a>, scope: &Scope<'a>) -> Vec<GlobalDecl> {
        if scope.kind == ScopeKind::Eval && f.strict {
            return Vec::new();
        }
        scope
            .bindings
            .iter()
            .filter(|b| scope.kind == ScopeKind::Script || !has_tdz(b.kind))
            .map(|b| GlobalDecl {
                name: self.text(b.name).clone(),
                kind: match b.kind {
                    BindingKind::Let | BindingKind::Class => GlobalDeclKind::Let,
                    BindingKind::Const => GlobalDeclKind::Const,
                    BindingKind::Function => GlobalDeclKind::Function,
                    _ if b.hoisted => GlobalDeclKind::Hoisted,
                    _ => GlobalDeclKind::Var,
                },
            })
            .collect()
    }

    fn function_body(&mut self, f: &'a Function<'a>, class: Option<ClassFacts<'a>>) -> CResult<()> {
        let is_program = f.kind == FunctionKind::Program;
        let is_arrow = f.kind == FunctionKind::Arrow;
        let coroutine = f.is_async || is_program && self.program.has_top_level_await;
        self.pos(f.span.start);
        if coroutine && !f.is_generator {
            let t = self.temp()?;
            self.op(Op::InitialYield, t, 0, 0);
        }
        if !f.strict
            && f.uses_this
            && matches!(
                f.kind,
                FunctionKind::Normal | FunctionKind::Method | FunctionKind::Getter | FunctionKind::Setter
            )
        {
            self.op(Op::CoerceThis, 0, 0, 0);
        }
        if f.uses_this
            && matches!(
                f.kind,
                FunctionKind::Normal
                    | FunctionKind::Method
                    | FunctionKind::Getter
                    | FunctionKind::Setter
                    | FunctionKind::ClassConstructor
            )
        {
            let reg = self.temp()?;
            self.op(Op::LoadThis, reg, 0, 0);
            self.cur().this_reg = Some(reg);
        }
        if let Some(scope) = f.name_scope {
            self.enter_scope(scope, false, false)?;
            let mark = self.mark();
            let t = self.temp()?;
            self.op(Op::LoadCallee, t, 0, 0);
            if let Some(name) = f.name {
                self.store_name(name, t, true, f.span.start)?;
            }
            self.release(mark);
        }
        let hidden = f.this_captured && !is_arrow;
        if is_program && !self.program.is_module {
            let scope_kind = self.scope(f.scope).kind;
            if scope_kind == ScopeKind::Script || !(f.strict || self.options.direct) {
                self.op(Op::DeclareGlobals, 0, 0, 0);
            }
        }
        self.enter_scope(f.scope, hidden, false)?;
        if hidden {
            let mark = self.mark();
            let t = self.temp()?;
            if f.kind != FunctionKind::DerivedConstructor {
                self.op(Op::LoadThis, t, 0, 0);
                self.store_name(THIS, t, true, 0)?;
            }
            self.op(Op::LoadCallee, t, 0, 0);
            self.store_name(FUNCTION, t, true, 0)?;
            self.op(Op::LoadNewTarget, t, 0, 0);
            self.store_name(NEW_TARGET, t, true, 0)?;
            self.release(mark);
        }
        if !is_program {
            self.parameters(f)?;
        }
        if let Some(scope) = f.body_scope {
            self.enter_body_scope(f, scope)?;
        }
        let direct = is_program && self.options.is_eval && self.options.direct && !f.strict;
        if direct {
            self.declare_dynamic(f)?;
        }
        self.hoist(f)?;
        if is_program && !self.program.is_module {
            self.hoist_from_blocks(f, direct)?;
        }
        if f.is_generator {
            let mark = self.mark();
            let t = self.temp()?;
            self.op(Op::InitialYield, t, 0, 0);
            self.release(mark);
        }
        if f.kind == FunctionKind::ClassConstructor && self.cur().has_fields {
            let mark = self.mark();
            let (func, this) = (self.temp()?, self.temp()?);
            self.op(Op::LoadCallee, func, 0, 0);
            self.op(Op::LoadThis, this, 0, 0);
            self.op(Op::InitFields, func, this, 0);
            self.release(mark);
        }
        if is_program {
            let reg = self.temp()?;
            self.op(Op::LoadUndef, reg, 0, 0);
            if !self.program.is_module {
                self.cur().completion = Some(reg);
            }
            self.with_resources(Some(f.scope), |this| this.stmts(f.body))?;
            self.op(Op::Return, reg, 0, 0);
            return Ok(());
        }
        if let Some(ClassFacts { default: Some(derived), .. }) = class {
            return self.default_constructor(derived);
        }
        if let (FunctionKind::ClassInit, [Stmt { kind: StmtKind::Return(Some(e)), .. }], Some(name)) =
            (f.kind, f.body, class.and_then(|c| c.field_name))
        {
            let reg = self.temp()?;
            match name {
                FieldName::Atom(name) => self.named(e, name, reg)?,
                FieldName::OfCallee => {
                    let key = self.temp()?;
                    self.op(Op::LoadCallee, key, 0, 0);
                    self.get_member(key, key, Atom::NAME);
                    self.named_by_key(e, key, reg)?;
                }
            }
            self.op(Op::Return, reg, 0, 0);
            return Ok(());
        }
        self.with_resources(Some(f.body_scope.unwrap_or(f.scope)), |this| this.stmts(f.body))?;
        if !matches!(f.body.last(), Some(Stmt { kind: StmtKind::Return(_), .. })) {
            self.pos(f.span.end.saturating_sub(1));
        }
        if f.kind == FunctionKind::DerivedConstructor {
            let reg = self.temp()?;
            self.op(Op::LoadUndef, reg, 0, 0);
            self.emit_return(reg)?;
        } else {
            self.op(Op::ReturnUndef, 0, 0, 0);
        }
        Ok(())
    }

    fn default_constructor(&mut self, derived: bool) -> CResult<()> {
        if !derived {
            self.op(Op::ReturnUndef, 0, 0, 0);
            return Ok(());
        }
        let func = self.temp()?;
        let base = self.cur().group(3)?;
        self.op(Op::LoadCallee, func, 0, 0);
        self.op(Op::LoadCallee, base + 1, 0, 0);
        self.emit(Op::Intrinsic, [base, base + 1, 1], &[GET_PROTO]);
        self.op(Op::LoadNewTarget, base + 1, 0, 0);
        self.op(Op::CreateRest, base + 2, 0, 0);
        let result = self.temp()?;
        self.op(Op::SuperCall, result, base, func);
        self.op(Op::StoreThis, result, 0, 0);
        self.op(Op::InitFields, func, result, 0);
        self.op(Op::Return, result, 0, 0);
        Ok(())
    }

    fn parameters(&mut self, f: &'a Function<'a>) -> CResult<()> {
        if !self.cur().params_are_placed() {
            let mark = self.mark();
            let index = self.cur().group(1)?;
            for i in 0..f.params.len() {
                self.cur().load_number(index, i as f64);
                let reg = self.cur().param_reg(i);
                self.emit(Op::Intrinsic, [reg, index, 1], &[ARGUMENT]);
            }
            self.release(mark);
        }
        let scope = self.scope(f.scope);
        let arguments = scope.bindings.iter().find(|b| b.kind == BindingKind::Arguments);
        if let Some(b) = arguments {
            let mark = self.mark();
            let t = self.temp()?;
            if f.simple_params && !f.strict {
                // The mapped parameters must be in their slots first.
                self.bind_simple(f)?;
                let (env, index) = match self.cur().scopes.last().and_then(|s| s.env) {
                    Some(env) => (env, (self.cur().infos.len() - 1) as u32),
                    None => {
                        let env = self.cur().outer_env;
                        self.cur().outer_used = true;
                        (env, u32::MAX)
                    }
                };
                self.emit(Op::CreateArguments, [t, u32::from(index != u32::MAX), env], &[index]);
            } else {
                self.emit(Op::CreateArguments, [t, 0, t], &[u32::MAX]);
            }
            self.store_name(b.name, t, true, b.pos)?;
            self.release(mark);
            if f.simple_params && !f.strict {
                return Ok(());
            }
        }
        if f.simple_params {
            return self.bind_simple(f);
        }
        for (i, p) in f.params.iter().enumerate() {
            let reg = self.cur().param_reg(i);
            if let Some(default) = p.default {
                let jump = self.cur().jump(Op::JumpNotUndef, reg, 0);
                match p.target {
                    Target::Name(name, _) => self.named(default, name, reg)?,
                    _ => self.expr(default, reg)?,
                }
                self.cur().land(jump);
            }
            self.pattern(p.target, reg, Some(true), f.span.start)?;
        }
        if let Some(rest) = f.rest {
            let mark = self.mark();
            let t = self.temp()?;
            self.op(Op::CreateRest, t, f.params.len() as u32, 0);
            self.pattern(rest, t, Some(true), f.span.start)?;
            self.release(mark);
        }
        Ok(())
    }

    /// Plain parameters that live in the environment are copied there.
    fn bind_simple(&mut self, f: &'a Function<'a>) -> CResult<()> {
        for (i, p) in f.params.iter().enumerate() {
            let Target::Name(name, _) = p.target else { continue };
            let Some((slot, env)) = self.cur().scopes.last().and_then(|s| match s.names.get(&name) {
                Some(super::Slot { loc: Loc::Env(slot), .. }) => s.env.map(|e| (*slot, e)),
                _ => None,
            }) else {
                continue;
            };
            if self.cur().last_param(name) == Some(i) {
                let reg = self.cur().param_reg(i);
                self.set_env_slot(reg, env, slot);
            }
        }
        Ok(())
    }

    /// The body's own variable scope: its `var`s begin with the value of the parameter they hide.
    fn enter_body_scope(&mut self, f: &'a Function<'a>, scope: ScopeId) -> CResult<()> {
        let outer = self.scope(f.scope);
        let inner = self.scope(scope);
        let names: HashSet<Atom> = outer.bindings.iter().map(|b| b.name).collect();
        let hidden: Vec<Atom> = inner
            .bindings
            .iter()
            .filter(|b| b.kind == BindingKind::Var && names.contains(&b.name))
            .map(|b| b.name)
            .collect();
        let mut values = Vec::new();
        for name in &hidden {
            let reg = self.temp()?;
            self.load_name(*name, reg, false, f.span.start)?;
            values.push(reg);
        }
        self.enter_scope(scope, false, false)?;
        for (name, reg) in hidden.into_iter().zip(values) {
            self.store_name(name, reg, true, f.span.start)?;
        }
        Ok(())
    }

    /// Function declarations of the body's top level.
    fn hoist(&mut self, f: &'a Function<'a>) -> CResult<()> {
        let direct =
            self.options.is_eval && self.options.direct && !f.strict && f.kind == FunctionKind::Program;
        if f.kind == FunctionKind::Program && self.program.is_module {
            return self.module_functions(f);
        }
        let global = f.kind == FunctionKind::Program && (!self.options.is_eval || !f.strict && !direct);
        for function in last_of_each_name(f.hoisted) {
            let name = function.name.expect("declarations have names");
            let mark = self.mark();
            let reg = self.temp()?;
            self.closure(function, reg, None)?;
            if global {
                let ic = self.ic(name);
                self.emit(Op::DeclareFunction, [reg, u32::from(self.options.is_eval), 0], &[ic]);
            } else if direct {
                let env = self.cur().outer_env;
                self.cur().outer_used = true;
                let k = self.text_const(name);
                self.emit(Op::DeclareVarDyn, [reg, env, 1], &[k]);
            } else {
                self.store_name(name, reg, true, function.span.start)?;
            }
            self.release(mark);
        }
        Ok(())
    }

    /// `var`s of a sloppy direct eval.
    fn declare_dynamic(&mut self, f: &'a Function<'a>) -> CResult<()> {
        let scope = self.scope(f.scope);
        let mark = self.mark();
        let t = self.temp()?;
        self.op(Op::LoadUndef, t, 0, 0);
        let env = self.cur().outer_env;
        let is_function = |b: &Binding| u32::from(b.kind == BindingKind::Function);
        let vars = || scope.bindings.iter().filter(|b| !has_tdz(b.kind) && !b.hoisted);
        for check in [CHECK_CONFLICT, CHECK_GLOBAL] {
            for b in vars() {
                self.cur().outer_used = true;
                let k = self.text_const(b.name);
                self.emit(Op::DeclareVarDyn, [t, env, check | is_function(b)], &[k]);
            }
        }
        for b in vars().filter(|b| b.kind != BindingKind::Function) {
            let k = self.text_const(b.name);
            self.emit(Op::DeclareVarDyn, [t, env, 0], &[k]);
        }
        self.release(mark);
        Ok(())
    }

    /// Functions in a program's blocks become variables of the program where nothing conflicts; whether
    /// they did is kept for when they are evaluated.
    fn hoist_from_blocks(&mut self, f: &'a Function<'a>, direct: bool) -> CResult<()> {
        let scope = self.scope(f.scope);
        for b in scope.bindings.iter().filter(|b| b.hoisted) {
            let done = self.temp()?;
            let mark = self.mark();
            let g = self.cur().group(2)?;
            let text = self.text(b.name);
            self.cur().load_text(g, text);
            if direct {
                let env = self.cur().outer_env;
                self.cur().outer_used = true;
                self.cur().mov(g + 1, env);
                self.emit(Op::Intrinsic, [done, g, 2], &[HOIST_IN_EVAL]);
            } else {
                self.emit(Op::Intrinsic, [done, g, 1], &[HOIST_IN_GLOBAL]);
            }
            self.release(mark);
            self.cur().hoisted.insert(b.name, done);
        }
        Ok(())
    }

    /// Makes a closure; `name` is the one an anonymous function takes from its position.
    pub(crate) fn closure(&mut self, f: &'a Function<'a>, dst: Reg, name: Option<Atom>) -> CResult<()> {
        let text = match f.name.or(name) {
            Some(atom) => self.declared_name(atom),
            None => Text::from_utf8(""),
        };
        let code = self.function(f, text, None)?;
        self.push_closure(code, dst)
    }

    pub(crate) fn push_closure(&mut self, code: Arc<Code>, dst: Reg) -> CResult<()> {
        self.cur().children.push(code);
        let child = (self.cur().children.len() - 1) as u32;
        let env = self.current_env();
        self.emit(Op::Closure, [dst, env, 0], &[child]);
        Ok(())
    }

    /// The instruction that returns.
    pub(crate) fn emit_return(&mut self, reg: Reg) -> CResult<()> {
        let f = self.cur().f;
        if f.kind != FunctionKind::DerivedConstructor {
            self.op(Op::Return, reg, 0, 0);
            return Ok(());
        }
        let mark = self.mark();
        let this = self.temp()?;
        if f.this_captured {
            self.load_name(THIS, this, false, 0)?;
        } else {
            self.op(Op::LoadThis, this, 0, 0);
        }
        self.op(Op::ReturnDerived, reg, this, 0);
        self.release(mark);
        Ok(())
    }

    pub(crate) fn yield_value(&mut self, value: Reg, dst: Reg) -> CResult<()> {
        let mark = self.mark();
        let is_async = self.cur().f.is_async;
        let mut value = value;
        if is_async {
            let t = self.temp()?;
            self.await_value(value, t)?;
            value = t;
        }
        let got = self.temp()?;
        let mode = self.temp()?;
        self.op(Op::Yield, got, value, mode);
        self.resumed(got, mode, is_async)?;
        self.cur().mov(dst, got);
        self.release(mark);
        Ok(())
    }

    /// After a yield: a `return` request leaves the function through everything around.
    fn resumed(&mut self, got: Reg, mode: Reg, is_async: bool) -> CResult<()> {
        let go_on = self.cur().jump(Op::JumpFalse, mode, 0);
        if is_async {
            self.await_value(got, got)?;
        }
        self.return_value(got)?;
        self.cur().land(go_on);
        Ok(())
    }

    pub(crate) fn yield_star(&mut self, arg: &'a Expr<'a>, dst: Reg) -> CResult<()> {
        let is_async = self.cur().f.is_async;
        // iterator, next, state, received, mode
        let g = self.cur().group(5)?;
        let result = self.temp()?;
        let flag = self.temp()?;
        self.expr(arg, g + 3)?;
        self.pos(arg.span.start);
        self.op(Op::GetIterator, g, g + 3, u32::from(is_async) | 2);
        self.op(Op::LoadUndef, g + 3, 0, 0);
        self.cur().load_number(g + 4, 0.0);
        let top = self.cur().here();
        self.emit(Op::Intrinsic, [result, g, 5], &[DELEGATE]);
        // The hole: `throw` or `return` was asked for and the iterator has no such method.
        let no_method = self.cur().jump(Op::JumpHole, result, 0);
        let mark = self.mark();
        let call = self.call_group(1)?;
        self.cur().mov(call, result);
        self.cur().mov(call + 1, g);
        self.cur().mov(call + 2, g + 3);
        self.emit_call(result, call, 1);
        self.release(mark);
        if is_async {
            self.await_value(result, result)?;
        }
        self.op(Op::CheckObject, result, 0, 0);
        let r = self.cur().group(1)?;
        self.cur().mov(r, result);
        self.emit(Op::Intrinsic, [flag, r, 1], &[ITER_DONE]);
        let done = self.cur().jump(Op::JumpTrue, flag, 0);
        if is_async {
            self.emit(Op::Intrinsic, [result, r, 1], &[ITER_VALUE]);
        }
        self.op(Op::YieldStar, g + 3, result, g + 4);
        if is_async {
            // AsyncGeneratorUnwrapYieldResumption: what a `return` brings is awaited, and if that
            // throws, it is a `throw` that goes to the inner iterator.
            let asked = self.cur().jump(Op::JSeqI, g + 4, RETURN as u32);
            self.cur().jump_back(Op::Jump, 0, 0, top);
            self.cur().land(asked);
            let start = self.cur().at();
            self.await_value(g + 3, g + 3)?;
            let end = self.cur().at();
            self.cur().jump_back(Op::Jump, 0, 0, top);
            let handler = self.cur().here();
            self.op(Op::Catch, g + 3, 0, 0);
            self.cur().load_number(g + 4, f64::from(THROW));
            self.cur().protect(start, end, handler);
        }
        self.cur().jump_back(Op::Jump, 0, 0, top);
        self.cur().land(no_method);
        let asked = self.cur().jump(Op::JSeqI, g + 4, RETURN as u32);
        self.iter_close(g, is_async)?;
        self.throw_error(0, "the iterator does not provide a throw method", arg.span.start);
        self.cur().land(asked);
        if is_async {
            self.await_value(g + 3, g + 3)?;
        }
        self.return_value(g + 3)?;
        self.cur().land(done);
        self.emit(Op::Intrinsic, [result, r, 1], &[ITER_VALUE]);
        let normal = self.cur().jump(Op::JSeqI, g + 4, NEXT as u32);
        let thrown = self.cur().jump(Op::JSeqI, g + 4, THROW as u32);
        self.return_value(result)?;
        self.cur().land(normal);
        self.cur().land(thrown);
        self.cur().mov(dst, result);
        Ok(())
    }

    pub(crate) fn await_value(&mut self, value: Reg, dst: Reg) -> CResult<()> {
        self.op(Op::Await, dst, value, 0);
        Ok(())
    }

    /// Whether an expression is that name.
    pub(crate) fn is_named(&self, e: &Expr<'_>, name: &str) -> bool {
        matches!(e.kind, ExprKind::Ident(atom) if self.text(atom).to_string() == name)
    }

    /// A call of an intrinsic operation in self-hosted code; false if `name` is none.
    pub(crate) fn intrinsic_call(
        &mut self,
        name: Atom,
        args: &'a [Arg<'a>],
        dst: Reg,
        pos: u32,
    ) -> CResult<bool> {
        let text = self.text(name).to_string();
        if !text.starts_with('$') {
            return Ok(false);
        }
        let n = args.len() as u32;
        let base = self.cur().group(n.max(1))?;
        for (i, arg) in args.iter().enumerate() {
            if let Arg::Expr(e) = arg {
                self.expr(e, base + i as u32)?;
            }
        }
        self.pos(pos);
        match &*text {
            // callee, this, arguments (or an array of them): already laid out as a call wants them.
            "$call" => self.op(Op::Call, dst, base, n - 2),
            "$callWith" => self.op(Op::CallSpread, dst, base, 0),
            "$toString" => self.op(Op::ToStr, dst, base, 0),
            "$isHole" => {
                self.op(Op::LoadTrue, dst, 0, 0);
                let jump = self.cur().jump(Op::JumpHole, base, 0);
                self.op(Op::LoadFalse, dst, 0, 0);
                self.cur().land(jump);
            }
            _ => {
                let Some(id) = intrinsics::number_of(&text) else {
                    return Err(CompileError::limit(&format!("unknown intrinsic {text}"), pos));
                };
                self.emit(Op::Intrinsic, [dst, base, n], &[id]);
            }
        }
        Ok(true)
    }

    /// What a direct eval here may contain.
    pub(crate) fn eval_context(&mut self) -> u32 {
        let mut flags = if self.strict() { STRICT } else { 0 };
        let owner = self.funcs.iter().rev().find(|f| f.f.kind != FunctionKind::Arrow);
        match owner.map(|f| f.f.kind) {
            Some(FunctionKind::Normal) => flags |= IN_FUNCTION,
            Some(
                FunctionKind::Method
                | FunctionKind::Getter
                | FunctionKind::Setter
                | FunctionKind::ClassConstructor,
            ) => {
                flags |= IN_FUNCTION | IN_METHOD;
            }
            Some(FunctionKind::DerivedConstructor) => flags |= IN_FUNCTION | IN_METHOD | IN_DERIVED,
            Some(FunctionKind::ClassInit) => flags |= IN_FUNCTION | IN_METHOD | IN_FIELD_INIT,
            _ => {}
        }
        flags
    }
}

/// Where the name of an anonymous function in a field's initialiser comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum FieldName {
    Atom(Atom),
    /// The initialiser itself has it: its key is computed.
    OfCallee,
}

/// What compiling a constructor or initialiser needs to know of its class.
#[derive(Clone, Copy)]
pub(crate) struct ClassFacts<'a> {
    pub(crate) has_fields: bool,
    pub(crate) span: Span,
    /// A default constructor; whether of a derived class.
    pub(crate) default: Option<bool>,
    /// The name an anonymous function in a field's initialiser takes.
    pub(crate) field_name: Option<FieldName>,
    pub(crate) _tree: std::marker::PhantomData<&'a ()>,
}

/// The functions that count: of several with a name the last, in the order of the text.
pub(super) fn last_of_each_name<'a>(functions: &'a [&'a Function<'a>]) -> Vec<&'a Function<'a>> {
    let mut seen = HashSet::with_capacity(functions.len());
    let mut last: Vec<_> = functions.iter().rev().copied().filter(|f| seen.insert(f.name)).collect();
    last.reverse();
    last
}

fn has_arguments(program: &Program<'_>, f: &Function<'_>) -> bool {
    f.kind == FunctionKind::DerivedConstructor
        && f.body.is_empty()
        && f.rest.is_none()
        && f.span == Span::default()
        || program
            .scopes
            .get(f.scope.0 as usize)
            .is_some_and(|s| s.bindings.iter().any(|b| b.kind == BindingKind::Arguments))
}
