//! Calibrations of items with several categories: from scored answers to the JSON of the contract.

use seedtest_irt::dif::DifSpec;
use seedtest_irt::dimensions::{ParallelSpec, parallel_analysis};
use seedtest_irt::polytomous::{
    DiagnoseSpec, Fit, ItemFit, KnownItem, Responses, Spec, diagnose, fit_groups, fit_in_chunks,
};
use seedtest_irt::{Flag, GroupFit, Observer};
use seedtest_numerics::chunks_of_ids;
use seedtest_responses::Duplicates;
use seedtest_wire::{
    AbilityJson, CategoriesMetaJson, CategoriesQualityJson, CategoriesResponse, CategoryItemJson,
    CategoryItemQualityJson, CurvesSeJson, DifJson, GroupJson, LeftOutJson, MetricsJson,
    SkippedJson, UnscoredJson,
};

use super::dif::compare_scored;
use super::groups::GroupCodes;
use super::scored_log::ScoredLog;
use super::words::code;
use crate::digest::result_digest;
use crate::error::Error;
use crate::family::run_id_of;

/// What a calibration of scored answers is asked for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CategoriesSpec {
    /// Model and search; item codes are those of the ids in byte order.
    pub model: Spec,
    /// Models of single items by id.
    pub models: Vec<(String, seedtest_irt::polytomous::ItemModel)>,
    /// Which answer counted when there were several.
    pub duplicates: Duplicates,
    /// Whether to measure how well items fit, and how many dimensions there are.
    pub quality: bool,
    /// Whether to compare every item between the groups.
    pub dif: bool,
}

/// Calibrates scored answers.
///
/// # Errors
/// For a model of an item that has no answers, groups that are not linked or too small to be compared, and what the
/// kernel refuses.
pub fn fit_categories(
    log: &ScoredLog,
    spec: &CategoriesSpec,
    observer: &mut dyn Observer,
) -> Result<CategoriesResponse, Error> {
    let data = Responses {
        student: &log.student,
        item: &log.item,
        score: &log.score,
        n_students: log.students.len(),
        n_items: log.items.len(),
        maximum: None,
    };
    let model = Spec { models: models_of(log, spec)?, ..spec.model.clone() };
    let chunks = chunks_of_ids(&log.students);
    let fit = match &log.groups {
        None => fit_in_chunks(&data, &chunks, &model, observer),
        Some(groups) => fit_groups(&data, groups.codes(), &chunks, &model, observer),
    };
    let fit = fit.map_err(|error| refused(&error, log))?;
    let quality = spec.quality.then(|| quality(&data, &fit, log, observer)).transpose()?;
    let dif = spec.dif.then(|| {
        let of = DifSpec { model: model.clone(), ..DifSpec::default() };
        compare_scored(&data, log.groups.as_ref(), &log.items, &of, observer)
    });
    let dif = dif.transpose()?;
    response(&fit, log, spec, (quality, dif))
}

/// Models of single items by code.
fn models_of(
    log: &ScoredLog,
    spec: &CategoriesSpec,
) -> Result<Vec<(u32, seedtest_irt::polytomous::ItemModel)>, Error> {
    let coded = spec.models.iter().map(|(id, model)| {
        let at = log.items.binary_search_by(|known| (**known).cmp(id.as_str()));
        let missing = |_| Error::field("model_by_item", format!("item {id} has no answers"));
        at.map(|at| (at as u32, *model)).map_err(missing)
    });
    coded.collect()
}

/// A refusal of the kernel with ids in place of codes.
fn refused(error: &seedtest_irt::polytomous::Error, log: &ScoredLog) -> Error {
    use seedtest_irt::polytomous::Error as Kernel;
    let id = |item: u32| &log.items[item as usize];
    let reason = match error {
        Kernel::Calibration(error) => match &log.groups {
            Some(groups) => return groups.named(error.clone()),
            None => return error.clone().into(),
        },
        Kernel::TooManyCategories { item, categories } => {
            format!("item {} has {categories} different scores", id(*item))
        }
        Kernel::TwoCategories { item, categories, model } => {
            format!("item {} has {categories} categories, the model {model} has two", id(*item))
        }
        other => other.to_string(),
    };
    Error::field("score", format!("{reason}; {}", error.hint()))
}

