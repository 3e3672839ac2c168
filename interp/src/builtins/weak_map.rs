//! WeakMap and WeakSet objects (24.3, 24.4), on the collector's ephemerons: a value lives as long as its
//! key does.

use std::cell::Cell;

use gc::{Gc, GcAny, RefLock, Trace};

use super::{Row, construct_with, constructor_with, methods, prototype, tag, wrong_receiver};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::object::function::{Handover, NativeCode};
use crate::value::symbol::SymbolSort;
use crate::value::{Kind, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const MAP: &[Row] = &[
    ("delete", 1, map_delete),
    ("get", 1, get),
    ("getOrInsert", 2, get_or_insert),
    ("has", 1, map_has),
    ("set", 2, set),
];
const SET: &[Row] = &[("add", 1, add), ("delete", 1, set_delete), ("has", 1, set_has)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let object = Intrinsic::ObjectPrototype;
    let p = prototype(vm, Intrinsic::WeakMapPrototype, object, Class::Object, ObjectData::None)?;
    let fill = super::self_hosted::fill_functions(vm)?;
    let code = (0, NativeCode::Handover(weak_map));
    constructor_with(vm, Intrinsic::WeakMap, "WeakMap", code, p, &fill)?;
    methods(vm, p, MAP)?;
    let library = super::self_hosted::keyed_functions(vm)?;
    super::self_hosted::move_in(vm, library, "weakMap", p)?;
    tag(vm, p, "WeakMap")?;
    let p = prototype(vm, Intrinsic::WeakSetPrototype, object, Class::Object, ObjectData::None)?;
    let code = (0, NativeCode::Handover(weak_set));
    constructor_with(vm, Intrinsic::WeakSet, "WeakSet", code, p, &fill)?;
    methods(vm, p, SET)?;
    tag(vm, p, "WeakSet")
}

/// What a WeakMap or WeakSet keeps.
#[derive(Trace)]
pub struct WeakTable<'gc> {
    entries: gc::WeakMap<'gc, Value<'gc>>,
    /// What the table is charged for, given back when it dies.
    charges: RefLock<Vec<gc::ExternalBytes>>,
    #[trace(skip)]
    charged: Cell<usize>,
}

impl<'gc> WeakTable<'gc> {
    fn insert(
        this: Gc<'gc, WeakTable<'gc>>,
        vm: &mut Vm<'gc>,
        key: GcAny<'gc>,
        value: Value<'gc>,
    ) -> JsResult<()> {
        let bytes = this.entries.external_bytes();
        if this.entries.len() * size_of::<(usize, Value<'gc>)>() >= bytes {
            // It is about to grow: charged before.
            let more = vm.mc.external((bytes * 2).max(64) - bytes.min(this.charged.get()))?;
            this.charged.set((bytes * 2).max(64));
            Gc::write(vm.mc, this).project(|t| &t.charges).borrow_mut().push(more);
        }
        Gc::write(vm.mc, this).project(|t| &t.entries).try_insert(key, value)?;
        Ok(())
    }
}

/// CanBeHeldWeakly (9.13): the cell, if a value has an identity of its own.
pub(crate) fn weak_key<'gc>(v: Value<'gc>) -> Option<GcAny<'gc>> {
    match v.kind() {
        Kind::Object(o) => Some(o.gc().erase()),
        Kind::Symbol(s) if s.sort != SymbolSort::Registered => Some(s.erase()),
        _ => None,
    }
}

fn new_table<'gc>(vm: &mut Vm<'gc>) -> JsResult<ObjectData<'gc>> {
    let table = vm.mc.try_alloc(WeakTable {
        entries: gc::WeakMap::new(),
        charges: RefLock::new(Vec::new()),
        charged: Cell::new(0),
    })?;
    Ok(ObjectData::Any(table.erase()))
}

fn table<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    class: Class,
    what: &str,
) -> JsResult<Gc<'gc, WeakTable<'gc>>> {
    table_of(vm, args.this(), class, what)
}

fn table_of<'gc>(
    vm: &mut Vm<'gc>,
    v: Value<'gc>,
    class: Class,
    what: &str,
) -> JsResult<Gc<'gc, WeakTable<'gc>>> {
    let found = v.as_object().filter(|o| o.is_class(class)).and_then(|o| match o.data() {
        ObjectData::Any(c) => c.downcast(),
        _ => None,
    });
    match found {
        Some(t) => Ok(t),
        None => wrong_receiver(vm, what, v),
    }
}

