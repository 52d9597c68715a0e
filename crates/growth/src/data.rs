//! The rows a growth model is fitted to, and what is checked of them.

use crate::error::Error;
use crate::family::Family;

/// Largest week, score, weight or standard error: products of several of them must stay numbers.
const LARGEST: f64 = 1e50;

/// Rounding of a share, per trial, that still leaves its number of successes known: two decimals.
const ROUNDED: f64 = 0.005_001;
/// Distance from a whole number past which no rounding is meant.
const FARTHEST: f64 = 0.25;

/// Scores of students over weeks, one row an observation.
#[derive(Debug, Clone, Copy)]
pub struct GrowthData<'a> {
    /// Code of the student, 0..`n_students`.
    pub student: &'a [u32],
    /// Week on a true time scale: 1.0 is seven days; the origin is the caller's.
    pub week: &'a [f64],
    /// Score; with the binomial family the number or the share of successes (see `trials`), with
    /// the Bernoulli family 0 or 1.
    pub score: &'a [f64],
    /// Number of students, those without rows included.
    pub n_students: usize,
    /// Precision weights, > 0: the residual variance of a row is σ² / weight. Gaussian only.
    pub weight: Option<&'a [f64]>,
    /// Known standard errors of the scores, ≥ 0: the residual variance of a row is σ² + se²
    /// (measurement error; brms `se(se, sigma = TRUE)`). Gaussian only.
    pub se: Option<&'a [f64]>,
    /// Trials of the binomial family, whole numbers ≥ 1; `score` is then a share in 0..=1 of
    /// them.
    pub trials: Option<&'a [f64]>,
}

