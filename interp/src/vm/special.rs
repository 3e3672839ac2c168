//! Natives that end in a call: what they call goes on in the same loop, so that it is collected in.

use gc::Gc;

use super::call::Entered;
use super::coroutine::{NEXT, RETURN, THROW};
use super::realm::{CommonShape, Intrinsic, Realm};
use super::stack::{CONSTRUCT, SEGMENT, TRIED};
use super::{JsResult, Vm};
use crate::object::Class;
use crate::object::environment::Env;
use crate::object::function::{CodeRt, Special};
use crate::value::{PropertyKey, Value};

impl<'gc> Vm<'gc> {
    /// Runs a native that ends in a call.
    ///
    /// # Safety
    /// 1. `base[-2..argc]` are registers of the current segment.
    #[allow(clippy::too_many_arguments)]
    pub(super) unsafe fn special(
        &mut self,
        which: Special,
        realm: Gc<'gc, Realm<'gc>>,
        base: *mut Value<'gc>,
        argc: usize,
        new_target: Value<'gc>,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        // SAFETY: 1. is the caller's.
        let (this, first) = unsafe { (*base.sub(1), if argc > 0 { *base } else { Value::undefined() }) };
        match which {
            Special::Call => {
                // SAFETY: 1. is the caller's: everything moves down by one.
                unsafe {
                    *base.sub(2) = this;
                    *base.sub(1) = first;
                    if argc > 1 {
                        std::ptr::copy(base.add(1), base, argc - 1);
                    }
                    self.enter(this, base, argc.saturating_sub(1), Value::undefined(), flags, dst)
                }
            }
            Special::Apply => {
                // SAFETY: 1. is the caller's.
                let list = if argc > 1 { unsafe { *base.add(1) } } else { Value::undefined() };
                let callable = self.is_callable(this);
                if !callable || !list.is_object() && !list.is_nullish() {
                    let running = self.st.native_realm.replace(realm);
                    let thrown = match callable {
                        false => self.not_a(this, "function"),
                        true => self.not_a(list, "list of arguments"),
                    };
                    self.st.native_realm = running;
                    return Err(thrown);
                }
                let mut few = [Value::undefined(); 8];
                if let Some(n) = self.few_elements(list, &mut few) {
                    return self.go_on(this, first, &few[..n], Value::undefined(), flags, dst);
                }
                let args = self.list_from_array_like(list)?;
                self.go_on(this, first, &args, Value::undefined(), flags, dst)
            }
            Special::Eval => {
                let running = self.st.native_realm.replace(realm);
                let program = crate::builtins::global::indirect_eval(self, first);
                let global = Value::object(realm.global());
                self.st.native_realm = running;
                match program? {
                    Err(v) => Ok(Entered::Value(v)),
                    Ok(rt) => {
                        self.go_on_in(rt, Value::undefined(), global, Value::undefined(), None, flags, dst)
                    }
                }
            }
            Special::ReflectApply => {
                // SAFETY: 1. is the caller's.
                let args = unsafe { std::slice::from_raw_parts(base.cast_const(), argc) };
                let arg = |i: usize| args.get(i).copied().unwrap_or(Value::undefined());
                let (this, list) = (arg(1), arg(2));
                let running = self.st.native_realm.replace(realm);
                let list = match self.is_callable(first) {
                    true if list.is_object() => self.list_from_array_like(list),
                    true => Err(self.not_a(list, "list of arguments")),
                    false => Err(self.not_a(first, "function")),
                };
                self.st.native_realm = running;
                self.go_on(first, this, &list?, Value::undefined(), flags, dst)
            }
            Special::ReflectConstruct => {
                // SAFETY: 1. is the caller's.
                let args = unsafe { std::slice::from_raw_parts(base.cast_const(), argc) };
                let arg = |i: usize| args.get(i).copied().unwrap_or(Value::undefined());
                let (list, target) = (arg(1), if argc > 2 { arg(2) } else { first });
                let constructs = |v: Value<'gc>| v.as_object().is_some_and(|f| f.is_constructor());
                let running = self.st.native_realm.replace(realm);
                let list = match (constructs(first), constructs(target)) {
                    (false, _) => Err(self.not_a(first, "constructor")),
                    (_, false) => Err(self.not_a(target, "constructor")),
                    _ if list.is_object() => self.list_from_array_like(list),
                    _ => Err(self.not_a(list, "list of arguments")),
                };
                self.st.native_realm = running;
                self.go_on(first, Value::hole(), &list?, target, flags | CONSTRUCT, dst)
            }
            Special::Promise => {
                let running = self.st.native_realm.replace(realm);
                let made = crate::builtins::promise::begin(self, first, new_target);
                let helper = self.intrinsic(Intrinsic::CallExecutor);
                self.st.native_realm = running;
                let ([resolve, reject, promise], helper) = (made?, Value::object(helper?));
                let args = [first, resolve, reject, promise];
                let undefined = Value::undefined();
                self.go_on(helper, undefined, &args, undefined, flags & !(CONSTRUCT | TRIED), dst)
            }
            Special::Next => self.resume_generator(this, first, NEXT, flags, dst),
            Special::Return => self.resume_generator(this, first, RETURN, flags, dst),
            Special::Throw => self.resume_generator(this, first, THROW, flags, dst),
            Special::HelperNext => self.resume_helper(this, NEXT, flags, dst),
            Special::HelperReturn => self.resume_helper(this, RETURN, flags, dst),
            Special::AsyncNext => self.request_async(this, first, NEXT, flags, dst),
            Special::AsyncReturn => self.request_async(this, first, RETURN, flags, dst),
            Special::AsyncThrow => self.request_async(this, first, THROW, flags, dst),
        }
    }

