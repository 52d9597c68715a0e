//! Parts of the JSON of a calibration that right and wrong answers and scores have in common.

use seedtest_irt::{Ability, GroupFit, SkippedItem, UnscoredStudent, Verdict};
use seedtest_wire::{AbilityJson, GroupJson, SkippedJson, UnscoredJson};

use super::groups::GroupCodes;
use super::words::code;

/// The ids behind the codes of a fit, and what the fit is called.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) groups: Option<&'a GroupCodes>,
    pub(super) items: &'a [Box<str>],
    pub(super) students: &'a [Box<str>],
    /// Model that was asked for.
    pub(super) model: &'a str,
    pub(super) version: &'a str,
}

impl Names<'_> {
    pub(super) fn item(&self, code: u32) -> String {
        self.items[code as usize].to_string()
    }

    fn student(&self, code: u32) -> String {
        self.students[code as usize].to_string()
    }

    pub(super) fn group(&self, code: u32) -> String {
        self.groups.map_or_else(|| code.to_string(), |of| of.name(code).to_string())
    }

    pub(super) fn abilities(&self, abilities: &[Ability]) -> Vec<AbilityJson> {
        let group_of = |student: u32| {
            self.groups.map(|groups| groups.name(groups.of[student as usize]).to_string())
        };
        let ability = |ability: &Ability| AbilityJson {
            user_id: self.student(ability.student),
            theta: ability.theta,
            se: ability.se,
            model: self.model.to_string(),
            version: self.version.to_string(),
            n: ability.n,
            group: group_of(ability.student),
        };
        abilities.iter().map(ability).collect()
    }

    /// None without groups.
    pub(super) fn groups_json(&self, groups: &[GroupFit]) -> Vec<GroupJson> {
        let Some(of) = self.groups else { return Vec::new() };
        let group = |group: &GroupFit| GroupJson {
            group: of.name(group.group).to_string(),
            reference: group.reference,
            n: group.n_students,
            mean: group.latent.mean,
            sd: group.latent.sd,
            mean_se: group.latent.mean_se,
            sd_se: group.latent.sd_se,
        };
        groups.iter().map(group).collect()
    }

    pub(super) fn skipped(&self, skipped: &[SkippedItem]) -> Vec<SkippedJson> {
        let item = |skipped: &SkippedItem| SkippedJson {
            item_id: self.item(skipped.item),
            n: skipped.n,
            reason: skipped.reason.text().to_string(),
        };
        skipped.iter().map(item).collect()
    }

    pub(super) fn unscored(&self, unscored: &[UnscoredStudent]) -> Vec<UnscoredJson> {
        let student = |unscored: &UnscoredStudent| UnscoredJson {
            user_id: self.student(unscored.student),
            reason: code(unscored.reason),
        };
        unscored.iter().map(student).collect()
    }
}

/// What comes before every other warning: that the fit did not converge, and what the answers do not determine.
pub(super) fn first_warnings(verdict: &Verdict, undetermined: &[String]) -> Vec<String> {
    let action = verdict.next_action.as_ref().filter(|_| !verdict.converged());
    let mut warnings: Vec<String> = action
        .map(|action| format!("the calibration did not converge: {action}"))
        .into_iter()
        .collect();
    if !undetermined.is_empty() {
        warnings.push(format!("the answers do not determine {}", first_of(undetermined)));
    }
    warnings
}

/// How many items were skipped, where some were.
pub(super) fn skipped_told(skipped: &[SkippedItem]) -> Option<String> {
    let n = skipped.len();
    (n > 0).then(|| format!("{n} items were skipped, see `skipped`"))
}

/// The first names, and how many more there are.
pub(super) fn first_of(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let shown = &names[..names.len().min(SHOWN)];
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
