//! Diagnostics of chains against R posterior, importance sampling against R loo and ArviZ.
//! `reference/diagnostics.R` and `reference/power_scaling.py` regenerate the figures.

#![allow(clippy::disallowed_methods)] // simulations and references may use the platform's functions

use seedtest_numerics::{
    LeaveOneOut, Stream, bulk_ess, energy_bfmi, leave_one_out_point, mcse_mean, mcse_quantile,
    mcse_sd, mean_ess, pareto_smooth, power_scaling_sensitivity, quantile_ess, relative_efficiency,
    split_rhat, tail_ess,
};
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("no list: {value}"))
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(|x| x.as_f64().unwrap_or(f64::NAN)).collect()
}

fn chains(value: &Value) -> Vec<Vec<f64>> {
    list(value).iter().map(numbers).collect()
}

fn borrow(chains: &[Vec<f64>]) -> Vec<&[f64]> {
    chains.iter().map(Vec::as_slice).collect()
}

fn assert_close(what: &str, ours: f64, theirs: &Value, tolerance: f64) {
    let theirs = theirs.as_f64().unwrap_or_else(|| panic!("{what}: no figure"));
    let off = (ours - theirs).abs();
    assert!(off <= tolerance * theirs.abs().max(1e-3), "{what}: {ours} against {theirs}");
}

/// The definitions are the same; what differs is rounding in sums and (R) a Fourier transform.
const ROUNDING: f64 = 1e-9;

#[test]
fn convergence_figures_are_those_of_posterior() {
    let golden = golden("diagnostics");
    for (name, case) in golden["cases"].as_object().unwrap() {
        let draws = chains(&case["draws"]);
        let draws = borrow(&draws);
        let check = |key: &str, ours: Option<f64>| {
            assert_close(&format!("{name} {key}"), ours.unwrap(), &case[key], ROUNDING);
        };
        check("rhat", split_rhat(&draws));
        check("ess_bulk", bulk_ess(&draws));
        check("ess_tail", tail_ess(&draws));
        check("ess_mean", mean_ess(&draws));
        check("mcse_mean", mcse_mean(&draws));
        check("mcse_sd", mcse_sd(&draws));
        for (at, p) in numbers(&golden["quantiles"]).into_iter().enumerate() {
            let what = format!("{name} at {p}");
            let ess = quantile_ess(&draws, p).unwrap();
            assert_close(&what, ess, &case["ess_quantile"][at], ROUNDING);
            let mcse = mcse_quantile(&draws, p).unwrap();
            assert_close(&what, mcse, &case["mcse_quantile"][at], ROUNDING);
        }
    }
}

#[test]
fn energy_fractions_are_those_of_arviz() {
    let (draws, energies) = (golden("diagnostics"), golden("power_scaling"));
    for (name, figures) in energies["bfmi"].as_object().unwrap() {
        for (chain, figure) in
            chains(&draws["cases"][name]["draws"]).iter().zip(figures.as_array().unwrap())
        {
            assert_close(name, energy_bfmi(chain).unwrap(), figure, ROUNDING);
        }
    }
}

#[test]
fn leave_one_out_is_that_of_loo() {
    let golden = &golden("diagnostics")["loo"];
    let mut points = Vec::new();
    for (at, log_likelihood) in golden["log_lik"].as_array().unwrap().iter().enumerate() {
        let log_likelihood = chains(log_likelihood);
        let chains = borrow(&log_likelihood);
        let point = leave_one_out_point(&chains);
        let efficiency = relative_efficiency(&chains);
        assert_close("efficiency", efficiency, &golden["r_eff"][at], ROUNDING);
        assert_close("elpd", point.elpd, &golden["elpd"][at], ROUNDING);
        assert_close("p_loo", point.p_loo, &golden["p_loo"][at], 1e-7);
        assert_close("k", point.pareto_k.unwrap(), &golden["pareto_k"][at], ROUNDING);
        assert_close("draws", point.effective_draws, &golden["n_eff"][at], ROUNDING);
        // This loo takes the logarithm of a normal approximation; the delta method agrees where the
        // error is small, and k says where it is not.
        if point.pareto_k.unwrap() < 0.7 {
            assert_close("mcse", point.mcse, &golden["mcse"][at], 0.01);
        }
        let ratios: Vec<f64> = log_likelihood.concat().iter().map(|l| -l).collect();
        let weights = pareto_smooth(&ratios, efficiency).log_weights;
        for (draw, row) in golden["first_weights"].as_array().unwrap().iter().enumerate() {
            assert_close("weight", weights[draw], &row[at], ROUNDING);
        }
        points.push(point);
    }
    let all = LeaveOneOut::of(&points);
    let estimates = &golden["estimates"];
    assert_close("elpd", all.elpd, &estimates[0][0], ROUNDING);
    assert_close("se", all.se.unwrap(), &estimates[0][1], ROUNDING);
    assert_close("p_loo", all.p_loo, &estimates[1][0], ROUNDING);
    assert_close("looic", all.looic, &estimates[2][0], ROUNDING);
    assert_eq!(all.unreliable, 2);
}

