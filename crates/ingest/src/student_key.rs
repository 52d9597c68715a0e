//! Which columns together say who a student is.
//!
//! A number on a class list is that of a student of every class, and a name may be that of two. Where other
//! columns of the table tell them apart, those columns are part of the id; where nothing does, the user is asked.

use std::collections::HashMap;
use std::path::Path;

use crate::column_map::find_column;
use crate::error::{Error, SharedId};
use crate::field::{Field, normalised};
use crate::glob::fits;
use crate::grid::Sample;
use crate::options::Options;

/// Columns whose values together are the id of a student.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StudentKey {
    /// The columns, in the order of the id; none where rows are numbered.
    pub(crate) parts: Vec<usize>,
    /// Columns of which a student has one value.
    pub(crate) beside: Vec<usize>,
    /// Whether a second row of an id is another student's.
    pub(crate) once: bool,
    /// What should be said of it.
    pub(crate) note: Option<String>,
}

/// What a column says of a student, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
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

fn part_of(header: &str) -> Option<Part> {
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

/// Whether a column of this name holds names of people, or a part of them.
pub(crate) fn names_people(header: &str) -> bool {
    matches!(part_of(header), Some(Part::FullName | Part::GivenName | Part::FamilyName))
}

/// Whether a column of this name says who a student is, beside the ids.
pub(crate) fn names_student(header: &str) -> bool {
    part_of(header).is_some() || matches!(Field::from_alias(header), Some((Field::Student, _)))
}

/// A table whose students are looked for.
pub(crate) struct Who<'a> {
    pub(crate) path: &'a Path,
    pub(crate) headers: &'a [String],
    pub(crate) sample: &'a Sample,
    pub(crate) options: &'a Options,
    /// Whether a row is all of a student's answers.
    pub(crate) is_wide: bool,
    /// Columns that say something else.
    pub(crate) taken: &'a [usize],
}

/// Two rows of one id that are not one student's, as far as can be told.
struct Conflict {
    rows: (usize, usize),
    /// The column in which they differ.
    column: Option<usize>,
}

