//! Database addresses.

use std::path::PathBuf;

use seedtest_fault::{scheme_of, without_credentials};

use crate::error::Error;

/// Where the data lives.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// An embedded database file.
    Sqlite {
        /// Path of the file; it and its folder are created when missing.
        path: PathBuf,
    },
    /// A PostgreSQL database.
    Postgres {
        /// `postgresql://user:password@host:port/name?options`.
        url: String,
        /// The schema that holds the tables of this engine; `None` = where the server makes tables for this
        /// user, usually `public`.
        schema: Option<SchemaName>,
    },
}

/// The name of a schema of PostgreSQL, in lower case, which needs no quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaName(String);

impl SchemaName {
    /// Longest name PostgreSQL keeps whole, in bytes.
    const LONGEST: usize = 63;

    /// # Errors
    /// [`Error::BadSchema`] for what is no name of small letters, digits and underscores, or one of those that
    /// belong to the server.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let mut bytes = name.bytes();
        let fits = name.len() <= Self::LONGEST
            && bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            && !name.starts_with("pg_")
            && name != "information_schema";
        if fits { Ok(Self(name.to_owned())) } else { Err(Error::BadSchema { name: name.into() }) }
    }

    /// The name as it is.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Target {
    /// Reads a database address: `postgres://…`, `postgresql://…`, `postgresql+psycopg2://…` (any
    /// Python driver suffix), `sqlite:PATH` or `sqlite://PATH`, where `sqlite:///PATH` is absolute.
    ///
    /// # Errors
    /// [`Error::UnknownScheme`] for anything else, [`Error::EmptyPath`] when the path is missing,
    /// [`Error::MoreThanPath`] when it has parameters or credentials as an address of a server has.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let url = url.trim();
        let unknown = || Error::UnknownScheme { scheme: scheme_of(url).to_owned() };
        let (scheme, rest) = url.split_once(':').ok_or_else(unknown)?;
        // SQLAlchemy names its driver after a plus sign; the database does not care.
        let engine = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
        match engine.as_str() {
            "postgres" | "postgresql" => {
                Ok(Self::Postgres { url: format!("postgresql:{rest}"), schema: None })
            }
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() {
                    return Err(Error::EmptyPath);
                }
                if is_more_than_path(path) {
                    return Err(Error::MoreThanPath);
                }
                Ok(Self::Sqlite { path: PathBuf::from(path) })
            }
            _ => Err(unknown()),
        }
    }

    /// The same database with the tables of this engine in a schema of their own.
    ///
    /// # Errors
    /// [`Error::BadSchema`] for a name that is none, [`Error::SchemaOfFile`] for the embedded database.
    pub fn in_schema(self, name: &str) -> Result<Self, Error> {
        let schema = Some(SchemaName::parse(name)?);
        match self {
            Self::Postgres { url, .. } => Ok(Self::Postgres { url, schema }),
            Self::Sqlite { .. } => Err(Error::SchemaOfFile),
        }
    }

    /// The address without its password, fit for logs and error messages.
    pub fn redacted(&self) -> String {
        match self {
            Self::Sqlite { path } => format!("sqlite:{}", path.display()),
            Self::Postgres { url, .. } => without_credentials(url, true),
        }
    }
}

/// Whether the address of a file is written like that of a server, with `user:password@` or parameters. Taken
/// for a path, the password would show wherever the file is named.
fn is_more_than_path(path: &str) -> bool {
    let has_credentials =
        |part: &str| part.split_once(':').is_some_and(|(_, password)| password.contains('@'));
    path.contains('?') || path.split('/').any(has_credentials)
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.redacted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_postgres_becomes_one_url() {
        for url in ["postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg2://u@h/d"] {
            let target = Target::parse(url).unwrap();
            let url = "postgresql://u@h/d".into();
            assert_eq!(target, Target::Postgres { url, schema: None });
        }
    }

    #[test]
    fn sqlite_paths_may_be_relative_or_absolute() {
        let path = |url| match Target::parse(url).unwrap() {
            Target::Sqlite { path } => path,
            Target::Postgres { .. } => unreachable!("{url} is an sqlite address"),
        };
        assert_eq!(path("sqlite:data/a.db"), PathBuf::from("data/a.db"));
        assert_eq!(path("sqlite://data/a.db"), PathBuf::from("data/a.db"));
        assert_eq!(path("sqlite:///srv/a.db"), PathBuf::from("/srv/a.db"));
    }

    #[test]
    fn an_unknown_scheme_is_named_and_explained() {
        let error = Target::parse("mysql://u:secret@h/d").unwrap_err();
        assert_eq!(error.to_string(), "unknown database scheme `mysql`");
        assert!(error.hint().unwrap().contains("postgresql://"));
        assert!(Target::parse("just a word").is_err());
        assert!(Target::parse("sqlite:").is_err());
    }

    #[test]
    fn a_file_has_no_password_and_no_parameters() {
        for address in
            ["sqlite:///u:SECRET@x/y.db", "sqlite://u:SECRET@y.db", "sqlite:y.db?password=SECRET"]
        {
            let error = Target::parse(address).unwrap_err();
            assert!(matches!(error, Error::MoreThanPath), "{address}");
            assert!(!format!("{error} {:?}", error.hint()).contains("SECRET"), "{address}");
        }
        for address in ["sqlite:///srv/a@b/x.db", "sqlite:///srv/a:b/x.db", "sqlite:a b/x.db"] {
            assert!(Target::parse(address).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_schema_is_a_plain_name_of_a_server() {
        let server = || Target::parse("postgresql://u@h/d").unwrap();
        assert!(server().in_schema("analytics_2").is_ok());
        let long = "a".repeat(64);
        let bad = [
            "",
            "Analytics",
            "a b",
            "a;b",
            "a\"b",
            "1a",
            "a.b",
            "pg_x",
            "information_schema",
            &long,
        ];
        for name in bad {
            assert!(matches!(server().in_schema(name), Err(Error::BadSchema { .. })), "{name}");
        }
        let file = Target::parse("sqlite:a.db").unwrap();
        assert!(matches!(file.in_schema("a"), Err(Error::SchemaOfFile)));
    }

    #[test]
    fn a_password_never_shows() {
        let target = Target::parse("postgresql://ann:p@ss@db:5432/school?sslmode=require").unwrap();
        assert_eq!(target.redacted(), "postgresql://ann@db:5432/school");
        assert!(!format!("{target:?}").contains("p@ss"));
    }
}
