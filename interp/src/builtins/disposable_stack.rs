//! DisposableStack and AsyncDisposableStack objects (27.5 and 27.6 of ES2027). What disposing means is
//! in `vm/disposal.rs`.

use std::cell::Cell;

use gc::{Gc, Lock, Trace};

use super::async_iterator::answer;
use super::{
    Row, construct_with, constructor, getters, methods, native_slots, prototype, tag, wrong_receiver,
};
use crate::object::data::ObjectData;
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::Value;
use crate::value::symbol::WellKnown;
use crate::vm::disposal::{DisposeCapability, Hint, How, capability};
use crate::vm::job::Reaction;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const SYNC: &[Row] = &[
    ("adopt", 2, |vm, args| adopt(vm, args, Hint::Sync)),
    ("defer", 1, |vm, args| defer(vm, args, Hint::Sync)),
    ("dispose", 0, dispose),
    ("move", 0, |vm, args| move_(vm, args, Hint::Sync)),
    ("use", 1, |vm, args| use_(vm, args, Hint::Sync)),
];

const ASYNC: &[Row] = &[
    ("adopt", 2, |vm, args| adopt(vm, args, Hint::Async)),
    ("defer", 1, |vm, args| defer(vm, args, Hint::Async)),
    ("disposeAsync", 0, dispose_async),
    ("move", 0, |vm, args| move_(vm, args, Hint::Async)),
    ("use", 1, |vm, args| use_(vm, args, Hint::Async)),
];

/// [[DisposableState]] and [[DisposeCapability]]
#[derive(Debug, Trace)]
struct StackData<'gc> {
    #[trace(skip)]
    hint: Hint,
    #[trace(skip)]
    disposed: Cell<bool>,
    capability: Lock<Gc<'gc, DisposeCapability<'gc>>>,
}

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let p = prototype(
        vm,
        Intrinsic::DisposableStackPrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    constructor(vm, Intrinsic::DisposableStack, "DisposableStack", 0, disposable_stack, p)?;
    methods(vm, p, SYNC)?;
    getters(vm, p, &[("disposed", |vm, args| disposed(vm, args, Hint::Sync))])?;
    alias(vm, p, "dispose", WellKnown::Dispose)?;
    tag(vm, p, "DisposableStack")?;
    let p = prototype(
        vm,
        Intrinsic::AsyncDisposableStackPrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    constructor(vm, Intrinsic::AsyncDisposableStack, "AsyncDisposableStack", 0, async_disposable_stack, p)?;
    methods(vm, p, ASYNC)?;
    getters(vm, p, &[("disposed", |vm, args| disposed(vm, args, Hint::Async))])?;
    alias(vm, p, "disposeAsync", WellKnown::AsyncDispose)?;
    tag(vm, p, "AsyncDisposableStack")
}

fn alias<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, name: &str, symbol: WellKnown) -> JsResult<()> {
    let key = vm.key(name)?;
    let f = o.get_own_data(vm, key).unwrap_or(Value::undefined());
    let symbol = vm.well_known(symbol);
    o.define_own(vm, symbol, f, HIDDEN)
}

fn make<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, hint: Hint) -> JsResult<Value<'gc>> {
    let (name, default) = match hint {
        Hint::Sync => ("DisposableStack", Intrinsic::DisposableStackPrototype),
        Hint::Async => ("AsyncDisposableStack", Intrinsic::AsyncDisposableStackPrototype),
    };
    if args.new_target().is_undefined() {
        return Err(vm.type_error(&format!("constructor {name} requires 'new'")));
    }
    let capability = DisposeCapability::new(vm)?;
    let data = StackData { hint, disposed: Cell::new(false), capability: Lock::new(capability) };
    let data = vm.mc.try_alloc(data)?;
    construct_with(vm, args, default, Class::Object, 0, ObjectData::Any(data.erase())).map(Value::object)
}

/// DisposableStack ( )
fn disposable_stack<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    make(vm, args, Hint::Sync)
}

/// AsyncDisposableStack ( )
fn async_disposable_stack<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    make(vm, args, Hint::Async)
}

/// RequireInternalSlot
fn data_of<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>, hint: Hint) -> JsResult<Gc<'gc, StackData<'gc>>> {
    let data = v.as_object().and_then(|o| match o.data() {
        ObjectData::Any(c) => c.downcast::<StackData<'gc>>(),
        _ => None,
    });
    match data.filter(|d| d.hint == hint) {
        Some(d) => Ok(d),
        None => wrong_receiver(vm, "method of a disposable stack", v),
    }
}

/// The stack's capability; a ReferenceError once it is disposed.
fn pending<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, hint: Hint) -> JsResult<Gc<'gc, DisposeCapability<'gc>>> {
    let data = data_of(vm, args.this(), hint)?;
    if data.disposed.get() {
        return Err(vm.reference_error("the stack has been disposed already"));
    }
    Ok(data.capability.get())
}

