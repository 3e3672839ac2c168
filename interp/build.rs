//! Chooses the dispatch back-end: the threaded one needs sibling calls, which exist from opt-level 1
//! on, and the six-register calling convention of x86-64.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let level = std::env::var("OPT_LEVEL").unwrap_or_default();
    let arch = std::env::var("CARGO_CFG_TARGET_ARCH").unwrap_or_default();
    let miri = std::env::var("CARGO_CFG_MIRI").is_ok();
    if level != "0" && arch == "x86_64" && !miri {
        println!("cargo::rustc-cfg=interp_threaded");
    }
}
