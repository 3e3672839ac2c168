//! The Math object (21.3).
#![forbid(unsafe_code)]

use super::{Row, methods};
use crate::object::data::ObjectData;
use crate::object::shape::HIDDEN;
use crate::object::{Class, Object};
use crate::value::Value;
use crate::vm::realm::{Intrinsic, Realm};
use crate::vm::{Args, JsResult, Vm};

const CONSTANTS: &[(&str, f64)] = &[
    ("E", std::f64::consts::E),
    ("LN10", std::f64::consts::LN_10),
    ("LN2", std::f64::consts::LN_2),
    ("LOG10E", std::f64::consts::LOG10_E),
    ("LOG2E", std::f64::consts::LOG2_E),
    ("PI", std::f64::consts::PI),
    ("SQRT1_2", std::f64::consts::FRAC_1_SQRT_2),
    ("SQRT2", std::f64::consts::SQRT_2),
];

const FUNCTIONS: &[Row] = &[
    ("abs", 1, abs),
    ("acos", 1, acos),
    ("acosh", 1, acosh),
    ("asin", 1, asin),
    ("asinh", 1, asinh),
    ("atan", 1, atan),
    ("atanh", 1, atanh),
    ("atan2", 2, atan2),
    ("cbrt", 1, cbrt),
    ("ceil", 1, ceil),
    ("clz32", 1, clz32),
    ("cos", 1, cos),
    ("cosh", 1, cosh),
    ("exp", 1, exp),
    ("expm1", 1, expm1),
    ("floor", 1, floor),
    ("fround", 1, fround),
    ("f16round", 1, f16round),
    ("hypot", 2, hypot),
    ("imul", 2, imul),
    ("log", 1, log),
    ("log1p", 1, log1p),
    ("log10", 1, log10),
    ("log2", 1, log2),
    ("max", 2, max),
    ("min", 2, min),
    ("pow", 2, pow),
    ("random", 0, random),
    ("round", 1, round),
    ("sign", 1, sign),
    ("sin", 1, sin),
    ("sinh", 1, sinh),
    ("sqrt", 1, sqrt),
    ("sumPrecise", 1, sum_precise),
    ("tan", 1, tan),
    ("tanh", 1, tanh),
    ("trunc", 1, trunc),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = vm.intrinsic(Intrinsic::ObjectPrototype)?;
    let shape = vm.root_shape(Some(proto), 0);
    let o = Object::new(vm.mc, shape, Class::Object, 0, ObjectData::None)?;
    Realm::set(vm.realm(), vm.mc, Intrinsic::Math, o);
    for &(name, v) in CONSTANTS {
        let key = vm.key(name)?;
        o.define_own(vm, key, Value::number(v), 0)?;
    }
    methods(vm, o, FUNCTIONS)?;
    super::tag(vm, o, "Math")?;
    let key = vm.key("Math")?;
    let global = vm.realm().global();
    global.define_own(vm, key, Value::object(o), HIDDEN)
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident $f:expr;)*) => {
        $($(#[$doc])*
        fn $name<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
            let x = vm.to_number(args.get(0))?;
            let f: fn(f64) -> f64 = $f;
            Ok(Value::number(f(x)))
        })*
    };
}

