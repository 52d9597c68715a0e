//! Weekly scores from answers and abilities.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use seedtest_families::growth::Rows as GrowthRows;
use seedtest_kpi::{WeeklyKpis, week_start, weekly_accuracy};
use seedtest_responses::ResponseLog;
use seedtest_store::{DatedTheta, LogFilter, Store};

use crate::calendar::{DAYS_OF_WEEK, day_at, days_before, midnight};
use crate::error::Error;
use crate::registry::JobLog;

/// Scores that are shares of right answers.
pub(crate) const ATTEMPT: &str = "attempt";
/// Scores that are abilities over all topics.
pub(crate) const ABILITIES: &str = "mirt_ability";

/// One score a student and week, oldest week 0.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WeeklyScores {
    /// Where they come from: [`ATTEMPT`], or the table of the abilities.
    pub(crate) source: &'static str,
    /// Monday of week 0.
    pub(crate) first_week: NaiveDate,
    /// The rows, students by id.
    pub(crate) rows: GrowthRows,
}

/// Scores of the last `weeks` weeks, this one included: accuracies, or abilities where they are
/// wanted or nobody answered. The first source that has any is used alone (docs/contract/jobs.md
/// J8).
pub(crate) async fn load(
    store: &Store,
    now: DateTime<Utc>,
    weeks: u32,
    wants_theta: bool,
    log: &mut JobLog<'_>,
) -> Result<Option<WeeklyScores>, Error> {
    let zone = store.time_zone();
    let this_week = week_start(day_at(zone, now));
    let first = days_before(this_week, DAYS_OF_WEEK * weeks.saturating_sub(1));
    if !wants_theta {
        let (from, to) = (Some(midnight(zone, first)), Some(now));
        let loaded = store.load_log(&LogFilter { from, to, ..LogFilter::default() }).await?;
        if let Some(scores) = accuracies(&loaded.log) {
            return Ok(Some(scores));
        }
        log.warn("No weekly accuracy rows available; falling back to theta-based sources");
    }
    abilities(store, first, now).await
}

/// The answers of one student that count.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct AnswersOf<'a> {
    /// Canonical text id.
    pub(crate) student: &'a str,
    /// Only those in this subject (exam).
    pub(crate) subject: Option<&'a str>,
    /// Only those with this topic.
    pub(crate) topic: Option<&'a str>,
}

