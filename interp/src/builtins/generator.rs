//! Generator objects (27.5) and the function objects of generators and async functions (27.3, 27.7).
#![forbid(unsafe_code)]

use super::{method, new_native, prototype, tag};
use crate::object::data::ObjectData;
use crate::object::function::{NativeCode, NativeFn, Special};
use crate::object::shape::CONFIGURABLE;
use crate::object::{Class, Object};
use crate::syntax::DynamicFunctionKind;
use crate::value::Value;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    // First: what follows may run library code that makes generator functions.
    prototype(
        vm,
        Intrinsic::GeneratorFunctionPrototype,
        Intrinsic::FunctionPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let generator = prototype(
        vm,
        Intrinsic::GeneratorPrototype,
        Intrinsic::IteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    for (name, special) in [("next", Special::Next), ("return", Special::Return), ("throw", Special::Throw)] {
        method(vm, generator, name, 1, NativeCode::Special(special))?;
    }
    tag(vm, generator, "Generator")?;
    function_kind(
        vm,
        Intrinsic::GeneratorFunctionPrototype,
        Intrinsic::GeneratorFunction,
        "GeneratorFunction",
        generator_function,
        Some(generator),
    )?;
    function_kind(
        vm,
        Intrinsic::AsyncFunctionPrototype,
        Intrinsic::AsyncFunction,
        "AsyncFunction",
        async_function,
        None,
    )
}

/// The prototype and the constructor of a kind of functions; `objects` is the prototype of what they
/// give, if they are generators.
pub(super) fn function_kind<'gc>(
    vm: &mut Vm<'gc>,
    proto: Intrinsic,
    constructor: Intrinsic,
    name: &'static str,
    f: NativeFn,
    objects: Option<Object<'gc>>,
) -> JsResult<()> {
    let p = match vm.realm().get(proto) {
        Some(p) => p,
        None => prototype(vm, proto, Intrinsic::FunctionPrototype, Class::Object, ObjectData::None)?,
    };
    tag(vm, p, name)?;
    let key = vm.key(name)?;
    let c = new_native(vm, NativeCode::Leaf(f), 1, key, "", &[], true)?;
    c.make_lazy(vm)?;
    let function = vm.intrinsic(Intrinsic::Function)?;
    c.set_proto(vm, Some(function))?;
    let (prototype_key, constructor_key) = (vm.names().prototype, vm.names().constructor);
    c.define_own(vm, prototype_key, Value::object(p), 0)?;
    p.define_own(vm, constructor_key, Value::object(c), CONFIGURABLE)?;
    Realm::set(vm.realm(), vm.mc, constructor, c);
    if let Some(objects) = objects {
        p.define_own(vm, prototype_key, Value::object(objects), CONFIGURABLE)?;
        objects.define_own(vm, constructor_key, Value::object(p), CONFIGURABLE)?;
    }
    Ok(())
}

/// 27.3.1.1 GeneratorFunction ( ...parameterArgs, bodyArg )
fn generator_function<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    super::global::dynamic_function(vm, args, DynamicFunctionKind::Generator)
}

/// 27.7.1.1 AsyncFunction ( ...parameterArgs, bodyArg )
fn async_function<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    super::global::dynamic_function(vm, args, DynamicFunctionKind::Async)
}
