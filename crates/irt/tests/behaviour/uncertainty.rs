//! Standard errors cover what they should.

use seedtest_irt::{
    Model, NoErrors, ParameterKind, Priors, SeMethod, Silent, Spec, StandardErrors, Start, Status,
    fit,
};

use crate::simulation::{Simulated, abilities, items};

#[test]
fn the_sandwich_agrees_with_the_information_when_the_model_holds() {
    let data = Simulated::new(191, abilities(192, 6_000, 0.0, 1.0), items(193, 12), 12);
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl] {
        let errors = |standard_errors| {
            let spec = Spec { standard_errors, ..Spec::new(model) };
            fit(&data.responses(), &spec, &mut Silent).unwrap()
        };
        if model != Model::TwoPl {
            // The data have unequal slopes: only the 2PL is right.
            let sandwich = errors(StandardErrors::Sandwich);
            assert_eq!(sandwich.se_method, Some(SeMethod::Sandwich));
            assert!(sandwich.items.iter().all(|i| i.se.unwrap().b.unwrap() > 0.0));
            continue;
        }
        let (usual, sandwich) =
            (errors(StandardErrors::Observed), errors(StandardErrors::Sandwich));
        for (x, y) in usual.items.iter().zip(&sandwich.items) {
            let (x, y) = (x.se.unwrap(), y.se.unwrap());
            // The outer products of 6 000 students have a relative error of about √(2/6000) = 2 %.
            assert!((x.a.unwrap() / y.a.unwrap() - 1.0).abs() < 0.1);
            assert!((x.b.unwrap() / y.b.unwrap() - 1.0).abs() < 0.1);
        }
    }
}

#[test]
fn large_banks_get_the_blocks_of_their_items() {
    // 1 400 items × 2 parameters are more than the 2 500 whose full matrix is inverted.
    let data = Simulated::new(201, abilities(202, 1_500, 0.0, 1.0), items(203, 1_400), 60);
    let spec = Spec { priors: Priors::weak(), keep_covariance: true, ..Spec::default() };
    let large = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(large.verdict.converged());
    assert_eq!(large.se_method, Some(SeMethod::ItemBlocks));
    let start = Some(Start::from(&large));
    let again = fit(&data.responses(), &Spec { start, ..spec }, &mut Silent).unwrap();
    assert!(again.verdict.converged() && again.verdict.iterations <= 3);
    let covariance = large.covariance.unwrap();
    let row = |item, kind| covariance.row(Some(item), kind).unwrap();
    let (a, b) = (row(7, ParameterKind::A), row(7, ParameterKind::B));
    let se = large.items[7].se.unwrap();
    assert!((covariance.get(a, a).sqrt() - se.a.unwrap()).abs() < 1e-12);
    assert!((covariance.get(b, b).sqrt() - se.b.unwrap()).abs() < 1e-12);
    assert!(covariance.get(a, b) != 0.0 && covariance.get(a, row(8, ParameterKind::A)) == 0.0);
    // Standardised errors under weak priors: spread a little below 1.
    let z: Vec<f64> = large
        .items
        .iter()
        .map(|i| (i.b - data.items[i.item as usize].1) / i.se.unwrap().b.unwrap())
        .collect();
    let spread = (z.iter().map(|z| z * z).sum::<f64>() / z.len() as f64).sqrt();
    assert!(spread > 0.8 && spread < 1.2, "{spread}");
}

#[test]
fn errors_that_do_not_exist_have_a_reason() {
    let data = Simulated::new(211, abilities(212, 300, 0.0, 1.0), items(213, 8), 8);
    let spec = Spec { standard_errors: StandardErrors::None, ..Spec::default() };
    let none = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert_eq!(none.se_method, None);
    assert!(none.items.iter().all(|i| i.se.is_none()));
    assert!(none.items.iter().all(|i| i.se_missing == Some(NoErrors::NotComputed)));
    let some = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    assert!(some.items.iter().all(|i| i.se.is_some() && i.se_missing.is_none()));
    assert!(some.verdict.condition_number.unwrap() > 1.0);
    assert!(some.covariance.is_none(), "kept only when asked for");
}

#[test]
fn an_unidentified_parameter_is_named() {
    // Two items answered by everybody with independent outcomes: the association of two items
    // cannot carry two slopes.
    let mut student = Vec::new();
    let mut item = Vec::new();
    let mut correct = Vec::new();
    for s in 0..400u32 {
        for i in 0..2 {
            student.push(s);
            item.push(i);
            correct.push(u8::from(if i == 0 { s % 4 < 2 } else { s % 2 == 0 }));
        }
    }
    let data = seedtest_irt::Responses {
        student: &student,
        item: &item,
        correct: &correct,
        n_students: 400,
        n_items: 2,
    };
    let found = fit(&data, &Spec::default(), &mut Silent).unwrap();
    assert!(!found.verdict.converged(), "{:?}", found.verdict);
    let named = match &found.verdict.status {
        Status::Unidentified { parameters } => parameters.iter().any(|p| p.starts_with("a[")),
        _ => false,
    };
    assert!(named, "{:?}", found.verdict);
    assert!(found.verdict.next_action.is_some());
}
