//! Where settings come from: flags, variables, secrets in files, `seedtest.toml`, defaults.

use std::path::Path;

use crate::playground::{Playground, Run};

const SHOW: [&str; 4] = ["config", "show", "--origin", ""];

/// The line of a setting in `config show --origin`.
fn shown(run: &Run, address: &str) -> String {
    let line = run.stdout.lines().find(|line| line.split_whitespace().next() == Some(address));
    let line = line.unwrap_or_else(|| panic!("no {address}: {}", run.transcript()));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn origin(place: &Playground, environment: &[(&str, &str)], address: &str) -> String {
    let mut arguments = SHOW;
    arguments[3] = address;
    let run = place.run_with(environment, &arguments);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    shown(&run, address)
}

fn refused(place: &Playground, environment: &[(&str, &str)], arguments: &[&str]) -> String {
    let run = place.run_with(environment, arguments);
    assert_eq!(run.code, Some(2), "{}", run.transcript());
    run.stderr
}

#[test]
fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
    let place = Playground::new();
    let model = "jobs.mirt-calibrate.model";
    assert_eq!(origin(&place, &[], model), format!("{model} 2PL default"));
    place.write(
        "seedtest.toml",
        "threads = 1\n[jobs]\nduplicates = \"last\"\n[jobs.mirt_calibrate]\nmodel = \"3PL\"\n\
         [serve]\nworkers = 3\n[schedule]\ndaily = \"0 2 * * *\"\n",
    );
    assert_eq!(origin(&place, &[], model), format!("{model} 3PL seedtest.toml {model}"));
    // An old name of a variable still comes before the file.
    let old = [("IRT_MODEL", "Rasch")];
    assert_eq!(origin(&place, &old, model), format!("{model} Rasch IRT_MODEL"));
    let new = [("IRT_MODEL", "Rasch"), ("MIRT_MODEL", "1PL")];
    assert_eq!(origin(&place, &new, model), format!("{model} 1PL MIRT_MODEL"));

    for (address, line) in [
        ("jobs.mirt-calibrate.duplicates", "last seedtest.toml jobs.duplicates"),
        ("serve.workers", "3 seedtest.toml"),
        ("schedule.daily", "0 2 * * * seedtest.toml"),
        ("threads", "1 seedtest.toml"),
        ("data-dir", "seedtest-data default"),
    ] {
        assert_eq!(origin(&place, &[], address), format!("{address} {line}"));
    }
    let daily = [("SEEDTEST_DAILY", "0 1 * * *")];
    assert_eq!(origin(&place, &daily, "schedule.daily"), "schedule.daily 0 1 * * * SEEDTEST_DAILY");

    place.write("log.csv", "student,item,correct,completed_at\na,q1,1,2025-03-19T10:00:00Z\n");
    place.must(&["import", "log.csv"]);
    let ran = |environment: &[(&str, &str)], flags: &[&str]| {
        let arguments = [&["job", "run", "mirt-calibrate", "--dry-run"][..], flags].concat();
        place.run_with(environment, &arguments).stdout
    };
    assert!(ran(&[], &[]).contains("Model: 3PL"), "{}", ran(&[], &[]));
    assert!(ran(&old, &[]).contains("Model: Rasch"));
    assert!(ran(&old, &["--model", "2PL"]).contains("Model: 2PL"));
    let next = place.must(&["job", "next"]).stdout;
    assert!(next.contains("0 2 * * *"), "{next}");
}

#[test]
fn every_setting_is_listed_and_found_by_any_of_its_names() {
    let place = Playground::new();
    let all = place.must(&["config", "show"]).stdout;
    for address in [
        "data-dir",
        "schema",
        "serve.max-fit-mib",
        "serve.api-prefix",
        "serve.internal-token",
        "serve.alert-threshold",
        "schedule.monthly",
        "jobs.fit-survival-churn.alert-threshold",
        "jobs.glmm-fit-progress.base-url",
        "jobs.irt-update-theta.online",
        "jobs.prune.keep-runs-days",
    ] {
        let found = all.lines().any(|line| line.split_whitespace().next() == Some(address));
        assert!(found, "no {address}: {all}");
    }
    let some = place.must(&["config", "show", "R_GLMM_"]).stdout;
    assert!(some.lines().all(|line| line.contains("glmm")), "{some}");
    assert!(refused(&place, &[], &["config", "show", "colour"]).contains("no setting speaks of"));
}

#[test]
fn what_the_file_may_not_say_is_refused_with_what_was_meant() {
    let place = Playground::new();
    for (text, told) in [
        ("data_dir = \"x\"", "did you mean data-dir?"),
        ("[serve]\nworker = 2", "did you mean serve.workers?"),
        ("[jobs.mirt-calibrate]\nlookback = 9", "did you mean jobs.mirt-calibrate.lookback-days?"),
        ("[jobs.mirt-calibrat]\nmodel = \"2PL\"", "unknown key jobs.mirt-calibrat.model"),
        ("[serve]\nmax-fit-mib = 0", "max-fit-mib"),
        ("[serve]\ntls-cert = \"a.pem\"", "--tls-key"),
        ("threads = \"many\"", "threads"),
        ("threads = 1\nthreads = 2", "line 2"),
        ("database-url-file = \"nowhere\"", "nowhere"),
    ] {
        place.write("seedtest.toml", text);
        let errors = refused(&place, &[], &["job", "list"]);
        assert!(errors.contains(told) && errors.contains("seedtest.toml"), "{text}: {errors}");
    }
    // Who asks how to say it is told all the same.
    let help = place.run(&["--help"]);
    assert_eq!(help.code, Some(0), "{}", help.transcript());
    place.write("seedtest.toml", "[jobs.mirt-calibrate]\nmodel = \"5PL\"\n");
    let run = place.run(&["config", "show"]);
    assert!(
        run.stderr.contains("jobs.mirt-calibrate.model: \"5PL\" is not"),
        "{}",
        run.transcript()
    );
    place.write("seedtest.toml", "");
    let errors = refused(&place, &[], &["--config", "other.toml", "job", "list"]);
    assert!(errors.contains("there is no configuration file other.toml"), "{errors}");
}

