//! The five KPIs of one student over windows of choice, for people who ask now instead of
//! reading the weekly row.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_kpi::{
    CHURN_HORIZON_DAYS, CHURN_WINDOW_DAYS, ChurnActivity, ChurnKpi, Efficiency, Engagement,
    EngagementComponents, EngagementWeights, Improvement, Missing, Options, Recovery, Window,
    Windows, activity, churn_activity, churn_heuristic, efficiency, engagement_components,
    improvement_as_of, recovery, topic_accuracy, week_start,
};
use seedtest_store::{LogFilter, Store, TopicTheta, WeeklyKpi};

use crate::calendar::{days_before, end_of};
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{COPIED, Evidence, Span, ThetaHistory};
use crate::kpis::{Choice, FittedKpis};

/// Weeks before this one whose S may still hold, in days.
const FITTED_DAYS: u32 = 7;

/// Everything recorded of one student for windows of some days.
#[derive(Debug)]
pub struct WindowKpis {
    user_id: String,
    today: NaiveDate,
    days: u32,
    session_gap_minutes: u32,
    evidence: Evidence,
    fitted: Vec<WeeklyKpi>,
}

/// Which windows are looked at, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windowing<'a> {
    /// Length of each of the two windows.
    pub days: u32,
    /// Only answers and abilities of this topic.
    pub topic_id: Option<&'a str>,
    /// Minutes without an answer that end a session, where none is recorded.
    pub session_gap_minutes: u32,
}

/// Churn risk and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChurnRisk {
    /// S in 0..1, or why there is none.
    pub risk: Result<f64, Missing>,
    /// `survival` or `heuristic`.
    pub method: &'static str,
    /// Whole days since the last activity; `None` after 56 days without any.
    pub days_silent: Option<f64>,
}

/// A topic and how its answers went.
#[derive(Debug, Clone, PartialEq)]
pub struct WeakTopic {
    /// The topic.
    pub topic_id: String,
    /// Newest ability in it.
    pub theta: f64,
    /// Its standard error; `None` = not known.
    pub se: Option<f64>,
    /// Answers of known correctness.
    pub responses: u32,
}

impl WindowKpis {
    /// Loads two windows up to today.
    pub async fn load(
        store: &Store,
        clock: Clock,
        user_id: &str,
        asked: Windowing<'_>,
    ) -> Result<Self, Error> {
        let Windowing { days, topic_id, .. } = asked;
        let zone = store.time_zone();
        let today = clock.today(zone);
        let span = Span::of_days(zone, today, today, (2 * days).max(CHURN_WINDOW_DAYS));
        let topic = topic_id.map(str::to_string);
        let answers = LogFilter { topic_id: topic, ..span.answers_of(Some(user_id)) };
        let mut evidence = Evidence::load(store, span, &answers).await?;
        if let Some(topic_id) = topic_id {
            evidence.thetas = evidence.thetas.only_topic(topic_id);
        }
        let first = days_before(week_start(today), FITTED_DAYS);
        Ok(Self {
            user_id: user_id.to_string(),
            today,
            days,
            session_gap_minutes: asked.session_gap_minutes,
            evidence,
            fitted: store.student_weekly_kpi(user_id, first, today, u32::MAX).await?,
        })
    }

    fn windows(&self) -> Windows {
        Windows::ending(self.evidence.log.time_zone(), self.today, self.days)
    }

    fn rows(&self, window: Window) -> std::ops::Range<usize> {
        self.evidence.history(&self.user_id).rows_in(window)
    }

    /// θ in the recent window minus θ in the one before; `None` where one is not known.
    pub fn theta_change(&self) -> Option<f64> {
        let (recent, previous) =
            ThetaHistory::new(&self.evidence.thetas).pair(&self.user_id, self.windows())?;
        Some(recent.theta - previous.theta)
    }

    /// I_t; `use_theta` takes abilities where both windows have one.
    pub fn improvement(&self, use_theta: bool) -> Result<Improvement, Missing> {
        let thetas = ThetaHistory::new(&self.evidence.thetas);
        let pair = if use_theta { thetas.pair(&self.user_id, self.windows()) } else { None };
        let options = Options { improvement_days: self.days, ..Options::default() };
        let history = self.evidence.history(&self.user_id);
        improvement_as_of(&history, self.today, &options, pair)
    }

    /// E_t.
    pub fn efficiency(&self) -> Result<Efficiency, Missing> {
        let Windows { recent, previous } = self.windows();
        efficiency(&self.evidence.log, self.rows(recent), self.rows(previous))
    }

    /// R_t.
    pub fn recovery(&self) -> Result<Recovery, Missing> {
        let Windows { recent, previous } = self.windows();
        recovery(&self.evidence.log, self.rows(recent), self.rows(previous))
    }

