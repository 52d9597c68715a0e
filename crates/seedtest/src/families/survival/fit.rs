//! `seedtest fit survival`.

use std::process::ExitCode;

use seedtest_families::Outcome;
use seedtest_families::survival::{
    ElasticNet, Family, Penalty, Spec, fit, naming_columns, ties_of,
};
use seedtest_survival::Silent;
use seedtest_wire::{
    SurvivalCoefficientJson, SurvivalDistributionJson, SurvivalFitResponse, SurvivalQualityJson,
};

use super::args::{FamilyChoice, FitSurvivalArgs, TiesChoice};
use crate::commands::json_file::write_json;
use crate::commands::rows_read::last_line;
use crate::ending::{ending_of_fit, head_of_fit, no_fit, repeats_head};
use crate::failure::Failure;
use crate::families::column::{Wanted, own_name, read_for_formula, rename};
use crate::families::digits::{beside, figure, fixed, ratio};
use crate::families::typed::{SURVIVAL, typed};
use crate::output::Output;
use crate::text_table::{p_is, p_value};

pub(super) fn run(args: &FitSurvivalArgs, output: &Output) -> Result<ExitCode, Failure> {
    let in_flags = |error| typed(error, SURVIVAL);
    let mut table = read_for_formula(&args.data, &wanted(args), output)?;
    if let Some(id) = &args.id {
        rename(&mut table, "--id", id, "user_id")?;
    }
    match fit(&table, None, &spec(args)?, &mut Silent).map_err(in_flags)? {
        Outcome::TooLittle(noop) => no_fit(&noop, &noop.reason, args.json.as_deref(), output),
        Outcome::Fitted(fitted) => {
            let run_id = fitted.default_run_id();
            let mut response = fitted.response(&run_id).map_err(in_flags)?;
            if let Some(id) = args.id.as_ref().filter(|_| args.cluster.is_none()) {
                // The column that was renamed goes by its own name.
                let cluster = &mut response.model_meta.cluster;
                *cluster = cluster.take().map(|_| id.clone());
            }
            if args.json.is_some() {
                let stored = serde_json::to_value(fitted.stored(&run_id));
                response.stored_model = Some(stored.map_err(seedtest_families::Error::from)?);
            }
            if let Some(path) = args.json.as_deref() {
                write_json(&response, path, output)?;
            } else {
                let of_formula = response.model_meta.formula.contains("cluster(");
                print(&response, args.cluster.is_some() || of_formula, output)?;
                last_line(&response.rows, output)?;
            }
            Ok(ending_of_fit(&response.model_meta.verdict, args.json.as_deref(), output))
        }
    }
}

/// Columns that name something keep their cells as texts: `01` and `1` are two students.
fn wanted(args: &FitSurvivalArgs) -> Wanted<'_> {
    let formula = args.formula.as_deref();
    let named = [&args.id, &args.cluster, &args.strata].into_iter().flatten();
    let named: Vec<&str> = named.map(String::as_str).collect();
    let numbers = [&args.weights, &args.offset].into_iter().flatten().cloned().collect();
    Wanted { formula, naming: naming_columns(formula, &named), numbers, names_of: own_name }
}

fn spec(args: &FitSurvivalArgs) -> Result<Spec, Failure> {
    for (flag, value) in [("--horizon", args.horizon), ("--period", args.period)] {
        if !(value.is_finite() && value > 0.0) {
            let message = format!("{flag}: {value} is no time");
            return Err(Failure::usage(message, "give a number of days above 0"));
        }
    }
    Ok(Spec {
        family: match args.family {
            FamilyChoice::Cox => Family::Cox,
            FamilyChoice::Exponential => Family::Exponential,
            FamilyChoice::Weibull => Family::Weibull,
            FamilyChoice::Lognormal => Family::LogNormal,
            FamilyChoice::Loglogistic => Family::LogLogistic,
            FamilyChoice::DiscreteLogit => Family::DiscreteLogit,
            FamilyChoice::DiscreteCloglog => Family::DiscreteCloglog,
        },
        formula: args.formula.clone(),
        strata: args.strata.clone(),
        cluster: args.cluster.clone(),
        ties: ties_of(match args.ties {
            TiesChoice::Efron => "efron",
            TiesChoice::Breslow => "breslow",
            TiesChoice::Exact => "exact",
        })?,
        weights: args.weights.clone(),
        offset: args.offset.clone(),
        penalty: penalty(args)?,
        period_days: args.period,
        residuals: args.residuals,
        horizon_days: args.horizon,
        seed: args.seed,
        quality: !args.no_quality,
        // The table has no line of a student.
        own_predictions: args.json.is_some(),
        ..Spec::default()
    })
}

