//! Curves and tests without covariates against R.

use seedtest_survival::{Bounds, Data, SurvivalCurve, aalen_johansen, kaplan_meier, log_rank};
use serde_json::Value;

use crate::columns::{heart, lung, pbc};
use crate::reference::{assert_close, numbers};

fn reference() -> Value {
    serde_json::from_str(include_str!("curves.json")).unwrap()
}

/// Sums and products of a few hundred terms against figures printed with 15 digits.
const CURVE: f64 = 1e-12;

fn check_curve(name: &str, data: &Data<'_>) {
    let theirs = &reference()["curves"][name];
    let ours: SurvivalCurve = kaplan_meier(data).unwrap();
    let close = |key: &str, ours: &[f64]| {
        assert_close(&format!("{name} {key}"), ours, &numbers(&theirs[key]), CURVE, 1e-3);
    };
    close("time", &ours.time);
    close("n_risk", &ours.n_risk);
    close("n_event", &ours.n_event);
    close("n_censor", &ours.n_censor);
    close("surv", &ours.survival);
    close("cumhaz", &ours.hazard);
    close("cumhaz_se", &ours.hazard_se);
    let known = |list: &Value| {
        let known = numbers(list);
        known.into_iter().filter(|x| x.is_finite()).collect::<Vec<f64>>()
    };
    let log_se: Vec<f64> = ours.log_se.iter().flatten().copied().collect();
    assert_close(name, &log_se, &known(&theirs["std_err"]), CURVE, 1e-3);
    for (key, bounds) in
        [("loglog", Bounds::LogLog), ("log", Bounds::Log), ("plain", Bounds::Plain)]
    {
        let found = ours.bounds(0.95, bounds);
        let (lower, upper) = (numbers(&theirs[key]["lower"]), numbers(&theirs[key]["upper"]));
        for (k, found) in found.iter().enumerate() {
            // R prints 1 before the first event also where the scale has no spread to go by.
            let Some((l, u)) = found else { continue };
            assert_close(key, &[*l, *u], &[lower[k], upper[k]], CURVE, 1e-3);
        }
    }
    let shares = [0.25, 0.5, 0.75];
    let quartiles: Vec<f64> = shares.map(|q| ours.quantile(q).unwrap_or(f64::NAN)).to_vec();
    let bounds = shares.map(|q| ours.quantile_bounds(q, 0.95, Bounds::LogLog));
    let lower: Vec<f64> = bounds.iter().map(|b| b.0.unwrap_or(f64::NAN)).collect();
    let upper: Vec<f64> = bounds.iter().map(|b| b.1.unwrap_or(f64::NAN)).collect();
    for (key, ours) in
        [("quartiles", quartiles), ("quartile_lower", lower), ("quartile_upper", upper)]
    {
        let theirs = numbers(&theirs[key]);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert!(ours == theirs || (ours.is_nan() && theirs.is_nan()), "{name} {key}");
        }
    }
}

#[test]
fn survival_curves() {
    let lung = lung();
    check_curve("lung", &lung.data(&[]));
    let weighted = Data { weights: Some(&lung.named["w"]), ..lung.data(&[]) };
    check_curve("lung_weights", &weighted);
    check_curve("heart", &heart().data(&[]));
}

#[test]
fn restricted_means() {
    let curve = kaplan_meier(&lung().data(&[])).unwrap();
    for case in reference()["rmst"].as_array().unwrap() {
        let (mean, se) = curve.restricted_mean(case["tau"].as_f64().unwrap()).unwrap();
        let theirs = [case["mean"].as_f64().unwrap(), case["se"].as_f64().unwrap()];
        assert_close("rmst", &[mean, se], &theirs, CURVE, 1.0);
    }
    assert_eq!(curve.restricted_mean(1e6), None);
}

#[test]
fn log_rank_tests() {
    for (name, column, strata) in
        [("sex", "sex", None), ("ecog", "ph.ecog", None), ("ecog_strata", "ph.ecog", Some("sex"))]
    {
        let columns = match strata {
            None => lung(),
            Some(strata) => lung().strata(strata),
        };
        let ours = log_rank(&columns.data(&[]), &columns.codes(column)).unwrap();
        let theirs = &reference()["logrank"][name];
        assert_close(name, &ours.observed, &numbers(&theirs["observed"]), CURVE, 1.0);
        assert_close(name, &ours.expected, &numbers(&theirs["expected"]), CURVE, 1.0);
        let statistic = theirs["chisq"].as_f64().unwrap();
        assert_close(name, &[ours.test.unwrap().statistic], &[statistic], 1e-10, 1.0);
    }
}

#[test]
fn cumulative_incidence() {
    let pbc = pbc();
    let theirs = &reference()["aalen_johansen"];
    let ours = aalen_johansen(&pbc.data(&[]), &pbc.codes("status")).unwrap();
    assert_eq!(ours.time, numbers(&theirs["time"]));
    let columns = |free: &[f64], incidence: &[Vec<f64>]| {
        incidence.iter().fold(free.to_vec(), |all, column| [all, column.clone()].concat())
    };
    let probability = columns(&ours.event_free, &ours.incidence);
    assert_close("pstate", &probability, &numbers(&theirs["pstate"]), CURVE, 1e-3);
    let se = columns(&ours.event_free_se, &ours.incidence_se);
    assert_close("std.err", &se, &numbers(&theirs["std_err"]), 1e-9, 1e-3);
}
