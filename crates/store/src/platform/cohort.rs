//! Students by one property: the cohorts that a batch of reports may be cut down to.

use std::collections::BTreeSet;

use crate::engine::backend::Backend;
use crate::engine::value::Value;
use crate::error::Error;
use crate::store::Store;

/// What students of a cohort have in common (docs/contract/jobs.md J13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cohort {
    /// The id of one student.
    User,
    /// An organisation of their exams, sessions or classes.
    Organisation,
    /// A class of their sessions or of the roster.
    Classroom,
    /// The segment they are in now.
    Segment,
}

impl Cohort {
    /// Every property.
    pub const ALL: [Self; 4] = [Self::User, Self::Organisation, Self::Classroom, Self::Segment];

    /// The column by which it is called.
    pub fn column(self) -> &'static str {
        match self {
            Self::User => "user_id",
            Self::Organisation => "org_id",
            Self::Classroom => "classroom_id",
            Self::Segment => "segment_label",
        }
    }

    /// The property of a column.
    pub fn of_column(column: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cohort| cohort.column() == column)
    }

    /// Their ids, `$1` being the value. PostgreSQL reads columns of sessions by way of JSON: a table of an
    /// older platform may lack some, which then say nothing.
    fn query(self, backend: Backend) -> String {
        let column = |table: &str, name: &str| match backend {
            Backend::Postgres => format!("to_jsonb({table}) ->> '{name}'"),
            Backend::Sqlite => format!("CAST({table}.{name} AS TEXT)"),
        };
        let (org, class) = (column("s", "org_id"), column("s", "classroom_id"));
        let org_of_class = column("c", "org_id");
        match self {
            Self::User => "SELECT CAST($1 AS TEXT)".into(),
            Self::Organisation => format!(
                "SELECT CAST(e.user_id AS TEXT) FROM exam_results e WHERE CAST(e.org_id AS TEXT) = $1 \
                 UNION SELECT CAST(s.user_id AS TEXT) FROM session s WHERE {org} = $1 \
                 UNION SELECT CAST(s.user_id AS TEXT) FROM session s \
                 JOIN classroom c ON CAST(c.id AS TEXT) = {class} WHERE {org_of_class} = $1"
            ),
            Self::Classroom => format!(
                "SELECT CAST(s.user_id AS TEXT) FROM session s WHERE {class} = $1 \
                 UNION SELECT user_id FROM roster_enrolment WHERE class_id = $1"
            ),
            Self::Segment => {
                "SELECT CAST(user_id AS TEXT) FROM user_segment WHERE segment_label = $1".into()
            }
        }
    }
}

impl Store {
    /// Ids of the students of a cohort.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn students_of(
        &self,
        cohort: Cohort,
        value: &str,
    ) -> Result<BTreeSet<String>, Error> {
        let sql = cohort.query(self.backend());
        let mut found = BTreeSet::new();
        let mut connection = self.connection().await?;
        connection
            .session()
            .for_each(&sql, &[Value::text(value)], |row| {
                found.extend(row.owned_text(0)?);
                Ok(())
            })
            .await?;
        Ok(found)
    }
}
