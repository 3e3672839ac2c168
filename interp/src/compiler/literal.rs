//! Literals: templates, arrays, objects, and the names anonymous functions take from them.
#![forbid(unsafe_code)]

use crate::bytecode::code::Const;
use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::Atom;

use super::emitter::{Jump, Reg};
use super::expr::{is_anonymous, is_index, unparen};
use super::{CResult, Compiler};

impl<'a> Compiler<'a> {
    pub(crate) fn template(&mut self, quasis: &'a [Quasi], exprs: &'a [Expr<'a>], dst: Reg) -> CResult<()> {
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

    pub(crate) fn tagged_template(
        &mut self,
        tag: &'a Expr<'a>,
        quasis: &'a [Quasi],
        exprs: &'a [Expr<'a>],
        dst: Reg,
        pos: u32,
    ) -> CResult<()> {
        if exprs.len() > 200 && !self.cur().is_far() {
            return Err(super::CompileError::NeedsFar);
        }
        let base = self.call_group(1 + exprs.len() as u32)?;
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
        self.emit_call(dst, base, 1 + exprs.len() as u32);
        Ok(())
    }

    pub(crate) fn array(&mut self, items: &'a [ArrayElement<'a>], dst: Reg) -> CResult<()> {
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

    pub(crate) fn object(&mut self, props: &'a [Property<'a>], dst: Reg) -> CResult<()> {
        let count = props.len().min(32) as u32;
        let run = self.plain_run(props);
        // Nothing of the literal's own looks at the object before it is whole.
        let object = if run == props.len() { dst } else { self.temp()? };
        if run == 0 {
            self.op(Op::NewObject, object, count, 0);
        } else {
            // Nothing can see the object before the values of its first properties are there.
            let mark = self.mark();
            let base = self.cur().group(run as u32)?;
            let mut names = Vec::with_capacity(run);
            for (i, prop) in props[..run].iter().enumerate() {
                if let Property::Value { key: PropName::Name(name), value, .. } = prop {
                    self.named(value, *name, base + i as u32)?;
                    names.push(*name);
                }
            }
            let ics: Vec<u32> = names.into_iter().map(|n| self.ic(n)).collect();
            self.emit(Op::NewLiteral, [object, base, run as u32], &[ics[0], count]);
            self.release(mark);
        }
        for prop in &props[run..] {
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
                        self.named_by_key(value, k, v)?;
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
                    self.emit(Op::CopyProps, [object, v, 0], &[0, 0]);
                }
            }
            self.release(mark);
        }
        if object != dst {
            self.cur().mov(dst, object);
        }
        Ok(())
    }

    /// How many properties at the beginning of a literal have plain names, no two the same.
    fn plain_run(&mut self, props: &'a [Property<'a>]) -> usize {
        let mut names: Vec<Atom> = Vec::new();
        for prop in props.iter().take(32) {
            match prop {
                Property::Value { key: PropName::Name(name), .. }
                    if !is_index(self.text(*name)) && !names.contains(name) =>
                {
                    names.push(*name);
                }
                _ => break,
            }
        }
        if self.cur().group_fits(names.len() as u32) { names.len() } else { 0 }
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
            ExprKind::Class(c) if c.name.is_none() => self.class(c, dst, Some(GivenName::Atom(name))),
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

    /// Evaluates with the name an anonymous function gets from a key in a register.
    pub(crate) fn named_by_key(&mut self, e: &'a Expr<'a>, key: Reg, dst: Reg) -> CResult<()> {
        match unparen(e).kind {
            ExprKind::Class(c) if c.name.is_none() => self.class(c, dst, Some(GivenName::Key(key))),
            _ => {
                self.expr(e, dst)?;
                if is_anonymous(e) {
                    self.emit(Op::SetName, [dst, key, 0], &[0]);
                }
                Ok(())
            }
        }
    }
}

/// The name a class takes from where it stands.
#[derive(Clone, Copy)]
pub(crate) enum GivenName {
    Atom(Atom),
    /// A property key in a register.
    Key(Reg),
}
