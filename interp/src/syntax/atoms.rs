//! Names and strings of one parse: each distinct string once, as Latin-1 bytes or UTF-16 units.
//!
//! A parse owns its table; code keeps the strings it needs as [`Text`]. Nothing here is shared
//! between parses, so nothing here is locked.

use std::collections::HashMap;
use std::sync::Arc;

/// A string of the language: any sequence of UTF-16 code units, held as bytes when all are below 256.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// All units are below 256.
    Latin1(Arc<[u8]>),
    /// Some unit is 256 or above.
    Utf16(Arc<[u16]>),
}

impl Text {
    /// From units, in the narrow form if they fit.
    pub fn from_units(units: &[u16]) -> Text {
        if units.iter().all(|&u| u < 256) {
            Text::Latin1(units.iter().map(|&u| u as u8).collect())
        } else {
            Text::Utf16(units.into())
        }
    }

    /// From Latin-1 bytes.
    pub fn from_latin1(bytes: &[u8]) -> Text {
        Text::Latin1(bytes.into())
    }

    /// From UTF-8.
    pub fn from_utf8(text: &str) -> Text {
        if text.is_ascii() {
            Text::Latin1(text.as_bytes().into())
        } else {
            Text::from_units(&text.encode_utf16().collect::<Vec<_>>())
        }
    }

    /// The number of code units.
    pub fn len(&self) -> usize {
        match self {
            Text::Latin1(b) => b.len(),
            Text::Utf16(u) => u.len(),
        }
    }

    /// Whether it has no units.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The code unit at `index`.
    ///
    /// # Panics
    /// If `index` is out of range.
    pub fn unit(&self, index: usize) -> u16 {
        match self {
            Text::Latin1(b) => u16::from(b[index]),
            Text::Utf16(u) => u[index],
        }
    }

    /// The units one after another.
    pub fn units(&self) -> impl Iterator<Item = u16> + '_ {
        (0..self.len()).map(|i| self.unit(i))
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for c in char::decode_utf16(self.units()) {
            std::fmt::Write::write_char(f, c.unwrap_or(char::REPLACEMENT_CHARACTER))?;
        }
        Ok(())
    }
}

/// An index into an [`AtomTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Atom(pub u32);

/// The distinct strings of one parse.
#[derive(Debug, Default)]
pub struct AtomTable {
    texts: Vec<Text>,
    index: HashMap<Text, Atom>,
}

impl AtomTable {
    /// An empty table.
    pub fn new() -> AtomTable {
        AtomTable::default()
    }

    /// The atom of `text`, new or known.
    pub fn intern(&mut self, text: Text) -> Atom {
        if let Some(&atom) = self.index.get(&text) {
            return atom;
        }
        let atom = Atom(u32::try_from(self.texts.len()).expect("sources are below 4 GiB"));
        self.texts.push(text.clone());
        self.index.insert(text, atom);
        atom
    }

    /// The string of `atom`.
    pub fn text(&self, atom: Atom) -> &Text {
        &self.texts[atom.0 as usize]
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}
