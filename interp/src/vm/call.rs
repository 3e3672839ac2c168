//! Calls: from natives, from the host, and what the dispatch loop asks for when a callee is not a
//! plain closure.

use gc::Gc;

use super::dispatch;
use super::realm::{CommonShape, Intrinsic, PLAIN_SHAPES, Realm};
use super::stack::{Args, CONSTRUCT, ENTRY, Frame, FrameAt, SEGMENT, TRIED};
use super::{Exit, JsResult, Throw, Vm};
use crate::object::data::ObjectData;
use crate::object::environment::Env;
use crate::object::function::{Closure, CodeRt, Construct, Handover, NativeCode};
use crate::object::shape::{ACCESSOR, DEFAULT, Shape};
use crate::object::{CLASS_CONSTRUCTOR, Class, Object};
use crate::value::{PropertyKey, Value};

impl<'gc> Vm<'gc> {
    /// Call.
    ///
    /// # Errors
    /// What the callee throws, or a TypeError if it cannot be called.
    pub fn call(
        &mut self,
        callee: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
    ) -> JsResult<Value<'gc>> {
        self.invoke(callee, this, args, Value::undefined())
    }

    /// Construct.
    ///
    /// # Errors
    /// What the constructor throws.
    pub fn construct(
        &mut self,
        callee: Object<'gc>,
        args: &[Value<'gc>],
        new_target: Object<'gc>,
    ) -> JsResult<Value<'gc>> {
        if !callee.is_constructor() {
            return Err(self.not_a(Value::object(callee), "constructor"));
        }
        self.invoke(Value::object(callee), Value::hole(), args, Value::object(new_target))
    }

    /// Gets a property and calls it.
    ///
    /// # Errors
    /// What getting or calling throws.
    pub fn call_method(
        &mut self,
        this: Value<'gc>,
        key: PropertyKey<'gc>,
        args: &[Value<'gc>],
    ) -> JsResult<Value<'gc>> {
        let f = self.get_value(this, key)?;
        if !self.is_callable(f) {
            let text = format!("{} is not a function", self.show_key(key));
            return Err(self.type_error(&text));
        }
        self.call(f, this, args)
    }

    /// GetMethod: undefined for undefined and null.
    ///
    /// # Errors
    /// A TypeError if it is something else that cannot be called.
    pub fn get_method(&mut self, v: Value<'gc>, key: PropertyKey<'gc>) -> JsResult<Value<'gc>> {
        let f = self.get_value(v, key)?;
        if f.is_nullish() {
            return Ok(Value::undefined());
        }
        if !self.is_callable(f) {
            let text = format!("{} is not a function", self.show_key(key));
            return Err(self.type_error(&text));
        }
        Ok(f)
    }

    /// The TypeError of calling or constructing what one cannot.
    #[cold]
    pub(crate) fn not_a(&mut self, v: Value<'gc>, what: &str) -> Throw {
        let text = format!("{} is not a {what}", self.show(v));
        self.type_error(&text)
    }

    pub(super) fn invoke(
        &mut self,
        callee: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
        new_target: Value<'gc>,
    ) -> JsResult<Value<'gc>> {
        self.check_native_stack()?;
        let (top, segment) = (self.top, self.segment());
        let result = match self.push_args(callee, this, args) {
            Ok((base, flags)) => self.invoke_pushed(base, args.len(), flags, new_target),
            Err(t) => Err(t),
        };
        // Whatever happened, the stack is as it was.
        self.restore_stack(segment, top);
        result
    }

    fn invoke_pushed(
        &mut self,
        base: *mut Value<'gc>,
        argc: usize,
        flags: u8,
        new_target: Value<'gc>,
    ) -> JsResult<Value<'gc>> {
        // SAFETY: `push_args` wrote the callee two registers before the arguments.
        let callee = unsafe { *base.sub(2) };
        let mut frame_flags = flags | ENTRY;
        if !new_target.is_undefined() {
            frame_flags |= CONSTRUCT;
        }
        // SAFETY: the arguments stand on the stack, with callee and `this` before them.
        match unsafe { self.enter(callee, base, argc, new_target, frame_flags, 0)? } {
            Entered::Frame => self.run_nested(false),
            Entered::FrameThrow => self.run_nested(true),
            Entered::Value(v) => Ok(v),
        }
    }

    /// Runs the topmost frame, whose flag says `ENTRY`, to its end.
    pub(crate) fn run_nested(&mut self, throw: bool) -> JsResult<Value<'gc>> {
        self.depth += 1;
        let realm = self.st.native_realm.take();
        let exit = dispatch::run(self, throw);
        self.st.native_realm = realm;
        self.depth -= 1;
        match exit {
            Exit::Done => Ok(self.result),
            Exit::Threw => Err(Throw::pending()),
            Exit::Safepoint | Exit::Host => {
                unreachable!("only the outermost loop stops for a collection or for the host")
            }
        }
    }

    /// Begins a call whose callee, `this` and arguments stand on the stack.
    ///
    /// # Safety
    /// 1. `base[-2..argc]` are registers of the current segment.
    ///
    /// # Errors
    /// What a native throws, or a TypeError.
    pub(crate) unsafe fn enter(
        &mut self,
        callee: Value<'gc>,
        base: *mut Value<'gc>,
        argc: usize,
        new_target: Value<'gc>,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let Some(f) = callee.as_object() else { return Err(self.not_a(callee, "function")) };
        match f.data() {
            ObjectData::Closure(c) if !f.is_class(Class::Proxy) => {
                if f.has(CLASS_CONSTRUCTOR) && flags & CONSTRUCT == 0 {
                    let name = c.code.get().code.name.to_string();
                    let text = format!("class constructor {name} cannot be called without 'new'");
                    return Err(self.error_in(c.code.get().realm, Intrinsic::TypeErrorPrototype, &text));
                }
                if flags & CONSTRUCT != 0
                    && c.code.get().code.kind != crate::syntax::ast::FunctionKind::DerivedConstructor
                {
                    let target = new_target.as_object().unwrap_or(f);
                    let inline = match target.data() {
                        ObjectData::Closure(c) => c.code.get().slots_seen.get(),
                        _ => c.code.get().slots_seen.get(),
                    };
                    let this = self.create_from_constructor(target, Intrinsic::ObjectPrototype, inline)?;
                    // SAFETY: 1. is the caller's.
                    unsafe { *base.sub(1) = Value::object(this) };
                } else if flags & CONSTRUCT != 0 {
                    // SAFETY: 1. is the caller's.
                    unsafe { *base.sub(1) = Value::hole() };
                }
                // SAFETY: 1. is the caller's.
                unsafe { self.enter_closure(c, base, argc, new_target, flags, dst)? };
                Ok(Entered::Frame)
            }
            ObjectData::Native(n) => {
                let code = n.code;
                match code {
                    // SAFETY: 1. is the caller's.
                    NativeCode::Leaf(native) => unsafe {
                        self.in_place(native, n.realm, base, argc, new_target, flags).map(Entered::Value)
                    },
                    NativeCode::Handover(native) => {
                        // SAFETY: 1. is the caller's.
                        let end = unsafe { self.in_place(native, n.realm, base, argc, new_target, flags)? };
                        match end {
                            Handover::Done(v) => Ok(Entered::Value(v)),
                            Handover::Call { f, this, args: (args, n) } => {
                                let flags = flags & !(CONSTRUCT | TRIED);
                                self.go_on(f, this, &args[..n], Value::undefined(), flags, dst)
                            }
                        }
                    }
                    NativeCode::Host(i) => {
                        // SAFETY: as above.
                        let args = unsafe { Args::new(base, argc as u32, new_target) };
                        crate::host::call_host(self, i, args).map(Entered::Value)
                    }
                    // SAFETY: 1. is the caller's.
                    NativeCode::Special(s) => unsafe {
                        self.special(s, n.realm, base, argc, new_target, flags, dst)
                    },
                }
            }
            ObjectData::Bound(b) => {
                // A chain of them comes here again.
                self.check_native_stack()?;
                let constructs = flags & CONSTRUCT != 0;
                let mut args = Vec::with_capacity(b.args.len() + argc);
                args.extend_from_slice(&b.args);
                // SAFETY: 1. is the caller's.
                args.extend_from_slice(unsafe { std::slice::from_raw_parts(base.cast_const(), argc) });
                let new_target =
                    if constructs && new_target == callee { Value::object(b.target) } else { new_target };
                let target = Value::object(b.target);
                let this = if constructs { Value::hole() } else { b.this };
                if flags & SEGMENT == 0 {
                    // Its frame goes on top of the caller's window, in the same loop.
                    return self.enter_at_top_as(target, this, &args, new_target, flags, dst);
                }
                let r = if constructs {
                    let t = new_target.as_object().unwrap_or(b.target);
                    self.construct(b.target, &args, t)?
                } else {
                    self.call(target, b.this, &args)?
                };
                Ok(Entered::Value(r))
            }
            ObjectData::Proxy(_) if f.is_callable() => {
                // A chain of them comes here again.
                self.check_native_stack()?;
                // SAFETY: 1. is the caller's.
                let (args, this) =
                    unsafe { (std::slice::from_raw_parts(base.cast_const(), argc).to_vec(), *base.sub(1)) };
                if flags & CONSTRUCT == 0 {
                    return self.enter_proxy_call(f, this, &args, flags, dst);
                }
                let target = if new_target.is_object() { new_target } else { callee };
                self.enter_proxy_construct(f, &args, target, flags, dst)
            }
            _ => Err(self.not_a(callee, "function")),
        }
    }

    /// Runs a native's code.
    ///
    /// # Safety
    /// 1. `base[-2..argc]` are registers of the current segment.
    #[inline(always)]
    unsafe fn in_place<T>(
        &mut self,
        native: fn(&mut Vm<'gc>, Args<'gc>) -> JsResult<T>,
        realm: Gc<'gc, Realm<'gc>>,
        base: *mut Value<'gc>,
        argc: usize,
        new_target: Value<'gc>,
        flags: u8,
    ) -> JsResult<T> {
        let old = self.top;
        // A native's own calls start above its arguments.
        // SAFETY: within the segment, by 1.
        let end = unsafe { base.add(argc) };
        if end.addr() > self.top.addr() || flags & SEGMENT != 0 {
            self.top = end;
        }
        let realm = self.st.native_realm.replace(realm);
        // SAFETY: 1. is the caller's; nothing above `top` is written below it.
        let result = native(self, unsafe { Args::new(base, argc as u32, new_target) });
        self.st.native_realm = realm;
        self.top = old;
        result
    }

    /// Puts a closure's frame on.
    ///
    /// # Safety
    /// 1. `base[-2..argc]` are registers of the current segment.
    ///
    /// # Errors
    /// A RangeError if the stack is full.
    #[inline]
    pub(crate) unsafe fn enter_closure(
        &mut self,
        c: Gc<'gc, Closure<'gc>>,
        base: *mut Value<'gc>,
        argc: usize,
        new_target: Value<'gc>,
        flags: u8,
        dst: u8,
    ) -> JsResult<()> {
        let mut rt = c.code.get();
        if rt.uncalled {
            rt = self.first_call(rt)?;
            c.set(self.mc, |c| &c.code, rt);
        }
        // SAFETY: 1. is the caller's.
        let (regs, more) = unsafe {
            if rt.code.keeps_args {
                self.window_behind(base, argc, rt.registers as usize)?
            } else {
                self.window(base, argc, rt.registers as usize)?
            }
        };
        for i in argc..rt.params as usize {
            // SAFETY: the window has room for the parameters.
            unsafe { *regs.add(i) = Value::undefined() };
        }
        let at = FrameAt { regs: regs.cast(), pc: rt.entry, argc: argc as u32, dst, flags: flags | more };
        self.push_frame(Frame { rt, new_target, env: c.env, coroutine: None, at })
    }

    /// The running side of a function that was not called before, its code compiled if no engine has done it yet.
    ///
    /// # Errors
    /// A RangeError if that goes beyond a limit.
    #[cold]
    fn first_call(&mut self, rt: Gc<'gc, CodeRt<'gc>>) -> JsResult<Gc<'gc, CodeRt<'gc>>> {
        if let Some(called) = rt.called.get() {
            return Ok(called);
        }
        let code = match crate::engine::lazy_code(self, &rt.code)? {
            Ok(code) => code,
            Err(e) => return Err(crate::builtins::global::syntax_error(self, &e)),
        };
        let called = self.make_code_in(code, rt.realm)?;
        CodeRt::inherit(called, self.mc, rt);
        rt.set(self.mc, |rt| &rt.called, Some(called));
        Ok(called)
    }

    /// Puts the frame of a program (script, module, eval) on, with flags and the register of its result.
    ///
    /// # Errors
    /// A RangeError if the stack is full.
    #[expect(clippy::too_many_arguments, reason = "they are what its frame is made of")]
    pub(crate) fn enter_program(
        &mut self,
        rt: Gc<'gc, CodeRt<'gc>>,
        callee: Value<'gc>,
        this: Value<'gc>,
        new_target: Value<'gc>,
        env: Option<Env<'gc>>,
        flags: u8,
        dst: u8,
    ) -> JsResult<()> {
        let (base, segment) = self.push_args(callee, this, &[])?;
        // SAFETY: 1. callee and `this` were just pushed.
        let (regs, more) = unsafe { self.window(base, 0, rt.code.registers as usize)? };
        let frame = Frame {
            rt,
            new_target,
            env,
            coroutine: None,
            at: FrameAt { regs: regs.cast(), pc: rt.entry, argc: 0, dst, flags: flags | segment | more },
        };
        self.push_frame(frame)
    }

    /// OrdinaryCreateFromConstructor.
    ///
    /// # Errors
    /// What getting the prototype throws.
    pub fn create_from_constructor(
        &mut self,
        constructor: Object<'gc>,
        default: Intrinsic,
        inline: u32,
    ) -> JsResult<Object<'gc>> {
        if let ObjectData::Closure(c) = constructor.data()
            && let Some(k) = c.construct.get()
            && k.function.ptr_eq(constructor.shape())
            && k.shape.inline == inline
            && constructor.slot(k.slot).as_object().map(Object::gc).map(Gc::as_ptr)
                == k.shape.proto.map(Object::gc).map(Gc::as_ptr)
        {
            return Ok(Object::new(self.mc, k.shape, Class::Object, 0, ObjectData::None)?);
        }
        let proto = self.prototype_from(constructor, default)?;
        let shape = self.root_shape(Some(proto), inline);
        self.remember_construct(constructor, shape)?;
        Ok(Object::new(self.mc, shape, Class::Object, 0, ObjectData::None)?)
    }

    /// Remembers with a closure the shape of what it constructs, if its `prototype` is an own data property.
    fn remember_construct(
        &mut self,
        constructor: Object<'gc>,
        shape: crate::object::shape::ShapeGc<'gc>,
    ) -> JsResult<()> {
        let ObjectData::Closure(c) = constructor.data() else { return Ok(()) };
        if constructor.has(crate::object::EXOTIC | crate::object::LAZY) {
            return Ok(());
        }
        let function = constructor.shape();
        let place = Shape::lookup(function, self.mc, self.names().prototype);
        if let Some(place) = place.filter(|p| p.attrs & ACCESSOR == 0) {
            let plain_instances = std::cell::Cell::new(None);
            let known =
                self.mc.try_alloc(Construct { function, slot: place.slot, shape, plain_instances })?;
            Gc::write(self.mc, c).project(|c| &c.construct).set(Some(known));
        }
        Ok(())
    }

    /// GetPrototypeFromConstructor.
    ///
    /// # Errors
    /// What getting the prototype throws.
    pub fn prototype_from(&mut self, constructor: Object<'gc>, default: Intrinsic) -> JsResult<Object<'gc>> {
        let key = self.names().prototype;
        let v = constructor.get(self, key, Value::object(constructor))?;
        if let Some(o) = v.as_object() {
            return Ok(o);
        }
        let realm = self.function_realm(constructor)?;
        let old = self.st.native_realm.replace(realm);
        let r = self.intrinsic(default);
        self.st.native_realm = old;
        r
    }

    /// GetFunctionRealm.
    ///
    /// # Errors
    /// A TypeError for a revoked proxy.
    pub fn function_realm(&mut self, f: Object<'gc>) -> JsResult<Gc<'gc, super::realm::Realm<'gc>>> {
        let mut f = f;
        loop {
            match f.data() {
                ObjectData::Closure(c) => return Ok(c.code.get().realm),
                ObjectData::Native(n) => return Ok(n.realm),
                ObjectData::Bound(b) => f = b.target,
                ObjectData::Proxy(p) => match p.target.get() {
                    Some(t) => f = t,
                    None => return Err(self.type_error("proxy was revoked")),
                },
                _ => return Ok(self.realm()),
            }
        }
    }

    /// A plain object.
    ///
    /// # Errors
    /// If memory is full.
    pub fn new_object(&mut self, inline: u32) -> JsResult<Object<'gc>> {
        let at = inline as usize;
        let shape = match if at < PLAIN_SHAPES { self.realm().shape(at) } else { None } {
            Some(shape) => shape,
            None => {
                let proto = self.intrinsic(Intrinsic::ObjectPrototype)?;
                let shape = self.root_shape(Some(proto), inline);
                if at < PLAIN_SHAPES {
                    Realm::set_shape(self.realm(), self.mc, at, shape);
                }
                shape
            }
        };
        Ok(Object::new(self.mc, shape, Class::Object, 0, ObjectData::None)?)
    }

    /// The shape of plain objects of a common kind: made from `prototype` when it is first asked for.
    #[inline]
    pub(crate) fn common_shape(
        &mut self,
        which: CommonShape,
        prototype: Intrinsic,
    ) -> JsResult<crate::object::shape::ShapeGc<'gc>> {
        if let Some(shape) = self.realm().shape(which as usize) {
            return Ok(shape);
        }
        let proto = self.intrinsic(prototype)?;
        let shape = self.root_shape(Some(proto), 0);
        Realm::set_shape(self.realm(), self.mc, which as usize, shape);
        Ok(shape)
    }

    /// An array with room for `capacity` elements, of length zero.
    ///
    /// # Errors
    /// If memory is full.
    pub fn new_array(&mut self, capacity: usize) -> JsResult<Object<'gc>> {
        let shape = self.common_shape(CommonShape::Array, Intrinsic::ArrayPrototype)?;
        let array = Object::new(self.mc, shape, Class::Array, 0, ObjectData::None)?;
        if capacity > 0 {
            array.reserve_elements(self.mc, capacity)?;
        }
        Ok(array)
    }

    /// An array of values.
    ///
    /// # Errors
    /// If memory is full.
    pub fn array_from(&mut self, values: &[Value<'gc>]) -> JsResult<Object<'gc>> {
        let array = self.new_array(0)?;
        if !values.is_empty() {
            let elements = self.mc.alloc_tail((), values.len(), |i| gc::Lock::new(values[i]))?;
            array.set_elements(self.mc, Some(elements));
        }
        array.set_array_length(values.len() as u32);
        Ok(array)
    }

    /// Appends to an array made here.
    ///
    /// # Errors
    /// If memory is full.
    pub fn array_push(&mut self, array: Object<'gc>, value: Value<'gc>) -> JsResult<()> {
        let n = array.array_length();
        if n == u32::MAX {
            return Err(self.range_error("invalid array length"));
        }
        if n as usize >= array.elements().len() {
            if value.is_hole() {
                array.set_array_length(n + 1);
                return Ok(());
            }
            array.create(self, PropertyKey::Index(n), value, DEFAULT)?;
        } else {
            array.set_element(self.mc, n, value);
        }
        array.set_array_length(n + 1);
        Ok(())
    }

    /// An iterator result.
    ///
    /// # Errors
    /// If memory is full.
    pub fn iter_result(&mut self, value: Value<'gc>, done: bool) -> JsResult<Value<'gc>> {
        let at = CommonShape::IterResult as usize;
        if let Some(shape) = self.realm().shape(at) {
            let o = Object::new(self.mc, shape, Class::Object, 0, ObjectData::None)?;
            o.set_slot(self.mc, 0, value);
            o.set_slot(self.mc, 1, Value::bool(done));
            return Ok(Value::object(o));
        }
        let o = self.new_object(2)?;
        let (v, d) = (self.names().value, self.names().done);
        o.create(self, v, value, DEFAULT)?;
        o.create(self, d, Value::bool(done), DEFAULT)?;
        Realm::set_shape(self.realm(), self.mc, at, o.shape());
        Ok(Value::object(o))
    }
}

/// How a call began.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Entered<'gc> {
    /// A frame was put on.
    Frame,
    /// A frame was put on, and what stands thrown is to be thrown in it.
    FrameThrow,
    /// It is over already.
    Value(Value<'gc>),
}
