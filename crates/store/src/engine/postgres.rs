//! Connecting to PostgreSQL.

use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};

use crate::engine::postgres_tls::Encryption;
use crate::error::Error;
use crate::target::{SchemaName, Target};

/// One writer, one lock and some readers.
const CONNECTIONS: u32 = 8;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// Longest time after which a server that does not answer counts as away.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that is not there so soon is not just lent for a moment.
const AT_ONCE: Duration = Duration::from_millis(500);
/// Oldest version that has `gen_random_uuid()` built in.
const OLDEST_VERSION: i64 = 130_000;

/// Connects and checks the server's version. With a schema, names mean what is there, and after that what is
/// in `public`.
pub(crate) async fn open(url: &str, schema: Option<&SchemaName>) -> Result<PgPool, Error> {
    let failed = |source: sqlx::Error| Error::Open {
        target: Target::Postgres { url: url.to_owned(), schema: None }.redacted(),
        source: source.into(),
    };
    let (plain, encryption) = Encryption::of(url, |name| std::env::var(name).ok());
    let options = PgConnectOptions::from_str(&plain).map_err(failed)?;
    let usual_root = std::env::home_dir().map(|home| home.join(".postgresql/root.crt"));
    let options = encryption
        .apply(options, usual_root.as_deref())
        .map_err(|reason| failed(sqlx::Error::Configuration(reason.into())))?
        .application_name("seedtest")
        .options([("TimeZone", "UTC"), ("client_min_messages", "warning")]);
    let options = match schema {
        Some(schema) => options.options([("search_path", format!("{},public", schema.as_str()))]),
        None => options,
    };
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

/// A connection to read with.
pub(crate) async fn acquire(pool: &PgPool) -> Result<PoolConnection<Postgres>, Error> {
    let taken = unless_away(pool, pool.acquire()).await;
    taken.map_err(|source| Error::statement("take a connection", source))
}

/// Waits for the pool while the server is there. Where it is away the pool would go on trying until its
/// patience ends.
pub(crate) async fn unless_away<T>(
    pool: &PgPool,
    attempt: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::pin!(attempt);
    loop {
        tokio::select! {
            done = &mut attempt => return done,
            () = tokio::time::sleep(AT_ONCE) => {}
        }
        // With every connection in use it is those that are waited for.
        if pool.size() < CONNECTIONS || pool.num_idle() > 0 {
            probe(pool).await?;
        }
    }
}

/// Whether the server takes a connection.
async fn probe(pool: &PgPool) -> Result<(), sqlx::Error> {
    let options = pool.connect_options();
    let probe = tokio::time::timeout(PROBE_TIMEOUT, PgConnection::connect_with(&options)).await;
    // It has served; whether it says goodbye in good order is no matter.
    let _ = probe.unwrap_or(Err(sqlx::Error::PoolTimedOut))?.close().await;
    Ok(())
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
