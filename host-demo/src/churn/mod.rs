//! The churn demonstration: the same work, three times, and what is left after each.
//!
//! The engine of 2003 on pooled threads (a few bytes are left, however many jobs there are), the engine of 2003 with a
//! thread for each job (what is left grows with every thread), and ours with a thread for each job (nothing is left).
//! "Left" is exact: the live bytes and blocks of a counting allocator before and after, all threads joined explicitly,
//! after a warm-up in which all threads that may be alive at once are.

pub(crate) mod counting;
mod legacy;
mod ours;

use clap::Args;
use counting::{Live, live};
use indicatif::{ProgressBar, ProgressStyle};
use interp::Script;
use serde::Serialize;
use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::{Arc, Barrier};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Threads get this much stack: the work needs little, and mapping more costs time.
const STACK: usize = 1 << 20;

#[derive(Args)]
pub(crate) struct Options {
    /// How many threads are created, one after another or a few at once, and destroyed
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    threads: u32,
    /// How many of them are alive at once
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    concurrency: u32,
    /// Let every thread of the third part leak so many bytes, to see that it is found
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    inject_leak: Option<u32>,
    /// Print the result of the third part as JSON
    #[arg(long)]
    json: bool,
}

/// The result for machines.
#[derive(Serialize)]
struct Json {
    threads: u32,
    contexts_opened: u64,
    contexts_closed: u64,
    live_bytes_before: i64,
    live_bytes_after: i64,
    live_blocks_before: i64,
    live_blocks_after: i64,
    bytes_per_thread: f64,
    verdict: String,
}

/// What one part came to.
struct Part {
    name: &'static str,
    before: Live,
    after: Live,
    contexts_opened: u64,
    contexts_closed: u64,
    resident: Option<i64>,
    took: Duration,
}

