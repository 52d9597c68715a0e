//! What a sampled joint posterior says of every student.

use rayon::prelude::*;
use seedtest_numerics::{Interrupted, beta_cdf, logistic, normal_pdf, quantile};

use crate::density::Density;
use crate::draws::Draw;
use crate::family::Family;
use crate::goal::{Goal, GoalPrediction};
use crate::joint::{Joint, JointPopulation};
use crate::students::Asked;

/// Every draw of a joint posterior, effects included.
#[derive(Debug, Clone)]
pub(crate) struct JointDraws {
    joint: Joint,
    /// Positions of each chain, one after the other.
    chains: Vec<Vec<f64>>,
    /// Trials of the score at the goal: the median of the rows.
    trials: f64,
}

/// The score at the goal, given a draw.
#[derive(Debug, Clone, Copy, Default)]
struct Outcome {
    /// Pr(score ≥ target)
    probability: f64,
    mean: f64,
    variance: f64,
}

impl JointDraws {
    pub(crate) fn new(joint: Joint, chains: Vec<Vec<f64>>) -> Self {
        let trials = joint.median_trials();
        Self { joint, chains, trials }
    }

    /// The population's part of the draws of a chain.
    pub(crate) fn population(&self, chain: usize, ln_density: &[f64]) -> Vec<Draw> {
        let positions = self.chains[chain].chunks_exact(self.joint.dim());
        let draw = |(x, &ln_density): (&[f64], &f64)| {
            let JointPopulation { population, df } = self.joint.population(x);
            let draw = Draw::of_start(&population, self.joint.mean_week(), ln_density);
            match self.joint.family() {
                Family::Student => Draw { df: Some(df), ..draw },
                _ => Draw { sigma: 0.0, ..draw },
            }
        };
        positions.zip(ln_density).map(draw).collect()
    }

    /// Draws of one chain, one position after the other.
    pub(crate) fn positions_of(&self, chain: usize) -> &[f64] {
        &self.chains[chain]
    }

    fn positions(&self) -> impl Iterator<Item = &[f64]> {
        self.chains.iter().flat_map(|chain| chain.chunks_exact(self.joint.dim()))
    }

    /// Predictions by student code from every `stride`-th draw. Students without rows get that of the population.
    ///
    /// # Errors
    /// [`Interrupted`] once nobody waits.
    pub(crate) fn predict(
        &self,
        stride: usize,
        asked: &Asked<'_>,
    ) -> Result<Vec<GoalPrediction>, Interrupted> {
        let Asked { goal, stop, .. } = *asked;
        let positions: Vec<&[f64]> = self.positions().step_by(stride).collect();
        let populations: Vec<JointPopulation> =
            positions.iter().map(|x| self.joint.population(x)).collect();
        let any_unseen = self.joint.place_of.iter().any(Option::is_none);
        let unseen = any_unseen.then(|| self.unseen_of(&populations, asked)).transpose()?;
        let of = |place: &Option<u32>| {
            stop.check()?;
            let seen = place.map(|at| self.seen(at as usize, (&positions, &populations), goal));
            Ok(seen.or(unseen))
        };
        let found: Vec<Option<GoalPrediction>> =
            self.joint.place_of.par_iter().map(of).collect::<Result<_, Interrupted>>()?;
        Ok(found.into_iter().flatten().collect())
    }

    /// The prediction of a student without rows from every `stride`-th draw.
    ///
    /// # Errors
    /// [`Interrupted`] once nobody waits.
    pub(crate) fn predict_unseen(
        &self,
        stride: usize,
        asked: &Asked<'_>,
    ) -> Result<GoalPrediction, Interrupted> {
        let populations: Vec<JointPopulation> =
            self.positions().step_by(stride).map(|x| self.joint.population(x)).collect();
        self.unseen_of(&populations, asked)
    }

    fn unseen_of(
        &self,
        populations: &[JointPopulation],
        asked: &Asked<'_>,
    ) -> Result<GoalPrediction, Interrupted> {
        let drawn = populations.iter().zip(asked.effects.of_draws());
        let outcomes: Vec<Outcome> = drawn
            .map(|(at, &effect)| {
                asked.stop.check()?;
                Ok(self.unseen(at, effect, asked.goal))
            })
            .collect::<Result<_, Interrupted>>()?;
        Ok(summarize(outcomes.into_iter(), asked.goal))
    }

    fn seen(
        &self,
        place: usize,
        (positions, populations): (&[&[f64]], &[JointPopulation]),
        goal: &Goal,
    ) -> GoalPrediction {
        let outcomes = positions.iter().zip(populations).map(|(x, at)| {
            let p = &at.population;
            let [level, slope] = self.joint.effects_of(place, p, x);
            let line = p.alpha + p.slope * (goal.week - self.joint.mean_week());
            self.outcome(line + level + slope * goal.week, at, goal.target)
        });
        summarize(outcomes, goal)
    }

