//! Statements.
#![forbid(unsafe_code)]

use crate::bytecode::code::JumpTable;
use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::Atom;

use super::control::Control;
use super::emitter::Reg;
use super::expr::{constant, small_int};
use super::scope::Loc;
use super::{CResult, Compiler};

impl<'a> Compiler<'a> {
    pub(crate) fn stmts(&mut self, stmts: &'a [Stmt<'a>]) -> CResult<()> {
        for s in stmts {
            self.stmt(s)?;
        }
        Ok(())
    }

    fn clear_completion(&mut self) {
        if let Some(reg) = self.cur().completion {
            self.op(Op::LoadUndef, reg, 0, 0);
        }
    }

    pub(crate) fn stmt(&mut self, s: &'a Stmt<'a>) -> CResult<()> {
        self.check_stack(s.span.start)?;
        if !matches!(s.kind, StmtKind::Block(_) | StmtKind::Empty | StmtKind::Function { .. }) {
            self.pos(s.span.start);
        }
        let mark = self.mark();
        if !matches!(
            s.kind,
            StmtKind::Labelled(..)
                | StmtKind::For { .. }
                | StmtKind::ForIn { .. }
                | StmtKind::ForOf { .. }
                | StmtKind::While(..)
                | StmtKind::DoWhile(..)
                | StmtKind::Switch { .. }
        ) && !self.cur().labels.is_empty()
        {
            // A labelled statement that is no loop: a target for `break label`.
            self.push_target(false, false);
            self.stmt(s)?;
            self.pop_target();
            return Ok(());
        }
        match s.kind {
            StmtKind::Empty | StmtKind::Debugger => {}
            StmtKind::Expr(e) => match self.cur().completion {
                Some(reg) => self.expr(e, reg)?,
                None => self.expr_effect(e)?,
            },
            StmtKind::Declare(kind, decls) => self.declare(kind, decls, s.span.start)?,
            StmtKind::Function { function, annex_b } => {
                if annex_b {
                    self.annex_b_copy(function)?;
                }
            }
            StmtKind::Class(class) => {
                let reg = self.temp()?;
                self.class(class, reg, None)?;
                if let Some(name) = class.name {
                    self.store_name(name, reg, true, class.span.start)?;
                }
            }
            StmtKind::Return(Some(e)) if self.in_tail_position() => self.return_tail(e, s.span.start)?,
            StmtKind::Return(arg) => {
                let reg = match arg {
                    Some(e) => {
                        let reg = self.expr_any(e)?;
                        let f = self.cur().f;
                        if f.is_async && f.is_generator {
                            let t = self.temp()?;
                            self.await_value(reg, t)?;
                            t
                        } else {
                            reg
                        }
                    }
                    None => {
                        let reg = self.temp()?;
                        self.op(Op::LoadUndef, reg, 0, 0);
                        reg
                    }
                };
                self.pos(s.span.start);
                self.return_value(reg)?;
            }
            StmtKind::If(test, yes, no) => {
                self.clear_completion();
                let mut no_jumps = Vec::new();
                self.branch(test, false, &mut no_jumps)?;
                self.stmt(yes)?;
                match no {
                    Some(no) => {
                        let end = self.cur().jump(Op::Jump, 0, 0);
                        self.cur().land_all(no_jumps);
                        self.stmt(no)?;
                        self.cur().land(end);
                    }
                    None => self.cur().land_all(no_jumps),
                }
            }
            StmtKind::For { scope, init, test, update, body } => {
                self.for_loop(scope, init, test, update, body)?
            }
            StmtKind::ForIn { scope, left, right, body } => self.for_in(scope, left, right, body)?,
            StmtKind::ForOf { scope, left, right, body, is_await } => {
                self.for_of(scope, left, right, body, is_await)?;
            }
            StmtKind::While(test, body) => {
                self.clear_completion();
                self.push_target(true, true);
                let mut out = Vec::new();
                let top = self.cur().here();
                self.branch(test, false, &mut out)?;
                let inner = self.cur().here();
                self.stmt(body)?;
                self.land_continues();
                let _ = top;
                let mut again = Vec::new();
                self.branch(test, true, &mut again)?;
                for j in again {
                    self.cur().land_at(j, inner);
                }
                self.cur().land_all(out);
                self.pop_target();
            }
            StmtKind::DoWhile(body, test) => {
                self.clear_completion();
                self.push_target(true, true);
                let top = self.cur().here();
                self.stmt(body)?;
                self.land_continues();
                let mut again = Vec::new();
                self.branch(test, true, &mut again)?;
                for j in again {
                    self.cur().land_at(j, top);
                }
                self.pop_target();
            }
            StmtKind::Break(label) => self.break_to(label)?,
            StmtKind::Continue(label) => self.continue_to(label)?,
            StmtKind::Throw(e) => {
                let reg = self.expr_any(e)?;
                self.pos(s.span.start);
                self.op(Op::Throw, reg, 0, 0);
            }
            StmtKind::Try { block, handler, finalizer } => {
                self.clear_completion();
                match finalizer {
                    None => self.try_catch(block, handler.expect("try has a catch or a finally"))?,
                    Some(f) => self.try_finally(block, handler, f)?,
                }
            }
            StmtKind::Switch { discriminant, scope, functions, cases } => {
                self.clear_completion();
                self.switch(discriminant, scope, functions, cases)?;
            }
            StmtKind::Labelled(label, body) => {
                self.cur().labels.push(label);
                self.stmt(body)?;
                self.cur().labels.clear();
            }
            StmtKind::Block(block) => self.block(block)?,
            StmtKind::With(object, scope, body) => {
                self.clear_completion();
                let o = self.temp()?;
                self.expr(object, o)?;
                let parent = self.current_env();
                let env = self.temp()?;
                self.pos(s.span.start);
                self.op(Op::NewWith, env, o, parent);
                let kind = self.scope(scope).kind;
                self.cur().scopes.push(super::CScope {
                    kind,
                    env: Some(env),
                    names: Default::default(),
                    dynamic: true,
                    is_switch: false,
                    resources: None,
                });
                self.stmt(body)?;
                self.leave_scope();
            }
            StmtKind::ExportDefault(e) => {
                let reg = self.temp()?;
                let default = self.default_atom();
                self.named(e, Atom::DEFAULT, reg)?;
                if let Some(atom) = default {
                    self.store_name(atom, reg, true, s.span.start)?;
                }
            }
        }
        self.release(mark);
        Ok(())
    }

    /// Whether a `return` here leaves nothing to be done after its call (15.10.2 HasCallInTailPosition).
    fn in_tail_position(&mut self) -> bool {
        let func = self.cur();
        let f = func.f;
        f.strict
            && !f.is_async
            && !f.is_generator
            && !matches!(f.kind, FunctionKind::DerivedConstructor | FunctionKind::ClassConstructor)
            && func.controls.iter().all(|c| matches!(c, Control::Target { .. }))
    }

    /// `return` with an expression whose calls in tail position are tail calls.
    fn return_tail(&mut self, e: &'a Expr<'a>, pos: u32) -> CResult<()> {
        self.check_stack(e.span.start)?;
        let mark = self.mark();
        match e.kind {
            ExprKind::Paren(inner) => self.return_tail(inner, pos)?,
            ExprKind::Conditional(test, yes, no) => {
                let mut no_jumps = Vec::new();
                self.branch(test, false, &mut no_jumps)?;
                self.return_tail(yes, pos)?;
                self.cur().land_all(no_jumps);
                self.return_tail(no, pos)?;
            }
            ExprKind::Logical(op, l, r) => {
                let reg = self.temp()?;
                self.expr(l, reg)?;
                let jump = self.logical_jump(op, reg);
                self.return_tail(r, pos)?;
                self.cur().land(jump);
                self.return_value(reg)?;
            }
            ExprKind::Sequence(items) => {
                let (last, first) = items.split_last().expect("a sequence has items");
                for item in first {
                    self.expr_effect(item)?;
                }
                self.return_tail(last, pos)?;
            }
            ExprKind::Call { .. } | ExprKind::TaggedTemplate { .. } => {
                let reg = self.temp()?;
                self.expr(e, reg)?;
                self.cur().make_tail_call(reg);
                self.return_value(reg)?;
            }
            ExprKind::OptionalChain(inner @ Expr { kind: ExprKind::Call { .. }, .. }) => {
                let reg = self.temp()?;
                let mut short = Vec::new();
                self.chain(inner, reg, None, &mut short)?;
                self.cur().make_tail_call(reg);
                self.end_chain(reg, short);
                self.return_value(reg)?;
            }
            _ => {
                let reg = self.expr_any(e)?;
                self.pos(pos);
                self.return_value(reg)?;
            }
        }
        self.release(mark);
        Ok(())
    }

    /// Copies a block's function to the `var` of the same name (B.3.3).
    fn annex_b_copy(&mut self, function: &'a Function<'a>) -> CResult<()> {
        let name = function.name.expect("declarations have names");
        // Of a program, it may turn out at run time that there is no such `var`.
        let done = self.cur().hoisted.get(&name).copied();
        let skip = done.map(|done| self.cur().jump(Op::JumpFalse, done, 0));
        let reg = self.temp()?;
        self.load_name(name, reg, false, function.span.start)?;
        // The `var` is the name's binding in the nearest function, script or eval scope.
        let func = self.cur();
        let split = func
            .scopes
            .iter()
            .rposition(|s| {
                matches!(
                    s.kind,
                    ScopeKind::Function
                        | ScopeKind::FunctionBody
                        | ScopeKind::Script
                        | ScopeKind::Eval
                        | ScopeKind::Module
                ) && s.names.get(&name).is_some_and(|s| !super::scope::has_tdz(s.kind))
            })
            .map_or(1, |i| i + 1);
        let inner = func.scopes.split_off(split.min(func.scopes.len()));
        let stored = self.store_name(name, reg, false, function.span.start);
        self.cur().scopes.extend(inner);
        if let Some(skip) = skip {
            self.cur().land(skip);
        }
        stored
    }

    fn declare(&mut self, kind: DeclKind, decls: &'a [Declarator<'a>], pos: u32) -> CResult<()> {
        if matches!(kind, DeclKind::Using | DeclKind::AwaitUsing) {
            return self.declare_resources(kind, decls);
        }
        for d in decls {
            let mark = self.mark();
            let lexical = kind != DeclKind::Var;
            match (d.target, d.init) {
                (Target::Name(name, span), Some(init)) => {
                    if !lexical {
                        // A `var` may be found elsewhere (with), and before its value is known.
                        if let super::scope::Place::Reg(reg, _) = self.resolve(name)
                            && self.cur().controls.is_empty()
                        {
                            self.named(init, name, reg)?;
                            self.release(mark);
                            continue;
                        }
                        let r = self.name_ref(name)?;
                        let v = self.named_any(init, name)?;
                        self.store_ref(r, v, span.start)?;
                    } else if let Some(reg) = self.own_reg(name) {
                        // Nobody can see the register before the declaration is done.
                        self.named(init, name, reg)?;
                        self.mark_initialized(name);
                    } else {
                        let v = self.named_any(init, name)?;
                        self.store_name(name, v, true, span.start)?;
                    }
                }
                (Target::Name(name, span), None) => {
                    if lexical {
                        let reg = self.temp()?;
                        self.op(Op::LoadUndef, reg, 0, 0);
                        self.store_name(name, reg, true, span.start)?;
                    }
                }
                (pattern, Some(init)) => {
                    let v = self.temp()?;
                    self.expr(init, v)?;
                    self.pattern(pattern, v, Some(lexical), pos)?;
                }
                (_, None) => unreachable!("the parser asks for an initialiser"),
            }
            self.release(mark);
        }
        Ok(())
    }

    /// The register of an uncaptured, not yet initialised lexical binding.
    fn own_reg(&mut self, name: crate::syntax::atoms::Atom) -> Option<Reg> {
        let func = self.cur();
        let scope = func.scopes.iter().rev().find(|s| s.names.contains_key(&name))?;
        if scope.is_switch {
            return None;
        }
        match scope.names[&name].loc {
            Loc::Reg(reg) => Some(reg),
            _ => None,
        }
    }

    /// A block: its scope, its functions, its statements.
    pub(crate) fn block(&mut self, block: &'a Block<'a>) -> CResult<()> {
        let mark = self.mark();
        if let Some(scope) = block.scope {
            self.enter_scope(scope, false, false)?;
        }
        self.bind_functions(block.functions)?;
        self.with_resources(block.scope, |this| this.stmts(block.body))?;
        if block.scope.is_some() {
            self.leave_scope();
        }
        self.release(mark);
        Ok(())
    }

    /// Function declarations at the entry of a block.
    pub(crate) fn bind_functions(&mut self, functions: &'a [&'a Function<'a>]) -> CResult<()> {
        for f in functions {
            let mark = self.mark();
            let reg = self.temp()?;
            self.closure(f, reg, None)?;
            self.store_name(f.name.expect("declarations have names"), reg, true, f.span.start)?;
            self.release(mark);
        }
        Ok(())
    }

    fn for_loop(
        &mut self,
        scope: Option<ScopeId>,
        init: Option<ForInit<'a>>,
        test: Option<&'a Expr<'a>>,
        update: Option<&'a Expr<'a>>,
        body: &'a Stmt<'a>,
    ) -> CResult<()> {
        self.clear_completion();
        let labels = std::mem::take(&mut self.cur().labels);
        if let Some(scope) = scope {
            self.enter_scope(scope, false, false)?;
        }
        self.with_resources(scope, |this| this.for_inside(labels, scope, init, test, update, body))?;
        if scope.is_some() {
            self.leave_scope();
        }
        Ok(())
    }

    /// A `for` loop inside its scope.
    fn for_inside(
        &mut self,
        labels: Vec<crate::syntax::atoms::Atom>,
        scope: Option<ScopeId>,
        init: Option<ForInit<'a>>,
        test: Option<&'a Expr<'a>>,
        update: Option<&'a Expr<'a>>,
        body: &'a Stmt<'a>,
    ) -> CResult<()> {
        let mut per_iteration = None;
        match init {
            Some(ForInit::Declare(kind, decls)) => {
                self.declare(kind, decls, body.span.start)?;
                if scope.is_some() && kind == DeclKind::Let {
                    per_iteration = self.cur().scopes.last().and_then(|s| s.env);
                }
            }
            Some(ForInit::Expr(e)) => self.expr_effect(e)?,
            None => {}
        }
        self.cur().labels = labels;
        self.push_target(true, true);
        if let Some(env) = per_iteration {
            self.op(Op::CopyEnv, env, 0, 0);
        }
        let mut out = Vec::new();
        if let Some(test) = test {
            self.branch(test, false, &mut out)?;
        }
        let top = self.cur().here();
        self.stmt(body)?;
        self.land_continues();
        if let Some(env) = per_iteration {
            self.op(Op::CopyEnv, env, 0, 0);
        }
        if let Some(update) = update {
            self.expr_effect(update)?;
        }
        match test {
            Some(test) => {
                let mut again = Vec::new();
                self.branch(test, true, &mut again)?;
                for j in again {
                    self.cur().land_at(j, top);
                }
            }
            None => self.cur().jump_back(Op::Jump, 0, 0, top),
        }
        self.cur().land_all(out);
        self.pop_target();
        Ok(())
    }

    /// Evaluates the right side of for-in/of, inside a scope where the head's names are dead.
    fn for_right(&mut self, scope: Option<ScopeId>, right: &'a Expr<'a>, dst: Reg) -> CResult<()> {
        let mark = self.mark();
        if let Some(scope) = scope {
            self.enter_scope(scope, false, false)?;
        }
        self.expr(right, dst)?;
        if scope.is_some() {
            self.leave_scope();
        }
        self.release(mark);
        Ok(())
    }

    /// Gives the value of an iteration to the head's target.
    fn for_bind(&mut self, left: ForHead<'a>, value: Reg) -> CResult<()> {
        match left {
            ForHead::Declare(
                kind @ (DeclKind::Using | DeclKind::AwaitUsing),
                Target::Name(name, span),
                _,
            ) => {
                self.add_resource(kind, name, value)?;
                self.store_name(name, value, true, span.start)
            }
            ForHead::Declare(kind, target, _) => self.pattern(target, value, Some(kind != DeclKind::Var), 0),
            ForHead::Target(target) => self.pattern(target, value, None, 0),
        }
    }

    fn for_in(
        &mut self,
        scope: Option<ScopeId>,
        left: ForHead<'a>,
        right: &'a Expr<'a>,
        body: &'a Stmt<'a>,
    ) -> CResult<()> {
        self.clear_completion();
        let labels = std::mem::take(&mut self.cur().labels);
        if let ForHead::Declare(_, Target::Name(name, span), Some(init)) = left {
            let mark = self.mark();
            let v = self.named_any(init, name)?;
            self.store_name(name, v, false, span.start)?;
            self.release(mark);
        }
        let state = self.temp()?;
        let value = self.cur().group(1)?;
        self.for_right(scope, right, value)?;
        self.pos(right.span.start);
        self.op(Op::ForInStart, state, value, 0);
        self.cur().labels = labels;
        self.push_target(true, true);
        let top = self.cur().here();
        let done = self.cur().jump3(Op::ForInNext, [value, state, 0])?;
        let mark = self.mark();
        if let Some(scope) = scope {
            self.enter_scope(scope, false, false)?;
        }
        self.for_bind(left, value)?;
        self.stmt(body)?;
        if scope.is_some() {
            self.leave_scope();
        }
        self.release(mark);
        self.land_continues();
        self.cur().jump_back(Op::Jump, 0, 0, top);
        self.cur().land(done);
        self.pop_target();
        Ok(())
    }

    fn for_of(
        &mut self,
        scope: Option<ScopeId>,
        left: ForHead<'a>,
        right: &'a Expr<'a>,
        body: &'a Stmt<'a>,
        is_await: bool,
    ) -> CResult<()> {
        self.clear_completion();
        let labels = std::mem::take(&mut self.cur().labels);
        let iter = self.cur().group(4)?;
        let value = iter + 3;
        self.for_right(scope, right, value)?;
        self.pos(right.span.start);
        self.op(Op::GetIterator, iter, value, u32::from(is_await));
        self.cur().labels = labels;
        // `break` to here closes the iterator first: the target stands outside.
        self.push_target(true, false);
        let target_labels = match self.cur().controls.last() {
            Some(Control::Target { labels, .. }) => labels.clone(),
            _ => Vec::new(),
        };
        let top = self.cur().here();
        let done = if is_await {
            let fast = self.cur().jump3(Op::IterNext, [value, iter, 0])?;
            self.await_value(value, value)?;
            let slow = self.cur().jump3(Op::IterResult, [value, value, iter])?;
            vec![fast, slow]
        } else {
            self.iter_next(iter, value)?
        };
        let start = self.cur().at();
        self.cur().controls.push(Control::Iterator {
            base: iter,
            start,
            ranges: Vec::new(),
            is_async: is_await,
        });
        // `continue` stays inside.
        self.cur().controls.push(Control::Target {
            labels: target_labels,
            plain: false,
            breaks: Vec::new(),
            continues: Some(Vec::new()),
        });
        let mark = self.mark();
        if let Some(scope) = scope {
            self.enter_scope(scope, false, false)?;
        }
        self.with_resources(scope, |this| {
            this.for_bind(left, value)?;
            this.stmt(body)
        })?;
        if scope.is_some() {
            self.leave_scope();
        }
        self.release(mark);
        self.land_continues();
        let inner_breaks = match self.cur().controls.pop() {
            Some(Control::Target { breaks, .. }) => breaks,
            _ => Vec::new(),
        };
        let end = self.cur().at();
        let Some(Control::Iterator { start, mut ranges, .. }) = self.cur().controls.pop() else {
            unreachable!("pushed above")
        };
        ranges.push((start, end));
        self.cur().jump_back(Op::Jump, 0, 0, top);
        if !inner_breaks.is_empty() {
            // `break label` of this very loop's label: out, closing the iterator.
            self.cur().land_all(inner_breaks);
            self.iter_close(iter, is_await)?;
            let jump = self.cur().jump(Op::Jump, 0, 0);
            if let Some(Control::Target { breaks, .. }) = self.cur().controls.last_mut() {
                breaks.push(jump);
            }
        }
        self.iter_handler(iter, &ranges, is_await)?;
        self.cur().land_all(done);
        self.pop_target();
        Ok(())
    }

    /// The handler that closes an iterator when its body throws.
    pub(crate) fn iter_handler(&mut self, iter: Reg, ranges: &[(u32, u32)], is_async: bool) -> CResult<()> {
        let mark = self.mark();
        let target = self.cur().here();
        let exception = self.temp()?;
        self.op(Op::Catch, exception, 0, 0);
        if is_async {
            // Errors of `return` and of what it promised are swallowed; what was thrown goes on.
            let start = self.cur().at();
            self.iter_close(iter, true)?;
            let end = self.cur().at();
            let skip = self.cur().jump(Op::Jump, 0, 0);
            let swallow = self.cur().here();
            let ignored = self.temp()?;
            self.op(Op::Catch, ignored, 0, 0);
            self.cur().land(skip);
            self.cur().protect(start, end, swallow);
        } else {
            self.op(Op::IterCloseThrow, iter, 0, 0);
        }
        self.op(Op::Throw, exception, 0, 0);
        self.protect_all(ranges, target);
        self.release(mark);
        Ok(())
    }

    fn try_catch(&mut self, block: &'a Block<'a>, handler: &'a CatchClause<'a>) -> CResult<()> {
        let start = self.cur().at();
        self.cur().controls.push(Control::Catch { start, ranges: Vec::new() });
        self.block(block)?;
        let end = self.cur().at();
        let Some(Control::Catch { start, mut ranges }) = self.cur().controls.pop() else {
            unreachable!("pushed above")
        };
        ranges.push((start, end));
        let over = self.cur().jump(Op::Jump, 0, 0);
        let target = self.cur().here();
        self.protect_all(&ranges, target);
        let mark = self.mark();
        let exception = self.temp()?;
        self.op(Op::Catch, exception, 0, 0);
        self.clear_completion();
        if let Some(scope) = handler.scope {
            self.enter_scope(scope, false, false)?;
        }
        if let Some(param) = handler.param {
            self.pattern(param, exception, Some(true), 0)?;
        }
        self.block(handler.body)?;
        if handler.scope.is_some() {
            self.leave_scope();
        }
        self.release(mark);
        self.cur().land(over);
        Ok(())
    }

    fn try_finally(
        &mut self,
        block: &'a Block<'a>,
        handler: Option<&'a CatchClause<'a>>,
        finalizer: &'a Block<'a>,
    ) -> CResult<()> {
        self.finally(
            |this| match handler {
                Some(h) => this.try_catch(block, h),
                None => this.block(block),
            },
            |this, _, _| {
                // The completion value of `finally` itself does not count, unless it is left early.
                let Some(completion) = this.cur().completion else { return this.block(finalizer) };
                let own = this.temp()?;
                this.op(Op::LoadUndef, own, 0, 0);
                this.cur().completion = Some(own);
                this.cur().controls.push(Control::Completion { from: own, to: completion });
                this.block(finalizer)?;
                this.cur().controls.pop();
                this.cur().completion = Some(completion);
                Ok(())
            },
        )
    }

    fn switch(
        &mut self,
        discriminant: &'a Expr<'a>,
        scope: Option<ScopeId>,
        functions: &'a [&'a Function<'a>],
        cases: &'a [Case<'a>],
    ) -> CResult<()> {
        let value = self.temp()?;
        self.expr(discriminant, value)?;
        self.push_target(true, false);
        if let Some(scope) = scope {
            self.enter_scope(scope, false, true)?;
        }
        self.bind_functions(functions)?;
        let table = dense_cases(cases);
        let mut jumps = Vec::new();
        if let Some((low, n)) = table {
            let targets = vec![JumpTable::NONE; n];
            self.cur().jump_tables.push(JumpTable { low, targets });
            let index = self.cur().jump_tables.len() as u32 - 1;
            self.emit(Op::JumpTable, [value, 0, 0], &[index]);
            jumps.extend(cases.iter().map(|_| None));
        } else {
            for case in cases {
                let mark = self.mark();
                jumps.push(match case.test {
                    Some(test) => Some(match small_int(test) {
                        Some(i) => self.cur().jump(Op::JSeqI, value, u32::from(i as u8)),
                        None => {
                            let t = self.expr_any(test)?;
                            self.cur().jump(Op::JSeq, value, t)
                        }
                    }),
                    None => None,
                });
                self.release(mark);
            }
        }
        let (tables, base) = (self.cur().jump_tables.len(), self.cur().here().0);
        let default = self.cur().jump(Op::Jump, 0, 0);
        let mut default_landed = false;
        for (case, jump) in cases.iter().zip(jumps) {
            match (jump, case.test) {
                (Some(j), _) => self.cur().land(j),
                (None, Some(test)) => {
                    let here = (self.cur().here().0 - base) as u32;
                    let table = &mut self.cur().jump_tables[tables - 1];
                    let at = whole(test).map_or(0, |i| (i64::from(i) - i64::from(table.low)) as usize);
                    // The first of the same cases counts.
                    if table.targets[at] == JumpTable::NONE {
                        table.targets[at] = here;
                    }
                }
                (None, None) => {
                    self.cur().land(default);
                    default_landed = true;
                }
            }
            self.stmts(case.body)?;
        }
        if !default_landed {
            self.cur().land(default);
        }
        if scope.is_some() {
            self.leave_scope();
        }
        self.pop_target();
        Ok(())
    }
}

/// The integer a case is for, if it is a constant one.
fn whole(test: &Expr<'_>) -> Option<i32> {
    crate::value::number::as_int32(constant(test)?)
}

/// Whether cases are worth a jump table: the lowest integer and the length of the table.
fn dense_cases(cases: &[Case<'_>]) -> Option<(i32, usize)> {
    let mut range: Option<(i32, i32)> = None;
    let mut n = 0;
    for test in cases.iter().filter_map(|c| c.test) {
        let i = whole(test)?;
        range = Some(range.map_or((i, i), |(low, high)| (low.min(i), high.max(i))));
        n += 1;
    }
    let (low, high) = range?;
    let length = usize::try_from(i64::from(high) - i64::from(low) + 1).ok()?;
    (n >= 6 && length <= 4 * n).then_some((low, length))
}
