//! Whatever comes in: a clear answer, the process lives, the next request is served, and nothing is left at the end.

mod support;

use std::io::{Read, Write};
use std::net::Shutdown;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};
use support::{Folder, Server, read_answer};

/// One worker, so that the next request runs where the bad one ran.
const ONE: &str = "[pool]\nworkers = 1\n";

fn site() -> Folder {
    let site = Folder::new();
    site.write("ok.asp", "<%= 6 * 7 %>");
    site
}

/// Asks for the page twice, and for a good one after each.
#[track_caller]
fn check(config: &str, page: &str, text: &str, status: u16, parts: &[&str]) {
    let site = site();
    site.write(page, text);
    let server = Server::of(&site, &format!("{config}{ONE}"));
    for _ in 0..2 {
        server.get(&format!("/{page}")).expect(status, parts);
        server.get("/ok.asp").expect(200, &["42"]);
    }
    server.stop();
}

#[test]
fn a_syntax_error_names_its_place() {
    check(
        "",
        "p.asp",
        "<p>\n\n<% var ok = 1;\n   var x = = 2; %>",
        500,
        &["cannot be compiled", "/p.asp", "line <b>4</b>", "column <b>12</b>", "var x = = 2;"],
    );
}

#[test]
fn a_syntax_error_in_an_include_names_the_include() {
    let site = site();
    site.write("p.asp", "<p>\n<!-- #include file=\"a/b.inc\" -->").write("a/b.inc", "\n<%= 1 + %>");
    let server = Server::of(&site, ONE);
    server.get("/p.asp").expect(500, &["/a/b.inc", "line <b>2</b>"]);
    server.get("/ok.asp").expect(200, &["42"]);
    server.stop();
}

#[test]
fn an_error_names_its_place_and_the_next_request_knows_nothing_of_it() {
    check(
        "",
        "p.asp",
        "<p>\n<% var o = {}; %>\n<b><%= o.a.b %></b>",
        500,
        &["/p.asp", "line <b>3</b>", "TypeError"],
    );
    check(
        "",
        "p.asp",
        "\n<% throw new RangeError('my own words'); %>",
        500,
        &["my own words", "line <b>2</b>"],
    );
    check("", "p.asp", "<% throw 'just text'; %>", 500, &["just text"]);
}

#[test]
fn missing_and_cyclic_includes_are_clear_errors() {
    let missing = "one\n  <!-- #include file=\"no.inc\" -->";
    check("", "p.asp", missing, 500, &["/no.inc does not exist", "line <b>2</b>", "column <b>3</b>"]);
    check("", "p.asp", "<!-- #include virtual=\"/p.asp\" -->", 500, &["include cycle: /p.asp → /p.asp"]);
    check("", "p.asp", "<!-- #include file=\"../../etc/passwd\" -->", 500, &["leaves the site"]);
    check("", "p.asp", "<!-- #include file=\"/etc/passwd\" -->", 500, &["is relative"]);
}

#[test]
fn page_syntax_errors_are_clear() {
    check("", "p.asp", "a\n<% never closed", 500, &["not closed", "line <b>2</b>"]);
    check("", "p.asp", "<%@ LANGUAGE=VBScript %>", 500, &["VBScript is not spoken here"]);
    check("", "p.asp", "text <%@ LANGUAGE=JScript %>", 500, &["must be the first thing"]);
    check("", "p.asp", "<%@ TRANSACTION=Required %>", 500, &["unknown directive TRANSACTION"]);
    check("", "p.asp", "<script runat=server>var x", 500, &["not closed"]);
}

#[test]
fn an_endless_loop_is_stopped_by_its_time() {
    let config = "[limits]\ntime_ms = 300\nfuel = 1000000000000\n";
    check(config, "p.asp", "<p>\n<% for (;;) { } %>", 504, &["ran too long", "/p.asp"]);
    check(
        config,
        "p.asp",
        "<% while (true) { try { for (;;) {} } catch (e) {} finally { continue; } } %>",
        504,
        &[],
    );
}

