//! S of every student by a fit.

use std::collections::HashMap;

use seedtest_survival::cox::rank_percentiles;
use seedtest_wire::{ReasonJson, SurvivalPredictionJson};

use super::data_set::StudentToday;
use super::spec::ChurnSpec;

/// S of one student with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentRisk {
    /// Id of the student.
    pub user_id: String,
    /// Whole days without activity.
    pub days_silent: i64,
    /// Probability that a silence of the threshold begins, or goes on, within the horizon; 1 for a
    /// student who is silent for that long already.
    pub risk: f64,
    /// Against a student at the means of all covariates; `None` where the silence is there already.
    pub hazard_ratio: Option<f64>,
    /// Mid-rank of the risk among all students.
    pub rank_percentile: f64,
    /// What each covariate adds to the log hazard ratio; empty where the silence is there already.
    pub reasons: Vec<ReasonJson>,
}

/// A model that answers with a risk which is no probability.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the risk of {user_id} is {risk}")]
pub struct NoProbability {
    /// The student.
    pub user_id: String,
    /// What was answered.
    pub risk: f64,
}

/// Students today, divided into those who are silent and those to predict.
#[derive(Debug)]
pub struct Today<'a> {
    students: Vec<StudentToday<'a>>,
    threshold: i64,
}

impl<'a> Today<'a> {
    /// Of the students who were active in the lookback, by id.
    pub fn new(students: Vec<StudentToday<'a>>, spec: &ChurnSpec) -> Self {
        Self { students, threshold: i64::from(spec.threshold_days) }
    }

    /// How many there are.
    pub fn n_students(&self) -> usize {
        self.students.len()
    }

    /// Students who are not silent yet.
    pub fn at_risk(&self) -> Vec<&StudentToday<'a>> {
        self.students.iter().filter(|student| student.days_silent < self.threshold).collect()
    }

    /// Puts the predictions of [`Self::at_risk`] beside the students who are silent already. A student
    /// without a predicted risk is left out.
    ///
    /// # Errors
    /// Where a predicted risk is no probability.
    pub fn risks(
        &self,
        predictions: &[SurvivalPredictionJson],
    ) -> Result<Vec<StudentRisk>, NoProbability> {
        let by_user: HashMap<&str, &SurvivalPredictionJson> =
            predictions.iter().map(|p| (&*p.user_id, p)).collect();
        let mut risks = Vec::with_capacity(self.students.len());
        for student in &self.students {
            let silent = student.days_silent >= self.threshold;
            let predicted = by_user.get(student.user_id).filter(|_| !silent);
            let risk = if silent { Some(1.0) } else { predicted.and_then(|p| p.risk_score) };
            let Some(risk) = risk else { continue };
            if !(0.0..=1.0).contains(&risk) {
                return Err(NoProbability { user_id: student.user_id.to_owned(), risk });
            }
            risks.push(StudentRisk {
                user_id: student.user_id.to_owned(),
                days_silent: student.days_silent,
                risk,
                hazard_ratio: predicted.and_then(|p| p.hazard_ratio),
                rank_percentile: 0.0,
                reasons: predicted.map_or_else(Vec::new, |p| p.reasons.clone()),
            });
        }
        let values: Vec<f64> = risks.iter().map(|risk| risk.risk).collect();
        for (risk, rank) in risks.iter_mut().zip(rank_percentiles(&values)) {
            risk.rank_percentile = rank;
        }
        Ok(risks)
    }
}
