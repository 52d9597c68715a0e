//! Quantiles far out in a tail without sorting.

use seedtest_numerics::normal_quantile;

/// Standard deviations between the quantile asked for and the cut that is meant to keep it.
const MARGIN: f64 = 0.5;

/// Standard deviations from the mean below which enough numbers lie for the quantile `p` < ½, if they
/// are roughly normal.
pub(crate) fn cut(p: f64) -> f64 {
    normal_quantile(p) + MARGIN
}

/// The two numbers between which the quantile `p` < ½ of `numbers` lies, and the share of the way
/// from the first to the second (type 7 of Hyndman and Fan 1996). `numbers` times `sign` is what
/// counts, so −1 asks for an upper quantile.
///
/// Few numbers lie in a tail: those more than `cut` of these standard deviations from the mean are
/// set apart before the search, and all are searched where they are too few. `space` is as long as
/// `numbers`.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn tail(
    numbers: &[f64],
    sign: f64,
    p: f64,
    cut: f64,
    [mean, sd]: [f64; 2],
    space: &mut [f64],
) -> [f64; 3] {
    let position = p * (numbers.len() - 1) as f64;
    let below = position.floor() as usize;
    let cut = sign * mean + cut * sd;
    let mut kept = 0;
    for &number in numbers {
        let number = sign * number;
        space[kept] = number;
        kept += usize::from(number < cut);
    }
    if kept < below + 2 {
        for (place, number) in space.iter_mut().zip(numbers) {
            *place = sign * number;
        }
        kept = numbers.len();
    }
    let (_, &mut low, rest) = space[..kept].select_nth_unstable_by(below, f64::total_cmp);
    let next = rest.iter().copied().fold(f64::INFINITY, f64::min);
    let next = if next.is_finite() { next } else { low };
    [sign * low, sign * next, position - below as f64]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{cut, tail};

    /// The quantile by sorting.
    fn sorted(numbers: &[f64], p: f64) -> f64 {
        let mut numbers = numbers.to_vec();
        numbers.sort_by(f64::total_cmp);
        seedtest_numerics::quantile(&numbers, p).unwrap()
    }

    proptest! {
        #[test]
        fn it_is_the_quantile_of_the_sorted_numbers(
            numbers in prop::collection::vec(-3.0f64..3.0, 1..400),
            p in 0.0f64..0.5,
            wrong in -4.0f64..4.0,
        ) {
            let mut space = vec![0.0; numbers.len()];
            // Any mean and standard deviation must do: they only make the search short.
            for moments in [[0.0, 1.7], [wrong, 0.1], [f64::NAN, 1.0]] {
                let [low, next, share] = tail(&numbers, 1.0, p, cut(p), moments, &mut space);
                prop_assert!((low + share * (next - low) - sorted(&numbers, p)).abs() < 1e-12);
                let [high, next, share] = tail(&numbers, -1.0, p, cut(p), moments, &mut space);
                let upper = sorted(&numbers, 1.0 - p);
                prop_assert!((high + share * (next - high) - upper).abs() < 1e-9);
            }
        }
    }
}
