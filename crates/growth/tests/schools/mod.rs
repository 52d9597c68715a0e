//! Simulated schools: what is true of them, and how a fit does.

use std::ops::Range;

use rayon::prelude::*;
use seedtest_growth::{
    Draw, Fit, Goal, GoalPrediction, GrowthData, Sampling, Silent, Spec, fit, predict_students,
};
use seedtest_numerics::{Stream, normal_cdf};

/// Scores = `zero` + `unit` × the score of the simulation, which has mean 0 and spread near 0.6.
pub(crate) struct Scale {
    pub(crate) name: &'static str,
    pub(crate) zero: f64,
    pub(crate) unit: f64,
}

pub(crate) const SCALES: [Scale; 4] = [
    Scale { name: "0–1", zero: 0.5, unit: 0.12 },
    Scale { name: "0–10", zero: 6.0, unit: 1.2 },
    Scale { name: "0–100", zero: 60.0, unit: 12.0 },
    Scale { name: "200–800", zero: 500.0, unit: 80.0 },
];

/// A scale of scores, where weeks begin, and their unit.
pub(crate) struct Calendar {
    pub(crate) scale: &'static str,
    pub(crate) zero: f64,
    pub(crate) unit: f64,
    pub(crate) first_week: f64,
    /// Weeks in a unit of the time column.
    pub(crate) weeks: f64,
}

impl Scale {
    /// Weeks from 0 and from 40, counted in weeks and in years.
    pub(crate) fn calendars(&self) -> Vec<Calendar> {
        let one = |(first_week, weeks)| Calendar {
            scale: self.name,
            zero: self.zero,
            unit: self.unit,
            first_week,
            weeks,
        };
        [(0.0, 1.0), (40.0, 1.0), (0.0, 52.0), (40.0, 52.0)].map(one).into()
    }
}

impl Calendar {
    pub(crate) fn name(&self) -> String {
        let unit = if self.weeks == 1.0 { "weeks" } else { "years" };
        format!("{}, from week {}, in {unit}", self.scale, self.first_week)
    }

    fn week(&self, week: f64) -> f64 {
        (self.first_week + week) / self.weeks
    }

    fn score(&self, score: f64) -> f64 {
        self.zero + self.unit * score
    }
}

/// Counts and scores over schools.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) schools: usize,
    pub(crate) coverage: Vec<(&'static str, usize)>,
    pub(crate) brier: Brier,
    pub(crate) new_brier: Brier,
    pub(crate) mean_p: f64,
    pub(crate) mean_truth: f64,
    /// Share of students whose probability lies in its interval.
    pub(crate) inside: f64,
    pub(crate) not_converged: usize,
    pub(crate) divergence_advice: usize,
}

/// Expected Brier scores.
#[derive(Default, Clone, Copy)]
pub(crate) struct Brier {
    pub(crate) ours: f64,
    pub(crate) population_known: f64,
    pub(crate) line_known: f64,
}

struct School {
    truth: Truth,
    /// Level and slope of every student.
    lines: Vec<[f64; 2]>,
    student: Vec<u32>,
    week: Vec<f64>,
    score: Vec<f64>,
    target: f64,
    last_week: f64,
}

#[derive(Clone, Copy)]
struct Truth {
    intercept: f64,
    slope: f64,
    sd_intercept: f64,
    sd_week: f64,
    cor: f64,
    sigma: f64,
}

/// Weeks between the last score and the goal.
const AHEAD: f64 = 3.0;

fn school(seed: u64) -> School {
    let mut random = Stream::new(1_118, seed);
    let n = 8 + random.below(72) as usize;
    let weeks = 5 + random.below(11) as u32;
    let truth = Truth {
        intercept: 0.5 * random.normal(),
        slope: 0.08 * random.normal(),
        sd_intercept: (0.5 + 0.2 * random.normal()).abs() + 0.1,
        sd_week: (0.04 * random.normal()).abs() + 0.01,
        cor: random.uniform_in(-0.7, 0.5),
        sigma: random.uniform_in(0.15, 0.6),
    };
    let missing = random.uniform_in(0.0, 0.5);
    let rest = (1.0 - truth.cor * truth.cor).sqrt();
    let lines: Vec<[f64; 2]> = (0..n)
        .map(|_| {
            let (z0, z1) = (random.normal(), random.normal());
            [truth.sd_intercept * z0, truth.sd_week * (truth.cor * z0 + rest * z1)]
        })
        .collect();
    let (mut student, mut week, mut score) = (Vec::new(), Vec::new(), Vec::new());
    for (code, line) in lines.iter().enumerate() {
        for at in (0..weeks).map(f64::from) {
            if random.bernoulli(missing) {
                continue;
            }
            student.push(code as u32);
            week.push(at);
            let mean = truth.intercept + line[0] + (truth.slope + line[1]) * at;
            score.push(mean + truth.sigma * random.normal());
        }
    }
    let last_week = week.iter().copied().fold(0.0, f64::max);
    let target = truth.intercept + truth.slope * (last_week + AHEAD) + 0.5 * random.normal();
    School { truth, lines, student, week, score, target, last_week }
}

/// Fits the schools of these seeds on a scale.
pub(crate) fn tally(calendar: &Calendar, seeds: Range<u64>) -> Tally {
    let all: Vec<Tally> = seeds.into_par_iter().map(|seed| one(calendar, &school(seed))).collect();
    let mut sum = Tally::default();
    for one in &all {
        sum.add(one);
    }
    sum.divide(all.len() as f64);
    sum
}

