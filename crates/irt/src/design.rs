//! What is doubtful about the design of a calibration.

use seedtest_numerics::square;
use serde::{Deserialize, Serialize};

use crate::anchor::Anchor;
use crate::forms::FormDifference;
use crate::grid::Grid;
use crate::groups::Groups;
use crate::linkage::Linkage;
use crate::parameters::Population;
use crate::result::ItemFit;
use crate::screening::{Screening, UNUSED};

/// Fewest answers an anchor needs to carry the scale.
const FEWEST_ANCHOR_ANSWERS: u32 = 30;
/// Fewest anchors for a mean and a standard deviation that survive one bad anchor.
const FEWEST_ANCHORS: usize = 5;
/// Smallest standard deviation of the anchors' difficulties that fixes the unit of the scale.
const NARROW_SPREAD: f64 = 0.3;
/// Fewest items that tell how far groups are apart and survive one that works differently in one of them.
const FEWEST_COMMON_ITEMS: usize = 5;
/// With fewer students a group's ability distribution is hardly determined.
const FEWEST_STUDENTS: usize = 30;

/// What is doubtful about the design of a calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// Students and items fall into groups that share no answer. The groups are on one scale only
    /// if their students are equally able on average.
    Disconnected {
        /// Number of groups.
        groups: usize,
        /// Students in the largest group.
        largest: usize,
        /// Students in all groups.
        students: usize,
    },
    /// Groups of students and items that no fixed anchor belongs to.
    GroupsWithoutAnchor {
        /// Number of such groups.
        groups: usize,
        /// Their students.
        students: usize,
    },
    /// Few fixed anchors.
    FewAnchors {
        /// Number of fixed anchors with answers.
        anchors: usize,
    },
    /// The difficulties of the fixed anchors are close together.
    NarrowAnchors {
        /// Their standard deviation.
        sd: f64,
    },
    /// Fixed anchors with few answers.
    ThinAnchors {
        /// Item codes.
        items: Vec<u32>,
    },
    /// Fixed anchors whose items have no answer.
    UnansweredAnchors {
        /// Item codes.
        items: Vec<u32>,
    },
    /// Items all of whose students answered nothing else: how they go with ability cannot be seen.
    IsolatedItems {
        /// Item codes.
        items: Vec<u32>,
    },
    /// Items that able students get right less often than others, beyond chance.
    NegativeItemRest {
        /// Item codes.
        items: Vec<u32>,
    },
    /// A group shares few items with the others.
    FewCommonItems {
        /// Group code.
        group: u32,
        /// Items it shares with any other group.
        items: usize,
    },
    /// Few students of a group have answers: its mean and standard deviation are hardly determined.
    SmallGroup {
        /// Group code.
        group: u32,
        /// Its students with answers.
        students: usize,
    },
    /// Students who took the same items differ in ability from those who did not, although one
    /// ability distribution is assumed for all.
    FormsDiffer(FormDifference),
    /// The estimated ability distribution reaches beyond the nodes of the quadrature.
    NarrowGrid {
        /// Estimated mean.
        mean: f64,
        /// Estimated standard deviation.
        sd: f64,
        /// First node.
        min: f64,
        /// Last node.
        max: f64,
    },
}

impl Warning {
    /// The warning in words, items and groups by code.
    pub fn text(&self) -> String {
        let code = |code: u32| code.to_string();
        self.text_by_id(&code, &code)
    }

