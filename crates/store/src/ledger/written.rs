//! The mark on a run's line that its results are stored.

use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;

/// Part of the transaction that holds the results.
pub(crate) async fn mark_written(session: &mut Session<'_>, run_id: &str) -> Result<(), Error> {
    let sql = "UPDATE seedtest_runs SET status = 'written' WHERE run_id = $1";
    session.execute(sql, &[Value::text(run_id)]).await?;
    Ok(())
}
