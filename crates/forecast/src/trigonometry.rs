//! Sine, cosine and arc tangent as straight-line arithmetic: the platform's library may differ in the
//! last bit from machine to machine.

use std::f64::consts::{FRAC_PI_2, TAU};

/// Sine and cosine of `turns` full turns (2π · turns), absolute error below 4·10⁻¹⁶ plus the rounding
/// of the argument.
pub(crate) fn sin_cos_turns(turns: f64) -> (f64, f64) {
    let quarter = (turns * 4.0).round();
    let x = (turns - quarter * 0.25) * TAU;
    let (sin, cos) = (sine(x), cosine(x));
    match quarter.rem_euclid(4.0) as u8 {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// Taylor to degree 17 on |x| ≤ π/4: the remainder is below 10⁻¹⁹.
fn sine(x: f64) -> f64 {
    let z = x * x;
    let mut sum = 0.0;
    for factor in [272.0, 210.0, 156.0, 110.0, 72.0, 42.0, 20.0, 6.0] {
        sum = (1.0 + sum) * (-z / factor);
    }
    x + x * sum
}

/// Taylor to degree 16.
fn cosine(x: f64) -> f64 {
    let z = x * x;
    let mut sum = 0.0;
    for factor in [240.0, 182.0, 132.0, 90.0, 56.0, 30.0, 12.0, 2.0] {
        sum = (1.0 + sum) * (-z / factor);
    }
    1.0 + sum
}

/// arctan(x) / x, 1 at 0; relative error about 10⁻¹⁵.
pub(crate) fn atan_ratio(x: f64) -> f64 {
    let x = x.abs();
    if x > 1.0 {
        return (FRAC_PI_2 - atan_ratio(1.0 / x) / x) / x;
    }
    // arctan x = 4 arctan y with y = x halved twice in angle, |y| < 0.2.
    let half = x / (1.0 + (1.0 + x * x).sqrt());
    let quarter = half / (1.0 + (1.0 + half * half).sqrt());
    let shrink = 4.0 / ((1.0 + (1.0 + x * x).sqrt()) * (1.0 + (1.0 + half * half).sqrt()));
    let z = quarter * quarter;
    let series = (0..=11).rev().fold(0.0, |sum, k| 1.0 / f64::from(2 * k + 1) - z * sum);
    series * shrink
}

#[cfg(test)]
mod tests {
    use super::{atan_ratio, sin_cos_turns};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agree_with_the_platform(turns in -800.0f64..800.0, size in -20.0f64..20.0) {
            let (sin, cos) = sin_cos_turns(turns);
            let exact = turns.rem_euclid(1.0) * std::f64::consts::TAU;
            prop_assert!((sin - exact.sin()).abs() < 1e-12 && (cos - exact.cos()).abs() < 1e-12);
            let x = size.exp();
            prop_assert!((atan_ratio(x) * x / x.atan() - 1.0).abs() < 4e-15);
        }
    }

    #[test]
    fn quarters_are_exact() {
        assert_eq!(sin_cos_turns(0.0), (0.0, 1.0));
        assert_eq!(sin_cos_turns(0.25), (1.0, -0.0));
        assert_eq!(sin_cos_turns(-0.5), (-0.0, -1.0));
        assert_eq!(atan_ratio(0.0), 1.0);
    }
}
