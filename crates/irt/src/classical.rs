//! Classical statistics of items: shares of right answers and correlations.

use seedtest_numerics::square;
use serde::{Deserialize, Serialize};

use crate::byte_order::{Reader, Writer};
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
    let mut sums = vec![RestSums::default(); data.n_items];
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

/// What the answers to an item show without a model, as sums that do not depend on the order and the grouping of
/// the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ItemSums {
    /// Answers.
    pub n: u64,
    /// Right answers.
    pub n_right: u64,
    rest: RestSums,
}

impl ItemSums {
    /// Sums of every item code.
    ///
    /// # Errors
    /// For answers that cannot be used.
    pub fn of(data: &Responses<'_>) -> Result<Vec<Self>, crate::error::Error> {
        data.validate()?;
        let mut sums = vec![Self::default(); data.n_items];
        let mut row = 0;
        for rows in data.student.chunk_by(|a, b| a == b) {
            let range = row..row + rows.len();
            row = range.end;
            let total: f64 = range.clone().map(|r| f64::from(data.correct[r])).sum();
            for r in range.clone() {
                let of_item = &mut sums[data.item[r] as usize];
                let y = f64::from(data.correct[r]);
                of_item.n += 1;
                of_item.n_right += u64::from(data.correct[r]);
                if range.len() > 1 {
                    of_item.rest.add(y, (total - y) / (range.len() - 1) as f64);
                }
            }
        }
        Ok(sums)
    }

    /// Adds other answers to the same item.
    pub fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.n_right += other.n_right;
        self.rest.merge(&other.rest);
    }

    /// The sums as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Writer::default();
        bytes.whole(self.n);
        bytes.whole(self.n_right);
        bytes.whole(self.rest.n);
        self.rest.sums.iter().for_each(|sum| bytes.wide(sum.0));
        bytes.0
    }

    /// Sums that [`to_bytes`](Self::to_bytes) wrote; `None` where the bytes are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut bytes = Reader(bytes);
        let (n, n_right) = (bytes.whole()?, bytes.whole()?);
        let mut rest = RestSums { n: bytes.whole()?, ..RestSums::default() };
        for sum in &mut rest.sums {
            *sum = Exact(bytes.wide()?);
        }
        bytes.0.is_empty().then_some(Self { n, n_right, rest })
    }

    /// The statistics of the item with this code.
    pub(crate) fn classical(&self, item: u32) -> ClassicalItem {
        let p = (self.n > 0).then(|| self.n_right as f64 / self.n as f64);
        ClassicalItem { item, n: self.n as u32, p, item_rest: self.rest.value() }
    }
}

/// Sum of numbers from 0 to 1 in whole multiples of 2⁻⁶⁰: the same in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Exact(i128);

impl Exact {
    const UNIT: f64 = (1u64 << 60) as f64;

    fn add(&mut self, x: f64) {
        self.0 += i128::from((x * Self::UNIT) as i64);
    }

    fn value(self) -> f64 {
        self.0 as f64 / Self::UNIT
    }
}

/// Sums of the correlation of shares, each from 0 to 1, with the shares of the other answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct RestSums {
    n: u64,
    /// Of x, y, x², x·y and y².
    sums: [Exact; 5],
}

impl RestSums {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1;
        for (sum, value) in self.sums.iter_mut().zip([x, y, x * x, x * y, y * y]) {
            sum.add(value);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            sum.0 += other.0;
        }
    }

    /// `None` when a variable does not vary beyond rounding.
    fn value(&self) -> Option<f64> {
        let [x, y, xx, xy, yy] = self.sums.map(Exact::value);
        Correlation { n: self.n as f64, x, y, xx, xy, yy }.value()
    }
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

#[cfg(test)]
mod tests {
    use super::{ItemSums, classical_items};
    use crate::responses::Responses;

    #[test]
    fn sums_of_parts_are_those_of_the_whole() {
        let student = [0, 0, 0, 1, 1, 2, 3, 3, 3, 4, 4];
        let item = [0, 1, 2, 0, 1, 2, 2, 1, 0, 1, 2];
        let correct = [1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0];
        let of = |from: usize, to: usize| {
            let (student, item, correct) =
                (&student[from..to], &item[from..to], &correct[from..to]);
            ItemSums::of(&Responses { student, item, correct, n_students: 5, n_items: 3 }).unwrap()
        };
        let whole = of(0, 11);
        for cut in [3, 5, 6, 9] {
            let (mut one, other) = (of(cut, 11), of(0, cut));
            one.iter_mut().zip(&other).for_each(|(one, other)| one.merge(other));
            assert_eq!(one, whole);
        }
        let all = Responses {
            student: &student,
            item: &item,
            correct: &correct,
            n_students: 5,
            n_items: 3,
        };
        for ((code, sums), classical) in (0u32..).zip(&whole).zip(classical_items(&all)) {
            assert_eq!(sums.classical(code), classical);
            assert_eq!(ItemSums::from_bytes(&sums.to_bytes()), Some(*sums));
        }
        assert_eq!(ItemSums::from_bytes(&whole[0].to_bytes()[1..]), None);
    }
}
