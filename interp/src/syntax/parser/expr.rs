//! Expressions, from the comma operator down to calls and members (13.3 to 13.16).

#![forbid(unsafe_code)]

use super::super::ast::{
    Arg, AssignOp, BinaryOp, Expr, ExprKind, ImportPhase, LogicalOp, Span, Target, UnaryOp,
};
use super::super::atoms::Atom;
use super::super::error::{Failure, PResult};
use super::super::lexer::Unit;
use super::super::token::T;
use super::{FunctionKind, Parser};

/// A binary operator as the table of priorities knows it.
enum Operator {
    Binary(BinaryOp),
    Logical(LogicalOp),
}

const PRIORITY_RELATIONAL: u8 = 8;
const PRIORITY_SHIFT: u8 = 9;
const PRIORITY_EXP: u8 = 12;

#[inline]
fn operator(kind: T, allow_in: bool) -> Option<(u8, Operator)> {
    use Operator::{Binary, Logical};
    Some(match kind {
        T::QuestionQuestion => (1, Logical(LogicalOp::Coalesce)),
        T::PipePipe => (2, Logical(LogicalOp::Or)),
        T::AmpAmp => (3, Logical(LogicalOp::And)),
        T::Pipe => (4, Binary(BinaryOp::BitOr)),
        T::Caret => (5, Binary(BinaryOp::BitXor)),
        T::Amp => (6, Binary(BinaryOp::BitAnd)),
        T::EqEq => (7, Binary(BinaryOp::Eq)),
        T::NotEq => (7, Binary(BinaryOp::Ne)),
        T::EqEqEq => (7, Binary(BinaryOp::StrictEq)),
        T::NotEqEq => (7, Binary(BinaryOp::StrictNe)),
        T::Lt => (PRIORITY_RELATIONAL, Binary(BinaryOp::Lt)),
        T::Gt => (PRIORITY_RELATIONAL, Binary(BinaryOp::Gt)),
        T::Le => (PRIORITY_RELATIONAL, Binary(BinaryOp::Le)),
        T::Ge => (PRIORITY_RELATIONAL, Binary(BinaryOp::Ge)),
        T::Instanceof => (PRIORITY_RELATIONAL, Binary(BinaryOp::Instanceof)),
        T::In if allow_in => (PRIORITY_RELATIONAL, Binary(BinaryOp::In)),
        T::Shl => (PRIORITY_SHIFT, Binary(BinaryOp::Shl)),
        T::Shr => (PRIORITY_SHIFT, Binary(BinaryOp::Shr)),
        T::UShr => (PRIORITY_SHIFT, Binary(BinaryOp::UShr)),
        T::Plus => (10, Binary(BinaryOp::Add)),
        T::Minus => (10, Binary(BinaryOp::Sub)),
        T::Star => (11, Binary(BinaryOp::Mul)),
        T::Slash => (11, Binary(BinaryOp::Div)),
        T::Percent => (11, Binary(BinaryOp::Mod)),
        T::StarStar => (PRIORITY_EXP, Binary(BinaryOp::Exp)),
        _ => return None,
    })
}

fn assign_op(kind: T) -> Option<AssignOp> {
    use AssignOp::{Assign, Binary, Logical};
    Some(match kind {
        T::Eq => Assign,
        T::PlusEq => Binary(BinaryOp::Add),
        T::MinusEq => Binary(BinaryOp::Sub),
        T::StarEq => Binary(BinaryOp::Mul),
        T::SlashEq => Binary(BinaryOp::Div),
        T::PercentEq => Binary(BinaryOp::Mod),
        T::StarStarEq => Binary(BinaryOp::Exp),
        T::ShlEq => Binary(BinaryOp::Shl),
        T::ShrEq => Binary(BinaryOp::Shr),
        T::UShrEq => Binary(BinaryOp::UShr),
        T::AmpEq => Binary(BinaryOp::BitAnd),
        T::PipeEq => Binary(BinaryOp::BitOr),
        T::CaretEq => Binary(BinaryOp::BitXor),
        T::AmpAmpEq => Logical(LogicalOp::And),
        T::PipePipeEq => Logical(LogicalOp::Or),
        T::QuestionQuestionEq => Logical(LogicalOp::Coalesce),
        _ => return None,
    })
}

/// An arrow function not in parentheses: no operator may follow it.
fn is_bare_arrow(expr: &Expr<'_>) -> bool {
    matches!(expr.kind, ExprKind::Function(f) if f.kind == FunctionKind::Arrow)
}

fn strip_parens<'a>(mut expr: &'a Expr<'a>) -> &'a Expr<'a> {
    while let ExprKind::Paren(inner) = expr.kind {
        expr = inner;
    }
    expr
}

