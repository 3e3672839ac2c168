//! Calls, and the chains of member accesses they stand in.
#![forbid(unsafe_code)]

use crate::bytecode::opcode::Op;
use crate::syntax::ast::*;

use super::emitter::{Jump, Reg};
use super::expr::Ref;
use super::scope::Place;
use super::{CResult, Compiler};

impl<'a> Compiler<'a> {
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
                    Place::Dynamic(env) => {
                        let k = self.text_const(name);
                        self.pos(e.span.start);
                        let g = self.cur().group(2)?;
                        self.emit(Op::GetNameCall, [g, env, 0], &[k]);
                        self.cur().mov(dst, g);
                        self.cur().mov(out, g + 1);
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
    pub(crate) fn chain_object(
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
    pub(crate) fn callee(&mut self, callee: &'a Expr<'a>, base: Reg) -> CResult<()> {
        self.chain(callee, base, Some(base + 1), &mut Vec::new())
    }

    pub(crate) fn call(
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
        let far = self.cur().is_far();
        let base = if spread { self.cur().group(3)? } else { self.call_group(n)? };
        // A plain method call fetches its callee in the same instruction, unless the fetch must
        // come before the arguments by what a getter could see: it always must, so the combined
        // form is only for calls without arguments that run code.
        if !optional
            && !spread
            && !far
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
            self.emit_call(dst, base, n);
        }
        Ok(())
    }

    /// Registers for callee, `this` and `n` arguments of a call.
    pub(crate) fn call_group(&mut self, n: u32) -> CResult<Reg> {
        if self.cur().is_far() { self.cur().wide(2 + n) } else { self.cur().group(2 + n) }
    }

    /// Calls what stands in such registers.
    pub(crate) fn emit_call(&mut self, dst: Reg, base: Reg, n: u32) {
        if self.cur().is_far() {
            self.emit(Op::CallFar, [dst, 0, 0], &[base, n]);
        } else {
            self.op(Op::Call, dst, base, n);
        }
    }

    /// Expressions that cannot run script or throw: a callee may be fetched after them.
    pub(crate) fn is_simple(&mut self, e: &Expr<'_>) -> bool {
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

    pub(crate) fn needs_spread(&mut self, args: &[Arg<'_>]) -> bool {
        args.iter().any(|a| matches!(a, Arg::Spread(_)))
            || !self.cur().is_far()
                && (args.len() > 60 && !self.cur().group_fits(args.len() as u32 + 8) || args.len() > 200)
    }

    pub(crate) fn args(&mut self, args: &'a [Arg<'a>], base: Reg) -> CResult<()> {
        for (i, arg) in args.iter().enumerate() {
            if let Arg::Expr(e) = arg {
                self.expr(e, base + i as u32)?;
            }
        }
        Ok(())
    }

    pub(crate) fn args_array(&mut self, args: &'a [Arg<'a>], array: Reg) -> CResult<()> {
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

    pub(crate) fn new_expr(
        &mut self,
        callee: &'a Expr<'a>,
        args: &'a [Arg<'a>],
        dst: Reg,
        pos: u32,
    ) -> CResult<()> {
        let n = args.len() as u32;
        if self.needs_spread(args) {
            let base = self.cur().group(3)?;
            self.expr(callee, base)?;
            self.args_array(args, base + 2)?;
            self.pos(pos);
            self.op(Op::NewSpread, dst, base, 0);
        } else {
            let base = self.call_group(n)?;
            self.expr(callee, base)?;
            self.args(args, base + 2)?;
            self.pos(pos);
            if self.cur().is_far() {
                self.emit(Op::CallFar, [dst, 1, 0], &[base, n]);
            } else {
                self.op(Op::New, dst, base, n);
            }
        }
        Ok(())
    }

    pub(crate) fn super_call(&mut self, args: &'a [Arg<'a>], dst: Reg, pos: u32) -> CResult<()> {
        let func = self.temp()?;
        self.load_callee(func)?;
        let target = self.temp()?;
        self.load_new_target(target)?;
        // The constructor is fetched before the arguments are evaluated: SuperCall takes it from
        // the active function, whose prototype arguments could change; GetPrototypeOf comes first.
        // (Where there are far registers, a window here would lie on them.)
        let spread = self.cur().is_far() || self.needs_spread(args);
        let base = self.cur().group(if spread { 3 } else { 2 + args.len() as u32 })?;
        self.cur().mov(base + 1, func);
        self.emit(Op::Intrinsic, [base, base + 1, 1], &[super::intrinsics::GET_PROTO]);
        if spread {
            self.args_array(args, base + 2)?;
        } else {
            self.args(args, base + 2)?;
        }
        self.cur().mov(base + 1, target);
        self.pos(pos);
        let result = self.temp()?;
        // base: constructor, new target, arguments
        if spread {
            self.op(Op::SuperCall, result, base, func);
        } else {
            self.op(Op::SuperNew, result, base, args.len() as u32);
        }
        self.bind_this(result, pos)?;
        self.op(Op::InitFields, func, result, 0);
        self.cur().mov(dst, result);
        Ok(())
    }

    /// `this` of a derived constructor gets its value, once.
    pub(crate) fn bind_this(&mut self, value: Reg, pos: u32) -> CResult<()> {
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

    pub(crate) fn eval_call(
        &mut self,
        callee: &'a Expr<'a>,
        args: &'a [Arg<'a>],
        dst: Reg,
        pos: u32,
    ) -> CResult<()> {
        // base: callee, its `this`, arguments; this, active function, new.target
        let spread = args.len() > 100 || args.iter().any(|a| matches!(a, Arg::Spread(_)));
        let n = if spread { 1 } else { args.len() as u32 };
        let base = self.cur().group(5 + n)?;
        self.chain(callee, base, Some(base + 1), &mut Vec::new())?;
        let mut over = None;
        if spread {
            self.args_array(args, base + 2)?;
            let flag = self.temp()?;
            self.emit(Op::Intrinsic, [flag, base, 1], &[super::intrinsics::IS_EVAL]);
            let is_eval = self.cur().jump(Op::JumpTrue, flag, 0);
            self.pos(pos);
            self.op(Op::CallSpread, dst, base, 0);
            over = Some(self.cur().jump(Op::Jump, 0, 0));
            self.cur().land(is_eval);
            self.emit(Op::Intrinsic, [base + 2, base + 2, 1], &[super::intrinsics::FIRST]);
        } else {
            self.args(args, base + 2)?;
        }
        let ctx = self.eval_context();
        let own = base + 2 + n;
        if ctx & super::func::IN_DERIVED == 0 {
            self.load_this(own)?;
        } else {
            self.op(Op::LoadUndef, own, 0, 0);
        }
        self.load_callee(own + 1)?;
        self.load_new_target(own + 2)?;
        let env = self.current_env();
        self.pos(pos);
        self.emit(Op::CallEval, [dst, base, n], &[0, env, ctx]);
        if let Some(over) = over {
            self.cur().land(over);
        }
        Ok(())
    }
}
