//! The posterior whose mode a fit looks for: curve, residuals and derivatives.

use seedtest_numerics::{ln, logistic};

use crate::linear_algebra::add_product;
use crate::spec::Growth;

/// Precision of the normal priors of slope and offset, standard deviation 5.
const TREND_PRECISION: f64 = 1.0 / 25.0;
/// −ln of the half-normal prior of σ with standard deviation ½ is 2σ² and a constant.
pub(crate) const SIGMA_PENALTY: f64 = 2.0;
/// Position of the first change of slope: slope and offset come before.
pub(crate) const FIRST_CHANGE: usize = 2;

/// A scaled series with its features. Parameters are θ = (k, m, δ₁…, β₁…): slope, offset, changes of
/// slope, effects of the features.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) growth: Growth,
    /// Scaled time of each row, 0..1 over the history.
    pub(crate) t: Vec<f64>,
    /// Scaled values; empty for a prediction.
    pub(crate) y: Vec<f64>,
    /// Scaled capacities; empty without.
    pub(crate) cap: Vec<f64>,
    /// Scaled times of the changes of slope.
    pub(crate) changes: Vec<f64>,
    /// Features, a column after another.
    pub(crate) features: Vec<f64>,
    /// Which features multiply the trend.
    pub(crate) multiplicative: Vec<bool>,
    /// Precision of the normal prior of each feature.
    pub(crate) precision: Vec<f64>,
    /// Weight of the absolute changes: 1 / scale of their Laplace prior.
    pub(crate) change_weight: f64,
}

/// Trend, multiplier and curve at some θ.
pub(crate) struct Curve {
    pub(crate) trend: Vec<f64>,
    /// 1 + multiplicative features.
    pub(crate) multiplier: Vec<f64>,
    /// Additive features.
    pub(crate) added: Vec<f64>,
}

impl Curve {
    pub(crate) fn fitted(&self) -> impl Iterator<Item = f64> + '_ {
        let terms = self.trend.iter().zip(&self.multiplier).zip(&self.added);
        terms.map(|((trend, multiplier), added)| trend * multiplier + added)
    }
}

impl Problem {
    pub(crate) fn n(&self) -> usize {
        self.t.len()
    }

    /// Number of parameters without σ.
    pub(crate) fn p(&self) -> usize {
        self.first_effect() + self.multiplicative.len()
    }

    pub(crate) fn first_effect(&self) -> usize {
        FIRST_CHANGE + self.changes.len()
    }

    /// Whether the curve is linear in θ.
    pub(crate) fn is_linear(&self) -> bool {
        self.growth != Growth::Logistic && !self.multiplicative.contains(&true)
    }

    /// Precisions of the normal priors of θ; 0 for the changes, which have another one.
    pub(crate) fn precisions(&self) -> Vec<f64> {
        let mut precisions = vec![TREND_PRECISION; FIRST_CHANGE];
        precisions.resize(self.first_effect(), 0.0);
        precisions.extend(&self.precision);
        precisions
    }

    /// Piecewise linear: m + kt for a linear trend, k(t − m) for the argument of a logistic one (its
    /// continuity at the changes is what Prophet's offsets are for), plus Σ δ (t − s)₊.
    pub(crate) fn line(&self, theta: &[f64]) -> Vec<f64> {
        let (k, m) = (theta[0], theta[1]);
        let start = |t: f64| match self.growth {
            Growth::Linear => m + k * t,
            Growth::Logistic => k * (t - m),
            Growth::Flat => m,
        };
        let mut line: Vec<f64> = self.t.iter().map(|&t| start(t)).collect();
        for (&change, &delta) in self.changes.iter().zip(&theta[FIRST_CHANGE..]) {
            if delta != 0.0 {
                for (z, &t) in line.iter_mut().zip(&self.t) {
                    *z += delta * (t - change).max(0.0);
                }
            }
        }
        line
    }

    pub(crate) fn curve(&self, theta: &[f64]) -> Curve {
        let n = self.n();
        let mut trend = self.line(theta);
        if self.growth == Growth::Logistic {
            for (z, cap) in trend.iter_mut().zip(&self.cap) {
                *z = cap * logistic(*z);
            }
        }
        let effects = &theta[self.first_effect()..];
        let chosen = |of_multiplier: bool| -> Vec<f64> {
            let pairs = effects.iter().zip(&self.multiplicative);
            pairs.map(|(&b, &m)| if m == of_multiplier { b } else { 0.0 }).collect()
        };
        let mut multiplier = vec![1.0; n];
        add_product(&self.features, &chosen(true), &mut multiplier);
        let mut added = vec![0.0; n];
        add_product(&self.features, &chosen(false), &mut added);
        Curve { trend, multiplier, added }
    }

    pub(crate) fn residuals(&self, curve: &Curve) -> Vec<f64> {
        self.y.iter().zip(curve.fitted()).map(|(y, fitted)| y - fitted).collect()
    }

    /// Derivatives of the curve in θ, a column for each parameter.
    pub(crate) fn jacobian(&self, theta: &[f64], curve: &Curve) -> Vec<f64> {
        let n = self.n();
        let mut columns = Vec::with_capacity(n * self.p());
        // Derivative of the curve in the line.
        let slope: Vec<f64> = match self.growth {
            Growth::Logistic => {
                let rows = curve.trend.iter().zip(&self.cap).zip(&curve.multiplier);
                rows.map(|((trend, cap), m)| trend * (1.0 - trend / cap) * m).collect()
            }
            _ => curve.multiplier.clone(),
        };
        let (k, m) = (theta[0], theta[1]);
        let (of_k, of_m): (fn(f64, f64) -> f64, f64) = match self.growth {
            Growth::Linear => (|t, _| t, 1.0),
            Growth::Logistic => (|t, m| t - m, -k),
            Growth::Flat => (|_, _| 0.0, 1.0),
        };
        columns.extend(self.t.iter().zip(&slope).map(|(&t, s)| of_k(t, m) * s));
        columns.extend(slope.iter().map(|s| of_m * s));
        for &change in &self.changes {
            columns.extend(self.t.iter().zip(&slope).map(|(&t, s)| (t - change).max(0.0) * s));
        }
        for (feature, &multiplies) in self.features.chunks_exact(n).zip(&self.multiplicative) {
            if multiplies {
                columns.extend(feature.iter().zip(&curve.trend).map(|(x, trend)| x * trend));
            } else {
                columns.extend(feature);
            }
        }
        columns
    }

    /// ½ Σ precision θ² + weight Σ |δ|: −ln of the priors of θ but for a constant.
    pub(crate) fn penalty(&self, theta: &[f64]) -> f64 {
        let normal: f64 = theta.iter().zip(self.precisions()).map(|(b, p)| p * b * b).sum();
        let changes = &theta[FIRST_CHANGE..self.first_effect()];
        0.5 * normal + self.change_weight * changes.iter().map(|d| d.abs()).sum::<f64>()
    }

    /// −ln posterior but for a constant, as Stan optimises it (no Jacobian of σ).
    pub(crate) fn objective(&self, theta: &[f64], variance: f64) -> f64 {
        let residuals = self.residuals(&self.curve(theta));
        let squares: f64 = residuals.iter().map(|r| r * r).sum();
        0.5 * self.n() as f64 * ln(variance)
            + 0.5 * squares / variance
            + SIGMA_PENALTY * variance
            + self.penalty(theta)
    }
}