impl GrowthData<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.student.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.student.is_empty()
    }

    /// The last observed week; 0 without rows.
    pub fn last_week(&self) -> f64 {
        self.week.iter().copied().reduce(f64::max).unwrap_or(0.0)
    }

    /// The first observed week; 0 without rows.
    pub(crate) fn first_week(&self) -> f64 {
        self.week.iter().copied().reduce(f64::min).unwrap_or(0.0)
    }

    /// Mean of the week over the rows: where the centred intercept stands. Summed from the first week,
    /// so that it moves with the weeks.
    pub(crate) fn mean_week(&self) -> f64 {
        self.first_week() + self.mean_week_after_first()
    }

    /// Weeks from the first to the mean week.
    pub(crate) fn mean_week_after_first(&self) -> f64 {
        let first = self.first_week();
        self.week.iter().map(|week| week - first).sum::<f64>() / self.len() as f64
    }

    /// Students with at least one row.
    pub(crate) fn students_with_rows(&self) -> usize {
        let mut seen = vec![false; self.n_students];
        for &code in self.student {
            seen[code as usize] = true;
        }
        seen.into_iter().filter(|&seen| seen).count()
    }

    /// Everything a fit relies on.
    pub(crate) fn check(&self, family: Family) -> Result<(), Error> {
        self.check_rows(family)?;
        self.check_amount(family)
    }

    /// Everything a prediction relies on.
    pub(crate) fn check_rows(&self, family: Family) -> Result<(), Error> {
        self.check_lengths()?;
        self.check_family(family)?;
        match (0..self.len()).find_map(|row| self.fault(row, family)) {
            Some(fault) => Err(fault),
            None => Ok(()),
        }
    }

    /// What is wrong with each row that has something wrong with it, with its number from 0: a prediction can do
    /// without such rows.
    ///
    /// # Errors
    /// [`Error::Length`] and [`Error::NotWithFamily`] for columns that belong to no row in particular.
    pub fn faults(&self, family: Family) -> Result<Vec<(usize, Error)>, Error> {
        self.check_lengths()?;
        self.check_family(family)?;
        let of_row = |row| self.fault(row, family).map(|fault| (row, fault));
        Ok((0..self.len()).filter_map(of_row).collect())
    }

    fn fault(&self, row: usize, family: Family) -> Option<Error> {
        let code = self.student[row];
        if code as usize >= self.n_students {
            return Some(Error::BadStudent { row, code, n_students: self.n_students });
        }
        let moderate = |x: f64| x.abs() <= LARGEST;
        let positive = |x: f64| x > 0.0 && x <= LARGEST;
        let not_negative = |x: f64| (0.0..=LARGEST).contains(&x);
        let whole = |x: f64| x.is_finite() && x >= 1.0 && x.fract() == 0.0;
        let of_size = "a number of at most 1e50 in size";
        let at = |column: Option<&[f64]>| column.map(|values| values[row]);
        let is_bad = |column, value: Option<f64>, expected, is_good: &dyn Fn(f64) -> bool| {
            let value = value.filter(|&value| !is_good(value))?;
            Some(Error::BadValue { row, column, value, expected })
        };
        is_bad("week", at(Some(self.week)), of_size, &moderate)
            .or_else(|| is_bad("score", at(Some(self.score)), of_size, &moderate))
            .or_else(|| is_bad("weight", at(self.weight), "a number > 0, at most 1e50", &positive))
            .or_else(|| is_bad("se", at(self.se), "a number from 0 to 1e50", &not_negative))
            .or_else(|| is_bad("trials", at(self.trials), "a whole number ≥ 1", &whole))
            .or_else(|| self.score_fault(row, family))
    }

    fn check_lengths(&self) -> Result<(), Error> {
        let expected = self.len();
        let columns = [
            ("week", Some(self.week)),
            ("score", Some(self.score)),
            ("weight", self.weight),
            ("se", self.se),
            ("trials", self.trials),
        ];
        for (column, values) in columns {
            if let Some(found) = values.map(<[f64]>::len).filter(|&found| found != expected) {
                return Err(Error::Length { column, found, expected });
            }
        }
        Ok(())
    }

    fn check_family(&self, family: Family) -> Result<(), Error> {
        let refused = |column| Err(Error::NotWithFamily { column, family: family.name() });
        match family {
            Family::Gaussian if self.trials.is_some() => refused("trials"),
            Family::Gaussian => Ok(()),
            _ if self.weight.is_some() => refused("weight"),
            _ if self.se.is_some() => refused("se"),
            Family::Student | Family::Bernoulli if self.trials.is_some() => refused("trials"),
            _ => Ok(()),
        }
    }

    fn score_fault(&self, row: usize, family: Family) -> Option<Error> {
        let value = self.score[row];
        let bad = |expected| Some(Error::BadValue { row, column: "score", value, expected });
        match family {
            Family::Gaussian | Family::Student => None,
            Family::Bernoulli if value == 0.0 || value == 1.0 => None,
            Family::Bernoulli => bad("0 or 1"),
            Family::Binomial if (0.0..=1.0).contains(&value) => self.count_fault(row),
            Family::Binomial => bad("a share from 0 to 1"),
        }
    }

    /// Shares of the binomial family are whole numbers of their trials, as far as their decimals say.
    fn count_fault(&self, row: usize) -> Option<Error> {
        let share = self.score[row];
        let trials = self.trials.map_or(1.0, |trials| trials[row]);
        let apart = (share * trials - (share * trials).round()).abs();
        let is_apart = apart > (ROUNDED * trials).min(FARTHEST);
        is_apart.then_some(Error::NotWhole { row, share, trials })
    }

    fn check_amount(&self, family: Family) -> Result<(), Error> {
        let (rows, students) = (self.len(), self.students_with_rows());
        if students == 1 {
            return Err(Error::OneStudent { rows });
        }
        if rows < 3 || students < 2 {
            return Err(Error::TooFew { rows, students });
        }
        if family.has_sigma() && self.se.is_none() && self.is_constant_within() {
            return Err(Error::NoScatter);
        }
        let first = self.score[0];
        if self.score.iter().all(|&score| score == first) {
            return Err(Error::ConstantScores { value: first });
        }
        Ok(())
    }

    /// Whether some students have several scores, and all of each student's are equal, though not
    /// everybody's.
    fn is_constant_within(&self) -> bool {
        let mut first: Vec<Option<f64>> = vec![None; self.n_students];
        let mut repeated = false;
        for (&student, &score) in self.student.iter().zip(self.score) {
            match first[student as usize] {
                None => first[student as usize] = Some(score),
                Some(of_first) if of_first == score => repeated = true,
                Some(_) => return false,
            }
        }
        repeated && self.score.iter().any(|&score| score != self.score[0])
    }
}