fn quality(
    data: &Responses<'_>,
    fit: &Fit,
    log: &ScoredLog,
    observer: &mut dyn Observer,
) -> Result<CategoriesQualityJson, Error> {
    let mut items: Vec<Option<KnownItem>> = vec![None; log.items.len()];
    for item in &fit.items {
        items[item.item as usize] = Some(item.into());
    }
    let population = fit.population();
    let spec = DiagnoseSpec { mean: population.mean, sd: population.sd, ..DiagnoseSpec::default() };
    let found = diagnose(data, &items, &spec)?;
    let codes: Vec<u32> = fit.items.iter().map(|item| item.item).collect();
    let dimensions = parallel_analysis(data, &codes, &ParallelSpec::default(), observer);
    let item = |of: &seedtest_irt::polytomous::ItemDiagnosis| CategoryItemQualityJson {
        item_id: log.items[of.classical.item as usize].to_string(),
        infit: of.mean_squares.map(|fit| fit.infit),
        outfit: of.mean_squares.map(|fit| fit.outfit),
        s_x2: of.s_x2.map(|s| s.statistic),
        s_x2_df: of.s_x2.map(|s| s.df),
        s_x2_p: of.s_x2.and_then(|s| s.p),
        s_x2_p_adjusted: of.s_x2.and_then(|s| s.p_adjusted),
        s_x2_reason: of.s_x2_missing.map(code),
        flags: of.flags.iter().map(Flag::text).collect(),
    };
    Ok(CategoriesQualityJson {
        n_complete: found.n_complete,
        empirical_reliability: found.empirical_reliability,
        marginal_reliability: found.marginal_reliability,
        mean_q3: found.mean_q3,
        items: found.items.iter().map(item).collect(),
        dimensions_reason: dimensions.as_ref().err().copied().map(code),
        dimensions: dimensions.ok(),
    })
}

fn response(
    fit: &Fit,
    log: &ScoredLog,
    spec: &CategoriesSpec,
    (quality, dif): (Option<CategoriesQualityJson>, Option<Vec<DifJson>>),
) -> Result<CategoriesResponse, Error> {
    let id = |item: u32| log.items[item as usize].to_string();
    let user = |student: u32| log.students[student as usize].to_string();
    let group_of =
        |student: u32| log.groups.as_ref().map(|of| of.name(of.of[student as usize]).to_string());
    let ability = |ability: &seedtest_irt::Ability| AbilityJson {
        user_id: user(ability.student),
        theta: ability.theta,
        se: ability.se,
        model: spec.model.model.to_string(),
        version: "v1".to_string(),
        n: ability.n,
        group: group_of(ability.student),
    };
    let skipped = fit.skipped.iter().map(|skipped| SkippedJson {
        item_id: id(skipped.item),
        n: skipped.n,
        reason: skipped.reason.text().to_string(),
    });
    let unscored = fit.unscored.iter().map(|unscored| UnscoredJson {
        user_id: user(unscored.student),
        reason: code(unscored.reason),
    });
    let mut rating_scales = fit.rating_scales.clone();
    for scale in &mut rating_scales {
        let position = |item: &u32| fit.items.iter().position(|known| known.item == *item);
        scale.items = scale.items.iter().filter_map(position).map(|at| at as u32).collect();
    }
    let mut found = CategoriesResponse {
        status: "success".to_string(),
        ok: true,
        item_params: fit.items.iter().map(|item| item_json(item, id(item.item))).collect(),
        rating_scales,
        abilities: fit.abilities.iter().map(ability).collect(),
        groups: groups_json(fit, log.groups.as_ref()),
        skipped: skipped.collect(),
        unscored: unscored.collect(),
        fit_meta: CategoriesMetaJson {
            run_id: String::new(),
            model: spec.model.model.to_string(),
            n_items: fit.items.len(),
            n_users: fit.abilities.len(),
            metrics: metrics(fit),
            verdict: fit.verdict_by_id(id),
            left_out: LeftOutJson {
                duplicates: spec.duplicates.name().to_string(),
                repeated: log.repeated,
                unknown: log.unknown,
            },
            timings: None,
        },
        warnings: warnings(fit, log),
        quality,
        dif,
        rows: None,
    };
    found.fit_meta.run_id = run_id_of("fit", &result_digest(&found)?);
    Ok(found)
}

