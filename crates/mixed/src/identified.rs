//! What the rows say of the covariances of random effects: effects of which they say nothing, and
//! covariances of which they say only a combination.

use seedtest_numerics::Stream;

use crate::data::Group;
use crate::orthonormal::Orthonormal;
use crate::system::small;

/// Random directions in which covariances are compared.
const PROBES: usize = 4;
/// Seed of those directions; they are the same for the same rows.
const SEED: u64 = 19;
/// An effect of which the fixed effects leave less than this share says nothing of its variance.
const NOTHING_LEFT: f64 = 1e-9;
/// Eigenvalue of the directions' correlations below which covariances are linearly dependent.
const DEPENDENT: f64 = 1e-11;
/// Loading in a dependence below which a parameter has no part in it.
const NO_PART: f64 = 1e-2;
/// Most products that are added up for the comparison; of more rows a regular part is looked at.
const MOST_PRODUCTS: usize = 200_000_000;

/// Parameters that the data do not determine, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Unidentified {
    pub(crate) parameters: Vec<String>,
    pub(crate) action: String,
}

impl Unidentified {
    pub(crate) fn is_empty(&self) -> bool {
        self.parameters.is_empty()
    }

    /// Adds a parameter; the first advice is kept.
    pub(crate) fn add(&mut self, parameter: String, action: impl FnOnce() -> String) {
        if self.parameters.contains(&parameter) {
            return;
        }
        if self.parameters.is_empty() {
            self.action = action();
        }
        self.parameters.push(parameter);
    }
}

/// What covariances are compared in: the whole space of the response, or what the fixed effects leave of it.
pub(crate) struct Space<'a> {
    pub(crate) weights: Option<&'a [f64]>,
    /// Fixed effects that are integrated out.
    pub(crate) fixed: Option<&'a Orthonormal>,
    /// Whether there is a residual variance besides.
    pub(crate) residual: bool,
}

/// Covariances of the response along each parameter, applied to random vectors: their products.
pub(crate) struct Comparison {
    /// Products of what the fixed effects leave, parameters², the residual variance last.
    products: Vec<f64>,
    /// Squares before the fixed effects are taken out.
    whole: Vec<f64>,
    names: Vec<String>,
    /// Whether a parameter is a variance, by group and effect.
    variances: Vec<Option<(usize, usize)>>,
}

impl Comparison {
    /// Compares the covariances ZᵍₐZᵍᵦᵀ + ZᵍᵦZᵍₐᵀ of all free parameters of these groups.
    pub(crate) fn new(groups: &[Group], n: usize, space: &Space<'_>) -> Self {
        let mut names = Vec::new();
        let mut variances = Vec::new();
        for (g, group) in groups.iter().enumerate() {
            names.extend(group.theta_names());
            let free = group.template().free;
            variances.extend(free.into_iter().map(|(a, b)| (a == b).then_some((g, a))));
        }
        if space.residual {
            names.push("sigma".to_owned());
            variances.push(None);
        }
        let m = names.len();
        let mut out = Self { products: vec![0.0; m * m], whole: vec![0.0; m], names, variances };
        let widest = groups.iter().map(Group::n_effects).max().unwrap_or(0);
        for probe in 0..PROBES.max(widest.div_ceil(2) + 1) {
            out.add_probe(groups, n, space, probe as u64);
        }
        out
    }

