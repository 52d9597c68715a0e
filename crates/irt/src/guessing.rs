//! Guessing probabilities that are known before a calibration.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::parameters::{A, D};

/// Guessing probabilities that are held fixed: P = c + (1 − c)·logistic(a(θ − b)) with c given.
///
/// With 1/(number of options) for multiple choice the other parameters keep their meaning, and
/// nothing has to be assumed about a c that short tests cannot determine (Lord 1980, section 12.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixedGuessing {
    /// Guessing probability of every item that `items` does not name, 0 ≤ c < 1.
    pub common: f64,
    /// Item codes with a guessing probability of their own.
    #[serde(default)]
    pub items: Vec<(u32, f64)>,
}

impl FixedGuessing {
    /// The same guessing probability for every item.
    pub fn of_all(common: f64) -> Self {
        Self { common, items: Vec::new() }
    }

    /// Guessing probability of an item.
    pub fn of(&self, item: u32) -> f64 {
        self.items.iter().find(|own| own.0 == item).map_or(self.common, |own| own.1)
    }

    pub(crate) fn validate(&self) -> Result<(), Error> {
        let all = std::iter::once(self.common).chain(self.items.iter().map(|own| own.1));
        for value in all {
            if !(0.0..1.0).contains(&value) {
                let required = "at least 0 and below 1";
                return Err(Error::Spec { field: "guessing", value, required });
            }
        }
        Ok(())
    }
}

/// Parameters of a 3PL that are left to estimate when c is known.
pub(crate) const WITHOUT_GUESSING: &[usize] = &[A, D];
