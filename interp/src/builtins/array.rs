//! Array objects (23.1) and their iterators (23.1.5).
#![forbid(unsafe_code)]

use gc::Lock;

use super::array_iterator::{entries, keys, values};
use super::{Row, methods};
use crate::object::data::ObjectData;
use crate::object::function::Handover;
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::Value;
use crate::value::symbol::WellKnown;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("isArray", 1, is_array), ("of", 0, of)];

const PROTOTYPE: &[Row] = &[
    ("at", 1, at),
    ("copyWithin", 2, copy_within),
    ("entries", 0, entries),
    ("fill", 1, fill),
    ("join", 1, join),
    ("keys", 0, keys),
    ("lastIndexOf", 1, last_index_of),
    ("pop", 0, pop),
    ("push", 1, push),
    ("reverse", 0, reverse),
    ("shift", 0, shift),
    ("splice", 2, splice),
    ("toLocaleString", 0, to_locale_string),
    ("toReversed", 0, to_reversed),
    ("toSpliced", 2, to_spliced),
    ("toString", 0, to_string),
    ("unshift", 1, unshift),
    ("with", 2, with),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = super::prototype(
        vm,
        Intrinsic::ArrayPrototype,
        Intrinsic::ObjectPrototype,
        Class::Array,
        ObjectData::None,
    )?;
    let c = super::constructor(vm, Intrinsic::Array, "Array", 1, array, proto)?;
    super::species(vm, c)?;
    methods(vm, c, STATIC)?;
    methods(vm, proto, PROTOTYPE)?;
    super::handover(vm, proto, "concat", 1, concat, &[])?;
    super::handover(vm, proto, "includes", 1, includes, &[])?;
    super::handover(vm, proto, "indexOf", 1, index_of, &[])?;
    super::handover(vm, proto, "slice", 2, slice, &[])?;
    let f = super::method(vm, proto, "values", 0, crate::object::function::NativeCode::Leaf(values))?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::ArrayProtoValues, f);
    let key = vm.well_known(WellKnown::Iterator);
    proto.define_own(vm, key, Value::object(f), HIDDEN)?;
    super::array_iterator::unscopables(vm, proto)?;
    super::self_hosted::init(vm)
}

/// 23.1.1.1 Array ( ...values )
fn array<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let proto = match args.new_target().as_object() {
        Some(t) => vm.prototype_from(t, Intrinsic::ArrayPrototype)?,
        None => vm.intrinsic(Intrinsic::ArrayPrototype)?,
    };
    if args.len() == 1
        && let Some(n) = args.get(0).as_number()
    {
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

/// 10.4.2.2 ArraySpeciesCreate ( originalArray, length )
pub(crate) fn species_create<'gc>(
    vm: &mut Vm<'gc>,
    original: Value<'gc>,
    length: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let n = length.as_number().unwrap_or(0.0);
    let mut c = Value::undefined();
    if vm.is_array(original)? {
        let key = vm.names().constructor;
        c = vm.get_value(original, key)?;
        if let Some(o) = c.as_object()
            && o.is_constructor()
        {
            let realm = vm.function_realm(o)?;
            if !realm.ptr_eq(vm.realm()) && realm.get(Intrinsic::Array).is_some_and(|a| a.is(o)) {
                c = Value::undefined();
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

/// Flags of an array whose elements cannot be handled as a plain list.
const SPECIAL: u32 = crate::object::EXOTIC
    | crate::object::FROZEN
    | crate::object::SLOW_INDEX
    | crate::object::FIXED_LENGTH
    | crate::object::IS_PROTO;

/// An ordinary array whose elements are all there: they can be read as a list.
fn dense<'gc>(vm: &Vm<'gc>, o: Object<'gc>) -> Option<&'gc [Lock<Value<'gc>>]> {
    plain(vm, o).filter(|list| list.iter().all(|v| !v.get().is_hole()))
}

/// An ordinary array, as a list: where a hole is, there is nothing, in its prototypes neither.
fn plain<'gc>(vm: &Vm<'gc>, o: Object<'gc>) -> Option<&'gc [Lock<Value<'gc>>]> {
    if !o.is_array() || o.has(SPECIAL) || !vm.plain_array_prototypes(o) {
        return None;
    }
    o.elements().get(..o.array_length() as usize)
}

fn get_index<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, i: u64) -> JsResult<Value<'gc>> {
    if i < u64::from(u32::MAX)
        && let (Some(v), false) = (o.element(i as u32), o.has(crate::object::EXOTIC))
    {
        return Ok(v);
    }
    let key = vm.index_key(i)?;
    o.get(vm, key, Value::object(o))
}

fn put_index<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, i: u64, v: Value<'gc>) -> JsResult<()> {
    let key = vm.index_key(i)?;
    o.put(vm, key, v)
}

fn has_index<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, i: u64) -> JsResult<bool> {
    let key = vm.index_key(i)?;
    o.has_property(vm, key)
}

