//! Leave-one-student-out prediction by Pareto-smoothed importance sampling.

use rayon::prelude::*;
use seedtest_numerics::{
    Interrupt, Interrupted, LeaveOneOut, LeaveOneOutPoint, leave_one_out_point, ln,
};

use crate::draws::Draw;
use crate::error::Error;
use crate::fit::{Basis, Fit};
use crate::marginal::Gradient;
use crate::matrix::Sym2;
use crate::measured::Measured;
use crate::pooled::StudentSums;

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
            Basis::Pooled(pooled) => {
                by_student(&chains, pooled.students.len(), stop, |code, draw| {
                    let sums = &pooled.students[code];
                    let inside = (sums.rows > 0).then(|| ln_likelihood(draw, sums, pooled.centre));
                    inside.map(|value| value - by_unit(f64::from(sums.rows)))
                })
            }
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

/// Marginal log-likelihood of one student's scores; the formulas are those of `marginal`.
fn ln_likelihood(draw: &Draw, sums: &StudentSums, centre: f64) -> f64 {
    let sigma2 = draw.sigma * draw.sigma;
    let beta = [draw.intercept - centre, draw.week];
    let h = sums.gram.times(beta);
    let v = [sums.u[0] - h[0], sums.u[1] - h[1]];
    let (a, det): (Sym2, f64) =
        draw.covariance().shrinkage(draw.covariance_det(), &sums.gram, sigma2);
    let cross = beta[0] * sums.u[0] + beta[1] * sums.u[1];
    let squares = sums.q - 2.0 * cross + sums.gram.form(beta);
    let rows = f64::from(sums.rows);
    -0.5 * (rows * (LN_2PI + ln(sigma2)) - sums.ln_weight + ln(det) - 2.0 * ln(sigma2)
        + (squares - a.form(v)) / sigma2)
}

fn measured_ln_likelihood(draw: &Draw, measured: &Measured, code: usize) -> Option<f64> {
    let has_rows = measured.first[code] < measured.first[code + 1];
    has_rows.then(|| measured.student(code, &draw.population(), &mut Gradient::default()))
}
