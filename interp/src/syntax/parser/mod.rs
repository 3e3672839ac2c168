//! Recursive descent over the tokens (clauses 13 to 16), with scopes and early errors as it goes.
//!
//! Expressions that may turn out to be patterns are read as expressions and converted when `=` or
//! `=>` follows. Every function that can recurse measures the native stack first, and every node is
//! allocated fallibly, so that no text can end the process.

#![forbid(unsafe_code)]

mod class;
mod expr;
mod func;
mod lazy;
mod literal;
mod loops;
mod module;
mod pattern;
mod stmt;

use bumpalo::Bump;

use super::ast::{Expr, ExprKind, Function, FunctionKind, Program, ScopeId, ScopeKind, Span, Stmt, StmtKind};
use super::atoms::{Atom, AtomTable, Text};
use super::error::{Failure, PResult, SyntaxError};
use super::lexer::{Lexer, Unit};
use super::options::{Goal, ParseOptions, RegExpCheck, StackLimit};
use super::scope::Scopes;
use super::source::Source;
use super::token::{T, Token};
pub(crate) use lazy::{LazyFunction, parse_function};

/// What the surroundings of the code being read allow.
#[derive(Clone, Copy, Debug, Default)]
struct Context {
    strict: bool,
    /// `yield` is an operator.
    generator: bool,
    /// `await` is an operator.
    is_async: bool,
    /// In a parameter list, where `yield` and `await` are neither operators nor names.
    in_params: bool,
    /// At the top level of the program, outside all functions.
    top_level: bool,
    can_return: bool,
    new_target: bool,
    super_property: bool,
    super_call: bool,
    /// In a field initialiser or static block: no `arguments`.
    class_init: bool,
    /// In a static block: no `await`.
    static_block: bool,
}

#[derive(Clone, Copy)]
struct Label {
    name: Atom,
    is_loop: bool,
    /// No statement but labels between it and the statement to come.
    pending: bool,
}

/// What a function sets aside of the function around it.
struct Outer {
    context: Context,
    labels: Vec<Label>,
    loops: u32,
    switches: u32,
    cover_error: Option<(u32, &'static str)>,
    last_yield: Option<u32>,
    last_await: Option<u32>,
    last_await_name: Option<u32>,
    in_case: bool,
    no_labelled_function: bool,
}

struct Parser<'a, 's, 't, U> {
    lex: Lexer<'s, 't, U>,
    arena: &'a Bump,
    scopes: Scopes<'a>,
    context: Context,
    labels: Vec<Label>,
    loops: u32,
    switches: u32,
    /// Something that is right in a pattern only was read; an error unless a pattern it becomes.
    cover_error: Option<(u32, &'static str)>,
    /// The last operators `yield` and `await`, and the last `await` used as a name.
    last_yield: Option<u32>,
    last_await: Option<u32>,
    last_await_name: Option<u32>,
    /// Where an arrow function may begin.
    arrow_at: u32,
    /// Directly in a clause of `switch`, where `using` cannot stand.
    in_case: bool,
    /// In the body of a loop, `if` or `with`, where a label cannot be a function's.
    no_labelled_function: bool,
    /// Whether `in` is an operator in the body of an arrow function that begins there.
    arrow_allow_in: bool,
    is_module: bool,
    has_top_level_await: bool,
    module: module::ModuleBuilder<'a>,
    /// Where a dynamic function's parameters and body must end.
    dynamic_ends: Option<(u32, u32)>,
    limits: Limits,
    regexp_check: RegExpCheck,
    /// Statements, expressions of lists: stacks instead of many small vectors.
    stmts: Vec<Stmt<'a>>,
    /// Functions are read for their errors and free names only.
    lazy: bool,
    /// Where a function expression begins that looks as if it were called at once.
    called_at: u32,
    /// The arena of functions whose trees are not kept.
    spare: Option<Bump>,
}

/// How much a parser may take.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The lowest address of the native stack.
    stack: usize,
    /// The most bytes of tree and names, beyond those that were there at the start.
    max_bytes: usize,
    start_bytes: usize,
}

