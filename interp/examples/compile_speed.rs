//! How fast sources become code: parsed whole (every early error, every scope), and compiled whole, or with functions left
//! until they are called.
//!
//! `cargo run --release -p interp --example compile_speed [FILE.js …]`; without files, a source of a megabyte made here.

use std::time::{Duration, Instant};

use interp::{Script, ScriptOptions};

/// A source of about a megabyte, of all sorts of statements.
fn made() -> String {
    let mut text = String::new();
    let mut i = 0;
    while text.len() < 1 << 20 {
        i += 1;
        text.push_str(&format!(
            "class Shape{i} extends Base {{\n  #sides = {i};\n  constructor(width, height = {i}, ...rest) {{\n    \
             super(width, height);\n    this.width = width; this.height = height; this.rest = rest;\n  }}\n  \
             get area() {{ return this.width * this.height / 2 + this.#sides; }}\n}}\n\
             function walk{i}(tree, visit) {{\n  const seen = new Map(), todo = [tree];\n  \
             while (todo.length > 0) {{\n    const node = todo.pop();\n    if (!node || seen.has(node.id)) continue;\n    \
             seen.set(node.id, {{ depth: node.depth + 1, name: `node ${{node.name}}`, kind: 'leaf' }});\n    \
             for (let k = 0; k < node.children.length; k++) todo.push(node.children[k]);\n    \
             try {{ visit(node, (a, b) => a.weight - b.weight || a.id - b.id); }} catch (e) {{ report(e.message, {i}); }}\n  }}\n  \
             switch (seen.size % 4) {{ case 0: return null; case 1: return seen; default: return [...seen.values()]; }}\n}}\n"
        ));
    }
    text
}

fn measure(name: &str, text: &str) -> Result<(), interp::Error> {
    for (how, lazy) in [("whole", false), ("lazy", true)] {
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..9 {
            #[expect(clippy::disallowed_methods, reason = "this example measures")]
            let start = Instant::now();
            let script = Script::compile_with(name, text, ScriptOptions::default().lazy(lazy))?;
            times.push(start.elapsed());
            drop(script);
        }
        times.sort();
        let median = times[times.len() / 2];
        let speed = text.len() as f64 / 1e6 / median.as_secs_f64();
        println!("{name}, {how}: {:.2} MB in {median:.1?}: {speed:.1} MB/s", text.len() as f64 / 1e6);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    if files.is_empty() {
        measure("a megabyte made here", &made())?;
    }
    for file in files {
        measure(&file, &std::fs::read_to_string(&file)?)?;
    }
    Ok(())
}
