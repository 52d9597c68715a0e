//! What a call gives back to Python.

use pyo3::prelude::*;
use seedtest_fault::escaped_in_json;
use seedtest_numerics::Verdict;
use serde::Serialize;

use crate::fault::Fault;

/// The JSON of the command line with what has to be said at once.
#[pyclass(frozen, get_all, module = "seedtest._native")]
#[derive(Debug)]
pub(crate) struct Answer {
    /// What the command writes with `--json`, byte for byte.
    json: String,
    /// Whether there is a fit.
    is_fit: bool,
    /// What is wrong with it, and what to do; `None` where nothing is.
    problem: Option<String>,
    /// What became of rows that could not be read as they are.
    notes: Vec<String>,
}

#[pymethods]
impl Answer {
    /// The answer that another process has sent.
    #[new]
    fn new(json: String, is_fit: bool, problem: Option<String>, notes: Vec<String>) -> Self {
        Self { json, is_fit, problem, notes }
    }

    /// What [`Answer::new`] makes the same answer of, so that it can be sent to another process.
    fn __getnewargs__(&self) -> (&str, bool, Option<&str>, Vec<&str>) {
        let notes = self.notes.iter().map(String::as_str).collect();
        (&self.json, self.is_fit, self.problem.as_deref(), notes)
    }
}

impl Answer {
    /// A fit.
    pub(crate) fn of_fit(
        response: &impl Serialize,
        verdict: &Verdict,
        notes: Vec<String>,
    ) -> Result<Self, Fault> {
        Ok(Self { json: json_of(response)?, is_fit: true, problem: verdict.problem(), notes })
    }

    /// No fit, and why not.
    pub(crate) fn of_nothing(
        noop: &impl Serialize,
        reason: &str,
        notes: Vec<String>,
    ) -> Result<Self, Fault> {
        Ok(Self { json: json_of(noop)?, is_fit: false, problem: Some(reason.to_owned()), notes })
    }

    /// Something that does not converge or fail to.
    pub(crate) fn of(response: &impl Serialize, notes: Vec<String>) -> Result<Self, Fault> {
        Ok(Self { json: json_of(response)?, is_fit: true, problem: None, notes })
    }
}

/// As the command line writes it.
fn json_of(value: &impl Serialize) -> Result<String, Fault> {
    let json = serde_json::to_string_pretty(value)?;
    let mut text = escaped_in_json(&json).into_owned();
    text.push('\n');
    Ok(text)
}
