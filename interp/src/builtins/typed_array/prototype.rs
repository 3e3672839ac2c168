//! Properties of %TypedArray%.prototype (23.2.3) that call nothing back.
#![forbid(unsafe_code)]

use super::super::Row;
use super::super::{array_iterator, wrong_receiver};
use super::{copy_elements, new_array, species_create, validate};
use crate::object::function::NativeFn;
use crate::object::typed_array::{ViewGc, element, set_element, view};
use crate::value::{Str, Value};
use crate::vm::{Args, JsResult, Vm};

pub(super) const GETTERS: &[(&str, NativeFn)] = &[
    ("buffer", buffer),
    ("byteLength", byte_length),
    ("byteOffset", byte_offset),
    ("length", length),
    ("@@toStringTag", to_string_tag),
];

pub(super) const METHODS: &[Row] = &[
    ("at", 1, at),
    ("copyWithin", 2, copy_within),
    ("entries", 0, entries),
    ("fill", 1, fill),
    ("includes", 1, includes),
    ("indexOf", 1, index_of),
    ("join", 1, join),
    ("keys", 0, keys),
    ("lastIndexOf", 1, last_index_of),
    ("reverse", 0, reverse),
    ("set", 1, set),
    ("slice", 2, slice),
    ("subarray", 2, subarray),
    ("toLocaleString", 0, to_locale_string),
    ("toReversed", 0, to_reversed),
    ("values", 0, values),
    ("with", 2, with),
];

fn this_view<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, what: &str) -> JsResult<ViewGc<'gc>> {
    match args.this().as_object().and_then(view) {
        Some(v) => Ok(v),
        None => wrong_receiver(vm, what, args.this()),
    }
}

/// 23.2.3.2 get %TypedArray%.prototype.buffer
fn buffer<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::object(this_view(vm, args, "get TypedArray.prototype.buffer")?.object))
}

/// 23.2.3.3 get %TypedArray%.prototype.byteLength
fn byte_length<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = this_view(vm, args, "get TypedArray.prototype.byteLength")?;
    Ok(Value::number((v.length().unwrap_or(0) * v.kind.size()) as f64))
}

/// 23.2.3.4 get %TypedArray%.prototype.byteOffset
fn byte_offset<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = this_view(vm, args, "get TypedArray.prototype.byteOffset")?;
    Ok(Value::number(v.length().map_or(0, |_| v.offset) as f64))
}

/// 23.2.3.20 get %TypedArray%.prototype.length
fn length<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = this_view(vm, args, "get TypedArray.prototype.length")?;
    Ok(Value::number(v.length().unwrap_or(0) as f64))
}

/// 23.2.3.38 get %TypedArray%.prototype [ %Symbol.toStringTag% ]
fn to_string_tag<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match args.this().as_object().and_then(view) {
        Some(v) => Ok(Value::string(vm.intern(v.kind.name())?)),
        None => Ok(Value::undefined()),
    }
}

/// 23.2.3.1 %TypedArray%.prototype.at ( index )
fn at<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    let i = vm.to_integer(args.get(0))?;
    let i = if i < 0.0 { n as f64 + i } else { i };
    if i < 0.0 || i >= v.length().unwrap_or(0).min(n) as f64 {
        return Ok(Value::undefined());
    }
    element(vm, v, i as usize)
}

/// 23.2.3.6 %TypedArray%.prototype.copyWithin ( target, start [ , end ] )
fn copy_within<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), true)?;
    let len = n as u64;
    let to = vm.relative_index(args.get(0), len, 0)?;
    let from = vm.relative_index(args.get(1), len, 0)?;
    let end = vm.relative_index(args.get(2), len, len)?;
    let count = end.saturating_sub(from).min(len - to) as usize;
    if count > 0 {
        let Some(now) = v.length() else {
            return Err(vm.type_error("the typed array is out of bounds or detached"));
        };
        let (to, from) = (to as usize, from as usize);
        let count = count.min(now.saturating_sub(to.max(from)));
        vm.charge(count / 8)?;
        copy_elements(vm, v, from, v, to, count)?;
    }
    Ok(args.this())
}

fn iterator<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    make: fn(&mut Vm<'gc>, Args<'gc>) -> JsResult<Value<'gc>>,
) -> JsResult<Value<'gc>> {
    validate(vm, args.this(), false)?;
    make(vm, args)
}

/// 23.2.3.7 %TypedArray%.prototype.entries ( )
fn entries<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, array_iterator::entries)
}
/// 23.2.3.19 %TypedArray%.prototype.keys ( )
fn keys<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, array_iterator::keys)
}
/// 23.2.3.35 %TypedArray%.prototype.values ( )
fn values<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, array_iterator::values)
}

