//! Character classes: `[…]` in its three grammars (Annex B, u, v), class escapes and properties.
#![forbid(unsafe_code)]

use super::charset::CharSet;
use super::node::Node;
use super::parser::{Parser, Result, ch};
use super::{emoji, unicode};

/// Strings of a class, each of no or several characters.
pub(super) type Strings = Vec<Vec<u32>>;

/// What an operand of a v class denotes.
#[derive(Clone, Default)]
struct ClassSet {
    set: CharSet,
    strings: Strings,
    /// MayContainStrings, which is a matter of syntax.
    may_contain_strings: bool,
}

/// An atom of a class without v.
enum ClassAtom {
    Char(u32),
    Set(CharSet),
}

impl Parser {
    /// A class at `[`.
    pub(super) fn class(&mut self) -> Result<Node> {
        if self.sets {
            let class = self.class_v()?;
            return Ok(self.set_node(class.set, class.strings));
        }
        self.pos += 1;
        let negate = self.eat('^');
        let mut ranges = Vec::new();
        loop {
            if self.eat(']') {
                break;
            }
            let atom = self.class_atom()?;
            if self.peek() == Some(ch('-')) && self.peek_at(1).is_some_and(|c| c != ch(']')) {
                self.pos += 1;
                let end = self.class_atom()?;
                match (atom, end) {
                    (ClassAtom::Char(from), ClassAtom::Char(to)) => {
                        if from > to {
                            return Err(self.error("range out of order in character class"));
                        }
                        ranges.push((from, to));
                    }
                    _ if self.unicode => return Err(self.error("invalid character class")),
                    (a, b) => {
                        ranges.push((ch('-'), ch('-')));
                        push(&mut ranges, &a);
                        push(&mut ranges, &b);
                    }
                }
            } else {
                push(&mut ranges, &atom);
            }
        }
        if !self.lower {
            return Ok(Node::Class(CharSet::new()));
        }
        let mut set = CharSet::from_ranges(ranges);
        if self.ignore_case {
            set = unicode::close_over_case(&set, self.unicode);
        }
        Ok(Node::Class(if negate { set.complement() } else { set }))
    }

    fn class_atom(&mut self) -> Result<ClassAtom> {
        let Some(c) = self.peek() else { return Err(self.error("unterminated character class")) };
        self.pos += 1;
        if c != ch('\\') {
            return Ok(ClassAtom::Char(c));
        }
        if self.eat('b') {
            return Ok(ClassAtom::Char(8));
        }
        if let Some((set, _)) = self.class_escape()? {
            return Ok(ClassAtom::Set(set));
        }
        Ok(ClassAtom::Char(self.character_escape(true)?))
    }

    /// A node for a set and strings: longer strings come first.
    pub(super) fn set_node(&self, set: CharSet, mut strings: Strings) -> Node {
        if !self.lower {
            return Node::Class(set);
        }
        let set = if self.ignore_case { unicode::close_over_case(&set, self.unicode) } else { set };
        if strings.is_empty() {
            return Node::Class(set);
        }
        strings.sort_by_key(|s| std::cmp::Reverse(s.len()));
        let mut all: Vec<Node> = Vec::with_capacity(strings.len() + 1);
        let empty = strings.iter().any(Vec::is_empty);
        for string in strings.iter().filter(|s| !s.is_empty()) {
            all.push(Node::Seq(string.iter().map(|&c| self.char_node(c)).collect()));
        }
        if !set.is_empty() {
            all.push(Node::Class(set));
        }
        if empty {
            all.push(Node::Empty);
        }
        Node::Alt(all)
    }

    fn folds(&self) -> bool {
        self.sets && self.ignore_case && self.lower
    }

    fn maybe_fold(&self, set: CharSet) -> CharSet {
        if self.folds() { unicode::fold(&set) } else { set }
    }

    fn complement(&self, set: &CharSet) -> CharSet {
        let all = set.complement();
        if self.folds() { all.subtract(&unicode::UNFOLDED) } else { all }
    }