impl Who<'_> {
    /// The columns of the student; `found`: the one that its name speaks for.
    ///
    /// # Errors
    /// [`Error::SharedId`] where two students seem to have one id, and nothing says for certain who is who.
    pub(crate) fn key(&self, found: Option<usize>) -> Result<StudentKey, Error> {
        if self.options.id.len() > 1 {
            return self.given();
        }
        let mut parts = self.parts();
        let is_given = self.options.map.column(Field::Student).is_some();
        let found = match found {
            Some(found) if !is_given && self.holds_names(found) => {
                self.id_beside(found).or_else(|| {
                    parts.names.insert(0, vec![found]);
                    Some(found)
                })
            }
            found => found,
        };
        let Some(found) = found.or_else(|| parts.first_name()) else {
            return Ok(StudentKey::default());
        };
        let alone = StudentKey { parts: vec![found], ..StudentKey::default() };
        let is_strong = part_of(&self.headers[found]).is_none() && !parts.is_name(found);
        let beside = if is_strong { self.beside_id(&parts) } else { parts.beside(&[found]) };
        let conflict = self.conflict(&[found], &beside, false);
        if is_given {
            let note = conflict.map(|conflict| self.said(&conflict, found));
            return Ok(StudentKey { note, ..alone });
        }
        if is_strong {
            return match conflict {
                Some(conflict) if self.is_wide => Err(self.shared(&conflict, found)),
                _ => Ok(StudentKey { beside: self.for_watch(beside), ..alone }),
            };
        }
        self.weak(found, &parts)
    }

    /// Whether a column that is called as one of ids holds names of people: words of letters, two of them or more, or
    /// in Hangul.
    fn holds_names(&self, index: usize) -> bool {
        const MOST_LOOKED_AT: usize = 200;
        if part_of(&self.headers[index]).is_some() {
            return false;
        }
        let missing = &self.options.missing;
        let cells = self.sample.column(index).cells().filter(|cell| !missing.is_word(cell));
        let (mut names, mut others) = (0, 0);
        for cell in cells.take(MOST_LOOKED_AT) {
            if is_personal_name(cell) { names += 1 } else { others += 1 }
        }
        names > 0 && names >= 9 * others
    }

    /// The best column of ids beside one that holds names.
    fn id_beside(&self, names: usize) -> Option<usize> {
        let ranked = self.headers.iter().enumerate().filter_map(|(index, header)| {
            let (field, rank) = Field::from_alias(header)?;
            let is_id = field == Field::Student
                && index != names
                && !self.taken.contains(&index)
                && part_of(header).is_none()
                && self.is_filled(index)
                && !self.holds_names(index);
            is_id.then_some((rank, index))
        });
        ranked.min().map(|(_, index)| index)
    }

    /// The columns that the user names.
    fn given(&self) -> Result<StudentKey, Error> {
        let place = |wanted: &String| match find_column(self.headers, wanted) {
            crate::column_map::Search::Found(index) => Ok(index),
            _ => Err(Error::UnknownColumn {
                path: self.path.to_owned(),
                column: wanted.clone(),
                headers: self.headers.to_vec(),
            }),
        };
        let parts = self.options.id.iter().map(place).collect::<Result<_, _>>()?;
        Ok(StudentKey { parts, ..StudentKey::default() })
    }

    /// A key for students that have no id of their own: the first of the columns, and of their combinations, under
    /// which no two students are one.
    fn weak(&self, found: usize, parts: &Parts) -> Result<StudentKey, Error> {
        let candidates = parts.candidates(found);
        let fits = |key: &&Vec<usize>| {
            let beside = parts.beside(key);
            self.conflict(key, &beside, self.is_wide).is_none()
        };
        let alone = self.conflict(&[found], &parts.beside(&[found]), self.is_wide);
        let chosen = match candidates.iter().find(fits) {
            Some(key) => key.clone(),
            // Rows that agree in class, number and name are one student's.
            None if parts.tell_all() && self.conflict(&parts.all(), &[], false).is_none() => {
                parts.all()
            }
            None if self.is_wide => {
                let conflict = alone.unwrap_or(Conflict { rows: (0, 0), column: None });
                return Err(self.shared(&conflict, found));
            }
            None => parts.all(),
        };
        let note = match alone {
            Some(conflict) if chosen.as_slice() != [found] => Some(self.said(&conflict, found)),
            _ => None,
        };
        let beside = self.for_watch(parts.beside(&chosen));
        let once = self.is_wide && chosen != parts.all();
        Ok(StudentKey { parts: chosen, beside, once, note })
    }

    /// What stands beside a key is looked at in a table with one student a row; in a log it may change.
    fn for_watch(&self, beside: Vec<usize>) -> Vec<usize> {
        if self.is_wide { beside } else { Vec::new() }
    }

    fn parts(&self) -> Parts {
        let mut parts = Parts::default();
        for (index, header) in self.headers.iter().enumerate() {
            let is_ignored = self.options.ignored.iter().any(|ignored| fits(ignored, header));
            if is_ignored || self.taken.contains(&index) {
                continue;
            }
            match part_of(header) {
                Some(Part::Group) => parts.groups.push(index),
                Some(Part::Number) => parts.numbers.push(index),
                Some(Part::Serial) => parts.serials.push(index),
                Some(Part::FullName) => parts.names.push(vec![index]),
                Some(Part::GivenName) => parts.given = Some(index),
                Some(Part::FamilyName) => parts.family = Some(index),
                None => {}
            }
        }
        parts.groups.retain(|index| self.is_filled(*index));
        // In a log a number that no other row has is that of the row.
        parts
            .numbers
            .retain(|index| self.is_filled(*index) && (self.is_wide || self.is_repeated(*index)));
        match (parts.family, parts.given) {
            (Some(family), Some(given)) => parts.names.push(vec![family, given]),
            // A family name alone is none.
            (None, Some(given)) => parts.names.push(vec![given]),
            _ => {}
        }
        parts
    }

    /// Whether nearly every row has something in the column.
    fn is_filled(&self, index: usize) -> bool {
        let cells = self.sample.column(index).cells();
        let filled = cells.filter(|cell| !self.options.missing.is_word(cell)).count();
        filled * 10 >= self.sample.n_rows() * 9
    }

    fn is_repeated(&self, index: usize) -> bool {
        let mut cells: Vec<&str> = self.sample.column(index).cells().collect();
        let n = cells.len();
        cells.sort_unstable();
        cells.dedup();
        cells.len() < n
    }

    /// Columns of which a student with an id has one value: the grade changes over the years, and a number may be that
    /// of the row.
    fn beside_id(&self, parts: &Parts) -> Vec<usize> {
        let is_grade =
            |index: &usize| matches!(normalised(&self.headers[*index]).as_str(), "학년" | "grade");
        let groups = parts.groups.iter().filter(|index| !is_grade(index));
        groups.chain(parts.names.iter().flatten()).copied().collect()
    }

    /// The first two rows of one key that differ beside it; with `once` any two of one key.
    fn conflict(&self, key: &[usize], beside: &[usize], once: bool) -> Option<Conflict> {
        let missing = &self.options.missing;
        let cell = |row: usize, index: usize| self.sample.column(index).cell(row);
        let mut seen: HashMap<Vec<&str>, usize> = HashMap::new();
        for row in 0..self.sample.n_rows() {
            let own: Vec<&str> = key.iter().map(|&index| cell(row, index)).collect();
            if own.iter().any(|part| missing.is_word(part)) {
                continue;
            }
            let first = *seen.entry(own).or_insert(row);
            if first == row {
                continue;
            }
            let differs = |index: &&usize| {
                let (one, other) = (cell(first, **index), cell(row, **index));
                one != other && !missing.is_word(one) && !missing.is_word(other)
            };
            let column = beside.iter().find(differs).copied();
            if column.is_some() || once {
                return Some(Conflict { rows: (first, row), column });
            }
        }
        None
    }

    fn said(&self, conflict: &Conflict, found: usize) -> String {
        let name = &self.headers[found];
        let value = self.sample.column(found).cell(conflict.rows.0);
        let (one, other) = self.lines(conflict);
        let differ = conflict
            .column
            .map_or(String::new(), |column| format!(", which differ in {}", self.headers[column]));
        format!(
            "{name} alone does not tell students apart: {value:?} on lines {one} and {other}{differ}"
        )
    }

    fn lines(&self, conflict: &Conflict) -> (u64, u64) {
        (self.sample.line(conflict.rows.0), self.sample.line(conflict.rows.1))
    }

    fn shared(&self, conflict: &Conflict, found: usize) -> Error {
        let lines = self.lines(conflict);
        Error::SharedId {
            path: self.path.to_owned(),
            shared: Box::new(SharedId {
                column: self.headers[found].clone(),
                value: self.sample.column(found).cell(conflict.rows.0).to_owned(),
                lines,
                differs: conflict.column.map(|column| self.headers[column].clone()),
            }),
        }
    }
}

