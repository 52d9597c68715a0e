//! Items that share no student with another item.

use crate::covariance::{Parameter, ParameterKind};
use crate::linkage::Linkage;
use crate::parameters::{A, FreeSet};
use crate::priors::Priors;
use crate::screening::Screening;

/// Codes of the used items all of whose students answered nothing else that is used. How such an
/// item goes with ability cannot be seen: its answers show one proportion.
pub(crate) fn isolated_items(
    linkage: &Linkage,
    screening: &Screening,
    is_fixed: &dyn Fn(u32) -> bool,
) -> Vec<u32> {
    let isolated = linkage.isolated().map(|position| screening.items[position]);
    isolated.filter(|&item| !is_fixed(item)).collect()
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
