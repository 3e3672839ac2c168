//! Promise objects (27.2). The states and jobs are in `vm/job.rs`.
#![forbid(unsafe_code)]

use super::{Row, constructor_of, handover, methods, prototype, species, tag, wrong_receiver};
use crate::compiler::intrinsics as n;
use crate::object::data::ObjectData;
use crate::object::function::{Handover, NativeCode, Special};
use crate::object::{Class, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::job::{Capability, Reaction, promise_data};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[
    ("allKeyed", 1, |vm, args| combine_keyed(vm, args, ALL)),
    ("allSettledKeyed", 1, |vm, args| combine_keyed(vm, args, SETTLED)),
    ("reject", 1, reject),
    ("resolve", 1, resolve),
    ("withResolvers", 0, with_resolvers),
];

const PROTOTYPE: &[Row] = &[("then", 2, then)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let p = prototype(
        vm,
        Intrinsic::PromisePrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let c = constructor_of(vm, Intrinsic::Promise, "Promise", 1, NativeCode::Special(Special::Promise), p)?;
    species(vm, c)?;
    methods(vm, c, STATIC)?;
    // 27.2.4.1 Promise.all ( iterable ), 27.2.4.2 Promise.allSettled ( iterable ), 27.2.4.3 Promise.any ( iterable ),
    // 27.2.4.5 Promise.race ( iterable )
    handover(vm, c, "all", 1, |vm, args| combine(vm, args, ALL), &[])?;
    handover(vm, c, "allSettled", 1, |vm, args| combine(vm, args, SETTLED), &[])?;
    handover(vm, c, "any", 1, |vm, args| combine(vm, args, ANY), &[])?;
    handover(vm, c, "race", 1, |vm, args| combine(vm, args, RACE), &[])?;
    handover(vm, c, "try", 1, try_, &[])?;
    methods(vm, p, PROTOTYPE)?;
    handover(vm, p, "catch", 1, catch, &[])?;
    handover(vm, p, "finally", 1, finally, &[])?;
    tag(vm, p, "Promise")?;
    let global = vm.realm().global();
    methods(vm, global, &[("queueMicrotask", 1, queue_microtask)])
}

fn queue_microtask<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let f = args.get(0);
    if !vm.is_callable(f) {
        return Err(vm.not_a(f, "function"));
    }
    let reaction = Reaction::Then { fulfilled: f, rejected: Value::undefined(), capability: None };
    vm.st.jobs.push_back(crate::vm::job::Job::Reaction {
        reaction,
        value: Value::undefined(),
        rejected: false,
    });
    Ok(Value::undefined())
}

/// 27.2.3.1 Promise ( executor )
///
/// Up to the call of the executor (see `Vm::special` and `calls.js`): resolve, reject and the promise.
pub(crate) fn begin<'gc>(
    vm: &mut Vm<'gc>,
    executor: Value<'gc>,
    new_target: Value<'gc>,
) -> JsResult<[Value<'gc>; 3]> {
    let Some(target) = new_target.as_object() else {
        return Err(vm.type_error("constructor Promise requires 'new'"));
    };
    if !vm.is_callable(executor) {
        let text = format!("Promise resolver {} is not a function", vm.show(executor));
        return Err(vm.type_error(&text));
    }
    let proto = vm.prototype_from(target, Intrinsic::PromisePrototype)?;
    let p = vm.new_promise_with(proto)?;
    let (resolve, reject) = vm.resolving_functions(p)?;
    Ok([resolve, reject, Value::object(p)])
}

/// 27.2.1.5 NewPromiseCapability ( C )
pub(crate) fn new_capability<'gc>(vm: &mut Vm<'gc>, c: Value<'gc>) -> JsResult<Capability<'gc>> {
    let Some(constructor) = c.as_object().filter(|o| o.is_constructor()) else {
        return Err(vm.not_a(c, "constructor"));
    };
    if vm.realm().get(Intrinsic::Promise).is_some_and(|p| p.is(constructor)) {
        let p = vm.new_promise()?;
        let (resolve, reject) = vm.resolving_functions(p)?;
        return Ok(Capability { promise: Value::object(p), resolve, reject });
    }
    let undefined = Value::undefined();
    let executor = vm.native(executor, 2, &[undefined, undefined])?;
    let promise = vm.construct(constructor, &[Value::object(executor)], constructor)?;
    let slots = super::native_slots(executor);
    let (resolve, reject) = (slots[0].get(), slots[1].get());
    if !vm.is_callable(resolve) || !vm.is_callable(reject) {
        return Err(vm.type_error("promise resolve or reject function is not callable"));
    }
    Ok(Capability { promise, resolve, reject })
}

