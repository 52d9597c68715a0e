//! The pages over a simulated school: what they show is what was computed, nothing of it is shown to who may not see
//! it, and what people do there is done.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(clippy::disallowed_methods)] // their school lives today

mod school;

use chrono::{Days, NaiveTime};
use seedtest_dashboard::Config;
use seedtest_report::{ClassReport, Coverage, SchoolOverview, StudentRow};
use seedtest_store::{
    Alert, AlertKind, AttemptRow, OverviewKind, RosterEnrolment, RosterRemovals, RosterSchool,
    RosterStudent, Store, ViewedStudents,
};
use serde::de::DeserializeOwned;

use school::{Visit, school};

/// What the job wrote of the newest week.
async fn overview<T: DeserializeOwned + Send>(store: &Store, kind: OverviewKind, id: &str) -> T {
    store.overview(kind, id, None).await.unwrap().unwrap().document.unwrap()
}

async fn everybody(store: &Store) -> SchoolOverview {
    overview(store, OverviewKind::School, "").await
}

/// The text between two others, the first time they stand there.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {text}")).1;
    rest.split_once(to).unwrap().0
}

/// What a strict policy refuses must not be on a page at all.
fn must_be_plain(path: &str, html: &str) {
    for refused in
        ["<script>", " style=\"", " onclick=", " onload=", "javascript:", "http://", "https://"]
    {
        let found = html.match_indices(refused).find(|(at, _)| {
            // The name space of SVG is an address nobody asks for.
            !html[*at..].starts_with("http://www.w3.org/")
        });
        assert!(
            found.is_none(),
            "{path}: {refused}: {}",
            &html[found.unwrap().0..].chars().take(90).collect::<String>()
        );
    }
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang="), "{path}");
    assert!(html.contains("<h1"), "{path} has no heading");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_a_school() {
    let school = school().await;
    let mut visit = Visit::of(&school, Config { open: true, ..Config::default() });
    shows_what_was_computed(&school, &mut visit).await;
    takes_what_people_enter(&school, &mut visit).await;
    takes_a_file_and_takes_it_back(&mut visit).await;
    says_of_files_what_the_form_has(&mut visit).await;
    takes_care_of_alerts(&school, &mut visit).await;
    hides_the_risk(&school).await;
    keeps_schools_of_one_name_apart(&school, &mut visit).await;
    school.store.close().await;
}

async fn shows_what_was_computed(school: &school::School, visit: &mut Visit) {
    let store = &school.store;
    let of = everybody(store).await;
    let week = of.week_start;
    let users = store.viewed_students(week, ViewedStudents::Everybody).await.unwrap();
    let views = store.student_views(week, &users).await.unwrap();
    let rows: Vec<StudentRow> =
        views.iter().map(|view| serde_json::from_value(view.summary.clone()).unwrap()).collect();
    // Everybody is in one class: the sums of the classes are those of the students.
    assert_eq!(of.coverage, Coverage::of(&rows, of.coverage.enrolled));
    assert_eq!(of.classes.iter().map(|class| class.students as usize).sum::<usize>(), rows.len());
    assert_eq!(of.coverage.active, of.classes.iter().map(|class| class.active).sum::<u32>());

    let (status, location) = visit.moved("/home").await;
    assert_eq!((status, location.as_str()), (303, "/school"));
    let html = visit.page("/school?lang=en").await;
    assert!(html.contains(&format!("<dd>{}</dd>", of.coverage.with_numbers)), "{html}");
    for class in &of.classes {
        assert!(html.contains(&class.class.as_ref().unwrap().name));
    }
    let class = of.classes.iter().find(|class| class.students > 5).unwrap();
    let id = &class.class.as_ref().unwrap().id;
    let html = visit.page(&format!("/classes/{id}?lang=en")).await;
    let heat = between(&html, "<div class=\"scroll heat\"", "</table>");
    assert_eq!(
        heat.matches("<tr>").count(),
        class.students as usize + 2,
        "students, head and foot"
    );
    let report = overview::<ClassReport>(store, OverviewKind::Class, id).await;
    let topic = report.topics.iter().max_by_key(|topic| topic.n).unwrap();
    let (share, low, high) = topic.share().unwrap();
    let mean =
        format!("{:.0}%<small>{:.0}–{:.0}%</small>", 100.0 * share, 100.0 * low, 100.0 * high);
    assert!(heat.contains(&mean), "{mean} is not in {heat}");
    // The same in the other language, with the topics of that one.
    let korean = visit.page(&format!("/classes/{id}?lang=ko")).await;
    assert!(korean.contains("단원 × 학생") && !korean.contains("Topics ×"));

    let student = &rows.iter().find(|row| row.attempts > 0).unwrap().user_id;
    let (csv, kind) = visit.file(&format!("/classes/{id}/export/csv")).await;
    let text = String::from_utf8(csv).unwrap();
    assert!(kind.starts_with("text/csv") && text.lines().count() == class.students as usize + 1);
    let (workbook, _) = visit.file(&format!("/classes/{id}/export/xlsx")).await;
    assert!(workbook.starts_with(b"PK"));
    let (classes, _) = visit.file("/export/classes/csv").await;
    assert_eq!(String::from_utf8(classes).unwrap().lines().count(), of.classes.len() + 1);
    let (history, _) = visit.file(&format!("/students/{student}/export/csv")).await;
    assert!(String::from_utf8(history).unwrap().contains(&week.to_string()));
    let (items, _) = visit.file("/items/export/csv").await;
    assert!(String::from_utf8(items).unwrap().lines().count() > 10);

    let html = visit.page("/items?lang=en&sort=difficulty").await;
    let item = between(&html, "href=\"/items/of/", "\"").to_owned();
    let html = visit.page(&format!("/items/of/{item}?lang=en")).await;
    assert!(html.contains("<svg viewBox"), "no curve");
    for path in ["/classes", "/models", "/operations", "/imports", "/everyone"] {
        visit.page(path).await;
    }
    let html = visit.page("/operations?lang=en&name=refresh-dashboard").await;
    let run = between(&html, "href=\"/operations/runs/", "\"").to_owned();
    visit.page(&format!("/operations/runs/{run}")).await;
    for path in [
        "/classes/nobody",
        "/students/nobody",
        "/items/of/nobody",
        "/operations/runs/nobody",
        "/imports/files/0",
        "/imports/rejects/x",
        "/items?page=-1",
        "/students/%ff%fe",
    ] {
        assert_eq!(visit.status(path).await, 404, "{path}");
    }
    assert_eq!(visit.status(&format!("/classes/{id}?week=nonsense")).await, 400);
    let sunday = week + chrono::Days::new(6);
    let html = visit.page(&format!("/classes/{id}?week={sunday}&lang=en")).await;
    assert_eq!(between(&html, "<div class=\"scroll heat\"", "</table>"), heat);
    let empty = visit.page(&format!("/classes/{id}?week=1999-01-04&lang=en")).await;
    assert!(empty.contains("no figures of this class yet"));
}

async fn takes_what_people_enter(school: &school::School, visit: &mut Visit) {
    let store = &school.store;
    let week = everybody(store).await.week_start;
    let user = &store.viewed_students(week, ViewedStudents::Everybody).await.unwrap()[0];
    let path = format!("/students/{user}");
    let hostile = "<img src=x onerror=alert(1)> & \"called\"";
    visit.page(&path).await;
    let fields = [("kind", "intervention"), ("note", hostile)];
    assert_eq!(visit.send(&format!("{path}/notes"), &fields).await.0, 303);
    let html = visit.page(&path).await;
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;") && !html.contains("<img src=x"));
    assert_eq!(visit.send(&format!("{path}/notes"), &[("kind", "intervention")]).await.0, 422);
    let (_, back) = visit
        .send(&format!("{path}/notes"), &[("kind", "seen"), ("back", "//evil.example/")])
        .await;
    assert!(back.starts_with("/students/"), "{back}");

    let topic = "no-such-topic-yet";
    let goal = [("topic", topic), ("target_score", "80"), ("target_date", "2026-12-24")];
    assert_eq!(visit.send(&format!("{path}/goals"), &goal).await.0, 303);
    let html = visit.page(&format!("{path}?lang=en")).await;
    assert!(html.contains("by 2026-12-24") && html.contains(topic));
    let able = [("topic", topic), ("target_level", "0.5"), ("target_score", "")];
    assert_eq!(visit.send(&format!("{path}/goals"), &able).await.0, 303);
    let html = visit.page(&format!("{path}?lang=en")).await;
    assert!(html.contains("ability θ 0.5") && !html.contains("by 2026-12-24"), "{html}");
    let scripts = [("topic", hostile), ("target_score", "80")];
    assert_eq!(visit.send(&format!("{path}/goals"), &scripts).await.0, 303);
    let html = visit.page(&path).await;
    assert!(html.matches("&lt;img src=x onerror=alert(1)&gt;").count() > 1, "{html}");
    assert!(!html.contains("<img src=x"));
    let forget = [("topic", hostile), ("do", "forget")];
    assert_eq!(visit.send(&format!("{path}/goals"), &forget).await.0, 303);
    assert_eq!(
        visit.send(&format!("{path}/goals"), &[("topic", topic), ("target_score", "much")]).await.0,
        422
    );
    let without = visit.send_without_token(&format!("{path}/goals"), &goal).await;
    assert_eq!(without, 403);
    assert_eq!(
        visit.send(&format!("{path}/goals"), &[("topic", topic), ("do", "forget")]).await.0,
        303
    );
    assert_eq!(
        store.interest_goals(user).await.unwrap().iter().filter(|g| g.topic_id == topic).count(),
        0
    );

    let of = everybody(store).await;
    let class = &of.classes[0];
    let id = &class.class.as_ref().unwrap().id;
    assert_eq!(visit.send(&format!("/classes/{id}/goals"), &goal).await.0, 303);
    let goals = store.all_interest_goals().await.unwrap();
    let set = goals.iter().filter(|(_, goal)| goal.topic_id == topic).count();
    assert_eq!(set, class.students as usize);
}

async fn takes_a_file_and_takes_it_back(visit: &mut Visit) {
    let answers = "student,item,correct,time\nx1,q1,1,2025-06-01T10:00:00Z\nx2,q1,0,2025-06-01T10:01:00Z\n\
                   x3,q1,perhaps,2025-06-01T10:02:00Z\n";
    assert_eq!(
        visit.upload("/imports/files?name=a.csv", "", answers).await.0,
        403,
        "without the token"
    );
    let token = visit.token().await;
    shows_no_scripts_of_files(visit, &token).await;
    let (status, body) = visit.upload("/imports/files?name=..%2Fa%20b.csv", &token, answers).await;
    assert_eq!(status, 200, "{body}");
    let path = between(&body, "\"path\":\"", "\"").to_owned();
    let html = visit.page(&format!("{path}?lang=en")).await;
    assert!(html.contains("a b.csv") && html.contains("Import 2 answers"), "{html}");
    assert!(between(&html, "id=\"rejects\"", "</section>").contains("perhaps"));
    let html = visit.page(&format!("{path}?lang=en&correct=time")).await;
    assert!(html.contains("Import 0 answers") || html.contains("cannot be imported"), "{html}");
    let (status, to) = visit.send(&path, &[]).await;
    assert_eq!((status, to.as_str()), (303, "/imports?done=taken"));
    assert_eq!(visit.status(&path).await, 404, "what is imported waits no longer");
    let html = visit.page("/imports?lang=en&done=taken").await;
    let undo = between(&html, "action=\"/imports/undo/", "\"").to_owned();
    assert!(
        html.contains("a b.csv") && html.contains("bad_correct")
            || html.contains("perhaps")
            || html.contains(": 1")
    );
    let (list, _) = visit.file(&format!("/imports/rejects/{undo}")).await;
    assert!(String::from_utf8(list).unwrap().contains("perhaps"));
    let (status, to) = visit.send(&format!("/imports/undo/{undo}"), &[]).await;
    assert_eq!((status, to.as_str()), (303, "/imports?done=undone"));
    assert!(visit.page("/imports?lang=en").await.contains("undone 20"));
}

/// Neither the name of a file nor what it holds becomes a part of the page; it is thrown away then.
async fn shows_no_scripts_of_files(visit: &mut Visit, token: &str) {
    let script = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let answers = format!(
        "student,item,correct,time,{script}\n{script},q1,1,2025-06-01T10:00:00Z,{script}\n\
         x3,{script},{script},2025-06-01T10:02:00Z,{script}\n"
    );
    let name = "/imports/files?name=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27%3E.csv";
    let (status, body) = visit.upload(name, token, &answers).await;
    assert_eq!(status, 200, "{body}");
    let path = between(&body, "\"path\":\"", "\"").to_owned();
    let html = visit.page(&format!("{path}?lang=en&student=%3Cscript%3E")).await;
    assert!(!html.contains("<img src=x") && !html.contains("<script>alert"), "{html}");
    let html = visit.page(&format!("{path}?lang=en")).await;
    assert!(html.contains("&lt;script&gt;alert(1)") && !html.contains("<img src=x"), "{html}");
    let (status, to) = visit.send(&path, &[("do", "discard")]).await;
    assert_eq!((status, to.as_str()), (303, "/imports?done=discarded"));
}

/// What a file lacks is told by the fields of the form, which then say it.
async fn says_of_files_what_the_form_has(visit: &mut Visit) {
    let token = visit.token().await;
    let answers = "student;item;correct\nx1;q1;1\nx2;q1;0\n";
    let (status, body) = visit.upload("/imports/files?name=c.csv", &token, answers).await;
    assert_eq!(status, 200, "{body}");
    let path = between(&body, "\"path\":\"", "\"").to_owned();
    let html = visit.page(&format!("{path}?lang=en")).await;
    let fault = between(&html, "<div class=\"fault\"", "</div>");
    assert!(
        fault.contains("“Time”") && fault.contains("“Day of answers without a time”"),
        "{fault}"
    );
    assert!(!html.contains(" --"), "a flag: {html}");
    let html = visit.page(&format!("{path}?lang=en&time_start=2025-06-01")).await;
    assert!(html.contains("Import 2 answers"), "{html}");
    assert_eq!(visit.send(&path, &[("do", "discard")]).await.0, 303);
}

async fn takes_care_of_alerts(school: &school::School, visit: &mut Visit) {
    let alert = |key: &str, kind, user: Option<&str>| Alert {
        alert_key: key.into(),
        kind,
        user_id: user.map(str::to_owned),
        subject: user.is_none().then(|| "mirt-calibrate".to_owned()),
        detail: serde_json::json!({}),
        found_at: "2020-01-01T00:00:00Z".parse().unwrap(),
        acknowledged: None,
        resolved_at: None,
    };
    let mut tx = school.store.begin().await.unwrap();
    tx.raise_alert(&alert("a1", AlertKind::Job, None)).await.unwrap();
    tx.raise_alert(&alert("a2", AlertKind::Risk, Some("student-0001"))).await.unwrap();
    tx.commit().await.unwrap();
    let html = visit.page("/operations?lang=en").await;
    assert!(html.contains("mirt-calibrate failed and has not ended well since"), "{html}");
    assert_eq!(html.matches("/operations/alerts/").count(), 1, "students are on other pages");
    assert_eq!(visit.send("/operations/alerts/nobody", &[]).await.0, 404);
    assert_eq!(visit.send("/operations/alerts/a1", &[]).await.0, 303);
    let html = visit.page("/operations?lang=en").await;
    assert!(html.contains("no alert that waits") && !html.contains("/operations/alerts/"));
    assert!(school.store.alert("a1").await.unwrap().unwrap().acknowledged.is_some());
}

async fn hides_the_risk(school: &school::School) {
    let config = |readers: &str| Config {
        open: true,
        risk_readers: readers.parse().unwrap(),
        ..Config::default()
    };
    let of = everybody(&school.store).await;
    assert!(of.coverage.with_risk > 0, "there is a risk to hide");
    let id = &of.classes[0].class.as_ref().unwrap().id;
    let paths = ["/school", &format!("/classes/{id}")].map(|path| format!("{path}?lang=en"));
    let (mut sees, mut does_not) =
        (Visit::of(school, config("operator")), Visit::of(school, config("none")));
    for path in &paths {
        let risk = |html: &str| {
            html.contains("churn risk")
                || html.contains(">Risk<")
                || html.contains("data-label=\"Risk\"")
        };
        assert!(risk(&sees.page(path).await), "{path}");
        let html = does_not.page(path).await;
        assert!(!risk(&html), "{path}: {html}");
    }
    let file = format!("/classes/{id}/export/csv");
    let head =
        |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().lines().next().unwrap().to_owned();
    assert!(head(sees.file(&file).await.0).contains("churn_risk"));
    assert!(!head(does_not.file(&file).await.0).contains("churn_risk"));
}

/// Schools may be called the same, and are none the less two.
async fn keeps_schools_of_one_name_apart(school: &school::School, visit: &mut Visit) {
    let store = &school.store;
    let mut roster = store.roster().await.unwrap();
    let name = roster.schools[0].name.clone();
    roster.schools.push(RosterSchool { school_id: "other".into(), name: name.clone() });
    roster.classes[1].school_id = Some("other".into());
    let mut tx = store.begin().await.unwrap();
    tx.write_roster(&roster, &RosterRemovals::default()).await.unwrap();
    tx.commit().await.unwrap();
    school.refresh().await;

    let first = roster.schools[0].school_id.as_str();
    let (stays, moved) = (&roster.classes[0], &roster.classes[1]);
    for (school_id, own, foreign) in [(first, stays, moved), ("other", moved, stays)] {
        let of = overview::<SchoolOverview>(store, OverviewKind::School, school_id).await;
        assert_eq!(of.name.as_deref(), Some(&*name));
        let classes: Vec<&str> =
            of.classes.iter().map(|class| &*class.class.as_ref().unwrap().id).collect();
        assert!(classes.contains(&&*own.class_id), "{classes:?}");
        assert!(!classes.contains(&&*foreign.class_id), "{classes:?}");
        let html = visit.page(&format!("/schools/{school_id}?lang=en")).await;
        assert!(html.contains(&own.name) && !html.contains(&foreign.name), "{html}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_fell_silent_is_named_where_somebody_can_take_care() {
    let school = school().await;
    let store = &school.store;
    let of = everybody(store).await;
    let class = of.classes[0].class.clone().unwrap();
    // One who never answered, in a class; and one of no class, whose last answer is six weeks old.
    let mut roster = store.roster().await.unwrap();
    let never = "never-1";
    roster.students.push(RosterStudent { user_id: never.into(), name: Some("Nora Nix".into()) });
    roster.enrolments.push(RosterEnrolment { user_id: never.into(), class_id: class.id.clone() });
    let last_day = of.week_start.checked_sub_days(Days::new(42)).unwrap();
    let long_ago = AttemptRow {
        user_id: "left-1",
        item_id: "1001",
        topic_id: None,
        session_id: None,
        subject_id: None,
        completed_at: last_day.and_time(NaiveTime::MIN).and_utc(),
        correct: Some(true),
        response_time_ms: None,
        used_hints: None,
        source: None,
        points: None,
        max_points: None,
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_roster(&roster, &RosterRemovals::default()).await.unwrap();
    tx.write_attempts(&[long_ago]).await.unwrap();
    tx.commit().await.unwrap();
    school.refresh().await;

    let mut visit = Visit::of(&school, Config { open: true, ..Config::default() });
    let own = visit.page(&format!("/classes/{}?lang=en", class.id)).await;
    let listed = between(&own, "id=\"silent\"", "</section>");
    assert!(listed.contains("Nora Nix") && listed.contains("no answer in the weeks looked at"));
    assert!(listed.contains("action=\"/students/never-1/notes\""), "{listed}");
    let note = [("kind", "intervention"), ("note", "called at home")];
    assert_eq!(visit.send("/students/never-1/notes", &note).await.0, 303);
    let own = visit.page(&format!("/classes/{}?lang=en", class.id)).await;
    assert!(between(&own, "id=\"silent\"", "</section>").contains("called at home"));

    let others = visit.page("/everyone?lang=en").await;
    let listed = between(&others, "id=\"silent\"", "</section>");
    assert!(listed.contains("left-1") && listed.contains("no answer for 48 days"), "{listed}");
    let of = everybody(store).await;
    let silent = |id: Option<&str>| {
        let found = of.classes.iter().find(|of| of.class.as_ref().map(|of| &*of.id) == id);
        found.unwrap().silent
    };
    assert!(silent(Some(&class.id)) >= 1 && silent(None) == 1);
    let all = visit.page("/school?lang=en").await;
    assert!(all.contains("have answered nothing for more than four weeks"), "{all}");
}
