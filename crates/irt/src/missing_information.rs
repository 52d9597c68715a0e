//! What the information loses because abilities are not seen (Louis 1982).

use rayon::prelude::*;
use seedtest_numerics::{ExactSums, Rule, vectorized};

use crate::curvature::score;
use crate::expectation::{Expectation, Posteriors};
use crate::parameters::{A, FreeSet, G, Point, Population};
use crate::posterior::moments;

/// Nodes with less posterior than this share of the largest are left out of the covariances.
const NEGLIGIBLE: f64 = 1e-11;
/// Summing a smooth bell of standard deviation σ at steps of h errs by about exp(−2π²σ²/h²). From
/// this σ/h on, every other node of an equally spaced grid does (error below 1e-7).
const WIDE: f64 = 1.8;
const ROW_TILE: usize = 4;
const COLUMN_TILE: usize = 8;
/// Most partial matrices, and the memory they may take together (in numbers).
pub(crate) const MOST_PARTS: usize = 8;
const PART_BUDGET: usize = 1 << 25;
const FEWEST_PATTERNS: usize = 64;
/// Sums over the scores of all students can reach 2⁴⁰.
const LN_SCORE_SCALE: i32 = 12;
/// Numbers of the block of an item: 3 × 3, whatever the model.
pub(crate) const BLOCK: usize = 9;

/// What the answers say about the parameters of their items, node by node.
pub(crate) trait AnswerScores: Sync {
    /// Whether answers say nothing about some of the parameters that are listed: a graded category knows only the
    /// slope and the thresholds beside it.
    const HAVE_GAPS: bool;

    /// Number of free parameters, those of the ability distributions included.
    fn n_free(&self) -> usize;

    /// Keeps the codes that say something about a free parameter, and lists the places of these
    /// parameters, increasing.
    fn list(&self, codes: &mut Vec<u32>, places: &mut Vec<u32>);

    /// Adds the scores of these answers at a node, in the order of the places; returns their number.
    fn fill(&self, node: usize, codes: &[u32], scores: &mut [f64]) -> usize;
}

/// Scores of the complete data of every pattern: what each answer says about the parameters at
/// each node.
pub(crate) struct CompleteScores<S> {
    nodes: Vec<f64>,
    pub(crate) answers: S,
    /// Distance of the nodes where they are equally spaced.
    pub(crate) grid_step: Option<f64>,
    /// Scores of mean and ln sd by node, of every group.
    pub(crate) latent: Vec<[Vec<f64>; 2]>,
    /// Places of mean and ln sd of every group.
    pub(crate) places: Vec<[Option<usize>; 2]>,
}

/// Scores of right and wrong answers.
pub(crate) struct BinaryScores<'a> {
    nodes: &'a [f64],
    free: &'a FreeSet,
    /// Free-item position of every item, or `u32::MAX`.
    position: Vec<u32>,
    /// ∂ ln P/∂η by code and node.
    eta: Vec<f64>,
    /// ∂ ln P/∂g by code and node; empty without guessing.
    g: Vec<f64>,
}

/// Sums over the students that correct the complete-data information (Louis 1982), as [`CompleteScores::full`]
/// finds them.
pub(crate) struct Missing {
    /// Σ covariance of the score under the posterior; lower triangle, row-major.
    pub covariance: Vec<f64>,
    /// Σ outer product of the marginal scores; lower triangle; empty unless asked for.
    pub outer: Vec<f64>,
}

impl Missing {
    /// Of `n` free parameters.
    pub(crate) fn of(mut sums: ExactSums, n: usize) -> Self {
        let mut covariance = vec![0.0; sums.len()];
        sums.write(&mut covariance);
        let outer = covariance.split_off(n * n);
        Self { covariance, outer }
    }
}

