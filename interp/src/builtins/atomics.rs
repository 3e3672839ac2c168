//! The Atomics object (25.4).
#![forbid(unsafe_code)]

use std::sync::Arc;

use num_bigint::BigInt;

use super::typed_array::validate;
use super::{Row, methods, tag};
use crate::object::buffer::Block;
use crate::object::shape::HIDDEN;
use crate::object::typed_array::{ElementKind, ViewGc};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::wait::deadline;
use crate::vm::{Args, JsResult, Vm};

const METHODS: &[Row] = &[
    ("add", 3, add),
    ("and", 3, and),
    ("compareExchange", 4, compare_exchange),
    ("exchange", 3, exchange),
    ("isLockFree", 1, is_lock_free),
    ("load", 2, load),
    ("notify", 3, notify),
    ("or", 3, or),
    ("pause", 0, pause),
    ("store", 3, store),
    ("sub", 3, sub),
    ("wait", 4, wait),
    ("waitAsync", 4, wait_async),
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

/// 25.4.3.2 ValidateAtomicAccess ( taRecord, requestIndex )
fn index<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>, len: usize) -> JsResult<usize> {
    let i = vm.to_index(v)?;
    if i >= len as u64 {
        return Err(vm.range_error("index is out of range"));
    }
    Ok(i as usize)
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
    Ok((t, index(vm, args.get(1), len)?))
}

/// 25.4.3.1 ValidateIntegerTypedArray ( typedArray, true ), and the index.
fn waitable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, shared: bool) -> JsResult<(ViewGc<'gc>, usize)> {
    let (_, t, len) = validate(vm, args.get(0), false)?;
    if !matches!(t.kind, ElementKind::Int32 | ElementKind::BigInt64) {
        return Err(vm.type_error("waiting needs an Int32Array or a BigInt64Array"));
    }
    if shared && !t.buffer.is_shared() {
        return Err(vm.type_error("waiting needs a SharedArrayBuffer"));
    }
    Ok((t, index(vm, args.get(1), len)?))
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

/// 25.4.3.14 DoWait ( mode, typedArray, index, value, timeout ): what is to be waited for.
struct Wait<'gc> {
    view: ViewGc<'gc>,
    block: Arc<Block>,
    /// The byte in the block, and what is expected there.
    at: usize,
    raw: u64,
    /// In milliseconds.
    timeout: f64,
}

impl<'gc> Wait<'gc> {
    fn new(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Wait<'gc>> {
        let (view, i) = waitable(vm, args, true)?;
        let raw = view.kind.to_raw(vm, args.get(2))?;
        let timeout = vm.to_number(args.get(3))?;
        let timeout = if timeout.is_nan() { f64::INFINITY } else { timeout.max(0.0) };
        let block = view.buffer.block().expect("shared buffers are never detached");
        Ok(Wait { view, block, at: view.offset + i * view.kind.size(), raw, timeout })
    }

    fn expected(&self) -> impl FnOnce() -> bool + use<'gc> {
        let (block, at, size, raw) = (self.block.clone(), self.at, self.view.kind.size(), self.raw);
        move || block.update(at, size, |old| old) == raw
    }
}

/// 25.4.14 Atomics.wait ( typedArray, index, value, timeout )
fn wait<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let w = Wait::new(vm, args)?;
    if !vm.st.config.can_block {
        return Err(vm.type_error("Atomics.wait may not block this thread"));
    }
    let how = match vm.wait_at(&w.block, w.at, deadline(w.timeout), w.expected())? {
        None => "not-equal",
        Some(true) => "ok",
        Some(false) => "timed-out",
    };
    vm.str(how).map(Value::string)
}

/// 25.4.15 Atomics.waitAsync ( typedArray, index, value, timeout )
fn wait_async<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let w = Wait::new(vm, args)?;
    let promise = match w.timeout {
        0.0 => None,
        ms => vm.wait_async(w.view.buffer, w.block.clone(), w.at, deadline(ms), w.expected())?,
    };
    let value = match promise {
        Some(promise) => Value::object(promise),
        None if w.timeout == 0.0 && w.expected()() => Value::string(vm.str("timed-out")?),
        None => Value::string(vm.str("not-equal")?),
    };
    let o = vm.new_object(2)?;
    for (name, v) in [("async", Value::bool(promise.is_some())), ("value", value)] {
        let key = vm.key(name)?;
        o.create_data(vm, key, v)?;
    }
    Ok(Value::object(o))
}

/// 25.4.16 Atomics.notify ( typedArray, index, count )
fn notify<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (t, i) = waitable(vm, args, false)?;
    let count = match args.get(2) {
        v if v.is_undefined() => usize::MAX,
        // Negative counts are none, infinite ones all.
        v => vm.to_integer(v)? as usize,
    };
    let woken = match t.buffer.block().filter(|b| b.shared) {
        Some(block) => block.waiters.notify(t.offset + i * t.kind.size(), count),
        None => 0,
    };
    vm.charge(woken)?;
    Ok(Value::number(woken as f64))
}
