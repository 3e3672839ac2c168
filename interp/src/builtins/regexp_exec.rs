//! RegExpExec (22.2.7): the matcher run from `lastIndex`, and the array that comes of it.
#![forbid(unsafe_code)]

use gc::Gc;

use super::regexp::{RegExpData, data_of, exec};
use super::{regexp_legacy as legacy, wrong_receiver};
use crate::object::data::ObjectData;
use crate::object::shape::DEFAULT;
use crate::object::{Class, Object};
use crate::regexp::{Budget, Captures, Input, Stop};
use crate::value::string::Units;
use crate::value::{Str, Value};
use crate::vm::realm::{CommonShape, Intrinsic, Realm};
use crate::vm::{JsResult, Throw, Vm};

/// The matcher's work is the engine's.
struct VmBudget<'a, 'gc>(&'a mut Vm<'gc>);

impl Budget for VmBudget<'_, '_> {
    fn charge(&mut self, steps: u32) -> Result<(), Stop> {
        self.0.charge(steps as usize / 8).map_err(|_| Stop)
    }
    fn memory(&mut self, bytes: usize) -> Result<(), Stop> {
        room_for(self.0, bytes).map_err(|_| Stop)
    }
}

/// Whether the engine's limit has room for so many bytes that are held for a short time.
pub(super) fn room_for(vm: &mut Vm<'_>, bytes: usize) -> JsResult<()> {
    vm.mc.try_charge(bytes)?;
    vm.mc.charge_external(-(bytes as isize));
    Ok(())
}

/// Whether `lastIndex` is the first slot, and writable.
fn is_common<'gc>(vm: &Vm<'gc>, o: Object<'gc>) -> bool {
    vm.realm().shape(CommonShape::RegExp as usize).is_some_and(|s| s.ptr_eq(o.shape()))
}

pub(super) fn last_index<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<u64> {
    if is_common(vm, o)
        && let Some(i) = o.slot(0).as_int()
    {
        return Ok(i.max(0) as u64);
    }
    let key = vm.names().last_index;
    let v = o.get(vm, key, Value::object(o))?;
    vm.to_length(v)
}

pub(super) fn set_last_index<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, i: u64) -> JsResult<()> {
    if is_common(vm, o) {
        o.set_slot(vm.mc, 0, Value::number(i as f64));
        return Ok(());
    }
    let key = vm.names().last_index;
    o.put(vm, key, Value::number(i as f64))
}

fn input<'a>(units: Units<'a>) -> Input<'a> {
    match units {
        Units::Latin1(b) => Input::Latin1(b),
        Units::Utf16(u) => Input::Utf16(u),
    }
}

/// Runs the matcher.
pub(super) fn run<'gc>(
    vm: &mut Vm<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
    at: usize,
) -> JsResult<Option<Captures>> {
    let units = s.units(vm.mc)?;
    let program = data.program.clone();
    let mut scratch = std::mem::take(&mut vm.st.scratch);
    let r = program.exec(input(units), at, &mut scratch, &mut VmBudget(vm));
    scratch.release();
    vm.st.scratch = scratch;
    r.map_err(|_| Throw::pending())
}

/// A part of a string.
pub(crate) fn substring<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>, from: usize, to: usize) -> JsResult<Str<'gc>> {
    if to - from == 1 {
        let unit = s.units(vm.mc)?.at(from);
        return vm.char(unit);
    }
    Ok(s.part(vm.mc, from, to)?)
}

/// What there is to be known of a match afterwards.
pub(super) fn found<'gc>(vm: &mut Vm<'gc>, data: Gc<'gc, RegExpData<'gc>>, s: Str<'gc>, captures: &Captures) {
    let realm = vm.realm();
    if data.realm.ptr_eq(realm) {
        match data.legacy {
            true => legacy::update(vm, realm, Value::string(s), captures),
            false => legacy::invalidate(vm, realm),
        }
    }
}

/// 22.2.7.2 RegExpBuiltinExec ( R, S )
pub(super) fn builtin_exec<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
) -> JsResult<Value<'gc>> {
    match search_from_last_index(vm, o, data, s)? {
        Some(captures) => match_result(vm, data, s, &captures),
        None => Ok(Value::null()),
    }
}

/// RegExpBuiltinExec up to the array that it gives.
pub(super) fn search_from_last_index<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
) -> JsResult<Option<Captures>> {
    let li = last_index(vm, o)?;
    let flags = data.program.flags();
    let stateful = flags.global || flags.sticky;
    let at = if stateful { li } else { 0 };
    if at > s.len() as u64 {
        if stateful {
            set_last_index(vm, o, 0)?;
        }
        return Ok(None);
    }
    let Some(captures) = run(vm, data, s, at as usize)? else {
        if stateful {
            set_last_index(vm, o, 0)?;
        }
        return Ok(None);
    };
    found(vm, data, s, &captures);
    if stateful {
        let (_, end) = captures[0].expect("the whole match is there");
        set_last_index(vm, o, end as u64)?;
    }
    Ok(Some(captures))
}

