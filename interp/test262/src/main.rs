//! Runs the conformance suite test262: in process, an engine for each scenario, on worker threads.
//!
//! `cargo run --release -p test262 -- --suite DIR [--filter PATH] [--jobs N] [--json FILE]
//! [--expect FILE | --write-expect FILE] [--list]`. The suite itself is never part of the project: its folder is given,
//! or named by `TEST262_DIR`. `--every N` takes one file of N. `--stress` collects at every safepoint,
//! `--generations` young cells alone, too, `--slice N` in slices of so many cells; with these two the heap is verified at the
//! end of each scenario. `--lazy` compiles functions when they are called. `--random-fuel SEED` ends each scenario by fuel somewhere and then asks whether the engine still works: whether the test passed does not
//! count then. With `--expect` (default: the committed list beside this crate) the exit code says whether
//! every scenario that failed was expected to.

mod agents;
mod expect;
mod meta;
mod modules;
mod run;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use interp::Script;
use meta::Meta;
use run::Outcome;

#[derive(Default)]
struct Options {
    suite: PathBuf,
    filter: String,
    jobs: usize,
    json: Option<PathBuf>,
    expect: Option<PathBuf>,
    write_expect: Option<PathBuf>,
    list: bool,
    every: usize,
    trial: run::Trial,
}

fn options() -> Result<Options, String> {
    let mut o = Options {
        jobs: std::thread::available_parallelism().map_or(2, usize::from),
        every: 1,
        ..Options::default()
    };
    if let Ok(dir) = std::env::var("TEST262_DIR") {
        o.suite = dir.into();
    }
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--suite" => o.suite = value()?.into(),
            "--filter" => o.filter = value()?,
            "--jobs" => o.jobs = value()?.parse().map_err(|_| "--jobs wants a number".to_string())?,
            "--json" => o.json = Some(value()?.into()),
            "--expect" => o.expect = Some(value()?.into()),
            "--write-expect" => o.write_expect = Some(value()?.into()),
            "--list" => o.list = true,
            "--every" => o.every = value()?.parse().map_err(|_| "--every wants a number".to_string())?,
            "--stress" => o.trial.stress = true,
            "--generations" => o.trial.generations = true,
            "--slice" => {
                o.trial.slice = value()?.parse().map_err(|_| "--slice wants a number".to_string())?
            }
            "--lazy" => o.trial.lazy = true,
            "--random-fuel" => {
                let seed = value()?.parse().map_err(|_| "--random-fuel wants a number".to_string())?;
                o.trial.random_fuel = Some(seed);
            }
            _ => return Err(format!("unknown option {arg}")),
        }
    }
    if o.suite.as_os_str().is_empty() {
        return Err("no suite: give --suite DIR or set TEST262_DIR".into());
    }
    if o.jobs == 0 {
        return Err("--jobs wants at least 1".into());
    }
    if o.every == 0 {
        return Err("--every wants at least 1".into());
    }
    Ok(o)
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "js")
            && !path.file_stem().is_some_and(|s| s.to_string_lossy().ends_with("_FIXTURE"))
        {
            out.push(path);
        }
    }
}

/// The harness, each file compiled once for all threads.
fn harness(suite: &Path, trial: &run::Trial) -> HashMap<String, Script> {
    let mut scripts = HashMap::new();
    let mut files = Vec::new();
    collect(&suite.join("harness"), &mut files);
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Ok(text) = std::fs::read_to_string(&file)
            && let Ok(script) = Script::compile_with(&name, &text, trial.options())
        {
            scripts.insert(name, script);
        }
    }
    scripts
}

#[derive(Clone, Copy, Default)]
struct Counts {
    scenarios: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    crashed: usize,
}

