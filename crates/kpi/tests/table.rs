//! More hand-computed cases, one row each, with the arithmetic beside it.

mod school;

use school::{Answer, answer, date, day_start_micros, log};
use seedtest_kpi::{
    Activity, ChurnActivity, History, Missing, Options, StudentWeek, Theta, Visit, Window,
    WindowScore, Windows, as_of, churn_heuristic, combine, engagement, goal_probability_normal,
    improvement, n_topic_days, student_week, topic_days, week_end, week_start,
};
use seedtest_responses::TimeZone;

/// Half a unit in the last digit the expectations are written with.
const DIGITS: f64 = 5e-6;

fn close(name: &str, actual: f64, expected: f64) {
    assert!((actual - expected).abs() <= DIGITS, "{name}: {actual} is not {expected}");
}

fn score(right: u32, n: u32) -> WindowScore {
    WindowScore { n, right }
}

fn week_of(answers: &[Answer], day: &str) -> StudentWeek {
    let log = log(answers);
    student_week(&History::of(&log, 0), date(day), &Options::default(), None)
}

#[test]
fn improvement_by_accuracy() {
    // Recent and previous right/n, I = Δp · min(1, n/30) · (1 − min(½, 1.96·√(p(1−p)/n))).
    let cases = [
        // p = 0.8, Δ = 0.3; width 1.96·√(0.16/30) = 0.143138; 0.3·1·0.856862
        ("thirty answers", score(24, 30), score(15, 30), 0.257_059),
        // the same with 60 answers: exposure stays 1; width 1.96·√(0.16/60) = 0.101214
        ("sixty answers", score(48, 60), score(15, 30), 0.269_636),
        // p = 0.2, Δ = −0.6; width 0.143138; −0.6·0.856862
        ("a fall", score(6, 30), score(24, 30), -0.514_117),
        // p = 0.9, Δ = 0.4, exposure 1/3; width 1.96·√(0.09/10) = 0.185942; 0.4/3·0.814058
        ("ten answers", score(9, 10), score(5, 10), 0.108_541),
        // p = ½ on 4: width 1.96·0.25 = 0.49; 0.5·(4/30)·0.51
        ("just under the limit of the penalty", score(2, 4), score(0, 4), 0.034),
        // p = ½ on 3⅓ would be 0.54; on 2 it is 0.693 → ½; −0.5·(2/30)·½
        ("beyond the limit of the penalty", score(1, 2), score(4, 4), -0.016_667),
        // no change is 0, not unknown
        ("no change", score(10, 20), score(5, 10), 0.0),
        // all wrong: width 0; −1·(20/30)
        ("all wrong after all right", score(0, 20), score(5, 5), -0.666_667),
        // one answer each: width 0; 1·(1/30)
        ("one answer", score(1, 1), score(0, 1), 0.033_333),
        // p = 0.96, Δ = 0.01, width 1.96·√(0.0384/100) = 0.038408
        ("a small change", score(96, 100), score(95, 100), 0.009_616),
    ];
    for (name, recent, previous, expected) in cases {
        close(name, improvement(recent, previous, None).unwrap().value, expected);
    }
}

#[test]
fn improvement_by_theta() {
    let theta = |theta, se| Theta { theta, se };
    // θ recent and previous, recent se, n; I = Δθ · min(1, n/30) · (1 − min(½, 1.96·se)).
    let cases = [
        // 1.0·1·(1 − 0.392)
        ("one unit", 1.0, 0.0, Some(0.2), 30, 0.608),
        // 2.0·1·0.804 is cut to 1
        ("cut at one", 1.0, -1.0, Some(0.1), 30, 1.0),
        ("cut at minus one", -1.5, 1.0, Some(0.1), 45, -1.0),
        // −0.5·(6/30)·(1 − 0.49)
        ("a fall", 0.0, 0.5, Some(0.25), 6, -0.051),
        // se 0.2551 is where the penalty ends: 1.96·0.2551 = 0.499996
        ("at the limit", 0.6, 0.0, Some(0.2551), 15, 0.150_001),
        // 0.4·(5/30)·½
        ("the fewest answers", 0.4, 0.0, Some(0.9), 5, 0.033_333),
        // no standard error, no penalty: 0.4·(12/30)
        ("unknown error", 0.4, 0.0, None, 12, 0.16),
    ];
    for (name, recent, previous, se, n, expected) in cases {
        let pair = Some((theta(recent, se), theta(previous, Some(0.3))));
        close(name, improvement(score(0, n), score(0, 0), pair).unwrap().value, expected);
    }
}

