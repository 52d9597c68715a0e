//! Cox models against R's survival and glmnet.

use seedtest_formula::{Formula, Frame};
use seedtest_survival::cox::{
    Fit, PathSpec, Spec, Ties, Transform, elastic_net, fit, proportionality, residuals,
};
use seedtest_survival::{Data, FormulaData, Silent};
use serde_json::Value;

use crate::columns::{Columns, churn_1k, churn_10k, heart, lung, pbc};
use crate::reference::{assert_close, numbers};

const LUNG: [&str; 3] = ["age", "sex", "ph.ecog"];
const HEART: [&str; 4] = ["age", "year", "surgery", "transplant"];
const PBC: [&str; 5] = ["age", "edema", "lbili", "lprotime", "lalbumin"];
const CHURN: [&str; 7] = ["accuracy", "sessions", "streak", "latency", "paid", "age", "grade"];

/// Both programs stop Newton's method where the next step is below 1e-6 standard errors, and R
/// prints 15 digits.
const ESTIMATE: f64 = 1e-9;

fn reference() -> Value {
    serde_json::from_str(include_str!("cox.json")).unwrap()
}

fn spec(ties: Ties) -> Spec {
    Spec { ties, ..Spec::default() }
}

/// Compares everything R printed for a case with a fit of ours.
fn check(name: &str, columns: &Columns, data: &Data<'_>, spec: &Spec) {
    let reference = &reference()["cox"][name];
    let ours = fit(data, spec, &mut Silent).unwrap();
    assert!(ours.verdict.converged(), "{name}: {:?}", ours.verdict);
    let close = |what: &str, ours: &[f64], key: &str, tolerance: f64, scale: f64| {
        assert_close(&format!("{name} {what}"), ours, &numbers(&reference[key]), tolerance, scale);
    };
    let estimates: Vec<_> = ours.coefficients.iter().map(|c| c.estimate.unwrap()).collect();
    let coefficients: Vec<f64> = estimates.iter().map(|e| e.coefficient).collect();
    let errors: Vec<f64> = estimates.iter().map(|e| e.robust_se.unwrap_or(e.se)).collect();
    let smallest = errors.iter().copied().fold(f64::INFINITY, f64::min);
    close("coef", &coefficients, "coef", ESTIMATE, smallest);
    close("vcov", &ours.covariance, "vcov", ESTIMATE, smallest * smallest);
    let likelihoods = [ours.log_likelihood_null, ours.log_likelihood];
    close("loglik", &likelihoods, "loglik", 1e-12, 1.0);
    if reference["n"].is_null() {
        return;
    }
    close("naive vcov", &ours.model_covariance, "naive_vcov", ESTIMATE, smallest * smallest);
    assert_eq!(ours.n as u64, reference["n"].as_u64().unwrap());
    assert_eq!(ours.n_events as u64, reference["n_events"].as_u64().unwrap());
    let one = |key: &str| vec![reference[key].as_f64().unwrap()];
    let concordance = ours.concordance.unwrap();
    assert_close(name, &[concordance.concordance], &one("concordance"), 1e-12, 1.0);
    assert_close(name, &[concordance.se], &one("concordance_se"), 1e-11, 1e-3);
    let tests = ours.tests.unwrap();
    assert_close("lr", &[tests.likelihood_ratio.statistic], &one("lr"), 1e-9, 1.0);
    assert_close("wald", &[tests.wald.statistic], &one("wald"), 1e-9, 1.0);
    assert_close("score", &[tests.score.statistic], &one("score"), 1e-9, 1.0);
    let z: Vec<f64> = estimates.iter().map(|e| e.z).collect();
    close("z", &z, "z", ESTIMATE, 1.0);
    let p: Vec<f64> = estimates.iter().map(|e| e.p).collect();
    // The relative error of a tail probability is z² times that of z.
    close("p", &p, "p", 1e-6, 1e-300);
    let lower = estimates.iter().map(|e| e.hazard_ratio_lower);
    let upper = estimates.iter().map(|e| e.hazard_ratio_upper);
    close("conf", &lower.chain(upper).collect::<Vec<f64>>(), "conf", 1e-9, 1.0);
    check_baseline(name, reference, &ours);
    check_curves(name, reference, columns, &ours);
    check_proportionality(name, reference, data, &ours);
    check_residuals(name, reference, data, &ours);
}

