//! Sums of many numbers that do not depend on the order in which they are added.

use rayon::prelude::*;

use crate::simd::vectorized;

// In units of the scale. Numbers become whole multiples of 2⁻⁷², held as a multiple of 2⁻²⁴ and the rest: both,
// and the sums of both, are exact in doubles as long as they stay below the bounds here.
/// Sums are kept up to this.
const LARGEST_SUM: f64 = (1u64 << 28) as f64;
/// Numbers must be below this …
const LARGEST: f64 = (1u64 << 24) as f64;
/// … so that this many of them can be added before the rests are carried over.
const ADDED_AT_ONCE: u32 = 16;
/// Adding 1.5·2²⁸ and taking it off again rounds to a multiple of 2⁻²⁴.
const ROUND_HIGH: f64 = 402_653_184.0;
/// Adding 1.5·2⁻²⁰ and taking it off again rounds to a multiple of 2⁻⁷².
const ROUND_LOW: f64 = 1.5 / (1u64 << 20) as f64;
const HIGH_UNIT: f64 = 1.0 / (1u64 << 24) as f64;
/// Sums that are work enough for a task.
const SUMS_PER_TASK: usize = 1 << 14;

/// Several sums in fixed point, each exact: numbers are rounded once, to a whole multiple of 2⁻⁷² of the
/// scale, when they come in. Whatever the order and the grouping, the same numbers give the same bytes.
///
/// A number must be below 2²⁴ times the scale in size, a sum below 2²⁸ times. What is beyond that, or no
/// number, makes all sums NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactSums {
    scale_exponent: i32,
    /// Multiples of 2⁻²⁴.
    high: Vec<f64>,
    /// Multiples of 2⁻⁷²; from −2⁻²⁵ to 2⁻²⁵ once carried over.
    low: Vec<f64>,
    /// Numbers in `low` that are not carried over.
    added: u32,
    is_broken: bool,
}

impl ExactSums {
    /// `n` sums of nothing, with the scale 2^`scale_exponent` (−900 to 900).
    pub fn new(n: usize, scale_exponent: i32) -> Self {
        Self { scale_exponent, high: vec![0.0; n], low: vec![0.0; n], added: 0, is_broken: false }
    }

    /// Number of sums.
    pub fn len(&self) -> usize {
        self.high.len()
    }

    /// Whether there is no sum at all.
    pub fn is_empty(&self) -> bool {
        self.high.is_empty()
    }

    /// The smallest exponent from −900 to 900 with which numbers up to `largest` in size are below the scale.
    pub fn scale_exponent_for(largest: f64) -> i32 {
        let exponent = ((largest.to_bits() >> 52) & 0x7ff) as i32 - 1022;
        exponent.clamp(-900, 900)
    }

    /// Sums of nothing again.
    pub fn clear(&mut self) {
        self.high.fill(0.0);
        self.low.fill(0.0);
        (self.added, self.is_broken) = (0, false);
    }

    /// Adds a number to every sum.
    ///
    /// # Panics
    /// When there are not as many numbers as sums.
    pub fn add(&mut self, numbers: &[f64]) {
        assert_eq!(numbers.len(), self.high.len(), "a number for every sum");
        let unit = power_of_two(-self.scale_exponent);
        let fits = self.each_part(numbers, |high, low, numbers| add(high, low, numbers, unit));
        self.is_broken |= !fits;
        self.added += 1;
        if self.added == ADDED_AT_ONCE {
            self.carry();
        }
    }

    /// Adds the sums of another part.
    ///
    /// # Panics
    /// When number or scale differ.
    pub fn merge(&mut self, other: &Self) {
        assert_eq!(self.scale_exponent, other.scale_exponent, "sums of one scale");
        assert_eq!(self.high.len(), other.high.len(), "as many sums");
        let mut other = other.clone();
        other.carry();
        self.carry();
        for (sum, x) in self.high.iter_mut().zip(&other.high) {
            *sum += x;
        }
        for (sum, x) in self.low.iter_mut().zip(&other.low) {
            *sum += x;
        }
        self.is_broken |= other.is_broken;
        self.carry();
    }

    /// Carries the rests over, so that equal sums are equal bytes.
    pub fn carry(&mut self) {
        let fits = self.each_part(&[], |high, low, _| carry(high, low));
        self.is_broken |= !fits;
        self.added = 0;
    }

