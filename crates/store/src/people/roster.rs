//! Tables of the roster: schools, classes, students with their names, and who is in which class.

use crate::engine::record::Record;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Table, index, text};
use crate::store::Store;

pub(crate) const ROSTER_SCHOOL: Table =
    Table::analytics("roster_school", &[text("school_id").required(), text("name").required()])
        .key(&["school_id"])
        .since(super::PEOPLE);

pub(crate) const ROSTER_CLASS: Table = Table::analytics(
    "roster_class",
    &[text("class_id").required(), text("school_id"), text("name").required(), text("grade")],
)
.key(&["class_id"])
.since(super::PEOPLE);

pub(crate) const ROSTER_STUDENT: Table =
    Table::analytics("roster_student", &[text("user_id").required(), text("name")])
        .key(&["user_id"])
        .since(super::PEOPLE);

pub(crate) const ROSTER_ENROLMENT: Table = Table::analytics(
    "roster_enrolment",
    &[text("user_id").required(), text("class_id").required()],
)
.key(&["user_id", "class_id"])
.indexes(&[index("ix_roster_enrolment_class", "class_id")])
.since(super::PEOPLE);

/// A school.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterSchool {
    /// Its id.
    pub school_id: String,
    /// Its name.
    pub name: String,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterClass {
    /// Its id.
    pub class_id: String,
    /// The school it belongs to.
    pub school_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its grade, as the roster writes it.
    pub grade: Option<String>,
}

/// A student.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterStudent {
    /// Canonical text id, the one of the answers.
    pub user_id: String,
    /// Name to show.
    pub name: Option<String>,
}

/// That a student is in a class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RosterEnrolment {
    /// The student.
    pub user_id: String,
    /// The class.
    pub class_id: String,
}

/// A roster, or a change of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// Schools.
    pub schools: Vec<RosterSchool>,
    /// Classes.
    pub classes: Vec<RosterClass>,
    /// Students.
    pub students: Vec<RosterStudent>,
    /// Who is in which class.
    pub enrolments: Vec<RosterEnrolment>,
}

/// What is no longer in a roster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterRemovals {
    /// Students who left; their enrolments go with them, their answers stay.
    pub students: Vec<String>,
    /// Classes that are gone, with their enrolments.
    pub classes: Vec<String>,
    /// Enrolments that ended.
    pub enrolments: Vec<RosterEnrolment>,
}

/// What writing a roster did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RosterWritten {
    /// Schools, classes, students and enrolments that are new or other than before.
    pub changed: u64,
    /// Rows that are gone.
    pub removed: u64,
}

