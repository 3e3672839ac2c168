//! Classes: constructors, fields, private names.
#![forbid(unsafe_code)]

use gc::{Gc, Lock, RefLock};

use crate::compiler::class::{FIELD_NEW_ARRAY, FIELD_NEW_OBJECT, FIELD_VALUE};
use crate::object::data::{Accessor, ObjectData};
use crate::object::function::{Closure, Field, Fields};
use crate::object::shape::{ACCESSOR, CONFIGURABLE, HIDDEN, Shape, WRITABLE};
use crate::object::{CALLABLE, CLASS_CONSTRUCTOR, CONSTRUCTOR, Class, LAZY, Object};
use crate::value::symbol::SymbolSort;
use crate::value::{PropertyKey, Value};
use crate::vm::ops::{Got, Put};
use crate::vm::realm::{CommonShape, Intrinsic};
use crate::vm::{Args, JsResult, Vm};

/// The kind of a [`Field`] that is a function to be run on the instance.
const RUN: u8 = 8;

fn is_private_method(kind: u8) -> bool {
    matches!(kind, 1 | 2 | 4)
}

impl<'gc> Vm<'gc> {
    fn closure_of(f: Value<'gc>) -> Option<Gc<'gc, Closure<'gc>>> {
        match f.as_object()?.data() {
            ObjectData::Closure(c) => Some(c),
            _ => None,
        }
    }

    /// The home object of a function.
    pub(crate) fn home_of(&self, f: Value<'gc>) -> Option<Object<'gc>> {
        Vm::closure_of(f)?.home.get()
    }

    /// Gives a function its home object.
    pub(crate) fn set_home(&mut self, f: Value<'gc>, home: Value<'gc>) {
        if let Some(c) = Vm::closure_of(f) {
            c.set(self.mc, |c| &c.home, home.as_object());
        }
    }

    /// A class's constructor and prototype.
    pub(crate) fn new_class(
        &mut self,
        heritage: Value<'gc>,
        child: u32,
        name: u32,
        env: Value<'gc>,
    ) -> JsResult<(Value<'gc>, Value<'gc>)> {
        let (proto_parent, ctor_parent) = if heritage.is_hole() {
            (Some(self.intrinsic(Intrinsic::ObjectPrototype)?), self.intrinsic(Intrinsic::FunctionPrototype)?)
        } else if heritage.is_null() {
            (None, self.intrinsic(Intrinsic::FunctionPrototype)?)
        } else {
            let Some(h) = heritage.as_object().filter(|h| h.is_constructor()) else {
                let text =
                    format!("class extends value {} which is not a constructor or null", self.show(heritage));
                return Err(self.type_error(&text));
            };
            let key = self.names().prototype;
            let p = h.get(self, key, heritage)?;
            let parent = if p.is_null() {
                None
            } else {
                match p.as_object() {
                    Some(o) => Some(o),
                    None => {
                        return Err(self.type_error("class extends value has an invalid prototype property"));
                    }
                }
            };
            (parent, h)
        };
        let shape = self.root_shape(proto_parent, 4);
        let proto = Object::new(self.mc, shape, Class::Object, 0, ObjectData::None)?;
        let f = self.new_closure(child, env)?;
        let ctor = f.as_object().expect("closures are objects");
        let closure = Vm::closure_of(f).expect("closures are closures");
        let code = closure.code.get().code.clone();
        ctor.clear_flags(LAZY);
        ctor.set_flags(CALLABLE | CONSTRUCTOR | CLASS_CONSTRUCTOR);
        let shape = self.root_shape(Some(ctor_parent), 4);
        ctor.set_shape(self.mc, self.same_inline(ctor, shape, Some(ctor_parent)));
        let (length, name_key, prototype, constructor) =
            (self.names().length, self.names().name, self.names().prototype, self.names().constructor);
        ctor.define_own(self, length, Value::number(f64::from(code.length)), CONFIGURABLE)?;
        let text = self.current_frame().expect("a frame runs").rt.consts[name as usize].get();
        // The name stands first; a static element of that name replaces it.
        ctor.define_own(self, name_key, text, CONFIGURABLE)?;
        ctor.define_own(self, prototype, Value::object(proto), 0)?;
        proto.define_own(self, constructor, f, HIDDEN)?;
        closure.set(self.mc, |c| &c.home, Some(proto));
        Ok((f, Value::object(proto)))
    }

    /// A root shape with the inline slots an object was made with.
    fn same_inline(
        &mut self,
        o: Object<'gc>,
        wanted: crate::object::shape::ShapeGc<'gc>,
        proto: Option<Object<'gc>>,
    ) -> crate::object::shape::ShapeGc<'gc> {
        let inline = o.shape().inline;
        if wanted.inline == inline { wanted } else { self.root_shape(proto, inline) }
    }

