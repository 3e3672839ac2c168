//! The syntax of pages: text, `<% code %>`, `<%= expr %>`, `<%@ directives %>`, `<!-- #include file|virtual="…" -->`
//! and `<script runat=server>`. Includes are expanded here, before anything is compiled.
//!
//! What comes out is a flat list of pieces, each of which knows its file, line and column.

use super::Sources;
use super::generate::advance;
use crate::error::{Fault, FaultKind, Place};
use crate::site::Site;
use std::sync::Arc;

/// Includes may be nested this deeply.
const MAX_DEPTH: usize = 32;
/// And a page may be this long with all its includes.
const MAX_SOURCE: usize = 8 << 20;

/// A place in a file: lines and columns from 1, columns in UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) file: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// A piece of a page.
#[derive(Debug, PartialEq)]
pub(crate) enum Piece {
    /// Goes to the client as it is.
    Text(String),
    /// `<% … %>`, or what is between the tags of a server script.
    Code(At, String),
    /// `<%= … %>`.
    Expression(At, String),
}

/// A page with its includes.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) pieces: Vec<Piece>,
    /// Names and texts of the files, by their numbers in [`At`].
    pub(crate) files: Vec<(Arc<str>, Arc<str>)>,
    /// Whether the page may use the session.
    pub(crate) session: bool,
}

/// Reads the page and whatever it includes.
pub(crate) fn parse(site: &Site, path: &str, sources: &mut Sources) -> Result<Parsed, Fault> {
    let mut parser = Parser {
        site,
        sources,
        parsed: Parsed { pieces: Vec::new(), files: Vec::new(), session: true },
        open: Vec::new(),
        total: 0,
        directive_seen: false,
    };
    parser.file(path, None)?;
    Ok(parser.parsed)
}

struct Parser<'a> {
    site: &'a Site,
    sources: &'a mut Sources,
    parsed: Parsed,
    /// The files that are being read, the page first.
    open: Vec<String>,
    total: usize,
    directive_seen: bool,
}

/// The text of one file and how far it was read.
struct Cursor<'a> {
    text: &'a str,
    offset: usize,
    at: At,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    /// Goes on by `bytes` and returns what was passed.
    fn take(&mut self, bytes: usize) -> &'a str {
        let passed = &self.rest()[..bytes];
        advance(&mut self.at.line, &mut self.at.column, passed);
        self.offset += bytes;
        passed
    }
}