impl Tx {
    /// Writes a roster in one go: rows that are there already are replaced, and the classes of every
    /// student that `roster` lists are those it lists. Written twice, nothing changes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn write_roster(
        &mut self,
        roster: &Roster,
        removals: &RosterRemovals,
    ) -> Result<RosterWritten, Error> {
        let mut changed = 0;
        let rows: Vec<Value<'_>> = roster
            .schools
            .iter()
            .flat_map(|school| [Value::text(&school.school_id), Value::text(&school.name)])
            .collect();
        changed += self.put(&ROSTER_SCHOOL, &rows).await?;
        let rows: Vec<Value<'_>> = roster.classes.iter().flat_map(class_values).collect();
        changed += self.put(&ROSTER_CLASS, &rows).await?;
        let rows: Vec<Value<'_>> = roster
            .students
            .iter()
            .flat_map(|student| {
                [Value::text(&student.user_id), Value::Text(student.name.as_deref())]
            })
            .collect();
        changed += self.put(&ROSTER_STUDENT, &rows).await?;
        let mut removed = self.end_unlisted(roster).await?;
        let rows: Vec<Value<'_>> = roster
            .enrolments
            .iter()
            .flat_map(|of| [Value::text(&of.user_id), Value::text(&of.class_id)])
            .collect();
        let insert = ROSTER_ENROLMENT.insert().on_conflict("ON CONFLICT DO NOTHING");
        changed += insert.run(&mut self.session(), &rows).await?;
        removed += self.remove(removals).await?;
        Ok(RosterWritten { changed, removed })
    }

    async fn put(&mut self, table: &Table, rows: &[Value<'_>]) -> Result<u64, Error> {
        let replacing = table.replacing(table.key, &[]);
        let differing = table.differing(table.key);
        let insert = table.insert().on_conflict(&format!("{replacing} WHERE {differing}"));
        insert.run(&mut self.session(), rows).await
    }

    /// Ends the enrolments of listed students that the roster does not list.
    async fn end_unlisted(&mut self, roster: &Roster) -> Result<u64, Error> {
        let kept: std::collections::HashSet<(&str, &str)> =
            roster.enrolments.iter().map(|of| (&*of.user_id, &*of.class_id)).collect();
        let listed: std::collections::HashSet<&str> =
            roster.students.iter().map(|student| &*student.user_id).collect();
        let columns = ROSTER_ENROLMENT.select();
        let sql = format!("SELECT {columns} FROM roster_enrolment");
        let stored = self.session().fetch_records(&columns, &sql, &[], read_enrolment).await?;
        let mut removed = 0;
        for of in stored {
            let is_kept = kept.contains(&(of.user_id.as_str(), of.class_id.as_str()));
            if listed.contains(of.user_id.as_str()) && !is_kept {
                removed += self.end_enrolment(&of).await?;
            }
        }
        Ok(removed)
    }

    async fn end_enrolment(&mut self, of: &RosterEnrolment) -> Result<u64, Error> {
        let sql = "DELETE FROM roster_enrolment WHERE user_id = $1 AND class_id = $2";
        self.session().execute(sql, &[Value::text(&of.user_id), Value::text(&of.class_id)]).await
    }

    async fn remove(&mut self, removals: &RosterRemovals) -> Result<u64, Error> {
        let mut removed = 0;
        for of in &removals.enrolments {
            removed += self.end_enrolment(of).await?;
        }
        for (ids, statements) in [
            (
                &removals.students,
                [
                    "DELETE FROM roster_enrolment WHERE user_id = $1",
                    "DELETE FROM roster_student WHERE user_id = $1",
                ],
            ),
            (
                &removals.classes,
                [
                    "DELETE FROM roster_enrolment WHERE class_id = $1",
                    "DELETE FROM roster_class WHERE class_id = $1",
                ],
            ),
        ] {
            for id in ids {
                for sql in statements {
                    removed += self.session().execute(sql, &[Value::text(id)]).await?;
                }
            }
        }
        Ok(removed)
    }
}

fn class_values(class: &RosterClass) -> [Value<'_>; ROSTER_CLASS.width()] {
    [
        Value::text(&class.class_id),
        Value::Text(class.school_id.as_deref()),
        Value::text(&class.name),
        Value::Text(class.grade.as_deref()),
    ]
}

fn read_enrolment(row: &Record<'_>) -> Result<RosterEnrolment, Error> {
    Ok(RosterEnrolment { user_id: row.get("user_id")?, class_id: row.get("class_id")? })
}

impl Store {
    /// The roster, each list in the order of its ids; empty lists where none was imported.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn roster(&self) -> Result<Roster, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let select = |table: &Table| format!("SELECT {} FROM {}", table.select(), table.name);
        let columns = ROSTER_SCHOOL.select();
        let school = |row: &Record<'_>| {
            Ok(RosterSchool { school_id: row.get("school_id")?, name: row.get("name")? })
        };
        let mut schools =
            session.fetch_records(&columns, &select(&ROSTER_SCHOOL), &[], school).await?;
        let columns = ROSTER_CLASS.select();
        let class = |row: &Record<'_>| {
            Ok(RosterClass {
                class_id: row.get("class_id")?,
                school_id: row.get_or_null("school_id")?,
                name: row.get("name")?,
                grade: row.get_or_null("grade")?,
            })
        };
        let mut classes =
            session.fetch_records(&columns, &select(&ROSTER_CLASS), &[], class).await?;
        let columns = ROSTER_STUDENT.select();
        let student = |row: &Record<'_>| {
            Ok(RosterStudent { user_id: row.get("user_id")?, name: row.get_or_null("name")? })
        };
        let mut students =
            session.fetch_records(&columns, &select(&ROSTER_STUDENT), &[], student).await?;
        let columns = ROSTER_ENROLMENT.select();
        let mut enrolments = session
            .fetch_records(&columns, &select(&ROSTER_ENROLMENT), &[], read_enrolment)
            .await?;
        schools.sort();
        classes.sort();
        students.sort();
        enrolments.sort();
        Ok(Roster { schools, classes, students, enrolments })
    }
}
