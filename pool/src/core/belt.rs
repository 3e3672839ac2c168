//! The belt: a queue that many threads put jobs on without a lock, that one thread at a time takes from, and that can be
//! stopped. What submitters put jobs on while the express lane is open.
//!
//! It is a chain of segments. A job's *index* says in which segment it lies (`index / LAP`) and where (`index % LAP`); the
//! last index of every lap has no cell: while the tail stands there, a new segment is being hung on. To put a job on the
//! belt is one compare-and-swap of the tail, which makes its cell the putter's own, and a store to the cell's state,
//! which hands the cell to whoever takes from the front.
//!
//! INVARIANTS:
//! 1. A cell belongs to the thread that moved the tail over its index, until its state is that of its index; then to the
//!    owner of the front, until that one moved the front over it.
//! 2. The tail moves over the last cell of a segment only by a thread that has another one ready, and which hangs it on
//!    (`back`, then the tail, then `next`) before it hands that cell over. So who finds a tail at a cell, and swaps it,
//!    has loaded the `back` that belongs to it; and who finds the last cell of a segment handed over, finds its `next`.
//! 3. Nobody touches a segment after all its cells were handed over but the owner of the front, who may therefore give
//!    it back once he has moved over all of them.
//! 4. While the belt is stopped (`STOPPED` in the tail), the tail and `back` do not move, but for what is said in 2: all
//!    that others still do is to fill the cells that are theirs. A cell is skipped at each start, so that no value of the
//!    tail comes twice: whoever loaded it before a stop does not swap it after. So what was read in between (`limit`,
//!    `base`) is of the same run.
#![allow(unsafe_code)]

use super::cell::Cell;
use crate::machine::prefetch_for_write;
use crate::sync::{Arc, AtomicPtr, AtomicU64, Ordering, Padded, give_way, mutant};
use std::num::NonZeroU64;
use std::ptr::{self, NonNull};

/// Indices of a segment, and how many of them have a cell: 16 KB of jobs. Short where many interleavings are to see the end
/// of one.
const LAP: u64 = if cfg!(loom) {
    3
} else if cfg!(miri) {
    8
} else {
    512
};
const CELLS: u64 = LAP - 1;

/// How many empty segments are kept: getting them anew means to share the allocator's lock with whoever frees them.
const SPARES: usize = 4;

/// How many cells ahead the memory is asked for the one that will be written to: it is in the cache of whoever took the
/// job that was there before, and the next locked instruction waits for it.
const AHEAD: usize = 24;

/// In the tail: nothing may be put on. The index is above it.
const STOPPED: u64 = 1;
const STEP: u64 = 2;

#[repr(align(64))]
struct Segment<T> {
    cells: [(Cell<T>, AtomicU64); CELLS as usize],
    /// The one behind it, on the belt or among the spares.
    next: AtomicPtr<Segment<T>>,
    /// How many there are from this one on, among the spares.
    spares: usize,
}

impl<T> Segment<T> {
    fn new() -> Box<Self> {
        let cells = std::array::from_fn(|_| (Cell::new(), AtomicU64::new(0)));
        Box::new(Segment { cells, next: AtomicPtr::new(ptr::null_mut()), spares: 0 })
    }
}

/// The state of the cell of an index when there is a job in it. A new cell's state is zero, that of one whose segment was
/// used before is of a lap before.
fn full(index: u64) -> u64 {
    (index / LAP + 1) * 2
}

/// The state of a cell that no job was put into.
fn skipped(index: u64) -> u64 {
    full(index) + 1
}

/// How many cells there are below an index.
fn cells_below(index: u64) -> u64 {
    index / LAP * CELLS + (index % LAP).min(CELLS)
}

/// The index of the cell below which there are so many.
fn index_above(cells: u64) -> u64 {
    cells / CELLS * LAP + cells % CELLS
}

struct Belt<T> {
    tail: Padded<Tail<T>>,
    run: Padded<Run>,
    /// The front's index, for whoever looks whether there is something.
    taken: Padded<AtomicU64>,
    /// Empty segments, for the next ones who need one.
    spares: AtomicPtr<Segment<T>>,
}

struct Tail<T> {
    /// The index where the next job goes, and `STOPPED`.
    at: AtomicU64,
    /// The segment of that index.
    back: AtomicPtr<Segment<T>>,
}

