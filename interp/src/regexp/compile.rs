//! Tree → [`Program`].
//!
//! Each node is emitted knowing with what its continuation can begin ([`First`]), from which come
//! the tables of choices and the possessive loops. Inside lookbehind all goes right to left: a
//! character is "step back, compare, step back", sequences are reversed, and no tables are made.
#![forbid(unsafe_code)]

use std::collections::HashMap;

use memchr::memmem::Finder;

use super::PatternError;
use super::charset::CharSet;
use super::first::{First, expansion, first, is_nullable, is_single, is_zero_width, min_len, size};
use super::flags::Flags;
use super::node::{Assertion, INFINITE, Node, Tree};
use super::program::{BackRef, Class, CounterLoop, LoopOne, NO, NONE, One, Op, Program, StartFilter, Table};
use crate::syntax::atoms::Text;

/// How many operations a program may have.
const MAX_OPS: usize = 1 << 20;
/// How many tables and memo points; beyond, choices do without.
const MAX_TABLES: usize = 512;

pub(super) fn compile(tree: &Tree, flags: Flags) -> Result<Program> {
    let mut compiler = Compiler {
        full_unicode: flags.full_unicode(),
        ops: Vec::new(),
        classes: Vec::new(),
        class_ids: HashMap::new(),
        strings: Vec::new(),
        loops: Vec::new(),
        counters: Vec::new(),
        back_refs: Vec::new(),
        tables: Vec::new(),
        table_ids: HashMap::new(),
        memos: Vec::new(),
        registers: (tree.group_count + 1) * 2,
        backward: false,
        memo_off: u32::from(has_back_ref(&tree.root)),
        checked: NONE,
    };
    compiler.emit(&tree.root, &First::ALL)?;
    compiler.ops.push(Op::Match);
    let start = start_filter(&tree.root);
    let names = tree.names.iter().map(|(name, index)| (Text::from_units(name), *index)).collect();
    Ok(Program {
        flags,
        ops: compiler.ops.into(),
        classes: compiler.classes.into(),
        strings: compiler.strings.into(),
        loops: compiler.loops.into(),
        counters: compiler.counters.into(),
        back_refs: compiler.back_refs.into(),
        tables: compiler.tables.into(),
        memos: compiler.memos.into(),
        start,
        min_len: min_len(&tree.root),
        registers: compiler.registers,
        group_count: tree.group_count,
        names,
    })
}

fn has_back_ref(node: &Node) -> bool {
    match node {
        Node::BackRef { .. } | Node::NamedRef { .. } => true,
        Node::Seq(nodes) | Node::Alt(nodes) => nodes.iter().any(has_back_ref),
        Node::Capture(_, node) | Node::Look { node, .. } | Node::Quant { node, .. } => has_back_ref(node),
        _ => false,
    }
}

/// Whether every match of `node` begins with `^`.
fn is_anchored(node: &Node) -> bool {
    match node {
        Node::Assert(Assertion::Start) => true,
        Node::Seq(nodes) => nodes.first().is_some_and(is_anchored),
        Node::Alt(nodes) => nodes.iter().all(is_anchored),
        Node::Capture(_, node) => is_anchored(node),
        Node::Quant { node, min, .. } => *min > 0 && is_anchored(node),
        _ => false,
    }
}

/// The literal every match begins with.
fn prefix(node: &Node, out: &mut Vec<u8>) -> bool {
    match node {
        Node::Char(c) => match u8::try_from(*c) {
            Ok(byte) => {
                out.push(byte);
                true
            }
            Err(_) => false,
        },
        Node::Seq(nodes) => nodes.iter().all(|n| prefix(n, out)),
        Node::Capture(_, node) => prefix(node, out),
        Node::Empty => true,
        Node::Quant { node, min, .. } if *min > 0 => {
            prefix(node, out);
            false
        }
        _ => false,
    }
}