fn executor<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let f = args.callee();
    let slots = super::native_slots(f);
    if !slots[0].get().is_undefined() || !slots[1].get().is_undefined() {
        return Err(vm.type_error("promise executor was already called"));
    }
    super::set_native_slot(vm, f, 0, args.get(0));
    super::set_native_slot(vm, f, 1, args.get(1));
    Ok(Value::undefined())
}

/// PromiseResolve ( C, x )
fn promise_resolve<'gc>(vm: &mut Vm<'gc>, c: Value<'gc>, x: Value<'gc>) -> JsResult<Value<'gc>> {
    if let Some(o) = x.as_object()
        && promise_data(o).is_some()
    {
        let key = vm.names().constructor;
        if o.get(vm, key, x)? == c {
            return Ok(x);
        }
    }
    let capability = new_capability(vm, c)?;
    vm.call(capability.resolve, Value::undefined(), &[x])?;
    Ok(capability.promise)
}

/// 27.2.4.7 Promise.resolve ( x )
fn resolve<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if !args.this().is_object() {
        return wrong_receiver(vm, "Promise.resolve", args.this());
    }
    promise_resolve(vm, args.this(), args.get(0))
}

/// 27.2.4.6 Promise.reject ( r )
fn reject<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let capability = new_capability(vm, args.this())?;
    vm.call(capability.reject, Value::undefined(), &[args.get(0)])?;
    Ok(capability.promise)
}

/// 27.2.4.8 Promise.try ( callback, ...args )
fn try_<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    if !args.this().is_object() {
        return wrong_receiver(vm, "Promise.try", args.this());
    }
    let Capability { promise, resolve, reject } = new_capability(vm, args.this())?;
    let list = Value::object(vm.array_from(args.from(1))?);
    let library = Value::object(vm.intrinsic(Intrinsic::AttemptPromise)?);
    Ok(Handover::call(library, Value::undefined(), &[args.get(0), list, promise, resolve, reject]))
}

/// 27.2.4.9 Promise.withResolvers ( )
fn with_resolvers<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let c = new_capability(vm, args.this())?;
    let o = vm.new_object(3)?;
    let n = vm.names();
    for (key, v) in [(n.promise, c.promise), (n.resolve, c.resolve), (n.reject, c.reject)] {
        o.create_data(vm, key, v)?;
    }
    Ok(Value::object(o))
}

/// The kinds of combinators.
const ALL: u8 = 0;
const SETTLED: u8 = 1;
const ANY: u8 = 2;
const RACE: u8 = 3;

/// IfAbruptRejectPromise ( value, capability )
fn or_rejected<'gc, T>(
    vm: &mut Vm<'gc>,
    result: JsResult<T>,
    capability: Capability<'gc>,
) -> JsResult<Option<T>> {
    match result {
        Ok(v) => Ok(Some(v)),
        Err(t) if vm.is_terminating() => Err(t),
        Err(_) => {
            let reason = vm.take_thrown();
            vm.call(capability.reject, Value::undefined(), &[reason])?;
            Ok(None)
        }
    }
}

/// Runs a combinator: its capability rejects if the rest throws.
fn combine<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, kind: u8) -> JsResult<Handover<'gc>> {
    let (c, items) = (args.this(), args.get(0));
    let capability = new_capability(vm, c)?;
    let promise = capability.promise;
    let resolver = promise_resolver(vm, c);
    let Some(resolver) = or_rejected(vm, resolver, capability)? else { return Ok(Handover::Done(promise)) };
    let all = Combination::new(vm, capability, kind)?;
    let is_native = |o: Object<'gc>| matches!(o.data(), ObjectData::Native(_));
    // Fast path: neither iterating nor an item calls a function of the script, unless somebody meant it to be seen.
    if resolver.as_object().is_some_and(is_native) && items.as_object().is_some_and(|o| is_collection(vm, o))
    {
        let combined = combine_list(vm, c, resolver, all, items);
        or_rejected(vm, combined, capability)?;
        return Ok(Handover::Done(promise));
    }
    let library = Value::object(vm.intrinsic(Intrinsic::CombinePromises)?);
    let all = Value::object(all.into_list(vm)?);
    let args = [c, resolver, items, all, promise, capability.reject];
    Ok(Handover::call(library, Value::undefined(), &args))
}

