//! The M-step: gradient, preconditioner, limits of a step.

use rayon::prelude::*;
use seedtest_numerics::{Rule, vectorized};

use crate::curvature::observed_information;
use crate::curves::fill_log_probabilities;
use crate::expectation::Expectation;
use crate::item_step::{ItemTerms, evaluate, log_prior};
use crate::latent;
use crate::missing_information::{BinaryScores, CompleteScores};
use crate::parameters::{A, D, FreePopulation, FreeSet, Point, Population, limits};
use crate::priors::Priors;
use crate::search::{BlockDerivatives, Objective};

const ITEMS_PER_TASK: usize = 16;

/// Largest change of (a, d, logit c) in one Newton step.
const LARGEST_ITEM_STEP: [f64; 3] = [1.0, 2.0, 1.5];
/// Largest change of (μ, ln σ) in one Newton step.
const LARGEST_LATENT_STEP: [f64; 2] = [1.0, 0.7];
/// Largest share of a that one step takes away when its prior demands a > 0.
pub(crate) const LARGEST_SLOPE_CUT: f64 = 0.7;

/// The problem a fit maximises: what is free, under which priors.
pub(crate) struct Target<'a> {
    pub(crate) free: &'a FreeSet,
    /// Priors of every used item.
    pub(crate) priors: &'a [Priors],
}

impl Objective for Target<'_> {
    type Point = Point;
    type Blocks = Vec<[[f64; 3]; 3]>;
    type Scores<'p>
        = BinaryScores<'p>
    where
        Self: 'p;

    fn n_free(&self) -> usize {
        self.free.len()
    }

    fn populations<'p>(&self, point: &'p Point) -> &'p [Population] {
        &point.populations
    }

    fn fill_log_probabilities(&self, point: &Point, nodes: &[f64], table: &mut [f64]) {
        fill_log_probabilities(&point.curves, nodes, table);
    }

    /// Log density of the priors of the free items.
    fn log_prior(&self, point: &Point) -> f64 {
        let items = self.free.items.iter().map(|&i| i as usize);
        items.map(|i| log_prior(point.curves[i], &self.priors[i])).sum()
    }

    fn derivatives(
        &self,
        point: &Point,
        expected: &Expectation<'_>,
    ) -> BlockDerivatives<Self::Blocks> {
        let terms = self.item_terms(point, expected);
        let mut gradient = Vec::with_capacity(self.free.len());
        for item in &terms {
            gradient.extend(self.free.own.iter().map(|&p| item.gradient[p]));
        }
        if self.free.common_slope {
            gradient.push(terms.iter().map(|t| t.gradient[A]).sum());
        }
        let free = &self.free.populations;
        let latent = latent_derivatives(&point.populations, free, expected, &mut gradient);
        let blocks = terms.iter().map(|t| t.information).collect();
        BlockDerivatives { gradient, blocks, latent }
    }

    fn observed(&self, point: &Point, expected: &Expectation<'_>) -> Self::Blocks {
        let width = expected.width();
        let of_item = |&item: &u32| {
            let counts = &expected.counts[2 * item as usize * width..][..2 * width];
            let (wrong, right) = counts.split_at(width);
            let (curve, priors) = (point.curves[item as usize], &self.priors[item as usize]);
            observed_information(curve, priors, &expected.nodes, wrong, right)
        };
        self.free.items.iter().map(of_item).collect()
    }

    fn times(
        &self,
        information: (&Self::Blocks, &[[[f64; 2]; 2]]),
        vector: &[f64],
        out: &mut [f64],
    ) {
        let (blocks, latent) = information;
        let own = self.free.own;
        let k = own.len();
        let rows = out.chunks_exact_mut(k).zip(vector.chunks_exact(k));
        for ((out, vector), block) in rows.zip(blocks) {
            for (out, &p) in out.iter_mut().zip(own) {
                *out = vector.iter().zip(own).map(|(v, &q)| block[p][q] * v).sum();
            }
        }
        if self.free.common_slope {
            let at = self.free.globals_start();
            out[at] = 0.0;
            for (i, block) in blocks.iter().enumerate() {
                out[i] += block[A][D] * vector[at];
                out[at] += block[A][A] * vector[at] + block[A][D] * vector[i];
            }
        }
        times_latent(latent, &self.free.population_places(), vector, out);
    }

    fn scores<'p>(
        &'p self,
        nodes: &'p [f64],
        rule: Rule,
        point: &'p Point,
    ) -> CompleteScores<BinaryScores<'p>> {
        CompleteScores::of_binary(nodes, rule, (point, self.free))
    }

    /// Solves (complete-data information)·step = rhs block by block.
    fn precondition(
        &self,
        derivatives: &BlockDerivatives<Self::Blocks>,
        rhs: &[f64],
        step: &mut [f64],
    ) {
        let own = self.free.own;
        let k = own.len();
        for (i, information) in derivatives.blocks.iter().enumerate() {
            let range = i * k..(i + 1) * k;
            solve_item(information, own, &rhs[range.clone()], &mut step[range]);
        }
        if self.free.common_slope {
            self.solve_common_slope(derivatives, rhs, step);
        }
        solve_latent(&derivatives.latent, &self.free.population_places(), rhs, step);
    }

    /// Shortens a step item by item where it goes further than the curvature can be trusted.
    fn limit(&self, point: &Point, step: &mut [f64]) {
        let k = self.free.own.len();
        for (i, &item) in self.free.items.iter().enumerate() {
            let own = &mut step[i * k..(i + 1) * k];
            let mut shrink: f64 = 1.0;
            for (s, &p) in own.iter().zip(self.free.own) {
                shrink = shrink.min(LARGEST_ITEM_STEP[p] / s.abs().max(f64::MIN_POSITIVE));
                if p == A && self.priors[item as usize].a.is_some() && *s < 0.0 {
                    let slope = point.curves[item as usize].a;
                    shrink = shrink.min(LARGEST_SLOPE_CUT * slope / -*s);
                }
            }
            for s in own {
                *s *= shrink;
            }
        }
        if self.free.common_slope {
            let at = self.free.globals_start();
            let slope = self.free.items.first().map_or(1.0, |&i| point.curves[i as usize].a);
            let lowest = if self.priors.iter().any(|p| p.a.is_some()) {
                -LARGEST_SLOPE_CUT * slope
            } else {
                -1.0
            };
            step[at] = step[at].clamp(lowest.max(-1.0), 1.0);
        }
        limit_latent(&self.free.population_places(), step);
    }

    fn advance(&self, from: &Point, step: &[f64], taken: &mut [f64]) -> Point {
        self.free.advance(from, step, taken)
    }

    fn is_held(&self, point: &Point, place: usize, gradient: f64) -> bool {
        if place >= self.free.globals_start() {
            return false;
        }
        let k = self.free.own.len();
        let parameter = self.free.own[place % k];
        let value = point.curves[self.free.items[place / k] as usize].get(parameter);
        let (low, high) = limits(parameter);
        (value <= low && gradient < 0.0) || (value >= high && gradient > 0.0)
    }
}

