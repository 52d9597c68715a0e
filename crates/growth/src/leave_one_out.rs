//! Leave-one-student-out prediction by Pareto-smoothed importance sampling.

use rayon::prelude::*;
use seedtest_numerics::{
    Interrupt, Interrupted, LeaveOneOut, LeaveOneOutPoint, leave_one_out_point, ln, vectorized,
};

use crate::draws::Draw;
use crate::error::Error;
use crate::fit::{Basis, Fit};
use crate::marginal::Gradient;
use crate::matrix::Sym2;
use crate::measured::Measured;
use crate::pooled::{Pooled, StudentSums};

/// Students of one task; a constant, so that nothing depends on the number of threads.
const CHUNK: usize = 64;
/// Draws that are worked on together.
const LANES: usize = 8;
const LN_2PI: f64 = 1.837_877_066_409_345_5;

/// How well each student's scores are predicted from those of the others.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaveOneStudentOut {
    /// Sums over students.
    pub total: LeaveOneOut,
    /// By student code; `None` for a student without rows.
    pub students: Vec<Option<LeaveOneOutPoint>>,
}

impl Fit {
    /// PSIS-LOO with whole students left out (Vehtari, Gelman, Gabry 2017): the density is that of all
    /// of a student's scores with the student's effects integrated out. A Pareto k̂ above 0.7 marks a
    /// student whose scores move the population so much that the estimate is not to be trusted.
    ///
    /// # Errors
    /// [`Error::NotWithFamily`] unless the family is Gaussian (the effects of the others do not
    /// integrate out), [`Error::BadSetting`] without draws, [`Error::Interrupted`] once `stop` is raised.
    pub fn leave_one_out(&self, stop: &Interrupt) -> Result<LeaveOneStudentOut, Error> {
        if self.chains.iter().any(Vec::is_empty) {
            let (name, expected) = ("draws".to_owned(), "at least one in every chain");
            return Err(Error::BadSetting { name, value: 0.0, expected });
        }
        let chains = self.inside();
        // A density of scores is one of scores in units of the sampler, by their unit each.
        let by_unit = |rows: f64| rows * ln(self.units.score_unit);
        let students = match &self.basis {
            Basis::Pooled(pooled) => by_pattern(&chains, pooled, stop, by_unit),
            Basis::Measured(measured) => {
                by_student(&chains, measured.n_students(), stop, |code, draw| {
                    let rows = (measured.first[code + 1] - measured.first[code]) as f64;
                    measured_ln_likelihood(draw, measured, code).map(|value| value - by_unit(rows))
                })
            }
            Basis::Joint(_) => {
                let (column, family) = ("leave-one-out", self.spec.family.name());
                return Err(Error::NotWithFamily { column, family });
            }
        }?;
        let points: Vec<LeaveOneOutPoint> = students.iter().flatten().copied().collect();
        Ok(LeaveOneStudentOut { total: LeaveOneOut::of(&points), students })
    }
}

fn by_student(
    chains: &[Vec<Draw>],
    n_students: usize,
    stop: &Interrupt,
    ln_likelihood: impl Fn(usize, &Draw) -> Option<f64> + Sync,
) -> Result<Vec<Option<LeaveOneOutPoint>>, Interrupted> {
    let one = |code: usize| {
        let of_chain = |chain: &Vec<Draw>| -> Option<Vec<f64>> {
            chain.iter().map(|draw| ln_likelihood(code, draw)).collect()
        };
        let values: Vec<Vec<f64>> = chains.iter().map(of_chain).collect::<Option<_>>()?;
        let values: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
        Some(leave_one_out_point(&values))
    };
    (0..n_students).into_par_iter().map(|code| stop.check().map(|()| one(code))).collect()
}

