//! The page cache: each page compiled once, shared by all workers, and made anew when one of its files changed.
//!
//! While it is being made anew the old version goes on being served, and when the new one does not compile, the old
//! one stays. A page that never compiled is remembered as its error: a broken page costs one compilation for each
//! change of its files, not one for each request.

use super::{Page, Sources};
use crate::error::{Fault, FaultKind};
use crate::site::{Site, Stamp};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};
use std::time::{Duration, Instant};

/// The most pages there are at once; beyond it, pages that do not exist are forgotten first.
const MOST: usize = 10_000;

/// All pages.
pub(crate) struct Cache {
    check: Duration,
    pages: RwLock<HashMap<String, Arc<Entry>>>,
}

/// One path.
#[derive(Default)]
struct Entry {
    /// What is served; nothing until the first compilation is over.
    current: RwLock<Option<Version>>,
    /// Held by the one that compiles.
    compiling: Mutex<()>,
    hits: AtomicU64,
    micros: AtomicU64,
    compilations: AtomicU64,
}

#[derive(Clone)]
struct Version {
    page: Result<Arc<Page>, Arc<Fault>>,
    /// The files of the last attempt, as they were just before it.
    files: Arc<[(Arc<str>, Stamp)]>,
    checked: Instant,
    /// What the last attempt said, if an older version is served.
    stale: Option<Arc<Fault>>,
}

/// One row of the page table.
pub(crate) struct Row {
    pub(crate) path: String,
    pub(crate) hits: u64,
    pub(crate) micros: u64,
    pub(crate) compilations: u64,
    pub(crate) state: &'static str,
}

impl Cache {
    /// Nothing yet. A page's files are looked at for changes every `check_ms`.
    pub(crate) fn new(check_ms: u64) -> Cache {
        Cache { check: Duration::from_millis(check_ms), pages: RwLock::default() }
    }

    /// The page of this path, compiled if it has to be.
    pub(crate) fn get(&self, site: &Site, path: &str) -> Result<Arc<Page>, Arc<Fault>> {
        let entry = self.entry(path);
        entry.hits.fetch_add(1, Ordering::Relaxed);
        let current = entry.current();
        if let Some(version) = &current
            && (version.checked.elapsed() < self.check || !entry.must_compile(site, version))
        {
            return version.page.clone();
        }
        // Only who has nothing to serve waits for another's compilation.
        let _compiling = match (entry.compiling.try_lock(), &current) {
            (Ok(guard), _) => guard,
            (Err(TryLockError::Poisoned(poisoned)), _) => poisoned.into_inner(),
            (Err(TryLockError::WouldBlock), Some(version)) => return version.page.clone(),
            (Err(TryLockError::WouldBlock), None) => {
                entry.compiling.lock().unwrap_or_else(PoisonError::into_inner)
            }
        };
        // Perhaps it was compiled while we waited.
        let current = entry.current();
        if let Some(version) = &current
            && !entry.must_compile(site, version)
        {
            return version.page.clone();
        }
        let version = compile(site, path, current);
        entry.compilations.fetch_add(1, Ordering::Relaxed);
        *entry.current.write().unwrap_or_else(PoisonError::into_inner) = Some(version.clone());
        if matches!(&version.page, Err(fault) if fault.kind == FaultKind::NotFound) {
            // What does not exist is not remembered: anybody can ask for anything.
            self.pages.write().unwrap_or_else(PoisonError::into_inner).remove(path);
        }
        version.page
    }

    fn entry(&self, path: &str) -> Arc<Entry> {
        if let Some(entry) = self.pages.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return entry.clone();
        }
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        if pages.len() >= MOST {
            return Arc::default();
        }
        pages.entry(path.to_owned()).or_default().clone()
    }

    /// A page was run.
    pub(crate) fn took(&self, path: &str, time: Duration) {
        if let Some(entry) = self.pages.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            entry.micros.fetch_add(time.as_micros() as u64, Ordering::Relaxed);
        }
    }

    /// The pages by their names.
    pub(crate) fn table(&self) -> Vec<Row> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let mut rows: Vec<Row> = pages.iter().map(|(path, entry)| entry.row(path)).collect();
        rows.sort_by(|a, b| a.path.cmp(&b.path));
        rows
    }
}

impl Entry {
    fn current(&self) -> Option<Version> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a file changed. If not, it will not be looked at again for a while.
    fn must_compile(&self, site: &Site, version: &Version) -> bool {
        let changed = version.files.iter().any(|(file, stamp)| site.stamp(file) != *stamp);
        if !changed && let Some(current) = &mut *self.current.write().unwrap_or_else(PoisonError::into_inner)
        {
            current.checked = Instant::now();
        }
        changed
    }

    fn row(&self, path: &str) -> Row {
        let state = match self.current() {
            None => "compiling",
            Some(Version { stale: Some(_), .. }) => "stale",
            Some(Version { page: Err(_), .. }) => "broken",
            Some(_) => "ready",
        };
        Row {
            path: path.to_owned(),
            hits: self.hits.load(Ordering::Relaxed),
            micros: self.micros.load(Ordering::Relaxed),
            compilations: self.compilations.load(Ordering::Relaxed),
            state,
        }
    }
}

fn compile(site: &Site, path: &str, old: Option<Version>) -> Version {
    let started = Instant::now();
    // The page itself is stamped before it is read, its includes after: they are known only then. A file that changes
    // in between is seen at the change after.
    let own = (Arc::from(path), site.stamp(path));
    let (page, Sources { files }) = super::compile(site, path);
    let includes = files.into_iter().filter(|file| **file != *path);
    let files = std::iter::once(own)
        .chain(includes.map(|file| {
            let stamp = site.stamp(&file);
            (file, stamp)
        }))
        .collect();
    let checked = Instant::now();
    match (page, old) {
        (Ok(page), _) => {
            tracing::debug!(page = path, took = ?started.elapsed(), "compiled");
            Version { page: Ok(Arc::new(page)), files, checked, stale: None }
        }
        (Err(fault), Some(Version { page: Ok(page), .. })) if fault.kind != FaultKind::NotFound => {
            tracing::warn!(page = path, "{fault}; the version before it is still served");
            Version { page: Ok(page), files, checked, stale: Some(Arc::new(fault)) }
        }
        (Err(fault), _) => {
            if fault.kind != FaultKind::NotFound {
                tracing::warn!(page = path, "{fault}");
            }
            Version { page: Err(Arc::new(fault)), files, checked, stale: None }
        }
    }
}
