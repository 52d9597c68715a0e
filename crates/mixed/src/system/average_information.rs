//! Average information: second derivatives of a likelihood without products of whole matrices
//! (Gilmour, Thompson & Cullis 1995).

use rayon::prelude::*;

use super::cross_products::CrossProducts;
use super::factor::{Factor, transpose_scale};
use super::rows::Rows;
use super::score::Score;
use super::small;
use crate::template::Template;

/// Products of f_i = (∂Σ/∂θ_i)Σ⁻¹(y − Xβ).
#[derive(Debug, Clone)]
pub(crate) struct AverageInformation {
    /// fᵀΣ⁻¹f, m × m.
    pub(crate) products: Vec<f64>,
    /// XᵀΣ⁻¹f, p × m.
    pub(crate) fixed: Vec<f64>,
}

/// Vectors v_i with f_i = Zv_i: the derivative of the covariance times r, level by level.
struct Directions<'a> {
    m: usize,
    rows: &'a Rows,
    score: &'a Score,
    factor: &'a Factor,
    /// Derivatives that belong to the largest factor: (index, row, column) of θ in T.
    own: Vec<(usize, usize, usize)>,
}

struct Chunk {
    products: Vec<f64>,
    fixed: Vec<f64>,
    /// Z_restᵀΣ₀⁻¹f: q × m.
    rest: Vec<f64>,
}

impl AverageInformation {
    /// `templates` in the order of the data's groups, which is that of θ.
    pub(crate) fn new(
        rows: &Rows,
        products: &CrossProducts,
        factor: &Factor,
        score: &Score,
        templates: &[Template],
    ) -> Self {
        let m = templates.iter().map(|t| t.free.len()).sum();
        let (p, c) = (rows.p, rows.p + 1);
        let starts: Vec<usize> = templates
            .iter()
            .scan(0, |at, t| {
                let start = *at;
                *at += t.free.len();
                Some(start)
            })
            .collect();
        let of_group = |g: usize| -> Vec<(usize, usize, usize)> {
            let free = templates[g].free.iter().enumerate();
            free.map(|(i, &(a, b))| (starts[g] + i, a, b)).collect()
        };
        let directions = Directions { m, rows, score, factor, own: of_group(rows.first_group) };
        let mut v = vec![0.0; rows.q * m];
        for (g, group) in rows.rest.iter().enumerate() {
            let t = &factor.factors[g + 1];
            for level in 0..group.n_levels {
                let first = group.first + level * group.k;
                let r = &score.rest[first..][..group.k];
                let out = &mut v[first * m..][..group.k * m];
                for &(i, a, b) in &of_group(group.group) {
                    direction(t, r, group.k, (a, b), i, m, out);
                }
            }
        }
        let mut total = Chunk {
            products: vec![0.0; m * m],
            fixed: vec![0.0; p * m],
            rest: products.rest.multiply(&v, m),
        };
        for (v, a) in v.chunks_exact(m).zip(total.rest.chunks_exact(m)) {
            for i in 0..m {
                for j in 0..m {
                    total.products[i * m + j] += v[i] * a[j];
                }
            }
        }
        for (v, x) in v.chunks_exact(m).zip(products.rest_fixed.chunks_exact(c)) {
            for a in 0..p {
                for i in 0..m {
                    total.fixed[a * m + i] += x[a] * v[i];
                }
            }
        }
        let chunks: Vec<Chunk> = rows
            .chunks
            .par_iter()
            .map(|levels| directions.chunk(products, &v, levels.clone()))
            .collect();
        for chunk in chunks {
            total.add(&chunk);
        }
        total.finish(rows, factor, m)
    }
}

impl Chunk {
    fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.products, &other.products),
            (&mut self.fixed, &other.fixed),
            (&mut self.rest, &other.rest),
        ];
        for (sums, xs) in pairs {
            for (sum, x) in sums.iter_mut().zip(xs) {
                *sum += x;
            }
        }
    }

    fn finish(mut self, rows: &Rows, factor: &Factor, m: usize) -> AverageInformation {
        let (p, c) = (rows.p, rows.p + 1);
        transpose_scale(rows, &factor.factors, &mut self.rest, m);
        factor.cholesky.solve_lower(&mut self.rest, m);
        for (w, x) in self.rest.chunks_exact(m).zip(factor.solved.chunks_exact(c)) {
            for i in 0..m {
                for j in 0..m {
                    self.products[i * m + j] -= w[i] * w[j];
                }
            }
            for a in 0..p {
                for i in 0..m {
                    self.fixed[a * m + i] -= x[a] * w[i];
                }
            }
        }
        AverageInformation { products: self.products, fixed: self.fixed }
    }
}

