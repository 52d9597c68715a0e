//! The ten commands of docs/quickstart-server.md, as they stand there.

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use seedtest_testkit::Server;

use crate::playground::Playground;

const PAGE: &str = include_str!("../../../../docs/quickstart-server.md");

/// The lines of the page's first block of commands.
fn commands() -> Vec<&'static str> {
    let block = PAGE.split("```bash\n").nth(1).unwrap().split("```").next().unwrap();
    block.lines().collect()
}

/// A program that does what the test says in the place of one that changes the machine.
fn stand_in(folder: &Path, name: &str, script: &str) {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn ten_commands_make_a_server() {
    let commands = commands();
    assert_eq!(commands.len(), 10, "{commands:?}");
    assert!(commands[9].starts_with("seedtest serve"), "{commands:?}");

    let server = Server::with_passwords().unwrap();
    let place = Playground::new();
    place.must(&["demo", "--students", "60", "--weeks", "8", "--dir", "school"]);
    place.write("answers.csv", place.read("school/responses.csv"));
    // Beside other tests the port is any that is free.
    place.write("seedtest.toml", "[serve]\nbind = [\"127.0.0.1:0\"]\n");
    let programs = place.path("bin");
    std::fs::create_dir(&programs).unwrap();
    // Installing packages needs a machine of one's own; users of the system are those of the test.
    stand_in(&programs, "apt-get", "exit 0");
    stand_in(&programs, "sudo", "[ \"$1\" != -u ] || shift 2\nexec \"$@\"");
    let binary = format!("exec {} \"$@\"", env!("CARGO_BIN_EXE_seedtest"));
    stand_in(&programs, "seedtest", &binary);

    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{}:{path}", programs.display(), server.programs().display());
    // What is exported holds for the last command, too, which takes the place of the shell.
    let (last, first) = commands.split_last().unwrap();
    let script = format!("{}\nexec {last}", first.join("\n"));
    let mut shell = Command::new("bash");
    // As typed: a model that does not converge (3) ends no shell. What each line did is looked at below.
    shell.args(["-c", &script]).current_dir(place.path("")).env_clear().env("PATH", path);
    // Who administrates the server comes by its socket; the address in the commands is that of TCP.
    shell.env("PGHOST", server.socket()).env("PGPORT", server.port().to_string());
    shell.env("PGUSER", "postgres").env("PGDATABASE", "postgres");
    let mut child = shell.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let addr = loop {
        let Some(line) = lines.next() else {
            let mut errors = String::new();
            child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            panic!("the commands ended:\n{said}\n{errors}");
        };
        let line = line.unwrap();
        if let Some(addr) = line.strip_prefix("listening on http://") {
            break addr.to_owned();
        }
        said.push_str(&line);
        said.push('\n');
    };
    assert!(said.contains("answers new"), "{said}");
    assert!(said.contains("Pipeline summary: done=13, failed=0, skipped=0"), "{said}");
    // A report for everybody who has KPIs, which who answered nothing for a month has not.
    let counted = said.split("Computing KPIs for ").nth(1).unwrap_or_else(|| panic!("{said}"));
    let users: u32 = counted.split(' ').next().unwrap().parse().unwrap();
    assert!((50..=60).contains(&users), "{said}");
    assert!(said.contains(&format!("{users} student reports")), "{said}");
    let mut stream = TcpStream::connect(addr).unwrap();
    stream
        .write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mode = std::fs::metadata(place.path("database-url")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