struct Parsed<'a> {
    body: &'a Function<'a>,
    scopes: &'a [super::ast::Scope<'a>],
    module: Option<&'a super::ast::ModuleInfo<'a>>,
    has_top_level_await: bool,
}

/// About where the native stack stands.
#[inline(always)]
fn stack_address() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}

/// Parses a source text. The tree lives in `arena`, its names in `atoms`.
///
/// # Errors
/// The first early error, or that the text goes beyond the limits in `options`.
pub fn parse<'a>(
    source: &Source,
    options: &ParseOptions,
    arena: &'a Bump,
    atoms: &'a mut AtomTable,
) -> Result<Program<'a>, SyntaxError> {
    let old_limit = arena.allocation_limit();
    if options.max_bytes != usize::MAX {
        arena.set_allocation_limit(Some(arena.allocated_bytes().saturating_add(options.max_bytes)));
    }
    let parsed = match source.text() {
        Text::Latin1(units) => parse_units(units, options, arena, atoms),
        Text::Utf16(units) => parse_units(units, options, arena, atoms),
    };
    arena.set_allocation_limit(old_limit);
    match parsed {
        Ok(parsed) => Ok(Program {
            body: parsed.body,
            scopes: parsed.scopes,
            atoms,
            is_module: options.goal == Goal::Module,
            module: parsed.module,
            has_top_level_await: parsed.has_top_level_await,
        }),
        Err(failure) => Err(failure.in_source(source)),
    }
}

fn parse_units<'a, U: Unit>(
    units: &[U],
    options: &ParseOptions,
    arena: &'a Bump,
    atoms: &mut AtomTable,
) -> PResult<Parsed<'a>> {
    if units.len() >= (u32::MAX >> 1) as usize {
        return Err(Failure::limit(Span::default(), "the source text is too long"));
    }
    let mut not_hoistable = Vec::new();
    loop {
        let mut parser = Parser::new(units, options, arena, atoms, not_hoistable.clone());
        let parsed = parser.program(options)?;
        // Seldom: a block's function was taken for a `var` and later found to be none.
        if parser.scopes.not_hoistable.is_empty() {
            return Ok(parsed);
        }
        not_hoistable.append(&mut parser.scopes.not_hoistable);
        not_hoistable.sort_unstable();
    }
}

impl<'a, 's, 't, U: Unit> Parser<'a, 's, 't, U> {
    fn new(
        units: &'s [U],
        options: &ParseOptions,
        arena: &'a Bump,
        atoms: &'t mut AtomTable,
        not_hoistable: Vec<u32>,
    ) -> Self {
        let limits = Limits {
            stack: match options.stack {
                StackLimit::Address(address) => address,
                StackLimit::Bytes(bytes) => stack_address().saturating_sub(bytes),
            },
            max_bytes: options.max_bytes,
            start_bytes: atoms.bytes() + arena.allocated_bytes(),
        };
        let is_module = options.goal == Goal::Module;
        let lex = Lexer::new(units, atoms, is_module);
        Parser {
            context: Context { top_level: true, ..Context::default() },
            is_module,
            lazy: options.lazy,
            ..Parser::over(lex, arena, Scopes::new(arena, not_hoistable), limits, options.regexp_check)
        }
    }

    /// A parser that has read nothing, of a script.
    fn over(
        lex: Lexer<'s, 't, U>,
        arena: &'a Bump,
        scopes: Scopes<'a>,
        limits: Limits,
        regexp_check: RegExpCheck,
    ) -> Self {
        Parser {
            lex,
            arena,
            scopes,
            context: Context::default(),
            labels: Vec::new(),
            loops: 0,
            switches: 0,
            cover_error: None,
            last_yield: None,
            last_await: None,
            last_await_name: None,
            arrow_at: u32::MAX,
            in_case: false,
            no_labelled_function: false,
            arrow_allow_in: true,
            is_module: false,
            has_top_level_await: false,
            module: module::ModuleBuilder::default(),
            dynamic_ends: None,
            limits,
            regexp_check,
            stmts: Vec::new(),
            lazy: false,
            called_at: u32::MAX,
            spare: None,
        }
    }

