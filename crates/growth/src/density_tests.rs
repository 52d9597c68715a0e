//! Every log-density against a textbook evaluation and every gradient against finite differences.

use proptest::prelude::*;
use seedtest_numerics::Stream;

use crate::data::GrowthData;
use crate::density::Density;
use crate::family::{Effects, Family};
use crate::joint::Joint;
use crate::layout;
use crate::marginal::Marginal;
use crate::measured::Measured;
use crate::pooled::Pooled;
use crate::prior::{DataScale, Place, PriorSet, Priors};

const EFFECTS: [Effects; 3] = [Effects::Correlated, Effects::Independent, Effects::Intercept];

struct Sample {
    student: Vec<u32>,
    week: Vec<f64>,
    score: Vec<f64>,
    weight: Vec<f64>,
    se: Vec<f64>,
    trials: Vec<f64>,
}

/// Seven students, the fifth without rows, weeks missing at random.
fn sample(seed: u64, family: Family) -> Sample {
    let mut stream = Stream::new(seed, 0);
    let mut sample = Sample {
        student: Vec::new(),
        week: Vec::new(),
        score: Vec::new(),
        weight: Vec::new(),
        se: Vec::new(),
        trials: Vec::new(),
    };
    for student in (0..7).filter(|&student| student != 4) {
        let level = stream.normal();
        for week in 0..6 {
            if stream.bernoulli(0.3) {
                continue;
            }
            let trials = 1.0 + stream.below(9) as f64;
            let score = match family {
                Family::Gaussian | Family::Student => level + 0.2 * stream.normal(),
                Family::Bernoulli => f64::from(u8::from(stream.bernoulli(0.4))),
                Family::Binomial => stream.below(trials as u64 + 1) as f64 / trials,
            };
            sample.student.push(student);
            sample.week.push(f64::from(week) + 0.1 * stream.normal());
            sample.score.push(score);
            sample.weight.push(0.2 + stream.uniform());
            sample.se.push(0.5 * stream.uniform());
            sample.trials.push(trials);
        }
    }
    sample
}

impl Sample {
    fn data(&self) -> GrowthData<'_> {
        GrowthData {
            student: &self.student,
            week: &self.week,
            score: &self.score,
            n_students: 7,
            weight: None,
            se: None,
            trials: None,
        }
    }
}

fn priors() -> PriorSet {
    let scale = DataScale { score: [0.0, 1.0], week_sd: 1.0 };
    let asked = Priors::of_standard_scores();
    PriorSet::of(&asked, Family::Gaussian, Place::FirstWeek, &scale)
}

fn marginal(data: &GrowthData<'_>, effects: Effects) -> Marginal {
    Marginal { pooled: Pooled::new(data), priors: priors(), effects, mean_week: data.mean_week() }
}

/// Largest difference between the gradient and central differences, relative to its size.
fn gradient_error(density: &dyn Density, x: &[f64]) -> f64 {
    let mut gradient = vec![0.0; density.dim()];
    let mut scratch = gradient.clone();
    density.ln_density(x, &mut gradient);
    let mut worst = 0.0f64;
    for at in 0..x.len() {
        let step = 1e-5 * (1.0 + x[at].abs());
        let mut value = |by: f64| {
            let mut moved = x.to_vec();
            moved[at] += by;
            density.ln_density(&moved, &mut scratch)
        };
        let slope = (value(step) - value(-step)) / (2.0 * step);
        worst = worst.max((slope - gradient[at]).abs() / (1.0 + slope.abs()));
    }
    worst
}

/// Coordinates of moderate size, the slope and everything else from one seed.
fn coordinates(seed: u64, n: usize) -> Vec<f64> {
    let mut stream = Stream::new(seed, 1);
    (0..n).map(|_| 0.7 * stream.normal()).collect()
}

