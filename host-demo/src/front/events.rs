//! The live page's data: a snapshot of heap, pool and contexts each second, as server-sent events.
//!
//! One task makes the snapshots, and only while somebody looks; all who look get the same text.

use super::server::Front;
use super::{Answer, Body, BodyError, page};
use crate::metrics::Histogram;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// The most who may look at once.
const MOST: usize = 64;

const EVERY: Duration = Duration::from_secs(1);

/// Where snapshots are sent; empty text means that the server is ending.
pub(crate) struct Events {
    sender: watch::Sender<Bytes>,
}

impl Events {
    /// Nobody looks yet.
    pub(crate) fn new() -> Events {
        Events { sender: watch::Sender::new(Bytes::from_static(b": welcome\n\n")) }
    }

    /// Ends all streams.
    pub(crate) fn end(&self) {
        self.sender.send_replace(Bytes::new());
    }

    /// One more looks.
    pub(crate) fn subscribe(&self) -> Answer {
        if self.sender.receiver_count() >= MOST {
            return page(StatusCode::SERVICE_UNAVAILABLE, "Too many look already", "");
        }
        let mut receiver = self.sender.subscribe();
        receiver.mark_changed();
        let frames = stream::unfold(receiver, |mut receiver| async move {
            receiver.changed().await.ok()?;
            let text = receiver.borrow_and_update().clone();
            let frame = Ok::<_, BodyError>(Frame::data(text.clone()));
            (!text.is_empty()).then_some((frame, receiver))
        });
        let mut answer = http::Response::new(Body::Stream(StreamBody::new(frames).boxed_unsync()));
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }
}

/// Makes snapshots for ever.
pub(crate) async fn publish(front: Arc<Front>) {
    let mut before = Histogram::default();
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        front.shared.sessions.expire();
        if front.shared.draining.load(Ordering::Acquire) {
            return;
        }
        let now = front.shared.metrics.histogram();
        if front.events.sender.receiver_count() > 0 {
            let snapshot = snapshot(&front, &now.since(&before));
            front.events.sender.send_replace(Bytes::from(format!("data: {snapshot}\n\n")));
        }
        before = now;
    }
}

fn snapshot(front: &Front, last: &Histogram) -> serde_json::Value {
    let shared = &front.shared;
    let pool = front.pool.metrics();
    let gc = gc::process_stats();
    let contexts = gc::live_contexts();
    let collections: u64 =
        contexts.iter().filter_map(|context| context.stats()).map(|stats| stats.collections).sum();
    let workers: Vec<_> = pool
        .workers
        .iter()
        .map(|row| {
            json!({
                "id": row.id.get(),
                "activity": format!("{:?}", row.activity).to_lowercase(),
                "ms": row.lasting.as_millis() as u64,
                "label": row.label,
                "jobs": row.jobs,
            })
        })
        .collect();
    let pages: Vec<_> = shared
        .cache
        .table()
        .into_iter()
        .map(|row| {
            json!({
                "path": row.path,
                "hits": row.hits,
                "mean_ms": row.micros as f64 / 1e3 / row.hits.max(1) as f64,
                "compilations": row.compilations,
                "state": row.state,
            })
        })
        .collect();
    json!({
        "uptime": shared.started.elapsed().as_secs(),
        "heap": { "bytes": gc.live_bytes, "blocks": gc.live_blocks, "pooled": gc.pooled_blocks, "collections": collections },
        "contexts": { "live": gc.live_contexts, "opened": gc.contexts_opened, "closed": gc.contexts_closed },
        "pool": {
            "live": pool.live,
            "busy": pool.busy,
            "idle": pool.idle,
            "most": shared.config.pool.workers,
            "queued": pool.queued,
            "rebuilt": pool.counts.rebuilt,
            "started": pool.ledger.threads_started,
            "joined": pool.ledger.threads_joined,
        },
        "requests": {
            "per_second": last.count(),
            "p50_ms": last.quantile_ms(0.5),
            "p99_ms": last.quantile_ms(0.99),
            "connections": shared.metrics.connections.load(Ordering::Relaxed),
            "sessions": shared.sessions.count(),
        },
        "faults": shared.metrics.faults().collect::<std::collections::BTreeMap<_, _>>(),
        "refusals": shared.metrics.refusals().collect::<std::collections::BTreeMap<_, _>>(),
        "workers": workers,
        "pages": pages,
    })
}
