//! Finalization: a queue of cells that would have died, drained by the mutator between collections.
//!
//! ```text
//!  registered ──not reached, once──► ready ──popped in a mutation──► an ordinary cell
//!      │                               │
//!      └── its engine closes: dropped without a call, and counted
//! ```
//! Rules of resurrection: a cell is queued once for each registration; while it waits it is a root, and with it what it
//! reaches; weak pointers and entries of weak maps to it are cleared *before* it is queued; when it was popped and is not
//! reached any more, it dies like others, unless it was registered again.
#![forbid(unsafe_code)]

use super::trace::Tracer;
use crate::OutOfMemory;
use crate::heap::cell::CellPtr;
use std::cell::RefCell;
use std::collections::VecDeque;

/// The finalizers of one engine.
// INVARIANT: every cell in it is one of the engine that is not freed: `select` runs in each collection before anything is.
#[derive(Debug, Default)]
pub(crate) struct Finalizers(RefCell<Lists>);

#[derive(Debug, Default)]
struct Lists {
    /// Registered since the last collection: the only ones that a minor collection has to ask for.
    young: Vec<CellPtr>,
    old: Vec<CellPtr>,
    ready: VecDeque<CellPtr>,
}

impl Finalizers {
    pub(crate) fn register(&self, cell: CellPtr) -> Result<(), OutOfMemory> {
        let mut lists = self.0.borrow_mut();
        let Lists { young, old, ready } = &mut *lists;
        // Room for every one of them in each list: a collection moves them when there may be no memory.
        let all = young.len() + old.len() + ready.len() + 1;
        let (a, b, c) = (all - young.len(), all - old.len(), all - ready.len());
        young.try_reserve(a).map_err(|_| OutOfMemory)?;
        old.try_reserve(b).map_err(|_| OutOfMemory)?;
        ready.try_reserve(c).map_err(|_| OutOfMemory)?;
        young.push(cell);
        Ok(())
    }

    pub(crate) fn pop(&self) -> Option<CellPtr> {
        self.0.borrow_mut().ready.pop_front()
    }

    /// Those that are registered, and those that wait.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let lists = self.0.borrow();
        (lists.young.len() + lists.old.len(), lists.ready.len())
    }

    pub(crate) fn clear(&self) {
        self.0.take();
    }

    /// Queues the registered cells that were not reached. True when there are any: then marking is to go on from them.
    pub(crate) fn select(&self, minor: bool, is_marked: impl Fn(CellPtr) -> bool) -> bool {
        let mut lists = self.0.borrow_mut();
        let Lists { young, old, ready } = &mut *lists;
        let before = ready.len();
        if !minor {
            old.retain(|&cell| {
                let alive = is_marked(cell);
                if !alive {
                    ready.push_back(cell);
                }
                alive
            });
        }
        for cell in young.drain(..) {
            if is_marked(cell) {
                old.push(cell);
            } else {
                ready.push_back(cell);
            }
        }
        ready.len() > before
    }

    pub(crate) fn trace(&self, tracer: &mut Tracer<'_>) {
        self.0.borrow().ready.iter().for_each(|&cell| tracer.visit_cell(cell));
    }

    pub(crate) fn try_for_each_ready<E>(
        &self,
        visit: impl FnMut(&CellPtr) -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.borrow().ready.iter().try_for_each(visit)
    }
}
