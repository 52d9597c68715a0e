//! The deviance's gradient against differences, and what fits say.

use seedtest_formula::{Formula, Frame};
use seedtest_numerics::{Silent, Stream, logistic};

use super::problem::Problem;
use super::{Family, Link, Scale, Spec, fit};
use crate::allowance::Allowance;
use crate::newton::Criterion;
use crate::{Data, Status, Stored, item_difficulties, recommended_items, student_abilities};

/// Answers of students to items, with counts of tries.
fn answers(n_students: usize, n_items: usize, per_student: usize) -> Frame {
    let mut stream = Stream::new(8, 0);
    let items: Vec<f64> = (0..n_items).map(|_| 0.8 * stream.normal()).collect();
    let (mut correct, mut tries, mut x) = (vec![], vec![], vec![]);
    let (mut student, mut item) = (vec![], vec![]);
    for s in 0..n_students {
        let ability = stream.normal();
        for _ in 0..per_student {
            let i = stream.below(n_items as u64) as usize;
            let week = stream.normal();
            let eta = 0.3 + ability + items[i] + 0.4 * week;
            correct.push(f64::from(u8::from(stream.bernoulli(logistic(eta)))));
            tries.push(stream.poisson(seedtest_numerics::exp(0.5 * eta)) as f64);
            x.push(week);
            student.push(format!("s{s}"));
            item.push(format!("i{i}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("correct", correct).unwrap();
    frame.push_numeric("tries", tries).unwrap();
    frame.push_numeric("x", x).unwrap();
    for (name, values) in [("student", student), ("item", item)] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        frame.push_text(name, &values).unwrap();
    }
    frame
}

fn data(formula: &str, frame: &Frame) -> Data {
    Data::new(&Formula::parse(formula).unwrap(), frame, None).unwrap()
}

fn difference(mut f: impl FnMut(f64) -> f64, h: f64) -> f64 {
    (8.0 * (f(h) - f(-h)) - (f(2.0 * h) - f(-2.0 * h))) / (12.0 * h)
}

#[test]
fn gradients_are_those_of_differences() {
    let frame = answers(30, 7, 9);
    let mut stream = Stream::new(2, 2);
    let cases = [
        ("correct ~ x + (1 | student)", Family::Binomial, Link::Logit, 1),
        ("correct ~ x + (x | student) + (1 | item)", Family::Binomial, Link::Logit, 1),
        ("correct ~ x + (1 | student) + (x | item)", Family::Binomial, Link::Probit, 1),
        ("correct ~ x + (1 | student) + (1 | item)", Family::Binomial, Link::Cloglog, 1),
        ("tries ~ x + (1 | student) + (1 | item)", Family::Poisson, Link::Log, 1),
        ("tries ~ x + (x || student)", Family::NegativeBinomial, Link::Log, 1),
        ("correct ~ x + (1 | student)", Family::Binomial, Link::Logit, 7),
        ("correct ~ x + (0 + x | student)", Family::Binomial, Link::Probit, 5),
        ("tries ~ x + (1 | student)", Family::NegativeBinomial, Link::Log, 9),
    ];
    for (formula, family, link, quadrature) in cases {
        let data = data(formula, &frame);
        let spec = Spec { family, link: Some(link), quadrature, ..Spec::default() };
        let mut problem = Problem::new(&data, &spec, &Allowance::default()).unwrap();
        for at in 0..4 {
            let mut x: Vec<f64> =
                problem.start().iter().map(|s| s + 0.3 * stream.normal()).collect();
            if at == 3 {
                x[0] = 0.0;
            }
            let (_, mut point) = problem.value(&x).unwrap();
            let (gradient, _) = problem.derivatives(&x, &mut point);
            let norm = gradient.iter().fold(1.0_f64, |m, g| m.max(g.abs()));
            for i in 0..x.len() {
                let expected = difference(
                    |h| {
                        let mut x = x.clone();
                        x[i] += h;
                        problem.value(&x).unwrap().0
                    },
                    2e-3,
                );
                let error = (gradient[i] - expected).abs() / norm;
                assert!(
                    error < 1e-6,
                    "{formula} {family:?} {link:?} {quadrature}, {i} of {x:?}: {} {expected}",
                    gradient[i]
                );
            }
        }
    }
}

#[test]
fn few_iterations_suffice() {
    let frame = answers(120, 12, 8);
    for (formula, family) in [
        ("correct ~ x + (1 | student) + (1 | item)", Family::Binomial),
        ("correct ~ x + (x | student)", Family::Binomial),
        ("tries ~ x + (1 | student) + (1 | item)", Family::Poisson),
        ("tries ~ x + (1 | student)", Family::NegativeBinomial),
    ] {
        let spec = Spec { family, ..Spec::default() };
        let fit = fit(&data(formula, &frame), &spec, &mut Silent).unwrap();
        println!(
            "{formula}: {} {:?} {:?} {:?}",
            fit.verdict.iterations, fit.theta, fit.verdict.max_gradient, fit.verdict.status
        );
        assert!(fit.verdict.iterations <= 30, "{formula}: {}", fit.verdict.iterations);
        assert!(fit.verdict.max_gradient.unwrap() < 1e-2, "{formula}");
    }
}

#[test]
fn separation_is_named() {
    let mut frame = answers(40, 5, 6);
    let seedtest_formula::Column::Numeric(correct) = frame.column("correct").unwrap().clone()
    else {
        panic!()
    };
    // Whoever has the mark is always right.
    let marked: Vec<f64> =
        correct.iter().enumerate().map(|(i, y)| if i % 3 == 0 { *y } else { 0.0 }).collect();
    frame.push_numeric("marked", marked).unwrap();
    let data = data("correct ~ x + marked + (1 | student)", &frame);
    let fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
    let Status::Unidentified { parameters } = &fit.verdict.status else {
        panic!("{:?}", fit.verdict)
    };
    assert_eq!(parameters, &["marked"]);
}

/// One failure among the marked rows: of the simulated responses about one in three has none, and then there is no
/// estimate of the mark.
#[test]
fn replicates_without_a_finite_estimate_count_as_infinite() {
    let mut frame = answers(40, 5, 6);
    let n = frame.n_rows();
    let marked: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i % 6 == 0))).collect();
    let seedtest_formula::Column::Numeric(correct) = frame.column("correct").unwrap().clone()
    else {
        panic!()
    };
    let first = marked.iter().position(|&mark| mark > 0.0).unwrap();
    let y = correct
        .iter()
        .zip(&marked)
        .enumerate()
        .map(|(at, (&y, &mark))| if mark > 0.0 { f64::from(u8::from(at != first)) } else { y });
    let y: Vec<f64> = y.collect();
    frame.push_numeric("y", y).unwrap();
    frame.push_numeric("marked", marked).unwrap();
    let data = data("y ~ marked + (1 | student)", &frame);
    let fit = fit(&data, &Spec::default(), &mut Silent).unwrap();
    assert_eq!(fit.verdict.status, Status::Converged);
    assert_eq!(fit.undetermined, None);
    let bootstrap = fit.bootstrap(&data, 60, 3).unwrap();
    assert_eq!(bootstrap.infinite(0), 0);
    assert!((8..40).contains(&bootstrap.infinite(1)), "{}", bootstrap.infinite(1));
    let ends = bootstrap.interval(1, 0.95).unwrap();
    assert!(ends.low.is_finite() && ends.high == f64::INFINITY, "{ends:?}");
    assert!(bootstrap.sd(1).is_none() && bootstrap.sd(0).is_some());
}

