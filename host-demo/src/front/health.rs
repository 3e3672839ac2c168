//! What machines ask: is it ready, and its numbers in the OpenMetrics text format.

use super::server::Front;
use super::{Answer, plain, typed};
use crate::metrics::BOUNDS;
use http::StatusCode;
use pool::Health;
use std::fmt::{Display, Write};
use std::sync::atomic::Ordering;

/// 200 when requests are taken, 503 when not.
pub(crate) fn ready(front: &Front) -> Answer {
    if front.shared.draining.load(Ordering::Acquire) {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match front.pool.metrics().health {
        Health::Unhealthy { cause } => {
            plain(StatusCode::SERVICE_UNAVAILABLE, format!("unhealthy: {cause}\n"))
        }
        _ => plain(StatusCode::OK, "ready\n"),
    }
}

/// All numbers.
pub(crate) fn metrics(front: &Front) -> Answer {
    let text = exposition(front);
    typed(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
}

fn exposition(front: &Front) -> String {
    let shared = &front.shared;
    let own = &shared.metrics;
    let pool = front.pool.metrics();
    let gc = gc::process_stats();
    let mut text = Text(String::with_capacity(4096));

    text.family("host_responses", "counter", "Answers by the first digit of their status.");
    text.labelled("host_responses_total", "class", own.classes());
    text.family("host_faults", "counter", "Requests whose page failed, by kind.");
    text.labelled("host_faults_total", "kind", own.faults());
    text.family("host_refusals", "counter", "Requests refused before a worker saw them, by reason.");
    text.labelled("host_refusals_total", "reason", own.refusals());
    let histogram = own.histogram();
    text.family("host_page_seconds", "histogram", "Time from the head of a request to its page's answer.");
    let mut below = 0;
    for (bucket, bound) in histogram.buckets.iter().zip(BOUNDS) {
        below += bucket;
        text.sample(&format!("host_page_seconds_bucket{{le=\"{}\"}}", bound as f64 / 1e6), below);
    }
    text.sample("host_page_seconds_bucket{le=\"+Inf\"}", histogram.count());
    text.sample("host_page_seconds_count", histogram.count());
    text.sample("host_page_seconds_sum", histogram.seconds);
    text.gauge("host_connections", "Open connections.", own.connections.load(Ordering::Relaxed));
    text.gauge(
        "host_requests_inside",
        "Requests let in and not answered.",
        own.inside.load(Ordering::Relaxed),
    );
    text.gauge("host_sessions", "Sessions.", shared.sessions.count());
    text.gauge("host_pages", "Pages in the cache.", shared.cache.table().len());
    text.gauge("host_uptime_seconds", "Time since the start.", shared.started.elapsed().as_secs_f64());

    text.family("pool_jobs", "counter", "Jobs by what became of them.");
    let counts = &pool.counts;
    text.labelled(
        "pool_jobs_total",
        "end",
        [
            ("accepted", counts.accepted),
            ("refused", counts.refused),
            ("returned", counts.returned),
            ("panicked", counts.panicked),
            ("cancelled", counts.cancelled),
            ("unserved", counts.unserved),
        ],
    );
    text.family("pool_workers", "gauge", "Workers by what they do.");
    text.labelled(
        "pool_workers",
        "state",
        [("live", pool.live as u64), ("idle", pool.idle as u64), ("busy", pool.busy as u64)],
    );
    text.gauge("pool_queue", "Jobs that wait.", pool.queued);
    text.family("pool_rebuilt", "counter", "Worker states made anew on their thread.");
    text.sample("pool_rebuilt_total", counts.rebuilt);
    text.family("pool_threads", "counter", "Threads by event.");
    text.labelled(
        "pool_threads_total",
        "event",
        [
            ("started", pool.ledger.threads_started),
            ("stopped", pool.ledger.threads_stopped),
            ("joined", pool.ledger.threads_joined),
        ],
    );

    text.family("gc_contexts", "counter", "Contexts by event.");
    text.labelled(
        "gc_contexts_total",
        "event",
        [("opened", gc.contexts_opened), ("closed", gc.contexts_closed)],
    );
    text.gauge("gc_live_contexts", "Contexts open now.", gc.live_contexts);
    text.gauge("gc_live_bytes", "Bytes that contexts hold.", gc.live_bytes);
    text.gauge("gc_live_blocks", "Blocks that contexts hold.", gc.live_blocks);
    text.gauge("gc_pooled_blocks", "Blocks that wait for the next context.", gc.pooled_blocks);
    text.0.push_str("# EOF\n");
    text.0
}

/// The text as it grows.
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.family(name, "gauge", help);
        self.sample(name, value);
    }

    fn labelled(&mut self, name: &str, label: &str, values: impl IntoIterator<Item = (&'static str, u64)>) {
        for (which, value) in values {
            self.sample(&format!("{name}{{{label}=\"{which}\"}}"), value);
        }
    }
}
