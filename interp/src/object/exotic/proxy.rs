//! Internal methods of proxies (10.5): traps, and the invariants that hold whatever they answer.
//!
//! Chains of proxies recurse on the native stack, which is guarded; traps are calls like any other, so
//! fuel, interrupts and the stack's limits hold in them.
#![forbid(unsafe_code)]

use std::collections::HashSet;

use crate::builtins::object::{from_descriptor, key_value, to_descriptor};
use crate::object::Object;
use crate::object::data::{Accessor, ObjectData};
use crate::object::descriptor::Descriptor;
use crate::object::ordinary::Prop;
use crate::object::shape::{ACCESSOR, CONFIGURABLE, WRITABLE};
use crate::value::{PropertyKey, Value};
use crate::vm::{JsResult, Throw, Vm};

/// A proxy's target, and its trap if there is one.
pub(crate) struct Trapped<'gc> {
    pub(crate) target: Object<'gc>,
    pub(crate) handler: Value<'gc>,
    pub(crate) trap: Value<'gc>,
}

/// The first steps of every method: ValidateNonRevokedProxy, GetMethod. `None`: no trap.
pub(crate) fn trapped<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    name: PropertyKey<'gc>,
) -> JsResult<Trapped<'gc>> {
    vm.check_native_stack()?;
    vm.charge(1)?;
    let ObjectData::Proxy(p) = o.data() else { unreachable!("only proxies come here") };
    let (Some(target), Some(handler)) = (p.target.get(), p.handler.get()) else {
        let text = format!("cannot perform {} on a revoked proxy", vm.show_key(name));
        return Err(vm.type_error(&text));
    };
    let handler = Value::object(handler);
    let trap = vm.get_method(handler, name)?;
    Ok(Trapped { target, handler, trap })
}

#[cold]
fn broken<'gc>(vm: &mut Vm<'gc>, trap: &str, key: Option<PropertyKey<'gc>>, why: &str) -> Throw {
    let text = match key {
        Some(key) => format!("proxy trap '{trap}' for property {}: {why}", vm.show_key(key)),
        None => format!("proxy trap '{trap}': {why}"),
    };
    vm.type_error(&text)
}

impl<'gc> Trapped<'gc> {
    fn call(&self, vm: &mut Vm<'gc>, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
        let mut list = vec![Value::object(self.target)];
        list.extend_from_slice(args);
        vm.call(self.trap, self.handler, &list)
    }

    fn test(&self, vm: &mut Vm<'gc>, args: &[Value<'gc>]) -> JsResult<bool> {
        let v = self.call(vm, args)?;
        Ok(vm.to_boolean(v))
    }
}

/// [[GetPrototypeOf]] (10.5.1)
pub(crate) fn get_proto<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<Option<Object<'gc>>> {
    let t = trapped(vm, o, vm.names().get_prototype_of)?;
    if t.trap.is_undefined() {
        return t.target.get_proto(vm);
    }
    let v = t.call(vm, &[])?;
    if !v.is_object() && !v.is_null() {
        return Err(broken(vm, "getPrototypeOf", None, "gave neither an object nor null"));
    }
    let proto = v.as_object();
    if !t.target.is_extensible(vm)? {
        let real = t.target.get_proto(vm)?;
        if real.map(Value::object) != proto.map(Value::object) {
            return Err(broken(vm, "getPrototypeOf", None, "differs from the target's, which is fixed"));
        }
    }
    Ok(proto)
}

/// [[SetPrototypeOf]] (10.5.2)
pub(crate) fn set_proto<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, proto: Option<Object<'gc>>) -> JsResult<bool> {
    let t = trapped(vm, o, vm.names().set_prototype_of)?;
    if t.trap.is_undefined() {
        return t.target.set_proto(vm, proto);
    }
    if !t.test(vm, &[proto.map_or(Value::null(), Value::object)])? {
        return Ok(false);
    }
    if !t.target.is_extensible(vm)? {
        let real = t.target.get_proto(vm)?;
        if real.map(Value::object) != proto.map(Value::object) {
            return Err(broken(vm, "setPrototypeOf", None, "differs from the target's, which is fixed"));
        }
    }
    Ok(true)
}

