//! With the feature `tracing`: the workers' lives as events.
#![cfg(feature = "tracing")]

use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

/// Writes down the messages of the target `pool`, and panics at one of them.
struct Log(Arc<Mutex<Vec<String>>>);

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "pool"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut message = Message(String::new());
        event.record(&mut message);
        let panics = message.0 == "job panicked";
        self.0.lock().expect("not poisoned").push(message.0);
        if panics {
            std::panic::resume_unwind(Box::new("a subscriber may panic"));
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn a_worker_tells_its_life() {
    let log = Arc::new(Mutex::new(Vec::new()));
    tracing::subscriber::set_global_default(Log(log.clone())).expect("the first");
    let pool = pool::Builder::<()>::new().max_workers(1).build().expect("valid");
    let ticket = pool.submit(|_, _| std::panic::resume_unwind(Box::new("boom"))).expect("room");
    let result: Result<(), _> = ticket.wait();
    assert!(result.is_err());
    assert!(pool.close().ledger.balanced());
    let log = log.lock().expect("not poisoned");
    assert_eq!(log[..3], ["state started", "job panicked", "state stops"]);
}
