//! Days, weeks and sittings where the school is not in UTC.

#![allow(clippy::unwrap_used, reason = "these are tests")]

mod school;

use school::{Answer, answer, date, log};
use seedtest_kpi::{
    History, Missing, Options, StudentWeek, daily_activity, student_week, topic_days,
    weekly_accuracy,
};
use seedtest_responses::ResponseLog;

/// Ten answers at 08:00 in Seoul on every school day of four weeks from 3 March 2025, right on
/// Mondays only. 08:00 there is 23:00 UTC of the day before.
fn lessons(zone: &str) -> ResponseLog {
    let mut answers = Vec::new();
    let mut day = date("2025-03-02");
    for _ in 0..28 {
        let weekday = (day - date("2025-03-02")).num_days() % 7;
        for k in 0..10 {
            if weekday < 5 {
                let second = 23 * 3_600 + 240 * k;
                answers.push(Answer {
                    topic: Some("t"),
                    ..answer(&day.to_string(), second, weekday == 0)
                });
            }
        }
        day = day.succ_opt().unwrap();
    }
    log(&answers).in_time_zone(zone.parse().unwrap())
}

fn week(log: &ResponseLog, day: &str) -> StudentWeek {
    student_week(&History::of(log, 0), date(day), &Options::default(), None)
}

#[test]
fn monday_morning_counts_to_its_week() {
    let log = lessons("Asia/Seoul");
    // Nothing lies before 3 March, so the first two weeks have nothing to be set against.
    let second = week(&log, "2025-03-16");
    assert_eq!(second.improvement, Err(Missing::NoAttemptsPrevious));
    assert_eq!((second.week.n, second.week.right), (50, 10));
    let rows = log.rows_of(0);
    let weeks = weekly_accuracy(&log, rows.clone());
    let mondays: Vec<String> = weeks.keys().map(ToString::to_string).collect();
    assert_eq!(mondays, ["2025-03-03", "2025-03-10", "2025-03-17", "2025-03-24"]);
    assert!(weeks.values().all(|score| (score.n, score.right) == (50, 10)));
    let days = daily_activity(&log, rows.clone());
    assert!(days.keys().all(|day| chrono::Datelike::weekday(day).number_from_monday() <= 5));
    assert_eq!((days.len(), topic_days(&log, rows).len()), (20, 20));
    // In UTC the same lessons fall on Sundays, into the week before.
    let wrong = week(&lessons("UTC"), "2025-03-16");
    assert!(wrong.improvement.unwrap().value < -0.5);
}

/// Answers at 23:30 on the evening before a week begins and at 00:30 of its Monday.
#[test]
fn weeks_begin_at_local_midnight_around_clock_changes_and_new_year() {
    let cases = [
        // Sunday of the change, in New York (23 hours), Berlin (25) and Lord Howe (23.5).
        ("America/New_York", "2025-03-10", [("2025-03-10", 3.5), ("2025-03-10", 4.5)]),
        ("Europe/Berlin", "2025-10-27", [("2025-10-26", 22.5), ("2025-10-26", 23.5)]),
        ("Australia/Lord_Howe", "2025-10-06", [("2025-10-05", 12.5), ("2025-10-05", 13.5)]),
        // The Monday after week 53.
        ("Asia/Seoul", "2027-01-04", [("2027-01-03", 14.5), ("2027-01-03", 15.5)]),
        ("America/New_York", "2027-01-04", [("2027-01-04", 4.5), ("2027-01-04", 5.5)]),
    ];
    for (zone, monday, instants) in cases {
        let at = |(day, hour): (&str, f64)| answer(day, (hour * 3_600.0) as i64, true);
        let log = log(&instants.map(at)).in_time_zone(zone.parse().unwrap());
        let weeks = weekly_accuracy(&log, log.rows_of(0));
        assert_eq!(weeks.len(), 2, "{zone} {monday}");
        assert_eq!(weeks[&date(monday)].n, 1, "{zone} {monday}");
        assert_eq!(week(&log, monday).week.n, 1, "{zone} {monday}");
    }
}

#[test]
fn silence_is_counted_in_local_days() {
    // 2025-03-09 23:30 UTC is Monday the 10th in Seoul.
    let answers = [answer("2025-03-09", 84_600, true)];
    let of_zone = |zone: &str| log(&answers).in_time_zone(zone.parse().unwrap());
    // 0.6·d/14 + 0 + 0.15·0.9
    assert!((week(&of_zone("UTC"), "2025-03-16").churn.unwrap() - 0.435).abs() < 1e-12);
    let in_seoul = week(&of_zone("Asia/Seoul"), "2025-03-16").churn.unwrap();
    assert!((in_seoul - (0.6 * 6.0 / 14.0 + 0.135)).abs() < 1e-12);
}

/// Three answers of 20 s two minutes apart on each of five days.
fn three_a_day(session: impl Fn(usize) -> Option<&'static str>) -> ResponseLog {
    let days = ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06", "2025-03-07"];
    let answers = days.iter().enumerate().flat_map(|(position, day)| {
        let session = session(position);
        (0..3).map(move |k| Answer {
            session,
            ms: Some(20_000),
            ..answer(day, 57_600 + 120 * k, k == 1)
        })
    });
    log(&answers.collect::<Vec<_>>())
}

#[test]
fn without_sessions_a_break_ends_a_sitting() {
    let recorded = week(&three_a_day(|day| Some(["a", "b", "c", "d", "e"][day])), "2025-03-09");
    let unrecorded = week(&three_a_day(|_| None), "2025-03-09");
    let activity = recorded.activity.unwrap();
    assert_eq!((activity.sessions, activity.mean_dwell_seconds), (5, Some(60.0)));
    assert_eq!(unrecorded.activity, recorded.activity);
    assert_eq!(unrecorded.engagement, recorded.engagement);
    assert_eq!(unrecorded.churn, recorded.churn);
}

#[test]
fn a_break_counts_from_the_end_of_one_answer_to_the_beginning_of_the_next() {
    let at = |second, ms| Answer { ms: Some(ms), ..answer("2025-03-03", second, true) };
    let sittings = |answers: &[Answer], gap| {
        let options = Options { session_gap_minutes: gap, ..Options::default() };
        let log = log(answers);
        let week = student_week(&History::of(&log, 0), date("2025-03-09"), &options, None);
        week.activity.unwrap().sessions
    };
    // 30 minutes to the second are no break, a second more is.
    assert_eq!(sittings(&[at(0, 0), at(1_800, 0)], 30), 1);
    assert_eq!(sittings(&[at(0, 0), at(1_801, 0)], 30), 2);
    // An answer that took 35 minutes is none either.
    assert_eq!(sittings(&[at(0, 0), at(2_100, 2_100_000)], 30), 1);
    assert_eq!(sittings(&[at(0, 0), at(1_800, 0)], 10), 2);
}
