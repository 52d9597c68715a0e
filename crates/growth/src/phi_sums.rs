//! Mean and spread of Φ(z) over many z that lie close together, as those of one student do over the
//! draws: 4·10⁸ values are needed for 100 000 students and 4 000 draws.

use seedtest_numerics::{normal_cdf, normal_pdf};

use crate::normal_table::{phi, table};

/// Partial sums; a constant, so that nothing depends on the width of the machine's vectors.
pub(crate) const LANES: usize = 8;
/// Largest error of a Φ(z).
const ERROR: f64 = 1e-10;

/// Mean and variance of Φ(z) over `z`, which lie between `least` and `most`.
///
/// Within the span of one student's z, Φ is its Taylor polynomial about the middle. With r half the
/// span and Cramér's bound of Hermite functions, |He_k(x) φ(x)| ≤ 1.0865 √(k!/2π) (Abramowitz &
/// Stegun 1964, 22.14.17), the remainder of degree k is below 0.4335 r^(k+1) / ((k + 1) √k!). A wide
/// span, as of a school of few students, takes Φ from a table.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn moments_of_phi(z: &[f64], least: f64, most: f64) -> [f64; 2] {
    let middle = f64::midpoint(least, most);
    match degree(0.5 * (most - least)) {
        Some(0..=3) => by_taylor::<3>(z, middle),
        Some(4..=5) => by_taylor::<5>(z, middle),
        Some(6..=8) => by_taylor::<8>(z, middle),
        Some(9..=12) => by_taylor::<12>(z, middle),
        Some(13..=MOST_TERMS) => by_taylor::<MOST_TERMS>(z, middle),
        _ => by_table(z),
    }
}

const MOST_TERMS: usize = 20;

/// The degree whose remainder is small enough over z within `r` of the middle.
fn degree(r: f64) -> Option<usize> {
    let (mut power, mut root) = (r, 1.0);
    for k in 1..=MOST_TERMS {
        power *= r;
        root *= (k as f64).sqrt();
        if 0.4335 * power / ((k + 1) as f64 * root) < ERROR {
            return Some(k);
        }
    }
    None
}

/// Coefficients of h¹ to h^TERMS of Φ(middle + h): (−1)^(k−1) He_{k−1}(middle) φ(middle) / k!.
fn coefficients<const TERMS: usize>(middle: f64) -> [f64; TERMS] {
    let density = normal_pdf(middle);
    let (mut before, mut hermite, mut scale) = (0.0, 1.0, density);
    let mut all = [0.0; TERMS];
    for (k, coefficient) in (1u32..).zip(&mut all) {
        let k = f64::from(k);
        scale /= k;
        *coefficient = scale * hermite;
        (before, hermite) = (hermite, middle * hermite - (k - 1.0) * before);
        scale = -scale;
    }
    all
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn by_taylor<const TERMS: usize>(z: &[f64], middle: f64) -> [f64; 2] {
    let coefficients = coefficients::<TERMS>(middle);
    let rise = |z: f64| {
        let h = z - middle;
        let mut sum = 0.0;
        for &coefficient in coefficients.iter().rev() {
            sum = (sum + coefficient) * h;
        }
        sum
    };
    let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
    let (chunks, rest) = z.as_chunks::<LANES>();
    for z in chunks {
        for lane in 0..LANES {
            let rise = rise(z[lane]);
            sums[lane] += rise;
            squares[lane] += rise * rise;
        }
    }
    for (lane, &z) in rest.iter().enumerate() {
        let rise = rise(z);
        sums[lane] += rise;
        squares[lane] += rise * rise;
    }
    moments(normal_cdf(middle), sums.iter().sum(), squares.iter().sum(), z.len())
}

fn by_table(z: &[f64]) -> [f64; 2] {
    let table = table();
    let (mut sum, mut squares) = (0.0, 0.0);
    for &z in z {
        let p = phi(table, z);
        sum += p;
        squares += p * p;
    }
    moments(0.0, sum, squares, z.len())
}

/// From sums of differences to `origin` and of their squares.
fn moments(origin: f64, sum: f64, squares: f64, n: usize) -> [f64; 2] {
    let mean = sum / n as f64;
    [origin + mean, (squares / n as f64 - mean * mean).max(0.0)]
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::square;

    use super::*;

    /// Mean and variance, Φ by its definition.
    fn plain(z: &[f64]) -> [f64; 2] {
        let n = z.len() as f64;
        let mean = z.iter().map(|&z| normal_cdf(z)).sum::<f64>() / n;
        let squares = z.iter().map(|&z| square(normal_cdf(z) - mean)).sum::<f64>();
        [mean, squares / n]
    }

    #[test]
    fn moments_are_those_of_the_distribution_function() {
        for middle in [-6.0, -1.3, 0.0, 0.4, 2.5, 9.0] {
            for r in [0.0, 1e-4, 0.01, 0.05, 0.2, 0.5, 0.9, 2.0, 7.0] {
                let spread = |at: u32| middle + r * (f64::from(at * 37 % 101) / 50.0 - 1.0);
                let z: Vec<f64> = (0..101).map(spread).collect();
                let found = moments_of_phi(&z, middle - r, middle + r);
                let expected = plain(&z);
                assert!((found[0] - expected[0]).abs() < ERROR, "{middle} ± {r}");
                // An error e of every value moves the variance by 2 e sd + e² at most.
                let allowed = 2.0 * ERROR * expected[1].sqrt() + ERROR * ERROR + 1e-16;
                assert!((found[1] - expected[1]).abs() <= allowed, "{middle} ± {r}");
            }
        }
    }

    #[test]
    fn every_degree_is_used_and_its_remainder_is_small_enough() {
        let degrees: Vec<Option<usize>> =
            [1e-6, 0.01, 0.05, 0.2, 0.5, 0.9, 2.0, f64::NAN].map(degree).to_vec();
        assert!(degrees.is_sorted_by_key(|degree| degree.unwrap_or(usize::MAX)), "{degrees:?}");
        assert_eq!((degrees[0], degrees[6], degrees[7]), (Some(1), None, None));
    }
}