fn check_baseline(name: &str, reference: &Value, ours: &Fit) {
    let zero = &reference["basehaz_zero"];
    if zero.is_null() {
        return;
    }
    let at_zero = vec![0.0; ours.coefficients.len()];
    let ratio = ours.hazard_ratio(&at_zero).unwrap();
    let times = numbers(&zero["time"]);
    let hazards = numbers(&zero["hazard"]);
    if zero["strata"].is_null() {
        let found: Vec<f64> =
            times.iter().map(|&t| ratio * ours.baselines[0].hazard_at(t)).collect();
        assert_close(&format!("{name} basehaz"), &found, &hazards, 1e-8, 1e-12);
        return;
    }
    // R names strata in the order in which ours are kept.
    let names = zero["strata"].as_array().unwrap();
    let mut stratum = 0;
    let found: Vec<f64> = (0..times.len())
        .map(|at| {
            if at > 0 && names[at] != names[at - 1] {
                stratum += 1;
            }
            ratio * ours.baselines[stratum].hazard_at(times[at])
        })
        .collect();
    assert_close(&format!("{name} basehaz"), &found, &hazards, 1e-8, 1e-12);
}

fn check_curves(name: &str, reference: &Value, columns: &Columns, ours: &Fit) {
    let curves = &reference["curves"];
    if curves.is_null() {
        return;
    }
    let names = ours.names();
    let times = numbers(&curves["time"]);
    let mut found = [vec![], vec![], vec![]];
    for row in 0..curves["rows"].as_u64().unwrap() as usize {
        for &time in &times {
            let at = ours.survival(&columns.row(row, &names), 0, time).unwrap();
            found[0].push(at.survival);
            found[1].push(at.lower);
            found[2].push(at.upper);
        }
    }
    for (found, key) in found.iter().zip(["surv", "lower", "upper"]) {
        assert_close(&format!("{name} {key}"), found, &numbers(&curves[key]), 1e-8, 1e-3);
    }
}

fn check_proportionality(name: &str, reference: &Value, data: &Data<'_>, ours: &Fit) {
    let kinds = [
        ("km", Transform::Km),
        ("identity", Transform::Identity),
        ("rank", Transform::Rank),
        ("log", Transform::Log),
    ];
    for (key, transform) in kinds {
        let theirs = &reference["zph"][key];
        if theirs["chisq"].is_null() {
            continue;
        }
        let test = proportionality(data, ours, transform, &[]).unwrap();
        let mut found: Vec<f64> = test.covariates.iter().map(|(_, t)| t.statistic).collect();
        found.push(test.global.statistic);
        let theirs = numbers(&theirs["chisq"]);
        assert_close(&format!("{name} zph {key}"), &found, &theirs, 1e-8, 1e-2);
    }
}

fn check_residuals(name: &str, reference: &Value, data: &Data<'_>, ours: &Fit) {
    let theirs = &reference["residuals"];
    if theirs.is_null() {
        return;
    }
    let found = residuals(data, ours).unwrap();
    let every = |column: &[f64]| column.iter().step_by(4).copied().collect::<Vec<f64>>();
    let all = |columns: &[Vec<f64>]| columns.iter().flat_map(|c| every(c)).collect::<Vec<f64>>();
    let close = |key: &str, ours: &[f64], scale: f64| {
        assert_close(&format!("{name} {key}"), ours, &numbers(&theirs[key]), 1e-8, scale);
    };
    close("martingale", &every(&found.martingale), 1.0);
    // A square root doubles the digits lost near zero.
    close("deviance", &every(&found.deviance), 1.0);
    close("score", &all(&found.score), 1.0);
    close("dfbeta", &all(&found.dfbeta), 1e-3);
    // Within a time R keeps the order of the rows, as we do.
    close("schoenfeld", &all(&found.schoenfeld), 1.0);
}

