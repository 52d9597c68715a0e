//! The partial likelihood of Breslow and Efron with its derivatives.

use seedtest_numerics::{Derivatives, exp, vectorized};

use super::gram::{add_gram, add_weighted_gram};
use super::panel::{Panel, split_rows, split_sets};
use super::sums::Sums;
use super::ties::TieSums;
use crate::risk_sets::{Chunk, RiskSets};
use crate::simd::{dot, sum};
use crate::tasks::map_tasks;

/// Rows handled at once, so that their columns stay in the first-level cache.
const ROWS_PER_BLOCK: usize = 256;
/// Linear predictors beyond this are not tried: their exponentials leave the range of numbers in
/// which sums over risk sets have a meaning.
const LARGEST_PREDICTOR: f64 = 300.0;

/// The partial likelihood with Breslow's or Efron's ties, and its state at the last point.
///
/// The sums over risk sets run once forward (the risk of every set) and the sums over sets once
/// backward (the hazard every row was exposed to). The second-moment part of the information is then
/// one weighted cross product over rows, and no matrix is carried from set to set.
pub(crate) struct Partial<'s, 'p> {
    pub(crate) panel: &'p Panel,
    /// Sums at the last point.
    pub(crate) sums: Sums<'s>,
    /// Per chunk: Σ risk·x from the last start of a stratum in the chunk on.
    moment_carry: Vec<Vec<f64>>,
    /// Σ over events of weight·x, constant.
    event_moment: Vec<f64>,
    /// The last point, and whether the hazards stand there too.
    at: Vec<f64>,
    hazards_stand: bool,
}

impl<'s, 'p> Partial<'s, 'p> {
    pub(crate) fn new(sets: &'s RiskSets, panel: &'p Panel, efron: bool) -> Self {
        let sums = Sums::new(sets, panel.weights.as_deref(), efron);
        let event_moment = event_moments(sets, panel);
        let (moment_carry, at) = (Vec::new(), Vec::new());
        Self { panel, sums, moment_carry, event_moment, at, hazards_stand: false }
    }

    /// Log partial likelihood; `None` when a linear predictor is out of range.
    pub(crate) fn log_likelihood(&mut self, beta: &[f64]) -> Option<f64> {
        let linear = self.predict(beta)?;
        self.sums.carry_risk();
        let parts: Vec<f64> =
            map_tasks(&self.sums.sets.chunks, |chunk| vectorized(|| self.log_of_chunk(chunk)));
        Some(linear - parts.iter().sum::<f64>())
    }

    fn log_of_chunk(&self, chunk: &Chunk) -> f64 {
        chunk.sets.clone().map(|set| self.sums.tie_sums(set).log).sum()
    }

    /// Fills the sums over risk sets at a point that was accepted before.
    pub(crate) fn stand_at(&mut self, beta: &[f64]) {
        let stands = self.hazards_stand && self.at == beta;
        if !stands && self.predict(beta).is_some() {
            self.sums.carry_risk();
            self.sums.carry_hazard();
            self.hazards_stand = true;
        }
    }

    /// The derivatives at the last point, where the log-likelihood is `value`.
    pub(crate) fn derivatives(&mut self, value: f64) -> Derivatives {
        self.sums.carry_hazard();
        self.hazards_stand = true;
        let p = self.panel.p;
        let carries = self.moment_carries();
        let parts = map_tasks(self.sums.sets.chunks.iter().zip(&carries), |(chunk, carry)| {
            vectorized(|| self.chunk_derivatives(chunk, carry))
        });
        let total = ordered_sum(p + p * p, &parts);
        let (expected, information) = total.split_at(p);
        let gradient = self.event_moment.iter().zip(expected).map(|(o, e)| o - e).collect();
        Derivatives { value, gradient, information: information.to_vec() }
    }

    /// Fills `eta`, `risk`, and the sums of the rows that join every set; returns Σ weight·eta over
    /// the events.
    fn predict(&mut self, beta: &[f64]) -> Option<f64> {
        self.hazards_stand = false;
        self.at.clear();
        self.at.extend_from_slice(beta);
        let (sets, panel) = (self.sums.sets, self.panel);
        let chunks = &sets.chunks;
        let eta = split_rows(&mut self.sums.eta, chunks);
        let risk = split_rows(&mut self.sums.risk, chunks);
        let set_risk = split_sets(&mut self.sums.set_risk, chunks);
        let event_risk = split_sets(&mut self.sums.event_risk, chunks);
        let starts = &self.sums.starts;
        let tasks =
            chunks.iter().zip(eta.into_iter().zip(risk)).zip(set_risk.into_iter().zip(event_risk));
        let parts = map_tasks(tasks, |((chunk, (eta, risk)), (set_risk, event_risk))| {
            vectorized(|| {
                predict_rows(panel, chunk, beta, eta, risk);
                predict_sets(sets, panel, chunk, starts, (eta, risk), (set_risk, event_risk))
            })
        });
        let largest = parts.iter().fold(0.0f64, |m, part| m.max(part.largest));
        if largest.is_nan() || largest > LARGEST_PREDICTOR {
            return None;
        }
        self.moment_carry = parts.iter().map(|part| part.moment.clone()).collect();
        self.subtract_exits();
        Some(parts.iter().map(|part| part.linear).sum())
    }

