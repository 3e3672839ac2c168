//! Type conversion (7.1) and comparison (7.2).
#![forbid(unsafe_code)]

use num_bigint::BigInt;

use super::bigint::BigIntCell;
use super::number;
use super::symbol::WellKnown;
use super::{Kind, PropertyKey, Str, Value};
use crate::object::data::ObjectData;
use crate::object::{Class, EXOTIC, Object};
use crate::vm::realm::Intrinsic;
use crate::vm::{JsResult, Vm};

/// The preferred type of ToPrimitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Hint {
    Default,
    Number,
    String,
}

/// A Number or a BigInt.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Numeric {
    Number(f64),
    BigInt(BigInt),
}

/// Numbers whose texts are remembered.
const TEXTS: usize = 128;

impl<'gc> Vm<'gc> {
    /// ToBoolean.
    #[inline]
    pub fn to_boolean(&self, v: Value<'gc>) -> bool {
        match v.kind() {
            Kind::Bool(b) => b,
            Kind::Undefined | Kind::Null | Kind::Internal => false,
            Kind::Int(i) => i != 0,
            Kind::Double(d) => !(d == 0.0 || d.is_nan()),
            Kind::String(s) => !s.is_empty(),
            Kind::BigInt(b) => b.value != BigInt::ZERO,
            Kind::Object(o) => !o.has(crate::object::HTMLDDA),
            Kind::Symbol(_) => true,
        }
    }

