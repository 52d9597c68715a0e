//! The figures that rest on answers alone, as of the last day of a report. The stored row of a week may be of any day
//! of it, and would contradict what the page counts beside it.

use std::collections::HashMap;

use chrono::NaiveDate;
use seedtest_kpi::{History, Method, Options, WeeklyKpis, Windows, student_week};
use seedtest_responses::ResponseLog;
use seedtest_store::{RunFilter, RunStatus, Store};

use crate::calendar::{days_before, end_of, midnight};
use crate::error::Error;
use crate::evidence::{StoredThetas, ThetaHistory};
use crate::kpis::kpi_settings;

/// Newest runs of the job among which one that ended well is looked for.
const RUNS: u32 = 20;

/// What the figures are computed from beside the answers.
pub(super) struct Recount {
    as_of: NaiveDate,
    options: Options,
    /// Abilities of the two windows of I_t; `None` where I_t is that of shares.
    thetas: Option<StoredThetas>,
}

impl Recount {
    /// Reads it: the settings are those of the newest run of the KPI job, and I_t is of abilities where it is in the
    /// stored rows.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn read(
        store: &Store,
        rows: &HashMap<String, WeeklyKpis>,
        as_of: NaiveDate,
    ) -> Result<Self, Error> {
        let mut options = Options::default();
        if let Some(minutes) = session_gap(store).await? {
            options.session_gap_minutes = minutes;
        }
        let thetas = if rows.values().any(|row| row.method == Some(Method::ThetaDelta)) {
            let zone = store.time_zone();
            let first = days_before(as_of, 2 * options.improvement_days);
            let (from, to) = (midnight(zone, first), end_of(zone, as_of));
            Some(StoredThetas::load(store, from, to).await?)
        } else {
            None
        };
        Ok(Self { as_of, options, thetas })
    }

    /// The rows with the figures of the day. Those of a student without answers in the log are left alone: nothing
    /// is counted beside them.
    pub(super) fn apply(
        &self,
        log: &ResponseLog,
        mut rows: HashMap<String, WeeklyKpis>,
    ) -> HashMap<String, WeeklyKpis> {
        let thetas = self.thetas.as_ref().map(ThetaHistory::new);
        let halves = Windows::ending(log.time_zone(), self.as_of, self.options.improvement_days);
        for (user_id, row) in &mut rows {
            let Some(student) = log.student_code(user_id) else { continue };
            let pair = thetas.as_ref().and_then(|thetas| thetas.pair(user_id, halves));
            let history = History::of(log, student);
            let week = student_week(&history, self.as_of, &self.options, pair);
            let counted = row.clone().with_answers(&week);
            // The job leaves out the row of a student whose numbers cannot be stored.
            if counted.check().is_ok() {
                *row = counted;
            }
        }
        rows
    }
}

/// Minutes that ended a session when the KPI job ran last.
async fn session_gap(store: &Store) -> Result<Option<u32>, Error> {
    let filter = RunFilter { name: Some(kpi_settings::DAILY_JOB), actor: None, limit: RUNS };
    let runs = store.runs(filter).await?;
    let done = runs.into_iter().find(|run| run.status == RunStatus::Done);
    Ok(done.and_then(|run| kpi_settings::stored_session_gap(&run.start.spec)))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use seedtest_kpi::{ChurnKpi, Missing};
    use seedtest_responses::{LogRow, ResponseLogBuilder, TimeZone};

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Two right answers of a student on each of these days.
    fn log(days: &[&str]) -> ResponseLog {
        let mut builder = ResponseLogBuilder::new();
        for day in days {
            let noon = TimeZone::default().day_start(date(day)) + 43_200_000_000;
            for at in [noon, noon + 60_000_000] {
                builder.push(&LogRow {
                    student: "amy",
                    item: "q1",
                    topic: None,
                    session: None,
                    at: Some(at),
                    outcome: Some(true).into(),
                    response_time_ms: None,
                    hints: None,
                    group: None,
                });
            }
        }
        builder.finish()
    }

    fn stored(log: &ResponseLog, day: &str) -> WeeklyKpis {
        let week = student_week(&History::of(log, 0), date(day), &Options::default(), None);
        let churn = Some(ChurnKpi::of_survival(0.3, DateTime::UNIX_EPOCH));
        WeeklyKpis { churn, ..WeeklyKpis::unknown().with_answers(&week) }
    }

    fn counted(row: WeeklyKpis, log: &ResponseLog, day: &str) -> WeeklyKpis {
        let recount = Recount { as_of: date(day), options: Options::default(), thetas: None };
        let rows = HashMap::from([("amy".to_owned(), row)]);
        recount.apply(log, rows).remove("amy").unwrap()
    }

    #[test]
    fn a_row_of_monday_is_counted_again_on_sunday() {
        let log = log(&["2025-02-10", "2025-03-12", "2025-03-14"]);
        let monday = stored(&log, "2025-03-10");
        assert_eq!((monday.sessions, monday.attempts), (None, Some(0)));
        let sunday = counted(monday.clone(), &log, "2025-03-16");
        assert_eq!(
            (sunday.sessions, sunday.attempts, sunday.engagement_n),
            (Some(2), Some(4), Some(4))
        );
        assert_eq!(sunday.churn, monday.churn, "what a fitted model says is left to it");
    }

    #[test]
    fn sessions_that_left_the_window_are_gone() {
        let log = log(&["2025-02-14"]);
        let monday = stored(&log, "2025-03-10");
        assert_eq!(monday.sessions, Some(1));
        let sunday = counted(monday, &log, "2025-03-16");
        assert_eq!((sunday.sessions, sunday.engagement), (None, Err(Some(Missing::NoActivity))));
    }

    #[test]
    fn a_row_without_answers_beside_it_is_left_alone() {
        let old = log(&["2025-03-03"]);
        let row = stored(&old, "2025-03-10");
        assert_eq!(counted(row.clone(), &log(&[]), "2025-03-16"), row);
    }

    #[test]
    fn the_minutes_of_a_session_are_those_of_the_ledger() {
        let spec = |text: &str| serde_json::json!({"settings": {"session-gap-minutes": text}});
        assert_eq!(kpi_settings::stored_session_gap(&spec("45")), Some(45));
        assert_eq!(kpi_settings::stored_session_gap(&spec("many")), None);
        assert_eq!(kpi_settings::stored_session_gap(&serde_json::json!({})), None);
    }
}
