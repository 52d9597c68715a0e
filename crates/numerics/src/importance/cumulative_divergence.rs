//! Distance between two weightings of the same draws.

use crate::elementary::ln;

/// Symmetrised cumulative Jensen–Shannon distance between equally weighted and weighted draws, scaled
/// to [0, 1] (Nguyen & Vreeken 2015; Kallioinen et al. 2024, section 3.3). `weights` sum to one.
///
/// The larger of the distances seen from either end, so that the answer does not depend on the sign
/// of the quantity.
pub(super) fn cumulative_distance(draws: &[f64], weights: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..draws.len()).collect();
    order.sort_by(|&a, &b| draws[a].total_cmp(&draws[b]));
    let forward = distance(draws, weights, &order);
    order.reverse();
    forward.max(distance(draws, weights, &order))
}

/// Integrals over the gaps between draws in the order given.
fn distance(draws: &[f64], weights: &[f64], order: &[usize]) -> f64 {
    let size = draws.len() as f64;
    let (mut base_to_weighted, mut weighted_to_base, mut bound) = (0.0, 0.0, 0.0);
    let mut weighted = 0.0;
    for (rank, pair) in order.windows(2).enumerate() {
        let width = (draws[pair[1]] - draws[pair[0]]).abs();
        let base = (rank as f64 + 1.0) / size;
        weighted += weights[pair[0]];
        let middle = 0.5 * (base + weighted);
        base_to_weighted += width * (relative(base, middle) + 0.5 * (weighted - base));
        weighted_to_base += width * (relative(weighted, middle) + 0.5 * (base - weighted));
        bound += width * (base + weighted);
    }
    if bound == 0.0 {
        return 0.0;
    }
    // Sums in natural logarithms; the bound is stated in bits.
    let nats = base_to_weighted.max(0.0) + weighted_to_base.max(0.0);
    (nats / std::f64::consts::LN_2 / bound).sqrt()
}

/// a ln(a / b) with 0 ln 0 = 0.
fn relative(a: f64, b: f64) -> f64 {
    if a > 0.0 { a * ln(a / b) } else { 0.0 }
}
