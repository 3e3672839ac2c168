//! Ephemerons: a value lives as long as its key.

use gc::{Config, Context, Engine, EngineConfig, Gc, GcAny, Lock, Rootable, Trace, WeakMap};

#[derive(Trace)]
struct Key<'gc> {
    id: u32,
    next: Lock<Option<GcAny<'gc>>>,
}

#[derive(Trace, Default)]
struct Root<'gc> {
    maps: Vec<Gc<'gc, WeakMap<'gc, GcAny<'gc>>>>,
    keys: Vec<GcAny<'gc>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

fn open() -> (Context, Engine<R>) {
    let ctx = Context::open(Config::default()).unwrap();
    let engine = ctx
        .engine::<R>(EngineConfig::default(), |mc| Root {
            maps: vec![mc.alloc(WeakMap::new())],
            keys: vec![],
        })
        .unwrap();
    (ctx, engine)
}

fn key<'gc>(mc: &gc::Mutation<'gc>, id: u32) -> GcAny<'gc> {
    mc.alloc(Key { id, next: Lock::new(None) }).erase()
}

#[test]
fn a_chain_of_keys_in_values_lives_and_dies_as_one_in_linear_time() {
    let count = if cfg!(miri) { 30 } else { 200_000 };
    for forward in [true, false] {
        let (ctx, mut engine) = open();
        engine.mutate(|mc, root| {
            let keys: Vec<_> = (0..count).map(|id| key(mc, id)).collect();
            for pair in keys.windows(2) {
                let (key, value) = if forward { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
                Gc::write(mc, root.maps[0]).insert(key, value);
            }
            root.keys.push(if forward { keys[0] } else { keys[keys.len() - 1] });
        });
        engine.collect();
        assert_eq!(ctx.verify().unwrap().cells, count as usize + 1);
        engine.mutate(|_, root| {
            assert_eq!(root.maps[0].len(), count as usize - 1);
            let mut at = root.keys[0];
            let mut length = 1;
            while let Some(next) = root.maps[0].get(at) {
                (at, length) = (next, length + 1);
            }
            assert_eq!(length, count);
            root.keys.clear();
        });
        engine.collect();
        assert_eq!(ctx.verify().unwrap().cells, 1);
        engine.mutate(|_, root| assert!(root.maps[0].is_empty()));
    }
}

#[test]
fn a_value_that_holds_its_own_key_does_not_keep_it() {
    let (ctx, mut engine) = open();
    engine.mutate(|mc, root| {
        let key = mc.alloc(Key { id: 1, next: Lock::new(None) });
        key.set(mc, |k| &k.next, Some(root.maps[0].erase()));
        Gc::write(mc, root.maps[0]).insert(key.erase(), key.erase());
        assert!(root.maps[0].contains(key.erase()));
        assert_eq!(key.id, 1);
    });
    engine.collect();
    assert_eq!(ctx.verify().unwrap().cells, 1);
}

#[test]
fn a_key_of_several_maps_keeps_a_value_in_each_that_is_alive() {
    let (ctx, mut engine) = open();
    engine.mutate(|mc, root| {
        let large = mc.alloc_tail_fill((), 5000, 0u8).unwrap();
        root.keys.push(large.erase());
        for _ in 0..3 {
            let map = mc.alloc(WeakMap::new());
            Gc::write(mc, map).insert(large.erase(), key(mc, 9));
            root.maps.push(map);
        }
        root.maps.pop();
        root.maps[1].external_bytes();
    });
    engine.collect();
    assert_eq!(ctx.verify().unwrap().cells, 1 + 1 + 2 + 2);
    engine.mutate(|_, root| {
        root.maps[1].remove(root.keys[0]);
        root.maps[2].clear();
    });
    engine.collect();
    assert_eq!(ctx.verify().unwrap().cells, 4);
}

#[test]
fn maps_and_locks_in_the_root_change_without_a_barrier() {
    struct Own;
    impl Rootable for Own {
        type Root<'gc> = (WeakMap<'gc, u32>, gc::RefLock<Vec<GcAny<'gc>>>);
    }
    let ctx = Context::open(Config::default()).unwrap();
    let mut engine = ctx.engine::<Own>(EngineConfig::default(), |_| Default::default()).unwrap();
    engine.mutate(|mc, root| {
        for id in 0..4 {
            let key = key(mc, id);
            gc::Write::from_mut(&mut root.0).insert(key, id);
            if [0, 2].contains(&id) {
                root.1.get_mut().push(key);
            }
        }
    });
    engine.collect();
    engine.mutate(|_, root| {
        assert_eq!(root.0.len(), 2);
        assert!(root.1.borrow().iter().zip([0, 2]).all(|(&key, id)| root.0.get(key) == Some(id)));
    });
}

#[test]
fn a_wide_graph_is_marked_with_a_short_stack() {
    // Under Miri and with `paranoid` the stack overflows here, and marked cells are traced again.
    let count = if cfg!(miri) { 60 } else { 30_000 };
    let (ctx, mut engine) = open();
    engine.mutate(|mc, root| {
        let leaf = |id| Some(key(mc, id));
        for id in 0..count {
            let wide = mc.alloc_tail((), 3, |i| Lock::new(leaf(id * 3 + i as u32))).unwrap();
            let outer = mc.alloc(Key { id, next: Lock::new(Some(wide.erase())) });
            root.keys.push(outer.erase());
        }
    });
    engine.collect();
    assert_eq!(ctx.verify().unwrap().cells, count as usize * 5 + 1);
}