/// A job, as each thread does it.
type Job = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// The three parts, the table and the verdict.
pub(crate) fn run(options: &Options) -> Result<ExitCode, String> {
    let Options { threads, concurrency, inject_leak, json } = *options;
    let concurrency = concurrency.min(threads);
    let script = ours::script()?;
    if !json {
        println!(
            "{threads} jobs, at most {concurrency} threads at once, a context and an engine for each job"
        );
        println!("allocator: the system's, counted; {}\n", system());
    }
    let old = job(&script, legacy::work);
    let new = job(&script, ours::work);
    let third: Job = match inject_leak {
        None => new.clone(),
        Some(bytes) => {
            let new = new.clone();
            Arc::new(move || {
                std::mem::forget(vec![0_u8; bytes as usize].into_boxed_slice());
                new()
            })
        }
    };

    let first = measure("2003 engine, pooled", threads, &new, concurrency, |bar| pooled(&old, options, bar))?;
    legacy::forget();
    let second = measure("2003 engine, a thread for each job", threads, &new, concurrency, |bar| {
        threaded(&old, threads, concurrency, bar)
    })?;
    legacy::forget();
    let last = measure("ours, a thread for each job", threads, &new, concurrency, |bar| {
        threaded(&third, threads, concurrency, bar)
    })?;

    let verdict = last.verdict(threads);
    if json {
        let json = last.json(threads, verdict.text);
        println!("{}", serde_json::to_string(&json).map_err(|error| error.to_string())?);
    } else {
        print_table(&[first, second, last], threads);
        println!("\nverdict: {}", verdict.text);
    }
    Ok(if verdict.clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn job(script: &Script, work: fn(&Script) -> Result<(), String>) -> Job {
    let script = script.clone();
    Arc::new(move || work(&script))
}

/// Warms up, and then takes the books before and after.
fn measure(
    name: &'static str,
    jobs: u32,
    warm: &Job,
    concurrency: u32,
    part: impl FnOnce(&ProgressBar) -> Result<(), String>,
) -> Result<Part, String> {
    warm_up(warm, concurrency)?;
    gc::trim_pool();
    let contexts = gc::process_stats();
    let resident = resident();
    let started = Instant::now();
    let before = live();
    let bar = progress(name, jobs);
    let result = part(&bar);
    bar.finish_and_clear();
    drop(bar);
    gc::trim_pool();
    let after = live();
    let took = started.elapsed();
    result?;
    let now = gc::process_stats();
    Ok(Part {
        name,
        before,
        after,
        contexts_opened: now.contexts_opened - contexts.contexts_opened,
        contexts_closed: now.contexts_closed - contexts.contexts_closed,
        resident: self::resident().zip(resident).map(|(now, before)| now - before),
        took,
    })
}

/// All threads that may be alive at once are, twice: what grows with that has grown, and what is made once is there.
fn warm_up(job: &Job, concurrency: u32) -> Result<(), String> {
    let bar = progress("warming up", 2 * concurrency);
    for _ in 0..2 {
        let barrier = Arc::new(Barrier::new(concurrency as usize));
        let mut alive = VecDeque::new();
        for _ in 0..concurrency {
            let (job, barrier) = (job.clone(), barrier.clone());
            alive.push_back(spawn(move || {
                // A context of its own, so that all of them are open at the same time.
                let context = gc::Context::open(gc::Config::default());
                barrier.wait();
                let result = job();
                barrier.wait();
                drop(context);
                result
            })?);
        }
        for thread in alive {
            join(thread)?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// A pool, and all jobs on its few threads.
fn pooled(job: &Job, options: &Options, bar: &ProgressBar) -> Result<(), String> {
    let workers = options.concurrency.min(options.threads) as usize;
    let pool = pool::Builder::<()>::new()
        .max_workers(workers)
        .queue(workers)
        .policy(pool::Policy::Block(Duration::from_secs(600)))
        .stack_size(STACK)
        .build()
        .map_err(|error| error.to_string())?;
    let mut waiting = VecDeque::with_capacity(workers);
    let wait = |ticket: pool::Ticket<Result<(), String>>| -> Result<(), String> {
        bar.inc(1);
        ticket.wait().map_err(|error| error.to_string())?
    };
    for _ in 0..options.threads {
        if waiting.len() == workers
            && let Some(ticket) = waiting.pop_front()
        {
            wait(ticket)?;
        }
        let job = job.clone();
        waiting.push_back(pool.submit(move |_, _| job()).map_err(|refused| refused.to_string())?);
    }
    waiting.into_iter().try_for_each(wait)?;
    let report = pool.close();
    if report.ledger.balanced() {
        Ok(())
    } else {
        Err(format!("the pool left something: {:?}", report.ledger))
    }
}

/// A thread for each job; every one is joined by its handle, because only that waits for its thread-local destructors.
fn threaded(job: &Job, threads: u32, concurrency: u32, bar: &ProgressBar) -> Result<(), String> {
    let mut alive = VecDeque::with_capacity(concurrency as usize);
    for _ in 0..threads {
        if alive.len() == concurrency as usize
            && let Some(thread) = alive.pop_front()
        {
            join(thread)?;
            bar.inc(1);
        }
        let job = job.clone();
        alive.push_back(spawn(move || job())?);
    }
    for thread in alive {
        join(thread)?;
        bar.inc(1);
    }
    Ok(())
}

fn spawn(
    body: impl FnOnce() -> Result<(), String> + Send + 'static,
) -> Result<JoinHandle<Result<(), String>>, String> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(body);
    thread.map_err(|error| format!("a thread could not be started: {error}"))
}

fn join(thread: JoinHandle<Result<(), String>>) -> Result<(), String> {
    thread.join().map_err(|_| "a thread panicked".to_owned())?
}

/// On standard error, and only on a terminal.
fn progress(name: &'static str, jobs: u32) -> ProgressBar {
    let bar = ProgressBar::new(jobs.into());
    if let Ok(style) = ProgressStyle::with_template("{msg:36} {bar:30} {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar.set_message(name);
    bar
}

struct Verdict {
    clean: bool,
    text: String,
}

impl Part {
    fn left(&self) -> Live {
        Live { bytes: self.after.bytes - self.before.bytes, blocks: self.after.blocks - self.before.blocks }
    }

    fn bytes_per_thread(&self, threads: u32) -> f64 {
        self.left().bytes as f64 / f64::from(threads)
    }

    fn verdict(&self, threads: u32) -> Verdict {
        let Live { bytes, blocks } = self.left();
        let clean = bytes == 0 && blocks == 0 && self.contexts_opened == self.contexts_closed;
        let text = if clean {
            format!("nothing is left: {threads} threads came and went, and not one byte stayed")
        } else {
            let each = self.bytes_per_thread(threads);
            let open = self.contexts_opened - self.contexts_closed;
            format!("LEAK: {each} bytes a thread ({bytes} bytes in {blocks} blocks; {open} contexts open)")
        };
        Verdict { clean, text }
    }

    fn json(&self, threads: u32, verdict: String) -> Json {
        Json {
            threads,
            contexts_opened: self.contexts_opened,
            contexts_closed: self.contexts_closed,
            live_bytes_before: self.before.bytes,
            live_bytes_after: self.after.bytes,
            live_blocks_before: self.before.blocks,
            live_blocks_after: self.after.blocks,
            bytes_per_thread: self.bytes_per_thread(threads),
            verdict,
        }
    }
}

fn print_table(parts: &[Part], threads: u32) {
    println!(
        "{:36} {:>12} {:>9} {:>12} {:>10} {:>9} {:>9}",
        "", "bytes left", "blocks", "bytes/job", "RSS KiB", "contexts", "jobs/s"
    );
    for part in parts {
        let left = part.left();
        let resident = part.resident.map_or("?".to_owned(), |kib| format!("{kib:+}"));
        println!(
            "{:36} {:>12} {:>9} {:>12.2} {:>10} {:>9} {:>9.0}",
            part.name,
            left.bytes,
            left.blocks,
            part.bytes_per_thread(threads),
            resident,
            part.contexts_opened - part.contexts_closed,
            f64::from(threads) / part.took.as_secs_f64()
        );
    }
}

/// The resident set in KiB, where the system tells. For information: it also moves with caches nobody leaks.
fn resident() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// What it runs on.
fn system() -> String {
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(0, usize::from);
    format!("{} {} {}, {cores} cores", std::env::consts::OS, kernel.trim(), std::env::consts::ARCH)
}
