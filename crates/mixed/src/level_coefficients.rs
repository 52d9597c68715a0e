//! Fixed effect and deviation of a level together, as R's `coef` gives them.

use rayon::prelude::*;
use seedtest_numerics::{Status, Verdict};

use crate::estimates::{FixedEffect, RandomEffects};
use crate::orthonormal::Orthonormal;
use crate::system::{Factor, Rows, Target, prediction_variance};

/// Coefficients of the levels of one grouping factor: of its effects that are fixed ones too, such as the slope
/// of a student, which is that of everybody plus the student's own deviation.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelCoefficients {
    /// Name of the grouping factor.
    pub group: String,
    /// Names of its levels.
    pub levels: Vec<String>,
    /// Names of the effects.
    pub effects: Vec<String>,
    /// Coefficients, row-major, levels × effects.
    pub values: Vec<f64>,
    /// Their standard errors, in the same order: of the sum as a prediction (Henderson 1975), in which fixed
    /// and random effects vary together. `None` where the data determine the fixed effect or the variance of the
    /// level's own no better than that the likelihood has no maximum.
    pub se: Vec<Option<f64>>,
}

/// What coefficients of levels are made of.
pub(crate) struct Parts<'a> {
    pub(crate) rows: &'a Rows,
    pub(crate) factor: &'a Factor,
    pub(crate) columns: &'a Orthonormal,
    pub(crate) fixed_inverse: &'a [f64],
    pub(crate) fixed: &'a [FixedEffect],
    pub(crate) random: &'a [RandomEffects],
    /// Residual variance; 1 for families without one.
    pub(crate) variance: f64,
    /// How the fit ended, with the parameters that the data do not determine.
    pub(crate) verdict: &'a Verdict,
}

impl Parts<'_> {
    /// Of every grouping factor with an effect that is a fixed one too.
    pub(crate) fn by_level(&self) -> Vec<LevelCoefficients> {
        (0..self.random.len()).filter_map(|group| self.of_group(group)).collect()
    }

    fn of_group(&self, group: usize) -> Option<LevelCoefficients> {
        let random = &self.random[group];
        // Place among the effects of the level, and among the columns that are kept.
        let shared: Vec<(usize, usize, f64)> = random
            .effects
            .iter()
            .enumerate()
            .filter_map(|(at, name)| self.shared(at, name))
            .collect();
        if shared.is_empty() {
            return None;
        }
        let is_determined: Vec<bool> = shared
            .iter()
            .map(|&(effect, ..)| self.determines(&random.group, &random.effects[effect]))
            .collect();
        let pairs: Vec<(f64, Option<f64>)> = (0..random.levels.len())
            .into_par_iter()
            .flat_map_iter(|level| {
                shared.iter().zip(&is_determined).map(move |(&(effect, column, fixed), known)| {
                    let variance = || self.error(group, level, effect, column) * self.variance;
                    let se = known.then(|| variance().max(0.0).sqrt());
                    (fixed + random.mode(level, effect), se)
                })
            })
            .collect();
        let (values, se) = pairs.into_iter().unzip();
        Some(LevelCoefficients {
            group: random.group.clone(),
            levels: random.levels.clone(),
            effects: shared.iter().map(|&(at, _, _)| random.effects[at].clone()).collect(),
            values,
            se,
        })
    }

    /// Whether the data determine the fixed effect of this name and its variance over the levels of the group.
    fn determines(&self, group: &str, effect: &str) -> bool {
        let Status::Unidentified { parameters } = &self.verdict.status else { return true };
        let of_group = format!("{group}.{effect}");
        !parameters.iter().any(|name| *name == effect || *name == of_group)
    }

    fn shared(&self, at: usize, name: &str) -> Option<(usize, usize, f64)> {
        let known = self.fixed.iter().filter_map(|f| Some((f.name.as_str(), f.estimate?)));
        let found = known.enumerate().find(|(_, (fixed, _))| *fixed == name);
        found.map(|(column, (_, estimate))| (at, column, estimate.coefficient))
    }

    /// Variance of the error of one coefficient of a level, times 1/σ².
    fn error(&self, group: usize, level: usize, effect: usize, column: usize) -> f64 {
        let unit = |n: usize, at: usize| (0..n).map(|i| f64::from(u8::from(i == at))).collect();
        let x: Vec<f64> = unit(self.columns.rank(), column);
        let order = self.rows.group_order();
        let values: Vec<Vec<f64>> = order
            .iter()
            .map(|&g| {
                let k = self.random[g].k();
                if g == group { unit(k, effect) } else { vec![0.0; k] }
            })
            .collect();
        let groups = order.iter().zip(&values);
        let groups = groups.map(|(&g, z)| ((g == group).then_some(level), z.as_slice())).collect();
        let target = Target { fixed: self.columns.row(&x), groups };
        prediction_variance(self.rows, self.factor, self.fixed_inverse, &target)
    }
}
