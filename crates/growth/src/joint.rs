//! Joint posterior of the population's parameters and every student's effects, for the families
//! whose effects do not integrate out: Student's t, binomial and Bernoulli.
//!
//! The effects are non-centred (Papaspiliopoulos, Roberts, Sköld 2007): a student has standard normal
//! z, and (intercept, slope) = (τ₀ z₀, τ₁ (ρ z₀ + √(1 − ρ²) z₁)). The unconstrained vector is that of
//! `layout` (without ln σ where the family has none), then ln(ν − 1) for Student's t, then the z of
//! the students who have rows.

use seedtest_numerics::{digamma, exp, ln, ln_1p, ln_gamma, log1pexp, logistic, square};

use crate::data::GrowthData;
use crate::density::Density;
use crate::family::{Effects, Family};
use crate::layout::{self, ALPHA, ATANH_COR, LN_SD_INTERCEPT, LN_SD_WEEK, Population, SLOPE};
use crate::prior::PriorSet;
use crate::prior_density::ln_prior;

/// What a row says, given its linear predictor.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    week: f64,
    /// Score, or number of successes.
    score: f64,
    /// Trials; 1 where the family has none.
    trials: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct Joint {
    rows: Vec<Row>,
    /// First row of each student with rows, and the end.
    first: Vec<usize>,
    /// Student code → its place among the students with rows.
    pub(crate) place_of: Vec<Option<u32>>,
    family: Family,
    effects: Effects,
    priors: PriorSet,
    mean_week: f64,
}

/// Population of one draw. Where the family has no σ or no degrees of freedom, they are 1 and mean
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct JointPopulation {
    pub(crate) population: Population,
    /// Degrees of freedom ν > 1 of the residuals.
    pub(crate) df: f64,
}

/// Log-likelihood of a row with its derivatives.
#[derive(Debug, Clone, Copy, Default)]
struct RowDerivatives {
    value: f64,
    predictor: f64,
    ln_sigma: f64,
    df: f64,
}

/// The part of Student's log-density that all rows share.
#[derive(Debug, Clone, Copy)]
struct StudentT {
    sigma: f64,
    df: f64,
    constant: f64,
    constant_by_df: f64,
}

impl StudentT {
    fn new(sigma: f64, df: f64) -> Self {
        let (half, next) = (0.5 * df, 0.5 * (df + 1.0));
        Self {
            sigma,
            df,
            constant: ln_gamma(next)
                - ln_gamma(half)
                - 0.5 * ln(std::f64::consts::PI * df)
                - ln(sigma),
            constant_by_df: 0.5 * (digamma(next) - digamma(half) - 1.0 / df),
        }
    }

    fn at(&self, residual: f64) -> RowDerivatives {
        let Self { sigma, df, constant, constant_by_df } = *self;
        let spread = df * sigma * sigma;
        let square = residual * residual;
        let ln_tail = ln_1p(square / spread);
        let pull = (df + 1.0) / (spread + square);
        RowDerivatives {
            value: constant - 0.5 * (df + 1.0) * ln_tail,
            predictor: pull * residual,
            ln_sigma: pull * square - 1.0,
            df: constant_by_df - 0.5 * ln_tail + 0.5 * pull * square / df,
        }
    }
}

impl Joint {
    /// `data` and the settings have been checked.
    pub(crate) fn new(
        data: &GrowthData<'_>,
        family: Family,
        effects: Effects,
        priors: PriorSet,
    ) -> Self {
        let mut order: Vec<usize> = (0..data.len()).collect();
        order.sort_by_key(|&row| data.student[row]);
        let mut place_of = vec![None; data.n_students];
        let mut first = Vec::new();
        for (at, &row) in order.iter().enumerate() {
            let place = &mut place_of[data.student[row] as usize];
            if place.is_none() {
                *place = Some(first.len() as u32);
                first.push(at);
            }
        }
        first.push(order.len());
        let row = |row: usize| {
            let trials = data.trials.map_or(1.0, |trials| trials[row]);
            let counted = family == Family::Binomial;
            let score = if counted { (data.score[row] * trials).round() } else { data.score[row] };
            Row { week: data.week[row], score, trials }
        };
        let rows = order.into_iter().map(row).collect();
        let mean_week = data.mean_week();
        Self { rows, first, place_of, family, effects, priors, mean_week }
    }

    /// The family.
    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// Mean week of the rows.
    pub(crate) fn mean_week(&self) -> f64 {
        self.mean_week
    }

    /// Median of the rows' trials, a whole number.
    pub(crate) fn median_trials(&self) -> f64 {
        let mut trials: Vec<f64> = self.rows.iter().map(|row| row.trials).collect();
        trials.sort_by(f64::total_cmp);
        trials[trials.len() / 2]
    }

    /// Number of students with rows.
    pub(crate) fn n_students(&self) -> usize {
        self.first.len() - 1
    }

    /// Number of parameters before the students' z.
    pub(crate) fn n_population(&self) -> usize {
        let shared = layout::dim(self.effects) - 1;
        if self.family == Family::Student { shared + 2 } else { shared }
    }

    /// Effects of a student.
    fn n_effects(&self) -> usize {
        if self.effects.has_slope() { 2 } else { 1 }
    }

    /// The population at `x`.
    pub(crate) fn population(&self, x: &[f64]) -> JointPopulation {
        let mut population = layout::population(self.effects, x);
        let mut df = 1.0;
        if self.family == Family::Student {
            df = LEAST_DF + exp(x[self.n_population() - 1]);
        } else {
            population.sigma = 1.0;
        }
        JointPopulation { population, df }
    }