fn start_filter(root: &Node) -> StartFilter {
    if is_anchored(root) {
        return StartFilter::Anchored;
    }
    let mut literal = Vec::new();
    prefix(root, &mut literal);
    if literal.len() > 1 {
        return StartFilter::Literal(Box::new(Finder::new(&literal).into_owned()), literal.into());
    }
    let first = first(root, &First::ALL);
    let bytes: Vec<u8> = (0..=255).filter(|&c| first.contains(c)).collect();
    if first.end || bytes.len() == 256 && first.high {
        return StartFilter::None;
    }
    if bytes.len() <= 3 && !first.high {
        return StartFilter::Bytes(bytes.into());
    }
    StartFilter::Table(Box::new(table(&first, &First::NOTHING)))
}

fn table(a: &First, b: &First) -> Table {
    let mut table = [0; 258];
    for c in 0..=255u8 {
        table[usize::from(c)] = u8::from(a.contains(c)) | u8::from(b.contains(c)) << 1;
    }
    table[256] = u8::from(a.high) | u8::from(b.high) << 1;
    table[257] = u8::from(a.end) | u8::from(b.end) << 1;
    table
}

struct Compiler {
    full_unicode: bool,
    ops: Vec<Op>,
    classes: Vec<Class>,
    class_ids: HashMap<CharSet, u32>,
    strings: Vec<u16>,
    loops: Vec<LoopOne>,
    counters: Vec<CounterLoop>,
    back_refs: Vec<BackRef>,
    tables: Vec<Table>,
    table_ids: HashMap<Table, u16>,
    memos: Vec<u32>,
    registers: u32,
    backward: bool,
    /// How many things are around that make remembering failures wrong: lookarounds (they are left
    /// by success and may come again), counted loops (the count is part of the state), references.
    memo_off: u32,
    /// The register of the innermost loop around whose empty iterations are refused.
    checked: u32,
}

type Result<T> = std::result::Result<T, PatternError>;

impl Compiler {
    fn here(&self) -> u32 {
        self.ops.len() as u32
    }

    fn push(&mut self, op: Op) -> Result<usize> {
        if self.ops.len() >= MAX_OPS {
            return Err(PatternError::new("regular expression too large", 0));
        }
        self.ops.push(op);
        Ok(self.ops.len() - 1)
    }

    fn register(&mut self) -> u32 {
        self.registers += 1;
        self.registers - 1
    }

    fn memo(&mut self) -> u16 {
        if self.memo_off > 0 || self.memos.len() >= MAX_TABLES {
            return NO;
        }
        self.memos.push(self.checked);
        self.memos.len() as u16 - 1
    }

    /// A table of two ways; none if it would not help.
    fn table(&mut self, a: &First, b: &First) -> u16 {
        if self.backward || *a == First::ALL && *b == First::ALL {
            return NO;
        }
        let table = table(a, b);
        if let Some(&id) = self.table_ids.get(&table) {
            return id;
        }
        if self.tables.len() >= MAX_TABLES {
            return NO;
        }
        let id = self.tables.len() as u16;
        self.tables.push(table);
        self.table_ids.insert(table, id);
        id
    }

    /// A split whose other way is not known yet.
    fn split(&mut self, a: &First, b: &First) -> Result<usize> {
        let (table, memo) = (self.table(a, b), self.memo());
        self.push(Op::Split { other: 0, table, memo })
    }

    fn patch(&mut self, at: usize) {
        let here = self.here();
        match &mut self.ops[at] {
            Op::Split { other, .. } => *other = here,
            Op::Jump(to) => *to = here,
            Op::LookNot { end, .. } => *end = here,
            op => unreachable!("{op:?} has no target"),
        }
    }

