//! The E-step over all chunks.

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Quadrature, Rule};

use crate::answer_chunks::AnswerChunks;
use crate::chunk_step::{ChunkStep, TILE, pattern_posterior};
use crate::curves::fill_log_probabilities;
use crate::grid::Grid;
use crate::layout::Layout;
use crate::parameters::{Point, Population};
use crate::passes::{Abilities, Elsewhere};
use crate::step_statistics::StepStatistics;

/// Log weight of a padding node: its posterior is exactly zero.
const NO_WEIGHT: f64 = -1e6;
/// Most chunks worked on at once: each needs room for all counts.
const MOST_AT_ONCE: usize = 8;

/// Where the answers of a calibration are.
#[derive(Clone, Copy)]
pub(crate) enum Source<'a> {
    /// Here, those of all students.
    Here(&'a AnswerChunks),
    /// In parts somewhere else.
    Elsewhere(&'a Elsewhere<'a>),
}

/// The E-step: expected answers per item, outcome and node under the posterior of each student.
pub(crate) struct Expectation<'a> {
    source: Source<'a>,
    rule: Rule,
    quadrature: Quadrature,
    /// Once it is raised, what is computed is worth nothing.
    stop: Interrupt,
    /// Nodes, padded with zeros.
    pub(crate) nodes: Vec<f64>,
    /// Of every group, by padded node.
    log_weights: Vec<f64>,
    code_table: Vec<f64>,
    /// The log-likelihood of the last step over the answers that are here, as long as the tables are those it ran on.
    found: Option<f64>,
    workers: Vec<Worker>,
    /// Expected answers by code and node.
    pub(crate) counts: Vec<f64>,
    /// Expected students by padded node, group after group.
    pub(crate) students: Vec<f64>,
}

/// Every so-maniest chunk, with what was found in them.
struct Worker {
    step: ChunkStep,
    found: StepStatistics,
}

impl<'a> Expectation<'a> {
    pub(crate) fn new(source: Source<'a>, grid: &Grid) -> Self {
        let mut nodes = grid.quadrature.nodes().to_vec();
        nodes.resize(nodes.len().next_multiple_of(TILE), 0.0);
        let width = nodes.len();
        let (n_codes, n_groups) = match source {
            Source::Here(answers) => (answers.n_codes, answers.n_groups),
            Source::Elsewhere(elsewhere) => (elsewhere.n_codes, elsewhere.n_groups),
        };
        let worker = |answers| Worker {
            step: ChunkStep::new(answers, width),
            found: StepStatistics::new(n_codes, width, n_groups),
        };
        let workers = match source {
            Source::Here(answers) => {
                // Their number does not show in the result: sums over chunks are exact.
                let at_once = rayon::current_num_threads().min(MOST_AT_ONCE);
                let workers = answers.chunks.len().clamp(1, at_once);
                (0..workers).map(|_| worker(answers)).collect()
            }
            Source::Elsewhere(_) => Vec::new(),
        };
        Self {
            source,
            rule: grid.rule,
            quadrature: grid.quadrature.clone(),
            stop: Interrupt::never(),
            log_weights: vec![NO_WEIGHT; n_groups * width],
            code_table: vec![0.0; n_codes * width],
            found: None,
            workers,
            counts: vec![0.0; n_codes * width],
            students: vec![0.0; n_groups * width],
            nodes,
        }
    }

    /// Ends steps in the middle once `stop` is raised.
    pub(crate) fn end_with(&mut self, stop: Interrupt) {
        self.stop = match self.source {
            Source::Here(_) => stop,
            Source::Elsewhere(elsewhere) => elsewhere.stop(stop),
        };
    }

    /// What ends its steps. Whoever reads their results looks at it first.
    pub(crate) fn stop(&self) -> &Interrupt {
        &self.stop
    }

    /// Number of nodes with padding: the length of every row.
    pub(crate) fn width(&self) -> usize {
        self.nodes.len()
    }

    /// Expected students of a group by padded node.
    pub(crate) fn students_of(&self, group: usize) -> &[f64] {
        &self.students[group * self.width()..][..self.width()]
    }

    pub(crate) fn quadrature(&self) -> &Quadrature {
        &self.quadrature
    }

    pub(crate) fn rule(&self) -> Rule {
        self.rule
    }

