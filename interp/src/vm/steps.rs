//! What dispatch handlers hand over: operations that take or give more than a machine word.
//!
//! A handler must end in a jump, which it cannot if something of its own stands in memory. So these
//! functions do the whole of such an operation and give a step code (see `dispatch.rs`); values come
//! back in `Vm::result` or in registers they are given the address of.
//!
//! Obligation 1 of every unsafe function here: the addresses are registers of the running frame, with
//! as many behind them as the operation names.

use super::call::Entered;
use super::dispatch::{DONE, STEP_FRAME, STEP_THROW, STEP_VALUE, THREW};
use super::inline_cache::Ic;
use super::ops::{Got, Put};
use super::realm::Intrinsic;
use super::stack::{ASYNC, CONSTRUCT, DECIDES, DISCARD, ENTRY, Frame, GENERATOR, SEGMENT, TRIED};
use super::{JsResult, Vm};
use crate::compiler::func::TAIL;
use crate::object::data::ObjectData;
use crate::object::function::TRIES;
use crate::object::{CLASS_CONSTRUCTOR, Class, Object};
use crate::value::{PropertyKey, Value};

impl<'gc> Vm<'gc> {
    pub(super) fn code_of(&mut self, entered: JsResult<Entered<'gc>>) -> usize {
        match entered {
            Ok(Entered::Frame) => STEP_FRAME,
            Ok(Entered::Value(v)) => {
                self.result = v;
                STEP_VALUE
            }
            Ok(Entered::FrameThrow) | Err(_) => STEP_THROW,
        }
    }

    fn value_code(&mut self, v: JsResult<Value<'gc>>) -> usize {
        self.code_of(v.map(Entered::Value))
    }

    fn effect_code(&mut self, v: JsResult<()>) -> usize {
        if v.is_ok() { STEP_VALUE } else { STEP_THROW }
    }

