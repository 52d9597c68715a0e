//! What must not change a fit: order, units, threads.

use proptest::prelude::*;
use seedtest_numerics::{Interrupt, Stream};
use seedtest_survival::cox::{Fit, Spec, Ties, fit};
use seedtest_survival::quality::{CrossValidation, cross_validate};
use seedtest_survival::{Covariate, Data, Silent};

use crate::simulation::School;

const BETA: [f64; 3] = [-0.7, 0.3, 0.0];

fn coefficients(fit: &Fit) -> Vec<f64> {
    fit.coefficients.iter().map(|c| c.estimate.unwrap().coefficient).collect()
}

fn with_ties(ties: Ties) -> Spec {
    Spec { ties, ..Spec::default() }
}

/// Equal up to the rounding of sums in another order, in units of the standard errors.
fn assert_same(one: &Fit, other: &Fit) {
    for (a, b) in one.coefficients.iter().zip(&other.coefficients) {
        let (a, b) = (a.estimate.unwrap(), b.estimate.unwrap());
        assert!((a.coefficient - b.coefficient).abs() < 1e-8 * a.se);
        assert!((a.se / b.se - 1.0).abs() < 1e-8);
    }
    let gain = |f: &Fit| f.log_likelihood - f.log_likelihood_null;
    assert!((gain(one) - gain(other)).abs() < 1e-8);
}

fn on_threads<R: Send>(n: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap().install(run)
}

