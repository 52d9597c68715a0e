//! A symmetric matrix in tiles.

use std::sync::Arc;

use super::pattern::Pattern;

/// The lower triangle of a symmetric matrix in square tiles, row-major within a tile. Tiles on the
/// diagonal are full; rows and columns beyond the matrix's own are padding.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TileMatrix {
    pub(crate) pattern: Arc<Pattern>,
    pub(crate) tiles: Vec<Vec<f64>>,
}

impl TileMatrix {
    pub(crate) fn zeros(pattern: &Arc<Pattern>) -> Self {
        let area = pattern.size * pattern.size;
        Self { pattern: Arc::clone(pattern), tiles: vec![vec![0.0; area]; pattern.kept.len()] }
    }

    /// Entry (i, j); zero where no tile is kept.
    pub(crate) fn at(&self, i: usize, j: usize) -> f64 {
        let (i, j) = if i >= j { (i, j) } else { (j, i) };
        let size = self.pattern.size;
        let tile = self.tiles.get(self.pattern.position(i / size, j / size));
        tile.map_or(0.0, |tile| tile[(i % size) * size + j % size])
    }

    /// h·B for the rows and columns `columns` (increasing) of the matrix; `h` and the result hold `k`
    /// entries for every column.
    #[inline(always)]
    #[allow(clippy::inline_always)] // so that loops over a known size are unrolled
    pub(crate) fn times(&self, columns: &[u32], h: &[f64], k: usize, out: &mut [f64]) {
        let size = self.pattern.size;
        out.fill(0.0);
        let run = |from: usize| {
            let tile = columns[from] as usize / size;
            let end = ((tile + 1) * size) as u32;
            (tile, from + columns[from..].partition_point(|&column| column < end))
        };
        let mut from = 0;
        while from < columns.len() {
            let (ti, to) = run(from);
            let mut other = 0;
            while other < to {
                let (tj, until) = run(other);
                let tile = &self.tiles[self.pattern.position(ti, tj)];
                for s in from..to {
                    let row = &tile[(columns[s] as usize - ti * size) * size..][..size];
                    for t in other..until {
                        let value = row[columns[t] as usize - tj * size];
                        for a in 0..k {
                            out[t * k + a] += h[s * k + a] * value;
                        }
                        if ti != tj {
                            for a in 0..k {
                                out[s * k + a] += h[t * k + a] * value;
                            }
                        }
                    }
                }
                other = until;
            }
            from = to;
        }
    }

    /// Adds to entry (i, j), i ≥ j, and to its mirror image where that lies in the same tile.
    pub(crate) fn add(&mut self, i: usize, j: usize, value: f64) {
        let size = self.pattern.size;
        let (ti, tj) = (i / size, j / size);
        let tile = &mut self.tiles[self.pattern.position(ti, tj)];
        let (r, c) = (i % size, j % size);
        tile[r * size + c] += value;
        if ti == tj && r != c {
            tile[c * size + r] += value;
        }
    }

    /// The matrix times `width` columns, row-major `n` × `width`.
    pub(crate) fn multiply(&self, x: &[f64], width: usize) -> Vec<f64> {
        let (n, size) = (self.pattern.n, self.pattern.size);
        let mut out = vec![0.0; n * width];
        for (&(ti, tj), tile) in self.pattern.kept.iter().zip(&self.tiles) {
            let rows = size.min(n - ti * size);
            let columns = size.min(n - tj * size);
            for r in 0..rows {
                let i = ti * size + r;
                for (c, &value) in tile[r * size..][..columns].iter().enumerate() {
                    let j = tj * size + c;
                    for w in 0..width {
                        out[i * width + w] += value * x[j * width + w];
                    }
                    if ti != tj {
                        for w in 0..width {
                            out[j * width + w] += value * x[i * width + w];
                        }
                    }
                }
            }
        }
        out
    }
}
