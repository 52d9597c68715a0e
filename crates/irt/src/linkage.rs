//! Which answers hang together: what the design of a calibration shows.

use crate::byte_order::{Reader, Writer};
use crate::disjoint_sets::DisjointSets;
use crate::groups::Groups;
use crate::responses::Answered;
use crate::screening::{Screening, UNUSED};

/// Who answered what, summed over some students: counts and marks by position of the used items and by group.
/// Sums of disjoint students merge in any order.
#[derive(Debug, Clone)]
pub(crate) struct Linkage {
    n_groups: usize,
    /// Students of every group with an answer, be it to an item that is not used.
    pub(crate) answered: Vec<u64>,
    /// Students of every group with an answer to a used item.
    pub(crate) students: Vec<u64>,
    /// By position, then group: whether somebody of the group answered the item.
    seen: Vec<bool>,
    /// Whether somebody who answered the item answered another one too.
    joined: Vec<bool>,
    /// Students whose first used item this is.
    first: Vec<u64>,
    /// Items that students have in common.
    sets: DisjointSets,
}

impl Linkage {
    /// Of nobody.
    pub(crate) fn new(n_items: usize, n_groups: usize) -> Self {
        Self {
            n_groups,
            answered: vec![0; n_groups],
            students: vec![0; n_groups],
            seen: vec![false; n_items * n_groups],
            joined: vec![false; n_items],
            first: vec![0; n_items],
            sets: DisjointSets::new(n_items),
        }
    }

    pub(crate) fn of(data: &Answered<'_>, screening: &Screening, groups: Groups<'_>) -> Self {
        let mut linkage = Self::new(screening.items.len(), groups.n);
        let mut row = 0;
        for rows in data.student.chunk_by(|a, b| a == b) {
            let items = data.item[row..row + rows.len()].iter();
            row += rows.len();
            let positions = items.map(|&item| screening.position[item as usize]);
            linkage.add(positions, groups.group_of(rows[0] as usize));
        }
        linkage
    }

    pub(crate) fn n_items(&self) -> usize {
        self.first.len()
    }

    /// Adds the answers of one student.
    pub(crate) fn add(&mut self, positions: impl Iterator<Item = u32>, group: usize) {
        self.answered[group] += 1;
        let mut first: Option<usize> = None;
        for position in positions.filter(|&position| position != UNUSED) {
            let position = position as usize;
            self.seen[position * self.n_groups + group] = true;
            let Some(other) = first else {
                first = Some(position);
                continue;
            };
            if other != position {
                (self.joined[other], self.joined[position]) = (true, true);
                self.sets.join(other, position);
            }
        }
        if let Some(first) = first {
            self.students[group] += 1;
            self.first[first] += 1;
        }
    }

