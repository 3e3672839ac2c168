//! Patterns: binding patterns as they are read (14.3.3), assignment patterns and arrow parameters
//! from the expressions they were read as (13.15.5, 15.3).

#![forbid(unsafe_code)]

use super::super::ast::{
    ArrayElement, ArrayPattern, AssignOp, BindingKind, DeclKind, Expr, ExprKind, ObjectPattern,
    PatternElement, PropName, Property, Span, Target,
};
use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::lexer::Unit;
use super::super::token::T;
use super::Parser;

/// What the parameters of a function are like.
#[derive(Default)]
pub(super) struct ParamFacts {
    pub(super) has_exprs: bool,
    pub(super) duplicate: Option<(Atom, u32)>,
}

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    // Binding patterns.

    /// A name or pattern that is declared (by the caller).
    pub(super) fn binding_target(&mut self) -> PResult<Target<'a>> {
        match self.kind() {
            T::LBracket => self.array_binding(),
            T::LBrace => self.object_binding(),
            _ => {
                let (name, span) = self.binding_name()?;
                Ok(Target::Name(name, span))
            }
        }
    }

    /// A target with its default.
    pub(super) fn binding_element(&mut self) -> PResult<PatternElement<'a>> {
        let target = self.binding_target()?;
        let default = if self.eat(T::Eq)? { Some(self.assignment(true)?) } else { None };
        Ok(PatternElement { target, default })
    }

    fn array_binding(&mut self) -> PResult<Target<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        self.next()?;
        let mut elements = Vec::new();
        let mut rest = None;
        while !self.at(T::RBracket) {
            if self.eat(T::Comma)? {
                elements.push(None);
                self.charge_list(&elements)?;
                continue;
            }
            if self.eat(T::Ellipsis)? {
                rest = Some(self.binding_target()?);
                break;
            }
            elements.push(Some(self.binding_element()?));
            if !self.at(T::RBracket) {
                self.expect(T::Comma)?;
            }
        }
        self.expect(T::RBracket)?;
        let elements = self.slice(&elements)?;
        let span = Span { start, end: self.lex.prev_end };
        Ok(Target::Array(self.alloc(ArrayPattern { elements, rest, span })?))
    }

    fn object_binding(&mut self) -> PResult<Target<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        self.next()?;
        let mut props = Vec::new();
        let mut rest = None;
        while !self.at(T::RBrace) {
            if self.eat(T::Ellipsis)? {
                let (name, span) = self.binding_name()?;
                rest = Some(Target::Name(name, span));
                break;
            }
            let tok = self.lex.tok;
            let key = self.property_name(false)?;
            let element = if self.eat(T::Colon)? {
                self.binding_element()?
            } else {
                if tok.kind != T::Ident {
                    return self.unexpected("':' after a property name in a pattern");
                }
                self.check_name(tok, true)?;
                let default = if self.eat(T::Eq)? { Some(self.assignment(true)?) } else { None };
                PatternElement { target: Target::Name(tok.atom, tok.span()), default }
            };
            props.push((key, element));
            if !self.at(T::RBrace) {
                self.expect(T::Comma)?;
            }
        }
        self.expect(T::RBrace)?;
        let props = self.slice(&props)?;
        let span = Span { start, end: self.lex.prev_end };
        Ok(Target::Object(self.alloc(ObjectPattern { props, rest, span })?))
    }

    // Declaring what a pattern binds.

    /// Calls `visit` with each name that a target binds.
    pub(super) fn each_name(
        &mut self,
        target: Target<'a>,
        visit: &mut dyn FnMut(&mut Self, Atom, Span) -> PResult<()>,
    ) -> PResult<()> {
        self.guard()?;
        match target {
            Target::Name(name, span) => visit(self, name, span),
            Target::Expr(_) => Ok(()),
            Target::Object(pattern) => {
                for (_, element) in pattern.props {
                    self.each_name(element.target, visit)?;
                }
                pattern.rest.map_or(Ok(()), |rest| self.each_name(rest, visit))
            }
            Target::Array(pattern) => {
                for element in pattern.elements.iter().flatten() {
                    self.each_name(element.target, visit)?;
                }
                pattern.rest.map_or(Ok(()), |rest| self.each_name(rest, visit))
            }
        }
    }

    /// Declares the names of a declaration's target.
    pub(super) fn declare_target(&mut self, kind: DeclKind, target: Target<'a>) -> PResult<()> {
        self.each_name(target, &mut |this, name, span| {
            let binding = match kind {
                DeclKind::Var => {
                    if !this.scopes.declare_var(name, span.start) {
                        return this.redeclared(name, span.start);
                    }
                    return Ok(());
                }
                DeclKind::Let => BindingKind::Let,
                DeclKind::Const => BindingKind::Const,
                DeclKind::Using => BindingKind::Using,
                DeclKind::AwaitUsing => BindingKind::AwaitUsing,
            };
            if name == Atom::LET {
                return this.error_span(span, "'let' cannot be declared by let, const or using");
            }
            if !this.scopes.declare_lexical(name, binding, span.start) {
                return this.redeclared(name, span.start);
            }
            Ok(())
        })
    }

    /// Declares parameters in the function's scope.
    pub(super) fn declare_params(
        &mut self,
        params: &[PatternElement<'a>],
        rest: Option<Target<'a>>,
    ) -> PResult<ParamFacts> {
        let mut facts = ParamFacts::default();
        let duplicate = &mut facts.duplicate;
        let mut visit = |this: &mut Self, name: Atom, span: Span| {
            if !this.scopes.declare(name, BindingKind::Param, span.start) && duplicate.is_none() {
                *duplicate = Some((name, span.start));
            }
            Ok(())
        };
        for param in params {
            self.each_name(param.target, &mut visit)?;
        }
        if let Some(rest) = rest {
            self.each_name(rest, &mut visit)?;
        }
        facts.has_exprs = params.iter().any(has_exprs) || rest.is_some_and(target_has_exprs);
        Ok(facts)
    }

    // From expressions to patterns.

    /// An assignment target, pattern or not.
    pub(super) fn target_of(&mut self, expr: &'a Expr<'a>) -> PResult<Target<'a>> {
        self.guard()?;
        match expr.kind {
            ExprKind::Array(elements) => self.array_pattern_of(expr, elements),
            ExprKind::Object(props) => self.object_pattern_of(expr, props),
            _ => self.simple_target_of(expr, false),
        }
    }

    /// A target with its default.
    pub(super) fn element_of(&mut self, expr: &'a Expr<'a>) -> PResult<PatternElement<'a>> {
        if let ExprKind::Assign { op: AssignOp::Assign, target, value } = expr.kind {
            return Ok(PatternElement { target, default: Some(value) });
        }
        Ok(PatternElement { target: self.target_of(expr)?, default: None })
    }

    fn array_pattern_of(&mut self, expr: &'a Expr<'a>, list: &'a [ArrayElement<'a>]) -> PResult<Target<'a>> {
        let mut elements = Vec::with_capacity(list.len());
        let mut rest = None;
        for (i, element) in list.iter().enumerate() {
            match *element {
                ArrayElement::Hole => elements.push(None),
                ArrayElement::Expr(expr) => elements.push(Some(self.element_of(expr)?)),
                ArrayElement::Spread(expr) => {
                    let comma = self.lex.unit_after(expr.span.end) == u32::from(b',');
                    if i + 1 < list.len() || comma {
                        return self.error_expr(expr, "a rest element must be the last");
                    }
                    rest = Some(self.target_of(expr)?);
                }
            }
        }
        let elements = self.slice(&elements)?;
        Ok(Target::Array(self.alloc(ArrayPattern { elements, rest, span: expr.span })?))
    }

    fn object_pattern_of(&mut self, expr: &'a Expr<'a>, list: &'a [Property<'a>]) -> PResult<Target<'a>> {
        let mut props = Vec::with_capacity(list.len());
        let mut rest = None;
        for (i, prop) in list.iter().enumerate() {
            match *prop {
                Property::Value { key, value, .. } => props.push((key, self.element_of(value)?)),
                Property::Proto(value) => {
                    props.push((PropName::Name(Atom::PROTO), self.element_of(value)?));
                }
                Property::Spread(expr) => {
                    let comma = self.lex.unit_after(expr.span.end) == u32::from(b',');
                    if i + 1 < list.len() || comma {
                        return self.error_expr(expr, "a rest property must be the last");
                    }
                    rest = Some(self.simple_target_of(expr, false)?);
                }
                Property::Method(_, function)
                | Property::Getter(_, function)
                | Property::Setter(_, function) => {
                    return self.error_span(function.span, "a method cannot stand in a pattern");
                }
            }
        }
        let props = self.slice(&props)?;
        Ok(Target::Object(self.alloc(ObjectPattern { props, rest, span: expr.span })?))
    }

    /// Checks that what was read as an assignment target is a binding, as parameters must be.
    pub(super) fn check_binding(&mut self, target: Target<'a>) -> PResult<()> {
        self.guard()?;
        match target {
            Target::Name(name, span) => {
                if self.context.strict && matches!(name, Atom::EVAL | Atom::ARGUMENTS) {
                    let name = self.name(name);
                    let message = format!("'{name}' cannot be a parameter in strict code");
                    return self.error_span(span, message);
                }
                Ok(())
            }
            Target::Expr(Expr { kind: ExprKind::Ident(_), span }) => {
                self.error_span(*span, "a parameter cannot stand in parentheses")
            }
            Target::Expr(expr) => self.error_expr(expr, "invalid parameter, expected a name"),
            Target::Object(pattern) => {
                for (_, element) in pattern.props {
                    self.check_binding(element.target)?;
                }
                match pattern.rest {
                    Some(rest) => self.check_binding(rest),
                    None => Ok(()),
                }
            }
            Target::Array(pattern) => {
                for element in pattern.elements.iter().flatten() {
                    self.check_binding(element.target)?;
                }
                match pattern.rest {
                    Some(rest) => self.check_binding(rest),
                    None => Ok(()),
                }
            }
        }
    }
}

/// Whether an element has a default or computed key (ContainsExpression).
fn has_exprs(element: &PatternElement<'_>) -> bool {
    element.default.is_some() || target_has_exprs(element.target)
}

fn target_has_exprs(target: Target<'_>) -> bool {
    match target {
        Target::Name(..) | Target::Expr(_) => false,
        Target::Object(pattern) => pattern
            .props
            .iter()
            .any(|(key, element)| matches!(key, PropName::Computed(_)) || has_exprs(element)),
        Target::Array(pattern) => {
            pattern.elements.iter().flatten().any(has_exprs) || pattern.rest.is_some_and(target_has_exprs)
        }
    }
}
