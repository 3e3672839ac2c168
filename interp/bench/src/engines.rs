//! The engines there are on this machine, and how one is asked for a figure.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// One engine with its command.
pub(crate) struct EngineKind {
    pub(crate) name: &'static str,
    program: PathBuf,
    args: Vec<String>,
}

/// `name, program on PATH, arguments`; the order is the table's.
type External = (&'static str, &'static str, &'static [&'static str]);

const EXTERNAL: &[External] = &[
    ("qjs", "qjs", &[]),
    ("node-jitless", "node", &["--jitless"]),
    ("jsc-nojit", "jsc", &["--useJIT=false"]),
    ("hermes", "hermes", &["-O", "-w"]),
    ("node", "node", &[]),
];

fn on_path(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|d| d.join(program)).find(|p| p.is_file())
}

/// The engines asked for, or all that are here.
pub(crate) fn found(wanted: Option<&[String]>) -> Result<Vec<EngineKind>, String> {
    let me = std::env::current_exe().map_err(|e| e.to_string())?;
    let built_in = |name: &'static str| EngineKind {
        name,
        program: me.clone(),
        args: vec!["--child".into(), name.into()],
    };
    // The second collects young cells alone.
    let mut all = vec![built_in("interp"), built_in("interp-young")];
    if cfg!(feature = "peers") {
        all.push(built_in("quickjs-ng"));
    }
    let boa = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/boa/target/release/boa-run"));
    if boa.is_file() {
        all.push(EngineKind { name: "boa", program: boa.to_path_buf(), args: Vec::new() });
    }
    for (name, program, args) in EXTERNAL {
        if let Some(program) = on_path(program) {
            let args = args.iter().map(|a| a.to_string()).collect();
            all.push(EngineKind { name, program, args });
        }
    }
    if let Some(wanted) = wanted {
        if let Some(missing) = wanted.iter().find(|w| !all.iter().any(|e| e.name == w.as_str())) {
            let names = all.iter().map(|e| e.name).collect::<Vec<_>>().join(", ");
            return Err(format!(
                "no engine '{missing}' here; there are {names} (quickjs-ng wants --features peers; boa its own build, see the README)"
            ));
        }
        all.retain(|e| wanted.iter().any(|w| w == e.name));
    }
    Ok(all)
}

impl EngineKind {
    /// The score and the answer of one process that runs `file`.
    pub(crate) fn measure(&self, file: &Path) -> Result<(f64, String), String> {
        let output = Command::new(&self.program)
            .args(&self.args)
            .arg(file)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| format!("{}: {e}", self.program.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let complaint = || {
            let errors = String::from_utf8_lossy(&output.stderr);
            let said = text
                .lines()
                .chain(errors.lines())
                .find(|l| !l.trim().is_empty())
                .unwrap_or("nothing printed");
            said.chars().take(160).collect::<String>()
        };
        let line = text.lines().find_map(|l| l.strip_prefix("SCORE ")).ok_or_else(complaint)?;
        let (score, answer) = line.split_once(" ANSWER ").ok_or_else(complaint)?;
        let score = score.trim().parse().map_err(|_| complaint())?;
        Ok((score, answer.to_string()))
    }
}
