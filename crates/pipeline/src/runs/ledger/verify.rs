//! A stored fit repeated, and compared with what it left.

use seedtest_families::find_family;
use seedtest_store::{Run, RunKind, Store};
use serde_json::Value;

use super::{PROGRAM_VERSION, spec};
use crate::clock::Clock;
use crate::error::Error;
use crate::jobs;
use crate::registry::{JobLog, LogFormat, Refit, Work};

/// What a repetition of a stored run found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// The same input gave the same bytes.
    Identical {
        /// Digest of the result.
        digest: String,
    },
    /// The same input gave another result: another program version, or a defect.
    Differs {
        /// Digest of the result then.
        stored: String,
        /// Digest of the result now.
        now: String,
        /// The version that made the stored result.
        program_version: String,
    },
    /// The answers, the anchors or the settings are no longer those of the run.
    InputChanged {
        /// Digest of the input then.
        stored: String,
        /// Digest of the input now.
        now: String,
    },
    /// Another version made the run, and its digest of the input is none of this version: the input may
    /// or may not be the same.
    OtherDigests {
        /// The version that made the stored result.
        program_version: String,
    },
    /// The run cannot be repeated.
    NotRepeatable {
        /// Why.
        reason: String,
    },
}

/// Repeats a stored fit from its specification and compares the results byte by byte, by their
/// digests. Nothing is written.
///
/// # Errors
/// [`Error::UnknownRun`] when no run has that id; whatever the fit itself fails with.
pub async fn verify_run(store: &Store, run_id: &str) -> Result<Verification, Error> {
    let Some(run) = store.run(run_id).await? else {
        return Err(Error::UnknownRun { run_id: run_id.to_string() });
    };
    let (input, result) = match digests(&run) {
        Ok(digests) => digests,
        Err(reason) => return Ok(Verification::NotRepeatable { reason }),
    };
    let again = repeat(store, &run).await?;
    Ok(match again {
        Err(reason) => Verification::NotRepeatable { reason },
        Ok(again)
            if again.input_digest != input && run.start.program_version != PROGRAM_VERSION =>
        {
            Verification::OtherDigests { program_version: run.start.program_version }
        }
        Ok(again) if again.input_digest != input => {
            Verification::InputChanged { stored: input, now: again.input_digest }
        }
        Ok(again) if again.result_digest != result => Verification::Differs {
            stored: result,
            now: again.result_digest,
            program_version: run.start.program_version,
        },
        Ok(_) => Verification::Identical { digest: result },
    })
}

/// Digests of input and result, or why there are none.
fn digests(run: &Run) -> Result<(String, String), String> {
    let Some(end) = &run.end else {
        return Err(format!("it did not end (status {})", run.status.name()));
    };
    // A limit of time or a caller stopped it; a fit of too few iterations or draws ends the same again.
    let stopped = |verdict: &Value| {
        verdict["status"] == "truncated"
            && verdict["reason"].as_str().is_none_or(|reason| reason.starts_with("stopped"))
    };
    if end.verdict.as_ref().is_some_and(stopped) {
        return Err("it was cut short, which another run cannot repeat".to_string());
    }
    match (&end.input_digest, &end.result_digest) {
        (Some(input), Some(result)) => Ok((input.clone(), result.clone())),
        _ if run.status.name() == "done" => Err("it is no fit of a model".to_string()),
        _ => Err(format!("it left no result (status {})", run.status.name())),
    }
}

async fn repeat(store: &Store, run: &Run) -> Result<Refit, Error> {
    if run.start.kind == RunKind::Fit {
        let Some(request) = &run.request else {
            return Ok(Err("the request was too large to be kept".to_string()));
        };
        let Some(family) = find_family(&run.start.name) else {
            return Ok(Err(format!("this version does not repeat fits of {}", run.start.name)));
        };
        return Ok(tokio::task::block_in_place(|| family.repeat(request)));
    }
    let Some(entry) = jobs::find(&run.start.name) else {
        return Ok(Err(format!("this version has no job {}", run.start.name)));
    };
    let stored = spec::read(entry, &run.start.spec)?;
    if stored.remote {
        return Ok(Err("it was computed at another address".to_string()));
    }
    let Some(refit) = entry.refit else {
        return Ok(Err("the job fits no model".to_string()));
    };
    let clock = Clock::fixed(stored.as_of);
    let mut silent = std::io::sink();
    let mut log = JobLog::new(&mut silent, LogFormat::Text, clock, false);
    let settings = &stored.settings;
    let store = &store.clone().in_time_zone(stored.time_zone.clone());
    refit(Work { store, clock, settings, log: &mut log, shared: None, in_round: false }).await
}

/// One line on a repetition, for people.
impl std::fmt::Display for Verification {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Identical { digest } => write!(f, "identical: {digest}"),
            Self::Differs { stored, now, program_version } => write!(
                f,
                "differs: the same input gave {now} now and {stored} then (version {program_version})"
            ),
            Self::InputChanged { stored, now } => write!(
                f,
                "cannot be compared: answers, anchors or settings changed since (input {stored} \
                 then, {now} now)"
            ),
            Self::OtherDigests { program_version } => write!(
                f,
                "cannot be compared: version {program_version} made it, and digests of inputs have \
                 another form in version {PROGRAM_VERSION}; fit it again to compare from now on"
            ),
            Self::NotRepeatable { reason } => write!(f, "cannot be repeated: {reason}"),
        }
    }
}