    /// The warning in words; `id` gives the id of an item code, `group_name` the name of a group code.
    pub fn text_by_id(
        &self,
        id: &dyn Fn(u32) -> String,
        group_name: &dyn Fn(u32) -> String,
    ) -> String {
        match self {
            Self::IsolatedItems { items } => format!(
                "nobody who answered {} answered another item: how it goes with ability cannot be \
                 seen",
                listed(items, id)
            ),
            Self::NegativeItemRest { items } => format!(
                "check the key of {}: students who do well on the other items get it wrong more \
                 often than the others",
                listed(items, id)
            ),
            Self::Disconnected { groups, largest, students } => format!(
                "students and items fall into {groups} groups that share no answer; the largest has \
                 {largest} of {students} students; the groups are comparable only if they are \
                 equally able on average"
            ),
            Self::GroupsWithoutAnchor { groups, students } => format!(
                "{groups} groups with {students} students contain no fixed anchor; their scale \
                 rests on the assumption of one ability distribution"
            ),
            Self::FewAnchors { anchors } => {
                format!(
                    "only {anchors} fixed anchors carry the scale, {FEWEST_ANCHORS} or more are safer"
                )
            }
            Self::NarrowAnchors { sd } => format!(
                "the difficulties of the fixed anchors have a standard deviation of only {sd:.2}; \
                 the unit of the scale is poorly determined"
            ),
            Self::ThinAnchors { items } => format!(
                "{} fixed anchors have fewer than {FEWEST_ANCHOR_ANSWERS} answers",
                items.len()
            ),
            Self::UnansweredAnchors { items } => {
                format!("{} fixed anchors have no answer and carry nothing", items.len())
            }
            Self::FewCommonItems { group, items } => format!(
                "group {} shares only {items} items with the others; how far it is from them \
                 rests on these alone, {FEWEST_COMMON_ITEMS} or more are safer",
                group_name(*group)
            ),
            Self::SmallGroup { group, students } => format!(
                "group {} has {students} students with answers: its mean and standard deviation are hardly \
                 determined, and those of the others by it where it is the reference; {FEWEST_STUDENTS} or more are \
                 safer, join small groups",
                group_name(*group)
            ),
            Self::FormsDiffer(difference) => difference.text(),
            Self::NarrowGrid { mean, sd, min, max } => format!(
                "the ability distribution N({mean:.2}, {sd:.2}²) reaches beyond the nodes of the \
                 quadrature on [{min}, {max}], which cannot be widened: its mean and standard \
                 deviation are not to be trusted"
            ),
        }
    }
}

/// The first items of a list, by id, and how many more there are.
fn listed(items: &[u32], id: &dyn Fn(u32) -> String) -> String {
    const SHOWN: usize = 10;
    let names: Vec<String> = items.iter().take(SHOWN).map(|&item| id(item)).collect();
    let noun = if items.len() == 1 { "item" } else { "items" };
    match items.len().saturating_sub(SHOWN) {
        0 => format!("{noun} {}", names.join(", ")),
        more => format!("{noun} {} and {more} more", names.join(", ")),
    }
}

/// Items whose answers go against those to the other items.
pub(crate) fn key_warning(items: &[ItemFit]) -> Option<Warning> {
    key_warning_of(items.iter().filter(|item| item.check_key).map(|item| item.item).collect())
}

/// The same of the codes of these items.
pub(crate) fn key_warning_of(items: Vec<u32>) -> Option<Warning> {
    (!items.is_empty()).then_some(Warning::NegativeItemRest { items })
}

/// Looks at the ability distributions after the fit.
pub(crate) fn grid_warnings(grid: &Grid, populations: &[Population]) -> Vec<Warning> {
    let outside = populations.iter().filter(|population| !grid.holds(&[**population]));
    let (min, max) = grid.ends();
    let warning = |population: &Population| {
        let (mean, sd) = (population.mean, population.sd());
        Warning::NarrowGrid { mean, sd, min, max }
    };
    outside.map(warning).collect()
}

/// Looks at how the groups hang together.
pub(crate) fn group_warnings(linkage: &Linkage, groups: Groups<'_>) -> Vec<Warning> {
    if groups.n < 2 {
        return Vec::new();
    }
    let common = (0u32..).zip(groups.common_items(linkage));
    let few = common
        .filter(|&(_, items)| items < FEWEST_COMMON_ITEMS)
        .map(|(group, items)| Warning::FewCommonItems { group, items });
    let students = linkage.answered.iter().map(|&students| students as usize);
    let small = (0u32..)
        .zip(students)
        .filter(|(_, students)| *students < FEWEST_STUDENTS)
        .map(|(group, students)| Warning::SmallGroup { group, students });
    few.chain(small).collect()
}

