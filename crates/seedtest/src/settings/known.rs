//! Every key that `seedtest.toml` may have: the flags of all commands at the top, those of the service and of
//! the scheduler in `[serve]` and `[schedule]`, settings of jobs in `[jobs]` and `[jobs.NAME]`.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::{Arg, ArgAction, Command};
use seedtest_pipeline::{Configuration, JOBS, Kind, Setting, find_job};

use crate::environment::{VARIABLES, Variable};

/// Flags that make no sense in a file.
pub(super) const TYPED_ONLY: [&str; 4] = ["config", "help", "version", "once"];

/// Commands whose flags stand in a section of their own.
pub(super) const SECTIONS: [&str; 2] = ["serve", "schedule"];

/// What a key stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Means {
    /// A flag that is said or not said.
    Switch,
    /// A flag that takes a text, or several where it is `many`.
    Text {
        /// Whether it may have several values.
        many: bool,
    },
    /// A flag that takes a number or a word.
    Flag {
        /// Whether it may have several values.
        many: bool,
    },
    /// A variable of the binary.
    Variable(&'static Variable),
    /// A setting of jobs or of questions.
    Setting,
}

impl Means {
    /// Whether a list may stand there.
    pub(super) fn takes_many(self) -> bool {
        match self {
            Self::Switch => false,
            Self::Text { many } | Self::Flag { many } => many,
            Self::Variable(_) | Self::Setting => true,
        }
    }
}

/// Every key of the file, and every variable that holds a secret.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) addresses: BTreeMap<String, Means>,
    /// Keys that hold a secret; each may be given as a file, `KEY-file`.
    pub(super) secret_addresses: BTreeSet<String>,
    pub(super) secrets: BTreeSet<&'static str>,
}

impl Known {
    pub(super) fn of(command: &Command) -> Self {
        let mut known = Self {
            addresses: BTreeMap::new(),
            secret_addresses: BTreeSet::from(["database-url".to_owned()]),
            secrets: BTreeSet::from(["DATABASE_URL"]),
        };
        known.flags("", command);
        for section in SECTIONS {
            if let Some(command) = command.find_subcommand(section) {
                known.flags(&format!("{section}."), command);
            }
        }
        for variable in VARIABLES {
            for name in variable.names {
                let address = variable_address(name, variable.command);
                if variable.secret {
                    known.secrets.insert(*name);
                    known.secret_addresses.insert(address.clone());
                }
                known.addresses.insert(address, Means::Variable(variable));
            }
        }
        for setting in Configuration::SETTINGS {
            known.setting("serve.", setting);
        }
        for job in JOBS {
            for setting in job.settings {
                known.setting("jobs.", setting);
                known.setting(&format!("jobs.{}.", job.name), setting);
            }
        }
        known
    }

    fn flags(&mut self, section: &str, command: &Command) {
        for arg in command.get_arguments() {
            let Some(name) = arg.get_long().filter(|name| !TYPED_ONLY.contains(name)) else {
                continue;
            };
            self.addresses.insert(format!("{section}{name}"), flag(arg));
        }
    }

    fn setting(&mut self, section: &str, setting: &'static Setting) {
        let address = format!("{section}{}", setting.key);
        if setting.kind == Kind::Secret {
            self.secrets.extend(setting.env);
            self.secret_addresses.insert(address.clone());
        }
        self.addresses.insert(address, Means::Setting);
    }

    /// The address in the spelling of this list: a job may be called by any of its names.
    pub(super) fn canonical(address: &str) -> String {
        let Some((section, key)) = address.rsplit_once('.') else { return address.to_owned() };
        format!("{}.{key}", Self::canonical_section(section))
    }

    /// The section likewise.
    pub(super) fn canonical_section(section: &str) -> String {
        let job = section.strip_prefix("jobs.").and_then(find_job);
        job.map_or(section.to_owned(), |job| format!("jobs.{}", job.name))
    }

    /// Whether keys may stand under that name.
    pub(super) fn is_section(&self, name: &str) -> bool {
        let inside = format!("{}.", Self::canonical_section(name));
        self.addresses.keys().any(|address| address.starts_with(&inside))
    }

    fn sections(&self) -> BTreeSet<&str> {
        self.addresses.keys().map(|address| split(address).0).collect()
    }

    /// The section that was probably meant.
    pub(super) fn nearest_section(&self, name: &str) -> Option<&str> {
        let named = self.sections().into_iter().filter(|section| !section.is_empty());
        nearest_of(&spelled(name), named, spelled)
    }

