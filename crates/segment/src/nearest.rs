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

    /// Squared distances to the centres of one block.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn block(&self, block: usize, x: &[f64]) -> [f64; LANES] {
        let mut sums = [0.0; LANES];
        for (coordinates, &x) in self.blocks[block * self.d..][..self.d].iter().zip(x) {
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

    /// The first of the nearest centres.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as above
    pub(crate) fn nearest(&self, x: &[f64]) -> Nearest {
        let mut nearest = Nearest { centre: 0, first: f64::INFINITY, second: f64::INFINITY };
        for block in 0..self.n_blocks() {
            for (l, distance) in self.block(block, x).into_iter().enumerate() {
                let closer = distance < nearest.first;
                let runner_up = if closer { nearest.first } else { distance };
                nearest.second = nearest.second.min(runner_up);
                if closer {
                    nearest.first = distance;
                    nearest.centre = (block * LANES + l) as u32;
                }
            }
        }
        nearest
    }
}
