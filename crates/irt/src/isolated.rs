//! Items that share no student with another item.

use crate::covariance::{Parameter, ParameterKind};
use crate::parameters::{A, FreeSet};
use crate::priors::Priors;
use crate::responses::Answered;
use crate::screening::{Screening, UNUSED};

/// Codes of the used items all of whose students answered nothing else that is used. How such an
/// item goes with ability cannot be seen: its answers show one proportion.
pub(crate) fn isolated_items(
    data: &Answered<'_>,
    screening: &Screening,
    is_fixed: &dyn Fn(u32) -> bool,
) -> Vec<u32> {
    let mut joined = vec![false; screening.items.len()];
    let mut row = 0;
    let mut positions = Vec::new();
    for rows in data.student.chunk_by(|a, b| a == b) {
        let of_student = &data.item[row..row + rows.len()];
        row += rows.len();
        positions.clear();
        positions.extend(
            of_student
                .iter()
                .map(|&item| screening.position[item as usize])
                .filter(|&p| p != UNUSED),
        );
        let several = positions.iter().any(|p| *p != positions[0]);
        for &position in positions.iter().filter(|_| several) {
            joined[position as usize] = true;
        }
    }
    screening
        .items
        .iter()
        .zip(joined)
        .filter(|&(&item, joined)| !joined && !is_fixed(item))
        .map(|(&item, _)| item)
        .collect()
}

/// The parameters of isolated items that nothing determines: the slope is free, and no prior holds
/// it.
pub(crate) fn without_information(
    isolated: &[u32],
    screening: &Screening,
    free: &FreeSet,
    priors: &[Priors],
) -> Vec<Parameter> {
    if !free.own.contains(&A) {
        return Vec::new();
    }
    isolated
        .iter()
        .filter(|&&item| priors[screening.position[item as usize] as usize].a.is_none())
        .flat_map(|&item| {
            [ParameterKind::A, ParameterKind::B].map(|kind| Parameter::of_item(item, kind))
        })
        .collect()
}
