//! `using` and `await using`: what a scope is to dispose of when it ends, whichever way.
//!
//! A scope that declares any keeps a DisposeCapability in a register; its statements are the body of
//! a `finally` whose finaliser disposes. Where that awaits, the disposal is a loop that gives out what
//! is to be awaited (see `vm/disposal.rs`).
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;
use crate::syntax::atoms::Atom;

use super::emitter::Reg;
use super::intrinsics::{ADD_RESOURCE, DISPOSE, DISPOSE_END, DISPOSE_FAILED, DISPOSE_STEP, NEW_RESOURCES};
use super::{CResult, Compiler};

impl<'a> Compiler<'a> {
    /// Emits `body`, and the disposal of what it declares in the scope just entered, if anything.
    pub(crate) fn with_resources(
        &mut self,
        scope: Option<ScopeId>,
        body: impl FnOnce(&mut Self) -> CResult<()>,
    ) -> CResult<()> {
        let kinds = scope.map_or(&[][..], |s| self.scope(s).bindings).iter().map(|b| b.kind);
        let is_async = kinds.clone().any(|k| k == BindingKind::AwaitUsing);
        if !is_async && !kinds.into_iter().any(|k| k == BindingKind::Using) {
            return body(self);
        }
        let capability = self.temp()?;
        self.emit(Op::Intrinsic, [capability, 0, 0], &[NEW_RESOURCES]);
        self.cur().scopes.last_mut().expect("a scope was entered").resources = Some(capability);
        self.finally(body, |this, kind, value| {
            let mark = this.mark();
            if is_async {
                this.dispose_async(capability, kind, value)?;
            } else {
                let g = this.cur().group(3)?;
                for (i, reg) in [capability, kind, value].into_iter().enumerate() {
                    this.cur().mov(g + i as Reg, reg);
                }
                this.emit(Op::Intrinsic, [g, g, 3], &[DISPOSE]);
            }
            this.release(mark);
            Ok(())
        })
    }

    fn dispose_async(&mut self, capability: Reg, kind: Reg, value: Reg) -> CResult<()> {
        let g = self.cur().group(2)?;
        let result = self.temp()?;
        self.cur().mov(g, capability);
        let thrown = self.cur().jump(Op::JSeqI, kind, 1);
        let start = self.cur().jump(Op::Jump, 0, 0);
        self.cur().land(thrown);
        self.cur().mov(g + 1, value);
        self.emit(Op::Intrinsic, [result, g, 2], &[DISPOSE_FAILED]);
        self.cur().land(start);
        let top = self.cur().here();
        self.emit(Op::Intrinsic, [result, g, 1], &[DISPOSE_STEP]);
        let done = self.cur().jump(Op::JumpHole, result, 0);
        let from = self.cur().at();
        self.await_value(result, result)?;
        let to = self.cur().at();
        self.cur().jump_back(Op::Jump, 0, 0, top);
        let handler = self.cur().here();
        self.op(Op::Catch, g + 1, 0, 0);
        self.emit(Op::Intrinsic, [result, g, 2], &[DISPOSE_FAILED]);
        self.cur().jump_back(Op::Jump, 0, 0, top);
        self.cur().protect(from, to, handler);
        self.cur().land(done);
        self.emit(Op::Intrinsic, [result, g, 1], &[DISPOSE_END]);
        Ok(())
    }

    pub(crate) fn declare_resources(&mut self, kind: DeclKind, decls: &'a [Declarator<'a>]) -> CResult<()> {
        for d in decls {
            let mark = self.mark();
            let (Target::Name(name, span), Some(init)) = (d.target, d.init) else {
                unreachable!("the parser asks for names with initialisers")
            };
            let v = self.temp()?;
            self.named(init, name, v)?;
            self.pos(span.start);
            self.add_resource(kind, name, v)?;
            self.store_name(name, v, true, span.start)?;
            self.release(mark);
        }
        Ok(())
    }

    /// AddDisposableResource to the scope that declares `name`.
    pub(crate) fn add_resource(&mut self, kind: DeclKind, name: Atom, value: Reg) -> CResult<()> {
        let mark = self.mark();
        let scope = self.cur().scopes.iter().rev().find(|s| s.names.contains_key(&name));
        let capability = scope.and_then(|s| s.resources).expect("the scope declares a resource");
        let g = self.cur().group(3)?;
        self.cur().mov(g, capability);
        self.cur().mov(g + 1, value);
        self.op(if kind == DeclKind::AwaitUsing { Op::LoadTrue } else { Op::LoadFalse }, g + 2, 0, 0);
        self.emit(Op::Intrinsic, [g, g, 3], &[ADD_RESOURCE]);
        self.release(mark);
        Ok(())
    }
}
