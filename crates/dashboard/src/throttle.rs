//! How often one may be wrong: a login, and an address, have to wait the longer the more wrong passwords there were.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is remembered at once; of more the oldest half is forgotten.
const REMEMBERED: usize = 20_000;
/// Mistakes are forgotten when nothing happened for so long.
const FORGOTTEN: Duration = Duration::from_hours(1);
/// Nobody waits longer: who wants to keep somebody out by guessing keeps them out that long.
const LONGEST: Duration = Duration::from_mins(5);

/// Mistakes that cost nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// Of one login, wherever they come from.
    Login,
    /// Of one address: a school may be one.
    Address,
}

impl Of {
    fn free(self) -> u32 {
        match self {
            Self::Login => 5,
            Self::Address => 50,
        }
    }
}

/// Counts wrong passwords.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    mistakes: Mutex<HashMap<String, Mistakes>>,
}

#[derive(Debug, Clone, Copy)]
struct Mistakes {
    number: u32,
    last: Instant,
}

impl Throttle {
    /// How long somebody still has to wait.
    pub(crate) fn wait(&self, of: Of, who: &str) -> Option<Duration> {
        self.wait_at(of, who, Instant::now())
    }

    fn wait_at(&self, of: Of, who: &str, now: Instant) -> Option<Duration> {
        let all = self.mistakes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&key(of, who))?;
        let pause = pause(known.number, of.free());
        let passed = now.saturating_duration_since(known.last);
        pause.checked_sub(passed).filter(|left| !left.is_zero())
    }

    /// Counts an attempt before its outcome is known: many at once are many.
    pub(crate) fn attempt(&self, of: Of, who: &str) {
        self.attempt_at(of, who, Instant::now());
    }

    fn attempt_at(&self, of: Of, who: &str, now: Instant) {
        let mut all = self.mistakes.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            forget(&mut all, now);
        }
        let known = all.entry(key(of, who)).or_insert(Mistakes { number: 0, last: now });
        if now.saturating_duration_since(known.last) > FORGOTTEN {
            known.number = 0;
        }
        *known = Mistakes { number: known.number.saturating_add(1), last: now };
    }

    /// Forgets the mistakes of a login whose password was right.
    pub(crate) fn right(&self, of: Of, who: &str) {
        self.mistakes.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(of, who));
    }
}

fn key(of: Of, who: &str) -> String {
    format!("{of:?} {who}")
}

/// A second after the last free mistake, twice as long after each further one.
fn pause(number: u32, free: u32) -> Duration {
    let Some(beyond) = number.checked_sub(free) else { return Duration::ZERO };
    Duration::from_secs(1 << beyond.min(16)).min(LONGEST)
}

fn forget(all: &mut HashMap<String, Mistakes>, now: Instant) {
    all.retain(|_, known| now.saturating_duration_since(known.last) <= FORGOTTEN);
    if all.len() < REMEMBERED {
        return;
    }
    let mut times: Vec<Instant> = all.values().map(|known| known.last).collect();
    let (_, middle, _) = times.select_nth_unstable(REMEMBERED / 2);
    let middle = *middle;
    all.retain(|_, known| known.last > middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_wrong_again_and_again_waits_longer_and_longer_but_not_for_ever() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let wait = |now| throttle.wait_at(Of::Login, "tom", now);
        for _ in 0..4 {
            throttle.attempt_at(Of::Login, "tom", start);
            assert_eq!(wait(start), None);
        }
        throttle.attempt_at(Of::Login, "tom", start);
        assert_eq!(wait(start), Some(Duration::from_secs(1)));
        assert_eq!(wait(start + Duration::from_secs(1)), None);
        throttle.attempt_at(Of::Login, "tom", start);
        assert_eq!(wait(start), Some(Duration::from_secs(2)));
        for _ in 0..100 {
            throttle.attempt_at(Of::Login, "tom", start);
        }
        assert_eq!(wait(start), Some(LONGEST));
        assert_eq!(throttle.wait_at(Of::Login, "amy", start), None);
        assert_eq!(throttle.wait_at(Of::Address, "tom", start), None);
        throttle.right(Of::Login, "tom");
        assert_eq!(wait(start), None);
    }

    #[test]
    fn mistakes_of_yesterday_are_forgotten_and_memory_is_bounded() {
        let throttle = Throttle::default();
        let start = Instant::now();
        for _ in 0..9 {
            throttle.attempt_at(Of::Login, "tom", start);
        }
        let later = start + FORGOTTEN + Duration::from_secs(1);
        throttle.attempt_at(Of::Login, "tom", later);
        assert_eq!(throttle.wait_at(Of::Login, "tom", later), None);
        for number in 0..2 * REMEMBERED {
            throttle.attempt_at(Of::Login, &number.to_string(), later);
        }
        assert!(throttle.mistakes.lock().unwrap().len() <= REMEMBERED);
    }
}
