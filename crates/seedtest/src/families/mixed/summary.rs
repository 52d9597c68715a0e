//! What is printed of a mixed model: what R's `summary` of a fit by lme4 shows.

use seedtest_wire::{
    GroupVariancesJson, LikelihoodRatioJson, MixedCoefficientJson, MixedFitResponse, VarianceJson,
};

use crate::failure::Failure;
use crate::output::Output;

/// With more fixed effects their correlations are not printed.
const MOST_CORRELATIONS: usize = 10;

/// Prints a fit; `covariance` is that of the fixed effects with estimates, row-major.
pub(super) fn print(
    response: &MixedFitResponse,
    covariance: &[f64],
    output: &Output,
) -> Result<(), Failure> {
    heading(response, output)?;
    criterion(response, output)?;
    residuals(response, output)?;
    variances(response, output)?;
    coefficients(response, output)?;
    correlations(&response.coefficients, covariance, output)?;
    shares(response, output)?;
    match &response.comparison {
        Some(found) => output.paragraph(&compared(response, found)),
        None => Ok(()),
    }
}

fn heading(response: &MixedFitResponse, output: &Output) -> Result<(), Failure> {
    let meta = &response.fit_meta;
    for warning in &response.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    let method = match (meta.quadrature, meta.reml) {
        (None, true) => "Linear mixed model fit by REML".to_owned(),
        (None, false) => "Linear mixed model fit by maximum likelihood".to_owned(),
        (Some(1), _) => {
            "Generalised linear mixed model fit by maximum likelihood (Laplace approximation)"
                .to_owned()
        }
        (Some(points), _) => format!(
            "Generalised linear mixed model fit by maximum likelihood (adaptive Gauss-Hermite \
             quadrature, {points} points)"
        ),
    };
    output.line(&method)?;
    if meta.quadrature.is_some() {
        let size = meta.size.map_or_else(String::new, |size| format!(", size {}", figure(size)));
        output.line(&format!("Family: {} ({}){size}", meta.family, meta.link))?;
    }
    output.line(&format!("Formula: {}", meta.formula))?;
    let word = match (meta.converged, meta.singular) {
        (true, false) => "converged",
        (true, true) => "converged to a singular fit",
        (false, _) => "NOT converged",
    };
    let gradient = meta
        .verdict
        .max_gradient
        .map_or_else(String::new, |g| format!(", largest scaled gradient {g:.1e}"));
    output.line(&format!("{word} after {} iterations{gradient}", meta.verdict.iterations))
}

fn criterion(response: &MixedFitResponse, output: &Output) -> Result<(), Failure> {
    let metrics = &response.fit_metrics;
    if let Some(reml) = metrics.reml_criterion {
        return output.paragraph(&format!("REML criterion: {reml:.4}"));
    }
    output.paragraph(&format!(
        "{:>12} {:>12} {:>12} {:>12} {:>9}",
        "AIC", "BIC", "logLik", "deviance", "df.resid"
    ))?;
    output.line(&format!(
        "{:>12.4} {:>12.4} {:>12.4} {:>12.4} {:>9}",
        metrics.aic,
        metrics.bic,
        metrics.loglik,
        metrics.deviance,
        metrics.n_obs.saturating_sub(metrics.df)
    ))
}

fn residuals(response: &MixedFitResponse, output: &Output) -> Result<(), Failure> {
    let five = &response.scaled_residuals;
    let five = [five.min, five.q1, five.median, five.q3, five.max];
    let five = five.map(|value| value.map_or_else(|| "-".to_owned(), |x| format!("{x:.4}")));
    output.paragraph("Scaled residuals:")?;
    output.line(&format!("{:>9} {:>9} {:>9} {:>9} {:>9}", "Min", "1Q", "Median", "3Q", "Max"))?;
    output.line(&five.map(|text| format!("{text:>9}")).join(" "))
}

fn variances(response: &MixedFitResponse, output: &Output) -> Result<(), Failure> {
    output.paragraph("Random effects:")?;
    output.line(&format!(
        "{:<16} {:<16} {:>12} {:>12}  Corr",
        "Groups", "Name", "Variance", "Std.Dev."
    ))?;
    for (group, found) in response.variance_components.groups.iter() {
        for (at, (effect, variance)) in found.terms.iter().enumerate() {
            let name = if at == 0 { group } else { "" };
            let line = variance_line(name, effect, variance);
            output.line(format!("{line}{}", pairs(found, effect)).trim_end())?;
        }
    }
    if let Some(residual) = &response.variance_components.residual {
        output.line(variance_line("Residual", "", residual).trim_end())?;
    }
    let groups = response.fit_metrics.n_groups.iter().map(|(name, n)| format!("{name}, {n}"));
    let groups: Vec<String> = groups.collect();
    let n = response.fit_metrics.n_obs;
    output.line(&format!("Number of obs: {n}, groups: {}", groups.join("; ")))
}