impl<'a> BinaryScores<'a> {
    pub(crate) fn new(nodes: &'a [f64], free: &'a FreeSet, point: &Point) -> Self {
        let width = nodes.len();
        let mut position = vec![u32::MAX; point.curves.len()];
        for (i, &item) in free.items.iter().enumerate() {
            position[item as usize] = i as u32;
        }
        let guessing = free.own.contains(&G);
        let n_rows = 2 * point.curves.len();
        let mut eta = vec![0.0; n_rows * width];
        let mut g = vec![0.0; if guessing { n_rows * width } else { 0 }];
        for code in 0..n_rows {
            for (q, &x) in nodes.iter().enumerate() {
                let at = score(point.curves[code / 2], x, code % 2 == 1);
                eta[code * width + q] = at.eta;
                if guessing {
                    g[code * width + q] = at.g;
                }
            }
        }
        Self { nodes, free, position, eta, g }
    }
}

impl AnswerScores for BinaryScores<'_> {
    const HAVE_GAPS: bool = false;

    fn n_free(&self) -> usize {
        self.free.len()
    }

    fn list(&self, codes: &mut Vec<u32>, places: &mut Vec<u32>) {
        codes.retain(|&code| self.position[code as usize / 2] != u32::MAX);
        let k = self.free.own.len() as u32;
        places.clear();
        for run in codes.chunk_by(|a, b| a / 2 == b / 2) {
            let first = self.position[run[0] as usize / 2] * k;
            places.extend(first..first + k);
        }
        places.extend(self.free.globals_start() as u32..self.free.populations_start() as u32);
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn fill(&self, q: usize, codes: &[u32], scores: &mut [f64]) -> usize {
        let width = self.nodes.len();
        let x = self.nodes[q];
        let k = self.free.own.len();
        let own_slope = self.free.own.contains(&A);
        let mut at = 0;
        let mut slope_sum = 0.0;
        for run in codes.chunk_by(|a, b| a / 2 == b / 2) {
            for &code in run {
                let eta = self.eta[code as usize * width + q];
                slope_sum += eta * x;
                if own_slope {
                    scores[at] += eta * x;
                }
                scores[at + usize::from(own_slope)] += eta;
                if k == 3 {
                    scores[at + 2] += self.g[code as usize * width + q];
                }
            }
            at += k;
        }
        if self.free.common_slope {
            scores[at] = slope_sum;
            at += 1;
        }
        at
    }
}

impl<'a> CompleteScores<BinaryScores<'a>> {
    /// Of right and wrong answers at a point.
    pub(crate) fn of_binary(
        nodes: &'a [f64],
        rule: Rule,
        (point, free): (&Point, &'a FreeSet),
    ) -> Self {
        let answers = BinaryScores::new(nodes, free, point);
        Self::new(nodes, rule, answers, &point.populations, free.population_places())
    }

    /// Only the covariances between the parameters of the same item, for calibrations whose full
    /// matrix would not fit in memory: a block of 3 × 3 an item.
    pub(crate) fn item_blocks(&self, expected: &mut Expectation<'_>) -> ExactSums {
        let k = self.answers.free.own.len();
        self.sums(
            expected,
            (BLOCK * self.answers.free.items.len(), MOST_PARTS),
            #[inline(always)]
            |work, blocks| work.add_item_blocks(blocks, k),
        )
    }
}

impl<S: AnswerScores> CompleteScores<S> {
    pub(crate) fn new(
        nodes: &[f64],
        rule: Rule,
        answers: S,
        populations: &[Population],
        places: Vec<[Option<usize>; 2]>,
    ) -> Self {
        // The normalising sums are constants: they drop out of covariances, and `outer` restores
        // them through the expectation under the latent distribution.
        let of_group = |population: &Population| {
            let (mean, sd) = (population.mean, population.sd());
            let z = |x: &f64| (x - mean) / sd;
            [nodes.iter().map(|x| z(x) / sd).collect(), nodes.iter().map(|x| z(x) * z(x)).collect()]
        };
        let latent = populations.iter().map(of_group).collect();
        let grid_step = match rule {
            Rule::Grid { points, min, max } => Some((max - min) / (points - 1) as f64),
            Rule::GaussHermite { .. } => None,
        };
        Self { nodes: nodes.to_vec(), answers, grid_step, latent, places }
    }

