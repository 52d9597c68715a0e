//! Personal data: private files, a student given out and erased, nothing that others would obey.

use std::fmt::Write as _;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::playground::Playground;

/// Every file and directory below one.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        }
        found.push(path);
    }
    found
}

/// Answers of three students over two weeks, amykim77 among them, and a row that cannot be used.
fn log() -> String {
    let mut text = String::from("student,item,topic,correct,completed_at\n");
    for (student, skill) in [("amykim77", 2), ("bennyjo88", 5), ("catlee99", 7)] {
        for n in 0..24 {
            let right = u8::from((n * 7) % 10 < skill);
            let day = 3 + n / 2;
            let _ = writeln!(
                text,
                "{student},q{},t{},{right},2025-03-{day:02}T09:{n:02}:00Z",
                n % 8,
                n % 2
            );
        }
    }
    text + "amykim77,q1,t1,1,2025-03-03T09:00:00Z\namykim77,q1,t1,0,2025-03-03T09:00:00Z\n"
}

/// A place with that log, a week of KPIs, and reports with the overview of the class.
fn school(environment: &[(&str, &str)]) -> Playground {
    let place = Playground::new();
    place.write("log.csv", log());
    for arguments in [
        &["migrate"][..],
        &["import", "log.csv"],
        &["pipeline", "daily"],
        &["report", "--all", "--lang", "en"],
    ] {
        let run = place.run_with(environment, arguments);
        run.ended();
    }
    fs::remove_file(place.path("log.csv")).unwrap();
    place
}

#[test]
#[cfg(unix)]
fn what_is_written_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = school(&[]);
    let data = place.path("seedtest-data");
    let mut modes = vec![(data.clone(), 0o700)];
    for path in below(&data) {
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        modes.push((path, mode));
    }
    for name in ["seedtest.db", "rejects.csv"] {
        assert!(modes.iter().any(|(path, _)| path.ends_with(name)), "{name}: {modes:?}");
    }
    assert!(modes.iter().any(|(path, _)| path.extension().is_some_and(|e| e == "html")));
    assert!(modes.iter().any(|(path, _)| path.extension().is_some_and(|e| e == "lock")));
    for (path, expected) in modes {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{} has mode {mode:o}", path.display());
    }
}

fn erase_on(environment: &[(&str, &str)]) {
    let place = school(environment);
    let json = |arguments: &[&str]| -> Value {
        let run = place.run_with(environment, arguments);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        serde_json::from_str(&run.stdout).unwrap()
    };
    let export = json(&["student", "export", "amykim77"]);
    assert_eq!(export["student_id"], "amykim77");
    assert!(export["tables"]["attempt_log"].as_array().unwrap().len() >= 24, "{export}");
    assert!(!export["tables"]["weekly_kpi"].as_array().unwrap().is_empty());
    let files = export["files"].as_object().unwrap();
    assert!(files.keys().any(|path| path.ends_with("student-amykim77.html")), "{files:?}");
    assert_eq!(export["rejected_rows"].as_array().unwrap().len(), 1, "{export}");
    assert!(!export.to_string().contains("bennyjo88"), "others are in it");

    let planned = json(&["student", "erase", "amykim77", "--dry-run"]);
    assert_eq!(json(&["student", "export", "amykim77"])["tables"], export["tables"]);
    let receipt = json(&["student", "erase", "amykim77"]);
    assert_eq!((&receipt["rows"], &receipt["rejected_rows"]), (&planned["rows"], &1.into()));
    assert_eq!(receipt["files_removed"]["own"], 1, "{receipt}");
    assert_eq!(receipt["files_removed"]["shared"], 1, "{receipt}");

    let gone = place.run_with(environment, &["student", "export", "amykim77"]);
    assert_eq!(gone.code, Some(1), "{}", gone.transcript());
    assert!(gone.stderr.contains("nothing is held"), "{}", gone.stderr);
    // Not even the bytes of what was deleted are left.
    for path in below(&place.path("seedtest-data")).iter().filter(|path| path.is_file()) {
        let bytes = fs::read(path).unwrap();
        assert!(
            !bytes.windows(8).any(|window| window == b"amykim77"),
            "amykim77 is in {}",
            path.display()
        );
        assert!(!path.to_string_lossy().contains("amykim77"), "{}", path.display());
    }
    // The ledger has the receipt; the others are there, and twice is like once.
    let id = receipt["receipt_id"].as_str().unwrap();
    let line = json(&["runs", "show", id]);
    assert_eq!((&line["name"], &line["spec"]["rows"]), (&"erase-student".into(), &receipt["rows"]));
    assert!(!json(&["student", "export", "bennyjo88"])["tables"]["weekly_kpi"].is_null());
    let again = place.run_with(environment, &["student", "erase", "amykim77"]);
    assert!(again.stdout.contains("\"rows\": {}"), "{}", again.stdout);
    assert!(
        again.stderr.contains("nothing was held of the student \"amykim77\""),
        "{}",
        again.stderr
    );
    // An id that nobody has, as that of a variable that was not set.
    for command in ["export", "erase"] {
        let nobody = place.run_with(environment, &["student", command, " "]);
        assert_eq!(nobody.code, Some(1), "{}", nobody.transcript());
    }
}

#[test]
fn a_student_is_given_out_and_erased_everywhere_on_sqlite() {
    erase_on(&[]);
}

