//! Properties of %TypedArray%.prototype (23.2.3) that call back.
#![forbid(unsafe_code)]

use super::super::Row;
use super::{new_array, species_create, validate};
use crate::object::typed_array::{ElementKind, ViewGc, element, view};
use crate::value::Value;
use crate::vm::{Args, JsResult, Vm};

pub(super) const METHODS: &[Row] = &[
    ("every", 1, every),
    ("filter", 1, filter),
    ("find", 1, find),
    ("findIndex", 1, find_index),
    ("findLast", 1, find_last),
    ("findLastIndex", 1, find_last_index),
    ("forEach", 1, for_each),
    ("map", 1, map),
    ("reduce", 1, reduce),
    ("reduceRight", 1, reduce_right),
    ("some", 1, some),
    ("sort", 1, sort),
    ("toSorted", 1, to_sorted),
];

/// The element, or undefined where none is any more.
fn get<'gc>(vm: &mut Vm<'gc>, v: ViewGc<'gc>, i: usize) -> JsResult<Value<'gc>> {
    if v.length().is_some_and(|n| i < n) { element(vm, v, i) } else { Ok(Value::undefined()) }
}

fn callback<'gc>(vm: &mut Vm<'gc>, f: Value<'gc>) -> JsResult<()> {
    if vm.is_callable(f) { Ok(()) } else { Err(vm.not_a(f, "function")) }
}

/// Calls back with each element until `stop` says so; the index and element it stopped at.
fn search<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    last: bool,
    stop: bool,
) -> JsResult<Option<(usize, Value<'gc>)>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    let f = args.get(0);
    callback(vm, f)?;
    for step in 0..n {
        vm.charge(1)?;
        let i = if last { n - 1 - step } else { step };
        let e = get(vm, v, i)?;
        let r = vm.call(f, args.get(1), &[e, Value::number(i as f64), args.this()])?;
        if vm.to_boolean(r) == stop {
            return Ok(Some((i, e)));
        }
    }
    Ok(None)
}

/// 23.2.3.8 %TypedArray%.prototype.every ( callback [ , thisArg ] )
fn every<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(search(vm, args, false, false)?.is_none()))
}
/// 23.2.3.28 %TypedArray%.prototype.some ( callback [ , thisArg ] )
fn some<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(search(vm, args, false, true)?.is_some()))
}
/// 23.2.3.11 %TypedArray%.prototype.find ( predicate [ , thisArg ] )
fn find<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(search(vm, args, false, true)?.map_or(Value::undefined(), |r| r.1))
}
/// 23.2.3.12 %TypedArray%.prototype.findIndex ( predicate [ , thisArg ] )
fn find_index<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(search(vm, args, false, true)?.map_or(Value::int(-1), |r| Value::number(r.0 as f64)))
}
/// 23.2.3.13 %TypedArray%.prototype.findLast ( predicate [ , thisArg ] )
fn find_last<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(search(vm, args, true, true)?.map_or(Value::undefined(), |r| r.1))
}
/// 23.2.3.14 %TypedArray%.prototype.findLastIndex ( predicate [ , thisArg ] )
fn find_last_index<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(search(vm, args, true, true)?.map_or(Value::int(-1), |r| Value::number(r.0 as f64)))
}

/// 23.2.3.15 %TypedArray%.prototype.forEach ( callback [ , thisArg ] )
fn for_each<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    callback(vm, args.get(0))?;
    for i in 0..n {
        vm.charge(1)?;
        let e = get(vm, v, i)?;
        vm.call(args.get(0), args.get(1), &[e, Value::number(i as f64), args.this()])?;
    }
    Ok(Value::undefined())
}

/// 23.2.3.10 %TypedArray%.prototype.filter ( callback [ , thisArg ] )
fn filter<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (o, v, n) = validate(vm, args.this(), false)?;
    callback(vm, args.get(0))?;
    let mut kept = Vec::new();
    for i in 0..n {
        vm.charge(1)?;
        let e = get(vm, v, i)?;
        let r = vm.call(args.get(0), args.get(1), &[e, Value::number(i as f64), args.this()])?;
        if vm.to_boolean(r) {
            kept.push(e);
        }
    }
    let (new, _) = species_create(vm, o, v.kind, &[Value::number(kept.len() as f64)])?;
    for (i, e) in kept.into_iter().enumerate() {
        let key = vm.index_key(i as u64)?;
        new.put(vm, key, e)?;
    }
    Ok(Value::object(new))
}

/// 23.2.3.22 %TypedArray%.prototype.map ( callback [ , thisArg ] )
fn map<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (o, v, n) = validate(vm, args.this(), false)?;
    callback(vm, args.get(0))?;
    let (new, _) = species_create(vm, o, v.kind, &[Value::number(n as f64)])?;
    for i in 0..n {
        vm.charge(1)?;
        let e = get(vm, v, i)?;
        let r = vm.call(args.get(0), args.get(1), &[e, Value::number(i as f64), args.this()])?;
        let key = vm.index_key(i as u64)?;
        new.put(vm, key, r)?;
    }
    Ok(Value::object(new))
}

