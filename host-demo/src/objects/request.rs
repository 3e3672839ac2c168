//! The Request object: what the client sent, by name, read when it is first asked for.

use super::{HostResult, argument_text, text, throw};
use crate::worker::Flags;
use bytes::Bytes;
use http::{HeaderMap, Method, Version};
use interp::HostValue;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;

/// A request that was read to its end.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) version: Version,
    /// The page's path: decoded, checked.
    pub(crate) path: String,
    /// What is behind the `?`, as it came.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) remote: SocketAddr,
    pub(crate) local: SocketAddr,
    pub(crate) flags: Arc<Flags>,
    pub(crate) parsed: Parsed,
}

/// What was read already.
#[derive(Default)]
pub(crate) struct Parsed {
    query: Option<Pairs>,
    form: Option<Pairs>,
    cookies: Option<Pairs>,
    variables: Option<Pairs>,
}

type Pairs = Vec<(String, String)>;

impl Request {
    /// Whether nobody waits for the answer any more.
    pub(crate) fn abandoned(&self) -> bool {
        self.flags.abandoned()
    }

    /// The value of a cookie as it came.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        cookies(&self.headers).find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    pub(super) fn operation(&mut self, operation: &str, arguments: &[HostValue]) -> HostResult {
        if operation == "totalBytes" {
            return Ok(HostValue::Number(self.body.len() as f64));
        }
        let source = argument_text(arguments, 0);
        if operation == "raw" {
            return Ok(text(match source {
                "QueryString" => self.query.clone(),
                "Form" if self.is_form()? => String::from_utf8_lossy(&self.body).into_owned(),
                "Cookies" => header(&self.headers, "cookie").unwrap_or_default(),
                _ => String::new(),
            }));
        }
        let pairs = self.pairs(source)?;
        let list = if operation == "values" {
            let name = argument_text(arguments, 1);
            let matching = pairs.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
            matching.map(|(_, value)| text(value.as_str())).collect()
        } else {
            let mut names: Vec<&str> = Vec::new();
            let mut seen = std::collections::HashSet::new();
            for (name, _) in pairs {
                if seen.insert(name.to_ascii_lowercase()) {
                    names.push(name);
                }
            }
            names.into_iter().map(text).collect()
        };
        Ok(HostValue::Array(list))
    }

    fn pairs(&mut self, source: &str) -> Result<&Pairs, interp::HostError> {
        let form = source == "Form" && self.parsed.form.is_none() && self.is_form()?;
        let variables = source == "ServerVariables" && self.parsed.variables.is_none();
        let variables = variables.then(|| self.variables());
        let parsed = &mut self.parsed;
        Ok(match source {
            "QueryString" => parsed.query.get_or_insert_with(|| decode(self.query.as_bytes())),
            "Form" => parsed.form.get_or_insert_with(|| if form { decode(&self.body) } else { Vec::new() }),
            "Cookies" => parsed.cookies.get_or_insert_with(|| {
                cookies(&self.headers).map(|(name, value)| (name.to_owned(), decode_cookie(value))).collect()
            }),
            _ => parsed.variables.get_or_insert_with(|| variables.unwrap_or_default()),
        })
    }

    fn is_form(&self) -> Result<bool, interp::HostError> {
        let kind = header(&self.headers, "content-type").unwrap_or_default().to_ascii_lowercase();
        if kind.starts_with("multipart/form-data") {
            return Err(throw("Error", "Request.Form does not read multipart/form-data yet"));
        }
        Ok(kind.starts_with("application/x-www-form-urlencoded"))
    }

    fn variables(&self) -> Pairs {
        let host = header(&self.headers, "host").unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        let mut variables: Pairs = [
            ("REQUEST_METHOD", self.method.as_str().to_owned()),
            ("QUERY_STRING", self.query.clone()),
            ("SCRIPT_NAME", self.path.clone()),
            ("PATH_INFO", self.path.clone()),
            ("URL", self.path.clone()),
            ("SERVER_NAME", name.to_owned()),
            ("SERVER_PORT", self.local.port().to_string()),
            ("SERVER_PROTOCOL", format!("{:?}", self.version)),
            ("SERVER_SOFTWARE", concat!("host-demo/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("HTTPS", "off".to_owned()),
            ("LOCAL_ADDR", self.local.ip().to_string()),
            ("REMOTE_ADDR", self.remote.ip().to_string()),
            ("REMOTE_HOST", self.remote.ip().to_string()),
            ("REMOTE_PORT", self.remote.port().to_string()),
            ("CONTENT_TYPE", header(&self.headers, "content-type").unwrap_or_default()),
            ("CONTENT_LENGTH", self.body.len().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut all = String::new();
        for name in self.headers.keys() {
            let value = header(&self.headers, name.as_str()).unwrap_or_default();
            let name = format!("HTTP_{}", name.as_str().to_ascii_uppercase().replace('-', "_"));
            let _ = writeln!(all, "{name}:{value}");
            variables.push((name, value));
        }
        variables.push(("ALL_HTTP".to_owned(), all));
        variables
    }
}

/// The values of a header, joined as HTTP allows.
fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next()?.into_owned();
    let separator = if name == "cookie" { "; " } else { ", " };
    Some(values.fold(first, |all, value| all + separator + &value))
}

fn decode(bytes: &[u8]) -> Pairs {
    form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim(), value.trim().trim_matches('"')))
    })
}

fn decode_cookie(value: &str) -> String {
    percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned()
}