/// DisposableStack.prototype.adopt ( value, onDispose )
fn adopt<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, hint: Hint) -> JsResult<Value<'gc>> {
    let capability = pending(vm, args, hint)?;
    let f = args.get(1);
    if !vm.is_callable(f) {
        return Err(vm.not_a(f, "function"));
    }
    vm.push_resource(capability, args.get(0), f, hint, How::Argument)?;
    Ok(args.get(0))
}

/// DisposableStack.prototype.defer ( onDispose )
fn defer<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, hint: Hint) -> JsResult<Value<'gc>> {
    let capability = pending(vm, args, hint)?;
    let f = args.get(0);
    if !vm.is_callable(f) {
        return Err(vm.not_a(f, "function"));
    }
    vm.push_resource(capability, Value::undefined(), f, hint, How::Method)?;
    Ok(Value::undefined())
}

/// DisposableStack.prototype.use ( value )
fn use_<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, hint: Hint) -> JsResult<Value<'gc>> {
    let capability = pending(vm, args, hint)?;
    vm.add_resource(capability, args.get(0), hint)?;
    Ok(args.get(0))
}

/// DisposableStack.prototype.move ( )
fn move_<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, hint: Hint) -> JsResult<Value<'gc>> {
    let capability = pending(vm, args, hint)?;
    let old = data_of(vm, args.this(), hint)?;
    let moved = DisposeCapability::new(vm)?;
    vm.move_resources(capability, moved);
    let data = StackData { hint, disposed: Cell::new(false), capability: Lock::new(moved) };
    let data = vm.mc.try_alloc(data)?;
    let proto = vm.intrinsic(match hint {
        Hint::Sync => Intrinsic::DisposableStackPrototype,
        Hint::Async => Intrinsic::AsyncDisposableStackPrototype,
    })?;
    let shape = vm.root_shape(Some(proto), 0);
    let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::Any(data.erase()))?;
    old.disposed.set(true);
    Ok(Value::object(o))
}

/// get DisposableStack.prototype.disposed
fn disposed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, hint: Hint) -> JsResult<Value<'gc>> {
    Ok(Value::bool(data_of(vm, args.this(), hint)?.disposed.get()))
}

/// DisposableStack.prototype.dispose ( )
fn dispose<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let data = data_of(vm, args.this(), Hint::Sync)?;
    if !data.disposed.replace(true) {
        vm.dispose(data.capability.get(), None)?;
    }
    Ok(Value::undefined())
}

/// AsyncDisposableStack.prototype.disposeAsync ( )
fn dispose_async<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    answer(vm, |vm, promise| {
        let data = data_of(vm, args.this(), Hint::Async)?;
        if data.disposed.replace(true) {
            return vm.resolve_promise(promise, Value::undefined());
        }
        go_on(vm, data.capability.get(), promise)
    })
}

/// Disposes until something is to be awaited, and goes on when it is there; the end settles `promise`.
fn go_on<'gc>(
    vm: &mut Vm<'gc>,
    capability: Gc<'gc, DisposeCapability<'gc>>,
    promise: Object<'gc>,
) -> JsResult<()> {
    while let Some(v) = vm.dispose_step(capability)? {
        match vm.promise_resolve(v) {
            Ok(awaited) => {
                let slots = [Value::cell(capability.erase()), Value::object(promise)];
                let fulfilled = Value::object(vm.native(awaited_fulfilled, 1, &slots)?);
                let rejected = Value::object(vm.native(awaited_rejected, 1, &slots)?);
                return vm.perform_then(awaited, Reaction::Then { fulfilled, rejected, capability: None });
            }
            Err(t) if vm.is_terminating() => return Err(t),
            Err(_) => {
                let error = vm.take_thrown();
                vm.dispose_failed(capability, error)?;
            }
        }
    }
    vm.dispose_end(capability)?;
    vm.resolve_promise(promise, Value::undefined())
}

fn awaited_fulfilled<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    after_await(vm, args, false)
}

fn awaited_rejected<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    after_await(vm, args, true)
}

fn after_await<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, rejected: bool) -> JsResult<Value<'gc>> {
    let slots = native_slots(args.callee());
    let capability = capability(slots[0].get());
    let promise = slots[1].get().as_object().expect("it closes over a promise");
    if rejected {
        vm.dispose_failed(capability, args.get(0))?;
    }
    if let Err(t) = go_on(vm, capability, promise) {
        if vm.is_terminating() {
            return Err(t);
        }
        let reason = vm.take_thrown();
        vm.reject_promise(promise, reason)?;
    }
    Ok(Value::undefined())
}
