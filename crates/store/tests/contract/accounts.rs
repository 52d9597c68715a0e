//! People who sign in: accounts, sessions, invitations; classes one by one; rows of the platform in pages.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use seedtest_store::{
    Account, Classroom, FeatureFilter, InterestGoal, Invitation, ResultFilter, RowFilter, Sitting,
    StoredSession, Subject, TopicDayFeatures,
};
use serde_json::json;

use crate::backends::on_both;

fn now() -> DateTime<Utc> {
    "2025-03-12T10:00:00Z".parse().unwrap()
}

fn account(id: &str, login: &str) -> Account {
    Account {
        account_id: id.into(),
        login: login.into(),
        name: login.to_uppercase(),
        role: "teacher".into(),
        school_id: Some("north".into()),
        user_id: None,
        lang: None,
        password_hash: None,
        subject: None,
        classes: vec!["7a".into(), "7b".into()],
        students: Vec::new(),
        created_at: now(),
        disabled_at: None,
    }
}

fn session(digest: &str, account_id: Option<&str>) -> StoredSession {
    StoredSession {
        digest: digest.into(),
        account_id: account_id.map(str::to_owned),
        user_id: account_id.is_none().then(|| "amy".into()),
        claims: account_id.is_none().then(|| json!({"name": "Amy"})),
        created_at: now(),
        seen_at: now(),
        expires_at: now() + TimeDelta::hours(12),
    }
}

