//! Ids that were merged into another one: commands that take the id of a student are about that one, and say so.

use seedtest_pipeline::told_of_merge;
use seedtest_store::Store;

use crate::failure::Failure;
use crate::output::Output;

/// The id under which a student is stored.
pub(crate) async fn student_now(
    store: &Store,
    given: &str,
    output: &Output,
) -> Result<String, Failure> {
    let now = store.student_now(given).await?;
    if now != given {
        output.note(&told_of_merge(given, &now));
    }
    Ok(now)
}