/// 23.2.3.9 %TypedArray%.prototype.fill ( value [ , start [ , end ] ] )
fn fill<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), true)?;
    let raw = v.kind.to_raw(vm, args.get(0))?;
    let start = vm.relative_index(args.get(1), n as u64, 0)?;
    let end = vm.relative_index(args.get(2), n as u64, n as u64)?;
    let Some(now) = v.length() else {
        return Err(vm.type_error("the typed array is out of bounds or detached"));
    };
    let end = end.min(now as u64);
    vm.charge(end.saturating_sub(start) as usize / 8)?;
    for i in start..end {
        v.set_raw(i as usize, raw);
    }
    Ok(args.this())
}

/// 23.2.3.16 %TypedArray%.prototype.includes ( searchElement [ , fromIndex ] )
fn includes<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    if n == 0 {
        return Ok(Value::bool(false));
    }
    let start = vm.relative_index(args.get(1), n as u64, 0)? as usize;
    vm.charge(n.saturating_sub(start) / 4)?;
    let now = v.length().unwrap_or(0);
    for i in start..n {
        let e = if i < now { element(vm, v, i)? } else { Value::undefined() };
        if vm.same_value_zero(e, args.get(0)) {
            return Ok(Value::bool(true));
        }
    }
    Ok(Value::bool(false))
}

/// 23.2.3.17 %TypedArray%.prototype.indexOf ( searchElement [ , fromIndex ] )
fn index_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    if n == 0 {
        return Ok(Value::int(-1));
    }
    let start = vm.relative_index(args.get(1), n as u64, 0)? as usize;
    vm.charge(n.saturating_sub(start) / 4)?;
    for i in start..n.min(v.length().unwrap_or(0)) {
        let e = element(vm, v, i)?;
        if vm.strict_equals(e, args.get(0)) {
            return Ok(Value::number(i as f64));
        }
    }
    Ok(Value::int(-1))
}

/// 23.2.3.21 %TypedArray%.prototype.lastIndexOf ( searchElement [ , fromIndex ] )
fn last_index_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    if n == 0 {
        return Ok(Value::int(-1));
    }
    let from = if args.len() > 1 { vm.to_integer(args.get(1))? } else { n as f64 - 1.0 };
    let from = if from < 0.0 { n as f64 + from } else { from.min(n as f64 - 1.0) };
    if from < 0.0 {
        return Ok(Value::int(-1));
    }
    vm.charge(n / 4)?;
    let now = v.length().unwrap_or(0);
    for i in (0..=from as usize).rev() {
        if i >= now {
            continue;
        }
        let e = element(vm, v, i)?;
        if vm.strict_equals(e, args.get(0)) {
            return Ok(Value::number(i as f64));
        }
    }
    Ok(Value::int(-1))
}

/// 23.2.3.18 %TypedArray%.prototype.join ( separator )
fn join<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    let separator = match args.get(0) {
        s if s.is_undefined() => vm.str(",")?,
        s => vm.to_string(s)?,
    };
    let mut result = vm.str("")?;
    let now = v.length().unwrap_or(0);
    for i in 0..n {
        vm.charge(1)?;
        if i > 0 {
            result = Str::concat(vm.mc, result, separator)?;
        }
        if i < now {
            let e = element(vm, v, i)?;
            let s = vm.to_string(e)?;
            result = Str::concat(vm.mc, result, s)?;
        }
    }
    Ok(Value::string(result))
}

/// 23.2.3.25 %TypedArray%.prototype.reverse ( )
fn reverse<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), true)?;
    vm.charge(n / 8)?;
    for i in 0..n / 2 {
        let (low, high) = (v.raw(i), v.raw(n - 1 - i));
        v.set_raw(i, high);
        v.set_raw(n - 1 - i, low);
    }
    Ok(args.this())
}

/// 23.2.3.26 %TypedArray%.prototype.set ( source [ , offset ] )
fn set<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = this_view(vm, args, "TypedArray.prototype.set")?;
    if v.buffer.immutable.get() {
        return Err(vm.type_error("the ArrayBuffer is immutable"));
    }
    let offset = vm.to_integer(args.get(1))?;
    if offset < 0.0 {
        return Err(vm.range_error("the offset must not be negative"));
    }
    let Some(n) = v.length() else {
        return Err(vm.type_error("the typed array is out of bounds or detached"));
    };
    let source = args.get(0);
    if let Some(from) = source.as_object().and_then(view) {
        let Some(count) = from.length() else {
            return Err(vm.type_error("the typed array is out of bounds or detached"));
        };
        if from.kind.is_bigint() != v.kind.is_bigint() {
            return Err(vm.type_error("BigInts and numbers cannot be mixed"));
        }
        if offset + count as f64 > n as f64 {
            return Err(vm.range_error("the source is too long"));
        }
        vm.charge(count / 4)?;
        let same = match (from.buffer.block(), v.buffer.block()) {
            (Some(a), Some(b)) => std::sync::Arc::ptr_eq(&a, &b),
            _ => false,
        };
        if same && from.kind != v.kind {
            // They may overlap: by way of a copy.
            let copy = new_array(vm, from.kind, count as u64)?;
            let copy = view(copy).expect("just made");
            copy_elements(vm, from, 0, copy, 0, count)?;
            copy_elements(vm, copy, 0, v, offset as usize, count)?;
        } else {
            copy_elements(vm, from, 0, v, offset as usize, count)?;
        }
        return Ok(Value::undefined());
    }
    let source = vm.to_object(source)?;
    let count = vm.length_of(source)?;
    if offset + count as f64 > n as f64 {
        return Err(vm.range_error("the source is too long"));
    }
    for i in 0..count {
        vm.charge(1)?;
        let key = vm.index_key(i)?;
        let e = source.get(vm, key, Value::object(source))?;
        set_element(vm, v, Some(offset as usize + i as usize), e)?;
    }
    Ok(Value::undefined())
}

