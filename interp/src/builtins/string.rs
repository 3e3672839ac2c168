//! String objects (22.1) and their iterators (22.1.5).
#![forbid(unsafe_code)]

use std::cell::Cell;

use gc::Lock;

pub(crate) use super::string_builder::Builder;
use super::string_html::*;
pub(crate) use super::string_search::*;
use super::{Row, methods};
use crate::object::data::{IteratorData, ObjectData};
use crate::object::function::{NativeCode, NativeFn};
use crate::object::shape::HIDDEN;
use crate::object::{Class, EXOTIC, Object};
use crate::value::string::Units;
use crate::value::symbol::WellKnown;
use crate::value::{Str, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] =
    &[("fromCharCode", 1, from_char_code), ("fromCodePoint", 1, from_code_point), ("raw", 1, raw)];

const PROTOTYPE: &[Row] = &[
    ("at", 1, at),
    ("charAt", 1, char_at),
    ("charCodeAt", 1, char_code_at),
    ("codePointAt", 1, code_point_at),
    ("concat", 1, concat),
    ("endsWith", 1, ends_with),
    ("includes", 1, includes),
    ("indexOf", 1, index_of),
    ("isWellFormed", 0, is_well_formed),
    ("lastIndexOf", 1, last_index_of),
    ("localeCompare", 1, locale_compare),
    ("normalize", 0, normalize),
    ("padEnd", 1, pad_end),
    ("padStart", 1, pad_start),
    ("repeat", 1, repeat),
    ("slice", 2, slice),
    ("startsWith", 1, starts_with),
    ("substring", 2, substring),
    ("toLocaleLowerCase", 0, to_locale_lower_case),
    ("toLocaleUpperCase", 0, to_locale_upper_case),
    ("toLowerCase", 0, to_lower_case),
    ("toString", 0, to_string),
    ("toUpperCase", 0, to_upper_case),
    ("toWellFormed", 0, to_well_formed),
    ("trim", 0, trim),
    ("valueOf", 0, value_of),
    ("@@iterator", 0, iterator),
    ("substr", 2, substr),
    ("anchor", 1, anchor),
    ("big", 0, big),
    ("blink", 0, blink),
    ("bold", 0, bold),
    ("fixed", 0, fixed),
    ("fontcolor", 1, fontcolor),
    ("fontsize", 1, fontsize),
    ("italics", 0, italics),
    ("link", 1, link),
    ("small", 0, small),
    ("strike", 0, strike),
    ("sub", 0, sub),
    ("sup", 0, sup),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let empty = vm.names().empty.to_value();
    let proto = super::prototype(
        vm,
        Intrinsic::StringPrototype,
        Intrinsic::ObjectPrototype,
        Class::String,
        ObjectData::Primitive(empty),
    )?;
    let c = super::constructor(vm, Intrinsic::String, "String", 1, string, proto)?;
    methods(vm, c, STATIC)?;
    methods(vm, proto, PROTOTYPE)?;
    init_search(vm, proto)?;
    for (name, alias, f) in
        [("trimStart", "trimLeft", trim_start as NativeFn), ("trimEnd", "trimRight", trim_end)]
    {
        let f = super::method(vm, proto, name, 0, NativeCode::Leaf(f))?;
        let key = vm.key(alias)?;
        proto.define_own(vm, key, Value::object(f), HIDDEN)?;
    }
    proto.set_flags(EXOTIC);
    let p = super::prototype(
        vm,
        Intrinsic::StringIteratorPrototype,
        Intrinsic::IteratorPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    methods(vm, p, &[("next", 0, iterator_next)])?;
    super::tag(vm, p, "String Iterator")
}

/// 22.1.1.1 String ( value )
pub(crate) fn string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = if args.is_empty() {
        vm.str("")?
    } else if let (true, Some(symbol)) = (args.new_target().is_undefined(), args.get(0).as_symbol()) {
        return super::symbol::descriptive(vm, symbol);
    } else {
        vm.to_string(args.get(0))?
    };
    if args.new_target().is_undefined() {
        return Ok(Value::string(s));
    }
    let data = ObjectData::Primitive(Value::string(s));
    let o = super::construct_with(vm, args, Intrinsic::StringPrototype, Class::String, EXOTIC, data)?;
    Ok(Value::object(o))
}

