//! Map and Set objects (24.1, 24.2) on the table of `object/ordered_table.rs`.
#![forbid(unsafe_code)]

use std::cell::Cell;
use std::hash::Hasher;

use gc::{Gc, Lock};

use super::{
    Row, construct_with, constructor_with, getters, methods, prototype, species, tag, wrong_receiver,
};
use crate::compiler::intrinsics as n;
use crate::object::data::{IteratorData, ObjectData};
use crate::object::function::{Handover, NativeCode, NativeFn};
use crate::object::ordered_table::{Generation, MapData};
use crate::object::shape::HIDDEN;
use crate::object::{Class, EXOTIC, Object, SLOW_INDEX};
use crate::value::key::AddressHasher;
use crate::value::symbol::WellKnown;
use crate::value::{Kind, PropertyKey, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const MAP: &[Row] = &[
    ("clear", 0, map_clear),
    ("delete", 1, map_delete),
    ("entries", 0, map_entries),
    ("get", 1, map_get),
    ("getOrInsert", 2, map_get_or_insert),
    ("has", 1, map_has),
    ("keys", 0, map_keys),
    ("set", 2, map_set),
    ("values", 0, map_values),
];

const SET: &[Row] = &[
    ("add", 1, set_add),
    ("clear", 0, set_clear),
    ("delete", 1, set_delete),
    ("entries", 0, set_entries),
    ("has", 1, set_has),
    ("values", 0, set_values),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let p =
        prototype(vm, Intrinsic::MapPrototype, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    let fill = super::self_hosted::fill_functions(vm)?;
    let code = (0, NativeCode::Handover(map));
    let c = constructor_with(vm, Intrinsic::Map, "Map", code, p, &fill)?;
    species(vm, c)?;
    let library = super::self_hosted::keyed_functions(vm)?;
    super::self_hosted::move_in(vm, library, "constructor", c)?;
    methods(vm, p, MAP)?;
    super::self_hosted::move_in(vm, library, "map", p)?;
    getters(vm, p, &[("size", map_size)])?;
    tag(vm, p, "Map")?;
    alias(vm, p, "entries", WellKnown::Iterator)?;
    let p =
        prototype(vm, Intrinsic::SetPrototype, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    let code = (0, NativeCode::Handover(set));
    let c = constructor_with(vm, Intrinsic::Set, "Set", code, p, &fill)?;
    species(vm, c)?;
    methods(vm, p, SET)?;
    super::self_hosted::init_set(vm, p)?;
    super::self_hosted::move_in(vm, library, "set", p)?;
    getters(vm, p, &[("size", set_size)])?;
    tag(vm, p, "Set")?;
    alias(vm, p, "values", WellKnown::Iterator)?;
    let key = vm.names().keys;
    let values = vm.key("values")?;
    if let Some(f) = p.get_own_data(vm, values) {
        p.define_own(vm, key, f, HIDDEN)?;
    }
    for (which, name, next) in [
        (Intrinsic::MapIteratorPrototype, "Map Iterator", map_next as NativeFn),
        (Intrinsic::SetIteratorPrototype, "Set Iterator", set_next),
    ] {
        let p = prototype(vm, which, Intrinsic::IteratorPrototype, Class::Object, ObjectData::None)?;
        super::method(vm, p, "next", 0, NativeCode::Leaf(next))?;
        tag(vm, p, name)?;
    }
    Ok(())
}

fn alias<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, name: &str, symbol: WellKnown) -> JsResult<()> {
    let key = vm.key(name)?;
    if let Some(f) = o.get_own_data(vm, key) {
        let s = vm.well_known(symbol);
        o.define_own(vm, s, f, HIDDEN)?;
    }
    Ok(())
}

/// The hash of a key: equal for keys that are SameValueZero. Strings are hashed by their units: an interned one may die
/// and come again elsewhere.
fn hash<'gc>(vm: &Vm<'gc>, v: Value<'gc>) -> JsResult<u32> {
    let mut h = AddressHasher::default();
    match v.kind() {
        Kind::Int(i) => h.write_usize((i as usize) << 4),
        Kind::Double(d) => {
            let i = d as i32;
            if f64::from(i) == d {
                h.write_usize((i as usize) << 4);
            } else {
                h.write_usize(d.to_bits() as usize);
            }
        }
        Kind::String(s) => return Ok(s.hash(vm.mc)?),
        Kind::BigInt(b) => h.write(&b.value.to_signed_bytes_le()),
        _ => h.write_usize(v.bits() as usize),
    }
    Ok(h.finish() as u32)
}

/// A new table.
fn table<'gc>(vm: &mut Vm<'gc>) -> JsResult<ObjectData<'gc>> {
    Ok(ObjectData::Map(vm.mc.try_alloc(MapData::default())?))
}

