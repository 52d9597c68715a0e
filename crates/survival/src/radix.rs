//! Sorting by digits.

/// Fewer keys are sorted sooner by comparison than their digits are counted.
const FEW: usize = 2048;
const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 6;
const BUCKETS: usize = 1 << DIGIT_BITS;

/// Indices of the keys in increasing order; equal keys keep their order. Least significant digit
/// first; digits in which all keys agree cost nothing, so whole-day times sort in two or three
/// passes.
pub(crate) fn sorted_order(keys: &[u64]) -> Vec<u32> {
    if keys.len() < FEW {
        let mut pairs: Vec<(u64, u32)> = keys.iter().copied().zip(0..).collect();
        pairs.sort_unstable();
        return pairs.into_iter().map(|(_, row)| row).collect();
    }
    let mut counts = vec![[0u32; BUCKETS]; DIGITS];
    for &key in keys {
        for (d, count) in counts.iter_mut().enumerate() {
            count[digit(key, d)] += 1;
        }
    }
    let mut from: Vec<(u64, u32)> = keys.iter().copied().zip(0..).collect();
    let mut to = vec![(0, 0); from.len()];
    for (d, count) in counts.iter_mut().enumerate() {
        if count.contains(&(keys.len() as u32)) {
            continue;
        }
        let mut start = 0;
        for c in count.iter_mut() {
            start += std::mem::replace(c, start);
        }
        for &(key, row) in &from {
            let at = &mut count[digit(key, d)];
            to[*at as usize] = (key, row);
            *at += 1;
        }
        std::mem::swap(&mut from, &mut to);
    }
    from.into_iter().map(|(_, row)| row).collect()
}

fn digit(key: u64, d: usize) -> usize {
    (key >> (d as u32 * DIGIT_BITS)) as usize & (BUCKETS - 1)
}

/// A key that orders as the finite number does.
pub(crate) fn number_key(x: f64) -> u64 {
    // Minus zero is zero.
    let bits = (x + 0.0).to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// Rank of every value from 0, equal values sharing one, and the number of distinct values.
pub(crate) fn dense_ranks(values: &[f64]) -> (Vec<u32>, u32) {
    let keys: Vec<u64> = values.iter().map(|&x| number_key(x)).collect();
    let order = sorted_order(&keys);
    let mut ranks = vec![0; values.len()];
    let mut rank = 0;
    for pair in order.windows(2) {
        rank += u32::from(keys[pair[0] as usize] != keys[pair[1] as usize]);
        ranks[pair[1] as usize] = rank;
    }
    (ranks, if values.is_empty() { 0 } else { rank + 1 })
}

#[cfg(test)]
mod tests {
    use super::{FEW, dense_ranks, number_key, sorted_order};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_is_that_of_a_stable_sort(keys in prop_oneof![
            prop::collection::vec(any::<u64>(), 0..300),
            prop::collection::vec(0..50u64, 0..300),
            prop::collection::vec(any::<u64>(), FEW..FEW + 300),
            prop::collection::vec(0..50u64, FEW..FEW + 300),
        ]) {
            let mut expected: Vec<u32> = (0..keys.len() as u32).collect();
            expected.sort_by_key(|&row| keys[row as usize]);
            prop_assert_eq!(sorted_order(&keys), expected);
        }

        #[test]
        fn keys_order_as_numbers(x in -1e9f64..1e9, y in -1e9f64..1e9) {
            prop_assert_eq!(x < y, number_key(x) < number_key(y));
        }
    }

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(dense_ranks(&[0.5, -1.0, 0.5, 0.0, -0.0]), (vec![2, 0, 2, 1, 1], 3));
        assert_eq!(dense_ranks(&[]), (vec![], 0));
    }
}
