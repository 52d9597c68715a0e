//! Exponential smoothing with additive errors: a level, or a level with a damped trend (Hyndman et al.
//! 2008, models (A,N,N) and (A,Ad,N)), chosen by the corrected information criterion.

use seedtest_numerics::{exp, ln};

/// Smoothing parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Weights {
    /// Of the level, in (0, 1).
    pub(crate) alpha: f64,
    /// Of the slope, in [0, alpha]; 0 and a `phi` of 0 for a level alone.
    pub(crate) beta: f64,
    /// Damping of the slope a step.
    pub(crate) phi: f64,
}

/// How far an observation was from what the ones before it said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Innovation {
    /// Observed less expected, in the unit of the series.
    pub(crate) error: f64,
    /// Its variance in units of that of a single step: 1, and more after a gap.
    pub(crate) variance: f64,
}

impl Innovation {
    /// On the scale of a single step.
    pub(crate) fn standardized(self) -> f64 {
        self.error / self.variance.sqrt()
    }
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Smoothing {
    pub(crate) weights: Weights,
    /// Level and slope after the last observation.
    level: f64,
    slope: f64,
    /// Level and slope before the first place.
    pub(crate) start: [f64; 2],
    /// Standard deviation of a single step.
    pub(crate) sigma: f64,
    /// Error of each place of the grid.
    pub(crate) errors: Vec<Option<Innovation>>,
    /// What the observations before each place say of it, and how many places the last of them is back.
    expected: Vec<(f64, usize)>,
    /// −2 ln likelihood at its σ, but for a constant.
    pub(crate) deviance: f64,
    pub(crate) has_trend: bool,
    /// Other weights that the observations leave possible, with their probabilities.
    possible: Vec<Possible>,
}

/// Weights that might be the true ones.
#[derive(Debug, Clone, PartialEq)]
struct Possible {
    probability: f64,
    weights: Weights,
    level: f64,
    slope: f64,
    /// Variance of a single step, in units of that of the most likely weights.
    variance: f64,
}

pub(crate) const LEAST_ALPHA: f64 = 0.01;
pub(crate) const MOST_ALPHA: f64 = 0.99;
/// Usual bounds: below, a trend is gone at once; above, it is hardly damped.
pub(crate) const LEAST_PHI: f64 = 0.8;
pub(crate) const MOST_PHI: f64 = 0.98;

impl Smoothing {
    /// Weights and initial states: σ is counted too for the criterion, not for degrees of freedom.
    pub(crate) fn parameters(&self) -> usize {
        if self.has_trend { 5 } else { 2 }
    }

    /// Mean `ahead` steps after the last place.
    pub(crate) fn ahead(&self, ahead: usize) -> f64 {
        value_after(self.weights, (self.level, self.slope), ahead)
    }

    /// Variance of the value `ahead` steps on, in units of that of a single step, with what is not known of the
    /// weights: the mean over those the observations leave possible, and how far apart their forecasts are. Few
    /// observations of a level that walks often look like those of one that walks less. Never below that of the
    /// most likely weights.
    pub(crate) fn uncertain_variance_factor(&self, ahead: usize) -> f64 {
        let mean = self.ahead(ahead);
        let unit = (self.sigma * self.sigma).max(f64::MIN_POSITIVE);
        let of = |p: &Possible| {
            let away = value_after(p.weights, (p.level, p.slope), ahead) - mean;
            p.probability * (p.variance * variance_factor(p.weights, ahead) + away * away / unit)
        };
        let averaged: f64 = self.possible.iter().map(of).sum();
        averaged.max(self.variance_factor(ahead))
    }

    /// Variance of the value `ahead` steps on, in units of that of a single step.
    pub(crate) fn variance_factor(&self, ahead: usize) -> f64 {
        variance_factor(self.weights, ahead)
    }

    /// What the observations before a place say of it: mean, and variance in units of a single step.
    pub(crate) fn expected(&self, place: usize) -> (f64, f64) {
        let (mean, back) = self.expected[place];
        (mean, self.variance_factor(back))
    }

