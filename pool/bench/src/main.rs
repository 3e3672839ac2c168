//! pool beside its peers, one command: `cargo run --release --manifest-path pool/bench/Cargo.toml`.
//!
//! Every measurement is a process of its own, so that no peer inherits the threads or the heap of another; rounds are
//! interleaved, and the table shows medians. `--rounds N` (5), `--peers a,b`, `--programs a,b`.
//!
//! - `hot`: an empty job there and back, again and again: median / 99th percentile in µs.
//! - `idle 300`: the same with 300 µs between them, in which the submitter keeps its core busy.
//! - `1 producer`, `2 producers`: empty jobs nobody waits for, in millions a second, until the last one has run.
//! - `results`: a thousand jobs submitted, and then what they return collected, in millions a second.
//! - `idle cpu`: processor time over ten seconds without work, in ms.
//!
//! `overload` is ours alone: ten times what the workers can do is offered; see `overload.rs`.
#![forbid(unsafe_code)]

mod overload;
mod peers;

use std::process::Command;
use std::time::{Duration, Instant};

const PROGRAMS: &[&str] = &["hot", "idle300", "producers1", "producers2", "results", "idlecpu"];

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Processor time of this process so far, where the system tells it: user and system, in clock ticks of 10 ms.
fn cpu_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<f64> =
        after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse().ok()).collect();
    fields.iter().sum::<f64>() * 10.0
}

/// Context: `trip` makes one round trip.
fn round_trips(trip: &mut dyn FnMut(), count: usize, gap: Duration) -> Vec<f64> {
    for _ in 0..count / 10 {
        trip();
    }
    let mut times: Vec<f64> = (0..count)
        .map(|_| {
            let begun = Instant::now();
            while begun.elapsed() < gap {
                std::hint::spin_loop();
            }
            let begun = Instant::now();
            trip();
            begun.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    vec![times[count / 2], times[count * 99 / 100]]
}

/// One measurement of one peer; `None`: it cannot do this.
fn one(peer: &str, program: &str) -> Option<Vec<f64>> {
    let none = Duration::ZERO;
    Some(match program {
        "hot" => peers::with_trip(peer, &mut |trip| round_trips(trip, 50_000, none))?,
        "idle300" => {
            peers::with_trip(peer, &mut |trip| round_trips(trip, 2_000, Duration::from_micros(300)))?
        }
        "producers1" | "producers2" => {
            let producers = if program == "producers1" { 1 } else { 2 };
            let jobs = if matches!(peer, "std threads") { 20_000 } else { 2_000_000 };
            let time = peers::throughput(peer, producers, jobs)?;
            vec![jobs as f64 / 1e6 / time.as_secs_f64()]
        }
        "results" => {
            let time = peers::results(peer, 500)?;
            vec![500.0 * peers::BATCH as f64 / 1e6 / time.as_secs_f64()]
        }
        "idlecpu" => peers::with_trip(peer, &mut |trip| {
            (0..1000).for_each(|_| trip());
            std::thread::sleep(Duration::from_millis(100));
            let before = cpu_ms();
            std::thread::sleep(Duration::from_secs(10));
            vec![cpu_ms() - before]
        })?,
        _ => return None,
    })
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, peer, program] = &args[..]
        && mode == "--one"
    {
        if let Some(numbers) = one(peer, program) {
            numbers.iter().for_each(|number| print!("{number} "));
        }
        return;
    }
    if args.first().is_some_and(|arg| arg == "overload") {
        return overload::run();
    }
    let option = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let rounds: usize = option("--rounds").map_or(5, |text| text.parse().expect("a number of rounds"));
    let chosen = |name: &str, all: &[&str]| -> Vec<String> {
        let all = || all.iter().map(|name| name.to_string()).collect();
        option(name).map_or_else(all, |text| text.split(',').map(str::to_string).collect())
    };
    let (peers, programs) = (chosen("--peers", peers::PEERS), chosen("--programs", PROGRAMS));
    let exe = std::env::current_exe().expect("the path of this program");
    let mut results = vec![vec![Vec::<Vec<f64>>::new(); programs.len()]; peers.len()];
    for _ in 0..rounds {
        for (at, program) in programs.iter().enumerate() {
            for (row, peer) in results.iter_mut().zip(&peers) {
                let output = Command::new(&exe).args(["--one", peer, program]).output().expect("a run");
                let text = String::from_utf8_lossy(&output.stdout);
                for (column, number) in
                    text.split_whitespace().filter_map(|word| word.parse().ok()).enumerate()
                {
                    if row[at].len() == column {
                        row[at].push(Vec::new());
                    }
                    row[at][column].push(number);
                }
            }
        }
    }
    println!("medians of {rounds} interleaved runs\n");
    println!("| pool | {} |", programs.join(" | "));
    println!("|---|{}", "---|".repeat(programs.len()));
    for (row, peer) in results.iter_mut().zip(&peers) {
        print!("| {peer} |");
        for columns in row {
            let texts: Vec<String> = columns
                .iter_mut()
                .map(|column| {
                    let value = median(column);
                    let digits = if value < 1.0 {
                        2
                    } else if value < 100.0 {
                        1
                    } else {
                        0
                    };
                    format!("{value:.digits$}")
                })
                .collect();
            print!(" {} |", if texts.is_empty() { "–".into() } else { texts.join(" / ") });
        }
        println!();
    }
}