    /// Adds other students.
    ///
    /// # Panics
    /// When items or groups differ in number.
    pub(crate) fn merge(&mut self, mut other: Self) {
        assert_eq!((self.n_groups, self.first.len()), (other.n_groups, other.first.len()));
        let add = |to: &mut [u64], from: &[u64]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        };
        let mark = |to: &mut [bool], from: &[bool]| {
            to.iter_mut().zip(from).for_each(|(to, from)| *to |= from);
        };
        add(&mut self.answered, &other.answered);
        add(&mut self.students, &other.students);
        add(&mut self.first, &other.first);
        mark(&mut self.seen, &other.seen);
        mark(&mut self.joined, &other.joined);
        for item in 0..self.first.len() {
            self.sets.join(item, other.sets.find(item));
        }
    }

    /// Positions of the items all of whose students answered nothing else that is used.
    pub(crate) fn isolated(&self) -> impl Iterator<Item = usize> {
        (0..self.joined.len()).filter(|&item| !self.joined[item])
    }

    /// Students of every part whose items and students share no answer with another, by its lowest item; 0 for
    /// other items.
    pub(crate) fn parts(&mut self) -> Vec<u64> {
        let mut students = vec![0; self.first.len()];
        for (item, n) in self.first.iter().enumerate() {
            students[self.sets.find(item)] += n;
        }
        students
    }

    /// The lowest item of the part of an item.
    pub(crate) fn part_of(&mut self, item: usize) -> usize {
        self.sets.find(item)
    }

    /// Groups of every item.
    pub(crate) fn groups_of(&self) -> impl Iterator<Item = &[bool]> {
        self.seen.chunks_exact(self.n_groups.max(1))
    }

    pub(crate) fn append_to(&mut self, bytes: &mut Writer) {
        bytes.count(self.n_groups);
        for counts in [&self.answered, &self.students, &self.first] {
            bytes.wholes(counts.iter().copied());
        }
        bytes.flags(&self.seen);
        bytes.flags(&self.joined);
        let n = self.first.len();
        let lowest: Vec<u64> = (0..n).map(|item| self.sets.find(item) as u64).collect();
        bytes.wholes(lowest.into_iter());
    }

    /// `None` where the bytes are no linkage.
    pub(crate) fn take_from(bytes: &mut Reader<'_>) -> Option<Self> {
        let n_groups = bytes.count()?;
        let (answered, students, first) = (bytes.wholes()?, bytes.wholes()?, bytes.wholes()?);
        let (seen, joined, lowest) = (bytes.flags()?, bytes.flags()?, bytes.wholes()?);
        let n = first.len();
        let fits = answered.len() == n_groups
            && students.len() == n_groups
            && seen.len() == n.checked_mul(n_groups)?
            && (joined.len(), lowest.len()) == (n, n);
        if !fits {
            return None;
        }
        let mut sets = DisjointSets::new(n);
        for (item, lowest) in lowest.into_iter().enumerate() {
            let lowest = usize::try_from(lowest).ok().filter(|&lowest| lowest <= item)?;
            sets.join(item, lowest);
        }
        Some(Self { n_groups, answered, students, seen, joined, first, sets })
    }
}

#[cfg(test)]
mod tests {
    use super::Linkage;
    use crate::byte_order::{Reader, Writer};

    /// Items 0–1–2 hang together, 3 is alone, 4 unused by anybody; groups 0 and 1.
    const STUDENTS: [(&[u32], usize); 5] =
        [(&[0, 1], 0), (&[1, 2, u32::MAX], 1), (&[3], 1), (&[u32::MAX], 0), (&[2, 2], 0)];

    fn of(students: &[(&[u32], usize)]) -> Linkage {
        let mut linkage = Linkage::new(5, 2);
        for (items, group) in students {
            linkage.add(items.iter().copied(), *group);
        }
        linkage
    }

    fn bytes(linkage: &mut Linkage) -> Vec<u8> {
        let mut writer = Writer::default();
        linkage.append_to(&mut writer);
        writer.0
    }

    #[test]
    fn parts_are_told_apart() {
        let mut all = of(&STUDENTS);
        assert_eq!(all.answered, [3, 2]);
        assert_eq!(all.students, [2, 2]);
        assert_eq!(all.parts(), [3, 0, 0, 1, 0]);
        assert_eq!(all.isolated().collect::<Vec<_>>(), [3, 4]);
        let of_two: Vec<bool> = all.groups_of().map(|groups| groups[0] && groups[1]).collect();
        assert_eq!(of_two, [false, true, true, false, false]);
    }

    #[test]
    fn partitions_merge_to_the_same() {
        let expected = bytes(&mut of(&STUDENTS));
        for cut in 0..=STUDENTS.len() {
            let (one, other) = STUDENTS.split_at(cut);
            let mut merged = of(other);
            let sent = bytes(&mut of(one));
            merged.merge(Linkage::take_from(&mut Reader(&sent)).unwrap());
            assert_eq!(bytes(&mut merged), expected, "{cut}");
        }
        let sent = bytes(&mut of(&STUDENTS));
        assert!(Linkage::take_from(&mut Reader(&sent[..sent.len() - 1])).is_none());
    }
}
