//! Hostile requests against the process: each is refused, and the memory of the process is
//! afterwards what it was.

use std::io::Write;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::serving::{Serving, TOKEN, answer};

const LARGE: usize = 100 << 20;

/// What is sent, where, and how it is called in a failure.
struct Abuse {
    name: &'static str,
    path: &'static str,
    headers: &'static str,
    body: Vec<u8>,
}

const JSON: &str = "content-type: application/json\r\n";

fn abuse(name: &'static str, path: &'static str, body: impl Into<Vec<u8>>) -> Abuse {
    Abuse { name, path, headers: JSON, body: body.into() }
}

fn abuses() -> Vec<Abuse> {
    let deep = |open: &str, close: &str| {
        format!("{{\"a\":{}1{}}}", open.repeat(100_000), close.repeat(100_000))
    };
    let id = "x".repeat(10_000);
    let score = "/irt/score";
    vec![
        abuse("100 MB of blanks", score, vec![b' '; LARGE]),
        abuse("100 MB of one text", "/irt/calibrate", long_text()),
        abuse("100 MB for a small request", "/v1/events", vec![b'1'; LARGE]),
        Abuse { headers: "content-encoding: gzip\r\n", ..abuse("a gzip bomb", score, bomb()) },
        Abuse { headers: "content-encoding: gzip\r\n", ..abuse("no gzip", score, "{}") },
        abuse("lists in lists", score, deep("[", "]")),
        abuse("objects in objects", score, deep("{\"a\":", "}")),
        abuse("an open end", score, "{\"a\":[".repeat(50_000)),
        abuse("NaN", score, r#"{"item_params":{"q":{"b":NaN}},"responses":[]}"#),
        abuse("-Infinity", score, r#"{"item_params":{"q":{"b":-Infinity}},"responses":[]}"#),
        abuse("1e400", "/growth/predict", r#"{"mean":1e400,"sd":1,"target":0}"#),
        abuse("a key twice", "/growth/predict", r#"{"mean":0,"mean":1,"sd":1,"target":0}"#),
        abuse(
            "a lone surrogate",
            "/v1/events",
            r#"{"kind":"session_finished","user_id":"\ud800"}"#,
        ),
        abuse("half of UTF-8", score, b"{\"a\":\"\xff\"}".as_slice()),
        abuse(
            "a NUL in an id",
            "/v1/events",
            r#"{"kind":"session_finished","user_id":"a\u0000b"}"#,
        ),
        abuse(
            "an id of 10 kB",
            "/v1/events",
            format!(r#"{{"kind":"session_finished","user_id":"{id}"}}"#),
        ),
        abuse(
            "an id of 10 kB in an answer",
            score,
            format!(r#"{{"item_params":{{}},"responses":[{{"item_id":"{id}","y":1}}]}}"#),
        ),
        abuse("n_samples -1", "/growth/fit", r#"{"rows":[],"n_samples":-1}"#),
        abuse("n_samples 1e15", "/growth/fit", growth_with(r#""n_samples":1000000000000000"#)),
        abuse("n_chains 1e9", "/growth/fit", growth_with(r#""n_chains":1000000000"#)),
        abuse("max_seconds -1", "/growth/fit", r#"{"rows":[],"max_seconds":-1}"#),
        abuse(
            "a grid of 4e9 nodes",
            "/irt/calibrate",
            r#"{"responses":[[1,0],[0,1],[1,1]],"quadrature_points":4000000000}"#,
        ),
        abuse("nothing", score, ""),
        Abuse { headers: "content-type: text/xml\r\n", ..abuse("XML", score, "<a/>") },
        Abuse { headers: "content-type: multipart/form-data\r\n", ..abuse("a form", score, "a=1") },
        abuse("a path out of the tree", "/../../etc/passwd", "{}"),
        abuse("an encoded path out of the tree", "/irt/%2e%2e/%2e%2e/etc/passwd", "{}"),
        abuse("no such route", "/irt/'%20OR%201=1;--", "{}"),
    ]
}

fn growth_with(setting: &str) -> String {
    let row = |n: u32| format!(r#"{{"student":"s{}","week":{},"score":0.{n}}}"#, n % 3, n / 3);
    let rows: Vec<String> = (0..9).map(row).collect();
    format!(r#"{{"rows":[{}],{setting}}}"#, rows.join(","))
}

fn long_text() -> Vec<u8> {
    let mut body = br#"{"observations":[{"user_id":""#.to_vec();
    body.resize(LARGE, b'x');
    body.extend_from_slice(br#"","item_id":"q","is_correct":1}]}"#);
    body
}

/// A gigabyte of blanks in a megabyte.
fn bomb() -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..1024 {
        gzip.write_all(&blanks).unwrap();
    }
    gzip.finish().unwrap()
}

/// Queries with what databases and file systems might take for more than a text.
const QUERIES: [&str; 6] = [
    "/forecast/student?target=1&user_id=x'%20OR%20'1'='1",
    "/forecast/student?target=1&user_id=';DROP%20TABLE%20attempt_log;--",
    "/forecast/student?target=1&user_id=%00",
    "/v1/runs/..%2f..%2fetc%2fpasswd",
    "/v1/runs/x'%20UNION%20SELECT%201--",
    "/api/seedtest/analysis/irt/theta?user_id=a&since=2025-01-01'--",
];

fn burst(serving: &Serving, abuses: &[Abuse]) {
    for Abuse { name, path, headers, body } in abuses {
        let (status, text) = serving.ask("POST", path, headers, body);
        // Who sends on into a closed connection may lose the answer to the reset.
        let closed = status == 0 && body.len() == LARGE;
        assert!(closed || (400..500).contains(&status), "{name}: {status} {text:.300}");
    }
    for query in QUERIES {
        let (status, text) = serving.ask("GET", query, "", b"");
        assert!((400..500).contains(&status), "{query}: {status} {text:.300}");
    }
    let flood = "x-a: b\r\n".repeat(5_000);
    let (status, _) = serving.ask("GET", "/healthz", &flood, b"");
    assert!(status == 0 || status == 431, "header flood: {status}");
}

#[test]
#[cfg(target_os = "linux")]
fn abuse_is_refused_and_leaves_no_memory_behind() {
    let serving = Serving::start(&[]);
    let abuses = abuses();
    // The first round fills what allocators and caches keep.
    burst(&serving, &abuses);
    let before = serving.memory("VmRSS");
    for _ in 0..3 {
        burst(&serving, &abuses);
    }
    let after = serving.memory("VmRSS");
    // One leaked body of the large ones would be 100 MB; three rounds have nine.
    assert!(after < before + (16 << 10), "{before} KiB before, {after} KiB after");
    let peak = serving.memory("VmHWM");
    // Bodies in memory at once are limited to 512 MiB; here comes one at a time.
    assert!(peak < 400 << 10, "{peak} KiB at most");
    assert_eq!(serving.ask("GET", "/healthz", "", b"").0, 200);
}

#[test]
#[cfg(target_os = "linux")]
fn connections_that_say_nothing_or_half_cost_little() {
    let serving = Serving::start(&[]);
    let before = serving.memory("VmRSS");
    let mut slow: Vec<_> = (0..300).map(|_| serving.connect()).collect();
    for stream in &mut slow {
        stream.write_all(b"POST /irt/score HTTP/1.1\r\nhost: x\r\nx-slow: ").unwrap();
    }
    assert_eq!(serving.ask("GET", "/healthz", "", b"").0, 200);
    let grown = serving.memory("VmRSS").saturating_sub(before);
    assert!(grown < 300 * 64, "{grown} KiB for 300 connections: more than a header buffer each");
    drop(slow);

    let head = |length: usize| {
        format!(
            "POST /growth/predict HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let body = r#"{"mean":0,"sd":1,"target":0}"#;
    // Whoever closes the sending half is taken to have gone away: fits of those who left are cancelled.
    for said in [body, &body[..9]] {
        let mut stream = serving.connect();
        stream.write_all((head(body.len()) + said).as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let began = Instant::now();
        let (status, text) = answer(&mut stream);
        assert!([0, 200, 400].contains(&status), "{status} {text}");
        assert!(began.elapsed() < Duration::from_secs(9), "the connection stays open");
    }
    assert_eq!(serving.ask("GET", "/healthz", "", b"").0, 200);
}
