//! Texts made of the scripts' tokens, and of bytes: whatever they are, parser, compiler and machine end with a value or an
//! error, within fuel, heap and native stack, and the engine works afterwards.
//!
//! The texts follow from the seed. `FUZZ_RUNS=N` makes more of them than a test should, `FUZZ_SEED=N` others; a text that
//! breaks something is printed with what is needed to make it again.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use interp::{Engine, HostValue, Module, Script, ScriptOptions};

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n.max(1)
    }

    /// As likely in each order of magnitude below 2^`most` as in another.
    fn magnitude(&mut self, most: usize) -> usize {
        let bits = self.below(most);
        self.below(1 << bits)
    }

    fn chance(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }
}

fn collect(dir: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(dir).expect("a folder").flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, out);
        } else if path.extension().is_some_and(|e| e == "js" || e == "mjs") {
            out.push(path);
        }
    }
}

/// Signs of more than one character, longer ones first.
const SIGNS: &[&str] = &[
    ">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=",
    ">=", "&&", "||", "??", "?.", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>",
    "**",
];

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#')
}

/// The tokens of a text, roughly, without comments; templates and simple patterns are whole.
fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for line in text.lines() {
        let mut rest = line.trim();
        while let Some(first) = rest.chars().next() {
            let sign = SIGNS.iter().find(|s| rest.starts_with(**s));
            let end = match first {
                '/' if rest.starts_with("//") => break,
                '"' | '\'' | '`' => rest[1..].find(first).map_or(rest.len(), |n| n + 2),
                c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
                c => sign.map_or(c.len_utf8(), |s| s.len()),
            };
            out.push(&rest[..end]);
            rest = rest[end..].trim_start();
        }
        out.push("\n");
    }
    out
}

/// What can stand for a value.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "1",
    "2",
    "1e21",
    "NaN",
    "0x7fffffff",
    "4294967296",
    "0n",
    "18446744073709551616n",
    "''",
    "'x'",
    "'length'",
    "'\u{D7FF}'",
    "null",
    "undefined",
    "true",
    "this",
    "[]",
    "[1,,2]",
    "{}",
    "/x/g",
    "Symbol.iterator",
    "Symbol.toPrimitive",
    "Symbol()",
    "(() => { throw 1 })",
    "(function () { return arguments })",
    "(function* () { yield 1; yield* [2] })",
    "(async () => { await 1 })",
    "(async function* () { yield await 1 })",
    "(class { #x = 1; static { this.y = 1 } get z() { return this.#x } })",
    "new Proxy({}, {})",
    "new Proxy([], { get(t, k) { return t[k] } })",
    "Object.create(null)",
    "new Map([[1, 2]])",
    "new Set([1])",
    "new Uint8Array(4)",
    "Promise.resolve(1)",
    "Object",
    "Array",
    "Function",
    "globalThis",
    "Array.prototype",
    "Object.prototype",
    "Object.freeze([1])",
    "{ get x() { return 1 }, set x(v) {} }",
    "{ valueOf() { return {} } }",
    "{ __proto__: null, then(f) { f(1) } }",
    "{ [Symbol.iterator]: () => ({ next: () => ({ done: true }), return() { throw 2 } }) }",
    "'x'.repeat(1 << 20)",
    "new Array(1e5)",
    "eval('x => x')",
    "new Function('a', 'return a')",
    "new WeakRef({})",
    "new Date(NaN)",
    "JSON.parse('[{}]')",
    "Reflect.ownKeys(Array)",
];

/// Statements that change what happens around them.
const STATEMENTS: &[&str] = &[
    "break;",
    "continue;",
    "return;",
    "throw 1;",
    "yield 1;",
    "await 1;",
    "debugger;",
    "var x = 1;",
    "let x = 1;",
    "'use strict';",
    "x: for (;;) { break x; }",
    "try { throw 1 } catch { } finally { }",
    "for (const a of [1, 2]) { }",
    "for (var k in this) { }",
    "with ({ x: 1 }) { x }",
    "switch (1) { default: case 1: }",
    "class A extends Array { }",
    "function f(a, b = a, ...c) { return f }",
    "eval('var z = 1');",
    "delete this.x;",
    "Object.defineProperty(Array.prototype, 0, { get() { return 1 }, configurable: true });",
    "Array.prototype[Symbol.iterator] = function* () { yield 1 };",
    "Object.setPrototypeOf(Object.prototype, null);",
    "Promise.prototype.then = 1;",
    "(function f() { f() })();",
    "(() => { for (let i = 0; i < 50; i++) new Array(100).fill(i) })();",
    "for (const a of (function* () { try { yield 1 } finally { throw 2 } })()) break;",
    "import('x').catch(() => { });",
    "Promise.resolve().then(() => { throw 1 });",
    "{ using y = { [Symbol.dispose]() { throw 1 } }; throw 2; }",
    "debugger; ;",
];

