//! Distances from a point to several centres at once.

use crate::matrix::Matrix;

/// Centres in blocks of `L` lanes of a vector, coordinate by coordinate; a block that is not full is filled up with
/// centres far away.
#[derive(Debug, Clone)]
pub(crate) struct Lanes<const L: usize> {
    blocks: Vec<[f64; L]>,
    d: usize,
}

/// The nearest centre and the two smallest squared distances.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearest {
    pub(crate) centre: u32,
    pub(crate) first: f64,
    pub(crate) second: f64,
}

/// Lanes for few centres and for more: half of eight would be spent on centres that are not there.
pub(crate) const FEW: usize = 4;
pub(crate) const MANY: usize = 8;
/// Rows worked on together, because a row alone waits for its own sums: as many as the registers hold.
pub(crate) const ROWS_OF_FEW: usize = 8;
pub(crate) const ROWS_OF_MANY: usize = 4;

/// Centres in as many lanes as are worth their while.
#[derive(Debug, Clone)]
pub(crate) enum Centres {
    Few(Lanes<FEW>),
    Many(Lanes<MANY>),
}

impl Centres {
    pub(crate) fn new(centres: &Matrix) -> Self {
        if centres.n() <= FEW {
            return Self::Few(Lanes::new(centres));
        }
        Self::Many(Lanes::new(centres))
    }

    /// The first of the nearest centres of a row, by its known cells.
    pub(crate) fn nearest(&self, x: &[f64]) -> Nearest {
        match self {
            Self::Few(lanes) => lanes.nearest(x),
            Self::Many(lanes) => lanes.nearest(x),
        }
    }
}

impl<const L: usize> Lanes<L> {
    pub(crate) fn new(centres: &Matrix) -> Self {
        const FAR: f64 = 1e150;
        let (k, d) = (centres.n(), centres.d);
        let mut blocks = vec![[FAR; L]; k.div_ceil(L) * d];
        for (c, row) in centres.rows().enumerate() {
            for (j, &x) in row.iter().enumerate() {
                blocks[c / L * d + j][c % L] = x;
            }
        }
        Self { blocks, d }
    }

    /// Squared distances of several rows to the centres of one block.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn block<const ROWS: usize>(
        &self,
        block: usize,
        x: [&[f64]; ROWS],
    ) -> [[f64; L]; ROWS] {
        let mut sums = [[0.0; L]; ROWS];
        let x = x.map(|row| &row[..self.d]);
        for (j, coordinates) in self.blocks[block * self.d..][..self.d].iter().enumerate() {
            for r in 0..ROWS {
                for l in 0..L {
                    let difference = x[r][j] - coordinates[l];
                    sums[r][l] += difference * difference;
                }
            }
        }
        sums
    }

    /// Squared distances of a row to the centres of one block, over its known cells.
    pub(crate) fn known_block(&self, block: usize, x: &[f64]) -> [f64; L] {
        let mut sums = [0.0; L];
        for (x, coordinates) in x.iter().zip(&self.blocks[block * self.d..][..self.d]) {
            if x.is_nan() {
                continue;
            }
            for l in 0..L {
                let difference = x - coordinates[l];
                sums[l] += difference * difference;
            }
        }
        sums
    }

    fn n_blocks(&self) -> usize {
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

    fn nearest(&self, x: &[f64]) -> Nearest {
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
    fn consider<const L: usize>(&mut self, block: usize, sums: &[f64; L]) {
        let (first, second) = two_smallest(sums);
        if first < self.first {
            let lane = sums.iter().position(|d| *d == first).unwrap_or(0);
            self.second = smaller(self.first, second);
            self.first = first;
            self.centre = (block * L + lane) as u32;
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
fn two_smallest<const L: usize>(distances: &[f64; L]) -> (f64, f64) {
    let mut first = *distances;
    let mut second = [f64::INFINITY; L];
    let mut half = L / 2;
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

    use super::{Centres, FEW, Lanes, MANY, two_smallest};
    use crate::matrix::{Matrix, squared_distance};

    #[test]
    fn the_two_smallest_are_those_of_a_sorted_list() {
        let mut stream = Stream::new(5, 0);
        for _ in 0..200 {
            let mut values = [0.0; MANY];
            for value in &mut values {
                *value = (10.0 * stream.uniform()).floor();
            }
            let found = two_smallest(&values);
            values.sort_by(f64::total_cmp);
            assert_eq!(found, (values[0], values[1]));
        }
    }

    fn rows_find_what_each_finds_alone<const L: usize>() {
        let mut stream = Stream::new(6, 0);
        for k in [1, 2, 4, 8, 11, 16, 17] {
            let centres = Matrix::new((0..3 * k).map(|_| stream.normal()).collect(), 3);
            let rows = Matrix::new((0..12).map(|_| stream.normal()).collect(), 3);
            let lanes = Lanes::<L>::new(&centres);
            let x = [0, 1, 2, 3].map(|i| rows.row(i));
            for (row, found) in x.into_iter().zip(lanes.nearest_of(x)) {
                let mut distances: Vec<(f64, u32)> =
                    (0..).zip(centres.rows()).map(|(c, y)| (squared_distance(row, y), c)).collect();
                distances.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                assert_eq!((found.first, found.centre), distances[0]);
                assert!(k == 1 || found.second == distances[1].0);
                assert_eq!(Centres::new(&centres).nearest(row).centre, found.centre);
            }
        }
    }

    #[test]
    fn several_rows_find_what_each_finds_alone() {
        rows_find_what_each_finds_alone::<FEW>();
        rows_find_what_each_finds_alone::<MANY>();
    }
}
