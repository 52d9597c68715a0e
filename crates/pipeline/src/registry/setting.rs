//! One setting of a job: its name, where it is looked for, what it accepts, and what holds when
//! nothing is given.

use std::fmt;

use chrono::NaiveDate;
use seedtest_responses::truth;

/// What kind of text a setting accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number ≥ 0.
    Count,
    /// A decimal number.
    Number,
    /// Yes or no, as [`truth`] reads it. A variable of the environment that is neither says no, as it did in the
    /// services whose names it has.
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

/// What a setting asks of its value beyond its kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Accepts {
    /// Nothing.
    Any,
    /// A number from the first to the second, both included.
    Within(f64, f64),
    /// A number of this or more.
    AtLeast(f64),
    /// A number above this.
    Above(f64),
    /// An address of the web.
    Web,
}

/// One setting of a job. A flag beats the environment, a name beats its aliases, an empty
/// environment variable counts as unset.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Name by which the job reads it.
    pub key: &'static str,
    /// Whether `--key` is a flag of the command line.
    pub flag: bool,
    /// Whether a request needs the scope `operator` to give it: it says where data go, which files are read, or
    /// what is let go of.
    pub operator: bool,
    /// Environment variables, the preferred name first.
    pub env: &'static [&'static str],
    /// Value when nothing is given; `None` = not set.
    pub default: Option<Preset>,
    /// What it accepts.
    pub kind: Kind,
    /// What it asks of its value beyond that.
    pub accepts: Accepts,
    /// One line of help.
    pub help: &'static str,
}

impl Setting {
    /// A flag without environment variables and without a default.
    pub(crate) const fn new(key: &'static str, kind: Kind, help: &'static str) -> Self {
        let accepts = Accepts::Any;
        Self { key, flag: true, operator: false, env: &[], default: None, kind, accepts, help }
    }

    /// Its value has to be that, too.
    pub(crate) const fn accepting(self, accepts: Accepts) -> Self {
        Self { accepts, ..self }
    }

    /// The environment variables it is looked for in, the preferred name first.
    pub(crate) const fn env(self, names: &'static [&'static str]) -> Self {
        Self { env: names, ..self }
    }

    /// Requests have to be an operator's to give it.
    pub(crate) const fn of_operator(self) -> Self {
        Self { operator: true, ..self }
    }

    /// It is no flag of the command line.
    pub(crate) const fn only_env(self) -> Self {
        Self { flag: false, ..self }
    }

    /// What holds when nothing is given.
    pub(crate) const fn or(self, preset: Preset) -> Self {
        Self { default: Some(preset), ..self }
    }

    /// What would be accepted in the place of `text`; `None` where it is accepted itself. `of_environment`: it is
    /// the value of a variable.
    pub fn instead_of(&self, text: &str, of_environment: bool) -> Option<String> {
        let text = text.trim();
        let fits = match self.kind {
            Kind::Count => text.parse::<u64>().is_ok_and(|count| self.accepts.number(count as f64)),
            Kind::Number => text
                .parse::<f64>()
                .is_ok_and(|number| number.is_finite() && self.accepts.number(number)),
            Kind::Switch => of_environment || truth(text).is_some(),
            Kind::Date => text.parse::<NaiveDate>().is_ok(),
            Kind::Choice(words) | Kind::Action(words) => {
                words.iter().any(|word| word.eq_ignore_ascii_case(text))
            }
            Kind::Text | Kind::Secret | Kind::Address => self.accepts.text(text),
        };
        (!fits).then(|| self.expected())
    }

    /// What it accepts, in words.
    fn expected(&self) -> String {
        let number = match self.kind {
            Kind::Count => "a whole number",
            Kind::Number => "a decimal number",
            Kind::Switch => return "true or false".into(),
            Kind::Date => return "a date as YYYY-MM-DD".into(),
            Kind::Choice(words) | Kind::Action(words) => return words.join(", "),
            Kind::Text | Kind::Secret | Kind::Address => {
                return "an address as https://host:8000".into();
            }
        };
        match self.accepts {
            Accepts::Within(least, most) => format!("{number} from {least} to {most}"),
            Accepts::AtLeast(least) => format!("{number} of {least} or more"),
            Accepts::Above(limit) => format!("{number} above {limit}"),
            Accepts::Any | Accepts::Web if self.kind == Kind::Count => {
                format!("{number} of 0 or more")
            }
            Accepts::Any | Accepts::Web => number.to_owned(),
        }
    }
}

impl Accepts {
    fn number(self, number: f64) -> bool {
        match self {
            Self::Any | Self::Web => true,
            Self::Within(least, most) => (least..=most).contains(&number),
            Self::AtLeast(least) => number >= least,
            Self::Above(limit) => number > limit,
        }
    }

    fn text(self, text: &str) -> bool {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
        self != Self::Web || rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(' '))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_told_with_what_is_accepted() {
        let of = |kind, accepts| Setting::new("x", kind, "").accepting(accepts);
        let share = of(Kind::Number, Accepts::Within(0.0, 1.0));
        assert_eq!(share.instead_of("0.5", true), None);
        for text in ["-0.1", "1.5", "NaN", "inf", "much"] {
            let expected = Some("a decimal number from 0 to 1".to_owned());
            assert_eq!(share.instead_of(text, true), expected, "{text}");
        }
        let port = of(Kind::Count, Accepts::Within(1.0, 65_535.0));
        assert_eq!(port.instead_of("587", false), None);
        assert!(port.instead_of("0", false).is_some() && port.instead_of("99999", false).is_some());
        let count = of(Kind::Count, Accepts::Any);
        assert_eq!(count.instead_of("-1", true).as_deref(), Some("a whole number of 0 or more"));
        let web = of(Kind::Address, Accepts::Web);
        assert_eq!(web.instead_of("https://models:8000", true), None);
        assert!(
            web.instead_of("models:8000", true).is_some()
                && web.instead_of("http://", true).is_some()
        );
    }

    #[test]
    fn only_a_variable_may_be_neither_yes_nor_no() {
        let switch = Setting::new("x", Kind::Switch, "");
        for text in ["true", "No", "1", "off"] {
            assert_eq!(switch.instead_of(text, false), None, "{text}");
        }
        assert_eq!(switch.instead_of("maybe", true), None);
        assert_eq!(switch.instead_of("maybe", false).as_deref(), Some("true or false"));
    }
}
