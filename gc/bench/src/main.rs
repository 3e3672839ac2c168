//! gc beside its peers, one table: `cargo run --release` in this folder.
//!
//! Every measurement is a process of its own, so that no peer inherits the heap of another and the peak memory is its
//! own; rounds are interleaved, and the table shows medians. `--rounds N` (5), `--peers a,b`, `--programs a,b`.
//! `--pauses` shows histograms of the message ring instead, and `--pauses --svg FILE` draws them.
#![forbid(unsafe_code)]

mod pauses;
#[allow(non_local_definitions, reason = "what the derive of rust-gc makes")]
mod peers;
mod programs;

use std::process::Command;
use std::time::Duration;

/// What one run says: how long, for how many units.
pub struct Run {
    pub time: Duration,
    pub units: usize,
}

/// The peak of the resident set, in KiB, where the system tells it.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, peer, program] = &args[..]
        && mode == "--one"
    {
        if let Some(run) = peers::run(peer, program) {
            println!("{} {} {}", run.time.as_nanos(), run.units, peak());
        }
        return;
    }
    if let [mode, name] = &args[..]
        && mode == "--ring"
    {
        return pauses::one(name);
    }
    let option = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    if args.iter().any(|arg| arg == "--pauses") {
        return pauses::run(option("--svg").map(String::as_str));
    }
    let rounds: usize = option("--rounds").map_or(5, |text| text.parse().expect("a number of rounds"));
    let chosen = |name: &str, all: &[&str]| -> Vec<String> {
        let all = || all.iter().map(|name| name.to_string()).collect();
        option(name).map_or_else(all, |text| text.split(',').map(str::to_string).collect())
    };
    let (peers, programs) = (chosen("--peers", peers::PEERS), chosen("--programs", programs::PROGRAMS));
    let exe = std::env::current_exe().expect("the path of this program");
    let mut results = vec![vec![(Vec::new(), Vec::new()); programs.len()]; peers.len()];
    for _ in 0..rounds {
        for (at, program) in programs.iter().enumerate() {
            for (row, peer) in results.iter_mut().zip(&peers) {
                let output = Command::new(&exe).args(["--one", peer, program]).output().expect("a run");
                let text = String::from_utf8_lossy(&output.stdout);
                let numbers: Vec<f64> =
                    text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
                if let [time, units, peak] = numbers[..] {
                    row[at].0.push(time / units);
                    row[at].1.push(peak);
                }
            }
        }
    }
    println!("ns a unit (peak MiB); medians of {rounds} runs\n");
    print!("| peer |");
    programs.iter().for_each(|program| print!(" {program} |"));
    print!("\n|---|");
    programs.iter().for_each(|_| print!("---|"));
    println!();
    for (row, peer) in results.iter_mut().zip(&peers) {
        print!("| {peer} |");
        for (times, peaks) in row {
            if times.is_empty() {
                print!(" – |");
            } else {
                let time = median(times);
                let digits = if time < 0.1 {
                    3
                } else if time < 10.0 {
                    2
                } else if time < 100.0 {
                    1
                } else {
                    0
                };
                print!(" {time:.digits$} ({:.0}) |", median(peaks) / 1024.0);
            }
        }
        println!();
    }
}
