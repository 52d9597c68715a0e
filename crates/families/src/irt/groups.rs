//! Groups of students with an ability distribution each.

use std::cmp::Ordering;

use seedtest_irt::Groups;
use seedtest_responses::{Answers, ResponseLog};

use crate::error::Error;

/// Groups with the codes the kernel knows them by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GroupCodes {
    /// Names by code: numbers by their size, other names by their bytes.
    pub(super) names: Vec<String>,
    /// Group of every student code.
    pub(super) of: Vec<u32>,
    reference: u32,
}

impl GroupCodes {
    /// The groups of the students of a log, `reference` first asked for by name; `None` without groups. A group without
    /// a student who answered is none.
    ///
    /// # Errors
    /// For a student with answers and no group or two, and for a reference that is none of the groups.
    pub(super) fn of(
        log: &ResponseLog,
        answers: &Answers,
        reference: Option<&str>,
    ) -> Result<Option<Self>, Error> {
        let Some(groups) = log.groups() else {
            return match reference {
                None => Ok(None),
                Some(name) => Err(Self::without_groups(name)),
            };
        };
        if let Some(conflict) = groups.conflict() {
            let (student, [one, other]) = (&conflict.student, &conflict.groups);
            let reason = format!("student {student} is in {one:?} and in {other:?}; give one each");
            return Err(Error::field("group", reason));
        }
        let mut has_answers = vec![false; groups.names().len()];
        for group in answers.student.iter().filter_map(|&student| groups.group_of(student)) {
            has_answers[group as usize] = true;
        }
        let mut names: Vec<(Option<f64>, String, u32)> = (0u32..)
            .zip(groups.names())
            .filter(|(code, _)| has_answers[*code as usize])
            .map(|(code, name)| (number(name), name.to_string(), code))
            .collect();
        if names.iter().all(|(number, ..)| number.is_some()) {
            names.sort_by(|x, y| x.0.partial_cmp(&y.0).unwrap_or(std::cmp::Ordering::Equal));
        }
        let mut code_of = vec![None; groups.names().len()];
        for (code, (.., old)) in (0u32..).zip(&names) {
            code_of[*old as usize] = Some(code);
        }
        let names: Vec<String> = names.into_iter().map(|(_, name, _)| name).collect();
        let reference = place_of(&names, reference)?;
        let mut of = vec![reference; log.students().len()];
        for (student, of) in (0u32..).zip(&mut of) {
            match groups.group_of(student).map(|group| code_of[group as usize]) {
                Some(Some(code)) => *of = code,
                None if answers.student.binary_search(&student).is_ok() => {
                    let id = &log.students()[student as usize];
                    return Err(Error::field(
                        "group",
                        format!("student {id} has answers and no group"),
                    ));
                }
                // Neither does the student answer anything, nor anybody of the group.
                Some(None) | None => {}
            }
        }
        Ok(Some(Self { names, of, reference }))
    }

    /// Of groups whose students are somewhere else, `names` in byte order.
    ///
    /// # Errors
    /// For a reference that is none of the groups.
    pub(super) fn of_sorted(
        mut names: Vec<String>,
        reference: Option<&str>,
    ) -> Result<Self, Error> {
        by_size(&mut names);
        let reference = place_of(&names, reference)?;
        Ok(Self { names, of: Vec::new(), reference })
    }

    /// A reference group is asked for by name where there are no groups.
    pub(super) fn without_groups(name: &str) -> Error {
        let reason = format!("{name:?} is asked for, but no answer names a group");
        Error::field("reference_group", reason)
    }

    /// The groups of students by name: rows of a student and its group, `reference` first asked for by name. A group
    /// without a student who answered is none.
    ///
    /// # Errors
    /// For a student with answers and no group or two, and for a reference that is none of the groups.
    pub(super) fn of_names(
        (students, answered): (&[Box<str>], &[bool]),
        rows: &[(String, Option<String>)],
        reference: Option<&str>,
    ) -> Result<Self, Error> {
        let code = |id: &str| students.binary_search_by(|known| (**known).cmp(id)).ok();
        let has_answers = |id: &str| code(id).is_some_and(|at| answered[at]);
        let with_answers = rows.iter().filter(|(id, _)| has_answers(id));
        let mut names: Vec<String> = with_answers.filter_map(|row| row.1.clone()).collect();
        names.sort_unstable();
        names.dedup();
        by_size(&mut names);
        let mut of: Vec<Option<u32>> = vec![None; students.len()];
        for (id, group) in rows {
            let (Some(at), Some(group)) = (code(id), group) else { continue };
            let Some(code) = names.iter().position(|name| name == group) else { continue };
            let code = code as u32;
            match of[at] {
                Some(other) if other != code => {
                    let other = &names[other as usize];
                    let reason =
                        format!("student {id} is in {other:?} and in {group:?}; give one each");
                    return Err(Error::field("group", reason));
                }
                _ => of[at] = Some(code),
            }
        }
        if let Some(at) = (0..of.len()).find(|&at| of[at].is_none() && answered[at]) {
            let id = &students[at];
            return Err(Error::field("group", format!("student {id} has answers and no group")));
        }
        let reference = place_of(&names, reference)?;
        let of = of.into_iter().map(|group| group.unwrap_or(reference)).collect();
        Ok(Self { names, of, reference })
    }