    fn criterion(&self, n: usize) -> f64 {
        let (n, k) = (n as f64, self.parameters() as f64 + 1.0);
        if n - k - 1.0 <= 0.0 {
            return f64::INFINITY;
        }
        self.deviance + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
    }
}

/// 1 + Σ cⱼ² with cⱼ = α + β(φ + … + φʲ) over j below `ahead`.
pub(crate) fn variance_factor(weights: Weights, ahead: usize) -> f64 {
    if weights.beta == 0.0 {
        return 1.0 + (ahead.max(1) - 1) as f64 * weights.alpha * weights.alpha;
    }
    let (mut factor, mut power, mut sum) = (1.0, 1.0, 0.0);
    for _ in 1..ahead {
        power *= weights.phi;
        sum += power;
        let c = weights.alpha + weights.beta * sum;
        factor += c * c;
    }
    factor
}

/// Level and slope gone on with.
fn value_after(weights: Weights, (level, slope): (f64, f64), ahead: usize) -> f64 {
    let (mut value, mut slope) = (level, slope);
    for _ in 0..ahead {
        slope *= weights.phi;
        value += slope;
    }
    value
}

/// The better of the two models; of a series that both describe exactly, the level.
pub(crate) fn fit_smoothing(values: &[Option<f64>]) -> Smoothing {
    let n = values.iter().flatten().count();
    let level = best(values, false);
    let trend = best(values, true);
    if trend.criterion(n) < level.criterion(n) { trend } else { level }
}

/// Most likely weights: a grid, then ever smaller steps along the axes.
pub(crate) fn best(values: &[Option<f64>], has_trend: bool) -> Smoothing {
    // A level far above the spread would drown it in rounding.
    let origin = values.iter().flatten().copied().next().unwrap_or(0.0);
    let centred: Vec<Option<f64>> = values.iter().map(|v| v.map(|v| v - origin)).collect();
    let values = &centred[..];
    // Shares of alpha are searched for beta, so that the region is a box.
    let weights = |point: [f64; 3]| {
        let alpha = point[0];
        let (beta, phi) = if has_trend { (alpha * point[1], point[2]) } else { (0.0, 0.0) };
        Weights { alpha, beta, phi }
    };
    let bounds = [(LEAST_ALPHA, MOST_ALPHA), (0.0, 1.0), (LEAST_PHI, MOST_PHI)];
    let axes = if has_trend { 3 } else { 1 };
    let mut point = [0.5, 0.0, 0.9];
    let mut least = Sums::new(values, weights(point)).deviance(has_trend);
    let mut consider = |candidate: [f64; 3], point: &mut [f64; 3]| {
        let deviance = Sums::new(values, weights(candidate)).deviance(has_trend);
        let is_better = deviance < least;
        if is_better {
            least = deviance;
            *point = candidate;
        }
        is_better
    };
    for alpha in [0.02, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9] {
        for &(share, phi) in slopes(has_trend) {
            consider([alpha, share, phi], &mut point);
        }
    }
    let mut size = 0.1;
    while size > 1e-5 {
        let mut moved = false;
        for axis in 0..axes {
            for direction in [size, -size] {
                let (low, high) = bounds[axis];
                let mut candidate = point;
                candidate[axis] = (point[axis] + direction * (high - low)).clamp(low, high);
                moved |= candidate != point && consider(candidate, &mut point);
            }
        }
        if !moved {
            size *= 0.5;
        }
    }
    let mut model = run(values, weights(point), has_trend);
    model.possible = possible(values, &model, has_trend);
    model.level += origin;
    model.start[0] += origin;
    for possible in &mut model.possible {
        possible.level += origin;
    }
    for (mean, _) in &mut model.expected {
        *mean += origin;
    }
    model
}

/// Shares of alpha that beta may be, and dampings, from which the search starts.
fn slopes(has_trend: bool) -> &'static [(f64, f64)] {
    if has_trend {
        &[(0.0, 0.9), (0.05, 0.9), (0.2, 0.9), (0.5, 0.9), (0.05, 0.98), (0.2, 0.98), (0.2, 0.82)]
    } else {
        &[(0.0, 0.9)]
    }
}

/// Weights on a grid with the probabilities that the likelihood gives them, all of them being as likely before.
fn possible(values: &[Option<f64>], best: &Smoothing, has_trend: bool) -> Vec<Possible> {
    const ALPHAS: [f64; 11] = [0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];
    /// Less probable ones, in units of the best, change no digit that counts.
    const LEAST: f64 = 1e-3;
    let unit = best.sigma * best.sigma;
    if unit <= 0.0 {
        return Vec::new();
    }
    let grid = ALPHAS.iter().flat_map(|&alpha| {
        let weights = move |&(share, phi): &(f64, f64)| {
            let (beta, phi) = if has_trend { (alpha * share, phi) } else { (0.0, 0.0) };
            Weights { alpha, beta, phi }
        };
        slopes(has_trend).iter().map(weights)
    });
    let likely = |weights: Weights| {
        exp(0.5 * (best.deviance - Sums::new(values, weights).deviance(has_trend)))
    };
    // The best ones are among them: of many observations no point of a grid is near enough.
    let mut known = vec![(best.weights, 1.0)];
    known.extend(grid.map(|weights| (weights, likely(weights))).filter(|k| k.1 >= LEAST));
    let total: f64 = known.iter().map(|k| k.1).sum();
    let of = |(weights, probability): (Weights, f64)| {
        let there = run(values, weights, has_trend);
        Possible {
            probability: probability / total,
            weights,
            level: there.level,
            slope: there.slope,
            variance: there.sigma * there.sigma / unit,
        }
    };
    known.into_iter().map(of).collect()
}