#[tokio::test]
async fn accounts_are_found_by_login_and_subject_and_changed_as_a_whole() {
    on_both(async |database| {
        let store = &database.store;
        assert!(!store.has_accounts().await.unwrap());
        let mut tx = store.begin().await.unwrap();
        tx.add_account(&account("1", "tom")).await.unwrap();
        let guardian = Account {
            role: "guardian".into(),
            classes: Vec::new(),
            students: vec!["amy".into(), "bob".into()],
            school_id: None,
            ..account("2", "pat")
        };
        tx.add_account(&guardian).await.unwrap();
        tx.commit().await.unwrap();
        assert!(store.has_accounts().await.unwrap());
        assert_eq!(store.account_of_login("tom").await.unwrap(), Some(account("1", "tom")));
        assert_eq!(store.accounts().await.unwrap(), [guardian.clone(), account("1", "tom")]);
        // A login is one account's.
        let mut tx = store.begin().await.unwrap();
        assert!(tx.add_account(&account("3", "tom")).await.is_err());
        drop(tx);
        let subject = Subject { issuer: "https://login".into(), subject: "t1".into() };
        let mut tx = store.begin().await.unwrap();
        tx.set_subject("1", &subject).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        assert!(tx.set_subject("2", &subject).await.is_err());
        drop(tx);
        let found = store.account_of_subject(&subject).await.unwrap().unwrap();
        assert_eq!((found.login.as_str(), &found.subject), ("tom", &Some(subject)));
        let changed = Account {
            name: "Tom".into(),
            classes: vec!["7c".into()],
            lang: Some("ko".into()),
            ..found
        };
        let mut tx = store.begin().await.unwrap();
        tx.change_account(&changed).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.account("1").await.unwrap(), Some(changed));
        assert_eq!(store.account("9").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_new_password_and_a_disabled_account_end_sessions_and_invitations() {
    on_both(async |database| {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        tx.add_account(&account("1", "tom")).await.unwrap();
        tx.add_account(&account("2", "pat")).await.unwrap();
        tx.commit().await.unwrap();
        let invitation = |digest: &str| Invitation {
            digest: digest.into(),
            account_id: "1".into(),
            created_at: now(),
            expires_at: now() + TimeDelta::days(7),
        };
        for round in 0..2 {
            let mut tx = store.begin().await.unwrap();
            for of in [session("a", Some("1")), session("b", Some("2")), session("c", None)] {
                tx.add_session(&of).await.unwrap();
            }
            tx.add_invitation(&invitation("x")).await.unwrap();
            tx.add_invitation(&invitation("y")).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(store.web_session("c").await.unwrap(), Some(session("c", None)));
            // Of two invitations the later one works.
            assert_eq!(store.invitation("x").await.unwrap(), None);
            assert_eq!(store.invited(now()).await.unwrap().len(), 1);
            let mut tx = store.begin().await.unwrap();
            match round {
                0 => tx.set_password_hash("1", "hash").await.unwrap(),
                _ => tx.disable_account("1", Some(now())).await.unwrap(),
            }
            tx.commit().await.unwrap();
            assert_eq!(store.web_session("a").await.unwrap(), None);
            assert_eq!(store.invitation("y").await.unwrap(), None);
            assert!(store.web_session("b").await.unwrap().is_some());
            let mut tx = store.begin().await.unwrap();
            for digest in ["b", "c"] {
                tx.end_session(digest).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        let stored = store.account("1").await.unwrap().unwrap();
        assert_eq!(stored.password_hash.as_deref(), Some("hash"));
        assert_eq!(stored.disabled_at, Some(now()));
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_taken_once_and_in_time() {
    on_both(async |database| {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        tx.add_account(&account("1", "tom")).await.unwrap();
        let ends = now() + TimeDelta::days(7);
        let invitation = Invitation {
            digest: "x".into(),
            account_id: "1".into(),
            created_at: now(),
            expires_at: ends,
        };
        tx.add_invitation(&invitation).await.unwrap();
        assert!(!tx.take_invitation("x", ends).await.unwrap());
        assert!(tx.take_invitation("x", ends - TimeDelta::seconds(1)).await.unwrap());
        assert!(!tx.take_invitation("x", now()).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn sessions_are_touched_and_forgotten() {
    on_both(async |database| {
        let store = &database.store;
        let mut tx = store.begin().await.unwrap();
        for of in [session("a", Some("1")), session("b", Some("1")), session("c", Some("2"))] {
            tx.add_session(&of).await.unwrap();
        }
        let later = now() + TimeDelta::hours(1);
        tx.touch_session("a", later).await.unwrap();
        // Clocks of two services may differ: a session is not seen earlier than it was.
        tx.touch_session("a", now()).await.unwrap();
        assert_eq!(tx.end_other_sessions("1", "a").await.unwrap(), 1);
        assert_eq!(tx.forget_sessions(later, now()).await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert_eq!(store.web_session("a").await.unwrap().unwrap().seen_at, later);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.forget_sessions(now() + TimeDelta::hours(12), now()).await.unwrap(), 1);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn erasing_a_student_takes_their_account_and_leaves_those_of_others() {
    on_both(async |database| {
        let store = &database.store;
        let student = Account {
            role: "student".into(),
            user_id: Some("amy".into()),
            classes: Vec::new(),
            password_hash: Some("$argon2id$secret".into()),
            ..account("1", "amy-account")
        };
        let guardian = Account {
            role: "guardian".into(),
            classes: Vec::new(),
            students: vec!["amy".into(), "bob".into()],
            ..account("2", "pat")
        };
        let mut tx = store.begin().await.unwrap();
        tx.add_account(&student).await.unwrap();
        tx.add_account(&guardian).await.unwrap();
        tx.add_session(&session("a", Some("1"))).await.unwrap();
        tx.add_session(&session("c", None)).await.unwrap();
        tx.commit().await.unwrap();
        let given_out = store.student_data("amy").await.unwrap();
        let told = serde_json::to_string(&given_out.rows).unwrap();
        assert!(told.contains("amy-account") && !told.contains("argon2id"), "{told}");
        let mut tx = store.begin().await.unwrap();
        tx.erase_student("amy", "erased").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.account("1").await.unwrap(), None);
        assert_eq!(store.account("2").await.unwrap().unwrap().students, ["bob"]);
        assert_eq!(store.web_session("a").await.unwrap(), None);
        assert_eq!(store.web_session("c").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn classes_are_those_of_the_roster_once_there_is_one() {
    on_both(async |database| {
        database
            .execute(
                "INSERT INTO classroom (id, org_id, name, grade) VALUES ('c1', '7', 'one', 3);
                 INSERT INTO session (id, user_id, org_id, classroom_id) VALUES
                   ('s1', 'amy', 7, 'c1'), ('s2', 'amy', 8, 'c9'), ('s3', 'ben', 8, 'c9')",
            )
            .await;
        let store = &database.store;
        let listed = async || {
            let all = store.classes().await.unwrap().into_iter();
            let line = |c: seedtest_store::RosterClass| {
                format!("{} {} {} {}", c.class_id, c.school_id.unwrap_or_default(), c.name, c.grade.unwrap_or_default())
            };
            all.map(line).collect::<Vec<_>>()
        };
        assert_eq!(listed().await, ["c1 7 one 3", "c9 8 c9 "]);
        let schools = store.schools().await.unwrap();
        assert_eq!(schools.iter().map(|s| s.school_id.as_str()).collect::<Vec<_>>(), ["7", "8"]);
        assert_eq!(store.classes_of_school("8").await.unwrap().len(), 1);
        database
            .execute(
                "INSERT INTO roster_school (school_id, name) VALUES ('north', 'North');
                 INSERT INTO roster_class (class_id, school_id, name) VALUES ('7a', 'north', 'Seven')",
            )
            .await;
        assert_eq!(listed().await, ["7a north Seven "]);
        assert_eq!(store.class("c1").await.unwrap(), None);
        assert_eq!(store.class("7a").await.unwrap().unwrap().name, "Seven");
        assert_eq!(store.schools().await.unwrap()[0].name, "North");
    })
    .await;
}

#[tokio::test]
async fn sittings_and_classrooms_are_added_once_and_listed_in_pages() {
    on_both(async |database| {
        let store = &database.store;
        let sitting = |id: &str, user: &str, org: i32, class: &str| Sitting {
            id: id.into(),
            classroom_id: Some(class.into()),
            exam_id: None,
            user_id: Some(user.into()),
            org_id: Some(org),
            started_at: Some(now()),
            ended_at: None,
            status: Some("started".into()),
        };
        let mut tx = store.begin().await.unwrap();
        for of in [
            sitting("s2", "amy", 1, "c1"),
            sitting("s1", "bob", 2, "c2"),
            sitting("s3", "amy", 1, "c3"),
        ] {
            assert!(tx.add_sitting(&of, now()).await.unwrap());
        }
        assert!(!tx.add_sitting(&sitting("s1", "eve", 9, "c9"), now()).await.unwrap());
        let class = |id: &str, org: &str, name: &str| Classroom {
            id: id.into(),
            org_id: org.into(),
            name: name.into(),
            grade: Some(7),
        };
        assert!(tx.add_classroom(&class("c1", "1", "7a"), now()).await.unwrap());
        assert!(!tx.add_classroom(&class("c2", "1", "7a"), now()).await.unwrap());
        assert!(tx.add_classroom(&class("c2", "2", "7a"), now()).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(store.sitting("s1").await.unwrap(), Some(sitting("s1", "bob", 2, "c2")));
        let ids = async |filter: RowFilter<'_>| {
            let all = store.sittings(filter).await.unwrap();
            all.into_iter().map(|of| of.id).collect::<Vec<_>>().join(" ")
        };
        let all = RowFilter { limit: 9, ..RowFilter::default() };
        assert_eq!(ids(all).await, "s1 s2 s3");
        assert_eq!(ids(RowFilter { limit: 1, after: Some("s1"), ..all }).await, "s2");
        assert_eq!(ids(RowFilter { user_id: Some("amy"), ..all }).await, "s2 s3");
        assert_eq!(ids(RowFilter { org_id: Some("2"), ..all }).await, "s1");
        let classes = ["c1".to_owned(), "c3".to_owned()];
        assert_eq!(ids(RowFilter { classrooms: Some(&classes), ..all }).await, "s2 s3");
        assert_eq!(ids(RowFilter { classrooms: Some(&[]), ..all }).await, "");
        let listed = store.classrooms_listed(RowFilter { org_id: Some("2"), ..all }).await.unwrap();
        assert_eq!(listed, [class("c2", "2", "7a")]);
    })
    .await;
}

#[tokio::test]
async fn features_and_results_are_listed_in_pages() {
    on_both(async |database| {
        let store = &database.store;
        let day = |day: u32| NaiveDate::from_ymd_opt(2025, 3, day).unwrap();
        let row = |topic: &str, date| TopicDayFeatures {
            user_id: "amy".into(),
            topic_id: topic.into(),
            date,
            attempts: 4,
            correct: 3,
            avg_time_ms: None,
            rt_median: None,
            hints: 0,
            theta_estimate: Some(0.25),
            theta_sd: None,
            improvement: None,
            last_seen_at: now(),
        };
        let mut tx = store.begin().await.unwrap();
        tx.write_features(&[row("t1", day(10)), row("t2", day(10)), row("t1", day(11))], now()).await.unwrap();
        let goal = |priority| InterestGoal {
            topic_id: "t1".into(),
            subject_id: None,
            target_level: Some(0.5),
            target_score: Some(85.0),
            target_date: Some(day(30)),
            priority,
        };
        tx.set_interest_goal("amy", &goal(Some(9)), now()).await.unwrap();
        tx.set_interest_goal("amy", &goal(None), now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.interest_goals("amy").await.unwrap(), [goal(Some(9))]);
        let filter = FeatureFilter {
            user_id: "amy",
            topic_id: None,
            first: None,
            last: None,
            after: None,
            limit: 9,
        };
        let keys = async |filter: FeatureFilter<'_>| {
            let all = store.student_features(filter).await.unwrap();
            all.iter().map(|row| format!("{}{}", row.date.format("%d"), row.topic_id)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(keys(filter).await, "10t1 10t2 11t1");
        assert_eq!(keys(FeatureFilter { after: Some((day(10), "t1")), ..filter }).await, "10t2 11t1");
        assert_eq!(keys(FeatureFilter { first: Some(day(11)), ..filter }).await, "11t1");
        assert_eq!(keys(FeatureFilter { topic_id: Some("t2"), last: Some(day(10)), ..filter }).await, "10t2");
        database
            .execute(
                "INSERT INTO exam_results (id, session_id, user_id, org_id, exam_id, status, result_json, created_at, updated_at) VALUES
                   ('00000000-0000-0000-0000-000000000001', 'x', 'amy', 1, 7, 'ready', '{\"score\": {\"raw\": 3}}', '2025-03-10T10:00:00.000000Z', '2025-03-10T10:00:00.000000Z'),
                   ('00000000-0000-0000-0000-000000000002', 'y', 'amy', 1, 8, 'ready', '{}', '2025-03-11T10:00:00.000000Z', '2025-03-11T10:00:00.000000Z'),
                   ('00000000-0000-0000-0000-000000000003', 'z', 'bob', 2, 7, 'open', '{}', '2025-03-11T10:00:00.000000Z', '2025-03-11T10:00:00.000000Z')",
            )
            .await;
        let all = ResultFilter { limit: 9, ..ResultFilter::default() };
        let sessions = async |filter: ResultFilter<'_>| {
            let found = store.listed_results(filter).await.unwrap();
            found.into_iter().map(|of| of.session_id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(sessions(all).await, "z y x");
        assert_eq!(sessions(ResultFilter { after: Some("z"), limit: 1, ..all }).await, "y");
        assert_eq!(sessions(ResultFilter { user_id: Some("amy"), exam_id: Some(7), ..all }).await, "x");
        assert_eq!(sessions(ResultFilter { org_id: Some(2), status: Some("open"), ..all }).await, "z");
        let noon = "2025-03-10T12:00:00Z".parse().unwrap();
        assert_eq!(sessions(ResultFilter { to: Some(noon), ..all }).await, "x");
        assert_eq!(sessions(ResultFilter { from: Some(noon), ..all }).await, "z y");
        let found = store.listed_results(ResultFilter { exam_id: Some(7), user_id: Some("amy"), ..all }).await.unwrap();
        assert_eq!(found[0].score, Some(json!({"raw": 3})));
    })
    .await;
}