fn fold<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, right: bool) -> JsResult<Value<'gc>> {
    let (_, v, n) = validate(vm, args.this(), false)?;
    callback(vm, args.get(0))?;
    let mut order: Box<dyn Iterator<Item = usize>> =
        if right { Box::new((0..n).rev()) } else { Box::new(0..n) };
    let mut total = if args.len() > 1 {
        args.get(1)
    } else {
        match order.next() {
            Some(i) => get(vm, v, i)?,
            None => return Err(vm.type_error("reduce of an empty typed array with no initial value")),
        }
    };
    for i in order {
        vm.charge(1)?;
        let e = get(vm, v, i)?;
        let list = [total, e, Value::number(i as f64), args.this()];
        total = vm.call(args.get(0), Value::undefined(), &list)?;
    }
    Ok(total)
}

/// 23.2.3.23 %TypedArray%.prototype.reduce ( callback [ , initialValue ] )
fn reduce<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    fold(vm, args, false)
}
/// 23.2.3.24 %TypedArray%.prototype.reduceRight ( callback [ , initialValue ] )
fn reduce_right<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    fold(vm, args, true)
}

/// Bytes of an element that order as the elements do.
fn order(kind: ElementKind, raw: u64) -> u64 {
    let float = |bits: u64, width: u32| {
        let sign = 1 << (width - 1);
        if bits & sign != 0 { !bits & (sign | (sign - 1)) } else { bits | sign }
    };
    match kind {
        ElementKind::Int8 => u64::from(raw as u8 ^ 0x80),
        ElementKind::Int16 => u64::from(raw as u16 ^ 0x8000),
        ElementKind::Int32 => u64::from(raw as u32 ^ 0x8000_0000),
        ElementKind::BigInt64 => raw ^ 1 << 63,
        // NaN, whatever its sign, comes last.
        ElementKind::Float16 if half::f16::from_bits(raw as u16).is_nan() => u64::MAX,
        ElementKind::Float32 if f32::from_bits(raw as u32).is_nan() => u64::MAX,
        ElementKind::Float64 if f64::from_bits(raw).is_nan() => u64::MAX,
        ElementKind::Float16 => float(raw, 16),
        ElementKind::Float32 => float(raw, 32),
        ElementKind::Float64 => float(raw, 64),
        _ => raw,
    }
}

/// The elements sorted, as bytes.
fn sorted<'gc>(vm: &mut Vm<'gc>, v: ViewGc<'gc>, n: usize, compare: Value<'gc>) -> JsResult<Vec<u64>> {
    vm.charge(n)?;
    let charge = vm.mc.external(n * 16)?;
    let mut list: Vec<u64> = (0..n).map(|i| v.raw(i)).collect();
    if compare.is_undefined() {
        list.sort_by_key(|&raw| order(v.kind, raw));
        return Ok(list);
    }
    // A stable merge sort from below, since comparing may fail.
    let mut from = list;
    let mut to = vec![0; n];
    let mut width = 1;
    while width < n {
        for start in (0..n).step_by(2 * width) {
            let (middle, end) = ((start + width).min(n), (start + 2 * width).min(n));
            let (mut a, mut b) = (start, middle);
            for place in &mut to[start..end] {
                let right = if a < middle && b < end {
                    let (x, y) = (v.kind.to_value(vm, from[a])?, v.kind.to_value(vm, from[b])?);
                    let r = vm.call(compare, Value::undefined(), &[x, y])?;
                    vm.to_number(r)? > 0.0
                } else {
                    a == middle
                };
                let source = if right { &mut b } else { &mut a };
                *place = from[*source];
                *source += 1;
            }
        }
        std::mem::swap(&mut from, &mut to);
        width *= 2;
    }
    drop(charge);
    Ok(from)
}

fn comparator<'gc>(vm: &mut Vm<'gc>, f: Value<'gc>) -> JsResult<()> {
    if f.is_undefined() { Ok(()) } else { callback(vm, f) }
}

/// 23.2.3.29 %TypedArray%.prototype.sort ( comparator )
fn sort<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    comparator(vm, args.get(0))?;
    let (_, v, n) = validate(vm, args.this(), true)?;
    let list = sorted(vm, v, n, args.get(0))?;
    let now = v.length().unwrap_or(0);
    for (i, raw) in list.into_iter().enumerate().take(now) {
        v.set_raw(i, raw);
    }
    Ok(args.this())
}

/// 23.2.3.33 %TypedArray%.prototype.toSorted ( comparator )
fn to_sorted<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    comparator(vm, args.get(0))?;
    let (_, v, n) = validate(vm, args.this(), false)?;
    let o = new_array(vm, v.kind, n as u64)?;
    let to = view(o).expect("just made");
    for (i, raw) in sorted(vm, v, n, args.get(0))?.into_iter().enumerate() {
        to.set_raw(i, raw);
    }
    Ok(Value::object(o))
}
