//! A large log is read in parts, by pages of its tables, over several connections at once.

use std::collections::HashMap;

use crate::attempts::views::{ANSWERS, Answers};
use crate::engine::row::Row;
use crate::error::Error;

use crate::engine::session::Session;

/// Most connections that read one log at the same time.
const MOST_READERS: usize = 4;
/// A log is divided into so many parts for each of them, so that none waits long for the last one.
const PARTS_A_READER: usize = 4;
/// A log with fewer pages than this is read over one connection.
const PAGES_TO_SHARE: i64 = 1024;

/// Connections that read a large log at the same time.
pub(crate) fn readers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(MOST_READERS)
}

/// The parts of our own log by the pages of its tables, as queries with the columns of `seedtest_answer`;
/// none where it is not worth it, or where a table is something else.
pub(crate) async fn parts(session: &mut Session<'_>) -> Result<Vec<String>, Error> {
    let tables: Vec<String> =
        ANSWERS.iter().map(|of| format!("to_regclass('{}')", of.table)).collect();
    let sql = format!(
        "SELECT relname::text, pg_relation_size(oid) / current_setting('block_size')::bigint \
         FROM pg_class WHERE relkind = 'r' AND oid IN ({})",
        tables.join(", ")
    );
    let read =
        |row: &Row<'_>| Ok((row.required(0, row.owned_text(0)?)?, row.required(1, row.int(1)?)?));
    let pages: HashMap<String, i64> = session.fetch(&sql, &[], read).await?.into_iter().collect();
    let known: Vec<(&Answers, i64)> =
        ANSWERS.iter().filter_map(|of| Some((of, *pages.get(of.table)?))).collect();
    if known.len() < ANSWERS.len() || pages.values().sum::<i64>() < PAGES_TO_SHARE {
        return Ok(Vec::new());
    }
    Ok(known.iter().flat_map(|&(answers, pages)| shares(answers, pages)).collect())
}

/// Queries that together give each answer of a table once. Pages that come later belong to the last
/// one.
fn shares(answers: &Answers, pages: i64) -> impl Iterator<Item = String> {
    let parts = (PARTS_A_READER * readers()) as i64;
    let query = answers.query_with_place();
    let border = move |part: i64| format!("'({},0)'::tid", pages * part / parts);
    (0..parts).map(move |part| {
        let from = border(part);
        let to = (part + 1 < parts).then(|| format!(" AND place < {}", border(part + 1)));
        let to = to.unwrap_or_default();
        format!("(SELECT * FROM ({query}) placed WHERE place >= {from}{to}) part")
    })
}
