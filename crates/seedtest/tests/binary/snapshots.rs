//! Help texts as snapshots.

use crate::playground::{Playground, stable};

fn help(arguments: &[&str]) -> String {
    Playground::new().must(arguments).stdout
}

#[test]
fn help_of_the_binary() {
    insta::assert_snapshot!(help(&["--help"]));
}

#[test]
fn help_of_a_job_comes_from_the_registry() {
    stable().bind(|| insta::assert_snapshot!(help(&["job", "run", "mirt-calibrate", "--help"])));
}

#[test]
fn the_list_of_jobs() {
    insta::assert_snapshot!(help(&["job", "list", "--long"]));
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    let run = Playground::new().run(&["fitt"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("fit"), "{}", run.stderr);
}
