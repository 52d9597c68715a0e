//! One column alone: how well it splits.

use seedtest_numerics::ln;

/// Numbers of parts a column is split into.
pub(crate) const PARTS: std::ops::RangeInclusive<usize> = 2..=4;
/// Places where it may be cut.
const CUTS: usize = 64;

/// For 2, 3 and 4 parts of `ascending` values, −ln of the share of the sum of squares that is left within
/// them, at the best of 64 places to cut (dynamic programming: Fisher 1958); for 2 parts with the depth of
/// the valley between them.
pub(crate) fn splits(ascending: &[f64]) -> Vec<f64> {
    let prefix = Prefix::new(ascending);
    let cuts = cuts(ascending);
    let whole = prefix.within(0, ascending.len());
    let least = f64::EPSILON * whole.max(f64::MIN_POSITIVE);
    let mut best: Vec<f64> = cuts.iter().map(|&to| prefix.within(0, to)).collect();
    let mut splits: Vec<f64> = PARTS
        .map(|_| {
            best = (0..cuts.len())
                .map(|to| {
                    let split = |from: usize| best[from] + prefix.within(cuts[from], cuts[to]);
                    (0..=to).map(split).fold(f64::INFINITY, f64::min)
                })
                .collect();
            let left = best.last().copied().unwrap_or(0.0);
            ln(whole.max(f64::MIN_POSITIVE) / left.max(least))
        })
        .collect();
    splits[0] += WEIGHT_OF_VALLEY * valley(ascending, &prefix, &cuts);
    splits
}

/// What the depth of a valley counts beside the sum of squares: with more it is noise of a few rows, with less
/// a flat stretch passes for two groups.
pub(crate) const WEIGHT_OF_VALLEY: f64 = 0.3;

/// Depth of the valley between the two best parts.
fn valley(ascending: &[f64], prefix: &Prefix, cuts: &[usize]) -> f64 {
    let n = ascending.len();
    let left_over = |at: usize| prefix.within(0, at) + prefix.within(at, n);
    let inner = cuts.iter().copied().filter(|at| (1..n).contains(at));
    let Some(cut) = inner.min_by(|&a, &b| left_over(a).total_cmp(&left_over(b))) else {
        return 0.0;
    };
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let (low, high) = (mean(&ascending[..cut]), mean(&ascending[cut..]));
    Windows::of(ascending.iter().map(|x| (x - low) / (high - low))).depth()
}

/// Rows around two centres and between them: those of the sixths of the way on either side of each centre, and
/// of the third in the middle.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Windows {
    pub(crate) first: usize,
    pub(crate) between: usize,
    pub(crate) second: usize,
}

impl Windows {
    /// Of shares of the way from the first centre (0) to the second (1).
    pub(crate) fn of(way: impl Iterator<Item = f64>) -> Self {
        let mut windows = Self::default();
        for at in way {
            let third = (3.0 * at + 0.5).floor();
            // Thirds are counted from the middle of the first centre's: 0, half a step, 3.
            if third == 0.0 {
                windows.first += 1;
            } else if third == 3.0 {
                windows.second += 1;
            }
            windows.between += usize::from((1.0 / 3.0..2.0 / 3.0).contains(&at));
        }
        windows
    }

    /// ln of how much rarer rows are between the centres than around the one with fewer; 0 and less for no
    /// valley.
    pub(crate) fn depth(self) -> f64 {
        let around = self.first.min(self.second) as f64 + 0.5;
        ln(around / (self.between as f64 + 0.5))
    }
}

/// Labels of the best `k` parts of the rows of a column; those that do not know it are in the middle one.
pub(crate) fn parts(column: &[f64], k: usize) -> Vec<u32> {
    let mut ascending: Vec<f64> = column.iter().copied().filter(|x| !x.is_nan()).collect();
    ascending.sort_by(f64::total_cmp);
    let prefix = Prefix::new(&ascending);
    let cuts = cuts(&ascending);
    let mut best: Vec<f64> = cuts.iter().map(|&to| prefix.within(0, to)).collect();
    let mut from: Vec<Vec<usize>> = Vec::new();
    for _ in 1..k {
        let chosen: Vec<(f64, usize)> = (0..cuts.len())
            .map(|to| {
                let split = |from: usize| best[from] + prefix.within(cuts[from], cuts[to]);
                let of = (0..=to).map(|from| (split(from), from));
                of.fold((f64::INFINITY, 0), |best, of| if of.0 < best.0 { of } else { best })
            })
            .collect();
        best = chosen.iter().map(|c| c.0).collect();
        from.push(chosen.iter().map(|c| c.1).collect());
    }
    let mut at = cuts.len().saturating_sub(1);
    let mut bounds: Vec<f64> = Vec::new();
    for chosen in from.iter().rev() {
        at = chosen[at];
        bounds.push(cuts[at].checked_sub(1).map_or(f64::NEG_INFINITY, |last| ascending[last]));
    }
    let of = |x: &f64| {
        if x.is_nan() {
            return k as u32 / 2;
        }
        bounds.iter().filter(|bound| *x > **bound).count() as u32
    };
    column.iter().map(of).collect()
}

/// Ends of the parts that may be: 0 and every rank of a grid at which the value changes.
fn cuts(ascending: &[f64]) -> Vec<usize> {
    let n = ascending.len();
    let mut cuts = vec![0];
    for step in 1..=CUTS {
        let mut at = step * n / CUTS;
        // Equal values stay together.
        while at > 0 && at < n && ascending[at] == ascending[at - 1] {
            at += 1;
        }
        if cuts.last().is_some_and(|last| *last < at) {
            cuts.push(at);
        }
    }
    cuts
}

/// Sums of the first values and of their squares, around their mean.
struct Prefix {
    sums: Vec<(f64, f64)>,
}

impl Prefix {
    fn new(values: &[f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        let mut sums = vec![(0.0, 0.0)];
        let (mut sum, mut squares) = (0.0, 0.0);
        for x in values {
            sum += x - mean;
            squares += (x - mean) * (x - mean);
            sums.push((sum, squares));
        }
        Self { sums }
    }

    /// Sum of squares of some values around their mean.
    fn within(&self, from: usize, to: usize) -> f64 {
        if to <= from {
            return 0.0;
        }
        let (low, high) = (self.sums[from], self.sums[to]);
        let sum = high.0 - low.0;
        (high.1 - low.1 - sum * sum / (to - from) as f64).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::{Stream, ln};

    use super::{parts, splits};

    #[test]
    fn groups_are_found_whatever_their_number() {
        let mut stream = Stream::new(1, 0);
        let column: Vec<f64> = (0..90).map(|i| f64::from(i % 3) * 20.0 + stream.normal()).collect();
        let found = parts(&column, 3);
        assert!(found.iter().enumerate().all(|(i, label)| *label == i as u32 % 3), "{found:?}");
        let mut ascending = column;
        ascending.sort_by(f64::total_cmp);
        let of = splits(&ascending);
        // A third of 2 · 20² + 1 against 1; two parts leave two groups together.
        assert!((of[1] - ln(267.67)).abs() < 0.3 && of[0] < 1.6, "{of:?}");
    }

    #[test]
    fn equal_values_stay_together_and_missing_ones_are_somewhere() {
        let column = [1.0, 1.0, 1.0, 5.0, 5.0, f64::NAN];
        assert_eq!(parts(&column, 2), [0, 0, 0, 1, 1, 1]);
        assert_eq!(splits(&[2.0, 2.0, 2.0]).len(), 3);
        assert!(splits(&[1.0, 1.0, 2.0]).iter().all(|s| *s > 30.0));
    }
}