fn data_of<'gc>(
    vm: &mut Vm<'gc>,
    v: Value<'gc>,
    class: Class,
    what: &str,
) -> JsResult<Gc<'gc, MapData<'gc>>> {
    match v.as_object() {
        Some(o) if o.is_class(class) => match o.data() {
            ObjectData::Map(m) => Ok(m),
            _ => wrong_receiver(vm, what, v),
        },
        _ => wrong_receiver(vm, what, v),
    }
}

fn find_hashed<'gc>(
    vm: &mut Vm<'gc>,
    m: Gc<'gc, MapData<'gc>>,
    key: Value<'gc>,
    hash: u32,
) -> JsResult<Option<usize>> {
    // Objects and small integers are the same only by their bits.
    if key.is_object() || key.is_symbol() {
        return m.table.borrow().find(hash, |k| Ok(k == key));
    }
    m.table.borrow().find(hash, |k| Ok(k == key || vm.same_value_zero(k, key)))
}

/// The position of a key in a table.
pub(crate) fn find<'gc>(
    vm: &mut Vm<'gc>,
    m: Gc<'gc, MapData<'gc>>,
    key: Value<'gc>,
) -> JsResult<Option<usize>> {
    let hash = hash(vm, key)?;
    find_hashed(vm, m, key, hash)
}

/// Sets a key of a table.
pub(crate) fn put<'gc>(
    vm: &mut Vm<'gc>,
    m: Gc<'gc, MapData<'gc>>,
    key: Value<'gc>,
    value: Value<'gc>,
) -> JsResult<()> {
    let key = if key.as_number() == Some(0.0) { Value::int(0) } else { key };
    let hash = hash(vm, key)?;
    let found = find_hashed(vm, m, key, hash)?;
    let mut t = Gc::write(vm.mc, m).project(|d| &d.table).borrow_mut();
    match found {
        Some(at) => t.set_value(at, value),
        None => t.push(vm.mc, hash, key, value)?,
    }
    Ok(())
}

fn remove<'gc>(vm: &mut Vm<'gc>, m: Gc<'gc, MapData<'gc>>, key: Value<'gc>) -> JsResult<bool> {
    let Some(at) = find(vm, m, key)? else { return Ok(false) };
    Gc::write(vm.mc, m).project(|d| &d.table).borrow_mut().remove(vm.mc, at);
    Ok(true)
}

fn clear<'gc>(vm: &mut Vm<'gc>, m: Gc<'gc, MapData<'gc>>) {
    Gc::write(vm.mc, m).project(|d| &d.table).borrow_mut().clear(vm.mc);
}

/// A position in a table that is carried over its rebuilds.
pub(crate) struct Cursor<'gc> {
    generation: Gc<'gc, Generation<'gc>>,
    at: usize,
}

