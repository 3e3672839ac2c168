//! What the front and all workers share.

use crate::config::Config;
use crate::metrics::Metrics;
use crate::objects::application::Application;
use crate::objects::session::Sessions;
use crate::page::cache::Cache;
use crate::site::Site;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// One of it for each server.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) site: Site,
    pub(crate) cache: Cache,
    pub(crate) sessions: Sessions,
    pub(crate) application: Application,
    pub(crate) metrics: Metrics,
    /// Set when the server is asked to end.
    pub(crate) draining: AtomicBool,
    /// Set when running scripts are told to end for that.
    pub(crate) hurrying: AtomicBool,
    pub(crate) started: Instant,
}

impl Shared {
    /// Everything empty.
    pub(crate) fn new(config: Config, site: Site) -> Shared {
        let session = &config.session;
        Shared {
            site,
            cache: Cache::new(config.pages.check_ms),
            sessions: Sessions::new(session.sessions, session.timeout_minutes, session.bytes),
            application: Application::new(session.application_bytes),
            metrics: Metrics::default(),
            draining: AtomicBool::new(false),
            hurrying: AtomicBool::new(false),
            started: Instant::now(),
            config,
        }
    }
}
