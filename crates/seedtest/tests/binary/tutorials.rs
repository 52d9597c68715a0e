//! The commands of the tutorials, as they stand on their pages: blocks `sh` are run one after the other in a
//! directory of the page, and what a block `text` shows is what the commands before it printed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::playground::Playground;

/// A block of a page between fences.
struct Block<'a> {
    language: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            is_inside = !is_inside;
            if is_inside {
                blocks.push(Block { language, lines: Vec::new() });
            }
        } else if let Some(block) = blocks.last_mut().filter(|_| is_inside) {
            block.lines.push(line);
        }
    }
    blocks
}

/// A program in the folder of programs.
fn stand_in(programs: &Path, name: &str, script: &str) {
    let path = programs.join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// What the commands of a block print. One that ends with another code than 0 ends the test, but for 3 where
/// the line says `# ends with 3`.
fn printed_by(place: &Playground, block: &Block<'_>) -> String {
    let script: String = block
        .lines
        .iter()
        .map(|line| match line.split_once("# ends with 3") {
            Some((call, _)) => format!("{call} && exit 9 || test $? = 3\n"),
            None => format!("{line}\n"),
        })
        .collect();
    let programs = place.path("programs");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{script}")])
        .current_dir(place.path("work"))
        .env_clear()
        .env("PATH", format!("{}:{path}", programs.display()))
        .env("HOME", place.path(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}\n---\n{printed}", block.lines.join("\n"));
    printed
}

/// Whether a printed line is the one of a page, in which `…` stands for anything and any space for any other.
fn is_shown(printed: &str, shown: &str) -> bool {
    let together = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let printed = together(printed);
    let parts: Vec<String> = shown.split('…').map(together).collect();
    let mut rest = printed.as_str();
    for (at, part) in parts.iter().enumerate() {
        let found = match (at == 0, at + 1 == parts.len()) {
            (true, true) => (rest == part).then_some(0),
            (true, false) => rest.starts_with(part.as_str()).then_some(0),
            (false, true) => rest.ends_with(part.as_str()).then(|| rest.len() - part.len()),
            (false, false) => rest.find(part.as_str()),
        };
        let Some(found) = found else { return false };
        rest = &rest[found + part.len()..];
    }
    true
}

/// The first line of a page that was not printed, in the order of the page.
fn not_printed<'a>(printed: &str, shown: &[&'a str]) -> Option<&'a str> {
    let mut lines = printed.lines();
    let shown = shown.iter().filter(|line| !line.trim().is_empty());
    shown.copied().find(|shown| !lines.any(|line| is_shown(line, shown)))
}

/// Runs a page; it has to have so many blocks of commands and of what they print.
fn follow(page: &str, runs: usize, shows: usize) {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let text = fs::read_to_string(docs.join(page)).unwrap();
    let place = Playground::new();
    fs::create_dir(place.path("work")).unwrap();
    fs::create_dir(place.path("programs")).unwrap();
    let binary = place.command(&[]).get_program().to_string_lossy().into_owned();
    stand_in(&place.path("programs"), "seedtest", &format!("exec '{binary}' \"$@\""));
    // Pages are for eyes; here nobody looks.
    stand_in(&place.path("programs"), "xdg-open", "exit 0");
    let mut printed = String::new();
    let (mut ran, mut compared) = (0, 0);
    for block in blocks(&text) {
        match block.language {
            "sh" => {
                printed = printed_by(&place, &block);
                ran += 1;
            }
            "text" => {
                let missed = not_printed(&printed, &block.lines);
                assert_eq!(missed, None, "{page} shows it, but this was printed:\n{printed}");
                compared += 1;
            }
            _ => {}
        }
    }
    assert_eq!((ran, compared), (runs, shows), "{page}: blocks sh, blocks text");
}

#[test]
fn the_quick_start_runs() {
    follow("quickstart.md", 4, 4);
}

#[test]
fn the_term_runs() {
    follow("tutorials/term.md", 11, 10);
}

#[test]
fn the_test_forms_run() {
    follow("tutorials/forms.md", 7, 4);
}

#[test]
fn partial_credit_runs() {
    follow("tutorials/partial-credit.md", 6, 6);
}

#[test]
fn what_a_page_shows_has_to_be_printed() {
    assert!(is_shown("items   195", "items 195"));
    assert!(is_shown("simulate   0.31 s", "simulate …"));
    assert!(is_shown("report: open a/b/index.html now", "report: …index.html…"));
    assert!(!is_shown("items   195", "items 19"));
    assert!(!is_shown("items   195", "… 194"));
    assert_eq!(not_printed("a\nb\nc\n", &["a", "c"]), None);
    assert_eq!(not_printed("a\nb\nc\n", &["c", "a"]), Some("a"));
}
