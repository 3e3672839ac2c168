//! RegExps that nobody touched: the methods of `RegExp.prototype` without their detours.
//!
//! The specification has `replace`, `match` and `split` read `flags` and `exec` from the object, and the parts of a match
//! from a result object. While the object is *plain*, all of this gives what its data says, and nobody can watch: then the
//! matcher is asked, and no result is made.
#![forbid(unsafe_code)]

use std::cell::Cell;

use gc::{Gc, Lock, Trace};

use super::regexp::{RegExpData, advance, data_of};
use super::regexp_exec::{found, room_for, run, set_last_index, substring};
use super::string::{Builder, get_substitution};
use crate::object::Object;
use crate::object::shape::Shape;
use crate::regexp::Captures;
use crate::value::{Str, Value};
use crate::vm::realm::{CommonShape, Intrinsic};
use crate::vm::{JsResult, Vm};

/// What the methods read from a RegExp.
const READ: [&str; 10] = [
    "exec",
    "flags",
    "hasIndices",
    "global",
    "ignoreCase",
    "multiline",
    "dotAll",
    "unicode",
    "unicodeSets",
    "sticky",
];

/// What `%RegExp.prototype%` of a realm had for these when it was made, and where it has them.
#[derive(Debug, Trace)]
pub struct Untouched<'gc> {
    /// Functions and accessors.
    values: [Lock<Value<'gc>>; READ.len()],
    #[trace(skip)]
    slots: Cell<[u32; READ.len()]>,
    /// The prototype epoch for which the slots are good.
    #[trace(skip)]
    epoch: Cell<Option<u32>>,
}

impl Default for Untouched<'_> {
    fn default() -> Self {
        Untouched {
            values: std::array::from_fn(|_| Lock::new(Value::undefined())),
            slots: Cell::default(),
            epoch: Cell::new(None),
        }
    }
}

/// Looks at the prototype once it is made.
pub(super) fn init<'gc>(vm: &mut Vm<'gc>, prototype: Object<'gc>) -> JsResult<()> {
    for (i, name) in READ.into_iter().enumerate() {
        let name = vm.intern(name)?;
        let key = vm.key_of(name)?;
        let place = Shape::lookup(prototype.shape(), vm.mc, key).expect("it was defined just now");
        let values = Gc::write(vm.mc, vm.realm()).project(|r| &r.regexps.values);
        values.project(|v| &v[i]).set(prototype.slot(place.slot));
    }
    Ok(())
}

/// The data of a RegExp that has no property but a writable `lastIndex`, and whose prototype is the realm's and has what it
/// had.
pub(super) fn plain<'gc>(vm: &mut Vm<'gc>, r: Object<'gc>) -> JsResult<Option<Gc<'gc, RegExpData<'gc>>>> {
    let realm = vm.realm();
    if !realm.shape(CommonShape::RegExp as usize).is_some_and(|s| s.ptr_eq(r.shape())) {
        return Ok(None);
    }
    let (Some(data), Some(prototype)) = (data_of(Value::object(r)), realm.get(Intrinsic::RegExpPrototype))
    else {
        return Ok(None);
    };
    let known = &realm.regexps;
    if known.epoch.get() != Some(vm.proto_epoch) {
        let mut slots = [0; READ.len()];
        for (i, name) in READ.into_iter().enumerate() {
            let name = vm.intern(name)?;
            let key = vm.key_of(name)?;
            let Some(place) = Shape::lookup(prototype.shape(), vm.mc, key) else { return Ok(None) };
            slots[i] = place.slot;
        }
        // From here on an addition or removal moves the epoch.
        prototype.become_prototype(vm.mc);
        known.slots.set(slots);
        known.epoch.set(Some(vm.proto_epoch));
    }
    let same =
        known.slots.get().into_iter().zip(&known.values).all(|(slot, v)| prototype.slot(slot) == v.get());
    Ok(same.then_some(data))
}

/// One match after the other of a global search.
struct Matches<'gc> {
    data: Gc<'gc, RegExpData<'gc>>,
    subject: Str<'gc>,
    at: usize,
    last: Option<Captures>,
}

impl<'gc> Matches<'gc> {
    fn new(data: Gc<'gc, RegExpData<'gc>>, subject: Str<'gc>) -> Self {
        Matches { data, subject, at: 0, last: None }
    }

    /// Finds the next one.
    fn advance(&mut self, vm: &mut Vm<'gc>) -> JsResult<bool> {
        vm.charge(1)?;
        if self.at > self.subject.len() {
            return Ok(false);
        }
        let Some(captures) = run(vm, self.data, self.subject, self.at)? else { return Ok(false) };
        let (from, to) = whole(&captures);
        self.at = to;
        if from == to {
            let unicode = self.data.program.flags().full_unicode();
            self.at = advance(vm, self.subject, to as u64, unicode)? as usize;
        }
        self.last = Some(captures);
        Ok(true)
    }

    /// Leaves the realm and the object as the last failing search does.
    fn end(self, vm: &mut Vm<'gc>, r: Object<'gc>) -> JsResult<()> {
        if let Some(captures) = &self.last {
            found(vm, self.data, self.subject, captures);
        }
        set_last_index(vm, r, 0)
    }
}

fn whole(captures: &Captures) -> (usize, usize) {
    captures[0].expect("the whole match is there")
}

