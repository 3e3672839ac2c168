//! The system has no memory: for one allocation, whichever, or for all from one on. Errors are values, the heap stays
//! whole, the error cell, the close and the report always succeed, and nothing is left.

use gc::{
    CloseRefusal, Config, Context, EngineConfig, Gc, Handle, Lock, RefLock, Rootable, Trace, VerifyError,
    Weak, WeakMap, process_stats,
};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt::Write;

/// The system's memory, which ends when a test says so.
struct Ending;

#[derive(Clone, Copy, PartialEq)]
enum Fails {
    Never,
    Once(u32),
    From(u32),
}

thread_local! {
    static FAILS: Cell<Fails> = const { Cell::new(Fails::Never) };
    static COUNT: Cell<u32> = const { Cell::new(0) };
    static REFUSED: Cell<u32> = const { Cell::new(0) };
}

fn refuses() -> bool {
    let count = COUNT.get() + 1;
    COUNT.set(count);
    let refuses = match FAILS.get() {
        Fails::Never => false,
        Fails::Once(n) => count == n,
        Fails::From(n) => count >= n,
    };
    REFUSED.set(REFUSED.get() + u32::from(refuses));
    refuses
}

// SAFETY: the system's allocator, or null, which every caller has to expect.
unsafe impl GlobalAlloc for Ending {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the obligations are the caller's.
        if refuses() { std::ptr::null_mut() } else { unsafe { System.alloc(layout) } }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the obligations are the caller's.
        if refuses() { std::ptr::null_mut() } else { unsafe { System.realloc(at, layout, size) } }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the obligations are the caller's.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Ending = Ending;

#[derive(Trace)]
struct Node<'gc> {
    value: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

/// With drop glue, which allocates nothing.
#[derive(Trace)]
struct Droppy {
    name: Option<Box<u32>>,
}

#[derive(Trace, Default)]
struct Root<'gc> {
    list: Option<Gc<'gc, Node<'gc>>>,
    map: Option<Gc<'gc, WeakMap<'gc, u32>>>,
    weak: Option<Gc<'gc, RefLock<Weak<'gc, Node<'gc>>>>>,
    error: Option<Gc<'gc, Node<'gc>>>,
    oops: Option<Gc<'gc, Droppy>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

/// Text without memory.
struct Page {
    bytes: [u8; 16 << 10],
    len: usize,
}

impl Write for Page {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let end = self.len + text.len();
        self.bytes.get_mut(self.len..end).ok_or(std::fmt::Error)?.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Everything that can fail for want of memory. Returns a handle.
fn work(ctx: &Context, engine: &mut gc::Engine<R>, steps: u32) -> Result<Handle<Node<'static>>, gc::Error> {
    let handle = engine.mutate(|mc, root| -> Result<_, gc::OutOfMemory> {
        let node = mc.try_alloc(Node { value: 0, next: Lock::new(None) })?;
        root.list = Some(node);
        root.map = Some(mc.try_alloc(WeakMap::new())?);
        root.weak = Some(mc.try_alloc(RefLock::new(Weak::new(node)))?);
        mc.try_handle(node)
    })?;
    let clone = handle.clone();
    for step in 0..steps {
        engine.mutate(|mc, root| -> Result<(), gc::OutOfMemory> {
            for value in 0..if cfg!(miri) { 8 } else { 700 } {
                let node = mc.try_alloc(Node { value, next: Lock::new(root.list) })?;
                if value % 7 == 0 {
                    root.list = Some(node);
                }
                if value % 50 == 0 {
                    Gc::write(mc, root.map.expect("made above")).try_insert(node.erase(), value)?;
                    mc.try_alloc(Droppy { name: None })?;
                }
            }
            if step % 4 == 0 {
                mc.alloc_tail_fill((), 5000, 1u8)?;
                mc.alloc_tail((), 700, |_| Lock::new(root.list))?;
                mc.try_handle(root.list.expect("made above"))?;
                mc.external(100).map(drop)?;
            }
            Ok(())
        })?;
        engine.safepoint();
        if step % 5 == 3 {
            ctx.collect()?;
        }
    }
    engine.collect_minor();
    drop(handle);
    engine.mutate(|mc, root| {
        let node = mc.resolve::<Node>(&clone).expect("a handle of this engine");
        assert_eq!(node.value, 0);
        let weak = root.weak.expect("made above").borrow().get(mc).expect("the list keeps it");
        assert!(weak.ptr_eq(node));
    });
    Ok(clone)
}

/// Questions to a heap, which take memory in proportion to it.
fn ask(ctx: &Context, least: usize) -> Result<(), gc::Error> {
    let census = match ctx.verify() {
        Ok(census) => census,
        Err(VerifyError::Refused(error)) => return Err(error),
        Err(flaw) => panic!("{flaw}"),
    };
    let graph = ctx.graph()?;
    // The context, its engine, and a handle are nodes too; no cell is garbage after the graph was taken.
    assert!(census.reachable >= least && graph.nodes().count() <= census.cells + 3);
    let full = |error: std::io::Error| {
        assert_eq!(error.kind(), std::io::ErrorKind::OutOfMemory);
        gc::Error::OutOfMemory
    };
    graph.write_heapsnapshot(&mut std::io::sink()).map_err(full)
}

/// Opens, works, closes. Was there enough memory?
fn life(config: &Config, engine_config: &EngineConfig, page: &mut Page) -> bool {
    page.len = 0;
    let Ok(ctx) = Context::open(config.clone()) else { return false };
    let Ok(mut engine) = ctx.engine::<R>(engine_config.clone(), |_| Root::default()) else {
        ctx.close().expect("no engine is open");
        return false;
    };
    let census = config.census;
    let steps = if cfg!(miri) || census { 1 } else { 12 };
    let work = work(&ctx, &mut engine, steps);
    let asked = if census { ask(&ctx, if work.is_ok() { 5 } else { 0 }) } else { Ok(()) };
    engine.mutate(|mc, root| {
        // What says that there was no memory can always be made: of both kinds, though nothing of the kind was before.
        root.error = Some(mc.alloc(Node { value: 77, next: Lock::new(root.list) }));
        root.oops = Some(mc.alloc(Droppy { name: None }));
    });
    engine.safepoint();
    engine.collect();
    engine.mutate(|_, root| {
        assert_eq!(root.error.expect("set above").value, 77);
        assert!(root.oops.expect("set above").name.is_none());
    });
    let ctx = if census {
        let refused = ctx.close().expect_err("the engine is open");
        assert_eq!(refused.refusal, CloseRefusal::EnginesOpen);
        refused.ctx
    } else {
        ctx
    };
    let report = engine.close();
    assert_eq!(&*report.name, "the engine");
    let counted: usize = report.types.iter().map(|summary| summary.bytes).sum();
    assert_eq!(counted, if census && !report.census_failed { report.stats.bytes } else { 0 });
    let report = ctx.close().expect("the engine is closed");
    assert_eq!(report.engines.len(), 1);
    assert_eq!(report.engines[0].types.is_empty(), !census || report.engines[0].census_failed);
    let whole = asked.is_ok() && report.handles.iter().all(|handle| handle.retained.is_some() == census);
    write!(page, "{report}").expect("a page is enough");
    page.len = 0;
    report.write_json(page).expect("a page is enough");
    work.is_ok() && whole && !report.engines[0].census_failed
}

fn survive(fails: fn(u32) -> Fails, config: Config) {
    let engine_config = EngineConfig::named("the engine");
    let mut page = Page { bytes: [0; 16 << 10], len: 0 };
    let before = process_stats();
    let mut number = 1;
    loop {
        gc::trim_pool();
        COUNT.set(0);
        REFUSED.set(0);
        FAILS.set(fails(number));
        let done = life(&config, &engine_config, &mut page);
        FAILS.set(Fails::Never);
        let after = process_stats();
        assert_eq!((after.live_bytes, after.live_contexts), (before.live_bytes, before.live_contexts));
        if REFUSED.get() == 0 {
            assert!(done);
            break;
        }
        number += if cfg!(miri) { 31 } else { 1 };
    }
    assert!(number > 40, "{number} allocations are too few to be true");
}

/// One test, so that no other thread of it counts in the statistics of the process.
#[test]
fn every_allocation_may_fail() {
    let small = || Config::default().min_debt(4 << 10);
    survive(Fails::From, small().generations(true).slice(50));
    survive(Fails::Once, small());
    survive(Fails::From, small().generations(true).census(true));
    if !cfg!(miri) {
        survive(Fails::Once, small().census(true));
        survive(Fails::Once, small().generations(true).slice(50));
        survive(Fails::From, small());
    }
}
