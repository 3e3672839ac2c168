//! What is wrong with a source text.

#![forbid(unsafe_code)]

use std::fmt;

use super::ast::Span;
use super::source::Source;

/// Whether the text is wrong or merely too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The text is not of the language.
    Syntax,
    /// The text is nested too deeply, or its tree takes more memory than allowed.
    Limit,
}

/// An early error, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// What was found and what was expected.
    pub message: String,
    /// Where.
    pub span: Span,
    /// The line, from 1.
    pub line: u32,
    /// The column in code units, from 1.
    pub column: u32,
    /// Wrong, or too much.
    pub kind: ErrorKind,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.message, self.line, self.column)
    }
}

impl std::error::Error for SyntaxError {}

impl SyntaxError {
    /// The message with the offending line and a marker below it.
    pub fn render(&self, source: &Source) -> String {
        let (line, column) = source.excerpt(self.span.start);
        let width = (self.span.end.saturating_sub(self.span.start) as usize)
            .clamp(1, line.chars().count().saturating_sub(column).max(1));
        let number = self.line.to_string();
        let pad = " ".repeat(number.len());
        format!(
            "{}\n{pad}--> {}:{}:{}\n{pad} |\n{number} | {line}\n{pad} | {}{}\n",
            self.message,
            source.name(),
            self.line,
            self.column,
            " ".repeat(column),
            "^".repeat(width),
        )
    }
}

/// An error on its way out of the parser; line and column are found at the border.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) span: Span,
    pub(super) kind: ErrorKind,
}

/// The parser's results: errors are boxed so that the good case stays in registers.
pub(super) type PResult<T> = Result<T, Box<Failure>>;

impl Failure {
    /// As the border shows it.
    #[cold]
    pub(super) fn in_source(self, source: &Source) -> SyntaxError {
        let (line, column) = source.line_column(self.span.start);
        SyntaxError { message: self.message, span: self.span, line, column, kind: self.kind }
    }

    #[cold]
    pub(super) fn syntax(span: Span, message: impl Into<String>) -> Box<Failure> {
        Box::new(Failure { message: message.into(), span, kind: ErrorKind::Syntax })
    }

    #[cold]
    pub(super) fn limit(span: Span, message: impl Into<String>) -> Box<Failure> {
        Box::new(Failure { message: message.into(), span, kind: ErrorKind::Limit })
    }
}
