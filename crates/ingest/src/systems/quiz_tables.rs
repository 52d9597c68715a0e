//! Tables with one student a row of systems that give an item two columns, or number items their own way.

use std::path::Path;

use super::System;
use crate::error::Error;
use crate::field::{Field, normalised};
use crate::options::Options;
use crate::scoring::{self, Scoring};
use crate::wide::{Item, WideTable};

/// Codes of PISA: not applicable, not reached, invalid, no response.
const PISA_CODES: &[f64] = &[5.0, 6.0, 7.0, 8.0, 9.0, 95.0, 96.0, 97.0, 98.0, 99.0];

/// Whether a header is that of a system's table.
pub(super) fn fits(system: System, headers: &[String]) -> bool {
    let names: Vec<String> = headers.iter().map(|header| normalised(header)).collect();
    let has = |wanted: &[&str]| wanted.iter().any(|wanted| names.iter().any(|name| name == wanted));
    match system {
        System::CanvasQuiz => {
            has(&["ncorrect"]) && has(&["nincorrect"]) && !canvas_items(headers).is_empty()
        }
        System::MoodleQuiz => has(MOODLE_STATES) && !moodle_items(headers).is_empty(),
        System::Pisa => has(PISA_STUDENTS) && headers.iter().any(|name| is_pisa_item(name)),
        _ => false,
    }
}

const PISA_STUDENTS: &[&str] = &["cntstuid", "stidstd", "studentid"];
const MOODLE_STATES: &[&str] = &[
    "state",
    "status",
    "상태",
    "startedon",
    "started",
    "시작",
    "시작시간",
    "begonnenam",
    "begonnen",
    "시작일시",
];

impl System {
    /// What the columns of one of these tables are.
    pub(crate) fn wide_table(
        self,
        headers: &[String],
        options: &Options,
        path: &Path,
    ) -> Result<WideTable, Error> {
        let columns = Columns { headers, options };
        let (of_row, items) = match self {
            Self::CanvasQuiz => (columns.canvas(), canvas_items(headers)),
            _ => (columns.moodle(), moodle_items(headers)),
        };
        if !of_row.iter().any(|(field, _)| *field == Field::Student) {
            return Err(Error::MissingColumn {
                path: path.to_owned(),
                field: Field::Student,
                headers: headers.to_vec(),
            });
        }
        Ok(WideTable::known(of_row, items, options))
    }
}

struct Columns<'a> {
    headers: &'a [String],
    options: &'a Options,
}

