//! How fast is a text parsed? `PARSE_SPEED_FILES` names files, separated by colons; each is parsed
//! again and again for half a second. Run with `--release -- --ignored --nocapture`.

#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use std::time::{Duration, Instant};

use bumpalo::Bump;
use interp::syntax::atoms::AtomTable;
use interp::syntax::{ParseOptions, Source, parse};

#[test]
#[ignore = "a measurement"]
fn megabytes_per_second() {
    let Ok(files) = std::env::var("PARSE_SPEED_FILES") else {
        eprintln!("NOT MEASURED: PARSE_SPEED_FILES is not set");
        return;
    };
    for file in files.split(':') {
        let text = std::fs::read_to_string(file).expect("readable");
        let source = Source::new(file, &text);
        let mut arena = Bump::new();
        let (mut best, mut tree) = (Duration::MAX, 0);
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(1500) {
            let mut atoms = AtomTable::new();
            let start = Instant::now();
            let result = parse(&source, &ParseOptions::script(), &arena, &mut atoms);
            best = best.min(start.elapsed());
            if let Err(error) = result {
                eprintln!("{}", error.render(&source));
                break;
            }
            tree = arena.allocated_bytes();
            arena.reset();
        }
        let speed = text.len() as f64 / best.as_secs_f64() / 1e6;
        eprintln!("{speed:7.1} MB/s, {} bytes, arena {tree}: {file}", text.len());
    }
}
