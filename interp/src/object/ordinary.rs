//! The internal methods of objects (10.1), with those of arrays, functions and arguments built in;
//! other exotic objects branch off to `exotic.rs`.
#![forbid(unsafe_code)]

use gc::Gc;

use super::data::{Accessor, ObjectData};
use super::descriptor::Descriptor;
use super::shape::{ACCESSOR, CONFIGURABLE, DEFAULT, ENUMERABLE, HIDDEN, Shape, WRITABLE};
use super::{Class, EXOTIC, FIXED_LENGTH, FROZEN, IS_PROTO, LAZY, Object, SLOW_INDEX, exotic};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{JsResult, Vm};

/// An own property: a value, or an accessor pair as an internal cell.
#[derive(Clone, Copy, Debug)]
pub struct Prop<'gc> {
    /// The value or accessor.
    pub value: Value<'gc>,
    /// The attributes.
    pub attrs: u8,
}

impl<'gc> Prop<'gc> {
    /// The accessor pair.
    pub fn accessor(&self) -> Option<Gc<'gc, Accessor<'gc>>> {
        if self.attrs & ACCESSOR == 0 {
            return None;
        }
        self.value.as_cell()?.downcast()
    }
    /// As a full descriptor.
    pub fn descriptor(&self) -> Descriptor<'gc> {
        match self.accessor() {
            Some(a) => Descriptor::accessor(a.get, a.set, self.attrs),
            None => Descriptor::data(self.value, self.attrs),
        }
    }
}

/// How far beyond the elements an index may be and still extend them.
const MAX_GAP: usize = 1024;

impl<'gc> Object<'gc> {
    /// An own property of an object that is not `EXOTIC`, or its ordinary part.
    #[inline]
    pub fn get_own_ordinary(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> JsResult<Option<Prop<'gc>>> {
        match key {
            PropertyKey::Index(i) => {
                if let Some(value) = self.element(i) {
                    return Ok(Some(Prop { value, attrs: DEFAULT }));
                }
                if !self.has(SLOW_INDEX) {
                    return Ok(None);
                }
            }
            PropertyKey::Name(_) => {
                if self.is_array() && key == vm.names().length {
                    let attrs = if self.has(FIXED_LENGTH) { 0 } else { WRITABLE };
                    return Ok(Some(Prop { value: Value::number(f64::from(self.array_length())), attrs }));
                }
                self.make_lazy_for(vm, key)?;
            }
            PropertyKey::Symbol(_) => {}
        }
        let found = Shape::lookup(self.shape(), vm.mc, key)
            .map(|p| Prop { value: self.slot(p.slot), attrs: p.attrs });
        match found {
            Some(p) if p.value.is_hole() && self.is_class(Class::Global) => {
                // A built-in that nobody asked for yet.
                crate::builtins::make_global(vm, self, key)?;
                Ok(Shape::lookup(self.shape(), vm.mc, key)
                    .map(|p| Prop { value: self.slot(p.slot), attrs: p.attrs }))
            }
            found => Ok(found),
        }
    }

