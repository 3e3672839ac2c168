//! Module namespace exotic objects (10.4.6), those of `import defer` too.
//!
//! Names are kept sorted, with the place each resolves to; values are read through it, so they are
//! live. A deferred namespace evaluates its module when its exports are first looked at.

use std::collections::HashMap;

use gc::{Gc, Trace};

use super::record::{ImportCell, ModuleGc, ModuleRecord, namespace_data};
use super::resolve::Resolution;
use crate::object::data::ObjectData;
use crate::object::descriptor::Descriptor;
use crate::object::ordinary::Prop;
use crate::object::shape::{ENUMERABLE, WRITABLE};
use crate::object::{Class, EXOTIC, FROZEN, Object};
use crate::value::key::AddressHash;
use crate::value::symbol::WellKnown;
use crate::value::{PropertyKey, Value};
use crate::vm::{JsResult, Vm};

/// What a namespace object keeps.
#[derive(Debug, Trace)]
pub struct NamespaceData<'gc> {
    module: ModuleGc<'gc>,
    /// In the order of their code units.
    exports: Vec<(PropertyKey<'gc>, Place<'gc>)>,
    #[trace(skip)]
    index: HashMap<usize, u32, AddressHash>,
    #[trace(skip)]
    deferred: bool,
}

#[derive(Clone, Copy, Debug, Trace)]
enum Place<'gc> {
    Slot(ImportCell<'gc>),
    Namespace(ModuleGc<'gc>),
}

impl<'gc> Vm<'gc> {
    /// GetModuleNamespace.
    ///
    /// # Errors
    /// Limits.
    pub(crate) fn module_namespace(
        &mut self,
        module: ModuleGc<'gc>,
        deferred: bool,
    ) -> JsResult<Object<'gc>> {
        if let Some(o) = module.namespace(deferred) {
            return Ok(o);
        }
        let mut exports = Vec::new();
        for name in self.exported_names(module)? {
            match self.resolve_export(module, name)? {
                Resolution::Slot(_, cell) => exports.push((name, Place::Slot(cell))),
                Resolution::Namespace(m) => exports.push((name, Place::Namespace(m))),
                _ => {}
            }
        }
        let mut texts = Vec::with_capacity(exports.len());
        for (name, _) in &exports {
            texts.push(self.to_string(name.to_value())?.flat(self.mc)?);
        }
        let mut order: Vec<usize> = (0..exports.len()).collect();
        order.sort_by(|&a, &b| texts[a].flat_units().compare(texts[b].flat_units()));
        let exports: Vec<_> = order.into_iter().map(|i| exports[i]).collect();
        let index = exports.iter().enumerate().map(|(i, e)| (e.0.address(), i as u32)).collect();
        let data = self.mc.try_alloc(NamespaceData { module, exports, index, deferred })?;
        // A shape of its own: what caches know of others must not hold for it.
        let shape = crate::object::shape::Shape::to_dictionary(self.root_shape(None, 0), self.mc);
        let flags = EXOTIC | FROZEN;
        let o = Object::new(self.mc, shape, Class::Namespace, flags, ObjectData::Any(data.erase()))?;
        let tag = self.well_known(WellKnown::ToStringTag);
        let text = self.intern(if deferred { "Deferred Module" } else { "Module" })?;
        o.create(self, tag, Value::string(text), 0)?;
        ModuleRecord::set_namespace(module, self, deferred, o);
        Ok(o)
    }
}

fn data<'gc>(o: Object<'gc>) -> Gc<'gc, NamespaceData<'gc>> {
    namespace_data(o).expect("a namespace object has its data")
}

/// IsSymbolLikeNamespaceKey
fn is_symbol_like<'gc>(vm: &Vm<'gc>, ns: &NamespaceData<'gc>, key: PropertyKey<'gc>) -> bool {
    key.is_symbol() || ns.deferred && key == vm.names().then
}

