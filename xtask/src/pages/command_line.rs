//! The command line, from the commands themselves.

use clap::{Arg, Command};

use super::markdown::{anchor, cell, code, codes, page, table};

const ABOUT: &str = "Exit codes: 0 done, or a job with nothing to do, 1 failed, 2 wrong usage, 3 a model did not \
     converge, or a `fit` had too little to fit.";

/// Every command with its arguments, in the order of the help.
pub(super) fn text(mut root: Command) -> String {
    root.build();
    let everywhere = arguments(root.get_arguments().filter(|arg| arg.is_global_set()));
    let mut paragraphs = vec!["## Everywhere".to_string(), everywhere];
    paragraphs.extend(subcommands(&root).flat_map(section));
    page("Command line", ABOUT, paragraphs)
}

/// A command and those under it.
fn section(command: &Command) -> Vec<String> {
    let usage = command.clone().render_usage().to_string();
    let inner: Vec<[String; 2]> = subcommands(command).map(listed).collect();
    let mut paragraphs = vec![
        format!("## {}", name(command)),
        format!("{}.", about(command)),
        format!("```\n{}\n```", usage.trim_start_matches("Usage: ")),
        arguments(command.get_arguments().filter(|arg| !arg.is_global_set())),
        table(["command", "what it does"], &inner),
    ];
    paragraphs.extend(subcommands(command).flat_map(section));
    paragraphs
}

fn name(command: &Command) -> &str {
    command.get_bin_name().unwrap_or_else(|| command.get_name())
}

fn listed(command: &Command) -> [String; 2] {
    let name = name(command);
    [format!("[`{name}`](#{})", anchor(name)), cell(&about(command))]
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|inner| !inner.is_hide_set() && inner.get_name() != "help")
}

fn about(command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about());
    about.map(ToString::to_string).unwrap_or_default().trim_end_matches('.').to_string()
}

fn arguments<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let shown = arguments
        .filter(|arg| !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version"));
    let rows: Vec<[String; 4]> = shown.map(argument).collect();
    table(["argument", "what it says", "default", "environment"], &rows)
}

fn argument(arg: &Arg) -> [String; 4] {
    let default: Vec<_> = arg.get_default_values().iter().map(|v| v.to_string_lossy()).collect();
    let default = if arg.get_action().takes_values() { default.join(",") } else { String::new() };
    let env = arg.get_env().map(|name| name.to_string_lossy()).unwrap_or_default();
    [code(&spelling(arg)), meaning(arg), code(&default), code(&env)]
}

fn spelling(arg: &Arg) -> String {
    let value = arg.get_value_names().unwrap_or_default().join(" ");
    let value = if arg.get_action().takes_values() { value } else { String::new() };
    let name = match (arg.get_short(), arg.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (None, Some(long)) => format!("--{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, None) if arg.get_num_args().is_some_and(|n| n.max_values() > 1) => {
            return format!("{value}…");
        }
        (None, None) => return value,
    };
    // A switch of a job: `--dry-run`, or `--dry-run=false`.
    if arg.is_require_equals_set() {
        return format!("{name}[={value}]");
    }
    format!("{name} {value}").trim_end().to_string()
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help());
    let help = cell(&help.map(ToString::to_string).unwrap_or_default());
    let values = arg.get_possible_values();
    let values: Vec<&str> = values
        .iter()
        .filter(|v| !v.is_hide_set())
        .map(clap::builder::PossibleValue::get_name)
        .collect();
    let required = if arg.is_required_set() { "; required" } else { "" };
    // A switch has `true` and `false`, which nobody types.
    if values.is_empty() || !arg.get_action().takes_values() {
        return format!("{help}{required}");
    }
    format!("{help}: {}{required}", codes(values))
}
