//! Patterns, inputs and what they match, as tables.

use interp::regexp::{Budget, Input, Scratch, Stop, Unlimited, check, compile};
use interp::syntax::atoms::Text;

/// The groups of the first match as `JSON`-like text: `abc,-,` or `null`.
fn run(pattern: &str, flags: &str, input: &str) -> String {
    let program = match compile(&Text::from_utf8(pattern), &Text::from_utf8(flags)) {
        Ok(program) => program,
        Err(error) => return format!("error: {error}"),
    };
    let units: Vec<u16> = input.encode_utf16().collect();
    let wide = program.exec(Input::Utf16(&units), 0, &mut Scratch::new(), &mut Unlimited).unwrap();
    if units.iter().all(|&u| u < 256) {
        let bytes: Vec<u8> = units.iter().map(|&u| u as u8).collect();
        let narrow = program.exec(Input::Latin1(&bytes), 0, &mut Scratch::new(), &mut Unlimited).unwrap();
        assert_eq!(narrow, wide, "/{pattern}/{flags} on {input:?}: widths differ");
    }
    let Some(captures) = wide else { return "null".to_string() };
    let group = |c: &Option<(usize, usize)>| match c {
        Some((from, to)) => String::from_utf16_lossy(&units[*from..*to]),
        None => "-".to_string(),
    };
    captures.iter().map(group).collect::<Vec<_>>().join(",")
}

