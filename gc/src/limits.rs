//! What a context and an engine are told when they are opened: limits, stress, policies, names.
#![forbid(unsafe_code)]

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

    /// Sets how many cells a slice of a full collection marks (8192 is a good number); zero turns slices off.
    pub fn slice(mut self, cells: usize) -> Self {
        self.slice = cells;
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
    pub name: String,
    /// Past this many bytes in the engine a collection is wanted at the next safepoint.
    pub soft_limit: usize,
    /// Past this many bytes in the engine fallible allocations fail.
    pub hard_limit: usize,
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig { name: String::new(), soft_limit: usize::MAX, hard_limit: usize::MAX }
    }
}

impl EngineConfig {
    /// An engine of this name without limits.
    pub fn named(name: impl Into<String>) -> Self {
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
