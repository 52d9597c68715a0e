use super::risk_sets::RiskSets;

/// Elements handled by one task; smaller parts are not worth a thread.
const SMALLEST_TASK: usize = 1 << 14;
/// Marks an element as the event of a pair instead of the row that outlives it.
const EVENT: u32 = 1 << 31;

/// One side of the pairs of an event and a row at risk after it.
#[derive(Debug, Clone, Copy, Default)]
struct Element {
    rank: u32,
    /// Position of the row, with [`EVENT`] for the event's side.
    position: u32,
    /// Weight of the row; negative where a row that is not yet at risk is taken back.
    weight: f64,
    /// Weight of the others, concordant minus discordant.
    balance: f64,
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
    weight: impl Fn(usize) -> f64,
) -> Pairs {
    let mut pairs = Pairs { balance: vec![0.0; rank.len()], comparable: vec![0.0; rank.len()] };
    let bits = u32::BITS - n_ranks.saturating_sub(1).leading_zeros();
    for stratum in &sets.strata {
        let mut elements = elements(sets, stratum.clone(), rank, &weight);
        count_comparable(&elements, &mut pairs.comparable);
        let mut scratch = vec![Element::default(); elements.len()];
        split(&mut elements, &mut scratch, bits);
        let sorted = if bits.is_multiple_of(2) { &elements } else { &scratch };
        for element in sorted {
            let sign = if element.weight < 0.0 { -1.0 } else { 1.0 };
            pairs.balance[(element.position & !EVENT) as usize] += sign * element.balance;
        }
    }
    pairs
}

/// The elements of a stratum in order of time. At the time of a set its events come first as rows that
/// outlive others, then as events, then the other rows of the set and those not yet at risk.
fn elements(
    sets: &RiskSets,
    stratum: std::ops::Range<usize>,
    rank: &[u32],
    weight: &impl Fn(usize) -> f64,
) -> Vec<Element> {
    let of = |position: usize, flag: u32, sign: f64| Element {
        rank: rank[position],
        position: position as u32 | flag,
        weight: sign * weight(position),
        balance: 0.0,
    };
    let mut elements = Vec::new();
    for set in stratum.rev() {
        let events = sets.events(set);
        elements.extend(events.clone().map(|i| of(i, 0, 1.0)));
        elements.extend(events.clone().map(|i| of(i, EVENT, 1.0)));
        elements.extend((sets.rows(set).start..events.start).map(|i| of(i, 0, 1.0)));
        elements.extend(sets.leaving(set).iter().map(|&i| of(i as usize, 0, -1.0)));
    }
    elements
}

fn count_comparable(elements: &[Element], comparable: &mut [f64]) {
    let mut events = 0.0;
    for element in elements {
        if element.position & EVENT != 0 {
            events += element.weight;
        } else {
            let sign = if element.weight < 0.0 { -1.0 } else { 1.0 };
            comparable[element.position as usize] += sign * events;
        }
    }
    let mut survivors = 0.0;
    for element in elements.iter().rev() {
        if element.position & EVENT == 0 {
            survivors += element.weight;
        } else {
            comparable[(element.position & !EVENT) as usize] += survivors;
        }
    }
}

/// Counts the pairs that the last `bits` bits of the rank decide. The elements end up in `from` when
/// `bits` is even, in `to` otherwise.
fn split(from: &mut [Element], to: &mut [Element], bits: u32) {
    if bits == 0 {
        return;
    }
    if from.len() < 2 {
        to.copy_from_slice(from);
        return split(to, from, bits - 1);
    }
    let shift = bits - 1;
    let zeros = balance_by_bit(from, shift);
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
        rayon::join(|| split(to_low, from_low, shift), || split(to_high, from_high, shift));
    } else {
        split(to_low, from_low, shift);
        split(to_high, from_high, shift);
    }
}

/// Adds the pairs decided by one bit; returns the number of elements whose bit is 0.
fn balance_by_bit(elements: &mut [Element], shift: u32) -> usize {
    let mut zeros = 0;
    let mut later = [0.0; 2];
    for element in elements.iter() {
        let bit = (element.rank >> shift & 1) as usize;
        zeros += 1 - bit;
        let outlives = f64::from(1 - (element.position >> 31));
        later[bit] += outlives * element.weight;
    }
    let mut events = [0.0; 2];
    for element in elements.iter_mut() {
        let bit = (element.rank >> shift & 1) as usize;
        // A higher risk of the event is concordant.
        let sign = [1.0, -1.0];
        if element.position & EVENT == 0 {
            later[bit] -= element.weight;
            element.balance += sign[bit] * events[1 - bit];
        } else {
            events[bit] += element.weight;
            element.balance -= sign[bit] * later[1 - bit];
        }
    }
    zeros
}
