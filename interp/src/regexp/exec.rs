//! The matcher: backtracking over a [`Program`] with a stack of its own.
//!
//! A frame is a choice, an undo of a register, or a single-character loop that can give back (or
//! take more). Failing pops: undo until a choice. A successful lookaround drops the choices made
//! within and keeps the undos. No native recursion; steps are charged by thousands, memory before
//! it grows.
//!
//! Remembering: once a search has taken many steps, the choice points passed are marked by position.
//! A point outside of lookarounds and counted loops, in a pattern without references, has one
//! future per position; so passing it again means it failed before, and fails at once. (Inside a
//! loop whose empty iterations are refused the future depends also on whether the iteration has
//! consumed anything: only points that have are marked.)
#![forbid(unsafe_code)]

use super::input::{Unit, entry, point_at, point_before, splits_pair};
use super::program::{BackRef, CounterLoop, LoopOne, NO, NONE, One, Op, Program, StartFilter};
use super::unicode::canonicalize;
use super::{Budget, Captures, Input, Scratch, Stop};

/// Steps between two charges.
const SLICE: u32 = 1000;
/// Slices after which choice points are remembered.
const MEMO_AFTER: u32 = 8;
/// The most bytes that remembering takes.
const MEMO_LIMIT: usize = 16 << 20;

/// A frame of the stack: kind in the low two bits of `tag`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    tag: u32,
    a: u32,
    b: u32,
}

const CHOICE: u32 = 0;
const UNDO: u32 = 1;
const GIVE_BACK: u32 = 2;
const TAKE_MORE: u32 = 3;

impl Program {
    /// Searches a match that begins at `last_index` or later (with the sticky flag: only there).
    pub fn exec(
        &self,
        input: Input<'_>,
        last_index: usize,
        scratch: &mut Scratch,
        budget: &mut dyn Budget,
    ) -> Result<Option<Captures>, Stop> {
        match input {
            Input::Latin1(units) => search(self, units, last_index, scratch, budget),
            Input::Utf16(units) => search(self, units, last_index, scratch, budget),
        }
    }
}

fn search<T: Unit>(
    program: &Program,
    units: &[T],
    last_index: usize,
    scratch: &mut Scratch,
    budget: &mut dyn Budget,
) -> Result<Option<Captures>, Stop> {
    let min_len = program.min_len as usize;
    if last_index > units.len() || units.len() - last_index < min_len || units.len() >= NONE as usize {
        return Ok(None);
    }
    let full_unicode = program.flags.full_unicode();
    scratch.begin(program.registers as usize, budget)?;
    let mut matcher = Matcher { program, units, steps: SLICE, slices: 0, memo_stride: 0, scratch, budget };
    let mut start = last_index;
    if full_unicode && splits_pair(units, start) {
        // The position is that of the code point it lies in.
        start -= 1;
    }
    let last = units.len() - min_len;
    if program.flags.sticky {
        return matcher.attempt(start);
    }
    loop {
        let Some(at) = matcher.candidate(start, last)? else { return Ok(None) };
        let found = matcher.attempt(at)?;
        if found.is_some() {
            return Ok(found);
        }
        start = match point_at(units, at) {
            Some((_, next)) if full_unicode => next,
            _ => at + 1,
        };
        if start > last {
            return Ok(None);
        }
    }
}

struct Matcher<'a, T> {
    program: &'a Program,
    units: &'a [T],
    /// Steps left before the next charge.
    steps: u32,
    slices: u32,
    /// Bits of memory for each point, or 0 while nothing is remembered.
    memo_stride: usize,
    scratch: &'a mut Scratch,
    budget: &'a mut dyn Budget,
}

