//! Sums of many numbers that do not depend on the order in which they are added.

use rayon::prelude::*;

/// Numbers are rounded to whole multiples of 2⁻⁷² of the scale …
const FRACTION_BITS: u32 = 72;
/// … in two steps: the part above 2⁻²⁴ by truncation, the rest to the nearest.
const HIGH_BITS: u32 = 24;
const LOW_BITS: u32 = FRACTION_BITS - HIGH_BITS;
/// Numbers of this share of the scale or more do not fit.
const LARGEST: f64 = (1u64 << (62 - HIGH_BITS)) as f64;
/// Adding 1.5·2⁵² and taking it off again rounds to the nearest whole number.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// Sums that are work enough for a task.
const SUMS_PER_TASK: usize = 1 << 14;

/// Several sums, each exact: numbers are rounded once, to fixed point, when they come in, and added as
/// whole numbers. Whatever the order and the grouping, the same numbers give the same bytes.
///
/// A number is kept to 2⁻⁷³ of the scale and must be below 2³⁸ times the scale in size; a sum may grow
/// to 2⁵⁴. A number beyond that, or none, makes all sums NaN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactSums {
    scale_exponent: i32,
    fixed: Vec<i128>,
    is_broken: bool,
}

impl ExactSums {
    /// `n` sums of nothing, with the scale 2^`scale_exponent` (−900 to 900).
    pub fn new(n: usize, scale_exponent: i32) -> Self {
        Self { scale_exponent, fixed: vec![0; n], is_broken: false }
    }

    /// The smallest exponent with which numbers up to `largest` in size are at most the scale.
    pub fn scale_exponent_for(largest: f64) -> i32 {
        let exponent = ((largest.to_bits() >> 52) & 0x7ff) as i32 - 1022;
        exponent.clamp(-900, 900)
    }

    /// Sums of nothing again.
    pub fn clear(&mut self) {
        self.fixed.fill(0);
        self.is_broken = false;
    }

    /// Adds a number to every sum.
    pub fn add(&mut self, numbers: &[f64]) {
        self.add_at(0, numbers);
    }

    /// Adds numbers to the sums from `first` on.
    ///
    /// # Panics
    /// When there are not as many sums.
    pub fn add_at(&mut self, first: usize, numbers: &[f64]) {
        let unit = power_of_two(HIGH_BITS as i32 - self.scale_exponent);
        let sums = &mut self.fixed[first..first + numbers.len()];
        let add = |(sums, numbers): (&mut [i128], &[f64])| add_fixed(sums, numbers, unit);
        let fits = if numbers.len() < 2 * SUMS_PER_TASK {
            add((sums, numbers))
        } else {
            let parts = sums.par_chunks_mut(SUMS_PER_TASK).zip(numbers.par_chunks(SUMS_PER_TASK));
            parts.map(add).reduce(|| true, |a, b| a && b)
        };
        self.is_broken |= !fits;
    }

    /// Adds the sums of another part.
    ///
    /// # Panics
    /// When number or scale differ.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.scale_exponent, other.scale_exponent, "sums of one scale");
        assert_eq!(self.fixed.len(), other.fixed.len(), "as many sums");
        for (sum, x) in self.fixed.iter_mut().zip(&other.fixed) {
            *sum += x;
        }
        self.is_broken |= other.is_broken;
    }

    /// The sums, each rounded once.
    pub fn write(&self, out: &mut [f64]) {
        if self.is_broken {
            return out.fill(f64::NAN);
        }
        let unit = power_of_two(self.scale_exponent - FRACTION_BITS as i32);
        for (out, sum) in out.iter_mut().zip(&self.fixed) {
            *out = *sum as f64 * unit;
        }
    }

    /// The sums, each rounded once.
    pub fn values(&self) -> Vec<f64> {
        let mut values = vec![0.0; self.fixed.len()];
        self.write(&mut values);
        values
    }
}

/// Adds numbers times `unit`, and says whether all fitted.
fn add_fixed(sums: &mut [i128], numbers: &[f64], unit: f64) -> bool {
    const LOW: f64 = (1u64 << LOW_BITS) as f64;
    let largest = LARGEST * (1u64 << HIGH_BITS) as f64;
    let mut fits = true;
    for (sum, x) in sums.iter_mut().zip(numbers) {
        let scaled = x * unit;
        fits &= scaled.abs() < largest;
        let high = scaled as i64;
        // Exact: what truncation leaves has no more digits than the number.
        let rest = (scaled - high as f64) * LOW;
        let low = ((rest + ROUND) - ROUND) as i64;
        *sum += (i128::from(high) << LOW_BITS) + i128::from(low);
    }
    fits
}

/// 2^`exponent` of a normal number.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::ExactSums;
    use crate::stream::Stream;
    use proptest::prelude::*;

    fn numbers(seed: u64, n: usize) -> Vec<f64> {
        let mut stream = Stream::new(seed, 1);
        // Sizes from 1e-20 to 1e6, both signs.
        let size = |stream: &mut Stream| crate::exp(stream.uniform_in(-46.0, 14.0));
        (0..n).map(|_| size(&mut stream) * stream.uniform_in(-1.0, 1.0)).collect()
    }

    proptest! {
        #[test]
        fn order_and_grouping_do_not_matter(seed in any::<u64>(), parts in 1usize..6) {
            let mut values = numbers(seed, 60);
            let mut whole = ExactSums::new(1, 0);
            for x in &values {
                whole.add(&[*x]);
            }
            Stream::new(seed, 2).shuffle(&mut values);
            let mut merged = ExactSums::new(1, 0);
            for part in values.chunks(60 / parts) {
                let mut sums = ExactSums::new(1, 0);
                for x in part {
                    sums.add(&[*x]);
                }
                merged.merge(&sums);
            }
            prop_assert_eq!(&merged, &whole);
            prop_assert_eq!(merged.values()[0].to_bits(), whole.values()[0].to_bits());
        }

        #[test]
        fn a_number_comes_back(x in -1e11f64..1e11, exponent in -60i32..60) {
            let scale = 2f64.powi(exponent);
            let mut sums = ExactSums::new(1, exponent);
            sums.add(&[x * scale]);
            // 2⁻⁷³ of the scale.
            prop_assert!((sums.values()[0] / scale - x).abs() <= 1.1e-22 + 1e-16 * x.abs());
        }

        #[test]
        fn the_scale_covers_the_largest(x in 1e-200f64..1e200) {
            let exponent = ExactSums::scale_exponent_for(x);
            let scale = super::power_of_two(exponent);
            prop_assert!(x <= scale && x > 0.49 * scale);
        }
    }

    #[test]
    fn small_terms_survive_large_ones() {
        let mut sums = ExactSums::new(1, 0);
        for x in [1e9, 1e-12, -1e9] {
            sums.add(&[x]);
        }
        assert!((sums.values()[0] - 1e-12).abs() < 1e-21);
    }

    #[test]
    fn what_does_not_fit_is_not_hidden() {
        for x in [f64::NAN, f64::INFINITY, 1e12] {
            let mut sums = ExactSums::new(2, 0);
            sums.add(&[x, 1.0]);
            assert!(sums.values().iter().all(|v| v.is_nan()), "{x}");
        }
    }

    #[test]
    fn long_columns_are_added_in_parts() {
        let column = numbers(3, 100_000);
        let mut sums = ExactSums::new(column.len(), 0);
        sums.add(&column);
        sums.add(&column);
        for (sum, x) in sums.values().iter().zip(&column) {
            assert!((sum - 2.0 * x).abs() <= 4e-22 + 1e-15 * x.abs());
        }
    }
}
