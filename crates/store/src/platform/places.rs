//! Where a student learns, as far as the platform's tables say it: the organisations and classes of
//! their sessions and exams.

use std::collections::BTreeSet;

use crate::engine::backend::Backend;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// Organisations and classes a student was seen in, as texts: some tables hold numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StudentPlaces {
    /// Organisations of their exams, sessions and classes.
    pub organisations: BTreeSet<String>,
    /// Classes of their sessions.
    pub classrooms: BTreeSet<String>,
}

impl Store {
    /// Where a student was seen; both sets are empty for one nobody knows.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn student_places(&self, user_id: &str) -> Result<StudentPlaces, Error> {
        let sql = query(self.backend());
        let mut found = StudentPlaces::default();
        let mut connection = self.connection().await?;
        connection
            .session()
            .for_each(&sql, &[Value::text(user_id)], |row| {
                found.organisations.extend(row.owned_text(0)?.filter(|id| !id.is_empty()));
                found.classrooms.extend(row.owned_text(1)?.filter(|id| !id.is_empty()));
                Ok(())
            })
            .await?;
        Ok(found)
    }
}

/// Organisation and class of every exam and session. PostgreSQL reads columns of sessions by way of JSON: a table of
/// an older platform may lack some, which then say nothing.
fn query(backend: Backend) -> String {
    let column = |table: &str, name: &str| match backend {
        Backend::Postgres => format!("to_jsonb({table}) ->> '{name}'"),
        Backend::Sqlite => format!("CAST({table}.{name} AS TEXT)"),
    };
    let of_session = column("s", "org_id");
    let (class, of_class) = (column("s", "classroom_id"), column("c", "org_id"));
    format!(
        "SELECT CAST(e.org_id AS TEXT), CAST(NULL AS TEXT) FROM exam_results e \
         WHERE CAST(e.user_id AS TEXT) = $1 \
         UNION SELECT {of_session}, {class} FROM session s WHERE CAST(s.user_id AS TEXT) = $1 \
         UNION SELECT {of_class}, CAST(NULL AS TEXT) FROM session s \
         JOIN classroom c ON CAST(c.id AS TEXT) = {class} WHERE CAST(s.user_id AS TEXT) = $1"
    )
}
