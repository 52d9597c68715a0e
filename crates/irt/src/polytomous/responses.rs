//! The scored answers a calibration takes.

use super::error::Error;

/// Scored answers in long format, sorted by student.
///
/// The three slices have one entry per answer. A student may answer an item more than once: each
/// answer then counts as one to a new item with the same parameters.
#[derive(Debug, Clone, Copy)]
pub struct Responses<'a> {
    /// Student of each answer, 0..`n_students`, never decreasing.
    pub student: &'a [u32],
    /// Item of each answer, 0..`n_items`.
    pub item: &'a [u32],
    /// Score of each answer, or the number of the category that was chosen: 0, 1, 2, …
    pub score: &'a [u8],
    /// Number of students, with or without answers.
    pub n_students: usize,
    /// Number of items, with or without answers.
    pub n_items: usize,
    /// Highest score of every item, where it is known; a score above it is refused.
    pub maximum: Option<&'a [u8]>,
}

impl<'a> Responses<'a> {
    /// Checks lengths, codes, values and order.
    pub(crate) fn validate(&self) -> Result<(), Error> {
        let maxima = self.maximum.map_or(self.n_items, <[u8]>::len);
        if maxima != self.n_items {
            return Err(Error::Maxima { maxima, n_items: self.n_items });
        }
        self.as_answered().validate()?;
        let Some(maximum) = self.maximum else { return Ok(()) };
        for (row, (&item, &score)) in self.item.iter().zip(self.score).enumerate() {
            let maximum = maximum[item as usize];
            if score > maximum {
                return Err(Error::AboveMaximum { row, item, score, maximum });
            }
        }
        Ok(())
    }

    /// The same answers without their scores, as what looks at the design takes them.
    pub(crate) fn as_answered(&self) -> crate::responses::Answered<'a> {
        let Self { student, item, score, n_students, n_items, .. } = *self;
        crate::responses::Answered { student, item, n_outcomes: score.len(), n_students, n_items }
    }
}
