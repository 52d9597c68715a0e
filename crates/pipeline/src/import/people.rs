//! Rosters and names into the database, a file in one transaction.

use std::path::Path;

use seedtest_ingest::{NamedKind, RosterFile, StudentIdColumn, read_names, read_roster};
use seedtest_store::{
    ContentKind, ContentName, Roster, RosterClass, RosterEnrolment, RosterRemovals, RosterSchool,
    RosterStudent, RosterWritten, Store,
};

use crate::error::Error;

/// What a roster held and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterSummary {
    /// Schools in the file.
    pub schools: usize,
    /// Classes in it.
    pub classes: usize,
    /// Students in it.
    pub students: usize,
    /// Enrolments in it.
    pub enrolments: usize,
    /// People who are no students, and are not kept.
    pub others: u64,
    /// Rows of the database that are new or other than before.
    pub changed: u64,
    /// Rows of the database that are gone.
    pub removed: u64,
    /// Students of the roster of whom there is an answer or a KPI row: 0 hints at ids of another kind.
    pub with_answers: usize,
}

/// What a table of names held and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamesSummary {
    /// Names in the file.
    pub names: usize,
    /// Names that are new or other than before.
    pub changed: u64,
}

/// Reads a roster and writes it; what the file does not list stays, and the classes of a student it
/// lists become those it lists.
///
/// # Errors
/// When the file cannot be used, of which nothing is written then, or the database refuses.
pub async fn import_roster(
    store: &Store,
    path: &Path,
    id: StudentIdColumn,
) -> Result<RosterSummary, Error> {
    let file = read_roster(path, id)?;
    let (others, (roster, removals)) = (file.others, split(file));
    let mut tx = store.begin().await?;
    let RosterWritten { changed, removed } = tx.write_roster(&roster, &removals).await?;
    tx.commit().await?;
    let known = store.students_with_answers().await?;
    Ok(RosterSummary {
        schools: roster.schools.len(),
        classes: roster.classes.len(),
        students: roster.students.len(),
        enrolments: roster.enrolments.len(),
        others,
        changed,
        removed,
        with_answers: roster.students.iter().filter(|s| known.contains(&s.user_id)).count(),
    })
}

/// Reads a table of names and writes it; names it does not list stay.
///
/// # Errors
/// When the file cannot be used, of which nothing is written then, or the database refuses.
pub async fn import_names(store: &Store, path: &Path) -> Result<NamesSummary, Error> {
    let rows = read_names(path)?;
    let names: Vec<ContentName> = rows
        .into_iter()
        .map(|row| ContentName {
            kind: match row.kind {
                NamedKind::Topic => ContentKind::Topic,
                NamedKind::Item => ContentKind::Item,
            },
            id: row.id,
            lang: row.lang.to_owned(),
            name: row.name,
        })
        .collect();
    let mut tx = store.begin().await?;
    let changed = tx.write_content_names(&names).await?;
    tx.commit().await?;
    Ok(NamesSummary { names: names.len(), changed })
}

fn split(file: RosterFile) -> (Roster, RosterRemovals) {
    let enrolment = |(user_id, class_id)| RosterEnrolment { user_id, class_id };
    let roster = Roster {
        schools: file
            .schools
            .into_iter()
            .map(|school| RosterSchool { school_id: school.id, name: school.name })
            .collect(),
        classes: file
            .classes
            .into_iter()
            .map(|class| RosterClass {
                class_id: class.id,
                school_id: class.school_id,
                name: class.name,
                grade: class.grade,
            })
            .collect(),
        students: file
            .students
            .into_iter()
            .map(|student| RosterStudent { user_id: student.id, name: student.name })
            .collect(),
        enrolments: file.enrolments.into_iter().map(enrolment).collect(),
    };
    let removals = RosterRemovals {
        students: file.gone_students,
        classes: file.gone_classes,
        enrolments: file.ended.into_iter().map(enrolment).collect(),
    };
    (roster, removals)
}