fn required<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<GcAny<'gc>> {
    match weak_key(v) {
        Some(key) => Ok(key),
        None => {
            let text = format!("{} cannot be held weakly", vm.show(v));
            Err(vm.type_error(&text))
        }
    }
}

/// 24.3.1.1 WeakMap ( [ iterable ] )
fn weak_map<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor WeakMap requires 'new'"));
    }
    let data = new_table(vm)?;
    let o = construct_with(vm, args, Intrinsic::WeakMapPrototype, Class::WeakMap, 0, data)?;
    super::map::fill_from(vm, o, args, true)
}

/// 24.4.1.1 WeakSet ( [ iterable ] )
fn weak_set<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor WeakSet requires 'new'"));
    }
    let data = new_table(vm)?;
    let o = construct_with(vm, args, Intrinsic::WeakSetPrototype, Class::WeakSet, 0, data)?;
    super::map::fill_from(vm, o, args, false)
}

/// 24.3.3.2 WeakMap.prototype.delete ( key )
fn map_delete<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakMap, "WeakMap.prototype.delete")?;
    Ok(Value::bool(weak_key(args.get(0)).is_some_and(|k| t.entries.remove(k).is_some())))
}

/// 24.3.3.3 WeakMap.prototype.get ( key )
fn get<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakMap, "WeakMap.prototype.get")?;
    Ok(weak_key(args.get(0)).and_then(|k| t.entries.get(k)).unwrap_or(Value::undefined()))
}

/// 24.3.3.4 WeakMap.prototype.getOrInsert ( key, value )
fn get_or_insert<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakMap, "WeakMap.prototype.getOrInsert")?;
    let key = required(vm, args.get(0))?;
    if let Some(v) = t.entries.get(key) {
        return Ok(v);
    }
    WeakTable::insert(t, vm, key, args.get(1))?;
    Ok(args.get(1))
}

/// For the library's getOrInsertComputed (24.3.3.5): the value of a key, or the hole.
pub(crate) fn find_or_hole<'gc>(
    vm: &mut Vm<'gc>,
    map: Value<'gc>,
    key: Value<'gc>,
    callback: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let t = table_of(vm, map, Class::WeakMap, "WeakMap.prototype.getOrInsertComputed")?;
    let key = required(vm, key)?;
    if !vm.is_callable(callback) {
        return Err(vm.not_a(callback, "function"));
    }
    Ok(t.entries.get(key).unwrap_or(Value::hole()))
}

/// For the library's getOrInsertComputed: sets the value of a key.
pub(crate) fn put<'gc>(
    vm: &mut Vm<'gc>,
    map: Value<'gc>,
    key: Value<'gc>,
    value: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let t = table_of(vm, map, Class::WeakMap, "WeakMap.prototype.getOrInsertComputed")?;
    let key = required(vm, key)?;
    WeakTable::insert(t, vm, key, value)?;
    Ok(Value::undefined())
}

/// 24.3.3.6 WeakMap.prototype.has ( key )
fn map_has<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakMap, "WeakMap.prototype.has")?;
    Ok(Value::bool(weak_key(args.get(0)).is_some_and(|k| t.entries.contains(k))))
}

/// 24.3.3.7 WeakMap.prototype.set ( key, value )
fn set<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakMap, "WeakMap.prototype.set")?;
    let key = required(vm, args.get(0))?;
    WeakTable::insert(t, vm, key, args.get(1))?;
    Ok(args.this())
}

/// 24.4.3.1 WeakSet.prototype.add ( value )
fn add<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakSet, "WeakSet.prototype.add")?;
    let key = required(vm, args.get(0))?;
    WeakTable::insert(t, vm, key, Value::undefined())?;
    Ok(args.this())
}

/// 24.4.3.3 WeakSet.prototype.delete ( value )
fn set_delete<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakSet, "WeakSet.prototype.delete")?;
    Ok(Value::bool(weak_key(args.get(0)).is_some_and(|k| t.entries.remove(k).is_some())))
}

/// 24.4.3.4 WeakSet.prototype.has ( value )
fn set_has<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let t = table(vm, args, Class::WeakSet, "WeakSet.prototype.has")?;
    Ok(Value::bool(weak_key(args.get(0)).is_some_and(|k| t.entries.contains(k))))
}
