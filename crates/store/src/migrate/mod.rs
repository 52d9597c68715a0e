//! Forward-only migrations. The tables are declared once (`schema`); a migration brings a database
//! to that declaration, whatever was there before, and is recorded in `seedtest_migrations`.

mod adopt;
mod clash;
mod existing;

pub use clash::Clash;

use crate::engine::backend::Backend;
use crate::engine::session::Session;
use crate::engine::value::Value;
use crate::error::Error;
use crate::schema::{self, Migration, migrations};
use adopt::Plan;
use existing::Existing;

/// What [`Store::migrate`](crate::Store::migrate) did.
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

/// Serialises migrations of one PostgreSQL database.
const MIGRATION_LOCK: i64 = 0x5eed_7e57;

/// Applies what is missing, inside the caller's transaction.
pub(crate) async fn run(session: &mut Session<'_>) -> Result<MigrationReport, Error> {
    if session.backend() == Backend::Postgres {
        session.execute("SELECT pg_advisory_xact_lock($1)", &[Value::int(MIGRATION_LOCK)]).await?;
    }
    refuse_newer(session).await?;
    let applied = pending(session).await?;
    if applied.is_empty() {
        return Ok(MigrationReport::default());
    }
    let existing = Existing::read(session).await?;
    let plan = Plan::make(session, &existing).await?;
    for statement in &plan.statements {
        session.execute_script(statement).await?;
    }
    record(session, &applied).await?;
    Ok(MigrationReport { applied, created: plan.created, added: plan.added, adopted: plan.adopted })
}

/// Migrations of this binary the database does not have yet.
pub(crate) async fn pending(session: &mut Session<'_>) -> Result<Vec<Migration>, Error> {
    let done = newest_applied(session).await?;
    Ok(migrations().into_iter().filter(|migration| migration.version > done).collect())
}

/// Fails when a newer binary has migrated the database.
pub(crate) async fn refuse_newer(session: &mut Session<'_>) -> Result<(), Error> {
    let found = newest_applied(session).await?;
    let known = migrations().iter().map(|migration| migration.version).max().unwrap_or(0);
    if found > known { Err(Error::NewerDatabase { found, known }) } else { Ok(()) }
}

/// 0 for a database without the schema.
async fn newest_applied(session: &mut Session<'_>) -> Result<i64, Error> {
    let exists = match session.backend() {
        Backend::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name = 'seedtest_migrations'",
        Backend::Postgres => "SELECT count(to_regclass('seedtest_migrations'))",
    };
    let tables = session.fetch_first(exists, &[], |row| row.int(0)).await?.flatten();
    if tables.unwrap_or(0) == 0 {
        return Ok(0);
    }
    let newest = "SELECT max(version) FROM seedtest_migrations";
    Ok(session.fetch_first(newest, &[], |row| row.int(0)).await?.flatten().unwrap_or(0))
}

async fn record(session: &mut Session<'_>, applied: &[Migration]) -> Result<(), Error> {
    let create = schema::create_table(&schema::SEEDTEST_MIGRATIONS, session.backend()).replacen(
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