    /// The sums, each rounded once.
    pub fn write(&mut self, out: &mut [f64]) {
        self.carry();
        if self.is_broken {
            return out.fill(f64::NAN);
        }
        let unit = power_of_two(self.scale_exponent);
        for (out, (high, low)) in out.iter_mut().zip(self.high.iter().zip(&self.low)) {
            *out = (high + low) * unit;
        }
    }

    /// Appends the sums as bytes: equal sums are equal bytes.
    pub fn append_to(&mut self, bytes: &mut Vec<u8>) {
        self.carry();
        bytes.extend((self.high.len() as u64).to_le_bytes());
        bytes.extend(self.scale_exponent.to_le_bytes());
        bytes.extend(i32::from(self.is_broken).to_le_bytes());
        for number in self.high.iter().chain(&self.low) {
            bytes.extend(number.to_le_bytes());
        }
    }

    /// Takes sums that [`append_to`](Self::append_to) wrote off the front of `bytes`; `None` where these are none.
    pub fn take_from(bytes: &mut &[u8]) -> Option<Self> {
        let (n, rest) = bytes.split_first_chunk::<8>()?;
        let n = usize::try_from(u64::from_le_bytes(*n)).ok()?;
        let (scale_exponent, rest) = rest.split_first_chunk::<4>()?;
        let (is_broken, rest) = rest.split_first_chunk::<4>()?;
        let (numbers, rest) = rest.split_at_checked(n.checked_mul(16)?)?;
        let scale_exponent = i32::from_le_bytes(*scale_exponent);
        if !(-900..=900).contains(&scale_exponent) {
            return None;
        }
        let numbers: Vec<f64> =
            numbers.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect();
        let (high, low) = numbers.split_at(n);
        let is_broken = i32::from_le_bytes(*is_broken) != 0;
        *bytes = rest;
        Some(Self { scale_exponent, high: high.to_vec(), low: low.to_vec(), added: 0, is_broken })
    }

    /// `f` of the sums in parts with the numbers that belong to them, if there are any; whether it held
    /// for all.
    fn each_part(
        &mut self,
        numbers: &[f64],
        f: impl Fn(&mut [f64], &mut [f64], &[f64]) -> bool + Sync,
    ) -> bool {
        let f = |(at, (high, low)): (usize, (&mut [f64], &mut [f64]))| {
            let numbers = numbers.get(at * SUMS_PER_TASK..).unwrap_or(&[]);
            vectorized(|| f(high, low, numbers))
        };
        if self.high.len() < 2 * SUMS_PER_TASK {
            return f((0, (&mut self.high, &mut self.low)));
        }
        let low = self.low.par_chunks_mut(SUMS_PER_TASK);
        let parts = self.high.par_chunks_mut(SUMS_PER_TASK).zip(low).enumerate();
        parts.map(f).reduce(|| true, |a, b| a && b)
    }
}

/// Adds numbers times `unit`, and says whether all were small enough.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn add(high: &mut [f64], low: &mut [f64], numbers: &[f64], unit: f64) -> bool {
    let mut fits = true;
    for ((high, low), x) in high.iter_mut().zip(low).zip(numbers) {
        let x = x * unit;
        fits &= x.abs() < LARGEST;
        let above = (x + ROUND_HIGH) - ROUND_HIGH;
        *high += above;
        *low += ((x - above) + ROUND_LOW) - ROUND_LOW;
    }
    fits
}

