//! Whether one ability is enough.

use seedtest_irt::dimensions::{NoDimensions, ParallelSpec, parallel_analysis, second_dimension};
use seedtest_irt::polytomous::{CategoryCurves, ItemModel, KnownItem, Spec};
use seedtest_irt::{Control, Normal, Progress, Silent, StandardErrors};
use seedtest_numerics::Stream;

use crate::polytomous::{Scored, abilities, graded};

const SPEC: ParallelSpec = ParallelSpec { replications: 30, level: 0.95, min_pair: 50, seed: 5 };

/// Answers to ten items of which the second half measures an ability that correlates with the first by `rho`.
fn two_halves(seed: u64, n: usize, rho: f64, categories: usize) -> Scored {
    let first = abilities(seed, n, 0.0, 1.0);
    let mut stream = Stream::new(seed, 77);
    let second: Vec<f64> =
        first.iter().map(|x| rho * x + (1.0 - rho * rho).sqrt() * stream.normal()).collect();
    let items: Vec<CategoryCurves> = graded(seed + 1, 10, categories - 1);
    let mut data = Scored::draw(seed + 2, first, items[..5].to_vec(), 1.0);
    let other = Scored::draw(seed + 3, second, items[5..].to_vec(), 1.0);
    let mut rows: Vec<(u32, u32, u8)> = Vec::new();
    for (of, shift) in [(&data, 0), (&other, 5)] {
        let answers = of.student.iter().zip(&of.item).zip(&of.score);
        rows.extend(answers.map(|((student, item), score)| (*student, item + shift, *score)));
    }
    rows.sort_unstable();
    data.student = rows.iter().map(|row| row.0).collect();
    data.item = rows.iter().map(|row| row.1).collect();
    data.score = rows.iter().map(|row| row.2).collect();
    data.items = items;
    data
}

fn items(n: u32) -> Vec<u32> {
    (0..n).collect()
}

fn p_of_second(data: &Scored) -> f64 {
    let spec = Spec { standard_errors: StandardErrors::None, ..Spec::new(ItemModel::Grm) };
    let found = data.fit(&spec);
    let known: Vec<Option<KnownItem>> =
        found.items.iter().map(|item| Some(KnownItem::from(item))).collect();
    let population = |_: u32| Normal { mean: 0.0, sd: 1.0 };
    let second =
        second_dimension(&data.responses(), &known, &population, &SPEC, &mut Silent).unwrap();
    assert_eq!((second.replications, second.ranks.len()), (30, 2));
    second.p
}

#[test]
fn one_ability_is_one_dimension_and_two_are_two() {
    for categories in [2, 4] {
        let one = two_halves(700, 1_000, 1.0, categories);
        let found = parallel_analysis(&one.responses(), &items(10), &SPEC, &mut Silent).unwrap();
        assert_eq!(found.n_dimensions, 1, "{:?}", found.ranks);
        let sum: f64 = found.ranks.iter().map(|rank| rank.eigenvalue).sum();
        assert!((sum - 10.0).abs() < 1e-9);
        assert!(p_of_second(&one) > 0.05);
        let two = two_halves(710, 1_000, 0.3, categories);
        let found = parallel_analysis(&two.responses(), &items(10), &SPEC, &mut Silent).unwrap();
        assert_eq!(found.n_dimensions, 2, "{:?}", found.ranks);
        assert!(p_of_second(&two) < 0.05);
    }
}

#[test]
fn the_second_dimension_is_rarely_seen_where_there_is_none() {
    let small =
        (0..10).filter(|seed| p_of_second(&two_halves(800 + 10 * seed, 300, 1.0, 2)) < 0.05);
    // 5 %: three or more of ten happen once in a hundred times.
    let n = small.count();
    assert!(n <= 2, "{n}");
}

#[test]
fn what_cannot_be_counted_has_a_reason() {
    let data = two_halves(720, 60, 1.0, 2);
    let of = |n: u32, spec: &ParallelSpec| {
        parallel_analysis(&data.responses(), &items(n), spec, &mut Silent).unwrap_err()
    };
    assert_eq!(of(3, &SPEC), NoDimensions::FewItems);
    assert_eq!(of(10, &ParallelSpec { min_pair: 61, ..SPEC }), NoDimensions::ThinPairs);
    let mut stop = |_: &Progress| Control::Stop;
    let stopped = parallel_analysis(&data.responses(), &items(10), &SPEC, &mut stop);
    assert_eq!(stopped.unwrap_err(), NoDimensions::Stopped);
    // Equal seeds draw equally.
    let spec = ParallelSpec { min_pair: 20, ..SPEC };
    let twice =
        [0, 1].map(|_| parallel_analysis(&data.responses(), &items(10), &spec, &mut Silent));
    assert_eq!(twice[0], twice[1]);
}
