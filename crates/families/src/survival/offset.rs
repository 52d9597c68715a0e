//! Offsets that are not on the scale they are added to.

use seedtest_formula::{Formula, Part};
use seedtest_numerics::ln;
use seedtest_survival::Data;

use super::spec::Spec;

/// Range of an offset on a log scale from which on one doubts that it is on it: a factor of e⁷, a thousand.
const DOUBTFUL: f64 = 7.0;

/// What is said of an offset that differs more between rows than hazards or times do.
pub(super) fn offset_warning(data: &Data<'_>, formula: &Formula, spec: &Spec) -> Option<String> {
    let [low, high] = range(data.offset?.iter().copied());
    // Whatever their coefficients are told as, parametric families add an offset to ln T.
    let is_of_time = spec.family.distribution().is_some();
    let [least, most] = range(data.stop.iter().filter(|t| **t > 0.0).map(|t| ln(*t)));
    let of_times = if is_of_time { (most - least).max(0.0) } else { 0.0 };
    let parts = formula.parts();
    let is_logged = |part: &Part| matches!(part, Part::Offset(term) if term.contains("log"));
    let is_logged = parts.iter().any(is_logged);
    // A logarithm is on the scale; only its size may be wrong.
    let doubtful = if is_logged { 2.0 * DOUBTFUL } else { DOUBTFUL };
    let advice = if low >= 0.0 && !is_logged {
        "; an exposure goes in as its logarithm, offset(log(exposure))"
    } else {
        ""
    };
    let scale = if is_of_time { "log_time" } else { spec.family.coefficient_scale() };
    let scale = scale.replace('_', " ");
    (high - low > of_times + doubtful).then(|| {
        format!(
            "the offset runs from {low} to {high} on the scale of the {scale}, far more than what is estimated: it \
             decides alone{advice}"
        )
    })
}

fn range(values: impl Iterator<Item = f64>) -> [f64; 2] {
    values.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)])
}
