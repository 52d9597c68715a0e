//! Products of vectors with what the information loses because abilities are not seen, without its matrix.

use rayon::prelude::*;
use seedtest_numerics::vectorized;

use crate::expectation::{Expectation, Posteriors};
use crate::layout::{Block, Layout};
use crate::missing_information::{AnswerScores, CompleteScores};

/// Nodes that stand for the posterior of a student.
const WINDOW: usize = 16;
/// Standard deviations of a posterior that they reach over, as far as there are nodes.
const REACH: f64 = 8.0;
const PATTERNS_PER_TASK: usize = 64;
const TOKENS_PER_TASK: usize = 32;
/// Chunks are summed in at most so many parts, side by side: each needs room for all answers.
const MOST_PARTS: usize = 8;
const LANES: usize = 8;

/// Numbers by the nodes of a window. A step needs no more digits.
type Row = [f32; WINDOW];

/// The covariance of the students' scores under their posteriors (Louis 1982) at one point, as a linear map.
///
/// Each student has a window of nodes: neighbours where the posterior is narrow, every other or every fourth where it
/// is wide. Rows of tables therefore hold the nodes several times, in strides of 1, 2, 4 …, so that the nodes of every
/// window stand side by side.
pub(crate) struct MissingProducts<'a> {
    n_free: usize,
    /// Length of the rows of tables.
    width: usize,
    /// By code.
    answers: Vec<ScoreRows>,
    /// By group.
    populations: Vec<ScoreRows>,
    chunks: Vec<(&'a Layout, Vec<Window>)>,
}

/// Scores by a few parameters.
struct ScoreRows {
    places: Vec<u32>,
    /// One row a parameter.
    scores: Vec<f32>,
}

/// The nodes of a student.
#[derive(Clone, Copy)]
struct Window {
    /// Its first place in the rows of tables.
    first: u32,
    probability: Row,
}

impl<'a> MissingProducts<'a> {
    /// At the point of the last E-step. `None` where the answers are somewhere else or the nodes are not equally
    /// spaced.
    pub(crate) fn new<S: AnswerScores>(
        scores: &CompleteScores<S>,
        expected: &mut Expectation<'a>,
    ) -> Option<Self> {
        let chunks = expected.chunks();
        let nodes = Strides::new(expected.width());
        if chunks.is_empty() || scores.grid_step.is_none() {
            return None;
        }
        let n_codes = expected.counts.len() / expected.width();
        let answers = (0..n_codes as u32).into_par_iter();
        let answers = answers.map(|code| ScoreRows::of_answer(scores, code, &nodes)).collect();
        let populations = scores.places.iter().zip(&scores.latent);
        let of_population = |(places, by): (&[Option<usize>; 2], &[Vec<f64>; 2])| {
            let free = places.iter().zip(by).filter_map(|(place, by)| Some(((*place)?, by)));
            ScoreRows {
                places: free.clone().map(|(place, _)| place as u32).collect(),
                scores: free.flat_map(|(_, by)| nodes.row(|node| by[node])).collect(),
            }
        };
        let windows = chunks.iter().map(|layout| {
            let posteriors = expected.posteriors(layout);
            let patterns = (0..layout.n_patterns()).into_par_iter().with_min_len(PATTERNS_PER_TASK);
            let of_pattern = |row: &mut Vec<f64>, pattern| nodes.window(&posteriors, pattern, row);
            (layout, patterns.map_init(Vec::new, of_pattern).collect())
        });
        Some(Self {
            n_free: scores.answers.n_free(),
            width: nodes.order.len(),
            answers,
            populations: populations.map(of_population).collect(),
            chunks: windows.collect(),
        })
    }

    /// Takes the product with `vector` off `out`.
    pub(crate) fn subtract(&self, vector: &[f64], out: &mut [f64]) {
        debug_assert_eq!((vector.len(), out.len()), (self.n_free, self.n_free));
        let width = self.width;
        let mut table = vec![0.0; self.answers.len() * width];
        let rows = table.par_chunks_mut(width).zip(&self.answers).with_min_len(TOKENS_PER_TASK);
        rows.for_each(|(row, scores)| scores.along(vector, row));
        let parts = self.chunks.len().min(MOST_PARTS);
        let of_parts = (0..parts).into_par_iter().map(|part| {
            let mut moved = vec![0.0; table.len()];
            let mut students = vec![0.0; self.populations.len() * width];
            for (layout, windows) in self.chunks.iter().skip(part).step_by(parts) {
                let group = layout.group;
                let mut base = vec![0.0; width];
                self.populations[group].along(vector, &mut base);
                let students = &mut students[group * width..][..width];
                let step = ChunkProduct { layout, windows, base: &base };
                step.add(&table, &mut moved, students);
            }
            (moved, students)
        });
        let mut of_parts = of_parts.collect::<Vec<(Vec<f32>, Vec<f32>)>>().into_iter();
        let Some((mut moved, mut students)) = of_parts.next() else { return };
        for (of_answers, of_students) in of_parts {
            add(&mut moved, &of_answers);
            add(&mut students, &of_students);
        }
        let of_all = self.answers.iter().chain(&self.populations);
        let rows = moved.chunks_exact(width).chain(students.chunks_exact(width));
        for (scores, row) in of_all.zip(rows) {
            scores.subtract(row, out);
        }
    }
}

