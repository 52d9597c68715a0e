//! Squares, cube roots and lengths without the platform's mathematics library.

use crate::elementary::{exp, ln};

/// x².
#[inline]
pub fn square(x: f64) -> f64 {
    x * x
}

/// Cube root of a number ≥ 0, relative error below 5·10⁻¹⁶; outside the range of normal numbers only 0
/// and infinity have a meaning.
pub fn cube_root(x: f64) -> f64 {
    if x == 0.0 || x.is_infinite() {
        return x;
    }
    let rough = exp(ln(x) / 3.0);
    // One step of Newton's method takes the rounding of the logarithm away.
    rough - (rough - x / (rough * rough)) / 3.0
}

/// √(x² + y²) without overflow, nearly always the number next to the true length.
pub fn hypot(x: f64, y: f64) -> f64 {
    const TOO_LARGE: f64 = 1e150;
    const TOO_SMALL: f64 = 1e-140;
    const SCALE: f64 = 1e200;
    let (long, short) = (f64::max(x.abs(), y.abs()), f64::min(x.abs(), y.abs()));
    if long == 0.0 || x.is_nan() || y.is_nan() || long.is_infinite() {
        return if long.is_infinite() { long } else { x.abs() + y.abs() };
    }
    if long > TOO_LARGE {
        return hypot(x / SCALE, y / SCALE) * SCALE;
    }
    if long < TOO_SMALL {
        return hypot(x * SCALE, y * SCALE) / SCALE;
    }
    let (long2, long_rest) = exact_square(long);
    let (short2, short_rest) = exact_square(short);
    let sum = long2 + short2;
    let sum_rest = (long2 - sum) + short2 + (long_rest + short_rest);
    let root = sum.sqrt();
    let (root2, root_rest) = exact_square(root);
    root + ((sum - root2) + (sum_rest - root_rest)) / (2.0 * root)
}

/// x² as a sum of two numbers, the second what the first is rounded by (Dekker 1971).
fn exact_square(x: f64) -> (f64, f64) {
    const SPLIT: f64 = 134_217_729.0; // 2²⁷ + 1
    let shifted = SPLIT * x;
    let high = shifted - (shifted - x);
    let low = x - high;
    let square = x * x;
    (square, ((high * high - square) + 2.0 * high * low) + low * low)
}

#[cfg(test)]
mod tests {
    use super::{cube_root, hypot};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn cube_roots_agree_with_the_platform(mantissa in 1.0f64..2.0, exponent in -900i32..900) {
            let x = mantissa * 2f64.powi(exponent);
            prop_assert!((cube_root(x) / x.cbrt() - 1.0).abs() < 7e-16);
        }

        #[test]
        fn lengths_agree_with_the_platform(x in -9.0f64..9.0, y in -9.0f64..9.0, size in -300i32..300) {
            let scale = 10f64.powi(size);
            let (x, y) = (x * scale, y * scale);
            // A half for our rounding, one for the platform's.
            prop_assert!((hypot(x, y) / x.hypot(y) - 1.0).abs() <= 1.5 * f64::EPSILON);
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!((hypot(3.0, -4.0), hypot(0.0, -2.0), hypot(0.0, 0.0)), (5.0, 2.0, 0.0));
        assert_eq!(hypot(f64::INFINITY, 1.0), f64::INFINITY);
        assert!(hypot(f64::NAN, 1.0).is_nan());
        assert_eq!(
            (cube_root(0.0), cube_root(27.0), cube_root(f64::INFINITY)),
            (0.0, 3.0, f64::INFINITY)
        );
    }
}