impl Target<'_> {
    fn item_terms(&self, point: &Point, expected: &Expectation<'_>) -> Vec<ItemTerms> {
        let width = expected.width();
        let mut terms = vec![ItemTerms::default(); self.free.items.len()];
        terms
            .par_chunks_mut(ITEMS_PER_TASK)
            .zip(self.free.items.par_chunks(ITEMS_PER_TASK))
            .for_each(|(terms, items)| {
                vectorized(
                    #[inline(always)]
                    || {
                        for (term, &item) in terms.iter_mut().zip(items) {
                            let counts = &expected.counts[2 * item as usize * width..][..2 * width];
                            let (wrong, right) = counts.split_at(width);
                            let curve = point.curves[item as usize];
                            let priors = &self.priors[item as usize];
                            *term = evaluate(curve, priors, &expected.nodes, wrong, right);
                        }
                    },
                );
            });
        terms
    }

    /// The common slope is tied to every intercept: eliminate the intercepts first.
    fn solve_common_slope(
        &self,
        derivatives: &BlockDerivatives<Vec<[[f64; 3]; 3]>>,
        rhs: &[f64],
        step: &mut [f64],
    ) {
        let at = self.free.globals_start();
        let mut schur = 0.0;
        let mut reduced = rhs[at];
        for (information, r) in derivatives.blocks.iter().zip(rhs) {
            let share = information[A][D] / information[D][D].max(f64::MIN_POSITIVE);
            schur += information[A][A] - share * information[A][D];
            reduced -= share * r;
        }
        let slope = reduced / schur.max(f64::MIN_POSITIVE);
        step[at] = slope;
        for (information, s) in derivatives.blocks.iter().zip(step.iter_mut()) {
            *s -= information[A][D] / information[D][D].max(f64::MIN_POSITIVE) * slope;
        }
    }
}

