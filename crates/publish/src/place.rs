//! Where to publish to, as it is meant.

use std::path::PathBuf;

use crate::error::Error;
use crate::secret::Secret;

/// Where objects go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A bucket of S3, or of a service that speaks like it.
    S3(S3Place),
    /// A bucket of Google Cloud Storage.
    Gcs(GcsPlace),
    /// A container of Azure Blob Storage.
    Azure(AzurePlace),
    /// A directory of this machine.
    Directory(DirectoryPlace),
}

/// A place by its address alone: what [`Target::parse`] reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `s3://BUCKET[/PREFIX]`
    S3 {
        /// The bucket.
        bucket: String,
        /// What stands before every key; may be empty.
        prefix: String,
    },
    /// `gs://BUCKET[/PREFIX]`
    Gcs {
        /// The bucket.
        bucket: String,
        /// What stands before every key; may be empty.
        prefix: String,
    },
    /// `az://CONTAINER[/PREFIX]`
    Azure {
        /// The container.
        container: String,
        /// What stands before every key; may be empty.
        prefix: String,
    },
    /// `file:///DIR`, or a path.
    Directory(PathBuf),
}

/// A bucket of S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Place {
    /// The bucket.
    pub bucket: String,
    /// What stands before every key; may be empty.
    pub prefix: String,
    /// Region, such as `ap-northeast-2`.
    pub region: String,
    /// Address of a service other than Amazon's.
    pub endpoint: Option<String>,
    /// Whether the bucket stands in the path instead of the name of the host.
    pub path_style: bool,
    /// Whether objects may travel unencrypted to another machine.
    pub allow_http: bool,
    /// Who asks.
    pub credentials: S3Credentials,
}

/// Who asks S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum S3Credentials {
    /// A key with its secret.
    Keys {
        /// The access key.
        id: String,
        /// Its secret.
        secret: Secret,
        /// The token that temporary keys come with.
        token: Option<Secret>,
    },
    /// A role taken on with a token that the cluster writes (IRSA).
    WebIdentity {
        /// File of the token.
        token_file: String,
        /// The role.
        role_arn: String,
    },
    /// What the container's own service of credentials says (ECS, EKS Pod Identity).
    Container {
        /// Its address.
        uri: String,
        /// File of the token it asks for.
        token_file: Option<String>,
    },
    /// What the machine's own service of credentials says (EC2).
    Machine,
}

/// A bucket of Google Cloud Storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GcsPlace {
    /// The bucket.
    pub bucket: String,
    /// What stands before every key; may be empty.
    pub prefix: String,
    /// Address of a service other than Google's.
    pub endpoint: Option<String>,
    /// Who asks.
    pub credentials: GcsCredentials,
}

/// Who asks Google.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GcsCredentials {
    /// A file as `gcloud` and the console write it.
    File(String),
    /// The JSON of a key of a service account.
    ServiceAccount(Secret),
    /// What the machine's own service says (workload identity).
    Machine,
}

/// A container of Azure Blob Storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AzurePlace {
    /// The storage account.
    pub account: String,
    /// The container.
    pub container: String,
    /// What stands before every key; may be empty.
    pub prefix: String,
    /// Address of a service other than Azure's.
    pub endpoint: Option<String>,
    /// Who asks.
    pub credentials: AzureCredentials,
}

/// Who asks Azure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AzureCredentials {
    /// The key of the account.
    Key(Secret),
    /// An application with its secret.
    Client {
        /// The directory it is in.
        tenant: String,
        /// The application.
        id: String,
        /// Its secret.
        secret: Secret,
    },
    /// An application with a token that the cluster writes (workload identity).
    Federated {
        /// The directory it is in.
        tenant: String,
        /// The application.
        id: String,
        /// File of the token.
        token_file: String,
    },
    /// What the machine's own service says (managed identity).
    Machine,
}

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryPlace {
    /// The directory; made where it is missing.
    pub dir: PathBuf,
}

