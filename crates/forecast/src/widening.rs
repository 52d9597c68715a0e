//! How much wider than a model says its intervals have to be, by the errors it made.

use seedtest_numerics::normal_quantile;

use crate::student::central_quantile;

/// An error on a held-out point, and what the model said of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Miss {
    /// The forecast it is of.
    pub(crate) origin: usize,
    /// Places ahead.
    pub(crate) lead: usize,
    /// Size of the error.
    pub(crate) error: f64,
    /// Half the interval on that side.
    pub(crate) half: f64,
}

/// Points that the model's own word weighs as much as.
const WORD: f64 = 4.0;
/// Points of one lead that all of them together weigh as much as.
const POOLED: f64 = 4.0;

/// Factors of the intervals by how far ahead a point is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Widening {
    /// Leads, ascending, with their factors, which do not fall.
    factors: Vec<(usize, f64)>,
}

impl Widening {
    /// The factors that bring the intervals to the size of the errors, never below 1.
    ///
    /// A mean of the squared errors in units of what the model expects, in which its word counts as much as some
    /// points; of each lead drawn towards that of all, and not falling with the lead (what a model leaves out,
    /// such as a level that walks, grows as it looks further ahead). Student's t for how few forecasts that rests
    /// on: those whose points overlap share their errors.
    pub(crate) fn of(misses: &[Miss], width: f64) -> Self {
        let normal = normal_quantile(0.5 + 0.5 * width);
        let known: Vec<(usize, f64)> = misses
            .iter()
            .filter(|miss| miss.half > 0.0)
            .map(|miss| {
                let size = normal * miss.error / miss.half;
                (miss.lead, size * size)
            })
            .collect();
        let mut leads: Vec<usize> = known.iter().map(|k| k.0).collect();
        leads.sort_unstable();
        leads.dedup();
        if leads.is_empty() {
            return Self::default();
        }
        let all = (known.iter().map(|k| k.1).sum::<f64>() + WORD) / (known.len() as f64 + WORD);
        let of_lead = |lead: &usize| {
            let own = || known.iter().filter(|k| k.0 == *lead).map(|k| k.1);
            let weight = own().count() as f64 + POOLED;
            ((own().sum::<f64>() + POOLED * all) / weight, weight)
        };
        let squares = not_falling(&leads.iter().map(of_lead).collect::<Vec<_>>());
        let student = central_quantile(width, independent(misses) + WORD) / normal;
        let factor = |square: f64| if square > 1.0 { square.sqrt() * student } else { 1.0 };
        Self { factors: leads.into_iter().zip(squares.into_iter().map(factor)).collect() }
    }

    /// The factor of a point so many places ahead: that of the nearest lead below, and past the last one as much
    /// more as leads make on average.
    pub(crate) fn at(&self, lead: usize) -> f64 {
        let Some((&(first, least), &(last, most))) = self.factors.first().zip(self.factors.last())
        else {
            return 1.0;
        };
        if lead > last && last > first {
            return most + (most - least) * (lead - last) as f64 / (last - first) as f64;
        }
        let below = self.factors.iter().take_while(|f| f.0 <= lead).last();
        below.map_or(least, |f| f.1)
    }

    /// The mean over leads.
    pub(crate) fn mean(&self) -> f64 {
        let sum: f64 = self.factors.iter().map(|f| f.1).sum();
        if self.factors.is_empty() { 1.0 } else { sum / self.factors.len() as f64 }
    }
}

/// Forecasts that do not overlap.
fn independent(misses: &[Miss]) -> f64 {
    let origins = || misses.iter().map(|miss| miss.origin);
    let furthest = misses.iter().map(|miss| miss.lead).max().unwrap_or(1).max(1);
    let (first, last) = (origins().min().unwrap_or(0), origins().max().unwrap_or(0));
    let mut all: Vec<usize> = origins().collect();
    all.dedup();
    (1.0 + (last - first) as f64 / furthest as f64).min(all.len() as f64)
}

/// The nearest values that do not fall, by weighted least squares (pool adjacent violators).
fn not_falling(values: &[(f64, f64)]) -> Vec<f64> {
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for &(value, weight) in values {
        let mut pool = (value, weight, 1);
        while let Some(&(before, own, count)) = pools.last() {
            if before <= pool.0 {
                break;
            }
            let both = own + pool.1;
            pool = ((before * own + pool.0 * pool.1) / both, both, count + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(value, _, count)| std::iter::repeat_n(value, count)).collect()
}

/// Share of the points inside the intervals, each widened by what the forecasts from other origins say;
/// `None` without points.
pub(crate) fn coverage(misses: &[Miss], width: f64) -> Option<f64> {
    let inside_of = |own: &[Miss]| {
        let origin = own[0].origin;
        let others: Vec<Miss> =
            misses.iter().filter(|other| other.origin != origin).copied().collect();
        // Once for all points of a forecast: a year of days is hundreds of them.
        let widening = Widening::of(&others, width);
        own.iter().filter(|miss| miss.error <= miss.half * widening.at(miss.lead)).count()
    };
    let of_origins = misses.chunk_by(|one, next| one.origin == next.origin);
    let inside: usize = of_origins.map(inside_of).sum();
    (!misses.is_empty()).then(|| inside as f64 / misses.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::{Miss, Widening, not_falling};

    /// Errors of so many times what is expected, by lead; intervals of 1.96 standard deviations.
    fn misses(sizes: &[f64], origins: usize) -> Vec<Miss> {
        let of = |origin: usize| {
            let miss = move |(at, size): (usize, &f64)| Miss {
                origin: 10 * origin,
                lead: at + 1,
                error: *size,
                half: 1.959_964,
            };
            sizes.iter().enumerate().map(miss).collect::<Vec<_>>()
        };
        (0..origins).flat_map(of).collect()
    }

    #[test]
    fn errors_as_expected_widen_nothing() {
        let found = Widening::of(&misses(&[1.0, 1.0, 0.9], 10), 0.95);
        assert_eq!((found.at(1), found.at(3), found.at(9)), (1.0, 1.0, 1.0));
        assert_eq!(Widening::of(&[], 0.95).at(2), 1.0);
    }

    #[test]
    fn factors_grow_with_the_lead_as_the_errors_do() {
        let found = Widening::of(&misses(&[1.0, 2.0, 3.0, 4.0], 40), 0.95);
        let factors: Vec<f64> = (1..=4).map(|lead| found.at(lead)).collect();
        assert!(factors.windows(2).all(|pair| pair[0] < pair[1]), "{factors:?}");
        assert!(factors[0] < 1.6 && (factors[3] - 4.0).abs() < 0.5, "{factors:?}");
        // Further than was tried.
        let more = (factors[3] - factors[0]) / 3.0;
        assert!((found.at(6) - factors[3] - 2.0 * more).abs() < 1e-12);
    }

    #[test]
    fn few_forecasts_are_less_sure() {
        let (few, many) = (misses(&[2.0], 3), misses(&[2.0], 100));
        let (few, many) = (Widening::of(&few, 0.95), Widening::of(&many, 0.95));
        assert!(few.at(1) > 1.0 && (many.at(1) - 2.0).abs() < 0.1, "{few:?} {many:?}");
    }

    #[test]
    fn neighbours_that_fall_are_pooled() {
        assert_eq!(not_falling(&[(3.0, 1.0), (1.0, 1.0), (4.0, 1.0)]), [2.0, 2.0, 4.0]);
        assert_eq!(not_falling(&[(1.0, 1.0), (2.0, 5.0)]), [1.0, 2.0]);
    }
}
