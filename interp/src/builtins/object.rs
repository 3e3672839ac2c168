//! Object objects (20.1).
#![forbid(unsafe_code)]

use super::{Row, methods, object_copy};
use crate::object::descriptor::Descriptor;
use crate::object::function::NativeCode;
use crate::object::shape::{ACCESSOR, CONFIGURABLE, ENUMERABLE};
use crate::object::{Class, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[
    ("create", 2, create),
    ("defineProperties", 2, define_properties),
    ("defineProperty", 3, define_property),
    ("freeze", 1, freeze),
    ("getOwnPropertyDescriptor", 2, get_own_property_descriptor),
    ("getOwnPropertyDescriptors", 1, get_own_property_descriptors),
    ("getOwnPropertyNames", 1, get_own_property_names),
    ("getOwnPropertySymbols", 1, get_own_property_symbols),
    ("getPrototypeOf", 1, get_prototype_of),
    ("hasOwn", 2, has_own),
    ("is", 2, is),
    ("isExtensible", 1, is_extensible),
    ("isFrozen", 1, is_frozen),
    ("isSealed", 1, is_sealed),
    ("keys", 1, keys),
    ("preventExtensions", 1, prevent_extensions),
    ("seal", 1, seal),
    ("setPrototypeOf", 2, set_prototype_of),
];

const PROTOTYPE: &[Row] = &[
    ("hasOwnProperty", 1, has_own_property),
    ("isPrototypeOf", 1, is_prototype_of),
    ("propertyIsEnumerable", 1, property_is_enumerable),
    ("toLocaleString", 0, to_locale_string),
    ("toString", 0, to_string),
    ("valueOf", 0, value_of),
    ("__defineGetter__", 2, define_getter),
    ("__defineSetter__", 2, define_setter),
    ("__lookupGetter__", 1, lookup_getter),
    ("__lookupSetter__", 1, lookup_setter),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = vm.intrinsic(Intrinsic::ObjectPrototype)?;
    let c = super::constructor(vm, Intrinsic::Object, "Object", 1, object, proto)?;
    methods(vm, c, STATIC)?;
    super::self_hosted::init_object(vm, c)?;
    super::handover(vm, c, "assign", 2, object_copy::assign, &[])?;
    super::handover(vm, c, "entries", 1, |vm, args| object_copy::enumerable(vm, args.get(0), true), &[])?;
    super::handover(vm, c, "values", 1, |vm, args| object_copy::enumerable(vm, args.get(0), false), &[])?;
    methods(vm, proto, PROTOTYPE)?;
    let key = vm.names().to_string;
    let to_string = proto.get_own_data(vm, key).and_then(|f| f.as_object()).expect("just made");
    Realm::set(vm.realm(), vm.mc, Intrinsic::ObjectProtoToString, to_string);
    let key = vm.names().proto;
    let get = super::new_native(vm, NativeCode::Leaf(get_proto), 0, key, "get", &[], false)?;
    let set = super::new_native(vm, NativeCode::Leaf(set_proto), 1, key, "set", &[], false)?;
    proto.define_accessor(vm, key, Value::object(get), Value::object(set), CONFIGURABLE)
}

/// 20.1.1.1 Object ( [ value ] )
fn object<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(t) = args.new_target().as_object()
        && !t.is(args.callee())
    {
        return vm.create_from_constructor(t, Intrinsic::ObjectPrototype, 4).map(Value::object);
    }
    let v = args.get(0);
    if v.is_nullish() {
        return vm.new_object(4).map(Value::object);
    }
    vm.to_object(v).map(Value::object)
}

/// 20.1.3.2 Object.prototype.hasOwnProperty ( V )
fn has_own_property<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.to_key(args.get(0))?;
    let o = vm.to_object(args.this())?;
    Ok(Value::bool(o.get_own(vm, key)?.is_some()))
}

/// 7.3.14 SetIntegrityLevel ( O, level ); false if it was refused.
pub(crate) fn set_integrity<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, frozen: bool) -> JsResult<bool> {
    if !o.prevent_extensions(vm)? {
        return Ok(false);
    }
    for key in o.own_keys(vm)? {
        let mut desc = Descriptor { configurable: Some(false), ..Descriptor::default() };
        if frozen {
            let Some(p) = o.get_own(vm, key)? else { continue };
            if p.attrs & ACCESSOR == 0 {
                desc.writable = Some(false);
            }
        }
        if !o.define(vm, key, &desc)? {
            let text = format!("cannot redefine property {}", vm.show_key(key));
            return Err(vm.type_error(&text));
        }
    }
    Ok(true)
}

