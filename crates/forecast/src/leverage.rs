//! How much of the error of each observation the fit to it takes away.

use crate::smoothing::{
    LEAST_ALPHA, LEAST_PHI, MOST_ALPHA, MOST_PHI, Smoothing, Weights, variance_factor,
};

/// What a fit owes to each of its observations.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leverages {
    /// Share of the variance of the error of each place that the fit takes away, 0..1; 0 without an observation.
    pub(crate) of_places: Vec<f64>,
    /// Their sum: the parameters that the observations decide on.
    pub(crate) parameters: usize,
}

/// A column that is this share of itself after the others are taken out of it says nothing new.
const LEAST_NEW: f64 = 1e-6;

/// Leverages of a fit that is linear near its minimum: the diagonal of J(JᵀJ)⁻¹Jᵀ, with J the derivatives of the errors
/// by the initial states and by the weights that are not at the end of their range.
pub(crate) fn leverages(values: &[Option<f64>], fit: &Smoothing) -> Leverages {
    let base = standardized_errors(values, fit.weights, fit.start);
    let [level, slope] = fit.start;
    // Errors are linear in the initial states.
    let unit = fit.sigma.max(f64::MIN_POSITIVE);
    let mut columns =
        vec![difference(&standardized_errors(values, fit.weights, [level + unit, slope]), &base)];
    if fit.has_trend {
        columns.push(difference(
            &standardized_errors(values, fit.weights, [level, slope + unit]),
            &base,
        ));
    }
    for (low, high) in fit.weights.nearby(fit.has_trend) {
        let of = |weights: Weights| standardized_errors(values, weights, fit.start);
        columns.push(difference(&of(high), &of(low)));
    }
    let mut of_places = vec![0.0; values.len()];
    let mut directions: Vec<Vec<f64>> = Vec::new();
    for column in columns {
        let length = square(&column).sqrt();
        let mut rest = column;
        // Twice, against rounding.
        for direction in directions.iter().chain(&directions.clone()) {
            let along: f64 = rest.iter().zip(direction).map(|(x, d)| x * d).sum();
            rest.iter_mut().zip(direction).for_each(|(x, d)| *x -= along * d);
        }
        let left = square(&rest).sqrt();
        if left <= LEAST_NEW * length || length == 0.0 {
            continue;
        }
        directions.push(rest.into_iter().map(|x| x / left).collect());
    }
    for direction in &directions {
        of_places.iter_mut().zip(direction).for_each(|(h, d)| *h += d * d);
    }
    Leverages { of_places, parameters: directions.len() }
}

fn difference(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(a, b)| a - b).collect()
}

fn square(column: &[f64]) -> f64 {
    column.iter().map(|x| x * x).sum()
}

impl Weights {
    /// Weights a little lower and a little higher, for each that is not at the end of its range; the share of alpha
    /// that beta is stays when alpha moves.
    fn nearby(self, has_trend: bool) -> Vec<(Self, Self)> {
        const STEP: f64 = 1e-4;
        let share = if self.alpha > 0.0 { self.beta / self.alpha } else { 0.0 };
        let of = |alpha: f64, share: f64, phi: f64| Self { alpha, beta: alpha * share, phi };
        let is_inside = |x: f64, low: f64, high: f64| x - low > STEP && high - x > STEP;
        let mut pairs = Vec::new();
        if is_inside(self.alpha, LEAST_ALPHA, MOST_ALPHA) {
            pairs.push((
                of(self.alpha - STEP, share, self.phi),
                of(self.alpha + STEP, share, self.phi),
            ));
        }
        if has_trend && is_inside(share, 0.0, 1.0) {
            pairs.push((
                of(self.alpha, share - STEP, self.phi),
                of(self.alpha, share + STEP, self.phi),
            ));
        }
        if has_trend && is_inside(self.phi, LEAST_PHI, MOST_PHI) {
            pairs.push((
                of(self.alpha, share, self.phi - STEP),
                of(self.alpha, share, self.phi + STEP),
            ));
        }
        pairs
    }
}

/// Errors of the places on the scale of a single step, from a level and a slope before the first; 0 without an
/// observation.
fn standardized_errors(
    values: &[Option<f64>],
    weights: Weights,
    [mut level, mut slope]: [f64; 2],
) -> Vec<f64> {
    let mut gap = 1;
    let of = |value: &Option<f64>| {
        slope *= weights.phi;
        level += slope;
        let Some(value) = *value else {
            gap += 1;
            return 0.0;
        };
        let error = value - level;
        level += weights.alpha * error;
        slope += weights.beta * error;
        let variance = variance_factor(weights, gap);
        gap = 1;
        error / variance.sqrt()
    };
    values.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::Stream;

    use super::leverages;
    use crate::smoothing::best;

    /// A level that hardly moves is the mean: each of n observations takes 1/n of the variance of its error, and only
    /// the level is estimated.
    #[test]
    fn a_level_that_does_not_move_is_a_mean() {
        // Up and down by turns: nothing is learnt from the last value.
        let values: Vec<Option<f64>> =
            (0..10).map(|t| Some(3.0 + if t % 2 == 0 { 1.0 } else { -1.0 })).collect();
        let fit = best(&values, false);
        assert!(fit.weights.alpha < 0.011, "{:?}", fit.weights);
        let found = leverages(&values, &fit);
        assert_eq!(found.parameters, 1);
        // Weights of 0.99ᵗ instead of 1.
        assert!(found.of_places.iter().all(|h| (h - 0.1).abs() < 0.012), "{:?}", found.of_places);
    }

    /// Diagonals of a projection: between 0 and 1, with the number of parameters as their sum.
    #[test]
    fn leverages_add_up_to_the_parameters() {
        let mut stream = Stream::new(4, 4);
        let mut level = 0.0;
        let values: Vec<Option<f64>> = (0..20)
            .map(|t| {
                level += 0.5 * stream.normal();
                (t != 7).then(|| level + stream.normal())
            })
            .collect();
        for has_trend in [false, true] {
            let fit = best(&values, has_trend);
            let found = leverages(&values, &fit);
            let sum: f64 = found.of_places.iter().sum();
            assert!((sum - found.parameters as f64).abs() < 1e-9, "{sum} {}", found.parameters);
            assert!(found.of_places.iter().all(|h| (0.0..=1.0 + 1e-12).contains(h)));
            assert_eq!(found.of_places[7], 0.0);
            assert!(found.parameters <= fit.parameters());
        }
    }
}
