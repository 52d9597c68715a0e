//! Rotations of loadings to simple structure by gradient projection (Jennrich 2002; Bernaards & Jennrich 2005).

use seedtest_numerics::{DEFAULT_SEED, Stream};
use serde::{Deserialize, Serialize};

use super::lattice::MOST;
use super::small::{identity, inverse, times, transpose};
use super::structure::{Row, Square, dot};

/// How the dimensions of a model without a loading pattern are turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// Dimensions that may correlate, each item near to one of them: oblimin with γ = 0.
    #[default]
    Quartimin,
    /// Dimensions without correlation, each with high and low loadings.
    Varimax,
}

/// Starts beside the first: the criteria have several optima.
const RANDOM_STARTS: u64 = 12;
/// Length of the projected gradient at the end.
const ENOUGH: f64 = 1e-9;
const MOST_STEPS: usize = 2_000;
const HALVINGS: usize = 20;

/// A rotation: loadings Λ T⁻ᵀ on abilities Tᵀz, which correlate by TᵀT.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn {
    /// T, its columns of length 1.
    pub(crate) by: Square,
    /// T⁻ᵀ.
    pub(crate) of_loadings: Square,
}

impl Turn {
    /// No rotation, but abilities L z that correlate.
    pub(crate) fn correlating(root: &Square, k: usize) -> Self {
        let of_loadings = inverse(root, k).unwrap_or_else(identity);
        Self { by: transpose(root), of_loadings }
    }

    fn new(by: Square, k: usize) -> Option<Self> {
        Some(Self { by, of_loadings: transpose(&inverse(&by, k)?) })
    }

    /// A row of loadings or slopes on the turned dimensions.
    pub(crate) fn row(&self, row: &Row) -> Row {
        let mut out = [0.0; MOST];
        for (x, line) in row.iter().zip(&self.of_loadings) {
            for (out, y) in out.iter_mut().zip(line) {
                *out += x * y;
            }
        }
        out
    }

    /// Correlations of the turned dimensions.
    pub(crate) fn correlations(&self) -> Square {
        times(&transpose(&self.by), &self.by)
    }
}

/// The best rotation found from several starts, with the dimensions in the order of the variance they explain and
/// the sum of the loadings on each positive.
pub(crate) fn rotate(loadings: &[Row], k: usize, rotation: Rotation) -> Turn {
    let principal = principal_axes(loadings, k);
    let mut starts = vec![principal];
    starts.extend((0..RANDOM_STARTS).map(|at| {
        let mut stream = Stream::new(DEFAULT_SEED, at);
        let mut start = identity();
        for row in &mut start[..k] {
            row[..k].iter_mut().for_each(|x| *x = stream.normal());
        }
        times(&principal, &orthonormal(&start, k))
    }));
    let mut best: Option<(f64, Turn)> = None;
    for start in starts {
        let Some((value, turn)) = descend(loadings, (start, k), rotation) else { continue };
        // Optima that differ by rounding are one: the first stays.
        if best.as_ref().is_none_or(|(least, _)| value < least - 1e-9 * least.abs().max(1e-9)) {
            best = Some((value, turn));
        }
    }
    let unturned = Turn { by: identity(), of_loadings: identity() };
    let turn = best.map_or(unturned, |(_, turn)| turn);
    ordered(loadings, &turn, k)
}

/// Descends along the criterion from an orthonormal T; the value and where it ended.
fn descend(
    loadings: &[Row],
    (start, k): (Square, usize),
    rotation: Rotation,
) -> Option<(f64, Turn)> {
    let mut turn = Turn::new(start, k)?;
    let (mut value, mut gradient) = criterion(loadings, &turn, k, rotation);
    let mut length = 1.0;
    for _ in 0..MOST_STEPS {
        let projected = project(&turn, &gradient, k, rotation);
        let size: f64 = projected.iter().map(|row| dot(row, row)).sum();
        if size.sqrt() < ENOUGH {
            break;
        }
        length *= 2.0;
        let mut taken = None;
        for _ in 0..HALVINGS {
            let next = retracted(&turn.by, &projected, length, k, rotation);
            let next = next.and_then(|by| Turn::new(by, k));
            let Some(next) = next else {
                length *= 0.5;
                continue;
            };
            let (at, slope) = criterion(loadings, &next, k, rotation);
            if at < value - 0.5 * size * length {
                taken = Some((next, at, slope));
                break;
            }
            length *= 0.5;
        }
        let Some((next, at, slope)) = taken else { break };
        (turn, value, gradient) = (next, at, slope);
    }
    Some((value, turn))
}

/// The criterion, to be made small, and its gradient by T.
fn criterion(loadings: &[Row], turn: &Turn, k: usize, rotation: Rotation) -> (f64, Square) {
    let turned: Vec<Row> = loadings.iter().map(|row| turn.row(row)).collect();
    let mut means = [0.0; MOST];
    for row in &turned {
        for (mean, x) in means.iter_mut().zip(row) {
            *mean += x * x / turned.len() as f64;
        }
    }
    let mut value = 0.0;
    let mut by_loading = vec![[0.0; MOST]; turned.len()];
    for (row, by) in turned.iter().zip(&mut by_loading) {
        let squares = row.map(|x| x * x);
        let sum: f64 = squares[..k].iter().sum();
        for at in 0..k {
            let (share, factor) = match rotation {
                Rotation::Quartimin => (squares[at] * (sum - squares[at]), sum - squares[at]),
                Rotation::Varimax => {
                    let beyond = squares[at] - means[at];
                    (-beyond * beyond, -beyond)
                }
            };
            value += 0.25 * share;
            by[at] = factor * row[at];
        }
    }
    // By L = ΛT⁻ᵀ: −(Lᵀ ∂f/∂L T⁻¹)ᵀ.
    let mut product = [[0.0; MOST]; MOST];
    for (row, by) in turned.iter().zip(&by_loading) {
        for (out, x) in product.iter_mut().zip(row) {
            for (out, y) in out.iter_mut().zip(by) {
                *out += x * y;
            }
        }
    }
    let inverse = transpose(&turn.of_loadings);
    (value, transpose(&times(&product, &inverse)).map(|row| row.map(|x| -x)))
}

