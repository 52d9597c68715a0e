//! Environment variables that the binary reads beside the settings of jobs and of questions about
//! students, each declared once.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use seedtest_responses::{is_true, truth};
use tracing_subscriber::filter::Targets;

use crate::settings::{in_file, variable_address};

/// What the text of a variable has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Anything.
    Text,
    /// An instant.
    Instant,
    /// Yes or no; what is neither says no, but in the configuration file.
    Switch,
    /// Ports.
    Ports,
    /// An address of the web.
    Web,
    /// What is logged.
    Levels,
    /// One of these.
    Word(&'static [&'static str]),
}

impl Reads {
    /// What would be accepted in the place of a text; `None` where it is accepted itself.
    pub(crate) fn instead_of(self, text: &str, of_file: bool) -> Option<String> {
        let text = text.trim();
        let is_port = |text: &str| text.trim().parse::<u16>().is_ok();
        let is_web = || {
            let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(' '))
        };
        let (fits, expected) = match self {
            Self::Text => (true, ""),
            Self::Instant => {
                (text.parse::<DateTime<Utc>>().is_ok(), "an instant as 2025-06-30T03:00:00Z")
            }
            Self::Switch => (!of_file || truth(text).is_some(), "true or false"),
            Self::Ports => {
                (text.split(',').all(is_port), "a port from 0 to 65535, or several with commas")
            }
            Self::Web => (is_web(), "an address as https://host/path"),
            Self::Levels => {
                (text.parse::<Targets>().is_ok(), "a level as info, or TARGET=LEVEL with commas")
            }
            Self::Word(words) => {
                return (!words.contains(&text)).then(|| format!("one of {}", words.join(", ")));
            }
        };
        (!fits).then(|| expected.to_owned())
    }
}

/// A variable under all its names.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Names; the first that is set and not blank counts.
    pub names: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
    /// What holds where it is not set; empty = nothing.
    pub default: &'static str,
    /// The command that reads it; empty = every one.
    pub command: &'static str,
    /// What it has to be.
    pub reads: Reads,
    /// Whether its value is never shown; it may then be in a file that `NAME_FILE` names.
    pub secret: bool,
}

const fn variable(names: &'static [&'static str], help: &'static str) -> Variable {
    Variable { names, help, default: "", command: "", reads: Reads::Text, secret: false }
}

const fn of_service(names: &'static [&'static str], help: &'static str) -> Variable {
    Variable { command: "serve", ..variable(names, help) }
}

pub(crate) const NOW: Variable = Variable {
    reads: Reads::Instant,
    ..variable(
        &["SEEDTEST_NOW"],
        "An instant that counts as now, as 2025-06-30T03:00:00Z, for replays; the clock where it is not set",
    )
};
pub(crate) const PSEUDONYM_KEY: Variable = Variable {
    secret: true,
    command: "import, dataset, student",
    ..variable(&[seedtest_pipeline::PSEUDONYM_KEY], "Key of pseudonyms, 32 bytes or more")
};
pub(crate) const DEBUG: Variable = Variable {
    command: "job, pipeline",
    reads: Reads::Switch,
    ..variable(&["DEBUG"], "`true`: jobs log details")
};
pub(crate) const RUST_LOG: Variable = Variable {
    default: "info",
    reads: Reads::Levels,
    ..of_service(&["RUST_LOG"], "What is logged, as LEVEL or TARGET=LEVEL,…")
};
pub(crate) const PORT: Variable = Variable {
    reads: Reads::Ports,
    ..of_service(
        &["PORT"],
        "Ports to listen on at every address, with commas between, where there is no `--bind`",
    )
};
pub(crate) const TOKENS: Variable = Variable {
    secret: true,
    ..of_service(
        &[
            "R_IRT_INTERNAL_TOKEN",
            "R_GLMM_INTERNAL_TOKEN",
            "R_PLUMBER_INTERNAL_TOKEN",
            "INTERNAL_TOKEN",
            "R_BRMS_INTERNAL_TOKEN",
            "R_FORECAST_INTERNAL_TOKEN",
            "R_CLUSTER_INTERNAL_TOKEN",
            "R_ANALYTICS_INTERNAL_TOKEN",
            "R_ANALYTICS_TOKEN",
        ],
        "Tokens of internal callers; each that is set opens every route of models, runs and events",
    )
};
pub(crate) const JWT_PUBLIC_KEY: Variable = Variable {
    secret: true,
    ..of_service(&["JWT_PUBLIC_KEY"], "Public key of the platform's signed tokens, as PEM")
};
pub(crate) const JWT_JWKS_URL: Variable = Variable {
    reads: Reads::Web,
    ..of_service(&["JWT_JWKS_URL", "JWKS_URL"], "Where the platform publishes its public keys")
};
pub(crate) const JWT_ISS: Variable =
    of_service(&["JWT_ISS"], "Issuer that signed tokens must name");
pub(crate) const JWT_AUD: Variable =
    of_service(&["JWT_AUD"], "Audience that signed tokens must name");
pub(crate) const OIDC_ISSUER: Variable = Variable {
    reads: Reads::Web,
    ..of_service(
        &["OIDC_ISSUER"],
        "OpenID provider where people sign in to the pages, as https://login.school.example",
    )
};
pub(crate) const OIDC_CLIENT_ID: Variable =
    of_service(&["OIDC_CLIENT_ID"], "Name under which the provider knows this service");
