//! Role × page × object: every page of the table, asked by every role about somebody of theirs and somebody else.

use reqwest::Method;
use seedtest_dashboard::{PageEntry, entries};
use seedtest_pipeline::Role;
use seedtest_store::{
    Account, Roster, RosterClass, RosterEnrolment, RosterRemovals, RosterSchool, RosterStudent,
    Store,
};

use super::browser::{Browser, form};
use super::{operator, person, service, with_a_password};
use crate::service::Service;

/// Two schools with a class and a student each.
pub(super) async fn store_roster(store: &Store) {
    let class = |class_id: &str, school: &str| RosterClass {
        class_id: class_id.into(),
        school_id: Some(school.into()),
        name: class_id.into(),
        grade: None,
    };
    let school =
        |school_id: &str| RosterSchool { school_id: school_id.into(), name: school_id.into() };
    let student = |user: &str| RosterStudent { user_id: user.into(), name: None };
    let enrolment =
        |user: &str, class: &str| RosterEnrolment { user_id: user.into(), class_id: class.into() };
    let roster = Roster {
        schools: vec![school("north"), school("south")],
        classes: vec![class("7a", "north"), class("9z", "south")],
        students: vec![student("amy"), student("eve")],
        enrolments: vec![enrolment("amy", "7a"), enrolment("eve", "9z")],
    };
    let mut tx = store.begin().await.unwrap();
    tx.write_roster(&roster, &RosterRemovals::default()).await.unwrap();
    tx.commit().await.unwrap();
}

fn of_north(account: Account) -> Account {
    Account { school_id: Some("north".into()), ..with_a_password(account) }
}

/// Somebody of every role, who has amy, 7a and north as far as the role goes.
fn everybody() -> Vec<(Role, Account)> {
    let of =
        |login, role, classes: &[&str], students: &[&str]| person(login, role, classes, students);
    vec![
        (Role::Student, of_north(of("amy-account", Role::Student, &[], &["amy"]))),
        (Role::Guardian, of_north(of("pat", Role::Guardian, &[], &["amy"]))),
        (Role::Teacher, of_north(of("tom", Role::Teacher, &["7a"], &[]))),
        (Role::School, of_north(of("sue", Role::School, &[], &[]))),
        (Role::Operator, operator("anna")),
    ]
}

/// A path with what varies filled in: a student, a class and a school of one place.
fn filled(path: &str, own: bool) -> String {
    let [user, class, school] = if own { ["amy", "7a", "north"] } else { ["eve", "9z", "south"] };
    path.replace("{user_id}", user)
        .replace("{class_id}", class)
        .replace("{school_id}", school)
        .replace("{format}", "csv")
        .replace("{item_id}", "q1")
        .replace("{secret}", &"0".repeat(64))
        .replace("{version}", "0")
        .replace("{name}", "pages.css")
        .replace(['{', '}'], "")
}

async fn ask(browser: &mut Browser, page: &PageEntry, path: &str, token: &str) -> (u16, String) {
    let request = if page.method == "GET" {
        browser.request(Method::GET, path)
    } else {
        let fields = [("topic", "t1"), ("target_score", "80"), ("text", "x"), ("kind", "note")];
        browser
            .request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-csrf-token", token)
            .body(form(&fields))
    };
    let shown = browser.send(request).await;
    (shown.status, shown.text)
}

/// What a role may not be shown of a page; `None` = it gets in.
fn refusal(page: &PageEntry, role: Role, own: bool) -> Option<u16> {
    if page.least.is_some_and(|least| role < least) {
        return Some(403);
    }
    if !page.about_somebody || role == Role::Operator {
        return None;
    }
    let names_somebody = ["{user_id}", "{class_id}", "{school_id}"];
    if !names_somebody.iter().any(|name| page.path.contains(name)) {
        // About all students: of two schools one sees no more than one's own.
        return Some(404);
    }
    // A teacher has classes, not a school.
    let fits = own && !(page.path.contains("{school_id}") && role == Role::Teacher);
    (!fits).then_some(404)
}

async fn check_role(service: &Service, role: Role, login: &str) {
    let mut browser = Browser::of(service, login).await;
    let token = browser.form_token().await;
    for page in entries().iter().filter(|page| page.least.is_some()) {
        // Signing out would end the session of the next question.
        if ["/sign-out", "/account/password", "/account/other-sessions"].contains(&page.path) {
            continue;
        }
        for own in [true, false] {
            let path = filled(page.path, own);
            let (status, text) = ask(&mut browser, page, &path, &token).await;
            let case = format!("{role}: {} {path}", page.method);
            match refusal(page, role, own) {
                Some(expected) => assert_eq!(status, expected, "{case}: {text}"),
                None => assert!(![401, 403, 500].contains(&status), "{case}: {status} {text}"),
            }
            if refusal(page, role, own) == Some(404) {
                // Whether there is such a thing is not told either.
                let nowhere = page.path.replace("{user_id}", "zoe").replace("{class_id}", "x");
                let nowhere = filled(&nowhere.replace("{school_id}", "x"), own);
                let (missing, other) = ask(&mut browser, page, &nowhere, &token).await;
                assert_eq!((status, text), (missing, other), "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_role_on_every_page_about_its_own_and_others() {
    let people = everybody();
    let accounts: Vec<Account> = people.iter().map(|(_, account)| account.clone()).collect();
    let service = service(&accounts).await;
    store_roster(&service.store).await;
    for (role, account) in &people {
        check_role(&service, *role, &account.login).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_signed_in_gets_to_the_sign_in_and_nowhere_else() {
    let service = service(&[operator("anna")]).await;
    store_roster(&service.store).await;
    let mut browser = Browser::at(&service);
    let token = browser.get("/sign-in").await.form_token();
    for page in entries().iter().filter(|page| page.least.is_some()) {
        let (status, text) = ask(&mut browser, page, &filled(page.path, true), &token).await;
        let expected = if page.method == "GET" { 303 } else { 401 };
        assert_eq!(status, expected, "{} {}: {text}", page.method, page.path);
        // The page of a form that came too late says where it was to go, and nothing that is stored.
        assert!(page.method == "POST" || text.is_empty(), "{}: {text}", page.path);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_have_a_student_see_the_page_and_the_log_knows() {
    let people = everybody();
    let accounts: Vec<Account> = people.iter().map(|(_, account)| account.clone()).collect();
    let service = service(&accounts).await;
    store_roster(&service.store).await;
    for (role, account) in &people {
        let mut browser = Browser::of(&service, &account.login).await;
        let student = browser.get("/students/amy").await;
        assert_eq!(student.status, 200, "{role}: {}", student.text);
        let class = browser.get("/classes/7a").await;
        let expected = if role.is_staff() { 200 } else { 403 };
        assert_eq!(class.status, expected, "{role}: {}", class.text);
    }
}

#[test]
fn the_table_has_no_page_twice_and_every_page_that_names_somebody_says_so() {
    let all = entries();
    for page in &all {
        let same = all.iter().filter(|o| (o.method, o.path) == (page.method, page.path)).count();
        assert_eq!(same, 1, "{} {}", page.method, page.path);
        let names =
            ["{user_id}", "{class_id}", "{school_id}"].iter().any(|n| page.path.contains(n));
        assert!(page.about_somebody || !names, "{} {}", page.method, page.path);
        assert_eq!(page.writes, page.method == "POST", "{} {}", page.method, page.path);
    }
}
