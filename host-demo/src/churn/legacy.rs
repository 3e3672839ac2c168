//! The engine of 2003, **simulated**: only its bug, on top of ours.
//!
//! JScript's collector was per thread. A small structure of the collector itself was kept in a process-wide table by
//! thread, made when a thread first used an engine, and nobody removed it when the thread went away. With pooled
//! threads nobody noticed for years.

use super::ours;
use interp::Script;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};

/// The size of the structure; that of the real one is not known.
const BLOCK: usize = 64;

/// What the simulated collector remembers of each thread that ever used it.
static THREADS: Mutex<Option<HashMap<ThreadId, Box<[u8; BLOCK]>>>> = Mutex::new(None);

/// One job: the thread is entered into the table, and then the same work is done as by ours.
pub(super) fn work(script: &Script) -> Result<(), String> {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let table = threads.get_or_insert_default();
    table.entry(thread::current().id()).or_insert_with(|| Box::new([0; BLOCK]));
    drop(threads);
    ours::work(script)
    // The bug: the thread may end now, and its entry stays.
}

/// What the real engine could never do: forget everything, so that the next measurement begins with nothing.
pub(super) fn forget() {
    drop(THREADS.lock().unwrap_or_else(PoisonError::into_inner).take());
}