fn delete_index<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, i: u64) -> JsResult<()> {
    let key = vm.index_key(i)?;
    if !o.delete(vm, key)? {
        let text = format!("cannot delete property {}", vm.show_key(key));
        return Err(vm.type_error(&text));
    }
    Ok(())
}

fn set_length<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, n: u64) -> JsResult<()> {
    let key = vm.names().length;
    o.put(vm, key, Value::number(n as f64))
}

/// Moves the property at `from` to `to`, or deletes it there.
fn move_index<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, from: u64, to: u64) -> JsResult<()> {
    if has_index(vm, o, from)? {
        let v = get_index(vm, o, from)?;
        put_index(vm, o, to, v)
    } else {
        delete_index(vm, o, to)
    }
}

/// 23.1.2.2 Array.isArray ( arg )
fn is_array<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    vm.is_array(args.get(0)).map(Value::bool)
}

/// 23.1.2.3 Array.of ( ...items )
fn of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let n = Value::number(args.len() as f64);
    let a = match args.this().as_object().filter(|c| c.is_constructor()) {
        Some(c) => vm.construct(c, &[n], c)?,
        None => Value::object(vm.new_array(args.len())?),
    };
    let o = a.as_object().expect("constructors give objects");
    for (i, &v) in args.slice().iter().enumerate() {
        let key = vm.index_key(i as u64)?;
        o.create_data_or_throw(vm, key, v)?;
    }
    set_length(vm, o, args.len() as u64)?;
    Ok(a)
}

/// 23.1.3.1 Array.prototype.at ( index )
fn at<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let i = vm.to_integer(args.get(0))?;
    let k = if i < 0.0 { n as f64 + i } else { i };
    if k < 0.0 || k >= n as f64 {
        return Ok(Value::undefined());
    }
    get_index(vm, o, k as u64)
}

/// 23.1.3.2 Array.prototype.concat ( ...items )
fn concat<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let o = vm.to_object(args.this())?;
    let a = species_create(vm, Value::object(o), Value::int(0))?;
    let out = a.as_object().expect("species gives objects");
    let mut n = 0u64;
    for i in 0..=args.len() {
        let item = if i == 0 { Value::object(o) } else { args.get(i - 1) };
        if item.as_object().is_some_and(|e| e.is_class(Class::Proxy)) {
            // The library goes on: its traps are a script's.
            let rest = if i == 0 { vec![item] } else { Vec::new() };
            let rest: Vec<_> =
                rest.into_iter().chain(args.from(i.saturating_sub(1)).iter().copied()).collect();
            let rest = Value::object(vm.array_from(&rest)?);
            return go_on(vm, Intrinsic::ConcatFrom, &[a, Value::number(n as f64), rest]);
        }
        if let (true, Some(e)) = (is_spreadable(vm, item)?, item.as_object()) {
            let len = vm.length_of(e)?;
            if n + len > (1 << 53) - 1 {
                return Err(vm.type_error("array is too long"));
            }
            if let (Some(list), true, true) =
                (dense(vm, e), out.is_array() && !out.has(SPECIAL), n == u64::from(out.array_length()))
            {
                vm.charge(list.len() / 4)?;
                out.reserve_elements(vm.mc, n as usize + list.len())?;
                for v in list {
                    vm.array_push(out, v.get())?;
                }
                n += len;
                continue;
            }
            for k in 0..len {
                vm.charge(1)?;
                if has_index(vm, e, k)? {
                    let v = get_index(vm, e, k)?;
                    let key = vm.index_key(n)?;
                    out.create_data_or_throw(vm, key, v)?;
                }
                n += 1;
            }
        } else {
            if n >= (1 << 53) - 1 {
                return Err(vm.type_error("array is too long"));
            }
            let key = vm.index_key(n)?;
            out.create_data_or_throw(vm, key, item)?;
            n += 1;
        }
    }
    set_length(vm, out, n)?;
    Ok(Handover::Done(a))
}

