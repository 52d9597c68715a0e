//! The E-step.

use rayon::prelude::*;
use seedtest_numerics::{Quadrature, exp, ln, vectorized};

use crate::curves::fill_log_probabilities;
use crate::layout::{Block, Layout};
use crate::parameters::Point;

/// Nodes are padded to a multiple of this, so that the kernels have no remainder.
const TILE: usize = 16;
/// Independent partial sums; fixed, so that the result does not depend on the vector width.
pub(crate) const LANES: usize = 8;
const PATTERNS_PER_TASK: usize = 64;
const TOKENS_PER_TASK: usize = 32;
/// Log weight of a padding node: its posterior is exactly zero.
const NO_WEIGHT: f64 = -1e6;

/// Nodes whose posterior is below e^−60 of the largest count as zero: far below the rounding of the
/// sums they would enter.
const NEGLIGIBLE_EXPONENT: f64 = 60.0;

/// The E-step: expected answers per item, outcome and node under the posterior of each student.
pub(crate) struct Expectation<'a> {
    layout: &'a Layout,
    quadrature: &'a Quadrature,
    /// Nodes, padded with zeros.
    pub(crate) nodes: Vec<f64>,
    log_weights: Vec<f64>,
    code_table: Vec<f64>,
    token_table: Vec<f64>,
    token_counts: Vec<f64>,
    posterior: Vec<f64>,
    pattern_log_likelihood: Vec<f64>,
    /// Expected answers by code and node: the row of code 2·item + outcome.
    pub(crate) counts: Vec<f64>,
    /// Expected students by node.
    pub(crate) students: Vec<f64>,
}

impl<'a> Expectation<'a> {
    pub(crate) fn new(layout: &'a Layout, quadrature: &'a Quadrature) -> Self {
        let mut nodes = quadrature.nodes().to_vec();
        nodes.resize(nodes.len().next_multiple_of(TILE), 0.0);
        let width = nodes.len();
        let joined = layout.token_codes.is_some();
        let largest_block = layout.blocks.iter().map(|b| b.len).max().unwrap_or(0);
        Self {
            layout,
            quadrature,
            log_weights: vec![NO_WEIGHT; width],
            code_table: vec![0.0; layout.n_codes * width],
            token_table: vec![0.0; if joined { layout.n_tokens * width } else { 0 }],
            token_counts: vec![0.0; if joined { layout.n_tokens * width } else { 0 }],
            posterior: vec![0.0; largest_block * width],
            pattern_log_likelihood: vec![0.0; layout.n_patterns()],
            counts: vec![0.0; layout.n_codes * width],
            students: vec![0.0; width],
            nodes,
        }
    }

    /// Number of nodes with padding: the length of every row.
    pub(crate) fn width(&self) -> usize {
        self.nodes.len()
    }

    /// Fills `counts` and `students` at this point and returns the marginal log-likelihood.
    pub(crate) fn run(&mut self, point: &Point) -> f64 {
        // One entry into the thread pool for the whole step instead of one per loop.
        rayon::scope(|_| self.run_in_pool(point))
    }

    fn run_in_pool(&mut self, point: &Point) -> f64 {
        self.prepare(point);
        let width = self.width();
        let counts = if self.layout.token_codes.is_some() {
            &mut self.token_counts
        } else {
            &mut self.counts
        };
        counts.fill(0.0);
        self.students.fill(0.0);
        let table =
            if self.layout.token_codes.is_some() { &self.token_table } else { &self.code_table };
        for block in &self.layout.blocks {
            let posterior = &mut self.posterior[..block.len * width];
            let log_likelihood =
                &mut self.pattern_log_likelihood[block.first..block.first + block.len];
            fill_posteriors(
                self.layout,
                block,
                table,
                &self.log_weights,
                posterior,
                log_likelihood,
            );
            gather_counts(block, posterior, width, counts);
            sum_rows(posterior, &mut self.students);
        }
        self.split_token_counts();
        let weighted = self.pattern_log_likelihood.iter().zip(&self.layout.weights);
        weighted.map(|(l, w)| l * w).sum()
    }

    /// The posteriors of the patterns at this point.
    pub(crate) fn posteriors(&mut self, point: &Point) -> Posteriors<'_> {
        self.prepare(point);
        let joined = self.layout.token_codes.is_some();
        Posteriors {
            layout: self.layout,
            table: if joined { &self.token_table } else { &self.code_table },
            log_weights: &self.log_weights,
            nodes: &self.nodes,
        }
    }

    fn prepare(&mut self, point: &Point) {
        self.quadrature.log_weights(point.mean, point.sd(), &mut self.log_weights);
        fill_log_probabilities(&point.curves, &self.nodes, &mut self.code_table);
        let Some(token_codes) = &self.layout.token_codes else { return };
        let width = self.nodes.len();
        for (row, codes) in self.token_table.chunks_exact_mut(width).zip(token_codes) {
            row.fill(0.0);
            for &code in codes {
                add_row(row, &self.code_table[code as usize * width..][..width]);
            }
        }
    }

    fn split_token_counts(&mut self) {
        let Some(token_codes) = &self.layout.token_codes else { return };
        let width = self.nodes.len();
        self.counts.fill(0.0);
        for (row, codes) in self.token_counts.chunks_exact(width).zip(token_codes) {
            for &code in codes {
                add_row(&mut self.counts[code as usize * width..][..width], row);
            }
        }
    }
}

