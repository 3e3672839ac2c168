//! Array iterators (23.1.5), and iterating in built-ins.
#![forbid(unsafe_code)]

use std::cell::Cell;

use gc::Lock;

use crate::object::data::{IteratorData, ObjectData};
use crate::object::{Class, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let p = super::prototype(
        vm,
        Intrinsic::ArrayIteratorPrototype,
        Intrinsic::IteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let next = super::method(vm, p, "next", 0, crate::object::function::NativeCode::Leaf(iterator_next))?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::ArrayIteratorNext, next);
    super::tag(vm, p, "Array Iterator")?;
    Ok(())
}

/// 23.1.3.41 Array.prototype [ %Symbol.unscopables% ]
pub(crate) fn unscopables<'gc>(vm: &mut Vm<'gc>, proto: Object<'gc>) -> JsResult<()> {
    let shape = vm.root_shape(None, 0);
    let list = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
    for name in [
        "at",
        "copyWithin",
        "entries",
        "fill",
        "find",
        "findIndex",
        "findLast",
        "findLastIndex",
        "flat",
        "flatMap",
        "includes",
        "keys",
        "toReversed",
        "toSorted",
        "toSpliced",
        "values",
    ] {
        let key = vm.key(name)?;
        list.define_own(vm, key, Value::bool(true), crate::object::shape::DEFAULT)?;
    }
    let key = vm.well_known(WellKnown::Unscopables);
    proto.define_own(vm, key, Value::object(list), crate::object::shape::CONFIGURABLE)
}

fn iterator<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, kind: u8) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let proto = vm.intrinsic(Intrinsic::ArrayIteratorPrototype)?;
    let data = vm.mc.try_alloc(IteratorData {
        target: Lock::new(Value::object(o)),
        index: Cell::new(0),
        kind: Cell::new(kind),
        extra: Lock::new(Value::undefined()),
    })?;
    let shape = vm.root_shape(Some(proto), 0);
    let i = Object::new(vm.mc, shape, Class::ArrayIterator, 0, ObjectData::Iterator(data))?;
    Ok(Value::object(i))
}

/// 23.1.3.5 Array.prototype.entries ( )
pub(crate) fn entries<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, 2)
}
/// 23.1.3.19 Array.prototype.keys ( )
pub(crate) fn keys<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, 0)
}
/// 23.1.3.38 Array.prototype.values ( )
pub(crate) fn values<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, 1)
}

/// 23.1.5.2.1 %ArrayIteratorPrototype%.next ( )
fn iterator_next<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let data = match args.this().as_object() {
        Some(o) if o.is_class(Class::ArrayIterator) => o.data(),
        _ => ObjectData::None,
    };
    let ObjectData::Iterator(data) = data else {
        return super::wrong_receiver(vm, "Array Iterator.prototype.next", args.this());
    };
    let Some(o) = data.target.get().as_object() else { return vm.iter_result(Value::undefined(), true) };
    let i = data.index.get() as u64;
    let length = match crate::object::typed_array::view(o).map(|v| v.length()) {
        None => vm.length_of(o)?,
        Some(Some(n)) => n as u64,
        Some(None) => return Err(vm.type_error("the typed array is out of bounds or detached")),
    };
    if i >= length {
        data.set(vm.mc, |d| &d.target, Value::undefined());
        return vm.iter_result(Value::undefined(), true);
    }
    data.index.set(i as usize + 1);
    let index = Value::number(i as f64);
    if data.kind.get() == 0 {
        return vm.iter_result(index, false);
    }
    let key = vm.index_key(i)?;
    let v = o.get(vm, key, Value::object(o))?;
    if data.kind.get() == 1 {
        return vm.iter_result(v, false);
    }
    let pair = vm.array_from(&[index, v])?;
    vm.iter_result(Value::object(pair), false)
}

/// IteratorToList of an iterable.
pub(crate) fn iterate_to_list<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Vec<Value<'gc>>> {
    let mut list = Vec::new();
    for_each_of(vm, v, |_, item| {
        list.push(item);
        Ok(())
    })?;
    Ok(list)
}

/// Does something with each value of an iterable; the iterator is closed if it fails.
pub(crate) fn for_each_of<'gc>(
    vm: &mut Vm<'gc>,
    v: Value<'gc>,
    mut f: impl FnMut(&mut Vm<'gc>, Value<'gc>) -> JsResult<()>,
) -> JsResult<()> {
    let [iterator, next, state] = vm.get_iterator(v, 0)?;
    if state.is_int() {
        let a = iterator.as_object().expect("the fast form is an array");
        let mut i = 0;
        while i < a.array_length() {
            let item = a.get(vm, PropertyKey::Index(i), v)?;
            f(vm, item)?;
            vm.charge(1)?;
            i += 1;
        }
        return Ok(());
    }
    loop {
        let r = vm.call(next, iterator, &[])?;
        let Some(item) = vm.iter_step(r)? else { return Ok(()) };
        vm.charge(1)?;
        if let Err(t) = f(vm, item) {
            if vm.is_terminating() {
                return Err(t);
            }
            let thrown = vm.take_thrown();
            vm.iter_close_quietly(iterator)?;
            return Err(vm.throw(thrown));
        }
    }
}
