//! The texts of JSON values: where each stood, for revivers (25.5.1.1, JSON Parse Records), and `JSON.rawJSON`.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use super::json::parse_text;
use super::object::set_integrity;
use super::string::part_of;
use crate::object::data::ObjectData;
use crate::object::shape::ENUMERABLE;
use crate::object::{Class, Object};
use crate::value::{PropertyKey, Str, Value};
use crate::vm::{Args, JsResult, Vm};

/// What is told while a text is parsed.
pub(super) trait Recorder<'gc> {
    /// A value without parts stands at these units.
    ///
    /// # Errors
    /// If memory is full; so below.
    fn leaf(&mut self, vm: &mut Vm<'gc>, value: Value<'gc>, from: usize, to: usize) -> JsResult<()>;
    /// A value with parts begins.
    fn open(&mut self);
    /// The last value that was told of is a part of the innermost that is open.
    fn part(&mut self, vm: &mut Vm<'gc>, key: Option<PropertyKey<'gc>>) -> JsResult<()>;
    /// The innermost ends.
    fn close(&mut self, vm: &mut Vm<'gc>, value: Value<'gc>) -> JsResult<()>;
}

/// Nobody wants to know.
impl<'gc> Recorder<'gc> for () {
    #[inline(always)]
    fn leaf(&mut self, _: &mut Vm<'gc>, _: Value<'gc>, _: usize, _: usize) -> JsResult<()> {
        Ok(())
    }
    #[inline(always)]
    fn open(&mut self) {}
    #[inline(always)]
    fn part(&mut self, _: &mut Vm<'gc>, _: Option<PropertyKey<'gc>>) -> JsResult<()> {
        Ok(())
    }
    #[inline(always)]
    fn close(&mut self, _: &mut Vm<'gc>, _: Value<'gc>) -> JsResult<()> {
        Ok(())
    }
}

/// A value as it was parsed.
struct Record<'gc> {
    value: Value<'gc>,
    from: usize,
    to: usize,
    parts: Parts<'gc>,
}

type Parts<'gc> = Vec<(Option<PropertyKey<'gc>>, usize)>;

/// All values of a text, each after its parts; flat, so that no nesting is a recursion.
#[derive(Default)]
pub(super) struct Records<'gc> {
    records: Vec<Record<'gc>>,
    open: Vec<Parts<'gc>>,
    charges: Vec<gc::ExternalBytes>,
    owed: usize,
}

/// Bytes that are charged at once.
const CHARGED: usize = 16 << 10;

impl<'gc> Records<'gc> {
    fn charge(&mut self, vm: &mut Vm<'gc>, bytes: usize) -> JsResult<()> {
        self.owed += bytes;
        if self.owed >= CHARGED {
            self.charges.push(vm.mc.external(self.owed)?);
            self.owed = 0;
        }
        Ok(())
    }

    fn add(&mut self, vm: &mut Vm<'gc>, record: Record<'gc>) -> JsResult<()> {
        // Vectors grow by doubling.
        self.charge(vm, 2 * size_of::<Record<'gc>>())?;
        self.records.push(record);
        Ok(())
    }
}

impl<'gc> Recorder<'gc> for Records<'gc> {
    fn leaf(&mut self, vm: &mut Vm<'gc>, value: Value<'gc>, from: usize, to: usize) -> JsResult<()> {
        self.add(vm, Record { value, from, to, parts: Vec::new() })
    }

    fn open(&mut self) {
        self.open.push(Vec::new());
    }

    fn part(&mut self, vm: &mut Vm<'gc>, key: Option<PropertyKey<'gc>>) -> JsResult<()> {
        self.charge(vm, 2 * size_of::<(Option<PropertyKey<'gc>>, usize)>())?;
        let last = self.records.len() - 1;
        self.open.last_mut().expect("the value is a part of something").push((key, last));
        Ok(())
    }

    fn close(&mut self, vm: &mut Vm<'gc>, value: Value<'gc>) -> JsResult<()> {
        let parts = self.open.pop().expect("what ends was opened");
        self.add(vm, Record { value, from: 0, to: 0, parts })
    }
}

/// What revives the values of a text.
pub(super) struct Reviver<'gc> {
    pub(super) records: Records<'gc>,
    pub(super) text: Str<'gc>,
    pub(super) function: Value<'gc>,
}

impl<'gc> Reviver<'gc> {
    /// Revives the whole.
    pub(super) fn run(&self, vm: &mut Vm<'gc>, value: Value<'gc>) -> JsResult<Value<'gc>> {
        let root = vm.new_object(1)?;
        let key = vm.names().empty;
        root.create_data(vm, key, value)?;
        self.internalize(vm, root, key, self.records.records.last())
    }

