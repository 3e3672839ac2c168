//! The life of a server: bind, serve, and end in order, with the ledger at the end.

use super::events::{self, Events};
use super::server::{Front, accept};
use super::static_files::Files;
use crate::config::Config;
use crate::shared::Shared;
use crate::site::Site;
use crate::worker::ScriptWorker;
use hyper_util::server::graceful::GracefulShutdown;
use pool::{Ledger, Pool};
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

/// How long interrupted scripts and their connections get to come to an end.
const LAST: Duration = Duration::from_secs(3);

/// Serves until it is told to end. Fails when something is left at the end.
pub(crate) fn serve(config: Config) -> Result<ExitCode, String> {
    let site = match &config.site {
        None => Site::Bundled,
        Some(folder) => {
            let root = folder.canonicalize().map_err(|error| format!("{}: {error}", folder.display()))?;
            if !root.is_dir() {
                return Err(format!("{} is not a folder", folder.display()));
            }
            Site::Folder(root)
        }
    };
    let shared = Arc::new(Shared::new(config, site));
    let settings = &shared.config.pool;
    let pool = pool::Builder::<ScriptWorker>::with_config(shared.clone())
        .name("worker")
        .max_workers(settings.workers)
        .queue(settings.queue)
        .keep_alive(Some(Duration::from_millis(settings.keep_alive_ms)))
        .stack_size(shared.config.limits.stack_bytes)
        .build()
        .map_err(|error| error.to_string())?;
    let pool = Arc::new(pool);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        // For reading files; scripts never run there.
        .max_blocking_threads(4)
        .build()
        .map_err(|error| format!("the runtime cannot be started: {error}"))?;
    let result = runtime.block_on(run(&shared, &pool));
    runtime.shutdown_background();
    let result = result.and_then(|()| end(&shared, &pool));
    if result.is_err() {
        // Somebody still runs, or was not waited for: dropping the pool would wait for it.
        std::mem::forget(pool);
    }
    result
}

async fn run(shared: &Arc<Shared>, pool: &Arc<Pool<ScriptWorker>>) -> Result<(), String> {
    let address = shared.config.server.listen;
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
    let front = Arc::new(Front {
        shared: shared.clone(),
        pool: pool.clone(),
        files: Files::new(&shared.site),
        events: Events::new(),
    });
    let site = match &shared.site {
        Site::Bundled => "the bundled site".to_owned(),
        Site::Folder(root) => root.display().to_string(),
    };
    say(&format!(
        "serving {site} on http://{address}/ with {} workers; live numbers at http://{address}/live.html",
        shared.config.pool.workers
    ));
    let graceful = GracefulShutdown::new();
    let publisher = tokio::spawn(events::publish(front.clone()));
    tokio::select! {
        () = accept(&listener, &front, &graceful) => {}
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    shared.draining.store(true, Ordering::Release);
    drop(listener);
    front.events.end();
    say("draining: no new connections; a second signal ends at once");
    let drained = async {
        let limit = Duration::from_millis(shared.config.server.drain_ms);
        let mut done = std::pin::pin!(graceful.shutdown());
        if timeout(limit, &mut done).await.is_err() {
            shared.hurrying.store(true, Ordering::Release);
            let running = pool.cancel_running();
            say(&format!("the time to drain is up: {running} running scripts are interrupted"));
            let _ = timeout(LAST, &mut done).await;
        }
    };
    tokio::select! {
        () = drained => {}
        _ = terminate.recv() => return Err("ended by a second signal".to_owned()),
        _ = interrupt.recv() => return Err("ended by a second signal".to_owned()),
    }
    publisher.abort();
    Ok(())
}

/// Stops the workers, joins their threads, and prints what is left.
fn end(shared: &Shared, pool: &Pool<ScriptWorker>) -> Result<ExitCode, String> {
    shared.hurrying.store(true, Ordering::Release);
    pool.cancel_running();
    let report = pool.drain(LAST);
    if !report.complete {
        for row in &report.running {
            say(&format!("worker {} still runs {}", row.id, row.label.as_deref().unwrap_or("something")));
        }
        return Err("not every worker stopped in time".to_owned());
    }
    drop(report);
    let Ledger { threads_started, threads_stopped, threads_joined, states_started, states_stopped, .. } =
        pool.close().ledger;
    let gc = gc::process_stats();
    say(&format!(
        "ledger: threads started {threads_started}, stopped {threads_stopped}, joined {threads_joined}; \
         states started {states_started}, stopped {states_stopped}; \
         contexts opened {}, closed {}, live {}; bytes live {}",
        gc.contexts_opened, gc.contexts_closed, gc.live_contexts, gc.live_bytes
    ));
    let clean = threads_started == threads_joined
        && threads_started == threads_stopped
        && states_started == states_stopped
        && gc.live_contexts == 0
        && gc.live_bytes == 0;
    say(if clean { "nothing is left" } else { "SOMETHING IS LEFT" });
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A line for the person who started it. A closed standard output is no reason to end.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