/// 22.1.2.1 String.fromCharCode ( ...codeUnits )
pub(crate) fn from_char_code<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.len() == 1 {
        let unit = vm.to_int32(args.get(0))? as u16;
        return Ok(Value::string(vm.char(unit)?));
    }
    let mut units = Vec::with_capacity(args.len());
    vm.charge(args.len() / 16)?;
    for &v in args.slice() {
        units.push(vm.to_int32(v)? as u16);
    }
    Ok(Value::string(Str::utf16(vm.mc, &units)?))
}

/// 22.1.2.2 String.fromCodePoint ( ...codePoints )
pub(crate) fn from_code_point<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let mut units = Vec::with_capacity(args.len());
    vm.charge(args.len() / 16)?;
    for &v in args.slice() {
        let n = vm.to_number(v)?;
        if n.trunc() != n || !(0.0..=1_114_111.0).contains(&n) {
            let text = format!("invalid code point {}", vm.show(v));
            return Err(vm.range_error(&text));
        }
        push_code_point(&mut units, n as u32);
    }
    Ok(Value::string(Str::utf16(vm.mc, &units)?))
}

/// UTF16EncodeCodePoint
pub(crate) fn push_code_point(units: &mut Vec<u16>, c: u32) {
    if c < 0x10000 {
        units.push(c as u16);
    } else {
        let c = c - 0x10000;
        units.push(0xd800 + (c >> 10) as u16);
        units.push(0xdc00 + (c & 0x3ff) as u16);
    }
}

/// 22.1.2.4 String.raw ( template, ...substitutions )
pub(crate) fn raw<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let cooked = vm.to_object(args.get(0))?;
    let key = vm.names().raw;
    let literals = cooked.get(vm, key, Value::object(cooked))?;
    let literals = vm.to_object(literals)?;
    let n = vm.length_of(literals)?;
    let mut out = Builder::new();
    for i in 0..n {
        vm.charge(1)?;
        let key = vm.index_key(i)?;
        let v = literals.get(vm, key, Value::object(literals))?;
        let s = vm.to_string(v)?;
        out.push(vm, s)?;
        if i + 1 < n && i + 1 < args.len() as u64 {
            let s = vm.to_string(args.get(i as usize + 1))?;
            out.push(vm, s)?;
        }
    }
    Ok(Value::string(out.finish(vm)?))
}

/// `this` as a string, if it is neither undefined nor null.
pub(crate) fn this_str<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<Str<'gc>> {
    let this = args.this();
    if let Some(s) = this.as_string() {
        return Ok(s);
    }
    if this.is_nullish() {
        vm.require_coercible(this, &format!("String.prototype.{name}"))?;
    }
    vm.to_string(this)
}

/// ThisStringValue
pub(crate) fn this_value<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<Value<'gc>> {
    let this = args.this();
    if this.is_string() {
        return Ok(this);
    }
    if let Some(o) = this.as_object()
        && let (true, ObjectData::Primitive(v)) = (o.is_class(Class::String), o.data())
    {
        return Ok(v);
    }
    super::wrong_receiver(vm, name, this)
}

/// A part of a string.
pub(crate) fn part<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>, from: usize, to: usize) -> JsResult<Str<'gc>> {
    if from == 0 && to == s.len() {
        return Ok(s);
    }
    if from >= to {
        return vm.intern("");
    }
    if to - from == 1 {
        let unit = s.units(vm.mc)?.at(from);
        return vm.char(unit);
    }
    Ok(s.part(vm.mc, from, to)?)
}

/// A part of units as a string.
pub(crate) fn part_of<'gc>(vm: &mut Vm<'gc>, units: Units<'_>, from: usize, to: usize) -> JsResult<Str<'gc>> {
    if to - from == 1 {
        return vm.char(units.at(from));
    }
    vm.charge((to - from) / 64)?;
    Ok(Str::units_of(vm.mc, units.slice(from, to))?)
}

/// Fails early if so many bytes do not fit into memory.
pub(crate) fn room(vm: &mut Vm<'_>, bytes: usize) -> JsResult<()> {
    vm.charge(bytes / 64)?;
    if bytes > 4096 {
        vm.mc.try_charge(bytes)?;
        vm.mc.charge_external(-(bytes as isize));
    }
    Ok(())
}

