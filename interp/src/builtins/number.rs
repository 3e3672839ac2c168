//! Number objects (21.1).
#![forbid(unsafe_code)]

use super::{Row, methods};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::object::shape::HIDDEN;
use crate::value::convert::Numeric;
use crate::value::{Value, number};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[
    ("isFinite", 1, is_finite),
    ("isInteger", 1, is_integer),
    ("isNaN", 1, is_nan),
    ("isSafeInteger", 1, is_safe),
];

const CONSTANTS: &[(&str, f64)] = &[
    ("EPSILON", f64::EPSILON),
    ("MAX_SAFE_INTEGER", 9_007_199_254_740_991.0),
    ("MAX_VALUE", f64::MAX),
    ("MIN_SAFE_INTEGER", -9_007_199_254_740_991.0),
    ("MIN_VALUE", 5e-324),
    ("NaN", f64::NAN),
    ("NEGATIVE_INFINITY", f64::NEG_INFINITY),
    ("POSITIVE_INFINITY", f64::INFINITY),
];

const PROTOTYPE: &[Row] = &[
    ("toExponential", 1, to_exponential),
    ("toFixed", 1, to_fixed),
    ("toLocaleString", 0, to_locale_string),
    ("toPrecision", 1, to_precision),
    ("toString", 1, to_string),
    ("valueOf", 0, value_of),
];

/// Installs `Number`; the global functions it shares must be there.
pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let data = ObjectData::Primitive(Value::int(0));
    let proto =
        super::prototype(vm, Intrinsic::NumberPrototype, Intrinsic::ObjectPrototype, Class::Number, data)?;
    let c = super::constructor(vm, Intrinsic::Number, "Number", 1, number, proto)?;
    for &(name, v) in CONSTANTS {
        let key = vm.key(name)?;
        c.define_own(vm, key, Value::number(v), 0)?;
    }
    methods(vm, c, STATIC)?;
    for name in ["parseFloat", "parseInt"] {
        let key = vm.key(name)?;
        let global = vm.realm().global();
        let f = global.get(vm, key, Value::object(global))?;
        c.define_own(vm, key, f, HIDDEN)?;
    }
    methods(vm, proto, PROTOTYPE)
}

/// 21.1.1.1 Number ( value )
fn number<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let n = if args.is_empty() {
        0.0
    } else {
        match vm.to_numeric(args.get(0))? {
            Numeric::Number(n) => n,
            Numeric::BigInt(b) => crate::value::bigint::to_f64(&b),
        }
    };
    if args.new_target().is_undefined() {
        return Ok(Value::number(n));
    }
    let data = ObjectData::Primitive(Value::number(n));
    super::construct_with(vm, args, Intrinsic::NumberPrototype, Class::Number, 0, data).map(Value::object)
}

/// 21.1.2.2 Number.isFinite ( number )
fn is_finite<'gc>(_: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(args.get(0).as_number().is_some_and(f64::is_finite)))
}

/// 21.1.2.3 Number.isInteger ( number )
fn is_integer<'gc>(_: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(args.get(0).as_number().is_some_and(|n| n.is_finite() && n.trunc() == n)))
}

/// 21.1.2.4 Number.isNaN ( number )
fn is_nan<'gc>(_: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::bool(args.get(0).as_number().is_some_and(f64::is_nan)))
}

/// 21.1.2.5 Number.isSafeInteger ( number )
fn is_safe<'gc>(_: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let safe = |n: f64| n.trunc() == n && n.abs() <= 9_007_199_254_740_991.0;
    Ok(Value::bool(args.get(0).as_number().is_some_and(safe)))
}

/// 21.1.3.7.1 ThisNumberValue ( value )
fn this_number<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<f64> {
    let this = args.this();
    let held = match this.as_object().filter(|o| o.is_class(Class::Number)).map(|o| o.data()) {
        Some(ObjectData::Primitive(v)) => v,
        _ => this,
    };
    match held.as_number() {
        Some(n) => Ok(n),
        None => super::wrong_receiver(vm, name, this),
    }
}

/// The digits of a positive number and its decimal exponent: `n` digits, halves rounded up.
fn digits(x: f64, n: usize) -> (String, i32) {
    let take = |text: String| {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        (mantissa.replace('.', ""), exponent.parse::<i32>().unwrap_or(0))
    };
    // One digit more shows whether this may be a tie, which `format!` rounds to even.
    let (more, exponent) = take(format!("{x:.n$e}"));
    if more.ends_with('5') {
        let (exact, _) = take(format!("{x:.780e}"));
        if exact.trim_end_matches('0').len() == n + 1 {
            return round_up(exact[..n].to_string(), exponent);
        }
    }
    take(format!("{x:.*e}", n - 1))
}

/// Adds one unit in the last place to digits.
fn round_up(digits: String, exponent: i32) -> (String, i32) {
    let n = digits.len();
    let mut d = digits.into_bytes();
    for i in (0..n).rev() {
        if d[i] < b'9' {
            d[i] += 1;
            return (String::from_utf8_lossy(&d).into_owned(), exponent);
        }
        d[i] = b'0';
    }
    (format!("1{}", "0".repeat(n - 1)), exponent + 1)
}

fn special(x: f64) -> Option<&'static str> {
    if x.is_nan() {
        return Some("NaN");
    }
    x.is_infinite().then_some(if x > 0.0 { "Infinity" } else { "-Infinity" })
}

fn exponent_text(digits: &str, e: i32) -> String {
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if e < 0 { '-' } else { '+' };
    format!("{first}{point}{rest}e{sign}{}", e.unsigned_abs())
}