#[test]
fn matches() {
    let table: &[(&str, &str, &str, &str)] = &[
        ("abc", "", "xabcy", "abc"),
        ("a|ab", "", "abc", "a"),
        ("((a)|(ab))((c)|(bc))", "", "abc", "abc,a,a,-,bc,-,bc"),
        ("a[a-z]{2,4}", "", "abcdefghi", "abcde"),
        ("a[a-z]{2,4}?", "", "abcdefghi", "abc"),
        ("(aa|aabaac|ba|b|c)*", "", "aabaac", "aaba,ba"),
        ("(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", "zaacbbbcac,z,ac,a,-,c"),
        ("(a*)*", "", "b", ",-"),
        ("(a*)b\\1+", "", "baaaac", "b,"),
        ("(?=(a+))", "", "baaabac", ",aaa"),
        ("(?=(a+))a*b\\1", "", "baaabac", "aba,a"),
        ("(.*?)a(?!(a+)b\\2c)\\2(.*)", "", "baaabaac", "baaabaac,ba,-,abaac"),
        ("(?<=\\$)\\d+(\\.\\d*)?", "", "costs $10.53", "10.53,.53"),
        ("(?<!\\$)\\b\\d+", "", "$10 20", "20"),
        ("(?<=(\\d+)(\\d+))$", "", "1053", ",1,053"),
        ("(?<=\\1(\\d+))c", "", "ababdc", "null"),
        ("(?<=([abc])+)def", "", "abcdef", "def,a"),
        ("(?<=([abc]+)([abc]+))$", "", "abc", ",a,bc"),
        ("(?<=a(.\\2)b(\\1)).{4}", "", "aabcacbc", "cacb,a,"),
        ("(?<y>\\d{4})-(?<m>\\d\\d)", "", "on 2026-08", "2026-08,2026,08"),
        ("(?:(?<a>x)|(?<a>y))\\k<a>", "", "xyy", "yy,-,y"),
        ("(?i:a)b", "", "Ab AB", "Ab"),
        ("(?-i:a)b", "i", "AB aB", "aB"),
        ("^b", "m", "a\nb", "b"),
        ("a$", "", "a\n", "null"),
        ("a$", "m", "a\n", "a"),
        ("a.b", "", "a\nb", "null"),
        ("a.b", "s", "a\nb", "a\nb"),
        ("^.$", "", "💩", "null"),
        ("^.$", "u", "💩", "💩"),
        ("[💩]", "u", "a💩", "💩"),
        ("^[^x]$", "u", "💩", "💩"),
        ("\\u{1F4A9}+", "u", "💩💩", "💩💩"),
        ("\\ud83d\\udca9{2}", "u", "💩💩", "💩💩"),
        ("\\udca9", "u", "💩", "null"),
        ("\\bfoo\\b", "", "a foo b", "foo"),
        ("\\u{61}", "", &"u".repeat(61), &"u".repeat(61)),
        ("ſ", "iu", "S", "S"),
        ("ſ", "i", "S", "null"),
        ("[^x]", "i", "X", "null"),
        ("\\W", "iu", "S", "null"),
        ("[\\w-a]", "", "-", "-"),
        ("\\1(a)", "", "a", "a,a"),
        ("\\k<a>(?<a>x)", "", "x", "x,x"),
        ("\\8", "", "8", "8"),
        ("\\07", "", "\u{7}", "\u{7}"),
        ("\\c", "", "\\c", "\\c"),
        ("[\\c_]", "", "\u{1f}", "\u{1f}"),
        ("a{,5}", "", "a{,5}", "a{,5}"),
        ("(?:a{1,3}b){70}", "", &"aab".repeat(71), &"aab".repeat(70)),
        ("(?:a?){100}$", "", &"a".repeat(99), &"a".repeat(99)),
        ("(?:ab|cd){2,3}?e", "", "ababcde", "ababcde"),
        ("(?:x(y)?){300}", "", &("xy".repeat(299) + "x"), &("xy".repeat(299) + "x,-")),
        ("[\\p{L}--[a-z]]+", "v", "abcABC", "ABC"),
        ("[\\w&&[^\\d]]+", "v", "12ab", "ab"),
        ("[\\q{abc|d|}x]", "v", "abcd", "abc"),
        ("^[\\q{abc|d|}x]$", "v", "", ""),
        ("[^\\d]", "v", "1a", "a"),
        ("^\\p{RGI_Emoji}$", "v", "👨‍👩‍👧", "👨‍👩‍👧"),
        ("^\\p{Emoji_Keycap_Sequence}+$", "v", "#️⃣1️⃣", "#️⃣1️⃣"),
        ("[\\p{RGI_Emoji}--\\q{🇩🇪}]", "v", "🇩🇪🇫🇷", "🇫🇷"),
        ("\\p{Lu}", "iu", "a", "a"),
        ("[^\\P{Lu}]", "iv", "a", "a"),
        ("\\p{Script=Greek}", "u", "aβ", "β"),
        ("(?:(a)|b)*", "", "ab", "ab,-"),
        ("(?!(a))b|a", "", "a", "a,-"),
        ("(a?)*?$", "", "aaa", "aaa,a"),
        ("(?:a*?)*?b", "", "aab", "aab"),
        ("x*", "", "aaa", ""),
        ("[]", "", "a", "null"),
        ("[^]", "", "\n", "\n"),
        ("é", "i", "É", "É"),
        ("ÿ", "i", "Ÿ", "Ÿ"),
        ("(Ω)\\1", "iu", "Ωω", "Ωω,Ω"),
        ("(?<=\\w{2,3})x", "", "abx", "x"),
        ("(?<=^(\\w+?))x", "", "abx", "x,ab"),
        ("(?<=💩{2})x", "u", "💩💩x", "x"),
        (".*foo", "", "a foo b foo c", "a foo b foo"),
        (".*?foo", "", "a foo b foo c", "a foo"),
        ("\"[^\"]*\"", "", "say \"hi you there, all of you\" now", "\"hi you there, all of you\""),
        ("(\\w+)\\s(\\w+)", "", "John Smith", "John Smith,John,Smith"),
        ("^(?:\\+|-)?\\d+$", "", "-12", "-12"),
        ("(?:)*", "", "a", ""),
        ("(?:|a){3}$", "", "aa", "aa"),
    ];
    let mut bad = Vec::new();
    for &(pattern, flags, input, expected) in table {
        let found = run(pattern, flags, input);
        if found != expected {
            bad.push(format!("/{pattern}/{flags} on {input:?}: {found:?}, expected {expected:?}"));
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}

#[test]
fn errors() {
    let wrong: &[(&str, &str)] = &[
        ("(", ""),
        (")", ""),
        ("*", ""),
        ("a**", ""),
        ("[b-a]", ""),
        ("a{2,1}", ""),
        ("a{4294967297,4294967296}", ""),
        ("{1}", ""),
        ("\\", ""),
        ("(?<a>x)(?<a>y)", ""),
        ("(?<a>x)\\k<b>", ""),
        ("\\k<a>", "u"),
        ("(?<1>x)", ""),
        ("(?i-i:a)", ""),
        ("(?-:a)", ""),
        ("(?:a", ""),
        ("[a", ""),
        ("]", "u"),
        ("}", "u"),
        ("a{", "u"),
        ("\\-", "u"),
        ("\\1", "u"),
        ("\\u{110000}", "u"),
        ("\\p{Foo}", "u"),
        ("\\p{ASCII=Yes}", "u"),
        ("\\p{lu}", "u"),
        ("[\\w-a]", "u"),
        ("(?=a)*", "u"),
        ("(?<=a)*", ""),
        ("a", "uv"),
        ("a", "gg"),
        ("a", "x"),
        ("[a&&&b]", "v"),
        ("[a--b&&c]", "v"),
        ("[a-z--b]", "v"),
        ("[(]", "v"),
        ("[^\\q{ab}]", "v"),
        ("\\P{RGI_Emoji}", "v"),
        ("\\p{RGI_Emoji}", "u"),
    ];
    for &(pattern, flags) in wrong {
        let checked = check(&Text::from_utf8(pattern), &Text::from_utf8(flags));
        assert!(checked.is_err(), "/{pattern}/{flags} is accepted");
        assert!(compile(&Text::from_utf8(pattern), &Text::from_utf8(flags)).is_err());
    }
    let right: &[(&str, &str)] = &[
        ("(?=a)*", ""),
        ("]", ""),
        ("}", ""),
        ("{", ""),
        ("a{", ""),
        ("\\k", ""),
        ("(?<a>x)|(?<a>y)", ""),
        ("(?<𝒜>.)", ""),
        ("(?<\\u{1d49c}>.)", ""),
        ("[^\\q{a}]", "v"),
        ("[\\-a]", "u"),
        ("[&&&]", "u"),
        ("\\c1", ""),
    ];
    for &(pattern, flags) in right {
        let checked = check(&Text::from_utf8(pattern), &Text::from_utf8(flags));
        assert_eq!(checked, Ok(()), "/{pattern}/{flags}");
    }
}

/// So many steps and bytes.
struct Limit {
    steps: u64,
    bytes: usize,
}

impl Budget for Limit {
    fn charge(&mut self, steps: u32) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(u64::from(steps)).ok_or(Stop)?;
        Ok(())
    }

    fn memory(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Stop)?;
        Ok(())
    }
}

