//! The built-in objects: one file for each global.
//!
//! A file has, in this order: its install table (name, length) in the specification's order, the
//! constructor, static methods, prototype methods, helpers. [`set_up`] makes a realm.

pub mod array;
pub mod bigint;
pub mod boolean;
pub mod console;
pub mod date;
pub mod error;
pub mod function;
pub mod generator;
pub mod global;
pub mod map;
pub mod json;
pub mod math;
pub mod number;
pub mod object;
pub mod promise;
pub mod regexp;
pub mod self_hosted;
pub mod string;
pub mod symbol;
pub mod uri;

use gc::{Gc, Lock};

use crate::object::data::ObjectData;
use crate::object::function::{NativeCode, NativeData, NativeFn};
use crate::object::shape::{CONFIGURABLE, HIDDEN};
use crate::object::{CALLABLE, CONSTRUCTOR, Class, LAZY, Object};
use crate::value::symbol::{SymbolSort, WellKnown};
use crate::value::{PropertyKey, Str, Value};
use crate::vm::names::Names;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{JsResult, Vm};

/// A row of an install table: name, length, code. A name that begins with `@@` is a well-known symbol's.
pub(crate) type Row = (&'static str, u32, NativeFn);

/// Makes what an engine needs before its first script.
pub(crate) fn set_up(vm: &mut Vm<'_>) -> JsResult<()> {
    vm.st.realm = Some(Realm::new(vm.mc));
    let names = Names::new(vm)?;
    vm.st.names = Some(Box::new(names));
    for &(_, name) in WellKnown::ALL {
        let s = vm.intern(&format!("Symbol.{name}"))?;
        let symbol = vm.symbol(Some(s), SymbolSort::WellKnown);
        vm.st.well_known.push(symbol);
    }
    set_up_realm(vm)
}

/// Fills the realm in `vm.st.realm`.
pub(crate) fn set_up_realm(vm: &mut Vm<'_>) -> JsResult<()> {
    let realm = vm.realm();
    let shape = vm.root_shape(None, 0);
    let object = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
    Realm::set(realm, vm.mc, Intrinsic::ObjectPrototype, object);
    let shape = vm.root_shape(Some(object), 0);
    // %Function.prototype% is itself a function.
    let name = vm.names().empty;
    let data = vm.mc.try_alloc(NativeData {
        code: NativeCode::Leaf(function::nothing),
        length: 0,
        name,
        prefix: "",
        realm,
        slots: Box::default(),
    })?;
    let function = Object::new(vm.mc, shape, Class::Function, CALLABLE | LAZY, ObjectData::Native(data))?;
    Realm::set(realm, vm.mc, Intrinsic::FunctionPrototype, function);
    let global = Object::new(vm.mc, shape, Class::Global, 0, ObjectData::None)?;
    Gc::write(vm.mc, realm).project(|r| &r.global).set(Some(global));
    function::init(vm)?;
    object::init(vm)?;
    error::init(vm)?;
    array::init(vm)?;
    string::init(vm)?;
    uri::init(vm)?;
    number::init(vm)?;
    math::init(vm)?;
    json::init(vm)?;
    date::init(vm)?;
    bigint::init(vm)?;
    boolean::init(vm)?;
    symbol::init(vm)?;
    console::init(vm)?;
    generator::init(vm)?;
    map::init(vm)?;
    promise::init(vm)?;
    regexp::init(vm)?;
    global::init(vm)?;
    self_hosted::init(vm)?;
    Ok(())
}

/// Makes an intrinsic that was not made with the realm.
pub(crate) fn make_intrinsic<'gc>(vm: &mut Vm<'gc>, which: Intrinsic) -> JsResult<Object<'gc>> {
    // Errors thrown while the realm is being set up.
    if let Some(o) = vm.realm().get(Intrinsic::ErrorPrototype) {
        return Err(vm.error_of(o, &format!("{which:?} is not supported yet")));
    }
    Err(crate::vm::Throw::pending())
}

/// A built-in function.
pub(crate) fn new_native<'gc>(
    vm: &mut Vm<'gc>,
    code: NativeCode,
    length: u32,
    name: PropertyKey<'gc>,
    prefix: &'static str,
    slots: &[Value<'gc>],
    constructor: bool,
) -> JsResult<Object<'gc>> {
    let realm = vm.realm();
    let slots = slots.iter().map(|&v| Lock::new(v)).collect();
    let data = vm.mc.try_alloc(NativeData { code, length, name, prefix, realm, slots })?;
    let proto = vm.intrinsic(Intrinsic::FunctionPrototype)?;
    let shape = vm.root_shape(Some(proto), 0);
    let flags = CALLABLE | LAZY | if constructor { CONSTRUCTOR } else { 0 };
    Ok(Object::new(vm.mc, shape, Class::Function, flags, ObjectData::Native(data))?)
}

/// The values a built-in function closes over.
///
/// # Panics
/// If it is no built-in function.
pub(crate) fn native_slots<'gc>(f: Object<'gc>) -> &'gc [Lock<Value<'gc>>] {
    match f.data() {
        ObjectData::Native(n) => &n.as_ref().slots,
        _ => panic!("only built-ins ask for their slots"),
    }
}

