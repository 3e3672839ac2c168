//! Pattern text → [`Tree`], with every early error of the specification and Annex B.
//!
//! Recursive descent over code points (u, v) or code units; nesting is limited, so that no pattern
//! exhausts the native stack here or in the compiler. Classes are in `class.rs`.
#![forbid(unsafe_code)]

use super::PatternError;
use super::charset::CharSet;
use super::flags::Flags;
use super::node::{Assertion, INFINITE, Node, Tree};
use super::unicode;
use crate::syntax::atoms::Text;

/// How deep groups and classes may nest.
pub(super) const MAX_NESTING: u32 = 250;
/// How many groups a pattern may have.
const MAX_GROUPS: u32 = 32_767;

pub(super) type Result<T> = std::result::Result<T, PatternError>;

/// A name, where it stands, and the alternatives it is in: `(disjunction, alternative)` from outside in.
struct NamedGroup {
    name: Vec<u16>,
    index: u32,
    path: Vec<(u32, u32)>,
}

pub(super) struct Parser {
    pub(super) src: Vec<u32>,
    pub(super) pos: usize,
    /// u or v
    pub(super) unicode: bool,
    /// v
    pub(super) sets: bool,
    /// Whether the tree is wanted; else sets are not built, only checked.
    pub(super) lower: bool,
    pub(super) ignore_case: bool,
    multiline: bool,
    dot_all: bool,
    group_total: u32,
    has_names: bool,
    group_count: u32,
    named: Vec<NamedGroup>,
    path: Vec<(u32, u32)>,
    disjunctions: u32,
    depth: u32,
    back_refs: Vec<(Vec<u16>, usize)>,
}

/// Reads `pattern`; with `lower` false for its errors only.
pub(crate) fn parse(pattern: &Text, flags: Flags, lower: bool) -> Result<Tree> {
    let unicode = flags.full_unicode();
    let src: Vec<u32> = if unicode {
        let units = pattern.units();
        char::decode_utf16(units)
            .map(|c| c.map_or_else(|e| u32::from(e.unpaired_surrogate()), u32::from))
            .collect()
    } else {
        pattern.units().map(u32::from).collect()
    };
    let mut parser = Parser {
        src,
        pos: 0,
        unicode,
        sets: flags.unicode_sets,
        lower,
        ignore_case: flags.ignore_case,
        multiline: flags.multiline,
        dot_all: flags.dot_all,
        group_total: 0,
        has_names: false,
        group_count: 0,
        named: Vec::new(),
        path: Vec::new(),
        disjunctions: 0,
        depth: 0,
        back_refs: Vec::new(),
    };
    parser.count_groups();
    if parser.group_total > MAX_GROUPS {
        return Err(PatternError::new("too many groups", 0));
    }
    let mut root = parser.disjunction()?;
    if parser.pos < parser.src.len() {
        return Err(parser.error("unmatched ')'"));
    }
    for (name, offset) in &parser.back_refs {
        if !parser.named.iter().any(|g| g.name == *name) {
            return Err(PatternError::new("reference to a group that does not exist", *offset));
        }
    }
    if !parser.back_refs.is_empty() {
        resolve_names(&mut root, &parser.named);
    }
    let names = parser.named.into_iter().map(|g| (g.name, g.index)).collect();
    Ok(Tree { root, group_count: parser.group_count, names })
}

fn resolve_names(node: &mut Node, named: &[NamedGroup]) {
    match node {
        Node::NamedRef { name, ignore_case } => {
            let groups = named.iter().filter(|g| g.name == *name).map(|g| g.index).collect();
            *node = Node::BackRef { groups, ignore_case: *ignore_case };
        }
        Node::Seq(nodes) | Node::Alt(nodes) => nodes.iter_mut().for_each(|n| resolve_names(n, named)),
        Node::Capture(_, node) | Node::Look { node, .. } | Node::Quant { node, .. } => {
            resolve_names(node, named)
        }
        Node::Empty | Node::Char(_) | Node::Class(_) | Node::Assert(_) | Node::BackRef { .. } => {}
    }
}

