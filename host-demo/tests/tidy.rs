//! The house rules that a machine can check: what is at the top level, how long files are and how they open, that the
//! paths in the READMEs exist, and that nothing of the machine it was written on is in the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What may be at the top level, apart from files whose names begin with a dot.
const TOP: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "gc",
    "host-demo",
    "interp",
    "pool",
];

/// The most lines of a file, tests not counted.
const CAP: usize = 800;

/// Tables and the dispatch loop may be longer.
fn is_exempt(path: &str) -> bool {
    path.ends_with("/opcode.rs") || path.ends_with("vm/dispatch.rs") || path.contains("unicode")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate is in the workspace").to_path_buf()
}

/// The files that belong to the project: those that git knows or would know. Without git there is nothing to check.
fn files() -> Option<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let list = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let files: Vec<String> = list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    let there = files.into_iter().filter(|path| root().join(path).is_file());
    Some(there.collect())
}

/// Files that break a rule, each with a word about it.
fn check(what: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{what}:\n{}", broken.join("\n"));
}

fn rust_files() -> Vec<(String, String)> {
    let Some(files) = files() else { return Vec::new() };
    let rust = files.into_iter().filter(|path| path.ends_with(".rs"));
    rust.map(|path| {
        let text = fs::read_to_string(root().join(&path)).expect("sources are UTF-8");
        (path, text)
    })
    .collect()
}

#[test]
fn the_top_level_is_exactly_this() {
    let Some(files) = files() else { return };
    let found: BTreeSet<&str> = files
        .iter()
        .filter_map(|path| path.split('/').next())
        .filter(|name| !name.starts_with('.'))
        .collect();
    assert_eq!(found, BTreeSet::from(TOP));
}

#[test]
fn every_file_says_what_it_is() {
    let broken = rust_files()
        .into_iter()
        // A crate's root may have its README as its documentation; a compile-fail test is one by its name.
        .filter(|(path, text)| {
            let opens = text.starts_with("//!") || text.starts_with("#![doc = include_str!");
            !opens && !path.contains("/tests/ui/")
        })
        .map(|(path, _)| path)
        .collect();
    check("files that do not open with //!", broken);
}

#[test]
fn files_are_short() {
    let broken = rust_files()
        .into_iter()
        .filter(|(path, _)| !is_exempt(path) && !path.contains("/tests/"))
        .filter_map(|(path, text)| {
            let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
            (lines > CAP).then(|| format!("{path}: {lines} lines"))
        })
        .collect();
    check("files over 800 lines", broken);
}

#[test]
fn paths_in_readmes_exist() {
    let Some(files) = files() else { return };
    let mut broken = Vec::new();
    for readme in files.iter().filter(|path| path.ends_with("README.md")) {
        let text = fs::read_to_string(root().join(readme)).expect("READMEs are UTF-8");
        let folder = root().join(readme).parent().expect("a file is in a folder").to_path_buf();
        for path in text.split('`').skip(1).step_by(2).filter(|code| is_path(code)) {
            let member = root().join(readme.split('/').next().unwrap_or_default());
            let places =
                [folder.join(path), folder.join("src").join(path), member.join(path), root().join(path)];
            if !places.iter().any(|place| place.exists()) {
                broken.push(format!("{readme}: {path}"));
            }
        }
    }
    check("paths that do not exist", broken);
}

/// Whether a piece of code in a README is the path of a file of ours.
fn is_path(code: &str) -> bool {
    let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    let file = [".rs", ".md", ".toml", ".sh", ".js", ".asp"].iter().any(|end| code.ends_with(end));
    plain && file && code.contains(|c: char| c.is_ascii_alphabetic()) && !code.starts_with(['/', '.'])
}

#[test]
fn no_path_of_this_machine() {
    let Some(files) = files() else { return };
    // In two parts, so that this file passes its own test.
    let forbidden =
        [["/wo", "rk/"], ["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"]].map(|parts| parts.concat());
    let broken = files
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(root().join(&path)).ok()?;
            let found = forbidden.iter().find(|forbidden| text.contains(forbidden.as_str()))?;
            Some(format!("{path}: {found}"))
        })
        .collect();
    check("files that name a path of one machine", broken);
}

/// Where `unsafe` may stand; every other file of the four crates does without. Each crate's `DESIGN.md` says why.
const UNSAFE: &[&str] = &[
    "gc/src/collect/",
    "gc/src/diagnose/census.rs",
    "gc/src/diagnose/take.rs",
    "gc/src/heap/",
    "gc/src/nanbox.rs",
    "gc/src/ptr/",
    "gc/src/slots.rs",
    "host-demo/src/churn/counting.rs",
    "interp/src/value/repr.rs",
    "interp/src/vm/call.rs",
    "interp/src/vm/coroutine.rs",
    "interp/src/vm/dispatch.rs",
    "interp/src/vm/inline_cache.rs",
    "interp/src/vm/job.rs",
    "interp/src/vm/mod.rs",
    "interp/src/vm/ops/create.rs",
    "interp/src/vm/special.rs",
    "interp/src/vm/stack.rs",
    "interp/src/vm/steps.rs",
    "pool/src/core/belt.rs",
    "pool/src/core/cell.rs",
    "pool/src/core/hand.rs",
    "pool/src/machine.rs",
    "pool/src/scope.rs",
    "pool/src/task.rs",
];

#[test]
fn unsafe_code_is_where_it_may_be() {
    let words = ["unsafe {", "unsafe impl", "unsafe fn", "unsafe extern", "unsafe trait"];
    let sources = ["gc/src/", "host-demo/src/", "interp/src/", "pool/src/"];
    let broken = rust_files()
        .into_iter()
        .filter(|(path, _)| sources.iter().any(|folder| path.starts_with(folder)))
        .filter(|(path, _)| !UNSAFE.iter().any(|allowed| path.starts_with(allowed)))
        .filter(|(_, text)| {
            let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.any(|line| words.iter().any(|word| line.contains(word)))
        })
        .map(|(path, _)| path)
        .collect();
    check("files with unsafe code that are not listed for it", broken);
}
