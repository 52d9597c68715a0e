//! Adaptive tests: constraints, exposure, stopping, simulation and bad input.

use seedtest_irt::ScoreMethod;
use seedtest_irt::cat::{
    Answered, Bank, BankItem, CatError, Classification, ContentArea, Exposure, Relaxed, Rule,
    SimulationSpec, Spec, State, Step, Stop, Stopping, SympsonHetterSpec, Why, next, simulate,
    sympson_hetter,
};
use seedtest_irt::polytomous::CategoryCurves;
use seedtest_numerics::Stream;

/// Items of difficulties from −2.5 to 2.5, area by turns of three; the later ones are more informative.
fn items(n: usize) -> Vec<BankItem> {
    let mut stream = Stream::new(31, 7);
    (0..n)
        .map(|j| {
            let b = 5.0 * stream.uniform() - 2.5;
            let curves = CategoryCurves::graded_at(0.8 + 1.2 * stream.uniform(), &[b]);
            BankItem { area: Some(j as u32 % 3), ..BankItem::new(curves) }
        })
        .collect()
}

fn bank(n: usize) -> Bank {
    Bank::new(items(n)).unwrap()
}

fn length(n: u32) -> Stopping {
    Stopping { max_items: Some(n), se: None, ..Stopping::default() }
}

/// A test that is answered right and wrong by turns.
fn run(bank: &Bank, spec: &Spec) -> (State, Vec<Step>) {
    let (mut state, mut steps) = (State::default(), Vec::new());
    loop {
        let step = next(bank, &state, spec).unwrap();
        let Some(pick) = step.pick.clone() else {
            steps.push(step);
            return (state, steps);
        };
        state.set_aside.extend(&pick.set_aside);
        let category = Some(state.history.len() % 2);
        state.history.push(Answered { item: pick.item, category });
        steps.push(step);
    }
}

#[test]
fn areas_get_their_share_their_least_and_not_more_than_their_most() {
    let bank = bank(90);
    let share = |area, share| ContentArea { area, min: 0, max: None, share: Some(share) };
    let areas = vec![share(0, 0.5), share(1, 0.25), share(2, 0.25)];
    let (state, steps) = run(&bank, &Spec { areas, stopping: length(20), ..Spec::default() });
    let of_area = |area: u32| state.history.iter().filter(|of| of.item % 3 == area).count();
    assert_eq!([of_area(0), of_area(1), of_area(2)], [10, 5, 5]);
    let last = steps.last().unwrap();
    assert!(last.areas.iter().all(|area| area.met) && last.relaxed.is_empty());
    assert_eq!(last.stop, Some(Stop::Length { n: 20 }));

    let areas = vec![
        ContentArea { area: 0, min: 4, max: Some(5), share: None },
        ContentArea { area: 1, min: 0, max: Some(2), share: None },
    ];
    let (state, steps) = run(&bank, &Spec { areas, stopping: length(12), ..Spec::default() });
    let of_area = |area: u32| state.history.iter().filter(|of| of.item % 3 == area).count();
    assert!((4..=5).contains(&of_area(0)) && of_area(1) <= 2, "{:?}", steps.last());
    // An area that has to come next is told.
    let must = vec![ContentArea { area: 2, min: 3, max: None, share: None }];
    let spec = Spec { areas: must, stopping: length(3), ..Spec::default() };
    let first = next(&bank, &State::default(), &spec).unwrap();
    assert_eq!(first.pick.unwrap().area, Some(2));
}

