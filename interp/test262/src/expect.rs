//! The committed list of scenarios that are expected to fail: it must only shrink.
//!
//! A line is a scenario (`path` or `path strict`), or a folder (`path/`) in which nothing passes.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use crate::run::Outcome;

/// What is expected to fail.
pub(crate) struct Expectations {
    scenarios: HashSet<String>,
    folders: Vec<String>,
}

impl Expectations {
    /// Reads the list; a missing one expects nothing to fail.
    pub(crate) fn read(path: &Path) -> Expectations {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let (folders, scenarios): (Vec<&str>, Vec<&str>) = lines.partition(|l| l.ends_with('/'));
        Expectations {
            scenarios: scenarios.into_iter().map(String::from).collect(),
            folders: folders.into_iter().map(String::from).collect(),
        }
    }

    /// Whether the scenario is expected to fail.
    pub(crate) fn fails(&self, id: &str) -> bool {
        self.scenarios.contains(id) || self.folders.iter().any(|f| id.starts_with(f.as_str()))
    }

    /// As [`Expectations::fails`].
    pub(crate) fn lists(&self, id: &str) -> bool {
        self.fails(id)
    }
}

/// Writes the list of what failed now.
pub(crate) fn write(path: &Path, results: &[(String, Outcome)]) -> std::io::Result<()> {
    // A folder is written as one line if nothing in or below it passed.
    let mut passes: BTreeMap<&str, bool> = BTreeMap::new();
    for (id, outcome) in results {
        let good = matches!(outcome, Outcome::Passed);
        for (i, _) in id.match_indices('/') {
            *passes.entry(&id[..=i]).or_default() |= good;
        }
    }
    let mut text =
        String::from("# Scenarios that fail today; see the README of interp. This list must only shrink.\n");
    let mut last: Option<&str> = None;
    for (id, outcome) in results {
        if !matches!(outcome, Outcome::Failed(_) | Outcome::Crashed(_)) {
            continue;
        }
        let folder = id.match_indices('/').map(|(i, _)| &id[..=i]).find(|f| !passes[f]);
        match folder {
            Some(f) if last == Some(f) => {}
            Some(f) => {
                text.push_str(f);
                text.push('\n');
                last = Some(f);
            }
            None => {
                text.push_str(id);
                text.push('\n');
            }
        }
    }
    std::fs::write(path, text)
}