#[test]
fn the_bytes_do_not_depend_on_the_number_of_threads() {
    let school = School::new(1, 6_000, 3, &BETA, 0.3);
    let plain = school.data();
    let clustered = Data { cluster: Some(&school.cluster), ..plain.clone() };
    for data in [&plain, &clustered] {
        let run = || {
            let fit = fit(data, &Spec::default(), &mut Silent).unwrap();
            serde_json::to_string(&fit).unwrap()
        };
        let one = on_threads(1, run);
        assert!(one == on_threads(2, run) && one == on_threads(3, run));
    }
    let method = CrossValidation { folds: 4, ..CrossValidation::default() };
    let run = || {
        let quality =
            cross_validate(&clustered, &Spec::default(), &method, &Interrupt::never()).unwrap();
        serde_json::to_string(&quality).unwrap()
    };
    assert!(on_threads(1, run) == on_threads(2, run));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_order_of_rows_does_not_matter(seed in any::<u64>()) {
        let school = School::new(seed, 300, 1, &BETA, 0.0);
        let mut order: Vec<usize> = (0..300).collect();
        Stream::new(seed, 5).shuffle(&mut order);
        let turned = |values: &[f64]| order.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let stop = turned(&school.stop);
        let event: Vec<u8> = order.iter().map(|&i| school.event[i]).collect();
        let x: Vec<Vec<f64>> = school.x.iter().map(|x| turned(x)).collect();
        let data = school.data();
        let names = data.covariates.iter().map(|c| c.name);
        let covariates = names.zip(&x).map(|(name, values)| Covariate { name, values }).collect();
        let shuffled = Data::new(&stop, &event, covariates);
        for ties in [Ties::Efron, Ties::Breslow, Ties::Exact] {
            let one = fit(&data, &with_ties(ties), &mut Silent).unwrap();
            let other = fit(&shuffled, &with_ties(ties), &mut Silent).unwrap();
            assert_same(&one, &other);
            prop_assert_eq!(
                one.concordance.unwrap().concordance,
                other.concordance.unwrap().concordance
            );
        }
    }

    #[test]
    fn only_the_order_of_times_matters(seed in any::<u64>(), power in 0.3f64..3.0) {
        let school = School::new(seed, 300, 1, &BETA, 0.0);
        let stretched: Vec<f64> = school.stop.iter().map(|t| 7.0 * t.powf(power)).collect();
        let data = school.data();
        let one = fit(&data, &Spec::default(), &mut Silent).unwrap();
        let other = Data { stop: &stretched, ..data };
        let other = fit(&other, &Spec::default(), &mut Silent).unwrap();
        assert_same(&one, &other);
        prop_assert_eq!(one.concordance, other.concordance);
    }

    #[test]
    fn weights_count_rows(seed in any::<u64>()) {
        // Efron's method averages over ties and is not a function of counts; the others are.
        let school = School::new(seed, 200, 1, &BETA, 0.0);
        let copies: Vec<usize> = (0..200).map(|row| 1 + row % 3).collect();
        let weights: Vec<f64> = copies.iter().map(|&c| c as f64).collect();
        let repeated = |values: &[f64]| -> Vec<f64> {
            values.iter().zip(&copies).flat_map(|(&v, &c)| vec![v; c]).collect()
        };
        let stop = repeated(&school.stop);
        let event: Vec<u8> =
            school.event.iter().zip(&copies).flat_map(|(&e, &c)| vec![e; c]).collect();
        let x: Vec<Vec<f64>> = school.x.iter().map(|x| repeated(x)).collect();
        let data = school.data();
        let names = data.covariates.iter().map(|c| c.name);
        let covariates = names.zip(&x).map(|(name, values)| Covariate { name, values }).collect();
        let long = Data::new(&stop, &event, covariates);
        let weighted = Data { weights: Some(&weights), ..data.clone() };
        let one = fit(&weighted, &with_ties(Ties::Breslow), &mut Silent).unwrap();
        let other = fit(&long, &with_ties(Ties::Breslow), &mut Silent).unwrap();
        for (a, b) in coefficients(&one).iter().zip(coefficients(&other)) {
            prop_assert!((a - b).abs() < 1e-9);
        }
    }

    #[test]
    fn cutting_an_observation_in_two_changes_nothing(seed in any::<u64>()) {
        let school = School::new(seed, 200, 1, &BETA, 0.0);
        let data = school.data();
        let whole = fit(&data, &Spec::default(), &mut Silent).unwrap();
        let (mut start, mut stop, mut event, mut rows) = (vec![], vec![], vec![], vec![]);
        let mut stream = Stream::new(seed, 3);
        for row in 0..200 {
            let end = school.stop[row];
            let cut = (end * stream.uniform()).floor();
            if cut > 0.0 && cut < end {
                start.push(0.0);
                stop.push(cut);
                event.push(0);
                rows.push(row);
            }
            start.push(if cut < end { cut } else { 0.0 });
            stop.push(end);
            event.push(school.event[row]);
            rows.push(row);
        }
        let x: Vec<Vec<f64>> =
            school.x.iter().map(|x| rows.iter().map(|&row| x[row]).collect()).collect();
        let names = data.covariates.iter().map(|c| c.name);
        let covariates = names.zip(&x).map(|(name, values)| Covariate { name, values }).collect();
        let cut = Data { start: Some(&start), ..Data::new(&stop, &event, covariates) };
        let cut = fit(&cut, &Spec::default(), &mut Silent).unwrap();
        assert_same(&whole, &cut);
        let at = vec![0.0; BETA.len()];
        let (a, b) = (whole.survival(&at, 0, 30.0).unwrap(), cut.survival(&at, 0, 30.0).unwrap());
        prop_assert!((a.survival - b.survival).abs() < 1e-9);
        prop_assert!((a.hazard_se - b.hazard_se).abs() < 1e-9);
    }

    #[test]
    fn units_of_a_covariate_only_change_its_coefficient(
        seed in any::<u64>(),
        factor in prop::sample::select(vec![1e-6, 0.01, 3.0, 1e7]),
        shift in -5.0f64..5.0,
    ) {
        let mut school = School::new(seed, 200, 1, &BETA, 0.0);
        let one = fit(&school.data(), &Spec::default(), &mut Silent).unwrap();
        for x in &mut school.x[0] {
            *x = factor * (*x + shift);
        }
        let other = fit(&school.data(), &Spec::default(), &mut Silent).unwrap();
        let (a, b) = (one.coefficients[0].estimate.unwrap(), other.coefficients[0].estimate.unwrap());
        prop_assert!((a.coefficient - factor * b.coefficient).abs() < 1e-8 * a.se);
        prop_assert!((a.z - b.z).abs() < 1e-7);
        prop_assert!((one.log_likelihood - other.log_likelihood).abs() < 1e-8);
    }
}