/// GetModuleExportsList: evaluates a deferred module first.
fn ready<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<Gc<'gc, NamespaceData<'gc>>> {
    let ns = data(o);
    if ns.deferred {
        vm.evaluate_deferred(ns.module)?;
    }
    Ok(ns)
}

fn place<'gc>(ns: &NamespaceData<'gc>, key: PropertyKey<'gc>) -> Option<Place<'gc>> {
    ns.index.get(&key.address()).map(|&i| ns.exports[i as usize].1)
}

fn value_at<'gc>(vm: &mut Vm<'gc>, key: PropertyKey<'gc>, place: Place<'gc>) -> JsResult<Value<'gc>> {
    match place {
        Place::Slot(cell) => {
            let v = cell.env.tail()[cell.slot as usize].get();
            if v.is_hole() {
                let text = format!("cannot access {} before initialization", vm.show_key(key));
                return Err(vm.reference_error(&text));
            }
            Ok(v)
        }
        Place::Namespace(m) => vm.module_namespace(m, false).map(Value::object),
    }
}

/// [[GetOwnProperty]] (10.4.6.5)
pub(crate) fn get_own<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
) -> JsResult<Option<Prop<'gc>>> {
    if is_symbol_like(vm, &data(o), key) {
        return o.get_own_ordinary(vm, key);
    }
    let ns = ready(vm, o)?;
    match place(&ns, key) {
        Some(place) => {
            let value = value_at(vm, key, place)?;
            Ok(Some(Prop { value, attrs: WRITABLE | ENUMERABLE }))
        }
        None => Ok(None),
    }
}

/// [[DefineOwnProperty]] (10.4.6.6)
pub(crate) fn define<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    desc: &Descriptor<'gc>,
) -> JsResult<bool> {
    if is_symbol_like(vm, &data(o), key) {
        return o.define_ordinary(vm, key, desc);
    }
    let Some(current) = get_own(vm, o, key)? else { return Ok(false) };
    let refused = desc.configurable == Some(true)
        || desc.enumerable == Some(false)
        || desc.is_accessor()
        || desc.writable == Some(false);
    Ok(!refused && desc.value.is_none_or(|v| vm.same_value(v, current.value)))
}

/// [[HasProperty]] (10.4.6.7)
pub(crate) fn has<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<bool> {
    if is_symbol_like(vm, &data(o), key) {
        return Ok(o.get_own_ordinary(vm, key)?.is_some());
    }
    let ns = ready(vm, o)?;
    Ok(place(&ns, key).is_some())
}

/// [[Get]] (10.4.6.8)
pub(crate) fn get<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    receiver: Value<'gc>,
) -> JsResult<Value<'gc>> {
    if is_symbol_like(vm, &data(o), key) {
        return match o.get_own_ordinary(vm, key)? {
            Some(p) => vm.prop_value(p, receiver),
            None => Ok(Value::undefined()),
        };
    }
    let ns = ready(vm, o)?;
    match place(&ns, key) {
        Some(place) => value_at(vm, key, place),
        None => Ok(Value::undefined()),
    }
}

/// [[Set]] (10.4.6.9)
pub(crate) fn set() -> bool {
    false
}

/// [[Delete]] (10.4.6.10)
pub(crate) fn delete<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<bool> {
    if is_symbol_like(vm, &data(o), key) {
        return Ok(o.get_own_ordinary(vm, key)?.is_none());
    }
    let ns = ready(vm, o)?;
    Ok(place(&ns, key).is_none())
}

/// [[OwnPropertyKeys]] (10.4.6.11)
pub(crate) fn own_keys<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
    let ns = ready(vm, o)?;
    vm.charge(ns.exports.len() / 8)?;
    let hidden = vm.names().then;
    let names = ns.exports.iter().map(|e| e.0).filter(|k| !ns.deferred || *k != hidden);
    let mut keys: Vec<_> = names.collect();
    keys.extend(o.own_keys_ordinary(vm)?);
    Ok(keys)
}
