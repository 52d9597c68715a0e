//! Median of small unsigned numbers.

/// Median of unsorted values (mean of the two middle ones when their number is even); reorders
/// `values`. `None` for no values.
pub(crate) fn median(values: &mut [u32]) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (below, &mut upper, _) = values.select_nth_unstable(n / 2);
    if n % 2 == 1 {
        return Some(f64::from(upper));
    }
    let lower = below.iter().copied().max().unwrap_or(upper);
    Some(f64::midpoint(f64::from(lower), f64::from(upper)))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn odd_even_and_empty() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [7]), Some(7.0));
        assert_eq!(median(&mut [9, 1, 5]), Some(5.0));
        assert_eq!(median(&mut [10, 1, 4, 2]), Some(3.0));
        assert_eq!(median(&mut [u32::MAX, u32::MAX]), Some(f64::from(u32::MAX)));
    }
}
