//! Modules as a host sees them: shared by threads, limited, of any depth.

use std::collections::HashMap;

use interp::{Engine, ErrorKind, HostError, HostValue, Module, ModuleLoader, ModuleState, ModuleType};

/// Modules by name, compiled before.
#[derive(Clone, Default)]
struct Memory(HashMap<String, Module>);

impl Memory {
    fn with(mut self, name: &str, source: &str) -> Memory {
        self.0.insert(name.to_string(), Module::compile(name, source).expect("a module"));
        self
    }
}

impl ModuleLoader for Memory {
    fn resolve(&mut self, _: &str, specifier: &str) -> Result<String, HostError> {
        Ok(specifier.to_string())
    }
    fn load(&mut self, name: &str, _: ModuleType) -> Result<Module, HostError> {
        self.0
            .get(name)
            .cloned()
            .ok_or_else(|| HostError::Throw { kind: "RangeError", message: format!("no module {name}") })
    }
}

fn state(engine: &mut Engine, module: &Module) -> ModuleState {
    let run = engine.run_module(module).expect("it links");
    engine.run_jobs().expect("jobs end");
    engine.module_state(&run)
}

#[test]
fn modules_are_shared_by_threads() {
    let modules = Memory::default()
        .with("list", "export const list = Array.from({ length: 20 }, (_, i) => i * i)")
        .with("sum", "export * from 'list'; export const sum = (l) => l.reduce((a, b) => a + b, 0)")
        .with("main", "import { list, sum } from 'sum'; globalThis.result = sum(list)");
    let main = modules.0["main"].clone();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (modules, main) = (modules.clone(), &main);
            scope.spawn(move || {
                let context = gc::Context::open(gc::Config::default()).expect("a context");
                let mut engine = Engine::builder().open(&context).expect("an engine");
                engine.set_module_loader(modules);
                assert!(matches!(state(&mut engine, main), ModuleState::Fulfilled));
                assert_eq!(engine.eval("result").expect("a value"), HostValue::Number(2470.0));
                engine.close();
                context.close().expect("nothing is left open");
            });
        }
    });
}

#[test]
fn a_chain_of_any_length_needs_no_native_stack() {
    let n = if cfg!(miri) { 20 } else { 20_000 };
    let mut modules = Memory::default().with("0", "globalThis.count = 1; export let last = 0");
    for i in 1..n {
        modules = modules.with(&i.to_string(), &format!("import '{}'; globalThis.count++", i - 1));
    }
    let main = modules.0[&(n - 1).to_string()].clone();
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    engine.set_module_loader(modules);
    assert!(matches!(state(&mut engine, &main), ModuleState::Fulfilled));
    assert_eq!(engine.eval("count").expect("a value"), HostValue::Number(f64::from(n)));
}

#[test]
fn long_chains_of_re_exports_end_in_an_error_or_a_value() {
    let n = if cfg!(miri) { 20 } else { 50_000 };
    let mut modules = Memory::default().with("0", "export const x = 1");
    for i in 1..n {
        modules = modules.with(&i.to_string(), &format!("export * from '{}'", i - 1));
    }
    let main = Module::compile("main", &format!("import {{ x }} from '{}'", n - 1)).expect("a module");
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    engine.set_module_loader(modules);
    match engine.run_module(&main) {
        Ok(run) => assert!(matches!(engine.module_state(&run), ModuleState::Fulfilled)),
        Err(e) => assert!(e.message().starts_with("RangeError"), "{e}"),
    }
    assert_eq!(engine.eval("1 + 1").expect("a value"), HostValue::Number(2.0));
}

#[test]
fn a_body_is_collected_while_it_runs() {
    let limit = 8 << 20;
    let n = if cfg!(miri) { 10 } else { 400_000 };
    let source =
        format!("let o; for (let i = 0; i < {n}; i++) o = {{ list: [i, i, i, i] }}; export default o");
    let modules = Memory::default().with("garbage", &source);
    let main = Module::compile("main", "import o from 'garbage'; globalThis.o = o").expect("a module");
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(limit).open(&context).expect("an engine");
    engine.set_module_loader(modules);
    assert!(matches!(state(&mut engine, &main), ModuleState::Fulfilled));
}

#[test]
fn a_body_that_is_ended_leaves_a_usable_engine() {
    let modules = Memory::default()
        .with("ends", "for (;;) { globalThis.n = (globalThis.n ?? 0) + 1; if (n > 5000 && !globalThis.fine) continue; if (globalThis.fine) break; }")
        .with("main", "import 'ends'; globalThis.done = true");
    let main = modules.0["main"].clone();
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().fuel(100_000).open(&context).expect("an engine");
    engine.set_module_loader(modules);
    let error = engine.run_module(&main).expect_err("it never ends");
    assert!(matches!(error.kind(), ErrorKind::Terminated(_)), "{error}");
    // What was cut off is forgotten: it can be tried again.
    engine.set_fuel(1_000_000);
    engine.eval("globalThis.fine = true").expect("a value");
    assert!(matches!(state(&mut engine, &main), ModuleState::Fulfilled));
    assert_eq!(engine.eval("done").expect("a value"), HostValue::Bool(true));
}

#[test]
fn errors_say_what_and_where() {
    let modules = Memory::default().with("a", "export let x");
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    engine.set_module_loader(modules);
    let message = |engine: &mut Engine, source: &str| {
        let module = Module::compile("m", source).expect("a module");
        engine.run_module(&module).expect_err("it does not link").message().to_string()
    };
    assert_eq!(
        message(&mut engine, "\nimport { y } from 'a'"),
        "SyntaxError: 'a' has no export named 'y' (m:2:10)"
    );
    assert_eq!(message(&mut engine, "import 'b'"), "RangeError: no module b");
    assert_eq!(
        message(&mut engine, "import a from 'a' with { flavour: 'sweet' }"),
        "SyntaxError: import attribute 'flavour' is not supported"
    );
    let waits = Module::compile("w", "await new Promise(() => {})").expect("a module");
    assert!(matches!(state(&mut engine, &waits), ModuleState::Pending));
    let throws = Module::compile("t", "throw new TypeError('no')").expect("a module");
    assert!(
        matches!(state(&mut engine, &throws), ModuleState::Rejected(e) if e.message() == "TypeError: no")
    );
}
