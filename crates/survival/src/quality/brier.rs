//! Brier scores.

use super::censoring::{Censoring, check};
use crate::data::Data;
use crate::error::Error;

/// Mean squared difference between the predicted survival at `time` and what happened by then (Graf
/// et al. 1999), between 0 and about 1; a prediction of ½ for everyone scores 0.25.
///
/// `survival` is the predicted probability of no event up to `time`, one per row.
pub fn brier_score(data: &Data<'_>, survival: &[f64], time: f64) -> Result<f64, Error> {
    check(data, survival, "survival")?;
    score(data, &Censoring::new(data), survival, time)
}

fn score(
    data: &Data<'_>,
    censoring: &Censoring,
    survival: &[f64],
    time: f64,
) -> Result<f64, Error> {
    let uncensored = censoring.after(time);
    if uncensored <= 0.0 {
        let reason = "every row is censored by then";
        return Err(Error::NotEstimable { what: "the Brier score", at: time, reason });
    }
    let mut sum = 0.0;
    let mut total = 0.0;
    for (row, &s) in survival.iter().enumerate() {
        let weight = data.weight(row);
        total += weight;
        if data.stop[row] > time {
            sum += weight * (1.0 - s) * (1.0 - s) / uncensored;
        } else if data.event[row] == 1 {
            sum += weight * s * s / censoring.before(data.stop[row]);
        }
    }
    Ok(sum / total)
}

/// Brier score averaged over time by the trapezoidal rule. `survival` holds one column for each of the
/// increasing `times`, at least two.
pub fn integrated_brier_score(
    data: &Data<'_>,
    times: &[f64],
    survival: &[Vec<f64>],
) -> Result<f64, Error> {
    if times.len() < 2 || times.windows(2).any(|pair| pair[1] <= pair[0]) {
        let value = times.len() as f64;
        let required = "at least two increasing times";
        return Err(Error::Spec { field: "times", value, required });
    }
    if survival.len() != times.len() {
        return Err(Error::Values { found: survival.len(), expected: times.len() });
    }
    for column in survival {
        check(data, column, "survival")?;
    }
    let censoring = Censoring::new(data);
    let scores: Vec<f64> = times
        .iter()
        .zip(survival)
        .map(|(&time, column)| score(data, &censoring, column, time))
        .collect::<Result<_, _>>()?;
    let pieces = times.windows(2).zip(scores.windows(2));
    let area: f64 = pieces.map(|(t, s)| 0.5 * (t[1] - t[0]) * (s[0] + s[1])).sum();
    Ok(area / (times[times.len() - 1] - times[0]))
}
