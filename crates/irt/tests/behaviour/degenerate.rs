//! Data at the edge: too few, all right, no spread.

use seedtest_irt::{
    Anchor, Control, ItemParameters, Latent, Model, Prior, Priors, Progress, Responses, Rule,
    ScoreSpec, Silent, SkipReason, Spec, Status, UnscoredReason, Warning, fit, score,
};

use crate::simulation::{Simulated, abilities, items};

#[test]
fn items_that_cannot_be_calibrated_are_listed_with_the_reason() {
    // Item 3 is always right, item 4 always wrong, item 5 has one answer, item 6 none; student 6
    // answered only item 3, student 7 nothing.
    let student = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 5, 6];
    let item = [0, 1, 2, 3, 0, 1, 2, 4, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 3, 4, 5, 3];
    let correct = [1, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1, 1];
    let data =
        Responses { student: &student, item: &item, correct: &correct, n_students: 8, n_items: 7 };
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let found = fit(&data, &spec, &mut Silent).unwrap();
    let skipped: Vec<_> = found.skipped.iter().map(|s| (s.item, s.n, s.reason)).collect();
    assert_eq!(
        skipped,
        [
            (3, 3, SkipReason::AllRight),
            (4, 2, SkipReason::AllWrong),
            (5, 1, SkipReason::TooFewAnswers)
        ]
    );
    let unscored: Vec<_> = found.unscored.iter().map(|s| (s.student, s.reason)).collect();
    assert_eq!(unscored, [(6, UnscoredReason::OnlySkippedItems), (7, UnscoredReason::NoAnswers)]);
    assert_eq!(found.items.len(), 3);
    assert_eq!(found.n_answers, 16);
    // All right and all wrong still have an ability, and the order is the obvious one.
    let theta = |s: u32| found.abilities.iter().find(|a| a.student == s).unwrap().theta;
    assert!(theta(0) > theta(3) && theta(3) > theta(4));
    assert!(found.abilities.iter().all(|a| a.theta.is_finite() && a.se > 0.0 && a.se < 1.0));
}

#[test]
fn a_perfectly_separating_item_is_reported_not_hidden() {
    // The able students know item 0, the others do not: its likelihood grows with a for ever.
    let mut items = items(51, 30);
    items[0] = (500.0, 0.0, 0.0);
    let data = Simulated::new(52, abilities(53, 60, 0.0, 3.0), items, 30);
    let flat = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    assert!(!flat.verdict.converged());
    assert!(flat.verdict.next_action.is_some());
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let weak = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(weak.verdict.converged(), "{:?}", weak.verdict);
    assert!(weak.items.iter().all(|i| i.at_bound.is_empty() && i.a < 10.0));
}

#[test]
fn a_stopped_fit_returns_its_best_point() {
    let data = Simulated::new(61, abilities(62, 200, 0.0, 1.0), items(63, 20), 15);
    let mut seen = Vec::new();
    let mut stop_at_four = |p: &Progress| {
        seen.push((p.iteration, p.objective));
        if p.iteration >= 4 { Control::Stop } else { Control::Continue }
    };
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let found = fit(&data.responses(), &spec, &mut stop_at_four).unwrap();
    assert!(matches!(found.verdict.status, Status::Truncated { .. }));
    assert_eq!(found.verdict.iterations, 4);
    assert!(seen.is_sorted_by(|x, y| x.1 <= y.1), "every reported point ascends: {seen:?}");
    let few = Spec { max_iter: 2, ..spec };
    let found = fit(&data.responses(), &few, &mut Silent).unwrap();
    assert!(matches!(found.verdict.status, Status::Truncated { .. }));
}

#[test]
fn one_student_or_one_item_is_enough_to_answer() {
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let one_item =
        Responses { student: &[0, 1], item: &[0, 0], correct: &[1, 0], n_students: 2, n_items: 1 };
    for model in [Model::Rasch, Model::OnePl, Model::TwoPl] {
        let found = fit(&one_item, &Spec { model, ..spec.clone() }, &mut Silent).unwrap();
        assert!(found.items[0].b.is_finite() && found.abilities.len() == 2);
        assert!(found.abilities[0].theta > found.abilities[1].theta || model == Model::Rasch);
    }
}

#[test]
fn answers_of_one_student_to_one_item_may_repeat() {
    let mut data = Simulated::new(71, abilities(72, 400, 0.0, 1.0), items(73, 10), 10);
    // The last answer of everybody goes to the item of the first.
    for s in 0..400 {
        data.item[10 * s + 9] = data.item[10 * s];
    }
    let spec = Spec { priors: Priors::weak(), ..Spec::default() };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(found.verdict.converged());
    assert_eq!(found.n_answers, 4_000);
    assert!(found.abilities.iter().all(|a| a.n == 10));
}