/// StringIndexOf
pub(crate) fn find<'gc>(
    vm: &mut Vm<'gc>,
    hay: Units<'_>,
    needle: Units<'_>,
    from: usize,
) -> JsResult<Option<usize>> {
    let (n, m) = (hay.len(), needle.len());
    if from > n || m > n - from {
        return Ok(None);
    }
    vm.charge((n - from) / 64)?;
    match (hay, needle) {
        (Units::Latin1(_), Units::Utf16(u)) if u.iter().any(|&u| u > 255) => Ok(None),
        (Units::Utf16(h), _) if m > 0 => {
            let wide: Vec<u16>;
            let w = match needle {
                Units::Utf16(u) => u,
                Units::Latin1(b) => {
                    wide = b.iter().map(|&b| u16::from(b)).collect();
                    &wide
                }
            };
            if m == 1 {
                return Ok(h[from..].iter().position(|&u| u == w[0]).map(|i| i + from));
            }
            let (h, w): (&[u8], &[u8]) = (bytemuck::cast_slice(h), bytemuck::cast_slice(w));
            let finder = memchr::memmem::Finder::new(w);
            let mut at = from * 2;
            while let Some(i) = finder.find(&h[at..]) {
                if (at + i).is_multiple_of(2) {
                    return Ok(Some((at + i) / 2));
                }
                at += i + 1;
                vm.charge(m / 64 + 1)?;
            }
            Ok(None)
        }
        _ => Ok(hay.find(needle, from)),
    }
}

/// StringLastIndexOf
pub(crate) fn rfind<'gc>(
    vm: &mut Vm<'gc>,
    hay: Units<'_>,
    needle: Units<'_>,
    from: usize,
) -> JsResult<Option<usize>> {
    let (n, m) = (hay.len(), needle.len());
    if m > n {
        return Ok(None);
    }
    let from = from.min(n - m);
    vm.charge(from / 64)?;
    if let (Units::Latin1(h), Units::Latin1(w)) = (hay, needle) {
        return Ok(memchr::memmem::rfind(&h[..from + m], w));
    }
    for i in (0..=from).rev() {
        let same = (0..m).take_while(|&j| hay.at(i + j) == needle.at(j)).count();
        if same == m {
            return Ok(Some(i));
        }
        if same > 16 {
            vm.charge(same / 16)?;
        }
    }
    Ok(None)
}

/// 22.1.3.1 String.prototype.at ( index )
pub(crate) fn at<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "at")?;
    let i = vm.to_integer(args.get(0))?;
    let k = if i < 0.0 { s.len() as f64 + i } else { i };
    if k < 0.0 || k >= s.len() as f64 {
        return Ok(Value::undefined());
    }
    let unit = s.units(vm.mc)?.at(k as usize);
    Ok(Value::string(vm.char(unit)?))
}

/// The position argument of charAt and its kin, if it is within the string.
pub(crate) fn position<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, s: Str<'gc>) -> JsResult<Option<usize>> {
    let i = vm.to_integer(args.get(0))?;
    Ok((i >= 0.0 && i < s.len() as f64).then_some(i as usize))
}

/// 22.1.3.2 String.prototype.charAt ( pos )
pub(crate) fn char_at<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "charAt")?;
    match position(vm, args, s)? {
        Some(i) => {
            let unit = s.units(vm.mc)?.at(i);
            Ok(Value::string(vm.char(unit)?))
        }
        None => Ok(vm.names().empty.to_value()),
    }
}

/// 22.1.3.3 String.prototype.charCodeAt ( pos )
pub(crate) fn char_code_at<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "charCodeAt")?;
    match position(vm, args, s)? {
        Some(i) => Ok(Value::int(i32::from(s.units(vm.mc)?.at(i)))),
        None => Ok(Value::number(f64::NAN)),
    }
}

/// 22.1.3.4 String.prototype.codePointAt ( pos )
pub(crate) fn code_point_at<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "codePointAt")?;
    match position(vm, args, s)? {
        Some(i) => Ok(Value::int(s.units(vm.mc)?.code_point(i).0 as i32)),
        None => Ok(Value::undefined()),
    }
}

/// 22.1.3.5 String.prototype.concat ( ...args )
pub(crate) fn concat<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let mut s = this_str(vm, args, "concat")?;
    for &v in args.slice() {
        let next = vm.to_string(v)?;
        vm.charge(1)?;
        s = vm.concat(s, next)?.as_string().unwrap_or(s);
    }
    Ok(Value::string(s))
}

