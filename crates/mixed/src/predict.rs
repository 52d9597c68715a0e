//! Predictions for new rows.

use seedtest_formula::{Encoder, Factor, Frame, MISSING, ModelMatrix};

use crate::error::Error;
use crate::estimable::{Doubt, Estimable};
use crate::estimates::{FixedEffect, RandomEffects};
use crate::orthonormal::Orthonormal;
use crate::system::{Factor as System, Rows, Target, prediction_variance};

/// A predicted value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The value; `None` where the fitted rows do not determine it.
    pub value: Option<f64>,
    /// Standard error of the value as an estimate of the linear predictor: of fixed and random effects
    /// where they are known, with the whole variance of the effects of new levels. `None` where the
    /// model it comes from does not hold what is needed, and where `doubt` says so.
    pub se: Option<f64>,
    /// Why value or standard error is missing, where the fitted rows are the reason.
    pub doubt: Option<Doubt>,
}

impl Prediction {
    /// A prediction without what its doubt takes from it.
    pub(crate) fn new(value: f64, se: Option<f64>, doubt: Option<Doubt>) -> Self {
        let value = Some(value).filter(|_| !matches!(doubt, Some(Doubt::NotEstimable { .. })));
        Self { value, se: se.filter(|_| doubt.is_none()), doubt }
    }
}

/// New rows as the fit codes them.
pub(crate) struct NewRows {
    fixed: ModelMatrix,
    offset: Option<Vec<f64>>,
    /// By grouping factor of the fit: level of every row, if the fit has it, and values of the effects.
    groups: Vec<NewGroup>,
    pub(crate) n: usize,
}

struct NewGroup {
    levels: Vec<Option<usize>>,
    values: Vec<f64>,
}

impl NewRows {
    /// Codes a table; the columns of grouping factors are only needed `with_random` effects. Effects that
    /// are not those of the encoder's columns, as a stored model from outside may have, are refused.
    pub(crate) fn new(
        encoder: &Encoder,
        frame: &Frame,
        fixed: &[FixedEffect],
        random: &[RandomEffects],
        with_random: bool,
    ) -> Result<Self, Error> {
        let coded = encoder.encode(frame)?;
        if !fixed.iter().map(|effect| &effect.name).eq(&coded.fixed.names) {
            return Err(other_columns("the fixed effects"));
        }
        let n = frame.n_rows();
        let mut groups = Vec::new();
        if with_random {
            let groupings = encoder.groupings(frame)?;
            let terms: Vec<String> = encoder
                .formula()
                .random_terms()
                .iter()
                .map(seedtest_formula::RandomTerm::group)
                .collect();
            for effects in random {
                let own = |name: &&String| **name == effects.group;
                let at = terms.iter().position(|name| own(&name));
                let at = at
                    .ok_or_else(|| other_columns(&format!("the effects of `{}`", effects.group)))?;
                let matrices: Vec<&ModelMatrix> = coded
                    .random
                    .iter()
                    .zip(&terms)
                    .filter(|(_, name)| own(name))
                    .map(|(matrix, _)| matrix)
                    .collect();
                if !matrices.iter().flat_map(|matrix| &matrix.names).eq(&effects.effects) {
                    return Err(other_columns(&format!("the effects of `{}`", effects.group)));
                }
                groups.push(NewGroup::new(effects, &groupings[at], &matrices, n));
            }
        }
        Ok(Self { fixed: coded.fixed, offset: coded.offset, groups, n })
    }

    /// Xβ + offset + Zb, with effects of zero for new levels.
    pub(crate) fn linear(
        &self,
        kept: &[usize],
        beta: &[f64],
        random: &[RandomEffects],
    ) -> Vec<f64> {
        let mut out = self.offset.clone().unwrap_or_else(|| vec![0.0; self.n]);
        for (&j, b) in kept.iter().zip(beta) {
            for (out, x) in out.iter_mut().zip(self.fixed.column(j)) {
                *out += b * x;
            }
        }
        for (group, effects) in self.groups.iter().zip(random) {
            let k = effects.k();
            let rows = out.iter_mut().zip(&group.levels).zip(group.values.chunks_exact(k));
            for ((out, level), z) in rows {
                let Some(level) = level else { continue };
                let b = &effects.modes[level * k..][..k];
                *out += z.iter().zip(b).map(|(z, b)| z * b).sum::<f64>();
            }
        }
        out
    }

    /// Values of the kept fixed columns of a row.
    pub(crate) fn fixed_row(&self, kept: &[usize], row: usize) -> Vec<f64> {
        kept.iter().map(|&j| self.fixed.column(j)[row]).collect()
    }

    /// What is doubtful about each row.
    pub(crate) fn doubts(&self, kept: &[usize], estimable: &Estimable<'_>) -> Vec<Option<Doubt>> {
        if estimable.aliases.is_empty() && estimable.undetermined.is_none() {
            return vec![None; self.n];
        }
        let doubt = |row: usize| {
            estimable.doubt(&self.fixed_row(kept, row), |column| self.fixed.column(column)[row])
        };
        (0..self.n).map(doubt).collect()
    }

    /// Level of a row and the values of its effects, by grouping factor of the fit.
    pub(crate) fn group_row(&self, group: usize, k: usize, row: usize) -> (Option<usize>, &[f64]) {
        let own = &self.groups[group];
        (own.levels[row], &own.values[row * k..][..k])
    }

    /// Variance of the linear predictor of every row, times 1/σ².
    pub(crate) fn variances(
        &self,
        rows: &Rows,
        factor: &System,
        fixed: &Orthonormal,
        fixed_inverse: &[f64],
        random: &[RandomEffects],
    ) -> Vec<f64> {
        let order = rows.group_order();
        let variance = |row: usize| {
            let x = fixed.row(&self.fixed_row(&fixed.kept, row));
            let groups = if self.groups.is_empty() { &[] } else { order.as_slice() };
            let groups = groups.iter().map(|&g| self.group_row(g, random[g].k(), row)).collect();
            prediction_variance(rows, factor, fixed_inverse, &Target { fixed: x, groups })
        };
        (0..self.n).map(variance).collect()
    }
}

fn other_columns(what: &str) -> Error {
    Error::Stored { reason: format!("{what} are not the columns that its encoder makes") }
}

impl NewGroup {
    fn new(
        effects: &RandomEffects,
        grouping: &Factor,
        matrices: &[&ModelMatrix],
        n: usize,
    ) -> Self {
        let known: std::collections::HashMap<&str, usize> =
            effects.levels.iter().enumerate().map(|(at, level)| (level.as_str(), at)).collect();
        let positions: Vec<Option<usize>> =
            grouping.levels().iter().map(|level| known.get(level.as_str()).copied()).collect();
        let level = |&code: &u32| if code == MISSING { None } else { positions[code as usize] };
        let k = effects.k();
        let mut values = vec![0.0; n * k];
        let columns = matrices.iter().flat_map(|m| (0..m.n_columns()).map(move |j| m.column(j)));
        for (a, column) in columns.enumerate() {
            for (row, value) in values.chunks_exact_mut(k).zip(column) {
                row[a] = *value;
            }
        }
        Self { levels: grouping.codes().iter().map(level).collect(), values }
    }
}
