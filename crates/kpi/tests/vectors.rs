//! Hand-computed vectors of the KPI contract and the rules for "not known".

mod school;

use chrono::NaiveDate;
use school::{Answer, answer, date, day_start_micros, log};
use seedtest_kpi::{
    Activity, ChurnActivity, DayActivity, History, Method, Missing, Options, StudentWeek,
    TargetScale, Theta, Trend, Window, WindowScore, Windows, as_of, churn_heuristic, combine,
    daily_activity, engagement, goal_probability_normal, improvement, student_week, target_theta,
    topic_accuracy, week_end, week_start, weekly_accuracy,
};
use seedtest_responses::TimeZone;

fn close(actual: f64, expected: f64) {
    assert!((actual - expected).abs() < 5e-6, "{actual} is not {expected}");
}

fn window(n: u32, right: u32) -> WindowScore {
    WindowScore { n, right }
}

fn theta(theta: f64, se: f64) -> Theta {
    Theta { theta, se: Some(se) }
}

fn week_of(answers: &[Answer], day: &str) -> StudentWeek {
    let log = log(answers);
    student_week(&History::of(&log, 0), date(day), &Options::default(), None)
}

#[test]
fn improvement_on_the_accuracy_path() {
    let index = improvement(window(20, 10), window(20, 5), None).unwrap();
    close(index.value, 0.13014);
    assert_eq!(index.method, Method::AccuracyDelta);
    close(improvement(window(5, 5), window(5, 1), None).unwrap().value, 0.13333);
}

#[test]
fn improvement_penalty_stops_at_one_half() {
    // p = 1/2 on 2 answers: Wald width 1.96·√(1/8) = 0.693 is cut to 0.5; exposure 2/30.
    close(improvement(window(2, 1), window(1, 0), None).unwrap().value, 0.5 * 2.0 / 30.0 * 0.5);
}

#[test]
fn improvement_exposure_stops_at_thirty_answers() {
    // 60/60 against 0/60: exposure 1, width 0, I = 1.
    close(improvement(window(60, 60), window(60, 0), None).unwrap().value, 1.0);
    close(improvement(window(60, 0), window(60, 60), None).unwrap().value, -1.0);
}

#[test]
fn a_trend_is_one_that_chance_does_not_explain() {
    let trend = |recent, previous| improvement(recent, previous, None).unwrap().trend();
    assert_eq!(trend(window(60, 60), window(60, 0)), Some(Trend::Improving));
    assert_eq!(trend(window(60, 0), window(60, 60)), Some(Trend::Declining));
    // 5 and 10 of 20: a difference of 0.25 with a standard error of about 0.14.
    assert_eq!(trend(window(20, 10), window(20, 5)), Some(Trend::Stable));
    let theta = |theta, se| Theta { theta, se };
    let pair = Some((theta(1.0, None), theta(0.0, Some(0.1))));
    assert_eq!(improvement(window(30, 15), window(30, 15), pair).unwrap().trend(), None);
}

#[test]
fn improvement_publishes_a_standard_error_even_where_the_wald_width_vanishes() {
    // 5/5: Wilson se = √(0 + 3.8416/100)/(1 + 3.8416/5) = 0.110840; 1/5: √(0.032 + 0.038416)/1.76832
    // = 0.150063; together 0.186560, times exposure 1/6.
    let index = improvement(window(5, 5), window(5, 1), None).unwrap();
    close(index.se.unwrap(), 0.031_093);
}

#[test]
fn improvement_on_the_theta_path() {
    let delta = |n, se| {
        improvement(window(n, 0), window(0, 0), Some((theta(0.2, se), theta(-0.1, se)))).unwrap()
    };
    close(delta(10, 0.1).value, 0.0804);
    close(delta(30, 0.3).value, 0.15);
    assert_eq!(delta(10, 0.1).method, Method::ThetaDelta);
    // √(0.1² + 0.1²)·(1/3)·0.804
    close(delta(10, 0.1).se.unwrap(), 0.037_901);
}

#[test]
fn improvement_without_a_standard_error_has_no_penalty() {
    let abilities = (Theta { theta: 0.2, se: None }, Theta { theta: -0.1, se: None });
    let index = improvement(window(30, 0), window(0, 0), Some(abilities)).unwrap();
    close(index.value, 0.3);
    assert_eq!(index.se, None);
}

#[test]
fn improvement_needs_five_answers_for_the_theta_path() {
    let abilities = Some((theta(0.2, 0.1), theta(-0.1, 0.1)));
    let four = improvement(window(4, 4), window(4, 4), abilities).unwrap();
    assert_eq!(four.method, Method::AccuracyDelta);
    let five = improvement(window(5, 5), window(4, 4), abilities).unwrap();
    assert_eq!(five.method, Method::ThetaDelta);
}

