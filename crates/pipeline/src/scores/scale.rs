//! The scale of the growth model.

use chrono::{DateTime, Utc};
use seedtest_store::Store;
use serde::{Deserialize, Serialize};

use super::source::{ATTEMPT, WeeklyScores};
use super::targets::Targets;
use crate::error::Error;

/// The reference by which raw scores become scores of the model: (raw − mean) / sd. It is made once,
/// by the first fit of a source, and stored with every run, so that slopes, targets and
/// probabilities of different weeks mean the same (docs/contract/metrics.md M14 F9).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scale {
    /// Where the raw scores come from.
    pub(crate) source: String,
    /// Raw score that becomes 0.
    pub(crate) mean: f64,
    /// Raw difference that becomes 1.
    pub(crate) sd: f64,
    /// The run that made it.
    pub(crate) run_id: String,
}

impl Scale {
    /// The scale of the newest run up to now whose scores came from the same source.
    ///
    /// # Errors
    /// When the database refuses.
    pub(crate) async fn stored(
        store: &Store,
        source: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, Error> {
        let settings = store.latest_growth_settings(source, now).await?;
        Ok(settings.and_then(|settings| serde_json::from_value(settings["scale"].clone()).ok()))
    }

    /// The scale for these scores: abilities are on theirs; accuracies take the one that is stored,
    /// or their own mean and standard deviation over all answers.
    pub(crate) fn of(scores: &WeeklyScores, stored: Option<Self>, run_id: &str) -> Self {
        if let Some(stored) = stored.filter(|stored| stored.source == scores.source) {
            return stored;
        }
        let made = |mean, sd| Self {
            source: scores.source.to_owned(),
            mean,
            sd,
            run_id: run_id.to_owned(),
        };
        let Some(answers) = &scores.rows.answers else { return made(0.0, 1.0) };
        let weighted = || answers.iter().zip(&scores.rows.score);
        let total: f64 = answers.iter().sum();
        let mean = weighted().map(|(n, score)| n * score).sum::<f64>() / total;
        let square = |(n, score): (&f64, &f64)| n * (score - mean) * (score - mean);
        let sd = (weighted().map(square).sum::<f64>() / total).sqrt();
        made(mean, if sd > 0.0 { sd } else { 1.0 })
    }

    /// Whether the scores are abilities, on their own scale.
    pub(crate) fn is_of_abilities(&self) -> bool {
        self.source != ATTEMPT
    }

    /// A raw score on the scale of the model.
    pub(crate) fn apply(&self, raw: f64) -> f64 {
        (raw - self.mean) / self.sd
    }

    /// The raw score of a score of the model.
    pub(crate) fn raw(&self, score: f64) -> f64 {
        self.mean + self.sd * score
    }

    /// The goal of the settings on the scale of the model.
    pub(crate) fn target(&self, targets: &Targets) -> f64 {
        self.target_of(targets.target(), targets)
    }

    /// A goal on the scale of the model, read as the settings say: a share of right answers is put on
    /// it, an ability (0 = average) is on it, and a score is turned into an ability first.
    pub(crate) fn target_of(&self, target: f64, targets: &Targets) -> f64 {
        if targets.are_accuracies() {
            return self.apply(target);
        }
        targets.goal_of(target).theta()
    }
}