/// What holds from a start of the belt to its stop; written by the owner of the front alone.
struct Run {
    /// The index at which the belt is full.
    limit: AtomicU64,
    /// What is added to an index to get a place in the queue.
    base: AtomicU64,
}

impl<T> Belt<T> {
    /// An empty segment: a spare one if there is one. Not inlined: a new one is made on the stack.
    #[cold]
    #[inline(never)]
    fn segment(&self) -> Box<Segment<T>> {
        let Some(first) = self.take_spares() else { return Segment::new() };
        let rest = first.next.swap(ptr::null_mut(), Ordering::Relaxed);
        if let Some(rest) = NonNull::new(rest) {
            // SAFETY: it is the rest of the chain that is ours now.
            self.put_spares(unsafe { Box::from_raw(rest.as_ptr()) });
        }
        first
    }

    /// Keeps an empty segment for the next one who needs one, or frees it when enough are kept.
    fn retire(&self, mut segment: Box<Segment<T>>) {
        let rest = self.take_spares();
        segment.spares = 1 + rest.as_ref().map_or(0, |rest| rest.spares);
        if segment.spares > SPARES {
            return rest.into_iter().for_each(|rest| self.put_spares(rest));
        }
        segment.next.store(rest.map_or(ptr::null_mut(), Box::into_raw), Ordering::Relaxed);
        self.put_spares(segment);
    }

    /// Takes all spare segments: a chain, by `next`.
    fn take_spares(&self) -> Option<Box<Segment<T>>> {
        let first = NonNull::new(self.spares.swap(ptr::null_mut(), Ordering::Acquire));
        // SAFETY: it came out of a box (`put_spares`), and whoever swaps it out of `spares` is the only one who has it.
        first.map(|first| unsafe { Box::from_raw(first.as_ptr()) })
    }

    fn put_spares(&self, chain: Box<Segment<T>>) {
        let others = NonNull::new(self.spares.swap(Box::into_raw(chain), Ordering::AcqRel));
        // Others put some there meanwhile.
        // SAFETY: as in `take_spares`.
        others.into_iter().for_each(|others| free(unsafe { Box::from_raw(others.as_ptr()) }));
    }
}

/// Frees a chain of empty segments.
fn free<T>(chain: Box<Segment<T>>) {
    let mut chain = Some(chain);
    while let Some(segment) = chain {
        let next = NonNull::new(segment.next.load(Ordering::Relaxed));
        // SAFETY: it came out of a box (`retire`), and is part of a chain that is ours.
        chain = next.map(|next| unsafe { Box::from_raw(next.as_ptr()) });
    }
}

impl<T> Drop for Belt<T> {
    fn drop(&mut self) {
        self.take_spares().into_iter().for_each(free);
    }
}

/// Makes a belt, stopped and empty: its back, where anybody puts jobs, and its front, whose owner takes them.
pub(super) fn belt<T: Send>() -> (Back<T>, Front<T>) {
    let belt = Arc::new(Belt {
        tail: Padded(Tail { at: AtomicU64::new(STOPPED), back: AtomicPtr::new(ptr::null_mut()) }),
        run: Padded(Run { limit: AtomicU64::new(0), base: AtomicU64::new(1) }),
        taken: Padded(AtomicU64::new(0)),
        spares: AtomicPtr::new(ptr::null_mut()),
    });
    (Back(belt.clone()), Front { belt, index: 0, segment: None, skipped: 0, started: 0, allowed: 0 })
}

pub(super) struct Back<T: Send>(Arc<Belt<T>>);

