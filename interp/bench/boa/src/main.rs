//! Runs one script in Boa. `print` writes a line.

use std::process::ExitCode;

use boa_engine::{Context, JsResult, JsValue, NativeFunction, Source, js_string};

fn print(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let line = args.first().cloned().unwrap_or_default().to_string(context)?;
    println!("{}", line.to_std_string_lossy());
    Ok(JsValue::undefined())
}

fn run(file: &str) -> Result<(), String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    let mut context = Context::default();
    context
        .register_global_callable(js_string!("print"), 1, NativeFunction::from_fn_ptr(print))
        .map_err(|e| e.to_string())?;
    context.eval(Source::from_bytes(&text)).map(drop).map_err(|e| e.to_string())
}

fn main() -> ExitCode {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: boa-run FILE");
        return ExitCode::from(2);
    };
    match run(&file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(1)
        }
    }
}
