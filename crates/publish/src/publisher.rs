//! Puts objects to a place, and knows their addresses.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{Attribute, Attributes, ObjectStore, ObjectStoreExt, PutOptions};

use crate::address;
use crate::error::Error;
use crate::patience::Patience;
use crate::place::{
    AzureCredentials, AzurePlace, DirectoryPlace, GcsCredentials, GcsPlace, Place, S3Credentials,
    S3Place,
};

/// Objects hold what one person may see: nobody on the way keeps them, and who has one asks whether it is
/// still the newest.
const CACHE_CONTROL: &str = "private, no-cache";

/// An object to publish.
#[derive(Debug, Clone)]
pub struct Object<'a> {
    /// Its key, names with `/` between them.
    pub key: &'a str,
    /// Media type, such as `text/html; charset=utf-8`.
    pub content_type: &'a str,
    /// What it holds.
    pub content: Bytes,
}

/// Puts objects to a place. Cheap to clone, and used from several tasks at once.
#[derive(Debug, Clone)]
pub struct Publisher {
    store: Arc<dyn ObjectStore>,
    signer: Option<Arc<dyn Signer>>,
    shown: String,
    /// What stands before every key.
    prefix: String,
    /// Where keys begin; that of the place, or the one given.
    base: String,
    is_directory: bool,
}

impl Publisher {
    /// Prepares to publish; no request is made yet. `base_url` is the address under which others reach
    /// the place, where that is not its own.
    ///
    /// # Errors
    /// [`Error::SetUp`] where the place cannot be used as it is set up.
    pub fn new(place: &Place, base_url: Option<&str>, patience: Patience) -> Result<Self, Error> {
        // A second installation is refused, which is as good: the provider is there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let shown = place.shown();
        let set_up = |reason: String| Error::SetUp { place: shown.clone(), reason };
        let (store, signer) = match place {
            Place::S3(place) => s3(place, patience).map_err(set_up)?,
            Place::Gcs(place) => gcs(place, patience).map_err(set_up)?,
            Place::Azure(place) => azure(place, patience).map_err(set_up)?,
            Place::Directory(place) => (directory(place).map_err(set_up)?, None),
        };
        let base = match (base_url, address::base(place), place) {
            (Some(given), _, _) => given.to_owned(),
            (None, Some(own), _) => own,
            (None, None, Place::Directory(place)) => file_address(place).map_err(set_up)?,
            (None, None, _) => String::new(),
        };
        Ok(Self {
            store,
            signer,
            shown,
            prefix: place.prefix().to_owned(),
            base,
            is_directory: matches!(place, Place::Directory(_)),
        })
    }

    /// How messages call the place.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether the place is a directory, in which names may differ by more than capitals.
    pub fn is_directory(&self) -> bool {
        self.is_directory
    }

    /// Puts an object in the place of the one with the same key, if there is one; who reads meanwhile
    /// gets the old one or the new one. What fails is tried again, then given up.
    ///
    /// # Errors
    /// One that names place and key.
    pub async fn put(&self, object: &Object<'_>) -> Result<(), Error> {
        let path = self.path(object.key)?;
        let mut attributes = Attributes::new();
        // A directory has no place for them; a web server in front of it goes by the ending.
        if !self.is_directory {
            attributes.insert(Attribute::ContentType, object.content_type.to_owned().into());
            attributes.insert(Attribute::CacheControl, CACHE_CONTROL.into());
        }
        let options = PutOptions { attributes, ..PutOptions::default() };
        let put = self.store.put_opts(&path, object.content.clone().into(), options).await;
        put.map(|_| ()).map_err(|error| self.failed(object.key, &error))
    }

    /// What an object holds.
    ///
    /// # Errors
    /// One that names place and key.
    pub async fn get(&self, key: &str) -> Result<Bytes, Error> {
        let path = self.path(key)?;
        let found = async { self.store.get(&path).await?.bytes().await };
        found.await.map_err(|error| self.failed(key, &error))
    }

