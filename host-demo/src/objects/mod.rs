//! The classic objects: `prelude.js` is what scripts see; here are the operations it calls, one file per object.
//!
//! All of them come through one function, `host(operation, …)`, on one [`Exchange`]: the request and the response that
//! is being made. Values are copies in both directions.

pub(crate) mod application;
pub(crate) mod contents;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod server;
pub(crate) mod session;

use crate::error::ending;
use crate::page::Page;
use crate::shared::Shared;
use application::LockGuard;
use interp::{Engine, HostError, HostValue, Script};
use request::Request;
use response::Response;
use session::SessionUse;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

static PRELUDE: LazyLock<Script> = LazyLock::new(|| {
    Script::compile("prelude.js", include_str!("prelude.js"))
        .unwrap_or_else(|error| panic!("the prelude does not compile: {error} {:?}", error.location()))
});

/// The prelude: compiled once in the process.
pub(crate) fn prelude() -> &'static Script {
    &PRELUDE
}

/// What an operation comes to.
pub(crate) type HostResult = Result<HostValue, HostError>;

/// One request on its worker.
pub(crate) struct Exchange {
    pub(crate) shared: Arc<Shared>,
    pub(crate) request: Request,
    pub(crate) response: Response,
    pub(crate) session: SessionUse,
    pub(crate) lock: LockGuard,
    /// When the script's wall clock runs out.
    pub(crate) deadline: Instant,
}

/// Gives an engine the functions of the host; the prelude takes two of them away from the page.
pub(crate) fn install(
    engine: &mut Engine,
    exchange: &Rc<RefCell<Exchange>>,
    page: &Arc<Page>,
) -> Result<(), interp::Error> {
    let (to, page) = (exchange.clone(), page.clone());
    engine.define_function("__t", 1, move |arguments| {
        let number = argument_number(arguments, 0) as usize;
        let text = page.texts.get(number).map_or("", |text| text);
        to.borrow_mut().response.write(text)
    })?;
    let to = exchange.clone();
    engine.define_function("__emit", 1, move |arguments| match arguments.first() {
        Some(HostValue::String(text)) => to.borrow_mut().response.write(text),
        _ => Err(throw("TypeError", "only text is written")),
    })?;
    let to = exchange.clone();
    engine.define_function("__host", 1, move |arguments| to.borrow_mut().operation(arguments))?;
    Ok(())
}

impl Exchange {
    fn operation(&mut self, arguments: &[HostValue]) -> HostResult {
        let (name, arguments) = match arguments {
            [HostValue::String(name), rest @ ..] => (name.as_str(), rest),
            _ => return Err(throw("TypeError", "an operation has a name")),
        };
        match name {
            "values" | "names" | "raw" | "totalBytes" => self.request.operation(name, arguments),
            "clear" | "header" | "response" | "cookie" => self.response.operation(name, arguments),
            "end" => Err(HostError::Terminate(ending::END)),
            "redirect" => {
                self.response.redirect(argument_text(arguments, 0))?;
                Err(HostError::Terminate(ending::END))
            }
            "connected" => Ok(HostValue::Bool(!self.request.abandoned())),
            "log" => {
                let line: String = argument_text(arguments, 0).chars().take(1000).collect();
                tracing::info!(page = self.request.path, "{}", line.escape_debug());
                Ok(HostValue::Undefined)
            }
            "get" | "set" | "remove" | "removeAll" | "keys" => {
                let (place, arguments) = arguments.split_first().unwrap_or((&HostValue::Undefined, &[]));
                match place {
                    HostValue::String(place) if place == "session" => {
                        let session = self.session.open(&self.shared, &mut self.response)?;
                        session.contents.operation(name, arguments)
                    }
                    _ => self.shared.application.contents.operation(name, arguments),
                }
            }
            "sessionId" | "timeout" | "abandon" => {
                self.session.operation(name, arguments, &self.shared, &mut self.response)
            }
            "lock" => application::lock(self),
            "unlock" => {
                self.lock.release(&self.shared.application);
                Ok(HostValue::Undefined)
            }
            "htmlEncode" | "urlEncode" | "mapPath" | "scriptTimeout" => {
                server::operation(name, arguments, &self.shared, &self.request.path)
            }
            _ => Err(throw("TypeError", format!("there is no operation {name}"))),
        }
    }
}

/// An error that the script can catch.
pub(crate) fn throw(kind: &'static str, message: impl Into<String>) -> HostError {
    HostError::Throw { kind, message: message.into() }
}

/// The text that the prelude gives; anything else is no text.
pub(crate) fn argument_text(arguments: &[HostValue], at: usize) -> &str {
    match arguments.get(at) {
        Some(HostValue::String(text)) => text,
        _ => "",
    }
}

/// The number that the prelude gives; anything else is NaN.
pub(crate) fn argument_number(arguments: &[HostValue], at: usize) -> f64 {
    match arguments.get(at) {
        Some(HostValue::Number(number)) => *number,
        _ => f64::NAN,
    }
}

pub(crate) fn text(value: impl Into<String>) -> HostValue {
    HostValue::String(value.into())
}