/// Thirty levels of eight rows, x from −3.5 to 3.5; `right` says of level, its own number, its coin and x which
/// rows succeed.
fn thirty_levels(right: impl Fn(usize, f64, bool, f64) -> bool) -> Frame {
    let mut stream = Stream::new(0, 7);
    let (mut y, mut x, mut g) = (vec![], vec![], vec![]);
    for s in 0..30 {
        let (own, coin) = (stream.normal(), stream.bernoulli(0.5));
        for w in 0..8 {
            let at = f64::from(w) - 3.5;
            y.push(f64::from(u8::from(right(s, own, coin, at))));
            x.push(at);
            g.push(format!("s{s}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("y", y).unwrap();
    frame.push_numeric("x", x).unwrap();
    let g: Vec<&str> = g.iter().map(String::as_str).collect();
    frame.push_text("g", &g).unwrap();
    frame
}

#[test]
fn a_factor_whose_levels_are_right_or_wrong_altogether_is_named() {
    let formula = "y ~ x + (1 | g)";
    let fitted = |frame: &Frame| fit(&data(formula, frame), &Spec::default(), &mut Silent).unwrap();
    let all = fitted(&thirty_levels(|_, _, coin, _| coin));
    let Status::Unidentified { parameters } = &all.verdict.status else {
        panic!("{:?}", all.verdict)
    };
    assert_eq!(parameters, &["g.(Intercept)"]);
    let said = all.verdict.next_action.unwrap();
    assert!(said.contains("s0, s1, s10, …") && said.contains("(1 | g)"), "{said}");
    // One level has both: there is an estimate, and nearly all of it comes from the approximation.
    let frame = thirty_levels(|s, _, coin, x| if s == 0 { x > 0.0 } else { coin });
    let nearly = fitted(&frame);
    assert_eq!(nearly.verdict.status, Status::Converged);
    let runaway = nearly.runaway_variances(&data(formula, &frame));
    assert_eq!((runaway.len(), runaway[0].of_one_kind, runaway[0].levels), (1, 29, 30));
    assert_eq!(runaway[0].examples, ["s1", "s10", "s11"]);
    // Levels that differ as learners do are nothing to speak of.
    let plain = answers(60, 8, 20);
    let fit = fit(&data("correct ~ x + (1 | student)", &plain), &Spec::default(), &mut Silent);
    let fit = fit.unwrap();
    assert_eq!(fit.verdict.status, Status::Converged);
    assert!(fit.runaway_variances(&data("correct ~ x + (1 | student)", &plain)).is_empty());
}

#[test]
fn terms_that_separate_together_are_named() {
    let frame = thirty_levels(|_, own, _, x| x + own > 0.0);
    let fit = fit(&data("y ~ x + (1 | g)", &frame), &Spec::default(), &mut Silent).unwrap();
    let Status::Unidentified { parameters } = &fit.verdict.status else {
        panic!("{:?}", fit.verdict)
    };
    assert_eq!(parameters, &["x", "g.(Intercept)"]);
}

#[test]
fn a_level_without_counts_is_named() {
    let mut frame = answers(40, 5, 6);
    let seedtest_formula::Column::Numeric(tries) = frame.column("tries").unwrap().clone() else {
        panic!()
    };
    let kinds: Vec<&str> = (0..tries.len()).map(|i| ["a", "b", "c"][i % 3]).collect();
    let counts = tries.iter().enumerate().map(|(i, n)| if i % 3 == 1 { 0.0 } else { *n });
    frame.push_numeric("counts", counts.collect()).unwrap();
    frame.push_text("kind", &kinds).unwrap();
    for family in [Family::Poisson, Family::NegativeBinomial] {
        let spec = Spec { family, ..Spec::default() };
        let fit = fit(&data("counts ~ kind + (1 | student)", &frame), &spec, &mut Silent).unwrap();
        let Status::Unidentified { parameters } = &fit.verdict.status else {
            panic!("{:?} {:?}", fit.verdict, fit.fixed)
        };
        assert_eq!(parameters, &["kindb"], "{family:?}");
    }
}

/// Successes of so many trials in each of eight classes of every level, as proportions.
fn levels(successes: &[(&str, f64)], trials: f64) -> Frame {
    let (mut share, mut weight, mut level, mut class) = (vec![], vec![], vec![], vec![]);
    for &(name, mean) in successes {
        for c in 0..8 {
            // Classes differ, but not from level to level.
            let successes = mean + f64::from(c % 2) * (mean / 10.0).ceil();
            share.push(successes.min(trials) / trials);
            weight.push(trials);
            level.push(name);
            class.push(format!("c{c}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("share", share).unwrap();
    frame.push_numeric("trials", weight).unwrap();
    frame.push_text("level", &level).unwrap();
    frame.push_text("class", &class.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    frame
}

fn fit_levels(formula: &str, successes: &[(&str, f64)], trials: f64) -> super::Fit {
    let frame = levels(successes, trials);
    let data = Data::new(&Formula::parse(formula).unwrap(), &frame, Some("trials")).unwrap();
    fit(&data, &Spec::default(), &mut Silent).unwrap()
}

#[test]
fn separation_in_the_reference_level_is_named() {
    let successes = [("a", 0.0), ("b", 8.0), ("c", 12.0)];
    let fit = fit_levels("share ~ level + (1 | class)", &successes, 20.0);
    let Status::Unidentified { parameters } = &fit.verdict.status else {
        panic!("{:?} {:?}", fit.verdict, fit.fixed)
    };
    assert_eq!(parameters, &["(Intercept)", "levelb", "levelc"]);
}

#[test]
fn a_response_without_successes_is_refused() {
    for successes in [0.0, 20.0] {
        let frame = levels(&[("a", successes), ("b", successes)], 20.0);
        let formula = Formula::parse("share ~ 1 + (1 | class)").unwrap();
        let data = Data::new(&formula, &frame, Some("trials")).unwrap();
        let refused = fit(&data, &Spec::default(), &mut Silent);
        assert!(matches!(refused, Err(crate::Error::ConstantResponse { .. })), "{refused:?}");
    }
}

#[test]
fn rare_events_are_not_separation() {
    let rare = fit_levels("share ~ 1 + (1 | class)", &[("a", 10.0), ("b", 10.0)], 1e7);
    let beside_half = fit_levels("share ~ level + (1 | class)", &[("a", 2.0), ("b", 5e6)], 1e7);
    for fit in [rare, beside_half] {
        let unidentified = matches!(fit.verdict.status, Status::Unidentified { .. });
        assert!(!unidentified, "{:?} {:?}", fit.verdict, fit.fixed);
        assert!(fit.fixed[0].estimate.is_some_and(|e| e.se < 1.0), "{:?}", fit.fixed);
    }
}

#[test]
fn impossible_responses_and_links_are_refused() {
    let frame = answers(10, 5, 6);
    let binomial = fit(&data("tries ~ x + (1 | student)", &frame), &Spec::default(), &mut Silent);
    assert!(matches!(binomial, Err(crate::Error::OutOfRange { .. })), "{binomial:?}");
    let spec = Spec { family: Family::Poisson, link: Some(Link::Logit), ..Spec::default() };
    let link = fit(&data("tries ~ x + (1 | student)", &frame), &spec, &mut Silent);
    assert!(matches!(link, Err(crate::Error::Link { .. })));
    let spec = Spec { quadrature: 5, ..Spec::default() };
    let crossed = data("correct ~ x + (1 | student) + (1 | item)", &frame);
    let points = fit(&crossed, &spec, &mut Silent);
    assert!(matches!(points, Err(crate::Error::Quadrature { points: 5 })));
}

#[test]
fn saturated_models_are_refused() {
    let frame = answers(3, 3, 2);
    let rows: Vec<String> = (0..frame.n_rows()).map(|row| format!("r{row}")).collect();
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let mut saturated = frame.clone();
    saturated.push_text("row", &rows).unwrap();
    let fitted =
        fit(&data("correct ~ row + (1 | student)", &saturated), &Spec::default(), &mut Silent);
    assert!(
        matches!(fitted, Err(crate::Error::TooFewRows { rows: 6, coefficients: 6 })),
        "{fitted:?}"
    );
}

#[test]
fn predictions_of_the_fitted_rows_are_the_fitted_means() {
    let frame = answers(25, 5, 6);
    let fit = fit(
        &data("correct ~ x + (1 | student) + (1 | item)", &frame),
        &Spec::default(),
        &mut Silent,
    )
    .unwrap();
    let predictions = fit.predict(&frame, true, Scale::Response).unwrap();
    for (prediction, fitted) in predictions.iter().zip(&fit.fitted) {
        assert!((prediction.value.unwrap() - fitted).abs() < 1e-12);
        assert!(prediction.se.is_some_and(|se| se > 0.0 && se < 0.5));
    }
}

#[test]
fn stored_models_predict_as_the_fit_does() {
    let frame = answers(25, 5, 6);
    let fit = fit(
        &data("correct ~ x + (1 | student) + (1 | item)", &frame),
        &Spec::default(),
        &mut Silent,
    )
    .unwrap();
    let text = serde_json::to_string(&Stored::from(&fit)).unwrap();
    let stored: Stored = serde_json::from_str(&text).unwrap();
    for scale in [Scale::Link, Scale::Response] {
        let ours = stored.predict(&frame, true, scale).unwrap();
        let expected = fit.predict(&frame, true, scale).unwrap();
        for (a, b) in ours.iter().zip(&expected) {
            assert!((a.value.unwrap() - b.value.unwrap()).abs() < 1e-14);
            assert_eq!(a.se, None);
        }
        let ours = stored.predict(&frame, false, scale).unwrap();
        let expected = fit.predict(&frame, false, scale).unwrap();
        for (a, b) in ours.iter().zip(&expected) {
            assert!((a.se.unwrap() - b.se.unwrap()).abs() < 1e-10);
        }
    }
    let mut broken = stored.clone();
    broken.random[0].modes.pop();
    assert!(matches!(broken.predict(&frame, true, Scale::Link), Err(crate::Error::Stored { .. })));
}

#[test]
fn edited_models_are_refused_by_every_function() {
    let frame = answers(25, 5, 6);
    let formula = "correct ~ x + (x | student) + (1 | item)";
    let stored = Stored::from(&fit(&data(formula, &frame), &Spec::default(), &mut Silent).unwrap());
    let refused = |edit: &dyn Fn(&mut Stored)| {
        let mut edited = stored.clone();
        edit(&mut edited);
        let predicted = edited.predict(&frame, true, Scale::Link);
        assert!(matches!(predicted, Err(crate::Error::Stored { .. })), "{predicted:?}");
        edited
    };
    // Seen without rows to code.
    let edits: [&dyn Fn(&mut Stored); 6] = [
        &|s| s.random[0].conditional.truncate(3),
        &|s| s.random[0].correlated.truncate(3),
        &|s| s.random[1].modes.truncate(3),
        &|s| s.random.truncate(1),
        &|s| s.random.swap(0, 1),
        &|s| s.covariance.truncate(3),
    ];
    for edit in edits {
        let edited = refused(edit);
        for result in [
            student_abilities(&edited, "student").map(drop),
            item_difficulties(&edited, "item").map(drop),
            recommended_items(&edited, "item", 0.0, &["i1"], 0.7, 1).map(drop),
        ] {
            assert!(matches!(result, Err(crate::Error::Stored { .. })), "{result:?}");
        }
    }
    // Consistent in itself, but not with the encoder.
    refused(&|s| {
        s.fixed.push(crate::FixedEffect { name: "more".to_owned(), estimate: None });
    });
    refused(&|s| s.fixed[1].name = "y".to_owned());
    refused(&|s| {
        let own = &mut s.random[0];
        own.effects.pop();
        own.covariance.truncate(1);
        own.correlated.truncate(1);
        own.modes.truncate(own.levels.len());
        own.conditional.truncate(own.levels.len());
    });
}

#[test]
fn items_are_recommended_by_their_probability() {
    let frame = answers(60, 8, 20);
    let formula = "correct ~ 1 + (1 | student) + (1 | item)";
    let fit = fit(&data(formula, &frame), &Spec::default(), &mut Silent).unwrap();
    let stored = Stored::from(&fit);
    let students = student_abilities(&stored, "student").unwrap();
    let items = item_difficulties(&stored, "item").unwrap();
    let (name, ability, se) = &students.abilities[3];
    assert!(*se > 0.0 && items.sd.unwrap() > 0.0);
    // Ability minus difficulty is the linear predictor.
    let mut one = Frame::new();
    one.push_text("student", &[name]).unwrap();
    one.push_text("item", &[&items.difficulties[2].0]).unwrap();
    let predicted = stored.predict(&one, true, Scale::Link).unwrap()[0].value.unwrap();
    assert!((predicted - (ability - items.difficulties[2].1)).abs() < 1e-12);
    let pool: Vec<&str> = items.difficulties.iter().map(|(item, _, _)| item.as_str()).collect();
    let chosen = recommended_items(&stored, "item", *ability, &pool, 0.7, 3).unwrap();
    assert_eq!(chosen.len(), 3);
    let distance = |p: f64| (p - 0.7).abs();
    assert!(distance(chosen[0].probability) <= distance(chosen[2].probability));
    assert!(student_abilities(&stored, "school").is_err());
    assert!(recommended_items(&stored, "item", 0.0, &pool, 1.0, 3).is_err());
}

/// A search in the order of the data crept along for 200 steps and gave up, 1e-4 below.
#[test]
fn a_first_effect_without_variance_is_no_harder_than_a_last_one() {
    let mut stream = Stream::new(22, 7);
    let (mut y, mut x, mut g) = (vec![], vec![], vec![]);
    for s in 0..30 {
        let own = stream.normal();
        stream.bernoulli(0.5);
        for w in 0..8 {
            y.push(f64::from(u8::from(stream.bernoulli(logistic(0.15 * own)))));
            x.push(f64::from(w) - 3.5);
            g.push(format!("s{s}"));
        }
    }
    let mut frame = Frame::new();
    frame.push_numeric("one", vec![1.0; y.len()]).unwrap();
    frame.push_numeric("y", y).unwrap();
    frame.push_numeric("x", x).unwrap();
    let g: Vec<&str> = g.iter().map(String::as_str).collect();
    frame.push_text("g", &g).unwrap();
    let fitted =
        |formula: &str| fit(&data(formula, &frame), &Spec::default(), &mut Silent).unwrap();
    let first = fitted("y ~ x + (x | g)");
    let last = fitted("y ~ x + (0 + x + one | g)");
    assert!(first.verdict.iterations <= 25, "{:?}", first.verdict);
    assert!(matches!(first.verdict.status, Status::Singular { .. }), "{:?}", first.verdict);
    assert_eq!(first.theta[2], 0.0);
    let apart = first.metrics.loglik - last.metrics.loglik;
    assert!(apart.abs() < 1e-8, "{apart:e}");
    assert!(first.metrics.loglik > -164.990_96, "{}", first.metrics.loglik);
    for (a, b) in first.fixed.iter().zip(&last.fixed) {
        let (a, b) = (a.estimate.unwrap(), b.estimate.unwrap());
        assert!((a.se / b.se - 1.0).abs() < 1e-5, "{a:?} {b:?}");
    }
}
