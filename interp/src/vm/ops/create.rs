//! Making arrays, arguments, templates, regular expressions; calls with spread; eval.

use std::cell::Cell;

use gc::{Gc, Weak};

use crate::bytecode::code::Const;
use crate::object::data::{Accessor, MappedArguments, ObjectData};
use crate::object::shape::{ACCESSOR, DEFAULT, HIDDEN};
use crate::object::{Class, EXOTIC, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::call::Entered;
use crate::vm::inline_cache::{Ic, IcKind};
use crate::vm::realm::{CommonShape, Intrinsic, Realm};
use crate::vm::{JsResult, Throw, Vm};

impl<'gc> Vm<'gc> {
    /// Adds a way to an inline cache of the running code, if there is one.
    #[inline]
    pub(crate) fn learn(&mut self, ic: *mut Ic<'gc>, way: Ic<'gc>) {
        if !ic.is_null() {
            let code = self.current_frame().expect("a frame runs").rt;
            crate::vm::inline_cache::learn(ic, self.mc, code, way);
        }
    }

    /// Puts a way of the engine's table first in an inline cache of the running code, if there is one.
    #[inline]
    pub(crate) fn borrow_way(&mut self, ic: *mut Ic<'gc>, way: Ic<'gc>) {
        if !ic.is_null() {
            let code = self.current_frame().expect("a frame runs").rt;
            crate::vm::inline_cache::borrow(ic, self.mc, code, way);
        }
    }

    /// `this` of a sloppy function.
    pub(crate) fn coerce_this(&mut self, this: Value<'gc>) -> JsResult<Value<'gc>> {
        if this.is_nullish() {
            return Ok(Value::object(self.code_realm().global()));
        }
        self.to_object(this).map(Value::object)
    }

    /// An object literal that was not made here before: its shape is remembered.
    pub(crate) fn new_literal(
        &mut self,
        values: &[Value<'gc>],
        first: u32,
        ic: *mut Ic<'gc>,
        inline: u32,
    ) -> JsResult<Object<'gc>> {
        let rt = self.current_frame().expect("a frame runs").rt;
        let object = self.new_object(inline)?;
        for (key, &v) in rt.keys[first as usize..].iter().zip(values) {
            object.create(self, *key, v, DEFAULT)?;
        }
        let shape = object.shape();
        if !shape.dictionary && inline as usize >= values.len() {
            self.learn(ic, Ic { target: Weak::new(shape), kind: IcKind::AddInline, ..Ic::default() });
        }
        Ok(object)
    }

    /// Appends to an array literal.
    pub(crate) fn literal_push(&mut self, array: Value<'gc>, v: Value<'gc>) -> JsResult<()> {
        let a = array.as_object().expect("literals are arrays");
        self.array_push(a, v)
    }

    /// Begins a call whose arguments are pushed at the top of the stack.
    pub(crate) fn enter_at_top(
        &mut self,
        f: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        self.enter_at_top_as(f, this, args, Value::undefined(), 0, dst)
    }

    /// As [`Vm::enter_at_top`], with a new target and more flags for the frame.
    pub(crate) fn enter_at_top_as(
        &mut self,
        f: Value<'gc>,
        this: Value<'gc>,
        args: &[Value<'gc>],
        new_target: Value<'gc>,
        flags: u8,
        dst: u8,
    ) -> JsResult<Entered<'gc>> {
        let (segment, top) = (self.segment(), self.top);
        let (base, more) = self.push_args(f, this, args)?;
        // SAFETY: they were just pushed. (A new segment is popped with the frame.)
        let entered = unsafe { self.enter(f, base, args.len(), new_target, flags | more, dst) };
        if !matches!(entered, Ok(Entered::Frame | Entered::FrameThrow)) {
            self.restore_stack(segment, top);
        }
        entered
    }

    /// The values of a spread's array.
    pub(crate) fn spread_args(&mut self, list: Value<'gc>) -> JsResult<Vec<Value<'gc>>> {
        let a = list.as_object().expect("the compiler makes an array");
        let n = a.array_length() as usize;
        if n > 1 << 18 {
            return Err(self.range_error("too many arguments"));
        }
        let elements = a.elements();
        Ok((0..n)
            .map(|i| match elements.get(i).map(|v| v.get()) {
                Some(v) if !v.is_hole() => v,
                _ => Value::undefined(),
            })
            .collect())
    }

    /// The template object of a site, made once.
    pub(crate) fn template_object(&mut self, index: u32) -> JsResult<Value<'gc>> {
        let rt = self.current_frame().expect("a frame runs").rt;
        let known = rt.consts[index as usize].get();
        if !known.is_hole() {
            return Ok(known);
        }
        let Const::Template(parts) = rt.code.consts[index as usize].clone() else {
            return Ok(Value::undefined());
        };
        let (mut cooked, mut raw) = (Vec::new(), Vec::new());
        for (c, r) in parts.iter() {
            cooked.push(match c {
                Some(t) => Value::string(crate::object::ordinary::gc_text(self, t)?),
                None => Value::undefined(),
            });
            raw.push(Value::string(crate::object::ordinary::gc_text(self, r)?));
        }
        let (object, raw) = (self.array_from(&cooked)?, self.array_from(&raw)?);
        crate::builtins::object::set_integrity(self, raw, true)?;
        let key = self.names().raw;
        object.define_own(self, key, Value::object(raw), 0)?;
        crate::builtins::object::set_integrity(self, object, true)?;
        let v = Value::object(object);
        Gc::write(self.mc, rt).project(|r| &r.consts).unbox().get(index as usize).expect("a constant").set(v);
        Ok(v)
    }

    /// A regular expression literal.
    pub(crate) fn new_regexp(&mut self, pattern: u32, flags: u32) -> JsResult<Value<'gc>> {
        let rt = self.current_frame().expect("a frame runs").rt;
        let (p, f) = (rt.consts[pattern as usize].get(), rt.consts[flags as usize].get());
        crate::builtins::regexp::create(self, p, f)
    }

    /// The `arguments` object.
    pub(crate) fn create_arguments(
        &mut self,
        mapped: bool,
        env: Value<'gc>,
        scope: u32,
    ) -> JsResult<Value<'gc>> {
        let frame = self.current_frame().expect("a frame runs");
        let (list, callee, code) = (frame.arguments(), frame.callee(), frame.rt);
        let code = &code.code;
        // Sloppy functions with plain parameters have a mapped object, or one without anything to map.
        let sloppy = !code.strict && code.simple_params;
        let at = if sloppy { CommonShape::SloppyArguments } else { CommonShape::StrictArguments };
        let known = self.realm().shape(at as usize);
        let shape = match known {
            Some(shape) => shape,
            None => {
                let proto = self.intrinsic(Intrinsic::ObjectPrototype)?;
                self.root_shape(Some(proto), 3)
            }
        };
        let n = list.len();
        let object = Object::new(self.mc, shape, Class::Arguments, 0, ObjectData::None)?;
        if n > 0 {
            let elements = self.mc.alloc_tail((), n, |i| gc::Lock::new(list[i]))?;
            object.set_elements(self.mc, Some(elements));
        }
        let values = Value::object(self.intrinsic(Intrinsic::ArrayProtoValues)?);
        let callee = if sloppy { callee } else { self.throwing_callee()? };
        let of_slots = [Value::number(n as f64), values, callee];
        if known.is_some() {
            for (i, v) in of_slots.into_iter().enumerate() {
                object.set_slot(self.mc, i as u32, v);
            }
        } else {
            let keys = [self.names().length, self.well_known(WellKnown::Iterator), self.names().callee];
            let attrs = [HIDDEN, HIDDEN, if sloppy { HIDDEN } else { ACCESSOR }];
            for ((key, v), attrs) in keys.into_iter().zip(of_slots).zip(attrs) {
                object.create(self, key, v, attrs)?;
            }
            Realm::set_shape(self.realm(), self.mc, at as usize, object.shape());
        }
        if sloppy && let (true, Some(env)) = (mapped, super::name::env_value(env)) {
            let params = &code.scopes[scope as usize].params;
            let slots = params.iter().take(n).map(|&s| Cell::new((s != u32::MAX).then_some(s))).collect();
            let data = self.mc.try_alloc(MappedArguments { env, slots })?;
            object.set_data(self.mc, ObjectData::Arguments(data));
            object.set_flags(EXOTIC);
        }
        Ok(Value::object(object))
    }

    /// What strict `arguments` objects have as `callee`.
    fn throwing_callee(&mut self) -> JsResult<Value<'gc>> {
        let thrower = Value::object(self.intrinsic(Intrinsic::ThrowTypeError)?);
        let cell = self.mc.try_alloc(Accessor { get: thrower, set: thrower })?;
        Ok(Value::cell(cell.erase()))
    }

    /// A rest parameter's array.
    pub(crate) fn create_rest(&mut self, from: usize) -> JsResult<Value<'gc>> {
        let list = self.current_frame().expect("a frame runs").arguments();
        self.array_from(list.get(from..).unwrap_or(&[])).map(Value::object)
    }

    /// The TypeError of taking apart undefined or null.
    #[cold]
    pub(crate) fn not_coercible(&mut self, v: Value<'gc>) -> Throw {
        let text = format!("cannot destructure {} as it has no properties", self.show(v));
        self.type_error(&text)
    }

    /// Whether a callee is %eval%.
    pub(crate) fn is_eval(&self, v: Value<'gc>) -> bool {
        self.code_realm().get(Intrinsic::Eval).is_some_and(|e| v == Value::object(e))
    }

    /// Whether a collection is wanted at the next chance.
    #[inline]
    pub(crate) fn wants_collection(&self) -> bool {
        self.mc.pressure() || self.st.collect_soon
    }

    /// Collects when the outermost loop polls next, which is soon.
    pub(crate) fn collect_soon(&mut self) {
        self.st.collect_soon = true;
        self.poll_soon();
    }

    /// Whether the looping back-end was asked for.
    #[inline]
    pub(crate) fn looped(&self) -> bool {
        self.st.config.looped
    }

    /// A property of an object by its name, for natives.
    ///
    /// # Errors
    /// What a getter throws.
    pub fn get_named(&mut self, o: Object<'gc>, name: &str) -> JsResult<Value<'gc>> {
        let key = self.key(name)?;
        o.get(self, key, Value::object(o))
    }

    /// A property key of an index of any size.
    ///
    /// # Errors
    /// If memory is full.
    pub fn index_key(&mut self, i: u64) -> JsResult<PropertyKey<'gc>> {
        if i < u64::from(u32::MAX) {
            return Ok(PropertyKey::Index(i as u32));
        }
        let s = self.str(&crate::value::number::to_text(i as f64))?;
        self.key_of(s)
    }
}
