//! Threads as a parameter: a pool starts its threads through a [`Spawner`], so that a failing spawn (`EAGAIN`, a
//! container's pid limit) is an event that tests can inject at any point.

use crate::shield::discard;
use crate::sync::thread;
use std::fmt::Debug;
use std::io;

/// What the pool asks of a new thread.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ThreadSpec {
    /// The thread's name.
    pub name: String,
    /// Its stack size in bytes, if the pool was given one.
    pub stack_size: Option<usize>,
}

/// The whole life of a worker: the spawner runs it once on the new thread. It never unwinds.
pub type ThreadBody = Box<dyn FnOnce() + Send + 'static>;

/// Starts threads for a pool.
///
/// `Ok` promises that the body runs to its end on another thread; `Err`, or a panic, that it never runs. A spawner is
/// called without any lock held.
pub trait Spawner: Debug + Send + Sync + 'static {
    /// Starts a thread that runs `body`.
    ///
    /// # Errors
    /// Whatever kept the thread from starting. The pool serves the job otherwise, or hands it back with this error.
    fn spawn(&self, spec: ThreadSpec, body: ThreadBody) -> io::Result<Box<dyn ThreadHandle>>;
}

/// A started thread: the pool joins every one of them.
pub trait ThreadHandle: Send + 'static {
    /// Waits until the thread is gone, its thread-local destructors included.
    fn join(self: Box<Self>);
}

/// Starts ordinary threads of the standard library.
#[derive(Debug, Default, Clone, Copy)]
pub struct ThreadSpawner;

impl Spawner for ThreadSpawner {
    fn spawn(&self, spec: ThreadSpec, body: ThreadBody) -> io::Result<Box<dyn ThreadHandle>> {
        let mut builder = thread::Builder::new().name(spec.name);
        if let Some(bytes) = spec.stack_size {
            builder = builder.stack_size(bytes);
        }
        Ok(Box::new(builder.spawn(body)?))
    }
}

impl ThreadHandle for thread::JoinHandle<()> {
    fn join(self: Box<Self>) {
        // A panic here would be one of a thread-local destructor; those abort the process before we hear of them.
        if let Err(payload) = thread::JoinHandle::join(*self) {
            discard(payload);
        }
    }
}

impl<S: Spawner> Spawner for std::sync::Arc<S> {
    fn spawn(&self, spec: ThreadSpec, body: ThreadBody) -> io::Result<Box<dyn ThreadHandle>> {
        (**self).spawn(spec, body)
    }
}