    /// ToPrimitive.
    ///
    /// # Errors
    /// A TypeError, or what a method throws.
    pub fn to_primitive(&mut self, v: Value<'gc>, hint: Hint) -> JsResult<Value<'gc>> {
        let Some(o) = v.as_object() else { return Ok(v) };
        self.check_native_stack()?;
        let key = self.well_known(WellKnown::ToPrimitive);
        let exotic = o.get(self, key, v)?;
        if !exotic.is_nullish() {
            if !self.is_callable(exotic) {
                return Err(self.type_error("Symbol.toPrimitive is not a function"));
            }
            let n = self.names();
            let text = match hint {
                Hint::Default => n.default,
                Hint::Number => n.number,
                Hint::String => n.string,
            };
            let result = self.call(exotic, v, &[text.to_value()])?;
            if result.is_object() {
                return Err(self.type_error("Symbol.toPrimitive returned an object"));
            }
            return Ok(result);
        }
        let n = self.names();
        let order = if hint == Hint::String { [n.to_string, n.value_of] } else { [n.value_of, n.to_string] };
        for key in order {
            let method = o.get(self, key, v)?;
            if self.is_callable(method) {
                let result = self.call(method, v, &[])?;
                if !result.is_object() {
                    return Ok(result);
                }
            }
        }
        Err(self.type_error("cannot convert object to primitive value"))
    }

    /// ToNumeric, for operators.
    ///
    /// # Errors
    /// A TypeError for symbols, or what a method throws.
    pub fn to_numeric(&mut self, v: Value<'gc>) -> JsResult<Numeric> {
        let v = self.to_primitive(v, Hint::Number)?;
        match v.as_bigint() {
            Some(b) => Ok(Numeric::BigInt(b.value.clone())),
            None => Ok(Numeric::Number(self.to_number(v)?)),
        }
    }

    /// ToNumber.
    ///
    /// # Errors
    /// A TypeError for symbols and BigInts, or what a method throws.
    #[inline]
    pub fn to_number(&mut self, v: Value<'gc>) -> JsResult<f64> {
        match v.as_number() {
            Some(n) => Ok(n),
            None => self.to_number_slow(v),
        }
    }

    fn to_number_slow(&mut self, v: Value<'gc>) -> JsResult<f64> {
        match v.kind() {
            Kind::Undefined | Kind::Internal => Ok(f64::NAN),
            Kind::Null | Kind::Bool(false) => Ok(0.0),
            Kind::Bool(true) => Ok(1.0),
            Kind::Int(i) => Ok(f64::from(i)),
            Kind::Double(d) => Ok(d),
            Kind::String(s) => Ok(number::parse(s.units(self.mc)?)),
            Kind::Symbol(_) => Err(self.type_error("cannot convert a Symbol value to a number")),
            Kind::BigInt(_) => Err(self.type_error("cannot convert a BigInt value to a number")),
            Kind::Object(_) => {
                let p = self.to_primitive(v, Hint::Number)?;
                self.to_number_slow(p)
            }
        }
    }

    /// ToIntegerOrInfinity.
    ///
    /// # Errors
    /// As [`Vm::to_number`].
    pub fn to_integer(&mut self, v: Value<'gc>) -> JsResult<f64> {
        if let Some(i) = v.as_int() {
            return Ok(f64::from(i));
        }
        let n = self.to_number(v)?;
        Ok(if n.is_nan() { 0.0 } else { n.trunc() + 0.0 })
    }

    /// ToInt32.
    ///
    /// # Errors
    /// As [`Vm::to_number`].
    #[inline]
    pub fn to_int32(&mut self, v: Value<'gc>) -> JsResult<i32> {
        if let Some(i) = v.as_int() {
            return Ok(i);
        }
        Ok(number::to_int32(self.to_number(v)?))
    }

    /// ToLength.
    ///
    /// # Errors
    /// As [`Vm::to_number`].
    pub fn to_length(&mut self, v: Value<'gc>) -> JsResult<u64> {
        let n = self.to_integer(v)?;
        Ok(n.clamp(0.0, 9_007_199_254_740_991.0) as u64)
    }

    /// ToIndex.
    ///
    /// # Errors
    /// A RangeError, or as [`Vm::to_number`].
    pub fn to_index(&mut self, v: Value<'gc>) -> JsResult<u64> {
        let n = self.to_integer(v)?;
        if !(0.0..=9_007_199_254_740_991.0).contains(&n) {
            return Err(self.range_error("index is out of range"));
        }
        Ok(n as u64)
    }

    /// LengthOfArrayLike.
    ///
    /// # Errors
    /// What getting the length throws.
    pub fn length_of(&mut self, o: Object<'gc>) -> JsResult<u64> {
        if o.is_array() {
            return Ok(u64::from(o.array_length()));
        }
        let key = self.names().length;
        let v = o.get(self, key, Value::object(o))?;
        self.to_length(v)
    }

    /// A relative index argument clamped to a length (as of slice, fill, at …).
    ///
    /// # Errors
    /// As [`Vm::to_number`].
    pub fn relative_index(&mut self, v: Value<'gc>, len: u64, default: u64) -> JsResult<u64> {
        if v.is_undefined() {
            return Ok(default);
        }
        let n = self.to_integer(v)?;
        Ok(if n < 0.0 { (len as f64 + n).max(0.0) as u64 } else { n.min(len as f64) as u64 })
    }

    /// ToString.
    ///
    /// # Errors
    /// A TypeError for symbols, or what a method throws.
    #[inline]
    pub fn to_string(&mut self, v: Value<'gc>) -> JsResult<Str<'gc>> {
        match v.as_string() {
            Some(s) => Ok(s),
            None => self.to_string_slow(v),
        }
    }

    fn to_string_slow(&mut self, v: Value<'gc>) -> JsResult<Str<'gc>> {
        let n = self.names();
        let key = match v.kind() {
            Kind::String(s) => return Ok(s),
            Kind::Undefined | Kind::Internal => n.undefined,
            Kind::Null => n.null,
            Kind::Bool(true) => n.true_,
            Kind::Bool(false) => n.false_,
            Kind::Int(i) => {
                if (0..10).contains(&i) {
                    return self.char(48 + i as u16);
                }
                if let Some(s) = self.known_text(v) {
                    return Ok(s);
                }
                let mut buffer = [0u8; 12];
                let mut at = buffer.len();
                let mut n = i.unsigned_abs();
                while n > 0 {
                    at -= 1;
                    buffer[at] = b'0' + (n % 10) as u8;
                    n /= 10;
                }
                if i < 0 {
                    at -= 1;
                    buffer[at] = b'-';
                }
                let s = Str::latin1(self.mc, &buffer[at..])?;
                return Ok(self.know_text(v, s));
            }
            Kind::Double(d) => {
                if let Some(s) = self.known_text(v) {
                    return Ok(s);
                }
                let s = self.str(&number::to_text(d))?;
                return Ok(self.know_text(v, s));
            }
            Kind::BigInt(b) => {
                self.charge((b.value.bits() / 64) as usize)?;
                return self.str(&b.value.to_string());
            }
            Kind::Symbol(_) => return Err(self.type_error("cannot convert a Symbol value to a string")),
            Kind::Object(_) => {
                let p = self.to_primitive(v, Hint::String)?;
                return self.to_string_slow(p);
            }
        };
        match key {
            PropertyKey::Name(s) => Ok(s),
            _ => self.str(""),
        }
    }

    /// The place of a number in the cache of texts: the same for the same bits.
    fn text_place(v: Value<'gc>) -> usize {
        (v.bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % TEXTS
    }

    /// The text of a number, if it was made lately.
    #[inline]
    fn known_text(&self, v: Value<'gc>) -> Option<Str<'gc>> {
        let (known, s) = (*self.st.texts.get(Self::text_place(v))?)?;
        (known == v).then_some(s)
    }

    /// Remembers the text of a number.
    fn know_text(&mut self, v: Value<'gc>, s: Str<'gc>) -> Str<'gc> {
        if self.st.texts.is_empty() {
            self.st.texts.resize(TEXTS, None);
        }
        self.st.texts[Self::text_place(v)] = Some((v, s));
        s
    }

    /// ToPropertyKey.
    ///
    /// # Errors
    /// What a method throws.
    #[inline]
    pub fn to_key(&mut self, v: Value<'gc>) -> JsResult<PropertyKey<'gc>> {
        if let Some(i) = v.as_int()
            && i >= 0
        {
            return Ok(PropertyKey::Index(i as u32));
        }
        if let Some(s) = v.as_string() {
            return self.key_of(s);
        }
        self.to_key_slow(v)
    }

    fn to_key_slow(&mut self, v: Value<'gc>) -> JsResult<PropertyKey<'gc>> {
        let p = self.to_primitive(v, Hint::String)?;
        if let Some(s) = p.as_symbol() {
            return Ok(PropertyKey::Symbol(s));
        }
        if let Some(n) = p.as_number() {
            let i = n as u32;
            if f64::from(i) == n && i != u32::MAX {
                return Ok(PropertyKey::Index(i));
            }
        }
        let s = self.to_string(p)?;
        self.key_of(s)
    }

    /// ToObject.
    ///
    /// # Errors
    /// A TypeError for undefined and null.
    pub fn to_object(&mut self, v: Value<'gc>) -> JsResult<Object<'gc>> {
        let (which, class) = match v.kind() {
            Kind::Object(o) => return Ok(o),
            Kind::Undefined | Kind::Null | Kind::Internal => {
                let text = format!("cannot convert {} to object", self.show(v));
                return Err(self.type_error(&text));
            }
            Kind::Bool(_) => (Intrinsic::BooleanPrototype, Class::Boolean),
            Kind::Int(_) | Kind::Double(_) => (Intrinsic::NumberPrototype, Class::Number),
            Kind::String(_) => (Intrinsic::StringPrototype, Class::String),
            Kind::Symbol(_) => (Intrinsic::SymbolPrototype, Class::Symbol),
            Kind::BigInt(_) => (Intrinsic::BigIntPrototype, Class::BigInt),
        };
        let proto = self.intrinsic(which)?;
        let shape = self.root_shape(Some(proto), 0);
        let flags = if class == Class::String { EXOTIC } else { 0 };
        Ok(Object::new(self.mc, shape, class, flags, ObjectData::Primitive(v))?)
    }

    /// RequireObjectCoercible.
    ///
    /// # Errors
    /// A TypeError for undefined and null.
    pub fn require_coercible(&mut self, v: Value<'gc>, what: &str) -> JsResult<()> {
        if v.is_nullish() {
            let text = format!("{what} called on null or undefined");
            return Err(self.type_error(&text));
        }
        Ok(())
    }

    /// Whether a value can be called.
    #[inline]
    pub fn is_callable(&self, v: Value<'gc>) -> bool {
        v.as_object().is_some_and(|o| o.is_callable())
    }

    /// IsArray: looks through proxies.
    ///
    /// # Errors
    /// A TypeError for a revoked proxy.
    pub fn is_array(&mut self, v: Value<'gc>) -> JsResult<bool> {
        let Some(mut o) = v.as_object() else { return Ok(false) };
        loop {
            if o.is_array() {
                return Ok(true);
            }
            match o.data() {
                ObjectData::Proxy(p) => match p.target.get() {
                    Some(t) => o = t,
                    None => return Err(self.type_error("proxy was revoked")),
                },
                _ => return Ok(false),
            }
        }
    }

    /// `typeof`
    pub fn type_of(&self, v: Value<'gc>) -> Value<'gc> {
        let n = self.names();
        match v.kind() {
            Kind::Undefined | Kind::Internal => n.undefined,
            Kind::Null => n.object,
            Kind::Bool(_) => n.boolean,
            Kind::Int(_) | Kind::Double(_) => n.number,
            Kind::String(_) => n.string,
            Kind::Symbol(_) => n.symbol,
            Kind::BigInt(_) => n.bigint,
            Kind::Object(o) if o.has(crate::object::HTMLDDA) => n.undefined,
            Kind::Object(o) if o.is_callable() => n.function,
            Kind::Object(_) => n.object,
        }
        .to_value()
    }

    /// SameValue.
    pub fn same_value(&mut self, a: Value<'gc>, b: Value<'gc>) -> bool {
        match (a.as_number(), b.as_number()) {
            (Some(x), Some(y)) => x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan(),
            _ => self.strict_equals(a, b),
        }
    }

    /// SameValueZero.
    pub fn same_value_zero(&mut self, a: Value<'gc>, b: Value<'gc>) -> bool {
        match (a.as_number(), b.as_number()) {
            (Some(x), Some(y)) => x == y || x.is_nan() && y.is_nan(),
            _ => self.strict_equals(a, b),
        }
    }

    /// IsStrictlyEqual. (Strings that do not fit into memory flat count as different.)
    pub fn strict_equals(&mut self, a: Value<'gc>, b: Value<'gc>) -> bool {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return x == y;
        }
        if a == b {
            return true;
        }
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return x.equals(y, self.mc).unwrap_or(false);
        }
        match (a.as_bigint(), b.as_bigint()) {
            (Some(x), Some(y)) => x.value == y.value,
            _ => false,
        }
    }

    /// IsLooselyEqual.
    ///
    /// # Errors
    /// What a conversion throws.
    pub fn loose_equals(&mut self, a: Value<'gc>, b: Value<'gc>) -> JsResult<bool> {
        let dda = |v: Value<'gc>| v.as_object().is_some_and(|o| o.has(crate::object::HTMLDDA));
        match (a.kind(), b.kind()) {
            (Kind::Undefined | Kind::Null, Kind::Undefined | Kind::Null) => Ok(true),
            (Kind::Undefined | Kind::Null, _) => Ok(dda(b)),
            (_, Kind::Undefined | Kind::Null) => Ok(dda(a)),
            (Kind::Object(_), Kind::Object(_)) => Ok(a == b),
            (Kind::Bool(x), _) if !b.is_bool() => self.loose_equals(Value::int(i32::from(x)), b),
            (_, Kind::Bool(y)) if !a.is_bool() => self.loose_equals(a, Value::int(i32::from(y))),
            (Kind::Object(_), _) => {
                let p = self.to_primitive(a, Hint::Default)?;
                self.loose_equals(p, b)
            }
            (_, Kind::Object(_)) => {
                let p = self.to_primitive(b, Hint::Default)?;
                self.loose_equals(a, p)
            }
            (Kind::Int(_) | Kind::Double(_), Kind::String(_))
            | (Kind::String(_), Kind::Int(_) | Kind::Double(_)) => {
                Ok(self.to_number(a)? == self.to_number(b)?)
            }
            (Kind::BigInt(x), Kind::String(s)) | (Kind::String(s), Kind::BigInt(x)) => {
                Ok(super::bigint::parse(&s.to_utf8()).is_some_and(|y| y == x.value))
            }
            (Kind::BigInt(x), Kind::Int(_) | Kind::Double(_)) => {
                let n = self.to_number(b)?;
                Ok(compare_bigint(&x.value, n) == Some(std::cmp::Ordering::Equal))
            }
            (Kind::Int(_) | Kind::Double(_), Kind::BigInt(y)) => {
                let n = self.to_number(a)?;
                Ok(compare_bigint(&y.value, n) == Some(std::cmp::Ordering::Equal))
            }
            _ => Ok(self.strict_equals(a, b)),
        }
    }

    /// IsLessThan by its order, undefined as `None`.
    ///
    /// # Errors
    /// What a conversion throws.
    pub fn compare(&mut self, a: Value<'gc>, b: Value<'gc>) -> JsResult<Option<std::cmp::Ordering>> {
        if let (Some(x), Some(y)) = (a.as_number(), b.as_number()) {
            return Ok(x.partial_cmp(&y));
        }
        let a = self.to_primitive(a, Hint::Number)?;
        let b = self.to_primitive(b, Hint::Number)?;
        if let (Some(x), Some(y)) = (a.as_string(), b.as_string()) {
            return Ok(Some(x.units(self.mc)?.compare(y.units(self.mc)?)));
        }
        if let (Some(x), Some(s)) = (a.as_bigint(), b.as_string()) {
            return Ok(super::bigint::parse(&s.to_utf8()).map(|y| x.value.cmp(&y)));
        }
        if let (Some(s), Some(y)) = (a.as_string(), b.as_bigint()) {
            return Ok(super::bigint::parse(&s.to_utf8()).map(|x| x.cmp(&y.value)));
        }
        match (self.to_numeric(a)?, self.to_numeric(b)?) {
            (Numeric::Number(x), Numeric::Number(y)) => Ok(x.partial_cmp(&y)),
            (Numeric::BigInt(x), Numeric::BigInt(y)) => Ok(Some(x.cmp(&y))),
            (Numeric::BigInt(x), Numeric::Number(y)) => Ok(compare_bigint(&x, y)),
            (Numeric::Number(x), Numeric::BigInt(y)) => {
                Ok(compare_bigint(&y, x).map(std::cmp::Ordering::reverse))
            }
        }
    }

    /// A BigInt value.
    ///
    /// # Errors
    /// A RangeError if it is too large.
    pub fn bigint(&mut self, value: BigInt) -> JsResult<Value<'gc>> {
        if value.bits() > super::bigint::MAX_BITS {
            return Err(self.range_error("BigInt is too large"));
        }
        self.mc.try_charge((value.bits() / 8) as usize)?;
        self.mc.charge_external(-((value.bits() / 8) as isize));
        Ok(Value::bigint(self.mc.try_alloc(BigIntCell { value })?))
    }

    /// ToBigInt.
    ///
    /// # Errors
    /// A TypeError or SyntaxError.
    pub fn to_bigint(&mut self, v: Value<'gc>) -> JsResult<BigInt> {
        let p = self.to_primitive(v, Hint::Number)?;
        match p.kind() {
            Kind::BigInt(b) => Ok(b.value.clone()),
            Kind::Bool(b) => Ok(BigInt::from(u8::from(b))),
            Kind::String(s) => match super::bigint::parse(&s.to_utf8()) {
                Some(b) => Ok(b),
                None => Err(self.syntax_error("cannot convert string to a BigInt")),
            },
            _ => {
                let text = format!("cannot convert {} to a BigInt", self.show(p));
                Err(self.type_error(&text))
            }
        }
    }
}

/// The order of a BigInt and a number; `None` for NaN.
pub(crate) fn compare_bigint(a: &BigInt, n: f64) -> Option<std::cmp::Ordering> {
    if n.is_nan() {
        return None;
    }
    if n.is_infinite() {
        return Some(if n > 0.0 { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater });
    }
    let floor = n.floor();
    let b = num_traits::FromPrimitive::from_f64(floor).unwrap_or_else(|| BigInt::from(0));
    Some(match a.cmp(&b) {
        std::cmp::Ordering::Equal if n > floor => std::cmp::Ordering::Less,
        o => o,
    })
}
