//! Item fit by number-right score (Orlando & Thissen 2000).

use rayon::prelude::*;
use seedtest_numerics::{chi_square_sf, square};
use serde::{Deserialize, Serialize};

use crate::item_parameters::ItemParameters;
use crate::sum_scores::add_item;

/// Most items for which the score distributions without each item are computed.
pub(crate) const MOST_ITEMS: usize = 200;
/// Fewest expected students in each cell; neighbouring scores are joined until it is reached.
pub(crate) const SMALLEST_CELL: f64 = 1.0;

/// Fit of one item to the number-right groups (Orlando & Thissen 2000).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SX2 {
    /// Pearson statistic over the score groups.
    pub statistic: f64,
    /// Score groups minus estimated parameters.
    pub df: u32,
    /// Probability of a larger statistic under the model; `None` without degrees of freedom.
    pub p: Option<f64>,
    /// `p` adjusted for all items (Benjamini & Hochberg 1995).
    pub p_adjusted: Option<f64>,
}

/// S-X² of every item over students who answered all of them. `nodes` are abilities with weights,
/// `n_parameters` the number of estimated parameters of each item.
pub(crate) fn s_x2(
    items: &[ItemParameters],
    n_parameters: &[u32],
    complete: &[Vec<u8>],
    nodes: &[(f64, f64)],
) -> Vec<SX2> {
    let k = items.len();
    let mut students = vec![0.0; k + 1];
    let mut right = vec![vec![0.0; k + 1]; k];
    for row in complete {
        let score: usize = row.iter().map(|y| usize::from(*y)).sum();
        students[score] += 1.0;
        for (j, y) in row.iter().enumerate() {
            right[j][score] += f64::from(*y);
        }
    }
    let expected = (0..k).into_par_iter().map(|j| expected_shares(items, j, nodes));
    let mut results: Vec<SX2> = expected
        .zip(right.par_iter())
        .zip(n_parameters.par_iter())
        .map(|((shares, right), n)| statistic(&students, right, &shares, *n))
        .collect();
    adjust(&mut results);
    results
}

/// Expected share of right answers to item j among students with each score.
fn expected_shares(items: &[ItemParameters], j: usize, nodes: &[(f64, f64)]) -> Vec<f64> {
    let k = items.len();
    let mut right = vec![0.0; k + 1];
    let mut all = vec![0.0; k + 1];
    for &(theta, weight) in nodes {
        let mut rest = vec![1.0];
        for (i, item) in items.iter().enumerate() {
            if i != j {
                add_item(&mut rest, item.probability(theta));
            }
        }
        let p = items[j].probability(theta);
        for (score, probability) in rest.iter().enumerate() {
            right[score + 1] += weight * p * probability;
            all[score + 1] += weight * p * probability;
            all[score] += weight * (1.0 - p) * probability;
        }
    }
    right.iter().zip(&all).map(|(r, a)| if *a > 0.0 { r / a } else { 0.0 }).collect()
}

#[derive(Clone, Copy, Default)]
struct Cell {
    students: f64,
    right: f64,
    expected: f64,
}

impl Cell {
    fn too_small(&self) -> bool {
        self.expected < SMALLEST_CELL || self.students - self.expected < SMALLEST_CELL
    }

    fn join(&mut self, other: Self) {
        self.students += other.students;
        self.right += other.right;
        self.expected += other.expected;
    }
}

fn statistic(students: &[f64], right: &[f64], shares: &[f64], n_parameters: u32) -> SX2 {
    let k = students.len() - 1;
    // Scores 0 and k say nothing: everybody is wrong, or right.
    let cells: Vec<Cell> = (1..k)
        .map(|s| Cell { students: students[s], right: right[s], expected: students[s] * shares[s] })
        .collect();
    let cells = joined(&cells);
    let statistic = cells
        .iter()
        .map(|c| {
            let share = c.expected / c.students;
            square(c.right - c.expected) / (c.students * share * (1.0 - share))
        })
        .sum();
    let df = (cells.len() as u32).saturating_sub(n_parameters);
    let p = (df > 0).then(|| chi_square_sf(statistic, f64::from(df)));
    SX2 { statistic, df, p, p_adjusted: None }
}

/// Joins small cells to their neighbours, from both ends towards the middle.
fn joined(cells: &[Cell]) -> Vec<Cell> {
    let middle = cells.len() / 2;
    let inward = |cells: &mut dyn Iterator<Item = &Cell>| {
        let mut done: Vec<Cell> = Vec::new();
        let mut open = Cell::default();
        for cell in cells {
            open.join(*cell);
            if !open.too_small() {
                done.push(open);
                open = Cell::default();
            }
        }
        (done, open)
    };
    let (mut low, low_rest) = inward(&mut cells[..middle].iter());
    let (mut high, high_rest) = inward(&mut cells[middle..].iter().rev());
    high.reverse();
    low.extend(high);
    let mut rest = low_rest;
    rest.join(high_rest);
    if let Some(last) = low.last_mut() {
        last.join(rest);
    }
    low
}

pub(crate) fn adjust(results: &mut [SX2]) {
    let mut order: Vec<usize> = (0..results.len()).filter(|&i| results[i].p.is_some()).collect();
    order.sort_by(|&i, &j| {
        results[j].p.partial_cmp(&results[i].p).unwrap_or(std::cmp::Ordering::Equal)
    });
    let n = order.len() as f64;
    let mut smallest: f64 = 1.0;
    for (from_top, &i) in order.iter().enumerate() {
        let rank = n - from_top as f64;
        smallest = smallest.min(results[i].p.unwrap_or(1.0) * n / rank);
        results[i].p_adjusted = Some(smallest);
    }
}
