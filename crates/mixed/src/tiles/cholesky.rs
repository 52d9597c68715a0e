//! Cholesky factor of a matrix in tiles, solutions with it and the inverse on its pattern.

use std::sync::Arc;

use rayon::prelude::*;
use seedtest_numerics::Interrupt;
use seedtest_numerics::tiles::{Form, Left, Right, add_product};

use super::matrix::TileMatrix;

/// Cholesky factor in tiles, with the inverse of every tile on the diagonal.
///
/// Every tile is computed by one thread in a fixed order: the bytes do not depend on their number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TileCholesky {
    lower: TileMatrix,
    /// Inverses of the diagonal tiles, lower triangular.
    inverses: Vec<Vec<f64>>,
}

/// A pivot that is not positive, by its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotPositiveDefinite {
    pub(crate) row: usize,
}

impl TileCholesky {
    /// Factors the matrix, whose padding is taken to be that of the identity. An interrupt ends it at the
    /// row that was not reached.
    pub(crate) fn new(
        mut matrix: TileMatrix,
        interrupt: &Interrupt,
    ) -> Result<Self, NotPositiveDefinite> {
        let pattern = Arc::clone(&matrix.pattern);
        let size = pattern.size;
        pad(&mut matrix);
        let mut inverses = Vec::with_capacity(pattern.count);
        for k in 0..pattern.count {
            interrupt.check().map_err(|_| NotPositiveDefinite { row: k * size })?;
            let diagonal = &mut matrix.tiles[pattern.position(k, k)];
            factor(diagonal, size).map_err(|r| NotPositiveDefinite { row: k * size + r })?;
            let inverse = inverse(diagonal, size);
            let right = Right::new(&inverse, size, Form::Transposed);
            inverses.push(inverse);
            let below = &pattern.below[k];
            let panel = |i: usize| pattern.position(i, k);
            let mut tiles = taken(&mut matrix.tiles, below.iter().map(|&i| panel(i)));
            tiles.par_iter_mut().for_each(|(_, tile)| {
                let left = Left::new(tile, size, Form::Plain);
                tile.fill(0.0);
                add_product(tile, size, 1.0, &left, &right);
            });
            let packed: Vec<(Left, Right)> = tiles
                .par_iter()
                .map(|(_, tile)| {
                    let right = Right::new(tile, size, Form::Transposed);
                    (Left::new(tile, size, Form::Plain), right)
                })
                .collect();
            returned(&mut matrix.tiles, tiles);
            let pairs: Vec<(usize, usize)> =
                (0..below.len()).flat_map(|a| (0..=a).map(move |b| (a, b))).collect();
            let positions = pairs.iter().map(|&(a, b)| pattern.position(below[a], below[b]));
            let mut tiles = taken(&mut matrix.tiles, positions);
            tiles.par_iter_mut().zip(&pairs).for_each(|((_, tile), &(a, b))| {
                add_product(tile, size, -1.0, &packed[a].0, &packed[b].1);
            });
            returned(&mut matrix.tiles, tiles);
        }
        Ok(Self { lower: matrix, inverses })
    }

    /// ln det of the matrix.
    pub(crate) fn log_determinant(&self) -> f64 {
        let n = self.lower.pattern.n;
        2.0 * (0..n).map(|i| seedtest_numerics::ln(self.lower.at(i, i))).sum::<f64>()
    }

    /// x ← L⁻¹x for `width` columns, row-major.
    pub(crate) fn solve_lower(&self, x: &mut [f64], width: usize) {
        let pattern = &self.lower.pattern;
        let size = pattern.size;
        for j in 0..pattern.count {
            let solved = self.diagonal(x, width, j, Form::Plain);
            for &i in &pattern.below[j] {
                let tile = &self.lower.tiles[pattern.position(i, j)];
                subtract(x, width, i * size, tile, size, Form::Plain, &solved);
            }
        }
    }

    /// x ← L⁻ᵀx for `width` columns, row-major.
    pub(crate) fn solve_upper(&self, x: &mut [f64], width: usize) {
        let pattern = &self.lower.pattern;
        let (n, size) = (pattern.n, pattern.size);
        for j in (0..pattern.count).rev() {
            for &i in &pattern.below[j] {
                let tile = &self.lower.tiles[pattern.position(i, j)];
                let known = x[i * size * width..(n.min((i + 1) * size)) * width].to_vec();
                subtract(x, width, j * size, tile, size, Form::Transposed, &known);
            }
            self.diagonal(x, width, j, Form::Transposed);
        }
    }

