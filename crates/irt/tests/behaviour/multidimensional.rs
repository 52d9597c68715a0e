//! Models of several dimensions: recovery, coverage, invariance, and what is refused.

use seedtest_irt::multidimensional::{
    Error, Fit, Loadings, NoErrors, Parameter, Rotation, Spec, fit,
};
use seedtest_irt::{Control, Progress, Responses, Silent, SkipReason, Status};
use seedtest_numerics::{Stream, logistic};

/// Answers to items with known slopes and intercepts.
struct Simulated {
    student: Vec<u32>,
    item: Vec<u32>,
    correct: Vec<u8>,
    slopes: Vec<Vec<f64>>,
    intercepts: Vec<f64>,
    n_students: usize,
}

/// Abilities of three dimensions of which the first two correlate.
const CORRELATION: f64 = 0.5;

impl Simulated {
    /// Every student leaves out each item with probability `missing`.
    fn new(seed: u64, n_students: usize, slopes: Vec<Vec<f64>>, missing: f64) -> Self {
        let k = slopes[0].len();
        let mut of_items = Stream::new(seed, u64::MAX);
        let intercepts: Vec<f64> = slopes.iter().map(|_| 0.8 * of_items.normal()).collect();
        let mut data =
            Self { student: vec![], item: vec![], correct: vec![], slopes, intercepts, n_students };
        for student in 0..n_students {
            let mut stream = Stream::new(seed, student as u64);
            let mut theta: Vec<f64> = (0..k).map(|_| stream.normal()).collect();
            theta[1] = CORRELATION * theta[0] + (1.0 - CORRELATION * CORRELATION).sqrt() * theta[1];
            for (item, (slopes, d)) in data.slopes.iter().zip(&data.intercepts).enumerate() {
                let logit = d + slopes.iter().zip(&theta).map(|(a, x)| a * x).sum::<f64>();
                let right = stream.bernoulli(logistic(logit));
                if !stream.bernoulli(missing) {
                    data.student.push(student as u32);
                    data.item.push(item as u32);
                    data.correct.push(u8::from(right));
                }
            }
        }
        data
    }

    fn responses(&self) -> Responses<'_> {
        Responses {
            student: &self.student,
            item: &self.item,
            correct: &self.correct,
            n_students: self.n_students,
            n_items: self.slopes.len(),
        }
    }

    fn pattern(&self) -> Loadings {
        let own = |row: &Vec<f64>| (0..row.len()).filter(|&at| row[at] != 0.0).collect();
        Loadings::Pattern {
            dimensions: self.slopes[0].len(),
            items: (0..).zip(self.slopes.iter().map(own)).collect(),
            correlated: true,
        }
    }

    fn fitted(&self, loadings: Loadings) -> Fit {
        let found = fit(&self.responses(), &Spec::new(loadings), &mut Silent).unwrap();
        assert!(found.verdict.converged(), "{:?}", found.verdict);
        found
    }
}

/// `each` items a dimension with slopes from 0.8 to 1.8.
fn simple_structure(seed: u64, k: usize, each: usize) -> Vec<Vec<f64>> {
    let mut stream = Stream::new(seed, 0);
    let item = |at: usize| {
        let mut row = vec![0.0; k];
        row[at / each] = stream.uniform_in(0.8, 1.8);
        row
    };
    (0..k * each).map(item).collect()
}

fn free(dimensions: usize) -> Loadings {
    Loadings::Free { dimensions, rotation: Rotation::Quartimin }
}

/// Dimensions by item.
type Items = Vec<(u32, Vec<usize>)>;

