//! BigInt objects (21.2).
#![forbid(unsafe_code)]

use num_bigint::BigInt;

use super::{Row, methods};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::value::Value;
use crate::value::bigint::BigIntCell;
use crate::value::convert::Hint;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("asIntN", 2, as_int_n), ("asUintN", 2, as_uint_n)];

const PROTOTYPE: &[Row] =
    &[("toLocaleString", 0, to_locale_string), ("toString", 0, to_string), ("valueOf", 0, value_of)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let proto = super::prototype(
        vm,
        Intrinsic::BigIntPrototype,
        Intrinsic::ObjectPrototype,
        Class::Object,
        ObjectData::None,
    )?;
    let c = super::constructor(vm, Intrinsic::BigInt, "BigInt", 1, bigint, proto)?;
    methods(vm, c, STATIC)?;
    methods(vm, proto, PROTOTYPE)?;
    super::tag(vm, proto, "BigInt")
}

/// 21.2.1.1 BigInt ( value )
fn bigint<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if !args.new_target().is_undefined() {
        return Err(vm.type_error("BigInt is not a constructor"));
    }
    let p = vm.to_primitive(args.get(0), Hint::Number)?;
    if let Some(n) = p.as_number() {
        if !n.is_finite() || n.trunc() != n {
            let text = format!(
                "the number {} cannot be converted to a BigInt because it is not an integer",
                vm.show(p)
            );
            return Err(vm.range_error(&text));
        }
        let b: BigInt = num_traits::FromPrimitive::from_f64(n).unwrap_or(BigInt::ZERO);
        return vm.bigint(b);
    }
    if p.is_bigint() {
        return Ok(p);
    }
    if let Some(s) = p.as_string() {
        charge_digits(vm, s.len() as u64 * 4)?;
    }
    let b = vm.to_bigint(p)?;
    vm.bigint(b)
}

/// Charges a conversion between digits and bits.
fn charge_digits(vm: &mut Vm<'_>, bits: u64) -> JsResult<()> {
    let words = (bits / 64) as usize;
    vm.charge(words.saturating_mul(words) / 64 + words)
}

/// The number of bits and the BigInt of asIntN and asUintN.
fn bits_and_value<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<(u64, BigInt)> {
    let bits = vm.to_index(args.get(0))?;
    let b = vm.to_bigint(args.get(1))?;
    vm.charge((b.bits() / 512) as usize)?;
    Ok((bits, b))
}

/// `b` modulo 2^`bits`.
fn modulo<'gc>(vm: &mut Vm<'gc>, b: &BigInt, bits: u64) -> JsResult<BigInt> {
    if b.sign() != num_bigint::Sign::Minus && b.bits() <= bits {
        return Ok(b.clone());
    }
    if bits > crate::value::bigint::MAX_BITS {
        return Err(vm.range_error("BigInt is too large"));
    }
    vm.charge((bits / 512) as usize)?;
    Ok(b & ((BigInt::from(1) << bits) - 1))
}

/// 21.2.2.1 BigInt.asIntN ( bits, bigint )
fn as_int_n<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (bits, b) = bits_and_value(vm, args)?;
    if bits == 0 {
        return vm.bigint(BigInt::ZERO);
    }
    if b.bits() < bits {
        return vm.bigint(b);
    }
    let m = modulo(vm, &b, bits)?;
    let m = if m.bit(bits - 1) { m - (BigInt::from(1) << bits) } else { m };
    vm.bigint(m)
}

/// 21.2.2.2 BigInt.asUintN ( bits, bigint )
fn as_uint_n<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (bits, b) = bits_and_value(vm, args)?;
    let m = modulo(vm, &b, bits)?;
    vm.bigint(m)
}

/// 21.2.3.4.1 ThisBigIntValue ( value )
fn this_bigint<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<gc::Gc<'gc, BigIntCell>> {
    let this = args.this();
    let held = match this.as_object().filter(|o| o.is_class(Class::BigInt)).map(|o| o.data()) {
        Some(ObjectData::Primitive(v)) => v,
        _ => this,
    };
    match held.as_bigint() {
        Some(b) => Ok(b),
        None => super::wrong_receiver(vm, name, this),
    }
}

/// 21.2.3.2 BigInt.prototype.toLocaleString ( [ reserved1 [ , reserved2 ] ] )
fn to_locale_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this_bigint(vm, args, "BigInt.prototype.toLocaleString")?;
    charge_digits(vm, b.value.bits())?;
    let sign = if b.value.sign() == num_bigint::Sign::Minus { "-" } else { "" };
    let text = super::number::grouped(&b.value.magnitude().to_string());
    Ok(Value::string(vm.str(&format!("{sign}{text}"))?))
}

/// 21.2.3.3 BigInt.prototype.toString ( [ radix ] )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this_bigint(vm, args, "BigInt.prototype.toString")?;
    let radix = match args.get(0) {
        v if v.is_undefined() => 10.0,
        v => vm.to_integer(v)?,
    };
    if !(2.0..=36.0).contains(&radix) {
        return Err(vm.range_error("toString() radix must be between 2 and 36"));
    }
    charge_digits(vm, b.value.bits())?;
    Ok(Value::string(vm.str(&b.value.to_str_radix(radix as u32))?))
}

/// 21.2.3.4 BigInt.prototype.valueOf ( )
fn value_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_bigint(vm, args, "BigInt.prototype.valueOf").map(Value::bigint)
}
