//! The Atomics object (25.4): the operations that do not wait.
#![forbid(unsafe_code)]

use num_bigint::BigInt;

use super::typed_array::validate;
use super::{Row, methods, tag};
use crate::object::shape::HIDDEN;
use crate::object::typed_array::{ElementKind, ViewGc};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const METHODS: &[Row] = &[
    ("add", 3, add),
    ("and", 3, and),
    ("compareExchange", 4, compare_exchange),
    ("exchange", 3, exchange),
    ("isLockFree", 1, is_lock_free),
    ("load", 2, load),
    ("or", 3, or),
    ("pause", 0, pause),
    ("store", 3, store),
    ("sub", 3, sub),
    ("xor", 3, xor),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let o = vm.new_object(0)?;
    methods(vm, o, METHODS)?;
    tag(vm, o, "Atomics")?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::Atomics, o);
    let key = PropertyKey::Name(vm.intern("Atomics")?);
    vm.realm().global().define_own(vm, key, Value::object(o), HIDDEN)
}

/// 25.4.3.3 ValidateAtomicAccessOnIntegerTypedArray ( typedArray, requestIndex )
fn access<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, write: bool) -> JsResult<(ViewGc<'gc>, usize)> {
    let (_, t, len) = validate(vm, args.get(0), write)?;
    if matches!(
        t.kind,
        ElementKind::Uint8Clamped | ElementKind::Float16 | ElementKind::Float32 | ElementKind::Float64
    ) {
        return Err(vm.type_error("Atomics work on typed arrays of integers"));
    }
    let i = vm.to_index(args.get(1))?;
    if i >= len as u64 {
        return Err(vm.range_error("index is out of range"));
    }
    Ok((t, i as usize))
}

/// 25.4.3.4 RevalidateAtomicAccess ( typedArray, byteIndexInBuffer )
fn again<'gc>(vm: &mut Vm<'gc>, t: ViewGc<'gc>, i: usize) -> JsResult<()> {
    match t.length() {
        None => Err(vm.type_error("the typed array is out of bounds of its buffer, or that is detached")),
        Some(n) if i >= n => Err(vm.range_error("index is out of range")),
        Some(_) => Ok(()),
    }
}

/// The operand: what it converts to, and its bits.
fn operand<'gc>(vm: &mut Vm<'gc>, kind: ElementKind, v: Value<'gc>) -> JsResult<(Value<'gc>, u64)> {
    if kind.is_bigint() {
        let n: BigInt = vm.to_bigint(v)?;
        let n = vm.bigint(n)?;
        return Ok((n, kind.to_raw(vm, n)?));
    }
    let n = vm.to_integer(v)?;
    Ok((Value::number(n), kind.of_number(n)))
}

/// 25.4.3.14 AtomicReadModifyWrite ( typedArray, index, value, op )
fn modify<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, f: impl Fn(u64, u64) -> u64) -> JsResult<Value<'gc>> {
    let (t, i) = access(vm, args, true)?;
    let kind = t.kind;
    let (_, raw) = operand(vm, kind, args.get(2))?;
    again(vm, t, i)?;
    let old = t.update(i, |old| f(old, raw));
    kind.to_value(vm, old)
}

/// 25.4.4 Atomics.add ( typedArray, index, value )
fn add<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    modify(vm, args, u64::wrapping_add)
}
/// 25.4.5 Atomics.and ( typedArray, index, value )
fn and<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    modify(vm, args, |a, b| a & b)
}
/// 25.4.7 Atomics.exchange ( typedArray, index, value )
fn exchange<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    modify(vm, args, |_, b| b)
}
/// 25.4.10 Atomics.or ( typedArray, index, value )
fn or<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    modify(vm, args, |a, b| a | b)
}
/// 25.4.13 Atomics.sub ( typedArray, index, value )
fn sub<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    modify(vm, args, u64::wrapping_sub)
}
/// 25.4.17 Atomics.xor ( typedArray, index, value )
fn xor<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    modify(vm, args, |a, b| a ^ b)
}

/// 25.4.6 Atomics.compareExchange ( typedArray, index, expectedValue, replacementValue )
fn compare_exchange<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (t, i) = access(vm, args, true)?;
    let kind = t.kind;
    let (_, expected) = operand(vm, kind, args.get(2))?;
    let (_, replacement) = operand(vm, kind, args.get(3))?;
    again(vm, t, i)?;
    let expected = expected & u64::MAX >> (64 - 8 * kind.size());
    let new = |old| if old == expected { replacement } else { old };
    let old = t.update(i, new);
    kind.to_value(vm, old)
}

/// 25.4.8 Atomics.isLockFree ( size )
fn is_lock_free<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let n = vm.to_integer(args.get(0))?;
    Ok(Value::bool([1.0, 2.0, 4.0, 8.0].contains(&n)))
}

/// 25.4.9 Atomics.load ( typedArray, index )
fn load<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (t, i) = access(vm, args, false)?;
    again(vm, t, i)?;
    let raw = t.update(i, |old| old);
    t.kind.to_value(vm, raw)
}

/// 25.4.11 Atomics.pause ( [ N ] )
fn pause<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let n = args.get(0);
    if !n.is_undefined() && n.as_number().is_none_or(|n| n.trunc() != n || n.is_infinite()) {
        return Err(vm.type_error("Atomics.pause takes an integral number"));
    }
    std::hint::spin_loop();
    Ok(Value::undefined())
}

/// 25.4.12 Atomics.store ( typedArray, index, value )
fn store<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (t, i) = access(vm, args, true)?;
    let (v, raw) = operand(vm, t.kind, args.get(2))?;
    again(vm, t, i)?;
    t.update(i, |_| raw);
    Ok(v)
}
