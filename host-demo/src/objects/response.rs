//! The Response object: buffered until the page is done, within its limit, and with headers that HTTP allows.

use super::{HostResult, argument_number, argument_text, text, throw};
use crate::error::ending;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use interp::{HostError, HostValue};
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use std::time::{Duration, SystemTime};

/// More headers than this are a mistake.
const MAX_HEADERS: usize = 100;

/// The answer as far as the page has written it.
pub(crate) struct Response {
    body: Vec<u8>,
    limit: usize,
    status: StatusCode,
    reason: String,
    headers: HeaderMap,
    content_type: String,
    charset: String,
    cookies: Vec<Cookie>,
}

/// A cookie that is being set.
#[derive(Default)]
struct Cookie {
    name: String,
    value: String,
    path: Option<String>,
    domain: Option<String>,
    same_site: Option<String>,
    expires: Option<SystemTime>,
    secure: bool,
    http_only: bool,
}

/// What is not left as it is in a cookie's value: everything but RFC 6265's octets, and the percent sign.
const COOKIE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'!');
/// What is not left as it is in a Location.
const LOCATION: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>');

impl Response {
    /// An empty page that may become `limit` bytes long.
    pub(crate) fn new(limit: usize) -> Response {
        Response {
            body: Vec::new(),
            limit,
            status: StatusCode::OK,
            reason: String::new(),
            headers: HeaderMap::new(),
            content_type: "text/html".to_owned(),
            charset: "utf-8".to_owned(),
            cookies: Vec::new(),
        }
    }

    /// Adds to the body.
    pub(crate) fn write(&mut self, text: &str) -> HostResult {
        if text.len() > self.limit - self.body.len() {
            return Err(HostError::Terminate(ending::OUTPUT));
        }
        self.body.extend_from_slice(text.as_bytes());
        Ok(HostValue::Undefined)
    }

    pub(super) fn operation(&mut self, operation: &str, arguments: &[HostValue]) -> HostResult {
        let first = argument_text(arguments, 0);
        match operation {
            "clear" => self.body.clear(),
            "header" => self.add_header(first, argument_text(arguments, 1))?,
            "response" if arguments.len() > 1 => self.set(first, argument_text(arguments, 1))?,
            "response" => return Ok(text(self.get(first))),
            _ if arguments.len() > 1 => {
                self.set_cookie(first, argument_text(arguments, 1), arguments)?;
            }
            _ => {
                let cookie = self.cookies.iter().find(|cookie| cookie.name == first);
                return Ok(text(cookie.map_or("", |cookie| &cookie.value)));
            }
        }
        Ok(HostValue::Undefined)
    }

    fn add_header(&mut self, name: &str, value: &str) -> Result<(), HostError> {
        let parsed = name.parse::<HeaderName>();
        let name = parsed.map_err(|_| throw("TypeError", "this is not the name of a header"))?;
        let value = header_value(value)?;
        match name {
            header::CONTENT_LENGTH
            | header::TRANSFER_ENCODING
            | header::CONNECTION
            | header::UPGRADE
            | header::TE
            | header::TRAILER => {
                return Err(throw("TypeError", format!("the header {name} belongs to the server")));
            }
            header::CONTENT_TYPE => {
                // With its charset, or without: as it was given.
                self.content_type = value.to_str().unwrap_or_default().to_owned();
                self.charset.clear();
            }
            _ if self.headers.len() >= MAX_HEADERS => {
                return Err(throw("RangeError", "there are too many headers"));
            }
            _ => {
                self.headers.append(name, value);
            }
        }
        Ok(())
    }

    fn get(&self, property: &str) -> String {
        match property {
            "Status" if self.reason.is_empty() => {
                format!("{} {}", self.status.as_u16(), self.status.canonical_reason().unwrap_or_default())
            }
            "Status" => format!("{} {}", self.status.as_u16(), self.reason),
            "ContentType" => self.content_type.clone(),
            "Charset" => self.charset.clone(),
            "CacheControl" => self.header_text(header::CACHE_CONTROL),
            _ => self.header_text(header::EXPIRES),
        }
    }

    fn header_text(&self, name: HeaderName) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    fn set(&mut self, property: &str, value: &str) -> Result<(), HostError> {
        match property {
            "Status" => {
                header_value(value)?;
                let (code, reason) = value.split_once(' ').unwrap_or((value, ""));
                let code = code.parse::<u16>().ok().filter(|code| (200..=599).contains(code));
                let code = code.and_then(|code| StatusCode::from_u16(code).ok());
                self.status = code.ok_or_else(|| {
                    throw("TypeError", "Response.Status begins with a number from 200 to 599")
                })?;
                self.reason = reason.to_owned();
            }
            "ContentType" => self.content_type = header_value(value).map(|_| value.to_owned())?,
            "Charset" => match value.to_ascii_lowercase().as_str() {
                "" | "utf-8" | "utf8" => self.charset = value.to_owned(),
                _ => return Err(throw("TypeError", "Response.Charset is utf-8: pages are UTF-8")),
            },
            "CacheControl" => {
                self.headers.insert(header::CACHE_CONTROL, header_value(value)?);
            }
            // In minutes from now, as it always was; a negative number is long ago.
            _ => {
                let minutes: f64 = value.parse().unwrap_or(f64::NAN);
                if !minutes.is_finite() {
                    return Err(throw("TypeError", "Response.Expires is a number of minutes"));
                }
                let at = SystemTime::now()
                    .checked_add(Duration::from_secs_f64(minutes.clamp(0.0, 1e7) * 60.0))
                    .filter(|_| minutes > 0.0)
                    .unwrap_or(SystemTime::UNIX_EPOCH);
                self.headers.insert(header::EXPIRES, header_value(&httpdate::fmt_http_date(at))?);
            }
        }
        Ok(())
    }

