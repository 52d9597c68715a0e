//! Coverage of profile-likelihood intervals over simulated data.

// Clippy exempts tests, but not the functions they share.
#![allow(clippy::unwrap_used)]

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

/// Sets whose interval holds the true value, by parameter.
fn coverage(sets: u64) -> Vec<usize> {
    let all: Vec<Vec<bool>> = (0..sets).into_par_iter().map(covered).collect();
    (0..TRUE.len()).map(|p| all.iter().filter(|set| set[p]).count()).collect()
}

#[test]
fn intervals_cover_in_a_few_sets() {
    // 20 intervals of each: 19 expected, below 16 once in 400.
    let held = coverage(20);
    assert!(held.iter().all(|held| *held >= 16), "{held:?}");
    // 100 intervals together: 95 expected, standard deviation 2.2.
    let together = held.iter().sum::<usize>();
    assert!((87..=100).contains(&together), "{held:?}");
}

#[test]
#[ignore = "takes a minute; run it with --run-ignored"]
fn intervals_cover_as_they_say() {
    // 200 intervals of each: 190 expected, standard deviation 3.1.
    let held = coverage(200);
    assert!(held.iter().all(|held| (181..=199).contains(held)), "{held:?}");
    // 1 000 intervals together: standard deviation 6.9.
    let together = held.iter().sum::<usize>();
    assert!((930..=970).contains(&together), "{held:?}");
}
