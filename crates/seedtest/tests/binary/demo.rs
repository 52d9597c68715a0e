//! The demo: its figures, its files, its seed.

use std::fs;

use crate::playground::{Playground, stable};

const SMALL: [&str; 5] = ["demo", "--students", "40", "--weeks", "6"];

fn small(seed: &str) -> (Playground, String) {
    let place = Playground::new();
    let mut arguments = SMALL.to_vec();
    arguments.extend(["--seed", seed]);
    let run = place.must(&arguments);
    (place, run.stdout)
}

#[test]
fn the_demo_ends_with_figures_and_a_report() {
    let (place, printed) = small("7");
    assert!(place.exists("seedtest-demo/report/index.html"));
    stable().bind(|| insta::assert_snapshot!(printed));
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let (one, _) = small("7");
    let (two, _) = small("7");
    let (other, _) = small("8");
    for name in ["responses.csv", "exams.jsonl", "report/index.html"] {
        let name = format!("seedtest-demo/{name}");
        assert_eq!(one.read(&name), two.read(&name), "{name}");
        assert_ne!(one.read(&name), other.read(&name), "{name}");
    }
}

#[test]
fn the_demo_replaces_its_own_directory_and_no_other() {
    let (place, first) = small("7");
    let again = place.must(&["demo", "--students", "40", "--weeks", "6", "--seed", "7"]).stdout;
    let figures = |text: &str| text.lines().take(10).map(String::from).collect::<Vec<_>>();
    assert_eq!(figures(&first), figures(&again));

    fs::create_dir(place.path("mine")).unwrap();
    place.write("mine/notes.txt", "keep me");
    let run = place.run(&["demo", "--dir", "mine"]);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    assert_eq!(place.read("mine/notes.txt"), "keep me");
}
