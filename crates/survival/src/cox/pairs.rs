use std::ops::{AddAssign, Mul, Range, SubAssign};

use super::risk_sets::RiskSets;

/// Elements handled by one task; smaller parts are not worth a thread.
const SMALLEST_TASK: usize = 1 << 14;
/// Marks an element as the event of a pair instead of the row that outlives it.
const EVENT: u32 = 1 << 31;

/// Marks a row that is not yet at risk at the time, to be taken back.
const TAKEN_BACK: u32 = 1 << 31;

/// One side of the pairs of an event and a row at risk after it.
#[derive(Debug, Clone, Copy, Default)]
struct Element<T> {
    /// Rank of the risk, with [`TAKEN_BACK`].
    rank: u32,
    /// Position of the row, with [`EVENT`] for the event's side.
    position: u32,
    /// Weight of the others, concordant minus discordant.
    balance: T,
}

impl<T> Element<T> {
    fn is_event(&self) -> bool {
        self.position & EVENT != 0
    }

    fn index(&self) -> usize {
        (self.position & !EVENT) as usize
    }

    fn sign(&self) -> f64 {
        if self.rank & TAKEN_BACK == 0 { 1.0 } else { -1.0 }
    }
}

/// For the row at every position, over all pairs of an event and a row at risk after it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pairs {
    /// Weight of the partners, concordant minus discordant.
    pub(crate) balance: Vec<f64>,
    /// Weight of the partners.
    pub(crate) comparable: Vec<f64>,
}

/// Compares every event with every row at risk after it, in O(n log n).
///
/// `rank` orders the risks. A pair is concordant when the event has the higher risk. Instead of a
/// tree the ranks are split bit by bit: of two rows that first differ in a bit, the one with 0 has the
/// lower risk, so one pass in order of time over every group of equal higher bits counts all pairs
/// that this bit decides.
pub(crate) fn compare(
    sets: &RiskSets,
    rank: &[u32],
    n_ranks: u32,
    weights: Option<&[f64]>,
) -> Pairs {
    // Without weights the counts are whole numbers, which are faster to add.
    match weights {
        None => compare_weighted(sets, rank, n_ranks, |_| 1i32),
        Some(weights) => compare_weighted(sets, rank, n_ranks, |position| weights[position]),
    }
}

fn compare_weighted<T>(
    sets: &RiskSets,
    rank: &[u32],
    n_ranks: u32,
    weight: impl Fn(usize) -> T + Copy + Sync,
) -> Pairs
where
    T: Number,
{
    let mut pairs = Pairs { balance: vec![0.0; rank.len()], comparable: vec![0.0; rank.len()] };
    let bits = u32::BITS - n_ranks.saturating_sub(1).leading_zeros();
    for stratum in &sets.strata {
        let mut elements = elements(sets, stratum.clone(), rank);
        count_comparable(&elements, &mut pairs.comparable, |i| weight(i).into());
        let mut scratch = vec![Element::default(); elements.len()];
        split(&mut elements, &mut scratch, bits, weight);
        let sorted = if bits.is_multiple_of(2) { &elements } else { &scratch };
        for element in sorted {
            let balance: f64 = element.balance.into();
            pairs.balance[element.index()] += element.sign() * balance;
        }
    }
    pairs
}

/// Counts or weights.
trait Number:
    Copy + Default + Send + AddAssign + SubAssign + Mul<Output = Self> + From<i8> + Into<f64>
{
}
impl Number for i32 {}
impl Number for f64 {}

/// The elements of a stratum in order of time. At the time of a set its events come first as rows that
/// outlive others, then as events, then the other rows of the set and those not yet at risk.
fn elements<T: Number>(sets: &RiskSets, stratum: Range<usize>, rank: &[u32]) -> Vec<Element<T>> {
    let of = |position: usize, flag: u32, sign: u32| Element {
        rank: rank[position] | sign,
        position: position as u32 | flag,
        balance: T::default(),
    };
    let rows = sets.first[stratum.end] - sets.first[stratum.start];
    let events: u32 = sets.n_events[stratum.clone()].iter().sum();
    let leaving: usize = stratum.clone().map(|set| sets.leaving(set).len()).sum();
    let mut elements = Vec::with_capacity((rows + events) as usize + leaving);
    for set in stratum.rev() {
        let events = sets.events(set);
        elements.extend(events.clone().map(|i| of(i, 0, 0)));
        elements.extend(events.clone().map(|i| of(i, EVENT, 0)));
        elements.extend((sets.rows(set).start..events.start).map(|i| of(i, 0, 0)));
        elements.extend(sets.leaving(set).iter().map(|&i| of(i as usize, 0, TAKEN_BACK)));
    }
    elements
}

