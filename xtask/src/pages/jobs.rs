//! The jobs, from their registry.

use seedtest_pipeline::{JOBS, JobEntry, Kind, Setting};

use super::markdown::{cell, code, codes, page, table};
use super::tables;

const ABOUT: &str = "Every job of `seedtest job run NAME`, in the order of a night. A flag beats the \
environment, the first variable that is set beats the others, a blank one counts as not set. Times of \
schedules are UTC.";

/// Every job with its settings.
pub(super) fn text() -> String {
    let schema = tables::names();
    let mut paragraphs = vec![table(["job", "schedule", "what it does"], &list())];
    paragraphs.extend(JOBS.iter().flat_map(|job| section(job, &schema)));
    page("Jobs", ABOUT, paragraphs)
}

fn list() -> Vec<[String; 3]> {
    let row = |job: &JobEntry| {
        let name = format!("[`{0}`](#{0})", job.name);
        [name, job.schedule.map_or("on demand".to_string(), code), cell(job.summary)]
    };
    JOBS.iter().map(row).collect()
}

fn section(job: &JobEntry, schema: &[&str]) -> Vec<String> {
    let also = codes(job.aliases.iter().copied());
    let settings: Vec<[String; 5]> = job.settings.iter().map(setting).collect();
    vec![
        format!("## {}", job.name),
        format!("{}.", job.summary.trim_end_matches('.')),
        if also.is_empty() { also } else { format!("Also called {also}.") },
        touched("Reads", job.reads, schema),
        touched("Writes", job.writes, schema),
        table(["flag", "accepts", "default", "environment", "what it says"], &settings),
    ]
}

/// The tables a job touches; one that is not in the schema belongs to somebody else.
fn touched(verb: &str, names: &[&str], schema: &[&str]) -> String {
    let link = |name: &&str| {
        if schema.contains(name) { format!("[`{name}`](tables.md#{name})") } else { code(name) }
    };
    let links: Vec<String> = names.iter().map(link).collect();
    if links.is_empty() { String::new() } else { format!("{verb} {}.", links.join(", ")) }
}

fn setting(setting: &Setting) -> [String; 5] {
    let is_word = matches!(setting.kind, Kind::Action(_));
    let dashes = if is_word { "" } else { "--" };
    let flag = if setting.flag { format!("{dashes}{}", setting.key) } else { String::new() };
    let default = setting.default.as_ref().map(ToString::to_string).unwrap_or_default();
    let environment = codes(setting.env.iter().copied());
    [code(&flag), accepts(setting.kind), code(&default), environment, cell(setting.help)]
}

/// What a setting accepts, in words.
fn accepts(kind: Kind) -> String {
    match kind {
        Kind::Count => "whole number ≥ 0".into(),
        Kind::Number => "number".into(),
        Kind::Switch => "`true`, `1`, `yes`, or anything else for no".into(),
        Kind::Date => "YYYY-MM-DD".into(),
        Kind::Text => "text".into(),
        Kind::Secret => "text, never shown".into(),
        Kind::Address => "address, shown without credentials".into(),
        Kind::Choice(words) | Kind::Action(words) => codes(words.iter().copied()),
    }
}
