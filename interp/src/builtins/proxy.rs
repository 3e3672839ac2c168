//! Proxy objects (28.2): the constructor. Their internal methods stand in `object/exotic/proxy.rs`.
#![forbid(unsafe_code)]

use gc::Lock;

use super::{Row, methods, native_slots, new_native};
use crate::object::data::{ObjectData, ProxyData};
use crate::object::function::NativeCode;
use crate::object::shape::{HIDDEN, Shape};
use crate::object::{CALLABLE, CONSTRUCTOR, Class, EXOTIC, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("revocable", 2, revocable)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let key = PropertyKey::Name(vm.intern("Proxy")?);
    let c = new_native(vm, NativeCode::Leaf(proxy), 2, key, "", &[], true)?;
    methods(vm, c, STATIC)?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::Proxy, c);
    let global = vm.realm().global();
    global.define_own(vm, key, Value::object(c), HIDDEN)
}

/// 28.2.1.1 Proxy ( target, handler )
fn proxy<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor Proxy requires 'new'"));
    }
    create(vm, args.get(0), args.get(1)).map(Value::object)
}

/// 10.5.14 ProxyCreate ( target, handler )
fn create<'gc>(vm: &mut Vm<'gc>, target: Value<'gc>, handler: Value<'gc>) -> JsResult<Object<'gc>> {
    let (Some(target), Some(handler)) = (target.as_object(), handler.as_object()) else {
        return Err(vm.type_error("target and handler of a proxy must be objects"));
    };
    let data =
        vm.mc.try_alloc(ProxyData { target: Lock::new(Some(target)), handler: Lock::new(Some(handler)) })?;
    // A shape of its own: what caches know of others must not hold for it.
    let shape = Shape::to_dictionary(vm.root_shape(None, 0), vm.mc);
    let flags = EXOTIC | target.flags() & (CALLABLE | CONSTRUCTOR);
    Ok(Object::new(vm.mc, shape, Class::Proxy, flags, ObjectData::Proxy(data))?)
}

/// 28.2.2.1 Proxy.revocable ( target, handler )
fn revocable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let p = Value::object(create(vm, args.get(0), args.get(1))?);
    let revoker = Value::object(vm.native(revoke, 0, &[p])?);
    let result = vm.new_object(2)?;
    let (proxy, revoke) = (vm.names().proxy, vm.names().revoke);
    result.create_data(vm, proxy, p)?;
    result.create_data(vm, revoke, revoker)?;
    Ok(Value::object(result))
}

fn revoke<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let p = native_slots(args.callee())[0].get();
    if let Some(ObjectData::Proxy(data)) = p.as_object().map(Object::data) {
        data.set(vm.mc, |p| &p.target, None);
        data.set(vm.mc, |p| &p.handler, None);
    }
    Ok(Value::undefined())
}
