//! Global functions of text: parseInt, parseFloat (19.2), URIs (19.2.6), escape and unescape (B.2.1).
#![forbid(unsafe_code)]

use super::string::{Builder, push_code_point};
use super::{Row, methods};
use crate::value::string::Units;
use crate::value::{Str, Value, number};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Throw, Vm};

const FUNCTIONS: &[Row] = &[
    ("parseFloat", 1, parse_float),
    ("parseInt", 2, parse_int),
    ("decodeURI", 1, decode_uri),
    ("decodeURIComponent", 1, decode_uri_component),
    ("encodeURI", 1, encode_uri),
    ("encodeURIComponent", 1, encode_uri_component),
    ("escape", 1, escape),
    ("unescape", 1, unescape),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let global = vm.realm().global();
    methods(vm, global, FUNCTIONS)
}

/// The units without leading white space.
fn trim_start(units: Units<'_>) -> Units<'_> {
    let from = units.iter().position(|u| !number::is_space(u32::from(u))).unwrap_or(units.len());
    units.slice(from, units.len())
}

/// 19.2.4 parseFloat ( string )
fn parse_float<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.get(0).is_int() {
        return Ok(args.get(0));
    }
    let s = vm.to_string(args.get(0))?;
    vm.charge(s.len() / 16)?;
    let units = trim_start(s.units(vm.mc)?);
    let bytes: Vec<u8> = units.iter().take_while(|&u| u < 128).map(|u| u as u8).collect();
    let n = number::decimal_prefix(&bytes);
    if n == 0 {
        let (sign, rest) = match bytes.first() {
            Some(b'-') => (-1.0, &bytes[1..]),
            Some(b'+') => (1.0, &bytes[1..]),
            _ => (1.0, &bytes[..]),
        };
        let v = if rest.starts_with(b"Infinity") { sign * f64::INFINITY } else { f64::NAN };
        return Ok(Value::number(v));
    }
    let text = String::from_utf8_lossy(&bytes[..n]);
    Ok(Value::number(text.parse().unwrap_or(f64::NAN)))
}

/// 19.2.5 parseInt ( string, radix )
fn parse_int<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.get(0).is_int() && (args.get(1).is_undefined() || args.get(1).as_int() == Some(10)) {
        return Ok(args.get(0));
    }
    let s = vm.to_string(args.get(0))?;
    vm.charge(s.len() / 16)?;
    let mut units = trim_start(s.units(vm.mc)?);
    let mut sign = 1.0;
    if !units.is_empty() && matches!(units.at(0), 0x2b | 0x2d) {
        if units.at(0) == 0x2d {
            sign = -1.0;
        }
        units = units.slice(1, units.len());
    }
    let mut radix = vm.to_int32(args.get(1))?;
    if radix != 0 && !(2..=36).contains(&radix) {
        return Ok(Value::number(f64::NAN));
    }
    if (radix == 0 || radix == 16) && units.len() >= 2 && units.at(0) == 0x30 && units.at(1) | 0x20 == 0x78 {
        units = units.slice(2, units.len());
        radix = 16;
    }
    let radix = if radix == 0 { 10 } else { radix as u32 };
    let digits: String =
        units.iter().map_while(|u| char::from_u32(u32::from(u)).filter(|c| c.is_digit(radix))).collect();
    if digits.is_empty() {
        return Ok(Value::number(f64::NAN));
    }
    let significant = digits.trim_start_matches('0');
    let n = if significant.len() > 1100 && radix != 10 {
        f64::INFINITY
    } else {
        number::parse_radix(significant, radix)
    };
    Ok(Value::number(sign * if significant.is_empty() { 0.0 } else { n }))
}

fn malformed(vm: &mut Vm<'_>) -> Throw {
    vm.error(Intrinsic::UriErrorPrototype, "URI malformed")
}

const UNRESERVED: &[u8] = b"-_.!~*'()";
const RESERVED: &[u8] = b";/?:@&=+$,#";

/// 19.2.6.5 Encode ( string, extraUnescaped )
fn encode<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, extra: &[u8]) -> JsResult<Value<'gc>> {
    let s = vm.to_string(args.get(0))?;
    let units = s.units(vm.mc)?;
    let mut out = Builder::new();
    let mut i = 0;
    while i < units.len() {
        vm.charge(1)?;
        let (c, n) = units.code_point(i);
        match u8::try_from(c) {
            Ok(b) if b.is_ascii_alphanumeric() || UNRESERVED.contains(&b) || extra.contains(&b) => {
                out.push_units(vm, Units::Latin1(&[b]))?;
            }
            _ => {
                let Some(c) = char::from_u32(c) else { return Err(malformed(vm)) };
                for b in c.encode_utf8(&mut [0; 4]).bytes() {
                    out.push_str(vm, &format!("%{b:02X}"))?;
                }
            }
        }
        i += n;
    }
    Ok(Value::string(out.finish(vm)?))
}

