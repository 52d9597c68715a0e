//! From the log to the forecast and to the segments: jobs on both databases, ledger, report.

use serde_json::Value;

use crate::playground::{Playground, Run};

/// Late on the last Sunday of a demo of sixteen weeks.
const NOW: &str = "2025-06-22T23:00:00Z";
/// Two weeks later.
const LATER: &str = "2025-07-06T23:00:00Z";

/// A simulated school with its KPIs in both databases.
struct School {
    place: Playground,
    urls: [Option<String>; 2],
}

impl School {
    fn new(students: &str) -> Self {
        let place = Playground::new();
        place.must(&["demo", "--students", students, "--weeks", "16", "--seed", "5"]);
        let school =
            Self { place, urls: [None, Some(seedtest_testkit::postgres_database().unwrap())] };
        let files = ["seedtest-demo/responses.csv", "seedtest-demo/exams.jsonl"];
        school.each(&["migrate"]);
        school.each(&["import", files[0], files[1]]);
        let history = ["pipeline", "history", "--from", "2025-03-03", "--to", "2025-06-22"];
        school.each(&history);
        school
    }

    fn at(&self, backend: usize, now: &str, arguments: &[&str]) -> Run {
        let mut environment = vec![("SEEDTEST_NOW", now)];
        environment.extend(self.urls[backend].as_deref().map(|url| ("DATABASE_URL", url)));
        let run = self.place.run_with(&environment, arguments);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        run
    }

    /// The same command on both databases; jobs must print the same.
    fn each_at(&self, now: &str, arguments: &[&str]) -> Run {
        let [one, two] = [0, 1].map(|backend| self.at(backend, now, arguments));
        if arguments[0] == "job" {
            assert_eq!(one.stdout, two.stdout);
        }
        one
    }

    fn each(&self, arguments: &[&str]) -> Run {
        self.each_at(NOW, arguments)
    }

    fn report(&self) -> String {
        self.each(&["report", "--all", "--lang", "en", "--out", "out"]);
        let names = std::fs::read_dir(self.place.path("out")).unwrap();
        let read = |name: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(name.unwrap().path()).unwrap()
        };
        names.map(read).collect()
    }

    /// Every run of the job that left a fit can be repeated to the digest.
    fn verify(&self, job: &str) {
        for backend in [0, 1] {
            let listed = self.at(backend, LATER, &["runs", "list", "--json"]).stdout;
            let lines = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let run = lines
                .filter(|line| line["name"] == job && !line["result_digest"].is_null())
                .map(|line| line["run_id"].as_str().unwrap().to_owned())
                .next()
                .unwrap();
            self.at(backend, LATER, &["runs", "verify", &run]);
        }
    }
}

#[test]
fn from_weekly_improvement_to_the_forecast_in_the_report() {
    let school = School::new("40");
    let dry = school.each(&["job", "run", "forecast-prophet", "--dry-run"]);
    assert!(dry.stdout.contains("[DRY_RUN]"), "{}", dry.transcript());
    assert!(!school.report().contains("Improvement of everybody, and what is expected"));
    let first = school.each(&["job", "run", "forecast-prophet"]);
    for line in [
        "[INFO] Forecasting I_t trend (lookback=12 weeks, forecast=4 weeks)",
        "[INFO] Loaded 12 weekly I_t observations",
        "[INFO] Forecast: 4 periods",
        "[INFO] damped_trend is published, not prophet: 12 points are too few",
        "[INFO] Stored ",
        "[INFO] Updated weekly_kpi.I_t_forecast_next for ",
        "[INFO] Prophet forecasting completed: run_id=prophet-20250622-230000",
    ] {
        assert!(first.stdout.contains(line), "{line} is not in {}", first.stdout);
    }
    let again = school.each(&["job", "run", "forecast-prophet"]);
    assert_eq!(first.stdout, again.stdout, "a second run changes nothing");
    school.verify("forecast-prophet");
    let report = school.report();
    assert!(report.contains("Improvement of everybody, and what is expected"));
    assert!(report.contains("This is about everybody together, not about one student."));

    let students = school.each(&["job", "run", "forecast-prophet", "--by", "student"]);
    assert!(students.stdout.contains("[INFO] Forecast: 4 periods"), "{}", students.stdout);
    let one = school.each(&["job", "run", "forecast-prophet", "--user", "student-0001"]);
    assert!(one.stdout.contains("weekly I_t observations"), "{}", one.stdout);
    let nobody = school.each(&["job", "run", "forecast-prophet", "--user", "nobody"]);
    let warning = "[WARN] Insufficient I_t data for Prophet fitting (need >= 4 weeks)";
    assert!(nobody.stdout.contains(warning), "{}", nobody.stdout);
    assert!(nobody.stdout.contains("seedtest pipeline history --from DAY"), "{}", nobody.stdout);
}

