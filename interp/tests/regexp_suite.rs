//! Properties against the generated tables of test262 (`TEST262_DIR`), and random patterns against
//! the crate `regress`.

use std::fs;
use std::path::Path;

use interp::regexp::{Budget, Input, Scratch, Stop, Unlimited, compile};
use interp::syntax::atoms::Text;

fn number(text: &str) -> Option<u32> {
    let digits = text.trim_matches(|c: char| "[]".contains(c) || c.is_whitespace());
    u32::from_str_radix(digits.strip_prefix("0x")?, 16).ok()
}

/// The string that `buildString` would make of the table after `name`.
fn build_string(text: &str, name: &str) -> Option<Vec<u16>> {
    let table = text.split_once(&format!("const {name} = buildString({{"))?.1.split_once("});")?.0;
    let (alone, ranges) = table.split_once("ranges:")?;
    let mut units = Vec::new();
    let mut add = |c: u32| match char::from_u32(c) {
        Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        None => units.push(c as u16),
    };
    alone.split([',', '[']).filter_map(number).for_each(&mut add);
    let ends: Vec<u32> = ranges.split(',').filter_map(number).collect();
    ends.chunks_exact(2).for_each(|r| (r[0]..=r[1]).for_each(&mut add));
    Some(units)
}

fn matches(pattern: &str, flags: &str, units: &[u16]) -> bool {
    let program = compile(&Text::from_utf8(pattern), &Text::from_utf8(flags)).expect("a right pattern");
    program.exec(Input::Utf16(units), 0, &mut Scratch::new(), &mut Unlimited).expect("no limit").is_some()
}

#[test]
fn properties() {
    let Ok(dir) = std::env::var("TEST262_DIR") else {
        eprintln!("NOT TESTED: TEST262_DIR is not set");
        return;
    };
    let dir = Path::new(&dir).join("test/built-ins/RegExp/property-escapes/generated");
    let (mut tests, mut bad) = (0, Vec::new());
    for entry in fs::read_dir(dir).expect("readable").flatten() {
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        let yes = build_string(&text, "matchSymbols");
        let no = build_string(&text, "nonMatchSymbols");
        for line in text.lines().filter(|line| line.starts_with("  /^\\")) {
            let (pattern, flags) = line.trim().trim_start_matches('/').rsplit_once('/').expect("a literal");
            let input = if pattern.starts_with("^\\P") { &no } else { &yes };
            let Some(input) = input else { continue };
            tests += 1;
            if !matches(pattern, flags.trim_end_matches(','), input) {
                bad.push(format!("{line} {}", entry.path().display()));
            }
        }
    }
    eprintln!("properties: {tests} patterns, {} differ", bad.len());
    assert!(bad.is_empty() && tests > 1000, "{tests}: {bad:#?}");
}

/// A small generator: the same sequence in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn pattern(&mut self, depth: u32, groups: &mut u32) -> String {
        let mut out = String::new();
        for _ in 0..=self.below(3) {
            let kind = self.below(if depth == 0 { 8 } else { 15 });
            let atom = match kind {
                0..=2 => ["a", "b", "c"][self.below(3) as usize].to_string(),
                3 => ["[ab]", "[^a]", ".", "\\w", "\\d", "[^]"][self.below(6) as usize].to_string(),
                4 => ["^", "$", "\\b", "\\B"][self.below(4) as usize].to_string(),
                // Not within the group itself: there regress keeps what the group had before.
                5 if *groups > 0 && depth == 2 => {
                    format!("\\{}", 1 + self.below(u64::from((*groups).min(9))))
                }
                5..=7 => ["ab", "1", "é", "Ω"][self.below(4) as usize].to_string(),
                8 | 9 => {
                    *groups += 1;
                    format!("({})", self.pattern(depth - 1, groups))
                }
                10 => format!("(?:{}|{})", self.pattern(depth - 1, groups), self.pattern(depth - 1, groups)),
                11 => {
                    let look = ["?=", "?!", "?<=", "?<!"][self.below(4) as usize];
                    format!("({look}{})", self.pattern(depth - 1, groups))
                }
                _ => format!("(?:{})", self.pattern(depth - 1, groups)),
            };
            out.push_str(&atom);
            if kind != 4 && kind != 11 && self.below(3) == 0 {
                let quantifiers = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{2,}?", "{0,3}"];
                out.push_str(quantifiers[self.below(10) as usize]);
            }
        }
        if self.below(6) == 0 {
            out.push('|');
            out.push_str(["a", "bc", ""][self.below(3) as usize]);
        }
        out
    }

    fn input(&mut self) -> String {
        let alphabet = ["a", "b", "c", "1", "é", "\n", "A", "Ω", "_", " "];
        (0..self.below(14)).map(|_| alphabet[self.below(10).min(self.below(10)) as usize]).collect()
    }
}

struct Steps(u32);

impl Budget for Steps {
    fn charge(&mut self, steps: u32) -> Result<(), Stop> {
        self.0 = self.0.checked_sub(steps).ok_or(Stop)?;
        Ok(())
    }

    fn memory(&mut self, _: usize) -> Result<(), Stop> {
        Ok(())
    }
}

type Groups = Vec<Option<(usize, usize)>>;

fn oracle(pattern: &str, flags: &str, units: &[u16]) -> Option<Option<Groups>> {
    let regex = regress::Regex::with_flags(pattern, flags).ok()?;
    let found = if flags.contains('u') {
        regex.find_from_utf16(units, 0).next()
    } else {
        regex.find_from_ucs2(units, 0).next()
    };
    Some(found.map(|m| m.groups().map(|g| g.map(|r| (r.start, r.end))).collect()))
}

#[test]
fn random_patterns_agree_with_regress() {
    let mut random = Random(std::env::var("SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(2026));
    let (mut compared, mut bad) = (0, Vec::new());
    for _ in 0..4_000 {
        let pattern = random.pattern(2, &mut 0);
        let flags = ["", "i", "u", "iu", "m", "s"][random.below(6) as usize];
        let Ok(program) = compile(&Text::from_utf8(&pattern), &Text::from_utf8(flags)) else { continue };
        for _ in 0..4 {
            let units: Vec<u16> = random.input().encode_utf16().collect();
            let mut scratch = Scratch::new();
            let Ok(found) = program.exec(Input::Utf16(&units), 0, &mut scratch, &mut Steps(2_000)) else {
                break;
            };
            let ours = found.map(|c| c.to_vec());
            if units.iter().all(|&u| u < 256) {
                let bytes: Vec<u8> = units.iter().map(|&u| u as u8).collect();
                let narrow = program.exec(Input::Latin1(&bytes), 0, &mut scratch, &mut Steps(1_000_000));
                assert_eq!(
                    narrow.expect("as many steps").map(|c| c.to_vec()),
                    ours,
                    "/{pattern}/{flags} {units:?}"
                );
            }
            let Some(theirs) = oracle(&pattern, flags, &units) else { break };
            compared += 1;
            if ours != theirs {
                let input = String::from_utf16_lossy(&units);
                bad.push(format!("/{pattern}/{flags} on {input:?}: {ours:?}, regress {theirs:?}"));
            }
        }
    }
    bad.sort_by_key(String::len);
    eprintln!("random: {compared} searches, {} differ", bad.len());
    assert!(bad.is_empty(), "{} of {compared}: {:#?}", bad.len(), &bad[..bad.len().min(20)]);
}
