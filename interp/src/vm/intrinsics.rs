//! The operations that compiled code calls by number: those of the compiler itself, and those of the
//! self-hosted library (`$name(…)`).
#![forbid(unsafe_code)]

use super::disposal::{self, DisposeCapability, Hint};
use super::{JsResult, Vm};
use crate::compiler::intrinsics as n;
use crate::object::shape::DEFAULT;
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};

/// Runs an intrinsic operation.
#[inline]
pub(crate) fn call<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    // What loops of the library ask for each element does not go through the large function below.
    match id {
        n::IS_CALLABLE => Ok(Value::bool(vm.is_callable(args[0]))),
        n::NEXT_KEY => Ok(crate::builtins::map::next_key(vm, args[0])),
        n::ITS_VALUE => Ok(crate::builtins::map::its_value(args[0])),
        n::MAP_ITERATE..=n::GROUPS_AS_OBJECT => crate::builtins::map::keyed_operation(vm, id, args),
        n::PART..=n::SUBSTITUTE => crate::builtins::regexp::library_operation(vm, id, args),
        n::TYPED_LENGTH..=n::TYPED_FROM => crate::builtins::typed_array::library_operation(vm, id, args),
        n::RECORD_OF..=n::REVIVED => crate::builtins::json_source::library_operation(vm, id, args),
        n::ENUMERABLE_KEYS..=n::JSON_TEXT => crate::builtins::json_library::library_operation(vm, id, args),
        n::DEFINE_DATA if args[0].is_object() => {
            let (o, key) = (vm.to_object(args[0])?, vm.to_key(args[1])?);
            o.create_data_or_throw(vm, key, args[2])?;
            Ok(Value::undefined())
        }
        n::ITER_STEP => Ok(vm.iter_step(args[0])?.unwrap_or(Value::hole())),
        n::IS_OBJECT => Ok(Value::bool(args[0].is_object())),
        n::CONVERSION => Ok(vm.first_conversion(args[0], args[1])),
        _ => rare(vm, id, args),
    }
}