    /// 25.5.1.1 InternalizeJSONProperty ( holder, name, reviver, parseRecord )
    fn internalize(
        &self,
        vm: &mut Vm<'gc>,
        holder: Object<'gc>,
        key: PropertyKey<'gc>,
        record: Option<&Record<'gc>>,
    ) -> JsResult<Value<'gc>> {
        vm.check_native_stack()?;
        vm.charge(1)?;
        let value = holder.get(vm, key, Value::object(holder))?;
        // What a reviver has put there has no source.
        let record = record.filter(|record| vm.same_value(record.value, value));
        let parts = record.map_or(&[][..], |record| &record.parts);
        let context = vm.new_object(1)?;
        if let Some(o) = value.as_object() {
            if vm.is_array(value)? {
                let n = vm.length_of(o)?;
                for i in 0..n {
                    let k = vm.index_key(i)?;
                    self.part(vm, o, k, parts.get(i as usize).map(|part| part.1))?;
                }
            } else {
                let mut keys = o.own_keys(vm)?;
                keys.retain(|k| !k.is_symbol());
                let mut wanted = Vec::with_capacity(keys.len());
                for k in keys {
                    if o.get_own(vm, k)?.is_some_and(|p| p.attrs & ENUMERABLE != 0) {
                        wanted.push(k);
                    }
                }
                vm.charge(parts.len() / 8)?;
                // Of several of a name the last one counts.
                let by_key: HashMap<_, _> =
                    parts.iter().filter_map(|&(key, at)| key.map(|key| (key, at))).collect();
                for k in wanted {
                    self.part(vm, o, k, by_key.get(&k).copied())?;
                }
            }
        } else if let Some(record) = record {
            let units = self.text.units(vm.mc)?;
            let source = part_of(vm, units, record.from, record.to)?;
            let name = vm.key("source")?;
            context.create_data(vm, name, Value::string(source))?;
        }
        let name = vm.to_string(key.to_value())?;
        let args = [Value::string(name), value, Value::object(context)];
        vm.call(self.function, Value::object(holder), &args)
    }

    fn part(
        &self,
        vm: &mut Vm<'gc>,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        record: Option<usize>,
    ) -> JsResult<()> {
        let v = self.internalize(vm, o, key, record.map(|at| &self.records.records[at]))?;
        if v.is_undefined() {
            o.delete(vm, key)?;
        } else {
            o.create_data(vm, key, v)?;
        }
        Ok(())
    }
}

/// 25.5.3 JSON.rawJSON ( text )
pub(super) fn raw_json<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let text = vm.to_string(args.get(0))?;
    let units = text.units(vm.mc)?;
    let is_space = |i: usize| matches!(units.at(i), 0x9 | 0xa | 0xd | 0x20);
    if units.is_empty() || is_space(0) || is_space(units.len() - 1) {
        return Err(vm.syntax_error("raw JSON is not empty, and has no space around it"));
    }
    if parse_text(vm, text)?.is_object() {
        return Err(vm.syntax_error("raw JSON is no object and no array"));
    }
    let shape = vm.root_shape(None, 1);
    let o = Object::new(vm.mc, shape, Class::RawJson, 1, ObjectData::None)?;
    let key = vm.key("rawJSON")?;
    o.create_data(vm, key, Value::string(text))?;
    set_integrity(vm, o, true)?;
    Ok(Value::object(o))
}

/// 25.5.4 JSON.isRawJSON ( O )
pub(super) fn is_raw_json<'gc>(_: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(args.get(0).as_object().is_some_and(|o| o.is_class(Class::RawJson))))
}