fn variance_line(group: &str, effect: &str, variance: &VarianceJson) -> String {
    let ends = variance.lower.zip(variance.upper);
    let ends = ends
        .map_or_else(String::new, |(low, high)| format!("  [{}, {}]", figure(low), figure(high)));
    let (var, sd) = (figure(variance.var), figure(variance.sd));
    format!("{group:<16} {effect:<16} {var:>12} {sd:>12}{ends}")
}

/// Correlations of an effect with those before it.
fn pairs(found: &GroupVariancesJson, effect: &str) -> String {
    let Some(row) = found.cor.as_ref().and_then(|cor| cor.get(effect)) else {
        return String::new();
    };
    let shown = |(_, value): (&str, &Option<f64>)| {
        value.map_or_else(|| "     -".to_owned(), |value| format!("{value:>6.2}"))
    };
    row.iter().map(shown).collect()
}

fn coefficients(response: &MixedFitResponse, output: &Output) -> Result<(), Failure> {
    let has_df = response.coefficients.iter().any(|line| line.df.is_some());
    let letter = if response.fit_meta.quadrature.is_none() { "t" } else { "z" };
    let df = if has_df { format!("{:>9} ", "df") } else { String::new() };
    output.paragraph("Fixed effects:")?;
    output.line(&format!(
        "{:<20} {:>12} {:>12} {df}{:>9} {:>10}  {} % interval",
        "",
        "Estimate",
        "Std. Error",
        format!("{letter} value"),
        format!("Pr(>|{letter}|)"),
        figure(100.0 * response.fit_meta.confidence)
    ))?;
    for line in &response.coefficients {
        output.line(coefficient_line(line, has_df).trim_end())?;
    }
    Ok(())
}

fn coefficient_line(line: &MixedCoefficientJson, has_df: bool) -> String {
    let dash = || "-".to_owned();
    let number = |value: Option<f64>| value.map_or_else(dash, figure);
    let df = line.df.map_or_else(dash, |df| format!("{df:.2}"));
    let df = if has_df { format!("{df:>9} ") } else { String::new() };
    let statistic = line.statistic.map_or_else(dash, |x| format!("{x:.3}"));
    let p =
        line.p.map_or_else(dash, |p| if p < 1e-4 { format!("{p:.2e}") } else { format!("{p:.4}") });
    let ends = line.lower.zip(line.upper);
    let ends =
        ends.map_or_else(String::new, |(low, high)| format!("{}, {}", figure(low), figure(high)));
    let reason = line.reason.as_ref().map_or_else(String::new, |reason| format!("  {reason}"));
    format!(
        "{:<20} {:>12} {:>12} {df}{statistic:>9} {p:>10}  {ends}{reason}",
        line.name,
        number(line.estimate),
        number(line.se)
    )
}

/// Correlations of the fixed effects' estimates, below the diagonal.
fn correlations(
    lines: &[MixedCoefficientJson],
    covariance: &[f64],
    output: &Output,
) -> Result<(), Failure> {
    let known: Vec<&MixedCoefficientJson> =
        lines.iter().filter(|line| line.estimate.is_some()).collect();
    let p = known.len();
    if !(2..=MOST_CORRELATIONS).contains(&p) || covariance.len() != p * p {
        return Ok(());
    }
    output.paragraph("Correlation of fixed effects:")?;
    let short = |name: &str| name.chars().take(8).collect::<String>();
    let names: Vec<String> =
        known[..p - 1].iter().map(|line| format!("{:>8}", short(&line.name))).collect();
    output.line(&format!("{:<20} {}", "", names.join(" ")))?;
    for i in 1..p {
        let one = |j: usize| {
            let scale = (covariance[i * p + i] * covariance[j * p + j]).sqrt();
            let correlation = covariance[i * p + j] / scale;
            if correlation.is_finite() {
                format!("{correlation:>8.3}")
            } else {
                format!("{:>8}", "-")
            }
        };
        let row: Vec<String> = (0..i).map(one).collect();
        output.line(&format!("{:<20} {}", known[i].name, row.join(" ")))?;
    }
    Ok(())
}

fn shares(response: &MixedFitResponse, output: &Output) -> Result<(), Failure> {
    let share = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |x| format!("{x:.4}"));
    let groups: Vec<String> =
        response.icc.iter().map(|(group, value)| format!("{group} {}", share(*value))).collect();
    output.paragraph(&format!(
        "R2: marginal {}, conditional {}; intraclass correlation: {}",
        share(response.r2_marginal),
        share(response.r2_conditional),
        groups.join(", ")
    ))
}

fn compared(response: &MixedFitResponse, found: &LikelihoodRatioJson) -> String {
    let own = response.fit_metrics.df;
    format!(
        "against {}: chi-square {:.4} on {} df, p = {:.3e} (logLik {:.4} with {} parameters, {:.4} with {own})",
        found.formula,
        found.statistic,
        found.df,
        found.p,
        found.loglik,
        found.parameters,
        response.fit_metrics.loglik
    )
}

/// Five significant figures or so.
fn figure(value: f64) -> String {
    let size = value.abs();
    if value != 0.0 && !(1e-4..1e7).contains(&size) {
        return format!("{value:.4e}");
    }
    let decimals = if size >= 1e3 {
        2
    } else if size >= 1.0 {
        4
    } else {
        6
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
