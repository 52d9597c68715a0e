//! Where reports are published, from settings.

use std::path::PathBuf;
use std::time::Duration;

use seedtest_publish::{
    AzureCredentials, AzurePlace, DirectoryPlace, GcsCredentials, GcsPlace, Patience, Place,
    Publisher, S3Credentials, S3Place, Secret, Target,
};

use crate::error::Error;
use crate::registry::{Accepts, Kind, Preset, Setting, Settings};

/// Links that open for a time open at most a week, which is the most that S3 and Google sign.
const MOST_HOURS: u64 = 7 * 24;

/// Everything that says where reports go and who asks there.
pub(crate) const DESTINATION: [Setting; 27] = [
    Setting::new(
        "to",
        Kind::Address,
        "Where reports are published: s3://BUCKET, gs://BUCKET or az://CONTAINER, each with /PREFIX if \
         wanted, or a directory",
    )
    .env(&["REPORT_DESTINATION"])
    .of_operator(),
    Setting::new("bucket", Kind::Text, "Bucket of S3, where no destination is given")
        .env(&["S3_BUCKET"])
        .only_env(),
    Setting::new(
        "output-dir",
        Kind::Text,
        "Directory, where neither a destination nor a bucket is given",
    )
    .env(&["REPORT_OUTPUT_DIR"])
    .only_env(),
    Setting::new(
        "public-url",
        Kind::Address,
        "Address under which others reach the destination, where that is not its own",
    )
    .env(&["REPORT_BASE_URL"])
    .of_operator(),
    Setting::new(
        "signed-hours",
        Kind::Count,
        "Links open for so many hours, 168 at most, for whoever has them; 0 = plain addresses, for whoever \
         may read the bucket",
    )
    .env(&["REPORT_SIGNED_HOURS"])
    .of_operator()
    .or(Preset::Count(0)),
    Setting::new("region", Kind::Text, "Region of S3")
        .env(&["AWS_REGION", "AWS_DEFAULT_REGION", "S3_REGION"])
        .of_operator()
        .or(Preset::Text("ap-northeast-2")),
    Setting::new("endpoint", Kind::Address, "Address of a service that speaks like S3")
        .env(&["S3_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"])
        .of_operator()
        .accepting(Accepts::Web),
    Setting::new(
        "path-style",
        Kind::Switch,
        "The bucket stands in the path instead of the host's name [default: where there is an endpoint]",
    )
    .env(&["S3_PATH_STYLE"])
    .of_operator(),
    Setting::new(
        "allow-http",
        Kind::Switch,
        "Reports may travel unencrypted to an endpoint on another machine",
    )
    .env(&["S3_ALLOW_HTTP"])
    .only_env()
    .or(Preset::Switch(false)),
    secret("access-key-id", &["AWS_ACCESS_KEY_ID", "S3_ACCESS_KEY_ID"], "Access key of S3"),
    secret(
        "secret-access-key",
        &["AWS_SECRET_ACCESS_KEY", "S3_SECRET_ACCESS_KEY"],
        "Its secret",
    ),
    secret("session-token", &["AWS_SESSION_TOKEN"], "Token of temporary keys of S3"),
    ambient("web-identity-token-file", &["AWS_WEB_IDENTITY_TOKEN_FILE"], "Token of a role of S3"),
    ambient("role-arn", &["AWS_ROLE_ARN"], "The role"),
    ambient(
        "container-credentials-url",
        &["AWS_CONTAINER_CREDENTIALS_FULL_URI"],
        "Where a container gets keys of S3",
    ),
    ambient(
        "container-credentials-path",
        &["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"],
        "The same as a path",
    ),
    ambient(
        "container-token-file",
        &["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
        "Token it shows there",
    ),
    ambient(
        "google-credentials-file",
        &["GOOGLE_APPLICATION_CREDENTIALS"],
        "Credentials of Google as a file",
    ),
    secret(
        "google-service-account",
        &["GOOGLE_SERVICE_ACCOUNT_KEY"],
        "The JSON of a key of a service account of Google",
    ),
    Setting::new("google-endpoint", Kind::Address, "Address of a service that speaks like Google's")
        .env(&["STORAGE_EMULATOR_HOST"])
        .only_env(),
    ambient(
        "azure-account",
        &["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"],
        "Storage account of Azure",
    ),
    secret(
        "azure-account-key",
        &["AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY"],
        "Key of the account",
    ),
    ambient("azure-tenant-id", &["AZURE_TENANT_ID"], "Directory of an application of Azure"),
    ambient("azure-client-id", &["AZURE_CLIENT_ID"], "The application"),
    secret("azure-client-secret", &["AZURE_CLIENT_SECRET"], "Its secret"),
    ambient("azure-token-file", &["AZURE_FEDERATED_TOKEN_FILE"], "Or its token, as a file"),
    Setting::new("azure-endpoint", Kind::Address, "Address of the account, where it is not Azure's")
        .env(&["AZURE_STORAGE_ENDPOINT"])
        .only_env(),
];

const fn secret(key: &'static str, env: &'static [&'static str], help: &'static str) -> Setting {
    Setting::new(key, Kind::Secret, help).env(env).only_env()
}

/// What clusters and machines set by themselves.
const fn ambient(key: &'static str, env: &'static [&'static str], help: &'static str) -> Setting {
    Setting::new(key, Kind::Text, help).env(env).only_env()
}

/// A destination as it is meant.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    place: Place,
    public_url: Option<String>,
    /// How long links open; `None` = plain addresses.
    pub(crate) signed: Option<Duration>,
}

impl Destination {
    /// The destination of the settings; `None` where they name none.
    ///
    /// # Errors
    /// [`Error::Publish`] for what is no place, [`Error::Contradiction`] for half of a pair of credentials.
    pub(crate) fn read(settings: &Settings) -> Result<Option<Self>, Error> {
        let Some(target) = target(settings)? else { return Ok(None) };
        let place = match target {
            Target::S3 { bucket, prefix } => Place::S3(s3(settings, bucket, prefix)?),
            Target::Gcs { bucket, prefix } => Place::Gcs(gcs(settings, bucket, prefix)),
            Target::Azure { container, prefix } => {
                Place::Azure(azure(settings, container, prefix)?)
            }
            Target::Directory(dir) => Place::Directory(DirectoryPlace { dir }),
        };
        let hours = settings.count("signed-hours")?;
        if hours > MOST_HOURS {
            return Err(settings.refused("signed-hours", "168 hours at most"));
        }
        let signed = (hours > 0).then(|| Duration::from_hours(hours));
        Ok(Some(Self { place, public_url: settings.owned("public-url"), signed }))
    }

    /// A directory under an address.
    pub(crate) fn directory(dir: PathBuf, public_url: Option<String>) -> Self {
        Self { place: Place::Directory(DirectoryPlace { dir }), public_url, signed: None }
    }

    /// Opens it; no request is made yet.
    ///
    /// # Errors
    /// [`Error::Publish`] where it cannot be used as it is set up.
    pub(crate) fn open(&self) -> Result<Publisher, Error> {
        Ok(Publisher::new(&self.place, self.public_url.as_deref(), Patience::default())?)
    }
}

fn target(settings: &Settings) -> Result<Option<Target>, Error> {
    if let Some(to) = settings.text("to") {
        return Ok(Some(Target::parse(to)?));
    }
    if let Some(bucket) = settings.text("bucket") {
        return Ok(Some(Target::parse(&format!("s3://{}", bucket.trim()))?));
    }
    Ok(settings.text("output-dir").map(|dir| Target::Directory(PathBuf::from(dir.trim()))))
}

fn s3(settings: &Settings, bucket: String, prefix: String) -> Result<S3Place, Error> {
    let endpoint = settings.owned("endpoint");
    let path_style = match settings.text("path-style") {
        Some(_) => settings.switch("path-style"),
        None => endpoint.is_some(),
    };
    let secret = |key: &str| settings.text(key).map(|text| Secret::new(text.trim()));
    let keys = (settings.owned("access-key-id"), secret("secret-access-key"));
    let credentials =
        match keys {
            (Some(id), Some(secret_key)) => S3Credentials::Keys {
                id: id.trim().to_owned(),
                secret: secret_key,
                token: secret("session-token"),
            },
            (None, None) => without_keys(settings),
            (Some(_), None) => {
                return Err(settings
                    .contradiction("AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not"));
            }
            (None, Some(_)) => {
                return Err(settings
                    .contradiction("AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not"));
            }
        };
    Ok(S3Place {
        bucket,
        prefix,
        region: settings.owned("region").unwrap_or_default(),
        endpoint,
        path_style,
        allow_http: settings.switch("allow-http"),
        credentials,
    })
}

fn without_keys(settings: &Settings) -> S3Credentials {
    let roles = settings.owned("web-identity-token-file").zip(settings.owned("role-arn"));
    if let Some((token_file, role_arn)) = roles {
        return S3Credentials::WebIdentity { token_file, role_arn };
    }
    let full =
        settings.owned("container-credentials-url").zip(settings.owned("container-token-file"));
    if let Some((uri, token_file)) = full {
        return S3Credentials::Container { uri, token_file: Some(token_file) };
    }
    match settings.owned("container-credentials-path") {
        Some(uri) => S3Credentials::Container { uri, token_file: None },
        None => S3Credentials::Machine,
    }
}

fn gcs(settings: &Settings, bucket: String, prefix: String) -> GcsPlace {
    let credentials = match (
        settings.text("google-service-account"),
        settings.owned("google-credentials-file"),
    ) {
        (Some(key), _) => GcsCredentials::ServiceAccount(Secret::new(key)),
        (None, Some(file)) => GcsCredentials::File(file),
        (None, None) => GcsCredentials::Machine,
    };
    GcsPlace { bucket, prefix, endpoint: settings.owned("google-endpoint"), credentials }
}

fn azure(settings: &Settings, container: String, prefix: String) -> Result<AzurePlace, Error> {
    let Some(account) = settings.owned("azure-account") else {
        return Err(settings.contradiction("az://… needs AZURE_STORAGE_ACCOUNT_NAME"));
    };
    let application = settings.owned("azure-tenant-id").zip(settings.owned("azure-client-id"));
    let key = settings.text("azure-account-key").map(Secret::new);
    let secret = settings.text("azure-client-secret").map(Secret::new);
    let credentials = match (key, application, secret, settings.owned("azure-token-file")) {
        (Some(key), ..) => AzureCredentials::Key(key),
        (None, Some((tenant, id)), Some(secret), _) => {
            AzureCredentials::Client { tenant, id, secret }
        }
        (None, Some((tenant, id)), None, Some(token_file)) => {
            AzureCredentials::Federated { tenant, id, token_file }
        }
        _ => AzureCredentials::Machine,
    };
    let endpoint = settings.owned("azure-endpoint");
    Ok(AzurePlace { account, container, prefix, endpoint, credentials })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(env: &[(&str, &str)]) -> Result<Option<Destination>, Error> {
        let look = |name: &str| {
            env.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned())
        };
        Destination::read(&Settings::look_up("test", &DESTINATION, |_| None, look)?)
    }

    #[test]
    fn the_names_of_the_contract_are_understood() {
        let keys = [("AWS_ACCESS_KEY_ID", "AK"), ("AWS_SECRET_ACCESS_KEY", "hidden")];
        let env = [
            &[("S3_BUCKET", "seedtest-reports"), ("S3_ENDPOINT_URL", "http://127.0.0.1:1")],
            &keys[..],
        ];
        let found = read(&env.concat()).unwrap().unwrap();
        let Place::S3(place) = &found.place else { panic!("{found:?}") };
        assert_eq!((&*place.bucket, &*place.region), ("seedtest-reports", "ap-northeast-2"));
        assert!(place.path_style && matches!(place.credentials, S3Credentials::Keys { .. }));
        assert!(!format!("{found:?}").contains("hidden"));
        assert_eq!(found.signed, None);
    }

    #[test]
    fn a_destination_beats_a_bucket_and_a_bucket_a_directory() {
        let all = [
            ("REPORT_DESTINATION", "gs://abc/x"),
            ("S3_BUCKET", "abc"),
            ("REPORT_OUTPUT_DIR", "out"),
        ];
        assert!(matches!(read(&all).unwrap().unwrap().place, Place::Gcs(_)));
        assert!(matches!(read(&all[1..]).unwrap().unwrap().place, Place::S3(_)));
        assert!(matches!(read(&all[2..]).unwrap().unwrap().place, Place::Directory(_)));
        assert!(read(&[]).unwrap().is_none());
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        let half = [("S3_BUCKET", "abc"), ("AWS_ACCESS_KEY_ID", "AK")];
        assert!(matches!(read(&half), Err(Error::Contradiction { .. })));
        assert!(matches!(
            read(&[("REPORT_DESTINATION", "az://abc")]),
            Err(Error::Contradiction { .. })
        ));
        let long = [("S3_BUCKET", "abc"), ("REPORT_SIGNED_HOURS", "169")];
        assert!(read(&long).is_err());
        assert!(matches!(read(&[("REPORT_DESTINATION", "ftp://abc")]), Err(Error::Publish(_))));
    }
}
