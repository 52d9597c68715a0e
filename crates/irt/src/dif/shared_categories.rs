//! Categories that both groups have.

use super::result::JoinedCategories;
use crate::polytomous::Responses;

/// Scores of an item after those that one group does not have are joined to a neighbour.
pub(super) struct SharedCategories {
    /// New score of every score, by item; `None` for scores that nobody has.
    new: Vec<Vec<Option<u8>>>,
    /// Categories by item.
    pub(super) n_categories: Vec<usize>,
    pub(super) joined: Vec<JoinedCategories>,
}

impl SharedCategories {
    /// `is_focal` tells the group of a student.
    pub(super) fn new(data: &Responses<'_>, is_focal: &[Option<bool>]) -> Self {
        let mut counts: Vec<Vec<[u32; 2]>> = vec![Vec::new(); data.n_items];
        for (row, &item) in data.item.iter().enumerate() {
            let Some(focal) = is_focal[data.student[row] as usize] else { continue };
            let (counts, score) = (&mut counts[item as usize], usize::from(data.score[row]));
            if counts.len() <= score {
                counts.resize(score + 1, [0; 2]);
            }
            counts[score][usize::from(focal)] += 1;
        }
        let mut shared = Self { new: Vec::new(), n_categories: Vec::new(), joined: Vec::new() };
        for (item, counts) in (0u32..).zip(&counts) {
            let (new, n) = joined_scores(counts);
            let moved: Vec<u8> = (0u8..)
                .zip(counts)
                .filter(|(_, n)| n.contains(&0) && n.iter().any(|n| *n > 0))
                .map(|(score, _)| score)
                .collect();
            if !moved.is_empty() && n > 0 {
                shared.joined.push(JoinedCategories { item, scores: moved });
            }
            shared.new.push(new);
            shared.n_categories.push(n);
        }
        shared
    }

    /// Category of a score of an item.
    pub(super) fn category(&self, item: u32, score: u8) -> Option<u8> {
        self.new[item as usize].get(usize::from(score)).copied().flatten()
    }
}

/// A score that only one group has goes to the next lower one that both have, or to the lowest.
fn joined_scores(counts: &[[u32; 2]]) -> (Vec<Option<u8>>, usize) {
    let mut next = 0u8;
    let mut new: Vec<Option<u8>> = Vec::with_capacity(counts.len());
    for n in counts {
        if n.iter().all(|n| *n > 0) {
            new.push(Some(next));
            next += 1;
        } else {
            let seen = n.iter().any(|n| *n > 0);
            new.push(seen.then_some(next.saturating_sub(1)));
        }
    }
    (if next == 0 { vec![None; counts.len()] } else { new }, usize::from(next))
}

#[cfg(test)]
mod tests {
    use super::joined_scores;

    #[test]
    fn scores_of_one_group_go_to_a_neighbour() {
        let (new, n) = joined_scores(&[[3, 0], [5, 4], [0, 0], [2, 0], [1, 1]]);
        assert_eq!(n, 2);
        assert_eq!(new, [Some(0), Some(0), None, Some(0), Some(1)]);
        assert_eq!(joined_scores(&[[3, 0], [0, 2]]).1, 0);
    }
}
