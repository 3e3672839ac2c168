//! Expressions.
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::{Atom, Text};

use super::emitter::{Jump, Reg};
use super::scope::Place;
use super::{CResult, Compiler};

/// An assignable reference, its parts evaluated.
#[derive(Clone, Copy)]
pub(crate) enum Ref {
    /// A name that is resolved at compile time.
    Name(Atom),
    /// A name and the register of the holder that was found before.
    Dynamic(Atom, Reg),
    Member(Reg, Atom),
    Index(Reg, Reg),
    Private(Reg, Reg),
    /// `this`, key, active function
    Super(Reg, Reg, Reg),
    /// A call in a place of a target: a ReferenceError.
    Invalid,
}

pub(crate) fn unparen<'a>(mut e: &'a Expr<'a>) -> &'a Expr<'a> {
    while let ExprKind::Paren(inner) = e.kind {
        e = inner;
    }
    e
}

/// The value of a constant expression that is an 8-bit integer.
pub(crate) fn small_int(e: &Expr<'_>) -> Option<i8> {
    let n = folded(e, FOLD_DEPTH)?;
    let i = n as i8;
    (f64::from(i) == n && !(n == 0.0 && n.is_sign_negative())).then_some(i)
}

/// How deep constant expressions are looked into.
const FOLD_DEPTH: u32 = 12;

/// The number an expression of number literals comes to.
fn folded(e: &Expr<'_>, depth: u32) -> Option<f64> {
    use crate::value::number::to_int32;
    let depth = depth.checked_sub(1)?;
    Some(match e.kind {
        ExprKind::Number(n) => n,
        ExprKind::Paren(e) => folded(e, depth)?,
        ExprKind::Unary(UnaryOp::Neg, e) => -folded(e, depth)?,
        ExprKind::Unary(UnaryOp::Plus, e) => folded(e, depth)?,
        ExprKind::Unary(UnaryOp::BitNot, e) => f64::from(!to_int32(folded(e, depth)?)),
        ExprKind::Binary(op, l, r) => {
            // The right-hand side first: it is the one that is seldom a constant in a long chain.
            let y = folded(r, depth)?;
            let x = folded(l, depth)?;
            let (i, shift) = (to_int32(x), to_int32(y) as u32 & 31);
            match op {
                BinaryOp::Add => x + y,
                BinaryOp::Sub => x - y,
                BinaryOp::Mul => x * y,
                BinaryOp::Div => x / y,
                BinaryOp::Mod => x % y,
                BinaryOp::BitAnd => f64::from(i & to_int32(y)),
                BinaryOp::BitOr => f64::from(i | to_int32(y)),
                BinaryOp::BitXor => f64::from(i ^ to_int32(y)),
                BinaryOp::Shl => f64::from(i << shift),
                BinaryOp::Shr => f64::from(i >> shift),
                BinaryOp::UShr => f64::from(i as u32 >> shift),
                _ => return None,
            }
        }
        _ => return None,
    })
}

/// The number a constant expression comes to.
pub(crate) fn constant(e: &Expr<'_>) -> Option<f64> {
    folded(e, FOLD_DEPTH)
}

