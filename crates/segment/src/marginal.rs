//! The distribution of one feature in a population of one kind: what was seen, with one mode.

use std::ops::Range;

use seedtest_numerics::{exp, ln, normal_quantile, quantile};

/// A value that this share of the rows has at an end of the range is a mass of its own: nobody asked,
/// nothing right, everything right.
const ATOM_SHARE: f64 = 0.02;
const ATOM_ROWS: usize = 3;
/// Fewer different values than this share of the rows are steps, not a continuum.
const STEPS_SHARE: f64 = 0.8;
/// Steps of a lattice that are filled in; a finer one counts as a continuum of its values.
const MOST_STEPS: f64 = 4096.0;

/// Rows that outweigh the smooth curve: with as many, shape and curve count the same.
const ROWS_OF_THE_CURVE: f64 = 30.0;

/// Quantiles of a distribution: masses at single values, and values spread over intervals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marginal {
    pieces: Vec<Piece>,
    /// Share of the rows up to the end of each piece.
    upto: Vec<f64>,
    /// What a continuum is drawn towards, and how much.
    curve: Option<(Curve, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    low: f64,
    high: f64,
    mass: f64,
}

/// A stretch of values with a mass and a width, before it is known how masses are spread.
#[derive(Debug, Clone, Copy)]
struct Cell {
    mass: f64,
    width: f64,
}

impl Marginal {
    /// The most likely distribution of `ascending` values whose density rises to one mode and falls from
    /// it, but for masses at the ends of the range (zero inflation, shares of 0 and 1), which stay.
    ///
    /// Few rows tell a flat top from two modes by chance only. A continuum is therefore drawn towards a
    /// smooth skewed curve, with the weight of 30 rows.
    pub(crate) fn unimodal(ascending: &[f64]) -> Self {
        let runs = runs(ascending);
        let n = ascending.len();
        let is_atom =
            |run: &Run| run.count >= ATOM_ROWS && run.count as f64 >= ATOM_SHARE * n as f64;
        let first = usize::from(runs.first().is_some_and(is_atom));
        let last = runs.len() - usize::from(runs.len() > first && runs.last().is_some_and(is_atom));
        let mut pieces: Vec<Piece> = runs[..first].iter().map(Run::piece).collect();
        pieces.extend(body(&runs[first..last]));
        pieces.extend(runs[last..].iter().map(Run::piece));
        let is_continuum = runs.len() as f64 >= STEPS_SHARE * n as f64;
        let curve = Curve::of(ascending).filter(|_| is_continuum);
        let weight = ROWS_OF_THE_CURVE / (ROWS_OF_THE_CURVE + n as f64);
        Self { curve: curve.map(|curve| (curve, weight)), ..Self::of(pieces) }
    }

    fn of(pieces: Vec<Piece>) -> Self {
        let total: f64 = pieces.iter().map(|p| p.mass).sum();
        let mut sum = 0.0;
        let upto = pieces
            .iter()
            .map(|p| {
                sum += p.mass;
                sum / total
            })
            .collect();
        Self { pieces, upto, curve: None }
    }

    /// The value below which a share `u` of the population lies, 0 < u < 1.
    pub(crate) fn quantile(&self, u: f64) -> f64 {
        let at = self.upto.partition_point(|upto| *upto < u).min(self.pieces.len() - 1);
        let Piece { low, high, .. } = self.pieces[at];
        let from = if at == 0 { 0.0 } else { self.upto[at - 1] };
        let share = (u - from) / (self.upto[at] - from).max(f64::MIN_POSITIVE);
        let own = low + (high - low) * share.clamp(0.0, 1.0);
        let drawn = |(curve, weight): &(Curve, f64)| weight * (curve.quantile(u) - own);
        own + self.curve.as_ref().map_or(0.0, drawn)
    }
}

/// Tukey's g distribution, a normal one bent to one side as a lognormal one is, or a uniform one bent like that, or
/// anything between.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Curve {
    median: f64,
    scale: f64,
    g: f64,
    /// Share of the uniform distribution: 0 is normal.
    flatness: f64,
}

/// The outer tenths, through which every curve goes.
const TENTH: f64 = 0.1;

