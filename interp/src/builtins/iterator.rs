//! Iterator (27.1.3), %IteratorHelperPrototype% and %WrapForValidIteratorPrototype%. The methods that
//! call back are in `self_hosted/iterator.js`.

use gc::{Gc, Trace};

use super::{Row, constructor, method, methods, new_native, prototype, tag};
use crate::object::data::ObjectData;
use crate::object::function::{NativeCode, NativeFn, Special};
use crate::object::shape::CONFIGURABLE;
use crate::object::{Class, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::coroutine::Coroutine;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] = &[("@@iterator", 0, |_, args| Ok(args.this())), ("@@dispose", 0, dispose)];

/// An Iterator Helper: a generator's coroutine in other clothes.
#[derive(Debug, Trace)]
pub(crate) struct HelperData<'gc> {
    pub(crate) coroutine: Gc<'gc, Coroutine<'gc>>,
    /// [[UnderlyingIterators]], an array: closed if the helper is before it began.
    pub(crate) underlying: Object<'gc>,
}

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let p = prototype(
        vm,
        Intrinsic::IteratorPrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let constructor_key = vm.names().constructor;
    constructor(vm, Intrinsic::Iterator, "Iterator", 0, iterator, p)?;
    methods(vm, p, PROTOTYPE)?;
    // Accessors for the web's sake: assignments to objects that inherit from it go to these objects.
    let key = vm.well_known(WellKnown::ToStringTag);
    weird_accessor(vm, p, constructor_key, get_constructor, set_constructor)?;
    weird_accessor(vm, p, key, get_tag, set_tag)?;
    super::array_iterator::init(vm)?;
    let helper = prototype(
        vm,
        Intrinsic::IteratorHelperPrototype,
        Intrinsic::IteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    method(vm, helper, "next", 0, NativeCode::Special(Special::HelperNext))?;
    method(vm, helper, "return", 0, NativeCode::Special(Special::HelperReturn))?;
    tag(vm, helper, "Iterator Helper")?;
    prototype(
        vm,
        Intrinsic::WrapForValidIteratorPrototype,
        Intrinsic::IteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    super::self_hosted::init_iterator(vm)
}

fn weird_accessor<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    get: NativeFn,
    set: NativeFn,
) -> JsResult<()> {
    let get = new_native(vm, NativeCode::Leaf(get), 0, key, "get", &[], false)?;
    let set = new_native(vm, NativeCode::Leaf(set), 1, key, "set", &[], false)?;
    o.define_accessor(vm, key, Value::object(get), Value::object(set), CONFIGURABLE)
}

/// 27.1.3.1.1 Iterator ( )
fn iterator<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match args.new_target().as_object() {
        Some(target) if !target.is(args.callee()) => {
            let proto = vm.prototype_from(target, Intrinsic::IteratorPrototype)?;
            let shape = vm.root_shape(Some(proto), 0);
            Ok(Value::object(Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?))
        }
        _ => Err(vm.type_error("Iterator is abstract: it is to be extended, not called or constructed")),
    }
}

/// 27.1.3.3 %Iterator.prototype% [ %Symbol.dispose% ] ( )
fn dispose<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.names().return_;
    let method = vm.get_method(args.this(), key)?;
    if !method.is_undefined() {
        vm.call(method, args.this(), &[])?;
    }
    Ok(Value::undefined())
}

fn get_constructor<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::object(vm.intrinsic(Intrinsic::Iterator)?))
}

fn set_constructor<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.names().constructor;
    set_ignoring_prototype(vm, args, key)
}

fn get_tag<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::string(vm.intern("Iterator")?))
}

fn set_tag<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.well_known(WellKnown::ToStringTag);
    set_ignoring_prototype(vm, args, key)
}

/// 7.3.34 SetterThatIgnoresPrototypeProperties of %Iterator.prototype%.
fn set_ignoring_prototype<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    key: PropertyKey<'gc>,
) -> JsResult<Value<'gc>> {
    let home = vm.intrinsic(Intrinsic::IteratorPrototype)?;
    let Some(o) = args.this().as_object().filter(|o| !o.is(home)) else {
        return super::wrong_receiver(vm, "setter of Iterator.prototype", args.this());
    };
    if o.get_own(vm, key)?.is_none() {
        o.create_data_or_throw(vm, key, args.get(0))?;
    } else {
        o.put(vm, key, args.get(0))?;
    }
    Ok(Value::undefined())
}

/// Dresses a generator object of the library as an Iterator Helper.
pub(crate) fn helper<'gc>(
    vm: &mut Vm<'gc>,
    generator: Value<'gc>,
    underlying: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let coroutine = generator.as_object().and_then(|g| match g.data() {
        ObjectData::Any(c) => c.downcast::<Coroutine<'gc>>(),
        _ => None,
    });
    let coroutine = coroutine.expect("the library gives a generator");
    let underlying = underlying.as_object().expect("the library gives an array");
    let data = vm.mc.try_alloc(HelperData { coroutine, underlying })?;
    let proto = vm.intrinsic(Intrinsic::IteratorHelperPrototype)?;
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Value::object(Object::new(vm.mc, shape, Class::WrapIterator, 0, ObjectData::Any(data.erase()))?))
}

/// The helper a value is.
pub(crate) fn helper_data<'gc>(v: Value<'gc>) -> Option<Gc<'gc, HelperData<'gc>>> {
    match v.as_object()?.data() {
        ObjectData::Any(c) => c.downcast(),
        _ => None,
    }
}

/// The wrapper of Iterator.from; the library gives it its slots.
pub(crate) fn wrapper<'gc>(vm: &mut Vm<'gc>) -> JsResult<Object<'gc>> {
    let proto = vm.intrinsic(Intrinsic::WrapForValidIteratorPrototype)?;
    let shape = vm.root_shape(Some(proto), 2);
    Ok(Object::new(vm.mc, shape, Class::WrapIterator, 0, ObjectData::None)?)
}

/// IteratorCloseAll ( iters, ReturnCompletion(undefined) )
pub(crate) fn close_all<'gc>(vm: &mut Vm<'gc>, iterators: Object<'gc>) -> JsResult<()> {
    let mut result = Ok(());
    for i in (0..iterators.array_length()).rev() {
        let Some(iterator) = iterators.element(i) else { continue };
        if result.is_ok() {
            result = vm.iter_close(iterator);
            continue;
        }
        if vm.is_terminating() {
            return result;
        }
        let thrown = vm.take_thrown();
        vm.iter_close_quietly(iterator)?;
        result = Err(vm.throw(thrown));
    }
    result
}
