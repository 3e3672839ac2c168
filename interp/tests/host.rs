//! Functions of the host that call back: by every way a script can call, with the limits, collections and exceptions
//! going through them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use interp::{Engine, ErrorKind, Held, HostError, HostValue, Termination};

/// An engine on a context that collects at every safepoint, with `apply(f, this, ...args)`.
fn with_engine(f: impl Fn(&mut Engine)) {
    for looped in [false, true] {
        let config = gc::Config::default().stress(true);
        let context = gc::Context::open(config).expect("a context");
        let mut engine = Engine::builder().fuel(5_000_000).looped(looped).open(&context).expect("an engine");
        engine
            .define_reentrant("apply", 2, |call| {
                let arguments: Vec<_> = (2..call.argument_count()).map(|i| call.argument(i)).collect();
                call.call(call.argument(0), call.argument(1), &arguments)
            })
            .expect("a function");
        if !cfg!(miri) || looped {
            f(&mut engine);
        }
        drop(engine);
        context.close().expect("nothing is left open");
    }
}

#[track_caller]
fn holds(engine: &mut Engine, source: &str) {
    assert_eq!(engine.eval(source).expect(source), HostValue::Bool(true), "{source}");
}

#[test]
fn every_kind_of_call_reaches_it() {
    with_engine(|engine| {
        for source in [
            "apply((a, b) => a + b, null, 1, 2) === 3",
            "apply(function () { return this.x }, { x: 7 }) === 7",
            "apply(apply, null, apply, null, () => 5) === 5",
            "apply.call(null, x => x, null, 4) === 4 && apply.apply(null, [x => x, null, 4]) === 4",
            "apply.bind(null, x => x * 2)(null, 4) === 8",
            "[3, 1, 2].map(x => apply(y => y * x, null, 2)).join() === '6,2,4'",
            "[3, 1, 2].sort((a, b) => apply((x, y) => x - y, null, a, b)).join() === '1,2,3'",
            "[1, 2].map(apply.bind(null, x => x, null)).join() === '1,2'",
            "({ get x() { return apply(() => 9) } }).x === 9",
            "Object.defineProperty({}, 'x', { get: apply.bind(null, () => 9) }).x === 9",
            "`${{ toString: apply.bind(null, () => 't') }}` === 't'",
            "'abc'.replace(/b/, (m) => apply(x => x + x, null, m)) === 'abbc'",
            "function* g() { const x = apply(a => a + 1, null, yield 1); yield x } \
             var it = g(); it.next(); it.next(4).value === 5",
            "apply(function* () { yield 3 }).next().value === 3",
            "[...{ [Symbol.iterator]: apply.bind(null, () => [1, 2][Symbol.iterator]()) }].length === 2",
            "new Proxy({}, { get: (t, k) => apply(() => k) }).name === 'name'",
            "new Proxy(apply, {})(x => x, null, 6) === 6",
            "apply.name === 'apply' && apply.length === 2 && typeof apply === 'function' && !('prototype' in apply)",
            "String(apply) === 'function apply() { [native code] }'",
            "new Uint8Array([1, 2]).map(x => apply(y => y + 1, null, x)).join() === '2,3'",
        ] {
            holds(engine, source);
        }
        assert!(engine.eval("new apply(() => 1)").is_err());
        let job = "var out = []; Promise.resolve(1).then(x => { out.push(apply(y => y + 1, null, x)) }); \
                   (async () => { out.push(apply(z => z, null, await 8)) })(); 0";
        engine.eval(job).expect("jobs are queued");
        engine.run_jobs().expect("jobs run");
        holds(engine, "out.join() === '2,8'");
    });
}