    /// `d D s S w W p P` after a backslash; nothing is passed over if it is none of these.
    pub(super) fn class_escape(&mut self) -> Result<Option<(CharSet, Strings)>> {
        let Some(letter) = self.peek().and_then(char::from_u32) else { return Ok(None) };
        let set = match letter {
            'd' | 'D' => unicode::digits(),
            's' | 'S' => unicode::space(),
            'w' | 'W' => unicode::word(self.unicode && self.ignore_case),
            'p' | 'P' if self.unicode => return self.property(letter == 'P').map(Some),
            _ => return Ok(None),
        };
        self.pos += 1;
        let set = self.maybe_fold(set);
        Ok(Some((if letter.is_ascii_uppercase() { self.complement(&set) } else { set }, Vec::new())))
    }

    fn property(&mut self, negate: bool) -> Result<(CharSet, Strings)> {
        let start = self.pos;
        let invalid = |parser: &mut Parser| {
            parser.pos = start;
            parser.error("invalid property name")
        };
        self.pos += 1;
        if !self.eat('{') {
            return Err(invalid(self));
        }
        let mut name = String::new();
        while let Some(c) = self.peek().and_then(char::from_u32) {
            self.pos += 1;
            if c == '}' {
                break;
            }
            if !(c.is_ascii_alphanumeric() || c == '_' || c == '=') || name.len() > 64 {
                return Err(invalid(self));
            }
            name.push(c);
        }
        if self.src[self.pos - 1] != ch('}') {
            return Err(invalid(self));
        }
        if self.sets
            && !negate
            && let Some((set, strings)) = emoji::property(&name)
        {
            let strings =
                if self.folds() { strings.iter().map(|s| fold_string(s)).collect() } else { strings };
            return Ok((self.maybe_fold(set), strings));
        }
        let found = match name.split_once('=') {
            Some((name, value)) => unicode::property(name, Some(value)),
            None => unicode::property(&name, None),
        };
        let Some(set) = found else { return Err(invalid(self)) };
        let set = self.maybe_fold(set);
        Ok((if negate { self.complement(&set) } else { set }, Vec::new()))
    }

    /// `[…]` under v.
    fn class_v(&mut self) -> Result<ClassSet> {
        let start = self.pos;
        self.enter()?;
        self.pos += 1;
        let negate = self.eat('^');
        let mut class = self.class_contents()?;
        if negate {
            if class.may_contain_strings {
                self.pos = start;
                return Err(self.error("negated character class may contain strings"));
            }
            class.set = self.complement(&class.set);
        }
        self.leave();
        Ok(class)
    }

    /// The contents and the closing bracket.
    fn class_contents(&mut self) -> Result<ClassSet> {
        if self.eat(']') {
            return Ok(ClassSet::default());
        }
        let mut all = self.class_operand_or_range()?;
        if self.looking_at("&&") || self.looking_at("--") {
            let intersect = self.looking_at("&&");
            let operator = if intersect { "&&" } else { "--" };
            // The first operand must not have been a range.
            if all.1 {
                return Err(self.error("invalid set operation in character class"));
            }
            while !self.eat(']') {
                if !self.eat_str(operator) || intersect && self.peek() == Some(ch('&')) {
                    return Err(self.error("invalid set operation in character class"));
                }
                let operand = self.class_operand()?;
                let left = &mut all.0;
                if intersect {
                    left.set = left.set.intersect(&operand.set);
                    left.strings.retain(|s| operand.strings.contains(s));
                    left.may_contain_strings &= operand.may_contain_strings;
                } else {
                    left.set = left.set.subtract(&operand.set);
                    left.strings.retain(|s| !operand.strings.contains(s));
                }
            }
            return Ok(all.0);
        }
        let mut union = all.0;
        let mut ranges = Vec::new();
        while !self.eat(']') {
            if self.looking_at("&&") || self.looking_at("--") {
                return Err(self.error("invalid set operation in character class"));
            }
            let (operand, _) = self.class_operand_or_range()?;
            ranges.extend_from_slice(operand.set.ranges());
            union.may_contain_strings |= operand.may_contain_strings;
            for string in operand.strings {
                // Big sets of strings come from properties and are distinct; few are repeated.
                if union.strings.len() > 256 || !union.strings.contains(&string) {
                    union.strings.push(string);
                }
            }
        }
        union.set = union.set.union(&CharSet::from_ranges(ranges));
        Ok(union)
    }

