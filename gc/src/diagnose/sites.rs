//! Sampled allocation sites: of every so many bytes, the one allocation that reaches the mark.
//!
//! The fast path knows nothing of it: where a context is sampled, holes are no longer than what is left until the next
//! sample, so that the allocation which reaches it comes to the slow path, and brings its type and its place. Each kind of
//! hole counts for itself: bytes that one has taken and not used yet would else make samples of those who use another.
#![forbid(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::panic::Location;

/// A place that allocates, as far as samples tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllocationSite {
    /// The type of the cells.
    pub type_name: &'static str,
    /// The call that made them: `alloc` or one of its kind, or the call of a function around it that is `#[track_caller]`.
    pub at: &'static Location<'static>,
    /// How often it was seen.
    pub samples: u64,
    /// The bytes for which the samples stand: what it allocated, about.
    pub bytes: u64,
}

type Table = HashMap<(&'static Location<'static>, &'static str), u64, BuildHasherDefault<DefaultHasher>>;

/// The samples of a context.
#[derive(Debug, Default)]
pub(crate) struct Sampler {
    /// The bytes from one sample to the next; zero: there are none.
    every: usize,
    random: Cell<u64>,
    table: RefCell<Table>,
}

impl Sampler {
    pub(crate) fn new(every: usize) -> Self {
        Sampler { every, ..Sampler::default() }
    }

    /// The bytes until the next sample; more than there can be when nothing is sampled.
    ///
    /// They are exponentially distributed, so that each byte is as likely to be sampled as every other, whatever was
    /// sampled before: a program that allocates in a rhythm would else be seen at the same places for ever.
    pub(crate) fn interval(&self) -> usize {
        if self.every == 0 {
            return usize::MAX;
        }
        let random = self.random.get().wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        self.random.set(random);
        // From the open interval between zero and one.
        let uniform = ((random >> 33) as f64 + 0.5) / (1_u64 << 31) as f64;
        (-uniform.ln() * self.every as f64) as usize
    }

    /// An allocation of `size` bytes is a sample, or as many as it passes marks: `left` bytes were left to the first one.
    /// Afterwards it is at least `size`.
    pub(crate) fn sample(
        &self,
        left: &Cell<usize>,
        size: usize,
        name: fn() -> &'static str,
        at: &'static Location<'static>,
    ) {
        if self.every == 0 {
            return left.set(usize::MAX);
        }
        // Of many marks only the last ones are left to chance.
        const CHANCE: usize = 64;
        let mut marks = ((size - left.get()) / self.every).saturating_sub(CHANCE);
        left.set(left.get() + marks * self.every);
        while left.get() < size {
            left.set(left.get().saturating_add(self.interval()));
            marks += 1;
        }
        let mut table = self.table.borrow_mut();
        // Without memory for it the sample is lost.
        if table.try_reserve(1).is_ok() {
            *table.entry((at, name())).or_default() += marks as u64;
        }
    }

    /// The sites, most bytes first; as many as there is memory for.
    pub(crate) fn list(&self) -> Vec<AllocationSite> {
        let table = self.table.borrow();
        let mut sites = Vec::new();
        if sites.try_reserve_exact(table.len()).is_ok() {
            sites.extend(table.iter().map(|(&(at, type_name), &samples)| AllocationSite {
                type_name,
                at,
                samples,
                bytes: samples.saturating_mul(self.every as u64),
            }));
        }
        let place =
            |site: &AllocationSite| (site.at.file(), site.at.line(), site.at.column(), site.type_name);
        sites.sort_unstable_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| place(a).cmp(&place(b))));
        sites
    }
}
