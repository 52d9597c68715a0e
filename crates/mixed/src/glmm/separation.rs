//! Effects in whose direction the likelihood has no maximum, and variances that run away.

use super::family::Family;
use super::problem::{Point, Problem};
use crate::data::{Data, Group};
use crate::estimable::{COLLAPSED, NOTHING_LEFT, Undetermined};
use crate::estimates::{FixedEffect, RandomEffects};
use crate::system::small;

/// Standard deviations of the latent response from which on a random effect decides alone.
const RUNAWAY: f64 = 4.0;
/// Largest residual of responses that are predicted without error.
const WITHOUT_ERROR: f64 = 0.05;
/// Size of a fixed effect's part in the linear predictor that has a hand in that.
const DECISIVE: f64 = 10.0;
/// Largest distance from the mean of a column that is constant up to rounding, as a share of its values.
const CONSTANT: f64 = 1e-9;
/// Levels that a message names.
const NAMED: usize = 3;
/// Name of a random intercept.
const INTERCEPT: &str = "(Intercept)";

/// Parameters without a finite estimate, and what to do.
#[derive(Debug, Default)]
pub(crate) struct Separated {
    pub(crate) parameters: Vec<String>,
    pub(crate) action: String,
    /// Covariances of the coefficients at the end and at the mean response, where columns separate the responses.
    covariances: Option<[Vec<f64>; 2]>,
}

impl Separated {
    /// What predictions have to know of it; `None` where nothing is separated.
    pub(crate) fn undetermined(&self) -> Option<Undetermined> {
        (!self.parameters.is_empty()).then(|| Undetermined {
            parameters: self.parameters.clone(),
            covariances: self.covariances.clone(),
        })
    }

    /// The first advice is kept.
    fn add(&mut self, parameters: Vec<String>, action: String) {
        if self.parameters.is_empty() {
            self.action = action;
        }
        self.parameters.extend(parameters);
    }
}

/// What separates the responses of a fit: fixed columns, grouping factors of which every level has responses of one
/// kind, or both together.
pub(crate) fn separated(
    data: &Data,
    problem: &Problem,
    point: &Point,
    fixed: &[FixedEffect],
    random: &[RandomEffects],
) -> Separated {
    let mut out = Separated::default();
    let is_binomial = problem.response.family == Family::Binomial;
    let information = Information::of(problem, point);
    let columns = information.separating_columns(data, problem);
    if !columns.is_empty() {
        let action = if is_binomial {
            "these terms tell successes from failures without error; leave them out or join levels"
        } else {
            "these terms have no count above 0 in some level; leave them out or join levels"
        };
        let names = columns.iter().map(|&at| data.fixed.names[problem.fixed.kept[at]].clone());
        out.add(names.collect(), action.to_owned());
        out.covariances = Some([information.at_end, information.at_mean]);
        return out;
    }
    if !is_binomial {
        return out;
    }
    for group in data.groups.iter().filter(|group| group.effects.iter().any(|e| e == INTERCEPT)) {
        let levels = LevelsOfOneKind::of(data, group);
        if levels.are_all() {
            let action = format!(
                "every level of `{0}` has only successes or only failures ({1}), so the larger its variance the \
                 likelier they are; leave (1 | {0}) out or join levels",
                group.name,
                levels.named()
            );
            out.add(vec![format!("{}.{INTERCEPT}", group.name)], action);
        }
    }
    if out.parameters.is_empty() && are_told_apart(data, problem, point) {
        let decisive = fixed.iter().enumerate().filter(|(j, effect)| {
            let spread = spread(data.fixed.column(*j));
            effect.estimate.is_some_and(|e| e.coefficient.abs() * spread > DECISIVE)
        });
        let fixed = decisive.map(|(_, effect)| effect.name.clone());
        let random = data.groups.iter().zip(random).flat_map(|(group, random)| {
            let runaway = runaway_effects(problem, group, random);
            runaway.map(|a| format!("{}.{}", group.name, group.effects[a])).collect::<Vec<_>>()
        });
        let parameters: Vec<String> = fixed.chain(random).collect();
        if !parameters.is_empty() {
            let action = "together these terms tell successes from failures without error, so the larger their \
                          effects the likelier the responses; leave one of them out or join levels";
            out.add(parameters, action.to_owned());
        }
    }
    out
}

/// Whether every row is a success or a failure, and predicted to be.
fn are_told_apart(data: &Data, problem: &Problem, point: &Point) -> bool {
    let predicted = problem.rows.unsorted(&point.eta).into_iter();
    data.response
        .iter()
        .zip(predicted.map(|eta| problem.response.link.mean(eta)))
        .all(|(&y, mean)| (y == 0.0 || y == 1.0) && (y - mean).abs() < WITHOUT_ERROR)
}

/// A standard deviation of random effects so large that levels are right or wrong altogether.
#[derive(Debug, Clone, PartialEq)]
pub struct RunawayVariance {
    /// The grouping factor.
    pub group: String,
    /// The effect.
    pub effect: String,
    /// Its standard deviation on the scale of the link.
    pub sd: f64,
    /// Levels of which all responses are successes, or all failures.
    pub of_one_kind: usize,
    /// Some of them.
    pub examples: Vec<String>,
    /// Levels in all.
    pub levels: usize,
}

/// The variances of a binomial fit that run away.
pub(crate) fn runaway(
    data: &Data,
    problem: &Problem,
    random: &[RandomEffects],
) -> Vec<RunawayVariance> {
    if problem.response.family != Family::Binomial {
        return Vec::new();
    }
    let of_group = |(group, random): (&Group, &RandomEffects)| {
        let levels = LevelsOfOneKind::of(data, group);
        let one = |a: usize| RunawayVariance {
            group: group.name.clone(),
            effect: group.effects[a].clone(),
            sd: random.sd(a),
            of_one_kind: levels.names.len(),
            examples: levels.names.iter().take(NAMED).cloned().collect(),
            levels: group.levels.len(),
        };
        runaway_effects(problem, group, random).map(one).collect::<Vec<_>>()
    };
    data.groups.iter().zip(random).flat_map(of_group).collect()
}