#[test]
fn secrets_come_from_files_and_are_shown_nowhere() {
    let place = Playground::new();
    let token = place.write("token", "s3cret-of-the-operator\n");
    let file = token.to_str().unwrap();
    let url = place.write("url", "postgresql://ann:s3cret-of-ann@127.0.0.1:1/school\n");
    let url = url.to_str().unwrap();
    place.write("seedtest.toml", format!("[serve]\nr-glmm-internal-token-file = {file:?}\n"));
    let environment = [
        ("INTERNAL_TOKEN_FILE", file),
        ("R_IRT_INTERNAL_TOKEN_FILE", file),
        ("DATABASE_URL_FILE", url),
    ];
    let run = place.run_with(&environment, &["config", "show", "--origin"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    for (address, value) in [
        ("database-url", "postgresql://ann@127.0.0.1:1/school DATABASE_URL_FILE"),
        ("serve.r-glmm-internal-token", "(set) seedtest.toml"),
        ("serve.internal-token", "(set) INTERNAL_TOKEN_FILE [DIR]/token"),
        ("jobs.mirt-calibrate.token", "(set) R_IRT_INTERNAL_TOKEN_FILE [DIR]/token"),
    ] {
        assert_eq!(shown(&run, address), format!("{address} {value}"));
    }
    let mut printed = run.transcript();
    for arguments in [&["doctor"][..], &["migrate"], &["serve"], &["serve", "--help"]] {
        let run = place.run_with(&environment, arguments);
        printed += &run.transcript();
    }
    assert!(printed.contains("postgresql://ann@127.0.0.1:1/school"), "{printed}");
    assert!(!printed.contains("s3cret"), "{printed}");

    let both = [("INTERNAL_TOKEN", "x"), ("INTERNAL_TOKEN_FILE", file)];
    assert!(refused(&place, &both, &["job", "list"]).contains("both INTERNAL_TOKEN and"));
    let gone = [("INTERNAL_TOKEN_FILE", "/nowhere/token")];
    assert!(refused(&place, &gone, &["job", "list"]).contains("/nowhere/token"));
    place.write("seedtest.toml", "[jobs]\ntoken = [\"s3cret\"\n");
    assert!(!refused(&place, &[], &["job", "list"]).contains("s3cret"));
}

#[test]
fn a_mistyped_place_makes_no_database() {
    let place = Playground::new();
    place.write("seedtest.toml", "data-dir = \"nowhere\"\n");
    for arguments in [
        &["doctor"][..],
        &["job", "run", "mirt-calibrate"],
        &["pipeline", "daily"],
        &["report", "--all"],
        &["runs", "list"],
        &["job", "next"],
        &["schedule", "--once"],
        &["events", "status"],
        &["timezone"],
        &["token", "list"],
        &["backup", "copy.db"],
        &["student", "export", "amy"],
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, Some(1), "{arguments:?}: {}", run.transcript());
        assert!(run.stderr.contains("there is no database at nowhere"), "{}", run.transcript());
    }
    assert!(!Path::new(&place.path("nowhere")).exists());
    let schema = refused(&place, &[("SEEDTEST_SCHEMA", "analytics")], &["doctor"]);
    assert!(schema.contains("an sqlite database has no schemas"), "{schema}");
    let url = ("DATABASE_URL", "postgresql://127.0.0.1:1/x");
    let schema = refused(&place, &[url], &["--schema", "a; DROP TABLE b", "doctor"]);
    assert!(schema.contains("is no name of a schema"), "{schema}");
}

#[test]
fn a_copy_of_the_database_goes_and_comes() {
    let place = Playground::new();
    place.write("log.csv", "student,item,correct,completed_at\na,q1,1,2025-03-19T10:00:00Z\n");
    place.must(&["import", "log.csv"]);
    let made = place.must(&["backup", "copy.db"]).stdout;
    assert!(made.contains("schema") && made.contains("checked"), "{made}");
    assert_eq!(place.run(&["backup", "copy.db"]).code, Some(1));
    place.must(&["backup", "--overwrite", "copy.db"]);
    // A copy over the living database would take it away from whoever writes to it.
    std::os::unix::fs::symlink("seedtest-data/seedtest.db", place.path("link.db")).unwrap();
    for itself in ["seedtest-data/seedtest.db", "link.db"] {
        let refused = place.run(&["backup", "--overwrite", itself]);
        assert_eq!(refused.code, Some(2), "{}", refused.transcript());
        assert!(refused.stderr.contains("the database itself"), "{}", refused.transcript());
    }
    assert_eq!(place.run(&["restore", "copy.db"]).code, Some(1));
    let back = place.must(&["restore", "copy.db", "--overwrite"]).stdout;
    assert!(back.contains("program_version") && back.contains("seedtest.db.replaced"), "{back}");
    assert_eq!(place.rows("attempt_log"), 1);
    let elsewhere = place.must(&["--data-dir", "other", "restore", "copy.db"]);
    assert!(elsewhere.stdout.contains("other/seedtest.db"), "{}", elsewhere.stdout);
}