/// The array that `exec` gives.
fn match_result<'gc>(
    vm: &mut Vm<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
    captures: &Captures,
) -> JsResult<Value<'gc>> {
    let (start, _) = captures[0].expect("the whole match is there");
    let n = data.program.group_count();
    let mut values = Vec::with_capacity(n + 1);
    for i in 0..=n {
        values.push(match captures.get(i).copied().flatten() {
            Some((a, b)) => Value::string(substring(vm, s, a, b)?),
            None => Value::undefined(),
        });
    }
    let names = data.program.names();
    let groups = named_groups(vm, names, &values)?;
    let array = match_array(vm, &values, [Value::number(start as f64), Value::string(s), groups])?;
    if data.program.flags().has_indices {
        let mut pairs = Vec::with_capacity(n + 1);
        for i in 0..=n {
            pairs.push(match captures.get(i).copied().flatten() {
                Some((a, b)) => {
                    Value::object(vm.array_from(&[Value::number(a as f64), Value::number(b as f64)])?)
                }
                None => Value::undefined(),
            });
        }
        let indices = vm.array_from(&pairs)?;
        let groups = named_groups(vm, names, &pairs)?;
        let key = vm.names().groups;
        indices.define_own(vm, key, groups, DEFAULT)?;
        let key = vm.names().indices;
        array.define_own(vm, key, Value::object(indices), DEFAULT)?;
    }
    Ok(Value::object(array))
}

/// An array with an `index`, an `input` and `groups`.
fn match_array<'gc>(
    vm: &mut Vm<'gc>,
    values: &[Value<'gc>],
    parts: [Value<'gc>; 3],
) -> JsResult<Object<'gc>> {
    let at = CommonShape::MatchArray as usize;
    let array = match vm.realm().shape(at) {
        Some(shape) => {
            let array = Object::new(vm.mc, shape, Class::Array, 0, ObjectData::None)?;
            for (i, part) in parts.into_iter().enumerate() {
                array.set_slot(vm.mc, i as u32, part);
            }
            array
        }
        None => {
            let proto = vm.intrinsic(Intrinsic::ArrayPrototype)?;
            let shape = vm.root_shape(Some(proto), 3);
            let array = Object::new(vm.mc, shape, Class::Array, 0, ObjectData::None)?;
            let keys = [vm.names().index, vm.names().input, vm.names().groups];
            for (key, part) in keys.into_iter().zip(parts) {
                array.define_own(vm, key, part, DEFAULT)?;
            }
            Realm::set_shape(vm.realm(), vm.mc, at, array.shape());
            array
        }
    };
    let elements = vm.mc.alloc_tail((), values.len(), |i| gc::Lock::new(values[i]))?;
    array.set_elements(vm.mc, Some(elements));
    array.set_array_length(values.len() as u32);
    Ok(array)
}

/// The object of the named groups, if there are some: `values` by number.
pub(super) fn named_groups<'gc>(
    vm: &mut Vm<'gc>,
    names: &[(crate::syntax::atoms::Text, u32)],
    values: &[Value<'gc>],
) -> JsResult<Value<'gc>> {
    if names.is_empty() {
        return Ok(Value::undefined());
    }
    let shape = vm.root_shape(None, 4);
    let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
    for (name, i) in names {
        let s = crate::object::ordinary::gc_text(vm, name)?;
        let key = vm.key_of(s)?;
        let v = values.get(*i as usize).copied().unwrap_or(Value::undefined());
        // Of groups with the same name at most one took part.
        if !v.is_undefined() || o.get_own_data(vm, key).is_none() {
            o.define_own(vm, key, v, DEFAULT)?;
        }
    }
    Ok(Value::object(o))
}

/// 22.2.7.1 RegExpExec ( R, S )
pub(super) fn regexp_exec<'gc>(vm: &mut Vm<'gc>, r: Object<'gc>, s: Str<'gc>) -> JsResult<Value<'gc>> {
    let key = vm.names().exec;
    let f = r.get(vm, key, Value::object(r))?;
    if vm.is_callable(f) {
        if let (Some(data), true) = (data_of(Value::object(r)), is_builtin_exec(f)) {
            return builtin_exec(vm, r, data, s);
        }
        let result = vm.call(f, Value::object(r), &[Value::string(s)])?;
        if !result.is_object() && !result.is_null() {
            return Err(vm.type_error("result of exec is neither an object nor null"));
        }
        return Ok(result);
    }
    match data_of(Value::object(r)) {
        Some(data) => builtin_exec(vm, r, data, s),
        None => wrong_receiver(vm, "RegExp.prototype.exec", Value::object(r)),
    }
}

fn is_builtin_exec(f: Value<'_>) -> bool {
    match f.as_object().map(|f| f.data()) {
        Some(ObjectData::Native(n)) => match n.code {
            crate::object::function::NativeCode::Leaf(f) => {
                std::ptr::fn_addr_eq(f, exec as crate::object::function::NativeFn)
            }
            _ => false,
        },
        _ => false,
    }
}
