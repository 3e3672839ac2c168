//! Arithmetic and comparison beyond two numbers.
#![forbid(unsafe_code)]

use num_bigint::BigInt;

use crate::bytecode::opcode::Op;
use crate::value::convert::{Hint, Numeric};
use crate::value::{Str, Value};
use crate::vm::{JsResult, Vm};

/// Number::exponentiate.
pub(crate) fn power(x: f64, y: f64) -> f64 {
    if y.is_nan() || y.is_infinite() && x.abs() == 1.0 {
        return f64::NAN;
    }
    x.powf(y)
}

impl<'gc> Vm<'gc> {
    /// `+`
    pub(crate) fn add(&mut self, x: Value<'gc>, y: Value<'gc>) -> JsResult<Value<'gc>> {
        if let (Some(a), Some(b)) = (x.as_string(), y.as_string()) {
            return self.concat(a, b);
        }
        let x = self.to_primitive(x, Hint::Default)?;
        let y = self.to_primitive(y, Hint::Default)?;
        if x.is_string() || y.is_string() {
            let (a, b) = (self.to_string(x)?, self.to_string(y)?);
            return self.concat(a, b);
        }
        self.arith(Op::Add, x, y)
    }

    /// Two strings one after the other.
    pub(crate) fn concat(&mut self, a: Str<'gc>, b: Str<'gc>) -> JsResult<Value<'gc>> {
        if a.len() + b.len() > crate::value::string::MAX_LENGTH {
            return Err(self.range_error("invalid string length"));
        }
        Ok(Value::string(Str::concat(self.mc, a, b)?))
    }

    /// An arithmetic operator by its operation.
    #[inline(never)]
    pub(crate) fn arith(&mut self, op: Op, x: Value<'gc>, y: Value<'gc>) -> JsResult<Value<'gc>> {
        let (a, b) = (self.to_numeric(x)?, self.to_numeric(y)?);
        match (a, b) {
            (Numeric::Number(a), Numeric::Number(b)) => {
                let (i, j) = (crate::value::number::to_int32(a), crate::value::number::to_int32(b));
                Ok(Value::number(match op {
                    Op::Add => a + b,
                    Op::Sub => a - b,
                    Op::Mul => a * b,
                    Op::Div => a / b,
                    Op::Mod => a % b,
                    Op::Exp => power(a, b),
                    Op::BitAnd => f64::from(i & j),
                    Op::BitOr => f64::from(i | j),
                    Op::BitXor => f64::from(i ^ j),
                    Op::Shl => f64::from(i.wrapping_shl(j as u32)),
                    Op::Shr => f64::from(i.wrapping_shr(j as u32)),
                    _ => f64::from((i as u32).wrapping_shr(j as u32)),
                }))
            }
            (Numeric::BigInt(a), Numeric::BigInt(b)) => self.arith_bigint(op, a, b),
            _ => Err(self.type_error("cannot mix BigInt and other types, use explicit conversions")),
        }
    }

    fn arith_bigint(&mut self, op: Op, a: BigInt, b: BigInt) -> JsResult<Value<'gc>> {
        let work = (a.bits() + b.bits()) / 64;
        self.charge(work as usize)?;
        let zero = BigInt::ZERO;
        let r = match op {
            Op::Add => a + b,
            Op::Sub => a - b,
            Op::Mul => {
                if a.bits() + b.bits() > crate::value::bigint::MAX_BITS {
                    return Err(self.range_error("BigInt is too large"));
                }
                self.charge((a.bits() / 64 * (b.bits() / 64) / 64) as usize)?;
                a * b
            }
            Op::Div | Op::Mod => {
                if b == zero {
                    return Err(self.range_error("division by zero"));
                }
                self.charge((a.bits() / 64 * (b.bits() / 64) / 64) as usize)?;
                if op == Op::Div { a / b } else { a % b }
            }
            Op::Exp => {
                if b < zero {
                    return Err(self.range_error("exponent must not be negative"));
                }
                let Some(e) = num_traits::ToPrimitive::to_u32(&b) else {
                    if a == zero || a == BigInt::from(1) {
                        return self.bigint(a);
                    }
                    if a == BigInt::from(-1) {
                        let odd = b.bit(0);
                        return self.bigint(BigInt::from(if odd { -1 } else { 1 }));
                    }
                    return Err(self.range_error("BigInt is too large"));
                };
                if a.bits() > 1
                    && a.bits().saturating_sub(1).saturating_mul(u64::from(e))
                        > crate::value::bigint::MAX_BITS
                {
                    return Err(self.range_error("BigInt is too large"));
                }
                a.pow(e)
            }
            Op::BitAnd => a & b,
            Op::BitOr => a | b,
            Op::BitXor => a ^ b,
            Op::Shl | Op::Shr => {
                let left = (op == Op::Shl) == (b >= zero);
                let magnitude = num_traits::ToPrimitive::to_u64(b.magnitude()).unwrap_or(u64::MAX);
                if left {
                    if a != zero && a.bits().saturating_add(magnitude) > crate::value::bigint::MAX_BITS {
                        return Err(self.range_error("BigInt is too large"));
                    }
                    if a == zero { a } else { a << magnitude }
                } else if magnitude > a.bits() {
                    BigInt::from(if a < zero { -1 } else { 0 })
                } else {
                    a >> magnitude
                }
            }
            _ => return Err(self.type_error("BigInts have no unsigned right shift, use >> instead")),
        };
        self.bigint(r)
    }

    /// Unary `-`.
    pub(crate) fn negate(&mut self, x: Value<'gc>) -> JsResult<Value<'gc>> {
        match self.to_numeric(x)? {
            Numeric::Number(n) => Ok(Value::number(-n)),
            Numeric::BigInt(b) => self.bigint(-b),
        }
    }

    /// `~`
    pub(crate) fn bit_not(&mut self, x: Value<'gc>) -> JsResult<Value<'gc>> {
        match self.to_numeric(x)? {
            Numeric::Number(n) => Ok(Value::int(!crate::value::number::to_int32(n))),
            Numeric::BigInt(b) => self.bigint(!b),
        }
    }

    /// `++` and `--`
    pub(crate) fn increment(&mut self, x: Value<'gc>, by: i32) -> JsResult<Value<'gc>> {
        match self.to_numeric(x)? {
            Numeric::Number(n) => Ok(Value::number(n + f64::from(by))),
            Numeric::BigInt(b) => self.bigint(b + by),
        }
    }

    /// ToNumeric as a value.
    pub(crate) fn to_numeric_value(&mut self, x: Value<'gc>) -> JsResult<Value<'gc>> {
        if x.is_bigint() {
            return Ok(x);
        }
        match self.to_numeric(x)? {
            Numeric::Number(n) => Ok(Value::number(n)),
            Numeric::BigInt(b) => self.bigint(b),
        }
    }

    pub(crate) fn less(&mut self, x: Value<'gc>, y: Value<'gc>) -> JsResult<bool> {
        Ok(self.compare(x, y)? == Some(std::cmp::Ordering::Less))
    }
    pub(crate) fn less_or_equal(&mut self, x: Value<'gc>, y: Value<'gc>) -> JsResult<bool> {
        Ok(self.compare(x, y)?.is_some_and(std::cmp::Ordering::is_le))
    }
    pub(crate) fn greater(&mut self, x: Value<'gc>, y: Value<'gc>) -> JsResult<bool> {
        Ok(self.compare(x, y)? == Some(std::cmp::Ordering::Greater))
    }
    pub(crate) fn greater_or_equal(&mut self, x: Value<'gc>, y: Value<'gc>) -> JsResult<bool> {
        Ok(self.compare(x, y)?.is_some_and(std::cmp::Ordering::is_ge))
    }

    /// `in`
    pub(crate) fn has_in(&mut self, k: Value<'gc>, o: Value<'gc>) -> JsResult<Value<'gc>> {
        let Some(object) = o.as_object() else {
            let text = format!("cannot use 'in' to search in {}", self.show(o));
            return Err(self.type_error(&text));
        };
        let key = self.to_key(k)?;
        object.has_property(self, key).map(Value::bool)
    }

    /// `instanceof`
    pub(crate) fn instance_of(&mut self, v: Value<'gc>, target: Value<'gc>) -> JsResult<bool> {
        match self.instance_handler(target)? {
            None => self.ordinary_has_instance(target, v),
            Some(handler) => {
                let r = self.call(handler, target, &[v])?;
                Ok(self.to_boolean(r))
            }
        }
    }

    /// The `Symbol.hasInstance` of the right-hand side of an `instanceof`; `None` if OrdinaryHasInstance answers.
    pub(crate) fn instance_handler(&mut self, target: Value<'gc>) -> JsResult<Option<Value<'gc>>> {
        let Some(t) = target.as_object() else {
            return Err(self.type_error("right-hand side of 'instanceof' is not an object"));
        };
        let known = match t.data() {
            crate::object::data::ObjectData::Closure(c) => {
                c.construct.get().filter(|k| k.function.ptr_eq(t.shape()) && !k.function.dictionary)
            }
            _ => None,
        };
        if let Some(k) = known
            && k.plain_instances.get() == Some(self.proto_epoch)
        {
            return Ok(None);
        }
        let key = self.well_known(crate::value::symbol::WellKnown::HasInstance);
        let handler = match self.get_cached(target, key, std::ptr::null_mut())? {
            super::Got::Value(v) => v,
            super::Got::Getter(f) => self.call(f, target, &[])?,
        };
        if !handler.is_nullish() {
            let default = self.realm().get(crate::vm::realm::Intrinsic::FunctionHasInstance);
            if default.map(Value::object) != Some(handler) {
                if !self.is_callable(handler) {
                    return Err(self.type_error("Symbol.hasInstance is not a function"));
                }
                return Ok(Some(handler));
            }
            if let Some(k) = known {
                k.plain_instances.set(Some(self.proto_epoch));
            }
        }
        if !t.is_callable() {
            return Err(self.type_error("right-hand side of 'instanceof' is not callable"));
        }
        Ok(None)
    }

    /// OrdinaryHasInstance.
    pub(crate) fn ordinary_has_instance(&mut self, target: Value<'gc>, v: Value<'gc>) -> JsResult<bool> {
        let Some(t) = target.as_object().filter(|t| t.is_callable()) else { return Ok(false) };
        if let crate::object::data::ObjectData::Bound(b) = t.data() {
            return self.instance_of(v, Value::object(b.target));
        }
        let Some(mut o) = v.as_object() else { return Ok(false) };
        let key = self.names().prototype;
        let proto = match t.data() {
            crate::object::data::ObjectData::Closure(c)
                if c.construct.get().is_some_and(|k| k.function.ptr_eq(t.shape())) =>
            {
                let slot = c.construct.get().map_or(0, |k| k.slot);
                t.slot(slot)
            }
            _ => t.get(self, key, target)?,
        };
        let Some(proto) = proto.as_object() else {
            return Err(self.type_error("prototype of the right-hand side of 'instanceof' is not an object"));
        };
        loop {
            match o.get_proto(self)? {
                None => return Ok(false),
                Some(p) if p.is(proto) => return Ok(true),
                Some(p) => o = p,
            }
        }
    }
}
