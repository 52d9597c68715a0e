//! Environment variables, from the command line, the binary's own list and the settings of jobs.

use std::collections::BTreeMap;

use clap::{Arg, Command};
use seedtest::{VARIABLES, Variable};
use seedtest_pipeline::{Configuration, JOBS, Setting};

use super::markdown::{cell, code, codes, page, table};

const ABOUT: &str = "Every environment variable that is read, by who reads it. Of several names the \
first that is set counts; a blank variable counts as not set. A secret may be in a file that `NAME_FILE` \
names; what else comes before a variable or after it: [configuration](../configuration.md).";

/// Every variable with what it says.
pub(super) fn text(mut root: Command) -> String {
    root.build();
    let flags: Vec<[String; 3]> = root.get_arguments().filter_map(flag).collect();
    let own: Vec<[String; 4]> = VARIABLES.iter().map(variable).collect();
    let questions: Vec<[String; 3]> = Configuration::SETTINGS.iter().map(setting).collect();
    page(
        "Environment",
        ABOUT,
        vec![
            "## Commands".into(),
            table(["variable", "flag", "what it says"], &flags),
            table(["variable", "command", "default", "what it says"], &own),
            "## Questions about students".into(),
            "Read once, when the service starts.".into(),
            table(["variable", "default", "what it says"], &questions),
            "## Jobs".into(),
            "What each says and its default stand with the job.".into(),
            table(["variable", "jobs"], &of_jobs()),
        ],
    )
}

fn flag(arg: &Arg) -> Option<[String; 3]> {
    let name = arg.get_env()?.to_string_lossy();
    let flag = format!("--{}", arg.get_long()?);
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    Some([code(&name), code(&flag), cell(&help)])
}

fn variable(of: &Variable) -> [String; 4] {
    let names = codes(of.names.iter().copied());
    [names, code(of.command), code(of.default), cell(of.help)]
}

fn setting(of: &Setting) -> [String; 3] {
    let default = of.default.as_ref().map(ToString::to_string).unwrap_or_default();
    [codes(of.env.iter().copied()), code(&default), cell(of.help)]
}

/// The variables of the jobs' settings, each with the jobs that read it.
fn of_jobs() -> Vec<[String; 2]> {
    let mut jobs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for job in JOBS {
        for name in job.settings.iter().flat_map(|setting| setting.env) {
            jobs.entry(name).or_default().push(job.name);
        }
    }
    let link = |job: &&str| format!("[`{job}`](jobs.md#{job})");
    let row = |(name, mut jobs): (&str, Vec<&str>)| {
        jobs.dedup();
        [code(name), jobs.iter().map(link).collect::<Vec<_>>().join(", ")]
    };
    jobs.into_iter().map(row).collect()
}
