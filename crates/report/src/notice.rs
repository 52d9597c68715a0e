//! The letter that tells staff what they have to look at.

use serde::Serialize;

use crate::catalogue::Catalogue;
use crate::letter::LetterText;
use crate::number;
use crate::wording::told_risk_alone;

/// Most lines of a kind: a longer list is read in the pages.
const MOST_LINES: usize = 30;

/// What a letter tells of. Who may not see the churn risk gets no students.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Notice<'a> {
    /// Students whose churn risk S reached the threshold.
    pub students: Vec<StudentAtRisk>,
    /// The threshold, in 0..1.
    pub threshold: f64,
    /// Jobs that failed.
    pub jobs: Vec<FailedJob>,
    /// Items that drifted.
    pub drifts: Vec<DriftedItems>,
    /// Where the pages open.
    pub url: Option<&'a str>,
    /// The address it goes to.
    pub address: &'a str,
}

/// A student whose churn risk S reached the threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct StudentAtRisk {
    /// As the recipient knows the student: a name, an id or a pseudonym.
    pub name: String,
    /// Classes of the student.
    pub classes: Vec<String>,
    /// S, in 0..1.
    pub risk: f64,
}

/// A job that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedJob {
    /// The job.
    pub job: String,
    /// Its run in the ledger.
    pub run_id: String,
    /// When it failed, in the time zone of the school.
    pub when: String,
}

/// Items that drifted between two calibrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftedItems {
    /// The later calibration.
    pub run_id: String,
    /// Items in both.
    pub common: u32,
    /// Ids of those that drifted.
    pub items: Vec<String>,
}

/// A letter, ready for its template.
#[derive(Debug, Serialize)]
pub(crate) struct NoticePage {
    lang: &'static str,
    pub(crate) subject: String,
    parts: Vec<Part>,
    link: Option<String>,
    link_text: String,
    again: String,
    why: String,
}

/// A list under a sentence.
#[derive(Debug, Serialize)]
struct Part {
    head: String,
    lines: Vec<String>,
    more: Option<String>,
}

impl Part {
    fn new(head: String, mut lines: Vec<String>, catalogue: &Catalogue) -> Self {
        let beyond = lines.len().saturating_sub(MOST_LINES);
        lines.truncate(MOST_LINES);
        let more = (beyond > 0).then(|| catalogue.count("notice.more", beyond as u32));
        Self { head, lines, more }
    }
}

impl NoticePage {
    pub(crate) fn new(notice: &Notice<'_>, catalogue: &Catalogue) -> Self {
        let parts = [students(notice, catalogue), jobs(notice, catalogue)];
        let drifts = notice.drifts.iter().map(|of| drift(of, catalogue));
        Self {
            lang: catalogue.lang().tag(),
            subject: catalogue.fill("notice.subject", &[("list", &counts(notice, catalogue))]),
            parts: parts.into_iter().flatten().chain(drifts).collect(),
            link: notice.url.map(str::to_owned),
            link_text: catalogue.text("notice.open"),
            again: catalogue.text("notice.again"),
            why: catalogue.fill("notice.why", &[("address", notice.address)]),
        }
    }

    /// As plain text.
    pub(crate) fn text(self, html: String, school: Option<&str>) -> LetterText {
        let mut paragraphs: Vec<String> = school.map(str::to_owned).into_iter().collect();
        for Part { head, lines, more } in &self.parts {
            let lines = lines.iter().map(|line| format!("- {line}"));
            let all: Vec<String> =
                std::iter::once(head.clone()).chain(lines).chain(more.clone()).collect();
            paragraphs.push(all.join("\n"));
        }
        paragraphs.extend(self.link.map(|link| format!("{}\n{link}", self.link_text)));
        paragraphs.push(self.again);
        paragraphs.push(format!("--\n{}\n", self.why));
        LetterText { subject: self.subject, text: paragraphs.join("\n\n"), html }
    }
}

/// How many of what there are.
fn counts(notice: &Notice<'_>, catalogue: &Catalogue) -> String {
    let drifted = notice.drifts.iter().map(|of| of.items.len()).sum();
    let counted = [
        ("notice.students", notice.students.len()),
        ("notice.jobs", notice.jobs.len()),
        ("notice.drift", drifted),
    ];
    let said: Vec<String> = counted
        .into_iter()
        .filter(|(_, n)| *n > 0)
        .map(|(key, n)| catalogue.count(key, n as u32))
        .collect();
    said.join(", ")
}

