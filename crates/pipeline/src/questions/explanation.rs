//! The stored scores of a student with the model, the evidence and the certainty of each.

use chrono::{DateTime, Duration, NaiveDate, SecondsFormat, Utc};
use seedtest_kpi::{FittedAt, Missing, Number, Source, WeeklyKpis};
use seedtest_report::{Lang, Z_95, explained};
use seedtest_store::{Ability, Store, TopicTheta, UserSegmentRow, WeeklyKpi};
use seedtest_wire::questions::{Certainty, ExplainedEvidence, ExplainedModel, ExplainedScore};

use super::window_kpis::newest_topic_thetas;
use crate::clock::Clock;
use crate::error::Error;

/// Every stored score of a student: abilities over all and by topic, the KPIs of the newest week, the
/// segment. Empty for a student without any.
///
/// # Errors
/// When the database refuses.
pub async fn explain_scores(
    store: &Store,
    clock: Clock,
    user_id: &str,
    lang: Lang,
) -> Result<Vec<ExplainedScore>, Error> {
    // What was estimated at this very instant counts.
    let until = clock.now() + Duration::seconds(1);
    let overall = store.student_abilities(user_id, DateTime::UNIX_EPOCH, until, 1).await?;
    let topics = newest_topic_thetas(store, clock, user_id).await?;
    let today = clock.today(store.time_zone());
    let weeks = store.student_weekly_kpi(user_id, NaiveDate::default(), today, 1).await?;
    let mut scores: Vec<ExplainedScore> = overall.iter().map(|row| of_ability(row, lang)).collect();
    scores.extend(topics.values().map(|row| of_topic(row, lang)));
    scores.extend(weeks.iter().flat_map(|row| of_week(row, lang)));
    scores.extend(store.user_segment(user_id).await?.map(|row| of_segment(&row, lang)));
    Ok(scores)
}

/// A score of nothing yet.
fn score(name: &str, lang: Lang) -> ExplainedScore {
    let words = explained(name, lang);
    ExplainedScore {
        score: name.to_string(),
        topic_id: None,
        value: None,
        label: None,
        reason: None,
        meaning: words.meaning.to_string(),
        model: ExplainedModel::default(),
        evidence: ExplainedEvidence { source: words.source.to_string(), ..Default::default() },
        certainty: Certainty { note: words.certainty.to_string(), ..Default::default() },
    }
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The 95 % interval around an estimate.
fn around(value: f64, se: Option<f64>, certainty: Certainty) -> Certainty {
    Certainty {
        standard_error: se,
        lower: se.map(|se| value - Z_95 * se),
        upper: se.map(|se| value + Z_95 * se),
        ..certainty
    }
}

fn of_ability(row: &Ability, lang: Lang) -> ExplainedScore {
    let base = score("ability", lang);
    ExplainedScore {
        value: Some(row.theta),
        model: ExplainedModel {
            method: row.model.clone().unwrap_or_else(|| "item response model".to_string()),
            version: Some(row.version.clone()),
            run_id: row.run_id.clone(),
            computed_at: Some(instant(row.fitted_at)),
        },
        evidence: ExplainedEvidence { answers: row.n_answers, ..base.evidence },
        certainty: around(row.theta, row.se, base.certainty),
        ..base
    }
}

fn of_topic(row: &TopicTheta, lang: Lang) -> ExplainedScore {
    let base = score("topic_ability", lang);
    ExplainedScore {
        topic_id: Some(row.topic_id.clone()),
        value: Some(row.theta),
        model: ExplainedModel {
            method: row.model.clone(),
            version: row.version.clone(),
            run_id: row.run_id.clone(),
            computed_at: Some(instant(row.fitted_at)),
        },
        certainty: around(row.theta, row.se, base.certainty),
        ..base
    }
}

fn of_segment(row: &UserSegmentRow, lang: Lang) -> ExplainedScore {
    let base = score("segment", lang);
    ExplainedScore {
        label: Some(row.segment_label.clone()),
        model: ExplainedModel {
            method: "clustering".to_string(),
            version: None,
            run_id: Some(row.run_id.clone()),
            computed_at: Some(instant(row.assigned_at)),
        },
        ..base
    }
}

/// A KPI of the week.
struct KpiOfWeek<'a> {
    name: &'a str,
    number: Number,
    method: &'a str,
    answers: Option<u32>,
    fitted_at: Option<&'a FittedAt>,
}

impl KpiOfWeek<'_> {
    fn explained(self, week: &WeeklyKpi, lang: Lang) -> ExplainedScore {
        let base = score(self.name, lang);
        let reason = self.number.err().map(|why| why.map_or("not_recorded", Missing::code));
        ExplainedScore {
            value: self.number.ok(),
            reason: reason.map(str::to_string),
            model: ExplainedModel {
                method: self.method.to_string(),
                computed_at: self.fitted_at.map(ToString::to_string),
                ..ExplainedModel::default()
            },
            evidence: ExplainedEvidence {
                answers: self.answers,
                week_start: Some(week.week_start),
                ..base.evidence
            },
            ..base
        }
    }
}

fn of_week(week: &WeeklyKpi, lang: Lang) -> Vec<ExplainedScore> {
    let row = WeeklyKpis::read(&week.kpis);
    let formula = "formula";
    let kpi = |name, number, method, answers, fitted_at| {
        KpiOfWeek { name, number, method, answers, fitted_at }.explained(week, lang)
    };
    let method = row.method.map_or(formula, |method| method.code());
    let mut improvement = kpi("I_t", row.improvement, method, row.improvement_n, None);
    if let Some(value) = improvement.value {
        improvement.certainty = around(value, row.improvement_se, improvement.certainty);
    }
    let mut all = vec![
        improvement,
        kpi("E_t", row.efficiency, formula, row.efficiency_n, None),
        kpi("R_t", row.recovery, formula, row.recovery_n, None),
        kpi("A_t", row.engagement, formula, row.engagement_n, None),
    ];
    if let Some(goal) = &row.goal {
        let source = goal.source.map_or("not_recorded", Source::code);
        let mut p = kpi("P", goal.probability, source, None, goal.fitted_at.as_ref());
        p.evidence.goal = goal.target.map(|target| target.value);
        p.certainty.standard_error = goal.sigma.ok();
        p.certainty.lower = goal.lower.ok();
        p.certainty.upper = goal.upper.ok();
        all.push(p);
    }
    if let Some(churn) = &row.churn {
        let source = churn.source.map_or("not_recorded", Source::code);
        all.push(kpi("S", churn.risk, source, None, churn.fitted_at.as_ref()));
    }
    all
}
