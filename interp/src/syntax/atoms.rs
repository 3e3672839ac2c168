//! Names and strings of one parse: each distinct string once, as Latin-1 bytes or UTF-16 units.
//!
//! A parse owns its table; code keeps the strings it needs as [`Text`]. Nothing here is shared
//! between parses, so nothing here is locked.
#![forbid(unsafe_code)]

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

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

/// Names that stand at fixed places in every table. The reserved words come first, in the order of
/// the keyword tokens; then the words reserved in strict code only; then whatever the parser and
/// the compiler compare with.
macro_rules! known {
    ($($name:ident $text:literal,)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Known { $($name,)* }
        impl Atom {
            $(
                #[doc = concat!("`", $text, "`")]
                pub const $name: Atom = Atom(Known::$name as u32);
            )*
        }
        const KNOWN: &[&str] = &[$($text,)*];
    };
}

known! {
    BREAK "break", CASE "case", CATCH "catch", CLASS "class", CONST "const", CONTINUE "continue",
    DEBUGGER "debugger", DEFAULT "default", DELETE "delete", DO "do", ELSE "else", ENUM "enum",
    EXPORT "export", EXTENDS "extends", FALSE "false", FINALLY "finally", FOR "for",
    FUNCTION "function", IF "if", IMPORT "import", IN "in", INSTANCEOF "instanceof", NEW "new",
    NULL "null", RETURN "return", SUPER "super", SWITCH "switch", THIS "this", THROW "throw",
    TRUE "true", TRY "try", TYPEOF "typeof", VAR "var", VOID "void", WHILE "while", WITH "with",
    IMPLEMENTS "implements", INTERFACE "interface", LET "let", PACKAGE "package",
    PRIVATE "private", PROTECTED "protected", PUBLIC "public", STATIC "static", YIELD "yield",
    AWAIT "await", ASYNC "async", OF "of", GET "get", SET "set", AS "as", FROM "from",
    ACCESSOR "accessor", USING "using", META "meta", TARGET "target", DEFER "defer",
    SOURCE "source", EVAL "eval", ARGUMENTS "arguments", CONSTRUCTOR "constructor",
    PRIVATE_CONSTRUCTOR "#constructor", PROTOTYPE "prototype", PROTO "__proto__",
    USE_STRICT "use strict", STAR_DEFAULT "*default*", ANONYMOUS "anonymous", EMPTY "",
    UNDEFINED "undefined", NAME "name", LENGTH "length", VALUE "value", DONE "done", NEXT "next",
    THIS_MARK "*this*", EVAL_MARK "*eval*",
}

impl Atom {
    /// How many reserved words there are: their atoms are below this.
    pub(crate) const RESERVED_WORDS: u32 = Atom::IMPLEMENTS.0;

    /// Whether the name is reserved in strict code only.
    pub(crate) fn is_strict_reserved(self) -> bool {
        self >= Atom::IMPLEMENTS && self <= Atom::YIELD
    }
}

/// The distinct strings of one parse, and the [known](Atom) names.
#[derive(Clone, Debug)]
pub struct AtomTable {
    texts: Vec<Text>,
    hashes: Vec<u32>,
    /// Open addressing: atom + 1, or 0. The length is a power of two, at most half full.
    slots: Vec<u32>,
    bytes: usize,
}

static KNOWN_TABLE: LazyLock<AtomTable> = LazyLock::new(|| {
    let mut table = AtomTable {
        texts: Vec::with_capacity(KNOWN.len() * 2),
        hashes: Vec::with_capacity(KNOWN.len() * 2),
        slots: vec![0; 512],
        bytes: 0,
    };
    for text in KNOWN {
        table.intern_latin1(text.as_bytes());
    }
    debug_assert_eq!(table.len(), KNOWN.len());
    table
});

/// Where a hash begins: differs from process to process, so that nobody prepares collisions.
static SEED: LazyLock<u32> = LazyLock::new(|| RandomState::new().hash_one(0) as u32);

/// The running hash of a string's units; the same for both widths.
#[derive(Clone, Copy)]
pub(crate) struct UnitHash(u32);

