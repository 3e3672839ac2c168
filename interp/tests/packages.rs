//! Large packages of others, unmodified, give what they give in node: their whole output is compared.
//!
//! `PACKAGES_DIR` names a folder of packages as npm lays it out; those of the list below that are there are run, on each
//! other's sources. Without the variable, or without node, nothing is tested, and said.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::rc::Rc;

use interp::{Engine, Script};

/// A package's file, other files whose texts are `texts[0]` and so on, and what is done with `exports`.
struct Program {
    name: &'static str,
    file: &'static str,
    texts: &'static [&'static str],
    body: &'static str,
}

const ACORN: &str = "acorn/dist/acorn.js";

const PROGRAMS: &[Program] = &[
    Program {
        name: "acorn reads itself and lodash",
        file: ACORN,
        texts: &[ACORN, "lodash/lodash.js"],
        body: "for (const text of texts) print(JSON.stringify(exports.parse(text, { ecmaVersion: 'latest', locations: true })));
               let n = 0; for (const t of exports.tokenizer(texts[1], { ecmaVersion: 5 })) n += t.end - t.start; print(n);
               try { exports.parse('let x = ;', { ecmaVersion: 6 }) } catch (e) { print(e.name, e.message, e.pos) }",
    },
    Program {
        name: "babel transforms marked and acorn",
        file: "@babel/standalone/babel.js",
        texts: &["marked/lib/marked.umd.js", ACORN],
        body: "for (const text of texts) print(exports.transform(text, { presets: [['env', { targets: 'ie 11' }]], sourceType: 'script', compact: false }).code);
               print(exports.transform('class A { #x = 1; static async *m() { yield* [this?.y ?? 1] } }', { presets: ['env'] }).code);
               print(exports.transform('let x: number = <any>1; enum E { A, B = 3 }', { filename: 'a.ts', presets: ['typescript'] }).code);",
    },
    Program {
        name: "typescript transpiles and walks",
        file: "typescript/lib/typescript.js",
        texts: &["marked/lib/marked.umd.js", "acorn/dist/acorn.d.ts", ACORN],
        body: "const ts = exports;
               for (const target of ['ES5', 'ES2015', 'ESNext'])
                 print(ts.transpileModule(texts[0], { compilerOptions: { target: ts.ScriptTarget[target], module: ts.ModuleKind.CommonJS } }).outputText);
               const counts = {};
               (function walk(node) { const k = ts.SyntaxKind[node.kind]; counts[k] = (counts[k] || 0) + 1; ts.forEachChild(node, walk) })
                 (ts.createSourceFile('a.d.ts', texts[1], ts.ScriptTarget.Latest, true));
               print(JSON.stringify(counts));
               const files = { 'a.ts': 'interface A { x: number } const a: A = { x: \"1\" }; function f(n: number): string { return n } f(a.y);' };
               const host = { getSourceFile: (n, t) => files[n] === undefined ? undefined : ts.createSourceFile(n, files[n], t), writeFile() {},
                 getDefaultLibFileName: () => 'lib.d.ts', getCurrentDirectory: () => '', getCanonicalFileName: (n) => n, useCaseSensitiveFileNames: () => true,
                 getNewLine: () => '\\n', fileExists: (n) => n in files, readFile: (n) => files[n] };
               const program = ts.createProgram(['a.ts'], { noLib: true, strict: true }, host);
               for (const d of ts.getPreEmitDiagnostics(program)) print(d.code, d.start, ts.flattenDiagnosticMessageText(d.messageText, '\\n'));",
    },
    Program {
        name: "marked renders",
        file: "marked/lib/marked.umd.js",
        texts: &["marked/README.md", "typescript/README.md", "react/README.md", "@babel/standalone/README.md", "marked/man/marked.1.md"],
        body: "for (const text of texts) { print(exports.parse(text)); print(JSON.stringify(exports.lexer(text))) }",
    },
    Program {
        name: "lodash computes",
        file: "lodash/lodash.js",
        texts: &[],
        body: "const _ = exports, people = _.times(200, (i) => ({ id: i, name: 'n' + (i * 7919) % 97, tags: _.range(i % 5), at: { x: i % 13, y: -i } }));
               print(JSON.stringify(_.groupBy(people, 'at.x')), JSON.stringify(_.sortBy(people, ['name', 'at.y'])), JSON.stringify(_.chunk(people, 7).map(_.size)));
               print(JSON.stringify(_.merge({}, people[1], { at: { z: [1, { a: 2 }] } })), _.isEqual(_.cloneDeep(people), people), JSON.stringify(_.countBy(people, (p) => p.tags.length)));
               print(_.template('<% _.each(l, function (x) { %>[<%- x %>]<% }) %> ${a}')({ l: ['<', 2], a: 3 }), _.kebabCase('fooBar BazQux'), _.startCase('--foo-bar é'), _.deburr('déjà vu'));
               print(JSON.stringify(_(people).filter((p) => p.id % 3).map('at').uniqBy('x').orderBy(['x'], ['desc']).take(4).value()), _.padStart('x', 5, 'ab'), _.words('a, b & cD12').join());
               print(JSON.stringify(_.zipObjectDeep(['a.b[0].c', 'a.b[1].d'], [1, 2])), JSON.stringify(_.intersectionWith([{ x: 1 }], [{ x: 1 }], _.isEqual)), _.curry((a, b, c) => a + b + c)(1)(2)(3));
               print(Object.keys(_).sort().join(), _.isPlainObject(Object.create(null)), _.toPath('a[0].b[\"c\"]').join('|'), _.sum(_.flatMapDeep([[1, [2, [3]]]], (x) => x)), _.escapeRegExp('[x](y)'));",
    },
];