/// Looks at the design before the fit.
pub(crate) fn warnings(
    linkage: &mut Linkage,
    screening: &Screening,
    anchors: &[Option<Anchor>],
) -> Vec<Warning> {
    let mut found = Vec::new();
    let fixed: Vec<(usize, Anchor)> = screening
        .items
        .iter()
        .enumerate()
        .filter_map(|(j, &item)| anchors[item as usize].map(|a| (j, a)))
        .filter(|(_, a)| a.fixed)
        .collect();
    found.extend(connectivity(linkage, &fixed));
    if anchors.iter().flatten().any(|a| a.fixed) {
        found.extend(anchor_warnings(screening, anchors, &fixed));
    }
    found
}

fn anchor_warnings(
    screening: &Screening,
    anchors: &[Option<Anchor>],
    fixed: &[(usize, Anchor)],
) -> Vec<Warning> {
    let mut found = Vec::new();
    let unanswered: Vec<u32> = anchors
        .iter()
        .flatten()
        .filter(|a| a.fixed && screening.position[a.item as usize] == UNUSED)
        .map(|a| a.item)
        .collect();
    if !unanswered.is_empty() {
        found.push(Warning::UnansweredAnchors { items: unanswered });
    }
    let answered: Vec<(Anchor, u32)> =
        fixed.iter().map(|&(j, anchor)| (anchor, screening.counts[j].0)).collect();
    found.extend(doubtful_anchors(&answered));
    found
}

/// What is doubtful about the anchors that carry a scale, given with their numbers of answers: too
/// few of them, few answers, difficulties close together. A calibration with fixed anchors looks at
/// them itself; who links a free one to anchors asks here.
pub fn doubtful_anchors(anchors: &[(Anchor, u32)]) -> Vec<Warning> {
    let mut found = Vec::new();
    if anchors.len() < FEWEST_ANCHORS {
        found.push(Warning::FewAnchors { anchors: anchors.len() });
    }
    let thin: Vec<u32> = anchors
        .iter()
        .filter(|(_, answers)| *answers < FEWEST_ANCHOR_ANSWERS)
        .map(|(anchor, _)| anchor.item)
        .collect();
    if !thin.is_empty() {
        found.push(Warning::ThinAnchors { items: thin });
    }
    let n = anchors.len() as f64;
    let mean = anchors.iter().map(|(a, _)| a.b).sum::<f64>() / n;
    let sd = (anchors.iter().map(|(a, _)| square(a.b - mean)).sum::<f64>() / n).sqrt();
    if anchors.len() > 1 && sd < NARROW_SPREAD {
        found.push(Warning::NarrowAnchors { sd });
    }
    found
}

fn connectivity(linkage: &mut Linkage, fixed: &[(usize, Anchor)]) -> Vec<Warning> {
    let mut students = linkage.parts();
    let sizes: Vec<usize> = students.iter().filter(|&&n| n > 0).map(|&n| n as usize).collect();
    if sizes.len() < 2 {
        return Vec::new();
    }
    let mut found = vec![Warning::Disconnected {
        groups: sizes.len(),
        largest: sizes.iter().copied().max().unwrap_or(0),
        students: sizes.iter().sum(),
    }];
    for (position, _) in fixed {
        students[linkage.part_of(*position)] = 0;
    }
    let alone: Vec<u64> = students.into_iter().filter(|&n| n > 0).collect();
    if !fixed.is_empty() && !alone.is_empty() {
        let students = alone.iter().sum::<u64>() as usize;
        found.push(Warning::GroupsWithoutAnchor { groups: alone.len(), students });
    }
    found
}
