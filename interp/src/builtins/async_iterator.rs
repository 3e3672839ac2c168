//! %AsyncIteratorPrototype% (27.1.4) and the async iterators of sync iterables (27.1.6).

use gc::{Gc, Trace};

use super::{Row, handover, methods, native_slots, prototype, wrong_receiver};
use crate::object::data::ObjectData;
use crate::object::function::{Handover, NativeCode};
use crate::object::{Class, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::job::{Capability, Reaction};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] =
    &[("@@asyncIterator", 0, |_, args| Ok(args.this())), ("@@asyncDispose", 0, async_dispose)];

/// [[SyncIteratorRecord]]
#[derive(Debug, Trace)]
struct SyncRecord<'gc> {
    iterator: Value<'gc>,
    next: Value<'gc>,
}

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let p = prototype(
        vm,
        Intrinsic::AsyncIteratorPrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    methods(vm, p, PROTOTYPE)?;
    let p = prototype(
        vm,
        Intrinsic::AsyncFromSyncIteratorPrototype,
        Intrinsic::AsyncIteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    handover(vm, p, "next", 1, next, &[])?;
    handover(vm, p, "return", 1, return_, &[])?;
    handover(vm, p, "throw", 1, throw, &[])
}

/// 27.1.6.1 CreateAsyncFromSyncIterator ( syncIteratorRecord ), with its `next`.
pub(crate) fn from_sync<'gc>(
    vm: &mut Vm<'gc>,
    iterator: Value<'gc>,
    next: Value<'gc>,
) -> JsResult<[Value<'gc>; 3]> {
    let proto = vm.intrinsic(Intrinsic::AsyncFromSyncIteratorPrototype)?;
    let data = vm.mc.try_alloc(SyncRecord { iterator, next })?;
    let shape = vm.root_shape(Some(proto), 0);
    let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::Any(data.erase()))?;
    let key = vm.names().next;
    let next = o.get(vm, key, Value::object(o))?;
    Ok([Value::object(o), next, Value::undefined()])
}

fn record<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Gc<'gc, SyncRecord<'gc>>> {
    let record = v.as_object().and_then(|o| match o.data() {
        ObjectData::Any(c) => c.downcast::<SyncRecord<'gc>>(),
        _ => None,
    });
    match record {
        Some(r) => Ok(r),
        None => wrong_receiver(vm, "%AsyncFromSyncIteratorPrototype% method", v),
    }
}

/// IfAbruptRejectPromise: the promise of what `f` gives, rejected if it throws.
pub(crate) fn answer<'gc>(
    vm: &mut Vm<'gc>,
    f: impl FnOnce(&mut Vm<'gc>, Object<'gc>) -> JsResult<()>,
) -> JsResult<Value<'gc>> {
    let promise = vm.new_promise()?;
    if let Err(t) = f(vm, promise) {
        if vm.is_terminating() {
            return Err(t);
        }
        let reason = vm.take_thrown();
        vm.reject_promise(promise, reason)?;
    }
    Ok(Value::object(promise))
}

/// What a method of the sync iterator is called for: how its result is taken.
const NEXT: i32 = 0;
const RETURN: i32 = 1;
const THROW: i32 = 2;

/// Ends a method by the call of the sync iterator's, whose result the library takes on (`self_hosted/promise.js`).
fn call_sync<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    iterator: Value<'gc>,
    method: Value<'gc>,
    promise: Object<'gc>,
    mode: i32,
) -> JsResult<Handover<'gc>> {
    let library = Value::object(vm.intrinsic(Intrinsic::CallSyncIterator)?);
    let (mode, given) = (Value::int(mode), Value::bool(!args.is_empty()));
    let list = [method, iterator, Value::object(promise), mode, given, args.get(0)];
    Ok(Handover::call(library, Value::undefined(), &list))
}

/// The library's `$continueSync`: a promise, the sync iterator, what its method gave, and for what.
pub(crate) fn continue_sync<'gc>(vm: &mut Vm<'gc>, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    let (promise, iterator, result) = (args[0].as_object(), args[1], args[2]);
    let promise = promise.expect("the library passes a promise");
    let mode = args[3].as_int().unwrap_or(NEXT);
    if !result.is_object() {
        return Err(match mode {
            NEXT => {
                let text = format!("iterator result {} is not an object", vm.show(result));
                vm.type_error(&text)
            }
            RETURN => vm.type_error("result of the iterator's return method is not an object"),
            _ => vm.type_error("result of the iterator's throw method is not an object"),
        });
    }
    continuation(vm, result, promise, iterator, mode != RETURN)?;
    Ok(Value::undefined())
}

