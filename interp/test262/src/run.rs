//! Runs one scenario in an engine of its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::rc::Rc;

use interp::{Engine, Error, ErrorKind, Module, ModuleState, Script, ScriptOptions};

use crate::agents::{Agents, Clock};
use crate::meta::Meta;
use crate::modules::Files;

/// How a scenario ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// The engine panicked.
    Crashed(String),
}

/// Work a scenario may do, and bytes it may hold.
const FUEL: u64 = 200_000_000;
const HEAP: usize = 512 << 20;

/// What is done to each scenario besides running it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Trial {
    /// Collect at every safepoint.
    pub(crate) stress: bool,
    /// Collect young cells alone, too, and see whether the heap is whole at the end.
    pub(crate) generations: bool,
    /// Mark in slices of so many cells, and see the same; zero: all at once.
    pub(crate) slice: usize,
    /// Give it a random amount of fuel, and see whether the engine goes on.
    pub(crate) random_fuel: Option<u64>,
    /// Compile every function that may be when it is first called.
    pub(crate) lazy: bool,
}

impl Trial {
    /// How its contexts collect.
    pub(crate) fn config(&self) -> gc::Config {
        gc::Config::default().stress(self.stress).generations(self.generations).slice(self.slice)
    }

    /// How sources are compiled: in tests all at once, unless the other way is what is tried.
    pub(crate) fn options(&self) -> ScriptOptions {
        ScriptOptions::default().lazy(self.lazy)
    }
}

/// What all scenarios share.
pub(crate) struct Suite {
    /// What is done to each scenario.
    pub(crate) trial: Trial,
    /// The folder of the tests.
    pub(crate) root: PathBuf,
    /// The harness, each file compiled once for all threads.
    pub(crate) harness: HashMap<String, Script>,
    /// What ends scenarios that take too long.
    pub(crate) clock: Clock,
}

/// A test compiled.
enum Program {
    Script(Script),
    Module(Module),
}

/// Runs a scenario.
pub(crate) fn scenario(name: &str, text: &str, meta: &Meta, strict: bool, suite: &Suite) -> Outcome {
    match catch_unwind(AssertUnwindSafe(|| attempt(name, text, meta, strict, suite))) {
        Ok(Ok(())) => Outcome::Passed,
        Ok(Err(why)) => Outcome::Failed(why),
        Err(panic) => {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_string()))
                .unwrap_or_default();
            Outcome::Crashed(text)
        }
    }
}

