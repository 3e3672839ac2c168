//! Sorting typed arrays (23.2.3). What else calls back stands in `self_hosted/typed_array.js`.
#![forbid(unsafe_code)]

use super::super::{handover, native_slots};
use super::{new_array, validate};
use crate::object::Object;
use crate::object::function::Handover;
use crate::object::typed_array::{ElementKind, ViewGc, element, view};
use crate::value::Value;
use crate::vm::{Args, JsResult, Vm};

/// The methods that sort, which hand over to the library when there is a comparator: to `sort`, by `sort_list`.
pub(super) fn init<'gc>(
    vm: &mut Vm<'gc>,
    prototype: Object<'gc>,
    sort_into: Value<'gc>,
    sort_list: Value<'gc>,
) -> JsResult<()> {
    handover(vm, prototype, "sort", 1, sort, &[sort_into, sort_list])?;
    handover(vm, prototype, "toSorted", 1, to_sorted, &[sort_into, sort_list])
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

/// The elements sorted without a comparator, as bytes.
fn sorted<'gc>(vm: &mut Vm<'gc>, v: ViewGc<'gc>, n: usize) -> JsResult<Vec<u64>> {
    vm.charge(n)?;
    let _charge = vm.mc.external(n * 16)?;
    let mut list: Vec<u64> = (0..n).map(|i| v.raw(i)).collect();
    list.sort_by_key(|&raw| order(v.kind, raw));
    Ok(list)
}

/// The rest of sorting with a comparator: the elements in a list, and where they go.
fn by_comparator<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    v: ViewGc<'gc>,
    n: usize,
    to: Value<'gc>,
) -> JsResult<Handover<'gc>> {
    let list = vm.new_array(n)?;
    for i in 0..n {
        vm.charge(1)?;
        let e = element(vm, v, i)?;
        vm.array_push(list, e)?;
    }
    let slots = native_slots(args.callee());
    let args = [to, Value::object(list), args.get(0), slots[1].get()];
    Ok(Handover::call(slots[0].get(), Value::undefined(), &args))
}

fn comparator<'gc>(vm: &mut Vm<'gc>, f: Value<'gc>) -> JsResult<()> {
    if f.is_undefined() || vm.is_callable(f) { Ok(()) } else { Err(vm.not_a(f, "function")) }
}

/// 23.2.3.29 %TypedArray%.prototype.sort ( comparator )
fn sort<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    comparator(vm, args.get(0))?;
    let (_, v, n) = validate(vm, args.this(), true)?;
    if !args.get(0).is_undefined() {
        return by_comparator(vm, args, v, n, args.this());
    }
    for (i, raw) in sorted(vm, v, n)?.into_iter().enumerate() {
        v.set_raw(i, raw);
    }
    Ok(Handover::Done(args.this()))
}

/// 23.2.3.33 %TypedArray%.prototype.toSorted ( comparator )
fn to_sorted<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    comparator(vm, args.get(0))?;
    let (_, v, n) = validate(vm, args.this(), false)?;
    let o = new_array(vm, v.kind, n as u64)?;
    if !args.get(0).is_undefined() {
        return by_comparator(vm, args, v, n, Value::object(o));
    }
    let to = view(o).expect("just made");
    for (i, raw) in sorted(vm, v, n)?.into_iter().enumerate() {
        to.set_raw(i, raw);
    }
    Ok(Handover::Done(Value::object(o)))
}