    fn add_probe(&mut self, groups: &[Group], n: usize, space: &Space<'_>, probe: u64) {
        let m = self.names.len();
        let mut stream = Stream::new(SEED, probe);
        let mut w: Vec<f64> = (0..n).map(|_| stream.uniform_in(-1.0, 1.0)).collect();
        if let Some(fixed) = space.fixed {
            leave_out(fixed, space.weights, &mut w);
        }
        let sums: Vec<Vec<f64>> = groups.iter().map(|group| level_sums(group, &w)).collect();
        let entries: Vec<Vec<(usize, usize)>> =
            groups.iter().map(|group| group.template().free).collect();
        let along = |row: usize, out: &mut [f64]| {
            let mut at = 0;
            for ((group, sums), entries) in groups.iter().zip(&sums).zip(&entries) {
                let k = group.n_effects();
                let z = &group.values[row * k..][..k];
                let s = &sums[group.codes[row] as usize * k..][..k];
                for &(a, b) in entries {
                    out[at] = if a == b { z[a] * s[a] } else { z[a] * s[b] + z[b] * s[a] };
                    at += 1;
                }
            }
            if space.residual {
                out[at] = w[row] / space.weights.map_or(1.0, |weights| weights[row]);
            }
        };
        let coefficients = space.fixed.map(|fixed| {
            let p = fixed.rank();
            let mut sums = vec![0.0; p * m];
            let mut f = vec![0.0; m];
            for row in 0..n {
                along(row, &mut f);
                let weight = space.weights.map_or(1.0, |weights| weights[row]);
                for (j, column) in fixed.columns.iter().enumerate() {
                    let q = weight * column[row];
                    for (sum, f) in sums[j * m..][..m].iter_mut().zip(&f) {
                        *sum += q * f;
                    }
                }
            }
            sums
        });
        let stride = (n * m * m * PROBES).div_ceil(MOST_PRODUCTS).max(1);
        let mut f = vec![0.0; m];
        for row in (0..n).step_by(stride) {
            along(row, &mut f);
            for (whole, f) in self.whole.iter_mut().zip(&f) {
                *whole += f * f;
            }
            if let (Some(fixed), Some(sums)) = (space.fixed, &coefficients) {
                for (j, column) in fixed.columns.iter().enumerate() {
                    for (f, sum) in f.iter_mut().zip(&sums[j * m..][..m]) {
                        *f -= column[row] * sum;
                    }
                }
            }
            for i in 0..m {
                for j in 0..m {
                    self.products[i * m + j] += f[i] * f[j];
                }
            }
        }
    }

    /// Whether the rows say nothing of the variance of an effect.
    pub(crate) fn says_nothing(&self, group: usize, effect: usize) -> bool {
        let m = self.names.len();
        let at = self.variances.iter().position(|v| *v == Some((group, effect)));
        at.is_some_and(|at| {
            self.products[at * m + at] <= NOTHING_LEFT * NOTHING_LEFT * self.whole[at]
        })
    }

    /// Whether there is such an effect in a group that is not zero everywhere.
    pub(crate) fn finds_nothing_of(&self, at: usize, group: &Group) -> bool {
        (0..group.n_effects()).any(|a| group.varies(a) && self.says_nothing(at, a))
    }

    /// Names of the parameters of which only a combination is determined.
    pub(crate) fn dependent(&self) -> Vec<String> {
        let m = self.names.len();
        let scale: Vec<f64> = (0..m)
            .map(|i| {
                let own = self.products[i * m + i];
                if own > 0.0 { 1.0 / own.sqrt() } else { 1.0 }
            })
            .collect();
        let scaled: Vec<f64> =
            (0..m * m).map(|at| self.products[at] * scale[at / m] * scale[at % m]).collect();
        let (values, vectors) = small::eigen(&scaled, m);
        let none = values.iter().zip(&vectors).filter(|(value, _)| **value < DEPENDENT);
        let mut part = vec![false; m];
        for (_, vector) in none {
            for (part, x) in part.iter_mut().zip(vector) {
                *part |= x.abs() > NO_PART;
            }
        }
        self.names
            .iter()
            .zip(part)
            .filter(|(_, part)| *part)
            .map(|(name, _)| name.clone())
            .collect()
    }
}

/// Zᵀw of every level, row-major.
fn level_sums(group: &Group, w: &[f64]) -> Vec<f64> {
    let k = group.n_effects();
    let mut sums = vec![0.0; group.levels.len() * k];
    for ((z, &code), w) in group.values.chunks_exact(k).zip(&group.codes).zip(w) {
        for (sum, z) in sums[code as usize * k..][..k].iter_mut().zip(z) {
            *sum += z * w;
        }
    }
    sums
}

/// w without its part along the fixed effects: Xᵀw = 0.
fn leave_out(fixed: &Orthonormal, weights: Option<&[f64]>, w: &mut [f64]) {
    for column in &fixed.columns {
        let share: f64 = column.iter().zip(w.iter()).map(|(q, w)| q * w).sum();
        for (row, (w, q)) in w.iter_mut().zip(column).enumerate() {
            *w -= share * q * weights.map_or(1.0, |weights| weights[row]);
        }
    }
}