fn limited(pattern: &str, input: &str) -> Result<bool, Stop> {
    let program = compile(&Text::from_utf8(pattern), &Text::from_utf8("")).expect("right");
    let mut limit = Limit { steps: 12_000_000, bytes: 64 << 20 };
    let found = program.exec(Input::Latin1(input.as_bytes()), 0, &mut Scratch::new(), &mut limit);
    found.map(|f| f.is_some())
}

#[test]
fn exponential_cases_end() {
    let many = "a".repeat(2000);
    for pattern in [
        "(a*)*b",
        "(a+)+b",
        "(a|a)*b",
        "(a|aa)+$b",
        "(?:a?){30}a{30}b",
        "(.*)*x",
        "(?:(?:a|b)*)*c",
        "(?:a*)*(?:a*)*b",
    ] {
        assert_eq!(limited(pattern, &many[..30]), Ok(false), "{pattern}");
    }
    for pattern in ["(a*)*b", "(a+)+b", "(a|a)*b", "(?:a|aa)*b", "(?:(?:ab?|b)*)*c"] {
        assert_eq!(limited(pattern, &many), Ok(false), "{pattern}");
    }
    assert_eq!(limited("(a*)*\\1b", &many), Err(Stop));
    assert_eq!(limited("(?:a{1,400}c?){1,400}b", &many), Err(Stop));
}

#[test]
fn deep_and_long() {
    let deep = "(".repeat(100_000) + &")".repeat(100_000);
    assert!(check(&Text::from_utf8(&deep), &Text::from_utf8("")).is_err());
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(check(&Text::from_utf8(&deep), &Text::from_utf8("v")).is_err());
    let ok = "(?:".repeat(200) + "a" + &")*".repeat(200);
    assert_eq!(limited(&ok, "aaa"), Ok(true));
    let long = "ab".repeat(1 << 20);
    assert_eq!(limited("^(?:a|b)*$", &long), Ok(true));
    assert_eq!(limited("^(?:(a)|b)*$", &long[..1 << 19]), Ok(true));
    assert_eq!(limited("^(?:(a)|b)*.$", &long), Err(Stop));
}

#[test]
fn sticky_and_last_index() {
    let program = compile(&Text::from_utf8("b"), &Text::from_utf8("y")).expect("right");
    let exec = |at| program.exec(Input::Latin1(b"abb"), at, &mut Scratch::new(), &mut Unlimited);
    assert_eq!(exec(0), Ok(None));
    assert_eq!(exec(1).expect("no limit").expect("found")[0], Some((1, 2)));
    assert_eq!(exec(3), Ok(None));
    assert_eq!(exec(4), Ok(None));
    let program = compile(&Text::from_utf8("."), &Text::from_utf8("u")).expect("right");
    let units: Vec<u16> = "💩a".encode_utf16().collect();
    let found = program.exec(Input::Utf16(&units), 1, &mut Scratch::new(), &mut Unlimited);
    assert_eq!(found.expect("no limit").expect("found")[0], Some((0, 2)));
}

#[test]
fn names_in_order() {
    let program =
        compile(&Text::from_utf8("(x)(?<b>y)|(?<a>z)|(?<b>w)"), &Text::from_utf8("")).expect("right");
    let names: Vec<_> = program.names().iter().map(|(n, i)| (n.to_string(), *i)).collect();
    assert_eq!(names, [("b".to_string(), 2), ("a".to_string(), 3), ("b".to_string(), 4)]);
    assert_eq!(program.group_count(), 4);
}
