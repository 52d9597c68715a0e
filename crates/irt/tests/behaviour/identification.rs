//! What the answers do not determine is named, whatever else is asked for.

use seedtest_irt::{
    FixedGuessing, Model, NoErrors, Priors, Responses, Silent, Spec, StandardErrors, Status,
    Warning, fit,
};
use seedtest_numerics::Stream;

use crate::simulation::{Simulated, abilities, items};

fn names(found: &seedtest_irt::Fit) -> Vec<String> {
    match &found.verdict.status {
        Status::Unidentified { parameters } => parameters.clone(),
        _ => Vec::new(),
    }
}

/// 400 students answer ten items, 200 others only an eleventh: two parameters, one proportion.
fn with_isolated_item() -> Simulated {
    let mut data = Simulated::new(301, abilities(302, 400, 0.0, 1.0), items(303, 10), 10);
    let mut stream = Stream::new(304, 0);
    for student in 400..600 {
        data.student.push(student);
        data.item.push(10);
        data.correct.push(u8::from(stream.bernoulli(0.6)));
    }
    data.theta.extend(vec![0.0; 200]);
    data.items.push((1.0, 0.0, 0.0));
    data
}

#[test]
fn an_item_on_its_own_is_named_and_has_no_error() {
    let data = with_isolated_item();
    for standard_errors in [StandardErrors::Observed, StandardErrors::None] {
        let spec = Spec { standard_errors, ..Spec::default() };
        let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
        assert_eq!(names(&found), ["a[10]", "b[10]"], "{standard_errors:?} {:?}", found.verdict);
        assert!(found.items[10].se.is_none());
        if standard_errors == StandardErrors::Observed {
            assert_eq!(found.items[10].se_missing, Some(NoErrors::Unidentified));
            assert!(found.items[..10].iter().all(|i| i.se.is_some()));
        }
        assert!(found.warnings.contains(&Warning::IsolatedItems { items: vec![10] }));
        let renamed = found.verdict_by_id(|item| format!("q{item}"));
        assert_eq!(
            renamed.status,
            Status::Unidentified { parameters: vec!["a[q10]".into(), "b[q10]".into()] }
        );
    }
}

#[test]
fn a_prior_determines_what_the_answers_do_not_and_a_warning_says_so() {
    let data = with_isolated_item();
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    assert!(found.warnings.contains(&Warning::IsolatedItems { items: vec![10] }));
    // ln a ~ N(0, 0.5²) and nothing else: its error is that of the prior at the mode e^−0.25.
    let (item, se) = (&found.items[10], found.items[10].se.unwrap());
    assert!(se.a.unwrap() > 0.2 && se.a.unwrap() < 1.0, "{item:?}");
}

#[test]
fn one_item_alone_determines_nothing_under_any_model() {
    for n in [2usize, 200] {
        let student: Vec<u32> = (0..n as u32).collect();
        let correct: Vec<u8> = (0..n).map(|i| u8::from(i % 2 == 0)).collect();
        let item = vec![0; n];
        let data = Responses {
            student: &student,
            item: &item,
            correct: &correct,
            n_students: n,
            n_items: 1,
        };
        for model in [Model::Rasch, Model::OnePl, Model::TwoPl, Model::ThreePl] {
            let found = fit(&data, &Spec::new(model), &mut Silent).unwrap();
            assert!(!found.verdict.converged(), "{n} {model}: {:?}", found.verdict);
            assert!(found.items[0].se.is_none() || model == Model::Rasch, "{n} {model}");
        }
    }
}

#[test]
fn one_student_determines_nothing() {
    let data =
        Responses { student: &[0, 0], item: &[0, 1], correct: &[1, 0], n_students: 1, n_items: 2 };
    let found = fit(&data, &Spec { min_n: 1, ..Spec::default() }, &mut Silent);
    // Items with a single outcome are skipped: nothing is left.
    assert!(found.is_err());
}

#[test]
fn healthy_fits_stay_converged() {
    for (seed, students, n_items) in [(311, 150, 8), (312, 2_000, 40), (313, 500, 4)] {
        let bank = items(seed, n_items);
        let data = Simulated::new(seed, abilities(seed, students, 0.0, 1.0), bank, n_items);
        for model in [Model::Rasch, Model::OnePl, Model::TwoPl] {
            let found = fit(&data.responses(), &Spec::new(model), &mut Silent).unwrap();
            assert!(found.verdict.converged(), "{seed} {model}: {:?}", found.verdict);
        }
    }
}

#[test]
fn a_reversed_key_is_named_under_a_positive_prior() {
    let mut data = Simulated::new(321, abilities(322, 600, 0.0, 1.0), items(323, 15), 15);
    for (item, correct) in data.item.iter().zip(&mut data.correct) {
        if *item == 4 {
            *correct = 1 - *correct;
        }
    }
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(found.items[4].a > 0.0, "the prior keeps a positive");
    let warning = Warning::NegativeItemRest { items: vec![4] };
    assert!(found.warnings.contains(&warning), "{:?}", found.warnings);
    let text = warning.text_by_id(&|item| format!("q{item}"), &|group| group.to_string());
    assert!(text.starts_with("check the key of item q4"));
}

#[test]
fn known_guessing_is_kept_and_the_rest_recovered() {
    let bank: Vec<_> = items(331, 20).into_iter().map(|(a, b, _)| (a, b, 0.25)).collect();
    let data = Simulated::new(332, abilities(333, 4_000, 0.0, 1.0), bank, 20);
    let known = FixedGuessing { common: 0.25, items: vec![(3, 0.0)] };
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl, Model::ThreePl] {
        let spec = Spec { guessing: Some(known.clone()), ..Spec::new(model) };
        let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
        assert!(found.verdict.converged(), "{model}: {:?}", found.verdict);
        for item in &found.items {
            // To the logit and back.
            assert!((item.c - known.of(item.item)).abs() < 1e-15, "{item:?}");
            assert_eq!(item.se.unwrap().c, None);
        }
        let own = if matches!(model, Model::TwoPl | Model::ThreePl) { 40 } else { 21 };
        assert_eq!(found.n_parameters, own, "{model}");
    }
    let spec = Spec { guessing: Some(FixedGuessing::of_all(0.25)), ..Spec::new(Model::ThreePl) };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    let z: Vec<f64> = found
        .items
        .iter()
        .map(|i| (i.b - data.items[i.item as usize].1) / i.se.unwrap().b.unwrap())
        .collect();
    let spread = (z.iter().map(|z| z * z).sum::<f64>() / z.len() as f64).sqrt();
    // Root mean square of 20 standardised errors: 1 ± 0.16, three of which are allowed.
    assert!((spread - 1.0).abs() < 0.5, "{spread}");
    let bad = Spec { guessing: Some(FixedGuessing::of_all(1.0)), ..Spec::default() };
    assert!(fit(&data.responses(), &bad, &mut Silent).is_err());
}