    /// The key that was probably meant: one of the same section that is spelled nearly so, else one that is
    /// spelled so or nearly so elsewhere, the sooner the fewer letters differ.
    pub(super) fn nearest(&self, address: &str) -> Option<&str> {
        let written = Self::canonical(address);
        let (section, key) = split(&written);
        let section = if self.sections().contains(section) {
            section
        } else {
            self.nearest_section(section).unwrap_or(section)
        };
        let key = spelled(key);
        let all = || self.addresses.keys().map(String::as_str);
        let of_key = |address: &str| spelled(split(address).1);
        let here = nearest_of(&key, all().filter(|known| split(known).0 == section), of_key);
        here.or_else(|| nearest_of(&key, all(), of_key))
    }
}

/// Section and key of an address; keys at the top are of the section "".
fn split(address: &str) -> (&str, &str) {
    address.rsplit_once('.').unwrap_or(("", address))
}

/// A name as names are compared: small letters, dashes.
fn spelled(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The candidate that differs least from `wanted`, if few enough letters do; a name whose words begin another
/// one counts as near, too. Of equally near ones the shortest, then the first.
fn nearest_of<'k>(
    wanted: &str,
    candidates: impl Iterator<Item = &'k str>,
    name: impl Fn(&'k str) -> String,
) -> Option<&'k str> {
    let distance = |candidate: &&'k str| {
        let name = name(candidate);
        let letters = strsim::damerau_levenshtein(wanted, &name);
        let begins = |one: &str, other: &str| {
            one.len() > 2 && other.strip_prefix(one).is_some_and(|rest| rest.starts_with('-'))
        };
        let is_near = letters <= (wanted.chars().count() / 3).clamp(1, 3);
        let begins = begins(wanted, &name) || begins(&name, wanted);
        (is_near || begins).then_some(if is_near { letters } else { letters.max(4) })
    };
    let near = candidates.filter_map(|candidate| Some((distance(&candidate)?, candidate)));
    near.min_by_key(|&(letters, candidate)| (letters, candidate.len(), candidate))
        .map(|(_, candidate)| candidate)
}

fn flag(arg: &Arg) -> Means {
    let many = matches!(arg.get_action(), ArgAction::Append);
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return Means::Switch;
    }
    let of = arg.get_value_parser().type_id();
    let is_text = of == TypeId::of::<String>() || of == TypeId::of::<PathBuf>();
    if is_text { Means::Text { many } } else { Means::Flag { many } }
}

/// Where the file has a variable of the binary: in the section of the service, or at the top.
pub(crate) fn variable_address(name: &str, command: &str) -> String {
    let key = name.trim_start_matches("SEEDTEST_").to_ascii_lowercase().replace('_', "-");
    if command == "serve" { format!("serve.{key}") } else { key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_of_the_same_section() {
        let known = Known::of(&crate::command());
        for (typed, meant) in [
            ("data_dir", "data-dir"),
            ("serve.wrokers", "serve.workers"),
            ("jobs.mirt-calibrate.lokback-days", "jobs.mirt-calibrate.lookback-days"),
            ("workers", "serve.workers"),
            ("schedule.dayly", "schedule.daily"),
            ("time-zone", "timezone"),
            ("database", "database-url"),
            ("daily", "schedule.daily"),
            ("serve.bind_address", "serve.bind"),
            ("serve.maxbody-mib", "serve.max-body-mib"),
            ("serve.max-conections", "serve.max-connections"),
            ("jobs.mirt_calibrat.model", "jobs.mirt-calibrate.model"),
            ("jobs.compute-daily-kpis.targt", "jobs.compute-daily-kpis.target"),
            ("jobs.prune.keep_run_days", "jobs.prune.keep-runs-days"),
        ] {
            assert_eq!(known.nearest(typed), Some(meant), "{typed}");
        }
        for typed in ["zzz", "serve.colour", "jobs.mirt-calibrate.height"] {
            assert_eq!(known.nearest(typed), None, "{typed}");
        }
        assert_eq!(known.nearest_section("sreve"), Some("serve"));
        assert_eq!(known.nearest_section("jobs.mirt-calibrat"), Some("jobs.mirt-calibrate"));
    }

    #[test]
    fn a_key_means_one_thing() {
        let command = crate::command();
        let known = Known::of(&command);
        let serve = command.find_subcommand("serve").unwrap();
        let flags = serve.get_arguments().filter_map(Arg::get_long);
        for name in flags.filter(|name| !TYPED_ONLY.contains(name)) {
            let means = known.addresses.get(&format!("serve.{name}"));
            let is_flag =
                matches!(means, Some(Means::Flag { .. } | Means::Text { .. } | Means::Switch));
            assert!(is_flag, "{name}: {means:?}");
        }
    }

    #[test]
    fn a_job_goes_by_any_of_its_names() {
        assert_eq!(Known::canonical("jobs.mirt_calibrate.model"), "jobs.mirt-calibrate.model");
        assert_eq!(Known::canonical("jobs.model"), "jobs.model");
    }
}