/// 21.1.3.2 Number.prototype.toExponential ( fractionDigits )
fn to_exponential<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let x = this_number(vm, args, "Number.prototype.toExponential")?;
    let f = vm.to_integer(args.get(0))?;
    if let Some(text) = special(x) {
        return Ok(Value::string(vm.str(text)?));
    }
    if !(0.0..=100.0).contains(&f) {
        return Err(vm.range_error("toExponential() argument must be between 0 and 100"));
    }
    let sign = if x < 0.0 { "-" } else { "" };
    let x = x.abs();
    let (d, e) = if args.get(0).is_undefined() {
        let text = format!("{x:e}");
        let (m, e) = text.split_once('e').unwrap_or((&text, "0"));
        (m.replace('.', ""), e.parse().unwrap_or(0))
    } else if x == 0.0 {
        ("0".repeat(f as usize + 1), 0)
    } else {
        digits(x, f as usize + 1)
    };
    Ok(Value::string(vm.str(&format!("{sign}{}", exponent_text(&d, e)))?))
}

/// 21.1.3.3 Number.prototype.toFixed ( fractionDigits )
fn to_fixed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let x = this_number(vm, args, "Number.prototype.toFixed")?;
    let f = vm.to_integer(args.get(0))?;
    if !(0.0..=100.0).contains(&f) {
        return Err(vm.range_error("toFixed() digits argument must be between 0 and 100"));
    }
    if !x.is_finite() || x.abs() >= 1e21 {
        return Ok(Value::string(vm.to_string(Value::number(x))?));
    }
    let f = f as usize;
    let sign = if x < 0.0 { "-" } else { "" };
    let x = x.abs();
    // A tie has exactly f + 1 binary digits after the point, so f + 1 decimal ones are exact.
    let scaled = x * 2f64.powi(f as i32 + 1);
    let mut text = format!("{x:.f$}");
    if scaled.trunc() == scaled && scaled % 2.0 == 1.0 {
        let exact = format!("{x:.*}", f + 1);
        if exact.ends_with('5') {
            let kept: String = exact[..exact.len() - 1].chars().filter(|&c| c != '.').collect();
            let n = kept.len();
            let (d, carried) = round_up(kept, 0);
            let d = if carried > 0 { format!("1{}", "0".repeat(n)) } else { d };
            let (int, fraction) = d.split_at(d.len() - f);
            text = if f == 0 { int.to_string() } else { format!("{int}.{fraction}") };
        }
    }
    // The sign stays on what is rounded to zero, but not on zero itself.
    Ok(Value::string(vm.str(&format!("{sign}{text}"))?))
}

/// 21.1.3.4 Number.prototype.toLocaleString ( [ reserved1 [ , reserved2 ] ] )
///
/// As en-US: groups of three digits, at most three after the point.
fn to_locale_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let x = this_number(vm, args, "Number.prototype.toLocaleString")?;
    let text = match special(x) {
        Some("Infinity") => "∞".to_string(),
        Some("-Infinity") => "-∞".to_string(),
        Some(t) => t.to_string(),
        None => {
            let text = format!("{:.3}", x.abs());
            let (int, fraction) = text.split_once('.').unwrap_or((&text, ""));
            let fraction = fraction.trim_end_matches('0');
            let sign = if x.is_sign_negative() { "-" } else { "" };
            let point = if fraction.is_empty() { "" } else { "." };
            format!("{sign}{}{point}{fraction}", grouped(int))
        }
    };
    Ok(Value::string(vm.str(&text)?))
}

/// Digits in groups of three.
pub(crate) fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// 21.1.3.5 Number.prototype.toPrecision ( precision )
fn to_precision<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let x = this_number(vm, args, "Number.prototype.toPrecision")?;
    if args.get(0).is_undefined() {
        return Ok(Value::string(vm.to_string(Value::number(x))?));
    }
    let p = vm.to_integer(args.get(0))?;
    if let Some(text) = special(x) {
        return Ok(Value::string(vm.str(text)?));
    }
    if !(1.0..=100.0).contains(&p) {
        return Err(vm.range_error("toPrecision() argument must be between 1 and 100"));
    }
    let p = p as usize;
    let sign = if x < 0.0 { "-" } else { "" };
    let x = x.abs();
    let (d, e) = if x == 0.0 { ("0".repeat(p), 0) } else { digits(x, p) };
    let text = if e < -6 || e >= p as i32 {
        exponent_text(&d, e)
    } else if e == p as i32 - 1 {
        d
    } else if e >= 0 {
        let (int, fraction) = d.split_at(e as usize + 1);
        format!("{int}.{fraction}")
    } else {
        format!("0.{}{d}", "0".repeat((-e - 1) as usize))
    };
    Ok(Value::string(vm.str(&format!("{sign}{text}"))?))
}

/// 21.1.3.6 Number.prototype.toString ( [ radix ] )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let x = this_number(vm, args, "Number.prototype.toString")?;
    let radix = match args.get(0) {
        v if v.is_undefined() => 10.0,
        v => vm.to_integer(v)?,
    };
    if !(2.0..=36.0).contains(&radix) {
        return Err(vm.range_error("toString() radix must be between 2 and 36"));
    }
    if radix == 10.0 {
        return Ok(Value::string(vm.to_string(Value::number(x))?));
    }
    Ok(Value::string(vm.str(&number::to_radix(x, radix as u32))?))
}

/// 21.1.3.7 Number.prototype.valueOf ( )
fn value_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_number(vm, args, "Number.prototype.valueOf").map(Value::number)
}
