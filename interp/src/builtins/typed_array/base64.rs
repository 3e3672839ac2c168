//! Uint8Array to and from base64 and hexadecimal (23.3).
#![forbid(unsafe_code)]

use super::new_array;
use crate::builtins::{Row, methods};
use crate::object::Object;
use crate::object::shape::DEFAULT;
use crate::object::typed_array::{ElementKind, ViewGc, view};
use crate::value::string::Units;
use crate::value::{Str, Value};
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("fromBase64", 1, from_base64), ("fromHex", 1, from_hex)];

const PROTOTYPE: &[Row] = &[
    ("setFromBase64", 1, set_from_base64),
    ("setFromHex", 1, set_from_hex),
    ("toBase64", 0, to_base64),
    ("toHex", 0, to_hex),
];

pub(super) fn init<'gc>(vm: &mut Vm<'gc>, c: Object<'gc>, p: Object<'gc>) -> JsResult<()> {
    methods(vm, c, STATIC)?;
    methods(vm, p, PROTOTYPE)
}

/// How the last, incomplete chunk is taken.
#[derive(Clone, Copy, PartialEq)]
enum LastChunk {
    Loose,
    Strict,
    StopBeforePartial,
}

/// What decoding gave: units read, bytes, and the error it ended with.
struct Decoded {
    read: usize,
    bytes: Vec<u8>,
    error: Option<&'static str>,
}

/// ValidateUint8Array
fn receiver<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<ViewGc<'gc>> {
    match v.as_object().and_then(view).filter(|v| v.kind == ElementKind::Uint8) {
        Some(view) => Ok(view),
        None => Err(vm.not_a(v, "Uint8Array")),
    }
}

/// ValidateUint8Array of what will be written to: asked before anything else is looked at.
fn target<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<ViewGc<'gc>> {
    let view = receiver(vm, v)?;
    if view.buffer.immutable.get() {
        return Err(vm.type_error("the ArrayBuffer is immutable"));
    }
    Ok(view)
}

fn length<'gc>(vm: &mut Vm<'gc>, view: ViewGc<'gc>) -> JsResult<usize> {
    match view.length() {
        Some(n) => Ok(n),
        None => Err(vm.type_error("the typed array is out of bounds or detached")),
    }
}

fn text<'gc>(vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<Str<'gc>> {
    match v.as_string() {
        Some(s) => Ok(s),
        None => Err(vm.not_a(v, "string")),
    }
}

/// An option that is one of a few strings: its number.
fn choice<'gc>(vm: &mut Vm<'gc>, o: Value<'gc>, name: &str, of: &[&str]) -> JsResult<usize> {
    if o.is_undefined() {
        return Ok(0);
    }
    let Some(object) = o.as_object() else { return Err(vm.not_a(o, "object")) };
    let key = vm.key(name)?;
    let v = object.get(vm, key, o)?;
    if v.is_undefined() {
        return Ok(0);
    }
    let known = v.as_string().map(Str::to_utf8);
    match known.and_then(|s| of.iter().position(|c| *c == s)) {
        Some(i) => Ok(i),
        None => Err(vm.type_error(&format!("{name} is none of {}", of.join(", ")))),
    }
}

fn alphabet<'gc>(vm: &mut Vm<'gc>, o: Value<'gc>) -> JsResult<bool> {
    Ok(choice(vm, o, "alphabet", &["base64", "base64url"])? == 1)
}

fn last_chunk<'gc>(vm: &mut Vm<'gc>, o: Value<'gc>) -> JsResult<LastChunk> {
    let names = ["loose", "strict", "stop-before-partial"];
    let i = choice(vm, o, "lastChunkHandling", &names)?;
    Ok([LastChunk::Loose, LastChunk::Strict, LastChunk::StopBeforePartial][i])
}

fn digit(unit: u16, url: bool) -> Option<u32> {
    let c = u8::try_from(unit).ok()?;
    Some(u32::from(match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' if !url => 62,
        b'/' if !url => 63,
        b'-' if url => 62,
        b'_' if url => 63,
        _ => return None,
    }))
}