#[test]
fn an_endless_loop_is_stopped_by_its_fuel() {
    let config = "[limits]\ntime_ms = 60000\nfuel = 1000000\n";
    check(config, "p.asp", "<p>\n<% for (;;) { } %>", 504, &["too many steps", "/p.asp"]);
}

#[test]
fn a_stopped_script_says_where_it_was() {
    let page = "<p>\n<% function f() {\n for (;;) { } }\nf(); %>";
    check("[limits]\nfuel = 1000000\n", "p.asp", page, 504, &["/p.asp", "line <b>3</b>"]);
    check("[limits]\ntime_ms = 300\n", "p.asp", page, 504, &["/p.asp", "line <b>3</b>"]);
}

#[test]
fn unbounded_allocation_is_stopped() {
    let config = "[limits]\nheap_bytes = 16777216\ntime_ms = 20000\n";
    check(config, "p.asp", "<% var a = []; for (;;) a.push({ a: [1, 2, 3] }); %>", 500, &["too much memory"]);
    check(config, "p.asp", "<% var s = 'xxxxxxxxxxxxxxxx'; for (;;) s += s + 'y'; %>", 500, &[]);
    check(
        config,
        "p.asp",
        "<% var a = []; for (var i = 0; ; i++) a['k' + i] = 'v' + i; %>",
        500,
        &["too much memory"],
    );
}

#[test]
fn endless_recursion_is_stopped() {
    check("", "p.asp", "<% function f() { return f() + 1; }\nf(); %>", 500, &["/p.asp"]);
    check(
        "",
        "p.asp",
        "<% var o = { toString: function () { return '' + o; } }; o + ''; %>",
        500,
        &["/p.asp"],
    );
}

#[test]
fn a_hundred_thousand_parentheses_are_an_error() {
    let deep = format!("<% x = {}1{}; %>", "(".repeat(100_000), ")".repeat(100_000));
    check("", "p.asp", &deep, 500, &["/p.asp"]);
    let deep = format!("<% x = {}{}; %>", "[".repeat(100_000), "]".repeat(100_000));
    check("", "p.asp", &deep, 500, &["/p.asp"]);
}

#[test]
fn deep_values_do_not_hurt_sessions() {
    let text = "<% var v = 1; for (var i = 0; i < 200000; i++) v = [v]; Session('v') = v; %>kept";
    let site = site();
    site.write("p.asp", text);
    let server = Server::of(&site, ONE);
    let status = server.get("/p.asp").status;
    assert!(status == 200 || status == 500, "{status}");
    server.get("/ok.asp").expect(200, &["42"]);
    server.stop();
}

#[test]
fn huge_values_do_not_hurt_the_border() {
    let config = "[limits]\nheap_bytes = 16777216\n";
    for value in ["new Array(4294967295)", "new Array(20000000)", "Array(20).join(Array(1000000).join('x'))"]
    {
        let site = site();
        site.write("p.asp", &format!("<% Session('v') = {value}; %>kept"));
        let server = Server::of(&site, &format!("{config}{ONE}"));
        let status = server.get("/p.asp").status;
        assert!(matches!(status, 500 | 504), "{value}: {status}");
        server.get("/ok.asp").expect(200, &["42"]);
        server.stop();
    }
}

#[test]
fn output_and_contents_have_lids() {
    check(
        "[limits]\noutput_bytes = 100000\n",
        "p.asp",
        "<% for (;;) { %>0123456789<% } %>",
        500,
        &["wrote too much"],
    );
    let text = "<% var s = '0123456789'; for (;;) { s += s; Session('s') = s; } %>";
    check("[session]\nbytes = 10000\n", "p.asp", text, 500, &["over 10000 bytes"]);
}