fn count_comparable<T>(
    elements: &[Element<T>],
    comparable: &mut [f64],
    weight: impl Fn(usize) -> f64,
) {
    let mut events = 0.0;
    for element in elements {
        if element.is_event() {
            events += weight(element.index());
        } else {
            comparable[element.index()] += element.sign() * events;
        }
    }
    let mut survivors = 0.0;
    for element in elements.iter().rev() {
        if element.is_event() {
            comparable[element.index()] += survivors;
        } else {
            survivors += element.sign() * weight(element.index());
        }
    }
}

/// Counts the pairs that the last `bits` bits of the rank decide. The elements end up in `from` when
/// `bits` is even, in `to` otherwise.
fn split<T: Number>(
    from: &mut [Element<T>],
    to: &mut [Element<T>],
    bits: u32,
    weight: impl Fn(usize) -> T + Copy + Sync,
) {
    if bits == 0 {
        return;
    }
    if from.len() < 2 {
        to.copy_from_slice(from);
        return split(to, from, bits - 1, weight);
    }
    let shift = bits - 1;
    let zeros = balance_by_bit(from, shift, weight);
    let mut next = [0, zeros];
    for element in from.iter() {
        let bit = (element.rank >> shift & 1) as usize;
        to[next[bit]] = *element;
        next[bit] += 1;
    }
    let large = from.len() >= SMALLEST_TASK;
    let (from_low, from_high) = from.split_at_mut(zeros);
    let (to_low, to_high) = to.split_at_mut(zeros);
    if large {
        rayon::join(
            || split(to_low, from_low, shift, weight),
            || split(to_high, from_high, shift, weight),
        );
    } else {
        split(to_low, from_low, shift, weight);
        split(to_high, from_high, shift, weight);
    }
}

/// Adds the pairs decided by one bit; returns the number of elements whose bit is 0. There is no
/// branch: which of the sums an element belongs to is as good as random.
fn balance_by_bit<T: Number>(
    elements: &mut [Element<T>],
    shift: u32,
    weight: impl Fn(usize) -> T,
) -> usize {
    let number = |flag: u32| T::from(flag as i8);
    let parts = |element: &Element<T>| {
        let (bit, event) = (element.rank >> shift & 1, element.position >> 31);
        // 1 for a row, −1 for a row that is taken back.
        let sign = T::from(1 - 2 * (element.rank >> 31) as i8);
        (bit, event, sign * weight(element.index()))
    };
    let mut ones = 0;
    let (mut later_0, mut later_1) = (T::default(), T::default());
    for element in elements.iter() {
        let (bit, event, weight) = parts(element);
        ones += bit as usize;
        later_0 += number(1 - bit) * number(1 - event) * weight;
        later_1 += number(bit) * number(1 - event) * weight;
    }
    let (mut events_0, mut events_1) = (T::default(), T::default());
    for element in elements.iter_mut() {
        let (bit, event, weight) = parts(element);
        let (zero, one) = (number(1 - bit), number(bit));
        later_0 -= zero * number(1 - event) * weight;
        later_1 -= one * number(1 - event) * weight;
        // A higher risk of the event is concordant: for a row those events count that have the other
        // bit, for an event those rows that are still to come and have the other bit.
        let as_row = number(1 - event) * T::from(1 - 2 * bit as i8);
        let mut others = zero * events_1;
        others += one * events_0;
        element.balance += as_row * others;
        let as_event = number(event) * T::from(2 * bit as i8 - 1);
        let mut others = zero * later_1;
        others += one * later_0;
        element.balance += as_event * others;
        events_0 += zero * number(event) * weight;
        events_1 += one * number(event) * weight;
    }
    elements.len() - ones
}
