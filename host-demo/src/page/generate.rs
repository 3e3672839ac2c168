//! From pieces to one script, and back: the map from a place in the script to the place in the page.
//!
//! Text becomes `__t(number)`, an expression `__w((…))`, code stays as it is, so that control flow may span blocks.
//! Every piece begins on a line of its own: a comment at the end of one ends with it, and a missing semicolon is
//! inserted by the language's own rules.

use super::assign::insertions;
use super::parse::{At, Parsed, Piece};
use crate::error::Place;
use std::fmt::Write;
use std::sync::Arc;

/// A script and what it takes to run it.
pub(crate) struct Generated {
    pub(crate) script: String,
    pub(crate) texts: Vec<Box<str>>,
    pub(crate) map: SourceMap,
    pub(crate) session: bool,
}

/// From places in the script to places in the files.
pub(crate) struct SourceMap {
    /// Each says where a piece of a file was copied to; in the order of the script.
    segments: Vec<Segment>,
    files: Vec<(Arc<str>, Arc<str>)>,
}

/// A piece of a file in the script: from where to where in both.
struct Segment {
    line: u32,
    column: u32,
    end: (u32, u32),
    at: At,
    at_end: At,
}

/// Makes the script of a page.
pub(crate) fn generate(parsed: Parsed) -> Generated {
    let mut writer = Writer { script: String::new(), line: 1, column: 1, segments: Vec::new() };
    let mut texts = Vec::new();
    for piece in parsed.pieces {
        match piece {
            Piece::Text(text) => {
                let call = format!("\n__t({});", texts.len());
                writer.plain(&call);
                texts.push(text.into_boxed_str());
            }
            Piece::Code(at, code) => {
                writer.plain("\n");
                writer.copy(at, &code);
            }
            Piece::Expression(at, code) => {
                writer.plain("\n__w((");
                writer.copy(at, &code);
                writer.plain("\n));");
            }
        }
    }
    writer.plain("\n");
    let map = SourceMap { segments: writer.segments, files: parsed.files };
    Generated { script: writer.script, texts, map, session: parsed.session }
}

struct Writer {
    script: String,
    line: u32,
    column: u32,
    segments: Vec<Segment>,
}

impl Writer {
    fn plain(&mut self, text: &str) {
        self.script.push_str(text);
        advance(&mut self.line, &mut self.column, text);
    }

    /// Copies code from a file, with the assignments rewritten.
    fn copy(&mut self, mut at: At, code: &str) {
        let mut done = 0;
        for (offset, insertion) in insertions(code) {
            self.verbatim(&mut at, &code[done..offset]);
            self.plain(insertion);
            done = offset;
        }
        self.verbatim(&mut at, &code[done..]);
    }

    fn verbatim(&mut self, at: &mut At, code: &str) {
        let (line, column, start) = (self.line, self.column, *at);
        self.plain(code);
        advance(&mut at.line, &mut at.column, code);
        let end = (self.line, self.column);
        self.segments.push(Segment { line, column, end, at: start, at_end: *at });
    }
}

/// Lines as JavaScript counts them, columns in UTF-16 code units as the engine does.
pub(super) fn advance(line: &mut u32, column: &mut u32, text: &str) {
    let mut before = None;
    for c in text.chars() {
        match c {
            '\n' if before == Some('\r') => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => {
                *line += 1;
                *column = 1;
            }
            _ => *column += c.len_utf16() as u32,
        }
        before = Some(c);
    }
}