#[test]
fn a_theta_in_one_window_only_leaves_accuracy() {
    let index = improvement(score(10, 20), score(5, 20), None).unwrap();
    assert_eq!(index.method.code(), "accuracy_delta");
}

#[test]
fn engagement_component_by_component() {
    let base = Activity {
        answers: 20,
        sessions: 14,
        mean_gap: Ok(2.0),
        mean_hints: Some(1.5),
        mean_dwell_seconds: Some(450.0),
    };
    // Every component ½: 0.35·½ + 0.25·½ + 0.20·½ + 0.20·½
    close("all halves", engagement(&base, 28).value, 0.5);
    let cases = [
        // 0.35·1 + 0.325
        ("more sessions than days", Activity { sessions: 40, ..base }, 0.675),
        // 0.35/28 + 0.325
        ("one session", Activity { sessions: 1, ..base }, 0.3375),
        // gap of half a day is cut to 1: 0.25 + 0.375
        ("twice a day", Activity { mean_gap: Ok(0.5), ..base }, 0.625),
        // 1/20 of 0.25 = 0.0125, + 0.375
        ("every twenty days", Activity { mean_gap: Ok(20.0), ..base }, 0.3875),
        ("one moment", Activity { mean_gap: Err(Missing::SingleTime), ..base }, 0.5),
        // 0.20 + 0.40
        ("no hints", Activity { mean_hints: Some(0.0), ..base }, 0.6),
        // 0 + 0.40
        ("all hints", Activity { mean_hints: Some(3.0), ..base }, 0.4),
        ("more hints than count", Activity { mean_hints: Some(7.0), ..base }, 0.4),
        ("hints not recorded", Activity { mean_hints: None, ..base }, 0.5),
        // 0.20 + 0.40
        ("a long stay", Activity { mean_dwell_seconds: Some(3_600.0), ..base }, 0.6),
        // 0.20·(90/900) + 0.40
        ("a short stay", Activity { mean_dwell_seconds: Some(90.0), ..base }, 0.42),
        ("no time", Activity { mean_dwell_seconds: None, ..base }, 0.5),
    ];
    for (name, activity, expected) in cases {
        close(name, engagement(&activity, 28).value, expected);
    }
}

#[test]
fn churn_part_by_part() {
    let cases = [
        // 0.6·(14/14) + 0.25·(0/7) + 0.15·0
        ("silent for the horizon", 14.0, 10, 0.0, 0.6),
        // beyond the horizon it stays 0.6
        ("silent for long", 40.0, 10, 0.0, 0.6),
        // 0.25·(3.5/7)
        ("a gap of half a week", 0.0, 10, 3.5, 0.125),
        ("a gap of a month", 0.0, 10, 30.0, 0.25),
        // 0.15·(1 − 5/10)
        ("five sessions", 0.0, 5, 0.0, 0.075),
        // 0.6/14 + 0.25/7 + 0.15·0.9
        ("one of each", 1.0, 1, 1.0, 0.213_571),
    ];
    for (name, days_silent, sessions, mean_gap, expected) in cases {
        let activity = ChurnActivity { days_silent, sessions, mean_gap };
        close(name, churn_heuristic(&activity, 14.0).unwrap(), expected);
    }
    // A horizon of 28 days: 0.6·7/28 + 0.25·2/7 + 0.15·0.8
    let activity = ChurnActivity { days_silent: 7.0, sessions: 2, mean_gap: 2.0 };
    close("another horizon", churn_heuristic(&activity, 28.0).unwrap(), 0.341_429);
}

#[test]
fn goal_probabilities() {
    let cases = [
        // Φ(0), Φ(1), Φ(−2), Φ(3), Φ(−1.5): any table of the normal distribution.
        ("on the goal", 0.5, 0.3, 0.5, 0.5),
        ("one error above", 0.8, 0.3, 0.5, 0.841_345),
        ("two errors below", -0.1, 0.3, 0.5, 0.022_750),
        ("three errors above", 1.4, 0.3, 0.5, 0.998_650),
        ("one and a half below", 0.0, 1.0, 1.5, 0.066_807),
    ];
    for (name, theta, se, target, expected) in cases {
        let ability = Theta { theta, se: Some(se) };
        close(name, goal_probability_normal(ability, target).unwrap(), expected);
    }
    for se in [Some(0.0), Some(-0.2), Some(f64::INFINITY), None] {
        let ability = Theta { theta: 0.5, se };
        assert_eq!(goal_probability_normal(ability, 0.0), Err(Missing::NoStandardError));
    }
}

