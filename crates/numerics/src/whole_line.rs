//! Elementary functions on the whole line, with infinities and NaN where IEEE 754 has them: for numbers
//! that come from outside. Inside kernels the shorter functions of the crate root serve.

use crate::elementary;

/// e^x.
pub fn exp(x: f64) -> f64 {
    const OVERFLOW: f64 = 709.782_712_893_384;
    const HALF: f64 = 354.0;
    if x.is_nan() || x == f64::NEG_INFINITY {
        return if x.is_nan() { x } else { 0.0 };
    }
    if x > OVERFLOW {
        return f64::INFINITY;
    }
    if x.abs() <= 2.0 * HALF {
        return elementary::exp(x);
    }
    // At the ends of the range, where the shorter function is cut off, in two factors.
    let half = HALF.copysign(x);
    elementary::exp(half) * elementary::exp((x - half).max(-2.0 * HALF))
}

/// Natural logarithm; −∞ at 0, NaN below.
pub fn ln(x: f64) -> f64 {
    const SUBNORMAL_SCALE: f64 = 18_014_398_509_481_984.0; // 2⁵⁴
    if x < 0.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_infinite() {
        return x;
    }
    if x < f64::MIN_POSITIVE {
        return elementary::ln(x * SUBNORMAL_SCALE) - 54.0 * std::f64::consts::LN_2;
    }
    elementary::ln(x)
}

/// Logarithm to the base 2, exact for powers of two.
pub fn log2(x: f64) -> f64 {
    exact_or(x, 2.0, ln(x) / std::f64::consts::LN_2)
}

/// Logarithm to the base 10, exact for powers of ten.
pub fn log10(x: f64) -> f64 {
    exact_or(x, 10.0, ln(x) / std::f64::consts::LN_10)
}

/// The whole number next to `rough` where it is the logarithm itself.
fn exact_or(x: f64, base: f64, rough: f64) -> f64 {
    let whole = rough.round();
    let is_exact = rough.is_finite() && (rough - whole).abs() < 1e-12 && pow(base, whole) == x;
    if is_exact { whole } else { rough }
}

/// ln(1 + x), accurate near zero; −∞ at −1, NaN below.
pub fn ln_1p(x: f64) -> f64 {
    if x <= -1.0 || !x.is_finite() { ln(1.0 + x) } else { elementary::ln_1p(x) }
}

/// e^x − 1, accurate near zero.
pub fn exp_m1(x: f64) -> f64 {
    if x.abs() > 1.0 || x.is_nan() { exp(x) - 1.0 } else { elementary::exp_m1(x) }
}

/// x^y. Whole exponents up to 1 024 in size are products; other powers of negative numbers are NaN.
pub fn pow(x: f64, y: f64) -> f64 {
    const LARGEST_PRODUCT: f64 = 1024.0;
    if y == 0.0 || x == 1.0 {
        return 1.0;
    }
    if y.fract() == 0.0 && y.abs() <= LARGEST_PRODUCT {
        let n = y.abs() as u32;
        return if y < 0.0 { inverse_whole_power(x, n) } else { whole_power(x, n) };
    }
    if y == 0.5 && x >= 0.0 {
        // −0 has the root 0.
        return (x + 0.0).sqrt();
    }
    if x == -1.0 && y.is_infinite() {
        return 1.0;
    }
    let size = exp(y * ln(x.abs()));
    let is_whole = y.fract() == 0.0;
    if x >= 0.0 || ((x.is_infinite() || y.is_infinite()) && !is_whole) {
        size
    } else if is_whole {
        // Numbers beyond 2⁵³ are all even.
        if y % 2.0 == 0.0 { size } else { -size }
    } else {
        f64::NAN
    }
}

/// x⁻ⁿ, in two halves where xⁿ is beyond the range but its inverse is not.
fn inverse_whole_power(x: f64, n: u32) -> f64 {
    let product = whole_power(x, n);
    if product.is_normal() {
        return 1.0 / product;
    }
    1.0 / whole_power(x, n / 2) / whole_power(x, n - n / 2)
}