/// Sums of products of the errors from a start at the first value, and of their derivatives in level and
/// slope there: errors are linear in the initial states, so the best ones solve two equations.
struct Sums {
    n: f64,
    /// Sum of the logarithms of the variances in units of that of a single step.
    log_variances: f64,
    base: f64,
    level: f64,
    slope: f64,
    level_level: f64,
    level_slope: f64,
    slope_slope: f64,
    level_base: f64,
    slope_base: f64,
}

impl Sums {
    fn new(values: &[Option<f64>], weights: Weights) -> Self {
        let first = values.iter().flatten().copied().next().unwrap_or(0.0);
        // Level and slope of the base path and of its derivatives in the two initial states.
        let mut levels = [first, 1.0, 0.0];
        let mut slopes = [0.0, 0.0, 1.0];
        let mut products = [0.0; 6];
        let mut gap = 1;
        let mut scale = 1.0;
        let (mut n, mut log_variances) = (0.0, 0.0);
        for value in values {
            for (level, slope) in levels.iter_mut().zip(&mut slopes) {
                *slope *= weights.phi;
                *level += *slope;
            }
            let Some(value) = *value else {
                gap += 1;
                scale = 1.0 / variance_factor(weights, gap);
                continue;
            };
            let errors = [value - levels[0], -levels[1], -levels[2]];
            for (j, error) in errors.into_iter().enumerate() {
                levels[j] += weights.alpha * error;
                slopes[j] += weights.beta * error;
            }
            let [b, l, s] = errors;
            for (sum, product) in
                products.iter_mut().zip([b * b, l * l, l * s, s * s, l * b, s * b])
            {
                *sum += product * scale;
            }
            n += 1.0;
            if gap > 1 {
                log_variances -= ln(scale);
                (gap, scale) = (1, 1.0);
            }
        }
        let [base, level_level, level_slope, slope_slope, level_base, slope_base] = products;
        let (level, slope) = (first, 0.0);
        Self {
            n,
            log_variances,
            base,
            level,
            slope,
            level_level,
            level_slope,
            slope_slope,
            level_base,
            slope_base,
        }
    }

    /// What to add to the initial level and slope.
    fn shift(&self, has_trend: bool) -> [f64; 2] {
        let (ll, ls, ss) = (self.level_level, self.level_slope, self.slope_slope);
        let (lb, sb) = (self.level_base, self.slope_base);
        let determinant = ll * ss - ls * ls;
        if has_trend && determinant > 1e-12 * ll * ss {
            [-(lb * ss - sb * ls) / determinant, -(sb * ll - lb * ls) / determinant]
        } else {
            [-lb / ll, 0.0]
        }
    }

    /// Least over the initial states.
    fn deviance(&self, has_trend: bool) -> f64 {
        // Of a series without noise; below, sums of squares are rounding.
        const LEAST: f64 = 1e-20;
        let [level, slope] = self.shift(has_trend);
        let squares = self.base + level * self.level_base + slope * self.slope_base;
        let least = LEAST * (self.base + self.level * self.level * self.n) + f64::MIN_POSITIVE;
        self.n * ln(squares.max(least) / self.n) + self.log_variances
    }

    fn start(&self, has_trend: bool) -> [f64; 2] {
        let [level, slope] = self.shift(has_trend);
        [self.level + level, self.slope + slope]
    }
}