/// Whether it is an array, a Map or a Set that is iterated as they are.
fn is_collection<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> bool {
    if o.is_array() {
        return vm.iteration_untouched(o);
    }
    let key = vm.well_known(WellKnown::Iterator);
    (o.is_class(Class::Map) || o.is_class(Class::Set)) && vm.is_native_method(o, key)
}

/// GetPromiseResolve
fn promise_resolver<'gc>(vm: &mut Vm<'gc>, c: Value<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.names().resolve;
    let resolver = vm.get_value(c, key)?;
    if vm.is_callable(resolver) { Ok(resolver) } else { Err(vm.not_a(resolver, "function")) }
}

fn combine_list<'gc>(
    vm: &mut Vm<'gc>,
    c: Value<'gc>,
    resolver: Value<'gc>,
    mut all: Combination<'gc>,
    items: Value<'gc>,
) -> JsResult<()> {
    super::array_iterator::for_each_of(vm, items, |vm, item| all.add(vm, c, resolver, item))?;
    all.finish(vm)
}

/// PerformPromiseAllKeyed: the same for an object's own enumerable properties.
fn combine_keyed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, kind: u8) -> JsResult<Value<'gc>> {
    let (c, promises) = (args.this(), args.get(0));
    let capability = new_capability(vm, c)?;
    let combined = combine_properties(vm, c, promises, capability, kind);
    or_rejected(vm, combined, capability)?;
    Ok(capability.promise)
}

fn combine_properties<'gc>(
    vm: &mut Vm<'gc>,
    c: Value<'gc>,
    promises: Value<'gc>,
    capability: Capability<'gc>,
    kind: u8,
) -> JsResult<()> {
    let resolver = promise_resolver(vm, c)?;
    let Some(o) = promises.as_object() else { return Err(vm.not_a(promises, "object")) };
    let mut all = Combination::new(vm, capability, kind)?;
    let keys = vm.new_array(0)?;
    vm.array_push(all.state, Value::object(keys))?;
    for key in o.own_keys(vm)? {
        let enumerable = crate::object::shape::ENUMERABLE;
        if o.get_own(vm, key)?.is_some_and(|p| p.attrs & enumerable != 0) {
            let item = o.get(vm, key, promises)?;
            let key = match key {
                PropertyKey::Index(i) => Value::number(f64::from(i)),
                key => key.to_value(),
            };
            vm.array_push(keys, key)?;
            all.add(vm, c, resolver, item)?;
        }
    }
    all.finish(vm)
}

/// What the element functions of a combinator share.
#[derive(Clone, Copy)]
struct Combination<'gc> {
    capability: Capability<'gc>,
    kind: u8,
    values: Object<'gc>,
    /// How many are outstanding, in an object all element functions share; then the keys, if there are any.
    state: Object<'gc>,
    index: u32,
}