/// 23.1.3.2.1 IsConcatSpreadable ( O )
fn is_spreadable<'gc>(vm: &mut Vm<'gc>, item: Value<'gc>) -> JsResult<bool> {
    let Some(o) = item.as_object() else { return Ok(false) };
    let key = vm.well_known(WellKnown::IsConcatSpreadable);
    let s = o.get(vm, key, item)?;
    if s.is_undefined() { vm.is_array(item) } else { Ok(vm.to_boolean(s)) }
}

/// 23.1.3.4 Array.prototype.copyWithin ( target, start [ , end ] )
fn copy_within<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let to = vm.relative_index(args.get(0), n, 0)?;
    let from = vm.relative_index(args.get(1), n, 0)?;
    let end = vm.relative_index(args.get(2), n, n)?;
    let count = end.saturating_sub(from).min(n - to);
    let backwards = from < to && to < from + count;
    for k in 0..count {
        vm.charge(1)?;
        let k = if backwards { count - 1 - k } else { k };
        move_index(vm, o, from + k, to + k)?;
    }
    Ok(Value::object(o))
}

/// 23.1.3.7 Array.prototype.fill ( value [ , start [ , end ] ] )
fn fill<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let from = vm.relative_index(args.get(1), n, 0)?;
    let to = vm.relative_index(args.get(2), n, n)?;
    let v = args.get(0);
    if o.is_array() && !o.has(SPECIAL) && vm.plain_array_prototypes(o) && to <= 1 << 24 && to > from {
        vm.charge((to - from) as usize / 8)?;
        o.reserve_elements(vm.mc, to as usize)?;
        for k in from..to {
            o.set_element(vm.mc, k as u32, v);
        }
        return Ok(Value::object(o));
    }
    for k in from..to {
        vm.charge(1)?;
        put_index(vm, o, k, v)?;
    }
    Ok(Value::object(o))
}

/// Goes on in the library with a proxy, whose traps are a script's.
fn go_on<'gc>(vm: &mut Vm<'gc>, library: Intrinsic, args: &[Value<'gc>]) -> JsResult<Handover<'gc>> {
    let library = Value::object(vm.intrinsic(library)?);
    Ok(Handover::call(library, Value::undefined(), args))
}

/// 23.1.3.16 Array.prototype.includes ( searchElement [ , fromIndex ] )
fn includes<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    if n == 0 {
        return Ok(Handover::Done(Value::bool(false)));
    }
    let from = vm.relative_index(args.get(1), n, 0)?;
    if o.is_class(Class::Proxy) {
        let (from, n) = (Value::number(from as f64), Value::number(n as f64));
        return go_on(vm, Intrinsic::Includes, &[Value::object(o), args.get(0), from, n]);
    }
    if let Some(list) = plain(vm, o).filter(|list| list.len() as u64 == n) {
        // Fast path: nothing can be seen of the reads.
        let (list, wanted) = (&list[from as usize..], args.get(0));
        let found = list.iter().position(|v| {
            let v = v.get();
            vm.same_value_zero(if v.is_hole() { Value::undefined() } else { v }, wanted)
        });
        vm.charge(found.unwrap_or(list.len()) / 4)?;
        return Ok(Handover::Done(Value::bool(found.is_some())));
    }
    for k in from..n {
        vm.charge(1)?;
        let v = get_index(vm, o, k)?;
        if vm.same_value_zero(v, args.get(0)) {
            return Ok(Handover::Done(Value::bool(true)));
        }
    }
    Ok(Handover::Done(Value::bool(false)))
}

