//! Factor and inverse of large matrices in tiles.
//!
//! Every tile is computed by one thread in a fixed order: the bytes do not depend on their number.

use rayon::prelude::*;

use super::direct;
use crate::interrupt::Interrupt;
use crate::tiles::{Form, Left, Right, STEP, add_product};

/// Size of tiles: three packed ones lie in the second-level cache.
const SIZE: usize = 4 * STEP;

/// A tile of a lower triangle.
struct Tile {
    row: usize,
    column: usize,
    values: Vec<f64>,
}

/// The tiles of a lower triangle, row by row. What the last ones have beyond it is the identity.
struct Tiles {
    n: usize,
    all: Vec<Tile>,
}

impl Tiles {
    fn of(matrix: &[f64], n: usize) -> Self {
        let count = n.div_ceil(SIZE);
        let places: Vec<(usize, usize)> =
            (0..count).flat_map(|row| (0..=row).map(move |column| (row, column))).collect();
        let tile = |(row, column): (usize, usize)| {
            let mut values = vec![0.0; SIZE * SIZE];
            for (i, line) in values.chunks_exact_mut(SIZE).enumerate() {
                let (at, first) = (row * SIZE + i, column * SIZE);
                if at < n {
                    let end = n.min(first + SIZE);
                    line[..end - first].copy_from_slice(&matrix[at * n + first..at * n + end]);
                } else if row == column {
                    line[i] = 1.0;
                }
            }
            Tile { row, column, values }
        };
        Self { n, all: places.into_par_iter().map(tile).collect() }
    }

    fn count(&self) -> usize {
        self.n.div_ceil(SIZE)
    }

    fn at(&mut self, row: usize, column: usize) -> &mut [f64] {
        &mut self.all[row * (row + 1) / 2 + column].values
    }

    /// Writes the lower triangle; what is above becomes zero.
    fn write(&self, matrix: &mut [f64]) {
        let n = self.n;
        let rows = matrix.par_chunks_mut(SIZE * n).enumerate();
        rows.for_each(|(row, lines)| {
            let own = &self.all[row * (row + 1) / 2..][..=row];
            for (i, line) in lines.chunks_exact_mut(n).enumerate() {
                line.fill(0.0);
                for tile in own {
                    let first = tile.column * SIZE;
                    let end = n.min(first + SIZE);
                    line[first..end].copy_from_slice(&tile.values[i * SIZE..][..end - first]);
                }
                line[row * SIZE + i + 1..].fill(0.0);
            }
        });
    }
}

/// Factors in place a row-major matrix of `n` rows whose lower triangle is read; returns the rows that were set aside.
/// Half a factor once `stop` is raised.
pub(super) fn factor(matrix: &mut [f64], n: usize, stop: &Interrupt) -> Vec<usize> {
    let mut tiles = Tiles::of(matrix, n);
    let mut scales: Vec<f64> = (0..n).map(|i| matrix[i * n + i]).collect();
    scales.resize(tiles.count() * SIZE, 1.0);
    let mut dropped = Vec::new();
    for (k, scales) in scales.chunks_exact(SIZE).enumerate() {
        if stop.is_raised() {
            break;
        }
        let aside = direct::factor(tiles.at(k, k), scales, stop);
        let mut columns = direct::inverse_columns(tiles.at(k, k), SIZE, stop);
        for &row in &aside {
            // Nothing is left of the row, and nothing of its column below.
            (0..k).for_each(|j| tiles.at(k, j)[row * SIZE..][..SIZE].fill(0.0));
            columns[row * SIZE + row] = 0.0;
        }
        eliminate(&mut tiles, k, &columns, stop);
        dropped.extend(aside.iter().map(|row| k * SIZE + row));
    }
    tiles.write(matrix);
    dropped
}

