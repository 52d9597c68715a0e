//! Item fit by total score for items with several categories (Kang & Chen 2008).

use rayon::prelude::*;
use seedtest_numerics::{Interrupt, Interrupted, chi_square_sf, square};

use super::curves::CategoryCurves;
use crate::sx2::{SMALLEST_CELL, SX2, adjust};

/// S-X² of every item over students who answered all of them, by the sums of their categories. `nodes` are
/// abilities with weights, `n_parameters` the number of estimated parameters of each item.
///
/// # Errors
/// Once `stop` is raised.
pub(super) fn s_x2(
    items: &[&CategoryCurves],
    n_parameters: &[u32],
    complete: &[Vec<u8>],
    (nodes, stop): (&[(f64, f64)], &Interrupt),
) -> Result<Vec<SX2>, Interrupted> {
    let curves = Curves::new(items, nodes);
    let scores: Vec<usize> =
        complete.iter().map(|row| row.iter().map(|k| usize::from(*k)).sum()).collect();
    let mut results: Vec<SX2> = (0..items.len())
        .into_par_iter()
        .zip(n_parameters)
        .map(|(j, spent)| {
            let shares = curves.expected_shares(j, stop)?;
            let n = curves.categories[j];
            let mut observed = vec![0.0; shares.len()];
            for (score, row) in scores.iter().zip(complete) {
                observed[score * n + usize::from(row[j])] += 1.0;
            }
            Ok(statistic(&observed, &shares, n, *spent))
        })
        .collect::<Result<_, Interrupted>>()?;
    adjust(&mut results);
    Ok(results)
}

/// Work of [`s_x2`]: products of probabilities.
pub(super) fn work(items: &[&CategoryCurves], n_nodes: usize) -> f64 {
    let categories: f64 = items.iter().map(|item| item.n_categories() as f64).sum();
    let highest = categories - items.len() as f64;
    items.len() as f64 * n_nodes as f64 * categories * highest
}

/// Probabilities of all categories at the nodes.
struct Curves<'a> {
    nodes: &'a [(f64, f64)],
    categories: Vec<usize>,
    /// Item by item, node by node.
    probabilities: Vec<Vec<Vec<f64>>>,
    highest: usize,
}

impl<'a> Curves<'a> {
    fn new(items: &[&CategoryCurves], nodes: &'a [(f64, f64)]) -> Self {
        let categories: Vec<usize> = items.iter().map(|item| item.n_categories()).collect();
        let at = |item: &&CategoryCurves| {
            nodes.iter().map(|(theta, _)| item.probabilities(*theta)).collect()
        };
        let highest = categories.iter().map(|n| n - 1).sum();
        Self { nodes, categories, probabilities: items.iter().map(at).collect(), highest }
    }

    /// Probability of each category of item j among students with each score, score by score.
    fn expected_shares(&self, j: usize, stop: &Interrupt) -> Result<Vec<f64>, Interrupted> {
        let n = self.categories[j];
        let mut joint = vec![0.0; (self.highest + 1) * n];
        for (q, (_, weight)) in self.nodes.iter().enumerate() {
            stop.check()?;
            let rest = self.rest(j, q);
            for (score, p_rest) in rest.iter().enumerate() {
                for (k, p) in self.probabilities[j][q].iter().enumerate() {
                    joint[(score + k) * n + k] += weight * p_rest * p;
                }
            }
        }
        for group in joint.chunks_exact_mut(n) {
            let total: f64 = group.iter().sum();
            for p in group {
                *p = if total > 0.0 { *p / total } else { 0.0 };
            }
        }
        Ok(joint)
    }

    /// Distribution of the score on all items but j at a node.
    fn rest(&self, j: usize, q: usize) -> Vec<f64> {
        let mut distribution = vec![1.0];
        for (i, probabilities) in self.probabilities.iter().enumerate().filter(|(i, _)| *i != j) {
            let mut next = vec![0.0; distribution.len() + self.categories[i] - 1];
            for (score, p_score) in distribution.iter().enumerate() {
                for (k, p) in probabilities[q].iter().enumerate() {
                    next[score + k] += p_score * p;
                }
            }
            distribution = next;
        }
        distribution
    }
}

/// Students of one or several neighbouring scores by category.
#[derive(Clone, Default)]
struct Group {
    observed: Vec<f64>,
    expected: Vec<f64>,
}

impl Group {
    fn join(&mut self, other: &Self) {
        self.observed.resize(other.observed.len(), 0.0);
        self.expected.resize(other.expected.len(), 0.0);
        for (x, y) in self.observed.iter_mut().zip(&other.observed) {
            *x += y;
        }
        for (x, y) in self.expected.iter_mut().zip(&other.expected) {
            *x += y;
        }
    }

    /// Cells of neighbouring categories, each with enough expected students.
    fn cells(&self) -> Vec<(f64, f64)> {
        let mut cells: Vec<(f64, f64)> = Vec::new();
        let mut open = (0.0, 0.0);
        for (observed, expected) in self.observed.iter().zip(&self.expected) {
            open = (open.0 + observed, open.1 + expected);
            if open.1 >= SMALLEST_CELL {
                cells.push(open);
                open = (0.0, 0.0);
            }
        }
        if let Some(last) = cells.last_mut() {
            *last = (last.0 + open.0, last.1 + open.1);
        }
        cells
    }
}

fn statistic(observed: &[f64], shares: &[f64], n: usize, spent: u32) -> SX2 {
    let groups: Vec<Group> = observed
        .chunks_exact(n)
        .zip(shares.chunks_exact(n))
        .map(|(observed, shares)| {
            let students: f64 = observed.iter().sum();
            let expected = shares.iter().map(|share| students * share).collect();
            Group { observed: observed.to_vec(), expected }
        })
        .collect();
    let (mut statistic, mut cells) = (0.0, 0u32);
    for group in joined(&groups) {
        let of_group = group.cells();
        cells += of_group.len().saturating_sub(1) as u32;
        statistic += of_group
            .iter()
            .map(|(observed, expected)| square(observed - expected) / expected)
            .sum::<f64>();
    }
    let df = cells.saturating_sub(spent);
    let p = (df > 0).then(|| chi_square_sf(statistic, f64::from(df)));
    SX2 { statistic, df, p, p_adjusted: None }
}

/// Joins score groups that have not two cells to their neighbours, from both ends towards the middle.
fn joined(groups: &[Group]) -> Vec<Group> {
    let middle = groups.len() / 2;
    let inward = |groups: &mut dyn Iterator<Item = &Group>| {
        let mut done: Vec<Group> = Vec::new();
        let mut open = Group::default();
        for group in groups {
            open.join(group);
            if open.cells().len() > 1 {
                done.push(std::mem::take(&mut open));
            }
        }
        (done, open)
    };
    let (mut low, low_rest) = inward(&mut groups[..middle].iter());
    let (mut high, high_rest) = inward(&mut groups[middle..].iter().rev());
    high.reverse();
    let at_the_middle = low.len();
    low.extend(high);
    let place = at_the_middle.min(low.len().saturating_sub(1));
    if let Some(group) = low.get_mut(place) {
        group.join(&low_rest);
        group.join(&high_rest);
    }
    low
}
