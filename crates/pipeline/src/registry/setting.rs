//! One setting of a job: its name, where it is looked for, what it accepts, and what holds when
//! nothing is given.

use std::fmt;

/// What kind of text a setting accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number ≥ 0.
    Count,
    /// A decimal number.
    Number,
    /// What [`is_true`](seedtest_responses::is_true) reads as yes is true, anything else is false.
    Switch,
    /// A date, YYYY-MM-DD.
    Date,
    /// Free text.
    Text,
    /// Free text that is never shown.
    Secret,
    /// An address, which is shown without what opens it.
    Address,
    /// One of the listed words, any case.
    Choice(&'static [&'static str]),
    /// One of the listed words, typed without a flag as the first argument.
    Action(&'static [&'static str]),
}

/// What holds when nothing is given. Its text is what the help shows and what the job reads: a
/// default stands in one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Preset {
    /// A whole number, also where fractions are accepted.
    Count(u32),
    /// A number with a fraction.
    Number(f64),
    /// On or off.
    Switch(bool),
    /// A text or one of the words of a choice.
    Text(&'static str),
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => write!(f, "{number:?}"),
            Self::Switch(is_on) => is_on.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// One setting of a job. A flag beats the environment, a name beats its aliases, an empty
/// environment variable counts as unset.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name by which the job reads it.
    pub key: &'static str,
    /// Whether `--key` is a flag of the command line.
    pub flag: bool,
    /// Environment variables, the preferred name first.
    pub env: &'static [&'static str],
    /// Value when nothing is given; `None` = not set.
    pub default: Option<Preset>,
    /// What it accepts.
    pub kind: Kind,
    /// One line of help.
    pub help: &'static str,
}

impl Setting {
    /// A flag without environment variables and without a default.
    pub(crate) const fn new(key: &'static str, kind: Kind, help: &'static str) -> Self {
        Self { key, flag: true, env: &[], default: None, kind, help }
    }

    /// The environment variables it is looked for in, the preferred name first.
    pub(crate) const fn env(self, names: &'static [&'static str]) -> Self {
        Self { env: names, ..self }
    }

    /// It is no flag of the command line.
    pub(crate) const fn only_env(self) -> Self {
        Self { flag: false, ..self }
    }

    /// What holds when nothing is given.
    pub(crate) const fn or(self, preset: Preset) -> Self {
        Self { default: Some(preset), ..self }
    }
}

/// Two lists of settings one after the other, `N` being the length of both.
pub(crate) const fn joined<const N: usize>(first: &[Setting], second: &[Setting]) -> [Setting; N] {
    assert!(first.len() + second.len() == N, "N is the length of both");
    let mut all = [DRY_RUN; N];
    let mut position = 0;
    while position < N {
        all[position] =
            if position < first.len() { first[position] } else { second[position - first.len()] };
        position += 1;
    }
    all
}

/// Every job has these two.
pub(crate) const AS_OF: Setting = Setting::new(
    "as-of",
    Kind::Date,
    "Stand at the end of this day, as if nothing had happened since [default: now]",
);
pub(crate) const DRY_RUN: Setting =
    Setting::new("dry-run", Kind::Switch, "Read and compute, write nothing")
        .env(&["DRY_RUN"])
        .or(Preset::Switch(false));
