//! Small dense matrices: one row and one column a dimension.

use super::lattice::MOST;
use super::structure::Square;

/// The unit matrix.
pub(crate) fn identity() -> Square {
    let mut unit = [[0.0; MOST]; MOST];
    for (at, row) in unit.iter_mut().enumerate() {
        row[at] = 1.0;
    }
    unit
}

pub(crate) fn transpose(a: &Square) -> Square {
    let mut out = [[0.0; MOST]; MOST];
    for (i, row) in a.iter().enumerate() {
        for (j, x) in row.iter().enumerate() {
            out[j][i] = *x;
        }
    }
    out
}

pub(crate) fn times(a: &Square, b: &Square) -> Square {
    let mut out = [[0.0; MOST]; MOST];
    for (out, row) in out.iter_mut().zip(a) {
        for (x, line) in row.iter().zip(b) {
            for (out, y) in out.iter_mut().zip(line) {
                *out += x * y;
            }
        }
    }
    out
}

/// The inverse of the first k rows and columns, and the unit matrix beyond, by elimination with row exchanges.
/// `None` where there is none.
pub(crate) fn inverse(a: &Square, k: usize) -> Option<Square> {
    let (mut a, mut out) = (*a, identity());
    for column in 0..k {
        let pivot =
            (column..k).max_by(|&i, &j| a[i][column].abs().total_cmp(&a[j][column].abs()))?;
        let size = a[pivot][column].abs();
        if size.is_nan() || size <= f64::MIN_POSITIVE {
            return None;
        }
        a.swap(column, pivot);
        out.swap(column, pivot);
        let scale = 1.0 / a[column][column];
        a[column] = a[column].map(|x| x * scale);
        out[column] = out[column].map(|x| x * scale);
        for row in (0..k).filter(|&row| row != column) {
            let factor = a[row][column];
            for at in 0..MOST {
                a[row][at] -= factor * a[column][at];
                out[row][at] -= factor * out[column][at];
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{identity, inverse, times, transpose};

    #[test]
    fn inverses_and_products() {
        let mut a = identity();
        a[0] = [0.0, 2.0, 1.0, 0.0];
        a[1] = [1.0, 1.0, -1.0, 0.0];
        a[2] = [0.5, 0.0, 3.0, 0.0];
        let unit = times(&inverse(&a, 3).unwrap(), &a);
        for (row, expected) in unit.iter().zip(identity()) {
            for (x, y) in row.iter().zip(expected) {
                assert!((x - y).abs() < 1e-15);
            }
        }
        assert_eq!(transpose(&transpose(&a)), a);
        a[1] = a[0];
        assert!(inverse(&a, 3).is_none_or(|found| found[0][0].abs() > 1e12));
    }
}