    /// SetFunctionName with a key in a register.
    pub(crate) fn set_function_name(&mut self, f: Value<'gc>, k: Value<'gc>, prefix: u32) -> JsResult<()> {
        let Some(o) = f.as_object() else { return Ok(()) };
        let key = self.to_key(k)?;
        let prefix = match prefix {
            1 => "get",
            2 => "set",
            _ => "",
        };
        let name = crate::builtins::function_name(self, key, prefix)?;
        o.make_lazy(self)?;
        let key = self.names().name;
        o.define_own(self, key, Value::string(name), CONFIGURABLE)
    }

    /// Adds a field or private method to a class's list.
    pub(crate) fn add_field(
        &mut self,
        class: Value<'gc>,
        k: Value<'gc>,
        value: Value<'gc>,
        kind: u8,
    ) -> JsResult<()> {
        let c = Vm::closure_of(class).expect("a class is a closure");
        let key = self.to_key(k)?;
        let fields = match c.fields.get() {
            Some(f) => f,
            None => {
                let f = self.mc.try_alloc(Fields { list: RefLock::new(Vec::new()) })?;
                c.set(self.mc, |c| &c.fields, Some(f));
                f
            }
        };
        let mut list = Gc::write(self.mc, fields).project(|f| &f.list).borrow_mut();
        let field = Field { key, value, kind };
        if !is_private_method(kind) {
            list.push(field);
        } else {
            let at = list.iter().position(|f| !is_private_method(f.kind)).unwrap_or(list.len());
            list.insert(at, field);
        }
        Ok(())
    }

    /// A field of a class, by its place.
    fn field(&self, class: Value<'gc>, i: i32) -> Option<Field<'gc>> {
        let fields = Vm::closure_of(class).and_then(|c| c.fields.get())?;
        let list = fields.list.borrow();
        list.get(usize::try_from(i).ok()?).copied()
    }

    /// Gives an instance the fields from `i` on up to the next one that has code: its place, or -1.
    pub(crate) fn define_fields(&mut self, class: Value<'gc>, mut i: i32, this: Value<'gc>) -> JsResult<i32> {
        while let Some(field) = self.field(class, i) {
            if matches!(field.kind, 0 | RUN) && !field.value.is_hole() {
                return Ok(i);
            }
            self.define_field(field, this, Value::undefined())?;
            i += 1;
        }
        Ok(-1)
    }

    /// Gives an instance one field, whose code gave a value.
    fn define_field(&mut self, field: Field<'gc>, this: Value<'gc>, value: Value<'gc>) -> JsResult<()> {
        let value = match u32::from(field.kind) {
            0 => value,
            FIELD_VALUE => field.value,
            FIELD_NEW_ARRAY => Value::object(self.new_array(0)?),
            FIELD_NEW_OBJECT => Value::object(self.new_object(0)?),
            _ if field.kind == RUN => return Ok(()),
            kind => return self.define_private(this, field.key.to_value(), field.value, kind),
        };
        if field.key.is_private() {
            return self.define_private(this, field.key.to_value(), value, 0);
        }
        let o = this.as_object().expect("instances are objects");
        o.create_data_or_throw(self, field.key, value)
    }

    /// The operations of the library on class elements (see `self_hosted/decorators.js` for their numbers).
    pub(crate) fn class_element(&mut self, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
        let arg = |i: usize| args.get(i).copied().unwrap_or(Value::undefined());
        let (o, k) = (arg(1), arg(2));
        let flags = arg(4).as_int().unwrap_or(0) as u32;
        match arg(0).as_int() {
            Some(0) => self.define_method_property(o, k, arg(3), flags)?,
            Some(1) => self.add_field(o, k, arg(3), flags as u8)?,
            Some(2) => self.define_private(o, k, arg(3), flags)?,
            Some(3) => return self.get_private(o, k),
            Some(4) => self.set_private(o, k, arg(3))?,
            Some(5) => return self.has_private(o, k),
            Some(8) => return Ok(self.field(o, k.as_int().unwrap_or(0)).map_or(Value::hole(), |f| f.value)),
            Some(9) => {
                let i = k.as_int().unwrap_or(0);
                let field = self.field(o, i).expect("the library got its number");
                self.define_field(field, arg(3), arg(4))?;
                return self.define_fields(o, i + 1, arg(3)).map(Value::int);
            }
            _ => {
                // A private name's description.
                let text = o.as_symbol().and_then(|s| s.description);
                return Ok(text.map_or(Value::undefined(), Value::string));
            }
        }
        Ok(Value::undefined())
    }

    /// A fresh private name.
    pub(crate) fn new_private(&mut self, name: u32) -> JsResult<Value<'gc>> {
        let text = self.current_frame().expect("a frame runs").rt.consts[name as usize].get();
        Ok(Value::symbol(self.symbol(text.as_string(), SymbolSort::Private)))
    }

