//! The used answers by chunks of students: what a pass over the data runs over.

use std::ops::Range;

use rayon::prelude::*;

use crate::codes::CodedAnswers;
use crate::groups::Groups;
use crate::layout::Layout;

/// The answers of all students, chunk by chunk. What a chunk holds depends on its students alone, and
/// so do the sums over it. Students of different groups are in different chunks.
pub(crate) struct AnswerChunks {
    /// Number of codes: of items with right and wrong answers, twice as many.
    pub(crate) n_codes: usize,
    pub(crate) n_groups: usize,
    /// Chunks with a usable answer.
    pub(crate) chunks: Vec<Layout>,
}

impl AnswerChunks {
    /// `chunk_of` gives the chunk of every student code.
    pub(crate) fn new(answers: &CodedAnswers<'_>, chunk_of: &[u32], groups: Groups<'_>) -> Self {
        Self::with_runs(answers, (chunk_of, groups), u32::MAX)
    }

    /// The same where runs of items have at most so many combinations of outcomes, each of which takes a row of tables.
    pub(crate) fn with_runs(
        answers: &CodedAnswers<'_>,
        (chunk_of, groups): (&[u32], Groups<'_>),
        most: u32,
    ) -> Self {
        let n_chunks = chunk_of.iter().max().map_or(1, |last| *last as usize + 1);
        let mut students: Vec<Vec<Range<usize>>> = vec![Vec::new(); n_chunks * groups.n];
        let mut begin = 0;
        for rows in answers.student.chunk_by(|a, b| a == b) {
            let (student, end) = (rows[0] as usize, begin + rows.len());
            let chunk = groups.group_of(student) * n_chunks + chunk_of[student] as usize;
            students[chunk].push(begin..end);
            begin = end;
        }
        let layout = |(chunk, rows): (usize, &Vec<Range<usize>>)| {
            Layout::new(answers, rows, (chunk / n_chunks, most))
        };
        let chunks: Vec<Layout> = students.par_iter().enumerate().map(layout).collect();
        let chunks = chunks.into_iter().filter(|chunk| !chunk.students.is_empty()).collect();
        Self { n_codes: answers.book.n_codes(), n_groups: groups.n, chunks }
    }

    /// Students with a usable answer.
    pub(crate) fn n_students(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.students.len()).sum()
    }

    /// Students of every group with a usable answer.
    pub(crate) fn students_of_groups(&self) -> Vec<u64> {
        let mut students = vec![0; self.n_groups];
        for chunk in &self.chunks {
            students[chunk.group] += chunk.students.len() as u64;
        }
        students
    }
}
