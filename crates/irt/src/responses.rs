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

impl<'a> Responses<'a> {
    /// Checks lengths, codes, values and order.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        self.as_answered().validate_with(|row| match self.correct[row] {
            0 | 1 => Ok(()),
            value => Err(Error::Correctness { row, value }),
        })
    }

    /// Who answered what.
    pub(crate) fn as_answered(&self) -> Answered<'a> {
        let Self { student, item, correct, n_students, n_items } = *self;
        Answered { student, item, n_outcomes: correct.len(), n_students, n_items }
    }
}

/// Who answered what, whatever the outcomes: what the design of a calibration shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answered<'a> {
    pub(crate) student: &'a [u32],
    pub(crate) item: &'a [u32],
    /// Length of the column of outcomes.
    pub(crate) n_outcomes: usize,
    pub(crate) n_students: usize,
    pub(crate) n_items: usize,
}

impl Answered<'_> {
    /// Checks lengths, codes and order.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        self.validate_with(|_| Ok(()))
    }

    /// The same with a check of the outcome of each row.
    pub(crate) fn validate_with(
        &self,
        outcome: impl Fn(usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let n = self.n_outcomes;
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
            let (student, item) = (self.student[row], self.item[row]);
            if student as usize >= self.n_students {
                return Err(Error::StudentCode { row, student, n_students: self.n_students });
            }
            if item as usize >= self.n_items {
                return Err(Error::ItemCode { row, item, n_items: self.n_items });
            }
            outcome(row)?;
            if student < previous {
                return Err(Error::Unsorted { row, student, previous });
            }
            previous = student;
        }
        Ok(())
    }
}