/// Posterior of any pattern at one point of the parameter space.
#[derive(Clone, Copy)]
pub(crate) struct Posteriors<'a> {
    pub(crate) layout: &'a Layout,
    table: &'a [f64],
    log_weights: &'a [f64],
    pub(crate) nodes: &'a [f64],
}

impl Posteriors<'_> {
    /// Fills `row`, one entry per padded node, with the posterior of one student of the pattern.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn fill(&self, pattern: usize, row: &mut [f64]) {
        let tokens = self.layout.tokens_of(pattern);
        pattern_posterior(tokens, self.table, self.log_weights, 1.0, row);
    }
}

fn add_row(to: &mut [f64], from: &[f64]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += f;
    }
}

fn sum_rows(rows: &[f64], sum: &mut [f64]) {
    for row in rows.chunks_exact(sum.len()) {
        add_row(sum, row);
    }
}

/// Posterior of every pattern of a block, times the number of its students.
fn fill_posteriors(
    layout: &Layout,
    block: &Block,
    table: &[f64],
    log_weights: &[f64],
    posterior: &mut [f64],
    log_likelihood: &mut [f64],
) {
    let width = log_weights.len();
    posterior
        .par_chunks_mut(PATTERNS_PER_TASK * width)
        .zip(log_likelihood.par_chunks_mut(PATTERNS_PER_TASK))
        .enumerate()
        .for_each(|(task, (rows, log_likelihood))| {
            let first = block.first + task * PATTERNS_PER_TASK;
            vectorized(
                #[inline(always)]
                || {
                    let rows = rows.chunks_exact_mut(width);
                    for (i, (row, l)) in rows.zip(log_likelihood.iter_mut()).enumerate() {
                        let weight = layout.weights[first + i];
                        let tokens = layout.tokens_of(first + i);
                        *l = pattern_posterior(tokens, table, log_weights, weight, row);
                    }
                },
            );
        });
}

/// Fills `row` with the posterior times `weight`; returns the log marginal probability.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn pattern_posterior(
    tokens: &[u32],
    table: &[f64],
    log_weights: &[f64],
    weight: f64,
    row: &mut [f64],
) -> f64 {
    let width = log_weights.len();
    let tiles = row.as_chunks_mut::<TILE>().0.iter_mut();
    for (tile, (out, base)) in tiles.zip(log_weights.as_chunks::<TILE>().0).enumerate() {
        let mut sum = *base;
        for &token in tokens {
            let at = token as usize * width + tile * TILE;
            if let Some(values) = table[at..].first_chunk::<TILE>() {
                for (s, v) in sum.iter_mut().zip(values) {
                    *s += v;
                }
            }
        }
        *out = sum;
    }
    let mut max = [f64::NEG_INFINITY; LANES];
    for values in row.as_chunks::<LANES>().0 {
        for (m, v) in max.iter_mut().zip(values) {
            *m = if *v > *m { *v } else { *m };
        }
    }
    let max = max.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut total = [0.0; LANES];
    let negligible = max - NEGLIGIBLE_EXPONENT;
    for values in row.as_chunks_mut::<LANES>().0 {
        if values.iter().all(|v| *v < negligible) {
            values.fill(0.0);
            continue;
        }
        for (t, v) in total.iter_mut().zip(values) {
            *v = exp(*v - max);
            *t += *v;
        }
    }
    let total: f64 = total.iter().sum();
    let scale = weight / total;
    for v in row.iter_mut() {
        *v *= scale;
    }
    max + ln(total)
}

/// Adds the posteriors of its members to the row of every token.
fn gather_counts(block: &Block, posterior: &[f64], width: usize, counts: &mut [f64]) {
    counts.par_chunks_mut(TOKENS_PER_TASK * width).enumerate().for_each(|(task, rows)| {
        vectorized(
            #[inline(always)]
            || {
                for (i, row) in rows.chunks_exact_mut(width).enumerate() {
                    let token = task * TOKENS_PER_TASK + i;
                    let range = block.offsets[token] as usize..block.offsets[token + 1] as usize;
                    gather_token(&block.members[range], posterior, row);
                }
            },
        );
    });
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn gather_token(members: &[u32], posterior: &[f64], row: &mut [f64]) {
    let width = row.len();
    for (tile, out) in row.as_chunks_mut::<TILE>().0.iter_mut().enumerate() {
        let mut sum = *out;
        for &member in members {
            let at = member as usize * width + tile * TILE;
            if let Some(values) = posterior[at..].first_chunk::<TILE>() {
                for (s, v) in sum.iter_mut().zip(values) {
                    *s += v;
                }
            }
        }
        *out = sum;
    }
}