/// The method of the sync iterator, if it has one; a promise that is settled if it has none, or if it cannot be got.
fn method_or_answer<'gc>(
    vm: &mut Vm<'gc>,
    iterator: Value<'gc>,
    key: PropertyKey<'gc>,
    without: impl FnOnce(&mut Vm<'gc>, Object<'gc>) -> JsResult<()>,
) -> JsResult<Result<(Value<'gc>, Object<'gc>), Value<'gc>>> {
    let mut found = Value::undefined();
    let promise = answer(vm, |vm, promise| {
        found = vm.get_method(iterator, key)?;
        if found.is_undefined() { without(vm, promise) } else { Ok(()) }
    })?;
    match promise.as_object() {
        Some(o) if !found.is_undefined() => Ok(Ok((found, o))),
        _ => Ok(Err(promise)),
    }
}

/// 27.1.6.2.1 %AsyncFromSyncIteratorPrototype%.next ( [ value ] )
fn next<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = record(vm, args.this())?;
    let is_leaf =
        |f: Object<'gc>| matches!(f.data(), ObjectData::Native(n) if matches!(n.code, NativeCode::Leaf(_)));
    if r.next.as_object().is_some_and(is_leaf) {
        // Fast path: that of an array, say, which calls nothing.
        let done = answer(vm, |vm, promise| {
            let result = vm.call(r.next, r.iterator, &args.slice()[..args.len().min(1)])?;
            continue_sync(vm, &[Value::object(promise), r.iterator, result, Value::int(NEXT)]).map(|_| ())
        });
        return done.map(Handover::Done);
    }
    let promise = vm.new_promise()?;
    call_sync(vm, args, r.iterator, r.next, promise, NEXT)
}

/// 27.1.6.2.2 %AsyncFromSyncIteratorPrototype%.return ( [ value ] )
fn return_<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = record(vm, args.this())?;
    let key = vm.names().return_;
    let method = method_or_answer(vm, r.iterator, key, |vm, promise| {
        let result = vm.iter_result(args.get(0), true)?;
        vm.resolve_promise(promise, result)
    })?;
    match method {
        Ok((method, promise)) => call_sync(vm, args, r.iterator, method, promise, RETURN),
        Err(promise) => Ok(Handover::Done(promise)),
    }
}

/// 27.1.6.2.3 %AsyncFromSyncIteratorPrototype%.throw ( [ value ] )
fn throw<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = record(vm, args.this())?;
    let key = vm.names().throw;
    let method = method_or_answer(vm, r.iterator, key, |vm, _| {
        vm.iter_close(r.iterator)?;
        Err(vm.type_error("the iterator does not provide a throw method"))
    })?;
    match method {
        Ok((method, promise)) => call_sync(vm, args, r.iterator, method, promise, THROW),
        Err(promise) => Ok(Handover::Done(promise)),
    }
}

/// 27.1.6.4 AsyncFromSyncIteratorContinuation
fn continuation<'gc>(
    vm: &mut Vm<'gc>,
    result: Value<'gc>,
    promise: Object<'gc>,
    iterator: Value<'gc>,
    close: bool,
) -> JsResult<()> {
    let (done_key, value_key) = (vm.names().done, vm.names().value);
    let done = vm.get_value(result, done_key)?;
    let done = vm.to_boolean(done);
    let value = vm.get_value(result, value_key)?;
    let wrapper = match vm.promise_resolve(value) {
        Ok(p) => p,
        Err(t) if vm.is_terminating() || done || !close => return Err(t),
        Err(_) => {
            let reason = vm.take_thrown();
            vm.iter_close_quietly(iterator)?;
            return Err(vm.throw(reason));
        }
    };
    let unwrap = vm.native(unwrap, 1, &[Value::bool(done)])?;
    let on_rejected = if done || !close {
        Value::undefined()
    } else {
        Value::object(vm.native(close_iterator, 1, &[iterator])?)
    };
    let (resolve, reject) = vm.resolving_functions(promise)?;
    let reaction = Reaction::Then {
        fulfilled: Value::object(unwrap),
        rejected: on_rejected,
        capability: Some(Capability { promise: Value::object(promise), resolve, reject }),
    };
    vm.perform_then(wrapper, reaction)
}

fn unwrap<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let done = native_slots(args.callee())[0].get().is_true();
    vm.iter_result(args.get(0), done)
}

fn close_iterator<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let iterator = native_slots(args.callee())[0].get();
    vm.iter_close_quietly(iterator)?;
    Err(vm.throw(args.get(0)))
}

/// 27.1.4.2 %AsyncIteratorPrototype% [ %Symbol.asyncDispose% ] ( )
fn async_dispose<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = args.this();
    answer(vm, |vm, promise| {
        let key = vm.names().return_;
        let method = vm.get_method(o, key)?;
        if method.is_undefined() {
            return vm.resolve_promise(promise, Value::undefined());
        }
        let result = vm.call(method, o, &[])?;
        let wrapper = vm.promise_resolve(result)?;
        let nothing = vm.native(super::function::nothing, 1, &[])?;
        let (resolve, reject) = vm.resolving_functions(promise)?;
        let reaction = Reaction::Then {
            fulfilled: Value::object(nothing),
            rejected: Value::undefined(),
            capability: Some(Capability { promise: Value::object(promise), resolve, reject }),
        };
        vm.perform_then(wrapper, reaction)
    })
}
