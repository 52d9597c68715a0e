//! What keeps good items from being given to everybody.

use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::error::CatError;
use super::simulate::{SimulationSpec, simulate};
use super::spec::Spec;

/// What keeps good items from being given to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "control")]
pub enum Exposure {
    /// Nothing: always the best item.
    #[default]
    None,
    /// One of so many best items at random (Kingsbury and Zara 1989).
    Randomesque {
        /// How many, at least 1.
        of: u32,
    },
    /// Items are given with the probability of their exposure parameter once picked, else set aside for this test
    /// (Sympson and Hetter 1985).
    SympsonHetter,
}

/// Most items that Sympson and Hetter's rule looks at before it takes the best one.
const MOST_LOOKED_AT: usize = 200;

impl Exposure {
    /// How many of the best items have to be in their order.
    pub(super) fn n_looked_at(self, n: usize) -> usize {
        match self {
            // The runner-up is told.
            Self::None => 2.min(n),
            Self::Randomesque { of } => (of as usize).max(2).min(n),
            Self::SympsonHetter => MOST_LOOKED_AT.min(n),
        }
    }

    pub(super) fn validate(self) -> Result<(), CatError> {
        match self {
            Self::Randomesque { of: 0 } => {
                let (field, required) = ("randomesque", "at least 1");
                Err(CatError::Setting { field, value: 0.0, required })
            }
            _ => Ok(()),
        }
    }
}

/// How exposure parameters are found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SympsonHetterSpec {
    /// Largest share of the tests that an item may be in.
    pub target: f64,
    /// Most rounds of simulation.
    pub rounds: u32,
    /// Settled when no item is in more than the target and this, or three standard errors of such a share.
    pub tolerance: f64,
}

impl Default for SympsonHetterSpec {
    fn default() -> Self {
        Self { target: 0.25, rounds: 20, tolerance: 0.02 }
    }
}

/// Exposure parameters that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct SympsonHetter {
    /// Of every item.
    pub exposure: Vec<f64>,
    /// Largest share of the tests of the last round that an item was in.
    pub largest: f64,
    /// Rounds of simulation.
    pub rounds: u32,
    /// Whether no item was in more than the target, but for the tolerance, in the last round.
    pub settled: bool,
}

/// Exposure parameters by simulation (Sympson and Hetter 1985): an item that was picked in a share P of the tests is
/// given with probability target/P the next time, until no item is given too often. As many items as the longest test
/// has keep 1, so that a test can always go on.
///
/// # Errors
/// For a target outside 0 to 1, and what [`simulate`] refuses.
pub fn sympson_hetter(
    bank: &Bank,
    spec: &Spec,
    of: &SimulationSpec,
    how: &SympsonHetterSpec,
) -> Result<SympsonHetter, CatError> {
    if !(how.target > 0.0 && how.target <= 1.0) {
        let (field, required) = ("exposure target", "above 0 and at most 1");
        return Err(CatError::Setting { field, value: how.target, required });
    }
    let spec = Spec { exposure: Exposure::SympsonHetter, ..spec.clone() };
    // The largest of many observed shares lies this far above the target by chance.
    let chance = 3.0 * (how.target * (1.0 - how.target) / f64::from(of.n.max(1))).sqrt();
    let enough = how.target + how.tolerance.max(chance);
    let mut exposure = vec![1.0; bank.items().len()];
    let mut found =
        SympsonHetter { exposure: exposure.clone(), largest: 1.0, rounds: 0, settled: false };
    for round in 1..=how.rounds {
        let own = bank.clone().with_exposure(&exposure)?;
        let tests = simulate(
            &own,
            &spec,
            &SimulationSpec { seed: of.seed.wrapping_add(u64::from(round)), ..of.clone() },
        )?;
        let largest = tests.given.iter().copied().fold(0.0, f64::max);
        found = SympsonHetter { exposure, largest, rounds: round, settled: largest <= enough };
        if found.settled {
            return Ok(found);
        }
        exposure = tests
            .picked
            .iter()
            .map(|share| if *share > how.target { how.target / share } else { 1.0 })
            .collect();
        keep_enough(&mut exposure, tests.longest as usize);
    }
    Ok(found)
}

/// The largest parameters become 1, as many as the longest test has items.
fn keep_enough(exposure: &mut [f64], n: usize) {
    let mut order: Vec<usize> = (0..exposure.len()).collect();
    order.sort_by(|x, y| exposure[*y].total_cmp(&exposure[*x]).then(x.cmp(y)));
    for at in order.into_iter().take(n) {
        exposure[at] = 1.0;
    }
}
