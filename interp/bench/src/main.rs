//! Times `interp` against other engines, interleaved, and prints a table of medians and ratios.
//!
//! ```text
//! cargo run --release -p interp-bench --features peers -- [OPTIONS] [FOLDER]
//!   --rounds N        measurements of each pair of program and engine (default 5; the median counts)
//!   --only NAME,NAME  programs whose name contains one of these
//!   --engines A,B     of: interp interp-young quickjs-ng boa node-jitless node jsc hermes qjs
//!   --base NAME       the engine the ratios are taken to (default quickjs-ng, else interp)
//! ```
//!
//! QuickJS-ng is built in by the feature `peers`; Boa is a program of its own, built by
//! `cargo build --release --manifest-path interp/bench/boa/Cargo.toml`; the others are looked for on
//! `PATH`. Without FOLDER it runs the programs beside it (`programs/*.js`). A folder that has a `base.js`
//! defining `BenchmarkSuite` is taken for a checkout of the classic suite, and its scores are read.
//! Every measurement is a process of its own, so that no engine inherits another's heap; the time
//! is the program's own (its `run()` between two readings of `Date.now()`), without the start of the
//! process. A figure is a score: runs per minute, or what the classic suite prints; higher is better.
//! An engine that answers otherwise than the first one is named and not counted.

mod child;
mod engines;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use engines::EngineKind;

struct Options {
    rounds: usize,
    only: Vec<String>,
    engines: Option<Vec<String>>,
    base: Option<String>,
    folder: Option<PathBuf>,
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut o = Options { rounds: 5, only: Vec::new(), engines: None, base: None, folder: None };
    let list = |s: String| s.split(',').map(str::to_string).collect::<Vec<_>>();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--rounds" => {
                o.rounds =
                    value()?.parse().ok().filter(|n| *n > 0).ok_or("--rounds wants a number above 0")?;
            }
            "--only" => o.only = list(value()?),
            "--engines" => o.engines = Some(list(value()?)),
            "--base" => o.base = Some(value()?),
            _ if arg.starts_with('-') => return Err(format!("unknown option '{arg}'")),
            _ => o.folder = Some(PathBuf::from(arg)),
        }
    }
    Ok(o)
}

/// A program made ready to run: the text every engine gets.
struct Program {
    name: String,
    file: PathBuf,
}

/// Appended to a program of ours: one run to warm up what is made on first touch, then the time of
/// as many runs as half a second holds.
const OWN_DRIVER: &str = r#"
;(function () {
  var out = typeof print === "function" ? print : console.log;
  var answer = run(), n = 0, start = Date.now(), end;
  do { run(); n++; end = Date.now(); } while (end - start < 500);
  out("SCORE " + (60000 * n / (end - start)) + " ANSWER " + answer);
})();
"#;

const CLASSIC_DRIVER: &str = r#"
;(function () {
  var out = typeof print === "function" ? print : console.log;
  BenchmarkSuite.RunSuites({
    NotifyResult: function (name, result) { out("SCORE " + result + " ANSWER ok"); },
    NotifyError: function (name, error) { out("FAILED " + error); },
    NotifyScore: function () {}
  });
})();
"#;

fn programs(options: &Options, scratch: &Path) -> Result<Vec<Program>, String> {
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/programs"));
    let folder = options.folder.as_ref().unwrap_or(&own);
    let read = |p: &Path| std::fs::read_to_string(p).map_err(|e| format!("{}: {e}", p.display()));
    let base = folder.join("base.js");
    let classic = base.exists();
    let prefix = if classic {
        format!("if (typeof alert === 'undefined') var alert = function (x) {{}};\n{}", read(&base)?)
    } else {
        String::new()
    };
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|e| Some(e.ok()?.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "js"))
        .collect();
    found.sort();
    let mut made = Vec::new();
    for path in found {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if classic && (name == "base" || name == "run") {
            continue;
        }
        if !options.only.is_empty() && !options.only.iter().any(|o| name.contains(o.as_str())) {
            continue;
        }
        let driver = if classic { CLASSIC_DRIVER } else { OWN_DRIVER };
        let file = scratch.join(format!("{name}.js"));
        std::fs::write(&file, format!("{prefix}\n{}\n{driver}", read(&path)?))
            .map_err(|e| format!("{}: {e}", file.display()))?;
        made.push(Program { name, file });
    }
    if made.is_empty() { Err(format!("{}: no program", folder.display())) } else { Ok(made) }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[n / 2]),
        n => Some((values[n / 2 - 1] + values[n / 2]) / 2.0),
    }
}