#[test]
fn exceptions_go_through() {
    with_engine(|engine| {
        holds(engine, "const e = new TypeError('t'); try { apply(() => { throw e }) } catch (x) { x === e }");
        holds(engine, "try { apply(() => { throw undefined }); false } catch (x) { x === undefined }");
        holds(
            engine,
            "try { apply(3) } catch (x) { x instanceof TypeError && x.message === '3 is not a function' }",
        );
        holds(
            engine,
            "let r = 0; try { apply(() => { try { apply(() => { throw 1 }) } finally { r++ } }) } catch { r++ } r === 2",
        );
        engine
            .define_reentrant("attempt", 1, |call| match call.call(call.argument(0), call.undefined(), &[]) {
                Err(HostError::Script) => {
                    let thrown = call.take_thrown()?;
                    let pair = call.value(&HostValue::Object(Vec::new()))?;
                    call.set(pair, "thrown", thrown)?;
                    Ok(pair)
                }
                r => r,
            })
            .expect("a function");
        holds(engine, "attempt(() => 1) === 1");
        holds(engine, "const o = {}; attempt(() => { throw o }).thrown === o");
        holds(engine, "attempt(() => apply(() => attempt(() => { throw 5 }))).thrown === 5");
        engine
            .define_reentrant("refuse", 0, |_| {
                Err(HostError::Throw { kind: "RangeError", message: "no".into() })
            })
            .expect("a function");
        holds(engine, "try { refuse() } catch (x) { x instanceof RangeError && x.message === 'no' }");
        // One that makes up that the script threw.
        engine.define_reentrant("lie", 0, |_| Err(HostError::Script)).expect("a function");
        holds(engine, "try { lie() } catch (x) { x instanceof Error }");
        // One that goes on after an exception: it is forgotten.
        engine
            .define_reentrant("ignore", 1, |call| {
                let _ = call.call(call.argument(0), call.undefined(), &[]);
                Ok(call.this())
            })
            .expect("a function");
        holds(engine, "ignore.call(4, () => { throw 1 }) === 4");
    });
}

#[test]
fn properties_and_values() {
    with_engine(|engine| {
        engine
            .define_reentrant("bag", 1, |call| {
                let options = call.argument(0);
                let unit = call.get(options, "unit")?;
                let unit = match call.type_of(unit)? {
                    "undefined" => HostValue::from("day"),
                    _ => call.to_host(unit)?,
                };
                let unit = call.value(&unit)?;
                call.set(options, "read", unit)?;
                assert!(call.is_same(unit, unit)? && !call.is_same(unit, options)?);
                call.get(options, "read")
            })
            .expect("a function");
        holds(engine, "bag({ unit: 'week' }) === 'week' && bag({}) === 'day'");
        holds(engine, "let n = 0; bag({ get unit() { n++; return [{}, 'x'][1] } }) === 'x' && n === 1");
        holds(engine, "try { bag(Object.freeze({})) } catch (e) { e instanceof TypeError }");
        holds(engine, "try { bag(null) } catch (e) { e instanceof TypeError }");
        holds(engine, "try { bag({ get unit() { throw 3 } }) } catch (e) { e === 3 }");
        holds(engine, "try { bag({ unit: Symbol() }) } catch (e) { e instanceof TypeError }");
    });
}

#[test]
fn slots_belong_to_their_call() {
    with_engine(|engine| {
        let kept = Cell::new(None);
        engine
            .define_reentrant("keep", 1, move |call| {
                let mine = call.argument(0);
                let slot = kept.replace(Some(mine)).unwrap_or(mine);
                call.call(slot, call.undefined(), &[])
            })
            .expect("a function");
        holds(engine, "keep(() => 1) === 1");
        holds(engine, "try { keep(() => 2) } catch (e) { e instanceof TypeError }");
        engine
            .define_reentrant("many", 1, |call| {
                let before = call.slots();
                let mut sum = 0.0;
                for i in 0..if cfg!(miri) { 10 } else { 5_000 } {
                    let x = call.value(&HostValue::Number(f64::from(i)))?;
                    let y = call.call(call.argument(0), call.undefined(), &[x])?;
                    if let HostValue::Number(n) = call.to_host(y)? {
                        sum += n - f64::from(i);
                    }
                    call.truncate(before);
                    assert_eq!(call.slots(), before);
                }
                call.value(&HostValue::Number(sum))
            })
            .expect("a function");
        holds(engine, "many(x => [x][0]) === 0");
        // Without giving any back: an error, and no more memory than the limit.
        engine
            .define_reentrant("greedy", 0, |call| {
                loop {
                    call.value(&HostValue::Null)?;
                }
            })
            .expect("a function");
        if !cfg!(miri) {
            holds(engine, "try { greedy() } catch (e) { e instanceof RangeError }");
        }
    });
}

#[test]
fn a_callback_is_held_beyond_its_call() {
    with_engine(|engine| {
        let listeners: Rc<RefCell<Vec<Held>>> = Rc::default();
        let added = listeners.clone();
        engine
            .define_reentrant("listen", 1, move |call| {
                let held = call.hold(call.argument(0))?;
                let again = call.held(&held)?;
                assert!(call.is_same(again, call.argument(0))?);
                added.borrow_mut().push(held);
                Ok(call.undefined())
            })
            .expect("a function");
        engine.eval("var seen = []; { let i = 0; listen(x => seen.push(i++, x)) }").expect("a listener");
        holds(engine, "try { listen(1) } catch (e) { e instanceof TypeError }");
        engine.collect();
        for x in ["a", "b"] {
            engine.call_held(&listeners.borrow()[0], &[x.into()]).expect("the listener runs");
        }
        holds(engine, "seen.join() === '0,a,1,b'");
        let context = gc::Context::open(gc::Config::default()).expect("a context");
        let mut other = Engine::builder().open(&context).expect("an engine");
        assert!(other.call_held(&listeners.borrow()[0], &[]).is_err());
        other.close();
        context.close().expect("nothing is left open");
    });
}