    /// Ends a native by a call, which gives its result: in the same loop, on top of the caller's window, unless the
    /// native's arguments needed a segment of their own.
    pub(crate) fn go_on(
        &mut self,
        f: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
        new_target: Value<'gc>,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        if flags & SEGMENT == 0 {
            return self.enter_at_top_as(f, this, args, new_target, flags, dst);
        }
        self.invoke(f, this, args, new_target).map(Entered::Value)
    }

    /// The same by a program.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn go_on_in(
        &mut self,
        rt: Gc<'gc, CodeRt<'gc>>,
        callee: Value<'gc>,
        this: Value<'gc>,
        new_target: Value<'gc>,
        env: Option<Env<'gc>>,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        if flags & SEGMENT != 0 {
            return self.run_program(rt, callee, this, new_target, env).map(Entered::Value);
        }
        let (segment, top) = (self.segment(), self.top);
        let r = self.enter_program(rt, callee, this, new_target, env, flags, dst);
        if r.is_err() {
            self.restore_stack(segment, top);
        }
        r.map(|()| Entered::Frame)
    }

    /// CreateListFromArrayLike for a short array or `arguments` object, all of whose elements are its own and plain, if
    /// it is one: nothing can be seen of the reads.
    fn few_elements(&self, list: Value<'gc>, out: &mut [Value<'gc>; 8]) -> Option<usize> {
        let Some(o) = list.as_object() else { return list.is_nullish().then_some(0) };
        let n = if o.is_array() {
            o.array_length()
        } else if o.is_class(Class::Arguments) && !o.has(crate::object::EXOTIC) {
            let shape = o.shape();
            let ours = |s: CommonShape| self.realm().shape(s as usize).is_some_and(|s| s.ptr_eq(shape));
            if !ours(CommonShape::SloppyArguments) && !ours(CommonShape::StrictArguments) {
                return None;
            }
            // The first property of these shapes is `length`.
            u32::try_from(o.slot(0).as_int()?).ok()?
        } else {
            return None;
        };
        if n as usize > out.len() {
            return None;
        }
        for (i, out) in out.iter_mut().enumerate().take(n as usize) {
            *out = o.element(i as u32)?;
        }
        Some(n as usize)
    }

    /// CreateListFromArrayLike; undefined and null give an empty list.
    ///
    /// # Errors
    /// A TypeError if it is no object.
    pub fn list_from_array_like(&mut self, v: Value<'gc>) -> JsResult<Vec<Value<'gc>>> {
        if v.is_nullish() {
            return Ok(Vec::new());
        }
        let Some(o) = v.as_object() else { return Err(self.not_a(v, "list of arguments")) };
        let n = self.length_of(o)?;
        if n > 1 << 20 {
            return Err(self.range_error("too many arguments"));
        }
        self.charge(n as usize)?;
        let mut list = Vec::with_capacity(n as usize);
        for i in 0..n as u32 {
            match o.element(i) {
                Some(e) if o.is_array() => list.push(e),
                _ => list.push(o.get(self, PropertyKey::Index(i), v)?),
            }
        }
        Ok(list)
    }
}