impl Parser<'_> {
    fn fault(&self, at: At, message: impl Into<String>) -> Fault {
        let (name, text) = &self.parsed.files[at.file as usize];
        let excerpt = text.lines().nth(at.line as usize - 1).map(str::to_owned);
        let place = Place { file: name.to_string(), line: at.line, column: at.column, excerpt };
        Fault::new(FaultKind::Page, message).at(place)
    }

    /// Reads a file that is the page (`from` is nothing) or is included.
    fn file(&mut self, path: &str, from: Option<At>) -> Result<(), Fault> {
        if let Some(at) = from {
            if self.open.iter().any(|open| open == path) {
                let chain = self.open.join(" → ");
                return Err(self.fault(at, format!("include cycle: {chain} → {path}")));
            }
            if self.open.len() >= MAX_DEPTH {
                return Err(self.fault(at, format!("includes are nested more than {MAX_DEPTH} deep")));
            }
        }
        self.sources.files.push(Arc::from(path));
        let text: Arc<str> = match (self.site.read_source(path), from) {
            (Ok(text), _) => Arc::from(text),
            (Err(error), Some(at)) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(self.fault(at, format!("the included file {path} does not exist")));
            }
            (Err(error), Some(at)) => {
                return Err(self.fault(at, format!("the included file {path} cannot be read: {error}")));
            }
            (Err(error), None) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Fault::new(FaultKind::NotFound, format!("there is no page {path}")));
            }
            (Err(error), None) => {
                return Err(Fault::new(FaultKind::Page, format!("the page {path} cannot be read: {error}")));
            }
        };
        self.total += text.len();
        let file = self.parsed.files.len() as u32;
        self.parsed.files.push((Arc::from(path), text.clone()));
        let start = At { file, line: 1, column: 1 };
        if self.total > MAX_SOURCE {
            return Err(self.fault(from.unwrap_or(start), "the page is too long with all its includes"));
        }
        self.open.push(path.to_owned());
        let skip = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        self.pieces(Cursor { text: &text, offset: skip, at: start })?;
        self.open.pop();
        Ok(())
    }

    fn text(&mut self, text: &str) {
        match self.parsed.pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(before)) => before.push_str(text),
            _ => self.parsed.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    fn pieces(&mut self, mut cursor: Cursor<'_>) -> Result<(), Fault> {
        // Where the search goes on: not before the `<` that turned out to be plain text.
        let mut from = 0;
        loop {
            let rest = cursor.rest();
            let Some(found) = rest[from..].find('<').map(|found| found + from) else {
                let text = cursor.take(rest.len());
                self.text(text);
                return Ok(());
            };
            let tail = &rest[found..];
            if tail.starts_with("<%") {
                let text = cursor.take(found);
                self.text(text);
                self.block(&mut cursor)?;
                from = 0;
            } else if let Some(include) = Include::match_at(tail) {
                let text = cursor.take(found);
                self.text(text);
                let at = cursor.at;
                cursor.take(include.bytes);
                self.include(at, &include)?;
                from = 0;
            } else if let Some(tag) = ServerScript::match_at(tail) {
                let text = cursor.take(found);
                self.text(text);
                self.server_script(&mut cursor, &tag)?;
                from = 0;
            } else {
                from = found + 1;
            }
        }
    }

    /// `<% … %>` in its three kinds; the cursor is at its `<`.
    fn block(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        let opened = cursor.at;
        cursor.take(2);
        let Some(end) = cursor.rest().find("%>") else {
            return Err(self.fault(opened, "this <% is not closed by a %>"));
        };
        let kind = cursor.rest().as_bytes()[0];
        let (at, body) = match kind {
            b'=' | b'@' => {
                cursor.take(1);
                (cursor.at, cursor.take(end - 1))
            }
            _ => (cursor.at, cursor.take(end)),
        };
        cursor.take(2);
        match kind {
            b'=' => self.parsed.pieces.push(Piece::Expression(at, body.to_owned())),
            b'@' => {
                self.directive(opened, body)?;
                // Its line is not the page's first: what comes first is often a doctype.
                let rest = cursor.rest();
                let end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
                cursor.take(end);
            }
            _ => self.parsed.pieces.push(Piece::Code(at, body.to_owned())),
        }
        Ok(())
    }

    fn directive(&mut self, at: At, body: &str) -> Result<(), Fault> {
        if self.open.len() > 1 {
            return Err(self.fault(at, "a <%@ directive belongs in the page, not in an include"));
        }
        if std::mem::replace(&mut self.directive_seen, true) {
            return Err(self.fault(at, "there is more than one <%@ directive"));
        }
        let nothing_before = self.parsed.pieces.iter().all(|piece| match piece {
            Piece::Text(text) => text.trim().is_empty(),
            _ => false,
        });
        if !nothing_before {
            return Err(self.fault(at, "a <%@ directive must be the first thing in the page"));
        }
        let Some(attributes) = attributes(body) else {
            return Err(self.fault(at, "a <%@ directive is a list of NAME=VALUE"));
        };
        for (name, value) in attributes {
            match name.to_ascii_uppercase().as_str() {
                "LANGUAGE" => self.language(at, &value)?,
                "ENABLESESSIONSTATE" => match value.to_ascii_lowercase().as_str() {
                    "true" | "readonly" => self.parsed.session = true,
                    "false" => self.parsed.session = false,
                    _ => return Err(self.fault(at, "ENABLESESSIONSTATE is True, False or ReadOnly")),
                },
                "CODEPAGE" if value == "65001" => {}
                "CODEPAGE" => return Err(self.fault(at, "CODEPAGE is 65001: pages are UTF-8")),
                _ => return Err(self.fault(at, format!("unknown directive {name}"))),
            }
        }
        Ok(())
    }

    fn language(&self, at: At, value: &str) -> Result<(), Fault> {
        match value.to_ascii_lowercase().as_str() {
            "jscript" | "javascript" | "ecmascript" => Ok(()),
            _ => Err(self.fault(at, format!("the language {value} is not spoken here: LANGUAGE=JScript is"))),
        }
    }

    fn include(&mut self, at: At, include: &Include) -> Result<(), Fault> {
        let base = self.parsed.files[at.file as usize].0.clone();
        let relative = match include.kind {
            IncludeKind::File if include.path.starts_with(['/', '\\']) => {
                return Err(
                    self.fault(at, "the path of #include file is relative; virtual begins at the root")
                );
            }
            _ => include.path.as_str(),
        };
        match crate::site::join(&base, relative) {
            Some(path) => self.file(&path, Some(at)),
            None => Err(self.fault(at, format!("the include path {relative} leaves the site"))),
        }
    }

    /// `<script runat=server>`: code where it stands; the cursor is at its `<`.
    fn server_script(&mut self, cursor: &mut Cursor<'_>, tag: &ServerScript) -> Result<(), Fault> {
        let opened = cursor.at;
        if let Some(language) = &tag.language {
            self.language(opened, language)?;
        }
        cursor.take(tag.bytes);
        let Some(end) = find_ignoring_case(cursor.rest(), "</script") else {
            return Err(self.fault(opened, "this server script is not closed by a </script>"));
        };
        let at = cursor.at;
        let body = cursor.take(end);
        let Some(close) = cursor.rest().find('>') else {
            return Err(self.fault(cursor.at, "this </script is not closed by a >"));
        };
        cursor.take(close + 1);
        match &tag.src {
            None => self.parsed.pieces.push(Piece::Code(at, body.to_owned())),
            Some(_) if !body.trim().is_empty() => {
                return Err(self.fault(opened, "a server script has either src or code, not both"));
            }
            Some(src) => {
                let base = self.parsed.files[opened.file as usize].0.clone();
                let Some(path) = crate::site::join(&base, src) else {
                    return Err(self.fault(opened, format!("the path {src} leaves the site")));
                };
                self.sources.files.push(Arc::from(path.as_str()));
                let text = match self.site.read_source(&path) {
                    Ok(text) => text,
                    Err(error) => {
                        let message = format!("the server script {path} cannot be read: {error}");
                        return Err(self.fault(opened, message));
                    }
                };
                let file = self.parsed.files.len() as u32;
                self.parsed.files.push((Arc::from(path), Arc::from(text.as_str())));
                self.parsed.pieces.push(Piece::Code(At { file, line: 1, column: 1 }, text));
            }
        }
        Ok(())
    }
}

