//! Weights that are no counts, and parametric fits as proportional hazards, against R survival.

use seedtest_survival::aft::{self, Distribution};
use seedtest_survival::{
    Data, Link, Silent, discrete_hazard, kaplan_meier, kaplan_meier_robust, log_rank,
    restricted_mean_robust,
};
use serde_json::Value;

use crate::columns::{Columns, heart, lung, weibull_60};
use crate::reference::{assert_close, numbers};

fn reference() -> Value {
    serde_json::from_str(include_str!("weights.json")).unwrap()
}

/// Sums of a few hundred terms against figures printed with 15 digits.
const SUMS: f64 = 1e-10;

/// The weights of reference/survival_weights.R.
fn weights(n: usize) -> Vec<f64> {
    (1..=n).map(|row| 1.0 + (row % 7) as f64 / 3.0).collect()
}

fn check_curve(name: &str, data: &Data<'_>) {
    let theirs = &reference()["curves"][name];
    let ours = kaplan_meier_robust(data).unwrap();
    assert!(ours.robust);
    assert_close(name, &ours.time, &numbers(&theirs["time"]), SUMS, 1.0);
    assert_close(name, &ours.survival, &numbers(&theirs["surv"]), SUMS, 1e-3);
    assert_close(name, &ours.hazard, &numbers(&theirs["cumhaz"]), SUMS, 1e-3);
    assert_close(name, &ours.hazard_se, &numbers(&theirs["std_chaz"]), SUMS, 1e-3);
    let se = ours.survival.iter().zip(&ours.log_se).map(|(s, se)| s * se.unwrap_or(0.0));
    assert_close(name, &se.collect::<Vec<f64>>(), &numbers(&theirs["std_err"]), SUMS, 1e-3);
    if let Some(se) = theirs["rmst_se"].as_f64() {
        let tau = theirs["tau"].as_f64().unwrap();
        let (mean, ours_se) = restricted_mean_robust(data, &ours, tau).unwrap();
        assert_eq!(Some(mean), ours.restricted_mean(tau).map(|m| m.0));
        assert_close("rmst", &[ours_se], &[se], SUMS, 1.0);
    }
}

#[test]
fn robust_curves() {
    let lung = lung();
    let w = weights(lung.n());
    let weighted = Data { weights: Some(&w), ..lung.data(&[]) };
    check_curve("lung", &weighted);
    let id: Vec<u32> = (1..=lung.n() as u32).map(|row| row % 40).collect();
    check_curve("lung_clusters", &Data { cluster: Some(&id), ..weighted });
    let heart = heart().cluster("id");
    let w = weights(heart.n());
    check_curve("heart", &Data { weights: Some(&w), ..heart.data(&[]) });
}

#[test]
fn weighted_log_rank_tests() {
    let theirs = &reference()["logrank"];
    let check = |name: &str, columns: &Columns, column: &str, clusters: Option<&[u32]>| {
        let w = weights(columns.n());
        let data = Data { weights: Some(&w), cluster: clusters, ..columns.data(&[]) };
        let ours = log_rank(&data, &columns.codes(column)).unwrap();
        assert!(ours.robust);
        let statistic = ours.test.unwrap().statistic;
        assert_close(name, &[statistic], &[theirs[name].as_f64().unwrap()], SUMS, 1.0);
    };
    check("sex", &lung(), "sex", None);
    check("ecog", &lung(), "ph.ecog", None);
    check("ecog_strata", &lung().strata("sex"), "ph.ecog", None);
    let id: Vec<u32> = (1..=lung().n() as u32).map(|row| row % 40).collect();
    check("sex_clusters", &lung(), "sex", Some(&id));
    check("transplant", &heart(), "transplant", None);
    // Whole numbers count rows.
    let lung = lung();
    let twice: Vec<f64> = (1..=lung.n()).map(|row| 1.0 + (row % 3) as f64).collect();
    let data = Data { weights: Some(&twice), ..lung.data(&[]) };
    let ours = log_rank(&data, &lung.codes("ph.ecog")).unwrap();
    assert!(!ours.robust);
    let expected = theirs["ecog_counts"].as_f64().unwrap();
    assert_close("counts", &[ours.test.unwrap().statistic], &[expected], SUMS, 1.0);
    assert!(!kaplan_meier(&data).unwrap().robust);
}