/// [[IsExtensible]] (10.5.3)
pub(crate) fn is_extensible<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<bool> {
    let t = trapped(vm, o, vm.names().is_extensible)?;
    if t.trap.is_undefined() {
        return t.target.is_extensible(vm);
    }
    let answer = t.test(vm, &[])?;
    if answer != t.target.is_extensible(vm)? {
        return Err(broken(vm, "isExtensible", None, "differs from the target"));
    }
    Ok(answer)
}

/// [[PreventExtensions]] (10.5.4)
pub(crate) fn prevent_extensions<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<bool> {
    let t = trapped(vm, o, vm.names().prevent_extensions)?;
    if t.trap.is_undefined() {
        return t.target.prevent_extensions(vm);
    }
    let answer = t.test(vm, &[])?;
    if answer && t.target.is_extensible(vm)? {
        return Err(broken(vm, "preventExtensions", None, "the target is still extensible"));
    }
    Ok(answer)
}

/// [[GetOwnProperty]] (10.5.5)
pub(crate) fn get_own<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
) -> JsResult<Option<Prop<'gc>>> {
    const TRAP: &str = "getOwnPropertyDescriptor";
    let t = trapped(vm, o, vm.names().get_own_property_descriptor)?;
    if t.trap.is_undefined() {
        return t.target.get_own(vm, key);
    }
    let name = key_value(vm, key)?;
    let answer = t.call(vm, &[name])?;
    if !answer.is_object() && !answer.is_undefined() {
        return Err(broken(vm, TRAP, Some(key), "gave neither an object nor undefined"));
    }
    let real = t.target.get_own(vm, key)?;
    if answer.is_undefined() {
        let Some(real) = real else { return Ok(None) };
        if real.attrs & CONFIGURABLE == 0 {
            return Err(broken(vm, TRAP, Some(key), "hides a property that is not configurable"));
        }
        if !t.target.is_extensible(vm)? {
            return Err(broken(vm, TRAP, Some(key), "hides a property of a fixed target"));
        }
        return Ok(None);
    }
    let extensible = t.target.is_extensible(vm)?;
    let desc = to_descriptor(vm, answer)?;
    // CompletePropertyDescriptor
    let undefined = Value::undefined();
    let attrs = desc.attrs();
    let full = if desc.is_accessor() {
        Descriptor::accessor(desc.get.unwrap_or(undefined), desc.set.unwrap_or(undefined), attrs)
    } else {
        Descriptor::data(desc.value.unwrap_or(undefined), attrs)
    };
    if !is_compatible(vm, extensible, &full, real) {
        return Err(broken(vm, TRAP, Some(key), "is incompatible with the target's"));
    }
    if attrs & CONFIGURABLE == 0 {
        let fits = match real {
            None => false,
            Some(r) if r.attrs & CONFIGURABLE != 0 => false,
            // Said to be read-only for good, while the target's can be written.
            Some(r) => full.writable != Some(false) || r.attrs & WRITABLE == 0,
        };
        if !fits {
            return Err(broken(vm, TRAP, Some(key), "says not configurable of one that is"));
        }
    }
    Ok(Some(match full.is_accessor() {
        true => {
            let (get, set) = (full.get.unwrap_or(undefined), full.set.unwrap_or(undefined));
            let cell = vm.mc.try_alloc(Accessor { get, set })?;
            Prop { value: Value::cell(cell.erase()), attrs: attrs & !WRITABLE | ACCESSOR }
        }
        false => Prop { value: full.value.unwrap_or(undefined), attrs },
    }))
}

