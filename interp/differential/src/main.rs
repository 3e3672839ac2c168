//! Compares what interp accepts and refuses with `oxc_parser`, file by file, as script and as module.
//!
//! `cargo run --release -- [--suite DIR] [--mutate N] [--list] FOLDER…`. The folders are searched for JavaScript; the
//! suite is test262's, given or named by `TEST262_DIR`. Its metadata says what is right for the modes a file is made
//! for: there interp must agree with the suite, and where oxc does not, it is only counted. Everything else must be the
//! same, but for what stands in `disagreements.txt` with a reason. `--mutate N` also compares N texts made of each file
//! by moving its tokens about; these differences are printed for a person to judge, and do not count.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use interp::{ErrorKind, Module, Script};
use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    Script,
    /// A script after a directive.
    Strict,
    Module,
}

impl Goal {
    fn name(self) -> &'static str {
        match self {
            Goal::Script => "script",
            Goal::Strict => "strict",
            Goal::Module => "module",
        }
    }
}

/// Nothing, or why it is refused.
type Verdict = Result<(), String>;

fn ours(text: &str, goal: Goal) -> Verdict {
    let result = match goal {
        Goal::Module => Module::compile("file", text).map(|_| ()),
        _ => Script::compile("file", text).map(|_| ()),
    };
    match result {
        Err(e) if e.kind() != ErrorKind::Syntax => Err(format!("LIMIT {e}")),
        other => other.map_err(|e| e.to_string()),
    }
}

fn oxc(text: &str, goal: Goal) -> Verdict {
    let allocator = Allocator::default();
    let kind = if goal == Goal::Module { SourceType::mjs() } else { SourceType::script() };
    let options = ParseOptions { parse_regular_expression: true, ..ParseOptions::default() };
    let parsed = Parser::new(&allocator, text, kind).with_options(options).parse();
    if let Some(e) = parsed.diagnostics.first() {
        return Err(e.to_string());
    }
    if parsed.panicked {
        return Err("no tree".into());
    }
    let semantic = SemanticBuilder::new().with_check_syntax_error(true).build(&parsed.program);
    match semantic.diagnostics.first() {
        Some(e) => Err(e.to_string()),
        None => Ok(()),
    }
}

fn collect(path: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(path) else {
        out.push(path.to_path_buf());
        return;
    };
    let mut entries: Vec<_> = entries.flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "js" || e == "mjs" || e == "cjs") {
            out.push(path);
        }
    }
}

/// The modes a file of the suite is made for, and whether it is to be accepted in them.
fn suite_modes(text: &str) -> (Vec<Goal>, bool) {
    let front =
        text.split_once("/*---").and_then(|(_, rest)| rest.split_once("---*/")).map_or("", |(f, _)| f);
    let flags = front.lines().find(|l| l.trim_start().starts_with("flags:")).unwrap_or("");
    let has = |flag: &str| flags.contains(flag) || front.contains(&format!("\n  - {flag}\n"));
    let negative = front.split_once("negative:").map_or("", |(_, rest)| rest);
    let negative: String = negative.lines().take(3).collect();
    let modes = if has("module") {
        vec![Goal::Module]
    } else if has("onlyStrict") {
        vec![Goal::Strict]
    } else if has("noStrict") || has("raw") {
        vec![Goal::Script]
    } else {
        vec![Goal::Script, Goal::Strict]
    };
    (modes, !negative.contains("phase: parse"))
}

/// A line of the list of disagreements: goal, whether interp accepts, a part of the path.
struct Known {
    goal: String,
    accepts: bool,
    part: String,
    used: std::cell::Cell<usize>,
}

fn known() -> Vec<Known> {
    let lines = include_str!("../disagreements.txt").lines();
    let lines = lines.map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|l| {
            let mut words = l.split_whitespace();
            let mut word = || words.next().unwrap_or_default().to_string();
            let (goal, verdict, part) = (word(), word(), word());
            assert!(matches!(&*verdict, "accepts" | "refuses") && !part.is_empty(), "a line is wrong: {l}");
            Known { goal, accepts: verdict == "accepts", part, used: Default::default() }
        })
        .collect()
}