/// A text as a literal of the language.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The script of a program; nothing if a file is not there.
fn script(dir: &Path, program: &Program) -> Option<String> {
    let package = fs::read_to_string(dir.join(program.file)).ok()?;
    let mut texts = String::new();
    for file in program.texts {
        texts.push_str(&literal(&fs::read_to_string(dir.join(file)).ok()?));
        texts.push(',');
    }
    Some(format!(
        "var print = (...a) => console.log(a.join(' '));\nvar run = (function (body) {{\n\
         const module = {{ exports: {{}} }}, exports = module.exports;\n\
         (function (module, exports, require, define, process) {{\n{package}\n}}).call(exports, module, exports, undefined, undefined, {{ env: {{}}, emitWarning() {{}} }});\n\
         body(module.exports, [{texts}]);\n}});\nrun((exports, texts) => {{ {} }});\n",
        program.body
    ))
}

fn ours(source: &str) -> String {
    let context = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = Engine::builder().native_stack(1 << 20).open(&context).expect("an engine");
    let printed = Rc::new(RefCell::new(String::new()));
    let sink = printed.clone();
    engine.set_console(move |line, _| {
        let mut printed = sink.borrow_mut();
        printed.push_str(line);
        printed.push('\n');
    });
    let result =
        Script::compile("package", source).and_then(|s| engine.run(&s)).and_then(|_| engine.run_jobs());
    if let Err(e) = result {
        printed.borrow_mut().push_str(&format!("{e}\n"));
    }
    engine.close();
    context.close().expect("nothing is left open");
    printed.take()
}

#[test]
fn packages_give_what_they_give_in_node() {
    let Some(dir) = std::env::var_os("PACKAGES_DIR") else {
        eprintln!("skipped: PACKAGES_DIR names no folder of packages");
        return;
    };
    if Command::new("node").arg("--version").output().is_err() {
        eprintln!("skipped: no node to compare with");
        return;
    }
    let made = std::env::temp_dir().join(format!("packages-{}.cjs", std::process::id()));
    let mut different = Vec::new();
    for program in PROGRAMS {
        let Some(source) = script(Path::new(&dir), program) else {
            eprintln!("{}: not there", program.name);
            continue;
        };
        fs::write(&made, &source).expect("a temporary file");
        let node = Command::new("node").arg(&made).output().expect("node runs");
        let want =
            String::from_utf8_lossy(&node.stdout).into_owned() + &String::from_utf8_lossy(&node.stderr);
        let got = ours(&source);
        eprintln!("{}: {} bytes of output", program.name, want.len());
        if want != got {
            let line = want.lines().zip(got.lines()).position(|(w, g)| w != g).unwrap_or(0);
            let at = |text: &str| text.lines().nth(line).unwrap_or("").to_string();
            let (w, g) = (at(&want), at(&got));
            let same = w.bytes().zip(g.bytes()).take_while(|(a, b)| a == b).count();
            let piece = |text: &str| {
                String::from_utf8_lossy(&text.as_bytes()[same.saturating_sub(60).min(text.len())..])
                    .chars()
                    .take(240)
                    .collect::<String>()
            };
            different.push(format!(
                "{} line {line}\n  node {}\n  ours {}",
                program.name,
                piece(&w),
                piece(&g)
            ));
        }
    }
    let _ = fs::remove_file(made);
    assert!(different.is_empty(), "{}", different.join("\n"));
}
