//! Runs the scripts of `tests/scripts/<area>/`: `// expect: LINE` comments, in order, are what a script prints
//! (its jobs included), `// throws: TEXT` is how the message of its uncaught error begins.
//!
//! `.mjs` files are modules; what they import stands in folders named `parts`.
//!
//! Every script runs on the default back-end, on the looping one, and on contexts that collect at every safepoint:
//! all at once, by generations, in slices.
//! `SCRIPTS=part` runs those whose path contains the part.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use interp::{
    Engine, HostError, HostValue, Module, ModuleLoader, ModuleState, ModuleType, Script, ScriptOptions,
};

/// What a script is to print, and the beginning of its uncaught error.
#[derive(Debug, PartialEq)]
struct Outcome {
    lines: Vec<String>,
    throws: Option<String>,
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of scripts") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("parts") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|e| e == "js" || e == "mjs") {
            files.push(path);
        }
    }
}

/// All scripts, by path.
fn scripts() -> Vec<PathBuf> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts"), &mut files);
    if let Ok(part) = std::env::var("SCRIPTS") {
        files.retain(|f| f.to_string_lossy().contains(&part));
    }
    files.sort();
    assert!(!files.is_empty(), "no scripts");
    files
}

fn expected(source: &str) -> Outcome {
    let after = |line: &str, mark: &str| line.find(mark).map(|at| line[at + mark.len()..].to_string());
    Outcome {
        lines: source
            .lines()
            .filter_map(|l| after(l, "// expect: ").or_else(|| after(l, "// expect:")))
            .collect(),
        throws: source.lines().find_map(|l| after(l, "// throws: ")),
    }
}

/// Modules beside a script.
struct Beside(PathBuf);

impl ModuleLoader for Beside {
    fn resolve(&mut self, referrer: &str, specifier: &str) -> Result<String, HostError> {
        let folder = if referrer.starts_with("parts/") { "parts/" } else { "" };
        Ok(match specifier.strip_prefix("../") {
            Some(rest) => rest.to_string(),
            None => format!("{folder}{}", specifier.trim_start_matches("./")),
        })
    }

    fn load(&mut self, name: &str, expected: ModuleType) -> Result<Module, HostError> {
        let text = fs::read_to_string(self.0.join(name))
            .map_err(|e| HostError::Throw { kind: "TypeError", message: format!("{name}: {e}") })?;
        Ok(match expected {
            ModuleType::Json => Module::json(name, &text),
            ModuleType::Text => Module::text(name, &text),
            ModuleType::Bytes => Module::bytes(name, text.into_bytes()),
            _ => Module::compile(name, &text)?,
        })
    }

    fn meta(&mut self, name: &str) -> Vec<(String, HostValue)> {
        vec![("url".to_string(), format!("test:{name}").into())]
    }
}

/// Runs a module and its jobs; a module that waits for ever is an error here.
fn run_module(engine: &mut Engine, name: &str, source: &str, lazy: bool) -> Result<(), String> {
    let error = |e: interp::Error| e.message().to_string();
    let options = ScriptOptions::default().lazy(lazy);
    let run =
        Module::compile_with(name, source, options).and_then(|m| engine.run_module(&m)).map_err(error)?;
    engine.run_jobs().map_err(error)?;
    match engine.module_state(&run) {
        ModuleState::Fulfilled => Ok(()),
        ModuleState::Rejected(e) => Err(error(e)),
        ModuleState::Pending => Err("the module waits".to_string()),
    }
}

/// Runs a source; gives what it printed and the whole message of its error.
fn run(path: &Path, source: &str, looped: bool, config: gc::Config, lazy: bool) -> Outcome {
    let name = &*path.file_name().expect("a name").to_string_lossy();
    let context = gc::Context::open(config).expect("a context");
    let printed = Rc::new(RefCell::new(Vec::new()));
    let mut engine = Engine::builder()
        .name(name)
        .fuel(200_000_000)
        .heap_limit(256 << 20)
        .looped(looped)
        .open(&context)
        .expect("an engine");
    let sink = printed.clone();
    engine.set_console(move |line, _| sink.borrow_mut().extend(line.split('\n').map(str::to_string)));
    engine.set_module_loader(Beside(path.parent().expect("a folder").to_path_buf()));
    let result = if name.ends_with(".mjs") {
        run_module(&mut engine, name, source, lazy)
    } else {
        let script = Script::compile_with(name, source, ScriptOptions::default().lazy(lazy));
        let run = script.and_then(|script| engine.run(&script)).and_then(|_| engine.run_jobs());
        run.map_err(|e| e.message().to_string())
    };
    context.verify().unwrap_or_else(|e| panic!("{name}: {e}"));
    engine.collect();
    context.verify().unwrap_or_else(|e| panic!("{name}, collected: {e}"));
    engine.close();
    context.close().expect("nothing is left open");
    Outcome { lines: printed.take(), throws: result.err() }
}

/// A collection at every safepoint.
fn stressed() -> gc::Config {
    gc::Config::default().stress(true)
}

fn run_all(looped: bool, config: fn() -> gc::Config, lazy: bool) {
    let mut failures = Vec::new();
    for path in scripts() {
        let source = fs::read_to_string(&path).expect("a script in UTF-8");
        let want = expected(&source);
        let got = run(&path, &source, looped, config(), lazy);
        let thrown = match (&want.throws, &got.throws) {
            (None, None) => true,
            (Some(want), Some(got)) => got.starts_with(want.as_str()),
            _ => false,
        };
        if want.lines != got.lines || !thrown {
            failures.push(format!("{}\n  want {want:?}\n  got  {got:?}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
#[cfg_attr(miri, ignore = "too long: `miri.rs` runs a chosen few")]
fn default_back_end() {
    run_all(false, gc::Config::default, false);
}

#[test]
#[cfg_attr(miri, ignore = "too long: `miri.rs` runs a chosen few")]
fn looping_back_end() {
    run_all(true, gc::Config::default, false);
}

#[test]
#[cfg_attr(miri, ignore = "too long: `miri.rs` runs a chosen few")]
fn collected_at_every_safepoint() {
    run_all(false, stressed, false);
}

/// Minor and full collections take turns.
#[test]
#[cfg_attr(miri, ignore = "too long: `miri.rs` runs a chosen few")]
fn minor_collections() {
    run_all(false, || stressed().generations(true), false);
}

/// A slice at every safepoint, and minor collections between the cycles; once with slices of a few cells.
#[test]
#[cfg_attr(miri, ignore = "too long: `miri.rs` runs a chosen few")]
fn marking_in_slices() {
    run_all(false, || stressed().slice(50), false);
    run_all(false, || stressed().generations(true).slice(2000), true);
}

#[test]
#[cfg_attr(miri, ignore = "too long: `miri.rs` runs a chosen few")]
fn functions_compiled_when_called() {
    run_all(false, gc::Config::default, true);
    run_all(true, stressed, true);
}
