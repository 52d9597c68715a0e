//! Clusters from run to run: which is which, who moved, and what they are called.

use std::collections::BTreeMap;
use std::sync::Arc;

use seedtest_segment::{Apart, Label, match_runs};
use seedtest_wire::ClusterDifferenceJson;

/// How the clusters of a run go on with those of the last one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carried {
    /// Number of each cluster of this run: that of the cluster it goes on with, or a new one; from 1.
    pub numbers: Vec<u32>,
    /// Numbers that are new.
    pub born: Vec<u32>,
    /// Numbers that no cluster goes on with.
    pub died: Vec<u32>,
    /// Students of both runs whose number changed, with the number they had; 0 is noise.
    pub moved: BTreeMap<Arc<str>, u32>,
    /// Students of both runs whose number did not.
    pub stayed: usize,
}

/// Clusters `1..=k` of this run by student (0 is noise) against the numbers of the last one. A number that
/// was ever given, all of them below `free`, is not given again.
pub fn carried(
    last: &BTreeMap<Arc<str>, u32>,
    now: &BTreeMap<Arc<str>, u32>,
    k: usize,
    free: u32,
) -> Carried {
    let students: Vec<&Arc<str>> = now.keys().collect();
    let before: Vec<Option<Option<u32>>> =
        students.iter().map(|id| last.get(*id).map(|n| Some(*n).filter(|n| *n > 0))).collect();
    let labels: Vec<Option<Option<u32>>> = now.values().map(|n| Some(n.checked_sub(1))).collect();
    let matching = match_runs(&before, &labels, k);
    let free = free.max(1);
    let born: Vec<u32> = (free..).take(matching.born.len()).collect();
    let renumbered = |number: &u32| {
        let new = matching.born.iter().position(|b| b == number);
        new.map_or(*number, |at| born[at])
    };
    let moved = matching
        .moved
        .iter()
        .map(|&row| (students[row].clone(), before[row].flatten().unwrap_or(0)));
    Carried {
        numbers: matching.numbers.iter().map(renumbered).collect(),
        moved: moved.collect(),
        died: matching.died.clone(),
        stayed: matching.stayed,
        born,
    }
}

/// Key of the name of a cluster by the rules of the contract, from its centre in the units of the features
/// and the differences of its card: a feature in which it does not differ from the others names nothing.
pub fn label_of(
    centre: &BTreeMap<String, f64>,
    differences: &[ClusterDifferenceJson],
    number: u32,
) -> String {
    let sets_apart = |feature: &str| {
        let own = differences.iter().find(|d| d.feature == feature && d.differs)?;
        Some(Apart { centre: *centre.get(feature)?, is_above: own.effect > 0.0 })
    };
    Label::of_centre(sets_apart).key(number)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::{carried, label_of};

    fn of(numbers: &[u32]) -> BTreeMap<Arc<str>, u32> {
        (0..).zip(numbers).map(|(i, n): (usize, _)| (format!("s{i}").into(), *n)).collect()
    }

    #[test]
    fn a_first_run_counts_from_one() {
        let first = carried(&BTreeMap::new(), &of(&[1, 1, 2, 0]), 2, 0);
        assert_eq!((first.numbers, first.born), (vec![1, 2], vec![1, 2]));
        assert!(first.moved.is_empty() && first.died.is_empty() && first.stayed == 0);
    }

    #[test]
    fn clusters_keep_their_numbers_and_dead_ones_are_not_given_again() {
        let last = of(&[2, 2, 2, 5, 5, 5, 5]);
        let now = of(&[2, 2, 2, 1, 1, 1, 3]);
        let found = carried(&last, &now, 3, 9);
        assert_eq!(found.numbers, [5, 2, 9]);
        assert_eq!((found.born, found.died), (vec![9], vec![]));
        assert_eq!(found.moved, BTreeMap::from([("s6".into(), 5)]));
        assert_eq!(found.stayed, 6);
    }

    #[test]
    fn a_name_comes_from_the_centre() {
        let centre = BTreeMap::from([("gap".to_owned(), 2.0), ("sessions".to_owned(), 11.0)]);
        let difference = |feature: &str, effect, differs| ClusterDifferenceJson {
            feature: feature.to_owned(),
            mean: 0.0,
            cohort: 0.0,
            effect,
            lower: None,
            upper: None,
            differs,
        };
        let sure = [difference("gap", -1.0, true), difference("sessions", 1.0, true)];
        assert_eq!(label_of(&centre, &sure, 4), "short_frequent");
        // What everybody does sets nobody apart, and neither does less of it.
        let unsure = [difference("gap", -1.0, true), difference("sessions", 0.1, false)];
        assert_eq!(label_of(&centre, &unsure, 4), "cluster_4");
        let less = [difference("gap", -1.0, true), difference("sessions", -1.0, true)];
        assert_eq!(label_of(&centre, &less, 4), "cluster_4");
        assert_eq!(label_of(&BTreeMap::new(), &sure, 4), "cluster_4");
    }
}