    fn class(&mut self, set: &CharSet) -> u32 {
        if let Some(&id) = self.class_ids.get(set) {
            return id;
        }
        let mut low = [false; 256];
        let mut high = Vec::new();
        for &(from, to) in set.ranges() {
            for c in from..=to.min(255) {
                low[c as usize] = true;
            }
            if to > 255 {
                high.push((from.max(256), to));
            }
        }
        let stops: Vec<u8> = (0..=255).filter(|&c| !low[usize::from(c)]).take(4).collect();
        let stops = (stops.len() <= 3).then(|| stops.into());
        let id = self.classes.len() as u32;
        self.classes.push(Class { low, high: high.into(), stops });
        self.class_ids.insert(set.clone(), id);
        id
    }

    fn emit(&mut self, node: &Node, follow: &First) -> Result<()> {
        match node {
            Node::Empty => Ok(()),
            Node::Char(c) => self.character(*c),
            Node::Class(set) => self.set(set),
            Node::Seq(nodes) => self.sequence(nodes, follow),
            Node::Alt(nodes) => self.alternatives(nodes, follow),
            Node::Capture(index, node) => {
                let (start, end) = (index * 2, index * 2 + 1);
                let (start, end) = if self.backward { (end, start) } else { (start, end) };
                self.push(Op::Save(start))?;
                self.emit(node, follow)?;
                self.push(Op::Save(end))?;
                Ok(())
            }
            Node::Assert(assertion) => {
                self.push(match *assertion {
                    Assertion::Start => Op::Start,
                    Assertion::LineStart => Op::LineStart,
                    Assertion::End => Op::End,
                    Assertion::LineEnd => Op::LineEnd,
                    Assertion::WordBoundary { negate, folded } => Op::WordBoundary { negate, folded },
                })?;
                Ok(())
            }
            Node::Look { ahead, negate, node } => self.look(*ahead, *negate, node),
            Node::BackRef { groups, ignore_case } => {
                let id = self.back_refs.len() as u32;
                let backward = self.backward;
                let groups = groups.clone().into();
                self.back_refs.push(BackRef { groups, ignore_case: *ignore_case, backward });
                self.push(Op::BackRef(id))?;
                Ok(())
            }
            Node::NamedRef { .. } => unreachable!("the parser resolves names"),
            Node::Quant { node, min, max, greedy, groups } => {
                self.quantifier(node, *min, *max, *greedy, *groups, follow)
            }
        }
    }

    fn character(&mut self, c: u32) -> Result<()> {
        if c > 0xFFFF {
            let units = char::from_u32(c).expect("above the surrogates").encode_utf16(&mut [0; 2]).to_vec();
            return self.string(&units);
        }
        if self.backward {
            self.push(Op::Back)?;
        }
        self.push(Op::Char(c as u16))?;
        if self.backward {
            self.push(Op::Back)?;
        }
        Ok(())
    }

    fn string(&mut self, units: &[u16]) -> Result<()> {
        let start = self.strings.len() as u32;
        self.strings.extend_from_slice(units);
        let steps = if self.backward { units.len() } else { 0 };
        for _ in 0..steps {
            self.push(Op::Back)?;
        }
        self.push(Op::Str { start, len: units.len() as u32 })?;
        for _ in 0..steps {
            self.push(Op::Back)?;
        }
        Ok(())
    }

    fn set(&mut self, set: &CharSet) -> Result<()> {
        if set.is_empty() {
            self.push(Op::Fail)?;
            return Ok(());
        }
        let op = match self.one(set) {
            One::Char(c) => Op::Char(c),
            One::Any => Op::Any,
            One::Point(id) => Op::Point(id),
            One::Class(id) => match set.pair() {
                Some((a, b)) if b <= 0xFFFF => Op::Char2(a as u16, b as u16),
                _ => Op::Class(id),
            },
        };
        let back = if self.full_unicode { Op::BackPoint } else { Op::Back };
        if self.backward {
            self.push(back)?;
        }
        self.push(op)?;
        if self.backward {
            self.push(back)?;
        }
        Ok(())
    }

