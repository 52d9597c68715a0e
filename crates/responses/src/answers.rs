//! Right and wrong answers alone, one of several answers to an item chosen.

use crate::log::{Outcome, ResponseLog};

/// Which of several answers of one student to one item a model uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Duplicates {
    /// The first answer: later ones follow feedback and measure learning, not ability.
    #[default]
    First,
    /// The newest answer.
    Last,
    /// Every answer, as if the item were a new one each time.
    All,
}

impl Duplicates {
    /// Name as written on the command line and in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::All => "all",
        }
    }
}

/// Right/wrong answers in long format, sorted by student, with a count of what was left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Student code of each answer.
    pub student: Vec<u32>,
    /// Item code of each answer.
    pub item: Vec<u32>,
    /// 1 = right, 0 = wrong.
    pub correct: Vec<u8>,
    /// Row of the log each answer came from.
    pub row: Vec<u32>,
    /// Answers left out because their correctness is not known.
    pub dropped_unknown: usize,
    /// Answers left out because the student answered the item more than once.
    pub dropped_duplicates: usize,
}

impl Answers {
    /// No answers, with room for so many.
    fn with_room(n: usize) -> Self {
        Self {
            student: Vec::with_capacity(n),
            item: Vec::with_capacity(n),
            correct: Vec::with_capacity(n),
            row: Vec::with_capacity(n),
            ..Self::default()
        }
    }

    fn push(&mut self, student: u32, item: u32, correct: bool, row: usize) {
        self.student.push(student);
        self.item.push(item);
        self.correct.push(u8::from(correct));
        self.row.push(row as u32);
    }
}

impl ResponseLog {
    /// The answers a response model is fitted to. Rows that only repeat an answer under another
    /// topic tag are merged whatever the policy, and are not counted as duplicates.
    pub fn answers(&self, duplicates: Duplicates) -> Answers {
        let mut answers = Answers::with_room(self.len());
        // For each item the student who answered it last, and where that answer stands.
        let mut newest: Vec<Option<(u32, usize)>> = vec![None; self.items.len()];
        for row in 0..self.len() {
            if self.is_retag(row) {
                continue;
            }
            let Some(correct) = self.outcome[row].correct() else {
                answers.dropped_unknown += 1;
                continue;
            };
            let (student, item) = (self.student[row], self.item[row]);
            let known = newest[item as usize].filter(|&(other, _)| other == student);
            match known.filter(|_| duplicates != Duplicates::All) {
                None => {
                    newest[item as usize] = Some((student, answers.item.len()));
                    answers.push(student, item, correct, row);
                }
                Some((_, position)) => {
                    answers.dropped_duplicates += 1;
                    if duplicates == Duplicates::Last {
                        answers.correct[position] = u8::from(correct);
                        answers.row[position] = row as u32;
                    }
                }
            }
        }
        answers
    }

    /// Number of rows whose correctness is known.
    pub fn n_known(&self) -> usize {
        self.outcome.iter().filter(|&&o| o != Outcome::Unknown).count()
    }
}
