//! Numbers to text and back.
#![forbid(unsafe_code)]

use super::string::Units;

/// WhiteSpace and LineTerminator of the language.
pub fn is_space(c: u32) -> bool {
    matches!(c, 9..=13 | 0x20 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000 | 0xfeff)
}

/// Number::toString(n, 10).
pub fn to_text(n: f64) -> String {
    if n == 0.0 {
        return "0".into();
    }
    if n.is_nan() {
        return "NaN".into();
    }
    if n.is_infinite() {
        return if n > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    let i = n as i64;
    if i as f64 == n && i.unsigned_abs() < 1 << 53 {
        return i.to_string();
    }
    ryu_js::Buffer::new().format_finite(n).to_string()
}

/// Number::toString(n, radix) for other radices.
pub fn to_radix(n: f64, radix: u32) -> String {
    if n.is_nan() {
        return "NaN".into();
    }
    if n.is_infinite() {
        return if n > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    if n == 0.0 {
        return "0".into();
    }
    let negative = n < 0.0;
    let n = n.abs();
    let mut int = n.floor();
    let mut fraction = n - int;
    let digit = |d: u32| char::from_digit(d, radix).expect("a digit of the radix");
    let mut out = Vec::new();
    let r = f64::from(radix);
    if int == 0.0 {
        out.push('0');
    }
    // Above 2^53 the digits beyond the precision are those of the exact value.
    if int >= 9_007_199_254_740_992.0 {
        let big = num_bigint::BigUint::from(0u8) + biguint(int);
        out = big.to_str_radix(radix).chars().rev().collect();
    } else {
        while int > 0.0 {
            out.push(digit((int % r) as u32));
            int = (int / r).floor();
        }
    }
    if negative {
        out.push('-');
    }
    out.reverse();
    if fraction > 0.0 {
        out.push('.');
        // The shortest digits that tell the number from its neighbours.
        let mut delta = (0.5 * (n.next_up() - n)).max(f64::MIN_POSITIVE);
        loop {
            fraction *= r;
            delta *= r;
            let d = fraction as u32;
            out.push(digit(d));
            fraction -= f64::from(d);
            if (fraction > 0.5 || fraction == 0.5 && d & 1 == 1) && fraction + delta > 1.0 {
                // Round up, carrying to the left.
                let mut i = out.len();
                loop {
                    i -= 1;
                    match out[i] {
                        '.' => {
                            // Carry into the integer part.
                            let mut j = i;
                            loop {
                                if j == 0 || out[j - 1] == '-' {
                                    out.insert(j, '1');
                                    break;
                                }
                                j -= 1;
                                let d = out[j].to_digit(radix).expect("a digit") + 1;
                                if d < radix {
                                    out[j] = digit(d);
                                    break;
                                }
                                out[j] = '0';
                            }
                            out.truncate(out.iter().position(|&c| c == '.').expect("there is one"));
                            break;
                        }
                        c => {
                            let d = c.to_digit(radix).expect("a digit") + 1;
                            if d < radix {
                                out[i] = digit(d);
                                out.truncate(i + 1);
                                break;
                            }
                        }
                    }
                }
                break;
            }
            if fraction < delta {
                break;
            }
        }
    }
    out.into_iter().collect()
}

fn biguint(n: f64) -> num_bigint::BigUint {
    let bits = n.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64 - 1075;
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    num_bigint::BigUint::from(mantissa) << exponent.max(0) as u64
}

/// StringToNumber.
pub fn parse(units: Units<'_>) -> f64 {
    let mut from = 0;
    let mut to = units.len();
    while from < to && is_space(u32::from(units.at(from))) {
        from += 1;
    }
    while to > from && is_space(u32::from(units.at(to - 1))) {
        to -= 1;
    }
    if from == to {
        return 0.0;
    }
    let units = units.slice(from, to);
    if units.iter().any(|u| u > 127) {
        return f64::NAN;
    }
    let text: String = units.iter().map(|u| char::from(u as u8)).collect();
    if let Some(radix) = match text.get(..2) {
        Some("0x" | "0X") => Some(16),
        Some("0o" | "0O") => Some(8),
        Some("0b" | "0B") => Some(2),
        _ => None,
    } {
        let digits = &text[2..];
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return f64::NAN;
        }
        return parse_radix(digits, radix);
    }
    parse_decimal(&text).unwrap_or(f64::NAN)
}

/// A StrDecimalLiteral, all of the text.
pub fn parse_decimal(text: &str) -> Option<f64> {
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    if body == "Infinity" {
        return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    (decimal_prefix(text.as_bytes()) == text.len() && !body.is_empty()).then(|| text.parse().ok())?
}

/// How many bytes of a StrDecimalLiteral the text begins with (without `Infinity`).
pub fn decimal_prefix(b: &[u8]) -> usize {
    let digits = |mut i: usize| {
        while i < b.len() && b[i].is_ascii_digit() {
            i += 1;
        }
        i
    };
    let sign = usize::from(matches!(b.first(), Some(b'+' | b'-')));
    let int = digits(sign);
    let mut end = int;
    let mut any = int > sign;
    if b.get(int) == Some(&b'.') {
        let fraction = digits(int + 1);
        if fraction > int + 1 || any {
            any |= fraction > int + 1;
            end = fraction;
        }
    }
    if !any {
        return 0;
    }
    if matches!(b.get(end), Some(b'e' | b'E')) {
        let sign = end + 1 + usize::from(matches!(b.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(sign);
        if exponent > sign {
            end = exponent;
        }
    }
    end
}

/// The value of digits in a radix, correctly rounded.
pub fn parse_radix(digits: &str, radix: u32) -> f64 {
    let exact = digits.len() as f64 * f64::from(radix).log2() < 53.0;
    if exact {
        return digits
            .chars()
            .fold(0.0, |n, c| n * f64::from(radix) + f64::from(c.to_digit(radix).unwrap_or(0)));
    }
    if radix == 10 {
        return digits.parse().unwrap_or(f64::NAN);
    }
    num_bigint::BigInt::parse_bytes(digits.as_bytes(), radix).map_or(f64::NAN, |b| super::bigint::to_f64(&b))
}

/// The int32 that is equal to a number (0 for -0), if there is one.
pub fn as_int32(n: f64) -> Option<i32> {
    let i = n as i32;
    (f64::from(i) == n).then_some(i)
}

/// ToInt32.
#[inline]
pub fn to_int32(n: f64) -> i32 {
    let i = n as i32;
    if f64::from(i) == n {
        return i;
    }
    to_int32_slow(n)
}

#[cold]
fn to_int32_slow(n: f64) -> i32 {
    if !n.is_finite() {
        return 0;
    }
    let i = n as i64;
    if i != i64::MAX && i != i64::MIN {
        return i as i32;
    }
    let bits = n.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1075;
    if exponent >= 32 {
        return 0;
    }
    let mantissa = (bits & ((1 << 52) - 1) | 1 << 52) as u32;
    let int = mantissa.wrapping_shl(exponent as u32) as i32;
    if n < 0.0 { int.wrapping_neg() } else { int }
}

/// The nearest number that a half-precision float can be, rounded once.
pub fn round_f16(x: f64) -> f64 {
    let a = x.abs();
    if a == 0.0 || !x.is_finite() {
        return x;
    }
    if a >= 65520.0 {
        return f64::INFINITY.copysign(x);
    }
    // The unit in the last place: 10 bits below the exponent, at least 2^-24. Scaling is exact.
    let exponent = ((a.to_bits() >> 52) as i32 - 1023).max(-14);
    let unit = 2f64.powi(exponent - 10);
    ((a / unit).round_ties_even() * unit).copysign(x)
}
