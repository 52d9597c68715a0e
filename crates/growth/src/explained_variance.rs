//! How much of the scores' variance the lines explain: Bayesian R².

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted, Stream};

use crate::data::GrowthData;
use crate::draws::Draw;
use crate::error::Error;
use crate::fit::{Basis, Fit};
use crate::matrix::Sym2;

/// First number of the streams of random numbers, beyond those of chains and of replicated data.
const STREAMS: u64 = 1 << 40;

/// Shares of the variance of the scores by draw (Gelman, Goodrich, Gabry & Vehtari 2019): variance of the fitted means
/// over that and the variance of what they leave of the scores.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedVariance {
    /// Of the population's line alone.
    pub marginal: Vec<f64>,
    /// Of the students' own lines, drawn given the draw of the population.
    pub conditional: Vec<f64>,
}

impl Fit {
    /// R² in `most_draws` draws at most, evenly spaced. A pure function of fit, rows and seed.
    ///
    /// # Errors
    /// [`Error::NotWithFamily`] unless the family is Gaussian (what others explain is on another scale),
    /// [`Error::BadSetting`] without draws, [`Error::Length`] for other data than those of the fit,
    /// [`Error::Interrupted`] once `stop` is raised.
    pub fn explained_variance(
        &self,
        data: &GrowthData<'_>,
        most_draws: usize,
        seed: u64,
        stop: &Interrupt,
    ) -> Result<ExplainedVariance, Error> {
        if let Basis::Joint(_) = &self.basis {
            let (column, family) = ("explained variance", self.spec.family.name());
            return Err(Error::NotWithFamily { column, family });
        }
        let inside = self.inside().concat();
        if inside.is_empty() || most_draws == 0 {
            let (name, expected) = ("draws".to_owned(), "at least one");
            return Err(Error::BadSetting { name, value: 0.0, expected });
        }
        if data.len() != self.n_obs {
            let (found, expected) = (data.len(), self.n_obs);
            return Err(Error::Length { column: "student", found, expected });
        }
        let rows = self.units.rows(data);
        let rows = rows.data(data);
        let used = inside.len().min(most_draws);
        let shares: Vec<[f64; 2]> = (0..used)
            .into_par_iter()
            .map(|number| {
                stop.check()?;
                let draw = &inside[number * inside.len() / used];
                let mut random = Stream::new(seed, STREAMS + number as u64);
                let own = self.drawn_lines(draw, &mut random);
                let population = |row: usize| draw.intercept + draw.week * rows.week[row];
                let conditional = |row: usize| {
                    let [level, slope] = own[rows.student[row] as usize];
                    population(row) + level + slope * rows.week[row]
                };
                Ok([share(rows.score, population), share(rows.score, conditional)])
            })
            .collect::<Result<_, Interrupted>>()?;
        let of = |at: usize| shares.iter().map(|both| both[at]).collect();
        Ok(ExplainedVariance { marginal: of(0), conditional: of(1) })
    }

    /// Deviations of every student's level and slope, drawn given a draw of the population in the units of the basis.
    fn drawn_lines(&self, draw: &Draw, random: &mut Stream) -> Vec<[f64; 2]> {
        let sigma2 = draw.sigma * draw.sigma;
        let own = Conditional { draw, random };
        match &self.basis {
            Basis::Pooled(pooled) => {
                let sums = pooled.students.iter().map(|student| (student.gram, student.u));
                own.of_all(sums, pooled.centre, sigma2)
            }
            Basis::Measured(measured) => {
                let codes = 0..measured.n_students();
                own.of_all(codes.map(|code| measured.sums(code, sigma2)), measured.centre, 1.0)
            }
            Basis::Joint(_) => Vec::new(),
        }
    }
}

/// Effects of students given a draw of the population.
struct Conditional<'a> {
    draw: &'a Draw,
    random: &'a mut Stream,
}

impl Conditional<'_> {
    /// One drawn pair of effects for every student, from the Gram matrices and the cross products with the scores
    /// measured from `centre`: with A = (unit · Σ⁻¹ + G)⁻¹ they have mean A(u − Gβ) and covariance unit · A.
    fn of_all(
        self,
        sums: impl ExactSizeIterator<Item = (Sym2, [f64; 2])>,
        centre: f64,
        unit: f64,
    ) -> Vec<[f64; 2]> {
        let Self { draw, random } = self;
        let beta = [draw.intercept - centre, draw.week];
        let (covariance, det) = (draw.covariance(), draw.covariance_det());
        let mut deviates = vec![0.0; 2 * sums.len()];
        random.normals(&mut deviates);
        let (deviates, _) = deviates.as_chunks::<2>();
        let one = |((gram, u), [z0, z1]): ((Sym2, [f64; 2]), &[f64; 2])| {
            let (a, _) = covariance.shrinkage(det, &gram, unit);
            let h = gram.times(beta);
            let mean = a.times([u[0] - h[0], u[1] - h[1]]);
            // The factor of A; where an effect does not vary, its row is zero.
            let first = a.a.max(0.0).sqrt();
            let cross = if first > 0.0 { a.b / first } else { 0.0 };
            let second = (a.d - cross * cross).max(0.0).sqrt();
            let scale = unit.sqrt();
            [mean[0] + scale * first * z0, mean[1] + scale * (cross * z0 + second * z1)]
        };
        sums.zip(deviates).map(one).collect()
    }
}

/// Variance of the fitted means over that and the variance of what they leave.
fn share(scores: &[f64], fitted: impl Fn(usize) -> f64) -> f64 {
    let n = scores.len() as f64;
    let means: Vec<f64> = (0..scores.len()).map(fitted).collect();
    let left: Vec<f64> = scores.iter().zip(&means).map(|(score, mean)| score - mean).collect();
    let squares = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / n;
        values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>()
    };
    let explained = squares(&means);
    explained / (explained + squares(&left))
}