#[test]
fn headers_cannot_be_split() {
    for statement in [
        "Response.AddHeader('X-A', 'a\\r\\nSet-Cookie: evil=1')",
        "Response.AddHeader('X-A\\r\\nSet-Cookie', 'evil=1')",
        "Response.Redirect('/a\\r\\nSet-Cookie: evil=1')",
        "Response.Status = '200 OK\\r\\nSet-Cookie: evil=1'",
        "Response.ContentType = 'text/html\\r\\nSet-Cookie: evil=1'",
        "Response.CacheControl = 'a\\nSet-Cookie: evil=1'",
        "Response.Cookies('a\\r\\nb') = 'evil'",
        "Response.Cookies('a').Path = '/; evil=1'",
    ] {
        let site = site();
        site.write("p.asp", &format!("<% {statement}; %>"));
        let server = Server::of(&site, ONE);
        let answer = server.get("/p.asp");
        answer.expect(500, &["/p.asp"]);
        assert!(!answer.head.contains("evil"), "{}", answer.head);
        server.get("/ok.asp").expect(200, &["42"]);
        server.stop();
    }
    check("", "p.asp", "<% Response.Cookies('a') = 'x\\r\\ny: z'; %>fine", 200, &["fine"]);
    check("", "p.asp", "<% Response.AddHeader('Content-Length', '1'); %>", 500, &["belongs to the server"]);
}

#[test]
fn bad_paths_and_requests_are_refused() {
    let site = site();
    site.write("secret/x.txt", "x");
    let server = Server::of(&site, "");
    for path in
        ["/../etc/passwd", "/a/../../x", "/%2e%2e/x", "/..%5c..%5cx", "/a%00.asp", "/%ff", "/%0d%0aX:y"]
    {
        assert_eq!(server.get(path).status, 400, "{path}");
    }
    assert!(matches!(server.raw(b"NONSENSE\r\n\r\n").status, 400));
    assert!(matches!(server.raw(b"GET / HTTP/9.9\r\n\r\n").status, 400 | 505));
    server.raw(b"CONNECT x:80 HTTP/1.1\r\nhost: x\r\n\r\n");
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(1 << 20));
    assert!(matches!(server.raw(long.as_bytes()).status, 414 | 431));
    server.get("/ok.asp").expect(200, &["42"]);
    server.stop();
}

#[test]
fn oversized_bodies_are_refused() {
    let site = site();
    let server = Server::of(&site, "[limits]\nbody_bytes = 1000\n");
    // By its length, before a byte of it was sent.
    let announced = b"POST /ok.asp HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n";
    server.raw(announced).expect(413, &["1000 bytes"]);
    // In chunks, without saying how long it is.
    let mut chunked = b"POST /ok.asp HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..50 {
        chunked.extend_from_slice(b"40\r\n");
        chunked.extend_from_slice(&[b'x'; 64]);
        chunked.extend_from_slice(b"\r\n");
    }
    server.raw(&chunked).expect(413, &["1000 bytes"]);
    server.post("/ok.asp", &"x".repeat(1000)).expect(200, &["42"]);
    server.post("/ok.asp", &"x".repeat(1001)).expect(413, &[]);
    server.stop();
}

#[test]
fn a_shut_gate_says_when_to_come_back() {
    let site = site();
    site.write("slow.asp", "<% for (;;) {} %>");
    let server =
        Server::of(&site, "[limits]\ntime_ms = 1500\nfuel = 1000000000000\n[pool]\nworkers = 1\nqueue = 1\n");
    let slow: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET /slow.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            thread::sleep(Duration::from_millis(150));
            stream
        })
        .collect();
    let asked = Instant::now();
    let refused = server.get("/ok.asp");
    refused.expect(503, &["the queue is full"]);
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    let seconds: u64 = refused.header("retry-after").expect("retry-after").parse().unwrap();
    assert!((1..=60).contains(&seconds));
    // What needs no worker is served all the same.
    server.get("/healthz").expect(200, &["ok"]);
    for mut stream in slow {
        assert_eq!(read_answer(&mut stream).status, 504);
    }
    server.get("/ok.asp").expect(200, &["42"]);
    assert!(server.metric("host_refusals_total{reason=\"full\"}") >= 1.0);
    server.stop();
}

