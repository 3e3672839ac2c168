//! Functions that are read twice: first for their errors and their free names, their trees forgotten
//! at once; again, with a tree, when they are called for the first time.
//!
//! Either time a function is read apart, by a parser of its own over scopes of its own, so that both
//! find the same. What goes in between is a [`Lazy`] in the tree around it. A function is not lazy if it
//! has a direct eval, which may see every name around; nor if it is an arrow, whose parameters are known
//! for what they are only behind them; nor a constructor, which belongs to its class.
//!
//! Functions inside one that is read for its errors only are read with it: the text is so read at most
//! three times, however deep functions nest (by the script, for a function of it, for one in that).

#![forbid(unsafe_code)]

use bumpalo::Bump;

use super::super::ast::{BindingKind, Function, FunctionKind, Lazy, Program, ScopeId, ScopeKind, Span};
use super::super::atoms::{Atom, AtomTable, Text};
use super::super::error::{PResult, SyntaxError};
use super::super::lexer::{Lexer, Unit};
use super::super::options::{Goal, ParseOptions};
use super::super::scope::{Free, Scopes};
use super::super::source::Source;
use super::func::FunctionHead;
use super::{Context, Limits, Parser};

/// Where a lazy function stands, and what is known of it before its parameters.
#[derive(Clone, Debug)]
pub(crate) struct LazyFunction {
    /// Its text, for `toString`.
    pub(crate) span: Span,
    pub(crate) kind: FunctionKind,
    pub(crate) is_async: bool,
    pub(crate) is_generator: bool,
    pub(crate) params_start: u32,
    pub(crate) outer_strict: bool,
    pub(crate) in_module: bool,
    /// The name that it binds for itself.
    pub(crate) own_name: Option<Text>,
}

/// Reads a lazy function with its tree. The program that comes of it has the function as its body.
///
/// # Errors
/// That the text goes beyond the limits in `options`: its errors were found before.
pub(crate) fn parse_function<'a>(
    source: &Source,
    function: &LazyFunction,
    options: &ParseOptions,
    arena: &'a Bump,
    atoms: &'a mut AtomTable,
) -> Result<Program<'a>, SyntaxError> {
    let old_limit = arena.allocation_limit();
    if options.max_bytes != usize::MAX {
        arena.set_allocation_limit(Some(arena.allocated_bytes().saturating_add(options.max_bytes)));
    }
    let goal = if function.in_module { Goal::Module } else { Goal::Script };
    let options = ParseOptions { goal, ..options.clone() };
    let parsed = match source.text() {
        Text::Latin1(units) => function_of_units(units, function, &options, arena, atoms),
        Text::Utf16(units) => function_of_units(units, function, &options, arena, atoms),
    };
    arena.set_allocation_limit(old_limit);
    match parsed {
        Ok((body, scopes)) => {
            let is_module = function.in_module;
            Ok(Program { body, scopes, atoms, is_module, module: None, has_top_level_await: false })
        }
        Err(failure) => Err(failure.in_source(source)),
    }
}

