//! The same bytes on any number of threads and in any order of answers.

use proptest::prelude::*;
use seedtest_irt::{Error, Fit, Model, Priors, Silent, Spec, StandardErrors, fit, fit_in_chunks};

use crate::simulation::{Simulated, abilities, items};

fn on_threads(n: usize, data: &Simulated, spec: &Spec) -> Fit {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    pool.install(|| fit(&data.responses(), spec, &mut Silent).unwrap())
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    // Sparse (one token per answer, several blocks) and dense (joined tokens, collapsed patterns).
    for (students, n_items, per_student) in [(2_500, 60, 20), (3_000, 12, 12)] {
        let data =
            Simulated::new(11, abilities(3, students, 0.0, 1.0), items(5, n_items), per_student);
        for model in [Model::Rasch, Model::OnePl, Model::TwoPl, Model::ThreePl] {
            let spec = Spec::new(model);
            let one = serde_json::to_string(&on_threads(1, &data, &spec)).unwrap();
            for threads in [2, 3] {
                let many = serde_json::to_string(&on_threads(threads, &data, &spec)).unwrap();
                assert!(one == many, "{model} on {threads} threads");
            }
        }
    }
}

#[test]
fn chunks_of_students_change_nothing_but_the_last_digits() {
    let students = 18_000;
    let data = Simulated::new(2, abilities(4, students, 0.0, 1.0), items(6, 12), 6);
    let spec = Spec { standard_errors: StandardErrors::None, ..Spec::default() };
    let responses = data.responses();
    let many = fit(&responses, &spec, &mut Silent).unwrap();
    let chunked =
        |chunk_of: &[u32]| fit_in_chunks(&responses, chunk_of, &spec, &mut Silent).unwrap();
    // More than 16 384 students make four chunks; those of the codes are the default.
    let chunk_of = seedtest_numerics::chunks_of_codes(students);
    assert_eq!(chunk_of.iter().max(), Some(&3));
    assert_eq!(chunked(&chunk_of), many);
    let one = chunked(&vec![0; students]);
    assert_eq!(one.verdict.iterations, many.verdict.iterations);
    assert!((one.log_likelihood / many.log_likelihood - 1.0).abs() < 1e-12);
    for (x, y) in one.items.iter().zip(&many.items) {
        // Rounding of sums, carried through the steps of the search.
        assert!((x.a / y.a - 1.0).abs() < 1e-9 && (x.b - y.b).abs() < 1e-9, "{x:?} {y:?}");
    }
    for (x, y) in one.abilities.iter().zip(&many.abilities) {
        assert_eq!((x.student, x.n), (y.student, y.n));
        assert!((x.theta - y.theta).abs() < 1e-9);
    }
    let threads = |n| on_threads(n, &data, &spec);
    assert!(threads(1) == many && threads(3) == many);
}

#[test]
fn every_student_needs_a_chunk() {
    let data = Simulated::new(2, abilities(4, 50, 0.0, 1.0), items(6, 5), 5);
    let short = fit_in_chunks(&data.responses(), &[0; 49], &Spec::default(), &mut Silent);
    assert_eq!(short, Err(Error::Chunks { chunks: 49, n_students: 50 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_one_students_answers_does_not_matter(seed in any::<u64>(), turn in 1usize..7) {
        let data = Simulated::new(seed, abilities(seed, 120, 0.0, 1.0), items(seed, 9), 8);
        let mut turned = Simulated::new(seed, data.theta.clone(), data.items.clone(), 8);
        for rows in 0..120 {
            turned.item[8 * rows..8 * rows + 8].rotate_left(turn);
            turned.correct[8 * rows..8 * rows + 8].rotate_left(turn);
        }
        let spec = Spec { priors: Priors::weak(), ..Spec::default() };
        let one = fit(&data.responses(), &spec, &mut Silent).unwrap();
        let other = fit(&turned.responses(), &spec, &mut Silent).unwrap();
        prop_assert_eq!(one, other);
    }

    #[test]
    fn swapping_right_and_wrong_mirrors_the_scale(seed in any::<u64>()) {
        let data = Simulated::new(seed, abilities(seed, 300, 0.0, 1.0), items(seed, 8), 6);
        let mut mirrored = Simulated::new(seed, data.theta.clone(), data.items.clone(), 6);
        for y in &mut mirrored.correct {
            *y = 1 - *y;
        }
        let spec = Spec { priors: Priors::weak(), ..Spec::default() };
        let one = fit(&data.responses(), &spec, &mut Silent).unwrap();
        let other = fit(&mirrored.responses(), &spec, &mut Silent).unwrap();
        prop_assert!(one.verdict.converged() && other.verdict.converged());
        prop_assert!((one.log_likelihood - other.log_likelihood).abs() < 1e-4);
        for (x, y) in one.items.iter().zip(&other.items) {
            // Stopped at a gradient of 1e-4 with prior information of at least 1/4.
            prop_assert!((x.a - y.a).abs() < 2e-3 && (x.b + y.b).abs() < 2e-3);
        }
        for (x, y) in one.abilities.iter().zip(&other.abilities) {
            prop_assert!((x.theta + y.theta).abs() < 2e-3 && (x.se - y.se).abs() < 2e-3);
        }
    }
}