/// Texts that change what stands around them.
const SPICE: &[&str] = &[
    "async",
    "await",
    "yield",
    "yield*",
    "let",
    "static",
    "get",
    "set",
    "of",
    "in",
    "using",
    "await using",
    "accessor",
    "eval",
    "eval('var x = 1')",
    "arguments",
    "new",
    "new.target",
    "super",
    "super.x",
    "super()",
    "this",
    "class",
    "function",
    "function*",
    "for",
    "for await",
    "if",
    "else",
    "while",
    "do",
    "try",
    "catch",
    "finally",
    "switch",
    "case",
    "with",
    "throw",
    "return",
    "break",
    "continue",
    "import",
    "import('x')",
    "import.meta",
    "export",
    "default",
    "delete",
    "typeof",
    "void",
    "#x",
    "@x",
    "?.",
    "=>",
    "...",
    "=",
    "**",
    "??",
    "||=",
    "&&",
    "`",
    "${",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ":",
    "\n",
    "/",
    "/x/v",
    "1",
    "0n",
    "010",
    "'use strict'",
    "\\u0061",
    "\u{D7FF}",
    "x",
    "var",
    "const",
    "++",
    "--",
    "!",
    "null",
    "undefined",
    "NaN",
    "-1",
    "4294967296",
    "Symbol.iterator",
    "Proxy",
    "Reflect",
    "Object.prototype",
    "Array.prototype",
    "__proto__",
    "constructor",
    "prototype",
    "valueOf",
    "toString",
    "length",
    "then",
    "{ get x() { return 1 } }",
    "[1,,2]",
    "(() => { throw 1 })()",
    "new Proxy({}, {})",
    "function f() { f() } f()",
    "'x'.repeat(1 << 28)",
    "new Array(1e9)",
];

/// A text made of two others' tokens. Mostly something stays that can be read.
fn mutant(texts: &[String], random: &mut Random) -> String {
    let first = &texts[random.below(texts.len())];
    let second = &texts[random.below(texts.len())];
    let mut list = tokens(first);
    let other = tokens(second);
    let value = |t: &&str| {
        t.starts_with(|c| is_word(c) || matches!(c, '"' | '\'')) && t.len() > 1 || t.parse::<f64>().is_ok()
    };
    for _ in 0..1 + random.below(5) {
        if list.len() < 2 {
            break;
        }
        let at = random.below(list.len());
        match random.below(16) {
            0 => {
                list.remove(at);
            }
            1 => list.insert(at, SPICE[random.below(SPICE.len())]),
            2 => {
                let to = random.below(list.len());
                list.swap(at, to);
            }
            3..=8 => {
                // A value, or a name that is already there, for another one.
                let places: Vec<usize> = (1..list.len())
                    .filter(|&i| {
                        value(&list[i])
                            && !matches!(list[i - 1], "." | "{" | "let" | "const" | "class" | "function")
                    })
                    .collect();
                let Some(&at) = places.get(random.below(places.len())) else { continue };
                list[at] = match random.below(3) {
                    0 => list[places[random.below(places.len())]],
                    _ => VALUES[random.below(VALUES.len())],
                };
            }
            9..=12 => {
                // A statement behind another one.
                let ends: Vec<usize> =
                    (0..list.len()).filter(|&i| matches!(list[i], ";" | "{" | "}")).collect();
                let Some(&at) = ends.get(random.below(ends.len())) else { continue };
                list.insert(at + 1, STATEMENTS[random.below(STATEMENTS.len())]);
            }
            13 => {
                // A line of the other text.
                let from = random.below(other.len());
                let end = other[from..].iter().position(|t| *t == "\n").map_or(other.len(), |n| from + n);
                let to = list[at..].iter().position(|t| *t == "\n").map_or(list.len(), |n| at + n);
                list.splice(to..to, other[from..end].iter().copied());
            }
            _ => {
                // The whole other text, as a function or after this one.
                let at = if random.chance(2) { list.len() } else { 0 };
                let mut piece = vec![";(function (x) {"];
                piece.extend(other.iter().copied());
                piece.push("})(1);");
                list.splice(at..at, piece);
            }
        }
    }
    list.join(" ")
}

/// Bytes, some of them of the language.
fn noise(random: &mut Random) -> String {
    let n = random.magnitude(12);
    let mut text = String::new();
    while text.len() < n {
        match random.below(4) {
            0 => text.push_str(SPICE[random.below(SPICE.len())]),
            1 => text.extend(char::from_u32(random.magnitude(21) as u32)),
            _ => text.push((random.below(95) as u8 + 32) as char),
        }
    }
    text
}

