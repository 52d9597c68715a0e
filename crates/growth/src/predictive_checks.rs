//! Posterior predictive checks: does the model make data like those it was fitted to?

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted, Stream, logistic};
use serde::{Deserialize, Serialize};

use crate::data::GrowthData;
use crate::draws::Draw;
use crate::error::Error;
use crate::family::Family;
use crate::fit::Fit;

/// A number that data and replicated data are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// Mean of the scores.
    Mean,
    /// Standard deviation of the scores.
    Sd,
    /// Smallest score.
    Minimum,
    /// Largest score.
    Maximum,
    /// Least-squares slope of score on week over all rows.
    Slope,
    /// Standard deviation of the students' mean scores.
    StudentSd,
}

/// How a statistic of the data stands among those of data sets that the fitted model makes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PredictiveCheck {
    /// The statistic.
    pub statistic: Statistic,
    /// Its value in the data.
    pub observed: f64,
    /// Its mean over replicated data sets.
    pub replicated_mean: f64,
    /// Its standard deviation over them.
    pub replicated_sd: f64,
    /// Share of replicated data sets with a larger value, ties by half (Gelman, Meng, Stern 1996).
    /// Near 0 or 1 the model does not make such data.
    pub p_value: f64,
}

const STATISTICS: [Statistic; 6] = [
    Statistic::Mean,
    Statistic::Sd,
    Statistic::Minimum,
    Statistic::Maximum,
    Statistic::Slope,
    Statistic::StudentSd,
];

impl Fit {
    /// Compares the data of the fit with `replicates` data sets of the same rows, each from one draw
    /// of the population with new students.
    ///
    /// # Errors
    /// [`Error::BadSetting`] without replicates or draws, [`Error::Length`] for other data than
    /// those of the fit, [`Error::Interrupted`] once `stop` is raised.
    pub fn predictive_checks(
        &self,
        data: &GrowthData<'_>,
        replicates: usize,
        seed: u64,
        stop: &Interrupt,
    ) -> Result<Vec<PredictiveCheck>, Error> {
        if replicates == 0 || self.chains.iter().all(Vec::is_empty) {
            let (name, expected) = ("replicates".to_owned(), "at least 1, of a fit with draws");
            return Err(Error::BadSetting { name, value: replicates as f64, expected });
        }
        if data.len() != self.n_obs {
            let (found, expected) = (data.len(), self.n_obs);
            return Err(Error::Length { column: "student", found, expected });
        }
        let inside = self.inside().concat();
        let rows = self.units.rows(data);
        let rows = rows.data(data);
        let observed = statistics(data, data.score);
        let replicated: Vec<[f64; 6]> = (0..replicates)
            .into_par_iter()
            .map(|number| {
                stop.check()?;
                let draw = &inside[number * inside.len() / replicates];
                let mut random = Stream::new(seed, number as u64);
                let mut scores = replicate(&rows, self.spec.family, draw, &mut random);
                for score in &mut scores {
                    *score = self.units.score_of(*score);
                }
                Ok(statistics(data, &scores))
            })
            .collect::<Result<_, Interrupted>>()?;
        Ok((0..STATISTICS.len()).map(|at| check(at, observed[at], &replicated)).collect())
    }
}

fn check(at: usize, observed: f64, replicated: &[[f64; 6]]) -> PredictiveCheck {
    let n = replicated.len() as f64;
    let values = || replicated.iter().map(|statistics| statistics[at]);
    let mean = values().sum::<f64>() / n;
    let squares: f64 = values().map(|value| (value - mean) * (value - mean)).sum();
    let above: f64 = values()
        .map(|value| if value == observed { 0.5 } else { f64::from(u8::from(value > observed)) })
        .sum();
    PredictiveCheck {
        statistic: STATISTICS[at],
        observed,
        replicated_mean: mean,
        replicated_sd: (squares / (n - 1.0).max(1.0)).sqrt(),
        p_value: above / n,
    }
}