impl Directions<'_> {
    fn chunk(
        &self,
        products: &CrossProducts,
        rest: &[f64],
        levels: std::ops::Range<usize>,
    ) -> Chunk {
        // Known sizes become unrolled loops.
        match (self.rows.k, self.m) {
            (1, 1) => self.levels(1, 1, products, rest, levels),
            (1, 2) => self.levels(1, 2, products, rest, levels),
            (2, 3) => self.levels(2, 3, products, rest, levels),
            (2, 4) => self.levels(2, 4, products, rest, levels),
            (k, m) => self.levels(k, m, products, rest, levels),
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    fn levels(
        &self,
        k: usize,
        m: usize,
        products: &CrossProducts,
        rest: &[f64],
        levels: std::ops::Range<usize>,
    ) -> Chunk {
        let (rows, p, c) = (self.rows, self.rows.p, self.rows.p + 1);
        let t = &self.factor.factors[0];
        let mut sums = Chunk {
            products: vec![0.0; m * m],
            fixed: vec![0.0; p * m],
            rest: vec![0.0; rows.q * m],
        };
        let (mut v, mut a, mut u) = (vec![0.0; k * m], vec![0.0; k * m], vec![0.0; k * m]);
        let mut half = vec![0.0; k * k];
        for level in levels {
            v.fill(0.0);
            let r = &self.score.own[level * k..][..k];
            for &(i, row, column) in &self.own {
                direction(t, r, k, (row, column), i, m, &mut v);
            }
            let own = &products.own[level * k * k..][..k * k];
            small::multiply(own, &v, k, m, &mut a);
            let slots = rows.slots(level);
            for slot in slots.clone() {
                let column = rows.slot_columns[slot] as usize;
                let value = &products.own_rest[slot * k..][..k];
                for b in 0..k {
                    for i in 0..m {
                        a[b * m + i] += value[b] * rest[column * m + i];
                    }
                }
            }
            self.factor.half(k, level, &mut half);
            small::multiply(&half, &a, k, m, &mut u);
            let fixed = &products.own_fixed[level * k * c..][..k * c];
            let own_fixed = &self.factor.own_fixed[level * k * c..][..k * c];
            for b in 0..k {
                for x in 0..p {
                    for i in 0..m {
                        sums.fixed[x * m + i] +=
                            fixed[b * c + x] * v[b * m + i] - own_fixed[b * c + x] * u[b * m + i];
                    }
                }
            }
            self.add_products(k, m, &v, &a, &u, &mut sums.products);
            for slot in slots {
                let column = rows.slot_columns[slot] as usize;
                let value = &products.own_rest[slot * k..][..k];
                let taken = &self.factor.own_rest[slot * k..][..k];
                let out = &mut sums.rest[column * m..][..m];
                for b in 0..k {
                    for i in 0..m {
                        out[i] += value[b] * v[b * m + i] - taken[b] * u[b * m + i];
                    }
                }
            }
        }
        sums
    }

    /// Adds vᵀa + the transposed part that the rest's rows do not see − uᵀu.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    fn add_products(&self, k: usize, m: usize, v: &[f64], a: &[f64], u: &[f64], out: &mut [f64]) {
        for b in 0..k {
            for i in 0..m {
                for j in 0..m {
                    out[i * m + j] -= u[b * m + i] * u[b * m + j];
                }
            }
            for &(i, _, _) in &self.own {
                for j in 0..m {
                    let product = v[b * m + i] * a[b * m + j];
                    out[i * m + j] += product;
                    if !self.own.iter().any(|&(own, _, _)| own == j) {
                        out[j * m + i] += product;
                    }
                }
            }
        }
    }
}

/// v = (∂(TTᵀ)/∂T_ab)·r = e_a(Tᵀr)_b + T_·b r_a, written to column `index`.
#[inline(always)]
#[allow(clippy::inline_always)] // so that loops over a known size are unrolled
fn direction(
    t: &[f64],
    r: &[f64],
    k: usize,
    (a, b): (usize, usize),
    index: usize,
    m: usize,
    v: &mut [f64],
) {
    let turned: f64 = (0..k).map(|i| t[i * k + b] * r[i]).sum();
    v[a * m + index] += turned;
    for i in 0..k {
        v[i * m + index] += t[i * k + b] * r[a];
    }
}