impl ScoreRows {
    fn of_answer<S: AnswerScores>(scores: &CompleteScores<S>, code: u32, nodes: &Strides) -> Self {
        let (mut codes, mut places) = (vec![code], Vec::new());
        scores.answers.list(&mut codes, &mut places);
        let n = places.len();
        let mut by_node = vec![0.0; nodes.n * n];
        for (node, of_node) in by_node.chunks_exact_mut(n.max(1)).enumerate() {
            scores.answers.fill(node, &codes, of_node);
        }
        let mut rows = Vec::with_capacity(n * nodes.order.len());
        for i in 0..n {
            rows.extend(nodes.row(|node| by_node[node * n + i]));
        }
        Self { places, scores: rows }
    }

    /// Adds the derivative along `vector` at every place of a row.
    fn along(&self, vector: &[f64], row: &mut [f32]) {
        for (&place, scores) in self.places.iter().zip(self.scores.chunks_exact(row.len())) {
            let by = vector[place as usize] as f32;
            for (out, score) in row.iter_mut().zip(scores) {
                *out += by * score;
            }
        }
    }

    /// Takes the sums of the scores, as often as `row` says, off `out`.
    fn subtract(&self, row: &[f32], out: &mut [f64]) {
        for (&place, scores) in self.places.iter().zip(self.scores.chunks_exact(row.len())) {
            // Rows are as long as nodes in strides: whole windows.
            let mut sums = [0.0; LANES];
            for (row, scores) in
                row.as_chunks::<LANES>().0.iter().zip(scores.as_chunks::<LANES>().0)
            {
                for ((sum, r), s) in sums.iter_mut().zip(row).zip(scores) {
                    *sum += f64::from(*r) * f64::from(*s);
                }
            }
            out[place as usize] -= sums.iter().sum::<f64>();
        }
    }
}

/// The nodes in strides of 1, 2, 4 …, as long as a window fits.
struct Strides {
    n: usize,
    /// Node of every place of a row.
    order: Vec<usize>,
    longest: usize,
}

impl Strides {
    /// Of `n` nodes, a multiple of the length of a window.
    fn new(n: usize) -> Self {
        let fits = |stride: &usize| n.is_multiple_of(*stride) && n / stride >= WINDOW;
        let strides: Vec<usize> =
            std::iter::successors(Some(1), |stride| Some(2 * stride)).take_while(fits).collect();
        let of_stride =
            |&stride: &usize| (0..stride).flat_map(move |residue| (residue..n).step_by(stride));
        let order = strides.iter().flat_map(of_stride).collect();
        Self { n, order, longest: strides.last().copied().unwrap_or(1) }
    }

    fn row(&self, of_node: impl Fn(usize) -> f64) -> impl Iterator<Item = f32> {
        self.order.iter().map(move |&node| of_node(node) as f32)
    }

    /// The place of the window around a posterior with this mean and standard deviation, in nodes.
    fn place(&self, mean: f64, sd: f64) -> usize {
        let mut stride = 1;
        while stride < self.longest && ((WINDOW * stride) as f64) < REACH * sd {
            stride *= 2;
        }
        let half = 0.5 * ((WINDOW - 1) * stride) as f64;
        let first = (mean - half).round().max(0.0) as usize;
        let of_residue = self.n / stride;
        let (residue, at) = (first % stride, (first / stride).min(of_residue - WINDOW));
        stride.ilog2() as usize * self.n + residue * of_residue + at
    }

    #[inline]
    fn window(&self, posteriors: &Posteriors<'_>, pattern: usize, row: &mut Vec<f64>) -> Window {
        row.resize(self.n, 0.0);
        vectorized(
            #[inline(always)]
            || posteriors.fill(pattern, row),
        );
        let (mut mean, mut square) = (0.0, 0.0);
        for (node, p) in row.iter().enumerate() {
            let node = node as f64;
            mean += p * node;
            square += p * node * node;
        }
        let first = self.place(mean, (square - mean * mean).max(0.0).sqrt());
        let of_window = self.order[first..first + WINDOW].iter().map(|&node| row[node]);
        let total: f64 = of_window.clone().sum();
        let mut probability = Row::default();
        for (to, p) in probability.iter_mut().zip(of_window) {
            *to = if total > 0.0 { (p / total) as f32 } else { 0.0 };
        }
        Window { first: first as u32, probability }
    }
}

