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

    /// Where the lines begin; for more than a few lookups.
    pub fn line_index(&self) -> LineIndex {
        let mut starts = vec![0];
        let mut after_return = false;
        let mut visit = |i: usize, unit: u16| {
            if after_return && unit == 10 {
                starts.pop();
            }
            after_return = unit == 13;
            if is_line_end(unit) {
                starts.push(i as u32 + 1);
            }
        };
        match &self.text {
            Text::Latin1(b) => b.iter().enumerate().for_each(|(i, &b)| visit(i, b.into())),
            Text::Utf16(u) => u.iter().enumerate().for_each(|(i, &u)| visit(i, u)),
        }
        LineIndex { starts }
    }

    /// Line and column of a unit, both from 1.
    pub fn line_column(&self, pos: u32) -> (u32, u32) {
        self.line_index().line_column(pos)
    }

    /// The line in which `pos` stands, shortened around it if long, and `pos`'s column therein.
    pub fn excerpt(&self, pos: u32) -> (String, usize) {
        const AROUND: usize = 60;
        let is_end = |i: usize| is_line_end(self.text.unit(i));
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

fn is_line_end(unit: u16) -> bool {
    matches!(unit, 10 | 13 | 0x2028 | 0x2029)
}

/// Where the lines of a source begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Line and column of a unit, both from 1.
    pub fn line_column(&self, pos: u32) -> (u32, u32) {
        let line = self.starts.partition_point(|&start| start <= pos);
        (line as u32, pos - self.starts[line - 1] + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_four_ways() {
        let source = Source::new("test", "a\nb\r\nc\rd\u{2028}e");
        let found = [0, 1, 2, 3, 4, 5, 6, 7, 9].map(|pos| source.line_column(pos));
        let expected = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (4, 1), (5, 1)];
        assert_eq!(found, expected);
    }
}
