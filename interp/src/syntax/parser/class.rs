//! Classes (15.7).

#![forbid(unsafe_code)]

use std::collections::HashMap;

use super::super::ast::{
    BindingKind, Class, ClassElement, ClassElementKind, Expr, ExprKind, Function, FunctionKind, PropName,
    ScopeKind, Span, Stmt, StmtKind,
};
use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::lexer::Unit;
use super::super::token::T;
use super::func::{FunctionHead, Params};
use super::pattern::ParamFacts;
use super::{Context, Parser};

/// How a private name has been declared so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PrivateUse {
    Getter { is_static: bool },
    Setter { is_static: bool },
    Full,
}

/// A class body while it is read.
struct Body<'a> {
    derived: bool,
    constructor: Option<&'a Function<'a>>,
    elements: Vec<ClassElement<'a>>,
    private: HashMap<Atom, PrivateUse>,
    private_names: Vec<Atom>,
}

/// The words before an element's name.
#[derive(Clone, Copy)]
struct Modifiers {
    is_static: bool,
    is_async: bool,
    is_generator: bool,
    is_accessor: bool,
    kind: FunctionKind,
}

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    /// `@name`, `@a.b.#c`, `@name(…)`, `@(…)`, as many as there are.
    pub(super) fn decorators(&mut self) -> PResult<&'a [Expr<'a>]> {
        if !self.at(T::At) {
            return Ok(&[]);
        }
        let mut list = Vec::with_capacity(1);
        while self.eat(T::At)? {
            self.guard()?;
            list.push(*self.decorator()?);
        }
        self.slice(&list)
    }

    fn decorator(&mut self) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        if self.eat(T::LParen)? {
            let inner = self.expression(true)?;
            self.expect(T::RParen)?;
            return self.expr(start, ExprKind::Paren(inner));
        }
        let tok = self.lex.tok;
        self.check_name(tok, false)?;
        self.next()?;
        self.scopes.refer(tok.atom, tok.start);
        let mut expr = self.expr(start, ExprKind::Ident(tok.atom))?;
        while self.eat(T::Dot)? {
            let member = self.member_name(expr, false)?;
            expr = self.expr(start, member)?;
        }
        if self.at(T::LParen) {
            let direct_eval = matches!(expr.kind, ExprKind::Ident(Atom::EVAL));
            let args = self.arguments()?;
            if direct_eval {
                self.scopes.refer_eval(!self.context.class_init);
            }
            let call = ExprKind::Call { callee: expr, args, optional: false, direct_eval };
            expr = self.expr(start, call)?;
        }
        Ok(expr)
    }

    /// A class with its decorators before it, if there are any.
    pub(super) fn decorated_class(&mut self, declaration: bool, default: bool) -> PResult<&'a Class<'a>> {
        let start = self.lex.tok.start;
        let decorators = self.decorators()?;
        if !self.at(T::Class) {
            return self.unexpected("'class' after decorators");
        }
        self.class(declaration, default, decorators, start)
    }

    /// A class from its keyword on. A declaration's name is declared by this; `default`: it may be
    /// missing. `start`: where its source text begins.
    pub(super) fn class(
        &mut self,
        declaration: bool,
        default: bool,
        decorators: &'a [Expr<'a>],
        start: u32,
    ) -> PResult<&'a Class<'a>> {
        self.guard()?;
        let outer_strict = std::mem::replace(&mut self.context.strict, true);
        self.next()?;
        let mut name = None;
        let mut name_pos = start;
        if self.at(T::Ident) {
            let (atom, span) = self.binding_name()?;
            name = Some(atom);
            name_pos = span.start;
            if declaration && !self.scopes.declare_lexical(atom, BindingKind::Class, span.start) {
                return self.redeclared(atom, span.start);
            }
        } else if declaration && !default {
            return self.unexpected("a class name");
        } else if default {
            name = Some(Atom::STAR_DEFAULT);
            self.scopes.declare_lexical(Atom::STAR_DEFAULT, BindingKind::Class, start);
        }
        let scope = self.scopes.enter(ScopeKind::Class);
        if let Some(name) = name.filter(|&name| name != Atom::STAR_DEFAULT) {
            // The inner binding cannot be assigned to.
            self.scopes.declare(name, BindingKind::Const, name_pos);
        }
        let heritage = if self.eat(T::Extends)? {
            let start = self.lex.tok.start;
            let heritage = self.left_hand_side(start)?;
            self.no_cover_error()?;
            self.scopes.end_heritage();
            Some(heritage)
        } else {
            None
        };
        self.expect(T::LBrace)?;
        let mut body = Body {
            derived: heritage.is_some(),
            constructor: None,
            elements: Vec::new(),
            private: HashMap::new(),
            private_names: Vec::new(),
        };
        while !self.at(T::RBrace) {
            if !self.eat(T::Semicolon)? {
                self.class_element(&mut body)?;
            }
        }
        self.context.strict = outer_strict;
        self.next()?;
        let atoms = self.atom_count();
        self.scopes.leave_class(atoms)?;
        let elements = self.slice(&body.elements)?;
        let private_names = self.slice(&body.private_names)?;
        self.alloc(Class {
            name,
            decorators,
            heritage,
            constructor: body.constructor,
            elements,
            scope,
            private_names,
            span: Span { start, end: self.lex.prev_end },
        })
    }

    /// Whether the current word is a modifier: something follows that can be modified.
    fn is_modifier(&mut self, newline_ends: bool) -> PResult<bool> {
        let ahead = self.lex.lookahead()?;
        if newline_ends && ahead.newline {
            return Ok(false);
        }
        Ok(!matches!(ahead.kind, T::LParen | T::Eq | T::Semicolon | T::RBrace | T::Eof))
    }

    fn modifiers(&mut self) -> PResult<Modifiers> {
        let mut words = Modifiers {
            is_static: false,
            is_async: false,
            is_generator: false,
            is_accessor: false,
            kind: FunctionKind::Method,
        };
        if self.at_word(Atom::STATIC) && self.is_modifier(false)? {
            words.is_static = true;
            self.next()?;
        }
        if self.at_word(Atom::ASYNC) && self.is_modifier(true)? {
            words.is_async = true;
            self.next()?;
        } else if self.at_word(Atom::ACCESSOR) && self.is_modifier(true)? {
            let ahead = self.lex.lookahead()?;
            if ahead.kind != T::Star {
                words.is_accessor = true;
                self.next()?;
            }
        } else if (self.at_word(Atom::GET) || self.at_word(Atom::SET)) && self.is_modifier(false)? {
            // `get` before `*` on a new line is a field.
            let ahead = self.lex.lookahead()?;
            if ahead.kind != T::Star {
                let getter = self.at_word(Atom::GET);
                words.kind = if getter { FunctionKind::Getter } else { FunctionKind::Setter };
                self.next()?;
            }
        }
        if words.kind == FunctionKind::Method && !words.is_accessor && self.eat(T::Star)? {
            words.is_generator = true;
        }
        Ok(words)
    }

    fn class_element(&mut self, body: &mut Body<'a>) -> PResult<()> {
        let decorators = self.decorators()?;
        let start = self.lex.tok.start;
        if self.at_word(Atom::STATIC) && self.lex.lookahead()?.kind == T::LBrace {
            if !decorators.is_empty() {
                return self.error_span(self.lex.tok.span(), "a static block cannot be decorated");
            }
            self.next()?;
            let function = self.static_block(start)?;
            let span = Span { start, end: self.lex.prev_end };
            let kind = ClassElementKind::StaticBlock(function);
            body.elements.push(ClassElement { decorators, is_static: true, kind, span });
            return Ok(());
        }
        let words = self.modifiers()?;
        let name_span = self.lex.tok.span();
        // The source text of a static method begins after `static`.
        let function_start = if words.is_static { self.method_start(start)? } else { start };
        let key = self.property_name(true)?;
        let is_method =
            self.at(T::LParen) || words.is_async || words.is_generator || words.kind != FunctionKind::Method;
        let plain_name = match key {
            PropName::Name(name) => Some(name),
            _ => None,
        };
        if let PropName::Private(name) = key {
            self.declare_private(body, name, name_span, is_method, words)?;
        }
        if words.is_static && plain_name == Some(Atom::PROTOTYPE) {
            return self.error_span(name_span, "a static element cannot be named 'prototype'");
        }
        let kind = if is_method && !words.is_accessor {
            if plain_name == Some(Atom::CONSTRUCTOR) && !words.is_static {
                if !decorators.is_empty() {
                    return self.error_span(name_span, "a constructor cannot be decorated");
                }
                return self.constructor(body, words, start, name_span);
            }
            let head = FunctionHead::method(function_start, words.kind, words.is_async, words.is_generator);
            let function = self.function_rest(head)?;
            match words.kind {
                FunctionKind::Getter => ClassElementKind::Getter(key, function),
                FunctionKind::Setter => ClassElementKind::Setter(key, function),
                _ => ClassElementKind::Method(key, function),
            }
        } else {
            if plain_name == Some(Atom::CONSTRUCTOR) {
                return self.error_span(name_span, "a field cannot be named 'constructor'");
            }
            let init = if self.eat(T::Eq)? { Some(self.field_init()?) } else { None };
            self.semicolon()?;
            if words.is_accessor {
                ClassElementKind::Accessor(key, init)
            } else {
                ClassElementKind::Field(key, init)
            }
        };
        let span = Span { start, end: self.lex.prev_end };
        body.elements.push(ClassElement { decorators, is_static: words.is_static, kind, span });
        Ok(())
    }

    /// Where a static method's own text begins.
    fn method_start(&mut self, start: u32) -> PResult<u32> {
        Ok(self.lex.skip_to_token(start + "static".len() as u32))
    }

    fn constructor(
        &mut self,
        body: &mut Body<'a>,
        words: Modifiers,
        start: u32,
        name_span: Span,
    ) -> PResult<()> {
        if words.is_async || words.is_generator || words.kind != FunctionKind::Method {
            let message = "a constructor is neither getter, setter, generator nor async";
            return self.error_span(name_span, message);
        }
        if body.constructor.is_some() {
            return self.error_span(name_span, "a class has one constructor only");
        }
        let kind =
            if body.derived { FunctionKind::DerivedConstructor } else { FunctionKind::ClassConstructor };
        let head = FunctionHead::method(start, kind, false, false);
        body.constructor = Some(self.function_rest(head)?);
        Ok(())
    }

    fn declare_private(
        &mut self,
        body: &mut Body<'a>,
        name: Atom,
        span: Span,
        is_method: bool,
        words: Modifiers,
    ) -> PResult<()> {
        if name == Atom::PRIVATE_CONSTRUCTOR {
            return self.error_span(span, "an element cannot be named '#constructor'");
        }
        let is_static = words.is_static;
        let this = match words.kind {
            FunctionKind::Getter if is_method => PrivateUse::Getter { is_static },
            FunctionKind::Setter if is_method => PrivateUse::Setter { is_static },
            _ => PrivateUse::Full,
        };
        let joined = match (body.private.get(&name).copied(), this) {
            (None, this) => {
                self.scopes.declare(name, BindingKind::Const, span.start);
                body.private_names.push(name);
                this
            }
            (Some(PrivateUse::Getter { is_static: a }), PrivateUse::Setter { is_static: b })
            | (Some(PrivateUse::Setter { is_static: a }), PrivateUse::Getter { is_static: b })
                if a == b =>
            {
                PrivateUse::Full
            }
            _ => return self.redeclared(name, span.start),
        };
        body.private.insert(name, joined);
        Ok(())
    }

    fn init_context(&self, static_block: bool) -> Context {
        Context {
            strict: true,
            new_target: true,
            super_property: true,
            class_init: true,
            static_block,
            ..Context::default()
        }
    }

    fn init_params(&mut self) -> Params<'a> {
        let scope = self.scopes.enter(ScopeKind::Function);
        Params { scope, list: &[], rest: None, facts: ParamFacts::default() }
    }

    /// A field's initialiser as a function.
    fn field_init(&mut self) -> PResult<&'a Function<'a>> {
        let start = self.lex.tok.start;
        let context = self.init_context(false);
        let outer = self.enter_function(context);
        let params = self.init_params();
        let expr = self.assignment(true)?;
        let body = self.slice(&[Stmt { span: expr.span, kind: StmtKind::Return(Some(expr)) }])?;
        let head = FunctionHead::method(start, FunctionKind::ClassInit, false, false);
        let function = self.finish_function(head, &params, None, body, true)?;
        self.exit_function(outer);
        Ok(function)
    }

    fn static_block(&mut self, start: u32) -> PResult<&'a Function<'a>> {
        self.guard()?;
        let context = self.init_context(true);
        let outer = self.enter_function(context);
        let params = self.init_params();
        self.expect(T::LBrace)?;
        let body = self.statements(T::RBrace)?;
        self.next()?;
        let head = FunctionHead::method(start, FunctionKind::ClassInit, false, false);
        let function = self.finish_function(head, &params, None, body, true)?;
        self.exit_function(outer);
        Ok(function)
    }
}
