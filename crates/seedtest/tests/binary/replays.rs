//! Old logs and replays: where a job stands, and that it sees nothing of what came later.

use std::fmt::Write as _;

use seedtest_store::{AbilityUpdate, SurvivalRiskRow};
use serde_json::Value;

use crate::kpi_jobs::Place;

const NOW: (&str, &str) = ("SEEDTEST_NOW", "2025-03-20T12:00:00Z");
const LATER: (&str, &str) = ("SEEDTEST_NOW", "2026-09-01T03:00:00Z");

/// Twenty students, twenty items, on the first ten days of March 2025.
fn log() -> String {
    let mut rows = String::from("student,item,correct,completed_at\n");
    for student in 0..20 {
        for item in 0..20 {
            let right = (student * 7 + item * 13) % 20 < student.max(4) && student + item != 19;
            let _ = writeln!(
                rows,
                "s{student:02},q{item:02},{},2025-03-{:02}T10:{:02}:00Z",
                i32::from(right),
                1 + item / 2,
                student
            );
        }
    }
    rows
}

#[test]
fn over_an_old_log_every_job_stands_at_the_newest_answer() {
    for place in Place::both() {
        place.place.write("log.csv", log());
        place.run(&[LATER], &["import", "log.csv"]);
        let says = "[WARN] the newest answer is of 2025-03-10, more than";
        for job in [
            "mirt-calibrate",
            "compute-daily-kpis",
            "fit-survival-churn",
            "detect-inactivity",
            "aggregate-features-daily",
        ] {
            let run = place.run(&[LATER], &["job", "run", job]);
            assert!(run.stdout.contains(says), "{job}: {}", run.stdout);
        }
        let kpis = place.kpis("s07", "2025-03-10").unwrap();
        assert!(kpis["theta"].is_number(), "the KPIs see the ability of the same day: {kpis:?}");
        let calibrated = place.run(&[LATER], &["job", "run", "mirt-calibrate", "--dry-run"]);
        assert!(calibrated.stdout.contains(
            "Abilities come from answers of 2025-03-01T10:00:00Z to 2025-03-10T10:19:00Z"
        ));
        let meta = place.with(async |store| store.latest_fit_meta().await.unwrap().unwrap());
        assert_eq!(meta.model_spec["answers_from"], "2025-03-01T10:00:00Z");
        assert_eq!(meta.model_spec["answers_to"], "2025-03-10T10:19:00Z");
        assert_eq!(meta.fitted_at.date_naive().to_string(), "2025-03-10");
        // Somebody who names a day gets it.
        let named =
            place.run(&[LATER], &["job", "run", "compute-daily-kpis", "--as-of", "2025-03-05"]);
        assert!(!named.stdout.contains("standing at"), "{}", named.stdout);
        assert_eq!(place.kpis("s07", "2025-03-03").unwrap()["attempts"], 6);
        let future =
            place.attempt(&[NOW], &["job", "run", "compute-daily-kpis", "--as-of", "2025-03-21"]);
        assert_eq!(future.code, Some(2), "{}", future.transcript());
        let round = place.run(&[LATER], &["pipeline", "daily", "--dry-run"]);
        assert_eq!(round.stdout.matches("standing at the end").count(), 1, "{}", round.stdout);
    }
}

#[test]
fn a_recent_log_is_looked_at_from_now() {
    for place in Place::both() {
        place.place.write("log.csv", log());
        place.run(&[NOW], &["import", "log.csv"]);
        for job in ["mirt-calibrate", "compute-daily-kpis", "fit-survival-churn"] {
            let run = place.run(&[NOW], &["job", "run", job]);
            assert!(!run.stdout.contains("standing at"), "{job}: {}", run.stdout);
        }
        assert!(place.kpis("s07", "2025-03-17").is_some());
    }
}