impl<'gc> Combination<'gc> {
    fn new(vm: &mut Vm<'gc>, capability: Capability<'gc>, kind: u8) -> JsResult<Combination<'gc>> {
        let values = vm.new_array(0)?;
        let state = vm.array_from(&[Value::int(1)])?;
        Ok(Combination { capability, kind, values, state, index: 0 })
    }

    /// As `self_hosted/promise.js` has it: a list, with places for the functions of the next item at its end.
    fn into_list(self, vm: &mut Vm<'gc>) -> JsResult<Object<'gc>> {
        let Capability { promise: _, resolve, reject } = self.capability;
        let (values, state) = (Value::object(self.values), Value::object(self.state));
        let (kind, nothing) = (Value::int(self.kind.into()), Value::undefined());
        vm.array_from(&[kind, Value::int(0), values, state, resolve, reject, nothing, nothing])
    }

    fn from_list(list: Object<'gc>) -> Combination<'gc> {
        let place = |i: u32| list.element(i).expect("a list of the library has its places");
        let object = |i: u32| place(i).as_object().expect("a list of the library has its arrays");
        let number = |i: u32| place(i).as_int().expect("a list of the library has its numbers");
        let capability = Capability { promise: Value::undefined(), resolve: place(4), reject: place(5) };
        let (kind, index) = (number(0) as u8, number(1) as u32);
        Combination { capability, kind, values: object(2), state: object(3), index }
    }

    /// Waits for one more.
    fn add(
        &mut self,
        vm: &mut Vm<'gc>,
        constructor: Value<'gc>,
        resolver: Value<'gc>,
        item: Value<'gc>,
    ) -> JsResult<()> {
        let next = vm.call(resolver, constructor, &[item])?;
        let functions = self.next(vm)?;
        let key = vm.names().then;
        vm.call_method(next, key, &functions)?;
        Ok(())
    }

    /// What is to be called when the next one is settled.
    fn next(&mut self, vm: &mut Vm<'gc>) -> JsResult<[Value<'gc>; 2]> {
        let Combination { capability, kind, values, state, index } = *self;
        let (mut on_ok, mut on_err) = (capability.resolve, capability.reject);
        if kind != RACE {
            vm.array_push(values, Value::undefined())?;
            let make = |vm: &mut Vm<'gc>, how: i32, called: Value<'gc>| -> JsResult<Value<'gc>> {
                let slots = [
                    Value::number(f64::from(index)),
                    Value::object(values),
                    Value::object(state),
                    if kind == ANY { capability.reject } else { capability.resolve },
                    Value::int(how),
                    called,
                ];
                vm.native(element, 1, &slots).map(Value::object)
            };
            let called = Value::object(vm.array_from(&[Value::bool(false)])?);
            match kind {
                ALL => on_ok = make(vm, 0, called)?,
                ANY => on_err = make(vm, 3, called)?,
                _ => {
                    on_ok = make(vm, 1, called)?;
                    on_err = make(vm, 2, called)?;
                }
            }
            let n = state.element(0).and_then(|v| v.as_int()).unwrap_or(0);
            state.set_element(vm.mc, 0, Value::int(n + 1));
        }
        self.index += 1;
        Ok([on_ok, on_err])
    }

    /// All are being waited for.
    fn finish(self, vm: &mut Vm<'gc>) -> JsResult<()> {
        match self.kind {
            RACE => Ok(()),
            ANY => finish_one(vm, self.state, self.values, self.capability.reject, true),
            _ => finish_one(vm, self.state, self.values, self.capability.resolve, false),
        }
    }
}

/// The library's operations on promises (`self_hosted/promise.js`).
pub(crate) fn library_operation<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    match id {
        n::PROMISE_RESOLVE => promise_resolve(vm, args[0], args[1]),
        n::PASS_ON => vm.native(pass_on, 0, &[args[0], args[1]]).map(Value::object),
        _ => {
            let list = args[0].as_object().expect("a combination is a list");
            let mut all = Combination::from_list(list);
            if id == n::COMBINE_END {
                all.finish(vm)?;
                return Ok(Value::undefined());
            }
            let [on_fulfilled, on_rejected] = all.next(vm)?;
            for (i, v) in [(1, Value::int(all.index as i32)), (6, on_fulfilled), (7, on_rejected)] {
                list.set_element(vm.mc, i, v);
            }
            Ok(Value::undefined())
        }
    }
}

/// One is settled: the last one settles the whole.
fn finish_one<'gc>(
    vm: &mut Vm<'gc>,
    state: Object<'gc>,
    values: Object<'gc>,
    settle: Value<'gc>,
    is_any: bool,
) -> JsResult<()> {
    let n = state.element(0).and_then(|v| v.as_int()).unwrap_or(0) - 1;
    state.set_element(vm.mc, 0, Value::int(n));
    if n > 0 {
        return Ok(());
    }
    let list: Vec<Value<'gc>> =
        (0..values.array_length()).map(|i| values.element(i).unwrap_or(Value::undefined())).collect();
    if let Some(keys) = state.element(1).and_then(|k| k.as_object()) {
        // CreateKeyedPromiseCombinatorResultObject
        let shape = vm.root_shape(None, 4);
        let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
        for (i, v) in list.into_iter().enumerate() {
            let key = vm.to_key(keys.element(i as u32).unwrap_or(Value::undefined()))?;
            o.create_data_or_throw(vm, key, v)?;
        }
        vm.call(settle, Value::undefined(), &[Value::object(o)])?;
        return Ok(());
    }
    let array = Value::object(vm.array_from(&list)?);
    let result = if is_any {
        let e = vm.make_error(Intrinsic::AggregateErrorPrototype, "all promises were rejected")?;
        let key = vm.names().errors;
        e.define_own(vm, key, array, crate::object::shape::HIDDEN)?;
        Value::object(e)
    } else {
        array
    };
    vm.call(settle, Value::undefined(), &[result])?;
    Ok(())
}

