//! Distribution function of two correlated standard normal variables.

use seedtest_numerics::{exp, ln, normal_cdf};

/// Width of a panel in z = atanh ρ, over which eight Gauss–Legendre nodes are exact to about 1e-12.
const PANEL: f64 = 0.5;
/// Gauss–Legendre nodes and weights on [−1, 1], the positive half.
const NODES: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];
const TWO_PI: f64 = 2.0 * std::f64::consts::PI;

/// P(X ≤ h, Y ≤ k) of standard normal X and Y with correlation `rho`, −1 < ρ < 1; absolute error about 1e-12.
///
/// Its derivative by the correlation is the density (Plackett 1954), which is integrated from 0 on over atanh ρ.
pub fn bivariate_normal_cdf(h: f64, k: f64, rho: f64) -> f64 {
    let independent = normal_cdf(h) * normal_cdf(k);
    if h.is_infinite() || k.is_infinite() || rho == 0.0 {
        return independent;
    }
    let end = 0.5 * ln((1.0 + rho) / (1.0 - rho));
    let panels = (end.abs() / PANEL).ceil().max(1.0);
    let half = 0.5 * end / panels;
    let mut sum = 0.0;
    for panel in 0..panels as u32 {
        let middle = (2.0 * f64::from(panel) + 1.0) * half;
        for (node, weight) in NODES {
            sum += weight
                * (integrand(h, k, middle + half * node) + integrand(h, k, middle - half * node));
        }
    }
    independent + half * sum
}

/// Density at correlation tanh z times dρ/dz = 1 − ρ².
fn integrand(h: f64, k: f64, z: f64) -> f64 {
    let e = exp(-2.0 * z.abs());
    let size = (1.0 - e) / (1.0 + e);
    let rho = if z < 0.0 { -size } else { size };
    // 1 − tanh²z = 4e/(1 + e)², without a difference of nearly equal numbers.
    let rest = 4.0 * e / ((1.0 + e) * (1.0 + e));
    rest.sqrt() / TWO_PI * exp(-quadratic(h, k, rho, rest))
}

/// (h² − 2ρhk + k²)/(2(1 − ρ²)) with 1 − ρ² given.
fn quadratic(h: f64, k: f64, rho: f64, rest: f64) -> f64 {
    // = ((h − ρk)² + (1 − ρ²)k²)/(2(1 − ρ²)).
    let distance = h - rho * k;
    0.5 * (distance * distance / rest + k * k)
}

/// Density of both at (h, k); 0 where one is infinite.
pub(super) fn bivariate_normal_pdf(h: f64, k: f64, rho: f64) -> f64 {
    if h.is_infinite() || k.is_infinite() {
        return 0.0;
    }
    let rest = (1.0 - rho) * (1.0 + rho);
    exp(-quadratic(h, k, rho, rest)) / (TWO_PI * rest.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrants_are_known() {
        // Sheppard (1899): 1/4 + asin(ρ)/2π.
        for rho in [-0.999, -0.6, 0.1, 0.75, 0.9999] {
            let expected = 0.25 + f64::asin(rho) / TWO_PI;
            let found = bivariate_normal_cdf(0.0, 0.0, rho);
            assert!((found - expected).abs() < 1e-12, "{rho}: {found} {expected}");
        }
    }

    #[test]
    fn margins_and_signs_agree() {
        for (h, k, rho) in [(0.3, -1.2, 0.7), (-2.1, 0.4, -0.95), (1.5, 1.6, 0.99)] {
            let both = bivariate_normal_cdf(h, k, rho) + bivariate_normal_cdf(h, -k, -rho);
            assert!((both - normal_cdf(h)).abs() < 1e-12, "{h} {k} {rho}");
            assert!((bivariate_normal_cdf(h, f64::INFINITY, rho) - normal_cdf(h)).abs() < 1e-15);
            assert_eq!(bivariate_normal_cdf(f64::NEG_INFINITY, k, rho), 0.0);
        }
    }

    #[test]
    fn the_density_is_the_derivative_by_the_correlation() {
        for (h, k, rho) in [(0.3, -1.2, 0.7), (-0.4, 0.4, -0.5), (1.5, 1.6, 0.9)] {
            let at = |rho| bivariate_normal_cdf(h, k, rho);
            let slope = (at(rho + 1e-5) - at(rho - 1e-5)) / 2e-5;
            assert!((slope - bivariate_normal_pdf(h, k, rho)).abs() < 1e-7, "{h} {k} {rho}");
        }
    }
}
