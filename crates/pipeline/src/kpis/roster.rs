//! Who gets a row as of which day.

use std::ops::Range;

use chrono::NaiveDate;

/// Who gets a row as of which of several days.
pub(crate) struct Roster<'a> {
    /// Days of interest, one per week, oldest first.
    pub(crate) days: &'a [NaiveDate],
    /// Students with a row, by id.
    pub(crate) students: Vec<Enrolled<'a>>,
}

/// A student and the days, by position, as of which there is a row.
pub(crate) struct Enrolled<'a> {
    pub(crate) user_id: &'a str,
    pub(crate) days: Vec<u32>,
}

impl Roster<'_> {
    /// Number of students with a row as of each day.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.days.len()];
        for day in self.students.iter().flat_map(|student| &student.days) {
            sizes[*day as usize] += 1;
        }
        sizes
    }

    /// The students in runs of at least `rows` rows together, the last one aside.
    pub(crate) fn batches(&self, rows: usize) -> Vec<Range<usize>> {
        let mut batches = Vec::new();
        let (mut start, mut n) = (0, 0);
        for (position, student) in self.students.iter().enumerate() {
            n += student.days.len();
            if n >= rows {
                batches.push(start..position + 1);
                (start, n) = (position + 1, 0);
            }
        }
        if start < self.students.len() {
            batches.push(start..self.students.len());
        }
        batches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_cover_every_student_once() {
        let day: NaiveDate = "2025-06-29".parse().unwrap();
        let days = [day; 3];
        let student = |days: &[u32]| Enrolled { user_id: "amy", days: days.to_vec() };
        let students = vec![student(&[0, 1, 2]), student(&[2]), student(&[1]), student(&[0, 2])];
        let roster = Roster { days: &days, students };
        assert_eq!(roster.sizes(), [2, 2, 3]);
        assert_eq!(roster.batches(2), [0..1, 1..3, 3..4]);
        assert_eq!(roster.batches(5), [0..3, 3..4]);
        assert_eq!(roster.batches(100), std::slice::from_ref(&(0..4)));
        let nobody = Roster { days: &days, students: vec![] };
        assert!(nobody.batches(2).is_empty());
    }
}
