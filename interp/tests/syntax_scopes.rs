//! Which names are declared where, and which are captured: each case is a source and the scopes it
//! must give, written as `Kind(parent){binding:Kind …}`, with `*` for captured and `!` for an eval.

use bumpalo::Bump;
use interp::syntax::ast::{Program, ScopeKind};
use interp::syntax::atoms::{AtomTable, Text};
use interp::syntax::{EvalContext, Goal, ParseOptions, Source, parse};

fn show(program: &Program<'_>) -> String {
    let mut parts = Vec::new();
    for (i, scope) in program.scopes.iter().enumerate() {
        let dropped = scope.bindings.is_empty() && scope.kind == ScopeKind::Block;
        if dropped {
            continue;
        }
        let mut text = format!("{i}={:?}", scope.kind);
        if let Some(parent) = scope.parent {
            assert!((parent.0 as usize) < i, "parents come first");
            text += &format!("<{}", parent.0);
        }
        if scope.has_eval {
            text.push('!');
        }
        let names: Vec<String> = scope
            .bindings
            .iter()
            .map(|b| {
                let star = if b.captured { "*" } else { "" };
                format!("{}{star}:{:?}", program.atoms.text(b.name), b.kind)
            })
            .collect();
        text += &format!("[{}]", names.join(" "));
        parts.push(text);
    }
    parts.join(" ")
}

#[track_caller]
fn scopes_with(options: &ParseOptions, text: &str, expected: &str) {
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let source = Source::new("test", text);
    let program =
        parse(&source, options, &arena, &mut atoms).unwrap_or_else(|e| panic!("{}", e.render(&source)));
    assert_eq!(show(&program), expected, "in {text}");
}

#[track_caller]
fn scopes(text: &str, expected: &str) {
    scopes_with(&ParseOptions::script(), text, expected);
}

#[test]
fn globals_are_listed_with_their_kinds() {
    scopes(
        "var a; let b; const c = 1; function d() {} class e {}",
        "0=Script[a:Var b:Let c:Const d:Function e:Class] 1=Function<0[] 2=Class<0[e:Class]",
    );
}

#[test]
fn inner_functions_capture() {
    scopes(
        "function f(a, b) { var c; return () => a + c; }",
        "0=Script[f:Function] 1=Function<0[a*:Param b:Param c*:Var] 2=Function<1[]",
    );
    // A `var` declared after its use, and in a block.
    scopes(
        "function f() { g = () => x; { var x; let y; y } }",
        "0=Script[f:Function] 1=Function<0[x*:Var] 2=Function<1[] 3=Block<1[y:Let]",
    );
    // A name of an inner block hides the outer one.
    scopes(
        "function f() { let x; { let x; () => x } x }",
        "0=Script[f:Function] 1=Function<0[x:Let] 2=Block<1[x*:Let] 3=Function<2[]",
    );
}

#[test]
fn arrow_parameters_get_what_was_read_before_them() {
    scopes(
        "function f(y) { return (x, g = () => x + y) => x; }",
        "0=Script[f:Function] 1=Function<0[y*:Param] 2=Function<1[x*:Param g:Param] \
         3=Function<2[] 4=FunctionBody<2[]",
    );
    // No arrow after all: the parentheses leave no scope, and capture nothing.
    scopes(
        "function f(y) { return (x, function () { return y; }); }",
        "0=Script[f:Function] 1=Function<0[y*:Param] 3=Function<1[]",
    );
    scopes(
        "function f(y) { return async (x, () => y); }",
        "0=Script[f:Function] 1=Function<0[y*:Param] 3=Function<1[]",
    );
    scopes("async ([a, {b}], ...c) => a", "0=Script[] 1=Function<0[a:Param b:Param c:Param]");
}

#[test]
fn parameter_expressions_separate_the_body() {
    scopes(
        "function f(a, b = () => a) { var a; let c; }",
        "0=Script[f:Function] 1=Function<0[a*:Param b:Param] 2=Function<1[] \
         3=FunctionBody<1[a:Var c:Let]",
    );
    scopes("function f({a}, [b]) { var c; }", "0=Script[f:Function] 1=Function<0[a:Param b:Param c:Var]");
}

