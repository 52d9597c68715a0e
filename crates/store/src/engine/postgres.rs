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
    let (plain, unknown) = known_parameters(&plain);
    for name in unknown {
        // The driver would log the value as well, which may be a password.
        tracing::warn!(name, "a parameter of the database's address is not known and is left out");
    }
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

/// Parameters of an address that the driver knows, beside those of encryption.
const PARAMETERS: [&str; 12] = [
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
];

/// An address without the parameters that the driver does not know, and the names of those.
fn known_parameters(address: &str) -> (String, Vec<&str>) {
    let Some((before, query)) = address.split_once('?') else {
        return (address.into(), Vec::new());
    };
    let (known, unknown): (Vec<&str>, Vec<&str>) =
        query.split('&').filter(|pair| !pair.is_empty()).partition(|pair| is_known(pair));
    // What has no equals sign may be the rest of a password that holds a question mark.
    let names = unknown.into_iter().filter_map(|pair| pair.split_once('=')).map(|(name, _)| name);
    let plain =
        if known.is_empty() { before.into() } else { format!("{before}?{}", known.join("&")) };
    (plain, names.collect())
}

fn is_known(pair: &str) -> bool {
    let name = pair.split_once('=').map_or("", |(name, _)| name);
    PARAMETERS.contains(&name) || name == "options" || name.starts_with("options[")
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

#[cfg(test)]
mod tests {
    use super::known_parameters;

    #[test]
    fn what_the_driver_does_not_know_is_named_without_its_value() {
        for (address, plain, unknown) in [
            ("postgresql://a@h/d", "postgresql://a@h/d", vec![]),
            (
                "postgresql://a@h/d?sslpassword=SECRET&host=/run&options[x]=1&connect_timeout=3",
                "postgresql://a@h/d?host=/run&options[x]=1",
                vec!["sslpassword", "connect_timeout"],
            ),
            ("postgresql://a@h/d?passwd=SECRET", "postgresql://a@h/d", vec!["passwd"]),
            ("postgresql://a@h/d?SECRET", "postgresql://a@h/d", vec![]),
        ] {
            assert_eq!(known_parameters(address), (plain.to_string(), unknown), "{address}");
        }
    }
}