/// Adds the gradients of what is free of the ability distributions; returns the information of (μ, ln σ)
/// of every group.
pub(crate) fn latent_derivatives(
    populations: &[Population],
    free: &[FreePopulation],
    expected: &Expectation<'_>,
    gradient: &mut Vec<f64>,
) -> Vec<[[f64; 2]; 2]> {
    let mut latent = Vec::with_capacity(populations.len());
    for (group, (population, free)) in populations.iter().zip(free).enumerate() {
        let students = expected.students_of(group);
        let terms = latent::evaluate(expected.quadrature(), *population, students);
        gradient.extend(free.mean.then_some(terms.gradient[0]));
        gradient.extend(free.log_sd.then_some(terms.gradient[1]));
        latent.push(terms.information);
    }
    latent
}

/// The part of a preconditioner that is about the ability distributions.
pub(crate) fn solve_latent(
    information: &[[[f64; 2]; 2]],
    places: &[[Option<usize>; 2]],
    rhs: &[f64],
    step: &mut [f64],
) {
    for (latent, places) in information.iter().zip(places) {
        match *places {
            [Some(at), Some(_)] => {
                solve_small(*latent, &rhs[at..at + 2], &mut step[at..at + 2]);
            }
            [Some(at), None] => step[at] = rhs[at] / latent[0][0],
            [None, Some(at)] => step[at] = rhs[at] / latent[1][1],
            [None, None] => {}
        }
    }
}

/// The part of a product with the information that is about the ability distributions.
pub(crate) fn times_latent(
    information: &[[[f64; 2]; 2]],
    places: &[[Option<usize>; 2]],
    vector: &[f64],
    out: &mut [f64],
) {
    for (latent, places) in information.iter().zip(places) {
        for (row, place) in latent.iter().zip(places) {
            let Some(place) = *place else { continue };
            let value = |at: &Option<usize>| at.map_or(0.0, |at| vector[at]);
            out[place] = row.iter().zip(places).map(|(x, at)| x * value(at)).sum();
        }
    }
}

/// Shortens steps of the ability distributions.
pub(crate) fn limit_latent(places: &[[Option<usize>; 2]], step: &mut [f64]) {
    for places in places {
        for (at, largest) in places.iter().zip(LARGEST_LATENT_STEP) {
            if let Some(at) = *at {
                step[at] = step[at].clamp(-largest, largest);
            }
        }
    }
}

fn solve_item(information: &[[f64; 3]; 3], own: &[usize], rhs: &[f64], step: &mut [f64]) {
    match *own {
        [p] => step[0] = rhs[0] / information[p][p].max(f64::MIN_POSITIVE),
        [p, q] => {
            let block =
                [[information[p][p], information[p][q]], [information[q][p], information[q][q]]];
            solve_small(block, rhs, step);
        }
        _ => solve_small(*information, rhs, step),
    }
}

/// Solves a small positive semi-definite system by LDLᵀ; a direction without information is given
/// a little, so that its step is long but finite.
#[allow(clippy::needless_range_loop)] // the recurrences read best with indices
fn solve_small<const N: usize>(mut m: [[f64; N]; N], rhs: &[f64], step: &mut [f64]) {
    const RELATIVE_RIDGE: f64 = 1e-10;
    let mut x = [0.0; N];
    for i in 0..N {
        x[i] = rhs[i];
        let floor = RELATIVE_RIDGE * m[i][i] + f64::MIN_POSITIVE;
        for k in 0..i {
            let l = m[i][k] / m[k][k];
            for j in k + 1..i {
                m[i][j] -= l * m[j][k] * m[k][k];
            }
            m[i][i] -= l * m[i][k];
            m[i][k] = l;
            x[i] -= l * x[k];
        }
        m[i][i] = m[i][i].max(floor);
    }
    for i in (0..N).rev() {
        x[i] /= m[i][i];
        for j in i + 1..N {
            x[i] -= m[j][i] * x[j];
        }
    }
    step[..N].copy_from_slice(&x);
}

#[cfg(test)]
mod tests {
    use super::solve_small;

    #[test]
    fn small_systems_are_solved() {
        let m = [[4.0, 1.0, 0.5], [1.0, 3.0, -0.2], [0.5, -0.2, 2.0]];
        let x = [0.3, -1.2, 2.0];
        let rhs: Vec<f64> =
            m.iter().map(|row| row.iter().zip(x).map(|(a, b)| a * b).sum()).collect();
        let mut found = [0.0; 3];
        solve_small(m, &rhs, &mut found);
        for (f, x) in found.iter().zip(x) {
            assert!((f - x).abs() < 1e-14);
        }
    }

    #[test]
    fn a_singular_system_gives_a_finite_step() {
        let mut found = [0.0; 2];
        solve_small([[1.0, 1.0], [1.0, 1.0]], &[1.0, 2.0], &mut found);
        assert!(found.iter().all(|f| f.is_finite()));
    }
}
