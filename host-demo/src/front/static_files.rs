//! Files that are no pages. Those of a folder go through tower-http's `ServeDir` (types, ranges, conditional requests);
//! those of the bundled site are in memory and have an entity tag. What may not be asked for at all was sorted out
//! before, in `site.rs`.

use super::server::not_found;
use super::{Answer, Body, full, page};
use crate::site::{Site, bundled};
use http::{HeaderValue, Method, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use std::hash::{DefaultHasher, Hash, Hasher};
use tower_http::services::ServeDir;
use tower_service::Service;

/// The files of a site.
pub(crate) struct Files {
    folder: Option<ServeDir>,
}

impl Files {
    /// Those of this site.
    pub(crate) fn new(site: &Site) -> Files {
        let folder = match site {
            Site::Bundled => None,
            Site::Folder(root) => Some(ServeDir::new(root).append_index_html_on_directories(false)),
        };
        Files { folder }
    }

    /// A file, or why not.
    pub(crate) async fn answer(&self, site: &Site, request: http::Request<Incoming>, path: &str) -> Answer {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut answer = page(StatusCode::METHOD_NOT_ALLOWED, "Files are only read", "");
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            return answer;
        }
        match (&self.folder, site) {
            (Some(folder), _) => from_folder(folder, request, path).await,
            (None, _) => from_memory(&request, path),
        }
    }
}

async fn from_folder(folder: &ServeDir, request: http::Request<Incoming>, path: &str) -> Answer {
    let (head, _) = request.into_parts();
    let mut inner = http::Request::new(Empty::<bytes::Bytes>::new());
    *inner.method_mut() = head.method;
    *inner.headers_mut() = head.headers;
    // What was checked is what is looked for, also when it is a default document.
    let encoded = percent_encoding::utf8_percent_encode(path, percent_encoding::NON_ALPHANUMERIC).to_string();
    match encoded.replace("%2F", "/").parse() {
        Ok(uri) => *inner.uri_mut() = uri,
        Err(_) => return not_found(),
    }
    let answer = match folder.clone().call(inner).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    match answer.status() {
        StatusCode::NOT_FOUND => not_found(),
        _ => answer.map(|body| Body::Stream(body.map_err(Into::into).boxed_unsync())),
    }
}

fn from_memory(request: &http::Request<Incoming>, path: &str) -> Answer {
    let Some(bytes) = bundled(path) else { return not_found() };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| *known == *tag);
    let mut answer = http::Response::new(full(if known { &b""[..] } else { bytes }));
    if known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = answer.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
