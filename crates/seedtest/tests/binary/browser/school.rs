//! A small school with somebody of every role, and the service over it.

use rusqlite::Connection;

use super::chromium::Chromium;
use super::tab::{Screen, Tab};
use crate::playground::Playground;
use crate::serving::Serving;

pub(super) const PASSWORD: &str = "correct horse battery";
/// Logins, which are those of the roles as well.
pub(super) const ROLES: [&str; 5] = ["operator", "school", "teacher", "student", "guardian"];
/// Pages are asked for faster here than by people.
const SETTINGS: [&str; 4] = ["--rate-limit", "0", "--risk-readers", "teacher"];

pub(super) struct School {
    pub(super) service: Serving,
    pub(super) class: String,
    /// A class that the teacher does not have.
    pub(super) other_class: String,
    /// Of the school, in the roster.
    pub(super) roster_id: String,
    /// A student of the class, with answers in the newest week.
    pub(super) student: String,
    /// A student of the other class.
    pub(super) other_student: String,
    /// The path of an invitation nobody has accepted yet.
    pub(super) invitation: String,
}

impl School {
    pub(super) fn open() -> Self {
        let place = Playground::new();
        let demo = [
            "demo",
            "--students",
            "40",
            "--weeks",
            "6",
            "--seed",
            "7",
            "--dir",
            "school",
            "--lang",
            "en",
        ];
        place.must(&demo);
        let database = Connection::open(place.path("school/seedtest.db")).unwrap();
        let one = |sql: &str| -> String { database.query_row(sql, [], |row| row.get(0)).unwrap() };
        let class = one("SELECT class_id FROM roster_class ORDER BY class_id LIMIT 1");
        let other_class = one("SELECT class_id FROM roster_class ORDER BY class_id DESC LIMIT 1");
        let school = one("SELECT school_id FROM roster_school LIMIT 1");
        let student_of = |class: &str| {
            one(&format!(
                "SELECT user_id FROM dashboard_student NATURAL JOIN roster_enrolment \
                 WHERE class_id = '{class}' AND report IS NOT NULL \
                 ORDER BY urgency DESC, user_id LIMIT 1"
            ))
        };
        let (student, other_student) = (student_of(&class), student_of(&other_class));
        drop(database);

        place.write("password", PASSWORD);
        let account = |login: &str, more: &[&str]| {
            let add = ["--data-dir", "school", "account", "add", login];
            place.must(&[&add, more].concat()).stdout.trim().to_owned()
        };
        let invitation = account("new", &["--role", "operator"]);
        let known = ["--password-file", "password"];
        for (login, belongings) in [
            ("operator", &[][..]),
            ("school", &["--school", &school]),
            ("teacher", &["--class", &class]),
            ("student", &["--student", &student]),
            ("guardian", &["--student", &student]),
        ] {
            account(login, &[&["--role", login][..], belongings, &known].concat());
        }
        let service = Serving::over(place, &["--data-dir", "school"], &SETTINGS);
        Self { service, class, other_class, roster_id: school, student, other_student, invitation }
    }

    /// Somebody at the sign-in, who signs in.
    pub(super) fn visit<'c>(&self, chromium: &'c Chromium, login: &str, screen: Screen) -> Tab<'c> {
        let tab = Tab::open(chromium, &self.service.url(), screen);
        assert_eq!(tab.go("/home"), 200);
        assert!(tab.path().starts_with("/sign-in"), "{}", tab.path());
        sign_in(&tab, login);
        tab
    }
}

/// Fills in the form of the sign-in, and sends it.
pub(super) fn sign_in(tab: &Tab<'_>, login: &str) {
    tab.fill("input[name=login]", login);
    tab.fill("input[name=password]", PASSWORD);
    assert_eq!(tab.follow("form[action='/sign-in'] button"), 200, "{login}");
}