#[test]
fn classes_that_nobody_names_are_missed() {
    let place = Playground::new();
    place.must(&["demo", "--students", "20", "--weeks", "12", "--seed", "5"]);
    let call = |arguments: &[&str]| {
        let run = place.run_with(&[("SEEDTEST_NOW", "2025-05-25T23:00:00Z")], arguments);
        assert_eq!(run.code, Some(0), "{}", run.transcript());
        run
    };
    call(&["import", "seedtest-demo/responses.csv"]);
    call(&["pipeline", "history", "--from", "2025-03-03", "--to", "2025-05-25"]);
    let run = call(&["job", "run", "forecast-prophet", "--by", "class", "--dry-run"]);
    assert!(run.stdout.contains("[WARN] no session names the class"), "{}", run.transcript());
}

#[test]
fn the_school_calendar_is_a_file() {
    let school = School::new("20");
    school
        .place
        .write("calendar.csv", "name,first day,last day,kind\nexam,2025-04-28,2025-05-02,exam\n");
    let flags =
        ["--calendar", "calendar.csv", "--country-holidays", "KR", "--lookback-weeks", "16"];
    let run = school.each(&[&["job", "run", "forecast-prophet"], &flags[..]].concat());
    assert!(run.stdout.contains("weekly I_t observations"), "{}", run.stdout);
    school.place.write("calendar.csv", "exam,2025-04-28\n");
    let environment = [("SEEDTEST_NOW", NOW)];
    let bad = school
        .place
        .run_with(&environment, &[&["job", "run", "forecast-prophet"], &flags[..]].concat());
    assert!(bad.code != Some(0) && bad.transcript().contains("line 1 of the calendar"));
    let missing = ["job", "run", "forecast-prophet", "--calendar", "nowhere.csv"];
    let missing = school.place.run_with(&environment, &missing);
    assert!(missing.transcript().contains("cannot read nowhere.csv"), "{}", missing.transcript());
}

#[test]
fn from_weekly_rows_to_segments_that_keep_their_numbers() {
    let school = School::new("60");
    let dry = school.each(&["job", "run", "cluster-segments", "--n-clusters", "3", "--dry-run"]);
    assert!(dry.stdout.contains("[DRY_RUN]"), "{}", dry.transcript());
    let fixed = ["job", "run", "cluster-segments", "--n-clusters", "3"];
    let first = school.each(&fixed);
    for line in [
        "[INFO] Clustering user segments (lookback=12 weeks)",
        " user feature vectors",
        "[INFO] Clustered into 3 segments",
        "[INFO] Metrics: silhouette=",
        "[INFO] Against the last run: there is none of an earlier day to go on from",
        "[INFO] Clustering completed: run_id=cluster-20250622-230000, ",
    ] {
        assert!(first.stdout.contains(line), "{line} is not in {}", first.stdout);
    }
    assert_eq!(first.stdout, school.each(&fixed).stdout, "a second run changes nothing");
    school.verify("cluster-segments");
    let report = school.report();
    assert!(report.contains("Kinds of learners") && report.contains("Belongs to the kind"));
    // The same rows on another day: everybody stays where they are.
    let later = school.each_at(
        "2025-06-23T07:00:00Z",
        &["job", "run", "cluster-segments", "--n-clusters", "3", "--lookback-weeks", "13"],
    );
    let line = "[INFO] Against the last run: 0 segments are new, 0 are gone, 0 users moved, ";
    assert!(later.stdout.contains(line), "{}", later.stdout);
    let chosen = school.each(&["job", "run", "cluster-segments"]);
    assert!(chosen.stdout.contains("[INFO] Clustered into "), "{}", chosen.stdout);
    let few = ["job", "run", "cluster-segments", "--features", "mood"];
    let refused = school.place.run_with(&[("SEEDTEST_NOW", NOW)], &few);
    assert_eq!(refused.code, Some(2), "{}", refused.transcript());
    let early = school.each_at("2025-03-10T00:00:00Z", &["job", "run", "cluster-segments"]);
    let warning = "[WARN] Insufficient users for clustering (need >= 10)";
    assert!(early.stdout.contains(warning), "{}", early.stdout);
    // There are students enough: it is the weeks that are few.
    let weeks =
        "students have weekly scores, 0 of them in at least 4 of the last 12 weeks (10 are needed)";
    assert!(early.stdout.contains(weeks), "{}", early.stdout);
}

/// A line with little scatter and one week far above it.
fn series() -> String {
    let first = chrono::NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
    let row = |week: u64| {
        let day = first + chrono::Days::new(7 * week);
        let scatter = [0.002, -0.004, 0.003, 0.0, -0.001][week as usize % 5];
        let above = if week == 22 { 0.5 } else { 0.0 };
        format!("{day},{}\n", 0.1 + 0.01 * week as f64 + scatter + above)
    };
    format!("day,score\n{}", (0..40).map(row).collect::<String>())
}

