//! RegExp objects (22.2). The matcher is `crate::regexp`.

use std::sync::Arc;

use gc::{Gc, Trace};

use super::regexp_exec::{
    builtin_exec, last_index, regexp_exec, search_from_last_index, set_last_index, substring,
};
use super::string::{Builder, get_substitution, is_regexp};
use super::{Row, constructor, getters, methods, prototype, species, tag, wrong_receiver};
use super::{regexp_legacy as legacy, regexp_plain as plain};
use crate::compiler::intrinsics as n;
use crate::object::data::{IteratorData, ObjectData};
use crate::object::function::Handover;
use crate::object::shape::WRITABLE;
use crate::object::{Class, Object};
use crate::regexp::Program;
use crate::value::{PropertyKey, Str, Value};
use crate::vm::realm::{CommonShape, Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

/// What a RegExp object keeps: [[OriginalSource]], [[OriginalFlags]], [[RegExpMatcher]], [[Realm]],
/// [[LegacyFeaturesEnabled]].
#[derive(Debug, Trace)]
pub struct RegExpData<'gc> {
    source: Str<'gc>,
    flags: Str<'gc>,
    pub(super) realm: Gc<'gc, Realm<'gc>>,
    #[trace(skip)]
    pub(super) legacy: bool,
    #[trace(skip)]
    pub(super) program: Arc<Program>,
}

/// What a realm keeps for its RegExps.
#[derive(Debug, Default, Trace)]
pub struct RegExps<'gc> {
    /// What matched last, for the legacy properties.
    pub(super) last_match: legacy::LastMatch<'gc>,
    /// What they have of their prototype.
    pub(super) untouched: plain::Untouched<'gc>,
}

const PROTOTYPE: &[Row] =
    &[("compile", 2, compile), ("exec", 1, exec), ("toString", 0, to_string), ("@@matchAll", 1, match_all)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let regexps = vm.mc.try_alloc(RegExps::default())?;
    Gc::write(vm.mc, vm.realm()).project(|r| &r.regexps).set(Some(regexps));
    let p = prototype(
        vm,
        Intrinsic::RegExpPrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let c = constructor(vm, Intrinsic::RegExp, "RegExp", 2, regexp, p)?;
    species(vm, c)?;
    methods(vm, c, &[("escape", 1, super::regexp_escape::escape)])?;
    legacy::init(vm, c)?;
    methods(vm, p, PROTOTYPE)?;
    let functions = super::self_hosted::regexp_functions(vm)?;
    super::handover(vm, p, "@@replace", 2, replace, &functions[..2])?;
    super::handover(vm, p, "test", 1, test, &functions[2..3])?;
    super::handover(vm, p, "@@match", 1, match_, &functions[3..4])?;
    super::handover(vm, p, "@@search", 1, search, &functions[4..5])?;
    super::handover(vm, p, "@@split", 2, split, &functions[5..])?;
    getters(
        vm,
        p,
        &[
            ("dotAll", |vm, a| flag(vm, a, b's')),
            ("flags", flags),
            ("global", |vm, a| flag(vm, a, b'g')),
            ("hasIndices", |vm, a| flag(vm, a, b'd')),
            ("ignoreCase", |vm, a| flag(vm, a, b'i')),
            ("multiline", |vm, a| flag(vm, a, b'm')),
            ("source", source),
            ("sticky", |vm, a| flag(vm, a, b'y')),
            ("unicode", |vm, a| flag(vm, a, b'u')),
            ("unicodeSets", |vm, a| flag(vm, a, b'v')),
        ],
    )?;
    plain::init(vm, p)?;
    let p = prototype(
        vm,
        Intrinsic::RegExpStringIteratorPrototype,
        Intrinsic::IteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    methods(vm, p, &[("next", 0, iterator_next)])?;
    tag(vm, p, "RegExp String Iterator")
}

pub(super) fn data_of<'gc>(v: Value<'gc>) -> Option<Gc<'gc, RegExpData<'gc>>> {
    let o = v.as_object().filter(|o| o.is_class(Class::RegExp))?;
    match o.data() {
        ObjectData::Any(c) => c.downcast(),
        _ => None,
    }
}

/// Compiled patterns an engine keeps for literals and repeated constructions.
const CACHED: usize = 128;

fn program_of<'gc>(vm: &mut Vm<'gc>, source: Str<'gc>, flags: Str<'gc>) -> JsResult<Arc<Program>> {
    let (p, f) = (source.units(vm.mc)?.to_text(), flags.units(vm.mc)?.to_text());
    let key = (p, f);
    if let Some(known) = vm.st.regexps.get(&key) {
        return Ok(known.clone());
    }
    vm.charge(key.0.len())?;
    match crate::regexp::compile(&key.0, &key.1) {
        Ok(program) => {
            let program = Arc::new(program);
            vm.mc.try_charge(program.bytes())?;
            if vm.st.regexps.len() >= CACHED {
                let freed: usize = vm.st.regexps.drain().map(|(_, p)| p.bytes()).sum();
                vm.mc.charge_external(-(freed as isize));
            }
            vm.st.regexps.insert(key, program.clone());
            Ok(program)
        }
        Err(e) => {
            let text = format!("invalid regular expression: /{}/: {e}", key.0);
            Err(vm.syntax_error(&text))
        }
    }
}