fn geometric_mean(values: &[f64]) -> f64 {
    (values.iter().map(|v| v.ln()).sum::<f64>() / values.len() as f64).exp()
}

fn bench(options: &Options) -> Result<(), String> {
    let scratch = std::env::temp_dir().join(format!("interp-bench-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).map_err(|e| format!("{}: {e}", scratch.display()))?;
    let result = bench_in(options, &scratch);
    let _ = std::fs::remove_dir_all(&scratch);
    result
}

fn bench_in(options: &Options, scratch: &Path) -> Result<(), String> {
    let engines = engines::found(options.engines.as_deref())?;
    let programs = programs(options, scratch)?;
    let mut scores: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
    let mut remarks = Vec::new();
    for (p, program) in programs.iter().enumerate() {
        let mut expected: Option<String> = None;
        let mut out: Vec<bool> = vec![false; engines.len()];
        for round in 0..options.rounds {
            for (e, engine) in engines.iter().enumerate() {
                if out[e] {
                    continue;
                }
                eprint!("\r\x1b[K{} round {} {}", program.name, round + 1, engine.name);
                match engine.measure(&program.file) {
                    Ok((score, answer)) => {
                        let first = expected.get_or_insert_with(|| answer.clone());
                        if *first != answer {
                            remarks.push(format!(
                                "{} on {}: answers {answer}, not {first}",
                                program.name, engine.name
                            ));
                            out[e] = true;
                        } else {
                            scores.entry((p, e)).or_default().push(score);
                        }
                    }
                    Err(why) => {
                        remarks.push(format!("{} on {}: {why}", program.name, engine.name));
                        out[e] = true;
                    }
                }
            }
        }
    }
    eprint!("\r\x1b[K");
    print_table(options, &engines, &programs, &mut scores);
    for remark in remarks {
        println!("- {remark}");
    }
    Ok(())
}

fn print_table(
    options: &Options,
    engines: &[EngineKind],
    programs: &[Program],
    scores: &mut BTreeMap<(usize, usize), Vec<f64>>,
) {
    let wanted = options.base.as_deref().unwrap_or("quickjs-ng");
    let base = engines.iter().position(|e| e.name == wanted).unwrap_or(0);
    let mut medians = vec![vec![None; engines.len()]; programs.len()];
    for ((p, e), values) in scores.iter_mut() {
        medians[*p][*e] = median(values);
    }
    println!(
        "Scores (higher is better); in brackets the ratio to {}. {} rounds.\n",
        engines[base].name, options.rounds
    );
    println!("| program | {} |", engines.iter().map(|e| e.name).collect::<Vec<_>>().join(" | "));
    println!("|---|{}", "---|".repeat(engines.len()));
    for (p, program) in programs.iter().enumerate() {
        let cells: Vec<String> = (0..engines.len())
            .map(|e| match (medians[p][e], medians[p][base]) {
                (Some(v), Some(b)) => format!("{v:.0} ({:.2})", v / b),
                (Some(v), None) => format!("{v:.0}"),
                _ => "–".into(),
            })
            .collect();
        println!("| {} | {} |", program.name, cells.join(" | "));
    }
    let mean = |only: &dyn Fn(&str) -> bool| -> Vec<String> {
        (0..engines.len())
            .map(|e| {
                let ratios: Vec<f64> = (0..programs.len())
                    .filter(|p| only(&programs[*p].name))
                    .filter_map(|p| Some(medians[p][e]? / medians[p][base]?))
                    .collect();
                if ratios.is_empty() { "–".into() } else { format!("{:.2}", geometric_mean(&ratios)) }
            })
            .collect()
    };
    println!("| **geometric mean of ratios** | {} |", mean(&|_| true).join(" | "));
    println!("| **the same without regexp** | {} |", mean(&|n| n != "regexp").join(" | "));
    println!();
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1).peekable();
    if args.peek().is_some_and(|a| a == "--child") {
        let (engine, file) = (args.nth(1), args.next());
        return child::run(engine.as_deref().unwrap_or(""), file.as_deref().unwrap_or(""));
    }
    match options(args).and_then(|o| bench(&o)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("interp-bench: {e}");
            ExitCode::from(2)
        }
    }
}