fn students(notice: &Notice<'_>, catalogue: &Catalogue) -> Option<Part> {
    let mut sorted: Vec<&StudentAtRisk> = notice.students.iter().collect();
    sorted.sort_by(|a, b| b.risk.total_cmp(&a.risk).then_with(|| a.name.cmp(&b.name)));
    let line = |of: &&StudentAtRisk| {
        let risk = told_risk_alone(of.risk);
        let classes = of.classes.join(", ");
        let values = [("student", &*of.name), ("risk", &*risk), ("name", &*classes)];
        let key = if classes.is_empty() { "notice.student" } else { "notice.student_of_class" };
        catalogue.fill(key, &values)
    };
    let share = number::percent(notice.threshold);
    let head = catalogue.fill("notice.students_head", &[("share", &share)]);
    let lines: Vec<String> = sorted.iter().map(line).collect();
    (!lines.is_empty()).then(|| Part::new(head, lines, catalogue))
}

fn jobs(notice: &Notice<'_>, catalogue: &Catalogue) -> Option<Part> {
    let line = |of: &FailedJob| {
        let values = [("name", &*of.job), ("when", &*of.when), ("id", &*of.run_id)];
        catalogue.fill("notice.job", &values)
    };
    let lines: Vec<String> = notice.jobs.iter().map(line).collect();
    let head = catalogue.text("notice.jobs_head");
    (!lines.is_empty()).then(|| Part::new(head, lines, catalogue))
}

fn drift(of: &DriftedItems, catalogue: &Catalogue) -> Part {
    let common = number::count(of.common);
    let head = catalogue.fill("notice.drift_head", &[("id", &of.run_id), ("n", &common)]);
    Part::new(head, of.items.clone(), catalogue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lang, Renderer};

    fn at_risk(name: &str, classes: &[&str], risk: f64) -> StudentAtRisk {
        let classes = classes.iter().map(|&name| name.to_owned()).collect();
        StudentAtRisk { name: name.into(), classes, risk }
    }

    #[test]
    fn a_letter_says_whom_and_what_to_look_at_and_how_not_to_be_told_again() {
        let notice = Notice {
            students: vec![at_risk("이준", &[], 0.71), at_risk("김서연", &["7-1", "7-2"], 0.93)],
            threshold: 0.7,
            jobs: vec![FailedJob {
                job: "mirt-calibrate".into(),
                run_id: "mirt-calibrate-1".into(),
                when: "2025-06-16 03:00".into(),
            }],
            drifts: vec![DriftedItems {
                run_id: "irt-2".into(),
                common: 120,
                items: vec!["q1".into()],
            }],
            url: Some("https://seedtest.school.kr"),
            address: "kim@school.kr",
        };
        let text = Renderer::new(Lang::Ko).unwrap().notice(&notice).unwrap();
        assert_eq!(
            text.subject,
            "확인할 일: 이야기를 나눌 학생 2명, 실패한 작업 1개, 값이 달라진 문항 1개"
        );
        let first = text.text.find("- 김서연 (7-1, 7-2): >\u{a0}90%").unwrap();
        assert!(first < text.text.find("- 이준: 71%").unwrap(), "{}", text.text);
        for part in
            ["70%", "- mirt-calibrate: 2025-06-16 03:00 (mirt-calibrate-1)", "120", "- q1", "kim@"]
        {
            assert!(text.text.contains(part), "{part}: {}", text.text);
        }
        let link = "href=\"https:&#x2f;&#x2f;seedtest.school.kr\"";
        assert!(text.html.contains(link), "{}", text.html);
        assert!(text.html.contains("<li style"), "{}", text.html);
    }

    #[test]
    fn names_are_text_and_a_long_list_is_counted() {
        let students: Vec<StudentAtRisk> =
            (0..MOST_LINES + 2).map(|_| at_risk("<b>Bo</b>", &[], 0.9)).collect();
        let notice = Notice { students, threshold: 0.7, ..Notice::default() };
        let text = Renderer::new(Lang::En).unwrap().notice(&notice).unwrap();
        assert_eq!(text.text.matches("<b>Bo</b>").count(), MOST_LINES);
        assert!(text.text.contains("There are 2 more."), "{}", text.text);
        assert!(!text.html.contains("<b>Bo"), "{}", text.html);
        assert_eq!(text.subject, "To look at: 32 students to talk to");
    }
}
