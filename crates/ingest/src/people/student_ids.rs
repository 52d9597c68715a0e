//! The ids of students of a roster or a table of recipients.

use std::borrow::Cow;
use std::collections::HashSet;

use super::error::PeopleError;
use super::sheet::{Sheet, SheetRow};
use crate::student_key::{Form, group_level, join, names_group, names_number};

/// Where the id of a student stands.
pub(super) enum IdColumns {
    /// In a column of its own.
    One(usize),
    /// In those of the class and the number.
    Joined(Vec<usize>),
}

impl IdColumns {
    /// The columns of a table. A class list may name the school and the grade though the answers do not: of the ways to
    /// put class and number together, the one under which most students are known is taken.
    pub(super) fn of(sheet: &Sheet, is_known: &dyn Fn(&str) -> bool) -> Result<Self, PeopleError> {
        const NAMES: &[&str] =
            &["student_id", "user_id", "student", "id", "학번", "학생id", "학생", "학생번호"];
        let groups = sheet.columns(names_group);
        match (sheet.column(NAMES), sheet.columns(names_number).first()) {
            (Some(column), _) => Ok(Self::One(column)),
            (None, Some(number)) if !groups.is_empty() => {
                Ok(Self::best(sheet, groups, *number, is_known))
            }
            _ => Ok(Self::One(sheet.needed(NAMES)?)),
        }
    }

    fn best(
        sheet: &Sheet,
        mut groups: Vec<usize>,
        number: usize,
        is_known: &dyn Fn(&str) -> bool,
    ) -> Self {
        groups.sort_by_key(|column| group_level(sheet.header(*column)));
        let mut levels: Vec<u8> =
            groups.iter().map(|column| group_level(sheet.header(*column))).collect();
        levels.dedup();
        let n_known = |ids: &HashSet<String>| ids.iter().filter(|id| is_known(id)).count();
        let mut best = Self::Joined(groups.iter().copied().chain([number]).collect());
        let whole = best.ids(sheet);
        let mut most = n_known(&whole);
        for &outermost in levels.iter().skip(1) {
            let inner = groups.iter().copied();
            let inner = inner.filter(|column| group_level(sheet.header(*column)) >= outermost);
            let fewer = Self::Joined(inner.chain([number]).collect());
            let ids = fewer.ids(sheet);
            // Where two students would be one, the column is part of the id.
            if ids.len() == whole.len() && n_known(&ids) > most {
                most = n_known(&ids);
                best = fewer;
            }
        }
        best
    }

    /// The ids of all rows that have one.
    fn ids(&self, sheet: &Sheet) -> HashSet<String> {
        let ids = sheet.rows().filter_map(|row| self.id(row, sheet).ok());
        ids.map(Cow::into_owned).collect()
    }

    pub(super) fn columns(&self) -> &[usize] {
        match self {
            Self::One(column) => std::slice::from_ref(column),
            Self::Joined(columns) => columns,
        }
    }

    /// The column that a message names.
    pub(super) fn named(&self) -> usize {
        self.columns().last().copied().unwrap_or(0)
    }

    /// The id of a row, as the answers of a table with these columns have it.
    pub(super) fn id<'s>(
        &self,
        row: SheetRow<'s>,
        sheet: &Sheet,
    ) -> Result<Cow<'s, str>, PeopleError> {
        let columns = match self {
            Self::One(column) => return row.needed(*column).map(Cow::Borrowed),
            Self::Joined(columns) => columns,
        };
        let mut parts = Vec::with_capacity(columns.len());
        for &column in columns {
            Form::of(sheet.header(column)).put(row.needed(column)?, &mut parts);
        }
        let mut id = String::new();
        join(&parts, &mut id);
        Ok(Cow::Owned(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str, known: &[&str]) -> Vec<String> {
        let sheet = Sheet::parse("roster.csv".into(), text.as_bytes()).unwrap();
        let columns = IdColumns::of(&sheet, &|id| known.contains(&id)).unwrap();
        sheet.rows().map(|row| columns.id(row, &sheet).unwrap().into_owned()).collect()
    }

    #[test]
    fn the_id_is_that_of_the_answers() {
        let text = "반,번호,이름,학년,학교\n1반,01,김가,2,한빛중\n2반,1,이나,2,한빛중\n";
        assert_eq!(ids(text, &["1-1", "2-1"]), ["1-1", "2-1"]);
        assert_eq!(ids(text, &["2-1-1"]), ["2-1-1", "2-2-1"]);
        let whole = ["한빛중-2-1-1", "한빛중-2-2-1"];
        assert_eq!(ids(text, &whole), whole);
        assert_eq!(ids(text, &[]), whole, "in this order, however the columns stand");
    }

    #[test]
    fn two_students_are_never_one() {
        let text = "학교,반,번호\n한빛중,1,1\n새빛중,1,1\n";
        assert_eq!(ids(text, &["1-1"]), ["한빛중-1-1", "새빛중-1-1"]);
    }

    #[test]
    fn a_column_of_ids_counts_before_classes() {
        assert_eq!(ids("학번,반,번호\n0012,1,1\n", &["1-1"]), ["0012"]);
    }
}