    /// Multiplies the rows of tile row `j` by the inverse of its diagonal tile and returns them.
    fn diagonal(&self, x: &mut [f64], width: usize, j: usize, form: Form) -> Vec<f64> {
        let (n, size) = (self.lower.pattern.n, self.lower.pattern.size);
        let rows = size.min(n - j * size);
        let own = &mut x[j * size * width..][..rows * width];
        let mut out = vec![0.0; own.len()];
        for r in 0..rows {
            for c in 0..=r {
                let value = self.inverses[j][r * size + c];
                let (to, from) = if form == Form::Plain { (r, c) } else { (c, r) };
                for w in 0..width {
                    out[to * width + w] += value * own[from * width + w];
                }
            }
        }
        own.copy_from_slice(&out);
        out
    }

    /// Entries of the inverse wherever the factor has a tile (Takahashi, Fagan & Chin 1973).
    pub(crate) fn inverse(&self) -> TileMatrix {
        let pattern = &self.lower.pattern;
        let size = pattern.size;
        let mut out = TileMatrix::zeros(pattern);
        for j in (0..pattern.count).rev() {
            let below = &pattern.below[j];
            let own = Right::new(&self.inverses[j], size, Form::Plain);
            let scaled: Vec<(Left, Right)> = below
                .par_iter()
                .map(|&k| {
                    let tile = &self.lower.tiles[pattern.position(k, j)];
                    let mut product = vec![0.0; size * size];
                    let left = Left::new(tile, size, Form::Plain);
                    add_product(&mut product, size, 1.0, &left, &own);
                    let transposed = Left::new(&product, size, Form::Transposed);
                    (transposed, Right::new(&product, size, Form::Plain))
                })
                .collect();
            let columns: Vec<Vec<f64>> = below
                .par_iter()
                .map(|&i| {
                    let mut column = vec![0.0; size * size];
                    for (&k, (_, scaled)) in below.iter().zip(&scaled) {
                        let (a, b, form) =
                            if i >= k { (i, k, Form::Plain) } else { (k, i, Form::Transposed) };
                        let left = Left::new(&out.tiles[pattern.position(a, b)], size, form);
                        add_product(&mut column, size, -1.0, &left, scaled);
                    }
                    column
                })
                .collect();
            let mut diagonal = vec![0.0; size * size];
            let left = Left::new(&self.inverses[j], size, Form::Transposed);
            add_product(&mut diagonal, size, 1.0, &left, &own);
            for (column, (scaled, _)) in columns.iter().zip(&scaled) {
                let right = Right::new(column, size, Form::Plain);
                add_product(&mut diagonal, size, -1.0, scaled, &right);
            }
            out.tiles[pattern.position(j, j)] = diagonal;
            for (&i, column) in below.iter().zip(columns) {
                out.tiles[pattern.position(i, j)] = column;
            }
        }
        out
    }
}

/// Sets the padding of the last diagonal tile to the identity.
fn pad(matrix: &mut TileMatrix) {
    let pattern = Arc::clone(&matrix.pattern);
    let Some(last) = pattern.count.checked_sub(1) else { return };
    let size = pattern.size;
    let tile = &mut matrix.tiles[pattern.position(last, last)];
    for r in pattern.n - last * size..size {
        tile[r * size + r] = 1.0;
    }
}

/// Takes these tiles out, so that several threads can write to them.
fn taken(tiles: &mut [Vec<f64>], which: impl Iterator<Item = usize>) -> Vec<(usize, Vec<f64>)> {
    which.map(|at| (at, std::mem::take(&mut tiles[at]))).collect()
}

fn returned(tiles: &mut [Vec<f64>], taken: Vec<(usize, Vec<f64>)>) {
    for (at, tile) in taken {
        tiles[at] = tile;
    }
}