/// 7.2.6 IsRegExp ( argument )
pub(crate) fn is_regexp<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<bool> {
    let Some(o) = v.as_object() else { return Ok(false) };
    let key = vm.well_known(WellKnown::Match);
    let m = o.get(vm, key, v)?;
    if !m.is_undefined() {
        return Ok(vm.to_boolean(m));
    }
    Ok(o.is_class(Class::RegExp))
}

/// A search string that may be no regular expression.
pub(crate) fn search_str<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<Str<'gc>> {
    if is_regexp(vm, args.get(0))? {
        let text = format!("first argument to String.prototype.{name} must not be a regular expression");
        return Err(vm.type_error(&text));
    }
    vm.to_string(args.get(0))
}

/// 22.1.3.7 String.prototype.endsWith ( searchString [ , endPosition ] )
pub(crate) fn ends_with<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "endsWith")?;
    let needle = search_str(vm, args, "endsWith")?;
    let len = s.len();
    let end = match args.get(1) {
        v if v.is_undefined() => len,
        v => vm.to_integer(v)?.clamp(0.0, len as f64) as usize,
    };
    let Some(start) = end.checked_sub(needle.len()) else { return Ok(Value::bool(false)) };
    vm.charge(needle.len() / 64)?;
    let (s, needle) = (s.units(vm.mc)?, needle.units(vm.mc)?);
    Ok(Value::bool(s.slice(start, end).equals(needle)))
}

/// 22.1.3.8 String.prototype.includes ( searchString [ , position ] )
pub(crate) fn includes<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "includes")?;
    let needle = search_str(vm, args, "includes")?;
    let start = vm.to_integer(args.get(1))?.clamp(0.0, s.len() as f64) as usize;
    let (s, needle) = (s.units(vm.mc)?, needle.units(vm.mc)?);
    Ok(Value::bool(find(vm, s, needle, start)?.is_some()))
}

/// 22.1.3.9 String.prototype.indexOf ( searchString [ , position ] )
pub(crate) fn index_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "indexOf")?;
    let needle = vm.to_string(args.get(0))?;
    let start = vm.to_integer(args.get(1))?.clamp(0.0, s.len() as f64) as usize;
    let (s, needle) = (s.units(vm.mc)?, needle.units(vm.mc)?);
    Ok(Value::int(find(vm, s, needle, start)?.map_or(-1, |i| i as i32)))
}

/// Whether the unit at `i` is an unpaired surrogate.
pub(crate) fn is_lone(u: &[u16], i: usize) -> bool {
    match u[i] {
        0xd800..=0xdbff => !u.get(i + 1).is_some_and(|n| (0xdc00..0xe000).contains(n)),
        0xdc00..=0xdfff => i == 0 || !(0xd800..0xdc00).contains(&u[i - 1]),
        _ => false,
    }
}

/// 22.1.3.10 String.prototype.isWellFormed ( )
pub(crate) fn is_well_formed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "isWellFormed")?;
    vm.charge(s.len() / 64)?;
    Ok(Value::bool(match s.units(vm.mc)? {
        Units::Latin1(_) => true,
        Units::Utf16(u) => !(0..u.len()).any(|i| is_lone(u, i)),
    }))
}

/// 22.1.3.11 String.prototype.lastIndexOf ( searchString [ , position ] )
pub(crate) fn last_index_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "lastIndexOf")?;
    let needle = vm.to_string(args.get(0))?;
    let n = vm.to_number(args.get(1))?;
    let start = if n.is_nan() { s.len() } else { n.clamp(0.0, s.len() as f64) as usize };
    let (s, needle) = (s.units(vm.mc)?, needle.units(vm.mc)?);
    Ok(Value::int(rfind(vm, s, needle, start)?.map_or(-1, |i| i as i32)))
}