/// 23.1.3.17 Array.prototype.indexOf ( searchElement [ , fromIndex ] )
fn index_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    if n == 0 {
        return Ok(Handover::Done(Value::int(-1)));
    }
    let from = vm.relative_index(args.get(1), n, 0)?;
    if o.is_class(Class::Proxy) {
        let (from, n) = (Value::number(from as f64), Value::number(n as f64));
        return go_on(vm, Intrinsic::IndexOf, &[Value::object(o), args.get(0), from, n]);
    }
    if let Some(list) = plain(vm, o).filter(|list| list.len() as u64 == n) {
        // Fast path: nothing can be seen of the reads, and a hole is none.
        let (list, wanted) = (&list[from as usize..], args.get(0));
        let found = list.iter().position(|v| !v.get().is_hole() && vm.strict_equals(v.get(), wanted));
        vm.charge(found.unwrap_or(list.len()) / 4)?;
        let index = found.map_or(Value::int(-1), |i| Value::number((from as usize + i) as f64));
        return Ok(Handover::Done(index));
    }
    for k in from..n {
        vm.charge(1)?;
        if has_index(vm, o, k)? {
            let v = get_index(vm, o, k)?;
            if vm.strict_equals(v, args.get(0)) {
                return Ok(Handover::Done(Value::number(k as f64)));
            }
        }
    }
    Ok(Handover::Done(Value::int(-1)))
}

/// 23.1.3.20 Array.prototype.lastIndexOf ( searchElement [ , fromIndex ] )
fn last_index_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    if n == 0 {
        return Ok(Value::int(-1));
    }
    let from = if args.len() > 1 { vm.to_integer(args.get(1))? } else { n as f64 - 1.0 };
    let start = if from < 0.0 { n as f64 + from } else { from.min(n as f64 - 1.0) };
    if start < 0.0 {
        return Ok(Value::int(-1));
    }
    for k in (0..=start as u64).rev() {
        vm.charge(1)?;
        if has_index(vm, o, k)? {
            let v = get_index(vm, o, k)?;
            if vm.strict_equals(v, args.get(0)) {
                return Ok(Value::number(k as f64));
            }
        }
    }
    Ok(Value::int(-1))
}

/// 23.1.3.18 Array.prototype.join ( separator )
fn join<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let separator = if args.get(0).is_undefined() { vm.intern(",")? } else { vm.to_string(args.get(0))? };
    join_with(vm, o, n, separator, false)
}

fn join_with<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    n: u64,
    separator: crate::value::Str<'gc>,
    locale: bool,
) -> JsResult<Value<'gc>> {
    // A cycle gives the empty string.
    if vm.st.joining.iter().any(|j| j.is(o)) {
        return vm.intern("").map(Value::string);
    }
    vm.check_native_stack()?;
    vm.st.joining.push(o);
    let r = (|| {
        let mut builder = crate::builtins::string::Builder::new();
        for k in 0..n {
            vm.charge(1)?;
            if k > 0 {
                builder.push(vm, separator)?;
            }
            let v = get_index(vm, o, k)?;
            if !v.is_nullish() {
                let s = if locale {
                    let key = vm.key("toLocaleString")?;
                    let s = vm.call_method(v, key, &[])?;
                    vm.to_string(s)?
                } else {
                    vm.to_string(v)?
                };
                builder.push(vm, s)?;
            }
        }
        builder.finish(vm)
    })();
    vm.st.joining.pop();
    r.map(Value::string)
}

/// 23.1.3.32 Array.prototype.toLocaleString ( )
fn to_locale_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let separator = vm.intern(",")?;
    join_with(vm, o, n, separator, true)
}

/// 23.1.3.36 Array.prototype.toString ( )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let key = vm.names().join;
    let f = o.get(vm, key, Value::object(o))?;
    if vm.is_callable(f) {
        return vm.call(f, Value::object(o), &[]);
    }
    let f = vm.intrinsic(Intrinsic::ObjectProtoToString)?;
    vm.call(Value::object(f), Value::object(o), &[])
}

