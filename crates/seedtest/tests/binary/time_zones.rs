//! Where days begin: lessons before nine in Seoul, and a database that changes its zone.

use std::fmt::Write as _;

use serde_json::Value;

use crate::kpi_jobs::Place;

const KPIS: &[&str] =
    &["job", "run", "compute-daily-kpis", "--from", "2025-03-03", "--to", "2025-03-30"];
const SEOUL: &[(&str, &str)] = &[("SEEDTEST_TIMEZONE", "Asia/Seoul"), NOW];
const NOW: (&str, &str) = ("SEEDTEST_NOW", "2025-04-01T03:00:00Z");

/// Two pupils with the same lessons at 08:00 in Seoul, Monday to Friday of four weeks, right on Mondays
/// only: one with the offset, one as the clock on the wall shows it.
fn lessons() -> String {
    let mut rows =
        String::from("student_id,item_id,correct,timestamp,response_time_ms,session_id,topic_id\n");
    for (who, offset) in [("kim", "+09:00"), ("lee", "")] {
        for week in 0..4 {
            for day in 0..5 {
                let date = 3 + 7 * week + day;
                for k in 0..10 {
                    let right = i32::from(day == 0);
                    let _ = writeln!(
                        rows,
                        "{who},q{week}{day}{k},{right},2025-03-{date:02}T08:{:02}:00{offset},30000,\
                         {who}-{week}{day},t{day}",
                        4 * k
                    );
                }
            }
        }
    }
    rows
}

/// Keys of the row that do not name the pupil.
fn week(place: &Place, pupil: &str, monday: &str) -> Option<serde_json::Map<String, Value>> {
    place.kpis(pupil, monday)
}

#[test]
fn lessons_before_nine_in_seoul_count_to_their_own_day_and_week() {
    for place in Place::both() {
        place.place.write("in.csv", lessons());
        place.run(SEOUL, &["import", "in.csv"]);
        place.run(SEOUL, KPIS);
        for monday in ["2025-03-03", "2025-03-10", "2025-03-17", "2025-03-24"] {
            let kim = week(&place, "kim", monday).unwrap();
            let mut lee = week(&place, "lee", monday).unwrap();
            assert_eq!((&kim["attempts"], &kim["acc"]), (&50.into(), &0.2.into()), "{monday}");
            // Both gave the same answers at the same instants.
            lee.insert("attempts".into(), kim["attempts"].clone());
            assert_eq!(kim, lee, "{monday}");
        }
        let second = week(&place, "kim", "2025-03-10").unwrap();
        assert_eq!(second["I_t"], Value::Null);
        assert_eq!(second["reasons"]["I_t"], "no_attempts_previous");
        assert!(week(&place, "kim", "2025-02-24").is_none());
        // The report of the week names the weekdays of the lessons and no Sunday.
        place.run(SEOUL, &["report", "--student", "kim", "--week", "2025-03-10", "--lang", "en"]);
        let report =
            std::fs::read_dir(place.place.path("seedtest-data/reports/2025-03-10")).unwrap();
        let page = report.filter_map(Result::ok).map(|file| file.path()).find(|p| p.is_file());
        let page = std::fs::read_to_string(page.unwrap()).unwrap();
        // The clock of the place, as its name says: noon.
        assert!(page.contains("2025-04-01 12:00 (Asia&#x2f;Seoul)"));
        assert!(!page.contains("clearly lower"));
    }
}

#[test]
fn features_of_a_day_are_those_of_the_place() {
    for place in Place::both() {
        place.place.write("in.csv", lessons());
        place.run(SEOUL, &["import", "in.csv"]);
        let backfill =
            ["job", "run", "features-backfill", "--from", "2025-03-01", "--to", "2025-03-31"];
        place.run(SEOUL, &backfill);
        let rows = place.with(async |store| {
            let (first, last) = ("2025-01-01", "2025-12-31");
            store.features(first.parse().unwrap(), last.parse().unwrap()).await.unwrap()
        });
        assert_eq!(rows.len(), 40);
        assert!(rows.iter().all(|row| row.attempts == 10));
        assert_eq!(rows.iter().map(|row| row.date.to_string()).min().unwrap(), "2025-03-03");
    }
}

#[test]
fn another_zone_asks_for_a_recount_and_gets_one() {
    for place in Place::both() {
        place.place.write("in.csv", lessons());
        place.run(&[NOW], &["import", "in.csv"]);
        place.run(&[NOW], KPIS);
        // In UTC, where the database was counted first, Monday morning lies on Sunday.
        assert!(week(&place, "kim", "2025-03-10").unwrap()["I_t"].is_number());
        let refused = place.attempt(SEOUL, KPIS);
        assert_eq!(refused.code, Some(2), "{}", refused.transcript());
        assert!(refused.stderr.contains("counted in UTC, not in Asia/Seoul"), "{}", refused.stderr);
        assert!(refused.stderr.contains("`seedtest timezone Asia/Seoul`"), "{}", refused.stderr);
        let shown = place.run(&[], &["timezone"]);
        assert_eq!(shown.stdout, "UTC\n");
        let moved = place.run(&[NOW], &["timezone", "asia/seoul"]);
        assert!(moved.stdout.contains("the days are counted in Asia/Seoul from now on"));
        assert_eq!(week(&place, "kim", "2025-03-10").unwrap()["I_t"], Value::Null);
        assert!(week(&place, "kim", "2025-02-24").is_none(), "a row of the old days stayed");
        // From here on the database says where it stands, named or not.
        assert_eq!(place.run(&[], &["timezone"]).stdout, "Asia/Seoul\n");
        place.run(&[NOW], KPIS);
        place.run(SEOUL, KPIS);
        assert_eq!(week(&place, "kim", "2025-03-10").unwrap()["I_t"], Value::Null);
        let bad = place.attempt(&[("SEEDTEST_TIMEZONE", "KST"), NOW], KPIS);
        assert_eq!(bad.code, Some(2));
        assert!(bad.stderr.contains("\"KST\" is no time zone"), "{}", bad.stderr);
    }
}

/// Fifteen answers in five sittings, with and without the session recorded.
#[test]
fn without_sessions_sittings_are_told_apart_by_breaks() {
    let mut rows =
        String::from("student_id,item_id,correct,timestamp,response_time_ms,session_id\n");
    for who in ["with", "without"] {
        for day in 3..8 {
            for k in 0..3 {
                let session = if who == "with" { format!("d{day}") } else { String::new() };
                let _ = writeln!(
                    rows,
                    "{who},q{day}{k},{},2025-03-{day:02} 16:0{}:00,20000,{session}",
                    k % 2,
                    2 * k
                );
            }
        }
    }
    for place in Place::both() {
        place.place.write("in.csv", &rows);
        place.run(&[NOW], &["import", "in.csv"]);
        place.run(&[NOW], &["job", "run", "compute-daily-kpis", "--date", "2025-03-09"]);
        let [with, without] = ["with", "without"].map(|id| place.kpis(id, "2025-03-03").unwrap());
        assert_eq!(with["sessions"], 5);
        assert_eq!(with, without);
        let longer = [
            "job",
            "run",
            "compute-daily-kpis",
            "--date",
            "2025-03-09",
            "--session-gap-minutes",
            "2000",
        ];
        place.run(&[NOW], &longer);
        assert_eq!(place.kpis("without", "2025-03-03").unwrap()["sessions"], 1);
    }
}
