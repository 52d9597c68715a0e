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
    let cohort = matrix.means();
    (0..k)
        .map(|c| {
            let members: Vec<&[f64]> = matrix
                .rows()
                .zip(labels)
                .filter(|(_, label)| **label == Some(c as u32))
                .map(|(row, _)| row)
                .collect();
            let size = members.len() as f64;
            let t = (members.len() > 1).then(|| student_quantile(0.975, size - 1.0));
            let mut differences: Vec<Difference> = scales
                .iter()
                .enumerate()
                .map(|(j, scale)| {
                    // A standard deviation of the feature on the scale of clustering.
                    let unit = scale.sd / scale.unit();
                    let mean = members.iter().map(|row| row[j]).sum::<f64>() / size.max(1.0);
                    let squares: f64 =
                        members.iter().map(|row| (row[j] - mean) * (row[j] - mean)).sum();
                    let se = (squares / (size - 1.0).max(1.0) / size.max(1.0)).sqrt() / unit;
                    let effect = (mean - cohort[j]) / unit;
                    Difference {
                        feature: scale.name.clone(),
                        mean: scale.undo(mean),
                        cohort: scale.undo(cohort[j]),
                        effect,
                        lower: t.map(|t| effect - t * se),
                        upper: t.map(|t| effect + t * se),
                    }
                })
                .collect();
            differences.sort_by(|a, b| b.effect.abs().total_cmp(&a.effect.abs()));
            Card {
                cluster: c as u32,
                size: members.len(),
                share: size / n,
                stability: stability.map(|s| s[c]),
                differences,
            }
        })
        .collect()
}
