//! The operations of `self_hosted/json.js` that serialize: what is written, and where its text grows.

use std::cell::RefCell;

use gc::{Gc, Trace};

use super::json::{new_line, quote, serializable, write_leaf};
use super::string::Builder;
use crate::compiler::intrinsics as n;
use crate::object::data::ObjectData;
use crate::object::shape::ENUMERABLE;
use crate::object::{Class, Object};
use crate::value::Value;
use crate::vm::{JsResult, Vm};

/// The text so far, and the gap.
#[derive(Trace)]
pub(super) struct Output {
    #[trace(skip)]
    text: RefCell<(Builder, Vec<u16>)>,
}

impl Output {
    /// No text yet.
    pub(super) fn new(gap: Vec<u16>) -> Output {
        Output { text: RefCell::new((Builder::new(), gap)) }
    }
}

pub(crate) fn library_operation<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    if id == n::ENUMERABLE_KEYS {
        return enumerable_keys(vm, args[0]);
    }
    let out: Gc<'gc, Output> =
        args[0].as_cell().and_then(|c| c.downcast()).expect("the library keeps it, and shows it to nobody");
    let list = |v: Value<'gc>| v.as_object().expect("lists of the library are arrays");
    match id {
        n::JSON_PUT => {
            let value = unwrapped(vm, args[3])?;
            let (text, gap) = &mut *out.as_ref().text.borrow_mut();
            put(vm, text, gap, list(args[1]), args[2], value, args[4].as_int().unwrap_or(0))
        }
        n::JSON_END => {
            // The output, the open objects, whether it is an array, whether it has parts.
            let open = list(args[1]);
            let depth = open.array_length() - 1;
            open.set_element(vm.mc, depth, Value::hole());
            open.set_array_length(depth);
            let (text, gap) = &mut *out.as_ref().text.borrow_mut();
            if args[3].is_true() {
                new_line(vm, text, gap, depth as usize)?;
            }
            text.push_str(vm, if args[2].is_true() { "]" } else { "}" })?;
            Ok(Value::undefined())
        }
        _ => {
            let text = std::mem::replace(&mut out.as_ref().text.borrow_mut().0, Builder::new());
            text.finish(vm).map(Value::string)
        }
    }
}

/// EnumerableOwnProperties ( O, key ), as a list of strings.
fn enumerable_keys<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(v)?;
    let mut list = Vec::new();
    for key in o.own_keys(vm)? {
        if !key.is_symbol() && o.get_own(vm, key)?.is_some_and(|p| p.attrs & ENUMERABLE != 0) {
            list.push(Value::string(vm.to_string(key.to_value())?));
        }
    }
    vm.array_from(&list).map(Value::object)
}

/// SerializeJSONProperty, step 4.
fn unwrapped<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Value<'gc>> {
    let Some(o) = v.as_object() else { return Ok(v) };
    if o.is_class(Class::Number) {
        return vm.to_number(v).map(Value::number);
    }
    if o.is_class(Class::String) {
        return vm.to_string(v).map(Value::string);
    }
    Ok(match o.data() {
        ObjectData::Primitive(primitive) if o.is_class(Class::Boolean) || o.is_class(Class::BigInt) => {
            primitive
        }
        _ => v,
    })
}

/// Writes what stands before a value, and the value, or the beginning of an object, which it gives. Else it gives true, or
/// undefined if nothing was written.
fn put<'gc>(
    vm: &mut Vm<'gc>,
    out: &mut Builder,
    gap: &[u16],
    open: Object<'gc>,
    key: Value<'gc>,
    value: Value<'gc>,
    place: i32,
) -> JsResult<Value<'gc>> {
    let written = serializable(vm, value);
    if !written && !matches!(place, 1 | 2) {
        return Ok(Value::undefined());
    }
    if matches!(place, 2 | 4) {
        out.push_str(vm, ",")?;
    }
    let depth = open.array_length();
    if place > 0 {
        new_line(vm, out, gap, depth as usize)?;
    }
    if place > 2 {
        let name = vm.to_string(key)?;
        quote(vm, out, name)?;
        out.push_str(vm, if gap.is_empty() { ":" } else { ": " })?;
    }
    if !written {
        out.push_str(vm, "null")?;
        return Ok(Value::bool(true));
    }
    match value.as_object() {
        Some(o) if !o.is_class(Class::RawJson) => {
            vm.charge(depth as usize / 16)?;
            if (0..depth).any(|i| open.element(i) == Some(value)) {
                return Err(vm.type_error("cannot convert a cyclic structure to JSON"));
            }
            vm.array_push(open, value)?;
            let begin = if vm.is_array(value)? { "[" } else { "{" };
            out.push_str(vm, begin)?;
            Ok(value)
        }
        _ => {
            write_leaf(vm, out, value)?;
            Ok(Value::bool(true))
        }
    }
}
