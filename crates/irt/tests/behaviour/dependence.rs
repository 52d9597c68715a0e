//! Tests of local dependence and of the margins: what they find, and how often they cry wolf.

use seedtest_irt::{
    DependenceSpec, Groups, ItemParameters, M2Spec, NoDependenceTest, Silent, Spec, fit,
    fit_groups, limited_information_fit, local_dependence,
};
use seedtest_numerics::{Interrupt, Stream, chunks_of_codes};

use crate::simulation::{Simulated, abilities, items};

fn simulated(seed: u64, students: usize, n_items: usize) -> Simulated {
    Simulated::new(seed, abilities(seed, students, 0.0, 1.0), items(seed, n_items), n_items)
}

#[test]
fn a_repeated_question_is_named_and_nothing_else() {
    let mut data = simulated(401, 800, 15);
    let row = |data: &Simulated, student: usize, item: u32| {
        (15 * student..15 * (student + 1)).find(|&r| data.item[r] == item).unwrap()
    };
    for student in 0..800 {
        if Stream::new(402, student as u64).bernoulli(0.5) {
            let (from, to) = (row(&data, student, 3), row(&data, student, 11));
            data.correct[to] = data.correct[from];
        }
    }
    let found = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    let spec = DependenceSpec { replications: 30, ..DependenceSpec::default() };
    let tested = local_dependence(&data.responses(), None, &found, &spec, &Interrupt::never())
        .unwrap()
        .unwrap();
    let names: Vec<_> = tested.pairs.iter().map(|p| (p.first, p.second)).collect();
    assert_eq!(names.first(), Some(&(3, 11)), "{tested:?}");
    let worst = tested.pairs[0];
    assert!(worst.z > 5.0 && worst.p_adjusted < 0.01 && worst.q3_star > 0.2, "{worst:?}");
    assert!(worst.q3_star > tested.critical_q3_star.unwrap());
    assert_eq!((tested.n_pairs, tested.replications), (105, 30));
    // The same seed, the same answer.
    let again = local_dependence(&data.responses(), None, &found, &spec, &Interrupt::never())
        .unwrap()
        .unwrap();
    assert_eq!(tested, again);
}

#[test]
fn without_dependence_five_per_cent_of_data_sets_name_a_pair() {
    // 60 data sets of 28 pairs. Family-wise 5 %: 3 expected, more than 8 in 0.3 % of the times.
    let spec = DependenceSpec { replications: 25, ..DependenceSpec::default() };
    let mut named = 0;
    for set in 0..60 {
        let data = simulated(500 + set, 300, 8);
        let found = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
        match local_dependence(&data.responses(), None, &found, &spec, &Interrupt::never()).unwrap()
        {
            Ok(tested) => named += u32::from(!tested.pairs.is_empty()),
            Err(reason) => assert_eq!(reason, NoDependenceTest::NotConverged),
        }
    }
    assert!(named <= 8, "{named}");
}

#[test]
fn without_misfit_five_per_cent_of_margins_are_rejected() {
    let (mut rejected, mut sum, mut sets) = (0u32, 0.0, 0u32);
    for set in 0..300 {
        let data = simulated(700 + set, 500, 8);
        let spec = Spec { standard_errors: seedtest_irt::StandardErrors::None, ..Spec::default() };
        let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
        if !found.verdict.converged() {
            continue;
        }
        let items: Vec<_> = found.items.iter().map(|i| Some(ItemParameters::from(i))).collect();
        let found = limited_information_fit(
            &data.responses(),
            &items,
            &M2Spec::default(),
            &Interrupt::never(),
        );
        let m2 = found.unwrap().unwrap();
        sets += 1;
        rejected += u32::from(m2.p < 0.05);
        sum += m2.m2 / f64::from(m2.df);
    }
    let n = f64::from(sets);
    // Three standard errors of a share of 5 %, and of the mean of χ²(20)/20.
    let share = f64::from(rejected) / n;
    assert!((share - 0.05).abs() < 3.0 * (0.05 * 0.95 / n).sqrt(), "{rejected} of {sets}");
    assert!((sum / n - 1.0).abs() < 3.0 * (2.0 / 20.0 / n).sqrt(), "{}", sum / n);
}

#[test]
fn tests_that_do_not_exist_have_a_reason() {
    let data = simulated(451, 200, 2);
    let found = fit(&data.responses(), &Spec::default(), &mut Silent).unwrap();
    let spec = DependenceSpec::default();
    let reason = local_dependence(&data.responses(), None, &found, &spec, &Interrupt::never())
        .unwrap()
        .unwrap_err();
    assert_eq!(reason, NoDependenceTest::NotConverged);
    let few = DependenceSpec { replications: 5, ..spec };
    assert!(local_dependence(&data.responses(), None, &found, &few, &Interrupt::never()).is_err());
}

#[test]
fn groups_are_simulated_from_their_own_populations() {
    // Two groups two standard deviations apart: residuals correlate no more than in one group.
    let bank = items(461, 10);
    let mut theta = abilities(462, 300, 0.0, 1.0);
    theta.extend(abilities(463, 300, 2.0, 1.0));
    let data = Simulated::new(464, theta, bank, 10);
    let of: Vec<u32> = (0..600).map(|student| u32::from(student >= 300)).collect();
    let groups = Groups { of: &of, n: 2, reference: 0 };
    let chunks = chunks_of_codes(600);
    let found =
        fit_groups(&data.responses(), groups, &chunks, &Spec::default(), &mut Silent).unwrap();
    assert!(found.verdict.converged(), "{:?}", found.verdict);
    let spec = DependenceSpec { replications: 30, ..DependenceSpec::default() };
    let tested =
        local_dependence(&data.responses(), Some(groups), &found, &spec, &Interrupt::never())
            .unwrap()
            .unwrap();
    assert!(tested.pairs.is_empty(), "{tested:?}");
    // Below 0, as in one group: a difference between the groups that the model did not know of would push
    // all residuals of a student to one side.
    assert!(tested.mean_q3 < -0.02, "{tested:?}");
}
