//! Functions of all sorts (clause 15, classes apart): heads, parameters, bodies, arrows.

#![forbid(unsafe_code)]

use super::super::ast::{
    BindingKind, Expr, ExprKind, Function, FunctionKind, PatternElement, ScopeId, ScopeKind, Span, Stmt,
    StmtKind, Target,
};
use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::lexer::Unit;
use super::super::token::{T, Token};
use super::literal::CoverItem;
use super::pattern::ParamFacts;
use super::{Context, Parser};

/// What is known of a function before its parameters.
#[derive(Clone, Copy)]
pub(super) struct FunctionHead {
    pub(super) start: u32,
    pub(super) kind: FunctionKind,
    pub(super) is_async: bool,
    pub(super) is_generator: bool,
    /// The name and where it stands.
    pub(super) name: Option<(Atom, Span)>,
    pub(super) name_scope: Option<ScopeId>,
    /// It looks as if it were called at once.
    pub(super) called: bool,
}

impl FunctionHead {
    pub(super) fn method(start: u32, kind: FunctionKind, is_async: bool, is_generator: bool) -> FunctionHead {
        FunctionHead { start, kind, is_async, is_generator, name: None, name_scope: None, called: false }
    }

    /// What the code of such a function may do, in code around it that is strict or not.
    pub(super) fn context(&self, strict: bool) -> Context {
        use FunctionKind::{ClassConstructor, DerivedConstructor, Getter, Method, Setter};
        Context {
            strict,
            generator: self.is_generator,
            is_async: self.is_async,
            can_return: true,
            new_target: true,
            super_property: matches!(
                self.kind,
                Method | Getter | Setter | ClassConstructor | DerivedConstructor
            ),
            super_call: self.kind == DerivedConstructor,
            ..Context::default()
        }
    }
}

/// The parameters of a function, and its body's rules.
pub(super) struct Params<'a> {
    pub(super) scope: ScopeId,
    pub(super) list: &'a [PatternElement<'a>],
    pub(super) rest: Option<Target<'a>>,
    pub(super) facts: ParamFacts,
}

impl Params<'_> {
    fn simple(&self) -> bool {
        let name = |p: &PatternElement<'_>| p.default.is_none() && matches!(p.target, Target::Name(..));
        self.rest.is_none() && self.list.iter().all(name)
    }

    fn length(&self) -> u32 {
        self.list.iter().take_while(|param| param.default.is_none()).count() as u32
    }
}

