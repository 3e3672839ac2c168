//! What comes to the host when a script does not end well.
#![forbid(unsafe_code)]

use std::fmt;

/// Why a script was ended from outside; no `catch` or `finally` of it ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Termination {
    /// The fuel was used up.
    Fuel,
    /// The heap limit was passed, also after a collection.
    Heap,
    /// The native stack was used up in a place that cannot throw.
    Stack,
    /// Another thread asked, with this reason.
    Interrupted(u32),
    /// A host function asked, with this code.
    Host(u32),
}

/// Where in a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The source's name.
    pub source: String,
    /// From 1.
    pub line: u32,
    /// From 1, in UTF-16 code units.
    pub column: u32,
    /// The line with a mark below, if the source is known.
    pub excerpt: Option<String>,
}

/// The kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The source text is not a program.
    Syntax,
    /// The script threw and nobody caught it.
    Thrown,
    /// The script was ended by a limit, an interrupt or the host.
    Terminated(Termination),
    /// The engine could not be opened, or a value could not be passed.
    Host,
}

/// An error of a script or engine.
#[derive(Clone, Debug)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    message: String,
    location: Option<Location>,
    stack: String,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error(Box::new(Inner { kind, message: message.into(), location: None, stack: String::new() }))
    }
    pub(crate) fn at(mut self, location: Option<Location>) -> Error {
        self.0.location = location;
        self
    }
    pub(crate) fn with_stack(mut self, stack: String) -> Error {
        self.0.stack = stack;
        self
    }
    /// What kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
    /// What happened: for thrown errors `Name: message`.
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// Where, if known: of thrown errors where the error object was made.
    pub fn location(&self) -> Option<&Location> {
        self.0.location.as_ref()
    }
    /// The frames that were running, one a line; empty if unknown.
    pub fn stack(&self) -> &str {
        &self.0.stack
    }
    /// Message, place, excerpt and stack, for people.
    pub fn render(&self) -> String {
        let mut text = self.0.message.clone();
        if let Some(l) = &self.0.location {
            text.push_str(&format!("\n  --> {}:{}:{}", l.source, l.line, l.column));
            if let Some(e) = &l.excerpt {
                let indent = " ".repeat((l.column as usize).saturating_sub(1).min(200));
                text.push_str(&format!("\n   | {e}\n   | {indent}^"));
            }
        }
        if !self.0.stack.is_empty() {
            text.push('\n');
            text.push_str(self.0.stack.trim_end());
        }
        text
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if let Some(l) = &self.0.location {
            write!(f, " ({}:{}:{})", l.source, l.line, l.column)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