#[test]
fn power_scaling_is_that_of_arviz() {
    let (draws, golden) = (golden("diagnostics"), golden("power_scaling"));
    for case in golden["cases"].as_array().unwrap() {
        let name = case["case"].as_str().unwrap();
        let x = chains(&draws["cases"][name]["draws"]).concat();
        let (mean, precision) =
            (case["mean"].as_f64().unwrap(), case["precision"].as_f64().unwrap());
        let log_prior: Vec<f64> =
            x.iter().map(|x| -0.5 * precision * (x - mean) * (x - mean)).collect();
        let squared: Vec<f64> = x.iter().map(|x| x * x).collect();
        let found = power_scaling_sensitivity(&log_prior, &[&x, &squared], 1.0);
        // The length of the smoothed tail follows another estimate of the efficiency there, which
        // moves weights that differ from 1 by a hundredth.
        assert_close(name, found[0].distance, &case["sensitivity"], 0.02);
        assert_close(name, found[1].distance, &case["squared"], 0.02);
    }
}

#[test]
fn figures_that_do_not_exist_are_none() {
    let constant = [[1.0; 50], [1.0; 50]];
    let broken = [[1.0, 2.0, f64::NAN, 4.0], [1.0, 2.0, 3.0, 4.0]];
    let short = [[1.0, 2.0], [2.0, 1.0]];
    let uneven: [&[f64]; 2] = [&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 2.0, 3.0, 4.0]];
    let cases: [Vec<&[f64]>; 5] = [
        vec![],
        constant.iter().map(|c| &c[..]).collect(),
        broken.iter().map(|c| &c[..]).collect(),
        short.iter().map(|c| &c[..]).collect(),
        uneven.to_vec(),
    ];
    for chains in &cases {
        let figures = [
            split_rhat(chains),
            bulk_ess(chains),
            tail_ess(chains),
            mean_ess(chains),
            mcse_mean(chains),
            mcse_sd(chains),
            mcse_quantile(chains, 0.5),
        ];
        assert!(figures.iter().all(Option::is_none), "{chains:?}: {figures:?}");
    }
    assert_eq!(energy_bfmi(&[1.0, 2.0]), None);
    assert_eq!(energy_bfmi(&[1.0; 9]), None);
}

#[test]
fn rank_based_figures_ignore_the_scale_of_measurement() {
    let mut stream = Stream::new(5, 0);
    let draws: Vec<Vec<f64>> =
        (0..4).map(|_| (0..250).map(|_| stream.normal()).collect()).collect();
    let warped: Vec<Vec<f64>> =
        draws.iter().map(|chain| chain.iter().map(|x| (3.0 * x).exp()).collect()).collect();
    assert_eq!(bulk_ess(&borrow(&draws)), bulk_ess(&borrow(&warped)));
    let (rhat, ess) = (split_rhat(&borrow(&draws)).unwrap(), bulk_ess(&borrow(&draws)).unwrap());
    assert!(rhat < 1.01 && (600.0..1_500.0).contains(&ess), "{rhat} {ess}");
}

#[test]
fn equal_ratios_give_equal_weights_and_no_tail() {
    let smoothed = pareto_smooth(&[0.3; 400], 1.0);
    assert_eq!(smoothed.pareto_k, None);
    assert!((smoothed.effective_draws(1.0) - 400.0).abs() < 1e-9);
    assert!((smoothed.mean(&[2.0; 400]) - 2.0).abs() < 1e-12);
}
