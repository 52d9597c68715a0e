//! What the sampling is worth.

use seedtest_numerics::{Status, Verdict};

use crate::diagnostics::Diagnostics;
use crate::spec::Spec;

/// What the sampling is worth, with what to do next when it is not good; `ln_posterior` is the mean
/// over the draws.
pub(crate) fn verdict(
    diagnostics: &Diagnostics,
    spec: &Spec,
    ln_posterior: f64,
    stopped: bool,
) -> Verdict {
    let failed = |reason: &str| Status::Failed { reason: reason.to_string() };
    let (status, next) = if stopped {
        let reason = "stopped before the last draw".to_string();
        (Status::Truncated { reason }, Some("allow more time or ask for fewer draws"))
    } else if diagnostics.divergences > 0 {
        let next = "raise target_accept, or tighten the priors of the standard deviations";
        (failed("divergent transitions"), Some(next))
    } else if !diagnostics.is_reliable() {
        (
            failed("the chains do not agree (R̂ > 1.05)"),
            Some("sample longer: double n_warmup and n_samples"),
        )
    } else if !diagnostics.is_precise() {
        let reason = "effective sample size below 400".to_string();
        (Status::Truncated { reason }, Some("take more draws (n_samples)"))
    } else {
        (Status::Converged, None)
    };
    Verdict {
        status,
        iterations: (spec.sampling.warmup + spec.sampling.draws) as u64,
        objective: ln_posterior,
        max_gradient: None,
        condition_number: None,
        next_action: next.map(str::to_string),
    }
}