/// Nested pairs, far too deep.
fn nested(random: &mut Random) -> String {
    const PAIRS: &[(&str, &str)] = &[
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("function f() {", "}"),
        ("() => {", "}"),
        ("class { m() {", "} }"),
        ("`${", "}`"),
        ("a => ", ""),
        ("!", ""),
        ("x ? ", ": 1"),
        ("if (x) ", ""),
        ("x: ", ""),
        ("new ", ""),
        ("async () => ", ""),
        ("[a = ", "] = 1"),
        ("({ a: ", "} = 1)"),
        ("@(", ") class {}"),
        ("(class extends ", " {})"),
        ("eval(", ")"),
        ("for (;;) {", "}"),
        ("x**", ""),
        ("await ", ""),
        ("yield ", ""),
        ("try {", "} finally {}"),
        ("switch (1) { default: ", "}"),
        ("a.b[", "]"),
        ("f(...", ")"),
    ];
    let (open, close) = PAIRS[random.below(PAIRS.len())];
    let n = random.magnitude(15);
    let end = if random.chance(3) { 0 } else { n };
    format!("{}1{}", open.repeat(n), close.repeat(end))
}

fn attempt(text: &str, random: &mut Random) {
    let stress = random.chance(4);
    let context = gc::Context::open(gc::Config::default().stress(stress)).expect("a context");
    let mut engine = Engine::builder()
        .fuel(random.magnitude(18) as u64)
        .heap_limit((1 << 20) + random.magnitude(24))
        .looped(random.chance(4))
        .open(&context)
        .expect("an engine");
    match random.below(4) {
        0 => {
            let options = ScriptOptions::default().lazy(random.chance(2));
            if let Ok(module) = Module::compile_with("fuzz", text, options) {
                let _ = engine.run_module(&module);
            }
        }
        1 => {
            // As the text of an eval, where a function and a class are around.
            let quoted = format!("{text:?}").replace("\\u{", "\\u{0");
            let around = format!("class A {{ m(x) {{ return eval({quoted}); }} }} new A().m(1)");
            let _ = engine.eval(&around);
        }
        _ => {
            let [whole, lazy] = [false, true]
                .map(|lazy| Script::compile_with("fuzz", text, ScriptOptions::default().lazy(lazy)));
            // What the compiler finds too much is found when the function is called.
            let late = |e: &interp::Error| e.message().starts_with("RangeError");
            match (&whole, &lazy) {
                (Ok(_), Ok(_)) => {}
                (Err(w), Err(l)) => {
                    let told = |e: &interp::Error| (e.message().to_string(), e.location().cloned());
                    assert!(late(w) || told(w) == told(l), "whole: {w}, lazy: {l}");
                }
                (Err(w), Ok(_)) => assert!(late(w), "lazy finds no error, whole {w}"),
                (Ok(_), Err(l)) => assert!(late(l), "whole finds no error, lazy {l}"),
            }
            if let Ok(script) = if random.chance(2) { lazy } else { whole } {
                let _ = engine.run(&script);
                let _ = engine.run(&script);
            }
        }
    }
    for _ in 0..3 {
        engine.set_fuel(random.magnitude(16) as u64);
        let _ = engine.run_jobs();
    }
    if stress {
        engine.collect();
        context.verify().unwrap_or_else(|e| panic!("the heap: {e}"));
    }
    // The engine goes on. (A text may have replaced what the library has, so only the language is asked.)
    engine.set_fuel(10_000_000);
    let question = "(function f(n) { let x = { n, a: [n] }; try { return n ? f(n - 1) + x.a[0] : x.n } finally { } })(20)";
    match engine.eval(question) {
        Ok(v) => assert_eq!(v, HostValue::from(210.0), "the engine gives another value"),
        Err(e) if e.message().contains("heap") => {}
        Err(e) => panic!("the engine does not work: {e}"),
    }
    engine.close();
    context.close().expect("nothing is left open");
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[test]
#[cfg_attr(miri, ignore = "too long")]
fn no_text_breaks_the_engine() {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts"), &mut files);
    let texts: Vec<String> = files.iter().map(|f| fs::read_to_string(f).expect("a script")).collect();
    let (first, runs) = (number("FUZZ_SEED", 1), number("FUZZ_RUNS", 500));
    for seed in first..first + runs {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..4 {
            random.below(1);
        }
        let text = match random.below(8) {
            0 => noise(&mut random),
            1 => nested(&mut random),
            _ => mutant(&texts, &mut random),
        };
        if std::env::var_os("FUZZ_PRINT").is_some() {
            eprintln!("FUZZ_SEED={seed}\n{text}\n");
        }
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| attempt(&text, &mut random))) {
            eprintln!("FUZZ_SEED={seed} FUZZ_RUNS=1:\n{}", text.chars().take(4000).collect::<String>());
            std::panic::resume_unwind(panic);
        }
    }
}
