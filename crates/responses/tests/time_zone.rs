//! Days of time zones, against Python's zoneinfo and by their own rules.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;
use seedtest_responses::{MICROS_PER_DAY, TimeZone, date_of_day, day_number};

fn zone(name: &str) -> TimeZone {
    name.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Microseconds of an instant as RFC 3339 has it.
fn at(text: &str) -> i64 {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros()
}

#[test]
fn days_and_wall_clocks_agree_with_zoneinfo() {
    let table = include_str!("time_zones.csv");
    let mut lines = 0;
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [name, instant, day, start, shown, meant] = cells[..] else { panic!("{line}") };
        let number = |text: &str| text.parse::<i64>().unwrap();
        let (zone, instant, day) = (zone(name), number(instant), date(day));
        assert_eq!(zone.date_of(instant), day, "{line}");
        assert_eq!(zone.day_start(day), number(start), "{line}");
        assert_eq!(zone.instant_of(number(shown)), number(meant), "{line}");
        lines += 1;
    }
    assert!(lines > 800, "{lines} lines");
}

#[test]
fn a_time_that_was_left_out_keeps_its_distance_from_the_change() {
    // 2025-03-09 02:30 does not exist in New York: 30 minutes after 03:00 summer time.
    let local = |text: &str| at(&format!("{text}Z"));
    assert_eq!(
        zone("America/New_York").instant_of(local("2025-03-09T02:30:00")),
        at("2025-03-09T07:30:00Z")
    );
    // Of 01:30 twice the first, which is summer time.
    assert_eq!(
        zone("America/New_York").instant_of(local("2025-11-02T01:30:00")),
        at("2025-11-02T05:30:00Z")
    );
    // Lord Howe: 02:00 to 02:30 is left out, +10:30 before.
    assert_eq!(
        zone("Australia/Lord_Howe").instant_of(local("2025-10-05T02:10:00")),
        at("2025-10-04T15:40:00Z")
    );
}

#[test]
fn monday_morning_in_seoul_is_monday() {
    let seoul = zone("Asia/Seoul");
    for hour in 0..9 {
        let instant = at("2025-03-02T15:00:00Z") + hour * 3_600_000_000;
        assert_eq!(seoul.date_of(instant), date("2025-03-03"), "{hour}:00");
        assert_eq!(TimeZone::default().date_of(instant), date("2025-03-02"), "{hour}:00");
    }
    assert_eq!(seoul.day_start(date("2025-03-03")), at("2025-03-02T15:00:00Z"));
    assert_eq!(seoul.date_of(at("2025-03-02T14:59:59.999999Z")), date("2025-03-02"));
}

#[test]
fn days_on_which_clocks_change_are_shorter_and_longer() {
    let hours = |name: &str, day: &str| {
        let (zone, day) = (zone(name), date(day));
        (zone.day_start(day.succ_opt().unwrap()) - zone.day_start(day)) as f64 / 3.6e9
    };
    assert_eq!(hours("Europe/Berlin", "2025-03-30"), 23.0);
    assert_eq!(hours("Europe/Berlin", "2025-10-26"), 25.0);
    assert_eq!(hours("Australia/Lord_Howe", "2025-10-05"), 23.5);
    assert_eq!(hours("Australia/Lord_Howe", "2025-04-06"), 24.5);
    assert_eq!(hours("Asia/Seoul", "2025-03-30"), 24.0);
    assert_eq!(hours("Pacific/Apia", "2011-12-30"), 0.0);
}

#[test]
fn week_53_ends_where_the_place_says() {
    // 2026-12-28 to 2027-01-03 is week 53 of 2026.
    let los_angeles = zone("America/Los_Angeles");
    let sunday_night = los_angeles.date_of(at("2027-01-04T07:59:59Z"));
    assert_eq!((sunday_night.iso_week().year(), sunday_night.iso_week().week()), (2026, 53));
    assert_eq!(los_angeles.date_of(at("2027-01-04T08:00:00Z")).iso_week().week(), 1);
    // In Kiritimati the new week has begun 22 hours before.
    assert_eq!(zone("Pacific/Kiritimati").date_of(at("2027-01-03T10:00:00Z")).iso_week().week(), 1);
}

#[test]
fn names_are_those_of_the_database_in_any_case() {
    assert_eq!(zone("asia/seoul").name(), "Asia/Seoul");
    assert_eq!(zone(" UTC "), TimeZone::default());
    for name in ["", "KST", "Asia/Soul", "+09:00", "../etc/passwd"] {
        let error = name.parse::<TimeZone>().unwrap_err();
        assert!(error.to_string().contains(&format!("{name:?}")), "{error}");
    }
}

#[test]
fn the_ends_of_time_have_days() {
    for zone in [TimeZone::default(), zone("America/New_York")] {
        for instant in [i64::MIN, -1, 0, i64::MAX] {
            let day = zone.date_of(instant);
            assert!((date_of_day(day_number(day)) - day).num_days() == 0);
        }
        zone.day_start(NaiveDate::MIN);
        zone.day_start(NaiveDate::MAX);
    }
}

const NAMES: [&str; 8] = [
    "UTC",
    "Asia/Seoul",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "America/Sao_Paulo",
];

proptest! {
    /// Every instant lies in its day, whichever instants were asked for before.
    #[test]
    fn days_follow_each_other_without_gap_or_overlap(
        which in 0..NAMES.len(),
        instants in prop::collection::vec(0i64..4_000_000_000_000_000, 1..20),
    ) {
        let zone = zone(NAMES[which]);
        let mut days = zone.days();
        for instant in instants {
            let day = days.date_of(instant);
            prop_assert_eq!(day, zone.date_of(instant));
            prop_assert!(zone.day_start(day) <= instant);
            prop_assert!(instant < zone.day_start(day.succ_opt().unwrap()));
        }
    }

    /// UTC needs no table.
    #[test]
    fn utc_is_whole_days_since_1970(instant in -4_000_000_000_000_000i64..4_000_000_000_000_000) {
        let number = day_number(TimeZone::default().date_of(instant));
        prop_assert_eq!(number, instant.div_euclid(MICROS_PER_DAY));
    }
}
