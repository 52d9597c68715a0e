//! Products of square tiles: the inner loop of dense factorisations.

use pulp::{Arch, Simd, WithSimd};

/// Rows of the block of a product that stays in registers.
const ROWS: usize = 6;
/// Columns of that block: two vectors of four.
const COLUMNS: usize = 8;
/// Tile sizes are multiples of this, so that both blocks fit.
pub const STEP: usize = 24;

/// How the tile to be packed stands to the operand that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The tile is the operand.
    Plain,
    /// The operand is the tile's transpose.
    Transposed,
}

/// A tile packed as the left operand of a product, in strips of rows.
#[derive(Debug)]
pub struct Left(Vec<f64>);

/// A tile packed as the right operand of a product, in strips of columns.
#[derive(Debug)]
pub struct Right(Vec<f64>);

impl Left {
    /// Packs a row-major tile whose size is a multiple of [`STEP`].
    pub fn new(tile: &[f64], size: usize, form: Form) -> Self {
        // Strips run over rows of the operand: over columns of a plain tile's transpose.
        let along_rows = form == Form::Transposed;
        Self(packed::<ROWS>(tile, size, along_rows))
    }
}

impl Right {
    /// Packs a row-major tile whose size is a multiple of [`STEP`].
    pub fn new(tile: &[f64], size: usize, form: Form) -> Self {
        Self(packed::<COLUMNS>(tile, size, form == Form::Plain))
    }
}

/// Strips of `WIDTH`: for every inner index the entries of the strip. `along_rows` when the strip's
/// entries lie beside one another in a row of the tile.
fn packed<const WIDTH: usize>(tile: &[f64], size: usize, along_rows: bool) -> Vec<f64> {
    let mut out = vec![0.0; size * size];
    for (strip, part) in out.chunks_exact_mut(size * WIDTH).enumerate() {
        let first = strip * WIDTH;
        for (inner, entries) in part.as_chunks_mut::<WIDTH>().0.iter_mut().enumerate() {
            if along_rows {
                entries.copy_from_slice(&tile[inner * size + first..][..WIDTH]);
            } else {
                for (w, entry) in entries.iter_mut().enumerate() {
                    *entry = tile[(first + w) * size + inner];
                }
            }
        }
    }
    out
}

/// `out` += `sign` · left · right, row-major.
///
/// Fused multiply-adds are asked for by name and rounded once, whether by the processor or, slower, in
/// software: the bytes are the same.
pub fn add_product(out: &mut [f64], size: usize, sign: f64, left: &Left, right: &Right) {
    Arch::new().dispatch(Product { out, size, sign, left, right });
}

/// The operands of [`add_product`]. A closure would not do: its call is not inlined, and the loop would
/// be compiled without vector instructions.
struct Product<'a> {
    out: &'a mut [f64],
    size: usize,
    sign: f64,
    left: &'a Left,
    right: &'a Right,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    #[allow(clippy::disallowed_methods)] // twice as fast, and correctly rounded everywhere
    fn with_simd<S: Simd>(self, _: S) {
        let Self { out, size, sign, left, right } = self;
        for (c, right) in right.0.chunks_exact(size * COLUMNS).enumerate() {
            for (r, left) in left.0.chunks_exact(size * ROWS).enumerate() {
                let block = block(left, right);
                for (i, sums) in block.iter().enumerate() {
                    let at = (r * ROWS + i) * size + c * COLUMNS;
                    for (out, sum) in out[at..at + COLUMNS].iter_mut().zip(sums) {
                        *out = sum.mul_add(sign, *out);
                    }
                }
            }
        }
    }
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
#[allow(clippy::disallowed_methods)] // see `add_product`
fn block(left: &[f64], right: &[f64]) -> [[f64; COLUMNS]; ROWS] {
    let mut sums = [[0.0; COLUMNS]; ROWS];
    let (left, right) = (left.as_chunks::<ROWS>().0, right.as_chunks::<COLUMNS>().0);
    for (a, b) in left.iter().zip(right) {
        for i in 0..ROWS {
            for j in 0..COLUMNS {
                sums[i][j] = a[i].mul_add(b[j], sums[i][j]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::{Form, Left, Right, STEP, add_product};
    use crate::stream::Stream;

    #[test]
    fn products_are_sums_of_products_in_all_forms() {
        let n = 2 * STEP;
        let mut stream = Stream::new(1, 0);
        let mut random = || -> Vec<f64> { (0..n * n).map(|_| stream.normal()).collect() };
        let (a, b) = (random(), random());
        let entry = |t: &[f64], form, i: usize, j: usize| match form {
            Form::Plain => t[i * n + j],
            Form::Transposed => t[j * n + i],
        };
        for (f, g) in [
            (Form::Plain, Form::Plain),
            (Form::Plain, Form::Transposed),
            (Form::Transposed, Form::Plain),
            (Form::Transposed, Form::Transposed),
        ] {
            let mut out = vec![1.0; n * n];
            add_product(&mut out, n, -1.0, &Left::new(&a, n, f), &Right::new(&b, n, g));
            for i in 0..n {
                for j in 0..n {
                    let sum: f64 = (0..n).map(|k| entry(&a, f, i, k) * entry(&b, g, k, j)).sum();
                    assert!((out[i * n + j] - (1.0 - sum)).abs() < 1e-12, "{f:?} {g:?}");
                }
            }
        }
    }
}
