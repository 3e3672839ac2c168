//! The trace of events: what the collector did, when, and for how long. The one place of the crate that reads a clock, and
//! only where a context was configured for it.
#![forbid(unsafe_code)]

use super::json;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::time::{Duration, Instant};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// A full collection, all at once.
    Full,
    /// A minor collection.
    Minor,
    /// A slice of marking.
    Mark,
    /// A slice of sweeping.
    Sweep,
    /// The end of an engine.
    Close,
}

impl EventKind {
    fn name(self) -> &'static str {
        match self {
            EventKind::Full => "full collection",
            EventKind::Minor => "minor collection",
            EventKind::Mark => "marking slice",
            EventKind::Sweep => "sweeping slice",
            EventKind::Close => "engine close",
        }
    }
}

/// One thing that the collector did.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// When it began, after the opening of the context.
    pub start: Duration,
    /// How long the mutator waited for it.
    pub duration: Duration,
    /// Bytes in use by the context before it.
    pub bytes_before: usize,
    /// Bytes in use by the context after it.
    pub bytes_after: usize,
}

/// The last events of a context.
#[derive(Debug)]
pub(crate) struct Events {
    capacity: usize,
    opened: Cell<Option<Instant>>,
    ring: RefCell<VecDeque<Event>>,
}

impl Events {
    pub(crate) fn new(capacity: usize) -> Self {
        let opened = Cell::new((capacity > 0).then(Instant::now));
        // All at once, if there is the memory: growing would be a pause that no event tells of.
        let mut ring = VecDeque::new();
        let _ = ring.try_reserve_exact(capacity);
        Events { capacity, opened, ring: RefCell::new(ring) }
    }

    /// Does `work`, and notes it.
    pub(crate) fn note<T>(&self, kind: EventKind, bytes: impl Fn() -> usize, work: impl FnOnce() -> T) -> T {
        let Some(opened) = self.opened.get() else { return work() };
        let (begun, bytes_before) = (Instant::now(), bytes());
        let result = work();
        let duration = begun.elapsed();
        let start = begun.duration_since(opened);
        let event = Event { kind, start, duration, bytes_before, bytes_after: bytes() };
        let mut ring = self.ring.borrow_mut();
        if ring.len() == self.capacity {
            ring.pop_front();
        }
        // Without memory for it, it is not noted.
        if ring.try_reserve(1).is_ok() {
            ring.push_back(event);
        }
        result
    }

    pub(crate) fn list(&self) -> Vec<Event> {
        self.ring.borrow().iter().copied().collect()
    }

    /// Writes the events as a Chrome trace, which Perfetto and `chrome://tracing` open.
    pub(crate) fn write_trace<W: Write>(&self, out: &mut W) -> fmt::Result {
        let micros = |duration: Duration| duration.as_nanos() as f64 / 1000.0;
        json::object(out, |json| {
            json.text("displayTimeUnit", "ns")?;
            // Not borrowed while somebody else's code takes the text: it may collect.
            let events = (0..).map_while(|at| self.ring.borrow().get(at).copied());
            json.objects("traceEvents", events, |json, event| {
                json.text("name", event.kind.name())?;
                json.text("cat", "gc")?;
                json.text("ph", "X")?;
                json.number("pid", 1)?;
                json.number("tid", 1)?;
                json.number("ts", micros(event.start))?;
                json.number("dur", micros(event.duration))?;
                json.object("args", |json| {
                    json.number("bytesBefore", event.bytes_before)?;
                    json.number("bytesAfter", event.bytes_after)
                })
            })
        })
    }
}