/// IsCompatiblePropertyDescriptor (10.1.6.2).
fn is_compatible<'gc>(
    vm: &mut Vm<'gc>,
    extensible: bool,
    desc: &Descriptor<'gc>,
    current: Option<Prop<'gc>>,
) -> bool {
    let Some(current) = current else { return extensible };
    let now = current.descriptor();
    if current.attrs & CONFIGURABLE != 0 {
        return true;
    }
    let same = |vm: &mut Vm<'gc>, a: Option<Value<'gc>>, b: Option<Value<'gc>>| match (a, b) {
        (Some(a), Some(b)) => vm.same_value(a, b),
        _ => true,
    };
    if desc.configurable == Some(true)
        || desc.enumerable.is_some_and(|e| Some(e) != now.enumerable)
        || (desc.is_accessor() || desc.is_data()) && desc.is_accessor() != now.is_accessor()
    {
        return false;
    }
    if now.is_accessor() {
        return same(vm, desc.get, now.get) && same(vm, desc.set, now.set);
    }
    current.attrs & WRITABLE != 0 || desc.writable != Some(true) && same(vm, desc.value, now.value)
}

/// [[DefineOwnProperty]] (10.5.6)
pub(crate) fn define<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    desc: &Descriptor<'gc>,
) -> JsResult<bool> {
    const TRAP: &str = "defineProperty";
    let t = trapped(vm, o, vm.names().define_property)?;
    if t.trap.is_undefined() {
        return t.target.define(vm, key, desc);
    }
    let (name, object) = (key_value(vm, key)?, from_descriptor(vm, desc)?);
    if !t.test(vm, &[name, object])? {
        return Ok(false);
    }
    let real = t.target.get_own(vm, key)?;
    let extensible = t.target.is_extensible(vm)?;
    let fixed = desc.configurable == Some(false);
    match real {
        None if !extensible => Err(broken(vm, TRAP, Some(key), "adds to a fixed target")),
        None if fixed => Err(broken(vm, TRAP, Some(key), "says not configurable of one that is not there")),
        None => Ok(true),
        Some(r) => {
            let ok = is_compatible(vm, extensible, desc, real)
                && !(fixed && r.attrs & CONFIGURABLE != 0)
                && !(r.attrs & (ACCESSOR | CONFIGURABLE | WRITABLE) == WRITABLE
                    && desc.writable == Some(false));
            if ok { Ok(true) } else { Err(broken(vm, TRAP, Some(key), "is incompatible with the target's")) }
        }
    }
}

/// [[HasProperty]] (10.5.7)
pub(crate) fn has<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<bool> {
    let t = trapped(vm, o, vm.names().has)?;
    if t.trap.is_undefined() {
        return t.target.has_property(vm, key);
    }
    let name = key_value(vm, key)?;
    let answer = t.test(vm, &[name])?;
    if !answer && let Some(real) = t.target.get_own(vm, key)? {
        if real.attrs & CONFIGURABLE == 0 {
            return Err(broken(vm, "has", Some(key), "hides a property that is not configurable"));
        }
        if !t.target.is_extensible(vm)? {
            return Err(broken(vm, "has", Some(key), "hides a property of a fixed target"));
        }
    }
    Ok(answer)
}

/// [[Get]] (10.5.8)
pub(crate) fn get<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    receiver: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let t = trapped(vm, o, vm.names().get)?;
    if t.trap.is_undefined() {
        return t.target.get(vm, key, receiver);
    }
    let name = key_value(vm, key)?;
    let v = t.call(vm, &[name, receiver])?;
    check_got(vm, t.target, key, v)?;
    Ok(v)
}

/// The invariant of what a `get` trap gave.
fn check_got<'gc>(
    vm: &mut Vm<'gc>,
    target: Object<'gc>,
    key: PropertyKey<'gc>,
    v: Value<'gc>,
) -> JsResult<()> {
    if let Some(real) = target.get_own(vm, key)?
        && real.attrs & CONFIGURABLE == 0
    {
        let ok = match real.accessor() {
            Some(a) => !a.get.is_undefined() || v.is_undefined(),
            None => real.attrs & WRITABLE != 0 || vm.same_value(v, real.value),
        };
        if !ok {
            return Err(broken(vm, "get", Some(key), "differs from the target's, which is fixed"));
        }
    }
    Ok(())
}

/// [[Set]] (10.5.9)
pub(crate) fn set<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    value: Value<'gc>,
    receiver: Value<'gc>,
) -> JsResult<bool> {
    let t = trapped(vm, o, vm.names().set)?;
    if t.trap.is_undefined() {
        return t.target.set(vm, key, value, receiver);
    }
    let name = key_value(vm, key)?;
    if !t.test(vm, &[name, value, receiver])? {
        return Ok(false);
    }
    check_set(vm, t.target, key, value)?;
    Ok(true)
}