fn make<'gc>(
    vm: &mut Vm<'gc>,
    proto: Object<'gc>,
    source: Str<'gc>,
    flags: Str<'gc>,
    legacy: bool,
) -> JsResult<Value<'gc>> {
    let program = program_of(vm, source, flags)?;
    let data = vm.mc.try_alloc(RegExpData { source, flags, realm: vm.realm(), legacy, program })?;
    let data = ObjectData::Any(data.erase());
    let common = vm.realm().get(Intrinsic::RegExpPrototype).is_some_and(|p| p.is(proto));
    let at = CommonShape::RegExp as usize;
    if common && let Some(shape) = vm.realm().shape(at) {
        let o = Object::new(vm.mc, shape, Class::RegExp, 0, data)?;
        o.set_slot(vm.mc, 0, Value::int(0));
        return Ok(Value::object(o));
    }
    let shape = vm.root_shape(Some(proto), 1);
    let o = Object::new(vm.mc, shape, Class::RegExp, 0, data)?;
    let key = vm.names().last_index;
    o.define_own(vm, key, Value::int(0), WRITABLE)?;
    if common {
        Realm::set_shape(vm.realm(), vm.mc, at, o.shape());
    }
    Ok(Value::object(o))
}

/// 22.2.3.1 RegExpCreate ( P, F )
pub(crate) fn create<'gc>(vm: &mut Vm<'gc>, pattern: Value<'gc>, flags: Value<'gc>) -> JsResult<Value<'gc>> {
    let proto = vm.intrinsic(Intrinsic::RegExpPrototype)?;
    let source = if pattern.is_undefined() { vm.intern("")? } else { vm.to_string(pattern)? };
    let flags = if flags.is_undefined() { vm.intern("")? } else { vm.to_string(flags)? };
    make(vm, proto, source, flags, true)
}

/// 22.2.4.1 RegExp ( pattern, flags )
fn regexp<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (pattern, flags) = (args.get(0), args.get(1));
    let is = is_regexp(vm, pattern)?;
    let target = match args.new_target().as_object() {
        Some(t) => t,
        None => {
            if is && flags.is_undefined() {
                let key = vm.names().constructor;
                if vm.get_value(pattern, key)? == Value::object(args.callee()) {
                    return Ok(pattern);
                }
            }
            args.callee()
        }
    };
    let (p, f) = if let Some(data) = data_of(pattern) {
        (Value::string(data.source), if flags.is_undefined() { Value::string(data.flags) } else { flags })
    } else if is {
        let (s, fl) = (vm.names().source, vm.names().flags);
        let p = vm.get_value(pattern, s)?;
        let f = if flags.is_undefined() { vm.get_value(pattern, fl)? } else { flags };
        (p, f)
    } else {
        (pattern, flags)
    };
    let proto = vm.prototype_from(target, Intrinsic::RegExpPrototype)?;
    let source = if p.is_undefined() { vm.intern("")? } else { vm.to_string(p)? };
    let flags = if f.is_undefined() { vm.intern("")? } else { vm.to_string(f)? };
    make(vm, proto, source, flags, target.is(args.callee()))
}

