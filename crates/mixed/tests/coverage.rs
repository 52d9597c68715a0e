//! Coverage of profile-likelihood intervals over simulated data.

// Clippy exempts tests, but not the functions they share.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use rayon::prelude::*;
use seedtest_formula::{Formula, Frame};
use seedtest_mixed::{Data, Silent, lmm};
use seedtest_numerics::Stream;

const STUDENTS: usize = 60;
const WEEKS: u32 = 8;

/// True values: intercept, slope, their standard deviations, the residual's.
const TRUE: [f64; 5] = [0.1, 0.05, 0.5, 0.06, 0.3];

fn simulated(set: u64) -> Frame {
    let mut stream = Stream::new(2_026, set);
    let (mut score, mut week, mut student) = (vec![], vec![], vec![]);
    for s in 0..STUDENTS {
        let (u, v) = (TRUE[2] * stream.normal(), TRUE[3] * stream.normal());
        for w in 0..WEEKS {
            let noise = TRUE[4] * stream.normal();
            score.push(TRUE[0] + u + (TRUE[1] + v) * f64::from(w) + noise);
            week.push(f64::from(w));
            student.push(format!("s{s}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("score", score).unwrap();
    frame.push_numeric("week", week).unwrap();
    let student: Vec<&str> = student.iter().map(String::as_str).collect();
    frame.push_text("student", &student).unwrap();
    frame
}

/// Whether the intervals of a set hold the true values.
fn covered(set: u64) -> Vec<bool> {
    let formula = Formula::parse("score ~ week + (week || student)").unwrap();
    let data = Data::new(&formula, &simulated(set), None).unwrap();
    let fit = lmm::fit(&data, &lmm::Spec::default(), &mut Silent).unwrap();
    let names = ["(Intercept)", "week", "sd.student.(Intercept)", "sd.student.week", "sigma"];
    let holds = |(name, value): (&str, f64)| {
        let interval = fit.profile(&data, name, 0.95).unwrap();
        interval.low <= value && value <= interval.high
    };
    names.into_iter().zip(TRUE).map(holds).collect()
}

fn coverage(sets: u64) -> f64 {
    let all: Vec<Vec<bool>> = (0..sets).into_par_iter().map(covered).collect();
    for p in 0..TRUE.len() {
        let held = all.iter().filter(|set| set[p]).count();
        println!("parameter {p}: {held} of {sets}");
    }
    let held = all.iter().flatten().filter(|held| **held).count();
    held as f64 / (sets as usize * TRUE.len()) as f64
}

#[test]
fn intervals_cover_in_a_few_sets() {
    // 100 intervals: 95 expected, standard deviation 2.2.
    let share = coverage(20);
    assert!((0.87..=1.0).contains(&share), "{share}");
}

#[test]
#[ignore = "takes a minute; run it with --run-ignored"]
fn intervals_cover_as_they_say() {
    // 1 000 intervals: standard deviation 0.7 points.
    let share = coverage(200);
    assert!((0.93..=0.97).contains(&share), "{share}");
}
