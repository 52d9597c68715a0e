//! A scenario as its file says it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::stock::Stock;

/// Requests that belong together, and what they must be answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// What it shows, with the place in the contract.
    #[serde(rename = "about")]
    pub(crate) _about: String,
    /// Environment of the service.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, String>,
    /// What the database holds before the first request.
    #[serde(default)]
    pub(crate) stored: Stock,
    pub(crate) steps: Vec<Step>,
}

/// One request and its answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) request: Asked,
    pub(crate) response: Expected,
    /// Names for values of the answer, by JSON pointer; later steps write `${name}`.
    #[serde(default)]
    pub(crate) keep: BTreeMap<String, String>,
    /// Asks again until the answer is the expected one, for at most this many seconds.
    #[serde(default)]
    pub(crate) within_seconds: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// Default: POST with a body, GET without.
    pub(crate) method: Option<String>,
    pub(crate) path: String,
    #[serde(default, rename = "as")]
    pub(crate) caller: Caller,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// JSON; see [`super::rows`] for what is made up.
    pub(crate) body: Option<Value>,
    /// A body that is sent as it stands.
    pub(crate) text: Option<String>,
}

/// Whose credentials a request carries.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Caller {
    /// The token of the service.
    #[default]
    Service,
    /// None, but for what the headers say.
    Nobody,
    /// A signed token of a person.
    User {
        sub: String,
        scope: String,
        /// `admin`, `teacher`; none = a student.
        role: Option<String>,
    },
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) status: u16,
    /// Patterns by name.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Value>,
    /// A pattern of the JSON body.
    pub(crate) body: Option<Value>,
    /// The body where it is no JSON.
    pub(crate) text: Option<String>,
}

/// The folder of the scenario files.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// Every scenario below the folder, with its path there.
pub(crate) fn all() -> Vec<(String, Scenario)> {
    let mut found = Vec::new();
    collect(&folder(), &mut found);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, Scenario)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.strip_prefix(self::folder()).unwrap().display().to_string();
            let text = std::fs::read_to_string(&path).unwrap();
            let scenario = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
            found.push((name, scenario));
        }
    }
}
