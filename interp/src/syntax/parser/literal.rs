//! Primary expressions (13.2): names, literals, templates, objects, arrays, parentheses.

#![forbid(unsafe_code)]

use super::super::ast::{
    Arg, ArrayElement, AssignOp, Expr, ExprKind, FunctionKind, PropName, Property, Quasi, ScopeKind, Span,
    Target,
};
use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::lexer::Unit;
use super::super::token::T;
use super::Parser;
use super::func::FunctionHead;

/// An item between parentheses that may become parameters.
#[derive(Clone, Copy)]
pub(super) enum CoverItem<'a> {
    Expr(&'a Expr<'a>),
    /// `...expr`
    Spread(&'a Expr<'a>),
}

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    /// `PrimaryExpression`, or an arrow function where one may begin.
    pub(super) fn primary(&mut self) -> PResult<&'a Expr<'a>> {
        let tok = self.lex.tok;
        let start = tok.start;
        let kind = match tok.kind {
            T::Ident => return self.name_expression(),
            T::Number => ExprKind::Number(tok.number),
            T::String => ExprKind::String(tok.atom),
            T::BigInt => ExprKind::BigInt(tok.atom),
            T::True => ExprKind::Bool(true),
            T::False => ExprKind::Bool(false),
            T::Null => ExprKind::Null,
            T::This => {
                self.scopes.refer_this();
                ExprKind::This
            }
            T::LParen => return self.parenthesised(),
            T::LBracket => return self.array(),
            T::LBrace => return self.object(),
            T::Function => {
                let function = self.function_expression(false)?;
                return self.expr(start, ExprKind::Function(function));
            }
            T::Class | T::At => {
                let class = self.decorated_class(false, false)?;
                return self.expr(start, ExprKind::Class(class));
            }
            T::Template => {
                let (quasis, exprs) = self.template_parts(false)?;
                return self.expr(start, ExprKind::Template { quasis, exprs });
            }
            T::Slash | T::SlashEq => {
                let (pattern, flags) = self.lex.regexp()?;
                let texts = (self.lex.atoms.text(pattern), self.lex.atoms.text(flags));
                if let Err(message) = (self.regexp_check)(texts.0, texts.1) {
                    return self.error_span(self.lex.tok.span(), message);
                }
                ExprKind::RegExp { pattern, flags }
            }
            _ => return self.unexpected("an expression"),
        };
        self.next()?;
        self.expr(start, kind)
    }

    /// A name, or an arrow or async function that begins with one.
    fn name_expression(&mut self) -> PResult<&'a Expr<'a>> {
        let tok = self.lex.tok;
        let arrow_ok = self.arrow_at == tok.start;
        if self.at_word(Atom::ASYNC) {
            let ahead = self.lex.lookahead()?;
            if !ahead.newline {
                if ahead.kind == T::Function {
                    let function = self.function_expression(false)?;
                    return self.expr(tok.start, ExprKind::Function(function));
                }
                if ahead.kind == T::Ident && arrow_ok {
                    // `for await (async of …)` is none.
                    let after = self.lex.second_lookahead()?;
                    if after.kind == T::Arrow && !after.newline {
                        self.next()?;
                        self.next()?;
                        return self.arrow_of_name(tok.start, ahead, true);
                    }
                }
                if ahead.kind == T::LParen && arrow_ok {
                    return self.async_call_or_arrow();
                }
            }
        }
        self.check_reference(tok)?;
        self.next()?;
        if arrow_ok && self.at(T::Arrow) && !self.lex.tok.newline {
            return self.arrow_of_name(tok.start, tok, false);
        }
        if tok.atom == Atom::ARGUMENTS && self.context.class_init {
            self.check_name(tok, false)?;
        }
        self.scopes.refer(tok.atom, tok.start);
        self.expr(tok.start, ExprKind::Ident(tok.atom))
    }

    /// Checks a name in use; whether `arguments` may be one is asked later, since it may be an
    /// arrow's parameter.
    fn check_reference(&mut self, tok: super::Token) -> PResult<()> {
        if tok.atom == Atom::ARGUMENTS {
            return Ok(());
        }
        self.check_name(tok, false)
    }

    /// `async (…)`: a call or the beginning of an arrow function.
    fn async_call_or_arrow(&mut self) -> PResult<&'a Expr<'a>> {
        let tok = self.lex.tok;
        let allow_in = self.arrow_allow_in;
        let outer = self.cover_error.take();
        self.next()?;
        self.scopes.enter(ScopeKind::Block);
        let (items, _) = self.cover_list()?;
        if self.at(T::Arrow) && !self.lex.tok.newline {
            self.arrow_allow_in = allow_in;
            let arrow = self.arrow_of_items(tok.start, &items, true)?;
            self.cover_error = outer;
            return Ok(arrow);
        }
        self.scopes.drop_scope();
        self.no_cover_error()?;
        self.cover_error = outer;
        self.scopes.refer(tok.atom, tok.start);
        let callee = self.alloc(Expr { span: tok.span(), kind: ExprKind::Ident(tok.atom) })?;
        let args: Vec<Arg<'a>> = items
            .iter()
            .map(|item| match item {
                CoverItem::Expr(expr) => Arg::Expr(expr),
                CoverItem::Spread(expr) => Arg::Spread(expr),
            })
            .collect();
        let args = self.slice(&args)?;
        let call = ExprKind::Call { callee, args, optional: false, direct_eval: false };
        self.expr(tok.start, call)
    }

    /// Items in parentheses, and where a trailing comma stands.
    fn cover_list(&mut self) -> PResult<(Vec<CoverItem<'a>>, Option<u32>)> {
        self.expect(T::LParen)?;
        let mut items = Vec::new();
        let mut trailing = None;
        while !self.at(T::RParen) {
            trailing = None;
            if self.eat(T::Ellipsis)? {
                items.push(CoverItem::Spread(self.assignment_or_pattern(true)?));
            } else {
                items.push(CoverItem::Expr(self.assignment_or_pattern(true)?));
            }
            if self.at(T::RParen) {
                break;
            }
            if !self.at(T::Comma) {
                return self.unexpected("',' or ')'");
            }
            trailing = Some(self.lex.tok.start);
            self.next()?;
        }
        self.next()?;
        Ok((items, trailing))
    }

    fn parenthesised(&mut self) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        let arrow_ok = self.arrow_at == start;
        let allow_in = self.arrow_allow_in;
        let outer = self.cover_error.take();
        self.scopes.enter(ScopeKind::Block);
        // A function right behind a parenthesis is one that is called at once, mostly.
        self.called_at = self.lex.skip_to_token(start + 1);
        let (items, trailing) = self.cover_list()?;
        if arrow_ok && self.at(T::Arrow) && !self.lex.tok.newline {
            self.arrow_allow_in = allow_in;
            let arrow = self.arrow_of_items(start, &items, false)?;
            self.cover_error = outer;
            return Ok(arrow);
        }
        self.scopes.drop_scope();
        self.no_cover_error()?;
        self.cover_error = outer;
        if let Some(pos) = trailing {
            return self.error_at(pos, pos + 1, "found a trailing ',', expected an expression");
        }
        let mut exprs = Vec::with_capacity(items.len());
        for item in &items {
            match item {
                CoverItem::Expr(expr) => exprs.push(**expr),
                CoverItem::Spread(expr) => {
                    return self.error_expr(expr, "found '...', expected an expression");
                }
            }
        }
        let inner = match (&items[..], exprs.len()) {
            ([], _) => return self.unexpected("'=>' after '()'"),
            ([CoverItem::Expr(expr)], 1) => *expr,
            _ => {
                let span = Span { start: exprs[0].span.start, end: exprs[exprs.len() - 1].span.end };
                let items = self.slice(&exprs)?;
                self.alloc(Expr { span, kind: ExprKind::Sequence(items) })?
            }
        };
        self.expr(start, ExprKind::Paren(inner))
    }

    fn array(&mut self) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        self.next()?;
        let mut elements = Vec::new();
        while !self.eat(T::RBracket)? {
            if self.eat(T::Comma)? {
                elements.push(ArrayElement::Hole);
                self.charge_list(&elements)?;
                continue;
            }
            if self.eat(T::Ellipsis)? {
                elements.push(ArrayElement::Spread(self.assignment_or_pattern(true)?));
            } else {
                elements.push(ArrayElement::Expr(self.assignment_or_pattern(true)?));
            }
            if !self.at(T::RBracket) {
                if !self.at(T::Comma) {
                    return self.unexpected("',' or ']'");
                }
                self.next()?;
            }
        }
        let elements = self.slice(&elements)?;
        self.expr(start, ExprKind::Array(elements))
    }

    fn object(&mut self) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        self.next()?;
        let mut props = Vec::new();
        let mut has_proto = false;
        while !self.eat(T::RBrace)? {
            let pos = self.lex.tok.start;
            let prop = self.property()?;
            if matches!(prop, Property::Proto(_)) {
                if has_proto && self.cover_error.is_none() {
                    self.cover_error = Some((pos, "'__proto__' is set twice in an object literal"));
                }
                has_proto = true;
            }
            props.push(prop);
            if !self.at(T::RBrace) {
                if !self.at(T::Comma) {
                    return self.unexpected("',' or '}'");
                }
                self.next()?;
            }
        }
        let props = self.slice(&props)?;
        self.expr(start, ExprKind::Object(props))
    }

    fn property(&mut self) -> PResult<Property<'a>> {
        if self.eat(T::Ellipsis)? {
            return Ok(Property::Spread(self.assignment_or_pattern(true)?));
        }
        let start = self.lex.tok.start;
        let first = self.lex.tok;
        let mut is_async = false;
        let mut is_generator = false;
        let mut kind = FunctionKind::Method;
        if first.kind == T::Ident
            && !first.escaped
            && matches!(first.atom, Atom::ASYNC | Atom::GET | Atom::SET)
        {
            let ahead = self.lex.lookahead()?;
            let is_prefix = match ahead.kind {
                T::LParen | T::Comma | T::Colon | T::RBrace | T::Eq => false,
                T::Star => first.atom == Atom::ASYNC && !ahead.newline,
                _ => first.atom != Atom::ASYNC || !ahead.newline,
            };
            if is_prefix {
                self.next()?;
                match first.atom {
                    Atom::ASYNC => is_async = true,
                    Atom::GET => kind = FunctionKind::Getter,
                    _ => kind = FunctionKind::Setter,
                }
            }
        }
        if kind == FunctionKind::Method && self.eat(T::Star)? {
            is_generator = true;
        }
        let name_tok = self.lex.tok;
        let key = self.property_name(false)?;
        let plain = !is_async && !is_generator && kind == FunctionKind::Method;
        if !plain || self.at(T::LParen) {
            let head = FunctionHead::method(start, kind, is_async, is_generator);
            let function = self.function_rest(head)?;
            return Ok(match kind {
                FunctionKind::Getter => Property::Getter(key, function),
                FunctionKind::Setter => Property::Setter(key, function),
                _ => Property::Method(key, function),
            });
        }
        if self.eat(T::Colon)? {
            let value = self.assignment_or_pattern(true)?;
            return Ok(match key {
                PropName::Name(Atom::PROTO) => Property::Proto(value),
                _ => Property::Value { key, value, shorthand: false },
            });
        }
        if name_tok.kind != T::Ident {
            if name_tok.kind.is_name() {
                let name = self.name(name_tok.atom);
                let message = format!("'{name}' is a reserved word, expected ':' after it");
                return self.error_span(name_tok.span(), message);
            }
            return self.unexpected("':' or '('");
        }
        self.check_name(name_tok, false)?;
        self.scopes.refer(name_tok.atom, name_tok.start);
        let span = name_tok.span();
        let mut value = self.alloc(Expr { span, kind: ExprKind::Ident(name_tok.atom) })?;
        if self.at(T::Eq) {
            if self.cover_error.is_none() {
                let message = "found '=' after a property name, expected ':'";
                self.cover_error = Some((self.lex.tok.start, message));
            }
            let target = self.simple_target_of(value, false)?;
            debug_assert!(matches!(target, Target::Name(..)));
            self.next()?;
            let default = self.assignment(true)?;
            let assign = ExprKind::Assign { op: AssignOp::Assign, target, value: default };
            value = self.expr(start, assign)?;
        }
        Ok(Property::Value { key, value, shorthand: true })
    }

    /// `PropertyName`, in a class also a private one.
    pub(super) fn property_name(&mut self, in_class: bool) -> PResult<PropName<'a>> {
        let tok = self.lex.tok;
        let name = match tok.kind {
            T::String | T::BigInt => PropName::Name(tok.atom),
            T::Number => PropName::Number(tok.number),
            T::LBracket => {
                self.next()?;
                let expr = self.assignment(true)?;
                self.expect(T::RBracket)?;
                return Ok(PropName::Computed(expr));
            }
            T::PrivateName if in_class => PropName::Private(tok.atom),
            kind if kind.is_name() => PropName::Name(tok.atom),
            _ => return self.unexpected("a property name"),
        };
        self.next()?;
        Ok(name)
    }

    /// A template from its first part on.
    pub(super) fn template_parts(&mut self, tagged: bool) -> PResult<(&'a [Quasi], &'a [Expr<'a>])> {
        self.guard()?;
        let mut quasis = Vec::new();
        let mut exprs = Vec::new();
        loop {
            let tok = self.lex.tok;
            if !tok.cooked && !tagged {
                return self.error_span(tok.span(), "invalid escape in a template");
            }
            quasis.push(Quasi { cooked: tok.cooked.then_some(tok.atom), raw: tok.raw });
            if tok.tail {
                self.next()?;
                return Ok((self.slice(&quasis)?, self.slice(&exprs)?));
            }
            self.next()?;
            exprs.push(*self.expression(true)?);
            if !self.at(T::RBrace) {
                return self.unexpected("'}' after a template's expression");
            }
            self.lex.continue_template()?;
        }
    }
}