impl<'gc> Cursor<'gc> {
    /// At the first entry.
    pub(crate) fn new(vm: &mut Vm<'gc>, m: Gc<'gc, MapData<'gc>>) -> JsResult<Cursor<'gc>> {
        let generation = Gc::write(vm.mc, m).project(|d| &d.table).borrow_mut().generation(vm.mc)?;
        Ok(Cursor { generation, at: 0 })
    }

    /// The next entry: key and value.
    pub(crate) fn next(&mut self, m: Gc<'gc, MapData<'gc>>) -> Option<(Value<'gc>, Value<'gc>)> {
        (self.generation, self.at) = Generation::carry(self.generation, self.at);
        let (at, key, value) = m.table.borrow().next(self.at)?;
        self.at = at + 1;
        Some((key, value))
    }
}

/// 24.1.1.1 Map ( [ iterable ] )
fn map<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor Map requires 'new'"));
    }
    let data = table(vm)?;
    let o = construct_with(vm, args, Intrinsic::MapPrototype, Class::Map, 0, data)?;
    fill_from(vm, o, args, true)
}

/// 24.2.2.1 Set ( [ iterable ] )
fn set<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor Set requires 'new'"));
    }
    let data = table(vm)?;
    let o = construct_with(vm, args, Intrinsic::SetPrototype, Class::Set, 0, data)?;
    fill_from(vm, o, args, false)
}

/// AddEntriesFromIterable and its like for sets: what is left to do for a new collection.
pub(crate) fn fill_from<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    args: Args<'gc>,
    pairs: bool,
) -> JsResult<Handover<'gc>> {
    let (this, iterable) = (Value::object(o), args.get(0));
    if iterable.is_nullish() {
        return Ok(Handover::Done(this));
    }
    let key = if pairs { vm.names().set } else { vm.names().add };
    let adder = o.get(vm, key, this)?;
    if !vm.is_callable(adder) {
        return Err(vm.not_a(adder, "function"));
    }
    if fill_plainly(vm, o, iterable, adder, pairs)? {
        return Ok(Handover::Done(this));
    }
    let library = super::native_slots(args.callee())[usize::from(!pairs)].get();
    Ok(Handover::call(library, Value::undefined(), &[this, iterable, adder]))
}

/// Fills a Map or Set from an array, if nobody can watch: its iteration and the adder are what they were, and entries are
/// arrays with two elements of their own.
fn fill_plainly<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    iterable: Value<'gc>,
    adder: Value<'gc>,
    pairs: bool,
) -> JsResult<bool> {
    let ObjectData::Map(m) = o.data() else { return Ok(false) };
    let ours: NativeFn = if pairs { map_set } else { set_add };
    let is_ours = match adder.as_object().map(Object::data) {
        Some(ObjectData::Native(n)) => {
            matches!(n.code, NativeCode::Leaf(f) if std::ptr::fn_addr_eq(f, ours))
        }
        _ => false,
    };
    let Some(list) = iterable.as_object().filter(|a| is_ours && a.is_array()) else { return Ok(false) };
    if !vm.iteration_untouched(list) {
        return Ok(false);
    }
    let entry = |i: u32| {
        let e = list.element(i)?.as_object().filter(|e| e.is_array() && !e.has(EXOTIC | SLOW_INDEX))?;
        Some((e.element(0)?, e.element(1)?))
    };
    vm.charge(list.array_length() as usize / 8)?;
    if pairs && (0..list.array_length()).any(|i| entry(i).is_none()) {
        return Ok(false);
    }
    for i in 0..list.array_length() {
        vm.charge(1)?;
        let (key, value) = if pairs {
            entry(i).expect("it was looked at")
        } else {
            (list.element(i).unwrap_or(Value::undefined()), Value::undefined())
        };
        put(vm, m, key, value)?;
    }
    Ok(true)
}

