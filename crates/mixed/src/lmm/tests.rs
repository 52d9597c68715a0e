//! The criterion's gradient against differences, and the steps towards its minimum.

use seedtest_formula::{Formula, Frame};
use seedtest_numerics::{Silent, Stream};

use super::problem::Problem;
use super::{Spec, fit};
use crate::Data;
use crate::allowance::Allowance;
use crate::newton::Criterion;

/// Students over weeks and topics, with `n_topics` topics of which each student meets some.
pub(crate) fn school(n_students: usize, n_topics: usize, seed: u64) -> Frame {
    let mut stream = Stream::new(seed, 0);
    let (mut score, mut week, mut student, mut topic) = (vec![], vec![], vec![], vec![]);
    let topics: Vec<f64> = (0..n_topics).map(|_| 0.4 * stream.normal()).collect();
    for s in 0..n_students {
        let (level, slope) = (0.5 * stream.normal(), 0.05 * stream.normal());
        for w in 0..6 {
            let t = stream.below(n_topics as u64) as usize;
            let noise = 0.3 * stream.normal();
            score.push(0.2 + level + (0.05 + slope) * f64::from(w) + topics[t] + noise);
            week.push(f64::from(w));
            student.push(format!("s{s}"));
            topic.push(format!("t{t}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("score", score).unwrap();
    frame.push_numeric("week", week).unwrap();
    let texts = |x: &[String]| x.to_vec();
    for (name, values) in [("student", texts(&student)), ("topic", texts(&topic))] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        frame.push_text(name, &values).unwrap();
    }
    frame
}

pub(crate) fn data(formula: &str, frame: &Frame) -> Data {
    Data::new(&Formula::parse(formula).unwrap(), frame, None).unwrap()
}

const FORMULAS: [&str; 6] = [
    "score ~ week + (week | student)",
    "score ~ week + (week || student)",
    "score ~ week + (week | student) + (1 | topic)",
    "score ~ week + (1 | student) + (week | topic)",
    "score ~ week + (1 | student) + (1 | topic)",
    "score ~ 1 + (1 | student/topic)",
];

/// Differences of fourth order.
fn difference(mut f: impl FnMut(f64) -> f64, h: f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

#[test]
fn gradients_are_those_of_differences() {
    let mut stream = Stream::new(5, 1);
    let mut worst = 0.0_f64;
    // 130 topics take several tiles.
    for (n_topics, per_formula) in [(5, 15), (130, 2)] {
        let frame = school(45, n_topics, 3);
        for formula in FORMULAS {
            let data = data(formula, &frame);
            for at in 0..2 * per_formula {
                let problem = Problem::new(&data, at % 2 == 0, &Allowance::default()).unwrap();
                let mut theta: Vec<f64> =
                    problem.start().iter().map(|s| (s + 0.2) * stream.normal().abs()).collect();
                // The boundary: a variance of zero, or nearly.
                if at % 5 == 3 {
                    theta[at % 2] = 0.0;
                }
                if at % 5 == 4 {
                    let last = theta.len() - 1;
                    theta[last] = if at == 4 { 0.0 } else { 1e-5 };
                }
                let mut objective = &problem;
                let (_, mut point) = objective.value(&theta).unwrap();
                let (gradient, _) = objective.derivatives(&theta, &mut point);
                let norm = gradient.iter().fold(1.0_f64, |m, g| m.max(g.abs()));
                for i in 0..theta.len() {
                    let moved = |h: f64| {
                        let mut x = theta.clone();
                        x[i] += h;
                        let mut objective = &problem;
                        objective.value(&x).unwrap().0
                    };
                    let expected = difference(moved, 1e-3 * (0.2 + theta[i].abs()));
                    let error = (gradient[i] - expected).abs() / norm;
                    worst = worst.max(error);
                    assert!(
                        error < 1e-6,
                        "{formula}, {n_topics} topics, θ {theta:?}: {} {expected}",
                        gradient[i]
                    );
                }
            }
        }
    }
    println!("worst relative error {worst:e}");
}

#[test]
fn few_iterations_suffice() {
    let frame = school(120, 8, 7);
    for formula in FORMULAS {
        let fit = fit(&data(formula, &frame), &Spec::default(), &mut Silent).unwrap();
        println!("{formula}: {} {:?} {:?}", fit.verdict.iterations, fit.theta, fit.verdict.status);
        assert!(fit.verdict.iterations <= 15, "{formula}: {}", fit.verdict.iterations);
        assert!(fit.verdict.max_gradient.unwrap() < 1e-2, "{formula}");
    }
}

#[test]
fn without_group_differences_the_fit_is_singular_and_says_where() {
    let mut frame = Frame::new();
    let mut stream = Stream::new(1, 1);
    let noise: Vec<f64> = (0..200).map(|_| stream.normal()).collect();
    // Group means are all the same.
    let y: Vec<f64> =
        (0..400).map(|i| if i % 2 == 0 { noise[i / 2] } else { -noise[i / 2] }).collect();
    let groups: Vec<String> = (0..400).map(|i| format!("g{}", i / 10)).collect();
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    frame.push_numeric("y", y).unwrap();
    frame.push_text("g", &groups).unwrap();
    let fit = fit(&data("y ~ 1 + (1 | g)", &frame), &Spec::default(), &mut Silent).unwrap();
    assert_eq!(fit.theta, [0.0]);
    let crate::Status::Singular { direction } = &fit.verdict.status else {
        panic!("{:?}", fit.verdict)
    };
    assert_eq!(direction[0].parameter, "g.(Intercept)");
}

#[test]
fn columns_that_others_make_up_are_named() {
    let mut frame = school(20, 4, 9);
    let seedtest_formula::Column::Numeric(week) = frame.column("week").unwrap().clone() else {
        panic!()
    };
    frame.push_numeric("days", week.iter().map(|w| 7.0 * w).collect()).unwrap();
    let fit =
        fit(&data("score ~ week + days + (1 | student)", &frame), &Spec::default(), &mut Silent)
            .unwrap();
    assert_eq!(fit.fixed[2].name, "days");
    assert!(fit.fixed[2].estimate.is_none() && fit.fixed[1].estimate.is_some());
}

/// Values of a numeric column.
fn numbers(frame: &Frame, name: &str) -> Vec<f64> {
    match frame.column(name).unwrap() {
        seedtest_formula::Column::Numeric(values) => values.clone(),
        seedtest_formula::Column::Categorical(_) => panic!("{name} is not numeric"),
    }
}

#[test]
fn standard_errors_of_predictions_are_those_of_hendersons_equations() {
    let frame = school(15, 4, 11);
    let data = data("score ~ week + (week | student) + (1 | topic)", &frame);
    let fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
    // [XᵀX XᵀZ; ZᵀX ZᵀZ + G⁻¹σ²]⁻¹ σ² as a whole.
    let (students, topics) = (&data.groups[0], &data.groups[1]);
    let (s, t) = (students.levels.len(), topics.levels.len());
    let size = 2 + 2 * s + t;
    let row = |i: usize| {
        let mut row = vec![0.0; size];
        row[0] = 1.0;
        row[1] = data.fixed.column(1)[i];
        let first = 2 + 2 * students.codes[i] as usize;
        row[first..first + 2].copy_from_slice(&students.values[2 * i..][..2]);
        row[2 + 2 * s + topics.codes[i] as usize] = 1.0;
        row
    };
    let mut equations = vec![0.0; size * size];
    for i in 0..data.n() {
        let row = row(i);
        for a in 0..size {
            for b in 0..size {
                equations[a * size + b] += row[a] * row[b];
            }
        }
    }
    let variance = fit.sigma() * fit.sigma();
    let relative = |v: &[f64]| v.iter().map(|v| v / variance).collect::<Vec<f64>>();
    let prior = crate::system::small::inverse(&relative(&fit.random[0].covariance), 2).unwrap();
    for level in 0..s {
        for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            equations[(2 + 2 * level + a) * size + 2 + 2 * level + b] += prior[2 * a + b];
        }
    }
    for level in 0..t {
        equations[(2 + 2 * s + level) * (size + 1)] += variance / fit.random[1].covariance[0];
    }
    let inverse = seedtest_numerics::Cholesky::new(equations, size).inverse();
    let predictions = fit.predict(&frame, true).unwrap();
    for (i, prediction) in predictions.iter().enumerate() {
        assert!((prediction.value.unwrap() - fit.fitted[i]).abs() < 1e-12);
        let row = row(i);
        let quadratic: f64 =
            (0..size * size).map(|at| row[at / size] * inverse[at] * row[at % size]).sum::<f64>();
        let expected = (quadratic * variance).sqrt();
        assert!((prediction.se.unwrap() - expected).abs() < 1e-10 * expected, "row {i}");
    }
    let average = fit.predict(&frame, false).unwrap();
    let (b, covariance) = (fit.coefficients(), &fit.covariance);
    for (prediction, week) in average.iter().zip(numbers(&frame, "week")) {
        assert!((prediction.value.unwrap() - b[0] - b[1] * week).abs() < 1e-12);
        let expected =
            (covariance[0] + 2.0 * week * covariance[1] + week * week * covariance[3]).sqrt();
        assert!((prediction.se.unwrap() - expected).abs() < 1e-10);
    }
}

#[test]
fn new_levels_are_predicted_with_the_whole_variance() {
    let frame = school(15, 4, 11);
    let fit =
        fit(&data("score ~ week + (1 | student)", &frame), &Spec::default(), &mut Silent).unwrap();
    let mut new = Frame::new();
    new.push_numeric("week", vec![2.0, 2.0]).unwrap();
    new.push_text("student", &["nobody", "s3"]).unwrap();
    let with = fit.predict(&new, true).unwrap();
    let without = fit.predict(&new, false).unwrap();
    assert_eq!(with[0].value, without[0].value);
    let expected = seedtest_numerics::hypot(without[0].se.unwrap(), fit.random[0].sd(0));
    assert!((with[0].se.unwrap() - expected).abs() < 1e-12);
    assert!(with[1].se.unwrap() < expected);
}

#[test]
fn order_of_rows_and_names_of_levels_change_nothing() {
    let frame = school(40, 6, 2);
    let formula = "score ~ week + (week | student) + (1 | topic)";
    let first = fit(&data(formula, &frame), &Spec::default(), &mut Silent).unwrap();
    let n = frame.n_rows();
    let mut order: Vec<usize> = (0..n).collect();
    Stream::new(3, 3).shuffle(&mut order);
    let mut other = Frame::new();
    for name in ["score", "week"] {
        let values = numbers(&frame, name);
        let factor = if name == "score" { 1000.0 } else { 1.0 };
        other.push_numeric(name, order.iter().map(|&i| factor * values[i]).collect()).unwrap();
    }
    for name in ["student", "topic"] {
        let seedtest_formula::Column::Categorical(factor) = frame.column(name).unwrap() else {
            panic!()
        };
        // Reversed names sort differently.
        let renamed = |i: &usize| factor.level(*i).unwrap().chars().rev().collect::<String>();
        let values: Vec<String> = order.iter().map(renamed).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        other.push_text(name, &values).unwrap();
    }
    let second = fit(&data(formula, &other), &Spec::default(), &mut Silent).unwrap();
    for (a, b) in first.theta.iter().zip(&second.theta) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    for (a, b) in first.coefficients().iter().zip(second.coefficients()) {
        assert!((1000.0 * a - b).abs() < 1e-6 * b.abs(), "{a} {b}");
    }
    let student = |fit: &super::Fit, name: &str| {
        let random = &fit.random[0];
        let at = random.levels.iter().position(|level| level == name).unwrap();
        random.mode(at, 1)
    };
    assert!((1000.0 * student(&first, "s17") - student(&second, "71s")).abs() < 1e-4);
}

#[test]
fn coefficients_of_levels_are_predictions_of_their_differences() {
    // A slope of a student: what the prediction rises by in a week of a topic that nobody knows. Its error is
    // that of a model whose week is centred far away, where intercept and slope are told apart by nothing else.
    let frame = school(20, 4, 9);
    let data = data("score ~ week + (week | student) + (1 | topic)", &frame);
    let fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
    let found = fit.by_level();
    let groups: Vec<&str> = found.iter().map(|of| of.group.as_str()).collect();
    assert_eq!(groups, ["student", "topic"]);
    let student = &found[0];
    assert_eq!(student.effects, ["(Intercept)", "week"]);
    let at = |week: f64, level: &str| {
        let mut new = Frame::new();
        new.push_numeric("week", vec![week]).unwrap();
        new.push_text("student", &[level]).unwrap();
        new.push_text("topic", &["nobody knows it"]).unwrap();
        fit.predict(&new, true).unwrap()[0]
    };
    let topic = fit.random[1].sd(0);
    for (level, name) in student.levels.iter().enumerate().take(5) {
        let (here, there) = (at(0.0, name), at(1.0, name));
        let value = |effect: usize| student.values[level * 2 + effect];
        assert!((here.value.unwrap() - value(0)).abs() < 1e-9);
        assert!((there.value.unwrap() - here.value.unwrap() - value(1)).abs() < 1e-9);
        // The intercept's error is that of week 0 without the new topic's variance.
        let own = (here.se.unwrap() * here.se.unwrap() - topic * topic).sqrt();
        assert!((student.se[level * 2].unwrap() - own).abs() < 1e-9, "{own} {:?}", student.se);
        // Far away the slope's error is all there is.
        let far = at(1e7, name).se.unwrap() / 1e7;
        assert!((student.se[level * 2 + 1].unwrap() / far - 1.0).abs() < 1e-5, "{far}");
    }
}

/// Thirty students over eight weeks around the middle one, whose slopes vary a little and whose levels hardly do.
fn level_students(seed: u64) -> Frame {
    let mut stream = Stream::new(seed, 7);
    let (mut y, mut week, mut student) = (vec![], vec![], vec![]);
    for s in 0..30 {
        let own = stream.normal();
        for w in 0..8 {
            let w = f64::from(w) - 3.5;
            y.push(0.1 * own * w + stream.normal());
            week.push(w);
            student.push(format!("s{s}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("y", y).unwrap();
    frame.push_numeric("week", week).unwrap();
    let student: Vec<&str> = student.iter().map(String::as_str).collect();
    frame.push_text("student", &student).unwrap();
    frame
}

/// With next to no variance of the first effect its column of T says nothing of the correlation: in the order of
/// the data some of these searches took 140 steps and stopped short of the boundary.
#[test]
fn a_first_effect_without_variance_is_no_harder_than_a_last_one() {
    for seed in 0..40 {
        let frame = level_students(seed);
        let fitted = |formula: &str| {
            let data = data(formula, &frame);
            fit(&data, &Spec::default(), &mut Silent).unwrap()
        };
        let level_first = fitted("y ~ week + (week | student)");
        assert!(level_first.verdict.iterations <= 25, "{seed}: {:?}", level_first.verdict);
        let diagonal = [level_first.theta[0], level_first.theta[2]];
        assert!(diagonal.iter().all(|t| *t == 0.0 || *t > 1e-4), "{seed}: {diagonal:?}");
        // The same model with the slope first: the second effect is the level, made of a column of ones.
        let mut other = frame.clone();
        other.push_numeric("one", vec![1.0; frame.n_rows()]).unwrap();
        let data = data("y ~ week + (0 + week + one | student)", &other);
        let slope_first = fit(&data, &Spec::default(), &mut Silent).unwrap();
        let apart = level_first.metrics.loglik - slope_first.metrics.loglik;
        assert!(apart.abs() < 1e-8, "{seed}: {apart:e}");
        for (a, b) in [(0, 3), (3, 0)] {
            let (of, other) =
                (&level_first.random[0].covariance, &slope_first.random[0].covariance);
            assert!((of[a] - other[b]).abs() < 1e-5, "{seed}: {of:?} {other:?}");
        }
    }
}
