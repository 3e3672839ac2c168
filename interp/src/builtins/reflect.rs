//! The Reflect object (28.1).
#![forbid(unsafe_code)]

use super::object::{from_descriptor, key_value, to_descriptor};
use super::{Row, method, methods, tag};
use crate::object::data::ObjectData;
use crate::object::function::{Handover, NativeCode, Special};
use crate::object::set::Stored;
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const METHODS: &[Row] = &[
    ("defineProperty", 3, define_property),
    ("deleteProperty", 2, delete_property),
    ("getOwnPropertyDescriptor", 2, get_own_property_descriptor),
    ("getPrototypeOf", 1, get_prototype_of),
    ("has", 2, has),
    ("isExtensible", 1, is_extensible),
    ("ownKeys", 1, own_keys),
    ("preventExtensions", 1, prevent_extensions),
    ("setPrototypeOf", 2, set_prototype_of),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = vm.intrinsic(Intrinsic::ObjectPrototype)?;
    let shape = vm.root_shape(Some(proto), 0);
    let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
    // 28.1.1 Reflect.apply ( target, thisArgument, argumentsList ), 28.1.2 Reflect.construct ( target, argumentsList
    // [ , newTarget ] ): see `Vm::special`.
    method(vm, o, "apply", 3, NativeCode::Special(Special::ReflectApply))?;
    method(vm, o, "construct", 2, NativeCode::Special(Special::ReflectConstruct))?;
    methods(vm, o, METHODS)?;
    super::handover(vm, o, "get", 2, get, &[])?;
    super::handover(vm, o, "set", 3, set, &[])?;
    tag(vm, o, "Reflect")?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::Reflect, o);
    let key = PropertyKey::Name(vm.intern("Reflect")?);
    let global = vm.realm().global();
    global.define_own(vm, key, Value::object(o), HIDDEN)
}

fn target<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<Object<'gc>> {
    match args.get(0).as_object() {
        Some(o) => Ok(o),
        None => {
            let text = format!("Reflect.{name} called on non-object {}", vm.show(args.get(0)));
            Err(vm.type_error(&text))
        }
    }
}

/// 28.1.3 Reflect.defineProperty ( target, propertyKey, attributes )
fn define_property<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "defineProperty")?;
    let key = vm.to_key(args.get(1))?;
    let desc = to_descriptor(vm, args.get(2))?;
    o.define(vm, key, &desc).map(Value::bool)
}

/// 28.1.4 Reflect.deleteProperty ( target, propertyKey )
fn delete_property<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "deleteProperty")?;
    let key = vm.to_key(args.get(1))?;
    o.delete(vm, key).map(Value::bool)
}

/// 28.1.5 Reflect.get ( target, propertyKey [ , receiver ] )
fn get<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let o = target(vm, args, "get")?;
    let key = vm.to_key(args.get(1))?;
    let receiver = if args.len() > 2 { args.get(2) } else { args.get(0) };
    vm.get_handing_over(o, key, receiver)
}

/// 28.1.6 Reflect.getOwnPropertyDescriptor ( target, propertyKey )
fn get_own_property_descriptor<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "getOwnPropertyDescriptor")?;
    let key = vm.to_key(args.get(1))?;
    match o.get_own(vm, key)? {
        Some(p) => from_descriptor(vm, &p.descriptor()),
        None => Ok(Value::undefined()),
    }
}

/// 28.1.7 Reflect.getPrototypeOf ( target )
fn get_prototype_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "getPrototypeOf")?;
    Ok(o.get_proto(vm)?.map_or(Value::null(), Value::object))
}

/// 28.1.8 Reflect.has ( target, propertyKey )
fn has<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "has")?;
    let key = vm.to_key(args.get(1))?;
    o.has_property(vm, key).map(Value::bool)
}

/// 28.1.9 Reflect.isExtensible ( target )
fn is_extensible<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "isExtensible")?;
    o.is_extensible(vm).map(Value::bool)
}

/// 28.1.10 Reflect.ownKeys ( target )
fn own_keys<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "ownKeys")?;
    let mut list = Vec::new();
    for key in o.own_keys(vm)? {
        list.push(key_value(vm, key)?);
    }
    vm.array_from(&list).map(Value::object)
}

/// 28.1.11 Reflect.preventExtensions ( target )
fn prevent_extensions<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "preventExtensions")?;
    o.prevent_extensions(vm).map(Value::bool)
}

/// 28.1.12 Reflect.set ( target, propertyKey, V [ , receiver ] )
fn set<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let o = target(vm, args, "set")?;
    let key = vm.to_key(args.get(1))?;
    let receiver = if args.len() > 3 { args.get(3) } else { args.get(0) };
    match o.store(vm, key, args.get(2), receiver)? {
        Stored::Setter(f) => {
            let library = Value::object(vm.intrinsic(Intrinsic::ReflectSetter)?);
            Ok(Handover::call(library, Value::undefined(), &[f, receiver, args.get(2)]))
        }
        stored => Ok(Handover::Done(Value::bool(matches!(stored, Stored::Done)))),
    }
}

/// 28.1.13 Reflect.setPrototypeOf ( target, proto )
fn set_prototype_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = target(vm, args, "setPrototypeOf")?;
    let proto = args.get(1);
    if !proto.is_null() && !proto.is_object() {
        return Err(vm.type_error("a prototype must be an object or null"));
    }
    o.set_proto(vm, proto.as_object()).map(Value::bool)
}
