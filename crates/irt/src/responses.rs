//! The answers a calibration takes.

use crate::error::Error;

/// Right/wrong answers in long format, sorted by student.
///
/// The three slices have one entry per answer. A student may answer an item more than once: each
/// answer then counts as one to a new item with the same parameters.
#[derive(Debug, Clone, Copy)]
pub struct Responses<'a> {
    /// Student of each answer, 0..`n_students`, never decreasing.
    pub student: &'a [u32],
    /// Item of each answer, 0..`n_items`.
    pub item: &'a [u32],
    /// 1 = right, 0 = wrong.
    pub correct: &'a [u8],
    /// Number of students, with or without answers.
    pub n_students: usize,
    /// Number of items, with or without answers.
    pub n_items: usize,
}

impl Responses<'_> {
    /// Checks lengths, codes, values and order.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let n = self.correct.len();
        if self.student.len() != n || self.item.len() != n {
            return Err(Error::Lengths {
                student: self.student.len(),
                item: self.item.len(),
                correct: n,
            });
        }
        if n == 0 {
            return Err(Error::NoObservations);
        }
        let mut previous = 0;
        for row in 0..n {
            let (student, item, correct) = (self.student[row], self.item[row], self.correct[row]);
            if student as usize >= self.n_students {
                return Err(Error::StudentCode { row, student, n_students: self.n_students });
            }
            if item as usize >= self.n_items {
                return Err(Error::ItemCode { row, item, n_items: self.n_items });
            }
            if correct > 1 {
                return Err(Error::Correctness { row, value: correct });
            }
            if student < previous {
                return Err(Error::Unsorted { row, student, previous });
            }
            previous = student;
        }
        Ok(())
    }
}
