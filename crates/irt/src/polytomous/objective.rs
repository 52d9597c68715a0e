//! What a calibration of categories maximises.

use rayon::prelude::*;
use seedtest_numerics::Rule;

use super::parameter_map::{ParameterMap, Point, Role, Shape};
use super::prior_terms::{PriorTerms, has_one_free_slope, log_prior};
use super::scores_of_answers::CategoryScores;
use crate::curves::ITEMS_PER_TASK;
use crate::expectation::Expectation;
use crate::maximization::{
    LARGEST_SLOPE_CUT, latent_derivatives, limit_latent, solve_latent, times_latent,
};
use crate::missing_information::CompleteScores;
use crate::parameters::Population;
use crate::priors::Priors;
use crate::search::{BlockDerivatives, Objective};

/// Share of the distance of neighbouring graded intercepts that one step may take away.
const LARGEST_GAP_CUT: f64 = 0.8;
/// What a direction without information is given, relative to its diagonal: its step is long but finite.
const RELATIVE_RIDGE: f64 = 1e-10;

/// The problem a fit maximises: what is free, under which priors.
pub(super) struct Categories<'a> {
    pub(super) map: &'a ParameterMap,
    pub(super) priors: &'a Priors,
}

/// Information of the values of each item, row-major, shared ones included.
pub(super) type ItemInformation = Vec<Vec<f64>>;