/// 22.2.6.2 RegExp.prototype.exec ( string )
pub(super) fn exec<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(data) = data_of(args.this()) else {
        return wrong_receiver(vm, "RegExp.prototype.exec", args.this());
    };
    let s = vm.to_string(args.get(0))?;
    let o = args.this().as_object().expect("it has data");
    builtin_exec(vm, o, data, s)
}

fn receiver<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, what: &str) -> JsResult<Object<'gc>> {
    match args.this().as_object() {
        Some(o) => Ok(o),
        None => wrong_receiver(vm, what, args.this()),
    }
}

/// 22.2.6.16 RegExp.prototype.test ( S )
fn test<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.test")?;
    let s = vm.to_string(args.get(0))?;
    // Fast path: nobody sees the array that `exec` would give.
    if let Some(data) = plain::plain(vm, r)? {
        return Ok(Handover::Done(Value::bool(search_from_last_index(vm, r, data, s)?.is_some())));
    }
    if let Some(call) = by_exec_of_script(vm, args, r, &[Value::string(s)]) {
        return Ok(call);
    }
    Ok(Handover::Done(Value::bool(!regexp_exec(vm, r, s)?.is_null())))
}

/// How a method goes on, in the library, if `exec` of a RegExp is a script's.
fn by_exec_of_script<'gc>(
    vm: &Vm<'gc>,
    args: Args<'gc>,
    r: Object<'gc>,
    rest: &[Value<'gc>],
) -> Option<Handover<'gc>> {
    if !vm.may_be_script(r, vm.names().exec) {
        return None;
    }
    let library = super::native_slots(args.callee())[0].get();
    let mut list = vec![Value::object(r)];
    list.extend_from_slice(rest);
    Some(Handover::call(library, Value::undefined(), &list))
}

/// 22.2.6.17 RegExp.prototype.toString ( )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.toString")?;
    let (s, f) = (vm.names().source, vm.names().flags);
    let source = r.get(vm, s, args.this())?;
    let source = vm.to_string(source)?;
    let flags = r.get(vm, f, args.this())?;
    let flags = vm.to_string(flags)?;
    let mut out = Builder::new();
    out.push_str(vm, "/")?;
    out.push(vm, source)?;
    out.push_str(vm, "/")?;
    out.push(vm, flags)?;
    out.finish(vm).map(Value::string)
}

/// B.2.4.1 RegExp.prototype.compile ( pattern, flags )
fn compile<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    match data_of(args.this()) {
        None => return wrong_receiver(vm, "RegExp.prototype.compile", args.this()),
        Some(d) if d.legacy && d.realm.ptr_eq(vm.realm()) => {}
        Some(_) => return Err(vm.type_error("only what RegExp itself made can be compiled again")),
    }
    let (p, f) = match data_of(args.get(0)) {
        Some(d) if args.get(1).is_undefined() => (Value::string(d.source), Value::string(d.flags)),
        Some(_) => return Err(vm.type_error("flags must be undefined when the pattern is a RegExp")),
        None => (args.get(0), args.get(1)),
    };
    let source = if p.is_undefined() { vm.intern("")? } else { vm.to_string(p)? };
    let flags = if f.is_undefined() { vm.intern("")? } else { vm.to_string(f)? };
    let program = program_of(vm, source, flags)?;
    let data = RegExpData { source, flags, realm: vm.realm(), legacy: true, program };
    let data = vm.mc.try_alloc(data)?;
    let o = args.this().as_object().expect("it has data");
    o.set_data(vm.mc, ObjectData::Any(data.erase()));
    set_last_index(vm, o, 0)?;
    Ok(args.this())
}

