//! Groups of students: grades, classes, countries.

use std::collections::{BTreeSet, HashMap};

use crate::log::NONE;

/// Which group each student of a log belongs to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StudentGroups {
    names: Vec<Box<str>>,
    of: Vec<u32>,
    conflict: Option<GroupConflict>,
}

/// A student whose rows name two groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupConflict {
    /// Id of the student.
    pub student: Box<str>,
    /// The two groups.
    pub groups: [Box<str>; 2],
}

impl StudentGroups {
    /// The groups of `students`, ids by code; `group_of` knows the group of an id.
    pub fn of_students<'a>(
        students: &[Box<str>],
        group_of: impl Fn(&str) -> Option<&'a str>,
    ) -> Self {
        let found: Vec<Option<&str>> = students.iter().map(|id| group_of(id)).collect();
        let distinct: BTreeSet<&str> = found.iter().flatten().copied().collect();
        let names: Vec<Box<str>> = distinct.iter().map(|&name| name.into()).collect();
        let code = |name: &str| names.binary_search_by(|known| (**known).cmp(name)).ok();
        let of = found.iter().map(|name| name.and_then(code).map_or(NONE, |code| code as u32));
        let of = of.collect();
        Self { names, of, conflict: None }
    }

    /// The groups in byte order.
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// Group of a student code, as a position in [`Self::names`]; `None` where no row says one.
    ///
    /// # Panics
    /// When `student` is not a code of the log.
    pub fn group_of(&self, student: u32) -> Option<u32> {
        Some(self.of[student as usize]).filter(|&group| group != NONE)
    }

    /// The first student whose rows name two groups.
    pub fn conflict(&self) -> Option<&GroupConflict> {
        self.conflict.as_ref()
    }
}

/// Groups as rows name them.
#[derive(Debug, Default)]
pub(crate) struct GroupCollector {
    group_of: HashMap<Box<str>, Box<str>>,
    conflict: Option<GroupConflict>,
}

impl GroupCollector {
    pub(crate) fn push(&mut self, student: &str, group: &str) {
        match self.group_of.get(student) {
            None => {
                self.group_of.insert(student.into(), group.into());
            }
            Some(known) if **known != *group && self.conflict.is_none() => {
                let groups = [known.clone(), group.into()];
                self.conflict = Some(GroupConflict { student: student.into(), groups });
            }
            Some(_) => {}
        }
    }

    /// The groups of the students of another part of the log too.
    pub(crate) fn adopt(&mut self, other: Self) {
        let mut others: Vec<(Box<str>, Box<str>)> = other.group_of.into_iter().collect();
        others.sort_unstable();
        for (student, group) in others {
            self.push(&student, &group);
        }
        self.conflict = self.conflict.take().or(other.conflict);
    }

    /// `None` where no row named a group.
    pub(crate) fn finish(self, students: &[Box<str>]) -> Option<StudentGroups> {
        if self.group_of.is_empty() {
            return None;
        }
        let group_of = |id: &str| self.group_of.get(id).map(|group| &**group);
        let groups = StudentGroups::of_students(students, group_of);
        Some(StudentGroups { conflict: self.conflict, ..groups })
    }
}

#[cfg(test)]
mod tests {
    use crate::{LogRow, ResponseLogBuilder};

    fn row<'a>(student: &'a str, group: Option<&'a str>) -> LogRow<'a> {
        LogRow { student, item: "q", group, ..LogRow::default() }
    }

    #[test]
    fn students_have_the_group_of_any_of_their_rows() {
        let mut builder = ResponseLogBuilder::new();
        for (student, group) in [("cy", None), ("bo", Some("8")), ("al", Some("7")), ("bo", None)] {
            builder.push(&row(student, group));
        }
        let mut more = ResponseLogBuilder::new();
        more.push(&row("di", Some("7")));
        builder.merge(more);
        let log = builder.finish();
        let groups = log.groups().unwrap();
        assert_eq!(groups.names().iter().map(|name| &**name).collect::<Vec<_>>(), ["7", "8"]);
        let of: Vec<_> = (0..4).map(|student| groups.group_of(student)).collect();
        assert_eq!(of, [Some(0), Some(1), None, Some(0)]);
        assert!(groups.conflict().is_none());
    }

    #[test]
    fn two_groups_of_one_student_are_known_and_none_at_all_is_none() {
        let mut builder = ResponseLogBuilder::new();
        builder.push(&row("al", None));
        assert!(builder.finish().groups().is_none());
        let mut builder = ResponseLogBuilder::new();
        builder.push(&row("al", Some("7")));
        builder.push(&row("al", Some("8")));
        let log = builder.finish();
        let conflict = log.groups().unwrap().conflict().unwrap();
        assert_eq!((&*conflict.student, &*conflict.groups[1]), ("al", "8"));
    }
}