    /// The outcome of a student whose effects are drawn from the population. Mean and variance of the
    /// score are those over all such students: the trapezoidal rule over their normal distribution.
    fn unseen(&self, at: &JointPopulation, effect: f64, goal: &Goal) -> Outcome {
        const STEP: f64 = 0.2;
        let p = &at.population;
        let line = p.alpha + p.slope * (goal.week - self.joint.mean_week());
        let sd = p.covariance().form([1.0, goal.week]).max(0.0).sqrt();
        let drawn = self.outcome(line + sd * effect, at, goal.target);
        let mut outcome = Outcome { probability: drawn.probability, ..Outcome::default() };
        let mut mean_squares = 0.0;
        for step in -30..=30 {
            let z = STEP * f64::from(step);
            let weight = STEP * normal_pdf(z);
            let there = self.outcome(line + sd * z, at, goal.target);
            outcome.mean += weight * there.mean;
            outcome.variance += weight * there.variance;
            mean_squares += weight * there.mean * there.mean;
        }
        outcome.variance += (mean_squares - outcome.mean * outcome.mean).max(0.0);
        outcome
    }

    /// What a linear predictor says of the score.
    fn outcome(&self, predictor: f64, at: &JointPopulation, target: f64) -> Outcome {
        if self.joint.family() == Family::Student {
            let (sigma, df) = (at.population.sigma, at.df);
            let scatter = if df > 2.0 { df / (df - 2.0) } else { f64::INFINITY };
            return Outcome {
                probability: student_t_cdf((predictor - target) / sigma, df),
                mean: predictor,
                variance: sigma * sigma * scatter,
            };
        }
        let share = logistic(predictor);
        Outcome {
            probability: at_least(target, self.trials, share),
            mean: share,
            variance: share * (1.0 - share) / self.trials,
        }
    }
}

/// Distribution function of Student's t (Abramowitz & Stegun 1964, 26.7.1 and 26.5.27).
fn student_t_cdf(x: f64, df: f64) -> f64 {
    let tail = 0.5 * beta_cdf(0.5 * df, 0.5, df / (df + x * x));
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Probability that a share of at least `target` of `trials` succeed (Abramowitz & Stegun 1964,
/// 26.5.24).
fn at_least(target: f64, trials: f64, share: f64) -> f64 {
    // The rounding of a target like 0.7 must not ask for one success more.
    let successes = (target * trials - 1e-9).ceil();
    if successes <= 0.0 {
        1.0
    } else if successes > trials {
        0.0
    } else {
        beta_cdf(successes, trials - successes + 1.0, share)
    }
}

/// Mean, spread and interval over draws.
fn summarize(outcomes: impl Iterator<Item = Outcome>, goal: &Goal) -> GoalPrediction {
    let mut p = Vec::new();
    let (mut mean, mut mean_squares, mut variance) = (0.0, 0.0, 0.0);
    for outcome in outcomes {
        p.push(outcome.probability);
        mean += outcome.mean;
        mean_squares += outcome.mean * outcome.mean;
        variance += outcome.variance;
    }
    let n = p.len() as f64;
    let (probability, mean) = (p.iter().sum::<f64>() / n, mean / n);
    let squares = p.iter().map(|p| (p - probability) * (p - probability)).sum::<f64>();
    p.sort_by(f64::total_cmp);
    let tail = (1.0 - goal.level) / 2.0;
    let at = |share| quantile(&p, share).unwrap_or(probability);
    GoalPrediction {
        probability: probability.clamp(0.0, 1.0),
        uncertainty: (squares / n).sqrt(),
        lower: at(tail),
        upper: at(1.0 - tail),
        mean_score: mean,
        sd_score: (variance / n + (mean_squares / n - mean * mean).max(0.0)).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use super::{at_least, student_t_cdf};

    #[test]
    fn tails_are_those_of_r() {
        // R 4.2.2: pt(c(-2.5, 0.3, 4), c(1.5, 3, 40)).
        for ((x, df), p) in [
            ((-2.5, 1.5), 0.084_903_251_307_348_02),
            ((0.3, 3.0), 0.608_118_353_980_040_5),
            ((4.0, 40.0), 0.999_867_043_802_166_6),
        ] {
            assert!((student_t_cdf(x, df) - p).abs() < 1e-12, "{x}, {df}");
        }
        // R 4.2.2: pbinom(c(6, 0, 9), 10, c(0.7, 0.2, 0.95), lower.tail = FALSE).
        for ((target, share), p) in [
            ((0.7, 0.7), 0.649_610_718_4),
            ((0.05, 0.2), 0.892_625_817_599_999_9),
            ((1.0, 0.95), 0.598_736_939_238_378_5),
        ] {
            assert!((at_least(target, 10.0, share) - p).abs() < 1e-12, "{target}");
        }
        assert_eq!(at_least(0.0, 10.0, 0.5), 1.0);
        assert_eq!(at_least(1.01, 10.0, 0.5), 0.0);
    }
}
