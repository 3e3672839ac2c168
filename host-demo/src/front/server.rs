//! The listener and the way of a request: path → page, file or endpoint → answer.

use super::admission::{Admitted, admit, refuse};
use super::events::Events;
use super::{Answer, full, health, page, plain, static_files};
use crate::error::{Fault, FaultKind, interrupt};
use crate::metrics::Refused;
use crate::objects::request::{Parsed, Request};
use crate::shared::Shared;
use crate::site::{self, PathRefused};
use crate::worker::{Flags, Outcome, ScriptWorker, fault_answer};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use pool::{JobError, JobOptions, Pool, Ticket};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// How long a script that was interrupted may take to come to its end before its client is answered without it.
const GRACE: Duration = Duration::from_secs(2);

/// What connections need.
pub(crate) struct Front {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pool: Arc<Pool<ScriptWorker>>,
    pub(crate) files: static_files::Files,
    pub(crate) events: Events,
}

/// The two ends of a connection.
#[derive(Clone, Copy)]
struct Ends {
    remote: SocketAddr,
    local: SocketAddr,
}

/// Takes connections for ever.
pub(crate) async fn accept(listener: &TcpListener, front: &Arc<Front>, graceful: &GracefulShutdown) {
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                if let Ok(local) = stream.local_addr() {
                    connect(stream, Ends { remote, local }, front, graceful);
                }
            }
            Err(error) => {
                // Out of file descriptors, most likely: others have to go before the next one can come.
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

fn connect(stream: TcpStream, ends: Ends, front: &Arc<Front>, graceful: &GracefulShutdown) {
    let _ = stream.set_nodelay(true);
    let config = &front.shared.config.server;
    let open = Connection::open(front);
    let too_many = open.number > config.connections as u64;
    let service_front = front.clone();
    let service = hyper::service::service_fn(move |request| {
        let front = service_front.clone();
        async move {
            if too_many {
                let mut answer = refuse(&front.shared, Refused::Connections);
                answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
                return Ok(answer);
            }
            Ok::<_, Infallible>(front.answer(request, ends).await)
        }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(config.header_ms))
        .serve_connection(TokioIo::new(stream), service);
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(remote = %ends.remote, "connection: {error}");
        }
        drop(open);
    });
}

/// A connection being counted.
struct Connection {
    shared: Arc<Shared>,
    number: u64,
}

