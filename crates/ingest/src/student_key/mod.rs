//! Which columns together say who a student is.
//!
//! A number on a class list is that of a student of every class, and a name may be that of two. Where other
//! columns of the table tell them apart, those columns are part of the id; where nothing does, the user is asked.

mod conflict;
mod fill_down;
mod id;
mod names;
mod of_table;
mod parts;
mod sheets;

use std::path::Path;

use crate::column_map::{Search, find_column};
use crate::error::Error;
use crate::field::{Field, normalised};
use crate::glob::fits;
use crate::grid::Sample;
use crate::options::Options;
use conflict::{Conflict, Rows};
pub(crate) use fill_down::{FillDown, columns_to_fill};
pub use id::class_form;
pub(crate) use id::{Form, join};
pub use names::names_student;
use names::{Part, is_personal_name, part_of};
pub(crate) use names::{group_level, names_group, names_number, names_people, names_some_id};
pub use of_table::{StudentsAsked, TableStudents, students_of_table};
use parts::Parts;

/// Columns whose values together are the id of a student.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StudentKey {
    /// The columns, in the order of the id; none where rows are numbered.
    pub(crate) parts: Vec<usize>,
    /// Columns of which a student has one value.
    pub(crate) beside: Vec<usize>,
    /// Whether a second row of an id is another student's.
    pub(crate) once: bool,
    /// Whether the same students are on several sheets of a table with one student a row, so that each has items of
    /// its own.
    pub(crate) of_sheets: bool,
    /// What should be said of it.
    pub(crate) note: Option<String>,
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
    /// The columns of the answers of a table with one answer a row.
    pub(crate) answers: Option<AnswerColumns>,
}

/// The columns of answers beside that of the student.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AnswerColumns {
    pub(crate) item: usize,
    /// What the answer was.
    pub(crate) outcome: usize,
    /// When and in which sitting it was given.
    pub(crate) occasion: Vec<usize>,
}