#[test]
fn students_without_differences_are_a_singular_fit() {
    // Everybody has exactly half of the answers right: less spread than chance alone would give.
    let mut data = Simulated::new(221, abilities(222, 800, 0.0, 1.0), items(223, 12), 12);
    for student in 0..800usize {
        for place in 0..12 {
            data.correct[12 * student + place] = u8::from((place + student) % 12 < 6);
        }
    }
    let found = fit(&data.responses(), &Spec::new(Model::Rasch), &mut Silent).unwrap();
    assert!(found.latent.sd < 0.1, "{:?}", found.latent);
    assert!(matches!(found.verdict.status, Status::Singular { .. }), "{:?}", found.verdict);
    assert!(found.verdict.next_action.is_some());
    assert!(found.abilities.iter().all(|a| a.theta.is_finite() && a.se.is_finite()));
}

#[test]
fn the_grid_follows_a_wide_population() {
    let bank = items(231, 20).into_iter().map(|(_, b, c)| (1.0, 2.0 * b, c)).collect();
    let data = Simulated::new(232, abilities(233, 800, 0.0, 3.0), bank, 20);
    let found = fit(&data.responses(), &Spec::new(Model::Rasch), &mut Silent).unwrap();
    assert!(found.warnings.is_empty() && found.verdict.converged(), "{:?}", found.verdict);
    // Four standard errors of a standard deviation of 800 abilities: 3/√1600·4, and measurement.
    assert!((found.latent.sd - 3.0).abs() < 0.4, "{:?}", found.latent);
    let quadrature = Rule::Grid { points: 401, min: -25.0, max: 25.0 };
    let wide = Spec { quadrature, ..Spec::new(Model::Rasch) };
    let wide = fit(&data.responses(), &wide, &mut Silent).unwrap();
    // Same integral, other nodes: what is left is the stopping rule, gradient 1e-4 by information 1e2.
    assert!((found.latent.sd - wide.latent.sd).abs() < 1e-4, "{:?}", wide.latent);
    assert!((found.log_likelihood - wide.log_likelihood).abs() < 1e-3);
}

#[test]
fn nodes_that_cannot_follow_are_reported() {
    let bank = items(231, 20).into_iter().map(|(_, b, c)| (1.0, 2.0 * b, c)).collect();
    let data = Simulated::new(232, abilities(233, 800, 0.0, 3.0), bank, 20);
    let quadrature = Rule::GaussHermite { points: 21 };
    let spec = Spec { quadrature, ..Spec::new(Model::Rasch) };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(found.warnings.iter().any(|w| matches!(w, Warning::NarrowGrid { .. })));
}

#[test]
fn a_student_far_out_widens_the_grid() {
    // One student with 1 200 right answers to items around 4 among ordinary ones.
    let mut data = Simulated::new(234, abilities(235, 300, 0.0, 1.0), items(236, 15), 15);
    data.items.extend((0..1_200).map(|i| (1.0, 4.0 + 0.001 * f64::from(i), 0.0)));
    for item in 15..data.items.len() as u32 {
        data.student.push(300);
        data.item.push(item);
        data.correct.push(1);
    }
    data.theta.push(8.0);
    let anchors = (0..data.items.len() as u32)
        .map(|item| {
            let (a, b, c) = data.items[item as usize];
            Anchor { item, a, b, c, fixed: true }
        })
        .collect();
    let spec = Spec { anchors, latent: Latent::Fixed { mean: 0.0, sd: 1.0 }, ..Spec::default() };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    let Rule::Grid { points, max, .. } = found.quadrature else { panic!("{:?}", found.quadrature) };
    assert!(points > 61 && max > 8.0, "{:?}", found.quadrature);
    let known = data.items.iter().map(|&(a, b, c)| Some(ItemParameters { a, b, c }));
    let known: Vec<_> = known.collect();
    let prior = Prior::default();
    let scored = score(&data.responses(), &known, prior, &ScoreSpec::default()).unwrap();
    // The grid of a score closes in on the posterior; the calibration's nodes are a third of its standard
    // deviation apart, where a sum over a bell is exact to 1e-6.
    let own = scored.scores.last().unwrap().theta.unwrap();
    assert!((found.abilities.last().unwrap().theta - own).abs() < 1e-3, "{own}");
}
