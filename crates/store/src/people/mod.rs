//! Who the students are, and what topics and items are called.

pub(crate) mod classes;
pub(crate) mod names;
pub(crate) mod roster;

use crate::schema::Migration;

/// The step that brings rosters and names.
const PEOPLE: Migration = Migration { version: 9, name: "rosters, and names of topics and items" };