#[test]
fn arguments_is_declared_where_mentioned() {
    let f = |body: &str, expected: &str| {
        scopes(&format!("function f{body}"), &format!("0=Script[f:Function] {expected}"));
    };
    f("() { arguments }", "1=Function<0[arguments:Arguments]");
    f("() { () => arguments }", "1=Function<0[arguments*:Arguments] 2=Function<1[]");
    f("(arguments) { arguments }", "1=Function<0[arguments:Param]");
    f("() { function arguments() {} }", "1=Function<0[arguments:Function] 2=Function<1[]");
    f("() { var arguments; }", "1=Function<0[arguments:Arguments]");
    f(
        "(a = 1) { var arguments; }",
        "1=Function<0[a:Param arguments:Arguments] 2=FunctionBody<1[arguments:Var]",
    );
    f("(a = 1) { let arguments; }", "1=Function<0[a:Param] 2=FunctionBody<1[arguments:Let]");
    f(
        "(a = arguments) { let arguments; }",
        "1=Function<0[a:Param arguments:Arguments] 2=FunctionBody<1[arguments:Let]",
    );
}

#[test]
fn eval_and_with_capture_all_that_is_visible() {
    scopes(
        "function f(a) { let b; return g; function g(c) { eval(''); } }",
        "0=Script![f*:Function] 1=Function<0![a*:Param b*:Let g*:Function] \
         2=Function<1![c*:Param arguments*:Arguments]",
    );
    // Another name for it is no direct eval.
    scopes(
        "function f(a) { (0, eval)(''); eval?.(''); x.eval(''); }",
        "0=Script[f:Function] 1=Function<0[a:Param]",
    );
    scopes(
        "function f(o, a, b) { b; with (o) { a; let c; c } }",
        "0=Script[f:Function] 1=Function<0[o:Param a*:Param b:Param] 2=With<1[] \
         3=Block<2[c:Let]",
    );
}

#[test]
fn loops_and_catch() {
    scopes(
        "for (let i = 0, j; ; ) { let k; () => i }",
        "0=Script[] 1=For<0[i*:Let j:Let] 2=Block<1[k:Let] 3=Function<2[]",
    );
    scopes("for (const x of () => x) {}", "0=Script[] 1=For<0[x*:Const] 2=Function<1[]");
    scopes(
        "try {} catch ({a, b}) { let c; () => a }",
        "0=Script[] 1=Catch<0[a*:CatchParam b:CatchParam] 2=Block<1[c:Let] 3=Function<2[]",
    );
}

#[test]
fn function_names() {
    scopes("x = function f() { f }", "0=Script[] 1=FunctionName<0[f:FunctionName] 2=Function<1[]");
    scopes(
        "x = function f() { () => f }",
        "0=Script[] 1=FunctionName<0[f*:FunctionName] 2=Function<1[] 3=Function<2[]",
    );
}

#[test]
fn classes_and_private_names() {
    scopes(
        "class C extends B { #x = 1; m() { return this.#x + C; } }",
        "0=Script[C:Class] 1=Class<0[C*:Class #x*:Const] 2=Function<1[] 3=Function<1[]",
    );
    // The heritage sees the private names of the classes around only.
    scopes(
        "class A { #x; m() { class B extends this.#x { #x; } } }",
        "0=Script[A:Class] 1=Class<0[A:Class #x*:Const] 2=Function<1[B:Class] \
         3=Class<2[B:Class #x:Const]",
    );
}

#[test]
fn block_functions_are_hoisted_in_sloppy_code() {
    scopes(
        "function f() { { function g() {} } }",
        "0=Script[f:Function] 1=Function<0[g:Var] 2=Block<1[g:Function] 3=Function<2[]",
    );
    scopes(
        "function f() { 'use strict'; { function g() {} } }",
        "0=Script[f:Function] 1=Function<0[] 2=Block<1[g:Function] 3=Function<2[]",
    );
    // A parameter, or a lexical name on the way, before or after.
    scopes(
        "function f(g) { { function g() {} } }",
        "0=Script[f:Function] 1=Function<0[g:Param] 2=Block<1[g:Function] 3=Function<2[]",
    );
    scopes(
        "function f() { { function g() {} } let g; }",
        "0=Script[f:Function] 1=Function<0[g:Let] 2=Block<1[g:Function] 3=Function<2[]",
    );
    scopes(
        "{ { function g() {} } let g; }",
        "0=Script[] 1=Block<0[g:Let] 2=Block<1[g:Function] 3=Function<2[]",
    );
}

#[test]
fn eval_code_sees_the_private_names_around() {
    let around =
        EvalContext { private_names: vec![Text::from_utf8("#x")], strict: true, ..EvalContext::default() };
    let options = ParseOptions { goal: Goal::Eval(around), ..ParseOptions::default() };
    scopes_with(&options, "o.#x; var a", "0=Eval[a:Var]");
    let plain = ParseOptions { goal: Goal::Eval(EvalContext::default()), ..options };
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    assert!(parse(&Source::new("test", "o.#x"), &plain, &arena, &mut atoms).is_err());
}
