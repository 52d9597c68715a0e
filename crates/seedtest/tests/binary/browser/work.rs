//! What people do on the pages.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::chromium::Chromium;
use super::school::{School, sign_in};
use super::tab::{Screen, Tab};

/// Looks as long as a file needs to come or go on a busy machine.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..600 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("{what}");
}

fn files_in(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// From the class to a student and back, a goal, a note, and what is taken along.
pub(super) fn a_teacher(school: &School, chromium: &Chromium) {
    let tab = school.visit(chromium, "teacher", Screen::Phone);
    // Of one class it is the page where a teacher begins.
    assert_eq!(tab.path(), format!("/classes/{}", school.class));
    tab.press("Tab", 9);
    tab.press("Enter", 13);
    tab.wait("location.hash === '#main'");
    assert_eq!(tab.follow(".heat tbody th a"), 200);
    tab.see("#history table");
    tab.back();
    tab.see("#heat table");

    tab.fill("#filter", "nobody is called like this");
    tab.see("#found");
    tab.fill("#filter", "");

    let hostile = "<img src=x onerror=\"document.title='caught'\">";
    tab.fill("#follow form input[name=note]", hostile);
    assert_eq!(tab.follow("#follow form button[value=intervention]"), 200);
    tab.see(&format!("#follow bdi :: {hostile}"));
    let title = tab.eval("document.title");
    assert!(!title.as_str().unwrap().contains("caught"), "a note ran as a script");

    let page = format!("/students/{}", school.student);
    tab.go(&page);
    tab.fill("#goals input[name=target_score]", "80");
    tab.fill("#goals input[name=target_date]", "2025-12-24");
    assert_eq!(tab.follow("#goals button.main"), 200);
    tab.see("#goals li :: 2025-12-24");
    assert_eq!(tab.follow("#goals li form button"), 200);
    assert!(!tab.sees("#goals li :: 2025-12-24"));

    takes_along(school, &tab);
    let (bar_is_printed, size) = tab.printed(".topbar");
    assert!(!bar_is_printed && size > 10_000, "{bar_is_printed} {size}");
    assert_eq!(tab.complaints(), Vec::<String>::new());
    assert_eq!(tab.follow("form[action='/sign-out'] button"), 200);
    assert_eq!(tab.path(), "/sign-in");
    tab.go(&page);
    assert!(tab.path().starts_with("/sign-in"), "{}", tab.path());
}

/// The table of the class and a chart, as files.
fn takes_along(school: &School, tab: &Tab<'_>) {
    let dir = tempfile::tempdir().unwrap();
    tab.download_to(dir.path());
    tab.go(&format!("/classes/{}", school.class));
    for (link, ending, begins) in [
        (".steer a :: CSV", "csv", &b"\xef\xbb\xbfstudent_id,"[..]),
        (".steer a :: XLSX", "xlsx", b"PK"),
        (".save-chart button :: SVG", "svg", b"<svg"),
        (".save-chart button :: PNG", "png", b"\x89PNG"),
    ] {
        tab.click(link);
        let found = || files_in(dir.path()).into_iter().find(|name| name.ends_with(ending));
        until(&format!("no {ending}"), || found().is_some());
        let content = || fs::read(dir.path().join(found().unwrap())).unwrap();
        until(&format!("no {ending} but {:?}", content()), || content().starts_with(begins));
    }
}

/// A job and its progress; a file from the drop to the undo.
pub(super) fn an_operator(school: &School, chromium: &Chromium) {
    let tab = school.visit(chromium, "operator", Screen::Desk);
    tab.go("/operations");
    for button in ["button[name=dry]", "button.main"] {
        let job = "form[data-job=refresh-dashboard]";
        tab.eval(&format!("document.querySelector('{job}').closest('details').open = true"));
        tab.click(&format!("{job} {button}"));
        tab.see("#job-told :: It is done.");
        assert!(tab.sees("#job-told a"), "{button}");
    }
    assert_eq!(tab.follow("#job-told a"), 200);
    assert!(tab.text("h1").contains("refresh-dashboard"));

    let mut rows = String::from("student,item,correct,time,topic\n");
    for student in 0..6 {
        for item in 0..5 {
            let right = (student + item) % 2;
            let day = item + 1;
            writeln!(rows, "x{student},q{item},{right},2025-03-0{day}T10:0{student}:00Z,t")
                .unwrap();
        }
    }
    rows.push_str("x9,q1,perhaps,2025-03-01T10:00:00Z,t\n");
    let name = "<b>dropped<b>.csv";
    let file = school.service.place().write(name, rows);
    tab.go("/imports");
    tab.drop_file("#drop", &file);
    tab.wait("location.pathname.startsWith('/imports/files/')");
    tab.see("h1 :: bdropped");
    tab.see("#rejects :: perhaps");
    assert!(tab.text("#take button.main").contains("30"));
    tab.click("input[name=compute]");
    assert_eq!(tab.follow("#take button.main"), 200);
    assert_eq!(tab.path(), "/imports?done=taken");
    tab.click("#list summary :: bdropped");
    assert_eq!(tab.follow("#list form button :: bdropped"), 200);
    assert_eq!(tab.path(), "/imports?done=undone");
    tab.see("#list tbody tr :: undone");
    assert_eq!(tab.complaints(), Vec::<String>::new());
}

/// What is typed in one tab while the other signs out, or signs in anew, is not lost.
pub(super) fn two_tabs_and_a_session_that_is_over(school: &School, chromium: &Chromium) {
    let tab = school.visit(chromium, "teacher", Screen::Desk);
    let other = tab.beside();
    let page = format!("/students/{}", school.student);
    let note = "called at home, talks on Friday & Monday";
    tab.go(&page);
    tab.fill("#notes input[name=note]", note);
    other.go(&page);
    assert_eq!(other.follow("form[action='/sign-out'] button"), 200);
    // The session is over: the form waits behind the sign-in, and is sent by who wrote it.
    assert_eq!(tab.follow("#notes button[value=intervention]"), 401);
    sign_in(&tab, "teacher");
    tab.see(&format!("main dd :: {note}"));
    assert_eq!(tab.follow("main form[method=post] button"), 200);
    tab.see(&format!("#notes bdi :: {note}"));

    // Signed in anew in the other tab, the token of this one is of a session before.
    let again = "seen again on Tuesday";
    tab.fill("#notes input[name=note]", again);
    other.go(&page);
    other.follow("form[action='/sign-out'] button");
    sign_in(&other, "teacher");
    assert_eq!(tab.follow("#notes button[value=intervention]"), 409);
    tab.see(&format!("main dd :: {again}"));
    assert_eq!(tab.follow("main form[method=post] button"), 200);
    tab.see(&format!("#notes bdi :: {again}"));
}

/// A file that is dropped, a job that is started and an alert that is answered after the session ended in another tab: the
/// page says so, keeps what was chosen or typed, and goes on once somebody has signed in there.
pub(super) fn nothing_is_lost_when_the_session_ends(school: &School, chromium: &Chromium) {
    let tab = school.visit(chromium, "operator", Screen::Desk);
    let other = tab.beside();
    let leave = || {
        other.go("/account");
        assert_eq!(other.follow("form[action='/sign-out'] button"), 200);
    };
    let rows = "student,item,correct,time\nz1,q1,1,2025-03-01T10:00:00Z\n";
    let file = school.service.place().write("kept.csv", rows);
    tab.go("/imports");
    leave();
    tab.drop_file("#drop", &file);
    tab.see("#told a[href='/sign-in']");
    assert_eq!(tab.path(), "/imports");
    // Nobody has signed in yet.
    tab.click("#again :: kept.csv");
    tab.see("#again :: kept.csv");
    sign_in(&other, "operator");
    tab.click("#again :: kept.csv");
    tab.wait("location.pathname.startsWith('/imports/files/')");
    assert_eq!(tab.follow("#take button[name=do]"), 200);

    tab.go("/operations");
    let job = "form[data-job=refresh-dashboard]";
    tab.eval(&format!("document.querySelector('{job}').closest('details').open = true"));
    tab.fill(&format!("{job} input[name=week]"), "2025-03-12");
    leave();
    tab.click(&format!("{job} button[name=dry]"));
    tab.see("#job-told a[href='/sign-in']");
    let typed = format!("document.querySelector('{job} input[name=week]').value");
    assert_eq!(tab.eval(&typed), "2025-03-12");
    sign_in(&other, "operator");
    tab.click(&format!("{job} button[name=dry]"));
    tab.see("#job-told a[href^='/operations/runs/']");

    // A goal of the whole class, and a form that is a button and nothing else.
    let goal = format!("/classes/{}", school.class);
    tab.go(&goal);
    tab.fill("#goals input[name=target_score]", "77");
    leave();
    assert_eq!(tab.follow("#goals button.main"), 401);
    sign_in(&tab, "operator");
    tab.see("main dd :: 77");
    assert_eq!(tab.follow("main form[method=post] button"), 200);
    tab.go("/account");
    other.go("/account");
    other.follow("form[action='/sign-out'] button");
    sign_in(&other, "operator");
    assert_eq!(tab.follow("form[action='/account/other-sessions'] button"), 409);
    assert_eq!(tab.follow("main form[method=post] button"), 200);
    assert_eq!(tab.path(), "/account");
}

/// Who closes the page while a file is on its way leaves nothing of it, and the service goes on.
pub(super) fn an_upload_that_breaks_off(school: &School, chromium: &Chromium) {
    let tab = school.visit(chromium, "operator", Screen::Desk);
    let uploads = school.service.place().path("school/uploads");
    let waiting = || files_in(&uploads).into_iter().filter(|name| name.len() == 64).count();
    let before = waiting();
    // A gigabyte takes longer to come than it takes to leave; it lies nowhere on the disk.
    let large = school.service.place().write("large.csv", "");
    fs::File::options().write(true).open(&large).unwrap().set_len(1 << 30).unwrap();
    tab.go("/imports");
    tab.drop_file("#drop", &large);
    until("nothing came", || waiting() > before);
    let other = tab.beside();
    tab.close();
    until("half a file is left", || waiting() == before);
    assert_eq!(other.go("/imports"), 200);
}
