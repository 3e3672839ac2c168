//! The `interp` command: runs files, modules and code, shows bytecode, reads lines.
//!
//! Exit codes: 0 fine, 1 uncaught error or syntax error, 2 usage, 3 ended by a limit.

mod files;

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use interp::{Engine, Error, ErrorKind, HostValue, Module, ModuleState, Script};

use files::Files;

const USAGE: &str = "\
usage: interp [OPTIONS] FILE [ARGS…]      run a script
       interp [OPTIONS] -e CODE [ARGS…]   run code
       interp [OPTIONS]                   read and run lines
options:
  --module               the file is a module
  --disassemble          show the bytecode, run nothing
  --fuel N               units of work the script may do
  --heap-limit BYTES     bytes the heap may have
  --timeout SECONDS      time the script may take";

/// The reason by which the timer interrupts.
const TIMEOUT: u32 = 1;

#[derive(Default)]
struct Options {
    code: Option<String>,
    file: Option<String>,
    args: Vec<String>,
    module: bool,
    disassemble: bool,
    fuel: Option<u64>,
    heap_limit: Option<usize>,
    timeout: Option<f64>,
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(arg) = args.next() {
        let mut value = |what: &str| args.next().ok_or_else(|| format!("{what} wants a value"));
        fn number<T: std::str::FromStr>(what: &str, text: String) -> Result<T, String> {
            text.parse().map_err(|_| format!("{what}: '{text}' is not a number"))
        }
        match arg.as_str() {
            "-e" => options.code = Some(value("-e")?),
            "--module" => options.module = true,
            "--disassemble" => options.disassemble = true,
            "--fuel" => options.fuel = Some(number("--fuel", value("--fuel")?)?),
            "--heap-limit" => options.heap_limit = Some(number("--heap-limit", value("--heap-limit")?)?),
            "--timeout" => options.timeout = Some(number("--timeout", value("--timeout")?)?),
            "-h" | "--help" => {
                println!("{USAGE}");
                std::process::exit(0);
            }
            s if s.starts_with('-') && s.len() > 1 => return Err(format!("unknown option '{s}'")),
            _ => {
                options.file = Some(arg);
                break;
            }
        }
        if options.code.is_some() {
            break;
        }
    }
    options.args = args.collect();
    if options.timeout.is_some_and(|t| !(t >= 0.0 && t.is_finite())) {
        return Err("--timeout wants a number of seconds".into());
    }
    Ok(options)
}

fn main() -> ExitCode {
    let options = match parse(std::env::args().skip(1)) {
        Ok(o) => o,
        Err(e) => {
            eprintln!("interp: {e}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let (name, text) = match (&options.code, &options.file) {
        (Some(code), _) => ("-e".to_string(), Some(code.clone())),
        (None, Some(file)) => match std::fs::read(file) {
            Ok(bytes) => (file.clone(), Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(e) => {
                eprintln!("interp: {file}: {e}");
                return ExitCode::from(2);
            }
        },
        _ => (String::new(), None),
    };
    let module = options.module || name.ends_with(".mjs");
    // A module that is imported by its path is this one.
    let name = match &options.file {
        Some(file) if module => files::name_of(Path::new(file)).unwrap_or(name),
        _ => name,
    };
    if options.disassemble {
        let Some(text) = text else {
            eprintln!("interp: --disassemble wants a file or -e\n{USAGE}");
            return ExitCode::from(2);
        };
        let shown = if module {
            Module::compile(&name, &text).map(|m| m.disassemble())
        } else {
            Script::compile(&name, &text).map(|s| s.disassemble())
        };
        return match shown {
            Ok(text) => {
                let _ = std::io::stdout().write_all(text.as_bytes());
                ExitCode::SUCCESS
            }
            Err(e) => fail(&e),
        };
    }
    let context = match gc::Context::open(gc::Config::default()) {
        Ok(c) => c,
        Err(e) => {
            eprintln!("interp: {e}");
            return ExitCode::from(3);
        }
    };
    let mut builder = Engine::builder().name("interp").native_stack(4 << 20).can_block(true);
    if let Some(fuel) = options.fuel {
        builder = builder.fuel(fuel);
    }
    if let Some(limit) = options.heap_limit {
        builder = builder.heap_limit(limit);
    }
    let mut engine = match builder.open(&context) {
        Ok(e) => e,
        Err(e) => {
            eprintln!("interp: {e}");
            return ExitCode::from(3);
        }
    };
    engine.set_console(|line, is_error| {
        // A closed pipe is no error of the script.
        let _ = if is_error {
            writeln!(std::io::stderr(), "{line}")
        } else {
            writeln!(std::io::stdout(), "{line}")
        };
    });
    let arguments = options.args.iter().map(|a| HostValue::String(a.clone())).collect();
    if let Err(e) = engine.set_global("scriptArgs", HostValue::Array(arguments)) {
        return fail(&e);
    }
    if let Some(seconds) = options.timeout {
        let remote = engine.remote();
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs_f64(seconds.min(1e9)));
            remote.interrupt(TIMEOUT);
        });
    }
    engine.set_module_loader(Files);
    let code = match text {
        Some(text) if module => run_module(&mut engine, &name, &text),
        Some(text) => run(&mut engine, &name, &text),
        None => repl(&mut engine),
    };
    engine.close();
    code
}

