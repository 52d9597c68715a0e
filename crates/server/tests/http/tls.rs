//! TLS on the listener: a certificate that is renewed while the service runs.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::{Certificate, Client};
use seedtest_server::{Config, Server, StartError, TlsFiles};
use seedtest_store::{Store, Target};

use crate::service::{Service, config};

/// Writes a certificate for 127.0.0.1 and its key.
fn make(files: &TlsFiles) {
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
        ])
        .args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .arg("-keyout")
        .arg(&files.key)
        .arg("-out")
        .arg(&files.certificates)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

fn files(dir: &Path) -> TlsFiles {
    TlsFiles { certificates: dir.join("cert.pem"), key: dir.join("key.pem") }
}

/// A client that trusts the certificate as it is now.
fn client(files: &TlsFiles) -> Client {
    let pem = std::fs::read(&files.certificates).unwrap();
    let trusted = Certificate::from_pem(&pem).unwrap();
    Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renewed_certificate_is_taken_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(dir.path());
    make(&files);
    let service = Service::start(Config { tls: Some(files.clone()), ..config() }).await;
    let url = format!("https://{}/healthz", service.addr);
    let first = client(&files);
    assert_eq!(first.get(&url).send().await.unwrap().status(), 200);
    // Plain HTTP finds nobody who understands it.
    assert!(service.client.get(service.url("/healthz")).send().await.is_err());
    // Half of a renewal leaves things as they are.
    std::fs::write(&files.key, "no key").unwrap();
    assert_eq!(client(&files).get(&url).send().await.unwrap().status(), 200);
    make(&files);
    let began = Instant::now();
    while client(&files).get(&url).send().await.is_err() {
        assert!(began.elapsed() < Duration::from_mins(1), "the new certificate is not taken");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test]
async fn files_that_do_not_go_together_are_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&Target::Sqlite { path: dir.path().join("t.db") }).await.unwrap();
    let good = files(dir.path());
    make(&good);
    std::fs::create_dir(dir.path().join("other")).unwrap();
    let other = files(&dir.path().join("other"));
    make(&other);
    for bad in [
        TlsFiles { key: other.key, ..good.clone() },
        TlsFiles { key: good.certificates.clone(), ..good.clone() },
        TlsFiles { certificates: dir.path().join("none.pem"), ..good },
    ] {
        let refused = Server::bind(Config { tls: Some(bad), ..config() }, store.clone()).await;
        assert!(matches!(refused.err(), Some(StartError::Setting { name: "--tls-cert", .. })));
    }
}