#[test]
fn combinations_of_abilities() {
    let theta = |theta, se| Theta { theta, se };
    let cases = [
        ("one", vec![theta(0.7, Some(0.3))], 0.7, Some(0.3)),
        // equal weights: se/√2
        ("two alike", vec![theta(0.0, Some(0.4)), theta(1.0, Some(0.4))], 0.5, Some(0.282_843)),
        // weights 100, 25, 4: (10 + 12.5 + 4)/129, 1/√129
        (
            "three",
            vec![theta(0.1, Some(0.1)), theta(0.5, Some(0.2)), theta(1.0, Some(0.5))],
            0.205_426,
            Some(0.088_045),
        ),
        // the unknown one weighs 1/0.2² like the middle of 0.1, 0.2, 0.5: (26.5 + 50)/154, 1/√154
        (
            "one without an error",
            vec![
                theta(0.1, Some(0.1)),
                theta(0.5, Some(0.2)),
                theta(1.0, Some(0.5)),
                theta(2.0, None),
            ],
            0.496_753,
            Some(0.080_582),
        ),
        ("none with an error", vec![theta(0.2, None), theta(0.6, Some(0.0))], 0.4, None),
    ];
    for (name, abilities, expected, se) in cases {
        let combined = combine(&abilities).unwrap();
        close(name, combined.theta, expected);
        match (combined.se, se) {
            (Some(actual), Some(expected)) => close(name, actual, expected),
            (actual, expected) => assert_eq!(actual, expected, "{name}"),
        }
    }
}

#[test]
fn mondays() {
    let cases = [
        ("a Monday", "2025-03-17", "2025-03-17"),
        ("a Sunday", "2025-03-23", "2025-03-17"),
        ("from May into April", "2025-05-01", "2025-04-28"),
        ("the leap day", "2024-02-29", "2024-02-26"),
        ("the day after it", "2024-03-01", "2024-02-26"),
        ("the last of February of a common year", "2025-03-01", "2025-02-24"),
        ("New Year in week 1", "2025-01-01", "2024-12-30"),
        ("New Year in week 53 of the year before", "2021-01-01", "2020-12-28"),
        ("New Year in week 52 of the year before", "2023-01-01", "2022-12-26"),
        ("31 December in week 1 of the next year", "2024-12-31", "2024-12-30"),
        ("before 1970", "1969-12-31", "1969-12-29"),
        ("the turn of a century without a leap day", "1900-03-01", "1900-02-26"),
        ("the turn of a century with one", "2000-02-29", "2000-02-28"),
    ];
    for (name, day, monday) in cases {
        assert_eq!(week_start(date(day)), date(monday), "{name}");
        assert!((date(day) - date(monday)).num_days() <= 6, "{name}");
        assert_eq!((week_end(date(day)) - date(monday)).num_days(), 6, "{name}");
    }
}

#[test]
fn days_of_interest() {
    let cases = [
        ("a running week", "2025-03-17", "2025-03-18", "2025-03-18"),
        ("its Sunday", "2025-03-17", "2025-03-23", "2025-03-23"),
        ("the next Monday", "2025-03-17", "2025-03-24", "2025-03-23"),
        ("over New Year", "2024-12-30", "2025-02-01", "2025-01-05"),
    ];
    for (name, week, today, expected) in cases {
        assert_eq!(as_of(date(week), date(today)), date(expected), "{name}");
    }
}

#[test]
fn windows_across_february_and_new_year() {
    let at = |day: &str| day_start_micros(date(day));
    let cases = [
        // 28 days ending 1 March: 2 February in a common, 3 February in a leap year.
        ("a common February", "2025-03-01", 28, "2025-02-02", "2025-03-02"),
        ("a leap February", "2024-03-01", 28, "2024-02-03", "2024-03-02"),
        ("over New Year", "2025-01-05", 14, "2024-12-23", "2025-01-06"),
        // Seoul has no clock change, Berlin loses an hour on 30 March: UTC days stay whole.
        ("a clock change elsewhere", "2025-03-30", 1, "2025-03-30", "2025-03-31"),
        ("fifty-six days", "2025-03-20", 56, "2025-01-24", "2025-03-21"),
    ];
    for (name, day, n, from, to) in cases {
        let window = Window::ending(&TimeZone::default(), date(day), n);
        assert_eq!((window.from, window.to), (at(from), at(to)), "{name}");
        let both = Windows::ending(&TimeZone::default(), date(day), n);
        assert_eq!((both.recent, both.previous.to), (window, window.from), "{name}");
    }
}

