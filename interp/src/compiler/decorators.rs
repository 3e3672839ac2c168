//! Decorated classes: what the library's `decorators.js` wants to know of them.
//!
//! Decorators and keys are evaluated here, in the order they are written; each element becomes a record, an array that
//! only the library sees. It calls the decorators and defines the elements, first all but the static fields and blocks;
//! those follow once the class's inner name is bound.
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;

use super::emitter::Reg;
use super::intrinsics::{ACCESSOR_GETTER, ACCESSOR_SETTER, DECORATE_CLASS, FINISH_CLASS, FIRST};
use super::{CResult, Compiler};

/// The kinds of elements, as the library knows them.
const FIELD: u32 = 0;
const METHOD: u32 = 1;
const GETTER: u32 = 2;
const ACCESSOR: u32 = 3;
const SETTER: u32 = 4;
const STATIC_BLOCK: u32 = 5;

/// The places of a record: kind, whether static, whether private, key, decorators, function or initialiser (or
/// undefined), and of an `accessor` its getter, setter and storage.
const PLACES: u32 = 9;

impl<'a> Compiler<'a> {
    /// A new register with an array of decorators, each followed by what it is to be called on.
    pub(super) fn decorator_list(&mut self, list: &'a [Expr<'a>]) -> CResult<Reg> {
        let array = self.temp()?;
        self.emit(Op::NewArray, [array, 0, 0], &[2 * list.len() as u32]);
        for decorator in list {
            let mark = self.mark();
            let g = self.call_group(0)?;
            match decorator.kind {
                // No `this` from `with`.
                ExprKind::Ident(_) => {
                    self.expr(decorator, g)?;
                    self.op(Op::LoadUndef, g + 1, 0, 0);
                }
                _ => self.callee(decorator, g)?,
            }
            self.op(Op::ArrayPush, array, g, 0);
            self.op(Op::ArrayPush, array, g + 1, 0);
            self.release(mark);
        }
        Ok(array)
    }

    /// The elements of a decorated class, whose scope is open, and its decorators' calls. The register of the
    /// constructor has the class afterwards.
    pub(super) fn decorated_elements(
        &mut self,
        class: &'a Class<'a>,
        ctor: Reg,
        proto: Reg,
        decorators: Reg,
    ) -> CResult<()> {
        let elements = self.temp()?;
        self.emit(Op::NewArray, [elements, 0, 0], &[class.elements.len() as u32]);
        for element in class.elements {
            let mark = self.mark();
            let home = if element.is_static { ctor } else { proto };
            let record = self.element_record(element, home)?;
            self.op(Op::ArrayPush, elements, record, 0);
            self.release(mark);
        }
        let pos = class.span.start;
        let state = self.temp()?;
        let mark = self.mark();
        let g = self.call_group(4)?;
        self.emit(Op::Intrinsic, [g, g, 0], &[DECORATE_CLASS]);
        self.op(Op::LoadUndef, g + 1, 0, 0);
        for (i, reg) in [ctor, proto, elements, decorators].into_iter().enumerate() {
            self.cur().mov(g + 2 + i as Reg, reg);
        }
        self.pos(pos);
        self.emit_call(state, g, 4);
        self.release(mark);
        let mark = self.mark();
        let g = self.call_group(2)?;
        self.cur().mov(g + 2, state);
        self.emit(Op::Intrinsic, [ctor, g + 2, 1], &[FIRST]);
        if let Some(name) = class.name {
            self.store_name(name, ctor, true, pos)?;
        }
        self.emit(Op::Intrinsic, [g, g, 0], &[FINISH_CLASS]);
        self.op(Op::LoadUndef, g + 1, 0, 0);
        self.cur().mov(g + 2, state);
        self.cur().mov(g + 3, elements);
        let ignored = self.temp()?;
        self.emit_call(ignored, g, 2);
        self.release(mark);
        Ok(())
    }

    fn element_record(&mut self, element: &'a ClassElement<'a>, home: Reg) -> CResult<Reg> {
        let record = self.temp()?;
        let g = self.cur().group(PLACES)?;
        for i in 3..PLACES {
            self.op(Op::LoadUndef, g + i, 0, 0);
        }
        if !element.decorators.is_empty() {
            let list = self.decorator_list(element.decorators)?;
            self.cur().mov(g + 4, list);
        }
        let (kind, key) = match &element.kind {
            ClassElementKind::Method(key, _) => (METHOD, Some(key)),
            ClassElementKind::Getter(key, _) => (GETTER, Some(key)),
            ClassElementKind::Setter(key, _) => (SETTER, Some(key)),
            ClassElementKind::Field(key, _) => (FIELD, Some(key)),
            ClassElementKind::Accessor(key, _) => (ACCESSOR, Some(key)),
            ClassElementKind::StaticBlock(_) => (STATIC_BLOCK, None),
        };
        self.cur().load_number(g, f64::from(kind));
        self.flag(element.is_static, g + 1);
        self.flag(matches!(key, Some(PropName::Private(_))), g + 2);
        if let Some(key) = key {
            let k = self.element_key(key)?;
            self.cur().mov(g + 3, k);
        }
        match &element.kind {
            ClassElementKind::Method(_, f)
            | ClassElementKind::Getter(_, f)
            | ClassElementKind::Setter(_, f) => {
                self.closure(f, g + 5, None)?;
                self.op(Op::SetHome, g + 5, home, 0);
                let prefix = match kind {
                    GETTER => 1,
                    SETTER => 2,
                    _ => 0,
                };
                self.emit(Op::SetName, [g + 5, g + 3, 0], &[prefix]);
            }
            ClassElementKind::Field(key, init) => {
                if init.is_some() {
                    self.initialiser(*init, key, g + 3, home, g + 5)?;
                }
            }
            ClassElementKind::Accessor(key, init) => {
                if init.is_some() {
                    self.initialiser(*init, key, g + 3, home, g + 5)?;
                }
                let storage = self.accessor_storage(key)?;
                self.cur().mov(g + 8, storage);
                for (place, intrinsic, prefix) in [(6, ACCESSOR_GETTER, 1), (7, ACCESSOR_SETTER, 2)] {
                    self.emit(Op::Intrinsic, [g + place, g + 8, 1], &[intrinsic]);
                    self.emit(Op::SetName, [g + place, g + 3, 0], &[prefix]);
                }
            }
            ClassElementKind::StaticBlock(f) => {
                self.closure(f, g + 5, None)?;
                self.op(Op::SetHome, g + 5, home, 0);
            }
        }
        self.op(Op::ArrayOf, record, g, PLACES);
        Ok(record)
    }

    fn flag(&mut self, value: bool, dst: Reg) {
        self.op(if value { Op::LoadTrue } else { Op::LoadFalse }, dst, 0, 0);
    }
}
