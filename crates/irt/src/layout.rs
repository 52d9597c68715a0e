//! Answers arranged for the E-step: codes, tokens, patterns.

use std::ops::Range;

use crate::responses::Responses;
use crate::screening::{Screening, UNUSED};

/// Patterns whose posteriors are held at a time: 1 024 rows of 64 nodes fill half a megabyte, which
/// stays in the cache of one core.
const MIN_BLOCK: usize = 1024;

/// The used answers of the students of one chunk, arranged for the E-step.
///
/// An answer is a *code*: 2 × item + outcome. Where most students answer most items, runs of
/// neighbouring items are joined and each combination of outcomes becomes one *token* whose
/// log-probabilities are summed once instead of once per student (Robitzsch 2021); otherwise every
/// code is its own token. Students with the same tokens form one *pattern*.
pub(crate) struct Layout {
    /// Group all its students are of.
    pub(crate) group: usize,
    /// Codes of each token; `None` when tokens are codes.
    pub(crate) token_codes: Option<Vec<Vec<u32>>>,
    pub(crate) n_tokens: usize,
    /// Tokens of pattern p: `tokens[offsets[p]..offsets[p + 1]]`.
    pub(crate) offsets: Vec<usize>,
    pub(crate) tokens: Vec<u32>,
    /// Students of each pattern.
    pub(crate) weights: Vec<f64>,
    /// Students with a usable answer: student code, pattern, number of answers.
    pub(crate) students: Vec<(u32, u32, u32)>,
    pub(crate) blocks: Vec<Block>,
}

/// Consecutive patterns, indexed by token.
pub(crate) struct Block {
    pub(crate) first: usize,
    pub(crate) len: usize,
    /// Members of token t: `members[offsets[t]..offsets[t + 1]]`.
    pub(crate) offsets: Vec<u32>,
    /// Patterns, counted from the first of the block.
    pub(crate) members: Vec<u32>,
}

impl Layout {
    /// The students of these rows, all of one group; each range is the rows of one student.
    pub(crate) fn new(
        data: &Responses<'_>,
        screening: &Screening,
        students: &[Range<usize>],
        group: usize,
    ) -> Self {
        let mut log = StudentCodes::new(data, screening, students);
        let token_codes = log.join_runs(screening.items.len());
        let n_tokens = token_codes.as_ref().map_or(2 * screening.items.len(), Vec::len);
        let (students, offsets, tokens, weights) = log.into_patterns();
        let blocks = Vec::new();
        let mut layout =
            Self { group, token_codes, n_tokens, offsets, tokens, weights, students, blocks };
        layout.blocks = layout.index_blocks();
        layout
    }

    pub(crate) fn n_patterns(&self) -> usize {
        self.weights.len()
    }

    pub(crate) fn tokens_of(&self, pattern: usize) -> &[u32] {
        &self.tokens[self.offsets[pattern]..self.offsets[pattern + 1]]
    }

    fn index_blocks(&self) -> Vec<Block> {
        // A block should hold at least two answers per token, or walking the index costs more
        // than the answers.
        let per_pattern = self.tokens.len().div_ceil(self.n_patterns()).max(1);
        let size = MIN_BLOCK.max(2 * self.n_tokens / per_pattern);
        (0..self.n_patterns())
            .step_by(size)
            .map(|first| self.index_block(first, size.min(self.n_patterns() - first)))
            .collect()
    }

    fn index_block(&self, first: usize, len: usize) -> Block {
        let range = self.offsets[first]..self.offsets[first + len];
        let mut offsets = vec![0u32; self.n_tokens + 1];
        for &token in &self.tokens[range.clone()] {
            offsets[token as usize + 1] += 1;
        }
        for t in 0..self.n_tokens {
            offsets[t + 1] += offsets[t];
        }
        let mut next = offsets.clone();
        let mut members = vec![0u32; range.len()];
        for pattern in 0..len {
            for &token in self.tokens_of(first + pattern) {
                let slot = &mut next[token as usize];
                members[*slot as usize] = pattern as u32;
                *slot += 1;
            }
        }
        Block { first, len, offsets, members }
    }
}

/// Codes (later tokens) of each student with a usable answer.
struct StudentCodes {
    /// Student code and number of answers.
    students: Vec<(u32, u32)>,
    offsets: Vec<usize>,
    codes: Vec<u32>,
}

impl StudentCodes {
    fn new(data: &Responses<'_>, screening: &Screening, students: &[Range<usize>]) -> Self {
        let mut log = Self { students: Vec::new(), offsets: vec![0], codes: Vec::new() };
        for rows in students {
            for row in rows.clone() {
                let item = screening.position[data.item[row] as usize];
                if item != UNUSED {
                    log.codes.push(2 * item + u32::from(data.correct[row]));
                }
            }
            log.close(data.student[rows.start]);
        }
        log
    }

    /// Ends the codes of a student, sorted so that the order of answers does not matter. Who has none
    /// is not there.
    fn close(&mut self, student: u32) {
        let start = self.offsets[self.offsets.len() - 1];
        if start == self.codes.len() {
            return;
        }
        self.codes[start..].sort_unstable();
        self.students.push((student, (self.codes.len() - start) as u32));
        self.offsets.push(self.codes.len());
    }

