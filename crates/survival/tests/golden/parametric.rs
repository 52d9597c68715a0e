//! Parametric and discrete models against R.

use seedtest_survival::aft::{self, Distribution};
use seedtest_survival::{Data, Link, Silent, discrete_hazard};
use serde_json::Value;

use crate::columns::{churn_1k, lung};
use crate::reference::{assert_close, numbers};

fn reference() -> Value {
    serde_json::from_str(include_str!("parametric.json")).unwrap()
}

#[test]
fn accelerated_failure_times() {
    let lung = lung();
    let names = ["age", "sex", "ph.ecog"];
    for case in reference()["aft"].as_array().unwrap() {
        let distribution = match case["dist"].as_str().unwrap() {
            "exponential" => Distribution::Exponential,
            "weibull" => Distribution::Weibull,
            "lognormal" => Distribution::LogNormal,
            _ => Distribution::LogLogistic,
        };
        let weights = case["weighted"].as_bool().unwrap().then_some(&lung.named["w"][..]);
        let data = Data { weights, ..lung.data(&names) };
        let spec = aft::Spec { distribution, ..aft::Spec::default() };
        let ours = aft::fit(&data, &spec, &mut Silent).unwrap();
        assert!(ours.verdict.converged());
        let mut estimates: Vec<f64> = ours.parameters.iter().map(|p| p.estimate.unwrap()).collect();
        if distribution.has_scale() {
            estimates.pop();
        }
        let what = format!("{distribution:?}");
        // Both stop Newton's method with a last step far below 1e-6 standard errors.
        assert_close(&what, &estimates, &numbers(&case["coef"]), 1e-9, 1e-2);
        assert_close(&what, &[ours.scale], &[case["scale"].as_f64().unwrap()], 1e-9, 1.0);
        let covariance = ours.model_covariance.as_ref().unwrap_or(&ours.covariance);
        assert_close(&what, covariance, &numbers(&case["vcov"]), 1e-8, 1e-6);
        let log_likelihood = numbers(&case["loglik"])[1];
        assert_close(&what, &[ours.log_likelihood], &[log_likelihood], 1e-12, 1.0);
        // R gives one row per person, printed by column.
        let quantile = |p: f64| (0..3).map(move |row| (row, p));
        let found: Vec<f64> = [0.1, 0.5, 0.9]
            .into_iter()
            .flat_map(quantile)
            .map(|(row, p)| ours.quantile(&lung.row(row, &names), p).unwrap())
            .collect();
        assert_close(&what, &found, &numbers(&case["quantiles"]), 1e-9, 1.0);
    }
}

#[test]
fn discrete_time_hazards() {
    let churn = churn_1k();
    let months: Vec<f64> = churn.named["time"].iter().map(|t| (t / 30.0).ceil()).collect();
    let names = ["accuracy", "sessions", "paid"];
    let data = churn.data(&names);
    let data = Data { stop: &months, ..data };
    for case in reference()["discrete"].as_array().unwrap() {
        let link = if case["link"] == "logit" { Link::Logit } else { Link::Cloglog };
        let ours = discrete_hazard(&data, link, &mut Silent).unwrap();
        assert!(ours.verdict.converged());
        let levels = ours.periods.iter().map(|p| p.level.unwrap());
        let coefficients = ours.coefficients.iter().map(|c| c.coefficient.unwrap());
        let estimates: Vec<f64> = levels.chain(coefficients).collect();
        assert_close("coef", &estimates, &numbers(&case["coef"]), 1e-9, 1e-2);
        assert_close("vcov", &ours.covariance, &numbers(&case["vcov"]), 1e-8, 1e-2);
        let log_likelihood = case["loglik"].as_f64().unwrap();
        assert_close("loglik", &[ours.log_likelihood], &[log_likelihood], 1e-12, 1.0);
    }
}

/// A level for every period of every stratum, an offset, and the sandwich over clusters.
#[test]
fn discrete_time_hazards_of_strata_and_clusters() {
    let churn = churn_1k();
    let months: Vec<f64> = churn.named["time"].iter().map(|t| (t / 30.0).ceil()).collect();
    let strata: Vec<u32> = churn.named["paid"].iter().map(|paid| *paid as u32).collect();
    let rows = 1..=months.len() as u32;
    let offset: Vec<f64> = rows.clone().map(|row| 0.3 * f64::from(row % 4)).collect();
    let cluster: Vec<u32> = rows.map(|row| row % 200).collect();
    let data = Data {
        stop: &months,
        strata: Some(&strata),
        offset: Some(&offset),
        cluster: Some(&cluster),
        ..churn.data(&["accuracy", "sessions"])
    };
    for case in reference()["discrete_clustered"].as_array().unwrap() {
        let link = if case["link"] == "logit" { Link::Logit } else { Link::Cloglog };
        let ours = discrete_hazard(&data, link, &mut Silent).unwrap();
        assert!(ours.verdict.converged());
        assert_eq!(ours.n_clusters, Some(200));
        let levels = ours.periods.iter().filter_map(|p| p.level);
        let coefficients = ours.coefficients.iter().map(|c| c.coefficient.unwrap());
        let estimates: Vec<f64> = levels.chain(coefficients).collect();
        assert_close("coef", &estimates, &numbers(&case["coef"]), 1e-9, 1e-2);
        assert_close("vcov", &ours.covariance, &numbers(&case["vcov"]), 1e-8, 1e-2);
        let log_likelihood = case["loglik"].as_f64().unwrap();
        assert_close("loglik", &[ours.log_likelihood], &[log_likelihood], 1e-12, 1.0);
    }
}