/// Whether evaluating `e` can change a local's register: conservative, and bounded in work.
fn may_assign(e: &Expr<'_>, budget: &mut u32) -> bool {
    if *budget == 0 {
        return true;
    }
    *budget -= 1;
    match e.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::String(_)
        | ExprKind::BigInt(_)
        | ExprKind::RegExp { .. }
        | ExprKind::Ident(_)
        | ExprKind::This
        | ExprKind::NewTarget
        | ExprKind::ImportMeta
        | ExprKind::Function(_)
        | ExprKind::SuperMember(_) => false,
        ExprKind::Unary(UnaryOp::Delete, _) => true,
        ExprKind::Unary(_, e) | ExprKind::Paren(e) | ExprKind::OptionalChain(e) | ExprKind::SuperIndex(e) => {
            may_assign(e, budget)
        }
        ExprKind::Member { object, .. } | ExprKind::Private { object, .. } => may_assign(object, budget),
        ExprKind::Index { object, index, .. } => may_assign(object, budget) || may_assign(index, budget),
        ExprKind::Binary(_, a, b) | ExprKind::Logical(_, a, b) => {
            may_assign(a, budget) || may_assign(b, budget)
        }
        ExprKind::Conditional(a, b, c) => {
            may_assign(a, budget) || may_assign(b, budget) || may_assign(c, budget)
        }
        ExprKind::Call { callee, args, .. } => may_assign(callee, budget) || args_assign(args, budget),
        ExprKind::New { callee, args } => may_assign(callee, budget) || args_assign(args, budget),
        ExprKind::Array(items) => items.iter().any(|i| match i {
            ArrayElement::Hole => false,
            ArrayElement::Expr(e) | ArrayElement::Spread(e) => may_assign(e, budget),
        }),
        ExprKind::Template { exprs, .. } => exprs.iter().any(|e| may_assign(e, budget)),
        _ => true,
    }
}

