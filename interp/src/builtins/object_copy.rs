//! What copies an object's properties: `Object.assign`, `Object.entries` and `values`, spread and rest of literals.
//!
//! It is done here as long as nothing is called. At a getter, a setter or a proxy a function of the library
//! (`self_hosted/copy.js`) goes on with the keys that are left, so that what it calls is run by the loop that runs.
#![forbid(unsafe_code)]

use super::object::key_value;
use crate::object::function::Handover;
use crate::object::set::Stored;
use crate::object::shape::ENUMERABLE;
use crate::object::{Class, EXOTIC, Object};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

/// An own property that is copied, or not.
enum Read<'gc> {
    Value(Value<'gc>),
    /// It is not there any more, or not enumerable.
    Nothing,
    /// A getter must be called.
    Calls,
}

fn read<'gc>(vm: &mut Vm<'gc>, from: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<Read<'gc>> {
    let Some(p) = from.get_own(vm, key)?.filter(|p| p.attrs & ENUMERABLE != 0) else {
        return Ok(Read::Nothing);
    };
    if from.has(EXOTIC) {
        return from.get(vm, key, Value::object(from)).map(Read::Value);
    }
    Ok(match p.accessor() {
        None => Read::Value(p.value),
        Some(a) if a.get.is_undefined() => Read::Value(Value::undefined()),
        Some(_) => Read::Calls,
    })
}

fn list<'gc>(vm: &mut Vm<'gc>, keys: &[PropertyKey<'gc>]) -> JsResult<Value<'gc>> {
    let mut values = Vec::with_capacity(keys.len());
    for &key in keys {
        values.push(key_value(vm, key)?);
    }
    vm.array_from(&values).map(Value::object)
}

/// 20.1.2.1 Object.assign ( target, ...sources )
pub(crate) fn assign<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let to = vm.to_object(args.get(0))?;
    let sources = args.from(1);
    for (i, &source) in sources.iter().enumerate() {
        if source.is_nullish() {
            continue;
        }
        let from = vm.to_object(source)?;
        if from.is_class(Class::Proxy) || to.is_class(Class::Proxy) {
            return go_on_assigning(vm, to, from, &[], &sources[i..]);
        }
        let keys = from.own_keys(vm)?;
        for (k, &key) in keys.iter().enumerate() {
            let v = match read(vm, from, key)? {
                Read::Nothing => continue,
                Read::Calls => return go_on_assigning(vm, to, from, &keys[k..], &sources[i + 1..]),
                Read::Value(v) => v,
            };
            match to.store(vm, key, v, Value::object(to))? {
                Stored::Done => {}
                Stored::Refused => return Err(vm.refused_write(key)),
                Stored::Setter(_) => return go_on_assigning(vm, to, from, &keys[k..], &sources[i + 1..]),
            }
        }
    }
    Ok(Handover::Done(Value::object(to)))
}

fn go_on_assigning<'gc>(
    vm: &mut Vm<'gc>,
    to: Object<'gc>,
    from: Object<'gc>,
    keys: &[PropertyKey<'gc>],
    sources: &[Value<'gc>],
) -> JsResult<Handover<'gc>> {
    let (keys, sources) = (list(vm, keys)?, Value::object(vm.array_from(sources)?));
    let library = Value::object(vm.intrinsic(Intrinsic::AssignFrom)?);
    let args = [Value::object(to), Value::object(from), keys, sources];
    Ok(Handover::call(library, Value::undefined(), &args))
}

/// 7.3.23 EnumerableOwnProperties ( O, kind ), for values, or entries.
pub(crate) fn enumerable<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>, entries: bool) -> JsResult<Handover<'gc>> {
    let from = vm.to_object(v)?;
    let keys = from.own_keys(vm)?;
    let mut done = Vec::new();
    for (k, &key) in keys.iter().enumerate() {
        if key.is_symbol() {
            continue;
        }
        let value = match if from.is_class(Class::Proxy) { Read::Calls } else { read(vm, from, key)? } {
            Read::Nothing => continue,
            Read::Value(v) => v,
            Read::Calls => {
                let (keys, done) = (list(vm, &keys[k..])?, Value::object(vm.array_from(&done)?));
                let library = Value::object(vm.intrinsic(Intrinsic::ListValues)?);
                let args = [Value::object(from), keys, done, Value::bool(entries)];
                return Ok(Handover::call(library, Value::undefined(), &args));
            }
        };
        done.push(if entries {
            let name = key_value(vm, key)?;
            Value::object(vm.array_from(&[name, value])?)
        } else {
            value
        });
    }
    vm.array_from(&done).map(Value::object).map(Handover::Done)
}

/// 7.3.25 CopyDataProperties ( target, source, excludedItems ), for literals and patterns.
///
/// What is left to the library: the object that is copied, and the keys from the first that calls something on.
pub(crate) fn copy<'gc>(
    vm: &mut Vm<'gc>,
    target: Object<'gc>,
    source: Value<'gc>,
    excluded: &[Value<'gc>],
) -> JsResult<Option<[Value<'gc>; 2]>> {
    if source.is_nullish() {
        return Ok(None);
    }
    let from = vm.to_object(source)?;
    let mut skip = Vec::with_capacity(excluded.len());
    for &k in excluded {
        skip.push(vm.to_key(k)?);
    }
    let mut keys = from.own_keys(vm)?;
    if !skip.is_empty() {
        keys.retain(|key| !skip.contains(key));
    }
    for (k, &key) in keys.iter().enumerate() {
        match if from.is_class(Class::Proxy) { Read::Calls } else { read(vm, from, key)? } {
            Read::Nothing => {}
            Read::Value(v) => target.create_data_or_throw(vm, key, v)?,
            Read::Calls => return Ok(Some([Value::object(from), list(vm, &keys[k..])?])),
        }
    }
    Ok(None)
}