/// 24.1.3.1 Map.prototype.clear ( )
fn map_clear<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Map, "Map.prototype.clear")?;
    clear(vm, m);
    Ok(Value::undefined())
}
/// 24.1.3.3 Map.prototype.delete ( key )
fn map_delete<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Map, "Map.prototype.delete")?;
    remove(vm, m, args.get(0)).map(Value::bool)
}
/// 24.1.3.6 Map.prototype.get ( key )
fn map_get<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Map, "Map.prototype.get")?;
    Ok(match find(vm, m, args.get(0))? {
        Some(i) => m.table.borrow().value(i),
        None => Value::undefined(),
    })
}
/// 24.1.3.7 Map.prototype.has ( key )
fn map_has<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Map, "Map.prototype.has")?;
    Ok(Value::bool(find(vm, m, args.get(0))?.is_some()))
}
/// 24.1.3.9 Map.prototype.set ( key, value )
fn map_set<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Map, "Map.prototype.set")?;
    put(vm, m, args.get(0), args.get(1))?;
    Ok(args.this())
}
/// 24.1.3.10 get Map.prototype.size
fn map_size<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Map, "get Map.prototype.size")?;
    Ok(Value::number(m.table.borrow().len() as f64))
}
/// A position before the first entry of a table, whose Map or Set is `target`.
fn position<'gc>(
    vm: &mut Vm<'gc>,
    target: Value<'gc>,
    m: Gc<'gc, MapData<'gc>>,
    kind: u8,
) -> JsResult<Gc<'gc, IteratorData<'gc>>> {
    let cursor = Cursor::new(vm, m)?;
    Ok(vm.mc.try_alloc(IteratorData {
        target: Lock::new(target),
        index: Cell::new(cursor.at),
        kind: Cell::new(kind),
        extra: Lock::new(Value::cell(cursor.generation.erase())),
    })?)
}

fn iterator<'gc>(vm: &mut Vm<'gc>, this: Value<'gc>, kind: u8, is_map: bool) -> JsResult<Value<'gc>> {
    let (which, class) = if is_map {
        (Intrinsic::MapIteratorPrototype, Class::MapIterator)
    } else {
        (Intrinsic::SetIteratorPrototype, Class::SetIterator)
    };
    let proto = vm.intrinsic(which)?;
    let ObjectData::Map(m) = this.as_object().map_or(ObjectData::None, Object::data) else {
        return wrong_receiver(vm, "an iterator", this);
    };
    let data = position(vm, this, m, kind)?;
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Value::object(Object::new(vm.mc, shape, class, 0, ObjectData::Iterator(data))?))
}

/// 24.1.3.4 Map.prototype.entries ( )
fn map_entries<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    data_of(vm, args.this(), Class::Map, "Map.prototype.entries")?;
    iterator(vm, args.this(), 2, true)
}
/// 24.1.3.8 Map.prototype.keys ( )
fn map_keys<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    data_of(vm, args.this(), Class::Map, "Map.prototype.keys")?;
    iterator(vm, args.this(), 0, true)
}
/// 24.1.3.11 Map.prototype.values ( )
fn map_values<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    data_of(vm, args.this(), Class::Map, "Map.prototype.values")?;
    iterator(vm, args.this(), 1, true)
}

/// Map.prototype.getOrInsert ( key, value )
fn map_get_or_insert<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Map, "Map.prototype.getOrInsert")?;
    if let Some(i) = find(vm, m, args.get(0))? {
        return Ok(m.table.borrow().value(i));
    }
    put(vm, m, args.get(0), args.get(1))?;
    Ok(args.get(1))
}
/// The operations of the library on sets (see `self_hosted/set.js` for their numbers).
pub(crate) fn library_operation<'gc>(
    vm: &mut Vm<'gc>,
    operation: i32,
    set: Value<'gc>,
    value: Value<'gc>,
) -> JsResult<Value<'gc>> {
    if operation == 6 {
        let data = set.as_object().map_or(ObjectData::None, Object::data);
        let ObjectData::Iterator(data) = data else { return wrong_receiver(vm, "Set iteration", set) };
        return Ok(advance(vm, data).map_or(Value::hole(), |(k, _)| k));
    }
    let new = |vm: &mut Vm<'gc>| -> JsResult<(Object<'gc>, ObjectData<'gc>)> {
        let data = table(vm)?;
        let proto = vm.intrinsic(Intrinsic::SetPrototype)?;
        let shape = vm.root_shape(Some(proto), 0);
        Ok((Object::new(vm.mc, shape, Class::Set, 0, data)?, data))
    };
    if operation == 4 {
        return Ok(Value::object(new(vm)?.0));
    }
    let m = data_of(vm, set, Class::Set, "Set method")?;
    Ok(match operation {
        0 => Value::number(m.table.borrow().len() as f64),
        1 => Value::bool(find(vm, m, value)?.is_some()),
        2 => {
            put(vm, m, value, Value::undefined())?;
            Value::undefined()
        }
        3 => Value::bool(remove(vm, m, value)?),
        5 => iterator(vm, set, 1, false)?,
        _ => {
            let (copy, data) = new(vm)?;
            let mut cursor = Cursor::new(vm, m)?;
            while let (Some((key, _)), ObjectData::Map(to)) = (cursor.next(m), data) {
                vm.charge(1)?;
                put(vm, to, key, Value::undefined())?;
            }
            Value::object(copy)
        }
    })
}

