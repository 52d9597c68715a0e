//! TLS on the listener: certificate and key from PEM files, read again when they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::StartError;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Where certificate and key of the listener are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain in PEM, the own one first.
    pub certificates: PathBuf,
    /// Private key in PEM.
    pub key: PathBuf,
}

/// What of the files tells that they have changed.
type Stamp = [Option<(SystemTime, u64)>; 2];

/// The certificate in use.
pub(crate) struct Tls {
    files: TlsFiles,
    current: RwLock<(Stamp, TlsAcceptor)>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`StartError::Setting`] for files that cannot be read or do not go together.
    pub(crate) fn new(files: &TlsFiles) -> Result<Arc<Self>, StartError> {
        let stamp = files.stamp();
        let acceptor =
            files.read().map_err(|reason| StartError::Setting { name: "--tls-cert", reason })?;
        Ok(Arc::new(Self { files: files.clone(), current: RwLock::new((stamp, acceptor)) }))
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.current.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Reads the files again whenever they have changed. Files that cannot be used leave the certificate as
    /// it is: a renewal writes one file after the other.
    pub(crate) async fn keep_fresh(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOK).await;
            self.look();
        }
    }

    fn look(&self) {
        let stamp = self.files.stamp();
        if self.current.read().unwrap_or_else(PoisonError::into_inner).0 == stamp {
            return;
        }
        match self.files.read() {
            Ok(acceptor) => {
                tracing::info!("the certificate was read again");
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = (stamp, acceptor);
            }
            Err(reason) => tracing::warn!(reason, "the old certificate stays in use"),
        }
    }
}

impl TlsFiles {
    fn stamp(&self) -> Stamp {
        let of = |path: &Path| {
            let meta = std::fs::metadata(path).ok()?;
            Some((meta.modified().ok()?, meta.len()))
        };
        [of(&self.certificates), of(&self.key)]
    }

    fn read(&self) -> Result<TlsAcceptor, String> {
        let Self { certificates, key } = self;
        let unread = |path: &Path, error: &dyn std::fmt::Display| {
            format!("{} cannot be read: {error}", path.display())
        };
        let chain = CertificateDer::pem_file_iter(certificates)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| unread(certificates, &error))?;
        if chain.is_empty() {
            return Err(format!("there is no certificate in {}", certificates.display()));
        }
        let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unread(key, &error))?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .map_err(|error| format!("certificate and key do not go together: {error}"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
