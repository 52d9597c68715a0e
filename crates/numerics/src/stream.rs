//! Streams of random numbers by (seed, stream, index).

use serde::{Deserialize, Serialize};

use crate::elementary::{exp, ln};
use crate::gamma::ln_gamma;
use crate::normal::{normal_quantile, normal_quantiles};
use crate::philox::philox4x32_lanes;
use crate::simd::vectorized;

/// A stream of random numbers that is a pure function of (seed, stream, index).
///
/// Two streams with different numbers are independent, so every student, item or chain can own one
/// and the draws do not depend on the order or the thread in which they are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    seed: u64,
    number: u64,
    index: u64,
}

/// The number of the open interval (0, 1) that random bits stand for.
#[inline(always)]
#[allow(clippy::inline_always)] // vector instructions must reach it
fn open_unit(bits: u64) -> f64 {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;
    ((bits >> 11) as f64 + 0.5) * STEP
}

impl Stream {
    /// The stream with this number under this seed, at index 0.
    pub fn new(seed: u64, stream: u64) -> Self {
        Self { seed, number: stream, index: 0 }
    }

    /// The `index`-th 64-bit word of the stream; does not move the stream.
    pub fn word(&self, index: u64) -> u64 {
        let [[first], [second]] = self.blocks(index / 2);
        if index.is_multiple_of(2) { first } else { second }
    }

    /// The first and the second words of so many blocks in a row.
    #[inline(always)]
    #[allow(clippy::inline_always)] // the vector instructions of the caller must reach the loops
    #[allow(clippy::needless_range_loop)] // two rows go side by side
    fn blocks<const N: usize>(&self, first: u64) -> [[u64; N]; 2] {
        let halves = |value: u64| [value as u32, (value >> 32) as u32];
        let [low, high] = halves(self.number);
        let mut counter = [[0; N], [0; N], [low; N], [high; N]];
        for lane in 0..N {
            [counter[0][lane], counter[1][lane]] = halves(first.wrapping_add(lane as u64));
        }
        let words = philox4x32_lanes(counter, halves(self.seed));
        let joined = |low: usize| {
            std::array::from_fn(|lane| {
                u64::from(words[low][lane]) | u64::from(words[low + 1][lane]) << 32
            })
        };
        [joined(0), joined(2)]
    }

    /// Next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        let word = self.word(self.index);
        self.index += 1;
        word
    }

    /// Uniform on the open interval (0, 1): multiples of 2⁻⁵³ shifted by half a step.
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.next_u64())
    }

    /// Fills a slice with what as many calls of [`uniform`](Self::uniform) would give.
    fn uniforms(&mut self, values: &mut [f64]) {
        const LANES: usize = 8;
        // A block has two words; the next one may be the second of them.
        let lone = usize::from(!self.index.is_multiple_of(2)).min(values.len());
        let (lone, values) = values.split_at_mut(lone);
        lone.fill_with(|| self.uniform());
        let (chunks, rest) = values.as_chunks_mut::<{ 2 * LANES }>();
        vectorized(
            #[inline(always)]
            || {
                for chunk in chunks {
                    let [first, second] = self.blocks::<LANES>(self.index / 2);
                    for lane in 0..LANES {
                        chunk[2 * lane] = open_unit(first[lane]);
                        chunk[2 * lane + 1] = open_unit(second[lane]);
                    }
                    self.index += 2 * LANES as u64;
                }
            },
        );
        rest.fill_with(|| self.uniform());
    }

    /// Uniform on [low, high).
    pub fn uniform_in(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Uniform integer in 0..n; 0 when `n` is 0. The bias is below n·2⁻⁶⁴.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// True with probability `p`.
    pub fn bernoulli(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Standard normal draw, by inversion: exactly one word of the stream.
    pub fn normal(&mut self) -> f64 {
        normal_quantile(self.uniform())
    }

    /// Fills a slice with what as many calls of [`normal`](Self::normal) would give, in less time.
    pub fn normals(&mut self, values: &mut [f64]) {
        self.uniforms(values);
        normal_quantiles(values);
    }

    /// Log-normal draw: e^(mean + sd·z).
    pub fn lognormal(&mut self, mean: f64, sd: f64) -> f64 {
        exp(mean + sd * self.normal())
    }

    /// Exponential draw with mean 1.
    pub fn exponential(&mut self) -> f64 {
        -ln(self.uniform())
    }

    /// Gamma draw with this shape (> 0) and scale 1 (Marsaglia & Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = exp(ln(self.uniform()) / shape);
            return boost * self.gamma(shape + 1.0);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let z = self.normal();
            let root = 1.0 + c * z;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if ln(self.uniform()) < 0.5 * z * z + d * (1.0 - v + ln(v)) {
                return d * v;
            }
        }
    }

    /// Beta draw with these shapes (> 0).
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let x = self.gamma(a);
        let y = self.gamma(b);
        x / (x + y)
    }

    /// Poisson draw with this mean (≥ 0): products of uniforms below 10, transformed rejection
    /// above (Hörmann 1993, PTRS).
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean < 10.0 { self.poisson_by_products(mean) } else { self.poisson_by_rejection(mean) }
    }

    fn poisson_by_products(&mut self, mean: f64) -> u64 {
        let limit = exp(-mean);
        let mut product = self.uniform();
        let mut count = 0;
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    fn poisson_by_rejection(&mut self, mean: f64) -> u64 {
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let v_r = 0.9277 - 3.6224 / (b - 2.0);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= v_r {
                return k as u64;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let ratio = ln(v * inverse_alpha / (a / (us * us) + b));
            if ratio <= k * ln(mean) - mean - ln_gamma(k + 1.0) {
                return k as u64;
            }
        }
    }

    /// Number of successes of `trials` with probability `p` each: by order statistics of the uniform until
    /// few trials are left (Relles 1972), which are then drawn one by one.
    pub fn binomial(&mut self, trials: u64, p: f64) -> u64 {
        const FEW: u64 = 32;
        let (mut left, mut p, mut successes) = (trials, p.clamp(0.0, 1.0), 0);
        while left > FEW {
            // The `middle`-th smallest of `left` uniforms.
            let middle = 1 + left / 2;
            let split = self.beta(middle as f64, (left + 1 - middle) as f64);
            if split > p {
                (left, p) = (middle - 1, p / split);
            } else {
                successes += middle;
                (left, p) = (left - middle, (p - split) / (1.0 - split));
            }
        }
        successes + (0..left).filter(|_| self.bernoulli(p)).count() as u64
    }

    /// Index drawn in proportion to non-negative weights; `None` when they do not add to a positive
    /// finite number.
    pub fn choose(&mut self, weights: &[f64]) -> Option<usize> {
        let total: f64 = weights.iter().sum();
        if !(total.is_finite() && total > 0.0) {
            return None;
        }
        let mut left = self.uniform() * total;
        for (i, w) in weights.iter().enumerate() {
            left -= w;
            if left < 0.0 {
                return Some(i);
            }
        }
        weights.iter().rposition(|&w| w > 0.0)
    }

    /// Shuffles a slice in place (Fisher–Yates).
    pub fn shuffle<T>(&mut self, slice: &mut [T]) {
        for i in (1..slice.len()).rev() {
            let j = self.below(i as u64 + 1) as usize;
            slice.swap(i, j);
        }
    }
}
