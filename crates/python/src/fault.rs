//! What went wrong, as an exception of Python.

use pyo3::prelude::*;
use seedtest_families::irt::NotLinked;
use seedtest_fault::FaultKind;

/// How notes on columns that hold no single values end.
const LEFT_OUT: &str = " and is left out";

/// What went wrong: message, hint and kind of an error of any crate.
#[derive(Debug)]
pub(crate) struct Fault {
    message: String,
    hint: Option<String>,
    kind: FaultKind,
}

impl Fault {
    pub(crate) fn new(kind: FaultKind, message: impl Into<String>, hint: &str) -> Self {
        Self { message: message.into(), hint: Some(hint.to_owned()), kind }
    }

    /// The same, with what became of columns that may be missed.
    pub(crate) fn beside(self, notes: &[String]) -> Self {
        let of_columns: Vec<&str> =
            notes.iter().map(String::as_str).filter(|note| note.ends_with(LEFT_OUT)).collect();
        if of_columns.is_empty() {
            return self;
        }
        Self { message: format!("{} ({})", self.message, of_columns.join("; ")), ..self }
    }

    /// The exception: `seedtest.errors` says which class is that of the kind.
    pub(crate) fn raised(self, py: Python<'_>) -> PyErr {
        let make = || {
            let module = py.import("seedtest.errors")?;
            let arguments = (&self.message, &self.hint, kind_name(self.kind));
            module.getattr("exception_of")?.call1(arguments)
        };
        make().map_or_else(|error| error, PyErr::from_value)
    }
}

fn kind_name(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Malformed => "malformed",
        FaultKind::Setting | FaultKind::SetUp => "setting",
        FaultKind::NoObservations => "no_observations",
        FaultKind::Data => "data",
        FaultKind::TooLarge => "too_large",
        FaultKind::NoModel | FaultKind::NotFound => "no_model",
        FaultKind::Deadline | FaultKind::Cancelled => "deadline",
        FaultKind::Conflict
        | FaultKind::Upstream
        | FaultKind::Storage
        | FaultKind::Away
        | FaultKind::Files
        | FaultKind::Internal => "internal",
    }
}

impl From<seedtest_families::Error> for Fault {
    fn from(error: seedtest_families::Error) -> Self {
        Self { message: error.to_string(), hint: error.hint(), kind: error.kind() }
    }
}

impl From<seedtest_formula::Error> for Fault {
    fn from(error: seedtest_formula::Error) -> Self {
        seedtest_families::Error::from(error).into()
    }
}

impl From<seedtest_ingest::Error> for Fault {
    fn from(error: seedtest_ingest::Error) -> Self {
        Self { message: error.to_string(), hint: Some(error.hint()), kind: error.kind() }
    }
}

impl From<NotLinked> for Fault {
    fn from(error: NotLinked) -> Self {
        Self { message: error.message, hint: Some(error.hint), kind: FaultKind::Data }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        seedtest_families::Error::from(error).into()
    }
}