/// The accuracies of one student in the weeks from `first_week`, which is week 0, up to now.
pub(crate) async fn accuracies_of(
    store: &Store,
    answers: AnswersOf<'_>,
    first_week: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Option<WeeklyScores>, Error> {
    let owned = |text: Option<&str>| text.map(str::to_string);
    let filter = LogFilter {
        from: Some(midnight(store.time_zone(), first_week)),
        to: Some(now),
        user_id: Some(answers.student.to_string()),
        subject_id: owned(answers.subject),
        topic_id: owned(answers.topic),
        ..LogFilter::default()
    };
    let loaded = store.load_log(&filter).await?;
    Ok(accuracies(&loaded.log).map(|scores| scores.counted_from(first_week)))
}

/// As [`accuracies_of`] from the abilities of a student.
pub(crate) async fn abilities_of(
    store: &Store,
    user_id: &str,
    first_week: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Option<WeeklyScores>, Error> {
    let zone = store.time_zone();
    let rows = store.student_abilities(user_id, midnight(zone, first_week), now, u32::MAX).await?;
    let dated = rows.into_iter().map(|row| DatedTheta {
        user_id: row.user_id,
        date: day_at(zone, row.fitted_at),
        theta: row.theta,
        se: row.se,
    });
    let scores = scores_of(ABILITIES, newest_of_weeks(dated));
    Ok(scores.map(|scores| scores.counted_from(first_week)))
}

impl WeeklyScores {
    /// The same with another week as week 0.
    fn counted_from(mut self, first_week: NaiveDate) -> Self {
        let shift = weeks_between(first_week, self.first_week);
        for week in &mut self.rows.week {
            *week += shift;
        }
        Self { first_week, ..self }
    }
}

/// Weeks from one Monday to another.
pub(crate) fn weeks_between(from: NaiveDate, to: NaiveDate) -> f64 {
    (to - from).num_days() as f64 / f64::from(DAYS_OF_WEEK)
}

fn accuracies(log: &ResponseLog) -> Option<WeeklyScores> {
    let mut points = Vec::new();
    for (code, id) in log.students().iter().enumerate() {
        for (week, score) in weekly_accuracy(log, log.rows_of(code as u32)) {
            let n = f64::from(score.n);
            let share = f64::from(score.right) / n;
            points.push(Point {
                user_id: id.to_string(),
                week,
                score: share,
                n: Some(n),
                se: None,
            });
        }
    }
    scores_of(ATTEMPT, points)
}

async fn abilities(
    store: &Store,
    first: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Option<WeeklyScores>, Error> {
    let zone = store.time_zone();
    let from = midnight(zone, first);
    let dated = |user_id: String, at: DateTime<Utc>, theta, se| DatedTheta {
        user_id,
        date: day_at(zone, at),
        theta,
        se,
    };
    let overall = store.ability_history(from, now).await?;
    let overall = overall.into_iter().map(|p| dated(p.user_id, p.fitted_at, p.theta, p.se));
    if let Some(scores) = scores_of(ABILITIES, newest_of_weeks(overall)) {
        return Ok(Some(scores));
    }
    let topics = store.topic_theta_history(from, now).await?;
    let topics = topics.into_iter().map(|p| dated(p.user_id, p.fitted_at, p.theta, p.se));
    if let Some(scores) = scores_of("student_topic_theta", newest_of_weeks(topics)) {
        return Ok(Some(scores));
    }
    let features = store.feature_thetas(first, day_at(zone, now)).await?;
    if let Some(scores) = scores_of("features_topic_daily", newest_of_weeks(features)) {
        return Ok(Some(scores));
    }
    let kpis = store.weekly_kpi_range(first, day_at(zone, now)).await?;
    let stored = kpis.into_iter().filter_map(|row| {
        let kpis = WeeklyKpis::read(&row.kpis);
        let (theta, se) = (kpis.ability_estimate?, kpis.theta_se);
        Some(DatedTheta { user_id: row.user_id, date: row.week_start, theta, se })
    });
    Ok(scores_of("weekly_kpi", newest_of_weeks(stored)))
}

struct Point {
    user_id: String,
    week: NaiveDate,
    score: f64,
    n: Option<f64>,
    se: Option<f64>,
}

/// Of every student and week the newest day, and on it the mean: abilities of one week rest on
/// mostly the same answers, so neither more days nor more topics make them more certain.
fn newest_of_weeks(thetas: impl IntoIterator<Item = DatedTheta>) -> Vec<Point> {
    let mut days: BTreeMap<(String, NaiveDate), (NaiveDate, Vec<DatedTheta>)> = BTreeMap::new();
    for theta in thetas {
        let key = (theta.user_id.clone(), week_start(theta.date));
        let (day, of_day) = days.entry(key).or_default();
        if of_day.is_empty() || theta.date > *day {
            (*day, *of_day) = (theta.date, vec![theta]);
        } else if theta.date == *day {
            of_day.push(theta);
        }
    }
    days.into_iter().map(|((user_id, week), (_, of_day))| mean_of(user_id, week, &of_day)).collect()
}

fn mean_of(user_id: String, week: NaiveDate, thetas: &[DatedTheta]) -> Point {
    let n = thetas.len() as f64;
    let squares: Option<f64> = thetas.iter().map(|theta| theta.se.map(|se| se * se)).sum();
    Point {
        user_id,
        week,
        score: thetas.iter().map(|theta| theta.theta).sum::<f64>() / n,
        n: None,
        se: squares.map(|squares| (squares / n).sqrt()),
    }
}

/// Points by student and week as columns. Standard errors count only where every row has one.
fn scores_of(source: &'static str, mut points: Vec<Point>) -> Option<WeeklyScores> {
    let first_week = points.iter().map(|point| point.week).min()?;
    points.sort_by(|a, b| (&a.user_id, a.week).cmp(&(&b.user_id, b.week)));
    let mut rows = GrowthRows {
        answers: points.iter().map(|point| point.n).collect(),
        se: points.iter().map(|point| point.se).collect(),
        week_zero: Some(first_week),
        ..GrowthRows::default()
    };
    for point in points {
        if rows.students.last() != Some(&point.user_id) {
            rows.students.push(point.user_id);
        }
        rows.student.push(rows.students.len() as u32 - 1);
        rows.week.push(weeks_between(first_week, point.week));
        rows.score.push(point.score);
    }
    Some(WeeklyScores { source, first_week, rows })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theta(user_id: &str, date: &str, theta: f64, se: Option<f64>) -> DatedTheta {
        DatedTheta { user_id: user_id.into(), date: date.parse().unwrap(), theta, se }
    }

    #[test]
    fn weeks_keep_their_true_distance_and_the_newest_day_speaks() {
        let points = newest_of_weeks([
            theta("b", "2025-03-24", 0.5, Some(0.3)),
            theta("a", "2025-03-03", 0.0, Some(0.4)),
            theta("a", "2025-03-05", 0.2, Some(0.3)),
            theta("a", "2025-03-05", 0.4, Some(0.4)),
            theta("a", "2025-03-04", 9.0, Some(0.1)),
        ]);
        let scores = scores_of("mirt_ability", points).unwrap();
        assert_eq!(scores.first_week, "2025-03-03".parse().unwrap());
        let rows = scores.rows;
        assert_eq!((rows.students, rows.student), (vec!["a".into(), "b".into()], vec![0, 1]));
        assert_eq!(rows.week, [0.0, 3.0]);
        assert!((rows.score[0] - 0.3).abs() < 1e-15);
        assert!((rows.se.unwrap()[0] - 0.125f64.sqrt()).abs() < 1e-15);
        assert_eq!(rows.answers, None);
    }

    #[test]
    fn an_unknown_error_makes_all_of_them_unknown() {
        let points = newest_of_weeks([
            theta("a", "2025-03-03", 0.0, Some(0.4)),
            theta("b", "2025-03-03", 0.0, None),
        ]);
        assert_eq!(scores_of("mirt_ability", points).unwrap().rows.se, None);
        assert_eq!(scores_of("mirt_ability", Vec::new()), None);
    }
}