impl Who<'_> {
    /// The columns of the student; `found`: the one that its name speaks for.
    ///
    /// # Errors
    /// [`Error::SharedId`] where two students seem to have one id, and nothing says for certain who is who.
    pub(crate) fn key(&self, found: Option<usize>) -> Result<StudentKey, Error> {
        let key = self.key_of(found)?;
        let note = match (key.note, self.sheets_note(&key.parts)) {
            (Some(note), Some(more)) => Some(format!("{note}; {more}")),
            (note, more) => note.or(more),
        };
        let of_sheets = self.is_wide && self.repeat_on_sheets(&key.parts);
        Ok(StudentKey { note, of_sheets, once: key.once && !of_sheets, ..key })
    }

    fn key_of(&self, found: Option<usize>) -> Result<StudentKey, Error> {
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
        let id = (is_strong || is_given).then_some(found);
        if self.sheets_are_occasions(id, &parts) {
            parts = parts.of_students_of_all_sheets(self.sheet_column());
        }
        let beside = if is_strong { self.beside_id(&parts) } else { parts.beside(&[found]) };
        let conflict = self.conflict(&[found], &beside, Rows::Any);
        if is_given {
            let note = conflict.map(|conflict| self.said(&conflict, &[found], &[found]));
            return Ok(StudentKey { note, ..alone });
        }
        if is_strong {
            let without = self.sheets_without(found);
            if !without.is_empty() {
                return self.of_every_sheet(found, without, parts);
            }
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
            Search::Found(index) => Ok(index),
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
        let alone = self.conflict_of(&[found], parts);
        let mut passed_over = None;
        let mut chosen = None;
        for key in &candidates {
            match self.conflict_of(key, parts) {
                None => {
                    chosen = Some(key.clone());
                    break;
                }
                Some(conflict) => {
                    passed_over.get_or_insert_with(|| (key.clone(), conflict));
                }
            }
        }
        let all = parts.all();
        let chosen = match chosen {
            Some(key) => key,
            // Rows that agree in class, number and name are one student's.
            None if parts.tell_all() && self.conflict(&all, &[], Rows::Any).is_none() => {
                all.clone()
            }
            None if self.is_wide || parts.groups.is_empty() => {
                let conflict = alone.unwrap_or_default();
                return Err(self.shared(&conflict, found));
            }
            None => all.clone(),
        };
        let said = match (passed_over, alone) {
            (Some((key, conflict)), _) if key != chosen => {
                Some(self.said(&conflict, &key, &chosen))
            }
            (_, Some(conflict)) if chosen.as_slice() != [found] => {
                Some(self.said(&conflict, &[found], &chosen))
            }
            _ => self.number_alone(&chosen, parts),
        };
        let beside = self.for_watch(parts.beside(&chosen));
        let once = self.is_wide && chosen != all;
        Ok(StudentKey { parts: chosen, beside, once, note: said, ..StudentKey::default() })
    }

    /// What to say of students who are told apart by their number and nothing else.
    fn number_alone(&self, key: &[usize], parts: &Parts) -> Option<String> {
        let [number] = key else { return None };
        let is_alone = parts.numbers.contains(number) && parts.groups.is_empty();
        is_alone.then(|| {
            let name = &self.headers[*number];
            format!(
                "{name} alone says who a student is: the same numbers of another class are other students, which a \
                 column of the class tells"
            )
        })
    }

    /// Two rows of a key that are not one student's. A number or a name with neither a class nor anything else beside it
    /// may be that of two students, who then answer an item differently on the same day.
    fn conflict_of(&self, key: &[usize], parts: &Parts) -> Option<Conflict> {
        let beside = parts.beside(key);
        let has_group = key.iter().any(|index| parts.groups.contains(index));
        let is_bare = beside.is_empty() && !has_group;
        let rows = match (self.is_wide, parts.of_all_sheets) {
            (false, _) => Rows::Any,
            (true, false) => Rows::One,
            (true, true) => Rows::OneASheet,
        };
        let conflict = self.conflict(key, &beside, rows);
        conflict.or_else(|| if is_bare { self.answered_twice(key) } else { None })
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
                // In a log it is that of the row.
                Some(Part::Serial) if !self.is_wide => {}
                Some(Part::Serial) => parts.serials.push(index),
                Some(Part::FullName) => parts.names.push(vec![index]),
                Some(Part::GivenName) => parts.given = Some(index),
                Some(Part::FamilyName) => parts.family = Some(index),
                None => {}
            }
        }
        // A row without its class is nobody; a class that few rows have tells nothing.
        parts.groups.retain(|index| self.filled(*index) * 2 >= self.sample.n_rows());
        parts.groups.sort_by_key(|index| group_level(&self.headers[*index]));
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
        self.filled(index) * 10 >= self.sample.n_rows() * 9
    }

    /// Rows with something in the column.
    fn filled(&self, index: usize) -> usize {
        let cells = self.sample.column(index).cells();
        cells.filter(|cell| !self.options.missing.is_word(cell)).count()
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(headers: &[String]) -> Option<AnswerColumns> {
        let at = |name: &str| headers.iter().position(|header| header == name);
        let occasion = at("일시").into_iter().collect();
        Some(AnswerColumns { item: at("문항")?, outcome: at("정오")?, occasion })
    }

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
            answers: answers(&headers),
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
    fn the_order_of_columns_makes_no_other_id() {
        let whole = ["학교", "학년", "반", "번호"];
        assert_eq!(key("학교,학년,반,번호", &["가,2,1,1", "가,2,2,1"], true).unwrap(), whole);
        assert_eq!(key("번호,반,학년,학교", &["1,1,2,가", "1,2,2,가"], true).unwrap(), whole);
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

    #[test]
    fn a_number_or_a_name_alone_is_not_two_students() {
        let two = ["1,a,O", "2,a,X", "1,a,X", "2,a,X"];
        for header in ["번호,문항,정오", "이름,문항,정오"] {
            let said = key(header, &two, false).unwrap_err();
            assert!(said.contains("lines 2 and 4 are both"), "{said}");
            assert!(said.contains("and answer a differently"), "{said}");
        }
        // Rows that agree, and another day, tell of one student.
        assert_eq!(key("번호,문항,정오", &["1,a,O", "1,b,X", "1,a,O"], false).unwrap(), ["번호"]);
        let days = ["1,a,X,2025-03-03 09:00", "1,a,O,2025-03-04 09:00"];
        assert_eq!(key("번호,문항,정오,일시", &days, false).unwrap(), ["번호"]);
        let hours = ["1,a,X,2025-03-03 09:00", "1,a,O,2025-03-03 10:00"];
        assert!(key("번호,문항,정오,일시", &hours, false).is_err());
        // A name beside the number says that it is the same student who tries again.
        let retry = ["1,A,a,X", "2,B,a,O", "1,A,a,O"];
        assert_eq!(key("번호,이름,문항,정오", &retry, false).unwrap(), ["이름"]);
        // An id of its own counts.
        assert_eq!(key("학번,문항,정오", &two, false).unwrap(), ["학번"]);
        assert!(key("순번,이름,문항,정오", &["1,A,a,X", "2,A,a,O"], false).is_err());
    }

    #[test]
    fn classes_in_two_spellings_are_one() {
        let rows = ["1반,1,A", "1,01,B", "2,1,C"];
        let said = key("반,번호,이름", &rows, true).unwrap();
        assert_eq!(said, ["이름"], "1반 1 and 1 01 would be one student");
    }
}
