//! Why a request got no answer from its page: what went wrong and where, and the page that says so.

use crate::page::generate::SourceMap;
use interp::{ErrorKind, Termination};
use std::fmt::{self, Write};

/// A place in a page or an include; line 0 when no more than the file is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) excerpt: Option<String>,
}

/// The kinds of going wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// There is no such page.
    NotFound,
    /// The page cannot be compiled: its syntax, an include, a directive.
    Page,
    /// The script threw, and nobody caught.
    Script,
    /// The wall clock ran out.
    Time,
    /// The fuel ran out.
    Fuel,
    /// The heap ran over.
    Heap,
    /// The native stack ran over.
    Stack,
    /// The output ran over.
    Output,
    /// The server is going down.
    Drain,
    /// The client went away.
    Gone,
    /// A fault of the server itself.
    Internal,
}

impl FaultKind {
    /// The status that goes with it.
    pub(crate) fn status(self) -> u16 {
        match self {
            FaultKind::NotFound => 404,
            FaultKind::Page | FaultKind::Script | FaultKind::Internal => 500,
            FaultKind::Heap | FaultKind::Stack | FaultKind::Output => 500,
            FaultKind::Time | FaultKind::Fuel => 504,
            FaultKind::Drain | FaultKind::Gone => 503,
        }
    }

    /// A word for metrics and logs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            FaultKind::NotFound => "not_found",
            FaultKind::Page => "page",
            FaultKind::Script => "script",
            FaultKind::Time => "time",
            FaultKind::Fuel => "fuel",
            FaultKind::Heap => "heap",
            FaultKind::Stack => "stack",
            FaultKind::Output => "output",
            FaultKind::Drain => "drain",
            FaultKind::Gone => "gone",
            FaultKind::Internal => "internal",
        }
    }

    fn title(self) -> &'static str {
        match self {
            FaultKind::NotFound => "There is no such page",
            FaultKind::Page => "The page cannot be compiled",
            FaultKind::Script => "The page's script failed",
            FaultKind::Time => "The script was stopped: it ran too long",
            FaultKind::Fuel => "The script was stopped: it took too many steps",
            FaultKind::Heap => "The script was stopped: it used too much memory",
            FaultKind::Stack => "The script was stopped: it recursed too deeply",
            FaultKind::Output => "The script was stopped: it wrote too much",
            FaultKind::Drain => "The server is shutting down",
            FaultKind::Gone => "The client went away",
            FaultKind::Internal => "The server failed",
        }
    }

    /// Whether the worker's state is to be made anew after it.
    pub(crate) fn spoils(self) -> bool {
        matches!(
            self,
            FaultKind::Time
                | FaultKind::Fuel
                | FaultKind::Heap
                | FaultKind::Stack
                | FaultKind::Output
                | FaultKind::Internal
        )
    }
}

/// What went wrong.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) message: String,
    pub(crate) place: Option<Place>,
    pub(crate) stack: String,
}

/// The reasons of an interrupt, as bits of [`gc::Remote::interrupt`].
pub(crate) mod interrupt {
    /// The wall clock ran out.
    pub(crate) const TIME: u32 = 1;
    /// The client went away.
    pub(crate) const GONE: u32 = 2;
    /// The server is going down.
    pub(crate) const DRAIN: u32 = 4;
}