    fn set_cookie(&mut self, name: &str, attribute: &str, arguments: &[HostValue]) -> Result<(), HostError> {
        // A cookie's name is a token, as a header's is.
        if name.parse::<HeaderName>().is_err() {
            return Err(throw("TypeError", "this is not the name of a cookie"));
        }
        let value = argument_text(arguments, 2).to_owned();
        if attribute != "Value" && value.contains(|c: char| c == ';' || c == ',' || !(' '..='~').contains(&c))
        {
            return Err(throw("TypeError", format!("this is not a {attribute} of a cookie")));
        }
        let at = match self.cookies.iter().position(|cookie| cookie.name == name) {
            Some(at) => at,
            None if self.cookies.len() >= MAX_HEADERS => {
                return Err(throw("RangeError", "there are too many cookies"));
            }
            None => {
                self.cookies.push(Cookie { name: name.to_owned(), ..Cookie::default() });
                self.cookies.len() - 1
            }
        };
        let cookie = &mut self.cookies[at];
        let on = arguments.get(2) == Some(&HostValue::Bool(true));
        match attribute {
            "Value" => cookie.value = value,
            "Path" => cookie.path = Some(value),
            "Domain" => cookie.domain = Some(value),
            "SameSite" => match value.to_ascii_lowercase().as_str() {
                "strict" | "lax" | "none" => cookie.same_site = Some(value),
                _ => return Err(throw("TypeError", "SameSite is Strict, Lax or None")),
            },
            "Secure" => cookie.secure = on,
            "HttpOnly" => cookie.http_only = on,
            _ => {
                let millis = argument_number(arguments, 2);
                // The year 9999 is the last one that a cookie's date can say.
                if !(0.0..=253_402_300_799_000.0).contains(&millis) {
                    return Err(throw("TypeError", "Expires is a date"));
                }
                cookie.expires = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis as u64));
            }
        }
        Ok(())
    }

    /// The session's own cookie.
    pub(super) fn set_session_cookie(&mut self, name: &str, id: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
        self.cookies.push(Cookie {
            name: name.to_owned(),
            value: id.to_owned(),
            path: Some("/".to_owned()),
            same_site: Some("Lax".to_owned()),
            http_only: true,
            ..Cookie::default()
        });
    }

    pub(super) fn redirect(&mut self, url: &str) -> Result<(), HostError> {
        if url.contains(char::is_control) {
            return Err(throw("TypeError", "a header must not contain CR, LF or other control characters"));
        }
        let location = utf8_percent_encode(url, LOCATION).to_string();
        self.headers.insert(header::LOCATION, header_value(&location)?);
        self.status = StatusCode::FOUND;
        self.reason.clear();
        self.body.clear();
        Ok(())
    }

    /// The finished answer.
    pub(crate) fn finish(&mut self) -> http::Response<Vec<u8>> {
        let mut answer = http::Response::new(std::mem::take(&mut self.body));
        *answer.status_mut() = self.status;
        *answer.headers_mut() = std::mem::take(&mut self.headers);
        if let Ok(reason) = hyper::ext::ReasonPhrase::try_from(self.reason.as_bytes())
            && !self.reason.is_empty()
        {
            answer.extensions_mut().insert(reason);
        }
        let content_type = if self.charset.is_empty() || self.content_type.contains("charset") {
            self.content_type.clone()
        } else {
            format!("{}; charset={}", self.content_type, self.charset)
        };
        if let Ok(value) = HeaderValue::try_from(content_type) {
            answer.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        self.append_cookies(answer.headers_mut());
        answer
    }

    /// Cookies are set also when the page fails: the session's is among them.
    pub(crate) fn append_cookies(&self, headers: &mut HeaderMap) {
        for cookie in &self.cookies {
            if let Ok(value) = HeaderValue::try_from(cookie.line()) {
                headers.append(header::SET_COOKIE, value);
            }
        }
    }
}

impl Cookie {
    fn line(&self) -> String {
        let mut line = format!("{}={}", self.name, utf8_percent_encode(&self.value, COOKIE));
        let path = Some(self.path.clone().unwrap_or_else(|| "/".to_owned()));
        for (name, value) in [("Path", &path), ("Domain", &self.domain), ("SameSite", &self.same_site)] {
            if let Some(value) = value {
                line += &format!("; {name}={value}");
            }
        }
        if let Some(expires) = self.expires {
            line += &format!("; Expires={}", httpdate::fmt_http_date(expires));
        }
        if self.secure {
            line += "; Secure";
        }
        if self.http_only {
            line += "; HttpOnly";
        }
        line
    }
}

fn header_value(value: &str) -> Result<HeaderValue, HostError> {
    HeaderValue::try_from(value)
        .map_err(|_| throw("TypeError", "a header must not contain CR, LF or other control characters"))
}