impl SourceMap {
    /// The place in a file that a place in the script came from.
    pub(crate) fn place(&self, line: u32, column: u32) -> Option<Place> {
        let after = self.segments.partition_point(|s| (s.line, s.column) <= (line, column));
        let segment = self.segments.get(after.saturating_sub(1))?;
        let At { file, line: first, column: indent } = segment.at;
        let (line, column) = match line.saturating_sub(segment.line) {
            // Behind it, in what was put around it: the page's place is its end.
            _ if (line, column) >= segment.end => (segment.at_end.line, segment.at_end.column),
            0 => (first, indent + column.saturating_sub(segment.column)),
            lines => (first + lines, column),
        };
        let (name, text) = self.files.get(file as usize)?;
        let excerpt = text.lines().nth(line as usize - 1).map(str::to_owned);
        Some(Place { file: name.to_string(), line, column, excerpt })
    }

    /// The name of the script: that of the page.
    pub(crate) fn name(&self) -> &str {
        self.files.first().map_or("", |(name, _)| name)
    }

    /// The first place of a stack trace that is in the page or in what it includes.
    pub(crate) fn first_in(&self, stack: &str) -> Option<Place> {
        stack.match_indices(self.name()).find_map(|(found, name)| {
            let (line, column, _) = numbers(&stack[found + name.len()..])?;
            self.place(line, column)
        })
    }

    /// A stack trace with the script's places replaced by the page's.
    pub(crate) fn stack(&self, stack: &str) -> String {
        let name = self.name();
        let mut text = String::new();
        let mut rest = stack;
        while let Some(found) = rest.find(name) {
            let (before, tail) = rest.split_at(found);
            text.push_str(before);
            let after = &tail[name.len()..];
            rest = match numbers(after).and_then(|(line, column, end)| Some((self.place(line, column)?, end)))
            {
                Some((place, end)) => {
                    let _ = write!(text, "{}:{}:{}", place.file, place.line, place.column);
                    &after[end..]
                }
                None => {
                    text.push_str(name);
                    after
                }
            };
        }
        text + rest
    }
}

/// `:12:34` at the beginning of `text`, and its length.
fn numbers(text: &str) -> Option<(u32, u32, usize)> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let line = text.strip_prefix(':')?;
    let line_end = digits(line);
    let column = line[line_end..].strip_prefix(':')?;
    let column_end = digits(column);
    Some((line[..line_end].parse().ok()?, column[..column_end].parse().ok()?, line_end + column_end + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(pieces: Vec<Piece>, text: &str) -> Generated {
        generate(Parsed { pieces, files: vec![("/p.asp".into(), text.into())], session: true })
    }

    #[test]
    fn places_come_back() {
        let text = "<p>\n<% one;\n two %><%= three %>";
        let at = |line, column| At { file: 0, line, column };
        let generated = page(
            vec![
                Piece::Text("<p>\n".into()),
                Piece::Code(at(2, 3), " one;\n two ".into()),
                Piece::Expression(at(3, 11), " three ".into()),
            ],
            text,
        );
        assert_eq!(generated.script, "\n__t(0);\n one;\n two \n__w(( three \n));\n");
        let place = |line, column| {
            let place = generated.map.place(line, column).unwrap();
            (place.line, place.column)
        };
        assert_eq!(place(3, 2), (2, 4));
        assert_eq!(place(4, 2), (3, 2));
        assert_eq!(place(5, 7), (3, 12));
        // The parenthesis after the expression, on a line that the page does not have.
        assert_eq!(place(6, 1), (3, 18));
        let first = generated.map.first_in("at f (other.js:1:1)\nat (/p.asp:5:7)").unwrap();
        assert_eq!((first.line, first.column), (3, 12));
        assert_eq!(generated.map.stack("at f (/p.asp:5:7)\nat /p.asp"), "at f (/p.asp:3:12)\nat /p.asp");
    }

    #[test]
    fn rewriting_keeps_the_places() {
        let code = "Session('a') = oops";
        let generated = page(vec![Piece::Code(At { file: 0, line: 1, column: 3 }, code.into())], code);
        let column = generated.script.lines().nth(1).unwrap().find("oops").unwrap() as u32 + 1;
        assert_eq!(generated.map.place(2, column).unwrap().column, 3 + 15);
    }
}
