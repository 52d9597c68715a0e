//! Fits that read answers which were corrected since: their lines of the ledger say so, in the verdict, until a fit
//! of the same name is made again.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value as Json, json};

use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// The key of the verdict that tells of it.
const STALE: &str = "stale";
/// The fit that was made after it.
const MADE_AGAIN: &str = "made_again_by";

/// A fit that read answers which were corrected since, and was not made again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StaleFit {
    /// What was fitted: the name of its job.
    pub name: String,
    /// Its run.
    pub run_id: String,
    /// The run that corrected the answers.
    pub corrected_by: String,
}

/// A line of the ledger with its verdict.
struct Line {
    run_id: String,
    name: String,
    verdict: Option<Json>,
}

fn read(row: &Row<'_>) -> Result<Line, Error> {
    Ok(Line {
        run_id: row.required(0, row.owned_text(0)?)?,
        name: row.required(1, row.owned_text(1)?)?,
        verdict: row.json(2)?,
    })
}

/// Lines whose fits are known to be stale. A mark is an object, whose text is more than an empty one; said like this,
/// the index on marks finds it in a ledger of years.
const MARKED: &str = "SELECT run_id, name, verdict FROM seedtest_runs \
     WHERE kind = 'job' AND (verdict ->> 'stale') > ''";

impl Tx {
    /// Marks the fits of these jobs that stood at `since` or later, and so may have read an answer of that time.
    /// `by` is the run that corrected it. Returns the names of those that are marked, each once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn mark_fits_stale(
        &mut self,
        names: &[&str],
        since: DateTime<Utc>,
        by: &str,
        at: DateTime<Utc>,
    ) -> Result<Vec<String>, Error> {
        let mut session = self.session();
        let places: Vec<String> = (2..names.len() + 2).map(|n| format!("${n}")).collect();
        let sql = format!(
            "SELECT run_id, name, verdict FROM seedtest_runs WHERE kind = 'job' AND status = 'done' \
             AND result_digest IS NOT NULL AND started_at >= $1 AND name IN ({})",
            places.join(", ")
        );
        let since = std::iter::once(Value::time(since));
        let values: Vec<Value<'_>> =
            since.chain(names.iter().map(|name| Value::text(name))).collect();
        let fits = session.fetch(&sql, &values, read).await?;
        let mark = json!({"by": by, "at": at.to_rfc3339_opts(SecondsFormat::Micros, true)});
        let mut marked = Vec::new();
        for fit in fits {
            let mut verdict = fit.verdict.filter(Json::is_object).unwrap_or_else(|| json!({}));
            verdict[STALE].clone_from(&mark);
            write(&mut session, &fit.run_id, &verdict).await?;
            marked.push(fit.name);
        }
        marked.sort();
        marked.dedup();
        Ok(marked)
    }
}

impl Store {
    /// Fits that read answers which were corrected since and that were not made again, by name and run.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn stale_fits(&self) -> Result<Vec<StaleFit>, Error> {
        let all = self.connection().await?.session().fetch(MARKED, &[], read).await?;
        let mut open: Vec<StaleFit> = all.into_iter().filter_map(still_stale).collect();
        open.sort();
        Ok(open)
    }

    /// Says that a job fitted again what is marked of it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn fit_made_again(&self, name: &str, run_id: &str) -> Result<(), Error> {
        let mut tx = self.begin().await?;
        let mut session = tx.session();
        let sql = format!("{MARKED} AND name = $1 AND run_id <> $2");
        let values = [Value::text(name), Value::text(run_id)];
        for fit in session.fetch(&sql, &values, read).await? {
            let Some(mut verdict) = fit.verdict.filter(|of| of[STALE][MADE_AGAIN].is_null()) else {
                continue;
            };
            verdict[STALE][MADE_AGAIN] = json!(run_id);
            write(&mut session, &fit.run_id, &verdict).await?;
        }
        tx.commit().await
    }
}

fn still_stale(fit: Line) -> Option<StaleFit> {
    let mark = &fit.verdict.as_ref()?[STALE];
    let corrected_by = mark["by"].as_str().filter(|_| mark[MADE_AGAIN].is_null())?.to_owned();
    Some(StaleFit { name: fit.name, run_id: fit.run_id, corrected_by })
}

async fn write(session: &mut Session<'_>, run_id: &str, verdict: &Json) -> Result<(), Error> {
    let sql = "UPDATE seedtest_runs SET verdict = $2 WHERE run_id = $1";
    session.execute(sql, &[Value::text(run_id), Value::json(verdict)]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::plan;

    #[tokio::test]
    async fn marks_are_found_without_reading_the_whole_ledger() {
        let steps = plan(MARKED, &[]).await;
        assert!(steps.contains("ix_seedtest_runs_stale"), "{steps}");
    }
}
