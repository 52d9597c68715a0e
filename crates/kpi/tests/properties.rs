//! What holds for every log: ranges, order of arrival, exactness of windows.

mod school;

use proptest::prelude::*;
use school::{Answer, answer, date, day_start_micros, log};
use seedtest_kpi::{History, Options, StudentWeek, Theta, combine, student_week, topic_days};

const ITEMS: [&str; 4] = ["q1", "q2", "q3", "q4"];
const TOPICS: [&str; 2] = ["t1", "t2"];
const SESSIONS: [&str; 3] = ["a", "b", "c"];

fn an_answer() -> impl Strategy<Value = Answer> {
    (
        0..100i64,
        0..86_400i64,
        prop::sample::select(&ITEMS[..]),
        prop::option::of(prop::sample::select(&TOPICS[..])),
        prop::option::of(prop::sample::select(&SESSIONS[..])),
        prop::option::of(any::<bool>()),
        prop::option::of(0..600_000u32),
        prop::option::of(0..300u32),
    )
        .prop_map(|(day, second, item, topic, session, right, ms, hints)| Answer {
            item,
            topic,
            session,
            ms,
            hints,
            ..answer_of("2025-01-01", day * 86_400 + second, right)
        })
}

fn answer_of(day: &str, second: i64, right: Option<bool>) -> Answer {
    Answer { right, ..answer(day, second, true) }
}

fn week(answers: &[Answer]) -> StudentWeek {
    let log = log(answers);
    student_week(&History::of(&log, 0), date("2025-04-10"), &Options::default(), None)
}

proptest! {
    #[test]
    fn every_kpi_stays_in_its_range(answers in prop::collection::vec(an_answer(), 1..80)) {
        let week = week(&answers);
        let unit = 0.0..=1.0;
        prop_assert!(known(week.improvement, |i| (-1.0..=1.0).contains(&i.value)));
        prop_assert!(known(week.improvement, |i| i.se.is_some_and(|se| se > 0.0)));
        prop_assert!(known(week.efficiency, |e| unit.contains(&e.value) && e.raw <= 1.0));
        prop_assert!(known(week.recovery, |r| unit.contains(&r.value) && r.n > 0));
        prop_assert!(known(week.engagement, |a| unit.contains(&a.value)));
        prop_assert!(known(week.churn, |s| unit.contains(&s)));
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        (answers, shuffled) in prop::collection::vec(an_answer(), 1..60)
            .prop_flat_map(|answers| (Just(answers.clone()), Just(answers).prop_shuffle()))
    ) {
        prop_assert_eq!(week(&answers), week(&shuffled));
    }

    #[test]
    fn what_lies_after_the_day_of_interest_does_not_matter(
        answers in prop::collection::vec(an_answer(), 1..60)
    ) {
        let end = day_start_micros(date("2025-03-01"));
        let before: Vec<Answer> =
            answers.iter().filter(|answer| answer.at < end).cloned().collect();
        prop_assume!(!before.is_empty());
        let as_of = |answers: &[Answer]| {
            let log = log(answers);
            student_week(&History::of(&log, 0), date("2025-02-28"), &Options::default(), None)
        };
        prop_assert_eq!(as_of(&answers), as_of(&before));
    }

    #[test]
    fn topic_days_add_up_to_the_tagged_answers(
        answers in prop::collection::vec(an_answer(), 1..80)
    ) {
        let log = log(&answers);
        let days = topic_days(&log, log.rows_of(0));
        let known = answers.iter().filter(|a| a.topic.is_some() && a.right.is_some()).count();
        prop_assert_eq!(days.iter().map(|day| day.attempts as usize).sum::<usize>(), known);
        prop_assert!(days.iter().all(|day| day.correct <= day.attempts));
        prop_assert!(days.is_sorted_by(|a, b| (a.date, a.topic) < (b.date, b.topic)));
    }

    #[test]
    fn a_combination_lies_between_its_parts_and_is_surer(
        parts in prop::collection::vec((-4.0..4.0f64, 0.05..2.0f64), 1..8)
    ) {
        let thetas: Vec<Theta> =
            parts.iter().map(|&(theta, se)| Theta { theta, se: Some(se) }).collect();
        let all = combine(&thetas).unwrap();
        let low = parts.iter().map(|part| part.0).fold(f64::INFINITY, f64::min);
        let high = parts.iter().map(|part| part.0).fold(f64::NEG_INFINITY, f64::max);
        let smallest = parts.iter().map(|part| part.1).fold(f64::INFINITY, f64::min);
        prop_assert!(all.theta >= low - 1e-9 && all.theta <= high + 1e-9);
        prop_assert!(all.se.unwrap() <= smallest + 1e-12);
    }
}

/// Whether a KPI is in its range; one that is unknown has no range to leave.
fn known<T, E>(kpi: Result<T, E>, holds: impl Fn(T) -> bool) -> bool {
    kpi.map_or(true, holds)
}
