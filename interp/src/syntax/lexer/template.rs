//! Template parts (12.9.6): from a backtick or `}` to a backtick or `${`.

#![forbid(unsafe_code)]

use super::super::atoms::Atom;
use super::super::error::PResult;
use super::super::token::T;
use super::string::Escape;
use super::{EOF, Lexer, Unit};

impl<U: Unit> Lexer<'_, '_, U> {
    /// Reads on as a template where the current token is the `}` of a substitution.
    pub(in crate::syntax) fn continue_template(&mut self) -> PResult<()> {
        self.pos = self.tok.start as usize;
        self.tok.kind = T::Template;
        self.template_part()?;
        self.tok.end = self.pos as u32;
        Ok(())
    }

    /// Reads a part whose first unit is the backtick or the `}`.
    pub(super) fn template_part(&mut self) -> PResult<()> {
        let start = self.pos;
        self.pos += 1;
        let mut raw: Vec<u16> = Vec::new();
        let mut cooked: Vec<u16> = Vec::new();
        let mut valid = true;
        loop {
            match self.peek() {
                0x60 => {
                    self.pos += 1;
                    self.tok.tail = true;
                    break;
                }
                0x24 if self.peek_at(1) == u32::from(b'{') => {
                    self.pos += 2;
                    self.tok.tail = false;
                    break;
                }
                EOF => {
                    return self.error(start, start + 1, "template without end, expected '`'");
                }
                0x5C => {
                    let from = self.pos;
                    match self.escape(&mut cooked) {
                        Ok(Escape::Done) => {}
                        Ok(Escape::Legacy) => valid = false,
                        Err(_) => {
                            // Go on after the backslash and the unit it escapes.
                            valid = false;
                            self.pos = (from + 2).min(self.src.len());
                        }
                    }
                    let mut i = from;
                    while i < self.pos {
                        let c: u32 = self.src[i].into();
                        if c == 13 {
                            raw.push(10);
                            if self.src.get(i + 1).is_some_and(|&u| u.into() == 10) {
                                i += 1;
                            }
                        } else {
                            raw.push(c as u16);
                        }
                        i += 1;
                    }
                }
                13 => {
                    self.pos += 1;
                    if self.peek() == 10 {
                        self.pos += 1;
                    }
                    raw.push(10);
                    cooked.push(10);
                }
                c => {
                    self.pos += 1;
                    raw.push(c as u16);
                    cooked.push(c as u16);
                }
            }
        }
        self.tok.cooked = valid;
        self.tok.raw = self.atoms.intern_units(&raw);
        self.tok.atom = if valid { self.atoms.intern_units(&cooked) } else { Atom::EMPTY };
        Ok(())
    }
}
