//! Environment variables that the binary reads beside the settings of jobs and of questions about
//! students, each declared once.

use std::path::PathBuf;

use seedtest_responses::is_true;

use crate::settings::{in_file, variable_address};

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
    /// Whether its value is never shown; it may then be in a file that `NAME_FILE` names.
    pub secret: bool,
}

const fn variable(names: &'static [&'static str], help: &'static str) -> Variable {
    Variable { names, help, default: "", command: "", secret: false }
}

const fn of_service(names: &'static [&'static str], help: &'static str) -> Variable {
    Variable { command: "serve", ..variable(names, help) }
}

pub(crate) const NOW: Variable = variable(
    &["SEEDTEST_NOW"],
    "An instant that counts as now, as 2025-06-30T03:00:00Z, for replays; the clock where it is not set",
);
pub(crate) const PSEUDONYM_KEY: Variable = Variable {
    secret: true,
    command: "import, dataset, student",
    ..variable(&[seedtest_pipeline::PSEUDONYM_KEY], "Key of pseudonyms, 32 bytes or more")
};
pub(crate) const DEBUG: Variable =
    Variable { command: "job, pipeline", ..variable(&["DEBUG"], "`true`: jobs log details") };
pub(crate) const RUST_LOG: Variable = Variable {
    default: "info",
    ..of_service(&["RUST_LOG"], "What is logged, as LEVEL or TARGET=LEVEL,…")
};
pub(crate) const PORT: Variable = of_service(
    &["PORT"],
    "Ports to listen on at every address, with commas between, where there is no `--bind`",
);
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
pub(crate) const JWT_JWKS_URL: Variable =
    of_service(&["JWT_JWKS_URL", "JWKS_URL"], "Where the platform publishes its public keys");
pub(crate) const JWT_ISS: Variable =
    of_service(&["JWT_ISS"], "Issuer that signed tokens must name");
pub(crate) const JWT_AUD: Variable =
    of_service(&["JWT_AUD"], "Audience that signed tokens must name");
pub(crate) const LOCAL_DEV: Variable = of_service(
    &["LOCAL_DEV"],
    "`true`: who calls a platform route without a token is a fixed person; for development only",
);
pub(crate) const LOCAL_DEV_ROLE: Variable = Variable {
    default: seedtest_server::LOCAL_ROLE,
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
