//! A random mutator against a naive model: the heap and a graph in plain vectors must say the same.
//!
//! `FUZZ_SEEDS=1000 cargo test --release -p gc --test fuzz --test fuzz_ends` for a longer run.

use gc::{Config, Context, EngineConfig, Gc, GcAny, Lock, RefLock, Rootable, Tail, Trace, Weak};
use std::collections::{HashMap, HashSet};

type Edge<'gc> = Lock<Option<GcAny<'gc>>>;

#[derive(Trace)]
struct Small<'gc> {
    id: u32,
    edges: [Edge<'gc>; 2],
}

/// With drop glue, and edges outside of the cell.
#[derive(Trace)]
struct Droppy<'gc> {
    id: u32,
    name: String,
    edges: RefLock<Vec<GcAny<'gc>>>,
    weak: RefLock<Option<Weak<'gc, Small<'gc>>>>,
}

type Slots<'gc> = Tail<u32, Edge<'gc>>;

struct R;
impl Rootable for R {
    type Root<'gc> = HashMap<u32, GcAny<'gc>>;
}

#[derive(Default)]
struct Model {
    edges: HashMap<u32, Vec<Option<u32>>>,
    roots: Vec<u32>,
    weak: HashMap<u32, u32>,
}

impl Model {
    fn reachable(&self) -> HashSet<u32> {
        let mut seen = HashSet::new();
        let mut stack = self.roots.clone();
        while let Some(id) = stack.pop() {
            if seen.insert(id) {
                stack.extend(self.edges[&id].iter().flatten());
            }
        }
        seen
    }
}

struct Random(u64);
impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

fn id_of(any: GcAny<'_>) -> u32 {
    if let Some(small) = any.downcast::<Small>() {
        small.id
    } else if let Some(droppy) = any.downcast::<Droppy>() {
        assert_eq!(droppy.name, format!("droppy {}", droppy.id));
        droppy.id
    } else {
        **any.downcast::<Slots>().expect("one of three types")
    }
}

fn edges_of(any: GcAny<'_>) -> Vec<Option<u32>> {
    if let Some(small) = any.downcast::<Small>() {
        small.edges.iter().map(|edge| edge.get().map(id_of)).collect()
    } else if let Some(droppy) = any.downcast::<Droppy>() {
        droppy.edges.borrow().iter().map(|&edge| Some(id_of(edge))).collect()
    } else {
        any.downcast::<Slots>()
            .expect("one of three types")
            .tail()
            .iter()
            .map(|edge| edge.get().map(id_of))
            .collect()
    }
}

/// Walks the heap from the root, beside the model.
fn check(engine: &mut gc::Engine<R>, model: &Model, weak_exact: bool) {
    let alive = model.reachable();
    engine.mutate(|mc, root| {
        let mut stack: Vec<GcAny> = root.values().copied().collect();
        let mut seen = HashSet::new();
        while let Some(any) = stack.pop() {
            let id = id_of(any);
            if !seen.insert(id) {
                continue;
            }
            assert_eq!(edges_of(any), model.edges[&id]);
            if let Some(small) = any.downcast::<Small>() {
                stack.extend(small.edges.iter().filter_map(|edge| edge.get()));
            } else if let Some(droppy) = any.downcast::<Droppy>() {
                stack.extend(droppy.edges.borrow().iter());
                if weak_exact {
                    let weak =
                        droppy.weak.borrow().as_ref().and_then(|weak| weak.get(mc)).map(|small| small.id);
                    assert_eq!(weak, model.weak.get(&id).copied());
                }
            } else {
                stack.extend(any.downcast::<Slots>().unwrap().tail().iter().filter_map(|edge| edge.get()));
            }
        }
        assert_eq!(seen, alive);
    });
}