/// The invariant of what a `set` trap says it did.
fn check_set<'gc>(
    vm: &mut Vm<'gc>,
    target: Object<'gc>,
    key: PropertyKey<'gc>,
    value: Value<'gc>,
) -> JsResult<()> {
    if let Some(real) = target.get_own(vm, key)?
        && real.attrs & CONFIGURABLE == 0
    {
        let ok = match real.accessor() {
            Some(a) => !a.set.is_undefined(),
            None => real.attrs & WRITABLE != 0 || vm.same_value(value, real.value),
        };
        if !ok {
            return Err(broken(vm, "set", Some(key), "says it changed what is fixed"));
        }
    }
    Ok(())
}

/// What the library asks after it called a trap.
pub(crate) fn check<'gc>(vm: &mut Vm<'gc>, args: &[Value<'gc>]) -> JsResult<()> {
    let arg = |i: usize| args.get(i).copied().unwrap_or(Value::undefined());
    let Some(target) = arg(1).as_object() else {
        return Err(broken(vm, "construct", None, "gave no object"));
    };
    let key = vm.to_key(arg(2))?;
    match arg(0).as_int() {
        Some(1) => check_got(vm, target, key, arg(3)),
        Some(2) => check_set(vm, target, key, arg(3)),
        _ => Err(vm.refused_write(key)),
    }
}

/// [[Delete]] (10.5.10)
pub(crate) fn delete<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<bool> {
    const TRAP: &str = "deleteProperty";
    let t = trapped(vm, o, vm.names().delete_property)?;
    if t.trap.is_undefined() {
        return t.target.delete(vm, key);
    }
    let name = key_value(vm, key)?;
    if !t.test(vm, &[name])? {
        return Ok(false);
    }
    if let Some(real) = t.target.get_own(vm, key)? {
        if real.attrs & CONFIGURABLE == 0 {
            return Err(broken(vm, TRAP, Some(key), "says it removed what is not configurable"));
        }
        if !t.target.is_extensible(vm)? {
            return Err(broken(vm, TRAP, Some(key), "says it removed a property of a fixed target"));
        }
    }
    Ok(true)
}

/// [[OwnPropertyKeys]] (10.5.11)
pub(crate) fn own_keys<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
    const TRAP: &str = "ownKeys";
    let t = trapped(vm, o, vm.names().own_keys)?;
    if t.trap.is_undefined() {
        return t.target.own_keys(vm);
    }
    let answer = t.call(vm, &[])?;
    if !answer.is_object() {
        return Err(broken(vm, TRAP, None, "gave no object"));
    }
    let (mut keys, mut left) = (Vec::new(), HashSet::new());
    for v in vm.list_from_array_like(answer)? {
        if !v.is_string() && !v.is_symbol() {
            return Err(broken(vm, TRAP, None, "gave what is no key"));
        }
        let key = vm.to_key(v)?;
        if !left.insert(key.address()) {
            return Err(broken(vm, TRAP, Some(key), "gave it twice"));
        }
        keys.push(key);
    }
    let extensible = t.target.is_extensible(vm)?;
    let (mut fixed, mut loose) = (Vec::new(), Vec::new());
    for key in t.target.own_keys(vm)? {
        match t.target.get_own(vm, key)? {
            Some(p) if p.attrs & CONFIGURABLE == 0 => fixed.push(key),
            _ => loose.push(key),
        }
    }
    if extensible && fixed.is_empty() {
        return Ok(keys);
    }
    for key in fixed {
        if !left.remove(&key.address()) {
            return Err(broken(vm, TRAP, Some(key), "left out what is not configurable"));
        }
    }
    if extensible {
        return Ok(keys);
    }
    for key in loose {
        if !left.remove(&key.address()) {
            return Err(broken(vm, TRAP, Some(key), "left out a property of a fixed target"));
        }
    }
    if !left.is_empty() {
        return Err(broken(vm, TRAP, None, "added to the keys of a fixed target"));
    }
    Ok(keys)
}