impl Objective for Categories<'_> {
    type Point = Point;
    type Blocks = ItemInformation;
    type Scores<'p>
        = CategoryScores<'p>
    where
        Self: 'p;

    fn n_free(&self) -> usize {
        self.map.len()
    }

    fn populations<'p>(&self, point: &'p Point) -> &'p [Population] {
        &point.populations
    }

    fn fill_log_probabilities(&self, point: &Point, nodes: &[f64], table: &mut [f64]) {
        fill_log_probabilities(self.map, point, nodes, table);
    }

    fn log_prior(&self, point: &Point) -> f64 {
        let values = |shape: &Shape| &point.values[shape.values.clone()];
        self.map.items.iter().map(|shape| log_prior(shape, values(shape), self.priors)).sum()
    }

    fn derivatives(
        &self,
        point: &Point,
        expected: &Expectation<'_>,
    ) -> BlockDerivatives<ItemInformation> {
        let width = expected.width();
        let of_item = |shape: &Shape| {
            if !shape.is_free() {
                return (Vec::new(), Vec::new());
            }
            let counts = &expected.counts[shape.first_code * width..][..shape.categories * width];
            let mut terms = point.curve(shape).terms(&expected.nodes, counts);
            if *self.priors != Priors::none() {
                let values = &point.values[shape.values.clone()];
                let priors = PriorTerms::new(shape, values, self.priors);
                add(&mut terms.gradient, &priors.gradient);
                add(&mut terms.information, &priors.expected);
            }
            (terms.gradient, terms.information)
        };
        let items = self.map.items.par_iter().with_min_len(ITEMS_PER_TASK / 4);
        let (gradients, blocks): (Vec<Vec<f64>>, ItemInformation) = items.map(of_item).unzip();
        let mut gradient = vec![0.0; self.map.populations_start()];
        for (shape, of_item) in self.map.items.iter().zip(&gradients) {
            for (value, place) in shape.free() {
                gradient[place] += of_item[value];
            }
        }
        let free = &self.map.populations;
        let latent = latent_derivatives(&point.populations, free, expected, &mut gradient);
        BlockDerivatives { gradient, blocks, latent }
    }

    fn observed(&self, point: &Point, expected: &Expectation<'_>) -> ItemInformation {
        let width = expected.width();
        let of_item = |shape: &Shape| {
            if !shape.is_free() {
                return Vec::new();
            }
            let counts = &expected.counts[shape.first_code * width..][..shape.categories * width];
            let values = &point.values[shape.values.clone()];
            let mut information = point.curve(shape).observed_information(&expected.nodes, counts);
            let priors = PriorTerms::new(shape, values, self.priors);
            add(&mut information, &priors.observed);
            information
        };
        self.map.items.par_iter().map(of_item).collect()
    }

    fn times(
        &self,
        information: (&ItemInformation, &[[[f64; 2]; 2]]),
        vector: &[f64],
        out: &mut [f64],
    ) {
        let (blocks, latent) = information;
        out.fill(0.0);
        for (shape, information) in self.map.items.iter().zip(blocks) {
            let block = Block { shape, information };
            for (i, row) in shape.free() {
                out[row] += shape.free().map(|(j, at)| block.at(i, j) * vector[at]).sum::<f64>();
            }
        }
        times_latent(latent, &self.map.population_places(), vector, out);
    }

    fn scores<'p>(
        &'p self,
        nodes: &'p [f64],
        rule: Rule,
        point: &'p Point,
    ) -> CompleteScores<CategoryScores<'p>> {
        let answers = CategoryScores::new(nodes, self.map, point);
        let places = self.map.population_places();
        CompleteScores::new(nodes, rule, answers, &point.populations, places)
    }

    /// Item by item; shared parameters are tied to those of every item that has them, which are eliminated
    /// first.
    fn precondition(
        &self,
        derivatives: &BlockDerivatives<ItemInformation>,
        rhs: &[f64],
        step: &mut [f64],
    ) {
        let map = self.map;
        let (n_own, n_shared) = (map.n_own, map.n_shared);
        let mut schur = vec![0.0; n_shared * n_shared];
        let mut reduced = rhs[n_own..n_own + n_shared].to_vec();
        for (shape, information) in map.items.iter().zip(&derivatives.blocks) {
            let block = Block { shape, information };
            block.solve_own(rhs, step);
            for (i, row) in block.ties() {
                let place = shape.shared[i].1 - n_own;
                let first = shape.first_place;
                let own_rhs = &rhs[first..first + row.len()];
                reduced[place] -= dot(&row, own_rhs);
                for (j, &(other, other_place)) in shape.shared.iter().enumerate() {
                    let through = block.through(&row, other);
                    let own = block.at(shape.shared[i].0, shape.shared[j].0);
                    schur[place * n_shared + other_place - n_own] += own - through;
                }
            }
        }
        if n_shared > 0 {
            let shared = &mut step[n_own..n_own + n_shared];
            shared.copy_from_slice(&reduced);
            solve_ridged(&mut schur, shared);
            let moved = shared.to_vec();
            for (shape, information) in map.items.iter().zip(&derivatives.blocks) {
                let block = Block { shape, information };
                for (i, row) in block.ties() {
                    let by = moved[shape.shared[i].1 - n_own];
                    for (s, r) in step[shape.first_place..].iter_mut().zip(&row) {
                        *s -= r * by;
                    }
                }
            }
        }
        solve_latent(&derivatives.latent, &map.population_places(), rhs, step);
    }

    fn limit(&self, point: &Point, step: &mut [f64]) {
        for shape in self.map.items.iter().filter(|shape| shape.is_free()) {
            let shrink = self.shrink(shape, point, step);
            for (_, place) in shape.free() {
                step[place] *= shrink;
            }
        }
        limit_latent(&self.map.population_places(), step);
    }

    fn advance(&self, from: &Point, step: &[f64], taken: &mut [f64]) -> Point {
        self.map.advance(from, step, taken)
    }

    fn is_held(&self, point: &Point, place: usize, gradient: f64) -> bool {
        self.map.value_at(point, place).is_some_and(|(role, value)| {
            let (low, high) = role.limits();
            (value <= low && gradient < 0.0) || (value >= high && gradient > 0.0)
        })
    }
}

impl Categories<'_> {
    /// By how much a step of an item is shortened: it goes no further than the curvature can be trusted, keeps a
    /// slope positive whose prior demands it, and graded intercepts in their order.
    fn shrink(&self, shape: &Shape, point: &Point, step: &[f64]) -> f64 {
        let mut shrink: f64 = 1.0;
        let mut of_value = vec![0.0; shape.values.len()];
        for (value, place) in shape.free() {
            let s = step[place];
            of_value[value] = s;
            let largest = shape.role(value).largest_step();
            shrink = shrink.min(largest / s.abs().max(f64::MIN_POSITIVE));
        }
        let values = &point.values[shape.values.clone()];
        if self.priors.a.is_some() && has_one_free_slope(shape) && of_value[0] < 0.0 {
            shrink = shrink.min(LARGEST_SLOPE_CUT * values[0] / -of_value[0]);
        }
        if shape.form == super::curves::Form::Graded {
            for k in 2..values.len() {
                let (gap, change) = (values[k - 1] - values[k], of_value[k - 1] - of_value[k]);
                if change < 0.0 {
                    shrink = shrink.min(LARGEST_GAP_CUT * gap / -change);
                }
            }
        }
        shrink
    }
}