fn run(engine: &mut Engine, name: &str, text: &str) -> ExitCode {
    let result = Script::compile(name, text).and_then(|s| engine.run(&s));
    if let Err(e) = result {
        return fail(&e);
    }
    match run_jobs(engine) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(&e),
    }
}

/// Runs jobs until nothing can come any more: of what `Atomics.waitAsync` waits for, here on one thread, timeouts.
fn run_jobs(engine: &mut Engine) -> Result<(), Error> {
    engine.run_jobs()?;
    while engine.pending_waits().next_timeout.is_some() {
        engine.wait_for_jobs(None)?;
        engine.run_jobs()?;
    }
    Ok(())
}

fn run_module(engine: &mut Engine, name: &str, text: &str) -> ExitCode {
    let started = Module::compile(name, text).and_then(|m| engine.run_module(&m));
    let run = match started {
        Ok(run) => run,
        Err(e) => return fail(&e),
    };
    if let Err(e) = run_jobs(engine) {
        return fail(&e);
    }
    match engine.module_state(&run) {
        ModuleState::Fulfilled => ExitCode::SUCCESS,
        ModuleState::Rejected(e) => fail(&e),
        ModuleState::Pending => {
            eprintln!("interp: {name}: a top-level await waits for what never comes");
            ExitCode::from(1)
        }
    }
}

fn fail(e: &Error) -> ExitCode {
    eprintln!("{}", e.render());
    ExitCode::from(if matches!(e.kind(), ErrorKind::Terminated(_)) { 3 } else { 1 })
}

/// Reads lines and runs them; an incomplete program goes on in the next line.
fn repl(engine: &mut Engine) -> ExitCode {
    let interactive = std::io::stdin().is_terminal();
    let mut pending = String::new();
    let prompt = |more: bool| {
        if interactive {
            print!("{}", if more { "… " } else { "> " });
            let _ = std::io::stdout().flush();
        }
    };
    prompt(false);
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        pending.push_str(&line);
        pending.push('\n');
        match Script::compile("<repl>", &pending) {
            Err(e) if e.message().contains("end of") && !line.is_empty() => {
                prompt(true);
                continue;
            }
            Err(e) => eprintln!("{}", e.render()),
            Ok(script) => match engine.run(&script) {
                Ok(v) => println!("{}", show(&v)),
                Err(e) => eprintln!("{}", e.render()),
            },
        }
        if let Err(e) = engine.run_jobs() {
            eprintln!("{}", e.render());
        }
        pending.clear();
        prompt(false);
    }
    if interactive {
        println!();
    }
    ExitCode::SUCCESS
}

fn show(v: &HostValue) -> String {
    match v {
        HostValue::Undefined => "undefined".into(),
        HostValue::Null => "null".into(),
        HostValue::Bool(b) => b.to_string(),
        HostValue::Number(n) => n.to_string(),
        HostValue::String(s) => format!("{s:?}"),
        HostValue::Array(list) => format!("[{}]", list.iter().map(show).collect::<Vec<_>>().join(", ")),
        HostValue::Object(list) => {
            let fields: Vec<_> = list.iter().map(|(k, v)| format!("{k}: {}", show(v))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        HostValue::SharedBuffer(b) => format!("SharedArrayBuffer({})", b.len()),
    }
}
