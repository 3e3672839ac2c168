//! Destructuring: binding patterns and assignment patterns.
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;

use super::control::Control;
use super::emitter::Reg;
use super::expr::{Ref, is_index};
use super::{CResult, Compiler};

impl<'a> Compiler<'a> {
    /// Takes the value apart. `declare`: `None` for assignments and `var` via `Some(false)`,
    /// `Some(true)` for bindings that are initialised here.
    pub(crate) fn pattern(
        &mut self,
        target: Target<'a>,
        value: Reg,
        declare: Option<bool>,
        pos: u32,
    ) -> CResult<()> {
        match target {
            Target::Name(name, span) => self.store_name(name, value, declare == Some(true), span.start),
            Target::Expr(e) => {
                let mark = self.mark();
                let r = self.reference(e, &[])?;
                self.store_ref(r, value, e.span.start)?;
                self.release(mark);
                Ok(())
            }
            Target::Object(p) => self.object_pattern(p, value, declare),
            Target::Array(p) => self.array_pattern(p, value, declare, pos),
        }
    }

    /// The reference an element is assigned to, evaluated before its value is fetched.
    fn target_ref(&mut self, target: Target<'a>, declare: Option<bool>) -> CResult<Option<Ref>> {
        match target {
            Target::Expr(e) => Ok(Some(self.reference(e, &[])?)),
            Target::Name(name, _) if declare != Some(true) => Ok(Some(self.name_ref(name)?)),
            _ => Ok(None),
        }
    }

    /// Applies the default and gives the value to the target.
    fn element(
        &mut self,
        element: PatternElement<'a>,
        r: Option<Ref>,
        value: Reg,
        declare: Option<bool>,
    ) -> CResult<()> {
        if let Some(default) = element.default {
            let jump = self.cur().jump(Op::JumpNotUndef, value, 0);
            match element.target {
                Target::Name(name, _) => self.named(default, name, value)?,
                _ => self.expr(default, value)?,
            }
            self.cur().land(jump);
        }
        match r {
            Some(r) => self.store_ref(r, value, 0),
            None => self.pattern(element.target, value, declare, 0),
        }
    }

    fn object_pattern(&mut self, p: &'a ObjectPattern<'a>, value: Reg, declare: Option<bool>) -> CResult<()> {
        let mark = self.mark();
        self.pos(p.span.start);
        self.op(Op::CheckCoercible, value, 0, 0);
        // With a rest the keys are kept, to be left out of the copy.
        let keys = if p.rest.is_some() { Some(self.cur().wide(p.props.len() as u32)?) } else { None };
        for (i, (key, element)) in p.props.iter().enumerate() {
            let mark = self.mark();
            let key_reg = match (key, keys) {
                (PropName::Name(name), None) if !is_index(self.text(*name)) => {
                    let r = self.target_ref(element.target, declare)?;
                    let v = self.temp()?;
                    self.get_member(v, value, *name);
                    self.element(*element, r, v, declare)?;
                    self.release(mark);
                    continue;
                }
                _ => self.prop_key(key)?,
            };
            if let Some(keys) = keys {
                if matches!(key, PropName::Number(_)) {
                    self.op(Op::ToKey, key_reg, key_reg, 0);
                }
                self.cur().mov(keys + i as u32, key_reg);
            }
            let r = self.target_ref(element.target, declare)?;
            let v = self.temp()?;
            self.op(Op::GetElem, v, value, key_reg);
            self.element(*element, r, v, declare)?;
            self.release(mark);
        }
        if let (Some(rest), Some(keys)) = (p.rest, keys) {
            let r = self.target_ref(rest, declare)?;
            let object = self.temp()?;
            self.op(Op::NewObject, object, 0, 0);
            self.emit(Op::CopyProps, [object, value, 0], &[keys, p.props.len() as u32]);
            match r {
                Some(r) => self.store_ref(r, object, 0)?,
                None => self.pattern(rest, object, declare, 0)?,
            }
        }
        self.release(mark);
        Ok(())
    }

    fn array_pattern(
        &mut self,
        p: &'a ArrayPattern<'a>,
        value: Reg,
        declare: Option<bool>,
        pos: u32,
    ) -> CResult<()> {
        let mark = self.mark();
        let iter = self.cur().group(3)?;
        self.pos(if pos == 0 { p.span.start } else { pos });
        self.op(Op::GetIterator, iter, value, 0);
        let start = self.cur().at();
        self.cur().controls.push(Control::Iterator {
            base: iter,
            start,
            ranges: Vec::new(),
            is_async: false,
        });
        for element in p.elements {
            let mark = self.mark();
            match element {
                None => {
                    let v = self.cur().group(1)?;
                    self.step_or_undefined(iter, v)?;
                }
                Some(e) => {
                    let r = self.target_ref(e.target, declare)?;
                    let v = self.cur().group(1)?;
                    self.step_or_undefined(iter, v)?;
                    self.element(*e, r, v, declare)?;
                }
            }
            self.release(mark);
        }
        if let Some(rest) = p.rest {
            let mark = self.mark();
            let r = self.target_ref(rest, declare)?;
            let array = self.temp()?;
            self.emit(Op::NewArray, [array, 0, 0], &[0]);
            let v = self.cur().group(1)?;
            let done = self.temp()?;
            let _ = done;
            let top = self.cur().here();
            let out = self.iter_next(iter, v)?;
            self.op(Op::ArrayPush, array, v, 0);
            self.cur().jump_back(Op::Jump, 0, 0, top);
            self.cur().land_all(out);
            match r {
                Some(r) => self.store_ref(r, array, 0)?,
                None => self.pattern(rest, array, declare, 0)?,
            }
            self.release(mark);
        }
        let end = self.cur().at();
        let Some(Control::Iterator { start, mut ranges, .. }) = self.cur().controls.pop() else {
            unreachable!("pushed above")
        };
        ranges.push((start, end));
        // Does nothing if the iterator is done.
        self.op(Op::IterClose, iter, 0, 0);
        let over = self.cur().jump(Op::Jump, 0, 0);
        self.iter_handler(iter, &ranges, false)?;
        self.cur().land(over);
        self.release(mark);
        Ok(())
    }

    /// The next value of an iterator record, undefined once it is done.
    fn step_or_undefined(&mut self, iter: Reg, v: Reg) -> CResult<()> {
        let out = self.iter_next(iter, v)?;
        let over = self.cur().jump(Op::Jump, 0, 0);
        self.cur().land_all(out);
        self.op(Op::LoadUndef, v, 0, 0);
        self.cur().land(over);
        Ok(())
    }
}
