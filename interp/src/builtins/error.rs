//! Error objects (20.5).
#![forbid(unsafe_code)]

use super::{Row, constructor, methods, prototype};
use crate::object::data::{ErrorData, ObjectData};
use crate::object::function::{NativeCode, NativeFn};
use crate::object::shape::{CONFIGURABLE, HIDDEN};
use crate::object::{Class, Object};
use crate::value::Value;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Throw, Vm};

const PROTOTYPE: &[Row] = &[("toString", 0, to_string)];

macro_rules! natives {
    ($($name:ident $proto:ident;)*) => {
        $(fn $name<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
            make(vm, args, Intrinsic::$proto, 0)
        })*
    };
}

natives! {
    error ErrorPrototype;
    type_error TypeErrorPrototype;
    range_error RangeErrorPrototype;
    reference_error ReferenceErrorPrototype;
    syntax_error SyntaxErrorPrototype;
    eval_error EvalErrorPrototype;
    uri_error UriErrorPrototype;
}

const KINDS: &[(&str, Intrinsic, Intrinsic, NativeFn)] = &[
    ("Error", Intrinsic::Error, Intrinsic::ErrorPrototype, error),
    ("TypeError", Intrinsic::TypeError, Intrinsic::TypeErrorPrototype, type_error),
    ("RangeError", Intrinsic::RangeError, Intrinsic::RangeErrorPrototype, range_error),
    ("ReferenceError", Intrinsic::ReferenceError, Intrinsic::ReferenceErrorPrototype, reference_error),
    ("SyntaxError", Intrinsic::SyntaxError, Intrinsic::SyntaxErrorPrototype, syntax_error),
    ("EvalError", Intrinsic::EvalError, Intrinsic::EvalErrorPrototype, eval_error),
    ("URIError", Intrinsic::UriError, Intrinsic::UriErrorPrototype, uri_error),
    ("AggregateError", Intrinsic::AggregateError, Intrinsic::AggregateErrorPrototype, aggregate_error),
    ("SuppressedError", Intrinsic::SuppressedError, Intrinsic::SuppressedErrorPrototype, suppressed_error),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    for &(name, which, proto, f) in KINDS {
        let is_base = which == Intrinsic::Error;
        let parent = if is_base { Intrinsic::ObjectPrototype } else { Intrinsic::ErrorPrototype };
        let p = prototype(vm, proto, parent, Class::Object, ObjectData::None)?;
        let length = match which {
            Intrinsic::AggregateError => 2,
            Intrinsic::SuppressedError => 3,
            _ => 1,
        };
        let c = constructor(vm, which, name, length, f, p)?;
        let (name_key, message_key) = (vm.names().name, vm.names().message);
        let text = vm.intern(name)?;
        p.define_own(vm, name_key, Value::string(text), HIDDEN)?;
        let empty = vm.names().empty.to_value();
        p.define_own(vm, message_key, empty, HIDDEN)?;
        if is_base {
            methods(vm, p, PROTOTYPE)?;
            let key = vm.names().stack;
            let get = super::new_native(vm, NativeCode::Leaf(stack), 0, key, "get", &[], false)?;
            let set = super::new_native(vm, NativeCode::Leaf(set_stack), 1, key, "set", &[], false)?;
            p.define_accessor(vm, key, Value::object(get), Value::object(set), CONFIGURABLE)?;
            methods(vm, c, &[("captureStackTrace", 1, capture), ("isError", 1, is_error)])?;
        } else {
            let base = vm.intrinsic(Intrinsic::Error)?;
            c.set_proto(vm, Some(base))?;
        }
    }
    Ok(())
}

/// 20.5.1.1 Error ( message [ , options ] ) and its kin.
fn make<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, default: Intrinsic, at: usize) -> JsResult<Value<'gc>> {
    let proto = match args.new_target().as_object() {
        Some(t) => vm.prototype_from(t, default)?,
        None => vm.intrinsic(default)?,
    };
    let o = vm.error_object(proto)?;
    let message = args.get(at);
    if !message.is_undefined() {
        let s = vm.to_string(message)?;
        let key = vm.names().message;
        o.define_own(vm, key, Value::string(s), HIDDEN)?;
    }
    if let Some(options) = args.get(at + 1).as_object() {
        let key = vm.names().cause;
        if options.has_property(vm, key)? {
            let cause = options.get(vm, key, Value::object(options))?;
            o.define_own(vm, key, cause, HIDDEN)?;
        }
    }
    Ok(Value::object(o))
}

/// 20.5.7.1.1 AggregateError ( errors, message [ , options ] )
fn aggregate_error<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = make(vm, args, Intrinsic::AggregateErrorPrototype, 1)?;
    let list = super::array_iterator::iterate_to_list(vm, args.get(0))?;
    let array = vm.array_from(&list)?;
    let key = vm.names().errors;
    if let Some(object) = o.as_object() {
        object.define_own(vm, key, Value::object(array), HIDDEN)?;
    }
    Ok(o)
}

