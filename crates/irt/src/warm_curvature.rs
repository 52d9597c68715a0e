//! Curvature known from a stored solution.

use rayon::prelude::*;

use crate::covariance::{Covariance, ParameterKind};
use crate::parameters::{A, D, FreeSet, G, Point};

/// The covariance of a stored solution, used as the inverse curvature of the surface: near that
/// solution its steps are almost Newton steps.
pub(crate) struct WarmCurvature {
    /// Flat parameters the stored covariance covers, with their place in it.
    pairs: Vec<(usize, usize)>,
    covariance: Vec<f64>,
    /// What turns gradients by the flat parameters into gradients by a, b, c: one row per item.
    curves: Vec<(f64, f64, f64)>,
    own: &'static [usize],
    sd: f64,
    sd_place: Option<usize>,
}

impl WarmCurvature {
    /// `items` are the codes of the used items. `None` when the covariance says nothing about the
    /// free parameters or only about items one by one (the preconditioner knows as much), when the
    /// model shares one slope (whose rows the covariance repeats), or when there are groups.
    pub(crate) fn new(
        covariance: &Covariance,
        free: &FreeSet,
        point: &Point,
        items: &[u32],
    ) -> Option<Self> {
        let ([population], [free_population]) = (&*point.populations, &*free.populations) else {
            return None;
        };
        if free.common_slope || !covariance.is_full() {
            return None;
        }
        let k = free.own.len();
        let mut pairs = Vec::new();
        for (i, &item) in free.items.iter().enumerate() {
            let code = Some(items[item as usize]);
            let rows: Vec<Option<usize>> = free
                .own
                .iter()
                .map(|&p| {
                    determined(
                        covariance,
                        code,
                        [ParameterKind::A, ParameterKind::B, ParameterKind::C][p],
                    )
                })
                .collect();
            // An item is either covered or not: half of its block would be no inverse.
            if rows.iter().all(Option::is_some) {
                pairs.extend(
                    rows.into_iter().flatten().enumerate().map(|(s, row)| (i * k + s, row)),
                );
            }
        }
        let mut at = free.globals_start();
        let mut sd_place = None;
        if free_population.mean {
            pairs.extend(determined(covariance, None, ParameterKind::Mean).map(|row| (at, row)));
            at += 1;
        }
        if free_population.log_sd {
            sd_place = Some(at);
            pairs.extend(determined(covariance, None, ParameterKind::Sd).map(|row| (at, row)));
        }
        if pairs.is_empty() {
            return None;
        }
        let n = pairs.len();
        let mut dense = vec![0.0; n * n];
        for (i, x) in pairs.iter().enumerate() {
            for (j, y) in pairs.iter().enumerate() {
                dense[i * n + j] = covariance.get(x.1, y.1);
            }
        }
        let curves = free
            .items
            .iter()
            .map(|&item| {
                let curve = point.curves[item as usize];
                let c = curve.guessing();
                (curve.a, curve.difficulty(), c * (1.0 - c))
            })
            .collect();
        Some(Self {
            pairs,
            covariance: dense,
            curves,
            own: free.own,
            sd: population.sd(),
            sd_place,
        })
    }

    /// Replaces `step`, as far as the stored covariance reaches, by covariance · `gradient`.
    pub(crate) fn apply(&self, gradient: &[f64], step: &mut [f64]) {
        let natural = self.to_natural(gradient);
        let right: Vec<f64> = self.pairs.iter().map(|p| natural[p.0]).collect();
        let product: Vec<f64> = self
            .covariance
            .par_chunks(right.len())
            .map(|row| row.iter().zip(&right).map(|(v, r)| v * r).sum())
            .collect();
        let mut moved = vec![0.0; step.len()];
        for (pair, value) in self.pairs.iter().zip(&product) {
            moved[pair.0] = *value;
        }
        let flat = self.to_flat(&moved);
        for pair in &self.pairs {
            step[pair.0] = flat[pair.0];
        }
    }

    fn slot(&self, parameter: usize) -> Option<usize> {
        self.own.iter().position(|&p| p == parameter)
    }

    /// Gradient by (a, b, c, μ, σ) from the gradient by (a, d, g, μ, ln σ), with d = −ab.
    fn to_natural(&self, gradient: &[f64]) -> Vec<f64> {
        let mut natural = gradient.to_vec();
        let k = self.own.len();
        for (i, &(a, b, by_c)) in self.curves.iter().enumerate() {
            let own = &mut natural[i * k..(i + 1) * k];
            if let Some(d) = self.slot(D) {
                let by_d = own[d];
                own[d] = -a * by_d;
                if let Some(slope) = self.slot(A) {
                    own[slope] -= b * by_d;
                }
            }
            if let Some(g) = self.slot(G) {
                own[g] /= by_c;
            }
        }
        if let Some(at) = self.sd_place {
            natural[at] /= self.sd;
        }
        natural
    }

    /// Step in (a, d, g, μ, ln σ) from a step in (a, b, c, μ, σ).
    fn to_flat(&self, natural: &[f64]) -> Vec<f64> {
        let mut flat = natural.to_vec();
        let k = self.own.len();
        for (i, &(a, b, by_c)) in self.curves.iter().enumerate() {
            let own = &mut flat[i * k..(i + 1) * k];
            if let Some(d) = self.slot(D) {
                let slope = self.slot(A).map_or(0.0, |s| own[s]);
                own[d] = -a * own[d] - b * slope;
            }
            if let Some(g) = self.slot(G) {
                own[g] /= by_c;
            }
        }
        if let Some(at) = self.sd_place {
            flat[at] /= self.sd;
        }
        flat
    }
}

/// Row of a parameter that has a variance.
fn determined(covariance: &Covariance, item: Option<u32>, kind: ParameterKind) -> Option<usize> {
    let row = covariance.row(item, kind)?;
    (covariance.get(row, row) > 0.0).then_some(row)
}
