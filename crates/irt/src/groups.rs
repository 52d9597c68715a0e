//! Groups of students with an ability distribution each.

use crate::disjoint_sets::DisjointSets;
use crate::error::Error;
use crate::linkage::Linkage;
use crate::screening::Screening;

/// Groups of students that are calibrated together: the items have the same parameters in all of
/// them, and every group has a normal ability distribution of its own (Bock & Zimowski 1997).
///
/// The reference group fixes the scale as the one group of a plain calibration does; means and
/// standard deviations of the others are estimated. Of the Rasch model the reference has mean 0 and
/// every group, the reference included, a standard deviation of its own.
#[derive(Debug, Clone, Copy)]
pub struct Groups<'a> {
    /// Group of every student code, 0..`n`.
    pub of: &'a [u32],
    /// Number of groups, at least 1.
    pub n: usize,
    /// The group that fixes the scale.
    pub reference: u32,
}

impl Groups<'_> {
    /// Everybody in one group.
    pub(crate) fn one() -> Groups<'static> {
        Groups { of: &[], n: 1, reference: 0 }
    }

    pub(crate) fn group_of(&self, student: usize) -> usize {
        self.of.get(student).map_or(0, |&group| group as usize)
    }

    pub(crate) fn validate(&self, n_students: usize) -> Result<(), Error> {
        let (n, reference) = (self.n, self.reference);
        if self.of.len() != n_students {
            return Err(Error::Groups { groups: self.of.len(), n_students });
        }
        if reference as usize >= n {
            return Err(Error::ReferenceGroup { reference, n });
        }
        match self.of.iter().position(|&group| group as usize >= n) {
            Some(student) => {
                Err(Error::GroupCode { student: student as u32, group: self.of[student], n })
            }
            None => Ok(()),
        }
    }

    /// Fails where answers say nothing about how far a group is from the reference, or, with fixed
    /// anchors, from those: it shares no item with them, not even by way of other groups.
    pub(crate) fn require_links(
        &self,
        linkage: &Linkage,
        screening: &Screening,
        is_fixed: &dyn Fn(u32) -> bool,
    ) -> Result<(), Error> {
        if self.n < 2 {
            return Ok(());
        }
        let n_items = screening.items.len();
        let mut sets = DisjointSets::new(n_items + self.n);
        for (item, groups) in linkage.groups_of().enumerate() {
            for (group, _) in groups.iter().enumerate().filter(|(_, seen)| **seen) {
                sets.join(item, n_items + group);
            }
        }
        let mut roots: Vec<usize> =
            (0..n_items).filter(|&j| is_fixed(screening.items[j])).map(|j| sets.find(j)).collect();
        let to_anchors = !roots.is_empty();
        if !to_anchors {
            roots.push(sets.find(n_items + self.reference as usize));
        }
        let unlinked: Vec<u32> = (0..self.n as u32)
            .filter(|&group| !roots.contains(&sets.find(n_items + group as usize)))
            .collect();
        if unlinked.is_empty() {
            return Ok(());
        }
        Err(Error::UnlinkedGroups { groups: unlinked, to_anchors })
    }

    /// Items that each group shares with any other group.
    pub(crate) fn common_items(&self, linkage: &Linkage) -> Vec<usize> {
        let mut common = vec![0; self.n];
        for groups in linkage.groups_of() {
            if groups.iter().filter(|&&seen| seen).count() < 2 {
                continue;
            }
            for (count, &seen) in common.iter_mut().zip(groups) {
                *count += usize::from(seen);
            }
        }
        common
    }
}
