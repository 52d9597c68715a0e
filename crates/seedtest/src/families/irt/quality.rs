//! How well a calibration fits, as tables.

use seedtest_irt::M2;
use seedtest_irt::dimensions::ParallelAnalysis;
use seedtest_wire::{FitStatisticsJson, LocalDependenceJson, QualityJson};

use super::fit::SHOWN_ITEMS;
use crate::failure::Failure;
use crate::output::Output;
use crate::text_table::p_is;

pub(super) fn quality_table(quality: &QualityJson, output: &Output) -> Result<(), Failure> {
    let reliability = &quality.reliability;
    output.paragraph(&format!(
        "reliability: empirical {}, marginal {:.3}, α {}, ω {:.3}",
        number(reliability.empirical),
        reliability.marginal,
        number(reliability.alpha),
        reliability.omega
    ))?;
    let flagged = quality.items.iter().filter(|item| !item.flags.is_empty());
    for item in flagged.take(output.rows_shown(SHOWN_ITEMS)) {
        output.line(&format!("{}: {}", item.item_id, item.flags.join("; ")))?;
    }
    let found = quality.local_dependence.as_ref();
    local_dependence_told(found, quality.local_dependence_reason.as_deref(), output)?;
    let (found, reason) = (quality.dimensions.as_ref(), quality.dimensions_reason.as_deref());
    dimensions_told(found, reason, "tetrachoric", output)
}

/// Which pairs of items are dependent, or why that is not known.
pub(super) fn local_dependence_told(
    found: Option<&LocalDependenceJson>,
    reason: Option<&str>,
    output: &Output,
) -> Result<(), Failure> {
    match (found, reason) {
        (Some(found), _) => local_dependence(found, output),
        (None, Some(reason)) => output.line(&format!("local dependence not tested: {reason}")),
        (None, None) => Ok(()),
    }
}

/// How many dimensions are beyond chance, or why that is not known.
pub(super) fn dimensions_told(
    found: Option<&ParallelAnalysis>,
    reason: Option<&str>,
    correlations: &str,
    output: &Output,
) -> Result<(), Failure> {
    match (found, reason) {
        (Some(found), _) => output.line(&format!(
            "dimensions beyond chance: {} (parallel analysis of {correlations} correlations)",
            found.n_dimensions
        )),
        (None, Some(reason)) => output.line(&format!("dimensions not counted: {reason}")),
        (None, None) => Ok(()),
    }
}

fn local_dependence(found: &LocalDependenceJson, output: &Output) -> Result<(), Failure> {
    output.line(&format!(
        "local dependence: {} of {} pairs beyond chance (Q3 against {} simulated data sets, \
         family-wise 5 %; critical Q3* {})",
        found.pairs.len(),
        found.n_pairs,
        found.replications,
        number(found.critical_q3_star)
    ))?;
    for pair in found.pairs.iter().take(output.rows_shown(SHOWN_ITEMS)) {
        output.line(&format!("  {} ({})", pair.text, p_is(pair.p_adjusted)))?;
    }
    Ok(())
}

/// The table of a fit as a whole; `statistic` is the name of its M2.
pub(super) fn fit_statistics_table(
    fit: &FitStatisticsJson,
    statistic: &str,
    output: &Output,
) -> Result<(), Failure> {
    match (&fit.m2, &fit.m2_reason) {
        (Some(m2), _) => m2_table(m2, statistic, output)?,
        (None, reason) => {
            let reason = reason.as_deref().unwrap_or("unknown");
            output.paragraph(&format!("{statistic}: none ({reason})"))?;
        }
    }
    output.line(&format!(
        "marginal reliability {:.3}   empirical {}",
        fit.marginal_reliability,
        number(fit.empirical_reliability)
    ))?;
    output.paragraph(&format!("{:>8} {:>12} {:>8}", "theta", "information", "se"))?;
    for point in &fit.information {
        let se = number(point.se);
        output.line(&format!("{:>8.2} {:>12.3} {se:>8}", point.theta, point.information))?;
    }
    Ok(())
}

fn m2_table(m2: &M2, statistic: &str, output: &Output) -> Result<(), Failure> {
    output.paragraph(&format!(
        "{statistic} {:.3}   df {}   {}   ({} students answered everything)",
        m2.m2,
        m2.df,
        p_is(m2.p),
        m2.n
    ))?;
    output.line(&format!(
        "RMSEA2 {:.4}, 90 % interval {:.4} to {:.4}   SRMSR {:.4}   CFI {:.4}   TLI {:.4}",
        m2.rmsea2, m2.rmsea2_lower, m2.rmsea2_upper, m2.srmsr, m2.cfi, m2.tli
    ))
}

fn number(value: Option<f64>) -> String {
    value.map_or("unknown".to_string(), |x| format!("{x:.3}"))
}
