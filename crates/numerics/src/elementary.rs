//! Exponential and logarithm as straight-line arithmetic: the compiler turns loops over them into
//! vector code, and the result does not depend on the platform's mathematics library.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
// ln 2 split so that k·LN2_HIGH is exact for |k| < 2¹¹ (fdlibm's split).
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
// Adding 1.5·2⁵² rounds to the nearest integer and leaves that integer in the low mantissa bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
const EXPONENT_BIAS: u64 = 1023;
const MANTISSA_BITS: u32 = 52;

/// Smallest argument whose exponential is not rounded to zero by [`exp`].
const EXP_MIN: f64 = -708.0;
/// Largest argument of [`exp`] that does not overflow.
const EXP_MAX: f64 = 709.0;

/// e^x with a relative error below 3·10⁻¹⁶.
///
/// Arguments below −708 give 0 (no subnormal results), arguments above 709 the value at 709.
#[inline(always)]
#[allow(clippy::inline_always)] // a loop over it only becomes vector code when it is inlined
pub fn exp(x: f64) -> f64 {
    let inside = x.clamp(EXP_MIN, EXP_MAX);
    let shifted = inside * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (inside - k * LN2_HIGH) - k * LN2_LOW;
    // Taylor to degree 13: the remainder at |r| = ln(2)/2 is 4·10⁻¹⁸.
    let r2 = r * r;
    let r4 = r2 * r2;
    let low = (1.0 + r) + r2 * (0.5 + r * (1.0 / 6.0));
    let middle = (1.0 / 24.0 + r * (1.0 / 120.0)) + r2 * (1.0 / 720.0 + r * (1.0 / 5_040.0));
    let high = (1.0 / 40_320.0 + r * (1.0 / 362_880.0))
        + r2 * (1.0 / 3_628_800.0 + r * (1.0 / 39_916_800.0));
    let top = 1.0 / 479_001_600.0 + r * (1.0 / 6_227_020_800.0);
    let poly = low + r4 * (middle + r4 * (high + r4 * top));
    let scale = f64::from_bits((shifted.to_bits().wrapping_add(EXPONENT_BIAS)) << MANTISSA_BITS);
    if x < EXP_MIN { 0.0 } else { poly * scale }
}

/// Natural logarithm of a positive normal number, relative error below 3·10⁻¹⁶.
///
/// Zero, negative, subnormal and non-finite arguments are outside the domain: the result is some
/// finite number without meaning. Callers guard their domain.
#[inline(always)]
#[allow(clippy::inline_always)] // as for `exp`
pub fn ln(x: f64) -> f64 {
    const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
    const ROUND_BITS: u64 = 0x4338_0000_0000_0000;
    // The mantissa is brought into [√½, √2), the exponent follows.
    let offset = x.to_bits().wrapping_sub(SQRT_HALF_BITS);
    let exponent_field = offset & (0xfff << MANTISSA_BITS);
    let m = f64::from_bits(x.to_bits().wrapping_sub(exponent_field));
    let biased = (offset.wrapping_add(1 << 63)) >> MANTISSA_BITS;
    let k = f64::from_bits(ROUND_BITS + biased) - (ROUND + 2048.0);
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    // Minimax coefficients of fdlibm's `e_log.c` (Sun Microsystems, 1993).
    let even = w
        * (0.399_999_999_994_094_2 + w * (0.222_221_984_321_497_84 + w * 0.153_138_376_992_093_73));
    let odd = z
        * (0.666_666_666_666_673_5
            + w * (0.285_714_287_436_623_9
                + w * (0.181_835_721_616_180_5 + w * 0.147_981_986_051_165_86)));
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + (even + odd)) + k * LN2_LOW)) - f)
}

/// ln(1 + x) for x > −1, accurate near zero (Kahan's correction of the rounding of 1 + x).
pub fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    if sum == 1.0 { x } else { ln(sum) * (x / (sum - 1.0)) }
}

/// e^x − 1, accurate near zero (Kahan's correction of the rounding of e^x).
pub fn exp_m1(x: f64) -> f64 {
    let power = exp(x);
    let difference = power - 1.0;
    if difference == 0.0 {
        x
    } else if !(0.5..=2.0).contains(&power) {
        difference
    } else {
        difference * (x / ln(power))
    }
}

#[cfg(test)]
mod tests {
    use super::{exp, exp_m1, ln, ln_1p};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exp_agrees_with_the_platform(x in -700.0f64..700.0) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 4e-16);
        }

        #[test]
        fn ln_agrees_with_the_platform(mantissa in 1.0f64..2.0, exponent in -1000i32..1000) {
            let x = mantissa * 2f64.powi(exponent);
            let tolerance = 4e-16 * x.ln().abs().max(1e-3);
            prop_assert!((ln(x) - x.ln()).abs() <= tolerance);
        }
    }

    proptest! {
        #[test]
        fn differences_near_zero_agree_with_the_platform(size in -300.0f64..0.3, up: bool) {
            let x = if up { size.exp() } else { -size.exp().min(0.999) };
            prop_assert!((ln_1p(x) / x.ln_1p() - 1.0).abs() < 2e-15);
            prop_assert!((exp_m1(x) / x.exp_m1() - 1.0).abs() < 2e-15);
        }
    }

    #[test]
    fn the_ends_of_the_range_are_defined() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-1e300), 0.0);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(1e300).is_finite());
        assert_eq!(ln(1.0), 0.0);
    }
}
