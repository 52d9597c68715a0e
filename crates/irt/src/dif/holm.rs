//! Control of the family-wise error over all items.

/// Holm's adjusted probabilities (1979), in the order given; `None` stays `None` and does not count.
pub(super) fn holm(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<usize> = (0..p.len()).filter(|&i| p[i].is_some()).collect();
    let value = |i: usize| p[i].unwrap_or(1.0);
    order.sort_by(|&i, &j| value(i).total_cmp(&value(j)));
    let mut adjusted = vec![None; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max((order.len() - rank) as f64 * value(i)).min(1.0);
        adjusted[i] = Some(largest);
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::holm;

    #[test]
    fn the_smallest_counts_for_all_and_nothing_falls() {
        let found = holm(&[Some(0.01), None, Some(0.04), Some(0.03)]);
        assert_eq!(found, [Some(0.03), None, Some(0.06), Some(0.06)]);
        assert_eq!(holm(&[Some(0.9), Some(0.8)]), [Some(1.0), Some(1.0)]);
    }
}
