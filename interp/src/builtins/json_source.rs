//! The texts of JSON values: where each stood, for revivers (25.5.1.1, JSON Parse Records), and `JSON.rawJSON`.

use std::collections::HashMap;

use gc::{Gc, Trace};

use super::json::parse_text;
use super::object::set_integrity;
use super::string::part_of;
use crate::compiler::intrinsics as n;
use crate::object::data::ObjectData;
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
#[derive(Trace)]
struct Record<'gc> {
    value: Value<'gc>,
    #[trace(skip)]
    from: usize,
    #[trace(skip)]
    to: usize,
    parts: Parts<'gc>,
}

type Parts<'gc> = Vec<(Option<PropertyKey<'gc>>, usize)>;

/// All values of a text, each after its parts; flat, so that no nesting is a recursion.
#[derive(Trace)]
pub(super) struct Records<'gc> {
    text: Str<'gc>,
    records: Vec<Record<'gc>>,
    open: Vec<Parts<'gc>>,
    charges: Vec<gc::ExternalBytes>,
    #[trace(skip)]
    owed: usize,
}

/// Bytes that are charged at once.
const CHARGED: usize = 16 << 10;

impl<'gc> Records<'gc> {
    /// None yet of this text.
    pub(super) fn new(text: Str<'gc>) -> Records<'gc> {
        Records { text, records: Vec::new(), open: Vec::new(), charges: Vec::new(), owed: 0 }
    }

    /// The number of the record of the whole, once it was parsed.
    pub(super) fn last(&self) -> usize {
        self.records.len() - 1
    }

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

/// The library's operations on records (`self_hosted/json.js`), which it knows by number; -1 is none.
pub(crate) fn library_operation<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    if id == n::REVIVED {
        // An object, a key, and what the reviver gave.
        let o = vm.to_object(args[0])?;
        let key = vm.to_key(args[1])?;
        if args[2].is_undefined() {
            o.delete(vm, key)?;
        } else {
            o.create_data(vm, key, args[2])?;
        }
        return Ok(Value::undefined());
    }
    let all: Gc<'gc, Records<'gc>> = args[0]
        .as_cell()
        .and_then(|c| c.downcast())
        .expect("the library keeps records, and shows them to nobody");
    let at = args[1].as_number().filter(|&n| n >= 0.0).map(|n| n as usize);
    let record = at.and_then(|at| all.as_ref().records.get(at));
    let parts = record.map_or(&[][..], |record| &record.parts);
    let number = |at: Option<usize>| at.map_or(Value::int(-1), |at| Value::number(at as f64));
    Ok(match id {
        n::RECORD_OF => number(record.filter(|r| vm.same_value(r.value, args[2])).and(at)),
        n::PART_AT => {
            let i = args[2].as_number().unwrap_or(0.0) as usize;
            number(parts.get(i).map(|part| part.1))
        }
        n::PARTS_BY_KEY => {
            vm.charge(parts.len() / 8)?;
            // Of several of a name the last one counts.
            let by_key: HashMap<_, _> =
                parts.iter().filter_map(|&(key, at)| key.map(|key| (key, at))).collect();
            let keys = args[2].as_object().expect("lists of the library are arrays");
            let mut list = Vec::with_capacity(keys.array_length() as usize);
            for i in 0..keys.array_length() {
                let key = vm.to_key(keys.element(i).unwrap_or(Value::undefined()))?;
                list.push(number(by_key.get(&key).copied()));
            }
            Value::object(vm.array_from(&list)?)
        }
        n::SOURCE_OF => match record {
            Some(record) => {
                let units = all.as_ref().text.units(vm.mc)?;
                Value::string(part_of(vm, units, record.from, record.to)?)
            }
            None => Value::undefined(),
        },
        _ => return Err(vm.type_error("unknown operation on records")),
    })
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
