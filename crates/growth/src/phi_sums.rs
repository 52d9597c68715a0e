//! Mean and spread of Φ(z) over many z that come in an order in which neighbours lie close together, as
//! those of one student do: 4·10⁸ values are needed for 100 000 students and 4 000 draws.

use seedtest_numerics::normal_pdf;

use crate::normal_table::{phi, table};

/// Partial sums; a constant, so that nothing depends on the width of the machine's vectors.
pub(crate) const LANES: usize = 8;
/// Neighbours that share a polynomial.
const PIECE: usize = 128;
/// Largest error of a Φ(z) by its polynomial. Monte Carlo errors are a hundred thousand times larger.
#[cfg(test)]
const ERROR: f64 = 1e-8;

/// Mean and variance of Φ(z) over `z`.
///
/// Over a piece of neighbours Φ is its Taylor polynomial about the middle. With r half the span and
/// Cramér's bound of Hermite functions, |He_k(x) φ(x)| ≤ 1.0865 √(k!/2π) (Abramowitz & Stegun 1964,
/// 22.14.17), the remainder of degree k is below 0.4335 r^(k+1) / ((k + 1) √k!). A wide piece, as at the
/// ends of the order, takes Φ from a table.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn moments_of_phi(z: &[f64]) -> [f64; 2] {
    let mut total = [0.0; 2];
    for piece in z.chunks(PIECE) {
        let [sum, squares] = sums(piece);
        total = [total[0] + sum, total[1] + squares];
    }
    let n = z.len() as f64;
    let mean = total[0] / n;
    [mean, (total[1] / n - mean * mean).max(0.0)]
}

/// Half spans up to which a polynomial of 3, 5, 8, 12 or 20 terms is exact to `ERROR`.
const REACH: [f64; 5] = [0.021, 0.107, 0.325, 0.675, 1.36];

/// Sums of Φ(z) and of its square.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn sums(z: &[f64]) -> [f64; 2] {
    let [least, most] = span(z);
    let (middle, r) = (f64::midpoint(least, most), 0.5 * (most - least));
    if r <= REACH[0] {
        by_taylor::<3>(z, middle)
    } else if r <= REACH[1] {
        by_taylor::<5>(z, middle)
    } else if r <= REACH[2] {
        by_taylor::<8>(z, middle)
    } else if r <= REACH[3] {
        by_taylor::<12>(z, middle)
    } else if r <= REACH[4] {
        by_taylor::<20>(z, middle)
    } else {
        by_table(z)
    }
}

/// Smallest and largest.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn span(z: &[f64]) -> [f64; 2] {
    let origin = z.first().copied().unwrap_or(0.0);
    let (mut least, mut most) = ([origin; LANES], [origin; LANES]);
    let (chunks, rest) = z.as_chunks::<LANES>();
    for z in chunks {
        for lane in 0..LANES {
            least[lane] = if z[lane] < least[lane] { z[lane] } else { least[lane] };
            most[lane] = if z[lane] > most[lane] { z[lane] } else { most[lane] };
        }
    }
    for (lane, &z) in rest.iter().enumerate() {
        least[lane] = least[lane].min(z);
        most[lane] = most[lane].max(z);
    }
    [least.into_iter().fold(origin, f64::min), most.into_iter().fold(origin, f64::max)]
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
    let (origin, n) = (phi(table(), middle), z.len() as f64);
    let (rises, squares) = (sums.iter().sum::<f64>(), squares.iter().sum::<f64>());
    [n * origin + rises, n * origin * origin + 2.0 * origin * rises + squares]
}

fn by_table(z: &[f64]) -> [f64; 2] {
    let table = table();
    let (mut sum, mut squares) = (0.0, 0.0);
    for &z in z {
        let p = phi(table, z);
        sum += p;
        squares += p * p;
    }
    [sum, squares]
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::{normal_cdf, square};

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
            for r in [0.0, 1e-4, 0.01, 0.05, 0.2, 0.5, 0.9, 1.2, 2.0, 7.0] {
                let spread = |at: u32| middle + r * (f64::from(at * 37 % 301) / 150.0 - 1.0);
                let z: Vec<f64> = (0..301).map(spread).collect();
                let found = moments_of_phi(&z);
                let expected = plain(&z);
                assert!((found[0] - expected[0]).abs() < ERROR, "{middle} ± {r}");
                // An error e of every value moves the variance by 2 e sd + e² at most.
                let allowed = 2.0 * ERROR * expected[1].sqrt() + ERROR * ERROR + 1e-15;
                assert!((found[1] - expected[1]).abs() <= allowed, "{middle} ± {r}");
            }
        }
    }

    #[test]
    fn polynomials_reach_as_far_as_their_remainder_allows() {
        for (terms, reach) in [3u32, 5, 8, 12, 20].into_iter().zip(REACH) {
            let (mut power, mut root) = (reach, 1.0);
            for k in 1..=terms {
                power *= reach;
                root *= f64::from(k).sqrt();
            }
            let remainder = 0.4335 * power / (f64::from(terms + 1) * root);
            assert!(remainder < ERROR && remainder > 0.5 * ERROR, "{terms}: {remainder}");
        }
    }
}
