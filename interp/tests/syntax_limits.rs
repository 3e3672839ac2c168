//! No text ends the process: nesting and memory give errors of kind `Limit`, and errors read well.

use bumpalo::Bump;
use interp::syntax::atoms::{AtomTable, Text};
use interp::syntax::{DynamicFunctionKind, ErrorKind, ParseOptions, Source, parse};

fn error_with(options: &ParseOptions, text: &str) -> Option<(ErrorKind, String)> {
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    let source = Source::new("test.js", text);
    parse(&source, options, &arena, &mut atoms).err().map(|e| (e.kind, e.render(&source)))
}

fn error(text: &str) -> Option<(ErrorKind, String)> {
    error_with(&ParseOptions::script(), text)
}

#[test]
fn deep_nesting_is_an_error() {
    let openings = [
        "(",
        "[",
        "{",
        "({a:",
        "[...",
        "!",
        "-",
        "a=",
        "a?b:",
        "x=>",
        "async x=>",
        "function f(){",
        "class{[",
        "(class extends ",
        "new ",
        "`${",
        "a[",
        "f(",
        "if(a)",
        "for(;;)",
        "while(a)",
        "do ",
        "with(a)",
        "l:",
        "try{",
        "switch(a){case 0:",
        "a**",
        "await ",
        "yield ",
        "typeof ",
        "({get a(){",
        "(a=",
        "{[a]:",
        "var {a:",
        "var [",
        "import(",
        "a?.[",
        "(function(a=",
        "class{static{",
        "class{a=",
        "++",
        "delete ",
        "a||(",
        "a=>{",
        "if(a);else ",
        "({a(){",
        "async(",
        "({",
        "[[",
        "for(var a of ",
        "a??",
        "throw ",
    ];
    for opening in openings {
        let text = opening.repeat(1_000_000 / opening.len());
        assert!(error(&text).is_some(), "nested {opening}");
    }
    let (kind, _) = error(&"(".repeat(1_000_000)).expect("an error");
    assert_eq!(kind, ErrorKind::Limit);
}

#[test]
fn long_chains_are_not_deep() {
    for link in ["+a", ".a", "[0]", "()", ",a", "&&a", " in a", "`a`", ";a", "?.a", "\nelse if(a);"] {
        let head = if link.starts_with('\n') { "if(a);" } else { "a" };
        let text = format!("{head}{}", link.repeat(200_000));
        assert_eq!(error(&text), None, "chained {link}");
    }
}

#[test]
fn memory_is_limited() {
    let options = ParseOptions { max_bytes: 1 << 20, ..ParseOptions::default() };
    let names: String = (0..1 << 17).map(|i| format!("x{i};")).collect();
    let holes = format!("[{}]", ",".repeat(1 << 18));
    let pattern = format!("var [{}] = a", ",".repeat(1 << 18));
    for text in ["a+b;".repeat(1 << 18), names, holes, pattern, ";".repeat(1 << 18), "{}".repeat(1 << 18)] {
        let (kind, _) = error_with(&options, &text).expect("an error");
        assert_eq!(kind, ErrorKind::Limit);
        assert_eq!(error(&text), None);
    }
}

#[test]
fn errors_say_what_was_found_and_expected() {
    let (_, text) = error("let a = 1;\nfoo(a b);\n").expect("an error");
    let expected = "\
found 'b', expected ',' or ')' after an argument
 --> test.js:2:7
  |
2 | foo(a b);
  |       ^
";
    assert_eq!(text, expected);
}

#[test]
fn dynamic_functions_are_whole_in_both_parts() {
    let parse_parts = |params: &str, body: &str| {
        let (source, goal) = Source::dynamic_function(
            "f",
            DynamicFunctionKind::Normal,
            &Text::from_utf8(params),
            &Text::from_utf8(body),
        );
        let options = ParseOptions { goal, ..ParseOptions::default() };
        let arena = Bump::new();
        let mut atoms = AtomTable::new();
        parse(&source, &options, &arena, &mut atoms).map(|_| ())
    };
    for (params, body) in [("a, b", "return a"), ("a //", "b //"), ("", ""), ("a = '`'", "-->")] {
        assert_eq!(parse_parts(params, body), Ok(()), "{params} / {body}");
    }
    for (params, body) in [
        ("/*", "*/){"),
        (") {}, function (", ""),
        ("a", "}, function () {"),
        ("a = `", "`) { "),
        ("a", "} //"),
        ("){}//", ""),
        ("", "super()"),
        ("", "'use strict'; with (a) {}"),
    ] {
        assert!(parse_parts(params, body).is_err(), "{params} / {body}");
    }
}

#[test]
fn latin1_and_utf16_sources_read_the_same() {
    for text in ["var é = 'ÿ'", "var ключ = \"\u{1F600}\"", "var \\u{61}𠮷 = `\u{2028}`"] {
        assert_eq!(error(text), None, "{text}");
    }
    let lone = Source::from_units("lone", &[0x27, 0xD800, 0x27]);
    let arena = Bump::new();
    let mut atoms = AtomTable::new();
    assert!(parse(&lone, &ParseOptions::script(), &arena, &mut atoms).is_ok());
}