#[test]
fn intervals_hold_the_truth_as_often_as_they_should() {
    const SETS: u64 = 40;
    let (mut held, mut all) = (0_u32, 0_u32);
    let (mut bias, mut correlations) = (0.0, Vec::new());
    for seed in 0..SETS {
        let data = Simulated::new(100 + seed, 500, simple_structure(7, 2, 6), 0.0);
        let found = data.fitted(data.pattern());
        for (item, (slopes, d)) in found.items.iter().zip(data.slopes.iter().zip(&data.intercepts))
        {
            let se = item.se.as_ref().unwrap();
            let numbers = item.slopes.iter().zip(slopes).zip(&se.slopes);
            let numbers = numbers.filter(|(_, se)| **se > 0.0).map(|((x, y), se)| (*x, *y, *se));
            for (estimate, truth, se) in numbers.chain([(item.intercept, *d, se.intercept)]) {
                held += u32::from((estimate - truth).abs() < 1.96 * se);
                all += 1;
            }
            bias += item.slopes.iter().zip(slopes).map(|(x, y)| x - y).sum::<f64>();
        }
        let error = found.correlation_errors.as_ref().unwrap()[0][1];
        correlations.push((found.correlations[0][1], error));
    }
    let coverage = f64::from(held) / f64::from(all);
    // 960 intervals of 40 sets: a standard error of about 0.01.
    assert!((0.92..0.98).contains(&coverage), "{coverage}");
    // Maximum likelihood overestimates slopes by a few hundredths with 500 students.
    let bias = bias / (12 * SETS) as f64;
    assert!(bias.abs() < 0.06, "{bias}");
    let n = correlations.len() as f64;
    let mean = correlations.iter().map(|(x, _)| x).sum::<f64>() / n;
    let spread = correlations.iter().map(|(x, _)| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    let error = correlations.iter().map(|(_, se)| se).sum::<f64>() / n;
    assert!((mean - CORRELATION).abs() < 3.0 * (spread / n).sqrt() + 0.01, "{mean}");
    // The spread of 40 numbers is known to 11 %.
    assert!((spread.sqrt() / error - 1.0).abs() < 0.4, "{} {error}", spread.sqrt());
}

#[test]
fn three_dimensions_are_found_with_and_without_their_pattern() {
    let data = Simulated::new(5, 2_500, simple_structure(9, 3, 6), 0.2);
    let confirmed = data.fitted(data.pattern());
    for (item, slopes) in confirmed.items.iter().zip(&data.slopes) {
        let se = &item.se.as_ref().unwrap().slopes;
        for ((found, truth), se) in item.slopes.iter().zip(slopes).zip(se) {
            assert!((found - truth).abs() <= 4.0 * se, "{}: {found} {truth} {se}", item.item);
        }
    }
    assert!((confirmed.correlations[0][1] - CORRELATION).abs() < 0.15);
    assert!(confirmed.correlations[0][2].abs() < 0.15);
    let explored = data.fitted(free(3));
    assert_eq!(explored.se_missing, Some(NoErrors::Rotated));
    assert!(explored.log_likelihood > confirmed.log_likelihood);
    assert!(explored.bic > confirmed.bic, "the pattern is what the data were made from");
    // Each item loads highest on the dimension of its neighbours, and hardly on the others.
    for items in explored.items.chunks(6) {
        let highest = |row: &[f64]| (0..3).max_by(|&i, &j| row[i].total_cmp(&row[j])).unwrap();
        let of_first = highest(&items[0].loadings);
        for item in items {
            assert_eq!(highest(&item.loadings), of_first);
            let others = (0..3).filter(|&at| at != of_first);
            assert!(others.map(|at| item.loadings[at].abs()).fold(0.0, f64::max) < 0.2);
        }
    }
    let one = explored.one_dimension.unwrap();
    assert!(one.bic > explored.bic && one.p < 1e-6 && one.df == 33, "{one:?}");
}

#[test]
fn one_dimension_is_enough_for_answers_of_one() {
    let slopes = simple_structure(3, 2, 5).into_iter().map(|row| vec![row[0] + row[1], 0.0]);
    let data = Simulated::new(8, 1_500, slopes.collect(), 0.0);
    // A second dimension that is not there is a ridge: where its search ends matters little.
    let spec = Spec { max_iter: 100, ..Spec::new(free(2)) };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    let one = found.one_dimension.unwrap();
    assert!(one.bic < found.bic && one.chi_square < 40.0, "{one:?}");
    // Two halves of it correlate as far as can be told.
    let halves = (0..10).map(|item| (item, vec![usize::from(item >= 5)])).collect();
    let pattern = Loadings::Pattern { dimensions: 2, items: halves, correlated: true };
    let found = fit(&data.responses(), &Spec::new(pattern), &mut Silent).unwrap();
    assert!(found.correlations[0][1] > 0.9, "{:?}", found.correlations);
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let data = Simulated::new(3, 900, simple_structure(4, 2, 8), 0.3);
    for loadings in [data.pattern(), free(2)] {
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| data.fitted(loadings.clone()));
            serde_json::to_string(&found).unwrap()
        };
        assert!(on(1) == on(3));
    }
}

