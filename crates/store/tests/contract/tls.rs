//! Encryption to a server that has a certificate: what `sslmode` and `sslrootcert` let through, and what they
//! refuse. The server makes its own certificates, since nobody else's key is one it may read.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use seedtest_store::{Backend, Store, Target};

use crate::backends::{Database, migrated};

/// The server runs these in its own folder: an authority, a certificate of it for the name `localhost` and no
/// other, and an authority that has signed nothing.
const CERTIFICATES: [&str; 4] = [
    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority \
     -keyout ca.key -out ca.crt",
    "openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr",
    "echo subjectAltName=DNS:localhost > server.ext && openssl x509 -req -in server.csr -CA ca.crt \
     -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.crt",
    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=stranger \
     -keyout other.key -out other.crt",
];

/// A server with a certificate, and the authorities as files here.
struct Encrypted {
    database: Database,
    authority: PathBuf,
    other: PathBuf,
    _folder: tempfile::TempDir,
}

impl Encrypted {
    async fn start() -> Self {
        let database = migrated(Backend::Postgres).await;
        // Its connections are not encrypted, and would be counted.
        database.store.clone().close().await;
        let plain = open(&database, "127.0.0.1", "sslmode=require").await;
        assert!(plain.is_err(), "a server without a certificate is no encrypted one");
        for command in CERTIFICATES {
            database
                .execute(&format!("COPY (SELECT '') TO PROGRAM $program${command}$program$"))
                .await;
        }
        let folder = tempfile::tempdir().unwrap();
        let authority = write(&database, folder.path(), "ca.crt").await;
        let other = write(&database, folder.path(), "other.crt").await;
        database.execute("ALTER SYSTEM SET ssl = on").await;
        database.execute("SELECT pg_reload_conf()").await;
        let began = Instant::now();
        while let Err(error) = open(&database, "127.0.0.1", "sslmode=require").await {
            assert!(began.elapsed() < Duration::from_secs(20), "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { database, authority, other, _folder: folder }
    }

    /// Whether the connections of a store that is opened so are encrypted.
    async fn encrypts(&self, host: &str, query: &str) -> Result<bool, String> {
        let store = open(&self.database, host, query).await?;
        store.ping().await.map_err(|error| error.to_string())?;
        let found = self.connections().await;
        store.close().await;
        let began = Instant::now();
        while !self.connections().await.is_empty() {
            assert!(began.elapsed() < Duration::from_secs(20), "connections are left");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!found.is_empty());
        assert!(found.iter().all(|ssl| ssl == &found[0]), "{found:?}");
        Ok(found[0] == "true")
    }

    /// Of every connection of stores whether it is encrypted.
    async fn connections(&self) -> Vec<String> {
        let sql = "SELECT ssl::text FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
             WHERE application_name = 'seedtest' AND datname = current_database()";
        let rows = self.database.rows(sql).await;
        rows.into_iter().filter_map(|mut row| row.remove(0)).collect()
    }
}

/// Writes a file of the server here.
async fn write(database: &Database, folder: &Path, name: &str) -> PathBuf {
    let rows = database.rows(&format!("SELECT pg_read_file('{name}')")).await;
    let path = folder.join(name);
    std::fs::write(&path, rows[0][0].as_ref().unwrap()).unwrap();
    path
}

async fn open(database: &Database, host: &str, query: &str) -> Result<Store, String> {
    let Target::Postgres { url, .. } = &database.target else { unreachable!("a server") };
    let url = format!("{}?{query}", url.replace("127.0.0.1", host));
    let target = Target::parse(&url).map_err(|error| error.to_string())?;
    Store::open(&target).await.map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_encrypted_and_verified_as_the_address_says() {
    let server = Encrypted::start().await;
    let (own, other) = (server.authority.display(), server.other.display());
    for (host, query, encrypted) in [
        ("127.0.0.1", "sslmode=disable".to_string(), false),
        ("127.0.0.1", String::new(), true),
        ("127.0.0.1", "sslmode=prefer".into(), true),
        ("127.0.0.1", "sslmode=require".into(), true),
        // Whose certificate it is, whatever the name.
        ("127.0.0.1", format!("sslmode=require&sslrootcert={own}"), true),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={own}"), true),
        ("localhost", format!("sslmode=verify-full&sslrootcert={own}"), true),
    ] {
        assert_eq!(server.encrypts(host, &query).await, Ok(encrypted), "{host} {query}");
    }
    for (host, query) in [
        ("127.0.0.1", format!("sslmode=require&sslrootcert={other}")),
        ("localhost", format!("sslmode=verify-ca&sslrootcert={other}")),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}")),
        // The certificate is for another name.
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={own}")),
        // Nobody's authority is one that everybody trusts.
        ("localhost", "sslmode=verify-full&sslrootcert=system".into()),
        ("localhost", format!("sslmode=verify-full&sslrootcert={own}.missing")),
        ("localhost", "sslmode=nonsense".into()),
    ] {
        let found = server.encrypts(host, &query).await;
        assert!(found.is_err(), "{host} {query}: {found:?}");
    }
}
