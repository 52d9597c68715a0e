//! Answers arranged for the E-step: codes, tokens, patterns.

use std::ops::Range;

use crate::codes::{CodeBook, CodedAnswers};
use crate::screening::UNUSED;

/// Patterns whose posteriors are held at a time: 1 024 rows of 64 nodes fill half a megabyte, which
/// stays in the cache of one core.
const MIN_BLOCK: usize = 1024;

/// The used answers of the students of one chunk, arranged for the E-step.
///
/// An answer is a *code*, see [`CodeBook`]. Where most students answer most items, runs of
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
    /// The students of these rows, all of one group; each range is the rows of one student. Runs of items have at most
    /// `most` combinations.
    pub(crate) fn new(
        answers: &CodedAnswers<'_>,
        students: &[Range<usize>],
        (group, most): (usize, u32),
    ) -> Self {
        let mut log = StudentCodes::new(answers, students);
        let token_codes = log.join_runs(&answers.book, most);
        let n_tokens = token_codes.as_ref().map_or(answers.book.n_codes(), Vec::len);
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
        let per_pattern = self.tokens.len().div_ceil(self.n_patterns().max(1)).max(1);
        self.blocks_of(MIN_BLOCK.max(2 * self.n_tokens / per_pattern))
    }

    /// Cuts the patterns anew into blocks of so many, for posteriors that take more memory than those of one ability.
    pub(crate) fn cut_blocks(&mut self, size: usize) {
        self.blocks = self.blocks_of(size);
    }

    fn blocks_of(&self, size: usize) -> Vec<Block> {
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
    fn new(answers: &CodedAnswers<'_>, students: &[Range<usize>]) -> Self {
        let mut log = Self { students: Vec::new(), offsets: vec![0], codes: Vec::new() };
        for rows in students {
            log.codes.extend(answers.code[rows.clone()].iter().filter(|&&code| code != UNUSED));
            log.close(answers.student[rows.start]);
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
    fn join_runs(&mut self, book: &CodeBook, most: u32) -> Option<Vec<Vec<u32>>> {
        // Joining pays when a student's answers to a run of items are mostly there together.
        if self.codes.len() < self.students.len() * book.n_items() / 2 {
            return None;
        }
        let runs = Runs::new(book, most.min(most_combinations(self.students.len())))?;
        let mut keys = Vec::with_capacity(self.codes.len());
        let mut offsets = vec![0];
        for student in 0..self.students.len() {
            let codes = self.codes_of(student);
            // An item answered twice has no place in a combination of outcomes.
            if codes.windows(2).any(|pair| book.item_of(pair[0]) == book.item_of(pair[1])) {
                return None;
            }
            let runs_of = codes.chunk_by(|a, b| runs.of(*a) == runs.of(*b));
            keys.extend(runs_of.map(|codes| runs.combination(codes)));
            offsets.push(keys.len());
        }
        let mut token_of_key = vec![u32::MAX; runs.n_keys()];
        for &key in &keys {
            token_of_key[key as usize] = 0;
        }
        let mut token_codes = Vec::new();
        for (key, token) in token_of_key.iter_mut().enumerate().filter(|(_, t)| **t == 0) {
            *token = token_codes.len() as u32;
            token_codes.push(runs.codes_of(key as u32));
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

/// Runs of neighbouring items whose combinations of outcomes are numbered. The digit of an item is 0
/// without an answer, and one more than its category with one.
struct Runs<'a> {
    book: &'a CodeBook,
    /// Run of every item, and what one step of its digit adds to the number.
    places: Vec<(u32, u32)>,
    /// First item and first number of every run.
    firsts: Vec<(u32, u32)>,
    n_keys: u32,
}

impl<'a> Runs<'a> {
    /// Runs of at most `most` combinations, or of one item. `None` where all items together have fewer.
    fn new(book: &'a CodeBook, most: u32) -> Option<Self> {
        let mut places: Vec<(u32, u32)> = Vec::new();
        let mut firsts: Vec<(u32, u32)> = Vec::new();
        let (mut first_key, mut combinations) = (0u32, 1u32);
        for item in 0..book.n_items() as u32 {
            let digits = book.categories(item) + 1;
            let full = combinations > 1 && combinations.saturating_mul(digits) > most;
            if full || firsts.is_empty() {
                first_key += if firsts.is_empty() { 0 } else { combinations };
                firsts.push((item, first_key));
                combinations = 1;
            }
            places.push((firsts.len() as u32 - 1, combinations));
            combinations *= digits;
        }
        if firsts.len() < 2 && combinations < most {
            return None;
        }
        Some(Self { book, places, firsts, n_keys: first_key + combinations })
    }

    fn n_keys(&self) -> usize {
        self.n_keys as usize
    }

    /// Run of a code.
    fn of(&self, code: u32) -> u32 {
        self.places[self.book.item_of(code) as usize].0
    }

    /// Number of a combination of outcomes, all of one run.
    fn combination(&self, codes: &[u32]) -> u32 {
        let first = self.firsts[self.of(codes[0]) as usize].1;
        let digits = codes.iter().map(|&code| {
            let item = self.book.item_of(code);
            (code - self.book.first(item) + 1) * self.places[item as usize].1
        });
        first + digits.sum::<u32>()
    }

    /// The codes of a combination.
    fn codes_of(&self, key: u32) -> Vec<u32> {
        let run = self.firsts.partition_point(|&(_, first)| first <= key) - 1;
        let (first_item, first_key) = self.firsts[run];
        let last = self.firsts.get(run + 1).map_or(self.book.n_items() as u32, |next| next.0);
        let mut rest = key - first_key;
        let mut codes = Vec::new();
        for item in first_item..last {
            let digits = self.book.categories(item) + 1;
            if !rest.is_multiple_of(digits) {
                codes.push(self.book.first(item) + rest % digits - 1);
            }
            rest /= digits;
        }
        codes
    }
}

/// Most combinations of a run: its rows of the table must stay few beside the students that use them.
/// Five items with right and wrong answers have 3⁵.
fn most_combinations(n_students: usize) -> u32 {
    match n_students {
        0..200 => 3,
        200..1000 => 27,
        1000..3000 => 81,
        _ => 243,
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeBook, Runs};

    #[test]
    fn combinations_name_their_codes() {
        // Items 5 to 9 in runs of five: 5 wrong, 7 right, 9 wrong.
        let book = CodeBook::dichotomous(12);
        let runs = Runs::new(&book, 243).unwrap();
        let codes = [10, 15, 18];
        let key = runs.combination(&codes);
        assert_eq!(key, 243 + 1 + 2 * 9 + 81);
        assert_eq!(runs.codes_of(key), codes);
        assert_eq!(runs.n_keys(), 243 + 243 + 9);
    }

    #[test]
    fn every_combination_of_items_with_several_categories_has_its_own_number() {
        // Runs {5, 3} with 6·4 = 24 combinations, {2, 9} with 3·10 = 30, {4}.
        let book = CodeBook::new([5, 3, 2, 9, 4].into_iter());
        let runs = Runs::new(&book, 30).unwrap();
        assert_eq!((runs.firsts.len(), runs.n_keys()), (3, 24 + 30 + 5));
        for key in 0..runs.n_keys() as u32 {
            let codes = runs.codes_of(key);
            if let Some(&code) = codes.first() {
                assert_eq!(runs.combination(&codes), key);
                assert!(codes.iter().all(|&other| runs.of(other) == runs.of(code)));
            }
        }
    }

    #[test]
    fn few_items_are_not_joined() {
        assert!(Runs::new(&CodeBook::dichotomous(4), 243).is_none());
        assert!(Runs::new(&CodeBook::dichotomous(5), 243).is_some());
    }
}
