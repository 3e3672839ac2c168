//! AsyncGenerator objects (27.6) and %AsyncGeneratorFunction% (27.4). What requests do is in
//! `vm/async_generator.rs`.
#![forbid(unsafe_code)]

use super::{generator, method, prototype, tag};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::object::function::{NativeCode, Special};
use crate::syntax::DynamicFunctionKind;
use crate::value::Value;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: [(&str, Special); 3] =
    [("next", Special::AsyncNext), ("return", Special::AsyncReturn), ("throw", Special::AsyncThrow)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let p = prototype(
        vm,
        Intrinsic::AsyncGeneratorPrototype,
        Intrinsic::AsyncIteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    for (name, special) in PROTOTYPE {
        method(vm, p, name, 1, NativeCode::Special(special))?;
    }
    tag(vm, p, "AsyncGenerator")?;
    generator::function_kind(
        vm,
        Intrinsic::AsyncGeneratorFunctionPrototype,
        Intrinsic::AsyncGeneratorFunction,
        "AsyncGeneratorFunction",
        async_generator_function,
        Some(p),
    )
}

/// 27.4.1.1 AsyncGeneratorFunction ( ...parameterArgs, bodyArg )
fn async_generator_function<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    super::global::dynamic_function(vm, args, DynamicFunctionKind::AsyncGenerator)
}