/// 7.3.15 TestIntegrityLevel ( O, level )
pub(crate) fn test_integrity<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, frozen: bool) -> JsResult<bool> {
    if o.is_extensible(vm)? {
        return Ok(false);
    }
    for key in o.own_keys(vm)? {
        if let Some(p) = o.get_own(vm, key)? {
            let d = p.descriptor();
            if d.configurable == Some(true) || frozen && d.writable == Some(true) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// 6.2.6.5 ToPropertyDescriptor ( Obj )
pub(crate) fn to_descriptor<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Descriptor<'gc>> {
    let Some(o) = v.as_object() else {
        let text = format!("property description must be an object: {}", vm.show(v));
        return Err(vm.type_error(&text));
    };
    let n = vm.names();
    let (enumerable, configurable, value, writable, get, set) =
        (n.enumerable, n.configurable, n.value, n.writable, n.get, n.set);
    let field = |vm: &mut Vm<'gc>, key| -> JsResult<Option<Value<'gc>>> {
        if o.has_property(vm, key)? { o.get(vm, key, v).map(Some) } else { Ok(None) }
    };
    let mut desc = Descriptor::default();
    if let Some(x) = field(vm, enumerable)? {
        desc.enumerable = Some(vm.to_boolean(x));
    }
    if let Some(x) = field(vm, configurable)? {
        desc.configurable = Some(vm.to_boolean(x));
    }
    desc.value = field(vm, value)?;
    if let Some(x) = field(vm, writable)? {
        desc.writable = Some(vm.to_boolean(x));
    }
    for (key, name) in [(get, "getter"), (set, "setter")] {
        if let Some(x) = field(vm, key)? {
            if !x.is_undefined() && !vm.is_callable(x) {
                let text = format!("{name} must be a function: {}", vm.show(x));
                return Err(vm.type_error(&text));
            }
            if name == "getter" {
                desc.get = Some(x);
            } else {
                desc.set = Some(x);
            }
        }
    }
    if desc.is_accessor() && desc.is_data() {
        return Err(vm.type_error("a property cannot both have accessors and be writable or have a value"));
    }
    Ok(desc)
}

/// 6.2.6.4 FromPropertyDescriptor ( Desc )
pub(crate) fn from_descriptor<'gc>(vm: &mut Vm<'gc>, d: &Descriptor<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.new_object(4)?;
    let n = vm.names();
    let fields = [
        (n.value, d.value),
        (n.writable, d.writable.map(Value::bool)),
        (n.get, d.get),
        (n.set, d.set),
        (n.enumerable, d.enumerable.map(Value::bool)),
        (n.configurable, d.configurable.map(Value::bool)),
    ];
    for (key, v) in fields {
        if let Some(v) = v {
            o.create_data(vm, key, v)?;
        }
    }
    Ok(Value::object(o))
}

/// A key as the string or symbol scripts see.
pub(crate) fn key_value<'gc>(vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> JsResult<Value<'gc>> {
    match key {
        PropertyKey::Index(i) => vm.to_string(Value::number(f64::from(i))).map(Value::string),
        k => Ok(k.to_value()),
    }
}

/// 20.1.2.2 Object.create ( O, Properties )
fn create<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let proto = proto_argument(vm, args.get(0))?;
    let shape = vm.root_shape(proto, 4);
    let o = Object::new(vm.mc, shape, Class::Object, 0, crate::object::data::ObjectData::None)?;
    if !args.get(1).is_undefined() {
        define_all(vm, o, args.get(1))?;
    }
    Ok(Value::object(o))
}

fn proto_argument<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Option<Object<'gc>>> {
    if v.is_null() {
        return Ok(None);
    }
    match v.as_object() {
        Some(o) => Ok(Some(o)),
        None => {
            let text = format!("object prototype may only be an object or null: {}", vm.show(v));
            Err(vm.type_error(&text))
        }
    }
}

/// 20.1.2.3.1 ObjectDefineProperties ( O, Properties )
fn define_all<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, properties: Value<'gc>) -> JsResult<()> {
    let props = vm.to_object(properties)?;
    let mut list = Vec::new();
    for key in props.own_keys(vm)? {
        if props.get_own(vm, key)?.is_some_and(|p| p.attrs & ENUMERABLE != 0) {
            let v = props.get(vm, key, Value::object(props))?;
            list.push((key, to_descriptor(vm, v)?));
        }
    }
    for (key, desc) in list {
        define_or_throw(vm, o, key, &desc)?;
    }
    Ok(())
}

fn define_or_throw<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    desc: &Descriptor<'gc>,
) -> JsResult<()> {
    if !o.define(vm, key, desc)? {
        let text = format!("cannot redefine property {}", vm.show_key(key));
        return Err(vm.type_error(&text));
    }
    Ok(())
}

/// 20.1.2.3 Object.defineProperties ( O, Properties )
fn define_properties<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(o) = args.get(0).as_object() else {
        return Err(vm.type_error("Object.defineProperties called on non-object"));
    };
    define_all(vm, o, args.get(1))?;
    Ok(args.get(0))
}