impl<T: Send> Back<T> {
    /// Puts a job at the back, after `tell` was told its place in the queue. Gives it back when the belt is stopped or
    /// full.
    #[inline(always)]
    pub(super) fn push(&self, job: T, tell: impl FnOnce(&T, u64)) -> Result<(), T> {
        let Belt { tail: Padded(tail), run: Padded(run), .. } = &*self.0;
        let mut next = None;
        let mut at = tail.at.load(Ordering::Acquire);
        let mut turn = 0;
        loop {
            let index = at / STEP;
            if at & STOPPED != 0 || index >= run.limit.load(Ordering::Relaxed) {
                return Err(job);
            }
            let offset = index % LAP;
            if offset == CELLS {
                // Somebody hangs on a segment.
                give_way(&mut turn);
                at = tail.at.load(Ordering::Acquire);
                continue;
            }
            let last = offset == CELLS - 1;
            if last && next.is_none() {
                next = Some(self.0.segment());
            }
            let back = tail.back.load(Ordering::Acquire);
            if let Err(now) =
                tail.at.compare_exchange_weak(at, at + STEP, Ordering::AcqRel, Ordering::Acquire)
            {
                at = now;
                continue;
            }
            // SAFETY: by invariant 2 this is the segment of the index; by 3 it stays until the cell below is filled.
            let segment = unsafe { &*back };
            if last && let Some(next) = next.take() {
                let next = Box::into_raw(next);
                tail.back.store(next, Ordering::Release);
                tail.at.fetch_add(STEP, Ordering::Release);
                if !mutant("belt_torn") {
                    segment.next.store(next, Ordering::Release);
                }
            }
            tell(&job, run.base.load(Ordering::Relaxed).wrapping_add(index));
            let (cell, state) = &segment.cells[offset as usize];
            if let Some(ahead) = segment.cells.get(offset as usize + AHEAD) {
                prefetch_for_write(ahead);
            }
            // SAFETY: 1. by invariant 1; whoever emptied the cell before did so before the segment was hung on, or never.
            unsafe { cell.put(job) };
            state.store(full(index), Ordering::Release);
            if let Some(next) = next {
                self.0.retire(next);
            }
            return Ok(());
        }
    }

    /// Whether something was put on that was not taken, as far as can be seen without being the owner of the front.
    pub(super) fn looks_filled(&self) -> bool {
        self.0.tail.0.at.load(Ordering::Relaxed) / STEP != self.0.taken.0.load(Ordering::Relaxed)
    }
}

/// The right to take from the front.
pub(crate) struct Front<T: Send> {
    belt: Arc<Belt<T>>,
    /// The next job's. Never at the end of a lap.
    index: u64,
    /// Its segment. The first one is made when the belt is first started; before that, front and tail are at zero.
    segment: Option<NonNull<Segment<T>>>,
    /// How many cells from here on were skipped.
    skipped: u64,
    /// How many cells there were below the tail when the belt was started.
    started: u64,
    /// At how many cells it is full, as was last said.
    allowed: u64,
}

// SAFETY: it is not tied to a thread; the segment that it points to is shared by atomics, and by cells, which are `Sync`.
unsafe impl<T: Send> Send for Front<T> {}

impl<T: Send> Front<T> {
    fn place(&self, index: u64) -> NonZeroU64 {
        let place = self.belt.run.0.base.load(Ordering::Relaxed).wrapping_add(index);
        NonZeroU64::new(place).expect("places are given from one on, and do not run out")
    }

    fn tail(&self) -> u64 {
        self.belt.tail.0.at.load(Ordering::Acquire) / STEP
    }

    /// How many jobs there are, some of them not quite there yet.
    pub(super) fn len(&self) -> usize {
        (cells_below(self.tail()) - cells_below(self.index) - self.skipped) as usize
    }

    /// Takes the job at the front, with its place; `None` also while it is still being put there.
    pub(super) fn pop(&mut self) -> Option<(NonZeroU64, T)> {
        loop {
            // SAFETY: by invariant 3 only the owner of the front gives segments back, and not the one he stands on.
            let segment = unsafe { self.segment?.as_ref() };
            let (cell, state) = &segment.cells[(self.index % LAP) as usize];
            let state = state.load(Ordering::Acquire);
            if state == full(self.index) {
                let place = self.place(self.index);
                // SAFETY: 1. by invariant 1, since `self` is borrowed mutably. 2. It is full, and the front moves over it.
                let job = unsafe { cell.take() };
                self.step();
                return Some((place, job));
            }
            if state != skipped(self.index) {
                return None;
            }
            self.skipped -= 1;
            self.step();
        }
    }

    /// Moves over a cell that was handed over.
    fn step(&mut self) {
        self.index += 1;
        if self.index % LAP < CELLS {
            return;
        }
        self.index += 1;
        let Some(old) = self.segment else { return };
        // SAFETY: as in `pop`.
        let next = NonNull::new(unsafe { old.as_ref() }.next.load(Ordering::Acquire));
        self.segment = Some(next.expect("the next segment is there before the last cell is handed over"));
        // SAFETY: it came out of a box, and by invariant 3 nobody has it any more.
        self.belt.retire(unsafe { Box::from_raw(old.as_ptr()) });
    }