#[test]
fn constraints_that_cannot_be_held_are_held_as_far_as_they_can() {
    let bank = bank(30);
    let min = |area, min| ContentArea { area, min, max: None, share: None };
    let spec = |areas, n| Spec { areas, stopping: length(n), ..Spec::default() };
    // Ten items of the area, twelve asked for.
    let (state, steps) = run(&bank, &spec(vec![min(0, 12)], 12));
    assert_eq!(state.history.iter().filter(|of| of.item % 3 == 0).count(), 10);
    let told = Relaxed::TooFewInBank { area: 0, min: 12, available: 10 };
    assert!(steps[0].relaxed.contains(&told), "{:?}", steps[0].relaxed);
    assert!(!steps[0].areas[0].feasible && !steps.last().unwrap().areas[0].met);
    // Together more than the test has.
    let (state, steps) = run(&bank, &spec(vec![min(0, 6), min(1, 6)], 8));
    assert_eq!(state.history.iter().filter(|of| of.item % 3 != 2).count(), 8);
    assert!(steps[0].relaxed.contains(&Relaxed::TooFewItemsLeft { needed: 12, left: 8 }));
    // Every area full before the test is long enough.
    let full = |area| ContentArea { area, min: 0, max: Some(1), share: None };
    let (state, steps) = run(&bank, &spec(vec![full(0), full(1), full(2)], 5));
    assert_eq!(state.history.len(), 5);
    assert!(steps[3].relaxed.contains(&Relaxed::NoItemAllowed), "{:?}", steps[3]);
    assert!(steps[2].relaxed.is_empty());
}

#[test]
fn enemies_do_not_meet_whichever_of_them_says_so() {
    let mut all = items(12);
    for (item, enemy) in all.iter_mut().zip(6..12) {
        item.enemies = vec![enemy];
    }
    let bank = Bank::new(all).unwrap();
    let (state, steps) = run(&bank, &Spec { stopping: length(8), ..Spec::default() });
    let pairs: std::collections::BTreeSet<u32> =
        state.history[..6].iter().map(|of| of.item % 6).collect();
    assert_eq!(pairs.len(), 6);
    assert!(steps[6].relaxed.contains(&Relaxed::NoItemAllowed));
}

#[test]
fn every_rule_picks_the_best_and_says_the_next_best() {
    let bank = bank(60);
    for rule in Rule::ALL {
        let spec = Spec { rule, stopping: length(15), ..Spec::default() };
        let (state, steps) = run(&bank, &spec);
        assert_eq!(state.history.len(), 15);
        for step in &steps[..15] {
            let pick = step.pick.as_ref().unwrap();
            let (_, other) = pick.runner_up.unwrap();
            let best = match rule {
                Rule::MinimumExpectedPosteriorVariance => pick.value <= other,
                _ => pick.value >= other,
            };
            assert!(best && pick.rank == 1 && pick.why == Why::Best, "{pick:?}");
        }
        let se = |step: &Step| step.estimate.se.unwrap();
        assert!(se(steps.last().unwrap()) < 0.6 * se(&steps[0]), "{rule:?}");
    }
    assert_eq!("MEPV".parse::<Rule>().unwrap(), Rule::MinimumExpectedPosteriorVariance);
    assert!("random".parse::<Rule>().unwrap_err().contains("kullback_leibler"));
}

#[test]
fn the_same_seed_draws_the_same_and_another_one_others() {
    let bank = bank(60);
    let spec = |seed, of| Spec {
        exposure: Exposure::Randomesque { of },
        stopping: length(10),
        seed,
        ..Spec::default()
    };
    let (one, _) = run(&bank, &spec(1, 5));
    let (same, steps) = run(&bank, &spec(1, 5));
    let (other, _) = run(&bank, &spec(2, 5));
    assert_eq!(one, same);
    assert_ne!(one, other);
    assert!(steps[..10].iter().all(|step| step.pick.as_ref().unwrap().rank <= 5));
    let (best, _) = run(&bank, &Spec { stopping: length(10), ..Spec::default() });
    assert_eq!(run(&bank, &spec(1, 1)).0, best);
}

