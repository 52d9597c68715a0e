//! What is printed of a mixed model: what R's `summary` of a fit by lme4 shows.

use seedtest_wire::{
    GroupVariancesJson, LikelihoodRatioJson, MixedCoefficientJson, MixedFitResponse, VarianceJson,
};

use crate::failure::Failure;
use crate::families::digits::{beside, figure, fixed};
use crate::output::Output;
use crate::text_table::{p_is, p_value};

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
        Some(found) => compared(response, found, output),
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
        let ends = meta.size_interval.as_ref();
        let ends = ends.map_or_else(String::new, |ends| interval(ends.lower, ends.upper));
        output.line(&format!("Family: {} ({}){size}{ends}", meta.family, meta.link))?;
    }
    output.line(&format!("Formula: {}", meta.formula))?;
    let word = match (meta.converged, meta.singular) {
        (true, false) => "converged",
        (true, true) => "converged to a singular fit",
        (false, _) => "stopped",
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
        return output.paragraph(&format!("REML criterion: {}", fixed(reml, 4)));
    }
    output.paragraph(&format!(
        "{:>12} {:>12} {:>12} {:>12} {:>9}",
        "AIC", "BIC", "logLik", "deviance", "df.resid"
    ))?;
    output.line(&format!(
        "{:>12} {:>12} {:>12} {:>12} {:>9}",
        fixed(metrics.aic, 4),
        fixed(metrics.bic, 4),
        fixed(metrics.loglik, 4),
        fixed(metrics.deviance, 4),
        metrics.n_obs.saturating_sub(metrics.df)
    ))
}

fn residuals(response: &MixedFitResponse, output: &Output) -> Result<(), Failure> {
    let five = &response.scaled_residuals;
    let five = [five.min, five.q1, five.median, five.q3, five.max];
    let five = five.map(|value| value.map_or_else(|| "-".to_owned(), |x| fixed(x, 4)));
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
    for (group, found) in response.variance_components.groups.iter() {
        correlation_intervals(group, found, output)?;
    }
    let groups = response.fit_metrics.n_groups.iter().map(|(name, n)| format!("{name}, {n}"));
    let groups: Vec<String> = groups.collect();
    let n = response.fit_metrics.n_obs;
    output.line(&format!("Number of obs: {n}, groups: {}", groups.join("; ")))
}

fn variance_line(group: &str, effect: &str, variance: &VarianceJson) -> String {
    let ends = interval(variance.lower, variance.upper);
    let (var, sd) = (figure(variance.var), figure(variance.sd));
    format!("{group:<16} {effect:<16} {var:>12} {sd:>12}{ends}")
}

/// Ends of an interval in brackets, `-` for one that is missing; nothing where there are none.
fn interval(lower: Option<f64>, upper: Option<f64>) -> String {
    let end = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), figure);
    match (lower, upper) {
        (None, None) => String::new(),
        (low, high) => format!("  [{}, {}]", end(low), end(high)),
    }
}

/// Correlations of a group with their intervals, where intervals of them were asked for.
fn correlation_intervals(
    group: &str,
    found: &GroupVariancesJson,
    output: &Output,
) -> Result<(), Failure> {
    let Some(rows) = &found.cor_intervals else { return Ok(()) };
    for (later, row) in rows.iter() {
        for (earlier, ends) in row.iter() {
            let cor = found.cor.as_ref().and_then(|cor| *cor.get(later)?.get(earlier)?);
            let cor = cor.map_or_else(|| "-".to_owned(), |cor| format!("{cor:.4}"));
            let reason = ends.reason.as_ref().map_or_else(String::new, |r| format!("  {r}"));
            let ends = interval(ends.lower, ends.upper);
            output.line(&format!("cor({group}: {earlier}, {later}) {cor}{ends}{reason}"))?;
        }
    }
    Ok(())
}

/// Correlations of an effect with those before it.
fn pairs(found: &GroupVariancesJson, effect: &str) -> String {
    let Some(row) = found.cor.as_ref().and_then(|cor| cor.get(effect)) else {
        return String::new();
    };
    let shown = |(_, value): (&str, &Option<f64>)| {
        value.map_or_else(|| "     -".to_owned(), |value| format!("{:>6}", fixed(value, 2)))
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
    let number = |value: Option<f64>| beside(value, line.se);
    let df = line.df.map_or_else(dash, |df| format!("{df:.2}"));
    let df = if has_df { format!("{df:>9} ") } else { String::new() };
    let statistic = line.statistic.map_or_else(dash, |x| fixed(x, 3));
    let p = line.p.map_or_else(dash, p_value);
    let ends = match (line.lower, line.upper) {
        (None, None) => String::new(),
        (low, high) => format!("{}, {}", number(low), number(high)),
    };
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
                format!("{:>8}", fixed(correlation, 3))
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

/// The test, and the figures of both models one below the other.
fn compared(
    response: &MixedFitResponse,
    found: &LikelihoodRatioJson,
    output: &Output,
) -> Result<(), Failure> {
    let own = &response.fit_metrics;
    let test = match (found.statistic, found.df, found.p) {
        (Some(statistic), Some(df), Some(p)) => {
            format!("chi-square {} on {df} df, {}", fixed(statistic, 4), p_is(p))
        }
        _ => format!("no test, {}", found.reason.as_deref().unwrap_or("for an unknown reason")),
    };
    output.paragraph(&format!("against {}: {test}", found.formula))?;
    let line = |name: &str, [parameters, aic, bic, loglik]: [String; 4]| {
        format!("{name:<16} {parameters:>10} {aic:>12} {bic:>12} {loglik:>12}")
    };
    output.line(&line("", ["parameters", "AIC", "BIC", "logLik"].map(str::to_owned)))?;
    let of = |df: usize, numbers: [f64; 3]| {
        let [aic, bic, loglik] = numbers.map(|value| fixed(value, 4));
        [df.to_string(), aic, bic, loglik]
    };
    output.line(&line("the other", of(found.parameters, [found.aic, found.bic, found.loglik])))?;
    output.line(&line("this one", of(own.df, [own.aic, own.bic, own.loglik])))
}