    /// An operand, or a range (then true).
    fn class_operand_or_range(&mut self) -> Result<(ClassSet, bool)> {
        let Some(from) = self.class_set_character()? else {
            return Ok((self.class_operand()?, false));
        };
        if self.peek() == Some(ch('-')) && self.peek_at(1) != Some(ch('-')) {
            self.pos += 1;
            let Some(to) = self.class_set_character()? else {
                return Err(self.error("invalid character class"));
            };
            if from > to {
                return Err(self.error("range out of order in character class"));
            }
            let set = self.maybe_fold(CharSet::from_ranges(vec![(from, to)]));
            return Ok((ClassSet { set, ..ClassSet::default() }, true));
        }
        let set = self.maybe_fold(CharSet::single(from));
        Ok((ClassSet { set, ..ClassSet::default() }, false))
    }

    fn class_operand(&mut self) -> Result<ClassSet> {
        if let Some(c) = self.class_set_character()? {
            let set = self.maybe_fold(CharSet::single(c));
            return Ok(ClassSet { set, ..ClassSet::default() });
        }
        if self.peek() == Some(ch('[')) {
            return self.class_v();
        }
        if self.eat_str("\\q{") {
            return self.class_strings();
        }
        if self.eat('\\') {
            let at = self.pos;
            if let Some((set, strings)) = self.class_escape()? {
                let name: String = self.src[at..self.pos].iter().filter_map(|&c| char::from_u32(c)).collect();
                let name = name.trim_start_matches("p{").trim_end_matches('}');
                let may_contain_strings = emoji::is_property(name);
                return Ok(ClassSet { set, strings, may_contain_strings });
            }
        }
        Err(self.error("invalid character in character class"))
    }

    /// `…|…}` after `\q{`.
    fn class_strings(&mut self) -> Result<ClassSet> {
        let mut class = ClassSet::default();
        let mut singles = Vec::new();
        let mut string = Vec::new();
        loop {
            let done = self.eat('}');
            if done || self.eat('|') {
                if let [c] = string[..] {
                    singles.push((c, c));
                } else {
                    class.may_contain_strings = true;
                    let string = if self.folds() { fold_string(&string) } else { string.clone() };
                    if !class.strings.contains(&string) {
                        class.strings.push(string);
                    }
                }
                string.clear();
                if done {
                    break;
                }
                continue;
            }
            match self.class_set_character()? {
                Some(c) => string.push(c),
                None => return Err(self.error("invalid string in character class")),
            }
        }
        class.set = self.maybe_fold(CharSet::from_ranges(singles));
        Ok(class)
    }

    /// ClassSetCharacter; nothing is passed over if there is none.
    fn class_set_character(&mut self) -> Result<Option<u32>> {
        let Some(c) = self.peek() else { return Err(self.error("unterminated character class")) };
        let letter = char::from_u32(c).unwrap_or('\u{FFFD}');
        if letter == '\\' {
            let Some(next) = self.peek_at(1).and_then(char::from_u32) else {
                self.pos += 2;
                return self.character_escape(true).map(Some);
            };
            return match next {
                'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'p' | 'P' | 'q' => Ok(None),
                'b' => {
                    self.pos += 2;
                    Ok(Some(8))
                }
                '&' | '-' | '!' | '#' | '%' | ',' | ':' | ';' | '<' | '=' | '>' | '@' | '`' | '~' => {
                    self.pos += 2;
                    Ok(Some(u32::from(next)))
                }
                _ => {
                    self.pos += 1;
                    self.character_escape(false).map(Some)
                }
            };
        }
        let doubled = "&!#$%*+,.:;<=>?@^`~".contains(letter) && self.peek_at(1) == Some(c);
        if doubled || "()[]{}/-|".contains(letter) {
            return Ok(None);
        }
        self.pos += 1;
        Ok(Some(c))
    }
}

fn fold_string(string: &[u32]) -> Vec<u32> {
    string.iter().map(|&c| unicode::canonicalize(c, true)).collect()
}

fn push(ranges: &mut Vec<(u32, u32)>, atom: &ClassAtom) {
    match atom {
        ClassAtom::Char(c) => ranges.push((*c, *c)),
        ClassAtom::Set(set) => ranges.extend_from_slice(set.ranges()),
    }
}