impl Target {
    /// Reads `s3://…`, `gs://…`, `az://…`, `file://…` or a path.
    ///
    /// # Errors
    /// [`Error::BadPlace`] for another scheme, for credentials in the address, and for names that no
    /// service takes.
    pub fn parse(given: &str) -> Result<Self, Error> {
        let text = given.trim();
        let bad = |reason: &str| Error::BadPlace {
            given: seedtest_fault::without_credentials(text, false),
            reason: reason.to_owned(),
        };
        let Some((scheme, rest)) = text.split_once("://") else {
            return match text {
                "" => Err(bad("it is empty")),
                _ => Ok(Self::Directory(PathBuf::from(text))),
            };
        };
        if scheme.eq_ignore_ascii_case("file") {
            return match rest.strip_prefix('/') {
                Some(_) => Ok(Self::Directory(PathBuf::from(rest))),
                None => Err(bad("a file address has three slashes and an absolute path")),
            };
        }
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "s3" | "s3a" | "gs" | "gcs" | "az" | "azure") {
            return Err(bad("the scheme is none of s3, gs, az and file"));
        }
        let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if name.contains('@') {
            return Err(bad("credentials do not belong into the address"));
        }
        check_name(name).map_err(bad)?;
        let prefix = checked_prefix(prefix).map_err(bad)?;
        let name = name.to_owned();
        Ok(match scheme.as_str() {
            "s3" | "s3a" => Self::S3 { bucket: name, prefix },
            "gs" | "gcs" => Self::Gcs { bucket: name, prefix },
            _ => Self::Azure { container: name, prefix },
        })
    }
}

/// What all three services have in common.
fn check_name(name: &str) -> Result<(), &'static str> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    match name {
        "" => Err("the name of the bucket is missing"),
        _ if !(3..=63).contains(&name.len()) => Err("a bucket's name has 3 to 63 letters"),
        _ if !name.chars().all(fits) => {
            Err("a bucket's name has letters, digits, '-' and '.' only")
        }
        _ => Ok(()),
    }
}

/// A prefix without slashes at its ends.
fn checked_prefix(prefix: &str) -> Result<String, &'static str> {
    let prefix = prefix.trim_matches('/');
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./=".contains(letter);
    if !prefix.chars().all(is_plain) {
        return Err("the prefix may hold letters, digits, '-', '_', '.', '=' and '/' only");
    }
    if prefix
        .split('/')
        .any(|part| matches!(part, "." | "..") || part.is_empty() && !prefix.is_empty())
    {
        return Err("a part of the prefix is empty, '.' or '..'");
    }
    Ok(prefix.to_owned())
}

impl Place {
    /// How messages call it: without credentials.
    pub fn shown(&self) -> String {
        let named = |scheme: &str, name: &str, prefix: &str| match prefix {
            "" => format!("{scheme}://{name}"),
            prefix => format!("{scheme}://{name}/{prefix}"),
        };
        match self {
            Self::S3(place) => named("s3", &place.bucket, &place.prefix),
            Self::Gcs(place) => named("gs", &place.bucket, &place.prefix),
            Self::Azure(place) => named("az", &place.container, &place.prefix),
            Self::Directory(place) => place.dir.display().to_string(),
        }
    }

    pub(crate) fn prefix(&self) -> &str {
        match self {
            Self::S3(place) => &place.prefix,
            Self::Gcs(place) => &place.prefix,
            Self::Azure(place) => &place.prefix,
            Self::Directory(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_meant() {
        let s3 = |bucket: &str, prefix: &str| Target::S3 {
            bucket: bucket.into(),
            prefix: prefix.into(),
        };
        for (given, meant) in [
            ("s3://seedtest-reports", s3("seedtest-reports", "")),
            (" s3://seedtest-reports/ ", s3("seedtest-reports", "")),
            ("S3://b.c.d/school-7/x/", s3("b.c.d", "school-7/x")),
            ("gs://abc", Target::Gcs { bucket: "abc".into(), prefix: String::new() }),
            ("az://abc/p", Target::Azure { container: "abc".into(), prefix: "p".into() }),
            ("file:///var/reports", Target::Directory("/var/reports".into())),
            ("out/reports", Target::Directory("out/reports".into())),
        ] {
            assert_eq!(Target::parse(given).unwrap(), meant, "{given}");
        }
    }

    #[test]
    fn what_is_no_place_is_refused_without_showing_a_secret() {
        for given in [
            "",
            "s3://",
            "s3://ab",
            "s3://AK:hidden@bucket/x",
            "ftp://abc",
            "s3://abc/../x",
            "s3://abc//x/y z",
            "file://here",
            "https://user:hidden@host/bucket",
            "s3://buc ket",
        ] {
            let error = Target::parse(given).unwrap_err();
            assert!(matches!(error, Error::BadPlace { .. }), "{given}");
            assert!(!error.to_string().contains("hidden"), "{error}");
            assert!(error.hint().contains("s3://BUCKET"));
        }
    }

    #[test]
    fn another_scheme_is_told_before_the_name_of_its_bucket() {
        for given in ["ftp://x/y", "HTTPS://files.example.org/a"] {
            let told = Target::parse(given).unwrap_err().to_string();
            assert!(told.contains("none of s3, gs, az and file"), "{told}");
        }
    }
}