    /// Intercept and slope of a student with rows, as deviations from the population.
    pub(crate) fn effects_of(&self, place: usize, p: &Population, x: &[f64]) -> [f64; 2] {
        let at = self.n_population() + place * self.n_effects();
        let z0 = x[at];
        if !self.effects.has_slope() {
            return [p.sd_intercept * z0, 0.0];
        }
        let rest = (1.0 - p.cor * p.cor).sqrt();
        [p.sd_intercept * z0, p.sd_week * (p.cor * z0 + rest * x[at + 1])]
    }

    /// Where chains may start: population at what the rows say, effects at zero.
    pub(crate) fn start(&self) -> Vec<f64> {
        let mut x = vec![0.0; self.dim()];
        let n = self.rows.len() as f64;
        let total: f64 = self.rows.iter().map(|row| row.score).sum();
        if self.family == Family::Student {
            let mean = total / n;
            let variance =
                self.rows.iter().map(|row| (row.score - mean) * (row.score - mean)).sum::<f64>()
                    / n;
            let half = 0.5 * ln(0.5 * variance);
            x[ALPHA] = mean;
            x[LN_SD_INTERCEPT] = half;
            x[layout::ln_sigma(self.effects)] = half;
            x[self.n_population() - 1] = ln(9.0);
        } else {
            let trials: f64 = self.rows.iter().map(|row| row.trials).sum();
            x[ALPHA] = ln((total + 0.5) / (trials - total + 0.5));
            x[LN_SD_INTERCEPT] = ln(0.5);
        }
        if self.effects.has_slope() {
            x[LN_SD_WEEK] = x[LN_SD_INTERCEPT] - ln(1.0 + 2.0 * self.week_spread());
        }
        x
    }

    fn week_spread(&self) -> f64 {
        let squares = self.rows.iter().map(|row| square(row.week - self.mean_week)).sum::<f64>();
        (squares / self.rows.len() as f64).sqrt()
    }

    fn row(&self, row: &Row, p: &Population, b: [f64; 2], t: &StudentT) -> RowDerivatives {
        let predictor = p.alpha + p.slope * (row.week - self.mean_week) + b[0] + b[1] * row.week;
        if self.family == Family::Student {
            return t.at(row.score - predictor);
        }
        RowDerivatives {
            value: row.score * predictor - row.trials * log1pexp(predictor),
            predictor: row.score - row.trials * logistic(predictor),
            ..RowDerivatives::default()
        }
    }

    /// Log-likelihood of all rows; derivatives go into `gradient`.
    fn ln_likelihood(&self, x: &[f64], at: &JointPopulation, gradient: &mut [f64]) -> f64 {
        let p = &at.population;
        let t = StudentT::new(p.sigma, at.df);
        let rest = (1.0 - p.cor * p.cor).sqrt();
        let (mut total, mut by_sigma, mut by_df) = (0.0, 0.0, 0.0);
        for place in 0..self.n_students() {
            let b = self.effects_of(place, p, x);
            let (mut pull, mut pull_week) = (0.0, 0.0);
            for row in &self.rows[self.first[place]..self.first[place + 1]] {
                let derivatives = self.row(row, p, b, &t);
                total += derivatives.value;
                pull += derivatives.predictor;
                pull_week += derivatives.predictor * row.week;
                by_sigma += derivatives.ln_sigma;
                by_df += derivatives.df;
            }
            gradient[ALPHA] += pull;
            gradient[SLOPE] += pull_week - self.mean_week * pull;
            let z = self.n_population() + place * self.n_effects();
            gradient[LN_SD_INTERCEPT] += pull * b[0];
            gradient[z] += pull * p.sd_intercept;
            if self.effects.has_slope() {
                gradient[LN_SD_WEEK] += pull_week * b[1];
                gradient[z] += pull_week * p.sd_week * p.cor;
                gradient[z + 1] += pull_week * p.sd_week * rest;
            }
            if self.effects == Effects::Correlated {
                // ∂ρ/∂ζ = 1 − ρ², so ∂√(1 − ρ²)/∂ζ = −ρ √(1 − ρ²).
                let turned = rest * rest * x[z] - p.cor * rest * x[z + 1];
                gradient[ATANH_COR] += pull_week * p.sd_week * turned;
            }
        }
        if self.family == Family::Student {
            gradient[layout::ln_sigma(self.effects)] += by_sigma;
            gradient[self.n_population() - 1] += by_df * (at.df - LEAST_DF);
        }
        total
    }
}

/// Degrees of freedom lie above this, where residuals have a mean.
pub(crate) const LEAST_DF: f64 = 1.0;

/// Log-density of the prior of the degrees of freedom and its derivative: Gamma(2, 0.1) above
/// [`LEAST_DF`], as brms has it (Juárez and Steel 2010).
pub(crate) fn ln_prior_of_df(df: f64) -> (f64, f64) {
    (ln(df) - 0.1 * df, 1.0 / df - 0.1)
}

impl Density for Joint {
    fn dim(&self) -> usize {
        self.n_population() + self.n_students() * self.n_effects()
    }

    fn ln_density(&self, x: &[f64], gradient: &mut [f64]) -> f64 {
        gradient.fill(0.0);
        let at = self.population(x);
        let student = self.family == Family::Student;
        let mut total = self.ln_likelihood(x, &at, gradient);
        total += ln_prior(&self.priors, student, self.effects, x, &at.population, gradient);
        if student {
            let (density, slope) = ln_prior_of_df(at.df);
            total += density + ln(at.df - LEAST_DF);
            gradient[self.n_population() - 1] += slope * (at.df - LEAST_DF) + 1.0;
        }
        let first = self.n_population();
        for (z, slope) in x[first..].iter().zip(&mut gradient[first..]) {
            total -= 0.5 * z * z;
            *slope -= z;
        }
        total
    }
}