/// What a body's directives are checked against.
#[derive(Clone, Copy)]
pub(super) struct BodyRules<'b, 'a> {
    pub(super) params: &'b Params<'a>,
    pub(super) name: Option<(Atom, Span)>,
}

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    /// A function expression from `async` or `function` on. `dynamic`: the text of a dynamic
    /// function, whose name is not bound.
    pub(super) fn function_expression(&mut self, dynamic: bool) -> PResult<&'a Function<'a>> {
        let start = self.lex.tok.start;
        let is_async = self.eat_word(Atom::ASYNC)?;
        self.expect(T::Function)?;
        let is_generator = self.eat(T::Star)?;
        let mut head = FunctionHead::method(start, FunctionKind::Normal, is_async, is_generator);
        head.called = self.called_at == start;
        if !self.at(T::LParen) {
            let context = self.context;
            self.context.generator = is_generator;
            self.context.is_async = is_async;
            self.context.static_block = false;
            let (name, span) = self.binding_name()?;
            self.context = context;
            head.name = Some((name, span));
            if !dynamic {
                head.name_scope = Some(self.scopes.enter(ScopeKind::FunctionName));
                self.scopes.declare(name, BindingKind::FunctionName, span.start);
            }
        }
        self.function_rest(head)
    }

    /// A function declaration's head from `async` or `function` on; the name is optional in
    /// `export default`.
    pub(super) fn function_declaration_head(&mut self, default: bool) -> PResult<FunctionHead> {
        let start = self.lex.tok.start;
        let is_async = self.eat_word(Atom::ASYNC)?;
        self.expect(T::Function)?;
        let is_generator = self.eat(T::Star)?;
        let mut head = FunctionHead::method(start, FunctionKind::Normal, is_async, is_generator);
        head.name = if default && self.at(T::LParen) {
            Some((Atom::STAR_DEFAULT, self.lex.tok.span()))
        } else {
            Some(self.binding_name()?)
        };
        Ok(head)
    }

    /// A function, method, getter, setter or constructor from its parameters on.
    pub(super) fn function_rest(&mut self, head: FunctionHead) -> PResult<&'a Function<'a>> {
        self.guard()?;
        if self.lazy && self.may_be_lazy(&head) {
            if let Some(function) = self.read_over(head)? {
                return Ok(function);
            }
            // It has a direct eval, which sees every name; the functions inside it are not read twice.
            self.lazy = false;
            let function = self.function_now(head);
            self.lazy = true;
            return function;
        }
        self.function_now(head)
    }

    /// A function from its parameters on, with its tree.
    pub(super) fn function_now(&mut self, head: FunctionHead) -> PResult<&'a Function<'a>> {
        let dynamic_ends = self.dynamic_ends.take();
        let outer = self.enter_function(head.context(self.context.strict));
        let scope = self.scopes.enter(ScopeKind::Function);
        let params = self.params(head.kind, scope)?;
        if let Some((params_end, _)) = dynamic_ends
            && self.lex.prev_end != params_end + 1
        {
            return self.unexpected("the end of the parameters only after all of their text");
        }
        let function = self.body_and_finish(head, &params, dynamic_ends.map(|ends| ends.1))?;
        self.exit_function(outer);
        Ok(function)
    }

    /// `(a, b = 1, ...c)`
    fn params(&mut self, kind: FunctionKind, scope: ScopeId) -> PResult<Params<'a>> {
        let start = self.lex.tok.start;
        self.expect(T::LParen)?;
        self.context.in_params = true;
        let mut list = Vec::new();
        let mut rest = None;
        while !self.at(T::RParen) {
            if self.eat(T::Ellipsis)? {
                rest = Some(self.binding_target()?);
                break;
            }
            list.push(self.binding_element()?);
            if !self.at(T::RParen) {
                if !self.at(T::Comma) {
                    return self.unexpected("',' or ')' after a parameter");
                }
                self.next()?;
            }
        }
        self.expect(T::RParen)?;
        self.context.in_params = false;
        match kind {
            FunctionKind::Getter if !list.is_empty() || rest.is_some() => {
                return self.error_at(start, self.lex.prev_end, "a getter has no parameters");
            }
            FunctionKind::Setter if list.len() != 1 || rest.is_some() => {
                let message = "a setter has one parameter, which is no rest";
                return self.error_at(start, self.lex.prev_end, message);
            }
            _ => {}
        }
        let facts = self.declare_params(&list, rest)?;
        Ok(Params { scope, list: self.slice(&list)?, rest, facts })
    }

    /// A body in braces, its checks, and the function.
    fn body_and_finish(
        &mut self,
        head: FunctionHead,
        params: &Params<'a>,
        body_end: Option<u32>,
    ) -> PResult<&'a Function<'a>> {
        let body_scope = params.facts.has_exprs.then(|| self.scopes.enter(ScopeKind::FunctionBody));
        self.expect(T::LBrace)?;
        let rules = BodyRules { params, name: head.name };
        let body = self.body_statements(T::RBrace, Some(rules))?;
        if body_end.is_some_and(|end| end != self.lex.tok.start) {
            return self.unexpected("the end of the function only after all of its body");
        }
        let strict = self.context.strict;
        if (strict || head.kind != FunctionKind::Normal || !params.simple())
            && let Some((name, pos)) = params.facts.duplicate
        {
            let message = format!("parameter '{}' is declared twice", self.name(name));
            return self.error_at(pos, pos + 1, message);
        }
        // The brace is left behind in the code around, whose strictness decides on what follows.
        self.lex.next()?;
        self.finish_function(head, params, body_scope, body, strict)
    }

    pub(super) fn finish_function(
        &mut self,
        head: FunctionHead,
        params: &Params<'a>,
        body_scope: Option<ScopeId>,
        body: &'a [Stmt<'a>],
        strict: bool,
    ) -> PResult<&'a Function<'a>> {
        let hoisted = self.scopes.take_functions();
        let hoisted = self.slice(&hoisted)?;
        let atoms = self.atom_count();
        let is_arrow = head.kind == FunctionKind::Arrow;
        let summary = self.scopes.leave_function(atoms, is_arrow, head.name_scope.is_some())?;
        self.alloc(Function {
            name: head.name.map(|(name, _)| name),
            kind: head.kind,
            is_generator: head.is_generator,
            is_async: head.is_async,
            strict,
            params: params.list,
            rest: params.rest,
            simple_params: params.simple(),
            has_param_exprs: params.facts.has_exprs,
            length: params.length(),
            scope: params.scope,
            body_scope,
            name_scope: head.name_scope,
            body,
            hoisted,
            uses_arguments: summary.uses_arguments,
            uses_this: summary.uses_this,
            this_captured: summary.this_captured,
            has_eval: summary.has_eval,
            span: Span { start: head.start, end: self.lex.prev_end },
            lazy: None,
        })
    }

    /// Statements up to `end` (not consumed), with the directives before them (11.2.1).
    pub(super) fn body_statements(
        &mut self,
        end: T,
        rules: Option<BodyRules<'_, 'a>>,
    ) -> PResult<&'a [Stmt<'a>]> {
        let base = self.stmts.len();
        let mut octal = None;
        while self.at(T::String) {
            let tok = self.lex.tok;
            let stmt = self.statement_item()?;
            self.stmts.push(stmt);
            match stmt.kind {
                StmtKind::Expr(Expr { kind: ExprKind::String(_), span }) if *span == tok.span() => {}
                _ => break,
            }
            if tok.octal && octal.is_none() {
                octal = Some(tok.span());
            }
            if tok.atom == Atom::USE_STRICT && !tok.escaped {
                self.use_strict(tok, rules)?;
            }
            if let (Some(span), true) = (octal, self.context.strict) {
                return self.error_span(span, "found an octal escape in strict code");
            }
        }
        while !self.at(end) {
            let stmt = self.statement_item()?;
            self.stmts.push(stmt);
        }
        let body = self.slice(&self.stmts[base..])?;
        self.stmts.truncate(base);
        Ok(body)
    }

    /// The function turns strict: its name and parameters are looked at again.
    fn use_strict(&mut self, tok: Token, rules: Option<BodyRules<'_, 'a>>) -> PResult<()> {
        if let Some(rules) = rules
            && !rules.params.simple()
        {
            let message = "'use strict' cannot stand in a function with other than plain parameters";
            return self.error_span(tok.span(), message);
        }
        if self.context.strict {
            return Ok(());
        }
        self.context.strict = true;
        let Some(rules) = rules else { return Ok(()) };
        let params = rules.params.list.iter().filter_map(|param| match param.target {
            Target::Name(name, span) => Some((name, span)),
            _ => None,
        });
        for (name, span) in rules.name.into_iter().chain(params) {
            if name.is_strict_reserved() || matches!(name, Atom::EVAL | Atom::ARGUMENTS) {
                let message = format!("'{}' cannot be declared in strict code", self.name(name));
                return self.error_span(span, message);
            }
        }
        Ok(())
    }

    // Arrows.

    fn arrow_context(&self, is_async: bool) -> Context {
        Context {
            is_async,
            generator: false,
            in_params: false,
            top_level: false,
            can_return: true,
            static_block: false,
            ..self.context
        }
    }

    /// `name => …`, at the arrow.
    pub(super) fn arrow_of_name(
        &mut self,
        start: u32,
        param: Token,
        is_async: bool,
    ) -> PResult<&'a Expr<'a>> {
        if is_async && param.atom == Atom::AWAIT {
            return self.error_span(param.span(), "'await' cannot be a name in async functions");
        }
        self.check_name(param, true)?;
        let scope = self.scopes.enter(ScopeKind::Function);
        let target = Target::Name(param.atom, param.span());
        let list = [PatternElement { target, default: None }];
        let facts = self.declare_params(&list, None)?;
        let params = Params { scope, list: self.slice(&list)?, rest: None, facts };
        self.arrow_body(start, params, is_async)
    }

    /// `(…) => …`, at the arrow; the scope entered at the parenthesis is still open.
    pub(super) fn arrow_of_items(
        &mut self,
        start: u32,
        items: &[CoverItem<'a>],
        is_async: bool,
    ) -> PResult<&'a Expr<'a>> {
        self.cover_error = None;
        let scope = self.scopes.become_function();
        let after = |pos: Option<u32>| pos.filter(|&pos| pos >= start);
        if let Some(pos) = after(self.last_yield) {
            return self.error_at(pos, pos + 5, "a yield expression cannot stand in parameters");
        }
        if let Some(pos) = after(self.last_await) {
            return self.error_at(pos, pos + 5, "an await expression cannot stand in parameters");
        }
        if is_async && let Some(pos) = after(self.last_await_name) {
            return self.error_at(pos, pos + 5, "'await' cannot be a name in async functions");
        }
        let mut list = Vec::with_capacity(items.len());
        let mut rest = None;
        for (i, item) in items.iter().enumerate() {
            match *item {
                CoverItem::Expr(expr) => list.push(self.element_of(expr)?),
                CoverItem::Spread(expr) => {
                    let comma = self.lex.unit_after(expr.span.end) == u32::from(b',');
                    if i + 1 < items.len() || comma {
                        return self.error_expr(expr, "a rest parameter must be the last");
                    }
                    rest = Some(self.target_of(expr)?);
                }
            }
        }
        for param in &list {
            self.check_binding(param.target)?;
        }
        if let Some(rest) = rest {
            self.check_binding(rest)?;
        }
        let facts = self.declare_params(&list, rest)?;
        let params = Params { scope, list: self.slice(&list)?, rest, facts };
        self.arrow_body(start, params, is_async)
    }

    fn arrow_body(&mut self, start: u32, params: Params<'a>, is_async: bool) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let allow_in = self.arrow_allow_in;
        self.expect(T::Arrow)?;
        let head = FunctionHead::method(start, FunctionKind::Arrow, is_async, false);
        let context = self.arrow_context(is_async);
        let await_name = self.last_await_name;
        let outer = self.enter_function(context);
        let function = if self.at(T::LBrace) {
            self.body_and_finish(head, &params, None)?
        } else {
            if let Some((name, pos)) = params.facts.duplicate {
                let message = format!("parameter '{}' is declared twice", self.name(name));
                return self.error_at(pos, pos + 1, message);
            }
            let body_scope = params.facts.has_exprs.then(|| self.scopes.enter(ScopeKind::FunctionBody));
            let expr = self.assignment(allow_in)?;
            let body = self.slice(&[Stmt { span: expr.span, kind: StmtKind::Return(Some(expr)) }])?;
            let strict = self.context.strict;
            self.finish_function(head, &params, body_scope, body, strict)?
        };
        let await_name = self.last_await_name.or(await_name);
        self.exit_function(outer);
        if !is_async {
            // An async arrow around must hear of it: its parameters hold this arrow.
            self.last_await_name = await_name;
        }
        self.expr(start, ExprKind::Function(function))
    }
}