/// The bytes of a chunk of two to four digits; false if bits are left over and may not be.
fn push_chunk(bytes: &mut Vec<u8>, chunk: u32, digits: usize, strict: bool) -> bool {
    let all = chunk << (6 * (4 - digits));
    let count = digits - 1;
    if strict && all << (8 + 8 * count) != 0 {
        return false;
    }
    bytes.extend_from_slice(&all.to_be_bytes()[1..=count]);
    true
}

/// FromBase64 ( string, alphabet, lastChunkHandling [ , maxLength ] )
fn decode_base64(s: Units<'_>, url: bool, last: LastChunk, max: usize) -> Decoded {
    let (mut bytes, mut read, mut chunk, mut digits, mut i) = (Vec::new(), 0, 0u32, 0usize, 0usize);
    let n = s.len();
    let skip = |mut i: usize| {
        while i < n && matches!(s.at(i), 9 | 10 | 12 | 13 | 32) {
            i += 1;
        }
        i
    };
    let fail = |read, bytes, error| Decoded { read, bytes, error: Some(error) };
    if max == 0 {
        return Decoded { read, bytes, error: None };
    }
    loop {
        i = skip(i);
        if i == n {
            if digits > 0 {
                match last {
                    LastChunk::StopBeforePartial => return Decoded { read, bytes, error: None },
                    LastChunk::Loose if digits > 1 => {
                        push_chunk(&mut bytes, chunk, digits, false);
                    }
                    _ => return fail(read, bytes, "the base64 text ends within a chunk"),
                }
            }
            return Decoded { read: n, bytes, error: None };
        }
        let unit = s.at(i);
        i += 1;
        if unit == u16::from(b'=') {
            if digits < 2 {
                return fail(read, bytes, "padding too early in the base64 text");
            }
            i = skip(i);
            if digits == 2 {
                if i == n {
                    if last == LastChunk::StopBeforePartial {
                        return Decoded { read, bytes, error: None };
                    }
                    return fail(read, bytes, "padding is missing in the base64 text");
                }
                if s.at(i) == u16::from(b'=') {
                    i = skip(i + 1);
                }
            }
            if i < n {
                return fail(read, bytes, "the base64 text goes on after its padding");
            }
            if !push_chunk(&mut bytes, chunk, digits, last == LastChunk::Strict) {
                return fail(read, bytes, "extra bits in the base64 text");
            }
            return Decoded { read: n, bytes, error: None };
        }
        let Some(d) = digit(unit, url) else { return fail(read, bytes, "a character that is not base64") };
        let remaining = max - bytes.len();
        if remaining == 1 && digits == 2 || remaining == 2 && digits == 3 {
            return Decoded { read, bytes, error: None };
        }
        (chunk, digits) = (chunk << 6 | d, digits + 1);
        if digits == 4 {
            push_chunk(&mut bytes, chunk, 4, false);
            (chunk, digits, read) = (0, 0, i);
            if bytes.len() == max {
                return Decoded { read, bytes, error: None };
            }
        }
    }
}

/// FromHex ( string [ , maxLength ] )
fn decode_hex(s: Units<'_>, max: usize) -> Decoded {
    let (mut bytes, mut read) = (Vec::new(), 0);
    if !s.len().is_multiple_of(2) {
        return Decoded { read, bytes, error: Some("a hexadecimal text has two digits for each byte") };
    }
    let hex = |i: usize| char::from_u32(u32::from(s.at(i))).and_then(|c| c.to_digit(16));
    while read < s.len() && bytes.len() < max {
        let (Some(high), Some(low)) = (hex(read), hex(read + 1)) else {
            return Decoded { read, bytes, error: Some("a character that is no hexadecimal digit") };
        };
        bytes.push((high << 4 | low) as u8);
        read += 2;
    }
    Decoded { read, bytes, error: None }
}

fn new_from<'gc>(vm: &mut Vm<'gc>, d: Decoded) -> JsResult<Value<'gc>> {
    if let Some(error) = d.error {
        return Err(vm.syntax_error(error));
    }
    let o = new_array(vm, ElementKind::Uint8, d.bytes.len() as u64)?;
    write(o, &d.bytes);
    Ok(Value::object(o))
}

fn write(o: Object<'_>, bytes: &[u8]) {
    if let Some(view) = view(o) {
        let n = view.length().unwrap_or(0);
        for (i, &b) in bytes.iter().enumerate().take(n) {
            view.set_raw(i, u64::from(b));
        }
    }
}

