//! Variance of a linear combination of fixed and random effects.

use super::factor::{Factor, transpose_scale};
use super::rows::Rows;

/// One row to predict: the orthonormal fixed columns, and for every grouping factor (in the order of
/// the system) its level, if it is known, and the values of its effects.
pub(crate) struct Target<'a> {
    pub(crate) fixed: Vec<f64>,
    pub(crate) groups: Vec<(Option<usize>, &'a [f64])>,
}

/// Variance of the error of xᵀβ̂ + zᵀb̂ as a prediction of xᵀβ + zᵀb, times 1/σ² (Henderson 1975). The
/// effects of unknown levels are predicted by zero.
pub(crate) fn prediction_variance(
    rows: &Rows,
    factor: &Factor,
    fixed_inverse: &[f64],
    target: &Target<'_>,
) -> f64 {
    let (k, p, c) = (rows.k, rows.p, rows.p + 1);
    let mut variance = 0.0;
    let mut fixed = target.fixed.clone();
    let mut rest = vec![0.0; rows.q];
    for ((known, z), group) in target.groups.iter().zip(0..) {
        let width = z.len();
        let t = &factor.factors[group];
        match (known, group) {
            (Some(_), 0) => {}
            (Some(level), _) => {
                let first = rows.rest[group - 1].first + level * width;
                rest[first..first + width].copy_from_slice(z);
            }
            (None, _) => {
                for b in 0..width {
                    let turned: f64 = (0..width).map(|a| t[a * width + b] * z[a]).sum();
                    variance += turned * turned;
                }
            }
        }
    }
    transpose_scale(rows, &factor.factors, &mut rest, 1);
    if let Some((Some(level), z)) = target.groups.first() {
        let mut half = vec![0.0; k * k];
        factor.half(k, *level, &mut half);
        let own: Vec<f64> = (0..k).map(|i| (0..k).map(|j| half[i * k + j] * z[j]).sum()).collect();
        let mut taken = vec![0.0; rows.q];
        for slot in rows.slots(*level) {
            let u = &factor.own_rest[slot * k..][..k];
            taken[rows.slot_columns[slot] as usize] = u.iter().zip(&own).map(|(u, g)| u * g).sum();
        }
        transpose_scale(rows, &factor.factors, &mut taken, 1);
        for (r, t) in rest.iter_mut().zip(&taken) {
            *r -= t;
        }
        for (i, g) in own.iter().enumerate() {
            variance += g * g;
            for (x, f) in fixed.iter_mut().zip(&factor.own_fixed[(level * k + i) * c..][..p]) {
                *x -= g * f;
            }
        }
    }
    factor.cholesky.solve_lower(&mut rest, 1);
    for (w, solved) in rest.iter().zip(factor.solved.chunks_exact(c)) {
        variance += w * w;
        for (x, s) in fixed.iter_mut().zip(&solved[..p]) {
            *x -= w * s;
        }
    }
    for i in 0..p {
        for j in 0..p {
            variance += fixed[i] * fixed_inverse[i * p + j] * fixed[j];
        }
    }
    variance
}
