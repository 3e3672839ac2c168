//! Waiting for other threads: `Atomics.wait` parks the thread in the middle of a mutation, `Atomics.waitAsync` leaves a
//! promise, which a job settles.
//!
//! A parked thread is woken by a notification, by its timeout, or by an interrupt of its context, which ends the script as
//! an interrupt does anywhere. The waits of `waitAsync` stand in [`AsyncWaits`], part of the root; before each job the
//! engine looks which of them are over ([`State::enqueue_waits`]).
#![forbid(unsafe_code)]

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use gc::{Mutation, Trace};

use super::job::Job;
use super::{JsResult, State, Vm};
use crate::error::Termination;
use crate::host::{instant, park};
use crate::object::Object;
use crate::object::buffer::{Block, BufferGc};
use crate::object::waiters::{Inbox, Place, Wake};

/// The promises of `waitAsync` that are not settled.
#[derive(Debug, Default, Trace)]
pub struct AsyncWaits<'gc> {
    waits: HashMap<u64, AsyncWait<'gc>>,
    #[trace(skip)]
    deadlines: BTreeSet<(Instant, u64)>,
    #[trace(skip)]
    inbox: Arc<Inbox>,
    /// Numbers given so far.
    #[trace(skip)]
    given: u64,
}

#[derive(Debug, Trace)]
struct AsyncWait<'gc> {
    promise: Object<'gc>,
    /// Keeps what is charged for the bytes charged.
    _buffer: BufferGc<'gc>,
    #[trace(skip)]
    listed: Listed,
    #[trace(skip)]
    deadline: Option<Instant>,
    _charge: gc::ExternalBytes,
}

/// A place in a block's list, given up when this is dropped: an engine that is closed is notified of nothing.
#[derive(Debug)]
struct Listed {
    block: Arc<Block>,
    place: Place,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.block.waiters.remove(self.place);
    }
}

/// About what a wait takes outside of the heap.
const BYTES_OF_WAIT: usize = 256;

/// When a timeout in milliseconds is over: never, if it is beyond what the clock counts.
pub(crate) fn deadline(timeout: f64) -> Option<Instant> {
    Duration::try_from_secs_f64(timeout / 1000.0).ok().and_then(|d| instant().checked_add(d))
}

/// Parks until `done`, a moment, or an interrupt, whose reason it gives.
fn sleep(mc: &Mutation<'_>, until: Option<Instant>, done: impl Fn() -> bool) -> Result<(), u32> {
    mc.waiting(|| {
        while !done() {
            if let Some(reason) = mc.take_interrupt() {
                return Err(reason);
            }
            let left = until.map(|until| until.saturating_duration_since(instant()));
            if left.is_some_and(|left| left.is_zero()) {
                break;
            }
            park(left);
        }
        Ok(())
    })
}

impl<'gc> Vm<'gc> {
    /// Waits at a byte of a block while it is as expected; gives whether it was notified, or nothing if it was not as
    /// expected.
    ///
    /// # Errors
    /// If the script is interrupted meanwhile.
    pub(crate) fn wait_at(
        &mut self,
        block: &Block,
        at: usize,
        until: Option<Instant>,
        expected: impl FnOnce() -> bool,
    ) -> JsResult<Option<bool>> {
        let Some(place) = block.waiters.add(at, Wake::Thread(thread::current()), expected) else {
            return Ok(None);
        };
        let slept = sleep(self.mc, until, || !block.waiters.is_waiting(place));
        let notified = !block.waiters.remove(place);
        match slept {
            Ok(()) => Ok(Some(notified)),
            Err(reason) => Err(self.terminate(Termination::Interrupted(reason))),
        }
    }

    /// Begins to wait at a byte of a buffer, whose block this is; gives a promise, or nothing if it is not as expected.
    ///
    /// # Errors
    /// If memory is full.
    pub(crate) fn wait_async(
        &mut self,
        buffer: BufferGc<'gc>,
        block: Arc<Block>,
        at: usize,
        until: Option<Instant>,
        expected: impl FnOnce() -> bool,
    ) -> JsResult<Option<Object<'gc>>> {
        let promise = self.new_promise()?;
        let charge = self.mc.external(BYTES_OF_WAIT)?;
        let waits = &mut self.st.waits;
        waits.given += 1;
        let number = waits.given;
        let wake = Wake::Engine(waits.inbox.clone(), number);
        let Some(place) = block.waiters.add(at, wake, expected) else { return Ok(None) };
        let listed = Listed { block, place };
        let wait = AsyncWait { promise, _buffer: buffer, listed, deadline: until, _charge: charge };
        waits.waits.insert(number, wait);
        waits.deadlines.extend(until.map(|until| (until, number)));
        Ok(Some(promise))
    }

    /// Sleeps until a job may be ready, at most until a moment.
    ///
    /// # Errors
    /// If the engine is interrupted meanwhile.
    pub(crate) fn sleep_until_ready(&mut self, until: Option<Instant>) -> JsResult<()> {
        let waits = &self.st.waits;
        let first = waits.deadlines.first().map(|&(at, _)| at);
        let until = [until, first].into_iter().flatten().min();
        let slept = sleep(self.mc, until, || !waits.inbox.sleep(Some(thread::current())));
        waits.inbox.sleep(None);
        slept.map_err(|reason| self.terminate(Termination::Interrupted(reason)))
    }
}

impl<'gc> State<'gc> {
    /// Makes jobs of the waits that are over.
    pub(crate) fn enqueue_waits(&mut self) {
        let AsyncWaits { waits, deadlines, inbox, .. } = &mut self.waits;
        if waits.is_empty() {
            return;
        }
        for number in inbox.take() {
            // Unless its timeout was seen first.
            if let Some(wait) = waits.remove(&number) {
                if let Some(at) = wait.deadline {
                    deadlines.remove(&(at, number));
                }
                self.jobs.push_back(Job::Waited { promise: wait.promise, notified: true });
            }
        }
        if deadlines.is_empty() {
            return;
        }
        let now = instant();
        while let Some(&(_, number)) = deadlines.first().filter(|(at, _)| *at <= now) {
            deadlines.pop_first();
            if let Some(wait) = waits.remove(&number) {
                let notified = !wait.listed.block.waiters.remove(wait.listed.place);
                self.jobs.push_back(Job::Waited { promise: wait.promise, notified });
            }
        }
    }

    /// How many promises of `waitAsync` are not settled, and when the first timeout among them is over.
    pub(crate) fn async_waits(&self) -> (usize, Option<Instant>) {
        (self.waits.waits.len(), self.waits.deadlines.first().map(|&(at, _)| at))
    }
}