impl Curve {
    /// Through the median and the outer tenths (Hoaglin 1985), as flat as the L-kurtosis says; `None` where they
    /// fall together.
    fn of(ascending: &[f64]) -> Option<Self> {
        let [low, median, high] = [TENTH, 0.5, 1.0 - TENTH].map(|p| quantile(ascending, p));
        let (below, above) = (median? - low?, high? - median?);
        let z = normal_quantile(1.0 - TENTH);
        if !(below > 0.0 && above > 0.0) {
            return None;
        }
        let g = ln(above / below) / z;
        let flatness = (1.0 - l_kurtosis(ascending) / NORMAL_L_KURTOSIS).clamp(0.0, 1.0);
        Some(Self { median: median?, scale: above / bent(g, z), g, flatness })
    }

    fn quantile(&self, u: f64) -> f64 {
        // A uniform variable with the outer tenths of a normal one.
        let flat = (2.0 * u - 1.0) * normal_quantile(1.0 - TENTH) / (1.0 - 2.0 * TENTH);
        let z = (1.0 - self.flatness) * normal_quantile(u) + self.flatness * flat;
        self.median + self.scale * bent(self.g, z)
    }
}

/// That of a uniform distribution is 0 (Hosking 1990).
const NORMAL_L_KURTOSIS: f64 = 0.1226;

/// L-kurtosis of ascending values, by their probability-weighted moments; normal where there are too few.
fn l_kurtosis(ascending: &[f64]) -> f64 {
    let n = ascending.len() as f64;
    if n < 4.0 {
        return NORMAL_L_KURTOSIS;
    }
    let first = ascending[0];
    let mut moments = [0.0; 4];
    for (i, x) in ascending.iter().enumerate() {
        let mut weight = 1.0;
        for (r, moment) in moments.iter_mut().enumerate() {
            *moment += weight * (x - first) / n;
            weight *= (i as f64 - r as f64).max(0.0) / (n - 1.0 - r as f64);
        }
    }
    let [b0, b1, b2, b3] = moments;
    let (second, fourth) = (2.0 * b1 - b0, 20.0 * b3 - 30.0 * b2 + 12.0 * b1 - b0);
    if second > 0.0 { fourth / second } else { NORMAL_L_KURTOSIS }
}

/// (exp(g z) − 1) / g, z for g = 0.
fn bent(g: f64, z: f64) -> f64 {
    if g.abs() < 1e-6 { z } else { (exp(g * z) - 1.0) / g }
}

/// A value and how often it is there.
#[derive(Debug, Clone, Copy)]
struct Run {
    value: f64,
    count: usize,
}

impl Run {
    fn piece(&self) -> Piece {
        Piece { low: self.value, high: self.value, mass: self.count as f64 }
    }
}

fn runs(ascending: &[f64]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &value in ascending {
        match runs.last_mut() {
            Some(run) if run.value == value => run.count += 1,
            _ => runs.push(Run { value, count: 1 }),
        }
    }
    runs
}

fn body(runs: &[Run]) -> Vec<Piece> {
    let n: usize = runs.iter().map(|r| r.count).sum();
    if runs.len() < 3 {
        return runs.iter().map(Run::piece).collect();
    }
    if (runs.len() as f64) < STEPS_SHARE * n as f64 {
        return steps(&on_a_lattice(runs));
    }
    continuum(runs, n)
}

/// The runs with the values of the lattice that nobody has between them, where they are on one.
fn on_a_lattice(runs: &[Run]) -> Vec<Run> {
    const OFF: f64 = 1e-6;
    let gaps = || runs.windows(2).map(|w| w[1].value - w[0].value);
    let step = gaps().fold(f64::INFINITY, f64::min);
    let (first, last) = (runs[0].value, runs[runs.len() - 1].value);
    let is_whole =
        |gap: f64| (gap / step - (gap / step).round()).abs() < OFF * (gap / step).max(1.0);
    if (last - first) / step > MOST_STEPS || !gaps().all(is_whole) {
        return runs.to_vec();
    }
    let mut filled = Vec::new();
    for pair in runs.windows(2) {
        filled.push(pair[0]);
        let between = ((pair[1].value - pair[0].value) / step).round() as usize;
        let empty = |at: usize| Run { value: pair[0].value + at as f64 * step, count: 0 };
        filled.extend((1..between).map(empty));
    }
    filled.push(runs[runs.len() - 1]);
    filled
}

