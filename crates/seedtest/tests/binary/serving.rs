//! `seedtest serve` as a process of its own, spoken to byte by byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::playground::Playground;

pub(crate) const TOKEN: &str = "open sesame";

/// A running service; killed with the test.
pub(crate) struct Serving {
    addr: String,
    child: Child,
    place: Playground,
}

/// What the process wrote on standard error.
const LOG: &str = "serve.log";

impl Serving {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let place = Playground::new();
        let arguments = [&["--quiet", "serve", "--bind", "127.0.0.1:0"], arguments].concat();
        let mut command = place.command(&arguments);
        command.env("INTERNAL_TOKEN", TOKEN).env("LOCAL_DEV", "true");
        Self::of(place, command)
    }

    /// A service over what lies in a directory already, without a token.
    pub(crate) fn over(place: Playground, global: &[&str], of_serve: &[&str]) -> Self {
        let arguments =
            [&["--quiet"], global, &["serve", "--bind", "127.0.0.1:0"], of_serve].concat();
        let command = place.command(&arguments);
        Self::of(place, command)
    }

    fn of(place: Playground, mut command: Command) -> Self {
        let log = std::fs::File::create(place.path(LOG)).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim().rsplit('/').next().unwrap().to_string();
        Self { addr, child, place }
    }

    /// Where it is: `http://…`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The directory it runs in.
    pub(crate) fn place(&self) -> &Playground {
        &self.place
    }

    /// What the process wrote on standard error up to now.
    pub(crate) fn log(&self) -> String {
        self.place.read(LOG)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.addr).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream
    }

    /// The answer to a request with the token, its status first.
    pub(crate) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &str,
        body: &[u8],
    ) -> (u16, String) {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        let mut stream = self.connect();
        // Who is refused early may find the connection closed while it still sends.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        answer(&mut stream)
    }

    pub(crate) fn post(&self, path: &str, body: &[u8]) -> (u16, String) {
        self.ask("POST", path, "content-type: application/json\r\n", body)
    }

    /// Asks the process to end as an orchestrator does.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// How the process ended.
    pub(crate) fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// A line of `/proc/ID/status`, in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Status and text of whatever comes back; 0 when the connection is closed without a word.
pub(crate) fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 << 10];
    // A reset after the answer leaves what was read.
    while let Ok(n @ 1..) = stream.read(&mut chunk) {
        bytes.extend_from_slice(&chunk[..n]);
    }
    let _ = stream.shutdown(Shutdown::Both);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or(0), text)
}
