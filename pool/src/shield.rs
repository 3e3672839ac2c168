//! Calling foreign code, the user's: hooks, jobs, wakers, spawners, and the drops of what was captured or returned. A
//! panic ends here, whatever its payload does.

use crate::error::PanicPayload;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A panic that was caught and whose payload is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Panicked;

/// Calls foreign code; its panic is caught and forgotten.
#[inline]
pub(crate) fn shielded<T>(foreign: impl FnOnce() -> T) -> Result<T, Panicked> {
    attempt(foreign).map_err(discard)
}

/// Calls foreign code and gives its panic's payload to the caller, who must [`discard`] it or pass it on to the user.
#[inline]
pub(crate) fn attempt<T>(foreign: impl FnOnce() -> T) -> Result<T, Box<dyn Any + Send>> {
    catch_unwind(AssertUnwindSafe(foreign))
}

/// Drops a payload. That may panic, too, and so may the drop of that panic's payload; one that goes on so for ever is
/// leaked in the end, for it cannot be dropped.
#[cold]
pub(crate) fn discard(mut payload: Box<dyn Any + Send>) -> Panicked {
    for _ in 0..100 {
        match attempt(|| drop(payload)) {
            Ok(()) => return Panicked,
            Err(next) => payload = next,
        }
    }
    std::mem::forget(payload);
    Panicked
}

/// What a panic said; its payload is dropped.
pub(crate) fn message_of(payload: Box<dyn Any + Send>) -> String {
    let payload = PanicPayload::new(payload);
    let message = payload.message().to_owned();
    discard(payload.into_inner());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::resume_unwind;

    /// A payload whose drop panics, with a payload whose drop panics, and so on.
    struct Spite(u32);

    impl Drop for Spite {
        fn drop(&mut self) {
            if self.0 > 0 {
                resume_unwind(Box::new(Spite(self.0 - 1)));
            }
        }
    }

    #[test]
    fn no_panic_gets_out() {
        assert_eq!(shielded(|| 7), Ok(7));
        for depth in 0..4 {
            let thrown = shielded(|| resume_unwind(Box::new(Spite(depth))));
            assert_eq!(thrown, Err::<(), _>(Panicked));
        }
    }
}