unary! {
    /// 21.3.2.1 Math.abs ( x )
    abs f64::abs;
    /// 21.3.2.2 Math.acos ( x )
    acos f64::acos;
    /// 21.3.2.3 Math.acosh ( x )
    acosh |x| if x < 1.0 { f64::NAN } else if x > 1e150 { x.ln() + std::f64::consts::LN_2 } else {
        let t = x - 1.0;
        (t + (2.0 * t + t * t).sqrt()).ln_1p()
    };
    /// 21.3.2.4 Math.asin ( x )
    asin f64::asin;
    /// 21.3.2.5 Math.asinh ( x )
    asinh |x| {
        let a = x.abs();
        if a == 0.0 || !a.is_finite() {
            x
        } else if a > 1e150 {
            (a.ln() + std::f64::consts::LN_2).copysign(x)
        } else {
            (a + a * a / (1.0 + (a * a + 1.0).sqrt())).ln_1p().copysign(x)
        }
    };
    /// 21.3.2.6 Math.atan ( x )
    atan f64::atan;
    /// 21.3.2.7 Math.atanh ( x )
    atanh |x| if x == 0.0 { x } else {
        let a = x.abs();
        (0.5 * (2.0 * a / (1.0 - a)).ln_1p()).copysign(x)
    };
    /// 21.3.2.9 Math.cbrt ( x )
    cbrt f64::cbrt;
    /// 21.3.2.10 Math.ceil ( x )
    ceil f64::ceil;
    /// 21.3.2.12 Math.cos ( x )
    cos f64::cos;
    /// 21.3.2.13 Math.cosh ( x )
    cosh f64::cosh;
    /// 21.3.2.14 Math.exp ( x )
    exp f64::exp;
    /// 21.3.2.15 Math.expm1 ( x )
    expm1 f64::exp_m1;
    /// 21.3.2.16 Math.floor ( x )
    floor f64::floor;
    /// 21.3.2.17 Math.fround ( x )
    fround |x| f64::from(x as f32);
    /// 21.3.2.18 Math.f16round ( x )
    f16round crate::value::number::round_f16;
    /// 21.3.2.21 Math.log ( x )
    log f64::ln;
    /// 21.3.2.22 Math.log1p ( x )
    log1p f64::ln_1p;
    /// 21.3.2.23 Math.log10 ( x )
    log10 f64::log10;
    /// 21.3.2.24 Math.log2 ( x )
    log2 f64::log2;
    /// 21.3.2.29 Math.round ( x )
    round |x| {
        let f = x.floor();
        if x - f >= 0.5 { (f + 1.0).copysign(x) } else { f }
    };
    /// 21.3.2.30 Math.sign ( x )
    sign |x| if x.is_nan() || x == 0.0 { x } else { 1f64.copysign(x) };
    /// 21.3.2.31 Math.sin ( x )
    sin f64::sin;
    /// 21.3.2.32 Math.sinh ( x )
    sinh f64::sinh;
    /// 21.3.2.33 Math.sqrt ( x )
    sqrt f64::sqrt;
    /// 21.3.2.35 Math.tan ( x )
    tan f64::tan;
    /// 21.3.2.36 Math.tanh ( x )
    tanh f64::tanh;
    /// 21.3.2.37 Math.trunc ( x )
    trunc f64::trunc;
}

/// 21.3.2.8 Math.atan2 ( y, x )
fn atan2<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let y = vm.to_number(args.get(0))?;
    let x = vm.to_number(args.get(1))?;
    Ok(Value::number(y.atan2(x)))
}

/// 21.3.2.11 Math.clz32 ( x )
fn clz32<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::int(vm.to_int32(args.get(0))?.leading_zeros() as i32))
}

/// The arguments as numbers, all coerced first.
fn numbers<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Vec<f64>> {
    vm.charge(args.len() / 8)?;
    let mut list = Vec::with_capacity(args.len());
    for &v in args.slice() {
        list.push(vm.to_number(v)?);
    }
    Ok(list)
}

/// 21.3.2.19 Math.hypot ( ...args )
fn hypot<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let list = numbers(vm, args)?;
    if list.iter().any(|n| n.is_infinite()) {
        return Ok(Value::number(f64::INFINITY));
    }
    if list.iter().any(|n| n.is_nan()) {
        return Ok(Value::number(f64::NAN));
    }
    if let [x, y] = list[..] {
        return Ok(Value::number(x.hypot(y)));
    }
    let max = list.iter().fold(0.0, |m: f64, n| m.max(n.abs()));
    if max == 0.0 {
        return Ok(Value::int(0));
    }
    let (mut sum, mut rest) = (0.0, 0.0);
    for n in list {
        let r = n / max;
        let t = r * r - rest;
        let next = sum + t;
        rest = (next - sum) - t;
        sum = next;
    }
    Ok(Value::number(sum.sqrt() * max))
}

/// 21.3.2.20 Math.imul ( x, y )
fn imul<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let x = vm.to_int32(args.get(0))?;
    let y = vm.to_int32(args.get(1))?;
    Ok(Value::int(x.wrapping_mul(y)))
}

/// 21.3.2.25 Math.max ( ...args )
fn max<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let [a, b] = args.slice()
        && let (Some(x), Some(y)) = (a.as_int(), b.as_int())
    {
        return Ok(Value::int(x.max(y)));
    }
    vm.charge(args.len() / 8)?;
    let mut r = f64::NEG_INFINITY;
    for &v in args.slice() {
        let n = vm.to_number(v)?;
        if n.is_nan() || n > r || n == 0.0 && r == 0.0 && r.is_sign_negative() {
            r = n;
        }
    }
    Ok(Value::number(r))
}

