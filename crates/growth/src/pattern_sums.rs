//! What the marginal likelihood and its gradient sum over the distinct Gram matrices.

use seedtest_numerics::{ln, vectorized};

use crate::matrix::Sym2;
use crate::pooled::{Block, LANES};

/// Sums over patterns, each over its students.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PatternSums {
    /// Σ ln |σ²I + ΣG|
    pub(crate) ln_det: f64,
    /// Σ vᵀAv
    pub(crate) trace_a: f64,
    /// Σ tr AG
    pub(crate) trace_ag: f64,
    /// Σ vᵀAGAv
    pub(crate) trace_aga: f64,
    /// Σ R v, with R = I − GA
    pub(crate) beta: [f64; 2],
    /// Σ R v vᵀ Rᵀ
    pub(crate) e: Sym2,
    /// Σ (G − GAG)
    pub(crate) c: Sym2,
}

/// Number of sums.
const SUMS: usize = 12;

/// The sums at a population: `beta` is its line, `covariance` Σ with its determinant, `sigma2` σ².
pub(crate) fn sums(
    blocks: &[Block],
    beta: [f64; 2],
    covariance: (&Sym2, f64),
    sigma2: f64,
) -> PatternSums {
    let lanes = vectorized(
        #[inline(always)]
        || {
            let mut lanes = [[0.0; LANES]; SUMS];
            for block in blocks {
                add(&mut lanes, block, beta, covariance, sigma2);
            }
            lanes
        },
    );
    let [ln_det, trace_a, trace_ag, trace_aga, beta0, beta1, ea, eb, ed, ca, cb, cd] =
        lanes.map(|lanes| lanes.iter().sum::<f64>());
    PatternSums {
        ln_det,
        trace_a,
        trace_ag,
        trace_aga,
        beta: [beta0, beta1],
        e: Sym2::new(ea, eb, ed),
        c: Sym2::new(ca, cb, cd),
    }
}

/// Adds the patterns of one block, each in its lane. With v = u − Gβ and the matrices of
/// [`Sym2::shrinkage`] written out.
#[inline(always)]
#[allow(clippy::inline_always)] // the vector instructions must reach the loop
#[allow(clippy::needless_range_loop)] // a lane is the same position of many arrays
fn add(
    sums: &mut [[f64; LANES]; SUMS],
    block: &Block,
    beta: [f64; 2],
    (m, det): (&Sym2, f64),
    s: f64,
) {
    for l in 0..LANES {
        let n = block.n[l];
        let [ga, gb, gd] = [block.gram[0][l], block.gram[1][l], block.gram[2][l]];
        let [u0, u1] = [block.u[0][l], block.u[1][l]];
        let [h0, h1] = [ga * beta[0] + gb * beta[1], gb * beta[0] + gd * beta[1]];
        let [v0, v1] = [u0 - n * h0, u1 - n * h1];
        let va = block.uu[0][l] - (u0 + v0) * h0;
        let vb = block.uu[1][l] - u0 * h1 - v1 * h0;
        let vd = block.uu[2][l] - (u1 + v1) * h1;
        // |sI + ΣG|, and A = (sI + ΣG)⁻¹ Σ.
        let trace = m.a * ga + 2.0 * m.b * gb + m.d * gd;
        let whole = s * s + s * trace + det * (ga * gd - gb * gb);
        let share = 1.0 / whole;
        let aa = (s * m.a + det * gd) * share;
        let ab = (s * m.b - det * gb) * share;
        let ad = (s * m.d + det * ga) * share;
        // R = I − GA = s (sI + GΣ)⁻¹; it is not symmetric.
        let r00 = s * (s + gb * m.b + gd * m.d) * share;
        let r01 = -s * (ga * m.b + gb * m.d) * share;
        let r10 = -s * (gb * m.a + gd * m.b) * share;
        let r11 = s * (s + ga * m.a + gb * m.b) * share;
        // GA, and AGA.
        let [k00, k11] = [ga * aa + gb * ab, gb * ab + gd * ad];
        let [ka, kb, kd] = [aa * k00 - ab * r10, ab * k11 - aa * r01, ad * k11 - ab * r01];
        sums[0][l] += n * ln(whole);
        sums[1][l] += aa * va + 2.0 * ab * vb + ad * vd;
        sums[2][l] += n * (k00 + k11);
        sums[3][l] += ka * va + 2.0 * kb * vb + kd * vd;
        sums[4][l] += r00 * v0 + r01 * v1;
        sums[5][l] += r10 * v0 + r11 * v1;
        let [t0, t1] = [r00 * va + r01 * vb, r00 * vb + r01 * vd];
        sums[6][l] += t0 * r00 + t1 * r01;
        sums[7][l] += t0 * r10 + t1 * r11;
        sums[8][l] += r10 * r10 * va + 2.0 * r10 * r11 * vb + r11 * r11 * vd;
        sums[9][l] += n * (r00 * ga + r01 * gb);
        sums[10][l] += n * (r00 * gb + r01 * gd);
        sums[11][l] += n * (r10 * gb + r11 * gd);
    }
}