/// 20.5.8.1.1 SuppressedError ( error, suppressed, message )
fn suppressed_error<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let proto = match args.new_target().as_object() {
        Some(t) => vm.prototype_from(t, Intrinsic::SuppressedErrorPrototype)?,
        None => vm.intrinsic(Intrinsic::SuppressedErrorPrototype)?,
    };
    let o = vm.error_object(proto)?;
    if !args.get(2).is_undefined() {
        let s = vm.to_string(args.get(2))?;
        let key = vm.names().message;
        o.define_own(vm, key, Value::string(s), HIDDEN)?;
    }
    let (error, suppressed) = (vm.names().error, vm.names().suppressed);
    o.define_own(vm, error, args.get(0), HIDDEN)?;
    o.define_own(vm, suppressed, args.get(1), HIDDEN)?;
    Ok(Value::object(o))
}

/// 20.5.3.4 Error.prototype.toString ( )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(o) = args.this().as_object() else {
        return super::wrong_receiver(vm, "Error.prototype.toString", args.this());
    };
    let (name_key, message_key) = (vm.names().name, vm.names().message);
    let name = o.get(vm, name_key, args.this())?;
    let name = if name.is_undefined() { vm.intern("Error")? } else { vm.to_string(name)? };
    let message = o.get(vm, message_key, args.this())?;
    let message = if message.is_undefined() { vm.intern("")? } else { vm.to_string(message)? };
    if name.is_empty() {
        return Ok(Value::string(message));
    }
    if message.is_empty() {
        return Ok(Value::string(name));
    }
    let colon = vm.intern(": ")?;
    let head = vm.concat(name, colon)?.as_string().unwrap_or(name);
    vm.concat(head, message)
}

fn data_of<'gc>(o: Object<'gc>) -> Option<gc::Gc<'gc, ErrorData<'gc>>> {
    match o.data() {
        ObjectData::Any(c) => c.downcast(),
        _ => None,
    }
}

/// `get Error.prototype.stack`: the head of the error and the frames it was made in.
fn stack<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(o) = args.this().as_object() else {
        return super::wrong_receiver(vm, "get Error.prototype.stack", args.this());
    };
    let Some(data) = data_of(o) else { return Ok(Value::undefined()) };
    let head = to_string(vm, args)?;
    let head = vm.to_string(head)?.to_utf8();
    let text = format!("{head}\n{}", data.stack.to_utf8().trim_end());
    Ok(Value::string(vm.str(&text)?))
}

/// `set Error.prototype.stack`: SetterThatIgnoresPrototypeProperties for strings.
fn set_stack<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let home = vm.intrinsic(Intrinsic::ErrorPrototype)?;
    let Some(o) = args.this().as_object() else {
        return super::wrong_receiver(vm, "set Error.prototype.stack", args.this());
    };
    if args.get(0).as_string().is_none() {
        let text = format!("{} is not a string", vm.show(args.get(0)));
        return Err(vm.type_error(&text));
    }
    if o.is(home) {
        return Err(vm.type_error("Error.prototype.stack cannot be assigned to"));
    }
    let key = vm.names().stack;
    if o.get_own(vm, key)?.is_none() {
        o.create_data_or_throw(vm, key, args.get(0))?;
    } else {
        o.put(vm, key, args.get(0))?;
    }
    Ok(Value::undefined())
}

/// `Error.captureStackTrace(object)`, as V8 has it: gives the object a `stack`.
fn capture<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(o) = args.get(0).as_object() else {
        return super::wrong_receiver(vm, "Error.captureStackTrace", args.get(0));
    };
    let (text, _) = vm.stack_text();
    let s = vm.str(&text)?;
    let key = vm.names().stack;
    o.define_own(vm, key, Value::string(s), HIDDEN)?;
    Ok(Value::undefined())
}

/// 20.5.2.1 Error.isError ( arg )
fn is_error<'gc>(_: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(args.get(0).as_object().is_some_and(|o| o.is_class(Class::Error))))
}

impl<'gc> Vm<'gc> {
    /// Throws an error of a prototype object.
    pub(crate) fn error_of(&mut self, proto: Object<'gc>, message: &str) -> Throw {
        let made = (|| {
            let o = self.error_object(proto)?;
            let s = self.str(message)?;
            let key = self.names().message;
            o.define_own(self, key, Value::string(s), HIDDEN)?;
            Ok(o)
        })();
        match made {
            Ok(o) => self.throw(Value::object(o)),
            Err(t) => t,
        }
    }
}