#[test]
fn a_row_of_a_past_day_knows_nothing_of_what_came_after() {
    for place in Place::both() {
        let log_text = log();
        let kept: Vec<&str> = log_text.lines().filter(|row| !row.contains("2025-03-1")).collect();
        let early = kept.join("\n");
        place.place.write("early.csv", early);
        place.run(&[NOW], &["import", "early.csv"]);
        let day = ["job", "run", "compute-daily-kpis", "--date", "2025-03-06"];
        place.run(&[NOW], &["job", "run", "mirt-calibrate", "--as-of", "2025-03-06"]);
        place.run(&[NOW], &day);
        let then = place.kpis("s07", "2025-03-03").unwrap();
        assert_eq!(then["attempts"], 8, "Monday to Thursday");
        // The rest of the log, an ability and a calibration of later days.
        place.place.write("log.csv", log());
        place.run(&[NOW], &["import", "log.csv"]);
        place.run(&[NOW], &["job", "run", "mirt-calibrate"]);
        place.run(&[NOW], &["job", "run", "backfill-topic-theta"]);
        place.run(&[NOW], &day);
        assert_eq!(place.kpis("s07", "2025-03-03").unwrap(), then);
        // A replay of the whole day is the same.
        place.run(&[NOW], &["pipeline", "daily", "--date", "2025-03-06"]);
        let again = place.kpis("s07", "2025-03-03").unwrap();
        for key in ["I_t", "E_t", "R_t", "A_t", "theta", "theta_se", "attempts", "acc"] {
            assert_eq!(again[key], then[key], "{key}");
        }
    }
}

#[test]
fn a_report_of_a_past_week_shows_what_was_known_then() {
    for place in Place::both() {
        place.place.write("log.csv", log());
        place.run(&[NOW], &["import", "log.csv"]);
        place.run(&[NOW], &["job", "run", "compute-daily-kpis", "--date", "2025-03-09"]);
        place.with(async |store| {
            let update = |theta, at: &str, n| AbilityUpdate {
                user_id: "s07".into(),
                theta,
                se: 0.3,
                model: "2PL".into(),
                fitted_at: at.parse().unwrap(),
                n_answers: Some(n),
            };
            let risk = |risk_score, at: &str, run_id: &str| SurvivalRiskRow {
                user_id: "s07".into(),
                run_id: run_id.into(),
                risk_score,
                hazard_ratio: None,
                rank_percentile: None,
                survival: serde_json::json!({"days_silent": 1, "reasons": []}),
                updated_at: at.parse().unwrap(),
            };
            let mut tx = store.begin().await.unwrap();
            tx.write_ability_update(&update(-1.25, "2025-03-08T03:00:00Z", 9)).await.unwrap();
            tx.write_ability_update(&update(1.75, "2025-03-15T03:00:00Z", 40)).await.unwrap();
            tx.write_survival_risks(&[risk(0.2, "2025-03-08T05:00:00Z", "one")]).await.unwrap();
            tx.write_survival_risks(&[risk(0.9, "2025-03-15T05:00:00Z", "two")]).await.unwrap();
            tx.commit().await.unwrap();
            let end = "2025-03-10T00:00:00Z".parse().unwrap();
            let then = store.survival_risks_before(end).await.unwrap();
            assert_eq!((then.len(), then[0].risk_score), (1, 0.2));
            assert_eq!(store.survival_risks().await.unwrap()[0].risk_score, 0.9);
        });
        let report = |week: &str| {
            place.run(&[NOW], &["report", "--student", "s07", "--week", week, "--lang", "en"]);
            let dir = place.place.path(&format!("seedtest-data/reports/{week}"));
            let file = std::fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
            let page = std::fs::read_to_string(file).unwrap();
            // Styles have numbers, too.
            page.split("</style>").last().unwrap().to_owned()
        };
        let past = report("2025-03-03");
        assert!(past.contains("1.25") && !past.contains("1.75"), "the ability of later days");
        // Nine answers are behind that ability, whatever the four weeks of the report hold.
        assert!(past.contains("rests on only 9 answers"));
        place.run(&[NOW], &["job", "run", "compute-daily-kpis", "--date", "2025-03-16"]);
        let present = report("2025-03-10");
        assert!(present.contains("1.75") && !present.contains("rests on only"));
        assert_eq!(place.kpis("s07", "2025-03-10").unwrap()["theta"], Value::from(1.75));
    }
}

#[test]
fn a_report_counts_to_its_last_day_whatever_day_the_kpis_are_of() {
    for place in Place::both() {
        place.place.write("log.csv", log());
        place.run(&[LATER], &["import", "log.csv"]);
        // Two weeks with the KPIs of their Monday; two answers were given on each of ten days from the first of March.
        for (monday, sessions, last_day) in [("2025-03-03", 3, "9"), ("2025-03-31", 7, "1")] {
            let kpis = ["job", "run", "compute-daily-kpis", "--date", monday];
            place.run(&[LATER], &kpis);
            assert_eq!(place.kpis("s07", monday).unwrap()["sessions"], sessions, "{monday}");
            let report = ["report", "--student", "s07", "--week", monday, "--lang", "en"];
            place.run(&[LATER], &report);
            let dir = place.place.path(&format!("seedtest-data/reports/{monday}"));
            let file = std::fs::read_dir(dir).unwrap().next().unwrap().unwrap().path();
            let page = std::fs::read_to_string(file).unwrap();
            assert!(page.contains(&format!("{last_day} of 28")), "{monday}: active days");
            assert!(page.contains(&format!("{last_day} session")), "{monday}: sessions");
            assert!(!page.contains(&format!("{sessions} session")), "{monday}: of Monday");
        }
    }
}

