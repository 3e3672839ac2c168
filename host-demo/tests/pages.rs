//! What a page can do, over real sockets.

mod support;

use std::thread;
use std::time::Duration;
use support::{Folder, Server};

#[test]
fn the_bundled_site_is_served() {
    let server = Server::bundled("");
    server.get("/").expect(200, &["It never leaks", "2003", "default.asp"]);
    server.get("/hello.asp?name=A%26B").expect(200, &["Hello, A&amp;B!", "their sum: 10", "a truth: true"]);
    server.get("/style.css").expect(200, &["body"]);
    server.get("/live.html").expect(200, &["Live numbers"]);
    server.get("/throw.asp").expect(500, &["/throw.asp", "line <b>5</b>", "TypeError"]);
    server
        .post("/form.asp", "name=%3Cb%3E&likes=threads&likes=pages")
        .expect(200, &["Hello, &lt;b&gt;", "You ticked 2 of 3", "<li>threads</li>", "<li>pages</li>"]);
    server.get("/nothing.asp").expect(404, &["no such page"]);
    server.get("/nothing.css").expect(404, &["no such page"]);
    server.stop();
}

#[test]
fn control_flow_spans_blocks_includes_and_server_scripts() {
    let site = Folder::new();
    site.write(
        "p.asp",
        "<%@ LANGUAGE=\"JScript\" %>\r\n<script runat=server>function twice(n) { return 2 * n; }</script>\
         <!-- #include file=\"inc/row.inc\" --><% for (var i = 1; i <= 3; i++) { %>[<%= twice(i) %>]<% } // end %>\
         <% if (i > 100) %>no<% else %>yes\n<!-- #include virtual=\"/foot.inc\" -->",
    );
    site.write("inc/row.inc", "<% var from = 'row'; %>(<%= from %>)<!-- #include file='../foot.inc' -->");
    site.write("foot.inc", "-<%= from %>-");
    let server = Server::of(&site, "");
    let answer = server.get("/p.asp");
    answer.expect(200, &["(row)-row-[2][4][6]", "yes\n-row-"]);
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
    server.stop();
}

#[test]
fn request_has_what_the_client_sent() {
    let site = Folder::new();
    site.write(
        "r.asp",
        "<% var q = Request.QueryString; %>\
         <%= q('a') %>|<%= q('A').Count %>|<%= q('a')(2) %>|<%= q('none').Count %>|<%= q.Count %>|<%= q.Key(1) %>|\
         <%= q %>|<%= Request.Form('f') %>|<%= Request.Cookies('c') %>|<%= Request('f') %>|\
         <%= Request.ServerVariables('REQUEST_METHOD') %>|<%= Request.ServerVariables('HTTP_X_TEST') %>|\
         <%= Request.TotalBytes %>|<% for (var e = new Enumerator(q); !e.atEnd(); e.moveNext()) { %>{<%= e.item() %>}<% } %>",
    );
    let server = Server::of(&site, "");
    let answer = server.raw(
        b"POST /r.asp?a=1&a=x%20y&b=%C3%A9 HTTP/1.1\r\nhost: h:1\r\ncookie: z=1; c=k%2Fv\r\nx-test: t\r\n\
          content-type: application/x-www-form-urlencoded; charset=utf-8\r\ncontent-length: 7\r\n\r\nf=1%2B1",
    );
    answer.expect(200, &["1, x y|2|x y|0|2|a|a=1&a=x%20y&b=%C3%A9|1+1|k/v|1+1|POST|t|7|{a}{b}"]);
    server.stop();
}

#[test]
fn response_says_what_the_page_says() {
    let site = Folder::new();
    site.write(
        "s.asp",
        "text<% Response.Clear(); Response.Status = '418 I am a teapot'; Response.ContentType = 'text/plain';\
         Response.AddHeader('X-One', '1'); Response.AddHeader('X-One', '2'); Response.Cookies('c') = 'a;b';\
         Response.Cookies('c').Path = '/p'; Response.Cookies('c').HttpOnly = true; Response.CacheControl = 'private';\
         Response.Write(1); Response.Write(null); Response.Write(' ' + Response.Status);\
         try { Response.End(); } catch (e) { Response.Write('caught'); } %>never",
    );
    site.write("go.asp", "x<% Response.Redirect('/s.asp?a=b c'); %>y");
    let server = Server::of(&site, "");
    let answer = server.get("/s.asp");
    assert_eq!((answer.status, answer.body.as_str()), (418, "1 418 I am a teapot"));
    assert!(answer.head.starts_with("HTTP/1.1 418 I am a teapot\r\n"), "{}", answer.head);
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(answer.head.to_lowercase().contains("x-one: 1\r\nx-one: 2"), "{}", answer.head);
    assert_eq!(answer.header("set-cookie"), Some("c=a%3Bb; Path=/p; HttpOnly"));
    assert_eq!(answer.header("cache-control"), Some("private"));
    let answer = server.get("/go.asp");
    assert_eq!((answer.status, answer.header("location")), (302, Some("/s.asp?a=b%20c")));
    assert_eq!(answer.body, "");
    server.stop();
}