    /// Where the answers it runs over are.
    pub(crate) fn source(&self) -> Source<'a> {
        self.source
    }

    /// The chunks that are here.
    pub(crate) fn chunks(&self) -> &'a [Layout] {
        match self.source {
            Source::Here(answers) => &answers.chunks,
            Source::Elsewhere(_) => &[],
        }
    }

    /// What the posteriors at the last point were made of.
    pub(crate) fn abilities_at(&self, populations: &[Population]) -> Abilities {
        let populations = populations.to_vec();
        Abilities { rule: self.rule, populations, table: self.code_table.clone() }
    }

    /// Fills `counts` and `students` at a point of right and wrong answers, and returns the marginal
    /// log-likelihood.
    pub(crate) fn run(&mut self, point: &Point) -> f64 {
        self.run_with(&point.populations, |nodes, table| {
            fill_log_probabilities(&point.curves, nodes, table);
        })
    }

    /// Fills `counts` and `students` for these ability distributions and the log-probabilities by code
    /// and node that `fill` writes, and returns the marginal log-likelihood.
    pub(crate) fn run_with(
        &mut self,
        populations: &[Population],
        fill: impl FnOnce(&[f64], &mut [f64]) + Send,
    ) -> f64 {
        if let Source::Elsewhere(elsewhere) = self.source {
            self.prepare_with(populations, fill);
            let found = elsewhere.expectation(self.abilities_at(populations));
            let written = found.map(|mut found| found.write(&mut self.counts, &mut self.students));
            return written.unwrap_or(f64::NAN);
        }
        // One entry into the thread pool for the whole step instead of one per loop.
        rayon::scope(|_| {
            self.prepare_with(populations, fill);
            // A step at the point of the last one finds the same.
            let log_likelihood = self.found.unwrap_or_else(|| self.run_here());
            self.found = Some(log_likelihood).filter(|_| !self.stop.is_raised());
            log_likelihood
        })
    }

    /// A step over the chunks that are here, at what was prepared.
    pub(crate) fn run_here(&mut self) -> f64 {
        let chunks = self.chunks();
        let (code_table, log_weights, stop) = (&self.code_table, &self.log_weights, &self.stop);
        let (n_workers, width) = (self.workers.len(), self.nodes.len());
        let run = |(first, worker): (usize, &mut Worker)| {
            worker.found.clear();
            for chunk in chunks.iter().skip(first).step_by(n_workers) {
                let of_group = &log_weights[chunk.group * width..][..width];
                let found = worker.step.run(chunk, code_table, of_group, stop);
                worker.found.absorb(found, chunk.group);
            }
        };
        self.workers.par_iter_mut().enumerate().for_each(run);
        let Some((total, rest)) = self.workers.split_first_mut() else { return f64::NAN };
        for worker in rest {
            total.found.merge(&worker.found);
        }
        total.found.write(&mut self.counts, &mut self.students)
    }

    /// The sums of the last step over the chunks that are here.
    pub(crate) fn into_statistics(mut self) -> StepStatistics {
        let (width, n_groups) = (self.nodes.len(), self.students.len() / self.nodes.len());
        let none = || StepStatistics::new(self.counts.len() / width, width, n_groups);
        if self.workers.is_empty() { none() } else { self.workers.swap_remove(0).found }
    }

    /// Log-probabilities by code and node, and logarithms of the nodes' weights, at the last point.
    #[cfg(test)]
    pub(crate) fn tables(&self) -> (&[f64], &[f64]) {
        (&self.code_table, &self.log_weights)
    }

    /// Makes ready for [`posteriors`](Self::posteriors) at a point of right and wrong answers.
    pub(crate) fn prepare(&mut self, point: &Point) {
        self.prepare_with(&point.populations, |nodes, table| {
            fill_log_probabilities(&point.curves, nodes, table);
        });
    }

    /// The same with the log-probabilities that `fill` writes.
    pub(crate) fn prepare_with(
        &mut self,
        populations: &[Population],
        fill: impl FnOnce(&[f64], &mut [f64]),
    ) {
        let before = self.found.map(|_| (self.code_table.clone(), self.log_weights.clone()));
        let rows = self.log_weights.chunks_exact_mut(self.nodes.len());
        for (population, log_weights) in populations.iter().zip(rows) {
            self.quadrature.log_weights(population.mean, population.sd(), log_weights);
        }
        fill(&self.nodes, &mut self.code_table);
        if before
            .is_some_and(|(table, weights)| table != self.code_table || weights != self.log_weights)
        {
            self.found = None;
        }
    }

    /// The posteriors of the patterns of a chunk at the point of the last step.
    pub(crate) fn posteriors<'b>(&'b mut self, chunk: &'b Layout) -> Posteriors<'b> {
        let width = self.nodes.len();
        Posteriors {
            layout: chunk,
            stop: &self.stop,
            table: self.workers[0].step.table(chunk, &self.code_table, width),
            log_weights: &self.log_weights[chunk.group * width..][..width],
            nodes: &self.nodes,
        }
    }
}

/// Posterior of any pattern of a chunk at one point of the parameter space.
#[derive(Clone, Copy)]
pub(crate) struct Posteriors<'a> {
    pub(crate) layout: &'a Layout,
    /// What ends the work on them.
    pub(crate) stop: &'a Interrupt,
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
