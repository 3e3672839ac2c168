//! Function objects (20.2) and the abstract ones of generators.
#![forbid(unsafe_code)]

use super::{Row, method, methods, new_native};
use crate::object::data::ObjectData;
use crate::object::function::{BoundData, NativeCode, Special};
use crate::object::shape::CONFIGURABLE;
use crate::object::{CALLABLE, CONSTRUCTOR, Class, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] =
    &[("bind", 1, bind), ("toString", 0, to_string), ("@@hasInstance", 1, has_instance)];

/// `Function.prototype` called.
pub(crate) fn nothing<'gc>(_: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::undefined())
}

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = vm.intrinsic(Intrinsic::FunctionPrototype)?;
    method(vm, proto, "apply", 2, NativeCode::Special(Special::Apply))?;
    method(vm, proto, "call", 1, NativeCode::Special(Special::Call))?;
    methods(vm, proto, PROTOTYPE)?;
    let key = vm.well_known(crate::value::symbol::WellKnown::HasInstance);
    if let Some(f) = proto.get_own_data(vm, key) {
        proto.define_own(vm, key, f, 0)?;
        if let Some(f) = f.as_object() {
            Realm::set(vm.realm(), vm.mc, Intrinsic::FunctionHasInstance, f);
        }
    }
    // That a class has no metadata can be told from that there is no such thing.
    let key = vm.well_known(crate::value::symbol::WellKnown::Metadata);
    proto.define_own(vm, key, Value::null(), 0)?;
    super::constructor(vm, Intrinsic::Function, "Function", 1, function, proto)?;
    // %ThrowTypeError%
    let name = vm.names().empty;
    let thrower = new_native(vm, NativeCode::Leaf(throw_type_error), 0, name, "", &[], false)?;
    thrower.make_lazy(vm)?;
    let (length, name) = (vm.names().length, vm.names().name);
    thrower.define_own(vm, length, Value::int(0), 0)?;
    let empty = vm.names().empty.to_value();
    thrower.define_own(vm, name, empty, 0)?;
    thrower.prevent_extensions(vm)?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::ThrowTypeError, thrower);
    for key in [vm.names().arguments, vm.key("caller")?] {
        let t = Value::object(thrower);
        proto.define_accessor(vm, key, t, t, CONFIGURABLE)?;
    }
    Ok(())
}

/// 10.2.4.1 %ThrowTypeError% ( ). Asked for `caller` or `arguments` of a plain sloppy function it says
/// undefined, as there is no such extension here.
fn throw_type_error<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let Some(f) = args.this().as_object()
        && let ObjectData::Closure(c) = f.data()
        && !c.code.get().code.strict
        && f.is_constructor()
    {
        return Ok(Value::undefined());
    }
    Err(vm.type_error(
        "'caller', 'callee', and 'arguments' properties may not be accessed on strict mode functions",
    ))
}

/// 20.2.1.1 Function ( ...parameterArgs, bodyArg )
fn function<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    super::global::dynamic_function(vm, args, crate::syntax::DynamicFunctionKind::Normal)
}

/// 20.2.3.2 Function.prototype.bind ( thisArg, ...args )
fn bind<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(target) = args.this().as_object().filter(|f| f.is_callable()) else {
        return super::wrong_receiver(vm, "Function.prototype.bind", args.this());
    };
    let bound = vm.mc.try_alloc(BoundData { target, this: args.get(0), args: args.from(1).into() })?;
    let proto = target.get_proto(vm)?;
    let shape = vm.root_shape(proto, 2);
    let flags = CALLABLE | target.flags() & CONSTRUCTOR;
    let f = Object::new(vm.mc, shape, Class::Function, flags, ObjectData::Bound(bound))?;
    let (length_key, name_key) = (vm.names().length, vm.names().name);
    let mut length = 0.0;
    if target.get_own(vm, length_key)?.is_some() {
        let l = target.get(vm, length_key, Value::object(target))?;
        if let Some(n) = l.as_number() {
            length = if n.is_infinite() {
                if n > 0.0 { n } else { 0.0 }
            } else {
                (vm.to_integer(l)? - args.from(1).len() as f64).max(0.0)
            };
        }
    }
    f.define_own(vm, length_key, Value::number(length), CONFIGURABLE)?;
    let name = target.get(vm, name_key, Value::object(target))?;
    // A rope: binding again and again takes no more for each name than for the last.
    let prefix = vm.intern("bound ")?;
    let name = match name.as_string() {
        Some(s) => vm.concat(prefix, s)?,
        None => Value::string(prefix),
    };
    f.define_own(vm, name_key, name, CONFIGURABLE)?;
    Ok(Value::object(f))
}

/// 20.2.3.5 Function.prototype.toString ( )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(f) = args.this().as_object().filter(|f| f.is_callable()) else {
        return super::wrong_receiver(vm, "Function.prototype.toString", args.this());
    };
    match f.data() {
        ObjectData::Closure(c) if !c.code.get().code.self_hosted => {
            let code = &c.code.get().code;
            let text = code.source.slice(code.span.start, code.span.end);
            Ok(Value::string(crate::value::Str::text(vm.mc, &text)?))
        }
        _ => {
            let key = vm.names().name;
            let name = match f.get_own_data(vm, key).and_then(|v| v.as_string()) {
                Some(s) => s.to_utf8(),
                None => String::new(),
            };
            // Only what is a PropertyName, perhaps of an accessor, may stand there.
            let key = name.strip_prefix("get ").or(name.strip_prefix("set ")).unwrap_or(&name);
            let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
            let name = if key.starts_with('[') || key.chars().all(is_name) { name.as_str() } else { "" };
            let s = vm.str(&format!("function {name}() {{ [native code] }}"))?;
            Ok(Value::string(s))
        }
    }
}

/// 20.2.3.6 Function.prototype [ %Symbol.hasInstance% ] ( V )
fn has_instance<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    vm.ordinary_has_instance(args.this(), args.get(0)).map(Value::bool)
}

const _: Option<PropertyKey<'static>> = None;
