//! Exotic objects (10.4): what differs from ordinary ones.
//!
//! Each function answers `None` where the ordinary method applies.
#![forbid(unsafe_code)]

pub(crate) mod proxy;

use crate::module as namespace;
use crate::object::data::ObjectData;
use crate::object::descriptor::Descriptor;
use crate::object::ordinary::Prop;
use crate::object::shape::{CONFIGURABLE, ENUMERABLE};
use crate::object::typed_array;
use crate::object::{Class, FIXED_LENGTH, Object, SLOW_INDEX};
use crate::value::{PropertyKey, Str, Value};
use crate::vm::{JsResult, Vm};

fn string_of<'gc>(o: Object<'gc>) -> Option<Str<'gc>> {
    match o.data() {
        ObjectData::Primitive(v) if o.is_class(Class::String) => v.as_string(),
        _ => None,
    }
}

fn string_own<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>, key: PropertyKey<'gc>) -> JsResult<Option<Prop<'gc>>> {
    match key {
        PropertyKey::Index(i) if (i as usize) < s.len() => {
            let unit = s.units(vm.mc)?.at(i as usize);
            Ok(Some(Prop { value: Value::string(vm.char(unit)?), attrs: ENUMERABLE }))
        }
        PropertyKey::Name(_) if key == vm.names().length => {
            Ok(Some(Prop { value: Value::int(s.len() as i32), attrs: 0 }))
        }
        _ => Ok(None),
    }
}

/// The slot of the environment an argument is mapped to.
fn mapped<'gc>(o: Object<'gc>, key: PropertyKey<'gc>) -> Option<(crate::object::environment::Env<'gc>, u32)> {
    let (ObjectData::Arguments(a), PropertyKey::Index(i)) = (o.data(), key) else { return None };
    let slot = a.slots.get(i as usize)?.get()?;
    Some((a.env, slot))
}

fn unmap<'gc>(o: Object<'gc>, key: PropertyKey<'gc>) {
    if let (ObjectData::Arguments(a), PropertyKey::Index(i)) = (o.data(), key)
        && let Some(s) = a.slots.get(i as usize)
    {
        s.set(None);
    }
}

/// [[GetOwnProperty]]
pub(crate) fn get_own<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
) -> JsResult<Option<Prop<'gc>>> {
    if o.is_class(Class::Namespace) {
        return namespace::get_own(vm, o, key);
    }
    if o.is_class(Class::Proxy) {
        return proxy::get_own(vm, o, key);
    }
    if o.is_class(Class::TypedArray) {
        return match typed_array::get_own(vm, o, key)? {
            Some(p) => Ok(p),
            None => o.get_own_ordinary(vm, key),
        };
    }
    if let Some(s) = string_of(o)
        && let Some(p) = string_own(vm, s, key)?
    {
        return Ok(Some(p));
    }
    let found = o.get_own_ordinary(vm, key)?;
    if let (Some(p), Some((env, slot))) = (found, mapped(o, key)) {
        return Ok(Some(Prop { value: env.tail()[slot as usize].get(), attrs: p.attrs }));
    }
    Ok(found)
}

/// [[Get]] up to this object.
pub(crate) fn get<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    receiver: Value<'gc>,
) -> JsResult<Option<Value<'gc>>> {
    if o.is_class(Class::Namespace) {
        return namespace::get(vm, o, key, receiver).map(Some);
    }
    if o.is_class(Class::Proxy) {
        return proxy::get(vm, o, key, receiver).map(Some);
    }
    if o.is_class(Class::TypedArray)
        && let Some(v) = typed_array::get(vm, o, key)?
    {
        return Ok(Some(v));
    }
    match get_own(vm, o, key)? {
        Some(p) => vm.prop_value(p, receiver).map(Some),
        None => Ok(None),
    }
}

/// [[HasProperty]] up to this object.
pub(crate) fn has<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<Option<bool>> {
    if o.is_class(Class::Namespace) {
        return namespace::has(vm, o, key).map(Some);
    }
    if o.is_class(Class::Proxy) {
        return proxy::has(vm, o, key).map(Some);
    }
    if o.is_class(Class::TypedArray)
        && let Some(r) = typed_array::has(vm, o, key)?
    {
        return Ok(Some(r));
    }
    Ok(get_own(vm, o, key)?.is_some().then_some(true))
}

/// [[Set]] as far as it is special.
pub(crate) fn set<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    value: Value<'gc>,
    receiver: Value<'gc>,
) -> JsResult<Option<bool>> {
    if o.is_class(Class::Namespace) {
        return Ok(Some(namespace::set()));
    }
    if o.is_class(Class::Proxy) {
        return proxy::set(vm, o, key, value, receiver).map(Some);
    }
    if o.is_class(Class::TypedArray)
        && let Some(r) = typed_array::set(vm, o, key, value, receiver)?
    {
        return Ok(Some(r));
    }
    if receiver.as_object().is_some_and(|r| r.is(o))
        && let Some((env, slot)) = mapped(o, key)
    {
        gc::Gc::write_tail(vm.mc, env).get(slot as usize).expect("a mapped slot").set(value);
    }
    Ok(None)
}