/// The operations of the library on maps, sets and groups (`self_hosted/keyed.js`).
pub(crate) fn keyed_operation<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    let arg = |i: usize| args.get(i).copied().unwrap_or(Value::undefined());
    let x = arg(0);
    Ok(match id {
        n::MAP_ITERATE | n::SET_ITERATE => {
            let (class, what) = if id == n::MAP_ITERATE {
                (Class::Map, "Map.prototype.forEach")
            } else {
                (Class::Set, "Set.prototype.forEach")
            };
            let m = data_of(vm, x, class, what)?;
            if !vm.is_callable(arg(1)) {
                return Err(vm.not_a(arg(1), "function"));
            }
            let position = position(vm, x, m, 0)?;
            Value::cell(position.erase())
        }
        n::MAP_FIND => {
            // map, key, callback: checked, then looked for.
            let m = data_of(vm, x, Class::Map, "Map.prototype.getOrInsertComputed")?;
            if !vm.is_callable(arg(2)) {
                return Err(vm.not_a(arg(2), "function"));
            }
            match find(vm, m, arg(1))? {
                Some(i) => m.table.borrow().value(i),
                None => Value::hole(),
            }
        }
        n::MAP_PUT => {
            let m = data_of(vm, x, Class::Map, "Map.prototype.getOrInsertComputed")?;
            put(vm, m, arg(1), arg(2))?;
            Value::undefined()
        }
        n::WEAK_FIND => super::weak_map::find_or_hole(vm, x, arg(1), arg(2))?,
        n::WEAK_PUT => super::weak_map::put(vm, x, arg(1), arg(2))?,
        n::NEW_GROUPS => {
            let data = table(vm)?;
            let proto = vm.intrinsic(Intrinsic::MapPrototype)?;
            let shape = vm.root_shape(Some(proto), 0);
            Value::object(Object::new(vm.mc, shape, Class::Map, 0, data)?)
        }
        n::GROUP => {
            // groups, key, value, whether the key is a property's: one form for each, so that the table finds it.
            let m = data_of(vm, x, Class::Map, "groupBy")?;
            let mut key = arg(1);
            if arg(3).is_true() {
                key = match vm.to_key(key)? {
                    PropertyKey::Index(i) => Value::number(f64::from(i)),
                    key => key.to_value(),
                };
            }
            let group = find(vm, m, key)?.and_then(|i| m.table.borrow().value(i).as_object());
            match group {
                Some(list) => vm.array_push(list, arg(2))?,
                None => {
                    let list = vm.array_from(&[arg(2)])?;
                    put(vm, m, key, Value::object(list))?;
                }
            }
            Value::undefined()
        }
        _ => {
            let m = data_of(vm, x, Class::Map, "groupBy")?;
            let shape = vm.root_shape(None, 4);
            let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
            let mut cursor = Cursor::new(vm, m)?;
            while let Some((key, list)) = cursor.next(m) {
                let key = vm.to_key(key)?;
                o.create_data_or_throw(vm, key, list)?;
            }
            Value::object(o)
        }
    })
}

/// The next key at a position; the hole at the end.
pub(crate) fn next_key<'gc>(vm: &mut Vm<'gc>, position: Value<'gc>) -> Value<'gc> {
    advance(vm, position_of(position)).map_or(Value::hole(), |(key, _)| key)
}

