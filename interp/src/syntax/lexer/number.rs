//! Numeric literals (12.9.3).

#![forbid(unsafe_code)]

use super::super::error::PResult;
use super::super::token::T;
use super::{EOF, Lexer, Unit, is_id_start};

/// How many digits a hexadecimal, octal or binary BigInt literal may have: conversion to decimal
/// takes quadratic time.
const MAX_BIGINT_DIGITS: usize = 1 << 16;

impl<U: Unit> Lexer<'_, '_, U> {
    pub(super) fn number(&mut self) -> PResult<T> {
        let start = self.pos;
        let kind = if self.peek() == 0x30 {
            match self.peek_at(1) | 0x20 {
                0x78 if self.peek_at(1) != EOF => self.radix(16)?,
                0x6F => self.radix(8)?,
                0x62 => self.radix(2)?,
                0x30..=0x39 => self.legacy(start)?,
                _ => self.decimal(start)?,
            }
        } else {
            self.decimal(start)?
        };
        let (c, _) = self.code_point();
        if c != EOF && (is_id_start(c) || c == u32::from(b'\\') || (0x30..=0x39).contains(&c)) {
            return self.error(start, self.pos + 1, "found a name directly after a number");
        }
        Ok(kind)
    }

    /// Digits of `radix` with separators, into `digits` without them.
    fn digits(&mut self, radix: u32, digits: &mut String) -> PResult<()> {
        let start = self.pos;
        let mut after_digit = false;
        loop {
            let c = self.peek();
            if c == u32::from(b'_') {
                if !after_digit {
                    break;
                }
                after_digit = false;
            } else {
                match char::from_u32(c) {
                    Some(c) if c.is_digit(radix) => digits.push(c),
                    _ => break,
                }
                after_digit = true;
            }
            self.pos += 1;
        }
        if !after_digit {
            return self.error(start, self.pos + 1, "expected a digit in a number");
        }
        Ok(())
    }

    fn radix(&mut self, radix: u32) -> PResult<T> {
        let start = self.pos;
        self.pos += 2;
        let mut digits = String::new();
        self.digits(radix, &mut digits)?;
        if self.peek() == u32::from(b'n') {
            self.pos += 1;
            if digits.len() > MAX_BIGINT_DIGITS {
                return self.error(start, self.pos, "BigInt literal with too many digits");
            }
            let decimal = to_decimal(&digits, radix);
            self.tok.atom = self.atoms.intern_latin1(decimal.as_bytes());
            return Ok(T::BigInt);
        }
        self.tok.number = power_of_two_radix(&digits, radix);
        Ok(T::Number)
    }

    /// `017`, `019`, `08.5`: forbidden in strict code.
    fn legacy(&mut self, start: usize) -> PResult<T> {
        self.tok.octal = true;
        let mut digits = String::new();
        while let Some(c) = char::from_u32(self.peek()).filter(char::is_ascii_digit) {
            digits.push(c);
            self.pos += 1;
        }
        if digits.bytes().all(|b| b < b'8') {
            self.tok.number = power_of_two_radix(&digits, 8);
            return Ok(T::Number);
        }
        self.fraction_and_exponent(start, digits)
    }

    fn decimal(&mut self, start: usize) -> PResult<T> {
        // Fast path: an integer of at most 15 digits and nothing else.
        let mut value: u64 = 0;
        let mut len = 0;
        let stop = loop {
            match self.peek_at(len) {
                c @ 0x30..=0x39 if len < 15 => {
                    value = value * 10 + u64::from(c - 0x30);
                    len += 1;
                }
                c => break c,
            }
        };
        let more = matches!(stop, 0x30..=0x39 | 0x2E | 0x5F | 0x65 | 0x45 | 0x6E);
        if len > 0 && !more {
            self.pos += len;
            self.tok.number = value as f64;
            return Ok(T::Number);
        }
        let mut digits = String::new();
        if self.peek() != u32::from(b'.') {
            self.digits(10, &mut digits)?;
            if digits.starts_with('0') && self.pos - start > 1 {
                return self.error(start, self.pos, "found a separator or digit after a leading 0");
            }
            if self.peek() == u32::from(b'n') {
                self.pos += 1;
                self.tok.atom = self.atoms.intern_latin1(digits.as_bytes());
                return Ok(T::BigInt);
            }
        }
        self.fraction_and_exponent(start, digits)
    }

