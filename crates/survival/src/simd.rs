//! Sums in a fixed number of lanes.

/// Independent partial sums of a long sum; fixed, so that the result does not depend on the width of
/// the machine's vectors.
const LANES: usize = 16;

/// Sum of products.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Where times differ, most risk sets gain one row only.
    if a.len() < LANES {
        return a.iter().zip(b).fold(0.0, |sum, (x, y)| sum + x * y);
    }
    let mut sums = [0.0; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for l in 0..LANES {
            sums[l] += x[l] * y[l];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    folded(&sums) + rest
}

/// The four sums of products of two columns with two others: (a₀b₀, a₀b₁, a₁b₀, a₁b₁).
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn dots(a: [&[f64]; 2], b: [&[f64]; 2]) -> [f64; 4] {
    const LANES: usize = 8;
    let n = a[0].len().min(a[1].len()).min(b[0].len()).min(b[1].len());
    let whole = n / LANES * LANES;
    let mut sums = [[0.0; LANES]; 4];
    let (a0, a1) = (a[0][..whole].as_chunks::<LANES>().0, a[1][..whole].as_chunks::<LANES>().0);
    let (b0, b1) = (b[0][..whole].as_chunks::<LANES>().0, b[1][..whole].as_chunks::<LANES>().0);
    for ((a0, a1), (b0, b1)) in a0.iter().zip(a1).zip(b0.iter().zip(b1)) {
        for l in 0..LANES {
            sums[0][l] += a0[l] * b0[l];
            sums[1][l] += a0[l] * b1[l];
            sums[2][l] += a1[l] * b0[l];
            sums[3][l] += a1[l] * b1[l];
        }
    }
    let mut totals = sums.map(|s| s.iter().sum::<f64>());
    for i in whole..n {
        totals[0] += a[0][i] * b[0][i];
        totals[1] += a[0][i] * b[1][i];
        totals[2] += a[1][i] * b[0][i];
        totals[3] += a[1][i] * b[1][i];
    }
    totals
}

/// Sum.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
pub(crate) fn sum(a: &[f64]) -> f64 {
    if a.len() < LANES {
        return a.iter().fold(0.0, |sum, x| sum + x);
    }
    let mut sums = [0.0; LANES];
    let (chunks, rest) = a.as_chunks::<LANES>();
    for x in chunks {
        for l in 0..LANES {
            sums[l] += x[l];
        }
    }
    folded(&sums) + rest.iter().sum::<f64>()
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn folded(sums: &[f64; LANES]) -> f64 {
    let mut half = [0.0; LANES / 2];
    for l in 0..LANES / 2 {
        half[l] = sums[l] + sums[l + LANES / 2];
    }
    half.iter().sum()
}
