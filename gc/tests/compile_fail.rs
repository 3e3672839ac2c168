//! What must not compile: one file in `ui/` for each rule.
#![cfg(not(any(miri, loom)))]

#[test]
fn rules_are_compile_errors() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
