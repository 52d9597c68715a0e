//! The pages in a real Chromium: no fault in the console, nothing wider than the screen, no label
//! that overlaps another or leaves its chart.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sample;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use seedtest_report::{ClassReport, ItemRow, Lang, Renderer, StudentReport, TopicScore};
use tempfile::TempDir;

const PROBE: &str = include_str!("browser/probe.html");
const WIDTHS: [u32; 3] = [360, 390, 1200];

fn run(dir: &Path, page: &Path) -> Output {
    Command::new(seedtest_testkit::chromium())
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--allow-file-access-from-files", "--enable-logging=stderr", "--log-level=0"])
        .args(["--virtual-time-budget=60000", "--window-size=1300,900", "--dump-dom"])
        .arg(format!("--user-data-dir={}", dir.join("profile").display()))
        .arg(page)
        .output()
        .expect("the browser does not start")
}

/// What the probe found on these pages.
fn probe(pages: &[(String, String)]) -> (String, String) {
    let dir = TempDir::new().unwrap();
    for (name, html) in pages {
        fs::write(dir.path().join(name), html).unwrap();
    }
    let names: Vec<&String> = pages.iter().map(|(name, _)| name).collect();
    let probe = PROBE
        .replace("PAGES;", &format!("{};", serde_json::to_string(&names).unwrap()))
        .replace("WIDTHS;", &format!("{WIDTHS:?};"));
    let page = dir.path().join("probe.html");
    fs::write(&page, probe).unwrap();
    let output = run(dir.path(), &page);
    let dom = String::from_utf8_lossy(&output.stdout);
    let result =
        dom.split("<pre id=\"result\">").nth(1).and_then(|rest| rest.split("</pre>").next());
    let console = String::from_utf8_lossy(&output.stderr);
    let console: Vec<&str> = console.lines().filter(|line| line.contains("CONSOLE")).collect();
    (result.expect("the browser gave no page back").to_owned(), console.join("\n"))
}

/// A class with all that makes a page wide.
fn wide_class() -> ClassReport {
    let mut class = sample::class();
    class.students[0].user_id = "x".repeat(120);
    class.students[0].display_name = None;
    class.items.push(ItemRow {
        check_key: false,
        item: "https://example.org/a/very/long/address/without/any/gap/in/it/0123456789".into(),
        topic: Some("W".repeat(60)),
        discrimination: Some(-12_345.6),
        difficulty: Some(-98_765.4),
        n: 4_000_000,
        right: 1,
    });
    class
}

/// A student with all that makes a page wide.
fn wide_student() -> StudentReport {
    let mut student = sample::student();
    student.display_name = Some("이름이아주아주긴학생".repeat(6));
    for name in ["W".repeat(80), "가".repeat(80), "a".repeat(200)] {
        student.topics.push(TopicScore {
            topic: name,
            n: 4_000_000,
            right: 3_999_999,
            mean: None,
            ability: None,
        });
    }
    student.weekly_accuracy[7].n = 1_000_000;
    student.weekly_accuracy[7].right = 1_000_000;
    student.daily[27].attempts = 1_000_000;
    student
}

#[test]
fn pages_fit_every_screen() {
    let students = [
        ("student", sample::student()),
        ("newcomer", sample::newcomer()),
        ("empty", sample::empty_student()),
        ("wide", wide_student()),
    ];
    let classes = [("class", sample::class()), ("wide-class", wide_class())];
    let mut pages = Vec::new();
    for lang in Lang::ALL {
        let renderer = Renderer::new(lang).unwrap();
        for (name, student) in &students {
            pages.push((format!("{name}-{lang}.html"), renderer.student(student).unwrap()));
        }
        for (name, class) in &classes {
            pages.push((format!("{name}-{lang}.html"), renderer.class(class).unwrap()));
        }
        let school = renderer.school(&sample::school()).unwrap();
        pages.push((format!("school-{lang}.html"), school));
        let operator = renderer.operator(&sample::operator(), Some("index.html")).unwrap();
        pages.push((format!("operator-{lang}.html"), operator));
    }
    let (result, console) = probe(&pages);
    assert_eq!(result, format!("checked {}", pages.len() * WIDTHS.len()));
    assert_eq!(console, "", "the console is not silent");
}

#[test]
fn the_probe_sees_faults() {
    let fault = r#"<!DOCTYPE html><main><h1>x</h1><div style="width:2000px">wide</div>
        <svg role="img" viewBox="0 0 400 100" width="300"><text x="10" y="50">first</text>
        <text x="12" y="50">second</text><text x="390" y="50">outside</text></svg></main>
        <script>console.error("heard")</script>"#;
    let (result, console) = probe(&[("fault.html".into(), fault.into())]);
    for expected in ["px wide", "sticks out", "overlaps", "leaves its chart"] {
        assert!(result.contains(expected), "{expected} is missing in {result}");
    }
    assert!(console.contains("heard"), "{console}");
}
