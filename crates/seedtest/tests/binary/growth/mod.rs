//! Growth on the command line: fits, predictions, and the job.

mod incomplete;
mod jobs;
mod priors;
mod requests;

use std::fmt::Write as _;

use serde_json::Value;

use crate::playground::{Playground, Run};

/// A number in −0.5..0.5 that looks random and never changes.
fn noise(student: usize, week: usize) -> f64 {
    let mixed = (student * 7_919 + week * 104_729 + 12_345) * 2_654_435_761;
    (mixed / 65_536 % 10_000) as f64 / 10_000.0 - 0.5
}

/// Twelve students over eight weeks; later ones start higher, and all grow by 0.1 a week.
fn scores() -> String {
    let mut text = String::from("student_id,week,score\n");
    for student in 0..12 {
        for week in (0..8).filter(|week| (student + week) % 5 != 0) {
            let score = 0.1 * student as f64 - 0.5 + 0.1 * week as f64 + noise(student, week);
            let _ = writeln!(text, "s{student:02},{week},{score:.4}");
        }
    }
    text
}

const SHORT: [&str; 6] = ["--chains", "2", "--warmup", "500", "--samples", "1000"];

fn fit(place: &Playground, more: &[&str]) -> Run {
    let mut arguments = vec!["fit", "growth", "--data", "scores.csv"];
    arguments.extend(SHORT);
    arguments.extend(more);
    place.run(&arguments)
}

fn json_of(run: &Run) -> Value {
    run.ended();
    serde_json::from_str(&run.stdout).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}
