//! Student's t distribution.

use crate::beta::beta_cdf;
use crate::normal::{normal_cdf, normal_quantile};

/// Degrees of freedom beyond which expansions around the normal distribution are used.
const NEARLY_NORMAL: f64 = 1e5;

/// Quantile of Student's t with `df` degrees of freedom (> 0, also not whole) for p in [0, 1]; NaN outside.
///
/// By bisection of the distribution function, whose absolute error of 10⁻¹³ it inherits; above 10⁵ degrees
/// of freedom by the expansion around the normal quantile (Abramowitz & Stegun 1964, 26.7.5).
pub fn student_quantile(p: f64, df: f64) -> f64 {
    if !(df > 0.0 && (0.0..=1.0).contains(&p)) {
        return f64::NAN;
    }
    let tail = p.min(1.0 - p);
    let size = if tail == 0.0 {
        f64::INFINITY
    } else if tail == 0.5 {
        0.0
    } else if df > NEARLY_NORMAL {
        expansion(-normal_quantile(tail), df)
    } else {
        bisected(tail, df)
    };
    if p < 0.5 { -size } else { size }
}

/// Two-sided p value of Student's t with `df` degrees of freedom (> 0, also not whole); NaN outside.
///
/// Above 10⁵ degrees of freedom by the normal distribution of the transformed t (Abramowitz & Stegun 1964,
/// 26.7.8), whose error is of the order of t⁵/df².
pub fn student_two_sided(t: f64, df: f64) -> f64 {
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    let size = t.abs();
    if df > NEARLY_NORMAL {
        let z = size * (1.0 - 0.25 / df) / (1.0 + size * size / (2.0 * df)).sqrt();
        return 2.0 * normal_cdf(-z);
    }
    2.0 * upper_tail(size, df)
}

/// Probability of more than t > 0.
fn upper_tail(t: f64, df: f64) -> f64 {
    0.5 * beta_cdf(0.5 * df, 0.5, df / (df + t * t))
}

/// On a logarithmic scale, to the last bits.
fn bisected(tail: f64, df: f64) -> f64 {
    const STEPS: u32 = 80;
    let (mut low, mut high): (f64, f64) = (1e-150, 1e150);
    for _ in 0..STEPS {
        let middle = low.sqrt() * high.sqrt();
        if upper_tail(middle, df) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.sqrt() * high.sqrt()
}

fn expansion(z: f64, df: f64) -> f64 {
    let square = z * z;
    let first = z * (square + 1.0) / 4.0;
    let second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;
    z + (first + second / df) / df
}

#[cfg(test)]
mod tests {
    use super::{student_quantile, student_two_sided};

    #[test]
    fn matches_r() {
        // R 4.2.2: qt(p, df).
        let cases = [
            (0.975, 1.0, 12.706_204_736_174_7),
            (0.975, 2.0, 4.302_652_729_749_46),
            (0.975, 5.0, 2.570_581_835_636_31),
            (0.75, 2.5, 0.785_013_682_992_297),
            (0.9995, 30.0, 3.645_958_635_042_06),
            (0.975, 1e3, 1.962_339_080_826_41),
            (0.975, 2e5, 1.959_975_845_966_77),
            (0.999, 1e6, 3.090_240_456_316_52),
        ];
        for (p, df, t) in cases {
            let found = student_quantile(p, df);
            assert!((found / t - 1.0).abs() < 1e-9, "{p} {df}: {found} {t}");
            assert_eq!(student_quantile(1.0 - p, df), -found);
        }
    }

    #[test]
    fn two_sided_p_values_match_r() {
        // R 4.2.2: 2 * pt(-abs(t), df).
        let cases = [
            (2.0, 1.0, 0.295_167_235_300_866),
            (-2.5, 17.0, 0.022_947_806_986_384_9),
            (6.771_242, 17.0, 3.265_267_007_247_7e-6),
            (0.3, 2.5, 0.787_342_371_495_197),
            (1.96, 1e5, 0.049_998_563_194_301_7),
            (3.0, 2e5, 0.002_700_128_462_776_79),
            (5.0, 1e6, 5.733_997_870_890_74e-7),
        ];
        for (t, df, p) in cases {
            let found = student_two_sided(t, df);
            assert!((found / p - 1.0).abs() < 1e-7, "{t} {df}: {found} {p}");
        }
        // The two formulas meet: one degree of freedom less in 10⁵ is 2.5e-10 of the p value.
        let (below, above) = (student_two_sided(3.0, 99_999.0), student_two_sided(3.0, 100_001.0));
        assert!((below / above - 1.0).abs() < 1e-7, "{below} {above}");
        assert!(student_two_sided(1.0, 0.0).is_nan() && student_two_sided(f64::NAN, 3.0).is_nan());
    }

    #[test]
    fn the_expansion_goes_on_where_bisection_ends() {
        let (below, above) =
            (student_quantile(0.975, 99_999.0), student_quantile(0.975, 100_001.0));
        // The quantile falls by 2.4 / df² for each degree of freedom.
        assert!(below > above && below - above < 1e-9, "{}", below - above);
    }

    #[test]
    fn ends_and_what_is_no_probability() {
        assert_eq!(
            (student_quantile(0.0, 3.0), student_quantile(1.0, 3.0)),
            (f64::NEG_INFINITY, f64::INFINITY)
        );
        assert_eq!(student_quantile(0.5, 3.0), 0.0);
        assert!(student_quantile(1.5, 3.0).is_nan() && student_quantile(0.9, 0.0).is_nan());
    }
}