#[derive(Default)]
struct Counts {
    compared: usize,
    accepted: usize,
    oxc_against_suite: usize,
    known: usize,
    wrong: usize,
    mutants: usize,
    mutants_differ: usize,
}

struct Comparison {
    known: Vec<Known>,
    counts: Counts,
    list: bool,
    mutate: usize,
}

/// The tokens of a text, roughly: enough to move them about.
fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    let is_word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'\\') || b >= 128;
    while i < bytes.len() {
        let start = i;
        let first = bytes[i];
        if text[i..].starts_with("//") {
            i += text[i..].find('\n').unwrap_or(text.len() - i);
        } else if text[i..].starts_with("/*") {
            i += text[i + 2..].find("*/").map_or(text.len() - i, |n| n + 4);
        } else if is_word(first) {
            while i < bytes.len() && is_word(bytes[i]) {
                i += 1;
            }
        } else if matches!(first, b'"' | b'\'') {
            i += 1;
            while i < bytes.len() && bytes[i] != first && bytes[i] != b'\n' {
                i += 1 + usize::from(bytes[i] == b'\\');
            }
            i = (i + 1).min(bytes.len());
            while !text.is_char_boundary(i) {
                i += 1;
            }
        } else {
            i += 1;
        }
        let token = &text[start..i];
        if !token.starts_with("//") && !token.starts_with("/*") && !token.trim().is_empty() || token == "\n" {
            out.push(token);
        }
    }
    out
}

/// Words and signs that change what stands around them.
const SPICE: &[&str] = &[
    "async",
    "await",
    "yield",
    "let",
    "static",
    "get",
    "set",
    "of",
    "in",
    "using",
    "accessor",
    "eval",
    "arguments",
    "new",
    "super",
    "this",
    "class",
    "function",
    "for",
    "if",
    "import",
    "export",
    "default",
    "delete",
    "typeof",
    "#x",
    "@x",
    "?.",
    "=>",
    "...",
    "=",
    "**",
    "??",
    "||",
    "`",
    "${",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ":",
    "\n",
    "/",
    "1",
    "0n",
    "010",
    "'use strict'",
    "\\u0061",
    "x",
    "var",
    "const",
    "return",
    "break",
    "continue",
    "++",
    "!",
    "const x",
];

/// A text made of another's tokens; `seed` says how.
fn mutant(tokens: &[&str], seed: &mut u64) -> String {
    let mut random = |n: usize| {
        *seed ^= *seed << 13;
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        (*seed >> 11) as usize % n.max(1)
    };
    let mut list = tokens.to_vec();
    for _ in 0..1 + random(2) {
        let at = random(list.len());
        match random(5) {
            0 => {
                list.remove(at);
            }
            1 => list.insert(at, SPICE[random(SPICE.len())]),
            2 => list[at] = SPICE[random(SPICE.len())],
            3 => {
                let other = random(list.len());
                list.swap(at, other);
            }
            _ => {
                let from = random(list.len());
                list.insert(at, list[from]);
            }
        }
        if list.is_empty() {
            break;
        }
    }
    list.join(" ")
}