/// A factor's columns are tested together, as R's default does: survival 3.5-3, `cox.zph(f, transform = t)$table` of
/// `f <- coxph(Surv(time, event) ~ age + factor(pmin(ph.ecog, 2)) + sex, lung, control = coxph.control(eps = 1e-13))`.
#[test]
fn terms_are_tested_for_proportional_hazards_together() {
    let lung = lung();
    let column = |name: &str| lung.named[name].clone();
    let ecog: Vec<String> = column("ph.ecog").iter().map(|x| x.min(2.0).to_string()).collect();
    let mut frame = Frame::new();
    for name in ["time", "status", "age", "sex"] {
        frame.push_numeric(name, column(name)).unwrap();
    }
    let ecog: Vec<&str> = ecog.iter().map(String::as_str).collect();
    frame.push_text("ecog", &ecog).unwrap();
    let formula = Formula::parse("Surv(time, status == 2) ~ age + ecog + sex").unwrap();
    let made = FormulaData::new(&formula, &frame).unwrap();
    let data = made.data();
    let found = fit(&data, &Spec::default(), &mut Silent).unwrap();
    for (transform, statistics, p_of_ecog) in [
        (
            Transform::Km,
            [
                0.200_453_728_141_798,
                3.043_186_645_141_382,
                2.538_588_050_863_24,
                5.236_971_473_494_414,
            ],
            0.218_363_685_838_267,
        ),
        (
            Transform::Log,
            [
                3.428_781_832_826_39,
                3.148_112_677_834_41,
                2.204_467_465_954_83,
                7.725_334_501_731_45,
            ],
            0.207_202_989_851_185_2,
        ),
    ] {
        let test = proportionality(&data, &found, transform, &made.terms()).unwrap();
        let terms: Vec<(&str, usize)> =
            test.terms.iter().map(|(name, test)| (&name[..], test.df)).collect();
        assert_eq!(terms, [("age", 1), ("ecog", 2), ("sex", 1)]);
        let of_terms = test.terms.iter().map(|(_, test)| test.statistic);
        let ours: Vec<f64> = of_terms.chain([test.global.statistic]).collect();
        assert_close("zph by term", &ours, &statistics, 1e-8, 1e-2);
        assert_close("p of a factor", &[test.terms[1].1.p], &[p_of_ecog], 1e-8, 1e-2);
        let columns: Vec<&str> = test.covariates.iter().map(|(name, _)| &name[..]).collect();
        assert_eq!(columns, ["age", "ecog1", "ecog2", "sex"]);
    }
}

#[test]
fn lung_by_every_method_for_ties() {
    let lung = lung();
    let data = lung.data(&LUNG);
    check("lung_efron", &lung, &data, &Spec::default());
    check("lung_breslow", &lung, &data, &spec(Ties::Breslow));
    check("lung_exact", &lung, &data, &spec(Ties::Exact));
}

#[test]
fn lung_with_strata_weights_and_offset() {
    let lung = lung();
    let data = lung.data(&LUNG);
    let w = &lung.named["w"];
    let weighted = Data { weights: Some(w), ..data.clone() };
    // As R we turn to the robust variance by ourselves when weights are not whole numbers.
    check("lung_weights", &lung, &weighted, &Spec::default());
    check("lung_weights_breslow", &lung, &weighted, &spec(Ties::Breslow));
    assert!(fit(&weighted, &Spec::default(), &mut Silent).unwrap().is_robust());
    let offset = Data { offset: Some(&lung.named["o"]), ..data };
    check("lung_offset", &lung, &offset, &Spec::default());
    let stratified = crate::columns::lung().strata("sex");
    let data = stratified.data(&["age", "ph.ecog"]);
    check("lung_strata", &stratified, &data, &Spec::default());
}

