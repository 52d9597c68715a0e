//! Content areas: how many items of each, and what happens when that cannot be.

use serde::{Deserialize, Serialize};

use super::bank::Bank;
use super::error::CatError;

/// Bounds and share of a content area.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ContentArea {
    /// Its code in the bank.
    pub area: u32,
    /// Fewest items.
    #[serde(default)]
    pub min: u32,
    /// Most items.
    #[serde(default)]
    pub max: Option<u32>,
    /// Share of the test that is aimed at, 0 to 1 (Kingsbury and Zara 1989): among the areas that may come next, the
    /// one that lags most behind its share does.
    #[serde(default)]
    pub share: Option<f64>,
}

/// Where an area stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AreaReport {
    /// Its code.
    pub area: u32,
    /// Items given.
    pub given: u32,
    /// Fewest items.
    pub min: u32,
    /// Most items.
    pub max: Option<u32>,
    /// Share of the test that is aimed at.
    pub share: Option<f64>,
    /// Items of the bank that could still be given.
    pub left: u32,
    /// Whether its bounds hold if the test ended now.
    pub met: bool,
    /// Whether its bounds can still be held, alone and together with those of the others.
    pub feasible: bool,
}

/// A constraint that could not be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "constraint")]
pub enum Relaxed {
    /// The bank does not have as many items of an area as are asked for.
    TooFewInBank {
        /// Its code.
        area: u32,
        /// Fewest items asked for.
        min: u32,
        /// Items there are, those given among them.
        available: u32,
    },
    /// The areas together ask for more items than the test has left.
    TooFewItemsLeft {
        /// Items still asked for.
        needed: u32,
        /// Items the test has left.
        left: u32,
    },
    /// Every item left is of an area that is full, or an enemy of one that was given: these bounds do not hold.
    NoItemAllowed,
}

pub(super) fn validate(areas: &[ContentArea]) -> Result<(), CatError> {
    for (at, of) in areas.iter().enumerate() {
        let bad = |what| Err(CatError::Area { area: of.area, what });
        if areas[..at].iter().any(|other| other.area == of.area) {
            return bad("is there twice");
        }
        if of.max.is_some_and(|max| max < of.min) {
            return bad("its most is below its least");
        }
        if of.share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return bad("its share is outside 0 to 1");
        }
    }
    Ok(())
}

/// What may come next.
pub(super) struct Allowed {
    pub(super) items: Vec<u32>,
    pub(super) relaxed: Vec<Relaxed>,
    /// The area that lags most behind its share, or below its least, where that decided.
    pub(super) area: Option<u32>,
    pub(super) report: Vec<AreaReport>,
}

/// Items that are left, by what the areas allow. `given` are those of the history, `out` those set aside.
pub(super) fn allowed(
    bank: &Bank,
    areas: &[ContentArea],
    (given, out): (&[u32], &[u32]),
    max_items: Option<u32>,
) -> Allowed {
    let mut used = vec![false; bank.items.len()];
    given.iter().chain(out).for_each(|&item| used[item as usize] = true);
    let left: Vec<u32> = (0..bank.items.len() as u32).filter(|&i| !used[i as usize]).collect();
    let mut enemy = vec![false; bank.items.len()];
    for &item in given {
        for &other in &bank.items[item as usize].enemies {
            enemy[other as usize] = true;
        }
    }
    // Enmity is mutual, on whichever side it is written.
    let is_enemy = |item: u32| {
        enemy[item as usize]
            || bank.items[item as usize].enemies.iter().any(|other| given.contains(other))
    };
    let free: Vec<u32> = left.iter().copied().filter(|&item| !is_enemy(item)).collect();
    let count = |items: &[u32], area: u32| {
        items.iter().filter(|&&item| bank.items[item as usize].area == Some(area)).count() as u32
    };
    let mut report: Vec<AreaReport> = areas
        .iter()
        .map(|of| {
            let (given, left) = (count(given, of.area), count(&free, of.area));
            let met = given >= of.min && of.max.is_none_or(|max| given <= max);
            let feasible = given + left >= of.min && of.max.is_none_or(|max| given <= max);
            let ContentArea { area, min, max, share } = *of;
            AreaReport { area, given, min, max, share, left, met, feasible }
        })
        .collect();
    let mut relaxed: Vec<Relaxed> = report
        .iter()
        .filter(|of| of.given + of.left < of.min)
        .map(|of| Relaxed::TooFewInBank {
            area: of.area,
            min: of.min,
            available: of.given + of.left,
        })
        .collect();
    let full = |item: &u32| {
        let area = bank.items[*item as usize].area;
        let of = report.iter().find(|of| Some(of.area) == area);
        of.is_some_and(|of| of.max.is_some_and(|max| of.given >= max))
    };
    let mut items: Vec<u32> = free.iter().copied().filter(|item| !full(item)).collect();
    if items.is_empty() && !left.is_empty() {
        relaxed.push(Relaxed::NoItemAllowed);
        items = if free.is_empty() { left } else { free };
        return Allowed { items, relaxed, area: None, report };
    }
    let missing = |of: &AreaReport| of.min.saturating_sub(of.given).min(of.left);
    let needed: u32 = report.iter().map(missing).sum();
    let rest = max_items.map(|most| most.saturating_sub(given.len() as u32));
    if let Some(left) = rest.filter(|left| needed > *left) {
        relaxed.push(Relaxed::TooFewItemsLeft { needed, left });
        for of in report.iter_mut().filter(|of| of.given < of.min) {
            of.feasible = false;
        }
    }
    let mut area = None;
    let must = rest.is_some_and(|left| needed >= left && needed > 0);
    let wanted =
        if must { most_missing(&report) } else { most_behind(&report, given.len(), &items, bank) };
    if let Some(wanted) = wanted {
        let of_area: Vec<u32> = items
            .iter()
            .copied()
            .filter(|&item| bank.items[item as usize].area == Some(wanted))
            .collect();
        if !of_area.is_empty() {
            area = Some(wanted);
            items = of_area;
        }
    }
    Allowed { items, relaxed, area, report }
}

/// The area that lacks most items of its least.
fn most_missing(report: &[AreaReport]) -> Option<u32> {
    let missing = |of: &AreaReport| of.min.saturating_sub(of.given).min(of.left);
    let mut best: Option<&AreaReport> = None;
    for of in report.iter().filter(|of| missing(of) > 0) {
        if best.is_none_or(|known| missing(of) > missing(known)) {
            best = Some(of);
        }
    }
    best.map(|of| of.area)
}

/// The area that lags most behind its share, among those with an item that may come next.
fn most_behind(report: &[AreaReport], given: usize, items: &[u32], bank: &Bank) -> Option<u32> {
    let behind = |of: &AreaReport| {
        let share = of.share?;
        Some(share - f64::from(of.given) / given.max(1) as f64)
    };
    let has_item = |area: u32| items.iter().any(|&i| bank.items[i as usize].area == Some(area));
    let mut best: Option<(u32, f64)> = None;
    for of in report {
        // An area that has its share leaves room for the items of others.
        let lag = behind(of).filter(|lag| *lag > 1e-9 && has_item(of.area));
        let Some(lag) = lag else { continue };
        if best.is_none_or(|(_, known)| lag > known) {
            best = Some((of.area, lag));
        }
    }
    best.map(|(area, _)| area)
}