    /// Takes the risk of the rows that leave at a set from the sums of the set.
    fn subtract_exits(&mut self) {
        if self.sums.sets.exits.is_none() {
            return;
        }
        let (sets, panel, risk, starts) =
            (self.sums.sets, self.panel, &self.sums.risk, &self.sums.starts);
        let set_risk = split_sets(&mut self.sums.set_risk, &sets.chunks);
        let tasks = sets.chunks.iter().zip(set_risk.into_iter().zip(&mut self.moment_carry));
        map_tasks(tasks, |(chunk, (set_risk, moment))| {
            let first = last_start(starts, chunk).unwrap_or(chunk.sets.start);
            for set in chunk.sets.clone() {
                for &position in sets.leaving(set) {
                    let position = position as usize;
                    set_risk[set - chunk.sets.start] -= risk[position];
                    if set >= first {
                        for (j, m) in moment.iter_mut().enumerate() {
                            *m -= risk[position] * panel.column(j)[position];
                        }
                    }
                }
            }
        });
    }

    /// Σ risk·x of the stratum in front of every chunk.
    fn moment_carries(&self) -> Vec<Vec<f64>> {
        let mut carry = vec![0.0; self.panel.p];
        let mut carries = Vec::with_capacity(self.sums.sets.chunks.len());
        for (chunk, moment) in self.sums.sets.chunks.iter().zip(&self.moment_carry) {
            let restarts = last_start(&self.sums.starts, chunk).is_some();
            let next = carry.iter().zip(moment).map(|(c, m)| if restarts { *m } else { c + m });
            let next = next.collect();
            carries.push(std::mem::replace(&mut carry, next));
        }
        carries
    }

    /// Σ risk·exposure·x, followed by the information.
    fn chunk_derivatives(&self, chunk: &Chunk, carry: &[f64]) -> Vec<f64> {
        let p = self.panel.p;
        let mut out = vec![0.0; p + p * p];
        let (gradient, information) = out.split_at_mut(p);
        let ties: Vec<TieSums> = chunk.sets.clone().map(|set| self.sums.tie_sums(set)).collect();
        let exposed = self.sums.exposed_risk(chunk, &ties);
        let columns: Vec<&[f64]> =
            (0..p).map(|j| &self.panel.column(j)[chunk.rows.clone()]).collect();
        let mut scratch = vec![0.0; p * ROWS_PER_BLOCK];
        for (b, block) in exposed.chunks(ROWS_PER_BLOCK).enumerate() {
            let begin = b * ROWS_PER_BLOCK;
            let x: Vec<&[f64]> = columns.iter().map(|c| &c[begin..begin + block.len()]).collect();
            let scratch = &mut scratch[..p * block.len()];
            add_weighted_gram(block, &x, scratch, gradient, information);
        }
        self.subtract_means(chunk, carry, &ties, &columns, information);
        out
    }

    /// Takes the means over risk sets from the information.
    fn subtract_means(
        &self,
        chunk: &Chunk,
        carry: &[f64],
        ties: &[TieSums],
        columns: &[&[f64]],
        information: &mut [f64],
    ) {
        let p = self.panel.p;
        let mut moments = carry.to_vec();
        let mut block = vec![0.0; p * ROWS_PER_BLOCK];
        let mut tied = vec![0.0; p * ROWS_PER_BLOCK];
        for begin in chunk.sets.clone().step_by(ROWS_PER_BLOCK) {
            let sets = begin..(begin + ROWS_PER_BLOCK).min(chunk.sets.end);
            let roots: Vec<(f64, f64, f64)> =
                sets.clone().map(|set| ties[set - chunk.sets.start].root()).collect();
            let n_tied = roots.iter().filter(|root| root.2 > 0.0).count();
            for j in 0..p {
                let out = &mut block[j * ROWS_PER_BLOCK..][..sets.len()];
                let tied = &mut tied[j * ROWS_PER_BLOCK..][..n_tied];
                let walk = MeanWalk {
                    partial: self,
                    chunk,
                    column: columns[j],
                    whole: self.panel.column(j),
                };
                moments[j] = walk.run(moments[j], sets.clone(), &roots, out, tied);
            }
            let rows = |block: &[f64], n: usize, information: &mut [f64]| {
                let columns: Vec<&[f64]> =
                    (0..p).map(|j| &block[j * ROWS_PER_BLOCK..][..n]).collect();
                add_gram(-1.0, &columns, information);
            };
            rows(&block, sets.len(), information);
            rows(&tied, n_tied, information);
        }
    }
}

/// Runs Σ risk·x of one covariate over risk sets.
struct MeanWalk<'b> {
    partial: &'b Partial<'b, 'b>,
    chunk: &'b Chunk,
    /// The covariate in the chunk, and at all positions.
    column: &'b [f64],
    whole: &'b [f64],
}

