//! The methods of String that search, replace and split, and so meet regular expressions (22.1.3).
#![forbid(unsafe_code)]

use super::string::*;
use crate::object::Object;
use crate::object::function::Handover;
use crate::value::string::Units;
use crate::value::symbol::WellKnown;
use crate::value::{Str, Value};
use crate::vm::{Args, JsResult, Vm};

/// The method of an object argument for a well-known symbol.
pub(crate) fn method_of<'gc>(
    vm: &mut Vm<'gc>,
    v: Value<'gc>,
    which: WellKnown,
) -> JsResult<Option<Value<'gc>>> {
    if !v.is_object() {
        return Ok(None);
    }
    let key = vm.well_known(which);
    let f = vm.get_method(v, key)?;
    Ok((!f.is_undefined()).then_some(f))
}

/// Creates a regular expression and invokes its method.
pub(crate) fn invoke_regexp<'gc>(
    vm: &mut Vm<'gc>,
    s: Str<'gc>,
    pattern: Value<'gc>,
    flags: &str,
    which: WellKnown,
) -> JsResult<Value<'gc>> {
    let flags = if flags.is_empty() { Value::undefined() } else { Value::string(vm.intern(flags)?) };
    let rx = super::regexp::create(vm, pattern, flags)?;
    let key = vm.well_known(which);
    vm.call_method(rx, key, &[Value::string(s)])
}

/// 22.1.3.13 String.prototype.match ( regexp )
fn match_<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    vm.require_coercible(args.this(), "String.prototype.match")?;
    if let Some(f) = method_of(vm, args.get(0), WellKnown::Match)? {
        return Ok(Handover::call(f, args.get(0), &[args.this()]));
    }
    let s = vm.to_string(args.this())?;
    invoke_regexp(vm, s, args.get(0), "", WellKnown::Match).map(Handover::Done)
}

/// Throws if a regular expression is not global.
pub(crate) fn require_global<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>, name: &str) -> JsResult<()> {
    if is_regexp(vm, v)? {
        let key = vm.names().flags;
        let flags = vm.get_value(v, key)?;
        vm.require_coercible(flags, "flags of a regular expression")?;
        let flags = vm.to_string(flags)?;
        if !flags.units(vm.mc)?.iter().any(|u| u == u16::from(b'g')) {
            let text = format!("String.prototype.{name} called with a non-global regular expression");
            return Err(vm.type_error(&text));
        }
    }
    Ok(())
}

/// 22.1.3.14 String.prototype.matchAll ( regexp )
fn match_all<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    vm.require_coercible(args.this(), "String.prototype.matchAll")?;
    if args.get(0).is_object() {
        require_global(vm, args.get(0), "matchAll")?;
        if let Some(f) = method_of(vm, args.get(0), WellKnown::MatchAll)? {
            return Ok(Handover::call(f, args.get(0), &[args.this()]));
        }
    }
    let s = vm.to_string(args.this())?;
    invoke_regexp(vm, s, args.get(0), "g", WellKnown::MatchAll).map(Handover::Done)
}

