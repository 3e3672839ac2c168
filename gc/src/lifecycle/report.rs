//! The numbers: of a context, of an engine, and of their ends.
#![forbid(unsafe_code)]

use crate::diagnose::graph::TypeSummary;
use crate::diagnose::json::{self, Json};
use crate::diagnose::sites::AllocationSite;
use crate::{OutOfMemory, fallible};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

/// The numbers of a context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContextStats {
    /// Engines open.
    pub engines: usize,
    /// Bytes in use: reached by the last collection, plus allocated since, plus external.
    pub bytes: usize,
    /// Bytes that cells said they hold outside of the heap.
    pub external_bytes: usize,
    /// Bytes of cells ever allocated by the engines that are open.
    pub allocated_bytes: u64,
    /// Blocks held.
    pub blocks: usize,
    /// Full collections done.
    pub collections: u64,
    /// Minor collections done.
    pub minor_collections: u64,
    /// Slices of full collections done, those that ended one not counted.
    pub slices: u64,
    /// Handles alive, clones not counted.
    pub handles: usize,
    /// Panics in drop glue and in hooks.
    pub drop_panics: u64,
}

/// The numbers of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStats {
    /// Bytes in use: reached by the last collection, plus allocated since, plus external.
    pub bytes: usize,
    /// Bytes that cells said they hold outside of the heap.
    pub external_bytes: usize,
    /// Bytes of cells ever allocated.
    pub allocated_bytes: u64,
    /// Blocks held.
    pub blocks: usize,
    /// Panics in drop glue, in finalizers and in hooks.
    pub drop_panics: u64,
    /// Cells registered for finalization.
    pub finalizers: usize,
    /// Cells that wait in the finalizer queue.
    pub finalizers_ready: usize,
}

/// What came of [`Engine::run_finalizers`](crate::Engine::run_finalizers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinalizerRun {
    /// How many finalizers were called.
    pub called: usize,
    /// How many of them panicked.
    pub panics: u64,
    /// How many cells wait still.
    pub waiting: usize,
}

/// What is said about an engine when it is closed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EngineReport {
    /// The name it was opened with.
    pub name: Arc<str>,
    /// Its numbers just before the end.
    pub stats: EngineStats,
    /// Panics in drop glue while it was closed.
    pub close_panics: u64,
    /// Handles into it that were alive and now resolve to nothing.
    pub handles_invalidated: usize,
    /// What was alive in it, by types, most bytes first, if [`Config::census`](crate::Config::census) is set.
    pub types: Vec<TypeSummary>,
    /// [`Config::census`](crate::Config::census) is set, and `types` could not be filled: there was no memory for it, or no
    /// collection could be made.
    pub census_failed: bool,
}

/// A handle that outlived its engine or its context.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LiveHandle {
    /// The type of the cell.
    pub type_name: &'static str,
    /// Where the handle was made.
    pub created: &'static Location<'static>,
    /// The number of handles on the cell.
    pub count: u32,
    /// How many collections it lived through.
    pub age: u64,
    /// The bytes of all cells that only this handle kept when its engine was closed, if
    /// [`Config::census`](crate::Config::census) is set and there was memory to find out.
    pub retained: Option<usize>,
}

/// What is said about a context when it is closed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CloseReport {
    /// The numbers of the context just before the end.
    pub stats: ContextStats,
    /// The last engines (at most 64) that were closed before it, in order.
    pub engines: Vec<EngineReport>,
    /// How many engines were closed before those.
    pub engines_before: u64,
    /// Engines still open: not zero only in a refusal.
    pub engines_open: usize,
    /// Handles still alive. Without memory for the list it is shorter than `stats.handles`.
    pub handles: Vec<LiveHandle>,
    /// Panics in drop glue and in hooks, in all.
    pub drop_panics: u64,
    /// Where cells were allocated, most bytes first, if [`Config::sample`](crate::Config::sample) is set.
    pub sites: Vec<AllocationSite>,
}