    /// Says how far the front has come, and how many jobs may wait here from now on: at least so many, once there is room
    /// for as many more as `lag` since that was last said. Every submitter reads what is written here.
    pub(super) fn allow(&mut self, room: usize, lag: usize) {
        let cells = cells_below(self.index).saturating_add(self.skipped).saturating_add(room as u64);
        let cells = cells.min(u64::MAX / 4);
        if cells.saturating_sub(self.allowed) > lag as u64 {
            self.allowed = cells;
            self.belt.run.0.limit.store(index_above(cells), Ordering::Relaxed);
        }
        self.belt.taken.0.store(self.index, Ordering::Relaxed);
    }

    /// Starts the belt, which is stopped: with room for so many jobs. When it is empty, the next place is this one.
    pub(super) fn start(&mut self, place: NonZeroU64, room: usize) {
        let Belt { tail: Padded(tail), run: Padded(run), .. } = &*self.belt;
        let at = tail.at.load(Ordering::Acquire);
        assert_eq!(at & STOPPED, STOPPED, "only a stopped belt is started");
        if self.segment.is_none() {
            let first = NonNull::from(Box::leak(self.belt.segment()));
            tail.back.store(first.as_ptr(), Ordering::Relaxed);
            self.segment = Some(first);
        }
        let (empty, index) = (self.len() == 0, at / STEP);
        let mut next = index;
        if !mutant("belt_runs_again") {
            // SAFETY: by invariant 4 this thread is alone with the tail, and it has a segment.
            let (segment, behind) = unsafe { self.move_tail(index) };
            next = behind;
            segment.cells[(index % LAP) as usize].1.store(skipped(index), Ordering::Relaxed);
            self.skipped += 1;
        }
        if empty {
            run.base.store(place.get().wrapping_sub(next), Ordering::Relaxed);
        }
        self.started = cells_below(next);
        self.allowed = 0;
        self.allow(room, 0);
        self.belt.tail.0.at.store(next * STEP, Ordering::Release);
    }

    /// Moves the tail of a stopped belt over one cell, but for the index itself: returns the cell's segment, and the
    /// index that follows.
    ///
    /// # Safety
    /// 1. The belt is stopped, and has a segment.
    unsafe fn move_tail(&self, index: u64) -> (&Segment<T>, u64) {
        let Tail { back, .. } = &self.belt.tail.0;
        // SAFETY: by invariants 2 and 4 this is the tail's segment, and stays, since its last cell was not handed over.
        let segment = unsafe { &*back.load(Ordering::Acquire) };
        if index % LAP < CELLS - 1 {
            return (segment, index + 1);
        }
        let next = Box::into_raw(self.belt.segment());
        back.store(next, Ordering::Relaxed);
        segment.next.store(next, Ordering::Relaxed);
        (segment, index + 2)
    }

    /// Of a stopped belt that was started before: puts a job at the back, at `next_place`.
    pub(super) fn push_stopped(&mut self, job: T) {
        let stopped = self.belt.tail.0.at.load(Ordering::Acquire) & STOPPED == STOPPED;
        assert!(stopped && self.segment.is_some(), "the belt was started, and is stopped");
        let index = self.tail();
        // SAFETY: `index` is of the tail, which has a segment; whoever has the front of a stopped belt is alone with it.
        let (segment, next) = unsafe { self.move_tail(index) };
        let (cell, state) = &segment.cells[(index % LAP) as usize];
        // SAFETY: 1. by invariant 4, the tail not having moved over it.
        unsafe { cell.put(job) };
        state.store(full(index), Ordering::Release);
        self.belt.tail.0.at.store((next * STEP) | STOPPED, Ordering::Release);
    }

    /// Stops the belt. What is on it stays there. Says how many jobs were put on since it was started.
    pub(super) fn stop(&mut self) -> u64 {
        self.belt.tail.0.at.fetch_or(STOPPED, Ordering::AcqRel);
        let mut turn = 0;
        // Whoever moved the tail to the end of a lap goes on to hang a segment on.
        while self.tail() % LAP == CELLS {
            give_way(&mut turn);
        }
        cells_below(self.tail()) - self.started
    }

