//! Expressions.

use crate::bytecode::code::Const;
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

fn small_int(e: &Expr<'_>) -> Option<i8> {
    let n = match e.kind {
        ExprKind::Number(n) => n,
        ExprKind::Unary(UnaryOp::Neg, Expr { kind: ExprKind::Number(n), .. }) if *n != 0.0 => -n,
        _ => return None,
    };
    let i = n as i8;
    (f64::from(i) == n && !(n == 0.0 && n.is_sign_negative())).then_some(i)
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

fn changes_locals(e: &Expr<'_>) -> bool {
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
            ExprKind::Binary(op, l, r) => self.binary(op, l, r, dst, e.span.start)?,
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
            ExprKind::Assign { op, target, value } => self.assign(op, target, value, dst, e.span.start)?,
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
            ExprKind::ImportCall { specifier, options, .. } => {
                let s = self.expr_kept(specifier, options.as_slice())?;
                let o = self.temp()?;
                match options {
                    Some(o2) => self.expr(o2, o)?,
                    None => self.op(Op::LoadUndef, o, 0, 0),
                }
                self.pos(e.span.start);
                self.emit(Op::ImportCall, [dst, s, o], &[0]);
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
    fn end_chain(&mut self, tmp: Reg, short: Vec<Jump>) {
        let end = self.cur().jump(Op::Jump, 0, 0);
        self.cur().land_all(short);
        self.op(Op::LoadUndef, tmp, 0, 0);
        self.cur().land(end);
    }

    fn logical_jump(&mut self, op: LogicalOp, reg: Reg) -> Jump {
        let op = match op {
            LogicalOp::And => Op::JumpFalse,
            LogicalOp::Or => Op::JumpTrue,
            LogicalOp::Coalesce => Op::JumpNotNullish,
        };
        self.cur().jump(op, reg, 0)
    }

    fn template(&mut self, quasis: &'a [Quasi], exprs: &'a [Expr<'a>], dst: Reg) -> CResult<()> {
        let acc = self.temp()?;
        let part = self.temp()?;
        let cooked = |q: &Quasi| q.cooked.expect("untagged templates have no invalid escapes");
        let first = self.text(cooked(&quasis[0]));
        self.cur().load_text(acc, first);
        for (i, e) in exprs.iter().enumerate() {
            self.expr(e, part)?;
            self.pos(e.span.start);
            self.op(Op::ToStr, part, part, 0);
            self.op(Op::Add, acc, acc, part);
            let text = self.text(cooked(&quasis[i + 1]));
            if !text.is_empty() {
                self.cur().load_text(part, text);
                self.op(Op::Add, acc, acc, part);
            }
        }
        self.cur().mov(dst, acc);
        Ok(())
    }

    fn tagged_template(
        &mut self,
        tag: &'a Expr<'a>,
        quasis: &'a [Quasi],
        exprs: &'a [Expr<'a>],
        dst: Reg,
        pos: u32,
    ) -> CResult<()> {
        let base = self.cur().group(3 + exprs.len() as u32)?;
        self.callee(tag, base)?;
        let parts = quasis
            .iter()
            .map(|q| (q.cooked.map(|c| self.text(c).clone()), self.text(q.raw).clone()))
            .collect();
        let k = self.cur().own_const(Const::Template(parts));
        self.emit(Op::TemplateObject, [base + 2, 0, 0], &[k]);
        for (i, e) in exprs.iter().enumerate() {
            self.expr(e, base + 3 + i as u32)?;
        }
        self.pos(pos);
        self.op(Op::Call, dst, base, 1 + exprs.len() as u32);
        Ok(())
    }

    fn array(&mut self, items: &'a [ArrayElement<'a>], dst: Reg) -> CResult<()> {
        let plain = items.iter().all(|i| matches!(i, ArrayElement::Expr(_)));
        let n = items.len() as u32;
        if plain && n > 0 && n <= 32 && self.cur().group_fits(n) {
            let base = self.cur().group(n)?;
            for (i, item) in items.iter().enumerate() {
                if let ArrayElement::Expr(e) = item {
                    self.expr(e, base + i as u32)?;
                }
            }
            self.op(Op::ArrayOf, dst, base, n);
            return Ok(());
        }
        let array = self.temp()?;
        self.emit(Op::NewArray, [array, 0, 0], &[n]);
        for item in items {
            let mark = self.mark();
            match item {
                ArrayElement::Hole => {
                    let hole = self.temp()?;
                    self.op(Op::LoadHole, hole, 0, 0);
                    self.op(Op::ArrayPush, array, hole, 0);
                }
                ArrayElement::Expr(e) => {
                    let value = self.expr_any(e)?;
                    self.op(Op::ArrayPush, array, value, 0);
                }
                ArrayElement::Spread(e) => self.spread_into(array, e)?,
            }
            self.release(mark);
        }
        self.cur().mov(dst, array);
        Ok(())
    }

    /// Appends all values of an iterable to an array.
    pub(crate) fn spread_into(&mut self, array: Reg, e: &'a Expr<'a>) -> CResult<()> {
        let mark = self.mark();
        let iter = self.cur().group(4)?;
        let value = iter + 3;
        self.expr(e, value)?;
        self.pos(e.span.start);
        self.op(Op::GetIterator, iter, value, 0);
        let top = self.cur().here();
        let done = self.iter_next(iter, value)?;
        self.op(Op::ArrayPush, array, value, 0);
        self.cur().jump_back(Op::Jump, 0, 0, top);
        self.cur().land_all(done);
        self.release(mark);
        Ok(())
    }

    /// The pair of instructions that steps an iterator; the jumps are taken when it is done.
    pub(crate) fn iter_next(&mut self, iter: Reg, value: Reg) -> CResult<Vec<Jump>> {
        // IterNext skips the two words of IterResult if the iterator is a fast one.
        let fast = self.cur().jump3(Op::IterNext, [value, iter, 0])?;
        let slow = self.cur().jump3(Op::IterResult, [value, value, iter])?;
        Ok(vec![fast, slow])
    }

    fn object(&mut self, props: &'a [Property<'a>], dst: Reg) -> CResult<()> {
        let object = self.temp()?;
        let count = props.len().min(32) as u32;
        self.op(Op::NewObject, object, count, 0);
        for prop in props {
            let mark = self.mark();
            match prop {
                Property::Value { key, value, .. } => match key {
                    PropName::Name(name) => {
                        let v = self.named_any(value, *name)?;
                        let text = self.text(*name);
                        if is_index(text) {
                            let k = self.temp()?;
                            self.cur().load_text(k, text);
                            self.op(Op::InitElem, object, k, v);
                        } else {
                            let ic = self.ic(*name);
                            self.emit(Op::InitProp, [object, v, 0], &[ic]);
                        }
                    }
                    _ => {
                        let k = self.prop_key(key)?;
                        let v = self.temp()?;
                        self.expr(value, v)?;
                        if is_anonymous(value) {
                            self.name_function(value, v, k, 0);
                        }
                        self.op(Op::InitElem, object, k, v);
                    }
                },
                Property::Method(key, f) => self.method(object, key, f, 1 | 8)?,
                Property::Getter(key, f) => self.method(object, key, f, 1 | 2 | 8)?,
                Property::Setter(key, f) => self.method(object, key, f, 1 | 4 | 8)?,
                Property::Proto(value) => {
                    let v = self.expr_any(value)?;
                    self.op(Op::SetProto, object, v, 0);
                }
                Property::Spread(e) => {
                    let v = self.expr_any(e)?;
                    self.pos(e.span.start);
                    self.emit(Op::CopyProps, [object, v, 0], &[0]);
                }
            }
            self.release(mark);
        }
        self.cur().mov(dst, object);
        Ok(())
    }

    /// A method's closure, defined on `object` (see [`Op::DefMethod`] for the flags).
    pub(crate) fn method(
        &mut self,
        object: Reg,
        key: &'a PropName<'a>,
        f: &'a Function<'a>,
        flags: u32,
    ) -> CResult<()> {
        let k = self.prop_key(key)?;
        let v = self.temp()?;
        self.closure(f, v, None)?;
        self.emit(Op::DefMethod, [object, k, v], &[flags]);
        Ok(())
    }

    /// A property name as a key in a register; computed ones are converted.
    pub(crate) fn prop_key(&mut self, key: &'a PropName<'a>) -> CResult<Reg> {
        let reg = self.temp()?;
        match key {
            PropName::Name(name) => {
                let text = self.text(*name);
                self.cur().load_text(reg, text);
            }
            PropName::Number(n) => self.cur().load_number(reg, *n),
            PropName::Computed(e) => {
                self.expr(e, reg)?;
                self.pos(e.span.start);
                self.op(Op::ToKey, reg, reg, 0);
            }
            PropName::Private(name) => self.load_name(*name, reg, false, 0)?,
        }
        Ok(reg)
    }

    /// Evaluates with the name an anonymous function gets from its position.
    pub(crate) fn named(&mut self, e: &'a Expr<'a>, name: Atom, dst: Reg) -> CResult<()> {
        let inner = unparen(e);
        match inner.kind {
            ExprKind::Function(f) if f.name.is_none() => self.closure(f, dst, Some(name)),
            ExprKind::Class(c) if c.name.is_none() => self.class(c, dst, Some(name)),
            _ => self.expr(e, dst),
        }
    }

    pub(crate) fn named_any(&mut self, e: &'a Expr<'a>, name: Atom) -> CResult<Reg> {
        if is_anonymous(e) {
            let reg = self.temp()?;
            self.named(e, name, reg)?;
            return Ok(reg);
        }
        self.expr_any(e)
    }

    /// Names an anonymous function by a computed key in a register.
    pub(crate) fn name_function(&mut self, e: &'a Expr<'a>, value: Reg, key: Reg, prefix: u32) {
        if matches!(unparen(e).kind, ExprKind::Class(_)) {
            self.op(Op::SetNameIfAnonymous, value, key, 0);
        } else {
            self.emit(Op::SetName, [value, key, 0], &[prefix]);
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr<'a>, dst: Reg, pos: u32) -> CResult<()> {
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

    fn delete(&mut self, operand: &'a Expr<'a>, dst: Reg, pos: u32) -> CResult<()> {
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

    fn binary(&mut self, op: BinaryOp, l: &'a Expr<'a>, r: &'a Expr<'a>, dst: Reg, pos: u32) -> CResult<()> {
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
            _ => {
                let reg = self.expr_any(test)?;
                let op = if when { Op::JumpTrue } else { Op::JumpFalse };
                out.push(self.cur().jump(op, reg, 0));
            }
        }
        self.release(mark);
        Ok(())
    }

    /// Evaluates the parts of a reference.
    pub(crate) fn reference(&mut self, e: &'a Expr<'a>, later: &[&'a Expr<'a>]) -> CResult<Ref> {
        let e = unparen(e);
        Ok(match e.kind {
            ExprKind::Ident(name) => self.name_ref(name)?,
            ExprKind::Member { object, name, .. } => Ref::Member(self.expr_kept(object, later)?, name),
            ExprKind::Index { object, index, .. } => {
                let mut all = vec![index];
                all.extend_from_slice(later);
                let o = self.expr_kept(object, &all)?;
                let k = self.expr_kept(index, later)?;
                Ref::Index(o, k)
            }
            ExprKind::Private { object, name, .. } => {
                let o = self.expr_kept(object, later)?;
                let k = self.temp()?;
                self.load_name(name, k, false, e.span.start)?;
                Ref::Private(o, k)
            }
            ExprKind::SuperMember(_) | ExprKind::SuperIndex(_) => {
                let this = self.temp()?;
                let key = self.temp()?;
                let func = self.temp()?;
                self.pos(e.span.start);
                self.load_this(this)?;
                match e.kind {
                    ExprKind::SuperMember(name) => {
                        let text = self.text(name);
                        self.cur().load_text(key, text);
                    }
                    ExprKind::SuperIndex(k) => self.expr(k, key)?,
                    _ => {}
                }
                self.load_callee(func)?;
                Ref::Super(this, key, func)
            }
            _ => {
                self.expr_effect(e)?;
                self.throw_error(1, "invalid assignment target", e.span.start);
                Ref::Invalid
            }
        })
    }

    /// A reference to a name: found now if it can only be found at run time.
    pub(crate) fn name_ref(&mut self, name: Atom) -> CResult<Ref> {
        if let Place::Dynamic(env) = self.resolve(name) {
            let holder = self.temp()?;
            let k = self.text_const(name);
            self.emit(Op::ResolveName, [holder, env, 0], &[k]);
            return Ok(Ref::Dynamic(name, holder));
        }
        Ok(Ref::Name(name))
    }

    pub(crate) fn load_ref(&mut self, r: Ref, dst: Reg, pos: u32) -> CResult<()> {
        self.pos(pos);
        match r {
            Ref::Name(name) => self.load_name(name, dst, false, pos)?,
            Ref::Dynamic(name, holder) => {
                let k = self.text_const(name);
                self.emit(Op::GetNameFrom, [dst, holder, 0], &[k]);
            }
            Ref::Member(o, name) => self.get_member(dst, o, name),
            Ref::Index(o, k) => self.op(Op::GetElem, dst, o, k),
            Ref::Private(o, k) => self.op(Op::GetPrivate, dst, o, k),
            Ref::Super(this, key, func) => self.emit(Op::GetSuper, [dst, key, this], &[func]),
            Ref::Invalid => {}
        }
        Ok(())
    }

    pub(crate) fn store_ref(&mut self, r: Ref, value: Reg, pos: u32) -> CResult<()> {
        self.pos(pos);
        let strict = u32::from(self.strict());
        match r {
            Ref::Name(name) => self.store_name(name, value, false, pos)?,
            Ref::Dynamic(name, holder) => {
                let k = self.text_const(name);
                self.emit(Op::PutName, [value, holder, strict], &[k]);
            }
            Ref::Member(o, name) => {
                let ic = self.ic(name);
                self.emit(Op::SetProp, [o, value, strict], &[ic]);
            }
            Ref::Index(o, k) => {
                let op = if strict == 1 { Op::SetElemStrict } else { Op::SetElem };
                self.op(op, o, k, value);
            }
            Ref::Private(o, k) => self.op(Op::SetPrivate, o, k, value),
            Ref::Super(this, key, func) => {
                self.emit(Op::SetSuper, [key, value, this], &[func | strict << 31]);
            }
            Ref::Invalid => {}
        }
        Ok(())
    }

    pub(crate) fn get_member(&mut self, dst: Reg, object: Reg, name: Atom) {
        let is_length = *self.text(name) == Text::from_latin1(b"length");
        let ic = self.ic(name);
        let op = if is_length { Op::GetLength } else { Op::GetProp };
        self.emit(op, [dst, object, 0], &[ic]);
    }

    fn update(
        &mut self,
        increment: bool,
        prefix: bool,
        target: &'a Expr<'a>,
        dst: Option<Reg>,
    ) -> CResult<()> {
        let op = if increment { Op::Inc } else { Op::Dec };
        let target = unparen(target);
        let pos = target.span.start;
        if let ExprKind::Ident(name) = target.kind
            && let Place::Reg(reg, slot) = self.resolve(name)
            && matches!(
                slot.kind,
                BindingKind::Var | BindingKind::Param | BindingKind::Let | BindingKind::CatchParam
            )
            && self.local_reg(name).is_some()
        {
            self.pos(pos);
            if prefix {
                self.op(op, reg, reg, 0);
                if let Some(dst) = dst {
                    self.cur().mov(dst, reg);
                }
            } else {
                let dst = dst.expect("a postfix value is wanted");
                if dst == reg {
                    // `x = x++`
                    self.op(Op::ToNumeric, reg, reg, 0);
                } else {
                    self.op(Op::ToNumeric, dst, reg, 0);
                    self.op(op, reg, dst, 0);
                }
            }
            return Ok(());
        }
        let r = self.reference(target, &[])?;
        // The key is converted once.
        let r = match r {
            Ref::Index(o, k) => {
                let key = self.temp()?;
                self.pos(pos);
                self.to_key_checked(o, key, k);
                Ref::Index(o, key)
            }
            r => r,
        };
        let old = self.temp()?;
        self.load_ref(r, old, pos)?;
        if prefix {
            self.op(op, old, old, 0);
            self.store_ref(r, old, pos)?;
        } else {
            self.op(Op::ToNumeric, old, old, 0);
            let new = self.temp()?;
            self.op(op, new, old, 0);
            self.store_ref(r, new, pos)?;
        }
        if let Some(dst) = dst {
            self.cur().mov(dst, old);
        }
        Ok(())
    }

    /// `key` = ToPropertyKey(k), after the check that the object is not null or undefined.
    fn to_key_checked(&mut self, object: Reg, key: Reg, k: Reg) {
        self.op(Op::CheckCoercible, object, 0, 0);
        self.op(Op::ToKey, key, k, 0);
    }

    fn assign(
        &mut self,
        op: AssignOp,
        target: Target<'a>,
        value: &'a Expr<'a>,
        dst: Reg,
        pos: u32,
    ) -> CResult<()> {
        match op {
            AssignOp::Assign => match target {
                Target::Name(name, span) => {
                    if let Place::Reg(reg, slot) = self.resolve(name) {
                        let plain = !matches!(slot.kind, BindingKind::Const | BindingKind::FunctionName);
                        if plain && self.local_reg(name).is_some() && self.cur().controls.is_empty() {
                            // Straight into the variable: nothing can catch in between and see it.
                            self.named(value, name, reg)?;
                            self.cur().mov(dst, reg);
                            return Ok(());
                        }
                    }
                    let r = self.name_ref(name)?;
                    let v = self.named_any(value, name)?;
                    self.store_ref(r, v, span.start)?;
                    self.cur().mov(dst, v);
                }
                Target::Expr(e) => {
                    let r = self.reference(e, &[value])?;
                    let v = self.expr_any(value)?;
                    self.store_ref(r, v, e.span.start)?;
                    self.cur().mov(dst, v);
                }
                Target::Object(_) | Target::Array(_) => {
                    let v = self.temp()?;
                    self.expr(value, v)?;
                    self.pattern(target, v, None, pos)?;
                    self.cur().mov(dst, v);
                }
            },
            AssignOp::Binary(op) => {
                let r = self.compound_ref(target, value, pos)?;
                if let (Ref::Name(name), Target::Name(..)) = (r, target)
                    && let Some(reg) = self.local_reg(name)
                {
                    let kind = match self.resolve(name) {
                        Place::Reg(_, s) => s.kind,
                        _ => BindingKind::Const,
                    };
                    if !matches!(kind, BindingKind::Const | BindingKind::FunctionName) {
                        let lhs = if changes_locals(value) {
                            let t = self.temp()?;
                            self.cur().mov(t, reg);
                            t
                        } else {
                            reg
                        };
                        self.binary_value(op, reg, lhs, value, pos)?;
                        self.cur().mov(dst, reg);
                        return Ok(());
                    }
                }
                let old = self.temp()?;
                self.load_ref(r, old, pos)?;
                self.binary_value(op, old, old, value, pos)?;
                self.store_ref(r, old, pos)?;
                self.cur().mov(dst, old);
            }
            AssignOp::Logical(op) => {
                let r = self.compound_ref(target, value, pos)?;
                let old = self.temp()?;
                self.load_ref(r, old, pos)?;
                let jump = self.logical_jump(op, old);
                if let Target::Name(name, _) = target {
                    self.named(value, name, old)?;
                } else {
                    self.expr(value, old)?;
                }
                self.store_ref(r, old, pos)?;
                self.cur().land(jump);
                self.cur().mov(dst, old);
            }
        }
        Ok(())
    }

    fn compound_ref(&mut self, target: Target<'a>, value: &'a Expr<'a>, pos: u32) -> CResult<Ref> {
        Ok(match target {
            Target::Name(name, _) => self.name_ref(name)?,
            Target::Expr(e) => match self.reference(e, &[value])? {
                Ref::Index(o, k) => {
                    let key = self.temp()?;
                    self.pos(pos);
                    self.to_key_checked(o, key, k);
                    Ref::Index(o, key)
                }
                r => r,
            },
            _ => Ref::Invalid,
        })
    }

    /// A chain of member accesses and calls. `this_out`: also leave the last object there (for a
    /// call). Jumps of `?.` go to `short`.
    pub(crate) fn chain(
        &mut self,
        e: &'a Expr<'a>,
        dst: Reg,
        this_out: Option<Reg>,
        short: &mut Vec<Jump>,
    ) -> CResult<()> {
        self.check_stack(e.span.start)?;
        let mark = self.mark();
        match e.kind {
            ExprKind::Member { object, name, optional } => {
                let o = self.chain_object(object, this_out, optional, &[], short)?;
                self.pos(e.span.end);
                self.get_member(dst, o, name);
            }
            ExprKind::Index { object, index, optional } => {
                let o = self.chain_object(object, this_out, optional, &[index], short)?;
                let k = self.expr_any(index)?;
                self.pos(e.span.end);
                self.op(Op::GetElem, dst, o, k);
            }
            ExprKind::Private { object, name, optional } => {
                let o = self.chain_object(object, this_out, optional, &[], short)?;
                let k = self.temp()?;
                self.load_name(name, k, false, e.span.start)?;
                self.op(Op::GetPrivate, dst, o, k);
            }
            ExprKind::SuperMember(_) | ExprKind::SuperIndex(_) => {
                let r = self.reference(e, &[])?;
                self.load_ref(r, dst, e.span.start)?;
                if let (Some(out), Ref::Super(this, ..)) = (this_out, r) {
                    self.cur().mov(out, this);
                }
            }
            ExprKind::Call { callee, args, optional, direct_eval } => {
                if direct_eval && !optional {
                    self.eval_call(callee, args, dst, e.span.start)?;
                } else {
                    self.call(callee, args, optional, dst, e.span.start, short)?;
                }
                if let Some(out) = this_out {
                    self.op(Op::LoadUndef, out, 0, 0);
                }
            }
            ExprKind::Paren(inner) if this_out.is_some() => {
                // `(a.b)()` keeps `this`; `(a?.b)()` does so too.
                self.chain(inner, dst, this_out, short)?;
            }
            ExprKind::OptionalChain(inner) if this_out.is_some() => {
                let mut inner_short = Vec::new();
                self.chain(inner, dst, this_out, &mut inner_short)?;
                let end = self.cur().jump(Op::Jump, 0, 0);
                self.cur().land_all(inner_short);
                self.op(Op::LoadUndef, dst, 0, 0);
                self.op(Op::LoadUndef, this_out.expect("just tested"), 0, 0);
                self.cur().land(end);
            }
            ExprKind::Ident(name) if this_out.is_some() => {
                let out = this_out.expect("just tested");
                match self.resolve(name) {
                    Place::Dynamic(env) if dst + 1 == out => {
                        let k = self.text_const(name);
                        self.pos(e.span.start);
                        self.emit(Op::GetNameCall, [dst, env, 0], &[k]);
                    }
                    _ => {
                        self.load_name(name, dst, false, e.span.start)?;
                        self.op(Op::LoadUndef, out, 0, 0);
                    }
                }
            }
            _ => {
                self.expr(e, dst)?;
                if let Some(out) = this_out {
                    self.op(Op::LoadUndef, out, 0, 0);
                }
            }
        }
        self.release(mark);
        Ok(())
    }

    /// The object part of a member access within a chain.
    fn chain_object(
        &mut self,
        object: &'a Expr<'a>,
        this_out: Option<Reg>,
        optional: bool,
        later: &[&'a Expr<'a>],
        short: &mut Vec<Jump>,
    ) -> CResult<Reg> {
        let in_chain = matches!(
            object.kind,
            ExprKind::Member { .. }
                | ExprKind::Index { .. }
                | ExprKind::Private { .. }
                | ExprKind::Call { .. }
        );
        let o = match (this_out, in_chain) {
            (Some(out), _) => {
                self.chain(object, out, None, short)?;
                out
            }
            (None, true) => {
                let reg = self.temp()?;
                self.chain(object, reg, None, short)?;
                reg
            }
            (None, false) => self.expr_kept(object, later)?,
        };
        if optional {
            short.push(self.cur().jump(Op::JumpNullish, o, 0));
        }
        Ok(o)
    }

    /// Leaves callee and `this` in `base` and `base + 1`.
    fn callee(&mut self, callee: &'a Expr<'a>, base: Reg) -> CResult<()> {
        self.chain(callee, base, Some(base + 1), &mut Vec::new())
    }

    fn call(
        &mut self,
        callee: &'a Expr<'a>,
        args: &'a [Arg<'a>],
        optional: bool,
        dst: Reg,
        pos: u32,
        short: &mut Vec<Jump>,
    ) -> CResult<()> {
        if self.options.self_hosted
            && let ExprKind::Ident(name) = callee.kind
            && self.intrinsic_call(name, args, dst, pos)?
        {
            return Ok(());
        }
        let spread = self.needs_spread(args);
        let n = args.len() as u32;
        let base = self.cur().group(if spread { 3 } else { 2 + n })?;
        // A plain method call fetches its callee in the same instruction, unless the fetch must
        // come before the arguments by what a getter could see: it always must, so the combined
        // form is only for calls without arguments that run code.
        if !optional
            && !spread
            && let ExprKind::Member { object, name, optional: false } = callee.kind
        {
            let simple = args.iter().all(|a| matches!(a, Arg::Expr(e) if self.is_simple(e)));
            if simple {
                self.chain(object, base + 1, None, short)?;
                for (i, arg) in args.iter().enumerate() {
                    if let Arg::Expr(e) = arg {
                        self.expr(e, base + 2 + i as u32)?;
                    }
                }
                let ic = self.ic(name);
                self.pos(pos);
                self.emit(Op::CallMethod, [dst, base, n], &[ic]);
                return Ok(());
            }
        }
        self.chain(callee, base, Some(base + 1), short)?;
        if optional {
            short.push(self.cur().jump(Op::JumpNullish, base, 0));
        }
        if spread {
            self.args_array(args, base + 2)?;
            self.pos(pos);
            self.op(Op::CallSpread, dst, base, 0);
        } else {
            self.args(args, base + 2)?;
            self.pos(pos);
            self.op(Op::Call, dst, base, n);
        }
        Ok(())
    }

    /// Expressions that cannot run script or throw: a callee may be fetched after them.
    fn is_simple(&mut self, e: &Expr<'_>) -> bool {
        match e.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::String(_)
            | ExprKind::Function(_) => true,
            ExprKind::This => {
                self.cur().f.kind == FunctionKind::Normal || self.cur().f.kind == FunctionKind::Method
            }
            ExprKind::Ident(name) => self.local_reg(name).is_some(),
            ExprKind::Paren(e) => self.is_simple(e),
            _ => false,
        }
    }

    fn needs_spread(&mut self, args: &[Arg<'_>]) -> bool {
        args.iter().any(|a| matches!(a, Arg::Spread(_)))
            || args.len() > 60 && !self.cur().group_fits(args.len() as u32 + 8)
            || args.len() > 200
    }

    fn args(&mut self, args: &'a [Arg<'a>], base: Reg) -> CResult<()> {
        for (i, arg) in args.iter().enumerate() {
            if let Arg::Expr(e) = arg {
                self.expr(e, base + i as u32)?;
            }
        }
        Ok(())
    }

    fn args_array(&mut self, args: &'a [Arg<'a>], array: Reg) -> CResult<()> {
        self.emit(Op::NewArray, [array, 0, 0], &[args.len() as u32]);
        for arg in args {
            let mark = self.mark();
            match arg {
                Arg::Expr(e) => {
                    let v = self.expr_any(e)?;
                    self.op(Op::ArrayPush, array, v, 0);
                }
                Arg::Spread(e) => self.spread_into(array, e)?,
            }
            self.release(mark);
        }
        Ok(())
    }

    fn new_expr(&mut self, callee: &'a Expr<'a>, args: &'a [Arg<'a>], dst: Reg, pos: u32) -> CResult<()> {
        let n = args.len() as u32;
        if self.needs_spread(args) {
            let base = self.cur().group(3)?;
            self.expr(callee, base)?;
            self.args_array(args, base + 2)?;
            self.pos(pos);
            self.op(Op::NewSpread, dst, base, 0);
        } else {
            let base = self.cur().group(2 + n)?;
            self.expr(callee, base)?;
            self.args(args, base + 2)?;
            self.pos(pos);
            self.op(Op::New, dst, base, n);
        }
        Ok(())
    }

    fn super_call(&mut self, args: &'a [Arg<'a>], dst: Reg, pos: u32) -> CResult<()> {
        let func = self.temp()?;
        self.load_callee(func)?;
        let target = self.temp()?;
        self.load_new_target(target)?;
        // The constructor is fetched before the arguments are evaluated: SuperCall takes it from
        // the active function, whose prototype arguments could change; GetPrototypeOf comes first.
        let base = self.cur().group(3)?;
        self.cur().mov(base + 1, func);
        self.emit(Op::Intrinsic, [base, base + 1, 1], &[super::func::GET_PROTO]);
        self.args_array(args, base + 2)?;
        self.cur().mov(base + 1, target);
        self.pos(pos);
        let result = self.temp()?;
        // base: constructor, new target, arguments
        self.op(Op::SuperCall, result, base, func);
        self.bind_this(result, pos)?;
        self.op(Op::InitFields, func, result, 0);
        self.cur().mov(dst, result);
        Ok(())
    }

    /// `this` of a derived constructor gets its value, once.
    fn bind_this(&mut self, value: Reg, pos: u32) -> CResult<()> {
        self.pos(pos);
        let arrow = self.cur().f.kind == FunctionKind::Arrow;
        let captured = self.cur().f.this_captured;
        if arrow || captured {
            let old = self.temp()?;
            self.load_name(super::THIS, old, false, pos)?;
            let jump = self.cur().jump(Op::JumpHole, old, 0);
            self.throw_error(1, "super constructor was already called", pos);
            self.cur().land(jump);
            self.store_name(super::THIS, value, true, pos)?;
        } else {
            self.op(Op::StoreThis, value, 0, 0);
        }
        Ok(())
    }

    fn eval_call(&mut self, callee: &'a Expr<'a>, args: &'a [Arg<'a>], dst: Reg, pos: u32) -> CResult<()> {
        // base: callee, undefined, first argument, this, active function, new.target
        let base = self.cur().group(6)?;
        self.chain(callee, base, Some(base + 1), &mut Vec::new())?;
        if args.iter().any(|a| matches!(a, Arg::Spread(_))) {
            self.args_array(args, base + 2)?;
            let zero = self.temp()?;
            self.cur().load_number(zero, 0.0);
            self.op(Op::GetElem, base + 2, base + 2, zero);
        } else {
            self.op(Op::LoadUndef, base + 2, 0, 0);
            for (i, arg) in args.iter().enumerate() {
                if let Arg::Expr(e) = arg {
                    if i == 0 {
                        self.expr(e, base + 2)?;
                    } else {
                        self.expr_effect(e)?;
                    }
                }
            }
        }
        let ctx = self.eval_context();
        if ctx & super::func::IN_DERIVED == 0 {
            self.load_this(base + 3)?;
        } else {
            self.op(Op::LoadUndef, base + 3, 0, 0);
        }
        self.load_callee(base + 4)?;
        self.load_new_target(base + 5)?;
        let env = self.current_env();
        self.pos(pos);
        self.emit(Op::CallEval, [dst, base, args.len().min(255) as u32], &[0, env, ctx]);
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
