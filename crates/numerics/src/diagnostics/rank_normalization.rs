//! Draws as normal scores of their ranks.

use crate::normal::normal_quantile;

/// Draws replaced by normal scores Φ⁻¹((r − 3/8) / (S + 1/4)) of their ranks r among all S draws;
/// ties share the mean rank (Vehtari et al. 2021, equation 14).
pub(super) fn rank_normalized(chains: &[&[f64]]) -> Vec<Vec<f64>> {
    let n = chains.first().map_or(0, |chain| chain.len());
    let draws: Vec<f64> = chains.iter().copied().flatten().copied().collect();
    let mut order: Vec<usize> = (0..draws.len()).collect();
    order.sort_unstable_by(|&a, &b| draws[a].total_cmp(&draws[b]));
    let mut scores = vec![vec![0.0; n]; chains.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| draws[a] == draws[b]) {
        let rank = before as f64 + 0.5 * (tied.len() as f64 + 1.0);
        before += tied.len();
        let score = normal_quantile((rank - 0.375) / (draws.len() as f64 + 0.25));
        for &at in tied {
            scores[at / n][at % n] = score;
        }
    }
    scores
}

#[cfg(test)]
mod tests {
    use super::rank_normalized;

    #[test]
    fn ties_share_their_mean_rank() {
        let scores = rank_normalized(&[&[5.0, 1.0], &[5.0, 9.0]]);
        assert_eq!(scores[0][0], scores[1][0]);
        assert!((scores[0][0]).abs() < 1e-15, "the middle of four ranks is the median");
        assert!((scores[0][1] + scores[1][1]).abs() < 1e-15, "symmetric");
    }
}