/// Masses at the values; a value is as wide as the way to the middles between it and its neighbours.
fn steps(runs: &[Run]) -> Vec<Piece> {
    let last = runs.len() - 1;
    let value = |at: usize| runs[at].value;
    let width = |at: usize| match at {
        0 => value(1) - value(0),
        at if at == last => value(last) - value(last - 1),
        at => 0.5 * (value(at + 1) - value(at - 1)),
    };
    let cells: Vec<Cell> = runs
        .iter()
        .enumerate()
        .map(|(at, run)| Cell { mass: run.count as f64, width: width(at) })
        .collect();
    let mut pieces: Vec<Piece> = runs.iter().map(Run::piece).collect();
    for block in one_mode(&cells) {
        let mass: f64 = cells[block.clone()].iter().map(|c| c.mass).sum();
        let wide: f64 = cells[block.clone()].iter().map(|c| c.width).sum();
        for at in block {
            pieces[at].mass = mass * cells[at].width / wide;
        }
    }
    pieces
}

/// Values spread between their neighbours. Unimodality is asked of groups of about √n/2 of them, because
/// two values can be close by chance; within a group that fits they stay where they are.
fn continuum(runs: &[Run], n: usize) -> Vec<Piece> {
    let each = ((n as f64).sqrt() / 2.0).ceil().max(2.0) as usize;
    let between: Vec<Piece> = runs
        .windows(2)
        .map(|w| Piece {
            low: w[0].value,
            high: w[1].value,
            mass: 0.5 * (w[0].count + w[1].count) as f64,
        })
        .collect();
    let groups: Vec<&[Piece]> = between.chunks(each).collect();
    let cells: Vec<Cell> = groups
        .iter()
        .map(|group| Cell {
            mass: group.iter().map(|p| p.mass).sum(),
            width: group[group.len() - 1].high - group[0].low,
        })
        .collect();
    one_mode(&cells)
        .into_iter()
        .flat_map(|block| {
            if block.len() == 1 {
                return groups[block.start].to_vec();
            }
            let (first, last) = (groups[block.start], groups[block.end - 1]);
            let mass = cells[block].iter().map(|c| c.mass).sum();
            vec![Piece { low: first[0].low, high: last[last.len() - 1].high, mass }]
        })
        .collect()
}

/// Neighbouring cells that share one density in the most likely distribution with one mode.
///
/// To the left of the mode densities rise and to the right they fall: isotonic regression from both ends
/// (pool adjacent violators; Grenander 1956), for the mode where both together are the most likely.
fn one_mode(cells: &[Cell]) -> Vec<Range<usize>> {
    let reversed: Vec<Cell> = cells.iter().rev().copied().collect();
    let (left, right) = (rising_likelihoods(cells), rising_likelihoods(&reversed));
    let n = cells.len();
    let mut split = 0;
    for at in 1..=n {
        if left[at] + right[n - at] > left[split] + right[n - split] {
            split = at;
        }
    }
    let mut blocks = rising(&cells[..split]);
    let falling = rising(&reversed[..n - split]);
    blocks.extend(falling.into_iter().rev().map(|block| n - block.end..n - block.start));
    blocks
}

/// Cells pooled so far, with the ln likelihood of them and all before.
struct Pool {
    cells: Range<usize>,
    sum: Cell,
    likelihood: f64,
}

/// Adds a cell to a fit that rises.
fn pool(pools: &mut Vec<Pool>, at: usize, cell: Cell) {
    let mut cells = at..at + 1;
    let mut sum = cell;
    while let Some(last) = pools.last() {
        if last.sum.mass * sum.width < sum.mass * last.sum.width {
            break;
        }
        cells.start = last.cells.start;
        sum = Cell { mass: sum.mass + last.sum.mass, width: sum.width + last.sum.width };
        pools.pop();
    }
    let before = pools.last().map_or(0.0, |p| p.likelihood);
    let own = if sum.mass > 0.0 { sum.mass * ln(sum.mass / sum.width) } else { 0.0 };
    pools.push(Pool { cells, sum, likelihood: before + own });
}

/// ln likelihood of the best rising densities of the first 0, 1, 2 … cells.
fn rising_likelihoods(cells: &[Cell]) -> Vec<f64> {
    let mut pools = Vec::new();
    let mut likelihoods = vec![0.0];
    for (at, cell) in cells.iter().enumerate() {
        pool(&mut pools, at, *cell);
        likelihoods.push(pools.last().map_or(0.0, |p| p.likelihood));
    }
    likelihoods
}