fn set_from<'gc>(vm: &mut Vm<'gc>, this: Value<'gc>, d: Decoded) -> JsResult<Value<'gc>> {
    if let Some(o) = this.as_object() {
        write(o, &d.bytes);
    }
    if let Some(error) = d.error {
        return Err(vm.syntax_error(error));
    }
    let o = vm.new_object(2)?;
    for (name, n) in [("read", d.read), ("written", d.bytes.len())] {
        let key = vm.key(name)?;
        o.define_own(vm, key, Value::number(n as f64), DEFAULT)?;
    }
    Ok(Value::object(o))
}

/// 23.3.1.1 Uint8Array.fromBase64 ( string [ , options ] )
fn from_base64<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = text(vm, args.get(0))?;
    let (url, last) = (alphabet(vm, args.get(1))?, last_chunk(vm, args.get(1))?);
    let _charge = vm.mc.external(s.len())?;
    vm.charge(s.len() / 4)?;
    let d = decode_base64(s.units(vm.mc)?, url, last, usize::MAX);
    new_from(vm, d)
}
/// 23.3.1.2 Uint8Array.fromHex ( string )
fn from_hex<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = text(vm, args.get(0))?;
    let _charge = vm.mc.external(s.len())?;
    vm.charge(s.len() / 4)?;
    let d = decode_hex(s.units(vm.mc)?, usize::MAX);
    new_from(vm, d)
}
/// 23.3.2.1 Uint8Array.prototype.setFromBase64 ( string [ , options ] )
fn set_from_base64<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = target(vm, args.this())?;
    let s = text(vm, args.get(0))?;
    let (url, last) = (alphabet(vm, args.get(1))?, last_chunk(vm, args.get(1))?);
    let n = length(vm, v)?;
    let _charge = vm.mc.external(s.len())?;
    vm.charge(s.len() / 4)?;
    let d = decode_base64(s.units(vm.mc)?, url, last, n);
    set_from(vm, args.this(), d)
}
/// 23.3.2.2 Uint8Array.prototype.setFromHex ( string )
fn set_from_hex<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = target(vm, args.this())?;
    let s = text(vm, args.get(0))?;
    let n = length(vm, v)?;
    let _charge = vm.mc.external(s.len())?;
    vm.charge(s.len() / 4)?;
    let d = decode_hex(s.units(vm.mc)?, n);
    set_from(vm, args.this(), d)
}

/// 23.3.2.3 Uint8Array.prototype.toBase64 ( [ options ] )
fn to_base64<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = receiver(vm, args.this())?;
    let options = args.get(0);
    let url = alphabet(vm, options)?;
    let mut pad = true;
    if let Some(o) = options.as_object() {
        let key = vm.key("omitPadding")?;
        let omit = o.get(vm, key, options)?;
        pad = !vm.to_boolean(omit);
    }
    let n = length(vm, v)?;
    let _charge = vm.mc.external(n.div_ceil(3) * 4)?;
    vm.charge(n / 4)?;
    let mut digits = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if url {
        (digits[62], digits[63]) = (b'-', b'_');
    }
    let mut out = Vec::with_capacity(n.div_ceil(3) * 4);
    for i in (0..n).step_by(3) {
        let count = (n - i).min(3);
        let all = (0..3).fold(0, |all, k| all << 8 | if k < count { v.raw(i + k) } else { 0 });
        for k in 0..4 {
            if k <= count {
                out.push(digits[(all >> (18 - 6 * k) & 63) as usize]);
            } else if pad {
                out.push(b'=');
            }
        }
    }
    Ok(Value::string(Str::latin1(vm.mc, &out)?))
}
/// 23.3.2.4 Uint8Array.prototype.toHex ( )
fn to_hex<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = receiver(vm, args.this())?;
    let n = length(vm, v)?;
    let _charge = vm.mc.external(n * 2)?;
    vm.charge(n / 4)?;
    let mut out = Vec::with_capacity(n * 2);
    for i in 0..n {
        let b = v.raw(i) as usize;
        out.extend_from_slice(&[b"0123456789abcdef"[b >> 4], b"0123456789abcdef"[b & 15]]);
    }
    Ok(Value::string(Str::latin1(vm.mc, &out)?))
}
