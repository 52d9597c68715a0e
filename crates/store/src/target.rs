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
    },
}

impl Target {
    /// Reads a database address: `postgres://…`, `postgresql://…`, `postgresql+psycopg2://…` (any
    /// Python driver suffix), `sqlite:PATH` or `sqlite://PATH`, where `sqlite:///PATH` is absolute.
    ///
    /// # Errors
    /// [`Error::UnknownScheme`] for anything else, [`Error::EmptyPath`] when the path is missing.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let url = url.trim();
        let unknown = || Error::UnknownScheme { scheme: scheme_of(url).to_owned() };
        let (scheme, rest) = url.split_once(':').ok_or_else(unknown)?;
        // SQLAlchemy names its driver after a plus sign; the database does not care.
        let engine = scheme.split('+').next().unwrap_or(scheme).to_ascii_lowercase();
        match engine.as_str() {
            "postgres" | "postgresql" => Ok(Self::Postgres { url: format!("postgresql:{rest}") }),
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                if path.is_empty() {
                    return Err(Error::EmptyPath);
                }
                Ok(Self::Sqlite { path: PathBuf::from(path) })
            }
            _ => Err(unknown()),
        }
    }

    /// The address without its password, fit for logs and error messages.
    pub fn redacted(&self) -> String {
        match self {
            Self::Sqlite { path } => format!("sqlite:{}", path.display()),
            Self::Postgres { url } => without_credentials(url, true),
        }
    }
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
            assert_eq!(target, Target::Postgres { url: "postgresql://u@h/d".into() });
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
    fn a_password_never_shows() {
        let target = Target::parse("postgresql://ann:p@ss@db:5432/school?sslmode=require").unwrap();
        assert_eq!(target.redacted(), "postgresql://ann@db:5432/school");
        assert!(!format!("{target:?}").contains("p@ss"));
    }
}
