//! The Application object: values that all requests share, and the lock around them.

use super::contents::Contents;
use super::{Exchange, HostResult};
use crate::error::ending;
use interp::{HostError, HostValue};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting request looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(20);

/// The shared values and their lock.
pub(crate) struct Application {
    pub(crate) contents: Contents,
    locked: Mutex<bool>,
    unlocked: Condvar,
}

impl Application {
    /// Nothing yet, and never more than about `limit` bytes.
    pub(crate) fn new(limit: usize) -> Application {
        Application { contents: Contents::new(limit), locked: Mutex::new(false), unlocked: Condvar::new() }
    }
}

/// Whether this request holds the lock.
#[derive(Default)]
pub(crate) struct LockGuard {
    held: bool,
}

impl LockGuard {
    /// Lets go of the lock, if this request holds it. The end of a page does that too.
    pub(crate) fn release(&mut self, application: &Application) {
        if std::mem::take(&mut self.held) {
            *application.locked.lock().unwrap_or_else(PoisonError::into_inner) = false;
            application.unlocked.notify_one();
        }
    }
}

/// `Application.Lock()`: waits, but not beyond the script's time, nor when nobody wants its answer any more.
pub(super) fn lock(exchange: &mut Exchange) -> HostResult {
    if exchange.lock.held {
        return Ok(HostValue::Undefined);
    }
    let application = &exchange.shared.application;
    let mut locked = application.locked.lock().unwrap_or_else(PoisonError::into_inner);
    while *locked {
        // An interrupt of whatever kind ends the script at its next step, but it has to come back for that.
        if Instant::now() >= exchange.deadline || exchange.request.abandoned() {
            return Err(HostError::Terminate(ending::TIME));
        }
        locked = application.unlocked.wait_timeout(locked, LOOK).unwrap_or_else(PoisonError::into_inner).0;
    }
    *locked = true;
    exchange.lock.held = true;
    Ok(HostValue::Undefined)
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.lock.release(&self.shared.application);
    }
}
