//! Models of everything that two threads may do to one context, on the real code.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p gc --target-dir target/loom --test loom -- --nocapture` explores every
//! interleaving (up to the preemption bound below) and prints how many there were. Without loom the same models run with
//! real threads, so that they are compiled and right in every test run.

use gc::model::{BlockPool, Counters, Registry};
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(loom)]
use loom::{sync::Arc, thread};
#[cfg(not(loom))]
use std::{sync::Arc, thread};

/// Runs a model to its end and says how often it ran.
fn model(name: &str, f: impl Fn() + Sync + Send + 'static) {
    static RUNNING: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _one_at_a_time = RUNNING.lock();
    let begun = std::sync::Arc::new(AtomicUsize::new(0));
    let ended = std::sync::Arc::new(AtomicUsize::new(0));
    let (b, e) = (begun.clone(), ended.clone());
    let run = move || {
        b.fetch_add(1, Ordering::Relaxed);
        f();
        e.fetch_add(1, Ordering::Relaxed);
    };
    #[cfg(loom)]
    {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(run);
    }
    #[cfg(not(loom))]
    for _ in 0..if cfg!(miri) { 3 } else { 200 } {
        run();
    }
    let (begun, ended) = (begun.load(Ordering::Relaxed), ended.load(Ordering::Relaxed));
    assert!(begun > 1 && begun == ended, "{name}: {begun} begun, {ended} ended");
    println!("{name}: {ended} iterations, each to its end");
}

#[test]
fn register_and_unregister_against_an_inspector() {
    model("register/unregister against an inspector", || {
        let registry = Arc::new(Registry::new());
        let owner = registry.clone();
        let join = thread::spawn(move || {
            for bytes in 1..=2 {
                let key = owner.open().unwrap();
                owner.record(key.record()).unwrap().publish(gc::model::stats(bytes));
                owner.close(key);
            }
        });
        let mut seen = 0;
        registry.for_each(|key, stats| {
            seen += 1;
            // The numbers of one context, whole, or those of a context that has published none.
            assert!(stats.bytes <= 2 && stats.bytes == stats.blocks);
            if key.generation() == 0 {
                assert!(stats.bytes <= 1);
            }
        });
        assert!(seen <= 1);
        join.join().unwrap();
        registry.for_each(|_, _| panic!("a closed context is listed"));
    });
}

#[test]
fn close_against_interrupt() {
    model("close against interrupt", || {
        let registry = Arc::new(Registry::new());
        let key = registry.open().unwrap();
        let remote = registry.clone();
        let join = thread::spawn(move || {
            let record = remote.record(key.record()).unwrap();
            (record.interrupt(key.generation(), 7), record.request_gc(key.generation()))
        });
        registry.close(key);
        let next = registry.open().unwrap();
        assert_eq!(next.record(), key.record(), "the record is used again");
        let record = registry.record(next.record()).unwrap();
        let (_, late) = join.join().unwrap();
        // Whatever the other thread saw, the next context hears nothing of it.
        assert!(!record.interrupted());
        assert_eq!(record.take_interrupt(), None);
        assert!(!record.collect_requested());
        let _ = late;
        assert!(!record.interrupt(key.generation(), 7));
        assert!(record.interrupt(next.generation(), 9));
        assert_eq!(record.take_interrupt(), Some(9));
    });
}

#[test]
fn an_interrupt_wakes_who_waits() {
    model("an interrupt wakes who waits", || {
        let registry = Arc::new(Registry::new());
        let key = registry.open().unwrap();
        let remote = registry.clone();
        let join = thread::spawn(move || {
            remote.record(key.record()).unwrap().interrupt(key.generation(), 3);
        });
        let record = registry.record(key.record()).unwrap();
        // Were the interrupt missed, this would never end: loom calls that a deadlock.
        record.waiting(|| {
            while !record.interrupted() {
                thread::park();
            }
        });
        assert_eq!(record.take_interrupt(), Some(3));
        join.join().unwrap();
    });
}

#[test]
fn close_against_a_foreign_handle_drop() {
    model("close against a foreign handle drop", || {
        let registry = Arc::new(Registry::new());
        let key = registry.open().unwrap();
        let record = registry.record(key.record()).unwrap();
        let handle = record.new_slot(key.generation()).unwrap();
        assert!(registry.retain(handle));
        let foreign = registry.clone();
        let join = thread::spawn(move || foreign.release(handle));
        registry.release(handle);
        let mut released = 0;
        record.reclaim(|_| released += 1);
        let live = registry.close(key);
        assert!(released + live <= 1, "released once, or alive at close, or released and not yet taken back");
        // The next context on the record has a slot of the same index; the late drop must not touch it.
        let next = registry.open().unwrap();
        let slot = record.new_slot(next.generation()).unwrap();
        join.join().unwrap();
        record.reclaim(|_| panic!("a slot of the next context was released"));
        registry.release(slot);
        let mut released = 0;
        record.reclaim(|_| released += 1);
        assert_eq!(released, 1);
        assert_eq!(registry.close(next), 0);
    });
}

