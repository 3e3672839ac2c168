//! The `interp` command: runs files and code.

fn main() {
    let ctx = gc::Context::open(gc::Config::default()).expect("a context");
    let mut engine = interp::Engine::builder().open(&ctx).expect("an engine");
    engine.set_console(|line, _| println!("{line}"));
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (name, text) = match args.first().map(String::as_str) {
        Some("-e") => ("-e".to_string(), args[1].clone()),
        Some("--disassemble") => {
            let text = std::fs::read_to_string(&args[1]).unwrap_or_else(|_| args[1].clone());
            match interp::Script::compile("-e", &text) {
                Ok(s) => println!("{}", s.disassemble()),
                Err(e) => eprintln!("{}", e.render()),
            }
            return;
        }
        Some(f) => (f.to_string(), std::fs::read_to_string(f).expect("a file")),
        None => return,
    };
    let r = interp::Script::compile(&name, &text).and_then(|s| engine.run(&s));
    match r {
        Ok(v) => {
            if args[0] == "-e" {
                println!("{v:?}");
            }
        }
        Err(e) => {
            eprintln!("{}", e.render());
            std::process::exit(1);
        }
    }
    if let Err(e) = engine.run_jobs() {
        eprintln!("{}", e.render());
        std::process::exit(3);
    }
}