/// Columns that say something of a student.
#[derive(Debug, Default)]
struct Parts {
    groups: Vec<usize>,
    numbers: Vec<usize>,
    serials: Vec<usize>,
    /// Columns of a whole name each.
    names: Vec<Vec<usize>>,
    given: Option<usize>,
    family: Option<usize>,
}

/// Whether a text may be the name of a person.
fn is_personal_name(text: &str) -> bool {
    let is_hangul = |c: char| matches!(c, '\u{ac00}'..='\u{d7a3}');
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let is_plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | ',' | '.' | '-' | '\'' | '’');
    let has_parts = text.trim().contains([' ', ',']);
    text.chars().all(is_plain)
        && letters > 1
        && (has_parts || ((2..=5).contains(&letters) && text.chars().all(is_hangul)))
}

impl Parts {
    /// Whether a column is a whole name.
    fn is_name(&self, index: usize) -> bool {
        self.names.iter().any(|name| name.as_slice() == [index])
    }

    /// Columns of which a student of this key has one value.
    fn beside(&self, key: &[usize]) -> Vec<usize> {
        let names = self.names.iter().flatten();
        let all = self.groups.iter().chain(&self.numbers).chain(names);
        all.copied().filter(|index| !key.contains(index)).collect()
    }

    fn first_name(&self) -> Option<usize> {
        self.names.first().and_then(|name| name.first()).copied()
    }

