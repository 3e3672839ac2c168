//! Assignment: references whose parts are evaluated once, in the specification's order.
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::{Atom, Text};

use super::emitter::Reg;
use super::expr::{Ref, changes_locals, unparen};
use super::scope::Place;
use super::{CResult, Compiler};

impl<'a> Compiler<'a> {
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

    pub(crate) fn update(
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
    pub(crate) fn to_key_checked(&mut self, object: Reg, key: Reg, k: Reg) {
        self.op(Op::CheckCoercible, object, 0, 0);
        self.op(Op::ToKey, key, k, 0);
    }

    /// The value of an assignment, if it is wanted.
    fn give(&mut self, dst: Option<Reg>, value: Reg) {
        if let Some(dst) = dst {
            self.cur().mov(dst, value);
        }
    }

    /// An assignment; its value goes to `dst`, if it is wanted.
    pub(crate) fn assign(
        &mut self,
        op: AssignOp,
        target: Target<'a>,
        value: &'a Expr<'a>,
        dst: Option<Reg>,
        pos: u32,
    ) -> CResult<()> {
        match op {
            AssignOp::Assign => match target {
                Target::Name(name, span) => {
                    if let Place::Reg(reg, slot) = self.resolve(name) {
                        let plain = !matches!(slot.kind, BindingKind::Const | BindingKind::FunctionName);
                        if plain && self.local_reg(name).is_some() && self.cur().catches_nothing() {
                            // Straight into the variable: nothing can catch in between and see it.
                            self.named(value, name, reg)?;
                            self.give(dst, reg);
                            return Ok(());
                        }
                    }
                    let r = match self.unresolved_ref(name, value)? {
                        Some(r) => r,
                        None => self.name_ref(name)?,
                    };
                    let v = self.named_any(value, name)?;
                    self.store_ref(r, v, span.start)?;
                    self.give(dst, v);
                }
                Target::Expr(e) => {
                    let r = self.reference(e, &[value])?;
                    let v = self.expr_any(value)?;
                    self.store_ref(r, v, e.span.start)?;
                    self.give(dst, v);
                }
                Target::Object(_) | Target::Array(_) => {
                    let v = self.temp()?;
                    self.expr(value, v)?;
                    self.pattern(target, v, None, pos)?;
                    self.give(dst, v);
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
                        self.give(dst, reg);
                        return Ok(());
                    }
                }
                let old = self.temp()?;
                self.load_ref(r, old, pos)?;
                self.binary_value(op, old, old, value, pos)?;
                self.store_ref(r, old, pos)?;
                self.give(dst, old);
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
                self.give(dst, old);
            }
        }
        Ok(())
    }

    /// In strict code, a global that this program does not declare must be there before the value is
    /// evaluated: the reference of one that is not stays unresolvable, even if the value makes it.
    fn unresolved_ref(&mut self, name: Atom, value: &'a Expr<'a>) -> CResult<Option<Ref>> {
        let simple = matches!(
            value.kind,
            ExprKind::Null
                | ExprKind::Bool(_)
                | ExprKind::Number(_)
                | ExprKind::String(_)
                | ExprKind::Ident(_)
                | ExprKind::Function(_)
        );
        if !self.strict() || simple || !matches!(self.resolve(name), Place::Global) {
            return Ok(None);
        }
        let program = self.funcs.first().expect("a program is being compiled");
        if program.scopes.iter().any(|s| s.names.contains_key(&name)) {
            return Ok(None);
        }
        let holder = self.temp()?;
        self.op(Op::LoadUndef, holder, 0, 0);
        let k = self.text_const(name);
        self.emit(Op::ResolveName, [holder, holder, 0], &[k]);
        Ok(Some(Ref::Dynamic(name, holder)))
    }

    pub(crate) fn compound_ref(&mut self, target: Target<'a>, value: &'a Expr<'a>, pos: u32) -> CResult<Ref> {
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
}