/// Scores of the same rows by new students of one population.
fn replicate(data: &GrowthData<'_>, family: Family, draw: &Draw, random: &mut Stream) -> Vec<f64> {
    let across = (1.0 - draw.cor * draw.cor).sqrt();
    let mut deviates = vec![0.0; 2 * data.n_students];
    random.normals(&mut deviates);
    let (deviates, _) = deviates.as_chunks::<2>();
    let lines: Vec<[f64; 2]> = deviates
        .iter()
        .map(|[z0, z1]| {
            let slope = draw.sd_week * (draw.cor * z0 + across * z1);
            [draw.intercept + draw.sd_intercept * z0, draw.week + slope]
        })
        .collect();
    let predictor = |row: usize| {
        let [level, slope] = lines[data.student[row] as usize];
        level + slope * data.week[row]
    };
    let rows = 0..data.len();
    match family {
        Family::Gaussian => gaussian(data, draw, predictor, random),
        Family::Student => rows.map(|row| student(draw, predictor(row), random)).collect(),
        Family::Binomial | Family::Bernoulli => {
            rows.map(|row| share_correct(data, row, predictor(row), random)).collect()
        }
    }
}

/// Normal scores around predictors, all their noise drawn at once.
fn gaussian(
    data: &GrowthData<'_>,
    draw: &Draw,
    predictor: impl Fn(usize) -> f64,
    random: &mut Stream,
) -> Vec<f64> {
    let variance = draw.sigma * draw.sigma;
    let sd = |row: usize| {
        let weight = data.weight.map_or(1.0, |weight| weight[row]);
        let se = data.se.map_or(0.0, |se| se[row]);
        (variance / weight + se * se).sqrt()
    };
    let mut scores = vec![0.0; data.len()];
    random.normals(&mut scores);
    for (row, score) in scores.iter_mut().enumerate() {
        *score = predictor(row) + sd(row) * *score;
    }
    scores
}

/// A score of Student's t around a predictor.
fn student(draw: &Draw, predictor: f64, random: &mut Stream) -> f64 {
    let half = 0.5 * draw.df.unwrap_or(f64::INFINITY);
    let scale = (random.gamma(half) / half).sqrt();
    predictor + draw.sigma * random.normal() / scale
}

/// Share of right answers of a row whose logit is given.
fn share_correct(data: &GrowthData<'_>, row: usize, logit: f64, random: &mut Stream) -> f64 {
    let (trials, p) = (data.trials.map_or(1.0, |trials| trials[row]), logistic(logit));
    let correct = (0..trials as u64).filter(|_| random.bernoulli(p)).count();
    correct as f64 / trials
}

/// The statistics in the order of [`STATISTICS`].
fn statistics(data: &GrowthData<'_>, score: &[f64]) -> [f64; 6] {
    let n = score.len() as f64;
    let (mean, mean_week) = (score.iter().sum::<f64>() / n, data.mean_week());
    let (mut squares, mut spread, mut cross) = (0.0, 0.0, 0.0);
    let mut sums = vec![(0.0, 0.0); data.n_students];
    for ((&score, &week), &student) in score.iter().zip(data.week).zip(data.student) {
        squares += (score - mean) * (score - mean);
        spread += (week - mean_week) * (week - mean_week);
        cross += (week - mean_week) * (score - mean);
        let sum = &mut sums[student as usize];
        *sum = (sum.0 + 1.0, sum.1 + score);
    }
    let means: Vec<f64> =
        sums.iter().filter(|sum| sum.0 > 0.0).map(|(rows, total)| total / rows).collect();
    let centre = means.iter().sum::<f64>() / means.len() as f64;
    let between: f64 = means.iter().map(|mean| (mean - centre) * (mean - centre)).sum();
    [
        mean,
        (squares / (n - 1.0)).sqrt(),
        score.iter().copied().fold(f64::INFINITY, f64::min),
        score.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        if spread > 0.0 { cross / spread } else { 0.0 },
        (between / (means.len() as f64 - 1.0)).sqrt(),
    ]
}