/// 23.1.3.22 Array.prototype.pop ( )
fn pop<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    if n == 0 {
        set_length(vm, o, 0)?;
        return Ok(Value::undefined());
    }
    if o.is_array()
        && !o.has(SPECIAL)
        && let Some(v) = o.element(n as u32 - 1)
    {
        o.set_element(vm.mc, n as u32 - 1, Value::hole());
        o.set_array_length(n as u32 - 1);
        return Ok(v);
    }
    let v = get_index(vm, o, n - 1)?;
    delete_index(vm, o, n - 1)?;
    set_length(vm, o, n - 1)?;
    Ok(v)
}

/// 23.1.3.26 Array.prototype.reverse ( )
fn reverse<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    for lower in 0..n / 2 {
        vm.charge(1)?;
        let upper = n - 1 - lower;
        let low = has_index(vm, o, lower)?;
        let lv = if low { get_index(vm, o, lower)? } else { Value::undefined() };
        let high = has_index(vm, o, upper)?;
        let hv = if high { get_index(vm, o, upper)? } else { Value::undefined() };
        if high {
            put_index(vm, o, lower, hv)?;
        } else if low {
            delete_index(vm, o, lower)?;
        }
        if low {
            put_index(vm, o, upper, lv)?;
        } else if high {
            delete_index(vm, o, upper)?;
        }
    }
    Ok(Value::object(o))
}

/// 23.1.3.27 Array.prototype.shift ( )
fn shift<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    if n == 0 {
        set_length(vm, o, 0)?;
        return Ok(Value::undefined());
    }
    if let Some(list) = dense(vm, o) {
        vm.charge(list.len() / 32)?;
        let first = list[0].get();
        for k in 1..n as u32 {
            o.set_element(vm.mc, k - 1, list[k as usize].get());
        }
        o.set_element(vm.mc, n as u32 - 1, Value::hole());
        o.set_array_length(n as u32 - 1);
        return Ok(first);
    }
    let first = get_index(vm, o, 0)?;
    for k in 1..n {
        vm.charge(1)?;
        move_index(vm, o, k, k - 1)?;
    }
    delete_index(vm, o, n - 1)?;
    set_length(vm, o, n - 1)?;
    Ok(first)
}

/// 23.1.3.28 Array.prototype.slice ( start, end )
fn slice<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let from = vm.relative_index(args.get(0), n, 0)?;
    let to = vm.relative_index(args.get(1), n, n)?;
    let count = to.saturating_sub(from);
    let a = species_create(vm, Value::object(o), Value::number(count as f64))?;
    let out = a.as_object().expect("species gives objects");
    if let (Some(list), true) = (dense(vm, o), out.is_array() && !out.has(SPECIAL))
        && to as usize <= list.len()
    {
        vm.charge(count as usize / 8)?;
        let elements = if count == 0 {
            None
        } else {
            Some(vm.mc.alloc_tail((), count as usize, |i| Lock::new(list[from as usize + i].get()))?)
        };
        out.set_elements(vm.mc, elements);
        out.set_array_length(count as u32);
        return Ok(Handover::Done(a));
    }
    if o.is_class(Class::Proxy) {
        let (from, to) = (Value::number(from as f64), Value::number(to as f64));
        return go_on(vm, Intrinsic::SliceFrom, &[a, Value::object(o), from, to]);
    }
    let mut i = 0;
    for k in from..to {
        vm.charge(1)?;
        if has_index(vm, o, k)? {
            let v = get_index(vm, o, k)?;
            let key = vm.index_key(i)?;
            out.create_data_or_throw(vm, key, v)?;
        }
        i += 1;
    }
    set_length(vm, out, i)?;
    Ok(Handover::Done(a))
}

