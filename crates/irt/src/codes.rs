//! Answers as codes: one number for every category of every used item.

use crate::responses::Responses;
use crate::screening::{Screening, UNUSED};

/// Codes of the categories of the used items. Those of an item are next to each other, in the order of
/// its categories; those of an item with right and wrong answers are 2·item and 2·item + 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeBook {
    /// First code of every item, and one past the last.
    first: Vec<u32>,
    /// Item of every code.
    item_of: Vec<u32>,
}

impl CodeBook {
    /// Items with so many categories each.
    pub(crate) fn new(categories: impl Iterator<Item = usize>) -> Self {
        let (mut first, mut item_of) = (vec![0], Vec::new());
        for (item, n) in (0u32..).zip(categories) {
            item_of.extend(std::iter::repeat_n(item, n));
            first.push(item_of.len() as u32);
        }
        Self { first, item_of }
    }

    /// Items with right and wrong answers.
    pub(crate) fn dichotomous(n_items: usize) -> Self {
        Self::new(std::iter::repeat_n(2, n_items))
    }

    pub(crate) fn n_items(&self) -> usize {
        self.first.len() - 1
    }

    pub(crate) fn n_codes(&self) -> usize {
        self.item_of.len()
    }

    pub(crate) fn item_of(&self, code: u32) -> u32 {
        self.item_of[code as usize]
    }

    /// The code of the lowest category of an item.
    pub(crate) fn first(&self, item: u32) -> u32 {
        self.first[item as usize]
    }

    /// Number of categories of an item.
    pub(crate) fn categories(&self, item: u32) -> u32 {
        self.first[item as usize + 1] - self.first[item as usize]
    }
}

/// Answers in long format, sorted by student, as codes.
pub(crate) struct CodedAnswers<'a> {
    /// Student of each answer.
    pub(crate) student: &'a [u32],
    /// Code of each answer, or [`UNUSED`].
    pub(crate) code: Vec<u32>,
    pub(crate) book: CodeBook,
}

impl<'a> CodedAnswers<'a> {
    /// Right and wrong answers to the used items.
    pub(crate) fn of(data: &Responses<'a>, screening: &Screening) -> Self {
        let code = |(&item, &correct): (&u32, &u8)| match screening.position[item as usize] {
            UNUSED => UNUSED,
            position => 2 * position + u32::from(correct),
        };
        let code = data.item.iter().zip(data.correct).map(code).collect();
        let book = CodeBook::dichotomous(screening.items.len());
        Self { student: data.student, code, book }
    }
}
