//! The letter that brings a report by mail.

use chrono::NaiveDate;
use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::date;
use crate::view::Month;

/// What a letter says; the report itself is behind its link, or with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter<'a> {
    /// Name of the student, or the id.
    pub student: &'a str,
    /// Monday of the week; of a month, of its last.
    pub week_start: NaiveDate,
    /// The month, for a report of one.
    pub month: Option<Month>,
    /// Where the report opens.
    pub url: Option<&'a str>,
    /// For how many days the link opens; `None` = as long as it is there.
    pub opens_days: Option<u32>,
    /// Names of the files that come along.
    pub files: &'a [String],
    /// The address letters are from, to which one writes to get no more of them.
    pub from: &'a str,
    /// Where one gets no more of them with a click.
    pub unsubscribe_url: Option<&'a str>,
}

/// A letter in both its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterText {
    /// Its subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As a page.
    pub html: String,
}

/// A letter, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct LetterPage {
    lang: &'static str,
    pub(crate) subject: String,
    /// What stands before the link, and after it.
    before: String,
    link: Option<String>,
    link_text: String,
    opens: Option<String>,
    /// Why it came, and how to get no more.
    why: String,
    leave: String,
    leave_url: Option<String>,
    leave_text: String,
}

impl LetterPage {
    pub(crate) fn new(letter: &Letter<'_>, catalogue: &Catalogue) -> Self {
        let when = match letter.month {
            Some(month) => date::month_of_weeks(month, letter.week_start, catalogue),
            None => date::week(letter.week_start, catalogue),
        };
        let values = [("student", letter.student), ("when", &when)];
        let subject =
            if letter.month.is_some() { "letter.subject_month" } else { "letter.subject" };
        let files = letter.files.join(", ");
        let before = match (letter.url, files.is_empty()) {
            (Some(_), _) => catalogue.fill("letter.linked", &values),
            (None, false) => {
                catalogue.fill("letter.attached", &[values[0], values[1], ("files", &files)])
            }
            (None, true) => catalogue.fill("letter.there", &values),
        };
        Self {
            lang: catalogue.lang().tag(),
            subject: catalogue.fill(subject, &values),
            before,
            link: letter.url.map(str::to_owned),
            link_text: catalogue.text("letter.open"),
            opens: letter.opens_days.map(|days| catalogue.count("letter.opens", days)),
            why: catalogue.fill("letter.why", &values),
            leave: match letter.unsubscribe_url {
                Some(_) => catalogue.text("letter.leave_click"),
                None => catalogue.fill("letter.leave_mail", &[("address", letter.from)]),
            },
            leave_url: letter.unsubscribe_url.map(str::to_owned),
            leave_text: catalogue.text("letter.leave"),
        }
    }

    /// As plain text.
    pub(crate) fn text(&self, school: Option<&str>) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(school.map(str::to_owned));
        parts.push(match &self.link {
            Some(link) => format!("{}\n{link}", self.before),
            None => self.before.clone(),
        });
        parts.extend(self.opens.clone());
        let leave = match &self.leave_url {
            Some(url) => format!("{}\n{url}", self.leave),
            None => self.leave.clone(),
        };
        parts.push(format!("--\n{}\n{leave}", self.why));
        let mut text = parts.join("\n\n");
        text.push('\n');
        text
    }
}
