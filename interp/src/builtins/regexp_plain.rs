//! RegExps that nobody touched: the methods of `RegExp.prototype` without their detours.
//!
//! The specification has `replace`, `match` and `split` read `flags` and `exec` from the object, and the parts of a match
//! from a result object. While the object is *plain*, all of this gives what its data says, and nobody can watch: then the
//! matcher is asked, and no result is made.
#![forbid(unsafe_code)]

use std::cell::Cell;

use gc::{Gc, Lock, Trace};

use super::regexp::{RegExpData, advance, data_of};
use super::regexp_exec::{
    found, named_groups, room_for, run, search_from_last_index, set_last_index, substring,
};
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
        let values = Gc::write(vm.mc, vm.realm().regexps()).project(|r| &r.untouched.values);
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
    let known = &realm.regexps().as_ref().untouched;
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

/// One match after the other of a global search; of another search the first one.
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
    fn advance(&mut self, vm: &mut Vm<'gc>, r: Object<'gc>) -> JsResult<bool> {
        vm.charge(1)?;
        if !self.data.program.flags().global {
            if self.last.is_some() {
                return Ok(false);
            }
            self.last = search_from_last_index(vm, r, self.data, self.subject)?;
            return Ok(self.last.is_some());
        }
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
        if !self.data.program.flags().global {
            return Ok(());
        }
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
    while matches.advance(vm, r)? {
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

/// `replace` with a template.
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
    while matches.advance(vm, r)? {
        let captures = matches.last.as_ref().expect("one was found");
        let (from, to) = whole(captures);
        out.push_units(vm, units.slice(done, from))?;
        if verbatim {
            out.push_units(vm, template)?;
        } else {
            list.clear();
            parts(vm, s, captures, &mut list)?;
            let mut named = Value::undefined();
            if !data.program.names().is_empty() {
                let mut values = vec![Value::undefined()];
                values.extend_from_slice(&list);
                named = named_groups(vm, data.program.names(), &values)?;
            }
            let matched = units.slice(from, to);
            get_substitution(vm, &mut out, matched, units, from, &list, named, template)?;
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

/// All matches for `replace` with a function, as a flat list (see `self_hosted/string.js`), each with its named groups
/// behind its captures if the pattern has some; undefined if there is none.
pub(super) fn matches<'gc>(
    vm: &mut Vm<'gc>,
    r: Object<'gc>,
    data: Gc<'gc, RegExpData<'gc>>,
    s: Str<'gc>,
) -> JsResult<Value<'gc>> {
    let named = !data.program.names().is_empty();
    let stride = 2 * (data.program.group_count() + 1) + usize::from(named) + 1;
    let mut matches = Matches::new(data, s);
    let (mut list, mut groups) = (vec![Value::number(stride as f64)], Vec::new());
    while matches.advance(vm, r)? {
        let captures = matches.last.as_ref().expect("one was found");
        if list.len() + stride > list.capacity() {
            room_for(vm, 2 * (list.len() + stride) * size_of::<Value<'_>>())?;
        }
        let at = list.len();
        for i in 0..=data.program.group_count() {
            let (from, to) =
                captures.get(i).copied().flatten().map_or((-1, -1), |(a, b)| (a as i64, b as i64));
            list.extend([Value::number(from as f64), Value::number(to as f64)]);
        }
        if named {
            let (from, to) = whole(captures);
            groups.clear();
            groups.push(Value::string(substring(vm, s, from, to)?));
            parts(vm, s, captures, &mut groups)?;
            list.push(named_groups(vm, data.program.names(), &groups)?);
        }
        list.resize(at + stride, Value::undefined());
    }
    matches.end(vm, r)?;
    if list.len() == 1 {
        return Ok(Value::undefined());
    }
    vm.array_from(&list).map(Value::object)
}

/// The part of a string that a list of parts has at a position, or undefined.
pub(crate) fn part<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>, list: Object<'gc>, i: u32) -> JsResult<Value<'gc>> {
    let at = |i| list.element(i).and_then(|v| v.as_number()).filter(|&n| n >= 0.0).map(|n| n as usize);
    match (at(i), at(i + 1)) {
        (Some(from), Some(to)) => substring(vm, s, from, to.max(from)).map(Value::string),
        _ => Ok(Value::undefined()),
    }
}

/// The arguments of a callback for the match at a position of a list of parts.
pub(crate) fn parts_of<'gc>(
    vm: &mut Vm<'gc>,
    s: Str<'gc>,
    list: Object<'gc>,
    i: u32,
    stride: u32,
) -> JsResult<Value<'gc>> {
    // With named groups there is one value more.
    let groups = (stride - 1) / 2;
    let mut args = Vec::with_capacity(groups as usize + 3);
    for k in 0..groups {
        args.push(part(vm, s, list, i + 2 * k)?);
    }
    args.extend([list.element(i).unwrap_or(Value::undefined()), Value::string(s)]);
    if stride.is_multiple_of(2) {
        args.extend(list.element(i + stride - 2));
    }
    vm.array_from(&args).map(Value::object)
}

/// A string in which the parts of a list are replaced.
pub(crate) fn join_parts<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>, list: Object<'gc>) -> JsResult<Value<'gc>> {
    let units = s.units(vm.mc)?;
    let number = |i| list.element(i).and_then(|v| v.as_number()).map_or(0, |n| n as usize);
    let (stride, n) = (number(0).max(3) as u32, list.array_length());
    let mut out = Builder::new();
    let (mut done, mut i) = (0, 1);
    while i < n {
        vm.charge(1)?;
        let from = number(i).min(units.len());
        out.push_units(vm, units.slice(done.min(from), from))?;
        if let Some(text) = list.element(i + stride - 1).and_then(|v| v.as_string()) {
            out.push(vm, text)?;
        }
        done = number(i + 1).min(units.len());
        i += stride;
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
