//! Rosters and names: written twice nothing changes, and who is gone is gone.

use seedtest_store::{
    ContentKind, ContentName, Roster, RosterClass, RosterEnrolment, RosterRemovals, RosterSchool,
    RosterStudent, RosterWritten, Store,
};

use crate::backends::on_both;

fn class(id: &str, name: &str) -> RosterClass {
    RosterClass {
        class_id: id.into(),
        school_id: Some("o1".into()),
        name: name.into(),
        grade: None,
    }
}

fn student(id: &str, name: Option<&str>) -> RosterStudent {
    RosterStudent { user_id: id.into(), name: name.map(str::to_owned) }
}

fn enrolment(student: &str, class: &str) -> RosterEnrolment {
    RosterEnrolment { user_id: student.into(), class_id: class.into() }
}

fn roster() -> Roster {
    Roster {
        schools: vec![RosterSchool { school_id: "o1".into(), name: "한빛중".into() }],
        classes: vec![class("c1", "2-3"), class("c2", "2-4")],
        students: vec![student("s1", Some("김서연")), student("s2", None)],
        enrolments: vec![enrolment("s1", "c1"), enrolment("s2", "c2")],
    }
}

async fn write(store: &Store, roster: &Roster, removals: &RosterRemovals) -> RosterWritten {
    let mut tx = store.begin().await.unwrap();
    let written = tx.write_roster(roster, removals).await.unwrap();
    tx.commit().await.unwrap();
    written
}

#[tokio::test]
async fn a_roster_written_twice_changes_nothing() {
    on_both(async |database| {
        let store = &database.store;
        assert_eq!(store.roster().await.unwrap(), Roster::default());
        let none = RosterRemovals::default();
        let first = write(store, &roster(), &none).await;
        assert_eq!(first, RosterWritten { changed: 7, removed: 0 });
        assert_eq!(store.roster().await.unwrap(), roster());
        assert_eq!(write(store, &roster(), &none).await, RosterWritten::default());
    })
    .await;
}

#[tokio::test]
async fn a_student_is_in_the_classes_that_are_listed() {
    on_both(async |database| {
        let store = &database.store;
        write(store, &roster(), &RosterRemovals::default()).await;
        let moved = Roster {
            students: vec![student("s1", Some("김서연"))],
            enrolments: vec![enrolment("s1", "c2")],
            ..Roster::default()
        };
        let written = write(store, &moved, &RosterRemovals::default()).await;
        assert_eq!(written, RosterWritten { changed: 1, removed: 1 });
        let stored = store.roster().await.unwrap().enrolments;
        assert_eq!(stored, [enrolment("s1", "c2"), enrolment("s2", "c2")]);
        let gone = RosterRemovals {
            students: vec!["s2".into()],
            classes: vec!["c1".into()],
            enrolments: vec![enrolment("s1", "c2")],
        };
        let written = write(store, &Roster::default(), &gone).await;
        assert_eq!(written, RosterWritten { changed: 0, removed: 4 });
        let left = store.roster().await.unwrap();
        assert_eq!((left.students.len(), left.classes.len(), left.enrolments.len()), (1, 1, 0));
    })
    .await;
}

#[tokio::test]
async fn names_are_kept_by_language() {
    on_both(async |database| {
        let store = &database.store;
        let name = |lang: &str, name: &str| ContentName {
            kind: ContentKind::Topic,
            id: "fractions".into(),
            lang: lang.into(),
            name: name.into(),
        };
        let put = async |names: &[ContentName]| {
            let mut tx = store.begin().await.unwrap();
            let changed = tx.write_content_names(names).await.unwrap();
            tx.commit().await.unwrap();
            changed
        };
        let both = [name("en", "Fractions"), name("ko", "분수")];
        assert_eq!((put(&both).await, put(&both).await), (2, 0));
        assert_eq!(put(&[name("ko", "분수와 소수")]).await, 1);
        let stored = store.content_names().await.unwrap();
        assert_eq!(stored, [name("en", "Fractions"), name("ko", "분수와 소수")]);
    })
    .await;
}
