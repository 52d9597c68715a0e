//! What pages show and what people note: a week replaces itself, reports are kept of the newest one, and a student who
//! is erased or merged leaves nothing behind.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use seedtest_store::{
    InterestGoal, NoteKind, Overview, OverviewKind, Roster, RosterClass, RosterEnrolment,
    RosterRemovals, RosterSchool, SilentStudent, Store, StudentNote, StudentView, ViewedStudents,
};
use serde_json::{Value, json};

use crate::backends::on_both;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn view(user: &str, week: &str, urgency: f64, computed_at: DateTime<Utc>) -> StudentView {
    StudentView {
        user_id: user.into(),
        week_start: day(week),
        summary: json!({"user_id": user}),
        report: Some(json!({"week": week})),
        urgency,
        urgency_without_risk: urgency / 2.0 - 0.2,
        computed_at,
    }
}

async fn write(store: &Store, views: &[StudentView]) {
    let mut tx = store.begin().await.unwrap();
    tx.write_student_views(views).await.unwrap();
    tx.forget_old_student_views(views[0].week_start, views[0].computed_at).await.unwrap();
    tx.commit().await.unwrap();
}

/// Two classes of a school, and a student of none.
async fn roster(store: &Store) {
    let class = |id: &str, school: Option<&str>| RosterClass {
        class_id: id.into(),
        school_id: school.map(str::to_owned),
        name: id.into(),
        grade: None,
    };
    let enrolment =
        |user: &str, class: &str| RosterEnrolment { user_id: user.into(), class_id: class.into() };
    let roster = Roster {
        schools: vec![RosterSchool { school_id: "o1".into(), name: "School".into() }],
        classes: vec![class("c1", Some("o1")), class("c2", None)],
        students: Vec::new(),
        enrolments: vec![enrolment("s1", "c1"), enrolment("s2", "c1"), enrolment("s3", "c2")],
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_roster(&roster, &RosterRemovals::default()).await.unwrap();
    tx.commit().await.unwrap();
}

fn ids(views: &[StudentView]) -> Vec<&str> {
    views.iter().map(|view| &*view.user_id).collect()
}

/// The students of a week, with their documents.
async fn viewed(store: &Store, week: NaiveDate, which: ViewedStudents<'_>) -> Vec<StudentView> {
    let users = store.viewed_students(week, which).await.unwrap();
    let found = store.student_views(week, &users).await.unwrap();
    assert_eq!(ids(&found), users);
    found
}

#[tokio::test]
async fn a_week_replaces_itself_and_reports_are_kept_of_the_newest() {
    on_both(async |database| {
        let store = &database.store;
        let (first, second) = (at("2025-03-11T05:00:00Z"), at("2025-03-18T05:00:00Z"));
        write(store, &[view("s1", "2025-03-03", 0.0, first), view("s2", "2025-03-03", 0.5, first)])
            .await;
        let again = first + TimeDelta::hours(1);
        write(store, &[view("s1", "2025-03-03", 0.7, again)]).await;
        let week = day("2025-03-03");
        let found = viewed(store, week, ViewedStudents::Everybody).await;
        assert_eq!(ids(&found), ["s1"], "who has no figures any more is gone");
        assert!((found[0].urgency - 0.7).abs() < 1e-12 && found[0].report.is_none());
        write(store, &[view("s1", "2025-03-10", 0.1, second)]).await;
        let newest = store.student_view("s1").await.unwrap().unwrap();
        assert_eq!(
            (newest.week_start, newest.report),
            (day("2025-03-10"), Some(json!({"week": "2025-03-10"})))
        );
        write(store, &[view("s2", "2025-03-17", 0.1, second)]).await;
        let kept = store.student_view("s1").await.unwrap().map(|of| of.week_start);
        assert_eq!(kept, Some(day("2025-03-10")), "the last report of who has no newer one");
        let weeks = store.student_view_weeks("s1", 9).await.unwrap();
        assert_eq!(
            weeks.iter().map(|of| of.week_start).collect::<Vec<_>>(),
            [day("2025-03-10"), week]
        );
        assert_eq!(store.student_view("nobody").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn students_are_found_by_class_school_and_urgency() {
    on_both(async |database| {
        let store = &database.store;
        roster(store).await;
        let now = at("2025-03-11T05:00:00Z");
        let urgencies = [("s1", 0.3), ("s2", 0.9), ("s3", 0.6), ("s4", 0.0)];
        let views: Vec<StudentView> =
            urgencies.iter().map(|(user, of)| view(user, "2025-03-03", *of, now)).collect();
        write(store, &views).await;
        let week = day("2025-03-03");
        for (which, expected) in [
            (ViewedStudents::Class("c1"), &["s1", "s2"][..]),
            (ViewedStudents::Class("c2"), &["s3"]),
            (ViewedStudents::Class("' OR '1'='1"), &[]),
            (ViewedStudents::School("o1"), &["s1", "s2"]),
            (ViewedStudents::OfNoClass, &["s4"]),
            (ViewedStudents::Everybody, &["s1", "s2", "s3", "s4"]),
        ] {
            let found = viewed(store, week, which).await;
            assert_eq!(ids(&found), expected, "{which:?}");
        }
        let later = day("2025-03-10");
        write(store, &[view("s2", "2025-03-10", 0.0, now)]).await;
        let without = async |week, class| {
            let found = store.silent_students(week, class, 9).await.unwrap();
            found.into_iter().map(|of| (of.user_id, of.days_silent)).collect::<Vec<_>>()
        };
        assert!(without(week, Some("c1")).await.is_empty());
        assert_eq!(without(later, Some("c1")).await, [("s1".to_owned(), None)]);
        assert!(without(later, None).await.is_empty());
        let silent = |user: &str, days| SilentStudent {
            user_id: user.into(),
            week_start: later,
            days_silent: days,
            computed_at: now,
        };
        let mut tx = store.begin().await.unwrap();
        tx.write_silent_students(&[
            silent("s1", Some(31)),
            silent("s3", None),
            silent("s4", Some(40)),
        ])
        .await
        .unwrap();
        tx.forget_old_silent_students(later, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(without(later, Some("c1")).await, [("s1".to_owned(), Some(31))]);
        assert_eq!(without(later, Some("c2")).await, [("s3".to_owned(), None)]);
        assert_eq!(without(later, None).await, [("s4".to_owned(), Some(40))]);
        let mut tx = store.begin().await.unwrap();
        tx.forget_old_silent_students(later, now + TimeDelta::hours(1)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(without(later, None).await.is_empty());
        let urgent = async |which, with_risk| {
            store.urgent_student_views(week, which, with_risk, 2).await.unwrap()
        };
        assert_eq!(ids(&urgent(ViewedStudents::Everybody, true).await), ["s2", "s3"]);
        assert_eq!(ids(&urgent(ViewedStudents::School("o1"), true).await), ["s2", "s1"]);
        // 0.9 / 2 − 0.2 and 0.6 / 2 − 0.2 are above zero, 0.3 / 2 − 0.2 is not.
        assert_eq!(ids(&urgent(ViewedStudents::Everybody, false).await), ["s2", "s3"]);
        assert_eq!(ids(&urgent(ViewedStudents::School("o1"), false).await), ["s2"]);
    })
    .await;
}

#[tokio::test]
async fn overviews_are_kept_week_by_week() {
    on_both(async |database| {
        let store = &database.store;
        let overview = |subject: &str, week: &str, n: i64, computed_at| Overview {
            kind: OverviewKind::Class,
            subject: subject.into(),
            week_start: day(week),
            document: json!({"n": n, "topics": [{"topic": "t", "n": n}], "classes": ["long"]}),
            computed_at,
        };
        let now = at("2025-03-11T05:00:00Z");
        let write = async |all: &[Overview]| {
            let mut tx = store.begin().await.unwrap();
            tx.write_overviews(all).await.unwrap();
            tx.forget_old_overviews(all[0].week_start, all[0].computed_at).await.unwrap();
            tx.commit().await.unwrap();
        };
        write(&[overview("c1", "2025-03-03", 1, now), overview("c2", "2025-03-03", 2, now)]).await;
        write(&[overview("c1", "2025-03-10", 3, now)]).await;
        write(&[overview("c1", "2025-03-03", 4, now + TimeDelta::hours(1))]).await;
        let read = async |kind, subject, week| {
            let found = store.overview::<Value>(kind, subject, week).await.unwrap();
            found.map(|of| of.document.unwrap()["n"].as_i64().unwrap())
        };
        assert_eq!(read(OverviewKind::Class, "c1", None).await, Some(3));
        assert_eq!(read(OverviewKind::Class, "c1", Some(day("2025-03-03"))).await, Some(4));
        assert_eq!(read(OverviewKind::Class, "c2", None).await, None, "not computed again");
        assert_eq!(read(OverviewKind::School, "c1", None).await, None);
        let fields = async |subject| {
            let (kind, week) = (OverviewKind::Class, day("2025-03-10"));
            store.overview_fields(kind, subject, week, &["topics", "weeks"]).await.unwrap()
        };
        let expected = json!({"topics": [{"topic": "t", "n": 3}], "weeks": null});
        assert_eq!(fields("c1").await, Some(expected));
        assert_eq!(fields("c2").await, None);
        let weeks = store.overview_weeks(OverviewKind::Class, "c1", 9).await.unwrap();
        assert_eq!(weeks, [day("2025-03-10"), day("2025-03-03")]);
    })
    .await;
}

#[tokio::test]
async fn notes_and_goals_are_a_students_and_go_with_them() {
    on_both(async |database| {
        let store = &database.store;
        roster(store).await;
        let note = |user: &str, at: DateTime<Utc>, kind, note: Option<&str>| StudentNote {
            user_id: user.into(),
            noted_at: at,
            actor: "Ms Kim".into(),
            kind,
            note: note.map(str::to_owned),
        };
        let (early, late) = (at("2025-03-11T05:00:00Z"), at("2025-03-12T05:00:00Z"));
        let goal = |score, date: Option<&str>| InterestGoal {
            topic_id: "t1".into(),
            subject_id: None,
            target_level: None,
            target_score: Some(score),
            target_date: date.map(day),
            priority: None,
        };
        let mut tx = store.begin().await.unwrap();
        tx.add_student_note(&note("s1", early, NoteKind::Seen, None)).await.unwrap();
        tx.add_student_note(&note("s1", late, NoteKind::Intervention, Some("called")))
            .await
            .unwrap();
        tx.add_student_note(&note("s3", late, NoteKind::Seen, None)).await.unwrap();
        tx.set_interest_goal("s1", &goal(70.0, None), early).await.unwrap();
        tx.set_interest_goal("s1", &goal(80.5, Some("2025-06-30")), late).await.unwrap();
        tx.write_student_views(&[view("s1", "2025-03-03", 0.1, early)]).await.unwrap();
        tx.commit().await.unwrap();
        let notes = store.student_notes("s1", 9).await.unwrap();
        assert_eq!(notes[0].note.as_deref(), Some("called"));
        assert_eq!((notes.len(), notes[1].kind), (2, NoteKind::Seen));
        let of_class = store.class_notes("c1", early + TimeDelta::seconds(1), 9).await.unwrap();
        assert_eq!(of_class, notes[..1]);
        let goals = store.interest_goals("s1").await.unwrap();
        assert_eq!((goals.len(), goals[0].target_score), (1, Some(80.5)));
        assert_eq!(goals[0].target_date, Some(day("2025-06-30")));
        let mut tx = store.begin().await.unwrap();
        assert!(!tx.forget_interest_goal("s1", "t2").await.unwrap());
        let erased = tx.erase_student("s1", "erased").await.unwrap();
        tx.commit().await.unwrap();
        for (table, rows) in [("dashboard_note", 2), ("dashboard_student", 1), ("interest_goal", 1)]
        {
            assert_eq!(erased.rows.get(table), Some(&rows), "{table}");
        }
        assert!(store.student_notes("s1", 9).await.unwrap().is_empty());
        assert_eq!(store.student_notes("s3", 9).await.unwrap().len(), 1);
    })
    .await;
}