enum IncludeKind {
    File,
    Virtual,
}

struct Include {
    kind: IncludeKind,
    path: String,
    bytes: usize,
}

impl Include {
    /// `<!-- #include file="…" -->` at the very beginning of `text`.
    fn match_at(text: &str) -> Option<Include> {
        let inner = text.strip_prefix("<!--")?;
        let end = inner.find("-->")?;
        let body = inner[..end].trim();
        let word = body.get(..8).filter(|word| word.eq_ignore_ascii_case("#include"))?;
        let (name, path) = attributes(&body[word.len()..])?.into_iter().next()?;
        let kind = match name.to_ascii_lowercase().as_str() {
            "file" => IncludeKind::File,
            "virtual" => IncludeKind::Virtual,
            _ => return None,
        };
        let path = match kind {
            IncludeKind::Virtual if !path.starts_with(['/', '\\']) => format!("/{path}"),
            _ => path,
        };
        Some(Include { kind, path, bytes: "<!--".len() + end + "-->".len() })
    }
}

struct ServerScript {
    language: Option<String>,
    src: Option<String>,
    bytes: usize,
}

impl ServerScript {
    /// `<script … runat=server …>` at the very beginning of `text`.
    fn match_at(text: &str) -> Option<ServerScript> {
        let tag = text.get(..7).filter(|tag| tag.eq_ignore_ascii_case("<script"))?;
        let end = text.find('>')?;
        let mut script = ServerScript { language: None, src: None, bytes: end + 1 };
        let mut server = false;
        for (name, value) in attributes(&text[tag.len()..end])? {
            match name.to_ascii_lowercase().as_str() {
                "runat" => server = value.eq_ignore_ascii_case("server"),
                "language" => script.language = Some(value),
                "src" => script.src = Some(value),
                _ => {}
            }
        }
        server.then_some(script)
    }
}

/// `NAME=VALUE NAME="VALUE" NAME`: nothing when it is not that.
fn attributes(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() {
            return None;
        }
        rest = rest[end..].trim_start();
        let Some(value) = rest.strip_prefix('=') else {
            found.push((name.to_owned(), String::new()));
            continue;
        };
        let value = value.trim_start();
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => {
                let end = value[1..].find(quote)?;
                (&value[1..=end], &value[end + 2..])
            }
            _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        found.push((name.to_owned(), value.to_owned()));
        rest = after.trim_start();
    }
    Some(found)
}

fn find_ignoring_case(text: &str, ascii: &str) -> Option<usize> {
    text.as_bytes().windows(ascii.len()).position(|window| window.eq_ignore_ascii_case(ascii.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            attributes(r#" a=1 B = "x y" c d='' "#),
            Some(vec![pair("a", "1"), pair("B", "x y"), pair("c", ""), pair("d", "")])
        );
        assert_eq!(attributes("=1"), None);
        assert_eq!(attributes("a=\"1"), None);
    }

    #[test]
    fn includes_are_recognized() {
        let include = Include::match_at("<!-- #INCLUDE File='a.inc' -->x").unwrap();
        assert!(matches!(include.kind, IncludeKind::File));
        assert_eq!((include.path.as_str(), include.bytes), ("a.inc", 30));
        let include = Include::match_at("<!--#include virtual=\"a.inc\"-->").unwrap();
        assert_eq!(include.path, "/a.inc");
        assert!(Include::match_at("<!-- include file='a' -->").is_none());
        assert!(Include::match_at("<!-- é#include -->").is_none());
    }

    #[test]
    fn only_server_scripts_are_ours() {
        assert!(ServerScript::match_at("<script>").is_none());
        assert!(ServerScript::match_at("<script runat=client>").is_none());
        let tag = ServerScript::match_at("<SCRIPT Language=JScript RUNAT=Server>f()").unwrap();
        assert_eq!(tag.bytes, 38);
    }
}
