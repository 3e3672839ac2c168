//! Loops (14.7).

#![forbid(unsafe_code)]

use super::super::ast::{DeclKind, ExprKind, ForHead, ForInit, ScopeKind, Stmt, StmtKind, Target};
use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::lexer::Unit;
use super::super::token::T;
use super::Parser;

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    fn loop_body(&mut self) -> PResult<&'a Stmt<'a>> {
        self.loops += 1;
        let body = self.sub_statement()?;
        self.loops -= 1;
        Ok(body)
    }

    pub(super) fn while_statement(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        self.next()?;
        self.expect(T::LParen)?;
        let test = self.expression(true)?;
        self.expect(T::RParen)?;
        let body = self.loop_body()?;
        Ok(self.stmt(start, StmtKind::While(test, body)))
    }

    pub(super) fn do_while_statement(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        self.next()?;
        let body = self.loop_body()?;
        self.expect(T::While)?;
        self.expect(T::LParen)?;
        let test = self.expression(true)?;
        self.expect(T::RParen)?;
        self.eat(T::Semicolon)?;
        Ok(self.stmt(start, StmtKind::DoWhile(body, test)))
    }

    pub(super) fn for_statement(&mut self) -> PResult<Stmt<'a>> {
        let start = self.lex.tok.start;
        self.next()?;
        let mut is_await = false;
        if self.context.is_async && self.at_word(Atom::AWAIT) {
            is_await = true;
            self.has_top_level_await |= self.context.top_level;
            self.last_await = Some(self.lex.tok.start);
            self.next()?;
        }
        self.expect(T::LParen)?;
        self.scopes.enter(ScopeKind::For);
        let outer_case = std::mem::replace(&mut self.in_case, false);
        let stmt = self.for_rest(start, is_await)?;
        self.in_case = outer_case;
        Ok(stmt)
    }

    fn for_rest(&mut self, start: u32, is_await: bool) -> PResult<Stmt<'a>> {
        let declares = match self.kind() {
            T::Var => Some(DeclKind::Var),
            T::Const => Some(DeclKind::Const),
            T::Ident => self.for_declaration_word()?,
            T::Semicolon if !is_await => return self.for_loop(start, None),
            _ => None,
        };
        if let Some(kind) = declares {
            return self.for_declaration(start, kind, is_await);
        }
        let first = self.lex.tok;
        let starts_let = self.at_word(Atom::LET);
        let starts_async = self.at_word(Atom::ASYNC);
        let init_start = first.start;
        let init = {
            let outer = self.cover_error.take();
            let expr = self.assignment_or_pattern(false)?;
            let is_in_of = self.at(T::In) || self.at_word(Atom::OF);
            if is_in_of {
                let cover = self.cover_error.take();
                self.cover_error = outer;
                let bare_name = expr.span == first.span();
                if self.at(T::In) && !is_await {
                    self.check_no_operator(expr)?;
                    let target = self.for_target(expr, cover)?;
                    return self.for_in(start, ForHead::Target(target));
                }
                if self.at_word(Atom::OF) {
                    if starts_let {
                        return self.error_span(first.span(), "'let' cannot begin the head of for-of");
                    }
                    if starts_async && bare_name && !is_await {
                        return self.unexpected("no 'async of' in the head of for-of");
                    }
                    self.check_no_operator(expr)?;
                    let target = self.for_target(expr, cover)?;
                    return self.for_of(start, ForHead::Target(target), is_await);
                }
            }
            self.no_cover_error()?;
            self.cover_error = outer;
            if self.at(T::Comma) {
                let mut items = vec![*expr];
                while self.eat(T::Comma)? {
                    items.push(*self.assignment(false)?);
                }
                let items = self.slice(&items)?;
                self.expr(init_start, ExprKind::Sequence(items))?
            } else {
                expr
            }
        };
        if is_await || !self.at(T::Semicolon) {
            return self.unexpected(if is_await { "'of'" } else { "';', 'in' or 'of'" });
        }
        self.for_loop(start, Some(ForInit::Expr(init)))
    }

    /// The left side of for-in and for-of is no assignment.
    fn check_no_operator(&mut self, expr: &'a super::Expr<'a>) -> PResult<()> {
        if matches!(expr.kind, ExprKind::Assign { .. }) {
            return self
                .error_expr(expr, "invalid left side of a loop, expected a name, property or pattern");
        }
        Ok(())
    }

    fn for_target(
        &mut self,
        expr: &'a super::Expr<'a>,
        cover: Option<(u32, &'static str)>,
    ) -> PResult<Target<'a>> {
        if matches!(expr.kind, ExprKind::Object(_) | ExprKind::Array(_)) {
            return self.target_of(expr);
        }
        if let Some((pos, message)) = cover {
            return self.error_at(pos, pos + 1, message);
        }
        self.simple_target_of(expr, true)
    }

    /// Whether `let`, `using` or `await using` begins a declaration in a loop's head.
    fn for_declaration_word(&mut self) -> PResult<Option<DeclKind>> {
        let kind = self.declaration_word()?;
        if kind == Some(DeclKind::Using) {
            let ahead = self.lex.lookahead()?;
            if ahead.atom == Atom::OF && !ahead.escaped {
                // `using of` declares `of` only where that cannot be a for-of.
                let after = self.lex.second_lookahead()?;
                if !matches!(after.kind, T::Eq | T::Semicolon | T::Comma | T::Colon) {
                    return Ok(None);
                }
            }
        }
        Ok(kind)
    }

    fn for_declaration(&mut self, start: u32, kind: DeclKind, is_await: bool) -> PResult<Stmt<'a>> {
        self.declaration_keyword(kind, true)?;
        let target = self.declaration_target(kind)?;
        let is_using = matches!(kind, DeclKind::Using | DeclKind::AwaitUsing);
        if self.at(T::In) && !is_await {
            if is_using {
                return self.unexpected("'of' (using cannot stand in for-in)");
            }
            return self.for_in(start, ForHead::Declare(kind, target, None));
        }
        if self.at_word(Atom::OF) {
            return self.for_of(start, ForHead::Declare(kind, target, None), is_await);
        }
        if is_await {
            return self.unexpected("'of'");
        }
        let first = self.declarator(kind, target, false)?;
        // B.3.5: `for (var a = 1 in o)`
        if self.at(T::In)
            && kind == DeclKind::Var
            && !self.context.strict
            && matches!(target, Target::Name(..))
        {
            return self.for_in(start, ForHead::Declare(kind, target, first.init));
        }
        let mut list = vec![first];
        while self.eat(T::Comma)? {
            let target = self.declaration_target(kind)?;
            list.push(self.declarator(kind, target, false)?);
        }
        let list = self.slice(&list)?;
        self.for_loop(start, Some(ForInit::Declare(kind, list)))
    }

    fn for_loop(&mut self, start: u32, init: Option<ForInit<'a>>) -> PResult<Stmt<'a>> {
        self.expect(T::Semicolon)?;
        let test = if self.at(T::Semicolon) { None } else { Some(self.expression(true)?) };
        self.expect(T::Semicolon)?;
        let update = if self.at(T::RParen) { None } else { Some(self.expression(true)?) };
        self.expect(T::RParen)?;
        let body = self.loop_body()?;
        let scope = self.leave_block()?;
        Ok(self.stmt(start, StmtKind::For { scope, init, test, update, body }))
    }

    fn for_in(&mut self, start: u32, left: ForHead<'a>) -> PResult<Stmt<'a>> {
        self.next()?;
        let right = self.expression(true)?;
        self.expect(T::RParen)?;
        let body = self.loop_body()?;
        let scope = self.leave_block()?;
        Ok(self.stmt(start, StmtKind::ForIn { scope, left, right, body }))
    }

    fn for_of(&mut self, start: u32, left: ForHead<'a>, is_await: bool) -> PResult<Stmt<'a>> {
        self.next()?;
        let right = self.assignment(true)?;
        self.expect(T::RParen)?;
        let body = self.loop_body()?;
        let scope = self.leave_block()?;
        Ok(self.stmt(start, StmtKind::ForOf { scope, left, right, body, is_await }))
    }
}