fn function_of_units<'a, U: Unit>(
    units: &[U],
    function: &LazyFunction,
    options: &ParseOptions,
    arena: &'a Bump,
    atoms: &mut AtomTable,
) -> PResult<(&'a Function<'a>, &'a [super::super::ast::Scope<'a>])> {
    let own_name = function.own_name.as_ref().map(|name| (atoms.intern(name.clone()), function.span));
    let LazyFunction { kind, is_async, is_generator, .. } = *function;
    let mut head = FunctionHead::method(function.span.start, kind, is_async, is_generator);
    head.name = own_name;
    let mut not_hoistable = Vec::new();
    loop {
        let mut parser = Parser::new(units, options, arena, atoms, not_hoistable.clone());
        parser.context = Context { strict: function.outer_strict, ..Context::default() };
        parser.lex.start_at(function.params_start)?;
        let body = parser.lone_function(head, own_name.is_some())?;
        if parser.scopes.not_hoistable.is_empty() {
            return Ok((body, parser.scopes.finish()?));
        }
        not_hoistable.append(&mut parser.scopes.not_hoistable);
        not_hoistable.sort_unstable();
    }
}

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    /// Whether a function of that head may be read for its errors only.
    pub(super) fn may_be_lazy(&self, head: &FunctionHead) -> bool {
        use FunctionKind::{Getter, Method, Normal, Setter};
        !head.called && self.dynamic_ends.is_none() && matches!(head.kind, Normal | Method | Getter | Setter)
    }

    /// A function as if nothing were around it. `binds_name`: a function expression's own name has a scope.
    fn lone_function(&mut self, head: FunctionHead, binds_name: bool) -> PResult<&'a Function<'a>> {
        self.scopes.enter(ScopeKind::Script);
        let name = head.name.filter(|_| binds_name);
        let name_scope = name.map(|(name, span)| {
            let scope = self.scopes.enter(ScopeKind::FunctionName);
            self.scopes.declare(name, BindingKind::FunctionName, span.start);
            scope
        });
        self.function_now(FunctionHead { name_scope, ..head })
    }

    /// Reads a function from its parameters on for its errors and its free names; `None`, with nothing read, if it
    /// cannot be lazy.
    pub(super) fn read_over(&mut self, head: FunctionHead) -> PResult<Option<&'a Function<'a>>> {
        let start = self.lex.position();
        let params_start = self.lex.tok.start;
        let mut arena = self.spare.take().unwrap_or_default();
        let mut not_hoistable = Vec::new();
        let (function, free) = loop {
            let (known, found) = self.read_apart(head, &arena, not_hoistable.clone())?;
            arena.reset();
            if found.is_empty() {
                break known;
            }
            self.lex.resume(start);
            not_hoistable.extend(found);
            not_hoistable.sort_unstable();
        };
        self.spare = Some(arena);
        if free.has_eval() {
            self.lex.resume(start);
            return Ok(None);
        }
        if head.name_scope.is_some() {
            self.scopes.drop_scope();
        }
        self.scopes.refer_free(&free);
        self.charge(0)?;
        let free = self.slice(&free.names().collect::<Vec<Atom>>())?;
        let (outer_strict, binds_name) = (self.context.strict, head.name_scope.is_some());
        let lazy = self.alloc(Lazy { free, params_start, outer_strict, binds_name })?;
        self.alloc(Function { lazy: Some(lazy), ..function }).map(|f| Some(f as &_))
    }

    /// Reads a function by a parser of its own, whose tree goes with `arena`; what stays of the function, and which
    /// functions of its blocks turned out not to be its `var`s.
    fn read_apart(
        &mut self,
        head: FunctionHead,
        arena: &Bump,
        known_not_hoistable: Vec<u32>,
    ) -> PResult<((Function<'static>, Free), Vec<u32>)> {
        let used = self.used();
        let left = self.limits.max_bytes.saturating_add(self.limits.start_bytes).saturating_sub(used);
        let there = arena.allocated_bytes();
        let limited = self.limits.max_bytes != usize::MAX;
        arena.set_allocation_limit(limited.then_some(there.saturating_add(left)));
        let scopes: Scopes<'_> = self.scopes.apart(arena, known_not_hoistable);
        let strict = self.context.strict;
        let is_module = self.is_module;
        let lex: Lexer<'_, '_, U> = self.lex.branch();
        let limits = Limits { max_bytes: left, start_bytes: lex.atoms.bytes() + there, ..self.limits };
        let mut apart = Parser {
            context: Context { strict, ..Context::default() },
            is_module,
            ..Parser::over(lex, arena, scopes, limits, self.regexp_check)
        };
        let function = apart.lone_function(head, head.name_scope.is_some())?;
        let known = Function {
            name: function.name,
            kind: function.kind,
            is_generator: function.is_generator,
            is_async: function.is_async,
            strict: function.strict,
            params: &[],
            rest: None,
            simple_params: function.simple_params,
            has_param_exprs: function.has_param_exprs,
            length: function.length,
            scope: ScopeId(u32::MAX),
            body_scope: None,
            name_scope: None,
            body: &[],
            hoisted: &[],
            uses_arguments: function.uses_arguments,
            uses_this: function.uses_this,
            this_captured: function.this_captured,
            has_eval: function.has_eval,
            span: function.span,
            lazy: None,
        };
        let found = std::mem::take(&mut apart.scopes.not_hoistable);
        let end = apart.lex.position();
        let Parser { mut scopes, .. } = apart;
        let free = self.scopes.rejoin(&mut scopes);
        self.lex.resume(end);
        Ok(((known, free), found))
    }
}