    fn fraction_and_exponent(&mut self, start: usize, mut digits: String) -> PResult<T> {
        if self.peek() == u32::from(b'.') {
            self.pos += 1;
            digits.push('.');
            let after = self.peek();
            if (0x30..=0x39).contains(&after) {
                self.digits(10, &mut digits)?;
            } else if after == u32::from(b'_') {
                return self.error(start, self.pos + 1, "expected a digit after the decimal point");
            }
        }
        if self.peek() | 0x20 == u32::from(b'e') {
            self.pos += 1;
            digits.push('e');
            if matches!(self.peek(), 0x2B | 0x2D) {
                digits.push(if self.peek() == 0x2D { '-' } else { '+' });
                self.pos += 1;
            }
            self.digits(10, &mut digits)?;
        }
        self.tok.number = digits.parse().expect("a decimal literal is a Rust float");
        Ok(T::Number)
    }
}

/// The number, rounded to nearest, ties to even.
fn power_of_two_radix(digits: &str, radix: u32) -> f64 {
    let bits = radix.trailing_zeros();
    let (mut mantissa, mut exponent, mut sticky) = (0_u64, 0_i32, false);
    for digit in digits.chars().map(|c| c.to_digit(radix).expect("checked by the lexer")) {
        for bit in (0..bits).rev() {
            let bit = u64::from(digit >> bit & 1);
            if mantissa >> 62 == 0 {
                mantissa = mantissa << 1 | bit;
            } else {
                exponent = exponent.saturating_add(1);
                sticky |= bit == 1;
            }
        }
    }
    // 63 bits and a sticky bit: the conversion rounds once, the scaling is exact or overflows.
    let rounded = (mantissa | u64::from(sticky && exponent > 0)) as f64;
    if exponent > 1100 { f64::INFINITY } else { rounded * 2_f64.powi(exponent) }
}

/// Digits of a power-of-two radix in decimal.
fn to_decimal(digits: &str, radix: u32) -> String {
    const LIMB: u64 = 1_000_000_000_000_000_000;
    let bits = radix.trailing_zeros();
    let mut limbs: Vec<u64> = vec![0];
    // Take as many digits at a time as fit 60 bits.
    let per_step = (60 / bits) as usize;
    for chunk in digits.as_bytes().chunks(per_step) {
        let mut carry: u64 = 0;
        for &b in chunk {
            let digit = char::from(b).to_digit(radix).expect("checked by the lexer");
            carry = carry << bits | u64::from(digit);
        }
        let shift = bits * chunk.len() as u32;
        let mut carry = u128::from(carry);
        for limb in &mut limbs {
            let value = (u128::from(*limb) << shift) + carry;
            *limb = (value % u128::from(LIMB)) as u64;
            carry = value / u128::from(LIMB);
        }
        while carry > 0 {
            limbs.push((carry % u128::from(LIMB)) as u64);
            carry /= u128::from(LIMB);
        }
    }
    let mut text = limbs.pop().expect("there is one limb at least").to_string();
    for limb in limbs.iter().rev() {
        text.push_str(&format!("{limb:018}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_rounds_to_even() {
        assert_eq!(power_of_two_radix("20000000000001", 16), 9007199254740992.0);
        assert_eq!(power_of_two_radix("20000000000003", 16), 9007199254740996.0);
        assert_eq!(
            power_of_two_radix("200000000000010000000000000001", 16),
            2_f64.powi(117) + 2_f64.powi(65)
        );
        assert_eq!(power_of_two_radix("ff", 16), 255.0);
    }

    #[test]
    fn big_integers_in_decimal() {
        assert_eq!(to_decimal("ff", 16), "255");
        assert_eq!(to_decimal("0", 2), "0");
        assert_eq!(
            to_decimal("ffffffffffffffffffffffffffffffff", 16),
            "340282366920938463463374607431768211455"
        );
    }
}
