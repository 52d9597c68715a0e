//! Classical statistics of items: shares of right answers and correlations.

use seedtest_numerics::square;
use serde::{Deserialize, Serialize};

use crate::responses::{Answered, Responses};

/// What an item shows without a model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClassicalItem {
    /// Item code.
    pub item: u32,
    /// Answers.
    pub n: u32,
    /// Share of right answers; `None` without answers.
    pub p: Option<f64>,
    /// Correlation of the answer with the student's share of right answers to all other items;
    /// `None` when one of the two does not vary. With complete answers this is the usual
    /// item–rest correlation.
    pub item_rest: Option<f64>,
}

/// One-sided 5 % of a standard normal deviate.
const ONE_SIDED_5_PERCENT: f64 = 1.645;

impl ClassicalItem {
    /// Whether able students get the item right less often, beyond chance (one-sided 5 %): a
    /// reversed key looks like this, whatever sign a prior leaves to the discrimination.
    pub(crate) fn goes_against(&self) -> bool {
        /// Below this many answers the correlation is no basis for a suspicion.
        const FEWEST_ANSWERS: u32 = 20;
        // Without an association the correlation of n answers has a standard error of 1/√n.
        let chance = ONE_SIDED_5_PERCENT / f64::from(self.n.max(1)).sqrt();
        self.n >= FEWEST_ANSWERS && self.item_rest.is_some_and(|r| r < -chance)
    }
}

/// Classical statistics of every item code.
pub(crate) fn classical_items(data: &Responses<'_>) -> Vec<ClassicalItem> {
    classical_shares(&data.as_answered(), |row| f64::from(data.correct[row]))
}

/// The same of answers of which each has a share of the highest score of its item, by row.
pub(crate) fn classical_shares(
    data: &Answered<'_>,
    share: impl Fn(usize) -> f64,
) -> Vec<ClassicalItem> {
    let mut sums = vec![Correlation::default(); data.n_items];
    let mut counts = vec![(0u32, 0.0); data.n_items];
    let mut row = 0;
    for rows in data.student.chunk_by(|a, b| a == b) {
        let range = row..row + rows.len();
        row = range.end;
        let total: f64 = range.clone().map(&share).sum();
        for r in range.clone() {
            let item = data.item[r] as usize;
            let y = share(r);
            counts[item].0 += 1;
            counts[item].1 += y;
            if range.len() > 1 {
                sums[item].add(y, (total - y) / (range.len() - 1) as f64);
            }
        }
    }
    counts
        .iter()
        .zip(&sums)
        .enumerate()
        .map(|(item, (&(n, right), sum))| ClassicalItem {
            item: item as u32,
            n,
            p: (n > 0).then(|| right / f64::from(n)),
            item_rest: sum.value(),
        })
        .collect()
}

/// Of every item code the first category whose students do worse on their other answers than those of the category
/// below it, beyond chance (one-sided 5 %): categories that are numbered in another order than they mean look like this.
/// `share` is that of the highest score and `category` the number of the category of the answer in a row. Categories
/// with fewer than ten such students are passed over.
pub(crate) fn falling_categories(
    data: &Answered<'_>,
    share: impl Fn(usize) -> f64,
    category: impl Fn(usize) -> Option<usize>,
) -> Vec<Option<usize>> {
    let mut rest: Vec<Vec<Moments>> = vec![Vec::new(); data.n_items];
    let mut row = 0;
    for rows in data.student.chunk_by(|a, b| a == b) {
        let range = row..row + rows.len();
        row = range.end;
        if range.len() < 2 {
            continue;
        }
        let total: f64 = range.clone().map(&share).sum();
        for r in range.clone() {
            let Some(k) = category(r) else { continue };
            let of_item = &mut rest[data.item[r] as usize];
            if of_item.len() <= k {
                of_item.resize(k + 1, Moments::default());
            }
            of_item[k].add((total - share(r)) / (range.len() - 1) as f64);
        }
    }
    rest.iter().map(|of_item| first_fall(of_item)).collect()
}

fn first_fall(categories: &[Moments]) -> Option<usize> {
    const FEWEST_ANSWERS: f64 = 10.0;
    let known: Vec<(usize, &Moments)> =
        categories.iter().enumerate().filter(|(_, of)| of.n >= FEWEST_ANSWERS).collect();
    let falls = |pair: &&[(usize, &Moments)]| {
        let (below, above) = (pair[0].1, pair[1].1);
        let gap = below.mean() - above.mean();
        let error = (below.variance() / below.n + above.variance() / above.n).sqrt();
        gap > 0.0 && gap > ONE_SIDED_5_PERCENT * error
    };
    known.windows(2).find(falls).map(|pair| pair[1].0)
}

/// Sums of a mean and a variance.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.n += 1.0;
        self.sum += x;
        self.squares += x * x;
    }

    fn mean(&self) -> f64 {
        self.sum / self.n
    }

    fn variance(&self) -> f64 {
        ((self.squares - self.sum * self.mean()) / (self.n - 1.0)).max(0.0)
    }
}

/// Sums of a product-moment correlation.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Correlation {
    pub(crate) n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Correlation {
    pub(crate) fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// `None` when a variable does not vary beyond rounding.
    pub(crate) fn value(&self) -> Option<f64> {
        const ROUNDING: f64 = 1e-12;
        let x = self.xx - self.x * self.x / self.n;
        let y = self.yy - self.y * self.y / self.n;
        let varies = x > ROUNDING * self.xx && y > ROUNDING * self.yy && self.n > 2.0;
        varies.then(|| (self.xy - self.x * self.y / self.n) / (x * y).sqrt())
    }
}

/// Cronbach's α of the given items over the students who answered each of them once; `None` when
/// fewer than two items or students remain, or the scores do not vary.
pub(crate) fn alpha(complete: &[Vec<u8>]) -> Option<f64> {
    let n_items = complete.first()?.len();
    if n_items < 2 || complete.len() < 2 {
        return None;
    }
    let variance = |values: &dyn Fn(&Vec<u8>) -> f64| {
        let n = complete.len() as f64;
        let mean = complete.iter().map(values).sum::<f64>() / n;
        complete.iter().map(|row| square(values(row) - mean)).sum::<f64>() / (n - 1.0)
    };
    let of_items: f64 = (0..n_items).map(|j| variance(&|row| f64::from(row[j]))).sum();
    let of_scores = variance(&|row| row.iter().map(|y| f64::from(*y)).sum());
    let k = n_items as f64;
    (of_scores > 0.0).then(|| k / (k - 1.0) * (1.0 - of_items / of_scores))
}
