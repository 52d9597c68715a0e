//! Rosters and names into the database, a file in one transaction.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use seedtest_ingest::{
    Lookalikes, NamedKind, Options, RosterFile, StudentIdColumn, class_form, read_class_list,
    read_names, read_roster,
};
use seedtest_store::{
    ContentKind, ContentName, Roster, RosterClass, RosterEnrolment, RosterRemovals, RosterSchool,
    RosterStudent, RosterWritten, Store,
};

use crate::error::Error;

/// What a roster held and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What to say of ids that differ from another only by their form, those of answers among them.
    pub alike: Option<String>,
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
/// lists become those it lists. An id that became another one counts as that one.
///
/// # Errors
/// When the file cannot be used, of which nothing is written then, or the database refuses.
pub async fn import_roster(
    store: &Store,
    path: &Path,
    id: StudentIdColumn,
) -> Result<RosterSummary, Error> {
    let (known, aliases) = (store.students_with_answers().await?, store.student_aliases().await?);
    let is_known = |id: &str| known.contains(id) || aliases.contains_key(id);
    let file = read_roster(path, id, &is_known)?;
    write_roster(store, file).await
}

/// Reads the names and classes beside the answers of a file as a roster, with the ids that the answers have.
///
/// # Errors
/// As [`import_roster`].
pub async fn import_class_list(
    store: &Store,
    path: &Path,
    options: &Options,
) -> Result<RosterSummary, Error> {
    write_roster(store, read_class_list(path, options)?).await
}

async fn write_roster(store: &Store, file: RosterFile) -> Result<RosterSummary, Error> {
    let (others, (mut roster, removals)) = (file.others, split(file));
    under_their_ids(&mut roster, &store.student_aliases().await?);
    as_known_classes(&mut roster, &store.roster().await?.classes);
    let mut tx = store.begin().await?;
    let RosterWritten { changed, removed } = tx.write_roster(&roster, &removals).await?;
    tx.commit().await?;
    let known = store.students_with_answers().await?;
    let mut alike = Lookalikes::default();
    // In order, so that the same ids are named every time.
    let ordered: BTreeSet<&String> = known.iter().collect();
    for id in ordered.into_iter().chain(roster.students.iter().map(|student| &student.user_id)) {
        alike.see(id);
    }
    Ok(RosterSummary {
        schools: roster.schools.len(),
        classes: roster.classes.len(),
        students: roster.students.len(),
        enrolments: roster.enrolments.len(),
        others,
        changed,
        removed,
        with_answers: roster.students.iter().filter(|s| known.contains(&s.user_id)).count(),
        alike: alike.note("students"),
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

/// Classes without ids of their own that are known by another spelling (`2` for `2반`) are the known ones.
fn as_known_classes(roster: &mut Roster, known: &[RosterClass]) {
    /// A class that goes by its name, or by its school and its name.
    fn by_name(class: &RosterClass) -> Option<(Option<&str>, String)> {
        let RosterClass { class_id, school_id, name, .. } = class;
        let school = school_id.as_deref();
        let is_named = class_id == name
            || school.is_some_and(|school| *class_id == format!("{school}/{name}"));
        is_named.then(|| (school, class_form(name)))
    }
    let known: HashMap<_, &RosterClass> =
        known.iter().filter_map(|class| Some((by_name(class)?, class))).collect();
    let mut renamed: HashMap<String, String> = HashMap::new();
    for class in &mut roster.classes {
        let Some(before) = by_name(class).and_then(|key| known.get(&key).copied()) else {
            continue;
        };
        if before.class_id != class.class_id {
            renamed.insert(class.class_id.clone(), before.class_id.clone());
            class.class_id.clone_from(&before.class_id);
            class.name.clone_from(&before.name);
        }
    }
    for of in &mut roster.enrolments {
        if let Some(id) = renamed.get(&of.class_id) {
            of.class_id.clone_from(id);
        }
    }
    roster.classes.sort();
    roster.classes.dedup_by(|one, other| one.class_id == other.class_id);
    roster.enrolments.sort();
    roster.enrolments.dedup();
}

/// Students and enrolments of ids that became another one are of that one; the name of its own row counts.
fn under_their_ids(roster: &mut Roster, aliases: &HashMap<String, String>) {
    let rename = |id: &mut String| {
        if let Some(stays) = aliases.get(id) {
            id.clone_from(stays);
        }
    };
    roster.students.sort_by_key(|student| aliases.contains_key(&student.user_id));
    roster.students.iter_mut().for_each(|student| rename(&mut student.user_id));
    roster.enrolments.iter_mut().for_each(|of| rename(&mut of.user_id));
    let mut taken = BTreeSet::new();
    roster.students.retain(|student| taken.insert(student.user_id.clone()));
    roster.enrolments.sort();
    roster.enrolments.dedup();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_is_known_by_another_spelling_is_no_second_one() {
        let class = |id: &str, school: Option<&str>, name: &str| RosterClass {
            class_id: id.into(),
            school_id: school.map(str::to_owned),
            name: name.into(),
            grade: None,
        };
        let known = [class("2반", None, "2반"), class("한빛중/3", Some("한빛중"), "3")];
        let of = |class: &str| RosterEnrolment { user_id: "s1".into(), class_id: class.to_owned() };
        let mut roster = Roster {
            classes: vec![
                class("02", None, "02"),
                class("한빛중/3반", Some("한빛중"), "3반"),
                class("새빛중/3반", Some("새빛중"), "3반"),
                class("c-2", None, "2"),
            ],
            enrolments: vec![of("02"), of("한빛중/3반"), of("새빛중/3반"), of("c-2")],
            ..Roster::default()
        };
        as_known_classes(&mut roster, &known);
        let ids: Vec<&str> = roster.classes.iter().map(|class| &*class.class_id).collect();
        assert_eq!(ids, ["2반", "c-2", "새빛중/3반", "한빛중/3"]);
        let enrolled: Vec<&str> = roster.enrolments.iter().map(|of| &*of.class_id).collect();
        assert_eq!(enrolled, ids);
    }

    #[test]
    fn an_id_that_became_another_one_is_no_second_student() {
        let student =
            |id: &str, name: &str| RosterStudent { user_id: id.into(), name: Some(name.into()) };
        let of = |user_id: &str, class_id: &str| RosterEnrolment {
            user_id: user_id.into(),
            class_id: class_id.into(),
        };
        let mut roster = Roster {
            students: vec![student("Amy", "Amy A."), student("amy", "Amy Adams")],
            enrolments: vec![of("Amy", "2-3"), of("amy", "2-3"), of("Amy", "2-4")],
            ..Roster::default()
        };
        let aliases = HashMap::from([("Amy".to_owned(), "amy".to_owned())]);
        under_their_ids(&mut roster, &aliases);
        assert_eq!(roster.students, [student("amy", "Amy Adams")]);
        assert_eq!(roster.enrolments, [of("amy", "2-3"), of("amy", "2-4")]);
    }
}
