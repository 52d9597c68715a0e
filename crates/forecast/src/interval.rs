//! The distribution of a future value: noise plus the changes of the trend that may yet come.

use std::f64::consts::{FRAC_1_PI, PI};

use seedtest_numerics::{exp, normal_quantile};

use crate::trigonometry::{atan_ratio, sin_cos_turns};

/// Mean size of a future change when the history had none.
pub(crate) const LEAST_CHANGE: f64 = 1e-8;

/// Changes of the slope after the history: a Poisson process of `rate` a unit of time, with Laplace
/// sizes of mean absolute value `scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FutureChanges {
    pub(crate) rate: f64,
    pub(crate) scale: f64,
}

impl FutureChanges {
    /// Variance of what they add to a line after `ahead` units of time: rate · 2 scale² · ahead³ / 3.
    pub(crate) fn variance(&self, ahead: f64) -> f64 {
        self.rate * 2.0 * self.scale * self.scale * ahead * ahead * ahead / 3.0
    }
}

/// Half the width of the interval that holds D·`size` + σZ with probability `width`, D being what the
/// changes add after `ahead` units of time: the limit of Prophet's simulation, without simulating.
///
/// E exp(iuD) = exp(rate (arctan(scale·u·ahead)/(scale·u) − ahead)), since a change of Laplace size δ at
/// a uniform time s adds δ(ahead − s); the distribution is symmetric, and Gil-Pelaez' formula (1951)
/// gives its distribution function. Absolute error of the probability below 10⁻⁸.
pub(crate) fn half_width(
    changes: FutureChanges,
    ahead: f64,
    size: f64,
    sigma: f64,
    width: f64,
) -> f64 {
    // With less noise than this the integrand would never end.
    const LEAST_NOISE: f64 = 2e-3;
    const NEGLIGIBLE: f64 = 1e-12;
    let normal = normal_quantile(0.5 + 0.5 * width);
    let of_changes = size * size * changes.variance(ahead.max(0.0));
    if of_changes <= NEGLIGIBLE * sigma * sigma {
        return normal * sigma;
    }
    let sd = (of_changes + sigma * sigma).sqrt();
    let noise = (sigma / sd).max(LEAST_NOISE);
    let transform =
        Transform::new(changes.rate * ahead, changes.scale * size.abs() * ahead / sd, noise);
    sd * transform.quantile(0.5 + 0.5 * width, normal)
}

/// Characteristic function of a variable of unit variance, on a grid.
struct Transform {
    step: f64,
    /// φ(u)/u at (k + ½) step.
    over_u: Vec<f64>,
}

impl Transform {
    fn new(expected: f64, reach: f64, noise: f64) -> Self {
        // e^(−½·8²) is below 10⁻¹³; the grid repeats the distribution every 2π/step = 70 standard
        // deviations, far beyond its exponential tails.
        const LAST: f64 = 8.0;
        const STEP: f64 = PI / 35.0;
        let nodes = (LAST / noise / STEP).ceil() as usize;
        let over_u = (0..nodes)
            .map(|k| {
                let u = (k as f64 + 0.5) * STEP;
                let damped = expected * (atan_ratio(reach * u) - 1.0) - 0.5 * noise * noise * u * u;
                exp(damped) / u
            })
            .collect();
        Self { step: STEP, over_u }
    }

    /// Distribution function and density at z, by the midpoint rule.
    fn at(&self, z: f64) -> (f64, f64) {
        let (sin_half, cos_half) = sin_cos_turns(0.25 * self.step * z * FRAC_1_PI);
        let (sin, cos) = sin_cos_turns(0.5 * self.step * z * FRAC_1_PI);
        let (mut s, mut c) = (sin_half, cos_half);
        let (mut below, mut density) = (0.0, 0.0);
        for (k, f) in self.over_u.iter().enumerate() {
            below += f * s;
            density += f * (k as f64 + 0.5) * self.step * c;
            (s, c) = (s * cos + c * sin, c * cos - s * sin);
        }
        let factor = self.step * FRAC_1_PI;
        (0.5 + factor * below, factor * density)
    }

    /// Newton's method, kept between bounds.
    fn quantile(&self, p: f64, start: f64) -> f64 {
        const MOST_STEPS: usize = 60;
        const FARTHEST: f64 = 30.0;
        let (mut low, mut high) = (0.0, FARTHEST);
        let mut z = start.min(FARTHEST);
        for _ in 0..MOST_STEPS {
            let (below, density) = self.at(z);
            if below < p {
                low = z;
            } else {
                high = z;
            }
            let newton = z + (p - below) / density;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            if (next - z).abs() < 1e-9 {
                return next;
            }
            z = next;
        }
        z
    }
}

#[cfg(test)]
mod tests {
    use super::{FutureChanges, half_width};
    use seedtest_numerics::{Stream, normal_cdf, normal_quantile};

    /// Share of simulated values within the half width, the noise integrated out.
    fn coverage(changes: FutureChanges, ahead: f64, sigma: f64, half: f64) -> f64 {
        let draws = 20_000;
        let mut stream = Stream::new(5, 1);
        let mut inside = 0.0;
        for _ in 0..draws {
            let mut d = 0.0;
            for _ in 0..stream.poisson(changes.rate * ahead) {
                let size = changes.scale * stream.exponential();
                let sign = if stream.bernoulli(0.5) { 1.0 } else { -1.0 };
                d += sign * size * ahead * stream.uniform();
            }
            inside += normal_cdf((half - d) / sigma) - normal_cdf((-half - d) / sigma);
        }
        inside / f64::from(draws)
    }

    #[test]
    fn agrees_with_simulation() {
        for (rate, scale, ahead, sigma) in
            [(25.0, 0.3, 0.12, 0.02), (25.0, 0.05, 0.5, 0.05), (5.0, 2.0, 0.1, 0.01)]
        {
            let changes = FutureChanges { rate, scale };
            for width in [0.5, 0.8, 0.95, 0.99] {
                let half = half_width(changes, ahead, 1.0, sigma, width);
                let found = coverage(changes, ahead, sigma, half);
                // Four standard errors of 20 000 draws.
                let tolerance = 4.0 * (width * (1.0 - width) / 20_000.0f64).sqrt();
                assert!((found - width).abs() < tolerance, "{rate} {scale} {width}: {found}");
            }
        }
    }

    #[test]
    fn without_changes_it_is_the_normal_one() {
        let changes = FutureChanges { rate: 25.0, scale: 1e-8 };
        let half = half_width(changes, 0.1, 1.0, 0.5, 0.95);
        assert!((half - 0.5 * normal_quantile(0.975)).abs() < 1e-12);
        // A small part of changes moves it a little, continuously.
        let some = FutureChanges { rate: 25.0, scale: 1e-3 };
        let wider = half_width(some, 0.1, 1.0, 0.5, 0.95);
        assert!(wider > half && wider < half * (1.0 + 1e-4));
    }
}
