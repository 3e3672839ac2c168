//! Generator objects (27.5) and the function objects of generators and async functions (27.3, 27.7).

use super::{method, new_native, prototype, tag};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::object::function::{NativeCode, NativeFn, Special};
use crate::object::shape::CONFIGURABLE;
use crate::syntax::DynamicFunctionKind;
use crate::value::Value;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
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
    let kinds: [(Intrinsic, Intrinsic, &'static str, NativeFn); 2] = [
        (
            Intrinsic::GeneratorFunctionPrototype,
            Intrinsic::GeneratorFunction,
            "GeneratorFunction",
            generator_function,
        ),
        (Intrinsic::AsyncFunctionPrototype, Intrinsic::AsyncFunction, "AsyncFunction", async_function),
    ];
    for (proto, constructor, name, f) in kinds {
        let p = prototype(vm, proto, Intrinsic::FunctionPrototype, Class::Object, ObjectData::None)?;
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
        if proto == Intrinsic::GeneratorFunctionPrototype {
            p.define_own(vm, prototype_key, Value::object(generator), CONFIGURABLE)?;
            generator.define_own(vm, constructor_key, Value::object(p), CONFIGURABLE)?;
        }
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