/// xⁿ by squaring.
fn whole_power(x: f64, n: u32) -> f64 {
    let (mut power, mut square, mut rest) = (1.0, x, n);
    while rest > 0 {
        if rest % 2 == 1 {
            power *= square;
        }
        square *= square;
        rest /= 2;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64, tolerance: f64) -> bool {
        found == expected
            || (found.is_nan() && expected.is_nan())
            || (found - expected).abs() <= tolerance * expected.abs().max(1e-300)
    }

    proptest! {
        #[test]
        fn they_agree_with_the_platform(x in -800.0f64..800.0, y in -9.0f64..9.0) {
            prop_assert!(close(exp(x), x.exp(), 4e-15), "exp {x}");
            prop_assert!(close(exp_m1(y), y.exp_m1(), 4e-15), "exp_m1 {y}");
            prop_assert!(close(ln(x), x.ln(), 1e-14) || (ln(x) - x.ln()).abs() < 1e-15, "ln {x}");
            prop_assert!((ln_1p(y) - y.ln_1p()).abs() < 1e-14 || y <= -1.0, "ln_1p {y}");
            // An error of 1e-16 in the logarithm is one of |y ln x|·1e-16 in the power.
            prop_assert!(close(pow(x, y), x.powf(y), 1e-13), "{x}^{y}");
            prop_assert!(close(pow(x, y.round()), x.powf(y.round()), 1e-14), "{x}^{y}");
        }
    }

    #[test]
    fn ends_of_the_line() {
        assert_eq!((exp(710.0), exp(f64::NEG_INFINITY)), (f64::INFINITY, 0.0));
        assert_eq!((ln(0.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(ln(-1.0).is_nan() && exp(f64::NAN).is_nan() && ln_1p(-2.0).is_nan());
        assert_eq!((ln_1p(-1.0), exp_m1(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!((ln(5e-324) - 5e-324f64.ln()).abs() < 1e-12);
        assert_eq!((log2(8.0), log10(1000.0), log10(0.001)), (3.0, 3.0, -3.0));
        assert_eq!((pow(0.0, -1.0), pow(-2.0, 3.0), pow(9.0, 0.5)), (f64::INFINITY, -8.0, 3.0));
        assert!(pow(-2.0, 0.5).is_nan());
    }

    #[test]
    fn powers_beyond_the_range_of_their_inverse() {
        // Subnormal numbers near 10⁻³¹⁰ are 5·10⁻¹⁴ of themselves apart.
        assert!((pow(10.0, -310.0) / 1e-310 - 1.0).abs() < 1e-12);
        assert!((pow(-10.0, -311.0) / -1e-311 - 1.0).abs() < 1e-11);
        assert_eq!((pow(2.0, -1024.0), pow(2.0, -1074.0)), (2f64.powi(-1024), 5e-324));
        assert!((pow(0.1, -308.0) / 1e308 - 1.0).abs() < 1e-13);
        assert!((log10(1e-310) + 310.0).abs() < 1e-12);
    }

    #[test]
    fn powers_of_infinities_are_those_of_the_platform() {
        const INF: f64 = f64::INFINITY;
        let odd = 1025.0;
        let bases = [-INF, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, INF];
        let exponents = [-INF, -odd, -3.0, -2.5, -2.0, -0.5, 0.0, 0.5, 2.0, 2.5, 3.0, odd, INF];
        for (x, y) in bases.into_iter().flat_map(|x| exponents.map(|y| (x, y))) {
            let (found, expected) = (pow(x, y), x.powf(y));
            assert!(close(found, expected, 1e-12), "{x}^{y}: {found} {expected}");
        }
        assert!(pow(f64::NAN, 2.0).is_nan() && pow(2.0, f64::NAN).is_nan());
    }
}