/// The same of students who share Gram matrices, and with them all that does not depend on their scores.
fn by_pattern(
    chains: &[Vec<Draw>],
    pooled: &Pooled,
    stop: &Interrupt,
    by_unit: impl Fn(f64) -> f64 + Sync,
) -> Result<Vec<Option<LeaveOneOutPoint>>, Interrupted> {
    let n_draws = chains.iter().map(Vec::len).sum();
    let found: Vec<Vec<(u32, LeaveOneOutPoint)>> = pooled
        .students_by_pattern()
        .par_iter()
        .zip(&pooled.patterns.gram)
        .map(|(students, gram)| {
            if stop.is_raised() {
                return Vec::new();
            }
            let terms = PatternTerms::new(chains.iter().flatten(), gram, pooled.centre);
            let of_chunk = |students: &[u32]| {
                let mut values = vec![0.0; n_draws];
                let one = |student: u32| {
                    let sums = &pooled.students[student as usize];
                    let rows = f64::from(sums.rows);
                    terms.ln_likelihoods(sums, by_unit(rows), &mut values);
                    let mut rest = &values[..];
                    let of_chain = |chain: &Vec<Draw>| {
                        let (own, others) = rest.split_at(chain.len());
                        rest = others;
                        own
                    };
                    let by_chain: Vec<&[f64]> = chains.iter().map(of_chain).collect();
                    (student, leave_one_out_point(&by_chain))
                };
                let has_rows = |student: &u32| pooled.students[*student as usize].rows > 0;
                let students = students.iter().copied().filter(has_rows);
                students.take_while(|_| !stop.is_raised()).map(one).collect::<Vec<_>>()
            };
            students.par_chunks(CHUNK).flat_map_iter(of_chunk).collect()
        })
        .collect();
    stop.check()?;
    let mut all = vec![None; pooled.students.len()];
    for (student, point) in found.into_iter().flatten() {
        all[student as usize] = Some(point);
    }
    Ok(all)
}

/// What the marginal log-likelihood of a student's scores is made of beside them, of [`LANES`] draws; the formulas are
/// those of `marginal`.
#[derive(Default)]
struct Terms {
    beta: [[f64; LANES]; 2],
    /// Gβ
    h: [[f64; LANES]; 2],
    /// βᵀGβ
    squares: [f64; LANES],
    /// A = (σ²Σ⁻¹ + G)⁻¹: a, b, d.
    a: [[f64; LANES]; 3],
    sigma2: [f64; LANES],
    ln_sigma2: [f64; LANES],
    ln_det: [f64; LANES],
}

/// The terms of the students of one Gram matrix, draw by draw.
struct PatternTerms(Vec<Terms>);

impl PatternTerms {
    fn new<'d>(draws: impl Iterator<Item = &'d Draw>, gram: &Sym2, centre: f64) -> Self {
        let mut all = Vec::new();
        for (at, draw) in draws.enumerate() {
            let lane = at % LANES;
            if lane == 0 {
                all.push(Terms::default());
            }
            let Some(terms) = all.last_mut() else { continue };
            let sigma2 = draw.sigma * draw.sigma;
            let beta = [draw.intercept - centre, draw.week];
            let h = gram.times(beta);
            let (a, det) = draw.covariance().shrinkage(draw.covariance_det(), gram, sigma2);
            for i in 0..2 {
                (terms.beta[i][lane], terms.h[i][lane]) = (beta[i], h[i]);
            }
            terms.squares[lane] = gram.form(beta);
            (terms.a[0][lane], terms.a[1][lane], terms.a[2][lane]) = (a.a, a.b, a.d);
            terms.sigma2[lane] = sigma2;
            (terms.ln_sigma2[lane], terms.ln_det[lane]) = (ln(sigma2), ln(det));
        }
        Self(all)
    }

    /// Marginal log-likelihoods of one student's scores less `beyond`, by draw.
    fn ln_likelihoods(&self, sums: &StudentSums, beyond: f64, values: &mut [f64]) {
        vectorized(
            #[inline(always)]
            || {
                for (terms, values) in self.0.iter().zip(values.chunks_mut(LANES)) {
                    let found = terms.ln_likelihoods(sums);
                    for (value, found) in values.iter_mut().zip(found) {
                        *value = found - beyond;
                    }
                }
            },
        );
    }
}

impl Terms {
    #[inline(always)]
    #[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
    fn ln_likelihoods(&self, sums: &StudentSums) -> [f64; LANES] {
        let rows = f64::from(sums.rows);
        std::array::from_fn(|lane| {
            let v = [sums.u[0] - self.h[0][lane], sums.u[1] - self.h[1][lane]];
            let a = Sym2 { a: self.a[0][lane], b: self.a[1][lane], d: self.a[2][lane] };
            let cross = self.beta[0][lane] * sums.u[0] + self.beta[1][lane] * sums.u[1];
            let squares = sums.q - 2.0 * cross + self.squares[lane];
            let (sigma2, ln_sigma2) = (self.sigma2[lane], self.ln_sigma2[lane]);
            -0.5 * (rows * (LN_2PI + ln_sigma2) - sums.ln_weight + self.ln_det[lane]
                - 2.0 * ln_sigma2
                + (squares - a.form(v)) / sigma2)
        })
    }
}

fn measured_ln_likelihood(draw: &Draw, measured: &Measured, code: usize) -> Option<f64> {
    let has_rows = measured.first[code] < measured.first[code + 1];
    has_rows.then(|| measured.student(code, &draw.population(), &mut Gradient::default()))
}
