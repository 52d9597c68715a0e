//! Where settings come from: flags, variables, secrets in files, `seedtest.toml`, defaults.

use std::path::Path;

use serde_json::Value;

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
        ("[jobs.mirt-calibrat]\nmodel = \"2PL\"", "did you mean jobs.mirt-calibrate?"),
        ("[serve]\nmax-fit-mib = 0", "max-fit-mib"),
        ("[serve]\ntls-cert = \"a.pem\"", "--tls-key"),
        ("threads = \"many\"", "threads"),
        ("threads = 1\nthreads = 2", "seedtest.toml:2: "),
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
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let place = Playground::new();
    place.write(
        "seedtest.toml",
        "timezone = \"Mars\"\nthreads = -1\ncolour = 1\nnow = \"today\"\n\
         [serve]\nbind = 5\nrate-limit = -2.5\nport = 99999\nburst = 0\n\
         [sreve]\nworkers = 1\n\
         [schedule]\ndaily = \"99 3 * * *\"\nmonthly = \"0 3 30 2 *\"\n\
         [jobs]\nlookback-days = -7\n\
         [jobs.fit-survival-churn]\nalert-threshold = 1.5\nupdate-kpi = \"maybe\"\n\
         [jobs.mirt_calibrate]\nmodel = \"5PL\"\nbase-url = \"models:8000\"\n",
    );
    let errors = refused(&place, &[], &["job", "list"]);
    for told in [
        "seedtest.toml:1: timezone: \"Mars\" is no time zone",
        "seedtest.toml:2: threads: \"-1\" is not a whole number from 0 to 1024",
        "seedtest.toml:3: unknown key colour",
        "seedtest.toml:4: now: \"today\" is not an instant as",
        "seedtest.toml:6: serve.bind: is not a text in quotes",
        "seedtest.toml:7: serve.rate-limit: \"-2.5\" is not a number from 0",
        "seedtest.toml:8: serve.port: \"99999\" is not a port",
        "seedtest.toml:9: serve.burst: \"0\" is not a number from 1",
        "seedtest.toml:10: unknown section sreve (did you mean serve?)",
        "seedtest.toml:13: schedule.daily: \"99 3 * * *\": the minute \"99\" is not 0 to 59",
        "seedtest.toml:14: schedule.monthly: \"0 3 30 2 *\": no such day ever comes",
        "seedtest.toml:16: jobs.lookback-days: \"-7\" is not a whole number of 0 or more",
        "seedtest.toml:18: jobs.fit-survival-churn.alert-threshold: \"1.5\" is not a decimal number from 0 to 1",
        "seedtest.toml:19: jobs.fit-survival-churn.update-kpi: \"maybe\" is not true or false",
        "seedtest.toml:21: jobs.mirt-calibrate.model: \"5PL\" is not ",
        "seedtest.toml:22: jobs.mirt-calibrate.base-url: \"models:8000\" is not an address as",
    ] {
        assert!(errors.contains(told), "{told} in {errors}");
    }
    assert!(errors.starts_with("error: 16 settings cannot be used"), "{errors}");
    assert!(!place.path("seedtest-data").exists());
}

