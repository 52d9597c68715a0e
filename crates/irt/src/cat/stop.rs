//! Why a test ends.

use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::estimate::{Estimate, Posterior};
use super::spec::{Classification, Stopping};

/// Why a test ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "rule")]
pub enum Stop {
    /// The ability is known well enough.
    Precision {
        /// Its standard error.
        se: f64,
    },
    /// It is clear on which side of the cut the ability is.
    Classified {
        /// Whether it is above.
        above: bool,
        /// Posterior probability of that side.
        probability: f64,
    },
    /// The most items were given.
    Length {
        /// How many.
        n: u32,
    },
    /// No item is left.
    NoItemLeft,
}

/// Whether the test ends, an empty bank aside.
pub(super) fn stop(
    rules: &Stopping,
    given: usize,
    bank: &Bank,
    (estimate, posterior): (&Estimate, &Posterior),
) -> Option<Stop> {
    let n = given as u32;
    if n < rules.min_items {
        return None;
    }
    if let Some(Classification { cut, level }) = rules.classification {
        let above = posterior.above(bank, cut);
        let (side, probability) = if above >= 0.5 { (true, above) } else { (false, 1.0 - above) };
        if n > 0 && probability >= level {
            return Some(Stop::Classified { above: side, probability });
        }
    }
    if let (Some(wanted), Some(se)) = (rules.se, estimate.se)
        && n > 0
        && se <= wanted
    {
        return Some(Stop::Precision { se });
    }
    rules.max_items.filter(|most| n >= *most).map(|_| Stop::Length { n })
}
