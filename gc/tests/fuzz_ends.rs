//! A random mutator against a naive model of everything that has to do with the end of a cell: ephemerons, finalizers,
//! handles, in every mode of collection. Between two full collections the heap does what it wants; after each the two
//! must say the same.

use gc::{Config, Context, EngineConfig, Gc, Handle, Lock, Rootable, Trace, WeakMap};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Trace)]
struct Object<'gc> {
    id: u32,
    edges: [Lock<Option<Gc<'gc, Object<'gc>>>>; 2],
}

type Pointer<'gc> = Gc<'gc, Object<'gc>>;

#[derive(Trace)]
struct Root<'gc> {
    objects: Vec<Pointer<'gc>>,
    map: Gc<'gc, WeakMap<'gc, Pointer<'gc>>>,
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

#[derive(Default)]
struct Model {
    edges: BTreeMap<u32, [Option<u32>; 2]>,
    roots: Vec<u32>,
    handles: Vec<u32>,
    map: BTreeMap<u32, u32>,
    registered: Vec<u32>,
    ready: Vec<u32>,
}

impl Model {
    /// What is reached; a value of the map when its key is.
    fn reach(&self) -> BTreeSet<u32> {
        let mut seen = BTreeSet::new();
        let mut stack: Vec<u32> =
            [&self.roots, &self.handles, &self.ready].into_iter().flatten().copied().collect();
        loop {
            while let Some(id) = stack.pop() {
                if seen.insert(id) {
                    stack.extend(self.edges[&id].iter().flatten());
                }
            }
            stack.extend(
                self.map
                    .iter()
                    .filter(|(key, value)| seen.contains(key) && !seen.contains(value))
                    .map(|(_, v)| *v),
            );
            if stack.is_empty() {
                return seen;
            }
        }
    }

    fn collect(&mut self) -> BTreeSet<u32> {
        let alive = self.reach();
        self.map.retain(|key, _| alive.contains(key));
        let dead = |id: &u32| !alive.contains(id);
        self.ready.extend(self.registered.iter().copied().filter(dead));
        self.registered.retain(|id| alive.contains(id));
        let all = self.reach();
        self.edges.retain(|id, _| all.contains(id));
        all
    }
}