fn args_assign(args: &[Arg<'_>], budget: &mut u32) -> bool {
    args.iter().any(|a| match a {
        Arg::Expr(e) | Arg::Spread(e) => may_assign(e, budget),
    })
}

pub(crate) fn changes_locals(e: &Expr<'_>) -> bool {
    may_assign(e, &mut 24)
}

impl<'a> Compiler<'a> {
    /// Evaluates into any register: a local's own if nothing is to be copied, else a temporary.
    pub(crate) fn expr_any(&mut self, e: &'a Expr<'a>) -> CResult<Reg> {
        match e.kind {
            ExprKind::Ident(name) => {
                if let Some(reg) = self.local_reg(name) {
                    return Ok(reg);
                }
            }
            ExprKind::This => {
                if let Some(reg) = self.cur().this_reg {
                    return Ok(reg);
                }
            }
            ExprKind::Paren(inner) => return self.expr_any(inner),
            _ => {}
        }
        let reg = self.temp()?;
        self.expr(e, reg)?;
        Ok(reg)
    }

    /// As [`Compiler::expr_any`], for an operand that must keep its value while `later` runs.
    pub(crate) fn expr_kept(&mut self, e: &'a Expr<'a>, later: &[&'a Expr<'a>]) -> CResult<Reg> {
        let inner = unparen(e);
        if let ExprKind::Ident(name) = inner.kind
            && let Some(reg) = self.local_reg(name)
            && !later.iter().any(|l| changes_locals(l))
        {
            return Ok(reg);
        }
        if let (ExprKind::This, Some(reg)) = (&inner.kind, self.cur().this_reg) {
            return Ok(reg);
        }
        let reg = self.temp()?;
        self.expr(e, reg)?;
        Ok(reg)
    }

    /// Evaluates for its effects only.
    pub(crate) fn expr_effect(&mut self, e: &'a Expr<'a>) -> CResult<()> {
        let mark = self.mark();
        match e.kind {
            ExprKind::Update { increment, target, .. } => {
                // The old value is not wanted: as if prefix.
                self.update(increment, true, target, None)?;
            }
            ExprKind::Assign { op, target, value } => self.assign(op, target, value, None, e.span.start)?,
            ExprKind::Paren(inner) => self.expr_effect(inner)?,
            ExprKind::Sequence(items) => {
                for item in items {
                    self.expr_effect(item)?;
                }
            }
            _ => {
                self.expr_any(e)?;
            }
        }
        self.release(mark);
        Ok(())
    }

    /// Evaluates into `dst`. `dst` may be read by `e` itself (a local assigned from itself), so it
    /// is written last.
    pub(crate) fn expr(&mut self, e: &'a Expr<'a>, dst: Reg) -> CResult<()> {
        self.check_stack(e.span.start)?;
        let mark = self.mark();
        match e.kind {
            ExprKind::Null => self.op(Op::LoadNull, dst, 0, 0),
            ExprKind::Bool(true) => self.op(Op::LoadTrue, dst, 0, 0),
            ExprKind::Bool(false) => self.op(Op::LoadFalse, dst, 0, 0),
            ExprKind::Number(n) => self.cur().load_number(dst, n),
            ExprKind::String(s) => {
                let text = self.text(s);
                self.cur().load_text(dst, text);
            }
            ExprKind::BigInt(digits) => {
                let text = self.text(digits);
                let k = self.cur().bigint(text);
                self.emit(Op::LoadConst, [dst, 0, 0], &[k]);
            }
            ExprKind::RegExp { pattern, flags } => {
                let (p, f) = (self.text_const(pattern), self.text_const(flags));
                self.pos(e.span.start);
                self.emit(Op::NewRegExp, [dst, 0, 0], &[p, f]);
            }
            ExprKind::Template { quasis, exprs } => self.template(quasis, exprs, dst)?,
            ExprKind::TaggedTemplate { tag, quasis, exprs } => {
                self.tagged_template(tag, quasis, exprs, dst, e.span.start)?;
            }
            ExprKind::Ident(name) => self.load_name(name, dst, false, e.span.start)?,
            ExprKind::This => {
                self.pos(e.span.start);
                self.load_this(dst)?;
            }
            ExprKind::NewTarget => self.load_new_target(dst)?,
            ExprKind::ImportMeta => self.op(Op::ImportMeta, dst, 0, 0),
            ExprKind::Array(items) => self.array(items, dst)?,
            ExprKind::Object(props) => self.object(props, dst)?,
            ExprKind::Function(f) => self.closure(f, dst, None)?,
            ExprKind::Class(class) => self.class(class, dst, None)?,
            ExprKind::Paren(inner) => self.expr(inner, dst)?,
            ExprKind::Unary(op, operand) => self.unary(op, operand, dst, e.span.start)?,
            ExprKind::Update { increment, prefix, target } => {
                self.update(increment, prefix, target, Some(dst))?;
            }
            ExprKind::Binary(op, l, r) => match folded(e, FOLD_DEPTH) {
                Some(n) => self.cur().load_number(dst, n),
                None => self.binary(op, l, r, dst, e.span.start)?,
            },
            ExprKind::Logical(op, l, r) => {
                // `dst` may be a local that `r` reads: go through a temporary unless it is one.
                let tmp = self.temp()?;
                self.expr(l, tmp)?;
                let jump = self.logical_jump(op, tmp);
                self.expr(r, tmp)?;
                self.cur().land(jump);
                self.cur().mov(dst, tmp);
            }
            ExprKind::PrivateIn(name, r) => {
                let object = self.expr_any(r)?;
                let key = self.temp()?;
                self.load_name(name, key, false, e.span.start)?;
                self.op(Op::HasPrivate, dst, object, key);
            }
            ExprKind::Assign { op, target, value } => {
                self.assign(op, target, value, Some(dst), e.span.start)?
            }
            ExprKind::Conditional(test, yes, no) => {
                let tmp = self.temp()?;
                let mut else_jumps = Vec::new();
                self.branch(test, false, &mut else_jumps)?;
                self.expr(yes, tmp)?;
                let end = self.cur().jump(Op::Jump, 0, 0);
                self.cur().land_all(else_jumps);
                self.expr(no, tmp)?;
                self.cur().land(end);
                self.cur().mov(dst, tmp);
            }
            ExprKind::Sequence(items) => {
                let (last, first) = items.split_last().expect("a sequence has items");
                for item in first {
                    self.expr_effect(item)?;
                }
                self.expr(last, dst)?;
            }
            ExprKind::Member { .. }
            | ExprKind::Index { .. }
            | ExprKind::Private { .. }
            | ExprKind::SuperMember(_)
            | ExprKind::SuperIndex(_)
            | ExprKind::Call { .. } => self.chain(e, dst, None, &mut Vec::new())?,
            ExprKind::OptionalChain(inner) => {
                let tmp = self.temp()?;
                let mut short = Vec::new();
                self.chain(inner, tmp, None, &mut short)?;
                self.end_chain(tmp, short);
                self.cur().mov(dst, tmp);
            }
            ExprKind::New { callee, args } => self.new_expr(callee, args, dst, e.span.start)?,
            ExprKind::SuperCall(args) => self.super_call(args, dst, e.span.start)?,
            ExprKind::ImportCall { specifier, options, phase } => {
                let s = self.expr_kept(specifier, options.as_slice())?;
                let o = self.temp()?;
                match options {
                    Some(o2) => self.expr(o2, o)?,
                    None => self.op(Op::LoadUndef, o, 0, 0),
                }
                self.pos(e.span.start);
                self.emit(Op::ImportCall, [dst, s, o], &[phase as u32]);
            }
            ExprKind::Yield(arg) => {
                let value = match arg {
                    Some(a) => self.expr_any(a)?,
                    None => {
                        let t = self.temp()?;
                        self.op(Op::LoadUndef, t, 0, 0);
                        t
                    }
                };
                self.pos(e.span.start);
                self.yield_value(value, dst)?;
            }
            ExprKind::YieldStar(arg) => self.yield_star(arg, dst)?,
            ExprKind::Await(arg) => {
                let value = self.expr_any(arg)?;
                self.pos(e.span.start);
                self.await_value(value, dst)?;
            }
        }
        self.release(mark);
        Ok(())
    }

    /// Ends an optional chain: those who jumped out leave undefined in `tmp`.
    pub(crate) fn end_chain(&mut self, tmp: Reg, short: Vec<Jump>) {
        let end = self.cur().jump(Op::Jump, 0, 0);
        self.cur().land_all(short);
        self.op(Op::LoadUndef, tmp, 0, 0);
        self.cur().land(end);
    }

    pub(crate) fn logical_jump(&mut self, op: LogicalOp, reg: Reg) -> Jump {
        let op = match op {
            LogicalOp::And => Op::JumpFalse,
            LogicalOp::Or => Op::JumpTrue,
            LogicalOp::Coalesce => Op::JumpNotNullish,
        };
        self.cur().jump(op, reg, 0)
    }

    pub(crate) fn unary(&mut self, op: UnaryOp, operand: &'a Expr<'a>, dst: Reg, pos: u32) -> CResult<()> {
        let code = match op {
            UnaryOp::Neg => {
                if let ExprKind::Number(n) = operand.kind {
                    self.cur().load_number(dst, -n);
                    return Ok(());
                }
                Op::Neg
            }
            UnaryOp::Plus => Op::ToNumber,
            UnaryOp::Not => Op::Not,
            UnaryOp::BitNot => Op::BitNot,
            UnaryOp::Typeof => {
                if let ExprKind::Ident(name) = unparen(operand).kind {
                    let reg = match self.local_reg(name) {
                        Some(reg) => reg,
                        None => {
                            let reg = self.temp()?;
                            self.load_name(name, reg, true, pos)?;
                            reg
                        }
                    };
                    self.op(Op::Typeof, dst, reg, 0);
                    return Ok(());
                }
                Op::Typeof
            }
            UnaryOp::Void => {
                self.expr_effect(operand)?;
                self.op(Op::LoadUndef, dst, 0, 0);
                return Ok(());
            }
            UnaryOp::Delete => return self.delete(operand, dst, pos),
        };
        let reg = self.expr_any(operand)?;
        self.pos(pos);
        self.op(code, dst, reg, 0);
        Ok(())
    }

    pub(crate) fn delete(&mut self, operand: &'a Expr<'a>, dst: Reg, pos: u32) -> CResult<()> {
        let op = if self.strict() { Op::DelElemStrict } else { Op::DelElem };
        let operand = unparen(operand);
        match operand.kind {
            ExprKind::Member { object, name, .. } => {
                let o = self.expr_any(object)?;
                let k = self.temp()?;
                let text = self.text(name);
                self.cur().load_text(k, text);
                self.pos(pos);
                self.op(op, dst, o, k);
            }
            ExprKind::Index { object, index, .. } => {
                let o = self.expr_kept(object, &[index])?;
                let k = self.expr_any(index)?;
                self.pos(pos);
                self.op(op, dst, o, k);
            }
            ExprKind::OptionalChain(inner) => {
                let tmp = self.temp()?;
                let mut short = Vec::new();
                match inner.kind {
                    ExprKind::Member { object, name, optional } => {
                        let o = self.temp()?;
                        self.chain(object, o, None, &mut short)?;
                        if optional {
                            short.push(self.cur().jump(Op::JumpNullish, o, 0));
                        }
                        let k = self.temp()?;
                        let text = self.text(name);
                        self.cur().load_text(k, text);
                        self.pos(pos);
                        self.op(op, tmp, o, k);
                    }
                    ExprKind::Index { object, index, optional } => {
                        let o = self.temp()?;
                        self.chain(object, o, None, &mut short)?;
                        if optional {
                            short.push(self.cur().jump(Op::JumpNullish, o, 0));
                        }
                        let k = self.expr_any(index)?;
                        self.pos(pos);
                        self.op(op, tmp, o, k);
                    }
                    _ => {
                        self.chain(inner, tmp, None, &mut short)?;
                        self.op(Op::LoadTrue, tmp, 0, 0);
                    }
                }
                let end = self.cur().jump(Op::Jump, 0, 0);
                self.cur().land_all(short);
                self.op(Op::LoadTrue, tmp, 0, 0);
                self.cur().land(end);
                self.cur().mov(dst, tmp);
            }
            ExprKind::SuperMember(_) | ExprKind::SuperIndex(_) => {
                let this = self.temp()?;
                self.load_this(this)?;
                if let ExprKind::SuperIndex(k) = operand.kind {
                    self.expr_effect(k)?;
                }
                self.throw_error(1, "unsupported reference to 'super'", pos);
            }
            ExprKind::Ident(name) => match self.resolve(name) {
                Place::Dynamic(env) => {
                    let k = self.text_const(name);
                    self.emit(Op::DelName, [dst, env, 0], &[k]);
                }
                Place::Global => {
                    // Without an environment the search starts at the global object.
                    let env = self.temp()?;
                    self.op(Op::LoadUndef, env, 0, 0);
                    let k = self.text_const(name);
                    self.emit(Op::DelName, [dst, env, 0], &[k]);
                }
                _ => self.op(Op::LoadFalse, dst, 0, 0),
            },
            _ => {
                self.expr_effect(operand)?;
                self.op(Op::LoadTrue, dst, 0, 0);
            }
        }
        Ok(())
    }

    /// Emits a throw of an error with a fixed message (0 TypeError, 1 ReferenceError, 2 SyntaxError).
    pub(crate) fn throw_error(&mut self, kind: u32, message: &str, pos: u32) {
        let k = self.cur().text(&Text::from_utf8(message));
        self.pos(pos);
        self.emit(Op::ThrowError, [kind, 0, 0], &[k]);
    }

    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        l: &'a Expr<'a>,
        r: &'a Expr<'a>,
        dst: Reg,
        pos: u32,
    ) -> CResult<()> {
        // Long chains (`a + b + c + …`) lean to the left: walk their spine without recursion.
        let mut spine = vec![(op, r, pos)];
        let mut left = l;
        while let ExprKind::Binary(op, l2, r2) = left.kind {
            spine.push((op, r2, left.span.start));
            left = l2;
        }
        let (_, first, _) = *spine.last().expect("not empty");
        let mut reg = self.expr_kept(left, &[first])?;
        let acc = if spine.len() > 1 { Some(self.temp()?) } else { None };
        while let Some((op, r, pos)) = spine.pop() {
            let mark = self.mark();
            let to = if spine.is_empty() { dst } else { acc.expect("a chain has an accumulator") };
            if let Some(imm) = small_int(r).and_then(|i| immediate_op(op, i)) {
                self.pos(pos);
                self.op(imm.0, to, reg, imm.1 as u8 as u32);
            } else {
                let right = self.expr_any(r)?;
                self.pos(pos);
                self.op(binary_op(op), to, reg, right);
            }
            self.release(mark);
            reg = to;
        }
        Ok(())
    }

    /// Emits `lhs op rhs` for a compound assignment.
    pub(crate) fn binary_value(
        &mut self,
        op: BinaryOp,
        dst: Reg,
        lhs: Reg,
        r: &'a Expr<'a>,
        pos: u32,
    ) -> CResult<()> {
        let mark = self.mark();
        if let Some(imm) = small_int(r).and_then(|i| immediate_op(op, i)) {
            self.pos(pos);
            self.op(imm.0, dst, lhs, imm.1 as u8 as u32);
        } else {
            let right = self.expr_any(r)?;
            self.pos(pos);
            self.op(binary_op(op), dst, lhs, right);
        }
        self.release(mark);
        Ok(())
    }

    /// Jumps if the truth of `test` is `when`, else falls through.
    pub(crate) fn branch(&mut self, test: &'a Expr<'a>, when: bool, out: &mut Vec<Jump>) -> CResult<()> {
        self.check_stack(test.span.start)?;
        let mark = self.mark();
        match test.kind {
            ExprKind::Paren(inner) => self.branch(inner, when, out)?,
            ExprKind::Unary(UnaryOp::Not, inner) => self.branch(inner, !when, out)?,
            ExprKind::Bool(b) => {
                if b == when {
                    out.push(self.cur().jump(Op::Jump, 0, 0));
                }
            }
            ExprKind::Logical(LogicalOp::And, l, r) => {
                if when {
                    let mut no = Vec::new();
                    self.branch(l, false, &mut no)?;
                    self.branch(r, true, out)?;
                    self.cur().land_all(no);
                } else {
                    self.branch(l, false, out)?;
                    self.branch(r, false, out)?;
                }
            }
            ExprKind::Logical(LogicalOp::Or, l, r) => {
                if when {
                    self.branch(l, true, out)?;
                    self.branch(r, true, out)?;
                } else {
                    let mut yes = Vec::new();
                    self.branch(l, true, &mut yes)?;
                    self.branch(r, false, out)?;
                    self.cur().land_all(yes);
                }
            }
            ExprKind::Binary(op, l, r) if compare_jump(op, when).is_some() => {
                let jump = compare_jump(op, when).expect("just tested");
                let left = self.expr_kept(l, &[r])?;
                let imm = small_int(r).and_then(|i| {
                    let op = match jump {
                        Op::JSeq => Op::JSeqI,
                        Op::JLt => Op::JLtI,
                        Op::JNLt => Op::JNLtI,
                        _ => return None,
                    };
                    Some((op, i))
                });
                if let Some((op, i)) = imm {
                    self.pos(test.span.start);
                    out.push(self.cur().jump(op, left, u32::from(i as u8)));
                } else {
                    let right = self.expr_any(r)?;
                    self.pos(test.span.start);
                    out.push(self.cur().jump(jump, left, right));
                }
            }
            ExprKind::Call { callee, args: [Arg::Expr(value)], optional: false, .. }
                if self.options.self_hosted && self.is_named(callee, "$isHole") =>
            {
                let reg = self.expr_any(value)?;
                let hole = self.cur().jump(Op::JumpHole, reg, 0);
                if when {
                    out.push(hole);
                } else {
                    out.push(self.cur().jump(Op::Jump, 0, 0));
                    self.cur().land(hole);
                }
            }
            _ => {
                let reg = self.expr_any(test)?;
                let op = if when { Op::JumpTrue } else { Op::JumpFalse };
                out.push(self.cur().jump(op, reg, 0));
            }
        }
        self.release(mark);
        Ok(())
    }
}

