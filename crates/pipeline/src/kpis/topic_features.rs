//! From the log to rows of `features_topic_daily`, for any number of days in one load.

use std::ops::Range;

use chrono::{DateTime, NaiveDate};
use rayon::prelude::*;
use seedtest_kpi::{
    History, Options, TopicDay, Window, Windows, improvement_as_of, n_topic_days, topic_days,
    whole_ms,
};
use seedtest_responses::{ResponseLog, TimeZone};
use seedtest_store::{LogFilter, TopicDayFeatures, Tx};

use crate::calendar::end_micros;
use crate::clock::Clock;
use crate::error::Error;
use crate::evidence::{Span, StoredThetas, ThetaHistory};
use crate::registry::{JobLog, Outcome, Work};
use crate::threads::ahead;

/// Students computed and written at a time: bounds the memory of a long backfill.
const BATCH: u32 = 500;
/// Largest number the columns of θ hold.
const LARGEST: f64 = 999.999;

/// Which features to compute.
#[derive(Debug, Clone)]
pub(crate) struct FeaturePlan {
    /// First day.
    pub(crate) first: NaiveDate,
    /// Last day.
    pub(crate) last: NaiveDate,
    /// Only this student.
    pub(crate) user: Option<String>,
    /// Only this topic.
    pub(crate) topic: Option<String>,
    /// Abilities as of the end of each day go in.
    pub(crate) include_theta: bool,
    /// I_t from abilities where both windows have one.
    pub(crate) use_theta: bool,
    /// Compute, write nothing.
    pub(crate) dry_run: bool,
    /// What the log says when there is nothing.
    pub(crate) nothing: String,
}

impl FeaturePlan {
    /// What the features are computed from.
    pub(crate) fn span(&self, zone: &TimeZone) -> Span {
        Span::of_days(zone, self.first, self.last, 2 * Options::default().improvement_days)
    }

    /// Computes the features and, unless it is a dry run, writes them in one transaction.
    pub(crate) async fn write(&self, work: Work<'_, '_>) -> Result<Outcome, Error> {
        let store = work.store;
        if let Some(shared) = work.shared.filter(|_| self.user.is_none()) {
            let evidence = shared.get(store).await?;
            return self.write_from(&evidence.log, &evidence.thetas, work).await;
        }
        let span = self.span(store.time_zone());
        let Span { from, to } = span;
        let answers = LogFilter { user_id: self.user.clone(), ..span.answers() };
        let thetas = if self.include_theta || self.use_theta {
            StoredThetas::load(store, from, to).await?
        } else {
            StoredThetas::default()
        };
        let loaded = store.load_log(&answers).await?.log;
        self.write_from(&loaded, &thetas, work).await
    }

    async fn write_from(
        &self,
        answers: &ResponseLog,
        thetas: &StoredThetas,
        work: Work<'_, '_>,
    ) -> Result<Outcome, Error> {
        let Work { store, clock, log, .. } = work;
        let started = clock.now();
        let rows = FeatureRows::new(self, answers, thetas);
        let n = rows.count();
        if n == 0 {
            log.info(&self.nothing);
            return Ok(Outcome::noop());
        }
        let (first, last, dry_run) = (self.first, self.last, self.dry_run);
        let message = format!(
            "Aggregating features for {n} (user, topic, date) combinations; since={first}, \
             anchor={last}, dry_run={dry_run}"
        );
        log.info(&message);
        let mut tx = if dry_run { None } else { Some(store.begin().await?) };
        let (processed, failed) = rows.write(tx.as_mut(), clock, log).await?;
        if let Some(tx) = tx {
            tx.commit().await?;
        }
        let elapsed = (clock.now() - started).num_milliseconds();
        log.info(&format!(
            "Summary: processed={processed}, failed={failed}, duration_ms={elapsed}"
        ));
        Ok(Outcome { rows: processed, ..Outcome::default() })
    }
}

struct FeatureRows<'a> {
    plan: &'a FeaturePlan,
    log: &'a ResponseLog,
    thetas: ThetaHistory<'a>,
    days: Window,
    options: Options,
}

/// A row, or the student and topic whose numbers cannot be stored.
type Row = Result<TopicDayFeatures, String>;

impl<'a> FeatureRows<'a> {
    fn new(plan: &'a FeaturePlan, log: &'a ResponseLog, thetas: &'a StoredThetas) -> Self {
        let zone = log.time_zone();
        let days = Window { from: zone.day_start(plan.first), to: end_micros(zone, plan.last) };
        Self { plan, log, thetas: ThetaHistory::new(thetas), days, options: Options::default() }
    }

    fn n_students(&self) -> u32 {
        self.log.students().len() as u32
    }