/// Changes a value a built-in function closes over.
pub(crate) fn set_native_slot<'gc>(vm: &mut Vm<'gc>, f: Object<'gc>, i: usize, v: Value<'gc>) {
    if let ObjectData::Native(n) = f.data()
        && let Some(s) = Gc::write(vm.mc, n).project(|n| &n.slots).unbox().get(i)
    {
        s.set(v);
    }
}

/// The `name` of a function with a key and a prefix (SetFunctionName).
pub(crate) fn function_name<'gc>(
    vm: &mut Vm<'gc>,
    key: PropertyKey<'gc>,
    prefix: &str,
) -> JsResult<Str<'gc>> {
    let text = match key {
        PropertyKey::Name(s) if prefix.is_empty() => return Ok(s),
        PropertyKey::Name(s) => s.to_utf8(),
        PropertyKey::Index(i) => i.to_string(),
        PropertyKey::Symbol(s) => match s.description {
            Some(d) if s.sort == SymbolSort::Private => d.to_utf8(),
            Some(d) => format!("[{}]", d.to_utf8()),
            None => String::new(),
        },
    };
    vm.str(&if prefix.is_empty() { text } else { format!("{prefix} {text}") })
}

/// The key of a row's name.
fn row_key<'gc>(vm: &mut Vm<'gc>, name: &str) -> JsResult<PropertyKey<'gc>> {
    if let Some(symbol) = name.strip_prefix("@@") {
        for &(which, text) in WellKnown::ALL {
            if text == symbol {
                return Ok(vm.well_known(which));
            }
        }
    }
    Ok(PropertyKey::Name(vm.intern(name)?))
}

/// Installs methods.
pub(crate) fn methods<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, rows: &[Row]) -> JsResult<()> {
    for &(name, length, f) in rows {
        method(vm, o, name, length, NativeCode::Leaf(f))?;
    }
    Ok(())
}

/// Installs a method.
pub(crate) fn method<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    name: &str,
    length: u32,
    code: NativeCode,
) -> JsResult<Object<'gc>> {
    let key = row_key(vm, name)?;
    let f = new_native(vm, code, length, key, "", &[], false)?;
    o.define_own(vm, key, Value::object(f), HIDDEN)?;
    Ok(f)
}

/// Installs getters.
pub(crate) fn getters<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    rows: &[(&'static str, NativeFn)],
) -> JsResult<()> {
    for &(name, f) in rows {
        let key = row_key(vm, name)?;
        let g = new_native(vm, NativeCode::Leaf(f), 0, key, "get", &[], false)?;
        o.define_accessor(vm, key, Value::object(g), Value::undefined(), CONFIGURABLE)?;
    }
    Ok(())
}

/// An intrinsic prototype object of a class.
pub(crate) fn prototype<'gc>(
    vm: &mut Vm<'gc>,
    which: Intrinsic,
    parent: Intrinsic,
    class: Class,
    data: ObjectData<'gc>,
) -> JsResult<Object<'gc>> {
    let parent = vm.intrinsic(parent)?;
    let shape = vm.root_shape(Some(parent), 0);
    let o = Object::new(vm.mc, shape, class, 0, data)?;
    Realm::set(vm.realm(), vm.mc, which, o);
    Ok(o)
}

/// An intrinsic constructor with its prototype, as a global.
pub(crate) fn constructor<'gc>(
    vm: &mut Vm<'gc>,
    which: Intrinsic,
    name: &'static str,
    length: u32,
    f: NativeFn,
    proto: Object<'gc>,
) -> JsResult<Object<'gc>> {
    let key = row_key(vm, name)?;
    let c = new_native(vm, NativeCode::Leaf(f), length, key, "", &[], true)?;
    let (prototype, constructor) = (vm.names().prototype, vm.names().constructor);
    c.make_lazy(vm)?;
    c.define_own(vm, prototype, Value::object(proto), 0)?;
    proto.define_own(vm, constructor, Value::object(c), HIDDEN)?;
    Realm::set(vm.realm(), vm.mc, which, c);
    let global = vm.realm().global();
    global.define_own(vm, key, Value::object(c), HIDDEN)?;
    Ok(c)
}

/// `Symbol.toStringTag` of a prototype or namespace.
pub(crate) fn tag<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, text: &str) -> JsResult<()> {
    let key = vm.well_known(WellKnown::ToStringTag);
    let s = vm.intern(text)?;
    o.define_own(vm, key, Value::string(s), CONFIGURABLE)
}

/// `get [Symbol.species]`
pub(crate) fn species<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<()> {
    getters(vm, o, &[("@@species", |_, args| Ok(args.this()))])
}

/// The new object of a constructor called with `new`; its prototype comes from `new.target`.
pub(crate) fn construct_with<'gc>(
    vm: &mut Vm<'gc>,
    args: crate::vm::Args<'gc>,
    default: Intrinsic,
    class: Class,
    flags: u32,
    data: ObjectData<'gc>,
) -> JsResult<Object<'gc>> {
    let proto = match args.new_target().as_object() {
        Some(t) => vm.prototype_from(t, default)?,
        None => vm.intrinsic(default)?,
    };
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Object::new(vm.mc, shape, class, flags, data)?)
}

/// The TypeError of a method called on something else.
pub(crate) fn wrong_receiver<'gc, T>(vm: &mut Vm<'gc>, what: &str, v: Value<'gc>) -> JsResult<T> {
    let text = format!("{what} called on incompatible receiver {}", vm.show(v));
    Err(vm.type_error(&text))
}