/// 21.3.2.26 Math.min ( ...args )
fn min<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if let [a, b] = args.slice()
        && let (Some(x), Some(y)) = (a.as_int(), b.as_int())
    {
        return Ok(Value::int(x.min(y)));
    }
    vm.charge(args.len() / 8)?;
    let mut r = f64::INFINITY;
    for &v in args.slice() {
        let n = vm.to_number(v)?;
        if n.is_nan() || n < r || n == 0.0 && r == 0.0 && n.is_sign_negative() {
            r = n;
        }
    }
    Ok(Value::number(r))
}

/// 21.3.2.27 Math.pow ( base, exponent )
fn pow<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let x = vm.to_number(args.get(0))?;
    let y = vm.to_number(args.get(1))?;
    Ok(Value::number(crate::vm::ops::power(x, y)))
}

/// 21.3.2.28 Math.random ( ): xorshift64*, the upper 53 bits.
fn random<'gc>(vm: &mut Vm<'gc>, _: Args<'gc>) -> JsResult<Value<'gc>> {
    let mut x = vm.st.random.max(1);
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    vm.st.random = x;
    let bits = x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
    Ok(Value::number(bits as f64 / 9_007_199_254_740_992.0))
}

/// 21.3.2.34 Math.sumPrecise ( items )
fn sum_precise<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    use num_bigint::BigInt;
    vm.require_coercible(args.get(0), "Math.sumPrecise")?;
    // Exact: the sum in units of 2^-1074.
    let mut exact = BigInt::ZERO;
    let mut small: i128 = 0;
    let mut count = 0u64;
    let (mut nan, mut plus, mut minus, mut all_minus_zero) = (false, false, false, true);
    super::array_iterator::for_each_of(vm, args.get(0), |vm, v| {
        count += 1;
        let Some(n) = v.as_number() else { return Err(vm.type_error("Math.sumPrecise takes numbers only")) };
        if n.is_nan() {
            nan = true;
        } else if n.is_infinite() {
            *(if n > 0.0 { &mut plus } else { &mut minus }) = true;
        } else if n != 0.0 || n.is_sign_positive() {
            all_minus_zero = false;
            if n.trunc() == n && n.abs() < 9e15 {
                small += n as i128;
            } else {
                let bits = n.to_bits();
                let e = bits >> 52 & 0x7ff;
                let m = bits & ((1 << 52) - 1) | if e == 0 { 0 } else { 1 << 52 };
                let m = BigInt::from(m) << e.saturating_sub(1);
                if n > 0.0 {
                    exact += m
                } else {
                    exact -= m
                }
                vm.charge(4)?;
            }
        }
        Ok(())
    })?;
    if nan || plus && minus {
        return Ok(Value::number(f64::NAN));
    }
    if plus || minus {
        return Ok(Value::number(if plus { f64::INFINITY } else { f64::NEG_INFINITY }));
    }
    if all_minus_zero {
        return Ok(Value::number(-0.0));
    }
    exact += BigInt::from(small) << 1074u32;
    Ok(Value::number(scaled(&exact)))
}

/// `n` times 2^-1074, rounded to nearest, ties to even.
fn scaled(n: &num_bigint::BigInt) -> f64 {
    let magnitude = n.magnitude();
    let bits = magnitude.bits();
    let sign = if n.sign() == num_bigint::Sign::Minus { -1.0 } else { 1.0 };
    let low = |m: &num_bigint::BigUint| m.iter_u64_digits().next().unwrap_or(0);
    if bits <= 53 {
        // Up to 53 bits at the least exponent are exact.
        return sign * low(magnitude) as f64 * 5e-324;
    }
    let shift = bits - 53;
    let top = low(&(magnitude >> shift));
    let half = magnitude.bit(shift - 1);
    let sticky = magnitude.trailing_zeros().unwrap_or(0) < shift - 1;
    let top = if half && (sticky || top & 1 == 1) { top + 1 } else { top };
    // top * 2^(shift - 1074), where top has 53 bits or is 2^53.
    if top == 1 << 53 && shift + 1 > 2045 || shift > 2045 {
        return sign * f64::INFINITY;
    }
    let exponent = shift as i32 - 1074;
    let scale = |e: i32| f64::from_bits(((e + 1023) as u64) << 52);
    let first = exponent.clamp(-1000, 1000);
    sign * (top as f64 * scale(first)) * scale(exponent - first)
}
