//! Statements and declarations (clause 14), loops apart.

#![forbid(unsafe_code)]

use super::super::ast::{
    BindingKind, Block, Case, CatchClause, DeclKind, Declarator, Expr, ExprKind, Function, ScopeKind, Stmt,
    StmtKind, Target,
};
use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::lexer::Unit;
use super::super::token::{T, Token};
use super::{Label, Parser};

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    /// Statements and declarations up to `end`, which is not consumed.
    pub(super) fn statements(&mut self, end: T) -> PResult<&'a [Stmt<'a>]> {
        let base = self.stmts.len();
        while !self.at(end) {
            let stmt = self.statement_item()?;
            self.stmts.push(stmt);
        }
        let list = self.slice(&self.stmts[base..])?;
        self.stmts.truncate(base);
        Ok(list)
    }

    /// `StatementListItem`, at the top level of a module also `ModuleItem`.
    pub(super) fn statement_item(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        match self.kind() {
            T::Function => self.function_declaration(),
            T::Class => {
                let class = self.class(true, false, &[], start)?;
                Ok(self.stmt(start, StmtKind::Class(class)))
            }
            T::At => self.decorated_declaration(),
            T::Const => self.declaration(DeclKind::Const),
            T::Import | T::Export => self.import_or_export(),
            T::Ident => match self.declaration_word()? {
                Some(kind) => self.declaration(kind),
                None if self.at_async_function()? => self.function_declaration(),
                None => self.statement(),
            },
            _ => self.statement(),
        }
    }

    /// Decorators, and the class declaration or its export after them.
    fn decorated_declaration(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        let decorators = self.decorators()?;
        match self.kind() {
            T::Class => {
                let class = self.class(true, false, decorators, start)?;
                Ok(self.stmt(start, StmtKind::Class(class)))
            }
            T::Export => {
                self.check_module_item()?;
                self.export_decorated(decorators)
            }
            _ => self.unexpected("'class' after decorators"),
        }
    }

    fn at_async_function(&mut self) -> PResult<bool> {
        if !self.at_word(Atom::ASYNC) {
            return Ok(false);
        }
        let ahead = self.lex.lookahead()?;
        Ok(ahead.kind == T::Function && !ahead.newline)
    }

    fn import_or_export(&mut self) -> PResult<Stmt<'a>> {
        if self.at(T::Import) {
            let ahead = self.lex.lookahead()?;
            if matches!(ahead.kind, T::LParen | T::Dot) {
                return self.statement();
            }
        }
        self.check_module_item()?;
        if self.at(T::Import) { self.import_declaration() } else { self.export_declaration() }
    }

    fn check_module_item(&mut self) -> PResult<()> {
        if !self.is_module || !self.context.top_level || !self.scopes.at_outermost() {
            let message = "import and export can only stand at the top level of a module";
            return self.error_span(self.lex.tok.span(), message);
        }
        Ok(())
    }

    /// Whether a `let`, `using` or `await using` declaration begins here.
    pub(super) fn declaration_word(&mut self) -> PResult<Option<DeclKind>> {
        let tok = self.lex.tok;
        if tok.escaped {
            return Ok(None);
        }
        match tok.atom {
            Atom::LET => {
                let ahead = self.lex.lookahead()?;
                let binds = matches!(ahead.kind, T::Ident | T::LBracket | T::LBrace | T::EscapedKeyword);
                Ok(binds.then_some(DeclKind::Let))
            }
            Atom::USING => {
                let ahead = self.lex.lookahead()?;
                let binds = ahead.kind == T::Ident && !ahead.newline;
                Ok(binds.then_some(DeclKind::Using))
            }
            Atom::AWAIT if self.context.is_async && !self.context.in_params => {
                let ahead = self.lex.lookahead()?;
                if ahead.kind != T::Ident || ahead.atom != Atom::USING || ahead.escaped || ahead.newline {
                    return Ok(None);
                }
                let after = self.lex.second_lookahead()?;
                let binds = after.kind == T::Ident && !after.newline;
                Ok(binds.then_some(DeclKind::AwaitUsing))
            }
            _ => Ok(None),
        }
    }

    /// Consumes the words of a declaration and checks its place.
    pub(super) fn declaration_keyword(&mut self, kind: DeclKind, in_for: bool) -> PResult<()> {
        let span = self.lex.tok.span();
        if matches!(kind, DeclKind::Using | DeclKind::AwaitUsing)
            && !in_for
            && (self.in_case || self.scopes.at_script_top())
        {
            let message = "using can only stand in blocks, functions, loops and modules";
            return self.error_span(span, message);
        }
        if kind == DeclKind::AwaitUsing {
            self.last_await = Some(span.start);
            self.has_top_level_await |= self.context.top_level;
            self.next()?;
        }
        self.next()
    }

    /// `var`, `let`, `const`, `using` with its semicolon.
    pub(super) fn declaration(&mut self, kind: DeclKind) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        self.declaration_keyword(kind, false)?;
        let list = self.declarators(kind)?;
        self.semicolon()?;
        Ok(self.stmt(start, StmtKind::Declare(kind, list)))
    }

    fn declarators(&mut self, kind: DeclKind) -> PResult<&'a [Declarator<'a>]> {
        let mut list = Vec::with_capacity(1);
        loop {
            let target = self.declaration_target(kind)?;
            list.push(self.declarator(kind, target, true)?);
            if !self.eat(T::Comma)? {
                return self.slice(&list);
            }
        }
    }

    /// The name or pattern of a declaration, declared.
    pub(super) fn declaration_target(&mut self, kind: DeclKind) -> PResult<Target<'a>> {
        if matches!(kind, DeclKind::Using | DeclKind::AwaitUsing) && !self.at(T::Ident) {
            return self.unexpected("a name");
        }
        let target = self.binding_target()?;
        self.declare_target(kind, target)?;
        Ok(target)
    }

    /// The rest of a declarator, whose initialiser may be required.
    pub(super) fn declarator(
        &mut self,
        kind: DeclKind,
        target: Target<'a>,
        allow_in: bool,
    ) -> PResult<Declarator<'a>> {
        if self.eat(T::Eq)? {
            let init = Some(self.assignment(allow_in)?);
            return Ok(Declarator { target, init });
        }
        let is_name = matches!(target, Target::Name(..));
        if !is_name {
            return self.unexpected("'=' and a value after a pattern");
        }
        if !matches!(kind, DeclKind::Var | DeclKind::Let) {
            return self.unexpected("'=' and a value after a constant's name");
        }
        Ok(Declarator { target, init: None })
    }

    /// A function declaration where declarations may stand.
    fn function_declaration(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        let head = self.function_declaration_head(false)?;
        let (name, span) = head.name.expect("a declaration has a name");
        let plain = !self.context.strict && !head.is_async && !head.is_generator;
        if !self.scopes.declare_function(name, span.start, plain) {
            return self.redeclared(name, span.start);
        }
        let annex_b = plain && self.scopes.in_block() && self.scopes.hoist_block_function(name, span.start);
        let function = self.function_rest(head)?;
        self.scopes.add_function(function);
        Ok(self.stmt(start, StmtKind::Function { function, annex_b }))
    }

    /// `Statement`
    pub(super) fn statement(&mut self) -> PResult<Stmt<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        let kind = match self.kind() {
            T::LBrace => StmtKind::Block(self.block()?),
            T::Var => return self.declaration(DeclKind::Var),
            T::Semicolon => {
                self.next()?;
                StmtKind::Empty
            }
            T::If => return self.if_statement(),
            T::For => return self.for_statement(),
            T::While => return self.while_statement(),
            T::Do => return self.do_while_statement(),
            T::Continue | T::Break => self.jump()?,
            T::Return => self.return_statement()?,
            T::With => self.with_statement()?,
            T::Switch => self.switch_statement()?,
            T::Throw => {
                self.next()?;
                if self.lex.tok.newline {
                    return self.unexpected("an expression on the line of 'throw'");
                }
                let expr = self.expression(true)?;
                self.semicolon()?;
                StmtKind::Throw(expr)
            }
            T::Try => self.try_statement()?,
            T::Debugger => {
                self.next()?;
                self.semicolon()?;
                StmtKind::Debugger
            }
            T::Function => {
                return self.unexpected("a statement (a function can stand in a block only)");
            }
            T::Class | T::At => {
                return self.unexpected("a statement (a class can stand in a block only)");
            }
            T::Import => {
                let ahead = self.lex.lookahead()?;
                if !matches!(ahead.kind, T::LParen | T::Dot) {
                    return self.unexpected("a statement");
                }
                return self.expression_statement();
            }
            T::Ident => {
                self.check_statement_word()?;
                return self.expression_statement();
            }
            _ => return self.expression_statement(),
        };
        Ok(self.stmt(start, kind))
    }

    /// An expression statement begins neither with `let [` nor with `async function`.
    fn check_statement_word(&mut self) -> PResult<()> {
        if self.at_word(Atom::LET) {
            let ahead = self.lex.lookahead()?;
            if ahead.kind == T::LBracket {
                return self.unexpected("a statement (declarations can stand in a block only)");
            }
        }
        if self.at_async_function()? {
            return self.unexpected("a statement (a function can stand in a block only)");
        }
        Ok(())
    }

    fn expression_statement(&mut self) -> PResult<Stmt<'a>> {
        let tok = self.lex.tok;
        let expr = self.expression(true)?;
        if self.at(T::Colon)
            && tok.kind == T::Ident
            && let ExprKind::Ident(_) = expr.kind
            && expr.span == tok.span()
        {
            return self.labelled(tok);
        }
        self.semicolon()?;
        Ok(self.stmt(tok.start, StmtKind::Expr(expr)))
    }

    fn labelled(&mut self, tok: Token) -> PResult<Stmt<'a>> {
        let name = tok.atom;
        self.scopes.forget_reference();
        if self.labels.iter().any(|label| label.name == name) {
            let message = format!("label '{}' is already in use", self.name(name));
            return self.error_span(tok.span(), message);
        }
        self.next()?;
        self.labels.push(Label { name, is_loop: false, pending: true });
        let is_loop = matches!(self.kind(), T::For | T::While | T::Do);
        if self.kind() != T::Ident {
            for label in self.labels.iter_mut().rev().take_while(|label| label.pending) {
                label.is_loop = is_loop;
                label.pending = false;
            }
        }
        let body = if self.at(T::Function) {
            if self.context.strict {
                return self.unexpected("a statement (functions cannot be labelled in strict code)");
            }
            let ahead = self.lex.lookahead()?;
            if ahead.kind == T::Star {
                return self.unexpected("a statement (generators cannot be labelled)");
            }
            if self.no_labelled_function {
                return self.unexpected("a statement (a function can stand in a block only)");
            }
            self.function_declaration()?
        } else {
            self.statement()?
        };
        self.labels.pop();
        let body = self.alloc(body)?;
        Ok(self.stmt(tok.start, StmtKind::Labelled(name, body)))
    }

    /// The body of a loop, `if` or `with`: a statement that is no labelled function.
    pub(super) fn sub_statement(&mut self) -> PResult<&'a Stmt<'a>> {
        let at_label = self.at(T::Ident);
        let outer = std::mem::replace(&mut self.no_labelled_function, at_label);
        let stmt = self.statement()?;
        self.no_labelled_function = outer;
        self.alloc(stmt)
    }

    fn block(&mut self) -> PResult<&'a Block<'a>> {
        self.scopes.enter(ScopeKind::Block);
        self.block_rest()
    }

    /// A block whose scope is open already.
    fn block_rest(&mut self) -> PResult<&'a Block<'a>> {
        let outer = std::mem::replace(&mut self.in_case, false);
        let outer_labelled = std::mem::replace(&mut self.no_labelled_function, false);
        self.expect(T::LBrace)?;
        let body = self.statements(T::RBrace)?;
        self.next()?;
        self.in_case = outer;
        self.no_labelled_function = outer_labelled;
        let functions = self.scopes.take_functions();
        let functions = self.slice(&functions)?;
        let scope = self.leave_block()?;
        self.alloc(Block { scope, functions, body })
    }

    /// `if` with all its `else if`s, read in a loop.
    fn if_statement(&mut self) -> PResult<Stmt<'a>> {
        let mut arms: Vec<(u32, &'a Expr<'a>, &'a Stmt<'a>)> = Vec::new();
        let mut last: Option<&'a Stmt<'a>> = None;
        loop {
            let start = self.lex.tok.start;
            self.expect(T::If)?;
            self.expect(T::LParen)?;
            let test = self.expression(true)?;
            self.expect(T::RParen)?;
            let yes = self.if_branch()?;
            arms.push((start, test, yes));
            if !self.eat(T::Else)? {
                break;
            }
            if !self.at(T::If) {
                last = Some(self.if_branch()?);
                break;
            }
        }
        let (start, test, yes) = arms.pop().expect("there is one arm at least");
        let mut stmt = self.stmt(start, StmtKind::If(test, yes, last));
        while let Some((start, test, yes)) = arms.pop() {
            let no = self.alloc(stmt)?;
            stmt = self.stmt(start, StmtKind::If(test, yes, Some(no)));
        }
        Ok(stmt)
    }

    /// A branch of `if`: in sloppy code also a function, as if in a block (B.3.3).
    fn if_branch(&mut self) -> PResult<&'a Stmt<'a>> {
        if !self.at(T::Function) || self.context.strict {
            return self.sub_statement();
        }
        let start = self.lex.tok.start;
        let ahead = self.lex.lookahead()?;
        if ahead.kind == T::Star {
            return self.unexpected("a statement (a generator can stand in a block only)");
        }
        self.scopes.enter(ScopeKind::Block);
        let stmt = self.function_declaration()?;
        let functions = self.scopes.take_functions();
        let functions: &'a [&'a Function<'a>] = self.slice(&functions)?;
        let scope = self.leave_block()?;
        let body = self.slice(&[stmt])?;
        let block = self.alloc(Block { scope, functions, body })?;
        let stmt = self.stmt(start, StmtKind::Block(block));
        self.alloc(stmt)
    }

    fn jump(&mut self) -> PResult<StmtKind<'a>> {
        let tok = self.lex.tok;
        let is_continue = self.at(T::Continue);
        self.next()?;
        let label = if self.at(T::Ident) && !self.lex.tok.newline {
            let name_tok = self.lex.tok;
            self.check_name(name_tok, false)?;
            let found = self.labels.iter().find(|label| label.name == name_tok.atom).copied();
            match found {
                None => {
                    let message = format!("label '{}' is not declared", self.name(name_tok.atom));
                    return self.error_span(name_tok.span(), message);
                }
                Some(label) if is_continue && !label.is_loop => {
                    let message = format!("label '{}' is not of a loop", self.name(name_tok.atom));
                    return self.error_span(name_tok.span(), message);
                }
                Some(_) => {}
            }
            self.next()?;
            Some(name_tok.atom)
        } else {
            if self.loops == 0 && (is_continue || self.switches == 0) {
                let message = if is_continue {
                    "continue can only stand in a loop"
                } else {
                    "break can only stand in a loop or switch"
                };
                return self.error_span(tok.span(), message);
            }
            None
        };
        self.semicolon()?;
        Ok(if is_continue { StmtKind::Continue(label) } else { StmtKind::Break(label) })
    }

    fn return_statement(&mut self) -> PResult<StmtKind<'a>> {
        if !self.context.can_return {
            return self.error_span(self.lex.tok.span(), "return can only stand in a function");
        }
        self.next()?;
        let ends = matches!(self.kind(), T::Semicolon | T::RBrace | T::Eof);
        let value = if ends || self.lex.tok.newline { None } else { Some(self.expression(true)?) };
        self.semicolon()?;
        Ok(StmtKind::Return(value))
    }

    fn with_statement(&mut self) -> PResult<StmtKind<'a>> {
        if self.context.strict {
            return self.error_span(self.lex.tok.span(), "with cannot stand in strict code");
        }
        self.next()?;
        self.expect(T::LParen)?;
        let object = self.expression(true)?;
        self.expect(T::RParen)?;
        self.scopes.enter(ScopeKind::With);
        let body = self.sub_statement()?;
        let atoms = self.atom_count();
        let scope = self.scopes.leave_with(atoms)?;
        Ok(StmtKind::With(object, scope, body))
    }

    fn switch_statement(&mut self) -> PResult<StmtKind<'a>> {
        self.next()?;
        self.expect(T::LParen)?;
        let discriminant = self.expression(true)?;
        self.expect(T::RParen)?;
        self.expect(T::LBrace)?;
        self.scopes.enter(ScopeKind::Block);
        self.switches += 1;
        let outer_labelled = std::mem::replace(&mut self.no_labelled_function, false);
        let mut cases = Vec::new();
        let mut has_default = false;
        while !self.eat(T::RBrace)? {
            let test = if self.eat(T::Case)? {
                Some(self.expression(true)?)
            } else {
                if !self.at(T::Default) {
                    return self.unexpected("'case', 'default' or '}'");
                }
                if has_default {
                    return self.unexpected("one 'default' only");
                }
                has_default = true;
                self.next()?;
                None
            };
            self.expect(T::Colon)?;
            let base = self.stmts.len();
            while !matches!(self.kind(), T::Case | T::Default | T::RBrace) {
                self.in_case = true;
                let stmt = self.statement_item()?;
                self.stmts.push(stmt);
            }
            self.in_case = false;
            let body = self.slice(&self.stmts[base..])?;
            self.stmts.truncate(base);
            cases.push(Case { test, body });
        }
        self.switches -= 1;
        self.no_labelled_function = outer_labelled;
        let functions = self.scopes.take_functions();
        let functions = self.slice(&functions)?;
        let scope = self.leave_block()?;
        let cases = self.slice(&cases)?;
        Ok(StmtKind::Switch { discriminant, scope, functions, cases })
    }

    fn try_statement(&mut self) -> PResult<StmtKind<'a>> {
        self.next()?;
        let block = self.block()?;
        let mut handler = None;
        if self.eat(T::Catch)? {
            handler = Some(self.catch_clause()?);
        }
        let finalizer = if self.eat(T::Finally)? { Some(self.block()?) } else { None };
        if handler.is_none() && finalizer.is_none() {
            return self.unexpected("'catch' or 'finally'");
        }
        Ok(StmtKind::Try { block, handler, finalizer })
    }

    fn catch_clause(&mut self) -> PResult<&'a CatchClause<'a>> {
        if !self.eat(T::LParen)? {
            let body = self.block()?;
            return self.alloc(CatchClause { scope: None, param: None, body });
        }
        self.scopes.enter(ScopeKind::Catch);
        let param = self.binding_target()?;
        self.expect(T::RParen)?;
        self.each_name(param, &mut |this, name, span| {
            if !this.scopes.declare(name, BindingKind::CatchParam, span.start) {
                return this.redeclared(name, span.start);
            }
            Ok(())
        })?;
        if matches!(param, Target::Name(..)) {
            self.scopes.set_simple_catch();
        }
        self.scopes.enter_catch_block();
        let body = self.block_rest()?;
        let scope = self.leave_block()?;
        self.alloc(CatchClause { scope, param: Some(param), body })
    }
}