/// 22.1.3.12 String.prototype.localeCompare ( that [ , reserved1 [ , reserved2 ] ] )
///
/// The order of letters, then accents, then case (small first), then code units, after canonical
/// decomposition.
pub(crate) fn locale_compare<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    use unicode_normalization::UnicodeNormalization;
    let s = this_str(vm, args, "localeCompare")?;
    let that = vm.to_string(args.get(0))?;
    room(vm, (s.len() + that.len()) * 8)?;
    let (s, that) = (s.units(vm.mc)?, that.units(vm.mc)?);
    if s.equals(that) {
        return Ok(Value::int(0));
    }
    let decompose = |u: Units<'_>| -> Vec<char> {
        match u {
            Units::Latin1(b) if b.is_ascii() => b.iter().map(|&b| char::from(b)).collect(),
            _ => u.to_utf8().nfd().collect(),
        }
    };
    let (a, b) = (decompose(s), decompose(that));
    let is_mark = |c: &char| *c >= '\u{300}' && unicode_normalization::char::is_combining_mark(*c);
    let rank = |c: char| {
        let c = c.to_lowercase().next().unwrap_or(c);
        let class = if c.is_alphabetic() { 2 } else { u8::from(c.is_numeric()) };
        (class, c)
    };
    let letters = |v: &[char]| v.iter().filter(|c| !is_mark(c)).map(|&c| rank(c)).collect::<Vec<_>>();
    let order = letters(&a)
        .cmp(&letters(&b))
        .then_with(|| a.iter().filter(|c| is_mark(c)).cmp(b.iter().filter(|c| is_mark(c))))
        .then_with(|| a.iter().map(|c| c.is_uppercase()).cmp(b.iter().map(|c| c.is_uppercase())))
        .then_with(|| a.cmp(&b));
    Ok(Value::int(order as i32))
}

/// Applies `f` to the well-formed stretches of UTF-16, keeping unpaired surrogates.
pub(crate) fn map_stretches(u: &[u16], f: impl Fn(&str) -> String) -> Vec<u16> {
    let mut out = Vec::with_capacity(u.len());
    let mut text = String::new();
    for r in char::decode_utf16(u.iter().copied()) {
        match r {
            Ok(c) => text.push(c),
            Err(e) => {
                out.extend(f(&text).encode_utf16());
                text.clear();
                out.push(e.unpaired_surrogate());
            }
        }
    }
    out.extend(f(&text).encode_utf16());
    out
}

/// Converts a string by a function of well-formed texts.
pub(crate) fn convert<'gc>(
    vm: &mut Vm<'gc>,
    s: Str<'gc>,
    f: impl Fn(&str) -> String,
) -> JsResult<Value<'gc>> {
    room(vm, s.len() * 8)?;
    let units = match s.units(vm.mc)? {
        Units::Latin1(b) => f(&b.iter().map(|&b| char::from(b)).collect::<String>()).encode_utf16().collect(),
        Units::Utf16(u) => map_stretches(u, f),
    };
    if units.len() > crate::value::string::MAX_LENGTH {
        return Err(vm.range_error("invalid string length"));
    }
    Ok(Value::string(Str::utf16(vm.mc, &units)?))
}

/// 22.1.3.15 String.prototype.normalize ( [ form ] )
pub(crate) fn normalize<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    use unicode_normalization::UnicodeNormalization;
    let s = this_str(vm, args, "normalize")?;
    let form = match args.get(0) {
        v if v.is_undefined() => "NFC".to_string(),
        v => vm.to_string(v)?.to_utf8(),
    };
    let f: fn(&str) -> String = match form.as_str() {
        "NFC" => |t| t.nfc().collect(),
        "NFD" => |t| t.nfd().collect(),
        "NFKC" => |t| t.nfkc().collect(),
        "NFKD" => |t| t.nfkd().collect(),
        _ => return Err(vm.range_error("the normalization form must be NFC, NFD, NFKC or NFKD")),
    };
    if let Units::Latin1(b) = s.units(vm.mc)? {
        vm.charge(b.len() / 64)?;
        if b.is_ascii() {
            return Ok(Value::string(s));
        }
    }
    convert(vm, s, f)
}

/// 22.1.3.17.1 StringPaddingBuiltinsImpl ( O, maxLength, fillString, placement )
pub(crate) fn pad<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    name: &str,
    at_start: bool,
) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, name)?;
    let max = vm.to_length(args.get(0))?;
    if max <= s.len() as u64 {
        return Ok(Value::string(s));
    }
    let filler = match args.get(1) {
        v if v.is_undefined() => vm.char(u16::from(b' '))?,
        v => vm.to_string(v)?,
    };
    if filler.is_empty() {
        return Ok(Value::string(s));
    }
    if max > crate::value::string::MAX_LENGTH as u64 {
        return Err(vm.range_error("invalid string length"));
    }
    let n = max as usize - s.len();
    let padding = repeated(vm, filler, n.div_ceil(filler.len()))?;
    let padding = part(vm, padding, 0, n)?;
    if at_start { vm.concat(padding, s) } else { vm.concat(s, padding) }
}

