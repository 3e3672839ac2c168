//! Units to tokens (clause 12), one token at a time, driven by the parser.
//!
//! A slash is always read as punctuation; where an expression may begin the parser asks for the
//! regular expression instead, and after a substitution for the rest of the template. The lexer is
//! generic over the unit, so that Latin-1 text is read without widening.

#![forbid(unsafe_code)]

mod number;
mod regexp;
mod string;
mod template;

use super::ast::Span;
use super::atoms::{Atom, AtomTable, UnitHash};
use super::error::{Failure, PResult};
use super::token::{T, Token};

/// What [`Lexer::peek`] gives at the end of the text.
pub(super) const EOF: u32 = u32::MAX;

/// A unit of source text.
pub(super) trait Unit: Copy + Into<u32> + 'static {
    fn intern(atoms: &mut AtomTable, units: &[Self], hash: u32) -> Atom;
}

impl Unit for u8 {
    #[inline]
    fn intern(atoms: &mut AtomTable, units: &[u8], hash: u32) -> Atom {
        atoms.intern_latin1_hashed(units, hash)
    }
}

impl Unit for u16 {
    #[inline]
    fn intern(atoms: &mut AtomTable, units: &[u16], hash: u32) -> Atom {
        atoms.intern_units_hashed(units, hash)
    }
}

const ID_START: u8 = 1;
const ID_PART: u8 = 2;

/// Which ASCII units begin and continue names.
static ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut i = 0;
    while i < 128 {
        let c = i as u8;
        if c.is_ascii_alphabetic() || c == b'_' || c == b'$' {
            table[i] = ID_START | ID_PART;
        } else if c.is_ascii_digit() {
            table[i] = ID_PART;
        }
        i += 1;
    }
    table
};

/// Reads tokens from a text.
pub(super) struct Lexer<'s, 't, U> {
    src: &'s [U],
    pos: usize,
    /// The current token.
    pub(super) tok: Token,
    /// Where the token before it ended.
    pub(super) prev_end: u32,
    pub(super) atoms: &'t mut AtomTable,
    /// No HTML-like comments.
    module: bool,
    seed: u32,
    buf: Vec<u16>,
}

pub(super) fn is_line_end(c: u32) -> bool {
    matches!(c, 10 | 13 | 0x2028 | 0x2029)
}

fn is_space(c: u32) -> bool {
    matches!(c, 9 | 11 | 12 | 32 | 0xA0 | 0xFEFF | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000)
}

fn is_id_start(c: u32) -> bool {
    if c < 128 {
        return ASCII[c as usize] & ID_START != 0;
    }
    char::from_u32(c).is_some_and(unicode_id_start::is_id_start)
}

fn is_id_part(c: u32) -> bool {
    if c < 128 {
        return ASCII[c as usize] & ID_PART != 0;
    }
    matches!(c, 0x200C | 0x200D) || char::from_u32(c).is_some_and(unicode_id_start::is_id_continue)
}

/// Where a lexer stands.
#[derive(Clone, Copy)]
pub(super) struct Position {
    pos: usize,
    tok: Token,
    prev_end: u32,
}

impl<'s, 't, U: Unit> Lexer<'s, 't, U> {
    /// Where it stands.
    pub(super) fn position(&self) -> Position {
        Position { pos: self.pos, tok: self.tok, prev_end: self.prev_end }
    }

    /// Goes on where another lexer of the same text, or this one, stood.
    pub(super) fn resume(&mut self, at: Position) {
        (self.pos, self.tok, self.prev_end) = (at.pos, at.tok, at.prev_end);
    }

    /// Another lexer at the same place.
    pub(super) fn branch(&mut self) -> Lexer<'s, '_, U> {
        let Lexer { src, pos, tok, prev_end, module, seed, .. } = *self;
        Lexer { src, pos, tok, prev_end, atoms: self.atoms, module, seed, buf: Vec::new() }
    }

    /// Reads the token that begins at `pos`.
    pub(super) fn start_at(&mut self, pos: u32) -> PResult<()> {
        self.pos = pos as usize;
        self.tok.end = pos;
        self.next()
    }

    /// A lexer before its first token.
    pub(super) fn new(src: &'s [U], atoms: &'t mut AtomTable, module: bool) -> Self {
        let tok = Token {
            kind: T::Eof,
            newline: true,
            escaped: false,
            octal: false,
            tail: false,
            cooked: false,
            start: 0,
            end: 0,
            atom: Atom::EMPTY,
            raw: Atom::EMPTY,
            number: 0.0,
        };
        let seed = atoms.seed();
        let mut lexer = Lexer { src, pos: 0, tok, prev_end: 0, atoms, module, seed, buf: Vec::new() };
        if lexer.peek() == u32::from(b'#') && lexer.peek_at(1) == u32::from(b'!') {
            lexer.skip_line();
        }
        lexer
    }

