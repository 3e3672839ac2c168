//! Edges of every kind: the marker marks where it meets a cell when the type tells its size, and looks at the cell when not.

use gc::{Config, Context, EngineConfig, Gc, GcAny, Lock, RefLock, Rootable, Tail, Trace, WeakMap};

#[derive(Trace)]
struct Node<'gc> {
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
    any: Lock<Option<GcAny<'gc>>>,
}

/// A leaf of `N` words: in a block beside others, of more than 63 granules, or alone.
#[derive(Trace)]
struct Leaf<const N: usize>([u64; N]);

#[derive(Trace)]
struct Holder<'gc> {
    small: Gc<'gc, Leaf<1>>,
    longest_short: Gc<'gc, Leaf<125>>,
    shortest_long: Gc<'gc, Leaf<126>>,
    long: Gc<'gc, Leaf<200>>,
    large: Gc<'gc, Leaf<1000>>,
    text: Gc<'gc, Tail<u32, u8>>,
    nodes: RefLock<Vec<Gc<'gc, Node<'gc>>>>,
}

#[derive(Trace, Default)]
struct Root<'gc> {
    holders: Vec<Gc<'gc, Holder<'gc>>>,
    keys: Vec<Gc<'gc, Node<'gc>>>,
    map: Option<Gc<'gc, WeakMap<'gc, Gc<'gc, Node<'gc>>>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

fn in_every_mode(test: impl Fn(&Context, &mut gc::Engine<R>)) {
    let slices = Config::default().slice(5).min_debt(1000);
    let modes =
        [Config::default(), Config::default().generations(true), slices.clone().generations(true), slices];
    // Miri sees the first, and both together.
    for config in modes.into_iter().step_by(if cfg!(miri) { 2 } else { 1 }) {
        let ctx = Context::open(config).unwrap();
        let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| Root::default()).unwrap();
        test(&ctx, &mut engine);
        engine.close();
        ctx.close().unwrap();
    }
}

fn node<'gc>(mc: &gc::Mutation<'gc>, next: Option<Gc<'gc, Node<'gc>>>) -> Gc<'gc, Node<'gc>> {
    mc.alloc(Node { next: Lock::new(next), any: Lock::new(None) })
}

fn holder<'gc>(mc: &gc::Mutation<'gc>, number: u64) -> Gc<'gc, Holder<'gc>> {
    mc.alloc(Holder {
        small: mc.alloc(Leaf([number; 1])),
        longest_short: mc.alloc(Leaf([number; 125])),
        shortest_long: mc.alloc(Leaf([number; 126])),
        long: mc.alloc(Leaf([number; 200])),
        large: mc.alloc(Leaf([number; 1000])),
        text: mc.alloc_tail_copy(number as u32, &number.to_le_bytes()).unwrap(),
        nodes: RefLock::default(),
    })
}

#[test]
fn cells_of_every_size_are_marked_whole() {
    let count = if cfg!(miri) { 2 } else { 200 };
    in_every_mode(|ctx, engine| {
        for number in 0..count {
            engine.mutate(|mc, root| {
                let kept = holder(mc, number);
                holder(mc, u64::MAX);
                root.holders.push(kept);
            });
            engine.safepoint();
        }
        engine.collect();
        // What a wrong mark would have freed is written over.
        engine.mutate(|mc, _| {
            for _ in 0..count {
                holder(mc, u64::MAX);
            }
        });
        engine.mutate(|_, root| {
            for (number, holder) in (0..count).zip(&root.holders) {
                assert_eq!(holder.small.0, [number; 1]);
                assert_eq!(holder.longest_short.0, [number; 125]);
                assert_eq!(holder.shortest_long.0, [number; 126]);
                assert_eq!(holder.long.0, [number; 200]);
                assert_eq!(holder.large.0, [number; 1000]);
                assert_eq!((**holder.text, holder.text.tail()), (number as u32, &number.to_le_bytes()[..]));
            }
        });
        engine.collect();
        assert_eq!(ctx.verify().unwrap().cells, count as usize * 7);
    });
}

#[test]
fn a_cell_of_many_edges_overflows_the_stack_of_marked_cells() {
    // Under Miri and with `paranoid` the stack is short, and marked cells are traced again.
    let count = if cfg!(miri) { 66 } else { 10_000 };
    in_every_mode(|ctx, engine| {
        engine.mutate(|mc, root| {
            let holder = holder(mc, 1);
            let mut nodes = Gc::write(mc, holder).project(|holder| &holder.nodes).borrow_mut();
            nodes.extend((0..count).map(|_| node(mc, Some(node(mc, Some(node(mc, None)))))));
            drop(nodes);
            root.holders.push(holder);
        });
        engine.collect();
        // Through a whole marking in slices, where it is configured.
        for _ in 0..if cfg!(miri) { 3 } else { 300 } {
            engine.mutate(|mc, _| {
                for _ in 0..if cfg!(miri) { 20 } else { 100 } {
                    node(mc, None);
                }
            });
            engine.safepoint();
        }
        engine.collect();
        assert_eq!(ctx.verify().unwrap().cells, count * 3 + 7);
    });
}

#[test]
fn keys_that_values_wait_for_are_met_by_typed_edges() {
    let count = if cfg!(miri) { 5 } else { 2000 };
    in_every_mode(|ctx, engine| {
        engine.mutate(|mc, root| {
            let map = mc.alloc(WeakMap::new());
            root.map = Some(map);
            let keys: Vec<_> = (0..count).map(|_| node(mc, None)).collect();
            for pair in keys.windows(2) {
                // A chain: each value is the next key, and is known by its type.
                Gc::write(mc, map).insert(pair[0].erase(), pair[1]);
            }
            // The head of the chain is behind two edges, so that the map is traced before it is met.
            root.keys.push(node(mc, Some(node(mc, Some(keys[0])))));
        });
        for _ in 0..3 {
            engine.collect();
            assert_eq!(ctx.verify().unwrap().cells, count + 3);
        }
        engine.mutate(|_, root| assert_eq!(root.map.unwrap().len(), count - 1));
        engine.mutate(|_, root| root.keys.clear());
        engine.collect();
        assert_eq!(ctx.verify().unwrap().cells, 1);
    });
}
