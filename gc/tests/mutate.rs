//! The ways of a mutation: allocate, change, keep in the root, collect.

use gc::{Branded, Config, Context, EngineConfig, Gc, GcAny, Lock, RefLock, Rootable, Tail, Trace, Weak};
use std::collections::HashMap;
use std::marker::PhantomData;

#[derive(Trace)]
struct Node<'gc> {
    value: u32,
    next: Lock<Option<Gc<'gc, Node<'gc>>>>,
}

#[derive(Trace)]
struct Bag<'gc> {
    name: String,
    nodes: RefLock<Vec<Gc<'gc, Node<'gc>>>>,
    table: RefLock<HashMap<u32, Weak<'gc, Node<'gc>>>>,
}

#[derive(Trace)]
enum Shape<'gc> {
    Point,
    Line(Gc<'gc, Node<'gc>>, Lock<Option<GcAny<'gc>>>),
    Named {
        inner: Option<Gc<'gc, Shape<'gc>>>,
        #[trace(skip)]
        note: &'static str,
    },
}

#[derive(Trace)]
struct Pair<'gc, A, B: Clone> {
    a: A,
    b: B,
    #[trace(skip)]
    flag: std::cell::Cell<u32>,
    brand: PhantomData<Gc<'gc, u32>>,
}

type Slots<'gc> = Gc<'gc, Tail<(), Lock<Option<Gc<'gc, Node<'gc>>>>>>;

#[derive(Trace, Default)]
#[trace(after_mark = Root::prune)]
struct Root<'gc> {
    list: Option<Gc<'gc, Node<'gc>>>,
    bag: Option<Gc<'gc, Bag<'gc>>>,
    shape: Option<Gc<'gc, Shape<'gc>>>,
    weak: Vec<Weak<'gc, Node<'gc>>>,
    text: Option<Gc<'gc, Tail<u32, u8>>>,
    slots: Option<Slots<'gc>>,
    any: Vec<GcAny<'gc>>,
}

impl Root<'_> {
    fn prune(&mut self, _alive: &gc::Liveness<'_>) {
        self.weak.retain(|weak| !weak.is_cleared());
    }
}

struct R;
impl Rootable for R {
    type Root<'gc> = Root<'gc>;
}

fn is_branded<'gc, T: Branded<'gc>>(_: &T) {}

#[test]
fn a_small_life() {
    let ctx = Context::open(Config::default()).unwrap();
    let mut engine = ctx.engine::<R>(EngineConfig::named("one"), |_| Root::default()).unwrap();
    engine.mutate(|mc, root| {
        let mut list = None;
        for value in 0..100 {
            list = Some(mc.alloc(Node { value, next: Lock::new(list) }));
            mc.alloc(Node { value, next: Lock::new(list) });
        }
        root.list = list;
        root.weak.push(Weak::new(list.unwrap()));
        root.weak.push(Weak::new(mc.alloc(Node { value: 7, next: Lock::new(None) })));
        let bag = mc.alloc(Bag { name: "bag".into(), nodes: RefLock::default(), table: RefLock::default() });
        let write = Gc::write(mc, bag);
        let lost = mc.alloc(Node { value: 9, next: Lock::new(None) });
        write.project(|b| &b.nodes).borrow_mut().push(list.unwrap());
        write.project(|b| &b.table).borrow_mut().insert(1, Weak::new(lost));
        write.project(|b| &b.table).borrow_mut().insert(2, Weak::new(list.unwrap()));
        root.bag = Some(bag);
        let point = mc.alloc(Shape::Point);
        let line = mc.alloc(Shape::Line(list.unwrap(), Lock::new(None)));
        Gc::write(mc, line)
            .project(|s| match s {
                Shape::Line(_, any) => any,
                _ => unreachable!(),
            })
            .set(Some(point.erase()));
        root.shape = Some(mc.alloc(Shape::Named { inner: Some(line), note: "n" }));
        root.text = Some(mc.alloc_tail_copy(5, b"hello").unwrap());
        root.slots = Some(mc.alloc_tail((), 1000, |i| Lock::new((i == 999).then_some(lost))).unwrap());
        let pair = mc.alloc(Pair { a: 1u8, b: vec![list.unwrap()], flag: 3.into(), brand: PhantomData });
        is_branded(&*pair);
        pair.flag.set(4);
        root.any.push(pair.erase());
        root.any.push(mc.alloc([0u64; 4000]).erase());
        list.unwrap().set(mc, |n| &n.next, None);
    });
    ctx.verify().unwrap();
    engine.collect();
    let census = ctx.verify().unwrap();
    assert_eq!(census.cells, census.reachable);
    engine.mutate(|mc, root| {
        assert_eq!(root.weak.len(), 1);
        assert_eq!(root.weak[0].get(mc).unwrap().value, 99);
        assert!(root.list.unwrap().next.get().is_none());
        let bag = root.bag.unwrap();
        assert_eq!(bag.name, "bag");
        assert_eq!(bag.nodes.borrow().len(), 1);
        // `lost` is kept by the slots.
        assert_eq!(bag.table.borrow()[&1].get(mc).unwrap().value, 9);
        assert_eq!(root.text.unwrap().tail(), b"hello");
        assert_eq!(**root.text.unwrap(), 5);
        let Shape::Named { inner, note } = root.shape.unwrap().as_ref() else { panic!() };
        assert_eq!(*note, "n");
        let Shape::Line(node, any) = inner.unwrap().as_ref() else { panic!() };
        assert_eq!(node.value, 99);
        assert!(matches!(*any.get().unwrap().downcast::<Shape>().unwrap(), Shape::Point));
        assert!(any.get().unwrap().downcast::<Node>().is_none());
        let pair = root.any[0].downcast::<Pair<u8, Vec<Gc<Node>>>>().unwrap();
        assert_eq!((pair.a, pair.b.len(), pair.flag.get()), (1, 1, 4));
        assert!(root.any[1].downcast::<[u64; 4000]>().unwrap().iter().all(|&x| x == 0));
        let slots = root.slots.unwrap();
        Gc::write_tail(mc, slots)[999].set(None);
        root.bag = None;
        root.any.clear();
    });
    let handle = engine.mutate(|mc, root| mc.handle(root.list.unwrap()));
    engine.mutate(|_, root| *root = Root::default());
    engine.collect();
    assert_eq!(ctx.verify().unwrap().cells, 1);
    engine.mutate(|mc, _| assert_eq!(mc.resolve::<Node>(&handle).unwrap().value, 99));
    drop(handle);
    engine.collect();
    assert_eq!(ctx.verify().unwrap().cells, 0);
    assert_eq!(engine.stats().blocks, 0);
    let report = engine.close();
    assert_eq!(&*report.name, "one");
    let report = ctx.close().unwrap();
    assert_eq!(report.engines.len(), 1);
}

#[test]
fn deep_lists_are_marked_without_recursion() {
    let count = if cfg!(miri) { 300 } else { 10_000_000 };
    let ctx = Context::open(Config::default()).unwrap();
    let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| Root::default()).unwrap();
    engine.mutate(|mc, root| {
        for value in 0..count {
            root.list = Some(mc.alloc(Node { value, next: Lock::new(root.list) }));
        }
    });
    engine.collect();
    assert_eq!(engine.stats().bytes, count as usize * 32);
    engine.close();
    ctx.close().unwrap();
}