#[test]
fn sessions_and_application_are_copies_across_workers() {
    let site = Folder::new();
    site.write(
        "count.asp",
        "<% Session('n') = (Session('n') || 0) + 1; Session.Contents('o') = { list: [1, { deep: 'x' }] };\
         Session('o').list.push('lost'); Application.Lock(); Application('all') = (Application('all') || 0) + 1;\
         Application.Unlock(); %><%= Session('N') %>/<%= Application('ALL') %>/<%= Session('o').list.length %>/\
         <%= Session.Count %>/<%= Session.Timeout %>/<%= Session.SessionID.length %>",
    );
    site.write("off.asp", "<%@ ENABLESESSIONSTATE=False %><%= Session('n') %>");
    site.write("leave.asp", "<% Session.Abandon(); %>gone");
    site.write("function.asp", "<% Session('f') = function () {}; %>");
    site.write("cycle.asp", "<% var o = {}; o.o = o; Application('o') = o; %>");
    site.write("global.asp", "<%= typeof leaked %><% leaked = 1; %>");
    let server = Server::of(&site, "");
    let first = server.get("/count.asp");
    first.expect(200, &["1/1/2/2/20/32"]);
    let cookie = first.header("set-cookie").expect("a session cookie").split(';').next().unwrap().to_owned();
    assert!(first.header("set-cookie").unwrap().contains("HttpOnly"));
    for n in 2..10 {
        let answer = server.get_with("/count.asp", &format!("cookie: {cookie}\r\n"));
        answer.expect(200, &[&format!("{n}/{n}/2/2/20/32")]);
        assert_eq!(answer.header("set-cookie"), None);
    }
    server.get("/count.asp").expect(200, &["1/10/2"]);
    server.get_with("/leave.asp", &format!("cookie: {cookie}\r\n")).expect(200, &["gone"]);
    server.get_with("/count.asp", &format!("cookie: {cookie}\r\n")).expect(200, &["1/11/"]);
    let off = server.get("/off.asp");
    off.expect(500, &["ENABLESESSIONSTATE"]);
    assert_eq!(off.header("set-cookie"), None);
    server.get("/function.asp").expect(500, &["/function.asp"]);
    server.get("/cycle.asp").expect(500, &["/cycle.asp"]);
    for _ in 0..8 {
        server.get("/global.asp").expect(200, &["undefined"]);
    }
    server.stop();
}

#[test]
fn server_encodes_and_maps() {
    let site = Folder::new();
    site.write(
        "d/e.asp",
        "<%= Server.HTMLEncode('<a b=\"c\">&') %> <%= Server.URLEncode('a b&c/é') %> <%= Server.MapPath('x.txt') %> \
         <%= Server.ScriptTimeout %>",
    );
    let server = Server::of(&site, "");
    server
        .get("/d/e.asp")
        .expect(200, &["&lt;a b=&quot;c&quot;&gt;&amp; a+b%26c%2F%C3%A9", "/d/x.txt", " 3"]);
    server.stop();
}

#[test]
fn a_changed_page_is_compiled_again_and_a_broken_one_is_not_served() {
    let site = Folder::new();
    site.write("p.asp", "<!-- #include file='i.inc' -->one").write("i.inc", "inc");
    let server = Server::of(&site, "[pages]\ncheck_ms = 20\n");
    let settle = || thread::sleep(Duration::from_millis(60));
    server.get("/p.asp").expect(200, &["incone"]);
    site.write("i.inc", "longer");
    settle();
    server.get("/p.asp").expect(200, &["longerone"]);
    site.write("i.inc", "<% this is no script %>");
    settle();
    for _ in 0..3 {
        server.get("/p.asp").expect(200, &["longerone"]);
    }
    site.write("i.inc", "well again");
    settle();
    server.get("/p.asp").expect(200, &["well againone"]);
    server.stop();
}

#[test]
fn static_files_have_types_ranges_and_tags() {
    let site = Folder::new();
    site.write("a b.txt", "0123456789").write("dir/index.html", "<p>index").write(".secret", "no");
    site.write("global.asa", "no").write("x.inc", "no").write("P.ASP", "<%= 6 * 7 %>");
    let server = Server::of(&site, "");
    let answer = server.get("/a%20b.txt");
    assert_eq!((answer.status, answer.body.as_str()), (200, "0123456789"));
    let modified = answer.header("last-modified").expect("a date").to_owned();
    assert_eq!(server.get_with("/a%20b.txt", "range: bytes=2-4\r\n").expect(206, &[]).body, "234");
    server.get_with("/a%20b.txt", &format!("if-modified-since: {modified}\r\n")).expect(304, &[]);
    server.get("/dir/").expect(200, &["<p>index"]);
    server.get("/dir/index.html").expect(200, &["<p>index"]);
    server.get("/P.ASP").expect(200, &["42"]);
    for hidden in ["/.secret", "/global.asa", "/Global.ASA", "/x.inc", "/dir/../.secret", "/.%2fsecret"] {
        let answer = server.get(hidden);
        assert!(matches!(answer.status, 400 | 404) && !answer.body.contains("<p>no"), "{hidden}: {answer:?}");
    }
    server.post("/a%20b.txt", "x").expect(405, &[]);
    server.stop();

    let server = Server::bundled("");
    let tag = server.get("/style.css").header("etag").expect("a tag").to_owned();
    server.get_with("/style.css", &format!("if-none-match: {tag}\r\n")).expect(304, &[]);
    server.stop();
}
