//! What a job costs in allocations: one with a ticket, none without a ticket and with a pointer to capture at most. Counted on a pool that is
//! warm, over many jobs: the pool's own tables do not grow with the jobs that pass.

use pool::{Builder, JobOptions};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

struct Counting;

static ALLOCATED: AtomicU64 = AtomicU64::new(0);

// SAFETY: everything is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(1, SeqCst);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on; the block is the system's.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn one_for_a_ticket_and_none_without() {
    let jobs: u64 = if cfg!(miri) { 10 } else { 1000 };
    let pool = Builder::<()>::new().max_workers(1).build().expect("valid");
    let count = |run: &dyn Fn()| {
        (0..jobs.div_ceil(10)).for_each(|_| run());
        let before = ALLOCATED.load(SeqCst);
        (0..jobs).for_each(|_| run());
        ALLOCATED.load(SeqCst) - before
    };
    let text = [1_u64; 8];
    let ticketed = count(&|| {
        let ticket = pool.submit(move |_, _| text.iter().sum::<u64>()).expect("room");
        assert_eq!(ticket.wait().expect("it ran"), 8);
    });
    assert_eq!(ticketed, jobs, "closure, result, ticket and label: one allocation");
    let labelled = count(&|| {
        let options = JobOptions::new().label("static");
        pool.submit_with(options, |_, _| ()).expect("room").wait().expect("it ran");
    });
    assert_eq!(labelled, jobs);
    // The ticketed job after it says when it is over.
    let plain = count(&|| {
        pool.execute(|_, _| ()).expect("room");
        pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
    });
    assert_eq!(plain, jobs, "a closure without captures costs nothing");
    let counter = Arc::new(AtomicU64::new(0));
    let counting = count(&|| {
        let counter = counter.clone();
        pool.execute(move |_, _| counter.fetch_add(1, SeqCst)).expect("room");
        pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
    });
    assert_eq!(counting, jobs, "nor does one that captures a pointer");
    assert_eq!(counter.load(SeqCst), jobs + jobs.div_ceil(10));
    let larger = count(&|| {
        pool.execute(move |_, _| text.len()).expect("room");
        pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
    });
    assert_eq!(larger, 2 * jobs, "a larger one: its captures");
}
