//! Distances from a point to several centres at once.

use crate::matrix::Matrix;

/// Centres worked on together: a lane of a vector each.
pub(crate) const LANES: usize = 8;

/// Centres in blocks of eight, coordinate by coordinate; a block that is not full is filled up with
/// centres far away.
#[derive(Debug, Clone)]
pub(crate) struct Centres {
    blocks: Vec<[f64; LANES]>,
    d: usize,
}

/// The nearest centre and the two smallest squared distances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearest {
    pub(crate) centre: u32,
    pub(crate) first: f64,
    pub(crate) second: f64,
}

impl Centres {
    pub(crate) fn new(centres: &Matrix) -> Self {
        const FAR: f64 = 1e150;
        let (k, d) = (centres.n(), centres.d);
        let mut blocks = vec![[FAR; LANES]; k.div_ceil(LANES) * d];
        for (c, row) in centres.rows().enumerate() {
            for (j, &x) in row.iter().enumerate() {
                blocks[c / LANES * d + j][c % LANES] = x;
            }
        }
        Self { blocks, d }
    }

    /// Squared distances of several rows to the centres of one block. Several, because a row alone waits
    /// for its own sums.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn block<const ROWS: usize>(
        &self,
        block: usize,
        x: [&[f64]; ROWS],
    ) -> [[f64; LANES]; ROWS] {
        let mut sums = [[0.0; LANES]; ROWS];
        let x = x.map(|row| &row[..self.d]);
        for (j, coordinates) in self.blocks[block * self.d..][..self.d].iter().enumerate() {
            for r in 0..ROWS {
                for l in 0..LANES {
                    let difference = x[r][j] - coordinates[l];
                    sums[r][l] += difference * difference;
                }
            }
        }
        sums
    }

    /// Squared distances of a row to the centres of one block, over its known cells.
    pub(crate) fn known_block(&self, block: usize, x: &[f64]) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for (x, coordinates) in x.iter().zip(&self.blocks[block * self.d..][..self.d]) {
            if x.is_nan() {
                continue;
            }
            for l in 0..LANES {
                let difference = x - coordinates[l];
                sums[l] += difference * difference;
            }
        }
        sums
    }

    pub(crate) fn n_blocks(&self) -> usize {
        self.blocks.len() / self.d.max(1)
    }

    /// The first of the nearest centres of several rows.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    pub(crate) fn nearest_of<const ROWS: usize>(&self, x: [&[f64]; ROWS]) -> [Nearest; ROWS] {
        let mut nearest = [NONE; ROWS];
        for block in 0..self.n_blocks() {
            let sums = self.block(block, x);
            for r in 0..ROWS {
                nearest[r].consider(block, &sums[r]);
            }
        }
        nearest
    }

    /// The first of the nearest centres of a row, by its known cells.
    pub(crate) fn nearest(&self, x: &[f64]) -> Nearest {
        let mut nearest = NONE;
        for block in 0..self.n_blocks() {
            nearest.consider(block, &self.known_block(block, x));
        }
        nearest
    }
}

const NONE: Nearest = Nearest { centre: 0, first: f64::INFINITY, second: f64::INFINITY };

impl Nearest {
    /// Takes a block of centres into account.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    fn consider(&mut self, block: usize, sums: &[f64; LANES]) {
        let (first, second) = two_smallest(sums);
        if first < self.first {
            let lane = sums.iter().position(|d| *d == first).unwrap_or(0);
            self.second = smaller(self.first, second);
            self.first = first;
            self.centre = (block * LANES + lane) as u32;
        } else {
            self.second = smaller(self.second, first);
        }
    }
}

/// What the instruction for a minimum does.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The two smallest of a block, as in a knock-out tournament: halves against each other.
#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn two_smallest(distances: &[f64; LANES]) -> (f64, f64) {
    let mut first = *distances;
    let mut second = [f64::INFINITY; LANES];
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            let (a, b) = (first[i], first[i + half]);
            let left = smaller(second[i], second[i + half]);
            first[i] = smaller(a, b);
            second[i] = smaller(larger(a, b), left);
        }
        half /= 2;
    }
    (first[0], second[0])
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::Stream;

    use super::{Centres, LANES, two_smallest};
    use crate::matrix::{Matrix, squared_distance};

    #[test]
    fn the_two_smallest_are_those_of_a_sorted_list() {
        let mut stream = Stream::new(5, 0);
        for _ in 0..200 {
            let mut values = [0.0; LANES];
            for value in &mut values {
                *value = (10.0 * stream.uniform()).floor();
            }
            let found = two_smallest(&values);
            values.sort_by(f64::total_cmp);
            assert_eq!(found, (values[0], values[1]));
        }
    }

    #[test]
    fn several_rows_find_what_each_finds_alone() {
        let mut stream = Stream::new(6, 0);
        for k in [1, 2, 8, 11, 16, 17] {
            let centres = Matrix::new((0..3 * k).map(|_| stream.normal()).collect(), 3);
            let rows = Matrix::new((0..12).map(|_| stream.normal()).collect(), 3);
            let lanes = Centres::new(&centres);
            let x = [0, 1, 2, 3].map(|i| rows.row(i));
            for (row, found) in x.into_iter().zip(lanes.nearest_of(x)) {
                let mut distances: Vec<(f64, u32)> =
                    (0..).zip(centres.rows()).map(|(c, y)| (squared_distance(row, y), c)).collect();
                distances.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                assert_eq!((found.first, found.centre), distances[0]);
                assert!(k == 1 || found.second == distances[1].0);
                assert_eq!(lanes.nearest(row).centre, found.centre);
            }
        }
    }
}
