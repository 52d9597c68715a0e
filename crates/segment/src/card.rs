//! A segment in a few numbers: how large, what sets it apart, how sure.

use seedtest_numerics::student_quantile;
use serde::{Deserialize, Serialize};

use crate::data::Scale;
use crate::matrix::Matrix;

/// How a segment differs from everyone in one feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Name of the feature.
    pub feature: String,
    /// Mean of the segment, in the unit of the feature.
    pub mean: f64,
    /// Mean of all rows.
    pub cohort: f64,
    /// Difference in standard deviations of the cohort.
    pub effect: f64,
    /// Lower end of a 95 % interval of the effect, given the segment; `None` for a segment of one row,
    /// which does not tell how much its rows vary.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// Whether the segment differs from the other rows beyond sampling error: Welch's test at 5 % over all
    /// segments and features together (Bonferroni).
    #[serde(default)]
    pub differs: bool,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Number of the cluster, from 0.
    pub cluster: u32,
    /// Rows.
    pub size: usize,
    /// Their share of all rows.
    pub share: f64,
    /// Mean Jaccard similarity to the most similar cluster of bootstrap samples: how sure the segment is
    /// there at all. `None` where it was not computed.
    pub stability: Option<f64>,
    /// Features, the largest effects first.
    pub differences: Vec<Difference>,
}

/// The cards of `k` clusters. The intervals say how well the mean of a given segment is known; that the
/// segments were made from the same features is what `stability` is for.
pub(crate) fn cards(
    matrix: &Matrix,
    labels: &[Option<u32>],
    scales: &[Scale],
    stability: Option<&[f64]>,
    k: usize,
) -> Vec<Card> {
    let n = matrix.n() as f64;
    let tests = (k * scales.len()) as f64;
    (0..k)
        .map(|c| {
            let is_member = |label: &Option<u32>| *label == Some(c as u32);
            let size = labels.iter().filter(|label| is_member(label)).count();
            let mut differences: Vec<Difference> = scales
                .iter()
                .enumerate()
                .map(|(j, scale)| {
                    let mut members = Moments::default();
                    let mut others = Moments::default();
                    for (row, label) in matrix.rows().zip(labels) {
                        let group = if is_member(label) { &mut members } else { &mut others };
                        if !row[j].is_nan() {
                            group.add(row[j]);
                        }
                    }
                    difference(scale, &members, &others, tests)
                })
                .collect();
            differences.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
            Card {
                cluster: c as u32,
                size,
                share: size as f64 / n,
                stability: stability.map(|s| s[c]),
                differences,
            }
        })
        .collect()
}

fn difference(scale: &Scale, members: &Moments, others: &Moments, tests: f64) -> Difference {
    // A standard deviation of the feature on the scale of clustering.
    let unit = scale.sd / scale.unit();
    let n = members.n + others.n;
    let cohort = (members.n * members.mean + others.n * others.mean) / n.max(1.0);
    // Nobody of the segment is known to differ.
    let mean = if members.n > 0.0 { members.mean } else { cohort };
    let effect = (mean - cohort) / unit;
    let half = (members.n > 1.0).then(|| {
        student_quantile(0.975, members.n - 1.0) * (members.variance() / members.n).sqrt() / unit
    });
    Difference {
        feature: scale.name.clone(),
        mean: scale.undo(mean),
        cohort: scale.undo(cohort),
        effect,
        lower: half.map(|half| effect - half),
        upper: half.map(|half| effect + half),
        differs: differ(members, others, tests),
    }
}

/// Whether two means differ, at 5 % divided by the number of `tests`; groups of one row never do, which do
/// not tell how much they vary.
fn differ(one: &Moments, other: &Moments, tests: f64) -> bool {
    const LEVEL: f64 = 0.05;
    if one.n < 2.0 || other.n < 2.0 {
        return false;
    }
    let (a, b) = (one.variance() / one.n, other.variance() / other.n);
    let apart = (one.mean - other.mean).abs();
    let squared = a + b;
    if squared <= 0.0 {
        return apart > 0.0;
    }
    let df = squared * squared / (a * a / (one.n - 1.0) + b * b / (other.n - 1.0));
    apart > student_quantile(1.0 - 0.5 * LEVEL / tests.max(1.0), df) * squared.sqrt()
}

/// Number, mean and sum of squares around it of a group, added one by one (Welford 1962).
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.n += 1.0;
        let from = x - self.mean;
        self.mean += from / self.n;
        self.squares += from * (x - self.mean);
    }

    fn variance(&self) -> f64 {
        self.squares / (self.n - 1.0).max(1.0)
    }
}
