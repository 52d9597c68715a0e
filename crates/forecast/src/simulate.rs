//! Simulated futures, for growth whose intervals have no closed form and for sums over several times.

use seedtest_numerics::{Stream, logistic, normal_cdf, normal_pdf, normal_quantile};

use crate::interval::FutureChanges;

/// What changes of the slope after the history add to the line at each of `ahead` (units of time after
/// the history, ascending; at and before 0 nothing): one path for each number, drawn from its own stream.
pub(crate) fn bends(changes: FutureChanges, ahead: &[f64], seed: u64, path: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, path);
    let last = ahead.iter().copied().fold(0.0, f64::max);
    let mut bends = vec![0.0; ahead.len()];
    for _ in 0..stream.poisson(changes.rate * last) {
        let at = last * stream.uniform();
        let sign = if stream.bernoulli(0.5) { 1.0 } else { -1.0 };
        let delta = sign * changes.scale * stream.exponential();
        for (bend, ahead) in bends.iter_mut().zip(ahead) {
            *bend += delta * (ahead - at).max(0.0);
        }
    }
    bends
}

/// Bounds of the central interval of `width` of a mixture of normals with these means and one standard
/// deviation: simulated trends with the noise integrated out.
pub(crate) fn mixture_interval(means: &[f64], sigma: f64, width: f64) -> (f64, f64) {
    let mut sorted = means.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let tail = 0.5 - 0.5 * width;
    (mixture_quantile(&sorted, sigma, tail), mixture_quantile(&sorted, sigma, 1.0 - tail))
}

fn mixture_quantile(sorted: &[f64], sigma: f64, p: f64) -> f64 {
    const MOST_STEPS: usize = 100;
    let n = sorted.len() as f64;
    let reach = normal_quantile(p) * sigma;
    // Between the extreme means shifted by the quantile of the noise.
    let (mut low, mut high) = (sorted[0] + reach, sorted[sorted.len() - 1] + reach);
    if sigma <= 0.0 || low >= high {
        return 0.5 * (low + high);
    }
    let mut x = 0.5 * (low + high);
    for _ in 0..MOST_STEPS {
        let (mut below, mut density) = (0.0, 0.0);
        for mean in sorted {
            let z = (x - mean) / sigma;
            below += normal_cdf(z);
            density += normal_pdf(z);
        }
        let excess = below / n - p;
        if excess < 0.0 {
            low = x;
        } else {
            high = x;
        }
        let newton = x - excess * sigma * n / density;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-9 * sigma {
            return next;
        }
        x = next;
    }
    x
}

/// Interval of cap · logistic(line + bend) · multiplier + noise.
pub(crate) struct LogisticPoint {
    pub(crate) line: f64,
    pub(crate) cap: f64,
    pub(crate) multiplier: f64,
}

impl LogisticPoint {
    /// The interval relative to the point without bends.
    pub(crate) fn interval(&self, bends: &[f64], sigma: f64, width: f64) -> (f64, f64) {
        let curve = |bend: f64| self.cap * logistic(self.line + bend) * self.multiplier;
        let centre = curve(0.0);
        let means: Vec<f64> = bends.iter().map(|&b| curve(b) - centre).collect();
        mixture_interval(&means, sigma, width)
    }
}
