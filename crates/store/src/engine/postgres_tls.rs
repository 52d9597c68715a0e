//! Encryption of connections to PostgreSQL, by `sslmode` and `sslrootcert` as libpq understands them
//! (PostgreSQL documentation, 32.19 "SSL Support").

use std::path::{Path, PathBuf};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Names of the two parameters in an address.
const MODE: [&str; 2] = ["sslmode", "ssl-mode"];
const ROOT: [&str; 3] = ["sslrootcert", "ssl-root-cert", "ssl-ca"];
/// The word for the authorities that everybody trusts.
const SYSTEM: &str = "system";

/// What an address and the environment say of encryption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Encryption {
    mode: Option<String>,
    root: Option<String>,
}

impl Encryption {
    /// Takes what is said of encryption out of an address. The environment is asked for what is not said there.
    pub(super) fn of(url: &str, env: impl Fn(&str) -> Option<String>) -> (String, Self) {
        let (before, query) = url.split_once('?').unwrap_or((url, ""));
        let pairs = || query.split('&').filter(|pair| !pair.is_empty());
        let value = |names: &[&str]| {
            let found = pairs().filter_map(|pair| pair.split_once('='));
            let last = found.rev().find(|(name, _)| names.contains(name));
            last.map(|(_, value)| value.replace("%2F", "/").replace("%2f", "/"))
        };
        let named = |pair: &str, names: &[&str]| {
            names.contains(&pair.split('=').next().unwrap_or_default())
        };
        let rest: Vec<&str> = pairs().filter(|p| !named(p, &MODE) && !named(p, &ROOT)).collect();
        let plain =
            if rest.is_empty() { before.into() } else { format!("{before}?{}", rest.join("&")) };
        let set = |name: &str| env(name).filter(|value| !value.is_empty());
        let mode = value(&MODE).or_else(|| set("PGSSLMODE"));
        let root = value(&ROOT).or_else(|| set("PGSSLROOTCERT"));
        (plain, Self { mode, root })
    }

    /// Puts it into the options of a connection; `usual_root` is where the user's own authorities are kept.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn apply(
        &self,
        options: PgConnectOptions,
        usual_root: Option<&Path>,
    ) -> Result<PgConnectOptions, String> {
        let given = self.mode.as_deref().map(mode_of).transpose()?;
        if self.root.as_deref() == Some(SYSTEM) {
            return match given {
                None | Some(PgSslMode::VerifyFull) => Ok(options.ssl_mode(PgSslMode::VerifyFull)),
                Some(_) => Err("sslrootcert=system goes with sslmode=verify-full only".into()),
            };
        }
        let mode = given.unwrap_or(PgSslMode::Prefer);
        let usual = usual_root.filter(|path| path.is_file()).map(Path::to_owned);
        let root: Option<PathBuf> = self.root.as_ref().map(PathBuf::from).or(usual);
        match (mode, root) {
            (PgSslMode::Require | PgSslMode::VerifyCa, Some(root)) => {
                Ok(options.ssl_mode(PgSslMode::VerifyCa).ssl_root_cert(root))
            }
            (PgSslMode::VerifyFull, Some(root)) => {
                Ok(options.ssl_mode(PgSslMode::VerifyFull).ssl_root_cert(root))
            }
            (PgSslMode::VerifyCa | PgSslMode::VerifyFull, None) => Err(format!(
                "sslmode={} needs a root certificate: name it with sslrootcert, put it to \
                 ~/.postgresql/root.crt, or say sslrootcert=system",
                self.mode.as_deref().unwrap_or_default()
            )),
            (mode, _) => Ok(options.ssl_mode(mode)),
        }
    }
}

fn mode_of(word: &str) -> Result<PgSslMode, String> {
    Ok(match word {
        "disable" => PgSslMode::Disable,
        "allow" => PgSslMode::Allow,
        "prefer" => PgSslMode::Prefer,
        "require" => PgSslMode::Require,
        "verify-ca" => PgSslMode::VerifyCa,
        "verify-full" => PgSslMode::VerifyFull,
        _ => {
            let shown: String = word.chars().take(40).collect();
            return Err(format!(
                "sslmode is {shown:?}, not disable, allow, prefer, require, verify-ca or verify-full"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "postgresql://ann:p@db:5432/school";

    fn mode(query: &str, usual: Option<&Path>) -> Result<String, String> {
        let (plain, encryption) = Encryption::of(&format!("{HOST}{query}"), |_| None);
        assert!(plain.starts_with(HOST) && !plain.contains("ssl"), "{plain}");
        let options = encryption.apply(PgConnectOptions::new_without_pgpass(), usual)?;
        Ok(format!("{:?}", options.get_ssl_mode()))
    }

    #[test]
    fn words_mean_what_they_mean_to_libpq() {
        for (query, found) in [
            ("", "Prefer"),
            ("?sslmode=disable", "Disable"),
            ("?sslmode=allow&application_name=x", "Allow"),
            ("?sslmode=require", "Require"),
            ("?sslmode=require&sslrootcert=/etc/ca.pem", "VerifyCa"),
            ("?sslmode=verify-ca&sslrootcert=/etc/ca.pem", "VerifyCa"),
            ("?sslrootcert=%2Fetc%2Fca.pem&sslmode=verify-full", "VerifyFull"),
            ("?sslrootcert=system", "VerifyFull"),
        ] {
            assert_eq!(mode(query, None).unwrap(), found, "{query}");
        }
        for query in [
            "?sslmode=verify-full",
            "?sslmode=verify-ca",
            "?sslmode=maybe",
            "?sslmode=require&sslrootcert=system",
        ] {
            assert!(mode(query, None).is_err(), "{query}");
        }
    }

    #[test]
    fn the_authorities_of_the_user_count_where_none_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root.crt");
        assert_eq!(mode("?sslmode=require", Some(&root)).unwrap(), "Require");
        std::fs::write(&root, "").unwrap();
        assert_eq!(mode("?sslmode=require", Some(&root)).unwrap(), "VerifyCa");
        assert_eq!(mode("?sslmode=verify-full", Some(&root)).unwrap(), "VerifyFull");
        assert_eq!(mode("", Some(&root)).unwrap(), "Prefer");
    }

    #[test]
    fn the_environment_counts_where_the_address_says_nothing() {
        let env = |name: &str| (name == "PGSSLMODE").then(|| "require".to_string());
        let said = |query: &str| Encryption::of(&format!("{HOST}{query}"), env).1.mode;
        assert_eq!(said(""), Some("require".into()));
        assert_eq!(said("?sslmode=disable"), Some("disable".into()));
    }
}