/// 22.1.3.16 String.prototype.padEnd ( maxLength [ , fillString ] )
pub(crate) fn pad_end<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    pad(vm, args, "padEnd", false)
}

/// 22.1.3.17 String.prototype.padStart ( maxLength [ , fillString ] )
pub(crate) fn pad_start<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    pad(vm, args, "padStart", true)
}

/// `n` copies of a string.
pub(crate) fn repeated<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>, n: usize) -> JsResult<Str<'gc>> {
    match s.len().checked_mul(n) {
        Some(0) => return vm.intern(""),
        Some(len) if len <= crate::value::string::MAX_LENGTH => room(vm, len * 2)?,
        _ => return Err(vm.range_error("invalid string length")),
    }
    Ok(match s.units(vm.mc)? {
        Units::Latin1(b) => Str::latin1(vm.mc, &b.repeat(n))?,
        Units::Utf16(u) => Str::utf16(vm.mc, &u.repeat(n))?,
    })
}

/// 22.1.3.18 String.prototype.repeat ( count )
pub(crate) fn repeat<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "repeat")?;
    let n = vm.to_integer(args.get(0))?;
    if !(0.0..f64::INFINITY).contains(&n) {
        return Err(vm.range_error("invalid count value"));
    }
    if s.is_empty() {
        return Ok(Value::string(s));
    }
    let s = repeated(vm, s, n as usize)?;
    Ok(Value::string(s))
}

/// 22.1.3.24 String.prototype.startsWith ( searchString [ , position ] )
pub(crate) fn starts_with<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "startsWith")?;
    let needle = search_str(vm, args, "startsWith")?;
    let start = vm.to_integer(args.get(1))?.clamp(0.0, s.len() as f64) as usize;
    let end = start + needle.len();
    if end > s.len() {
        return Ok(Value::bool(false));
    }
    vm.charge(needle.len() / 64)?;
    let (s, needle) = (s.units(vm.mc)?, needle.units(vm.mc)?);
    Ok(Value::bool(s.slice(start, end).equals(needle)))
}

/// 22.1.3.25 String.prototype.substring ( start, end )
pub(crate) fn substring<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "substring")?;
    let n = s.len() as f64;
    let a = vm.to_integer(args.get(0))?.clamp(0.0, n) as usize;
    let b = match args.get(1) {
        v if v.is_undefined() => s.len(),
        v => vm.to_integer(v)?.clamp(0.0, n) as usize,
    };
    Ok(Value::string(part(vm, s, a.min(b), a.max(b))?))
}

/// B.2.2.1 String.prototype.substr ( start, length )
pub(crate) fn substr<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "substr")?;
    let from = vm.relative_index(args.get(0), s.len() as u64, 0)? as usize;
    let n = match args.get(1) {
        v if v.is_undefined() => s.len() as f64,
        v => vm.to_integer(v)?.clamp(0.0, s.len() as f64),
    };
    let to = (from + n as usize).min(s.len());
    Ok(Value::string(part(vm, s, from, to)?))
}

/// 22.1.3.26 String.prototype.toLocaleLowerCase ( [ reserved1 [ , reserved2 ] ] )
pub(crate) fn to_locale_lower_case<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "toLocaleLowerCase")?;
    lower(vm, s)
}

/// 22.1.3.27 String.prototype.toLocaleUpperCase ( [ reserved1 [ , reserved2 ] ] )
pub(crate) fn to_locale_upper_case<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "toLocaleUpperCase")?;
    upper(vm, s)
}

/// 22.1.3.28 String.prototype.toLowerCase ( )
pub(crate) fn to_lower_case<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "toLowerCase")?;
    lower(vm, s)
}

/// 22.1.3.30 String.prototype.toUpperCase ( )
pub(crate) fn to_upper_case<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "toUpperCase")?;
    upper(vm, s)
}

pub(crate) fn lower<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>) -> JsResult<Value<'gc>> {
    if let Units::Latin1(b) = s.units(vm.mc)? {
        room(vm, b.len())?;
        let small = |b: u8| match b {
            b'A'..=b'Z' | 0xc0..=0xd6 | 0xd8..=0xde => b + 32,
            _ => b,
        };
        if b.iter().all(|&b| small(b) == b) {
            return Ok(Value::string(s));
        }
        let out: Vec<u8> = b.iter().map(|&b| small(b)).collect();
        return Ok(Value::string(Str::latin1(vm.mc, &out)?));
    }
    convert(vm, s, |t| t.to_lowercase())
}

