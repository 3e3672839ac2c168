//! Regular expression literals (12.9.5): where they end, and their flags.

#![forbid(unsafe_code)]

use super::super::atoms::Atom;
use super::super::error::PResult;
use super::{EOF, Lexer, Unit, is_id_part, is_line_end};

impl<U: Unit> Lexer<'_, '_, U> {
    /// Reads a literal where the current token is `/` or `/=`: pattern and flags.
    pub(in crate::syntax) fn regexp(&mut self) -> PResult<(Atom, Atom)> {
        let start = self.tok.start as usize;
        self.pos = start + 1;
        let mut in_class = false;
        loop {
            match self.peek() {
                0x2F if !in_class => break,
                0x5B => in_class = true,
                0x5D => in_class = false,
                0x5C => {
                    self.pos += 1;
                    let c = self.peek();
                    if c == EOF || is_line_end(c) {
                        continue;
                    }
                }
                c if c == EOF || is_line_end(c) => {
                    let message = "regular expression without end, expected '/'";
                    return self.error(start, self.pos, message);
                }
                _ => {}
            }
            self.pos += 1;
        }
        let pattern = self.intern_range(start + 1, self.pos);
        self.pos += 1;
        let flags_start = self.pos;
        loop {
            let (c, len) = self.code_point();
            if c == u32::from(b'\\') {
                let message = "found an escape, expected regular expression flags";
                return self.error(self.pos, self.pos + 1, message);
            }
            if c == EOF || !is_id_part(c) {
                break;
            }
            self.pos += len;
        }
        let mut seen = 0_u32;
        for i in flags_start..self.pos {
            let c: u32 = self.src[i].into();
            let bit = match b"dgimsuvy".iter().position(|&f| u32::from(f) == c) {
                Some(index) => 1 << index,
                None => {
                    let message = "unknown regular expression flag, expected some of dgimsuvy";
                    return self.error(i, i + 1, message);
                }
            };
            if seen & bit != 0 {
                return self.error(i, i + 1, "regular expression flag written twice");
            }
            seen |= bit;
        }
        if seen & 0b0110_0000 == 0b0110_0000 {
            let message = "regular expression flags u and v exclude each other";
            return self.error(flags_start, self.pos, message);
        }
        let flags = self.intern_range(flags_start, self.pos);
        self.tok.end = self.pos as u32;
        Ok((pattern, flags))
    }

    fn intern_range(&mut self, start: usize, end: usize) -> Atom {
        let mut buf = std::mem::take(&mut self.buf);
        buf.clear();
        buf.extend(self.src[start..end].iter().map(|&u| u.into() as u16));
        let atom = self.atoms.intern_units(&buf);
        self.buf = buf;
        atom
    }
}
