//! Limits are errors, and the engine stays usable.

use gc::{Config, Context, Engine, EngineConfig, Gc, Lock, OutOfMemory, Rootable, Trace};

#[derive(Trace)]
struct Node<'gc> {
    value: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Option<Gc<'gc, Node<'gc>>>;
}

fn open(config: EngineConfig) -> (Context, Engine<R>) {
    let ctx = Context::open(Config::default()).unwrap();
    let engine = ctx.engine::<R>(config, |_| None).unwrap();
    (ctx, engine)
}

const LIMIT: usize = if cfg!(miri) { 24 << 10 } else { 256 << 10 };

#[test]
fn a_full_engine_says_so_and_goes_on_when_it_is_emptied() {
    let (ctx, mut engine) = open(EngineConfig::default().hard_limit(LIMIT));
    for _round in 0..if cfg!(miri) { 1 } else { 2 } {
        let error = loop {
            let full = engine.mutate(|mc, root| {
                for value in 0..100 {
                    match mc.try_alloc(Node { value, next: Lock::new(*root) }) {
                        Ok(node) => *root = Some(node),
                        Err(error) => return Some(error),
                    }
                }
                None
            });
            if let Some(error) = full {
                break error;
            }
        };
        assert_eq!(error, OutOfMemory);
        engine.mutate(|mc, _| {
            assert!(mc.pressure());
            assert!(mc.bytes() <= LIMIT && mc.bytes() > LIMIT - 32, "{}", mc.bytes());
        });
        engine.safepoint();
        engine.mutate(|mc, root| {
            assert!(mc.over_limit());
            // The error itself can always be made.
            *root = Some(mc.alloc(Node { value: 0, next: Lock::new(*root) }));
            let mut length = 0;
            let mut at = *root;
            while let Some(node) = at {
                (length, at) = (length + usize::from(node.value < 100), node.next.get());
            }
            // Exact to the cell, and the one that was made past the limit.
            assert_eq!(length, LIMIT / 32 + 1);
            *root = None;
        });
        engine.collect();
        ctx.verify().unwrap();
        engine.mutate(|mc, _| assert!(!mc.over_limit() && (cfg!(feature = "stress") || !mc.pressure())));
    }
    engine.close();
    ctx.close().unwrap();
}

#[test]
fn infallible_allocation_passes_the_limit_under_pressure() {
    let (_ctx, mut engine) = open(EngineConfig::default().hard_limit(LIMIT));
    engine.mutate(|mc, root| {
        for value in 0..(LIMIT / 16) as u32 {
            *root = Some(mc.alloc(Node { value, next: Lock::new(*root) }));
        }
        assert!(mc.bytes() > LIMIT);
        assert!(mc.pressure());
        assert!(!mc.over_limit());
    });
    engine.safepoint();
    engine.mutate(|mc, _| assert!(mc.over_limit()));
}

#[test]
fn large_cells_and_external_bytes_count() {
    let (_ctx, mut engine) = open(EngineConfig::default().hard_limit(LIMIT));
    engine.mutate(|mc, _| {
        assert!(mc.alloc_tail_fill((), LIMIT, 0u8).is_err());
        assert!(mc.alloc_tail_fill((), usize::MAX, 0u64).is_err());
        assert!(mc.alloc_tail_fill((), u32::MAX as usize, [0u64; 1000]).is_err());
        assert!(mc.alloc_tail_fill((), LIMIT / 2, 1u8).is_ok());
        assert!(mc.try_charge(LIMIT / 2).is_err());
        assert!(mc.try_charge(LIMIT / 4).is_ok());
        assert!(mc.try_charge(LIMIT / 4).is_err());
        mc.charge_external(-(LIMIT as isize / 4));
        assert!(mc.try_charge(LIMIT / 4).is_ok());
        assert!(mc.try_charge(usize::MAX).is_err());
    });
    engine.collect();
    assert_eq!(engine.stats().bytes, LIMIT / 4);
    assert_eq!(engine.stats().external_bytes, LIMIT / 4);
    engine.mutate(|mc, _| mc.charge_external(isize::MIN));
    assert_eq!(engine.stats().bytes, 0);
}

