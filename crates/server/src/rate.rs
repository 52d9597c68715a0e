//! How many requests a second one caller may send.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{ApiError, ApiResult, Code};

/// Callers remembered at once; those who have the most left are forgotten first.
const REMEMBERED: usize = 10_000;

/// Wrong tokens of one address in the long run, a second.
const WRONG_A_SECOND: f64 = 1.0;
/// Wrong tokens of one address at once.
const WRONG_AT_ONCE: f64 = 60.0;

/// A token bucket for each caller.
#[derive(Debug)]
pub(crate) struct RateLimit {
    rate: f64,
    burst: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl RateLimit {
    /// `rate` requests a second in the long run, `burst` at once (at least one); no limit with a
    /// rate of 0.
    pub(crate) fn new(rate: f64, burst: f64) -> Self {
        Self { rate, burst: burst.max(1.0), buckets: Mutex::new(HashMap::new()) }
    }

    /// The limit on wrong tokens of one address.
    pub(crate) fn of_wrong_tokens() -> Self {
        Self::new(WRONG_A_SECOND, WRONG_AT_ONCE)
    }

    pub(crate) fn admit(&self, caller: &str) -> ApiResult<()> {
        if self.rate <= 0.0 { Ok(()) } else { self.admit_at(caller, Instant::now()) }
    }

    fn admit_at(&self, caller: &str, now: Instant) -> ApiResult<()> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED && !buckets.contains_key(caller) {
            self.forget_half(&mut buckets, now);
        }
        let full = Bucket { level: self.burst, at: now };
        let bucket = buckets.entry(caller.to_string()).or_insert(full);
        let level = self.level(*bucket, now);
        if level < 1.0 {
            let wait = Duration::from_secs_f64((1.0 - level) / self.rate);
            let limit = self.rate;
            return Err(ApiError::new(
                Code::RateLimited,
                format!("more than {limit} requests a second"),
            )
            .hint("slow down; Retry-After says for how long")
            .retry_after(wait));
        }
        *bucket = Bucket { level: level - 1.0, at: now };
        Ok(())
    }

    /// Forgets the half that has the most left: who comes from ever new addresses is not remembered at the cost of
    /// memory, nor of the time of others.
    fn forget_half(&self, buckets: &mut HashMap<String, Bucket>, now: Instant) {
        let mut levels: Vec<f64> = buckets.values().map(|b| self.level(*b, now)).collect();
        let (below, middle, _) = levels.select_nth_unstable_by(REMEMBERED / 2, f64::total_cmp);
        let middle = *middle;
        let mut equal = REMEMBERED / 2 - below.iter().filter(|level| **level < middle).count();
        buckets.retain(|_, bucket| {
            let level = self.level(*bucket, now);
            let is_one_of_many = level.total_cmp(&middle).is_eq() && equal > 0;
            equal -= usize::from(is_one_of_many);
            level < middle || is_one_of_many
        });
    }

    fn level(&self, bucket: Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        (bucket.level + passed * self.rate).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_then_the_rate_holds_for_each_caller_alone() {
        let limit = RateLimit::new(2.0, 3.0);
        let start = Instant::now();
        let after = |seconds: f64| start + Duration::from_secs_f64(seconds);
        for _ in 0..3 {
            limit.admit_at("a", start).unwrap();
        }
        let refused = limit.admit_at("a", start).unwrap_err();
        assert_eq!(refused.retry_after, Some(Duration::from_millis(500)));
        limit.admit_at("b", start).unwrap();
        limit.admit_at("a", after(0.5)).unwrap();
        assert!(limit.admit_at("a", after(0.6)).is_err());
    }

    #[test]
    fn ever_new_callers_take_no_more_memory_and_the_worst_are_remembered() {
        let limit = RateLimit::new(1.0, 3.0);
        let now = Instant::now();
        while limit.admit_at("again and again", now).is_ok() {}
        for n in 0..5 * REMEMBERED {
            limit.admit_at(&n.to_string(), now).unwrap();
        }
        assert!(limit.buckets.lock().unwrap().len() <= REMEMBERED);
        assert!(limit.admit_at("again and again", now).is_err());
    }
}
