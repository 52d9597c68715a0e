//! Input that is refused, with what the message names.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use seedtest_numerics::Interrupt;
use seedtest_survival::aft;
use seedtest_survival::cox::{self, PathSpec, Spec, Ties, elastic_net, fit};
use seedtest_survival::quality::{CrossValidation, cross_validate};
use seedtest_survival::{
    Covariate, Data, Error, Link, Silent, Status, aalen_johansen, discrete_hazard, kaplan_meier,
    log_rank,
};

const STOP: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
const EVENT: [u8; 6] = [1, 0, 1, 1, 0, 1];
const X: [f64; 6] = [0.3, 1.0, -0.2, 0.9, 0.1, 0.4];

fn data() -> Data<'static> {
    Data::new(&STOP, &EVENT, vec![Covariate { name: "x", values: &X }])
}

fn fails(data: &Data<'_>) -> Error {
    let error = fit(data, &Spec::default(), &mut Silent).unwrap_err();
    assert!(!error.hint().is_empty());
    error
}

#[test]
fn work_that_nobody_wants_ends_within_its_first_point() {
    let mut over = Interrupt::when(|| true);
    let accelerated = aft::fit(&data(), &aft::Spec::default(), &mut over).unwrap_err();
    assert!(matches!(accelerated, Error::Interrupted(_)), "{accelerated}");
    // Raised after the two points at which it begins, it ends the search where that is.
    let asked = AtomicU32::new(0);
    let mut soon = Interrupt::when(move || asked.fetch_add(1, Relaxed) >= 2);
    let stopped = aft::fit(&data(), &aft::Spec::default(), &mut soon).unwrap();
    assert!(matches!(stopped.verdict.status, Status::Truncated { .. }), "{:?}", stopped.verdict);
}