fn ended(engine: &mut Engine, source: &str) -> Termination {
    match engine.eval(source).expect_err(source).kind() {
        ErrorKind::Terminated(why) => why,
        kind => panic!("{source}: {kind:?}"),
    }
}

#[test]
fn limits_hold_inside() {
    with_engine(|engine| {
        engine.eval("var ran = ''").expect("a global");
        for body in ["for (;;);", "for (;;) [{}].map(x => x)", "(function f() { apply(f); f() })()"] {
            let source = format!(
                "try {{ apply(() => {{ try {{ {body} }} finally {{ ran += 'f' }} }}) }} catch {{ ran += 'c' }}"
            );
            engine.set_fuel(20_000);
            if body.contains("apply(f)") {
                // Ended by the stack, as an exception.
                engine.set_fuel(5_000_000);
                engine.eval(&source).expect("the exception is caught");
                engine.eval("ran = ''").expect("a global");
                continue;
            }
            assert_eq!(ended(engine, &source), Termination::Fuel, "{body}");
            engine.set_fuel(5_000_000);
            holds(engine, "ran === ''");
        }
        // The host's function sees the end, and can do nothing about it.
        let seen = Rc::new(Cell::new(0));
        let counter = seen.clone();
        engine
            .define_reentrant("stubborn", 1, move |call| {
                for _ in 0..3 {
                    if call.call(call.argument(0), call.undefined(), &[]) == Err(HostError::Script)
                        && call.take_thrown() == Err(HostError::Script)
                    {
                        counter.set(counter.get() + 1);
                    }
                }
                Ok(call.undefined())
            })
            .expect("a function");
        engine.set_fuel(10_000);
        assert_eq!(ended(engine, "stubborn(() => { for (;;); })"), Termination::Fuel);
        assert_eq!(seen.get(), 3);
        engine.set_fuel(5_000_000);
        engine.define_reentrant("end", 0, |_| Err(HostError::Terminate(7))).expect("a function");
        assert_eq!(ended(engine, "try { apply(end) } finally { ran += 'x' }"), Termination::Host(7));
        holds(engine, "ran === ''");
    });
}

#[test]
fn recursion_through_the_host_ends() {
    if cfg!(miri) {
        return;
    }
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().open(&context).expect("an engine");
    engine
        .define_reentrant("apply", 1, |call| call.call(call.argument(0), call.undefined(), &[]))
        .expect("a function");
    for source in [
        "let n = 0; function f() { n++; apply(f) } try { f(); false } catch (e) { e instanceof RangeError && n > 20 }",
        "let m = 0; function g() { m++; [1].map(() => apply(g)) } \
         try { g(); false } catch (e) { e instanceof RangeError && m > 20 }",
        "let k = 0; function h() { k++; new Uint8Array(1).map(() => apply(h)) } \
         try { h(); false } catch (e) { e instanceof RangeError && k > 20 }",
    ] {
        holds(&mut engine, source);
    }
    holds(&mut engine, "apply(() => 3) === 3");
}

#[test]
fn memory_made_inside_is_collected_inside() {
    if cfg!(miri) {
        return;
    }
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(8 << 20).open(&context).expect("an engine");
    engine
        .define_reentrant("apply", 1, |call| call.call(call.argument(0), call.undefined(), &[]))
        .expect("a function");
    // Ten times the limit, in one call.
    holds(
        &mut engine,
        "apply(() => { let n = 0; for (let i = 0; i < 1e6; i++) n += [i, i, i, i].length; return n === 4e6 })",
    );
    // In an array's callback, which is a frame too.
    holds(
        &mut engine,
        "[0].map(() => apply(() => { for (let i = 0; i < 1e6; i++) [i, i, i, i]; return true }))[0]",
    );
}

#[test]
fn a_panic_of_the_host_leaves_the_engine_usable() {
    with_engine(|engine| {
        engine.define_reentrant("fall", 0, |_| panic!("on purpose")).expect("a function");
        let fell = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = engine.eval("apply(() => { try { fall() } finally { ran = 1 } })");
        }));
        assert!(fell.is_err());
        engine.collect();
        holds(engine, "apply(x => x, null, typeof ran) === 'undefined'");
    });
}
