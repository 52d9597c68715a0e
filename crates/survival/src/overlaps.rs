//! Rows of one subject that overlap in time.

use crate::data::Data;
use crate::error::Error;

/// Refuses data in which two rows of one subject are under observation at the same time; `id` gives the
/// subject of every row. Rows cover (start, stop], so one may start where the other stops. Without
/// start times nothing is checked: such rows are observations of their own.
pub fn refuse_overlaps(data: &Data<'_>, id: &[u32]) -> Result<(), Error> {
    data.validate()?;
    if id.len() != data.n() {
        let (found, expected) = (id.len(), data.n());
        return Err(Error::Length { column: "id".to_owned(), found, expected });
    }
    let Some(start) = data.start else { return Ok(()) };
    let mut rows: Vec<usize> = (0..data.n()).collect();
    rows.sort_by(|&a, &b| (id[a].cmp(&id[b])).then(start[a].total_cmp(&start[b])).then(a.cmp(&b)));
    let overlap = rows.windows(2).find(|pair| {
        let (first, second) = (pair[0], pair[1]);
        id[first] == id[second] && start[second] < data.stop[first]
    });
    match overlap {
        None => Ok(()),
        Some(pair) => Err(Error::Overlap {
            row: pair[1],
            other: pair[0],
            start: start[pair[1]],
            stop: data.stop[pair[0]],
        }),
    }
}