/// The model with these weights and the best initial states.
fn run(values: &[Option<f64>], weights: Weights, has_trend: bool) -> Smoothing {
    let sums = Sums::new(values, weights);
    let start = sums.start(has_trend);
    let [mut level, mut slope] = start;
    let mut gap = 1;
    let mut errors = Vec::with_capacity(values.len());
    let mut expected = Vec::with_capacity(values.len());
    for value in values {
        slope *= weights.phi;
        level += slope;
        expected.push((level, gap));
        let Some(value) = *value else {
            gap += 1;
            errors.push(None);
            continue;
        };
        let error = value - level;
        level += weights.alpha * error;
        slope += weights.beta * error;
        errors.push(Some(Innovation { error, variance: variance_factor(weights, gap) }));
        gap = 1;
    }
    let sizes = errors.iter().flatten().map(|e| e.standardized());
    let squares: f64 = sizes.map(|e| e * e).sum();
    let parameters = if has_trend { 5 } else { 2 };
    let free = errors.iter().flatten().count().saturating_sub(parameters).max(1) as f64;
    let deviance = sums.deviance(has_trend);
    let sigma = (squares / free).sqrt();
    let possible = Vec::new();
    Smoothing {
        weights,
        level,
        slope,
        start,
        sigma,
        errors,
        expected,
        deviance,
        has_trend,
        possible,
    }
}

#[cfg(test)]
mod tests {
    use super::{best, fit_smoothing};
    use seedtest_numerics::Stream;

    #[test]
    fn a_level_is_found_where_there_is_no_trend() {
        let mut stream = Stream::new(1, 1);
        let values: Vec<Option<f64>> =
            (0..40).map(|_| Some(0.6 + 0.05 * stream.normal())).collect();
        let model = fit_smoothing(&values);
        assert_eq!(model.parameters(), 2);
        assert!((model.ahead(4) - 0.6).abs() < 0.05);
    }

    #[test]
    fn a_trend_goes_on_and_dies_down() {
        let values: Vec<Option<f64>> =
            (0..30).map(|t| Some(f64::from(t) + 0.3 * f64::from(t % 2))).collect();
        let model = fit_smoothing(&values);
        assert_eq!(model.parameters(), 5);
        let (near, far) = (model.ahead(1), model.ahead(100));
        assert!(near > 29.0 && near < 31.0 && far < 130.0);
    }

    /// `reference/smoothing.py`: statsmodels' ETSModel, the least of six starts.
    #[test]
    fn sums_of_squares_are_not_above_those_of_statsmodels() {
        let file = include_str!("../tests/golden/smoothing.json");
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let values: Vec<Option<f64>> =
                case["y"].as_array().unwrap().iter().map(serde_json::Value::as_f64).collect();
            for (name, has_trend) in [("level", false), ("damped", true)] {
                let model = best(&values, has_trend);
                let sizes = model.errors.iter().flatten().map(|e| e.standardized());
                let squares: f64 = sizes.map(|e| e * e).sum();
                let theirs = case[name].as_f64().unwrap();
                // Steps along the axes end at 10⁻⁵ of the range of a weight.
                assert!(
                    squares < theirs * (1.0 + 1e-4),
                    "{} {name}: {squares} {theirs}",
                    case["name"]
                );
            }
        }
    }

    /// Of twelve points of a random walk the most likely weights say a level that walks less as often as not.
    #[test]
    fn what_is_not_known_of_the_weights_widens_what_is_said() {
        let (mut own, mut averaged, mut points) = (0, 0, 0);
        for number in 0..400 {
            let mut stream = Stream::new(7, number);
            let mut level = 5.0;
            let walk: Vec<f64> = (0..16)
                .map(|_| {
                    level += stream.normal();
                    level
                })
                .collect();
            let values: Vec<Option<f64>> = walk[..12].iter().map(|v| Some(*v)).collect();
            let model = best(&values, false);
            // Student's t of ten degrees of freedom.
            let reach = 2.228 * model.sigma;
            for ahead in 1..=4 {
                let error = (walk[11 + ahead] - model.ahead(ahead)).abs();
                own += usize::from(error <= reach * model.variance_factor(ahead).sqrt());
                averaged +=
                    usize::from(error <= reach * model.uncertain_variance_factor(ahead).sqrt());
                points += 1;
            }
        }
        let share = |count: usize| count as f64 / f64::from(points);
        // 0.904 and 0.932 of 4 000 series; errors of a series go together.
        assert!(share(averaged) > 0.915 && share(own) < 0.92, "{} {}", share(own), share(averaged));
        assert!(share(averaged) > share(own) + 0.01);
    }

    #[test]
    fn no_weights_nearby_are_better() {
        let mut stream = Stream::new(2, 1);
        let mut level = 0.0;
        let values: Vec<Option<f64>> = (0..60)
            .map(|t| {
                level += stream.normal();
                (t % 11 != 5).then(|| level + stream.normal())
            })
            .collect();
        let model = best(&values, false);
        for shift in [-0.01, 0.01] {
            let mut nearby = model.weights;
            nearby.alpha += shift;
            let there = super::run(&values, nearby, false);
            assert!(there.deviance >= model.deviance, "{:?} {nearby:?}", model.weights);
        }
    }
}
