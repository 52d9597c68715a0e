//! Groups of students, the population that scoring takes, and abilities by topic.

use std::fmt::Write as _;

use seedtest_numerics::{Stream, logistic};
use seedtest_store::{Store, Target};
use serde_json::{Value, json};

use crate::playground::Playground;

const STUDENTS: usize = 1_000;
const OWN: usize = 15;
const COMMON: usize = 4;

/// Two grades N(−1, 1) and N(1, 1), 15 items of their own and 4 common ones.
fn two_grades() -> String {
    let mut text = String::from("student,grade,item,correct\n");
    let mut items = Stream::new(11, 0);
    let mut bank = |centre: f64| (items.lognormal(0.1, 0.2), centre + 0.9 * items.normal());
    let own: Vec<Vec<(f64, f64)>> =
        [-1.0, 1.0].map(|mean| (0..OWN).map(|_| bank(mean)).collect()).into();
    let common: Vec<(f64, f64)> = (0..COMMON).map(|_| bank(0.0)).collect();
    for student in 0..2 * STUDENTS {
        let grade = student % 2;
        let mut stream = Stream::new(12, student as u64);
        let theta = 2.0 * grade as f64 - 1.0 + stream.normal();
        let mut answer = |name: String, (a, b): (f64, f64)| {
            let right = u8::from(stream.bernoulli(logistic(a * (theta - b))));
            // Grades 9 and 10: the lower one comes first although its name does not.
            let _ = writeln!(text, "s{student:04},{},{name},{right}", 9 + grade);
        };
        for (item, parameters) in own[grade].iter().enumerate() {
            answer(format!("own-{grade}-{item}"), *parameters);
        }
        for (item, parameters) in common.iter().enumerate() {
            answer(format!("common-{item}"), *parameters);
        }
    }
    text
}

fn json(place: &Playground, name: &str) -> Value {
    serde_json::from_str(&place.read(name)).unwrap()
}

