//! The settings of one job run: looked up once, checked against their kinds, read by type.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use seedtest_fault::{escaped, without_credentials};
use seedtest_responses::is_true;

use super::entry::JobEntry;
use super::setting::{Kind, Setting};
use crate::error::Error;

/// Longest span of days anybody may ask for: a hundred years.
const MOST_DAYS: u64 = 36_500;

/// The settings of one job run, checked against their kinds. A job reads them once, into a struct
/// of its own.
#[derive(Debug, Clone)]
pub struct Settings {
    job: &'static str,
    values: BTreeMap<&'static str, Resolved>,
}

#[derive(Debug, Clone)]
struct Resolved {
    text: Option<String>,
    origin: Origin,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A command-line flag.
    Flag,
    /// An environment variable.
    Environment(&'static str),
    /// The configuration file, at this address.
    File(String),
    /// The default of the registry.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => f.write_str(name),
            Self::File(address) => f.write_str(address),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Settings {
    /// Resolves every setting of a job: flag, then environment in the order of names, then the
    /// configuration file, then default. `flags` looks a key up; `env` a variable, and a value of the file by
    /// its address ([`file_addresses`]).
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a flag that does not read, [`Error::BadEnvironment`] for a
    /// variable, [`Error::BadFileSetting`] for a value of the file.
    pub fn resolve(
        entry: &JobEntry,
        flags: impl Fn(&str) -> Option<String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        Self::look_up(entry.name, entry.settings, flags, env)
    }

    /// Everything that is wrong with the settings of a job, not the first thing only: values that do not read, then
    /// what the job itself refuses. What it lacks is none of that: it may be left out.
    pub fn faults(
        entry: &JobEntry,
        flags: impl Fn(&str) -> Option<String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Vec<Error> {
        let faults = Self::unreadable(entry.name, entry.settings, &flags, &env);
        if !faults.is_empty() {
            return faults;
        }
        let checked =
            Self::resolve(entry, flags, env).and_then(|settings| (entry.check)(&settings));
        let is_fault = |error: &Error| !matches!(error, Error::MissingSetting { .. });
        checked.err().filter(is_fault).into_iter().collect()
    }

    /// Every value of a job's settings that does not read as what it must be.
    pub fn misread(
        entry: &JobEntry,
        flags: impl Fn(&str) -> Option<String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Vec<Error> {
        Self::unreadable(entry.name, entry.settings, flags, env)
    }

    /// Every value of the settings that does not read as what it must be.
    pub(crate) fn unreadable(
        job: &'static str,
        settings: &[Setting],
        flags: impl Fn(&str) -> Option<String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Vec<Error> {
        let fault = |setting: &Setting| {
            let Resolved { text, origin } = resolve_one(job, setting, &flags, &env);
            check(job, setting, &text?, &origin).err()
        };
        settings.iter().filter_map(fault).collect()
    }

    /// As [`Self::resolve`], of settings that are of no job or not all of one; `job` is the name
    /// that errors point to.
    pub(crate) fn look_up(
        job: &'static str,
        settings: &[Setting],
        flags: impl Fn(&str) -> Option<String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let resolved =
            settings.iter().map(|setting| (setting, resolve_one(job, setting, &flags, &env)));
        Self::checked(job, resolved)
    }

    /// The settings of a run that was stored: `text` has the value of each, `chosen` says whether
    /// somebody chose it.
    pub(crate) fn repeat(
        entry: &JobEntry,
        text: impl Fn(&str) -> Option<String>,
        chosen: impl Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        let stored = entry.settings.iter().map(|setting| {
            let origin = if chosen(setting.key) { Origin::Flag } else { Origin::Default };
            (setting, Resolved { text: text(setting.key), origin })
        });
        Self::checked(entry.name, stored)
    }

    fn checked<'s>(
        job: &'static str,
        resolved: impl Iterator<Item = (&'s Setting, Resolved)>,
    ) -> Result<Self, Error> {
        let mut values = BTreeMap::new();
        for (setting, resolved) in resolved {
            if let Some(text) = &resolved.text {
                check(job, setting, text, &resolved.origin)?;
            }
            values.insert(setting.key, resolved);
        }
        Ok(Self { job, values })
    }

    /// The same with another text in the place of one that was given.
    pub(crate) fn with_text(&self, key: &'static str, text: String) -> Self {
        let mut changed = self.clone();
        if let Some(value) = changed.values.get_mut(key) {
            value.text = Some(text);
        }
        changed
    }

    /// The text of a setting, if it has one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(|value| value.text.as_deref())
    }

    /// The text of a setting as anybody may see it: of a secret only that it is set, an address without
    /// credentials.
    pub fn shown(&self, setting: &Setting) -> Option<String> {
        let text = self.text(setting.key)?;
        Some(match setting.kind {
            Kind::Secret => "(set)".to_string(),
            Kind::Address => without_credentials(text, false),
            _ => escaped(text).into_owned(),
        })
    }

    /// A [`Kind::Text`] of its own.
    pub(crate) fn owned(&self, key: &str) -> Option<String> {
        self.text(key).map(str::to_string)
    }

    /// A [`Kind::Count`].
    pub(crate) fn count(&self, key: &'static str) -> Result<u64, Error> {
        self.parsed(key, "a whole number of 0 or more")
    }

    /// A [`Kind::Count`] that is a size of something in memory.
    pub(crate) fn size(&self, key: &'static str) -> Result<usize, Error> {
        Ok(usize::try_from(self.count(key)?).unwrap_or(usize::MAX))
    }

    /// A [`Kind::Count`] of days, a hundred years at most.
    pub(crate) fn days(&self, key: &'static str) -> Result<u32, Error> {
        Ok(self.count(key)?.min(MOST_DAYS) as u32)
    }

    /// A [`Kind::Number`].
    pub(crate) fn number(&self, key: &'static str) -> Result<f64, Error> {
        self.parsed(key, "a decimal number")
    }

    /// A [`Kind::Switch`]; false when unset.
    pub(crate) fn switch(&self, key: &str) -> bool {
        self.text(key).is_some_and(is_true)
    }

    /// A [`Kind::Date`].
    pub(crate) fn date(&self, key: &str) -> Option<NaiveDate> {
        self.text(key).and_then(|text| text.trim().parse().ok())
    }

    /// A [`Kind::Choice`] or [`Kind::Action`]: what the word stands for, by a table.
    pub(crate) fn word<T: Copy>(&self, key: &'static str, table: &[(&str, T)]) -> Result<T, Error> {
        let text = self.text(key).unwrap_or_default().trim();
        let found = table.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        let words = || table.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        found.map(|&(_, meaning)| meaning).ok_or_else(|| self.bad(key, words()))
    }

    /// A text that a type of its own reads.
    pub(crate) fn parsed<T: FromStr>(&self, key: &'static str, expected: &str) -> Result<T, Error> {
        let text = self.text(key).unwrap_or_default().trim();
        text.parse().map_err(|_| self.bad(key, expected.to_string()))
    }

    /// The error of a value that reads, and is none that can be used.
    pub(crate) fn refused(&self, key: &'static str, expected: &str) -> Error {
        self.bad(key, expected.to_string())
    }

    fn bad(&self, key: &'static str, expected: String) -> Error {
        bad(self.job, key, self.text(key).unwrap_or_default(), self.origin(key), expected)
    }

    /// Where the value of a setting comes from.
    pub fn origin(&self, key: &str) -> &Origin {
        self.values.get(key).map_or(&Origin::Default, |value| &value.origin)
    }

    /// The environment variable a value comes from.
    pub(crate) fn variable(&self, key: &str) -> Option<&'static str> {
        match *self.origin(key) {
            Origin::Environment(name) => Some(name),
            Origin::Flag | Origin::File(_) | Origin::Default => None,
        }
    }

    /// Whether the value is the registry's default rather than someone's wish.
    pub(crate) fn is_default(&self, key: &str) -> bool {
        *self.origin(key) == Origin::Default
    }

    /// The error of a setting without which the job cannot run.
    pub(crate) fn required(&self, key: &'static str) -> Error {
        Error::MissingSetting { job: self.job, key }
    }

    /// The error of settings that contradict each other.
    pub(crate) fn contradiction(&self, reason: impl Into<String>) -> Error {
        Error::Contradiction { job: self.job, reason: reason.into() }
    }
}

/// Where the configuration file may have a setting of a job (or of the questions, whose `job` is called
/// `serve`), the most special place first: `jobs.NAME.KEY`, then `jobs.KEY` for every job that has it. No
/// variable has such a name.
pub fn file_addresses(job: &str, key: &str) -> [String; 2] {
    let own = if job == QUESTIONS { format!("{job}.{key}") } else { format!("jobs.{job}.{key}") };
    [own, format!("jobs.{key}")]
}

/// What the questions about students are called in place of a job.
pub(crate) const QUESTIONS: &str = "serve";

fn resolve_one(
    job: &str,
    setting: &Setting,
    flags: &impl Fn(&str) -> Option<String>,
    env: &impl Fn(&str) -> Option<String>,
) -> Resolved {
    if let Some(text) = flags(setting.key).filter(|_| setting.flag) {
        return Resolved { text: Some(text), origin: Origin::Flag };
    }
    for name in setting.env {
        if let Some(text) = env(name).filter(|text| !text.trim().is_empty()) {
            return Resolved { text: Some(text), origin: Origin::Environment(name) };
        }
    }
    for address in file_addresses(job, setting.key) {
        if let Some(text) = env(&address).filter(|text| !text.trim().is_empty()) {
            return Resolved { text: Some(text), origin: Origin::File(address) };
        }
    }
    Resolved { text: setting.default.map(|preset| preset.to_string()), origin: Origin::Default }
}

fn check(job: &'static str, setting: &Setting, text: &str, origin: &Origin) -> Result<(), Error> {
    let of_environment = matches!(origin, Origin::Environment(_));
    match setting.instead_of(text, of_environment) {
        None => Ok(()),
        Some(expected) => {
            Err(bad(job, setting.key, &told(setting.kind, text.trim()), origin, expected))
        }
    }
}

/// What a message may show of a value that cannot be used.
fn told(kind: Kind, text: &str) -> String {
    match kind {
        Kind::Secret => "…".to_owned(),
        // Without the sign that credentials stand before, the whole text says what is wrong with it.
        Kind::Address if text.contains('@') => without_credentials(text, false),
        _ => text.to_owned(),
    }
}

/// A variable of the environment is the operator's, a flag the caller's: whoever asks must not be
/// blamed for the former nor be shown it.
fn bad(
    job: &'static str,
    key: &'static str,
    text: &str,
    origin: &Origin,
    expected: String,
) -> Error {
    let value = text.to_string();
    match *origin {
        Origin::Environment(name) => Error::BadEnvironment { name, value, expected },
        Origin::File(ref address) => {
            Error::BadFileSetting { address: address.clone(), value, expected }
        }
        Origin::Flag | Origin::Default => Error::BadSetting { job, key, value, expected },
    }
}