/// Effects whose part in the linear predictor is many times the spread of the latent response.
fn runaway_effects<'a>(
    problem: &Problem,
    group: &'a Group,
    random: &'a RandomEffects,
) -> impl Iterator<Item = usize> + 'a {
    let limit = RUNAWAY * problem.response.link.latent_variance().sqrt();
    let scales = crate::lmm::scales(&group.values, group.n_effects());
    (0..group.n_effects()).filter(move |&a| random.sd(a) * scales[a] > limit)
}

/// Levels of a grouping factor whose responses are all successes or all failures.
struct LevelsOfOneKind {
    names: Vec<String>,
    levels: usize,
    /// Whether there are both kinds.
    differ: bool,
}

impl LevelsOfOneKind {
    fn of(data: &Data, group: &Group) -> Self {
        let mut kinds = vec![[false; 2]; group.levels.len()];
        for (&code, &y) in group.codes.iter().zip(&data.response) {
            let [failures, successes] = &mut kinds[code as usize];
            *failures |= y < 1.0;
            *successes |= y > 0.0;
        }
        let of_one = |[failures, successes]: &[bool; 2]| failures != successes;
        let one_kind = kinds.iter().zip(&group.levels).filter(|(kinds, _)| of_one(kinds));
        Self {
            names: one_kind.map(|(_, name)| name.clone()).collect(),
            levels: group.levels.len(),
            differ: kinds.contains(&[true, false]) && kinds.contains(&[false, true]),
        }
    }

    fn are_all(&self) -> bool {
        self.differ && self.names.len() == self.levels
    }

    fn named(&self) -> String {
        let more = if self.levels > NAMED { ", …" } else { "" };
        self.names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ") + more
    }
}

/// Largest distance from the mean.
fn spread(column: &[f64]) -> f64 {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    column.iter().map(|x| (x - mean).abs()).fold(0.0, f64::max)
}

/// Positions among the kept columns of those that separate the responses of a fit.
pub(crate) fn separating(data: &Data, problem: &Problem, point: &Point) -> Vec<usize> {
    Information::of(problem, point).separating_columns(data, problem)
}

/// Covariances of the coefficients of the kept columns, row-major, by what the rows say of them.
struct Information {
    /// Where the search ended.
    at_end: Vec<f64>,
    /// Where all rows have the mean response.
    at_mean: Vec<f64>,
}

impl Information {
    fn of(problem: &Problem, point: &Point) -> Self {
        let at_end: Vec<f64> = point.values.iter().map(|v| v.weight).collect();
        Self {
            at_end: covariance(problem, &at_end),
            at_mean: covariance(problem, &weights_at_mean(problem)),
        }
    }

    /// The kept columns that lost all information of their own on the way to the end: the likelihood still rises
    /// where their coefficients run to infinity (Albert & Anderson 1984).
    ///
    /// What other columns say as well does not count, so that a reference level without successes is found
    /// though the intercept's column is full of rows that still inform. Rare events alone keep their
    /// information: the start has their rate too, and every one of them counts.
    fn separating_columns(&self, data: &Data, problem: &Problem) -> Vec<usize> {
        let p = problem.rows.p;
        let lost = |at: usize| {
            let column = data.fixed.column(problem.fixed.kept[at]);
            let largest = column.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
            let spread = spread(column);
            let size = if spread > CONSTANT * largest { spread } else { largest };
            let [left, had] = [&self.at_end, &self.at_mean].map(|v| 1.0 / v[at * p + at]);
            // Of the column in units in which it is of size one.
            left < COLLAPSED * had && left < NOTHING_LEFT * size * size
        };
        (0..p).filter(|&at| lost(at)).collect()
    }
}

/// Weights of the sorted rows where all have the mean response, which half a success and half a failure
/// keep off 0 and 1.
fn weights_at_mean(problem: &Problem) -> Vec<f64> {
    let rows = (0..problem.rows.n).map(|row| problem.y(row));
    let (successes, trials) =
        rows.clone().fold((0.5, 1.0), |(s, t), (y, weight)| (s + y * weight, t + weight));
    let eta = problem.response.link.of_mean(successes / trials);
    rows.map(|(y, weight)| problem.response.row(y, weight, eta).weight).collect()
}

/// Covariance of the coefficients of the kept columns where the rows have these weights.
fn covariance(problem: &Problem, weights: &[f64]) -> Vec<f64> {
    let p = problem.rows.p;
    if p == 0 {
        return Vec::new();
    }
    let mut information = vec![0.0; p * p];
    for (x, weight) in problem.rows.x.chunks_exact(p).zip(weights) {
        for i in 0..p {
            for j in 0..p {
                information[i * p + j] += weight * x[i] * x[j];
            }
        }
    }
    let (values, vectors) = small::eigen(&information, p);
    let largest = values.last().copied().unwrap_or(0.0);
    let smallest = (f64::EPSILON * largest).max(f64::MIN_POSITIVE);
    let mut covariance = vec![0.0; p * p];
    for (value, vector) in values.iter().zip(&vectors) {
        // Below rounding an eigenvalue is as good as zero, and may come out negative.
        let value = value.max(smallest);
        let along = problem.fixed.coefficients(vector);
        for i in 0..p {
            for j in 0..p {
                covariance[i * p + j] += along[i] * along[j] / value;
            }
        }
    }
    covariance
}