    /// How to compare with `set`: by units if it has neither surrogates nor anything beyond.
    fn one(&mut self, set: &CharSet) -> One {
        let by_points = self.full_unicode
            && set.ranges().iter().any(|r| r.1 >= 0xD800 && !(r.0 >= 0xE000 && r.1 <= 0xFFFF));
        if by_points {
            return One::Point(self.class(set));
        }
        match set.only() {
            Some(c) => One::Char(c as u16),
            None if set.is_all() => One::Any,
            None => One::Class(self.class(set)),
        }
    }

    fn sequence(&mut self, nodes: &[Node], follow: &First) -> Result<()> {
        if self.backward {
            return nodes.iter().rev().try_for_each(|n| self.emit(n, &First::ALL));
        }
        let mut follows = vec![*follow; nodes.len()];
        for i in (1..nodes.len()).rev() {
            follows[i - 1] = first(&nodes[i], &follows[i]);
        }
        let mut i = 0;
        while i < nodes.len() {
            let run = nodes[i..].iter().take_while(|n| matches!(n, Node::Char(_))).count();
            if run > 1 {
                let mut units = Vec::with_capacity(run);
                for node in &nodes[i..i + run] {
                    match node {
                        Node::Char(c) if *c <= 0xFFFF => units.push(*c as u16),
                        Node::Char(c) => {
                            let c = char::from_u32(*c).expect("above the surrogates");
                            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
                        }
                        _ => unreachable!("counted above"),
                    }
                }
                self.string(&units)?;
                i += run;
            } else {
                self.emit(&nodes[i], &follows[i])?;
                i += 1;
            }
        }
        Ok(())
    }

    fn alternatives(&mut self, nodes: &[Node], follow: &First) -> Result<()> {
        let firsts: Vec<First> = nodes.iter().map(|n| first(n, follow)).collect();
        // What the alternatives after each can begin with.
        let mut rest = vec![First::NOTHING; nodes.len()];
        for i in (1..nodes.len()).rev() {
            rest[i - 1] = rest[i].union(&firsts[i]);
        }
        let mut ends = Vec::new();
        let last = nodes.len() - 1;
        for (i, node) in nodes[..last].iter().enumerate() {
            let split = self.split(&firsts[i], &rest[i])?;
            self.emit(node, follow)?;
            ends.push(self.push(Op::Jump(0))?);
            self.patch(split);
        }
        self.emit(&nodes[last], follow)?;
        ends.into_iter().for_each(|end| self.patch(end));
        Ok(())
    }

    fn look(&mut self, ahead: bool, negate: bool, node: &Node) -> Result<()> {
        let reg = self.register();
        self.register();
        let saved = (self.backward, self.checked);
        self.backward = !ahead;
        self.memo_off += 1;
        let begin = self.push(if negate { Op::LookNot { reg, end: 0 } } else { Op::Look(reg) })?;
        self.emit(node, &First::ALL)?;
        self.push(if negate { Op::LookNotEnd(reg) } else { Op::LookEnd(reg) })?;
        if negate {
            self.patch(begin);
        }
        self.memo_off -= 1;
        (self.backward, self.checked) = saved;
        Ok(())
    }

    fn quantifier(
        &mut self,
        node: &Node,
        mut min: u32,
        mut max: u32,
        greedy: bool,
        groups: (u32, u32),
        follow: &First,
    ) -> Result<()> {
        if is_zero_width(node) {
            // Iterations beyond the minimum are refused as empty, those before are all alike.
            min = min.min(1);
            max = min;
        }
        if max == 0 {
            return Ok(());
        }
        if is_single(node) && !self.backward {
            return self.loop_one(node, min, max, greedy, follow);
        }
        let body = first(node, follow);
        // What comes after an iteration: another, or what follows.
        let again = body.union(follow);
        let Some(_) = expansion(size(node), is_nullable(node), min, max) else {
            return self.counted(node, min, max, greedy, groups, &again);
        };
        if min == 1 && max == INFINITE && !is_nullable(node) && greedy {
            // do { body } while: no second copy of the body.
            let top = self.here();
            self.clear(groups)?;
            self.emit(node, &again)?;
            let split = self.split(&body, follow)?;
            self.push(Op::Jump(top))?;
            self.patch(split);
            return Ok(());
        }
        for _ in 0..min {
            self.clear(groups)?;
            self.emit(node, &again)?;
        }
        if max == INFINITE {
            let top = self.here();
            let exit = self.iteration(node, greedy, groups, &body, follow, &again)?;
            self.push(Op::Jump(top))?;
            exit.into_iter().for_each(|at| self.patch(at));
            return Ok(());
        }
        let mut exits = Vec::new();
        for _ in min..max {
            exits.extend(self.iteration(node, greedy, groups, &body, follow, &again)?);
        }
        exits.into_iter().for_each(|at| self.patch(at));
        Ok(())
    }

