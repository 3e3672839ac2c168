//! Workers that own a state which may not leave its thread, here a pretended database connection. Run it with
//! `cargo run -p pool --example connections`.

use pool::{After, Builder, JobCtx, JobEnd, JobOptions, Refused, StopReason, Worker, WorkerCtx};
use std::rc::Rc;
use std::time::Duration;

/// `Rc`: it cannot be sent to another thread, and never is.
struct Connection {
    url: Rc<str>,
    queries: u32,
}

impl Worker for Connection {
    type Config = String;
    type Error = String;

    fn start(url: &String, ctx: &WorkerCtx) -> Result<Self, String> {
        println!("worker {}: connected to {url}", ctx.id());
        Ok(Connection { url: url.as_str().into(), queries: 0 })
    }

    fn after(&mut self, _: &JobCtx<'_>, end: JobEnd) -> After {
        match end {
            JobEnd::Panicked => After::Rebuild,
            JobEnd::Returned if self.queries >= 3 => After::Retire,
            JobEnd::Returned => After::Keep,
        }
    }

    fn stop(self, reason: StopReason, ctx: &WorkerCtx) {
        println!("worker {}: {reason:?} after {} queries", ctx.id(), self.queries);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pool = Builder::<Connection>::with_config("db://example".into()).max_workers(2).queue(8).build()?;
    let tickets: Vec<_> = (0..6)
        .map(|n| {
            let options = JobOptions::new().label(format!("query {n}")).within(Duration::from_secs(1));
            pool.submit_with(options, move |connection, ctx| {
                connection.queries += 1;
                let (url, waited) = (&connection.url, ctx.queued_for());
                format!("row {n} from {url} by worker {} after {waited:.0?}", ctx.worker())
            })
        })
        .collect::<Result<_, Refused<_>>>()?;
    for ticket in tickets {
        println!("{}", ticket.wait()?);
    }
    let report = pool.drain(Duration::from_secs(5));
    println!("drained: {}", report.complete);
    println!("{:?}", pool.close().ledger);
    Ok(())
}