    /// Makes a function's `length`, `name` and `prototype` if one of them is wanted.
    fn make_lazy_for(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> JsResult<()> {
        let n = vm.names();
        if self.has(LAZY) && (key == n.length || key == n.name || key == n.prototype) {
            self.make_lazy(vm)?;
        }
        Ok(())
    }

    /// Makes a function's `length`, `name` and `prototype`.
    ///
    /// # Errors
    /// If memory is full.
    pub fn make_lazy(self, vm: &mut Vm<'gc>) -> JsResult<()> {
        if !self.has(LAZY) {
            return Ok(());
        }
        self.clear_flags(LAZY);
        // What is made belongs to the function's realm, whoever asks first.
        let realm = vm.function_realm(self)?;
        let asking = vm.st.native_realm.replace(realm);
        let made = self.make_own(vm);
        vm.st.native_realm = asking;
        made
    }

    fn make_own(self, vm: &mut Vm<'gc>) -> JsResult<()> {
        let (length_key, name_key) = (vm.names().length, vm.names().name);
        match self.data() {
            ObjectData::Closure(c) => {
                let code = c.code.get().code.clone();
                let name = gc_text(vm, &code.name)?;
                self.define_own(vm, length_key, Value::number(f64::from(code.length)), CONFIGURABLE)?;
                self.define_own(vm, name_key, Value::string(name), CONFIGURABLE)?;
                let prototype = vm.names().prototype;
                if code.is_generator {
                    let parent = if code.is_async {
                        Intrinsic::AsyncGeneratorPrototype
                    } else {
                        Intrinsic::GeneratorPrototype
                    };
                    let parent = vm.intrinsic(parent)?;
                    let shape = vm.root_shape(Some(parent), 0);
                    let proto = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
                    self.define_own(vm, prototype, Value::object(proto), WRITABLE)?;
                } else if self.is_constructor() && !code.is_class_constructor {
                    let parent = vm.intrinsic(Intrinsic::ObjectPrototype)?;
                    let shape = vm.root_shape(Some(parent), 1);
                    let proto = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
                    let constructor = vm.names().constructor;
                    proto.define_own(vm, constructor, Value::object(self), HIDDEN)?;
                    self.define_own(vm, prototype, Value::object(proto), WRITABLE)?;
                }
            }
            ObjectData::Native(n) => {
                self.define_own(vm, length_key, Value::number(f64::from(n.length)), CONFIGURABLE)?;
                let name = crate::builtins::function_name(vm, n.name, n.prefix)?;
                self.define_own(vm, name_key, Value::string(name), CONFIGURABLE)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// [[GetOwnProperty]]
    ///
    /// # Errors
    /// What a proxy's trap throws.
    #[inline]
    pub fn get_own(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> JsResult<Option<Prop<'gc>>> {
        if self.has(EXOTIC) {
            return exotic::get_own(vm, self, key);
        }
        self.get_own_ordinary(vm, key)
    }

    /// An own data property of an ordinary object, without running anything.
    pub fn get_own_data(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> Option<Value<'gc>> {
        if self.has(EXOTIC) {
            return None;
        }
        match self.get_own_ordinary(vm, key) {
            Ok(Some(p)) if p.attrs & ACCESSOR == 0 => Some(p.value),
            _ => None,
        }
    }

    /// [[Get]]
    ///
    /// # Errors
    /// What a getter or trap throws.
    pub fn get(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>, receiver: Value<'gc>) -> JsResult<Value<'gc>> {
        let mut object = self;
        loop {
            if object.has(EXOTIC) {
                if let Some(r) = exotic::get(vm, object, key, receiver)? {
                    return Ok(r);
                }
            } else if let Some(p) = object.get_own_ordinary(vm, key)? {
                return vm.prop_value(p, receiver);
            }
            match object.proto() {
                Some(p) => object = p,
                None => return Ok(Value::undefined()),
            }
        }
    }

    /// [[HasProperty]]
    ///
    /// # Errors
    /// What a trap throws.
    pub fn has_property(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> JsResult<bool> {
        let mut object = self;
        loop {
            if object.has(EXOTIC) {
                if let Some(r) = exotic::has(vm, object, key)? {
                    return Ok(r);
                }
            } else if object.get_own_ordinary(vm, key)?.is_some() {
                return Ok(true);
            }
            match object.proto() {
                Some(p) => object = p,
                None => return Ok(false),
            }
        }
    }

    /// Creates a property that is not there, without checks. Those a function has from the beginning come first.
    ///
    /// # Errors
    /// If memory is full.
    pub fn create(
        self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        value: Value<'gc>,
        attrs: u8,
    ) -> JsResult<()> {
        let mc = vm.mc;
        if self.has(LAZY) && !matches!(key, PropertyKey::Index(_)) {
            self.make_lazy(vm)?;
        }
        if let PropertyKey::Index(i) = key {
            let i = i as usize;
            let len = self.elements().len();
            if attrs == DEFAULT && (i < len || i <= len + MAX_GAP) {
                if i >= len {
                    let want = if i == len { len + len / 2 + 4 } else { i + 1 };
                    self.reserve_elements(mc, want)?;
                }
                self.set_element(mc, i as u32, value);
                if self.has(IS_PROTO) {
                    vm.prototype_changed();
                }
                return Ok(());
            }
            self.set_flags(SLOW_INDEX);
            if !self.shape().dictionary {
                self.set_shape(mc, Shape::to_dictionary(self.shape(), mc));
            }
        }
        let shape = Shape::add(self.shape(), mc, key, attrs);
        self.put_slot(mc, shape.count() - 1, value)?;
        self.set_shape(mc, shape);
        if self.has(IS_PROTO) {
            vm.prototype_changed();
        }
        Ok(())
    }

    /// Creates or replaces an own property of an ordinary object, without checks.
    ///
    /// # Errors
    /// If memory is full.
    pub fn define_own(
        self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        value: Value<'gc>,
        attrs: u8,
    ) -> JsResult<()> {
        if let PropertyKey::Index(i) = key
            && self.element(i).is_some()
        {
            if attrs == DEFAULT {
                self.set_element(vm.mc, i, value);
                return Ok(());
            }
            self.set_element(vm.mc, i, Value::hole());
        }
        match Shape::lookup(self.shape(), vm.mc, key) {
            Some(p) => {
                if p.attrs != attrs {
                    self.set_shape(vm.mc, Shape::change(self.shape(), vm.mc, key, attrs));
                    if self.has(IS_PROTO) {
                        vm.prototype_changed();
                    }
                }
                self.set_slot(vm.mc, p.slot, value);
                Ok(())
            }
            None => self.create(vm, key, value, attrs),
        }
    }

    /// An accessor property, without checks.
    ///
    /// # Errors
    /// If memory is full.
    pub fn define_accessor(
        self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        get: Value<'gc>,
        set: Value<'gc>,
        attrs: u8,
    ) -> JsResult<()> {
        let cell = vm.mc.try_alloc(Accessor { get, set })?;
        self.define_own(vm, key, Value::cell(cell.erase()), attrs & !WRITABLE | ACCESSOR)
    }

    /// [[DefineOwnProperty]]; false if it was refused.
    ///
    /// # Errors
    /// What a trap throws, or a RangeError for an array's length.
    pub fn define(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>, desc: &Descriptor<'gc>) -> JsResult<bool> {
        if self.has(EXOTIC)
            && let Some(r) = exotic::define(vm, self, key, desc)?
        {
            return Ok(r);
        }
        if self.is_array() {
            if key == vm.names().length {
                return exotic::array_set_length(vm, self, desc);
            }
            if let PropertyKey::Index(i) = key
                && i >= self.array_length()
            {
                if self.has(FIXED_LENGTH) {
                    return Ok(false);
                }
                if !self.define_ordinary(vm, key, desc)? {
                    return Ok(false);
                }
                self.set_array_length(i + 1);
                return Ok(true);
            }
        }
        self.define_ordinary(vm, key, desc)
    }

    /// OrdinaryDefineOwnProperty (10.1.6.1).
    ///
    /// # Errors
    /// If memory is full.
    pub fn define_ordinary(
        self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        desc: &Descriptor<'gc>,
    ) -> JsResult<bool> {
        let Some(current) = self.get_own_ordinary(vm, key)? else {
            if self.has(FROZEN) {
                return Ok(false);
            }
            if desc.is_accessor() {
                let (get, set) =
                    (desc.get.unwrap_or(Value::undefined()), desc.set.unwrap_or(Value::undefined()));
                let cell = vm.mc.try_alloc(Accessor { get, set })?;
                self.create(vm, key, Value::cell(cell.erase()), desc.attrs() & !WRITABLE | ACCESSOR)?;
            } else {
                self.create(vm, key, desc.value.unwrap_or(Value::undefined()), desc.attrs())?;
            }
            return Ok(true);
        };
        let attrs = current.attrs;
        if attrs & CONFIGURABLE == 0 {
            if desc.configurable == Some(true)
                || desc.enumerable.is_some_and(|e| e != (attrs & ENUMERABLE != 0))
                || (desc.is_accessor() || desc.is_data()) && desc.is_accessor() != (attrs & ACCESSOR != 0)
            {
                return Ok(false);
            }
            if let Some(a) = current.accessor() {
                if desc.get.is_some_and(|g| !vm.same_value(g, a.get))
                    || desc.set.is_some_and(|s| !vm.same_value(s, a.set))
                {
                    return Ok(false);
                }
            } else if attrs & WRITABLE == 0 {
                if desc.writable == Some(true) {
                    return Ok(false);
                }
                if let Some(v) = desc.value
                    && !vm.same_value(v, current.value)
                {
                    return Ok(false);
                }
            }
        }
        let keep = |b: Option<bool>, flag: u8| match b {
            Some(true) => flag,
            Some(false) => 0,
            None => attrs & flag,
        };
        let mut new = keep(desc.enumerable, ENUMERABLE) | keep(desc.configurable, CONFIGURABLE);
        if desc.is_accessor() {
            let old = current.accessor();
            let get = desc.get.or(old.map(|a| a.get)).unwrap_or(Value::undefined());
            let set = desc.set.or(old.map(|a| a.set)).unwrap_or(Value::undefined());
            new |= ACCESSOR;
            let cell = vm.mc.try_alloc(Accessor { get, set })?;
            self.define_own(vm, key, Value::cell(cell.erase()), new)?;
            // A cache may hold the old pair's attributes but never its functions.
            if self.has(IS_PROTO) {
                vm.prototype_changed();
            }
        } else if desc.is_data() && attrs & ACCESSOR != 0 {
            new |= if desc.writable == Some(true) { WRITABLE } else { 0 };
            self.define_own(vm, key, desc.value.unwrap_or(Value::undefined()), new)?;
        } else {
            new |= if attrs & ACCESSOR != 0 { ACCESSOR } else { keep(desc.writable, WRITABLE) };
            self.define_own(vm, key, desc.value.unwrap_or(current.value), new)?;
        }
        Ok(true)
    }

    /// CreateDataProperty.
    ///
    /// # Errors
    /// What a trap throws.
    pub fn create_data(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>, value: Value<'gc>) -> JsResult<bool> {
        self.define(vm, key, &Descriptor::data(value, DEFAULT))
    }

    /// CreateDataPropertyOrThrow.
    ///
    /// # Errors
    /// A TypeError if it is refused.
    pub fn create_data_or_throw(
        self,
        vm: &mut Vm<'gc>,
        key: PropertyKey<'gc>,
        value: Value<'gc>,
    ) -> JsResult<()> {
        if !self.create_data(vm, key, value)? {
            let text = format!("cannot define property {}", vm.show_key(key));
            return Err(vm.type_error(&text));
        }
        Ok(())
    }

    /// Set with `throw` true.
    ///
    /// # Errors
    /// A TypeError if it is refused.
    pub fn put(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>, value: Value<'gc>) -> JsResult<()> {
        if !self.set(vm, key, value, Value::object(self))? {
            return Err(vm.refused_write(key));
        }
        Ok(())
    }

    /// [[Delete]]; false if it was refused.
    ///
    /// # Errors
    /// What a trap throws.
    pub fn delete(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> JsResult<bool> {
        if self.has(EXOTIC)
            && let Some(r) = exotic::delete(vm, self, key)?
        {
            return Ok(r);
        }
        let Some(p) = self.get_own_ordinary(vm, key)? else { return Ok(true) };
        if p.attrs & CONFIGURABLE == 0 {
            return Ok(false);
        }
        self.remove(vm, key);
        Ok(true)
    }

    /// Removes an own property without checks.
    pub fn remove(self, vm: &mut Vm<'gc>, key: PropertyKey<'gc>) {
        if let PropertyKey::Index(i) = key
            && self.element(i).is_some()
        {
            self.set_element(vm.mc, i, Value::hole());
            return;
        }
        if let Some(p) = Shape::lookup(self.shape(), vm.mc, key) {
            self.set_slot(vm.mc, p.slot, Value::undefined());
            self.set_shape(vm.mc, Shape::remove(self.shape(), vm.mc, key));
            if self.has(IS_PROTO) {
                vm.prototype_changed();
            }
        }
    }

    /// [[OwnPropertyKeys]]: indices in order, then strings, then symbols; private names left out.
    ///
    /// # Errors
    /// What a trap throws.
    pub fn own_keys(self, vm: &mut Vm<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
        if self.has(EXOTIC) {
            return exotic::own_keys(vm, self);
        }
        self.own_keys_ordinary(vm)
    }

    /// The keys of the ordinary part.
    ///
    /// # Errors
    /// If memory is full.
    pub fn own_keys_ordinary(self, vm: &mut Vm<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
        self.make_lazy(vm)?;
        let elements = self.elements();
        vm.charge(elements.len() / 8)?;
        let mut keys: Vec<_> = elements
            .iter()
            .enumerate()
            .filter(|(_, v)| !v.get().is_hole())
            .map(|(i, _)| PropertyKey::Index(i as u32))
            .collect();
        let entries = Shape::entries(self.shape());
        if self.has(SLOW_INDEX) {
            keys.extend(entries.iter().map(|e| e.0).filter(|k| matches!(k, PropertyKey::Index(_))));
            keys.sort_by_key(|k| match k {
                PropertyKey::Index(i) => *i,
                _ => 0,
            });
        }
        if self.is_array() {
            keys.push(vm.names().length);
        }
        keys.extend(entries.iter().map(|e| e.0).filter(|k| matches!(k, PropertyKey::Name(_))));
        keys.extend(entries.iter().map(|e| e.0).filter(|k| k.is_symbol() && !k.is_private()));
        Ok(keys)
    }

    /// [[GetPrototypeOf]]
    ///
    /// # Errors
    /// What a trap throws.
    pub fn get_proto(self, vm: &mut Vm<'gc>) -> JsResult<Option<Object<'gc>>> {
        if self.is_class(Class::Proxy) {
            return exotic::proxy::get_proto(vm, self);
        }
        Ok(self.proto())
    }

    /// [[SetPrototypeOf]]; false if it was refused.
    ///
    /// # Errors
    /// What a trap throws.
    pub fn set_proto(self, vm: &mut Vm<'gc>, proto: Option<Object<'gc>>) -> JsResult<bool> {
        if self.is_class(Class::Proxy) {
            return exotic::proxy::set_proto(vm, self, proto);
        }
        let same = match (self.proto(), proto) {
            (None, None) => true,
            (Some(a), Some(b)) => a.is(b),
            _ => false,
        };
        if same {
            return Ok(true);
        }
        if self.has(FROZEN) || self.is_class(Class::Namespace) {
            return Ok(false);
        }
        if vm.realm().get(Intrinsic::ObjectPrototype).is_some_and(|o| o.is(self)) {
            return Ok(false);
        }
        let mut p = proto;
        while let Some(o) = p {
            if o.is(self) {
                return Ok(false);
            }
            if o.is_class(Class::Proxy) {
                break;
            }
            p = o.proto();
        }
        self.make_lazy(vm)?;
        let old = self.shape();
        let root = vm.root_shape(proto, old.inline);
        self.set_shape(vm.mc, Shape::with_proto(old, vm.mc, proto, root));
        if let Some(p) = proto {
            p.become_prototype(vm.mc);
        }
        if self.has(IS_PROTO) {
            vm.prototype_changed();
        }
        Ok(true)
    }

    /// Becomes a prototype: changes of its properties are told from now on.
    pub(crate) fn become_prototype(self, mc: &'gc gc::Mutation<'gc>) {
        if !self.has(IS_PROTO) {
            self.set_flags(IS_PROTO);
            // Caches of additions go by the shape: with one of its own, no addition to it is cached.
            if !self.shape().dictionary {
                self.set_shape(mc, Shape::to_dictionary(self.shape(), mc));
            }
        }
    }

    /// [[IsExtensible]]
    ///
    /// # Errors
    /// What a trap throws.
    pub fn is_extensible(self, vm: &mut Vm<'gc>) -> JsResult<bool> {
        if self.is_class(Class::Proxy) {
            return exotic::proxy::is_extensible(vm, self);
        }
        Ok(!self.has(FROZEN))
    }

    /// [[PreventExtensions]]; false if it was refused.
    ///
    /// # Errors
    /// What a trap throws.
    pub fn prevent_extensions(self, vm: &mut Vm<'gc>) -> JsResult<bool> {
        if self.is_class(Class::Proxy) {
            return exotic::proxy::prevent_extensions(vm, self);
        }
        if let Some(v) = super::typed_array::view(self)
            && (v.fixed.is_none() || v.buffer.is_resizable() && !v.buffer.is_shared())
        {
            // IsTypedArrayFixedLength: indices may come and go.
            return Ok(false);
        }
        self.make_lazy(vm)?;
        self.set_flags(FROZEN);
        // Caches of additions go by the shape: give it another one.
        self.set_shape(vm.mc, Shape::to_dictionary(self.shape(), vm.mc));
        Ok(true)
    }
}

/// A string of a text.
pub(crate) fn gc_text<'gc>(
    vm: &mut Vm<'gc>,
    text: &crate::syntax::atoms::Text,
) -> JsResult<crate::value::Str<'gc>> {
    Ok(vm.st.interner.intern(vm.mc, crate::value::string::text_units(text))?)
}

impl<'gc> Vm<'gc> {
    /// The value of an own property: the getter is called.
    ///
    /// # Errors
    /// What the getter throws.
    #[inline]
    pub fn prop_value(&mut self, p: Prop<'gc>, receiver: Value<'gc>) -> JsResult<Value<'gc>> {
        if p.attrs & ACCESSOR == 0 {
            return Ok(p.value);
        }
        match p.accessor() {
            Some(a) if !a.get.is_undefined() => self.call(a.get, receiver, &[]),
            _ => Ok(Value::undefined()),
        }
    }

    /// Throws the TypeError of a refused assignment.
    #[cold]
    pub fn refused_write(&mut self, key: PropertyKey<'gc>) -> crate::vm::Throw {
        let text = format!("cannot assign to property {}", self.show_key(key));
        self.type_error(&text)
    }

    /// Get of a value: primitives are looked up on their prototypes.
    ///
    /// # Errors
    /// A TypeError for undefined and null.
    pub fn get_value(&mut self, value: Value<'gc>, key: PropertyKey<'gc>) -> JsResult<Value<'gc>> {
        if value.is_object() && !matches!(key, PropertyKey::Index(_)) {
            // By the table of megamorphic places.
            return match self.get_cached(value, key, std::ptr::null_mut())? {
                crate::vm::ops::Got::Value(v) => Ok(v),
                crate::vm::ops::Got::Getter(f) => self.call(f, value, &[]),
            };
        }
        if let Some(o) = value.as_object() {
            return o.get(self, key, value);
        }
        if let Some(s) = value.as_string() {
            if key == self.names().length {
                return Ok(Value::int(s.len() as i32));
            }
            if let PropertyKey::Index(i) = key
                && (i as usize) < s.len()
            {
                let unit = s.units(self.mc)?.at(i as usize);
                return Ok(Value::string(self.char(unit)?));
            }
        }
        let proto = self.proto_of_primitive(value, key)?;
        proto.get(self, key, value)
    }

    /// The prototype a primitive's properties are found on.
    ///
    /// # Errors
    /// A TypeError for undefined and null.
    pub fn proto_of_primitive(&mut self, value: Value<'gc>, key: PropertyKey<'gc>) -> JsResult<Object<'gc>> {
        use crate::value::Kind;
        let which = match value.kind() {
            Kind::String(_) => Intrinsic::StringPrototype,
            Kind::Int(_) | Kind::Double(_) => Intrinsic::NumberPrototype,
            Kind::Bool(_) => Intrinsic::BooleanPrototype,
            Kind::Symbol(_) => Intrinsic::SymbolPrototype,
            Kind::BigInt(_) => Intrinsic::BigIntPrototype,
            Kind::Object(o) => return Ok(o),
            Kind::Undefined | Kind::Null | Kind::Internal => {
                let text = format!("cannot read property {} of {}", self.show_key(key), self.show(value));
                return Err(self.type_error(&text));
            }
        };
        self.intrinsic(which)
    }
}
