//! The ability distribution that scoring takes as prior.

use std::collections::HashMap;

use seedtest_irt::{Normal, ScoreMethod};
use seedtest_responses::{ResponseLog, StudentGroups};
use seedtest_wire::{GroupPopulationJson, PopulationJson, PopulationSource};
use serde::Deserialize;

use crate::error::Error;

/// Mean and standard deviation where nothing says another.
const STANDARD: Normal = Normal { mean: 0.0, sd: 1.0 };

/// What a calibration says of the abilities of its students.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FittedPopulation {
    /// Mean and standard deviation of everybody or of the reference group.
    all: Option<Normal>,
    /// Of every group by name.
    groups: Vec<(String, Normal)>,
    /// Group of every student by id.
    group_of: HashMap<String, String>,
}

/// As much of the JSON of a calibration as that.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Calibration {
    fit_meta: Meta,
    groups: Vec<GroupPopulationJson>,
    abilities: Vec<Member>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Meta {
    metrics: Metrics,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metrics {
    latent_mean: Option<f64>,
    latent_sd: Option<f64>,
}

#[derive(Deserialize)]
struct Member {
    user_id: String,
    #[serde(default)]
    group: Option<String>,
}

impl FittedPopulation {
    /// The population of a calibration; none for JSON that is only item parameters.
    pub fn of_json(text: &str) -> Self {
        // Only a whole calibration has this key, and most requests are only parameters.
        if !text.contains("\"fit_meta\"") {
            return Self::default();
        }
        let read: Calibration = serde_json::from_str(text).unwrap_or_default();
        let Metrics { latent_mean, latent_sd } = read.fit_meta.metrics;
        let all = latent_mean.zip(latent_sd).map(|(mean, sd)| Normal { mean, sd });
        let usable = |of: &Normal| of.mean.is_finite() && of.sd.is_finite() && of.sd > 0.0;
        let group = |of: GroupPopulationJson| (of.group, Normal { mean: of.mean, sd: of.sd });
        let members = read.abilities.into_iter();
        Self {
            all: all.filter(usable),
            groups: read.groups.into_iter().map(group).filter(|(_, of)| usable(of)).collect(),
            group_of: members.filter_map(|row| Some((row.user_id, row.group?))).collect(),
        }
    }
}

/// Priors of the students of a log, and what to say of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Priors {
    /// Of every student code.
    pub of: Vec<Normal>,
    /// That of everybody, or of the reference group.
    pub common: Normal,
    /// What the response says; `None` for a method without prior.
    pub population: Option<PopulationJson>,
    /// What a reader should know.
    pub warnings: Vec<String>,
}

impl Priors {
    /// Priors of the students of `log`: what is given, else the distribution of the student's group
    /// in the calibration, else that of the calibration, else N(0, 1).
    ///
    /// # Errors
    /// For a mean or standard deviation that is none, and for a group the calibration does not know.
    pub fn of(
        log: &ResponseLog,
        fitted: &FittedPopulation,
        given: (Option<f64>, Option<f64>),
        method: ScoreMethod,
    ) -> Result<Self, Error> {
        Self::of_students((log.students(), log.groups()), fitted, given, method)
    }

    /// The same of students by code, with their groups where they have some.
    pub(super) fn of_students(
        (students, groups): (&[Box<str>], Option<&StudentGroups>),
        fitted: &FittedPopulation,
        (mean, sd): (Option<f64>, Option<f64>),
        method: ScoreMethod,
    ) -> Result<Self, Error> {
        if let Some(mean) = mean.filter(|mean| !mean.is_finite()) {
            return Err(Error::field("prior_mean", format!("is {mean}, it must be finite")));
        }
        if let Some(sd) = sd.filter(|sd| !(*sd > 0.0 && sd.is_finite())) {
            return Err(Error::field("prior_sd", format!("is {sd}, it must be above 0")));
        }
        let given = |of: Normal| Normal { mean: mean.unwrap_or(of.mean), sd: sd.unwrap_or(of.sd) };
        let common = given(fitted.all.unwrap_or(STANDARD));
        let mut of = vec![common; students.len()];
        let mut warnings = Vec::new();
        if groups.is_some() && fitted.groups.is_empty() {
            let text = "the calibration has no groups: those of the students play no part";
            warnings.push(text.to_string());
        }
        let source = if mean.is_some() && sd.is_some() {
            PopulationSource::Given
        } else if !fitted.groups.is_empty() {
            let unknown = by_group((students, groups), fitted, &mut of, given)?;
            if unknown > 0 {
                warnings.push(format!(
                    "{unknown} students have no group and are scored with the distribution of the \
                     reference group, N({:.3}, {:.3}²)",
                    common.mean, common.sd
                ));
            }
            PopulationSource::Group
        } else if mean.is_some() || sd.is_some() {
            PopulationSource::Given
        } else if fitted.all.is_some() {
            PopulationSource::Fit
        } else {
            PopulationSource::Default
        };
        let has_prior = matches!(method, ScoreMethod::Eap | ScoreMethod::Map);
        let groups = if source == PopulationSource::Group { &fitted.groups[..] } else { &[] };
        let group = |(group, of): &(String, Normal)| {
            let Normal { mean, sd } = given(*of);
            GroupPopulationJson { group: group.clone(), mean, sd }
        };
        let (mean, sd) = (common.mean, common.sd);
        let groups = groups.iter().map(group).collect();
        let population = has_prior.then_some(PopulationJson { source, mean, sd, groups });
        if !has_prior {
            warnings.clear();
        }
        Ok(Self { of, common, population, warnings })
    }
}

/// Sets the prior of every student whose group is known: that of the log, else that of the calibration.
/// Returns how many others there are.
fn by_group(
    (students, groups): (&[Box<str>], Option<&StudentGroups>),
    fitted: &FittedPopulation,
    of: &mut [Normal],
    given: impl Fn(Normal) -> Normal,
) -> Result<usize, Error> {
    let mut unknown = 0;
    for (student, prior) in (0u32..).zip(of) {
        let id = &students[student as usize];
        let named = groups.and_then(|groups| {
            groups.group_of(student).map(|group| &*groups.names()[group as usize])
        });
        let group = named.or_else(|| fitted.group_of.get(&**id).map(String::as_str));
        let Some(group) = group else {
            unknown += 1;
            continue;
        };
        let Some((_, known)) = fitted.groups.iter().find(|(name, _)| name == group) else {
            let names: Vec<&str> = fitted.groups.iter().map(|(name, _)| &**name).collect();
            let reason =
                format!("student {id} is in {group:?}, the calibration knows {}", names.join(", "));
            return Err(Error::field("group", reason));
        };
        *prior = given(*known);
    }
    Ok(unknown)
}