    #[inline(always)]
    fn peek(&self) -> u32 {
        self.peek_at(0)
    }

    #[inline(always)]
    fn peek_at(&self, ahead: usize) -> u32 {
        match self.src.get(self.pos + ahead) {
            Some(&u) => u.into(),
            None => EOF,
        }
    }

    /// The unit at a place of the text.
    pub(super) fn unit_at(&self, pos: u32) -> u32 {
        self.src.get(pos as usize).map_or(EOF, |&u| u.into())
    }

    /// The first unit after `pos` that is neither white space nor comment.
    pub(super) fn unit_after(&mut self, pos: u32) -> u32 {
        let pos = self.skip_to_token(pos);
        self.unit_at(pos)
    }

    /// Where the next token begins after `pos`.
    pub(super) fn skip_to_token(&mut self, pos: u32) -> u32 {
        let saved = self.pos;
        self.pos = pos as usize;
        let found = match self.skip_trivia() {
            Ok(_) => self.pos as u32,
            Err(_) => pos,
        };
        self.pos = saved;
        found
    }

    /// The code point here and how many units it takes.
    fn code_point(&self) -> (u32, usize) {
        let first = self.peek();
        if (0xD800..0xDC00).contains(&first) {
            let second = self.peek_at(1);
            if (0xDC00..0xE000).contains(&second) {
                return (0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00), 2);
            }
        }
        (first, 1)
    }

    #[cold]
    fn error<R>(&self, start: usize, end: usize, message: impl Into<String>) -> PResult<R> {
        let end = end.min(self.src.len()) as u32;
        Err(Failure::syntax(Span { start: start as u32, end }, message))
    }

    fn skip_line(&mut self) {
        while self.pos < self.src.len() && !is_line_end(self.peek()) {
            self.pos += 1;
        }
    }

    /// Skips white space and comments; says whether there was a line terminator.
    #[inline]
    fn skip_trivia(&mut self) -> PResult<bool> {
        let mut newline = self.pos == 0;
        loop {
            match self.peek() {
                32 | 9 => self.pos += 1,
                10 | 13 => {
                    newline = true;
                    self.pos += 1;
                }
                0x2F => match self.peek_at(1) {
                    0x2F => self.skip_line(),
                    0x2A => newline |= self.block_comment()?,
                    _ => return Ok(newline),
                },
                0x3C if !self.module
                    && self.peek_at(1) == 0x21
                    && self.peek_at(2) == 0x2D
                    && self.peek_at(3) == 0x2D =>
                {
                    self.skip_line();
                }
                0x2D if (newline || self.prev_end == 0 && self.tok.end == 0)
                    && !self.module
                    && self.peek_at(1) == 0x2D
                    && self.peek_at(2) == 0x3E =>
                {
                    self.skip_line();
                }
                c if c < 128 => {
                    if c == 11 || c == 12 {
                        self.pos += 1;
                    } else {
                        return Ok(newline);
                    }
                }
                c => {
                    if is_line_end(c) {
                        newline = true;
                    } else if !is_space(c) {
                        return Ok(newline);
                    }
                    self.pos += 1;
                }
            }
        }
    }

    fn block_comment(&mut self) -> PResult<bool> {
        let start = self.pos;
        let mut newline = false;
        self.pos += 2;
        loop {
            match self.peek() {
                0x2A if self.peek_at(1) == 0x2F => {
                    self.pos += 2;
                    return Ok(newline);
                }
                EOF => return self.error(start, start + 2, "comment without end, expected '*/'"),
                c => {
                    newline |= is_line_end(c);
                    self.pos += 1;
                }
            }
        }
    }

    /// Reads the next token.
    pub(super) fn next(&mut self) -> PResult<()> {
        let prev_end = self.tok.end;
        let newline = self.skip_trivia()?;
        self.prev_end = prev_end;
        let start = self.pos;
        self.tok.newline = newline;
        self.tok.start = start as u32;
        self.tok.escaped = false;
        self.tok.octal = false;
        let c = self.peek();
        if c < 128 {
            if ASCII[c as usize] & ID_START != 0 {
                self.name()?;
            } else {
                self.tok.kind = self.punctuator(c)?;
            }
        } else if c == EOF {
            self.tok.kind = T::Eof;
        } else {
            self.slow_name()?;
        }
        self.tok.end = self.pos as u32;
        Ok(())
    }

    /// The token after the current one, which stays the current one.
    pub(super) fn lookahead(&mut self) -> PResult<Token> {
        let (pos, tok, prev_end) = (self.pos, self.tok, self.prev_end);
        let result = self.next();
        let ahead = self.tok;
        self.pos = pos;
        self.tok = tok;
        self.prev_end = prev_end;
        result.map(|()| ahead)
    }

    /// The token after the next one.
    pub(super) fn second_lookahead(&mut self) -> PResult<Token> {
        let (pos, tok, prev_end) = (self.pos, self.tok, self.prev_end);
        let result = self.next().and_then(|()| self.next());
        let ahead = self.tok;
        self.pos = pos;
        self.tok = tok;
        self.prev_end = prev_end;
        result.map(|()| ahead)
    }

    #[inline]
    fn name(&mut self) -> PResult<()> {
        let start = self.pos;
        let mut hash = UnitHash::new(self.seed);
        let mut pos = start;
        let stop = loop {
            match self.src.get(pos) {
                Some(&u) => {
                    let c: u32 = u.into();
                    if c < 128 && ASCII[c as usize] & ID_PART != 0 {
                        hash.add(c);
                        pos += 1;
                    } else {
                        break c;
                    }
                }
                None => break EOF,
            }
        };
        if stop == u32::from(b'\\') || (stop >= 128 && stop != EOF) {
            return self.slow_name();
        }
        self.pos = pos;
        let atom = U::intern(self.atoms, &self.src[start..pos], hash.finish());
        self.tok.atom = atom;
        self.tok.kind = if atom.0 < Atom::RESERVED_WORDS { T::of_keyword(atom) } else { T::Ident };
        Ok(())
    }

    /// A name with escapes or beyond ASCII.
    #[cold]
    fn slow_name(&mut self) -> PResult<()> {
        let escaped = self.name_units(false)?;
        let atom = self.atoms.intern_units(&self.buf);
        self.tok.escaped = escaped;
        self.tok.atom = atom;
        self.tok.kind = if atom.0 >= Atom::RESERVED_WORDS {
            T::Ident
        } else if escaped {
            T::EscapedKeyword
        } else {
            T::of_keyword(atom)
        };
        Ok(())
    }

    /// Reads a name into the buffer, after a `#` if `private`; says whether there were escapes.
    fn name_units(&mut self, private: bool) -> PResult<bool> {
        self.buf.clear();
        if private {
            self.buf.push(u16::from(b'#'));
        }
        let mut escaped = false;
        let mut first = true;
        loop {
            let at = self.pos;
            let (c, is_escape) = if self.peek() == u32::from(b'\\') {
                escaped = true;
                self.pos += 1;
                if self.peek() != u32::from(b'u') {
                    return self.error(at, at + 1, "found '\\', expected a token");
                }
                self.pos += 1;
                (self.unicode_escape(at)?, true)
            } else {
                let (c, len) = self.code_point();
                self.pos += len;
                (c, false)
            };
            let good = c != EOF && if first { is_id_start(c) } else { is_id_part(c) };
            if !good {
                if is_escape {
                    let message = "found an escape that is not part of a name in a name";
                    return self.error(at, self.pos, message);
                }
                self.pos = at;
                if first {
                    let message = if private && c == EOF {
                        "found '#', expected a private name".to_string()
                    } else {
                        let shown = char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER);
                        format!("found '{shown}' (U+{c:04X}), expected a token")
                    };
                    return self.error(at, at + 1, message);
                }
                return Ok(escaped);
            }
            let mut pair = [0; 2];
            let c = char::from_u32(c).expect("names hold no surrogates");
            self.buf.extend_from_slice(c.encode_utf16(&mut pair));
            first = false;
        }
    }

    /// After `\u`: `XXXX` or `{X…}`.
    fn unicode_escape(&mut self, start: usize) -> PResult<u32> {
        const MESSAGE: &str = "invalid Unicode escape, expected \\uXXXX or \\u{X…}";
        let mut value = 0;
        if self.peek() == u32::from(b'{') {
            self.pos += 1;
            let mut digits = 0;
            while let Some(digit) = self.hex_digit() {
                value = value * 16 + digit;
                digits += 1;
                if value > 0x10FFFF {
                    return self.error(start, self.pos, "code point above U+10FFFF in an escape");
                }
            }
            if digits == 0 || self.peek() != u32::from(b'}') {
                return self.error(start, self.pos, MESSAGE);
            }
            self.pos += 1;
        } else {
            for _ in 0..4 {
                match self.hex_digit() {
                    Some(digit) => value = value * 16 + digit,
                    None => return self.error(start, self.pos, MESSAGE),
                }
            }
        }
        Ok(value)
    }

    fn hex_digit(&mut self) -> Option<u32> {
        let digit = char::from_u32(self.peek())?.to_digit(16)?;
        self.pos += 1;
        Some(digit)
    }

    #[inline(always)]
    fn take(&mut self, len: usize, kind: T) -> PResult<T> {
        self.pos += len;
        Ok(kind)
    }

    #[inline]
    fn punctuator(&mut self, c: u32) -> PResult<T> {
        let c1 = self.peek_at(1);
        let eq = c1 == u32::from(b'=');
        match c as u8 {
            b'(' => self.take(1, T::LParen),
            b')' => self.take(1, T::RParen),
            b'{' => self.take(1, T::LBrace),
            b'}' => self.take(1, T::RBrace),
            b'[' => self.take(1, T::LBracket),
            b']' => self.take(1, T::RBracket),
            b';' => self.take(1, T::Semicolon),
            b',' => self.take(1, T::Comma),
            b':' => self.take(1, T::Colon),
            b'~' => self.take(1, T::Tilde),
            b'@' => self.take(1, T::At),
            b'"' | b'\'' => self.string(c).map(|()| T::String),
            b'`' => self.template_part().map(|()| T::Template),
            b'0'..=b'9' => self.number(),
            b'.' => match c1 {
                0x30..=0x39 => self.number(),
                0x2E if self.peek_at(2) == 0x2E => self.take(3, T::Ellipsis),
                _ => self.take(1, T::Dot),
            },
            b'=' if eq && self.peek_at(2) == 0x3D => self.take(3, T::EqEqEq),
            b'=' if eq => self.take(2, T::EqEq),
            b'=' if c1 == 0x3E => self.take(2, T::Arrow),
            b'=' => self.take(1, T::Eq),
            b'!' if eq && self.peek_at(2) == 0x3D => self.take(3, T::NotEqEq),
            b'!' if eq => self.take(2, T::NotEq),
            b'!' => self.take(1, T::Bang),
            b'+' if c1 == c => self.take(2, T::PlusPlus),
            b'+' if eq => self.take(2, T::PlusEq),
            b'+' => self.take(1, T::Plus),
            b'-' if c1 == c => self.take(2, T::MinusMinus),
            b'-' if eq => self.take(2, T::MinusEq),
            b'-' => self.take(1, T::Minus),
            b'*' if c1 == c && self.peek_at(2) == 0x3D => self.take(3, T::StarStarEq),
            b'*' if c1 == c => self.take(2, T::StarStar),
            b'*' if eq => self.take(2, T::StarEq),
            b'*' => self.take(1, T::Star),
            b'/' if eq => self.take(2, T::SlashEq),
            b'/' => self.take(1, T::Slash),
            b'%' if eq => self.take(2, T::PercentEq),
            b'%' => self.take(1, T::Percent),
            b'<' if c1 == c && self.peek_at(2) == 0x3D => self.take(3, T::ShlEq),
            b'<' if c1 == c => self.take(2, T::Shl),
            b'<' if eq => self.take(2, T::Le),
            b'<' => self.take(1, T::Lt),
            b'>' => self.greater(),
            b'&' if c1 == c && self.peek_at(2) == 0x3D => self.take(3, T::AmpAmpEq),
            b'&' if c1 == c => self.take(2, T::AmpAmp),
            b'&' if eq => self.take(2, T::AmpEq),
            b'&' => self.take(1, T::Amp),
            b'|' if c1 == c && self.peek_at(2) == 0x3D => self.take(3, T::PipePipeEq),
            b'|' if c1 == c => self.take(2, T::PipePipe),
            b'|' if eq => self.take(2, T::PipeEq),
            b'|' => self.take(1, T::Pipe),
            b'^' if eq => self.take(2, T::CaretEq),
            b'^' => self.take(1, T::Caret),
            b'?' if c1 == c && self.peek_at(2) == 0x3D => self.take(3, T::QuestionQuestionEq),
            b'?' if c1 == c => self.take(2, T::QuestionQuestion),
            b'?' if c1 == 0x2E && !(0x30..=0x39).contains(&self.peek_at(2)) => self.take(2, T::QuestionDot),
            b'?' => self.take(1, T::Question),
            b'#' => {
                self.pos += 1;
                self.name_units(true)?;
                self.tok.atom = self.atoms.intern_units(&self.buf);
                Ok(T::PrivateName)
            }
            b'\\' => self.slow_name().map(|()| self.tok.kind),
            _ => self.name_units(false).map(|_| T::Eof),
        }
    }

    fn greater(&mut self) -> PResult<T> {
        let rest = (self.peek_at(1), self.peek_at(2), self.peek_at(3));
        match rest {
            (0x3E, 0x3E, 0x3D) => self.take(4, T::UShrEq),
            (0x3E, 0x3E, _) => self.take(3, T::UShr),
            (0x3E, 0x3D, _) => self.take(3, T::ShrEq),
            (0x3E, _, _) => self.take(2, T::Shr),
            (0x3D, _, _) => self.take(2, T::Ge),
            _ => self.take(1, T::Gt),
        }
    }
}
