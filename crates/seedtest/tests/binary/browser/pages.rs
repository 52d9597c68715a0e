//! Every page as every role: what it answers, whether it fits the screen, what the browser and axe-core say of it.

use std::{env, fs};

use seedtest_dashboard::{PageEntry, entries};
use seedtest_pipeline::Role;
use serde_json::json;

use super::chromium::Chromium;
use super::school::{ROLES, School};
use super::tab::{Screen, Tab};

/// Ways in the bar of each role.
const WAYS: [(&str, &[&str]); 5] = [
    (
        "operator",
        &["/home", "/classes", "/items", "/models", "/operations", "/imports", "/accounts"],
    ),
    ("school", &["/home", "/classes"]),
    ("teacher", &["/classes"]),
    ("student", &["/home"]),
    ("guardian", &["/home"]),
];
/// What is fetched and is no page: files to take along, and files that pages are made of.
const NO_PAGES: [&str; 5] = ["{format}", "{version}", "/imports/rejects/", ".css", "/session"];

/// Pages, with what varies filled in by what the school has.
struct Paths<'s> {
    school: &'s School,
    item: String,
    run: String,
    upload: String,
}

impl Paths<'_> {
    /// The path of a page; a new kind of id has to be named here.
    fn of(&self, page: &PageEntry) -> String {
        let school = self.school;
        let path = page
            .path
            .replace("{user_id}", &school.student)
            .replace("{class_id}", &school.class)
            .replace("{school_id}", &school.roster_id)
            .replace("{item_id}", &self.item)
            .replace("{run_id}", &self.run)
            .replace("{upload_id}", &self.upload)
            .replace("{secret}", school.invitation.trim_start_matches("/invitations/"));
        assert!(!path.contains('{'), "what stands for the id in {}?", page.path);
        path
    }
}

/// Every page that a browser shows.
fn shown() -> Vec<PageEntry> {
    let is_page = |page: &PageEntry| {
        page.method == "GET" && !NO_PAGES.iter().any(|part| page.path.contains(part))
    };
    entries().into_iter().filter(is_page).collect()
}

/// axe-core, where it can be had.
fn axe() -> Option<String> {
    let path = env::var_os("AXE")?;
    Some(fs::read_to_string(path).unwrap())
}

pub(super) fn of_every_role(school: &School, chromium: &Chromium) {
    let axe = axe();
    let paths = paths(school, chromium);
    for login in ROLES {
        // People of a school sit at desks, and everybody else has a phone.
        let of_staff = ["operator", "school"].contains(&login);
        let screen = if of_staff { Screen::Desk } else { Screen::Phone };
        let tab = school.visit(chromium, login, screen);
        assert_eq!(ways(&tab), WAYS.iter().find(|(of, _)| *of == login).unwrap().1, "{login}");
        // What others see of these pages is what an operator sees of them, and less.
        let axe = axe.as_deref().filter(|_| ["operator", "student"].contains(&login));
        for page in shown() {
            look(&tab, (login, "ko"), &page, &paths, axe);
        }
        refused(&tab, login, school);
    }
    // On the other screen and in the other language.
    let tab = school.visit(chromium, "operator", Screen::Phone);
    for page in shown() {
        look(&tab, ("operator", "en"), &page, &paths, axe.as_deref());
    }
}

/// The ways of the bar, in their order.
fn ways(tab: &Tab<'_>) -> Vec<String> {
    let ways =
        "[...document.querySelectorAll('.topbar nav a')].map((of) => of.getAttribute('href'))";
    let ways = tab.eval(ways);
    ways.as_array().unwrap().iter().map(|way| way.as_str().unwrap().to_owned()).collect()
}

/// Ids to look at, and a file that waits to be imported.
fn paths<'s>(school: &'s School, chromium: &Chromium) -> Paths<'s> {
    let tab = school.visit(chromium, "operator", Screen::Desk);
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    tab.go("/items");
    let item = last(&tab.attribute("table.stack tbody th a", "href"));
    tab.go("/operations");
    let run = last(&tab.attribute("#runs table tbody th a", "href"));
    tab.go("/imports");
    let rows = "student,item,correct,time\nx1,q1,1,2025-03-01T10:00:00Z\nx2,q1,no idea,2025-03-01T10:00:00Z\n";
    let sent = tab.eval(&format!(
        "seedtest.token().then((token) => fetch('/imports/files?name=waits.csv', {{method: 'POST', body: {}, \
         headers: {{'x-csrf-token': token}}}})).then((answer) => answer.json()).then((of) => of.path)",
        json!(rows)
    ));
    Paths { school, item, run, upload: last(sent.as_str().unwrap()) }
}

/// What a page answers. The people of the school name the one they are of, and do not see all there may be.
fn expected(role: Role, page: &PageEntry) -> u16 {
    let names = ["{user_id}", "{class_id}", "{school_id}"];
    let is_about_all = page.about_somebody && !names.iter().any(|id| page.path.contains(id));
    let of_operators = page.least == Some(Role::Operator);
    match page.least {
        Some(least) if role < least => 403,
        _ if role == Role::School && is_about_all && !of_operators => 404,
        _ => 200,
    }
}

/// A page: it answers as the role may see it, fits, and nothing complains.
fn look(
    tab: &Tab<'_>,
    (login, lang): (&str, &str),
    page: &PageEntry,
    paths: &Paths<'_>,
    axe: Option<&str>,
) {
    let path = paths.of(page);
    let case = format!("{login}: {path}");
    let status = tab.go(&format!("{path}?lang={lang}"));
    let complaints = tab.complaints();
    assert_eq!(status, expected(login.parse().unwrap(), page), "{case}: {}", tab.text("body"));
    if status != 200 {
        return;
    }
    assert_eq!(complaints, Vec::<String>::new(), "{case}");
    let wide =
        tab.eval("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert!(wide.as_i64() <= Some(0), "{case} is {wide} px wider than the screen");
    assert!(!tab.text("h1").trim().is_empty(), "{case} has no heading");
    if let Some(axe) = axe {
        assert_eq!(tab.violations(axe), Vec::<String>::new(), "{case}");
    }
}

/// Somebody and something of others.
fn refused(tab: &Tab<'_>, login: &str, school: &School) {
    if ["operator", "school"].contains(&login) {
        return;
    }
    assert_eq!(tab.go(&format!("/students/{}", school.other_student)), 404, "{login}");
    let status = tab.go(&format!("/classes/{}", school.other_class));
    assert_eq!(status, if login == "teacher" { 404 } else { 403 }, "{login}");
    tab.complaints();
}

pub(super) fn before_anybody_signs_in(school: &School, chromium: &Chromium) {
    let tab = Tab::open(chromium, &school.service.url(), Screen::Desk);
    for page in shown().iter().filter(|page| page.least.is_some()) {
        let path = page.path.replace(['{', '}'], "");
        assert_eq!(tab.go(&path), 200, "{path}");
        assert!(tab.path().starts_with("/sign-in?next="), "{path} leads to {}", tab.path());
    }
    assert_eq!(tab.complaints(), Vec::<String>::new());
}