impl MeanWalk<'_> {
    /// Fills the vectors whose squares make up the part of the means; returns the last moment.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn run(
        &self,
        mut moment: f64,
        sets: std::ops::Range<usize>,
        roots: &[(f64, f64, f64)],
        out: &mut [f64],
        tied: &mut [f64],
    ) -> f64 {
        let Sums { sets: risk_sets, starts, risk, .. } = &self.partial.sums;
        let start = self.chunk.rows.start;
        let joining = &risk[self.chunk.rows.clone()];
        let first = &risk_sets.first[sets.start..=sets.end];
        let starts = &starts[sets.clone()];
        let delayed = risk_sets.exits.is_some();
        let mut n_tied = 0;
        let each = sets.zip(first.array_windows()).zip(starts).zip(roots).zip(out);
        for ((((set, &[begin, end]), &starts), &(a, b, e)), out) in each {
            if starts {
                moment = 0.0;
            }
            let rows = begin as usize - start..end as usize - start;
            moment += dot(&joining[rows.clone()], &self.column[rows]);
            if delayed {
                for &position in risk_sets.leaving(set) {
                    let position = position as usize;
                    moment -= risk[position] * self.whole[position];
                }
            }
            *out = a * moment;
            if e > 0.0 {
                let events = risk_sets.events(set);
                let events = events.start - start..events.end - start;
                let event_moment = dot(&joining[events.clone()], &self.column[events]);
                *out -= b * event_moment;
                tied[n_tied] = e * event_moment;
                n_tied += 1;
            }
        }
        moment
    }
}

struct ChunkPrediction {
    linear: f64,
    largest: f64,
    moment: Vec<f64>,
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn predict_rows(panel: &Panel, chunk: &Chunk, beta: &[f64], eta: &mut [f64], risk: &mut [f64]) {
    match &panel.offset {
        Some(offset) => eta.copy_from_slice(&offset[chunk.rows.clone()]),
        None => eta.fill(0.0),
    }
    for (j, &b) in beta.iter().enumerate() {
        for (eta, x) in eta.iter_mut().zip(&panel.column(j)[chunk.rows.clone()]) {
            *eta += b * x;
        }
    }
    for (risk, eta) in risk.iter_mut().zip(eta.iter()) {
        *risk = exp(*eta);
    }
    if let Some(weights) = &panel.weights {
        for (risk, w) in risk.iter_mut().zip(&weights[chunk.rows.clone()]) {
            *risk *= w;
        }
    }
}

#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn predict_sets(
    sets: &RiskSets,
    panel: &Panel,
    chunk: &Chunk,
    starts: &[bool],
    (eta, risk): (&[f64], &[f64]),
    (set_risk, event_risk): (&mut [f64], &mut [f64]),
) -> ChunkPrediction {
    let start = chunk.rows.start;
    let mut linear = 0.0;
    let outputs = set_risk.iter_mut().zip(event_risk.iter_mut());
    for (set, (set_risk, event_risk)) in chunk.sets.clone().zip(outputs) {
        let rows = sets.rows(set);
        let events = sets.events(set);
        let events = events.start - start..events.end - start;
        *event_risk = sum(&risk[events.clone()]);
        *set_risk = sum(&risk[rows.start - start..events.start]) + *event_risk;
        linear += match &panel.weights {
            None => sum(&eta[events]),
            Some(weights) => dot(&eta[events.clone()], &weights[start..][events]),
        };
    }
    let from = last_start(starts, chunk).map_or(start, |set| sets.first[set] as usize) - start;
    let moment = |j| dot(&risk[from..], &panel.column(j)[chunk.rows.clone()][from..]);
    let largest = eta.iter().fold(0.0f64, |m, e| if e.abs() > m { e.abs() } else { m });
    ChunkPrediction { linear, largest, moment: (0..panel.p).map(moment).collect() }
}

/// Σ over events of weight·x of every covariate.
fn event_moments(sets: &RiskSets, panel: &Panel) -> Vec<f64> {
    let parts = map_tasks(&sets.chunks, |chunk| {
        let start = chunk.rows.start;
        let events: Vec<usize> = chunk.sets.clone().flat_map(|set| sets.events(set)).collect();
        let column = |j| {
            let x = &panel.column(j)[chunk.rows.clone()];
            events.iter().map(|&i| panel.weight(i) * x[i - start]).sum()
        };
        (0..panel.p).map(column).collect::<Vec<f64>>()
    });
    ordered_sum(panel.p, &parts)
}

fn last_start(starts: &[bool], chunk: &Chunk) -> Option<usize> {
    chunk.sets.clone().rev().find(|&set| starts[set])
}

fn ordered_sum(length: usize, parts: &[Vec<f64>]) -> Vec<f64> {
    let mut total = vec![0.0; length];
    for part in parts {
        for (t, x) in total.iter_mut().zip(part) {
            *t += x;
        }
    }
    total
}