/// The element functions of the combinators.
fn element<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let slots = super::native_slots(args.callee());
    let (index, settle, how) = (slots[0].get(), slots[3].get(), slots[4].get().as_int().unwrap_or(0));
    let objects = (slots[1].get().as_object(), slots[2].get().as_object(), slots[5].get().as_object());
    let (Some(values), Some(state), Some(called)) = objects else { return Ok(Value::undefined()) };
    if called.element(0).is_some_and(|v| v.is_true()) {
        return Ok(Value::undefined());
    }
    called.set_element(vm.mc, 0, Value::bool(true));
    let x = args.get(0);
    let v = match how {
        0 | 3 => x,
        _ => {
            let o = vm.new_object(2)?;
            let n = vm.names();
            let (status, value, reason) = (n.status, n.value, n.reason);
            let text = vm.intern(if how == 1 { "fulfilled" } else { "rejected" })?;
            o.create_data(vm, status, Value::string(text))?;
            o.create_data(vm, if how == 1 { value } else { reason }, x)?;
            Value::object(o)
        }
    };
    values.set_element(vm.mc, index.as_int().unwrap_or(0) as u32, v);
    finish_one(vm, state, values, settle, how == 3)?;
    Ok(Value::undefined())
}

/// 27.2.5.4 Promise.prototype.then ( onFulfilled, onRejected )
fn then<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(p) = args.this().as_object().filter(|o| promise_data(*o).is_some()) else {
        return wrong_receiver(vm, "Promise.prototype.then", args.this());
    };
    let default = Value::object(vm.intrinsic(Intrinsic::Promise)?);
    let c = species_constructor(vm, p, default)?;
    let capability = new_capability(vm, c)?;
    let handler = |vm: &Vm<'gc>, v: Value<'gc>| if vm.is_callable(v) { v } else { Value::undefined() };
    let reaction = Reaction::Then {
        fulfilled: handler(vm, args.get(0)),
        rejected: handler(vm, args.get(1)),
        capability: Some(capability),
    };
    vm.perform_then(p, reaction)?;
    Ok(capability.promise)
}

/// 7.3.22 SpeciesConstructor ( O, defaultConstructor )
pub(crate) fn species_constructor<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    default: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let key = vm.names().constructor;
    let c = o.get(vm, key, Value::object(o))?;
    if c.is_undefined() {
        return Ok(default);
    }
    let Some(co) = c.as_object() else { return Err(vm.not_a(c, "constructor")) };
    let key = vm.well_known(crate::value::symbol::WellKnown::Species);
    let s = co.get(vm, key, c)?;
    if s.is_nullish() {
        return Ok(default);
    }
    match s.as_object().filter(|s| s.is_constructor()) {
        Some(_) => Ok(s),
        None => Err(vm.type_error("species is not a constructor")),
    }
}

/// Invoke ( V, "then", argumentsList ), by which a method ends.
fn then_of<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>, args: &[Value<'gc>]) -> JsResult<Handover<'gc>> {
    let key = vm.names().then;
    let then = vm.get_value(v, key)?;
    if !vm.is_callable(then) {
        return Err(vm.type_error("then is not a function"));
    }
    Ok(Handover::call(then, v, args))
}

/// 27.2.5.1 Promise.prototype.catch ( onRejected )
fn catch<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    then_of(vm, args.this(), &[Value::undefined(), args.get(0)])
}

/// 27.2.5.3 Promise.prototype.finally ( onFinally )
fn finally<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let Some(p) = args.this().as_object() else {
        return wrong_receiver(vm, "Promise.prototype.finally", args.this());
    };
    let default = Value::object(vm.intrinsic(Intrinsic::Promise)?);
    let c = species_constructor(vm, p, default)?;
    let f = args.get(0);
    let (a, b) = if vm.is_callable(f) {
        let mut make = |throws: bool| {
            let name = vm.names().empty;
            let code = NativeCode::Handover(then_finally);
            super::new_native(vm, code, 1, name, "", &[f, c, Value::bool(throws)], false)
        };
        (Value::object(make(false)?), Value::object(make(true)?))
    } else {
        (f, f)
    };
    then_of(vm, args.this(), &[a, b])
}

fn then_finally<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let slots = super::native_slots(args.callee());
    let (f, c, throws) = (slots[0].get(), slots[1].get(), slots[2].get());
    let library = Value::object(vm.intrinsic(Intrinsic::AfterFinally)?);
    Ok(Handover::call(library, Value::undefined(), &[f, c, args.get(0), throws]))
}

fn pass_on<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let slots = super::native_slots(args.callee());
    if slots[1].get().is_true() {
        return Err(vm.throw(slots[0].get()));
    }
    Ok(slots[0].get())
}
