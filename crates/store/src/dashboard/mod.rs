//! What pages of the dashboard show, written by a job each night, so that nothing is counted on view; and what people
//! note there.

pub(crate) mod notes;
pub(crate) mod overviews;
pub(crate) mod silent;
pub(crate) mod students;

use crate::schema::Migration;

const PAGES: Migration = Migration { version: 18, name: "what pages show, and what people note" };
