//! A source text with its name: what the lexer reads and what error messages quote.

#![forbid(unsafe_code)]

use std::sync::Arc;

use super::atoms::Text;
use super::options::Goal;

/// A named source text, as Latin-1 bytes or UTF-16 units (which may hold lone surrogates).
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Text,
}

/// The sort of function that the `Function` constructor and its relatives make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamicFunctionKind {
    /// `Function`
    Normal,
    /// `GeneratorFunction`
    Generator,
    /// `AsyncFunction`
    Async,
    /// `AsyncGeneratorFunction`
    AsyncGenerator,
}

impl Source {
    /// From UTF-8 text.
    pub fn new(name: &str, text: &str) -> Source {
        Source::from_text(name, Text::from_utf8(text))
    }

    /// From UTF-16 code units.
    pub fn from_units(name: &str, units: &[u16]) -> Source {
        Source::from_text(name, Text::from_units(units))
    }

    /// From a string of the language.
    pub fn from_text(name: &str, text: Text) -> Source {
        Source { name: name.into(), text }
    }

    /// The source text of CreateDynamicFunction, and the goal to parse it with: parameters and body
    /// must each be complete by themselves, which the goal's positions let the parser check.
    pub fn dynamic_function(
        name: &str,
        kind: DynamicFunctionKind,
        params: &Text,
        body: &Text,
    ) -> (Source, Goal) {
        let prefix = match kind {
            DynamicFunctionKind::Normal => "function",
            DynamicFunctionKind::Generator => "function*",
            DynamicFunctionKind::Async => "async function",
            DynamicFunctionKind::AsyncGenerator => "async function*",
        };
        let mut units: Vec<u16> = Vec::with_capacity(params.len() + body.len() + 48);
        units.extend(prefix.encode_utf16());
        units.extend(" anonymous(".encode_utf16());
        units.extend(params.units());
        units.push(u16::from(b'\n'));
        let params_end = units.len() as u32;
        units.extend(") {\n".encode_utf16());
        units.extend(body.units());
        units.push(u16::from(b'\n'));
        let body_end = units.len() as u32;
        units.push(u16::from(b'}'));
        (Source::from_units(name, &units), Goal::Function { params_end, body_end })
    }

    /// The name (a path, a URL, or the like).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// The text of a range, for `Function.prototype.toString`.
    pub fn slice(&self, start: u32, end: u32) -> Text {
        match &self.text {
            Text::Latin1(b) => Text::from_latin1(&b[start as usize..end as usize]),
            Text::Utf16(u) => Text::from_units(&u[start as usize..end as usize]),
        }
    }

    /// Line and column of a unit, both from 1.
    pub fn line_column(&self, pos: u32) -> (u32, u32) {
        let (mut line, mut start) = (1, 0);
        let end = (pos as usize).min(self.text.len());
        let mut i = 0;
        while i < end {
            let unit = self.text.unit(i);
            if unit == 13 && i + 1 < self.text.len() && self.text.unit(i + 1) == 10 {
                i += 1;
                if i >= end {
                    break;
                }
            }
            if matches!(unit, 10 | 13 | 0x2028 | 0x2029) {
                line += 1;
                start = i + 1;
            }
            i += 1;
        }
        (line, (end - start) as u32 + 1)
    }

    /// The line in which `pos` stands, shortened around it if long, and `pos`'s column therein.
    pub fn excerpt(&self, pos: u32) -> (String, usize) {
        const AROUND: usize = 60;
        let is_end = |i: usize| matches!(self.text.unit(i), 10 | 13 | 0x2028 | 0x2029);
        let pos = (pos as usize).min(self.text.len());
        let mut start = pos;
        while start > 0 && pos - start < AROUND && !is_end(start - 1) {
            start -= 1;
        }
        let mut end = pos;
        while end < self.text.len() && end - pos < AROUND && !is_end(end) {
            end += 1;
        }
        let units = (start..end).map(|i| match self.text.unit(i) {
            9 => 32,
            unit => unit,
        });
        let line = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER));
        (line.collect(), pos - start)
    }
}
