//! The Session object: values that belong to one visitor, found again by a cookie, kept in memory until they expire.
//!
//! A session is made when a page first uses it, not before: a crawler costs nothing. Requests of one session are not
//! serialized as they were in classic ASP; each value is set as a whole, and the last one wins.

use super::contents::Contents;
use super::response::Response;
use super::{HostResult, argument_number, text, throw};
use crate::shared::Shared;
use interp::{HostError, HostValue};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The name of the cookie.
pub(crate) const COOKIE: &str = "ASPSESSIONID";

/// One visitor's session.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) contents: Contents,
    minutes: AtomicU32,
    used: Mutex<Instant>,
}

/// All sessions.
pub(crate) struct Sessions {
    map: Mutex<HashMap<String, Arc<Session>>>,
    most: usize,
    minutes: u32,
    bytes: usize,
}

impl Sessions {
    /// None yet.
    pub(crate) fn new(most: usize, minutes: u32, bytes: usize) -> Sessions {
        Sessions { map: Mutex::default(), most, minutes, bytes }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Session>>> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<Arc<Session>> {
        let session = self.lock().get(id).cloned()?;
        let mut used = session.used.lock().unwrap_or_else(PoisonError::into_inner);
        let expired = used.elapsed() > session.lifetime();
        *used = Instant::now();
        drop(used);
        if expired {
            self.lock().remove(id);
            return None;
        }
        Some(session)
    }

    /// A new session, unless there are too many of them.
    fn create(&self) -> Option<Arc<Session>> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).ok()?;
        let id: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let session = Arc::new(Session {
            id: id.clone(),
            contents: Contents::new(self.bytes),
            minutes: AtomicU32::new(self.minutes),
            used: Mutex::new(Instant::now()),
        });
        let mut map = self.lock();
        if map.len() >= self.most {
            return None;
        }
        map.insert(id, session.clone());
        Some(session)
    }

    /// Forgets the sessions that nobody used for their time.
    pub(crate) fn expire(&self) {
        let mut gone = Vec::new();
        self.lock().retain(|_, session| {
            let used = *session.used.lock().unwrap_or_else(PoisonError::into_inner);
            let keep = used.elapsed() <= session.lifetime();
            if !keep {
                gone.push(session.clone());
            }
            keep
        });
        // What they held is dropped without the lock.
        drop(gone);
    }
}

impl Session {
    fn lifetime(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.minutes.load(Ordering::Relaxed)))
    }
}

/// How a request uses its session.
pub(crate) enum SessionUse {
    /// The page said that it does not.
    Off,
    /// Not yet; this is the cookie that came.
    Closed(Option<String>),
    /// It does.
    Open(Arc<Session>),
}

impl SessionUse {
    /// The session that the cookie names, or a new one.
    pub(super) fn open(&mut self, shared: &Shared, response: &mut Response) -> Result<&Session, HostError> {
        if let SessionUse::Closed(id) = self {
            let found = id.as_deref().and_then(|id| shared.sessions.find(id));
            let session = match found {
                Some(session) => session,
                None => {
                    let session = shared.sessions.create();
                    let session = session.ok_or_else(|| throw("Error", "there are too many sessions"))?;
                    response.set_session_cookie(COOKIE, &session.id);
                    session
                }
            };
            *self = SessionUse::Open(session);
        }
        match self {
            SessionUse::Open(session) => Ok(session),
            _ => Err(throw("Error", "this page said ENABLESESSIONSTATE=False")),
        }
    }

    pub(super) fn operation(
        &mut self,
        operation: &str,
        arguments: &[HostValue],
        shared: &Shared,
        response: &mut Response,
    ) -> HostResult {
        let session = self.open(shared, response)?;
        match operation {
            "sessionId" => Ok(text(session.id.as_str())),
            "abandon" => {
                shared.sessions.lock().remove(&session.id);
                Ok(HostValue::Undefined)
            }
            _ if arguments.is_empty() => {
                Ok(HostValue::Number(session.minutes.load(Ordering::Relaxed).into()))
            }
            _ => {
                let minutes = argument_number(arguments, 0);
                if !(1.0..=1440.0).contains(&minutes) {
                    return Err(throw("RangeError", "Session.Timeout is from 1 to 1440 minutes"));
                }
                session.minutes.store(minutes as u32, Ordering::Relaxed);
                Ok(HostValue::Undefined)
            }
        }
    }
}
