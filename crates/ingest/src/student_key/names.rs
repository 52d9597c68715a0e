//! What the name of a column says of a student, and what names of people look like.

use crate::field::{Field, normalised};

/// What a column says of a student, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// School, grade or class.
    Group,
    /// A number in a class.
    Number,
    /// The number of the row.
    Serial,
    FullName,
    GivenName,
    FamilyName,
}

const GROUPS: &[&str] = &[
    "반",
    "반명",
    "학급",
    "학급명",
    "분반",
    "학년",
    "학교",
    "학교명",
    "class",
    "classroom",
    "classname",
    "homeroom",
    "section",
    "school",
    "schoolname",
    "grade",
    "klasse",
    "schule",
    "sheet",
];
const NUMBERS: &[&str] =
    &["번호", "출석번호", "no", "number", "nr", "nummer", "rollno", "rollnumber", "seat", "seatno"];
const SERIALS: &[&str] = &["순번", "연번", "serial", "serialno"];
const FULL_NAMES: &[&str] =
    &["이름", "성명", "학생명", "학생이름", "name", "studentname", "fullname", "learnername"];
const GIVEN_NAMES: &[&str] = &["firstname", "givenname", "forename", "vorname"];
const FAMILY_NAMES: &[&str] = &["lastname", "surname", "familyname", "nachname", "성"];

pub(super) fn part_of(header: &str) -> Option<Part> {
    let name = normalised(header);
    let is = |names: &[&str]| names.contains(&name.as_str());
    [
        (GROUPS, Part::Group),
        (NUMBERS, Part::Number),
        (SERIALS, Part::Serial),
        (FULL_NAMES, Part::FullName),
        (GIVEN_NAMES, Part::GivenName),
        (FAMILY_NAMES, Part::FamilyName),
    ]
    .into_iter()
    .find_map(|(names, part)| is(names).then_some(part))
}

/// Whether a column of this name holds schools, grades or classes.
pub(crate) fn names_group(header: &str) -> bool {
    part_of(header) == Some(Part::Group)
}

/// Where a column of schools, grades or classes stands in an id: the school before the grade, the grade before the class,
/// so that the columns of two files need not be in one order.
pub(crate) fn group_level(header: &str) -> u8 {
    match normalised(header).as_str() {
        "학교" | "학교명" | "school" | "schoolname" | "schule" => 0,
        "학년" | "grade" => 1,
        _ => 2,
    }
}

/// Whether a column of this name holds the numbers of a class list.
pub(crate) fn names_number(header: &str) -> bool {
    part_of(header) == Some(Part::Number)
}

/// Whether a column of this name holds names of people, or a part of them.
pub(crate) fn names_people(header: &str) -> bool {
    matches!(part_of(header), Some(Part::FullName | Part::GivenName | Part::FamilyName))
}

/// Whether a column of this name says who a student is, beside the ids: a school, a class, a number, a name.
pub fn names_student(header: &str) -> bool {
    part_of(header).is_some() || matches!(Field::from_alias(header), Some((Field::Student, _)))
}

/// Whether a column of this name may hold ids of its rows, as `studyid`, `Case ID` or `관리번호`.
pub(crate) fn names_some_id(header: &str) -> bool {
    const ENDS: &[&str] = &["id", "code", "nummer", "number", "번호", "코드"];
    let name = normalised(header);
    ENDS.iter().any(|end| name.len() > end.len() && name.ends_with(end))
}

/// Whether a text may be the name of a person.
pub(super) fn is_personal_name(text: &str) -> bool {
    let is_hangul = |c: char| matches!(c, '\u{ac00}'..='\u{d7a3}');
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let is_plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | ',' | '.' | '-' | '\'' | '’');
    let has_parts = text.trim().contains([' ', ',']);
    text.chars().all(is_plain)
        && letters > 1
        && (has_parts || ((2..=5).contains(&letters) && text.chars().all(is_hangul)))
}

#[cfg(test)]
mod tests {
    use super::{is_personal_name, names_some_id};

    #[test]
    fn names_of_ids_are_told() {
        for name in ["studyid", "Case ID", "participant_code", "관리번호", "Teilnehmernummer"] {
            assert!(names_some_id(name), "{name}");
        }
        for name in ["id", "q1", "gender", "identity", "총점"] {
            assert!(!names_some_id(name), "{name}");
        }
    }

    #[test]
    fn names_of_people_are_words() {
        for text in ["Kim, Amy", "O’Neil Jo", "김민준", "Jean-Luc P."] {
            assert!(is_personal_name(text), "{text}");
        }
        for text in ["amy", "s1", "a1b2", "", "anon_7", "김", "user x1"] {
            assert!(!is_personal_name(text), "{text}");
        }
    }
}
