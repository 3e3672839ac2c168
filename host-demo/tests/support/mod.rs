//! A real server process on a port of its own, and a client that says exactly the bytes it is told.
#![allow(dead_code, reason = "each test file uses what it needs")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// A folder that is removed at the end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("host-demo-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Folder {
        let file = self.0.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        self
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server; killed at the end if nobody stopped it.
pub(crate) struct Server {
    child: Child,
    output: BufReader<ChildStdout>,
    pub(crate) address: SocketAddr,
    _config: Folder,
}

impl Server {
    /// The bundled site.
    pub(crate) fn bundled(config: &str) -> Server {
        Server::start(None, config)
    }

    pub(crate) fn of(folder: &Folder, config: &str) -> Server {
        Server::start(Some(&folder.0), config)
    }

    fn start(site: Option<&Path>, config: &str) -> Server {
        let folder = Folder::new();
        folder.write("host.toml", config);
        let mut command = Command::new(env!("CARGO_BIN_EXE_host-demo"));
        command.arg("serve").args(site).args(["--listen", "127.0.0.1:0", "--config"]);
        command.arg(folder.0.join("host.toml")).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}")).parse().unwrap();
        Server { child, output, address, _config: folder }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream
    }

    /// Sends these bytes and reads one answer.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        // The server may have answered and closed before all of it was sent.
        let _ = stream.write_all(bytes);
        read_answer(&mut stream)
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.get_with(path, "")
    }

    /// `headers` end with CRLF each.
    pub(crate) fn get_with(&self, path: &str, headers: &str) -> Answer {
        self.raw(
            format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\r\n").as_bytes(),
        )
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        let length = body.len();
        self.raw(
            format!(
                "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n\
                 content-type: application/x-www-form-urlencoded\r\n\r\n{body}"
            )
            .as_bytes(),
        )
    }

    /// The value of one sample of `/metrics`.
    pub(crate) fn metric(&self, sample: &str) -> f64 {
        let text = self.get("/metrics").body;
        let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {sample} in {text}")).parse().unwrap()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end; returns what it printed after the first line.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        (self.child.wait().unwrap(), text)
    }

    /// SIGTERM, and what came of it: everything must balance.
    pub(crate) fn stop(self) -> String {
        self.signal("-TERM");
        let (status, text) = self.wait();
        assert!(status.success(), "{status}: {text}");
        assert!(text.contains("contexts") && text.contains("live 0; bytes live 0"), "{text}");
        assert!(text.contains("nothing is left"), "{text}");
        text
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// It is an answer of this status whose body has all of these.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16, parts: &[&str]) -> &Answer {
        assert_eq!(self.status, status, "{}\n{}", self.head, self.body);
        for part in parts {
            assert!(self.body.contains(part), "no {part:?} in {}", self.body);
        }
        self
    }
}

/// Reads one answer: to its content-length, or to the end.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 << 10];
    loop {
        let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = head_end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let status =
                head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
            let mut answer = Answer { status, head, body: String::new() };
            let length = answer.header("content-length").and_then(|length| length.parse::<usize>().ok());
            if length.is_some_and(|length| bytes.len() >= end + 4 + length) {
                answer.body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
                return answer;
            }
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => {
                let end =
                    head_end.unwrap_or_else(|| panic!("no answer but {:?}", String::from_utf8_lossy(&bytes)));
                let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
                let status =
                    head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
                return Answer {
                    status,
                    head,
                    body: String::from_utf8_lossy(&bytes[end + 4..]).into_owned(),
                };
            }
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}