/// The strings of all matches, or null.
pub(super) fn match_global<'gc>(
    vm: &mut Vm<'gc>,
    r: Object<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
) -> JsResult<Value<'gc>> {
    let mut matches = Matches::new(data, s);
    let array = vm.new_array(0)?;
    while matches.advance(vm)? {
        let (from, to) = matches.last.as_ref().map(whole).expect("one was found");
        let part = substring(vm, s, from, to)?;
        vm.array_push(array, Value::string(part))?;
    }
    matches.end(vm, r)?;
    Ok(if array.array_length() == 0 { Value::null() } else { Value::object(array) })
}

/// The captures after the whole match, as strings or undefined.
fn parts<'gc>(
    vm: &mut Vm<'gc>,
    s: Str<'gc>,
    captures: &Captures,
    list: &mut Vec<Value<'gc>>,
) -> JsResult<()> {
    for capture in &captures[1..] {
        list.push(match *capture {
            Some((from, to)) => Value::string(substring(vm, s, from, to)?),
            None => Value::undefined(),
        });
    }
    Ok(())
}

/// `replace` with a template. The pattern has no named groups.
pub(super) fn replace<'gc>(
    vm: &mut Vm<'gc>,
    r: Object<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
    template: Str<'gc>,
) -> JsResult<Value<'gc>> {
    let mut matches = Matches::new(data, s);
    let mut out = Builder::new();
    let (mut done, mut list) = (0, Vec::new());
    let (units, template) = (s.units(vm.mc)?, template.units(vm.mc)?);
    let verbatim = !template.iter().any(|u| u == u16::from(b'$'));
    while matches.advance(vm)? {
        let captures = matches.last.as_ref().expect("one was found");
        let (from, to) = whole(captures);
        out.push_units(vm, units.slice(done, from))?;
        if verbatim {
            out.push_units(vm, template)?;
        } else {
            list.clear();
            parts(vm, s, captures, &mut list)?;
            let matched = units.slice(from, to);
            get_substitution(vm, &mut out, matched, units, from, &list, Value::undefined(), template)?;
        }
        done = to;
    }
    let any = matches.last.is_some();
    matches.end(vm, r)?;
    if !any {
        return Ok(Value::string(s));
    }
    out.push_units(vm, units.slice(done, units.len()))?;
    out.finish(vm).map(Value::string)
}

/// `replace` with a function, which is called when all matches are found. The pattern has no named groups.
pub(super) fn replace_by<'gc>(
    vm: &mut Vm<'gc>,
    r: Object<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
    callback: Value<'gc>,
) -> JsResult<Value<'gc>> {
    let mut matches = Matches::new(data, s);
    let mut all = Vec::new();
    while matches.advance(vm)? {
        if all.len() == all.capacity() {
            let one =
                size_of_val(&**matches.last.as_ref().expect("one was found")) + 2 * size_of::<Captures>();
            room_for(vm, (2 * all.len() + 1) * one)?;
        }
        all.extend(matches.last.clone());
    }
    matches.end(vm, r)?;
    if all.is_empty() {
        return Ok(Value::string(s));
    }
    let units = s.units(vm.mc)?;
    let mut out = Builder::new();
    let (mut done, mut list) = (0, Vec::new());
    for captures in all {
        let (from, to) = whole(&captures);
        list.clear();
        list.push(Value::string(substring(vm, s, from, to)?));
        parts(vm, s, &captures, &mut list)?;
        list.extend([Value::number(from as f64), Value::string(s)]);
        let v = vm.call(callback, Value::undefined(), &list)?;
        let v = vm.to_string(v)?;
        out.push_units(vm, units.slice(done, from))?;
        out.push(vm, v)?;
        done = to;
    }
    out.push_units(vm, units.slice(done, units.len()))?;
    out.finish(vm).map(Value::string)
}

/// `split` where the species is %RegExp% and there is no limit; `data` is not sticky.
pub(super) fn split<'gc>(
    vm: &mut Vm<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
) -> JsResult<Value<'gc>> {
    let array = vm.new_array(0)?;
    if s.is_empty() {
        match run(vm, data, s, 0)? {
            Some(captures) => found(vm, data, s, &captures),
            None => vm.array_push(array, Value::string(s))?,
        }
        return Ok(Value::object(array));
    }
    let unicode = data.program.flags().full_unicode();
    let (mut p, mut q) = (0, 0);
    let (mut last, mut list) = (None, Vec::new());
    while q < s.len() {
        vm.charge(1)?;
        let Some(captures) = run(vm, data, s, q)? else { break };
        let (from, to) = whole(&captures);
        if from >= s.len() {
            break;
        }
        if to == p {
            // Nothing, where the last part ended.
            last = Some(captures);
            q = advance(vm, s, from as u64, unicode)? as usize;
            continue;
        }
        let part = substring(vm, s, p, from)?;
        vm.array_push(array, Value::string(part))?;
        list.clear();
        parts(vm, s, &captures, &mut list)?;
        for &part in &list {
            vm.array_push(array, part)?;
        }
        last = Some(captures);
        (p, q) = (to, to);
    }
    if let Some(captures) = last {
        found(vm, data, s, &captures);
    }
    let part = substring(vm, s, p, s.len())?;
    vm.array_push(array, Value::string(part))?;
    Ok(Value::object(array))
}