    /// Full matrices over all free parameters, one after the other: see [`Missing`]. `latent_mean` is, group by
    /// group, the expectation of the latent scores under the latent distribution.
    pub(crate) fn full(
        &self,
        expected: &mut Expectation<'_>,
        latent_mean: &[[f64; 2]],
        with_outer: bool,
    ) -> ExactSums {
        let n = self.answers.n_free();
        // Of an odd number of parts one thread of two would wait for the other.
        let most_parts = 1 << (PART_BUDGET / (n * n).max(1)).clamp(1, MOST_PARTS).ilog2();
        let size = if with_outer { 2 * n * n } else { n * n };
        self.sums(
            expected,
            (size, most_parts),
            #[inline(always)]
            |work, sums| {
                let (covariance, outer) = sums.split_at_mut(n * n);
                if S::HAVE_GAPS {
                    work.close_gaps();
                }
                work.add_covariance(covariance, n);
                if with_outer {
                    work.add_outer(latent_mean[work.group], outer, n);
                }
            },
        )
    }

    /// Sums of `size` numbers over the patterns of the chunks that are here, as long as somebody wants them: in a
    /// fixed number of parts within a chunk, exact across chunks.
    pub(crate) fn sums(
        &self,
        expected: &mut Expectation<'_>,
        (size, most_parts): (usize, usize),
        add: impl Fn(&mut Work, &mut [f64]) + Sync,
    ) -> ExactSums {
        let mut total = ExactSums::new(size, LN_SCORE_SCALE);
        let mut parts: Vec<Vec<f64>> = Vec::new();
        for chunk in expected.chunks() {
            let posteriors = expected.posteriors(chunk);
            let n_patterns = chunk.n_patterns();
            let n_parts = (n_patterns / FEWEST_PATTERNS).clamp(1, most_parts);
            parts.resize(n_parts, vec![0.0; size]);
            let of_part = n_patterns.div_ceil(n_parts);
            parts.par_iter_mut().enumerate().for_each(|(part, sums)| {
                sums.fill(0.0);
                let mut work = Work::default();
                let range =
                    (part * of_part).min(n_patterns)..((part + 1) * of_part).min(n_patterns);
                vectorized(
                    #[inline(always)]
                    || {
                        for pattern in range {
                            if posteriors.stop.is_raised() {
                                return;
                            }
                            self.load(&posteriors, pattern, &mut work);
                            add(&mut work, sums);
                        }
                    },
                );
            });
            let Some((first, others)) = parts.split_first_mut() else { continue };
            for other in others {
                add_all(first, other);
            }
            total.add(first);
        }
        total
    }

    /// Lays out the centred scores of one pattern, node by node.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn load(&self, posteriors: &Posteriors<'_>, pattern: usize, work: &mut Work) {
        let layout = posteriors.layout;
        let width = self.nodes.len();
        work.posterior.resize(width, 0.0);
        posteriors.fill(pattern, &mut work.posterior);
        work.weight = layout.weights[pattern];
        work.group = layout.group;
        work.codes.clear();
        for &token in layout.tokens_of(pattern) {
            match &layout.token_codes {
                None => work.codes.push(token),
                Some(codes) => work.codes.extend_from_slice(&codes[token as usize]),
            }
        }
        self.choose_nodes(work);
        self.list_parameters(work);
        work.rows = work.parameters.len().next_multiple_of(COLUMN_TILE);
        work.scores.clear();
        work.scores.resize(work.nodes.len() * work.rows, 0.0);
        for (&q, scores) in work.nodes.iter().zip(work.scores.chunks_exact_mut(work.rows)) {
            self.fill_node(q, &work.codes, work.group, scores);
        }
        work.centre();
    }

    /// Picks the nodes that carry the posterior.
    fn choose_nodes(&self, work: &mut Work) {
        let (low, high) = window(&work.posterior);
        let wide = self.grid_step.is_some_and(|h| {
            let (_, sd) = moments(&self.nodes, &work.posterior);
            sd > WIDE * h
        });
        let stride = if wide { 2 } else { 1 };
        work.nodes.clear();
        work.nodes.extend((low..high).step_by(stride));
        work.probability.clear();
        work.probability.extend(work.nodes.iter().map(|&q| work.posterior[q]));
    }

