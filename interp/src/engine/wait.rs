//! How a host waits for what other threads do: promises of `Atomics.waitAsync`.
#![forbid(unsafe_code)]

use std::time::Duration;

use super::Engine;
use crate::error::Error;
use crate::host::instant;
use crate::value::Value;

/// What `Atomics.waitAsync` still waits for (see [`Engine::pending_waits`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingWaits {
    /// How many promises are not settled.
    pub count: usize,
    /// In how long the first of them is settled by its timeout, if one of them has a timeout.
    pub next_timeout: Option<Duration>,
}

impl Engine {
    /// What `Atomics.waitAsync` waits for: while there is something, [`Engine::run_jobs`] may find more to do later,
    /// without anything that is done on this thread. A host with a loop of its own calls it again after
    /// [`PendingWaits::next_timeout`], or when it heard of a notification; others call [`Engine::wait_for_jobs`].
    pub fn pending_waits(&mut self) -> PendingWaits {
        let mut pending = PendingWaits::default();
        self.gc.mutate(|_, st| {
            let (count, first) = st.async_waits();
            let next_timeout = first.map(|at| at.saturating_duration_since(instant()));
            pending = PendingWaits { count, next_timeout };
        });
        pending
    }

    /// Blocks this thread until [`Engine::run_jobs`] has something to do: until a wait of `Atomics.waitAsync` was notified,
    /// or its timeout is over. At most `timeout` long, or, without one, as long as it takes. False if there is nothing to
    /// do, and, without a timeout, will never be, as nothing is waited for.
    ///
    /// # Errors
    /// How it was interrupted ([`Engine::remote`]).
    ///
    /// # Examples
    /// ```
    /// let context = gc::Context::open(gc::Config::default()).unwrap();
    /// let mut engine = interp::Engine::builder().open(&context).unwrap();
    /// engine.eval(
    ///     "const a = new Int32Array(new SharedArrayBuffer(4)); let how; \
    ///      Atomics.waitAsync(a, 0, 0, 5).value.then(v => { how = v })",
    /// )?;
    /// loop {
    ///     engine.run_jobs()?;
    ///     if !engine.wait_for_jobs(None)? {
    ///         break;
    ///     }
    /// }
    /// assert_eq!(engine.eval("how")?, "timed-out".into());
    /// # Ok::<(), interp::Error>(())
    /// ```
    pub fn wait_for_jobs(&mut self, timeout: Option<Duration>) -> Result<bool, Error> {
        let until = timeout.and_then(|timeout| instant().checked_add(timeout));
        let mut ready = false;
        self.enter(
            |vm| {
                vm.st.enqueue_waits();
                let pending = vm.st.async_waits().0;
                if vm.st.jobs.is_empty() && (pending > 0 || until.is_some()) {
                    vm.sleep_until_ready(until)?;
                    vm.st.enqueue_waits();
                }
                ready = !vm.st.jobs.is_empty();
                Ok(Value::undefined())
            },
            |_, _| (),
        )?;
        Ok(ready)
    }
}