fn numbers(list: &Value, key: &str) -> Vec<f64> {
    list.as_array().unwrap().iter().map(|row| row[key].as_f64().unwrap()).collect()
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

#[test]
fn two_grades_are_calibrated_at_once_and_scored_in_their_own_population() {
    let place = Playground::new();
    place.write("grades.csv", two_grades());
    let data = ["--data", "grades.csv"];
    let fit = [&["fit", "irt", "--group", "grade", "--json", "fit.json"][..], &data].concat();
    place.must(&fit);
    let found = json(&place, "fit.json");
    let groups = &found["groups"];
    assert_eq!(groups[0]["group"], "9");
    assert_eq!((&groups[0]["mean"], &groups[0]["reference"]), (&json!(0.0), &json!(true)));
    // The right distance is 2 standard deviations of grade 9; the four common items leave about 0.13.
    let (distance, se) =
        (groups[1]["mean"].as_f64().unwrap(), groups[1]["mean_se"].as_f64().unwrap());
    assert!((distance - 2.0).abs() < 3.0 * se && se < 0.25, "{distance} ± {se}");
    let warnings = found["warnings"].to_string();
    assert!(warnings.contains("group 10 shares only 4 items"), "{warnings}");
    assert!(!warnings.contains("--group"), "{warnings}");

    // The same students scored from the file: each in the own group's distribution, as in the fit.
    let score = ["score", "--params", "fit.json", "--data", "grades.csv", "--json", "score.json"];
    place.must(&score);
    let scored = json(&place, "score.json");
    assert_eq!(scored["population"]["source"], "group");
    assert_eq!(scored["warnings"], json!([]));
    let (own, again) = (numbers(&found["abilities"], "theta"), numbers(&scored["scores"], "theta"));
    // Two grids of the same integral.
    assert!(own.iter().zip(&again).all(|(x, y)| (x - y).abs() < 2e-3));
    place.must(&[&score[..], &["--group", "grade"]].concat());
    assert_eq!(numbers(&json(&place, "score.json")["scores"], "theta"), again);

    // A prior that is given is the prior.
    place.must(&[&score[..], &["--prior-mean", "-0.5", "--prior-sd", "2"]].concat());
    let given = &json(&place, "score.json")["population"];
    assert_eq!(given, &json!({"source": "given", "mean": -0.5, "sd": 2.0}));
    // Students whose group nobody knows, and groups the calibration does not know.
    place.write("new.csv", "student,grade,item,correct\nx,11,common-0,1\nx,11,common-1,0\n");
    let new = ["score", "--params", "fit.json", "--data", "new.csv"];
    let unknown = place.must(&new).stdout;
    assert!(unknown.contains("1 students have no group"), "{unknown}");
    let refused = place.run(&[&new[..], &["--group", "grade"]].concat());
    assert_eq!(refused.code, Some(2), "{}", refused.transcript());
    assert!(
        refused.stderr.contains("\"11\"") && refused.stderr.contains("9, 10"),
        "{}",
        refused.stderr
    );

    // The table shows the groups; without them the distance shrinks and a warning says why.
    let shown = place.must(&[&["fit", "irt", "--group", "grade"][..], &data].concat()).stdout;
    assert!(shown.contains("group 9: 1000 students, mean 0.000 (fixed)"), "{shown}");
    place.must(&[&["fit", "irt", "--json", "one.json"][..], &data].concat());
    let one = json(&place, "one.json");
    let theta = numbers(&one["abilities"], "theta");
    let of = |grade: usize| mean(&theta.iter().copied().skip(grade).step_by(2).collect::<Vec<_>>());
    assert!(of(1) - of(0) < 1.4, "{}", of(1) - of(0));
    let warnings = one["warnings"].to_string();
    assert!(warnings.contains("`--group`") && warnings.contains("pulled together"), "{warnings}");
}

#[test]
fn groups_that_cannot_be_calibrated_are_refused_by_name() {
    let place = Playground::new();
    let mut text = two_grades();
    text = text
        .lines()
        .filter(|line| !line.contains("common"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    place.write("apart.csv", &text);
    let fit = ["fit", "irt", "--data", "apart.csv", "--group", "grade"];
    let refused = place.run(&fit);
    assert_eq!(refused.code, Some(2), "{}", refused.transcript());
    assert!(
        refused.stderr.contains("10 share no item with the reference group 9"),
        "{}",
        refused.stderr
    );
    let refused = place.run(&[&fit[..], &["--reference-group", "12"]].concat());
    assert!(refused.stderr.contains("\"12\" is none of 9, 10"), "{}", refused.stderr);
    text.push_str("s0000,10,own-0-0,1\n");
    place.write("two.csv", &text);
    let refused = place.run(&["fit", "irt", "--data", "two.csv", "--group", "grade"]);
    assert!(
        refused.stderr.contains("student s0000 is in \"9\" and in \"10\""),
        "{}",
        refused.stderr
    );
    let refused = place.run(&["fit", "irt", "--data", "two.csv", "--group", "school"]);
    assert!(refused.stderr.contains("school"), "{}", refused.stderr);
    // A wide table may have a column of groups too.
    let mut wide = String::from("id,class,q1,q2,q3,q4\n");
    for student in 0..400 {
        let mut stream = Stream::new(10, student);
        let theta = 1.5 * stream.normal() + (student % 2) as f64;
        let right = [-1.0, 0.0, 1.0, 2.0].map(|b| u8::from(stream.bernoulli(logistic(theta - b))));
        let [q1, q2, q3, q4] = right;
        let _ = writeln!(wide, "{student},{},{q1},{q2},{q3},{q4}", student % 2);
    }
    place.write("wide.csv", wide);
    let rasch = ["fit", "irt", "--model", "rasch", "--data", "wide.csv", "--group", "class"];
    place.must(&[&rasch[..], &["--json", "wide.json"]].concat());
    let found = json(&place, "wide.json");
    assert_eq!(found["items"].as_array().unwrap().len(), 4);
    assert_eq!(found["groups"][1]["n"], 200);
}

#[test]
fn scores_are_those_of_the_population_of_the_fit() {
    // 800 students N(1.5, 0.7²), 8 items of a = 1.2 whose parameters are fixed.
    let place = Playground::new();
    let b = |item: usize| -1.5 + 3.0 * item as f64 / 7.0;
    let mut text = String::from("student,item,correct\n");
    let mut truth = Vec::new();
    for student in 0..800 {
        let mut stream = Stream::new(3, student);
        let theta = 1.5 + 0.7 * stream.normal();
        truth.push(theta);
        for item in 0..8 {
            let right = u8::from(stream.bernoulli(logistic(1.2 * (theta - b(item)))));
            let _ = writeln!(text, "s{student:03},q{item},{right}");
        }
    }
    place.write("data.csv", text);
    let anchors: Vec<Value> = (0..8)
        .map(|item| json!({"item_id": format!("q{item}"), "params": {"a": 1.2, "b": b(item)}, "fixed": true}))
        .collect();
    place.write("anchors.json", json!(anchors).to_string());
    let fit = ["--anchors", "anchors.json", "--linking", "fixed", "--json", "fit.json"];
    place.must(&[&["fit", "irt", "--data", "data.csv"][..], &fit].concat());
    let score = ["score", "--params", "fit.json", "--data", "data.csv", "--json", "score.json"];
    place.must(&score);
    let (found, scored) = (json(&place, "fit.json"), json(&place, "score.json"));
    let metrics = &found["fit_meta"]["metrics"];
    assert_eq!(scored["population"]["source"], "fit");
    assert_eq!(scored["population"]["mean"], metrics["latent_mean"]);
    assert_eq!(scored["warnings"], json!([]));
    let theta = numbers(&scored["scores"], "theta");
    let own = numbers(&found["abilities"], "theta");
    assert!(own.iter().zip(&theta).all(|(x, y)| (x - y).abs() < 2e-3));
    // Right with the population: near the truth on average, and 95 % of intervals hold it. With N(0, 1)
    // the mean is half a unit too low and 85 % do.
    assert!((mean(&theta) - mean(&truth)).abs() < 0.08, "{} {}", mean(&theta), mean(&truth));
    let se = numbers(&scored["scores"], "se");
    let covered = theta.iter().zip(&se).zip(&truth);
    let covered = covered.filter(|((theta, se), truth)| (*theta - **truth).abs() < 1.96 * **se);
    assert!((0.92..0.97).contains(&(covered.count() as f64 / 800.0)));
    // A Rasch calibration has a standard deviation of its own, which counts as well.
    let rasch = ["fit", "irt", "--model", "rasch", "--data", "data.csv", "--json", "fit.json"];
    place.must(&rasch);
    place.must(&score);
    let own = numbers(&json(&place, "fit.json")["abilities"], "theta");
    let theta = numbers(&json(&place, "score.json")["scores"], "theta");
    assert!(own.iter().zip(&theta).all(|(x, y)| (x - y).abs() < 2e-3));
    // Parameters alone say nothing about students: N(0, 1), and that is said.
    place.write("items.json", r#"{"q0":{"a":1.2,"b":-1.5}}"#);
    let shown = place.must(&["score", "--params", "items.json", "--data", "data.csv"]).stdout;
    assert!(shown.contains("prior N(0.000, 1.000²), by default"), "{shown}");
    assert!(shown.contains("nothing says how able these students are"), "{shown}");
}

/// The embedded database of a place.
fn with<T>(place: &Playground, work: impl AsyncFnOnce(&Store) -> T) -> T {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.unwrap().block_on(async {
        let path = place.path("seedtest-data/seedtest.db");
        let store = Store::open(&Target::Sqlite { path }).await.unwrap();
        let result = work(&store).await;
        store.close().await;
        result
    })
}

/// Mean over students of topic ability minus own ability, and the share below.
fn below_own(place: &Playground) -> (f64, f64) {
    let differences: Vec<f64> = with(place, async |store| {
        let own = store.latest_abilities().await.unwrap();
        let mut differences = Vec::new();
        for ability in own {
            let now = "2100-01-01T00:00:00Z".parse().unwrap();
            let first = chrono::DateTime::UNIX_EPOCH;
            let all = store.student_topic_thetas(&ability.user_id, first, now, 500).await.unwrap();
            let topics: Vec<f64> =
                all.iter().filter(|row| row.model != "copied").map(|row| row.theta).collect();
            if !topics.is_empty() {
                differences.push(mean(&topics) - ability.theta);
            }
        }
        differences
    });
    let below = differences.iter().filter(|difference| **difference < 0.0).count();
    (mean(&differences), below as f64 / differences.len() as f64)
}

#[test]
fn topic_abilities_stand_beside_the_ability_of_the_same_answers() {
    let place = Playground::new();
    place.must(&["demo", "--students", "200", "--weeks", "16", "--dir", "school"]);
    let night = [("SEEDTEST_NOW", "2025-06-22T23:00:00Z")];
    let run = |arguments: &[&str]| {
        let run = place.run_with(&night, arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run.stdout
    };
    run(&["migrate"]);
    run(&["import", "school/responses.csv", "school/exams.jsonl"]);
    run(&["job", "run", "mirt-calibrate", "--lookback-days", "30"]);
    let told = run(&["job", "run", "backfill-topic-theta"]);
    assert!(told.contains("Answers from 2025-05-2"), "{told}");
    let (difference, below) = below_own(&place);
    assert!(difference.abs() < 0.05, "{difference}");
    // The prior pulls few answers to the mean, from above and from below.
    assert!(below < 0.65, "{below}");
}

#[test]
fn a_night_writes_topic_abilities_and_an_answer_counts_in_each_of_its_topics() {
    let place = Playground::new();
    let mut text =
        String::from("user_id,problem_id,correct,timestamp,skill_id,ms_first_response\n");
    for student in 0..40 {
        let mut stream = Stream::new(9, student);
        let theta = stream.normal();
        for item in 0..8 {
            let right = u8::from(stream.bernoulli(logistic(theta)));
            // Every answer under two skills, one row each, as in the ASSISTments log.
            for skill in [37, 54] {
                let _ = writeln!(
                    text,
                    "u{student},p{item},{right},2025-03-03 09:0{item}:00,{skill},5000"
                );
            }
        }
    }
    place.write("log.csv", text);
    place.must(&["migrate"]);
    place.must(&["import", "log.csv"]);
    let night = place.must(&["pipeline", "daily"]).stdout;
    assert!(night.contains("Pipeline: backfill-topic-theta"), "{night}");
    let rows = with(&place, async |store| {
        let (first, end) = (chrono::DateTime::UNIX_EPOCH, "2100-01-01T00:00:00Z".parse().unwrap());
        store.student_topic_thetas("u0", first, end, 9).await.unwrap()
    });
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows.iter().all(|row| row.model == "2PL"), "{rows:?}");
    assert_eq!(rows[0].theta, rows[1].theta);
}

#[test]
fn a_night_calibrates_grades_and_a_session_is_scored_in_its_grade() {
    let url = seedtest_testkit::postgres_database().unwrap();
    let place = Playground::new();
    let run = |arguments: &[&str]| {
        let run = place.run_with(&[("DATABASE_URL", &url)], arguments);
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.transcript());
        run.stdout
    };
    let mut log = String::new();
    for (row, line) in two_grades().lines().enumerate() {
        let cells: Vec<&str> = line.split(',').collect();
        let at = if row == 0 { "timestamp" } else { "2025-03-10 09:00:00" };
        let _ = writeln!(log, "{},{},{},{at}", cells[0], cells[2], cells[3]);
    }
    place.write("log.csv", log);
    run(&["migrate"]);
    run(&["import", "log.csv"]);
    // Even students are in grade 9, odd ones in grade 10, and one is in no class.
    let sql = "INSERT INTO classroom (id, org_id, name, grade) VALUES ('a', 'o', 'a', 9), ('b', 'o', 'b', 10);
        INSERT INTO session (id, user_id, classroom_id, started_at)
        SELECT 'of-' || user_id, user_id, CASE WHEN right(user_id, 1)::int % 2 = 0 THEN 'a' ELSE 'b' END,
          '2025-03-01T00:00:00Z' FROM attempt_log WHERE user_id <> 's1999' GROUP BY user_id";
    let done = std::process::Command::new("psql").args([&url, "-q", "-c", sql]).status();
    assert!(
        done.is_ok_and(|status| status.success()),
        "psql is needed: apt-get install postgresql"
    );
    let told = run(&["job", "run", "mirt-calibrate", "--group", "grade"]);
    assert!(told.contains("1 students have no session in a class"), "{told}");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let meta = runtime.unwrap().block_on(async {
        let store = Store::open(&Target::parse(&url).unwrap()).await.unwrap();
        let meta = store.latest_fit_meta().await.unwrap().unwrap();
        store.close().await;
        meta
    });
    assert_eq!(meta.model_spec["group"], "grade");
    let groups = meta.metrics["groups"].as_array().unwrap();
    let of = |name: &str| groups.iter().find(|group| group["group"] == name).unwrap();
    // Weak priors on the items pull the distance a little.
    let distance = of("9")["mean"].as_f64().unwrap() - of("10")["mean"].as_f64().unwrap();
    assert!((1.5..2.5).contains(&distance.abs()), "{groups:?}");
    let told = run(&["job", "run", "irt-update-theta", "--user", "s0001"]);
    assert!(told.contains("that of group 10 in the newest calibration"), "{told}");
    let prior = ["--prior-mean", "-0.5", "--prior-sd", "0.8", "--dry-run"];
    let told = run(&[&["job", "run", "irt-update-theta", "--user", "s0001"][..], &prior].concat());
    assert!(told.contains("Prior N(-0.5000, 0.8000²): as given"), "{told}");
}