fn run(seed: u64, steps: usize, config: Config) {
    let sliced = config.slice > 0;
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut next_id = 0;
    let ctx = Context::open(config.min_debt(4 << 10)).unwrap();
    let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| HashMap::new()).unwrap();
    for _ in 0..steps {
        engine.mutate(|mc, root| {
            for _ in 0..random.below(20) {
                // Every cell that is reachable, found by walking: what a mutator could have in its hands.
                let mut known: Vec<GcAny> = model.roots.iter().map(|id| root[id]).collect();
                for _ in 0..3 {
                    if let Some(&from) = known.get(random.below(known.len())) {
                        if let Some(small) = from.downcast::<Small>() {
                            known.extend(small.edges.iter().filter_map(|edge| edge.get()));
                        } else if let Some(slots) = from.downcast::<Slots>() {
                            known.extend(slots.tail().iter().take(40).filter_map(|edge| edge.get()));
                        }
                    }
                }
                let pick = |random: &mut Random| known.get(random.below(known.len())).copied();
                match random.below(10) {
                    0..4 => {
                        let id = next_id;
                        next_id += 1;
                        let first = pick(&mut random);
                        let (any, edges) = match random.below(4) {
                            0 => {
                                let edges = RefLock::new(first.into_iter().collect());
                                let name = format!("droppy {id}");
                                let weak = RefLock::default();
                                (
                                    mc.alloc(Droppy { id, name, edges, weak }).erase(),
                                    first.into_iter().map(Some).collect(),
                                )
                            }
                            1 => {
                                let len =
                                    [0, 1, 5, 30, 200, 400][random.below(if cfg!(miri) { 4 } else { 6 })];
                                let make = |i: usize| Lock::new(first.filter(|_| i.is_multiple_of(7)));
                                let edges =
                                    (0..len).map(|i: usize| first.filter(|_| i.is_multiple_of(7))).collect();
                                (mc.alloc_tail(id, len, make).unwrap().erase(), edges)
                            }
                            _ => {
                                let edges = [Lock::new(first), Lock::new(None)];
                                (mc.alloc(Small { id, edges }).erase(), vec![first, None])
                            }
                        };
                        model
                            .edges
                            .insert(id, edges.into_iter().map(|e: Option<GcAny>| e.map(id_of)).collect());
                        if model.roots.len() < 30 {
                            root.insert(id, any);
                            model.roots.push(id);
                        } else if let Some(small) = pick(&mut random).and_then(|any| any.downcast::<Small>())
                        {
                            small.set(mc, |s| &s.edges[1], Some(any));
                            model.edges.get_mut(&small.id).unwrap()[1] = Some(id);
                        }
                    }
                    4..8 => {
                        let (Some(from), to) = (pick(&mut random), pick(&mut random)) else { continue };
                        let edges = model.edges.get_mut(&id_of(from)).unwrap();
                        let at = random.below(edges.len());
                        if let Some(small) = from.downcast::<Small>() {
                            small.set(mc, |s| &s.edges[at], to);
                            edges[at] = to.map(id_of);
                        } else if let Some(droppy) = from.downcast::<Droppy>() {
                            let write = Gc::write(mc, droppy);
                            if let Some(to) = to {
                                write.project(|d| &d.edges).borrow_mut().push(to);
                                edges.push(Some(id_of(to)));
                                if let Some(small) = to.downcast::<Small>() {
                                    *write.project(|d| &d.weak).borrow_mut() = Some(Weak::new(small));
                                    model.weak.insert(droppy.id, small.id);
                                }
                            }
                            if edges.len() > 4 {
                                edges.clear();
                                write.project(|d| &d.edges).borrow_mut().clear();
                            }
                        } else if !edges.is_empty() {
                            let slots = from.downcast::<Slots>().unwrap();
                            Gc::write_tail(mc, slots)[at].set(to);
                            edges[at] = to.map(id_of);
                        }
                    }
                    _ => {
                        if !model.roots.is_empty() {
                            let id = model.roots.swap_remove(random.below(model.roots.len()));
                            root.remove(&id);
                        }
                    }
                }
            }
        });
        let before = ctx.stats().collections;
        engine.safepoint();
        let collected = ctx.stats().collections > before;
        if sliced && random.below(50) != 0 {
            // `verify` would bring the slices to their end.
            check(&mut engine, &model, false);
            continue;
        }
        let census = ctx.verify().unwrap();
        let alive = model.reachable();
        assert_eq!(census.reachable, alive.len());
        if collected && !sliced {
            assert_eq!(census.cells, alive.len());
            model.edges.retain(|id, _| alive.contains(id));
            model.weak.retain(|id, to| alive.contains(id) && alive.contains(to));
        }
        check(&mut engine, &model, collected && !sliced);
    }
    engine.close();
    ctx.close().unwrap();
}

#[test]
fn the_heap_and_the_model_agree() {
    let (seeds, steps) = if cfg!(miri) { (1, 5) } else { (30, 300) };
    for seed in 0..seeds {
        run(seed, steps, Config::default());
    }
}

#[test]
fn the_heap_and_the_model_agree_under_stress() {
    let (seeds, steps) = if cfg!(miri) { (1, 5) } else { (30, 200) };
    for seed in 100..100 + seeds {
        run(seed, steps, Config::default().stress(true));
    }
}

#[test]
fn the_heap_and_the_model_agree_with_generations_and_slices() {
    let (seeds, steps) = if cfg!(miri) { (1, 5) } else { (20, 300) };
    for seed in 200..200 + seeds {
        run(seed, steps, Config::default().generations(true));
        run(seed, steps, Config::default().generations(true).stress(true));
        run(seed, steps, Config::default().slice(7));
        run(seed, steps, Config::default().generations(true).slice(3));
    }
}

/// As many runs as `FUZZ_SEEDS` says (from the seed `FUZZ_FROM` on), each in a mode of its own: collections full or minor,
/// in slices of every size, at each safepoint or when memory asks for them.
#[test]
#[cfg_attr(miri, ignore = "the tests above are what Miri has time for")]
fn the_heap_and_the_model_agree_in_a_mode_of_chance() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
    };
    let from = number("FUZZ_FROM", 1000);
    for seed in from..from + number("FUZZ_SEEDS", 20) {
        // Shown if the test fails.
        eprintln!("seed {seed}");
        let mut random = Random(seed);
        random.below(1);
        let config = Config::default()
            .generations(random.below(2) == 0)
            .slice([0, 1, 2, 5, 20, 100][random.below(6)])
            .stress(random.below(4) == 0);
        run(seed, 150 + random.below(300), config);
    }
}
