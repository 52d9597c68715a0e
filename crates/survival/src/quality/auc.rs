//! Time-dependent area under the ROC curve.

use super::censoring::{Censoring, check};
use crate::data::Data;
use crate::error::Error;
use crate::radix::{number_key, sorted_order};

/// Probability that a row with the event by `time` has a higher risk than a row without, ties counting
/// half: the cumulative/dynamic area under the ROC curve (Uno et al. 2007), between 0 and 1.
pub fn time_dependent_auc(data: &Data<'_>, risk: &[f64], time: f64) -> Result<f64, Error> {
    check(data, risk, "risk")?;
    let censoring = Censoring::new(data);
    let keys: Vec<u64> = risk.iter().map(|&r| number_key(r)).collect();
    let order = sorted_order(&keys);
    let (mut cases, mut controls, mut won) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| keys[a as usize] == keys[b as usize]) {
        let (mut tied_cases, mut tied_controls) = (0.0, 0.0);
        for &row in tied {
            let row = row as usize;
            if data.stop[row] > time {
                tied_controls += data.weight(row);
            } else if data.event[row] == 1 {
                tied_cases += data.weight(row) / censoring.before(data.stop[row]);
            }
        }
        won += tied_cases * (controls + 0.5 * tied_controls);
        cases += tied_cases;
        controls += tied_controls;
    }
    if cases == 0.0 || controls == 0.0 {
        let reason = "there is no event before or no row after that time";
        return Err(Error::NotEstimable { what: "the AUC", at: time, reason });
    }
    Ok(won / (cases * controls))
}
