//! Every key that `seedtest.toml` may have: the flags of all commands at the top, those of the service and of
//! the scheduler in `[serve]` and `[schedule]`, settings of jobs in `[jobs]` and `[jobs.NAME]`.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, ArgAction, Command};
use seedtest_pipeline::{Configuration, JOBS, Kind, Setting, find_job};

use crate::environment::VARIABLES;

/// Flags that make no sense in a file.
pub(super) const TYPED_ONLY: [&str; 4] = ["config", "help", "version", "once"];

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// A flag of every command, or of one.
    Flag {
        /// Whether it may have several values.
        many: bool,
        /// Whether it is said or not said.
        switch: bool,
    },
    /// A variable of the binary.
    Variable,
    /// A setting of jobs or of questions.
    Setting,
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
        for section in ["serve", "schedule"] {
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
                known.addresses.insert(address, Means::Variable);
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
        let Some((name, key)) =
            address.strip_prefix("jobs.").and_then(|rest| rest.rsplit_once('.'))
        else {
            return address.to_owned();
        };
        find_job(name).map_or(address.to_owned(), |job| format!("jobs.{}.{key}", job.name))
    }

    /// The known key that looks most like `address`, if one does.
    pub(super) fn nearest(&self, address: &str) -> Option<&str> {
        const ALIKE: f64 = 0.8;
        let last = |address: &str| address.rsplit('.').next().unwrap_or_default().to_owned();
        let section = |address: &str| address.len() - last(address).len();
        let asked = last(address);
        let likeness = |known: &str| {
            let same_place =
                known[..section(known)] == address[..section(address).min(address.len())];
            // A key of the same section is meant rather than a like one elsewhere.
            let bonus = if same_place { 0.05 } else { 0.0 };
            let whole = strsim::jaro_winkler(address, known);
            whole.max(strsim::jaro_winkler(&asked, &last(known))) + bonus
        };
        let scored = self.addresses.keys().map(|known| (likeness(known), known.as_str()));
        let best = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 >= ALIKE).then_some(best.1)
    }
}

fn flag(arg: &Arg) -> Means {
    Means::Flag {
        many: matches!(arg.get_action(), ArgAction::Append),
        switch: matches!(arg.get_action(), ArgAction::SetTrue),
    }
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
        ] {
            assert_eq!(known.nearest(typed), Some(meant), "{typed}");
        }
        assert_eq!(known.nearest("zzz"), None);
    }

    #[test]
    fn a_key_means_one_thing() {
        let command = crate::command();
        let known = Known::of(&command);
        let serve = command.find_subcommand("serve").unwrap();
        let flags = serve.get_arguments().filter_map(Arg::get_long);
        for name in flags.filter(|name| !TYPED_ONLY.contains(name)) {
            let means = known.addresses.get(&format!("serve.{name}"));
            assert!(matches!(means, Some(Means::Flag { .. })), "{name}: {means:?}");
        }
    }

    #[test]
    fn a_job_goes_by_any_of_its_names() {
        assert_eq!(Known::canonical("jobs.mirt_calibrate.model"), "jobs.mirt-calibrate.model");
        assert_eq!(Known::canonical("jobs.model"), "jobs.model");
    }
}
