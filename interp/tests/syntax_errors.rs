//! Early errors, a few of each sort: the whole of them is in test262, see `parse_suite.rs`.

use bumpalo::Bump;
use interp::syntax::atoms::AtomTable;
use interp::syntax::{EvalContext, Goal, ParseOptions, Source, parse};

fn check(options: &ParseOptions, text: &str) -> Result<(), String> {
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let result = parse(&Source::new("test", text), options, &arena, &mut atoms);
    result.map(|_| ()).map_err(|e| e.message)
}

#[track_caller]
fn all(options: &ParseOptions, good: &[&str], bad: &[(&str, &str)]) {
    for text in good {
        assert_eq!(check(options, text), Ok(()), "{text}");
    }
    for (text, part) in bad {
        match check(options, text) {
            Ok(()) => panic!("accepted: {text}"),
            Err(message) => assert!(message.contains(part), "{text}: {message}"),
        }
    }
}

fn script(good: &[&str], bad: &[(&str, &str)]) {
    all(&ParseOptions::script(), good, bad);
}

#[test]
fn declarations() {
    script(
        &[
            "var a; var a; function a() {}",
            "let a; { let a; }",
            "try {} catch (e) { var e; }",
            "{ function f() {} function f() {} }",
            "switch (0) { case 0: function f() {} case 1: function f() {} }",
            "function f(a, a) {}",
            "label: function f() {}",
            "if (a) function f() {} else function g() {}",
        ],
        &[
            ("let a; let a;", "'a' has already been declared"),
            ("let a; { var a; }", "already been declared"),
            ("{ var a; } let a;", "already been declared"),
            ("{ { var a; } let a; }", "already been declared"),
            ("function f(a) { let a; }", "already been declared"),
            ("function f(a = 1) { let a; }", "already been declared"),
            ("try {} catch ([e]) { var e; }", "already been declared"),
            ("try {} catch (e) { let e; }", "already been declared"),
            ("for (let a;;) { var a; }", "already been declared"),
            ("'use strict'; { function f() {} function f() {} }", "already been declared"),
            ("'use strict'; function f(a, a) {}", "declared twice"),
            ("(a, a) => 1", "declared twice"),
            ("let let = 1", "'let' cannot be declared"),
            ("const a;", "'='"),
            ("while (a) function f() {}", "a function can stand in a block only"),
            ("using a = 1;", "using can only stand"),
        ],
    );
}

#[test]
fn targets() {
    script(
        &[
            "f() = 1",
            "[a, b.c, ...[d]] = e",
            "({a, b: [c] = 1, ...d} = e)",
            "((a)) = 1",
            "[(a), (b.c)] = 1",
            "for (a.b in c);",
            "for ([a] of b);",
            "({__proto__: a, __proto__: b} = c)",
        ],
        &[
            ("1 = 2", "invalid assignment target"),
            ("a + b = c", "invalid assignment target"),
            ("a?.b = c", "invalid assignment target"),
            ("({a}) = 1", "invalid assignment target"),
            ("[...a, b] = c", "must be the last"),
            ("[...a,] = c", "must be the last"),
            ("({a() {}} = 1)", "method cannot stand"),
            ("({a = 1})", "found '='"),
            ("({__proto__: a, __proto__: b})", "twice"),
            ("'use strict'; eval = 1", "strict code"),
            ("f() &&= 1", "invalid assignment target"),
            ("[(a)] => 1", "found '=>'"),
            ("([(a)]) => 1", "parentheses"),
            ("({a: b.c}) => 1", "invalid parameter"),
        ],
    );
}

#[test]
fn placement() {
    script(
        &[
            "a: for (;;) continue a",
            "({m() { super.x; }})",
            "class A extends B { constructor() { super(); } }",
            "function f() { new.target }",
            "x = class { static { this } }",
            "async () => await 1",
            "function* g() { yield\n2 }",
        ],
        &[
            ("break", "break can only"),
            ("a: { continue a }", "not of a loop"),
            ("break a", "not declared"),
            ("a: a: ;", "already in use"),
            ("return", "return can only"),
            ("super.x", "super properties"),
            ("class A { constructor() { super(); } }", "super() can only"),
            ("new.target", "new.target can only"),
            ("import.meta", "import.meta can only"),
            ("import a from 'b'", "top level of a module"),
            ("class A { x = arguments }", "class field"),
            ("class A { static { await } }", "static block"),
            ("class A { #a; #a }", "already been declared"),
            ("class A { m() { this.#b } }", "not declared by a class"),
            ("class A { constructor() {} constructor() {} }", "one constructor"),
            ("class A { get constructor() {} }", "constructor is neither"),
            ("function f(a = 1) { 'use strict' }", "plain parameters"),
            ("function eval() { 'use strict' }", "cannot be declared"),
            ("function* g(a = yield) {}", "cannot stand in parameters"),
            ("async (a = await 1) => 1", "found number"),
            ("-a ** b", "parentheses around"),
            ("a ?? b || c", "cannot be mixed"),
            ("'use strict'; with (a) {}", "strict code"),
            ("'use strict'; 010", "leading 0"),
            ("'\\01'; 'use strict'", "octal escape"),
            ("'use strict'; delete a", "cannot be deleted"),
            ("`\\u`", "invalid escape"),
            ("/a/gg", "written twice"),
            ("/a/uv", "exclude each other"),
            ("v\\u0061r a", "found keyword with an escape"),
            ("3in []", "directly after a number"),
        ],
    );
}

#[test]
fn modules() {
    all(
        &ParseOptions::module(),
        &[
            "export { a }; var a",
            "export default class {}",
            "import { default as a } from 'b'",
            "export * as 'any string' from 'a'",
            "import defer * as a from 'b'",
            "import source from 'a'",
            "import source a from 'a'",
            "await using a = null",
        ],
        &[
            ("export { a }", "not declared"),
            ("export default 1; export default 2", "twice"),
            ("export { a, a }; var a", "twice"),
            ("var await", "'await' cannot be a name"),
            ("import { a, a } from 'b'", "already been declared"),
            ("import a from 'b' with { c: 'd', c: 'e' }", "given twice"),
            ("<!-- comment", "found '<'"),
            ("function f() {} function f() {}", "already been declared"),
            ("{ export { a } }", "top level"),
        ],
    );
}

#[test]
fn eval_code_may_what_its_surroundings_may() {
    let texts = ["new.target", "super.x", "super()", "arguments", "with (a) {}"];
    let plain = Goal::Eval(EvalContext::default());
    let rich = Goal::Eval(EvalContext {
        strict: true,
        new_target: true,
        super_property: true,
        super_call: true,
        class_field_init: true,
        private_names: Vec::new(),
    });
    for (goal, expected) in
        [(plain, [false, false, false, true, true]), (rich, [true, true, true, false, false])]
    {
        let options = ParseOptions { goal, ..ParseOptions::default() };
        assert_eq!(texts.map(|text| check(&options, text).is_ok()), expected);
    }
}