impl fmt::Display for CloseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = &self.stats;
        write!(
            f,
            "context: {} full and {} minor collections, {} slices, {} drop panics",
            stats.collections, stats.minor_collections, stats.slices, self.drop_panics
        )?;
        if self.engines_open > 0 {
            write!(
                f,
                "\n{} engines open: {} bytes in {} blocks",
                self.engines_open, stats.bytes, stats.blocks
            )?;
        }
        if self.engines_before > 0 {
            write!(f, "\n{} engines closed before these", self.engines_before)?;
        }
        for engine in &self.engines {
            write!(f, "\n{engine}")?;
        }
        for handle in &self.handles {
            write!(
                f,
                "\nlive handle: {} ({}), made at {}, {} collections old",
                handle.type_name, handle.count, handle.created, handle.age
            )?;
            if let Some(bytes) = handle.retained {
                write!(f, ", keeps {bytes} bytes")?;
            }
        }
        let more = stats.handles.saturating_sub(self.handles.len());
        if more > 0 {
            write!(f, "\n{more} more live handles")?;
        }
        for site in &self.sites {
            write!(
                f,
                "\nallocated: {} at {}, about {} bytes in {} samples",
                site.type_name, site.at, site.bytes, site.samples
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for EngineReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stats = &self.stats;
        write!(
            f,
            "engine {:?}: {} bytes in {} blocks at close, {} external, {} allocated in all, {} drop panics, {} handles cut",
            self.name,
            stats.bytes,
            stats.blocks,
            stats.external_bytes,
            stats.allocated_bytes,
            stats.drop_panics + self.close_panics,
            self.handles_invalidated
        )?;
        for summary in &self.types {
            write!(f, "\n  {:>8} {:>12} bytes  {}", summary.count, summary.bytes, summary.name)?;
        }
        if self.census_failed {
            f.write_str("\n  without a census: no memory, or no collection")?;
        }
        Ok(())
    }
}

impl CloseReport {
    /// The report as one JSON object.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        self.write_json(&mut text).expect("a string takes all text");
        text
    }

    /// Writes the report as one JSON object; needs no memory of its own.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json<W: fmt::Write>(&self, out: &mut W) -> fmt::Result {
        json::object(out, |json| {
            let stats = &self.stats;
            json.number("collections", stats.collections)?;
            json.number("minorCollections", stats.minor_collections)?;
            json.number("slices", stats.slices)?;
            json.number("dropPanics", self.drop_panics)?;
            json.number("enginesOpen", self.engines_open)?;
            json.number("enginesBefore", self.engines_before)?;
            json.objects("engines", &self.engines, |json, engine| engine.members(json))?;
            json.number("handlesLive", stats.handles)?;
            json.objects("handles", &self.handles, |json, handle| {
                json.text("type", handle.type_name)?;
                json.text("created", handle.created)?;
                json.number("count", handle.count)?;
                json.number("age", handle.age)?;
                handle.retained.map_or(Ok(()), |bytes| json.number("retained", bytes))
            })?;
            json.objects("allocationSites", &self.sites, |json, site| {
                json.text("type", site.type_name)?;
                json.text("at", site.at)?;
                json.number("samples", site.samples)?;
                json.number("bytes", site.bytes)
            })
        })
    }
}

impl EngineReport {
    /// The report as one JSON object.
    pub fn to_json(&self) -> String {
        let mut text = String::new();
        json::object(&mut text, |json| self.members(json)).expect("a string takes all text");
        text
    }

    fn members<W: fmt::Write>(&self, json: &mut Json<'_, W>) -> fmt::Result {
        json.text("name", &self.name)?;
        json.number("bytes", self.stats.bytes)?;
        json.number("externalBytes", self.stats.external_bytes)?;
        json.number("allocatedBytes", self.stats.allocated_bytes)?;
        json.number("blocks", self.stats.blocks)?;
        json.number("dropPanics", self.stats.drop_panics + self.close_panics)?;
        json.number("finalizersDropped", self.stats.finalizers + self.stats.finalizers_ready)?;
        json.number("handlesInvalidated", self.handles_invalidated)?;
        json.objects("types", &self.types, |json, summary| {
            json.text("name", &summary.name)?;
            json.number("count", summary.count)?;
            json.number("bytes", summary.bytes)
        })?;
        if self.census_failed { json.number("censusFailed", true) } else { Ok(()) }
    }

    /// A copy; without its census when there is no memory for that.
    pub(crate) fn try_clone(&self) -> Self {
        let types = try_clone_types(&self.types);
        EngineReport {
            name: self.name.clone(),
            stats: self.stats,
            close_panics: self.close_panics,
            handles_invalidated: self.handles_invalidated,
            census_failed: self.census_failed || types.is_err(),
            types: types.unwrap_or_default(),
        }
    }
}

fn try_clone_types(types: &[TypeSummary]) -> Result<Vec<TypeSummary>, OutOfMemory> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(types.len())?;
    for &TypeSummary { ref name, count, bytes } in types {
        copy.push(TypeSummary { name: fallible::text(format_args!("{name}"))?, count, bytes });
    }
    Ok(copy)
}
