//! Noncentral chi-square distribution.

use crate::elementary::{exp, ln};
use crate::gamma::{chi_square_sf, ln_gamma};

/// Probability that a noncentral chi-square variable with `df` degrees of freedom and noncentrality
/// `lambda` ≥ 0 is at most `x`: the Poisson mixture of central ones (Johnson, Kotz & Balakrishnan
/// 1995, eq. 29.3). Absolute error below 1e-10 up to noncentralities of some ten thousand.
pub fn noncentral_chi_square_cdf(x: f64, df: f64, lambda: f64) -> f64 {
    /// Poisson weights this many standard deviations from the mean are below 1e-14.
    const REACH: f64 = 9.0;
    if x <= 0.0 {
        return 0.0;
    }
    if lambda <= 0.0 {
        return 1.0 - chi_square_sf(x, df);
    }
    let rate = 0.5 * lambda;
    let spread = REACH * rate.sqrt() + 30.0;
    let first = (rate - spread).max(0.0).floor() as u64;
    let last = (rate + spread).ceil() as u64;
    (first..=last)
        .map(|j| {
            let j = j as f64;
            let weight = exp(j * ln(rate) - rate - ln_gamma(j + 1.0));
            weight * (1.0 - chi_square_sf(x, df + 2.0 * j))
        })
        .sum()
}

/// Noncentrality under which a value as small as `x` has probability `p`; 0 where even the central
/// distribution gives it less.
pub fn noncentrality(x: f64, df: f64, p: f64) -> f64 {
    const HALVINGS: usize = 60;
    if noncentral_chi_square_cdf(x, df, 0.0) <= p {
        return 0.0;
    }
    let mut high = x.max(1.0);
    while noncentral_chi_square_cdf(x, df, high) > p {
        high *= 2.0;
    }
    let mut low = 0.0;
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if noncentral_chi_square_cdf(x, df, middle) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x, df, noncentrality, probability.
    const R_PCHISQ: [(f64, f64, f64, f64); 6] = [
        (5.000, 3.0, 2.0, 0.593_405_180_083_156),
        (20.000, 10.0, 15.0, 0.313_170_949_098_997),
        (173.675, 170.0, 4.5, 0.496_997_487_068_995),
        (400.000, 170.0, 200.0, 0.814_505_275_687_83),
        (60.000, 50.0, 0.3, 0.835_002_952_271_858),
        (1000.000, 190.0, 900.0, 0.074_428_139_919_164_9),
    ];

    #[test]
    fn distribution_of_r() {
        // R 4.2.2: pchisq(x, df, ncp).
        for (x, df, ncp, p) in R_PCHISQ {
            let found = noncentral_chi_square_cdf(x, df, ncp);
            assert!((found - p).abs() < 1e-9, "{x} {df} {ncp}: {found} {p}");
        }
    }

    #[test]
    fn noncentrality_inverts_the_distribution() {
        for (x, df) in [(173.675, 170.0), (400.0, 170.0), (13_000.0, 190.0)] {
            for p in [0.05, 0.5, 0.95] {
                let lambda = noncentrality(x, df, p);
                let back = noncentral_chi_square_cdf(x, df, lambda);
                assert!((back - p).abs() < 1e-8 || (lambda == 0.0 && back < p), "{x} {df} {p}");
            }
        }
    }
}