/// The part of a gradient along the rotations that are allowed.
fn project(turn: &Turn, gradient: &Square, k: usize, rotation: Rotation) -> Square {
    let by = &turn.by;
    let inner = times(&transpose(by), gradient);
    let mut along = [[0.0; MOST]; MOST];
    for i in 0..k {
        for j in 0..k {
            along[i][j] = match rotation {
                Rotation::Varimax => 0.5 * (inner[i][j] + inner[j][i]),
                Rotation::Quartimin if i == j => inner[i][i],
                Rotation::Quartimin => 0.0,
            };
        }
    }
    let off = times(by, &along);
    let mut projected = *gradient;
    for (row, off) in projected.iter_mut().zip(&off) {
        for (x, off) in row.iter_mut().zip(off) {
            *x -= off;
        }
    }
    // What is beyond the dimensions does not move.
    for (i, row) in projected.iter_mut().enumerate() {
        row.iter_mut().enumerate().filter(|(j, _)| i >= k || *j >= k).for_each(|(_, x)| *x = 0.0);
    }
    projected
}

/// A step against the gradient, back among the rotations that are allowed.
fn retracted(
    by: &Square,
    projected: &Square,
    length: f64,
    k: usize,
    rotation: Rotation,
) -> Option<Square> {
    let mut next = *by;
    for (row, step) in next.iter_mut().zip(projected) {
        for (x, step) in row.iter_mut().zip(step) {
            *x -= length * step;
        }
    }
    match rotation {
        Rotation::Varimax => Some(orthonormal(&next, k)),
        Rotation::Quartimin => {
            let lengths = columns_squared(&next).map(f64::sqrt);
            lengths[..k].iter().all(|length| *length > 0.0).then(|| {
                for row in &mut next {
                    row.iter_mut().zip(lengths).for_each(|(x, length)| *x /= length);
                }
                next
            })
        }
    }
}

fn columns_squared(matrix: &Square) -> Row {
    let mut sums = [0.0; MOST];
    for row in matrix {
        for (sum, x) in sums.iter_mut().zip(row) {
            *sum += x * x;
        }
    }
    sums
}

/// The nearest matrix with orthonormal columns: the mean of a matrix and its inverse transposed, again and again.
fn orthonormal(matrix: &Square, k: usize) -> Square {
    const MOST_MEANS: usize = 60;
    let mut near = *matrix;
    for _ in 0..MOST_MEANS {
        let Some(other) = inverse(&near, k).map(|inverse| transpose(&inverse)) else {
            return identity();
        };
        let mut change: f64 = 0.0;
        for (row, other) in near[..k].iter_mut().zip(&other) {
            for (x, y) in row[..k].iter_mut().zip(other) {
                let mean = 0.5 * (*x + y);
                change = change.max((mean - *x).abs());
                *x = mean;
            }
        }
        if change < 1e-15 {
            break;
        }
    }
    near
}

/// Principal axes of the loadings, which no rotation of them changes: eigenvectors of ΛᵀΛ by powers of it.
fn principal_axes(loadings: &[Row], k: usize) -> Square {
    let mut products = [[0.0; MOST]; MOST];
    for row in loadings {
        for (out, x) in products.iter_mut().zip(row) {
            for (out, y) in out.iter_mut().zip(row) {
                *out += x * y;
            }
        }
    }
    let n = k;
    let flat: Vec<f64> = products[..n].iter().flat_map(|row| row[..n].iter().copied()).collect();
    let (_, vectors) = crate::dimensions::symmetric_eigenvectors(&flat, n);
    let mut axes = identity();
    for (i, row) in axes[..n].iter_mut().enumerate() {
        row[..n].copy_from_slice(&vectors[i * n..][..n]);
    }
    axes
}

/// Turned dimensions by the variance they explain, decreasing, each with the sign that makes the sum of its loadings
/// positive.
fn ordered(loadings: &[Row], turn: &Turn, k: usize) -> Turn {
    let turned: Vec<Row> = loadings.iter().map(|row| turn.row(row)).collect();
    let correlations = turn.correlations();
    let explained =
        |at: usize| -> f64 { turned.iter().map(|row| row[at] * dot(row, &correlations[at])).sum() };
    let variances: Vec<f64> = (0..k).map(explained).collect();
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&a, &b| variances[b].total_cmp(&variances[a]));
    let signs: Vec<f64> = order
        .iter()
        .map(|&at| if turned.iter().map(|row| row[at]).sum::<f64>() < 0.0 { -1.0 } else { 1.0 })
        .collect();
    let arranged = |matrix: &Square| {
        let mut out = *matrix;
        for (out, row) in out.iter_mut().zip(matrix) {
            for (to, (&from, sign)) in order.iter().zip(&signs).enumerate() {
                out[to] = sign * row[from];
            }
        }
        out
    };
    Turn { by: arranged(&turn.by), of_loadings: arranged(&turn.of_loadings) }
}