fn rising(cells: &[Cell]) -> Vec<Range<usize>> {
    let mut pools = Vec::new();
    for (at, cell) in cells.iter().enumerate() {
        pool(&mut pools, at, *cell);
    }
    pools.into_iter().map(|p| p.cells).collect()
}

#[cfg(test)]
mod tests {
    use seedtest_numerics::Stream;

    use super::{Cell, Marginal, one_mode};

    fn quantiles(values: &mut [f64]) -> Vec<f64> {
        values.sort_by(f64::total_cmp);
        let marginal = Marginal::unimodal(values);
        (0..1000).map(|i| marginal.quantile((f64::from(i) + 0.5) / 1000.0)).collect()
    }

    fn share(values: &[f64], is: impl Fn(f64) -> bool) -> f64 {
        values.iter().filter(|v| is(**v)).count() as f64 / values.len() as f64
    }

    #[test]
    fn densities_rise_to_one_mode_and_fall() {
        let mut stream = Stream::new(1, 0);
        for _ in 0..50 {
            let cells: Vec<Cell> = (0..30)
                .map(|_| Cell {
                    mass: (5.0 * stream.uniform()).floor(),
                    width: 0.1 + stream.uniform(),
                })
                .collect();
            let blocks = one_mode(&cells);
            assert_eq!(
                blocks.iter().flat_map(Clone::clone).collect::<Vec<_>>(),
                (0..30).collect::<Vec<_>>()
            );
            let sum = |of: fn(&Cell) -> f64, block: &std::ops::Range<usize>| -> f64 {
                cells[block.clone()].iter().map(of).sum()
            };
            let densities: Vec<f64> =
                blocks.iter().map(|b| sum(|c| c.mass, b) / sum(|c| c.width, b)).collect();
            let falls = densities.windows(2).position(|w| w[1] < w[0]).unwrap_or(densities.len());
            assert!(densities[falls..].windows(2).all(|w| w[1] <= w[0]), "{densities:?}");
        }
    }

    #[test]
    fn a_population_of_one_kind_keeps_its_shape() {
        let mut stream = Stream::new(2, 0);
        let mut skewed: Vec<f64> = (0..2000).map(|_| stream.lognormal(0.0, 1.0)).collect();
        let drawn = quantiles(&mut skewed);
        for p in [0.05, 0.25, 0.5, 0.75, 0.95] {
            // A sample quantile of 2 000 lognormal values has a standard error of 3 % of itself or less.
            let (own, found) = (skewed[(2000.0 * p) as usize], drawn[(1000.0 * p) as usize]);
            assert!((found / own - 1.0).abs() < 0.1, "{p}: {found} {own}");
        }
    }

    #[test]
    fn masses_at_the_ends_and_steps_stay() {
        let mut stream = Stream::new(3, 0);
        let mut counts: Vec<f64> = (0..1000)
            .map(|_| if stream.bernoulli(0.4) { 0.0 } else { 3.0 + stream.poisson(5.0) as f64 })
            .collect();
        let drawn = quantiles(&mut counts);
        assert!(drawn.iter().all(|v| v.fract() == 0.0));
        assert!((share(&drawn, |v| v == 0.0) - share(&counts, |v| v == 0.0)).abs() < 0.002);
    }

    #[test]
    fn the_l_kurtosis_is_that_of_the_distribution() {
        let of = |quantile: fn(f64) -> f64| {
            let values: Vec<f64> =
                (0..10_000).map(|i| quantile((f64::from(i) + 0.5) / 1e4)).collect();
            super::l_kurtosis(&values)
        };
        assert!(of(|u| u).abs() < 1e-3);
        assert!((of(seedtest_numerics::normal_quantile) - super::NORMAL_L_KURTOSIS).abs() < 1e-3);
        // Gumbel (Hosking 1990): 0.1504.
        let gumbel = of(|u| -seedtest_numerics::ln(-seedtest_numerics::ln(u)));
        assert!((gumbel - 0.1504).abs() < 2e-3, "{gumbel}");
    }

    #[test]
    fn a_valley_is_filled() {
        let mut stream = Stream::new(4, 0);
        let mut two: Vec<f64> =
            (0..1000).map(|i| f64::from(i % 2) * 6.0 + stream.normal()).collect();
        let drawn = quantiles(&mut two);
        assert!(share(&two, |v| (v - 3.0).abs() < 1.0) < 0.05);
        assert!(share(&drawn, |v| (v - 3.0).abs() < 1.0) > 0.15);
    }
}