    /// Keys, the best first. A number in a class goes with its class, in every file, so that those of two files are
    /// not one student.
    fn candidates(&self, found: usize) -> Vec<Vec<usize>> {
        let with = |one: &[usize], other: &[usize]| [one, other].concat();
        let mut keys: Vec<Vec<usize>> = Vec::new();
        let numbers: Vec<Vec<usize>> = self.numbers.iter().map(|index| vec![*index]).collect();
        if !self.groups.is_empty() {
            keys.extend(numbers.iter().map(|number| with(&self.groups, number)));
        }
        let is_own = |key: &&Vec<usize>| key.contains(&found);
        keys.extend(self.names.iter().filter(is_own).cloned());
        keys.extend(numbers.iter().filter(is_own).cloned());
        keys.extend(self.names.iter().chain(&numbers).cloned());
        for name in &self.names {
            if !self.groups.is_empty() {
                keys.push(with(&self.groups, name));
            }
            keys.extend(numbers.iter().map(|number| with(number, name)));
            keys.extend(self.serials.iter().map(|serial| with(&[*serial], name)));
        }
        keys.extend(self.serials.iter().map(|serial| vec![*serial]));
        if keys.iter().all(|key| key.as_slice() != [found]) {
            keys.push(vec![found]);
        }
        keys
    }

    /// Whether there is a number and a name, which together are nobody else's of a class.
    fn tell_all(&self) -> bool {
        !self.numbers.is_empty() && !self.names.is_empty()
    }

    fn all(&self) -> Vec<usize> {
        let names = self.names.first().into_iter().flatten();
        let numbers = self.numbers.first().into_iter();
        self.groups.iter().chain(numbers).chain(names).copied().collect()
    }
}