/// Log-probabilities by code and node of all items.
pub(super) fn fill_log_probabilities(
    map: &ParameterMap,
    point: &Point,
    nodes: &[f64],
    table: &mut [f64],
) {
    let mut rest = table;
    let mut rows = Vec::with_capacity(map.items.len());
    for shape in &map.items {
        let (own, others) = rest.split_at_mut(shape.categories * nodes.len());
        rows.push((shape, own));
        rest = others;
    }
    rows.into_par_iter().with_min_len(ITEMS_PER_TASK / 4).for_each(|(shape, rows)| {
        seedtest_numerics::vectorized(
            #[inline(always)]
            || point.curve(shape).fill_log_probabilities(nodes, rows),
        );
    });
}

/// The information of one item.
struct Block<'a> {
    shape: &'a Shape,
    information: &'a [f64],
}

impl Block<'_> {
    fn at(&self, i: usize, j: usize) -> f64 {
        self.information[i * self.shape.values.len() + j]
    }

    /// The part about its own parameters.
    fn own(&self) -> Vec<f64> {
        let own = self.shape.own.clone();
        own.clone()
            .flat_map(|i| own.clone().map(move |j| (i, j)))
            .map(|(i, j)| self.at(i, j))
            .collect()
    }

    fn solve_own(&self, rhs: &[f64], step: &mut [f64]) {
        if self.shape.own.is_empty() {
            return;
        }
        let places = self.shape.first_place..self.shape.first_place + self.shape.own.len();
        let step = &mut step[places.clone()];
        step.copy_from_slice(&rhs[places]);
        solve_ridged(&mut self.own(), step);
    }

    /// For each shared parameter, by its position: the inverse information of the own ones times their
    /// information with it.
    fn ties(&self) -> impl Iterator<Item = (usize, Vec<f64>)> + '_ {
        self.shape.shared.iter().enumerate().map(|(position, &(value, _))| {
            let mut row: Vec<f64> = self.shape.own.clone().map(|i| self.at(i, value)).collect();
            solve_ridged(&mut self.own(), &mut row);
            (position, row)
        })
    }

    /// What of the information between two shared parameters goes through the own ones.
    fn through(&self, row: &[f64], other: usize) -> f64 {
        self.shape.own.clone().zip(row).map(|(i, r)| r * self.at(i, other)).sum()
    }
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn add(to: &mut [f64], from: &[f64]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t += f;
    }
}

/// Solves a positive semi-definite system by LDLᵀ in place; the matrix is used up.
#[allow(clippy::needless_range_loop)] // the recurrences read best with indices
fn solve_ridged(m: &mut [f64], x: &mut [f64]) {
    let n = x.len();
    for i in 0..n {
        let floor = RELATIVE_RIDGE * m[i * n + i] + f64::MIN_POSITIVE;
        for k in 0..i {
            let l = m[i * n + k] / m[k * n + k];
            for j in k + 1..i {
                m[i * n + j] -= l * m[j * n + k] * m[k * n + k];
            }
            m[i * n + i] -= l * m[i * n + k];
            m[i * n + k] = l;
            x[i] -= l * x[k];
        }
        m[i * n + i] = m[i * n + i].max(floor);
    }
    for i in (0..n).rev() {
        x[i] /= m[i * n + i];
        for j in i + 1..n {
            x[i] -= m[j * n + i] * x[j];
        }
    }
}

/// Places of parameters that do not stand at a bound.
pub(super) fn inside_bounds(map: &ParameterMap, point: &Point) -> Vec<usize> {
    let inside = |place: &usize| {
        map.value_at(point, *place).is_none_or(|(role, value): (Role, f64)| {
            let (low, high) = role.limits();
            value > low && value < high
        })
    };
    (0..map.len()).filter(inside).collect()
}