/// The reasons for which the host itself ends a script.
pub(crate) mod ending {
    /// `Response.End()` or `Response.Redirect()`: not an error.
    pub(crate) const END: u32 = 1;
    /// The output is over its limit.
    pub(crate) const OUTPUT: u32 = 2;
    /// The wall clock ran out while waiting for a lock.
    pub(crate) const TIME: u32 = 3;
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>) -> Fault {
        Fault { kind, message: message.into(), place: None, stack: String::new() }
    }

    /// The kind that goes with the reasons of an interrupt.
    pub(crate) fn of_interrupt(reasons: u32, otherwise: FaultKind) -> FaultKind {
        match reasons {
            _ if reasons & interrupt::TIME != 0 => FaultKind::Time,
            _ if reasons & interrupt::DRAIN != 0 => FaultKind::Drain,
            _ if reasons & interrupt::GONE != 0 => FaultKind::Gone,
            _ => otherwise,
        }
    }

    pub(crate) fn at(mut self, place: Place) -> Fault {
        self.place = Some(place);
        self
    }

    /// In this page at least, when nothing more exact is known.
    pub(crate) fn in_page(mut self, path: &str) -> Fault {
        self.place.get_or_insert_with(|| Place { file: path.to_owned(), line: 0, column: 0, excerpt: None });
        self
    }

    /// From the engine's error; places in the script become places in the page.
    pub(crate) fn of_script(error: &interp::Error, map: Option<&SourceMap>) -> Fault {
        let kind = match error.kind() {
            ErrorKind::Syntax => FaultKind::Page,
            ErrorKind::Terminated(Termination::Fuel) => FaultKind::Fuel,
            ErrorKind::Terminated(Termination::Heap) => FaultKind::Heap,
            ErrorKind::Terminated(Termination::Stack) => FaultKind::Stack,
            ErrorKind::Terminated(Termination::Interrupted(reasons)) => {
                Fault::of_interrupt(reasons, FaultKind::Gone)
            }
            ErrorKind::Terminated(Termination::Host(ending::OUTPUT)) => FaultKind::Output,
            ErrorKind::Terminated(Termination::Host(ending::TIME)) => FaultKind::Time,
            ErrorKind::Thrown => FaultKind::Script,
            _ => FaultKind::Internal,
        };
        let mut fault = Fault::new(kind, error.message());
        fault.stack = match map {
            Some(map) => map.stack(error.stack()),
            None => error.stack().to_owned(),
        };
        let location = error.location();
        // What the prelude throws is thrown where the page called it.
        fault.place = match (map, location) {
            (Some(map), Some(at)) if *at.source == *map.name() => map.place(at.line, at.column),
            (Some(map), _) => map.first_in(error.stack()),
            (None, _) => None,
        }
        .or_else(|| {
            let at = location?;
            let (file, excerpt) = (at.source.clone(), at.excerpt.clone());
            Some(Place { file, line: at.line, column: at.column, excerpt })
        });
        fault
    }

    /// The page for the client. Without `details` it says no more than what the status says.
    pub(crate) fn html(&self, details: bool) -> String {
        let title = self.kind.title();
        let mut body = String::new();
        if details || matches!(self.kind, FaultKind::NotFound) {
            let _ = write!(body, "<p class=message>{}</p>", escape(&self.message));
            if let Some(place) = &self.place {
                let Place { file, line, column, excerpt } = place;
                let _ = write!(body, "<p>in <b>{}</b>", escape(file));
                if *line > 0 {
                    let _ = write!(body, ", line <b>{line}</b>, column <b>{column}</b>");
                }
                body.push_str("</p>");
                if let Some(excerpt) = excerpt {
                    let _ = write!(body, "<pre>{}</pre>", escape(&caret(excerpt, *column)));
                }
            }
            if !self.stack.trim().is_empty() {
                let _ = write!(body, "<h2>Stack</h2><pre>{}</pre>", escape(&self.stack));
            }
        }
        page(self.kind.status(), title, &body)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(place) = &self.place {
            write!(f, " ({}:{}:{})", place.file, place.line, place.column)?;
        }
        Ok(())
    }
}

/// The line and, below it, a mark under the column; a very long line is cut around it.
fn caret(line: &str, column: u32) -> String {
    const AROUND: usize = 60;
    // The column counts UTF-16 code units, the mark stands under a character.
    let mut units = 0;
    let is_before = |c: &char| {
        units += c.len_utf16() as u32;
        units < column
    };
    let column = line.chars().take_while(is_before).count();
    let first = column.saturating_sub(AROUND);
    let shown: String = line.chars().skip(first).take(2 * AROUND).collect();
    let indent: String =
        shown.chars().take(column - first).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    format!("{shown}\n{indent}^")
}

/// A small page in the look of all the server's own pages.
pub(crate) fn page(status: u16, title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><title>{status} {title}</title>\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;\
         color:#1b2733}}h1{{font-size:1.4rem}}h2{{font-size:1rem}}small{{color:#7a8894}}\
         .message{{color:#a3262b;font-weight:600}}pre{{background:#f3f5f7;padding:.8rem;overflow:auto;\
         border-left:3px solid #c9503c}}</style><h1><small>{status}</small> {title}</h1>{body}\n"
    )
}

/// Text for HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_under_the_column() {
        assert_eq!(caret("abc", 2), "abc\n ^");
        assert_eq!(caret("\tx", 2), "\tx\n\t^");
        assert_eq!(caret("😀😀x", 5), "😀😀x\n  ^");
        assert_eq!(caret("", 9), "\n^");
        assert!(caret(&"x".repeat(100_000), 50_000).len() < 300);
    }
}
