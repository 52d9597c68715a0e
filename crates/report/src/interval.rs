//! Confidence intervals of a share and of the difference between two.

use crate::view::Estimate;

/// Quantile of the standard normal distribution that leaves 2.5 % on either side.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// The 95 % score interval of a share of `right` among `n`; `None` when `n` is 0.
///
/// Unlike the Wald interval it stays inside 0..1 and has a width at 0 and 1 (Wilson, 1927,
/// *Probable inference, the law of succession, and statistical inference*, JASA 22, 209–212).
pub fn wilson(right: u32, n: u32) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let n = f64::from(n);
    let share = f64::from(right) / n;
    let z2 = Z_95 * Z_95;
    let scale = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / scale;
    let half = Z_95 / scale * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    Some(((centre - half).max(0.0), (centre + half).min(1.0)))
}

/// The 95 % interval of the difference between two shares, each (right, n): first minus second;
/// `None` when an n is 0. Built from the two Wilson intervals (Newcombe, 1998, *Interval estimation
/// for the difference between independent proportions*, Statistics in Medicine 17, 873–890,
/// method 10).
pub fn newcombe(first: (u32, u32), second: (u32, u32)) -> Option<(f64, f64)> {
    let estimate = |(right, n): (u32, u32)| {
        let (low, high) = wilson(right, n)?;
        Some(Estimate { share: f64::from(right) / f64::from(n), low, high })
    };
    Some(difference(estimate(first)?, estimate(second)?))
}

/// The 95 % interval of the difference between two shares of independent samples, first minus second, from the
/// interval of each (Zou & Donner, 2008, *Construction of confidence limits about effect measures*, Statistics in
/// Medicine 27, 1693–1702). With intervals of Wilson it is Newcombe's.
pub(crate) fn difference(first: Estimate, second: Estimate) -> (f64, f64) {
    let between = first.share - second.share;
    let below = (first.share - first.low).hypot(second.high - second.share);
    let above = (first.high - first.share).hypot(second.share - second.low);
    (between - below, between + above)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{newcombe, wilson};

    // statsmodels 0.15.0, proportion_confint(right, n, 0.05, "wilson"); double rounding aside the
    // formulas agree to the last digits.
    #[test]
    fn agrees_with_statsmodels() {
        let golden = [
            (0, 1, 0.0, 0.793_450_685_622_762_7),
            (1, 1, 0.206_549_314_377_237_4, 1.0),
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (3, 10, 0.107_791_267_406_301_04, 0.603_221_852_538_854_6),
            (15, 30, 0.331_541_256_405_337_6, 0.668_458_743_594_662_4),
            (29, 30, 0.833_296_090_085_908_1, 0.994_091_409_618_387_5),
            (71, 100, 0.614_611_088_244_288_7, 0.789_851_642_508_777_3),
            (4999, 5000, 0.998_867_910_919_160_5, 0.999_964_694_216_560_8),
        ];
        for (right, n, lower, upper) in golden {
            let (lo, hi) = wilson(right, n).unwrap();
            assert!((lo - lower).abs() < 1e-12 && (hi - upper).abs() < 1e-12, "{right}/{n}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    // statsmodels 0.15.0, confint_proportions_2indep(x1, n1, x2, n2, method="newcomb",
    // compare="diff"); the first line is table II (a) of Newcombe (1998).
    #[test]
    fn the_difference_agrees_with_statsmodels() {
        let golden = [
            ((56, 70), (48, 80), 0.052_431_472_402_364_98, 0.333_872_654_036_906_14),
            ((9, 10), (3, 10), 0.170_522_723_934_502_9, 0.809_017_973_535_488),
            ((0, 10), (0, 20), -0.161_125_158_052_819_4, 0.277_532_799_862_889_26),
            ((5, 56), (0, 29), -0.038_137_147_903_536_936, 0.192_560_013_855_111_65),
        ];
        for (first, second, lower, upper) in golden {
            let (lo, hi) = newcombe(first, second).unwrap();
            assert!((lo - lower).abs() < 1e-12 && (hi - upper).abs() < 1e-12, "{first:?}");
        }
        assert_eq!(newcombe((0, 0), (1, 2)), None);
    }

    proptest! {
        #[test]
        fn holds_the_share_and_mirrors(n in 1_u32..5000, part in 0.0..=1.0_f64) {
            let right = (f64::from(n) * part) as u32;
            let share = f64::from(right) / f64::from(n);
            let (lo, hi) = wilson(right, n).unwrap();
            prop_assert!(0.0 <= lo && lo <= share + 1e-12 && share <= hi + 1e-12 && hi <= 1.0);
            let (mirror_lo, mirror_hi) = wilson(n - right, n).unwrap();
            prop_assert!((mirror_lo - (1.0 - hi)).abs() < 1e-12);
            prop_assert!((mirror_hi - (1.0 - lo)).abs() < 1e-12);
        }
    }
}