    fn list_parameters(&self, work: &mut Work) {
        self.answers.list(&mut work.codes, &mut work.parameters);
        let places = self.places[work.group].iter().flatten();
        work.first_of_population = work.parameters.len();
        work.free_population = self.places[work.group].map(|place| place.is_some());
        work.parameters.extend(places.map(|&place| place as u32));
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // as for `load`
    fn fill_node(&self, q: usize, codes: &[u32], group: usize, scores: &mut [f64]) {
        let mut at = self.answers.fill(q, codes, scores);
        for (place, by) in self.places[group].iter().zip(&self.latent[group]) {
            if place.is_some() {
                scores[at] = by[q];
                at += 1;
            }
        }
    }
}

/// First and one past the last node that matter.
fn window(posterior: &[f64]) -> (usize, usize) {
    let limit = NEGLIGIBLE * posterior.iter().copied().fold(0.0, f64::max);
    let low = posterior.iter().position(|&p| p > limit).unwrap_or(0);
    let high = posterior.iter().rposition(|&p| p > limit).map_or(posterior.len(), |q| q + 1);
    (low, high)
}

fn add_all(to: &mut [f64], from: &[f64]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += f;
    }
}

/// Scratch of one thread.
#[derive(Default)]
pub(crate) struct Work {
    posterior: Vec<f64>,
    /// Nodes that carry the posterior.
    nodes: Vec<usize>,
    pub(crate) codes: Vec<u32>,
    weight: f64,
    group: usize,
    /// Places of the pattern's parameters in the flat vector, increasing.
    parameters: Vec<u32>,
    /// Where those of the ability distribution begin, and which of its two there are.
    first_of_population: usize,
    free_population: [bool; 2],
    /// Padded number of parameters.
    rows: usize,
    probability: Vec<f64>,
    /// Scores by node, then parameter.
    scores: Vec<f64>,
    mean: Vec<f64>,
    tile: Vec<f64>,
    /// Sizes of the scores by parameter, summed over nodes and mean; then the parameters that have any.
    sizes: Vec<f64>,
    kept: Vec<usize>,
}

impl Work {
    #[inline(always)]
    #[allow(clippy::inline_always)] // as for `CompleteScores::load`
    fn centre(&mut self) {
        self.mean.clear();
        self.mean.resize(self.rows, 0.0);
        let total: f64 = self.probability.iter().sum();
        for (scores, p) in self.scores.chunks_exact(self.rows).zip(&mut self.probability) {
            *p /= total;
            for (m, s) in self.mean.iter_mut().zip(scores) {
                *m += *p * s;
            }
        }
        for scores in self.scores.chunks_exact_mut(self.rows) {
            for (s, m) in scores.iter_mut().zip(&self.mean) {
                *s -= m;
            }
        }
    }

    /// Takes out the parameters about which the pattern says nothing at all.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as for `CompleteScores::load`
    fn close_gaps(&mut self) {
        let rows = self.rows;
        self.sizes.clear();
        self.sizes.extend(self.mean.iter().map(|m| m.abs()));
        for scores in self.scores.chunks_exact(rows) {
            for (size, score) in self.sizes.iter_mut().zip(scores) {
                *size += score.abs();
            }
        }
        self.kept.clear();
        let of_population = self.first_of_population;
        let is_kept = |i: &usize| *i >= of_population || self.sizes[*i] > 0.0;
        self.kept.extend((0..self.parameters.len()).filter(is_kept));
        if self.kept.len() == self.parameters.len() {
            return;
        }
        self.rows = self.kept.len().next_multiple_of(COLUMN_TILE);
        // No number is moved to the right, so none is overwritten before it is read.
        for node in 0..self.nodes.len() {
            let (to, from) = (node * self.rows, node * rows);
            for (i, &kept) in self.kept.iter().enumerate() {
                self.scores[to + i] = self.scores[from + kept];
            }
            self.scores[to + self.kept.len()..to + self.rows].fill(0.0);
        }
        self.scores.truncate(self.nodes.len() * self.rows);
        for (i, &kept) in self.kept.iter().enumerate() {
            self.parameters[i] = self.parameters[kept];
            self.mean[i] = self.mean[kept];
        }
        self.parameters.truncate(self.kept.len());
        self.mean.truncate(self.kept.len());
        self.first_of_population = self.kept.partition_point(|&i| i < of_population);
    }