fn attempt(name: &str, text: &str, meta: &Meta, strict: bool, suite: &Suite) -> Result<(), String> {
    let source = if strict { format!("\"use strict\";\n{text}") } else { text.to_string() };
    let compiled = if meta.flag("module") {
        Module::compile_with(name, &source, suite.trial.options()).map(Program::Module)
    } else {
        Script::compile_with(name, &source, suite.trial.options()).map(Program::Script)
    };
    if let Some((phase, kind)) = &meta.negative
        && (phase == "parse" || phase == "early")
    {
        return match compiled {
            Err(e)
                if e.message().starts_with(kind.as_str()) && !e.message().contains("not supported yet") =>
            {
                Ok(())
            }
            Err(e) => Err(format!("expected {kind}, got {}", e.message())),
            Ok(_) => Err(format!("expected {kind} at parse")),
        };
    }
    let program = compiled.map_err(|e| e.to_string())?;
    let trial = suite.trial;
    let context = gc::Context::open(trial.config()).map_err(|e| e.to_string())?;
    let mut engine = open(&context, !meta.flag("CanBlockIsFalse")).map_err(|e| e.to_string())?;
    if !meta.includes.iter().any(|i| i == "atomicsHelper.js") {
        // Those of agents look at memory, and at the clock, until they see a change: only time ends them.
        engine.set_fuel(FUEL);
    }
    let agents = Agents::new(open, trial);
    let _watch = suite.clock.watch(engine.remote(), agents.shared());
    let printed = Rc::new(RefCell::new(Vec::<String>::new()));
    let sink = printed.clone();
    engine.set_console(move |line, _| sink.borrow_mut().push(line.to_string()));
    agents.define(&mut engine).map_err(|e| format!("host object: {e}"))?;
    let is_async = meta.flag("async");
    if !meta.flag("raw") {
        let mut includes = vec!["assert.js".to_string(), "sta.js".to_string()];
        if is_async {
            includes.push("doneprintHandle.js".to_string());
        }
        includes.extend(meta.includes.iter().cloned());
        for include in &includes {
            let script = suite
                .harness
                .get(include)
                .ok_or_else(|| format!("harness file {include} does not compile"))?;
            engine.run(script).map_err(|e| format!("{include}: {e}"))?;
        }
    }
    engine.set_module_loader(Files { root: suite.root.clone() });
    if let Some(seed) = suite.trial.random_fuel {
        return fuel_trial(&mut engine, &program, random_fuel(name, seed));
    }
    let mut result = match &program {
        Program::Script(script) => engine.run(script).map(|_| ()).and_then(|()| engine.run_jobs()),
        Program::Module(module) => run_module(&mut engine, module),
    };
    let is_over = || printed.borrow().iter().any(|l| l.starts_with("Test262:AsyncTest"));
    while is_async && result.is_ok() && !is_over() {
        match engine.wait_for_jobs(None) {
            Ok(true) => result = engine.run_jobs(),
            Ok(false) => break,
            Err(e) => result = Err(e),
        }
    }
    agents.finish();
    if let Some((_, kind)) = &meta.negative {
        return match result {
            Err(e) if is_kind(&e, kind) => Ok(()),
            Err(e) => Err(format!("expected {kind}, got {e}")),
            Ok(()) => Err(format!("expected {kind}")),
        };
    }
    result.map_err(|e| e.to_string())?;
    if trial.generations || trial.slice > 0 {
        context.verify()?;
    }
    if is_async {
        let lines = printed.borrow();
        if lines.iter().any(|l| l == "Test262:AsyncTestComplete") {
            return Ok(());
        }
        return Err(lines.last().cloned().unwrap_or_else(|| "the asynchronous test did not end".into()));
    }
    Ok(())
}

/// The engine of an agent, with its `$262`.
fn open(context: &gc::Context, can_block: bool) -> Result<Engine, Error> {
    let builder = Engine::builder().heap_limit(HEAP).native_stack(4 << 20).can_block(can_block);
    let mut engine = builder.open(context)?;
    engine.define_test262()?;
    Ok(engine)
}

/// An amount of fuel, as likely in each order of magnitude as in another.
fn random_fuel(name: &str, seed: u64) -> u64 {
    let mut h = seed ^ 0x9E37_79B9_7F4A_7C15;
    for b in name.bytes().chain(seed.to_le_bytes()) {
        h = (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3);
        h ^= h >> 29;
    }
    let most = 1_u64 << (h % 21);
    (h >> 8) % most
}

/// Ends the program by fuel, if it does not end by itself, as often as there are jobs; then the engine must work.
fn fuel_trial(engine: &mut Engine, program: &Program, fuel: u64) -> Result<(), String> {
    engine.set_fuel(fuel);
    let _ = match program {
        Program::Script(script) => engine.run(script).map(|_| ()),
        Program::Module(module) => engine.run_module(module).map(|_| ()),
    };
    for _ in 0..3 {
        engine.set_fuel(fuel);
        let _ = engine.run_jobs();
    }
    engine.set_fuel(10_000_000);
    let _ = engine.run_jobs();
    engine.collect();
    engine.set_fuel(10_000_000);
    let text = "(function f(n) { let x = { n, a: [n] }; try { return n ? f(n - 1) + x.a[0] : x.n } finally { } })(20)";
    match engine.eval(text) {
        Ok(v) if v == interp::HostValue::from(210.0) => Ok(()),
        other => Err(format!("after {fuel} of fuel the engine does not work: {other:?}")),
    }
}

/// Evaluates a module and runs all jobs; one that never settles is as good as one that does.
fn run_module(engine: &mut Engine, module: &Module) -> Result<(), Error> {
    let run = engine.run_module(module)?;
    engine.run_jobs()?;
    match engine.module_state(&run) {
        ModuleState::Rejected(e) => Err(e),
        ModuleState::Fulfilled | ModuleState::Pending => Ok(()),
    }
}

fn is_kind(e: &Error, kind: &str) -> bool {
    matches!(e.kind(), ErrorKind::Thrown | ErrorKind::Syntax) && e.message().starts_with(kind)
}
