//! %AbstractModuleSource% (28.1.1 of the proposal "source phase imports"): what the objects that stand
//! for a module's source have in common.
#![forbid(unsafe_code)]

use super::{getters, new_native};
use crate::object::data::ObjectData;
use crate::object::function::NativeCode;
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::AbstractModuleSourcePrototype;
    let proto = super::prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    getters(vm, proto, &[("@@toStringTag", tag)])?;
    let name = PropertyKey::Name(vm.intern("AbstractModuleSource")?);
    let c = new_native(vm, NativeCode::Leaf(construct), 0, name, "", &[], true)?;
    let (prototype, constructor) = (vm.names().prototype, vm.names().constructor);
    c.make_lazy(vm)?;
    c.define_own(vm, prototype, Value::object(proto), 0)?;
    proto.define_own(vm, constructor, Value::object(c), HIDDEN)?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::AbstractModuleSource, c);
    Ok(())
}

/// %AbstractModuleSource% ( )
fn construct<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    Err(vm.type_error("AbstractModuleSource cannot be called or constructed"))
}

/// get %AbstractModuleSource%.prototype [ %Symbol.toStringTag% ]
fn tag<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match args.this().as_object() {
        Some(o) if o.is_class(Class::ModuleSource) => Ok(Value::string(vm.intern("Module")?)),
        _ => Ok(Value::undefined()),
    }
}

/// The source object of a module for which the host says there is one.
pub(crate) fn instance<'gc>(vm: &mut Vm<'gc>) -> JsResult<Object<'gc>> {
    let proto = vm.intrinsic(Intrinsic::AbstractModuleSourcePrototype)?;
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Object::new(vm.mc, shape, Class::ModuleSource, 0, ObjectData::None)?)
}