    /// Keys of the objects right below a key, as names after another `/`; none where there is nothing.
    ///
    /// # Errors
    /// One that names place and key.
    pub async fn list(&self, key: &str) -> Result<Vec<String>, Error> {
        let path = self.path(key)?;
        let found = self.store.list_with_delimiter(Some(&path)).await;
        let objects = found.map_err(|error| self.failed(key, &error))?.objects;
        let name = |object: object_store::ObjectMeta| {
            object.location.filename().map(|name| format!("{key}/{name}"))
        };
        let mut keys: Vec<String> = objects.into_iter().filter_map(name).collect();
        keys.sort_unstable();
        Ok(keys)
    }

    /// Takes an object away; whether it was there.
    ///
    /// # Errors
    /// One that names place and key.
    pub async fn remove(&self, key: &str) -> Result<bool, Error> {
        let path = self.path(key)?;
        // S3 says of nothing that it was removed: whether it was there has to be asked before.
        let there = match self.store.head(&path).await {
            Ok(_) => true,
            Err(object_store::Error::NotFound { .. }) => false,
            Err(error) => return Err(self.failed(key, &error)),
        };
        match self.store.delete(&path).await {
            Ok(()) => Ok(there),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(self.failed(key, &error)),
        }
    }

    /// The plain address of an object, for whoever may read the place.
    pub fn url(&self, key: &str) -> String {
        address::below(&self.base, &self.full_key(key))
    }

    /// An address that opens the object for anybody, for this long.
    ///
    /// # Errors
    /// [`Error::Unsigned`] of a directory; when there are no credentials to sign with.
    pub async fn signed_url(&self, key: &str, opens_for: Duration) -> Result<String, Error> {
        let unsigned = || Error::Unsigned { place: self.shown.clone() };
        let signer = self.signer.as_ref().ok_or_else(unsigned)?;
        let path = self.path(key)?;
        let signed = signer.signed_url(reqwest::Method::GET, &path, opens_for).await;
        signed.map(String::from).map_err(|error| self.failed(key, &error))
    }

    fn full_key(&self, key: &str) -> String {
        if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) }
    }

    fn path(&self, key: &str) -> Result<Path, Error> {
        Path::parse(self.full_key(key))
            .map_err(|error| Error::BadKey { key: key.to_owned(), reason: error.to_string() })
    }

    fn failed(&self, key: &str, error: &object_store::Error) -> Error {
        Error::of_store(&self.shown, key, error)
    }
}

type Opened = (Arc<dyn ObjectStore>, Option<Arc<dyn Signer>>);

/// A service both stores and signs.
fn opened(store: impl ObjectStore + Signer) -> Opened {
    let store = Arc::new(store);
    let signer: Arc<dyn Signer> = store.clone();
    (store, Some(signer))
}

fn s3(place: &S3Place, patience: Patience) -> Result<Opened, String> {
    let is_plain = check_endpoint(place.endpoint.as_deref(), place.allow_http)?;
    let in_host = !place.path_style && !place.bucket.contains('.');
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&place.bucket)
        .with_region(&place.region)
        .with_virtual_hosted_style_request(in_host)
        .with_allow_http(is_plain)
        // One by one works with every service that speaks like S3.
        .with_disable_bulk_delete(true)
        .with_retry(patience.retry())
        .with_client_options(patience.client(is_plain));
    if let Some(endpoint) = &place.endpoint {
        let base = address::base(&Place::S3(place.clone())).unwrap_or_default();
        // In the style of hosts the address brings the bucket along.
        builder = builder.with_endpoint(if in_host { &base } else { endpoint });
    }
    builder = match &place.credentials {
        S3Credentials::Keys { id, secret, token } => {
            let keys = builder.with_access_key_id(id).with_secret_access_key(secret.reveal());
            match token {
                Some(token) => keys.with_token(token.reveal()),
                None => keys,
            }
        }
        S3Credentials::WebIdentity { token_file, role_arn } => builder
            .with_config(AmazonS3ConfigKey::WebIdentityTokenFile, token_file)
            .with_config(AmazonS3ConfigKey::RoleArn, role_arn),
        S3Credentials::Container { uri, token_file: Some(file) } => builder
            .with_config(AmazonS3ConfigKey::ContainerCredentialsFullUri, uri)
            .with_config(AmazonS3ConfigKey::ContainerAuthorizationTokenFile, file),
        S3Credentials::Container { uri, token_file: None } => {
            builder.with_config(AmazonS3ConfigKey::ContainerCredentialsRelativeUri, uri)
        }
        S3Credentials::Machine => builder,
    };
    builder.build().map(opened).map_err(|error| error.to_string())
}