#[test]
fn the_order_of_items_changes_nothing() {
    let data = Simulated::new(6, 1_200, simple_structure(4, 2, 6), 0.1);
    let last = data.slopes.len() as u32 - 1;
    let mut rows: Vec<(u32, u32, u8)> = data
        .student
        .iter()
        .zip(&data.item)
        .zip(&data.correct)
        .map(|((s, i), c)| (*s, last - i, *c))
        .collect();
    rows.sort_unstable();
    let turned = Simulated {
        student: rows.iter().map(|row| row.0).collect(),
        item: rows.iter().map(|row| row.1).collect(),
        correct: rows.iter().map(|row| row.2).collect(),
        slopes: data.slopes.iter().rev().cloned().collect(),
        intercepts: data.intercepts.iter().rev().copied().collect(),
        n_students: data.n_students,
    };
    for (one, other) in [(data.pattern(), turned.pattern()), (free(2), free(2))] {
        let (one, other) = (data.fitted(one), turned.fitted(other));
        assert!((one.log_likelihood - other.log_likelihood).abs() < 1e-4);
        for (x, y) in one.items.iter().zip(other.items.iter().rev()) {
            // Where a search ends is known to the tolerance of its gradient.
            for (a, b) in x.slopes.iter().zip(&y.slopes) {
                assert!((a - b).abs() < 2e-3, "{a} {b}");
            }
            assert!((x.communality - y.communality).abs() < 1e-3);
        }
        for (x, y) in one.abilities.iter().zip(&other.abilities) {
            for (a, b) in x.theta.iter().zip(&y.theta) {
                assert!((a - b).abs() < 2e-3, "{a} {b}");
            }
        }
    }
}

#[test]
fn reversed_answers_turn_the_dimensions_round() {
    let data = Simulated::new(11, 1_000, simple_structure(4, 2, 6), 0.0);
    let correct: Vec<u8> = data.correct.iter().map(|c| 1 - c).collect();
    let opposite = Responses { correct: &correct, ..data.responses() };
    for loadings in [data.pattern(), free(2)] {
        let one = data.fitted(loadings.clone());
        let other = fit(&opposite, &Spec::new(loadings), &mut Silent).unwrap();
        assert!((one.log_likelihood - other.log_likelihood).abs() < 1e-4);
        for (x, y) in one.items.iter().zip(&other.items) {
            assert!((x.intercept + y.intercept).abs() < 2e-3);
            // Sums of loadings are positive, and a pattern starts from positive slopes: θ changes its sign.
            for (a, b) in x.slopes.iter().zip(&y.slopes) {
                assert!((a - b).abs() < 2e-3, "{a} {b}");
            }
        }
        for (x, y) in one.abilities.iter().zip(&other.abilities) {
            for (a, b) in x.theta.iter().zip(&y.theta) {
                assert!((a + b).abs() < 3e-3, "{a} {b}");
            }
        }
    }
}

#[test]
fn items_without_information_are_left_out_and_students_without_answers_named() {
    let mut data = Simulated::new(2, 600, simple_structure(4, 2, 5), 0.0);
    // Item 3 is always right, student 0 answered nothing else, students 600 and 601 nothing at all.
    for (item, correct) in data.item.iter().zip(&mut data.correct) {
        if *item == 3 {
            *correct = 1;
        }
    }
    let kept: Vec<usize> = (0..data.student.len())
        .filter(|&row| data.student[row] > 0 || data.item[row] == 3)
        .collect();
    data.student = kept.iter().map(|&row| data.student[row]).collect();
    data.item = kept.iter().map(|&row| data.item[row]).collect();
    data.correct = kept.iter().map(|&row| data.correct[row]).collect();
    data.n_students = 602;
    let found = data.fitted(data.pattern());
    assert_eq!(found.items.len(), 9);
    assert_eq!((found.skipped[0].item, found.skipped[0].reason), (3, SkipReason::AllRight));
    let unscored: Vec<u32> = found.unscored.iter().map(|of| of.student).collect();
    assert_eq!(unscored, [0, 600, 601]);
    assert_eq!((found.n_students, found.abilities.len()), (599, 599));
    for of in &found.abilities {
        // The covariances are those of the standard deviations, and no wider than the population.
        assert!((of.covariance[0].sqrt() - of.se[0]).abs() < 1e-12);
        assert!((of.covariance[2].sqrt() - of.se[1]).abs() < 1e-12);
        assert!(of.se.iter().all(|se| *se > 0.2 && *se < 1.0));
    }
}

