//! Next items and ability paths against `cat_data.rs`, next items checked with catsim by `reference/cat_catsim.py`; the
//! other two rules against `reference/cat.py`.

use seedtest_irt::cat::{Answered, Bank, BankItem, Rule, Spec, State, Step, Stopping, next};
use seedtest_irt::polytomous::CategoryCurves;

use crate::cat_data::{BANK, CASES, EXAMINEES};

fn bank() -> Bank {
    let item = |&(a, b): &(f64, f64)| BankItem::new(CategoryCurves::graded_at(a, &[b]));
    Bank::new(BANK.iter().map(item).collect()).unwrap()
}

fn open(rule: Rule) -> Spec {
    let stopping = Stopping { max_items: None, se: None, ..Stopping::default() };
    Spec { rule, stopping, ..Spec::default() }
}

fn after(path: &[crate::cat_data::Place]) -> State {
    let answered = |&(item, category, ..): &crate::cat_data::Place| Answered {
        item: item - 1,
        category: Some(category),
    };
    State { history: path.iter().map(answered).collect(), set_aside: vec![] }
}

fn step(bank: &Bank, state: &State, spec: &Spec) -> Step {
    next(bank, state, spec).unwrap()
}

#[test]
fn the_most_informative_item_comes_next() {
    let bank = bank();
    for (theta, given, item, information, runner_up) in CASES {
        // Nobody answered: the estimate is the mean of a prior with next to no spread.
        let unanswered = |&item: &u32| Answered { item: item - 1, category: None };
        let state = State { history: given.iter().map(unanswered).collect(), set_aside: vec![] };
        let mut spec = open(Rule::MaximumInformation);
        (spec.prior.mean, spec.prior.sd) = (theta, 1e-3);
        // The nodes are 0.1 apart: such a prior stands on one of them, or between two.
        let found = step(&bank, &state, &spec).pick.unwrap();
        assert_eq!((found.item + 1, found.runner_up.unwrap().0 + 1), (item, runner_up), "{theta}");
        assert!((found.value - information).abs() < 2e-3, "{theta}: {} {information}", found.value);
    }
}

#[test]
fn abilities_go_along_the_reference_paths() {
    let bank = bank();
    let spec = open(Rule::MaximumInformation);
    for path in EXAMINEES {
        for n in 1..=path.len() {
            let (_, _, theta, se, information, item) = path[n - 1];
            let found = step(&bank, &after(&path[..n]), &spec);
            // The reference says 1e-4; 121 nodes of [−6, 6] are closer.
            assert!((found.estimate.theta - theta).abs() < 1e-5, "{n}: {:?}", found.estimate);
            assert!((found.estimate.se.unwrap() - se).abs() < 1e-5);
            assert!((found.estimate.information - information).abs() < 1e-4);
            assert_eq!(found.pick.unwrap().item + 1, item);
        }
    }
}

#[test]
fn the_rules_of_the_whole_posterior_pick_as_the_dense_integral() {
    // `reference/cat.py`: examinee, answers, then item, value and runner-up of each rule.
    let bank = bank();
    for (examinee, n, kl, mepv) in [
        (0, 3, (52, 0.263_161_171_564_175_84_f64, 134), (52, 0.457_559_063_063_635_25_f64, 104)),
        (1, 5, (52, 0.191_981_654_565_572_04, 186), (52, 0.307_654_280_292_386_84, 186)),
        (2, 8, (133, 0.173_490_246_419_391_76, 132), (133, 0.261_572_319_816_031_35, 132)),
    ] {
        let state = after(&EXAMINEES[examinee][..n]);
        for (rule, (item, value, runner_up)) in
            [(Rule::KullbackLeibler, kl), (Rule::MinimumExpectedPosteriorVariance, mepv)]
        {
            let found = step(&bank, &state, &open(rule)).pick.unwrap();
            assert_eq!((found.item + 1, found.runner_up.unwrap().0 + 1), (item, runner_up));
            assert!((found.value - value).abs() < 1e-5, "{rule:?}: {} {value}", found.value);
        }
    }
}