fn is_prototype<'gc>(vm: &Vm<'gc>, v: Value<'gc>) -> bool {
    vm.realm().get(Intrinsic::RegExpPrototype).is_some_and(|p| v == Value::object(p))
}

fn flag<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, which: u8) -> JsResult<Value<'gc>> {
    match data_of(args.this()) {
        Some(d) => {
            let units = d.flags.units(vm.mc)?;
            Ok(Value::bool(units.iter().any(|u| u == u16::from(which))))
        }
        None if is_prototype(vm, args.this()) => Ok(Value::undefined()),
        None => wrong_receiver(vm, "RegExp flag getter", args.this()),
    }
}

/// 22.2.6.4 get RegExp.prototype.flags
fn flags<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.flags getter")?;
    let mut text = String::new();
    for (name, c) in [
        ("hasIndices", 'd'),
        ("global", 'g'),
        ("ignoreCase", 'i'),
        ("multiline", 'm'),
        ("dotAll", 's'),
        ("unicode", 'u'),
        ("unicodeSets", 'v'),
        ("sticky", 'y'),
    ] {
        let v = vm.get_named(r, name)?;
        if vm.to_boolean(v) {
            text.push(c);
        }
    }
    vm.intern(&text).map(Value::string)
}

/// 22.2.6.13 get RegExp.prototype.source
fn source<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(d) = data_of(args.this()) else {
        if is_prototype(vm, args.this()) {
            return vm.intern("(?:)").map(Value::string);
        }
        return wrong_receiver(vm, "RegExp.prototype.source getter", args.this());
    };
    if d.source.is_empty() {
        return vm.intern("(?:)").map(Value::string);
    }
    // EscapeRegExpPattern
    let units = d.source.units(vm.mc)?;
    let special = |u: u16| matches!(u, 0x2f | 0x0a | 0x0d | 0x2028 | 0x2029);
    if !units.iter().any(special) {
        return Ok(Value::string(d.source));
    }
    let mut out = Builder::new();
    let (mut in_class, mut escaped) = (false, false);
    for u in units.iter() {
        match u {
            0x0a => out.push_str(vm, if escaped { "n" } else { "\\n" })?,
            0x0d => out.push_str(vm, if escaped { "r" } else { "\\r" })?,
            0x2028 => out.push_str(vm, if escaped { "u2028" } else { "\\u2028" })?,
            0x2029 => out.push_str(vm, if escaped { "u2029" } else { "\\u2029" })?,
            0x2f if !escaped && !in_class => out.push_str(vm, "\\/")?,
            u => out.push_unit(vm, u)?,
        }
        if escaped {
            escaped = false;
        } else {
            match u {
                0x5c => escaped = true,
                0x5b => in_class = true,
                0x5d => in_class = false,
                _ => {}
            }
        }
    }
    out.finish(vm).map(Value::string)
}

fn flags_of<'gc>(vm: &mut Vm<'gc>, r: Object<'gc>) -> JsResult<Str<'gc>> {
    let key = vm.names().flags;
    let f = r.get(vm, key, Value::object(r))?;
    vm.to_string(f)
}

fn has_flag<'gc>(vm: &mut Vm<'gc>, flags: Str<'gc>, which: u8) -> JsResult<bool> {
    Ok(flags.units(vm.mc)?.iter().any(|u| u == u16::from(which)))
}

/// 22.2.7.3 AdvanceStringIndex ( S, index, unicode )
pub(super) fn advance<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>, i: u64, unicode: bool) -> JsResult<u64> {
    if !unicode || i as usize + 1 >= s.len() {
        return Ok(i + 1);
    }
    Ok(i + s.units(vm.mc)?.code_point(i as usize).1 as u64)
}

/// After an empty match of a global search the position goes on by itself.
fn advance_if_empty<'gc>(
    vm: &mut Vm<'gc>,
    r: Object<'gc>,
    s: Str<'gc>,
    matched: Str<'gc>,
    unicode: bool,
) -> JsResult<()> {
    if matched.is_empty() {
        let i = last_index(vm, r)?;
        let i = advance(vm, s, i, unicode)?;
        set_last_index(vm, r, i)?;
    }
    Ok(())
}

