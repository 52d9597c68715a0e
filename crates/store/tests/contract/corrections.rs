//! Imports undone, answers voided and corrected, two ids that are one student.

use chrono::{DateTime, TimeDelta, Utc};
use seedtest_responses::Outcome;
use seedtest_store::{
    AnswerChange, AnswerKey, AnswerTime, AttemptRow, Calibration, Correction, ExamResult,
    ItemParams, KpiPatch, LogFilter, Merging, RosterEnrolment, RosterStudent, RunKind, RunStart,
    StaleDays, Statement, Store, Undoing,
};
use serde_json::json;

use crate::attempts::{at, attempt};
use crate::backends::on_both;

fn by() -> Correction<'static> {
    Correction { at: at(9_000_000), actor: "teacher" }
}

async fn import(store: &Store, run_id: &str, rows: &[AttemptRow<'_>], docs: &[ExamResult]) {
    let start = RunStart {
        run_id: run_id.into(),
        kind: RunKind::Job,
        name: "import".into(),
        actor: "me".into(),
        program_version: "1".into(),
        spec: json!({}),
        seed: None,
        started_at: at(0),
    };
    store.open_run(&start, None).await.unwrap();
    let mut tx = store.for_run(run_id).begin().await.unwrap();
    tx.write_attempts(rows).await.unwrap();
    tx.write_exam_results(docs).await.unwrap();
    tx.set_import_watermark("log.csv", at(5)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn answers(store: &Store) -> Vec<(String, String, Outcome)> {
    let log = store.load_log(&LogFilter::default()).await.unwrap().log;
    let row = |i: usize| {
        let student = log.students()[log.student()[i] as usize].to_string();
        (student, log.items()[log.item()[i] as usize].to_string(), log.outcome()[i])
    };
    let mut all: Vec<_> = (0..log.len()).map(row).collect();
    all.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
    all
}

fn exam(session_id: &str, correct: bool, updated_at: DateTime<Utc>) -> ExamResult {
    ExamResult {
        id: None,
        session_id: session_id.into(),
        user_id: Some("amy".into()),
        org_id: None,
        exam_id: Some(3),
        status: "ready".into(),
        result_json: json!({"questions": [{"question_id": 101, "is_correct": correct}]}),
        created_at: at(0),
        updated_at: Some(updated_at),
    }
}

#[tokio::test]
async fn an_import_is_undone_once_and_whole() {
    Box::pin(on_both(async |database| {
        let store = &database.store;
        let of_file = |row: AttemptRow<'static>| AttemptRow { source: Some("log.csv"), ..row };
        let first = [of_file(attempt("amy", "q1", 1)), of_file(attempt("bob", "q1", 2))];
        import(store, "import-1", &first, &[exam("s1", false, at(10))]).await;
        // A second one repeats a row, brings a new one, and replaces the document.
        let second = [first[0], of_file(attempt("amy", "q2", 3))];
        import(store, "import-2", &second, &[exam("s1", true, at(20)), exam("s2", true, at(20))])
            .await;
        let known = store.imports().await.unwrap();
        let counts: Vec<_> =
            known.iter().map(|of| (of.run_id.as_str(), of.answers, of.documents)).collect();
        assert_eq!(counts, [("import-2", 1, 2), ("import-1", 2, 1)]);

        // The first one's document is no longer as it left it.
        let mut tx = store.begin().await.unwrap();
        let refused = tx.undo_import("import-1", &[], by()).await.unwrap();
        assert_eq!(refused, Undoing::Changed { answers: 0, documents: 1 });
        tx.rollback().await.unwrap();
        let before = answers(store).await;

        let mut tx = store.begin().await.unwrap();
        let undone = tx.undo_import("import-2", &["log.csv".into()], by()).await.unwrap();
        tx.commit().await.unwrap();
        let Undoing::Undone { answers: 1, documents: 2, touched, items: 0 } = undone else {
            panic!("{undone:?}");
        };
        assert_eq!(touched.len(), 1);
        assert_eq!((touched[0].user_id.as_str(), touched[0].first), ("amy", at(3)));
        let after = answers(store).await;
        let item = |item: &str, outcome| ("amy".to_owned(), item.to_owned(), outcome);
        assert_eq!(
            after,
            [
                item("101", Outcome::Wrong),
                item("q1", Outcome::Right),
                ("bob".into(), "q1".into(), Outcome::Right)
            ],
            "{before:?}"
        );
        assert_eq!(store.exam_result("s2").await.unwrap(), None);
        assert_eq!(store.import_watermark("log.csv").await.unwrap(), None);

        // Twice changes nothing, and what nobody imported is said.
        let mut tx = store.begin().await.unwrap();
        let again = tx.undo_import("import-2", &[], by()).await.unwrap();
        assert_eq!(again, Undoing::Before(at(9_000_000)));
        assert_eq!(tx.undo_import("import-9", &[], by()).await.unwrap(), Undoing::Unknown);
        tx.rollback().await.unwrap();
        assert_eq!(answers(store).await, after);
        // Now the first one can go, too; and the file comes back when it is imported again.
        let mut tx = store.begin().await.unwrap();
        let undone = tx.undo_import("import-1", &[], by()).await.unwrap();
        assert!(matches!(undone, Undoing::Undone { answers: 2, documents: 1, .. }), "{undone:?}");
        tx.commit().await.unwrap();
        assert!(answers(store).await.is_empty());
        import(store, "import-3", &first, &[]).await;
        assert_eq!(answers(store).await.len(), 2);
    }))
    .await;
}

#[tokio::test]
async fn a_voided_answer_counts_nowhere_and_does_not_come_back_with_its_file() {
    on_both(async |database| {
        let store = &database.store;
        let rows = [attempt("amy", "q1", 1), attempt("amy", "q1", 2), attempt("amy", "q2", 3)];
        import(store, "import-1", &rows, &[]).await;
        let mut tx = store.begin().await.unwrap();
        let key = AnswerKey { user_id: "amy", item_id: "q1", at: None };
        let found = tx.find_answers(key).await.unwrap();
        assert_eq!(found.iter().map(|of| of.completed_at).collect::<Vec<_>>(), [at(1), at(2)]);
        let within = |from, until| AnswerKey { at: Some(AnswerTime { from, until }), ..key };
        let before = at(1) - TimeDelta::microseconds(1);
        assert_eq!(tx.find_answers(within(before, at(3))).await.unwrap().len(), 2);
        assert_eq!(tx.find_answers(within(before, at(2))).await.unwrap().len(), 1);
        // That of the very instant is the one that is meant.
        assert_eq!(tx.find_answers(within(at(1), at(3))).await.unwrap().len(), 1);
        let one = AnswerKey { at: Some(AnswerTime::exactly(at(2))), ..key };
        let found = tx.find_answers(one).await.unwrap();
        let touched = tx
            .change_answer(&found[0], AnswerChange::Void, Some("copied"), by())
            .await
            .unwrap();
        assert_eq!((touched.first, touched.last), (at(2), at(2)));
        tx.commit().await.unwrap();
        assert_eq!(answers(store).await.len(), 2);
        let views = "SELECT CAST(count(*) AS TEXT) FROM attempt_ext";
        assert_eq!(database.text(views).await, "2");
        import(store, "import-2", &rows, &[]).await;
        assert_eq!(answers(store).await.len(), 2, "it came back");

        // A corrected one: its file says otherwise now, and is told so.
        let mut tx = store.begin().await.unwrap();
        let q2 = AnswerKey { user_id: "amy", item_id: "q2", at: None };
        let found = tx.find_answers(q2).await.unwrap();
        let change = AnswerChange::Correct(false);
        assert!(!change.is_done(&found[0]));
        tx.change_answer(&found[0], change, None, by()).await.unwrap();
        assert!(change.is_done(&tx.find_answers(q2).await.unwrap()[0]));
        assert_eq!(tx.write_attempts(&rows).await.unwrap().conflicts, [2]);
        // The import it came from can no longer be undone.
        let refused = tx.undo_import("import-1", &[], by()).await.unwrap();
        assert_eq!(refused, Undoing::Changed { answers: 2, documents: 0 });
        // Voided by mistake.
        let found = tx.find_answers(one).await.unwrap();
        assert!(found[0].is_voided);
        tx.change_answer(&found[0], AnswerChange::Restore, None, by()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(answers(store).await.len(), 3);
        let kinds = "SELECT kind || ' ' || actor || ' ' || user_id FROM seedtest_corrections ORDER BY number";
        let kinds: Vec<_> =
            database.rows(kinds).await.into_iter().flatten().flatten().collect();
        assert_eq!(kinds, ["void teacher amy", "correct teacher amy", "restore teacher amy"]);
    })
    .await;
}

#[tokio::test]
async fn two_ids_become_one_student() {
    Box::pin(on_both(async |database| {
        let store = &database.store;
        let rows = [
            attempt("amy", "q1", 1),
            attempt("Amy", "q1", 1),
            attempt("Amy", "q2", 2),
            attempt("bob", "q1", 3),
        ];
        let of_old = ExamResult { user_id: Some("Amy".into()), ..exam("s1", true, at(4)) };
        import(store, "import-1", &rows, &[of_old]).await;
        let mut tx = store.begin().await.unwrap();
        let roster = seedtest_store::Roster {
            students: ["amy", "Amy"]
                .map(|id| RosterStudent { user_id: id.into(), name: Some(id.into()) })
                .into(),
            enrolments: vec![RosterEnrolment { user_id: "Amy".into(), class_id: "3-2".into() }],
            ..seedtest_store::Roster::default()
        };
        tx.write_roster(&roster, &seedtest_store::RosterRemovals::default()).await.unwrap();
        let week = "2023-11-13".parse().unwrap();
        let patch = |user_id: &str| KpiPatch {
            user_id: user_id.into(),
            week_start: week,
            patch: serde_json::Map::from_iter([("I_t".into(), json!(0.5))]),
        };
        tx.merge_weekly_kpi(&[patch("amy"), patch("Amy"), patch("bob")]).await.unwrap();
        let merged = tx.merge_students("Amy", "amy", by()).await.unwrap();
        let Merging::Merged { answers: 1, both: 1, touched: Some(touched) } = merged else {
            panic!("{merged:?}");
        };
        assert_eq!((touched.user_id.as_str(), touched.first, touched.last), ("amy", at(1), at(4)));
        let day = at(1).date_naive();
        let stale = StaleDays {
            user_id: "amy".into(),
            first: day,
            last: day,
            first_week: week,
            last_week: week,
        };
        tx.forget_stale(&[stale]).await.unwrap();
        assert_eq!(tx.merge_students("Amy", "amy", by()).await.unwrap(), Merging::Before);
        tx.commit().await.unwrap();

        let who: Vec<_> = answers(store).await.into_iter().map(|row| (row.0, row.1)).collect();
        let row = |who: &str, item: &str| (who.to_owned(), item.to_owned());
        assert_eq!(who, [row("amy", "101"), row("amy", "q1"), row("amy", "q2"), row("bob", "q1")]);
        assert!(!store.knows_student("Amy").await.unwrap());
        assert_eq!(store.alias_of("Amy").await.unwrap().as_deref(), Some("amy"));
        let kpis = store.weekly_kpi(week).await.unwrap();
        assert_eq!(kpis.iter().map(|row| row.user_id.as_str()).collect::<Vec<_>>(), ["bob"]);
        let classes = "SELECT user_id || class_id FROM roster_enrolment";
        assert_eq!(database.text(classes).await, "amy3-2");

        // The old file once more: nothing is new, and nobody comes back.
        let before = answers(store).await;
        import(store, "import-2", &rows, &[]).await;
        assert_eq!(answers(store).await, before);
        // A third id that becomes the one that went becomes the one that stays.
        let mut tx = store.begin().await.unwrap();
        tx.write_attempts(&[attempt("AMY", "q3", 5)]).await.unwrap();
        tx.merge_students("amy", "AMY", by()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(store.alias_of("Amy").await.unwrap().as_deref(), Some("AMY"));
        import(store, "import-3", &rows, &[]).await;
        let students = store.students_with_answers().await.unwrap();
        assert_eq!(students, ["AMY", "bob"].map(str::to_owned).into());
    }))
    .await;
}

#[tokio::test]
async fn without_an_answer_left_no_ability_stands() {
    on_both(async |database| {
        let store = &database.store;
        import(store, "import-1", &[attempt("amy", "q1", 1)], &[]).await;
        let mut tx = store.begin().await.unwrap();
        let update = seedtest_store::AbilityUpdate {
            user_id: "amy".into(),
            theta: 0.5,
            se: 0.4,
            model: "2PL".into(),
            fitted_at: at(2),
            n_answers: Some(1),
        };
        tx.write_ability_update(&update).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.undo_import("import-1", &[], by()).await.unwrap();
        let (day, week) = (at(1).date_naive(), "2023-11-13".parse().unwrap());
        let user_id = "amy".to_owned();
        let stale = StaleDays { user_id, first: day, last: day, first_week: week, last_week: week };
        assert_eq!(tx.forget_stale(&[stale]).await.unwrap(), ["amy"]);
        tx.commit().await.unwrap();
        assert!(store.latest_abilities().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn parameters_of_items_that_nobody_answered_otherwise_go_with_the_import() {
    on_both(async |database| {
        let store = &database.store;
        import(store, "import-1", &[attempt("amy", "q1", 10)], &[]).await;
        import(store, "import-2", &[attempt("amy", "q2", 20), attempt("bob", "q1", 21)], &[]).await;
        let item = |id: &str| ItemParams { item_id: id.into(), params: json!({"a": 1, "b": 0}) };
        let fit = |run_id: &str, seconds, items: &[&str]| Calibration {
            run_id: run_id.into(),
            fitted_at: at(seconds),
            model: "2PL".into(),
            version: "v1".into(),
            items: items.iter().map(|id| item(id)).collect(),
            abilities: Vec::new(),
            model_spec: json!({}),
            metrics: json!({}),
        };
        let mut tx = store.begin().await.unwrap();
        // q2 was known before there was an answer of the import, from answers that are pruned.
        tx.write_calibration(&fit("old", 5, &["q2"])).await.unwrap();
        tx.write_calibration(&fit("new", 30, &["q1", "q2"])).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let undone = tx.undo_import("import-2", &[], by()).await.unwrap();
        assert!(matches!(undone, Undoing::Undone { items: 1, .. }), "{undone:?}");
        tx.commit().await.unwrap();
        let left = store.latest_item_params().await.unwrap();
        let left: Vec<_> =
            left.iter().map(|of| (of.item_id.as_str(), of.run_id.as_deref().unwrap())).collect();
        assert_eq!(left, [("q1", "new"), ("q2", "old")]);
    })
    .await;
}

#[tokio::test]
async fn statements_are_known_by_their_ids() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        let statement = |id: &str, digest: &str| Statement {
            id: id.into(),
            answer: Some(("amy".into(), "q1".into(), at(1))),
            digest: digest.into(),
            voids: None,
        };
        tx.put_statements(&[statement("a", "1"), statement("b", "2")], at(1)).await.unwrap();
        tx.put_statements(&[statement("a", "9")], at(2)).await.unwrap();
        assert_eq!(tx.answer_of_statement("a").await.unwrap(), None);
        tx.write_attempts(&[attempt("amy", "q1", 1)]).await.unwrap();
        let answer = tx.answer_of_statement("a").await.unwrap().unwrap();
        assert_eq!((answer.user_id.as_str(), answer.completed_at), ("amy", at(1)));
        assert_eq!(tx.answer_of_statement("c").await.unwrap(), None);
        let known = tx.known_statements(&["a", "c"]).await.unwrap();
        assert_eq!(known.into_iter().collect::<Vec<_>>(), [("a".to_owned(), "1".to_owned())]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_is_withdrawn_when_every_statement_of_it_is_voided() {
    on_both(async |database| {
        let mut tx = database.store.begin().await.unwrap();
        let statement = |id: &str, answer: Option<&str>, voids: Option<&str>| Statement {
            id: id.into(),
            answer: answer.map(|student| (student.into(), "q1".into(), at(1))),
            digest: id.into(),
            voids: voids.map(str::to_owned),
        };
        tx.write_attempts(&[attempt("amy", "q1", 1), attempt("bob", "q1", 1)]).await.unwrap();
        let row = [attempt("amy", "q1", 1)];
        let answer = |found: Vec<seedtest_store::StoredAnswer>| found.into_iter().next().unwrap();
        let key = AnswerKey { user_id: "amy", item_id: "q1", at: None };
        let amys = answer(tx.find_answers(key).await.unwrap());
        // Nobody told of it but a file.
        assert!(!tx.is_withdrawn(&amys).await.unwrap());
        // The one that voids comes first, and is known by what it voids.
        tx.put_statements(&[statement("v", None, Some("a"))], at(2)).await.unwrap();
        let voided = tx.voided_statements(&["a", "b"]).await.unwrap();
        assert_eq!(voided, ["a".to_owned()].into());
        tx.put_statements(&[statement("a", Some("amy"), None)], at(3)).await.unwrap();
        assert!(tx.is_withdrawn(&amys).await.unwrap());
        tx.put_statements(&[statement("b", Some("amy"), None)], at(4)).await.unwrap();
        assert!(!tx.is_withdrawn(&amys).await.unwrap(), "b stands by it");
        tx.put_statements(&[statement("w", None, Some("b"))], at(5)).await.unwrap();
        assert!(tx.is_withdrawn(&amys).await.unwrap());
        assert_eq!(tx.voided_answers(&row).await.unwrap(), []);
        tx.change_answer(&amys, AnswerChange::Void, None, by()).await.unwrap();
        let voided = tx.voided_answers(&row).await.unwrap();
        assert_eq!(voided.iter().map(|(at, of)| (*at, of.id)).collect::<Vec<_>>(), [(0, amys.id)]);
        // After a merge it is the answer of the other one, also for who still goes by the old id.
        tx.merge_students("amy", "ann", by()).await.unwrap();
        assert_eq!(tx.voided_answers(&row).await.unwrap()[0].1.user_id, "ann");
        tx.put_statements(&[statement("c", Some("amy"), None)], at(6)).await.unwrap();
        let told = tx.answer_of_statement("c").await.unwrap().unwrap();
        assert_eq!(told.user_id, "ann");
    })
    .await;
}

#[tokio::test]
async fn who_has_no_answers_left_has_no_identity() {
    on_both(async |database| {
        let store = &database.store;
        if store.backend() != seedtest_store::Backend::Sqlite {
            return;
        }
        let identities = async || {
            let sql = "SELECT user_id FROM student_identity ORDER BY user_id";
            database.rows(sql).await.into_iter().flatten().flatten().collect::<Vec<_>>()
        };
        import(store, "import-1", &[attempt("amy", "q1", 1), attempt("bob", "q1", 1)], &[]).await;
        import(store, "import-2", &[attempt("eve", "q1", 2), attempt("bob", "q2", 2)], &[]).await;
        assert_eq!(identities().await, ["amy", "bob", "eve"]);
        let mut tx = store.begin().await.unwrap();
        tx.undo_import("import-2", &[], by()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(identities().await, ["amy", "bob"]);
        let mut tx = store.begin().await.unwrap();
        tx.merge_students("amy", "bob", by()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(identities().await, ["bob"]);
    })
    .await;
}

#[tokio::test]
async fn an_item_is_scored_anew_in_the_documents_of_exams() {
    Box::pin(on_both(async |database| {
        let store = &database.store;
        let of = |session: &str, user: Option<&str>, questions| ExamResult {
            user_id: user.map(str::to_owned),
            result_json: json!({"title": "mock", "questions": questions}),
            ..exam(session, true, at(10))
        };
        let docs = [
            of(
                "e1",
                Some("amy"),
                json!([{"question_id": "101", "correct": "1"}, {"question_id": 102, "is_correct": true}]),
            ),
            of("e2", Some("bob"), json!([{"question_id": 101, "is_correct": null}])),
            of("e3", None, json!([{"question_id": 101, "is_correct": true}])),
            of("e4", Some("cyd"), json!([{"question_id": 102, "is_correct": true}])),
        ];
        import(store, "import-1", &[], &docs).await;
        let mut tx = store.begin().await.unwrap();
        let papers = tx.papers_with_item("101").await.unwrap();
        let known: Vec<_> =
            papers.iter().map(|of| (of.session_id(), &*of.user_id, &*of.correct)).collect();
        assert_eq!(known, [("e1", "amy", &[Some(true)][..]), ("e2", "bob", &[None])]);
        let touched = tx.rescore_paper(&papers[0], false, Some("wrong key"), by()).await.unwrap();
        assert_eq!((&*touched.user_id, touched.first, touched.last), ("amy", at(10), at(10)));
        tx.rescore_paper(&papers[1], true, None, by()).await.unwrap();
        tx.commit().await.unwrap();
        let expected = [
            ("amy", "101", Outcome::Wrong),
            ("amy", "102", Outcome::Right),
            ("bob", "101", Outcome::Right),
            ("cyd", "102", Outcome::Right),
        ];
        let found = answers(store).await;
        let found: Vec<_> = found.iter().map(|of| (&*of.0, &*of.1, of.2)).collect();
        assert_eq!(found, expected);
        let kept = store.exam_result("e1").await.unwrap().unwrap();
        assert_eq!((kept.updated_at, &kept.result_json["title"]), (Some(at(10)), &json!("mock")));
        let sql = "SELECT CAST(count(*) AS TEXT) FROM seedtest_corrections WHERE kind = 'correct'";
        assert_eq!(database.text(sql).await, "2");
        // The import cannot be taken back over it.
        let mut tx = store.begin().await.unwrap();
        let refused = tx.undo_import("import-1", &[], by()).await.unwrap();
        assert_eq!(refused, Undoing::Changed { answers: 0, documents: 2 });
        assert!(tx.papers_with_item("no number").await.unwrap().is_empty());
    }))
    .await;
}