#[test]
fn proportional_hazards_by_the_delta_method() {
    let lung = lung();
    let data = lung.data(&["age", "sex", "ph.ecog"]);
    for case in reference()["hazards"].as_array().unwrap() {
        let distribution = match case["dist"].as_str().unwrap() {
            "weibull" => Distribution::Weibull,
            _ => Distribution::Exponential,
        };
        let spec = aft::Spec { distribution, ..aft::Spec::default() };
        let fit = aft::fit(&data, &spec, &mut Silent).unwrap();
        let ours = fit.proportional_hazards(0.95).unwrap();
        let estimates: Vec<f64> = ours.coefficients.iter().map(|c| c.estimate.unwrap()).collect();
        let se: Vec<f64> = ours.coefficients.iter().map(|c| c.se.unwrap()).collect();
        assert_close("coef", &estimates, &numbers(&case["coef"]), 1e-8, 1e-2);
        assert_close("se", &se, &numbers(&case["se"]), 1e-8, 1e-2);
        let number = |key: &str| case[key].as_f64().unwrap();
        assert_close(
            "null",
            &[fit.log_likelihood_null.unwrap()],
            &[number("loglik_null")],
            1e-12,
            1.0,
        );
        let found = [ours.shape.estimate, ours.scale.estimate, ours.scale.se.unwrap()];
        let expected = [number("shape"), number("scale"), number("scale_se")];
        assert_close("shape and scale", &found, &expected, 1e-8, 1.0);
        assert_eq!(ours.shape.se.is_some(), case["shape_se"].is_number());
        if let Some(se) = ours.shape.se {
            assert_close("shape", &[se], &[number("shape_se")], 1e-8, 1e-2);
        }
    }
    let spec = aft::Spec { distribution: Distribution::LogNormal, ..aft::Spec::default() };
    assert_eq!(aft::fit(&data, &spec, &mut Silent).unwrap().proportional_hazards(0.95), None);
}

/// A strong effect in a small sample, where the error of the scale is most of that of the ratio. R's
/// survreg with the delta method gives 2.4800 with an error of 0.3522; the profile likelihood an
/// interval from 1.82 to 3.20.
#[test]
fn a_strong_effect_in_a_small_sample() {
    let columns = weibull_60();
    let data = columns.data(&["x"]);
    let fit = aft::fit(&data, &aft::Spec::default(), &mut Silent).unwrap();
    let found = &fit.proportional_hazards(0.95).unwrap().coefficients[0];
    let (estimate, se) = (found.estimate.unwrap(), found.se.unwrap());
    assert_close("log HR", &[estimate, se], &[2.4800, 0.3522], 1e-4, 1.0);
}

#[test]
fn errors_of_parametric_fits_are_robust_where_weights_are_no_counts() {
    let lung = lung();
    let w = weights(lung.n());
    let id: Vec<u32> = (1..=lung.n() as u32).map(|row| row % 40).collect();
    for case in reference()["robust_aft"].as_array().unwrap() {
        let distribution = match case["dist"].as_str().unwrap() {
            "weibull" => Distribution::Weibull,
            "exponential" => Distribution::Exponential,
            "lognormal" => Distribution::LogNormal,
            _ => Distribution::LogLogistic,
        };
        let is_clustered = case["clustered"].as_bool().unwrap();
        let cluster = is_clustered.then_some(&id[..]);
        let data = Data { weights: Some(&w), cluster, ..lung.data(&["age", "sex", "ph.ecog"]) };
        let spec = aft::Spec { distribution, ..aft::Spec::default() };
        let ours = aft::fit(&data, &spec, &mut Silent).unwrap();
        assert_eq!((ours.robust, ours.n_clusters), (true, is_clustered.then_some(40)));
        let coefficients = ours.parameters.iter().map(|p| p.estimate.unwrap());
        let coefficients: Vec<f64> = coefficients.take(4).collect();
        let what = format!("{distribution:?} {is_clustered}");
        assert_close(&what, &coefficients, &numbers(&case["coef"]), 1e-8, 1e-2);
        // R stops a step earlier: its scores are at an optimum known to about 1e-8 standard errors.
        assert_close(&what, &ours.covariance, &numbers(&case["vcov"]), 1e-6, 1e-5);
        // As many equal rows as the weight says: a sandwich does not depend on the unit of weights.
        let twice: Vec<f64> = w.iter().map(|w| 2.0 * w).collect();
        let doubled =
            aft::fit(&Data { weights: Some(&twice), ..data }, &spec, &mut Silent).unwrap();
        assert_close(&what, &doubled.covariance, &ours.covariance, 1e-8, 1e-6);
    }
    let whole: Vec<f64> = w.iter().map(|w| w.ceil()).collect();
    let counts = Data { weights: Some(&whole), ..lung.data(&["age"]) };
    assert!(!aft::fit(&counts, &aft::Spec::default(), &mut Silent).unwrap().robust);
}

#[test]
fn errors_of_discrete_fits_are_robust_where_weights_are_no_counts() {
    let lung = lung();
    let w = weights(lung.n());
    let periods: Vec<f64> = lung.named["time"].iter().map(|t| (t / 180.0).ceil()).collect();
    let data = Data { weights: Some(&w), stop: &periods, ..lung.data(&["age", "sex"]) };
    for case in reference()["robust_discrete"].as_array().unwrap() {
        let link = if case["link"] == "logit" { Link::Logit } else { Link::Cloglog };
        let ours = discrete_hazard(&data, link, &mut Silent).unwrap();
        assert_eq!((ours.robust, ours.n_clusters), (true, None));
        let levels = ours.periods.iter().filter_map(|p| p.level);
        let coefficients = ours.coefficients.iter().map(|c| c.coefficient.unwrap());
        let estimates: Vec<f64> = levels.chain(coefficients).collect();
        assert_close("coef", &estimates, &numbers(&case["coef"]), 1e-8, 1e-2);
        assert_close("vcov", &ours.covariance, &numbers(&case["vcov"]), 1e-7, 1e-5);
    }
}