/// 20.1.2.4 Object.defineProperty ( O, P, Attributes )
fn define_property<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(o) = args.get(0).as_object() else {
        return Err(vm.type_error("Object.defineProperty called on non-object"));
    };
    let key = vm.to_key(args.get(1))?;
    let desc = to_descriptor(vm, args.get(2))?;
    define_or_throw(vm, o, key, &desc)?;
    Ok(args.get(0))
}

/// 20.1.2.19 Object.keys ( O )
fn keys<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.get(0))?;
    let mut list = Vec::new();
    for key in o.own_keys(vm)? {
        if !key.is_symbol() && o.get_own(vm, key)?.is_some_and(|p| p.attrs & ENUMERABLE != 0) {
            list.push(key_value(vm, key)?);
        }
    }
    vm.array_from(&list).map(Value::object)
}

fn integrity<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>, frozen: bool) -> JsResult<Value<'gc>> {
    if let Some(o) = v.as_object()
        && !set_integrity(vm, o, frozen)?
    {
        return Err(vm.type_error("cannot prevent extensions"));
    }
    Ok(v)
}
/// 20.1.2.6 Object.freeze ( O )
fn freeze<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    integrity(vm, args.get(0), true)
}
/// 20.1.2.22 Object.seal ( O )
fn seal<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    integrity(vm, args.get(0), false)
}
/// 20.1.2.16 Object.isFrozen ( O )
fn is_frozen<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match args.get(0).as_object() {
        Some(o) => test_integrity(vm, o, true).map(Value::bool),
        None => Ok(Value::bool(true)),
    }
}
/// 20.1.2.17 Object.isSealed ( O )
fn is_sealed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match args.get(0).as_object() {
        Some(o) => test_integrity(vm, o, false).map(Value::bool),
        None => Ok(Value::bool(true)),
    }
}

/// 20.1.2.8 Object.getOwnPropertyDescriptor ( O, P )
fn get_own_property_descriptor<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.get(0))?;
    let key = vm.to_key(args.get(1))?;
    match o.get_own(vm, key)? {
        Some(p) => from_descriptor(vm, &p.descriptor()),
        None => Ok(Value::undefined()),
    }
}
/// 20.1.2.9 Object.getOwnPropertyDescriptors ( O )
fn get_own_property_descriptors<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.get(0))?;
    let out = vm.new_object(4)?;
    for key in o.own_keys(vm)? {
        if let Some(p) = o.get_own(vm, key)? {
            let d = from_descriptor(vm, &p.descriptor())?;
            out.create_data(vm, key, d)?;
        }
    }
    Ok(Value::object(out))
}
fn own<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>, symbols: bool) -> JsResult<Value<'gc>> {
    let o = vm.to_object(v)?;
    let mut list = Vec::new();
    for key in o.own_keys(vm)? {
        if key.is_symbol() == symbols {
            list.push(key_value(vm, key)?);
        }
    }
    vm.array_from(&list).map(Value::object)
}
/// 20.1.2.10 Object.getOwnPropertyNames ( O )
fn get_own_property_names<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    own(vm, args.get(0), false)
}
/// 20.1.2.11 Object.getOwnPropertySymbols ( O )
fn get_own_property_symbols<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    own(vm, args.get(0), true)
}
/// 20.1.2.12 Object.getPrototypeOf ( O )
fn get_prototype_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.get(0))?;
    Ok(o.get_proto(vm)?.map_or(Value::null(), Value::object))
}
/// 20.1.2.14 Object.hasOwn ( O, P )
fn has_own<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.get(0))?;
    let key = vm.to_key(args.get(1))?;
    Ok(Value::bool(o.get_own(vm, key)?.is_some()))
}
/// 20.1.2.15 Object.is ( value1, value2 )
fn is<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(vm.same_value(args.get(0), args.get(1))))
}
/// 20.1.2.15 Object.isExtensible ( O )
fn is_extensible<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match args.get(0).as_object() {
        Some(o) => o.is_extensible(vm).map(Value::bool),
        None => Ok(Value::bool(false)),
    }
}
/// 20.1.2.20 Object.preventExtensions ( O )
fn prevent_extensions<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(o) = args.get(0).as_object()
        && !o.prevent_extensions(vm)?
    {
        return Err(vm.type_error("cannot prevent extensions"));
    }
    Ok(args.get(0))
}
/// 20.1.2.23 Object.setPrototypeOf ( O, proto )
fn set_prototype_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    vm.require_coercible(args.get(0), "Object.setPrototypeOf")?;
    let proto = proto_argument(vm, args.get(1))?;
    if let Some(o) = args.get(0).as_object()
        && !o.set_proto(vm, proto)?
    {
        return Err(
            vm.type_error("cannot set prototype: the object is not extensible, or it would be a cycle")
        );
    }
    Ok(args.get(0))
}

