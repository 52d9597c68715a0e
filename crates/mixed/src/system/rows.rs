//! The rows in the order of the largest grouping factor, and where each of them goes in the system.

use std::sync::Arc;

use seedtest_numerics::{Budget, Cost};

use crate::allowance::Allowance;
use crate::data::Data;
use crate::error::Error;
use crate::orthonormal::Orthonormal;
use crate::template::{Template, factors};
use crate::tiles::Pattern;

/// Rows of a chunk, about: chunks depend on the data only, so that results do not depend on threads.
const ROWS_PER_CHUNK: usize = 2048;
/// Most memory of the matrix of all grouping factors but the largest, of which several are held.
const LARGEST_MATRIX: usize = 3 << 30;

/// Effects of one of the smaller grouping factors in the rest of the system.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RestGroup {
    /// Position among the groups of the data.
    pub(crate) group: usize,
    pub(crate) k: usize,
    pub(crate) n_levels: usize,
    /// First column in the rest of the system.
    pub(crate) first: usize,
    /// Level of every sorted row.
    pub(crate) codes: Vec<u32>,
    /// Values of every sorted row, row-major.
    pub(crate) z: Vec<f64>,
}

/// Rows sorted by the levels of the largest grouping factor.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) n: usize,
    /// Fixed columns.
    pub(crate) p: usize,
    /// Row of the data of every sorted row.
    pub(crate) order: Vec<u32>,
    /// Fixed columns of every sorted row, row-major.
    pub(crate) x: Vec<f64>,
    /// Position of the largest factor among the groups of the data.
    pub(crate) first_group: usize,
    /// Its number of effects.
    pub(crate) k: usize,
    /// First sorted row of each of its levels, and the number of rows at the end.
    pub(crate) starts: Vec<u32>,
    /// Its values of every sorted row, row-major.
    pub(crate) z: Vec<f64>,
    pub(crate) rest: Vec<RestGroup>,
    /// Columns of the rest of the system.
    pub(crate) q: usize,
    /// First slot of each level of the largest factor: the columns of the rest that its rows touch.
    pub(crate) slot_starts: Vec<u32>,
    /// Column of the rest of every slot, increasing within a level.
    pub(crate) slot_columns: Vec<u32>,
    /// For every sorted row and smaller factor the first slot of its level.
    pub(crate) row_slots: Vec<u32>,
    pub(crate) pattern: Arc<Pattern>,
    /// Levels of the largest factor, chunk by chunk.
    pub(crate) chunks: Vec<std::ops::Range<usize>>,
    /// Position in `rest` of the group of every column of the rest.
    pub(crate) column_group: Vec<u32>,
    pub(crate) allowance: Allowance,
}

impl Rows {
    /// `copies` of the matrix of the smaller grouping factors are alive at once, at most.
    pub(crate) fn new(
        data: &Data,
        fixed: &Orthonormal,
        allowance: &Allowance,
        copies: f64,
    ) -> Result<Self, Error> {
        let size = |g: &usize| data.groups[*g].levels.len() * data.groups[*g].n_effects();
        let mut by_size: Vec<usize> = (0..data.groups.len()).collect();
        by_size.sort_by_key(|g| (std::cmp::Reverse(size(g)), *g));
        let (&first_group, others) = by_size.split_first().ok_or(Error::NoRandomEffects)?;
        let group = &data.groups[first_group];
        let (starts, order) = sorted(&group.codes, group.levels.len());
        let mut first = 0;
        let mut rest = Vec::with_capacity(others.len());
        for &g in others {
            let other = &data.groups[g];
            let codes = order.iter().map(|&row| other.codes[row as usize]).collect();
            let z = gathered(&other.values, other.n_effects(), &order);
            let (k, n_levels) = (other.n_effects(), other.levels.len());
            rest.push(RestGroup { group: g, k, n_levels, first, codes, z });
            first += k * n_levels;
        }
        let (n, p) = (data.n(), fixed.rank());
        let mut x = vec![0.0; n * p];
        for (j, column) in fixed.columns.iter().enumerate() {
            for (&row, out) in order.iter().zip(x.iter_mut().skip(j).step_by(p.max(1))) {
                *out = column[row as usize];
            }
        }
        let slots = Slots::new(&starts, &rest);
        let pattern = Arc::new(pattern(first, &slots, &rest, allowance.budget, copies)?);
        let column_group = rest
            .iter()
            .enumerate()
            .flat_map(|(g, group)| std::iter::repeat_n(g as u32, group.k * group.n_levels));
        Ok(Self {
            n,
            p,
            x,
            first_group,
            k: group.n_effects(),
            z: gathered(&group.values, group.n_effects(), &order),
            q: first,
            column_group: column_group.collect(),
            chunks: chunks(&starts),
            slot_starts: slots.starts,
            slot_columns: slots.columns,
            row_slots: slots.of_rows,
            pattern,
            order,
            starts,
            rest,
            allowance: allowance.clone(),
        })
    }

    /// Levels of the largest grouping factor.
    pub(crate) fn n_levels(&self) -> usize {
        self.starts.len() - 1
    }

    /// Slots of a level of the largest grouping factor.
    pub(crate) fn slots(&self, level: usize) -> std::ops::Range<usize> {
        self.slot_starts[level] as usize..self.slot_starts[level + 1] as usize
    }

    /// Sorted rows of a level of the largest grouping factor.
    pub(crate) fn level_rows(&self, level: usize) -> std::ops::Range<usize> {
        self.starts[level] as usize..self.starts[level + 1] as usize
    }

