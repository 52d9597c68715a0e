//! Measures of predictions against R.

use seedtest_survival::Data;
use seedtest_survival::cox::concordance;
use seedtest_survival::quality::{
    brier_score, integrated_brier_score, time_dependent_auc, uno_concordance,
};
use serde_json::Value;

use crate::columns::churn_1k;
use crate::reference::{assert_close, numbers};

#[test]
fn discrimination_and_brier_scores() {
    let theirs: Value = serde_json::from_str(include_str!("quality.json")).unwrap();
    let churn = churn_1k();
    let stop: Vec<f64> =
        churn.named["time"].iter().zip(0..).map(|(t, row)| t + f64::from(row) * 1e-6).collect();
    let data = Data { stop: &stop, ..churn.data(&[]) };
    let part = |name: &str, b: f64| churn.named[name].iter().map(move |x| b * x);
    let lp: Vec<f64> = part("accuracy", -0.9)
        .zip(part("sessions", -0.15))
        .zip(part("latency", 0.3))
        .zip(part("paid", -0.5))
        .map(|(((a, s), l), p)| a + s + l + p)
        .collect();
    let mean = lp.iter().sum::<f64>() / lp.len() as f64;
    let lp: Vec<f64> = lp.iter().map(|x| ((x - mean) * 1e6).round() / 1e6).collect();
    let times = numbers(&theirs["times"]);
    let survival: Vec<Vec<f64>> =
        times.iter().map(|t| lp.iter().map(|x| (-x.exp() * 0.012 * t).exp()).collect()).collect();
    let at = |f: &dyn Fn(usize) -> f64| (0..times.len()).map(f).collect::<Vec<f64>>();
    let auc = at(&|k| time_dependent_auc(&data, &lp, times[k]).unwrap());
    assert_close("auc", &auc, &numbers(&theirs["auc"]), 1e-12, 1.0);
    let brier = at(&|k| brier_score(&data, &survival[k], times[k]).unwrap());
    assert_close("brier", &brier, &numbers(&theirs["brier"]), 1e-12, 1.0);
    let integrated = integrated_brier_score(&data, &times, &survival).unwrap();
    let expected = theirs["integrated_brier"].as_f64().unwrap();
    assert_close("integrated", &[integrated], &[expected], 1e-12, 1.0);
    let uno = at(&|k| uno_concordance(&data, &lp, times[k]).unwrap());
    assert_close("uno", &uno, &numbers(&theirs["uno"]), 1e-12, 1.0);
    let harrell = concordance(&data, &lp).unwrap().unwrap();
    let expected = theirs["harrell"].as_f64().unwrap();
    assert_close("harrell", &[harrell.concordance], &[expected], 1e-12, 1.0);
}