/// Whether a text is an array index (such names cannot be named properties of a shape).
pub(crate) fn is_index(text: &Text) -> bool {
    let n = text.len();
    if n == 0 || n > 10 || (n > 1 && text.unit(0) == u16::from(b'0')) {
        return false;
    }
    text.units().all(|u| (48..58).contains(&u))
}

/// An anonymous function, arrow or class: takes its name from where it stands.
pub(crate) fn is_anonymous(e: &Expr<'_>) -> bool {
    match unparen(e).kind {
        ExprKind::Function(f) => f.name.is_none(),
        ExprKind::Class(c) => c.name.is_none(),
        _ => false,
    }
}

fn immediate_op(op: BinaryOp, i: i8) -> Option<(Op, i8)> {
    Some(match op {
        BinaryOp::Add => (Op::AddI, i),
        BinaryOp::Sub => (Op::SubI, i),
        BinaryOp::BitAnd => (Op::BitAndI, i),
        BinaryOp::BitOr => (Op::BitOrI, i),
        BinaryOp::Shl => (Op::ShlI, i),
        BinaryOp::Shr => (Op::ShrI, i),
        BinaryOp::UShr => (Op::UShrI, i),
        _ => return None,
    })
}

fn binary_op(op: BinaryOp) -> Op {
    match op {
        BinaryOp::Add => Op::Add,
        BinaryOp::Sub => Op::Sub,
        BinaryOp::Mul => Op::Mul,
        BinaryOp::Div => Op::Div,
        BinaryOp::Mod => Op::Mod,
        BinaryOp::Exp => Op::Exp,
        BinaryOp::Shl => Op::Shl,
        BinaryOp::Shr => Op::Shr,
        BinaryOp::UShr => Op::UShr,
        BinaryOp::BitAnd => Op::BitAnd,
        BinaryOp::BitOr => Op::BitOr,
        BinaryOp::BitXor => Op::BitXor,
        BinaryOp::Eq => Op::Eq,
        BinaryOp::Ne => Op::Ne,
        BinaryOp::StrictEq => Op::StrictEq,
        BinaryOp::StrictNe => Op::StrictNe,
        BinaryOp::Lt => Op::Lt,
        BinaryOp::Le => Op::Le,
        BinaryOp::Gt => Op::Gt,
        BinaryOp::Ge => Op::Ge,
        BinaryOp::In => Op::In,
        BinaryOp::Instanceof => Op::InstanceOf,
    }
}

fn compare_jump(op: BinaryOp, when: bool) -> Option<Op> {
    Some(match (op, when) {
        (BinaryOp::Lt, true) => Op::JLt,
        (BinaryOp::Lt, false) => Op::JNLt,
        (BinaryOp::Le, true) => Op::JLe,
        (BinaryOp::Le, false) => Op::JNLe,
        (BinaryOp::Gt, true) => Op::JGt,
        (BinaryOp::Gt, false) => Op::JNGt,
        (BinaryOp::Ge, true) => Op::JGe,
        (BinaryOp::Ge, false) => Op::JNGe,
        (BinaryOp::StrictEq, true) | (BinaryOp::StrictNe, false) => Op::JSeq,
        (BinaryOp::StrictEq, false) | (BinaryOp::StrictNe, true) => Op::JSne,
        (BinaryOp::Eq, true) | (BinaryOp::Ne, false) => Op::JEq,
        (BinaryOp::Eq, false) | (BinaryOp::Ne, true) => Op::JNe,
        _ => return None,
    })
}
