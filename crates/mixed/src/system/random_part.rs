//! Products of the random effects' columns with vectors.

use super::factor::{scale, transpose_scale};
use super::rows::Rows;
use super::small;
use crate::glmm::Effects;

impl Rows {
    /// The same rows without fixed columns.
    pub(crate) fn without_fixed(&self) -> Self {
        Self { p: 0, x: Vec::new(), ..self.clone() }
    }

    /// Λu.
    pub(crate) fn scaled(&self, factors: &[Vec<f64>], u: &Effects) -> Effects {
        let k = self.k;
        let mut out = u.clone();
        for (out, u) in out.own.chunks_exact_mut(k).zip(u.own.chunks_exact(k)) {
            small::multiply(&factors[0], u, k, 1, out);
        }
        scale(self, factors, &mut out.rest, 1);
        out
    }

    /// Λᵀx.
    pub(crate) fn transpose_scaled(&self, factors: &[Vec<f64>], x: &Effects) -> Effects {
        let k = self.k;
        let mut out = x.clone();
        for (out, x) in out.own.chunks_exact_mut(k).zip(x.own.chunks_exact(k)) {
            small::multiply_transposed(&factors[0], x, k, 1, out);
        }
        transpose_scale(self, factors, &mut out.rest, 1);
        out
    }

    /// Zᵀv for values of the sorted rows.
    pub(crate) fn transposed(&self, v: &[f64]) -> Effects {
        let k = self.k;
        let mut out = Effects { own: vec![0.0; self.n_levels() * k], rest: vec![0.0; self.q] };
        for (level, out) in out.own.chunks_exact_mut(k).enumerate() {
            for row in self.level_rows(level) {
                for (out, z) in out.iter_mut().zip(&self.z[row * k..][..k]) {
                    *out += z * v[row];
                }
            }
        }
        for group in &self.rest {
            for (row, value) in v.iter().enumerate() {
                let first = group.first + group.codes[row] as usize * group.k;
                let z = &group.z[row * group.k..][..group.k];
                for (out, z) in out.rest[first..].iter_mut().zip(z) {
                    *out += z * value;
                }
            }
        }
        out
    }

    /// v ← v + Zb for the sorted rows.
    pub(crate) fn add_random(&self, b: &Effects, v: &mut [f64]) {
        let k = self.k;
        for (level, b) in b.own.chunks_exact(k).enumerate() {
            for row in self.level_rows(level) {
                let z = &self.z[row * k..][..k];
                v[row] += z.iter().zip(b).map(|(z, b)| z * b).sum::<f64>();
            }
        }
        for group in &self.rest {
            for (row, value) in v.iter_mut().enumerate() {
                let first = group.first + group.codes[row] as usize * group.k;
                let z = &group.z[row * group.k..][..group.k];
                *value += z.iter().zip(&b.rest[first..]).map(|(z, b)| z * b).sum::<f64>();
            }
        }
    }

    /// Σ over levels of abᵀ, by group in the order of the system.
    pub(crate) fn outer(&self, a: &Effects, b: &Effects) -> Vec<Vec<f64>> {
        let own = std::iter::once((self.k, a.own.as_slice(), b.own.as_slice()));
        let rest = self.rest.iter().map(|group| {
            let all = group.first..group.first + group.n_levels * group.k;
            (group.k, &a.rest[all.clone()], &b.rest[all])
        });
        let sums = |(k, a, b): (usize, &[f64], &[f64])| {
            let mut out = vec![0.0; k * k];
            for (a, b) in a.chunks_exact(k).zip(b.chunks_exact(k)) {
                for i in 0..k {
                    for j in 0..k {
                        out[i * k + j] += a[i] * b[j];
                    }
                }
            }
            out
        };
        own.chain(rest).map(sums).collect()
    }

    /// Σ over levels of rrᵀ, by group in the order of the system.
    pub(crate) fn squares(&self, r: &Effects) -> Vec<Vec<f64>> {
        self.outer(r, r)
    }
}