/// Appends the parts of an id: between `-` where none of them holds a mark, else between `_`, so that two students
/// never have one id.
pub(crate) fn join(parts: &[String], id: &mut String) {
    let is_plain = !parts.iter().any(|part| part.contains(['-', '_', '~']));
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            id.push(if is_plain { '-' } else { '_' });
        }
        if is_plain {
            id.push_str(part);
            continue;
        }
        for c in part.chars() {
            if matches!(c, '_' | '~') {
                id.push('~');
            }
            id.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn key(header: &str, rows: &[&str], is_wide: bool) -> Result<Vec<String>, String> {
        let headers: Vec<String> = header.split(',').map(str::to_owned).collect();
        let mut sample = Sample::new(headers.len());
        for (at, row) in rows.iter().enumerate() {
            sample.start_row(at as u64 + 2);
            row.split(',')
                .enumerate()
                .for_each(|(index, cell)| sample.column_mut(index).push(cell));
        }
        let options = Options::default();
        let who = Who {
            path: Path::new("t.csv"),
            headers: &headers,
            sample: &sample,
            options: &options,
            is_wide,
            taken: &[],
        };
        let rank = |header: &String| match Field::from_alias(header) {
            Some((Field::Student, rank)) => Some(rank),
            _ => None,
        };
        let found = (0..headers.len()).filter_map(|at| Some((rank(&headers[at])?, at))).min();
        let key = who.key(found.map(|(_, at)| at)).map_err(|error| error.to_string())?;
        Ok(key.parts.iter().map(|at| headers[*at].clone()).collect())
    }

    #[test]
    fn students_of_two_classes_are_two() {
        let rows = ["1,1,김민준", "1,2,이서연", "2,1,박지훈", "2,2,김민준"];
        for is_wide in [true, false] {
            assert_eq!(key("반,번호,이름", &rows, is_wide).unwrap(), ["반", "번호"]);
            let without_name: Vec<&str> = rows.iter().map(|row| &row[..3]).collect();
            assert_eq!(key("반,번호", &without_name, is_wide).unwrap(), ["반", "번호"]);
            let of_class: Vec<&str> = rows.iter().map(|row| &row[2..]).collect();
            assert_eq!(key("x,이름", &of_class, false).unwrap(), ["이름"]);
        }
    }

    #[test]
    fn namesakes_are_told_apart_or_asked_for() {
        assert_eq!(key("번호,이름", &["1,A", "2,A", "3,B"], true).unwrap(), ["번호"]);
        assert_eq!(key("번호,이름", &["1,A", "2,C", "3,B"], true).unwrap(), ["이름"]);
        assert_eq!(key("반,이름", &["1,A", "2,A", "2,B"], true).unwrap(), ["반", "이름"]);
        let said = key("이름,q1", &["A,1", "B,0", "A,0"], true).unwrap_err();
        assert!(said.contains("lines 2 and 4 are both 이름 \"A\""), "{said}");
        let names = ["Kim,Min", "Kim,Seo", "Lee,Min"];
        assert_eq!(key("Last name,First name", &names, true).unwrap(), ["Last name", "First name"]);
    }

    #[test]
    fn an_id_of_its_own_counts_and_is_not_guessed_at() {
        assert_eq!(key("학번,반,번호", &["11,1,1", "12,1,2"], true).unwrap(), ["학번"]);
        let said = key("학번,반", &["1,1", "2,1", "1,2"], true).unwrap_err();
        assert!(said.contains("but differ in 반"), "{said}");
        // In a log a student may change the class, and in a table be tested twice.
        assert_eq!(key("학번,반", &["1,1", "2,1", "1,2"], false).unwrap(), ["학번"]);
        assert_eq!(key("학번,q1", &["1,1", "2,1", "1,0"], true).unwrap(), ["학번"]);
    }

    #[test]
    fn names_in_a_column_of_ids_are_names() {
        let rows = ["\u{ac00}\u{b098},7", "\u{b2e4}\u{b77c},8", "\u{ac00}\u{b098},9"];
        assert_eq!(key("학생,id", &rows, true).unwrap(), ["id"]);
        assert_eq!(key("학생,번호", &rows, true).unwrap(), ["번호"]);
        let said = key("Student,q1", &["Kim Min,1", "Lee Seo,0", "Kim Min,0"], true).unwrap_err();
        assert!(said.contains("lines 2 and 4 are both Student"), "{said}");
        assert_eq!(key("Student,q1", &["s1,1", "s2,0", "s1,0"], true).unwrap(), ["Student"]);
        for text in ["Kim, Amy", "O’Neil Jo", "김민준", "Jean-Luc P."] {
            assert!(is_personal_name(text), "{text}");
        }
        for text in ["amy", "s1", "a1b2", "", "anon_7", "김", "user x1"] {
            assert!(!is_personal_name(text), "{text}");
        }
    }

    #[test]
    fn a_number_of_the_row_is_nobody() {
        let rows = ["1,A", "2,B", "3,A", "4,B"];
        assert_eq!(key("No,이름", &rows, false).unwrap(), ["이름"]);
        assert_eq!(key("No,학번", &["1,7", "2,8", "3,7"], true).unwrap(), ["학번"]);
        assert_eq!(key("학년,학번", &["1,7", "1,8", "2,7"], true).unwrap(), ["학번"]);
    }

    #[test]
    fn a_student_who_is_written_twice_is_one() {
        let rows = ["1,1,A", "1,2,B", "1,1,A"];
        assert_eq!(key("반,번호,이름", &rows, true).unwrap(), ["반", "번호", "이름"]);
    }

    proptest! {
        #[test]
        fn two_lists_of_parts_are_two_ids(lists in prop::collection::vec(prop::collection::vec("[a1~_-]{0,3}", 2..4), 2..40)) {
            let mut known: HashMap<String, Vec<String>> = HashMap::new();
            for list in lists.into_iter().filter(|list| list.len() == 2) {
                let mut id = String::new();
                join(&list, &mut id);
                if let Some(before) = known.insert(id, list.clone()) {
                    prop_assert_eq!(before, list);
                }
            }
        }
    }
}
