//! Rows that a platform writes and lists (docs/contract/http-api.md H17): daily features, goals, sessions, classes, exams and
//! the results of exams. Lists come in pages: the header `Link` of an answer leads to the next one (RFC 8288).

mod asker;
mod classrooms;
mod exams;
mod features;
mod goals;
mod page;
mod results;
mod sessions;

use crate::routing::Routes;

/// Every one of them, without the prefix of the platform.
pub(crate) fn routes() -> Routes {
    features::routes()
        .merge(goals::routes())
        .merge(sessions::routes())
        .merge(classrooms::routes())
        .merge(results::routes())
        .merge(exams::routes())
}