#[test]
fn rows_that_cannot_be_are_named() {
    let cases: [(Data<'_>, &str); 16] = [
        (Data::new(&[], &[], vec![]), "no rows"),
        (
            Data { stop: &[1.0, 2.0, -3.0, 4.0, 5.0, 6.0], ..data() },
            "row 3: `stop` is -3, not a time",
        ),
        (
            Data { stop: &[1.0, f64::NAN, 3.0, 4.0, 5.0, 6.0], ..data() },
            "row 2: `stop` is NaN, not a time",
        ),
        (
            Data { start: Some(&[0.0, 0.0, 3.0, 0.0, 0.0, 0.0]), ..data() },
            "row 3: stop 3 is not after start 3",
        ),
        (
            Data { start: Some(&[0.0, -1.0, 0.0, 0.0, 0.0, 0.0]), ..data() },
            "row 2: `start` is -1, not a time",
        ),
        (Data { event: &[1, 0, 2, 1, 0, 1], ..data() }, "row 3: event is 2, not 0 or 1"),
        (Data { event: &[1, 0, 1], ..data() }, "column `event` has 3 rows, `stop` has 6"),
        (Data { event: &[0; 6], ..data() }, "no events in 6 rows"),
        (
            Data { weights: Some(&[1.0, 1.0, 0.0, 1.0, 1.0, 1.0]), ..data() },
            "row 3: weight is 0, not from 1e-50 to 1e50",
        ),
        (
            Data { weights: Some(&[1.0, 1e50, 1.0, 1.0, 1e-51, 1.0]), ..data() },
            &format!("row 5: weight is {}, not from 1e-50 to 1e50", 1e-51),
        ),
        (
            Data { weights: Some(&[1e308; 6]), ..data() },
            &format!("row 1: weight is {}, not from 1e-50 to 1e50", 1e308),
        ),
        (
            Data { offset: Some(&[0.0, f64::INFINITY, 0.0, 0.0, 0.0, 0.0]), ..data() },
            "row 2: `offset` is inf",
        ),
        (
            Data { offset: Some(&[0.0, 1000.0, 0.0, 0.0, 0.0, 0.0]), ..data() },
            "row 2: the offset is 1000, which is not of the size of a log hazard ratio",
        ),
        (Data { covariates: vec![], ..data() }, "no covariates"),
        (
            Data {
                covariates: vec![Covariate {
                    name: "x",
                    values: &[0.0, 1.0, 2.0, f64::NAN, 4.0, 5.0],
                }],
                ..data()
            },
            "row 4: `x` is NaN",
        ),
        (
            Data {
                covariates: vec![Covariate {
                    name: "x",
                    values: &[0.0, 1.0, -1e101, 0.0, 4.0, 5.0],
                }],
                ..data()
            },
            &format!("row 3: `x` is {}", -1e101),
        ),
    ];
    for (data, message) in cases {
        assert_eq!(fails(&data).to_string(), message);
    }
}

#[test]
fn a_covariate_without_information_cannot_be_the_only_one() {
    let constant = vec![Covariate { name: "grade", values: &[3.0; 6] }];
    let error = fails(&Data { covariates: constant, ..data() });
    assert_eq!(error.to_string(), "none of the covariates grade carries information");
    // The same in every stratum.
    let between = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
    let strata = [0, 0, 0, 1, 1, 1];
    let covariates = vec![Covariate { name: "class", values: &between }];
    let error = fails(&Data { covariates, strata: Some(&strata), ..data() });
    assert!(matches!(error, Error::NoUsableCovariate { .. }));
}

#[test]
fn specifications_out_of_range_are_named() {
    let spec = |spec: Spec| fit(&data(), &spec, &mut Silent).unwrap_err().to_string();
    assert_eq!(
        spec(Spec { ridge: Some(-1.0), ..Spec::default() }),
        "ridge is -1, it must be at least 0"
    );
    assert_eq!(
        spec(Spec { confidence: 1.0, ..Spec::default() }),
        "confidence is 1, it must be between 0 and 1"
    );
    assert_eq!(
        spec(Spec { max_iter: 0, ..Spec::default() }),
        "max_iter is 0, it must be at least 1"
    );
    let weighted = Data { weights: Some(&[1.0; 6]), ..data() };
    let exact = Spec { ties: Ties::Exact, ..Spec::default() };
    let error = fit(&weighted, &exact, &mut Silent).unwrap_err();
    assert_eq!(error.to_string(), "the exact likelihood cannot be computed with case weights");
    let path = |spec: PathSpec| elastic_net(&data(), &spec, &mut Silent).unwrap_err().to_string();
    assert_eq!(
        path(PathSpec { alpha: 2.0, ..PathSpec::default() }),
        "alpha is 2, it must be between 0 and 1"
    );
    assert_eq!(
        path(PathSpec { lambda: Some(vec![0.1, 0.2]), ..PathSpec::default() }),
        "lambda is 0.2, it must be decreasing"
    );
}

#[test]
fn predictions_out_of_reach_are_errors() {
    let fit = fit(&data(), &Spec::default(), &mut Silent).unwrap();
    let too_late = fit.risk(&[0.0], 0, 14.0, 0.0).unwrap_err();
    assert_eq!(
        too_late.to_string(),
        "survival is not known at 14: no observation lasted that long"
    );
    assert!(matches!(fit.survival(&[0.0, 1.0], 0, 3.0), Err(Error::Values { .. })));
    assert!(matches!(fit.survival(&[f64::NAN], 0, 3.0), Err(Error::NotFinite { .. })));
    assert!(matches!(fit.survival(&[0.0], 4, 3.0), Err(Error::UnknownStratum { stratum: 4 })));
    assert!(matches!(fit.survival(&[0.0], 0, -3.0), Err(Error::Spec { field: "time", .. })));
    let other = vec![Covariate { name: "y", values: &X }];
    let other = Data { covariates: other, ..data() };
    assert!(matches!(cox::residuals(&other, &fit), Err(Error::OtherCovariates { .. })));
}

#[test]
fn the_other_models_say_what_they_need() {
    let zero = Data { stop: &[0.0, 2.0, 3.0, 4.0, 5.0, 6.0], ..data() };
    let error = aft::fit(&zero, &aft::Spec::default(), &mut Silent).unwrap_err();
    assert_eq!(error, Error::Time { row: 0, field: "stop", value: 0.0 });
    let entries = [0.0; 6];
    let delayed = Data { start: Some(&entries), ..data() };
    let error = aft::fit(&delayed, &aft::Spec::default(), &mut Silent).unwrap_err();
    assert!(matches!(error, Error::Unsupported { with: "start times", .. }));
    let halves = [0.5, 2.0, 3.0, 4.0, 5.0, 6.0];
    let half = Data { stop: &halves, ..data() };
    let error = discrete_hazard(&half, Link::Logit, &mut Silent).unwrap_err();
    assert_eq!(error.to_string(), "row 1: `stop` is 0.5, not a number of periods up to 1000");
    assert!(matches!(log_rank(&data(), &[0, 1]), Err(Error::Length { .. })));
    assert!(matches!(aalen_johansen(&data(), &[0; 6]), Err(Error::NoEvents { .. })));
    assert!(matches!(kaplan_meier(&Data::new(&[], &[], vec![])), Err(Error::NoRows)));
    let method = CrossValidation { folds: 10, ..CrossValidation::default() };
    let error =
        cross_validate(&data(), &Spec::default(), &method, &Interrupt::never()).unwrap_err();
    assert_eq!(error.to_string(), "10 folds cannot be made: there are only 6 groups");
}