#[test]
fn lung_with_robust_variances() {
    let lung = lung();
    let robust = Spec { robust: true, ..Spec::default() };
    check("lung_robust", &lung, &lung.data(&LUNG), &robust);
    let clustered = crate::columns::lung().cluster("inst");
    let data = clustered.data(&LUNG);
    check("lung_cluster", &clustered, &data, &Spec::default());
    let weighted = Data { weights: Some(&clustered.named["w"]), ..data };
    check("lung_weights_cluster", &clustered, &weighted, &Spec::default());
}

#[test]
fn heart_transplants_as_a_counting_process() {
    let heart = heart();
    let data = heart.data(&HEART);
    check("heart_efron", &heart, &data, &Spec::default());
    check("heart_breslow", &heart, &data, &spec(Ties::Breslow));
    check("heart_exact", &heart, &data, &spec(Ties::Exact));
    let stratified = crate::columns::heart().strata("surgery");
    let data = stratified.data(&["age", "year", "transplant"]);
    check("heart_strata", &stratified, &data, &Spec::default());
    let clustered = crate::columns::heart().cluster("id");
    check("heart_cluster", &clustered, &clustered.data(&HEART), &Spec::default());
}

#[test]
fn liver_cirrhosis() {
    let pbc = pbc();
    let data = pbc.data(&PBC);
    check("pbc_efron", &pbc, &data, &Spec::default());
    check("pbc_breslow", &pbc, &data, &spec(Ties::Breslow));
}

#[test]
fn simulated_churn() {
    let small = churn_1k();
    check("churn_1k_efron", &small, &small.data(&CHURN), &Spec::default());
    check("churn_1k_exact", &small, &small.data(&CHURN), &spec(Ties::Exact));
    let large = churn_10k();
    check("churn_10k_efron", &large, &large.data(&CHURN), &Spec::default());
    check("churn_10k_breslow", &large, &large.data(&CHURN), &spec(Ties::Breslow));
    let clustered = crate::columns::churn_10k().cluster("id");
    check("churn_10k_cluster", &clustered, &clustered.data(&CHURN), &Spec::default());
}

#[test]
fn ridge_penalties() {
    let lung = lung();
    let data = lung.data(&LUNG);
    for case in reference()["ridge"].as_array().unwrap() {
        let theta = case["theta"].as_f64().unwrap();
        let spec = Spec { ridge: Some(theta), ..Spec::default() };
        let ours = fit(&data, &spec, &mut Silent).unwrap();
        let coefficients: Vec<f64> =
            ours.coefficients.iter().map(|c| c.estimate.unwrap().coefficient).collect();
        assert_close("ridge", &coefficients, &numbers(&case["coef"]), ESTIMATE, 1e-3);
        assert!(ours.tests.is_none());
    }
}

#[test]
fn elastic_net_paths() {
    let reference: Value = serde_json::from_str(include_str!("elastic_net.json")).unwrap();
    let churn = churn_1k();
    let data = churn.data(&CHURN);
    for case in reference["paths"].as_array().unwrap() {
        let alpha = case["alpha"].as_f64().unwrap();
        let lambda = numbers(&case["lambda"]);
        let spec = PathSpec {
            ties: Ties::Breslow,
            alpha,
            n_lambda: 20,
            lambda_ratio: 1e-4,
            folds: None,
            ..PathSpec::default()
        };
        let path = elastic_net(&data, &spec, &mut Silent).unwrap();
        // glmnet's grid starts at its own rounding of the same largest penalty.
        let found: Vec<f64> = path.points.iter().map(|p| p.lambda).collect();
        assert_close("lambda", &found[..lambda.len()], &lambda, 1e-6, 1e-12);
        let spec = PathSpec { lambda: Some(lambda), ..spec };
        let path = elastic_net(&data, &spec, &mut Silent).unwrap();
        let found: Vec<f64> = path.points.iter().flat_map(|p| p.coefficients.clone()).collect();
        // glmnet stops where a sweep gains less than its threshold of 1e-16 of the null deviance.
        assert_close("beta", &found, &numbers(&case["beta"]), 1e-6, 1e-2);
    }
}