    /// Of a stopped belt: takes the job at the front, with its place; waits for it when it is still being put there.
    pub(super) fn pop_stopped(&mut self) -> Option<(NonZeroU64, T)> {
        let mut turn = 0;
        loop {
            match self.pop() {
                Some(job) => return Some(job),
                None if self.len() == 0 || mutant("belt_left_behind") => return None,
                None => give_way(&mut turn),
            }
        }
    }

    /// Of a stopped belt: the place that follows on all that were given.
    pub(super) fn next_place(&self) -> NonZeroU64 {
        self.place(self.tail())
    }
}

impl<T: Send> Drop for Front<T> {
    fn drop(&mut self) {
        self.stop();
        while let Some(job) = self.pop_stopped() {
            drop(job);
        }
        if let Some(last) = self.segment {
            // SAFETY: it came out of a box. The belt is stopped for good, so that nobody goes to its segments any more,
            // and empty, so that this is the last one.
            drop(unsafe { Box::from_raw(last.as_ptr()) });
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const PUTTERS: u64 = 3;
    const EACH: u64 = if cfg!(miri) { 30 } else { 20_000 };

    /// What each of the putters put on: once, in order, at ascending places; what is left is dropped with the belt.
    #[test]
    fn nothing_is_lost_or_doubled() {
        let (back, mut front) = belt();
        let (dropped, mut seen, mut last) = (Arc::new(()), vec![0; PUTTERS as usize], 0);
        front.start(NonZeroU64::MIN, 8);
        std::thread::scope(|scope| {
            for putter in 0..PUTTERS {
                let (back, dropped) = (&back, &dropped);
                scope.spawn(move || {
                    for number in 0..EACH {
                        let mut job = (putter, number, dropped.clone());
                        while let Err(refused) = back.push(job, |_, place| assert!(place > 0)) {
                            job = refused;
                            std::thread::yield_now();
                        }
                    }
                });
            }
            let mut take = |place: NonZeroU64, (putter, number, _): (u64, u64, Arc<()>)| {
                assert_eq!(number, seen[putter as usize], "in order");
                seen[putter as usize] += 1;
                assert!(place.get() > last, "places ascend");
                last = place.get();
                seen.iter().sum::<u64>()
            };
            let (mut taken, mut turn) = (0, 0);
            while taken < PUTTERS * EACH - 5 {
                turn += 1;
                match front.pop() {
                    Some((place, job)) => taken = take(place, job),
                    None => std::thread::yield_now(),
                }
                assert!(front.len() <= 16, "no more than there was ever room for");
                front.allow(8, 2);
                if turn % 7 == 0 {
                    front.stop();
                    if turn % 3 == 0
                        && let Some((place, job)) = front.pop_stopped()
                    {
                        taken = take(place, job);
                    }
                    front.start(front.next_place(), 8);
                }
            }
            front.allow(8, 0);
        });
        assert_eq!(front.len(), 5);
        drop(front);
        assert!(back.push((0, 0, dropped.clone()), |_, _| ()).is_err(), "stopped for good");
        assert_eq!(Arc::strong_count(&dropped), 1);
    }

    /// Whoever has the front of a stopped belt may put jobs on it, too.
    #[test]
    fn a_stopped_belt_is_a_queue() {
        let (back, mut front) = belt();
        front.start(NonZeroU64::new(7).expect("not zero"), 1000);
        assert_eq!(back.push(0, |_, place| assert_eq!(place, 7)), Ok(()));
        assert_eq!(front.stop(), 1);
        assert_eq!(back.push(1, |_, _| ()), Err(1));
        for job in 1..LAP * 3 {
            // Cell zero was skipped, and the end of a lap has none.
            assert_eq!(front.next_place().get(), 7 + job + (job + 1) / CELLS);
            front.push_stopped(job);
        }
        front.start(NonZeroU64::MIN, 1000);
        assert_eq!((front.len() as u64, front.stop()), (LAP * 3, 0));
        for job in 0..LAP * 3 {
            assert_eq!(front.pop_stopped().map(|(_, job)| job), Some(job));
        }
        assert!(front.pop_stopped().is_none() && front.len() == 0);
    }
}
