//! Local dependence of items with several categories.

use seedtest_irt::polytomous::{ItemModel, Spec, local_dependence};
use seedtest_irt::{DependenceSpec, NoDependenceTest};
use seedtest_numerics::{Interrupt, Stream};

use crate::polytomous::{Scored, abilities, graded};

fn spec() -> DependenceSpec {
    DependenceSpec { replications: 25, ..DependenceSpec::default() }
}

#[test]
fn a_repeated_question_is_named_and_nothing_else() {
    let mut data = Scored::draw(4_101, abilities(4_102, 700, 0.0, 1.0), graded(4_103, 10, 3), 1.0);
    // Half of the students give the answer to item 2 again on item 7.
    for student in 0..700usize {
        if Stream::new(4_104, student as u64).bernoulli(0.5) {
            data.score[10 * student + 7] = data.score[10 * student + 2];
        }
    }
    let found = data.fit(&Spec::new(ItemModel::Grm));
    let never = Interrupt::never();
    let of =
        || local_dependence(&data.responses(), None, &found, &spec(), &never).unwrap().unwrap();
    let tested = of();
    let first = tested.pairs.first().unwrap();
    assert_eq!((first.first, first.second, tested.n_pairs), (2, 7, 45), "{tested:?}");
    assert!(first.z > 5.0 && first.p_adjusted < 0.01 && first.q3_star > 0.2, "{first:?}");
    assert_eq!(of(), tested, "the same seed, the same answer");
}

#[test]
fn without_dependence_five_per_cent_of_data_sets_name_a_pair() {
    // 30 data sets of 15 pairs: family-wise 5 %, 1.5 expected, more than 6 in 0.1 % of the times.
    let mut named = 0;
    for set in 0..30 {
        let theta = abilities(4_200 + set, 300, 0.0, 1.0);
        let data = Scored::draw(4_300 + set, theta, graded(4_400 + set, 6, 2), 1.0);
        let found = data.fit(&Spec::new(ItemModel::Gpcm));
        let tested =
            local_dependence(&data.responses(), None, &found, &spec(), &Interrupt::never());
        named += u32::from(!tested.unwrap().unwrap().pairs.is_empty());
    }
    assert!(named <= 6, "{named}");
}

#[test]
fn nominal_items_are_in_no_pair_and_missing_tests_have_a_reason() {
    let data = Scored::draw(4_501, abilities(4_502, 400, 0.0, 1.0), graded(4_503, 6, 2), 1.0);
    let models = vec![(0, ItemModel::Nrm), (5, ItemModel::Nrm)];
    let found = data.fit(&Spec { models, ..Spec::new(ItemModel::Grm) });
    let never = Interrupt::never();
    let tested = local_dependence(&data.responses(), None, &found, &spec(), &never).unwrap();
    assert_eq!(tested.unwrap().n_pairs, 6);
    let raised = Interrupt::when(|| true);
    let tested = local_dependence(&data.responses(), None, &found, &spec(), &raised).unwrap();
    assert_eq!(tested, Err(NoDependenceTest::OutOfTime));
    let mut two = found.clone();
    two.items.truncate(2);
    let tested = local_dependence(&data.responses(), None, &two, &spec(), &never).unwrap();
    assert_eq!(tested, Err(NoDependenceTest::TooFewItems));
    let few = DependenceSpec { replications: 5, ..spec() };
    assert!(local_dependence(&data.responses(), None, &found, &few, &never).is_err());
}
