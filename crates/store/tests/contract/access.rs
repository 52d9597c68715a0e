//! Who may ask: the places of students, the tokens of callers.

use chrono::{DateTime, TimeDelta, Utc};
use seedtest_store::StoredToken;

use crate::backends::on_both;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_student_is_of_the_places_of_exams_sessions_and_the_roster() {
    on_both(async |database| {
        database
            .execute(
                "INSERT INTO classroom (id, org_id, name) VALUES ('c1', '7', 'one'), ('c2', '8', 'two');
                 INSERT INTO session (id, user_id, org_id, classroom_id) VALUES
                   ('s1', 'amy', NULL, 'c1'), ('s2', 'amy', 1, NULL), ('s3', 'ben', 2, 'c2');
                 INSERT INTO exam_results (id, session_id, user_id, org_id, status, result_json) VALUES
                   ('00000000-0000-0000-0000-000000000001', 'x', 'amy', 3, 'ready', '{}'),
                   ('00000000-0000-0000-0000-000000000002', 'y', 'ben', NULL, 'ready', '{}')",
            )
            .await;
        let places = async |user: &str| {
            let found = database.store.student_places(user).await.unwrap();
            let list = |set: std::collections::BTreeSet<String>| {
                set.into_iter().collect::<Vec<_>>().join(" ")
            };
            (list(found.organisations), list(found.classrooms))
        };
        assert_eq!(places("amy").await, ("1 3 7".into(), "c1".into()));
        assert_eq!(places("ben").await, ("2 8".into(), "c2".into()));
        assert_eq!(places("zoe").await, (String::new(), String::new()));
        // Once there is a roster, it says who is in a class: amy has changed classes, ben has left.
        database
            .execute(
                "INSERT INTO roster_class (class_id, school_id, name) VALUES ('c2', '8', 'two');
                 INSERT INTO roster_enrolment (user_id, class_id) VALUES ('amy', 'c2'), ('zoe', 'c9')",
            )
            .await;
        assert_eq!(places("amy").await, ("1 3 7 8".into(), "c2".into()));
        assert_eq!(places("ben").await, ("2 8".into(), String::new()));
        assert_eq!(places("zoe").await, (String::new(), "c9".into()));
    })
    .await;
}

#[tokio::test]
async fn tokens_are_added_expire_and_are_taken_back() {
    on_both(async |database| {
        let store = &database.store;
        assert!(store.tokens().await.unwrap().is_empty());
        let now = at("2025-03-12T10:00:00Z");
        let token = |id: &str, name: &str| StoredToken {
            token_id: id.into(),
            name: name.into(),
            digest: format!("digest of {id}"),
            scopes: "read,fit".into(),
            created_at: now,
            expires_at: None,
            revoked_at: None,
        };
        let mut tx = store.begin().await.unwrap();
        for token in [token("1", "cron"), token("2", "cron"), token("3", "front")] {
            tx.add_token(&token).await.unwrap();
        }
        tx.commit().await.unwrap();
        assert_eq!(store.tokens().await.unwrap()[2], token("3", "front"));
        let later = now + TimeDelta::hours(1);
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.revoke_tokens("2", now).await.unwrap(), 1);
        assert_eq!(tx.expire_tokens("cron", later).await.unwrap(), 1);
        // Nothing is prolonged.
        assert_eq!(tx.expire_tokens("cron", later + TimeDelta::hours(1)).await.unwrap(), 0);
        assert_eq!(tx.revoke_tokens("cron", later).await.unwrap(), 1);
        assert_eq!(tx.revoke_tokens("nobody", later).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let ends: Vec<_> = store
            .tokens()
            .await
            .unwrap()
            .into_iter()
            .map(|t| (t.expires_at, t.revoked_at))
            .collect();
        assert_eq!(ends, [(Some(later), Some(later)), (None, Some(now)), (None, None)]);
    })
    .await;
}
