//! Built-ins that call back: what a callback leaves behind is collected while the built-in runs.

use interp::{Engine, HostValue};

/// The heap's limit. Each callback makes several times as much garbage, and keeps nothing.
const LIMIT: usize = if cfg!(debug_assertions) { 4 << 20 } else { 16 << 20 };

/// Runs a script that calls `garbage()` in callbacks, under the limit.
fn collected(script: &str) {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(LIMIT).open(&context).expect("an engine");
    // Some 100 MB in a release build: 8 KB at a time.
    let rounds = 6 * LIMIT / 8192;
    engine
        .eval(&format!(
            "function garbage(v) {{ for (let i = 0; i < {rounds}; i++) new Array(1000).fill(i); return v }}"
        ))
        .expect("a function");
    match engine.eval(script) {
        Ok(value) => assert_eq!(value, HostValue::from("fine"), "{script}"),
        Err(e) => panic!("{script}: {e}"),
    }
    engine.close();
    context.close().expect("nothing is left open");
}

/// The same of a script that gives a promise of "fine".
fn settled(promise: &str) {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().heap_limit(LIMIT).open(&context).expect("an engine");
    let rounds = 6 * LIMIT / 8192;
    let script = format!(
        "function garbage(v) {{ for (let i = 0; i < {rounds}; i++) new Array(1000).fill(i); return v }}
         let end; Promise.resolve().then(() => {promise}).then(v => end = v, e => end = e); 0"
    );
    let ran = engine.eval(&script).and_then(|_| engine.run_jobs());
    let end = ran.and_then(|()| engine.eval("end instanceof Error ? end.message : end"));
    assert_eq!(end.map_err(|e| e.to_string()), Ok(HostValue::from("fine")), "{promise}");
    engine.close();
    context.close().expect("nothing is left open");
}

#[test]
fn maps_and_sets() {
    collected("new Map([[1, 2]]).forEach(garbage); 'fine'");
    collected("new Set([1]).forEach(garbage); 'fine'");
    collected("new Map().getOrInsertComputed(1, garbage) === 1 ? 'fine' : ''");
    collected("const key = {}; new WeakMap().getOrInsertComputed(key, garbage) === key ? 'fine' : ''");
}

#[test]
fn groups() {
    collected("Map.groupBy([1], garbage).get(1)[0] === 1 ? 'fine' : ''");
    collected("Object.groupBy([1], garbage)[1][0] === 1 ? 'fine' : ''");
}

#[test]
fn replacing() {
    collected("'abc'.replace('b', garbage) === 'abc' ? 'fine' : ''");
    collected("'aba'.replaceAll('a', garbage) === 'aba' ? 'fine' : ''");
    collected("'abc'.replace(/b/, garbage) === 'abc' ? 'fine' : ''");
    collected("'aba'.replace(/a/g, garbage) === 'aba' ? 'fine' : ''");
    collected("'aba'.replace(/(?<x>a)|(b)|(c)/g, garbage) === 'aba' ? 'fine' : ''");
    collected("'a-b'.replace('-', () => ({ toString: () => garbage('+') })) === 'a+b' ? 'fine' : ''");
    // One that is watched.
    collected(
        "class R extends RegExp { exec(s) { garbage(); return super.exec(s) } }
         'aba'.replace(new R('a', 'g'), 'c') === 'cbc' ? 'fine' : ''",
    );
}

#[test]
fn exec_of_a_script() {
    for call in [
        "new R('b').test('abc')",
        "'abc'.match(new R('b'))[0] === 'b'",
        "'aba'.match(new R('a', 'g')).length === 2",
        "'abc'.search(new R('b')) === 1",
        "'aba'.split(new R('b')).join() === 'a,a'",
        "'aba'.split(new R('(b)'), 2).join() === 'a,b'",
    ] {
        collected(&format!(
            "class R extends RegExp {{ exec(s) {{ garbage(); return super.exec(s) }} }} {call} ? 'fine' : ''"
        ));
    }
    collected("'a'.split({ [Symbol.split]: garbage, x: 'fine' }); 'fine'");
    collected("'a'.match({ [Symbol.match]: () => garbage('fine') })");
}

#[test]
fn typed_arrays() {
    for call in [
        "a.map(garbage)[1] === 1",
        "a.filter(() => garbage(true)).length === 2",
        "a.forEach(garbage) === undefined",
        "a.every(() => garbage(true))",
        "!a.some(() => garbage(false))",
        "a.find(() => garbage(true)) === 0",
        "a.findIndex(() => garbage(true)) === 0",
        "a.findLast(() => garbage(true)) === 1",
        "a.findLastIndex(() => garbage(true)) === 1",
        "a.reduce((x, y) => garbage(x + y)) === 1",
        "a.reduceRight((x, y) => garbage(x + y)) === 1",
        "a.sort((x, y) => garbage(y - x))[0] === 1",
        "a.toSorted((x, y) => garbage(y - x))[0] === 1",
        "Uint8Array.from([3], garbage)[0] === 3",
        "Uint8Array.from({ *[Symbol.iterator]() { yield garbage(3) } })[0] === 3",
        "new Uint8Array({ *[Symbol.iterator]() { yield garbage(3) } })[0] === 3",
    ] {
        collected(&format!("const a = new Uint8Array([0, 1]); {call} ? 'fine' : ''"));
    }
}

