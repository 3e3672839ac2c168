//! The front: sockets, on one thread. It reads a request to its end, asks admission, hands it to the pool and writes
//! the buffered answer; so a slow client never holds a worker, and a slow script never holds the front.

pub(crate) mod admission;
pub(crate) mod drain;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod server;
pub(crate) mod static_files;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use http_body_util::Full;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Why a body broke off.
pub(crate) type BodyError = Box<dyn Error + Send + Sync>;

/// A body: mostly whole, sometimes a file or a stream of events.
pub(crate) enum Body {
    Whole(Full<Bytes>),
    Stream(UnsyncBoxBody<Bytes, BodyError>),
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut *self {
            Body::Whole(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Body::Stream(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Whole(body) => body.is_end_stream(),
            Body::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Whole(body) => body.size_hint(),
            Body::Stream(body) => body.size_hint(),
        }
    }
}

/// An answer of the front.
pub(crate) type Answer = http::Response<Body>;

/// A body that is there.
pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Body::Whole(Full::new(bytes.into()))
}

/// A short answer in plain text, not to be cached.
pub(crate) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    typed(status, "text/plain; charset=utf-8", text)
}

/// A short answer of a type, not to be cached.
pub(crate) fn typed(status: StatusCode, content_type: &'static str, text: impl Into<Bytes>) -> Answer {
    let mut answer = http::Response::new(full(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A page of the server itself.
pub(crate) fn page(status: StatusCode, title: &str, message: &str) -> Answer {
    let body = format!("<p>{}</p>", crate::error::escape(message));
    typed(status, "text/html; charset=utf-8", crate::error::page(status.as_u16(), title, &body))
}