#[test]
fn a_test_ends_when_it_is_enough() {
    let bank = bank(90);
    let with = |stopping| Spec { stopping, ..Spec::default() };
    let precise = Stopping { se: Some(0.4), max_items: None, ..Stopping::default() };
    let (state, steps) = run(&bank, &with(precise.clone()));
    let Some(Stop::Precision { se }) = steps.last().unwrap().stop else { panic!("{steps:?}") };
    assert!(se <= 0.4 && steps[state.history.len() - 1].estimate.se.unwrap() > 0.4);
    let longer = Stopping { min_items: state.history.len() as u32 + 3, ..precise };
    assert_eq!(run(&bank, &with(longer)).0.history.len(), state.history.len() + 3);

    let clear = Classification { cut: -1.5, level: 0.9 };
    let rule = Stopping { se: None, max_items: None, classification: Some(clear), min_items: 1 };
    let (_, steps) = run(&bank, &with(rule));
    let Some(Stop::Classified { above, probability }) = steps.last().unwrap().stop else {
        panic!("{steps:?}")
    };
    assert!(above && (0.9..1.0).contains(&probability));
    let endless = Stopping { se: None, max_items: None, ..Stopping::default() };
    let (state, steps) = run(&bank, &with(endless));
    assert_eq!((state.history.len(), steps.last().unwrap().stop), (90, Some(Stop::NoItemLeft)));
    // Of no item, and no -0.
    let none = steps[0].estimate.information;
    assert!(none == 0.0 && none.is_sign_positive());
}

#[test]
fn maximum_likelihood_waits_for_a_right_and_a_wrong_answer() {
    let bank = bank(30);
    let spec = Spec { method: ScoreMethod::Ml, stopping: length(6), ..Spec::default() };
    let answered = |categories: &[usize]| State {
        history: (0u32..)
            .zip(categories)
            .map(|(item, category)| Answered { item, category: Some(*category) })
            .collect(),
        set_aside: vec![],
    };
    let first = next(&bank, &answered(&[1, 1]), &spec).unwrap().estimate;
    assert!(first.fallback && first.se.is_none() && first.theta > 0.0, "{first:?}");
    let both = next(&bank, &answered(&[1, 0, 1]), &spec).unwrap().estimate;
    assert!(!both.fallback && both.se.is_some(), "{both:?}");
}

#[test]
fn simulated_tests_recover_abilities_with_errors_that_hold() {
    let bank = bank(200);
    let of = SimulationSpec { n: 1_500, ..SimulationSpec::default() };
    let spec =
        Spec { stopping: Stopping { se: Some(0.35), ..Stopping::default() }, ..Spec::default() };
    let found = simulate(&bank, &spec, &of).unwrap();
    let all = found.all;
    // Means of 1500: standard errors 0.35/39 = 0.009 and, of a share of .95, 0.006.
    assert!(all.bias.unwrap().abs() < 0.03, "{all:?}");
    assert!((all.coverage.unwrap() - 0.95).abs() < 0.025, "{all:?}");
    assert!((all.rmse.unwrap() - all.mean_se.unwrap()).abs() < 0.03, "{all:?}");
    assert_eq!(found.bins.iter().map(|bin| bin.n).sum::<u32>(), 1_500);
    assert_eq!(found.bins.len(), 6);
    let lengths: f64 = found.given.iter().sum();
    assert!((lengths - all.mean_length.unwrap()).abs() < 1e-9);
    assert!((0.0..=1.0).contains(&found.overlap.unwrap()));
    // On one thread the same.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(alone.install(|| simulate(&bank, &spec, &of)).unwrap(), found);
}

#[test]
fn exposure_parameters_keep_items_below_the_target() {
    let bank = bank(120);
    let of = SimulationSpec { n: 600, ..SimulationSpec::default() };
    let spec = Spec { stopping: length(12), ..Spec::default() };
    let free = simulate(&bank, &spec, &of).unwrap();
    let largest = |given: &[f64]| given.iter().copied().fold(0.0, f64::max);
    assert!(largest(&free.given) > 0.9);
    let how = SympsonHetterSpec { target: 0.3, rounds: 30, tolerance: 0.05 };
    let found = sympson_hetter(&bank, &spec, &of, &how).unwrap();
    assert!(found.settled && found.largest <= 0.35, "{} {}", found.largest, found.rounds);
    let kept = bank.clone().with_exposure(&found.exposure).unwrap();
    let controlled = Spec { exposure: Exposure::SympsonHetter, ..spec.clone() };
    let again =
        simulate(&kept, &controlled, &SimulationSpec { seed: 4_711, ..of.clone() }).unwrap();
    // Other students: a share of 600 has a standard error of 0.02, the largest of 120 is about three above.
    assert!(largest(&again.given) < 0.42, "{}", largest(&again.given));
    assert!(again.overlap.unwrap() < free.overlap.unwrap());
    assert!(again.tests.iter().all(|test| test.items.len() == 12));
    let some = Spec { exposure: Exposure::Randomesque { of: 6 }, ..spec };
    let drawn = simulate(&bank, &some, &of).unwrap();
    // 0.66 with a standard deviation of 0.018 over banks of this kind (`reference/cat_randomesque.py`).
    assert!((0.58..0.74).contains(&largest(&drawn.given)), "{}", largest(&drawn.given));
}

