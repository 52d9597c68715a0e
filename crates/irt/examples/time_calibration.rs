//! Times a 2PL calibration of simulated answers: `time_calibration STUDENTS ITEMS ANSWERS_PER_STUDENT [RUNS] [se]`.
//!
//! Prints the fastest and the median seconds of a fit, its iterations and its log-likelihood as JSON, to be
//! compared between two checkouts.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // a measuring tool, not the library
#![allow(clippy::disallowed_methods)] // it measures time

use std::time::Instant;

use seedtest_irt::{Responses, Silent, Spec, StandardErrors, fit};
use seedtest_numerics::{Stream, logistic};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words[at].parse::<usize>().unwrap();
    let (students, items, each) = (number(0), number(1), number(2));
    let runs = words.get(3).map_or(5, |word| word.parse().unwrap());
    let errors = words.iter().any(|word| word == "se");
    let mut draw = Stream::new(7, 0);
    let parameters: Vec<(f64, f64)> =
        (0..items).map(|_| (draw.lognormal(0.0, 0.3), draw.normal())).collect();
    let (mut student, mut item, mut correct) = (Vec::new(), Vec::new(), Vec::new());
    for s in 0..students {
        let theta = draw.normal();
        let first = draw.below((items - each) as u64 + 1) as usize;
        for (i, (a, b)) in parameters.iter().enumerate().skip(first).take(each) {
            student.push(s as u32);
            item.push(i as u32);
            correct.push(u8::from(draw.bernoulli(logistic(a * (theta - b)))));
        }
    }
    let data = Responses {
        student: &student,
        item: &item,
        correct: &correct,
        n_students: students,
        n_items: items,
    };
    let standard_errors = if errors { StandardErrors::Observed } else { StandardErrors::None };
    let spec = Spec { standard_errors, ..Spec::default() };
    let mut seconds = Vec::new();
    let mut last = None;
    for _ in 0..runs {
        let began = Instant::now();
        last = Some(fit(&data, &spec, &mut Silent).unwrap());
        seconds.push(began.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let fitted = last.unwrap();
    let sum: f64 = fitted.items.iter().map(|i| i.a + i.b).sum();
    println!(
        "{{\"students\": {students}, \"items\": {items}, \"each\": {each}, \"fastest\": {:.4}, \"median\": {:.4}, \
         \"iterations\": {}, \"log_likelihood\": {:?}, \"sum\": {sum:?}}}",
        seconds[0],
        seconds[seconds.len() / 2],
        fitted.verdict.iterations,
        fitted.log_likelihood,
    );
}
