//! Test of proportional hazards.

use seedtest_numerics::Cholesky;
use serde::{Deserialize, Serialize};

use super::refit::Arranged;
use super::result::{Coefficient, Fit};
use super::score::Scores;
use super::ties::Ties;
use crate::chi_square::ChiSquare;
use crate::data::Data;
use crate::error::Error;
use crate::kaplan_meier::kaplan_meier;
use crate::radix::number_key;

/// The function of time with which a coefficient may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// 1 − Kaplan–Meier just before the time: robust against late events.
    #[default]
    Km,
    /// The time itself.
    Identity,
    /// Rank of the time among all rows.
    Rank,
    /// Logarithm of the time.
    Log,
}

/// Covariates that are tested together: the columns of a term of a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Name of the term.
    pub name: String,
    /// Positions of its columns among the covariates of the data.
    pub covariates: Vec<usize>,
}

/// Test of proportional hazards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proportionality {
    /// Test of every coefficient on its own, with the name of its covariate.
    pub covariates: Vec<(String, ChiSquare)>,
    /// Test of the coefficients of every term together, with the name of the term; a term none of whose
    /// covariates has a coefficient is not among them.
    pub terms: Vec<(String, ChiSquare)>,
    /// Test of all coefficients together.
    pub global: ChiSquare,
}

/// Score test of constant coefficients against coefficients that change with a function of time
/// (Grambsch & Therneau 1994, in the exact form of `survival::cox.zph` since version 3.0): of each alone, of those of
/// each of `terms`, and of all.
pub fn proportionality(
    data: &Data<'_>,
    fit: &Fit,
    transform: Transform,
    terms: &[Term],
) -> Result<Proportionality, Error> {
    if fit.spec.ties == Ties::Exact {
        return Err(Error::Unsupported { what: "the proportionality test", with: "exact ties" });
    }
    let arranged = Arranged::new(data, fit)?;
    let time = centred_time(data, &arranged, transform)?;
    let p = arranged.beta.len();
    let mut partial = arranged.partial();
    let scores = Scores::new(&partial.sums);
    let score: Vec<f64> = (0..p).map(|j| time_score(&arranged, &scores, &time, j)).collect();
    drop(scores);
    let mut information = |multiplier: Vec<f64>| {
        partial.sums.multiply(multiplier);
        partial.derivatives(0.0).information
    };
    let plain = information(Vec::new());
    // The sums need factors that are not negative: the smallest one is added back.
    let least = time.iter().copied().fold(0.0, f64::min);
    let shifted = information(time.iter().map(|g| g - least).collect());
    let crossed: Vec<f64> = shifted.iter().zip(&plain).map(|(s, i)| s + least * i).collect();
    let squared = information(time.iter().map(|g| g * g).collect());
    let full = Full { p, ridge: fit.ridge, plain, crossed, squared };
    // Positions of the covariates with a coefficient, whose places are those of the matrices.
    let has_estimate = |(_, c): &(usize, &Coefficient)| c.estimate.is_some();
    let estimated: Vec<usize> =
        fit.coefficients.iter().enumerate().filter(has_estimate).map(|(at, _)| at).collect();
    let single =
        |(j, &at): (usize, &usize)| (fit.coefficients[at].name.clone(), full.test(&[j], &score));
    let together = |term: &Term| {
        let place = |at: &usize| estimated.binary_search(at).ok();
        let places: Vec<usize> = term.covariates.iter().filter_map(place).collect();
        (!places.is_empty()).then(|| (term.name.clone(), full.test(&places, &score)))
    };
    let all: Vec<usize> = (0..p).collect();
    Ok(Proportionality {
        covariates: estimated.iter().enumerate().map(single).collect(),
        terms: terms.iter().filter_map(together).collect(),
        global: full.test(&all, &score),
    })
}

/// Information about the coefficients and their changes with time, in four p × p blocks (lower
/// triangles).
struct Full {
    p: usize,
    ridge: f64,
    plain: Vec<f64>,
    crossed: Vec<f64>,
    squared: Vec<f64>,
}

impl Full {
    /// Test of the changes of these coefficients.
    fn test(&self, changes: &[usize], score: &[f64]) -> ChiSquare {
        let size = self.p + changes.len();
        let index = |i: usize| if i < self.p { i } else { changes[i - self.p] };
        let mut matrix = vec![0.0; size * size];
        for i in 0..size {
            for k in 0..=i {
                let block = match (i < self.p, k < self.p) {
                    (true, true) => &self.plain,
                    (false, false) => &self.squared,
                    _ => &self.crossed,
                };
                let (a, b) = (index(i), index(k));
                matrix[i * size + k] = block[a.max(b) * self.p + a.min(b)];
            }
            matrix[i * size + i] += self.ridge;
        }
        let mut solved = vec![0.0; self.p];
        solved.extend(changes.iter().map(|&j| score[j]));
        Cholesky::new(matrix, size).solve(&mut solved);
        let changed = changes.iter().zip(&solved[self.p..]);
        ChiSquare::new(changed.map(|(&j, s)| s * score[j]).sum(), changes.len())
    }
}

/// Σ over events of weight · g(time) · (x − mean).
fn time_score(arranged: &Arranged, scores: &Scores<'_, '_>, time: &[f64], j: usize) -> f64 {
    let (sets, panel) = (&arranged.sets, &arranged.panel);
    let column = panel.column(j);
    let means = scores.means(column);
    let of_set = |set: usize| {
        let events = sets.events(set);
        let sum: f64 = events.map(|i| panel.weight(i) * (column[i] - means[set])).sum();
        time[set] * sum
    };
    (0..sets.n_sets()).map(of_set).sum()
}

/// g(time) of every set, minus its mean over the events.
fn centred_time(
    data: &Data<'_>,
    arranged: &Arranged,
    transform: Transform,
) -> Result<Vec<f64>, Error> {
    let sets = &arranged.sets;
    let mut time = match transform {
        Transform::Identity => sets.time.clone(),
        Transform::Log => {
            if let Some(&zero) = sets.time.iter().find(|t| **t <= 0.0) {
                let required = "positive for a logarithm";
                return Err(Error::Spec { field: "time of an event", value: zero, required });
            }
            sets.time.iter().map(|&t| seedtest_numerics::ln(t)).collect()
        }
        Transform::Rank => ranks(data, &sets.time),
        Transform::Km => {
            let plain = Data { weights: None, ..data.clone() };
            let curve = kaplan_meier(&plain)?;
            sets.time.iter().map(|&t| 1.0 - curve.survival_before(t)).collect()
        }
    };
    let weights: Vec<f64> = sets.n_events.iter().map(|&d| f64::from(d)).collect();
    let total: f64 = weights.iter().sum();
    let mean = time.iter().zip(&weights).map(|(t, w)| t * w).sum::<f64>() / total;
    for t in &mut time {
        *t -= mean;
    }
    Ok(time)
}

/// Mid-ranks of these times among the end times of all rows.
fn ranks(data: &Data<'_>, times: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<u64> = data.stop.iter().map(|&t| number_key(t)).collect();
    sorted.sort_unstable();
    let rank = |&t: &f64| {
        let below = sorted.partition_point(|key| *key < number_key(t));
        let up_to = sorted.partition_point(|key| *key <= number_key(t));
        0.5 * (below + up_to + 1) as f64
    };
    times.iter().map(rank).collect()
}