impl Columns<'_> {
    /// The first column of these names, in their order, unless the user leaves it alone.
    fn named(&self, field: Field, names: &[&str]) -> Option<(Field, usize)> {
        if let Some(wanted) = self.options.map.column(field) {
            let place = self.headers.iter().position(|header| header == wanted);
            return place.map(|index| (field, index));
        }
        names
            .iter()
            .find_map(|name| self.headers.iter().position(|header| normalised(header) == *name))
            .map(|index| (field, index))
    }

    fn canvas(&self) -> Vec<(Field, usize)> {
        [
            self.named(Field::Student, &["id", "sisid", "name"]),
            self.named(Field::CompletedAt, &["submitted"]),
            self.named(Field::Session, &["attempt"]),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn moodle(&self) -> Vec<(Field, usize)> {
        const STUDENT: &[&str] = &[
            "idnumber",
            "학번",
            "idnummer",
            "username",
            "사용자명",
            "anmeldename",
            "emailaddress",
            "이메일주소",
            "이메일",
            "emailadresse",
            "fullname",
            "이름",
            "name",
            "lastname",
            "surname",
        ];
        const COMPLETED: &[&str] = &[
            "completed",
            "completedon",
            "완료",
            "완료시간",
            "완료일시",
            "beendet",
            "abgeschlossen",
        ];
        [
            self.named(Field::Student, STUDENT),
            self.named(Field::CompletedAt, COMPLETED)
                .or_else(|| self.named(Field::CompletedAt, &MOODLE_STATES[3..])),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Canvas gives a question a column of answers, headed `ID: text`, and behind it one of points, headed by the
/// most there are.
fn canvas_items(headers: &[String]) -> Vec<Item> {
    let mut items = Vec::new();
    for (column, pair) in headers.windows(2).enumerate() {
        let Some(max) = scoring::number(pair[1].trim()).filter(|max| *max >= 0.0) else { continue };
        let id = pair[0].split_once(':').map_or(pair[0].as_str(), |(id, _)| id);
        let is_id = !id.trim().is_empty() && id.trim().bytes().all(|byte| byte.is_ascii_digit());
        let name = if is_id { id.trim() } else { pair[0].trim() };
        if name.is_empty() || scoring::number(name).is_some() && !is_id {
            continue;
        }
        let max = if max > 0.0 { max } else { 1.0 };
        items.push(Item {
            column: column + 1,
            name: name.to_owned(),
            scoring: Scoring::Points { max: Some(max) },
            key_column: None,
        });
    }
    items
}

/// Moodle's report of grades has `Q. 1 /1.00`; that of responses has `Response 1` and `Right answer 1`.
fn moodle_items(headers: &[String]) -> Vec<Item> {
    const RESPONSE: &[&str] = &["response", "응답", "답안", "antwort", "réponse", "respuesta"];
    const RIGHT: &[&str] = &[
        "rightanswer",
        "정답",
        "richtigeantwort",
        "bonneréponse",
        "réponsecorrecte",
        "respuestacorrecta",
    ];
    let graded: Vec<Item> =
        headers.iter().enumerate().filter_map(|(at, name)| graded(at, name)).collect();
    if !graded.is_empty() {
        return graded;
    }
    let right = |number: &str| {
        headers.iter().position(|header| numbered(header, RIGHT).as_deref() == Some(number))
    };
    let mut items = Vec::new();
    for (column, header) in headers.iter().enumerate() {
        let Some(number) = numbered(header, RESPONSE) else { continue };
        let Some(key_column) = right(&number) else { continue };
        items.push(Item {
            column,
            name: format!("Q{number}"),
            scoring: Scoring::Options,
            key_column: Some(key_column),
        });
    }
    items
}

/// `Q. 1 /1.00`: the points of the first question, of which there are at most one.
fn graded(column: usize, header: &str) -> Option<Item> {
    let (question, max) = header.split_once('/')?;
    let question = normalised(question);
    let at = question.find(|c: char| c.is_ascii_digit())?;
    let (word, number) = question.split_at(at);
    let is_question = matches!(word, "q" | "문제" | "문항" | "f" | "frage" | "question" | "p");
    let max = scoring::number(max.trim()).filter(|max| *max > 0.0)?;
    (is_question && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| Item {
        column,
        name: format!("Q{number}"),
        scoring: Scoring::Points { max: Some(max) },
        key_column: None,
    })
}

/// The number behind one of these words.
fn numbered(header: &str, words: &[&str]) -> Option<String> {
    let name = normalised(header);
    words.iter().find_map(|word| {
        let number = name.strip_prefix(word)?;
        (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
            .then(|| number.to_owned())
    })
}

/// The options that make the scored items of a PISA table the items of a wide one: names as `CM033Q01S`, and
/// codes for "no answer" that lie above the points.
pub(crate) fn pisa_options(headers: &[String], options: &Options) -> Options {
    let mut options = options.clone();
    if options.wide.items.is_empty() {
        options.wide.items = headers.iter().filter(|name| is_pisa_item(name)).cloned().collect();
    }
    for code in PISA_CODES {
        options.missing.add_code(*code);
    }
    options
}

/// Whether a name is that of a scored item: one to three letters, the number of the unit, `Q` and the number of
/// the question, and behind it `S` (scored), `C` (coded) or, before 2015, nothing or `T`.
fn is_pisa_item(name: &str) -> bool {
    let name = name.trim().to_ascii_uppercase();
    let Some(at) = name.find(|c: char| c.is_ascii_digit()) else { return false };
    let (letters, rest) = name.split_at(at);
    let Some((unit, question)) = rest.split_once('Q') else { return false };
    let digits = question.bytes().take_while(u8::is_ascii_digit).count();
    let (number, suffix) = question.split_at(digits);
    let is_name = (1..=3).contains(&letters.len())
        && letters.bytes().all(|byte| byte.is_ascii_uppercase())
        && (2..=4).contains(&unit.len())
        && unit.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=3).contains(&number.len());
    let is_scored = match letters.len() {
        1 => matches!(suffix, "" | "T"),
        _ => matches!(suffix, "S" | "C"),
    };
    is_name && is_scored
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(line: &str) -> Vec<String> {
        line.split(',').map(str::to_owned).collect()
    }

    fn named(items: &[Item]) -> Vec<(&str, usize)> {
        items.iter().map(|item| (item.name.as_str(), item.column)).collect()
    }

    #[test]
    fn canvas_pairs_answers_with_points() {
        let names =
            headers("name,id,submitted,101: Which?,1.0,102: Area,2,n correct,n incorrect,score");
        let items = canvas_items(&names);
        assert_eq!(named(&items), [("101", 4), ("102", 6)]);
        assert_eq!(items[1].scoring, Scoring::Points { max: Some(2.0) });
        assert!(fits(System::CanvasQuiz, &names));
    }

    #[test]
    fn moodle_numbers_questions_in_two_reports_and_several_languages() {
        let grades = headers(
            "Last name,First name,Email address,State,Started on,Completed,Grade/10.00,Q. 1 /1.00,Q. 2 /4.00",
        );
        assert_eq!(named(&moodle_items(&grades)), [("Q1", 7), ("Q2", 8)]);
        assert!(fits(System::MoodleQuiz, &grades));
        let korean =
            headers("성,이름,학번,상태,시작,완료,소요 시간,성적/10.00,응답 1,정답 1,응답 2,정답 2");
        let items = moodle_items(&korean);
        assert_eq!(named(&items), [("Q1", 8), ("Q2", 10)]);
        assert_eq!(items[1].key_column, Some(11));
        assert!(fits(System::MoodleQuiz, &korean));
    }

    #[test]
    fn scored_items_of_pisa_are_told_from_times_and_raw_responses() {
        for name in ["CM033Q01S", "DM155Q02C", "M033Q01", "M155Q02T", "cr545q02s"] {
            assert!(is_pisa_item(name), "{name}");
        }
        for name in ["CNTSTUID", "CM033Q01TT", "CM033Q01R", "M155Q02D", "ST004D01T", "Q1", "CM033"]
        {
            assert!(!is_pisa_item(name), "{name}");
        }
    }
}