impl Counts {
    fn add(&mut self, outcome: &Outcome) {
        self.scenarios += 1;
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Crashed(_) => self.crashed += 1,
        }
    }
    fn json(&self) -> String {
        format!(
            "\"scenarios\": {}, \"passed\": {}, \"failed\": {}, \"skipped\": {}, \"crashed\": {}",
            self.scenarios, self.passed, self.failed, self.skipped, self.crashed
        )
    }
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(o) => o,
        Err(e) => {
            eprintln!("test262: {e}");
            return ExitCode::from(2);
        }
    };
    let mut files = Vec::new();
    collect(&options.suite.join("test"), &mut files);
    let root = options.suite.join("test");
    let names: Vec<String> = files
        .iter()
        .map(|f| f.strip_prefix(&root).unwrap_or(f).to_string_lossy().replace('\\', "/"))
        .collect();
    let work: Vec<(PathBuf, String)> = files
        .into_iter()
        .zip(names)
        .filter(|(_, n)| {
            n.contains(&options.filter) && !n.starts_with("staging/") && !n.starts_with("intl402/")
        })
        .step_by(options.every)
        .collect();
    if work.is_empty() {
        eprintln!("test262: no test found below {}", root.display());
        return ExitCode::from(2);
    }
    let suite = run::Suite {
        root: root.clone(),
        harness: harness(&options.suite, &options.trial),
        trial: options.trial,
        clock: agents::Clock::default(),
    };
    // A panic is a result, not a message.
    std::panic::set_hook(Box::new(|_| {}));
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(work.len() * 2));
    std::thread::scope(|scope| {
        scope.spawn(|| suite.clock.run());
        let workers: Vec<_> = (0..options.jobs)
            .map(|_| {
                std::thread::Builder::new()
                    .stack_size(16 << 20)
                    .spawn_scoped(scope, || {
                        loop {
                            let i = next.fetch_add(1, Ordering::Relaxed);
                            let Some((path, name)) = work.get(i) else { return };
                            let Ok(bytes) = std::fs::read(path) else { continue };
                            let text = String::from_utf8_lossy(&bytes).into_owned();
                            let meta = Meta::parse(&text);
                            for strict in meta.modes() {
                                let outcome = run::scenario(name, &text, &meta, strict, &suite);
                                let id = format!("{name}{}", if strict { " strict" } else { "" });
                                results.lock().expect("no panic while it is held").push((id, outcome));
                            }
                        }
                    })
                    .expect("a worker thread")
            })
            .collect();
        for worker in workers {
            worker.join().expect("panics are results");
        }
        suite.clock.close();
    });
    let mut results = results.into_inner().expect("no panic while it was held");
    results.sort_by(|a, b| a.0.cmp(&b.0));
    report(&options, &results)
}

/// Of a trial by fuel only what went wrong with the engine counts; some tests break what the question after it uses.
fn report_trial(results: &[(String, Outcome)]) -> ExitCode {
    let mut bad = 0;
    for (id, outcome) in results {
        match outcome {
            Outcome::Crashed(why) => println!("CRASH {id}: {why}"),
            Outcome::Failed(why) if why.starts_with("after ") => println!("FAIL {id}: {why}"),
            _ => continue,
        }
        bad += 1;
    }
    println!("{} scenarios ended by fuel, {bad} of them with an engine that does not work", results.len());
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(options: &Options, results: &[(String, Outcome)]) -> ExitCode {
    if options.trial.random_fuel.is_some() {
        return report_trial(results);
    }
    let mut total = Counts::default();
    let mut by_dir: BTreeMap<String, Counts> = BTreeMap::new();
    for (id, outcome) in results {
        total.add(outcome);
        let dir = id.split('/').take(2).collect::<Vec<_>>().join("/");
        by_dir.entry(dir).or_default().add(outcome);
        if options.list {
            match outcome {
                Outcome::Failed(why) => println!("FAIL {id}: {why}"),
                Outcome::Crashed(why) => println!("CRASH {id}: {why}"),
                _ => {}
            }
        }
    }
    println!(
        "| directory | scenarios | passed | failed | skipped | crashed | % |\n|---|---|---|---|---|---|---|"
    );
    let row = |name: &str, c: &Counts| {
        let percent = c.passed as f64 * 100.0 / c.scenarios as f64;
        println!(
            "| {name} | {} | {} | {} | {} | {} | {percent:.1} |",
            c.scenarios, c.passed, c.failed, c.skipped, c.crashed
        );
    };
    for (dir, c) in &by_dir {
        row(dir, c);
    }
    row("**all**", &total);
    if let Some(path) = &options.json {
        let dirs: Vec<_> = by_dir.iter().map(|(d, c)| format!("    \"{d}\": {{ {} }}", c.json())).collect();
        let text =
            format!("{{\n  {},\n  \"directories\": {{\n{}\n  }}\n}}\n", total.json(), dirs.join(",\n"));
        if let Err(e) = std::fs::write(path, text) {
            eprintln!("test262: {}: {e}", path.display());
            return ExitCode::from(2);
        }
    }
    if let Some(path) = &options.write_expect {
        return match expect::write(path, results) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("test262: {}: {e}", path.display());
                ExitCode::from(2)
            }
        };
    }
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("expectations.txt");
    let expected = expect::Expectations::read(options.expect.as_deref().unwrap_or(&default));
    let mut surprises = 0;
    let mut better = 0;
    for (id, outcome) in results {
        match outcome {
            Outcome::Failed(_) | Outcome::Crashed(_) if !expected.fails(id) => {
                surprises += 1;
                println!("UNEXPECTED FAILURE {id}");
            }
            Outcome::Passed if expected.lists(id) => better += 1,
            _ => {}
        }
    }
    if better > 0 {
        println!("{better} scenarios pass that are listed as failing: shrink the list (--write-expect)");
    }
    if surprises > 0 || total.crashed > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS }
}
