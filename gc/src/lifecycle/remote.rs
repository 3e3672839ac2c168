//! What another thread holds of a context: a name it can send requests to.
#![forbid(unsafe_code)]

use super::process::Process;
use super::registry::{ContextKey, Origin, Record};
use crate::ContextStats;

/// A name of a context for any thread. After the context is closed every operation is a no-op.
///
/// ```
/// let mut ctx = gc::Context::open(gc::Config::default())?;
/// let remote = ctx.remote();
/// std::thread::spawn(move || remote.interrupt(4)).join().unwrap();
/// assert!(ctx.interrupted());
/// assert_eq!(ctx.take_interrupt(), Some(4));
/// let remote = ctx.remote();
/// ctx.close().unwrap();
/// assert!(!remote.interrupt(1));
/// # Ok::<(), gc::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Remote {
    key: ContextKey,
}

impl Remote {
    pub(crate) fn new(key: ContextKey) -> Self {
        Remote { key }
    }

    fn record(&self) -> &'static Record {
        Process::get().registry.record(self.key.record).expect("records never go away")
    }

    /// Asks the context's thread to stop what it runs. Reasons are *bits*: those of several interrupts that were not
    /// yet taken are united, so none is lost. If the thread waits in [`Mutation::waiting`](crate::Mutation::waiting) it is
    /// woken. False when the context is closed.
    pub fn interrupt(&self, reason: u32) -> bool {
        self.record().interrupt(self.key.generation, reason)
    }

    /// Asks for a collection at the next safepoint. False when the context is closed.
    pub fn request_gc(&self) -> bool {
        self.record().request_gc(self.key.generation)
    }

    /// The numbers of the context as of its last collection or safepoint; `None` when it is closed.
    pub fn stats(&self) -> Option<ContextStats> {
        self.record().stats(self.key.generation)
    }

    /// The thread the context belongs to, and where it was opened; `None` when it is closed.
    ///
    /// A context that was forgotten (`std::mem::forget`) stays open for ever: this says whose it was.
    pub fn origin(&self) -> Option<Origin> {
        self.record().origin(self.key.generation)
    }

    /// Is the context still open?
    pub fn is_open(&self) -> bool {
        self.stats().is_some()
    }
}

/// The remotes of all open contexts of the process, whichever threads they belong to.
pub fn live_contexts() -> Vec<Remote> {
    let mut remotes = Vec::new();
    Process::get().registry.for_each(|key, _| remotes.push(Remote::new(key)));
    remotes
}
