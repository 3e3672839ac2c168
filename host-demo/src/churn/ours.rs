//! One job on our engine: a context and an engine are opened, a script is run, and both are closed.

use interp::{Engine, HostValue, Script};

/// What every job runs: some objects, some strings, a function, and a number at the end.
const SOURCE: &str = "
var list = [];
function square(n) { return n * n; }
for (var i = 0; i < 10; i++) list.push({ n: i, square: square(i), text: 'item ' + i });
list[9].square + list.length;
";

/// The script, compiled once for all threads.
pub(super) fn script() -> Result<Script, String> {
    Script::compile("churn.js", SOURCE).map_err(|error| error.to_string())
}

/// Opens, runs, closes.
pub(super) fn work(script: &Script) -> Result<(), String> {
    let context = gc::Context::open(gc::Config::default()).map_err(|error| error.to_string())?;
    let mut engine = Engine::builder().name("churn").open(&context).map_err(|error| error.to_string())?;
    let result = engine.run(script);
    engine.close();
    context.close().map_err(|error| error.to_string())?;
    match result {
        Ok(HostValue::Number(91.0)) => Ok(()),
        Ok(other) => Err(format!("the script came to {other:?} instead of 91")),
        Err(error) => Err(error.to_string()),
    }
}