impl Connection {
    fn open(front: &Front) -> Connection {
        let shared = front.shared.clone();
        let number = shared.metrics.connections.fetch_add(1, Ordering::AcqRel) + 1;
        Connection { shared, number }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.metrics.connections.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Front {
    async fn answer(&self, request: http::Request<Incoming>, ends: Ends) -> Answer {
        let started = Instant::now();
        let log = self.shared.config.server.access_log;
        let line = log.then(|| format!("{} {}", request.method(), request.uri()));
        let answer = self.route(request, ends).await;
        self.shared.metrics.answered(answer.status().as_u16());
        if let Some(line) = line {
            let took = started.elapsed();
            tracing::info!(target: "access", remote = %ends.remote.ip(), status = answer.status().as_u16(), ?took, "{line}");
        }
        answer
    }

    async fn route(&self, request: http::Request<Incoming>, ends: Ends) -> Answer {
        match request.uri().path() {
            "/healthz" => return plain(StatusCode::OK, "ok\n"),
            "/readyz" => return health::ready(self),
            "/metrics" => return health::metrics(self),
            "/events" => return self.events.subscribe(),
            _ => {}
        }
        let mut path = match site::clean(request.uri().path()) {
            Ok(path) => path,
            Err(PathRefused::Hidden) => return not_found(),
            Err(PathRefused::Bad(why)) => return page(StatusCode::BAD_REQUEST, "This is not a path", why),
        };
        if path.ends_with('/') {
            let document = site::DEFAULT_DOCUMENTS.iter().find_map(|name| {
                let path = format!("{path}{name}");
                self.shared.site.has_file(&path).then_some(path)
            });
            match document {
                Some(document) => path = document,
                None => return not_found(),
            }
        }
        if site::is_page(&path) {
            return self.page(request, path, ends).await;
        }
        self.files.answer(&self.shared.site, request, &path).await
    }

    async fn page(&self, request: http::Request<Incoming>, path: String, ends: Ends) -> Answer {
        let started = Instant::now();
        if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
            return page(StatusCode::METHOD_NOT_ALLOWED, "This method is not for pages", "");
        }
        let inside = match admit(&self.shared) {
            Ok(inside) => inside,
            Err(why) => return refuse(&self.shared, why),
        };
        let (head, body) = request.into_parts();
        let body = match self.body(body).await {
            Ok(body) => body,
            Err(answer) => return *answer,
        };
        let flags = Arc::new(Flags::default());
        let request = Request {
            method: head.method,
            version: head.version,
            path,
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body,
            remote: ends.remote,
            local: ends.local,
            flags: flags.clone(),
            parsed: Parsed::default(),
        };
        let answer = self.run(request, &flags, inside).await;
        self.shared.metrics.took(started.elapsed());
        answer
    }

    async fn body(&self, body: Incoming) -> Result<Bytes, Box<Answer>> {
        let config = &self.shared.config;
        let limit = config.limits.body_bytes;
        let too_large = || {
            let message = format!("A request's body may be {limit} bytes long.");
            let mut answer = page(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large", &message);
            // What is still to come is not read.
            answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            Box::new(answer)
        };
        if body.is_end_stream() {
            return Ok(Bytes::new());
        }
        if body.size_hint().lower() > limit as u64 {
            return Err(too_large());
        }
        let time = Duration::from_millis(config.server.body_ms);
        match timeout(time, Limited::new(body, limit).collect()).await {
            Ok(Ok(collected)) => Ok(collected.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
            Ok(Err(_)) => Err(Box::new(page(StatusCode::BAD_REQUEST, "The request's body is broken", ""))),
            Err(_) => Err(Box::new(page(StatusCode::REQUEST_TIMEOUT, "The request's body did not come", ""))),
        }
    }

    /// Hands the request to a worker and waits, but not too long. Dropped, because the client went away, it takes the
    /// request out of the queue or interrupts its script.
    async fn run(&self, request: Request, flags: &Flags, _inside: Admitted) -> Answer {
        let shared = self.shared.clone();
        let options = JobOptions::new().label(request.path.clone());
        let submitted = Instant::now();
        let job =
            move |worker: &mut ScriptWorker, job: &pool::JobCtx<'_>| worker.serve(&shared, request, job);
        let mut ticket = match self.pool.submit_with(options, job) {
            Ok(ticket) => ticket.cancel_on_drop(),
            Err(refused) => {
                let why = match refused.reason {
                    pool::Refusal::Draining | pool::Refusal::Closed => Refused::Draining,
                    pool::Refusal::Full | pool::Refusal::TimedOut => Refused::Full,
                    other => {
                        tracing::error!("{other}");
                        Refused::Unable
                    }
                };
                return refuse(&self.shared, why);
            }
        };
        let limit = self.shared.config.limits.time();
        let longest_wait = Duration::from_millis(self.shared.config.pool.queue_ms);
        let mut due = submitted + limit.min(longest_wait);
        loop {
            match tokio::time::timeout_at(due.into(), &mut ticket).await {
                Ok(result) => return self.outcome(result),
                Err(_) => match flags.started() {
                    Some(at) if at.elapsed() >= limit => return self.stop(ticket, flags, limit).await,
                    Some(at) => due = at + limit,
                    None if submitted.elapsed() >= longest_wait => {
                        flags.set_reason(interrupt::TIME);
                        ticket.cancel();
                        ticket.detach();
                        return refuse(&self.shared, Refused::Waited);
                    }
                    None => due = Instant::now() + Duration::from_millis(10).min(longest_wait),
                },
            }
        }
    }

    /// The time is up: the script is interrupted, and says at which line.
    async fn stop(&self, mut ticket: Ticket<Outcome>, flags: &Flags, limit: Duration) -> Answer {
        flags.set_reason(interrupt::TIME);
        ticket.cancel();
        match timeout(GRACE, &mut ticket).await {
            Ok(result) => self.outcome(result),
            Err(_) => {
                ticket.detach();
                tracing::error!("a script did not stop within {GRACE:?} after its time was up");
                let message = format!("its time of {limit:?} was up");
                self.shared.metrics.failed(FaultKind::Time);
                let fault = Fault::new(FaultKind::Time, message);
                fault_answer(&fault, self.shared.config.details()).map(full)
            }
        }
    }

    fn outcome(&self, result: Result<Outcome, JobError>) -> Answer {
        let fault = match result {
            Ok(Outcome { answer, fault }) => {
                if let Some(kind) = fault {
                    self.shared.metrics.failed(kind);
                }
                return answer.map(full);
            }
            Err(JobError::Panicked(payload)) => {
                tracing::error!("a worker panicked: {}", payload.message());
                Fault::new(FaultKind::Internal, "the worker panicked; its state is made anew")
            }
            Err(JobError::Unserved(cause)) => Fault::new(FaultKind::Internal, cause.to_string()),
            Err(_) => Fault::new(FaultKind::Drain, "the request was not started before the server ended"),
        };
        self.shared.metrics.failed(fault.kind);
        fault_answer(&fault, self.shared.config.details()).map(full)
    }
}

/// 404.
pub(crate) fn not_found() -> Answer {
    page(StatusCode::NOT_FOUND, "There is no such page", "")
}
