//! Optimal assignment of rows to columns.

/// The column of each row so that the sum of `gain[row][column]` is largest, each column at most once;
/// `None` for rows that get no column (more rows than columns). Integer gains: ties do not depend on
/// rounding, and go to the first columns.
///
/// Hungarian method with potentials (Kuhn 1955; Jonker & Volgenant 1987), O(n³).
pub fn assign(gain: &[Vec<i64>]) -> Vec<Option<usize>> {
    let rows = gain.len();
    let columns = gain.first().map_or(0, Vec::len);
    let n = rows.max(columns);
    let largest = gain.iter().flatten().copied().max().unwrap_or(0);
    let cost = |row: usize, column: usize| -> i64 {
        gain.get(row).and_then(|r| r.get(column)).map_or(largest, |g| largest - g)
    };
    // Position 0 is a sentinel: the row being placed.
    let mut row_potential = vec![0i64; n + 1];
    let mut column_potential = vec![0i64; n + 1];
    let mut row_of = vec![0usize; n + 1];
    for row in 1..=n {
        row_of[0] = row;
        let mut least = vec![i64::MAX; n + 1];
        let mut from = vec![0usize; n + 1];
        let mut used = vec![false; n + 1];
        let mut column = 0;
        while row_of[column] != 0 {
            used[column] = true;
            let (at, mut delta, mut next) = (row_of[column], i64::MAX, 0);
            for other in 1..=n {
                if used[other] {
                    continue;
                }
                let reduced = cost(at - 1, other - 1) - row_potential[at] - column_potential[other];
                if reduced < least[other] {
                    least[other] = reduced;
                    from[other] = column;
                }
                if least[other] < delta {
                    delta = least[other];
                    next = other;
                }
            }
            for other in 0..=n {
                if used[other] {
                    row_potential[row_of[other]] += delta;
                    column_potential[other] -= delta;
                } else {
                    least[other] = least[other].saturating_sub(delta);
                }
            }
            column = next;
        }
        while column != 0 {
            let before = from[column];
            row_of[column] = row_of[before];
            column = before;
        }
    }
    let mut assigned = vec![None; rows];
    for column in 1..=columns {
        if row_of[column] <= rows {
            assigned[row_of[column] - 1] = Some(column - 1);
        }
    }
    assigned
}

#[cfg(test)]
mod tests {
    use super::assign;
    use proptest::prelude::*;

    /// The best over all ways.
    fn exhaustive(gain: &[Vec<i64>], row: usize, used: &mut Vec<bool>) -> i64 {
        if row == gain.len() {
            return 0;
        }
        let free = used.iter().filter(|u| !**u).count();
        // A row may be left out only where rows outnumber columns.
        let mut best =
            if gain.len() - row > free { exhaustive(gain, row + 1, used) } else { i64::MIN };
        for column in 0..used.len() {
            if !used[column] {
                used[column] = true;
                best = best.max(gain[row][column] + exhaustive(gain, row + 1, used));
                used[column] = false;
            }
        }
        best
    }

    proptest! {
        #[test]
        fn no_other_assignment_is_better(
            rows in 1usize..6, columns in 1usize..6,
            numbers in proptest::collection::vec(0i64..30, 36),
        ) {
            let gain: Vec<Vec<i64>> =
                (0..rows).map(|r| numbers[r * 6..r * 6 + columns].to_vec()).collect();
            let assigned = assign(&gain);
            let total: i64 =
                assigned.iter().enumerate().filter_map(|(r, c)| c.map(|c| gain[r][c])).sum();
            prop_assert_eq!(total, exhaustive(&gain, 0, &mut vec![false; columns]));
            let mut seen: Vec<usize> = assigned.into_iter().flatten().collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), rows.min(columns));
        }
    }
}