#[test]
fn a_student_is_given_out_and_erased_everywhere_on_postgresql() {
    let url = seedtest_testkit::postgres_database().unwrap();
    erase_on(&[("DATABASE_URL", &url)]);
}

#[test]
fn names_cannot_turn_a_terminal_or_forge_a_line() {
    let place = Playground::new();
    let id = "amykim77\u{1b}[2J\u{202e}";
    let text = log().replace("amykim77", id);
    place.write("log.csv", text);
    let mut printed = String::new();
    for arguments in [
        &["import", "log.csv"][..],
        &["pipeline", "daily"],
        &["doctor"],
        &["report", "--student", id, "--week", "2020-01-01"],
        &["student", "export", "no\u{1b}\nerror: body"],
        &["token", "revoke", "x\u{1b}"],
        &["runs", "show", "x\u{1b}\nhint: y"],
        &["runs", "list"],
        &["job", "run", "no\u{1b}[2J\u{9b}\u{202e}"],
        &["import", "--no\u{1b}[2J\u{202e}"],
    ] {
        let run = place.run(arguments);
        printed += &run.stdout;
        printed += &run.stderr;
    }
    let obeyed: Vec<char> =
        printed.chars().filter(|&c| c != '\n' && (c.is_control() || c == '\u{202e}')).collect();
    assert!(obeyed.is_empty(), "{obeyed:?} in {printed:?}");
    for line in printed.lines() {
        assert!(!line.starts_with("error: body") && line != "hint: y", "{printed}");
    }
}

#[test]
fn what_opens_other_doors_is_not_shown() {
    let place = Playground::new();
    place.write("log.csv", log());
    place.must(&["import", "log.csv"]);
    let urls = [
        "postgresql://ann:SECRET@127.0.0.1:9/school",
        "postgresql://ann:a/SECRET@127.0.0.1:9/school",
        "postgresql://127.0.0.1:9/school?user=ann&password=SECRET",
        "host=127.0.0.1 password=a:SECRET",
        "mysql://ann:SECRET@127.0.0.1/school",
        "postgresql://ann@127.0.0.1:9/school?sslpassword=SECRET",
        "sqlite:///ann:SECRET@folder/school.db",
        "sqlite:school.db?password=SECRET",
    ];
    let mut printed = String::new();
    for url in urls {
        for arguments in [&["doctor"][..], &["config", "show"], &["migrate"], &["runs", "list"]] {
            let run = place.run_with(&[("DATABASE_URL", url)], arguments);
            printed += &run.transcript();
        }
    }
    let models = "http://ann:SECRET@127.0.0.1:9/base?key=SECRET";
    let mut environment: Vec<(&str, &str)> = [
        "R_IRT_BASE_URL",
        "R_GLMM_BASE_URL",
        "R_BRMS_BASE_URL",
        "R_FORECAST_BASE_URL",
        "R_SURVIVAL_BASE_URL",
        "R_CLUSTER_BASE_URL",
    ]
    .map(|name| (name, models))
    .into();
    environment.push(("JWT_JWKS_URL", "http://ann:SECRET@127.0.0.1:9/keys"));
    printed += &place.run_with(&environment, &["config", "show"]).transcript();
    assert!(printed.contains("http://…@127.0.0.1:9/base"), "{printed}");

    environment.push(("MIRT_MAX_RETRIES", "1"));
    let fit = ["job", "run", "mirt-calibrate", "--lookback-days", "0"];
    let run = place.run_with(&environment, &fit);
    assert_eq!(run.code, Some(1), "{}", run.transcript());
    printed += &run.transcript();
    printed += &place.must(&["runs", "list", "--json"]).stdout;
    assert!(!printed.contains("SECRET"), "{printed}");
    for path in below(&place.path("seedtest-data")).iter().filter(|path| path.is_file()) {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"SECRET"), "{}", path.display());
    }
}

#[test]
fn pseudonyms_stand_in_the_place_of_ids() {
    let place = Playground::new();
    place.write("log.csv", log());
    let key = [("SEEDTEST_PSEUDONYM_KEY", "0123456789abcdef0123456789abcdef")];
    let without = place.run(&["import", "log.csv", "--pseudonyms", "school"]);
    assert_eq!(without.code, Some(2), "{}", without.transcript());
    let run = place.run_with(&key, &["import", "log.csv", "--pseudonyms", "school"]);
    assert_eq!(run.code, Some(0), "{}", run.transcript());
    let name =
        place.run_with(&key, &["student", "pseudonym", "amykim77", "--tenant", "school"]).stdout;
    let name = name.trim();
    let other =
        place.run_with(&key, &["student", "pseudonym", "amykim77", "--tenant", "other"]).stdout;
    assert!(name.starts_with("p-") && name != other.trim(), "{name} {other}");
    assert_eq!(place.run(&["student", "export", "amykim77"]).code, Some(1));
    let export = place.must(&["student", "export", name]).stdout;
    assert!(export.contains("attempt_log"), "{export}");
    for path in below(&place.path("seedtest-data")).iter().filter(|path| path.is_file()) {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"amykim77"), "{}", path.display());
    }
    // The same student has the same name in the next import, so it is the same answer.
    let again = place.run_with(&key, &["import", "log.csv", "--pseudonyms", "school"]);
    assert!(again.stdout.contains("0 answers new"), "{}", again.stdout);
}
