//! Likelihoods without a maximum in the parametric and the discrete families.

use seedtest_numerics::Stream;
use seedtest_survival::aft::{self, Distribution};
use seedtest_survival::cox;
use seedtest_survival::{Covariate, Data, DiscreteFit, Link, Silent, Warning, discrete_hazard};

use crate::simulation::School;

const DISTRIBUTIONS: [Distribution; 4] = [
    Distribution::Exponential,
    Distribution::Weibull,
    Distribution::LogNormal,
    Distribution::LogLogistic,
];

fn separating(warnings: &[Warning]) -> Vec<&str> {
    let named = warnings.iter().filter_map(|warning| match warning {
        Warning::Separation { covariates } => Some(covariates),
        _ => None,
    });
    named.flatten().map(String::as_str).collect()
}

fn parametric(data: &Data<'_>, distribution: Distribution) -> aft::Fit {
    let spec = aft::Spec { distribution, ..aft::Spec::default() };
    let fit = aft::fit(data, &spec, &mut Silent).unwrap();
    let parameters = fit.parameters.iter();
    for (estimate, se, p) in parameters.filter_map(|p| Some((p.estimate?, p.se?, p.p?))) {
        assert!(estimate.is_finite() && se.is_finite() && se > 0.0, "{:?}", fit.parameters);
        assert!((0.0..=1.0).contains(&p));
    }
    fit
}

fn discrete(data: &Data<'_>, link: Link) -> DiscreteFit {
    let fit = discrete_hazard(data, link, &mut Silent).unwrap();
    for c in &fit.coefficients {
        let (estimate, se) = c.coefficient.zip(c.se).unwrap();
        assert!(estimate.is_finite() && se.is_finite() && se > 0.0, "{:?}", fit.coefficients);
    }
    fit
}

/// Nobody of a group has the event: its coefficient runs to infinity in every family.
#[test]
fn a_group_without_events_is_named_in_every_family() {
    let school = School::new(8, 200, 1, &[0.5], 0.0);
    let safe: Vec<f64> = school
        .event
        .iter()
        .enumerate()
        .map(|(row, e)| f64::from(u8::from(*e == 0 && row % 2 == 0)))
        .collect();
    let covariates = vec![
        Covariate { name: "x", values: &school.x[0] },
        Covariate { name: "exempt", values: &safe },
    ];
    let data = Data { covariates, ..school.data() };
    let ridge = cox::Spec::RESCUE_RIDGE;
    for distribution in DISTRIBUTIONS {
        let fit = parametric(&data, distribution);
        assert_eq!(separating(&fit.warnings), ["exempt"], "{distribution:?}");
        assert!(fit.warnings.contains(&Warning::RidgeApplied { ridge }));
        assert_eq!(fit.ridge, ridge);
        assert!(fit.verdict.converged());
        // Exempt students last longer.
        assert!(fit.parameters[2].estimate.is_some_and(|b| b > 0.0));
        assert!(fit.log_likelihood_null.is_some_and(|null| null < fit.log_likelihood));
    }
    let months: Vec<f64> = school.stop.iter().map(|t| (t / 30.0).ceil()).collect();
    let data = Data { stop: &months, ..data };
    for link in [Link::Logit, Link::Cloglog] {
        let fit = discrete(&data, link);
        assert_eq!(separating(&fit.warnings), ["exempt"], "{link:?}");
        assert_eq!(fit.ridge, ridge);
        assert!(fit.verdict.converged());
        assert!(fit.coefficients[1].coefficient.is_some_and(|b| b < 0.0));
    }
}

/// In every period the events have larger values than the others: no maximum for the discrete family,
/// though the covariate does not order the events by time.
#[test]
fn a_covariate_that_tells_the_events_of_every_period_is_named() {
    let mut stream = Stream::new(12, 0);
    let n = 90;
    let stop: Vec<f64> = (0..n).map(|row| f64::from(row % 3 + 1)).collect();
    let event: Vec<u8> = (0..n).map(|row| u8::from(row % 2 == 0)).collect();
    let tells: Vec<f64> = event.iter().map(|&e| f64::from(e) * 2.0 + stream.uniform()).collect();
    let noise: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
    let event: Vec<u8> = (0..n as usize)
        .map(|row| u8::from(event[row] == 1 && stop[row] == 1.0 || tells[row] > 2.9))
        .collect();
    let stop: Vec<f64> =
        (0..n as usize).map(|row| if event[row] == 1 { 1.0 } else { stop[row] }).collect();
    let tells: Vec<f64> =
        (0..n as usize).map(|row| tells[row] + 5.0 * f64::from(event[row])).collect();
    let covariates = vec![
        Covariate { name: "noise", values: &noise },
        Covariate { name: "tells", values: &tells },
    ];
    let data = Data::new(&stop, &event, covariates);
    for link in [Link::Logit, Link::Cloglog] {
        let fit = discrete(&data, link);
        assert!(separating(&fit.warnings).contains(&"tells"), "{link:?}");
    }
}

#[test]
fn ordinary_data_have_no_penalty() {
    let school = School::new(3, 300, 1, &[0.5, -0.4], 0.0);
    for distribution in DISTRIBUTIONS {
        let fit = parametric(&school.data(), distribution);
        assert_eq!((fit.ridge, separating(&fit.warnings).len()), (0.0, 0));
    }
}

/// Everybody has the event: nothing is wrong with that, and in the last period nobody is left.
#[test]
fn data_without_censoring_are_fitted_by_every_family() {
    let mut school = School::new(9, 200, 1, &[0.5], 0.0);
    school.event.fill(1);
    let cox = cox::fit(&school.data(), &cox::Spec::default(), &mut Silent).unwrap();
    assert!(cox.verdict.converged() && cox.warnings.contains(&Warning::NoCensoring));
    for distribution in DISTRIBUTIONS {
        assert!(parametric(&school.data(), distribution).verdict.converged());
    }
    let months: Vec<f64> = school.stop.iter().map(|t| (t / 30.0).ceil()).collect();
    let data = Data { stop: &months, ..school.data() };
    let fit = discrete(&data, Link::Logit);
    assert!(fit.verdict.converged() && fit.ridge == 0.0);
    let last = fit.periods.last().unwrap();
    assert_eq!((last.level, last.events), (None, last.at_risk));
    assert_eq!(fit.survival(&[0.0], 0, last.period).unwrap(), 0.0);
    assert!(fit.periods.iter().filter_map(|p| p.se).all(|se| se > 0.0 && se < 5.0));
}
