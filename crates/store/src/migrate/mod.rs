//! Forward-only migrations. The tables are declared once (`schema`); a migration brings a database
//! to that declaration, whatever was there before, and is recorded in `seedtest_migrations`.

mod adopt;
mod clash;
mod existing;

pub use clash::Clash;

use crate::catalog::{SEEDTEST_MIGRATIONS, migrations};
use crate::engine::backend::Backend;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{Migration, create_table};
use crate::store::Store;
use crate::target::{SchemaName, Target};
use adopt::{Place, Plan};
use existing::Existing;

/// What [`Store::migrate`] did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MigrationReport {
    /// Migrations applied now; empty when the schema was up to date.
    pub applied: Vec<Migration>,
    /// Tables and views that did not exist.
    pub created: Vec<String>,
    /// Columns added to analytics tables that existed, as `table.column`.
    pub added: Vec<String>,
    /// Platform tables and views that existed and were left as they are.
    pub adopted: Vec<String>,
}

impl Store {
    /// Opens a database. An SQLite file and its folder are created when missing; the schema is
    /// not, see [`Store::migrate`].
    ///
    /// # Errors
    /// The path is a folder or not writable, the server does not answer or is too old, or the
    /// database was migrated by a newer binary.
    pub async fn open(target: &Target) -> Result<Self, Error> {
        let store = Self::connect(target).await?;
        refuse_newer(&mut store.connection().await?.session(), store.schema()).await?;
        Ok(store)
    }

    /// Brings the schema to the newest version in one transaction. Platform tables that already
    /// exist are adopted unchanged, missing columns of analytics tables are added. Running it
    /// again changes nothing; two processes at once do it one after the other.
    ///
    /// # Errors
    /// [`Error::Clashes`] names every existing table or column that does not fit; nothing is
    /// changed then.
    pub async fn migrate(&self) -> Result<MigrationReport, Error> {
        let mut tx = self.begin().await?;
        let report = run(&mut tx.session(), self.schema()).await?;
        tx.commit().await?;
        Ok(report)
    }

    /// Migrations [`Store::migrate`] would apply, oldest first.
    pub async fn pending(&self) -> Result<Vec<Migration>, Error> {
        pending(&mut self.connection().await?.session(), self.schema()).await
    }
}

/// Serialises migrations of one PostgreSQL database.
const MIGRATION_LOCK: i64 = 0x5eed_7e57;

/// Applies what is missing, inside the caller's transaction.
async fn run(
    session: &mut Session<'_>,
    schema: Option<&SchemaName>,
) -> Result<MigrationReport, Error> {
    if session.backend() == Backend::Postgres {
        session.execute("SELECT pg_advisory_xact_lock($1)", &[Value::int(MIGRATION_LOCK)]).await?;
    }
    refuse_newer(session, schema).await?;
    let before = newest_applied(session, schema).await?;
    let applied = pending(session, schema).await?;
    if applied.is_empty() {
        return Ok(MigrationReport::default());
    }
    if let Some(schema) = schema {
        make_schema(session, schema).await?;
    }
    let existing = Existing::read(session).await?;
    let has_marks = existing.has_marks();
    let place = Place { schema, applied: &applied, before, has_marks };
    let plan = Plan::make(session, &existing, place).await?;
    for statement in &plan.statements {
        session.execute_script(statement).await?;
    }
    record(session, &applied).await?;
    Ok(MigrationReport { applied, created: plan.created, added: plan.added, adopted: plan.adopted })
}

/// Makes the schema that was named. Whoever may not make one may use one that is there.
async fn make_schema(session: &mut Session<'_>, schema: &SchemaName) -> Result<(), Error> {
    let name = [Value::text(schema.as_str())];
    let sql = "SELECT to_regnamespace($1) IS NOT NULL";
    let is_there = session.fetch_first(sql, &name, |row| row.boolean(0)).await?.flatten();
    if is_there == Some(true) {
        return Ok(());
    }
    session.execute_script(&format!("CREATE SCHEMA {}", schema.as_str())).await
}

/// Migrations of this binary the database does not have yet.
async fn pending(
    session: &mut Session<'_>,
    schema: Option<&SchemaName>,
) -> Result<Vec<Migration>, Error> {
    let mut missing = migrations();
    if newest_applied(session, schema).await? > 0 {
        let done = "SELECT version FROM seedtest_migrations";
        let done = session.fetch(done, &[], |row| row.int(0)).await?;
        missing.retain(|migration| !done.contains(&Some(migration.version)));
    }
    Ok(missing)
}

/// Fails when a newer binary has migrated the database.
async fn refuse_newer(session: &mut Session<'_>, schema: Option<&SchemaName>) -> Result<(), Error> {
    let found = newest_applied(session, schema).await?;
    let known = migrations().iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known { Err(Error::NewerDatabase { found, known }) } else { Ok(()) }
}

/// 0 for a database without the tables. What is in another schema than the one that was named does not count.
async fn newest_applied(
    session: &mut Session<'_>,
    schema: Option<&SchemaName>,
) -> Result<i64, Error> {
    let place = schema.map_or(String::new(), |schema| format!("{}.", schema.as_str()));
    let exists = match session.backend() {
        Backend::Sqlite => {
            "SELECT count(*) FROM sqlite_master WHERE name = 'seedtest_migrations'".to_owned()
        }
        Backend::Postgres => format!("SELECT count(to_regclass('{place}seedtest_migrations'))"),
    };
    let tables = session.fetch_first(&exists, &[], |row| row.int(0)).await?.flatten();
    if tables.unwrap_or(0) == 0 {
        return Ok(0);
    }
    let newest = "SELECT max(version) FROM seedtest_migrations";
    Ok(session.fetch_first(newest, &[], |row| row.int(0)).await?.flatten().unwrap_or(0))
}

async fn record(session: &mut Session<'_>, applied: &[Migration]) -> Result<(), Error> {
    let create = create_table(&SEEDTEST_MIGRATIONS, session.backend()).replacen(
        "CREATE TABLE",
        "CREATE TABLE IF NOT EXISTS",
        1,
    );
    session.execute_script(&create).await?;
    for migration in applied {
        session
            .execute(
                "INSERT INTO seedtest_migrations (version, name) VALUES ($1, $2)",
                &[Value::int(migration.version), Value::text(migration.name)],
            )
            .await?;
    }
    Ok(())
}
