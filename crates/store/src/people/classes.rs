//! Classes and schools one by one: of the roster, and where none was imported, of the platform's tables.

use crate::engine::backend::Backend;
use crate::engine::row::Row;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::people::roster::{RosterClass, RosterSchool};
use crate::store::Store;

impl Store {
    /// Every class, by id. Once a roster with classes was imported, those of the roster; before, those of table
    /// `classroom` and of sessions.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn classes(&self) -> Result<Vec<RosterClass>, Error> {
        self.classes_where("1 = 1", &[]).await
    }

    /// The class of an id, likewise.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn class(&self, class_id: &str) -> Result<Option<RosterClass>, Error> {
        let found = self.classes_where("class_id = $1", &[Value::text(class_id)]).await?;
        Ok(found.into_iter().next())
    }

    /// The classes of a school, likewise.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn classes_of_school(&self, school_id: &str) -> Result<Vec<RosterClass>, Error> {
        self.classes_where("school_id = $1", &[Value::text(school_id)]).await
    }

    /// Every school, by id: those of the roster, else the organisations that classes name.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn schools(&self) -> Result<Vec<RosterSchool>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let sql = "SELECT school_id, name FROM roster_school ORDER BY school_id";
        let read = |row: &Row<'_>| {
            let school_id = row.required(0, row.owned_text(0)?)?;
            Ok(RosterSchool { school_id, name: row.required(1, row.owned_text(1)?)? })
        };
        let named = session.fetch(sql, &[], read).await?;
        if !named.is_empty() {
            return Ok(named);
        }
        let classes = source(&mut session).await?;
        let sql = format!(
            "SELECT DISTINCT school_id, school_id FROM ({classes}) AS known \
             WHERE school_id IS NOT NULL ORDER BY school_id"
        );
        session.fetch(&sql, &[], read).await
    }

    async fn classes_where(
        &self,
        condition: &str,
        values: &[Value<'_>],
    ) -> Result<Vec<RosterClass>, Error> {
        let mut connection = self.connection().await?;
        let mut session = connection.session();
        let classes = source(&mut session).await?;
        let sql = format!(
            "SELECT class_id, school_id, name, grade FROM ({classes}) AS known \
             WHERE {condition} ORDER BY class_id"
        );
        session.fetch(&sql, values, read).await
    }
}

fn read(row: &Row<'_>) -> Result<RosterClass, Error> {
    let class_id: String = row.required(0, row.owned_text(0)?)?;
    let name = row.owned_text(2)?.unwrap_or_else(|| class_id.clone());
    Ok(RosterClass { class_id, school_id: row.owned_text(1)?, name, grade: row.owned_text(3)? })
}

/// A query of the classes there are.
async fn source(session: &mut Session<'_>) -> Result<String, Error> {
    let of_roster = "SELECT 1 FROM roster_class LIMIT 1";
    if session.fetch_first(of_roster, &[], |_| Ok(())).await?.is_some() {
        return Ok("SELECT class_id, school_id, name, grade FROM roster_class".to_owned());
    }
    Ok(of_platform(session.backend()))
}

/// PostgreSQL reads columns by way of JSON: a table of an older platform may lack some, which then say nothing.
fn of_platform(backend: Backend) -> String {
    let column = |table: &str, name: &str| match backend {
        Backend::Postgres => format!("to_jsonb({table}) ->> '{name}'"),
        Backend::Sqlite => format!("CAST({table}.{name} AS TEXT)"),
    };
    let (org, name, grade) = (column("c", "org_id"), column("c", "name"), column("c", "grade"));
    let (class, of_session) = (column("s", "classroom_id"), column("s", "org_id"));
    format!(
        "SELECT CAST(c.id AS TEXT) AS class_id, {org} AS school_id, {name} AS name, {grade} AS grade \
         FROM classroom c \
         UNION ALL SELECT {class}, max({of_session}), NULL, NULL FROM session s \
         WHERE {class} IS NOT NULL \
           AND NOT EXISTS (SELECT 1 FROM classroom c WHERE CAST(c.id AS TEXT) = {class}) \
         GROUP BY {class}"
    )
}
