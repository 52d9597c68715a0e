//! From data to drawing units, and round ticks.

/// A linear map from data to drawing units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    lowest: f64,
    highest: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// Maps `lowest` to `from` and `highest` to `to`. Where the two data ends coincide the data
    /// range is widened by one half on either side, so that a single value lands in the middle.
    pub(crate) fn new((lowest, highest): (f64, f64), (from, to): (f64, f64)) -> Self {
        let pad = if lowest < highest { 0.0 } else { 0.5 };
        Self { lowest: lowest - pad, highest: highest + pad, from, to }
    }

    /// Position of a value; values outside the data range stay at its ends.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let share = (value - self.lowest) / (self.highest - self.lowest);
        self.from + share.clamp(0.0, 1.0) * (self.to - self.from)
    }

    /// Round values inside the data range, about `target` of them: multiples of 1, 2 or 5 times a
    /// power of ten.
    pub(crate) fn ticks(&self, target: u32) -> Vec<f64> {
        let step = nice_step((self.highest - self.lowest) / f64::from(target.max(1)));
        let first = (self.lowest / step - 1e-9).ceil() as i64;
        let last = (self.highest / step + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `rough`.
pub(crate) fn nice_step(rough: f64) -> f64 {
    let power = 10_f64.powi(rough.log10().floor() as i32);
    let factor = rough / power;
    let nice = [1.0, 2.0, 5.0].into_iter().find(|&nice| factor <= nice * (1.0 + 1e-9));
    nice.unwrap_or(10.0) * power
}

/// Decimals that tell the ticks of a step apart.
pub(crate) fn decimals_of(ticks: &[f64]) -> usize {
    match ticks {
        [a, b, ..] => (-(b - a).log10() - 1e-9).ceil().clamp(0.0, 6.0) as usize,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Scale, decimals_of, nice_step};

    #[test]
    fn steps_are_round() {
        assert_eq!(nice_step(0.3), 0.5);
        assert_eq!(nice_step(1.0), 1.0);
        assert_eq!(nice_step(70.0), 100.0);
        assert_eq!(decimals_of(&[0.0, 0.5]), 1);
        assert_eq!(decimals_of(&[0.0, 20.0]), 0);
    }

    #[test]
    fn a_single_value_lands_in_the_middle() {
        assert_eq!(Scale::new((3.0, 3.0), (0.0, 100.0)).at(3.0), 50.0);
    }

    proptest! {
        #[test]
        fn positions_keep_the_order_and_stay_inside(
            lowest in -1e4..1e4_f64, width in 0.0..1e4_f64, a in -3e4..3e4_f64, b in -3e4..3e4_f64
        ) {
            let scale = Scale::new((lowest, lowest + width), (10.0, 390.0));
            let (low, high) = (a.min(b), a.max(b));
            prop_assert!(scale.at(low) <= scale.at(high));
            prop_assert!((10.0..=390.0).contains(&scale.at(a)));
        }

        #[test]
        fn ticks_are_few_ascending_and_inside(
            lowest in -1e4..1e4_f64, width in 1e-3..1e4_f64, target in 2_u32..8
        ) {
            let ticks = Scale::new((lowest, lowest + width), (0.0, 1.0)).ticks(target);
            prop_assert!(ticks.len() <= target as usize + 1);
            prop_assert!(ticks.windows(2).all(|pair| pair[0] < pair[1]));
            let slack = width * 1e-6;
            for tick in ticks {
                prop_assert!(lowest - slack <= tick && tick <= lowest + width + slack);
            }
        }
    }
}
