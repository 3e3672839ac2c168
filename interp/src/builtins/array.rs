//! Array objects (23.1) and their iterators (23.1.5).

use std::cell::Cell;

use gc::Lock;

use super::{Row, methods};
use crate::object::data::{IteratorData, ObjectData};
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] = &[("entries", 0, entries), ("keys", 0, keys), ("push", 1, push)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = super::prototype(vm, Intrinsic::ArrayPrototype, Intrinsic::ObjectPrototype, Class::Array, ObjectData::None)?;
    let c = super::constructor(vm, Intrinsic::Array, "Array", 1, array, proto)?;
    super::species(vm, c)?;
    methods(vm, proto, PROTOTYPE)?;
    let f = super::method(vm, proto, "values", 0, crate::object::function::NativeCode::Leaf(values))?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::ArrayProtoValues, f);
    let key = vm.well_known(WellKnown::Iterator);
    proto.define_own(vm, key, Value::object(f), HIDDEN)?;
    // %IteratorPrototype% and %ArrayIteratorPrototype%
    let base = super::prototype(vm, Intrinsic::IteratorPrototype, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    methods(vm, base, &[("@@iterator", 0, |_, args| Ok(args.this()))])?;
    let p = super::prototype(vm, Intrinsic::ArrayIteratorPrototype, Intrinsic::IteratorPrototype, Class::Object, ObjectData::None)?;
    let next = super::method(vm, p, "next", 0, crate::object::function::NativeCode::Leaf(iterator_next))?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::ArrayIteratorNext, next);
    super::tag(vm, p, "Array Iterator")
}

/// 23.1.1.1 Array ( ...values )
fn array<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let proto = match args.new_target().as_object() {
        Some(t) => vm.prototype_from(t, Intrinsic::ArrayPrototype)?,
        None => vm.intrinsic(Intrinsic::ArrayPrototype)?,
    };
    if args.len() == 1 {
        if let Some(n) = args.get(0).as_number() {
            let length = n as u32;
            if f64::from(length) != n {
                return Err(vm.range_error("invalid array length"));
            }
            let a = array_with(vm, proto)?;
            if length <= 1 << 16 {
                a.reserve_elements(vm.mc, length as usize)?;
            }
            a.set_array_length(length);
            return Ok(Value::object(a));
        }
    }
    let a = vm.array_from(args.slice())?;
    a.set_proto(vm, Some(proto))?;
    Ok(Value::object(a))
}

/// An empty array of a prototype.
pub(crate) fn array_with<'gc>(vm: &mut Vm<'gc>, proto: Object<'gc>) -> JsResult<Object<'gc>> {
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Object::new(vm.mc, shape, Class::Array, 0, ObjectData::None)?)
}

/// 23.1.3.23 Array.prototype.push ( ...items )
fn push<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let plain = crate::object::EXOTIC
        | crate::object::FROZEN
        | crate::object::SLOW_INDEX
        | crate::object::FIXED_LENGTH
        | crate::object::IS_PROTO;
    // Fast path: an ordinary array whose prototypes have no indices.
    if o.is_array() && !o.has(plain) && vm.plain_array_prototypes(o) && o.array_length() < u32::MAX - 1024 {
        for &v in args.slice() {
            vm.array_push(o, v)?;
        }
        return Ok(Value::number(f64::from(o.array_length())));
    }
    let mut n = vm.length_of(o)?;
    if n + args.len() as u64 > (1 << 53) - 1 {
        return Err(vm.type_error("array is too long"));
    }
    for &v in args.slice() {
        let key = vm.index_key(n)?;
        o.put(vm, key, v)?;
        n += 1;
    }
    let key = vm.names().length;
    o.put(vm, key, Value::number(n as f64))?;
    Ok(Value::number(n as f64))
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
fn entries<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, 2)
}
/// 23.1.3.19 Array.prototype.keys ( )
fn keys<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    iterator(vm, args, 0)
}
/// 23.1.3.38 Array.prototype.values ( )
fn values<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
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
    let length = vm.length_of(o)?;
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

/// 10.4.2.2 ArraySpeciesCreate ( originalArray, length )
pub(crate) fn species_create<'gc>(vm: &mut Vm<'gc>, original: Value<'gc>, length: Value<'gc>) -> JsResult<Value<'gc>> {
    let n = length.as_number().unwrap_or(0.0);
    let mut c = Value::undefined();
    if vm.is_array(original)? {
        let key = vm.names().constructor;
        c = vm.get_value(original, key)?;
        if let Some(o) = c.as_object() {
            if o.is_constructor() {
                let realm = vm.function_realm(o)?;
                if !realm.ptr_eq(vm.realm()) && realm.get(Intrinsic::Array).is_some_and(|a| a.is(o)) {
                    c = Value::undefined();
                }
            }
        }
        if let Some(o) = c.as_object() {
            let key = vm.well_known(WellKnown::Species);
            c = o.get(vm, key, c)?;
            if c.is_null() {
                c = Value::undefined();
            }
        }
    }
    if c.is_undefined() {
        if n > f64::from(u32::MAX) {
            return Err(vm.range_error("invalid array length"));
        }
        let a = vm.new_array(0)?;
        a.set_array_length(n as u32);
        return Ok(Value::object(a));
    }
    match c.as_object().filter(|o| o.is_constructor()) {
        Some(o) => vm.construct(o, &[Value::number(n)], o),
        None => Err(vm.type_error("species is not a constructor")),
    }
}