    fn private_place(&self, o: Object<'gc>, key: PropertyKey<'gc>) -> Option<crate::object::shape::Place> {
        Shape::lookup(o.shape(), self.mc, key)
    }

    fn private_key(k: Value<'gc>) -> PropertyKey<'gc> {
        PropertyKey::Symbol(k.as_symbol().expect("private names are symbols"))
    }

    /// `o.#k`
    pub(crate) fn get_private(&mut self, o: Value<'gc>, k: Value<'gc>) -> JsResult<Value<'gc>> {
        match self.find_private(o, k)? {
            Got::Value(v) => Ok(v),
            Got::Getter(f) => self.call(f, o, &[]),
        }
    }

    /// The same, up to the call of a getter.
    pub(crate) fn find_private(&mut self, o: Value<'gc>, k: Value<'gc>) -> JsResult<Got<'gc>> {
        let key = Vm::private_key(k);
        let object = o.as_object();
        let Some((object, p)) = object.and_then(|x| self.private_place(x, key).map(|p| (x, p))) else {
            let text = format!(
                "cannot read private member {} of an object whose class did not declare it",
                self.show_key(key)
            );
            return Err(self.type_error(&text));
        };
        let v = object.slot(p.slot);
        if p.attrs & ACCESSOR == 0 {
            return Ok(Got::Value(v));
        }
        match v.as_cell().and_then(|c| c.downcast::<Accessor<'gc>>()) {
            Some(a) if !a.get.is_undefined() => Ok(Got::Getter(a.get)),
            _ => {
                let text = format!("{} was defined without a getter", self.show_key(key));
                Err(self.type_error(&text))
            }
        }
    }

    /// `o.#k = v`
    pub(crate) fn set_private(&mut self, o: Value<'gc>, k: Value<'gc>, v: Value<'gc>) -> JsResult<()> {
        match self.put_private(o, k, v)? {
            Put::Done => Ok(()),
            Put::Setter(f) => self.call(f, o, &[v]).map(|_| ()),
        }
    }

    /// The same, up to the call of a setter.
    pub(crate) fn put_private(&mut self, o: Value<'gc>, k: Value<'gc>, v: Value<'gc>) -> JsResult<Put<'gc>> {
        let key = Vm::private_key(k);
        let Some((object, p)) = o.as_object().and_then(|x| self.private_place(x, key).map(|p| (x, p))) else {
            let text = format!(
                "cannot write private member {} to an object whose class did not declare it",
                self.show_key(key)
            );
            return Err(self.type_error(&text));
        };
        if p.attrs & ACCESSOR != 0 {
            return match object.slot(p.slot).as_cell().and_then(|c| c.downcast::<Accessor<'gc>>()) {
                Some(a) if !a.set.is_undefined() => Ok(Put::Setter(a.set)),
                _ => {
                    let text = format!("{} was defined without a setter", self.show_key(key));
                    Err(self.type_error(&text))
                }
            };
        }
        if p.attrs & WRITABLE == 0 {
            let text = format!("private method {} is not writable", self.show_key(key));
            return Err(self.type_error(&text));
        }
        object.set_slot(self.mc, p.slot, v);
        Ok(Put::Done)
    }

    /// PrivateFieldAdd, PrivateMethodOrAccessorAdd.
    pub(crate) fn define_private(
        &mut self,
        o: Value<'gc>,
        k: Value<'gc>,
        v: Value<'gc>,
        kind: u32,
    ) -> JsResult<()> {
        let key = Vm::private_key(k);
        let object = o.as_object().expect("instances are objects");
        if object.has(crate::object::FROZEN) {
            let text = format!("cannot add {} to an object that is not extensible", self.show_key(key));
            return Err(self.type_error(&text));
        }
        let old = self.private_place(object, key);
        if kind & 6 != 0 {
            let (mut get, mut set) = (Value::undefined(), Value::undefined());
            if let Some(p) = old {
                match object.slot(p.slot).as_cell().and_then(|c| c.downcast::<Accessor<'gc>>()) {
                    // The other half of the pair.
                    Some(a) if (kind == 2) == a.get.is_undefined() => {
                        get = a.get;
                        set = a.set;
                    }
                    _ => return Err(self.type_error("private element is already there")),
                }
            }
            if kind == 2 {
                get = v;
            } else {
                set = v;
            }
            let cell = self.mc.try_alloc(Accessor { get, set })?;
            return object.define_own(self, key, Value::cell(cell.erase()), ACCESSOR);
        }
        if old.is_some() {
            let text = format!("cannot initialize {} twice on the same object", self.show_key(key));
            return Err(self.type_error(&text));
        }
        object.define_own(self, key, v, if kind == 0 { WRITABLE } else { 0 })
    }

    /// `#k in o`
    pub(crate) fn has_private(&mut self, o: Value<'gc>, k: Value<'gc>) -> JsResult<Value<'gc>> {
        let key = Vm::private_key(k);
        match o.as_object() {
            Some(x) => Ok(Value::bool(self.private_place(x, key).is_some())),
            None => Err(self.type_error("right-hand side of 'in' is not an object")),
        }
    }

    /// A closure of the running code's inner function.
    pub(crate) fn new_closure(&mut self, child: u32, env: Value<'gc>) -> JsResult<Value<'gc>> {
        let rt = self.current_frame().expect("a frame runs").rt;
        self.closure_in(rt, child, super::name::env_value(env))
    }

    /// A closure of an inner function of some code.
    pub(crate) fn closure_in(
        &mut self,
        rt: Gc<'gc, crate::object::function::CodeRt<'gc>>,
        child: u32,
        env: Option<crate::object::environment::Env<'gc>>,
    ) -> JsResult<Value<'gc>> {
        let code = match rt.children[child as usize].get() {
            Some(c) => c.called.get().unwrap_or(c),
            None => {
                let c = self.make_uncalled(rt.code.children[child as usize].clone(), rt.realm)?;
                crate::object::function::CodeRt::inherit(c, self.mc, rt);
                Gc::write(self.mc, rt)
                    .project(|r| &r.children)
                    .unbox()
                    .get(child as usize)
                    .expect("one place for each")
                    .set(Some(c));
                c
            }
        };
        self.closure_from(code, env).map(Value::object)
    }

    /// A function object of code.
    pub(crate) fn closure_from(
        &mut self,
        code: Gc<'gc, crate::object::function::CodeRt<'gc>>,
        env: Option<crate::object::environment::Env<'gc>>,
    ) -> JsResult<Object<'gc>> {
        use crate::syntax::ast::FunctionKind;
        let c = &code.code;
        let proto = match (c.is_generator, c.is_async) {
            (false, false) => Intrinsic::FunctionPrototype,
            (true, false) => Intrinsic::GeneratorFunctionPrototype,
            (false, true) => Intrinsic::AsyncFunctionPrototype,
            (true, true) => Intrinsic::AsyncGeneratorFunctionPrototype,
        };
        let constructor = !c.is_generator && !c.is_async && c.kind == FunctionKind::Normal && !c.self_hosted;
        let mut flags = CALLABLE | LAZY | if constructor { CONSTRUCTOR } else { 0 };
        if c.is_class_constructor {
            flags |= CONSTRUCTOR | CLASS_CONSTRUCTOR;
        }
        let shape = if proto == Intrinsic::FunctionPrototype {
            self.common_shape(CommonShape::Function, proto)?
        } else {
            let proto = self.intrinsic(proto)?;
            self.root_shape(Some(proto), 0)
        };
        let none = (Lock::new(None), Lock::new(None), Lock::new(None));
        let closure = self.mc.try_alloc(Closure {
            code: Lock::new(code),
            env,
            home: none.0,
            fields: none.1,
            construct: none.2,
        })?;
        Ok(Object::new(self.mc, shape, Class::Function, flags, ObjectData::Closure(closure))?)
    }
}

/// The getter of an `accessor` field, which closes over its private name.
pub(crate) fn get_accessor<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let name = crate::builtins::native_slots(args.callee())[0].get();
    vm.get_private(args.this(), name)
}

/// The setter of an `accessor` field.
pub(crate) fn set_accessor<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let name = crate::builtins::native_slots(args.callee())[0].get();
    vm.set_private(args.this(), name, args.get(0))?;
    Ok(Value::undefined())
}