fn one(calendar: &Calendar, school: &School) -> Tally {
    let week: Vec<f64> = school.week.iter().map(|&week| calendar.week(week)).collect();
    let score: Vec<f64> = school.score.iter().map(|&score| calendar.score(score)).collect();
    let data = GrowthData {
        student: &school.student,
        week: &week,
        score: &score,
        n_students: school.lines.len(),
        weight: None,
        se: None,
        trials: None,
    };
    let spec = Spec { sampling: Sampling::default(), ..Spec::default() };
    let fitted = fit(&data, &spec, None, &mut Silent).unwrap();
    let at = school.last_week + AHEAD;
    let goal = Goal { target: calendar.score(school.target), week: calendar.week(at), level: 0.95 };
    let truth = school.truth.on(calendar, fitted.mean_week);
    let known = predict_students(&data, &spec, &vec![truth; 400], &goal).unwrap();
    let advice = fitted.verdict.next_action.as_deref().unwrap_or_default();
    let mut tally = Tally {
        schools: 1,
        coverage: coverage(&fitted, &truth),
        not_converged: usize::from(!fitted.verdict.converged()),
        divergence_advice: usize::from(advice.contains("target-accept")),
        ..Tally::default()
    };
    tally.predictions(school, at, &fitted.students(&goal).unwrap(), &known);
    let new = school.truth.probability_of_new(at, school.target);
    let ours = fitted.unseen(&goal).unwrap().probability;
    tally.new_brier =
        Brier { ours: expected(ours, new), population_known: expected(new, new), line_known: 0.0 };
    tally
}

/// Expected (p − y)² of y = 1 with probability `truth`.
fn expected(p: f64, truth: f64) -> f64 {
    (p - truth) * (p - truth) + truth * (1.0 - truth)
}

fn coverage(fitted: &Fit, truth: &Draw) -> Vec<(&'static str, usize)> {
    let one = |summary: &seedtest_growth::ParameterSummary| {
        let value = summary.parameter.of_draw(truth);
        let inside = (summary.q2_5..=summary.q97_5).contains(&value);
        (summary.parameter.name(), usize::from(inside))
    };
    fitted.parameters.iter().map(one).collect()
}

impl Truth {
    /// The truth as a draw of a fit on a scale would have it.
    fn on(&self, calendar: &Calendar, mean_week: f64) -> Draw {
        let by_week = calendar.unit * calendar.weeks;
        let slope = by_week * self.slope;
        // Variance and covariance of the students' lines `later` units of time after their first.
        let spread = |later: f64| {
            let (s0, s1) = (calendar.unit * self.sd_intercept, by_week * self.sd_week);
            let cross = self.cor * s0 * s1;
            let variance = s0 * s0 + 2.0 * later * cross + later * later * s1 * s1;
            (variance.sqrt(), (cross + later * s1 * s1) / (variance.sqrt() * s1))
        };
        let first = calendar.week(0.0);
        let (start, centred) = (spread(-first), spread(mean_week - first));
        let at_first = calendar.score(self.intercept);
        Draw {
            intercept: at_first - slope * first,
            intercept_centred: at_first + slope * (mean_week - first),
            week: slope,
            sd_intercept: start.0,
            sd_intercept_centred: centred.0,
            sd_week: by_week * self.sd_week,
            cor: start.1,
            cor_centred: centred.1,
            sigma: calendar.unit * self.sigma,
            df: None,
            mean_week,
            ln_posterior: 0.0,
        }
    }

    fn probability_of_new(&self, week: f64, target: f64) -> f64 {
        let variance = self.sd_intercept * self.sd_intercept
            + 2.0 * week * self.cor * self.sd_intercept * self.sd_week
            + week * week * self.sd_week * self.sd_week
            + self.sigma * self.sigma;
        normal_cdf((self.intercept + self.slope * week - target) / variance.sqrt())
    }
}

impl Tally {
    fn predictions(
        &mut self,
        school: &School,
        at: f64,
        found: &[GoalPrediction],
        known: &[GoalPrediction],
    ) {
        let n = found.len() as f64;
        for ((line, ours), known) in school.lines.iter().zip(found).zip(known) {
            let Truth { intercept, slope, sigma, .. } = school.truth;
            let mean = intercept + line[0] + (slope + line[1]) * at;
            let truth = normal_cdf((mean - school.target) / sigma);
            self.brier.ours += expected(ours.probability, truth) / n;
            self.brier.population_known += expected(known.probability, truth) / n;
            self.brier.line_known += expected(truth, truth) / n;
            self.mean_p += ours.probability / n;
            self.mean_truth += truth / n;
            let inside = (ours.lower..=ours.upper).contains(&truth);
            self.inside += f64::from(u8::from(inside)) / n;
        }
    }

    fn add(&mut self, other: &Self) {
        self.schools += other.schools;
        if self.coverage.is_empty() {
            self.coverage = other.coverage.iter().map(|(name, _)| (*name, 0)).collect();
        }
        for (sum, one) in self.coverage.iter_mut().zip(&other.coverage) {
            sum.1 += one.1;
        }
        self.brier.add(&other.brier);
        self.new_brier.add(&other.new_brier);
        self.mean_p += other.mean_p;
        self.mean_truth += other.mean_truth;
        self.inside += other.inside;
        self.not_converged += other.not_converged;
        self.divergence_advice += other.divergence_advice;
    }

    fn divide(&mut self, n: f64) {
        self.brier.divide(n);
        self.new_brier.divide(n);
        self.mean_p /= n;
        self.mean_truth /= n;
        self.inside /= n;
    }
}

impl Brier {
    fn add(&mut self, other: &Self) {
        self.ours += other.ours;
        self.population_known += other.population_known;
        self.line_known += other.line_known;
    }

    fn divide(&mut self, n: f64) {
        self.ours /= n;
        self.population_known /= n;
        self.line_known /= n;
    }
}