    /// Topics whose accuracy in the earlier window was at most `threshold`, by id.
    pub fn weak_before(&self, threshold: f64) -> Vec<&str> {
        let topics = topic_accuracy(&self.evidence.log, self.rows(self.windows().previous));
        let weak = topics
            .into_iter()
            .filter(|(_, score)| score.accuracy().is_some_and(|accuracy| accuracy <= threshold));
        weak.map(|(topic, _)| &*self.evidence.log.topics()[topic as usize]).collect()
    }

    /// A_t with its components; weights are relative to each other.
    pub fn engagement(
        &self,
        weights: Option<EngagementWeights>,
    ) -> Result<(Engagement, EngagementComponents), Missing> {
        let rows = self.rows(self.windows().recent);
        let activity = activity(&self.evidence.log, rows, self.session_gap_minutes)?;
        let components = engagement_components(&activity, self.days);
        Ok((components.weighted(&weights.unwrap_or_default()), components))
    }

    /// S: of the survival model where its newest value holds and speaks about the same span, else
    /// by the heuristic.
    pub fn churn(&self, horizon_days: f64) -> ChurnRisk {
        let history = self.evidence.history(&self.user_id);
        let activity =
            churn_activity(&history, self.today, CHURN_WINDOW_DAYS, self.session_gap_minutes);
        let days_silent = activity.ok().map(|activity: ChurnActivity| activity.days_silent);
        match self.survival_risk().filter(|_| horizon_days == f64::from(CHURN_HORIZON_DAYS)) {
            Some(risk) => ChurnRisk { risk: Ok(risk), method: "survival", days_silent },
            None => ChurnRisk {
                risk: activity.and_then(|activity| churn_heuristic(&activity, horizon_days)),
                method: "heuristic",
                days_silent,
            },
        }
    }

    fn survival_risk(&self) -> Option<f64> {
        let week = week_start(self.today);
        let fitted = FittedKpis::new(&self.fitted, self.evidence.log.time_zone());
        let risk = |churn: &ChurnKpi| churn.risk.ok();
        match fitted.choose(&self.user_id, week, self.today, true) {
            Choice::Keep => fitted.of_week(&self.user_id, week).and_then(risk),
            Choice::Carry(group) => risk(&group),
            Choice::Compute => None,
        }
    }
}

/// How likely a student is lost, in words.
pub fn risk_level(risk: f64) -> &'static str {
    match risk {
        risk if risk < 0.3 => "low",
        risk if risk < 0.6 => "medium",
        risk if risk < 0.8 => "high",
        _ => "critical",
    }
}

/// The newest ability of a student in every topic, by topic.
pub async fn newest_topic_thetas(
    store: &Store,
    clock: Clock,
    user_id: &str,
) -> Result<BTreeMap<String, TopicTheta>, Error> {
    let zone = store.time_zone();
    let to = end_of(zone, clock.today(zone));
    let rows =
        store.student_topic_thetas(user_id, DateTime::<Utc>::UNIX_EPOCH, to, u32::MAX).await?;
    // Newest first: what comes later does not replace.
    let mut newest = BTreeMap::new();
    for row in rows {
        newest.entry(row.topic_id.clone()).or_insert(row);
    }
    Ok(newest)
}

/// Whether a topic ability only repeats the one over all topics.
pub fn is_copied(row: &TopicTheta) -> bool {
    row.model == COPIED
}

/// What makes a topic a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gap {
    /// Its ability lies below this.
    pub below: f64,
    /// Largest standard error of that ability; `None` = any, also one that is not known.
    pub most_error: Option<f64>,
}

impl Gap {
    fn is_of(self, row: &TopicTheta) -> bool {
        let is_sure = self.most_error.is_none_or(|most| row.se.is_some_and(|se| se <= most));
        row.theta < self.below && is_sure
    }
}

/// Topics whose newest ability makes them a gap and that were answered at least `min_responses` times, weakest
/// first.
pub async fn weak_topics(
    store: &Store,
    clock: Clock,
    user_id: &str,
    gap: Gap,
    min_responses: u32,
) -> Result<Vec<WeakTopic>, Error> {
    let filter = LogFilter {
        to: Some(end_of(store.time_zone(), clock.today(store.time_zone()))),
        user_id: Some(user_id.to_string()),
        ..LogFilter::default()
    };
    let log = store.load_log(&filter).await?.log;
    let mut responses: BTreeMap<&str, u32> = BTreeMap::new();
    for (topic, score) in topic_accuracy(&log, 0..log.len()) {
        responses.insert(&log.topics()[topic as usize], score.n);
    }
    let newest = newest_topic_thetas(store, clock, user_id).await?;
    let mut weak: Vec<WeakTopic> = newest
        .into_values()
        .filter(|row| gap.is_of(row))
        .map(|row| WeakTopic {
            responses: responses.get(&*row.topic_id).copied().unwrap_or(0),
            topic_id: row.topic_id,
            theta: row.theta,
            se: row.se,
        })
        .filter(|topic| topic.responses >= min_responses)
        .collect();
    weak.sort_by(|a, b| a.theta.total_cmp(&b.theta).then_with(|| a.topic_id.cmp(&b.topic_id)));
    Ok(weak)
}