fn matched<'gc>(vm: &mut Vm<'gc>, result: Value<'gc>) -> JsResult<Str<'gc>> {
    let v = vm.get_value(result, PropertyKey::Index(0))?;
    vm.to_string(v)
}

/// 22.2.6.8 RegExp.prototype [ %Symbol.match% ] ( string )
fn match_<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.@@match")?;
    let s = vm.to_string(args.get(0))?;
    if let Some(data) = plain::plain(vm, r)? {
        // Fast path: nobody watches.
        let found = if data.program.flags().global {
            plain::match_global(vm, r, data, s)
        } else {
            builtin_exec(vm, r, data, s)
        };
        return found.map(Handover::Done);
    }
    if let Some(call) = by_exec_of_script(vm, args, r, &[Value::string(s)]) {
        return Ok(call);
    }
    let flags = flags_of(vm, r)?;
    if !has_flag(vm, flags, b'g')? {
        return regexp_exec(vm, r, s).map(Handover::Done);
    }
    let unicode = has_flag(vm, flags, b'u')? || has_flag(vm, flags, b'v')?;
    set_last_index(vm, r, 0)?;
    let mut list = Vec::new();
    loop {
        vm.charge(1)?;
        let result = regexp_exec(vm, r, s)?;
        if result.is_null() {
            break;
        }
        let m = matched(vm, result)?;
        list.push(Value::string(m));
        advance_if_empty(vm, r, s, m, unicode)?;
    }
    if list.is_empty() {
        return Ok(Handover::Done(Value::null()));
    }
    vm.array_from(&list).map(Value::object).map(Handover::Done)
}

/// 22.2.6.9 RegExp.prototype [ %Symbol.matchAll% ] ( string )
fn match_all<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.@@matchAll")?;
    let s = vm.to_string(args.get(0))?;
    let default = Value::object(vm.intrinsic(Intrinsic::RegExp)?);
    let c = super::promise::species_constructor(vm, r, default)?;
    let flags = flags_of(vm, r)?;
    let co = c.as_object().expect("species constructors are objects");
    let matcher = vm.construct(co, &[args.this(), Value::string(flags)], co)?;
    let li = last_index(vm, r)?;
    let m = matcher.as_object().expect("constructors give objects");
    set_last_index(vm, m, li)?;
    let global = has_flag(vm, flags, b'g')?;
    let unicode = has_flag(vm, flags, b'u')? || has_flag(vm, flags, b'v')?;
    let proto = vm.intrinsic(Intrinsic::RegExpStringIteratorPrototype)?;
    let data = vm.mc.try_alloc(IteratorData {
        target: gc::Lock::new(matcher),
        index: std::cell::Cell::new(0),
        kind: std::cell::Cell::new(u8::from(global) | u8::from(unicode) << 1),
        extra: gc::Lock::new(Value::string(s)),
    })?;
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Value::object(Object::new(vm.mc, shape, Class::RegExpStringIterator, 0, ObjectData::Iterator(data))?))
}

/// 22.2.9.2.1 %RegExpStringIteratorPrototype%.next ( )
fn iterator_next<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let data = match args.this().as_object() {
        Some(o) if o.is_class(Class::RegExpStringIterator) => o.data(),
        _ => ObjectData::None,
    };
    let ObjectData::Iterator(data) = data else {
        return wrong_receiver(vm, "RegExp String Iterator.prototype.next", args.this());
    };
    let (Some(r), Some(s)) = (data.target.get().as_object(), data.extra.get().as_string()) else {
        return vm.iter_result(Value::undefined(), true);
    };
    let result = regexp_exec(vm, r, s)?;
    let done = |vm: &mut Vm<'gc>| data.set(vm.mc, |d| &d.target, Value::undefined());
    if result.is_null() {
        done(vm);
        return vm.iter_result(Value::undefined(), true);
    }
    if data.kind.get() & 1 == 0 {
        done(vm);
        return vm.iter_result(result, false);
    }
    let m = matched(vm, result)?;
    advance_if_empty(vm, r, s, m, data.kind.get() & 2 != 0)?;
    vm.iter_result(result, false)
}

