//! Quantiles of a sample.

/// The quantile of ascending values at `share` (0..1), interpolated linearly between order
/// statistics (type 7 of Hyndman and Fan, 1996, *Sample quantiles in statistical packages*, The
/// American Statistician 50, 361–365; the default of R). `None` without values.
pub(crate) fn quantile(ascending: &[f64], share: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let position = share * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    let part = position - below as f64;
    Some(ascending[below] + part * (ascending[above] - ascending[below]))
}

#[cfg(test)]
mod tests {
    use super::quantile;

    // numpy 2.4: quantile([1, 2, 4, 8], q), method "linear"
    #[test]
    fn agrees_with_numpy() {
        let values = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.75, 5.0), (1.0, 8.0)] {
            assert_eq!(quantile(&values, share), Some(expected));
        }
        assert_eq!(quantile(&[3.0], 0.25), Some(3.0));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
