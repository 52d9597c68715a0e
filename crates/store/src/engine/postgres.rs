//! Connecting to PostgreSQL.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};

use crate::error::Error;
use crate::target::Target;

/// One writer, one lock and some readers.
const CONNECTIONS: u32 = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Oldest version that has `gen_random_uuid()` built in.
const OLDEST_VERSION: i64 = 130_000;

/// Connects and checks the server's version.
pub(crate) async fn open(url: &str) -> Result<PgPool, Error> {
    let failed = |source: sqlx::Error| Error::Open {
        target: Target::Postgres { url: url.to_owned() }.redacted(),
        source: source.into(),
    };
    let options = PgConnectOptions::from_str(url)
        .map_err(failed)?
        .application_name("seedtest")
        .options([("TimeZone", "UTC"), ("client_min_messages", "warning")]);
    // The pool would try again until its patience ends and then tell only of that.
    let first = tokio::time::timeout(CONNECT_TIMEOUT, PgConnection::connect_with(&options));
    let mut first = first.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(failed)?;
    check_version(&mut first).await?;
    first.close().await.map_err(failed)?;
    Ok(PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT_TIMEOUT)
        .connect_lazy_with(options))
}

async fn check_version(connection: &mut PgConnection) -> Result<(), Error> {
    let sql =
        "SELECT current_setting('server_version_num')::bigint, current_setting('server_version')";
    let (number, text): (i64, String) = sqlx::query_as(sql)
        .fetch_one(connection)
        .await
        .map_err(|source| Error::statement(sql, source))?;
    if number < OLDEST_VERSION {
        return Err(Error::OldServer { found: text });
    }
    Ok(())
}