/// Solves the tiles below a finished one, `columns` being the columns of its inverse, and takes what they account for
/// out of the tiles to the right.
fn eliminate(tiles: &mut Tiles, k: usize, columns: &[f64], stop: &Interrupt) {
    let right = Right::new(columns, SIZE, Form::Plain);
    let below = tiles.all.par_iter_mut().filter(|tile| tile.column == k && tile.row > k);
    let packed: Vec<(Left, Right)> = below
        .map(|tile| {
            let left = Left::new(&tile.values, SIZE, Form::Plain);
            tile.values.fill(0.0);
            add_product(&mut tile.values, SIZE, 1.0, &left, &right);
            let right = Right::new(&tile.values, SIZE, Form::Transposed);
            (Left::new(&tile.values, SIZE, Form::Plain), right)
        })
        .collect();
    let beyond = tiles.all.par_iter_mut().filter(|tile| tile.column > k && !stop.is_raised());
    beyond.for_each(|tile| {
        let (left, right) = (&packed[tile.row - k - 1].0, &packed[tile.column - k - 1].1);
        add_product(&mut tile.values, SIZE, -1.0, left, right);
    });
}

/// Lower triangle of L⁻ᵀL⁻¹, row-major; half of it once `stop` is raised.
pub(super) fn inverse(lower: &[f64], n: usize, stop: &Interrupt) -> Vec<f64> {
    let columns = inverse_of_factor(lower, n, stop);
    let mut inverse = vec![0.0; n * n];
    inverse.par_chunks_mut(SIZE * n).enumerate().for_each(|(row, lines)| {
        let mut tile = vec![0.0; SIZE * SIZE];
        for column in 0..=row {
            // Columns are cut short where nobody wants them.
            let Some(of_column) = columns[column].get(row - column..) else { return };
            if stop.is_raised() {
                return;
            }
            tile.fill(0.0);
            for ((left, _), (_, right)) in columns[row].iter().zip(of_column) {
                add_product(&mut tile, SIZE, 1.0, left, right);
            }
            let first = column * SIZE;
            let end = n.min(first + SIZE);
            for (line, values) in lines.chunks_exact_mut(n).zip(tile.chunks_exact(SIZE)) {
                line[first..end].copy_from_slice(&values[..end - first]);
            }
        }
    });
    inverse
}

/// L⁻¹ by columns of tiles from the diagonal on: each tile's transpose packed as a left operand, and it as a right one.
fn inverse_of_factor(lower: &[f64], n: usize, stop: &Interrupt) -> Vec<Vec<(Left, Right)>> {
    let tiles = Tiles::of(lower, n);
    let count = tiles.count();
    let packed: Vec<Left> = tiles
        .all
        .par_iter()
        .map(|tile| {
            if tile.row > tile.column {
                return Left::new(&tile.values, SIZE, Form::Plain);
            }
            let columns = direct::inverse_columns(&tile.values, SIZE, stop);
            Left::new(&columns, SIZE, Form::Transposed)
        })
        .collect();
    drop(tiles);
    let at = |row: usize, column: usize| &packed[row * (row + 1) / 2 + column];
    let identity: Vec<f64> =
        (0..SIZE * SIZE).map(|i| f64::from(u8::from(i / SIZE == i % SIZE))).collect();
    let column = |j: usize| {
        let mut done: Vec<(Left, Right)> = Vec::with_capacity(count - j);
        for i in j..count {
            if stop.is_raised() {
                break;
            }
            let mut sum = if i == j { identity.clone() } else { vec![0.0; SIZE * SIZE] };
            for (k, (_, right)) in (j..i).zip(&done) {
                add_product(&mut sum, SIZE, -1.0, at(i, k), right);
            }
            let mut tile = vec![0.0; SIZE * SIZE];
            add_product(&mut tile, SIZE, 1.0, at(i, i), &Right::new(&sum, SIZE, Form::Plain));
            let right = Right::new(&tile, SIZE, Form::Plain);
            done.push((Left::new(&tile, SIZE, Form::Transposed), right));
        }
        done
    };
    (0..count).into_par_iter().map(column).collect()
}