/// 23.2.3.27 %TypedArray%.prototype.slice ( start, end )
fn slice<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (o, v, n) = validate(vm, args.this(), false)?;
    let start = vm.relative_index(args.get(0), n as u64, 0)?;
    let end = vm.relative_index(args.get(1), n as u64, n as u64)?;
    let count = end.saturating_sub(start) as usize;
    let (new, to) = species_create(vm, o, v.kind, &[Value::number(count as f64)])?;
    if count > 0 {
        let Some(now) = v.length() else {
            return Err(vm.type_error("the typed array is out of bounds or detached"));
        };
        let start = start as usize;
        let count = count.min(now.saturating_sub(start)).min(to.length().unwrap_or(0));
        vm.charge(count / 8)?;
        if to.kind == v.kind {
            // Byte by byte upwards, as the specification has it, also when they overlap.
            let size = v.kind.size();
            if let (Some(a), Some(b)) = (v.buffer.block(), to.buffer.block()) {
                for i in 0..count * size {
                    b.store(to.offset + i, 1, a.load(v.offset + start * size + i, 1));
                }
            }
        } else {
            copy_elements(vm, v, start, to, 0, count)?;
        }
    }
    Ok(Value::object(new))
}

/// 23.2.3.30 %TypedArray%.prototype.subarray ( start, end )
fn subarray<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = this_view(vm, args, "TypedArray.prototype.subarray")?;
    let o = args.this().as_object().expect("it has a view");
    let n = v.length().unwrap_or(0) as u64;
    let start = vm.relative_index(args.get(0), n, 0)?;
    let follows = v.fixed.is_none() && args.get(1).is_undefined();
    let end = vm.relative_index(args.get(1), n, n)?;
    let offset = Value::number((v.offset as u64 + start * v.kind.size() as u64) as f64);
    let buffer = Value::object(v.object);
    let count = Value::number(end.saturating_sub(start) as f64);
    let list = [buffer, offset, count];
    let (new, _) = species_create(vm, o, v.kind, if follows { &list[..2] } else { &list })?;
    Ok(Value::object(new))
}

/// 23.2.3.31 %TypedArray%.prototype.toLocaleString ( )
fn to_locale_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    let mut result = vm.str("")?;
    let comma = vm.str(",")?;
    let key = vm.key("toLocaleString")?;
    for i in 0..n {
        vm.charge(1)?;
        if i > 0 {
            result = Str::concat(vm.mc, result, comma)?;
        }
        if i < v.length().unwrap_or(0) {
            let e = element(vm, v, i)?;
            let s = vm.call_method(e, key, &[])?;
            let s = vm.to_string(s)?;
            result = Str::concat(vm.mc, result, s)?;
        }
    }
    Ok(Value::string(result))
}

/// 23.2.3.32 %TypedArray%.prototype.toReversed ( )
fn to_reversed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    let o = new_array(vm, v.kind, n as u64)?;
    let to = view(o).expect("just made");
    for i in 0..n {
        to.set_raw(i, v.raw(n - 1 - i));
    }
    Ok(Value::object(o))
}

/// 23.2.3.36 %TypedArray%.prototype.with ( index, value )
fn with<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    let i = vm.to_integer(args.get(0))?;
    let i = if i < 0.0 { n as f64 + i } else { i };
    let raw = v.kind.to_raw(vm, args.get(1))?;
    let now = v.length().unwrap_or(0);
    if i < 0.0 || i >= now as f64 {
        return Err(vm.range_error("the index is out of range"));
    }
    let o = new_array(vm, v.kind, n as u64)?;
    let to = view(o).expect("just made");
    copy_elements(vm, v, 0, to, 0, n.min(now))?;
    if (i as usize) < n {
        to.set_raw(i as usize, raw);
    }
    Ok(Value::object(o))
}