#[test]
fn iterables() {
    let iterable = |item: &str| format!("{{ *[Symbol.iterator]() {{ garbage(); yield {item} }} }}");
    collected(&format!("new Map({}).get(1) === 2 ? 'fine' : ''", iterable("[1, 2]")));
    collected(&format!("new Set({}).has(1) ? 'fine' : ''", iterable("1")));
    collected(&format!("const k = {{}}; new WeakMap({}).get(k) === 2 ? 'fine' : ''", iterable("[k, 2]")));
    collected(&format!("const k = {{}}; new WeakSet({}).has(k) ? 'fine' : ''", iterable("k")));
    collected(&format!("Object.fromEntries({}).a === 2 ? 'fine' : ''", iterable("['a', 2]")));
    collected(
        "class M extends Map { set(k, v) { garbage(); return super.set(k, v) } } new M([[1, 2]]).get(1) === 2 ? 'fine' : ''",
    );
}

#[test]
fn promises() {
    let iterable = "{ *[Symbol.iterator]() { garbage(); yield 1 } }";
    for f in ["all", "allSettled", "any", "race"] {
        settled(&format!("Promise.{f}({iterable}).then(() => 'fine')"));
        settled(&format!(
            "Promise.{f}.call(class extends Promise {{ static resolve(v) {{ garbage(); return super.resolve(v) }} }}, [1]).then(() => 'fine')"
        ));
    }
    settled("Promise.all([1].values().map(garbage)).then(() => 'fine')");
    settled("Promise.resolve('fine').finally(garbage)");
    settled("Promise.reject('fine').finally(garbage).catch(v => v)");
    settled("Promise.try(garbage, 'fine')");
    settled("(async () => { for await (const x of (function* () { yield garbage('fine') })()) return x })()");
    settled(
        "(async () => { for await (const x of (function* () { try { yield } finally { garbage() } })()) break; return 'fine' })()",
    );
    settled(
        "(async function* () { yield* (function* () { yield garbage('fine') })() })().next().then(r => r.value)",
    );
    collected("Promise.prototype.catch.call({ then() { garbage(); return 'fine' } })");
    collected("Promise.prototype.finally.call({ then() { garbage(); return 'fine' } })");
}

#[test]
fn copies_of_objects() {
    collected("Object.assign({}, { get a() { return garbage('fine') } }).a");
    collected("Object.assign({ set a(v) { garbage(); this.b = v } }, { a: 'fine' }).b");
    collected(
        "class A { constructor(o) { Object.assign(this, o) } set a(v) { garbage(); this.b = v } } new A({ a: 'fine' }).b",
    );
    collected("Object.assign({}, new Proxy({ a: 'fine' }, { get: (t, k) => garbage(t[k]) })).a");
    collected(
        "Object.assign(new Proxy({}, { set: (t, k, v) => { garbage(); t[k] = v; return true } }), { a: 'fine' }).a",
    );
    collected("({ ...{ get a() { return garbage('fine') } } }).a");
    collected("({ ...new Proxy({ a: 'fine' }, { get: (t, k) => garbage(t[k]) }) }).a");
    collected("const { b, ...rest } = { get a() { return garbage('fine') }, b: 1 }; rest.a");
    collected("Object.values({ get a() { return garbage('fine') } })[0]");
    collected("Object.entries({ get a() { return garbage('fine') } })[0][1]");
    collected("[].concat(new Proxy(['fine'], { get: (t, k) => garbage(t[k]) }))[0]");
    collected("[].concat(new Proxy(['fine'], { get: (t, k) => k === '0' ? garbage(t[k]) : t[k] }), 1)[0]");
}

#[test]
fn arrays_that_are_proxies() {
    let proxy = "new Proxy([1, 2], { get: (t, k) => k === '1' ? garbage(t[k]) : t[k] })";
    collected(&format!("{proxy}.slice(0)[1] === 2 ? 'fine' : ''"));
    collected(&format!("{proxy}.indexOf(2) === 1 ? 'fine' : ''"));
    collected(&format!("{proxy}.includes(2) ? 'fine' : ''"));
}

#[test]
fn reflection() {
    collected("Reflect.get({ get a() { return garbage('fine') } }, 'a')");
    collected("const o = { set a(v) { garbage(); this.b = v } }; Reflect.set(o, 'a', 'fine') ? o.b : ''");
    collected("Reflect.get(new Proxy({}, { get: () => garbage('fine') }), 'a')");
    // Traps that pass on what they are asked.
    collected(
        "const p = new Proxy({ get a() { return garbage('fine') } }, { get: (...args) => Reflect.get(...args) }); p.a",
    );
    collected("new Proxy({ get a() { return garbage('fine') } }, {}).a");
}

#[test]
fn json() {
    collected("JSON.parse('[1, {\"a\": 2}]', (k, v) => garbage(v))[1].a === 2 ? 'fine' : ''");
    collected("JSON.stringify([1, { a: 2 }], (k, v) => garbage(v)) === '[1,{\"a\":2}]' ? 'fine' : ''");
    collected("JSON.stringify([1, { toJSON: () => garbage(2) }]) === '[1,2]' ? 'fine' : ''");
    collected("JSON.stringify({ get a() { return garbage(2) } }) === '{\"a\":2}' ? 'fine' : ''");
}
