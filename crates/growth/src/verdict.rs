//! What the sampling is worth.

use seedtest_numerics::{Status, Verdict};

use crate::diagnostics::Diagnostics;
use crate::identification::Unidentified;
use crate::spec::Spec;

/// What the sampling is worth, with what to do next when it is not good; `ln_posterior` is the mean
/// over the draws. What the rows cannot tell apart comes before anything that more draws would mend.
pub(crate) fn verdict(
    diagnostics: &Diagnostics,
    spec: &Spec,
    ln_posterior: f64,
    stopped: bool,
    unknown: Option<&Unidentified>,
) -> Verdict {
    let failed = |reason: &str| Status::Failed { reason: reason.to_string() };
    let (status, next) = if stopped {
        let reason = "stopped before the last draw".to_string();
        let next = "allow more time (--max-seconds, max_seconds) or ask for fewer draws (--n-samples, \
                    n_samples)";
        (Status::Truncated { reason }, Some(next))
    } else if let Some(unknown) = unknown {
        let parameters = unknown.parameters.iter().map(|p| p.name().to_string()).collect();
        (Status::Unidentified { parameters }, Some(unknown.next))
    } else if diagnostics.divergences > 0 {
        let next = "raise --target-accept (target_accept) above 0.8, or tighten the priors of the \
                    standard deviations (--priors, priors)";
        (failed("divergent transitions"), Some(next))
    } else if !diagnostics.is_reliable() {
        let next = "sample longer: double --n-warmup and --n-samples (n_warmup, n_samples)";
        (failed("the chains do not agree (R̂ > 1.05)"), Some(next))
    } else if !diagnostics.is_precise() {
        let reason = "effective sample size below 400".to_string();
        (Status::Truncated { reason }, Some("take more draws (--n-samples, n_samples)"))
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
