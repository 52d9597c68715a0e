//! Concordant and discordant pairs in O(n log n).

use std::ops::{AddAssign, Mul, Range, SubAssign};

use rayon::prelude::*;

use seedtest_numerics::vectorized;

use crate::risk_sets::RiskSets;

const DIGIT_BITS: u32 = 4;
const DIGITS: usize = 1 << DIGIT_BITS;

/// Elements handled by one task; smaller parts are not worth a thread.
const SMALLEST_TASK: usize = 1 << 14;
/// Of no more elements than this all pairs are compared, whatever digits are left.
const FEW: usize = 24;
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

    fn digit(&self, shift: u32) -> usize {
        ((self.rank & !TAKEN_BACK) >> shift) as usize & (DIGITS - 1)
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
/// tree the ranks are split digit by digit: of two rows that first differ in a digit, the one with the
/// smaller has the lower risk, so one pass in order of time over every group of equal higher digits
/// counts all pairs that this digit decides.
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
    let digits = bits.div_ceil(DIGIT_BITS).max(1);
    for stratum in &sets.strata {
        let mut elements = elements(sets, stratum.clone(), rank);
        count_comparable(&elements, &mut pairs.comparable, |i| weight(i).into());
        let mut scratch = vec![Element::default(); elements.len()];
        split(&mut elements, &mut scratch, digits, weight);
        let sorted = if digits.is_multiple_of(2) { &scratch } else { &elements };
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

/// Counts the pairs that the last `digits` digits of the rank decide. The elements end up in `from` when
/// `digits` is odd, in `to` otherwise: there is no need to split by the last digit.
fn split<T: Number>(
    from: &mut [Element<T>],
    to: &mut [Element<T>],
    digits: u32,
    weight: impl Fn(usize) -> T + Copy + Sync,
) {
    if from.len() <= FEW {
        balance_all(from, weight);
        if digits.is_multiple_of(2) {
            to.copy_from_slice(from);
        }
        return;
    }
    let shift = (digits - 1) * DIGIT_BITS;
    vectorized(|| balance_by_digit(from, shift, weight));
    if digits == 1 {
        return;
    }
    let bounds = scatter(from, to, shift);
    let parts = parts(to, &bounds).into_iter().zip(parts(from, &bounds));
    // Each part is now read from `to` and may be scattered back into `from`.
    if bounds[DIGITS] >= SMALLEST_TASK {
        let parts: Vec<_> = parts.collect();
        parts.into_par_iter().for_each(|(part, room)| split(part, room, digits - 1, weight));
    } else {
        parts.for_each(|(part, room)| split(part, room, digits - 1, weight));
    }
}

/// Sorts the elements by a digit, keeping the order of those that share it; gives the bounds.
fn scatter<T: Number>(
    from: &[Element<T>],
    to: &mut [Element<T>],
    shift: u32,
) -> [usize; DIGITS + 1] {
    let mut bounds = [0; DIGITS + 1];
    for element in from {
        bounds[element.digit(shift) + 1] += 1;
    }
    for d in 0..DIGITS {
        bounds[d + 1] += bounds[d];
    }
    let mut next = bounds;
    for element in from {
        let at = &mut next[element.digit(shift)];
        to[*at] = *element;
        *at += 1;
    }
    bounds
}

fn parts<'a, T>(
    mut elements: &'a mut [Element<T>],
    bounds: &[usize; DIGITS + 1],
) -> Vec<&'a mut [Element<T>]> {
    let mut parts = Vec::with_capacity(DIGITS);
    for pair in bounds.windows(2) {
        let (part, rest) = elements.split_at_mut(pair[1] - pair[0]);
        parts.push(part);
        elements = rest;
    }
    parts
}

/// Adds all pairs.
fn balance_all<T: Number>(elements: &mut [Element<T>], weight: impl Fn(usize) -> T) {
    for at in 1..elements.len() {
        let (before, from) = elements.split_at_mut(at);
        let row = &mut from[0];
        if row.is_event() {
            continue;
        }
        let rank = row.rank & !TAKEN_BACK;
        let taken_back = T::from(1 - 2 * (row.rank >> 31) as i8);
        let own = taken_back * weight(row.index());
        for event in before.iter_mut().filter(|element| element.is_event()) {
            // A higher risk of the event is concordant.
            let sign = T::from(i8::from(event.rank > rank) - i8::from(event.rank < rank));
            event.balance += sign * own;
            row.balance += sign * weight(event.index());
        }
    }
}

/// Adds the pairs decided by one digit. For every value of the digit two balances are kept: of the
/// events so far, and of the rows still to come, those with higher digits minus those with lower ones.
#[inline(always)]
#[allow(clippy::inline_always)] // the caller's vector instructions must reach the loop
fn balance_by_digit<T: Number>(
    elements: &mut [Element<T>],
    shift: u32,
    weight: impl Fn(usize) -> T,
) {
    let mut events = [T::default(); DIGITS];
    let mut later = [T::default(); DIGITS];
    let signed = |element: &Element<T>| {
        let taken_back = T::from(1 - 2 * (element.rank >> 31) as i8);
        taken_back * weight(element.index())
    };
    let above = |digit: usize| SIGNS.map(|row| T::from(row[digit]));
    let add = |balances: &mut [T; DIGITS], digit: usize, weight: T| {
        for (balance, sign) in balances.iter_mut().zip(above(digit)) {
            *balance += sign * weight;
        }
    };
    let minus = T::from(-1);
    for element in elements.iter().filter(|e| !e.is_event()) {
        add(&mut later, element.digit(shift), signed(element));
    }
    for element in elements.iter_mut() {
        let digit = element.digit(shift);
        let own = signed(element);
        // A higher risk of the event is concordant.
        if element.is_event() {
            element.balance += minus * later[digit];
            add(&mut events, digit, own);
        } else {
            add(&mut later, digit, minus * own);
            element.balance += events[digit];
        }
    }
}

/// Sign of the column's digit minus the row's.
const SIGNS: [[i8; DIGITS]; DIGITS] = {
    let mut signs = [[0; DIGITS]; DIGITS];
    let mut row = 0;
    while row < DIGITS {
        let mut column = 0;
        while column < DIGITS {
            signs[row][column] = (column > row) as i8 - (column < row) as i8;
            column += 1;
        }
        row += 1;
    }
    signs
};
