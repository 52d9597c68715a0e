//! S of every student by a fit.

use std::collections::HashMap;

use seedtest_families::survival::{Stored as SurvivalModel, predictions_of};
use seedtest_survival::cox::rank_percentiles;
use seedtest_wire::{ReasonJson, SurvivalPredictionJson};

use super::data_set::{StudentToday, students_today, table_today};
use super::spec::ChurnSpec;
use crate::error::Error;
use crate::evidence::Evidence;

/// S of one student with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StudentRisk {
    pub(crate) user_id: String,
    /// Whole days without activity.
    pub(crate) days_silent: i64,
    /// Probability that a silence of the threshold begins, or goes on, within the horizon; 1 for a
    /// student who is silent for that long already.
    pub(crate) risk: f64,
    /// Against a student at the means of all covariates; `None` where the silence is there already.
    pub(crate) hazard_ratio: Option<f64>,
    /// Mid-rank of the risk among all students.
    pub(crate) rank_percentile: f64,
    /// What each covariate adds to the log hazard ratio; empty where the silence is there already.
    pub(crate) reasons: Vec<ReasonJson>,
}

/// The students of the evidence, divided into those who are silent and those to predict.
pub(crate) struct Today<'a> {
    students: Vec<StudentToday<'a>>,
    threshold: i64,
}

impl<'a> Today<'a> {
    pub(crate) fn new(evidence: &'a Evidence, spec: &ChurnSpec) -> Self {
        let threshold = i64::from(spec.threshold_days);
        Self { students: students_today(evidence, spec), threshold }
    }

    pub(crate) fn len(&self) -> usize {
        self.students.len()
    }

    /// Students who are not silent yet.
    pub(crate) fn at_risk(&self) -> Vec<&StudentToday<'a>> {
        self.students.iter().filter(|student| student.days_silent < self.threshold).collect()
    }

    /// Puts the predictions of [`Self::at_risk`] beside the students who are silent already. A student
    /// without a predicted risk is left out.
    pub(crate) fn risks(
        &self,
        predictions: &[SurvivalPredictionJson],
    ) -> Result<Vec<StudentRisk>, Error> {
        let by_user: HashMap<&str, &SurvivalPredictionJson> =
            predictions.iter().map(|p| (&*p.user_id, p)).collect();
        let mut risks = Vec::with_capacity(self.students.len());
        for student in &self.students {
            let silent = student.days_silent >= self.threshold;
            let predicted = by_user.get(student.user_id).filter(|_| !silent);
            let risk = if silent { Some(1.0) } else { predicted.and_then(|p| p.risk_score) };
            let Some(risk) = risk else { continue };
            if !(0.0..=1.0).contains(&risk) {
                let reason = format!("the risk of {} is {risk}", student.user_id);
                return Err(Error::Service { url: "/survival/fit".into(), reason, variable: None });
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

/// S of every student by a stored fit.
pub(crate) fn risks(
    model: &SurvivalModel,
    evidence: &Evidence,
    spec: &ChurnSpec,
) -> Result<Vec<StudentRisk>, Error> {
    let today = Today::new(evidence, spec);
    let names: Vec<String> = model.covariates().into_iter().map(str::to_owned).collect();
    let table = table_today(&today.at_risk(), &names, model.means());
    today.risks(&predictions_of(model, &table)?)
}