impl Comparison {
    fn mutants(&mut self, name: &str, text: &str, goal: Goal) {
        let tokens = tokens(text);
        if tokens.is_empty() || tokens.len() > 3000 {
            return;
        }
        let mut seed = name
            .bytes()
            .fold(0x9E37_79B9_7F4A_7C15, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01B3))
            | 1;
        for _ in 0..self.mutate {
            let text = mutant(&tokens, &mut seed);
            let (a, b) = (ours(&text, goal), oxc(&text, goal));
            self.counts.mutants += 1;
            if a.is_ok() != b.is_ok() {
                self.counts.mutants_differ += 1;
                println!("MUTANT {name} {}: interp {a:?}, oxc {b:?}\n<<<\n{text}\n>>>", goal.name());
            }
        }
    }

    fn compare(&mut self, name: &str, text: &str, goal: Goal, expected: Option<bool>) {
        let strict;
        let text = if goal == Goal::Strict {
            strict = format!("\"use strict\";\n{text}");
            &strict
        } else {
            text
        };
        let (a, b) = (ours(text, goal), oxc(text, goal));
        self.counts.compared += 1;
        self.counts.accepted += usize::from(a.is_ok());
        if let Some(expected) = expected {
            if a.is_ok() != expected {
                self.counts.wrong += 1;
                println!("WRONG {name} {}: the suite says {expected}, interp {a:?}", goal.name());
            } else if b.is_ok() != expected {
                self.counts.oxc_against_suite += 1;
                if self.list {
                    println!("oxc against the suite: {name} {}: {b:?}", goal.name());
                }
            }
            return;
        }
        if a.is_ok() == b.is_ok() {
            return;
        }
        let fits = |k: &&Known| {
            (k.goal == "any" || k.goal == goal.name()) && k.accepts == a.is_ok() && name.contains(&k.part)
        };
        if let Some(k) = self.known.iter().find(fits) {
            k.used.set(k.used.get() + 1);
            self.counts.known += 1;
            return;
        }
        self.counts.wrong += 1;
        println!("DIFFERS {name} {}: interp {a:?}, oxc {b:?}", goal.name());
    }

    fn folder(&mut self, root: &Path, suite: bool) {
        let mut files = Vec::new();
        collect(root, &mut files);
        for file in files {
            let Ok(bytes) = std::fs::read(&file) else { continue };
            // Both read Unicode text; the suite's few other files are for decoders.
            let Ok(text) = String::from_utf8(bytes) else { continue };
            let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            if self.mutate > 0 {
                let module = suite && suite_modes(&text).0.contains(&Goal::Module);
                self.mutants(&name, &text, if module { Goal::Module } else { Goal::Script });
            }
            let fixture = name.contains("_FIXTURE") || !text.contains("/*---");
            if !suite || fixture {
                self.compare(&name, &text, Goal::Script, None);
                self.compare(&name, &text, Goal::Module, None);
                continue;
            }
            let (modes, accepted) = suite_modes(&text);
            for &goal in &modes {
                self.compare(&name, &text, goal, Some(accepted));
            }
            let other = if modes.contains(&Goal::Module) { Goal::Script } else { Goal::Module };
            self.compare(&name, &text, other, None);
        }
    }
}

fn run() -> Result<bool, String> {
    let mut suite = std::env::var("TEST262_DIR").ok().map(PathBuf::from);
    let mut folders = Vec::new();
    let mut comparison = Comparison { known: known(), counts: Counts::default(), list: false, mutate: 0 };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match &*arg {
            "--suite" => suite = Some(args.next().ok_or("--suite wants a folder")?.into()),
            "--mutate" => {
                let n = args.next().and_then(|n| n.parse().ok());
                comparison.mutate = n.ok_or("--mutate wants a number")?;
            }
            "--list" => comparison.list = true,
            _ => folders.push(PathBuf::from(arg)),
        }
    }
    if suite.is_none() && folders.is_empty() {
        return Err("nothing to compare: give folders, or --suite".into());
    }
    for folder in folders {
        comparison.folder(&folder, false);
    }
    if let Some(suite) = suite {
        comparison.folder(&suite.join("test"), true);
        for k in comparison.known.iter().filter(|k| k.used.get() == 0) {
            println!("not needed: {} {} {}", k.goal, if k.accepts { "accepts" } else { "refuses" }, k.part);
        }
    }
    let Counts { compared, accepted, oxc_against_suite, known, wrong, mutants, mutants_differ } =
        comparison.counts;
    if mutants > 0 {
        println!("{mutants} mutants, {mutants_differ} of them read differently");
    }
    println!(
        "{compared} texts compared, {accepted} accepted by interp; {oxc_against_suite} where oxc is against the suite \
         and interp is not, {known} disagreements with a reason, {wrong} without"
    );
    Ok(wrong == 0)
}

fn main() -> ExitCode {
    // The oracle recurses freely.
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run);
    match thread.expect("a thread").join() {
        Ok(Ok(true)) => ExitCode::SUCCESS,
        Ok(Ok(false)) => ExitCode::FAILURE,
        Ok(Err(e)) => {
            eprintln!("interp-differential: {e}");
            ExitCode::from(2)
        }
        Err(_) => ExitCode::FAILURE,
    }
}