    fn program(&mut self, options: &ParseOptions) -> PResult<Parsed<'a>> {
        let mut private_names = Vec::new();
        let kind = match &options.goal {
            Goal::Script => ScopeKind::Script,
            Goal::Function { params_end, body_end } => {
                self.dynamic_ends = Some((*params_end, *body_end));
                ScopeKind::Script
            }
            Goal::Module => {
                self.context.strict = true;
                self.context.is_async = true;
                ScopeKind::Module
            }
            Goal::Eval(around) => {
                self.context = Context {
                    strict: around.strict,
                    new_target: around.new_target,
                    super_property: around.super_property,
                    super_call: around.super_call,
                    class_init: around.class_field_init,
                    ..self.context
                };
                for name in &around.private_names {
                    private_names.push(self.lex.atoms.intern(name.clone()));
                }
                ScopeKind::Eval
            }
        };
        let scope = self.scopes.enter(kind);
        self.lex.next()?;
        let body = if self.dynamic_ends.is_some() {
            let statement = self.dynamic_function()?;
            self.slice(&[statement])?
        } else {
            self.body_statements(T::Eof, None)?
        };
        let hoisted = self.scopes.take_functions();
        let hoisted = self.slice(&hoisted)?;
        let module = if self.is_module { Some(self.finish_module()?) } else { None };
        let atoms = self.lex.atoms.len();
        let (summary, private) = self.scopes.leave_program(atoms)?;
        for (name, pos) in private {
            if !private_names.contains(&name) {
                let name = self.name(name);
                let message = format!("private name {name} is not declared by a class around");
                return self.error_at(pos, pos + 1, message);
            }
        }
        let function = Function {
            name: None,
            kind: FunctionKind::Program,
            is_generator: false,
            is_async: self.has_top_level_await,
            strict: self.context.strict,
            params: &[],
            rest: None,
            simple_params: true,
            has_param_exprs: false,
            length: 0,
            scope,
            body_scope: None,
            name_scope: None,
            body,
            hoisted,
            uses_arguments: summary.uses_arguments,
            uses_this: summary.uses_this,
            this_captured: summary.this_captured,
            has_eval: summary.has_eval,
            span: Span { start: 0, end: self.lex.tok.end },
            lazy: None,
        };
        Ok(Parsed {
            body: self.alloc(function)?,
            scopes: self.scopes.finish()?,
            module,
            has_top_level_await: self.has_top_level_await,
        })
    }

    fn dynamic_function(&mut self) -> PResult<Stmt<'a>> {
        let function = self.function_expression(true)?;
        if self.at(T::Eof) {
            let expr = self.expr(0, ExprKind::Function(function))?;
            return Ok(Stmt { span: expr.span, kind: StmtKind::Expr(expr) });
        }
        self.unexpected("the end of the function")
    }

    // Memory.

    #[inline]
    fn alloc<V>(&self, value: V) -> PResult<&'a V> {
        match self.arena.try_alloc(value) {
            Ok(place) => Ok(place),
            Err(_) => self.out_of_memory(),
        }
    }

    fn slice<V: Copy>(&self, values: &[V]) -> PResult<&'a [V]> {
        match self.arena.try_alloc_slice_copy(values) {
            Ok(place) => Ok(place),
            Err(_) => self.out_of_memory(),
        }
    }

    #[cold]
    fn out_of_memory<R>(&self) -> PResult<R> {
        Err(Failure::limit(self.lex.tok.span(), "the program takes too much memory"))
    }

    /// Checks the native stack and the memory; called wherever the text can make us recurse.
    #[inline]
    fn guard(&self) -> PResult<()> {
        if stack_address() < self.limits.stack {
            return Err(Failure::limit(self.lex.tok.span(), "the program is nested too deeply"));
        }
        self.charge(0)
    }

    /// Checks the memory: the tree, the names, what waits on our stacks, and `more` bytes.
    #[inline]
    fn charge(&self, more: usize) -> PResult<()> {
        if self.used() + more > self.limits.max_bytes.saturating_add(self.limits.start_bytes) {
            return self.out_of_memory();
        }
        Ok(())
    }

    /// Bytes of the tree, the names, and what waits on our stacks, and what was there before.
    #[inline]
    fn used(&self) -> usize {
        let waiting = self.stmts.capacity() * size_of::<Stmt<'_>>() + self.scopes.bytes();
        self.lex.atoms.bytes() + self.arena.allocated_bytes() + waiting
    }

    /// Checks the memory as a list without nodes grows.
    fn charge_list<V>(&self, list: &[V]) -> PResult<()> {
        if list.len().is_multiple_of(1024) { self.charge(size_of_val(list) * 2) } else { Ok(()) }
    }

    // Tokens.

    #[inline(always)]
    fn kind(&self) -> T {
        self.lex.tok.kind
    }

    #[inline(always)]
    fn at(&self, kind: T) -> bool {
        self.lex.tok.kind == kind
    }

    /// At a word that is no reserved word, written without escapes.
    #[inline]
    fn at_word(&self, word: Atom) -> bool {
        self.lex.tok.kind == T::Ident && self.lex.tok.atom == word && !self.lex.tok.escaped
    }

    #[inline]
    fn next(&mut self) -> PResult<()> {
        if self.lex.tok.octal && self.context.strict {
            let message = match self.kind() {
                T::String => "found an octal escape in strict code",
                _ => "found a number with a leading 0 in strict code",
            };
            return Err(Failure::syntax(self.lex.tok.span(), message));
        }
        self.lex.next()
    }

    #[inline]
    fn eat(&mut self, kind: T) -> PResult<bool> {
        if self.at(kind) {
            self.next()?;
            return Ok(true);
        }
        Ok(false)
    }

    fn eat_word(&mut self, word: Atom) -> PResult<bool> {
        if self.at_word(word) {
            self.next()?;
            return Ok(true);
        }
        Ok(false)
    }

    #[inline]
    fn expect(&mut self, kind: T) -> PResult<()> {
        if self.at(kind) {
            return self.next();
        }
        self.unexpected(&format!("'{}'", kind.text()))
    }

    fn expect_word(&mut self, word: Atom) -> PResult<()> {
        if self.at_word(word) {
            return self.next();
        }
        let expected = format!("'{}'", self.name(word));
        self.unexpected(&expected)
    }

    /// A semicolon, written or not (12.10).
    fn semicolon(&mut self) -> PResult<()> {
        match self.kind() {
            T::Semicolon => self.next(),
            T::RBrace | T::Eof => Ok(()),
            _ if self.lex.tok.newline => Ok(()),
            _ => self.unexpected("';' or a new line"),
        }
    }

    // Errors.

    #[cold]
    fn unexpected<R>(&self, expected: &str) -> PResult<R> {
        let tok = &self.lex.tok;
        let found = match tok.kind {
            T::Ident => format!("'{}'", self.name(tok.atom)),
            T::PrivateName => format!("private name {}", self.name(tok.atom)),
            T::EscapedKeyword | T::Number | T::BigInt | T::String | T::Template | T::Eof => {
                tok.kind.text().to_string()
            }
            kind => format!("'{}'", kind.text()),
        };
        Err(Failure::syntax(tok.span(), format!("found {found}, expected {expected}")))
    }

    #[cold]
    fn error_at<R>(&self, start: u32, end: u32, message: impl Into<String>) -> PResult<R> {
        Err(Failure::syntax(Span { start, end }, message))
    }

    #[cold]
    fn error_span<R>(&self, span: Span, message: impl Into<String>) -> PResult<R> {
        Err(Failure::syntax(span, message))
    }

    #[cold]
    fn redeclared<R>(&self, name: Atom, pos: u32) -> PResult<R> {
        let text = self.name(name);
        let end = pos + text.encode_utf16().count() as u32;
        self.error_at(pos, end, format!("'{text}' has already been declared"))
    }

    fn name(&self, atom: Atom) -> String {
        self.lex.atoms.text(atom).to_string()
    }

    fn atom_count(&self) -> usize {
        self.lex.atoms.len()
    }

    // Names.

    /// Checks that the token can be a name here (13.1.1), as a binding if `binding`.
    #[inline]
    fn check_name(&mut self, tok: Token, binding: bool) -> PResult<()> {
        if tok.kind == T::Ident && tok.atom > Atom::ARGUMENTS {
            return Ok(());
        }
        self.check_known_name(tok, binding)
    }

    fn check_known_name(&mut self, tok: Token, binding: bool) -> PResult<()> {
        if tok.kind != T::Ident {
            return self.unexpected("a name");
        }
        let context = &self.context;
        let atom = tok.atom;
        let bad = if atom.is_strict_reserved() && context.strict {
            "is reserved in strict code"
        } else if atom == Atom::YIELD && context.generator {
            "cannot be a name in a generator"
        } else if atom == Atom::AWAIT && (self.is_module || context.is_async) {
            "cannot be a name in async functions and modules"
        } else if atom == Atom::AWAIT && context.static_block {
            "cannot be a name in a static block"
        } else if atom == Atom::ARGUMENTS && context.class_init && !binding {
            "cannot be used in a class field or static block"
        } else if matches!(atom, Atom::EVAL | Atom::ARGUMENTS) && context.strict && binding {
            "cannot be declared or assigned to in strict code"
        } else {
            if atom == Atom::AWAIT {
                self.last_await_name = Some(tok.start);
            }
            return Ok(());
        };
        let message = format!("'{}' {bad}", self.name(atom));
        self.error_span(tok.span(), message)
    }

    /// Reads a name that is declared.
    fn binding_name(&mut self) -> PResult<(Atom, Span)> {
        let tok = self.lex.tok;
        self.check_name(tok, true)?;
        self.next()?;
        Ok((tok.atom, tok.span()))
    }

    // Nodes.

    #[inline]
    fn expr(&self, start: u32, kind: ExprKind<'a>) -> PResult<&'a Expr<'a>> {
        self.alloc(Expr { span: Span { start, end: self.lex.prev_end }, kind })
    }

    #[inline]
    fn stmt(&self, start: u32, kind: StmtKind<'a>) -> Stmt<'a> {
        Stmt { span: Span { start, end: self.lex.prev_end }, kind }
    }

    /// Closes a block-like scope.
    fn leave_block(&mut self) -> PResult<Option<ScopeId>> {
        let atoms = self.atom_count();
        self.scopes.leave_block(atoms)
    }

    /// Begins a function: sets aside what belongs to the one around.
    fn enter_function(&mut self, context: Context) -> Outer {
        Outer {
            context: std::mem::replace(&mut self.context, context),
            labels: std::mem::take(&mut self.labels),
            loops: std::mem::take(&mut self.loops),
            switches: std::mem::take(&mut self.switches),
            cover_error: self.cover_error.take(),
            last_yield: self.last_yield.take(),
            last_await: self.last_await.take(),
            last_await_name: self.last_await_name.take(),
            in_case: std::mem::take(&mut self.in_case),
            no_labelled_function: std::mem::take(&mut self.no_labelled_function),
        }
    }

    fn exit_function(&mut self, outer: Outer) {
        self.context = outer.context;
        self.labels = outer.labels;
        self.loops = outer.loops;
        self.switches = outer.switches;
        self.cover_error = outer.cover_error;
        self.last_yield = outer.last_yield;
        self.last_await = outer.last_await;
        self.last_await_name = outer.last_await_name;
        self.in_case = outer.in_case;
        self.no_labelled_function = outer.no_labelled_function;
    }
}