impl<T: Unit> Matcher<'_, T> {
    /// The first position in `start..=last` where a match might begin.
    fn candidate(&mut self, start: usize, last: usize) -> Result<Option<usize>, Stop> {
        let rest = &self.units[start..];
        let found = match &self.program.start {
            StartFilter::None => Some(0),
            StartFilter::Anchored => (start == 0).then_some(0),
            StartFilter::Bytes(bytes) => T::find(rest, bytes),
            StartFilter::Literal(finder, literal) => T::find_literal(rest, finder, literal),
            StartFilter::Table(table) => rest.iter().position(|u| table[u.index()] & 1 != 0),
        };
        let passed = found.unwrap_or(rest.len());
        if passed > 64 {
            self.charge(u32::try_from(passed / 16).unwrap_or(u32::MAX))?;
        }
        let at = found.map(|n| start + n).filter(|&at| at <= last);
        Ok(match at {
            Some(at) if self.program.flags.full_unicode() && splits_pair(self.units, at) && at > start => {
                // A pair is one character: no match begins within. Its first half did not qualify.
                return if at < last { self.candidate(at + 1, last) } else { Ok(None) };
            }
            at => at,
        })
    }

    #[inline]
    fn charge(&mut self, steps: u32) -> Result<(), Stop> {
        if steps < self.steps {
            self.steps -= steps;
            return Ok(());
        }
        self.charge_slow(steps)
    }

    #[cold]
    fn charge_slow(&mut self, steps: u32) -> Result<(), Stop> {
        let used = (SLICE - self.steps).saturating_add(steps);
        self.budget.charge(used)?;
        self.steps = SLICE;
        self.slices = self.slices.saturating_add(used / SLICE);
        if self.slices >= MEMO_AFTER && self.memo_stride == 0 && !self.program.memos.is_empty() {
            self.start_memo()?;
        }
        Ok(())
    }

    fn start_memo(&mut self) -> Result<(), Stop> {
        let stride = (self.units.len() + 64) / 64 * 64;
        let words = stride / 64 * self.program.memos.len();
        if words * 8 > MEMO_LIMIT {
            return Ok(());
        }
        let memo = &mut self.scratch.memo;
        if words > memo.capacity() {
            self.budget.memory((words - memo.capacity()) * 8)?;
        }
        memo.clear();
        memo.resize(words, 0);
        self.memo_stride = stride;
        Ok(())
    }

    /// Whether the point was passed at `pos` before; marks it.
    #[inline]
    fn was_here(&mut self, memo: u16, pos: usize) -> bool {
        if self.memo_stride == 0 || memo == NO {
            return false;
        }
        let checked = self.program.memos[usize::from(memo)];
        if checked != NONE && self.scratch.registers[checked as usize] as usize == pos {
            return false;
        }
        let bit = usize::from(memo) * self.memo_stride + pos;
        let word = &mut self.scratch.memo[bit / 64];
        let seen = *word >> (bit % 64) & 1 != 0;
        *word |= 1 << (bit % 64);
        seen
    }

    #[inline(always)]
    fn push(&mut self, kind: u32, value: u32, a: usize, b: usize) -> Result<(), Stop> {
        if self.scratch.stack.len() == self.scratch.stack.capacity() {
            self.scratch.grow(self.budget)?;
        }
        self.scratch.stack.push(Frame { tag: value << 2 | kind, a: a as u32, b: b as u32 });
        Ok(())
    }

    /// Sets a register so that failing restores it.
    #[inline(always)]
    fn set(&mut self, register: u32, value: usize) -> Result<(), Stop> {
        let old = self.scratch.registers[register as usize];
        self.push(UNDO, register, old as usize, 0)?;
        self.scratch.registers[register as usize] = value as u32;
        Ok(())
    }

    #[inline(always)]
    fn register(&self, register: u32) -> u32 {
        self.scratch.registers[register as usize]
    }

    /// A match that begins at `start`.
    fn attempt(&mut self, start: usize) -> Result<Option<Captures>, Stop> {
        let program = self.program;
        let units = self.units;
        let ops = &program.ops[..];
        let (mut pc, mut pos) = (0usize, start);
        debug_assert!(self.scratch.stack.is_empty());
        loop {
            // Each arm goes on with `continue`, or ends and has failed.
            match ops[pc] {
                Op::Match => {
                    let captures = self.captures(start, pos);
                    self.scratch.stack.clear();
                    return Ok(Some(captures));
                }
                Op::Fail => {}
                Op::Char(c) => {
                    if pos < units.len() && units[pos].value() == u32::from(c) {
                        pos += 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::Char2(a, b) => {
                    if pos < units.len() {
                        let c = units[pos].value();
                        if c == u32::from(a) || c == u32::from(b) {
                            pos += 1;
                            pc += 1;
                            continue;
                        }
                    }
                }
                Op::Any => {
                    if pos < units.len() {
                        pos += 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::Class(id) => {
                    if pos < units.len() && units[pos].is_in(&program.classes[id as usize]) {
                        pos += 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::Point(id) => {
                    if let Some((c, next)) = point_at(units, pos)
                        && program.classes[id as usize].contains(c)
                    {
                        pos = next;
                        pc += 1;
                        continue;
                    }
                }
                Op::Str { start, len } => {
                    let string = &program.strings[start as usize..(start + len) as usize];
                    if let Some(here) = units.get(pos..pos + string.len())
                        && here.iter().zip(string).all(|(u, &c)| u.value() == u32::from(c))
                    {
                        pos += string.len();
                        pc += 1;
                        continue;
                    }
                }
                Op::Back => {
                    if pos > 0 {
                        pos -= 1;
                        pc += 1;
                        continue;
                    }
                }
                Op::BackPoint => {
                    if let Some(before) = point_before(units, pos) {
                        pos = before;
                        pc += 1;
                        continue;
                    }
                }
                Op::Split { other, table, memo } => {
                    self.charge(1)?;
                    let ways =
                        if table == NO { 3 } else { entry(&program.tables[usize::from(table)], units, pos) };
                    // Also where only one way is open: the ways meet here that a loop within made.
                    let ways = if self.was_here(memo, pos) { 0 } else { ways };
                    match ways {
                        1 => {
                            pc += 1;
                            continue;
                        }
                        2 => {
                            pc = other as usize;
                            continue;
                        }
                        3 => {
                            self.push(CHOICE, other, pos, 0)?;
                            pc += 1;
                            continue;
                        }
                        _ => {}
                    }
                }
                Op::Jump(to) => {
                    pc = to as usize;
                    continue;
                }
                Op::Save(register) => {
                    self.set(register, pos)?;
                    pc += 1;
                    continue;
                }
                Op::Clear { from, to } => {
                    for register in from..to {
                        if self.register(register) != NONE {
                            self.set(register, NONE as usize)?;
                        }
                    }
                    pc += 1;
                    continue;
                }
                Op::EmptyCheck(register) => {
                    if self.register(register) as usize != pos {
                        pc += 1;
                        continue;
                    }
                }
                Op::EmptyCheckCounted { start, counter } => {
                    let counter = &program.counters[counter as usize];
                    if self.register(start) as usize != pos || self.register(counter.reg) <= counter.min {
                        pc += 1;
                        continue;
                    }
                }
                Op::CounterInit(register) => {
                    self.set(register, 0)?;
                    pc += 1;
                    continue;
                }
                Op::CounterLoop(id) => {
                    self.charge(1)?;
                    pc = self.counter_loop(&program.counters[id as usize], pc, pos)?;
                    continue;
                }
                Op::CounterNext(register) => {
                    self.set(register, self.register(register) as usize + 1)?;
                    pc += 1;
                    continue;
                }
                Op::LoopOne(id) => {
                    if let Some(after) = self.loop_one(&program.loops[id as usize], pc, pos)? {
                        pos = after;
                        pc += 1;
                        continue;
                    }
                }
                Op::Start => {
                    if pos == 0 {
                        pc += 1;
                        continue;
                    }
                }
                Op::LineStart => {
                    if pos == 0 || is_line_end(units[pos - 1].value()) {
                        pc += 1;
                        continue;
                    }
                }
                Op::End => {
                    if pos == units.len() {
                        pc += 1;
                        continue;
                    }
                }
                Op::LineEnd => {
                    if pos == units.len() || is_line_end(units[pos].value()) {
                        pc += 1;
                        continue;
                    }
                }
                Op::WordBoundary { negate, folded } => {
                    let before = pos > 0 && is_word(units[pos - 1].value(), folded);
                    let after = pos < units.len() && is_word(units[pos].value(), folded);
                    if (before != after) != negate {
                        pc += 1;
                        continue;
                    }
                }
                Op::Look(register) => {
                    self.begin_look(register, pos)?;
                    pc += 1;
                    continue;
                }
                Op::LookNot { reg, end } => {
                    self.begin_look(reg, pos)?;
                    self.push(CHOICE, end, pos, 0)?;
                    pc += 1;
                    continue;
                }
                Op::LookEnd(register) => {
                    let height = self.register(register) as usize;
                    pos = self.register(register + 1) as usize;
                    // Its choices are over, but failing later must still undo what it captured.
                    let stack = &mut self.scratch.stack;
                    let mut kept = height;
                    for i in height..stack.len() {
                        if stack[i].tag & 3 == UNDO {
                            stack[kept] = stack[i];
                            kept += 1;
                        }
                    }
                    stack.truncate(kept);
                    pc += 1;
                    continue;
                }
                Op::LookNotEnd(register) => {
                    let height = self.register(register) as usize;
                    while self.scratch.stack.len() > height {
                        let frame = self.scratch.stack.pop().expect("longer than height");
                        if frame.tag & 3 == UNDO {
                            self.scratch.registers[(frame.tag >> 2) as usize] = frame.a;
                        }
                    }
                }
                Op::BackRef(id) => {
                    if let Some(after) = self.back_ref(&program.back_refs[id as usize], pos)? {
                        pos = after;
                        pc += 1;
                        continue;
                    }
                }
            }
            match self.backtrack()? {
                Some(resumed) => (pc, pos) = resumed,
                None => return Ok(None),
            }
        }
    }

    fn captures(&self, start: usize, end: usize) -> Captures {
        let groups = self.scratch.registers[2..(self.program.group_count as usize + 1) * 2].chunks_exact(2);
        let group = |g: &[u32]| (g[0] != NONE && g[1] != NONE).then_some((g[0] as usize, g[1] as usize));
        std::iter::once(Some((start, end))).chain(groups.map(group)).collect()
    }

    /// Goes back to the latest choice: where to go on and at which position.
    #[inline(always)]
    fn backtrack(&mut self) -> Result<Option<(usize, usize)>, Stop> {
        self.charge(1)?;
        loop {
            let Some(frame) = self.scratch.stack.pop() else { return Ok(None) };
            let value = frame.tag >> 2;
            match frame.tag & 3 {
                UNDO => self.scratch.registers[value as usize] = frame.a,
                CHOICE => return Ok(Some((value as usize, frame.a as usize))),
                GIVE_BACK => {
                    if let Some(resumed) =
                        self.give_back(value as usize, frame.a as usize, frame.b as usize)?
                    {
                        return Ok(Some(resumed));
                    }
                }
                _ => {
                    if let Some(resumed) = self.take_more(value as usize, frame.a as usize, frame.b)? {
                        return Ok(Some(resumed));
                    }
                }
            }
        }
    }

    fn begin_look(&mut self, register: u32, pos: usize) -> Result<(), Stop> {
        self.set(register + 1, pos)?;
        let height = self.scratch.stack.len() + 1;
        self.set(register, height)
    }

    /// The head of a counted loop: where to go on.
    fn counter_loop(&mut self, counter: &CounterLoop, pc: usize, pos: usize) -> Result<usize, Stop> {
        let count = self.register(counter.reg);
        let exit = counter.exit as usize;
        if count >= counter.min {
            if count >= counter.max {
                return Ok(exit);
            }
            if !counter.greedy {
                self.push(CHOICE, pc as u32 + 1, pos, 0)?;
                return Ok(exit);
            }
            self.push(CHOICE, counter.exit, pos, 0)?;
        }
        Ok(pc + 1)
    }

    /// How far `one` repeats from `pos`, at most `max` times; and how often, if code points count.
    #[inline]
    fn scan(&self, one: One, pos: usize, max: usize) -> (usize, usize) {
        let units = self.units;
        let limit = pos.saturating_add(max).min(units.len());
        let rest = &units[pos..limit];
        let count = match one {
            One::Any => rest.len(),
            One::Char(c) => run(rest, |u| u.value() == u32::from(c)),
            One::Class(id) => {
                let class = &self.program.classes[id as usize];
                match &class.stops {
                    Some(stops) if !T::WIDE => {
                        let short = &rest[..rest.len().min(16)];
                        let count = run(short, |u| u.is_in(class));
                        if count == 16 && !stops.is_empty() {
                            16 + T::find(&rest[16..], stops).unwrap_or(rest.len() - 16)
                        } else if count == 16 {
                            rest.len()
                        } else {
                            count
                        }
                    }
                    _ => run(rest, |u| u.is_in(class)),
                }
            }
            One::Point(id) => {
                let class = &self.program.classes[id as usize];
                let (mut at, mut count) = (pos, 0);
                while count < max
                    && let Some((c, next)) = point_at(units, at)
                    && class.contains(c)
                {
                    at = next;
                    count += 1;
                }
                return (at, count);
            }
        };
        (pos + count, count)
    }

    /// A loop over one character: where it ends at first.
    #[inline]
    fn loop_one(&mut self, one: &LoopOne, pc: usize, pos: usize) -> Result<Option<usize>, Stop> {
        debug_assert!(matches!(self.program.ops[pc], Op::LoopOne(_)));
        if self.was_here(one.memo, pos) {
            return Ok(None);
        }
        if !one.greedy && !one.possessive {
            let (at, count) = self.scan(one.one, pos, one.min as usize);
            if count < one.min as usize {
                return Ok(None);
            }
            if one.max == one.min {
                return Ok(Some(at));
            }
            let Some((_, at)) = self.lazy(one, pc, at, one.max - one.min)? else { return Ok(None) };
            return Ok(Some(at));
        }
        let max = if one.max == NONE { usize::MAX } else { one.max as usize };
        let (end, count) = self.scan(one.one, pos, max);
        self.charge(1 + (count / 16) as u32)?;
        if count < one.min as usize {
            return Ok(None);
        }
        if one.possessive || count == one.min as usize {
            return Ok(Some(end));
        }
        let least = match one.one {
            One::Point(_) if T::WIDE && one.min > 0 => self.scan(one.one, pos, one.min as usize).0,
            _ => pos + one.min as usize,
        };
        Ok(self.greedy(one, pc, least, end)?.map(|(_, at)| at))
    }

    /// The last position from `least` to `end` from which what follows can begin; leaves a frame if
    /// there are more.
    #[inline]
    fn greedy(
        &mut self,
        one: &LoopOne,
        pc: usize,
        least: usize,
        end: usize,
    ) -> Result<Option<(usize, usize)>, Stop> {
        let mut at = end;
        if one.follow != NO {
            let table = &self.program.tables[usize::from(one.follow)];
            while entry(table, self.units, at) & 1 == 0 {
                if at <= least {
                    return Ok(None);
                }
                at = self.before(one, at);
            }
            if end - at > 16 {
                self.charge(((end - at) / 16) as u32)?;
            }
        }
        if at > least {
            self.push(GIVE_BACK, pc as u32, least, at)?;
        }
        Ok(Some((pc + 1, at)))
    }

    #[inline(always)]
    fn before(&self, one: &LoopOne, at: usize) -> usize {
        match one.one {
            One::Point(_) if T::WIDE => point_before(self.units, at).expect("above the least"),
            _ => at - 1,
        }
    }

    fn give_back(&mut self, pc: usize, least: usize, at: usize) -> Result<Option<(usize, usize)>, Stop> {
        let program = self.program;
        let Op::LoopOne(id) = program.ops[pc] else { unreachable!("frames of loops name loops") };
        let one = &program.loops[id as usize];
        let at = self.before(one, at);
        self.greedy(one, pc, least, at)
    }

    /// The first position from `at` from which what follows can begin.
    fn lazy(
        &mut self,
        one: &LoopOne,
        pc: usize,
        mut at: usize,
        mut left: u32,
    ) -> Result<Option<(usize, usize)>, Stop> {
        let mut passed = 0;
        if one.follow != NO {
            let table = &self.program.tables[usize::from(one.follow)];
            while entry(table, self.units, at) & 1 == 0 {
                let (next, count) = self.scan(one.one, at, 1);
                if count == 0 || left == 0 {
                    return Ok(None);
                }
                left -= u32::from(left != NONE);
                at = next;
                passed += 1;
            }
        }
        self.charge(passed / 8)?;
        if left > 0 {
            self.push(TAKE_MORE, pc as u32, at, left as usize)?;
        }
        Ok(Some((pc + 1, at)))
    }

    fn take_more(&mut self, pc: usize, at: usize, left: u32) -> Result<Option<(usize, usize)>, Stop> {
        let program = self.program;
        let Op::LoopOne(id) = program.ops[pc] else { unreachable!("frames of loops name loops") };
        let one = &program.loops[id as usize];
        let (next, count) = self.scan(one.one, at, 1);
        if count == 0 {
            return Ok(None);
        }
        self.lazy(one, pc, next, left - u32::from(left != NONE))
    }

    /// Where the text of the group ends that stands at `pos`; a group that is not set matches nothing.
    fn back_ref(&mut self, back_ref: &BackRef, pos: usize) -> Result<Option<usize>, Stop> {
        let set = |&&group: &&u32| self.register(group * 2) != NONE && self.register(group * 2 + 1) != NONE;
        let Some(&group) = back_ref.groups.iter().find(set) else { return Ok(Some(pos)) };
        let (from, to) = (self.register(group * 2) as usize, self.register(group * 2 + 1) as usize);
        let units = self.units;
        let len = to - from;
        self.charge((len / 8) as u32)?;
        let (start, after) = if back_ref.backward {
            let Some(start) = pos.checked_sub(len) else { return Ok(None) };
            (start, start)
        } else {
            (pos, pos + len)
        };
        let Some(here) = units.get(start..start + len) else { return Ok(None) };
        let group = &units[from..to];
        let same = if !back_ref.ignore_case {
            group == here
        } else if self.program.flags.full_unicode() {
            // Simple folding maps no code point of two units to one of one, so lengths agree.
            let mut i = 0;
            loop {
                let (Some((a, next)), Some((b, _))) = (point_at(group, i), point_at(here, i)) else {
                    break true;
                };
                if a != b && canonicalize(a, true) != canonicalize(b, true) {
                    break false;
                }
                i = next;
            }
        } else {
            group
                .iter()
                .zip(here)
                .all(|(a, b)| a == b || canonicalize(a.value(), false) == canonicalize(b.value(), false))
        };
        Ok(same.then_some(after))
    }
}

#[inline(always)]
fn run<T: Unit>(units: &[T], test: impl Fn(T) -> bool) -> usize {
    units.iter().position(|&u| !test(u)).unwrap_or(units.len())
}

#[inline]
fn is_line_end(c: u32) -> bool {
    matches!(c, 10 | 13 | 0x2028 | 0x2029)
}

#[inline]
fn is_word(c: u32, folded: bool) -> bool {
    match u8::try_from(c) {
        Ok(b) => b.is_ascii_alphanumeric() || b == b'_',
        Err(_) => folded && (c == 0x17F || c == 0x212A),
    }
}
