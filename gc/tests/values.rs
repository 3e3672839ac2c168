//! NaN boxes and slots in a heap: what they hold lives, what is stale does not.

use gc::{Config, Context, EngineConfig, GcAny, Lock, OutOfMemory, Rootable, Slots, Tail, Trace};

#[derive(Trace)]
struct Pair<'gc> {
    car: Lock<Value<'gc>>,
    cdr: Lock<Value<'gc>>,
}

type Text = Tail<(), u8>;

gc::nan_box! {
    /// A value of a small Lisp.
    type Value<'gc> = enum Unpacked {
        immediates { Nil, True }
        pointers { Pair(Pair<'gc>), Text(Text), Cell(Lock<Value<'gc>>) }
    }
}

struct R;
impl Rootable for R {
    type Root<'gc> = Slots<Value<'gc>>;
}

#[test]
fn a_list_of_boxes_lives_in_a_register_and_dies_with_its_window() {
    for config in [Config::default(), Config::default().generations(true).slice(3).min_debt(4 << 10)] {
        let ctx = Context::open(config).unwrap();
        let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| Slots::new(10)).unwrap();
        engine.mutate(|mc, slots| {
            slots.push(2, Unpacked::Nil.pack()).unwrap();
            for number in 0..20 {
                let car = match number % 3 {
                    0 => number.into(),
                    1 => f64::from(number).into(),
                    _ => mc.alloc_tail_copy((), format!("{number}").as_bytes()).unwrap().into(),
                };
                let cdr = slots.current()[0];
                slots.current()[0] = mc.alloc(Pair { car: Lock::new(car), cdr: Lock::new(cdr) }).into();
            }
            slots.current()[1] = mc.alloc(Lock::new(Unpacked::True.pack())).into();
        });
        engine.collect();
        ctx.verify().unwrap();
        engine.mutate(|_, slots| {
            let mut at = slots.current()[0];
            for number in (0..20).rev() {
                let Unpacked::Pair(pair) = Unpacked::of(at) else { panic!("{at:?}") };
                match Unpacked::of(pair.car.get()) {
                    Unpacked::Int(value) => assert_eq!((value, number % 3), (number, 0)),
                    Unpacked::Double(value) => assert_eq!((value, number % 3), (f64::from(number), 1)),
                    Unpacked::Text(text) => assert_eq!(text.tail(), format!("{number}").as_bytes()),
                    other => panic!("{other:?}"),
                }
                assert_eq!(pair.car.get().number().is_some(), number % 3 < 2);
                at = pair.cdr.get();
            }
            assert_eq!(at, Unpacked::Nil.pack());
            let Unpacked::Cell(cell) = Unpacked::of(slots.current()[1]) else { panic!() };
            assert!(matches!(Unpacked::of(cell.get()), Unpacked::True));
            assert!(slots.pop() && !slots.pop());
        });
        engine.collect();
        assert_eq!(ctx.verify().unwrap().cells, 0, "values above the top are no roots");
    }
}

#[test]
fn windows_are_limited_and_leave_nothing_to_the_next() {
    let mut slots = Slots::new(10);
    assert_eq!(slots.current(), &mut [0; 0]);
    slots.push(4, 1).unwrap();
    slots.current()[3] = 5;
    assert_eq!(slots.push(7, 0), Err(OutOfMemory));
    assert_eq!(slots.push(usize::MAX, 0), Err(OutOfMemory));
    slots.push(6, 2).unwrap();
    let (caller, callee) = slots.both();
    assert_eq!((&*caller, &*callee), (&[1, 1, 1, 5][..], &[2; 6][..]));
    slots.current()[0] = 9;
    assert_eq!(slots.array::<2>(), Some(&mut [9, 2]));
    assert_eq!(slots.array::<7>(), None);
    slots.pop();
    slots.push(1, 3).unwrap();
    assert_eq!(slots.current(), &mut [3]);
    slots.pop();
    assert_eq!((slots.current().len(), slots.depth()), (4, 1));
}

#[test]
fn stale_values_of_slots_are_neither_shown_nor_cloned() {
    // Showing a `GcAny` reads its cell: `Debug` was derived once, and read what was freed.
    struct Any;
    impl Rootable for Any {
        type Root<'gc> = Slots<GcAny<'gc>>;
    }
    let ctx = Context::open(Config::default()).unwrap();
    let mut engine = ctx.engine::<Any>(EngineConfig::default(), |_| Slots::new(10)).unwrap();
    engine.mutate(|mc, slots| {
        slots.push(1, mc.alloc(1_u32).erase()).unwrap();
        slots.push(2, mc.alloc("text".to_string()).erase()).unwrap();
        let text = format!("{slots:?}");
        assert!(text.starts_with("[[GcAny(u32 ") && text.matches("String").count() == 2, "{text}");
        slots.pop();
    });
    engine.collect();
    engine.mutate(|_, slots| {
        for slots in [slots.clone(), slots.clone().clone()] {
            let text = format!("{slots:?}");
            assert!(text.starts_with("[[GcAny(u32 ") && !text.contains("String"), "{text}");
        }
        let mut clone = slots.clone();
        let value = clone.current()[0];
        clone.push(9, value).unwrap();
        assert_eq!(clone.depth(), 2);
        slots.pop();
        assert_eq!(format!("{slots:?}"), "[]");
    });
    engine.close();
    ctx.close().unwrap();
}
