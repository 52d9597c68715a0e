//! The E-step of one chunk of students.

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, exp, ln, vectorized};

use crate::answer_chunks::AnswerChunks;
use crate::layout::{Block, Layout};
use crate::step_statistics::ChunkSums;

/// Nodes are padded to a multiple of this, so that the kernels have no remainder.
pub(crate) const TILE: usize = 16;
/// Independent partial sums; fixed, so that the result does not depend on the vector width.
pub(crate) const LANES: usize = 8;
const PATTERNS_PER_TASK: usize = 64;
const TOKENS_PER_TASK: usize = 32;

/// Nodes whose posterior is below e^−60 of the largest count as zero: far below the rounding of the
/// sums they would enter.
const NEGLIGIBLE_EXPONENT: f64 = 60.0;

/// Room for the E-step of any one chunk, with its sums.
pub(crate) struct ChunkStep {
    token_table: Vec<f64>,
    token_counts: Vec<f64>,
    posterior: Vec<f64>,
    pattern_log_likelihood: Vec<f64>,
    sums: ChunkSums,
}

impl ChunkStep {
    pub(crate) fn new(answers: &AnswerChunks, width: usize) -> Self {
        let largest = |of: fn(&Layout) -> usize| answers.chunks.iter().map(of).max().unwrap_or(0);
        let tokens = largest(|chunk| chunk.token_codes.as_ref().map_or(0, Vec::len));
        let block = largest(|chunk| chunk.blocks.iter().map(|b| b.len).max().unwrap_or(0));
        Self {
            token_table: vec![0.0; tokens * width],
            token_counts: vec![0.0; tokens * width],
            posterior: vec![0.0; block * width],
            pattern_log_likelihood: vec![0.0; largest(Layout::n_patterns)],
            sums: ChunkSums::new(answers.n_codes, width),
        }
    }

    /// Log-probabilities by token and node: those of the codes where tokens are codes.
    pub(crate) fn table<'t>(
        &'t mut self,
        chunk: &Layout,
        code_table: &'t [f64],
        width: usize,
    ) -> &'t [f64] {
        let Some(token_codes) = &chunk.token_codes else { return code_table };
        let table = &mut self.token_table[..chunk.n_tokens * width];
        let tasks = table.par_chunks_mut(TOKENS_PER_TASK * width);
        tasks.zip(token_codes.par_chunks(TOKENS_PER_TASK)).for_each(|(rows, token_codes)| {
            for (row, codes) in rows.chunks_exact_mut(width).zip(token_codes) {
                row.fill(0.0);
                for &code in codes {
                    add_row(row, &code_table[code as usize * width..][..width]);
                }
            }
        });
        table
    }

    /// Expected counts of a chunk, from the log-probabilities by code and node and the logarithms of the
    /// weights of the nodes; anything once `stop` is raised, which every task looks at.
    pub(crate) fn run(
        &mut self,
        chunk: &Layout,
        code_table: &[f64],
        log_weights: &[f64],
        stop: &Interrupt,
    ) -> &ChunkSums {
        let width = log_weights.len();
        self.table(chunk, code_table, width);
        self.sums.clear();
        let joined = chunk.token_codes.as_ref();
        let table = if joined.is_some() { &self.token_table } else { code_table };
        let counts = if joined.is_some() {
            &mut self.token_counts[..chunk.n_tokens * width]
        } else {
            &mut self.sums.counts
        };
        counts.fill(0.0);
        for block in &chunk.blocks {
            let posterior = &mut self.posterior[..block.len * width];
            let log_likelihood =
                &mut self.pattern_log_likelihood[block.first..block.first + block.len];
            let weights = (log_weights, stop);
            fill_posteriors(chunk, block, table, weights, posterior, log_likelihood);
            gather_counts(block, posterior, width, counts, stop);
            sum_rows(posterior, &mut self.sums.students);
        }
        if let Some(token_codes) = joined {
            for (row, codes) in self.token_counts.chunks_exact(width).zip(token_codes) {
                for &code in codes {
                    add_row(&mut self.sums.counts[code as usize * width..][..width], row);
                }
            }
        }
        let weighted = self.pattern_log_likelihood.iter().zip(&chunk.weights);
        self.sums.log_likelihood = weighted.map(|(l, w)| l * w).sum();
        &self.sums
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
    (log_weights, stop): (&[f64], &Interrupt),
    posterior: &mut [f64],
    log_likelihood: &mut [f64],
) {
    let width = log_weights.len();
    posterior
        .par_chunks_mut(PATTERNS_PER_TASK * width)
        .zip(log_likelihood.par_chunks_mut(PATTERNS_PER_TASK))
        .enumerate()
        .for_each(|(task, (rows, log_likelihood))| {
            if stop.is_raised() {
                return;
            }
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
pub(crate) fn pattern_posterior(
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
fn gather_counts(
    block: &Block,
    posterior: &[f64],
    width: usize,
    counts: &mut [f64],
    stop: &Interrupt,
) {
    counts.par_chunks_mut(TOKENS_PER_TASK * width).enumerate().for_each(|(task, rows)| {
        if stop.is_raised() {
            return;
        }
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
