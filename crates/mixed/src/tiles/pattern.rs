//! Which tiles of a symmetric matrix and of its Cholesky factor are not zero.

use seedtest_numerics::tiles::STEP;

/// Largest size of a tile: three packed ones lie in the second-level cache.
const LARGEST: usize = 96;
/// No tile.
const NONE: u32 = u32::MAX;

/// The tiles of a lower triangle that are kept, row by row, fill included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pattern {
    /// Rows of the matrix.
    pub(crate) n: usize,
    /// Rows of a tile.
    pub(crate) size: usize,
    /// Rows of tiles.
    pub(crate) count: usize,
    /// Position of tile (i, j) of the lower triangle, or [`NONE`].
    position: Vec<u32>,
    /// The kept tiles as (row, column), by position.
    pub(crate) kept: Vec<(usize, usize)>,
    /// Rows of the kept tiles below the diagonal, by column.
    pub(crate) below: Vec<Vec<usize>>,
}

impl Pattern {
    /// Size of the tiles of a matrix of `n` rows.
    pub(crate) fn tile_size(n: usize) -> usize {
        n.next_multiple_of(STEP).clamp(STEP, LARGEST)
    }

    /// The pattern of a matrix of `n` rows in which `present` says which tiles (i ≥ j) are not zero.
    pub(crate) fn new(n: usize, mut present: impl FnMut(usize, usize) -> bool) -> Self {
        let size = Self::tile_size(n);
        let count = n.div_ceil(size);
        let at = |i: usize, j: usize| i * (i + 1) / 2 + j;
        let mut used = vec![false; count * (count + 1) / 2];
        for i in 0..count {
            for j in 0..=i {
                used[at(i, j)] = i == j || present(i, j);
            }
        }
        let mut below = Vec::with_capacity(count);
        for j in 0..count {
            let rows: Vec<usize> = (j + 1..count).filter(|&i| used[at(i, j)]).collect();
            // Eliminating column j links every pair of its rows.
            for (a, &i) in rows.iter().enumerate() {
                for &k in &rows[..a] {
                    used[at(i, k)] = true;
                }
            }
            below.push(rows);
        }
        let mut kept = Vec::new();
        let mut position = vec![NONE; used.len()];
        for i in 0..count {
            for j in 0..=i {
                if used[at(i, j)] {
                    position[at(i, j)] = kept.len() as u32;
                    kept.push((i, j));
                }
            }
        }
        Self { n, size, count, position, kept, below }
    }

    /// Position of tile (i, j), i ≥ j, which is kept.
    pub(crate) fn position(&self, i: usize, j: usize) -> usize {
        self.position[i * (i + 1) / 2 + j] as usize
    }

    /// Positions of the kept tiles of a row of tiles: they follow one another.
    pub(crate) fn row(&self, i: usize) -> std::ops::Range<usize> {
        let first = self.kept.partition_point(|&(row, _)| row < i);
        first..self.position(i, i) + 1
    }

    /// Bytes of a matrix of this pattern.
    pub(crate) fn bytes(&self) -> usize {
        self.kept.len() * self.size * self.size * size_of::<f64>()
    }
}
