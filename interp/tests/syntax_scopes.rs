//! Which names are declared where, and which are captured: each case is a source and the scopes it
//! must give, written as `Kind(parent){binding:Kind …}`, with `*` for captured and `!` for an eval.

use bumpalo::Bump;
use interp::syntax::ast::{ExprKind, Function, ImportName, Program, ScopeKind, StmtKind};
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
        "0=Script[a:Var b:Let c:Const d:Function e:Class] 1=Function<0[] 2=Class<0[e:Const]",
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
        "0=Script[C:Class] 1=Class<0[C*:Const #x*:Const] 2=Function<1[] 3=Function<1[]",
    );
    // The heritage sees the private names of the classes around only.
    scopes(
        "class A { #x; m() { class B extends this.#x { #x; } } }",
        "0=Script[A:Class] 1=Class<0[A:Const #x*:Const] 2=Function<1[B:Class] \
         3=Class<2[B:Const #x:Const]",
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

/// Parses `(function …)` and shows what the function knows about itself.
#[track_caller]
fn facts(text: &str, expected: &str) {
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let source = Source::new("test", text);
    let program = parse(&source, &ParseOptions::script(), &arena, &mut atoms)
        .unwrap_or_else(|e| panic!("{}", e.render(&source)));
    let StmtKind::Expr(expr) = program.body.body[0].kind else { panic!("no expression: {text}") };
    let ExprKind::Paren(inner) = expr.kind else { panic!("no parentheses: {text}") };
    let ExprKind::Function(function) = inner.kind else { panic!("no function: {text}") };
    let Function { uses_arguments, uses_this, this_captured, has_eval, .. } = *function;
    let all =
        [(uses_arguments, "arguments"), (uses_this, "this"), (this_captured, "captured"), (has_eval, "eval")];
    let names: Vec<&str> = all.iter().filter(|fact| fact.0).map(|fact| fact.1).collect();
    assert_eq!(names.join(" "), expected, "in {text}");
}

#[test]
fn functions_know_what_they_use() {
    facts("(function () { a; })", "");
    facts("(function () { this; })", "this");
    facts("(function () { new.target; })", "this");
    facts("(function () { () => this; })", "this captured");
    facts("(function () { () => () => this; })", "this captured");
    facts("(function (a = () => this) {})", "this captured");
    facts("(function () { function f() { this; arguments; eval(''); } })", "");
    facts("(function () { class C { x = this; [this.y]() {} } })", "this");
    facts("(function () { arguments; })", "arguments");
    facts("(function () { () => arguments; })", "arguments captured");
    facts("(function () { eval(''); })", "arguments this captured eval");
    facts("(function () { () => eval(''); })", "arguments this captured eval");
    facts("(function (eval) { eval(''); })", "arguments this captured eval");
    facts("(() => { this; arguments; })", "arguments this");
    facts("(() => () => { this; })", "this captured");
}

/// Whether the only function declaration in the first block (or case) is also a `var`.
#[track_caller]
fn annex_b(text: &str, expected: bool) {
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let program = parse(&Source::new("test", text), &ParseOptions::script(), &arena, &mut atoms)
        .unwrap_or_else(|e| panic!("{e}: {text}"));
    let found = program.body.body.iter().find_map(|stmt| match stmt.kind {
        StmtKind::Block(block) => match block.body[0].kind {
            StmtKind::Function { annex_b, .. } => Some(annex_b),
            _ => None,
        },
        _ => None,
    });
    assert_eq!(found, Some(expected), "{text}");
}

#[test]
fn annex_b_flags() {
    annex_b("{ function f() {} }", true);
    annex_b("{ function f() {} function f() {} } var f;", true);
    annex_b("{ function f() {} } let f;", false);
    annex_b("let f; { function f() {} }", false);
    annex_b("{ function* f() {} }", false);
    annex_b("{ async function f() {} }", false);
    annex_b("'use strict'; { function f() {} }", false);
    annex_b("function f() {} { function f() {} }", true);
}

#[test]
fn modules_tell_their_imports_and_exports() {
    let text = "import d, { a as b } from 'x'; import * as ns from 'y' with { type: 'json' };\n\
        import 'x'; export { b as c, ns, d as default, l }; export * from 'x'; let l;\n\
        export * as all from 'z'; await 0;";
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let program = parse(&Source::new("test", text), &ParseOptions::module(), &arena, &mut atoms)
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(program.has_top_level_await && program.body.is_async);
    let module = program.module.expect("a module");
    let name = |atom| program.atoms.text(atom).to_string();
    let requests: Vec<_> = module.requests.iter().map(|r| name(r.specifier)).collect();
    assert_eq!(requests, ["x", "y", "z"]);
    assert_eq!(module.imports.len(), 3);
    let local: Vec<_> = module.local_exports.iter().map(|e| name(e.exported)).collect();
    assert_eq!(local, ["ns", "l"]);
    let indirect: Vec<_> = module
        .indirect_exports
        .iter()
        .map(|e| match e.name {
            ImportName::Name(n) => format!("{} as {}", name(n), name(e.exported)),
            _ => format!("* as {}", name(e.exported)),
        })
        .collect();
    assert_eq!(indirect, ["* as all", "a as c", "default as default"]);
    assert_eq!(module.star_exports, [0]);
}
