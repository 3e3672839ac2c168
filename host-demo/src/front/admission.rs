//! Admission: whether a request is let in at all, decided before its body is read, and what is said if not.

use super::{Answer, page};
use crate::metrics::Refused;
use crate::shared::Shared;
use http::{HeaderValue, StatusCode, header};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A request that is inside; dropped when it is answered.
pub(crate) struct Admitted {
    shared: Arc<Shared>,
}

/// Lets a request in, if there is a worker or a place in the queue for it.
pub(crate) fn admit(shared: &Arc<Shared>) -> Result<Admitted, Refused> {
    if shared.draining.load(Ordering::Acquire) {
        return Err(Refused::Draining);
    }
    let places = (shared.config.pool.workers + shared.config.pool.queue) as u64;
    if shared.metrics.inside.fetch_add(1, Ordering::AcqRel) >= places {
        shared.metrics.inside.fetch_sub(1, Ordering::AcqRel);
        return Err(Refused::Full);
    }
    Ok(Admitted { shared: shared.clone() })
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.shared.metrics.inside.fetch_sub(1, Ordering::AcqRel);
    }
}

/// 503, with the time after which it is worth trying again: what is inside now, at the pace of all pages so far.
pub(crate) fn refuse(shared: &Shared, why: Refused) -> Answer {
    shared.metrics.refused(why);
    let message = match why {
        Refused::Full => "Every worker is busy and the queue is full.",
        Refused::Waited => "No worker came free in time.",
        Refused::Draining => "The server is shutting down.",
        Refused::Connections => "There are too many connections.",
        Refused::Unable => "No worker can be started.",
    };
    let mut answer = page(StatusCode::SERVICE_UNAVAILABLE, "The server is busy", message);
    let seconds = retry_after(shared);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

fn retry_after(shared: &Shared) -> u64 {
    let pages = shared.metrics.histogram();
    let each = if pages.count() == 0 { 0.0 } else { pages.seconds / pages.count() as f64 };
    let inside = shared.metrics.inside.load(Ordering::Relaxed) as f64;
    let seconds = (each * inside / shared.config.pool.workers as f64).ceil();
    (seconds as u64).clamp(1, 60)
}
