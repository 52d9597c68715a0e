//! Priors that were asked for against what the rows say.

use crate::draws::Parameter;
use crate::fit::Fit;
use crate::prior::Prior;

/// A prior that was asked for and that the rows contradict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriorConflict {
    /// The parameter.
    pub parameter: Parameter,
    /// Where the prior is centred and how wide it is.
    pub prior: [f64; 2],
    /// What the rows say by themselves: mean score, least-squares slope.
    pub observed: f64,
}

/// Widths of a prior past which its centre is too far away.
const FARTHEST: f64 = 3.0;

impl Fit {
    /// The priors of intercept and change per week that were asked for and are centred more than three
    /// of their widths from the mean score or the least-squares slope of all rows: before a score is
    /// seen they say that such scores do not occur.
    pub fn prior_conflicts(&self) -> Vec<PriorConflict> {
        if !self.spec.family.has_sigma() {
            return Vec::new();
        }
        let asked = &self.spec.priors;
        let pairs = [
            (Parameter::InterceptCentred, asked.intercept, self.scores.mean),
            (Parameter::Week, asked.week, self.scores.slope),
        ];
        let conflict = |(parameter, prior, observed): (Parameter, Option<Prior>, f64)| {
            let prior = prior?.location_and_scale()?;
            let apart = (observed - prior[0]).abs();
            (apart > FARTHEST * prior[1]).then_some(PriorConflict { parameter, prior, observed })
        };
        pairs.into_iter().filter_map(conflict).collect()
    }
}
