//! Where a student learns: the organisations and classes of their sessions and exams, and of the roster. Once
//! a roster with classes was imported, who is in a class is what it says and nothing else: a session of last
//! year does not open a student to the class they have left.

use std::collections::BTreeSet;

use super::owner::is_theirs;
use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// Organisations and classes a student was seen in, as texts: some tables hold numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StudentPlaces {
    /// Organisations of their exams, sessions and classes, and schools of their classes in the roster.
    pub organisations: BTreeSet<String>,
    /// Classes of the roster; where none was imported, those of their sessions.
    pub classrooms: BTreeSet<String>,
}

/// Schools and classes of the roster.
const OF_ROSTER: &str = "SELECT of_class.school_id, enrolment.class_id FROM roster_enrolment AS enrolment \
     LEFT JOIN roster_class AS of_class ON of_class.class_id = enrolment.class_id \
     WHERE enrolment.user_id = $1";

impl StudentPlaces {
    /// Adds an organisation and a class, each where there is one.
    fn add(&mut self, row: &Row<'_>) -> Result<(), Error> {
        self.organisations.extend(row.owned_text(0)?.filter(|id| !id.is_empty()));
        self.classrooms.extend(row.owned_text(1)?.filter(|id| !id.is_empty()));
        Ok(())
    }
}

impl Store {
    /// Where a student was seen; both sets are empty for one nobody knows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_places(&self, user_id: &str) -> Result<StudentPlaces, Error> {
        let mut found = StudentPlaces::default();
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let exam_is = is_theirs(&mut session, "exam_results", "e.user_id", user_id, "$1").await?;
        let session_is = is_theirs(&mut session, "session", "s.user_id", user_id, "$1").await?;
        let sql = query(self.backend(), &exam_is, &session_is);
        let user = [Value::text(user_id)];
        session.for_each(&sql, &user, |row| found.add(row)).await?;
        let has_classes = "SELECT 1 FROM roster_class LIMIT 1";
        if session.fetch_first(has_classes, &[], |_| Ok(())).await?.is_some() {
            found.classrooms.clear();
            session.for_each(OF_ROSTER, &user, |row| found.add(row)).await?;
        }
        Ok(found)
    }
}

/// Organisation and class of every exam and session that a condition is true of. PostgreSQL reads columns of sessions by way
/// of JSON: a table of an older platform may lack some, which then say nothing.
fn query(backend: Backend, exam_is: &str, session_is: &str) -> String {
    let column = |table: &str, name: &str| match backend {
        Backend::Postgres => format!("to_jsonb({table}) ->> '{name}'"),
        Backend::Sqlite => format!("CAST({table}.{name} AS TEXT)"),
    };
    let of_session = column("s", "org_id");
    let (class, of_class) = (column("s", "classroom_id"), column("c", "org_id"));
    format!(
        "SELECT CAST(e.org_id AS TEXT), CAST(NULL AS TEXT) FROM exam_results e WHERE {exam_is} \
         UNION SELECT {of_session}, {class} FROM session s WHERE {session_is} \
         UNION SELECT {of_class}, CAST(NULL AS TEXT) FROM session s \
         JOIN classroom c ON CAST(c.id AS TEXT) = {class} WHERE {session_is}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::plan;

    #[tokio::test]
    async fn a_student_is_found_without_reading_all_exams_and_sessions() {
        let sql = query(Backend::Sqlite, "e.user_id = $1", "s.user_id = $1");
        let steps = plan(&sql, &[Value::text("s1")]).await;
        for table in ["e", "s"] {
            assert!(steps.contains(&format!("SEARCH {table} USING")), "{steps}");
            assert!(!steps.lines().any(|step| step == format!("SCAN {table}")), "{steps}");
        }
    }
}