#[test]
fn items_with_several_categories_are_picked_as_well() {
    let mut all = items(20);
    let long = CategoryCurves::graded_at(2.0, &[-1.5, -0.5, 0.5, 1.5]);
    all.push(BankItem::new(long));
    all.push(BankItem::new(CategoryCurves::nominal(&[0.5, 1.0], &[0.2, -0.4])));
    let bank = Bank::new(all).unwrap();
    for rule in Rule::ALL {
        let spec = Spec { rule, ..Spec::default() };
        let step = next(&bank, &State::default(), &spec).unwrap();
        assert_eq!(step.pick.unwrap().item, 20, "{rule:?}");
    }
    let state =
        State { history: vec![Answered { item: 20, category: Some(4) }], set_aside: vec![21] };
    let step = next(&bank, &state, &Spec::default()).unwrap();
    assert!(step.estimate.theta > 0.8 && step.pick.unwrap().item < 20);
}

#[test]
fn what_cannot_be_is_refused() {
    assert_eq!(Bank::new(vec![]).unwrap_err(), CatError::EmptyBank);
    let flat = BankItem::new(CategoryCurves::graded_at(0.0, &[0.0]));
    assert!(matches!(Bank::new(vec![flat]).unwrap_err(), CatError::Curves { item: 0, .. }));
    let never = BankItem { exposure: 0.0, ..items(1).remove(0) };
    assert!(matches!(Bank::new(vec![never]).unwrap_err(), CatError::Setting { .. }));
    let bank = bank(5);
    let state = |history: &[(u32, usize)]| State {
        history: history
            .iter()
            .map(|&(item, category)| Answered { item, category: Some(category) })
            .collect(),
        set_aside: vec![],
    };
    let refused = |state: &State, spec: &Spec| next(&bank, state, spec).unwrap_err();
    let plain = Spec::default();
    assert!(matches!(refused(&state(&[(9, 0)]), &plain), CatError::Item { item: 9, n_items: 5 }));
    assert!(matches!(refused(&state(&[(1, 2)]), &plain), CatError::Category { category: 2, .. }));
    assert!(matches!(refused(&state(&[(1, 1), (1, 0)]), &plain), CatError::Repeated { item: 1 }));
    let mut odd = Spec::default();
    odd.prior.sd = 0.0;
    assert!(refused(&State::default(), &odd).to_string().contains("prior_sd"));
    let odd = Spec { exposure: Exposure::Randomesque { of: 0 }, ..Spec::default() };
    assert!(refused(&State::default(), &odd).to_string().contains("randomesque"));
    let areas = vec![ContentArea { area: 1, min: 3, max: Some(2), share: None }];
    let odd = Spec { areas, ..Spec::default() };
    assert!(refused(&State::default(), &odd).to_string().contains("its most is below its least"));
    let none = SimulationSpec { n: 0, ..SimulationSpec::default() };
    assert!(matches!(simulate(&bank, &plain, &none), Err(CatError::Setting { field: "n", .. })));
    // Absurd curves leave an estimate, not a NaN.
    let absurd = BankItem::new(CategoryCurves::graded_at(1e200, &[0.05]));
    let bank = Bank::new(vec![absurd, items(1).remove(0)]).unwrap();
    let step = next(&bank, &state(&[(0, 1)]), &Spec::default()).unwrap();
    assert!(step.estimate.theta.is_finite());
}
