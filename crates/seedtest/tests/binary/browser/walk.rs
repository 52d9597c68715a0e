//! How somebody new gets from the program and a file of answers to the page of their class.

use std::fmt::Write as _;

use super::chromium::Chromium;
use super::school::PASSWORD;
use super::tab::{Screen, Tab};
use crate::playground::Playground;
use crate::serving::Serving;

/// Answers of a class over five weeks: who, in which class, to which item, when.
fn answers() -> String {
    let mut rows = String::from("name,class,item,correct,date,topic\n");
    for week in 0..5_u32 {
        for pupil in 0..24_u32 {
            for item in 0..10_u32 {
                let noise = (pupil.wrapping_mul(2_654_435_761)
                    ^ (item + 10 * week).wrapping_mul(40_503))
                    >> 9;
                let right = u32::from(pupil + noise % 24 > 2 * item + 4);
                let (day, month) = if week < 4 { (3 + 7 * week, 2) } else { (3, 3) };
                writeln!(
                    rows,
                    "Pupil {pupil},7a,item {},{right},2025-{month:02}-{day:02} 09:{item:02},topic {}",
                    item + 10 * (week % 2),
                    item % 3
                )
                .unwrap();
            }
        }
    }
    rows
}

/// Two commands and nine clicks or entries; nothing has to be known beforehand.
#[test]
fn somebody_new_reaches_the_page_of_their_own_class() {
    let place = Playground::new();
    let file = place.write("answers.csv", answers());
    let link = place.must(&["account", "add", "anna", "--role", "operator"]).stdout;
    let service = Serving::over(place, &[], &["--rate-limit", "0"]);
    let chromium = Chromium::start();
    let tab = Tab::open(&chromium, &service.url(), Screen::Desk);

    assert_eq!(tab.go(link.trim()), 200);
    tab.fill("input[name=new_password]", PASSWORD);
    tab.fill("input[name=repeated_password]", PASSWORD);
    assert_eq!(tab.follow("main form button"), 200);
    // The empty school says where to begin.
    assert_eq!(tab.path(), "/school");
    assert_eq!(tab.follow("main a[href='/imports']"), 200);
    tab.drop_file("#drop", &file);
    tab.wait("location.pathname.startsWith('/imports/files/')");
    assert!(tab.text("#take button.main").contains("1200"), "{}", tab.text("#take"));
    assert_eq!(tab.follow("#take button.main"), 200);
    // The page tells how far the figures are, and in the end where they are.
    tab.see("#computing a[href='/classes']");
    assert_eq!(tab.follow("#computing a[href='/classes']"), 200);
    assert_eq!(tab.follow("table.stack tbody th a"), 200);
    assert!(tab.text("h1").contains("7a"), "{}", tab.text("h1"));
    tab.see("#heat table");
    assert_eq!(tab.eval("document.querySelectorAll('.heat tbody tr').length"), 24);
    assert_eq!(tab.complaints(), Vec::<String>::new());
}