/// A trial step of the warm-up may go anywhere. Here the determinant of the students' covariance, computed from
/// its entries, is noise, and the density came out thousands above that of the mode: a chain that stepped there
/// never came back.
#[test]
fn no_density_is_made_of_rounding() {
    let sample = sample(1, Family::Gaussian);
    let data = sample.data();
    let marginal = marginal(&data, Effects::Correlated);
    let measured = Measured::new(&data, &sample.se, priors(), Effects::Correlated);
    let densities: [&dyn Density; 2] = [&marginal, &measured];
    let mut scratch = vec![0.0; 6];
    let mut stream = Stream::new(7, 7);
    for density in densities {
        let near = (0..200).map(|seed| coordinates(seed, 6));
        let best = near.map(|x| density.ln_density(&x, &mut scratch)).fold(f64::MIN, f64::max);
        let far = [61.66, -3.783, 25.333, 92.574, 38.195, 3.692];
        let value = density.ln_density(&far, &mut scratch);
        assert!(value < best || !value.is_finite(), "{value} {best}");
        for _ in 0..20_000 {
            let scale = 60.0 * stream.uniform();
            let x: Vec<f64> = (0..6).map(|_| scale * stream.normal()).collect();
            let value = density.ln_density(&x, &mut scratch);
            assert!(value < best + 20.0 || !value.is_finite(), "{x:?}: {value} {best}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn gradients_of_the_marginal_posterior(seed in 0u64..1_000_000) {
        let sample = sample(seed, Family::Gaussian);
        for effects in EFFECTS {
            let x = coordinates(seed, layout::dim(effects));
            let weighted = GrowthData { weight: Some(&sample.weight), ..sample.data() };
            for data in [sample.data(), weighted] {
                prop_assert!(gradient_error(&marginal(&data, effects), &x) < 1e-6);
                let measured =
                    Measured::new(&data, &sample.se, priors(), effects);
                prop_assert!(gradient_error(&measured, &x) < 1e-6);
            }
        }
    }

    #[test]
    fn gradients_of_the_joint_posterior(seed in 0u64..1_000_000) {
        for family in [Family::Student, Family::Binomial, Family::Bernoulli] {
            let sample = sample(seed, family);
            let trials = (family == Family::Binomial).then_some(sample.trials.as_slice());
            let data = GrowthData { trials, ..sample.data() };
            for effects in EFFECTS {
                let joint = Joint::new(&data, family, effects, priors());
                let x = coordinates(seed, joint.dim());
                prop_assert!(gradient_error(&joint, &x) < 1e-6, "{family:?} {effects:?}");
                prop_assert!(gradient_error(&joint, &joint.start()) < 1e-6);
            }
        }
    }

    #[test]
    fn the_marginal_likelihood_is_that_of_the_full_covariance(seed in 0u64..1_000_000) {
        let sample = sample(seed, Family::Gaussian);
        let zero = vec![0.0; sample.score.len()];
        for effects in EFFECTS {
            let x = coordinates(seed, layout::dim(effects));
            let p = layout::population(effects, &x);
            let data = GrowthData { weight: Some(&sample.weight), ..sample.data() };
            let pooled = marginal(&data, effects).likelihood(&p).0;
            let measured = |se| Measured::new(&data, se, priors(), effects);
            let exact = |se: &[f64]| full_likelihood(&sample, se, data.mean_week(), &p);
            let close = |a: f64, b: f64| (a - b).abs() < 1e-9 * (1.0 + b.abs());
            prop_assert!(close(pooled, exact(&zero)));
            prop_assert!(close(measured(&zero).likelihood(&p).0, exact(&zero)));
            prop_assert!(close(measured(&sample.se).likelihood(&p).0, exact(&sample.se)));
        }
    }
}

/// ln N(y; Xβ, V) with every student's V written out.
fn full_likelihood(sample: &Sample, se: &[f64], mean_week: f64, p: &layout::Population) -> f64 {
    let mut total = 0.0;
    for student in 0..7u32 {
        let rows: Vec<usize> =
            (0..sample.student.len()).filter(|&row| sample.student[row] == student).collect();
        let residuals: Vec<f64> = rows
            .iter()
            .map(|&row| sample.score[row] - p.alpha - p.slope * (sample.week[row] - mean_week))
            .collect();
        total += ln_normal(&residuals, &covariance_of(sample, se, &rows, p));
    }
    total
}

fn covariance_of(
    sample: &Sample,
    se: &[f64],
    rows: &[usize],
    p: &layout::Population,
) -> Vec<Vec<f64>> {
    let covariance = p.covariance();
    let entry = |i: usize, j: usize| {
        let (s, t) = (sample.week[i], sample.week[j]);
        let shared = covariance.a + covariance.b * (s + t) + covariance.d * s * t;
        let own = p.sigma * p.sigma / sample.weight[i] + se[i] * se[i];
        if i == j { shared + own } else { shared }
    };
    rows.iter().map(|&i| rows.iter().map(|&j| entry(i, j)).collect()).collect()
}

/// One observation after the other, each given those before it.
fn ln_normal(residuals: &[f64], covariance: &[Vec<f64>]) -> f64 {
    let (mut r, mut v) = (residuals.to_vec(), covariance.to_vec());
    let mut total = 0.0;
    for k in 0..r.len() {
        let variance = v[k][k];
        total -= 0.5 * ((std::f64::consts::TAU * variance).ln() + r[k] * r[k] / variance);
        for i in k + 1..r.len() {
            let share = v[i][k] / variance;
            r[i] -= share * r[k];
            let pivot_row = v[k].clone();
            for (entry, above) in v[i].iter_mut().zip(pivot_row).skip(k + 1) {
                *entry -= share * above;
            }
        }
    }
    total
}