#[test]
fn improvement_needs_answers_in_both_windows() {
    assert_eq!(improvement(window(0, 0), window(3, 1), None), Err(Missing::NoAttemptsRecent));
    assert_eq!(improvement(window(3, 1), window(0, 0), None), Err(Missing::NoAttemptsPrevious));
}

#[test]
fn improvement_windows_are_fourteen_whole_days() {
    let in_both = [answer("2025-01-12", 0, true), answer("2024-12-29", 86_399, false)];
    let week = week_of(&in_both, "2025-01-12");
    assert_eq!(week.recent, window(1, 1));
    close(week.improvement.unwrap().value, 1.0 / 30.0);
    // The first second of the recent window is 2024-12-30 00:00:00, 13 days before.
    let first_second = [answer("2024-12-30", 0, true), answer("2024-12-16", 0, true)];
    assert!(week_of(&first_second, "2025-01-12").improvement.is_ok());
    let too_old = [answer("2024-12-30", 0, true), answer("2024-12-15", 86_399, true)];
    assert_eq!(week_of(&too_old, "2025-01-12").improvement, Err(Missing::NoAttemptsPrevious));
}

#[test]
fn an_unknown_outcome_is_no_answer_for_improvement_but_is_activity() {
    let mut unknown = answer("2025-01-12", 0, true);
    unknown.right = None;
    let week = week_of(&[unknown], "2025-01-12");
    assert_eq!(week.improvement, Err(Missing::NoAttemptsRecent));
    assert_eq!(week.activity.unwrap().answers, 1);
}

fn timed(day: &str, second: i64, right: bool, ms: u32) -> Answer {
    Answer { ms: Some(ms), ..answer(day, second, right) }
}

#[test]
fn efficiency_is_the_fall_of_the_median_time() {
    let halved = [timed("2024-12-10", 0, true, 2000), timed("2025-01-10", 0, true, 1000)];
    close(week_of(&halved, "2025-01-12").efficiency.unwrap().value, 0.5);
    let doubled = [timed("2024-12-10", 0, true, 1000), timed("2025-01-10", 0, true, 2000)];
    let slower = week_of(&doubled, "2025-01-12").efficiency.unwrap();
    close(slower.value, 0.0);
    close(slower.raw, -1.0);
}

#[test]
fn efficiency_takes_the_median_of_right_answers_only() {
    let answers = [
        timed("2024-12-10", 0, true, 1000),
        timed("2024-12-10", 9, true, 3000),
        timed("2024-12-10", 19, false, 90_000),
        timed("2025-01-10", 0, true, 1500),
        timed("2025-01-10", 9, false, 10),
    ];
    // Previous median (1000 + 3000)/2 = 2000, recent 1500.
    close(week_of(&answers, "2025-01-12").efficiency.unwrap().value, 0.25);
}

#[test]
fn efficiency_does_not_count_a_time_of_zero() {
    let answers = [timed("2024-12-10", 0, true, 0), timed("2025-01-10", 0, true, 1000)];
    let week = week_of(&answers, "2025-01-12");
    assert_eq!(week.efficiency, Err(Missing::NoResponseTimesPrevious));
    let untimed = [timed("2024-12-10", 0, true, 1000), answer("2025-01-10", 0, true)];
    let week = week_of(&untimed, "2025-01-12");
    assert_eq!(week.efficiency, Err(Missing::NoResponseTimesRecent));
}

fn on(item: &'static str, topic: &'static str, mut answer: Answer) -> Answer {
    answer.item = item;
    answer.topic = Some(topic);
    answer
}

#[test]
fn recovery_is_the_share_of_retries_answered_right() {
    let answers = [
        on("q1", "t", answer("2024-12-10", 0, false)),
        on("q2", "t", answer("2024-12-10", 9, false)),
        on("q3", "t", answer("2024-12-10", 19, true)),
        on("q1", "t", answer("2025-01-10", 0, true)),
        on("q1", "t", answer("2025-01-10", 9, false)),
        on("q2", "t", answer("2025-01-10", 19, true)),
        on("q3", "t", answer("2025-01-10", 29, false)),
    ];
    let recovery = week_of(&answers, "2025-01-12").recovery.unwrap();
    close(recovery.value, 2.0 / 3.0);
    assert_eq!(recovery.n, 3);
}

#[test]
fn recovery_matches_item_and_topic_together() {
    let answers = [
        on("q1", "t1", answer("2024-12-10", 0, false)),
        on("q1", "t2", answer("2025-01-10", 0, true)),
    ];
    assert_eq!(week_of(&answers, "2025-01-12").recovery, Err(Missing::NoRetry));
}

#[test]
fn recovery_needs_something_to_recover() {
    let answers = [answer("2024-12-10", 0, true), answer("2025-01-10", 0, true)];
    assert_eq!(week_of(&answers, "2025-01-12").recovery, Err(Missing::NothingToRecover));
}