#[test]
fn each_slot_is_released_once() {
    model("clones dropped on two threads", || {
        let registry = Arc::new(Registry::new());
        let key = registry.open().unwrap();
        let record = registry.record(key.record()).unwrap();
        let handle = record.new_slot(key.generation()).unwrap();
        registry.retain(handle);
        let joins: Vec<_> = (0..2)
            .map(|_| {
                let registry = registry.clone();
                thread::spawn(move || registry.release(handle))
            })
            .collect();
        let mut released = 0;
        record.reclaim(|_| released += 1);
        joins.into_iter().for_each(|join| join.join().unwrap());
        record.reclaim(|_| released += 1);
        assert_eq!(released, 1);
    });
}

#[test]
fn a_second_interrupt_is_not_lost() {
    model("a second interrupt is not lost", || {
        let registry = Arc::new(Registry::new());
        let key = registry.open().unwrap();
        let record = registry.record(key.record()).unwrap();
        let joins: Vec<_> = [1, 2]
            .into_iter()
            .map(|reason| {
                let registry = registry.clone();
                thread::spawn(move || {
                    assert!(registry.record(key.record()).unwrap().interrupt(key.generation(), reason));
                })
            })
            .collect();
        let mut taken = record.take_interrupt().unwrap_or(0);
        joins.into_iter().for_each(|join| join.join().unwrap());
        if taken != 3 {
            assert!(record.interrupted());
            let rest = record.take_interrupt().unwrap();
            assert_eq!(taken & rest, 0, "no reason comes twice");
            taken |= rest;
        }
        assert_eq!(taken, 3);
        assert_eq!(record.take_interrupt(), None);
    });
}

#[test]
fn stats_are_not_torn() {
    model("stats are not torn", || {
        let registry = Arc::new(Registry::new());
        let key = registry.open().unwrap();
        let reader = registry.clone();
        let join = thread::spawn(move || {
            let record = reader.record(key.record()).unwrap();
            for _ in 0..2 {
                if let Some(stats) = record.stats(key.generation()) {
                    assert_eq!(stats.bytes, stats.blocks);
                }
            }
        });
        let record = registry.record(key.record()).unwrap();
        record.publish(gc::model::stats(1));
        record.publish(gc::model::stats(2));
        registry.close(key);
        let next = registry.open().unwrap();
        record.publish(gc::model::stats(3));
        assert_eq!(record.stats(key.generation()), None);
        assert_eq!(record.stats(next.generation()).unwrap().bytes, 3);
        join.join().unwrap();
    });
}

#[test]
fn the_pool_conserves_blocks() {
    model("the pool conserves blocks", || {
        let pool = Arc::new(BlockPool::new());
        let joins: Vec<_> = (0..2)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || {
                    pool.model_round_trip();
                })
            })
            .collect();
        let (live, _) = pool.counts();
        assert!(live <= 2);
        joins.into_iter().for_each(|join| join.join().unwrap());
        let (live, pooled) = pool.counts();
        assert_eq!(live, 0);
        assert!(pooled >= 1);
        assert_eq!(pool.trim(), pooled);
        assert_eq!(pool.counts(), (0, 0));
    });
}

#[test]
fn trim_against_acquire() {
    model("trim against acquire", || {
        let pool = Arc::new(BlockPool::new());
        pool.model_round_trip();
        let other = pool.clone();
        let join = thread::spawn(move || other.model_round_trip());
        pool.trim();
        join.join().unwrap();
        pool.trim();
        assert_eq!(pool.counts(), (0, 0));
    });
}

#[test]
fn the_byte_counter_is_exact() {
    model("the byte counter is exact", || {
        let counters = Arc::new(Counters::new());
        let joins: Vec<_> = (1..=2)
            .map(|bytes| {
                let counters = counters.clone();
                thread::spawn(move || {
                    counters.context_opened();
                    counters.large_allocated(bytes);
                    counters.large_freed(bytes);
                    counters.context_closed(bytes == 1, 1);
                })
            })
            .collect();
        // Who sees a context closed sees all it gave back.
        let (opened, closed) = counters.contexts();
        assert!(opened >= closed);
        if closed == 2 {
            assert_eq!(counters.large(), (0, 0));
        }
        joins.into_iter().for_each(|join| join.join().unwrap());
        assert_eq!(counters.contexts(), (2, 2));
        assert_eq!(counters.large(), (0, 0));
    });
}