    /// One iteration that may be left out; answers what to patch with the exit.
    fn iteration(
        &mut self,
        node: &Node,
        greedy: bool,
        groups: (u32, u32),
        body: &First,
        follow: &First,
        again: &First,
    ) -> Result<Option<usize>> {
        let exit = if greedy {
            self.split(body, follow)?
        } else {
            let split = self.split(follow, body)?;
            let exit = self.push(Op::Jump(0))?;
            self.patch(split);
            exit
        };
        let checked = self.checked;
        let nullable = is_nullable(node);
        if nullable {
            self.checked = self.register();
            self.push(Op::Save(self.checked))?;
        }
        self.clear(groups)?;
        self.emit(node, again)?;
        if nullable {
            self.push(Op::EmptyCheck(self.checked))?;
        }
        self.checked = checked;
        Ok(Some(exit))
    }

    fn clear(&mut self, groups: (u32, u32)) -> Result<()> {
        if groups.0 < groups.1 {
            self.push(Op::Clear { from: groups.0 * 2, to: groups.1 * 2 })?;
        }
        Ok(())
    }

    fn counted(
        &mut self,
        node: &Node,
        min: u32,
        max: u32,
        greedy: bool,
        groups: (u32, u32),
        again: &First,
    ) -> Result<()> {
        let counter = self.register();
        let start = self.register();
        debug_assert_eq!(start, counter + 1);
        let id = self.counters.len();
        self.counters.push(CounterLoop { reg: counter, min, max, greedy, exit: 0 });
        self.memo_off += 1;
        self.push(Op::CounterInit(counter))?;
        let top = self.here();
        self.push(Op::CounterLoop(id as u32))?;
        self.push(Op::CounterNext(counter))?;
        let nullable = is_nullable(node);
        if nullable {
            self.push(Op::Save(start))?;
        }
        self.clear(groups)?;
        self.emit(node, again)?;
        if nullable {
            self.push(Op::EmptyCheckCounted { start, counter: id as u32 })?;
        }
        self.push(Op::Jump(top))?;
        self.memo_off -= 1;
        self.counters[id].exit = self.here();
        Ok(())
    }

    fn loop_one(&mut self, node: &Node, min: u32, max: u32, greedy: bool, follow: &First) -> Result<()> {
        let (one, own) = match node {
            Node::Char(c) => (One::Char(*c as u16), first(node, &First::NOTHING)),
            Node::Class(set) if set.is_empty() => {
                if min > 0 {
                    self.push(Op::Fail)?;
                }
                return Ok(());
            }
            Node::Class(set) => (self.one(set), First::of_set(set)),
            _ => unreachable!("is_single was asked"),
        };
        let possessive = own.is_disjoint(follow);
        let follow = if *follow == First::ALL { NO } else { self.table(follow, &First::NOTHING) };
        let memo = if possessive || min == max { NO } else { self.memo() };
        let id = self.loops.len() as u32;
        self.loops.push(LoopOne { one, min, max, greedy, possessive, follow, memo });
        self.push(Op::LoopOne(id))?;
        Ok(())
    }
}