/// 23.1.3.31 Array.prototype.splice ( start, deleteCount, ...items )
fn splice<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let start = vm.relative_index(args.get(0), n, 0)?;
    let items = args.from(2);
    let delete = match args.len() {
        0 => 0,
        1 => n - start,
        _ => vm.to_integer(args.get(1))?.clamp(0.0, (n - start) as f64) as u64,
    };
    let insert = items.len() as u64;
    if n + insert - delete > (1 << 53) - 1 {
        return Err(vm.type_error("array is too long"));
    }
    let a = species_create(vm, Value::object(o), Value::number(delete as f64))?;
    let out = a.as_object().expect("species gives objects");
    for k in 0..delete {
        vm.charge(1)?;
        if has_index(vm, o, start + k)? {
            let v = get_index(vm, o, start + k)?;
            let key = vm.index_key(k)?;
            out.create_data_or_throw(vm, key, v)?;
        }
    }
    set_length(vm, out, delete)?;
    if insert < delete {
        for k in start..n - delete {
            vm.charge(1)?;
            move_index(vm, o, k + delete, k + insert)?;
        }
        for k in (n - delete + insert..n).rev() {
            vm.charge(1)?;
            delete_index(vm, o, k)?;
        }
    } else if insert > delete {
        for k in (start..n - delete).rev() {
            vm.charge(1)?;
            move_index(vm, o, k + delete, k + insert)?;
        }
    }
    for (i, &v) in items.iter().enumerate() {
        put_index(vm, o, start + i as u64, v)?;
    }
    set_length(vm, o, n - delete + insert)?;
    Ok(a)
}

/// 23.1.3.33 Array.prototype.toReversed ( )
fn to_reversed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    if n > u64::from(u32::MAX) {
        return Err(vm.range_error("invalid array length"));
    }
    let mut list = Vec::new();
    for k in (0..n).rev() {
        vm.charge(1)?;
        list.push(get_index(vm, o, k)?);
    }
    vm.array_from(&list).map(Value::object)
}

/// 23.1.3.35 Array.prototype.toSpliced ( start, skipCount, ...items )
fn to_spliced<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let start = vm.relative_index(args.get(0), n, 0)?;
    let skip = match args.len() {
        0 => 0,
        1 => n - start,
        _ => vm.to_integer(args.get(1))?.clamp(0.0, (n - start) as f64) as u64,
    };
    let len = n - skip + args.from(2).len() as u64;
    if len > (1 << 53) - 1 {
        return Err(vm.type_error("array is too long"));
    }
    if len > u64::from(u32::MAX) {
        return Err(vm.range_error("invalid array length"));
    }
    let mut list = Vec::new();
    for k in 0..start {
        list.push(get_index(vm, o, k)?);
        vm.charge(1)?;
    }
    list.extend_from_slice(args.from(2));
    for k in start + skip..n {
        list.push(get_index(vm, o, k)?);
        vm.charge(1)?;
    }
    vm.array_from(&list).map(Value::object)
}

/// 23.1.3.37 Array.prototype.unshift ( ...items )
fn unshift<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let count = args.len() as u64;
    if count > 0 {
        if n + count > (1 << 53) - 1 {
            return Err(vm.type_error("array is too long"));
        }
        for k in (0..n).rev() {
            vm.charge(1)?;
            move_index(vm, o, k, k + count)?;
        }
        for (i, &v) in args.slice().iter().enumerate() {
            put_index(vm, o, i as u64, v)?;
        }
    }
    set_length(vm, o, n + count)?;
    Ok(Value::number((n + count) as f64))
}

/// 23.1.3.39 Array.prototype.with ( index, value )
fn with<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let o = vm.to_object(args.this())?;
    let n = vm.length_of(o)?;
    let i = vm.to_integer(args.get(0))?;
    let k = if i < 0.0 { n as f64 + i } else { i };
    if k < 0.0 || k >= n as f64 {
        return Err(vm.range_error("index is out of range"));
    }
    if n > u64::from(u32::MAX) {
        return Err(vm.range_error("invalid array length"));
    }
    let mut list = Vec::new();
    for i in 0..n {
        vm.charge(1)?;
        list.push(if i == k as u64 { args.get(1) } else { get_index(vm, o, i)? });
    }
    vm.array_from(&list).map(Value::object)
}
