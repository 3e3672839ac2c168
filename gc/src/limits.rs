//! What a context and an engine are told when they are opened: limits, stress, policies, names.
#![forbid(unsafe_code)]

use std::sync::Arc;

/// What [`Context::close`](crate::Context::close) does when counted handles are still alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandlePolicy {
    /// List them in the report and invalidate them: they resolve to `None` for ever.
    #[default]
    Report,
    /// Give the context back in the error, unharmed.
    Refuse,
}

/// How a context is opened.
///
/// ```
/// let config = gc::Config::default().stress(true).hard_limit(64 << 20);
/// let ctx = gc::Context::open(config)?;
/// # ctx.close().unwrap();
/// # Ok::<(), gc::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Collect at every safepoint.
    pub stress: bool,
    /// What close does with live handles.
    pub handles: HandlePolicy,
    /// Past this many bytes in the context a collection is wanted at the next safepoint.
    pub soft_limit: usize,
    /// Past this many bytes in the context fallible allocations fail.
    pub hard_limit: usize,
    /// The least number of bytes allocated between two collections.
    pub min_debt: usize,
    /// Minor collections: cells that survived one are looked at again only when they are written to, or in a full one.
    /// Off at first: code with an `unsafe impl Trace` must keep to its fifth obligation before they are turned on.
    pub generations: bool,
    /// Full collections are marked in slices of this many cells, at safepoints; zero: all at once.
    pub slice: usize,
    /// Dropping the context instead of closing it is a panic.
    pub must_close: bool,
    /// The number of the fallible allocation that fails; zero: none.
    pub fail_allocation: u64,
    /// An engine that closes says what was alive in it, by types.
    pub census: bool,
    /// The bytes from one sampled allocation to the next; zero: none is sampled.
    pub sample: usize,
    /// The number of events that are kept; zero: none is noted, and no clock is read.
    pub events: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            stress: cfg!(feature = "stress"),
            handles: HandlePolicy::Report,
            soft_limit: usize::MAX,
            hard_limit: usize::MAX,
            min_debt: 1 << 20,
            generations: false,
            slice: 0,
            must_close: false,
            fail_allocation: 0,
            census: false,
            sample: 0,
            events: 0,
        }
    }
}

impl Config {
    /// Collects at every safepoint when `on`; [`pressure`](crate::Mutation::pressure) is then always true.
    pub fn stress(mut self, on: bool) -> Self {
        self.stress = on || cfg!(feature = "stress");
        self
    }

    /// Sets what close does with live handles.
    pub fn handles(mut self, policy: HandlePolicy) -> Self {
        self.handles = policy;
        self
    }

    /// Sets the number of bytes past which a collection is wanted.
    pub fn soft_limit(mut self, bytes: usize) -> Self {
        self.soft_limit = bytes;
        self
    }

    /// Sets the number of bytes past which fallible allocations fail.
    pub fn hard_limit(mut self, bytes: usize) -> Self {
        self.hard_limit = bytes;
        self
    }

    /// Sets the least number of bytes allocated between two collections: with generations, the size of the young one.
    pub fn min_debt(mut self, bytes: usize) -> Self {
        self.min_debt = bytes;
        self
    }

    /// Turns minor collections on or off.
    pub fn generations(mut self, on: bool) -> Self {
        self.generations = on;
        self
    }

    /// Sets how many cells a slice of a full collection marks (8192 is a good number); zero turns slices off. Fresh memory of
    /// a context with slices is not asked for as huge pages, since the first touch of one may take milliseconds.
    pub fn slice(mut self, cells: usize) -> Self {
        self.slice = cells;
        self
    }

    /// When `on`, a context that is dropped instead of closed panics, after its end: for tests that are to find a
    /// forgotten [`close`](crate::Context::close). Without, it is counted in
    /// [`ProcessStats::implicit_closes`](crate::ProcessStats).
    pub fn must_close(mut self, on: bool) -> Self {
        self.must_close = on;
        self
    }

    /// When `on`, the report of an engine lists what was alive at its close, by types, and that of a context says what each
    /// live handle kept. It costs collections, walks and memory; where there is none, reports say less, and
    /// [that they do](crate::EngineReport::census_failed).
    pub fn census(mut self, on: bool) -> Self {
        self.census = on;
        self
    }

    /// Of every so many bytes of cells, notes the type and the place of one allocation, for
    /// [`Context::allocation_sites`](crate::Context::allocation_sites) and for the report. Without it nothing is paid for it;
    /// with 64 KiB or more, next to nothing.
    ///
    /// ```
    /// # use gc::{Config, Context, EngineConfig, Rootable};
    /// # struct R; impl Rootable for R { type Root<'gc> = (); }
    /// let ctx = Context::open(Config::default().sample(1 << 10))?;
    /// let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| ())?;
    /// engine.mutate(|mc, _| {
    ///     (0..10_000).for_each(|_| { mc.alloc([0_u64; 7]); });
    ///     (0..10_000).for_each(|_| { mc.alloc('x'); });
    /// });
    /// let sites = ctx.allocation_sites();
    /// assert_eq!(sites[0].type_name, "[u64; 7]");
    /// assert!(sites[0].bytes.abs_diff(640_000) < 64_000);
    /// # Ok::<(), gc::Error>(())
    /// ```
    pub fn sample(mut self, bytes: usize) -> Self {
        self.sample = bytes;
        self
    }

    /// Keeps the last `most` events (collections, slices, ends of engines, with their times) for
    /// [`Context::events`](crate::Context::events).
    pub fn events(mut self, most: usize) -> Self {
        self.events = most;
        self
    }

    /// The `number`th fallible allocation of the context (`try_alloc`, `alloc_tail`, external bytes, handles) fails, once,
    /// as if a limit was reached. A test that counts up until nothing fails any more has seen every way out of its code.
    ///
    /// ```
    /// # use gc::{Config, Context, EngineConfig, OutOfMemory, Rootable};
    /// # struct R; impl Rootable for R { type Root<'gc> = (); }
    /// let ctx = Context::open(Config::default().fail_allocation(2))?;
    /// let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| ())?;
    /// engine.mutate(|mc, _| {
    ///     assert!(mc.try_alloc(1).is_ok());
    ///     assert_eq!(mc.try_alloc(2).err(), Some(OutOfMemory));
    ///     assert!(mc.try_alloc(3).is_ok());
    /// });
    /// # Ok::<(), gc::Error>(())
    /// ```
    pub fn fail_allocation(mut self, number: u64) -> Self {
        self.fail_allocation = number;
        self
    }

    /// Does anybody want to know which marked cells are written to?
    pub(crate) fn remembers(&self) -> bool {
        self.generations || self.slice > 0
    }
}

/// How an engine is opened on a context.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EngineConfig {
    /// The name under which reports list the engine.
    pub name: Arc<str>,
    /// Past this many bytes in the engine a collection is wanted at the next safepoint.
    pub soft_limit: usize,
    /// Past this many bytes in the engine fallible allocations fail.
    pub hard_limit: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig { name: Arc::default(), soft_limit: usize::MAX, hard_limit: usize::MAX }
    }
}

impl EngineConfig {
    /// An engine of this name without limits.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        EngineConfig { name: name.into(), ..EngineConfig::default() }
    }

    /// Sets the number of bytes past which a collection is wanted.
    pub fn soft_limit(mut self, bytes: usize) -> Self {
        self.soft_limit = bytes;
        self
    }

    /// Sets the number of bytes past which fallible allocations fail.
    pub fn hard_limit(mut self, bytes: usize) -> Self {
        self.hard_limit = bytes;
        self
    }
}