#[test]
fn who_waits_too_long_for_a_worker_is_told() {
    let site = site();
    site.write("slow.asp", "<% for (;;) {} %>");
    let config =
        "[limits]\ntime_ms = 1500\nfuel = 1000000000000\n[pool]\nworkers = 1\nqueue = 5\nqueue_ms = 200\n";
    let server = Server::of(&site, config);
    let mut slow = server.connect();
    slow.write_all(b"GET /slow.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(150));
    let answer = server.get("/ok.asp");
    answer.expect(503, &["No worker came free in time"]);
    assert!(answer.header("retry-after").is_some());
    assert_eq!(read_answer(&mut slow).status, 504);
    server.get("/ok.asp").expect(200, &["42"]);
    server.stop();
}

#[test]
fn a_script_ends_when_its_client_goes_away() {
    let site = site();
    site.write("slow.asp", "<% for (;;) {} %>");
    let server = Server::of(&site, "[limits]\ntime_ms = 60000\nfuel = 1000000000000\n[pool]\nworkers = 1\n");
    let mut stream = server.connect();
    stream.write_all(b"GET /slow.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(200));
    assert_eq!(server.metric("pool_workers{state=\"busy\"}"), 1.0);
    stream.shutdown(Shutdown::Both).unwrap();
    drop(stream);
    let asked = Instant::now();
    server.get("/ok.asp").expect(200, &["42"]);
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    server.stop();
}

#[test]
fn a_slow_client_holds_no_worker() {
    let site = site();
    let server = Server::of(&site, &format!("[server]\nheader_ms = 300\nbody_ms = 300\n{ONE}"));
    let mut head = server.connect();
    head.write_all(b"GET /ok.asp HTT").unwrap();
    let mut body = server.connect();
    body.write_all(b"POST /ok.asp HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab").unwrap();
    server.get("/ok.asp").expect(200, &["42"]);
    assert_eq!(read_answer(&mut body).status, 408);
    let mut rest = Vec::new();
    head.read_to_end(&mut rest).expect("the connection is closed in time");
    server.stop();
}

#[test]
fn too_many_connections_are_told_so() {
    let site = site();
    let server = Server::of(&site, "[server]\nconnections = 2\n");
    let held: Vec<_> = (0..2)
        .map(|_| {
            let mut stream = server.connect();
            stream.write_all(b"GET /ok.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
            read_answer(&mut stream).expect(200, &["42"]);
            stream
        })
        .collect();
    let answer = server.raw(b"GET /ok.asp HTTP/1.1\r\nhost: x\r\n\r\n");
    answer.expect(503, &["too many connections"]);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(answer.header("retry-after").is_some());
    drop(held);
    thread::sleep(Duration::from_millis(100));
    server.get("/ok.asp").expect(200, &["42"]);
    server.stop();
}

#[test]
fn unusual_requests_are_served() {
    let site = site();
    let server = Server::of(&site, "");
    let head = server.raw(b"HEAD /ok.asp HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert_eq!((head.status, head.header("content-length"), head.body.as_str()), (200, Some("2"), ""));
    server.raw(b"GET /ok.asp HTTP/1.0\r\n\r\n").expect(200, &["42"]);
    server.raw(b"GET http://test/ok.asp HTTP/1.1\r\nhost: x\r\n\r\n").expect(200, &["42"]);
    server.raw(b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n").expect(400, &[]);
    // Two at once on one connection.
    let mut stream = server.connect();
    stream.write_all(&b"GET /ok.asp HTTP/1.1\r\nhost: x\r\n\r\n".repeat(2)).unwrap();
    let mut text = String::new();
    let mut chunk = [0; 1024];
    while text.matches("\r\n\r\n42").count() < 2 {
        let count = stream.read(&mut chunk).unwrap();
        assert!(count > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
    server.stop();
}

#[test]
fn drain_interrupts_what_does_not_end() {
    let site = site();
    site.write("slow.asp", "<% for (;;) {} %>");
    let config =
        "[server]\ndrain_ms = 300\n[limits]\ntime_ms = 60000\nfuel = 1000000000000\n[pool]\nworkers = 1\n";
    let server = Server::of(&site, config);
    let mut running = server.connect();
    running.write_all(b"GET /slow.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut events = server.connect();
    events.write_all(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    let mut idle = server.connect();
    idle.write_all(b"GET /ok.asp HTTP/1.1\r\nhost: x\r\n").unwrap();
    thread::sleep(Duration::from_millis(200));
    let stopping = Instant::now();
    let text = server.stop();
    assert!(stopping.elapsed() < Duration::from_secs(9), "{:?}", stopping.elapsed());
    assert!(text.contains("1 running scripts are interrupted"), "{text}");
    assert_eq!(read_answer(&mut running).status, 503);
}

#[test]
fn an_application_lock_is_not_for_ever() {
    let site = site();
    site.write("lock.asp", "<% Application.Lock(); for (;;) {} %>");
    site.write("wait.asp", "<% Application.Lock(); %>got it");
    let server = Server::of(&site, "[limits]\ntime_ms = 700\nfuel = 1000000000000\n[pool]\nworkers = 2\n");
    let mut holder = server.connect();
    holder.write_all(b"GET /lock.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    thread::sleep(Duration::from_millis(200));
    // The end of the page lets go of the lock, whatever the end was.
    server.get("/wait.asp").expect(200, &["got it"]);
    assert_eq!(read_answer(&mut holder).status, 504);
    server.stop();
}

#[test]
fn overload_is_refused_and_nothing_dies() {
    let site = site();
    site.write("busy.asp", "<% for (var i = 0; i < 20000; i++) {} %>done");
    let server = Server::of(&site, "[pool]\nworkers = 2\nqueue = 4\n");
    let address = server.address;
    let clients: Vec<_> = (0..40)
        .map(|_| {
            thread::spawn(move || {
                let mut seen = [0, 0];
                let mut stream = std::net::TcpStream::connect(address).unwrap();
                for _ in 0..25 {
                    stream.write_all(b"GET /busy.asp HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
                    match read_answer(&mut stream).status {
                        200 => seen[0] += 1,
                        503 => seen[1] += 1,
                        other => panic!("{other}"),
                    }
                }
                seen
            })
        })
        .collect();
    let seen: Vec<[i32; 2]> = clients.into_iter().map(|client| client.join().unwrap()).collect();
    assert_eq!(seen.iter().flatten().sum::<i32>(), 1000);
    assert!(seen.iter().map(|[served, _]| served).sum::<i32>() > 0);
    server.get("/ok.asp").expect(200, &["42"]);
    server.stop();
}

#[test]
fn the_command_line_and_the_configuration_are_checked() {
    let folder = Folder::new();
    folder.write("bad.toml", "[limits]\nfule = 1\n");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_host-demo")).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let config = folder.0.join("bad.toml");
    let (code, text) = run(&["serve", "--config", config.to_str().unwrap()]);
    assert!(code == Some(2) && text.contains("fule"), "{code:?} {text}");
    let (code, text) = run(&["serve", "/no/such/folder"]);
    assert!(code == Some(2) && text.contains("/no/such/folder"), "{code:?} {text}");
    assert_eq!(run(&["serve", "--listen", "nowhere"]).0, Some(2));
    assert_eq!(run(&["churn", "--threads", "0"]).0, Some(2));
    assert_eq!(run(&["nonsense"]).0, Some(2));
}
