//! Threads come and go, and the books balance to the byte; and what does leak is found to the byte.

use serde_json::Value;
use std::process::Command;

fn churn(arguments: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_host-demo"))
        .arg("churn")
        .args(arguments)
        .arg("--json")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let json =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text:?} {:?}", output.stderr));
    (output.status.code(), json)
}

#[test]
fn nothing_is_left() {
    let (code, json) = churn(&["--threads", "400", "--concurrency", "6"]);
    assert_eq!(code, Some(0), "{json}");
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = [
        "threads",
        "contexts_opened",
        "contexts_closed",
        "live_bytes_before",
        "live_bytes_after",
        "live_blocks_before",
        "live_blocks_after",
        "bytes_per_thread",
        "verdict",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(json["threads"], 400);
    assert_eq!(json["contexts_opened"], 400);
    assert_eq!(json["contexts_closed"], 400);
    assert_eq!(json["live_bytes_before"], json["live_bytes_after"]);
    assert_eq!(json["live_blocks_before"], json["live_blocks_after"]);
    assert_eq!(json["bytes_per_thread"], 0.0);
    assert!(json["live_bytes_before"].as_i64().unwrap() > 0);
}

#[test]
fn one_thread_at_a_time_and_one_thread_are_churn_too() {
    assert_eq!(churn(&["--threads", "20", "--concurrency", "1"]).0, Some(0));
    assert_eq!(churn(&["--threads", "1"]).0, Some(0));
}

#[test]
fn an_injected_leak_is_found_to_the_byte() {
    let (code, json) = churn(&["--threads", "100", "--inject-leak", "48"]);
    assert_eq!(code, Some(1), "{json}");
    assert_eq!(json["bytes_per_thread"], 48.0);
    let left = |key: &str| {
        json[format!("{key}_after")].as_i64().unwrap() - json[format!("{key}_before")].as_i64().unwrap()
    };
    assert_eq!(left("live_bytes"), 4800);
    assert_eq!(left("live_blocks"), 100);
    assert!(json["verdict"].as_str().unwrap().contains("48 bytes a thread"), "{json}");
}

#[test]
fn the_table_shows_the_engine_of_2003() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_host-demo")).args(["churn", "--threads", "200"]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let left = |name: &str| -> i64 {
        let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{text}"));
        line[name.len()..].split_whitespace().next().unwrap().parse().unwrap()
    };
    // A thread each, or at most eight: 64 bytes and the table's own growth.
    assert!(left("2003 engine, a thread for each job") >= 200 * 64, "{text}");
    assert!((64..4096).contains(&left("2003 engine, pooled")), "{text}");
    assert_eq!(left("ours, a thread for each job"), 0);
    assert!(text.contains("verdict: nothing is left"), "{text}");
}
