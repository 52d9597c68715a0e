//! Univariate and bivariate margins: shares of right answers to items and to pairs of items.

use rayon::prelude::*;

/// Place of the pair i < j behind the `k` single items.
pub(super) fn place(k: usize, i: usize, j: usize) -> usize {
    k + j * (j - 1) / 2 + i
}

/// Items of a margin: one or two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Items {
    One(usize),
    Two(usize, usize),
}

/// All margins of `k` items in their order.
fn all(k: usize) -> Vec<Items> {
    let pairs = (1..k).flat_map(|j| (0..j).map(move |i| Items::Two(i, j)));
    (0..k).map(Items::One).chain(pairs).collect()
}

/// Margins of a sample.
pub(super) struct SampleMargins {
    n: usize,
    k: usize,
    values: Vec<f64>,
}

impl SampleMargins {
    /// Of students who answered every item: a row a student.
    pub(super) fn new(rows: &[Vec<u8>]) -> Self {
        let k = rows.first().map_or(0, Vec::len);
        let mut counts = vec![0u32; k + k * k.saturating_sub(1) / 2];
        for row in rows {
            for j in (0..k).filter(|&j| row[j] == 1) {
                counts[j] += 1;
                for i in (0..j).filter(|&i| row[i] == 1) {
                    counts[place(k, i, j)] += 1;
                }
            }
        }
        let n = rows.len() as f64;
        let values = counts.into_iter().map(|count| f64::from(count) / n).collect();
        Self { n: rows.len(), k, values }
    }

    pub(super) fn n(&self) -> usize {
        self.n
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Shares of right answers by item.
    pub(super) fn shares(&self) -> &[f64] {
        &self.values[..self.k]
    }

    pub(super) fn share(&self, i: usize) -> f64 {
        self.values[i]
    }

    /// Share of students right on both i < j.
    pub(super) fn pair(&self, i: usize, j: usize) -> f64 {
        self.values[place(self.k, i, j)]
    }

    /// Whether an item has one outcome only.
    pub(super) fn any_constant(&self) -> bool {
        self.shares().iter().any(|p| *p == 0.0 || *p == 1.0)
    }
}

/// Margins under a model, from the curves of its items over weighted abilities.
pub(super) struct Margins {
    weights: Vec<f64>,
    items: Vec<Items>,
    /// Probability of each margin by ability.
    rows: Vec<Vec<f64>>,
    values: Vec<f64>,
    k: usize,
}

impl Margins {
    pub(super) fn new(curves: &[Vec<f64>], nodes: &[(f64, f64)]) -> Self {
        let k = curves.len();
        let weights: Vec<f64> = nodes.iter().map(|node| node.1).collect();
        let items = all(k);
        let rows: Vec<Vec<f64>> = items
            .iter()
            .map(|margin| match *margin {
                Items::One(i) => curves[i].clone(),
                Items::Two(i, j) => product(&curves[i], &curves[j]),
            })
            .collect();
        let values = rows.iter().map(|row| dot(&weights, row)).collect();
        Self { weights, items, rows, values, k }
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn share(&self, i: usize) -> f64 {
        self.values[i]
    }

    /// Probability of being right on both i < j.
    pub(super) fn pair(&self, i: usize, j: usize) -> f64 {
        self.values[place(self.k, i, j)]
    }

    /// Derivative of every margin by a parameter of item `i`, given that of its curve by ability.
    pub(super) fn by_item(&self, i: usize, by: &[f64]) -> Vec<f64> {
        let weighted = product(&self.weights, by);
        self.items
            .iter()
            .map(|margin| match *margin {
                Items::One(j) if j == i => weighted.iter().sum(),
                Items::Two(j, other) | Items::Two(other, j) if j == i => {
                    dot(&weighted, &self.rows[other])
                }
                _ => 0.0,
            })
            .collect()
    }

    /// Lower triangle, row-major, of the covariance of the margins of one student: E(xy) − E(x)E(y),
    /// where the product xy of two margins is right on all items of both.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let n = self.rows.len();
        let mut matrix = vec![0.0; n * n];
        matrix.par_chunks_mut(n).enumerate().for_each(|(x, out)| {
            let weighted = product(&self.weights, &self.rows[x]);
            for (y, out) in out.iter_mut().enumerate().take(x + 1) {
                let joint = match self.beyond(x, y) {
                    Some(rest) => dot(&weighted, &self.rows[rest]),
                    None => self.values[x],
                };
                *out = joint - self.values[x] * self.values[y];
            }
        });
        matrix
    }

    /// The margin of the items of `y` that are not in `x`; `None` where there are none.
    fn beyond(&self, x: usize, y: usize) -> Option<usize> {
        let has = |i: usize| match self.items[x] {
            Items::One(j) => i == j,
            Items::Two(j, l) => i == j || i == l,
        };
        match self.items[y] {
            Items::One(i) => (!has(i)).then_some(i),
            Items::Two(i, j) => match (has(i), has(j)) {
                (true, true) => None,
                (true, false) => Some(j),
                (false, true) => Some(i),
                (false, false) => Some(y),
            },
        }
    }
}

fn product(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x * y).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The covariance by going through all patterns of answers.
    #[test]
    fn the_covariance_of_margins_is_that_of_all_patterns() {
        let curves = vec![vec![0.2, 0.7], vec![0.5, 0.6], vec![0.1, 0.9], vec![0.3, 0.4]];
        let nodes = [(0.0, 0.4), (1.0, 0.6)];
        let margins = Margins::new(&curves, &nodes);
        let n = margins.values().len();
        let found = margins.covariance();
        let mut second = vec![0.0; n * n];
        for pattern in 0u32..16 {
            let right = |i: usize| pattern >> i & 1 == 1;
            let p: f64 = (0..2)
                .map(|q| {
                    let of = |i: usize| if right(i) { curves[i][q] } else { 1.0 - curves[i][q] };
                    nodes[q].1 * (0..4).map(of).product::<f64>()
                })
                .sum();
            let on = |m: usize| match margins.items[m] {
                Items::One(i) => right(i),
                Items::Two(i, j) => right(i) && right(j),
            };
            for x in (0..n).filter(|&x| on(x)) {
                for y in (0..n).filter(|&y| on(y)) {
                    second[x * n + y] += p;
                }
            }
        }
        for x in 0..n {
            for y in 0..=x {
                let expected = second[x * n + y] - margins.values[x] * margins.values[y];
                assert!((found[x * n + y] - expected).abs() < 1e-15, "{x} {y}");
            }
        }
    }
}
