//! The E-step over the points of a lattice.

use seedtest_numerics::Interrupt;

use super::lattice::Lattice;
use super::structure::{Point, Root};
use crate::answer_chunks::AnswerChunks;
use crate::chunk_step::{ChunkStep, pattern_posterior};
use crate::layout::Layout;
use crate::step_statistics::StepStatistics;

/// Numbers that the posteriors of the patterns of a block may take together.
const BLOCK_BUDGET: usize = 1 << 23;
/// Fewest and most patterns of a block: with fewer, walking its index costs more than the answers.
const PATTERNS: (usize, usize) = (64, 1024);

/// Expected answers by code and point, and expected students by point, under the posterior of each student.
pub(crate) struct Expectation<'a> {
    chunks: &'a [Layout],
    pub(crate) lattice: Lattice,
    /// Once it is raised, what is computed is worth nothing.
    pub(crate) stop: Interrupt,
    /// Log-probabilities by code and point.
    table: Vec<f64>,
    step: ChunkStep,
    found: StepStatistics,
    /// Expected answers by code and point.
    pub(crate) counts: Vec<f64>,
    /// Expected students by point.
    pub(crate) students: Vec<f64>,
}

/// Cuts answers into blocks whose posteriors fit into the budget at so many points.
pub(crate) fn cut_blocks(answers: &mut AnswerChunks, width: usize) {
    let patterns = (BLOCK_BUDGET / width).clamp(PATTERNS.0, PATTERNS.1);
    for chunk in &mut answers.chunks {
        chunk.cut_blocks(patterns);
    }
}

impl<'a> Expectation<'a> {
    pub(crate) fn new(answers: &'a AnswerChunks, lattice: Lattice, stop: Interrupt) -> Self {
        let (width, n_codes) = (lattice.width(), answers.n_codes);
        Self {
            chunks: &answers.chunks,
            lattice,
            stop,
            table: vec![0.0; n_codes * width],
            step: ChunkStep::new(answers, width),
            found: StepStatistics::new(n_codes, width, 1),
            counts: vec![0.0; n_codes * width],
            students: vec![0.0; width],
        }
    }

    /// Fills `counts` and `students` at a point, and returns the marginal log-likelihood.
    pub(crate) fn run(&mut self, point: &Point, root: &Root) -> f64 {
        fill_log_probabilities(&self.lattice, point, root, &mut self.table);
        self.found.clear();
        for chunk in self.chunks {
            let sums = self.step.run(chunk, &self.table, &self.lattice.log_weights, &self.stop);
            self.found.absorb(sums, 0);
        }
        self.found.write(&mut self.counts, &mut self.students)
    }

    pub(crate) fn chunks(&self) -> &'a [Layout] {
        self.chunks
    }

    /// The posteriors of the patterns of a chunk at the point of the last step.
    pub(crate) fn posteriors<'b>(&'b mut self, chunk: &'b Layout) -> Posteriors<'b> {
        let table = self.step.table(chunk, &self.table, self.lattice.width());
        Posteriors { layout: chunk, stop: &self.stop, table, lattice: &self.lattice }
    }
}

/// Posterior of any pattern of a chunk at one point of the parameter space.
#[derive(Clone, Copy)]
pub(crate) struct Posteriors<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) stop: &'a Interrupt,
    table: &'a [f64],
    pub(crate) lattice: &'a Lattice,
}

impl Posteriors<'_> {
    /// Fills `row`, one entry a padded point, with the posterior of one student of the pattern.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    pub(crate) fn fill(&self, pattern: usize, row: &mut [f64]) {
        let tokens = self.layout.tokens_of(pattern);
        pattern_posterior(tokens, self.table, &self.lattice.log_weights, 1.0, row);
    }
}

/// Log-probabilities of a wrong and a right answer to every item at every point.
fn fill_log_probabilities(lattice: &Lattice, point: &Point, root: &Root, table: &mut [f64]) {
    use rayon::prelude::*;
    let width = lattice.width();
    let items = point.slopes.par_iter().zip(&point.intercepts);
    table.par_chunks_exact_mut(2 * width).zip(items).for_each(|(rows, (slopes, intercept))| {
        let (wrong, right) = rows.split_at_mut(width);
        logits(lattice, &root.transposed_times(slopes), *intercept, wrong);
        seedtest_numerics::vectorized(
            #[inline(always)]
            || {
                for (wrong, right) in wrong.iter_mut().zip(right) {
                    let logit = *wrong;
                    *right = -seedtest_numerics::log1pexp(-logit);
                    *wrong = *right - logit;
                }
            },
        );
    });
}

/// Logits of a right answer at every point; `slopes` are those by independent abilities.
pub(crate) fn logits(lattice: &Lattice, slopes: &[f64], intercept: f64, out: &mut [f64]) {
    out.fill(intercept);
    for (slope, row) in slopes.iter().zip(&lattice.coordinates) {
        for (out, z) in out.iter_mut().zip(row) {
            *out += slope * z;
        }
    }
}