/// 19.2.6.6 Decode ( string, preserveEscapeSet )
fn decode<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, preserve: &[u8]) -> JsResult<Value<'gc>> {
    let s = vm.to_string(args.get(0))?;
    let units = s.units(vm.mc)?;
    let mut out = Builder::new();
    let mut i = 0;
    let octet = |i: usize| -> Option<u8> {
        if i + 2 >= units.len() || units.at(i) != u16::from(b'%') {
            return None;
        }
        Some((hex(units.at(i + 1))? << 4 | hex(units.at(i + 2))?) as u8)
    };
    while i < units.len() {
        vm.charge(1)?;
        if units.at(i) != u16::from(b'%') {
            let from = i;
            while i < units.len() && units.at(i) != u16::from(b'%') {
                i += 1;
            }
            out.push_units(vm, units.slice(from, i))?;
            continue;
        }
        let Some(b) = octet(i) else { return Err(malformed(vm)) };
        let from = i;
        i += 3;
        if b < 128 {
            if preserve.contains(&b) {
                out.push_units(vm, units.slice(from, i))?;
            } else {
                out.push_units(vm, Units::Latin1(&[b]))?;
            }
            continue;
        }
        let n = b.leading_ones() as usize;
        if !(2..=4).contains(&n) {
            return Err(malformed(vm));
        }
        let mut bytes = [b, 0, 0, 0];
        for byte in &mut bytes[1..n] {
            match octet(i) {
                Some(b) => *byte = b,
                None => return Err(malformed(vm)),
            }
            i += 3;
        }
        match std::str::from_utf8(&bytes[..n]) {
            Ok(text) => {
                let mut wide = Vec::with_capacity(2);
                text.chars().for_each(|c| push_code_point(&mut wide, c as u32));
                match u8::try_from(wide[0]) {
                    Ok(b) if wide.len() == 1 => out.push_units(vm, Units::Latin1(&[b]))?,
                    _ => out.push_units(vm, Units::Utf16(&wide))?,
                }
            }
            Err(_) => return Err(malformed(vm)),
        }
    }
    Ok(Value::string(out.finish(vm)?))
}

fn hex(unit: u16) -> Option<u32> {
    char::from_u32(u32::from(unit)).and_then(|c| c.to_digit(16))
}

/// 19.2.6.1 decodeURI ( encodedURI )
fn decode_uri<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    decode(vm, args, RESERVED)
}

/// 19.2.6.2 decodeURIComponent ( encodedURIComponent )
fn decode_uri_component<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    decode(vm, args, b"")
}

/// 19.2.6.3 encodeURI ( uri )
fn encode_uri<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    encode(vm, args, RESERVED)
}

/// 19.2.6.4 encodeURIComponent ( uriComponent )
fn encode_uri_component<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    encode(vm, args, b"")
}

/// B.2.1.1 escape ( string )
fn escape<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = vm.to_string(args.get(0))?;
    let units = s.units(vm.mc)?;
    let mut out = Builder::new();
    for u in units.iter() {
        vm.charge(1)?;
        match u8::try_from(u) {
            Ok(b) if b.is_ascii_alphanumeric() || b"@*_+-./".contains(&b) => {
                out.push_units(vm, Units::Latin1(&[b]))?
            }
            Ok(b) => out.push_str(vm, &format!("%{b:02X}"))?,
            Err(_) => out.push_str(vm, &format!("%u{u:04X}"))?,
        }
    }
    Ok(Value::string(out.finish(vm)?))
}

/// B.2.1.2 unescape ( string )
fn unescape<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let s = vm.to_string(args.get(0))?;
    let units = s.units(vm.mc)?;
    let n = units.len();
    vm.charge(n)?;
    let value = |from: usize, count: usize| -> Option<u32> {
        if from + count > n {
            return None;
        }
        (from..from + count).try_fold(0, |v, i| Some(v << 4 | hex(units.at(i))?))
    };
    let mut out: Vec<u16> = Vec::with_capacity(n);
    let mut i = 0;
    while i < n {
        let mut unit = units.at(i);
        i += 1;
        if unit == u16::from(b'%') {
            if i < n && units.at(i) == u16::from(b'u') {
                if let Some(v) = value(i + 1, 4) {
                    unit = v as u16;
                    i += 5;
                }
            } else if let Some(v) = value(i, 2) {
                unit = v as u16;
                i += 2;
            }
        }
        out.push(unit);
    }
    Ok(Value::string(Str::utf16(vm.mc, &out)?))
}