/// [[DefineOwnProperty]] as far as it is special.
pub(crate) fn define<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    desc: &Descriptor<'gc>,
) -> JsResult<Option<bool>> {
    if o.is_class(Class::Namespace) {
        return namespace::define(vm, o, key, desc).map(Some);
    }
    if o.is_class(Class::Proxy) {
        return proxy::define(vm, o, key, desc).map(Some);
    }
    if o.is_class(Class::TypedArray) {
        return typed_array::define(vm, o, key, desc);
    }
    if let Some(s) = string_of(o) {
        if let Some(p) = string_own(vm, s, key)? {
            // IsCompatiblePropertyDescriptor of a read-only property.
            let bad = desc.configurable == Some(true)
                || desc.enumerable.is_some_and(|e| e != (p.attrs & ENUMERABLE != 0))
                || desc.is_accessor()
                || desc.writable == Some(true)
                || match desc.value {
                    Some(v) => !vm.same_value(v, p.value),
                    None => false,
                };
            return Ok(Some(!bad));
        }
        return Ok(None);
    }
    if let Some((env, slot)) = mapped(o, key) {
        // 10.4.4.2
        let mut desc = *desc;
        if desc.value.is_none() && desc.writable == Some(false) {
            desc.value = Some(env.tail()[slot as usize].get());
        }
        if !o.define_ordinary(vm, key, &desc)? {
            return Ok(Some(false));
        }
        if desc.is_accessor() {
            unmap(o, key);
        } else {
            if let Some(v) = desc.value {
                gc::Gc::write_tail(vm.mc, env).get(slot as usize).expect("a mapped slot").set(v);
            }
            if desc.writable == Some(false) {
                unmap(o, key);
            }
        }
        return Ok(Some(true));
    }
    Ok(None)
}

/// [[Delete]] as far as it is special.
pub(crate) fn delete<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<Option<bool>> {
    if o.is_class(Class::Namespace) {
        return namespace::delete(vm, o, key).map(Some);
    }
    if o.is_class(Class::Proxy) {
        return proxy::delete(vm, o, key).map(Some);
    }
    if o.is_class(Class::TypedArray) {
        return typed_array::delete(vm, o, key);
    }
    if let Some(s) = string_of(o)
        && string_own(vm, s, key)?.is_some()
    {
        return Ok(Some(false));
    }
    if mapped(o, key).is_some() {
        let p = o.get_own_ordinary(vm, key)?;
        if p.is_none_or(|p| p.attrs & CONFIGURABLE != 0) {
            unmap(o, key);
        }
    }
    Ok(None)
}

/// [[OwnPropertyKeys]]
pub(crate) fn own_keys<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
    if o.is_class(Class::Namespace) {
        return namespace::own_keys(vm, o);
    }
    if o.is_class(Class::Proxy) {
        return proxy::own_keys(vm, o);
    }
    if o.is_class(Class::TypedArray) {
        return typed_array::own_keys(vm, o);
    }
    let rest = o.own_keys_ordinary(vm)?;
    let mut keys: Vec<PropertyKey<'gc>> = if let Some(s) = string_of(o) {
        vm.charge(s.len() / 8)?;
        (0..s.len() as u32).map(PropertyKey::Index).collect()
    } else {
        Vec::new()
    };
    let indices = rest.iter().take_while(|k| matches!(k, PropertyKey::Index(_))).count();
    keys.extend_from_slice(&rest[..indices]);
    if string_of(o).is_some() {
        keys.push(vm.names().length);
    }
    keys.extend_from_slice(&rest[indices..]);
    Ok(keys)
}

/// ArraySetLength (10.4.2.4).
pub(crate) fn array_set_length<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    desc: &Descriptor<'gc>,
) -> JsResult<bool> {
    let old = o.array_length();
    let mut new = old;
    if let Some(v) = desc.value {
        let n = vm.to_number(v)?;
        new = crate::value::number::to_int32(n) as u32;
        let again = vm.to_number(v)?;
        if f64::from(new) != again {
            return Err(vm.range_error("invalid array length"));
        }
    }
    let fixed = o.has(FIXED_LENGTH);
    if desc.configurable == Some(true)
        || desc.enumerable == Some(true)
        || desc.is_accessor()
        || fixed && desc.writable == Some(true)
    {
        return Ok(false);
    }
    if new != o.array_length() {
        if fixed {
            return Ok(false);
        }
        if !truncate(vm, o, new)? {
            if desc.writable == Some(false) {
                o.set_flags(FIXED_LENGTH);
            }
            return Ok(false);
        }
    }
    if desc.writable == Some(false) {
        o.set_flags(FIXED_LENGTH);
    }
    Ok(true)
}

/// Sets an array's length; false if an element refused to go.
pub(crate) fn truncate<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, new: u32) -> JsResult<bool> {
    let old = o.array_length();
    if new >= old {
        o.set_array_length(new);
        return Ok(true);
    }
    if o.has(SLOW_INDEX) {
        let mut slow: Vec<u32> = crate::object::shape::Shape::entries(o.shape())
            .into_iter()
            .filter_map(|(k, _)| match k {
                PropertyKey::Index(i) if i >= new => Some(i),
                _ => None,
            })
            .collect();
        slow.sort_unstable_by(|a, b| b.cmp(a));
        for i in slow {
            if !o.delete(vm, PropertyKey::Index(i))? {
                // Everything above goes; this one and those below stay.
                for j in i + 1..(o.elements().len() as u32).min(old) {
                    o.set_element(vm.mc, j, Value::hole());
                }
                o.set_array_length(i + 1);
                return Ok(false);
            }
        }
    }
    let have = o.elements().len() as u32;
    if new == 0 {
        o.set_elements(vm.mc, None);
    } else {
        vm.charge((have.saturating_sub(new) / 8) as usize)?;
        for j in new..have.min(old) {
            o.set_element(vm.mc, j, Value::hole());
        }
    }
    o.set_array_length(new);
    Ok(true)
}
