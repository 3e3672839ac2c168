//! Shared memory: its bytes cross engines and threads, scripts wait and are woken, and nothing of it is left.

use std::sync::mpsc;
use std::time::Duration;

use interp::{Engine, ErrorKind, HostValue, SharedBuffer, Termination};

/// An engine that may wait, with the bytes as its `memory` and `a` as integers in it.
fn engine(context: &gc::Context, buffer: &SharedBuffer) -> Engine {
    let mut engine = Engine::builder().can_block(true).open(context).expect("an engine");
    engine.set_global("memory", HostValue::SharedBuffer(buffer.clone())).expect("a global");
    engine.eval("const a = new Int32Array(memory)").expect("a view");
    engine
}

fn context() -> gc::Context {
    gc::Context::open(gc::Config::default()).expect("a context")
}

fn number(n: f64) -> HostValue {
    HostValue::Number(n)
}

/// Runs a script once the other thread waits at the first element: until then nobody is woken.
fn notify_one(engine: &mut Engine) {
    engine.eval("while (Atomics.notify(a, 0) === 0);").expect("somebody waits at last");
}

fn is_shared<T: Send + Sync + 'static>(_: &T) {}

#[test]
fn a_wait_is_ended_by_another_engine() {
    let buffer = SharedBuffer::new(16).expect("a buffer");
    is_shared(&buffer);
    let theirs = buffer.clone();
    let waiter = std::thread::spawn(move || {
        let context = context();
        let mut engine = engine(&context, &theirs);
        let how = engine.eval("const how = Atomics.wait(a, 0, 0); how + a[1]").expect("a value");
        engine.close();
        context.close().expect("nothing is left open");
        how
    });
    let context = context();
    let mut engine = engine(&context, &buffer);
    engine.eval("a[1] = 42").expect("a value");
    notify_one(&mut engine);
    assert_eq!(waiter.join().expect("no panic"), HostValue::from("ok42"));
    assert_eq!(engine.eval("Atomics.notify(a, 0)").expect("a value"), number(0.0));
}

#[test]
fn the_host_wakes_and_reads() {
    let buffer = SharedBuffer::new(8).expect("a buffer");
    let theirs = buffer.clone();
    let waiter = std::thread::spawn(move || {
        engine(&context(), &theirs).eval("Atomics.wait(a, 0, 0) + Atomics.exchange(a, 1, -7)")
    });
    buffer.swap_i32(1, 5);
    while buffer.notify(0, 1) == 0 {
        std::thread::yield_now();
    }
    assert_eq!(waiter.join().expect("no panic").expect("a value"), HostValue::from("ok5"));
    assert_eq!(buffer.load_i32(1), Some(-7));
    assert_eq!((buffer.load_i32(2), buffer.swap_i32(usize::MAX, 1)), (None, None));
    let mut bytes = [0; 6];
    assert_eq!((buffer.read(4, &mut bytes), bytes), (4, [249, 255, 255, 255, 0, 0]));
    assert_eq!((buffer.write(7, &[1, 2]), buffer.write(9, &[1]), buffer.read(9, &mut bytes)), (1, 0, 0));
    assert_eq!(buffer.load_i32(1), Some(0x01ff_fff9));
}

#[test]
fn an_interrupt_ends_a_wait_and_the_engine_goes_on() {
    let buffer = SharedBuffer::new(8).expect("a buffer");
    let (send, receive) = mpsc::channel();
    let theirs = buffer.clone();
    let waiter = std::thread::spawn(move || {
        let context = context();
        let mut engine = engine(&context, &theirs);
        send.send(engine.remote()).expect("somebody listens");
        let script =
            "try { Atomics.store(a, 1, 1); Atomics.wait(a, 0, 0) } finally { Atomics.store(a, 1, 2) }";
        let error = engine.eval(script).expect_err("nobody notifies");
        assert_eq!(error.kind(), ErrorKind::Terminated(Termination::Interrupted(6)));
        // Nobody is left on the list, and the next wait is a new one.
        assert_eq!(engine.eval("Atomics.notify(a, 0)").expect("a value"), number(0.0));
        assert_eq!(engine.eval("Atomics.wait(a, 0, 0, 1)").expect("a value"), HostValue::from("timed-out"));
        engine.eval("a[1]").expect("a value")
    });
    let remote = receive.recv().expect("it begins");
    while buffer.load_i32(1) != Some(1) {
        std::thread::yield_now();
    }
    // Whether it waits already or is about to: the interrupt is seen.
    assert!(remote.interrupt(6));
    assert_eq!(waiter.join().expect("no panic"), number(1.0));
}

#[test]
fn who_may_not_block_gets_an_error() {
    let context = context();
    let mut engine = Engine::builder().open(&context).expect("an engine");
    let script = "const a = new Int32Array(new SharedArrayBuffer(4)); let e; \
                  try { Atomics.wait(a, 0, 0) } catch (x) { e = x } [e.name, Atomics.waitAsync(a, 0, 0).async]";
    let expected = HostValue::Array(vec!["TypeError".into(), true.into()]);
    assert_eq!(engine.eval(script).expect("a value"), expected);
    assert_eq!(engine.pending_waits().count, 1);
    assert_eq!(engine.pending_waits().next_timeout, None);
    // The host does not wait for what nobody will say longer than it wants to.
    assert!(!engine.wait_for_jobs(Some(Duration::from_millis(1))).expect("no interrupt"));
    engine.remote().interrupt(2);
    let error = engine.wait_for_jobs(None).expect_err("it was interrupted");
    assert_eq!(error.kind(), ErrorKind::Terminated(Termination::Interrupted(2)));
}