#[test]
fn a_student_with_one_answer() {
    let week = week_of(&[answer("2025-01-10", 3_600, true)], "2025-01-12");
    assert_eq!(week.improvement, Err(Missing::NoAttemptsPrevious));
    assert_eq!(week.efficiency, Err(Missing::NoResponseTimesRecent));
    assert_eq!(week.recovery, Err(Missing::NothingToRecover));
    // 0.35/28 + 0.65·½
    close("A_t", week.engagement.unwrap().value, 0.3375);
    // 0.6·2/14 + 0 + 0.15·0.9
    close("S", week.churn.unwrap(), 0.220_714);
    assert_eq!(week.week, score(1, 1));
}

#[test]
fn a_student_without_answers_but_with_visits() {
    let log = log(&[answer("2024-01-01", 0, true)]);
    let visits = [
        Visit { at: day_start_micros(date("2025-01-03")), session: Some(7) },
        Visit { at: day_start_micros(date("2025-01-05")), session: Some(8) },
    ];
    let history = History { log: &log, rows: 0..0, visits: &visits };
    let week = student_week(&history, date("2025-01-12"), &Options::default(), None);
    assert_eq!(week.engagement, Err(Missing::NoActivity));
    assert_eq!(week.improvement, Err(Missing::NoAttemptsRecent));
    // M15: d = 7, two sessions, gap 2.
    close("S", week.churn.unwrap(), 0.491_43);
    assert!(history.is_active(date("2025-01-12"), 30));
    assert!(!history.is_active(date("2025-03-12"), 30));
}

#[test]
fn all_hints_and_no_times() {
    let hinted: Vec<Answer> = (1..=4)
        .map(|day| Answer { hints: Some(3), ..answer(&format!("2025-01-{day:02}"), 0, false) })
        .collect();
    let week = week_of(&hinted, "2025-01-12");
    // 0.35·4/28 (no session id: one a day) + 0.25 (a day apart) + 0 + 0.20·½
    close("A_t", week.engagement.unwrap().value, 0.4);
    assert_eq!(week.efficiency, Err(Missing::NoResponseTimesRecent));
    assert_eq!(week.activity.unwrap().mean_hints, Some(3.0));
    assert_eq!(week.activity.unwrap().mean_dwell_seconds, None);
}

#[test]
fn days_of_a_topic() {
    let timed = |day, second, right, ms, hints| Answer {
        topic: Some("t"),
        ms,
        hints: Some(hints),
        ..answer(day, second, right)
    };
    let mut unknown = timed("2025-01-10", 40, true, Some(9_000), 1);
    unknown.right = None;
    let answers = [
        timed("2025-01-10", 10, true, Some(1_000), 0),
        timed("2025-01-10", 20, false, Some(2_000), 2),
        timed("2025-01-10", 30, true, None, 0),
        unknown,
        timed("2025-01-10", 86_399, true, Some(4_000), 0),
        timed("2025-01-11", 0, false, None, 0),
        answer("2025-01-11", 5, true),
    ];
    let log = log(&answers);
    let days = topic_days(&log, log.rows_of(0));
    assert_eq!(days.len(), 2, "the answer without a topic has no row");
    assert_eq!(n_topic_days(&log, log.rows_of(0)), 2);
    let first = &days[0];
    assert_eq!((first.attempts, first.correct, first.with_hints), (4, 3, 2));
    // (1 + 2 + 9 + 4)/4 s; the middle of 1, 2, 4, 9 s.
    assert_eq!((first.mean_time_ms, first.median_time_ms), (Some(4_000.0), Some(3_000.0)));
    assert_eq!(first.last_at, day_start_micros(date("2025-01-10")) + 86_399_000_000);
    assert_eq!(
        (days[1].date, days[1].attempts, days[1].median_time_ms),
        (date("2025-01-11"), 1, None)
    );
}

#[test]
fn every_reason_has_its_code() {
    let codes = [
        (Missing::NoAttemptsRecent, "no_attempts_recent"),
        (Missing::NoAttemptsPrevious, "no_attempts_previous"),
        (Missing::NoResponseTimesRecent, "no_response_times_recent"),
        (Missing::NoResponseTimesPrevious, "no_response_times_previous"),
        (Missing::NothingToRecover, "nothing_to_recover"),
        (Missing::NoRetry, "no_retry"),
        (Missing::SingleTime, "single_time"),
        (Missing::NoActivity, "no_activity"),
        (Missing::NotEstimated, "not_estimated_yet"),
        (Missing::NoStandardError, "no_standard_error"),
        (Missing::SlopeOfPrior, "slope_of_prior"),
        (Missing::NoPosterior, "no_posterior"),
    ];
    for (missing, code) in codes {
        assert_eq!(missing.code(), code);
    }
}