/// The product over the students of one chunk.
struct ChunkProduct<'a> {
    layout: &'a Layout,
    windows: &'a [Window],
    /// Derivative of the log density of the population by place.
    base: &'a [f32],
}

impl ChunkProduct<'_> {
    /// From the derivatives of the log-probabilities by code: adds what they move of the expected answers by code,
    /// and of the students.
    fn add(&self, table: &[f32], moved: &mut [f32], students: &mut [f32]) {
        let width = self.base.len();
        let Some(token_codes) = &self.layout.token_codes else {
            return self.add_tokens(table, moved, students);
        };
        let row_of = |code: u32| code as usize * width..(code as usize + 1) * width;
        let mut token_table = vec![0.0; self.layout.n_tokens * width];
        for (row, codes) in token_table.chunks_exact_mut(width).zip(token_codes) {
            for &code in codes {
                add(row, &table[row_of(code)]);
            }
        }
        let mut token_moved = vec![0.0; token_table.len()];
        self.add_tokens(&token_table, &mut token_moved, students);
        for (row, codes) in token_moved.chunks_exact(width).zip(token_codes) {
            for &code in codes {
                add(&mut moved[row_of(code)], row);
            }
        }
    }

    fn add_tokens(&self, table: &[f32], moved: &mut [f32], students: &mut [f32]) {
        let mut of_block = Vec::new();
        for block in &self.layout.blocks {
            of_block.resize(block.len, Row::default());
            self.fill(block, table, &mut of_block);
            self.gather(block, &of_block, moved);
            let windows = &self.windows[block.first..];
            for (window, row) in windows.iter().zip(&of_block) {
                add_window(&mut students[window.first as usize..], row);
            }
        }
    }

    /// What moves of the posterior of every pattern of a block, times its students.
    fn fill(&self, block: &Block, table: &[f32], moved: &mut [Row]) {
        let width = self.base.len();
        let tasks = moved.par_chunks_mut(PATTERNS_PER_TASK).enumerate();
        tasks.for_each(|(task, rows)| {
            let first = block.first + task * PATTERNS_PER_TASK;
            vectorized(
                #[inline(always)]
                || {
                    for (pattern, row) in (first..).zip(rows) {
                        let window = &self.windows[pattern];
                        let at = window.first as usize;
                        let mut sum = Row::default();
                        add_window(&mut sum, &self.base[at..]);
                        for &token in self.layout.tokens_of(pattern) {
                            add_window(&mut sum, &table[token as usize * width + at..]);
                        }
                        let weighted = sum.iter().zip(&window.probability).map(|(s, p)| s * p);
                        let mean: f32 = weighted.sum();
                        let weight = self.layout.weights[pattern] as f32;
                        for ((out, s), p) in row.iter_mut().zip(sum).zip(&window.probability) {
                            *out = weight * p * (s - mean);
                        }
                    }
                },
            );
        });
    }

    /// Adds what moves of its members to the row of every token.
    fn gather(&self, block: &Block, of_block: &[Row], moved: &mut [f32]) {
        let width = self.base.len();
        let windows = &self.windows[block.first..];
        let tasks = moved.par_chunks_mut(TOKENS_PER_TASK * width).enumerate();
        tasks.for_each(|(task, rows)| {
            vectorized(
                #[inline(always)]
                || {
                    for (token, row) in (task * TOKENS_PER_TASK..).zip(rows.chunks_exact_mut(width))
                    {
                        let range =
                            block.offsets[token] as usize..block.offsets[token + 1] as usize;
                        for &member in &block.members[range] {
                            let at = windows[member as usize].first as usize;
                            add_window(&mut row[at..], &of_block[member as usize]);
                        }
                    }
                },
            );
        });
    }
}

/// Adds the first places of a row.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn add_window(to: &mut [f32], from: &[f32]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<WINDOW>(), from.first_chunk::<WINDOW>()) {
        // A copy is known to lie apart from both, so that its lanes are added at once.
        let mut sum = *to;
        for (s, f) in sum.iter_mut().zip(from) {
            *s += f;
        }
        *to = sum;
    }
}

fn add(to: &mut [f32], from: &[f32]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += f;
    }
}