/// Carries what is above 2⁻²⁵ over, and says whether all sums are small enough.
#[inline(always)]
#[allow(clippy::inline_always)] // as for `add`
fn carry(high: &mut [f64], low: &mut [f64]) -> bool {
    let mut fits = true;
    for (high, low) in high.iter_mut().zip(low) {
        let above = (*low + ROUND_HIGH) - ROUND_HIGH;
        // Of the two ways to write a half, one.
        let is_half = *low - above == 0.5 * HIGH_UNIT;
        let above = if is_half { above + HIGH_UNIT } else { above };
        *low -= above;
        *high += above;
        fits &= high.abs() < LARGEST_SUM;
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

    fn value(sums: &mut ExactSums) -> f64 {
        let mut values = [0.0];
        sums.write(&mut values);
        values[0]
    }

    /// The same sum in whole numbers of 128 bits.
    fn in_whole_numbers(numbers: &[f64]) -> f64 {
        let unit = super::power_of_two(24);
        let whole = |x: &f64| {
            let above = (x * unit).trunc();
            let below = (x * unit - above) * super::power_of_two(48);
            ((above as i128) << 48) + below.round_ties_even() as i128
        };
        numbers.iter().map(whole).sum::<i128>() as f64 * super::power_of_two(-72)
    }

    proptest! {
        #[test]
        fn order_and_grouping_do_not_matter(seed in any::<u64>(), parts in 1usize..6) {
            let mut values = numbers(seed, 60);
            let mut whole = ExactSums::new(1, 0);
            for x in &values {
                whole.add(&[*x]);
            }
            let expected = in_whole_numbers(&values);
            Stream::new(seed, 2).shuffle(&mut values);
            let mut merged = ExactSums::new(1, 0);
            for part in values.chunks(60 / parts) {
                let mut sums = ExactSums::new(1, 0);
                for x in part {
                    sums.add(&[*x]);
                }
                merged.merge(&sums);
            }
            whole.carry();
            prop_assert_eq!(&merged, &whole);
            prop_assert_eq!(value(&mut merged).to_bits(), expected.to_bits());
        }

        #[test]
        fn a_number_comes_back(x in -1e7f64..1e7, exponent in -60i32..60) {
            let scale = super::power_of_two(exponent);
            let mut sums = ExactSums::new(1, exponent);
            sums.add(&[x * scale]);
            // 2⁻⁷³ of the scale.
            prop_assert!((value(&mut sums) / scale - x).abs() <= 1.1e-22 + 1e-16 * x.abs());
        }

        #[test]
        fn the_scale_covers_the_largest(x in 1e-200f64..1e200) {
            let exponent = ExactSums::scale_exponent_for(x);
            let scale = super::power_of_two(exponent);
            prop_assert!(x < scale && x >= 0.5 * scale);
        }
    }

    #[test]
    fn a_power_of_two_is_below_the_scale_too() {
        for power in [-60, -1, 0, 1, 60] {
            let exponent = ExactSums::scale_exponent_for(super::power_of_two(power));
            assert_eq!(exponent, power + 1);
        }
        assert_eq!(ExactSums::scale_exponent_for(0.0), -900);
        assert_eq!(ExactSums::scale_exponent_for(f64::MAX), 900);
    }

    #[test]
    fn bytes_come_back_and_what_is_cut_off_does_not() {
        let mut sums = ExactSums::new(3, 12);
        sums.add(&[1.0, -2.5e-9, 1e6]);
        let mut bytes = vec![7];
        sums.append_to(&mut bytes);
        bytes.push(9);
        let mut rest = &bytes[1..];
        assert_eq!(ExactSums::take_from(&mut rest), Some(sums));
        assert_eq!(rest, [9]);
        assert_eq!(ExactSums::take_from(&mut &bytes[1..bytes.len() - 2]), None);
    }

    #[test]
    fn halves_are_written_in_one_way() {
        let half = 0.5 * super::HIGH_UNIT;
        let mut one = ExactSums::new(1, 0);
        one.add(&[half]);
        let mut other = ExactSums::new(1, 0);
        for x in [-half, 3.0 * half, -half] {
            other.add(&[x]);
        }
        one.carry();
        other.carry();
        assert_eq!(one, other);
    }

    #[test]
    fn small_terms_survive_large_ones() {
        let mut sums = ExactSums::new(1, 0);
        for x in [1e7, 1e-12, -1e7] {
            sums.add(&[x]);
        }
        assert!((value(&mut sums) - 1e-12).abs() < 1e-21);
    }

    #[test]
    fn what_does_not_fit_is_not_hidden() {
        let broken = |numbers: &[f64]| {
            let mut sums = ExactSums::new(2, 0);
            for x in numbers {
                sums.add(&[*x, 1.0]);
            }
            let mut values = [0.0; 2];
            sums.write(&mut values);
            values.iter().all(|v| v.is_nan())
        };
        for x in [f64::NAN, f64::INFINITY, 1e8] {
            assert!(broken(&[x]), "{x}");
        }
        assert!(broken(&[1e7; 30]) && !broken(&[1e7; 20]));
    }

    #[test]
    fn long_columns_are_added_in_parts() {
        let column = numbers(3, 100_000);
        let mut sums = ExactSums::new(column.len(), 0);
        sums.add(&column);
        sums.add(&column);
        let mut values = vec![0.0; column.len()];
        sums.write(&mut values);
        for (sum, x) in values.iter().zip(&column) {
            assert!((sum - 2.0 * x).abs() <= 4e-22 + 1e-15 * x.abs());
        }
    }
}
