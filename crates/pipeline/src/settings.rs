use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::error::Error;
use crate::registry::{JobEntry, Kind, Setting};

/// The settings of one job run, checked against their kinds.
#[derive(Debug, Clone)]
pub struct Settings {
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
    /// The default of the registry.
    Default,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => f.write_str(name),
            Self::Default => f.write_str("default"),
        }
    }
}

impl Settings {
    /// Resolves every setting of `entry`: flag, then environment in the order of names, then
    /// default. `flags` and `env` look a name up.
    pub fn resolve(
        entry: &JobEntry,
        flags: impl Fn(&str) -> Option<String>,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let mut values = BTreeMap::new();
        for setting in entry.settings {
            let resolved = resolve_one(setting, &flags, &env);
            if let Some(text) = &resolved.text {
                check(setting, text, &resolved.origin)?;
            }
            values.insert(setting.key, resolved);
        }
        Ok(Self { values })
    }

    /// The settings of a run that was stored: `text` has the value of each, `chosen` says whether
    /// somebody chose it.
    pub(crate) fn repeat(
        entry: &JobEntry,
        text: impl Fn(&str) -> Option<String>,
        chosen: impl Fn(&str) -> bool,
    ) -> Result<Self, Error> {
        let mut values = BTreeMap::new();
        for setting in entry.settings {
            let origin = if chosen(setting.key) { Origin::Flag } else { Origin::Default };
            let resolved = Resolved { text: text(setting.key), origin };
            if let Some(text) = &resolved.text {
                check(setting, text, &resolved.origin)?;
            }
            values.insert(setting.key, resolved);
        }
        Ok(Self { values })
    }

    /// The text of a setting, if it has one.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key).and_then(|value| value.text.as_deref())
    }

    /// A [`Kind::Count`].
    pub fn count(&self, key: &str) -> Option<u64> {
        self.text(key).and_then(|text| text.trim().parse().ok())
    }

    /// A [`Kind::Number`].
    pub fn number(&self, key: &str) -> Option<f64> {
        self.text(key).and_then(|text| text.trim().parse().ok())
    }

    /// A [`Kind::Switch`]; false when unset.
    pub fn switch(&self, key: &str) -> bool {
        self.text(key).is_some_and(is_true)
    }

    /// A [`Kind::Date`].
    pub fn date(&self, key: &str) -> Option<NaiveDate> {
        self.text(key).and_then(|text| text.trim().parse().ok())
    }

    /// Where the value of a setting comes from.
    pub fn origin(&self, key: &str) -> &Origin {
        self.values.get(key).map_or(&Origin::Default, |value| &value.origin)
    }

    /// Whether the value is the registry's default rather than someone's wish.
    pub fn is_default(&self, key: &str) -> bool {
        *self.origin(key) == Origin::Default
    }
}

fn resolve_one(
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
    Resolved { text: setting.default.map(str::to_string), origin: Origin::Default }
}

fn check(setting: &Setting, text: &str, origin: &Origin) -> Result<(), Error> {
    let text = text.trim();
    let (fits, expected) = match setting.kind {
        Kind::Count => (text.parse::<u64>().is_ok(), "a whole number of 0 or more".to_string()),
        Kind::Number => {
            (text.parse::<f64>().is_ok_and(f64::is_finite), "a decimal number".to_string())
        }
        Kind::Date => (text.parse::<NaiveDate>().is_ok(), "a date as YYYY-MM-DD".to_string()),
        Kind::Choice(words) | Kind::Action(words) => {
            (words.iter().any(|word| word.eq_ignore_ascii_case(text)), words.join(", "))
        }
        Kind::Switch | Kind::Text | Kind::Secret => return Ok(()),
    };
    if fits {
        return Ok(());
    }
    let name = match origin {
        Origin::Environment(name) => (*name).to_string(),
        Origin::Flag | Origin::Default => format!("--{}", setting.key),
    };
    Err(Error::BadSetting { name, value: text.to_string(), expected })
}

fn is_true(text: &str) -> bool {
    ["true", "1", "yes"].iter().any(|word| word.eq_ignore_ascii_case(text.trim()))
}
