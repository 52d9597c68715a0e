//! Polychoric correlations: what normal variables behind ordered categories would have.

use rayon::prelude::*;
use seedtest_numerics::{ln, normal_quantile};

use super::bivariate_normal::{bivariate_normal_cdf, bivariate_normal_pdf};
use super::tables::Tables;
use crate::polytomous::Responses;

/// Largest correlation in size that is looked for.
const LARGEST: f64 = 0.9995;
/// Smallest probability of a cell with answers.
const SMALLEST: f64 = 1e-300;
/// What an empty cell of a table with two categories on each side counts, so that the estimate is finite.
const EMPTY_CELL: f64 = 0.5;

/// Maximum likelihood estimate of the correlation behind a table of counts (rows × columns, row-major), with the
/// thresholds from the margins (Olsson 1979); `None` where a margin has one category. In a table of two by two an
/// empty cell counts as half a student, the margins staying as they are.
pub fn polychoric(table: &[f64], columns: usize) -> Option<f64> {
    let rows = table.len() / columns.max(1);
    let total: f64 = table.iter().sum();
    let of_rows: Vec<f64> = table.chunks_exact(columns).map(|row| row.iter().sum()).collect();
    let of_columns: Vec<f64> =
        (0..columns).map(|j| (0..rows).map(|i| table[i * columns + j]).sum()).collect();
    let filled = |margin: &[f64]| margin.iter().filter(|n| **n > 0.0).count();
    if filled(&of_rows) < 2 || filled(&of_columns) < 2 {
        return None;
    }
    let problem = Problem {
        counts: without_empty_cells(table, columns),
        columns,
        row_cuts: cuts(&of_rows, total),
        column_cuts: cuts(&of_columns, total),
    };
    Some(problem.maximum())
}

/// Half a student in the empty cells of a table of two by two, with the margins kept.
fn without_empty_cells(table: &[f64], columns: usize) -> Vec<f64> {
    let mut counts = table.to_vec();
    if table.len() == 4 && columns == 2 && table.contains(&0.0) {
        // Cells (0, 0) and (1, 1) go up, the others down, or the other way round.
        let sign = if table[0] == 0.0 || table[3] == 0.0 { 1.0 } else { -1.0 };
        for (at, count) in counts.iter_mut().enumerate() {
            *count += EMPTY_CELL * if at == 0 || at == 3 { sign } else { -sign };
        }
    }
    counts
}

/// Thresholds with −∞ and ∞ at the ends.
fn cuts(margin: &[f64], total: f64) -> Vec<f64> {
    let mut sum = 0.0;
    let inner = margin[..margin.len() - 1].iter().map(|n| {
        sum += n;
        match sum / total {
            p if p <= 0.0 => f64::NEG_INFINITY,
            p if p >= 1.0 => f64::INFINITY,
            p => normal_quantile(p),
        }
    });
    let inner: Vec<f64> = inner.collect();
    std::iter::once(f64::NEG_INFINITY).chain(inner).chain([f64::INFINITY]).collect()
}

struct Problem {
    counts: Vec<f64>,
    columns: usize,
    row_cuts: Vec<f64>,
    column_cuts: Vec<f64>,
}

impl Problem {
    /// Values at the corners of the cells, differenced into cells.
    fn cells(&self, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let width = self.column_cuts.len();
        let corners: Vec<f64> = self
            .row_cuts
            .iter()
            .flat_map(|h| self.column_cuts.iter().map(move |k| (*h, *k)))
            .map(|(h, k)| f(h, k))
            .collect();
        let at = |i: usize, j: usize| corners[i * width + j];
        (0..self.counts.len())
            .map(|cell| (cell / self.columns, cell % self.columns))
            .map(|(i, j)| at(i + 1, j + 1) - at(i, j + 1) - at(i + 1, j) + at(i, j))
            .collect()
    }