#[test]
fn promises_of_other_threads() {
    let buffer = SharedBuffer::new(8).expect("a buffer");
    let theirs = buffer.clone();
    let waiter = std::thread::spawn(move || {
        let context = context();
        let mut engine = engine(&context, &theirs);
        engine
            .eval(
                "var said = []; \
                 Atomics.waitAsync(a, 0, 0).value.then(v => { said.push(v); \
                    return Atomics.waitAsync(a, 0, 0).value }).then(v => said.push(v)); \
                 Atomics.waitAsync(a, 1, 1).value",
            )
            .expect("a value");
        while engine.pending_waits().count > 0 {
            assert!(engine.wait_for_jobs(None).expect("no interrupt"));
            engine.run_jobs().expect("jobs");
        }
        assert!(!engine.wait_for_jobs(None).expect("no interrupt"), "nothing is waited for");
        engine.eval("said.join()").expect("a value")
    });
    let context = context();
    let mut engine = engine(&context, &buffer);
    notify_one(&mut engine);
    notify_one(&mut engine);
    assert_eq!(waiter.join().expect("no panic"), HostValue::from("ok,ok"));
}

#[test]
fn a_closed_engine_waits_for_nothing() {
    let buffer = SharedBuffer::new(4).expect("a buffer");
    let context = context();
    let mut first = engine(&context, &buffer);
    let mut second = engine(&context, &buffer);
    first.eval("Atomics.waitAsync(a, 0, 0); Atomics.waitAsync(a, 0, 0, 1e9)").expect("promises");
    second.eval("Atomics.waitAsync(a, 0, 0)").expect("a promise");
    first.close();
    assert_eq!(second.eval("Atomics.notify(a, 0)").expect("a value"), number(1.0));
    second.run_jobs().expect("jobs");
    assert_eq!(second.pending_waits().count, 0);
}

#[test]
fn memory_grows_for_all() {
    let buffer = SharedBuffer::growable(4, 12).expect("a buffer");
    assert!(SharedBuffer::growable(8, 4).is_err() && SharedBuffer::new(usize::MAX).is_err());
    let context = context();
    let mut first = engine(&context, &buffer);
    let mut second = engine(&context, &buffer);
    first.eval("memory.grow(8); a[1] = 3").expect("it grows");
    assert_eq!(second.eval("a.length + a[1]").expect("a value"), number(5.0));
    assert_eq!((buffer.len(), buffer.max_len(), buffer.is_empty()), (8, 12, false));
    assert!(!buffer.grow(4) && !buffer.grow(13) && buffer.grow(12));
    assert_eq!(first.eval("a.length").expect("a value"), number(3.0));
    // Out of an engine come the same bytes.
    assert_eq!(second.eval("memory").expect("a value"), HostValue::SharedBuffer(buffer.clone()));
    assert_ne!(
        HostValue::SharedBuffer(buffer),
        HostValue::SharedBuffer(SharedBuffer::new(12).expect("bytes"))
    );
}

#[test]
fn every_engine_is_charged_and_nothing_is_left() {
    const BYTES: usize = 1 << 20;
    let buffer = SharedBuffer::new(BYTES).expect("a buffer");
    let context = context();
    let mut small = Engine::builder().heap_limit(BYTES / 2 + (256 << 10)).open(&context).expect("an engine");
    let error = small.set_global("memory", HostValue::SharedBuffer(buffer.clone())).expect_err("no room");
    assert!(error.message().starts_with("RangeError"), "{error}");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    engine.collect();
    let before = engine.heap_bytes();
    engine.set_global("memory", HostValue::SharedBuffer(buffer.clone())).expect("a global");
    assert!(engine.heap_bytes() >= before + BYTES);
    // A wait keeps the bytes, and what is charged for them.
    engine.eval("Atomics.waitAsync(new Int32Array(memory), 0, 0); memory = null").expect("a promise");
    engine.collect();
    assert!(engine.heap_bytes() >= before + BYTES);
    assert_eq!(buffer.notify(0, usize::MAX), 1);
    engine.run_jobs().expect("jobs");
    engine.collect();
    assert!(engine.heap_bytes() < before + BYTES);
}

#[test]
fn writers_lose_nothing() {
    const TURNS: usize = if cfg!(miri) { 20 } else { 20_000 };
    let buffer = SharedBuffer::new(8).expect("a buffer");
    let script = format!(
        "const bytes = new Uint8Array(memory); \
         for (let i = 0; i < {TURNS}; i++) {{ Atomics.add(a, 0, 1); bytes[4 + me] = i; }}"
    );
    std::thread::scope(|scope| {
        for me in 0..2 {
            let (buffer, script) = (&buffer, &script);
            scope.spawn(move || {
                let context = context();
                let mut engine = engine(&context, buffer);
                engine.set_global("me", number(f64::from(me))).expect("a global");
                engine.eval(script).expect("it runs");
            });
        }
    });
    assert_eq!(buffer.load_i32(0), Some(2 * TURNS as i32));
    // Neighbours within a word are not written over.
    let last = (TURNS - 1) as u8;
    let mut bytes = [0; 4];
    buffer.read(4, &mut bytes);
    assert_eq!(bytes, [last, last, 0, 0]);
}