/// The value of the key that [`next_key`] gave; nothing has run since.
pub(crate) fn its_value<'gc>(position: Value<'gc>) -> Value<'gc> {
    let position = position_of(position);
    match position.target.get().as_object().map(Object::data) {
        Some(ObjectData::Map(m)) => m.table.borrow().value(position.index.get() - 1),
        _ => Value::undefined(),
    }
}

fn position_of<'gc>(v: Value<'gc>) -> Gc<'gc, IteratorData<'gc>> {
    v.as_cell().and_then(|c| c.downcast()).expect("the library keeps positions, and shows them to nobody")
}

/// The next entry of an iterator.
fn advance<'gc>(vm: &mut Vm<'gc>, data: Gc<'gc, IteratorData<'gc>>) -> Option<(Value<'gc>, Value<'gc>)> {
    let ObjectData::Map(m) = data.target.get().as_object()?.data() else { return None };
    let generation = data.extra.get().as_cell().and_then(|c| c.downcast())?;
    let mut cursor = Cursor { generation, at: data.index.get() };
    let entry = cursor.next(m);
    if entry.is_none() {
        data.set(vm.mc, |d| &d.target, Value::undefined());
        return None;
    }
    data.index.set(cursor.at);
    if !cursor.generation.ptr_eq(generation) {
        data.set(vm.mc, |d| &d.extra, Value::cell(cursor.generation.erase()));
    }
    entry
}

fn step<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, class: Class, what: &str) -> JsResult<Value<'gc>> {
    let data = match args.this().as_object() {
        Some(o) if o.is_class(class) => o.data(),
        _ => ObjectData::None,
    };
    let ObjectData::Iterator(data) = data else { return wrong_receiver(vm, what, args.this()) };
    let Some((k, v)) = advance(vm, data) else { return vm.iter_result(Value::undefined(), true) };
    let v = if class == Class::SetIterator { k } else { v };
    let r = match data.kind.get() {
        0 => k,
        1 => v,
        _ => Value::object(vm.array_from(&[k, v])?),
    };
    vm.iter_result(r, false)
}
/// 24.1.5.2.1 %MapIteratorPrototype%.next ( )
fn map_next<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    step(vm, args, Class::MapIterator, "Map Iterator.prototype.next")
}
/// 24.2.6.2.1 %SetIteratorPrototype%.next ( )
fn set_next<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    step(vm, args, Class::SetIterator, "Set Iterator.prototype.next")
}

/// 24.2.4.1 Set.prototype.add ( value )
fn set_add<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Set, "Set.prototype.add")?;
    put(vm, m, args.get(0), Value::undefined())?;
    Ok(args.this())
}
/// 24.2.4.2 Set.prototype.clear ( )
fn set_clear<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Set, "Set.prototype.clear")?;
    clear(vm, m);
    Ok(Value::undefined())
}
/// 24.2.4.4 Set.prototype.delete ( value )
fn set_delete<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Set, "Set.prototype.delete")?;
    remove(vm, m, args.get(0)).map(Value::bool)
}
/// 24.2.4.6 Set.prototype.entries ( )
fn set_entries<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    data_of(vm, args.this(), Class::Set, "Set.prototype.entries")?;
    iterator(vm, args.this(), 2, false)
}
/// 24.2.4.8 Set.prototype.has ( value )
fn set_has<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Set, "Set.prototype.has")?;
    Ok(Value::bool(find(vm, m, args.get(0))?.is_some()))
}
/// 24.2.4.14 get Set.prototype.size
fn set_size<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let m = data_of(vm, args.this(), Class::Set, "get Set.prototype.size")?;
    Ok(Value::number(m.table.borrow().len() as f64))
}
/// 24.2.4.17 Set.prototype.values ( )
fn set_values<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    data_of(vm, args.this(), Class::Set, "Set.prototype.values")?;
    iterator(vm, args.this(), 1, false)
}