fn rare<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    let arg = |i: usize| args.get(i).copied().unwrap_or(Value::undefined());
    let x = arg(0);
    Ok(match id {
        n::GET_PROTO => match x.as_object() {
            Some(o) => o.get_proto(vm)?.map_or(Value::null(), Value::object),
            None => Value::null(),
        },
        n::ASYNC_CLOSE => {
            // iterator, next, state
            if arg(2).is_hole() {
                return Ok(Value::hole());
            }
            let key = vm.names().return_;
            or_hole(vm.get_method(x, key)?)
        }
        n::DELEGATE => {
            // iterator, next, state, received, mode: the method that is asked for.
            match arg(4).as_int() {
                Some(mode @ (1 | 2)) => {
                    let key = if mode == 1 { vm.names().throw } else { vm.names().return_ };
                    or_hole(vm.get_method(x, key)?)
                }
                _ => arg(1),
            }
        }
        n::ITER_DONE => {
            let key = vm.names().done;
            let d = vm.get_value(x, key)?;
            Value::bool(vm.to_boolean(d))
        }
        n::ITER_VALUE => {
            let key = vm.names().value;
            vm.get_value(x, key)?
        }
        n::IS_CONSTRUCTOR => Value::bool(x.as_object().is_some_and(|o| o.is_constructor())),
        n::TO_OBJECT => Value::object(vm.to_object(x)?),
        n::TO_LENGTH => Value::number(vm.to_length(x)? as f64),
        n::TO_INTEGER => Value::number(vm.to_integer(x)?),
        n::TO_KEY => vm.to_key_value(x)?,
        n::TO_NUMERIC => vm.to_numeric_value(x)?,
        n::TO_NUMBER => Value::number(vm.to_number(x)?),
        n::TYPE_ERROR | n::RANGE_ERROR => {
            let text = vm.to_string(x)?.to_utf8();
            let text = if args.len() > 1 { format!("{} {text}", vm.show(arg(1))) } else { text };
            return Err(if id == n::TYPE_ERROR { vm.type_error(&text) } else { vm.range_error(&text) });
        }
        n::DEFINE_DATA => {
            let o = vm.to_object(x)?;
            let key = vm.to_key(arg(1))?;
            o.create_data_or_throw(vm, key, arg(2))?;
            Value::undefined()
        }
        n::SPREADABLE_KEY => vm.well_known(WellKnown::IsConcatSpreadable).to_value(),
        n::CONTINUE_SYNC => crate::builtins::async_iterator::continue_sync(vm, args)?,
        n::REJECT_PROMISE => {
            vm.reject_promise(x.as_object().expect("the library passes a promise"), arg(1))?;
            Value::undefined()
        }
        n::COMBINE_NEXT..=n::PASS_ON => crate::builtins::promise::library_operation(vm, id, args)?,
        n::SPECIES_CREATE => crate::builtins::array::species_create(vm, x, arg(1))?,
        n::CONSTRUCT => {
            let Some(c) = x.as_object() else { return Err(vm.not_a(x, "constructor")) };
            vm.construct(c, args.get(1..).unwrap_or(&[]), c)?
        }
        n::HAS => {
            let o = vm.to_object(x)?;
            let key = vm.to_key(arg(1))?;
            Value::bool(o.has_property(vm, key)?)
        }
        n::IS_ARRAY => Value::bool(vm.is_array(x)?),
        n::ARRAY_CREATE => {
            // With a length: that many undefined elements.
            let n = x.as_int().map_or(0, |n| n.max(0) as usize);
            let a = vm.new_array(n)?;
            for i in 0..n {
                a.set_element(vm.mc, i as u32, Value::undefined());
            }
            a.set_array_length(n as u32);
            Value::object(a)
        }
        n::PUSH => {
            let list = x.as_object().expect("lists of the library are arrays");
            vm.array_push(list, arg(1))?;
            Value::number(f64::from(list.array_length()))
        }
        n::SORT_DEFAULT => {
            let list = x.as_object().expect("lists of the library are arrays");
            Value::bool(crate::builtins::array_sort::sort_primitives(vm, list)?)
        }
        n::DELETE_OR_THROW => {
            let o = vm.to_object(x)?;
            let key = vm.to_key(arg(1))?;
            if !o.delete(vm, key)? {
                let text = format!("cannot delete property {}", vm.show_key(key));
                return Err(vm.type_error(&text));
            }
            Value::undefined()
        }
        n::GET_METHOD => {
            let key = vm.to_key(arg(1))?;
            vm.get_method(x, key)?
        }
        n::IS_UNDEFINED => Value::bool(x.is_undefined()),
        n::HOLE => Value::hole(),
        n::SAME_VALUE_ZERO => Value::bool(vm.same_value_zero(x, arg(1))),
        n::SORT_COMPARE => {
            // The order of two values without a comparator: by their strings.
            let (a, b) = (vm.to_string(x)?, vm.to_string(arg(1))?);
            Value::int(a.units(vm.mc)?.compare(b.units(vm.mc)?) as i32)
        }
        n::OWN_KEYS => {
            let o = vm.to_object(x)?;
            let mut list = Vec::new();
            for k in o.own_keys(vm)? {
                list.push(match k {
                    PropertyKey::Index(i) => Value::string(vm.to_string(Value::number(f64::from(i)))?),
                    k => k.to_value(),
                });
            }
            Value::object(vm.array_from(&list)?)
        }
        n::SLOT => {
            // An internal value an object keeps under a name no script can reach.
            let key = slot_key(vm, arg(1))?;
            match x.as_object() {
                Some(o) => o.get_own_data(vm, key).unwrap_or(Value::undefined()),
                None => Value::undefined(),
            }
        }
        n::SET_SLOT => {
            let key = slot_key(vm, arg(1))?;
            if let Some(o) = x.as_object() {
                o.define_own(vm, key, arg(2), DEFAULT)?;
            }
            Value::undefined()
        }
        n::ITERATOR_METHOD => {
            let key = vm.well_known(WellKnown::Iterator);
            vm.get_method(x, key)?
        }
        n::APPLY => {
            let list = vm.list_from_array_like(arg(2))?;
            vm.call(x, arg(1), &list)?
        }
        n::ARGUMENT => {
            let i = x.as_int().unwrap_or(0) as usize;
            let frame = vm.current_frame().expect("a frame runs");
            frame.arguments().get(i).copied().unwrap_or(Value::undefined())
        }
        n::HOIST_IN_EVAL => Value::bool(vm.hoist_in_eval(arg(1), x)?),
        n::HOIST_IN_GLOBAL => Value::bool(vm.hoist_in_global(x)?),
        n::ACCESSOR_GETTER => Value::object(vm.native(super::ops::class::get_accessor, 0, &[x])?),
        n::ACCESSOR_SETTER => Value::object(vm.native(super::ops::class::set_accessor, 1, &[x])?),
        n::IS_EVAL => Value::bool(vm.is_eval(x)),
        n::FIRST => x.as_object().and_then(|a| a.element(0)).unwrap_or(Value::undefined()),
        n::CLOSE_QUIETLY => {
            vm.iter_close_quietly(x)?;
            Value::undefined()
        }
        n::ITER_CLOSE => {
            vm.iter_close(x)?;
            Value::undefined()
        }
        n::HELPER => crate::builtins::iterator::helper(vm, x, arg(1))?,
        n::WRAP_ITERATOR => {
            let wrapper = crate::builtins::iterator::wrapper(vm)?;
            for (name, v) in [("iterator", x), ("next", arg(1))] {
                let name = Value::string(vm.intern(name)?);
                let key = slot_key(vm, name)?;
                wrapper.define_own(vm, key, v, DEFAULT)?;
            }
            Value::object(wrapper)
        }
        n::IS_WRAPPER => {
            let fine = |o: crate::object::Object<'_>| o.is_class(crate::object::Class::WrapIterator);
            Value::bool(
                x.as_object().is_some_and(fine) && crate::builtins::iterator::helper_data(x).is_none(),
            )
        }
        n::IS_ITERATOR => {
            let c = Value::object(vm.intrinsic(super::realm::Intrinsic::Iterator)?);
            Value::bool(vm.ordinary_has_instance(c, x)?)
        }
        n::IS_ENUMERABLE => {
            let key = vm.to_key(arg(1))?;
            let o = vm.to_object(x)?;
            let enumerable = crate::object::shape::ENUMERABLE;
            Value::bool(o.get_own(vm, key)?.is_some_and(|p| p.attrs & enumerable != 0))
        }
        n::SET_OPERATION => {
            crate::builtins::map::library_operation(vm, x.as_int().unwrap_or(0), arg(1), arg(2))?
        }
        n::ASYNC_ITERATOR_METHOD => {
            let key = vm.well_known(WellKnown::AsyncIterator);
            vm.get_method(x, key)?
        }
        n::METADATA_KEY => vm.well_known(WellKnown::Metadata).to_value(),
        n::TO_PRIMITIVE_METHOD => {
            let key = vm.well_known(WellKnown::ToPrimitive);
            vm.get_method(x, key)?
        }
        n::PROXY_CHECK => {
            crate::object::exotic::proxy::check(vm, args)?;
            Value::undefined()
        }
        n::CLASS_ELEMENT => vm.class_element(args)?,
        n::DECORATE_CLASS => Value::object(vm.intrinsic(super::realm::Intrinsic::DecorateClass)?),
        n::FINISH_CLASS => Value::object(vm.intrinsic(super::realm::Intrinsic::FinishClass)?),
        n::FROM_SYNC => crate::builtins::async_iterator::from_sync(vm, x, arg(1))?[0],
        n::NEW_RESOURCES => Value::cell(DisposeCapability::new(vm)?.erase()),
        n::ADD_RESOURCE => {
            let hint = if arg(2).is_true() { Hint::Async } else { Hint::Sync };
            let capability = disposal::capability(x);
            vm.add_resource(capability, arg(1), hint)?;
            Value::undefined()
        }
        n::DISPOSE => {
            // capability, how the scope was left, what was thrown
            let thrown = (arg(1) == Value::int(1)).then(|| arg(2));
            vm.dispose(disposal::capability(x), thrown)?;
            Value::undefined()
        }
        n::DISPOSE_STEP => vm.dispose_step(disposal::capability(x))?.unwrap_or(Value::hole()),
        n::DISPOSE_FAILED => {
            vm.dispose_failed(disposal::capability(x), arg(1))?;
            Value::undefined()
        }
        n::DISPOSE_END => {
            vm.dispose_end(disposal::capability(x))?;
            Value::undefined()
        }
        _ => return Err(vm.type_error("unknown intrinsic operation")),
    })
}

fn or_hole(method: Value<'_>) -> Value<'_> {
    if method.is_undefined() { Value::hole() } else { method }
}

/// The private symbol of an internal slot's name.
fn slot_key<'gc>(vm: &mut Vm<'gc>, name: Value<'gc>) -> JsResult<PropertyKey<'gc>> {
    let name = vm.to_string(name)?;
    let name = vm.st.interner.intern_str(vm.mc, name)?;
    for (n, s) in &vm.st.slots {
        if n.gc().ptr_eq(name.gc()) {
            return Ok(PropertyKey::Symbol(*s));
        }
    }
    let s = vm.symbol(Some(name), crate::value::symbol::SymbolSort::Private);
    vm.st.slots.push((name, s));
    Ok(PropertyKey::Symbol(s))
}