fn item_json(item: &ItemFit, item_id: String) -> CategoryItemJson {
    CategoryItemJson {
        item_id,
        model: item.model.to_string(),
        params: (&item.curves).into(),
        se: item.se.as_ref().map(|se| CurvesSeJson {
            a: se.slopes.clone(),
            b: se.difficulties.clone(),
            d: se.intercepts.clone(),
            c: se.guessing,
        }),
        se_reason: item.se_missing.map(code),
        n: item.n,
        categories: item.categories.clone(),
        collapsed: item.collapsed.clone(),
        item_rest: item.item_rest,
        check_key: item.check_key,
        out_of_order: item.is_out_of_order(),
    }
}

fn groups_json(fit: &Fit, groups: Option<&GroupCodes>) -> Vec<GroupJson> {
    let Some(of) = groups else { return Vec::new() };
    let group = |group: &GroupFit| GroupJson {
        group: of.name(group.group).to_string(),
        reference: group.reference,
        n: group.n_students,
        mean: group.latent.mean,
        sd: group.latent.sd,
        mean_se: group.latent.mean_se,
        sd_se: group.latent.sd_se,
    };
    fit.groups.iter().map(group).collect()
}

fn metrics(fit: &Fit) -> MetricsJson {
    MetricsJson {
        aic: fit.aic,
        bic: fit.bic,
        loglik: fit.log_likelihood,
        log_prior: fit.log_prior,
        n: fit.n_answers,
        n_parameters: fit.n_parameters,
        converged: fit.verdict.converged(),
        latent_mean: fit.latent.mean,
        latent_sd: fit.latent.sd,
    }
}

/// What a reader should know, whether the calibration converged first.
fn warnings(fit: &Fit, log: &ScoredLog) -> Vec<String> {
    let id = |item: u32| log.items[item as usize].to_string();
    let group = |group: u32| {
        log.groups.as_ref().map_or_else(|| group.to_string(), |of| of.name(group).to_string())
    };
    let mut warnings = Vec::new();
    if let Some(action) = fit.verdict.next_action.as_ref().filter(|_| !fit.verdict.converged()) {
        warnings.push(format!("the calibration did not converge: {action}"));
    }
    let undetermined = fit.undetermined_names(id);
    if !undetermined.is_empty() {
        warnings.push(format!("the answers do not determine {}", undetermined.join(", ")));
    }
    for item in fit.items.iter().filter(|item| !item.collapsed.is_empty()) {
        let scores: Vec<String> = item.collapsed.iter().map(ToString::to_string).collect();
        warnings.push(format!(
            "nobody has score {} on {}: the categories above it moved down",
            scores.join(", "),
            id(item.item)
        ));
    }
    for item in fit.items.iter().filter(|item| item.is_out_of_order() && !item.check_key) {
        warnings.push(format!(
            "check the order of the categories of {}: students with a higher score are less able",
            id(item.item)
        ));
    }
    warnings.extend(fit.warnings.iter().map(|warning| warning.text_by_id(&id, &group)));
    if !fit.skipped.is_empty() {
        warnings.push(format!("{} items were skipped, see `skipped`", fit.skipped.len()));
    }
    warnings
}