#[test]
fn the_context_has_a_limit_over_all_engines() {
    let ctx = Context::open(Config::default().hard_limit(LIMIT)).unwrap();
    let mut engines: Vec<_> =
        (0..2).map(|_| ctx.engine::<R>(EngineConfig::default(), |_| None).unwrap()).collect();
    engines[0].mutate(|mc, _| assert!(mc.try_charge(LIMIT * 3 / 4).is_ok()));
    engines[1].mutate(|mc, _| assert!(mc.try_charge(LIMIT * 3 / 4).is_err()));
    engines.remove(0).close();
    engines[0].mutate(|mc, _| assert!(mc.try_charge(LIMIT * 3 / 4).is_ok()));
}

#[test]
fn a_soft_limit_asks_for_collections_without_end_of_progress() {
    let (ctx, mut engine) = open(EngineConfig::default().soft_limit(LIMIT));
    let mut safepoints = 0;
    for _ in 0..if cfg!(miri) { 3 } else { 200 } {
        engine.mutate(|mc, root| {
            for value in 0..if cfg!(miri) { 200 } else { 1000 } {
                let node = mc.alloc(Node { value, next: Lock::new(*root) });
                if value % 10 == 0 {
                    *root = Some(node);
                }
            }
        });
        engine.safepoint();
        safepoints += 1;
    }
    let collections = ctx.stats().collections;
    assert!(
        cfg!(any(miri, feature = "stress")) || collections >= 10 && collections < safepoints,
        "{collections} of {safepoints}"
    );
}

#[test]
#[cfg(not(feature = "stress"))]
fn pressure_follows_the_debt() {
    const DEBT: usize = if cfg!(miri) { 32 << 10 } else { 64 << 10 };
    let ctx = Context::open(Config::default().min_debt(DEBT)).unwrap();
    let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| None).unwrap();
    let mut allocated = 0;
    engine.mutate(|mc, _| {
        assert!(!mc.pressure());
        while !mc.pressure() {
            mc.alloc(Node { value: 0, next: Lock::new(None) });
            allocated += 32;
        }
    });
    assert!((DEBT * 3 / 4..=DEBT * 5 / 4).contains(&allocated), "{allocated}");
    engine.safepoint();
    assert_eq!(ctx.stats().collections, 1);
    engine.safepoint();
    assert_eq!(ctx.stats().collections, 1);
}

/// What a user of the crate does to see every way out of its code: fail the n-th fallible allocation, for every n.
#[test]
fn every_fallible_allocation_is_refused_once() {
    for number in 1.. {
        let ctx = Context::open(Config::default().fail_allocation(number)).unwrap();
        let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| None).unwrap();
        let result = engine.mutate(|mc, root| -> Result<(), OutOfMemory> {
            for value in 0..if cfg!(miri) { 5 } else { 50 } {
                *root = Some(mc.try_alloc(Node { value, next: Lock::new(*root) })?);
            }
            mc.alloc_tail_fill((), 10, 1u8)?;
            mc.alloc_tail_fill((), 10_000, 1u8)?;
            mc.external(100)?;
            mc.try_handle(root.unwrap())?;
            Ok(())
        });
        ctx.verify().unwrap();
        engine.collect();
        ctx.verify().unwrap();
        engine.close();
        ctx.close().unwrap();
        if result.is_ok() {
            assert_eq!(number, if cfg!(miri) { 10 } else { 55 });
            break;
        }
    }
}

/// However much was allocated before a collection in slices begins, the first slice is no longer than the others.
#[test]
#[cfg(not(feature = "stress"))]
fn the_first_slice_is_one_slice() {
    let (count, min_debt, step) = if cfg!(miri) { (100, 1 << 10, 16) } else { (100_000, 16 << 10, 100) };
    let ctx = Context::open(Config::default().slice(count as usize / 10).min_debt(min_debt)).unwrap();
    let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| None).unwrap();
    engine.mutate(|mc, root| {
        for value in 0..count {
            *root = Some(mc.alloc(Node { value, next: Lock::new(*root) }));
        }
    });
    engine.safepoint();
    assert_eq!((ctx.stats().slices, ctx.stats().collections), (1, 0));
    let mut safepoints = 1;
    while ctx.stats().collections == 0 {
        engine
            .mutate(|mc, _| (0..step).for_each(|value| _ = mc.alloc(Node { value, next: Lock::new(None) })));
        engine.safepoint();
        safepoints += 1;
    }
    assert!(safepoints >= 10 && ctx.stats().slices >= 9, "{safepoints}: {:?}", ctx.stats());
    ctx.verify().unwrap();
}