#[test]
fn engagement_of_four_sessions_on_ten_days() {
    let sessions = ["a", "b", "c", "d", "a", "b", "c", "d", "a", "b"];
    // 10 answers one a day; sessions a and b hold three answers of 200 s, c and d two of 300 s.
    let answers: Vec<Answer> = sessions
        .iter()
        .enumerate()
        .map(|(day, &session)| Answer {
            session: Some(session),
            hints: Some(0),
            ms: Some(if matches!(session, "a" | "b") { 200_000 } else { 300_000 }),
            ..answer(&format!("2025-01-{:02}", day + 1), 0, true)
        })
        .collect();
    let week = week_of(&answers, "2025-01-12");
    close(week.engagement.unwrap().value, 0.63333);
    close(week.engagement.unwrap().recorded_weight, 1.0);
    let activity = week.activity.unwrap();
    assert_eq!((activity.sessions, activity.mean_gap), (4, Ok(1.0)));
    close(activity.mean_dwell_seconds.unwrap(), 600.0);
}

#[test]
fn engagement_counts_one_half_for_what_is_not_recorded() {
    // One answer, no session id, no hints, no time: 0.35·1/28 + 0.65·0.5.
    let week = week_of(&[answer("2025-01-10", 0, true)], "2025-01-12");
    close(week.engagement.unwrap().value, 0.35 / 28.0 + 0.325);
    close(week.engagement.unwrap().recorded_weight, 0.35);
    assert_eq!(week.activity.unwrap().mean_gap, Err(Missing::SingleTime));
}

#[test]
fn engagement_with_three_hints_an_answer_loses_the_whole_component() {
    let base = Activity {
        answers: 4,
        sessions: 28,
        mean_gap: Ok(0.0),
        mean_hints: Some(3.0),
        mean_dwell_seconds: Some(1800.0),
    };
    close(engagement(&base, 28).value, 0.35 + 0.25 + 0.0 + 0.20);
    let slow = Activity { mean_gap: Ok(4.0), mean_hints: Some(9.0), ..base };
    close(engagement(&slow, 28).value, 0.35 + 0.0625 + 0.20);
}

#[test]
fn engagement_needs_activity_in_the_window() {
    let week = week_of(&[answer("2024-12-15", 86_399, true)], "2025-01-12");
    assert_eq!(week.engagement, Err(Missing::NoActivity));
    assert!(week_of(&[answer("2024-12-16", 0, true)], "2025-01-12").engagement.is_ok());
}

#[test]
fn churn_heuristic_vectors() {
    let risk = |days_silent, sessions, mean_gap| {
        churn_heuristic(&ChurnActivity { days_silent, sessions, mean_gap }, 14.0).unwrap()
    };
    close(risk(7.0, 2, 2.0), 0.49143);
    close(risk(0.0, 12, 0.0), 0.0);
    close(risk(400.0, 0, 70.0), 1.0);
}

#[test]
fn churn_counts_whole_days_back_from_the_day_of_interest() {
    // Last answer 2025-01-05 23:59, seven days before; 2 sessions; gap of 2 days.
    let answers = [
        Answer { session: Some("a"), ..answer("2025-01-03", 86_340, true) },
        Answer { session: Some("b"), ..answer("2025-01-05", 86_340, true) },
    ];
    close(week_of(&answers, "2025-01-12").churn.unwrap(), 0.49143);
    assert_eq!(week_of(&answers, "2025-04-12").churn, Err(Missing::NoActivity));
}

#[test]
fn goal_probability_by_the_normal_approximation() {
    let p = goal_probability_normal(theta(0.2, 0.4), 0.5).unwrap();
    close(p, 0.22663);
    assert_eq!(goal_probability_normal(theta(0.2, 0.0), 0.5), Err(Missing::NoStandardError));
    let unknown = Theta { theta: 0.2, se: None };
    assert_eq!(goal_probability_normal(unknown, 0.5), Err(Missing::NoStandardError));
}

#[test]
fn a_goal_beyond_six_is_a_score() {
    close(target_theta(150.0, TargetScale::Auto, 50.0, 100.0), 1.0);
    close(target_theta(0.8, TargetScale::Auto, 50.0, 100.0), 0.8);
    close(target_theta(-6.0, TargetScale::Auto, 50.0, 100.0), -6.0);
    close(target_theta(5.0, TargetScale::Score, 50.0, 100.0), -1.9);
    close(target_theta(150.0, TargetScale::Theta, 50.0, 100.0), 150.0);
}

#[test]
fn abilities_combine_by_inverse_variance() {
    let both = combine(&[theta(0.4, 0.2), theta(-0.2, 0.4)]).unwrap();
    close(both.theta, 0.28);
    close(both.se.unwrap(), 0.17889);
    assert_eq!(combine(&[]), None);
}