    /// Adds the covariance of this pattern's scores, times its students.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as for `CompleteScores::load`
    fn add_covariance(&mut self, matrix: &mut [f64], n: usize) {
        let rows = self.rows;
        self.tile.clear();
        for (scores, p) in self.scores.chunks_exact(rows).zip(&self.probability) {
            self.tile.extend(scores.iter().map(|s| s * p * self.weight));
        }
        for first_row in (0..rows).step_by(ROW_TILE) {
            for first_column in (0..first_row + ROW_TILE).step_by(COLUMN_TILE) {
                let block = product(&self.tile, &self.scores, rows, first_row, first_column);
                self.scatter(&block, first_row, first_column, matrix, n);
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // as for `CompleteScores::load`
    fn scatter(
        &self,
        block: &[[f64; COLUMN_TILE]; ROW_TILE],
        first_row: usize,
        first_column: usize,
        matrix: &mut [f64],
        n: usize,
    ) {
        for (row, values) in block.iter().enumerate() {
            let Some(&to) = self.parameters.get(first_row + row) else { break };
            let last = (first_row + row + 1).min(self.parameters.len());
            if first_column >= last {
                continue;
            }
            let line = &mut matrix[to as usize * n..][..n];
            for (&column, v) in self.parameters[first_column..last].iter().zip(values) {
                line[column as usize] += v;
            }
        }
    }

    /// Adds the outer product of the marginal score; the latent scores are measured from their
    /// expectation.
    fn add_outer(&mut self, latent_mean: [f64; 2], matrix: &mut [f64], n: usize) {
        let mut at = self.first_of_population;
        for (is_free, mean) in self.free_population.into_iter().zip(latent_mean) {
            if is_free {
                self.mean[at] -= mean;
                at += 1;
            }
        }
        for (i, &row) in self.parameters.iter().enumerate() {
            let factor = self.weight * self.mean[i];
            let line = &mut matrix[row as usize * n..][..n];
            for (&column, m) in self.parameters[..=i].iter().zip(&self.mean) {
                line[column as usize] += factor * m;
            }
        }
    }

    fn add_item_blocks(&self, blocks: &mut [f64], k: usize) {
        let n_items = self.codes.chunk_by(|a, b| a / 2 == b / 2).count();
        for item in 0..n_items {
            let block = &mut blocks[BLOCK * (self.parameters[item * k] as usize / k)..][..BLOCK];
            for (scores, p) in self.scores.chunks_exact(self.rows).zip(&self.probability) {
                let own = &scores[item * k..(item + 1) * k];
                for (i, x) in own.iter().enumerate() {
                    for (j, y) in own.iter().enumerate() {
                        block[3 * i + j] += self.weight * p * x * y;
                    }
                }
            }
        }
    }

    /// Adds the covariance of `n` neighbouring scores from `first` on to a row-major block.
    pub(crate) fn add_block(&self, first: usize, n: usize, block: &mut [f64]) {
        for (scores, p) in self.scores.chunks_exact(self.rows).zip(&self.probability) {
            let own = &scores[first..first + n];
            for (row, x) in block.chunks_exact_mut(n.max(1)).zip(own) {
                for (out, y) in row.iter_mut().zip(own) {
                    *out += self.weight * p * x * y;
                }
            }
        }
    }
}

/// One tile of the product of weighted and plain scores, summed over the nodes.
#[inline(always)]
#[allow(clippy::inline_always)] // as for `CompleteScores::load`
#[allow(clippy::disallowed_methods)] // fused on purpose: rounded once, by definition, on any machine
fn product(
    weighted: &[f64],
    scores: &[f64],
    rows: usize,
    first_row: usize,
    first_column: usize,
) -> [[f64; COLUMN_TILE]; ROW_TILE] {
    let mut block = [[0.0; COLUMN_TILE]; ROW_TILE];
    for (left, right) in weighted.chunks_exact(rows).zip(scores.chunks_exact(rows)) {
        let Some(left) = left[first_row..].first_chunk::<ROW_TILE>() else { break };
        let Some(right) = right[first_column..].first_chunk::<COLUMN_TILE>() else { break };
        for (sums, l) in block.iter_mut().zip(left) {
            for (s, r) in sums.iter_mut().zip(right) {
                *s = l.mul_add(*r, *s);
            }
        }
    }
    block
}