    fn count(&self) -> usize {
        let of_student = |student| match self.plan.topic {
            Some(_) => self.topic_days(student).len(),
            None => n_topic_days(self.log, self.rows(student)),
        };
        (0..self.n_students()).into_par_iter().map(of_student).sum()
    }

    fn rows(&self, student: u32) -> Range<usize> {
        History::of(self.log, student).rows_in(self.days)
    }

    fn topic_days(&self, student: u32) -> Vec<TopicDay> {
        let rows = self.rows(student);
        let mut days = topic_days(self.log, rows);
        if let Some(topic) = &self.plan.topic {
            days.retain(|day| *self.log.topics()[day.topic as usize] == **topic);
        }
        days
    }

    async fn write(
        &self,
        mut tx: Option<&mut Tx>,
        clock: Clock,
        log: &mut JobLog<'_>,
    ) -> Result<(u64, u64), Error> {
        let (mut processed, mut failed) = (0, 0);
        let computed_at = clock.now();
        let is_new = match &mut tx {
            Some(tx) => tx.claim_days_without_features(self.plan.first, self.plan.last).await?,
            None => false,
        };
        let starts = (0..self.n_students()).step_by(BATCH as usize);
        let compute = |start: u32| -> Vec<Row> {
            let batch = start..self.n_students().min(start + BATCH);
            batch.into_par_iter().flat_map_iter(|student| self.rows_of(student)).collect()
        };
        let take = async |rows: Vec<Row>| {
            let mut good = Vec::with_capacity(rows.len());
            for row in rows {
                match row {
                    Ok(row) => good.push(row),
                    Err(message) => {
                        failed += 1;
                        log.line_with("ERROR", &message);
                    }
                }
            }
            processed += good.len() as u64;
            match &mut tx {
                Some(tx) if is_new => {
                    tx.insert_features(&good, computed_at).await?;
                }
                Some(tx) => {
                    tx.write_features(&good, computed_at).await?;
                }
                None => {}
            }
            Ok(())
        };
        ahead(starts, compute, take).await?;
        Ok((processed, failed))
    }

    /// The rows of one student in the order of their primary key, which spares the server work; I_t
    /// is of the student, so once a day.
    fn rows_of(&self, student: u32) -> Vec<Row> {
        let user_id = &*self.log.students()[student as usize];
        let history = History::of(self.log, student);
        let days = self.topic_days(student);
        let mut rows = Vec::with_capacity(days.len());
        for topics in days.chunk_by(|a, b| a.date == b.date) {
            let improvement = self.improvement(&history, user_id, topics[0].date);
            rows.extend(topics.iter().map(|day| (day.topic, self.row(user_id, day, improvement))));
        }
        // Days of one topic stay in their order.
        rows.sort_by_key(|&(topic, _)| topic);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    fn improvement(&self, history: &History<'_>, user_id: &str, date: NaiveDate) -> Option<f64> {
        let (zone, days) = (self.log.time_zone(), self.options.improvement_days);
        let pair = if self.plan.use_theta {
            self.thetas.pair(user_id, Windows::ending(zone, date, days))
        } else {
            None
        };
        improvement_as_of(history, date, &self.options, pair).ok().map(|index| index.value)
    }

    fn row(&self, user_id: &str, day: &TopicDay, improvement: Option<f64>) -> Row {
        let topic_id = &*self.log.topics()[day.topic as usize];
        let theta = if self.plan.include_theta {
            self.thetas.of_topic(user_id, topic_id, end_micros(self.log.time_zone(), day.date))
        } else {
            None
        };
        let theta_sd = theta.and_then(|theta| theta.se);
        let numbers = [theta.map(|theta| theta.theta), theta_sd, improvement];
        if numbers.iter().flatten().any(|number| !(-LARGEST..=LARGEST).contains(number)) {
            return Err(format!(
                "user={user_id} topic={topic_id} date={} error=theta or its error is not a number \
                 between -{LARGEST} and {LARGEST}",
                day.date
            ));
        }
        let whole = |ms: Option<f64>| ms.map(whole_ms);
        Ok(TopicDayFeatures {
            user_id: user_id.to_string(),
            topic_id: topic_id.to_string(),
            date: day.date,
            attempts: day.attempts,
            correct: day.correct,
            avg_time_ms: whole(day.mean_time_ms),
            rt_median: whole(day.median_time_ms),
            hints: day.with_hints,
            theta_estimate: theta.map(|theta| theta.theta),
            theta_sd,
            improvement,
            last_seen_at: DateTime::from_timestamp_micros(day.last_at).unwrap_or_default(),
        })
    }
}
