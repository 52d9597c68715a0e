//! Which items can take part in a calibration.

use serde::{Deserialize, Serialize};

use crate::anchor::Anchor;
use crate::error::Error;
use crate::responses::Responses;

/// Marks an item that is not used.
pub(crate) const UNUSED: u32 = u32::MAX;

/// Which items take part, with their counts.
pub(crate) struct Screening {
    /// Item codes of the used items, increasing.
    pub items: Vec<u32>,
    /// Position in `items` of every item code, or [`UNUSED`].
    pub position: Vec<u32>,
    /// Answers and right answers of each used item.
    pub counts: Vec<(u32, u32)>,
    pub skipped: Vec<SkippedItem>,
    /// Answers to used items.
    pub n_answers: usize,
}

/// An item that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedItem {
    /// Item code.
    pub item: u32,
    /// Its answers.
    pub n: u32,
    /// Why.
    pub reason: SkipReason,
}

/// Why an item was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Every answer is right.
    AllRight,
    /// Every answer is wrong.
    AllWrong,
    /// Fewer answers than asked for.
    TooFewAnswers,
    /// Every answer has the same score.
    OneCategory,
}

impl SkipReason {
    /// The reason in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::AllRight => "only right answers",
            Self::AllWrong => "only wrong answers",
            Self::TooFewAnswers => "too few answers",
            Self::OneCategory => "answers of one score only",
        }
    }
}

/// Leaves out items with one outcome or fewer than `min_n` answers. Fixed anchors always stay:
/// they need no estimate and their answers say something about the students.
pub(crate) fn screen(
    data: &Responses<'_>,
    min_n: u32,
    anchors: &[Option<Anchor>],
) -> Result<Screening, Error> {
    let mut all = vec![(0u32, 0u32); data.n_items];
    for (&item, &correct) in data.item.iter().zip(data.correct) {
        let count = &mut all[item as usize];
        count.0 += 1;
        count.1 += u32::from(correct);
    }
    screen_counts(&all, min_n, anchors)
}

/// The same of the answers and right answers of every item code.
pub(crate) fn screen_counts(
    all: &[(u32, u32)],
    min_n: u32,
    anchors: &[Option<Anchor>],
) -> Result<Screening, Error> {
    let mut screening = Screening {
        items: Vec::new(),
        position: vec![UNUSED; all.len()],
        counts: Vec::new(),
        skipped: Vec::new(),
        n_answers: 0,
    };
    for (item, &(n, right)) in all.iter().enumerate() {
        if n == 0 {
            continue;
        }
        let fixed = anchors[item].is_some_and(|a| a.fixed);
        if let Some(reason) = reason_to_skip(n, right, min_n).filter(|_| !fixed) {
            screening.skipped.push(SkippedItem { item: item as u32, n, reason });
            continue;
        }
        screening.position[item] = screening.items.len() as u32;
        screening.items.push(item as u32);
        screening.counts.push((n, right));
        screening.n_answers += n as usize;
    }
    if screening.items.is_empty() {
        return Err(no_usable_item(&screening.skipped));
    }
    Ok(screening)
}

fn reason_to_skip(n: u32, right: u32, min_n: u32) -> Option<SkipReason> {
    if n < min_n {
        return Some(SkipReason::TooFewAnswers);
    }
    if right == n {
        return Some(SkipReason::AllRight);
    }
    (right == 0).then_some(SkipReason::AllWrong)
}

pub(crate) fn no_usable_item(skipped: &[SkippedItem]) -> Error {
    use SkipReason::{AllRight, AllWrong, OneCategory, TooFewAnswers};
    let reasons: Vec<String> = [TooFewAnswers, AllRight, AllWrong, OneCategory]
        .into_iter()
        .filter_map(|reason| {
            let n = skipped.iter().filter(|s| s.reason == reason).count();
            (n > 0).then(|| format!("{n} with {}", reason.text()))
        })
        .collect();
    Error::NoUsableItem { n_items: skipped.len(), reasons: reasons.join(", ") }
}