#[test]
fn a_retry_in_a_log_without_times_is_kept_and_a_contradiction_is_told() {
    const DAYS: &str = "\
student_id,item_id,correct,date
s1,q1,0,2025-03-03
s1,q1,1,2025-03-03
s1,q2,1,2025-03-03
s2,q1,1,2025-03-03
s2,q2,0,2025-03-04
";
    const INSTANTS: &str = "\
student_id,item_id,correct,timestamp
s3,q1,0,2025-03-03T10:00:00Z
s3,q1,1,2025-03-03T10:00:00Z
s3,q2,1,2025-03-03T10:00:00Z
s3,q2,1,2025-03-03T10:00:00Z
";
    for place in Place::both() {
        place.place.write("days.csv", DAYS);
        let first = place.run(&[NOW], &["import", "days.csv"]);
        assert!(first.stdout.contains("5 answers new, 0 already there"), "{}", first.stdout);
        let again = place.run(&[NOW], &["import", "days.csv"]);
        assert!(again.stdout.contains("0 answers new, 5 already there"), "{}", again.stdout);
        place.run(&[NOW], &["job", "run", "compute-daily-kpis", "--date", "2025-03-09"]);
        let kpis = place.kpis("s1", "2025-03-03").unwrap();
        assert_eq!(kpis["attempts"], 3, "wrong, then right, and the other item");
        place.place.write("instants.csv", INSTANTS);
        let told = place.run(&[NOW], &["import", "instants.csv"]);
        let line = "2 answers new, 1 already there, 1 rejected: contradiction";
        assert!(told.stdout.contains(line), "{}", told.stdout);
        let listed = place.place.read("seedtest-data/rejects.csv");
        assert!(listed.contains(",3,contradiction,s3 q1"), "{listed}");
        let strict = place.attempt(&[NOW], &["import", "--strict", "instants.csv"]);
        assert_eq!(strict.code, Some(1), "{}", strict.transcript());
    }
}

#[test]
fn a_contradiction_is_told_whatever_the_topic_or_the_sitting() {
    const HEADER: &str = "student_id,item_id,correct,timestamp,topic,session_id\n";
    const AT: &str = "2025-03-03T10:00:00Z";
    let rows = |cells: &[(&str, u8, &str, &str)]| {
        let row = |(item, correct, topic, session): &(&str, u8, &str, &str)| {
            format!("s1,{item},{correct},{AT},{topic},{session}\n")
        };
        format!("{HEADER}{}", cells.iter().map(row).collect::<String>())
    };
    for place in Place::both() {
        // One answer under two topics is one answer; another outcome under another topic is none.
        let both = [("q1", 1, "a", ""), ("q1", 1, "b", ""), ("q2", 0, "a", ""), ("q2", 1, "b", "")];
        let sittings = [("q3", 0, "a", "m"), ("q3", 1, "a", "n")];
        place.place.write("log.csv", rows(&[&both[..], &sittings].concat()));
        let told = place.run(&[NOW], &["import", "log.csv"]);
        let line = "4 answers new, 0 already there, 2 rejected: contradiction";
        assert!(told.stdout.contains(line), "{}", told.stdout);
        let listed = place.place.read("seedtest-data/rejects.csv");
        assert!(listed.contains(",5,contradiction,s1 q2"), "{listed}");
        assert!(listed.contains(",7,contradiction,s1 q3"), "{listed}");
        let again = place.run(&[NOW], &["import", "log.csv"]);
        assert!(
            again.stdout.contains("0 answers new, 4 already there, 2 rejected"),
            "{}",
            again.stdout
        );
        // In another file the jobs tell it, as `fit irt` does.
        place.place.write("later.csv", rows(&[("q1", 0, "c", "")]));
        place.run(&[NOW], &["import", "later.csv"]);
        let kpis = place.run(&[NOW], &["job", "run", "compute-daily-kpis", "--date", "2025-03-09"]);
        assert!(
            kpis.transcript().contains("contradict another one of the same student"),
            "{}",
            kpis.transcript()
        );
    }
}