/// Factors a tile in place, the part above the diagonal becomes zero; a bad pivot's row on failure.
fn factor(tile: &mut [f64], size: usize) -> Result<(), usize> {
    for i in 0..size {
        let (done, rest) = tile.split_at_mut(i * size);
        let row = &mut rest[..size];
        for j in 0..i {
            let other = &done[j * size..][..=j];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        let pivot = row[i] - dot(&row[..i], &row[..i]);
        if !(pivot > 0.0 && pivot.is_finite()) {
            return Err(i);
        }
        row[i] = pivot.sqrt();
        row[i + 1..].fill(0.0);
    }
    Ok(())
}

/// Inverse of a lower triangular tile.
fn inverse(tile: &[f64], size: usize) -> Vec<f64> {
    let mut out = vec![0.0; size * size];
    for i in 0..size {
        let (done, rest) = out.split_at_mut(i * size);
        let (row, own) = (&mut rest[..=i], &tile[i * size..][..=i]);
        for (k, &value) in own[..i].iter().enumerate() {
            for (sum, x) in row[..=k].iter_mut().zip(&done[k * size..][..=k]) {
                *sum -= value * x;
            }
        }
        for x in &mut row[..i] {
            *x /= own[i];
        }
        row[i] = 1.0 / own[i];
    }
    out
}

/// Sum of products in eight interleaved partial sums, which become vector code.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_chunks, a_rest) = a.as_chunks::<8>();
    let (b_chunks, b_rest) = b.as_chunks::<8>();
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for l in 0..8 {
            sums[l] += x[l] * y[l];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f64>() + rest
}

/// Rows of `x` from `first` on −= (tile, or its transpose) · `known`.
fn subtract(
    x: &mut [f64],
    width: usize,
    first: usize,
    tile: &[f64],
    size: usize,
    form: Form,
    known: &[f64],
) {
    let known_rows = known.len() / width.max(1);
    let rows = (x.len() / width.max(1) - first).min(size);
    let own = &mut x[first * width..][..rows * width];
    let (outer, inner) = if form == Form::Plain { (rows, known_rows) } else { (known_rows, rows) };
    for r in 0..outer {
        for (c, &value) in tile[r * size..][..inner].iter().enumerate() {
            let (to, from) = if form == Form::Plain { (r, c) } else { (c, r) };
            for w in 0..width {
                own[to * width + w] -= value * known[from * width + w];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::pattern::Pattern;
    use super::{TileCholesky, TileMatrix};
    use seedtest_numerics::{Cholesky, Interrupt, Stream};

    /// A random matrix of this pattern, dominated by its diagonal.
    fn random(pattern: &Arc<Pattern>) -> TileMatrix {
        let mut stream = Stream::new(4, 2);
        let mut matrix = TileMatrix::zeros(pattern);
        let n = pattern.n;
        for i in 0..n {
            for j in 0..i {
                let (ti, tj) = (i / pattern.size, j / pattern.size);
                if pattern.kept.contains(&(ti, tj)) {
                    matrix.add(i, j, stream.normal());
                }
            }
            matrix.add(i, i, n as f64);
        }
        matrix
    }

    fn check(pattern: &Arc<Pattern>) {
        let n = pattern.n;
        let matrix = random(pattern);
        let kept = |i: usize, j: usize| {
            let (i, j) = (i.max(j) / pattern.size, i.min(j) / pattern.size);
            pattern.kept.contains(&(i, j))
        };
        let dense: Vec<f64> = (0..n * n)
            .map(|at| if kept(at / n, at % n) { matrix.at(at / n, at % n) } else { 0.0 })
            .collect();
        let expected = Cholesky::new(dense.clone(), n);
        let inverse = expected.inverse();
        let factor = TileCholesky::new(matrix.clone(), &Interrupt::never()).unwrap();
        let ours = factor.inverse();
        for i in 0..n {
            for j in (0..=i).filter(|&j| kept(i, j)) {
                assert!((ours.at(i, j) - inverse[i * n + j]).abs() < 1e-13, "{i} {j}");
            }
        }
        let b: Vec<f64> = (0..2 * n).map(|i| (i % 7) as f64 - 3.0).collect();
        let mut x = b.clone();
        factor.solve_lower(&mut x, 2);
        factor.solve_upper(&mut x, 2);
        for (back, b) in matrix.multiply(&x, 2).iter().zip(&b) {
            assert!((back - b).abs() < 1e-11, "{back} {b}");
        }
    }

    #[test]
    fn dense_matrices_are_factored_and_inverted() {
        for n in [1, 23, 24, 60, 200, 301] {
            check(&Arc::new(Pattern::new(n, |_, _| true)));
        }
    }

    #[test]
    fn sparse_matrices_are_inverted_on_their_pattern() {
        // An arrow: every tile row touches the first and the last.
        check(&Arc::new(Pattern::new(500, |i, j| j == 0 || i == 5)));
        check(&Arc::new(Pattern::new(500, |i, _| i == 5)));
    }

    #[test]
    fn a_bad_pivot_is_named() {
        let pattern = Arc::new(Pattern::new(100, |_, _| true));
        let mut matrix = random(&pattern);
        let row = matrix.at(97, 97);
        matrix.add(97, 97, -2.0 * row);
        assert_eq!(TileCholesky::new(matrix, &Interrupt::never()).unwrap_err().row, 97);
    }
}