    fn cache_key(&self, index: u32) -> PropertyKey<'gc> {
        self.current_frame().expect("a frame runs").rt.keys[index as usize]
    }

    /// `CallHost` inside a built-in's loop: the function's number is the result before, its value after.
    pub(crate) fn step_call_host(&mut self) -> usize {
        let v = crate::host::HostEntry::new(self).and_then(|entry| entry.run_inside(self));
        self.value_code(v)
    }

    #[inline(never)]
    pub(crate) fn step_get_prop(&mut self, v: Value<'gc>, index: u32, ic: *mut Ic<'gc>, dst: u8) -> usize {
        let key = self.cache_key(index);
        if let Some(o) = v.as_object().filter(|o| o.is_class(Class::Proxy)) {
            let e = self.enter_proxy_get(o, key, v, dst);
            return self.code_of(e);
        }
        match self.get_cached(v, key, ic) {
            Ok(Got::Value(v)) => {
                self.result = v;
                STEP_VALUE
            }
            // The getter's frame goes on top of this window.
            Ok(Got::Getter(f)) => {
                let e = self.enter_at_top(f, v, &[], dst);
                self.code_of(e)
            }
            Err(_) => STEP_THROW,
        }
    }

    #[inline(never)]
    pub(crate) fn step_set_prop(
        &mut self,
        o: Value<'gc>,
        index: u32,
        v: Value<'gc>,
        strict: bool,
        ic: *mut Ic<'gc>,
    ) -> usize {
        let key = self.cache_key(index);
        if let Some(o) = o.as_object().filter(|o| o.is_class(Class::Proxy)) {
            let e = self.enter_proxy_set(o, key, v, strict);
            return self.code_of(e);
        }
        let r = self.set_cached(o, key, v, strict, ic);
        self.put_code(r, o, v)
    }

    /// Ends an assignment, or begins its setter's call.
    pub(super) fn put_code(&mut self, put: JsResult<Put<'gc>>, receiver: Value<'gc>, v: Value<'gc>) -> usize {
        match put {
            Ok(Put::Done) => STEP_VALUE,
            Ok(Put::Setter(f)) => {
                let e = self.enter_at_top_as(f, receiver, &[v], Value::undefined(), DISCARD, 0);
                self.code_of(e)
            }
            Err(_) => STEP_THROW,
        }
    }

    #[inline(never)]
    pub(crate) fn step_init_prop(
        &mut self,
        o: Value<'gc>,
        index: u32,
        v: Value<'gc>,
        ic: *mut Ic<'gc>,
    ) -> usize {
        let key = self.cache_key(index);
        let r = self.init_prop(o, key, v, ic);
        self.effect_code(r)
    }

    #[inline(never)]
    pub(crate) fn step_get_global(&mut self, index: u32, or_undefined: bool, ic: *mut Ic<'gc>) -> usize {
        let key = self.cache_key(index);
        let r = self.get_global(key, or_undefined, ic);
        self.value_code(r)
    }

    #[inline(never)]
    pub(crate) fn step_set_global(
        &mut self,
        index: u32,
        v: Value<'gc>,
        strict: bool,
        ic: *mut Ic<'gc>,
    ) -> usize {
        let key = self.cache_key(index);
        let r = self.set_global(key, v, strict, ic);
        self.effect_code(r)
    }

    #[inline(never)]
    pub(crate) fn step_init_global(&mut self, index: u32, v: Value<'gc>) -> usize {
        let key = self.cache_key(index);
        let r = self.init_global(key, v);
        self.effect_code(r)
    }

    #[inline(never)]
    pub(crate) fn step_declare_function(&mut self, index: u32, f: Value<'gc>, deletable: bool) -> usize {
        let key = self.cache_key(index);
        let r = self.declare_function(key, f, deletable);
        self.effect_code(r)
    }

    #[inline(never)]
    pub(crate) fn step_has_global(&mut self, index: u32) -> usize {
        let key = self.cache_key(index);
        let r = self.has_global(key).map(Value::bool);
        self.value_code(r)
    }

    /// # Safety
    /// 1. `excluded` has `n` registers behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_copy_props(
        &mut self,
        o: Value<'gc>,
        s: Value<'gc>,
        excluded: *const Value<'gc>,
        n: usize,
    ) -> usize {
        // SAFETY: 1. is the caller's; copied before anything runs.
        let excluded = unsafe { std::slice::from_raw_parts(excluded, n) }.to_vec();
        let target = o.as_object().expect("literals are objects");
        match crate::builtins::object_copy::copy(self, target, s, &excluded) {
            Ok(None) => STEP_VALUE,
            Ok(Some([from, keys])) => {
                let e = self.call_library(Intrinsic::CopyProps, &[o, from, keys], DISCARD, 0);
                self.code_of(e)
            }
            Err(_) => STEP_THROW,
        }
    }

    /// # Safety
    /// 1. `base` is where arguments start, callee and `this` before them.
    #[inline(never)]
    pub(crate) unsafe fn step_call(&mut self, base: *mut Value<'gc>, argc: usize, dst: u8) -> usize {
        // SAFETY: 1. is the caller's.
        unsafe {
            let callee = *base.sub(2);
            if let Some(f) = callee.as_object()
                && let ObjectData::Closure(c) = f.data()
                && !f.has(CLASS_CONSTRUCTOR)
            {
                return match self.enter_closure(c, base, argc, Value::undefined(), 0, dst) {
                    Ok(()) => STEP_FRAME,
                    Err(_) => STEP_THROW,
                };
            }
            let e = self.enter(callee, base, argc, Value::undefined(), 0, dst);
            self.code_of(e)
        }
    }

    /// # Safety
    /// 1. `base` is where arguments start, callee and `this` before them.
    #[inline(never)]
    pub(crate) unsafe fn step_call_method(
        &mut self,
        base: *mut Value<'gc>,
        argc: usize,
        index: u32,
        ic: *mut Ic<'gc>,
        dst: u8,
    ) -> usize {
        let key = self.cache_key(index);
        // SAFETY: 1. is the caller's.
        unsafe {
            let this = *base.sub(1);
            let Ok(callee) = self.get_for_call(this, key, ic) else { return STEP_THROW };
            if !self.is_callable(callee) {
                let _ = self.not_callable(this, key);
                return STEP_THROW;
            }
            *base.sub(2) = callee;
            self.step_call(base, argc, dst)
        }
    }

    #[inline(never)]
    pub(crate) fn step_call_spread(
        &mut self,
        f: Value<'gc>,
        this: Value<'gc>,
        list: Value<'gc>,
        dst: u8,
    ) -> usize {
        let e = match self.spread_args(list) {
            Ok(args) => self.enter_at_top(f, this, &args, dst),
            Err(t) => Err(t),
        };
        self.code_of(e)
    }

    /// PrepareForTailCall and the call: the running frame is taken off if it is a plain one and calls a
    /// closure; else this is an ordinary call, whose result the next instruction returns.
    fn tail_call(&mut self, callee: Value<'gc>, this: Value<'gc>, args: Vec<Value<'gc>>, dst: u8) -> usize {
        let at = self.current_frame().expect("a frame runs").at;
        let is_closure = callee
            .as_object()
            .is_some_and(|f| matches!(f.data(), ObjectData::Closure(_)) && !f.has(CLASS_CONSTRUCTOR));
        if at.flags & !(ENTRY | SEGMENT) != 0 || !is_closure {
            let e = self.enter_at_top(callee, this, &args, dst);
            return self.code_of(e);
        }
        self.pop_frame();
        let e = self.enter_at_top_as(callee, this, &args, Value::undefined(), at.flags & ENTRY, at.dst);
        // Nothing is left to unwind if it was an entry frame.
        self.entry_threw = e.is_err() && at.flags & ENTRY != 0;
        self.code_of(e)
    }

    /// # Safety
    /// 1. `from` has callee, `this` and `argc` arguments behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_tail_call(&mut self, from: *mut Value<'gc>, argc: usize, dst: u8) -> usize {
        // SAFETY: 1. is the caller's; copied, as they lie in the window that goes.
        let (callee, this, args) = unsafe {
            (*from, *from.add(1), std::slice::from_raw_parts(from.add(2).cast_const(), argc).to_vec())
        };
        self.tail_call(callee, this, args, dst)
    }

    #[inline(never)]
    pub(crate) fn step_tail_spread(
        &mut self,
        f: Value<'gc>,
        this: Value<'gc>,
        list: Value<'gc>,
        dst: u8,
    ) -> usize {
        match self.spread_args(list) {
            Ok(args) => self.tail_call(f, this, args, dst),
            Err(_) => STEP_THROW,
        }
    }

    /// Fetches the callee of a method call, whose `this` stands behind it.
    ///
    /// # Safety
    /// 1. `at` has `this` behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_method(&mut self, at: *mut Value<'gc>, index: u32, ic: *mut Ic<'gc>) -> usize {
        let key = self.cache_key(index);
        // SAFETY: 1. is the caller's.
        let this = unsafe { *at.add(1) };
        let Ok(callee) = self.get_for_call(this, key, ic) else { return STEP_THROW };
        if !self.is_callable(callee) {
            let _ = self.not_callable(this, key);
            return STEP_THROW;
        }
        // SAFETY: 1. is the caller's.
        unsafe { *at = callee };
        STEP_VALUE
    }

    /// # Safety
    /// 1. `from` has callee, `this` and `argc` arguments behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_call_far(
        &mut self,
        from: *mut Value<'gc>,
        argc: u32,
        construct: bool,
        dst: u8,
    ) -> usize {
        // SAFETY: 1. is the caller's; registers do not move, and nothing writes these before they are copied.
        let (callee, this, args) = unsafe {
            (*from, *from.add(1), std::slice::from_raw_parts(from.add(2).cast_const(), argc as usize))
        };
        let e = if construct {
            if callee.as_object().is_some_and(|f| f.is_constructor()) {
                self.enter_at_top_as(callee, Value::hole(), args, callee, CONSTRUCT, dst)
            } else {
                Err(self.not_a(callee, "constructor"))
            }
        } else {
            self.enter_at_top(callee, this, args, dst)
        };
        self.code_of(e)
    }

    #[inline(never)]
    pub(crate) fn step_call_at_top(&mut self, f: Value<'gc>, this: Value<'gc>, dst: u8) -> usize {
        let e = self.enter_at_top(f, this, &[], dst);
        self.code_of(e)
    }

    /// # Safety
    /// 1. `base` is where arguments start, the constructor before them.
    #[inline(never)]
    pub(crate) unsafe fn step_new(&mut self, base: *mut Value<'gc>, argc: usize, dst: u8) -> usize {
        // SAFETY: 1. is the caller's.
        unsafe {
            let callee = *base.sub(2);
            if !callee.as_object().is_some_and(|f| f.is_constructor()) {
                let _ = self.not_a(callee, "constructor");
                return STEP_THROW;
            }
            let mut flags = CONSTRUCT;
            if let Some(f) = callee.as_object()
                && let ObjectData::Closure(c) = f.data()
                && c.code.get().slots_tried.get().0 < TRIES
            {
                flags |= TRIED;
            }
            let e = self.enter(callee, base, argc, callee, flags, dst);
            self.code_of(e)
        }
    }

    /// # Safety
    /// 1. `base` is where arguments start, constructor and new target before them.
    #[inline(never)]
    pub(crate) unsafe fn step_super(&mut self, base: *mut Value<'gc>, argc: usize, dst: u8) -> usize {
        // SAFETY: 1. is the caller's.
        unsafe {
            let (callee, target) = (*base.sub(2), *base.sub(1));
            if !callee.as_object().is_some_and(|f| f.is_constructor()) {
                let _ = self.not_a(callee, "constructor");
                return STEP_THROW;
            }
            *base.sub(1) = Value::hole();
            let e = self.enter(callee, base, argc, target, CONSTRUCT, dst);
            self.code_of(e)
        }
    }

    /// `new f(...list)`, `super(...list)`
    #[inline(never)]
    pub(crate) fn step_construct_spread(
        &mut self,
        f: Value<'gc>,
        list: Value<'gc>,
        target: Value<'gc>,
        dst: u8,
    ) -> usize {
        let e = if f.as_object().is_some_and(|f| f.is_constructor()) {
            match self.spread_args(list) {
                Ok(args) => self.enter_at_top_as(f, Value::hole(), &args, target, CONSTRUCT, dst),
                Err(t) => Err(t),
            }
        } else {
            Err(self.not_a(f, "constructor"))
        };
        self.code_of(e)
    }

    /// An object literal whose first properties have plain names: made at once.
    ///
    /// # Safety
    /// 1. `values` has `n` registers behind it, and `ic` is the first of `n` caches, the running code's number `first`.
    #[inline(never)]
    pub(crate) unsafe fn step_new_literal(
        &mut self,
        values: *const Value<'gc>,
        n: usize,
        first: u32,
        ic: *mut Ic<'gc>,
        inline: u32,
    ) -> usize {
        // SAFETY: 1. is the caller's; nothing runs before the values are copied.
        let (values, known) = unsafe { (std::slice::from_raw_parts(values, n), (*ic).target.get(self.mc)) };
        let made = match known {
            Some(shape) => Object::with_slots(self.mc, shape, values).map_err(Into::into),
            None => self.new_literal(values, first, ic, inline),
        };
        self.value_code(made.map(Value::object))
    }

    /// # Safety
    /// 1. `g` has callee, `this`, the arguments, and the `this`, function and new target of an eval behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_eval(
        &mut self,
        g: *mut Value<'gc>,
        argc: usize,
        env: Value<'gc>,
        flags: u32,
        dst: u8,
    ) -> usize {
        // SAFETY: 1. is the caller's; what is called does not write into this window.
        let (callee, this, args, [own_this, f, target]) = unsafe {
            let rest = g.add(2 + argc);
            let args = std::slice::from_raw_parts(g.add(2).cast_const(), argc);
            (*g, *g.add(1), args, [*rest, *rest.add(1), *rest.add(2)])
        };
        if self.is_eval(callee) {
            let text = args.first().copied().unwrap_or(Value::undefined());
            let r = self.direct_eval(text, own_this, f, target, env, flags, dst);
            return self.code_of(r);
        }
        if flags & TAIL != 0 && !self.is_shallow() {
            return self.tail_call(callee, this, args.to_vec(), dst);
        }
        let e = self.enter_at_top(callee, this, args, dst);
        self.code_of(e)
    }

    /// Gives a frame's result to whoever called it.
    fn give(&mut self, frame: &Frame<'gc>, v: Value<'gc>) -> usize {
        if frame.at.flags & ENTRY != 0 {
            self.result = v;
            return STEP_VALUE;
        }
        if frame.at.flags & DISCARD != 0 {
            return STEP_FRAME;
        }
        if frame.at.flags & DECIDES != 0 {
            if self.to_boolean(v) == (frame.at.dst != 0) {
                let caller = self.st.frames.last_mut().expect("a frame that is no entry has a caller");
                // The word before the one it goes on at is the jump's offset.
                let at = (caller.at.pc.addr() - caller.rt.code.words.as_ptr().addr()) / 4;
                let offset = caller.rt.code.words[at - 1] as i32;
                caller.at.pc = caller.at.pc.wrapping_offset(offset as isize);
            }
            return STEP_FRAME;
        }
        let caller = self.current_frame().expect("a frame that is no entry has a caller");
        // SAFETY: the result register is one of the caller's window.
        unsafe { *caller.at.regs.cast::<Value<'gc>>().add(frame.at.dst as usize) = v };
        STEP_FRAME
    }

    #[inline(never)]
    pub(crate) fn step_return(&mut self, v: Value<'gc>, this: Value<'gc>) -> usize {
        let mut v = v;
        let frame = self.pop_frame();
        if frame.at.flags & CONSTRUCT != 0 && !v.is_object() {
            v = this;
        }
        if frame.at.flags & TRIED != 0 {
            frame.rt.tried(v);
        }
        if frame.at.flags & (GENERATOR | ASYNC) != 0 {
            match self.coroutine_return(&frame, v) {
                Ok(x) => v = x,
                Err(_) => {
                    if frame.at.flags & ENTRY != 0 {
                        // Nothing is left to unwind.
                        self.entry_threw = true;
                    }
                    return STEP_THROW;
                }
            }
        }
        self.give(&frame, v)
    }

    #[inline(never)]
    pub(crate) fn step_initial_yield(&mut self, pc: *const u32) -> usize {
        match self.initial_yield(pc) {
            Ok(None) => STEP_VALUE,
            Ok(Some((frame, v))) => {
                self.last = self.give(&frame, v);
                STEP_FRAME
            }
            Err(_) => {
                self.last = STEP_THROW;
                STEP_THROW
            }
        }
    }

    /// The code `step_initial_yield` left.
    pub(crate) fn step_last(&self) -> usize {
        self.last
    }

    #[inline(never)]
    pub(crate) fn step_yield(&mut self, v: Value<'gc>, pc: *const u32, star: bool) -> usize {
        if let Some(co) = self.current_frame().and_then(|f| f.coroutine)
            && co.queue.is_some()
        {
            return match self.yield_async(co, v, pc) {
                Ok(Ok((frame, v))) => self.give(&frame, v),
                Ok(Err(entered)) => self.code_of(Ok(entered)),
                Err(_) => STEP_THROW,
            };
        }
        match self.do_yield(v, pc, star) {
            Ok((frame, v)) => self.give(&frame, v),
            Err(_) => STEP_THROW,
        }
    }

    #[inline(never)]
    pub(crate) fn step_await(&mut self, v: Value<'gc>, pc: *const u32) -> usize {
        match self.do_await(v, pc) {
            Ok((frame, v)) => self.give(&frame, v),
            Err(_) => STEP_THROW,
        }
    }

    /// # Safety
    /// 1. `out` has three registers behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_get_iterator(
        &mut self,
        v: Value<'gc>,
        kind: usize,
        out: *mut Value<'gc>,
    ) -> usize {
        match self.get_iterator(v, kind) {
            Ok(record) => {
                for (i, v) in record.into_iter().enumerate() {
                    // SAFETY: 1. is the caller's.
                    unsafe { *out.add(i) = v };
                }
                STEP_VALUE
            }
            Err(_) => STEP_THROW,
        }
    }

    #[inline(never)]
    pub(crate) fn step_get_index(&mut self, o: Object<'gc>, i: u32) -> usize {
        let r = o.get(self, PropertyKey::Index(i), Value::object(o));
        self.value_code(r)
    }

    /// The value of an iterator's result; the hole if it is done.
    #[inline(never)]
    pub(crate) fn step_iter(&mut self, result: Value<'gc>) -> usize {
        let r = self.iter_step(result).map(|v| v.unwrap_or(Value::hole()));
        self.value_code(r)
    }

    /// The next key of a `for-in`; the hole if there is none.
    #[inline(never)]
    pub(crate) fn step_for_in(&mut self, state: Value<'gc>) -> usize {
        let r = self.for_in_next(state).map(|v| v.unwrap_or(Value::hole()));
        self.value_code(r)
    }

    /// # Safety
    /// 1. `out` has two registers behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_new_class(
        &mut self,
        heritage: Value<'gc>,
        child: u32,
        name: u32,
        env: Value<'gc>,
        out: *mut Value<'gc>,
    ) -> usize {
        match self.new_class(heritage, child, name, env) {
            Ok((ctor, proto)) => {
                // SAFETY: 1. is the caller's.
                unsafe {
                    *out = ctor;
                    *out.add(1) = proto;
                }
                STEP_VALUE
            }
            Err(_) => STEP_THROW,
        }
    }

    /// # Safety
    /// 1. `out` has two registers behind it.
    #[inline(never)]
    pub(crate) unsafe fn step_get_name_call(
        &mut self,
        env: Value<'gc>,
        name: u32,
        out: *mut Value<'gc>,
    ) -> usize {
        match self.get_name_call(env, name) {
            Ok((f, this)) => {
                // SAFETY: 1. is the caller's.
                unsafe {
                    *out = f;
                    *out.add(1) = this;
                }
                STEP_VALUE
            }
            Err(_) => STEP_THROW,
        }
    }

    /// Finds the handler of what was thrown: a frame to go on in, or the loop's end.
    #[cold]
    #[inline(never)]
    pub(crate) fn step_unwind(&mut self) -> usize {
        if std::mem::take(&mut self.entry_threw) {
            self.unwound = THREW;
            return STEP_THROW;
        }
        self.out_of_memory();
        loop {
            let terminating = self.is_terminating();
            let f = self.st.frames.last_mut().expect("a loop runs a frame");
            let word = ((f.at.pc.addr() - f.rt.code.words.as_ptr().addr()) / 4) as u32;
            let at = word.saturating_sub(1);
            if !terminating && let Some(h) = f.rt.code.handlers.iter().find(|h| h.start <= at && at < h.end) {
                f.at.pc = f.rt.code.words.as_ptr().wrapping_add(h.target as usize);
                return STEP_FRAME;
            }
            let frame = self.pop_frame();
            if frame.at.flags & (ASYNC | GENERATOR) != 0
                && let Some(promise) = self.coroutine_throw(&frame)
            {
                if self.give(&frame, promise) == STEP_FRAME {
                    return STEP_FRAME;
                }
                self.unwound = DONE;
                return STEP_VALUE;
            }
            if frame.at.flags & ENTRY != 0 {
                self.unwound = THREW;
                return STEP_THROW;
            }
        }
    }
}
