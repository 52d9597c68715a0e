//! What a fully parametric fit thinks of its own result.

use seedtest_numerics::{Ending, Newton, Optimum, Rescue, Verdict, max_abs};

/// How the parametric models search: their likelihoods need not be concave.
pub(crate) fn search(max_iter: u32) -> Newton {
    Newton { max_iter, shortest_step: 1e-6, ridge: 0.0, rescue: Rescue::Damp }
}

/// The verdict on where a search of [`search`] ended.
pub(crate) fn verdict(optimum: &Optimum) -> Verdict {
    let at = &optimum.at;
    let status = optimum.ending.status();
    let converged = optimum.ending == Ending::Converged;
    let action = "look for covariates that separate the events, or use fewer";
    Verdict {
        status,
        iterations: u64::from(optimum.iterations),
        objective: at.value,
        max_gradient: Some(max_abs(&at.gradient)),
        condition_number: at.factor(0.0).condition_number(),
        next_action: (!converged).then(|| action.to_owned()),
    }
}