impl UnitHash {
    #[inline]
    pub(crate) fn new(seed: u32) -> UnitHash {
        UnitHash(seed)
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, unit: u32) {
        self.0 = (self.0.rotate_left(5) ^ unit).wrapping_mul(0x9E37_79B1);
    }

    #[inline(always)]
    pub(crate) fn finish(self) -> u32 {
        self.0 ^ (self.0 >> 15)
    }
}

impl Default for AtomTable {
    fn default() -> AtomTable {
        AtomTable::new()
    }
}

impl AtomTable {
    /// A table of the known names only.
    pub fn new() -> AtomTable {
        KNOWN_TABLE.clone()
    }

    /// The atom of `text`, new or known.
    pub fn intern(&mut self, text: Text) -> Atom {
        match &text {
            Text::Latin1(b) => self.intern_latin1(b),
            Text::Utf16(u) => self.intern_units(u),
        }
    }

    /// The atom of `text`, if it has one.
    pub(crate) fn get(&self, text: &Text) -> Option<Atom> {
        let mut hash = UnitHash::new(self.seed());
        for u in text.units() {
            hash.add(u32::from(u));
        }
        self.find(hash.finish(), |t| t == text).ok()
    }

    /// The atom of a string of Latin-1 bytes.
    pub fn intern_latin1(&mut self, bytes: &[u8]) -> Atom {
        let mut hash = UnitHash::new(self.seed());
        for &b in bytes {
            hash.add(u32::from(b));
        }
        self.intern_latin1_hashed(bytes, hash.finish())
    }

    /// The atom of a string of UTF-16 code units.
    pub fn intern_units(&mut self, units: &[u16]) -> Atom {
        let mut hash = UnitHash::new(self.seed());
        for &u in units {
            hash.add(u32::from(u));
        }
        self.intern_units_hashed(units, hash.finish())
    }

    pub(crate) fn seed(&self) -> u32 {
        *SEED
    }

    #[inline]
    pub(crate) fn intern_latin1_hashed(&mut self, bytes: &[u8], hash: u32) -> Atom {
        let found = self.find(hash, |text| matches!(text, Text::Latin1(b) if **b == *bytes));
        match found {
            Ok(atom) => atom,
            Err(slot) => self.add(slot, hash, Text::from_latin1(bytes)),
        }
    }

    #[inline]
    pub(crate) fn intern_units_hashed(&mut self, units: &[u16], hash: u32) -> Atom {
        let found = self.find(hash, |text| match text {
            Text::Latin1(b) => {
                b.len() == units.len() && b.iter().zip(units).all(|(&b, &u)| u16::from(b) == u)
            }
            Text::Utf16(u) => **u == *units,
        });
        match found {
            Ok(atom) => atom,
            Err(slot) => self.add(slot, hash, Text::from_units(units)),
        }
    }

    #[inline]
    fn find(&self, hash: u32, same: impl Fn(&Text) -> bool) -> Result<Atom, usize> {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return Err(slot),
                n => {
                    let index = n as usize - 1;
                    if self.hashes[index] == hash && same(&self.texts[index]) {
                        return Ok(Atom(n - 1));
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    #[cold]
    fn add(&mut self, slot: usize, hash: u32, text: Text) -> Atom {
        let atom = Atom(u32::try_from(self.texts.len()).expect("sources are below 4 GiB"));
        self.bytes += text.len() * if matches!(text, Text::Latin1(_)) { 1 } else { 2 } + 48;
        self.texts.push(text);
        self.hashes.push(hash);
        self.slots[slot] = atom.0 + 1;
        if self.texts.len() * 2 > self.slots.len() {
            self.grow();
        }
        atom
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 4 - 1;
        let mut slots = vec![0; mask + 1];
        for (index, &hash) in self.hashes.iter().enumerate() {
            let mut slot = hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = index as u32 + 1;
        }
        self.slots = slots;
    }

    /// The string of `atom`.
    pub fn text(&self, atom: Atom) -> &Text {
        &self.texts[atom.0 as usize]
    }

    /// How many there are, the known ones included.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are none (never: the known names are always there).
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// About how many bytes the strings and the table take.
    pub fn bytes(&self) -> usize {
        self.bytes + self.slots.len() * 4
    }
}