#[test]
fn what_cannot_be_fitted_is_refused_by_name() {
    let data = Simulated::new(2, 300, simple_structure(4, 2, 5), 0.0);
    let refused = |loadings: Loadings| {
        let error = fit(&data.responses(), &Spec::new(loadings), &mut Silent).unwrap_err();
        assert!(!error.hint().is_empty());
        error
    };
    for dimensions in [0, 1, 5] {
        assert_eq!(refused(free(dimensions)), Error::Dimensions { dimensions });
    }
    let of = |change: &dyn Fn(&mut Items)| {
        let mut items: Items = (0..10).map(|item| (item, vec![usize::from(item >= 5)])).collect();
        change(&mut items);
        Loadings::Pattern { dimensions: 2, items, correlated: true }
    };
    assert_eq!(refused(of(&|items| items[4].1.clear())), Error::NoDimension { item: 4 });
    assert_eq!(
        refused(of(&|items| items[4].1.push(2))),
        Error::PatternDimension { item: 4, dimension: 2, dimensions: 2 }
    );
    assert_eq!(
        refused(of(&|items| items.push((10, vec![0])))),
        Error::PatternItem { item: 10, n_items: 10 }
    );
    assert_eq!(refused(of(&|items| items.push((9, vec![0])))), Error::DuplicateItem { item: 9 });
    assert_eq!(refused(of(&|items| drop(items.pop()))), Error::MissingItem { item: 9 });
    let all_on_one = of(&|items| items.iter_mut().for_each(|row| row.1 = vec![0]));
    assert_eq!(refused(all_on_one), Error::NoItems { dimension: 1 });
    // Every item on both dimensions: any rotation does.
    let everywhere = refused(of(&|items| items.iter_mut().for_each(|row| row.1 = vec![0, 1])));
    let Error::Unidentified { parameters } = &everywhere else { panic!("{everywhere}") };
    assert!(!parameters.is_empty());
    let name =
        everywhere.text_by_id(&|item| format!("q{item}"), &|at| ["read", "count"][at].into());
    assert!(name.contains("does not determine"), "{name}");
    // One item alone on a dimension: its slope and the correlation stand for each other.
    let alone = refused(of(&|items| items[5..].iter_mut().skip(1).for_each(|row| row.1 = vec![0])));
    assert!(matches!(alone, Error::Unidentified { .. }), "{alone}");
    assert_eq!(
        Parameter::Correlation { first: 0, second: 1 }
            .name(&|_| String::new(), &|at| at.to_string()),
        "correlation[0,1]"
    );
}

#[test]
fn too_few_items_are_refused() {
    let small = Simulated::new(2, 300, simple_structure(4, 2, 2), 0.0);
    let error = fit(&small.responses(), &Spec::new(free(2)), &mut Silent).unwrap_err();
    assert_eq!(error, Error::FewItems { items: 4, dimensions: 2 });
    // Items that only students of their own answered.
    let mut apart = Simulated::new(2, 300, simple_structure(4, 2, 4), 0.0);
    apart.student.extend([298, 299].map(|student| student + 2));
    apart.item.extend([8, 8]);
    apart.correct.extend([0, 1]);
    apart.slopes.push(vec![1.0, 0.0]);
    apart.n_students = 302;
    let error = fit(&apart.responses(), &Spec::new(free(2)), &mut Silent).unwrap_err();
    assert_eq!(error, Error::IsolatedItems { items: vec![8] });
    // No answers, and none that differ.
    let none = Responses { student: &[], item: &[], correct: &[], n_students: 3, n_items: 9 };
    assert!(matches!(fit(&none, &Spec::new(free(2)), &mut Silent), Err(Error::Calibration(_))));
    let ones = vec![1; apart.correct.len()];
    let same = Responses { correct: &ones, ..apart.responses() };
    let error = fit(&same, &Spec::new(free(2)), &mut Silent).unwrap_err();
    assert!(error.to_string().contains("none of the 9 items"), "{error}");
}

#[test]
fn a_search_that_is_stopped_says_so() {
    let data = Simulated::new(2, 400, simple_structure(4, 2, 5), 0.0);
    let spec = Spec { max_iter: 3, ..Spec::new(data.pattern()) };
    let found = fit(&data.responses(), &spec, &mut Silent).unwrap();
    assert!(matches!(found.verdict.status, Status::Truncated { .. }));
    assert_eq!(found.se_missing, Some(NoErrors::Undetermined));
    assert!(found.one_dimension.is_none() && found.points.change.is_none());
    let mut seen = 0;
    let mut observer = |_: &Progress| {
        seen += 1;
        if seen > 2 { Control::Stop } else { Control::Continue }
    };
    let found = fit(&data.responses(), &Spec::new(free(2)), &mut observer).unwrap();
    assert!(matches!(found.verdict.status, Status::Truncated { .. }), "{:?}", found.verdict);
}