/// 22.2.6.12 RegExp.prototype [ %Symbol.search% ] ( string )
fn search<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.@@search")?;
    let s = vm.to_string(args.get(0))?;
    if let Some(call) = by_exec_of_script(vm, args, r, &[Value::string(s)]) {
        return Ok(call);
    }
    let key = vm.names().last_index;
    let before = r.get(vm, key, args.this())?;
    if !vm.same_value(before, Value::int(0)) {
        r.put(vm, key, Value::int(0))?;
    }
    let result = regexp_exec(vm, r, s)?;
    let now = r.get(vm, key, args.this())?;
    if !vm.same_value(now, before) {
        r.put(vm, key, before)?;
    }
    if result.is_null() {
        return Ok(Handover::Done(Value::int(-1)));
    }
    let key = vm.names().index;
    vm.get_value(result, key).map(Handover::Done)
}

/// 22.2.6.11 RegExp.prototype [ %Symbol.replace% ] ( string, replaceValue )
fn replace<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.@@replace")?;
    let s = vm.to_string(args.get(0))?;
    let functional = vm.is_callable(args.get(1));
    let replacement = if functional { args.get(1) } else { Value::string(vm.to_string(args.get(1))?) };
    let library = super::native_slots(args.callee());
    if let Some(data) = plain::plain(vm, r)? {
        // Fast path: nobody watches.
        if let Some(template) = replacement.as_string() {
            return plain::replace(vm, r, data, s, template).map(Handover::Done);
        }
        let matches = plain::matches(vm, r, data, s)?;
        if matches.is_undefined() {
            return Ok(Handover::Done(Value::string(s)));
        }
        let args = [Value::string(s), replacement, matches];
        return Ok(Handover::call(library[0].get(), Value::undefined(), &args));
    }
    let args = [args.this(), Value::string(s), Value::bool(functional), replacement];
    Ok(Handover::call(library[1].get(), Value::undefined(), &args))
}

/// The library's `$flagBits`: 1 for a global, 2 for a Unicode search.
pub(crate) fn flag_bits<'gc>(vm: &mut Vm<'gc>, flags: Str<'gc>) -> JsResult<Value<'gc>> {
    let unicode = has_flag(vm, flags, b'u')? || has_flag(vm, flags, b'v')?;
    Ok(Value::int(i32::from(has_flag(vm, flags, b'g')?) | i32::from(unicode) << 1))
}

