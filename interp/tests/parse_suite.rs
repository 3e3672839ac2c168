//! Parses every file of test262 in the modes it asks for, and compares what is refused with
//! `negative: phase: parse`. `TEST262_DIR` names the suite; without it nothing is tested, and said.
//! `PARSE_SUITE_LIST=1` prints every difference; `PARSE_SUITE_WIDE=1` parses all as UTF-16.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bumpalo::Bump;
use interp::syntax::atoms::AtomTable;
use interp::syntax::{ParseOptions, Source, parse};

/// What a file's frontmatter says.
struct Meta {
    negative_parse: bool,
    modes: Vec<&'static str>,
    skip: bool,
}

/// Features that are no part of the language's syntax yet.
const SKIPPED_FEATURES: &[&str] = &[];

fn meta(text: &str) -> Meta {
    let front = text
        .split_once("/*---")
        .and_then(|(_, rest)| rest.split_once("---*/"))
        .map_or("", |(front, _)| front);
    let has_flag = |flag: &str| {
        let inline = |line: &str| line.trim_start().starts_with("flags:") && line.contains(flag);
        front.lines().any(inline) || front.contains(&format!("\n  - {flag}\n"))
    };
    let negative = front.split_once("negative:").map_or("", |(_, rest)| rest);
    let negative: String = negative.lines().take(3).collect();
    let modes = if has_flag("module") {
        vec!["module"]
    } else if has_flag("onlyStrict") {
        vec!["strict"]
    } else if has_flag("noStrict") || has_flag("raw") {
        vec!["sloppy"]
    } else {
        vec!["sloppy", "strict"]
    };
    let skip = SKIPPED_FEATURES.iter().any(|feature| front.contains(feature));
    Meta { negative_parse: negative.contains("phase: parse"), modes, skip }
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir).expect("readable").flatten().collect();
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "js") && !path.to_string_lossy().contains("_FIXTURE")
        {
            files.push(path);
        }
    }
}

/// The differences of one file, and how many modes it was parsed in.
fn check(name: &str, text: &str, arena: &mut Bump) -> (usize, Vec<String>) {
    let meta = meta(text);
    let mut failures = Vec::new();
    if meta.skip {
        return (0, failures);
    }
    let wide = std::env::var("PARSE_SUITE_WIDE").is_ok();
    let text = &if wide { format!("{text}\n// \u{100}") } else { text.to_string() };
    for mode in &meta.modes {
        let source = match *mode {
            "strict" => Source::new(name, &format!("\"use strict\";\n{text}")),
            _ => Source::new(name, text),
        };
        let mut options = match *mode {
            "module" => ParseOptions::module(),
            _ => ParseOptions::script(),
        };
        options.regexp_check = interp::regexp::check;
        let mut atoms = AtomTable::new();
        let result = parse(&source, &options, arena, &mut atoms);
        if result.is_err() != meta.negative_parse {
            let why = result.map_or_else(|e| e.to_string(), |_| "accepted".to_string());
            failures.push(format!("{name} [{mode}]: {why}"));
        }
        arena.reset();
    }
    (meta.modes.len(), failures)
}

/// Patterns are checked by the pattern parser, which is not hooked in here.
fn is_pattern_test(failure: &str) -> bool {
    failure.ends_with("accepted")
        && ["literals/regexp/", "RegExp/", "regexp-modifiers"].iter().any(|p| failure.contains(p))
}

#[test]
fn test262_accepts_and_rejects() {
    let Ok(dir) = std::env::var("TEST262_DIR") else {
        eprintln!("NOT TESTED: TEST262_DIR is not set");
        return;
    };
    let root = Path::new(&dir).join("test");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let found = Mutex::new((0, Vec::new()));
    std::thread::scope(|scope| {
        for part in files.chunks(files.len() / 2 + 1) {
            let (found, root) = (&found, &root);
            scope.spawn(move || {
                let mut arena = Bump::new();
                for path in part {
                    let bytes = fs::read(path).expect("readable");
                    let text = String::from_utf8_lossy(&bytes);
                    let name = path.strip_prefix(root).expect("below").display().to_string();
                    let (modes, mut failures) = check(&name, &text, &mut arena);
                    let mut found = found.lock().expect("no panics");
                    found.0 += modes;
                    found.1.append(&mut failures);
                }
            });
        }
    });
    let (total, failures) = found.into_inner().expect("no panics");
    let (patterns, other): (Vec<_>, Vec<_>) = failures.iter().partition(|f| is_pattern_test(f));
    eprintln!(
        "test262: {total} scenarios, {} differ, and {} patterns are not checked here",
        other.len(),
        patterns.len(),
    );
    if std::env::var("PARSE_SUITE_LIST").is_ok() {
        for failure in &patterns {
            eprintln!("pattern {failure}");
        }
        for failure in &other {
            eprintln!("{failure}");
        }
    }
    assert!(other.is_empty(), "{} differ: {:#?}", other.len(), &other[..other.len().min(40)]);
}