/// Alternatives; one class if each is one character.
fn merge_singles(nodes: Vec<Node>) -> Node {
    let mut ranges = Vec::new();
    for node in &nodes {
        match node {
            Node::Char(c) => ranges.push((*c, *c)),
            Node::Class(set) => ranges.extend_from_slice(set.ranges()),
            _ => return Node::Alt(nodes),
        }
    }
    Node::Class(CharSet::from_ranges(ranges))
}

pub(super) const fn ch(c: char) -> u32 {
    c as u32
}

impl Parser {
    pub(super) fn error(&self, message: &'static str) -> PatternError {
        self.error_at(message, self.pos)
    }

    fn error_at(&self, message: &'static str, pos: usize) -> PatternError {
        // Offsets are in code units, as callers count them.
        let before = self.src.iter().take(pos);
        PatternError::new(message, before.map(|&c| if c > 0xFFFF { 2 } else { 1 }).sum())
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u32> {
        self.src.get(self.pos).copied()
    }

    #[inline]
    pub(super) fn peek_at(&self, ahead: usize) -> Option<u32> {
        self.src.get(self.pos + ahead).copied()
    }

    #[inline]
    pub(super) fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(ch(c));
        self.pos += usize::from(found);
        found
    }

    pub(super) fn looking_at(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.peek_at(i) == Some(ch(c)))
    }

    pub(super) fn eat_str(&mut self, text: &str) -> bool {
        let found = self.looking_at(text);
        self.pos += if found { text.len() } else { 0 };
        found
    }

    /// Counts groups ahead of parsing: references look forward, and a named group changes `\k`.
    fn count_groups(&mut self) {
        let (mut i, mut class) = (0, 0u32);
        while let Some(&c) = self.src.get(i) {
            match char::from_u32(c) {
                Some('\\') => i += 1,
                Some('[') if class == 0 || self.sets => class += 1,
                Some(']') if class > 0 => class -= 1,
                Some('(') if class == 0 => {
                    let at = |n: usize| self.src.get(i + n).copied();
                    if at(1) != Some(ch('?')) {
                        self.group_total += 1;
                    } else if at(2) == Some(ch('<')) && at(3) != Some(ch('=')) && at(3) != Some(ch('!')) {
                        self.group_total += 1;
                        self.has_names = true;
                    }
                }
                _ => {}
            }
            i += 1;
        }
    }

    pub(super) fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(self.error("regular expression too deeply nested"));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    fn disjunction(&mut self) -> Result<Node> {
        let id = self.disjunctions;
        self.disjunctions += 1;
        self.path.push((id, 0));
        let first = self.alternative()?;
        let node = if self.peek() == Some(ch('|')) {
            let mut all = vec![first];
            while self.eat('|') {
                self.path.last_mut().expect("pushed above").1 += 1;
                all.push(self.alternative()?);
            }
            merge_singles(all)
        } else {
            first
        };
        self.path.pop();
        Ok(node)
    }

    fn alternative(&mut self) -> Result<Node> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek() {
            if c == ch('|') || c == ch(')') {
                break;
            }
            match self.term()? {
                Node::Empty => {}
                node => nodes.push(node),
            }
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.pop().expect("one"),
            _ => Node::Seq(nodes),
        })
    }

    fn term(&mut self) -> Result<Node> {
        let start = self.pos;
        let groups_before = self.group_count;
        let c = self.peek().expect("alternative looked");
        let mut quantifiable = true;
        let node = match char::from_u32(c).unwrap_or('\u{FFFD}') {
            '^' => {
                self.pos += 1;
                quantifiable = false;
                Node::Assert(if self.multiline { Assertion::LineStart } else { Assertion::Start })
            }
            '$' => {
                self.pos += 1;
                quantifiable = false;
                Node::Assert(if self.multiline { Assertion::LineEnd } else { Assertion::End })
            }
            '(' => self.group(&mut quantifiable)?,
            '.' => {
                self.pos += 1;
                let lines = unicode::line_terminators();
                Node::Class(if self.dot_all { CharSet::all() } else { lines.complement() })
            }
            '[' => self.class()?,
            '\\' => match self.peek_at(1).and_then(char::from_u32) {
                Some(b @ ('b' | 'B')) => {
                    self.pos += 2;
                    quantifiable = false;
                    let folded = self.unicode && self.ignore_case;
                    Node::Assert(Assertion::WordBoundary { negate: b == 'B', folded })
                }
                _ => self.atom_escape()?,
            },
            '*' | '+' | '?' => return Err(self.error("nothing to repeat")),
            '{' => {
                if self.unicode || self.braces()?.is_some() {
                    return Err(self.error_at("nothing to repeat", start));
                }
                self.pos += 1;
                Node::Char(c)
            }
            '}' | ']' if self.unicode => return Err(self.error("lone quantifier bracket")),
            _ => {
                self.pos += 1;
                self.char_node(c)
            }
        };
        self.quantifier(node, quantifiable, groups_before)
    }

    fn quantifier(&mut self, node: Node, quantifiable: bool, groups_before: u32) -> Result<Node> {
        let at = self.pos;
        let (min, max) = match self.peek().and_then(char::from_u32) {
            Some('*') => (0, INFINITE),
            Some('+') => (1, INFINITE),
            Some('?') => (0, 1),
            Some('{') => match self.braces()? {
                Some(bounds) => bounds,
                None if self.unicode => return Err(self.error("incomplete quantifier")),
                None => return Ok(node),
            },
            _ => return Ok(node),
        };
        if self.pos == at {
            self.pos += 1;
        }
        if !quantifiable {
            return Err(self.error_at("nothing to repeat", at));
        }
        let greedy = !self.eat('?');
        let groups = (groups_before + 1, self.group_count + 1);
        Ok(Node::Quant { node: Box::new(node), min, max, greedy, groups })
    }

    /// `{n}`, `{n,}`, `{n,m}` at the position, passed over if they are well formed.
    fn braces(&mut self) -> Result<Option<(u32, u32)>> {
        let start = self.pos;
        self.pos += 1;
        let number = |parser: &mut Parser| {
            let from = parser.pos;
            while parser.peek().is_some_and(|c| (0x30..=0x39).contains(&c)) {
                parser.pos += 1;
            }
            let digits = &parser.src[from..parser.pos];
            let zeros = digits.iter().take_while(|&&d| d == 0x30).count();
            (!digits.is_empty()).then(|| digits[zeros..].to_vec())
        };
        let value =
            |digits: &[u32]| digits.iter().fold(0u32, |n, d| n.saturating_mul(10).saturating_add(d - 0x30));
        let bounds = number(self).map(|min| {
            if !self.eat(',') {
                return (min.clone(), Some(min));
            }
            (min, number(self))
        });
        let Some((min, max)) = bounds.filter(|_| self.eat('}')) else {
            self.pos = start;
            return Ok(None);
        };
        if let Some(max) = &max
            && (max.len(), max) < (min.len(), &min)
        {
            return Err(self.error_at("numbers out of order in quantifier", start));
        }
        Ok(Some((value(&min), max.map_or(INFINITE, |m| value(&m)))))
    }

    fn group(&mut self, quantifiable: &mut bool) -> Result<Node> {
        let open = self.pos;
        self.enter()?;
        self.pos += 1;
        let modes = (self.ignore_case, self.multiline, self.dot_all);
        let mut capture = None;
        let mut look = None;
        if self.eat('?') {
            if self.eat('=') {
                look = Some((true, false));
                *quantifiable = !self.unicode;
            } else if self.eat('!') {
                look = Some((true, true));
                *quantifiable = !self.unicode;
            } else if self.eat_str("<=") {
                look = Some((false, false));
                *quantifiable = false;
            } else if self.eat_str("<!") {
                look = Some((false, true));
                *quantifiable = false;
            } else if self.eat('<') {
                let name = self.group_name()?;
                self.group_count += 1;
                capture = Some(self.group_count);
                self.declare(name, open)?;
            } else if !self.eat(':') {
                self.modifiers()?;
            }
        } else {
            self.group_count += 1;
            capture = Some(self.group_count);
        }
        let node = self.disjunction()?;
        (self.ignore_case, self.multiline, self.dot_all) = modes;
        if !self.eat(')') {
            return Err(self.error_at("unterminated group", open));
        }
        self.leave();
        Ok(match (capture, look) {
            (Some(index), _) => Node::Capture(index, Box::new(node)),
            (None, Some((ahead, negate))) => Node::Look { ahead, negate, node: Box::new(node) },
            // A group of nothing must stay something that a quantifier can follow.
            (None, None) => node,
        })
    }

    fn declare(&mut self, name: Vec<u16>, at: usize) -> Result<()> {
        // Two groups of one name may exist if no match has both: they differ in the alternative of
        // some disjunction that is around both.
        let both = self.named.iter().filter(|g| g.name == name).any(|g| {
            let parted = g.path.iter().zip(&self.path).any(|(a, b)| a.0 == b.0 && a.1 != b.1);
            !parted
        });
        if both {
            return Err(self.error_at("duplicate group name", at));
        }
        self.named.push(NamedGroup { name, index: self.group_count, path: self.path.clone() });
        Ok(())
    }

    /// `ims-ims:` after `(?`.
    fn modifiers(&mut self) -> Result<()> {
        let start = self.pos;
        let (mut seen, mut minus) = (Vec::new(), false);
        loop {
            let c = self.peek().and_then(char::from_u32);
            match c {
                Some(c @ ('i' | 'm' | 's')) if !seen.contains(&c) => {
                    seen.push(c);
                    match c {
                        'i' => self.ignore_case = !minus,
                        'm' => self.multiline = !minus,
                        _ => self.dot_all = !minus,
                    }
                }
                Some('-') if !minus => minus = true,
                Some(':') if !seen.is_empty() => break,
                _ => return Err(self.error_at("invalid group", start)),
            }
            self.pos += 1;
        }
        self.pos += 1;
        Ok(())
    }

    /// `name>` after `<`, escapes resolved.
    fn group_name(&mut self) -> Result<Vec<u16>> {
        let start = self.pos;
        let invalid = |parser: &Parser| parser.error_at("invalid group name", start);
        let mut name: Vec<u16> = Vec::new();
        loop {
            let Some(mut c) = self.peek() else { return Err(invalid(self)) };
            self.pos += 1;
            if c == ch('>') && !name.is_empty() {
                return Ok(name);
            }
            if c == ch('\\') {
                if !self.eat('u') {
                    return Err(invalid(self));
                }
                c = self.unicode_escape(true)?.ok_or_else(|| invalid(self))?;
            } else if let Some(low) = self.peek()
                && (0xD800..0xDC00).contains(&c)
                && (0xDC00..0xE000).contains(&low)
            {
                self.pos += 1;
                c = join(c, low);
            }
            let ok = char::from_u32(c).is_some_and(|c| {
                c == '$'
                    || c == '_'
                    || if name.is_empty() {
                        unicode_id_start::is_id_start(c)
                    } else {
                        unicode_id_start::is_id_continue(c) || c == '\u{200C}' || c == '\u{200D}'
                    }
            });
            if !ok {
                return Err(invalid(self));
            }
            let c = char::from_u32(c).expect("checked");
            name.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
    }

    /// The rest of `\u…`; nothing is passed over if it is none.
    pub(super) fn unicode_escape(&mut self, unicode: bool) -> Result<Option<u32>> {
        let start = self.pos;
        if unicode && self.eat('{') {
            let mut value = 0u32;
            let from = self.pos;
            while let Some(digit) = self.peek().and_then(hex) {
                value = value.saturating_mul(16).saturating_add(digit).min(0x11_0000);
                self.pos += 1;
            }
            if self.pos == from || value > 0x10_FFFF || !self.eat('}') {
                self.pos = start;
                return Ok(None);
            }
            return Ok(Some(value));
        }
        let Some(value) = self.hex_digits(4) else { return Ok(None) };
        if unicode && (0xD800..0xDC00).contains(&value) {
            let after = self.pos;
            if self.eat_str("\\u")
                && let Some(low) = self.hex_digits(4)
                && (0xDC00..0xE000).contains(&low)
            {
                return Ok(Some(join(value, low)));
            }
            self.pos = after;
        }
        Ok(Some(value))
    }

    pub(super) fn hex_digits(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for i in 0..count {
            value = value * 16 + self.peek_at(i).and_then(hex)?;
        }
        self.pos += count;
        Some(value)
    }

    /// A character as it stands, with its case relatives.
    pub(super) fn char_node(&self, c: u32) -> Node {
        if !self.lower {
            return Node::Char(c);
        }
        if self.ignore_case {
            let set = unicode::close_over_case(&CharSet::single(c), self.unicode);
            if set.only().is_none() {
                return Node::Class(set);
            }
        }
        if self.unicode && (0xD800..0xE000).contains(&c) {
            // A lone surrogate never matches half of a pair: it must be compared as a code point.
            return Node::Class(CharSet::single(c));
        }
        Node::Char(c)
    }

    fn atom_escape(&mut self) -> Result<Node> {
        let start = self.pos;
        self.pos += 1;
        let Some(c) = self.peek() else { return Err(self.error_at("\\ at end of pattern", start)) };
        if (0x31..=0x39).contains(&c) {
            let from = self.pos;
            let mut value = 0u32;
            while let Some(d) = self.peek().filter(|d| (0x30..=0x39).contains(d)) {
                value = value.saturating_mul(10).saturating_add(d - 0x30);
                self.pos += 1;
            }
            if value <= self.group_total {
                return Ok(Node::BackRef { groups: vec![value], ignore_case: self.ignore_case });
            }
            if self.unicode {
                return Err(self.error_at("reference to a group that does not exist", start));
            }
            self.pos = from;
        } else if c == ch('k') && (self.unicode || self.has_names) {
            self.pos += 1;
            if !self.eat('<') {
                return Err(self.error_at("invalid named reference", start));
            }
            let name = self.group_name()?;
            let offset = self.error_at("", start).offset;
            self.back_refs.push((name.clone(), offset));
            return Ok(Node::NamedRef { name, ignore_case: self.ignore_case });
        }
        if let Some((set, strings)) = self.class_escape()? {
            return Ok(self.set_node(set, strings));
        }
        let c = self.character_escape(false)?;
        Ok(self.char_node(c))
    }

    /// What follows a backslash and stands for one character. `in_class` allows `\-` under u.
    pub(super) fn character_escape(&mut self, in_class: bool) -> Result<u32> {
        let start = self.pos;
        let Some(c) = self.peek() else { return Err(self.error("\\ at end of pattern")) };
        self.pos += 1;
        let letter = char::from_u32(c).unwrap_or('\u{FFFD}');
        match letter {
            't' => return Ok(9),
            'n' => return Ok(10),
            'v' => return Ok(11),
            'f' => return Ok(12),
            'r' => return Ok(13),
            'c' => {
                if let Some(control) = self.peek() {
                    let ascii = u8::try_from(control).unwrap_or(0);
                    let digit = in_class && !self.unicode && (ascii.is_ascii_digit() || ascii == b'_');
                    if ascii.is_ascii_alphabetic() || digit {
                        self.pos += 1;
                        return Ok(control & 31);
                    }
                }
                if !self.unicode {
                    // The backslash stands for itself, and `c` is read again.
                    self.pos = start;
                    return Ok(ch('\\'));
                }
            }
            '0' if !self.peek().is_some_and(|d| (0x30..=0x39).contains(&d)) => return Ok(0),
            '0'..='7' if !self.unicode => {
                let mut value = c - 0x30;
                let digits = if value <= 3 { 2 } else { 1 };
                for _ in 0..digits {
                    match self.peek() {
                        Some(d @ 0x30..=0x37) => value = value * 8 + (d - 0x30),
                        _ => break,
                    }
                    self.pos += 1;
                }
                return Ok(value);
            }
            'x' => {
                if let Some(value) = self.hex_digits(2) {
                    return Ok(value);
                }
                if !self.unicode {
                    return Ok(c);
                }
            }
            'u' => {
                if let Some(value) = self.unicode_escape(self.unicode)? {
                    return Ok(value);
                }
                if !self.unicode {
                    return Ok(c);
                }
            }
            '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' => {
                return Ok(c);
            }
            '-' if in_class => return Ok(c),
            'k' if self.has_names => {}
            _ if !self.unicode => return Ok(c),
            _ => {}
        }
        Err(self.error_at("invalid escape", start - 1))
    }
}

pub(super) fn hex(c: u32) -> Option<u32> {
    char::from_u32(c)?.to_digit(16)
}

fn join(high: u32, low: u32) -> u32 {
    0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)
}
