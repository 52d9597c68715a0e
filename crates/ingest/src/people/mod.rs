//! Rosters and names: small tables of text, read whole or not at all.

mod class_list;
mod error;
mod name_table;
mod one_roster;
mod person;
mod recipient_table;
mod roster_table;
mod sheet;
mod student_ids;

use std::path::Path;

pub use class_list::read_class_list;
pub use error::PeopleError;
pub use name_table::{NameRow, NamedKind, read_names};
pub use one_roster::StudentIdColumn;
pub use recipient_table::{RecipientRow, read_recipients};

use one_roster::Package;
use sheet::Sheet;

/// A school of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A class of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassRow {
    /// Its id.
    pub id: String,
    /// The school it belongs to.
    pub school_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its grade, as the roster writes it.
    pub grade: Option<String>,
}

/// A student of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudentRow {
    /// The id that the answers carry.
    pub id: String,
    /// Name to show.
    pub name: Option<String>,
}

/// A roster as a file says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterFile {
    /// Schools.
    pub schools: Vec<SchoolRow>,
    /// Classes.
    pub classes: Vec<ClassRow>,
    /// Students.
    pub students: Vec<StudentRow>,
    /// (student, class).
    pub enrolments: Vec<(String, String)>,
    /// Students whose rows say that they are gone.
    pub gone_students: Vec<String>,
    /// Classes that are gone.
    pub gone_classes: Vec<String>,
    /// Enrolments that ended: (student, class).
    pub ended: Vec<(String, String)>,
    /// Rows of people who are no students, which are not kept.
    pub others: u64,
}

/// Reads a roster: a CSV or TSV file of one student and class a row, or the tables of OneRoster 1.1 or
/// 1.2 as a folder or a zip file.
///
/// Columns of the plain file: `student_id` (or `user_id`, `student`, `id`) is needed, or a class and a number (반, 번호),
/// which together are the id as in answers; `name`, `class_id`, `class`, `school_id`, `school` and `grade` may be there. A
/// student in two classes has two rows. A class that stands on its first row alone holds for the rows below. `is_known` says
/// which ids have answers: a school and a grade beside the class are part of the id where those of the answers hold them.
///
/// # Errors
/// When the file cannot be read, lacks a column or a cell, or a row contradicts another: nothing is
/// read of such a file.
pub fn read_roster(
    path: &Path,
    id: StudentIdColumn,
    is_known: &dyn Fn(&str) -> bool,
) -> Result<RosterFile, PeopleError> {
    match Package::open(path)? {
        Some(package) => package.roster(id),
        None => roster_table::read(&Sheet::read(path)?.with_classes(), is_known),
    }
}
