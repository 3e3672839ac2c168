//! JSON, written piece by piece into whatever takes text, without memory of its own.
#![forbid(unsafe_code)]

use std::fmt::{self, Display, Write};

/// An object or an array being written: it puts the commas.
pub(crate) struct Json<'a, W: Write> {
    out: &'a mut W,
    empty: bool,
}

/// Writes an object.
pub(crate) fn object<W: Write>(
    out: &mut W,
    members: impl FnOnce(&mut Json<'_, W>) -> fmt::Result,
) -> fmt::Result {
    out.write_char('{')?;
    members(&mut Json { out, empty: true })?;
    out.write_char('}')
}

/// Writes a string with its quotes.
pub(crate) fn string<W: Write>(out: &mut W, text: &str) -> fmt::Result {
    out.write_char('"')?;
    escaped(out, text)?;
    out.write_char('"')
}

fn escaped<W: Write>(out: &mut W, text: &str) -> fmt::Result {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.write_str(&text[from..at])?;
        from = at + 1;
        match byte {
            b'"' | b'\\' => write!(out, "\\{}", char::from(byte))?,
            _ => write!(out, "\\u{byte:04x}")?,
        }
    }
    out.write_str(&text[from..])
}

/// Escapes what is displayed through it.
struct Escape<'a, W: Write>(&'a mut W);

impl<W: Write> Write for Escape<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escaped(self.0, text)
    }
}

impl<W: Write> Json<'_, W> {
    fn comma(&mut self) -> fmt::Result {
        if !std::mem::take(&mut self.empty) {
            self.out.write_char(',')?;
        }
        Ok(())
    }

    fn key(&mut self, key: &str) -> fmt::Result {
        self.comma()?;
        string(self.out, key)?;
        self.out.write_char(':')
    }

    /// A member that is a number, or a boolean.
    pub(crate) fn number(&mut self, key: &str, value: impl Display) -> fmt::Result {
        self.key(key)?;
        write!(self.out, "{value}")
    }

    /// A member that is a string.
    pub(crate) fn text(&mut self, key: &str, value: impl Display) -> fmt::Result {
        self.key(key)?;
        self.out.write_char('"')?;
        write!(Escape(self.out), "{value}")?;
        self.out.write_char('"')
    }

    /// A member that is an object.
    pub(crate) fn object(
        &mut self,
        key: &str,
        members: impl FnOnce(&mut Json<'_, W>) -> fmt::Result,
    ) -> fmt::Result {
        self.key(key)?;
        object(self.out, members)
    }

    /// A member that is an array of objects.
    pub(crate) fn objects<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut members: impl FnMut(&mut Json<'_, W>, T) -> fmt::Result,
    ) -> fmt::Result {
        self.key(key)?;
        self.out.write_char('[')?;
        let mut list = Json { out: &mut *self.out, empty: true };
        for item in items {
            list.comma()?;
            object(list.out, |json| members(json, item))?;
        }
        self.out.write_char(']')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_escapes() {
        let mut out = String::new();
        object(&mut out, |json| {
            json.number("a", 1)?;
            json.text("b\n", "\"\\\u{1}ä")?;
            json.objects("d", [1, 2], |json, item| json.number("e", item))
        })
        .unwrap();
        assert_eq!(out, r#"{"a":1,"b\u000a":"\"\\\u0001ä","d":[{"e":1},{"e":2}]}"#);
    }
}
