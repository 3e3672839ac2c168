//! What machines and people see of a running server: health, metrics, live events, and its end.

mod support;

use serde_json::Value;
use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};
use support::{Folder, Server};

#[test]
fn health_and_metrics_are_told() {
    let server = Server::bundled("");
    server.get("/healthz").expect(200, &["ok"]);
    server.get("/readyz").expect(200, &["ready"]);
    for _ in 0..3 {
        server.get("/hello.asp").expect(200, &[]);
    }
    server.get("/throw.asp").expect(500, &[]);
    let answer = server.get("/metrics");
    assert_eq!(
        answer.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(answer.body.ends_with("# EOF\n"));
    // Every sample belongs to the family that was announced last, as the format wants it.
    let mut family = String::new();
    for line in answer.body.lines().filter(|line| *line != "# EOF") {
        match line.strip_prefix("# TYPE ") {
            Some(rest) => family = rest.split(' ').next().unwrap().to_owned(),
            None if line.starts_with("# HELP ") => {}
            None => {
                assert!(line.starts_with(&family), "{line} in {family}");
                line.rsplit(' ').next().unwrap().parse::<f64>().unwrap();
            }
        }
    }
    assert_eq!(server.metric("host_page_seconds_count"), 4.0);
    assert_eq!(server.metric("host_faults_total{kind=\"script\"}"), 1.0);
    assert_eq!(server.metric("pool_jobs_total{end=\"returned\"}"), 4.0);
    assert!(server.metric("gc_live_contexts") >= 1.0);
    server.stop();
}

#[test]
fn events_come_each_second() {
    let server = Server::bundled("");
    server.get("/hello.asp").expect(200, &[]);
    let mut stream = server.connect();
    stream.write_all(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut text = String::new();
    let mut chunk = [0; 4096];
    let started = Instant::now();
    while text.matches("data: ").count() < 2 || !text.ends_with("\n\n\r\n") {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0 && started.elapsed() < Duration::from_secs(20), "{text}");
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    let data = text.split("data: ").nth(1).unwrap().lines().next().unwrap();
    let json: Value = serde_json::from_str(data).unwrap();
    assert_eq!(json["contexts"]["live"], 1);
    assert_eq!(json["pages"][0]["path"], "/hello.asp");
    assert_eq!(json["workers"][0]["jobs"], 1);
    // It ends with the server.
    server.stop();
}

#[test]
fn requests_that_run_are_finished_before_the_end() {
    let site = Folder::new();
    site.write("slow.asp", "<% var t = Date.now(); while (Date.now() - t < 800) {} %>finished");
    let server = Server::of(&site, "");
    let mut stream = server.connect();
    stream.write_all(b"GET /slow.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(250));
    server.signal("-INT");
    support::read_answer(&mut stream).expect(200, &["finished"]);
    let (status, text) = server.wait();
    assert!(status.success() && text.contains("nothing is left"), "{text}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let site = Folder::new();
    site.write("slow.asp", "<% for (;;) {} %>");
    let server = Server::of(&site, "[limits]\ntime_ms = 60000\nfuel = 1000000000000\n");
    let mut stream = server.connect();
    stream.write_all(b"GET /slow.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(250));
    server.signal("-TERM");
    thread::sleep(Duration::from_millis(250));
    server.signal("-TERM");
    let asked = Instant::now();
    let (status, _) = server.wait();
    assert_eq!(status.code(), Some(2));
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}