pub(crate) fn upper<'gc>(vm: &mut Vm<'gc>, s: Str<'gc>) -> JsResult<Value<'gc>> {
    if let Units::Latin1(b) = s.units(vm.mc)?
        && b.is_ascii()
    {
        room(vm, b.len())?;
        if !b.iter().any(u8::is_ascii_lowercase) {
            return Ok(Value::string(s));
        }
        return Ok(Value::string(Str::latin1(vm.mc, &b.to_ascii_uppercase())?));
    }
    convert(vm, s, |t| t.to_uppercase())
}

/// 22.1.3.29 String.prototype.toString ( )
pub(crate) fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_value(vm, args, "String.prototype.toString")
}

/// 22.1.3.31 String.prototype.toWellFormed ( )
pub(crate) fn to_well_formed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "toWellFormed")?;
    match s.units(vm.mc)? {
        Units::Latin1(_) => Ok(Value::string(s)),
        Units::Utf16(u) => {
            room(vm, u.len() * 2)?;
            let out: Vec<u16> = (0..u.len()).map(|i| if is_lone(u, i) { 0xfffd } else { u[i] }).collect();
            Ok(Value::string(Str::utf16(vm.mc, &out)?))
        }
    }
}

/// 22.1.3.32.1 TrimString ( string, where )
pub(crate) fn trimmed<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    name: &str,
    start: bool,
    end: bool,
) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, name)?;
    let units = s.units(vm.mc)?;
    let space = |i: usize| crate::value::number::is_space(u32::from(units.at(i)));
    let (mut from, mut to) = (0, units.len());
    while start && from < to && space(from) {
        from += 1;
    }
    while end && to > from && space(to - 1) {
        to -= 1;
    }
    vm.charge((units.len() - (to - from)) / 16)?;
    Ok(Value::string(part(vm, s, from, to)?))
}

/// 22.1.3.32 String.prototype.trim ( )
pub(crate) fn trim<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    trimmed(vm, args, "trim", true, true)
}

/// 22.1.3.33 String.prototype.trimEnd ( )
pub(crate) fn trim_end<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    trimmed(vm, args, "trimEnd", false, true)
}

/// 22.1.3.34 String.prototype.trimStart ( )
pub(crate) fn trim_start<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    trimmed(vm, args, "trimStart", true, false)
}

/// 22.1.3.35 String.prototype.valueOf ( )
pub(crate) fn value_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_value(vm, args, "String.prototype.valueOf")
}

/// 22.1.3.36 String.prototype [ %Symbol.iterator% ] ( )
pub(crate) fn iterator<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = this_str(vm, args, "[Symbol.iterator]")?;
    let proto = vm.intrinsic(Intrinsic::StringIteratorPrototype)?;
    let data = vm.mc.try_alloc(IteratorData {
        target: Lock::new(Value::string(s)),
        index: Cell::new(0),
        kind: Cell::new(1),
        extra: Lock::new(Value::undefined()),
    })?;
    let shape = vm.root_shape(Some(proto), 0);
    let i = Object::new(vm.mc, shape, Class::StringIterator, 0, ObjectData::Iterator(data))?;
    Ok(Value::object(i))
}

/// 22.1.5.1.1 %StringIteratorPrototype%.next ( )
pub(crate) fn iterator_next<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let data = match args.this().as_object() {
        Some(o) if o.is_class(Class::StringIterator) => o.data(),
        _ => ObjectData::None,
    };
    let ObjectData::Iterator(data) = data else {
        return super::wrong_receiver(vm, "String Iterator.prototype.next", args.this());
    };
    let Some(s) = data.target.get().as_string() else { return vm.iter_result(Value::undefined(), true) };
    let i = data.index.get();
    if i >= s.len() {
        data.set(vm.mc, |d| &d.target, Value::undefined());
        return vm.iter_result(Value::undefined(), true);
    }
    let n = s.units(vm.mc)?.code_point(i).1;
    data.index.set(i + n);
    let c = part(vm, s, i, i + n)?;
    vm.iter_result(Value::string(c), false)
}