struct Random(u64);
impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Runs with finalizers, or without. When collections come that the model does not hear of (minor ones, slices) and find
/// cells dead one after the other, finalizers make a difference to what is kept: then only what is reached is compared.
fn run(seed: u64, steps: usize, config: Config, finalizers: bool) {
    let exact = !finalizers || !config.generations && config.slice == 0;
    let mut random = Random(seed);
    let mut model = Model::default();
    let mut handles: Vec<Handle<Object<'static>>> = Vec::new();
    let mut next = 0;
    let ctx = Context::open(config.min_debt(2 << 10)).unwrap();
    let mut engine = ctx
        .engine::<R>(EngineConfig::default(), |mc| Root {
            objects: Vec::new(),
            map: mc.alloc(WeakMap::new()),
        })
        .unwrap();
    for _ in 0..steps {
        engine.mutate(|mc, root| {
            for _ in 0..random.below(30) {
                // What the mutator can have in its hands: some steps from a root or a handle.
                let start = random.below(root.objects.len() + handles.len());
                let mut known: Vec<Pointer> = root.objects.get(start).copied().into_iter().collect();
                if let Some(handle) = start.checked_sub(root.objects.len()).and_then(|at| handles.get(at)) {
                    known.push(mc.resolve(handle).unwrap());
                }
                for _ in 0..6 {
                    if let Some(&from) = known.get(random.below(known.len())) {
                        known.extend(from.edges.iter().filter_map(Lock::get_some));
                        known.extend(root.map.get(from.erase()));
                    }
                }
                let pick = |random: &mut Random| known.get(random.below(known.len())).copied();
                let (one, two) = (pick(&mut random), pick(&mut random));
                match (random.below(12), one, two) {
                    (0..4, one, _) => {
                        let edges = [Lock::new(one), Lock::new(None)];
                        let object = mc.alloc(Object { id: next, edges });
                        model.edges.insert(next, [one.map(|object| object.id), None]);
                        if root.objects.len() < 12 {
                            root.objects.push(object);
                            model.roots.push(next);
                        } else if let Some(from) = one {
                            from.set(mc, |object| &object.edges[1], Some(object));
                            model.edges.get_mut(&from.id).unwrap()[1] = Some(next);
                        }
                        next += 1;
                    }
                    (4..6, Some(from), to) => {
                        let at = random.below(2);
                        from.set(mc, |object| &object.edges[at], to);
                        model.edges.get_mut(&from.id).unwrap()[at] = to.map(|object| object.id);
                    }
                    (6..8, Some(key), Some(value)) => {
                        Gc::write(mc, root.map).insert(key.erase(), value);
                        model.map.insert(key.id, value.id);
                    }
                    (8, Some(object), _) if finalizers => {
                        mc.on_death(object.erase()).unwrap();
                        model.registered.push(object.id);
                    }
                    (9, Some(object), _) if handles.len() < 6 => {
                        handles.push(mc.handle(object));
                        model.handles.push(object.id);
                    }
                    (9, _, _) if !handles.is_empty() => {
                        let at = random.below(handles.len());
                        handles.swap_remove(at);
                        model.handles.swap_remove(at);
                    }
                    _ if !root.objects.is_empty() => {
                        let at = random.below(root.objects.len());
                        root.objects.swap_remove(at);
                        model.roots.swap_remove(at);
                    }
                    _ => (),
                }
            }
        });
        let collections = ctx.stats().collections;
        engine.safepoint();
        if exact && finalizers && ctx.stats().collections > collections {
            model.collect();
        }
        if random.below(4) != 0 {
            continue;
        }
        engine.collect();
        let census = ctx.verify().unwrap();
        if exact {
            let alive = model.collect();
            let stats = engine.stats();
            assert_eq!(
                (stats.finalizers, stats.finalizers_ready),
                (model.registered.len(), model.ready.len())
            );
            // And the map itself.
            assert_eq!(census.cells, alive.len() + 1);
        }
        engine.mutate(|mc, root| {
            if exact {
                assert_eq!(root.map.len(), model.map.len());
            }
            let mut stack = root.objects.clone();
            stack.extend(handles.iter().map(|handle| mc.resolve::<Object>(handle).unwrap()));
            let mut seen = BTreeSet::new();
            while let Some(object) = stack.pop() {
                if seen.insert(object.id) {
                    let edges = object.edges.each_ref().map(|edge| edge.get().map(|to| to.id));
                    assert_eq!(edges, model.edges[&object.id]);
                    let value = root.map.get(object.erase());
                    if exact {
                        assert_eq!(value.map(|value| value.id), model.map.get(&object.id).copied());
                    }
                    stack.extend(object.edges.iter().filter_map(Lock::get_some));
                    stack.extend(value);
                }
            }
            for _ in 0..random.below(3) {
                let Some(gc) = mc.next_finalizable() else { break };
                let object = gc.downcast::<Object>().unwrap();
                let list = if exact { &mut model.ready } else { &mut model.registered };
                let at = list.iter().position(|&id| id == object.id).expect("it was registered, and died");
                list.swap_remove(at);
                if random.below(2) == 0 {
                    root.objects.push(object);
                    model.roots.push(object.id);
                }
            }
        });
    }
    engine.close();
    ctx.close().unwrap();
}

/// `Lock<Option<Gc>>::get`, as a path.
trait GetSome<'gc> {
    fn get_some(&self) -> Option<Pointer<'gc>>;
}

impl<'gc> GetSome<'gc> for Lock<Option<Pointer<'gc>>> {
    fn get_some(&self) -> Option<Pointer<'gc>> {
        self.get()
    }
}

#[test]
fn ends_are_as_in_the_model() {
    let (seeds, steps) = if cfg!(miri) { (1, 4) } else { (30, 300) };
    for seed in 0..seeds {
        for finalizers in [true, false] {
            run(seed, steps, Config::default(), finalizers);
            run(seed, steps, Config::default().stress(true), finalizers);
            run(seed, steps, Config::default().generations(true), finalizers);
            run(seed, steps, Config::default().slice(3), finalizers);
            run(seed, steps, Config::default().generations(true).slice(2), finalizers);
            run(seed, steps, Config::default().generations(true).stress(true), finalizers);
        }
    }
}

/// As many runs as `FUZZ_SEEDS` says (from the seed `FUZZ_FROM` on), each in a mode of its own: collections full or minor,
/// in slices of every size, at each safepoint or when memory asks for them.
#[test]
#[cfg_attr(miri, ignore = "the tests above are what Miri has time for")]
fn ends_are_as_in_the_model_in_a_mode_of_chance() {
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
        let finalizers = random.below(2) == 0;
        run(seed, 100 + random.below(300), config, finalizers);
    }
}
