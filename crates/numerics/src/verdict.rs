//! Verdicts on fits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a fit thinks of its own result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The outcome and what belongs to it.
    #[serde(flatten)]
    pub status: Status,
    /// Iterations done.
    pub iterations: u64,
    /// Value of the criterion at the solution.
    pub objective: f64,
    /// Largest absolute component of the criterion's gradient at the solution; of mixed models in units of the
    /// parameters' standard errors.
    pub max_gradient: Option<f64>,
    /// Largest over smallest eigenvalue of the scaled information matrix.
    pub condition_number: Option<f64>,
    /// What to do when the result is not good as it is.
    pub next_action: Option<String>,
}

/// Outcome of a fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// The stopping rules are met at an identified optimum.
    Converged,
    /// The optimum lies on the boundary: a direction of the parameter space has no variance.
    Singular {
        /// The direction, by parameter.
        direction: Vec<Loading>,
    },
    /// The data do not determine these parameters.
    Unidentified {
        /// Names of the parameters.
        parameters: Vec<String>,
    },
    /// Stopped before the stopping rules were met (iterations, time, cancellation); the numbers
    /// are the best so far.
    Truncated {
        /// What stopped the fit.
        reason: String,
    },
    /// No usable result.
    Failed {
        /// What went wrong.
        reason: String,
    },
}

/// Share of one parameter in a direction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Loading {
    /// Name of the parameter.
    pub parameter: String,
    /// Its weight in the direction (the direction has length 1).
    pub weight: f64,
}

impl Verdict {
    /// Whether the stopping rules were met at an identified optimum.
    pub fn converged(&self) -> bool {
        self.status == Status::Converged
    }

    /// Whether the numbers may be shown, if with a remark.
    pub fn usable(&self) -> bool {
        !matches!(self.status, Status::Failed { .. })
    }

    /// What is wrong with a fit that did not converge, and what to do.
    pub fn problem(&self) -> Option<String> {
        let problem = problem_of(&self.status)?;
        let action = self.next_action.as_deref().map_or(String::new(), |text| format!("; {text}"));
        Some(format!("{problem}{action}"))
    }
}

fn problem_of(status: &Status) -> Option<String> {
    match status {
        Status::Converged => None,
        Status::Singular { direction } => {
            let names: Vec<&str> = direction.iter().map(|of| of.parameter.as_str()).collect();
            Some(format!("there is no variance in {}", names.join(", ")))
        }
        Status::Unidentified { parameters } => {
            Some(format!("the data do not determine {}", first_of(parameters)))
        }
        Status::Truncated { reason } | Status::Failed { reason } => Some(reason.clone()),
    }
}

/// The first names, and how many more there are.
fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = &names[..names.len().min(SHOWN)];
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending_but_convergence_has_a_problem() {
        let reason = || "time".to_string();
        assert_eq!(problem_of(&Status::Converged), None);
        assert_eq!(problem_of(&Status::Truncated { reason: reason() }), Some(reason()));
        assert_eq!(problem_of(&Status::Failed { reason: reason() }), Some(reason()));
        let parameters = vec!["a".to_string(), "b".to_string()];
        let problem = problem_of(&Status::Unidentified { parameters });
        assert_eq!(problem.as_deref(), Some("the data do not determine a, b"));
        let parameters = (0..50).map(|i| format!("a[q{i}]")).collect();
        let problem = problem_of(&Status::Unidentified { parameters }).unwrap();
        assert!(problem.ends_with("a[q19] and 30 more"), "{problem}");
    }
}
