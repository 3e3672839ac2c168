//! String literals (12.9.4) and the escapes they share with templates.

#![forbid(unsafe_code)]

use super::super::atoms::UnitHash;
use super::super::error::PResult;
use super::{EOF, Lexer, Unit};

/// What an escape sequence stands for.
pub(super) enum Escape {
    /// Pushed onto the buffer.
    Done,
    /// A legacy octal escape, or `\8` or `\9`; its value is pushed onto the buffer.
    Legacy,
}

impl<U: Unit> Lexer<'_, '_, U> {
    pub(super) fn string(&mut self, quote: u32) -> PResult<()> {
        let start = self.pos;
        self.pos += 1;
        let mut hash = UnitHash::new(self.seed);
        // Fast path: no escapes, the text is the value.
        loop {
            let c = self.peek();
            if c == quote {
                let units = &self.src[start + 1..self.pos];
                self.tok.atom = U::intern(self.atoms, units, hash.finish());
                self.pos += 1;
                return Ok(());
            }
            if c == u32::from(b'\\') {
                break;
            }
            if matches!(c, 10 | 13 | EOF) {
                return self.error(start, self.pos, "string without end, expected a quote");
            }
            hash.add(c);
            self.pos += 1;
        }
        self.tok.escaped = true;
        let mut buf = std::mem::take(&mut self.buf);
        buf.clear();
        buf.extend(self.src[start + 1..self.pos].iter().map(|&u| u.into() as u16));
        loop {
            let c = self.peek();
            if c == quote {
                break;
            }
            if c == u32::from(b'\\') {
                if let Escape::Legacy = self.escape(&mut buf)? {
                    self.tok.octal = true;
                }
                continue;
            }
            if matches!(c, 10 | 13 | EOF) {
                return self.error(start, self.pos, "string without end, expected a quote");
            }
            buf.push(c as u16);
            self.pos += 1;
        }
        self.pos += 1;
        self.tok.atom = self.atoms.intern_units(&buf);
        self.buf = buf;
        Ok(())
    }

    /// Reads an escape sequence from its backslash on.
    pub(super) fn escape(&mut self, out: &mut Vec<u16>) -> PResult<Escape> {
        let start = self.pos;
        self.pos += 1;
        let c = self.peek();
        self.pos += 1;
        let unit = match c {
            0x62 => 8,
            0x74 => 9,
            0x6E => 10,
            0x76 => 11,
            0x66 => 12,
            0x72 => 13,
            13 => {
                if self.peek() == 10 {
                    self.pos += 1;
                }
                return Ok(Escape::Done);
            }
            10 | 0x2028 | 0x2029 => return Ok(Escape::Done),
            0x78 => match (self.hex_digit(), self.hex_digit()) {
                (Some(high), Some(low)) => (high * 16 + low) as u16,
                _ => return self.error(start, self.pos, "invalid escape, expected \\xXX"),
            },
            0x75 => {
                let value = self.unicode_escape(start)?;
                match u16::try_from(value) {
                    Ok(unit) => unit,
                    Err(_) => {
                        let mut pair = [0; 2];
                        let c = char::from_u32(value).expect("above U+FFFF, within range");
                        out.extend_from_slice(c.encode_utf16(&mut pair));
                        return Ok(Escape::Done);
                    }
                }
            }
            0x30 if !(0x30..=0x39).contains(&self.peek()) => 0,
            0x30..=0x37 => {
                let mut value = c - 0x30;
                while let digit @ 0x30..=0x37 = self.peek() {
                    let next = value * 8 + digit - 0x30;
                    if next > 255 {
                        break;
                    }
                    value = next;
                    self.pos += 1;
                }
                out.push(value as u16);
                return Ok(Escape::Legacy);
            }
            0x38 | 0x39 => {
                out.push(c as u16);
                return Ok(Escape::Legacy);
            }
            EOF => {
                self.pos -= 1;
                return self.error(start, self.pos, "string without end, expected a quote");
            }
            c => c as u16,
        };
        out.push(unit);
        Ok(Escape::Done)
    }
}
