//! Rounds that are repeated, or run at the same time.

use std::process::Stdio;

use seedtest_store::WeeklyKpi;

use crate::kpi_jobs::Place;

/// A Monday night after ten weeks of the demo.
const NOW: &str = "2025-05-12T04:00:00Z";

/// A school in both databases, some of whose students fell silent.
fn schools() -> [Place; 2] {
    let places = Place::both();
    places[0].run(&[], &["demo", "--students", "40", "--weeks", "10", "--seed", "11"]);
    let files = ["responses.csv", "exams.jsonl"];
    for name in files {
        let content = places[0].place.read(&format!("seedtest-demo/{name}"));
        for place in &places {
            place.place.write(name, &content);
        }
    }
    for place in &places {
        place.run(&[("SEEDTEST_NOW", NOW)], &["import", files[0], files[1]]);
        place.run(
            &[("SEEDTEST_NOW", NOW)],
            &["pipeline", "history", "--from", "2025-03-03", "--to", "2025-05-04"],
        );
    }
    places
}

/// Every row of every week, with the time of its last change.
fn rows(place: &Place) -> Vec<WeeklyKpi> {
    let first: chrono::NaiveDate = "2025-03-03".parse().unwrap();
    let weeks: Vec<_> = first.iter_weeks().take(12).collect();
    place.with(async |store| {
        let mut all = Vec::new();
        for week in weeks {
            all.extend(store.weekly_kpi(week).await.unwrap());
        }
        all
    })
}

fn same(before: &[WeeklyKpi], after: &[WeeklyKpi]) {
    for (before, after) in before.iter().zip(after) {
        assert_eq!(before.kpis, after.kpis, "{} {}", before.user_id, before.week_start);
    }
    assert_eq!(before.len(), after.len());
}

#[test]
fn a_weekly_round_twice_changes_nothing() {
    for place in schools() {
        for bayesian in ["false", "true"] {
            let environment = [("SEEDTEST_NOW", NOW), ("METRICS_USE_BAYESIAN", bayesian)];
            place.attempt(&environment, &["pipeline", "weekly"]).ended();
            let before = rows(&place);
            assert!(before.iter().any(|row| row.week_start.to_string() == "2025-05-12"));
            place.attempt(&environment, &["pipeline", "weekly"]).ended();
            same(&before, &rows(&place));
            place.attempt(&environment, &["pipeline", "daily"]).ended();
            let before = rows(&place);
            place.attempt(&environment, &["pipeline", "daily"]).ended();
            same(&before, &rows(&place));
        }
    }
}

#[test]
fn two_rounds_at_once_end_as_two_one_after_the_other() {
    for place in schools() {
        let spawn = || {
            let mut command = place.place.command(&["pipeline", "daily"]);
            command.env("SEEDTEST_NOW", NOW).envs(place.url().map(|url| ("DATABASE_URL", url)));
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let runs =
            [spawn(), spawn()].map(|child| place.place.finish(child.wait_with_output().unwrap()));
        for run in &runs {
            run.ended();
            assert!(
                run.stdout.contains("Pipeline summary: done=8, failed=0, skipped=0"),
                "{}",
                run.stdout
            );
        }
        let waits = "pipeline is already running; waiting";
        assert_eq!(runs.iter().filter(|run| run.stdout.contains(waits)).count(), 1);
        let before = rows(&place);
        place.attempt(&[("SEEDTEST_NOW", NOW)], &["pipeline", "daily"]).ended();
        same(&before, &rows(&place));
    }
}

#[test]
fn a_round_waits_for_a_job_that_somebody_else_runs() {
    for place in schools() {
        let run = place.with(async |store| {
            let lock = store.try_job_lock("mirt-calibrate").await.unwrap().unwrap();
            let mut command = place.place.command(&["pipeline", "daily"]);
            command.env("SEEDTEST_NOW", NOW).envs(place.url().map(|url| ("DATABASE_URL", url)));
            let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            lock.release().await;
            place.place.finish(child.wait_with_output().unwrap())
        });
        run.ended();
        assert!(
            run.stdout.contains("mirt-calibrate is already running; waiting"),
            "{}",
            run.stdout
        );
        assert!(run.stdout.contains("done=8, failed=0, skipped=0"), "{}", run.stdout);
    }
}