/// 22.1.3.19.1 GetSubstitution ( matched, str, position, captures, namedCaptures, replacementTemplate )
#[allow(clippy::too_many_arguments)]
pub(crate) fn get_substitution<'gc>(
    vm: &mut Vm<'gc>,
    out: &mut Builder,
    matched: Units<'_>,
    s: Units<'_>,
    position: usize,
    captures: &[Value<'gc>],
    named: Value<'gc>,
    template: Units<'_>,
) -> JsResult<()> {
    let n = template.len();
    let dollar = Units::Latin1(b"$");
    let digit = |i: usize| {
        if i < n { char::from_u32(u32::from(template.at(i))).and_then(|c| c.to_digit(10)) } else { None }
    };
    let mut i = 0;
    while i < n {
        let Some(at) = template.find(dollar, i) else { break };
        vm.charge(1)?;
        out.push_units(vm, template.slice(i, at))?;
        let next = if at + 1 < n { template.at(at + 1) } else { 0 };
        i = at + 2;
        match u8::try_from(next).unwrap_or(0) {
            b'$' => out.push_units(vm, dollar)?,
            b'`' => out.push_units(vm, s.slice(0, position.min(s.len())))?,
            b'&' => out.push_units(vm, matched)?,
            b'\'' => {
                let end = (position + matched.len()).min(s.len());
                out.push_units(vm, s.slice(end, s.len()))?;
            }
            b'0'..=b'9' => {
                let first = digit(at + 1).unwrap_or(0) as usize;
                let (mut index, mut digits) = (first, 1);
                if let Some(second) = digit(at + 2) {
                    let both = first * 10 + second as usize;
                    if both <= captures.len() {
                        (index, digits) = (both, 2);
                    }
                }
                i = at + 1 + digits;
                match captures.get(index.wrapping_sub(1)) {
                    Some(v) if v.is_undefined() => {}
                    Some(&v) => {
                        let c = vm.to_string(v)?;
                        out.push(vm, c)?;
                    }
                    None => out.push_units(vm, template.slice(at, i))?,
                }
            }
            b'<' if !named.is_undefined() => match template.find(Units::Latin1(b">"), i) {
                Some(end) => {
                    let name = Str::units_of(vm.mc, template.slice(i, end))?;
                    let key = vm.key_of(name)?;
                    let v = vm.get_value(named, key)?;
                    if !v.is_undefined() {
                        let c = vm.to_string(v)?;
                        out.push(vm, c)?;
                    }
                    i = end + 1;
                }
                None => out.push_units(vm, template.slice(at, i))?,
            },
            _ => {
                out.push_units(vm, dollar)?;
                i = at + 1;
            }
        }
    }
    out.push_units(vm, template.slice(i.min(n), n))
}

/// The methods that search: those of RegExps, if there is one, are called, and the library when there is a function to call.
pub(crate) fn init_search<'gc>(vm: &mut Vm<'gc>, proto: Object<'gc>) -> JsResult<()> {
    let functions = super::self_hosted::string_functions(vm)?;
    super::handover(vm, proto, "replace", 2, replace, &functions)?;
    super::handover(vm, proto, "replaceAll", 2, replace_all, &functions)?;
    super::handover(vm, proto, "match", 1, match_, &[])?;
    super::handover(vm, proto, "matchAll", 1, match_all, &[])?;
    super::handover(vm, proto, "search", 1, search, &[])?;
    super::handover(vm, proto, "split", 2, split, &[])
}

/// What replace and replaceAll have in common once no method took over.
fn replace_in<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, all: bool) -> JsResult<Handover<'gc>> {
    let s = vm.to_string(args.this())?;
    let needle = vm.to_string(args.get(0))?;
    let function = args.get(1);
    let template = if vm.is_callable(function) {
        None
    } else {
        let t = vm.to_string(function)?;
        Some(t.units(vm.mc)?)
    };
    let (hay, w) = (s.units(vm.mc)?, needle.units(vm.mc)?);
    let Some(mut at) = find(vm, hay, w, 0)? else { return Ok(Handover::Done(Value::string(s))) };
    let plain = template.is_some_and(|t| !t.iter().any(|u| u == u16::from(b'$')));
    let mut out = Builder::new();
    if template.is_none() && !all {
        let library = super::native_slots(args.callee())[1].get();
        let args = [Value::string(s), Value::string(needle), function, Value::number(at as f64)];
        return Ok(Handover::call(library, Value::undefined(), &args));
    }
    let mut places = Vec::new();
    if template.is_none() {
        places.push(Value::int(3));
    }
    let mut end = 0;
    loop {
        vm.charge(1)?;
        match template {
            Some(t) => {
                out.push_units(vm, hay.slice(end, at))?;
                if plain {
                    out.push_units(vm, t)?;
                } else {
                    get_substitution(vm, &mut out, w, hay, at, &[], Value::undefined(), t)?;
                }
            }
            None => {
                if places.len() + 3 > places.capacity() {
                    super::regexp_exec::room_for(vm, 2 * (places.len() + 3) * size_of::<Value<'_>>())?;
                }
                places.extend([Value::number(at as f64), Value::number((at + w.len()) as f64)]);
                places.push(Value::undefined());
            }
        }
        end = at + w.len();
        if !all {
            break;
        }
        match find_next(vm, hay, w, at + w.len().max(1))? {
            Some(next) => at = next,
            None => break,
        }
    }
    if template.is_none() {
        let list = Value::object(vm.array_from(&places)?);
        let library = super::native_slots(args.callee())[0].get();
        let args = [Value::string(s), Value::string(needle), function, list];
        return Ok(Handover::call(library, Value::undefined(), &args));
    }
    out.push_units(vm, hay.slice(end, hay.len()))?;
    out.finish(vm).map(Value::string).map(Handover::Done)
}

