//! BigInts: a cell around `num-bigint`, behind size checks.

use gc::Trace;
use num_bigint::BigInt;

/// The most bits a BigInt may have: more is a RangeError.
pub const MAX_BITS: u64 = 1 << 24;

/// A BigInt in the heap.
#[derive(Debug, Trace)]
pub struct BigIntCell {
    /// The number.
    #[trace(skip)]
    pub value: BigInt,
}

/// Parses the text of `StringToBigInt`: decimal with sign, or 0x, 0o, 0b; blank is zero.
pub fn parse(text: &str) -> Option<BigInt> {
    let text = text.trim_matches(|c| super::number::is_space(c as u32));
    if text.is_empty() {
        return Some(BigInt::ZERO);
    }
    let (radix, digits) = match text.get(..2) {
        Some("0x" | "0X") => (16, &text[2..]),
        Some("0o" | "0O") => (8, &text[2..]),
        Some("0b" | "0B") => (2, &text[2..]),
        _ => (10, text),
    };
    let unsigned = if radix == 10 { digits.strip_prefix(['+', '-']).unwrap_or(digits) } else { digits };
    if unsigned.is_empty() || !unsigned.chars().all(|c| c.is_digit(radix)) || unsigned.len() > 4_000_000 {
        return None;
    }
    BigInt::parse_bytes(digits.as_bytes(), radix)
}

/// The number as a double, rounded to nearest, ties to even.
pub fn to_f64(value: &BigInt) -> f64 {
    num_traits::ToPrimitive::to_f64(value).unwrap_or(f64::NAN)
}
