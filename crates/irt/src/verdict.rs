//! What a calibration thinks of its own result.

use seedtest_numerics::{Ending, Loading, Status, Verdict};

use crate::covariance::{Parameter, ParameterKind};
use crate::maximization::Target;
use crate::parameters::{FreePopulation, Population};
use crate::result::{Fit, ItemFit};
use crate::search::Outcome;
use crate::standard_errors::{Solution, Uncertainty};

/// An estimated standard deviation of the ability below this is zero as far as the quadrature can
/// tell.
const NO_SPREAD: f64 = 0.1;

/// The search stops where the log-posterior's rounding hides what is left of the ascent.
const NO_ASCENT: &str = "no step improves the log-posterior within its rounding error";

/// What to do about parameters that the answers do not determine.
pub(crate) const MORE_INFORMATION: &str = "give weak priors (priors, `--priors weak`), or leave items with few answers \
    out (min_answers, `--min-answers`)";

/// Estimates that are none: at the edge of the searched range, without information, or known by
/// their design to have none; in the order of [`Parameter`], each once.
pub(crate) fn undetermined(
    items: &[ItemFit],
    uncertainty: Option<&Uncertainty>,
    isolated: &[Parameter],
) -> Vec<Parameter> {
    let at_bound = items.iter().flat_map(|item| {
        item.at_bound.iter().map(|bound| Parameter::of_item(item.item, ParameterKind::from(*bound)))
    });
    let without_information =
        uncertainty.into_iter().flat_map(|found| found.unidentified.iter().copied());
    let mut all: Vec<Parameter> =
        at_bound.chain(without_information).chain(isolated.iter().copied()).collect();
    all.sort_by_key(Parameter::order);
    all.dedup();
    all
}

/// What a verdict rests on.
pub(crate) struct Findings {
    /// `None`: the search left a grid that cannot grow any more, and ended nowhere.
    pub(crate) ending: Option<Ending>,
    pub(crate) iterations: u32,
    pub(crate) log_posterior: f64,
    pub(crate) max_gradient: f64,
    pub(crate) condition_number: Option<f64>,
    /// Whether an estimated standard deviation of the ability is zero as far as can be told.
    pub(crate) no_spread: bool,
    /// Names of the parameters that the answers do not determine.
    pub(crate) undetermined: Vec<String>,
    /// What to do about them.
    pub(crate) advice: &'static str,
}

/// Whether an estimated standard deviation of the ability is zero as far as can be told.
pub(crate) fn no_spread(populations: &[Population], free: &[FreePopulation]) -> bool {
    populations.iter().zip(free).any(|(p, free)| free.log_sd && p.sd() < NO_SPREAD)
}

impl Findings {
    /// The verdict on a search.
    pub(crate) fn verdict(self) -> Verdict {
        let Self { no_spread, undetermined, advice, .. } = self;
        let determined = undetermined.is_empty();
        let ending = self.ending.unwrap_or(Ending::NoAscent);
        let (status, next_action) = match ending {
            Ending::Converged | Ending::NoAscent if no_spread => {
                let direction = vec![Loading { parameter: "sd".to_owned(), weight: 1.0 }];
                (
                    Status::Singular { direction },
                    Some(
                        "the answers show no difference in ability between students; check the data",
                    ),
                )
            }
            Ending::Converged if determined => (Status::Converged, None),
            Ending::Converged => (Status::Unidentified { parameters: undetermined }, Some(advice)),
            Ending::Iterations if determined => {
                (ending.status(), Some("allow more iterations (max_iter, `--max-iter`)"))
            }
            Ending::Iterations => (ending.status(), Some(advice)),
            Ending::Stopped => {
                (ending.status(), Some("allow more time (`max_seconds` of the request)"))
            }
            Ending::NoAscent => (Status::Truncated { reason: NO_ASCENT.to_owned() }, Some(advice)),
        };
        Verdict {
            status,
            iterations: u64::from(self.iterations),
            objective: self.log_posterior,
            max_gradient: Some(self.max_gradient),
            condition_number: self.condition_number,
            next_action: next_action.map(str::to_owned),
        }
    }
}

/// The verdict on a search; parameters are named by item code.
pub(crate) fn verdict(
    solution: &Solution<'_>,
    outcome: &Outcome<Target<'_>>,
    undetermined: &[Parameter],
    uncertainty: Option<&Uncertainty>,
) -> Verdict {
    let Outcome { state, ending, iterations } = outcome;
    let findings = Findings {
        ending: *ending,
        iterations: *iterations,
        log_posterior: state.log_posterior,
        max_gradient: state.max_gradient,
        condition_number: uncertainty.and_then(|u| u.condition_number),
        no_spread: no_spread(&solution.point.populations, &solution.free.populations),
        undetermined: by_code(undetermined),
        advice: MORE_INFORMATION,
    };
    findings.verdict()
}

fn by_code(parameters: &[Parameter]) -> Vec<String> {
    parameters.iter().map(|p| p.name(|item| item.to_string())).collect()
}

impl Fit {
    /// Names of the parameters that the answers do not determine, such as `a[q7]`; `id` gives the
    /// id of an item code.
    pub fn undetermined_names(&self, id: impl Fn(u32) -> String) -> Vec<String> {
        self.undetermined.iter().map(|parameter| parameter.name(&id)).collect()
    }

    /// The verdict with the ids of items in place of their codes.
    pub fn verdict_by_id(&self, id: impl Fn(u32) -> String) -> Verdict {
        let mut verdict = self.verdict.clone();
        if let Status::Unidentified { parameters } = &mut verdict.status {
            *parameters = self.undetermined_names(id);
        }
        verdict
    }
}
