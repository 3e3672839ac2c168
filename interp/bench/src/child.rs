//! The engines built into this binary: one of them runs one file in this process.

use std::process::ExitCode;

/// Runs `file` on `engine` and prints what it prints.
pub(crate) fn run(engine: &str, file: &str) -> ExitCode {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(e) => {
            eprintln!("{file}: {e}");
            return ExitCode::from(2);
        }
    };
    let result = match engine {
        "interp" => on_interp(file, &text, gc::Config::default()),
        "interp-young" => on_interp(file, &text, gc::Config::default().generations(true)),
        #[cfg(feature = "peers")]
        "quickjs-ng" => on_quickjs(&text),
        _ => Err(format!("no engine '{engine}' in this build")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(1)
        }
    }
}

fn on_interp(file: &str, text: &str, config: gc::Config) -> Result<(), String> {
    let context = gc::Context::open(config).map_err(|e| e.to_string())?;
    let mut engine = interp::Engine::builder().name("bench").open(&context).map_err(|e| e.to_string())?;
    engine.set_console(|line, _| println!("{line}"));
    let script = interp::Script::compile(file, text).map_err(|e| e.render())?;
    let result = engine.run(&script).map(drop).and_then(|()| engine.run_jobs()).map_err(|e| e.render());
    engine.close();
    result
}

#[cfg(feature = "peers")]
fn on_quickjs(text: &str) -> Result<(), String> {
    let runtime = rquickjs::Runtime::new().map_err(|e| e.to_string())?;
    let context = rquickjs::Context::full(&runtime).map_err(|e| e.to_string())?;
    context.with(|cx| {
        let print = rquickjs::Function::new(cx.clone(), |line: String| println!("{line}"))
            .map_err(|e| e.to_string())?;
        cx.globals().set("print", print).map_err(|e| e.to_string())?;
        let mut options = rquickjs::context::EvalOptions::default();
        options.strict = false;
        cx.eval_with_options::<(), _>(text, options)
            .map_err(|e| format!("{e}: {:?}", cx.catch().as_exception().map(|x| x.to_string())))
    })
}
