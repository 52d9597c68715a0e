//! Sample quantiles.

/// Sample quantile between the order statistics (Hyndman & Fan 1996, type 7, R's default) of values
/// in ascending order.
///
/// `p` is clamped to [0, 1]; an empty slice gives `None`.
pub fn quantile(ascending: &[f64], p: f64) -> Option<f64> {
    let last = ascending.len().checked_sub(1)?;
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let share = position - below as f64;
    // At whole positions a neighbour at infinity must not turn the value into NaN.
    if share == 0.0 {
        return Some(ascending[below]);
    }
    Some(ascending[below] + share * (ascending[above] - ascending[below]))
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn interpolates_as_r_does() {
        // R 4.2.2: quantile(c(1, 2, 4, 8, 16), c(.025, .1, .5, .9, .975)).
        let x = [1.0, 2.0, 4.0, 8.0, 16.0];
        for (p, value) in [(0.025, 1.1), (0.1, 1.4), (0.5, 4.0), (0.9, 12.8), (0.975, 15.2)] {
            assert!((quantile(&x, p).unwrap() - value).abs() < 1e-13, "{p}");
        }
    }

    #[test]
    fn ends_and_empty_slices() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[3.0], 0.2), Some(3.0));
        assert_eq!(quantile(&[1.0, f64::INFINITY], 0.0), Some(1.0));
        assert_eq!(quantile(&[1.0, 2.0], 1.5), Some(2.0));
    }
}