    /// As the kernel takes them.
    pub(super) fn codes(&self) -> Groups<'_> {
        Groups { of: &self.of, n: self.names.len(), reference: self.reference }
    }

    pub(super) fn name(&self, code: u32) -> &str {
        &self.names[code as usize]
    }

    /// A refusal of the kernel with the names of the groups.
    pub(super) fn named(&self, error: seedtest_irt::Error) -> Error {
        match error {
            seedtest_irt::Error::UnlinkedGroups { groups, to_anchors } => {
                let names: Vec<&str> = groups.iter().map(|&group| self.name(group)).collect();
                let root = if to_anchors {
                    "any fixed anchor".to_string()
                } else {
                    format!("the reference group {}", self.name(self.reference))
                };
                let reason = format!(
                    "{} share no item with {root}, not even by way of other groups, so nothing tells how \
                     far apart they are: let some items be answered in several groups, or calibrate \
                     the groups one by one",
                    names.join(", ")
                );
                Error::field("group", reason)
            }
            other => other.into(),
        }
    }
}

/// Sorts names that are all numbers by their size; others stay in the order of their bytes.
fn by_size(names: &mut [String]) {
    if names.iter().all(|name| number(name).is_some()) {
        names.sort_by(|x, y| number(x).partial_cmp(&number(y)).unwrap_or(Ordering::Equal));
    }
}

/// Code of the reference group, the first where none is asked for.
fn place_of(names: &[String], reference: Option<&str>) -> Result<u32, Error> {
    let Some(wanted) = reference else { return Ok(0) };
    let place = names.iter().position(|name| name == wanted);
    place.map(|place| place as u32).ok_or_else(|| {
        Error::field("reference_group", format!("{wanted:?} is none of {}", names.join(", ")))
    })
}

/// The number a name is, so that grade 10 comes after grade 9.
fn number(name: &str) -> Option<f64> {
    name.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use seedtest_responses::{Duplicates, LogRow, Outcome, ResponseLogBuilder};

    use super::*;

    fn log(rows: &[(&str, Option<&str>)]) -> ResponseLog {
        let mut log = ResponseLogBuilder::new();
        for (student, group) in rows {
            let outcome = Outcome::Right;
            log.push(&LogRow { student, item: "q", group: *group, outcome, ..LogRow::default() });
        }
        log.finish()
    }

    fn codes(log: &ResponseLog, reference: Option<&str>) -> Result<Option<GroupCodes>, Error> {
        GroupCodes::of(log, &log.answers(Duplicates::First), reference)
    }

    #[test]
    fn numbers_come_by_size_and_the_first_group_is_the_reference() {
        let log = log(&[("a", Some("10")), ("b", Some("9")), ("c", Some("10"))]);
        let found = codes(&log, None).unwrap().unwrap();
        assert_eq!((found.names.join(" "), &*found.of), ("9 10".to_string(), &[1, 0, 1][..]));
        assert_eq!(found.codes().reference, 0);
        assert_eq!(codes(&log, Some("10")).unwrap().unwrap().codes().reference, 1);
        let refused = codes(&log, Some("11")).unwrap_err().to_string();
        assert!(refused.contains("11") && refused.contains("9, 10"), "{refused}");
    }

    #[test]
    fn nobody_is_put_into_a_group_by_guess() {
        let refused = codes(&log(&[("a", Some("7")), ("b", None)]), None).unwrap_err().to_string();
        assert!(refused.contains("student b"), "{refused}");
        let twice = log(&[("a", Some("7")), ("a", Some("8"))]);
        let refused = codes(&twice, None).unwrap_err().to_string();
        assert!(refused.contains("student a") && refused.contains("\"8\""), "{refused}");
        assert!(codes(&log(&[("a", None)]), None).unwrap().is_none());
        // A class that answered nothing is no group of the fit.
        let mut with_silent = ResponseLogBuilder::new();
        for (student, group) in [("a", "7"), ("b", "8")] {
            let outcome = Outcome::Right;
            let group = Some(group);
            with_silent.push(&LogRow { student, item: "q", group, outcome, ..LogRow::default() });
        }
        with_silent.push_student("c", Some("9"));
        with_silent.push_student("d", None);
        let found = codes(&with_silent.finish(), None).unwrap().unwrap();
        assert_eq!((found.names.join(" "), &*found.of), ("7 8".to_string(), &[0, 1, 0, 0][..]));
        assert!(codes(&log(&[("a", None)]), Some("7")).is_err());
    }
}