/// As [`find`], without charging the whole rest of the string for each match.
pub(crate) fn find_next<'gc>(
    vm: &mut Vm<'gc>,
    hay: Units<'_>,
    needle: Units<'_>,
    from: usize,
) -> JsResult<Option<usize>> {
    if from > hay.len() {
        return Ok(None);
    }
    // A window that grows keeps the charge in proportion to what is looked at.
    let mut size = needle.len().max(256) * 2;
    let mut at = from;
    loop {
        let end = at.saturating_add(size).min(hay.len());
        if let Some(i) = find(vm, hay.slice(at, end), needle, 0)? {
            return Ok(Some(at + i));
        }
        if end == hay.len() {
            return Ok(None);
        }
        at = end + 1 - needle.len().max(1);
        size *= 2;
    }
}

/// 22.1.3.19 String.prototype.replace ( searchValue, replaceValue )
fn replace<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    vm.require_coercible(args.this(), "String.prototype.replace")?;
    if let Some(f) = method_of(vm, args.get(0), WellKnown::Replace)? {
        return Ok(Handover::call(f, args.get(0), &[args.this(), args.get(1)]));
    }
    replace_in(vm, args, false)
}

/// 22.1.3.20 String.prototype.replaceAll ( searchValue, replaceValue )
fn replace_all<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    vm.require_coercible(args.this(), "String.prototype.replaceAll")?;
    if args.get(0).is_object() {
        require_global(vm, args.get(0), "replaceAll")?;
        if let Some(f) = method_of(vm, args.get(0), WellKnown::Replace)? {
            return Ok(Handover::call(f, args.get(0), &[args.this(), args.get(1)]));
        }
    }
    replace_in(vm, args, true)
}

/// 22.1.3.21 String.prototype.search ( regexp )
fn search<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    vm.require_coercible(args.this(), "String.prototype.search")?;
    if let Some(f) = method_of(vm, args.get(0), WellKnown::Search)? {
        return Ok(Handover::call(f, args.get(0), &[args.this()]));
    }
    let s = vm.to_string(args.this())?;
    invoke_regexp(vm, s, args.get(0), "", WellKnown::Search).map(Handover::Done)
}

/// 22.1.3.22 String.prototype.slice ( start, end )
pub(crate) fn slice<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "slice")?;
    let n = s.len() as u64;
    let from = vm.relative_index(args.get(0), n, 0)?;
    let to = vm.relative_index(args.get(1), n, n)?;
    Ok(Value::string(part(vm, s, from as usize, to as usize)?))
}

/// 22.1.3.23 String.prototype.split ( separator, limit )
fn split<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    vm.require_coercible(args.this(), "String.prototype.split")?;
    if let Some(f) = method_of(vm, args.get(0), WellKnown::Split)? {
        return Ok(Handover::call(f, args.get(0), &[args.this(), args.get(1)]));
    }
    let s = vm.to_string(args.this())?;
    let limit = match args.get(1) {
        v if v.is_undefined() => u32::MAX,
        v => vm.to_int32(v)? as u32,
    };
    let separator = vm.to_string(args.get(0))?;
    let list = vm.new_array(0)?;
    let result = Value::object(list);
    if limit == 0 {
        return Ok(Handover::Done(result));
    }
    if args.get(0).is_undefined() {
        vm.array_push(list, Value::string(s))?;
        return Ok(Handover::Done(result));
    }
    let (hay, w) = (s.units(vm.mc)?, separator.units(vm.mc)?);
    if w.is_empty() {
        for i in 0..hay.len().min(limit as usize) {
            vm.charge(1)?;
            let c = vm.char(hay.at(i))?;
            vm.array_push(list, Value::string(c))?;
        }
        return Ok(Handover::Done(result));
    }
    if hay.is_empty() {
        vm.array_push(list, Value::string(s))?;
        return Ok(Handover::Done(result));
    }
    let mut from = 0;
    while let Some(at) = find_next(vm, hay, w, from)? {
        vm.charge(1)?;
        let p = part(vm, s, from, at)?;
        vm.array_push(list, Value::string(p))?;
        if list.array_length() >= limit {
            return Ok(Handover::Done(result));
        }
        from = at + w.len();
    }
    let p = part(vm, s, from, hay.len())?;
    vm.array_push(list, Value::string(p))?;
    Ok(Handover::Done(result))
}