pub(crate) const OIDC_CLIENT_SECRET: Variable = Variable {
    secret: true,
    ..of_service(
        &["OIDC_CLIENT_SECRET"],
        "Secret of this service at the provider; a public client has none",
    )
};
pub(crate) const OIDC_NAME: Variable = Variable {
    default: "OpenID",
    ..of_service(&["OIDC_NAME"], "What the provider is called on the page where one signs in")
};
pub(crate) const LOCAL_DEV: Variable = Variable {
    reads: Reads::Switch,
    ..of_service(
        &["LOCAL_DEV"],
        "`true`: who calls a platform route without a token is a fixed person; for development only",
    )
};
pub(crate) const LOCAL_DEV_ROLE: Variable = Variable {
    default: seedtest_server::LOCAL_ROLE,
    reads: Reads::Word(&["student", "teacher", "org_admin", "admin"]),
    ..of_service(
        &["LOCAL_DEV_ROLE"],
        "Role of that person: `student`, `teacher`, `org_admin` or `admin`",
    )
};
pub(crate) const REPORTED_VERSION: Variable = Variable {
    default: env!("CARGO_PKG_VERSION"),
    ..of_service(
        &["R_IRT_VERSION", "R_PLUMBER_VERSION"],
        "Version that health reports, where somebody waits for that of an older service",
    )
};
pub(crate) const API_PREFIX: Variable = Variable {
    default: seedtest_server::API_PREFIX,
    ..of_service(&["API_PREFIX"], "What the platform routes stand under")
};
pub(crate) const REPORT_OUTPUT_DIR: Variable = Variable {
    default: "DATA_DIR/reports",
    ..of_service(&["REPORT_OUTPUT_DIR"], "Directory of published reports")
};
pub(crate) const REPORT_CUSTOMISE: Variable = of_service(
    &["REPORT_CUSTOMISE"],
    "TOML file with name, logo, colours, sections, texts and templates of the school",
);
pub(crate) const REPORT_BASE_URL: Variable = of_service(
    &["REPORT_BASE_URL"],
    "Address under which that directory can be reached; `file:` addresses where it is not set",
);

pub(crate) const ENABLE_ANALYSIS: Variable = Variable {
    default: "true",
    reads: Reads::Switch,
    ..of_service(&[seedtest_server::ENABLE_ANALYSIS], "`false`: the analysis of exams answers 501")
};

pub(crate) const CONTEST_CONTACT: Variable = of_service(
    &[seedtest_server::CONTEST_CONTACT],
    "Whom students turn to about their scores, as `/explain` says it",
);

/// Every one of them.
pub const VARIABLES: &[Variable] = &[
    NOW,
    PSEUDONYM_KEY,
    DEBUG,
    RUST_LOG,
    PORT,
    TOKENS,
    JWT_PUBLIC_KEY,
    JWT_JWKS_URL,
    JWT_ISS,
    JWT_AUD,
    OIDC_ISSUER,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    OIDC_NAME,
    LOCAL_DEV,
    LOCAL_DEV_ROLE,
    REPORTED_VERSION,
    API_PREFIX,
    REPORT_OUTPUT_DIR,
    REPORT_BASE_URL,
    REPORT_CUSTOMISE,
    ENABLE_ANALYSIS,
    CONTEST_CONTACT,
];

/// The value of a variable or an address without blanks around it.
fn variable_of(name: &str) -> Option<String> {
    crate::settings::variable(name).map(|text| text.trim().to_owned())
}

impl Variable {
    /// Its value without blanks around it; blank counts as not set.
    pub(crate) fn text(&self) -> Option<String> {
        self.each().next().map(|(_, text)| text)
    }

    /// Its value as a path.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        self.text().map(PathBuf::from)
    }

    /// Whether it says `true`.
    pub(crate) fn is_true(&self) -> bool {
        self.text().is_some_and(|text| is_true(&text))
    }

    /// Every one of its names that is set, with the value: those of the environment, then those of the
    /// configuration file.
    pub(crate) fn each(&self) -> impl Iterator<Item = (&'static str, String)> {
        let set = |name: &&'static str| Some((*name, variable_of(name)?));
        let only_in_file = |name: &&'static str| {
            let not_set = variable_of(name).is_none();
            let text = not_set.then(|| in_file(&variable_address(name, self.command)))??;
            Some((*name, text.trim().to_owned()))
        };
        self.names.iter().filter_map(set).chain(self.names.iter().filter_map(only_in_file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_what_its_variable_accepts() {
        for variable in VARIABLES.iter().filter(|variable| !variable.default.is_empty()) {
            assert_eq!(variable.reads.instead_of(variable.default, true), None, "{variable:?}");
        }
    }

    #[test]
    fn what_a_variable_refuses() {
        for (reads, bad) in [
            (Reads::Instant, "yesterday"),
            (Reads::Ports, "80,x"),
            (Reads::Ports, "70000"),
            (Reads::Web, "keys.example.org"),
            (Reads::Levels, "seedtest=loud"),
            (Reads::Word(&["student"]), "king"),
        ] {
            assert!(reads.instead_of(bad, false).is_some(), "{reads:?} {bad}");
        }
        assert_eq!(Reads::Ports.instead_of("8000, 8080", false), None);
        assert_eq!(Reads::Switch.instead_of("maybe", false), None);
        assert!(Reads::Switch.instead_of("maybe", true).is_some());
    }
}
