//! Fixed effects in whose direction the likelihood of a binomial model has no maximum.

use super::family::Family;
use super::problem::{Point, Problem};
use crate::data::Data;
use crate::system::small;

/// Information of its own that a coefficient keeps, as a share of that where all rows have the mean
/// response, below which the likelihood may have no maximum in its direction.
const COLLAPSED: f64 = 1e-5;
/// That information for a column of largest value one, in trials' worth, of which a coefficient with a
/// maximum has more: a single success among any number of failures is worth one.
const NOTHING_LEFT: f64 = 1e-3;

/// Names of the columns that lost all information of their own on the way to the end: the likelihood
/// still rises where their coefficients run to infinity (Albert & Anderson 1984).
///
/// What other columns say as well does not count, so that a reference level without successes is found
/// though the intercept's column is full of rows that still inform. Rare events alone keep their
/// information: the start has their rate too, and every one of them counts.
pub(crate) fn separated(data: &Data, problem: &Problem, point: &Point) -> Vec<String> {
    if problem.response.family != Family::Binomial {
        return Vec::new();
    }
    let at_end: Vec<f64> = point.values.iter().map(|v| v.weight).collect();
    let had = own_information(problem, &weights_at_mean(problem));
    let left = own_information(problem, &at_end);
    let lost = |at: usize, column: usize| {
        let largest = data.fixed.column(column).iter().fold(0.0_f64, |m, x| m.max(x.abs()));
        left[at] < COLLAPSED * had[at] && left[at] * largest * largest < NOTHING_LEFT
    };
    let kept = problem.fixed.kept.iter().enumerate();
    kept.filter(|&(at, &j)| lost(at, j)).map(|(_, &j)| data.fixed.names[j].clone()).collect()
}

/// Weights of the sorted rows where all have the mean response, which half a success and half a failure
/// keep off 0 and 1.
fn weights_at_mean(problem: &Problem) -> Vec<f64> {
    let rows = (0..problem.rows.n).map(|row| problem.y(row));
    let (successes, trials) =
        rows.clone().fold((0.5, 1.0), |(s, t), (y, weight)| (s + y * weight, t + weight));
    let eta = problem.response.link.of_mean(successes / trials);
    rows.map(|(y, weight)| problem.response.row(y, weight, eta).weight).collect()
}

/// What each kept column says that no other says under these weights: one over its variance.
fn own_information(problem: &Problem, weights: &[f64]) -> Vec<f64> {
    let p = problem.rows.p;
    if p == 0 {
        return Vec::new();
    }
    let mut information = vec![0.0; p * p];
    for (x, weight) in problem.rows.x.chunks_exact(p).zip(weights) {
        for i in 0..p {
            for j in 0..p {
                information[i * p + j] += weight * x[i] * x[j];
            }
        }
    }
    let (values, vectors) = small::eigen(&information, p);
    let largest = values.last().copied().unwrap_or(0.0);
    let smallest = (f64::EPSILON * largest).max(f64::MIN_POSITIVE);
    let mut variances = vec![0.0; p];
    for (value, vector) in values.iter().zip(&vectors) {
        // Below rounding an eigenvalue is as good as zero, and may come out negative.
        let value = value.max(smallest);
        for (variance, x) in variances.iter_mut().zip(problem.fixed.coefficients(vector)) {
            *variance += x * x / value;
        }
    }
    variances.into_iter().map(|v| 1.0 / v).collect()
}