    fn codes_of(&self, student: usize) -> &[u32] {
        &self.codes[self.offsets[student]..self.offsets[student + 1]]
    }

    /// Replaces codes by tokens of joined items when that saves work; returns their codes.
    fn join_runs(&mut self, n_items: usize) -> Option<Vec<Vec<u32>>> {
        let run = run_length(self.students.len());
        // Joining pays when a student's answers to a run of items are mostly there together.
        if self.codes.len() < self.students.len() * n_items / 2 || n_items < run {
            return None;
        }
        let mut keys = Vec::with_capacity(self.codes.len().div_ceil(run));
        let mut offsets = vec![0];
        for student in 0..self.students.len() {
            let codes = self.codes_of(student);
            // An item answered twice has no place in a combination of outcomes.
            if codes.windows(2).any(|pair| pair[0] / 2 == pair[1] / 2) {
                return None;
            }
            keys.extend(codes.chunk_by(|a, b| same_run(*a, *b, run)).map(|c| combination(c, run)));
            offsets.push(keys.len());
        }
        let n_runs = n_items.div_ceil(run);
        let mut token_of_key = vec![u32::MAX; n_runs * 3usize.pow(run as u32)];
        for &key in &keys {
            token_of_key[key as usize] = 0;
        }
        let mut token_codes = Vec::new();
        for (key, token) in token_of_key.iter_mut().enumerate().filter(|(_, t)| **t == 0) {
            *token = token_codes.len() as u32;
            token_codes.push(codes_of_combination(key, run));
        }
        let table_work: usize = token_codes.iter().map(Vec::len).sum();
        if keys.len() + table_work > self.codes.len() {
            return None;
        }
        self.codes = keys.into_iter().map(|key| token_of_key[key as usize]).collect();
        self.offsets = offsets;
        Some(token_codes)
    }

    /// Collapses students with equal tokens.
    #[allow(clippy::type_complexity)] // the four columns go straight into `Layout`
    fn into_patterns(self) -> (Vec<(u32, u32, u32)>, Vec<usize>, Vec<u32>, Vec<f64>) {
        // Long answer lists are all different; sorting them would only cost time.
        const LONGEST_COLLAPSED: usize = 20;
        let n = self.students.len();
        let n_answers: usize = self.students.iter().map(|s| s.1 as usize).sum();
        if n_answers > n * LONGEST_COLLAPSED {
            let students =
                (0..n).map(|s| (self.students[s].0, s as u32, self.students[s].1)).collect();
            return (students, self.offsets, self.codes, vec![1.0; n]);
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| self.codes_of(a).cmp(self.codes_of(b)));
        let mut students = vec![(0, 0, 0); n];
        let mut offsets = vec![0];
        let mut tokens = Vec::new();
        let mut weights = Vec::new();
        for group in order.chunk_by(|&a, &b| self.codes_of(a) == self.codes_of(b)) {
            for &s in group {
                students[s] = (self.students[s].0, weights.len() as u32, self.students[s].1);
            }
            tokens.extend_from_slice(self.codes_of(group[0]));
            offsets.push(tokens.len());
            weights.push(group.len() as f64);
        }
        (students, offsets, tokens, weights)
    }
}

fn same_run(a: u32, b: u32, run: usize) -> bool {
    (a / 2) as usize / run == (b / 2) as usize / run
}

/// Number of a combination of outcomes within its run, to the base 3: 0 = no answer, 1 = wrong,
/// 2 = right; numbered on from run to run.
fn combination(codes: &[u32], run: usize) -> u32 {
    let first_run = (codes[0] / 2) as usize / run;
    let digits = codes.iter().map(|&code| {
        let place = (code / 2) as usize % run;
        (code % 2 + 1) * 3u32.pow(place as u32)
    });
    (first_run * 3usize.pow(run as u32)) as u32 + digits.sum::<u32>()
}

fn codes_of_combination(key: usize, run: usize) -> Vec<u32> {
    let combinations = 3usize.pow(run as u32);
    let (first_item, mut rest) = (key / combinations * run, key % combinations);
    let mut codes = Vec::with_capacity(run);
    for item in first_item..first_item + run {
        if !rest.is_multiple_of(3) {
            codes.push((2 * item + rest % 3 - 1) as u32);
        }
        rest /= 3;
    }
    codes
}

/// Items per run: 2^run table rows must stay few beside the students that use them.
fn run_length(n_students: usize) -> usize {
    match n_students {
        0..200 => 1,
        200..1000 => 3,
        1000..3000 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::{codes_of_combination, combination};

    #[test]
    fn combinations_name_their_codes() {
        // Items 5 to 9 in runs of five: 5 wrong, 7 right, 9 wrong.
        let codes = [10, 15, 18];
        let key = combination(&codes, 5);
        assert_eq!(key, 243 + 1 + 2 * 9 + 81);
        assert_eq!(codes_of_combination(key as usize, 5), codes);
    }
}