    /// Log-likelihood, its derivative and the expected information.
    fn at(&self, rho: f64) -> (f64, f64, f64) {
        let p = self.cells(|h, k| bivariate_normal_cdf(h, k, rho));
        let slope = self.cells(|h, k| bivariate_normal_pdf(h, k, rho));
        let n: f64 = self.counts.iter().sum();
        let cells = self.counts.iter().zip(p.iter().map(|p| p.max(SMALLEST)).zip(&slope));
        cells.fold((0.0, 0.0, 0.0), |(value, score, information), (count, (p, slope))| {
            (
                value + if *count > 0.0 { count * ln(p) } else { 0.0 },
                score + if *count > 0.0 { count * slope / p } else { 0.0 },
                information + n * slope * slope / p,
            )
        })
    }

    /// Fisher scoring between bounds that close in: the likelihood has one maximum.
    fn maximum(&self) -> f64 {
        const MOST_STEPS: usize = 60;
        const PRECISE: f64 = 1e-10;
        let (mut low, mut high) = (-LARGEST, LARGEST);
        let mut rho = 0.0;
        for _ in 0..MOST_STEPS {
            let (_, score, information) = self.at(rho);
            if score > 0.0 {
                low = rho;
            } else {
                high = rho;
            }
            let next = rho + score / information.max(f64::MIN_POSITIVE);
            // A step out of the bounds is replaced by halving them.
            let next = if next > low && next < high { next } else { 0.5 * (low + high) };
            if (next - rho).abs() < PRECISE || high - low < PRECISE {
                return next;
            }
            rho = next;
        }
        rho
    }
}

/// Correlations of all pairs of items, row-major; `None` where a pair has fewer than `min_pair` students or an item one
/// category among them.
pub fn polychoric_correlations(
    data: &Responses<'_>,
    items: &[u32],
    min_pair: u32,
) -> Option<Vec<f64>> {
    correlations(&Tables::new(data, items), min_pair)
}

pub(super) fn correlations(tables: &Tables, min_pair: u32) -> Option<Vec<f64>> {
    let n = tables.n_items();
    let pairs: Vec<(usize, usize)> =
        (1..n).flat_map(|high| (0..high).map(move |low| (high, low))).collect();
    let found: Option<Vec<f64>> = pairs
        .par_iter()
        .map(|&(high, low)| {
            let (table, columns) = tables.pair(high, low);
            let enough = table.iter().sum::<f64>() >= f64::from(min_pair);
            enough.then(|| polychoric(&table, columns)).flatten()
        })
        .collect();
    let mut matrix = vec![0.0; n * n];
    for ((high, low), rho) in pairs.into_iter().zip(found?) {
        matrix[high * n + low] = rho;
        matrix[low * n + high] = rho;
    }
    for i in 0..n {
        matrix[i * n + i] = 1.0;
    }
    Some(matrix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_known_correlation_gives_it_back() {
        for rho in [-0.7, 0.0, 0.35, 0.9] {
            let (rows, columns) = ([-0.6, 0.4], [-1.0, 0.1, 0.8]);
            let ends = |cuts: &[f64]| -> Vec<f64> {
                std::iter::once(f64::NEG_INFINITY)
                    .chain(cuts.iter().copied())
                    .chain([f64::INFINITY])
                    .collect()
            };
            let problem = Problem {
                counts: vec![0.0; 12],
                columns: 4,
                row_cuts: ends(&rows),
                column_cuts: ends(&columns),
            };
            let table: Vec<f64> = problem
                .cells(|h, k| bivariate_normal_cdf(h, k, rho))
                .iter()
                .map(|p| 1e6 * p)
                .collect();
            let found = polychoric(&table, 4).unwrap();
            assert!((found - rho).abs() < 1e-7, "{rho} {found}");
        }
    }

    #[test]
    fn empty_cells_leave_a_finite_correlation_and_one_category_none() {
        let found = polychoric(&[40.0, 0.0, 25.0, 35.0], 2).unwrap();
        assert!((0.8..0.999).contains(&found), "{found}");
        assert!(polychoric(&[0.0, 30.0, 20.0, 50.0], 2).unwrap() < -0.5);
        assert_eq!(polychoric(&[10.0, 20.0, 0.0, 0.0], 2), None);
    }
}
