//! The normal distribution.

use crate::elementary::{exp, ln};
use crate::simd::vectorized;

const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// Standard normal density φ(x).
pub fn normal_pdf(x: f64) -> f64 {
    exp(-0.5 * x * x - LN_SQRT_2PI)
}

/// Log density of a normal distribution with this mean and standard deviation (> 0).
pub fn normal_ln_pdf(x: f64, mean: f64, sd: f64) -> f64 {
    let z = (x - mean) / sd;
    -0.5 * z * z - LN_SQRT_2PI - ln(sd)
}

/// Standard normal distribution function Φ(x), relative error below (1 + x²)·3·10⁻¹⁶ in both tails.
pub fn normal_cdf(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let tail = upper_tail(x.abs());
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// 1 − Φ(x) for x ≥ 0: power series near zero, continued fraction beyond 3 (Abramowitz & Stegun
/// 1964, 26.2.11 and 26.2.14).
fn upper_tail(x: f64) -> f64 {
    if x > 38.0 {
        return 0.0;
    }
    if x < 3.0 {
        let mut term = x;
        let mut sum = x;
        let mut k = 1.0;
        while term > sum * 1e-17 {
            k += 2.0;
            term *= x * x / k;
            sum += term;
        }
        return 0.5 - normal_pdf(x) * sum;
    }
    let mut fraction = 0.0;
    for k in (1..=120).rev() {
        fraction = f64::from(k) / (x + fraction);
    }
    normal_pdf(x) / (x + fraction)
}

/// Standard normal quantile Φ⁻¹(p), relative error about 10⁻¹⁶ (Wichura 1988, AS 241, PPND16).
///
/// p = 0 gives −∞, p = 1 gives +∞, p outside [0, 1] gives NaN.
pub fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let q = p - 0.5;
    if q.abs() <= CENTRE {
        return central_quantile(q);
    }
    let r = tail_root(p);
    let x = if r <= FARTHEST_NEAR {
        near_quantile(r)
    } else {
        polynomial(&FAR_NUMERATOR, r - 5.0) / polynomial(&FAR_DENOMINATOR, r - 5.0)
    };
    x.copysign(q)
}

/// √(−ln of the mass of the tail) at a probability.
#[inline(always)]
#[allow(clippy::inline_always)] // vector instructions must reach it
fn tail_root(p: f64) -> f64 {
    let tail = if p < 0.5 { p } else { 1.0 - p };
    (-ln(tail)).sqrt()
}

/// Size of the quantile of a tail that is neither in the centre nor far out.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn near_quantile(r: f64) -> f64 {
    polynomial(&NEAR_NUMERATOR, r - 1.6) / polynomial(&NEAR_DENOMINATOR, r - 1.6)
}

/// Replaces probabilities by the quantiles that [`normal_quantile`] gives of them, many at a time.
pub(crate) fn normal_quantiles(values: &mut [f64]) {
    let (blocks, rest) = values.as_chunks_mut::<BLOCK>();
    for block in blocks {
        vectorized(
            #[inline(always)]
            || block_quantiles(block),
        );
    }
    for value in rest {
        *value = normal_quantile(*value);
    }
}

/// The centre first, as if all were there; then those of the tails, side by side.
#[inline(always)]
#[allow(clippy::inline_always)] // vector instructions must reach it
fn block_quantiles(values: &mut [f64; BLOCK]) {
    let p = *values;
    let (mut tails, mut n) = ([0; BLOCK], 0);
    for (at, p) in p.iter().enumerate() {
        tails[n] = at;
        // What is no number is in no centre.
        let is_central = (p - 0.5).abs() <= CENTRE;
        n += usize::from(!is_central);
    }
    for (value, p) in values.iter_mut().zip(&p) {
        *value = central_quantile(p - 0.5);
    }
    for tails in tails[..n].chunks(LANES) {
        let mut of_tails = [0.5; LANES];
        for (to, &at) in of_tails.iter_mut().zip(tails) {
            *to = p[at];
        }
        let roots = of_tails.map(tail_root);
        let near = roots.map(near_quantile);
        for ((&at, x), root) in tails.iter().zip(near).zip(roots) {
            let is_near = root <= FARTHEST_NEAR;
            values[at] = if is_near { x.copysign(p[at] - 0.5) } else { normal_quantile(p[at]) };
        }
    }
}

/// The quantile of probabilities that are no further from a half than [`CENTRE`], by that distance.
#[inline(always)]
#[allow(clippy::inline_always)] // vector instructions must reach it
fn central_quantile(q: f64) -> f64 {
    let r = 0.180_625 - q * q;
    q * polynomial(&CENTRE_NUMERATOR, r) / polynomial(&CENTRE_DENOMINATOR, r)
}

#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// Probabilities that are worked on at a time.
const BLOCK: usize = 128;
/// Tails that are worked on side by side.
const LANES: usize = 8;
/// Root of a tail from which on it is far out.
const FARTHEST_NEAR: f64 = 5.0;
/// How far from a half probabilities are in the centre.
const CENTRE: f64 = 0.425;

const CENTRE_NUMERATOR: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const CENTRE_DENOMINATOR: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_66e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const NEAR_NUMERATOR: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const NEAR_DENOMINATOR: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_NUMERATOR: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_DENOMINATOR: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

#[cfg(test)]
mod tests {
    use super::{normal_cdf, normal_quantile, normal_quantiles};
    use proptest::prelude::*;

    #[test]
    fn matches_the_c_library() {
        // Python 3.11: 0.5 * math.erfc(-x / math.sqrt(2)).
        let reference: [(f64, f64); 7] = [
            (-37.0, 5.725_571_222_525_139e-300),
            (-8.0, 6.220_960_574_271_819e-16),
            (-3.1, 9.676_032_132_183_562e-4),
            (-1.0, 1.586_552_539_314_570_7e-1),
            (0.0, 0.5),
            (0.5, 6.914_624_612_740_131e-1),
            (2.9, 9.981_341_866_996_16e-1),
        ];
        for (x, p) in reference {
            assert!((normal_cdf(x) / p - 1.0).abs() < 3e-16 * (1.0 + x * x), "{x}");
        }
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_distribution(x in -35.0f64..7.0) {
            // Above 0 the rounding of p near 1 is amplified by 1/φ(x).
            let density = (-0.5 * x * x).exp() / 2.506_628_274_631;
            let tolerance = 1e-12 + if x > 0.0 { 1e-16 / density } else { 0.0 };
            prop_assert!((normal_quantile(normal_cdf(x)) - x).abs() < tolerance);
        }
    }

    #[test]
    fn many_quantiles_are_those_of_each_probability() {
        let spread = |i: u32| f64::from(i * 7_919 % 1_000) / 1_000.0;
        let odd = [0.0, 1.0, f64::NAN, -0.1, 1.1, 1e-12, 1e-300, 1.0 - 1e-12, 0.075, 0.925, 0.5];
        let all: Vec<f64> = (0..600).map(spread).chain(odd).chain((0..200).map(spread)).collect();
        let mut found = all.clone();
        normal_quantiles(&mut found);
        for (p, found) in all.iter().zip(found) {
            assert_eq!(normal_quantile(*p).to_bits(), found.to_bits(), "{p}");
        }
    }

    #[test]
    fn outside_the_unit_interval_there_is_no_quantile() {
        assert!(normal_quantile(-0.1).is_nan());
        assert!(normal_quantile(f64::NAN).is_nan());
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
    }
}