    /// Templates in the order of the system: the largest factor, then the rest.
    pub(crate) fn group_order(&self) -> Vec<usize> {
        std::iter::once(self.first_group).chain(self.rest.iter().map(|r| r.group)).collect()
    }

    /// The relative covariance factors at θ, in the order of the system.
    pub(crate) fn factors(&self, templates: &[Template], theta: &[f64]) -> Vec<Vec<f64>> {
        let by_group = factors(templates, theta);
        self.group_order().into_iter().map(|g| by_group[g].clone()).collect()
    }

    /// Values of the data's rows in sorted order.
    pub(crate) fn sorted(&self, values: &[f64]) -> Vec<f64> {
        self.order.iter().map(|&row| values[row as usize]).collect()
    }

    /// Values of sorted rows in the order of the data.
    pub(crate) fn unsorted(&self, values: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; values.len()];
        for (&row, value) in self.order.iter().zip(values) {
            out[row as usize] = *value;
        }
        out
    }
}

/// Stable counting sort: first position of every level, and the rows in order.
fn sorted(codes: &[u32], n_levels: usize) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0u32; n_levels + 1];
    for &code in codes {
        starts[code as usize + 1] += 1;
    }
    for level in 0..n_levels {
        starts[level + 1] += starts[level];
    }
    let mut next = starts.clone();
    let mut order = vec![0; codes.len()];
    for (row, &code) in codes.iter().enumerate() {
        let at = &mut next[code as usize];
        order[*at as usize] = row as u32;
        *at += 1;
    }
    (starts, order)
}

fn gathered(values: &[f64], width: usize, order: &[u32]) -> Vec<f64> {
    let mut out = Vec::with_capacity(values.len());
    for &row in order {
        out.extend_from_slice(&values[row as usize * width..][..width]);
    }
    out
}

struct Slots {
    starts: Vec<u32>,
    columns: Vec<u32>,
    of_rows: Vec<u32>,
}

impl Slots {
    fn new(starts: &[u32], rest: &[RestGroup]) -> Self {
        let n = starts.last().map_or(0, |&n| n as usize);
        let mut slots = Self {
            starts: vec![0],
            columns: Vec::new(),
            of_rows: Vec::with_capacity(n * rest.len()),
        };
        let mut touched: Vec<(u32, u32)> = Vec::new();
        for bounds in starts.windows(2) {
            let rows = bounds[0] as usize..bounds[1] as usize;
            touched.clear();
            for group in rest {
                let columns = group.codes[rows.clone()].iter();
                touched.extend(
                    columns.map(|&c| ((group.first + c as usize * group.k) as u32, group.k as u32)),
                );
            }
            touched.sort_unstable();
            touched.dedup();
            let first = slots.columns.len();
            for &(column, width) in &touched {
                slots.columns.extend(column..column + width);
            }
            let own = &slots.columns[first..];
            for row in rows {
                for group in rest {
                    let column = (group.first + group.codes[row] as usize * group.k) as u32;
                    let at = first + own.partition_point(|&c| c < column);
                    slots.of_rows.push(at as u32);
                }
            }
            slots.starts.push(slots.columns.len() as u32);
        }
        slots
    }
}

/// Tiles of the rest that are not zero: columns that a level of the largest factor or a row joins.
fn pattern(
    q: usize,
    slots: &Slots,
    rest: &[RestGroup],
    budget: Budget,
    copies: f64,
) -> Result<Pattern, Error> {
    let size = Pattern::tile_size(q);
    let count = q.div_ceil(size);
    let mut joined = vec![false; count * count];
    let mut tiles: Vec<usize> = Vec::new();
    for bounds in slots.starts.windows(2) {
        let columns = &slots.columns[bounds[0] as usize..bounds[1] as usize];
        tiles.clear();
        tiles.extend(columns.iter().map(|&c| c as usize / size));
        tiles.dedup();
        for (a, &i) in tiles.iter().enumerate() {
            for &j in &tiles[..=a] {
                joined[i * count + j] = true;
            }
        }
    }
    // Effects of one level can lie in two tiles.
    for group in rest {
        for level in 0..group.n_levels {
            let first = group.first + level * group.k;
            joined[(first + group.k - 1) / size * count + first / size] = true;
        }
    }
    let pattern = Pattern::new(q, |i, j| joined[i * count + j]);
    if pattern.bytes() > LARGEST_MATRIX {
        let (mebibytes, limit) = (pattern.bytes() >> 20, LARGEST_MATRIX >> 20);
        return Err(Error::TooLarge { effects: q, mebibytes, limit });
    }
    let tiles = pattern.kept.len() as f64;
    let area = (pattern.size * pattern.size) as f64;
    let product = [("blocks", tiles), ("numbers a block", area)];
    let what = "the system of the smaller grouping factors";
    budget.admit(&Cost::new().and(what, &product, copies * size_of::<f64>() as f64))?;
    Ok(pattern)
}

/// Divides the levels into chunks of about the same number of rows.
fn chunks(starts: &[u32]) -> Vec<std::ops::Range<usize>> {
    let mut chunks = Vec::new();
    let mut first = 0;
    for level in 1..starts.len() {
        let full = (starts[level] - starts[first]) as usize >= ROWS_PER_CHUNK;
        if full || level + 1 == starts.len() {
            chunks.push(first..level);
            first = level;
        }
    }
    chunks
}
