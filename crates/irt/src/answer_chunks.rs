//! The used answers by chunks of students: what a pass over the data runs over.

use std::ops::Range;

use rayon::prelude::*;

use crate::layout::Layout;
use crate::responses::Responses;
use crate::screening::Screening;

/// The answers of all students, chunk by chunk. What a chunk holds depends on its students alone, and
/// so do the sums over it.
pub(crate) struct AnswerChunks {
    /// Number of codes: twice the number of used items.
    pub(crate) n_codes: usize,
    /// Chunks with a usable answer.
    pub(crate) chunks: Vec<Layout>,
}

impl AnswerChunks {
    /// `chunk_of` gives the chunk of every student code.
    pub(crate) fn new(data: &Responses<'_>, screening: &Screening, chunk_of: &[u32]) -> Self {
        let n_chunks = chunk_of.iter().max().map_or(1, |last| *last as usize + 1);
        let mut students: Vec<Vec<Range<usize>>> = vec![Vec::new(); n_chunks];
        let mut begin = 0;
        for rows in data.student.chunk_by(|a, b| a == b) {
            students[chunk_of[rows[0] as usize] as usize].push(begin..begin + rows.len());
            begin += rows.len();
        }
        let chunks: Vec<Layout> =
            students.par_iter().map(|rows| Layout::new(data, screening, rows)).collect();
        let chunks = chunks.into_iter().filter(|chunk| !chunk.students.is_empty()).collect();
        Self { n_codes: 2 * screening.items.len(), chunks }
    }

    /// Students with a usable answer.
    pub(crate) fn n_students(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.students.len()).sum()
    }

    /// Patterns of all chunks.
    pub(crate) fn n_patterns(&self) -> usize {
        self.chunks.iter().map(Layout::n_patterns).sum()
    }
}