fn penalty(args: &FitSurvivalArgs) -> Result<Penalty, Failure> {
    if args.alpha.is_none() && args.lambda.is_none() {
        return Ok(args.ridge.map_or(Penalty::Automatic, Penalty::Ridge));
    }
    let default = ElasticNet::default();
    let lambda = args.lambda.as_ref().map_or(Ok(default.lambda), |rule| rule.parse());
    Ok(Penalty::ElasticNet(ElasticNet {
        alpha: args.alpha.unwrap_or(default.alpha),
        lambda: lambda.map_err(|error| typed(error, SURVIVAL))?,
        ..default
    }))
}

/// `was_asked`: whether the clusters were asked for, if there are any.
fn print(response: &SurvivalFitResponse, was_asked: bool, output: &Output) -> Result<(), Failure> {
    let meta = &response.model_meta;
    head_of_fit(&meta.verdict, output)?;
    output.line(&format!("{}: {}", meta.family, meta.formula))?;
    output.line(&format!("{} rows, {} events", meta.n, meta.n_events))?;
    let concordance = meta.concordance.zip(meta.concordance_se);
    let concordance =
        concordance.map_or(String::new(), |(c, se)| format!("   concordance {c:.4} (se {se:.4})"));
    let null = meta.loglik_null.map_or(String::new(), |null| format!(" (null {null:.4})"));
    let aic = meta.aic.map_or(String::new(), |aic| format!("   AIC {aic:.2}"));
    output.line(&format!("log-likelihood {:.4}{null}{aic}{concordance}", meta.loglik))?;
    let word = if meta.verdict.converged() { "converged" } else { "stopped" };
    let steps = if response.penalty_path.is_some() {
        String::new()
    } else {
        format!(" after {} iterations", meta.verdict.iterations)
    };
    output.line(&format!("{word}{steps}"))?;
    for warning in response.warnings.iter().filter(|of| !repeats_head(of, &meta.verdict)) {
        output.line(&format!("warning: {warning}"))?;
    }
    coefficients(response, was_asked, output)?;
    if let Some(distribution) = &meta.distribution {
        distribution_lines(distribution, output)?;
    }
    tests(response, output)?;
    if let Some(path) = &response.penalty_path {
        output.paragraph(&format!(
            "path of {} penalties, alpha {}: lambda {} leaves {} coefficients",
            path.lambda.len(),
            path.alpha,
            figure(path.lambda[path.chosen]),
            path.n_nonzero[path.chosen]
        ))?;
    }
    response.quality.as_ref().map_or(Ok(()), |quality| quality_lines(quality, output))
}

/// What is said of clusters that nobody asked for.
const UNASKED: &str = ", a value of which several rows share (--cluster names another column)";