fn gcs(place: &GcsPlace, patience: Patience) -> Result<Opened, String> {
    let is_plain = check_endpoint(place.endpoint.as_deref(), false)?;
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_bucket_name(&place.bucket)
        .with_retry(patience.retry())
        .with_client_options(patience.client(is_plain));
    if let Some(endpoint) = &place.endpoint {
        builder = builder.with_base_url(endpoint);
    }
    builder = match &place.credentials {
        GcsCredentials::File(file) => builder.with_application_credentials(file),
        GcsCredentials::ServiceAccount(key) => builder.with_service_account_key(key.reveal()),
        GcsCredentials::Machine => builder,
    };
    builder.build().map(opened).map_err(|error| error.to_string())
}

fn azure(place: &AzurePlace, patience: Patience) -> Result<Opened, String> {
    let is_plain = check_endpoint(place.endpoint.as_deref(), false)?;
    let mut builder = MicrosoftAzureBuilder::new()
        .with_account(&place.account)
        .with_container_name(&place.container)
        .with_allow_http(is_plain)
        .with_retry(patience.retry())
        .with_client_options(patience.client(is_plain));
    if let Some(endpoint) = &place.endpoint {
        builder = builder.with_endpoint(endpoint.clone());
    }
    builder = match &place.credentials {
        AzureCredentials::Key(key) => builder.with_access_key(key.reveal()),
        AzureCredentials::Client { tenant, id, secret } => {
            builder.with_client_secret_authorization(id, secret.reveal(), tenant)
        }
        AzureCredentials::Federated { tenant, id, token_file } => {
            builder.with_tenant_id(tenant).with_client_id(id).with_federated_token_file(token_file)
        }
        AzureCredentials::Machine => builder,
    };
    builder.build().map(opened).map_err(|error| error.to_string())
}

/// Whether objects travel unencrypted: to this machine they may, to others where that is said.
fn check_endpoint(endpoint: Option<&str>, allow_http: bool) -> Result<bool, String> {
    let Some(endpoint) = endpoint else { return Ok(false) };
    let address =
        reqwest::Url::parse(endpoint).map_err(|error| format!("its endpoint: {error}"))?;
    if !address.username().is_empty() || address.password().is_some() {
        return Err("its endpoint holds credentials, which have settings of their own".into());
    }
    let is_here = match address.host_str().unwrap_or_default().trim_matches(['[', ']']) {
        "localhost" => true,
        host => host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()),
    };
    match address.scheme() {
        "https" => Ok(false),
        "http" if is_here || allow_http => Ok(true),
        "http" => {
            Err("its endpoint is not encrypted: use https, or allow it with S3_ALLOW_HTTP=true \
                       where it is a service of S3 on a network of your own"
                .into())
        }
        _ => Err("its endpoint begins with neither https:// nor http://".into()),
    }
}

fn directory(place: &DirectoryPlace) -> Result<Arc<dyn ObjectStore>, String> {
    let failed = |error: std::io::Error| error.to_string();
    fs::create_dir_all(&place.dir).map_err(failed)?;
    let dir = fs::canonicalize(&place.dir).map_err(failed)?;
    let store = LocalFileSystem::new_with_prefix(dir).map_err(|error| error.to_string())?;
    Ok(Arc::new(store))
}

fn file_address(place: &DirectoryPlace) -> Result<String, String> {
    let dir = fs::canonicalize(&place.dir).map_err(|error| error.to_string())?;
    let address = reqwest::Url::from_directory_path(&dir);
    address.map(String::from).map_err(|()| "it has no address".into())
}