impl<'a, U: Unit> Parser<'a, '_, '_, U> {
    /// `Expression`
    pub(super) fn expression(&mut self, allow_in: bool) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        let first = self.assignment(allow_in)?;
        if !self.at(T::Comma) {
            return Ok(first);
        }
        let mut items = vec![*first];
        while self.eat(T::Comma)? {
            items.push(*self.assignment(allow_in)?);
        }
        let items = self.slice(&items)?;
        self.expr(start, ExprKind::Sequence(items))
    }

    /// `AssignmentExpression`
    pub(super) fn assignment(&mut self, allow_in: bool) -> PResult<&'a Expr<'a>> {
        let outer = self.cover_error.take();
        let expr = self.assignment_or_pattern(allow_in)?;
        self.no_cover_error()?;
        self.cover_error = outer;
        Ok(expr)
    }

    /// Raises what is right in patterns only.
    pub(super) fn no_cover_error(&mut self) -> PResult<()> {
        match self.cover_error {
            None => Ok(()),
            Some((pos, message)) => self.error_at(pos, pos + 1, message),
        }
    }

    /// `AssignmentExpression`, or what may become a pattern: then `cover_error` may be set.
    pub(super) fn assignment_or_pattern(&mut self, allow_in: bool) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        if self.context.generator && self.at_word(Atom::YIELD) {
            return self.yield_expression(allow_in);
        }
        self.arrow_at = start;
        self.arrow_allow_in = allow_in;
        let outer = self.cover_error.take();
        let left = self.conditional(start, allow_in)?;
        let is_literal = matches!(left.kind, ExprKind::Object(_) | ExprKind::Array(_));
        if !is_literal {
            self.no_cover_error()?;
        }
        let expr = match assign_op(self.kind()) {
            Some(op) if !is_bare_arrow(left) => {
                let target = if is_literal && op == AssignOp::Assign {
                    self.cover_error = None;
                    self.target_of(left)?
                } else {
                    self.no_cover_error()?;
                    let web_compat = !matches!(op, AssignOp::Logical(_));
                    self.simple_target_of(left, web_compat)?
                };
                self.next()?;
                let value = self.assignment(allow_in)?;
                self.expr(start, ExprKind::Assign { op, target, value })?
            }
            _ => left,
        };
        self.cover_error = outer.or(self.cover_error);
        Ok(expr)
    }

    fn yield_expression(&mut self, allow_in: bool) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        if self.context.in_params {
            let message = "a yield expression cannot stand in parameters";
            return self.error_span(self.lex.tok.span(), message);
        }
        self.last_yield = Some(start);
        self.next()?;
        if self.lex.tok.newline {
            return self.expr(start, ExprKind::Yield(None));
        }
        if self.eat(T::Star)? {
            let argument = self.assignment(allow_in)?;
            return self.expr(start, ExprKind::YieldStar(argument));
        }
        match self.kind() {
            T::RParen | T::RBracket | T::RBrace | T::Comma | T::Semicolon | T::Colon | T::Eof | T::In => {
                self.expr(start, ExprKind::Yield(None))
            }
            _ => {
                let argument = self.assignment(allow_in)?;
                self.expr(start, ExprKind::Yield(Some(argument)))
            }
        }
    }

    fn conditional(&mut self, start: u32, allow_in: bool) -> PResult<&'a Expr<'a>> {
        let test = self.binary(0, allow_in)?;
        if !self.at(T::Question) || is_bare_arrow(test) {
            return Ok(test);
        }
        self.no_cover_error()?;
        self.next()?;
        let yes = self.assignment(true)?;
        self.expect(T::Colon)?;
        let no = self.assignment(allow_in)?;
        self.expr(start, ExprKind::Conditional(test, yes, no))
    }

    /// Binary operators of a priority above `floor`. Chains to the left are read in a loop.
    fn binary(&mut self, floor: u8, allow_in: bool) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        let mut left =
            if self.at(T::PrivateName) { self.private_in(floor, allow_in)? } else { self.unary()? };
        if is_bare_arrow(left) {
            return Ok(left);
        }
        while let Some((priority, op)) = operator(self.kind(), allow_in) {
            if priority <= floor && !(priority == PRIORITY_EXP && floor == PRIORITY_EXP) {
                break;
            }
            self.no_cover_error()?;
            if priority == PRIORITY_EXP {
                if matches!(left.kind, ExprKind::Unary(..) | ExprKind::Await(_)) {
                    return self.unexpected("parentheses around the unary expression on the left of '**'");
                }
                self.guard()?;
            }
            let token = self.kind();
            self.next()?;
            // `**` is read to the right by letting the same priority in.
            let right = self.binary(priority, allow_in)?;
            if is_bare_arrow(right) {
                return self.error_span(right.span, "an arrow function cannot be an operand");
            }
            let kind = match op {
                Operator::Binary(op) => ExprKind::Binary(op, left, right),
                Operator::Logical(op) => {
                    let mixes = |e: &Expr<'_>| match e.kind {
                        ExprKind::Logical(inner, ..) => {
                            (inner == LogicalOp::Coalesce) != (op == LogicalOp::Coalesce)
                        }
                        _ => false,
                    };
                    if mixes(left) || mixes(right) {
                        let message = format!(
                            "'{}' cannot be mixed with other logical operators without parentheses",
                            token.text()
                        );
                        return self.error_at(start, self.lex.prev_end, message);
                    }
                    ExprKind::Logical(op, left, right)
                }
            };
            left = self.expr(start, kind)?;
        }
        Ok(left)
    }

    /// `#name in object`
    fn private_in(&mut self, floor: u8, allow_in: bool) -> PResult<&'a Expr<'a>> {
        let tok = self.lex.tok;
        self.next()?;
        if !self.at(T::In) || !allow_in || floor >= PRIORITY_RELATIONAL {
            return self.error_span(tok.span(), "a private name must stand after '.' or before 'in'");
        }
        self.scopes.refer_private(tok.atom, tok.start);
        self.next()?;
        let object = self.binary(PRIORITY_RELATIONAL, allow_in)?;
        self.expr(tok.start, ExprKind::PrivateIn(tok.atom, object))
    }

    fn unary(&mut self) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        let op = match self.kind() {
            T::Minus => UnaryOp::Neg,
            T::Plus => UnaryOp::Plus,
            T::Bang => UnaryOp::Not,
            T::Tilde => UnaryOp::BitNot,
            T::Typeof => UnaryOp::Typeof,
            T::Void => UnaryOp::Void,
            T::Delete => UnaryOp::Delete,
            T::PlusPlus | T::MinusMinus => return self.prefix_update(),
            T::Ident if self.context.is_async && self.at_word(Atom::AWAIT) => {
                return self.await_expression();
            }
            _ => return self.postfix_update(),
        };
        self.guard()?;
        self.next()?;
        if op == UnaryOp::Not {
            self.called_at = self.lex.tok.start;
        }
        let operand = self.unary()?;
        self.no_cover_error()?;
        if op == UnaryOp::Delete {
            self.check_delete(operand)?;
        }
        self.expr(start, ExprKind::Unary(op, operand))
    }

    /// 13.5.1.1
    fn check_delete(&mut self, operand: &'a Expr<'a>) -> PResult<()> {
        let mut inner = strip_parens(operand);
        if let ExprKind::OptionalChain(chain) = inner.kind {
            inner = chain;
        }
        match inner.kind {
            ExprKind::Ident(_) if self.context.strict => {
                self.error_span(operand.span, "a name cannot be deleted in strict code")
            }
            ExprKind::Private { .. } => self.error_span(operand.span, "a private element cannot be deleted"),
            _ => Ok(()),
        }
    }

    fn await_expression(&mut self) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        if self.context.in_params {
            let message = "an await expression cannot stand in parameters";
            return self.error_span(self.lex.tok.span(), message);
        }
        self.last_await = Some(start);
        self.has_top_level_await |= self.context.top_level;
        self.next()?;
        let operand = self.unary()?;
        self.no_cover_error()?;
        self.expr(start, ExprKind::Await(operand))
    }

    fn prefix_update(&mut self) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        let increment = self.at(T::PlusPlus);
        self.next()?;
        let operand = self.unary()?;
        self.no_cover_error()?;
        let target = self.update_target(operand)?;
        self.expr(start, ExprKind::Update { increment, prefix: true, target })
    }

    fn postfix_update(&mut self) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        let operand = self.left_hand_side(start)?;
        if !matches!(self.kind(), T::PlusPlus | T::MinusMinus)
            || self.lex.tok.newline
            || is_bare_arrow(operand)
        {
            return Ok(operand);
        }
        self.no_cover_error()?;
        let increment = self.at(T::PlusPlus);
        let target = self.update_target(operand)?;
        self.next()?;
        self.expr(start, ExprKind::Update { increment, prefix: false, target })
    }

    fn update_target(&mut self, operand: &'a Expr<'a>) -> PResult<&'a Expr<'a>> {
        self.simple_target_of(operand, true)?;
        Ok(strip_parens(operand))
    }

    /// A target that is no pattern (13.15.1). `web_compat`: a call is let through in sloppy code.
    pub(super) fn simple_target_of(&mut self, expr: &'a Expr<'a>, web_compat: bool) -> PResult<Target<'a>> {
        let inner = strip_parens(expr);
        match inner.kind {
            ExprKind::Ident(name) => {
                if self.context.strict && matches!(name, Atom::EVAL | Atom::ARGUMENTS) {
                    let name = self.name(name);
                    let message = format!("'{name}' cannot be assigned to in strict code");
                    return self.error_span(expr.span, message);
                }
                if let ExprKind::Paren(_) = expr.kind {
                    // Told apart since it is no parameter, and names no function.
                    return Ok(Target::Expr(inner));
                }
                Ok(Target::Name(name, expr.span))
            }
            ExprKind::Member { .. }
            | ExprKind::Index { .. }
            | ExprKind::Private { .. }
            | ExprKind::SuperMember(_)
            | ExprKind::SuperIndex(_) => Ok(Target::Expr(inner)),
            ExprKind::Call { .. } if web_compat && !self.context.strict => Ok(Target::Expr(inner)),
            _ => self.error_span(expr.span, "invalid assignment target, expected a name or property"),
        }
    }

    /// `LeftHandSideExpression`
    pub(super) fn left_hand_side(&mut self, start: u32) -> PResult<&'a Expr<'a>> {
        let primary = match self.kind() {
            T::New => self.new_expression()?,
            T::Super => self.super_expression()?,
            T::Import => self.import_expression()?,
            _ => {
                let expr = self.primary()?;
                if is_bare_arrow(expr) {
                    return Ok(expr);
                }
                expr
            }
        };
        self.tail(start, primary, true)
    }

    /// Members, calls and templates after an expression.
    fn tail(&mut self, start: u32, mut expr: &'a Expr<'a>, calls: bool) -> PResult<&'a Expr<'a>> {
        let mut in_chain = false;
        loop {
            let kind = match self.kind() {
                T::Dot => {
                    self.no_cover_error()?;
                    self.next()?;
                    self.member_name(expr, false)?
                }
                T::LBracket => {
                    self.no_cover_error()?;
                    self.next()?;
                    let index = self.expression(true)?;
                    self.expect(T::RBracket)?;
                    ExprKind::Index { object: expr, index, optional: false }
                }
                T::LParen if calls => {
                    self.no_cover_error()?;
                    let direct_eval = !in_chain && matches!(expr.kind, ExprKind::Ident(Atom::EVAL));
                    let args = self.arguments()?;
                    if direct_eval {
                        self.scopes.refer_eval(!self.context.class_init);
                    }
                    ExprKind::Call { callee: expr, args, optional: false, direct_eval }
                }
                T::QuestionDot => {
                    if !calls {
                        return self.unexpected("no optional chain in the callee of 'new'");
                    }
                    self.no_cover_error()?;
                    self.next()?;
                    in_chain = true;
                    match self.kind() {
                        T::LParen => {
                            let args = self.arguments()?;
                            ExprKind::Call { callee: expr, args, optional: true, direct_eval: false }
                        }
                        T::LBracket => {
                            self.next()?;
                            let index = self.expression(true)?;
                            self.expect(T::RBracket)?;
                            ExprKind::Index { object: expr, index, optional: true }
                        }
                        _ => self.member_name(expr, true)?,
                    }
                }
                T::Template => {
                    if in_chain {
                        return self.unexpected("no template in an optional chain");
                    }
                    self.no_cover_error()?;
                    let (quasis, exprs) = self.template_parts(true)?;
                    ExprKind::TaggedTemplate { tag: expr, quasis, exprs }
                }
                _ => break,
            };
            expr = self.expr(start, kind)?;
        }
        if in_chain {
            expr = self.expr(start, ExprKind::OptionalChain(expr))?;
        }
        Ok(expr)
    }

    pub(super) fn member_name(&mut self, object: &'a Expr<'a>, optional: bool) -> PResult<ExprKind<'a>> {
        let tok = self.lex.tok;
        if tok.kind == T::PrivateName {
            self.scopes.refer_private(tok.atom, tok.start);
            self.next()?;
            return Ok(ExprKind::Private { object, name: tok.atom, optional });
        }
        if !tok.kind.is_name() {
            return self.unexpected("a property name");
        }
        self.next()?;
        Ok(ExprKind::Member { object, name: tok.atom, optional })
    }

    /// `(a, ...b)`
    pub(super) fn arguments(&mut self) -> PResult<&'a [Arg<'a>]> {
        self.expect(T::LParen)?;
        if self.eat(T::RParen)? {
            return Ok(&[]);
        }
        let mut args = Vec::with_capacity(4);
        loop {
            if self.eat(T::Ellipsis)? {
                args.push(Arg::Spread(self.assignment(true)?));
            } else {
                args.push(Arg::Expr(self.assignment(true)?));
            }
            if self.eat(T::RParen)? {
                break;
            }
            if !self.at(T::Comma) {
                return self.unexpected("',' or ')' after an argument");
            }
            self.next()?;
            if self.eat(T::RParen)? {
                break;
            }
        }
        self.slice(&args)
    }

    fn new_expression(&mut self) -> PResult<&'a Expr<'a>> {
        self.guard()?;
        let start = self.lex.tok.start;
        self.next()?;
        if self.eat(T::Dot)? {
            if !self.at_word(Atom::TARGET) {
                return self.unexpected("'target' after 'new.'");
            }
            self.next()?;
            if !self.context.new_target {
                let message = "new.target can only be used in a function";
                return self.error_at(start, self.lex.prev_end, message);
            }
            self.scopes.refer_this();
            return self.expr(start, ExprKind::NewTarget);
        }
        let callee_start = self.lex.tok.start;
        let callee = match self.kind() {
            T::New => self.new_expression()?,
            T::Super => self.super_expression()?,
            T::Import => {
                let callee = self.import_expression()?;
                if matches!(callee.kind, ExprKind::ImportCall { .. }) {
                    let message = "import() cannot be called with 'new'";
                    return self.error_span(callee.span, message);
                }
                callee
            }
            _ => self.primary()?,
        };
        if matches!(callee.kind, ExprKind::SuperCall(_)) {
            return self.error_span(callee.span, "super() cannot be called with 'new'");
        }
        let callee = self.tail(callee_start, callee, false)?;
        self.no_cover_error()?;
        let args = if self.at(T::LParen) { self.arguments()? } else { &[] };
        self.expr(start, ExprKind::New { callee, args })
    }

    fn super_expression(&mut self) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        let span = self.lex.tok.span();
        self.next()?;
        self.scopes.refer_this();
        let kind = match self.kind() {
            T::LParen => {
                if !self.context.super_call {
                    let message = "super() can only stand in a derived class's constructor";
                    return self.error_span(span, message);
                }
                ExprKind::SuperCall(self.arguments()?)
            }
            T::Dot | T::LBracket if !self.context.super_property => {
                return self.error_span(span, "super properties can only stand in methods");
            }
            T::Dot => {
                self.next()?;
                let tok = self.lex.tok;
                if !tok.kind.is_name() {
                    return self.unexpected("a property name");
                }
                self.next()?;
                ExprKind::SuperMember(tok.atom)
            }
            T::LBracket => {
                self.next()?;
                let index = self.expression(true)?;
                self.expect(T::RBracket)?;
                ExprKind::SuperIndex(index)
            }
            _ => return self.unexpected("'(', '.' or '[' after 'super'"),
        };
        self.expr(start, kind)
    }

    fn import_expression(&mut self) -> PResult<&'a Expr<'a>> {
        let start = self.lex.tok.start;
        self.next()?;
        let mut phase = ImportPhase::Evaluation;
        if self.eat(T::Dot)? {
            if self.at_word(Atom::META) {
                self.next()?;
                if !self.is_module {
                    let message = "import.meta can only be used in a module";
                    return self.error_at(start, self.lex.prev_end, message);
                }
                return self.expr(start, ExprKind::ImportMeta);
            }
            phase = match self.lex.tok.atom {
                Atom::DEFER if self.at_word(Atom::DEFER) => ImportPhase::Defer,
                Atom::SOURCE if self.at_word(Atom::SOURCE) => ImportPhase::Source,
                _ => return self.unexpected("'meta', 'defer' or 'source' after 'import.'"),
            };
            self.next()?;
        }
        self.expect(T::LParen)?;
        let specifier = self.assignment(true)?;
        let mut options = None;
        if self.eat(T::Comma)? && !self.at(T::RParen) && phase != ImportPhase::Source {
            options = Some(self.assignment(true)?);
            self.eat(T::Comma)?;
        }
        self.expect(T::RParen)?;
        self.expr(start, ExprKind::ImportCall { specifier, options, phase })
    }

    /// Raises an error at a whole expression.
    pub(super) fn error_expr<R>(&self, expr: &Expr<'a>, message: &str) -> PResult<R> {
        let Span { start, end } = expr.span;
        Err(Failure::syntax(Span { start, end }, message))
    }
}