#[test]
fn an_ability_without_a_standard_error_weighs_like_the_median() {
    let unknown = Theta { theta: 1.0, se: None };
    let mean = combine(&[theta(0.0, 0.5), unknown]).unwrap();
    close(mean.theta, 0.5);
    close(mean.se.unwrap(), 0.5 / std::f64::consts::SQRT_2);
    let both_unknown = combine(&[unknown, Theta { theta: 0.0, se: Some(0.0) }]).unwrap();
    assert_eq!(both_unknown, Theta { theta: 0.5, se: None });
}

#[test]
fn weeks_start_on_monday_across_months_and_years() {
    assert_eq!(week_start(date("2025-01-12")), date("2025-01-06"));
    assert_eq!(week_start(date("2025-01-06")), date("2025-01-06"));
    assert_eq!(week_start(date("2027-01-03")), date("2026-12-28"));
    assert_eq!(week_start(date("2024-03-01")), date("2024-02-26"));
    assert_eq!(week_end(date("2024-12-30")), date("2025-01-05"));
}

#[test]
fn the_day_of_interest_is_never_in_the_future() {
    assert_eq!(as_of(date("2025-01-08"), date("2025-01-09")), date("2025-01-09"));
    assert_eq!(as_of(date("2025-01-08"), date("2025-03-01")), date("2025-01-12"));
}

#[test]
fn windows_are_whole_utc_days_before_and_after_1970() {
    let window = Window::ending(&TimeZone::default(), date("1970-01-01"), 1);
    assert_eq!((window.from, window.to), (0, 86_400_000_000));
    let both = Windows::ending(&TimeZone::default(), date("1970-01-01"), 1);
    assert_eq!((both.recent, both.previous.from), (window, -86_400_000_000));
    assert_eq!(day_start_micros(NaiveDate::default()), 0);
    // 2025-03-30 has 23 hours in Berlin and 24 in UTC.
    let spring = Window::ending(&TimeZone::default(), date("2025-03-30"), 1);
    assert_eq!(spring.to - spring.from, 86_400_000_000);
    let in_berlin = Windows::ending(&"Europe/Berlin".parse().unwrap(), date("2025-03-30"), 1);
    assert_eq!(in_berlin.recent.to - in_berlin.recent.from, 82_800_000_000);
    assert_eq!(in_berlin.previous.to - in_berlin.previous.from, 86_400_000_000);
}

#[test]
fn the_week_counts_from_monday_to_the_day_of_interest() {
    let answers = [
        answer("2025-01-05", 86_399, true),
        answer("2025-01-06", 0, true),
        answer("2025-01-08", 0, false),
        answer("2025-01-09", 0, true),
    ];
    assert_eq!(week_of(&answers, "2025-01-08").week, window(2, 1));
    assert_eq!(week_of(&answers, "2025-01-12").week, window(3, 2));
}

#[test]
fn an_answer_under_two_topics_counts_once() {
    let answers = [
        on("q1", "t1", answer("2025-01-10", 0, true)),
        on("q1", "t2", answer("2025-01-10", 0, true)),
    ];
    let week = week_of(&answers, "2025-01-12");
    assert_eq!(week.week, window(1, 1));
    assert_eq!(week.activity.unwrap().answers, 1);
}

#[test]
fn a_student_is_active_for_the_days_of_the_lookback() {
    let log = log(&[answer("2025-01-10", 0, true)]);
    let active = |day: &str| History::of(&log, 0).is_active(date(day), 30);
    assert!(!active("2025-01-09"));
    assert!(active("2025-01-10"));
    assert!(active("2025-02-08"));
    assert!(!active("2025-02-09"));
}

#[test]
fn series_group_by_week_topic_and_day() {
    let answers = [
        on("q1", "t1", timed("2025-01-05", 86_399, true, 2_000)),
        on("q2", "t1", timed("2025-01-06", 0, false, 3_000)),
        on("q2", "t2", timed("2025-01-06", 0, false, 3_000)),
        on("q3", "t2", answer("2025-01-07", 5, true)),
    ];
    let log = log(&answers);
    let rows = log.rows_of(0);
    let weeks = weekly_accuracy(&log, rows.clone());
    assert_eq!(weeks[&date("2024-12-30")], window(1, 1));
    assert_eq!(weeks[&date("2025-01-06")], window(2, 1));
    let topics: Vec<_> = topic_accuracy(&log, rows.clone()).into_values().collect();
    assert_eq!(topics, [window(2, 1), window(2, 1)]);
    let days = daily_activity(&log, rows);
    assert_eq!(days[&date("2025-01-06")], DayActivity { answers: 1, time_ms: Some(3_000) });
    assert_eq!(days[&date("2025-01-07")], DayActivity { answers: 1, time_ms: None });
}
