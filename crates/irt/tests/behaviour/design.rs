//! Warnings about designs.

use seedtest_irt::{
    Anchor, Error, Fit, Model, Priors, Responses, SeedPrior, Silent, Spec, Warning, fit,
};

use crate::simulation::{Simulated, abilities, items};

fn anchors(data: &Simulated, codes: &[usize], fixed: bool) -> Vec<Anchor> {
    let anchor = |&i: &usize| {
        let (a, b, c) = data.items[i];
        Anchor { item: i as u32, a, b, c, fixed }
    };
    codes.iter().map(anchor).collect()
}

fn with_anchors(data: &Simulated, anchors: Vec<Anchor>) -> Fit {
    let spec = Spec { anchors, priors: Priors::weak(), ..Spec::default() };
    fit(&data.responses(), &spec, &mut Silent).unwrap()
}

#[test]
fn forms_without_common_items_are_reported() {
    let mut data = Simulated::new(81, abilities(82, 400, 0.0, 1.0), items(83, 10), 10);
    // The second half of the students takes a form of its own.
    for (student, item) in data.student.iter().zip(&mut data.item) {
        *item += 10 * u32::from(*student >= 200);
    }
    let second: Vec<_> = data.items.clone();
    data.items.extend(second);
    let found = with_anchors(&data, Vec::new());
    let expected = Warning::Disconnected { groups: 2, largest: 200, students: 400 };
    assert_eq!(found.warnings.as_slice(), std::slice::from_ref(&expected));
    let anchored = with_anchors(&data, anchors(&data, &[0, 1, 2, 3, 4, 5], true));
    let alone = Warning::GroupsWithoutAnchor { groups: 1, students: 200 };
    assert_eq!(anchored.warnings, [expected, alone]);
    assert!(anchored.warnings.iter().all(|w| !w.text().is_empty()));
}

#[test]
fn weak_anchors_are_reported() {
    let mut data = Simulated::new(84, abilities(85, 25, 0.0, 1.0), items(86, 12), 10);
    data.items.push((1.0, 0.0, 0.0));
    let found = with_anchors(&data, anchors(&data, &[1, 2, 12], true));
    assert!(found.warnings.contains(&Warning::UnansweredAnchors { items: vec![12] }));
    assert!(found.warnings.contains(&Warning::FewAnchors { anchors: 2 }));
    assert!(found.warnings.contains(&Warning::ThinAnchors { items: vec![1, 2] }));
    let only_unanswered = Spec { anchors: anchors(&data, &[12], true), ..Spec::default() };
    assert_eq!(
        fit(&data.responses(), &only_unanswered, &mut Silent).unwrap_err(),
        Error::UnansweredAnchors { anchors: 1 }
    );
    let same = (0..6).map(|item| Anchor { item, a: 1.0, b: 0.1, c: 0.0, fixed: true }).collect();
    let found = with_anchors(&data, same);
    let narrow = |w: &Warning| matches!(w, Warning::NarrowAnchors { sd } if *sd < 1e-12);
    assert!(found.warnings.iter().any(narrow));
}

#[test]
fn seeds_pull_items_with_few_answers_and_leave_the_others() {
    // Item 0 has four answers, the others about 400.
    let mut student = vec![0, 1, 2, 3];
    let mut item = vec![0; 4];
    let mut correct = vec![1, 0, 1, 1];
    let data = Simulated::new(87, abilities(88, 400, 0.0, 1.0), items(89, 9), 9);
    let mut rows: Vec<(u32, u32, u8)> = student
        .drain(..)
        .zip(item.drain(..))
        .zip(correct.drain(..))
        .map(|((s, i), y)| (s, i, y))
        .collect();
    rows.extend(
        (0..data.student.len()).map(|r| (data.student[r], data.item[r] + 1, data.correct[r])),
    );
    rows.sort_unstable();
    for (s, i, y) in rows {
        student.push(s);
        item.push(i);
        correct.push(y);
    }
    let responses = Responses {
        student: &student,
        item: &item,
        correct: &correct,
        n_students: 400,
        n_items: 10,
    };
    let seeds: Vec<Anchor> =
        [0, 1].map(|item| Anchor { item, a: 1.7, b: 2.0, c: 0.0, fixed: false }).to_vec();
    let b = |seed_prior: Option<SeedPrior>| {
        let priors = Priors::weak();
        let spec = Spec { anchors: seeds.clone(), seed_prior, priors, ..Spec::default() };
        let found = fit(&responses, &spec, &mut Silent).unwrap();
        assert!(
            found.verdict.converged() && !found.items[0].anchor && !found.latent.mean_estimated
        );
        (found.items[0].b, found.items[1].b)
    };
    let start_only = b(None);
    let pulled = b(Some(SeedPrior { ln_a_sd: 0.2, b_sd: 0.2 }));
    assert!(start_only.0 < 0.0, "three of four right: {start_only:?}");
    assert!((pulled.0 - 2.0).abs() < 0.3, "{pulled:?}");
    let cold = Spec { priors: Priors::weak(), ..Spec::new(Model::TwoPl) };
    let unseeded = fit(&responses, &cold, &mut Silent).unwrap().items[1].b;
    assert!((start_only.1 - unseeded).abs() < 1e-4, "start values do not change the optimum");
}