/// The library's operations on strings and RegExps (`self_hosted/string.js` and `regexp.js`).
pub(crate) fn library_operation<'gc>(vm: &mut Vm<'gc>, id: u32, args: &[Value<'gc>]) -> JsResult<Value<'gc>> {
    let text = |v: Value<'gc>| v.as_string().expect("the library passes strings");
    let list = |v: Value<'gc>| v.as_object().expect("the library passes lists");
    let index = |v: Value<'gc>| v.as_int().unwrap_or(0) as u32;
    match id {
        n::PART => plain::part(vm, text(args[0]), list(args[1]), index(args[2])),
        n::PARTS_OF => plain::parts_of(vm, text(args[0]), list(args[1]), index(args[2]), index(args[3])),
        n::JOIN_PARTS => plain::join_parts(vm, text(args[0]), list(args[1])),
        n::JOIN_ONE => {
            // A string, what was found in it, where, and what is to stand there instead.
            let (s, at) = (text(args[0]), index(args[2]) as usize);
            let units = s.units(vm.mc)?;
            let mut out = Builder::new();
            out.push_units(vm, units.slice(0, at))?;
            out.push(vm, text(args[3]))?;
            out.push_units(vm, units.slice(at + text(args[1]).len(), units.len()))?;
            out.finish(vm).map(Value::string)
        }
        n::FLAG_BITS => flag_bits(vm, text(args[0])),
        n::ADVANCE => {
            let i = args[1].as_number().unwrap_or(0.0) as u64;
            Ok(Value::number(advance(vm, text(args[0]), i, args[2] != Value::int(0))? as f64))
        }
        n::BUILTIN_EXEC => match data_of(args[0]) {
            Some(data) => builtin_exec(vm, list(args[0]), data, text(args[1])),
            None => wrong_receiver(vm, "RegExp.prototype.exec", args[0]),
        },
        _ => {
            // The match and its captures, the string, the position, the groups, the template.
            let parts = vm.list_from_array_like(args[0])?;
            let (matched, s, template) = (text(parts[0]), text(args[1]), text(args[4]));
            let (m, s, t) = (matched.units(vm.mc)?, s.units(vm.mc)?, template.units(vm.mc)?);
            let position = args[2].as_number().unwrap_or(0.0) as usize;
            let mut out = Builder::new();
            get_substitution(vm, &mut out, m, s, position, &parts[1..], args[3], t)?;
            out.finish(vm).map(Value::string)
        }
    }
}

/// 22.2.6.14 RegExp.prototype [ %Symbol.split% ] ( string, limit )
fn split<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Handover<'gc>> {
    let r = receiver(vm, args, "RegExp.prototype.@@split")?;
    let s = vm.to_string(args.get(0))?;
    let default = Value::object(vm.intrinsic(Intrinsic::RegExp)?);
    let c = super::promise::species_constructor(vm, r, default)?;
    if c == default
        && args.get(1).is_undefined()
        && let Some(data) = plain::plain(vm, r)?
        && !data.program.flags().sticky
    {
        // Fast path: nobody watches.
        return plain::split(vm, data, s).map(Handover::Done);
    }
    let flags = flags_of(vm, r)?;
    let unicode = has_flag(vm, flags, b'u')? || has_flag(vm, flags, b'v')?;
    let flags = if has_flag(vm, flags, b'y')? {
        flags
    } else {
        let y = vm.intern("y")?;
        vm.concat(flags, y)?.as_string().expect("strings concatenate to strings")
    };
    let co = c.as_object().expect("species constructors are objects");
    let splitter = vm.construct(co, &[args.this(), Value::string(flags)], co)?;
    let splitter = splitter.as_object().expect("constructors give objects");
    let array = vm.new_array(0)?;
    let limit = if args.get(1).is_undefined() {
        u32::MAX
    } else {
        crate::value::number::to_int32(vm.to_number(args.get(1))?) as u32
    };
    let end = Ok(Handover::Done(Value::object(array)));
    if limit == 0 {
        return end;
    }
    let rest = [Value::string(s), Value::number(f64::from(limit)), Value::int(unicode.into())];
    if let Some(call) = by_exec_of_script(vm, args, splitter, &rest) {
        return Ok(call);
    }
    if s.is_empty() {
        if regexp_exec(vm, splitter, s)?.is_null() {
            vm.array_push(array, Value::string(s))?;
        }
        return end;
    }
    let size = s.len() as u64;
    let (mut p, mut q) = (0u64, 0u64);
    while q < size {
        vm.charge(1)?;
        set_last_index(vm, splitter, q)?;
        let z = regexp_exec(vm, splitter, s)?;
        if z.is_null() {
            q = advance(vm, s, q, unicode)?;
            continue;
        }
        let e = last_index(vm, splitter)?.min(size);
        if e == p {
            q = advance(vm, s, q, unicode)?;
            continue;
        }
        let part = substring(vm, s, p as usize, q as usize)?;
        vm.array_push(array, Value::string(part))?;
        if array.array_length() == limit {
            return end;
        }
        p = e;
        let zo = vm.to_object(z)?;
        let n = vm.length_of(zo)?.max(1) - 1;
        for i in 1..=n {
            let key = vm.index_key(i)?;
            let c = zo.get(vm, key, z)?;
            vm.array_push(array, c)?;
            if array.array_length() == limit {
                return end;
            }
        }
        q = p;
    }
    let part = substring(vm, s, p as usize, size as usize)?;
    vm.array_push(array, Value::string(part))?;
    end
}
