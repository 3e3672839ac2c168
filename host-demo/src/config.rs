//! What a server is told: a TOML file whose every key is known and checked, and the defaults.

use serde::Deserialize;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The folder of the site; the bundled one without it.
    pub(crate) site: Option<PathBuf>,
    pub(crate) server: Server,
    pub(crate) pool: Pool,
    pub(crate) limits: Limits,
    pub(crate) session: Session,
    pub(crate) pages: Pages,
}

/// The front.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// The most connections at once.
    pub(crate) connections: usize,
    /// How long a client may take for the head of a request.
    pub(crate) header_ms: u64,
    /// How long a client may take for its body.
    pub(crate) body_ms: u64,
    /// How long running scripts may go on when the server is asked to end.
    pub(crate) drain_ms: u64,
    /// Write a line for each request.
    pub(crate) access_log: bool,
}

/// The workers.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Pool {
    /// The most workers; 0: as many as cores.
    pub(crate) workers: usize,
    /// The most requests that wait for one.
    pub(crate) queue: usize,
    /// The longest that a request waits for one.
    pub(crate) queue_ms: u64,
    /// How long an idle worker is kept.
    pub(crate) keep_alive_ms: u64,
    /// After about so many requests a worker makes room for a new one; 0: never.
    pub(crate) recycle_after: u64,
}

/// What one request may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Wall clock of the script.
    pub(crate) time_ms: u64,
    /// Steps: backward jumps and calls.
    pub(crate) fuel: u64,
    /// Heap of the script.
    pub(crate) heap_bytes: usize,
    /// Native stack of a worker thread.
    pub(crate) stack_bytes: usize,
    /// Length of the answer.
    pub(crate) output_bytes: usize,
    /// Length of the request's body.
    pub(crate) body_bytes: usize,
}

/// Sessions and the application.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Session {
    /// After so many minutes without a request a session ends.
    pub(crate) timeout_minutes: u32,
    /// The most sessions at once.
    pub(crate) sessions: usize,
    /// What one session may hold.
    pub(crate) bytes: usize,
    /// What the application may hold.
    pub(crate) application_bytes: usize,
}

/// Pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Pages {
    /// How often a page's files are looked at for changes.
    pub(crate) check_ms: u64,
    /// Show clients what went wrong and where, with the line of the page. If not said: when listening on loopback.
    pub(crate) details: Option<bool>,
    /// Scripts that take longer are logged.
    pub(crate) slow_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Server {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            connections: 4096,
            header_ms: 10_000,
            body_ms: 20_000,
            drain_ms: 10_000,
            access_log: false,
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Pool { workers: 0, queue: 256, queue_ms: 5_000, keep_alive_ms: 30_000, recycle_after: 50_000 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            time_ms: 3_000,
            fuel: 1_000_000_000,
            heap_bytes: 64 << 20,
            stack_bytes: 4 << 20,
            output_bytes: 8 << 20,
            body_bytes: 1 << 20,
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Session { timeout_minutes: 20, sessions: 100_000, bytes: 256 << 10, application_bytes: 16 << 20 }
    }
}

impl Default for Pages {
    fn default() -> Self {
        Pages { check_ms: 500, details: None, slow_ms: 1_000 }
    }
}

impl Limits {
    pub(crate) fn time(&self) -> Duration {
        Duration::from_millis(self.time_ms)
    }

    /// What of a worker's stack scripts may use; the rest is for the host.
    pub(crate) fn script_stack_bytes(&self) -> usize {
        self.stack_bytes - (256 << 10)
    }
}

impl Config {
    /// Reads a file and checks it.
    pub(crate) fn read(file: &Path) -> Result<Config, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Config::parse(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn parse(text: &str) -> Result<Config, String> {
        let mut config: Config = toml::from_str(text).map_err(|error| error.to_string())?;
        if config.pool.workers == 0 {
            config.pool.workers = default_workers();
        }
        config.check()?;
        Ok(config)
    }

    /// The defaults.
    pub(crate) fn new() -> Config {
        let mut config = Config::default();
        config.pool.workers = default_workers();
        config
    }

    /// Whether clients are shown what went wrong and where.
    pub(crate) fn details(&self) -> bool {
        self.pages.details.unwrap_or(self.server.listen.ip().is_loopback())
    }

    fn check(&self) -> Result<(), String> {
        let limits = &self.limits;
        let most = |name: &str, value: u64, most: u64| {
            if value == 0 || value > most { Err(format!("{name} is from 1 to {most}")) } else { Ok(()) }
        };
        const DAY: u64 = 86_400_000;
        most("limits.time_ms", limits.time_ms, DAY)?;
        most("limits.fuel", limits.fuel, u64::MAX)?;
        most("limits.heap_bytes", limits.heap_bytes as u64, 1 << 40)?;
        most("limits.output_bytes", limits.output_bytes as u64, 1 << 32)?;
        most("limits.stack_bytes", limits.stack_bytes as u64, 1 << 30)?;
        if limits.stack_bytes < 1 << 20 {
            return Err("limits.stack_bytes is at least 1048576".to_owned());
        }
        most("pool.workers", self.pool.workers as u64, 4096)?;
        most("pool.queue_ms", self.pool.queue_ms, DAY)?;
        most("server.connections", self.server.connections as u64, 1 << 20)?;
        most("server.header_ms", self.server.header_ms, DAY)?;
        most("server.body_ms", self.server.body_ms, DAY)?;
        most("session.timeout_minutes", self.session.timeout_minutes.into(), 1440)
    }
}

/// A worker for each core, and one more, so that one script that loops leaves a core's worth of workers.
fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_found() {
        let error = Config::parse("[limits]\nfule = 3\n").unwrap_err();
        assert!(error.contains("fule") && error.contains("fuel"), "{error}");
        assert!(Config::parse("[limit]\n").is_err());
    }

    #[test]
    fn impossible_numbers_are_refused() {
        assert!(Config::parse("[limits]\ntime_ms = 0\n").unwrap_err().contains("time_ms"));
        assert!(Config::parse("[limits]\nstack_bytes = 4096\n").unwrap_err().contains("stack_bytes"));
        assert!(Config::parse("[pool]\nworkers = 100000\n").is_err());
        assert!(Config::parse("[server]\nlisten = \"nowhere\"\n").is_err());
    }

    #[test]
    fn an_empty_file_is_the_defaults() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.pool.workers, default_workers());
        assert_eq!(config.limits.time_ms, 3_000);
    }
}