#[test]
fn variables_and_flags_are_looked_at_before_anything_begins() {
    let place = Playground::new();
    let environment = [
        ("SEEDTEST_TIMEZONE", "Mars"),
        ("SEEDTEST_WEEKLY", "0 25 * * MON"),
        ("MIRT_LOOKBACK_DAYS", "-3"),
        ("BRMS_TARGET_ACCEPT", "2"),
        ("REPORT_FORMAT", "docx"),
        ("DATABASE_URL", "mysql://ann:s3cret@db/x"),
        ("SEEDTEST_NOW", "yesterday"),
    ];
    let errors = refused(&place, &environment, &["schedule", "--jitter=-1", "--tries", "9"]);
    for told in [
        "SEEDTEST_TIMEZONE: \"Mars\" is no time zone",
        "SEEDTEST_WEEKLY: \"0 25 * * MON\": ",
        "MIRT_LOOKBACK_DAYS: \"-3\" is not a whole number",
        "BRMS_TARGET_ACCEPT: \"2\" is not a decimal number from 0.5",
        "REPORT_FORMAT: \"docx\" is not html, pdf",
        "DATABASE_URL: ",
        "SEEDTEST_NOW: \"yesterday\" is not an instant",
        "--jitter: \"-1\" is not a whole number from 0 to 3600",
        "--tries: \"9\" is not a whole number from 1 to 6",
    ] {
        assert!(errors.contains(told), "{told} in {errors}");
    }
    assert!(!errors.contains("s3cret"), "{errors}");
    assert!(!place.path("seedtest-data").exists());

    // What a command does not read hurts it not.
    place.write("log.csv", "student,item,correct,completed_at\na,q1,1,2025-03-19T10:00:00Z\n");
    let others = [("BRMS_TARGET_ACCEPT", "2"), ("SEEDTEST_WEEKLY", "never"), ("PORT", "x")];
    let run = place.run_with(&others, &["import", "log.csv"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let fit = [("DATABASE_URL", "mysql://elsewhere/x")];
    let run = place.run_with(&fit, &["fit", "irt", "--data", "nowhere.csv"]);
    assert!(!run.stderr.contains("DATABASE_URL"), "{}", run.transcript());
    let errors = refused(&place, &[("PORT", "x"), ("LOCAL_DEV_ROLE", "king")], &["serve"]);
    assert!(
        errors.contains("PORT: \"x\"") && errors.contains("LOCAL_DEV_ROLE: \"king\""),
        "{errors}"
    );
    let errors = refused(
        &place,
        &[("MIRT_MODEL", "5PL")],
        &["job", "run", "mirt-calibrate", "--max-iter", "x"],
    );
    assert!(errors.contains("MIRT_MODEL") && errors.contains("--max-iter"), "{errors}");
    // Blank is not said.
    let blank = [("LOG_FORMAT", ""), ("SEEDTEST_TIMEZONE", " "), ("MIRT_MODEL", "")];
    let run = place.run_with(&blank, &["doctor"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
}

#[test]
fn doctor_tells_of_settings_that_no_job_can_use() {
    let place = Playground::new();
    place.write("log.csv", "student,item,correct,completed_at\na,q1,1,2025-03-19T10:00:00Z\n");
    place.must(&["import", "log.csv"]);
    let fresh = place.run(&["doctor"]).stdout;
    assert!(fresh.contains("none has run yet") && !fresh.contains("40 days"), "{fresh}");
    place.run(&["job", "run", "verify-counts"]).ended();
    let ran = place.run(&["doctor"]).stdout;
    assert!(
        ran.contains("never ran") && ran.contains("is left out: S3_BUCKET is not set"),
        "{ran}"
    );
    assert!(ran.contains("is left out: SMTP_HOST is not set"), "{ran}");
    // Over an old log a night stands at its end: that is one thing to look at, not one for every job.
    let later = [("SEEDTEST_NOW", "2025-09-20T12:00:00Z")];
    place.run_with(&later, &["job", "run", "detect-inactivity"]).ended();
    let old = place.run_with(&later, &["doctor"]).stdout;
    let line = |name: &str| old.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    assert!(line("log").contains("look   1 answers from"), "{old}");
    assert!(line("log").ends_with("none of the last 30 days"), "{old}");
    assert!(line("job detect-inactivity").contains(" ok "), "{old}");
    let environment = [("MIRT_MODEL", "5PL"), ("CHURN_ALERT_THRESHOLD", "-1")];
    let run = place.run_with(&environment, &["doctor"]);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    let faults = run.stdout.lines().filter(|line| line.starts_with("settings")).count();
    assert_eq!(faults, 2, "{}", run.stdout);
}

#[test]
fn doctor_tells_of_settings_with_which_nothing_would_start() {
    let place = Playground::new();
    place.write("log.csv", "student,item,correct,completed_at\na,q1,1,2025-03-19T10:00:00Z\n");
    place.must(&["import", "log.csv"]);
    let wrong = [
        ("SEEDTEST_DAILY", "99 3 * * *"),
        ("SEEDTEST_WEEKLY", "never"),
        ("SEEDTEST_MAX_SECONDS", "-5"),
        ("SEEDTEST_MAX_FIT_MIB", "much"),
        ("PORT", "80x"),
        ("RUST_LOG", "seedtest=loud"),
        ("LOCAL_DEV_ROLE", "king"),
        ("JWT_JWKS_URL", "keys.example.org"),
        ("JWT_PUBLIC_KEY", "no key"),
        ("REPORT_CUSTOMISE", "/nowhere/school.toml"),
        ("API_PREFIX", "no path"),
    ];
    for (name, value) in wrong {
        let run = place.run_with(&[(name, value)], &["doctor"]);
        assert_eq!(run.code, Some(1), "{name}: {}", run.transcript());
        let faults: Vec<&str> =
            run.stdout.lines().filter(|line| line.starts_with("settings")).collect();
        assert_eq!(faults.len(), 1, "{name}: {}", run.stdout);
        assert!(faults[0].contains("FAILS"), "{name}: {}", faults[0]);
    }
    // All of them, not the first one only; and for programs that read it.
    let run = place.run_with(&wrong[..4], &["doctor", "--json"]);
    let told: Value = serde_json::from_str(&run.stdout).unwrap();
    let checks = told["checks"].as_array().unwrap();
    let faults: Vec<&Value> = checks.iter().filter(|check| check["name"] == "settings").collect();
    assert_eq!((faults.len(), &told["status"]), (4, &faults[0]["standing"]), "{told}");
    for (name, _) in &wrong[..4] {
        let found = faults.iter().filter_map(|check| check["found"].as_str());
        assert!(found.filter(|found| found.contains(name)).count() == 1, "{name}: {told}");
    }
    let right = [("SEEDTEST_DAILY", "0 4 * * *"), ("SEEDTEST_MAX_SECONDS", "60"), ("PORT", "8080")];
    let run = place.run_with(&right, &["doctor"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
}

#[test]
fn a_zone_that_is_refused_leaves_nothing_behind() {
    let place = Playground::new();
    place.write("log.csv", "student,item,correct,completed_at\na,q1,1,2025-03-19T10:00:00Z\n");
    for arguments in [
        &["--timezone", "Mars", "import", "log.csv"][..],
        &["--timezone", "Mars", "migrate"],
        &["--timezone", "Mars", "serve"],
        &["timezone", "Mars"],
        &["import", "nowhere.csv"],
        &["import", "--since", "yesterday", "log.csv"],
        &["--schema", "x", "migrate"],
    ] {
        let run = place.run(arguments);
        assert!(matches!(run.code, Some(1 | 2)), "{arguments:?}: {}", run.transcript());
        assert!(!place.path("seedtest-data").exists(), "{arguments:?}: {}", run.transcript());
    }
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
    assert!(back.contains("made by version ") && back.contains("seedtest.db.replaced"), "{back}");
    assert_eq!(place.rows("attempt_log"), 1);
    let elsewhere = place.must(&["--data-dir", "other", "restore", "copy.db"]);
    assert!(elsewhere.stdout.contains("other/seedtest.db"), "{}", elsewhere.stdout);
}
