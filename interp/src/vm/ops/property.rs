//! Property access, and filling inline caches.
#![forbid(unsafe_code)]

use crate::object::data::Accessor;
use crate::object::set::Stored;
use crate::object::shape::{ACCESSOR, DEFAULT, ENUMERABLE, Shape, WRITABLE};
use crate::object::typed_array;
use crate::object::{Class, EXOTIC, FROZEN, IS_PROTO, LAZY, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::inline_cache::{Assigned, Ic, IcKind, Reached, known};
use crate::vm::realm::Intrinsic;
use crate::vm::{JsResult, Throw, Vm};
use gc::{Gc, Weak};

/// What a property lookup gave.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Got<'gc> {
    /// A value.
    Value(Value<'gc>),
    /// A getter to be called.
    Getter(Value<'gc>),
}

/// What an assignment came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Put<'gc> {
    /// It is done.
    Done,
    /// A setter to be called.
    Setter(Value<'gc>),
}

impl<'gc> Got<'gc> {
    pub(crate) fn of(a: Gc<'gc, Accessor<'gc>>) -> Got<'gc> {
        if a.get.is_undefined() { Got::Value(Value::undefined()) } else { Got::Getter(a.get) }
    }
}

impl<'gc> Vm<'gc> {
    /// Gets a named property and remembers how.
    ///
    /// `ic` is a cache of the running code: see the dispatch loop's obligations.
    #[inline(never)]
    pub(crate) fn get_cached(
        &mut self,
        v: Value<'gc>,
        key: PropertyKey<'gc>,
        ic: *mut Ic<'gc>,
    ) -> JsResult<Got<'gc>> {
        if let Some(known) = known(ic) {
            match known.read(self.mc, v, self.proto_epoch) {
                Some(Reached::Value(v)) => return Ok(Got::Value(v)),
                Some(Reached::Accessor(a)) => return Ok(Got::of(a)),
                None => {}
            }
        }
        // Places without a cache are megamorphic.
        if known(ic).is_none_or(Ic::is_megamorphic)
            && let Some(o) = v.as_object()
            && let Some(way) = self.st.megamorphic.find(self.mc, o, key, self.proto_epoch)
            && let Some(Reached::Value(v)) = way.read(self.mc, v, self.proto_epoch)
        {
            self.borrow_way(ic, way);
            return Ok(Got::Value(v));
        }
        let Some(receiver) = v.as_object() else { return self.get_of_primitive(v, key, ic) };
        let mut object = receiver;
        let mut hops = 0;
        loop {
            if object.has(EXOTIC) {
                return object.get(self, key, v).map(Got::Value);
            }
            if let Some(p) = object.get_own_ordinary(self, key)? {
                if !matches!(key, PropertyKey::Index(_)) {
                    self.remember_get(receiver, object, hops, key, ic);
                }
                return Ok(match p.accessor() {
                    Some(a) => Got::of(a),
                    None if p.attrs & ACCESSOR != 0 => Got::Value(Value::undefined()),
                    None => Got::Value(p.value),
                });
            }
            hops += 1;
            match object.proto() {
                Some(p) => object = p,
                None => return Ok(Got::Value(Value::undefined())),
            }
        }
    }

    /// A named property of a primitive, remembered for strings and numbers.
    fn get_of_primitive(
        &mut self,
        v: Value<'gc>,
        key: PropertyKey<'gc>,
        ic: *mut Ic<'gc>,
    ) -> JsResult<Got<'gc>> {
        let (kind, first) = if v.is_string() {
            (IcKind::StringProto, Intrinsic::StringPrototype)
        } else if v.is_number() {
            (IcKind::NumberProto, Intrinsic::NumberPrototype)
        } else {
            return self.get_value(v, key).map(Got::Value);
        };
        let got = self.get_value(v, key)?;
        if matches!(key, PropertyKey::Index(_)) || v.is_string() && key == self.names().length {
            return Ok(Got::Value(got));
        }
        let mut o = Some(self.intrinsic(first)?);
        while let Some(holder) = o {
            // A String object is exotic at indices and `length` only, which were dealt with.
            if holder.has(LAZY) || holder.has(EXOTIC) && !holder.is_class(Class::String) {
                break;
            }
            holder.become_prototype(self.mc);
            if let Some(place) = Shape::lookup(holder.shape(), self.mc, key) {
                if place.attrs & ACCESSOR == 0 && holder.slot(place.slot) == got {
                    let (holder, epoch) = (Weak::new(holder.gc()), self.proto_epoch);
                    self.learn(ic, Ic { holder, slot: place.slot, epoch, kind, ..Ic::default() });
                }
                break;
            }
            o = holder.proto();
        }
        Ok(Got::Value(got))
    }

    fn remember_get(
        &mut self,
        receiver: Object<'gc>,
        holder: Object<'gc>,
        hops: u32,
        key: PropertyKey<'gc>,
        ic: *mut Ic<'gc>,
    ) {
        let Some(place) = Shape::lookup(holder.shape(), self.mc, key) else { return };
        let shape = receiver.shape();
        // A dictionary's own hits are good as long as the shape is; what lies behind it is not, as
        // additions do not change it.
        if hops > 0 && (shape.dictionary || receiver.has(LAZY)) {
            return;
        }
        let kind = match hops {
            _ if place.attrs & ACCESSOR != 0 => IcKind::Accessor,
            0 if place.slot < shape.inline => IcKind::OwnInline,
            0 => IcKind::OwnOutline,
            _ => IcKind::Proto,
        };
        self.watch_prototypes(receiver, (hops > 0).then_some(holder));
        let way = Ic {
            shape: Weak::new(shape),
            holder: if hops > 0 { Weak::new(holder.gc()) } else { Weak::empty() },
            slot: place.slot,
            epoch: self.proto_epoch,
            kind,
            ..Ic::default()
        };
        if known(ic).is_none_or(Ic::is_megamorphic) {
            self.st.megamorphic.learn(shape, key, &way);
            self.borrow_way(ic, way);
            return;
        }
        self.learn(ic, way);
    }

    /// Every object on the way to a holder must tell when it changes.
    fn watch_prototypes(&mut self, receiver: Object<'gc>, holder: Option<Object<'gc>>) {
        let Some(holder) = holder else { return };
        let mut o = receiver.proto();
        while let Some(p) = o {
            p.become_prototype(self.mc);
            if p.is(holder) {
                break;
            }
            o = p.proto();
        }
    }

    /// The callee of a method call; a getter is called.
    #[inline(never)]
    pub(crate) fn get_for_call(
        &mut self,
        v: Value<'gc>,
        key: PropertyKey<'gc>,
        ic: *mut Ic<'gc>,
    ) -> JsResult<Value<'gc>> {
        match self.get_cached(v, key, ic)? {
            Got::Value(f) => Ok(f),
            Got::Getter(g) => self.call(g, v, &[]),
        }
    }

    /// The TypeError of calling a property that is no function.
    #[cold]
    pub(crate) fn not_callable(&mut self, this: Value<'gc>, key: PropertyKey<'gc>) -> Throw {
        let text = match key {
            PropertyKey::Name(n) => format!("{}.{} is not a function", self.show(this), n.to_utf8()),
            _ => format!("property {} is not a function", self.show_key(key)),
        };
        self.type_error(&text)
    }

    /// Sets a named property and remembers how.
    #[inline(never)]
    pub(crate) fn set_cached(
        &mut self,
        target: Value<'gc>,
        key: PropertyKey<'gc>,
        v: Value<'gc>,
        strict: bool,
        ic: *mut Ic<'gc>,
    ) -> JsResult<Put<'gc>> {
        let Some(o) = target.as_object() else {
            return self.set_primitive(target, key, v, strict).map(|()| Put::Done);
        };
        if let Some(known) = known(ic)
            && let Some(assigned) = known.write(self.mc, o, v, self.proto_epoch)
        {
            return match assigned {
                Assigned::Done => Ok(Put::Done),
                Assigned::Full => Err(gc::OutOfMemory.into()),
                Assigned::Setter(f) => Ok(Put::Setter(f)),
            };
        }
        let before = o.shape();
        let ordinary = !o.has(EXOTIC | LAZY) && !matches!(key, PropertyKey::Index(_));
        if ordinary && let Some(setter) = self.setter_of(o, key, ic) {
            return Ok(Put::Setter(setter));
        }
        if !o.set(self, key, v, target)? {
            return if strict { Err(self.refused_write(key)) } else { Ok(Put::Done) };
        }
        if !ordinary || o.is_array() && key == self.names().length {
            return Ok(Put::Done);
        }
        let after = o.shape();
        let epoch = self.proto_epoch;
        let shape = Weak::new(before);
        let Some(place) = Shape::lookup(after, self.mc, key) else { return Ok(Put::Done) };
        let slot = place.slot;
        if place.attrs & ACCESSOR != 0 || place.attrs & WRITABLE == 0 {
            return Ok(Put::Done);
        }
        if before.ptr_eq(after) {
            if before.dictionary && before.count() != after.count() {
                return Ok(Put::Done);
            }
            let kind = if slot < after.inline { IcKind::OwnInline } else { IcKind::OwnOutline };
            self.learn(ic, Ic { shape, slot, kind, ..Ic::default() });
        } else if !before.dictionary
            && !after.dictionary
            && slot + 1 == after.count()
            && before.count() + 1 == after.count()
            && !o.has(IS_PROTO | FROZEN)
        {
            // The prototypes have no setter for it: they must tell when they change.
            let mut p = o.proto();
            while let Some(q) = p {
                if q.has(EXOTIC) {
                    return Ok(Put::Done);
                }
                q.become_prototype(self.mc);
                p = q.proto();
            }
            let kind = if slot < after.inline { IcKind::AddInline } else { IcKind::AddOutline };
            let target = Weak::new(after);
            self.learn(ic, Ic { shape, target, slot, epoch, kind, ..Ic::default() });
        }
        Ok(Put::Done)
    }

    /// The setter that an assignment is to call, of the object itself or of a prototype; remembered.
    fn setter_of(&mut self, o: Object<'gc>, key: PropertyKey<'gc>, ic: *mut Ic<'gc>) -> Option<Value<'gc>> {
        let mut holder = o;
        let place = loop {
            if let Some(place) = Shape::lookup(holder.shape(), self.mc, key) {
                break place;
            }
            holder = holder.proto()?;
            if holder.has(EXOTIC | LAZY) {
                return None;
            }
        };
        if place.attrs & ACCESSOR == 0 {
            return None;
        }
        let set = holder.slot(place.slot).as_cell()?.downcast::<Accessor<'gc>>()?.set;
        if set.is_undefined() {
            return None;
        }
        let (shape, slot, kind) = (Weak::new(o.shape()), place.slot, IcKind::Accessor);
        if holder.is(o) {
            self.learn(ic, Ic { shape, slot, kind, ..Ic::default() });
        } else if !o.shape().dictionary {
            self.watch_prototypes(o, Some(holder));
            let (holder, epoch) = (Weak::new(holder.gc()), self.proto_epoch);
            self.learn(ic, Ic { shape, holder, slot, epoch, kind, ..Ic::default() });
        }
        Some(set)
    }

    /// CreateDataProperty of a literal, remembered.
    #[inline(never)]
    pub(crate) fn init_prop(
        &mut self,
        target: Value<'gc>,
        key: PropertyKey<'gc>,
        v: Value<'gc>,
        ic: *mut Ic<'gc>,
    ) -> JsResult<()> {
        let o = target.as_object().expect("literals are objects");
        let before = o.shape();
        if o.has(EXOTIC | LAZY) || o.is_array() || o.get_own_ordinary(self, key)?.is_some() {
            return o.create_data_or_throw(self, key, v);
        }
        if o.has(FROZEN) {
            return o.create_data_or_throw(self, key, v);
        }
        o.create(self, key, v, DEFAULT)?;
        let after = o.shape();
        if !before.dictionary
            && !after.dictionary
            && before.count() + 1 == after.count()
            && before.count() < after.inline
            && !o.has(IS_PROTO)
        {
            let (shape, target) = (Weak::new(before), Weak::new(after));
            let (slot, epoch) = (before.count(), self.proto_epoch);
            self.learn(ic, Ic { shape, target, slot, epoch, kind: IcKind::AddInline, ..Ic::default() });
        }
        Ok(())
    }

    fn set_primitive(
        &mut self,
        target: Value<'gc>,
        key: PropertyKey<'gc>,
        v: Value<'gc>,
        strict: bool,
    ) -> JsResult<()> {
        if target.is_nullish() || target.is_hole() {
            let text = format!("cannot set property {} of {}", self.show_key(key), self.show(target));
            return Err(self.type_error(&text));
        }
        let proto = self.proto_of_primitive(target, key)?;
        // An own property of a string is read-only.
        if let Some(s) = target.as_string() {
            let own = match key {
                PropertyKey::Index(i) => (i as usize) < s.len(),
                k => k == self.names().length,
            };
            if own {
                return if strict { Err(self.refused_write(key)) } else { Ok(()) };
            }
        }
        if !proto.set(self, key, v, target)? && strict {
            return Err(self.refused_write(key));
        }
        Ok(())
    }

    /// `o[k]`
    pub(crate) fn get_elem(&mut self, o: Value<'gc>, k: Value<'gc>) -> JsResult<Value<'gc>> {
        // Fast path: an element of a typed array that is there.
        if let (Some(a), Some(i)) = (o.as_object(), k.as_int())
            && let Some(view) = typed_array::view(a)
            && i >= 0
            && view.length().is_some_and(|n| (i as usize) < n)
        {
            return typed_array::element(self, view, i as usize);
        }
        if let (Some(s), Some(i)) = (o.as_string(), k.as_int())
            && i >= 0
            && (i as usize) < s.len()
        {
            let unit = s.units(self.mc)?.at(i as usize);
            return self.char(unit).map(Value::string);
        }
        if o.is_nullish() {
            let text = match k.as_string() {
                Some(s) => format!("cannot read property '{}' of {}", s.to_utf8(), self.show(o)),
                None => format!("cannot read properties of {}", self.show(o)),
            };
            return Err(self.type_error(&text));
        }
        let key = self.to_key(k)?;
        self.get_value(o, key)
    }

    /// `o[k] = v`, up to the call of a setter.
    pub(crate) fn set_elem(
        &mut self,
        o: Value<'gc>,
        k: Value<'gc>,
        v: Value<'gc>,
        strict: bool,
    ) -> JsResult<Put<'gc>> {
        // Fast path: an element of a typed array that is there.
        if let (Some(a), Some(i)) = (o.as_object(), k.as_int())
            && let Some(view) = typed_array::view(a)
            && i >= 0
            && !view.buffer.immutable.get()
        {
            return typed_array::set_element(self, view, Some(i as usize), v).map(|()| Put::Done);
        }
        if let (Some(a), Some(i)) = (o.as_object(), k.as_int()) {
            // Appending to an array.
            if a.is_array()
                && i >= 0
                && i as u32 == a.array_length()
                && !a
                    .has(EXOTIC | FROZEN | crate::object::SLOW_INDEX | crate::object::FIXED_LENGTH | IS_PROTO)
                && self.plain_array_prototypes(a)
            {
                return self.array_push(a, v).map(|()| Put::Done);
            }
        }
        if o.is_nullish() || o.is_hole() {
            let text = format!("cannot set properties of {}", self.show(o));
            return Err(self.type_error(&text));
        }
        let key = self.to_key(k)?;
        match o.as_object() {
            Some(object) => self.put(object, key, v, o, strict),
            None => self.set_primitive(o, key, v, strict).map(|()| Put::Done),
        }
    }

    /// [[Set]] and its refusal in strict code, up to the call of a setter.
    pub(crate) fn put(
        &mut self,
        object: Object<'gc>,
        key: PropertyKey<'gc>,
        v: Value<'gc>,
        receiver: Value<'gc>,
        strict: bool,
    ) -> JsResult<Put<'gc>> {
        match object.store(self, key, v, receiver)? {
            Stored::Setter(f) => Ok(Put::Setter(f)),
            Stored::Refused if strict => Err(self.refused_write(key)),
            Stored::Done | Stored::Refused => Ok(Put::Done),
        }
    }

    /// Whether no prototype of an array has anything at an index.
    pub(crate) fn plain_array_prototypes(&self, a: Object<'gc>) -> bool {
        let mut p = a.proto();
        while let Some(o) = p {
            if o.has(EXOTIC | crate::object::SLOW_INDEX) || !o.elements().is_empty() {
                return false;
            }
            p = o.proto();
        }
        true
    }

    /// `delete o[k]`
    pub(crate) fn delete_elem(&mut self, o: Value<'gc>, k: Value<'gc>, strict: bool) -> JsResult<Value<'gc>> {
        let object = self.to_object(o)?;
        let key = self.to_key(k)?;
        let done = object.delete(self, key)?;
        if !done && strict {
            let text = format!("cannot delete property {}", self.show_key(key));
            return Err(self.type_error(&text));
        }
        Ok(Value::bool(done))
    }

    /// ToPropertyKey as a value.
    pub(crate) fn to_key_value(&mut self, v: Value<'gc>) -> JsResult<Value<'gc>> {
        if v.is_int() || v.is_string() || v.is_symbol() {
            return Ok(v);
        }
        Ok(match self.to_key(v)? {
            PropertyKey::Index(i) => Value::string(self.to_string(Value::number(f64::from(i)))?),
            key => key.to_value(),
        })
    }

    /// CreateDataProperty with any key.
    pub(crate) fn init_elem(&mut self, o: Value<'gc>, k: Value<'gc>, v: Value<'gc>) -> JsResult<()> {
        let object = o.as_object().expect("literals and classes are objects");
        let key = self.to_key(k)?;
        object.create_data_or_throw(self, key, v)
    }

    /// DefineMethod and accessors of literals and classes.
    pub(crate) fn define_method(
        &mut self,
        o: Value<'gc>,
        k: Value<'gc>,
        f: Value<'gc>,
        flags: u32,
    ) -> JsResult<()> {
        self.set_home(f, o);
        if flags & 8 != 0 {
            let prefix = if flags & 2 != 0 {
                1
            } else if flags & 4 != 0 {
                2
            } else {
                0
            };
            self.set_function_name(f, k, prefix)?;
        }
        self.define_method_property(o, k, f, flags)
    }

    /// DefineMethodProperty: the function stays as it is.
    pub(crate) fn define_method_property(
        &mut self,
        o: Value<'gc>,
        k: Value<'gc>,
        f: Value<'gc>,
        flags: u32,
    ) -> JsResult<()> {
        use crate::object::descriptor::Descriptor;
        let object = o.as_object().expect("literals and classes are objects");
        let key = self.to_key(k)?;
        let attrs = if flags & 1 != 0 { DEFAULT } else { DEFAULT & !ENUMERABLE };
        let desc = if flags & 2 != 0 {
            Descriptor {
                get: Some(f),
                enumerable: Some(flags & 1 != 0),
                configurable: Some(true),
                ..Descriptor::default()
            }
        } else if flags & 4 != 0 {
            Descriptor {
                set: Some(f),
                enumerable: Some(flags & 1 != 0),
                configurable: Some(true),
                ..Descriptor::default()
            }
        } else {
            Descriptor::data(f, attrs)
        };
        if !object.define(self, key, &desc)? {
            let text = format!("cannot define property {}", self.show_key(key));
            return Err(self.type_error(&text));
        }
        Ok(())
    }

    /// `__proto__: v` in a literal.
    pub(crate) fn literal_proto(&mut self, o: Value<'gc>, p: Value<'gc>) -> JsResult<()> {
        let object = o.as_object().expect("literals are objects");
        if p.is_null() {
            object.set_proto(self, None)?;
        } else if let Some(p) = p.as_object() {
            object.set_proto(self, Some(p))?;
        }
        Ok(())
    }

    /// Where `super[k]` is looked for, and the key.
    pub(crate) fn super_place(
        &mut self,
        f: Value<'gc>,
        k: Value<'gc>,
    ) -> JsResult<(Object<'gc>, PropertyKey<'gc>)> {
        let home = self.home_of(f);
        let proto = match home {
            Some(h) => h.get_proto(self)?,
            None => None,
        };
        let Some(proto) = proto else {
            let key = self.to_key(k)?;
            let text = format!("cannot use property {} of super, which is null", self.show_key(key));
            return Err(self.type_error(&text));
        };
        Ok((proto, self.to_key(k)?))
    }
}