#[test]
fn a_series_is_forecast_and_goes_on_from_its_json() {
    let place = Playground::new();
    place.write("series.csv", series());
    let fit = ["fit", "forecast", "--data", "series.csv", "--time", "day", "--horizon", "3"];
    let table = place.must(&fit).stdout;
    assert!(table.contains("a week apart; trend increasing"), "{table}");
    assert!(table.contains("2024-06-03") && table.contains("extreme, above"), "{table}");
    place.must(&[&fit[..], &["--json", "fit.json"]].concat());
    let fitted: Value = serde_json::from_str(&place.read("fit.json")).unwrap();
    assert_eq!(fitted["forecast"].as_array().unwrap().len(), 3);
    let predict = ["predict", "prophet", "--model", "fit.json", "--periods", "3", "--json", "-"];
    let predicted: Value = serde_json::from_str(&place.must(&predict).stdout).unwrap();
    assert_eq!(predicted["forecast"], fitted["forecast"]);
    let shown = place.must(&["predict", "forecast", "--model", "fit.json", "--periods", "8"]);
    assert!(shown.stdout.contains("2024-11-25"), "{}", shown.stdout);
    let wrong = place.run(&["fit", "prophet", "--data", "series.csv", "--time", "when"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.transcript());
    place.write("two.csv", "ds,y\n2025-01-06,1\n2025-01-13,2\n");
    let few = place.run(&["fit", "prophet", "--data", "two.csv"]);
    assert_eq!(few.code, Some(3), "{}", few.transcript());
    let few = few.stdout;
    assert!(few.starts_with("nothing was fitted: 2 points are too few"), "{few}");
}

#[test]
fn a_series_that_is_not_plain_is_forecast_as_it_is() {
    let place = Playground::new();
    let first = chrono::NaiveDate::from_ymd_opt(2025, 1, 6).unwrap();
    let row = |i: u64| {
        let day = first + chrono::Days::new(7 * (i / 2) + 3 * (i % 2));
        format!("{day},{}\n", 1e-12 * (10 + i % 2 + i % 3) as f64)
    };
    place.write("lessons.csv", format!("ds,y\n{}", (0..24).map(row).collect::<String>()));
    let shown = place.must(&["fit", "prophet", "--data", "lessons.csv"]).stdout;
    assert!(shown.contains("at the usual times (Mon, Thu)"), "{shown}");
    assert!(shown.contains("2025-03-31") && shown.contains("e-11"), "{shown}");
    let weekly = ["fit", "prophet", "--data", "lessons.csv", "--freq", "week"];
    assert!(place.must(&weekly).stdout.contains("those to come are a week apart"));

    let misspelt =
        place.run(&["fit", "prophet", "--data", "lessons.csv", "--options", r#"{"grwth":"flat"}"#]);
    assert_eq!(misspelt.code, Some(2), "{}", misspelt.transcript());
    assert!(misspelt.stderr.contains("no option is called grwth; the options are "));

    let same = (1..20).map(|d| format!("2025-01-{d:02},0.5\n")).collect::<Vec<_>>().concat();
    place.write("same.csv", format!("ds,y\n{same}"));
    let perfect = place.must(&["fit", "prophet", "--data", "same.csv", "--model", "prophet"]);
    assert!(perfect.stdout.contains("every observation is 0.5000"), "{}", perfect.stdout);

    // What was published says why, also when it goes on.
    place.must(&["fit", "prophet", "--data", "lessons.csv", "--json", "fit.json"]);
    let on = place.must(&["predict", "prophet", "--model", "fit.json"]).stdout;
    assert!(!on.contains("was asked for"), "{on}");
}

#[test]
fn rows_are_clustered_and_new_ones_assigned_from_the_json() {
    let place = Playground::new();
    let row = |i: usize| {
        let group = (i % 3) as f64;
        let scatter = |step: usize| (i * step % 101) as f64 / 50.0 - 1.0;
        let (sessions, gap) = (10.0 * group + scatter(37), 5.0 - 2.0 * group + 0.3 * scatter(53));
        format!("u{i:02},{sessions},{gap},7\n")
    };
    let rows: String = (0..42).map(row).collect();
    place.write("rows.csv", format!("learner,sessions,gap,constant\n{rows}"));
    let fit = ["fit", "segments", "--data", "rows.csv", "--id", "learner"];
    let table = place.must(&fit).stdout;
    assert!(table.starts_with("3 clusters: "), "{table}");
    assert!(table.contains("`constant` was left out: every value is 7"), "{table}");
    place.must(&[&fit[..], &["--json", "fit.json"]].concat());
    place.write("new.csv", "learner,sessions,gap\nx,19.5,1\ny,0.5,5\n");
    let predict =
        ["predict", "cluster", "--model", "fit.json", "--data", "new.csv", "--id", "learner"];
    let shown = place.must(&predict).stdout;
    assert_eq!(shown.lines().count(), 3, "{shown}");
    let none = ["fit", "cluster", "--data", "rows.csv", "--k", "99", "--id", "learner"];
    let none = place.run(&none);
    assert_eq!(none.code, Some(3), "{}", none.transcript());
    let none = none.stdout;
    assert!(none.starts_with("nothing was fitted: 42 rows are too few for 99 clusters"), "{none}");
    let bad = place.run(&["fit", "cluster", "--data", "rows.csv", "--method", "som"]);
    assert_eq!(bad.code, Some(2), "{}", bad.transcript());
}