/// 20.1.3.3 Object.prototype.isPrototypeOf ( V )
fn is_prototype_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(mut v) = args.get(0).as_object() else { return Ok(Value::bool(false)) };
    let o = vm.to_object(args.this())?;
    while let Some(p) = v.get_proto(vm)? {
        if p.is(o) {
            return Ok(Value::bool(true));
        }
        v = p;
    }
    Ok(Value::bool(false))
}
/// 20.1.3.4 Object.prototype.propertyIsEnumerable ( V )
fn property_is_enumerable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.to_key(args.get(0))?;
    let o = vm.to_object(args.this())?;
    Ok(Value::bool(o.get_own(vm, key)?.is_some_and(|p| p.attrs & ENUMERABLE != 0)))
}
/// 20.1.3.5 Object.prototype.toLocaleString ( )
fn to_locale_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.names().to_string;
    vm.call_method(args.this(), key, &[])
}
/// 20.1.3.6 Object.prototype.toString ( )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let this = args.this();
    let text = if this.is_undefined() {
        "[object Undefined]".into()
    } else if this.is_null() {
        "[object Null]".into()
    } else {
        let o = vm.to_object(this)?;
        let builtin = if vm.is_array(Value::object(o))? {
            "Array"
        } else if o.is_callable() {
            "Function"
        } else {
            match o {
                o if o.is_class(Class::Arguments) => "Arguments",
                o if o.is_class(Class::Error) => "Error",
                o if o.is_class(Class::Boolean) => "Boolean",
                o if o.is_class(Class::Number) => "Number",
                o if o.is_class(Class::String) => "String",
                o if o.is_class(Class::Date) => "Date",
                o if o.is_class(Class::RegExp) => "RegExp",
                _ => "Object",
            }
        };
        let key = vm.well_known(WellKnown::ToStringTag);
        let t = o.get(vm, key, this)?;
        match t.as_string() {
            Some(s) => {
                let (open, close) = (vm.intern("[object ")?, vm.intern("]")?);
                let head = vm.concat(open, s)?;
                let head = vm.to_string(head)?;
                return vm.concat(head, close);
            }
            None => format!("[object {builtin}]"),
        }
    };
    vm.intern(&text).map(Value::string)
}
/// 20.1.3.7 Object.prototype.valueOf ( )
fn value_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    vm.to_object(args.this()).map(Value::object)
}

/// B.2.2.1 get Object.prototype.__proto__
fn get_proto<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    Ok(o.get_proto(vm)?.map_or(Value::null(), Value::object))
}
/// B.2.2.1 set Object.prototype.__proto__
fn set_proto<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    vm.require_coercible(args.this(), "set Object.prototype.__proto__")?;
    let proto = args.get(0);
    if !proto.is_null() && !proto.is_object() {
        return Ok(Value::undefined());
    }
    if let Some(o) = args.this().as_object()
        && !o.set_proto(vm, proto.as_object())?
    {
        return Err(
            vm.type_error("cannot set prototype: the object is not extensible, or it would be a cycle")
        );
    }
    Ok(Value::undefined())
}
fn define_half<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, getter: bool) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let f = args.get(1);
    if !vm.is_callable(f) {
        return Err(vm.not_a(f, "function"));
    }
    let key = vm.to_key(args.get(0))?;
    let mut desc = Descriptor { enumerable: Some(true), configurable: Some(true), ..Descriptor::default() };
    if getter {
        desc.get = Some(f);
    } else {
        desc.set = Some(f);
    }
    define_or_throw(vm, o, key, &desc)?;
    Ok(Value::undefined())
}
/// B.2.2.2 Object.prototype.__defineGetter__ ( P, getter )
fn define_getter<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    define_half(vm, args, true)
}
/// B.2.2.3 Object.prototype.__defineSetter__ ( P, setter )
fn define_setter<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    define_half(vm, args, false)
}
fn lookup_half<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, getter: bool) -> JsResult<Value<'gc>> {
    let mut o = Some(vm.to_object(args.this())?);
    let key = vm.to_key(args.get(0))?;
    while let Some(x) = o {
        if let Some(p) = x.get_own(vm, key)? {
            return Ok(p.accessor().map_or(Value::undefined(), |a| if getter { a.get } else { a.set }));
        }
        o = x.get_proto(vm)?;
    }
    Ok(Value::undefined())
}
/// B.2.2.4 Object.prototype.__lookupGetter__ ( P )
fn lookup_getter<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    lookup_half(vm, args, true)
}
/// B.2.2.5 Object.prototype.__lookupSetter__ ( P )
fn lookup_setter<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    lookup_half(vm, args, false)
}
