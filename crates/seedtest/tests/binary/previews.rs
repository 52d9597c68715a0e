//! `seedtest report preview`: pages in a browser that load themselves anew.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::playground::Playground;

struct Preview {
    address: String,
    child: Child,
}

impl Preview {
    fn start(place: &Playground) -> Self {
        let arguments = ["report", "preview", "--student", "student-0001", "--lang", "en"];
        let more = ["--customise", "school.toml", "--port", "0", "--data-dir", "seedtest-demo"];
        let mut command = place.command(&[&arguments[..], &more].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split('/').nth(2).unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { address, child }
    }

    fn ask(&self, path: &str, host: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        self.get_as(path, &self.address)
    }

    fn get_as(&self, path: &str, host: &str) -> String {
        let mut text = String::new();
        self.ask(path, host).read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The round that a page is of.
fn round(page: &str) -> String {
    page.split("since=")
        .nth(1)
        .unwrap_or_else(|| panic!("{page:.500}"))
        .split('\'')
        .next()
        .unwrap()
        .into()
}

#[test]
fn a_change_of_the_file_reaches_the_open_page() {
    let place = Playground::new();
    place.must(&["demo", "--students", "24", "--weeks", "4", "--lang", "en"]);
    place.write("school.toml", "school = 'First School'\n");
    let preview = Preview::start(&place);
    let first = preview.get("/");
    assert!(first.contains("location: /student-student-0001.html"), "{first}");
    let page = preview.get("/student-student-0001.html");
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("First School"), "{page:.500}");

    // The open page hears of it, and what it loads then is the new one.
    let mut listening = preview.ask(&format!("/changes?since={}", round(&page)), &preview.address);
    place.write("school.toml", "school = 'Second School, much longer'\n");
    let mut heard = String::new();
    while !heard.contains("data: ") {
        let mut part = [0; 256];
        let n = listening.read(&mut part).unwrap();
        assert!(n > 0, "{heard}");
        heard.push_str(&String::from_utf8_lossy(&part[..n]));
    }
    assert!(preview.get("/student-student-0001.html").contains("Second School"));

    // A fault is told on the page, which goes on listening.
    place.write("school.toml", "[colors]\naccent = '#123456'\n");
    let told = (0..100)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(100));
            preview.get("/student-student-0001.html")
        })
        .find(|page| page.contains("This cannot be shown"));
    let told = told.unwrap();
    assert!(told.contains("did you mean \"colours\"?") && told.contains("EventSource"), "{told}");

    // No page of another site, under whatever name, gets at it; nor does a path lead out.
    assert!(preview.get_as("/", "evil.example").starts_with("HTTP/1.1 403"));
    place.write("school.toml", "");
    for path in
        ["/../seedtest-demo/seedtest.db", "/..%2Fschool.toml", "/nothing.html", "/%2e%2e/x.html"]
    {
        let answer = preview.get(path);
        assert!(
            answer.starts_with("HTTP/1.1 404") || answer.contains("This cannot be shown"),
            "{path}: {answer:.200}"
        );
    }
}