fn coefficients(
    response: &SurvivalFitResponse,
    was_asked: bool,
    output: &Output,
) -> Result<(), Failure> {
    let meta = &response.model_meta;
    let is_robust = meta.se_kind.as_deref() == Some("robust");
    let se = if is_robust { "robust se" } else { "se" };
    let scale = meta.coefficient_scale.replace('_', " ");
    let clusters = match meta.n_clusters {
        Some(n) if is_robust => {
            let column = meta.cluster.as_ref().map_or(String::new(), |name| format!(" of {name}"));
            let unasked = if was_asked { "" } else { UNASKED };
            format!("; errors robust over {n} clusters{column}{unasked}")
        }
        None if is_robust => "; errors robust over rows".to_owned(),
        _ => String::new(),
    };
    let ratio_of = meta.family.parse::<Family>().map_or("ratio", Family::ratio_of);
    output.paragraph(&format!(
        "coefficients: change of the {scale} for one unit, exp(coef) is the {ratio_of}{clusters}"
    ))?;
    output.line(&format!(
        "{:<24} {:>10} {:>10} {:>8} {:>10} {:>10}  95 % of it",
        "covariate", "coef", se, "z", "p", "exp(coef)"
    ))?;
    for line in &response.summary.coefficients {
        let p = line.p.map_or("-".to_string(), p_value);
        let bounds = line.ratio_lower.zip(line.ratio_upper);
        let bounds = bounds
            .map_or(String::new(), |(low, high)| format!("  {} to {}", ratio(low), ratio(high)));
        output.line(&format!(
            "{:<24} {:>10} {:>10} {:>8} {p:>10} {:>10}{bounds}{}",
            line.name,
            beside(line.coefficient, line.se),
            beside(line.se, line.se),
            line.z.map_or("-".to_string(), |z| fixed(z, 2)),
            line.ratio.map_or("-".to_string(), ratio),
            remark(line)
        ))?;
    }
    Ok(())
}

/// Why there is no coefficient, or no error beside it.
fn remark(line: &SurvivalCoefficientJson) -> String {
    let Some(reason) = &line.reason else { return String::new() };
    if reason == "left_out" {
        return "  left out: the warnings say why".to_owned();
    }
    let what = if line.coefficient.is_some() { "no standard error" } else { "left out" };
    format!("  {what}: {reason}")
}

fn distribution_lines(of: &SurvivalDistributionJson, output: &Output) -> Result<(), Failure> {
    let lines = [
        ("intercept of log time", Some(&of.intercept)),
        ("scale of log time", Some(&of.scale)),
        ("shape", of.shape.as_ref()),
    ];
    for (name, parameter) in lines {
        let Some(found) = parameter else { continue };
        let (estimate, se) = (beside(found.estimate, found.se), beside(found.se, found.se));
        output.line(&format!("{name:<24} {estimate:>10} {se:>10}"))?;
    }
    Ok(())
}

fn tests(response: &SurvivalFitResponse, output: &Output) -> Result<(), Failure> {
    if let Some(tests) = &response.model_meta.tests {
        output.line("")?;
        for (name, test) in [
            ("likelihood ratio", &tests.likelihood_ratio),
            ("Wald", &tests.wald),
            ("score", &tests.score),
        ] {
            output.line(&format!("{name:<24} {}", chi_square(test.statistic, test.df, test.p)))?;
        }
    }
    let Some(tests) = &response.proportional_hazards else { return Ok(()) };
    output.paragraph(&format!("proportional hazards ({} of time)", tests.transform))?;
    for test in tests.terms.iter().chain([&tests.global]) {
        let text = chi_square(test.statistic, test.df, test.p);
        output.line(&format!("{:<24} {text}", test.name))?;
    }
    Ok(())
}

pub(super) fn chi_square(statistic: f64, df: usize, p: f64) -> String {
    format!("chi-square {statistic:>10.3} on {df} df, {}", p_is(p))
}

fn quality_lines(quality: &SurvivalQualityJson, output: &Output) -> Result<(), Failure> {
    output.paragraph(&format!(
        "on left-out groups at {}: AUC {:.3}, Brier {:.4} (same risk for all: {:.4}), Uno's C {:.3}",
        quality.horizon, quality.auc, quality.brier, quality.brier_null, quality.uno_concordance
    ))?;
    let slope = quality.calibration.slope.map_or("unknown".to_string(), |x| format!("{x:.3}"));
    output.line(&format!(
        "calibration slope {slope}, observed/expected {:.3}",
        quality.calibration.observed_over_expected
    ))
}
